"""Inputs that count rows of training: a row never counts itself or its own fold."""

import numpy as np
import pandas as pd

from inquiry_intent.config import load_config
from inquiry_intent.features.text import BUYER_TEXT
from inquiry_intent.preprocessing import fit_inputs
from tests.test_pipeline import ROOT

TRAIN = load_config(ROOT / "params.yaml").train


def fitted(values: list[str], folds: list[int]):
    features = pd.DataFrame(
        {"product": pd.Series(values, dtype="str"), "age_days": np.arange(len(values), dtype=float)}
    )
    return fit_inputs(features, np.arange(len(values)) % 2, np.array(folds), TRAIN, "conversion")


def test_a_scattered_category_says_how_many_rows_of_other_folds_share_its_value():
    inputs, made = fitted(["a", "a", "a", "b", "c", "d"], [0, 0, 1, 1, 2, 2])
    column = made[:, inputs.names().index("rate_product_count")]
    assert np.expm1(column).round(6).tolist() == [1, 1, 2, 0, 0, 0]
    new = pd.DataFrame({"product": pd.Series(["a", "never seen", None], dtype="str"), "age_days": 0.0})
    counted = inputs.matrix(new)[:, inputs.names().index("rate_product_count")]
    assert np.expm1(counted).round(6).tolist() == [3, 0, 0]


def test_a_category_of_frequent_values_has_no_count():
    inputs, _ = fitted(["a"] * 20 + ["b"] * 20, [0, 1] * 20)
    assert "rate_product_count" not in inputs.names()
    assert "rate_product_1" in inputs.names()


def test_what_one_client_alone_writes_is_no_word_of_the_model():
    texts = [f"please send your price for {what}" for what in ("tiles", "pumps", "lamps", "chairs") * 3]
    texts[0] += ", Wilhelmina Brandenburger, passport X9871234"
    features = pd.DataFrame({BUYER_TEXT: pd.Series(texts, dtype="str"), "age_days": 0.0})
    folds = np.arange(12) // 3
    inputs, _ = fit_inputs(features, np.arange(12) % 2, folds, TRAIN, "conversion")
    terms = [str(t) for _, each in inputs.words["vectors"].transformer_list for t in each.get_feature_names_out()]
    assert any("price" in term for term in terms)
    assert not [term for term in terms if "wilh" in term or "denb" in term or "987" in term]
