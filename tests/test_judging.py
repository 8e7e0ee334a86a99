"""The judge of signals: what it takes back, what it adds, what it leaves alone, and how it is learned."""

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from inquiry_intent.embedding import MULTILINGUAL_MODEL, SentenceEncoder
from inquiry_intent.errors import ConfigError, DataError
from inquiry_intent.multilingual import TrainableEncoder
from inquiry_intent.signals import learning
from inquiry_intent.signals.catalogue import shipped_catalogue
from inquiry_intent.signals.finding import find_signals
from inquiry_intent.signals.judging import Judge, judge_encoder, judge_hits, sentences_with_hits, shipped_judge
from inquiry_intent.tuned import DIMENSION, TunedEncoder
from tests.conftest import HashingEncoder

NAMES = ("asks_sample", "asks_delivery_time", "title_decision_maker", "price_only", "high_noise_ratio")


def make_judge(bias: dict[str, float], names: tuple[str, ...] = NAMES) -> Judge:
    """A judge that says the same of every sentence: the log-odds in `bias`, else surely no."""
    encoder, n = HashingEncoder(), len(names)
    return Judge(
        names=names,
        encoder=encoder.fingerprint,
        keeps=0.3,
        adds=0.5,
        vector_weights=np.zeros((encoder.dimension, 1), np.float32),
        hit_weights=np.zeros((n, 1), np.float32),
        hidden_bias=np.zeros(1, np.float32),
        output_weights=np.zeros((1, n), np.float32),
        direct_weights=np.zeros((n, n), np.float32),
        output_bias=np.array([bias.get(name, -9.0) for name in names], np.float32),
    )


def messages(*texts: str) -> pd.DataFrame:
    return pd.DataFrame({"message_id": [f"m{i}" for i in range(len(texts))], "text": texts, "language": "en"})


def judged(judge: Judge, *texts: str) -> pd.DataFrame:
    table = messages(*texts)
    return judge_hits(table, find_signals(table, shipped_catalogue()), shipped_catalogue(), judge, HashingEncoder())


def test_a_hit_that_its_sentence_does_not_bear_out_is_taken_back():
    text = "Please send us two samples."
    assert "asks_sample" in set(find_signals(messages(text), shipped_catalogue())["signal"])
    assert "asks_sample" not in set(judged(make_judge({}), text)["signal"])
    assert "asks_sample" in set(judged(make_judge({"asks_sample": 9.0}), text)["signal"])


def test_a_doubtful_hit_stays_where_a_doubtful_signal_without_a_hit_is_not_added():
    doubtful = make_judge({"asks_sample": -0.4})  # 0.4: between the two bounds
    assert "asks_sample" in set(judged(doubtful, "Please send us two samples.")["signal"])
    assert "asks_sample" not in set(judged(doubtful, "One to look at would be good.")["signal"])


def test_a_likely_signal_is_added_with_its_sentence_as_evidence():
    text = "Good morning. One to look at would be good."
    [row] = judged(make_judge({"asks_sample": 9.0}), text).to_dict("records")
    assert (row["signal"], row["by"]) == ("asks_sample", "similarity")
    assert text[row["start"] : row["end"]] == row["evidence"]
    assert np.isnan(row["value"])


def test_signals_that_it_does_not_know_and_signatures_stay():
    text = "Please send us two samples of hinges.\n\nBest regards,\nAnna Berg\nManaging Director\nBerg GmbH"
    got = set(judged(make_judge({}), text)["signal"])
    assert "title_decision_maker" in got
    known = ("asks_delivery_time",)
    assert "asks_sample" in set(judged(make_judge({}, known), text)["signal"])


def test_what_the_whole_message_decides_is_not_judged_by_a_sentence():
    text = (
        "Season's greetings, my dear friend! I hope and pray that you and your wonderful family are in the best of "
        "health. It is my great honour to write to such a noble company, and may God bless our friendship. "
        "We look for hinges."
    )
    assert "high_noise_ratio" in set(find_signals(messages(text), shipped_catalogue())["signal"])
    assert "high_noise_ratio" in set(judged(make_judge({}), text)["signal"])


