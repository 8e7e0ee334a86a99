"""Stage `ingest`: an export becomes checked tables; rows that cannot be used go to quarantine with a reason."""

from pathlib import Path

import click

from inquiry_intent.cli.told import Told
from inquiry_intent.config import load_config, overlaid
from inquiry_intent.errors import ConfigError
from inquiry_intent.progress import step
from inquiry_intent.sources.ingest import read_export
from inquiry_intent.sources.mapping import load_mapping
from inquiry_intent.storage import write_tables


@click.command(cls=Told)
@click.argument("export", type=click.Path(path_type=Path))
@click.argument("mapping", type=click.Path(path_type=Path))
@click.argument("tables", type=click.Path(path_type=Path))
@click.option("--params", type=click.Path(path_type=Path), default=Path("params.yaml"))
def main(export: Path, mapping: Path, tables: Path, params: Path) -> None:
    how = load_mapping(mapping)
    config = load_config(params)
    if load_config(params, how.params) != config:
        raise ConfigError(
            f"{mapping} needs other parameters than {params}. Copy them there: {overlaid({}, how.params)}"
        )
    with step(f"reading {export}"):
        read = read_export(export, how)
    write_tables(read.tables, tables, read.quarantine)
    for note in read.notes:
        click.echo(f"note: {note}", err=True)


if __name__ == "__main__":
    main()
