"""Rows of one table from one rule, and one row a key where several rows or files say the same."""

from dataclasses import dataclass, field, replace
from typing import Literal

import pandas as pd

from inquiry_intent.errors import counted, shown
from inquiry_intent.sources.faults import Faults
from inquiry_intent.sources.orders import differing, replaced, summed
from inquiry_intent.sources.rows import Rows, joined
from inquiry_intent.sources.schema import ByClient
from inquiry_intent.sources.times import Precision, coarsest
from inquiry_intent.tables import KEYS, TEXT, TIME

#: What is kept of an inquiry that the mapping leaves out.
ASIDE = {"inquiry_id": TEXT, "client_id": TEXT, "received_at": TIME}


def nobody_aside() -> pd.DataFrame:
    """No inquiry that the mapping leaves out."""
    return pd.DataFrame({column: pd.Series(dtype=dtype) for column, dtype in ASIDE.items()})


@dataclass
class Part:
    """Rows of one table from one table rule.

    Attributes
    ----------
    values : DataFrame of shape (n_rows, n_columns)
        Columns of the contract that are mapped, then attributes; index 0 … n_rows - 1 as in `rows`.
    rows : Rows
        The raw rows they come from.
    faults : Faults
    precisions : dict
        By time column.
    problems, notes : list of str
        What makes the whole export unreadable; what the reader should know.
    left_out : int
        Rows that `when`, `unless`, `when_present` or `one_per_key` leave out.
    aside : DataFrame of shape (n_aside, 3)
        inquiry_id, client_id and received_at of the inquiries left out by `when`, `unless` or `when_present`; NaN where
        they have none.
    by_client : ByClient, optional
        How orders find their inquiry; their values have client_id in place of inquiry_id.
    opened : Index of str
        The inquiries that are threads which begin with messages of ours: these are no part of them.
    unknown_countries : Series of str
        Names of countries that are not known, one for each row that has one.
    """

    values: pd.DataFrame
    rows: Rows
    faults: Faults = field(default_factory=Faults)
    precisions: dict[str, Precision] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    left_out: int = 0
    aside: pd.DataFrame = field(default_factory=nobody_aside)
    by_client: ByClient | None = None
    opened: pd.Index = field(default_factory=lambda: pd.Index([], dtype="str"))
    unknown_countries: pd.Series = field(default_factory=lambda: pd.Series(dtype=TEXT))


def one_per_key(part: Part, table: str, time: str, how: bool | Literal["latest", "sum"] = True) -> Part:
    """Keep the first good row of each key, by time if there is one: the `latest`, or with its order values in `sum`.

    Rows without a time are kept where their key has no other; those with faults stay, to be quarantined. So are
    outcomes that are open, for a date beside them is a plan, and in a sum those that are lost: the order came later.
    """
    values, latest = part.values, how == "latest"
    undated: Literal["first", "last"] = "first" if latest else "last"
    order = values.sort_values(time, kind="stable", na_position=undated).index if time in values else values.index
    if table == "outcomes":
        behind = {"won": 0, "lost": int(how == "sum"), "open": 2}
        places = values["status"].map(behind).loc[order].sort_values(kind="stable", ascending=not latest)
        order = places.index
    good = order[~part.faults.mask(order).to_numpy()]
    key = [column for column in KEYS[table] if column in values]  # clients may all be known at their first inquiry
    chosen = values.loc[good].drop_duplicates(key, keep="last" if latest else "first").index
    keep = values.index.isin(chosen) | part.faults.mask(values.index)
    if table == "outcomes":
        part.notes += _contradictions(values.loc[good], how)
        if how == "sum":
            sums, _, notes = summed(values.loc[good], part.rows.frame)
            values = replaced(values, sums)
            part.notes += notes
        else:
            part.notes += _different_values(values.loc[good], latest)
    elif not latest:
        part.notes += _unsure_first(values, chosen, part.faults.mask(values.index), table, time)
    return only(replace(part, values=values), pd.Series(keep, index=values.index))


def only(part: Part, keep: pd.Series) -> Part:
    """The rows of a part for which a mask holds, with their faults; the others are counted as left out."""
    moved = pd.Series(range(int(keep.sum())), index=part.values.index[keep])
    faults = Faults()
    faults.reasons = {int(moved[at]): reasons for at, reasons in part.faults.reasons.items() if at in moved.index}
    rows = replace(part.rows.where(keep), broken=part.rows.broken)
    left_out = part.left_out + int((~keep).sum())
    return replace(part, values=part.values[keep].reset_index(drop=True), rows=rows, faults=faults, left_out=left_out)


def aside_of(inquiries: pd.DataFrame) -> pd.DataFrame:
    """What is kept of inquiries that are left out."""
    return inquiries.reindex(columns=list(ASIDE)).astype(ASIDE)


