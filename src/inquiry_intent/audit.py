"""The leak audit: which columns know the outcome, and why one should think so. See docs/audit.md.

A finding is strong, and makes a suspect by itself, or a hint: two of them make a suspect, one is a remark. Every suspect must be
kept out of the line, or allowed with a reason in `params.yaml`.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from inquiry_intent.audit_figures import Told, chance, cut, folds_of, forward_drop, gaps, null_z, told
from inquiry_intent.audit_joint import Joint, joint_figures
from inquiry_intent.audit_records import (
    LEAST_ROWS,
    client_changes,
    decided_area,
    held,
    rank_correlation,
    records_after,
)
from inquiry_intent.config import TIERS, AuditConfig, Target
from inquiry_intent.embedding import EMBEDDING_PREFIX
from inquiry_intent.errors import DataError, listed
from inquiry_intent.features.build import CATEGORIES
from inquiry_intent.labels import label_kind
from inquiry_intent.snapshots import KEY
from inquiry_intent.sources.naming import mentions, vocabulary
from inquiry_intent.sources.schema import DAYS_SUFFIX
from inquiry_intent.tables import ATTRIBUTE_PREFIX, Tables
from inquiry_intent.training import labelled_rows

#: Features from the table `clients`: as right as its `known_at`, so where they are missing is looked at as well.
BACKGROUND = (
    "has_import_record",
    "import_frequency_per_year",
    "import_value_usd",
    "last_import_days",
    "import_volatility",
    "supplier_stability",
    "registration_age_years",
    "web_presence",
    "exhibition_count",
)
#: Words of the vocabulary of leaks that also stand for a currency's conversion.
AMBIGUOUS = ("converted", "conversion")
#: With fewer rows of a class than this nothing can be said.
LEAST_OF_CLASS = 10
#: Share of the rows, the latest, on which "forward in time" is measured.
LATER_SHARE = 0.25
#: A column that says the label of this part of the rows, beyond the commoner class, is a copy of it.
COPY = 0.8
#: From here on a single column is worth a remark.
REMARKABLE_AUC = 0.8
#: Growth of the area from the first snapshot to a later one that is sudden.
JUMP = 0.2
#: Difference of the missing shares of two classes that is a hint.
MISSING_GAP = 0.2
#: Share of dates after as_of that makes a date one of later.
LATER_DATES = 0.9
#: Share of different values from which a column names its rows, and of those it says nothing about.
ID_SHARE, ID_NUMBER_SHARE = 0.5, 0.95
#: Standard errors.
SURE_Z = 4.0
#: Difference between won and lost of the share changed after the decision.
CHANGED_GAP = 0.3
#: Shares of the later and of the earlier version that a copy of the later one holds.
HOLDS, HOLDS_NOT = 0.9, 0.1

Severity = Literal["suspect", "remark"]


@dataclass(frozen=True)
class Finding:
    """One observation about one column; `alone`: enough to suspect it."""

    feature: str
    check: str
    alone: bool
    evidence: str


@dataclass(frozen=True)
class AuditResult:
    """What the audit of one target found.

    Attributes
    ----------
    suspects : DataFrame
        feature, target, check, severity (suspect, remark), evidence, remedy, allowed (the reason; NaN: none); a line for
        each finding, suspects first.
    figures : DataFrame, indexed by feature
        Every column with all its figures; NaN: not measurable, or not measured because nothing called for it.
    joint : Joint
        The figures of all columns together.
    rows : int
        Labelled snapshots.
    base_rates : dict
        Share of the rows with each label that was audited.
    """

    target: Target
    suspects: pd.DataFrame
    figures: pd.DataFrame
    joint: Joint
    rows: int
    base_rates: dict[str, float]

    @property
    def refused(self) -> list[str]:
        """Suspects that no written reason allows."""
        rows = self.suspects[self.suspects["severity"].eq("suspect") & self.suspects["allowed"].isna()]
        return list(dict.fromkeys(rows["feature"]))


@dataclass(frozen=True)
class _Sample:
    """Labelled snapshots, one row each."""

    X: pd.DataFrame
    labels: dict[str, np.ndarray]
    inquiries: pd.Index
    #: 0 for the first snapshot of an inquiry, 1 for the second …, labelled or not.
    position: np.ndarray
    #: Whether it is the first labelled one of its inquiry.
    first: np.ndarray
    clients: np.ndarray
    as_of: pd.Series
    test: np.ndarray
    later: np.ndarray


def audit(
    features: pd.DataFrame, snapshots: pd.DataFrame, target: Target, tables: Tables, config: AuditConfig
) -> AuditResult:
    """Look for columns that know the outcome.

    Parameters
    ----------
    features, snapshots : DataFrame
        What the stages `featurize` and `label` wrote; embeddings are passed over.
    target : Target
        Whose label is audited.
    tables : Tables
        Both come from these.

    Returns
    -------
    AuditResult
        Every column is in its figures, suspected or not.

    Raises
    ------
    DataError
        If no snapshot has a label, or a class has fewer than LEAST_OF_CLASS rows.
    """
    sample = _sample(features, snapshots, target, tables)
    undated = label_kind(tables.outcomes) == "final_status"
    audited = {name: _figures(name, sample, tables, config) for name in sample.X}
    figures = pd.DataFrame.from_dict(audited, orient="index").rename_axis("feature")
    findings = [f for name in sample.X for f in _findings(name, figures.loc[name], len(figures), undated, sample, config)]
    findings += _client_findings(sample, tables)
    label = next(iter(sample.labels.values()))
    at_first = sample.first
    joint = joint_figures(
        sample.X[at_first], label[at_first], sample.clients[at_first], sample.later[at_first], sample.test[at_first]
    )
    return AuditResult(
        target=target,
        suspects=_verdicts(findings, target, config.allowed),
        figures=figures,
        joint=joint,
        rows=len(sample.X),
        base_rates={name: float(y.mean()) for name, y in sample.labels.items()},
    )
