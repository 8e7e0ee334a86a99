"""Find the catalogue's signals in texts: which patterns may match is told in one pass, then those are run.

Texts are cut into sentences, for nearly all patterns stay within one. The words of a sentence name the few patterns
that may match it (`prefilter.py`). Each pattern then runs once over all the different sentences of a batch that may
hold it, joined together, by RE2: linear in time whatever the text. Patterns that may reach over the end of a sentence
run over longer pieces.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import accumulate, pairwise
from operator import or_
from typing import Any, NamedTuple

from inquiry_intent.signals.catalogue import Catalogue, Expression, Expressions
from inquiry_intent.signals.language import LANGUAGES, LATIN_LANGUAGES, SCRIPTS
from inquiry_intent.signals.patterns import first_span_of
from inquiry_intent.signals.prefilter import WordFilter, words_of
from inquiry_intent.signals.requirements import STOPS, Form, forget_fragments

#: Longest piece that is searched at once, in characters.
PIECE = 2000
#: So many pieces are searched together.
BATCH = 4096
#: How far before and after a hit a cue may stand, in characters; Chinese says the same in fewer.
_REACH = {"zh": (8, 5)}
_LATIN_REACH = (30, 20)
_WINDOW = 60
_CLAUSE_END = re.compile(r"[.,;:!?\n]")
_SENTENCE_END = re.compile(rf"[{STOPS}](?=[ \t\n\r\f\v])")
_LATIN_WORD = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")
_WORD = {
    "ru": _LATIN_WORD | {chr(code) for code in range(ord("а"), ord("я") + 1)},
    "ar": _LATIN_WORD | {chr(code) for code in range(ord("ء"), ord("ي") + 1)},
}
#: What a pattern may take along at its ends and evidence does not need.
_TRIMMED = " \t\r\n,;:|•·/&@(-"
_CUES = ("before", "after", "supplier", "clause")


class Hit(NamedTuple):
    """One occurrence of a signal in a folded text."""

    signal: str
    start: int
    end: int
    language: str


class _Span(NamedTuple):
    """One match of the expression number `entry` in a unit's text."""

    entry: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Entry:
    """One expression: of a signal ("found", "blocked") or of a cue ("before", "after", "supplier", "clause").

    `once`: only its first hit in a piece counts; `crosses`: a match may reach from one sentence into the next.
    """

    kind: str
    signal: str
    expression: Expression
    once: bool
    crosses: bool


class _Unit(NamedTuple):
    """A piece of text or one of its sentences, with its bytes between the characters that stand around it there.

    At the ends of a piece these are line ends, so that a word's edge is always a character that is there.
    """

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
        self._searches: dict[str, _Search] = {}

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
        pieces = [(i, start, part) for i, text in enumerate(folded) for start, part in _parts(text)]
        spoken = [_languages(text, language) for text, language in zip(folded, languages, strict=True)]
        for first in range(0, len(pieces), BATCH):
            batch = pieces[first : first + BATCH]
            signals: list[dict[str, list[Hit]]] = [{} for _ in batch]
            for language in LANGUAGES:
                members = [k for k, (owner, _, _) in enumerate(batch) if language in spoken[owner]]
                if members:
                    self._search(language).add_hits(batch, members, signals)
            for (owner, _, _), by_signal in zip(batch, signals, strict=True):
                for hits in by_signal.values():
                    found[owner] += _apart(hits) if len(hits) > 1 else hits
        for hits in found:
            hits.sort(key=_order)
        return found

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

    def _search(self, language: str) -> "_Search":
        if language not in self._searches:
            self._searches[language] = _Search(self._catalogue, self._wanted, language)
        return self._searches[language]


def _order(hit: Hit) -> tuple[int, int, str]:
    return hit.start, -hit.end, hit.signal


