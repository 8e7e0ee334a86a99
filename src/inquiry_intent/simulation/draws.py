"""Single random draws, fast enough for one a word: a buffer of numbers from one Generator."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

import numpy as np

Option = TypeVar("Option")
BUFFER = 65_536


class Draws:
    """Draw one thing at a time; the same Generator state gives the same draws."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._rest: Iterator[float] = iter(())

    def unit(self) -> float:
        """A number from 0 (included) to 1 (excluded)."""
        for number in self._rest:
            return number
        self._rest = iter(self._rng.random(BUFFER).tolist())
        return next(self._rest)

    def pick(self, options: Sequence[Option]) -> Option:
        return options[int(self.unit() * len(options))]

    def weighted(self, options: Mapping[str, float]) -> str:
        """One key, with probability proportional to its value."""
        left = self.unit() * sum(options.values())
        for option, weight in options.items():
            left -= weight
            if left < 0:
                return option
        return option

    def digits(self, pattern: str) -> str:
        """Replace each `#` by a digit."""
        return "".join(str(int(self.unit() * 10)) if c == "#" else c for c in pattern)
