"""The vectorised features are those of a plain loop, only faster."""

import pandas as pd

from benchmarks.feature_speed import (
    CONFIG,
    all_snapshots,
    random_tables,
    reference_features,
    texts_without_embeddings,
)
from inquiry_intent.features.build import build_features
from inquiry_intent.features.history import build_history
from inquiry_intent.tables import check_tables


def test_features_are_those_of_a_plain_loop():
    tables = random_tables(60, seed=3)
    check_tables(tables)
    keys = all_snapshots(tables).tail(180)  # from an age of a week on, when threads have replies
    features = build_features(tables, keys, texts_without_embeddings(tables), build_history(tables), CONFIG)
    expected = reference_features(tables, keys)
    assert (expected.nunique() > 1).all()
    pd.testing.assert_frame_equal(features[expected.columns.tolist()], expected, rtol=1e-9)
