"""Events known at the snapshot, and how quotations were taken."""

import math

import pandas as pd
import pytest

from tests.feature_tables import CONFIG, at_hours, features, make_tables, row, snapshots, thread

SHARE, SILENT = "quick_reply_after_quote_share", "silent_after_quote_hours"


def event(kind: str, hours: float) -> dict:
    return {"inquiry_id": "a", "occurred_at": hours, "kind": kind}


def test_events_are_counted_by_kind_up_to_the_snapshot():
    tables = make_tables(events=[event("held_call", 30), event("held_call", 4), event("opened_mail", 6)])
    got = row(tables, 10)
    assert got[["event_held_call_count", "event_opened_mail_count", "event_quote_sent_count"]].tolist() == [1, 1, 0]
    assert got[["event_held_call_hours", "event_opened_mail_hours"]].tolist() == [6, 4]
    assert pd.isna(got["event_quote_sent_hours"])
    assert row(tables, 30)[["event_held_call_count", "event_held_call_hours"]].tolist() == [2, 0]


def test_an_export_that_records_no_events_has_no_counts():
    def counts(events: int) -> dict:
        return {"inquiries": {"kept": 1}, "events": {"kept": events}}

    names = ["event_held_call_count", "event_quote_sent_count"]
    assert row(make_tables(counts=counts(0)), 10)[names].isna().all()
    assert row(make_tables(counts=counts(5)), 10)[names].eq(0).all()


def test_a_quotation_answered_within_the_limit_counts_as_quick_at_once():
    tables = make_tables(messages=thread(("in", 0), ("in", 34)), events=[event("quote_sent", 10)])
    got = at_hours(tables, 33, 34)  # still in time, and 24 hours later: the limit
    assert got[SHARE].tolist() == pytest.approx([math.nan, 1], nan_ok=True)
    assert got[SILENT].tolist() == [23, 0]


def test_a_late_answer_is_not_quick():
    tables = make_tables(messages=thread(("in", 0), ("in", 34.5)), events=[event("quote_sent", 10)])
    got = at_hours(tables, 34.25, 40)
    assert got[SHARE].tolist() == [0, 0]
    assert got[SILENT].tolist() == [24.25, 0]


def test_each_quotation_counts_by_the_first_answer_after_it():
    messages = thread(("in", 0), ("out", 11), ("in", 20), ("in", 100))
    tables = make_tables(messages=messages, events=[event("quote_sent", hours) for hours in (10, 30, 90)])
    assert at_hours(tables, 60, 101)[SHARE].tolist() == pytest.approx([1 / 2, 2 / 3])


def test_a_message_of_the_same_moment_does_not_answer_a_quotation():
    tables = make_tables(messages=thread(("in", 10)), events=[event("quote_sent", 10)])
    assert row(tables, 40)[[SHARE, SILENT]].tolist() == [0, 30]


MIDNIGHT = -9  # of the day on which the inquiry came, at nine


@pytest.mark.parametrize(
    ("events", "messages", "quoted", "answers", "share", "silent"),
    [
        ("day", "second", 15, [24], 0, 9 * 24),  # asked at nine for what went out on that day
        ("day", "second", 15, [24, 50], 1, 0),  # the day after, whatever the hour
        ("day", "second", 15, [39], 1, 0),  # its first moment
        ("day", "second", 15, [63], 0, 0),  # two days later
        ("day", "day", 15, [15], 0, 9 * 24),  # that day: before it or after, nobody knows
        ("day", "day", 15, [39], 1, 0),
        ("second", "day", 30, [15], 0, 9 * 24),
        ("second", "day", 30, [39], 1, 0),  # 9 hours to the midnight of a message, whenever it came
        ("second", "day", 16, [63], 0, 0),
        ("month", "second", MIDNIGHT - 24, [48], None, None),
        ("second", "month", 15, [24], None, None),
        ("second", "none", 24, [], 0, 9 * 24),
    ],
)
def test_a_quotation_is_answered_by_what_came_after_it_for_sure(events, messages, quoted, answers, share, silent):
    tables = make_tables(
        messages=thread(("in", 0), *(("in", hours) for hours in answers)) if messages != "none" else [],
        events=[event("quote_sent", quoted)],
        event_precision=events,
        message_precision=messages,
    )
    got = row(tables, 24 * 10 if events != "month" else 24 * 40)
    assert got[[SHARE, SILENT]].tolist() == pytest.approx(
        [share, silent] if share is not None else [math.nan] * 2, nan_ok=True
    )


def test_a_limit_of_hours_is_not_told_by_dates():
    tables = make_tables(
        messages=thread(("in", 0), ("in", 39)), events=[event("quote_sent", 15)], event_precision="day"
    )
    within = features(tables, snapshots(("a", 24 * 10)), CONFIG.model_copy(update={"quick_reply_hours": 4.0})).iloc[0]
    assert pd.isna(within[SHARE])
    assert within[SILENT] == 0


@pytest.mark.parametrize(("precision", "hours"), [("second", 225), ("day", 9 * 24), ("month", math.nan)])
def test_what_is_dated_to_the_month_happened_no_hours_ago(precision, hours):
    tables = make_tables(events=[event("held_call", 15)], event_precision=precision)
    got = row(tables, 24 * 10 if precision != "month" else 24 * 40)
    assert got["event_held_call_count"] == 1
    assert got["event_held_call_hours"] == pytest.approx(hours, nan_ok=True)


def test_without_a_quotation_there_is_nothing_to_answer():
    assert row(make_tables(messages=thread(("in", 0))), 40)[[SHARE, SILENT]].isna().all()
