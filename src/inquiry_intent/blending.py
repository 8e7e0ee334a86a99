"""How much each member of the model is worth, learned from predictions that it made for rows it had not seen.

A member's evidence is its log-odds beyond the prior rates. The blend adds up the evidence, each member's times its
weight, on top of the prior. Weights are at least 0 and cost something, so what small data do not show to be worth
anything is left at 0: the blend of nothing is the base rate.
"""

from collections.abc import Mapping

import numpy as np
from pydantic import BaseModel, ConfigDict, FiniteFloat


class Blend(BaseModel):
    """Weights of the members and offset of each class, on top of the prior rates."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    prior: list[FiniteFloat]
    weights: dict[str, FiniteFloat]
    offset: list[FiniteFloat]

    def log_odds(self, members: Mapping[str, np.ndarray]) -> np.ndarray:
        """Sum of prior, offset and weighted evidence, of shape (n_rows, n_classes); softmax makes it probabilities."""
        rows = len(next(iter(members.values())))
        z = np.tile(np.log(self.prior) + np.array(self.offset), (rows, 1))
        for name, weight in self.weights.items():
            if weight:
                z = z + weight * members[name]
        return z

    def log_odds_of_yes(self, members: Mapping[str, np.ndarray]) -> np.ndarray:
        """Of two classes: log-odds of the second, of shape (n_rows,)."""
        z = self.log_odds(members)
        odds: np.ndarray = z[:, 1] - z[:, 0]
        return odds


def softmax(z: np.ndarray) -> np.ndarray:
    """Probabilities of log-odds, row by row."""
    odds = np.exp(z - z.max(axis=1, keepdims=True))
    return odds / odds.sum(axis=1, keepdims=True)


def fit_blend(
    members: Mapping[str, np.ndarray], y: np.ndarray, prior: np.ndarray, effective_rows: float, penalty: float
) -> Blend:
    """Learn the weights by penalised log loss.

    Parameters
    ----------
    members : mapping of ndarray of shape (n_rows, n_classes)
        Evidence of each member, out of fold.
    effective_rows : float
        As how many independent rows the rows count: rows of one client say much the same.
    penalty : float
        Cost of the squared weights, in nats: after few rows the weights stay near 0.
    """
    from scipy.optimize import minimize

    names = list(members)
    stack = np.stack([members[name] for name in names])
    base = np.log(prior)
    rows = np.arange(len(y))

    def loss(values: np.ndarray) -> tuple[float, np.ndarray]:
        weights, offset = values[: len(names)], values[len(names) :]
        p = softmax(base + offset + np.tensordot(weights, stack, axes=1))
        error = p.copy()
        error[rows, y] -= 1
        scale = effective_rows / len(y)
        fit = -scale * np.log(np.clip(p[rows, y], 1e-12, None)).sum()
        slope = scale * np.r_[(stack * error).sum(axis=(1, 2)), error.sum(axis=0)]
        return fit + penalty / 2 * float(values @ values), slope + penalty * values

    start = np.zeros(len(names) + len(prior))
    bounds = [(0.0, None)] * len(names) + [(None, None)] * len(prior)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x
    return Blend(
        prior=prior.tolist(),
        weights=dict(zip(names, found[: len(names)].round(6).tolist(), strict=True)),
        offset=found[len(names) :].round(6).tolist(),
    )
