"""Exports: check how they become tables, and make the tables."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from inquiry_intent.errors import counted, shown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pandas import DataFrame

    from inquiry_intent.config import TierConfig
    from inquiry_intent.sources.ingest import IngestResult
    from inquiry_intent.sources.schema import Mapping
    from inquiry_intent.tables import Tables

PATH = click.Path(path_type=Path)
SHOWN_REASONS = 5
#: label.horizon_days of params.yaml, where a command reads no parameters and the mapping names none.
HORIZON_DAYS = 60
#: Open are more than this share of the inquiries older than the horizon: outcomes are lacking. A team that writes down
#: only what it wins or loses at once leaves fewer.
MOSTLY_OPEN = 0.75
#: More of the decided than this share, and than so many, are open again: no slips of single inquiries.
OPEN_AGAIN, FEW_AGAIN = 0.02, 2


@click.command("ingest")
@click.argument("export", type=PATH)
@click.option("--mapping", type=PATH, required=True, help="How the export becomes tables (docs/mapping.md).")
@click.option("-o", "--output", type=PATH, required=True, help="Folder to write the tables to.")
def ingest_command(export: Path, mapping: Path, output: Path) -> None:
    """Make tables from EXPORT, a folder of exported files or one file.

    Rows that cannot be taken are written to quarantine.parquet, each with its reason. If the mapping looks wrong, all
    problems are listed and nothing is written.

    Example:

    \b
        inquiry-intent ingest --mapping data/mappings/demo.yaml data/raw/demo -o data/interim/tables
    """
    from inquiry_intent.errors import ConfigError
    from inquiry_intent.sources.ingest import read_export
    from inquiry_intent.sources.mapping import load_mapping
    from inquiry_intent.storage import check_writable, write_tables

    check_writable(output)
    if output.is_file() or (output.exists() and any(output.iterdir()) and not (output / "inquiries.parquet").exists()):
        raise ConfigError(f"{output} holds something else than tables. Name a new folder.")
    how = load_mapping(mapping)
    result = read_export(export, how)
    again = _open_again(output, result.tables)
    write_tables(result.tables, output, result.quarantine)
    report_ingest(result, _horizon_days(how))
    if again:
        click.echo(again, err=True)
    click.echo(f"Wrote {output}", err=True)


@click.group("mapping")
def mapping_group() -> None:
    """Write and check mapping files: how an export becomes tables.

    Example:

    \b
        inquiry-intent mapping suggest export/ -o mapping.yaml
    """


@mapping_group.command("suggest")
@click.argument("export", type=PATH)
@click.option("-o", "--output", type=PATH, help="File to write; default: standard output.")
def suggest_command(export: Path, output: Path | None) -> None:
    """Write a first mapping for EXPORT from its column names and values.

    Names in English, Chinese and nine more languages are known. It is a draft: read its comments, then check it.
    Columns that look as if they were known only later are forbidden.

    Example:

    \b
        inquiry-intent mapping suggest export/ -o mapping.yaml
    """
    from inquiry_intent.sources.suggest import suggest_mapping
    from inquiry_intent.storage import replacing

    text = suggest_mapping(export)
    for line in text.splitlines():
        if line.startswith("# not read:"):
            click.echo(line.removeprefix("# "), err=True)
    if output is None:
        click.echo(text, nl=False)
        return
    with replacing(output) as draft:
        draft.write_text(text, encoding="utf-8")
    click.echo(f"Wrote {output}. Read its comments, then: inquiry-intent mapping check {output} {export}", err=True)


@mapping_group.command("check")
@click.argument("mapping", type=PATH)
@click.argument("export", type=PATH, required=False)
@click.option("--params", type=PATH, help="Parameter file over which the mapping's 'params:' must fit.")
def check_command(mapping: Path, export: Path | None, params: Path | None) -> None:
    """Check a MAPPING file, and what it makes of EXPORT if that is given. Nothing is written.

    Example:

    \b
        inquiry-intent mapping check data/mappings/demo.yaml data/raw/demo
    """
    from inquiry_intent.config import load_config
    from inquiry_intent.sources.mapping import load_mapping

    how = load_mapping(mapping)
    config = load_config(params, how.params) if params is not None else None
    if export is not None:
        from inquiry_intent.sources.ingest import read_export
        from inquiry_intent.sources.second_look import clients_alike, inquiries_alike, unread_receipts

        result = read_export(export, how)
        warned = report_ingest(result, _horizon_days(how) if config is None else config.label.horizon_days)
        unread = unread_receipts(export, how)
        tables = result.tables
        alike = [*clients_alike(tables.inquiries["client_id"]), *inquiries_alike(tables.inquiries, tables.messages)]
        say_notes([*alike, *unread])
        warned |= bool(unread)
        if config is not None:
            warned |= _report_currencies(result.tables.outcomes, config.tier)
        if fault := _nothing_to_learn(result):
            click.echo(f"{mapping} can be read, but nothing can be learnt from it: {fault}.", err=True)
            return
        if warned:
            click.echo(f"{mapping} can be read; whether it is right, see each WARNING above.", err=True)
            return
    click.echo(f"{mapping} is sound.", err=True)


def _report_currencies(outcomes: "DataFrame", tier: "TierConfig") -> bool:
    """Warn of currencies of won orders that the parameters cannot convert: training would stop there. Whether any."""
    from inquiry_intent.labels import without_rate

    valued = outcomes[["order_value", "annual_volume"]].notna().any(axis=1)
    if lacking := without_rate(outcomes.loc[outcomes["status"].eq("won") & valued, "currency"], tier):
        click.echo(f"WARNING: {lacking}", err=True)
    return bool(lacking)


def say_notes(notes: "Iterable[str]") -> None:
    """What a reader of files noticed, a line each."""
    for note in notes:
        click.echo(f"note: {note}", err=True)


def _horizon_days(how: "Mapping") -> float:
    """The horizon of the labels as far as a mapping tells."""
    return float((how.params.get("label") or {}).get("horizon_days", HORIZON_DAYS))


def report_ingest(result: "IngestResult", horizon_days: float | None = None) -> bool:
    """Say what was read, kept, quarantined (with the commonest reasons) and left out, and how it ended; warned of?

    `horizon_days` is label.horizon_days where something may be learnt from the tables.
    """
    say_notes(result.notes)
    info = result.tables.info
    for name, counts in info.counts.items():
        if counts["read"] or counts["left_out"]:
            click.echo(
                f"{name}: {counts['read']:,} read = {counts['kept']:,} kept + {counts['quarantined']:,} quarantined"
                + (f" ({counts['left_out']:,} left out)" if counts["left_out"] else ""),
                err=True,
            )
    _report_reasons(result)
    warned = _report_outcomes(result)
    if horizon_days is not None and (few := _few_outcomes(result.tables, horizon_days)):
        click.echo(few, err=True)
        warned = True
    warned |= _report_little(result) or any(note.startswith("WARNING") for note in result.notes)
    if info.timeless:
        click.echo("No times: the split will be random, and figures say nothing about drift.", err=True)
    else:
        end = info.recorded_until or info.known_until
        click.echo(f"Times to the {info.time_precision}; known until {end:%Y-%m-%d %H:%M} UTC.", err=True)
    return warned


def _report_outcomes(result: "IngestResult") -> bool:
    """How many inquiries are won, lost and open; whether a warning had to be said, for nothing can be learnt then."""
    tables = result.tables
    counts = tables.info.counts["outcomes"]
    if not (counts["read"] or counts["left_out"]):
        return False
    ended = {name: int(tables.outcomes["status"].eq(name).sum()) for name in ("won", "lost")}
    still = len(tables.inquiries) - sum(ended.values())
    click.echo(
        f"{ended['won']:,} won, {ended['lost']:,} lost, {still:,} open (inquiries without an outcome too)", err=True
    )
    _report_undated(tables)
    if not any(ended.values()):
        click.echo(
            "WARNING: no inquiry is decided, so nothing can be learnt, and scores know no history: is this a week "
            "without its history, or does the mapping's outcomes.status not say which values mean won and lost?",
            err=True,
        )
        return True
    for name, count in ended.items():
        if count == 0:
            click.echo(
                f"WARNING: no inquiry is {name}, so {_without(name, result)}; does the mapping's outcomes.status say "
                f"which values mean {name}?",
                err=True,
            )
    return 0 in ended.values()


def _few_outcomes(tables: "Tables", horizon_days: float) -> str:
    """A warning where most inquiries that had their time have no outcome, for they count as not won; "" elsewhere.

    Where none at all is lost, only orders are recorded, and another warning says so.
    """
    import pandas as pd

    from inquiry_intent.labels import label_kind

    statuses = tables.outcomes["status"].value_counts().reindex(["won", "lost"], fill_value=0)
    if tables.info.timeless or not statuses["lost"] or label_kind(tables.outcomes) == "final_status":
        return ""
    old = tables.inquiries["received_at"] <= tables.known_until - pd.Timedelta(days=horizon_days)
    ids = tables.inquiries.loc[old, "inquiry_id"]
    decided = tables.outcomes.loc[tables.outcomes["status"].isin(["won", "lost"]), "inquiry_id"]
    still = ids[~ids.isin(decided)]
    if len(still) <= MOSTLY_OPEN * len(ids):
        return ""
    return (
        f"WARNING: {len(still):,} of {counted(len(ids), 'inquiry')} older than label.horizon_days ({horizon_days:g}) "
        f"have no outcome, such as {shown(still.iloc[0])}; recorded are {statuses['won']:,} won and "
        f"{statuses['lost']:,} lost. A model would learn that all the others came to nothing. Export the outcomes of "
        "all inquiries, or only inquiries that somebody followed up; until then use 'inquiry-intent classify'"
    )


def _open_again(folder: Path, tables: "Tables") -> str:
    """A warning where many inquiries decided in an older tables folder are open now; "" elsewhere."""
    from inquiry_intent.errors import SourceError
    from inquiry_intent.storage import read_table

    try:
        before = read_table(folder / "outcomes.parquet").reindex(columns=["inquiry_id", "status"])
    except SourceError:  # a first ingest, or tables that only can be written anew
        return ""
    decided = ["won", "lost"]
    before = before[before["status"].isin(decided) & before["inquiry_id"].isin(tables.inquiries["inquiry_id"])]
    now = tables.outcomes.loc[tables.outcomes["status"].isin(decided), "inquiry_id"]
    again = before[~before["inquiry_id"].isin(now)]
    if len(again) <= max(FEW_AGAIN, OPEN_AGAIN * len(before)):
        return ""
    one = again.iloc[0]
    return (
        f"WARNING: {len(again):,} of {counted(len(before), 'inquiry')} decided in the tables that {folder} held are "
        f"open now, such as {shown(one['inquiry_id'])}, which was {one['status']}: are the outcomes of this export "
        "whole? If not, export them again"
    )


def _report_little(result: "IngestResult") -> bool:
    """Warn of an export that says next to nothing of its inquiries; whether it does."""
    tables = result.tables
    if len(tables.messages) or tables.info.attributes:
        return False
    told = [
        name for name in ("channel", "country", "product", "subject", "owner") if tables.inquiries[name].notna().any()
    ]
    known = f"nothing but {' and '.join(told)}" if told else "nothing"
    click.echo(
        f"WARNING: neither messages nor attributes: {known} tells one inquiry from another. Map the buyers' texts, or "
        "columns known when the inquiry came in",
        err=True,
    )
    return True


def _nothing_to_learn(result: "IngestResult") -> str:
    """Why no model can be trained on an export as it is mapped; empty: it can."""
    from inquiry_intent.labels import label_kind

    outcomes, inquiries = result.tables.outcomes, result.tables.inquiries
    counts = result.tables.info.counts["outcomes"]
    if not (counts["read"] or counts["left_out"]):
        return "it gives no outcomes"
    won, lost = (int(outcomes["status"].eq(name).sum()) for name in ("won", "lost"))
    if not won:
        return "no inquiry is won"
    if won == len(inquiries):
        return "every inquiry is won"
    return "no inquiry is lost" if not lost and label_kind(outcomes) == "final_status" else ""


def _without(status: str, result: "IngestResult") -> str:
    """What follows where no inquiry is won, or none lost."""
    from inquiry_intent.labels import label_kind

    if status == "won" or label_kind(result.tables.outcomes) == "final_status":
        return "nothing can be learnt"
    return (
        "those that are not won within label.horizon_days count as not won, also those that are still open, and any "
        "that were lost are shown as open"
    )


def _report_undated(tables: "Tables") -> None:
    """Say how many decisions have no date: training can use them as final statuses only, or not at all."""
    from inquiry_intent.labels import label_kind

    decided = tables.outcomes[tables.outcomes["status"].isin(["won", "lost"])]
    missing = decided["decided_at"].isna()
    if tables.info.timeless or not missing.any():
        return
    each = decided["status"].value_counts().sort_index(ascending=False)
    counts = ", ".join(f"{int(missing[decided['status'] == name].sum()):,} of {n:,} {name}" for name, n in each.items())
    final = label_kind(tables.outcomes) == "final_status"
    follows = "the label is the final status then, whenever it came" if final else "training leaves these out"
    click.echo(
        f"note: {int(missing.sum()):,} of {len(decided):,} decided have no decided_at ({counts}): {follows}. Map the "
        "dates of both won and lost (first_of takes several columns), or complete them in the export",
        err=True,
    )


def _report_reasons(result: "IngestResult") -> None:
    """The commonest reasons of the quarantine, each with its first row."""
    from inquiry_intent.sources.faults import alike, hint_of, unknown_values, value_in

    found = result.quarantine
    read = {name: counts["read"] for name, counts in result.tables.info.counts.items()}
    groups = found.assign(kind=found["reason"].map(alike)).groupby(["table", "kind"], sort=False)
    largest = sorted(groups, key=lambda group: -len(group[1]))
    for (table, kind), rows in largest[:SHOWN_REASONS]:
        first = rows.iloc[0]
        one = first["reason"] if len(rows) == 1 else kind
        values = ""
        if (named := unknown_values(rows["reason"])) and len(rows) > 1:
            values = f"; the values are {named}"
        elif (value := value_in(first["reason"])) and len(rows) > 1:
            values = f", such as {value}"
        hint = (
            f"; add them to 'values:' of the mapping's {table}"
            if named
            else hint_of(str(table), str(kind), len(rows) / read[str(table)])
        )
        click.echo(f"  {len(rows):,} x {table}: {one}{values}{hint} (row {first['row']} of {first['file']})", err=True)
    if len(largest) > SHOWN_REASONS:
        more = counted(len(largest) - SHOWN_REASONS, "more kind")
        click.echo(f"  … and {more}; see quarantine.parquet, which ingest and run write", err=True)
