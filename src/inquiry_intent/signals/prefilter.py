"""Which patterns may match a sentence at all, told from the words that they require.

A thousand patterns in one automaton have a state for every combination of gaps that happen to be open, and each new
text makes new ones. So every pattern is first asked which words it cannot do without (`requirements.py`): "send
{gap}samples?" needs `send`, and `sample` or `samples`. The patterns that a word serves are bits of one integer. A
sentence costs one look-up and one "or" a word, and only patterns that find all their words are tried.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

import numpy as np
import re2

from inquiry_intent.signals.requirements import MOST_WORDS, Form

#: Longer words are not remembered, and no more than so many are.
_LONGEST_KEPT = 40
_MOST_KEPT = 100_000
#: Only so much of a word is looked at for its middle; no word of a pattern is as long.
_LONGEST_LOOKED_AT = 60
_ASCII_SPACES = {code: " " for code in range(128) if not chr(code).isalnum()}
_WORD = re.compile("[\u3400-\u9fff]|[^\\W_\u3400-\u9fff]+")
_ASCII = re.compile("[a-z]")
_PART = re.compile("[a-z0-9]+|[^a-z0-9]+")


def words_of(folded: str) -> set[str]:
    """The distinct words of a folded text; each Chinese character is one, and so is each script's part of a word.

    >>> sorted(words_of("ce-mark,ce 样品 5м2"))
    ['2', '5', '5м2', 'ce', 'mark', 'м', '品', '样']
    """
    if folded.isascii():
        return set(folded.translate(_ASCII_SPACES).split())
    words = set(_WORD.findall(folded))
    mixed = [word for word in words if not word.isascii() and not word.isalpha()]
    mixed += [word for word in words if word.isalpha() and not word.isascii() and _ASCII.search(word)]
    return words.union(*(_PART.findall(word) for word in mixed))


class WordFilter:
    """All patterns at once: which of them may match a text.

    Parameters
    ----------
    ways : sequence of lists of lists of sets of Form
        For each pattern the ways through it; see `requirements.Requirements`.
    """

    def __init__(self, ways: Sequence[list[list[frozenset[Form]]]]) -> None:
        rows = [(pattern, words) for pattern, of_pattern in enumerate(ways) for words in of_pattern]
        self._pattern_of = np.array([pattern for pattern, _ in rows], dtype=np.int64)
        self._size = len(rows)
        given = 0
        forms: dict[str, dict[str, list[int]]] = {kind: {} for kind in ("is", "begins", "ends", "holds", "pattern")}
        for row, (_, words) in enumerate(rows):
            for slot in range(MOST_WORDS):
                bit = slot * self._size + row
                if slot >= len(words):
                    given |= 1 << bit
                for kind, text in words[slot] if slot < len(words) else ():
                    forms[kind].setdefault(text, []).append(bit)
        self._given = given
        self._bits = {kind: {text: _integer(bits) for text, bits in of.items()} for kind, of in forms.items()}
        self._lengths = {kind: sorted({len(text) for text in of}) for kind, of in forms.items()}
        self._patterns = list(self._bits["pattern"].values())
        options = re2.Options()
        options.never_capture = True
        options.max_mem = 64 << 20
        self._forms = re2.Set.FullMatchSet(options)
        for text in self._bits["pattern"]:
            self._forms.Add(text)
        self._forms.Compile()
        self._known: dict[str, int] = {}

    def rows_of(self, patterns: Iterable[int]) -> int:
        """The ways through some patterns, as bits: the mask for `candidates`."""
        wanted = np.isin(self._pattern_of, list(patterns))
        return int.from_bytes(np.packbits(wanted, bitorder="little").tobytes(), "little")

    def found(self, words: Iterable[str]) -> int:
        """What the words of a text are good for, as bits; of two texts together the one `or` the other."""
        found, known = self._given, self._known
        for word in words:
            bits = known.get(word)
            found |= self._look_up(word) if bits is None else bits
        return found

    def candidates(self, found: Sequence[int], mask: int) -> Iterator[tuple[int, list[int]]]:
        """The patterns that may match some of the texts, each with the texts' positions; no other pair can match.

        Parameters
        ----------
        found : sequence of int
            Of each text; see `found`.
        mask : int
            Which ways to look at; see `rows_of`.
        """
        length, size = (self._size + 7) // 8, self._size
        rows = []
        for bits in found:
            complete = bits & mask
            for slot in range(size, MOST_WORDS * size, size):
                complete &= bits >> slot
            rows.append(complete.to_bytes(length, "little"))
        packed = np.frombuffer(b"".join(rows), dtype=np.uint8)
        filled = np.flatnonzero(packed)  # of eight ways each; few are
        place, bit = np.nonzero(np.unpackbits(packed[filled, None], axis=1, bitorder="little"))
        texts, eighth = np.divmod(filled[place], length)
        pairs = np.sort(self._pattern_of[eighth * 8 + bit] * len(found) + texts)
        patterns, numbers = np.divmod(pairs[np.diff(pairs, prepend=-1) > 0], max(len(found), 1))
        starts = np.flatnonzero(np.diff(patterns, prepend=-1))
        listed = numbers.tolist()
        for start, stop in pairwise([*starts.tolist(), len(listed)]):
            yield int(patterns[start]), listed[start:stop]

    def _look_up(self, word: str) -> int:
        """The bits of a word: of all forms that it has."""
        looked_at, bits = word[:_LONGEST_LOOKED_AT], self._bits["is"].get(word, 0)
        size, of = len(looked_at), self._bits["holds"]
        for length in self._lengths["begins"]:
            bits |= self._bits["begins"].get(looked_at[:length], 0) if length <= size else 0
        for length in self._lengths["ends"]:
            bits |= self._bits["ends"].get(word[-length:], 0) if length <= size else 0
        for length in self._lengths["holds"]:
            for start in range(size - length + 1):
                bits |= of.get(looked_at[start : start + length], 0)
        for i in (self._forms.Match(word) or ()) if self._patterns else ():
            bits |= self._patterns[i]
        if len(word) <= _LONGEST_KEPT:
            if len(self._known) >= _MOST_KEPT:
                self._known.clear()
            self._known[word] = bits
        return bits


def _integer(bits: list[int]) -> int:
    """The integer in which some bits are set."""
    row = bytearray(max(bits) // 8 + 1)
    for bit in bits:
        row[bit >> 3] |= 1 << (bit & 7)
    return int.from_bytes(row, "little")
