"""Stage `audit`: stop before training where a column seems to know the outcome."""

from pathlib import Path

import click

from inquiry_intent.audit import audit_all, refuse_leaks, write_audit
from inquiry_intent.cli.told import Told
from inquiry_intent.config import load_config
from inquiry_intent.progress import step
from inquiry_intent.storage import read_table, read_tables


@click.command(cls=Told)
@click.argument("tables", type=click.Path(path_type=Path))
@click.argument("snapshots", type=click.Path(path_type=Path))
@click.argument("features", type=click.Path(path_type=Path))
@click.argument("reports", type=click.Path(path_type=Path))
@click.option("--params", type=click.Path(path_type=Path), default=Path("params.yaml"))
def main(tables: Path, snapshots: Path, features: Path, reports: Path, params: Path) -> None:
    config = load_config(params)
    with step("auditing"):
        results = audit_all(
            read_table(features), read_table(snapshots), config.targets, read_tables(tables), config.audit
        )  # fmt: skip
    # Written first: who is stopped wants to read why.
    write_audit(results, config.audit.allowed, reports)
    refuse_leaks(results)


if __name__ == "__main__":
    main()
