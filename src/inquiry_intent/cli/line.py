"""Commands `run` (learn from an export) and `score` (this week's list)."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from inquiry_intent.cli.data import report_ingest
from inquiry_intent.errors import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from inquiry_intent.tables import Tables

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
#: Not `exists=True`: the reader of the file says what to do where it is missing.
PARAMS = click.option(
    "--params",
    type=click.Path(path_type=Path),
    default=Path("params.yaml"),
    show_default=True,
    help="Parameters; a mapping's go first.",
)
NEW = click.Path(path_type=Path)
METRICS = {
    "conversion": ["log_loss", "brier", "roc_auc", "average_precision", "wins_at_capacity", "calibration_error"],
    "client_tier": ["log_loss", "rps", "macro_f1", "quadratic_kappa", "accuracy"],
}


@click.command("run")
@click.argument("export", type=click.Path(exists=True, path_type=Path))
@click.option("--mapping", type=FILE, required=True, help="How the export becomes tables.")
@click.option("-o", "--output", type=NEW, required=True, help="Folder to write: tables, models, reports, predictions.")
@PARAMS
def run_command(export: Path, mapping: Path, output: Path, params: Path) -> None:
    """Learn from EXPORT in one process: ingest, label, embed, featurize, audit, train, evaluate, explain.

    The same functions as the DVC stages, without DVC. OUTPUT gets predictions.parquet (inquiry_id, as_of, split,
    target, y, p_model, p_rules) beside tables, models and reports; it is written whole or not at all.

    Example:

    \b
        inquiry-intent run --mapping data/mappings/demo.yaml data/raw/demo -o out
    """
    from inquiry_intent.config import load_config
    from inquiry_intent.embedding import EmbeddingStore, load_encoder
    from inquiry_intent.errors import ConfigError
    from inquiry_intent.line import has_texts, run_line, write_result
    from inquiry_intent.progress import step
    from inquiry_intent.scoring import what_was_learned
    from inquiry_intent.sources.ingest import read_export
    from inquiry_intent.sources.mapping import load_mapping
    from inquiry_intent.storage import check_writable, replacing

    check_writable(output)
    if output.exists() and any(output.iterdir()) and not (output / "predictions.parquet").exists():
        raise ConfigError(f"{output} holds something else than an earlier run. Name a new folder.")
    how = load_mapping(mapping)
    config = load_config(params, how.params)
    with step(f"reading {export}"):
        read = read_export(export, how)
    report_ingest(read, config.label.horizon_days)
    encoder = store = None
    if has_texts(read.tables):
        with step("loading the encoder"):
            encoder = load_encoder(config.embed)
        store = EmbeddingStore(config.embed.store, encoder.fingerprint)
    result = run_line(read.tables, config, encoder, store, step)
    with step(f"writing {output}"), replacing(output) as draft:
        write_result(result, read.tables, read.quarantine, draft)
    _say_counts(result.labels)
    for target, made in result.targets.items():
        click.echo(comparison_text(target, made.evaluation["comparison"], made.evaluation["summary"]))
    if not result.value.empty:
        click.echo(value_text(result.value, result.targets["conversion"].bundle.manifest.split))
    for made in result.targets.values():
        if said := made.bundle.manifest.verdict:
            click.echo(said, err=True)
    for left_out, why in result.without_labels.items():
        click.echo(f"{left_out}: not trained, {why}.", err=True)
    for fact in what_was_learned([made.bundle.manifest for made in result.targets.values()]):
        click.echo(fact, err=True)
    click.echo(f"Wrote {output}", err=True)


def quarantined_beside(folder: Path, tables: "Tables") -> "pd.DataFrame":
    """The inquiries that ingest could not take when it wrote a tables folder; see `scoring.not_taken`."""
    import pandas as pd

    from inquiry_intent.scoring import not_taken
    from inquiry_intent.storage import read_table

    bad_rows = folder / "quarantine.parquet"
    return not_taken(read_table(bad_rows), tables.inquiries) if bad_rows.exists() else pd.DataFrame()


def _say_counts(labels: dict) -> None:
    for warning in labels["warnings"]:
        click.echo(f"WARNING: {warning}", err=True)
    left_out = ", ".join(f"{n} {reason}" for reason, n in labels["left_out"].items()) or "none"
    click.echo(f"{counted(labels['snapshots'], 'snapshot')} = {labels['used']:,} used + left out: {left_out}", err=True)


def comparison_text(target: str, comparison: "pd.DataFrame", summary: dict) -> str:
    """Model beside rules as a plain table, with intervals."""
    from inquiry_intent.bundle import TEST_SIDES
    from inquiry_intent.evaluating import comparison_rows

    rows = [["", "model", "rules", "majority", "model minus rules"], *comparison_rows(comparison, METRICS[target])]
    side = TEST_SIDES[summary["split"]]
    head = f"{target}: {side}, {summary['test_rows']} snapshots of {summary['test_inquiries']} inquiries"
    values = comparison[comparison["predictor"] == "model"].set_index("metric")["value"]
    if values.reindex(["roc_auc", "macro_f1"]).isna().all():
        head += ", all of one class: nothing to tell apart, so – is no figure"
    return plain_table(head, rows)


def plain_table(head: str, rows: list[list[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([head, *(f"  {line}" for line in lines)])


def value_text(value: "pd.DataFrame", split: str = "time") -> str:
    """What a team catches that works a part of each week's list, as a plain table."""
    import numpy as np

    from inquiry_intent.bundle import TEST_SIDES

    def share(row: "pd.Series", name: str) -> str:
        if np.isnan(row[name]):
            return "–"
        if np.isnan(row[f"{name}_low"]):
            return f"{row[name]:.0%} (–)"
        return f"{row[name]:.0%} ({row[f'{name}_low']:.0%} to {row[f'{name}_high']:.0%})"

    policies = value[value["inquiries"].notna()]
    facts = policies.iloc[0]
    rows = [["worked first by", "orders", "caught", "order value", "caught"]]
    for _, row in policies.iterrows():
        orders = f"{row['wins_caught']:,.0f} of {row['wins']:,.0f}"
        unknown = np.isnan(row["value"])
        worth = "–" if unknown else f"{row['value_caught']:,.0f} of {row['value']:,.0f} {row['currency']}"
        rows.append([row["policy"], orders, share(row, "wins_share"), worth, share(row, "value_share")])
    for _, row in value[value["inquiries"].isna()].iterrows():
        rows.append([row["policy"], "", share(row, "wins_share"), "", share(row, "value_share")])
    head = (
        f"value: {facts['inquiries']:,.0f} inquiries of the {TEST_SIDES[split]} on {facts['lists']:.0f} lists "
        f"({facts['decided_before']:,.0f} more decided before their list); "
        f"{facts['worked']:,.0f} worked, {facts['not_worked']:,.0f} not: {facts['hours_saved']:,.0f} hours saved, "
        f"if an inquiry takes {facts['hours_saved'] / facts['not_worked']:g}"
    )
    # Reports of an earlier version do not count them.
    if 0 < (valued := facts.get("wins_valued", 0)) < facts["wins"]:
        head += (
            f"; order value of the {valued:,.0f} of {facts['wins']:,.0f} orders whose value in "
            f"{facts['currency']} is known"
        )
    return plain_table(head, rows)


