from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inquiry_intent.config import LabelConfig, SnapshotConfig
from inquiry_intent.errors import DataError, counted
from inquiry_intent.label_report import label_summary, warnings_of
from inquiry_intent.labels import _conversion, label_kind, label_snapshots
from inquiry_intent.moments import end_of
from inquiry_intent.snapshots import build_snapshots
from inquiry_intent.splits import USED_IN_FINAL_FIT, learned_from
from inquiry_intent.tables import TIME, Tables, conform
from inquiry_intent.training import why_not
from tests.conftest import at, corpus, make_tables
from tests.feature_tables import timeless

AGES = SnapshotConfig(ages_days=[0, 10])
HORIZON = LabelConfig(horizon_days=60)


def one_inquiry(status: str | None, decided: float | None, known_until: float = 365):
    outcomes = None
    if status is not None:
        outcomes = {"inquiry_id": ["a", "b", "c"], "status": [status, "won", "lost"]}
        outcomes["decided_at"] = pd.Series([pd.NaT if decided is None else at(decided), at(5), at(5)])
    inquiries = {"inquiry_id": ["a", "b", "c"], "client_id": ["a", "b", "c"], "received_at": [at(0)] * 3}
    return make_tables(inquiries, outcomes=outcomes, known_until=at(known_until))


def undated(tables: Tables) -> Tables:
    """The same tables without decision dates."""
    nothing = pd.Series(pd.NaT, index=tables.outcomes.index, dtype=TIME)
    return replace(tables, outcomes=tables.outcomes.assign(decided_at=nothing))


def label_of(tables, age_days: float = 0.0) -> tuple[float, object]:
    snapshots = build_snapshots(tables, SnapshotConfig(ages_days=[age_days]))
    row = _conversion(snapshots, tables, HORIZON).iloc[0]
    return row["converted"], row["left_out_reason"]


def test_each_inquiry_is_looked_at_at_every_age():
    snapshots = build_snapshots(one_inquiry(None, None), AGES)
    assert snapshots["inquiry_id"].tolist() == ["a", "a", "b", "b", "c", "c"]
    assert snapshots["as_of"].tolist()[:2] == [at(0), at(10)]
    assert snapshots["age_days"].tolist()[:2] == [0.0, 10.0]


def test_a_snapshot_after_messages_stands_at_the_kth_message_and_a_short_thread_has_none():
    messages = {
        "message_id": ["1", "2", "3"],
        "inquiry_id": ["a", "a", "b"],
        "sent_at": [at(2), at(1), at(1)],
        "direction": ["outbound", "inbound", "inbound"],
    }
    inquiries = {"inquiry_id": ["b", "a"], "client_id": ["b", "a"], "received_at": [at(1)] * 2}
    tables = make_tables(inquiries, messages)
    snapshots = build_snapshots(tables, SnapshotConfig(ages_days=[], at_messages=[2]))
    assert snapshots[["inquiry_id", "as_of", "age_days"]].to_numpy().tolist() == [["a", at(2), 1.0]]


def test_a_win_within_the_horizon_converts():
    assert label_of(one_inquiry("won", 60)) == (1.0, pytest.approx(float("nan"), nan_ok=True))


def test_a_win_after_the_horizon_does_not_convert():
    assert label_of(one_inquiry("won", 61))[0] == 0.0


def test_an_inquiry_decided_before_the_snapshot_is_left_out():
    converted, reason = label_of(one_inquiry("won", 3), age_days=10)
    assert pd.isna(converted)
    assert reason == "decided_before_snapshot"


def test_a_decision_at_the_very_moment_of_the_snapshot_is_already_known():
    assert label_of(one_inquiry("won", 10), age_days=10)[1] == "decided_before_snapshot"


def test_an_open_inquiry_whose_horizon_is_over_did_not_convert():
    assert label_of(one_inquiry("open", None))[0] == 0.0


def test_an_open_inquiry_whose_horizon_runs_has_no_label():
    converted, reason = label_of(one_inquiry("open", None, known_until=59))
    assert pd.isna(converted)
    assert reason == "horizon_not_over"


