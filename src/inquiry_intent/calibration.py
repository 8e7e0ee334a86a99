"""From the blend's log-odds to a probability that means what it says, for two classes.

The blend is itself a calibration by a sigmoid. Isotonic regression and Venn–ABERS predictors compete with it on
predictions out of fold; the sigmoid stays unless another one is better by more than chance. Venn–ABERS also tells
what the calibration leaves open: what isotonic regression gives if the inquiry at hand converts, and if it does not.
"""

from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, FiniteFloat

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
#: Cost of a slope that is not 1, in nats: what later rows tell of it must weigh more.
STEADY = 40.0
LEAST_LASTING = 0.1


class Calibration(BaseModel):
    """Tables over log-odds: what each method says, and what Venn–ABERS leaves open.

    lasting : 0..1, how much of the evidence beyond the training rate `base` (log-odds) is left when time goes on.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    method: Method
    log_odds: list[FiniteFloat]
    isotonic: list[FiniteFloat]
    low: list[FiniteFloat]
    high: list[FiniteFloat]
    base: FiniteFloat = 0.0
    lasting: FiniteFloat = 1.0

    def probability(self, z: np.ndarray) -> np.ndarray:
        """Probability of the second class for log-odds `z`."""
        return self._lasts(self.by(self.method, z))

    def by(self, chosen: Method, z: np.ndarray) -> np.ndarray:
        """What a method says of rows of the same time."""
        if chosen == "sigmoid":
            return 1 / (1 + np.exp(-z))
        if chosen == "isotonic":
            return np.interp(z, self.log_odds, self.isotonic)
        low, high = self._bounds(z)
        return high / (1 - low + high)

    def bounds(self, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What Venn–ABERS says if the inquiry at hand is lost, and if it is won: what the calibration leaves open.

        The probability that `probability` gives by another method may lie outside.
        """
        low, high = self._bounds(z)
        return self._lasts(low), self._lasts(high)

    def _bounds(self, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return np.interp(z, self.log_odds, self.low), np.interp(z, self.log_odds, self.high)

    def _lasts(self, p: np.ndarray) -> np.ndarray:
        if self.lasting == 1:
            return p
        return 1 / (1 + np.exp(-self.base - self.lasting * (np.log(p) - np.log1p(-p) - self.base)))


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
            p[held] = tables.by(method, z[held])
        return -np.log(np.where(y == 1, p, 1 - p))

    chosen: Method = "sigmoid"
    base = best = loss("sigmoid")
    for method in RIVALS:
        rival = loss(method)
        gain = base - rival
        if gain.mean() > CLEARLY * gain.std() / np.sqrt(effective_rows) and rival.mean() < best.mean():
            chosen, best = method, rival
    return _tables(z, y, weight).model_copy(update={"method": chosen})


def fit_lasting(p: np.ndarray, y: np.ndarray, period: np.ndarray, effective_rows: float, base: float) -> float:
    """How much of the evidence beyond the log-odds `base` lasts: the slope that serves later rows best.

    Each later period has a rate of its own, which tells nothing of the slope. After few rows the slope stays near 1.
    It is never more than 1, and never so little that inquiries could no longer be told apart.

    Parameters
    ----------
    p : ndarray of shape (n_rows,)
        Probabilities of later rows, by members that learned from earlier ones.
    y : ndarray of shape (n_rows,)
        1 or 0.
    period : ndarray of shape (n_rows,)
        Number of the later period, 0, 1, …
    effective_rows : float
        As how many independent rows the rows count.
    """
    from scipy.optimize import minimize

    p = np.clip(p, LEAST_PROBABILITY, 1 - LEAST_PROBABILITY)
    beyond = np.log(p) - np.log1p(-p) - base
    scale = effective_rows / len(y)

    def loss(values: np.ndarray) -> float:
        z = base + values[0] * beyond + values[1:][period]
        fit = np.logaddexp(0, np.where(y == 1, -z, z)).sum()
        return scale * float(fit) + STEADY / 2 * float((values[0] - 1) ** 2) + float(values[1:] @ values[1:]) / 2

    start = np.r_[1.0, np.zeros(period.max() + 1)]
    bounds = [(LEAST_LASTING, 1.0)] + [(None, None)] * (len(start) - 1)
    return round(float(minimize(loss, start, method="L-BFGS-B", bounds=bounds).x[0]), 6)


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
