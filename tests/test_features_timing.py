"""Reply times, rhythm, silence and local hours, computed by hand."""

import math

import pandas as pd
import pytest

from inquiry_intent.features.places import MAIN_ZONES, weekend_of, zone_of
from tests.feature_tables import at, inquiry, make_tables, row, thread

TALK = thread(("in", 0), ("out", 5), ("in", 7), ("out", 10), ("out", 20), ("in", 28), ("out", 30))


def assert_values(got: pd.Series, **expected: float) -> None:
    names = list(expected)
    pd.testing.assert_series_equal(
        got[names].astype("float64"), pd.Series(expected, dtype="float64"), check_names=False, rtol=1e-12
    )


def test_reply_times_are_those_between_a_message_and_the_other_sides_message_before_it():
    assert_values(
        row(make_tables(messages=TALK), 46),
        buyer_reply_median_hours=5,  # of 2 and 8
        buyer_reply_last_hours=8,
        buyer_reply_spread_hours=3,  # quartiles 3.5 and 6.5
        reply_regularity=1 / (1 + math.log(4) / math.sqrt(2)),
        buyer_reply_trend_log_hours=math.log(4),
        seller_first_reply_hours=5,
        seller_reply_median_hours=3,  # of 5, 3 and 2
        seller_reply_last_hours=2,
        late_against_own_rhythm_ratio=16 / 5,  # our message of hour 30 waits 16 hours
        longest_gap_hours=10,  # our own, from hour 10 to 20
    )


def test_counts_and_silence_are_those_of_the_snapshot():
    assert_values(
        row(make_tables(messages=TALK), 46),
        age_days=46 / 24,
        buyer_silent_hours=18,
        thread_silent_hours=16,
        inbound_message_count=3,
        outbound_message_count=4,
        inbound_message_share=3 / 7,
        unanswered_outbound_count=1,
        messages_per_day=7 / (46 / 24),
    )
    assert_values(
        row(make_tables(messages=TALK), 25),
        inbound_message_count=2,
        outbound_message_count=3,
        unanswered_outbound_count=2,
        messages_per_day=5 / (25 / 24),
        buyer_silent_hours=18,
        thread_silent_hours=5,
        late_against_own_rhythm_ratio=5 / 2,
    )


def test_a_message_sent_at_the_moment_of_the_snapshot_is_known():
    tables = make_tables(messages=TALK)
    assert row(tables, 28)["inbound_message_count"] == 3
    assert row(tables, 27.999)["inbound_message_count"] == 2


def test_nothing_waits_once_the_buyer_answered():
    assert row(make_tables(messages=TALK), 29)["late_against_own_rhythm_ratio"] == 0


def test_a_steady_buyer_is_regular_however_slow():
    slow = thread(("in", 0), ("out", 1), ("in", 201), ("out", 202), ("in", 402), ("out", 403), ("in", 603))
    moody = thread(("in", 0), ("out", 1), ("in", 1.01), ("out", 2), ("in", 202), ("out", 203), ("in", 203.01))
    assert row(make_tables(messages=slow), 700)["reply_regularity"] == 1
    assert row(make_tables(messages=moody), 700)["reply_regularity"] < 0.2


def test_an_inquiry_without_messages_has_counts_of_zero_and_no_times():
    got = row(make_tables(), 48)
    assert_values(
        got,
        age_days=2,
        inbound_message_count=0,
        outbound_message_count=0,
        unanswered_outbound_count=0,
        messages_per_day=0,
    )
    names = [name for name in got.index if name.endswith("_hours") and "event" not in name]
    assert len(names) == 11
    assert got[[*names, "late_against_own_rhythm_ratio", "reply_regularity", "inbound_message_share"]].isna().all()


def test_an_export_without_messages_has_no_counts():
    counts = {"inquiries": {"read": 1, "kept": 1}, "messages": {"read": 0, "kept": 0}}
    got = row(make_tables(counts=counts), 48)
    assert got[["inbound_message_count", "unanswered_outbound_count", "messages_per_day"]].isna().all()