def _unsure_first(values: pd.DataFrame, chosen: pd.Index, faulty: pd.Series, table: str, time: str) -> list[str]:
    """What to say of keys that have a row without a readable time, which may be the first, beside the one kept."""
    if time not in values:
        return []
    key = KEYS[table][0]
    unread = values.loc[faulty & values[time].isna(), key]
    ids = unread[unread.isin(values.loc[chosen, key])].unique()
    if not len(ids):
        return []
    count = counted(len(ids), key.removesuffix("_id"))
    return [
        f"WARNING: {table}: {count} with a row whose {time} cannot be read (such as {shown(ids[0])}): that may be its "
        "first, not the one taken"
    ]


def put_together(table: str, parts: list[Part]) -> Part:
    """The rows of several parts of a table as one part, so that one row of each key can be chosen among all."""
    if len(parts) == 1:
        return parts[0]
    faults, start = Faults(), 0
    for part in parts:
        faults.reasons |= {start + at: reasons for at, reasons in part.faults.reasons.items()}
        start += len(part.values)
    values = pd.concat([part.values for part in parts], ignore_index=True)
    rows = joined([part.rows for part in parts])
    notes = [note for part in parts for note in part.notes]
    key = [column for column in KEYS[table] if column in values]
    if key and table != "messages":  # theirs go with their inquiries'
        each = rows.origin["file"].groupby([values[column] for column in key]).nunique()
        several = each[each > 1].reset_index()
        if len(several):
            notes.append(
                f"{table}: {counted(len(several), key[0])} in several files or sheets (such as "
                f"{shown(several[key[0]].iloc[0])}), each taken as one record, as one_per_key says; if they only "
                "happen to have the same number, give each file its 'prefix'"
            )
            notes += _of_other_clients(values, rows) if table == "inquiries" else []
    return Part(
        values,
        rows,
        faults,
        {column: precision_of(parts, column) for part in parts for column in part.precisions},
        [problem for part in parts for problem in part.problems],
        notes,
        sum(part.left_out for part in parts),
        pd.concat([part.aside for part in parts], ignore_index=True),
        opened=pd.Index([id_ for part in parts for id_ in part.opened], dtype="str"),
        unknown_countries=pd.concat([part.unknown_countries for part in parts]),
    )


def _of_other_clients(inquiries: pd.DataFrame, rows: Rows) -> list[str]:
    """A warning where one id stands beside different clients in several files: most likely each counts anew.

    Both sides of a thread have mail addresses.
    """
    told = inquiries[["inquiry_id", "client_id"]].assign(file=rows.origin["file"])
    told = told[~told["client_id"].str.contains("@", regex=False, na=True)]
    first = told.drop_duplicates(["inquiry_id", "file"])
    clients = first.groupby("inquiry_id", sort=False)["client_id"].nunique()
    differ = clients.index[clients > 1]
    if not len(differ):
        return []
    return [
        f"WARNING: inquiries: {len(differ):,} IDS STAND BESIDE DIFFERENT CLIENTS in several files or sheets (such as "
        f"{shown(differ[0])}), AND ONLY ONE OF THEM IS KEPT: give each file its 'prefix', unless they are one inquiry"
    ]


def _contradictions(outcomes: pd.DataFrame, how: bool | Literal["latest", "sum"]) -> list[str]:
    """What to say of inquiries that are won in one row and lost in another."""
    decided = outcomes[outcomes["status"].isin(["won", "lost"])]
    each = decided.groupby("inquiry_id", sort=False)["status"].nunique()
    both = list(each.index[each > 1])
    if not both:
        return []
    said = f"outcomes: {counted(len(both), 'inquiry')} won in one row and lost in another (such as {shown(both[0])}); "
    if how == "sum":
        return [f"{said}only the won rows count"]
    kept, other, setting = ("latest", "first", "true") if how == "latest" else ("earlier", "last", "latest")
    return [f"{said}the {kept} row was kept. If the {other} one counts, set 'one_per_key: {setting}'"]


def _different_values(outcomes: pd.DataFrame, latest: bool) -> list[str]:
    """What to say of inquiries whose rows, of which one is kept, have different order values."""
    if "order_value" not in outcomes:
        return []
    each = outcomes.groupby(["inquiry_id", "status"], sort=False)["order_value"]
    found = differing(outcomes, each.transform("nunique") > 1)
    if found is None:
        return []
    kept = "latest row was kept" if latest else "earliest row was kept ('one_per_key: latest' keeps what replaced it)"
    return [
        f"outcomes: {counted(found[0], 'inquiry')} with several rows of different order values ({found[1]}); that of "
        f"the {kept}. If they are parts of one order, or several orders, 'one_per_key: sum' adds them"
    ]


def precision_of(parts: list[Part], column: str) -> Precision:
    return coarsest([part.precisions.get(column, "none") for part in parts])
