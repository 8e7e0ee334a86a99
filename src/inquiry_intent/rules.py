"""The rule baseline: what an experienced trader concludes without a model.

The card is data (`rules.yaml`): parts, each a list of lines `feature, condition, points`. A part is known where one of
its lines at least could be looked at; absent information lowers the confidence, never the score [003].
"""

from functools import cache
from importlib.resources import files
from typing import Annotated, Literal, Self

import numpy as np
import pandas as pd
import yaml
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, model_validator

from inquiry_intent.config import RuleConfig


class Condition(BaseModel):
    """A range of a feature: holds where at_least <= feature <= at_most."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    feature: str
    at_least: float | None = None
    at_most: float | None = None

    @model_validator(mode="after")
    def _has_bound(self) -> Self:
        if self.at_least is None and self.at_most is None:
            raise ValueError("give at_least, at_most or both")
        return self

    def holds(self, values: pd.Series) -> pd.Series:
        """Where the condition holds; not where the value is NaN."""
        low = -np.inf if self.at_least is None else self.at_least
        high = np.inf if self.at_most is None else self.at_most
        return values.between(low, high)

    def within(self, value: float) -> bool:
        """Whether one value lies in the range; NaN does not."""
        low = -np.inf if self.at_least is None else self.at_least
        high = np.inf if self.at_most is None else self.at_most
        return bool(low <= value <= high)


class Line(Condition):
    """One observation and its points; with `times`, what is observed is the product of two features."""

    times: str | None = None
    points: float

    def holds_in(self, features: pd.DataFrame) -> pd.Series:
        """The rows in which the line holds; none where a feature of it is not in the table."""
        if self.feature not in features or (self.times is not None and self.times not in features):
            return pd.Series(False, index=features.index)
        factor = 1.0 if self.times is None else features[self.times]
        return self.holds(features[self.feature] * factor)


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
    """All parts; those of `score` make the rule score, those of `potential` the size of the client; and the classes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    score: dict[str, Part]
    potential: dict[str, Part]
    least_points: Annotated[float, Field(gt=0)]
    dimensions: dict[Literal["intent", "role", "potential"], dict[str, list[Line]]]


