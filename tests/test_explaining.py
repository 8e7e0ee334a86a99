import io

import pandas as pd
from matplotlib import font_manager

from inquiry_intent import explaining
from inquiry_intent.explaining import draw_importance, input_groups


def test_components_of_embeddings_are_one_reason():
    names = ["age_days", "emb_last_component_00", "emb_last_component_01"]
    assert pd.Series(input_groups(names)).nunique() == 2


LATIN = set(range(0x20, 0x250))


def importances(*names):
    shares = {"gain": 0.5, "permutation": 0.1, "permutation_std": 0.01, "mean_abs_shap": 0.2}
    return pd.DataFrame({"feature": names}).assign(**shares)


def drawn_labels(names):
    """The labels of a picture of importance that is drawn; a warning of matplotlib is an error here."""
    figure = draw_importance(importances(*names), "client_tier: 客户")
    figure.savefig(io.BytesIO())
    return [label.get_text() for label in figure.axes[0].get_yticklabels()]


def test_names_that_no_font_has_are_escaped_in_a_picture(monkeypatch):
    monkeypatch.setattr(explaining, "_characters", lambda path: LATIN)
    assert drawn_labels(["attr_行业", "age_days"]) == ["age_days", "attr_\\u884c\\u4e1a"]


def test_names_are_drawn_with_an_installed_font_that_has_them(monkeypatch):
    default = font_manager.findfont("DejaVu Sans")
    chinese = LATIN | {*map(ord, "行业")}
    monkeypatch.setattr(explaining, "_characters", lambda path: LATIN if path == default else chinese)
    labels, families = explaining.drawable(["attr_行业"])
    assert labels == ["attr_行业"]
    assert len(families) == 2


def test_a_font_of_boxes_is_none_for_chinese_names():
    _, families = explaining.drawable(["attr_\u884c\u4e1a"])
    assert not [name for name in families if name.startswith("Last Resort")]