def test_a_request_for_a_price_is_only_that_where_nothing_else_is_found_in_the_end():
    price, more = "Price?", "One to look at would be good."
    assert "price_only" in set(find_signals(messages(price), shipped_catalogue())["signal"])
    assert "price_only" not in set(judged(make_judge({}), price)["signal"])
    assert "price_only" in set(judged(make_judge({"price_only": 9.0}), price)["signal"])
    both = judged(make_judge({"price_only": 9.0, "asks_sample": 9.0}), f"{price} {more}")
    assert set(both["signal"]) == {"asks_sample"}
    signed = f"{price}\n\nBest regards,\nAnna Berg\nManaging Director\nBerg GmbH"
    assert set(judged(make_judge({"price_only": 9.0}), signed)["signal"]) == {"price_only", "title_decision_maker"}


def test_another_encoder_is_refused():
    other = HashingEncoder()
    other.fingerprint = "another"
    with pytest.raises(ConfigError, match=r"learned with encoder .* this one is another"):
        judge_hits(
            messages("Hi"),
            find_signals(messages("Hi"), shipped_catalogue()),
            shipped_catalogue(),
            make_judge({}),
            other,
        )


def test_saved_and_read_again_it_says_the_same(tmp_path):
    tuned = {"d0": np.full((2, 2), 0.5, np.float32), "piece_difference": np.full((2, 2), -3, np.int8)}
    judge = replace(make_judge({"asks_sample": 0.25}), tuned=tuned)
    judge.save(tmp_path / "judge.npz")
    again = Judge.read(tmp_path / "judge.npz")
    vectors, hits = np.ones((3, HashingEncoder().dimension), np.float32), np.eye(3, len(NAMES))
    assert np.array_equal(judge.probabilities(vectors, hits), again.probabilities(vectors, hits))
    assert (again.names, again.encoder, again.keeps, again.adds) == (
        judge.names,
        judge.encoder,
        judge.keeps,
        judge.adds,
    )
    for name, value in tuned.items():
        assert (again.tuned[name].dtype, again.tuned[name].tolist()) == (value.dtype, value.tolist())


def test_the_shipped_judge_fits_the_shipped_catalogue_and_encoder():
    judge = shipped_judge()
    assert set(judge.names) <= set(shipped_catalogue().signals)
    assert judge.encoder == judge_encoder().fingerprint


def test_a_sentence_knows_the_hits_in_it_and_no_others():
    table = messages("Please send us two samples. How many days until delivery?")
    sentences, shown = sentences_with_hits(table, find_signals(table, shipped_catalogue()), NAMES)
    assert sentences["evidence"].tolist() == ["Please send us two samples.", "How many days until delivery?"]
    assert shown[:, :2].tolist() == [[1, 0], [0, 1]]


LABELLED = [
    {
        "id": "a",
        "language": "en",
        "text": "Please send us two samples. Kind regards",
        "signals": ["Please send us two samples"],
    },
    {"id": "b", "language": "en", "text": "Your colleague wrote that samples are out.", "signals": []},
]


def labelled(folder) -> pd.DataFrame:
    lines = [{**m, "signals": [{"signal": "asks_sample", "evidence": e} for e in m["signals"]]} for m in LABELLED]
    (folder / "en.jsonl").write_text("\n".join(json.dumps(line) for line in lines))
    return learning.read_labelled(folder)


def test_a_label_is_known_of_its_own_sentence_only(tmp_path):
    """Other sentences of the message may show the signal too: one passage is labelled, not every one."""
    names = ("asks_sample", "asks_delivery_time")
    messages = labelled(tmp_path)
    hits = find_signals(messages[["message_id", "text"]], shipped_catalogue())
    made = learning.examples(messages, hits, names)
    assert made.shows.tolist() == [[1, 0], [0, 0], [0, 0]]
    assert made.known.tolist() == [[1, 1], [0, 1], [1, 1]]


GOODS = ("hinges", "lamps", "tiles", "pumps", "chairs", "valves", "gloves", "bricks", "kettles", "ropes")


def test_it_learns_what_its_examples_show_and_not_what_is_unknown(monkeypatch):
    """The pattern hits in all of them; what is said with it differs."""
    monkeypatch.setattr(learning, "EPOCHS", 8)
    monkeypatch.setattr(learning, "BATCH", 10)
    asked = [f"Please send us a sample of the {goods}." for goods in GOODS]
    told = [f"The sample of the {goods} was broken." for goods in GOODS]
    texts = [*asked, *told]
    shows = np.array([[1]] * len(asked) + [[0]] * len(told), dtype=np.int8)
    wrong, known = 1 - shows, np.ones_like(shows)
    given = learning.Examples([*texts, *texts], np.ones((40, 1), np.int8), np.r_[shows, wrong], np.r_[known, 0 * known])
    judge = learning.fit_judge(given, ("s",))
    encoder = TunedEncoder(judge.tuned)
    assert judge.encoder == encoder.fingerprint
    new = encoder.encode(["Please send us a sample of the cups.", "The sample of the cups was broken."])
    p = judge.probabilities(new, np.ones((2, 1)))[:, 0]
    assert p[0] > 0.8
    assert p[1] < 0.2


