"""The words that a pattern cannot do without, read off the pattern itself."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import product
from math import prod
from typing import Literal, NamedTuple

_TOKEN = re.compile(
    r"""(?P<letters>(?:[^\W_\u3400-\u9fff](?![*+?{]))+)
      | (?P<escape>\\[pP]\{\^?\w+\}|\\[pP]\w|\\x\{[0-9a-fA-F]+\}|\\.)
      | (?P<opening>\((?:\?[^():]*:)?)
      | (?P<fragment>\{[a-z_][a-z0-9_]*\})
      | (?P<set>\[\^?\]?(?:\\.|\[:\w+:\]|[^\]\\])*\])
      | (?P<repeat>(?:[*+?]|\{\d+(?:,\d*)?\})\??)
      | (?P<sign>[|)])
      | (?P<plain>.)""",
    re.VERBOSE | re.DOTALL,
)
_MEMBER = re.compile(r"\\.|.-[^\\\]]|.", re.DOTALL)
#: So many words of a pattern are asked for, the longest first.
MOST_WORDS = 4
#: A word with more spellings than this is told by a pattern instead of a list.
_MOST_SPELLINGS = 100
_LARGEST_SET = 12


#: What ends a sentence where white space follows. docs/signals.md tells writers of patterns.
STOPS = ".!?"
_SPACES = " \t\n\r\f\v"


class Form(NamedTuple):
    """One form of a word: `text` is what it "is", "begins", "ends" or "holds", or a "pattern" for all of it."""

    kind: str
    text: str


class _Word(NamedTuple):
    """A required word: any of its forms will do; `width` is the fewest letters that tell it."""

    forms: frozenset[Form]
    width: int


class _Ends(NamedTuple):
    """How a pattern, or a part of it, stands to the end of a sentence.

    `empty`: it may match nothing; `spaced`: what it matches may begin with white space; `stopped`: may end with a
    stop; `crosses`: may hold a stop with white space right behind it.
    """

    empty: bool = True
    spaced: bool = False
    stopped: bool = False
    crosses: bool = False

    def then(self, following: "_Ends") -> "_Ends":
        """Both, one after the other."""
        return _Ends(
            self.empty and following.empty,
            self.spaced or (self.empty and following.spaced),
            following.stopped or (following.empty and self.stopped),
            self.crosses or following.crosses or (self.stopped and following.spaced),
        )


class _Node:
    """Letters, one character class, or a group of alternatives (sequences of nodes), with its repetition.

    Attributes
    ----------
    optional : bool
    wordy : bool
        Whether it matches nothing but letters and digits.
    separates : bool
        Whether it surely matches something that is no letter or digit.
    width : int
        The fewest characters it matches.
    """

    wordy: bool
    __slots__ = (
        "_ends", "_one_of", "_spellings", "alternatives", "optional", "repeat", "separates", "text", "width", "wordy",
    )  # fmt: skip

    def __init__(self, text: str, repeat: str, alternatives: list[list["_Node"]]) -> None:
        self.text, self.repeat, self.alternatives = text, repeat, alternatives
        self.optional = repeat[:1] in ("?", "*") or repeat.startswith(("{0,", "{0}"))
        self.separates = False
        if alternatives:
            self.wordy = all(node.wordy for sequence in alternatives for node in sequence)
            self.width = min(_width(sequence) for sequence in alternatives)
        elif text.isalnum():
            self.wordy, self.width = True, len(text)
        else:
            members = self.members
            self.wordy = all(m == r"\d" or (m[0].isalnum() and m[-1].isalnum()) for m in members)
            signs = all(m in (r"\s", r"\t", r"\n") or not m[-1].isalnum() for m in members)
            self.separates = signs and not self.optional and text not in ("^", "$", ".") and not text.startswith("[^")
            self.width = 0 if text in ("^", "$", r"\b") else 1
        if self.optional:
            self.width = 0
        # fragments are shared by many patterns: what they require is worked out once
        self._spellings: set[str] | Literal[False] | None = False
        self._one_of: dict[tuple[bool, bool, bool], list[_Word]] = {}
        self._ends: _Ends | None = None

    @property
    def members(self) -> list[str]:
        """What stands in a class, ranges as they are; a single character is its own class."""
        return _MEMBER.findall(self.text[1:-1]) if self.text.startswith("[") else [self.text]

    @property
    def source(self) -> str:
        if not self.alternatives:
            return self.text + self.repeat
        return f"(?:{'|'.join(''.join(n.source for n in a) for a in self.alternatives)}){self.repeat}"

    def spellings(self) -> set[str] | None:
        """All that it can match; None if that is too much."""
        if self._spellings is False:
            self._spellings = self._spelled()
        return self._spellings

    def _spelled(self) -> set[str] | None:
        if self.repeat not in ("", "?", "??"):
            return None
        found: set[str] = set()
        for sequence in self.alternatives:
            spelled = _spellings(sequence)
            if spelled is None or len(found) > _MOST_SPELLINGS:
                return None
            found |= spelled
        if not self.alternatives and self.text.isalnum():
            found.add(self.text)
        elif not self.alternatives:
            for m in self.members:
                if m.startswith("\\"):
                    return None
                found |= {chr(code) for code in range(ord(m[0]), ord(m[-1]) + 1)}
            if len(found) > _LARGEST_SET:
                return None
        return found | {""} if self.optional else found

    def one_of(self, left: bool, right: bool, apart: bool) -> list[_Word]:
        """The words that a group requires; see `_one_of`."""
        key = left, right, apart
        if key not in self._one_of:
            self._one_of[key] = list(_one_of(self, left, right, apart))
        return self._one_of[key]

    @property
    def ends(self) -> _Ends:
        if self._ends is None:
            self._ends = self._told()
        return self._ends

    def _told(self) -> _Ends:
        if self.alternatives:
            told = _either([_ends(sequence) for sequence in self.alternatives])
        elif self.text in ("", "^", "$", r"\b", r"\B"):
            return _Ends()
        else:
            told = _Ends(False, _may_match(self.text, _SPACES), _may_match(self.text, STOPS))
        if self.repeat not in ("", "?", "??"):
            told = told.then(told)
        return told._replace(empty=told.empty or self.optional)


def _either(parts: list[_Ends]) -> _Ends:
    return _Ends(*(any(values) for values in zip(*parts, strict=True)))


def _ends(sequence: Sequence[_Node]) -> _Ends:
    told = _Ends()
    for node in sequence:
        told = told.then(node.ends)
    return told


@cache
def _may_match(text: str, characters: str) -> bool:
    """Whether letters, a class or an escape may match one of some characters; in doubt they may."""
    if text.startswith("[^"):
        members = _MEMBER.findall(text[2:-1])
        return any(not any(_surely_matches(m, c) for m in members) for c in characters)
    if text.startswith("["):
        return any(_may_match_one(m, c) for m in _MEMBER.findall(text[1:-1]) for c in characters)
    return any(_may_match_one(text, c) for c in characters)


def _may_match_one(member: str, character: str) -> bool:
    if member == "." or member[:2] in (r"\p", r"\P", r"\x", r"\W", r"\D", "[:"):
        return True
    return _surely_matches(member, character)


def _surely_matches(member: str, character: str) -> bool:
    if member.startswith("\\"):
        signs = {"s": _SPACES, "n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v"}
        if member[1] == "S":
            return character not in _SPACES
        return character in signs.get(member[1], member[1])
    return member[0] <= character <= member[-1] if len(member) == 3 and member[1] == "-" else character in member


def _width(sequence: Sequence[_Node]) -> int:
    return sum(node.width for node in sequence)


def _spellings(run: Sequence[_Node]) -> set[str] | None:
    """All strings that a run of nodes can match; None if they are too many."""
    found = {""}
    for node in run:
        spelled = node.spellings()
        if spelled is None or len(found) * len(spelled) > _MOST_SPELLINGS:
            return None
        found = {first + second for first, second in product(found, spelled)}
    return found


class Requirements(NamedTuple):
    """What a text must hold for a pattern to match it.

    Attributes
    ----------
    ways : list of lists of sets
        One list for each way through the pattern: sets of word forms; where the pattern matches that way, the text has
        a word of each set. An empty list: that way may match anything.
    crosses : bool
        Whether a match may hold a stop with white space right behind it, and so more than one sentence.
    """

    ways: list[list[frozenset[Form]]]
    crosses: bool


def requirements(pattern: str, fragments: Mapping[str, str], *, edges: bool, apart: bool = False) -> Requirements:
    r"""What a pattern cannot do without.

    Parameters
    ----------
    pattern : str
        A rewritten pattern.
    fragments : mapping
        What stands for each `{name}` in it, rewritten, and without such names itself.
    edges : bool
        Whether the pattern begins and ends at word edges.
    apart : bool
        Whether each character is a word of its own, as in Chinese.

    Examples
    --------
    >>> found = requirements(r"(?:send|get)\s+{sample}|free", {"sample": "samples?"}, edges=True)
    >>> for way in found.ways:
    ...     print([sorted(form.text for form in forms) for forms in way])
    [['sample', 'samples'], ['get', 'send']]
    [['free']]
    >>> found.crosses, requirements(r"approx\.?\s+\d+", {}, edges=True).crosses
    (False, True)
    """
    alternatives, _ = _alternatives(list(_TOKEN.finditer(pattern)), 0, fragments)
    ways = []
    for sequence in alternatives:
        words = sorted(dict.fromkeys(_required(sequence, edges, edges, apart)), key=lambda w: (-w.width, len(w.forms)))
        ways.append([word.forms for word in words[:MOST_WORDS]])
    return Requirements(ways, any(_ends(sequence).crosses for sequence in alternatives))


def _alternatives(tokens: list[re.Match[str]], i: int, fragments: Mapping[str, str]) -> tuple[list[list[_Node]], int]:
    """Read alternatives from token `i` to the closing bracket or the end."""
    alternatives: list[list[_Node]] = [[]]
    while i < len(tokens) and tokens[i][0] != ")":
        kind, text = tokens[i].lastgroup, tokens[i][0]
        i += 1
        if kind == "sign":
            alternatives.append([])
            continue
        inner: list[list[_Node]] = []
        if kind == "opening":
            inner, i = _alternatives(tokens, i, fragments)
            i += 1
        repeat = tokens[i][0] if i < len(tokens) and tokens[i].lastgroup == "repeat" else ""
        i += bool(repeat)
        if kind == "fragment":
            alternatives[-1].append(_fragment(fragments[text[1:-1]], repeat))
        else:
            alternatives[-1].append(_Node("" if inner else text, repeat, inner))
    return alternatives, i


@cache
def _fragment(text: str, repeat: str) -> _Node:
    """A fragment as a group, read once for all patterns that use it."""
    alternatives, _ = _alternatives(list(_TOKEN.finditer(text)), 0, {})
    return _Node("", repeat, alternatives)


def forget_fragments() -> None:
    """Drop what is remembered of fragments once a language's patterns are read.

    It is a large web of small objects, which every garbage collection would walk through.
    """
    _fragment.cache_clear()


def _required(sequence: list[_Node], left: bool, right: bool, apart: bool) -> Iterator[_Word]:
    """Words of one sequence. `left`, `right`: whether a word edge surely stands before and after it."""
    i = 0
    while i < len(sequence):
        j = i
        while j < len(sequence) and sequence[j].wordy and not (apart and j > i):
            j += 1
        end = max(j, i + 1)
        before = not apart and (left if i == 0 else sequence[i - 1].separates)
        after = not apart and (right if end == len(sequence) else sequence[end].separates)
        node = sequence[i]
        if node.alternatives and (j == i or apart):
            if not node.optional:
                yield from node.one_of(before, after, apart)
        elif apart and node.text.isalpha() and not node.text.isascii() and not node.optional:
            yield _Word(frozenset({Form("is", node.text)}), 1)
        elif j > i and _width(sequence[i:j]):
            yield _word(sequence[i:j], before, after)
        i = end


def _word(run: list[_Node], before: bool, after: bool) -> _Word:
    """The forms of a run of letters. `before`, `after`: whether a word edge stands there."""
    kept = list(run)
    while kept and kept[-1].repeat[:1] in ("*", "+") and not kept[-1].alternatives:
        kept.pop()
        after = False
    while kept and kept[0].repeat[:1] in ("*", "+") and not kept[0].alternatives:
        kept.pop(0)
        before = False
    spelled = _spellings(kept)
    if spelled and "" not in spelled:
        kind = {(True, True): "is", (True, False): "begins", (False, True): "ends", (False, False): "holds"}[
            before, after
        ]
        return _Word(frozenset(Form(kind, text) for text in spelled), min(map(len, spelled)))
    if runs := _alternative_runs(run):
        words = [_word(each, before, after) for each in runs]
        return _Word(frozenset().union(*(word.forms for word in words)), min(word.width for word in words))
    source = "".join(node.source for node in run)
    pattern = f"{'' if before else '(?s:.*)'}{source}{'' if after else '(?s:.*)'}"
    return _Word(frozenset({Form("pattern", pattern)}), _width(run))


def _alternative_runs(run: Sequence[_Node]) -> list[list[_Node]]:
    """A run with each alternative of its first group in the group's place, for forms are looked up faster than tried.

    Empty if it has no group, if they would be too many, or if one of them may match nothing.
    """
    groups = [i for i, node in enumerate(run) if node.alternatives and node.repeat in ("", "?", "??")]
    if not groups or prod(len(run[i].alternatives) for i in groups) > _MOST_SPELLINGS:
        return []
    first = groups[0]
    alternatives = [*run[first].alternatives, *([[]] if run[first].optional else [])]
    runs = [[*run[:first], *alternative, *run[first + 1 :]] for alternative in alternatives]
    return runs if all(map(_width, runs)) else []


def _one_of(node: _Node, left: bool, right: bool, apart: bool) -> Iterator[_Word]:
    """The word that a group requires: the longest word of one of its alternatives. None if one requires nothing."""
    if node.repeat:
        left = right = False
    longest = []
    for sequence in node.alternatives:
        words = list(_required(sequence, left, right, apart))
        if not words:
            return
        longest.append(max(words, key=lambda word: word.width))
    if len(node.alternatives) == 1:
        yield from words
    else:
        yield _Word(frozenset().union(*(word.forms for word in longest)), min(word.width for word in longest))
