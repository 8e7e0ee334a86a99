"""What rankings are worth: who is on which list, who is worked, what is caught, and how sure that is."""

import numpy as np
import pandas as pd
import pytest

from inquiry_intent.cli.line import value_text
from inquiry_intent.labels import label_snapshots
from inquiry_intent.tables import Info
from inquiry_intent.training import Rows
from inquiry_intent.value import EXPECTED, FIFO, MODEL, PERFECT, RULES, places, tier_values, value_table
from tests.conftest import at, corpus

SECONDS = Info(source="test")


class Said:
    """A model that says what a column of the features says."""

    def __init__(self, column="said"):
        self.column = column

    def predict_proba(self, features):
        return pd.DataFrame({"converted": features[self.column]})

    def rule_proba(self, features):
        return pd.DataFrame({"converted": features["card"]})

    def expected_order_value(self, features):
        return features["worth"]


TIER = Said()


def week(won, said, card=0.5, worth=1.0, order_value=np.nan, days=None, clients=None):
    """Inquiries of one client each, a few a day from a Monday on, at age 0 and in the test period.

    Returns
    -------
    (Rows, DataFrame, DataFrame)
        Rows, snapshots and inquiries.
    """
    n = len(won)
    moments = [at(day) for day in (days if days is not None else np.arange(n) * 0.1)]
    ids = [f"q{i}" for i in range(n)]
    index = pd.MultiIndex.from_arrays([ids, pd.to_datetime(moments, utc=True)], names=["inquiry_id", "as_of"])
    X = pd.DataFrame({"said": said, "card": card, "worth": worth}, index=index)
    rows = Rows(X, np.array(won), pd.Series("test", index=index), pd.Series(ids, index=index))
    clients = ids if clients is None else clients
    inquiries = pd.DataFrame({"inquiry_id": ids, "client_id": clients, "received_at": moments})
    return rows, snapshots_of(index, order_value), inquiries


def snapshots_of(index, order_value=np.nan, left_out_reason=None):
    facts = {"order_value": order_value, "left_out_reason": left_out_reason}
    return pd.DataFrame(facts, index=index).astype({"order_value": "float64", "left_out_reason": "str"}).reset_index()


def table_of(config, rows, snapshots, inquiries, share=0.5, info=SECONDS, tier=TIER):
    settings = config.evaluate.model_copy(update={"capacity_share": share})
    table = value_table(Said(), tier, rows, snapshots, inquiries, info, config.tier.currency, settings)
    return table.set_index("policy")


def test_each_policy_works_the_top_of_its_own_list(config):
    rows, snapshots, inquiries = week(
        won=[0, 0, 1, 1],
        said=[0.1, 0.2, 0.9, 0.8],
        card=[0.9, 0.1, 0.8, 0.2],
        worth=[1.0, 1.0, 1.0, 9.0],
        order_value=[np.nan, np.nan, 10.0, 90.0],
    )
    table = table_of(config, rows, snapshots, inquiries, share=0.25)
    assert table.loc[[FIFO, RULES, MODEL, EXPECTED, PERFECT], "wins_caught"].tolist() == [0, 0, 1, 1, 1]
    assert table.loc[[FIFO, RULES, MODEL, EXPECTED, PERFECT], "value_share"].tolist() == [0, 0, 0.1, 0.9, 0.9]
    assert table.loc["model minus rules", "wins_share"] == 0.5
    assert table.loc[MODEL, "hours_saved"] == 3 * config.evaluate.hours_per_inquiry


def test_without_a_model_of_tiers_the_order_value_still_has_its_currency(config):
    rows, snapshots, inquiries = week([1, 0], [0.9, 0.1], order_value=[10.0, np.nan])
    table = table_of(config, rows, snapshots, inquiries, tier=None)
    assert set(table.loc[[FIFO, RULES, MODEL, PERFECT], "currency"]) == {config.tier.currency}
    assert f"of 10 {config.tier.currency}" in value_text(table.reset_index())


def test_capacity_is_a_share_of_each_week(config):
    """The best two stand in one week: a team that works half of each list works one of each."""
    rows, snapshots, inquiries = week([1, 1, 0, 0], [0.9, 0.8, 0.1, 0.2], days=[0, 1, 7, 8])
    table = table_of(config, rows, snapshots, inquiries)
    assert (table.loc[MODEL, "lists"], table.loc[MODEL, "wins_caught"]) == (2, 1)


