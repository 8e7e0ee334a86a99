"""The search for parameters: folds before the test period, bounded, resumable, recorded."""

import subprocess
import sys
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest
import yaml
from click.testing import CliRunner

from inquiry_intent.cli import cli
from inquiry_intent.config import load_config
from inquiry_intent.embedding import embed_texts
from inquiry_intent.labels import label_snapshots
from inquiry_intent.scoring import features_of
from inquiry_intent.snapshots import KEY
from inquiry_intent.splits import later_periods
from inquiry_intent.storage import write_table, write_tables
from inquiry_intent.training import labelled_rows
from inquiry_intent.tuning import _fingerprint, forward_folds, tune, tuning_folds
from tests.conftest import ROOT, corpus

pytestmark = pytest.mark.filterwarnings("ignore")  # optuna's and MLflow's own dependencies warn on import
DAY = pd.Timedelta(days=1)


@pytest.fixture(scope="module")
def made(config):
    tables = corpus()
    snapshots = label_snapshots(tables, config)
    return (
        tables,
        snapshots,
        features_of(tables, snapshots[KEY], embed_texts(tables.messages, None, None), config.features),
    )


@pytest.fixture(scope="module")
def rows(made, config):
    tables, snapshots, features = made
    return labelled_rows(features, snapshots, tables.inquiries, "conversion", [])


def bounded(config, **changes):
    return config.model_copy(update={"tune": config.tune.model_copy(update=changes)})


def test_folds_end_before_the_test_period_and_learn_only_labels_known_when_they_begin(rows, config):
    gap = float(config.label.horizon_days)
    folds = tuning_folds(rows, config, gap)
    assert len(folds) == 3
    for rest, held in folds:
        assert "test" not in {*rest.split, *held.split}
        starts = held.X.index.get_level_values("as_of").min()
        assert (rest.X.index.get_level_values("as_of") + gap * DAY <= starts).all()
        assert not set(rest.group) & set(held.group)
    held_ids = [key for _, held in folds for key in held.X.index]
    assert len(held_ids) == len(set(held_ids))


def test_without_time_folds_are_of_whole_groups(rows, config):
    random = config.model_copy(update={"split": config.split.model_copy(update={"method": "random"})})
    for rest, held in tuning_folds(rows, random, 0.0):
        assert not set(rest.group) & set(held.group)
        assert "test" not in {*rest.split, *held.split}


@pytest.mark.slow
def test_labels_of_the_test_period_change_no_trial(rows, config, tmp_path):
    other = rows.take(np.arange(len(rows.y)))
    other.y[rows.split.eq("test").to_numpy()] ^= 1
    one, two = (
        tune(r, "conversion", bounded(config, trials=2), 20.0, tmp_path / f"{i}.db", lambda *_: None)
        for i, r in enumerate((rows, other))
    )
    assert (other.y != rows.y).any()
    pd.testing.assert_frame_equal(one.trials, two.trials)


def test_a_search_goes_on_where_it_was_stopped_and_begins_with_the_parameters_as_they_are(rows, config, tmp_path):
    heard = []
    for trials in (1, 2, 2):
        tuned = tune(
            rows, "conversion", bounded(config, trials=trials), 20.0, tmp_path / "t.db", lambda *a: heard.append(a)
        )
    assert [number for number, _, _ in heard] == [0, 1]
    shipped = config.train.conversion.model_dump()
    assert heard[0][1] == shipped
    assert heard[1][1] != shipped
    assert tuned.gain >= 0
    assert tuned.trials["log_loss"].min() == min(figures["log_loss"] for _, _, figures in heard)
    again = load_config(ROOT / "params.yaml", yaml.safe_load(tuned.block()))
    assert again.train.conversion.model_dump() == tuned.best


@pytest.mark.slow
def test_a_search_stopped_in_its_first_trial_goes_on_with_the_parameters_as_they_are(
    rows, config, tmp_path, monkeypatch
):
    def stopped(*_):
        raise KeyboardInterrupt

    search = partial(tune, rows, "conversion", bounded(config, trials=2), 20.0, tmp_path / "t.db", lambda *_: None)
    with monkeypatch.context() as patch:
        patch.setattr("inquiry_intent.tuning.fit_model", stopped)
        with pytest.raises(KeyboardInterrupt):
            search()
    tuned = search()
    assert tuned.trials["num_leaves"].iloc[0] == config.train.conversion.num_leaves
    assert tuned.gain >= 0


