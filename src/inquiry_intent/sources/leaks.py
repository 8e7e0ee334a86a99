"""Columns that look as if they were known only later than the inquiry."""

import pandas as pd

from inquiry_intent.sources.meanings import tells_in_words
from inquiry_intent.sources.naming import mentions, plain, rank, vocabulary
from inquiry_intent.sources.profiles import Profile

LEAST_ROWS = 50
LATER_SHARE = 0.9
#: A single column that ranks outcomes this well (area under the ROC curve) has seen them.
TOO_GOOD = 0.93
#: A column that is another one in so many rows says it again; of fewer rows, or fewer that tell it from a third one,
#: nothing is said.
REPEATED, LEAST_REPEATED, LEAST_APART = 0.95, 20, 5


def _quarter(times: pd.Series) -> pd.Series:
    return "q" + times.dt.quarter.astype("Int64").astype("str")


def _year(times: pd.Series) -> pd.Series:
    return times.dt.strftime("%Y")


#: How exports write parts of a date in words, in the form of `plain`.
WRITTEN_PARTS = (
    ("the quarter", lambda times: _quarter(times).where(times.notna())),
    ("the quarter", lambda times: (_quarter(times) + " " + _year(times)).where(times.notna())),
    ("the quarter", lambda times: (_year(times) + " " + _quarter(times)).where(times.notna())),
    ("the month", lambda times: times.dt.strftime("%Y %m")),
    ("the month", lambda times: times.dt.strftime("%m %Y")),
)


def leak_reasons(profiles: dict[str, Profile], received: pd.Series | None, won: pd.Series | None) -> dict[str, str]:
    """Columns to forbid, each with its reason.

    Parameters
    ----------
    profiles : dict of Profile
        The columns that could become attributes.
    received : Series of UTC times, optional
        When each row's inquiry came in.
    won : Series of bool, optional
        Whether it was won; NaN: not known.
    """
    reasons = {}
    for name, profile in profiles.items():
        reason = _named(name, profile) or _worded(name, profile) or _too_good(profile, won) or _later(profile, received)
        if reason is not None:
            reasons[name] = reason
    return reasons


def _named(name: str, profile: Profile) -> str | None:
    known = vocabulary()
    converted = "a later state of the record", known["conversions"]["columns"]
    for reason, words in (*known["leaks"].items(), *known["more_leaks"].items(), converted):
        if word := mentions(name, words):
            return f"{reason} ({word!r} in its name)"
    if rank(name, known["lost_reasons"]) is not None:
        return "why it was lost, by its name"
    if profile.kind == "time" and (word := mentions(name, known["offered"])):
        return f"when your own offer was made ({word!r} in its name)"
    if profile.kind == "number" and (word := mentions(name, vocabulary()["counts"])):
        return f"a count over the whole thread or history (a number with {word!r} in its name)"
    return None


def _worded(name: str, profile: Profile) -> str | None:
    named = rank(name, vocabulary()["outcomes"]["status"]) is not None
    if profile.kind == "category" and tells_in_words(profile, whole=named):
        return "its words say won of some rows and lost of others"
    return None


def _later(profile: Profile, received: pd.Series | None) -> str | None:
    if profile.kind != "time" or received is None:
        return None
    times = profile.times()
    both = times.notna() & received.notna()
    if both.sum() < 10 or (share := float((times > received)[both].mean())) < LATER_SHARE or profile.filled > 0.95:
        return None
    return f"a time after the inquiry in {share:.0%} of the rows that have one; allow it only if the buyer named it"


def _too_good(profile: Profile, won: pd.Series | None) -> str | None:
    """Columns that separate won from lost nearly by themselves: by being filled, by their order, or by their codes."""
    if won is None or profile.kind in ("list", "empty"):
        return None
    known = won.notna()
    label = won[known].astype("bool")
    if min(int(label.sum()), int((~label).sum())) < LEAST_ROWS:
        return None
    values = profile.values[known]
    filled = values.notna().astype("float64")
    orders = {"by being filled": filled}
    if profile.kind == "number":
        orders["by its order"] = profile.numbers()[known].fillna(float("-inf"))
    elif profile.kind == "category":
        rates = label.groupby(values).agg(["mean", "size"])
        # Small groups are pure by chance.
        steady = rates["mean"].where(rates["size"] >= 20, label.mean())
        orders["by its codes"] = values.map(steady).astype("float64").fillna(label.mean())
    for how, order in orders.items():
        area = _area(order, label)
        if max(area, 1 - area) >= TOO_GOOD:
            return f"tells won from lost {how} (AUC {max(area, 1 - area):.2f} by itself)"
    return None


def _area(order: pd.Series, label: pd.Series) -> float:
    """Area under the ROC curve, ties counted half."""
    ranks = order.rank()
    won, lost = int(label.sum()), int((~label).sum())
    return float((ranks[label].sum() - won * (won + 1) / 2) / (won * lost))


def repeated_outcomes(
    profiles: dict[str, Profile], value: pd.Series | None, decided: pd.Series | None, received: pd.Series | None
) -> dict[str, str]:
    """Columns that say again what the outcomes hold, each with its reason.

    Parameters
    ----------
    profiles : dict of Profile
        The columns that could become attributes.
    value : Series of float, optional
        Each row's order value.
    decided, received : Series of UTC times, optional
        When it was decided, and came in.
    """
    reasons = {}
    for name, profile in profiles.items():
        if profile.kind in ("list", "empty"):
            continue
        if value is not None and profile.kind in ("number", "key") and _same(profile.numbers(), value):
            reasons[name] = "the order's value again"
        elif decided is not None and (part := _part_of(profile, decided, received)):
            reasons[name] = f"{part} of the decision"
    return reasons


def _same(found: pd.Series, other: pd.Series, besides: pd.Series | None = None) -> bool:
    """Whether a column is another one in nearly all rows that have both; and more often than it is what stands
    `besides`, which it could be instead."""
    both, same = found.notna() & other.notna(), found == other
    if both.sum() < LEAST_REPEATED or found[both].nunique() < 2 or same[both].mean() < REPEATED:
        return False
    apart = both if besides is None else both & besides.notna() & (besides != other)
    return bool(apart.sum() >= LEAST_APART and same[apart].mean() >= REPEATED)


def _part_of(profile: Profile, decided: pd.Series, received: pd.Series | None) -> str | None:
    """Which part of the time of the decision a column holds; None: none."""
    came = received if received is not None else decided.where(pd.Series(False, index=decided.index))
    if profile.kind == "time":
        times = profile.times()
        first_days = bool((times.dropna().dt.strftime("%d %H:%M") == "01 00:00").all())
        what, form = ("the month", "%Y-%m") if first_days else ("the day", "%Y-%m-%d")
        return what if _same(*(moments.dt.strftime(form) for moments in (times, decided, came))) else None
    numbers = profile.numbers() if profile.kind in ("number", "key", "category") else None
    if numbers is not None and numbers.notna().any():
        took = (decided - came).dt.total_seconds() / 86_400
        near = took.where((numbers - took).abs() > 1, numbers)
        if took.quantile(0.9) - took.quantile(0.1) > LEAST_APART and _same(numbers, near):
            return "the time until the day"
        for what, of in (("the year", "year"), ("the quarter", "quarter"), ("the month", "month")):
            if _same(numbers, getattr(decided.dt, of).astype("float64"), getattr(came.dt, of).astype("float64")):
                return what
    said = profile.values.map(plain, na_action="ignore")
    return next((what for what, form in WRITTEN_PARTS if _same(said, form(decided), form(came))), None)