def test_a_quick_win_whose_horizon_runs_is_labelled_but_left_out_so_that_rates_are_not_tilted():
    assert label_of(one_inquiry("won", 5, known_until=59)) == (1.0, "horizon_not_over")


def test_a_decision_after_the_end_of_knowledge_is_not_known():
    converted, reason = label_of(one_inquiry("won", 50, known_until=40))
    assert pd.isna(converted)
    assert reason == "horizon_not_over"


def test_a_snapshot_after_the_end_of_knowledge_is_left_out():
    assert label_of(one_inquiry("open", None, known_until=5), age_days=10)[1] == "after_known_until"


def test_without_decision_dates_the_final_status_is_the_label_and_reports_say_so(config):
    tables = one_inquiry("won", None)
    assert label_kind(undated(tables).outcomes) == "final_status"
    tables = make_tables(
        {"inquiry_id": ["a", "b"], "client_id": ["a", "b"], "received_at": [at(0)] * 2},
        outcomes={"inquiry_id": ["a", "b"], "status": ["won", "lost"]},
    )
    assert label_of(tables)[0] == 1.0
    random = config.model_copy(update={"split": config.split.model_copy(update={"method": "random"})})
    undated_tables = undated(corpus())
    said = label_summary(label_snapshots(undated_tables, random), undated_tables, random)["warnings"]
    assert any("0% of the lost and 0% of the won): the label is the final status" in line for line in said)
    assert not any("changes with age" in line for line in said)


def test_every_snapshot_is_used_or_left_out_with_a_reason(config):
    labelled = label_snapshots(corpus(), config)
    assert (labelled["split"].notna() ^ labelled["left_out_reason"].notna()).all()
    summary = label_summary(labelled, corpus(), config)
    assert summary["snapshots"] == summary["used"] + sum(summary["left_out"].values())


def test_a_training_label_was_known_before_the_test_period_began(config):
    tables = corpus()
    labelled = label_snapshots(tables, config).merge(tables.inquiries[["inquiry_id", "received_at"]], on="inquiry_id")
    starts = labelled[labelled["split"].notna()].groupby("split")["received_at"].min()
    horizon = pd.Timedelta(days=config.label.horizon_days)
    for side, later in (("train", "valid"), ("valid", "test"), ("train", "test")):
        assert (labelled.loc[labelled["split"] == side, "as_of"] + horizon <= starts[later]).all()
    final = labelled["left_out_reason"].isin(USED_IN_FINAL_FIT)
    assert final.any()
    assert (labelled.loc[final, "as_of"] + horizon <= starts["test"]).all()


def with_two_who_come_again(tables: Tables) -> Tables:
    """Every second inquiry is of one of two clients, who ask all the time."""
    clients = [f"again {i % 4}" if i % 2 else f"once {i}" for i in range(len(tables.inquiries))]
    return replace(tables, inquiries=tables.inquiries.assign(client_id=pd.Series(clients, dtype="str")))


def test_who_comes_again_is_learned_from_once_the_label_is_known(config):
    tables = with_two_who_come_again(corpus())
    labelled = label_snapshots(tables, config).merge(tables.inquiries, on="inquiry_id")
    begins = labelled.loc[labelled["split"] == "test", "received_at"].min()
    known = labelled["as_of"] + pd.Timedelta(days=config.label.horizon_days) <= begins
    learned = labelled["split"].isin(["train", "valid"]) | labelled["left_out_reason"].isin(USED_IN_FINAL_FIT)
    again = labelled["client_id"].str.startswith("again") & (labelled["received_at"] < begins)
    assert (again & ~known).any()
    assert (again & known).any()
    assert not learned[again & ~known].any()
    assert learned[again & known & labelled["converted"].notna()].all()


def test_no_client_stands_on_two_sides(config):
    tables = corpus()
    labelled = label_snapshots(tables, config).merge(tables.inquiries[["inquiry_id", "client_id"]], on="inquiry_id")
    sides = labelled[labelled["split"].notna()].groupby("client_id")["split"].nunique()
    assert sides.max() == 1


