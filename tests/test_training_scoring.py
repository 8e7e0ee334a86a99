"""The line from tables to scores on a small world: parity, bundles, refusals."""

import json
import re
import zipfile
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from pandas.testing import assert_frame_equal

from inquiry_intent.audit import audit_all
from inquiry_intent.bundle import PyfuncModel, load_bundle, save_bundle
from inquiry_intent.classifying import classify
from inquiry_intent.cli import cli
from inquiry_intent.cli.line import comparison_text, value_text, write_result_tables
from inquiry_intent.config import TIERS
from inquiry_intent.embedding import EmbeddingStore, embed_texts
from inquiry_intent.errors import BundleError, DataError, FeatureMismatchError
from inquiry_intent.evaluating import comparison_of, no_better_text
from inquiry_intent.labels import label_snapshots
from inquiry_intent.line import picture_title, run_line, train_target, value_of, write_evaluation, write_result
from inquiry_intent.preprocessing import RATE
from inquiry_intent.reports.spreadsheet import title_of
from inquiry_intent.scoring import (
    disagreement,
    features_of,
    lost_inputs,
    open_inquiries,
    past_the_end,
    score,
    texts_unheard,
    what_was_learned,
)
from inquiry_intent.snapshots import KEY
from inquiry_intent.storage import write_tables
from inquiry_intent.training import Rows, fit_model, labelled_rows, left_aside, train
from tests.conftest import at, corpus
from tests.feature_tables import timeless
from tests.test_data_dictionary import SCORES, documented


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return EmbeddingStore(tmp_path_factory.mktemp("store"), "hashing")


@pytest.fixture(scope="module")
def tables():
    return corpus()


@pytest.fixture(scope="module")
def made(tables, config, encoder, store):
    return run_line(tables, config, encoder, store)


@pytest.fixture(scope="module")
def bundles(made):
    return {target: result.bundle for target, result in made.targets.items()}


def test_scoring_builds_the_features_that_training_saw_to_the_bit(made, tables, bundles, encoder, tmp_path):
    snapshots = made.snapshots[KEY].iloc[::7]
    texts = embed_texts(tables.messages, encoder, EmbeddingStore(tmp_path, "hashing"))
    again = features_of(tables, snapshots, texts, bundles["conversion"].manifest.feature_config)
    assert_frame_equal(again, made.features.loc[again.index])


def test_one_inquiry_alone_has_the_score_of_its_week(tables, bundles, encoder, store):
    week = score(tables, bundles, encoder, store, at_age_days=1).scored.set_index("inquiry_id")
    alone_id = week.index[3]
    # History is a table of the whole corpus: the other inquiries stay, their threads and messages go.
    alone = replace(tables, messages=tables.messages[tables.messages["inquiry_id"] == alone_id])
    again = score(alone, bundles, encoder, store, at_age_days=1).scored.set_index("inquiry_id")
    assert_frame_equal(again.loc[[alone_id]], week.loc[[alone_id]])


def test_every_inquiry_is_scored_or_left_out_once(tables, bundles, encoder, store):
    scores = score(tables, bundles, encoder, store, as_of=at(100))
    ids = [*scores.scored["inquiry_id"], *scores.left_out["inquiry_id"]]
    assert sorted(ids) == sorted(tables.inquiries["inquiry_id"])
    assert scores.left_out["left_out_reason"].notna().all()
    assert len(scores.scored) > 0
    assert (scores.scored["received_at"] <= at(100)).all()
    assert scores.scored["conversion_probability"].is_monotonic_decreasing


def test_what_comes_after_the_day_of_scoring_changes_no_score(tables, bundles, encoder, store):
    early = replace(
        tables,
        messages=tables.messages[tables.messages["sent_at"] <= at(100)],
        outcomes=tables.outcomes[tables.outcomes["decided_at"] <= at(100)],
    )
    assert_frame_equal(
        score(early, bundles, encoder, store, as_of=at(100)).scored,
        score(tables, bundles, encoder, store, as_of=at(100)).scored,
    )


@pytest.mark.parametrize("known_until", [at(270), None])
def test_of_an_export_without_times_a_day_to_score_or_classify_takes_nothing_away(
    tables, bundles, config, encoder, store, known_until
):
    info = tables.info.model_copy(update={"known_until": known_until})
    bare = timeless(replace(tables, outcomes=tables.outcomes.iloc[:0], info=info))
    day, age = (score(bare, bundles, encoder, store, **when) for when in ({"as_of": at(100)}, {"at_age_days": 1}))
    assert len(day.scored) == len(tables.inquiries)
    assert day.scored["last_words"].notna().all()
    assert_frame_equal(day.scored, age.scored.drop(columns="seen_in_training"))
    assert "no times" in day.notes[0]
    verdicts, _ = classify(bare, config.features, config.rules, at(100))
    assert_frame_equal(verdicts, classify(bare, config.features, config.rules)[0])
    assert verdicts["last_words"].notna().all()


def test_tables_that_do_not_say_until_when_they_are_known_are_classified_as_of_their_latest_time(tables, config):
    info = tables.info.model_copy(update={"known_until": None})
    verdicts, _ = classify(replace(tables, info=info), config.features, config.rules)
    assert set(verdicts["as_of"]) == {tables.outcomes["decided_at"].max()}
    assert verdicts["last_words"].notna().all()


def test_what_was_decided_on_the_day_of_its_receipt_is_scored_at_receipt_as_in_training_but_on_no_list(tables, config):
    """ingest dates what was decided on the day of its receipt to that moment."""
    at_once = tables.outcomes.index % 4 == 0
    received = tables.inquiries["received_at"]
    outcomes = tables.outcomes.assign(decided_at=tables.outcomes["decided_at"].mask(at_once, received))
    for precision in ("day", "second"):
        info = tables.info.model_copy(update={"decision_precision": precision})
        of_days = replace(tables, outcomes=outcomes, info=info)
        labels = label_snapshots(of_days, config)
        past = labels["left_out_reason"].eq("decided_before_snapshot").fillna(False)
        learned = labels[labels["age_days"].eq(0) & ~past]
        scored, _ = open_inquiries(of_days, None, 0, None)
        assert set(scored["inquiry_id"]) == set(learned["inquiry_id"])
        assert len(scored) == len(received) - (0 if precision == "day" else at_once.sum())
        listed, _ = open_inquiries(of_days, at(100), None, None)
        assert "q0100" not in set(listed["inquiry_id"])
        assert "q0099" in set(listed["inquiry_id"])


def test_probabilities_are_never_certain_and_tiers_sum_to_one(tables, bundles, encoder, store):
    scored = score(tables, bundles, encoder, store, at_age_days=3).scored
    assert scored["conversion_probability"].between(0.0005, 0.9995).all()
    tiers = scored.filter(like="tier_probability_")
    assert np.allclose(tiers.sum(axis=1), 1)
    assert list(tiers) == ["tier_probability_test", "tier_probability_short_term", "tier_probability_strategic"]


