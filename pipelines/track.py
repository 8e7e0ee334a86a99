"""Stage `track`: a finished model becomes MLflow runs, one for the model and one for its rule baseline."""

from pathlib import Path

import click
import pandas as pd

from inquiry_intent.cli.told import Told
from inquiry_intent.config import TARGETS, Target, load_config
from inquiry_intent.progress import step
from inquiry_intent.storage import read_table, write_json
from inquiry_intent.tracking import Finished, flat_params, log_finished, named_runs, origin

LOGGED = (
    *("metrics.json", "comparison.csv", "early.csv", "calibration.csv", "calibration.png"),
    *("learning_curve.csv", "importance.csv", "importance.png"),
)


@click.command(cls=Told)
@click.argument("target", type=click.Choice(TARGETS))
@click.argument("model", type=click.Path(path_type=Path))
@click.argument("report", type=click.Path(path_type=Path))
@click.argument("features", type=click.Path(path_type=Path))
@click.argument("runs", type=click.Path(path_type=Path))
@click.option("--params", type=click.Path(path_type=Path), default=Path("params.yaml"))
def main(target: Target, model: Path, report: Path, features: Path, runs: Path, params: Path) -> None:
    config = load_config(params)
    artifacts = [report / name for name in LOGGED]
    finished = Finished(
        target, model, pd.read_csv(report / "comparison.csv"), artifacts, sample=read_table(features).head(5)
    )
    prefix = config.track.experiment_prefix
    with step(f"recording {target}"):
        log_finished(finished, prefix, flat_params(config), origin(Path("dvc.lock"), features))
    write_json(named_runs(finished, prefix), runs)


if __name__ == "__main__":
    main()
