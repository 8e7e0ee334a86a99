"""Record finished models in MLflow: one experiment a target, one run each for model and rules.

The only user of mlflow.
"""

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from inquiry_intent.bundle import load_bundle
from inquiry_intent.config import Config
from inquiry_intent.evaluating import MODEL, RULES

DEFAULT_URI = "sqlite:///mlflow.db"
ROLES = {MODEL: "candidate", RULES: "baseline"}


@dataclass(frozen=True)
class Finished:
    """What one target's training left on disk, ready to be recorded."""

    target: str
    bundle: Path
    comparison: pd.DataFrame
    artifacts: list[Path]
    sample: pd.DataFrame


def tracking_uri() -> str:
    """MLFLOW_TRACKING_URI if set, else a SQLite file in the working directory."""
    return os.environ.get("MLFLOW_TRACKING_URI") or DEFAULT_URI


def log_finished(
    finished: Finished, experiment_prefix: str, params: Mapping[str, object], tags: Mapping[str, str]
) -> dict[str, str]:
    """Record the model and the rules of one target.

    Both runs get the parameters, the test figures with intervals, the plots and the data fingerprint; the model's run
    also gets the bundle, as an MLflow model (`mlflow.pyfunc`) whose data are the very files that `score` loads.

    Parameters
    ----------
    params : mapping
        Flat names to values; MLflow keeps them as text.
    tags : mapping
        Where the run comes from: git_commit, dvc_lock_md5, …

    Returns
    -------
    dict
        Run id by role.
    """
    import mlflow

    runs = {}
    bundle = load_bundle(finished.bundle)
    with _quiet():
        mlflow.set_tracking_uri(tracking_uri())
        _experiment(f"{experiment_prefix}-{finished.target}")
        for name, role in ROLES.items():
            all_tags = {
                **tags,
                "role": role,
                "target": finished.target,
                "model_version": bundle.manifest.version,
                "split": bundle.manifest.split,
                "warnings": " ".join(bundle.manifest.warnings) or "none",
            }
            with mlflow.start_run(run_name=f"{finished.target}-{name}", tags=all_tags) as run:
                mlflow.log_params({key: str(value)[:500] for key, value in params.items()})
                mlflow.log_metrics(_figures(finished.comparison, name))
                for path in finished.artifacts:
                    mlflow.log_artifact(str(path))
                if name == MODEL:
                    _log_model(finished)
                runs[role] = run.info.run_id
    return runs


def start_search(target: str, experiment_prefix: str, params: Mapping[str, object]) -> str:
    """Begin a run that the trials of a search stand under; its id."""
    import mlflow

    with _quiet():
        mlflow.set_tracking_uri(tracking_uri())
        _experiment(f"{experiment_prefix}-{target}")
        with mlflow.start_run(run_name=f"{target}-tune", tags={"role": "search", "target": target}) as run:
            mlflow.log_params({key: str(value)[:500] for key, value in params.items()})
            return str(run.info.run_id)


def log_trial(search: str, number: int, params: Mapping[str, object], figures: Mapping[str, float]) -> None:
    """Record one trial of a search, as a child of its run; figures are of folds before the test period."""
    import mlflow

    with _quiet(), mlflow.start_run(run_id=search), mlflow.start_run(run_name=f"trial-{number}", nested=True):
        mlflow.set_tag("role", "trial")
        mlflow.log_params(dict(params))
        mlflow.log_metrics({f"tune.{name}": value for name, value in figures.items()})


def _log_model(finished: Finished) -> None:
    import mlflow

    bundle = load_bundle(finished.bundle)
    sample = finished.sample[list(bundle.manifest.features)].reset_index(drop=True)
    # The signature names the column of the buyers' words; the words themselves stay where they are.
    sample = sample.assign(**{name: "" for name, kind in bundle.manifest.features.items() if kind == "text"})
    mlflow.pyfunc.log_model(
        name="bundle",
        loader_module="inquiry_intent.bundle",
        data_path=str(finished.bundle),
        signature=mlflow.models.infer_signature(sample, bundle.predict_proba(sample)),
        pip_requirements=[f"{name}=={version}" for name, version in bundle.manifest.versions.items()],
    )


def _figures(comparison: pd.DataFrame, name: str) -> dict[str, float]:
    """Test figures under `test.<metric>`, with `.low` and `.high`; the model's also minus the rules'."""
    figures: dict[str, float] = {}
    for row in comparison.dropna(subset=["value"]).to_dict("records"):
        if row["predictor"] in (name, f"{name} minus {RULES}"):
            key = f"test.{row['metric']}" + ("" if row["predictor"] == name else "_minus_rules")
            figures |= {key: row["value"], f"{key}.low": row["low"], f"{key}.high": row["high"]}
    # Too few clients make no interval.
    return {key: value for key, value in figures.items() if pd.notna(value)}


def _experiment(name: str) -> None:
    """Select an experiment; make it first, with an explicit place for artifacts if the store is a local database."""
    import mlflow

    if mlflow.get_experiment_by_name(name) is None:
        local = tracking_uri().startswith("sqlite:")
        location = (Path.cwd() / "mlartifacts" / name).as_uri() if local else None
        mlflow.create_experiment(name, artifact_location=location)
    mlflow.set_experiment(name)


@contextmanager
def _quiet() -> Iterator[None]:
    """MLflow's notes on Alembic migrations and requirements do not help our users."""
    import logging

    loggers = [logging.getLogger(name) for name in ("alembic", "mlflow")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def origin(lock: Path, features: Path) -> dict[str, str]:
    """Tags that tell where a run comes from: git_commit, dvc_lock_md5 and features_md5."""
    return {
        "git_commit": git_commit(),
        "dvc_lock_md5": hashlib.md5(lock.read_bytes()).hexdigest() if lock.exists() else "unknown",
        "features_md5": hashlib.md5(features.read_bytes()).hexdigest(),
    }


def named_runs(finished: Finished, experiment_prefix: str) -> dict[str, dict[str, str]]:
    """Where a model's runs are found, by role: equal for equal models, unlike the run ids that MLflow draws."""
    version = load_bundle(finished.bundle).manifest.version
    return {
        role: {
            "experiment": f"{experiment_prefix}-{finished.target}",
            "run": f"{finished.target}-{name}",
            "model_version": version,
        }
        for name, role in ROLES.items()
    }


def git_commit() -> str:
    """The commit of the working directory, with `+changes` where files differ from it; `unknown` outside git."""
    import subprocess

    def git(*words: str) -> str:
        done = subprocess.run(["git", *words], capture_output=True, text=True, check=False)
        return done.stdout.strip() if done.returncode == 0 else ""

    commit = git("rev-parse", "HEAD")
    return f"{commit}{'+changes' if git('status', '--porcelain', '--untracked-files=no') else ''}" or "unknown"


def flat_params(config: Config) -> dict[str, object]:
    """The parameters under dotted names, as MLflow shows them."""

    def flat(values: Mapping[str, object], prefix: str) -> Iterator[tuple[str, object]]:
        for key, value in values.items():
            if isinstance(value, Mapping):
                yield from flat(value, f"{prefix}{key}.")
            else:
                yield f"{prefix}{key}", value

    return dict(flat(config.model_dump(mode="json"), ""))
