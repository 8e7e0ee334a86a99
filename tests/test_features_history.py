"""Win rates and other inquiries, as the whole corpus knew them at the snapshot."""

from dataclasses import replace

import pandas as pd
import pytest

from inquiry_intent.features.build import build_features
from inquiry_intent.features.history import build_history, known_by
from inquiry_intent.tables import Info, Tables
from tests.feature_tables import (
    CONFIG,
    at,
    at_hours,
    embedded,
    features,
    inquiry,
    make_tables,
    row,
    snapshots,
    snapshots_of,
)

DAY = 24


def outcome(inquiry_id: str, status: str, days: float | None) -> dict:
    return {"inquiry_id": inquiry_id, "status": status, "decided_at": None if days is None else days * DAY}


PAST = [
    inquiry("a", 0, "x", owner="mei", channel="fair"),
    inquiry("b", 0, "x", owner="mei", channel="web"),
    inquiry("c", 0, "y", owner="bo", channel="web"),
    inquiry("new", 10 * DAY, "x", owner="mei"),
]
DECIDED = [outcome("a", "won", 2), outcome("b", "lost", 5), outcome("c", "lost", 5), outcome("new", "open", None)]


def test_rates_are_those_decided_by_then_drawn_towards_the_overall_rate():
    got = row(make_tables(PAST, outcomes=DECIDED), 12 * DAY, "new")
    overall = 1 / 3
    assert got["overall_win_rate"] == pytest.approx(overall)
    assert got["client_decided_count"] == 2
    assert got["client_win_rate"] == pytest.approx((1 + CONFIG.history_prior_weight * overall) / (2 + 2))
    assert got["owner_decided_count"] == 2


def test_an_outcome_counts_from_the_moment_it_was_decided():
    tables = make_tables(PAST, outcomes=DECIDED)
    keys = snapshots(("a", DAY), ("a", 2 * DAY), ("a", 4.99 * DAY), ("a", 5 * DAY))
    got = features(tables, keys)
    assert got["owner_decided_count"].tolist() == [0, 1, 1, 2]
    assert got["overall_win_rate"].iloc[3] == pytest.approx(1 / 3)
    assert got["client_win_rate"].notna().tolist() == [False, False, False, True]


def test_an_export_that_knows_orders_only_has_no_win_rates():
    orders = [outcome("a", "won", 2), outcome("c", "won", 5)]
    got = row(make_tables(PAST, outcomes=orders), 12 * DAY, "new")
    assert got[["overall_win_rate", "client_win_rate", "owner_win_rate"]].isna().all()
    assert got["client_decided_count"] == 1


def test_an_outcome_without_a_date_never_counts():
    undated = [*DECIDED[:2], outcome("c", "won", None)]
    got = row(make_tables(PAST, outcomes=undated), 12 * DAY, "new")
    assert got["overall_win_rate"] == 1 / 2


def test_a_value_without_history_has_the_overall_rate_and_a_missing_value_has_none():
    tables = make_tables([*PAST[:3], inquiry("new", 10 * DAY, "z", owner="kim")], outcomes=DECIDED[:3])
    got = row(tables, 12 * DAY, "new")
    assert got[["client_decided_count", "owner_decided_count"]].tolist() == [0, 0]
    assert got["owner_win_rate"] == pytest.approx(1 / 3)
    assert got[["channel_decided_count", "channel_win_rate", "country_win_rate"]].isna().all()


def test_the_clients_other_inquiries_are_counted_without_this_one():
    inquiries = [inquiry("a", 0, "x"), inquiry("b", 3 * DAY, "x"), inquiry("c", 5 * DAY, "x"), inquiry("d", 0, "y")]
    tables = make_tables(inquiries)
    keys = snapshots(("a", 0), ("a", 4 * DAY), ("b", 3 * DAY), ("b", 6 * DAY), ("d", 9 * DAY))
    got = features(tables, keys)
    assert got["client_other_inquiry_count"].tolist() == [0, 1, 1, 2, 0]
    assert got["client_last_inquiry_days"].tolist() == pytest.approx([float("nan"), 1, 3, 1, float("nan")], nan_ok=True)


