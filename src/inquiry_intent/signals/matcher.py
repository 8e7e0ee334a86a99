"""Find the catalogue's signals in texts: which patterns may match is told in one pass, then those are run.

Texts are cut into short pieces. The words of a piece name the few patterns that may match it (`prefilter.py`). Each
pattern then runs once over all the pieces that may hold it, joined together, by RE2: linear in time whatever the text.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from inquiry_intent.signals.catalogue import Catalogue, Expression, Expressions
from inquiry_intent.signals.language import LANGUAGES, LATIN_LANGUAGES
from inquiry_intent.signals.prefilter import WordFilter, words_of

#: Longest piece that is searched at once, in characters.
PIECE = 2000
#: So many texts are searched together.
BATCH = 256
#: How far before and after a hit a cue may stand, in characters; Chinese says the same in fewer.
_REACH = {"zh": (8, 5)}
_LATIN_REACH = (30, 20)
_WINDOW = 60
_CLAUSE_END = re.compile(r"[.,;:!?\n]")
_LATIN_WORD = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")
_WORD = {
    "ru": _LATIN_WORD | {chr(code) for code in range(ord("а"), ord("я") + 1)},
    "ar": _LATIN_WORD | {chr(code) for code in range(ord("ء"), ord("ي") + 1)},
}
#: What a pattern may take along at its ends and evidence does not need.
_TRIMMED = " \t\r\n,;:|•·/&@(-"


class Hit(NamedTuple):
    """One occurrence of a signal in a folded text."""

    signal: str
    start: int
    end: int
    language: str


@dataclass(frozen=True, slots=True)
class _Entry:
    """One expression: of a signal ("found", "blocked") or of a cue ("before", "after", "supplier", "clause")."""

    kind: str
    signal: str
    language: str
    expression: Any


class _Piece(NamedTuple):
    """A part of the text number `owner`, from its character `offset` on."""

    owner: int
    offset: int
    text: str
    padded: bytes


class Matcher:
    """The catalogue's expressions, ready for whichever languages a text may hold.

    Parameters
    ----------
    catalogue : Catalogue
        What to look for.
    scope : {"live", "signature"}
        "signature" keeps only the signals that also count in a signature.
    """

    def __init__(self, catalogue: Catalogue, scope: str = "live") -> None:
        self._catalogue = catalogue
        self._wanted = [
            e for e in catalogue.expressions if scope == "live" or catalogue.signals[e.signal].scope == scope
        ]
        self._searches: dict[tuple[str, ...], _Search] = {}

    @classmethod
    def of(cls, catalogue: Catalogue, scope: str = "live") -> "Matcher":
        """The matcher of a catalogue, made once."""
        if scope not in catalogue.matchers:
            catalogue.matchers[scope] = cls(catalogue, scope)
        return catalogue.matchers[scope]

    def hits(self, folded: Sequence[str], languages: Sequence[str | None]) -> list[list[Hit]]:
        """All hits in each folded text, in the order they stand in it.

        Of a signal that counts once, later hits of the same pattern are left out.

        Parameters
        ----------
        folded : sequence of str
            See `folding.fold`.
        languages : sequence of str or None
            Each text's language. English is always looked for too, for buyers mix; None looks for every language.
        """
        found: list[list[Hit]] = [[] for _ in folded]
        groups: dict[tuple[str, ...], list[int]] = {}
        for i, (text, language) in enumerate(zip(folded, languages, strict=True)):
            groups.setdefault(_languages(text, language), []).append(i)
        for spoken, members in groups.items():
            if spoken not in self._searches:
                self._searches[spoken] = _Search(self._catalogue, self._wanted, spoken)
            for first in range(0, len(members), BATCH):
                batch = members[first : first + BATCH]
                pieces = [_piece(part, i, start) for i in batch for start, part in _parts(folded[i])]
                for owner, hit in self._searches[spoken].hits(pieces):
                    found[owner].append(hit)
        return [sorted(hits, key=lambda hit: (hit.start, -hit.end, hit.signal)) for hits in found]

    def holds_cue(self, folded: Sequence[str], languages: Sequence[str | None]) -> list[bool]:
        """Whether each folded text holds a negation, or words that introduce what the seller said."""
        held = []
        for text, language in zip(folded, languages, strict=True):
            padded = f"\n{text}\n".encode()
            cues = [
                cue.compiled
                for kind in ("before", "after", "supplier")
                for spoken in _languages(text, language)
                for cue in self._catalogue.cues.get(kind, {}).get(spoken, ())
            ]
            held.append(any(cue.search(padded) is not None for cue in cues))
        return held


class _Search:
    """The expressions of some languages, with the filter that names those that may match."""

    def __init__(self, catalogue: Catalogue, wanted: list[Expressions], languages: tuple[str, ...]) -> None:
        self._signals = catalogue.signals
        given: list[tuple[_Entry, Expression]] = []
        for e in wanted:
            for kind, expressions in (("found", e.found), ("blocked", e.blocked)):
                if e.language in languages:
                    given += [(_Entry(kind, e.signal, e.language, x.compiled), x) for x in expressions]
        for kind, by_language in catalogue.cues.items():
            for language in by_language.keys() & set(languages):
                given += [(_Entry(kind, "", language, x.compiled), x) for x in by_language[language]]
        self._entries = [entry for entry, _ in given]
        self._filter = WordFilter([x.required for _, x in given])

    def hits(self, pieces: list[_Piece]) -> Iterator[tuple[int, Hit]]:
        """Hits in each piece, with the text they belong to; positions are those in the text."""
        where: list[tuple[_Entry, list[int]]] = []
        others: list[dict[tuple[str, str, str], list[Any]]] = [{} for _ in pieces]
        for i, numbers in self._filter.candidates([words_of(piece.text) for piece in pieces]):
            entry = self._entries[i]
            if entry.kind == "found":
                where.append((entry, numbers))
                continue
            for number in numbers:
                others[number].setdefault((entry.kind, entry.signal, entry.language), []).append(entry.expression)
        spans: dict[tuple[int, str], list[Hit]] = {}
        for entry, numbers in where:
            signal = self._signals[entry.signal]
            once = signal.counts == "once" and not (signal.computed or signal.needs)
            for number, match in _first_matches(entry.expression, pieces, numbers):
                for start, end in _spans(entry.expression, pieces[number], entry.language, match):
                    if self._blocked(entry, pieces[number], start, end, others[number]):
                        continue
                    spans.setdefault((number, entry.signal), []).append(Hit(entry.signal, start, end, entry.language))
                    if once:
                        break
        for (number, _), hits in spans.items():
            piece = pieces[number]
            for hit in _apart(hits):
                yield piece.owner, hit._replace(start=hit.start + piece.offset, end=hit.end + piece.offset)

    def _blocked(
        self, entry: _Entry, piece: _Piece, start: int, end: int, others: dict[tuple[str, str, str], list[Any]]
    ) -> bool:
        """Whether a blocking pattern overlaps the hit, or a negation or the seller's own words stand next to it."""
        language, text = entry.language, piece.text
        for expression in others.get(("blocked", entry.signal, language), ()):
            if any(s < end and start < e for s, e in _spans(expression, piece, language)):
                return True
        before, after = _REACH.get(language, _LATIN_REACH)
        kinds = ("before", "supplier", "after") if self._signals[entry.signal].negation else ("supplier",)
        for kind in kinds:
            for cue in others.get((kind, "", language), ()):
                if kind == "after":
                    window = _piece(_CLAUSE_END.split(text[end : end + _WINDOW], maxsplit=1)[0])
                    found = any(s <= after for s, _ in _spans(cue, window, language))
                else:
                    window = _piece(_CLAUSE_END.split(text[max(0, start - _WINDOW) : start])[-1])
                    ends = [e for _, e in _spans(cue, window, language) if e >= len(window.text) - before]
                    starts = others.get(("clause", "", language), ()) if ends else ()
                    found = bool(ends) and not any(
                        s >= max(ends) for clause in starts for s, _ in _spans(clause, window, language)
                    )
                if found:
                    return True
        return False


