import pandas as pd

from inquiry_intent.explaining import input_groups


def test_components_of_embeddings_are_one_reason():
    names = ["age_days", "emb_last_component_00", "emb_last_component_01"]
    assert pd.Series(input_groups(names)).nunique() == 2