def test_an_interval_stands_beside_each_score_and_knows_no_certainty(tables, bundles, encoder, store):
    scored = score(tables, bundles, encoder, store, at_age_days=3).scored
    low, p, high = (scored[f"conversion_probability{end}"] for end in ("_low", "", "_high"))
    assert ((low > 0) & (low <= p + 1e-9) & (p <= high + 1e-9) & (high < 1)).all()
    assert (high - low).max() > 0.01


def test_an_extreme_calibration_leaves_the_interval_open(bundles, made):
    bundle = bundles["conversion"]
    [question] = bundle.manifest.questions
    extreme = {"method": "sigmoid", "low": [0.0], "high": [1.0], "log_odds": [0.0]}
    sure = question.model_copy(update={"calibration": question.calibration.model_copy(update=extreme)})
    interval = replace(bundle, manifest=bundle.manifest.model_copy(update={"questions": [sure]})).predict_interval(
        made.features
    )
    assert interval["low"].gt(0).all()
    assert interval["high"].lt(1).all()


def test_the_data_dictionary_names_the_columns_of_the_scores(tables, bundles, encoder, store):
    scored = score(tables, bundles, encoder, store, at_age_days=3).scored
    assert documented(SCORES) == list(scored)


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".xlsx"])
def test_the_interval_reaches_every_kind_of_file(tables, bundles, encoder, store, tmp_path, suffix):
    scores = score(tables, bundles, encoder, store, at_age_days=3)
    path = tmp_path / f"scores{suffix}"
    write_result_tables(scores.scored, scores.left_out, "scores", path)
    read = {".parquet": pd.read_parquet, ".csv": pd.read_csv, ".xlsx": partial(pd.read_excel, engine="calamine")}[
        suffix
    ](path)
    for end in ("low", "high"):
        name = f"conversion_probability_{end}"
        shown = title_of(name) if suffix == ".xlsx" else name
        assert read[shown].to_numpy() == pytest.approx(scores.scored[name].to_numpy())


def test_the_expected_value_is_probability_times_the_mean_orders_of_training(made, tables, bundles, encoder, store):
    scored = score(tables, bundles, encoder, store, at_age_days=3).scored
    known = made.snapshots[made.snapshots["split"].isin(["train", "valid"]) & made.snapshots["client_tier"].notna()]
    means = known.drop_duplicates("inquiry_id").groupby("client_tier")["order_value"].mean()
    assert bundles["client_tier"].manifest.tier_values == pytest.approx(means.reindex(TIERS).tolist())
    worth = sum(scored[f"tier_probability_{tier}"] * means[tier] for tier in TIERS)
    assert scored["expected_value"].to_numpy() == pytest.approx((scored["conversion_probability"] * worth).to_numpy())
    assert set(scored["currency"]) == {"USD"}


def test_without_order_values_no_score_has_an_expected_value(tables, bundles, encoder, store):
    poor = bundles["client_tier"].manifest.model_copy(update={"tier_values": None})
    poor = {**bundles, "client_tier": replace(bundles["client_tier"], manifest=poor)}
    assert "expected_value" not in score(tables, poor, encoder, store, at_age_days=3).scored


def test_an_inquiry_older_than_what_training_saw_is_left_out_with_that_reason(tables, bundles, encoder, store):
    scores = score(tables, bundles, encoder, store, as_of=at(100))
    old = scores.left_out.set_index("inquiry_id").loc["q0095", "left_out_reason"]
    assert "age outside" in old or "decided" in old


def test_open_inquiries_of_another_age_stand_first_among_those_left_out_with_the_rules_grade(
    tables, bundles, encoder, store, config
):
    left_out = score(tables, bundles, encoder, store, as_of=at(100)).left_out
    is_open = left_out["left_out_reason"].str.startswith("age outside")
    assert 0 < is_open.sum() < len(left_out)
    assert is_open.is_monotonic_decreasing
    waiting = left_out[is_open]
    assert waiting["rule_score"].is_monotonic_decreasing
    verdicts, _ = classify(tables, config.features, config.rules, at(100))
    expected = verdicts.set_index("inquiry_id").loc[waiting["inquiry_id"]]
    for column in ("grade", "last_words", "action", "next_follow_up"):
        assert waiting[column].tolist() == expected[column].tolist()
    assert left_out["client_id"].notna().all()
    assert left_out.loc[~is_open, "grade"].isna().all()


def test_few_orders_of_one_age_do_not_shorten_the_list(tables, bundles, encoder, store):
    whole = score(tables, bundles, encoder, store, as_of=at(100))
    tier = bundles["client_tier"]
    young = replace(tier, manifest=tier.manifest.model_copy(update={"ages_days": (0.0, 1.0)}))
    short = score(tables, bundles | {"client_tier": young}, encoder, store, as_of=at(100))
    assert len(short.scored) == len(whole.scored)
    outside = short.scored["age_days"] > 1
    assert outside.any()
    named = [c for c in short.scored if c.startswith("tier_probability_")]
    assert short.scored.loc[outside, [*named, "expected_value"]].isna().all(axis=None)
    assert short.scored.loc[~outside, named].notna().all(axis=None)
    assert short.scored["conversion_probability"].notna().all()


@pytest.mark.parametrize(
    ("in_training", "lacking", "rows", "said"),
    [
        (0.0, 40, 40, True),
        (0.02, 37, 40, True),
        (0.45, 12, 12, True),
        (0.0, 5, 5, True),
        (0.0, 4, 4, False),  # a short list may lack what others have
        (0.45, 6, 6, False),
        (0.0, 30, 40, False),  # not nearly all of them
        (0.8, 200, 200, False),  # mostly missing in training
        (1.0, 40, 40, False),
        (0.0, 0, 0, False),
    ],
)
def test_an_input_that_training_knew_and_nearly_all_rows_lack_is_named(bundles, in_training, lacking, rows, said):
    manifest = bundles["conversion"].manifest.model_copy(update={"missing": {"owner": in_training, "channel": 0.0}})
    owner = pd.Series(["ann"] * (rows - lacking) + [None] * lacking, dtype="str")
    notes = lost_inputs(pd.DataFrame({"owner": owner, "channel": "fair"}), manifest)
    assert [f"owner (missing in {lacking} of {rows} rows, in training in {in_training:.0%})" in n for n in notes] == (
        [True] if said else []
    )
    assert not any("channel" in note for note in notes)


