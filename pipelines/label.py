"""Stage `label`: what is predicted, when, what came of it, and on which side of the split it stands."""

from pathlib import Path

import click

from inquiry_intent.cli.told import Told
from inquiry_intent.config import load_config
from inquiry_intent.label_report import label_summary
from inquiry_intent.labels import label_snapshots
from inquiry_intent.progress import step
from inquiry_intent.storage import read_tables, write_json, write_table


@click.command(cls=Told)
@click.argument("tables", type=click.Path(path_type=Path))
@click.argument("snapshots", type=click.Path(path_type=Path))
@click.argument("summary", type=click.Path(path_type=Path))
@click.option("--params", type=click.Path(path_type=Path), default=Path("params.yaml"))
def main(tables: Path, snapshots: Path, summary: Path, params: Path) -> None:
    config = load_config(params)
    read = read_tables(tables)
    with step("labelling"):
        labelled = label_snapshots(read, config)
    write_table(labelled, snapshots)
    write_json(label_summary(labelled, read, config), summary)


if __name__ == "__main__":
    main()
