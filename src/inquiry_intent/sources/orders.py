"""Orders as outcomes: which inquiry an order decides, and what the orders of one inquiry add up to."""

import pandas as pd

from inquiry_intent.errors import counted, shown
from inquiry_intent.sources.schema import ByClient
from inquiry_intent.sources.times import Precision, last_moment

#: Why an order falls to no inquiry.
NO_CLIENT, NO_DATE, UNKNOWN_CLIENT = "no client", "no date", "no such client among the inquiries"
OTHER_CAPITALS = "a client among the inquiries in other capitals, which 'ignore_case: true' in by_client takes"
LEFT_OUT = "an inquiry that the mapping leaves out"


def inquiry_of(
    orders: pd.DataFrame, inquiries: pd.DataFrame, precision: Precision, rule: ByClient
) -> tuple[pd.Series, pd.Series]:
    """The latest inquiry of each order's client, received before the order and at most `within_days` before.

    Parameters
    ----------
    orders : DataFrame of shape (n_orders, >= 2)
        client_id and decided_at, the order's date; NaN where not known.
    inquiries : DataFrame of shape (n_inquiries, >= 3)
        inquiry_id, client_id and received_at; rows that lack one are nobody's.
    precision : str
        Of the dates of orders: an order dated to a day may follow an inquiry of that day.

    Returns
    -------
    tuple of two Series, indexed as `orders`
        inquiry_id, NaN where the order falls to none; and why it would not, of use only there.
    """
    date = orders["decided_at"]
    asked = inquiries[["inquiry_id", "client_id", "received_at"]].dropna()
    asked = asked.assign(client=_keys(asked["client_id"], rule), at=asked["received_at"])
    ordered = pd.DataFrame({"client": _keys(orders["client_id"], rule), "at": last_moment(date, precision)})
    latest = pd.merge_asof(
        ordered.dropna().sort_values("at", kind="stable").reset_index(names="order"),
        asked.drop(columns="client_id").sort_values("at", kind="stable"),
        on="at",
        by="client",
    )
    latest = latest.set_index("order").reindex(orders.index)
    within = date - latest["received_at"] <= pd.Timedelta(days=rule.within_days)
    reason = f"no inquiry of their client within {rule.within_days:g} days before"
    why = pd.Series(reason, index=orders.index, dtype="str")
    unknown = ~ordered["client"].isin(asked["client"])
    why = why.mask(unknown, UNKNOWN_CLIENT)
    why = why.mask(unknown & ordered["client"].str.casefold().isin(asked["client"].str.casefold()), OTHER_CAPITALS)
    why = why.mask(date.isna(), NO_DATE).mask(ordered["client"].isna(), NO_CLIENT)
    return latest["inquiry_id"].where(within).astype("str"), why


def _keys(clients: pd.Series, rule: ByClient) -> pd.Series:
    return clients.str.casefold() if rule.ignore_case else clients


def told_of(orders: pd.DataFrame, decided: int, added: int, why: pd.Series, origin: pd.DataFrame) -> str:
    """How many orders decide an inquiry, how many are added to these, and why the others fall to none.

    Parameters
    ----------
    orders : DataFrame of shape (n_orders, >= 1)
        inquiry_id.
    decided, added : int
        How many of them are the first of an inquiry, and how many bring it a value beside that.
    why, origin : Series and DataFrame
        Of the orders and maybe others, by the same index: why each would fall to none; its file and row.
    """
    stray = orders[orders["inquiry_id"].isna()].sort_index()
    said = f"outcomes: {counted(len(orders), 'order')}; deciding an inquiry: {decided}, added to these: {added}"
    if nothing := len(orders) - len(stray) - decided - added:
        said += f", of these inquiries too but adding nothing: {nothing}"
    if len(orders) and not decided:
        said = f"WARNING: {said}"
    if stray.empty:
        return said
    reasons = why[stray.index]
    counts = reasons.value_counts().sort_index().sort_values(ascending=False, kind="stable")
    first = reasons.drop_duplicates()
    where = origin.loc[first.index]
    places = dict(zip(first, zip(where["row"], where["file"], strict=True), strict=True))
    listed = [
        f"{reason}: {count}, the first in row {places[str(reason)][0]} of {places[str(reason)][1]}"
        for reason, count in counts.items()
    ]
    return f"{said}, falling to no inquiry: {len(stray)} ({'; '.join(listed)})"