@pytest.mark.parametrize(
    ("in_training", "texts", "said"),
    [(1.0, ["price?", None], True), (1.0, [None, None], False), (0.2, ["price?", None], False)],
)
def test_texts_are_named_where_training_had_none(bundles, in_training, texts, said):
    manifest = bundles["conversion"].manifest
    manifest = manifest.model_copy(update={"missing": manifest.missing | {"buyer_text": in_training}})
    notes = texts_unheard(pd.DataFrame({"buyer_text": pd.Series(texts, dtype="str")}), manifest)
    assert [note.startswith("The model was trained without texts, and 1 of the 2 rows") for note in notes] == [
        True
    ] * said


def test_models_of_two_trainings_are_told_apart(tables, bundles, encoder, store):
    said = "The models come from different trainings"
    assert not any(said in note for note in score(tables, bundles, encoder, store, as_of=at(100)).notes)
    tier = bundles["client_tier"]
    training = tier.manifest.training | {"learned_until": "2025-12-31 00:00:00+00:00"}
    earlier = replace(tier, manifest=tier.manifest.model_copy(update={"training": training}))
    notes = score(tables, bundles | {"client_tier": earlier}, encoder, store, as_of=at(100)).notes
    [note] = [note for note in notes if said in note]
    assert "client_tier until 2025-12-31" in note


def test_the_order_of_an_exports_rows_changes_neither_list(tables, bundles, encoder, store):
    turned = replace(tables, inquiries=tables.inquiries.iloc[::-1].reset_index(drop=True))
    lists = [score(of, bundles, encoder, store, as_of=at(100)) for of in (tables, turned)]
    assert lists[0].scored["inquiry_id"].tolist() == lists[1].scored["inquiry_id"].tolist()
    assert lists[0].left_out["inquiry_id"].tolist() == lists[1].left_out["inquiry_id"].tolist()


def test_an_extra_attribute_or_the_dates_of_all_decisions_are_named_too(bundles, made):
    manifest = bundles["conversion"].manifest
    kinds, missing = manifest.features | {"attr_size": "numeric"}, manifest.missing | {"attr_size": 0.1}
    known = manifest.model_copy(update={"features": kinds, "missing": missing})
    assert "attr_size (missing in 9 of 9" in lost_inputs(pd.DataFrame({"attr_size": [np.nan] * 9}), known)[0]
    undated = made.features.assign(overall_win_rate=np.nan)
    assert "from: outcomes.decided_at before that moment (missing in" in lost_inputs(undated, manifest)[0]


@pytest.mark.parametrize(
    ("table", "column", "said"),
    [("inquiries", "owner", "owner"), ("messages", "text", "messages.text")],
)
def test_a_list_that_lacks_an_input_says_which_by_the_name_that_the_mapping_gives_it(
    tables, bundles, encoder, store, table, column, said
):
    lacking = [n for n in score(tables, bundles, encoder, store, at_age_days=1).notes if "lack what" in n]
    assert not lacking
    whole = getattr(tables, table)
    without = whole.assign(**{column: whole[column].mask(whole.index >= 0)})
    notes = score(replace(tables, **{table: without}), bundles, encoder, store, at_age_days=1).notes
    [note] = [note for note in notes if "lack what" in note]
    assert f"learned from: {said} (missing in" in note
    assert note.count(" (missing in") == 1


def test_a_model_refuses_other_features_and_names_them(made, bundles):
    features = made.features.rename(columns={"age_days": "age"})
    with pytest.raises(FeatureMismatchError, match=r"missing \['age_days'\], unknown \['age'\]"):
        bundles["conversion"].predict_proba(features)
    with pytest.raises(FeatureMismatchError, match="order differs"):
        bundles["conversion"].predict_proba(made.features[made.features.columns[::-1]])


def test_a_model_refuses_features_of_another_kind_and_names_them_all(made, bundles):
    other = made.features.assign(age_days="young", owner=1.0).rename(columns={"channel": "canal"})
    with pytest.raises(FeatureMismatchError, match=r"unknown \['canal'\]") as refused:
        bundles["conversion"].predict_proba(other)
    assert "age_days was numeric and is categorical" in str(refused.value)
    assert "owner was categorical and is numeric" in str(refused.value)
    assert "mapped to the same kinds" in str(refused.value)


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (lambda inquiries: inquiries.iloc[1:], "is of no inquiry in the table"),
        (lambda inquiries: inquiries.assign(inquiry_id="of-" + inquiries["inquiry_id"]), "is of no inquiry"),
        (
            lambda inquiries: inquiries.assign(received_at=inquiries["received_at"] - pd.Timedelta(hours=8)),
            "is of another age than it says",
        ),
    ],
)
def test_whatever_reads_labels_refuses_snapshots_of_other_tables(made, bundles, tables, config, other, said):
    stale = replace(tables, inquiries=other(tables.inquiries))
    given = made.features, made.snapshots
    readers = [
        lambda: audit_all(*given, ["conversion"], stale, config.audit),
        lambda: train_target(*given, pd.DataFrame(), stale.inquiries, stale.info, made.labels, "conversion", config),
        lambda: value_of(bundles, *given, stale.inquiries, stale.info, config),
        lambda: labelled_rows(*given, stale.inquiries, "client_tier", []),
    ]
    for read in readers:
        with pytest.raises(DataError, match="Snapshots do not fit the tables") as refused:
            read()
        assert said in str(refused.value)


def test_an_export_that_teaches_nothing_is_refused_in_sentences(tables, config, encoder, store):
    outcomes = tables.outcomes[tables.outcomes["status"] == "lost"]
    with pytest.raises(DataError, match="inquiry-intent classify") as refused:
        run_line(replace(tables, outcomes=outcomes), config, encoder, store)
    said = str(refused.value)
    assert re.search(r"Of [\d,]+ snapshots [\d,]+ are used, [\d,]+ left out \(", said)
    assert "{" not in said


def test_a_model_refuses_another_encoder(tables, bundles, store):
    class Other:
        fingerprint, dimension = "other", 8

    with pytest.raises(FeatureMismatchError, match="trained on embeddings of hashing"):
        score(tables, bundles, Other(), store, at_age_days=1)


