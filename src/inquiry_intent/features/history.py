"""What earlier inquiries came to: win rates of clients, owners and markets, and the client's other inquiries.

The table spans the whole corpus, so it is built once (`build_history`) and handed to every partition; each of its rows
says when it became known, so a snapshot reads only its past.
"""

import numpy as np
import pandas as pd

from inquiry_intent.features import duplicates
from inquiry_intent.moments import days_between, end_of
from inquiry_intent.tables import ATTRIBUTE_PREFIX, TIME, Info, Tables

OVERALL = "overall"
#: Columns of `inquiries` whose values have a history.
DIMENSIONS = ("client_id", "owner", "country", "product", "channel")
#: Those whose inquiries are counted when they are received, decided or not.
RECEIVED = ("client_id", "owner")
#: Numbers of fewer digits, without zeros at either end, are the same by chance.
LEAST_DIGITS = 3
#: Around an attribute's name in that of its feature.
_SAME, _DAYS = "same_", "_days"
COUNTS = ["inquiry_count", "decided_count", "won_count"]


def build_history(tables: Tables) -> pd.DataFrame:
    """Count, for each value of each dimension, what was decided and won up to each moment.

    Parameters
    ----------
    tables : Tables
        The whole corpus. An outcome without `decided_at` was known at no known time and never counts; see `known_by`.

    Returns
    -------
    DataFrame of shape (n_changes, 6), ascending by dimension, key and known_at; index 0, 1, 2 …
        dimension : client_id, owner, country, product, channel, near_duplicate, overall, or a numeric attribute.
        key : the value; "overall" for overall, a text_id for near_duplicate, a number (`fingerprints`).
        known_at : UTC, never NaT.
        decided_count, won_count : outcomes decided at or before known_at; cumulative.
        inquiry_count : inquiries received at or before known_at, of client_id, owner and numeric attributes; clients
            who had sent such a text, of near_duplicate; cumulative, else 0.

    Examples
    --------
    >>> from inquiry_intent.tables import conform, empty_table
    >>> day, later = pd.to_datetime(["2026-03-02", "2026-03-11"], utc=True)
    >>> tables = Tables(
    ...     inquiries=conform(
    ...         "inquiries", pd.DataFrame({"inquiry_id": ["a"], "client_id": ["c"], "received_at": [day]})
    ...     ),
    ...     messages=empty_table("messages"),
    ...     events=empty_table("events"),
    ...     clients=empty_table("clients"),
    ...     outcomes=conform("outcomes", pd.DataFrame({"inquiry_id": ["a"], "status": ["won"], "decided_at": [later]})),
    ... )
    >>> build_history(tables).drop(columns="known_at")
       dimension      key  inquiry_count  decided_count  won_count
    0  client_id        c            1.0            0.0        0.0
    1  client_id        c            1.0            1.0        1.0
    2    overall  overall            0.0            1.0        1.0
    """
    outcomes = tables.outcomes[tables.outcomes["status"].isin(["won", "lost"])]
    keys = tables.inquiries[["inquiry_id", "received_at", *DIMENSIONS]].assign(**{OVERALL: OVERALL})
    decided = outcomes[["inquiry_id", "decided_at", "status"]].merge(keys, on="inquiry_id", validate="one_to_one")
    changes = [
        pd.DataFrame(
            {
                "dimension": dimension,
                "key": decided[dimension],
                "known_at": known_by(decided["decided_at"], tables.info),
                "inquiry_count": 0.0,
                "decided_count": 1.0,
                "won_count": decided["status"].eq("won").astype("float64"),
            }
        )
        for dimension in (*DIMENSIONS, OVERALL)
    ]
    numbers = [name for name in repeatable(tables.info) if name in tables.inquiries]
    received_keys = {name: keys[name] for name in RECEIVED}
    received_keys |= {name: fingerprints(tables.inquiries[name]) for name in numbers}
    received = [
        pd.DataFrame(
            {
                "dimension": dimension,
                "key": values,
                "known_at": keys["received_at"],
                "inquiry_count": 1.0,
                "decided_count": 0.0,
                "won_count": 0.0,
            }
        )
        for dimension, values in received_keys.items()
    ]
    table = pd.concat([*changes, *received]).astype({"dimension": "str", "key": "str", "known_at": TIME})
    table = table.groupby(["dimension", "key", "known_at"])[COUNTS].sum()
    table = table.groupby(["dimension", "key"]).cumsum().reset_index()
    copies = duplicates.copy_history(tables).rename(columns={"client_count": "inquiry_count"})
    copies = copies.drop_duplicates(["key", "known_at"], keep="last")
    copies = copies.assign(dimension=duplicates.DIMENSION, decided_count=0.0, won_count=0.0)
    both = pd.concat([table, copies[table.columns].astype(table.dtypes)])
    return both.sort_values(["dimension", "key", "known_at"], ignore_index=True)