@click.command("score")
@click.argument("tables", type=FOLDER)
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]), help="Score what is open then, UTC.")
@click.option("--at-age", type=click.FloatRange(min=0), help="Or: score each inquiry at this age in days (backtests).")
@click.option(
    "--models", type=FOLDER, default=Path("models"), show_default=True, help="Folder of bundles, one a target."
)
@click.option(
    "--store", type=NEW, default=Path(".cache/embeddings"), show_default=True, help="Vectors already computed."
)
@click.option("-o", "--output", type=NEW, required=True, help="Scores: .parquet, .csv or .xlsx.")
def score_command(
    tables: Path, as_of: datetime | None, at_age: float | None, models: Path, store: Path, output: Path
) -> None:
    """Score the open inquiries of TABLES, a folder that `ingest` wrote, most likely orders first.

    Each inquiry comes out once: scored, or left out with its reason (beside the scores, and counted on stderr).

    Example:

    \b
        inquiry-intent score data/interim/tables --as-of 2026-03-02 -o scores.xlsx
    """
    import pandas as pd

    from inquiry_intent.bundle import load_bundles
    from inquiry_intent.embedding import NO_ENCODER, EmbeddingStore, load_encoder
    from inquiry_intent.progress import step
    from inquiry_intent.scoring import OTHER_AGE, score, what_was_learned
    from inquiry_intent.storage import read_tables

    if (as_of is None) == (at_age is None):
        raise click.UsageError("Give --as-of DAY (the weekly list) or --at-age DAYS (a backtest).")
    check_output(output)
    bundles = load_bundles(models)
    first = next(iter(bundles.values())).manifest
    with step(f"reading {tables}"):
        read = read_tables(tables)
        unread = quarantined_beside(tables, read)
    encoder = None
    if first.encoder != NO_ENCODER:
        with step("loading the encoder"):
            encoder = load_encoder(first.embed_config)
    vectors = EmbeddingStore(store, first.encoder)
    moment = None if as_of is None else pd.Timestamp(as_of.replace(tzinfo=UTC))
    scores = score(read, bundles, encoder, vectors, as_of=moment, at_age_days=at_age, step=step)
    counts = scores.left_out["left_out_reason"].value_counts().sort_index().to_dict()
    notes = list(scores.notes)
    if len(unread):
        counts["quarantined"] = len(unread)
        notes.append(
            f"{counted(len(unread), 'inquiry')} not taken from the export and so without a score, open or not, such as "
            f"{unread['left_out_reason'].iloc[0].removeprefix('quarantined: ')}. Listed among those left out; mend the "
            "mapping or the export, and ingest again."
        )
    # What may be open before what is not.
    waiting = scores.left_out["left_out_reason"].str.startswith(OTHER_AGE)
    left_out = pd.concat([scores.left_out[waiting], unread, scores.left_out[~waiting]], ignore_index=True)
    with step(f"writing {output}"):
        learned = what_was_learned([bundle.manifest for bundle in bundles.values()])
        doubts = [bundle.manifest.verdict for bundle in bundles.values() if bundle.manifest.verdict]
        write_result_tables(scores.scored, left_out, "scores", output, [*notes, *learned], read.info.zone, doubts)
    why = ", ".join(f"{n} {reason}" for reason, n in counts.items()) or "none"
    total = counted(len(read.inquiries) + len(unread), "inquiry")
    click.echo(f"{total} = {len(scores.scored):,} scored + {len(left_out):,} left out ({why})", err=True)
    if waiting.any():
        said = f"{waiting.sum()} open ones have no score, for their age; they stand first among those left out"
        click.echo(f"{said}, graded by the rules.", err=True)
    if scores.scored.empty:
        click.echo("Nothing to score: no inquiry is open and of an age that training saw. The list is empty.", err=True)
    for warning in (*notes, *first.warnings):
        click.echo(f"WARNING: {warning}", err=True)
    for fact in learned:
        click.echo(fact, err=True)
    click.echo(f"Wrote {output}", err=True)


