"""`data/README.md` names every column of the tables, the features and the scores, and no other."""

import re
from itertools import product
from pathlib import Path

import pytest

from inquiry_intent.config import TIERS
from inquiry_intent.features.text import TOTALS, text_shape
from inquiry_intent.signals.catalogue import shipped_catalogue
from inquiry_intent.tables import COLUMNS, EVENT_KINDS, NAMES
from tests.feature_tables import DIMENSIONS, every_feature, make_tables, thread

README = Path(__file__).parents[1] / "data" / "README.md"
TABLES, rest = README.read_text(encoding="utf-8").split("\n## Features\n")
FEATURES, SCORES = rest.split("\n## Scores\n")
HEADER = "| column | unit | NaN means | source |"


def families() -> dict[str, list[str]]:
    """What each placeholder of a column's name stands for."""
    messages = thread(("in", 0), text="x")
    shapes = list(text_shape(make_tables(messages=messages).messages["text"]))
    return {
        "<kind>": list(EVENT_KINDS),
        "<shape>": shapes,
        "<count>": list(TOTALS),
        "<id>": list(shipped_catalogue().signals),
        "NNN": [f"{i:03d}" for i in range(DIMENSIONS)],
        "<tier>": list(TIERS),
        "<number>": ["size"],
        "*": ["size", "kind"],
    }


def rows(text: str) -> list[list[str]]:
    """The cells of all dictionary rows."""
    lines = [line for line in text.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if "/` |" not in line]


def documented(text: str) -> list[str]:
    """The columns that the rows stand for, each placeholder filled in."""
    names = []
    for cells in rows(text):
        [pattern] = re.fullmatch(r"`(.+)`", cells[0]).groups()  # type: ignore[union-attr]
        used = {mark: values for mark, values in families().items() if mark in pattern}
        for choice in product(*used.values()):
            name = pattern
            for mark, value in zip(used, choice, strict=True):
                name = name.replace(mark, value)
            names.append(name)
    return names


def test_every_feature_has_a_row_and_every_row_a_feature():
    columns = list(every_feature("attr_size"))
    described = [name for name in documented(FEATURES) if name != "subject_line_count"]
    assert sorted(described) == sorted(columns)


@pytest.mark.parametrize("name", NAMES)
def test_every_column_of_a_table_has_a_row_and_every_row_a_column(name):
    [section] = re.findall(rf"\n### {name}: .*?(?=\n### |\Z)", TABLES, flags=re.DOTALL)
    assert documented(section) == list(COLUMNS[name])


def test_every_row_says_unit_missing_and_source():
    for cells in rows(TABLES) + rows(FEATURES) + rows(SCORES):
        assert len(cells) == 4, cells
        assert all(cells), cells
    assert TABLES.count(HEADER) == len(NAMES)
