"""Inputs that count rows of training: a row never counts itself or its own fold."""

import numpy as np
import pandas as pd

from inquiry_intent.config import load_config
from inquiry_intent.features.text import BUYER_TEXT
from inquiry_intent.preprocessing import RATE, WORDS, Inputs, fit_inputs
from tests.test_pipeline import ROOT

TRAIN = load_config(ROOT / "params.yaml").train


def fitted(values: list[str | None], folds: list[int]):
    features = pd.DataFrame(
        {"product": pd.Series(values, dtype="str"), "age_days": np.arange(len(values), dtype=float)}
    )
    return fit_inputs(features, np.arange(len(values)) % 2, np.array(folds), TRAIN, "conversion")


def test_a_scattered_category_says_how_many_rows_of_other_folds_share_its_value():
    inputs, made = fitted(["a", "a", "a", "a", "b", "c", "d"], [0, 0, 1, 2, 1, 2, 2])
    column = made[:, inputs.names().index("rate_product_count")]
    assert np.expm1(column).round(6).tolist() == [2, 2, 3, 3, 0, 0, 0]
    new = pd.DataFrame({"product": pd.Series(["a", "never seen", None], dtype="str"), "age_days": 0.0})
    counted = inputs.matrix(new)[:, inputs.names().index("rate_product_count")]
    assert np.expm1(counted).round(6).tolist() == [4, 0, 0]


def test_a_category_of_frequent_values_has_no_count():
    inputs, _ = fitted(["a"] * 20 + ["b"] * 20, [0, 1] * 20)
    assert "rate_product_count" not in inputs.names()
    assert "rate_product_1" in inputs.names()


def codes(inputs: Inputs, *values: str | None) -> list[float]:
    new = pd.DataFrame({"product": pd.Series(values, dtype="str"), "age_days": 0.0})
    return inputs.matrix(new)[:, inputs.names().index("product")].tolist()


def test_a_value_that_training_never_saw_is_a_rare_one_and_only_a_missing_one_is_missing():
    inputs, made = fitted(["b"] * 12 + ["a"] * 12 + ["c", "d"] + [None] * 4, [0, 1, 2] * 10)
    assert codes(inputs, "a", "b", "c", "never seen") == [0, 1, 2, 2]
    assert np.isnan(codes(inputs, None)).all()
    assert made[[0, 12, 24, 25], inputs.names().index("product")].tolist() == [1, 0, 2, 2]


def test_where_training_saw_no_rare_value_a_new_one_is_none_of_those_it_saw():
    inputs, _ = fitted(["b"] * 12 + ["a"] * 12, [0, 1, 2] * 8)
    assert codes(inputs, "a", "b", "never seen") == [0, 1, 2]


def test_a_category_of_rare_values_only_has_one_code():
    inputs, _ = fitted(["a", "b", "c", "d", None, None], [0, 1, 2] * 2)
    assert codes(inputs, "a", "never seen") == [0, 0]
    assert np.isnan(codes(inputs, None)).all()


def test_a_value_of_too_few_clients_is_kept_nowhere_however_often_it_occurs():
    values = ["lamp"] * 20 + ["lamp for Jane Doe"] * 20 + [f"bolt {i}" for i in range(60)]
    inputs, _ = fitted(values, [0, 1, 2, 3] * 5 + [1, 2] * 10 + [0, 1, 2, 3] * 15)
    assert inputs.seen == {"product": {"lamp": 20}}
    assert codes(inputs, "lamp", "lamp for Jane Doe", "bolt 3", "never seen") == [0, 1, 1, 1]
    kept = [value for part in (inputs.rates, *inputs.columns.named_transformers_.values()) for value in held(part)]
    assert set(kept) == {"lamp"}


def held(part) -> list[str]:
    """The values of categories that a fitted encoder holds."""
    return [value for values in getattr(part, "categories_", ()) for value in values if isinstance(value, str)]


def test_what_one_client_alone_writes_is_no_word_of_the_model():
    texts = [f"please send your price for {what}" for what in ("tiles", "pumps", "lamps", "chairs") * 3]
    texts[0] += ", Wilhelmina Brandenburger, passport X9871234"
    features = pd.DataFrame({BUYER_TEXT: pd.Series(texts, dtype="str"), "age_days": 0.0})
    folds = np.arange(12) // 3
    inputs, _ = fit_inputs(features, np.arange(12) % 2, folds, TRAIN, "conversion")
    terms = [str(t) for _, each in inputs.words["vectors"].transformer_list for t in each.get_feature_names_out()]
    assert any("price" in term for term in terms)
    assert not [term for term in terms if "wilh" in term or "denb" in term or "987" in term]


def test_what_is_learned_from_labels_does_not_tell_a_fold_the_labels_it_holds():
    """Of a category and words that all rows share nothing can be learned, though one fold has no yes at all."""
    folds = np.repeat([0, 1, 2, 3], 30)
    y = np.where(folds == 0, 0, np.arange(120) % 2)
    features = pd.DataFrame(
        {"country": pd.Categorical(["de", "de", "fr", "fr"] * 30), BUYER_TEXT: ["please send your price"] * 120}
    )
    inputs, made = fit_inputs(features, y, folds, TRAIN, "conversion")
    of_labels = [i for i, name in enumerate(inputs.names()) if name.startswith((RATE, WORDS))]
    assert len(of_labels) == 2
    shift = made[folds == 0][:, of_labels].mean(axis=0) - made[folds == 1][:, of_labels].mean(axis=0)
    assert np.abs(shift).max() < 0.05
