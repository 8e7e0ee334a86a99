"""Command `classify`: the rules' verdict, with no model trained."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from inquiry_intent.cli.data import report_ingest, say_notes
from inquiry_intent.cli.line import PARAMS

if TYPE_CHECKING:
    import pandas as pd

    from inquiry_intent.tables import Tables


@click.command("classify")
@click.argument("source", metavar="INPUT", type=click.Path(exists=True, path_type=Path))
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]), help="Judge what was known then, UTC.")
@click.option(
    "--mapping", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="If INPUT is a raw export."
)
@PARAMS
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help=".parquet, .csv or .xlsx")
def classify_command(source: Path, as_of: datetime | None, mapping: Path | None, params: Path, output: Path) -> None:
    """Grade every inquiry of INPUT by the rules, with the words that the verdict rests on and the next step.

    INPUT is a tables folder, a raw export (with --mapping), or a CSV or JSON lines file with message_id and text, each
    message an inquiry of its own. No model is needed: useful on day one.

    Example:

    \b
        inquiry-intent classify data/interim/tables -o verdicts.xlsx
    """
    import pandas as pd

    from inquiry_intent.classifying import classify
    from inquiry_intent.cli.line import check_output, write_result_tables
    from inquiry_intent.config import load_config
    from inquiry_intent.progress import step
    from inquiry_intent.scoring import without_replies, without_times

    check_output(output)
    config = load_config(params)
    with step(f"reading {source}"):
        tables, unread = _read(source, mapping)
    moment = None if as_of is None else pd.Timestamp(as_of.replace(tzinfo=UTC))
    with step("reading the buyers' words"):
        verdicts, left_out = classify(tables, config.features, config.rules, moment)
    left_out = pd.concat([left_out, unread], ignore_index=True)
    notes = [*(without_times(tables) if moment is not None else []), *without_replies(tables)]
    write_result_tables(verdicts, left_out, "verdicts", output, notes, tables.info.zone)
    counts = ", ".join(f"{n} {grade}" for grade, n in verdicts["grade"].value_counts().sort_index().items())
    total = len(tables.inquiries) + len(unread)
    click.echo(f"{total} inquiries = {len(verdicts)} classified ({counts}) + {len(left_out)} left out", err=True)
    if len(unread):
        first = unread["left_out_reason"].iloc[0]
        click.echo(f"WARNING: {len(unread)} of these could not be read, such as {first}", err=True)
    say_notes(notes)
    click.echo(f"Wrote {output}", err=True)


def _read(source: Path, mapping: Path | None) -> "tuple[Tables, pd.DataFrame]":
    """Tables from any of the three kinds of input, and what is left out of them: loose messages or quarantined rows."""

    from inquiry_intent.classifying import tables_of_texts
    from inquiry_intent.cli.line import quarantined_beside
    from inquiry_intent.scoring import not_taken
    from inquiry_intent.sources.ingest import read_export
    from inquiry_intent.sources.mapping import load_mapping
    from inquiry_intent.sources.texts import buyers_texts, read_texts
    from inquiry_intent.storage import read_tables
    from inquiry_intent.tables import check_tables

    if mapping is not None:
        result = read_export(source, load_mapping(mapping))
        report_ingest(result)
        return result.tables, not_taken(result.quarantine, result.tables.inquiries)
    if source.is_dir():
        tables = read_tables(source)
        return tables, quarantined_beside(source, tables)
    frame, notes = read_texts(source)
    say_notes(notes)
    texts, left_out = buyers_texts(frame)
    tables = tables_of_texts(texts)
    check_tables(tables)
    return tables, left_out.rename(columns={"message_id": "inquiry_id", "reason": "left_out_reason"})
