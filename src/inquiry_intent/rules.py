"""The rule baseline: what an experienced trader concludes without a model.

The card is data (`rules.yaml`): parts, each a list of lines `feature, condition, points`. A part is known where at least one
of its lines could be looked at; absent information lowers the confidence, never the score [003].
"""

from functools import cache
from importlib.resources import files
from typing import Annotated, Self

import numpy as np
import pandas as pd
import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from inquiry_intent.config import RuleConfig


class Line(BaseModel):
    """One observation and its points. The condition holds where low <= feature <= high."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    feature: str
    at_least: float | None = None
    at_most: float | None = None
    points: float

    @model_validator(mode="after")
    def _has_condition(self) -> Self:
        if self.at_least is None and self.at_most is None:
            raise ValueError("give at_least, at_most or both")
        return self


class Part(BaseModel):
    """One figure of the card: `start` plus the points of the lines that hold, within low and high."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    meaning: str
    source: str
    low: float
    high: float
    start: float
    weight: Annotated[float, Field(ge=0)]
    lines: list[Line]


class Card(BaseModel):
    """All parts; those of `score` make the rule score, those of `potential` the size of the client."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    score: dict[str, Part]
    potential: dict[str, Part]


class RuleCalibration(BaseModel):
    """How points become probabilities: logistic regression on the rule scores, fitted on training rows."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    coef: list[list[float]]
    intercept: list[float]


@cache
def load_card() -> Card:
    """The card that ships with the package."""
    return Card.model_validate(yaml.safe_load(files("inquiry_intent").joinpath("rules.yaml").read_text("utf-8")))


def rule_scores(features: pd.DataFrame, config: RuleConfig) -> pd.DataFrame:
    """Fill in the card for every row.

    Returns
    -------
    DataFrame, indexed as `features`
        rule_score : 0..100, weighted mean of the known parts of `score`; 50 where nothing is known.
        rule_potential : 0..100, likewise of `potential`.
        rule_confidence : 0..1, weight of the known parts.
        first_screening : 3..15, the three figures of step 1 [003]; an unknown figure counts as its start.
        passes_first_screening : 1 where first_screening reaches config.pass_mark, else 0.
        part_<name> : each part's figure; NaN where unknown.
    """
    card = load_card()
    parts = {name: _part(features, part) for group in (card.score, card.potential) for name, part in group.items()}
    scores, confidence = _weighted(parts, card.score)
    potential, _ = _weighted(parts, card.potential)
    step_one = sum(
        (parts[name].fillna(card.score[name].start) for name in ("specificity", "company", "industry_match")),
        start=pd.Series(0.0, index=features.index),
    )
    return pd.DataFrame(
        {
            "rule_score": scores,
            "rule_potential": potential,
            "rule_confidence": confidence,
            "first_screening": step_one,
            "passes_first_screening": (step_one >= config.pass_mark).astype("float64"),
            **{f"part_{name}": values for name, values in parts.items()},
        }
    )


def _part(features: pd.DataFrame, part: Part) -> pd.Series:
    """A part's figure a row; NaN where none of its features was observed."""
    total = pd.Series(part.start, index=features.index)
    known = pd.Series(False, index=features.index)
    for line in part.lines:
        if line.feature not in features:
            continue
        value = features[line.feature]
        known |= value.notna()
        low = -np.inf if line.at_least is None else line.at_least
        high = np.inf if line.at_most is None else line.at_most
        total = total + value.between(low, high).fillna(False) * line.points
    return total.clip(part.low, part.high).where(known)


def _weighted(parts: dict[str, pd.Series], group: dict[str, Part]) -> tuple[pd.Series, pd.Series]:
    """Weighted mean of known parts on a scale of 0 to 100, and the share of the weight that is known."""
    shares = pd.DataFrame({name: (parts[name] - part.low) / (part.high - part.low) for name, part in group.items()})
    weights = shares.notna() * pd.Series({name: part.weight for name, part in group.items()})
    known = weights.sum(axis=1)
    mean = (shares.fillna(0.0) * weights).sum(axis=1) / known.where(known > 0)
    return 100 * mean.fillna(0.5), known / sum(part.weight for part in group.values())


def _inputs(features: pd.DataFrame, config: RuleConfig) -> np.ndarray:
    scores = rule_scores(features, config)
    return scores[["rule_score", "rule_potential"]].to_numpy() / 100


def fit_rules(features: pd.DataFrame, y: np.ndarray, n_classes: int, config: RuleConfig) -> RuleCalibration:
    """Learn from training rows what probability a rule score stands for.

    Parameters
    ----------
    y : ndarray of shape (n_rows,)
        Class index, 0 to n_classes - 1. A class without rows keeps a small probability.
    """
    from sklearn.linear_model import LogisticRegression

    present = np.unique(y)
    model = LogisticRegression(C=10.0, max_iter=1000).fit(_inputs(features, config), y)
    coef = np.zeros((n_classes, 2))
    intercept = np.full(n_classes, -10.0)
    if len(present) == 2:
        coef[present[1]], intercept[present[1]] = model.coef_[0], model.intercept_[0]
        intercept[present[0]] = 0.0
    else:
        coef[present], intercept[present] = model.coef_, model.intercept_
    return RuleCalibration(coef=coef.tolist(), intercept=intercept.tolist())


def rule_probabilities(features: pd.DataFrame, config: RuleConfig, calibration: RuleCalibration) -> np.ndarray:
    """The rules' probability of each class, of shape (n_rows, n_classes)."""
    z = _inputs(features, config) @ np.array(calibration.coef).T + np.array(calibration.intercept)
    odds = np.exp(z - z.max(axis=1, keepdims=True))
    return odds / odds.sum(axis=1, keepdims=True)
