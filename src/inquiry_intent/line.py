"""The line from tables to models and reports in one process, without DVC: the same functions, in the same order."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from textwrap import wrap
from typing import Any

import pandas as pd

from inquiry_intent.audit import AuditResult, audit_all, refuse_leaks, write_audit
from inquiry_intent.bundle import Bundle, save_bundle
from inquiry_intent.config import Config, Target
from inquiry_intent.embedding import EmbeddingStore, Encoder, buyer_texts, embed_texts, encoder_of
from inquiry_intent.errors import DataError, counted
from inquiry_intent.evaluating import comparison_of, draw_calibration, evaluate, no_better_text, predictions
from inquiry_intent.explaining import draw_importance, importance
from inquiry_intent.label_report import label_summary
from inquiry_intent.labels import label_snapshots
from inquiry_intent.progress import Step, silent
from inquiry_intent.reasons import shown_name
from inquiry_intent.reports.spreadsheet import safe_cells
from inquiry_intent.scoring import training_features
from inquiry_intent.snapshots import KEY
from inquiry_intent.storage import write_json, write_table, write_tables
from inquiry_intent.tables import Info, Tables
from inquiry_intent.training import labelled_rows, train, why_not
from inquiry_intent.value import COLUMNS, tier_values, value_table


@dataclass(frozen=True)
class Result:
    """What one target's stages made."""

    bundle: Bundle
    curve: dict[str, list[float]]
    evaluation: dict[str, Any]
    importance: pd.DataFrame
    predictions: pd.DataFrame


@dataclass(frozen=True)
class LineResult:
    """Everything one run of the line made; `without_labels` names targets that the export cannot teach, and why."""

    snapshots: pd.DataFrame
    features: pd.DataFrame
    labels: dict[str, Any]
    targets: dict[Target, Result]
    without_labels: dict[Target, str]
    value: pd.DataFrame
    audits: list[AuditResult]
    #: Reasons that let a suspect pass.
    allowed: dict[str, str]


def has_texts(tables: Tables) -> bool:
    """Whether a buyer wrote anything in this export: if not, no encoder is needed."""
    return len(buyer_texts(tables.messages)) > 0


def train_target(
    features: pd.DataFrame,
    snapshots: pd.DataFrame,
    texts: pd.DataFrame,
    inquiries: pd.DataFrame,
    info: Info,
    labels: Mapping[str, Any],
    target: Target,
    config: Config,
) -> tuple[Bundle, dict[str, list[float]]]:
    """The stage `train`: a bundle, with what its test period said of it, and its learning curve.

    `labels` is what `label_summary` returns; of `inquiries` only inquiry_id, client_id and received_at are
    looked at.
    """
    rows = labelled_rows(features, snapshots, inquiries, target, info.tier_leaks)
    known = rows.of("train", "valid", "final_fit").X.index
    as_of = known.get_level_values("as_of")
    period = {} if as_of.isna().all() else {"first_as_of": str(as_of.min()), "last_as_of": str(as_of.max())}
    if period and labels["learned_until"] is not None:
        period["learned_until"] = labels["learned_until"]
    worth: dict[str, Any] = {}
    if target == "client_tier":
        won = snapshots.set_index(KEY).reindex(known).groupby(level="inquiry_id").first()
        values = tier_values(won["order_value"], won["client_tier"])
        worth = {"tier_values": values, "currency": config.tier.currency if values else None}
    facts = {"warnings": labels["warnings"], "split": labels["split"], "period": period, "worth": worth}
    bundle, curve = train(rows, target, config, encoder_of(texts), facts)
    comparison = comparison_of(bundle, rows, inquiries, config.evaluate)
    verdict = no_better_text(target, comparison, labels["split"])
    return replace(bundle, manifest=bundle.manifest.model_copy(update={"verdict": verdict})), curve


def value_of(
    bundles: Mapping[Target, Bundle], features: pd.DataFrame, snapshots: pd.DataFrame, inquiries: pd.DataFrame,
    info: Info, config: Config,
) -> pd.DataFrame:  # fmt: skip
    """The stage `value`: what the rankings are worth; empty without a model of conversion."""
    if "conversion" not in bundles:
        return pd.DataFrame(columns=COLUMNS)
    rows = labelled_rows(features, snapshots, inquiries, "conversion", info.tier_leaks)
    tier = bundles.get("client_tier")
    return value_table(
        bundles["conversion"], tier, rows, snapshots, inquiries, info, config.tier.currency, config.evaluate
    )


