"""What number words are worth together: twenty-five thousand, deux mille cinq cents, 两万五."""

from collections.abc import Iterator
from itertools import takewhile
from typing import NamedTuple

_CHINESE_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"两": 2, "兩": 2}
_CHINESE_POWERS = {"十": 10, "百": 100, "千": 1000}


class Part(NamedTuple):
    """What a word says within a number; see `quantities.yaml`."""

    value: float
    #: Multiplies the smaller terms right before it.
    times: bool
    #: May be the first word of a number, or be added to others.
    begins: bool
    #: May follow the unit that it is added to.
    units_first: bool
    #: Multiplies after these words only; empty: after all.
    after: frozenset[str] = frozenset()
    #: A word such as "and" stands before it.
    joined: bool = False


class Term(NamedTuple):
    """A part of a sum at [start, end), with what the next term must be smaller than, and of how many words it is."""

    start: int
    end: int
    value: float
    room: float
    words: int


def read(run: list[tuple[Part, int, int]]) -> Iterator[Term]:
    """The numbers of neighbouring number words, given with their spans: of "a hundred and two hundred" both."""
    terms: list[Term] = []
    for part, start, end in run:
        grown = _grown(terms, part, start, end)
        if grown is None:
            yield from _sum(terms)
            grown = _grown([], part, start, end) or []
        elif len(grown) > 1 and grown[-1].value >= grown[-2].room:  # "a thousand two thousand"
            yield from _sum(grown[:-1])
            grown = grown[-1:]
        terms = grown
    yield from _sum(terms)


def _grown(terms: list[Term], part: Part, start: int, end: int) -> list[Term] | None:
    """The terms of a number with one more word; None if it is none of that number.

    A number is a sum of terms, each of which fits into what the one before leaves open; a multiplier takes the
    smaller terms right before it.
    """
    counts = int(part.value != 1)
    if not terms:
        return [Term(start, end, part.value, _room(part.value), counts)] if part.begins else None
    last, words = terms[-1], terms[-1].words + counts
    if {last.value, part.value} == {0.5, 1.0} and not part.joined:  # half a, une demi
        return [*terms[:-1], Term(last.start, end, 0.5, 0, 1)]
    if part.times and last.value < part.value:
        smaller = list(takewhile(lambda term: term.value < part.value, reversed(terms)))
        value, words = sum(term.value for term in smaller), sum(term.words for term in smaller) + 1
        product = Term(smaller[-1].start, end, value * part.value, part.value, words)
        return [*terms[: -len(smaller)], product]
    if not part.begins:
        return None
    if part.units_first and last.value < 10 and part.joined == (part.value != 10):  # funf und zwanzig
        return [*terms[:-1], Term(last.start, end, last.value + part.value, 1, words)]
    if part.value == 0.5 and part.joined and (last.room == 1 or last.room >= 1000):  # a million and a half
        return [*terms, Term(start, end, last.room / 2, 0, 1)]
    return [*terms, Term(start, end, part.value, _room(part.value), counts)] if part.value < last.room else None


def _room(value: float) -> float:
    """What a term added to this one must be smaller than: the worth of its last digit, but soixante-dix is 70."""
    return 20 if value in (60, 80) else next((power for power in (1e6, 1000, 100, 10, 1) if value % power == 0), 0)


def _sum(terms: list[Term]) -> Iterator[Term]:
    if terms:
        value, words = sum(term.value for term in terms), sum(term.words for term in terms)
        yield Term(terms[0].start, terms[-1].end, value, terms[-1].room, words)


def chinese(run: str) -> float:
    """The value of Chinese numerals, 0 if they are no number.

    >>> [chinese(run) for run in ("三千五百", "两", "十二", "一万", "二十万", "半", "两万五", "一百零五", "十几万")]
    [3500.0, 2.0, 12.0, 10000.0, 200000.0, 0.5, 25000.0, 105.0, 100000.0]
    """
    if run == "半":
        return 0.5
    total, section, digit, tenth = 0.0, 0.0, 0.0, 1.0
    for c in run:
        if c in "万萬":
            total, section, digit, tenth = (total + section + digit or 1) * 10000, 0.0, 0.0, 1000.0
        elif power := _CHINESE_POWERS.get(c):
            section, digit, tenth = section + (digit or 1) * power, 0.0, power / 10
        elif c in _CHINESE_DIGITS:
            digit = float(_CHINESE_DIGITS[c])
            tenth = tenth if digit else 1.0
    return total + section + digit * tenth  # 两万五: 25,000
