"""How far a probability may be from the truth: the standard deviation of its log-odds, and an interval.

Two things are seen without knowing the truth: how far the members, each calibrated alone, differ about an inquiry, and
how far the model moves when it learns from another half of the clients. What no member sees, such as what a buyer does
not write, is in neither. So the sum is stretched by a factor that was set where the truth is known.
"""

from collections.abc import Mapping

import numpy as np
from pydantic import BaseModel, ConfigDict, FiniteFloat

from inquiry_intent.blending import Blend

#: Share of true probabilities that an interval is to hold, and how many standard deviations that is to each side.
SHARE, DEVIATIONS = 0.8, 1.2816
#: Set on simulated inquiries so that SHARE of the true probabilities lie inside on average; single simulations needed
#: 1.9 to 2.3 (docs/quality.md). An outcome is 0 or 1, so a real history cannot tell it.
STRETCH = 2.05


class Doubt(BaseModel):
    """What the standard deviation is made of."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    #: Each member that has a weight, as if it were the model by itself.
    alone: dict[str, Blend]
    #: Standard deviation of the model's log-odds, from one choice of clients to another.
    sampling: FiniteFloat

    def deviation(self, z: np.ndarray, members: Mapping[str, np.ndarray]) -> np.ndarray:
        """Standard deviation of log-odds `z`, of shape (n_rows,), before any stretching.

        Parameters
        ----------
        z : ndarray of shape (n_rows,)
            Log-odds of the blend.
        members : mapping of ndarray of shape (n_rows, 2)
            Evidence of each member.
        """
        apart = [(blend.log_odds_of_yes(members) - z) ** 2 for blend in self.alone.values()]
        return np.sqrt(self.sampling**2 + (np.mean(apart, axis=0) if apart else np.zeros(len(z))))


def interval(p: np.ndarray, deviation: np.ndarray, stretch: float = STRETCH) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest probability around `p`, strictly between 0 and 1 as `p` is.

    >>> interval(np.array([0.5]), np.array([0.0]))
    (array([0.5]), array([0.5]))
    """
    z = np.log(p) - np.log1p(-p)
    far = DEVIATIONS * stretch * deviation
    return 1 / (1 + np.exp(far - z)), 1 / (1 + np.exp(-far - z))


def sampling_deviation(halvings: list[np.ndarray], rate: float, effective_rows: float) -> float:
    """Standard deviation of log-odds that comes from which clients the model learned from.

    A model of half of the clients is as far from the model of all as that one is from the next history of its size
    (delete-half jackknife). It is never less than the standard error of the rate itself.

    Parameters
    ----------
    halvings : list of two ndarrays of shape (n_rows,)
        Log-odds of models that learned from a half without the row; another half each. Or none.
    rate : float
        Share of yes.
    effective_rows : float
        As how many independent rows the rows count.
    """
    least = 1 / np.sqrt(effective_rows * rate * (1 - rate))
    moved = np.sqrt(np.mean((halvings[0] - halvings[1]) ** 2) / 2) if halvings else 0.0
    return round(float(max(least, moved)), 6)
