"""Blend, calibration and inputs: what small or empty evidence may do to a probability."""

import numpy as np
import pandas as pd
import pytest

from inquiry_intent.blending import fit_blend, softmax
from inquiry_intent.calibration import fit_calibration, fit_lasting, of_classes
from inquiry_intent.config import load_config
from inquiry_intent.forest import Forest
from inquiry_intent.preprocessing import evidence, fit_inputs, fold_of
from tests.test_pipeline import ROOT

PRIOR = np.array([0.7, 0.3])


def two_sided(log_odds: np.ndarray) -> np.ndarray:
    return np.column_stack([-log_odds / 2, log_odds / 2])


def test_two_lucky_rows_leave_the_blend_near_the_base_rate():
    lucky = two_sided(np.array([-1.0, 1.0]))
    blend = fit_blend({"rules": lucky}, np.array([0, 1]), PRIOR, 2, penalty=2.0)
    assert softmax(blend.log_odds({"rules": lucky})) == pytest.approx(np.tile(PRIOR, (2, 1)), abs=0.2)


def test_a_member_that_contradicts_the_outcomes_gets_no_weight_rather_than_a_negative_one():
    y = np.array([0, 1] * 50)
    blend = fit_blend({"rules": two_sided(np.where(y == 1, -2.0, 2.0))}, y, np.array([0.5, 0.5]), 100, penalty=2.0)
    assert blend.weights == {"rules": 0.0}


def test_the_weight_of_a_good_member_grows_with_the_number_of_rows():
    rng = np.random.default_rng(5)
    z = rng.normal(size=2000) * 1.5
    y = (rng.random(2000) < 1 / (1 + np.exp(-z))).astype(int)
    half = np.array([0.5, 0.5])
    few, many = (fit_blend({"trees": two_sided(z)}, y, half, n, 2.0).weights["trees"] for n in (10, 2000))
    assert 0 < few < 0.8 * many
    assert many == pytest.approx(1.0, abs=0.12)


def test_six_snapshots_of_an_inquiry_weigh_as_one():
    rng = np.random.default_rng(6)
    z, y = rng.normal(size=60), rng.integers(0, 2, 60)
    once = fit_blend({"trees": two_sided(z)}, y, PRIOR, 60, 2.0)
    often = fit_blend({"trees": two_sided(np.tile(z, 6))}, np.tile(y, 6), PRIOR, 60, 2.0)
    assert often.weights["trees"] == pytest.approx(once.weights["trees"], abs=1e-3)


def test_evidence_added_to_the_prior_gives_the_probabilities_back():
    p = np.array([[0.2, 0.5, 0.3], [0.9, 0.05, 0.05]])
    prior = np.array([0.5, 0.3, 0.2])
    assert softmax(np.log(prior) + evidence(p, prior)) == pytest.approx(p)


def test_a_calibrated_blend_keeps_its_sigmoid_and_a_stepped_one_does_not():
    rng = np.random.default_rng(7)
    z = rng.normal(size=3000) * 2
    folds = np.arange(3000) % 5
    true = (rng.random(3000) < 1 / (1 + np.exp(-z))).astype(int)
    stepped = (rng.random(3000) < np.where(z > 0, 0.6, 0.4)).astype(int)
    assert fit_calibration(z, true, folds, 3000).method == "sigmoid"
    other = fit_calibration(z, stepped, folds, 3000)
    assert other.method != "sigmoid"
    p = other.probability(np.array([-1.0, 1.0]))
    assert p == pytest.approx([0.4, 0.6], abs=0.08)


def test_answers_about_ordered_classes_become_probabilities_even_where_they_contradict_each_other():
    at_least = [np.array([0.9, 0.3, 0.0]), np.array([0.5, 0.6, 0.0])]
    p = of_classes(at_least)
    assert p[0] == pytest.approx([0.1, 0.4, 0.5])
    assert p[1] == pytest.approx([0.7, 0.001, 0.3], abs=2e-3)
    assert (p > 0).all()
    assert p.sum(axis=1) == pytest.approx(np.ones(3))


def test_the_calibration_leaves_much_open_where_little_was_seen():
    rng = np.random.default_rng(8)
    z = rng.normal(size=2000)
    y = (rng.random(2000) < 1 / (1 + np.exp(-z))).astype(int)
    folds, at = np.arange(2000) % 5, np.array([-1.0, 0.0, 1.0])
    few = fit_calibration(z[:40], y[:40], folds[:40], 40)
    many = fit_calibration(z, y, folds, 2000)
    for made in (few, many):
        low, high = made.bounds(at)
        assert (low <= made.by("venn_abers", at)).all()
        assert (made.by("venn_abers", at) <= high).all()
    assert np.subtract(*few.bounds(at)[::-1]).mean() > 3 * np.subtract(*many.bounds(at)[::-1]).mean()


