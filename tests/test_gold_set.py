"""The gold set is well formed, wide enough, and its frozen half stays apart. What it says is in docs/gold-set.md."""

import csv
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

GOLD = Path(__file__).parent / "data" / "gold"
LANGUAGES = ("en", "zh", "es", "pt", "fr", "de", "ru", "ar")
HALVES = ("dev", "frozen")
SIGNAL_IDS = (GOLD / "signal_ids.txt").read_text(encoding="utf-8").split()
CLASSES = {
    "intent": {"high", "watching", "low"},
    "role": {"decision_maker", "executor", "info_collector"},
    "potential": {"strategic", "short_term", "test"},
}
REQUIRED = {"id", "language", "text", "signals", "kind"}
OPTIONAL = {*CLASSES, "product_words"}


def read_lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (GOLD / name).read_text(encoding="utf-8").splitlines()]


def messages(language: str) -> list[dict[str, Any]]:
    return [message for half in HALVES for message in read_lines(f"{half}.{language}.jsonl")]


def posts() -> list[dict[str, Any]]:
    files = [*(f"rfq_{half}.jsonl" for half in HALVES), "rfq_dev_more.jsonl"]
    return [post for file in files for post in read_lines(file)]


def shown(message: dict[str, Any]) -> set[str]:
    return {label["signal"] for label in message["signals"]}


def test_ids_and_texts_occur_once_in_the_whole_set() -> None:
    everything = [message for language in LANGUAGES for message in messages(language)]
    for key in ("id", "text"):
        repeated = [value for value, n in Counter(message[key] for message in everything).items() if n > 1]
        assert repeated == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_has_the_documented_fields(language: str) -> None:
    for message in messages(language):
        assert REQUIRED <= set(message) <= REQUIRED | OPTIONAL, message["id"]
        assert message["language"] == language
        assert message["kind"] in {"sentence", "mail", "trap"}
        for dimension, classes in CLASSES.items():
            assert message.get(dimension) in {None, *classes}, message["id"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_evidence_is_the_buyers_own_words(language: str) -> None:
    for message in messages(language):
        for label in message["signals"]:
            assert label["signal"] in SIGNAL_IDS, message["id"]
            assert label["evidence"].strip() == label["evidence"] != "", message["id"]
            assert label["evidence"] in message["text"], message["id"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_wrong_category_is_judged_against_product_words(language: str) -> None:
    for message in messages(language):
        assert ("wrong_product_category" in shown(message)) == bool(message.get("product_words")), message["id"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_enough_messages_mails_and_traps(language: str) -> None:
    kinds = Counter(message["kind"] for message in messages(language))
    assert kinds.total() >= 30
    assert kinds["mail"] >= 8
    assert kinds["trap"] >= kinds.total() / 5


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_signal_occurs_at_least_twice_in_every_language(language: str) -> None:
    times = Counter(signal for message in messages(language) for signal in shown(message))
    assert [signal for signal in SIGNAL_IDS if times[signal] < 2] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_class_of_the_three_dimensions_occurs_in_every_language(language: str) -> None:
    for dimension, classes in CLASSES.items():
        assert {message[dimension] for message in messages(language) if dimension in message} == classes


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_halves_are_of_one_size_and_share_no_message(language: str) -> None:
    dev, frozen = (read_lines(f"{half}.{language}.jsonl") for half in HALVES)
    assert abs(len(dev) - len(frozen)) <= 1
    assert {m["text"] for m in dev}.isdisjoint(m["text"] for m in frozen)


def test_posts_are_kept_as_hash_and_spans_without_their_text() -> None:
    for post in posts():
        assert set(post) == {"sha256", "signals"}
        assert re.fullmatch(r"[0-9a-f]{64}", post["sha256"])
        for label in post["signals"]:
            assert set(label) == {"signal", "start", "end"}
            assert label["signal"] in SIGNAL_IDS
            assert 0 <= label["start"] < label["end"]


def test_two_hundred_posts_stand_in_two_equal_halves() -> None:
    hashes = [{post["sha256"] for post in read_lines(f"rfq_{half}.jsonl")} for half in HALVES]
    assert [len(half) for half in hashes] == [100, 100]
    assert hashes[0].isdisjoint(hashes[1])
    assert len({post["sha256"] for post in posts()}) == len(posts()) == 493


def test_the_log_of_differences_says_what_the_held_out_half_holds() -> None:
    held_out = {
        message["id"]: shown(message) for language in LANGUAGES for message in read_lines(f"frozen.{language}.jsonl")
    }
    held_out |= {post["sha256"]: shown(post) for post in read_lines("rfq_frozen.jsonl")}
    with (GOLD / "adjudication.csv").open(encoding="utf-8", newline="") as file:
        differences = list(csv.DictReader(file))
    assert len({(row["id"], row["signal"]) for row in differences}) == len(differences) > 0
    for row in differences:
        assert row["signal"] in SIGNAL_IDS
        assert (row["signal"] in held_out[row["id"]]) == (row["final"] == "1"), row


def labelled(folder: Path) -> list[dict[str, Any]]:
    files = sorted(folder.glob("*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("folder", ["blind", "terse"])
def test_messages_that_only_measure_are_labelled_like_those_learned_from_and_share_no_text_with_them(folder) -> None:
    measuring = labelled(GOLD.parent / folder)
    learned = {" ".join(m["text"].split()) for m in labelled(GOLD.parents[2] / "data" / "labelled")}
    assert len(learned) > 80_000
    assert len({m["id"] for m in measuring}) == len(measuring)
    assert [m["id"] for m in measuring if " ".join(m["text"].split()) in learned] == []
    for message in measuring:
        assert shown(message) <= set(SIGNAL_IDS), message["id"]
        assert all(label["evidence"] in message["text"] for label in message["signals"]), message["id"]
