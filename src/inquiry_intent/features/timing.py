"""When both sides wrote: reply times, rhythm, silence, working hours (group *interaction* of the signal catalogue).

The sources disagree on reply speed: high intent replies within a day [001], large clients may be slow [000], a steady
rhythm is what counts [003]. So speed, regularity and lateness against the own rhythm are features of their own.
"""

import numpy as np
import pandas as pd

from inquiry_intent.features.known import SHORTEST_GAP_HOURS, has_durations, is_recorded, taken
from inquiry_intent.features.places import local_clock
from inquiry_intent.moments import coarser, days_between
from inquiry_intent.tables import Info


def reply_timing(rows: pd.DataFrame, thread: pd.DataFrame, info: Info) -> pd.DataFrame:
    """Describe how fast and how steadily each side answers the other.

    A reply is a message whose previous message is the other side's; it took as long as the gap between the two.

    Parameters
    ----------
    rows : DataFrame
        What `known.snapshot_rows` returns.
    thread : DataFrame
        What `known.known_thread` returns.
    info : Info
        The coarser precision of its receipts and messages is the shortest gap that has a rhythm.

    Returns
    -------
    DataFrame of shape (n_snapshots, 10), index of `rows`; hours are >= 0, and NaN before the first reply
        buyer_reply_median_hours, buyer_reply_last_hours : of the buyer's replies.
        buyer_reply_spread_hours : distance between their quartiles; NaN below two replies.
        reply_regularity : 0 < x <= 1; 1 where every reply takes equally long, less the more the gaps differ in
            magnitude (1 / (1 + standard deviation of ln hours)); NaN below two replies. [003]
        buyer_reply_trend_log_hours : change of ln hours from reply to reply (least squares); above 0 the buyer slows
            down; NaN below two replies.
        seller_first_reply_hours : from received_at to our first message.
        seller_reply_median_hours, seller_reply_last_hours : of our replies.
        late_against_own_rhythm_ratio : hours that our last message has waited for an answer, as a multiple of the
            buyer's median; 0 where nothing waits; NaN where the buyer never replied yet.
        longest_gap_hours : between two neighbouring messages of the thread.
    """
    replies = thread[thread["answers"]]
    buyer = replies[replies["inbound"]].groupby("snapshot")["gap_hours"]
    seller = replies[~replies["inbound"]].groupby("snapshot")["gap_hours"]
    median = buyer.median().reindex(rows.index)

    # Shorter gaps count as this: 0 has no logarithm.
    shortest = SHORTEST_GAP_HOURS.get(coarser(info.time_precision, info.message_precision))
    log_gaps = np.log(replies["gap_hours"].clip(lower=shortest)).where(replies["inbound"])
    log_gaps = log_gaps.dropna()
    snapshot = replies["snapshot"].loc[log_gaps.index]

    last = thread.drop_duplicates("snapshot", keep="last").set_index("snapshot").reindex(rows.index)
    waiting = last["waited_hours"].where(last["inbound"].eq(False), 0.0)
    first_outbound = thread[~thread["inbound"]].drop_duplicates("snapshot").set_index("snapshot")

    return pd.DataFrame(
        {
            "buyer_reply_median_hours": median,
            "buyer_reply_last_hours": buyer.last(),
            "buyer_reply_spread_hours": (buyer.quantile(0.75) - buyer.quantile(0.25)).where(buyer.count() > 1),
            "reply_regularity": 1 / (1 + log_gaps.groupby(snapshot).std()),
            "buyer_reply_trend_log_hours": slope(log_gaps, snapshot),
            "seller_first_reply_hours": first_outbound["received_hours"],
            "seller_reply_median_hours": seller.median(),
            "seller_reply_last_hours": seller.last(),
            "late_against_own_rhythm_ratio": waiting / median.clip(lower=shortest),
            "longest_gap_hours": thread.groupby("snapshot")["gap_hours"].max(),
        },
        index=rows.index,
    )


def slope(values: pd.Series, group: pd.Series) -> pd.Series:
    """Least-squares change from one value to the next within each group, in their order; NaN below two values.

    >>> slope(pd.Series([1.0, 3.0, 5.0, 7.0]), pd.Series([0, 0, 0, 1])).tolist()
    [2.0, nan]
    """
    grouped = values.groupby(group)
    size = grouped.transform("size")
    from_middle = grouped.cumcount() - (size - 1) / 2
    covariance = (from_middle * values).groupby(group).sum()
    size = grouped.size()
    return covariance / (size * (size**2 - 1) / 12).where(size > 1)


