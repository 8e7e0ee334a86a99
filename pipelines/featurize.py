"""Stage `featurize`: tables, snapshots and text vectors become the model's input."""

from pathlib import Path

import click

from inquiry_intent.cli.told import Told
from inquiry_intent.config import load_config
from inquiry_intent.progress import step
from inquiry_intent.scoring import training_features
from inquiry_intent.storage import read_table, read_tables, write_table


@click.command(cls=Told)
@click.argument("tables", type=click.Path(path_type=Path))
@click.argument("snapshots", type=click.Path(path_type=Path))
@click.argument("texts", type=click.Path(path_type=Path))
@click.argument("features", type=click.Path(path_type=Path))
@click.option("--params", type=click.Path(path_type=Path), default=Path("params.yaml"))
def main(tables: Path, snapshots: Path, texts: Path, features: Path, params: Path) -> None:
    config = load_config(params)
    with step("building features"):
        made = training_features(read_tables(tables), read_table(snapshots), read_table(texts), config.features)
        write_table(made, features)


if __name__ == "__main__":
    main()