def write_result_tables(
    main: "pd.DataFrame",
    left_out: "pd.DataFrame",
    title: str,
    output: Path,
    notes: "Sequence[str]" = (),
    zone: str = "UTC",
    doubts: "Sequence[str]" = (),
) -> None:
    """Write a result and its left-out rows: two sheets of one workbook, or two files side by side.

    A workbook with `notes` has a third sheet of them, shows moments by the clock of `zone`, and has above its table
    those of the notes that say to doubt it.
    """
    import pandas as pd

    from inquiry_intent.identifying import COLUMNS
    from inquiry_intent.reports.spreadsheet import safe_cells, write_workbook
    from inquiry_intent.storage import replacing, write_table

    check_output(output)
    if output.suffix == ".xlsx":
        # Names that the export does not have would only be in the reader's way.
        sheets = {
            name: table.drop(columns=[c for c in COLUMNS if c in table and table[c].isna().all()])
            for name, table in {title: main, "left out": left_out}.items()
        }
        said = {"notes": pd.DataFrame({"note": notes})} if notes else {}
        write_workbook(sheets | said, output, zone, above=doubts)
        return
    beside = output.with_name(f"{output.stem}.left_out{output.suffix}")
    for table, path in ((main, output), (left_out, beside)):
        if output.suffix == ".parquet":
            write_table(table, path)
        else:
            with replacing(path) as draft:
                # Without a byte order mark Excel takes UTF-8 for the system's encoding.
                safe_cells(table).to_csv(draft, index=False, encoding="utf-8-sig")


def check_output(output: Path, *kinds: str) -> None:
    """Refuse an output of a kind or in a place that cannot be written, before any work is done."""
    from inquiry_intent.errors import ConfigError
    from inquiry_intent.storage import check_writable

    *others, last = kinds or (".parquet", ".csv", ".xlsx")
    if output.suffix not in (*others, last):
        expected = " or ".join(filter(None, [", ".join(others), last]))
        raise click.UsageError(f"--output ends in {output.suffix!r}, expected {expected}.")
    check_writable(output)
    if output.is_dir():
        raise ConfigError(f"{output} is a folder, expected a file to write; name one in it")


@click.command("summary")
@click.argument("reports", type=FOLDER)
def summary_command(reports: Path) -> None:
    """Show model beside rules for each target that REPORTS holds.

    Example:

    \b
        inquiry-intent summary reports
    """
    import json

    import pandas as pd

    from inquiry_intent.config import TARGETS
    from inquiry_intent.errors import DataError
    from inquiry_intent.evaluating import no_better_text

    found = [target for target in TARGETS if (reports / target / "comparison.csv").is_file()]
    if not found:
        raise DataError(f"{reports} holds no comparison.csv of any target. Run 'dvc repro' first.")
    splits = {}
    for target in found:
        summary = json.loads((reports / target / "metrics.json").read_text())
        splits[target] = summary["split"]
        comparison = pd.read_csv(reports / target / "comparison.csv")
        click.echo(comparison_text(target, comparison, summary))
        if said := no_better_text(target, comparison, summary["split"]):
            click.echo(said, err=True)
    value = reports / "conversion" / "value.csv"
    if value.is_file() and not (table := pd.read_csv(value)).empty:
        click.echo(value_text(table, splits.get("conversion", "time")))
    labels = reports / "labels.json"
    for warning in json.loads(labels.read_text())["warnings"] if labels.is_file() else []:
        click.echo(f"WARNING: {warning}", err=True)
