"""Which patterns may match a text at all, told from the words that they require.

A thousand patterns in one automaton have a state for every combination of gaps that happen to be open, and each new
text makes new ones. So every pattern is first asked which words it cannot do without (`requirements.py`): "send
{gap}samples?" needs `send`, and `sample` or `samples`. The patterns that a word serves are bits of one integer. A text
costs one look-up and one "or" a word, and only patterns that find all their words are tried.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter

import numpy as np
import re2

from inquiry_intent.signals.requirements import MOST_WORDS, Form

#: Longer words are not remembered, and no more than so many are.
_LONGEST_KEPT = 40
_MOST_KEPT = 100_000
#: Only so much of a word is looked at for its middle; no word of a pattern is as long.
_LONGEST_LOOKED_AT = 60
_first = itemgetter(0)
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
    required : sequence of lists of lists of sets of Form
        For each pattern what `required_words` says.
    """

    def __init__(self, required: Sequence[list[list[frozenset[Form]]]]) -> None:
        rows = [(pattern, words) for pattern, ways in enumerate(required) for words in ways]
        self._pattern_of = np.array([pattern for pattern, _ in rows], dtype=np.intp)
        self._size = len(rows)
        self._given = 0
        self._bits: dict[Form, int] = {}
        for row, (_, words) in enumerate(rows):
            for slot in range(MOST_WORDS):
                bit = 1 << (slot * self._size + row)
                if slot >= len(words):
                    self._given |= bit
                    continue
                for form in words[slot]:
                    self._bits[form] = self._bits.get(form, 0) | bit
        self._patterns = [form for form in self._bits if form.kind == "pattern"]
        options = re2.Options()
        options.never_capture = True
        options.max_mem = 64 << 20
        self._forms = re2.Set.FullMatchSet(options)
        for form in self._patterns:
            self._forms.Add(form.text)
        self._forms.Compile()
        self._known: dict[str, int] = {}

    def candidates(self, texts: Sequence[set[str]]) -> Iterator[tuple[int, list[int]]]:
        """The patterns that may match some of the texts, each with the texts' positions; no other pair can match.

        Parameters
        ----------
        texts : sequence of sets of str
            The words of each text; see `words_of`.
        """
        length = (self._size + 7) // 8
        rows = b"".join([self._complete(words).to_bytes(length, "little") for words in texts])
        bits = np.frombuffer(rows, dtype=np.uint8).reshape(len(texts), length)
        found = np.unpackbits(bits, axis=1, count=self._size, bitorder="little")
        ways, numbers = np.nonzero(found.T)
        for pattern, group in groupby(zip(self._pattern_of[ways].tolist(), numbers.tolist(), strict=True), _first):
            yield pattern, sorted({number for _, number in group})

    def _complete(self, words: set[str]) -> int:
        """The ways through patterns that find all their words, as bits."""
        found, known = self._given, self._known
        for word in words:
            bits = known.get(word)
            found |= self._look_up(word) if bits is None else bits
        complete = found
        for slot in range(1, MOST_WORDS):
            complete &= found >> (slot * self._size)
        return complete & ((1 << self._size) - 1)

    def _look_up(self, word: str) -> int:
        """The bits of a word: of all forms that it has."""
        looked_at, bits = word[:_LONGEST_LOOKED_AT], 0
        forms = [Form("is", word)]
        ends = range(1, len(looked_at) + 1)
        forms += [Form("begins", looked_at[:end]) for end in ends]
        forms += [Form("ends", word[-end:]) for end in ends]
        forms += {Form("holds", looked_at[start:end]) for end in ends for start in range(end)}
        for form in forms:
            bits |= self._bits.get(form, 0)
        for i in (self._forms.Match(word) or ()) if self._patterns else ():
            bits |= self._bits[self._patterns[i]]
        if len(word) <= _LONGEST_KEPT:
            if len(self._known) >= _MOST_KEPT:
                self._known.clear()
            self._known[word] = bits
        return bits
