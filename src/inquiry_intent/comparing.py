"""Whether a new model is better than the one in use: both on the same rows, of which neither has learned."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from inquiry_intent.bundle import Bundle, Manifest
from inquiry_intent.config import Config, Target
from inquiry_intent.embedding import EmbeddingStore, Encoder, embed_texts
from inquiry_intent.errors import DataError, FeatureMismatchError, counted
from inquiry_intent.evaluating import metrics_of
from inquiry_intent.labels import label_snapshots
from inquiry_intent.metrics import compare
from inquiry_intent.progress import Step, silent
from inquiry_intent.scoring import features_of, refuse_other_encoder
from inquiry_intent.snapshots import KEY
from inquiry_intent.tables import Tables
from inquiry_intent.training import labelled_rows

OLD, NEW = "old", "new"
PAIR = f"{NEW} minus {OLD}"


@dataclass(frozen=True)
class Comparison:
    """One target: `metrics.compare` of the old and the new model, of which rows, and what to do."""

    figures: pd.DataFrame
    rows: str
    verdict: str


def compare_models(
    old: Mapping[Target, Bundle],
    new: Mapping[Target, Bundle],
    tables: Tables,
    config: Config,
    encoding: Callable[[Manifest], tuple[Encoder | None, EmbeddingStore]],
    step: Step = silent,
) -> dict[Target, Comparison | str]:
    """Compare two models of each target on what neither has seen.

    These are the labelled snapshots of inquiries received after the last moment that any label of either model's
    training may tell of, at ages that both saw.

    Parameters
    ----------
    tables : Tables
        The newest export; its labels are made as `config` says.
    encoding : callable
        The encoder and store that a manifest asks for.

    Returns
    -------
    dict
        By target of either model a comparison, or why there is none.

    Raises
    ------
    FeatureMismatchError
        If the tables do not give the features that a model was trained with, or the encoder is another.
    """
    snapshots = label_snapshots(tables, config)
    results: dict[Target, Comparison | str] = {}
    for target in dict.fromkeys([*old, *new]):
        pair = {name: bundles[target] for name, bundles in ((OLD, old), (NEW, new)) if target in bundles}
        try:
            rows, since = unseen(snapshots, tables, target, [bundle.manifest for bundle in pair.values()])
        except DataError as error:
            results[target] = str(error)
            continue
        with step(f"comparing {target}"):
            results[target] = _compared(rows, since, tables, target, pair, config, encoding)
    return results


def unseen(
    snapshots: pd.DataFrame, tables: Tables, target: Target, manifests: list[Manifest]
) -> tuple[pd.DataFrame, pd.Timestamp]:
    """The labelled snapshots of inquiries that no model has learned of, and the moment after which they were received.

    Raises
    ------
    DataError
        If there is nothing to compare, with the reason.
    """
    if len(manifests) < 2:
        raise DataError("only one of the two folders has a model of it.")
    if len({manifest.version for manifest in manifests}) == 1:
        raise DataError("both folders hold the same model.")
    learned = [manifest.training.get("learned_until") for manifest in manifests]
    if None in learned or any(manifest.split != "time" for manifest in manifests):
        raise DataError(
            "a model was trained without times, or its test side drawn by chance: nobody can tell what it has not seen."
        )
    since = max(pd.Timestamp(str(moment)) for moment in learned)
    came = snapshots["inquiry_id"].map(tables.inquiries.set_index("inquiry_id")["received_at"])
    label = "converted" if target == "conversion" else "client_tier"
    known = snapshots["split"].notna() & snapshots[label].notna() & (came > since)
    for manifest in manifests:
        if manifest.ages_days is not None:
            known &= snapshots["age_days"].between(*manifest.ages_days)
    if not known.any():
        raise DataError(
            f"no inquiry with a label was received after {since:%Y-%m-%d}, until when one of the two may have learned "
            "what became of inquiries. Ask again with a later export, when more are decided."
        )
    return snapshots[known], since


def _compared(
    snapshots: pd.DataFrame,
    since: pd.Timestamp,
    tables: Tables,
    target: Target,
    pair: Mapping[str, Bundle],
    config: Config,
    encoding: Callable[[Manifest], tuple[Encoder | None, EmbeddingStore]],
) -> Comparison:
    messages = tables.messages[tables.messages["inquiry_id"].isin(snapshots["inquiry_id"])]
    predicted: dict[str, np.ndarray] = {}
    for name in (NEW, OLD):
        manifest = pair[name].manifest
        encoder, store = encoding(manifest)
        refuse_other_encoder(f"{name} {target}", manifest, encoder)
        texts = embed_texts(messages, encoder, store, similarity=manifest.embed_config.similarity)
        features = features_of(tables, snapshots[KEY], texts, manifest.feature_config)
        rows = labelled_rows(features, snapshots, tables.inquiries, target, [])
        try:
            p = pair[name].predict_proba(rows.X).to_numpy()
        except FeatureMismatchError as error:
            raise FeatureMismatchError(f"The {name} model: {error}") from None
        predicted[name] = p[:, 1] if target == "conversion" else p
    ids = rows.X.index.get_level_values("inquiry_id")
    clients = tables.inquiries.set_index("inquiry_id")["client_id"].reindex(ids).to_numpy()
    figures = compare(rows.y, predicted, clients, metrics_of(target, config.evaluate), config.evaluate)
    said = (
        f"{counted(len(ids), 'snapshot')} of {counted(ids.nunique(), 'inquiry')} of "
        f"{counted(len(pd.unique(clients)), 'client')} received since {since:%Y-%m-%d}; neither model learned from them"
    )
    return Comparison(figures, said, verdict_of(figures))


def verdict_of(figures: pd.DataFrame) -> str:
    """What a team should do, by the interval of the log loss."""
    loss = figures[figures["metric"] == "log_loss"].set_index("predictor").loc[PAIR]
    low, high = (float(str(loss[end])) for end in ("low", "high"))
    interval = f"log loss, {PAIR}: {low:.3f} to {high:.3f}, better is below 0"
    if np.isnan([low, high]).any():
        return "Too few clients to tell the two apart: keep the old model, and ask again when more is decided."
    if high < 0:
        return f"The new model is better beyond chance ({interval}): use it."
    if low > 0:
        return f"The new model is worse beyond chance ({interval}): keep the old one."
    return (
        f"No difference beyond chance ({interval}): nothing here speaks for a change, or against it. Ask again when "
        "more is decided."
    )


def figure_rows(figures: pd.DataFrame, metrics: list[str]) -> list[list[str]]:
    """The table people see: one row a metric; the old model, the new one, and new minus old with its interval."""
    table = figures.set_index(["metric", "predictor"])

    def cell(metric: str, predictor: str) -> str:
        value, low, high = (float(table[name][metric, predictor]) for name in ("value", "low", "high"))
        if np.isnan(value):
            return "–"
        return f"{value:.3f} (–)" if np.isnan([low, high]).any() else f"{value:.3f} ({low:.3f} to {high:.3f})"

    return [[metric, *(cell(metric, predictor) for predictor in (OLD, NEW, PAIR))] for metric in metrics]