def _apart(hits: list[Hit]) -> list[Hit]:
    """Of overlapping hits of one signal the longer one."""
    kept: list[Hit] = []
    for hit in sorted(hits, key=lambda hit: (hit.start, -hit.end)):
        if not kept or hit.start >= kept[-1].end:
            kept.append(hit)
        elif hit.end - hit.start > kept[-1].end - kept[-1].start:
            kept[-1] = hit
    return kept


def _first_matches(
    expression: Any, pieces: list[_Piece], numbers: list[int]
) -> Iterator[tuple[int, tuple[int, int] | None]]:
    """Those of some pieces in which an expression may match, with the first match in bytes where it lies within one."""
    starts, length = [], 0
    for number in numbers:
        starts.append(length)
        length += len(pieces[number].padded)
    joined = b"".join([pieces[number].padded for number in numbers])
    position = 0
    while (match := expression.search(joined, position)) is not None:
        first, last = match.span()
        k = bisect_right(starts, first) - 1
        stop = starts[k + 1] if k + 1 < len(starts) else length
        yield numbers[k], (first - starts[k], last - starts[k]) if last <= stop else None
        if stop == length:
            return
        position = stop


def _spans(
    expression: Any, piece: _Piece, language: str, match: tuple[int, int] | None = None
) -> Iterator[tuple[int, int]]:
    """Spans of an expression in a piece, without the edge it takes along, and only where a word may begin.

    `match` is the first match in `piece.padded`, where it is known.
    """
    text, buffer = piece.text, piece.padded
    ascii_only = len(buffer) == len(text) + 2
    edge, word = (0, "") if language == "zh" else (1, _WORD.get(language, _LATIN_WORD))
    if match is None:
        match = _match(expression, buffer, 0)
    while match is not None:
        first, last = match
        start, end = first - 1, last - 1 - edge
        if not ascii_only:
            start, end = len(buffer[:first].decode()) - 1, len(buffer[:last].decode()) - 1 - edge
        if start > 0 and text[start] in word and text[start - 1] in word:
            while start < len(text) and text[start] in word:
                start += 1
            match = _match(expression, buffer, start + 1 if ascii_only else len(text[:start].encode()) + 1)
            continue
        start, end = max(start, 0), min(end, len(text))
        core = text[start:end]
        yield start + len(core) - len(core.lstrip(_TRIMMED)), start + len(core.rstrip(_TRIMMED))
        match = _match(expression, buffer, max(last - edge, first + 1))