def test_ties_share_the_places_whatever_the_order_of_the_export(config):
    rows, snapshots, inquiries = week([1, 1, 0, 0], [0.5] * 4, days=[0] * 4)
    table = table_of(config, rows, snapshots, inquiries, share=0.25)
    assert table.loc[[FIFO, RULES, MODEL], "wins_caught"].tolist() == [0.5, 0.5, 0.5]
    assert places(np.array([1.0, 1.0, 1.0]), np.array([0, 0, 1]), 0.5).tolist() == [0.5, 0.5, 0.5]


def test_an_inquiry_is_on_the_list_of_its_first_week_as_it_stood_at_first(config):
    rows, _, inquiries = week([1, 1, 1, 0], [0.9, 0.1, 0.2, 0.5], days=[0, 3, 14, 1])
    ids = ["q0", "q0", "q0", "q1"]
    index = pd.MultiIndex.from_arrays([ids, rows.X.index.get_level_values("as_of")], names=rows.X.index.names)
    rows = Rows(rows.X.set_axis(index), rows.y, rows.split.set_axis(index), rows.group)
    table = table_of(config, rows, snapshots_of(index), inquiries.iloc[:2])
    assert table.loc[MODEL, ["inquiries", "wins", "wins_caught"]].tolist() == [2, 1, 1]


