"""Which patterns may match a text at all, told from the words that they require.

A thousand patterns in one automaton have a state for every combination of gaps that happen to be open, and each new
text makes new ones. So every pattern is first asked which words it cannot do without: "send {gap}samples?" needs a word
like `send` and one like `samples?`. Each distinct word is looked up once, in an automaton of word forms only; the
patterns that a word serves are bits of one integer. A text then costs one "or" a word, and only patterns that find all
their words are tried.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import re2

_TOKEN = re.compile(
    r"""(?P<escape>\\[pP]\{\^?\w+\}|\\[pP]\w|\\x\{[0-9a-fA-F]+\}|\\.)
      | (?P<opening>\((?:\?[^():]*:)?)
      | (?P<set>\[\^?\]?(?:\\.|\[:\w+:\]|[^\]\\])*\])
      | (?P<repeat>(?:[*+?]|\{\d+(?:,\d*)?\})\??)
      | (?P<sign>[|)])
      | (?P<plain>.)""",
    re.VERBOSE | re.DOTALL,
)
_ANY = "(?s:.*)"
#: So many words of a pattern are looked at, the longest first.
_WORDS = 4
#: Words longer than this are never looked up twice, and no more than so many are remembered.
_LONGEST_KEPT = 40
_MOST_KEPT = 200_000
_AUTOMATON_BYTES = 256 << 20
_ASCII_SPACES = {code: " " for code in range(128) if not chr(code).isalnum()}
_WORD = re.compile("[a-z0-9]+|[\u3400-\u9fff]|[^\\W_a-z0-9\u3400-\u9fff]+")


@dataclass(slots=True)
class _Node:
    """One character class of a pattern, or a group of alternatives (sequences of nodes), with its repetition."""

    text: str
    repeat: str = ""
    alternatives: list[list["_Node"]] = field(default_factory=list)

    @property
    def optional(self) -> bool:
        return self.repeat[:1] in ("?", "*") or self.repeat.startswith(("{0,", "{0}"))

    @property
    def wordy(self) -> bool:
        """Whether it matches nothing but letters and digits of one word."""
        if self.alternatives:
            return all(node.wordy for sequence in self.alternatives for node in sequence)
        if self.text.startswith("["):
            members = re.findall(r"\\.|[^\\]", self.text[1:-1])
            inner = [m for i, m in enumerate(members) if m != "-" or i in (0, len(members) - 1)]
            return all(m.isalnum() or m == r"\d" for m in inner)
        return self.text.isalnum() or self.text == r"\d"

    @property
    def separates(self) -> bool:
        """Whether it surely matches something between words."""
        if self.alternatives or self.optional:
            return False
        if self.text.startswith("["):
            return not self.text.startswith("[^") and not any(c.isalnum() for c in re.sub(r"\\[stn]", "", self.text))
        return (
            self.text == r"\s" or (self.text[-1:] not in ".^$" and not self.text[-1:].isalnum()) or self.text == r"\."
        )

    @property
    def source(self) -> str:
        if not self.alternatives:
            return self.text + self.repeat
        return f"(?:{'|'.join(''.join(n.source for n in a) for a in self.alternatives)}){self.repeat}"

    @property
    def width(self) -> int:
        """The fewest characters it matches."""
        if self.optional or self.text in ("^", "$", r"\b"):
            return 0
        return min((_width(sequence) for sequence in self.alternatives), default=1)


def _width(sequence: Sequence[_Node]) -> int:
    return sum(node.width for node in sequence)


@dataclass(frozen=True, slots=True)
class _Required:
    """A word that must occur: its form as an expression over one whole word, and the fewest letters that it has."""

    form: str
    width: int


def required_words(pattern: str, *, edges: bool, apart: bool = False) -> list[list[str]]:
    r"""The words that a pattern cannot do without.

    Parameters
    ----------
    pattern : str
        A rewritten pattern, with its fragments in place.
    edges : bool
        Whether the pattern begins and ends at word edges.
    apart : bool
        Whether each character is a word of its own, as in Chinese.

    Returns
    -------
    list of lists of str
        One list for each alternative of the pattern: expressions, each of which some word of a text must match as a
        whole. An empty list: that alternative may match anything.

    Examples
    --------
    >>> required_words(r"(?:send|get)\s+(?:\d+\s+)?e-?mails?|free", edges=True)
    [['(?:send|get)', '(?s:.*)mails?'], ['free']]
    """
    alternatives, _ = _alternatives(list(_TOKEN.finditer(pattern)), 0)
    found = []
    for sequence in alternatives:
        words = sorted(set(_required(sequence, edges, edges, apart)), key=lambda word: -word.width)
        found.append([word.form for word in words[:_WORDS]])
    return found


def _alternatives(tokens: list[re.Match[str]], i: int) -> tuple[list[list[_Node]], int]:
    """Read alternatives from token `i` to the closing bracket or the end."""
    alternatives: list[list[_Node]] = [[]]
    while i < len(tokens) and tokens[i][0] != ")":
        kind, text = tokens[i].lastgroup, tokens[i][0]
        if kind == "sign":
            alternatives.append([])
        elif kind == "repeat":
            alternatives[-1][-1].repeat += text
        elif kind == "opening":
            inner, i = _alternatives(tokens, i + 1)
            alternatives[-1].append(_Node("", alternatives=inner))
        else:
            alternatives[-1].append(_Node(text))
        i += 1
    return alternatives, i


def _required(sequence: list[_Node], left: bool, right: bool, apart: bool) -> Iterator[_Required]:
    """Words of one sequence. `left`, `right`: whether a word edge surely stands before and after it."""
    i = 0
    while i < len(sequence):
        j = i
        while j < len(sequence) and sequence[j].wordy and not (apart and j > i):
            j += 1
        if j == i:
            node = sequence[i]
            if node.alternatives and not node.optional:
                before = left if i == 0 else sequence[i - 1].separates
                after = right if i + 1 == len(sequence) else sequence[i + 1].separates
                yield from _one_of(node, before, after, apart)
            i += 1
            continue
        run = sequence[i:j]
        before = apart or (left if i == 0 else sequence[i - 1].separates)
        after = apart or (right if j == len(sequence) else sequence[j].separates)
        if width := _width(run):
            if apart and run[0].alternatives:
                yield from _one_of(run[0], False, False, apart)
            else:
                form = "".join(node.source for node in run)
                yield _Required(f"{'' if before else _ANY}{form}{'' if after else _ANY}", width)
        i = j


def _one_of(node: _Node, left: bool, right: bool, apart: bool) -> Iterator[_Required]:
    """The word that a group requires: one of its alternatives' longest words. None if an alternative requires none."""
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
        yield _Required(f"(?:{'|'.join(word.form for word in longest)})", min(word.width for word in longest))


