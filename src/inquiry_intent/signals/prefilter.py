"""Which patterns may match a text at all, told from the words that they require.

A thousand patterns in one automaton have a state for every combination of gaps that happen to be open, and each new
text makes new ones. So a text is first read once for the literal words of all patterns (`re2.Filter`, an automaton of
plain strings), and only patterns whose words all occur are tried. For that a pattern is written with its word edges as
spaces, and a text with everything between its words as one space: "CE" is then not found in "price".
"""

import re
from collections.abc import Iterable
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
_ANYTHING = "(?s:.*)"
_SPACES = b" " * 48 + b"0123456789" + b" " * 39 + b"abcdefghijklmnopqrstuvwxyz" + b" " * 5
#: Every ASCII sign becomes a space; what is not ASCII stays.
_SIGNS_TO_SPACES = _SPACES + bytes(range(128, 256))
_SYMBOL = re.compile(r"[^\w\x00-\x7f]")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")


@dataclass
class _Node:
    """One character class of a pattern, or a group of alternatives (sequences of nodes), with its repetition."""

    text: str
    repeat: str = ""
    alternatives: list[list["_Node"]] = field(default_factory=list)

    @property
    def optional(self) -> bool:
        return self.repeat[:1] in ("?", "*") or self.repeat.startswith(("{0,", "{0}"))

    @property
    def kind(self) -> str:
        """What one match of it consists of: "word" characters, "space" (signs and spaces), or "any"."""
        if self.alternatives:
            return "group"
        if self.text.startswith("["):
            return "any" if self.text.startswith("[^") else _kind_of(_members(self.text))
        if self.text.startswith("\\"):
            return {"d": "word", "s": "space"}.get(self.text[1], "space" if not self.text[1].isalnum() else "any")
        return "any" if self.text in ".^$" else _kind_of([self.text])


def _members(text: str) -> list[str]:
    """The characters that stand in a class; the ends of a range stand for the range."""
    return [
        " " if m in (r"\s", r"\t", r"\n") else "0" if m == r"\d" else m[-1]
        for m in re.findall(r"\\.|[^\\]", text[1:-1])
        if m != "-"
    ] + ([" "] if text[1:2] == "-" or text[-2:-1] == "-" or r"\-" in text else [])


def _kind_of(characters: Iterable[str]) -> str:
    kinds = {"word" if c.isalnum() else "space" for c in characters}
    return kinds.pop() if len(kinds) == 1 else "any"


def required_words(pattern: str, *, edges: bool) -> str:
    r"""A wider form of a pattern for texts as `spaced` writes them.

    Parameters
    ----------
    pattern : str
        A rewritten pattern, with its fragments in place.
    edges : bool
        Whether the pattern begins and ends at word edges.

    Examples
    --------
    >>> required_words(r"send[^.]{0,20}e-?mails?", edges=True)
    '(?s: send(?s:.*)e ?mails? )'
    """
    alternatives, _ = _alternatives(list(_TOKEN.finditer(pattern)), 0)
    context = "edge" if edges else "any"
    return "(?s:" + "|".join(_written(sequence, context, context) for sequence in alternatives) + ")"


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


def _written(sequence: list[_Node], before: str, after: str) -> str:
    """One sequence for spaced text. `before` and `after`: what stands next to it, "word", "edge" or "any"."""
    pieces, i = [], 0
    if before == "edge" and _meets(sequence, first=True) == "word":
        pieces.append(" ")
    while i < len(sequence):
        j = i
        while j < len(sequence) and sequence[j].kind == "space":
            j += 1
        left = _meets(sequence[:i], first=False) or before
        if j > i:
            right = _meets(sequence[j:], first=True) or after
            certain = left == "word" and right == "word"
            required = any(not node.optional for node in sequence[i:j])
            pieces.append((" " if required else " ?") if certain else _ANYTHING)
            i = j
            continue
        right = _meets(sequence[i + 1 :], first=True) or after
        pieces.append(_one(sequence[i], left, right))
        i += 1
    if after == "edge" and _meets(sequence, first=False) == "word":
        pieces.append(" ")
    return "".join(pieces)


def _one(node: _Node, left: str, right: str) -> str:
    if node.kind == "any":
        return _ANYTHING
    if node.kind == "word":
        return node.text + node.repeat
    if node.repeat:
        left = right = "any"
    inner = "|".join(
        _written(a, "word" if left == "word" else "any", "word" if right == "word" else "any")
        for a in node.alternatives
    )
    return f"(?:{inner}){node.repeat}"


def _meets(sequence: list[_Node], *, first: bool) -> str:
    """What a sequence begins (`first`) or ends with: "word", "any" if it varies; "" if it may be empty."""
    for node in sequence if first else reversed(sequence):
        kind = node.kind
        if kind == "group":
            kinds = {_meets(a, first=first) for a in node.alternatives}
            kind = kinds.pop() if len(kinds) == 1 else "any"
        if kind != "word":
            return "any"
        if not node.optional:
            return "word"
    return ""


def spaced(folded: str) -> bytes:
    """A folded text with one space between words and at its ends, for `WordFilter`.

    Latin words that stand next to other letters without a space are appended once more with spaces.

    >>> spaced("price, CE-mark: 5%").decode()
    ' price mark 5 '
    """
    if folded.isascii():
        return b" " + b" ".join(folded.encode().translate(_SIGNS_TO_SPACES).split()) + b" "
    words = _SYMBOL.sub(" ", folded)
    apart = f"{words} {_NOT_ASCII.sub(' ', words)}"
    return b" " + b" ".join(apart.encode().translate(_SIGNS_TO_SPACES).split()) + b" "


class WordFilter:
    """All patterns at once: which of them may match, from their required words.

    Parameters
    ----------
    expressions : iterable of str
        As `required_words` writes them. At least one.
    """

    def __init__(self, expressions: Iterable[str]) -> None:
        options = re2.Options()
        options.never_capture = True
        self._filter = re2.Filter()
        for expression in expressions:
            self._filter.Add(expression.encode(), options)
        self._filter.Compile()

    def candidates(self, text: bytes) -> list[int]:
        """Positions of the expressions that may match a `spaced` text; what is not named cannot match."""
        return self._filter.Match(text, potential=True) or []
