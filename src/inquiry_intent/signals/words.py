"""What the words of `quantities.yaml` mean, and which words stand at a position of a folded text."""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Any, Generic, TypeVar

import re2

from inquiry_intent.config import read_yaml
from inquiry_intent.signals.patterns import compiled, rewrite

M = TypeVar("M")
WORDS = Path(__file__).parent / "quantities.yaml"
LETTERS = "a-z0-9а-яء-ي"
#: Longer words are not remembered, and no more than so many are.
LONGEST_KEPT = 40
_MOST_KEPT = 100_000
HAN = re.compile("[\u3400-\u9fff]")
#: Between a number and its unit or currency: "2 millones de tapas".
OF = re.compile(r" (?:de |d'|of )")
_NEXT_WORD = re.compile(rf"[ \t]*(?:d')?(?:([$€£¥₽₹₺₦]|[{LETTERS}]+[$23]?|[\u3400-\u9fff]{{1,3}})\.?)")
#: Two words as one abbreviation: кв.м, п/м, кВт·ч, sq. ft.
_ABBREVIATION = re.compile(rf"[ \t]*([{LETTERS}]{{1,4}}(?:\. ?|[/·*]|\. ?/)[{LETTERS}]+[$23]?)")
_LOOK_AHEAD = re.compile(r"\(\?!(?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)")


@cache
def known_words() -> dict[str, Any]:
    """The words of `quantities.yaml`."""
    return read_yaml(WORDS, "the number words of the package")


def entries(kind: str) -> Iterator[tuple[str, list[str]]]:
    """Each entry of a section with its words."""
    return ((str(key), of["words"] if isinstance(of, dict) else of) for key, of in known_words()[kind].items())


def one_of(patterns: Iterable[str]) -> str:
    """An expression for any of some folded patterns, in any language."""
    return "(?:" + "|".join(rewrite(p, "en").replace("[a-z0-9]", f"[{LETTERS}]") for p in patterns) + ")"


@cache
def _table(kind: str) -> list[tuple[str, re.Pattern[str]]]:
    """Each entry of a section with the expression for its words."""
    return [(key, re.compile(one_of(words))) for key, words in entries(kind)]


@cache
def _any(kind: str) -> Any:
    """An expression for all words of a section at once."""
    return compiled("|".join(expression.pattern for _, expression in _table(kind)))


@lru_cache(maxsize=50_000)
def meaning(kind: str, word: str) -> str | None:
    """What a word stands for in a section of `quantities.yaml`, e.g. `("units", "pcs")` is "piece"; None: nothing."""
    if _any(kind).fullmatch(word.encode()) is None:
        return None
    return next((key for key, expression in _table(kind) if expression.fullmatch(word)), None)


class Vocabulary(Generic[M]):
    """The words that mean something among the words of a text, remembered.

    >>> sorted(Vocabulary.of("months").among({"ready", "may", "oct"}).items())
    [('may', '5'), ('oct', '10')]
    """

    def __init__(self, read: Callable[[str], M | None]) -> None:
        self._read = read
        self._seen: set[str] = set()
        self._meanings: dict[str, M] = {}

    @staticmethod
    @cache
    def of(kind: str) -> "Vocabulary[str]":
        """The vocabulary of one section of `quantities.yaml`, made once."""
        return Vocabulary(partial(meaning, kind))

    def among(self, words: set[str]) -> dict[str, M]:
        """Those of some words that mean something, with what they mean."""
        if new := words - self._seen:
            if len(self._seen) > _MOST_KEPT:
                self._seen.clear()
                self._meanings.clear()
                new = words
            self._seen |= {word for word in new if len(word) <= LONGEST_KEPT}
            self._meanings |= {word: key for word in new if (key := self._read(word))}
        return {word: self._meanings[word] for word in self._meanings.keys() & words}


@lru_cache(maxsize=256)
def words_after(text: str, position: int, most: int) -> list[tuple[str, int]]:
    """The next words with the positions behind them; of Chinese, which has none, up to three characters."""
    words: list[tuple[str, int]] = []
    while len(words) < most and (match := _NEXT_WORD.match(text, position)):
        position = match.end(1)
        words.append((match[1], position))
    return words


def find(kind: str, text: str, position: int) -> tuple[str, int] | None:
    """The meaning of the one or two words at a position, and the position behind them."""
    if (short := _ABBREVIATION.match(text, position)) and (key := meaning(kind, short[1])):
        return key, short.end()
    words = words_after(text, position, 2)
    if not words:
        return None
    word, end = words[0]
    if HAN.match(word):
        for length in range(len(word), 0, -1):
            if key := meaning(kind, word[:length]):
                return key, end - len(word) + length
        return None
    if len(words) > 1 and (key := meaning(kind, text[end - len(word) : words[1][1]])):
        return key, words[1][1]
    return (key, end) if (key := meaning(kind, word)) else None


@cache
def _gates() -> tuple[list[str], Any]:
    """What a text may hold, with an expression each that every such text matches, and few others, as one automaton."""
    begins, ends = f"(?:^|[^{LETTERS}])", f"(?:[^{LETTERS}]|$)"
    known = known_words()
    expressions = {
        "dates": r"[0-9][./年月-][0-9]|[0-9一二三四五六七八九十]月|(?:kw|week|semana|semaine|недел[а-я]) ?[0-9]"
        r"|[0-9](?:\.|-?[а-я]{1,2})? ?(?:kw|kalenderwoche|недел[а-я])|q[1-4]",
        "long_numbers": "[0-9]{4}",
        **{
            f"{kind} {key}": begins + one_of(words) + ends
            for kind in ("relative", "month_ends", "holidays", "feasts")
            for key, words in entries(kind)
        },
        **{
            kind: begins + _LOOK_AHEAD.sub("", one_of(known[kind])) + ends
            for kind in ("incoterms", "standards", "certificates", "certificates_in_capitals")
        },
    }
    options = re2.Options()
    options.never_capture = True
    options.max_mem = 64 << 20
    gates = re2.Set.SearchSet(options)
    for expression in expressions.values():
        gates.Add(expression)
    gates.Compile()
    return list(expressions), gates


def may_hold(text: str) -> set[str]:
    """Which dates, codes and long numbers a folded text may hold: told at once, many times faster than finding them.

    >>> sorted(may_hold("iso 9001 before 3.10.")), may_hold("no numbers")
    (['certificates', 'dates', 'long_numbers', 'standards'], set())
    """
    names, gates = _gates()
    return {names[i] for i in gates.Match(text) or ()}