def test_a_saved_bundle_predicts_the_same_and_equal_training_gives_equal_bytes(
    made, bundles, tables, config, encoder, store, tmp_path
):
    save_bundle(bundles["conversion"], tmp_path / "one")
    loaded = load_bundle(tmp_path / "one")
    assert_frame_equal(loaded.predict_proba(made.features), bundles["conversion"].predict_proba(made.features))
    again = run_line(tables, config, encoder, store).targets["conversion"].bundle
    save_bundle(again, tmp_path / "two")
    for name in ("manifest.json", "booster_0.txt", "preprocess.skops"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes(), name


def test_where_an_object_lay_in_memory_reaches_no_bundle(bundles, tmp_path):
    """Another process puts the stop words somewhere else."""
    vectorizer = bundles["conversion"].members[0].inputs.words[0].transformer_list[0][1]
    save_bundle(bundles["conversion"], tmp_path / "one")
    vectorizer._stop_words_id += 16
    save_bundle(bundles["conversion"], tmp_path / "two")
    for name in ("manifest.json", "preprocess.skops"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes(), name


@pytest.mark.parametrize("name", ["booster_0.txt", "preprocess.skops"])
def test_an_altered_or_incomplete_bundle_is_refused(bundles, tmp_path, name):
    save_bundle(bundles["conversion"], tmp_path / "model")
    path = tmp_path / "model" / name
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(BundleError, match=f"{name} was altered"):
        load_bundle(tmp_path / "model")
    path.unlink()
    with pytest.raises(BundleError, match=f"has no {name}"):
        load_bundle(tmp_path / "model")


def test_a_bundle_that_would_run_code_is_refused(bundles, tmp_path):
    import hashlib

    from sklearn.preprocessing import FunctionTransformer
    from skops.io import dumps

    save_bundle(bundles["conversion"], tmp_path / "model")
    evil = dumps(FunctionTransformer(func=print))
    (tmp_path / "model" / "preprocess.skops").write_bytes(evil)
    manifest = json.loads((tmp_path / "model" / "manifest.json").read_text())
    manifest["checksums"]["preprocess.skops"] = hashlib.sha256(evil).hexdigest()
    (tmp_path / "model" / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(BundleError, match="holds types that a model of ours never has"):
        load_bundle(tmp_path / "model")


def rewritten(folder, edit, **files: bytes):
    """A bundle whose manifest is changed, with files of other contents and right checksums."""
    import hashlib

    manifest = json.loads((folder / "manifest.json").read_text())
    for name, content in files.items():
        path = folder / name.replace("__", ".")
        path.write_bytes(content)
        manifest["checksums"][path.name] = hashlib.sha256(content).hexdigest()
    edit(manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest))


def question(manifest):
    return manifest["questions"][0]


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda m: m.pop("format"), "format"),
        (lambda m: m.update(format=7), "is not of format 8"),
        (lambda m: m.update(questions=[]), "2 classes make 1 questions"),
        (lambda m: question(m)["blend"].update(offset=[float("nan"), 0.0]), "finite"),
        (lambda m: question(m)["blend"]["weights"].update(rules=float("inf")), "finite"),
        (lambda m: question(m)["blend"]["weights"].update(oracle=1.0), "a weight is of a member that there is not"),
        (lambda m: question(m)["blend"].update(prior=[0.5]), "two numbers each"),
        (lambda m: question(m)["calibration"]["low"].append(0.5), "of one length"),
        (lambda m: question(m).update(tree_inputs=[9999]), "beyond"),
        (lambda m: question(m).update(tree_inputs=question(m)["tree_inputs"][1:]), "the trees do not see"),
        (lambda m: question(m).update(tree_inputs=[-1]), "greater than or equal to 0"),
        (lambda m: question(m)["inputs"].append("another"), "the manifest names"),
        (lambda m: m["rules"]["intercept"].append(0.0), "two slopes and an intercept"),
        (lambda m: question(m)["boosters"].update(trees=99), "does not name the files"),
    ],
)
def test_a_manifest_that_does_not_fit_is_refused_with_what_is_wrong(bundles, tmp_path, edit, said):
    save_bundle(bundles["conversion"], tmp_path / "model")
    rewritten(tmp_path / "model", edit)
    with pytest.raises(BundleError, match=said):
        load_bundle(tmp_path / "model")


@pytest.mark.parametrize("name", ["booster_0.txt", "preprocess.skops"])
def test_a_file_that_a_library_cannot_read_is_refused_by_its_name(bundles, tmp_path, name):
    save_bundle(bundles["conversion"], tmp_path / "model")
    rewritten(tmp_path / "model", lambda m: None, **{name.replace(".", "__"): b"junk"})
    with pytest.raises(BundleError, match=rf"{name} cannot be read.*Train it again or pull it anew"):
        load_bundle(tmp_path / "model")


def test_fitted_parts_without_a_name_are_refused(bundles, tmp_path):
    from skops.io import dumps

    save_bundle(bundles["conversion"], tmp_path / "model")
    rewritten(tmp_path / "model", lambda m: None, preprocess__skops=dumps([{}]))
    with pytest.raises(BundleError, match=r"preprocess.skops cannot be read.*KeyError"):
        load_bundle(tmp_path / "model")


def test_a_bundle_of_another_release_of_a_fitted_part_warns(bundles, tmp_path):
    save_bundle(bundles["conversion"], tmp_path / "model")
    rewritten(tmp_path / "model", lambda m: m["versions"].update({"scikit-learn": "0.1.7", "inquiry-intent": "99"}))
    with pytest.warns(UserWarning, match=r"was written with scikit-learn 0\.1\.7 \(here: "):
        load_bundle(tmp_path / "model")


def test_a_bundle_holds_no_pickle(bundles, tmp_path):
    import zipfile

    save_bundle(bundles["conversion"], tmp_path / "model")
    with zipfile.ZipFile(tmp_path / "model" / "preprocess.skops") as archive:
        assert all(name == "schema.json" or name.endswith((".npy", ".npz")) for name in archive.namelist())


def test_no_category_of_one_client_is_in_a_bundle(config, tmp_path):
    """Neither where a question has two answers nor where it has one, as that of the highest tier here."""
    rows = _changing_owners(120)
    mine = pd.Series("lamp", index=rows.X.index).mask(np.arange(120) % 3 == 0, "lamp for Jane Doe")
    clients = rows.group.mask(mine.ne("lamp"), "one client")
    facts = {"warnings": [], "split": "random", "period": {}, "worth": {}}
    rows = replace(rows, X=rows.X.assign(product=mine.astype("str")), group=clients)
    bundle, _ = train(rows, "client_tier", config, "hashing", facts)
    save_bundle(bundle, tmp_path / "b")
    with zipfile.ZipFile(tmp_path / "b" / "preprocess.skops") as archive:
        held = b"".join(archive.read(name) for name in archive.namelist())
    assert b"lamp" in held
    assert b"Jane Doe" not in held


def test_column_names_with_any_characters_reach_people_unchanged(config, encoder, store):
    tables = corpus()
    name = 'attr_Größe [m²]: {"x", 1}'
    inquiries = tables.inquiries.assign(**{name: np.arange(len(tables.inquiries), dtype=float) % 7})
    info = tables.info.model_copy(update={"attributes": {name: "numeric"}})
    made = run_line(replace(tables, inquiries=inquiries, info=info), config, encoder, store)
    assert name in made.targets["conversion"].bundle.manifest.questions[0].inputs
    assert name in set(made.targets["conversion"].importance["feature"])


