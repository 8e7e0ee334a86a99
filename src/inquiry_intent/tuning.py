"""Search the booster's parameters on folds before the test period. The only user of optuna.

Every trial trains the whole blend, with one booster seed, on each fold's earlier rows and is judged by the log loss of
its later rows. The test side is never looked at.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from inquiry_intent.config import Config, Target
from inquiry_intent.errors import DataError
from inquiry_intent.preprocessing import fold_of
from inquiry_intent.splits import later_periods
from inquiry_intent.training import Rows, fit_model

#: Where folds of later rows begin, as shares of the rows in the order of time; the last one ends with the rows.
STARTS = (0.55, 0.7, 0.85)
CLIP = 1e-6
#: (number of the trial, booster's parameters, figures): called after each finished trial.
Heard = Callable[[int, dict[str, Any], dict[str, float]], None]


@dataclass(frozen=True)
class Tuned:
    """What a search found so far, over all its runs.

    Attributes
    ----------
    trials : DataFrame
        One row a finished trial: number, log_loss, the parameters.
    target : Target
    best : dict
        Parameters of the trial with the lowest log loss.
    shipped : dict
        The parameters as they are; one of the trials has them.
    """

    target: Target
    trials: pd.DataFrame
    best: dict[str, Any]
    shipped: dict[str, Any]

    @property
    def gain(self) -> float:
        """Log loss of the parameters as they are minus that of the best ones."""
        known = _has(self.trials.to_dict("records"), self.shipped)
        return float(self.trials.loc[known, "log_loss"].iloc[0] - self.trials["log_loss"].min())

    def block(self) -> str:
        """The best parameters as YAML, to paste into params.yaml."""
        return yaml.safe_dump({"train": {self.target: self.best}}, sort_keys=False)


def forward_folds(rows: Rows, starts: tuple[float, ...], gap: pd.Timedelta) -> list[tuple[Rows, Rows]]:
    """`splits.later_periods` of labelled rows: rows to learn from and rows to predict."""
    times = pd.DatetimeIndex(rows.X.index.get_level_values("as_of"))
    periods = later_periods(times, rows.X.index.get_level_values("inquiry_id"), starts, gap)
    return [(rows.take(earlier), rows.take(later)) for earlier, later in periods]


def tuning_folds(rows: Rows, config: Config, gap_days: float) -> list[tuple[Rows, Rows]]:
    """The folds of a search, all of them before the test period; of whole groups where the split is not in time."""
    known = rows.of("train", "valid", "final_fit")
    if config.split.method == "time" and known.X.index.get_level_values("as_of").notna().all():
        folds = forward_folds(known, STARTS, pd.Timedelta(days=gap_days))
    else:
        fold = fold_of(known.group, len(STARTS), config.split.seed)
        folds = [(known.take(fold != i), known.take(fold == i)) for i in np.unique(fold)]
    folds = [(rest, held) for rest, held in folds if len(np.unique(rest.y)) > 1 and len(held.y)]
    if not folds:
        raise DataError("No fold before the test period has two classes to learn from. Give a longer history.")
    return folds


def tune(rows: Rows, target: Target, config: Config, gap_days: float, storage: Path, heard: Heard) -> Tuned:
    """Search until `config.tune.trials` trials are finished, over all runs, or this run's time is up.

    The parameters as they are come first, in any run before which they were not tried. What was tried is kept in
    `storage`, so a search that was stopped goes on;
    other rows, or other settings than the booster's, make a search of their own. A trial that is worse than most after
    some of the folds is given up.

    Parameters
    ----------
    gap_days : float
        How long after as_of a label is known.
    storage : Path
        SQLite file.
    heard : callable
        Called after each finished trial of this run.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    folds = tuning_folds(rows, config, gap_days)
    settings = config.tune
    storage.parent.mkdir(parents=True, exist_ok=True)
    study = optuna.create_study(
        study_name=f"{target}-{_fingerprint(folds, config)}",
        storage=f"sqlite:///{storage}",
        sampler=optuna.samplers.TPESampler(seed=settings.seed),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=5),
        load_if_exists=True,
    )
    complete = (optuna.trial.TrialState.COMPLETE,)
    finished = (*complete, optuna.trial.TrialState.PRUNED)
    shipped = config.train.booster(target).model_dump()
    tried = any(_has([trial.params for trial in study.get_trials(states=complete)], shipped))
    if not tried:
        study.enqueue_trial(_first(shipped))

    def said(study: Any, trial: Any) -> None:
        if trial.state == optuna.trial.TrialState.COMPLETE:
            heard(trial.number, shipped | trial.params, {"log_loss": trial.value})

    left = max(settings.trials - len(study.get_trials(states=finished)), int(not tried))
    if left > 0:
        study.optimize(
            partial(_objective, folds=folds, target=target, config=config, shipped=shipped),
            n_trials=left,
            timeout=settings.seconds,
            callbacks=[said],
        )
    done = study.get_trials(states=complete)
    table = pd.DataFrame([{"number": t.number, "log_loss": t.value, **t.params} for t in done])
    return Tuned(target, table, shipped | study.best_params, shipped)


