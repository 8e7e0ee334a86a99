import multiprocessing

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from inquiry_intent.embedding import PACKAGED_MODEL, EmbeddingStore, SentenceEncoder, embed_texts, encoder_of
from inquiry_intent.errors import ConfigError
from tests.conftest import HashingEncoder


def messages(*texts: str | None, direction: str = "inbound") -> pd.DataFrame:
    return pd.DataFrame({"direction": direction, "text": pd.Series(texts, dtype="str")})


class Counting(HashingEncoder):
    """Remembers what it was asked to encode."""

    def __init__(self):
        self.asked: list[str] = []

    def encode(self, texts):
        self.asked += texts
        return super().encode(texts)


def test_distinct_inbound_texts_are_encoded_once_and_a_second_run_encodes_only_what_is_new(tmp_path):
    encoder, store = Counting(), EmbeddingStore(tmp_path, "counting")
    table = embed_texts(messages("one", "two", "one", None, "  "), encoder, store)
    assert sorted(encoder.asked) == ["one", "two"]
    assert len(table) == 2
    embed_texts(messages("one", "three"), encoder, store)
    assert sorted(encoder.asked) == ["one", "three", "two"]


def test_only_what_the_sender_wrote_now_is_encoded(tmp_path):
    encoder = Counting()
    mail = "one\n\nBest regards\nAna\n\nOn 3 March 2026 at 10:00, Li wrote:\n> two"
    table = embed_texts(messages("one", mail), encoder, EmbeddingStore(tmp_path, "c"))
    assert encoder.asked == ["one"]
    assert len(table.drop_duplicates()) == 1
    assert len(table) == 2


def test_what_we_wrote_is_not_encoded(tmp_path):
    encoder = Counting()
    assert len(embed_texts(messages("ours", direction="outbound"), encoder, EmbeddingStore(tmp_path, "c"))) == 0
    assert encoder.asked == []


def test_the_order_of_messages_does_not_matter(tmp_path):
    texts = [f"text {i}" * (1 + i % 5) for i in range(30)]
    one = embed_texts(messages(*texts), HashingEncoder(), EmbeddingStore(tmp_path / "a", "h"))
    other = embed_texts(messages(*texts[::-1]), HashingEncoder(), EmbeddingStore(tmp_path / "b", "h"))
    assert_frame_equal(one, other)
    assert encoder_of(one) == "hashing"


def _fill(folder, start, together):
    for number in range(20):
        together.wait(timeout=60)  # several open a store that is not there yet in the same moment
        store = EmbeddingStore(folder / str(number), "h")
        for i in range(start, start + 4):
            store.put([f"k{i % 5}"], np.full((1, 4), i % 5, dtype=np.float32))


def test_several_processes_may_open_and_write_one_store(tmp_path):
    context = multiprocessing.get_context("spawn")
    together = context.Barrier(3)
    writers = [context.Process(target=_fill, args=(tmp_path, start, together)) for start in (0, 2, 4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
        assert writer.exitcode == 0
    for number in range(20):
        found = EmbeddingStore(tmp_path / str(number), "h").get([f"k{i}" for i in range(5)])
        assert len(found) == 5
        assert all((vector == int(key[1:])).all() for key, vector in found.items())


@pytest.mark.slow
def test_a_vector_does_not_depend_on_its_batch():
    encoder = SentenceEncoder(PACKAGED_MODEL, 64, "auto")
    texts = [f"We need {i} pcs of steel pipe" + ", grade 304" * (i % 9) for i in range(120)]
    together = encoder.encode(texts)
    alone = np.concatenate([encoder.encode([text]) for text in texts[::10]])
    np.testing.assert_allclose(together[::10], alone, atol=1e-5)
    assert together.shape == (120, 384)


@pytest.mark.slow
def test_bfloat16_stays_close_to_float32():
    texts = ["Please quote 500 pcs CIF Hamburg.", "Wir brauchen Muster vor Oktober.", "price?"]
    vectors = [SentenceEncoder(PACKAGED_MODEL, 8, precision).encode(texts) for precision in ("float32", "bfloat16")]
    assert ((vectors[0] * vectors[1]).sum(axis=1) > 0.996).all()


@pytest.mark.slow
def test_a_missing_model_is_refused_with_a_remedy(tmp_path):
    with pytest.raises(ConfigError, match="Name a folder of a sentence-transformers model"):
        SentenceEncoder(str(tmp_path / "nowhere"), 8, "float32")
