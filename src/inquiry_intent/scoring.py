"""The weekly run: the stages `embed` and `featurize` back to back, then the saved models. Training without labels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from inquiry_intent.bundle import Bundle, Manifest, expected_values
from inquiry_intent.config import FeatureConfig, RuleConfig, Target
from inquiry_intent.embedding import NO_ENCODER, EmbeddingStore, Encoder, embed_texts
from inquiry_intent.errors import DataError, FeatureMismatchError, counted
from inquiry_intent.features.build import build_features
from inquiry_intent.features.history import build_history
from inquiry_intent.features.text import BUYER_TEXT
from inquiry_intent.identifying import identities
from inquiry_intent.playbook import is_cold, next_steps
from inquiry_intent.progress import Step, silent
from inquiry_intent.reasons import top_reasons
from inquiry_intent.rules import NO_GRADE, verdicts
from inquiry_intent.snapshots import KEY, decided_before, snapshots_at, snapshots_of_day, status_at
from inquiry_intent.splits import without_test_outcomes
from inquiry_intent.tables import ATTRIBUTE_PREFIX, TEXT, Tables

UNDATED = "decided, without a date"
#: The day until which a model of an export without times has learned.
UNKNOWN = "?"
#: What says which inquiry a row is of, beside the columns of `identifying.identities`.
FACTS = ["client_id", "owner", "country", "product", "received_at"]
#: What an open inquiry that has no score is shown with: the rules need no training.
RULES_SAY = ["grade", "rule_score", "action", "next_follow_up", "overdue_days"]
#: Model and rules disagree where the odds of one are so many times those of the other.
APART = 4.0
OTHER_AGE = "age outside what training saw"
#: An export of last night serves this morning's list.
GRACE_DAYS = 1.0
#: What a mapping names, a feature that has no value without it at any age, and what else that feature needs. An extra
#: attribute is a feature of its own.
INPUTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "channel": ("channel", ()),
    "country": ("country", ()),
    "product": ("product", ()),
    "owner": ("owner", ()),
    "subject": ("subject_character_count", ()),
    "the hour of received_at": ("received_local_hour", ("country",)),
    "messages": ("inbound_message_count", ()),
    "messages.text": ("buyer_text", ("messages",)),
    "messages.sender_email": ("free_mailbox", ("messages",)),
    "messages.sender_phone": ("valid_phone_for_country", ("messages", "country")),
    "messages.attachment_count": ("inbound_attachment_count", ("messages",)),
    "events": ("event_quote_sent_count", ()),
    "clients.registered_at": ("registration_age_years", ()),
    "clients.import_covered": ("has_import_record", ()),
    "clients.import_count": ("import_frequency_per_year", ("clients.import_covered",)),
    "clients.import_value_usd": ("import_value_usd", ("clients.import_covered",)),
    "clients.web_presence": ("web_presence", ()),
    "clients.exhibition_count": ("exhibition_count", ()),
    "outcomes.decided_at before that moment": ("overall_win_rate", ()),
}
#: An input is lost where at most this share of training's rows lacked it, and at least that share lacks it now …
MOST_LACKED, LOST = 0.5, 0.9
#: … if chance hardly ever makes so many rows lack it, each as often as in training, or at least in one of four: a short
#: list, or a few inquiries of one kind, may lack what others have.
LEAST_CHANCE, HARDLY = 0.25, 0.001


@dataclass(frozen=True)
class Scores:
    """Scored and left-out inquiries: together every inquiry of the tables, once."""

    scored: pd.DataFrame
    left_out: pd.DataFrame
    #: What a reader of the scores must know of them.
    notes: tuple[str, ...] = ()


def features_of(tables: Tables, snapshots: pd.DataFrame, texts: pd.DataFrame, config: FeatureConfig) -> pd.DataFrame:
    """The model's input for some snapshots: the one path, for training, scoring, notebooks and benchmarks."""
    return build_features(tables, snapshots, texts, build_history(tables), config)