def message_counts(rows: pd.DataFrame, thread: pd.DataFrame, messages: pd.DataFrame, info: Info) -> pd.DataFrame:
    """Count the messages of both sides, and how long it has been quiet.

    Parameters
    ----------
    rows, thread
        As for `reply_timing`.
    messages : DataFrame
        What `known.in_thread_order` returns.
    info : Info
        Where the export records no messages, the counts are NaN.

    Returns
    -------
    DataFrame of shape (n_snapshots, 8), index of `rows`
        buyer_silent_hours : from the buyer's last message to as_of; NaN if none is known.
        thread_silent_hours : from the last message of either side to as_of; NaN if none is known.
        inbound_message_count, outbound_message_count : messages known.
        inbound_message_share : 0..1, of all messages; NaN if none is known.
        inbound_attachment_count : files that the buyer attached; NaN where no known message says.
        unanswered_outbound_count : our messages after the buyer's last one.
        messages_per_day : messages over the inquiry's age, or over one day while it is younger.
    """
    none = 0.0 if is_recorded(info, "messages") else np.nan
    inbound = thread[thread["inbound"]]
    inbound_count = inbound.groupby("snapshot").size().reindex(rows.index, fill_value=none)
    message_count = thread.groupby("snapshot").size().reindex(rows.index, fill_value=none)
    last_inbound = inbound.drop_duplicates("snapshot", keep="last").set_index("snapshot")["waited_hours"]
    last = thread.drop_duplicates("snapshot", keep="last").set_index("snapshot")["waited_hours"]
    later_inbound = thread["inbound"].iloc[::-1].groupby(thread["snapshot"]).cumsum().sort_index()
    unanswered = (later_inbound == 0).groupby(thread["snapshot"]).sum().reindex(rows.index, fill_value=none)
    attachments = taken(messages["attachment_count"], inbound["message"])
    age_days, has_age = days_between(rows["received_at"], rows["as_of"]), has_durations(info.time_precision)
    return pd.DataFrame(
        {
            "buyer_silent_hours": last_inbound,
            "thread_silent_hours": last,
            "inbound_message_count": inbound_count,
            "outbound_message_count": message_count - inbound_count,
            "inbound_message_share": inbound_count / message_count.where(message_count > 0),
            "inbound_attachment_count": attachments.groupby(inbound["snapshot"]).sum(min_count=1),
            "unanswered_outbound_count": unanswered,
            "messages_per_day": message_count / age_days.clip(lower=1.0) if has_age else np.nan,
        },
        index=rows.index,
        dtype="float64",
    )


def local_times(rows: pd.DataFrame, thread: pd.DataFrame, messages: pd.DataFrame, info: Info) -> pd.DataFrame:
    """Describe when the buyer writes, by the clock of the inquiry's country.

    Parameters
    ----------
    rows, thread
        As for `reply_timing`.
    messages : DataFrame
        What `known.in_thread_order` returns, with the inquiry's `country`.
    info : Info
        Hours are NaN where times are dates or coarser, the weekday where they are coarser than a day.

    Returns
    -------
    DataFrame of shape (n_snapshots, 4), index of `rows`; NaN where the country's time zone is unknown
        age_days : from received_at to as_of; needs no country.
        received_local_hour : 0 <= hour < 24.
        received_local_weekday : 0 Monday … 6 Sunday.
        working_hours_share : 0..1, of the buyer's known messages; within office hours of a working day there (Friday
            and Saturday are the weekend in Egypt, say). NaN if none is known.
    """
    names = ["age_days", "received_local_hour", "received_local_weekday", "working_hours_share"]
    times = pd.DataFrame(np.nan, index=rows.index, columns=names)
    times["age_days"] = days_between(rows["received_at"], rows["as_of"])
    if info.time_precision in ("second", "minute"):
        received = local_clock(rows["received_at"], rows["country"])
        inbound = thread[thread["inbound"]]
        working = taken(local_clock(messages["sent_at"], messages["country"])["working"], inbound["message"])
        times["received_local_hour"] = received["hour"]
        times["received_local_weekday"] = received["weekday"]
        if info.message_precision in ("second", "minute"):
            times["working_hours_share"] = working.groupby(inbound["snapshot"]).mean()
    elif info.time_precision == "day":
        # A date is the day as it was written down, whatever the country.
        times["received_local_weekday"] = rows["received_at"].dt.tz_convert(info.zone).dt.day_of_week
    return times