def known_by(decided_at: pd.Series, info: Info) -> pd.Series:
    """When decisions were known for sure: a date without an hour, or only a month, may mean its last moment.

    >>> day = pd.to_datetime(pd.Series(["2026-03-02"]), utc=True)
    >>> known_by(day, Info(source="crm", decision_precision="month")).dt.strftime("%Y-%m-%d").item()
    '2026-04-02'
    """
    return end_of(decided_at, info.decision_precision)


def win_history(rows: pd.DataFrame, history: pd.DataFrame, prior_weight: float) -> pd.DataFrame:
    """Look up how the inquiry's client, owner, country, product and channel did up to the snapshot.

    Parameters
    ----------
    rows : DataFrame
        What `known.snapshot_rows` returns.
    history : DataFrame
        What `build_history` returns.
    prior_weight : float
        Decided inquiries after which a key's own rate counts as much as the overall rate.

    Returns
    -------
    DataFrame of shape (n_snapshots, 11), index of `rows`; NaN in an export without times
        overall_win_rate : 0..1, of all inquiries decided by then; NaN while none is lost: an export that knows orders
            only would win them all.
        <dimension>_decided_count : inquiries with the same value decided by then; NaN where the value is missing.
        <dimension>_win_rate : 0..1, shrunk towards overall_win_rate, and equal to it where the value has no history;
            NaN where the value is missing or nothing at all is lost.
    """
    overall = _looked_up(rows, pd.Series(OVERALL, index=rows.index, dtype="str"), history, OVERALL)
    prior = overall["won_count"] / overall["decided_count"].where(overall["decided_count"] > overall["won_count"])
    columns = {"overall_win_rate": prior}
    for dimension in DIMENSIONS:
        name = dimension.removesuffix("_id")
        found = _looked_up(rows, rows[dimension], history, dimension)
        columns[f"{name}_decided_count"] = found["decided_count"]
        columns[f"{name}_win_rate"] = (found["won_count"] + prior_weight * prior) / (
            found["decided_count"] + prior_weight
        )
    return pd.DataFrame(columns, index=rows.index)


def client_inquiries(rows: pd.DataFrame, history: pd.DataFrame) -> pd.DataFrame:
    """Count the client's other inquiries received up to the snapshot.

    Parameters
    ----------
    rows, history
        As for `win_history`.

    Returns
    -------
    DataFrame of shape (n_snapshots, 2), index of `rows`; NaN in an export without times
        client_other_inquiry_count : the client's inquiries received at or before as_of, without this one and those
            received at the same moment.
        client_last_inquiry_days : from the last of them to as_of; NaN if there is none.
    """
    before, until, by_now = _around_receipt(rows, rows["client_id"], history, "client_id")
    return pd.DataFrame(
        {
            "client_other_inquiry_count": before["inquiry_count"] + by_now["inquiry_count"] - until["inquiry_count"],
            "client_last_inquiry_days": days_between(by_now["last_at"], rows["as_of"]),
        },
        index=rows.index,
    )


def same_numbers(rows: pd.DataFrame, history: pd.DataFrame, info: Info) -> pd.DataFrame:
    """Tell when another inquiry, of whichever client, last named the very number of this one.

    An amount that stood in an earlier inquiry is a project that several bid for, a quotation that is asked for again,
    or a standard order. Those of the very moment of this one do not count: in an export to the month that moment is the
    month, and the other one may have come after this one.

    Parameters
    ----------
    rows, history
        As for `win_history`.
    info : Info
        Names the numeric attributes.

    Returns
    -------
    DataFrame of shape (n_snapshots, n_repeatable), index of `rows`
        same_<attribute>_days : from that inquiry's receipt to as_of. NaN: no other one named it by then, the number is
            missing, or so round that it is the same by chance (`fingerprints`), or an export without times.
    """
    columns = {}
    for name in repeatable(info):
        _, _, by_now = _around_receipt(rows, fingerprints(rows[name]), history, name)
        columns[same_number(name)] = days_between(by_now["last_at"], rows["as_of"])
    return pd.DataFrame(columns, index=rows.index)


def same_number(attribute: str) -> str:
    """The feature's name for a numeric attribute.

    >>> same_number("attr_order_value")
    'same_order_value_days'
    """
    return f"{_SAME}{attribute.removeprefix(ATTRIBUTE_PREFIX)}{_DAYS}"


def is_same_number(feature: str) -> bool:
    """Whether a feature is one of `same_numbers`, by its name."""
    return feature.startswith(_SAME) and feature.endswith(_DAYS)


def repeatable(info: Info) -> list[str]:
    """The declared attributes whose numbers may be named again, in the order of their names.

    Not those that end in `_days`, as the mapping calls the days between an inquiry and a date: the same distance is
    not the same date.
    """
    return sorted(name for name, kind in info.attributes.items() if kind == "numeric" and not name.endswith("_days"))