@pytest.mark.slow
def test_a_penalty_of_none_is_searched_from_nearly_none(rows, config, tmp_path):
    free = config.train.conversion.model_copy(update={"reg_lambda": 0.0})
    settings = bounded(
        config.model_copy(update={"train": config.train.model_copy(update={"conversion": free})}), trials=1
    )
    tuned = tune(rows, "conversion", settings, 20.0, tmp_path / "t.db", lambda *_: None)
    assert tuned.trials["reg_lambda"].between(0, 0.01, inclusive="neither").all()
    assert tuned.gain == 0


@pytest.mark.slow
def test_parameters_that_took_the_place_of_others_are_tried_themselves(rows, config, tmp_path):
    settings, place = bounded(config, trials=1), tmp_path / "t.db"
    first = tune(rows, "conversion", settings, 20.0, place, lambda *_: None)
    other = settings.train.conversion.model_copy(update={"num_leaves": 9})
    pasted = settings.model_copy(update={"train": settings.train.model_copy(update={"conversion": other})})
    second = tune(rows, "conversion", pasted, 20.0, place, lambda *_: None)
    assert first.trials["num_leaves"].tolist() == [4]
    assert second.trials["num_leaves"].tolist() == [4, 9]
    assert second.gain == second.trials["log_loss"].iloc[1] - second.trials["log_loss"].min()


def test_other_values_of_the_features_or_other_rules_make_a_search_of_their_own(rows, config):
    other = replace(rows, X=rows.X.assign(inbound_message_count=0.0))
    stricter = config.model_copy(update={"rules": config.rules.model_copy(update={"pass_mark": 12})})
    moved = config.model_copy(update={"embed": config.embed.model_copy(update={"batch_size": 7})})
    cases = [(rows, config), (other, config), (rows, stricter), (rows, moved)]
    one, values, rules, batch = (_fingerprint(tuning_folds(r, c, 20.0), c) for r, c in cases)
    assert len({one, values, rules}) == 3
    assert batch == one


def test_time_bounds_a_search(rows, config, tmp_path):
    tuned = tune(rows, "conversion", bounded(config, trials=50, seconds=0.01), 20.0, tmp_path / "t.db", lambda *_: None)
    assert len(tuned.trials) == 1


@pytest.mark.slow
def test_the_command_records_each_trial_and_prints_the_block_to_paste(made, config, tmp_path, monkeypatch):
    import mlflow

    tables, snapshots, features = made
    write_tables(tables, tmp_path / "tables")
    write_table(snapshots, tmp_path / "snapshots.parquet")
    write_table(features, tmp_path / "features.parquet")
    settings = bounded(config, trials=2).model_dump(mode="json")
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(settings))
    uri = f"sqlite:///{tmp_path}/runs.db"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    monkeypatch.chdir(tmp_path)
    words = ["tune", "conversion", "tables", "snapshots.parquet", "features.parquet", "--storage", "deep/tuning.db"]
    result = CliRunner().invoke(cli, words)
    assert result.exit_code == 0, result.output
    block = yaml.safe_load(result.stdout)
    assert set(block["train"]["conversion"]) == set(config.train.conversion.model_dump())
    client = mlflow.MlflowClient(uri)
    experiment = client.get_experiment_by_name("inquiry-intent-conversion")
    runs = client.search_runs([experiment.experiment_id])
    [parent] = [run for run in runs if run.data.tags["role"] == "search"]
    children = [run for run in runs if run.data.tags.get("mlflow.parentRunId") == parent.info.run_id]
    assert sorted(run.info.run_name for run in children) == ["trial-0", "trial-1"]
    assert all(run.data.metrics["tune.log_loss"] > 0 and "num_leaves" in run.data.params for run in children)


def test_equal_moments_are_on_one_side_of_a_fold(rows):
    known = rows.of("train", "valid")
    for rest, held in forward_folds(known, (0.5, 0.75), pd.Timedelta(0)):
        moments = rest.X.index.get_level_values("as_of"), held.X.index.get_level_values("as_of")
        assert moments[0].max() < moments[1].min()


def test_no_row_is_in_two_periods_though_a_third_of_them_has_the_last_moment():
    times = pd.DatetimeIndex(pd.to_datetime(["2026-03-01"] * 5 + ["2026-03-02"] * 2 + ["2026-03-03"] * 3, utc=True))
    inquiries = pd.Index([f"q{i}" for i in range(10)])
    later = [list(late) for _, late in later_periods(times, inquiries, (0.6, 0.8), pd.Timedelta(0))]
    assert later == [[5, 6], [7, 8, 9]]


def test_the_search_is_loaded_only_when_it_is_asked_for():
    code = "import sys, inquiry_intent.tuning; sys.exit('optuna' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
