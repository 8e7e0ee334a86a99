"""Whoever waits is told for what: after two seconds, on stderr."""

import time

import pytest

from inquiry_intent import progress
from inquiry_intent.embedding import EmbeddingStore
from inquiry_intent.line import run_line
from inquiry_intent.progress import silent, step
from inquiry_intent.scoring import score
from tests.conftest import corpus


def test_a_long_step_names_itself_once_and_a_short_one_says_nothing(capsys, monkeypatch):
    with step("short"):
        pass
    monkeypatch.setattr(progress, "PATIENCE_SECONDS", 0.0)
    with step("long [of all]") as count:
        time.sleep(0.05)
        count(1, 2)
    said = capsys.readouterr()
    assert said.err == "long [of all] …\n"
    assert said.out == ""


def test_on_a_terminal_a_long_step_is_a_bar(capsys, monkeypatch):
    monkeypatch.setattr(progress, "PATIENCE_SECONDS", 0.0)
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    with step("training") as count:
        time.sleep(0.3)
        count(1, 2)
    assert "training" in capsys.readouterr().err


def test_an_error_ends_the_step():
    with pytest.raises(ValueError, match="broken"), step("failing"):
        raise ValueError("broken")


def test_each_long_part_of_the_line_and_of_scoring_has_a_name_of_its_own(config, encoder, tmp_path):
    named = []

    def heard(what):
        named.append(what)
        return silent(what)

    store = EmbeddingStore(tmp_path / "store", "hashing")
    made = run_line(corpus(), config, encoder, store, heard)
    assert named == [
        *("labelling", "encoding texts", "building features", "auditing"),
        *("training conversion", "evaluating conversion", "explaining conversion"),
        *("training client_tier", "evaluating client_tier", "explaining client_tier"),
        "valuing the rankings",
    ]
    named.clear()
    bundles = {target: result.bundle for target, result in made.targets.items()}
    score(corpus(), bundles, encoder, store, at_age_days=1, step=heard)
    assert named == ["encoding texts", "building features", "scoring"]
