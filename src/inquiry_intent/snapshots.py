"""What is predicted: an inquiry as it stood at a moment, `(inquiry_id, as_of)`."""

from typing import Any

import numpy as np
import pandas as pd

from inquiry_intent.config import SnapshotConfig
from inquiry_intent.errors import DataError, problems_listed
from inquiry_intent.moments import days_between, is_coarser, known_at, messages_known_from, sorted_by_moment
from inquiry_intent.tables import TEXT, TIME, Info, Tables

KEY = ["inquiry_id", "as_of"]


def build_snapshots(tables: Tables, config: SnapshotConfig) -> pd.DataFrame:
    """Every moment at which each inquiry is looked at, decided or not.

    Returns
    -------
    DataFrame of shape (n_snapshots, 3)
        inquiry_id; as_of (UTC); age_days (days since the inquiry was received, >= 0), by inquiry in the order of
        `inquiries`, then by as_of. An export without times has one snapshot an inquiry, as_of and age_days are NaN.
    """
    if tables.info.timeless:
        return snapshots_at(tables.inquiries, pd.Series(pd.NaT, index=tables.inquiries.index, dtype=TIME))
    if config.at_messages:
        return _after_messages(tables, config.at_messages)
    parts = [
        snapshots_at(tables.inquiries, tables.inquiries["received_at"] + pd.Timedelta(days=age))
        for age in config.ages_days
    ]
    return pd.concat(parts).sort_index(kind="stable").reset_index(drop=True)


def snapshots_at(inquiries: pd.DataFrame, as_of: pd.Series | pd.Timestamp) -> pd.DataFrame:
    """One snapshot an inquiry, at the given moment(s); rows and index are those of `inquiries`.

    >>> day = pd.Timestamp("2026-03-02", tz="UTC")
    >>> inquiries = pd.DataFrame({"inquiry_id": ["a"], "received_at": [day]})
    >>> snapshots_at(inquiries, day + pd.Timedelta(days=3))["age_days"].item()
    3.0
    """
    snapshots = inquiries[["inquiry_id"]].assign(as_of=as_of)
    snapshots["as_of"] = snapshots["as_of"].astype(TIME)
    return snapshots.assign(age_days=days_between(inquiries["received_at"], snapshots["as_of"]))


def snapshots_of_day(tables: Tables, as_of: Any) -> pd.DataFrame:
    """One snapshot an inquiry as of a moment; an export without times has none, whatever Timestamp or NaT is given.

    Beside a real clock its records would count as unknown, all of them.
    """
    moment = pd.NaT if tables.info.timeless else as_of
    return snapshots_at(tables.inquiries, pd.Series(moment, index=tables.inquiries.index, dtype=TIME))


def coarse_decisions(info: Info) -> bool:
    """Whether decisions are dated to a minute, day or month that receipts are dated within."""
    return is_coarser(info.decision_precision, info.time_precision)


def refuse_misfits(snapshots: pd.DataFrame, inquiries: pd.DataFrame) -> None:
    """Stop where snapshots are not of these inquiries: made from another export, or from an earlier reading of it.

    Parameters
    ----------
    snapshots : DataFrame
        inquiry_id, as_of, and age_days, if it is there.
    inquiries : DataFrame
        inquiry_id and received_at.

    Raises
    ------
    DataError
        If a snapshot stands twice, is of an unknown inquiry, lies before its inquiry was received or is of another age
        than it says. All are listed.
    """
    rows = snapshots.filter([*KEY, "age_days"]).reset_index(drop=True)
    came = inquiries[["inquiry_id", "received_at"]]
    rows = rows.merge(came, on="inquiry_id", how="left", validate="many_to_one", indicator="found")
    age = days_between(rows["received_at"], rows["as_of"])
    wrong = {
        "stands twice": rows.duplicated(KEY),
        "is of no inquiry in the table": rows["found"] != "both",
        "is before its inquiry was received": rows["as_of"] < rows["received_at"],
    }
    if "age_days" in rows:
        other = (age != rows["age_days"]) & ~(age.isna() & rows["age_days"].isna())
        wrong["is of another age than it says"] = other & ~pd.concat(wrong, axis=1).any(axis=1)
    problems = [
        f"snapshot {rows['inquiry_id'].iloc[row]} at {rows['as_of'].iloc[row]} {what}"
        for what, where in wrong.items()
        for row in np.flatnonzero(where)
    ]
    if problems:
        raise DataError(
            f"Snapshots do not fit the tables, {problems_listed(problems)}\nBuild them from the same tables folder."
        )


def decided_before(rows: pd.DataFrame, info: Info) -> pd.Series:
    """Which snapshots come after their inquiry was decided, in training and in backtests.

    What was decided "on that day" of its receipt was certainly not decided before it.

    Parameters
    ----------
    rows : DataFrame
        With as_of, age_days and decided_at.
    """
    decided: pd.Series = rows["decided_at"] <= rows["as_of"]
    return decided & rows["age_days"].ne(0) if coarse_decisions(info) else decided


def status_at(tables: Tables, snapshots: pd.DataFrame) -> pd.Series:
    """Each snapshot's status as it was known: won, lost or open. One without a date counts as known.

    Returns
    -------
    Series of str, in the order of `snapshots`
    """
    rows = snapshots[KEY].merge(tables.outcomes[["inquiry_id", "status", "decided_at"]], on="inquiry_id", how="left")
    known = known_at(rows["decided_at"], rows["as_of"]) | rows["decided_at"].isna()
    return rows["status"].where(known).fillna("open").astype(TEXT).set_axis(snapshots.index)


def _after_messages(tables: Tables, counts: list[int]) -> pd.DataFrame:
    """The moments from which on the k-th message of a thread is known; a shorter thread has none."""
    messages = sorted_by_moment(tables.messages.assign(as_of=messages_known_from(tables)))
    position = messages.groupby("inquiry_id").cumcount() + 1
    reached = messages.loc[position.isin(counts), KEY]
    # Two messages of one second make one snapshot: at that second both are known.
    reached = reached.drop_duplicates(KEY)
    order = tables.inquiries[["inquiry_id", "received_at"]].reset_index(names="position")
    snapshots = reached.merge(order, on="inquiry_id", validate="many_to_one").sort_values(["position", "as_of"])
    snapshots["age_days"] = days_between(snapshots["received_at"], snapshots["as_of"])
    return snapshots[[*KEY, "age_days"]].reset_index(drop=True)