def test_a_thread_of_our_messages_alone_shows_no_reply_of_ours_nor_theirs():
    got = row(make_tables(messages=thread(("out", 3), ("out", 9))), 24)
    assert_values(
        got,
        seller_first_reply_hours=3,
        longest_gap_hours=6,
        thread_silent_hours=15,
        unanswered_outbound_count=2,
        inbound_message_share=0,
    )
    missing = [
        "buyer_reply_last_hours",
        "seller_reply_last_hours",
        "buyer_silent_hours",
        "late_against_own_rhythm_ratio",
    ]
    assert got[missing].isna().all()


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 1, 0], [1, 2, 0]])
def test_messages_of_one_moment_stand_in_the_order_of_their_ids(order):
    messages = thread(("in", 0), ("out", 4), ("in", 4))
    got = row(make_tables(messages=[messages[i] for i in order]), 5)
    assert_values(got, buyer_reply_last_hours=0, unanswered_outbound_count=0, seller_reply_last_hours=4)
    swapped = [{**m, "message_id": key} for m, key in zip(messages, ["a1", "a3", "a2"], strict=True)]
    got = row(make_tables(messages=[swapped[i] for i in order]), 5)
    assert_values(got, buyer_reply_last_hours=math.nan, unanswered_outbound_count=1, seller_reply_last_hours=0)


def test_a_simultaneous_reply_has_a_finite_rhythm():
    messages = thread(("in", 0), ("out", 4), ("in", 4), ("out", 5), ("in", 6))
    got = row(make_tables(messages=messages), 8)
    assert_values(got, buyer_reply_trend_log_hours=math.log(3600), late_against_own_rhythm_ratio=0)


def test_a_chat_has_a_rhythm_of_seconds_and_a_diary_of_days():
    chat = [(side, second / 3600) for side, second in [("in", 0), ("out", 5), ("in", 15), ("out", 20), ("in", 60)]]
    diary = [("in", 0), ("out", 24), ("in", 24), ("out", 48), ("in", 72)]
    assert row(make_tables(messages=thread(*chat)), 1)["buyer_reply_trend_log_hours"] == pytest.approx(math.log(4))
    assert row(make_tables(messages=thread(*diary), time_precision="day"), 80)["reply_regularity"] == 1


def test_an_early_burst_is_not_blown_up_to_a_daily_rate():
    assert row(make_tables(messages=thread(("in", 0), ("in", 1))), 2)["messages_per_day"] == 2


def test_attachments_of_the_buyer_are_counted_where_the_export_counts_them():
    messages = [
        {**m, "attachment_count": n} for m, n in zip(thread(("in", 0), ("out", 1), ("in", 2)), [1, 5, 2], strict=True)
    ]
    assert row(make_tables(messages=messages), 3)["inbound_attachment_count"] == 3
    assert pd.isna(row(make_tables(messages=TALK), 46)["inbound_attachment_count"])


@pytest.mark.parametrize(
    ("country", "hour", "weekday", "share"),
    [
        ("DE", 10, 0, 2 / 3),  # in: Monday 10:00, Friday 16:00; out: Friday 20:00
        ("EG", 11, 0, 1 / 3),  # Friday is the weekend
        ("JP", 18, 0, 0),  # 18:00 on is no office hour
        ("XX", math.nan, math.nan, math.nan),
        (None, math.nan, math.nan, math.nan),
    ],
)
def test_working_hours_are_those_of_the_clients_country(country, hour, weekday, share):
    friday = 4 * 24
    messages = thread(("in", 0), ("out", 60), ("in", friday + 6), ("in", friday + 10))
    got = row(make_tables([inquiry(country=country)], messages), 200)
    assert_values(got, received_local_hour=hour, received_local_weekday=weekday, working_hours_share=share)


def test_summer_time_moves_the_local_hour():
    in_july = 24 * 121
    got = row(make_tables([inquiry(received_at=in_july, country="DE")]), in_july)
    assert got["received_local_hour"] == 11


