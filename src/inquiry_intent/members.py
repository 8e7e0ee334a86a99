"""The members of a model, each with an opinion of its own: rule card, words, linear model, trees, extra trees.

All of them look at one matrix of inputs; what a member says is its evidence, log-odds beyond the prior rates.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd

from inquiry_intent.config import RuleConfig
from inquiry_intent.preprocessing import LEAST, RATE, WORDS, Inputs, as_evidence, class_probabilities, evidence
from inquiry_intent.rules import RuleCalibration, rule_probabilities

RULES = "rule_card_"
#: The members that are boosters, in the order of their files. Extra trees try one random threshold of each input a
#: split: they fit less closely, and their opinion differs (docs/decisions/017-extra-trees.md).
Boosted = Literal["trees", "extra_trees"]
BOOSTED: tuple[Boosted, ...] = get_args(Boosted)


@dataclass(frozen=True)
class Members:
    """Everything that was fitted; `boosters`: of each member that is trees, which see the columns `tree_inputs`."""

    inputs: Inputs
    rules: RuleCalibration
    rule_config: RuleConfig
    linear: Any
    boosters: Mapping[Boosted, tuple[Any, ...]]
    tree_inputs: tuple[int, ...]

    @property
    def prior(self) -> np.ndarray:
        """Share of each class in training."""
        return self.inputs.prior

    def names(self) -> list[str]:
        """People's names of the matrix' columns."""
        return names_of(self.inputs)

    def matrix(self, features: pd.DataFrame) -> np.ndarray:
        """The inputs of all members, float64 of shape (n_rows, n_inputs)."""
        rules = rule_columns(features, self.rule_config, self.rules, self.prior)
        return np.column_stack([self.inputs.matrix(features), rules])

    def evidence(self, matrix: np.ndarray) -> dict[str, np.ndarray]:
        """What each member says of each row, of shape (n_rows, 2)."""
        names = self.names()
        own = {member: columns_of(names, prefix) for member, prefix in (("rules", RULES), ("words", WORDS))}
        said = {member: as_evidence(matrix[:, columns]) for member, columns in own.items() if columns}
        if self.linear is not None:
            said["linear"] = evidence(class_probabilities(self.linear, matrix, 2), self.prior)
        seen = matrix[:, list(self.tree_inputs)]
        for member, boosters in self.boosters.items():
            scores = [tree_evidence(booster.predict(seen, raw_score=True), self.prior) for booster in boosters]
            said[member] = np.mean(scores, axis=0)
        return said

    def contributions(self, matrix: np.ndarray, weights: dict[str, float]) -> np.ndarray:
        """What each input adds to the log-odds of yes, of shape (n_rows, n_inputs).

        SHAP values for the trees, coefficient times value for the linear model, the columns themselves for rules and
        words.
        """
        names = self.names()
        total = np.zeros((len(matrix), len(names)))
        for member, prefix in (("rules", RULES), ("words", WORDS)):
            for column in columns_of(names, prefix):
                total[:, column] += weights.get(member, 0.0) * matrix[:, column]
        if self.linear is not None and weights.get("linear"):
            total += weights["linear"] * linear_contributions(self.linear, matrix)
        columns = list(self.tree_inputs)
        for member, boosters in self.boosters.items():
            for booster in boosters if weights.get(member) else ():
                shap = np.asarray(booster.predict(matrix[:, columns], pred_contrib=True))[:, :-1]
                total[:, columns] += weights[member] * shap / len(boosters)
        return total


def names_of(inputs: Inputs) -> list[str]:
    """People's names of the columns of the matrix that members with these inputs look at."""
    return [*inputs.names(), f"{RULES}1"]


def columns_of(names: list[str], prefix: str) -> list[int]:
    """Positions of the columns whose name begins with `prefix`."""
    return [i for i, name in enumerate(names) if name.startswith(prefix)]


def rule_columns(features: pd.DataFrame, config: RuleConfig, rules: RuleCalibration, prior: np.ndarray) -> np.ndarray:
    """The rule card's evidence as an input: log-odds of yes beyond the prior, of shape (n_rows, 1)."""
    z = evidence(rule_probabilities(features, config, rules), prior)
    return z[:, 1:] - z[:, :1]


def tree_evidence(raw: np.ndarray, prior: np.ndarray) -> np.ndarray:
    """LightGBM's raw scores as evidence."""
    z = np.column_stack([-raw / 2, raw / 2]) - np.log(np.clip(prior, LEAST, None))
    return z - z.mean(axis=1, keepdims=True)


def fit_linear(matrix: np.ndarray, y: np.ndarray, names: list[str], coded: list[int], strength: float) -> Any:
    """Logistic regression on every input but the categories' codes; numbers by their rank, unknown is the middle."""
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import QuantileTransformer, StandardScaler

    as_they_are = [i for i, name in enumerate(names) if name.startswith((RULES, WORDS, RATE))]
    scaled = [i for i, name in enumerate(names) if name.startswith("emb_") and "component_" in name]
    known = np.isfinite(matrix).any(axis=0)
    ranked = [i for i in range(len(names)) if known[i] and i not in {*as_they_are, *scaled, *coded}]
    parts: list[tuple[str, Any, list[int]]] = []
    if ranked:
        rank = QuantileTransformer(n_quantiles=min(200, len(matrix)), output_distribution="normal", random_state=0)
        fill = SimpleImputer(strategy="constant", fill_value=0.0, keep_empty_features=True)
        parts.append(("ranked", make_pipeline(rank, fill), ranked))
    if scaled:
        parts.append(("scaled", StandardScaler(), scaled))
    parts.append(("evidence", "passthrough", as_they_are))
    return make_pipeline(ColumnTransformer(parts), LogisticRegression(C=strength, solver="newton-cholesky")).fit(
        matrix, y
    )


def linear_contributions(linear: Any, matrix: np.ndarray) -> np.ndarray:
    """Coefficient times value, of shape (n_rows, n_inputs)."""
    positions = [i for name, _, columns in linear[0].transformers_ if name != "remainder" for i in columns]
    total = np.zeros(matrix.shape)
    total[:, positions] = np.asarray(linear[0].transform(matrix)) * linear[-1].coef_[0]
    return total
