"""On which side of the split a snapshot stands: forward in time with a gap, random by group, or as given."""

import hashlib
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd

from inquiry_intent.config import SplitConfig
from inquiry_intent.errors import ConfigError, DataError
from inquiry_intent.tables import TEXT, Tables

#: Rows that stand on no side and that the final fit takes: their labels were known when the test period began. Without
#: those of clients who came again, training would know who does not, which the future decides
#: (docs/decisions/016-who-comes-again-is-learned-from.md).
USED_IN_FINAL_FIT = ("gap_before_valid", "group_in_valid", "group_in_test")


def assign_splits(
    snapshots: pd.DataFrame,
    inquiries: pd.DataFrame,
    timeless: bool,
    config: SplitConfig,
    horizon_gap_days: float,
    final_statuses: bool = False,
) -> pd.DataFrame:
    """Add `split` and `group` to labelled snapshots, and a reason to those that no side takes.

    All snapshots of an inquiry, and of its group, stand on one side, the latest one. Forward in time, a row before a
    period serves it only if its label was known when the period began: as_of + gap <= start. Earlier rows of a group on
    a later side are past too: they stand on no side, and the final fit takes them, unless nobody knows when their
    labels came.

    Parameters
    ----------
    snapshots : DataFrame
        With inquiry_id, as_of, left_out_reason; rows that have a reason get no split.
    inquiries : DataFrame
        With inquiry_id, received_at, given_split and the column named by config.group_by.
    timeless : bool
        The export has no times: the split is then random, whatever the method.
    horizon_gap_days : float
        The gap if config.gap_days is null.
    final_statuses : bool
        Labels are final statuses, whenever they came: of a client in the test period not even earlier ones are taken.

    Raises
    ------
    ConfigError
        If group_by names no column of inquiries.
    DataError
        If no labelled snapshot is left, or none to learn from or to test on. The validation period may be empty.
    """
    if config.group_by is not None and config.group_by not in inquiries:
        raise ConfigError(f"split.group_by is {config.group_by!r}, expected a column of inquiries: {list(inquiries)}")
    usable = snapshots["left_out_reason"].isna()
    if not usable.any():
        reasons = snapshots["left_out_reason"].value_counts().to_dict()
        raise DataError(f"No snapshot has a label; all {len(snapshots)} are left out: {reasons}.")
    method = "random" if timeless and config.method == "time" else config.method
    facts = inquiries.set_index("inquiry_id")
    rows = snapshots[usable].join(facts["received_at"], on="inquiry_id", validate="many_to_one")
    group_values = facts.index.to_series() if config.group_by is None else facts[config.group_by]
    # An inquiry without a group is a group of its own.
    rows["group"] = rows["inquiry_id"].map(group_values.fillna(facts.index.to_series()))
    rows["reason"] = pd.Series(pd.NA, index=rows.index, dtype=TEXT)

    if method == "random":
        rows["split"] = _random(rows["group"], config)
    elif method == "given":
        rows["split"] = rows["inquiry_id"].map(facts["given_split"])
        rows["reason"] = rows["reason"].mask(rows["split"].isna(), "no_given_split")
    else:
        gap = pd.Timedelta(days=horizon_gap_days if config.gap_days is None else config.gap_days)
        rows = _forward_in_time(rows, config, gap)
    if method != "given":
        rows = _groups_on_one_side(rows, final_statuses)

    rows["split"] = rows["split"].mask(rows["reason"].notna())
    result = snapshots.copy()
    result["split"] = rows["split"].reindex(result.index).astype(TEXT)
    result["group"] = rows["group"].reindex(result.index).astype(TEXT)
    result["left_out_reason"] = result["left_out_reason"].fillna(rows["reason"].reindex(result.index))
    sides = {"training": learned_from(result), "test": result["split"] == "test"}
    if missing := [name for name, rows_of_it in sides.items() if not rows_of_it.any()]:
        left_out, kept = (
            {str(value): int(n) for value, n in result[name].value_counts().items()}
            for name in ("left_out_reason", "split")
        )
        raise DataError(
            f"The split leaves nothing for {' and '.join(missing)}: {left_out} left out, {kept} kept. "
            f"{_remedy(method, rows, inquiries['received_at'], config)}"
        )
    return result


def _remedy(method: str, rows: pd.DataFrame, received: pd.Series, config: SplitConfig) -> str:
    """What to change where a side of the split is empty, by what emptied it."""
    groups = rows["group"].nunique()
    if config.group_by is not None and (groups < 2 or rows["reason"].eq("undated_group_in_test").mean() > 0.5):
        return (
            f"All rows of a {config.group_by} stand on one side, and there {'is' if groups == 1 else 'are'} {groups}: "
            "split.group_by in params.yaml may name another column, or null: each inquiry by itself."
        )
    if method == "given":
        return "Check the column that the mapping takes given_split from: it needs train and test."
    if method == "random":
        return "An inquiry alone makes no split: give a longer history."
    return (
        "Check split.test_from, valid_from, gap_days and label.horizon_days in params.yaml against the export's period "
        f"({received.min()} to {received.max()})."
    )


