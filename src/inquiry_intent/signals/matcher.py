"""Find the catalogue's signals in text: every pattern in one linear pass, then the exact span of those that occur.

RE2's set automaton reads a text once and names the expressions that occur in it, in time linear in the text whatever
the text is. Only those few are then run alone for their spans, on pieces short enough that even the worst text costs
a fixed amount per character.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import re2

from inquiry_intent.signals.catalogue import Catalogue, Expressions
from inquiry_intent.signals.language import LANGUAGES, LATIN_LANGUAGES
from inquiry_intent.signals.patterns import relaxed

#: Longest piece that spans are searched in, in characters.
PIECE = 2000
#: How far before and after a hit a cue may stand, in characters; Chinese says the same in fewer.
_REACH = {"zh": (8, 5)}
_LATIN_REACH = (30, 20)
_WINDOW = 60
_LATIN_WORD = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")
_WORD = {
    "ru": _LATIN_WORD | {chr(code) for code in range(ord("а"), ord("я") + 1)},
    "ar": _LATIN_WORD | {chr(code) for code in range(ord("ء"), ord("ي") + 1)},
}
#: What a pattern may take along at its ends and evidence does not need.
_TRIMMED = " \t\r\n,;:|•·/&@(-"
_CLAUSE_END = re.compile(r"[.,;:!?\n]")
#: Memory for one automaton. RE2 forgets states beyond it and stays linear; it never grows past it.
_AUTOMATON_BYTES = 256 << 20
#: Occurs in every padded piece: an answer without it means that the automaton ran out of memory.
_ALWAYS = r"\n\z"


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


class Matcher:
    """The catalogue's expressions, compiled for whichever languages a text may hold.

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
        self._automata: dict[tuple[str, ...], _Automaton] = {}

    def hits(self, folded: str, language: str | None) -> list[Hit]:
        """All hits in a folded text, in the order they stand in it.

        Parameters
        ----------
        folded : str
            See `folding.fold`.
        language : str or None
            The text's language. English is always looked for too, for buyers mix; None looks for every language.
        """
        languages = _languages(folded, language)
        if languages not in self._automata:
            self._automata[languages] = _Automaton(self._catalogue, self._wanted, languages)
        automaton, found, done = self._automata[languages], [], set[str]()
        for offset, piece in _pieces(folded):
            for hit in automaton.hits(piece, done):
                found.append(Hit(hit.signal, hit.start + offset, hit.end + offset, hit.language))
        return sorted(found, key=lambda hit: (hit.start, hit.end, hit.signal))


