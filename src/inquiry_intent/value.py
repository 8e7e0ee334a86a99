"""What a ranking is worth to a team that cannot work every inquiry: orders and order value caught, hours saved.

Each week has a list of the inquiries that came in, as they stood at first. A policy says which share of it is worked.
"""

import numpy as np
import pandas as pd

from inquiry_intent.bundle import Bundle, expected_values
from inquiry_intent.config import TIERS, EvaluateConfig
from inquiry_intent.metrics import LEAST_GROUPS, UNBOUNDED, interval
from inquiry_intent.snapshots import KEY
from inquiry_intent.tables import Info
from inquiry_intent.training import Rows

FIFO, RULES, MODEL, EXPECTED, PERFECT = "first in, first out", "rules", "model", "expected value", "perfect"
#: Which policy is compared with which.
PAIRS = ((MODEL, FIFO), (MODEL, RULES), (EXPECTED, MODEL))
SHARES = ("wins_share", "value_share")
COLUMNS = [
    *("policy", "lists", "inquiries", "decided_before", "worked", "not_worked", "hours_saved", "wins", "wins_caught"),
    *("wins_share", "wins_share_low", "wins_share_high", "currency", "wins_valued", "value", "value_caught"),
    *("value_share", "value_share_low", "value_share_high"),
]


def tier_values(order_value: pd.Series, tier: pd.Series) -> list[float] | None:
    """Mean order value of each tier, in the order of TIERS; None without any order value.

    Parameters
    ----------
    order_value, tier : Series with one row a won inquiry of the training period
        The means are kept in the model, so that the test period and the week to score have no say in them. A tier
        without an order value gets the mean of all.

    >>> tier_values(pd.Series([10.0, 30.0, 500.0]), pd.Series(["test", "test", "strategic"]))
    [20.0, 180.0, 500.0]
    """
    if order_value.notna().sum() == 0:
        return None
    means = order_value.groupby(tier).mean().reindex(TIERS).fillna(order_value.mean())
    return means.round(2).tolist()


def value_table(
    conversion: Bundle,
    tier: Bundle | None,
    rows: Rows,
    snapshots: pd.DataFrame,
    inquiries: pd.DataFrame,
    info: Info,
    currency: str,
    config: EvaluateConfig,
) -> pd.DataFrame:
    """What each policy catches of the test period at the team's capacity.

    An inquiry is on one list: that of the week (Monday to Sunday, UTC; month where times are no finer) of its first
    snapshot, as it stood then: at a later age only who was not decided before is seen, so that ages on a list would
    tell what became of them. Who came at the same moment, or has the same score, shares the places that are left, in
    expectation.

    Parameters
    ----------
    rows : Rows
        Labelled rows of conversion; only the test side counts.
    snapshots : DataFrame
        What `label_snapshots` returns; order_value in `currency`, NaN: unknown.

    Returns
    -------
    DataFrame, a row a policy (expected value only where tiers have values), then `<policy> minus <other>`
        policy, lists, inquiries, decided_before (inquiries of the lists' period on none of them: decided before their
        first snapshot), worked, not_worked, hours_saved (not_worked times config.hours_per_inquiry), wins, wins_caught,
        wins_share and value_share (0..1, of all; NaN where no order has a value) with intervals over clients, given the
        lists (NaN where fewer than LEAST_GROUPS ordered); currency, wins_valued (orders whose value in it is known: the
        others have no part in value and its share), value, value_caught. Differences have shares only.
    """
    test = rows.of("test")
    decided_before = _decided_before(snapshots, test)
    lists = _lists(test, info)
    test, lists = test.take(np.flatnonzero(lists >= 0)), lists[lists >= 0]
    ids = test.X.index.get_level_values("inquiry_id")
    facts = inquiries.set_index("inquiry_id").reindex(ids)
    won = test.y.astype(np.float64)
    order_value = snapshots.set_index(KEY)["order_value"]
    worth = order_value.reindex(test.X.index).to_numpy(dtype=np.float64) * np.where(won > 0, 1.0, np.nan)
    known = np.nan_to_num(worth)
    received = facts["received_at"]
    converted = conversion.predict_proba(test.X)["converted"]
    scores = {
        FIFO: -(received - received.min()).dt.total_seconds().fillna(0.0).to_numpy(),
        RULES: conversion.rule_proba(test.X)["converted"].to_numpy(),
        MODEL: converted.to_numpy(),
        EXPECTED: expected_values(converted, tier, test.X).to_numpy(),
        PERFECT: won + known / max(known.max(initial=0.0), 1.0),
    }
    served = {
        name: places(score, lists, config.capacity_share) for name, score in scores.items() if not np.isnan(score).any()
    }
    figures = {"wins_share": won, "value_share": known if np.isfinite(worth).any() else np.full(len(won), np.nan)}
    clients = facts["client_id"].to_numpy()
    ordered = {share: len(pd.unique(clients[amounts > 0])) for share, amounts in figures.items()}
    rounds = {share: config.bootstrap_rounds if n >= LEAST_GROUPS else 0 for share, n in ordered.items()}
    drawn = {
        (name, share): _drawn(part * amounts, amounts, clients, rounds[share], config.seed)
        for name, part in served.items()
        for share, amounts in figures.items()
    }
    drawn |= {
        (f"{one} minus {other}", share): drawn[one, share] - drawn[other, share]
        for one, other in PAIRS
        if one in served
        for share in SHARES
    }
    table = []
    for name in dict.fromkeys(name for name, _ in drawn):
        row: dict[str, object] = {"policy": name}
        if name in served:
            worked = float(served[name].sum())
            row |= {
                "lists": len(np.unique(lists)),
                "inquiries": len(won),
                "decided_before": decided_before,
                "worked": worked,
                "not_worked": len(won) - worked,
                "hours_saved": (len(won) - worked) * config.hours_per_inquiry,
                "wins": won.sum(),
                "wins_caught": (served[name] * won).sum(),
                "currency": currency,
                "wins_valued": np.isfinite(worth).sum(),
                "value": figures["value_share"].sum(),
                "value_caught": (served[name] * figures["value_share"]).sum(),
            }
        for share in SHARES:
            values, bounds = drawn[name, share], (0.0, 1.0) if name in served else UNBOUNDED
            low, high = interval(values[1:], ordered[share], config.confidence, bounds)
            row |= {share: values[0], f"{share}_low": low, f"{share}_high": high}
        table.append(row)
    return pd.DataFrame(table, columns=COLUMNS)


