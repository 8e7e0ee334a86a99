"""What every report says of labels and split: counts by reason, and warnings that bear on how figures are read."""

from typing import Any

import pandas as pd

from inquiry_intent.config import TIERS, Config, LabelConfig, TierConfig
from inquiry_intent.errors import counted
from inquiry_intent.labels import (
    LEAST_ORDERS,
    dated_shares,
    days_until_known,
    decided_later,
    known_orders,
    known_until,
    label_kind,
    worth_of_orders,
)
from inquiry_intent.moments import known_from, time_of
from inquiry_intent.snapshots import coarse_decisions
from inquiry_intent.splits import is_forward, learned_from
from inquiry_intent.tables import Tables

#: Dated shares of won and lost that differ by more are said in every report.
UNEVEN_DATES = 0.05


def label_summary(snapshots: pd.DataFrame, tables: Tables, config: Config) -> dict[str, Any]:
    """Counts of the stage `label` for its report: in = used + left out, by reason, and what every report must say."""
    used = snapshots[snapshots["split"].notna()]
    won = tables.outcomes[tables.outcomes["status"] == "won"].set_index("inquiry_id")
    won_at = time_of(snapshots["inquiry_id"], won["decided_at"])
    # What is called random by group, or given, may have test rows among those learned from.
    forward = config.split.method != "random" and is_forward(snapshots)
    known = known_orders(snapshots, won, tables, config.label)
    worth = worth_of_orders(snapshots, won, known, config.tier)
    without_bounds = _without_bounds(snapshots, worth)
    rateless = _orders_without_rate(snapshots, won, known, config.tier)
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
        "orders_after_test_began": int(decided_later(snapshots, won_at, tables.info).sum()),
        "orders_without_bounds": without_bounds,
        "orders_without_rate": rateless,
        "learned_until": _learned_until(snapshots, won_at, tables, config.label),
        "split": "time" if forward else "random",
        "warnings": [
            *warnings_of(tables, config),
            *_of_given_split(snapshots, tables, config, forward),
            *_of_late_statuses(snapshots, tables),
            *_of_missing_dates(used, tables),
            *_of_quantiles(snapshots, worth, without_bounds, config.tier),
            *(
                f"The order value of {counted(n, 'won inquiry')} is in {currency}, for which tier.exchange_rates has "
                f"no rate to {config.tier.currency}: what the rankings are worth and the expected values leave these "
                "orders out. Add the rate to params.yaml."
                for currency, n in rateless.items()
            ),
        ],
    }


def _without_bounds(snapshots: pd.DataFrame, worth: pd.DataFrame) -> dict[str, int]:
    """By currency, the won inquiries in the split that have no tier though their order has a value."""
    lost = worth[worth["split"].notna() & snapshots["client_tier"].isna()[worth.index]]
    return {str(currency): int(n) for currency, n in lost.groupby("currency")["inquiry_id"].nunique().items()}


def _orders_without_rate(
    snapshots: pd.DataFrame, won: pd.DataFrame, known: pd.Series, config: TierConfig
) -> dict[str, int]:
    """By currency, the won inquiries of any side whose order has a value, but no exchange rate to tier.currency."""
    of_a_side = snapshots.loc[known & (snapshots["split"].notna() | learned_from(snapshots)), "inquiry_id"]
    valued = won[won.index.isin(of_a_side) & won["order_value"].notna()]
    currency = valued["currency"].fillna(config.currency)
    lost = currency[~currency.isin(config.exchange_rates)].value_counts().sort_index()
    return {str(name): int(n) for name, n in lost.items()}


def _learned_until(snapshots: pd.DataFrame, won_at: pd.Series, tables: Tables, config: LabelConfig) -> str | None:
    """The last moment of which the labels that training learns from may tell; None without times."""
    learned = learned_from(snapshots)
    end = known_until(tables, config)
    until = snapshots.loc[learned, "as_of"].max() + pd.Timedelta(days=days_until_known(tables.info, config))
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
        dated = " and ".join(f"{share:.0%} of the {s}" for s, share in dated_shares(tables.outcomes).items())
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
    late = int(decided_later(snapshots, decided_at, tables.info).sum())
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
    snapshots: pd.DataFrame, worth: pd.DataFrame, without_bounds: dict[str, int], config: TierConfig
) -> list[str]:
    """What to say of currencies in which quantiles tell no tiers, or not all three, apart."""
    if config.method != "quantiles":
        return []
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
    dated = dated_shares(tables.outcomes)
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