def test_a_target_looks_at_rates_and_numbers_named_before_only_where_the_parameters_list_it(config):
    rows = _changing_owners()
    named = replace(rows, X=rows.X.assign(same_amount_days=np.arange(len(rows.X), dtype="float64")))
    assert left_aside(named.X, "client_tier", config.train) == ["same_amount_days"]
    for lists in ([], ["conversion"]):
        told = config.train.model_copy(update={"rates": lists, "same_numbers": lists})
        [answer] = fit_model(named, "conversion", config.model_copy(update={"train": told})).answers
        seen = answer.members.names()
        assert ("same_amount_days" in seen) == bool(lists)
        assert any(name.startswith(RATE) for name in seen) == bool(lists)


def test_a_target_has_extra_trees_only_where_the_parameters_list_it_and_its_reasons_count_them(config):
    rng = np.random.default_rng(3)
    index = pd.MultiIndex.from_arrays([[f"q{i}" for i in range(400)], [at(i) for i in range(400)]], names=KEY)
    X = pd.DataFrame(rng.normal(size=(400, 4)), index=index, columns=list("abcd"))
    y = (rng.random(400) < 1 / (1 + np.exp(-2 * X["a"] * X["b"] - X["c"]))).astype(np.int64).to_numpy()
    rows = Rows(X, y, pd.Series("train", index=index), pd.Series(index.get_level_values(0), index=index))
    for lists in (["client_tier"], ["conversion"]):
        told = config.train.model_copy(update={"extra_trees": lists})
        [answer] = fit_model(rows, "conversion", config.model_copy(update={"train": told})).answers
        assert (answer.blend.weights.get("extra_trees", 0) > 0) == (lists == ["conversion"])
    members, matrix = answer.members, answer.members.matrix(X)
    assert len(members.boosters["extra_trees"]) == config.train.seeds
    rest = answer.blend.log_odds_of_yes(members.evidence(matrix))
    rest -= members.contributions(matrix, answer.blend.weights).sum(axis=1)
    assert rest == pytest.approx(rest[0])


def test_an_attribute_that_reveals_the_tier_is_no_input_of_the_tier_model(config, encoder, store):
    tables = corpus()
    pages = pd.Series(np.arange(len(tables.inquiries)) % 7 + 101.0, index=tables.inquiries.index)
    inquiries = tables.inquiries.assign(attr_amount=tables.outcomes["order_value"].fillna(0.0), attr_pages=pages)
    attributes = {"attr_amount": "numeric", "attr_pages": "numeric"}
    info = tables.info.model_copy(update={"attributes": attributes, "tier_leaks": ["attr_amount"]})
    with_amounts = replace(tables, inquiries=inquiries, info=info)
    with pytest.raises(DataError, match="attr_amount: tells won with AUC"):
        run_line(with_amounts, config, encoder, store)
    reason = {"allowed": {"attr_amount": "as if it were quoted at receipt"}}
    config = config.model_copy(update={"audit": config.audit.model_copy(update=reason)})
    made = run_line(with_amounts, config, encoder, store)
    amounts, again = {"attr_amount", "same_amount_days"}, {"same_pages_days"}
    assert amounts | again <= set(made.targets["conversion"].bundle.manifest.features)
    of_tier = made.targets["client_tier"].bundle.manifest
    assert "attr_pages" in of_tier.features
    assert not (amounts | again) & set(of_tier.features)
    assert amounts | again <= set(of_tier.ignored)
    bundles = {target: result.bundle for target, result in made.targets.items()}
    assert len(score(with_amounts, bundles, encoder, store, at_age_days=1).scored) > 0


@pytest.mark.parametrize("target", ["conversion", "client_tier"])
def test_the_reasons_of_a_score_add_up_to_it(made, bundles, target):
    """Contributions plus one constant are the log-odds of the blend, for every row and whatever the weights."""
    bundle = bundles[target]
    weighty = [
        question.model_copy(
            update={"blend": question.blend.model_copy(update={"weights": {**question.blend.weights, "rules": 0.7}})}
        )
        for question in bundle.manifest.questions
    ]
    bundle = replace(bundle, manifest=bundle.manifest.model_copy(update={"questions": weighty}))
    features = made.features.drop(columns=list(bundle.manifest.ignored)).iloc[::5]
    parts = zip(bundle.manifest.questions, bundle.members, bundle.contributions(features), strict=True)
    for question, members, contributions in parts:
        z = question.blend.log_odds_of_yes(members.evidence(members.matrix(features)))
        rest = z - contributions.sum(axis=1)
        assert contributions.std(axis=0).max() > 0
        assert rest == pytest.approx(np.full(len(rest), rest[0]), abs=1e-4)


@pytest.mark.parametrize("member", ["rules", "words", "linear", "trees"])
def test_whatever_a_model_learns_from_clients_other_clients_would_have_taught_it_otherwise(
    made, tables, config, member
):
    """The interval knows how far each member moves when it learns from another half, not just how well a rate is."""
    labelled = labelled_rows(made.features, made.snapshots, tables.inquiries, "conversion", [])
    rows = labelled.of("train", "valid", "final_fit")
    alone = config.model_copy(update={"train": config.train.model_copy(update={"members": [member]})})
    [answer] = fit_model(rows, "conversion", alone).answers
    assert answer.blend.weights[member] > 0
    rate = answer.members.prior[1]
    assert answer.doubt.sampling > 1.1 / np.sqrt(rows.group.nunique() * rate * (1 - rate))


def test_an_interval_stands_beside_each_probability(made, bundles):
    p = bundles["conversion"].predict_proba(made.features)["converted"]
    interval = bundles["conversion"].predict_interval(made.features)
    assert (interval["low"] <= p + 1e-9).all()
    assert (p <= interval["high"] + 1e-9).all()
    assert (interval["high"] - interval["low"]).between(0, 1).all()
    assert bundles["client_tier"].predict_interval(made.features).isna().all(axis=None)


def test_a_tier_that_training_never_saw_is_unlikely_and_no_obstacle(made, tables, config):
    rows = labelled_rows(made.features, made.snapshots, tables.inquiries, "client_tier", [])
    for missing in (0, 2):
        known = rows.take(rows.y != missing)
        p = fit_model(known, "client_tier", config).probabilities(rows.X)
        assert p[:, missing].max() < 0.1
        assert p.sum(axis=1) == pytest.approx(np.ones(len(p)))


