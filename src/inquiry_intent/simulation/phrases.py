"""Wordings: `phrases/<language>.yaml` unfolded into the sentences that a message is put together from."""

import itertools
from dataclasses import dataclass
from functools import cache
from typing import Any

from inquiry_intent.simulation.world import load

LANGUAGES = ("en", "zh", "es", "pt", "fr", "de", "ru", "ar")
WITHOUT_FULL_STOP = ("dates", "subjects", "vague_subjects", "closing", "quote_header", "outbound_closing")


def unfold(wording: str) -> list[str]:
    """Every sentence that a wording stands for; a blank choice leaves no double space.

    >>> unfold("[Hello|Good day] [there| ], {name}")
    ['Hello there, {name}', 'Hello, {name}', 'Good day there, {name}', 'Good day, {name}']
    """
    choices = []
    for k, piece in enumerate(wording.replace("]", "[").split("[")):
        choices.append(piece.split("|") if k % 2 else [piece])
    return [_tidy("".join(parts)) for parts in itertools.product(*choices)]


def _tidy(sentence: str) -> str:
    text = " ".join(sentence.split())
    for mark in ".,?!:;":
        text = text.replace(f" {mark}", mark)
    return text


def _ended(sentence: str, name: str, code: str) -> str:
    """A wording need not say its full stop."""
    if name in WITHOUT_FULL_STOP or sentence[-1] in ".?!,:;。？！，：；؟،":
        return sentence
    return sentence + ("。" if code == "zh" else ".")


@dataclass(frozen=True)
class Language:
    """One language's wordings, unfolded.

    sentences : by trait or part of a letter; each holds blanks as in `str.format`.
    words : the file's tables (months, titles, products …) as they are.
    """

    sentences: dict[str, tuple[str, ...]]
    words: dict[str, Any]


@cache
def language(code: str) -> Language:
    """Read and unfold one language."""
    data = load(f"phrases/{code}")
    sentences = {
        name: tuple(_ended(sentence, name, code) for line in value.splitlines() for sentence in unfold(line))
        for name, value in data.items()
        if isinstance(value, str) and name != "thousands"
    }
    words = {name: value for name, value in data.items() if name not in sentences}
    words["quantity"] = {unit: tuple(unfold(wording)) for unit, wording in data["quantity"].items()}
    return Language(sentences, words)