TEXTS = ["Please send us two samples.", "能寄样品吗？", "Wir brauchen 500 Stück bis Mai", "x", "word " * 600, ""]


def learner_of(pieces: list[int]) -> TrainableEncoder:
    torch.manual_seed(0)
    return TrainableEncoder(dropped_words=0.5, dropout=0.5, learned_pieces=np.array(pieces, dtype=np.int64)).eval()


def moved(learner: TrainableEncoder) -> TrainableEncoder:
    """As if it had learned something in every part."""
    with torch.no_grad():
        for name, value in learner.named_parameters():
            value.add_(torch.randn_like(value) * (0.05 if name == "difference.weight" else 0.005))
        learner.difference.weight[0] = 0
    return learner


def vectors(learner: TrainableEncoder, texts: list[str]) -> np.ndarray:
    with torch.no_grad():
        return learner(learner.pieces(texts)).numpy()


def test_the_encoder_that_learns_begins_with_the_packaged_vectors():
    packaged = SentenceEncoder(MULTILINGUAL_MODEL, batch_size=8, precision="float32")
    assert vectors(learner_of([]), TEXTS)[:, :DIMENSION] == pytest.approx(packaged.encode(TEXTS), abs=1e-5)


def test_without_torch_it_gives_the_vectors_that_were_learned():
    common = np.unique(np.concatenate(learner_of([]).pieces(TEXTS[:2])))
    learner = moved(learner_of(common.tolist()))
    tuned = TunedEncoder(learner.weights())
    expected = vectors(learner, TEXTS)
    # In half precision and bytes, so nearly.
    assert tuned.encode(TEXTS) == pytest.approx(expected, abs=0.02)
    assert np.abs(vectors(learner_of([]), TEXTS) - expected).max() > 0.05
    assert tuned.encode([]).shape == (0, TunedEncoder.dimension)
    assert tuned.fingerprint != TunedEncoder(learner_of(common.tolist()).weights()).fingerprint


def test_a_word_that_learned_changes_the_texts_that_hold_it_alone():
    sample = learner_of([]).pieces(["samples"])[0][1:-1]
    before, learner = vectors(learner_of([]), TEXTS), learner_of(sample.tolist())
    with torch.no_grad():
        learner.difference.weight[1:] += 0.5
    for after in (vectors(learner, TEXTS), TunedEncoder(learner.weights()).encode(TEXTS)):
        changed = np.abs(after - before).max(axis=1) > 0.02
        assert changed.tolist() == [True, False, False, False, False, False]


def test_a_text_has_the_same_vector_in_other_company():
    tuned = TunedEncoder(moved(learner_of([])).weights())
    alone = np.concatenate([tuned.encode([text]) for text in TEXTS])
    assert tuned.encode(TEXTS * 3) == pytest.approx(np.tile(alone, (3, 1)), abs=1e-5)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"d9": np.ones((2, 2))}, r"d9 \(2, 2\), expected none"),
        ({"d0": np.ones((2, 2))}, r"d0 \(2, 2\), expected \(512, 320\)"),
        ({"d0": None}, r"d0 is lacking, expected \(512, 320\)"),
    ],
)
def test_weights_of_another_network_are_refused(changes, told):
    weights = {**learner_of([]).weights(), **changes}
    with pytest.raises(ConfigError, match=told):
        TunedEncoder({name: value for name, value in weights.items() if value is not None})


def test_a_folder_without_messages_is_refused(tmp_path):
    with pytest.raises(DataError, match="holds no labelled messages"):
        learning.read_labelled(tmp_path)


def test_weighing_sentences_does_not_load_torch():
    code = "import sys; from inquiry_intent.signals.judging import judge_encoder; judge_encoder().encode(['one'])"
    check = "; print(sorted({'torch', 'sentence_transformers'} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code + check], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