def test_two_clients_of_one_answer_each_are_no_obstacle(config):
    """Both tiers above the lowest are one client's, the lowest is the other's: none can be held out."""
    rows = _changing_owners(40)
    clients = pd.Series(["a", "b"] * 20, index=rows.X.index)
    tier = np.where(clients == "b", 0, 1 + (np.arange(40) % 4 == 0))
    p = fit_model(replace(rows, y=tier, group=clients), "client_tier", config).probabilities(rows.X)
    assert p[:, 0] == pytest.approx(0.5)


def test_predictions_hold_each_labelled_row_and_only_the_test_side_is_compared(made):
    table = made.targets["conversion"].predictions
    used = made.snapshots["split"].notna()
    assert len(table[table["split"] != "final_fit"]) == used.sum()
    assert set(table.columns) == {"inquiry_id", "as_of", "split", "target", "y", "p_model", "p_rules"}
    assert made.targets["conversion"].evaluation["summary"]["test_rows"] == (made.snapshots["split"] == "test").sum()
    tier = made.targets["client_tier"].predictions
    assert np.allclose(tier.groupby(KEY)["p_model"].sum(), 1)


def test_a_verdict_draws_clients_as_the_report_does_whatever_the_split_groups_by(made, tables, config):
    result = made.targets["conversion"]
    rows = labelled_rows(made.features, made.snapshots, tables.inquiries, "conversion", [])
    alone = replace(rows, group=pd.Series(rows.X.index.get_level_values("inquiry_id"), index=rows.X.index))
    assert_frame_equal(
        comparison_of(result.bundle, alone, tables.inquiries, config.evaluate), result.evaluation["comparison"]
    )


def test_labels_of_the_test_period_do_not_reach_the_model(tables, config, encoder, store, made, tmp_path):
    test_ids = made.snapshots.loc[made.snapshots["split"] == "test", "inquiry_id"].unique()
    flipped = tables.outcomes["status"].map({"won": "lost", "lost": "won"})
    status = tables.outcomes["status"].mask(tables.outcomes["inquiry_id"].isin(test_ids), flipped)
    other = run_line(replace(tables, outcomes=tables.outcomes.assign(status=status)), config, encoder, store)
    for name, line in (("made", made), ("other", other)):
        bundle = line.targets["conversion"].bundle
        # What the test period said of the model stands beside it.
        silent = bundle.manifest.model_copy(update={"verdict": ""})
        save_bundle(replace(bundle, manifest=silent), tmp_path / name)
    for file in (tmp_path / "made").iterdir():
        assert file.read_bytes() == (tmp_path / "other" / file.name).read_bytes(), file.name


def _changing_owners(n: int = 600) -> Rows:
    """One inquiry a day, each of a client of its own; owners change places in the last two fifths."""
    rng = np.random.default_rng(12)
    owner, now = rng.integers(0, 2, n), np.arange(n) >= 0.6 * n
    y = np.where(rng.random(n) < 0.85, owner ^ (now & (rng.random(n) < 0.5)), 1 - owner)
    index = pd.MultiIndex.from_arrays([[f"q{i}" for i in range(n)], [at(i) for i in range(n)]], names=KEY)
    features = pd.DataFrame(
        {"age_days": 0.0, "owner": pd.Series(np.where(owner, "ann", "bo"), dtype="str").array}, index=index
    )
    return Rows(features, y, pd.Series("train", index=index), pd.Series(index.get_level_values(0), index=index))


@pytest.mark.parametrize(("method", "wears_off"), [("time", True), ("random", False)])
def test_a_habit_that_later_rows_do_not_show_makes_the_model_less_sure(config, method, wears_off):
    config = config.model_copy(update={"split": config.split.model_copy(update={"method": method})})
    [answer] = fit_model(_changing_owners(), "conversion", config).answers
    assert (answer.calibration.lasting < 0.8) == wears_off
    assert wears_off or answer.calibration.lasting == 1.0


def test_what_only_later_rows_hold_is_no_obstacle(config):
    """Owners, and texts, are recorded from the third fifth on."""
    rows = _changing_owners()
    late = np.arange(len(rows.y)) >= 0.62 * len(rows.y)
    words = pd.Series(np.where(rows.y == 1, "please ship", "no thanks"), index=rows.X.index, dtype="str").where(late)
    X = rows.X.assign(owner=rows.X["owner"].where(late), buyer_text=words)
    [answer] = fit_model(replace(rows, X=X), "conversion", config).answers
    assert 0.1 <= answer.calibration.lasting <= 1
    assert answer.blend.weights["words"] > 0


def test_one_class_in_training_is_refused_with_a_remedy(tables, config, encoder, store):
    lost = replace(tables, outcomes=tables.outcomes.assign(status="lost"))
    with pytest.raises(
        DataError, match=r"conversion: all \d+ labelled rows before the test period are 'not_converted'"
    ):
        run_line(lost, config, encoder, store)


def test_orders_of_one_tier_do_not_cost_the_model_of_conversion(tables, config, encoder, store):
    small = replace(tables, outcomes=tables.outcomes.assign(order_value=500.0, annual_volume=np.nan))
    made = run_line(small, config, encoder, store)
    assert set(made.targets) == {"conversion"}
    assert "before the test period are of the tier 'test'" in made.without_labels["client_tier"]


def test_the_run_folder_holds_predictions_models_and_reports(made, tables, tmp_path):
    write_result(made, tables, pd.DataFrame(), tmp_path / "out")
    assert "No column seems to know the outcome." in (tmp_path / "out/reports/audit.txt").read_text()
    assert (tmp_path / "out/reports/audit.csv").exists()
    assert (tmp_path / "out/reports/conversion/value.csv").exists()
    expected = ["predictions.parquet", "snapshots.parquet", "features.parquet", "labels.json", "tables", "models"]
    assert set(expected) <= {path.name for path in (tmp_path / "out").iterdir()}
    assert (tmp_path / "out/reports/conversion/importance.png").stat().st_size > 5000
    write_tables(tables, tmp_path / "tables")


def test_every_report_of_a_random_split_says_so(tables, config, encoder, store, tmp_path):
    undated = replace(
        tables,
        outcomes=tables.outcomes.assign(decided_at=pd.Series(pd.NaT, tables.outcomes.index, "datetime64[us, UTC]")),
    )
    drawn = config.model_copy(update={"split": config.split.model_copy(update={"method": "random"})})
    made = run_line(undated, drawn, encoder, store)
    warnings = made.labels["warnings"]
    assert len(warnings) == 2
    result = made.targets["conversion"]
    write_evaluation(result.evaluation, result.bundle, tmp_path)
    summary = json.loads((tmp_path / "metrics.json").read_text())
    assert summary["warnings"] == warnings
    assert summary["split"] == "random"
    title = picture_title(result.bundle, "won", 70)
    assert title.startswith("conversion: won (random test side)\nThe split is random by group")
    assert "Too few decisions carry a date" in title.replace("\n", " ")
    texts = [
        comparison_text("conversion", result.evaluation["comparison"], summary),
        value_text(made.value, result.bundle.manifest.split),
    ]
    assert all("random test side" in text and "test period" not in text for text in texts)