def test_the_split_may_be_given_by_a_date_or_by_a_column(config):
    tables = corpus()
    by_date = config.split.model_copy(update={"test_from": at(150).date()})
    labelled = label_snapshots(tables, config.model_copy(update={"split": by_date}))
    merged = labelled.merge(tables.inquiries, on="inquiry_id")
    assert merged.loc[merged["split"] == "test", "received_at"].min() == at(150)

    given = tables.inquiries.assign(given_split=(["train", "valid", "test"] * 80)[: len(tables.inquiries)])
    column = config.model_copy(update={"split": config.split.model_copy(update={"method": "given"})})
    labelled = label_snapshots(replace(tables, inquiries=given), column).merge(given, on="inquiry_id")
    used = labelled[labelled["split_x" if "split_x" in labelled else "split"].notna()]
    assert (used["split"] == used["given_split"]).all()


def test_a_random_split_keeps_groups_together_and_does_not_depend_on_row_order(config):
    random = config.model_copy(update={"split": config.split.model_copy(update={"method": "random"})})
    tables = corpus()
    shuffled = replace(tables, inquiries=tables.inquiries.sample(frac=1, random_state=3).reset_index(drop=True))
    one, other = (label_snapshots(t, random).set_index(["inquiry_id", "as_of"])["split"] for t in (tables, shuffled))
    pd.testing.assert_series_equal(one.sort_index(), other.sort_index())


def split_by(config, **changes):
    return config.model_copy(update={"split": config.split.model_copy(update=changes)})


def of_clients(count: int, **info) -> Tables:
    """The corpus as the inquiries of so many clients, one after the other."""
    tables = corpus()
    inquiries = tables.inquiries.assign(client_id=[f"c{i % count}" for i in range(len(tables.inquiries))])
    return replace(tables, inquiries=inquiries, info=tables.info.model_copy(update=info))


@pytest.mark.parametrize(
    ("tables", "changes", "said"),
    [
        (corpus(), {"test_from": at(9999).date()}, r"nothing for test: .*split.test_from, valid_from, gap_days"),
        (corpus(), {"gap_days": 9999}, r"nothing for training: .*split.test_from, valid_from, gap_days"),
        (of_clients(1), {"method": "random"}, r"nothing for training: .*there is 1: split.group_by"),
        (corpus(), {"method": "given"}, "nothing for training and test: .*given_split"),
    ],
    ids=["late test", "wide gap", "one client", "none given"],
)
def test_an_empty_side_says_what_to_change(config, tables, changes, said):
    with pytest.raises(DataError, match=said):
        label_snapshots(tables, split_by(config, **changes))


def test_of_tested_clients_no_final_status_is_learned(config):
    tables = undated(with_two_who_come_again(corpus()))
    labelled = label_snapshots(tables, config).merge(tables.inquiries[["inquiry_id", "client_id"]], on="inquiry_id")
    tested = set(labelled.loc[labelled["split"] == "test", "client_id"])
    assert "again 1" in tested
    assert not tested & set(labelled.loc[learned_from(labelled), "client_id"])


def test_clients_who_all_come_again_leave_rows_to_learn_from(config):
    labelled = label_snapshots(of_clients(2), config)
    assert not labelled["split"].isin(["train", "valid"]).any()
    assert learned_from(labelled).any()
    assert why_not(labelled, "conversion") == ""


@pytest.mark.parametrize("clients", [2, 3, 5, 12])
@pytest.mark.parametrize("seed", range(8))
def test_a_random_split_of_few_clients_has_both_sides(config, clients, seed):
    labelled = label_snapshots(of_clients(clients), split_by(config, method="random", seed=seed))
    sides = labelled.groupby("group")["split"].unique()
    assert {side for of in sides for side in of} >= {"train", "test"}
    assert sides.str.len().eq(1).all()


def test_the_validation_period_may_be_without_labels(config):
    tables = corpus()
    labelled = label_snapshots(tables, config)
    there = labelled["split"].ne("valid")
    assert why_not(labelled.assign(client_tier=labelled["client_tier"].where(there)), "client_tier") == ""
    for without, said in ((labelled["split"] == "test", "in"), (learned_from(labelled), "before")):
        none = labelled["client_tier"].where(~without & there)
        assert why_not(labelled.assign(client_tier=none), "client_tier") == f"no labels {said} the test period"


