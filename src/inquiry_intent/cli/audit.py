"""Command `audit`: which columns of an export know the outcome."""

from pathlib import Path

import click

from inquiry_intent.cli.data import report_ingest
from inquiry_intent.cli.line import FILE, PARAMS


@click.command("audit")
@click.argument("export", type=click.Path(exists=True, path_type=Path))
@click.option("--mapping", type=FILE, required=True, help="How the export becomes tables.")
@PARAMS
@click.option("-o", "--output", type=click.Path(path_type=Path), help="CSV file for the figures of every column.")
def audit_command(export: Path, mapping: Path, params: Path, output: Path | None) -> None:
    """Look for columns of EXPORT that know the outcome: leaks.

    Names each suspect, what was found and what to do. Exit code 1 if a suspect is not allowed, with a written reason,
    under audit.allowed in the parameters or in the mapping's 'params:'.

    Example:

    \b
        inquiry-intent audit --mapping data/mappings/demo.yaml data/raw/demo -o audit.csv
    """
    from inquiry_intent.audit import audit_all, refuse_leaks, report_text, write_figures
    from inquiry_intent.cli.line import check_output
    from inquiry_intent.config import load_config
    from inquiry_intent.embedding import embed_texts
    from inquiry_intent.label_report import warnings_of
    from inquiry_intent.labels import label_snapshots
    from inquiry_intent.progress import step
    from inquiry_intent.scoring import training_features
    from inquiry_intent.sources.ingest import read_export
    from inquiry_intent.sources.mapping import load_mapping

    if output is not None:
        check_output(output, ".csv")
    how = load_mapping(mapping)
    config = load_config(params, how.params)
    with step(f"reading {export}"):
        read = read_export(export, how)
    report_ingest(read, config.label.horizon_days)
    tables = read.tables
    with step("building features"):
        snapshots = label_snapshots(tables, config)
        # Embeddings are not audited, so no encoder is needed.
        features = training_features(tables, snapshots, embed_texts(tables.messages, None, None), config.features)
    with step("auditing"):
        results = audit_all(features, snapshots, config.targets, tables, config.audit)
    for warning in warnings_of(tables, config):
        click.echo(f"WARNING: {warning}", err=True)
    click.echo(report_text(results, config.audit.allowed))
    if output is not None:
        write_figures(results, output)
        click.echo(f"Wrote {output}", err=True)
    refuse_leaks(results)
