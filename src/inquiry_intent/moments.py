"""When things happened, how exactly it is known, and what was known when."""

import re

import pandas as pd

from inquiry_intent.tables import PRECISIONS, TIME, Precision, Tables

#: Numbers in ids are compared as if they had so many digits.
DIGITS, PADDED = re.compile(r"\d+"), 24


def known_at(times: pd.Series, as_of: pd.Series) -> pd.Series:
    """Which records were known at `as_of`: the one place where the clock is compared.

    Both may be NaT, in an export without times: its records count as known. A missing time beside a real clock does
    not.
    """
    return (times <= as_of) | (times.isna() & as_of.isna())


def known_from(times: pd.Series, precision: str) -> pd.Series:
    """From when on a record is known for sure: one that carries a date only, when its day or month is over.

    Else a snapshot in the morning would know what was done on the evening of its day. A minute is taken as a moment.

    >>> day = pd.to_datetime(pd.Series(["2026-03-02T00:00Z"]))
    >>> known_from(day, "day").item()
    Timestamp('2026-03-03 00:00:00+0000', tz='UTC')
    """
    return end_of(times, precision if precision in ("day", "month") else "second")


def messages_known_from(tables: Tables) -> pd.Series:
    """From when on each message is known for sure; the message that an inquiry came with, from its receipt on.

    Where receipts are as coarse as messages, that is every message of the receipt's day; where they are finer, the
    buyer's first of that day alone: what else was written then was written after it.

    Returns
    -------
    Series of UTC times, index of `tables.messages`
    """
    messages, info = tables.messages, tables.info
    known = known_from(messages["sent_at"], info.message_precision)
    received = tables.inquiries.drop_duplicates("inquiry_id").set_index("inquiry_id")["received_at"]
    came_with_it = messages["sent_at"] <= time_of(messages["inquiry_id"], received)
    if is_coarser(info.message_precision, info.time_precision):
        inbound = sorted_by_moment(messages[messages["direction"] == "inbound"])
        came_with_it &= messages["message_id"].isin(inbound.drop_duplicates("inquiry_id")["message_id"])
    return known.mask(came_with_it, messages["sent_at"])


def is_coarser(one: str, other: str) -> bool:
    """Whether a precision is coarser than another; never, where there are no times."""
    both = one in PRECISIONS and other in PRECISIONS
    return both and PRECISIONS.index(one) > PRECISIONS.index(other)


def coarser(one: Precision, other: Precision) -> Precision:
    """The coarser of two precisions; the first where the other has no times."""
    return other if is_coarser(other, one) else one


def sorted_by_moment(messages: pd.DataFrame) -> pd.DataFrame:
    """Messages by time; those of one moment by message_id, so that the order of a file's rows never matters.

    Numbers in ids count as numbers: 9 stands before 10, and q1/9 before q1/10.

    >>> ids = pd.DataFrame({"message_id": ["m10", "m9", "m"], "sent_at": pd.NaT})
    >>> sorted_by_moment(ids)["message_id"].tolist()
    ['m', 'm9', 'm10']
    """
    ids = messages["message_id"].astype("str")
    # Only ids of one moment of a thread are compared by anyone.
    tied = messages.duplicated([column for column in ("inquiry_id", "sent_at") if column in messages], keep=False)
    padded = ids.mask(tied, ids[tied].map(_padded).astype("str"))
    return (
        messages.assign(padded=padded)
        .sort_values(["sent_at", "padded", "message_id"], kind="stable", ignore_index=True)
        .drop(columns="padded")
    )


def _padded(text: str) -> str:
    return DIGITS.sub(lambda digits: digits[0].zfill(PADDED), text)


def time_of(ids: pd.Series, times: pd.Series) -> pd.Series:
    """The time of each id, from times by id; NaT where it has none."""
    return pd.Series(times.reindex(ids).array, index=ids.index, dtype=TIME)


def days_between(start: pd.Series, end: pd.Series) -> pd.Series:
    """Days from one moment to another; NaN where one is missing."""
    return (end - start).dt.total_seconds() / 86400


def end_of(times: pd.Series, precision: str) -> pd.Series:
    """When what is dated to a minute, day or month has happened for sure; times of another precision as they are.

    Times stand for the start of their day or month in the export's own zone, up to 14 hours before that of UTC.

    >>> march = pd.to_datetime(pd.Series(["2026-03-01T00:00+08:00"]), utc=True)
    >>> end_of(march, "month").dt.tz_convert("Asia/Shanghai").item()
    Timestamp('2026-04-01 00:00:00+0800', tz='Asia/Shanghai')
    """
    if precision == "month":
        return times + pd.to_timedelta((times + pd.Timedelta(hours=14)).dt.days_in_month, unit="D")
    length = {"minute": pd.Timedelta(minutes=1), "day": pd.Timedelta(days=1)}.get(precision)
    return times if length is None else times + length
