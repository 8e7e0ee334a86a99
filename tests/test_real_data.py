"""The line on real exports, where they are at hand (see README): figures are modest, and none may be too good."""

import json
import os
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner
from sklearn.metrics import log_loss, roc_auc_score

from inquiry_intent.cli import cli
from tests.conftest import ROOT

DATA = Path(os.environ.get("INQUIRY_INTENT_DATA", ROOT / "../shared/data"))
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"real exports are not at {DATA}; set INQUIRY_INTENT_DATA"),
]


@pytest.fixture(scope="module")
def predictions(tmp_path_factory):
    """Predictions of conversion, by export; each is run once."""
    made: dict[str, pd.DataFrame] = {}

    def of(name: str) -> pd.DataFrame:
        if name not in made:
            out = tmp_path_factory.mktemp("real") / name
            mapping = ROOT / "data/mappings" / f"{name}.yaml"
            words = ["run", "--mapping", str(mapping), str(DATA / name), "-o", str(out)]
            result = CliRunner().invoke(cli, [*words, "--params", str(ROOT / "params.yaml")])
            assert result.exit_code == 0, result.output
            counts = json.loads((out / "tables/info.json").read_text())["counts"]
            assert all(c["read"] == c["kept"] + c["quarantined"] for c in counts.values())
            table = pd.read_parquet(out / "predictions.parquet")
            made[name] = table[table["target"] == "conversion"]
        return made[name]

    return of


def test_opportunities_forward_in_time(predictions):
    table = predictions("opportunities").query("split == 'test'")
    assert table["as_of"].min() == pd.Timestamp("2017-09-01", tz="UTC")
    assert len(table) == 1624
    assert log_loss(table["y"], table["p_model"]) <= 0.536


def test_reply_timing_alone_says_something_and_no_more(predictions):
    table = predictions("inquiries_timing").query("split == 'test'")
    assert 0.627 < roc_auc_score(table["y"], table["p_model"]) < 0.80


def test_typed_negotiations_are_hard_and_a_booster_does_not_do_worse_than_the_base_rate(predictions):
    table = predictions("negotiation").query("split == 'test'")
    rate = predictions("negotiation").query("split != 'test'")["y"].mean()
    assert roc_auc_score(table["y"], table["p_model"]) < 0.75
    assert log_loss(table["y"], table["p_model"]) < log_loss(table["y"], [rate] * len(table)) + 0.02
