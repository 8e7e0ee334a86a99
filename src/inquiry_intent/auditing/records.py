"""What the records beside a column tell of it: decisions, later records, and later versions of the client."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from inquiry_intent.auditing.figures import area_of_rows, cut, ranked
from inquiry_intent.tables import COLUMNS, KEYS, TIME, Tables

#: Fewer rows than this on a side say nothing.
LEAST_ROWS = 20
#: Rows of a month that must be decided, and open, for it to be compared.
LEAST_IN_MONTH = 5


@dataclass(frozen=True)
class Change:
    """How often a column of `clients` took another value after the decision, among the inquiries won and lost."""

    column: str
    won: float
    lost: float
    #: The newest value, of each inquiry whose client's value changed.
    after: pd.Series


def decided_area(column: pd.Series, folds: np.ndarray, tables: Tables) -> float:
    """How well a column tells decided from open inquiries of the same month, as an area under the ROC curve.

    Parameters
    ----------
    column : Series, indexed by inquiry_id
    folds : ndarray of shape (n_inquiries,)
        The fold of each.

    Returns
    -------
    float
        NaN where too few are open, won or lost, or the export has no times.
    """
    status = tables.outcomes.set_index("inquiry_id")["status"].reindex(column.index).fillna("open")
    if (status.value_counts().reindex(["won", "lost", "open"]).fillna(0) < LEAST_ROWS).any() or tables.info.timeless:
        return float("nan")
    received = tables.inquiries.set_index("inquiry_id")["received_at"].reindex(column.index)
    month = received.dt.year * 12 + received.dt.month
    decided = status.ne("open").to_numpy(dtype=np.float64)
    by_month = pd.DataFrame({"decided": decided, "open": 1 - decided}).groupby(month.to_numpy()).transform("sum")
    chosen = (by_month >= LEAST_IN_MONTH).all(axis=1).to_numpy()
    if min(decided[chosen].sum(), (1 - decided[chosen]).sum()) < LEAST_ROWS:
        return float("nan")
    y, months = decided[chosen], month.to_numpy()[chosen]
    cells = cut(column[chosen])
    score = ranked(cells, y, folds[chosen])[0][folds[chosen], cells.codes]
    found, weights = [], []
    for each in np.unique(months):
        here = months == each
        found.append(area_of_rows(score[here], y[here]))
        weights.append(y[here].sum() * (1 - y[here]).sum())
    return float(np.average(found, weights=weights))


def records_after(tables: Tables, keys: pd.DataFrame) -> np.ndarray:
    """Number of messages and events of each snapshot's inquiry after its as_of."""
    times = pd.concat(
        [
            tables.messages[["inquiry_id", "sent_at"]].set_axis(["inquiry_id", "at"], axis=1),
            tables.events[["inquiry_id", "occurred_at"]].set_axis(["inquiry_id", "at"], axis=1),
        ]
    )
    numbered = keys[["inquiry_id", "as_of"]].reset_index(drop=True).rename_axis("row").reset_index()
    pairs = numbered.merge(times, on="inquiry_id")
    later = pairs.loc[pairs["at"] > pairs["as_of"], "row"]
    return np.bincount(later, minlength=len(keys)).astype(np.float64)


def rank_correlation(left: np.ndarray, right: np.ndarray) -> float:
    """Spearman's correlation over the rows where both are known; NaN where one of them does not vary."""
    both = pd.DataFrame({"left": left, "right": right}).dropna()
    if len(both) < LEAST_ROWS or (both.nunique() < 2).any():
        return float("nan")
    return float(both["left"].rank().corr(both["right"].rank()))


def client_changes(tables: Tables) -> list[Change]:
    """Columns of `clients` of which there are versions from before and from after a decision.

    Returns
    -------
    list of Change
        One for each column for which at least LEAST_ROWS inquiries, won and lost, have both versions.
    """
    outcomes = tables.outcomes[tables.outcomes["status"].isin(["won", "lost"]) & tables.outcomes["decided_at"].notna()]
    clients = tables.clients[tables.clients["known_at"].notna()].sort_values("known_at", kind="stable")
    decided = outcomes.merge(tables.inquiries[["inquiry_id", "client_id"]], on="inquiry_id", validate="one_to_one")
    decided = decided.sort_values("decided_at", kind="stable")
    before = pd.merge_asof(
        decided[["inquiry_id", "client_id", "decided_at", "status"]],
        clients,
        left_on="decided_at",
        right_on="known_at",
        by="client_id",
    ).set_index("inquiry_id")
    newest = clients.drop_duplicates("client_id", keep="last").set_index("client_id")
    after = newest.reindex(before["client_id"]).set_axis(before.index)
    both = before["known_at"].notna() & (after["known_at"] > before["decided_at"])
    before, after = before[both], after[both]
    if (before["status"].value_counts().reindex(["won", "lost"]).fillna(0) < LEAST_ROWS).any():
        return []
    found = []
    for column in COLUMNS["clients"]:
        if column in KEYS["clients"]:
            continue
        changed = before[column].ne(after[column]) & ~(before[column].isna() & after[column].isna())
        rate = changed.groupby(before["status"]).mean()
        if changed.any() and COLUMNS["clients"][column] != TIME:
            found.append(Change(column, float(rate["won"]), float(rate["lost"]), after.loc[changed, column]))
    return found


def held(column: pd.Series, values: pd.Series) -> float:
    """Share of some inquiries' values that a column holds, both indexed by inquiry_id; NaN: their kinds differ."""
    mine = column.reindex(values.index)
    if pd.api.types.is_numeric_dtype(mine) != pd.api.types.is_numeric_dtype(values):
        return float("nan")
    if pd.api.types.is_numeric_dtype(mine):
        return float(np.isclose(mine, values, equal_nan=True).mean())
    return float((mine.eq(values) | (mine.isna() & values.isna())).mean())
