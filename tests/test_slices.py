"""The fair view: which rows stand in which slice, and how early a prediction is how good."""

import numpy as np
import pandas as pd
import pytest

from inquiry_intent.metrics import conversion_metrics
from inquiry_intent.slices import early, sliced, slices_of
from inquiry_intent.training import Rows

N = 240


def features(ages, written=2.0) -> pd.DataFrame:
    index = pd.MultiIndex.from_arrays([[f"q{i}" for i in range(N)], [pd.NaT] * N], names=["inquiry_id", "as_of"])
    return pd.DataFrame(
        {
            "age_days": ages,
            "inbound_message_count": written,
            "outbound_message_count": 1.0,
            "channel": pd.Series(["fair", None] * (N // 2), index=index, dtype="str"),
            "country": pd.Series(["DE", "BR", "AE", None] * (N // 4), index=index, dtype="str"),
            "language": pd.Series(["en"] * N, index=index, dtype="str"),
            "client_other_inquiry_count": np.tile([0.0, 2.0, np.nan], N // 3),
        },
        index=index,
    )


def table_of(config, X, y, p) -> pd.DataFrame:
    group = pd.Series([f"c{i // 2}" for i in range(N)], index=X.index)
    rows = Rows(X, y, pd.Series("test", index=X.index), group)
    metrics = lambda y, p, w: conversion_metrics(y, p, w, 0.3)  # noqa: E731
    return sliced(rows, {"model": p, "rules": np.full(N, 0.5)}, group.to_numpy(), metrics, config.evaluate)


def test_rows_are_cut_by_age_channel_region_country_language_and_client():
    cut = slices_of(features(np.tile([0.0, 7.0], N // 2)))
    assert list(cut) == ["age_days", "channel", "region", "country", "language", "client"]
    assert cut["region"].dropna().unique().tolist() == ["Europe", "Americas", "Asia"]
    assert cut["client"].iloc[:3].tolist()[:2] == ["new", "known"]
    assert cut["client"].isna().sum() == N // 3


def test_the_early_curve_is_in_the_order_of_ages_and_tells_them_apart(config):
    rng = np.random.default_rng(2)
    y = rng.integers(0, 2, N)
    ages = np.tile([14.0, 0.0, 3.0], N // 3)
    # Only the oldest is told rightly.
    p = np.where(ages == 14, np.where(y == 1, 0.9, 0.1), 0.5)
    curve = early(table_of(config, features(ages), y, p))
    area = curve[(curve["metric"] == "roc_auc") & (curve["predictor"] == "model")]
    assert area["at"].tolist() == [0, 3, 14]
    assert area["figure"].tolist() == [0.5, 0.5, 1.0]
    assert {"model", "rules", "model minus rules"} <= set(curve["predictor"])
    assert (area["low"] <= area["figure"]).all()


def test_ages_between_days_are_slices_of_their_own(config):
    ages = np.tile([0.0, 0.25, 0.5, 1.5, 2.5], N // 5 + 1)[:N]
    curve = early(table_of(config, features(ages), np.tile([0, 1], N // 2), np.full(N, 0.4)))
    assert curve["at"].unique().tolist() == [0, 0.25, 0.5, 1.5, 2.5]
    assert slices_of(features(np.nan))["age_days"].isna().all()


def test_snapshots_after_messages_are_early_by_the_messages_written(config):
    rng = np.random.default_rng(2)
    y, ages = rng.integers(0, 2, N), rng.random(N) * 9
    X = features(ages, written=np.tile([1.0, 3.0], N // 2))
    curve = early(table_of(config, X, y, np.full(N, 0.4)))
    assert curve.loc[curve["by"] == "messages", "at"].unique().tolist() == [2, 4]


@pytest.mark.parametrize("name", ["channel", "region", "client"])
def test_a_row_without_a_value_is_in_no_slice_of_it(config, name):
    X = features(0.0)
    y = np.tile([0, 1], N // 2)
    table = table_of(config, X, y, np.full(N, 0.4))
    rows = table[(table["slice"] == name) & (table["predictor"] == "model") & (table["metric"] == "brier")]["rows"]
    assert rows.sum() == slices_of(X)[name].notna().sum() < N


def test_rows_of_which_nothing_is_known_give_a_table_without_rows(config):
    X = features(np.nan).assign(channel=None, country=None, language=None, client_other_inquiry_count=np.nan)
    table = table_of(config, X.astype({"country": "str"}), np.tile([0, 1], N // 2), np.full(N, 0.4))
    assert table.empty
    assert early(table).empty
