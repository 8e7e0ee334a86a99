"""Which column of the contract a column's name means, in English and Chinese: the words are in vocabulary.yaml."""

import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
#: Single words shorter than this say too little at the end of a longer name ("listing id", "delivery date").
LEAST_LETTERS = 5


@cache
def vocabulary() -> dict[str, Any]:
    text = files("inquiry_intent.sources").joinpath("vocabulary.yaml").read_text(encoding="utf-8")
    words: dict[str, Any] = yaml.safe_load(text)
    return words


def plain(name: str) -> str:
    """A name as lower-case words.

    >>> plain("leadSource_ID"), plain("创建时间 ")
    ('lead source id', '创建时间')
    """
    return " ".join("".join(sign if sign.isalnum() else " " for sign in CAMEL.sub(" ", name)).lower().split())


def rank(name: str, words: Iterable[str]) -> tuple[int, int] | None:
    """How well a name fits a list: (0, place) if it stands there, (1 or 2, place) if it ends in one; None: not at all.

    >>> rank("Lead ID", ["inquiry id", "lead id"]), rank("客户询盘编号", ["询盘编号"]), rank("listing_id", ["id"])
    ((0, 1), (1, 0), None)
    """
    words = [str(word) for word in words]
    said = plain(name)
    if said in words:
        return 0, words.index(said)
    for place, word in enumerate(words):
        if not word.isascii() and len(word) > 1 and word in said:
            return 1, place
    for place, word in enumerate(words):
        if said.endswith(f" {word}") and (" " in word or len(word) >= LEAST_LETTERS):
            return 2, place
    return None


def mentions(name: str, words: Iterable[str]) -> str | None:
    """The first of some words that a name contains, as whole words (or anywhere, in Chinese).

    >>> mentions("Last_Modified_Date", ["modified"]), mentions("gloss", ["loss"]), mentions("最后修改人", ["修改"])
    ('modified', None, '修改')
    """
    said = f" {plain(name)} "
    for word in map(str, words):
        if (f" {word} " in said) if word.isascii() else (word in said):
            return word
    return None