def recent_inquiries(rows: pd.DataFrame, history: pd.DataFrame, recent_days: float) -> pd.DataFrame:
    """Count the inquiries that came lately: from the same client (a project of several lots), to the same owner (load).

    Those of the very moment of this one count too: what comes together is known together. In an export to the month
    that moment is the month.

    Parameters
    ----------
    rows, history
        As for `win_history`.
    recent_days : float
        Length of the window before as_of, in days; its first moment is not part of it.

    Returns
    -------
    DataFrame of shape (n_snapshots, 2), index of `rows`; NaN in an export without times
        client_recent_inquiry_count, owner_recent_inquiry_count : inquiries received in the window, without this one.
            NaN where the value is missing.
    """
    window = pd.Timedelta(days=recent_days)
    before_window, receipt = rows.assign(as_of=rows["as_of"] - window), rows.assign(as_of=rows["received_at"])
    columns = {}
    for dimension in RECEIVED:

        def received(of: pd.DataFrame, name: str = dimension, strictly: bool = False) -> pd.Series:
            return _looked_up(of, rows[name], history, name, strictly)["inquiry_count"]

        itself = (received(receipt) > received(receipt, strictly=True)) & (rows["received_at"] > before_window["as_of"])
        count = received(rows) - received(before_window) - itself.astype("float64")
        columns[f"{dimension.removesuffix('_id')}_recent_inquiry_count"] = count
    return pd.DataFrame(columns, index=rows.index)


def near_duplicates(rows: pd.DataFrame, said: pd.DataFrame, history: pd.DataFrame) -> pd.DataFrame:
    """Count the other clients who had sent one of the buyer's texts, or nearly it, up to the snapshot.

    Parameters
    ----------
    rows, history
        As for `win_history`.
    said : DataFrame
        What `text.known_texts` returns.

    Returns
    -------
    DataFrame of shape (n_snapshots, 1), index of `rows`
        near_duplicate_client_count : of the text that most others sent, `MOST_COPIES` at most. NaN if no
            text is known, or in an export without times.
    """
    known = rows[["as_of"]].loc[said["snapshot"]].set_axis(said.index)
    found = _looked_up(known, said["text_id"], history, duplicates.DIMENSION)["inquiry_count"]
    others = (found - 1).clip(lower=0).groupby(said["snapshot"]).max()
    return others.reindex(rows.index).rename("near_duplicate_client_count").to_frame()


def fingerprints(numbers: pd.Series) -> pd.Series:
    """The numbers as text; NaN for those of fewer than `LEAST_DIGITS` digits that count, such as 12, 500 or 20,000.

    >>> fingerprints(pd.Series([500.0, 1250.0, 0.75, -38.4, 0.1 * 3, float("inf")])).tolist()
    [nan, '1250', nan, '-38.4', nan, nan]
    """
    distinct = pd.Series(numbers.dropna().unique()).astype("float64")
    distinct = distinct[np.isfinite(distinct)]
    # Without a float's noise.
    written = pd.Series([f"{number:.12g}" for number in distinct], index=distinct, dtype="str")
    digits = written.str.replace(r"e.*|[-.]", "", regex=True).str.strip("0")
    return numbers.astype("float64").map(written[digits.str.len() >= LEAST_DIGITS]).astype("str")


def _around_receipt(
    rows: pd.DataFrame, keys: pd.Series, history: pd.DataFrame, dimension: str
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """What was received of each key before the inquiry's own moment, up to it, and up to as_of.

    Leaving out the moment of receipt leaves out this inquiry, whether the history holds it already or not. `last_at` of
    the third is when the last one was received, but for those of that moment.
    """
    of = history[history["dimension"].eq(dimension) & history["key"].isin(keys)].sort_values("known_at")
    grew = of["inquiry_count"].groupby(of["key"]).diff().fillna(of["inquiry_count"]) > 0
    receipts = of[grew].assign(last_at=of["known_at"])
    receipt = rows.assign(as_of=rows["received_at"])
    before = _looked_up(receipt, keys, receipts, dimension, strictly=True)
    until = _looked_up(receipt, keys, receipts, dimension)
    by_now = _looked_up(rows, keys, receipts, dimension)
    by_now["last_at"] = by_now["last_at"].where(by_now["last_at"] > rows["received_at"], before["last_at"])
    return before, until, by_now


def _looked_up(
    rows: pd.DataFrame, keys: pd.Series, history: pd.DataFrame, dimension: str, strictly: bool = False
) -> pd.DataFrame:
    """The newest history row of each key known at as_of (`strictly`: before it), in the order of `rows`.

    Counts are 0 where the key has no history yet, and NaN where the key or the clock is missing.
    """
    wanted = pd.DataFrame({"key": keys, "as_of": rows["as_of"]}).rename_axis("snapshot").reset_index()
    wanted = wanted.dropna().sort_values("as_of", kind="stable")
    known = history[history["dimension"].eq(dimension)].sort_values("known_at", kind="stable")
    found = pd.merge_asof(
        wanted,
        known.drop(columns="dimension"),
        left_on="as_of",
        right_on="known_at",
        by="key",
        allow_exact_matches=not strictly,
    )
    found[COUNTS] = found[COUNTS].fillna(0.0)
    return found.set_index("snapshot").reindex(rows.index)
