"""Stage `value`: what the rankings are worth to a team that works a part of each week's list."""

from pathlib import Path

import click

from inquiry_intent.bundle import load_bundles
from inquiry_intent.cli.told import Told
from inquiry_intent.config import load_config
from inquiry_intent.line import value_of, write_value
from inquiry_intent.progress import step
from inquiry_intent.storage import read_info, read_table


@click.command(cls=Told)
@click.argument("models", type=click.Path(path_type=Path))
@click.argument("tables", type=click.Path(path_type=Path))
@click.argument("snapshots", type=click.Path(path_type=Path))
@click.argument("features", type=click.Path(path_type=Path))
@click.argument("value", type=click.Path(path_type=Path))
@click.option("--params", type=click.Path(path_type=Path), default=Path("params.yaml"))
def main(models: Path, tables: Path, snapshots: Path, features: Path, value: Path, params: Path) -> None:
    config = load_config(params)
    with step("valuing the rankings"):
        made = value_of(
            load_bundles(models), read_table(features), read_table(snapshots), read_table(tables / "inquiries.parquet"),
            read_info(tables), config,
        )  # fmt: skip
    write_value(made, value)


if __name__ == "__main__":
    main()