def test_metrics_hold_the_key_figures_only(made):
    for result in made.targets.values():
        numbers = {name: v for name, v in result.evaluation["summary"].items() if isinstance(v, int | float)}
        assert len(numbers) == len(result.evaluation["summary"]) - 2 <= 6
        assert numbers["log_loss_minus_rules"] < 1


@pytest.mark.parametrize(
    ("low", "high", "loss", "said"),
    [
        (-0.2, -0.1, 0.6, ""),
        (-0.2, -0.1, 0.65, "is no better than saying the same of every inquiry (log loss 0.650 against 0.605); until"),
        (0.01, 0.1, 0.65, "(log loss 0.650 against 0.605) and is worse than the rules"),
        (
            -0.2,
            0.1,
            0.6,
            "on its test period the model does not beat the rules beyond chance (log loss, model minus rules: -0.200",
        ),
        (0.1, 0.2, 0.6, "is worse than the rules"),
        (np.nan, np.nan, 0.6, "too few clients to tell"),
    ],
)
def test_one_sentence_says_that_the_model_beats_neither_the_rules_nor_one_answer_for_all(low, high, loss, said):
    predictors = {"model minus rules": 0.0, "model": loss, "majority": 0.605}
    comparison = pd.DataFrame({"predictor": list(predictors), "value": list(predictors.values()), "metric": "log_loss"})
    text = no_better_text("conversion", comparison.assign(low=low, high=high), "time")
    assert said in text
    assert bool(text) == bool(said)


def written(tables, bundles, encoder, tmp_path, monkeypatch, *options, quarantine=None, output=None):
    """What `inquiry-intent score` says and writes: exit code, stderr, scores, left-out list."""
    write_tables(tables, tmp_path / "tables", quarantine)
    for target, bundle in bundles.items():
        save_bundle(bundle, tmp_path / "models" / target)
    monkeypatch.setattr("inquiry_intent.embedding.load_encoder", lambda config: encoder)
    places = {
        "--models": tmp_path / "models",
        "--store": tmp_path / "store",
        "-o": output or tmp_path / "scores.parquet",
    }
    words = ["score", str(tmp_path / "tables"), *options, *(str(x) for pair in places.items() for x in pair)]
    done = CliRunner().invoke(cli, words, catch_exceptions=False)
    found = [pd.read_parquet(tmp_path / f"scores{part}.parquet") for part in ("", ".left_out") if output is None]
    return done.exit_code, done.stderr, *found


def test_a_week_without_open_inquiries_has_an_empty_list_with_all_its_columns(
    tables, bundles, encoder, store, tmp_path, monkeypatch
):
    code, said, scored, left_out = written(tables, bundles, encoder, tmp_path, monkeypatch, "--as-of", "2020-01-01")
    full = score(tables, bundles, encoder, store, as_of=at(100)).scored
    assert code == 0
    assert "Nothing to score" in said
    assert len(scored) == 0
    assert scored.dtypes.to_dict() == full.dtypes.to_dict()
    assert list(scored) == list(full)
    assert len(left_out) == len(tables.inquiries)


def test_an_inquiry_in_quarantine_is_on_the_list_of_those_left_out(tables, bundles, encoder, tmp_path, monkeypatch):
    reason = "its outcome is quarantined (status is 'Sample Sent'): whether it is open is not known"
    bad = [
        ("inquiries", "x1", reason),
        ("inquiries", "q0001", "stands twice"),
        ("inquiries", None, "received_at is ''"),
    ]
    quarantine = pd.DataFrame(bad, columns=["table", "inquiry_id", "reason"]).assign(file="crm.xlsx", row=[7, 8, 9])
    _, said, scored, left_out = written(
        tables, bundles, encoder, tmp_path, monkeypatch, "--as-of", "2026-06-10", quarantine=quarantine
    )
    assert len(scored) + len(left_out) == len(tables.inquiries) + 2
    assert f"{len(tables.inquiries) + 2} inquiries = {len(scored)} scored + {len(left_out)} left out" in said
    assert "2 quarantined" in said
    assert "2 inquiries not taken from the export" in said
    listed = left_out.loc[left_out["left_out_reason"].str.startswith("quarantined"), ["inquiry_id", "left_out_reason"]]
    assert listed.iloc[0].tolist() == ["x1", f"quarantined: {reason} (row 7 of crm.xlsx)"]
    assert listed["inquiry_id"].isna().tolist() == [False, True]


def test_a_list_past_the_end_of_the_export_carries_a_warning(tables, bundles, encoder, tmp_path, monkeypatch):
    last = pd.Timestamp(tables.info.known_until)
    _, said, _, _ = written(
        tables, bundles, encoder, tmp_path / "in", monkeypatch, "--as-of", f"{last + pd.Timedelta(days=1):%Y-%m-%d}"
    )
    assert "export ends" not in said
    late = last + pd.Timedelta(days=9)
    _, said, _, _ = written(tables, bundles, encoder, tmp_path / "past", monkeypatch, "--as-of", f"{late:%Y-%m-%d}")
    assert f"ends on {last:%Y-%m-%d}" in said
    assert "9.0 days" in said
    assert "Nothing to score" in said


def test_the_last_day_of_an_export_of_days_is_over_before_it_is_past():
    end = pd.Timestamp("2026-06-07 21:00", tz="UTC")  # of 7 June in Moscow
    assert past_the_end(pd.Timestamp("2026-06-08", tz="UTC"), end) == []
    [said] = past_the_end(pd.Timestamp("2026-06-20", tz="UTC"), end)
    assert "The export ends on 2026-06-07 21:00 UTC" in said
    assert "--as-of 2026-06-08" in said  # later than the last record


def test_scores_of_a_week_without_its_history_carry_a_warning(tables, bundles, encoder, store):
    as_of = at(100)
    said = "Ingest the history and the week together"
    assert said not in " ".join(score(tables, bundles, encoder, store, as_of=as_of).notes)
    bare = replace(tables, outcomes=tables.outcomes.iloc[:0])
    assert said in score(bare, bundles, encoder, store, as_of=as_of).notes[0]


def test_scores_of_a_day_whose_outcomes_the_model_learned_carry_a_warning(tables, bundles, config, encoder, store):
    training = bundles["conversion"].manifest.training
    last = pd.Timestamp(training["last_as_of"])
    until = pd.Timestamp(training["learned_until"])
    assert until >= last + pd.Timedelta(days=config.label.horizon_days)

    def said(as_of):
        return " ".join(score(tables, bundles, encoder, store, as_of=as_of).notes)

    assert "may know the outcome of" in said(last)
    assert "may know the outcome of" in said(last + pd.Timedelta(days=2)), (
        "it learned what came after its last snapshot"
    )
    assert "may know the outcome of" not in said(until)
    assert "0 of the 0" not in said(at(-400)), "nothing is scored"