def test_a_history_that_does_not_hold_the_new_inquiry_yet_counts_the_same():
    old = make_tables([inquiry("a", 0, "x")])
    new = make_tables([inquiry("b", 3 * DAY, "x")])
    got = build_features(new, snapshots(("b", 3 * DAY)), embedded(new), build_history(old), CONFIG).iloc[0]
    assert got[["client_other_inquiry_count", "client_last_inquiry_days"]].tolist() == [1, 3]


SIZES = [
    inquiry("a", 0, "x", attr_size=512.5),
    inquiry("b", 3 * DAY, "y", attr_size=512.5),
    inquiry("c", 3 * DAY, "z", attr_size=512.5),
    inquiry("d", 4 * DAY, "z", attr_size=None),
    inquiry("e", 9 * DAY, "z", attr_size=717.0),
    inquiry("f", 9 * DAY, "w", attr_size=512.5),
]


def sized(inquiries: list[dict]) -> Tables:
    return make_tables(inquiries, attributes={"attr_size": "numeric"})


def test_days_since_another_inquiry_named_the_same_number():
    keys = snapshots(
        ("a", 0), ("a", 2 * DAY), ("a", 5 * DAY), ("b", 3 * DAY), ("d", 5 * DAY), ("e", 9 * DAY), ("f", 10 * DAY)
    )
    got = features(sized(SIZES), keys)["same_size_days"]
    expected = [float("nan"), float("nan"), 2, 3, float("nan"), float("nan"), 7]
    assert got.tolist() == pytest.approx(expected, nan_ok=True)


def test_round_numbers_are_the_same_by_chance():
    inquiries = [inquiry(str(size), 0, attr_size=size) for size in (12.0, 500.0, 20000.0)]
    again = [inquiry(f"{size} again", DAY, attr_size=size) for size in (12.0, 500.0, 20000.0)]
    got = features(sized([*inquiries, *again]), snapshots(*((i["inquiry_id"], DAY) for i in again)))
    assert got["same_size_days"].isna().all()


def test_a_number_that_is_named_again_later_changes_nothing_before():
    known = features(sized(SIZES[:3]), snapshots(("b", 3 * DAY)))
    later = features(sized(SIZES), snapshots(("b", 3 * DAY)))
    assert known["same_size_days"].tolist() == later["same_size_days"].tolist() == [3]


def test_what_comes_at_the_same_moment_may_have_come_later():
    got = features(sized(SIZES[1:3]), snapshots(("b", 3 * DAY), ("c", 9 * DAY)))
    assert got["same_size_days"].isna().all()


def test_the_same_distance_in_days_is_no_number_named_again():
    inquiries = [inquiry("a", 0, attr_visit_days=123.0), inquiry("b", DAY, attr_visit_days=123.0)]
    tables = make_tables(inquiries, attributes={"attr_visit_days": "numeric"})
    assert not [c for c in features(tables, snapshots(("b", DAY))) if c.startswith("same_")]


def test_a_week_without_inquiries_has_no_rows_and_the_same_columns():
    empty = features(sized(SIZES), snapshots(("a", 0)).iloc[:0])
    assert len(empty) == 0
    assert list(empty) == list(features(sized(SIZES), snapshots(("a", 0))))


def test_a_number_of_the_history_counts_for_an_inquiry_that_the_history_does_not_hold():
    new = sized([inquiry("new", 5 * DAY, "v", attr_size=512.5)])
    history = build_history(sized(SIZES[:1]))
    got = build_features(new, snapshots(("new", 5 * DAY)), embedded(new), history, CONFIG)
    assert got["same_size_days"].tolist() == [5]


