"""Cues: the words that tell what a number is for, and the part of its sentence in which they are looked for."""

import re
from collections.abc import Callable
from functools import cache

from inquiry_intent.signals.patterns import ARABIC_PREFIX, compiled, first_span_of
from inquiry_intent.signals.words import LETTERS, known_words, one_of

#: A number is looked at together with so many characters before and after it, within its sentence.
BEFORE, AFTER = 80, 30
_ARABIC = re.compile("[ء-ي]")
#: Numbers and commas: what stands before them tells nothing of a number behind.
_PARTED = re.compile("[0-9,]")
_BEGINS, _ENDS = f"(?:^|[^{LETTERS}])", "(?:[^a-zа-яء-ي]|$)"
#: See `first_span_of`.
Search = Callable[[bytes, int, int], tuple[int, int]]


def cue_words(name: str) -> str:
    """An expression for a cue; Arabic writes "and", "with", "for" and "the" onto its word."""
    words = known_words()["hs_cues"] if name == "hs" else known_words()["cues"][name]
    return one_of(ARABIC_PREFIX + word if _ARABIC.search(word) else word for word in words)


def finds(search: Search, text: str) -> bool:
    """Whether a search (see `first_span_of`) finds something in a folded text."""
    folded = text.encode()
    return search(folded, 0, len(folded))[0] >= 0


@cache
def _anywhere(name: str) -> Search:
    return first_span_of(compiled(_BEGINS + cue_words(name) + _ENDS))


@cache
def _opening(name: str) -> Search:
    return first_span_of(compiled(f"^{cue_words(name)}{_ENDS}"))


@cache
def _closing(name: str) -> Search:
    return first_span_of(compiled(rf"{_BEGINS}{cue_words(name)}[ .:#]{{0,3}}$"))


def says(name: str, text: str) -> bool:
    """Whether a cue of `quantities.yaml` stands somewhere in a folded text.

    >>> says("budget", "our budget is tight"), says("budget", "rebudget")
    (True, False)
    """
    return bool(text) and finds(_anywhere(name), text)


def opens(name: str, text: str) -> bool:
    """Whether a folded text begins with a cue."""
    return bool(text) and finds(_opening(name), text)


def closes(name: str, text: str) -> bool:
    """Whether a folded text ends with a cue."""
    return bool(text) and finds(_closing(name), text)


def last_end(name: str, text: str) -> int:
    """Where the last mention of a cue in a folded text ends, in bytes; 0 if there is none."""
    folded, last = text.encode(), 0
    while (end := _anywhere(name)(folded, last, len(folded))[1]) > last:
        last = end
    return last


def until(name: str, text: str) -> str:
    """What stands before the first mention of a cue in a folded text; the whole text if there is none."""
    folded = text.encode()
    start, _ = _anywhere(name)(folded, 0, len(folded))
    return folded[:start].decode() if start >= 0 else text


@cache
def _sentence_end() -> re.Pattern[str]:
    """Where a sentence ends; a point behind an abbreviation does not end it.

    It begins with a set of characters, by which the search skips what cannot match.
    """
    kept = "".join(rf"(?<!\b{word}\.)" for word in known_words()["abbreviations"])
    return re.compile(rf"[.;!?\n](?![0-9]){kept}")


def sentence_before(text: str, position: int) -> str:
    """What stands before a position in its sentence."""
    return _sentence_end().split(text[max(0, position - BEFORE) : position])[-1]


def sentence_after(text: str, position: int, most: int = AFTER) -> str:
    """What stands behind a position in its sentence."""
    return _sentence_end().split(text[position : position + most], 1)[0]


def since_number(before: str) -> str:
    """The end of a text behind its last number or comma."""
    return _PARTED.split(before)[-1]


def is_yearly(text: str, start: int, end: int, before: str, after: str, since: int) -> bool:
    """Whether an amount at [start, end) is that of a year, and not an order beside it.

    Parameters
    ----------
    text : str
        Folded.
    start, end : int
    before, after : str
        What stands around the amount in its sentence.
    since : int
        Where the amount before it ends.
    """
    if says("event", f"{before} {after}"):
        return False
    clause = before.rpartition(",")[2]
    if since > start - len(before) and says("wanted", text[since:start]):
        before = text[since:start]  # "we use 60 tons a year and want to order 2 tons"
    elif says("once", clause):
        before = clause[max(0, len(clause) - start + since) :]
    if says("year", before):
        return True
    if any(c.isdigit() for c in sentence_after(text, end, 2 * AFTER)):
        after = until("then", after.split(",")[0].split("(")[0])  # "5,000 pcs, then 60,000 a year"
    return says("year", after)
