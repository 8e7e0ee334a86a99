"""Stage `track`: a finished model becomes MLflow runs, one for the model and one for its rule baseline."""

import hashlib
from pathlib import Path

import click
import pandas as pd

from inquiry_intent.config import TARGETS, Target, load_config
from inquiry_intent.tables import read_table, write_json
from inquiry_intent.tracking import Finished, flat_params, git_commit, log_finished

LOGGED = (
    *("metrics.json", "comparison.csv", "early.csv", "calibration.csv", "calibration.png"),
    *("learning_curve.csv", "importance.csv", "importance.png"),
)


@click.command()
@click.argument("target", type=click.Choice(TARGETS))
@click.argument("model", type=click.Path(path_type=Path))
@click.argument("report", type=click.Path(path_type=Path))
@click.argument("features", type=click.Path(path_type=Path))
@click.argument("runs", type=click.Path(path_type=Path))
@click.option("--params", type=click.Path(path_type=Path), default=Path("params.yaml"))
def main(target: Target, model: Path, report: Path, features: Path, runs: Path, params: Path) -> None:
    config = load_config(params)
    lock = Path("dvc.lock")
    tags = {
        "git_commit": git_commit(),
        "dvc_lock_md5": hashlib.md5(lock.read_bytes()).hexdigest() if lock.exists() else "unknown",
        "features_md5": hashlib.md5(features.read_bytes()).hexdigest(),
    }
    finished = Finished(
        target=target,
        bundle=model,
        comparison=pd.read_csv(report / "comparison.csv"),
        artifacts=[report / name for name in LOGGED],
        sample=read_table(features).head(5),
    )
    write_json(log_finished(finished, config.track.experiment_prefix, flat_params(config), tags), runs)


if __name__ == "__main__":
    main()
