"""Where the header of a table stands in a file: titles and dates of a report may stand above it."""

import csv
import itertools
from pathlib import Path

from inquiry_intent.sources.encodings import decoded
from inquiry_intent.sources.files import DELIMITERS, SNIFFED_LINES, Format, by_content, opened, workbook

#: A line above the header fills no more than this share of the columns.
TITLE_SHARE = 0.34


def title_rows(path: Path, kind: Format, sheet: str | None = None) -> int:
    """How many lines stand above the header of a CSV file or a worksheet; 0 in other formats.

    The file must be readable; the caller has read it.
    """
    records, begins = first_records(path, kind, sheet)
    return begins[above_header(records)]


def first_records(path: Path, kind: Format, sheet: str | None = None) -> tuple[list[list[str]], list[int]]:
    """The first records of a CSV file or a worksheet, and how many lines stand before each; other formats: none."""
    with opened(path) as stream:
        kind, _ = by_content(stream, path.name, kind)
        if kind == "xlsx":
            book = workbook(stream)
            here = book.get_sheet_by_name(sheet or book.sheet_names[0])
            grid = [[str(cell) for cell in row] for row in here.to_python(False, SNIFFED_LINES)]
            return grid, list(range(len(grid) + 1))
        if kind not in ("csv", "tsv"):
            return [], [0]
        text, _ = decoded(stream, path.name, None)
        lines = list(itertools.islice(text, SNIFFED_LINES))
    lines = [line for line in lines if not line.lower().startswith("sep=")]
    grids = [_records(lines, delimiter) for delimiter in DELIMITERS]
    return max(grids, key=lambda found: sorted(map(len, found[0]))[len(found[0]) // 2] if found[0] else 0)


def _records(lines: list[str], delimiter: str) -> tuple[list[list[str]], list[int]]:
    """The records of some lines, and how many lines stand before each: a quoted cell may hold line breaks."""
    reader = csv.reader(lines, delimiter=delimiter)
    records, begins = [], [0]
    for record in reader:
        records.append(record)
        begins.append(reader.line_num)
    return records, begins


def above_header(grid: list[list[str]]) -> int:
    """The number of rows above the first that is filled like most.

    >>> above_header([["Leads of March", "", ""], ["", "", ""], ["id", "date", "text"], ["1", "2026-03-02", "Hello"]])
    2
    >>> above_header([["id", "date", "text"], ["1", "", ""]])
    0
    """
    filled = [sum(bool(cell.strip()) for cell in row) for row in grid]
    most = max(filled, default=0)
    if most < 3:
        return 0
    first = next(at for at, count in enumerate(filled) if count > TITLE_SHARE * most)
    return first if filled[first] >= 0.6 * most else 0