def test_recent_inquiries_count_those_that_came_together_and_not_those_of_last_month():
    inquiries = [
        inquiry("a", 0, "x", owner="mei"),
        inquiry("b", 0, "x", owner="mei"),
        inquiry("c", 20 * DAY, "x", owner="bo"),
        inquiry("d", 28 * DAY, "y", owner="mei"),
        inquiry("e", 28 * DAY, "x"),
    ]
    tables = make_tables(inquiries)
    keys = snapshots(
        ("a", 0), ("b", 27 * DAY), ("a", 28 * DAY), ("c", 20 * DAY), ("c", 30 * DAY), ("d", 28 * DAY), ("e", 28 * DAY)
    )
    got = features(tables, keys)
    assert got["client_recent_inquiry_count"].tolist() == [1, 2, 2, 2, 1, 0, 1]
    assert got["owner_recent_inquiry_count"].iloc[:6].tolist() == [1, 1, 1, 0, 0, 0]
    assert got["owner_recent_inquiry_count"].isna().tolist() == [False] * 6 + [True]


def test_recent_inquiries_do_not_change_with_what_comes_later():
    inquiries = [inquiry("a", 0, "x", owner="mei"), inquiry("b", 3 * DAY, "x", owner="mei")]
    names = ["client_recent_inquiry_count", "owner_recent_inquiry_count"]
    for known in (1, 2):
        got = features(make_tables(inquiries[:known]), snapshots(("a", 2 * DAY)))
        assert got[names].iloc[0].tolist() == [0, 0]


def test_history_says_when_each_of_its_counts_became_known():
    history = build_history(make_tables(PAST, outcomes=DECIDED))
    clients = history[history["dimension"].eq("client_id") & history["key"].eq("x")]
    assert clients["known_at"].tolist() == [at(0), at(2 * DAY), at(5 * DAY), at(10 * DAY)]
    assert clients["inquiry_count"].tolist() == [2, 2, 2, 3]
    assert clients["decided_count"].tolist() == [0, 1, 2, 2]
    assert clients["won_count"].tolist() == [0, 1, 1, 1]
    assert set(history["dimension"]) == {"client_id", "owner", "channel", "overall"}


def test_no_key_is_mixed_up_with_the_same_word_of_another_dimension():
    inquiries = [inquiry("a", 0, "x", owner="fair"), inquiry("b", 0, "y", channel="fair")]
    got = row(make_tables(inquiries, outcomes=[outcome("a", "won", 1)]), 2 * DAY, "b")
    assert got["channel_decided_count"] == 0


def test_an_empty_corpus_has_an_empty_history():
    history = build_history(make_tables([]))
    assert history.empty
    assert history["known_at"].dtype == pd.DatetimeTZDtype("us", "UTC")


MASS = (
    "Dear {}, we are a large trading company and are interested in all your products, please send your best price list."
)


def sent(inquiry_id: str, hours: float, text: str) -> dict:
    return {
        "message_id": f"m{inquiry_id}{hours}",
        "inquiry_id": inquiry_id,
        "sent_at": hours,
        "direction": "inbound",
        "text": text,
    }


def test_other_clients_with_nearly_the_same_words_count_once_they_are_known():
    inquiries = [inquiry("a", 0, "x"), inquiry("b", 0, "y"), inquiry("c", 0, "z"), inquiry("d", 0, "x")]
    messages = [
        sent("a", 0, MASS.format("Anna")),
        sent("b", 2, MASS.format("Mr. Li")),
        sent("c", 4, "We need 500 steel valves for a water plant in Oran before June, drawing attached as PDF file."),
        sent("d", 6, MASS.format("sirs")),
    ]
    tables = make_tables(inquiries, messages)
    keys = snapshots(("a", 1), ("a", 3), ("b", 3), ("c", 5), ("a", 7), ("d", 7))
    assert features(tables, keys)["near_duplicate_client_count"].tolist() == [0, 1, 1, 0, 1, 1]


