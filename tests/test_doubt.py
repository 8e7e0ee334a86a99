"""The interval beside a probability: what widens it, and how many true probabilities it holds."""

import numpy as np
import pytest

from benchmarks.quality import interval_figures
from inquiry_intent.blending import Blend
from inquiry_intent.doubt import SHARE, Doubt, interval, sampling_deviation
from tests.conftest import ROOT

ALONE = Blend(prior=[0.5, 0.5], weights={"a": 1.0}, offset=[0.0, 0.0])


def two_sided(log_odds: list[float]) -> np.ndarray:
    z = np.array(log_odds)
    return np.column_stack([-z / 2, z / 2])


def test_an_interval_holds_its_probability_and_knows_no_certainty():
    p = np.array([0.001, 0.3, 0.999])
    low, high = interval(p, np.array([2.0, 0.5, 2.0]))
    assert ((low > 0) & (low < p) & (p < high) & (high < 1)).all()


def test_members_that_contradict_each_other_widen_the_interval_of_that_inquiry():
    b = ALONE.model_copy(update={"weights": {"b": 1.0}})
    doubt = Doubt(alone={"a": ALONE, "b": b}, sampling=0.3)
    said = {"a": two_sided([1.0, 1.0]), "b": two_sided([1.0, -1.0])}
    assert doubt.deviation(np.array([1.0, 0.0]), said) == pytest.approx([0.3, np.hypot(0.3, 1.0)])


def test_the_choice_of_clients_counts_less_with_more_of_them_and_never_less_than_that_of_the_rate():
    same = [np.zeros(10), np.zeros(10)]
    assert sampling_deviation(same, 0.5, 100) == pytest.approx(0.2)
    assert sampling_deviation(same, 0.5, 400) == pytest.approx(0.1)
    assert sampling_deviation([], 0.5, 4) == pytest.approx(1.0)
    assert sampling_deviation([np.zeros(10), np.ones(10)], 0.5, 400) == pytest.approx(np.sqrt(0.5))


@pytest.mark.slow
def test_four_of_five_true_probabilities_lie_in_their_interval():
    """On simulated inquiries of a seed that STRETCH was not set on."""
    figures = interval_figures(1500, 11, ROOT / "params.yaml")
    assert SHARE - 0.07 < figures["held"] < SHARE + 0.07
    assert figures["unstretched"] < figures["held"]
    assert figures["width"] < 0.65
