"""The labelled snapshots under audit, with what the checks compare them with."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from inquiry_intent.auditing.figures import folds_of
from inquiry_intent.auditing.records import Change, client_changes, records_after
from inquiry_intent.config import TIERS, Target
from inquiry_intent.embedding import EMBEDDING_PREFIX
from inquiry_intent.features.text import BUYER_TEXT
from inquiry_intent.labels import label_kind
from inquiry_intent.snapshots import KEY
from inquiry_intent.tables import Tables
from inquiry_intent.training import labelled_rows

#: Share of the rows, the latest, on which "forward in time" is measured.
LATER_SHARE = 0.25


@dataclass(frozen=True)
class Sample:
    """Labelled snapshots, one row each, index 0, 1, 2 …

    Attributes
    ----------
    target : Target
    X : DataFrame
        Their features, without embeddings.
    labels : dict of ndarray
        Yes-or-no labels by name, 1 and 0: one for conversion, one for each upper tier.
    position : ndarray
        0 for the first snapshot of an inquiry, 1 for its second …, with a label or without.
    first : ndarray of bool
        The first labelled snapshot of each inquiry.
    clients, folds : ndarray of int
        The client as a code, and its fold.
    as_of, age_days : Series
        NaT and NaN in an export without times.
    test, later : ndarray of bool
        The test side of the split; the latest rows (none in an export without times).
    records_after : ndarray
        Messages and events of the inquiry after as_of.
    decided_X, decided_won, decided_folds
        Snapshots after the decision, which no model sees, and how they ended (1 won, 0 lost).
    newest, newest_folds : DataFrame, indexed by inquiry_id, and ndarray
        The features of every inquiry at its last snapshot, labelled or not.
    final_status : bool
        The labels are final statuses: a snapshot may lie after the decision.
    changes : list of Change
        Columns of `clients` that changed after a decision.
    won_late : int
        Snapshots that are left aside, since their inquiry was won after the horizon.
    """

    target: Target
    X: pd.DataFrame
    labels: dict[str, np.ndarray]
    position: np.ndarray
    first: np.ndarray
    clients: np.ndarray
    folds: np.ndarray
    as_of: pd.Series
    age_days: pd.Series
    test: np.ndarray
    later: np.ndarray
    records_after: np.ndarray
    decided_X: pd.DataFrame
    decided_won: np.ndarray
    decided_folds: np.ndarray
    newest: pd.DataFrame
    newest_folds: np.ndarray
    final_status: bool
    changes: list[Change]
    won_late: int
    tables: Tables


def build_sample(features: pd.DataFrame, snapshots: pd.DataFrame, target: Target, tables: Tables) -> Sample:
    """Bring features, labels and records together.

    Raises
    ------
    DataError
        If no snapshot has a label, or features, snapshots and tables are not of the same rows.
    """
    features = features.drop(columns=[c for c in features if str(c).startswith(EMBEDDING_PREFIX) or c == BUYER_TEXT])
    rows = labelled_rows(features, snapshots, tables.inquiries, target, tables.info.tier_leaks)
    facts = snapshots.set_index(KEY).reindex(features.index)
    position = pd.Series(facts.groupby(level="inquiry_id", sort=False).cumcount().to_numpy(), index=features.index)
    client_of = tables.inquiries.set_index("inquiry_id")["client_id"]
    status = tables.outcomes.set_index("inquiry_id")["status"]

    def folds(inquiry_ids: pd.Index) -> np.ndarray:
        return folds_of(client_of.reindex(inquiry_ids).to_numpy(dtype=object))

    # What was won after the horizon has the label of the lost and the columns of the won: of a column that knows the
    # outcome it would say that it does not.
    ended_won = status.reindex(rows.X.index.get_level_values("inquiry_id")).eq("won").to_numpy()
    late = ended_won & (rows.y == 0) if target == "conversion" else np.zeros(len(rows.y), bool)
    rows = rows.take(~late)
    keys = rows.X.index.to_frame(index=False)
    as_of = keys["as_of"]
    later = (as_of > as_of.quantile(1 - LATER_SHARE)).to_numpy() if as_of.notna().any() else np.zeros(len(keys), bool)
    labels = {"won": rows.y.astype(np.float64)}
    if target == "client_tier":
        names = {1: f"{TIERS[1]} or {TIERS[2]}", 2: TIERS[2]}
        labels = {name: (rows.y >= at).astype(np.float64) for at, name in names.items()}

    ids = features.index.get_level_values("inquiry_id")
    ended = status.reindex(ids).to_numpy(dtype=object)
    over = facts["left_out_reason"].eq("decided_before_snapshot").fillna(False).to_numpy() & np.isin(
        ended.astype(str), ["won", "lost"]
    )
    newest = features[~ids.duplicated(keep="last")].droplevel("as_of")
    return Sample(
        target=target,
        X=rows.X.reset_index(drop=True),
        labels=labels,
        position=position.reindex(rows.X.index).to_numpy(),
        first=~keys["inquiry_id"].duplicated().to_numpy(),
        clients=pd.factorize(keys["inquiry_id"].map(client_of))[0],
        folds=folds(pd.Index(keys["inquiry_id"])),
        as_of=as_of,
        age_days=facts["age_days"].reindex(rows.X.index).reset_index(drop=True),
        test=rows.split.eq("test").to_numpy(),
        later=later,
        records_after=records_after(tables, keys),
        decided_X=features[over],
        decided_won=(ended[over] == "won").astype(np.float64),
        decided_folds=folds(ids[over]),
        newest=newest,
        newest_folds=folds(newest.index),
        final_status=label_kind(tables.outcomes) == "final_status",
        changes=client_changes(tables),
        won_late=int(late.sum()),
        tables=tables,
    )