class _Search:
    """The expressions of one language, with the filter that names those that may match."""

    def __init__(self, catalogue: Catalogue, wanted: list[Expressions], language: str) -> None:
        self._signals, self._language = catalogue.signals, language
        self._entries: list[_Entry] = []
        ways: list[list[list[frozenset[Form]]]] = []

        def add(kind: str, signal: str, once: bool, expressions: Sequence[Expression]) -> None:
            for x in expressions:
                required = x.requirements()
                ways.append(required.ways)
                self._entries.append(_Entry(kind, signal, x, once, required.crosses))

        for e in wanted:
            if e.language == language:
                signal = catalogue.signals[e.signal]
                once = signal.counts == "once" and not (signal.computed or signal.needs)
                add("found", e.signal, once, e.found)
                add("blocked", e.signal, once, e.blocked)
        for kind, by_language in catalogue.cues.items():
            add(kind, "", False, by_language.get(language, ()))
        forget_fragments()
        self._filter, entries = WordFilter(ways), self._entries
        crossing = {e.signal for e in entries if e.kind == "found" and e.crosses}
        self._blocked_across = {e.signal for e in entries if e.kind == "blocked" and e.crosses}
        self._within = self._filter.rows_of(i for i, e in enumerate(entries) if e.kind in _CUES or not e.crosses)
        self._across = self._filter.rows_of(
            i
            for i, e in enumerate(entries)
            if e.crosses or e.kind in _CUES or (e.signal in crossing and e.kind != "found")
        )

    def add_hits(
        self, batch: Sequence[tuple[int, int, str]], members: Sequence[int], signals: list[dict[str, list[Hit]]]
    ) -> None:
        """Add the hits in some pieces of a batch to those that they have, by signal.

        Parameters
        ----------
        batch : sequence of tuples
            Pieces: number of the text, offset in it, and the piece's text.
        members : sequence of int
            Which of them to search.
        signals : list of dicts, one a piece
            Added to; positions are those in the text.
        """
        numbers: dict[bytes, int] = {}
        units: list[_Unit] = []
        sentences: list[list[tuple[int, int]]] = []
        for k in members:
            sentences.append([])
            for start, unit in _sentences(batch[k][2]):
                number = numbers.setdefault(unit.padded, len(units))
                if number == len(units):
                    units.append(unit)
                sentences[-1].append((start, number))
        words = [self._filter.found(words_of(unit.text)) for unit in units]
        within, _ = self._find(units, words, self._within, {})
        whole = [_unit(batch[k][2]) for k in members]
        together = [reduce(or_, [words[number] for _, number in parts], 0) for parts in sentences]
        held: dict[str, set[int]] = {}
        for place, parts in enumerate(sentences):
            for _, number in parts:
                for span in within.get(number, ()):
                    if (signal := self._entries[span.entry].signal) in self._blocked_across:
                        held.setdefault(signal, set()).add(place)
        across, blocked = self._find(whole, together, self._across, held)
        for place, (k, parts) in enumerate(zip(members, sentences, strict=True)):
            seen: set[int] = set()
            for start, spans in [(0, across.get(place, [])), *((s, within.get(n, [])) for s, n in parts)]:
                for i, first, last in spans:
                    entry = self._entries[i]
                    if i in seen or _overlap(blocked.get((place, entry.signal), ()), first + start, last + start):
                        continue
                    if entry.once:
                        seen.add(i)
                    offset = batch[k][1] + start
                    hit = Hit(entry.signal, first + offset, last + offset, self._language)
                    signals[k].setdefault(entry.signal, []).append(hit)

    def _find(
        self, units: list[_Unit], words: list[int], mask: int, held: dict[str, set[int]]
    ) -> tuple[dict[int, list[_Span]], dict[tuple[int, str], list[tuple[int, int]]]]:
        """What expressions match in units, by unit, without what is taken back; and what blocks a signal in a unit.

        `mask`: which expressions, see `WordFilter.rows_of`. `held`: units that have hits of a signal already.
        """
        found: dict[int, list[_Span]] = {}
        blocking: list[tuple[_Entry, list[int]]] = []
        cues: dict[int, dict[str, list[Any]]] = {}
        for i, numbers in self._filter.candidates(words, mask):
            entry = self._entries[i]
            if entry.kind == "found":
                for number, start, end in _matches(entry.expression.compiled, units, numbers, self._language):
                    found.setdefault(number, []).append(_Span(i, start, end))
                    held.setdefault(entry.signal, set()).add(number)
            elif entry.kind == "blocked":
                blocking.append((entry, numbers))
            else:
                for number in numbers:
                    cues.setdefault(number, {}).setdefault(entry.kind, []).append(entry.expression.compiled)
        blocked: dict[tuple[int, str], list[tuple[int, int]]] = {}
        for entry, numbers in blocking:
            if places := held.get(entry.signal):
                shared = [number for number in numbers if number in places]
                for number, start, end in _matches(entry.expression.compiled, units, shared, self._language):
                    blocked.setdefault((number, entry.signal), []).append((start, end))
        for number, spans in found.items():
            found[number] = [
                span
                for span in spans
                if not _overlap(blocked.get((number, self._entries[span.entry].signal), ()), span.start, span.end)
                and not (number in cues and self._taken_back(span, units[number].text, cues[number]))
            ]
        return found, blocked

    def _taken_back(self, span: _Span, text: str, cues: dict[str, list[Any]]) -> bool:
        """Whether a negation or the seller's own words stand next to a hit in its clause."""
        before, after = _REACH.get(self._language, _LATIN_REACH)
        negatable = self._signals[self._entries[span.entry].signal].negation
        for kind in ("before", "supplier", "after") if negatable else ("supplier",):
            for cue in cues.get(kind, ()):
                if kind == "after":
                    window = _CLAUSE_END.split(text[span.end : span.end + _WINDOW], maxsplit=1)[0]
                    found = any(start <= after for start, _ in self._spans(cue, window))
                else:
                    window = _CLAUSE_END.split(text[max(0, span.start - _WINDOW) : span.start])[-1]
                    ends = [end for _, end in self._spans(cue, window) if end >= len(window) - before]
                    found = bool(ends) and not any(
                        start >= max(ends)
                        for clause in cues.get("clause", ())
                        for start, _ in self._spans(clause, window)
                    )
                if found:
                    return True
        return False

    def _spans(self, expression: Any, text: str) -> Iterator[tuple[int, int]]:
        return ((start, end) for _, start, end in _matches(expression, [_unit(text)], [0], self._language))


