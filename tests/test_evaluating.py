"""The reports on the test side, from models that say what they are told to."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from inquiry_intent.config import TIERS
from inquiry_intent.evaluating import evaluate
from inquiry_intent.line import write_evaluation
from inquiry_intent.training import Rows

N = 120
TEST = np.arange(N) >= N // 2


def evaluated(config, target: str, classes: list[str], y: np.ndarray, p: list[float], channel="web"):
    """A model that says `p` of every row, and what `evaluate` makes of it; the latter half is the test side."""
    moments = pd.date_range("2025-01-01", periods=N, tz="UTC")
    index = pd.MultiIndex.from_arrays([[f"q{i}" for i in range(N)], moments], names=["inquiry_id", "as_of"])
    words = {"channel": channel, "country": "DE", "language": "de"}
    counts = {"client_other_inquiry_count": 0.0, "inbound_message_count": 1.0, "outbound_message_count": 0.0}
    X = pd.DataFrame({"age_days": 0.0, **counts, **words}, index=index).astype(dict.fromkeys(words, "str"))
    rows = Rows(X, y, pd.Series(np.where(TEST, "test", "train"), index=index), pd.Series("g", index=index))

    def said(features):
        return pd.DataFrame([p] * len(features), index=features.index, columns=classes)

    manifest = SimpleNamespace(
        target=target, classes=classes, split="time", test_side="test period", warnings=["few of them"]
    )
    bundle = SimpleNamespace(manifest=manifest, predict_proba=said, rule_proba=said)
    inquiries = pd.DataFrame({"inquiry_id": [f"q{i}" for i in range(N)], "client_id": [f"c{i}" for i in range(N)]})
    return bundle, evaluate(bundle, rows, inquiries, config.evaluate)


@pytest.mark.parametrize("highest", [1, 2])
def test_the_calibration_of_the_tier_compares_one_class_with_itself(config, highest):
    y = np.where(TEST, np.arange(N) % (highest + 1), np.arange(N) % 3)
    _, evaluation = evaluated(config, "client_tier", list(TIERS), y, [0.25, 0.4, 0.35])
    assert evaluation["calibrated_class"] == TIERS[highest]
    table = evaluation["calibration"]
    assert table["predicted"].to_numpy() == pytest.approx([0.25, 0.4, 0.35][highest])
    assert np.average(table["observed"], weights=table["weight"]) == pytest.approx(1 / (highest + 1))


def test_what_the_export_calls_a_channel_becomes_no_formula_in_a_report(config, tmp_path):
    y = np.arange(N) % 2
    bundle, evaluation = evaluated(config, "conversion", ["no", "yes"], y, [0.5, 0.5], '=HYPERLINK("http://evil","x")')
    write_evaluation(evaluation, bundle, tmp_path)
    slices = pd.read_csv(tmp_path / "slices.csv")
    assert set(slices.loc[slices["slice"] == "channel", "value"]) == {'\'=HYPERLINK("http://evil","x")'}