def test_who_knows_nothing_but_the_age_catches_no_more_than_chance(config):
    """Orders come at random. Only what stays open is seen at a later age: lists of mixed ages tell who was won."""
    rng = np.random.default_rng(0)
    seen = []
    for number in range(400):
        received, won = at(7 * (number // 40)), rng.random() < 0.3
        decided_after = rng.exponential(4) if won else np.inf
        ages = [age for age in (0, 1, 3, 7, 14) if age < decided_after]
        seen += [(f"q{number}", received + pd.Timedelta(days=age), age, int(won)) for age in ages]
    table = pd.DataFrame(seen, columns=["inquiry_id", "as_of", "age_days", "won"]).set_index(["inquiry_id", "as_of"])
    rate = table["won"].groupby(table["age_days"]).transform("mean")
    X = pd.DataFrame({"said": rate, "card": 0.5, "worth": 1.0})
    rows = Rows(X, table["won"].to_numpy(), pd.Series("test", index=X.index), pd.Series("g", index=X.index))
    ids = X.index.get_level_values("inquiry_id").unique()
    inquiries = pd.DataFrame({"inquiry_id": ids, "client_id": ids, "received_at": at(0)})
    result = table_of(config, rows, snapshots_of(X.index), inquiries, share=0.25)
    assert result.loc[MODEL, "inquiries"] == 400
    assert result.loc[MODEL, "wins_share"] == pytest.approx(0.25)


def test_what_was_decided_before_its_list_is_counted(config):
    rows, snapshots, inquiries = week([1, 0], [0.9, 0.1], days=[0, 5])
    never = pd.MultiIndex.from_tuples(
        [("early", at(1)), ("early", at(2)), ("long ago", at(-9))], names=rows.X.index.names
    )
    snapshots = pd.concat([snapshots, snapshots_of(never, left_out_reason="decided_before_snapshot")])
    table = table_of(config, rows, snapshots, inquiries)
    assert table.loc[MODEL, ["inquiries", "decided_before"]].tolist() == [2, 1]
    assert "(1 more decided before their list)" in value_text(table.reset_index())


def test_a_month_has_one_list_where_only_months_are_known_and_no_time_at_all_means_one_list(config):
    rows, snapshots, inquiries = week([1, 0, 1, 0], [0.9, 0.1, 0.8, 0.2], days=[0, 8, 15, 22])
    months = Info(source="test", time_precision="month")
    assert table_of(config, rows, snapshots, inquiries, info=months).loc[MODEL, "lists"] == 1
    index = rows.X.index.set_levels(pd.DatetimeIndex([pd.NaT] * 4, tz="UTC"), level=1, verify_integrity=False)
    timeless = Rows(rows.X.set_axis(index), rows.y, rows.split.set_axis(index), rows.group)
    table = table_of(config, timeless, snapshots_of(index), inquiries.assign(received_at=pd.NaT))
    assert table.loc[MODEL, ["lists", "wins_caught"]].tolist() == [1, 2]
    assert table.loc[FIFO, "wins_caught"] == 1


def test_without_order_values_there_is_no_value_and_no_expected_value(config):
    rows, snapshots, inquiries = week([1, 0], [0.9, 0.1])

    class Poor(Said):
        def expected_order_value(self, features):
            return features["worth"] * np.nan

    table = table_of(config, rows, snapshots, inquiries, tier=Poor())
    assert table[["value", "value_caught", "value_share", "value_share_low"]].isna().all(axis=None)
    assert EXPECTED not in table.index
    assert "–" in value_text(table.reset_index())


@pytest.mark.parametrize(("worth", "valued"), [([30.0, np.nan, 10.0], 2), ([30.0, 20.0, 10.0], 3), ([np.nan] * 3, 0)])
def test_orders_whose_value_is_not_known_are_told(config, worth, valued):
    rows, snapshots, inquiries = week(won=[1, 1, 1, 0], said=[0.4, 0.3, 0.2, 0.1], order_value=[*worth, np.nan])
    table = table_of(config, rows, snapshots, inquiries)
    assert table.loc[MODEL, ["wins", "wins_valued"]].tolist() == [3, valued]
    said = value_text(table.reset_index()).splitlines()[0]
    assert ("order value of the 2 of 3 orders whose value in USD is known" in said) == (valued == 2)
    assert ("is known" in said) == (valued == 2)


def test_the_intervals_draw_clients_and_hold_the_difference_together(config):
    rng = np.random.default_rng(3)
    p = rng.random(300)
    won = (rng.random(300) < p).astype(int)
    few = table_of(config, *week(won, p, days=rng.random(300) * 70))
    assert few.loc[MODEL, "wins_share_low"] < few.loc[MODEL, "wins_share"] < few.loc[MODEL, "wins_share_high"]
    assert few.loc["model minus first in, first out", "wins_share_low"] > 0


def test_one_client_makes_no_interval(config):
    table = table_of(config, *week([0, 1], [0.1, 0.9], order_value=[np.nan, 1500.0], clients=["c"] * 2))
    assert table[["wins_share_low", "wins_share_high", "value_share_low"]].isna().all(axis=None)
    assert "100% (–)" in value_text(table.reset_index())


@pytest.mark.parametrize(("orders", "bounded"), [(1, False), (4, False), (5, True)])
def test_a_handful_of_clients_who_ordered_makes_no_interval(config, orders, bounded):
    won = np.r_[np.ones(orders, int), np.zeros(60 - orders, int)]
    table = table_of(config, *week(won, np.random.default_rng(2).random(60), clients=[f"c{i}" for i in range(60)]))
    shown = table.loc[[MODEL, "model minus rules"], ["wins_share_low", "wins_share_high"]]
    assert shown.notna().all(axis=None) == bounded
    assert shown.isna().all(axis=None) != bounded


def test_a_manager_reads_the_table(config):
    rows, snapshots, inquiries = week([0, 1], [0.1, 0.9], order_value=[np.nan, 1500.0])
    text = value_text(table_of(config, rows, snapshots, inquiries).reset_index())
    assert "1 worked, 1 not: 2 hours saved, if an inquiry takes 2" in text
    assert "1,500 of 1,500 USD" in text


def test_a_tier_without_order_values_has_the_mean_of_all_and_no_order_value_means_none():
    assert tier_values(pd.Series([np.nan]), pd.Series(["test"])) is None
    assert tier_values(pd.Series([1.0, 5.0]), pd.Series(["test", "strategic"])) == [1.0, 3.0, 5.0]


def test_order_values_are_in_one_currency_and_only_of_orders_to_come(config):
    tables = corpus()
    tables.outcomes["currency"] = "EUR"
    snapshots = label_snapshots(tables, config).merge(tables.outcomes, on="inquiry_id", suffixes=("", "_euros"))
    won = snapshots["status"].eq("won") & (snapshots["decided_at"] > snapshots["as_of"])
    expected = snapshots["order_value_euros"] * config.tier.exchange_rates["EUR"]
    assert snapshots.loc[won, "order_value"].to_numpy() == pytest.approx(expected[won].to_numpy())
    assert snapshots.loc[~won, "order_value"].isna().all()