@pytest.mark.parametrize(
    ("precision", "weekday", "hour", "replies"),
    [("second", 0, 10, 2), ("minute", 0, 10, 2), ("day", 0, math.nan, 2), ("month", math.nan, math.nan, math.nan)],
)
def test_nothing_finer_than_the_exports_clock_is_computed(precision, weekday, hour, replies):
    messages = thread(("in", 0), ("out", 5), ("in", 7))
    got = row(make_tables([inquiry(country="DE")], messages, time_precision=precision), 48)
    assert_values(
        got,
        received_local_weekday=weekday,
        received_local_hour=hour,
        working_hours_share=math.nan if math.isnan(hour) else 1,
        buyer_reply_last_hours=replies,
        inbound_message_count=2,
        age_days=2,
    )


@pytest.mark.parametrize("receipts", ["second", "minute", "day"])
@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai", "America/New_York"])
def test_between_dates_there_are_days_and_on_one_date_half_a_day(zone, receipts):
    def date(day: int) -> pd.Timestamp:
        return pd.Timestamp(2026, 3, day, tz=zone).tz_convert("UTC")

    received = date(2) if receipts == "day" else date(2) + pd.Timedelta(hours=15)
    messages = thread(("in", received), ("out", date(3)), ("in", date(3)), ("out", date(5)), ("in", date(5)))
    info = {"time_precision": receipts, "message_precision": "day", "zone": zone}
    tables = make_tables([inquiry(received_at=received, country="DE")], messages, **info)
    as_of = (date(8) + pd.Timedelta(hours=15) - at(0)) / pd.Timedelta(hours=1)
    assert_values(
        row(tables, as_of),
        seller_first_reply_hours=24,
        seller_reply_median_hours=36,  # of 24 and 48
        buyer_reply_median_hours=12,
        reply_regularity=1,
        longest_gap_hours=48,
        buyer_silent_hours=72,
        late_against_own_rhythm_ratio=0,
        working_hours_share=math.nan,
        inbound_message_count=3,
    )


@pytest.mark.parametrize(
    ("receipts", "messages", "told"),
    [("second", "month", False), ("month", "second", False), ("second", "minute", True)],
)
def test_what_is_dated_to_the_month_tells_no_hours(receipts, messages, told):
    tables = make_tables(
        [inquiry(country="DE")], TALK, time_precision=receipts, message_precision=messages, zone="Asia/Shanghai"
    )
    got = row(tables, 24 * 90)
    names = [name for name in got.index if name.endswith("_hours") and "event" not in name and "quote" not in name]
    names += ["reply_regularity", "late_against_own_rhythm_ratio", "working_hours_share"]
    assert got[names].notna().all() == told
    assert got[names].isna().all() != told
    assert got["inbound_message_count"] == 3


def test_the_first_answer_to_an_inquiry_that_has_a_date_only_is_told_in_days():
    messages = thread(("in", 0), ("out", 6), ("in", 7))  # at three and at four in the afternoon
    midnight = at(-9)
    got = row(make_tables([inquiry(received_at=midnight)], messages, time_precision="day"), 48)
    assert_values(got, seller_first_reply_hours=12, buyer_reply_last_hours=1, buyer_silent_hours=41)


@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai", "America/New_York", "Pacific/Honolulu"])
def test_a_date_is_a_day_of_the_exports_zone(zone):
    monday = pd.Timestamp("2026-03-02", tz=zone).tz_convert("UTC")
    tables = make_tables([inquiry(received_at=monday)], time_precision="day", zone=zone)
    assert row(tables, 48)["received_local_weekday"] == 0


def test_every_country_with_offices_has_a_time_zone():
    from babel.core import get_global

    countries = set(get_global("territory_zones")) - {"001", "AQ", "UM", "ZZ"}
    assert [country for country in sorted(countries) if zone_of(country) is None] == []
    assert {zone_of(country) for country in countries} <= set(get_global("zone_territories"))
    assert all(zone in get_global("territory_zones")[country] for country, zone in MAIN_ZONES.items())
    assert len({pd.Timestamp(at(0)).tz_convert(zone_of(country)) for country in countries}) == 1


def test_weekends_are_those_of_the_country():
    assert {country: sorted(weekend_of(country)) for country in ("AE", "SA", "IN", "XX")} == {
        "AE": [5, 6],
        "SA": [4, 5],
        "IN": [6],
        "XX": [5, 6],
    }