def training_features(
    tables: Tables, snapshots: pd.DataFrame, texts: pd.DataFrame, config: FeatureConfig
) -> pd.DataFrame:
    """`features_of` what `label_snapshots` returns, without what training may not look back on.

    See `splits.without_test_outcomes`.
    """
    return features_of(without_test_outcomes(tables, snapshots), snapshots[KEY], texts, config)


def open_inquiries(
    tables: Tables, as_of: pd.Timestamp | None, at_age_days: float | None, ages_days: tuple[float, float] | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Split the inquiries into snapshots to score and those left out, with the reason.

    Parameters
    ----------
    as_of : Timestamp or None
        Score what is open at this moment (of an export without times: at all) …
    at_age_days : float or None
        … or each inquiry at this age.
    ages_days : (float, float) or None
        Youngest and oldest age that training saw; None: no limit.

    Returns
    -------
    (DataFrame, DataFrame)
        Columns inquiry_id, as_of, age_days; the second with left_out_reason. Each inquiry is in one of them, once.
    """
    inquiries = tables.inquiries
    if at_age_days is not None:
        snapshots = snapshots_at(inquiries, inquiries["received_at"] + pd.Timedelta(days=at_age_days))
    elif as_of is not None:
        snapshots = snapshots_of_day(tables, as_of)
    else:
        raise DataError("Give as_of or at_age_days.")
    rows = snapshots.join(tables.outcomes.set_index("inquiry_id")["decided_at"], on="inquiry_id", validate="one_to_one")
    reason = pd.Series(pd.NA, index=rows.index, dtype=TEXT)
    decided = status_at(tables, snapshots).ne("open")
    undated = decided & rows["decided_at"].isna()
    if at_age_days is not None:
        # As training has it; on the list of a day nobody looks for whom the export calls decided by then.
        decided &= undated | decided_before(rows, tables.info)
    reason = reason.mask(decided, "decided before as_of").mask(undated, UNDATED)
    if ages_days is not None:
        youngest, oldest = ages_days
        outside = ~rows["age_days"].between(youngest, oldest) & rows["age_days"].notna()
        what = f"{OTHER_AGE} ({youngest:g} to {oldest:g} days)"
        reason = reason.mask(outside & reason.isna(), what)
    reason = reason.mask(rows["age_days"] < 0, "received after as_of")
    if at_age_days is not None:
        reason = reason.mask(rows["as_of"] > tables.known_until, "age not yet reached")
    left_out = snapshots.assign(left_out_reason=reason)[reason.notna()]
    return snapshots[reason.isna()], left_out


def score(
    tables: Tables,
    bundles: Mapping[Target, Bundle],
    encoder: Encoder | None,
    store: EmbeddingStore,
    *,
    as_of: pd.Timestamp | None = None,
    at_age_days: float | None = None,
    step: Step = silent,
) -> Scores:
    """Score the open inquiries of a day, or each inquiry at an age; `step` is told what is being done.

    The feature settings come from the bundles, never from params.yaml: a model is scored as it was trained.

    Returns
    -------
    Scores
        scored: one row an inquiry, most likely conversion first: inquiry_id, as_of, age_days, client_id, owner,
        country, product, received_at; seen_in_training (by age only: 1 where the model may have learned from the
        inquiry, 0 where it came after the period of training); the columns of `identifying.identities`;
        conversion_probability with its interval conversion_probability_low and conversion_probability_high, 0 < low <=
        probability <= high < 1;
        tier_probability_<tier> (NaN at an age that this model did not see); expected_value and its currency
        (probability times the order value expected of a won inquiry, where both models are given and training knew
        order values); reasons; disagreement (a sentence where model and rules contradict each other); the columns of
        `rules.verdicts` and of `playbook.next_steps`; model_version (a column is absent where its model is).
        left_out: the open ones first, those of an age that training did not see, the long silent last, then those
        without a grade, then by rule_score: inquiry_id, as_of, age_days, left_out_reason, the facts as above and
        subject; of those open ones also company, contact, last_words, grade, rule_score, action, next_follow_up,
        overdue_days (NaN for the others).
        notes: warnings for people, of exports without times, of scores past the end of the export, of inquiries seen
        in training, and of models that did not serve on their test side.

    Raises
    ------
    DataError
        If no model is given, or both or neither of as_of and at_age_days.
    FeatureMismatchError
        If the tables lack attributes that a model was trained with, or the encoder is not the model's.
    """
    if not bundles:
        raise DataError("No model to score with. Train one with 'dvc repro', or fetch it with 'dvc pull'.")
    if (as_of is None) == (at_age_days is None):
        raise DataError("Give either as_of or at_age_days.")
    for name, bundle in bundles.items():
        refuse_other_encoder(name, bundle.manifest, encoder)
    manifests = [bundle.manifest for bundle in bundles.values()]
    if len({m.feature_config.model_dump_json() for m in manifests}) > 1:
        raise FeatureMismatchError("The models were trained with different feature settings. Retrain all of them.")
    # Conversion decides which ages are scored: few orders of one age must not shorten the list.
    leading = bundles.get("conversion") or next(iter(bundles.values()))
    snapshots, left_out = open_inquiries(tables, as_of, at_age_days, leading.manifest.ages_days)
    if len(snapshots) + len(left_out) != len(tables.inquiries):
        raise AssertionError("every inquiry must be scored or left out, once")
    similarity = manifests[0].embed_config.similarity
    with step("encoding texts") as progress:
        texts = embed_texts(_messages_of(tables, snapshots), encoder, store, progress, similarity)
    waiting = left_out[left_out["left_out_reason"].str.startswith(OTHER_AGE)]
    history = build_history(tables)
    with step("building features"):
        features = build_features(tables, snapshots, texts, history, manifests[0].feature_config)
        no_vectors = embed_texts(_messages_of(tables, waiting), None, None)
        of_waiting = build_features(tables, waiting, no_vectors, history, manifests[0].feature_config)
    with step("scoring"):
        scored = _scored(tables, snapshots, features, bundles)
        left_out = _with_rules(tables, left_out, waiting, of_waiting, manifests[0].rule_config)
    notes = without_times(tables)
    notes += [] if as_of is None else past_the_end(as_of, tables.recorded_until)
    notes += without_history(tables)
    notes += without_replies(tables)
    notes += two_trainings(manifests)
    notes += lost_inputs(features, leading.manifest)
    notes += texts_unheard(features, leading.manifest)
    seen = seen_in_training(scored["received_at"], bundles)
    known = _latest(bundles, "learned_until") or _latest(bundles, "last_as_of")
    if as_of is not None and known is not None and as_of < known and seen.eq(1).any():
        notes.append(
            f"The model learned what became of inquiries up to {known:%Y-%m-%d}, after the moment of scoring: it may "
            f"know the outcome of {int(seen.eq(1).sum())} of the {len(seen)} scored. These scores are no test of it."
        )
    if at_age_days is not None:
        scored.insert(list(scored).index("received_at") + 1, "seen_in_training", seen)
        notes.append(
            f"{int(seen.sum())} of the {len(seen)} scored were received in the period that the model learned from: it "
            f"may know their outcome (seen_in_training). {int(seen.eq(0).sum())} came after it."
        )
    notes += [manifest.verdict for manifest in manifests if manifest.verdict]
    return Scores(scored, left_out, tuple(notes))


def refuse_other_encoder(name: str, manifest: Manifest, encoder: Encoder | None) -> None:
    """Stop where an encoder is not that of a model.

    Raises
    ------
    FeatureMismatchError
    """
    fingerprint = encoder.fingerprint if encoder else NO_ENCODER
    if manifest.encoder != fingerprint:
        raise FeatureMismatchError(
            f"The {name} model was trained on embeddings of {manifest.encoder}, this encoder is {fingerprint}. Set "
            "embed.model and embed.precision as in the model's manifest.json."
        )


def not_taken(quarantine: pd.DataFrame, inquiries: pd.DataFrame) -> pd.DataFrame:
    """Inquiries that ingest could not take, open or not: they have no score, and stand on the list of those left out.

    Parameters
    ----------
    quarantine : DataFrame
        What `ingest` wrote beside the tables.
    inquiries : DataFrame
        Those taken: a second row of one of them is no inquiry of its own.

    Returns
    -------
    DataFrame
        inquiry_id (NaN where the row does not say), left_out_reason with file and row. Each inquiry once.
    """
    # Tables of an earlier version have no inquiry_id in their quarantine.
    rows = quarantine[quarantine["table"] == "inquiries"].reindex(columns=["inquiry_id", "reason", "file", "row"])
    rows = rows[~rows["inquiry_id"].isin(inquiries["inquiry_id"])]
    rows = rows[rows["inquiry_id"].isna() | ~rows["inquiry_id"].duplicated()]
    reason = "quarantined: " + rows["reason"] + " (row " + rows["row"].astype(TEXT) + " of " + rows["file"] + ")"
    return pd.DataFrame({"inquiry_id": rows["inquiry_id"], "left_out_reason": reason}, dtype=TEXT).reset_index(
        drop=True
    )


def without_times(tables: Tables) -> list[str]:
    """What to say of scores or verdicts for a moment or an age where the export knows neither, or nothing."""
    if not tables.info.timeless:
        return []
    return [
        "The export has no times, so there is no day and no age to judge an inquiry at: each is judged by all that the "
        "export holds of it. Map received_at, if the export has it, to have the list of a day."
    ]


def past_the_end(as_of: pd.Timestamp, recorded_until: Any) -> list[str]:
    """What to say of scores for a moment well after the last one that the export knows, or nothing.

    `recorded_until` is a Timestamp, NaT where the export has no times.
    """
    days = (as_of - recorded_until) / pd.Timedelta(days=1)
    if not days > GRACE_DAYS:
        return []
    next_midnight = recorded_until.ceil("D")
    return [
        f"The export ends on {recorded_until:%Y-%m-%d %H:%M} UTC, {days:.1f} days before the moment of scoring. What "
        "happened since is not in it, yet ages and days of silence count to that moment: nobody recorded those days. "
        f"Score a newer export, or --as-of {next_midnight:%Y-%m-%d}."
    ]


def what_was_learned(manifests: Sequence[Manifest]) -> list[str]:
    """Until when models know what became of inquiries, for who trains and who reads a list; nothing without times."""
    until = _learned_until(manifests)
    if set(until.values()) == {UNKNOWN}:
        return []
    same = len(set(until.values())) == 1
    said = f"until {next(iter(until.values()))}" if same else f"({_told(until)})"
    sides = " or ".join(dict.fromkeys(manifest.test_side for manifest in manifests))
    return [
        f"Training learned what became of inquiries {said}. The inquiries of the {sides} only measured it, so that the "
        "figures are those of the models that score; docs/quality.md says how to move that date."
    ]


def two_trainings(manifests: Sequence[Manifest]) -> list[str]:
    """What to say of models that did not learn from the same history, or nothing."""
    until = _learned_until(manifests)
    if len(set(until.values())) < 2:
        return []
    said = _told(until)
    return [
        f"The models come from different trainings (they learned {said}): the expected value multiplies what the two "
        "say. Take both from one folder that 'run' or 'dvc repro' wrote."
    ]


def _learned_until(manifests: Sequence[Manifest]) -> dict[str, str]:
    """The day of each model, by its target."""
    return {m.target: str(m.training.get("learned_until", UNKNOWN)).partition(" ")[0] for m in manifests}


def _told(until: Mapping[str, str]) -> str:
    return " and ".join(f"{target} until {moment}" for target, moment in until.items())


def lost_inputs(features: pd.DataFrame, manifest: Manifest) -> list[str]:
    """What to say where (nearly) all rows to score lack an input that training knew, or nothing."""
    inputs = INPUTS | {name: (name, ()) for name in manifest.features if name.startswith(ATTRIBUTE_PREFIX)}
    lost: dict[str, str] = {}
    for name, (feature, needs) in inputs.items():
        share = manifest.missing.get(feature, 1.0)
        lacking = int(features[feature].isna().sum()) if share <= MOST_LACKED and feature in features else 0
        surprising = max(share, LEAST_CHANCE) ** lacking < HARDLY
        if surprising and lacking >= LOST * len(features) and not lost.keys() & set(needs):
            lost[name] = f"{name} (missing in {lacking} of {counted(len(features), 'row')}, in training in {share:.0%})"
    if not lost:
        return []
    return [
        f"These inquiries lack what the model learned from: {', '.join(lost.values())}. Their scores do without it, "
        "and are not as good as the model's figures say. See whether the export still holds it and the mapping names "
        "it; else train anew, for a model that does without it."
    ]


def texts_unheard(features: pd.DataFrame, manifest: Manifest) -> list[str]:
    """What to say where buyers wrote, and the model learned from an export in which none did, or nothing."""
    wrote = int(features[BUYER_TEXT].notna().sum()) if manifest.missing.get(BUYER_TEXT) == 1.0 else 0
    if not wrote:
        return []
    return [
        f"The model was trained without texts, and {wrote} of the {counted(len(features), 'row')} to score have some: "
        "what these buyers wrote, and how, has never been weighed. Train anew on an export with its texts."
    ]


def without_history(tables: Tables) -> list[str]:
    """What to say of scores of tables in which nothing is decided, or nothing."""
    if tables.info.timeless or tables.outcomes["status"].isin(["won", "lost"]).any():
        return []
    return [
        "No inquiry of these tables is decided: what the model knows of a client, an owner or a market by its earlier "
        "inquiries is missing, and each client looks new. Ingest the history and the week together."
    ]


def without_replies(tables: Tables) -> list[str]:
    """What to say of next steps where no message is ours, or nothing."""
    if tables.has_replies:
        return []
    return [
        "The export has no replies of yours, so nobody can tell what was answered: no inquiry is called overdue, and "
        "no time to answer is set. Map your side's messages to have both."
    ]


def seen_in_training(received_at: pd.Series, bundles: Mapping[Target, Bundle]) -> pd.Series:
    """1 where an inquiry was received in the period that a model learned from, 0 after it, missing without times.

    An inquiry of the period may have been left out of training; none after the period was in it.
    """
    last = _latest(bundles, "last_as_of")
    if last is None:
        return pd.Series(pd.NA, index=received_at.index, dtype="Int64")
    return (received_at <= last).astype("Int64").where(received_at.notna())


def _latest(bundles: Mapping[Target, Bundle], name: Literal["last_as_of", "learned_until"]) -> pd.Timestamp | None:
    """Of the models' last snapshots, or last moments of a label, the latest; None for exports without times."""
    last = [bundle.manifest.training.get(name) for bundle in bundles.values()]
    return max((pd.Timestamp(str(moment)) for moment in last if moment is not None), default=None)


def _messages_of(tables: Tables, snapshots: pd.DataFrame) -> pd.DataFrame:
    return tables.messages[tables.messages["inquiry_id"].isin(snapshots["inquiry_id"])]


def _with_rules(
    tables: Tables, left_out: pd.DataFrame, waiting: pd.DataFrame, features: pd.DataFrame, config: RuleConfig
) -> pd.DataFrame:
    """Those left out with their facts, the `waiting` of them first, with names, words and the rules' grade."""
    rows = left_out.merge(
        tables.inquiries[["inquiry_id", *FACTS, "subject"]], on="inquiry_id", how="left", validate="one_to_one"
    ).set_axis(left_out.index)
    verdict = verdicts(features, config)
    steps = next_steps(verdict, features, replies_known=tables.has_replies)
    said = verdict.join(steps)[RULES_SAY].set_axis(waiting.index)
    rows = rows.join(identities(tables, waiting[KEY]).drop(columns="subject")).join(said)
    cold = is_cold(features).set_axis(waiting.index).reindex(rows.index, fill_value=False)
    rows = rows.assign(decided=~rows.index.isin(waiting.index), cold=cold, blank=rows["grade"].eq(NO_GRADE))
    last = ["decided", "cold", "blank"]
    rows = rows.sort_values([*last, "rule_score", "inquiry_id"], ascending=[True, True, True, False, True])
    return rows.drop(columns=last).reset_index(drop=True)


def disagreement(model: pd.Series, card: pd.Series, grade: pd.Series) -> pd.Series:
    """What to say in the row of an inquiry that model and rules see very differently; NaN where they do not.

    Parameters
    ----------
    model, card : Series of probabilities
        What the model says, and what the rule card's score stands for.
    grade : Series
        The rules' grade: only where it is C against a high probability, or A against a low one, do the two contradict
        each other in what is shown.
    """
    odds = (model / (1 - model)) / (card / (1 - card))
    apart = (odds.ge(APART) & grade.eq("C")) | (odds.le(1 / APART) & grade.eq("A"))
    said = [
        f"Model and rules disagree: the model gives {p:.0%}, the rules' grade {g} stands for {r:.0%}. Action, do and "
        "don't follow the rules: read the thread and judge for yourself"
        for p, r, g in zip(model, card, grade, strict=True)
    ]
    return pd.Series(said, index=model.index, dtype="str").where(apart)


def _scored(
    tables: Tables, snapshots: pd.DataFrame, features: pd.DataFrame, bundles: Mapping[Target, Bundle]
) -> pd.DataFrame:
    facts = tables.inquiries[["inquiry_id", *FACTS]]
    result = snapshots.merge(facts, on="inquiry_id", how="left", validate="one_to_one")
    result = result.join(identities(tables, result[KEY]))
    result.index = features.index
    tiers = None
    for target, bundle in bundles.items():
        p = bundle.predict_proba(features)
        if target == "conversion":
            result["conversion_probability"] = p["converted"]
            result = result.join(bundle.predict_interval(features).add_prefix("conversion_probability_"))
        else:
            if bundle.manifest.ages_days is not None:
                p = p.where(result["age_days"].between(*bundle.manifest.ages_days) | result["age_days"].isna())
            tiers = p
            result = result.join(p.add_prefix("tier_probability_"))
    valued = {"conversion", "client_tier"} <= set(bundles) and bundles["client_tier"].manifest.tier_values is not None
    if tiers is not None and valued:
        values = expected_values(result["conversion_probability"], bundles["client_tier"], features)
        result["expected_value"] = values.where(tiers.notna().all(axis=1))
        result["currency"] = bundles["client_tier"].manifest.currency
    first = next(iter(bundles.values()))
    result["reasons"] = top_reasons(first, features)
    verdict = verdicts(features, first.manifest.rule_config)
    if "conversion" in bundles:
        card = bundles["conversion"].rule_proba(features)["converted"]
        result["disagreement"] = disagreement(result["conversion_probability"], card, verdict["grade"])
    result = result.join(verdict).join(next_steps(verdict, features, tiers, replies_known=tables.has_replies))
    result["model_version"] = "+".join(f"{name}:{bundle.manifest.version}" for name, bundle in bundles.items())
    first_columns = [*KEY, "age_days"]
    result = result[[*first_columns, *(c for c in result if c not in first_columns)]].reset_index(drop=True)
    by = "conversion_probability" if "conversion_probability" in result else "rule_score"
    return result.sort_values([by, "inquiry_id"], ascending=[False, True], kind="stable").reset_index(drop=True)
