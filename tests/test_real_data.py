"""The line on real exports, where they are at hand (see README): figures are modest, and none may be too good."""

import gzip
import json
import os
import shutil
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
import yaml
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
    assert log_loss(table["y"], table["p_model"]) <= 0.515


def test_reply_timing_alone_says_something_and_no_more(predictions):
    table = predictions("inquiries_timing").query("split == 'test'")
    assert 0.627 < roc_auc_score(table["y"], table["p_model"]) < 0.80


def test_typed_negotiations_are_hard_and_a_booster_does_not_do_worse_than_the_base_rate(predictions):
    table = predictions("negotiation").query("split == 'test'")
    rate = predictions("negotiation").query("split != 'test'")["y"].mean()
    assert roc_auc_score(table["y"], table["p_model"]) < 0.75
    assert log_loss(table["y"], table["p_model"]) < log_loss(table["y"], [rate] * len(table)) + 0.02


def audited(name: str, folder: Path, attributes: dict[str, list[str]] | None = None):
    """`inquiry-intent audit` on a copy of an export: as shipped, or with nothing forbidden and more attributes."""
    mapping = yaml.safe_load((ROOT / "data/mappings" / f"{name}.yaml").read_text())
    export = folder / name
    if not export.exists():
        shutil.copytree(DATA / name, export)
    if attributes is not None:
        for file in mapping["files"].values():
            del file["forbidden"]
        for kind, columns in attributes.items():
            mapping["inquiries"]["attributes"].setdefault(kind, []).extend(columns)
    path = folder / "mapping.yaml"
    path.write_text(yaml.safe_dump(mapping, sort_keys=False))
    words = ["audit", "--mapping", str(path), str(export), "--params", str(ROOT / "params.yaml")]
    return CliRunner().invoke(cli, words)


LEAKS = {
    "inquiries_timing": {"numeric": ["n_messages"], "days": ["ts_accepted_at"]},
    "opportunities": {
        "numeric": ["has_contract", "Opportunities_By_Owner", "Quote_Range_days", "delivery_days_max_dipaolme"]
    },
    "negotiation": {"numeric": ["n_offer", "n_accept", "n_message"]},
}


@pytest.mark.parametrize("name", LEAKS)
def test_the_audit_is_quiet_as_shipped_and_names_known_leaks_where_nothing_is_forbidden(name, tmp_path):
    quiet = audited(name, tmp_path)
    assert quiet.exit_code == 0, quiet.output
    assert "No column seems to know the outcome." in quiet.output
    if name == "negotiation":
        count_events(tmp_path / name)
    loud = audited(name, tmp_path, LEAKS[name])
    assert loud.exit_code == 1, loud.output
    for column in (c for columns in LEAKS[name].values() for c in columns):
        assert f"SUSPECT attr_{column}" in loud.output, loud.output


def count_events(export: Path) -> None:
    """Give each chat the numbers of its events, as a CRM export would."""
    path = export / "dialogues.jsonl.gz"
    chats = [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]
    for chat in chats:
        counts = Counter(event["action"] for event in chat["events"])
        chat |= {f"n_{action}": counts[action] for action in ("offer", "accept", "message")}
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, chats)).encode()))
