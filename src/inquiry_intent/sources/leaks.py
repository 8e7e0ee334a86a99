"""Columns that look as if they were known only later than the inquiry."""

import pandas as pd

from inquiry_intent.sources.naming import mentions, vocabulary
from inquiry_intent.sources.profiles import Profile

LEAST_ROWS = 50
LATER_SHARE = 0.9
#: A single column that ranks outcomes this well (area under the ROC curve) has seen them.
TOO_GOOD = 0.93


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
        reason = _named(name, profile) or _too_good(profile, won) or _later(profile, received)
        if reason is not None:
            reasons[name] = reason
    return reasons


def _named(name: str, profile: Profile) -> str | None:
    known = vocabulary()
    for reason, words in (*known["leaks"].items(), *known["more_leaks"].items()):
        if word := mentions(name, words):
            return f"{reason} ({word!r} in its name)"
    if profile.kind == "number" and (word := mentions(name, vocabulary()["counts"])):
        return f"a count over the whole thread or history (a number with {word!r} in its name)"
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
