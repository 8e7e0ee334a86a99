"""What became of a snapshot: converted within the horizon or not, and the client's tier. Nothing is guessed."""

from typing import Any, Literal

import numpy as np
import pandas as pd

from inquiry_intent.config import TIERS, Config, LabelConfig, TierConfig
from inquiry_intent.errors import DataError
from inquiry_intent.moments import known_from, time_of
from inquiry_intent.snapshots import build_snapshots, decided_before
from inquiry_intent.splits import assign_splits, learned_from
from inquiry_intent.tables import TEXT, Info, Tables

#: Below this share of dated decisions, among won or among lost, an export's labels are its final statuses.
LEAST_DATED_SHARE = 0.5
#: How much later than it says a decision may be known that carries a date or a month only.
DAYS_UNTIL_KNOWN = {"day": 1, "month": 31}
#: With fewer orders of a currency to learn from, quantiles bound no tiers: one order more would move them all.
LEAST_ORDERS = 10

LabelKind = Literal["within_horizon", "final_status"]


def label_snapshots(tables: Tables, config: Config) -> pd.DataFrame:
    """Build the snapshots table: the stage `label`.

    Returns
    -------
    DataFrame of shape (n_snapshots, 9)
        inquiry_id, as_of, age_days; converted (1, 0; NaN: not known); client_tier (one of TIERS, of inquiries won after
        as_of, and where training learns from them before the test period; NaN otherwise); order_value (of these, in
        tier.currency; NaN: not recorded, or its currency has no exchange rate); split (train, valid, test; NaN where
        left out); group (what stands on one side of the split and in one fold; NaN where without a label);
        left_out_reason (NaN where in a split). Each row has exactly one of split and left_out_reason.

    Raises
    ------
    DataError
        If no snapshot is left, or an order's currency has no exchange rate.
    """
    snapshots = build_snapshots(tables, config.snapshots)
    labelled = _conversion(snapshots, tables, config.label)
    gap_days, final = label_gap_days(tables, config), label_kind(tables.outcomes) == "final_status"
    split = assign_splits(labelled, tables.inquiries, tables.info.timeless, config.split, gap_days, final)
    won = tables.outcomes[tables.outcomes["status"] == "won"].set_index("inquiry_id")
    known = known_orders(split, won, tables, config.label)
    split["client_tier"] = _tiers(split, won, known, config.tier)
    split["order_value"] = _order_values(split, won, config.tier).where(known)
    labels, place = ["converted", "client_tier", "order_value"], ["split", "group", "left_out_reason"]
    result = split[["inquiry_id", "as_of", "age_days", *labels, *place]].reset_index(drop=True)
    if not (result["split"].notna() ^ result["left_out_reason"].notna()).all():
        raise AssertionError("a snapshot must be in a split or left out with a reason, not both, not neither")
    if result.loc[result["split"].notna(), "converted"].isna().any():
        raise AssertionError("a snapshot in a split must have a label")
    return result


def label_kind(outcomes: pd.DataFrame) -> LabelKind:
    """Whether the export's decisions are dated well enough for a horizon.

    >>> label_kind(pd.DataFrame({"status": ["won"], "decided_at": pd.to_datetime(pd.Series([None]), utc=True)}))
    'final_status'
    """
    return "final_status" if dated_shares(outcomes).lt(LEAST_DATED_SHARE).any() else "within_horizon"


def dated_shares(outcomes: pd.DataFrame) -> pd.Series:
    """Among the won and among the lost, the share that has a date."""
    decided = outcomes[outcomes["status"].isin(["won", "lost"])]
    return decided["decided_at"].notna().groupby(decided["status"]).mean()


def label_gap_days(tables: Tables, config: Config) -> float:
    """How long after as_of a label is known: split.gap_days, else one horizon, and until its last day or month is over.

    0 where labels are final statuses: nobody knows when they came.
    """
    if config.split.gap_days is not None:
        return config.split.gap_days
    if label_kind(tables.outcomes) == "final_status":
        return 0.0
    return days_until_known(tables.info, config.label)


def days_until_known(info: Info, config: LabelConfig) -> float:
    """How long after as_of nothing that a label tells can still be unknown."""
    return config.horizon_days + DAYS_UNTIL_KNOWN.get(info.decision_precision, 0)


def known_until(tables: Tables, config: LabelConfig) -> Any:
    """The last moment the export knows of, a Timestamp: no label may rest on what comes later. NaT without times."""
    return tables.known_until if config.known_until is None else pd.Timestamp(config.known_until, tz="UTC")