@pytest.mark.parametrize(
    ("by_chance", "kind", "said"),
    [(True, "random", ["not forward in time", "120 clients to test on are learned from too"]), (False, "time", [])],
)
def test_a_given_split_is_called_what_it_is(config, by_chance, kind, said):
    tables = corpus()
    n = len(tables.inquiries)
    sides = ["train", "test"] * (n // 2) if by_chance else ["train"] * (n // 2) + [None] * 20 + ["test"] * (n // 2 - 20)
    tables = replace(tables, inquiries=tables.inquiries.assign(given_split=pd.Series(sides, dtype="str")))
    given = split_by(config, method="given")
    summary = label_summary(label_snapshots(tables, given), tables, given)
    assert summary["split"] == kind
    assert len(summary["warnings"]) == len(said)
    for warning, words in zip(summary["warnings"], said, strict=True):
        assert words in warning


def test_tiers_follow_the_converted_order_value(config):
    tables = corpus()
    euros = tables.outcomes.assign(currency="EUR", order_value=95_000.0)
    labelled = label_snapshots(replace(tables, outcomes=euros), config)
    assert set(labelled["client_tier"].dropna()) == {"short_term"}  # 95,000 EUR are 102,600 USD


def test_an_unknown_currency_is_refused(config):
    tables = corpus()
    with pytest.raises(DataError, match=r"\['XXX'\].*exchange_rates"):
        label_snapshots(replace(tables, outcomes=tables.outcomes.assign(currency="XXX")), config)


def test_quantile_tiers_are_bounded_by_training_rows_alone(config):
    quantiles = config.model_copy(update={"tier": config.tier.model_copy(update={"method": "quantiles"})})
    tables = corpus()
    before = label_snapshots(tables, quantiles)
    test_ids = before.loc[before["split"] == "test", "inquiry_id"]
    in_test = tables.outcomes["inquiry_id"].isin(test_ids)
    dearer = tables.outcomes.assign(order_value=tables.outcomes["order_value"].mask(in_test, 1e9))
    after = label_snapshots(replace(tables, outcomes=dearer), quantiles)
    trained = before["split"] == "train"
    assert before.loc[trained, "client_tier"].equals(after.loc[trained, "client_tier"])


@pytest.mark.parametrize(
    ("worth", "tiers", "absent"),
    [
        (lambda i: 100.0, {"short_term"}, "'test' or 'strategic'"),  # nothing parts them: the middle says least
        (lambda i: 1000.0 + 10 * max(0, i % 5 - 2) * i, {"test", "short_term", "strategic"}, None),  # a least order
        (lambda i: i if i % 5 < 3 else 1000.0, {"test", "short_term"}, "'strategic'"),  # a largest, of two in five
        (lambda i: i, {"test", "short_term", "strategic"}, None),
    ],
)
def test_orders_of_one_value_are_of_the_tier_whose_share_they_suit_best(config, worth, tiers, absent):
    quantiles = config.model_copy(update={"tier": config.tier.model_copy(update={"method": "quantiles"})})
    tables = corpus()
    won = tables.outcomes["status"].eq("won")
    values = won.cumsum().map(worth).where(won)
    tables = replace(tables, outcomes=tables.outcomes.assign(order_value=values))
    labelled = label_snapshots(tables, quantiles)
    learned = labelled[learned_from(labelled) & labelled["client_tier"].notna()].drop_duplicates("inquiry_id")
    assert set(learned["client_tier"]) == tiers
    assert learned.groupby("order_value")["client_tier"].nunique().eq(1).all()
    if len(tiers) == 3:
        assert learned["client_tier"].eq("test").mean() == pytest.approx(0.5, abs=0.11)
        assert learned["client_tier"].eq("strategic").mean() == pytest.approx(0.15, abs=0.03)
    said = [w for w in label_summary(labelled, tables, quantiles)["warnings"] if "to learn from is" in w]
    assert [w.partition(" is ")[2].partition(":")[0] for w in said] == ([absent] if absent else [])


@settings(deadline=None)
@given(later=st.floats(0.001, 300))
def test_what_happens_after_the_end_of_knowledge_changes_no_label(later):
    tables = one_inquiry("open", None, known_until=30)
    decided = one_inquiry("won", 30 + later, known_until=30)
    assert str(label_of(tables)) == str(label_of(decided))


def coarse(tables: Tables, precision: str) -> Tables:
    """The same tables as an export that dates decisions to the day or month only: at its beginning."""
    begin = {"day": "D", "month": "MS"}[precision]
    decided = (
        tables.outcomes["decided_at"].dt.tz_localize(None).dt.to_period(begin[0]).dt.start_time.dt.tz_localize("UTC")
    )
    outcomes = tables.outcomes.assign(decided_at=decided.astype(TIME))
    return replace(tables, outcomes=outcomes, info=tables.info.model_copy(update={"decision_precision": precision}))


def test_a_decision_dated_to_the_month_costs_no_snapshot_at_receipt():
    tables = coarse(one_inquiry("won", 5), "month")
    assert tables.outcomes["decided_at"].iloc[0] <= at(0)
    converted, left_out = label_of(tables)
    assert converted == 1.0
    assert pd.isna(left_out)
    assert label_of(tables, 1)[1] == "decided_before_snapshot", "within the month nobody knows"


@pytest.mark.parametrize("precision", ["day", "month"])
def test_a_label_of_a_day_or_month_is_known_when_that_is_over(config, precision):
    """What training learns may tell of decisions dated to the last day or month of the horizon: until it is over."""
    tables = coarse(corpus(), precision)
    labelled = label_snapshots(tables, config)
    begins = labelled.loc[labelled["split"] == "test", "as_of"].min()
    learned = labelled[learned_from(labelled)]
    last = learned["as_of"].max() + pd.Timedelta(days=config.label.horizon_days)
    of_last = pd.Series([last.tz_localize(None).to_period({"day": "D", "month": "M"}[precision]).end_time])
    assert of_last.dt.tz_localize("UTC").item() <= begins
    until = pd.Timestamp(label_summary(labelled, tables, config)["learned_until"])
    assert of_last.dt.tz_localize("UTC").item() <= until <= begins
    known = labelled["inquiry_id"].map(tables.outcomes.set_index("inquiry_id")["decided_at"])
    tiered = learned_from(labelled) & labelled["client_tier"].notna()
    assert tiered.any()
    assert (end_of(known, precision)[tiered] <= begins).all()


def test_final_statuses_that_came_after_the_test_began_are_said(config):
    tables = corpus()
    won = tables.outcomes["status"].eq("won")
    few = tables.outcomes["decided_at"].where(won & (won.cumsum() % 3 == 0))
    undated = replace(tables, outcomes=tables.outcomes.assign(decided_at=few))
    labelled = label_snapshots(undated, config)
    begins = labelled.loc[labelled["split"] == "test", "as_of"].min()

    def said(decided_at: pd.Series) -> list[str]:
        told = replace(undated, outcomes=undated.outcomes.assign(decided_at=decided_at))
        return [w for w in label_summary(label_snapshots(told, config), told, config)["warnings"] if "test period" in w]

    early = few.where(few < begins)
    assert not said(early)
    learned = labelled.loc[learned_from(labelled), "inquiry_id"]
    one = learned[learned.isin(undated.outcomes.loc[early.notna(), "inquiry_id"])].iloc[0]
    late = early.mask(undated.outcomes["inquiry_id"] == one, begins + pd.Timedelta(days=3))
    assert [warning.split(" of ")[0] for warning in said(late)] == [counted(learned.eq(one).sum(), "row")]


def test_reports_say_that_decisions_are_coarser_than_receipts(config):
    tables = coarse(corpus(), "month")
    assert any("dated to the month" in warning for warning in warnings_of(tables, config))
    assert not any("dated to" in warning for warning in warnings_of(corpus(), config))


@pytest.mark.parametrize("told", [True, False])
def test_where_nobody_says_how_long_an_export_is_known_its_latest_time_does(config, told):
    tables = corpus()
    waiting = tables.outcomes.index % 3 == 0
    outcomes = tables.outcomes.assign(
        status=tables.outcomes["status"].mask(waiting, "open"), decided_at=tables.outcomes["decided_at"].mask(waiting)
    )
    latest = outcomes["decided_at"].max()
    info = tables.info.model_copy(update={"known_until": latest if told else None})
    tables = replace(tables, outcomes=outcomes, info=info)
    labelled = label_snapshots(tables, config)
    assert labelled["left_out_reason"].eq("horizon_not_over").any()
    assert labelled.loc[labelled["split"].notna(), "converted"].notna().all()
    known = replace(tables, info=info.model_copy(update={"known_until": latest}))
    pd.testing.assert_frame_equal(labelled, label_snapshots(known, config))
    said = [warning for warning in warnings_of(tables, config) if f"{latest:%Y-%m-%d}, the latest" in warning]
    assert len(said) == (0 if told else 1)


def test_what_has_neither_a_decision_nor_a_time_is_left_out_with_a_reason(config):
    waiting = pd.DataFrame({"inquiry_id": pd.Series(dtype="str"), "status": pd.Series(dtype="str")})
    tables = timeless(replace(corpus(), outcomes=conform("outcomes", waiting)))
    tables = replace(tables, info=tables.info.model_copy(update={"known_until": None}))
    with pytest.raises(DataError, match="No snapshot has a label; all 240 are left out"):
        label_snapshots(tables, config)


def test_orders_without_an_exchange_rate_are_counted_by_currency(config):
    tables = corpus()
    config = config.model_copy(update={"tier": config.tier.model_copy(update={"method": "quantiles"})})
    turns = pd.Series(["USD", "CHF", "DKK", None] * 60, dtype="str")
    assert not {"CHF", "DKK"} & set(config.tier.exchange_rates)
    foreign = replace(tables, outcomes=tables.outcomes.assign(currency=turns))
    for told, currencies in ((tables, set()), (foreign, {"CHF", "DKK"})):
        snapshots = label_snapshots(told, config)
        summary = label_summary(snapshots, told, config)
        counts = summary["orders_without_rate"]
        assert set(counts) == currencies
        warned = [warning for warning in summary["warnings"] if "has no rate to" in warning]
        assert [warning.split(" is in ")[0] for warning in warned] == [
            f"The order value of {counted(n, 'won inquiry')}" for n in counts.values()
        ]
    of_a_side = snapshots["split"].notna() | learned_from(snapshots)
    rows = snapshots[of_a_side & snapshots["client_tier"].notna() & snapshots["order_value"].isna()]
    assert sum(counts.values()) == rows["inquiry_id"].nunique() > 0


@pytest.mark.parametrize("known", [0, 1, 9, 10])
def test_orders_in_a_currency_that_training_hardly_has_are_counted_and_said(config, known):
    tables = corpus()
    config = config.model_copy(update={"tier": config.tier.model_copy(update={"method": "quantiles"})})
    labelled = label_snapshots(tables, config)
    assert label_summary(labelled, tables, config)["orders_without_bounds"] == {}
    learned = labelled.loc[learned_from(labelled) & labelled["client_tier"].notna(), "inquiry_id"].unique()
    foreign = tables.outcomes["inquiry_id"].isin(learned[:known]) | (tables.outcomes["inquiry_id"] >= "q0190")
    outcomes = tables.outcomes.assign(currency=tables.outcomes["currency"].mask(foreign, "EUR"))
    tables = replace(tables, outcomes=outcomes)
    snapshots = label_snapshots(tables, config)
    summary = label_summary(snapshots, tables, config)
    said = [w for w in summary["warnings"] if "without a tier" in w]
    lost = snapshots[snapshots["split"].notna() & snapshots["order_value"].notna() & snapshots["client_tier"].isna()]
    if known == 10:
        assert not said
        assert lost.empty
        return
    assert [f"training has {known} in EUR" in warning for warning in said] == [True]
    assert summary["orders_without_bounds"] == {"EUR": lost["inquiry_id"].nunique()}
    assert lost["inquiry_id"].nunique() > known


@pytest.mark.parametrize("place", ["train", "gap_before_valid"])
def test_an_order_after_the_test_began_is_no_label_of_training(config, place):
    tables = corpus()
    labels = label_snapshots(tables, config)
    begins = labels.loc[labels["split"] == "test", "as_of"].min()
    stands = labels["split"].fillna(labels["left_out_reason"])
    tiered = labels[stands.eq(place) & labels["client_tier"].notna()]
    late = tables.outcomes["inquiry_id"].isin(tiered["inquiry_id"].unique()[:3])
    outcomes = tables.outcomes.assign(
        decided_at=tables.outcomes["decided_at"].mask(late, begins + pd.Timedelta(days=1))
    )
    tables = replace(tables, outcomes=outcomes)
    later = label_snapshots(tables, config)
    learned = later["split"].isin(["train", "valid"]) | later["left_out_reason"].isin(USED_IN_FINAL_FIT)
    rows = later["inquiry_id"].isin(outcomes.loc[late, "inquiry_id"]) & learned
    assert rows.sum() >= 3
    assert later.loc[rows, ["client_tier", "order_value"]].isna().all(axis=None)
    assert later.loc[rows, "converted"].eq(0).all(), "won, but not within the horizon"
    assert label_summary(later, tables, config)["orders_after_test_began"] == rows.sum()


def test_unevenly_dated_decisions_are_said(config):
    tables = corpus()
    lost = tables.outcomes["status"].eq("lost")
    some = lost & (lost.cumsum() % 4 == 0)
    outcomes = tables.outcomes.assign(decided_at=tables.outcomes["decided_at"].mask(some))
    assert any("of the lost have a decision date" in w for w in warnings_of(replace(tables, outcomes=outcomes), config))
    assert not any("of the lost" in w for w in warnings_of(tables, config))


@pytest.mark.parametrize(
    ("undated", "waiting", "warned"),
    [(5, 2, True), (0, 2, False), (5, 0, False), (50, 2, False)],  # one in so many, 0: none
    ids=["both", "all dated", "all decided", "few"],
)
def test_decided_without_a_date_beside_undecided_that_count_as_not_won_are_said(config, undated, waiting, warned):
    tables = corpus()
    outcomes = tables.outcomes
    if waiting:
        still = outcomes.index % waiting == 0
        outcomes = outcomes.assign(
            status=outcomes["status"].mask(still, "open"), decided_at=outcomes["decided_at"].mask(still)
        )
    decided = outcomes[outcomes["status"] != "open"]
    if undated:
        bare = decided.groupby("status").cumcount() % undated == 0
        outcomes = outcomes.assign(
            decided_at=outcomes["decided_at"].mask(bare.reindex(outcomes.index, fill_value=False))
        )
    tables = replace(tables, outcomes=outcomes)
    said = label_summary(label_snapshots(tables, config), tables, config)["warnings"]
    assert any("as not won" in warning for warning in said) == warned
    assert not any("of the lost" in warning for warning in said)


@pytest.mark.parametrize(
    ("class_", "figures"), [("lost", "100% of the won and 0% of the lost"), ("won", "0% of the won")]
)
def test_dates_of_one_class_only_are_said_to_make_the_label_depend_on_age(config, class_, figures):
    tables = corpus()
    bare = tables.outcomes["status"].eq(class_)
    outcomes = tables.outcomes.assign(decided_at=tables.outcomes["decided_at"].mask(bare))
    kind, age = warnings_of(replace(tables, outcomes=outcomes), config)
    assert "Too few decisions carry a date" in kind
    assert age.startswith(figures)
    assert f"the {class_} without one at every age" in age
    timeless = replace(tables, outcomes=outcomes, info=tables.info.model_copy(update={"timeless": True}))
    assert not any("every age" in line for line in warnings_of(timeless, config))
