"""One column under audit: where it comes from, where it tells most, and whether that can be chance."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from inquiry_intent.auditing.figures import Cells, Told, chance, cut, told
from inquiry_intent.auditing.sample import Sample
from inquiry_intent.config import AuditConfig
from inquiry_intent.features.build import CATEGORIES
from inquiry_intent.tables import ATTRIBUTE_PREFIX

#: Features from the table `clients`: as right as its `known_at`.
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
#: With fewer rows of a class than this nothing is said of a column.
LEAST_OF_CLASS = 10


@dataclass(frozen=True)
class Finding:
    """One observation about one column. `alone`: enough to suspect it; else a hint, of which it takes two kinds."""

    feature: str
    check: str
    alone: bool
    evidence: str
    #: A hint that many honest columns give: worth no line of its own.
    silent: bool = False

    @property
    def kind(self) -> str:
        """Hints of one kind are one observation made twice."""
        return {"missing": "tells", "later_date": "name"}.get(self.check, self.check)


@dataclass(frozen=True)
class View:
    """The rows and the label with which a column tells most."""

    label: str
    rows: np.ndarray
    cells: Cells
    told: Told
    #: The area at the youngest snapshots, for the same label.
    first_auc: float


@dataclass(frozen=True)
class Column:
    """One column under audit."""

    name: str
    sample: Sample
    view: View
    n_tests: int
    config: AuditConfig

    @property
    def origin(self) -> str:
        return origin(self.name)

    @property
    def values(self) -> pd.Series:
        return self.sample.X[self.name]

    @property
    def y(self) -> np.ndarray:
        """The label of the view's rows."""
        return self.sample.labels[self.view.label][self.view.rows]

    @property
    def folds(self) -> np.ndarray:
        return self.sample.folds[self.view.rows]

    @property
    def clients(self) -> np.ndarray:
        return self.sample.clients[self.view.rows]

    @cached_property
    def by_chance(self) -> float:
        """Probability that one of all columns tells as much by chance."""
        repeats, seed = self.config.permutations, self.config.seed
        p = chance(self.view.cells, self.y, self.folds, self.clients, repeats, seed)
        return min(1.0, p * self.n_tests)

    @property
    def real(self) -> bool:
        return self.by_chance <= self.config.significance

    def sure(self, p: float) -> bool:
        """Whether a probability by chance, of this column alone, is small enough for all columns together."""
        return p * self.n_tests <= self.config.significance

    def finding(self, check: str, alone: bool, evidence: str, silent: bool = False) -> Finding:
        return Finding(self.name, check, alone, evidence, silent)


def origin(name: str) -> str:
    """Where a feature comes from: `attribute` or `inquiry` (as the export gives it), `client`, or `computed`."""
    if name.startswith(ATTRIBUTE_PREFIX):
        return "attribute"
    return "inquiry" if name in CATEGORIES else "client" if name in BACKGROUND else "computed"


def best_view(name: str, sample: Sample) -> View | None:
    """Where a column tells most; None where it does not vary or a class is too small.

    A column of the export stands still, so each inquiry counts once, at its first labelled snapshot; any other column
    is looked at at each age by itself.
    """
    still = origin(name) in ("attribute", "inquiry")
    places = [sample.first] if still else [sample.position == p for p in np.unique(sample.position)]
    views = []
    for label, y in sample.labels.items():
        first_auc = None
        for rows in places:
            values = sample.X.loc[rows, name]
            if min(y[rows].sum(), (1 - y[rows]).sum()) < LEAST_OF_CLASS:
                continue
            varies = values.nunique(dropna=False) > 1
            cells = cut(values)
            seen = told(cells, y[rows], sample.folds[rows])
            first_auc = seen.auc if first_auc is None else first_auc
            views += [View(label, rows, cells, seen, first_auc)] if varies else []
    return max(views, key=lambda view: view.told.auc, default=None)
