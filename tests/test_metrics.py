import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as oracle

from inquiry_intent.evaluating import comparison_rows
from inquiry_intent.metrics import (
    calibration_error,
    calibration_table,
    compare,
    conversion_metrics,
    interval,
    tier_metrics,
)

rng = np.random.default_rng(3)
Y = (rng.random(400) < 0.4).astype(int)
P = np.clip(np.round(0.3 * Y + 0.7 * rng.random(400), 2), 0.01, 0.99)  # rounded: many ties
W = rng.integers(0, 3, 400).astype(float)


@pytest.mark.parametrize("weights", [np.ones(400), W], ids=["plain", "weighted"])
def test_figures_agree_with_scikit_learn(weights):
    got = conversion_metrics(Y, P, weights, capacity_share=0.25)
    assert got["log_loss"] == pytest.approx(oracle.log_loss(Y, P, sample_weight=weights))
    assert got["brier"] == pytest.approx(oracle.brier_score_loss(Y, P, sample_weight=weights))
    assert got["roc_auc"] == pytest.approx(oracle.roc_auc_score(Y, P, sample_weight=weights))
    assert got["average_precision"] == pytest.approx(oracle.average_precision_score(Y, P, sample_weight=weights))


def test_capacity_counts_wins_among_the_best_and_shares_ties():
    y, p = np.array([1, 0, 1, 0]), np.array([0.9, 0.8, 0.5, 0.5])
    assert conversion_metrics(y, p, np.ones(4), 0.5)["wins_at_capacity"] == pytest.approx(0.5)
    assert conversion_metrics(y, p, np.ones(4), 0.75)["wins_at_capacity"] == pytest.approx(0.75)


def test_ranking_without_both_classes_is_unknown_rather_than_wrong():
    assert np.isnan(conversion_metrics(np.ones(3, int), np.array([0.1, 0.2, 0.3]), np.ones(3), 0.5)["roc_auc"])


def test_tier_figures_agree_with_scikit_learn():
    y = rng.integers(0, 3, 300)
    p = rng.dirichlet(np.ones(3), 300)
    p[np.arange(300), y] += 0.4
    p /= p.sum(axis=1, keepdims=True)
    got = tier_metrics(y, p, np.ones(300))
    assert got["log_loss"] == pytest.approx(oracle.log_loss(y, p))
    assert got["macro_f1"] == pytest.approx(oracle.f1_score(y, p.argmax(1), average="macro"))
    assert got["quadratic_kappa"] == pytest.approx(oracle.cohen_kappa_score(y, p.argmax(1), weights="quadratic"))


def test_of_rows_of_one_tier_no_figure_says_how_well_tiers_are_told_apart():
    got = tier_metrics(np.zeros(5, dtype=int), np.tile([0.9, 0.05, 0.05], (5, 1)), np.ones(5))
    assert np.isnan([got["macro_f1"], got["quadratic_kappa"], got["accuracy"]]).all()
    assert 0 < got["log_loss"] < 1


def test_a_tier_further_off_costs_more_in_the_ranked_probability_score():
    y, weights = np.array([2]), np.ones(1)
    near, far = np.array([[0.0, 0.8, 0.2]]), np.array([[0.8, 0.0, 0.2]])
    assert tier_metrics(y, near, weights)["log_loss"] == tier_metrics(y, far, weights)["log_loss"]
    assert tier_metrics(y, near, weights)["rps"] == pytest.approx(0.8**2 / 2)
    assert tier_metrics(y, far, weights)["rps"] == pytest.approx((0.8**2 + 0.8**2) / 2)
    assert tier_metrics(y, np.array([[0.0, 0.0, 1.0]]), weights)["rps"] == 0


def test_a_calibrated_prediction_has_a_small_calibration_error_and_an_overconfident_one_a_large():
    p = rng.random(20_000)
    y = (rng.random(20_000) < p).astype(float)
    assert calibration_error(y, p, np.ones(20_000)) < 0.02
    assert calibration_error(y, np.where(p > 0.5, 0.99, 0.01), np.ones(20_000)) > 0.2


@pytest.mark.parametrize("levels", [1, 2, 4, 25])
def test_equal_predictions_share_a_bin_whatever_the_order_of_the_rows(levels):
    chosen = rng.integers(0, levels, 400)
    y = (rng.random(400) < (chosen + 0.5) / levels).astype(float)
    observed = pd.Series(y).groupby(chosen).transform("mean").to_numpy()
    for order in (np.arange(400), rng.permutation(400), np.argsort(y), np.argsort(-y)):
        table = calibration_table(y[order], observed[order], W[order])
        assert len(table) <= levels
        assert calibration_error(y[order], observed[order], np.ones(400)) == pytest.approx(0, abs=1e-12)
        assert calibration_error(y[order], P[order], W[order]) == pytest.approx(calibration_error(y, P, W))


