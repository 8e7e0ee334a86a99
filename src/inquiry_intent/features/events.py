"""What was done, beside what was said: events known at the snapshot (*behaviour and commitment*, [003])."""

import numpy as np
import pandas as pd

from inquiry_intent.features.known import SHORTEST_GAP_HOURS, hours_told, is_recorded, known_pairs, taken
from inquiry_intent.moments import coarser, known_at, known_from
from inquiry_intent.tables import EVENT_KINDS, Info


def event_counts(rows: pd.DataFrame, events: pd.DataFrame, info: Info) -> pd.DataFrame:
    """Count the events of each kind, and the hours since the last one.

    Parameters
    ----------
    rows : DataFrame
        What `known.snapshot_rows` returns.
    events : DataFrame
        The contract's table, in any order.
    info : Info
        Where the export records no events, the counts are NaN. Tells how fine hours are; see `known.hours_told`.

    Returns
    -------
    DataFrame of shape (n_snapshots, 2 * n_kinds), index of `rows`
        event_<kind>_count : events known.
        event_<kind>_hours : from the last one to as_of; NaN if none is known.
    """
    events = events.reset_index(drop=True)
    pairs = known_pairs(rows, events, "inquiry_id", "occurred_at", info.event_precision)
    occurred_at, as_of = taken(events["occurred_at"], pairs["record"]), taken(rows["as_of"], pairs["snapshot"])
    hours = hours_told(occurred_at, as_of, info.event_precision, info)
    grouped = hours.groupby([pairs["snapshot"], taken(events["kind"], pairs["record"])])
    count, least = grouped.size().unstack(), grouped.min().unstack()
    none = 0.0 if is_recorded(info, "events") else np.nan
    columns: dict[str, pd.Series] = {}
    for name in EVENT_KINDS:
        known = count[name] if name in count else pd.Series(dtype="float64")
        since = least[name] if name in least else pd.Series(dtype="float64")
        columns[f"event_{name}_count"] = known.reindex(rows.index).fillna(none)
        columns[f"event_{name}_hours"] = since.reindex(rows.index)
    return pd.DataFrame(columns, index=rows.index, dtype="float64")


def quote_replies(
    rows: pd.DataFrame, events: pd.DataFrame, messages: pd.DataFrame, info: Info, quick_reply_hours: float
) -> pd.DataFrame:
    """Describe how the buyer took our quotations: "answers a quotation within a day and asks on", or is gone [001].

    Parameters
    ----------
    rows, events, info
        As for `event_counts`; a quotation is an event `quote_sent`.
    messages : DataFrame
        What `known.in_thread_order` returns. Only messages after the quotation answer it; of one that is dated to the
        day, those of later days.
    quick_reply_hours : float
        A reply within this time is quick, the limit included.

    Returns
    -------
    DataFrame of shape (n_snapshots, 2), index of `rows`; NaN if no quotation is known
        quick_reply_after_quote_share : 0..1, of the quotations that were answered in time or whose time is over
            (`replies_after_quote_within_24h` of the signal catalogue); NaN while all are still in time, or where the
            export's times cannot tell the limit.
        silent_after_quote_hours : from the last quotation to as_of while it is unanswered; 0 once it is answered.
    """
    quotes = events.loc[events["kind"] == "quote_sent", ["inquiry_id", "occurred_at"]]
    timed = quotes.dropna().sort_values(["occurred_at", "inquiry_id"], ignore_index=True)
    timed = timed.assign(sure_from=known_from(timed["occurred_at"], info.event_precision))
    wrote = messages["direction"].eq("inbound") & messages["sent_at"].notna()
    inbound = messages.loc[wrote, ["inquiry_id", "sent_at", "known_from"]]
    answers = pd.merge_asof(
        timed,
        inbound,
        left_on="sure_from",
        right_on="sent_at",
        by="inquiry_id",
        direction="forward",
        # The first moment after a date is after it; a moment is not after itself.
        allow_exact_matches=info.event_precision in ("day", "month"),
    )
    pairs = known_pairs(rows, timed, "inquiry_id", "occurred_at", info.event_precision)
    as_of = taken(rows["as_of"], pairs["snapshot"])
    sent_at = taken(timed["occurred_at"], pairs["record"])
    answered_at = taken(answers["sent_at"], pairs["record"])
    answered_at = answered_at.where(known_at(taken(answers["known_from"], pairs["record"]), as_of))
    precision = coarser(info.event_precision, info.message_precision)
    open_hours = hours_told(sent_at, as_of, precision, info)
    reply_hours = hours_told(sent_at, answered_at, precision, info)
    quick = reply_hours.le(quick_reply_hours).astype("float64")
    quick = quick.where(quick.eq(1) | open_hours.gt(quick_reply_hours))
    silent = open_hours.where(answered_at.isna() | open_hours.isna(), 0.0)
    last = pairs.assign(silent=silent).drop_duplicates("snapshot", keep="last").set_index("snapshot")["silent"]
    told = quick_reply_hours >= SHORTEST_GAP_HOURS.get(precision, np.inf)
    return pd.DataFrame(
        {
            "quick_reply_after_quote_share": quick.groupby(pairs["snapshot"]).mean() if told else np.nan,
            "silent_after_quote_hours": last,
        },
        index=rows.index,
        dtype="float64",
    )