def words_of(folded: str) -> set[str]:
    """The distinct words of a folded text; each Chinese character is one.

    >>> sorted(words_of("ce-mark,ce 样品"))
    ['ce', 'mark', '品', '样']
    """
    if folded.isascii():
        return set(folded.translate(_ASCII_SPACES).split())
    return set(_WORD.findall(folded))


class WordFilter:
    """All patterns at once: which of them may match a text, from the words that they require.

    Parameters
    ----------
    required : sequence of lists of lists of str
        For each pattern what `required_words` says.
    """

    def __init__(self, required: Sequence[list[list[str]]]) -> None:
        options = re2.Options()
        options.never_capture = True
        options.max_mem = _AUTOMATON_BYTES
        self._forms = re2.Set.FullMatchSet(options)
        rows = [(pattern, words) for pattern, alternatives in enumerate(required) for words in alternatives]
        self._pattern_of = [pattern for pattern, _ in rows]
        self._size = len(rows)
        self._given = 0
        bits: dict[str, int] = {}
        for row, (_, words) in enumerate(rows):
            for slot in range(_WORDS):
                bit = 1 << (slot * self._size + row)
                if slot < len(words):
                    bits[words[slot]] = bits.get(words[slot], 0) | bit
                else:
                    self._given |= bit
        self._bits = list(bits.values())
        for form in bits:
            self._forms.Add(form)
        self._forms.Compile()
        self._known: dict[str, int] = {}

    def candidates(self, words: set[str]) -> list[int]:
        """Positions of the patterns that may match a text of these words; what is not named cannot match."""
        found, known = self._given, self._known
        for word in words:
            bits = known.get(word)
            found |= self._look_up(word) if bits is None else bits
        all_words = found
        for slot in range(1, _WORDS):
            all_words &= found >> (slot * self._size)
        all_words &= (1 << self._size) - 1
        positions = []
        while all_words:
            lowest = all_words & -all_words
            positions.append(self._pattern_of[lowest.bit_length() - 1])
            all_words ^= lowest
        return list(dict.fromkeys(positions))

    def _look_up(self, word: str) -> int:
        bits = 0
        for form in self._forms.Match(word) or ():
            bits |= self._bits[form]
        if len(word) <= _LONGEST_KEPT:
            if len(self._known) >= _MOST_KEPT:
                self._known.clear()
            self._known[word] = bits
        return bits
