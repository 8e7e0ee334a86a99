"""From the blend's log-odds to a probability that means what it says, for two classes.

The blend is itself a calibration by a sigmoid. Isotonic regression and Venn–ABERS predictors compete with it on
predictions out of fold; the sigmoid stays unless another one is better by more than chance. Venn–ABERS also tells
what the calibration leaves open: what isotonic regression gives if the inquiry at hand converts, and if it does not.
"""

from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

Method = Literal["sigmoid", "isotonic", "venn_abers"]
RIVALS: tuple[Method, ...] = ("isotonic", "venn_abers")
#: Points of the tables, at equal shares of the rows; between them by straight lines.
POINTS = 51
#: Isotonic regression may say 0 or 1; nobody knows so much.
LEAST = 2e-3
#: An open inquiry is never certain.
LEAST_PROBABILITY = 1e-3
#: Standard errors by which another method must beat the sigmoid.
CLEARLY = 2.0


class Calibration(BaseModel):
    """Tables over log-odds: what each method says, and what Venn–ABERS leaves open."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    method: Method
    log_odds: list[float]
    isotonic: list[float]
    low: list[float]
    high: list[float]

    def probability(self, z: np.ndarray, method: Method | None = None) -> np.ndarray:
        """Probability of the second class for log-odds `z`, by the chosen method or another one."""
        chosen = method or self.method
        if chosen == "sigmoid":
            return 1 / (1 + np.exp(-z))
        if chosen == "isotonic":
            return np.interp(z, self.log_odds, self.isotonic)
        low, high = self.bounds(z)
        return high / (1 - low + high)

    def bounds(self, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What Venn–ABERS says if the inquiry at hand is lost, and if it is won: what the calibration leaves open.

        The probability that `probability` gives by another method may lie outside.
        """
        return np.interp(z, self.log_odds, self.low), np.interp(z, self.log_odds, self.high)


def of_classes(at_least: list[np.ndarray]) -> np.ndarray:
    """Probabilities of ordered classes from those of being at least the second, the third, …

    Each question is answered by a model of its own, so a later answer may exceed an earlier one: it is then cut to it.

    >>> of_classes([np.array([0.6]), np.array([0.2])]).round(2).tolist()
    [[0.4, 0.4, 0.2]]
    """
    falling = np.minimum.accumulate(np.column_stack([np.ones(len(at_least[0])), *at_least]), axis=1)
    p = falling - np.column_stack([falling[:, 1:], np.zeros(len(falling))])
    p = np.clip(p, LEAST_PROBABILITY, 1 - LEAST_PROBABILITY)
    return p / p.sum(axis=1, keepdims=True)


def fit_calibration(z: np.ndarray, y: np.ndarray, folds: np.ndarray, effective_rows: float) -> Calibration:
    """Choose the method by log loss across folds, and make the tables from all rows.

    Parameters
    ----------
    z : ndarray of shape (n_rows,)
        Log-odds of the blend, out of fold.
    y : ndarray of shape (n_rows,)
        1 or 0.
    effective_rows : float
        As how many independent rows the rows count.
    """
    weight = effective_rows / len(y)
    parts = [(folds == fold, _tables(z[folds != fold], y[folds != fold], weight)) for fold in np.unique(folds)]

    def loss(method: Method) -> np.ndarray:
        """Log loss of each row by the tables of the other folds."""
        p = np.empty(len(y))
        for held, tables in parts:
            p[held] = tables.probability(z[held], method)
        return -np.log(np.where(y == 1, p, 1 - p))

    chosen: Method = "sigmoid"
    base = best = loss("sigmoid")
    for method in RIVALS:
        rival = loss(method)
        gain = base - rival
        if gain.mean() > CLEARLY * gain.std() / np.sqrt(effective_rows) and rival.mean() < best.mean():
            chosen, best = method, rival
    return _tables(z, y, weight).model_copy(update={"method": chosen})


def _tables(z: np.ndarray, y: np.ndarray, weight: float) -> Calibration:
    from sklearn.isotonic import isotonic_regression

    order = np.argsort(z, kind="stable")
    scores, labels = z[order], y[order].astype(np.float64)
    points = np.unique(np.quantile(scores, np.linspace(0, 1, POINTS)))
    weights = np.full(len(labels) + 1, weight)
    bounds: dict[float, list[float]] = {0.0: [], 1.0: []}
    for point in points:
        # The new row stands behind its equals if it is lost, before them if it is won: the wider interval.
        for label, at in (
            (0.0, np.searchsorted(scores, point, "right")),
            (1.0, np.searchsorted(scores, point, "left")),
        ):
            weights[:] = weight
            weights[at] = 1.0
            fitted = isotonic_regression(np.insert(labels, at, label), sample_weight=weights)
            bounds[label].append(float(fitted[at]))
    plain = np.interp(points, scores, isotonic_regression(labels))

    def table(values: np.ndarray | list[float]) -> list[float]:
        return np.clip(np.maximum.accumulate(values), LEAST, 1 - LEAST).round(6).tolist()

    return Calibration(
        method="sigmoid",
        log_odds=points.round(6).tolist(),
        isotonic=table(plain),
        low=table(bounds[0.0]),
        high=table(bounds[1.0]),
    )