def test_a_difference_is_paired_so_its_interval_is_narrower_than_the_figures_own(config):
    def figures(y, p, weights):
        return conversion_metrics(y, p, weights, 0.3)

    wide = config.evaluate.model_copy(update={"bootstrap_rounds": 200})
    table = compare(Y, {"model": P, "rules": np.clip(P + 0.01, 0, 1)}, np.arange(400), figures, wide)
    rows = table[table["metric"] == "log_loss"].set_index("predictor")
    width = rows["high"] - rows["low"]
    assert width["model minus rules"] < width["model"] / 5
    assert rows["low"]["model"] <= rows["value"]["model"] <= rows["high"]["model"]


@pytest.mark.parametrize(
    ("y", "clients", "bounded"),
    [
        (Y, 1, False),
        (Y, 4, False),
        (Y, 5, True),
        (np.r_[np.ones(4, int), np.zeros(396, int)], 400, False),  # four who ordered
        (np.r_[np.ones(5, int), np.zeros(395, int)], 400, True),
        (np.r_[np.ones(396, int), np.zeros(4, int)], 400, False),  # four who did not
    ],
)
def test_a_handful_of_clients_of_either_class_makes_no_interval(config, y, clients, bounded):
    table = compare(y, {"a": P, "b": 1 - P}, np.arange(400) % clients, figures_of(config), config.evaluate)
    assert table["value"].notna().all()
    without = table["predictor"].eq("a minus b") & table["metric"].eq("calibration_error")  # how noisy, nobody knows
    assert table.loc[~without, ["low", "high"]].notna().all(axis=None) == bounded
    assert table.loc[~without, ["low", "high"]].isna().all(axis=None) != bounded
    assert table.loc[without, ["low", "high"]].isna().all(axis=None)


@pytest.mark.parametrize("clients", [5, 8, 20])
def test_few_clients_seldom_make_a_difference_of_chance_look_sure(config, clients):
    """Two predictors, each better on some clients by chance: their true difference is 0."""
    worlds, missed = 300, 0
    for seed in range(worlds):
        chance = np.random.default_rng(seed)
        each = chance.normal(0, 1, clients)
        drawn = chance.multinomial(clients, np.full(clients, 1 / clients), 200) @ each / clients
        low, high = interval(drawn, clients, 0.95)
        assert low <= np.quantile(drawn, 0.025) < np.quantile(drawn, 0.975) <= high
        missed += not low <= 0 <= high
    assert missed / worlds < 0.09


@pytest.mark.parametrize("shift", [0.0, 0.3, 0.8])
def test_the_interval_of_a_calibration_error_holds_the_figure_and_the_truth(config, shift):
    """Perfect predictions too have an error by chance; drawn anew, it is counted twice. Two rows a client."""
    settings = config.evaluate.model_copy(update={"bootstrap_rounds": 100, "confidence": 0.95})
    worlds, held = 40, 0
    for seed in range(worlds):
        chance = np.random.default_rng(seed)
        p = 1 / (1 + np.exp(1 - chance.normal(0, 1.2, 600)))
        off = 1 / (1 + np.exp(-shift - np.log(p / (1 - p))))
        y = (chance.random(600) < p).astype(int)
        table = compare(y, {"a": off, "b": off}, np.arange(600) // 2, figures_of(config), settings)
        row = table.set_index(["predictor", "metric"]).loc[("a", "calibration_error")]
        assert row["low"] <= row["value"] <= row["high"]
        held += row["low"] <= calibration_error(p, off, np.ones(600)) <= row["high"]
    assert held / worlds >= 0.85  # quantiles of the draws: 0 where nothing is off, mirrored ones about a half


def test_an_interval_stays_where_its_figure_can_be(config):
    table = compare(
        Y[:40], {"a": Y[:40] * 0.5 + P[:40] / 2, "b": P[:40]}, np.arange(40) % 6, figures_of(config), config.evaluate
    )
    rows = table[~table["predictor"].str.contains("minus") & ~table["metric"].isin(["log_loss", "lift_at_capacity"])]
    assert rows["low"].min() >= 0
    assert rows["high"].max() == 1


def test_where_there_is_no_interval_the_table_shows_a_dash(config):
    p = {"model": P, "majority": np.full(400, 0.4), "rules": P}
    table = compare(Y, p, np.zeros(400), figures_of(config), config.evaluate)
    [[_, model, _, majority, difference]] = comparison_rows(table, ["brier"])
    assert model.endswith(" (–)")
    assert difference == "0.000 (–)"
    assert "–" not in majority


def figures_of(config):
    return lambda y, p, weights: conversion_metrics(y, p, weights, config.evaluate.capacity_share)


def test_whole_clients_are_drawn_so_copies_of_a_row_do_not_narrow_the_interval(config):
    def figures(y, p, weights):
        return {"rate": float(np.average(y, weights=weights))}

    wide = config.evaluate.model_copy(update={"bootstrap_rounds": 400})
    once = compare(Y, {"a": P, "b": P}, np.arange(400), figures, wide)
    many = compare(np.tile(Y, 5), {"a": np.tile(P, 5), "b": np.tile(P, 5)}, np.tile(np.arange(400), 5), figures, wide)
    spread = [(t["high"] - t["low"]).iloc[0] for t in (once, many)]
    assert spread[1] == pytest.approx(spread[0], rel=0.05)