def learned_from(snapshots: pd.DataFrame) -> pd.Series:
    """Which of the snapshots that `assign_splits` returns the final fit takes."""
    return snapshots["split"].isin(["train", "valid"]) | snapshots["left_out_reason"].isin(USED_IN_FINAL_FIT)


def is_forward(snapshots: pd.DataFrame) -> bool:
    """Whether no row to learn from is later than a test row; not, in an export without times."""
    learned = snapshots.loc[learned_from(snapshots), "as_of"]
    return bool(learned.max() <= snapshots.loc[snapshots["split"] == "test", "as_of"].min())


def without_test_outcomes(tables: Tables, snapshots: pd.DataFrame) -> Tables:
    """Hide the test side's outcomes where training rows come after them, as in a random split.

    Win rates of owners and products are a snapshot's past, but a training row's past may hold the outcome of a test
    row: whoever sees a count grow from one row to the next knows who won. Forward in time nothing is hidden.

    Parameters
    ----------
    tables : Tables
        The whole corpus.
    snapshots : DataFrame
        What `assign_splits` returns.
    """
    test = snapshots[snapshots["split"] == "test"]
    learned = snapshots.loc[learned_from(snapshots), "as_of"]
    if not (learned.max() > test["as_of"].min()):  # NaT, in an export without times: nothing has a past
        return tables
    hidden = tables.outcomes["inquiry_id"].isin(test["inquiry_id"])
    return replace(tables, outcomes=tables.outcomes[~hidden].reset_index(drop=True))


def _forward_in_time(rows: pd.DataFrame, config: SplitConfig, gap: pd.Timedelta) -> pd.DataFrame:
    received = rows.drop_duplicates("inquiry_id")["received_at"]
    test_from = _boundary(config.test_from, received, config.test_share)
    before = received[received + gap < test_from]
    valid_from = _boundary(config.valid_from, before, config.valid_share / (1 - config.test_share))
    split = pd.Series("train", index=rows.index, dtype=TEXT)
    split = split.mask(rows["received_at"] >= valid_from, "valid").mask(rows["received_at"] >= test_from, "test")
    label_known = rows["as_of"] + gap
    reason = rows["reason"].mask((split == "train") & (label_known > valid_from), "gap_before_valid")
    reason = reason.mask((split != "test") & (label_known > test_from), "gap_before_test")
    return rows.assign(split=split, reason=reason)


def _boundary(given: object, received: pd.Series, share: float) -> pd.Timestamp:
    """The given date, or the time at which the latest `share` of the inquiries begins."""
    if given is not None:
        return pd.Timestamp(str(given), tz="UTC")
    if received.empty:
        return pd.Timestamp.min.tz_localize("UTC")
    return received.sort_values().iloc[min(int(len(received) * (1 - share)), len(received) - 1)]


def _random(groups: pd.Series, config: SplitConfig) -> pd.Series:
    """A side for each group, by a hash of its name and the seed: the same on every machine and in any row order.

    Of few groups none may fall to a side: the first always trains, and the last always tests.
    """

    def place(group: str) -> float:
        return int.from_bytes(hashlib.sha256(f"{config.seed}:{group}".encode()).digest()[:8], "big") / 2**64

    position = groups.map({group: place(str(group)) for group in groups.unique()})
    valid = (position >= 1 - config.test_share - config.valid_share) & (position > position.min())
    test = position >= min(1 - config.test_share, position.max())
    return pd.Series("train", index=groups.index, dtype=TEXT).mask(valid, "valid").mask(test, "test")


def _groups_on_one_side(rows: pd.DataFrame, final_statuses: bool) -> pd.DataFrame:
    """Leave earlier rows of a group out where the group also stands on a later side; a gap stays the reason it is."""
    reason = rows["reason"]
    for side, earlier in (("valid", ["train"]), ("test", ["train", "valid"])):
        later = set(rows.loc[(rows["split"] == side) & reason.isna(), "group"])
        again = rows["split"].isin(earlier) & rows["group"].isin(later)
        if final_statuses and side == "test":
            reason = reason.mask(again & reason.ne("gap_before_test").fillna(True), "undated_group_in_test")
        else:
            reason = reason.mask(again & reason.isna(), f"group_in_{side}")
    return rows.assign(reason=reason)


def later_periods(
    times: pd.DatetimeIndex, inquiries: pd.Index, starts: tuple[float, ...], gap: pd.Timedelta
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Folds forward in time: positions of the rows up to a moment, and of those from there to the next one.

    Parameters
    ----------
    times, inquiries : of n_rows
        as_of and inquiry_id of each.
    starts : tuple of float
        Where periods begin, as shares of the rows in the order of time; the last one ends with the rows.
    gap : Timedelta
        An earlier row serves only if its label was known when the period began: as_of + gap <= start.

    Returns
    -------
    list of (ndarray, ndarray)
        Earlier and later rows; no inquiry stands in both.
    """
    order = times.sort_values()
    bounds = [order[int(len(order) * share)] for share in starts] + [times.max()]
    periods = []
    for number, (start, end) in enumerate(pairwise(bounds)):
        later = np.asarray((times >= start) & ((times < end) | (number == len(starts) - 1)))
        earlier = (times < start) & (times <= start - gap) & ~inquiries.isin(inquiries[later])
        periods.append((np.flatnonzero(earlier), np.flatnonzero(later)))
    return periods