def run_line(
    tables: Tables,
    config: Config,
    encoder: Encoder | None,
    store: EmbeddingStore | None,
    step: Step = silent,
) -> LineResult:
    """Label, embed, featurize, audit, train, evaluate and explain; `step` is told what is being done.

    Raises
    ------
    DataError
        If no target has labels before and in the test period, or a column seems to know the outcome and no
        written reason allows it (config.audit.allowed).
    """
    with step("labelling"):
        snapshots = label_snapshots(tables, config)
    with step("encoding texts") as progress:
        texts = embed_texts(tables.messages, encoder, store, progress, config.embed.similarity)
    with step("building features"):
        features = training_features(tables, snapshots, texts, config.features)
    labels = label_summary(snapshots, tables, config)
    reasons = {target: why_not(snapshots, target) for target in config.targets}
    without = {target: reason for target, reason in reasons.items() if reason}
    if len(without) == len(config.targets):
        said = "; ".join(f"{target}: {reason}" for target, reason in without.items())
        left_out = "".join(f", {n:,} left out ({reason})" for reason, n in labels["left_out"].items())
        raise DataError(
            f"Nothing to learn: {said}. Of {counted(labels['snapshots'], 'snapshot')} {labels['used']:,} are used"
            f"{left_out}. Give a longer history, or in params.yaml another split "
            "or other bounds of the tiers; until then 'inquiry-intent classify' grades inquiries by rules."
        )
    with step("auditing"):
        audits = audit_all(features, snapshots, config.targets, tables, config.audit)
    refuse_leaks(audits)
    results = {}
    for target in config.targets:
        if target in without:
            continue
        with step(f"training {target}"):
            bundle, curve = train_target(
                features, snapshots, texts, tables.inquiries, tables.info, labels, target, config
            )
        rows = labelled_rows(features, snapshots, tables.inquiries, target, tables.info.tier_leaks)
        with step(f"evaluating {target}"):
            evaluation = evaluate(bundle, rows, tables.inquiries, config.evaluate)
            predicted = predictions(bundle, rows)
        with step(f"explaining {target}"):
            important = importance(bundle, rows.of("test"), config.explain)
        results[target] = Result(bundle, curve, evaluation, important, predicted)
    bundles = {target: made.bundle for target, made in results.items()}
    with step("valuing the rankings"):
        value = value_of(bundles, features, snapshots, tables.inquiries, tables.info, config)
    return LineResult(snapshots, features, labels, results, without, value, audits, config.audit.allowed)


def write_result(result: LineResult, tables: Tables, quarantine: pd.DataFrame, folder: Path) -> None:
    """Write everything one run made below `folder`, which must be new."""
    folder.mkdir(parents=True)
    write_tables(tables, folder / "tables", quarantine)
    write_table(result.snapshots, folder / "snapshots.parquet")
    write_table(result.features, folder / "features.parquet")
    write_json(result.labels, folder / "labels.json")
    write_table(
        pd.concat([r.predictions for r in result.targets.values()], ignore_index=True), folder / "predictions.parquet"
    )
    for target, made in result.targets.items():
        save_bundle(made.bundle, folder / "models" / target)
        reports = folder / "reports" / target
        write_curve(made.curve, reports)
        write_evaluation(made.evaluation, made.bundle, reports)
        write_importance(made.importance, made.bundle, reports)
    write_audit(result.audits, result.allowed, folder / "reports")
    if "conversion" in result.targets:
        write_value(result.value, folder / "reports" / "conversion" / "value.csv")


def write_curve(curve: dict[str, list[float]], folder: Path) -> None:
    """The learning curve, for `dvc plots`."""
    folder.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(curve).to_csv(folder / "learning_curve.csv", index=False)


def write_evaluation(evaluation: dict[str, Any], bundle: Bundle, folder: Path) -> None:
    """Key figures and calibration for DVC; comparison.csv, slices.csv and early.csv with intervals."""
    folder.mkdir(parents=True, exist_ok=True)
    write_json(evaluation["summary"], folder / "metrics.json")
    for name in ("comparison", "slices", "early", "calibration"):
        # Slices are named by what stands in the export, and people open them in a spreadsheet.
        safe_cells(evaluation[name]).to_csv(folder / f"{name}.csv", index=False)
    shown = evaluation["calibrated_class"]
    what = "won" if bundle.manifest.target == "conversion" else f"{shown.replace('_', ' ')} clients"
    _save(draw_calibration(evaluation["calibration"], picture_title(bundle, what, 70)), folder / "calibration.png")


def write_value(value: pd.DataFrame, path: Path) -> None:
    """What the rankings are worth."""
    path.parent.mkdir(parents=True, exist_ok=True)
    value.to_csv(path, index=False, float_format="%.6g")


def write_importance(table: pd.DataFrame, bundle: Bundle, folder: Path) -> None:
    """importance.csv and importance.png."""
    folder.mkdir(parents=True, exist_ok=True)
    safe_cells(table).to_csv(folder / "importance.csv", index=False)
    title = picture_title(bundle, "what the model looks at", 130)
    shown = table.assign(feature=table["feature"].map(shown_name))
    _save(draw_importance(shown, title), folder / "importance.png")


def picture_title(bundle: Bundle, what: str, width: int) -> str:
    """Title of a picture: the target, the rows it is of, and whatever a reader of any figure must know."""
    manifest = bundle.manifest
    warnings = [wrap(warning, width) for warning in manifest.warnings]
    return "\n".join(
        [f"{manifest.target}: {what} ({manifest.test_side})", *(line for lines in warnings for line in lines)]
    )


def _save(figure: Any, path: Path) -> None:
    """The same picture gives the same bytes."""
    figure.savefig(path, dpi=110, metadata={"Software": None})