def _overlap(spans: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    return any(first < end and start < last for first, last in spans)


def _apart(hits: list[Hit]) -> list[Hit]:
    """Of overlapping hits of one signal the longer one."""
    kept: list[Hit] = []
    for hit in sorted(hits, key=lambda hit: (hit.start, -hit.end)):
        if not kept or hit.start >= kept[-1].end:
            kept.append(hit)
        elif hit.end - hit.start > kept[-1].end - kept[-1].start:
            kept[-1] = hit
    return kept


def _matches(expression: Any, units: list[_Unit], numbers: list[int], language: str) -> Iterator[tuple[int, int, int]]:
    """Every match of an expression in some units: the unit's number, start and end in its text.

    Without the edge that the expression takes along, and only where a word may begin.
    """
    if not numbers:
        return
    parts = [units[number].padded for number in numbers]
    starts = list(accumulate(map(len, parts), initial=0))
    joined = b"".join(parts)
    edge, word = (0, "") if language == "zh" else (1, _WORD.get(language, _LATIN_WORD))
    first_span, position, length = first_span_of(expression), 0, len(joined)
    while position <= length:
        first, last = first_span(joined, position, length)
        if first < 0:
            return
        k = bisect_right(starts, first) - 1
        base, stop = starts[k], starts[k + 1]
        if last > stop:  # it runs into the next unit: look in this one alone
            first, last = first_span(joined, max(position, base), stop)
            if first < 0:
                position = stop
                continue
        text, padded = units[numbers[k]]
        ascii_only = len(padded) == len(text) + 2
        start, end = first - base - 1, last - base - 1 - edge
        if not ascii_only:
            start, end = (len(padded[: at - base].decode()) - 1 for at in (first, last))
            end -= edge
        if 0 < start < len(text) and text[start] in word and text[start - 1] in word:
            while start < len(text) and text[start] in word:
                start += 1
            position = base + (start + 1 if ascii_only else len(padded) - len(padded[1:].decode()[start:].encode()))
            continue
        position = max(last - edge, first + 1)
        if start < len(text) and (start >= 0 or padded.startswith(b"\n")):
            start, end = max(start, 0), min(end, len(text))
            core = text[start:end]
            yield numbers[k], start + len(core) - len(core.lstrip(_TRIMMED)), start + len(core.rstrip(_TRIMMED))


def _unit(text: str) -> _Unit:
    return _Unit(text, f"\n{text}\n".encode())


def _sentences(piece: str) -> Iterator[tuple[int, _Unit]]:
    """The sentences of a piece with their offsets, without the line ends around them."""
    ends = [match.end() for match in _SENTENCE_END.finditer(piece)]
    for start, stop in pairwise([0, *ends, len(piece)]):
        part = piece[start:stop]
        if not part or part.isspace():
            continue
        text = part.strip("\n")
        start += len(part) - len(part.lstrip("\n"))
        stop = start + len(text)
        before, after = piece[start - 1 : start] or "\n", piece[stop : stop + 1] or "\n"
        yield start, _Unit(text, f"{before}{text}{after}".encode())


def _languages(folded: str, language: str | None) -> tuple[str, ...]:
    """The languages to look for: the text's own and English, and those whose script occurs."""
    latin = LATIN_LANGUAGES if language not in LANGUAGES else ("en", language)
    scripts = () if folded.isascii() else [name for name, script in SCRIPTS.items() if script.search(folded)]
    return tuple(name for name in LANGUAGES if name in (latin if name in LATIN_LANGUAGES else scripts))


def _parts(folded: str) -> Iterator[tuple[int, str]]:
    """The text in pieces of at most `PIECE` characters with their offsets, cut at a line, sentence or word end.

    Pieces without any word are left out, and so are the line ends around a piece.
    """
    start = 0
    while start < len(folded):
        stop = start + PIECE
        if stop < len(folded):
            for separator in ("\n", ". ", " "):
                cut = folded.rfind(separator, start + PIECE // 2, stop)
                if cut > 0:
                    stop = cut + 1
                    break
        part = folded[start:stop]
        if part and not part.isspace():
            yield start + len(part) - len(part.lstrip("\n")), part.strip("\n")
        start = stop
