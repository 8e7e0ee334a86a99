"""What became of a snapshot: converted within the horizon or not, and the client's tier. Nothing is guessed."""

from typing import Any, Literal

import numpy as np
import pandas as pd

from inquiry_intent.config import TIERS, Config, LabelConfig, TierConfig
from inquiry_intent.errors import DataError, counted
from inquiry_intent.snapshots import build_snapshots, coarse_decisions, decided_before
from inquiry_intent.splits import assign_splits, is_forward, learned_from
from inquiry_intent.tables import TEXT, Info, Tables, known_from, time_of

#: Dated shares of won and lost that differ by more are said in every report.
UNEVEN_DATES = 0.05
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
    known = _known_orders(split, won, tables, config.label)
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
    return "final_status" if _dated_shares(outcomes).lt(LEAST_DATED_SHARE).any() else "within_horizon"


def _dated_shares(outcomes: pd.DataFrame) -> pd.Series:
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
    return _days_until_known(tables.info, config.label)


def _days_until_known(info: Info, config: LabelConfig) -> float:
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


def _known_orders(split: pd.DataFrame, won: pd.DataFrame, tables: Tables, config: LabelConfig) -> pd.Series:
    """Where an order may be a label: won after the snapshot, known at the end, and in training before the test begins.

    Without the last, training would know orders that the test period's model could not have known.
    """
    decided_at = time_of(split["inquiry_id"], won["decided_at"])
    end = known_until(tables, config)
    known = split["left_out_reason"].ne("decided_before_snapshot").fillna(True) & ~(decided_at > end).fillna(False)
    return known & ~_decided_later(split, decided_at, tables.info)


def _decided_later(split: pd.DataFrame, decided_at: pd.Series, info: Info) -> pd.Series:
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
    rows = _worth(split, won, known, config)
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


def _worth(split: pd.DataFrame, won: pd.DataFrame, known: pd.Series, config: TierConfig) -> pd.DataFrame:
    """Snapshots whose order is `known` and has a value: inquiry_id, split, value and its currency."""
    value = won["annual_volume"].fillna(won["order_value"])
    worth = pd.DataFrame({"value": value, "currency": won["currency"].fillna(config.currency)}).dropna()
    rows = split[["inquiry_id", "split"]].join(worth, on="inquiry_id", validate="many_to_one")
    return rows[rows["value"].notna() & known]


def _without_bounds(snapshots: pd.DataFrame, won: pd.DataFrame, config: Config, tables: Tables) -> dict[str, int]:
    """By currency, the won inquiries in the split that have no tier though their order has a value."""
    worth = _worth(snapshots, won, _known_orders(snapshots, won, tables, config.label), config.tier)
    lost = worth[worth["split"].notna() & snapshots["client_tier"].isna()[worth.index]]
    return {str(currency): int(n) for currency, n in lost.groupby("currency")["inquiry_id"].nunique().items()}


def _orders_without_rate(snapshots: pd.DataFrame, won: pd.DataFrame, config: Config, tables: Tables) -> dict[str, int]:
    """By currency, the won inquiries of any side whose order has a value, but no exchange rate to tier.currency."""
    known = _known_orders(snapshots, won, tables, config.label)
    of_a_side = snapshots.loc[known & (snapshots["split"].notna() | learned_from(snapshots)), "inquiry_id"]
    valued = won[won.index.isin(of_a_side) & won["order_value"].notna()]
    currency = valued["currency"].fillna(config.tier.currency)
    lost = currency[~currency.isin(config.tier.exchange_rates)].value_counts().sort_index()
    return {str(name): int(n) for name, n in lost.items()}


def _order_values(split: pd.DataFrame, won: pd.DataFrame, config: TierConfig) -> pd.Series:
    """The order's value of snapshots whose inquiry was won, in config.currency."""
    rate = won["currency"].fillna(config.currency).map(config.exchange_rates).astype("float64")
    return split["inquiry_id"].map(won["order_value"] * rate).astype("float64")


