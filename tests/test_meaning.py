"""Signals by meaning: what is learned from the catalogue's sentences, and what is made of it."""

import numpy as np
import pandas as pd
import pytest
import yaml

from inquiry_intent.embedding import EmbeddingStore, embed_texts
from inquiry_intent.signals import catalogue as catalogues
from inquiry_intent.signals import meaning as meanings
from inquiry_intent.signals.catalogue import load_catalogue
from inquiry_intent.signals.finding import find_signals
from inquiry_intent.signals.meaning import Meaning, find_by_meaning, fit_meaning, load_meaning
from tests.conftest import HashingEncoder

SAMPLE = ["Please send a sample.", "Could you send samples first?", "We want to see a sample.", "Is a sample there?"]
PRICE = ["What is the price?", "Please tell us the price.", "Your price for this?", "How much is it, what price?"]


@pytest.fixture
def catalogue(tmp_path):
    def signal(word: str, positive: list[str], negative: list[str]) -> dict:
        return {
            "meaning": f"asks for {word}",
            "dimension": "intent",
            "direction": 1,
            "source": "[001] §1",
            "counts": "once",
            "patterns": {"en": [f"{word}s?"]},
            "prototypes": {"en": positive[:1]},
            "examples": {"positive": {"en": positive}, "negative": {"en": negative}},
        }

    signals = {
        "asks_sample": signal("sample", SAMPLE, ["No sample, thanks."]),
        "asks_price": signal("price", PRICE, []),
    }
    folder = tmp_path / "catalogue"
    folder.mkdir()
    (folder / "test.yaml").write_text(yaml.safe_dump({"signals": signals}))
    return load_catalogue(folder)


def test_what_is_said_of_an_unseen_sentence_is_what_a_fit_without_its_group_says(catalogue, tmp_path, monkeypatch):
    """Thresholds come from it: a score that had seen its own label would make every threshold look right."""
    seen = {}
    monkeypatch.setattr(meanings, "_threshold", lambda scores, shows: seen.setdefault(len(seen), scores.copy()) is None)
    encoder, store = HashingEncoder(), EmbeddingStore(tmp_path / "v", "hashing")
    whole = fit_meaning(catalogue, encoder, store)
    sentences = meanings._sentences(catalogue)
    texts = sentences.drop_duplicates(["text", "language"], ignore_index=True)
    rest = (texts["group"] != texts["group"].iloc[0]).to_numpy()
    shows = meanings._labels(catalogue, sentences, texts, whole.names)
    kernel = meanings._kernel(whole.vectors, whole.vectors).astype(float)
    base = shows.mean(axis=0)
    weights = np.linalg.solve(kernel[np.ix_(rest, rest)] + meanings.PENALTY * np.eye(rest.sum()), shows[rest] - base)
    expected = kernel[0, rest] @ weights + base
    assert [seen[column][0] for column in range(len(whole.names))] == pytest.approx(expected.tolist(), abs=1e-6)
    own = int(shows[0].argmax())
    assert whole.scores(whole.vectors[:1])[0, own] > expected[own] + 0.1


def test_a_threshold_is_where_enough_above_it_are_right():
    scores = np.r_[np.linspace(0.9, 0.6, 40), np.linspace(0.59, 0.5, 40)]
    shows = np.r_[np.ones(40), np.tile([1.0, 0.0], 20)]
    threshold = meanings._threshold(scores, shows)
    above = scores >= threshold
    assert shows[above].mean() >= meanings.PRECISION
    assert shows[scores >= scores[scores < threshold].max()].mean() < meanings.PRECISION
    assert meanings._threshold(scores, np.zeros(80)) == np.inf
    assert meanings._threshold(scores[:3], np.ones(3)) == np.inf


def test_meaning_adds_what_no_pattern_found_with_its_sentence_as_evidence(catalogue):
    encoder = HashingEncoder()
    messages = pd.DataFrame(
        {
            "message_id": ["a", "b", "c", "d"],
            "language": "en",
            "text": [
                "Dear sirs,\nOne for a look would be good. Regards",
                "A sample please",
                "We do not need one for a look.",
                None,
            ],
        }
    )
    look = encoder.encode(["One for a look would be good."])
    weights = np.array([[4.0, 0.0]], dtype=np.float32)
    ours = Meaning(["asks_sample", "asks_price"], look, weights, np.full(2, -3.0, dtype=np.float32), np.full(2, 0.5))
    hits = find_signals(messages, catalogue)
    both = find_by_meaning(messages, hits, catalogue, ours, encoder)
    added = both[both["by"] == "similarity"]
    assert hits["message_id"].tolist() == ["b"]
    assert both["message_id"].tolist() == ["a", "b"]
    assert added[["message_id", "signal", "evidence"]].to_numpy().tolist() == [
        ["a", "asks_sample", "One for a look would be good."]
    ]
    text, row = messages["text"][0], added.iloc[0]
    assert text[row["start"] : row["end"]] == row["evidence"]
    assert both.dtypes.equals(hits.dtypes)


def test_a_negation_means_nothing(catalogue):
    shared = load_catalogue(catalogues.FOLDER).cues
    catalogue.cues.update(shared)
    encoder = HashingEncoder()
    messages = pd.DataFrame({"message_id": ["a"], "language": "en", "text": ["We do not need one for a look."]})
    always = Meaning(
        ["asks_sample"], encoder.encode(["x"]), np.zeros((1, 1), np.float32), np.ones(1, np.float32), np.full(1, 0.5)
    )
    hits = find_signals(messages, catalogue)
    assert find_by_meaning(messages, hits, catalogue, always, encoder).empty
    plain = messages.assign(text="We need one for a look.")
    assert len(find_by_meaning(plain, hits, catalogue, always, encoder)) == 1


def test_what_is_kept_is_what_was_learned_and_another_catalogue_learns_anew(catalogue, tmp_path):
    encoder, store = HashingEncoder(), EmbeddingStore(tmp_path / "v", "hashing")
    first, again = (load_meaning(catalogue, encoder, store) for _ in range(2))
    assert all(np.array_equal(getattr(first, part), getattr(again, part)) for part in ("vectors", "weights", "base"))
    assert len(list(store.folder.glob("meaning-*.npz"))) == 1
    catalogue.signals["asks_sample"].examples.positive["en"].append("May we have a sample of it?")
    load_meaning(catalogue, encoder, store)
    assert len(list(store.folder.glob("meaning-*.npz"))) == 2


def test_similarities_are_columns_of_the_texts_table(catalogue, tmp_path, monkeypatch):
    monkeypatch.setattr(catalogues, "shipped_catalogue", lambda: catalogue)
    messages = pd.DataFrame({"direction": "inbound", "text": pd.Series([SAMPLE[0], PRICE[0]], dtype="str")})
    texts = embed_texts(messages, HashingEncoder(), EmbeddingStore(tmp_path / "v", "hashing"), similarity=True)
    close = texts[["similarity_asks_sample", "similarity_asks_price"]].to_numpy()
    assert close.max() <= 1
    assert close.min() >= 0
    assert sorted(close.argmax(axis=1)) == [0, 1]
