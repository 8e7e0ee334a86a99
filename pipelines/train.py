"""Stage `train`: features and labels become the bundle of one target."""

from pathlib import Path

import click

from inquiry_intent.bundle import save_bundle
from inquiry_intent.cli.told import Told
from inquiry_intent.config import TARGETS, Target, load_config
from inquiry_intent.line import train_target, write_curve
from inquiry_intent.progress import step
from inquiry_intent.storage import read_info, read_json, read_table


@click.command(cls=Told)
@click.argument("target", type=click.Choice(TARGETS))
@click.argument("tables", type=click.Path(path_type=Path))
@click.argument("snapshots", type=click.Path(path_type=Path))
@click.argument("summary", type=click.Path(path_type=Path))
@click.argument("texts", type=click.Path(path_type=Path))
@click.argument("features", type=click.Path(path_type=Path))
@click.argument("model", type=click.Path(path_type=Path))
@click.argument("report", type=click.Path(path_type=Path))
@click.option("--params", type=click.Path(path_type=Path), default=Path("params.yaml"))
def main(
    target: Target, tables: Path, snapshots: Path, summary: Path, texts: Path, features: Path, model: Path,
    report: Path, params: Path,
) -> None:  # fmt: skip
    config, info, labels = load_config(params), read_info(tables), read_json(summary)
    with step(f"training {target}"):
        bundle, curve = train_target(
            read_table(features), read_table(snapshots), read_table(texts), read_table(tables / "inquiries.parquet"),
            info, labels, target, config,
        )  # fmt: skip
    save_bundle(bundle, model)
    write_curve(curve, report)


if __name__ == "__main__":
    main()
