"""The part of a suggested mapping that says what became of the inquiries."""

from typing import TYPE_CHECKING

import pandas as pd

from inquiry_intent.sources.meanings import is_flag, meanings, tells_in_words, yes_values
from inquiry_intent.sources.naming import mentions, vocabulary
from inquiry_intent.sources.profiles import Profile
from inquiry_intent.sources.samples import SLIPS, Sample
from inquiry_intent.sources.suggest_decisions import (
    DATED,
    ONE_SIDED,
    closed_flag,
    decided_by,
    decided_rule,
    names_both,
    only_date,
    status_column,
    status_rule,
    time_of_decided,
    time_of_loss,
)
from inquiry_intent.sources.suggest_histories import (
    changes_within,
    decided_rows,
    field_history,
    history_time,
    stage_changes,
    stands_on_open,
)
from inquiry_intent.sources.suggest_orders import holds_orders, lists_orders, order_amounts, revisions, void_orders
from inquiry_intent.sources.suggest_rules import Draft, columns_of, first_column, time_rule
from inquiry_intent.sources.writing import flow

if TYPE_CHECKING:
    from inquiry_intent.sources.suggest import Suggestion


def outcomes(draft: "Suggestion", sample: Sample, ids: str | None) -> bool:
    """Draft the table outcomes from a file; whether it tells any.

    Parameters
    ----------
    ids : str, optional
        The column of the inquiry's id; None in the inquiries' own file.
    """
    history_of_fields = field_history(sample)
    if history_of_fields is not None and stage_changes(draft, sample, ids, history_of_fields):
        return True
    changes = {profile.name for profile in history_of_fields.columns()} if history_of_fields is not None else set()
    free = {name for name in sample.profiles if name not in sample.used | changes and name != ids}
    status = status_column(sample, free)
    decided = decided_by(sample, free) or time_of_decided(sample, free, status)
    columns: Draft = {} if ids is None else {"inquiry_id": ids}
    rule: Draft = {"from": sample.key, "optional": True}
    remarks: list[str] = []
    key = sample.profiles.get(ids or draft.own_key)
    orders = ids is not None and (holds_orders(sample) or lists_orders(sample))
    if orders and not decided:
        decided = only_date(sample, free, remarks)
    repeated = key is not None and bool(key.values.dropna().duplicated().any())
    revised = revisions(sample, key) if repeated else None  # type: ignore[arg-type]
    parts = repeated and not revised and orders and _differ(key, sample, free)  # type: ignore[arg-type]
    changing = repeated and not parts and status is not None and changes_within(key, status)  # type: ignore[arg-type]
    history = changing and not revised
    if history and (not decided or stands_on_open(decided[0], status)):  # type: ignore[arg-type]
        received = (
            ""
            if ids is not None
            else first_column(draft.tables["inquiries"][0]["columns"].get("received_at", {})) or ""
        )
        decided = history_time(sample, key, status, received) or decided  # type: ignore[arg-type]
    if repeated:
        rule["one_per_key"] = "latest" if revised else "sum" if parts else True
    if revised:
        remarks.append(
            f"{key.name!r} repeats in revisions, as {revised!r} says: each replaces the one before, and the "  # type: ignore[union-attr]
            "latest that was won or lost counts. Were they orders of their own, one_per_key: sum would add them"
        )
    elif parts:
        remarks.append(
            f"{key.name!r} repeats with different amounts: parts of an order, or several, whose values are added. "  # type: ignore[union-attr]
            "If the amount only changed, say one_per_key: latest, or true, and the latest or the earliest row counts"
        )
    elif repeated and not history:
        which = "earliest" if decided else "first"
        remarks.append(f"{key.name!r} repeats: its {which} row is the outcome")  # type: ignore[union-attr]
    if len(decided) == 1 and status is not None:
        decided += time_of_loss(sample, free, decided[0], status, remarks)
    if decided:
        columns["decided_at"] = decided_rule(decided)
    if status is not None:
        columns["status"] = status_rule(status, remarks, orders=orders)
        remarks += _only_converted(sample, status)
        if closed := closed_flag(sample, free, status):
            rule["when"] = {closed.name: yes_values(closed)}
            sample.used.add(closed.name)
            remarks.append(f"only rows that {closed.name!r} calls closed are decided")
        elif history:
            rule |= decided_rows(key, status, columns, remarks)  # type: ignore[arg-type]
    elif decided and (_says_won(decided[0]) or orders):
        columns["status"] = _dated_is_won(decided[0])
        remarks.append(
            f"NO STATUS WAS FOUND: whatever has a {decided[0].name!r} is taken as won, the rest as open. Does anything "
            "lost have this date too?"
        )
    else:
        if decided:
            sample.used |= {profile.name for profile in decided}  # no attribute
            draft.remarks.append(_not_told(decided[0], sample))
        return False
    taken = set(map(str, columns.values())) | ({status.name} if status is not None else set())
    void = void_orders(sample, free - taken) if orders else {}
    if void:
        rule["unless"] = void
        remarks.append(f"{list(void)}: orders that came to nothing by these are left out; is that so?")
        sample.used |= set(void)
    columns |= order_amounts(sample, free - taken, remarks)
    if status is not None and not history:
        remarks += _as_decided(status, columns, sample)
    draft.note_used(sample, columns)
    sample.used |= {profile.name for profile in decided}
    draft.tables["outcomes"] = [rule | {"columns": columns, "remarks": remarks}]
    return True