def label_summary(snapshots: pd.DataFrame, tables: Tables, config: Config) -> dict[str, Any]:
    """Counts of the stage `label` for its report: in = used + left out, by reason, and what every report must say."""
    used = snapshots[snapshots["split"].notna()]
    won = tables.outcomes[tables.outcomes["status"] == "won"].set_index("inquiry_id")
    won_at = time_of(snapshots["inquiry_id"], won["decided_at"])
    # What is called random by group, or given, may have test rows among those learned from.
    forward = config.split.method != "random" and is_forward(snapshots)
    without_bounds = _without_bounds(snapshots, won, config, tables)
    rateless = _orders_without_rate(snapshots, won, config, tables)
    unvalued = [
        f"The order value of {counted(n, 'won inquiry')} is in {currency}, for which tier.exchange_rates has no rate "
        f"to {config.tier.currency}: what the rankings are worth and the expected values leave these orders out. Add "
        "the rate to params.yaml."
        for currency, n in rateless.items()
    ]
    return {
        "snapshots": len(snapshots),
        "used": len(used),
        "left_out": snapshots["left_out_reason"].value_counts().sort_index().to_dict(),
        "splits": {
            str(name): {
                "snapshots": len(part),
                "inquiries": int(part["inquiry_id"].nunique()),
                "converted_share": round(float(part["converted"].mean()), 4),
                "tier_labels": int(part["client_tier"].notna().sum()),
            }
            for name, part in used.groupby("split")
        },
        "orders_after_test_began": int(_decided_later(snapshots, won_at, tables.info).sum()),
        "orders_without_bounds": without_bounds,
        "orders_without_rate": rateless,
        "learned_until": _learned_until(snapshots, won_at, tables, config.label),
        "split": "time" if forward else "random",
        "warnings": [
            *warnings_of(tables, config),
            *_of_given_split(snapshots, tables, config, forward),
            *_of_late_statuses(snapshots, tables),
            *_of_missing_dates(used, tables),
            *_of_quantiles(snapshots, won, without_bounds, tables, config),
            *unvalued,
        ],
    }


def _learned_until(snapshots: pd.DataFrame, won_at: pd.Series, tables: Tables, config: LabelConfig) -> str | None:
    """The last moment of which the labels that training learns from may tell; None without times."""
    learned = learned_from(snapshots)
    end = known_until(tables, config)
    until = snapshots.loc[learned, "as_of"].max() + pd.Timedelta(days=_days_until_known(tables.info, config))
    # A final status has no horizon, and neither has an order's tier.
    final = label_kind(tables.outcomes) == "final_status"
    ordered = known_from(won_at[learned & snapshots["client_tier"].notna()], tables.info.decision_precision)
    until = end if final else max(until, ordered.max())
    moments = [moment for moment in (until, end) if not pd.isna(moment)]
    return str(min(moments)) if moments else None


def warnings_of(tables: Tables, config: Config) -> list[str]:
    """What a reader of any figure must know about this export's labels and split."""
    said = []
    if tables.info.timeless:
        how = "its own" if config.split.method == "given" else "random by group"
        said.append(
            f"NO TIMES in this export: the split is {how}, not forward in time. "
            "Figures say nothing about drift and are likely too good."
        )
    elif config.split.method == "random":
        said.append("The split is random by group, not forward in time (split.method: random).")
    if not tables.info.timeless and tables.info.known_until is None and config.label.known_until is None:
        said.append(
            f"The tables do not say until when the export is known: taken is {tables.known_until:%Y-%m-%d}, the latest "
            "time in them. Where that is a plan or a slip, set label.known_until in params.yaml."
        )
    if label_kind(tables.outcomes) == "final_status":
        dated = " and ".join(f"{share:.0%} of the {s}" for s, share in _dated_shares(tables.outcomes).items())
        said.append(
            f"Too few decisions carry a date ({dated}): the label is the final status, whenever it came, not "
            f"'won within {config.label.horizon_days:g} days'."
        )
    said += _uneven_dates(tables)
    if coarse_decisions(tables.info):
        said.append(
            f"Decisions are dated to the {tables.info.decision_precision}, receipts finer: a snapshot within the "
            f"{tables.info.decision_precision} of its decision, but for the one at receipt, counts as decided before."
        )
    return said


def _of_given_split(snapshots: pd.DataFrame, tables: Tables, config: Config, forward: bool) -> list[str]:
    """What to say of a split that the export prescribes: nobody has seen to it that it tells how the future goes."""
    if config.split.method != "given":
        return []
    said = []
    if not forward and not tables.info.timeless:
        said.append("The split is the export's own, and not forward in time: rows are learned from that are later.")
    clients = snapshots["inquiry_id"].map(tables.inquiries.set_index("inquiry_id")["client_id"])
    tested = set(clients[snapshots["split"] == "test"])
    both = tested & set(clients[learned_from(snapshots)])
    if both:
        said.append(
            f"{len(both):,} of {counted(len(tested), 'client')} to test on {'are' if len(both) > 1 else 'is'} learned "
            "from too (split.method: given): figures are likely too good for new clients."
        )
    return said


