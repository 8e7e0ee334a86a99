"""Command `tune`: search the booster's parameters."""

from pathlib import Path
from typing import Any

import click

from inquiry_intent.cli.line import FILE, FOLDER, PARAMS


@click.command("tune")
@click.argument("target", type=click.Choice(["conversion", "client_tier"]))
@click.argument("tables", type=FOLDER)
@click.argument("snapshots", type=FILE)
@click.argument("features", type=FILE)
@PARAMS
@click.option(
    "--storage",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path(".cache/tuning.db"),
    show_default=True,
    help="What was tried so far: a search that was stopped goes on.",
)
def tune_command(target: Any, tables: Path, snapshots: Path, features: Path, params: Path, storage: Path) -> None:
    """Search better parameters of the booster of TARGET, on folds before the test period.

    TABLES, SNAPSHOTS and FEATURES are what the line wrote. Bounded by tune.trials and tune.seconds of the parameters;
    each finished trial becomes an MLflow run. Ends with the block to paste into params.yaml.

    Example:

    \b
        inquiry-intent tune conversion out/tables out/snapshots.parquet out/features.parquet
    """
    from inquiry_intent.config import load_config
    from inquiry_intent.labels import label_gap_days
    from inquiry_intent.storage import read_table, read_tables
    from inquiry_intent.tracking import flat_params, log_trial, start_search
    from inquiry_intent.training import labelled_rows
    from inquiry_intent.tuning import tune

    config = load_config(params)
    read = read_tables(tables)
    leaks = read.info.tier_leaks
    rows = labelled_rows(read_table(features), read_table(snapshots), read.inquiries, target, leaks)
    search = start_search(target, config.track.experiment_prefix, flat_params(config))

    def heard(number: int, tried: dict[str, Any], figures: dict[str, float]) -> None:
        click.echo(f"trial {number}: log loss {figures['log_loss']:.4f}", err=True)
        log_trial(search, number, tried, figures)

    tuned = tune(rows, target, config, label_gap_days(read, config), storage, heard)
    click.echo(
        f"# {len(tuned.trials)} finished trials; the best one's log loss is {tuned.trials['log_loss'].min():.4f}, "
        f"{tuned.gain:.4f} below that of the parameters as they are.\n"
        "# The best of many is too good by chance: compare with `python -m benchmarks.quality` before you keep it."
    )
    click.echo(tuned.block(), nl=False)