def test_short_questions_are_alike_without_being_copies():
    inquiries = [inquiry("a", 0, "x"), inquiry("b", 0, "y")]
    tables = make_tables(
        inquiries, [sent("a", 0, "What is your best price?"), sent("b", 0, "What is your best price?!")]
    )
    assert features(tables, snapshots(("a", 1)))["near_duplicate_client_count"].tolist() == [0]


@pytest.mark.parametrize(
    ("clients", "at_receipt"),
    [
        ("abcdefghijkl", [0, 1, 2, *[3] * 9]),
        ("aaaaabcdefga", [0, 0, 0, 0, 0, 1, 2, 3, 3, 3, 3, 3]),  # a house whose letters all begin alike
    ],
)
@pytest.mark.parametrize("name", ["Nr {}", "sirs"], ids=["variants", "the very same"])
def test_a_mail_that_went_to_all_the_world_never_passes_for_a_letter_of_its_own(monkeypatch, clients, at_receipt, name):
    monkeypatch.setattr("inquiry_intent.features.duplicates.MOST_COPIES", 3)
    inquiries = [inquiry(f"i{n:02}", n, client) for n, client in enumerate(clients)]
    letters = [f"{MASS} Best regards".format(name.format("abcdefghijkl"[n])) for n in range(len(clients))]
    tables = make_tables(inquiries, [sent(f"i{n:02}", n, letter) for n, letter in enumerate(letters)])
    column = "near_duplicate_client_count"
    assert features(tables, snapshots_of(tables, 0))[column].tolist() == at_receipt
    years_later = snapshots(*((f"i{n:02}", 9999) for n in range(len(clients))))
    assert features(tables, years_later)[column].tolist() == [3] * len(clients)


def test_what_comes_later_never_changes_a_count(monkeypatch):
    """Also where there are more copies than are compared."""
    monkeypatch.setattr("inquiry_intent.features.duplicates.MOST_COPIES", 3)
    inquiries = [inquiry(f"i{n}", 0, f"c{n}") for n in range(12)]
    messages = [sent(f"i{n}", n, MASS.format(f"Nr {'abcdefghijkl'[n]}")) for n in range(12)]
    whole = make_tables(inquiries, messages)
    for known in (2, 5, 9):
        past = make_tables(inquiries, messages[:known])
        keys = snapshots(*((f"i{n}", known - 0.5) for n in range(known)))
        column = "near_duplicate_client_count"
        assert features(whole, keys)[column].tolist() == features(past, keys)[column].tolist()


@pytest.mark.parametrize(
    ("precision", "known_after_hours"), [("second", 0), ("minute", 1 / 60), ("day", 24), ("month", 31 * 24)]
)
def test_an_outcome_dated_to_a_minute_day_or_month_is_known_when_that_is_over(precision, known_after_hours):
    tables = make_tables(
        inquiries=[inquiry("a"), inquiry("b", 1)],
        messages=[],
        outcomes=[{"inquiry_id": "a", "status": "won", "decided_at": 2}],
    )
    tables = replace(tables, info=tables.info.model_copy(update={"decision_precision": precision}))
    before, after = 2 + known_after_hours - 0.01, 2 + known_after_hours
    counts = at_hours(tables, before, after, inquiry_id="b")["client_decided_count"]
    assert counts.tolist() == [0, 1]


def test_a_month_is_over_at_its_end_in_the_zone_of_the_export():
    months = pd.to_datetime(pd.Series(["2026-03-01T00:00+08:00", "2026-12-01T00:00+08:00"]), utc=True)
    over = known_by(months, Info(source="crm", decision_precision="month")).dt.tz_convert("Asia/Shanghai")
    assert over.dt.strftime("%Y-%m-%d %H:%M").tolist() == ["2026-04-01 00:00", "2027-01-01 00:00"]
