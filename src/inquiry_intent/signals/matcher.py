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
from inquiry_intent.signals.patterns import compiled, relaxed

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
    signal: str
    language: str
    found: Any
    blocked: Any
    once: bool
    negation: bool


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
        automaton, found, once = self._automata[languages], [], set[str]()
        for offset, piece in _pieces(folded):
            for hit in automaton.hits(piece, once):
                found.append(Hit(hit.signal, hit.start + offset, hit.end + offset, hit.language))
        return sorted(found, key=lambda hit: (hit.start, hit.end, hit.signal))


class _Automaton:
    """Expressions of some languages as one set automaton, with the exact form of each beside it."""

    def __init__(self, catalogue: Catalogue, wanted: list[Expressions], languages: tuple[str, ...]) -> None:
        options = re2.Options()
        options.never_capture = True
        options.max_mem = _AUTOMATON_BYTES
        self._set = re2.Set.SearchSet(options)
        self._entries: list[_Entry] = []
        for e in wanted:
            if e.language in languages:
                signal = catalogue.signals[e.signal]
                self._set.Add(relaxed(e.found))
                self._entries.append(
                    _Entry(
                        e.signal,
                        e.language,
                        compiled(e.found),
                        compiled(e.blocked) if e.blocked else None,
                        signal.counts == "once",
                        signal.negation,
                    )
                )
        self._cues: dict[tuple[str, str], Any] = {}
        self._cue_at: dict[int, tuple[str, str]] = {}
        for kind, expressions in catalogue.cues.items():
            for language, expression in expressions.items():
                if language in languages:
                    self._cues[kind, language] = compiled(expression)
                    self._cue_at[self._set.Add(relaxed(expression))] = (kind, language)
        self._sentinel = self._set.Add(_ALWAYS)
        self._set.Compile()

    def hits(self, piece: str, once: set[str]) -> Iterator[Hit]:
        """Hits in one piece; `once` holds the signals that need no further hit and grows."""
        occurring = self._set.Match(_padded(piece)) or []
        if self._sentinel not in occurring:
            raise MemoryError(f"the signal automaton needs more than {_AUTOMATON_BYTES:,} bytes for this catalogue")
        cues = {self._cue_at[i] for i in occurring if i in self._cue_at}
        for i in occurring:
            if i >= len(self._entries):
                continue
            entry = self._entries[i]
            if entry.once and entry.signal in once:
                continue
            for start, end in self._spans(entry, piece):
                if self._taken_back(entry, piece, start, end, cues):
                    continue
                yield Hit(entry.signal, start, end, entry.language)
                if entry.once:
                    once.add(entry.signal)
                    break

    def _spans(self, entry: _Entry, piece: str) -> Iterator[tuple[int, int]]:
        """Spans in `piece` that the entry finds and does not block."""
        blocked: list[tuple[int, int]] | None = None
        for start, end in _search(entry.found, piece, entry.language):
            if entry.blocked is not None:
                if blocked is None:
                    blocked = list(_search(entry.blocked, piece, entry.language))
                if any(b_start < end and start < b_end for b_start, b_end in blocked):
                    continue
            yield start, end

    def _taken_back(self, entry: _Entry, piece: str, start: int, end: int, cues: set[tuple[str, str]]) -> bool:
        """Whether a negation, or words that introduce what we said, stand next to the hit in its clause."""
        language = entry.language
        before_reach, after_reach = _REACH.get(language, _LATIN_REACH)
        wanted = [kind for kind in ("before", "supplier", "after") if (kind, language) in cues]
        for kind in wanted:
            if kind != "supplier" and not entry.negation:
                continue
            cue = self._cues[kind, language]
            if kind == "after":
                window = self._clause(piece[end : end + _WINDOW], language, first=True)
                if any(s <= after_reach for s, _ in _search(cue, window, language)):
                    return True
            else:
                window = self._clause(piece[max(0, start - _WINDOW) : start], language, first=False)
                near = len(window) - before_reach
                if any(e >= near for _, e in _search(cue, window, language)):
                    return True
        return False

    def _clause(self, window: str, language: str, *, first: bool) -> str:
        """The part of a window that belongs to the clause next to the hit."""
        if first:
            return _CLAUSE_END.split(window, maxsplit=1)[0]
        window = _CLAUSE_END.split(window)[-1]
        start = self._cues.get(("clause", language))
        cuts = [end for _, end in _search(start, window, language)] if start else []
        return window[cuts[-1] :] if cuts else window


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
