"""What a snapshot knows: its inquiry, and the records that were known at its time, joined once for all features."""

import numpy as np
import pandas as pd

from inquiry_intent.moments import coarser, known_at, known_from, messages_known_from, sorted_by_moment
from inquiry_intent.snapshots import KEY, refuse_misfits
from inquiry_intent.tables import Info, Precision, Tables

#: Precisions that tell hours between two moments, and the shortest that they can tell from none.
SHORTEST_GAP_HOURS = {"second": 1 / 3600, "minute": 1 / 60, "day": 24.0}
#: Two moments of one date are somewhere between no time and a day apart.
SAME_DATE_HOURS = 12.0


def snapshot_rows(tables: Tables, snapshots: pd.DataFrame) -> pd.DataFrame:
    """Join each snapshot with its inquiry.

    Returns
    -------
    DataFrame of shape (n_snapshots, 1 + n_inquiry_columns), in the order of `snapshots`, index 0, 1, 2 …
        as_of and the columns of `inquiries`. The index is the snapshot's number in all tables of this package.

    Raises
    ------
    DataError
        If a snapshot does not fit the tables, see `snapshots.refuse_misfits`.
    """
    refuse_misfits(snapshots, tables.inquiries)
    keys = snapshots[KEY].reset_index(drop=True)
    return keys.merge(tables.inquiries, on="inquiry_id", how="left", validate="many_to_one")


def known_pairs(
    rows: pd.DataFrame, records: pd.DataFrame, key: str, time: str, precision: str = "second"
) -> pd.DataFrame:
    """Pair each snapshot with the records of its inquiry or client that were known at its time.

    Parameters
    ----------
    rows : DataFrame
        What `snapshot_rows` returns.
    records : DataFrame
        Any table with the columns `key` and `time`; index 0, 1, 2 …
    key : str
        "inquiry_id" or "client_id".
    time : str
        The column that says when a record became known.
    precision : str
        How fine it is; see `moments.known_from`.

    Returns
    -------
    DataFrame of shape (n_pairs, 2)
        snapshot, record: numbers of rows in `rows` and `records`, ascending by snapshot, then record.
    """
    left = rows[[key, "as_of"]].rename_axis("snapshot").reset_index()
    right = records[[key, time]].rename_axis("record").reset_index()
    pairs = left.merge(right, on=key)
    pairs = pairs.loc[known_at(known_from(pairs[time], precision), pairs["as_of"]), ["snapshot", "record"]]
    return pairs.sort_values(["snapshot", "record"], ignore_index=True)


def in_thread_order(tables: Tables) -> pd.DataFrame:
    """The messages by time, those of one moment by their ids, with `known_from`."""
    return sorted_by_moment(tables.messages.assign(known_from=messages_known_from(tables)))


def known_thread(rows: pd.DataFrame, messages: pd.DataFrame, info: Info) -> pd.DataFrame:
    """Each snapshot's thread: the messages known at its time, in thread order.

    Parameters
    ----------
    rows : DataFrame
        What `snapshot_rows` returns.
    messages : DataFrame
        What `in_thread_order` returns.
    info : Info
        Tells how fine hours are; see `hours_told`.

    Returns
    -------
    DataFrame of shape (n_pairs, 7), ascending by snapshot, then thread order
        snapshot, message : numbers of rows in `rows` and `messages`.
        received_hours : from the inquiry's receipt to the message.
        inbound : whether the buyer wrote.
        answers : whether the message before it is the other side's.
        gap_hours : since the message before it, of either side; NaN for the first of a thread.
        waited_hours : from the message to as_of.
    """
    pairs = known_pairs(rows, messages, "inquiry_id", "known_from").rename(columns={"record": "message"})
    sent_at = taken(messages["sent_at"], pairs["message"])
    inbound = taken(messages["direction"], pairs["message"]).eq("inbound")
    received_at, as_of = (taken(rows[column], pairs["snapshot"]) for column in ("received_at", "as_of"))
    goes_on = pairs["snapshot"].eq(pairs["snapshot"].shift())

    def apart(start: pd.Series, precision: Precision) -> pd.Series:
        hours = hours_told(start, sent_at, precision, info)
        return hours.mask(hours.eq(0), SAME_DATE_HOURS) if precision == "day" else hours

    return pairs.assign(
        received_hours=apart(received_at, coarser(info.time_precision, info.message_precision)),
        inbound=inbound,
        answers=goes_on & inbound.ne(inbound.shift()),
        gap_hours=apart(sent_at.shift(), info.message_precision).where(goes_on),
        waited_hours=hours_told(sent_at, as_of, info.message_precision, info),
    )


def taken(values: pd.Series, positions: pd.Series) -> pd.Series:
    """The values at row numbers, with the index of `positions`."""
    return values.take(positions.to_numpy()).set_axis(positions.index)


def hours_told(start: pd.Series, end: pd.Series, precision: Precision, info: Info) -> pd.Series:
    """Hours from one moment to another, as far as their precision tells them; NaN where one is missing.

    Where one of the two is a date, whole days: a midnight is no time of day. Where it or the receipts, with which the
    snapshots' clock begins, are coarser than that, NaN.

    >>> sent, read = (pd.to_datetime(pd.Series([time])) for time in ("2026-03-02T15:00Z", "2026-03-03T00:00Z"))
    >>> [hours_told(sent, read, precision, Info(source="crm")).item() for precision in ("second", "day", "month")]
    [9.0, 24.0, nan]
    """
    if not (has_durations(precision) and has_durations(info.time_precision)):
        return pd.Series(np.nan, index=start.index)
    if precision == "day":
        start, end = (_dates(times, info) for times in (start, end))
    return (end - start).dt.total_seconds() / 3600


def _dates(times: pd.Series, info: Info) -> pd.Series:
    return times.dt.tz_convert(info.zone).dt.tz_localize(None).dt.normalize()


def has_durations(precision: Precision) -> bool:
    """Whether times are fine enough to tell hours between two moments: to the day or better."""
    return precision in SHORTEST_GAP_HOURS


def is_recorded(info: Info, name: str) -> bool:
    """Whether the export records a table at all: where it does not, "none" is not observed and counts are NaN.

    Told by the row counts in `info.json`, never by the rows at hand: an inquiry alone may have none. Tables made in
    memory, without counts, are taken as recorded.

    >>> is_recorded(Info(source="crm", counts={"events": {"read": 0, "kept": 0, "quarantined": 0}}), "events")
    False
    """
    return not info.counts or info.counts.get(name, {}).get("kept", 0) > 0