def _of_late_statuses(snapshots: pd.DataFrame, tables: Tables) -> list[str]:
    """What to say of final statuses that came, by their own date, when the test period had begun.

    They stay: to leave out the few that have a date would tilt the share that converts, for won are dated more often.
    """
    if label_kind(tables.outcomes) != "final_status":
        return []
    decided_at = time_of(snapshots["inquiry_id"], tables.outcomes.set_index("inquiry_id")["decided_at"])
    late = int(_decided_later(snapshots, decided_at, tables.info).sum())
    if not late:
        return []
    of = int(learned_from(snapshots).sum())
    return [
        f"{counted(late, 'row')} of {of:,} to learn from {'were' if late > 1 else 'was'} decided "
        "after the test period began, by the export's own dates, and others without a date may have been: a "
        "model made on that day could not know them. Figures are likely too good. Complete the dates in the export."
    ]


def _of_missing_dates(used: pd.DataFrame, tables: Tables) -> list[str]:
    """What to say where the decided without a date are left out, and the undecided all stay and count as not won.

    Were the undated dated like the others, the rate of conversion would be what it is if as large a share of the
    undecided were left out too.
    """
    decided = tables.outcomes[tables.outcomes["status"].isin(["won", "lost"])]
    if label_kind(tables.outcomes) == "final_status" or decided.empty or _uneven_dates(tables):
        return []
    undated = decided["decided_at"].isna()
    waiting = float((~used["inquiry_id"].isin(decided["inquiry_id"])).mean())
    too_low = float(undated.mean()) * waiting
    if too_low <= UNEVEN_DATES:
        return []
    return [
        f"{int(undated.sum()):,} of {len(decided):,} decided inquiries have no decision date and are left out, but "
        f"those without a decision stay, {waiting:.0%} of the rows, as not won: the share that converts, and with it "
        f"every probability, is too low by about {too_low:.0%} of itself. Complete the dates in the export."
    ]


def _of_quantiles(
    snapshots: pd.DataFrame, won: pd.DataFrame, without_bounds: dict[str, int], tables: Tables, config: Config
) -> list[str]:
    """What to say of currencies in which quantiles tell no tiers, or not all three, apart."""
    if config.tier.method != "quantiles":
        return []
    worth = _worth(snapshots, won, _known_orders(snapshots, won, tables, config.label), config.tier)
    learned = worth[learned_from(snapshots)[worth.index]].drop_duplicates("inquiry_id")
    orders = learned.groupby("currency")["inquiry_id"].size()
    said = [
        f"{counted(n, 'won inquiry')} with an order in {currency} without a tier: training has "
        f"{orders.get(currency, 0)} in {currency} to take the quantiles of, and {LEAST_ORDERS} are needed. "
        "Use tier.method: thresholds, or convert the orders in the export."
        for currency, n in without_bounds.items()
    ]
    tiers = snapshots["client_tier"][learned.index].groupby(learned["currency"]).unique()
    for currency, present in tiers[orders.reindex(tiers.index) >= LEAST_ORDERS].items():
        if absent := [tier for tier in TIERS if tier not in present]:
            said.append(
                f"No order in {currency} to learn from is {' or '.join(map(repr, absent))}: too many of the "
                f"{orders[str(currency)]} have the same value for quantiles to part them. Use tier.method: thresholds."
            )
    return said


def _uneven_dates(tables: Tables) -> list[str]:
    """What to say where won and lost inquiries are not equally often dated.

    Those without a date are left out; where labels are final statuses, they are used even at ages past their decision.
    """
    dated = _dated_shares(tables.outcomes)
    if len(dated) < 2 or dated.max() - dated.min() <= UNEVEN_DATES:
        return []
    said = f"{dated['won']:.0%} of the won and {dated['lost']:.0%} of the lost have a decision date."
    if label_kind(tables.outcomes) == "within_horizon":
        return [
            f"{said} Those without are left out, so the share that converts, and with it every probability, is off. "
            "Complete the dates in the export."
        ]
    if tables.info.timeless:
        return []
    rarer = dated.idxmin()
    return [
        f"{said} Those with one are learned from until they are decided, the {rarer} without one at every age: the "
        "share that converts changes with age for that reason alone, and so do the probabilities. Complete the dates "
        "in the export; until then compare only inquiries of the same age."
    ]
