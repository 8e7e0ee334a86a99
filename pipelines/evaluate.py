"""Stage `evaluate`: the model beside the rules on the test period."""

from pathlib import Path

import click

from inquiry_intent.bundle import load_bundle
from inquiry_intent.cli.told import Told
from inquiry_intent.config import load_config
from inquiry_intent.evaluating import evaluate, predictions
from inquiry_intent.line import write_evaluation
from inquiry_intent.progress import step
from inquiry_intent.storage import read_info, read_table, write_table
from inquiry_intent.training import labelled_rows


@click.command(cls=Told)
@click.argument("model", type=click.Path(path_type=Path))
@click.argument("tables", type=click.Path(path_type=Path))
@click.argument("snapshots", type=click.Path(path_type=Path))
@click.argument("features", type=click.Path(path_type=Path))
@click.argument("report", type=click.Path(path_type=Path))
@click.option("--params", type=click.Path(path_type=Path), default=Path("params.yaml"))
def main(model: Path, tables: Path, snapshots: Path, features: Path, report: Path, params: Path) -> None:
    config = load_config(params)
    bundle = load_bundle(model)
    inquiries, leaks = read_table(tables / "inquiries.parquet"), read_info(tables).tier_leaks
    rows = labelled_rows(read_table(features), read_table(snapshots), inquiries, bundle.manifest.target, leaks)
    with step(f"evaluating {bundle.manifest.target}"):
        evaluation = evaluate(bundle, rows, inquiries, config.evaluate)
    write_evaluation(evaluation, bundle, report)
    write_table(predictions(bundle, rows), report / "predictions.parquet")


if __name__ == "__main__":
    main()