def _conversion(snapshots: pd.DataFrame, tables: Tables, config: LabelConfig) -> pd.DataFrame:
    """Add converted and left_out_reason."""
    outcomes = tables.outcomes
    decision = outcomes.set_index("inquiry_id")[["status", "decided_at"]]
    rows = snapshots.join(decision, on="inquiry_id", validate="many_to_one")
    end = known_until(tables, config)
    # A decision that lies after the end of knowledge is not known.
    known = rows["decided_at"].isna() | pd.isna(end) | (rows["decided_at"] <= end)
    status = rows["status"].where(known, "open").fillna("open")
    decided_at = rows["decided_at"].where(known)

    reason = pd.Series(pd.NA, index=rows.index, dtype=TEXT)
    if label_kind(outcomes) == "final_status":
        converted = status.map({"won": 1.0, "lost": 0.0}).astype("float64")
        reason = reason.mask(status == "open", "undecided")
    else:
        horizon_end = rows["as_of"] + pd.Timedelta(days=config.horizon_days)
        won_in_time = (status == "won") & (decided_at <= horizon_end)
        over = horizon_end <= end
        converted = won_in_time.astype("float64").where(over | decided_at.notna())
        # Where the horizon is not over, only the quickly decided have a label: to keep just them would tilt the rates.
        reason = reason.mask(~over, "horizon_not_over")
        undated = (status != "open") & decided_at.isna()
        converted, reason = converted.mask(undated), reason.mask(undated, "decision_date_missing")
    past = decided_before(rows.assign(decided_at=decided_at), tables.info)
    converted = converted.mask(past)
    reason = reason.mask(past, "decided_before_snapshot")
    reason = reason.mask((rows["as_of"] > end).fillna(False), "after_known_until")
    return snapshots.assign(converted=converted, left_out_reason=reason)


def known_orders(split: pd.DataFrame, won: pd.DataFrame, tables: Tables, config: LabelConfig) -> pd.Series:
    """Where an order may be a label: won after the snapshot, known at the end, and in training before the test begins.

    Without the last, training would know orders that the test period's model could not have known.
    """
    decided_at = time_of(split["inquiry_id"], won["decided_at"])
    end = known_until(tables, config)
    known = split["left_out_reason"].ne("decided_before_snapshot").fillna(True) & ~(decided_at > end).fillna(False)
    return known & ~decided_later(split, decided_at, tables.info)


def decided_later(split: pd.DataFrame, decided_at: pd.Series, info: Info) -> pd.Series:
    """Rows to learn from whose inquiry may have been decided after the first test snapshot, in a split forward in time.

    What is dated to a day or month may have been, until that is over.
    """
    learned = learned_from(split)
    begins = split.loc[split["split"] == "test", "as_of"].min()
    if not (split.loc[learned, "as_of"].max() <= begins):
        return pd.Series(False, index=split.index)
    return learned & (known_from(decided_at, info.decision_precision) > begins).fillna(False)


def _tiers(split: pd.DataFrame, won: pd.DataFrame, known: pd.Series, config: TierConfig) -> pd.Series:
    """The client tier of snapshots whose order is `known`."""
    rows = worth_of_orders(split, won, known, config)
    if config.method == "thresholds":
        if lacking := without_rate(rows["currency"], config):
            raise DataError(lacking)
        in_currency = rows["value"] * rows["currency"].map(config.exchange_rates).astype("float64")
        strategic, short_term = (in_currency >= config.thresholds[t] for t in ("strategic", "short_term"))
    else:
        place = _places(rows, learned_from(split)[rows.index]).dropna()
        rows = rows.loc[place.index]
        strategic, short_term = (place >= config.quantiles[t] for t in ("strategic", "short_term"))
    tier = pd.Series(TIERS[0], index=rows.index, dtype=TEXT)
    tier = tier.mask(short_term, TIERS[1]).mask(strategic, TIERS[2])
    return tier.reindex(split.index)


def _places(rows: pd.DataFrame, learned: pd.Series) -> pd.Series:
    """Where an order stands, 0 to 1, among those of its currency to learn from; NaN if these are too few to tell.

    One row an inquiry counts, and none of the test period, which has no say in what its classes mean. Orders of equal
    value share the middle of their places, so all go where the shares of the tiers come nearest to those asked for.
    """
    place = pd.Series(np.nan, index=rows.index)
    for currency, values in rows[learned].drop_duplicates("inquiry_id").groupby("currency")["value"]:
        if len(values) >= LEAST_ORDERS:
            same, known = rows["currency"] == currency, np.sort(values.to_numpy())
            below, up_to = (np.searchsorted(known, rows.loc[same, "value"], side) for side in ("left", "right"))
            place[same] = (below + up_to) / 2 / len(known)
    return place


def without_rate(currencies: pd.Series, config: TierConfig) -> str:
    """What to say of currencies of orders that have no exchange rate, though tiers need one; "" if there are none."""
    unknown = sorted(set(currencies.dropna()) - set(config.exchange_rates))
    if not unknown or config.method != "thresholds":
        return ""
    return (
        f"Orders in {unknown} have no exchange rate to {config.currency}. Add them to tier.exchange_rates in "
        "params.yaml, or use tier.method: quantiles, which needs none."
    )


def worth_of_orders(split: pd.DataFrame, won: pd.DataFrame, known: pd.Series, config: TierConfig) -> pd.DataFrame:
    """Snapshots whose order is `known` and has a value: inquiry_id, split, value and its currency."""
    value = won["annual_volume"].fillna(won["order_value"])
    worth = pd.DataFrame({"value": value, "currency": won["currency"].fillna(config.currency)}).dropna()
    rows = split[["inquiry_id", "split"]].join(worth, on="inquiry_id", validate="many_to_one")
    return rows[rows["value"].notna() & known]


def _order_values(split: pd.DataFrame, won: pd.DataFrame, config: TierConfig) -> pd.Series:
    """The order's value of snapshots whose inquiry was won, in config.currency."""
    rate = won["currency"].fillna(config.currency).map(config.exchange_rates).astype("float64")
    return split["inquiry_id"].map(won["order_value"] * rate).astype("float64")