def _match(expression: Any, buffer: bytes, position: int) -> tuple[int, int] | None:
    match = expression.search(buffer, position)
    return match.span() if match else None


def _piece(text: str, owner: int = 0, offset: int = 0) -> _Piece:
    """A piece with its bytes between line ends, so that a word's edge is always a character that is there."""
    return _Piece(owner, offset, text, f"\n{text}\n".encode())


def _languages(folded: str, language: str | None) -> tuple[str, ...]:
    """The languages to look for: the text's own and English, and those whose script occurs."""
    latin = LATIN_LANGUAGES if language not in LANGUAGES else ("en", language)
    if folded.isascii():
        return tuple(name for name in LANGUAGES if name in latin and name in LATIN_LANGUAGES)
    return tuple(name for name in LANGUAGES if name in latin or name not in LATIN_LANGUAGES)


def _parts(folded: str) -> Iterator[tuple[int, str]]:
    """The text in pieces of at most `PIECE` characters with their offsets, cut at a line, sentence or word end."""
    start = 0
    while len(folded) - start > PIECE:
        stop = start + PIECE
        for separator in ("\n", ". ", " "):
            cut = folded.rfind(separator, start + PIECE // 2, stop)
            if cut > 0:
                stop = cut + 1
                break
        yield start, folded[start:stop]
        start = stop
    yield start, folded[start:]