def _as_decided(status: Profile, columns: Draft, sample: Sample) -> list[str]:
    """Remarks on values taken as open whose rows have the date of a decision, which other open rows have not."""
    dates, value = columns_of(columns.get("decided_at", {})), first_column(columns.get("order_value", {}))
    rules = columns["status"]
    if not dates or "values" not in rules:
        return []
    dated = pd.concat([sample.profiles[name].values.notna() for name in dates], axis=1).any(axis=1)
    told = meanings(status, "statuses")
    states = [v for v, result in rules["values"].items() if result == "open"]
    asked = [v for v in states if v not in told and dated[status.values == v].mean() >= DATED]
    others = dated[(status.values.isna() | status.values.isin(states)) & ~status.values.isin(asked)]
    if len(others) == 0 or others.mean() > ONE_SIDED:
        return []  # a date that all have tells nothing
    remarks = []
    for v in asked:
        rows = status.values == v
        valued = int(sample.profiles[value].values[rows].notna().sum()) if value in sample.profiles else 0
        amounts = f" and {valued} have {value!r}" if value else ""
        result = "won" if valued > rows.sum() / 2 else "lost"
        remarks.append(
            f"STATUS: {v!r} IS TAKEN AS OPEN, but {int(dated[rows].sum())} of its {int(rows.sum())} rows have "
            f"{dates[0]!r}{amounts}, and of others that are open {int(others.sum())} of {len(others)} have a date: "
            f"IS IT {result.upper()}?"
        )
    return remarks


def _only_converted(sample: Sample, status: Profile) -> list[str]:
    """A remark on leads that became a deal, and count as won."""
    words = vocabulary()["conversions"]
    won = [v for v, result in meanings(status, "statuses").items() if result == "won"]
    told = [v for v in won if mentions(v if not is_flag(status) else status.name, words["columns"])]
    if not told or mentions(sample.title, words["files"]) is None:
        return []
    return [
        f"CONVERTED IS NOT YET WON: {status.name!r} {told[:10]} became a deal, which may be lost. Export the deals too"
    ]


def _dated_is_won(decided: Profile) -> Draft:
    """A status by whether there is a date; a word that stands in its place says that there is none."""
    words: Draft = {"values": dict.fromkeys(decided.absent, "open")} if decided.absent else {}
    return {"column": decided.name, **words, "otherwise": "won", "missing": "open"}


def _says_won(decided: Profile) -> bool:
    """Whether a date is by its name that of a win or an order; of what was lost most systems fill any other too."""
    return mentions(decided.name, vocabulary()["orders"]["dates"]) is not None


def _not_told(decided: Profile, sample: Sample) -> str:
    """Say that a date alone tells no win, and how it would be mapped if it does."""
    rule = {"decided_at": time_rule(decided), "status": _dated_is_won(decided)}
    return (
        f"STATUS UNKNOWN: no column of {sample.place} was found to tell won from lost. {decided.name!r}, filled in "
        f"{decided.filled:.0%} of the rows, may be a plan, or stand beside what was lost too. If only what was won has "
        f"it, outcomes would read it as columns: {flow(rule)}"
    )


def tells_both(sample: Sample, ids: str | None, *, surely: bool = False) -> bool:
    """Whether a file has a column whose words tell won from lost, or a history of such a field.

    `surely`: by more than a `Done` or `Approved`, which may be said of a task or an offer.
    """
    history = field_history(sample)
    if history is not None and history.stages()[0]:
        return True
    status = status_column(sample, {name for name in sample.profiles if name not in sample.used and name != ids})
    if status is None:
        return False
    return tells_in_words(status) if surely else not is_flag(status) and names_both(status)


def tells_tasks(sample: Sample) -> bool:
    """Whether the rows of a file are tasks or activities, by its title: one that is completed won nothing."""
    history = field_history(sample)
    return mentions(sample.title, vocabulary()["tasks"]) is not None and not (history and history.stages()[0])


def copies_status(sample: Sample, ids: str | None) -> bool:
    """Whether rows of a file beside the inquiries repeat an id with the same status, as another file holds it.

    What differs is a history, and that tells more than its last state.
    """
    status = status_column(sample, {name for name in sample.profiles if name not in sample.used and name != ids})
    if ids is None or status is None or field_history(sample) is not None:
        return False
    key = sample.profiles[ids]
    return key.repeating > SLIPS and not changes_within(key, status)


def knows_won(sample: Sample) -> bool:
    """Whether a file's status, if it has one, says won of some."""
    status = status_column(sample, set(sample.profiles) - sample.used)
    return status is None or "won" in meanings(status, "statuses").values()


def _differ(key: Profile, sample: Sample, free: set[str]) -> bool:
    """Whether rows of one key differ in the order's value."""
    value = columns_of(order_amounts(sample, free, []).get("order_value", {}))
    return bool(value) and changes_within(key, sample.profiles[value[0]])