def _has(trials: Sequence[Mapping[Any, Any]], shipped: dict[str, Any]) -> list[bool]:
    """Of each trial's parameters, whether they are those as they are."""
    return [all(params[name] == value for name, value in _first(shipped).items()) for params in trials]


def _first(shipped: dict[str, Any]) -> dict[str, Any]:
    """The parameters as they are, as a search can try them: on a log scale 0 is what is nearly 0."""
    return {name: max(shipped[name], low) for name, (low, _, _) in _space(shipped).items()}


def _objective(
    trial: Any, folds: list[tuple[Rows, Rows]], target: Target, config: Config, shipped: dict[str, Any]
) -> float:
    """Log loss of the later rows, the mean over folds by their rows."""
    import optuna

    chosen = {
        name: (trial.suggest_int if isinstance(low, int) else trial.suggest_float)(name, low, high, log=log)
        for name, (low, high, log) in _space(shipped).items()
    }
    booster = config.train.booster(target).model_copy(update=chosen)
    train = config.train.model_copy(update={"seeds": 1, target: booster})
    losses, rows = [], []
    for step, (rest, held) in enumerate(folds):
        fitted = fit_model(rest, target, config.model_copy(update={"train": train}))
        p = fitted.probabilities(held.X)[np.arange(len(held.y)), held.y]
        losses.append(float(-np.log(np.clip(p, CLIP, 1)).mean()))
        rows.append(len(held.y))
        trial.report(float(np.average(losses, weights=rows)), step)
        if chosen != _first(shipped) and trial.should_prune():
            raise optuna.TrialPruned
    return float(np.average(losses, weights=rows))


def _space(shipped: dict[str, Any]) -> dict[str, tuple[Any, Any, bool]]:
    """Lowest and highest value, and whether on a log scale; widened to hold the parameters as they are.

    The number of trees is not searched: training stops early by itself.
    """
    space: dict[str, tuple[Any, Any, bool]] = {
        "learning_rate": (0.01, 0.1, True),
        "num_leaves": (4, 128, True),
        "min_child_samples": (5, 100, True),
        "subsample": (0.5, 1.0, False),
        "colsample_bytree": (0.3, 1.0, False),
        "reg_lambda": (0.1, 50.0, True),
    }
    return {
        name: (min(low, max(shipped[name], 1e-3) if log else shipped[name]), max(high, shipped[name]), log)
        for name, (low, high, log) in space.items()
    }


def _fingerprint(folds: list[tuple[Rows, Rows]], config: Config) -> str:
    """Of the rows and settings that a trial's figure rests on, but for the parameters that are searched."""
    digest = hashlib.sha256()
    for rest, held in folds:
        for part in (rest, held):
            digest.update(pd.util.hash_pandas_object(part.X).to_numpy().tobytes())
            digest.update(part.y.tobytes())
    digest.update("\n".join(map(str, folds[0][0].X)).encode())
    for section in (config.features, config.rules, config.embed):
        digest.update(section.model_dump_json(exclude={"batch_size", "store"}).encode())
    digest.update(config.train.model_dump_json(exclude={"conversion", "client_tier", "threads", "seeds"}).encode())
    return digest.hexdigest()[:12]