def summed(outcomes: pd.DataFrame, raw: pd.DataFrame) -> tuple[pd.DataFrame, pd.Index, list[str]]:
    """The first row of each inquiry, with the order values of its rows added.

    A row that is the same as another one in every column, and gives the same date and value, was exported twice and
    counts once. Only rows of the first one's status are added, for a cancelled part brings nothing. Values in different
    currencies are no sum: none is kept then.

    Parameters
    ----------
    outcomes : DataFrame of shape (n_rows, >= 2)
        inquiry_id, status; maybe decided_at, order_value and currency. By time.
    raw : DataFrame of shape (n_rows, n_columns)
        The raw rows, indexed alike.

    Returns
    -------
    DataFrame
        The first rows, with their index.
    Index
        The rows added to these.
    list of str
        Notes.
    """
    first = outcomes.drop_duplicates("inquiry_id")
    rows = outcomes[outcomes["inquiry_id"].duplicated(keep=False)]
    if "order_value" not in outcomes or rows.empty:
        return first, rows.index[:0], []
    # The parts of one order may stand in one row, each read by a rule of its own.
    read = rows[rows.columns.intersection(["inquiry_id", "decided_at", "order_value"])]
    again = pd.concat([raw.loc[rows.index].astype("str"), read], axis=1).duplicated()
    status = rows.groupby("inquiry_id", sort=False)["status"].transform("first")
    added = rows[~again & rows["status"].eq(status) & rows["order_value"].notna()]
    notes = []
    if again.any():
        how = "row is the same as another one in every column and counts"
        how = how if again.sum() == 1 else "rows are the same as another one in every column and count"
        notes.append(f"outcomes: {int(again.sum()):,} {how} once")
    result = first.set_index("inquiry_id", drop=False)
    if "currency" in added:
        each = added.groupby("inquiry_id", sort=False)["currency"]
        result.loc[each.first().index, "currency"] = each.first()
        mixed = list(each.first().index[each.nunique(dropna=False) > 1])
        if mixed:
            result.loc[mixed, "currency"] = pd.NA
            added = added[~added["inquiry_id"].isin(mixed)]
            notes.append(
                f"outcomes: {counted(len(mixed), 'inquiry')} with order values in different currencies (such as "
                f"{shown(mixed[0])}), which cannot be added: no value now"
            )
    values = added.groupby("inquiry_id", sort=False)["order_value"].sum()
    result.loc[rows["inquiry_id"].unique(), "order_value"] = values
    if several := differing(added, added["inquiry_id"].duplicated(keep=False)):
        notes.append(
            f"outcomes: {counted(several[0], 'inquiry')} with several rows whose order values are added ({several[1]})"
        )
    told = [column for column in ("inquiry_id", "decided_at", "order_value", "currency") if column in added]
    if (twins := added[added.duplicated(told)]).size:
        notes.append(
            f"outcomes: {counted(len(twins), 'row')} added with the date and value of another one (such as one of "
            f"{shown(twins['inquiry_id'].iloc[0])}): if they are one order exported twice, forbid the columns in which "
            "they differ, or leave one out with 'unless'"
        )
    return result.set_index(first.index), added.index.difference(first.index), notes


def replaced(outcomes: pd.DataFrame, sums: pd.DataFrame) -> pd.DataFrame:
    """Outcomes with the values and currencies of `sums`, which holds some of their rows."""
    outcomes = outcomes.copy()
    for column in sums.columns.intersection(["order_value", "currency"]):
        outcomes.loc[sums.index, column] = sums[column]
    return outcomes


def differing(outcomes: pd.DataFrame, where: pd.Series) -> tuple[int, str] | None:
    """How many inquiries have several rows where a mask holds, and an example with their values; None: there are none.

    >>> rows = pd.DataFrame({"inquiry_id": ["a", "b", "a"], "order_value": [30.0, 5.0, 70.0]})
    >>> differing(rows, pd.Series([True, False, True]))
    (1, "such as 'a': 30, 70")
    """
    rows = outcomes[where]
    if rows.empty:
        return None
    one = rows["inquiry_id"].iloc[0]
    values = rows.loc[rows["inquiry_id"] == one, "order_value"].iloc[:3]
    return rows["inquiry_id"].nunique(), f"such as {shown(one)}: {', '.join(f'{value:,.12g}' for value in values)}"