class _Automaton:
    """Expressions of some languages as one set automaton, with the exact form of each beside it."""

    def __init__(self, catalogue: Catalogue, wanted: list[Expressions], languages: tuple[str, ...]) -> None:
        options = re2.Options()
        options.never_capture = True
        options.max_mem = _AUTOMATON_BYTES
        self._signals = catalogue.signals
        self._entries = [
            _Entry(kind, e.signal, e.language, expression)
            for e in wanted
            if e.language in languages
            for kind, expressions in (("found", e.found), ("blocked", e.blocked))
            for expression in expressions
        ]
        for kind, by_language in catalogue.cues.items():
            for language in by_language.keys() & set(languages):
                self._entries += [_Entry(kind, "", language, expression) for expression in by_language[language]]
        self._set = re2.Set.SearchSet(options)
        for entry in self._entries:
            self._set.Add(relaxed(entry.expression.pattern))
        self._sentinel = self._set.Add(_ALWAYS)
        self._set.Compile()

    def hits(self, piece: str, done: set[str]) -> list[Hit]:
        """Hits in one piece; `done` holds the signals that need no further hit and grows."""
        occurring = self._set.Match(_padded(piece)) or []
        if self._sentinel not in occurring:
            raise MemoryError(f"the signal automaton needs more than {_AUTOMATON_BYTES:,} bytes for this catalogue")
        found: dict[str, list[_Entry]] = {}
        others: dict[tuple[str, str, str], list[Any]] = {}
        for i in occurring:
            if i == self._sentinel:
                continue
            entry = self._entries[i]
            if entry.kind == "found":
                found.setdefault(entry.signal, []).append(entry)
            else:
                others.setdefault((entry.kind, entry.signal, entry.language), []).append(entry.expression)
        return [
            hit
            for name, entries in found.items()
            if name not in done
            for hit in self._of(name, entries, piece, others, done)
        ]

    def _of(
        self,
        name: str,
        entries: list[_Entry],
        piece: str,
        others: dict[tuple[str, str, str], list[Any]],
        done: set[str],
    ) -> list[Hit]:
        """The hits of one signal, from its expressions that occur in the piece; of overlapping ones the longest."""
        once = self._signals[name].counts == "once"
        kept: list[Hit] = []
        for entry in entries:
            for start, end in _search(entry.expression, piece, entry.language):
                if not self._blocked(name, piece, start, end, entry.language, others):
                    kept.append(Hit(name, start, end, entry.language))
                    if once:
                        break
        if once and kept:
            done.add(name)
            return [min(kept, key=lambda hit: (hit.start, -hit.end))]
        kept.sort(key=lambda hit: hit.start - hit.end)
        return [hit for i, hit in enumerate(kept) if not any(hit.start < k.end and k.start < hit.end for k in kept[:i])]

    def _blocked(
        self, name: str, piece: str, start: int, end: int, language: str, others: dict[tuple[str, str, str], list[Any]]
    ) -> bool:
        """Whether a blocking pattern overlaps the hit, or a negation or the seller's own words stand next to it."""
        for expression in others.get(("blocked", name, language), ()):
            if any(s < end and start < e for s, e in _search(expression, piece, language)):
                return True
        before, after = _REACH.get(language, _LATIN_REACH)
        kinds = ("before", "supplier", "after") if self._signals[name].negation else ("supplier",)
        for kind in kinds:
            for cue in others.get((kind, "", language), ()):
                if kind == "after":
                    window = _CLAUSE_END.split(piece[end : end + _WINDOW], maxsplit=1)[0]
                    found = any(s <= after for s, _ in _search(cue, window, language))
                else:
                    window = _CLAUSE_END.split(piece[max(0, start - _WINDOW) : start])[-1]
                    ends = [e for _, e in _search(cue, window, language) if e >= len(window) - before]
                    starts = others.get(("clause", "", language), ()) if ends else ()
                    found = bool(ends) and not any(
                        s >= max(ends) for clause in starts for s, _ in _search(clause, window, language)
                    )
                if found:
                    return True
        return False


def _search(expression: Any, text: str, language: str) -> Iterator[tuple[int, int]]:
    """Spans of an expression in a short text, without the edge it takes along, and only where a word may begin."""
    buffer, ascii_only = _padded(text), text.isascii()
    edge, word = (0, "") if language == "zh" else (1, _WORD.get(language, _LATIN_WORD))
    position = 0
    while (match := expression.search(buffer, position)) is not None:
        first, last = match.span()
        start, end = first - 1, last - 1 - edge
        if not ascii_only:
            start, end = len(buffer[:first].decode()) - 1, len(buffer[:last].decode()) - 1 - edge
        if start > 0 and text[start] in word and text[start - 1] in word:
            while start < len(text) and text[start] in word:
                start += 1
            position = start + 1 if ascii_only else len(text[:start].encode()) + 1
            continue
        position = max(last - edge, first + 1)
        start, end = max(start, 0), min(end, len(text))
        core = text[start:end]
        yield start + len(core) - len(core.lstrip(_TRIMMED)), start + len(core.rstrip(_TRIMMED))


def _padded(text: str) -> bytes:
    """The text between line ends, so that a word's edge is always a character that is there."""
    return f"\n{text}\n".encode()


def _languages(folded: str, language: str | None) -> tuple[str, ...]:
    """The languages to look for: the text's own and English, and those whose script occurs."""
    latin = LATIN_LANGUAGES if language not in LANGUAGES else ("en", language)
    if folded.isascii():
        return tuple(name for name in LANGUAGES if name in latin and name in LATIN_LANGUAGES)
    return tuple(name for name in LANGUAGES if name in latin or name not in LATIN_LANGUAGES)


def _pieces(folded: str) -> Iterator[tuple[int, str]]:
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