def places(score: np.ndarray, lists: np.ndarray, share: float) -> np.ndarray:
    """How much of each row is worked (0..1) if `share` of each list is, highest score first.

    >>> places(np.array([3.0, 1.0, 1.0, 2.0]), np.array([0, 0, 0, 0]), 0.75)
    array([1. , 0.5, 0.5, 1. ])
    """
    table = pd.DataFrame({"list": lists, "score": score})
    better = table.groupby("list")["score"].rank(method="min", ascending=False) - 1
    tied = table.groupby(["list", "score"])["score"].transform("size")
    capacity = share * table.groupby("list")["score"].transform("size")
    worked: np.ndarray = ((capacity - better) / tied).clip(0, 1).to_numpy()
    return worked


def _lists(test: Rows, info: Info) -> np.ndarray:
    """The list of each row, counted from 0; -1: another row stands for the inquiry."""
    keys = test.X.index.to_frame(index=False)
    if keys["as_of"].isna().all():
        return np.zeros(len(keys), dtype=np.int64)
    period = keys["as_of"].dt.tz_localize(None).dt.to_period("M" if info.time_precision == "month" else "W")
    first = keys["as_of"].groupby(keys["inquiry_id"]).transform("min")
    return np.where(keys["as_of"].eq(first), pd.factorize(period, sort=True)[0], -1)


def _decided_before(snapshots: pd.DataFrame, test: Rows) -> int:
    """How many inquiries of the test rows' period were decided before they were first looked at."""
    as_of = test.X.index.get_level_values("as_of")
    first = snapshots.drop_duplicates("inquiry_id")
    decided = first["left_out_reason"].eq("decided_before_snapshot")
    return int((decided & first["as_of"].between(as_of.min(), as_of.max())).sum())


def _drawn(caught: np.ndarray, amounts: np.ndarray, clients: np.ndarray, rounds: int, seed: int) -> np.ndarray:
    """The share caught: of all clients first, then of clients drawn with replacement, the same ones for each policy."""
    codes, _ = pd.factorize(clients)
    n = codes.max() + 1
    rng = np.random.default_rng(seed)
    draws = [np.ones(n), *(np.bincount(rng.integers(0, n, n), minlength=n) for _ in range(rounds))]
    counts = np.array(draws, dtype=np.float64)
    total = counts @ np.bincount(codes, weights=amounts, minlength=n)
    part = counts @ np.bincount(codes, weights=caught, minlength=n)
    return np.divide(part, total, out=np.full(len(total), np.nan), where=total > 0)