class RuleCalibration(BaseModel):
    """How points become probabilities: logistic regression on the rule scores, fitted on training rows."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    coef: list[list[FiniteFloat]]
    intercept: list[FiniteFloat]


@cache
def load_card() -> Card:
    """The card that ships with the package."""
    return Card.model_validate(yaml.safe_load(files("inquiry_intent").joinpath("rules.yaml").read_text("utf-8")))


#: The grade of an inquiry of which nothing is known.
NO_GRADE = "–"
#: Of the score that people see; the grade goes by the same figure, so that no 60.0 is a B.
SCORE_DECIMALS = 1


def rule_scores(features: pd.DataFrame, config: RuleConfig) -> pd.DataFrame:
    """Fill in the card for every row.

    Returns
    -------
    DataFrame, indexed as `features`
        rule_score : 0..100, weighted mean of the known parts of `score`; 50 where nothing is known.
        rule_size : 0..100, likewise of `potential`.
        rule_confidence : 0..1, weight of the known parts; 0 where the buyer wrote nothing and no line holds: that no
            message was counted is no knowledge.
        first_screening : 3..15, the three figures of step 1 [003]; an unknown figure counts as its start.
        passes_first_screening : 1 where first_screening reaches config.pass_mark, else 0.
        part_<name> : each part's figure; NaN where unknown.
    """
    card = load_card()
    parts = {name: _part(features, part) for group in (card.score, card.potential) for name, part in group.items()}
    scores, confidence = _weighted(parts, card.score)
    confidence = confidence.where(_evidence(features, card.score), 0.0)
    potential, _ = _weighted(parts, card.potential)
    step_one = sum(
        (parts[name].fillna(card.score[name].start) for name in ("specificity", "company", "industry_match")),
        start=pd.Series(0.0, index=features.index),
    )
    return pd.DataFrame(
        {
            "rule_score": scores,
            "rule_size": potential,
            "rule_confidence": confidence,
            "first_screening": step_one,
            "passes_first_screening": (step_one >= config.pass_mark).astype("float64"),
            **{f"part_{name}": values for name, values in parts.items()},
        }
    )


def rule_classes(features: pd.DataFrame) -> pd.DataFrame:
    """Place every row in the three dimensions [001] by the points that its features collect.

    Returns
    -------
    DataFrame of shape (n_rows, 6), indexed as `features`
        rule_intent (high, watching, low), rule_role (decision_maker, executor, info_collector), rule_potential
        (strategic, short_term, test): the class with most points; "unknown" where those are fewer than
        the card's least_points.
        rule_intent_confidence, rule_role_confidence, rule_potential_confidence : 0..1, the lead of the class over the
        next one, against all points and one more, so that one weak sign is no certainty; 0 where unknown.
    """
    columns, card = {}, load_card()
    for name, classes in card.dimensions.items():
        points = pd.DataFrame({label: _points(features, lines) for label, lines in classes.items()})
        ranked = np.sort(points.to_numpy(), axis=1)[:, ::-1]
        best = pd.Series(points.columns[points.to_numpy().argmax(axis=1)], index=features.index, dtype="str")
        enough = ranked[:, 0] >= card.least_points
        lead = (ranked[:, 0] - ranked[:, 1]) / (1 + ranked.sum(axis=1))
        columns[f"rule_{name}"] = best.where(enough, "unknown")
        columns[f"rule_{name}_confidence"] = pd.Series(np.where(enough, lead, 0.0), index=features.index)
    return pd.DataFrame(columns)


def grades(scores: pd.Series, confidence: pd.Series, config: RuleConfig) -> pd.Series:
    """Grade A, B or C of each rule score, by the lowest scores of A and B in the parameters; NO_GRADE without any."""
    grade = pd.Series("C", index=scores.index, dtype="str")
    grade = grade.mask(scores >= config.grades["B"], "B").mask(scores >= config.grades["A"], "A")
    return grade.where(confidence > 0, NO_GRADE)


def funnel_step(features: pd.DataFrame, scores: pd.DataFrame) -> pd.Series:
    """The step of the four-step screening [003] that a row has reached.

    0 the first inquiry did not pass; 1 it passed; 2 the buyer also came back with a reply; 3 and met a small ask.
    """
    passed = scores["passes_first_screening"].eq(1)
    replied = passed & features["inbound_message_count"].ge(2)
    committed = replied & scores["part_commitment"].gt(load_card().score["commitment"].start)
    return passed.astype("int64") + replied.astype("int64") + committed.astype("int64")


def verdicts(features: pd.DataFrame, config: RuleConfig) -> pd.DataFrame:
    """Grade, score, classes and funnel step of every row: what people see of the rules.

    Returns
    -------
    DataFrame, indexed as `features`
        grade (A, B, C, NO_GRADE), rule_score (0..100), rule_confidence (0..1), the columns of `rule_classes`,
        funnel_step (0..3), passes_first_screening (1, 0).
    """
    scores = rule_scores(features, config).round({"rule_score": SCORE_DECIMALS})
    return pd.DataFrame(
        {
            "grade": grades(scores["rule_score"], scores["rule_confidence"], config),
            "rule_score": scores["rule_score"],
            "rule_confidence": scores["rule_confidence"],
            **rule_classes(features).to_dict("series"),
            "funnel_step": funnel_step(features, scores),
            "passes_first_screening": scores["passes_first_screening"],
        }
    )


def signal_points() -> dict[str, float]:
    """What each signal is worth in the score, over all parts, at the weight of its part."""
    worth: dict[str, float] = {}
    for part in load_card().score.values():
        for line in part.lines:
            if line.feature.startswith("signal_"):
                name = line.feature.removeprefix("signal_").removesuffix("_count")
                worth[name] = worth.get(name, 0.0) + line.points * part.weight
    return worth


def card_points(features: pd.DataFrame, calibration: RuleCalibration) -> pd.DataFrame:
    """What each feature adds to the card by the lines that hold, at the weight of its part and of the calibration.

    Parameters
    ----------
    calibration : RuleCalibration
        Of a yes-or-no question: it says how much the score and the size count, and which way.

    Returns
    -------
    DataFrame, indexed as `features`
        One column a feature that the card reads and the table has; above 0 speaks for yes. The bounds of parts are not
        looked at: these figures rank lines, they do not add up to the score.
    """
    card = load_card()
    worth = np.array(calibration.coef[1]) - np.array(calibration.coef[0])
    columns: dict[str, pd.Series] = {}
    for group, factor in ((card.score, worth[0]), (card.potential, worth[1])):
        whole = sum(part.weight for part in group.values())
        for part in group.values():
            scale = factor * part.weight / whole / (part.high - part.low)
            for line in part.lines:
                if line.feature in features:
                    added = line.holds_in(features) * (line.points * scale)
                    columns[line.feature] = columns.get(line.feature, 0.0) + added
    return pd.DataFrame(columns, index=features.index)


def _points(features: pd.DataFrame, lines: list[Line]) -> pd.Series:
    """Points of the lines that hold."""
    total = pd.Series(0.0, index=features.index)
    for line in lines:
        total = total + line.holds_in(features) * line.points
    return total


def _evidence(features: pd.DataFrame, group: dict[str, Part]) -> pd.Series:
    """Where the buyer wrote, or a line of the card holds."""
    found = pd.Series(False, index=features.index)
    if "inbound_message_count" in features:
        found |= features["inbound_message_count"].gt(0)
    for part in group.values():
        for line in part.lines:
            found |= line.holds_in(features)
    return found


def _part(features: pd.DataFrame, part: Part) -> pd.Series:
    """A part's figure a row; NaN where none of its features was observed."""
    looked_at = [line.feature for line in part.lines if line.feature in features]
    known = features[looked_at].notna().any(axis=1)
    return (part.start + _points(features, part.lines)).clip(part.low, part.high).where(known)


def _weighted(parts: dict[str, pd.Series], group: dict[str, Part]) -> tuple[pd.Series, pd.Series]:
    """Weighted mean of known parts on a scale of 0 to 100, and the share of the weight that is known."""
    shares = pd.DataFrame({name: (parts[name] - part.low) / (part.high - part.low) for name, part in group.items()})
    weights = shares.notna() * pd.Series({name: part.weight for name, part in group.items()})
    known = weights.sum(axis=1)
    mean = (shares.fillna(0.0) * weights).sum(axis=1) / known.where(known > 0)
    return 100 * mean.fillna(0.5), known / sum(part.weight for part in group.values())


def _inputs(features: pd.DataFrame, config: RuleConfig) -> np.ndarray:
    scores = rule_scores(features, config)
    return scores[["rule_score", "rule_size"]].to_numpy() / 100


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
