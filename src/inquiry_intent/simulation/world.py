"""The fixed facts of the demo corpus, read from the YAML files beside this module."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml

FOLDER = Path(__file__).parent
DAY = 86_400
HOUR = 3_600


@cache
def load(name: str) -> dict[str, Any]:
    """One data file by its path in this package, without its ending. The result is shared: do not change it."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    result: dict[str, Any] = yaml.load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"), loader)
    return result


def world() -> dict[str, Any]:
    return load("world")


def column(table: Mapping[str, Mapping[str, Any]], key: str) -> np.ndarray:
    """One attribute of every entry of a table, in the file's order."""
    return np.array([entry[key] for entry in table.values()])


def choose(rng: np.random.Generator, weights: np.ndarray, size: int) -> np.ndarray:
    """Positions drawn with probability proportional to `weights`, shape (size,)."""
    return choose_rows(rng, np.broadcast_to(weights, (size, len(weights))))


def choose_rows(rng: np.random.Generator, weights: np.ndarray) -> np.ndarray:
    """One position a row, drawn with probability proportional to that row of `weights` (n_rows, n_options)."""
    bounds = weights.cumsum(axis=1)
    drawn = rng.random(len(weights))[:, None] * bounds[:, -1:]
    return np.minimum((drawn >= bounds).sum(axis=1), weights.shape[1] - 1)


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))
