"""A new model beside the one in use, on what neither has seen."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import yaml
from click.testing import CliRunner

from inquiry_intent.bundle import save_bundle
from inquiry_intent.cli import cli
from inquiry_intent.comparing import PAIR, compare_models, unseen, verdict_of
from inquiry_intent.embedding import EmbeddingStore
from inquiry_intent.errors import DataError, FeatureMismatchError
from inquiry_intent.labels import label_snapshots
from inquiry_intent.line import run_line
from inquiry_intent.storage import write_tables
from tests.conftest import at, corpus


@pytest.fixture(scope="module")
def tables():
    return corpus()


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return EmbeddingStore(tmp_path_factory.mktemp("store"), "hashing")


@pytest.fixture(scope="module")
def learned(tables, config, encoder, store):
    """A model that has learned something."""
    alone = config.model_copy(update={"targets": ("conversion",)})
    return run_line(tables, alone, encoder, store).targets["conversion"].bundle


def changed(bundle, **updates):
    return replace(bundle, manifest=bundle.manifest.model_copy(update=updates))


@pytest.fixture(scope="module")
def dull(learned):
    """A model that says nearly the same of every inquiry."""
    [question] = learned.manifest.questions
    nothing = question.blend.model_copy(update={"weights": dict.fromkeys(question.blend.weights, 0.0)})
    return changed(learned, questions=[question.model_copy(update={"blend": nothing})])


def until(bundle, days, **more):
    training = bundle.manifest.training | {"learned_until": str(at(days))}
    return changed(bundle, training=training, **more)


def test_only_what_came_after_both_models_learned_is_compared(tables, config, learned, dull):
    snapshots = label_snapshots(tables, config)
    facts = tables.inquiries.set_index("inquiry_id")
    for older, newer in ((150, 200), (200, 150)):
        manifests = [until(dull, older).manifest, until(learned, newer, ages_days=(0.0, 1.0)).manifest]
        rows, since = unseen(snapshots, tables, "conversion", manifests)
        assert since == at(200)
        assert (rows["inquiry_id"].map(facts["received_at"]) > at(200)).all()
        # What came at that moment may have been learned of.
        assert rows["inquiry_id"].min() == "q0201"
        assert rows["converted"].notna().all()
        assert set(rows["age_days"]) == {0.0, 1.0}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ({}, {"training": {"learned_until": str(at(400))}}, "was received after 2027-04-06"),
        ({"split": "random"}, {}, "nobody can tell what it has not seen"),
        ({}, {"training": {}}, "nobody can tell what it has not seen"),
        (None, {}, "only one of the two folders"),
        ({"split": "time"}, {"split": "time"}, "the same model"),
    ],
)
def test_where_nothing_is_unseen_that_is_said(tables, config, learned, dull, old, new, said):
    models = [] if old is None else [changed(learned if old == new else dull, **old)]
    manifests = [bundle.manifest for bundle in (*models, changed(learned, **new))]
    with pytest.raises(DataError, match=said):
        unseen(label_snapshots(tables, config), tables, "conversion", manifests)


def test_the_model_that_learned_is_better_and_the_dull_one_worse(tables, config, encoder, store, learned, dull):
    def compared(old, new):
        pairs = {"conversion": old}, {"conversion": new}
        return compare_models(*pairs, tables, config, lambda _: (encoder, store))["conversion"]

    better, worse = compared(dull, learned), compared(learned, dull)
    assert better.verdict.startswith("The new model is better beyond chance")
    assert worse.verdict.startswith("The new model is worse beyond chance")
    loss = [c.figures.set_index(["predictor", "metric"])["value"][PAIR, "log_loss"] for c in (better, worse)]
    assert loss[0] == -loss[1] < 0
    with pytest.raises(FeatureMismatchError, match="new conversion model was trained on embeddings of other"):
        compared(dull, changed(learned, encoder="other"))


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (-0.2, -0.1, "better beyond chance (log loss, new minus old: -0.200 to -0.100, better is below 0): use it"),
        (0.1, 0.2, "keep the old one"),
        (-0.1, 0.2, "No difference beyond chance"),
        (np.nan, np.nan, "Too few clients"),
    ],
)
def test_one_sentence_says_what_to_do(low, high, said):
    figures = pd.DataFrame({"predictor": [PAIR], "metric": "log_loss", "value": 0.0, "low": low, "high": high})
    assert said in verdict_of(figures)


def test_the_command_prints_both_models_and_the_verdict_or_names_the_folder(
    tables, config, encoder, learned, dull, tmp_path, monkeypatch
):
    monkeypatch.setattr("inquiry_intent.embedding.load_encoder", lambda config: encoder)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(config.model_dump(mode="json")))
    write_tables(tables, tmp_path / "tables")
    for name, bundle in (("old", dull), ("new", learned)):
        save_bundle(bundle, tmp_path / name / "models" / "conversion")

    def said(old, new):
        done = CliRunner().invoke(cli, ["compare", old, new, "tables"])
        return done.exit_code, done.output

    code, text = said("old/models", "new/models")
    assert code == 0, text
    assert "old model" in text
    assert "new minus old" in text
    assert "neither model learned from them" in text
    assert "The new model is better beyond chance" in text
    code, text = said("old/models", "old/models")
    assert code == 1
    assert "both folders hold the same model" in text
    code, text = said("old", "new/models")
    assert code == 1
    assert "old holds no model" in text
    assert "old/models has: name that" in text