@pytest.mark.parametrize(("true", "told"), [(0.6, 0.6), (1.0, 1.0), (1.5, 1.0)])
def test_evidence_that_wears_off_is_taken_for_less_and_never_for_more(true, told):
    rng = np.random.default_rng(9)
    z, period = rng.normal(size=6000) * 1.5, np.arange(6000) % 2
    base = np.log(3 / 7)
    y = (rng.random(6000) < 1 / (1 + np.exp(-base - true * z - np.array([0.5, -0.5])[period]))).astype(int)
    p = 1 / (1 + np.exp(-base - z))
    assert fit_lasting(p, y, period, 6000, base) == pytest.approx(told, abs=0.06)
    few = fit_lasting(p[:30], y[:30], period[:30], 30, base)
    assert few > 0.8  # so few rows tell little


def test_where_nothing_lasts_inquiries_can_still_be_told_apart():
    rng = np.random.default_rng(11)
    p, y = rng.random(4000), rng.integers(0, 2, 4000)
    assert fit_lasting(np.r_[p, 1.0], np.r_[y, 0], np.zeros(4001, dtype=int), 4001, 0.0) == 0.1


def test_what_is_left_of_the_evidence_moves_every_probability_towards_the_training_rate():
    rng = np.random.default_rng(10)
    z = rng.normal(size=500)
    made = fit_calibration(z, (rng.random(500) < 1 / (1 + np.exp(-z))).astype(int), np.arange(500) % 5, 500)
    base = float(np.log(0.2 / 0.8))
    half = made.model_copy(update={"base": base, "lasting": 0.5})
    assert half.probability(np.array([base, base + 2])) == pytest.approx([0.2, 1 / (1 + np.exp(-base - 1))])
    assert made.probability(np.array([base + 2])) == pytest.approx([1 / (1 + np.exp(-base - 2))])
    assert (half.bounds(z)[0] <= half.bounds(z)[1]).all()


def test_no_row_sees_its_own_label_in_a_column_made_from_labels(config):
    """Each row has a category and words of its own, so a leak would give every label away."""
    y = np.array([0, 1] * 30)
    name = pd.Series([f"word{i // 2}x" for i in range(60)], dtype="str")
    features = pd.DataFrame({"owner": name, "buyer_text": name, "age_days": np.arange(60.0)})
    folds = np.arange(60) % 3
    inputs, made = fit_inputs(features, y, folds, config.train, "conversion")
    flipped = y.copy()
    flipped[7] = 1 - flipped[7]
    _, again = fit_inputs(features, flipped, folds, config.train, "conversion")
    columns = [i for i, n in enumerate(inputs.names()) if n.startswith(("rate_", "wording_"))]
    assert len(columns) == 2
    same_fold = folds == folds[7]
    assert made[same_fold][:, columns] == pytest.approx(again[same_fold][:, columns])
    assert not np.allclose(made[:, columns], again[:, columns])


def test_a_client_is_in_one_fold_whatever_the_order_of_rows():
    groups = pd.Series(["a", "b", "c", "a", "d", "b"])
    folds = fold_of(groups, 2, seed=7)
    assert folds[0] == folds[3]
    assert sorted(np.bincount([*folds[:3], folds[4]])) == [2, 2]
    order = [5, 3, 0, 4, 1, 2]
    assert (fold_of(groups.iloc[order], 2, seed=7) == folds[order]).all()


def test_one_client_unlike_all_others_does_not_stop_the_trees_of_all_folds():
    random = np.random.default_rng(0)
    rows, odd = 900, slice(0, 90)
    matrix = random.normal(size=(rows, 4))
    z = 2 * matrix[:, 0] * np.sign(matrix[:, 1])
    y = (random.random(rows) < 1 / (1 + np.exp(-z))).astype(int)
    client = np.arange(rows) % 60 + 1
    client[odd], y[odd] = 0, (z[odd] < 0).astype(int)
    train = load_config(ROOT / "params.yaml", {"train": {"threads": 1, "early_stopping_rounds": 20}}).train
    parts = [(np.flatnonzero(client % 5 == fold), np.flatnonzero(client % 5 != fold)) for fold in range(5)]
    forest = Forest(train.conversion, train, [])
    said, curve, trees = forest.out_of_fold(matrix, y, parts, np.bincount(y) / rows)
    alone = [forest.out_of_fold(matrix, y, [part], np.bincount(y) / rows)[2] for part in parts]
    assert alone[0] + train.early_stopping_rounds < trees <= max(alone)
    assert curve["valid_log_loss"][trees - 1] == min(curve["valid_log_loss"])
    assert np.isfinite(said).all()
