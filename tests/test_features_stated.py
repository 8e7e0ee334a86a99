"""Quantities, prices and dates as features."""

from dataclasses import replace

import numpy as np
import pytest

from tests.feature_tables import CONFIG, at_hours, features, make_tables, row, snapshots, timeless

RATES = CONFIG.model_copy(update={"usd_rates": {"USD": 1.0, "EUR": 1.1}})


def wrote(*texts: tuple[float, str], side: str = "inbound") -> list[dict]:
    return [
        {"message_id": f"{side}{i}", "inquiry_id": "a", "sent_at": hours, "direction": side, "text": text}
        for i, (hours, text) in enumerate(texts)
    ]


def stated(tables, hours: float):
    return features(tables, snapshots(("a", hours)), RATES).iloc[0]


def test_the_largest_quantity_known_by_then_counts_in_its_own_unit():
    tables = make_tables(messages=wrote((0, "We need 500 pcs."), (24, "Make it 40 dozen, or 2 tons of the resin.")))
    before, after = at_hours(tables, 1, 25).to_dict("records")
    assert (before["largest_quantity_pieces"], np.isnan(before["largest_quantity_tonnes"])) == (500, True)
    assert (after["largest_quantity_pieces"], after["largest_quantity_tonnes"]) == (500, 2)


def test_a_target_price_is_the_last_one_and_in_dollars():
    tables = make_tables(
        messages=wrote((0, "Our target price is 2.00 EUR per piece."), (24, "Our target price is 3.00 USD per piece."))
    )
    assert stated(tables, 1)["target_price_usd"] == pytest.approx(2.2)
    assert stated(tables, 25)["target_price_usd"] == pytest.approx(3.0)


def test_a_price_in_a_currency_without_a_rate_is_not_observed():
    tables = make_tables(messages=wrote((0, "Our target price is 2.00 EUR per piece.")))
    assert np.isnan(row(tables, 1)["target_price_usd"])


def test_days_to_a_deadline_count_from_the_snapshot():
    tables = make_tables(messages=wrote((0, "We need the goods before 22 March 2026.")))
    first, later, past = at_hours(tables, 1, 24 * 10 + 1, 24 * 30)["days_to_deadline"]
    assert first == pytest.approx(20, abs=1)
    assert (first - later, past < 0) == (pytest.approx(10), True)


def test_without_times_a_period_counts_from_the_message():
    tables = timeless(make_tables(messages=wrote((0, "We need the goods within 30 days."))))
    keys = snapshots(("a", 0)).assign(as_of=tables.inquiries["received_at"])
    assert features(tables, keys)["days_to_deadline"].tolist() == [30]


def test_what_we_wrote_states_nothing_of_theirs():
    tables = make_tables(messages=wrote((0, "MOQ is 1000 pcs at 3.00 USD before 22 March."), side="outbound"))
    names = ["largest_quantity_pieces", "target_price_usd", "days_to_deadline", "order_value_usd"]
    assert row(tables, 1)[names].isna().all()


def test_a_deadline_is_a_day_of_the_exports_own_calendar():
    tables = make_tables(messages=wrote((8, "We need the goods before 22 March 2026.")))
    shanghai = replace(tables, info=tables.info.model_copy(update={"zone": "Asia/Shanghai"}))
    here, there = (row(of, 9)["days_to_deadline"] for of in (tables, shanghai))
    assert here - there == pytest.approx(8 / 24)
    within = make_tables(messages=wrote((8, "We need the goods within 10 days.")))
    within = replace(within, info=within.info.model_copy(update={"zone": "Asia/Shanghai"}))
    assert row(within, 8)["days_to_deadline"] == pytest.approx(10 - 1 / 24), "from the midnight of Shanghai"