def test_scores_say_that_their_model_did_not_serve_on_its_test_side(made, tables, bundles, encoder, store, tmp_path):
    evaluation = made.targets["conversion"].evaluation
    manifest = bundles["conversion"].manifest
    assert manifest.verdict == no_better_text("conversion", evaluation["comparison"], "time")
    poor = replace(
        bundles["conversion"], manifest=manifest.model_copy(update={"verdict": "conversion: it is no better"})
    )
    save_bundle(poor, tmp_path / "poor")
    again = {"conversion": load_bundle(tmp_path / "poor")}
    assert score(tables, again, encoder, store, as_of=at(100)).notes[-1] == "conversion: it is no better"


def test_a_list_says_until_when_its_models_knew_outcomes(made, tables, bundles, encoder, tmp_path, monkeypatch):
    until = made.labels["learned_until"][:10]
    [fact] = what_was_learned([bundle.manifest for bundle in bundles.values()])
    assert f"what became of inquiries until {until}" in fact
    assert "of the test period only measured it" in fact
    _, said, _, _ = written(tables, bundles, encoder, tmp_path, monkeypatch, "--as-of", f"{at(100):%Y-%m-%d}")
    assert fact in said.splitlines(), "a fact is no warning"


def test_the_last_lines_of_a_run_say_until_when_its_models_knew_outcomes(made, tmp_path, monkeypatch):
    monkeypatch.setattr("inquiry_intent.line.run_line", lambda *args: made)
    monkeypatch.setattr("inquiry_intent.line.has_texts", lambda tables: False)
    monkeypatch.setattr("inquiry_intent.line.write_result", lambda result, tables, bad, draft: draft.mkdir())
    (tmp_path / "m.csv").write_text("id,client,channel\n1,a,mail\n")
    columns = "{inquiry_id: id, client_id: client, channel: channel}"
    mapping = (
        f"source: crm\ntimeless: true\nfiles: {{m: {{path: m.csv}}}}\ninquiries: {{from: m, columns: {columns}}}\n"
    )
    (tmp_path / "m.yaml").write_text(mapping)
    words = ["run", str(tmp_path), "--mapping", str(tmp_path / "m.yaml"), "-o", str(tmp_path / "out")]
    done = CliRunner().invoke(cli, words, catch_exceptions=False)
    *_, fact, last = done.stderr.splitlines()
    assert f"what became of inquiries until {made.labels['learned_until'][:10]}" in fact, done.stderr
    assert last.startswith("Wrote")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ([{"learned_until": "2025-01-02 03:00:00+00:00"}, {}], "(conversion until 2025-01-02 and client_tier until "),
        ([{"learned_until": None}, {"learned_until": None}], None),
    ],
)
def test_models_of_two_days_are_told_apart_and_those_without_times_have_none(bundles, changes, said):
    manifests = []
    for target, change in zip(("conversion", "client_tier"), changes, strict=True):
        known = bundles[target].manifest
        training = {name: value for name, value in (known.training | change).items() if value is not None}
        manifests.append(known.model_copy(update={"training": training}))
    facts = what_was_learned(manifests)
    assert len(facts) == (said is not None)
    assert all(said in fact for fact in facts)


def test_the_workbook_of_a_doubtful_model_says_so_above_its_list(tables, bundles, encoder, tmp_path, monkeypatch):
    doubt = "conversion: it is no better"
    poor = bundles["conversion"].manifest.model_copy(update={"verdict": doubt})
    poor = {"conversion": replace(bundles["conversion"], manifest=poor)}
    path = tmp_path / "scores.xlsx"
    day = f"{at(100):%Y-%m-%d}"
    written(tables, poor, encoder, tmp_path, monkeypatch, "--as-of", day, output=path)
    assert pd.read_excel(path, header=None, engine="calamine").iloc[:2, 0].tolist() == [doubt, "Grade"]
    notes = pd.read_excel(path, "notes", engine="calamine")["Note"]
    assert doubt in set(notes)
    assert notes.iloc[-1] == what_was_learned([poor["conversion"].manifest])[0]


def test_scores_of_an_export_without_replies_say_so_once_and_call_nothing_overdue(tables, bundles, encoder, store):
    bare = replace(tables, messages=tables.messages[tables.messages["direction"] == "inbound"])
    made = score(bare, bundles, encoder, store, as_of=at(100))
    assert sum("no replies of yours" in note for note in made.notes) == 1
    for table in (made.scored, made.left_out):
        assert table["overdue_days"].isna().all()
        assert not table["action"].str.contains("Answer today").any()


def test_a_row_says_where_model_and_rules_contradict_each_other():
    model = pd.Series([0.84, 0.84, 0.84, 0.05, 0.05])
    card = pd.Series([0.3, 0.3, 0.7, 0.4, 0.1])
    said = disagreement(model, card, pd.Series(["C", "B", "C", "A", "A"]))
    assert said.notna().tolist() == [True, False, False, True, False]
    assert "the model gives 84%, the rules' grade C stands for 30%" in said[0]


def test_scores_by_age_tell_what_the_model_may_have_learned_from(made, tables, bundles, encoder, tmp_path, monkeypatch):
    _, said, scored, _ = written(tables, bundles, encoder, tmp_path, monkeypatch, "--at-age", "1")
    split = made.snapshots.groupby("inquiry_id")["split"].agg(set)
    sides = scored["inquiry_id"].map(split)
    assert sides.map(lambda s: "test" in s).any()
    assert (scored.loc[sides.map(lambda s: "test" in s), "seen_in_training"] == 0).all()
    assert (scored.loc[sides.map(lambda s: bool({"train", "valid"} & s)), "seen_in_training"] == 1).all()
    seen = int(scored["seen_in_training"].sum())
    assert f"{seen} of the {len(scored)} scored" in said
    weekly = score(tables, bundles, encoder, EmbeddingStore(tmp_path, "hashing"), as_of=at(100)).scored
    assert "seen_in_training" not in weekly


@pytest.mark.parametrize("nothing", [None, np.nan])
@pytest.mark.parametrize("column", ["buyer_text", "country", "age_days"])
def test_a_table_with_an_empty_column_is_no_obstacle_to_mlflow(made, bundles, column, nothing):
    table = made.features.head(4).drop(columns=list(bundles["conversion"].manifest.ignored))
    table = table.assign(**{column: [nothing] * 4}).reset_index(drop=True)
    assert PyfuncModel(bundles["conversion"]).predict(table)["converted"].between(0, 1).all()
