import numpy as np
import pandas as pd

from inquiry_intent.explaining import input_groups, load_reason_rules, unbelievable
from tests.test_rules import built, features  # noqa: F401


def test_a_reason_that_no_salesperson_would_believe_is_found():
    table = features(free_mailbox=[1, 1, 0, 0, np.nan], signal_scam_or_phishing_count=[0, 1, 0, 0, 0])
    contributions = np.array([[0.3, 0.1], [-0.3, 0.1], [-0.3, 0.1], [0.3, 0.1], [0.3, 0.1]])
    wrong = unbelievable(table, list(table), contributions)
    assert wrong.tolist() == [[True, False], [False, True], [True, False], [False, False], [False, False]]


def test_every_rule_of_belief_reads_a_feature_that_exists(built):  # noqa: F811
    assert {rule.feature for rule in load_reason_rules()} - set(built.columns) == set()


def test_components_of_embeddings_are_one_reason():
    names = ["age_days", "emb_last_component_00", "emb_last_component_01"]
    assert pd.Series(input_groups(names)).nunique() == 2
