"""Read loose messages, one a row with an id of its own, for commands that need no tables."""

from pathlib import Path

import pandas as pd

from inquiry_intent.errors import TableError, listed
from inquiry_intent.sources.files import read_file
from inquiry_intent.tables import MAX_TEXT_CHARACTERS

NEEDED = ("message_id", "text")
OPTIONAL = ("language", "direction")


def read_texts(path: Path) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Read the messages of one file, in any format that `read_file` knows.

    Parameters
    ----------
    path : Path
        With columns message_id and text, and language and direction where it has them.

    Returns
    -------
    (DataFrame, tuple of str)
        These columns as text, NaN where a cell is blank; and what the reader noticed, e.g. a guessed encoding.

    Raises
    ------
    SourceError
        If the file cannot be read.
    TableError
        If a column is missing, or rows are broken, share or lack an id, or are too long: every such row at once.
    """
    rows = read_file(path, path.name)
    frame, numbers = rows.frame, rows.origin["row"]
    if missing := [column for column in NEEDED if column not in frame]:
        raise TableError(
            f"{path} has no column {missing}; it has {list(frame)}. Name the columns so. "
            "(`classify` also takes a raw export, with --mapping.)"
        )
    frame = frame[[column for column in (*NEEDED, *OPTIONAL) if column in frame]]
    if nested := [column for column in frame if frame[column].dtype == "object"]:
        raise TableError(f"{path}: {nested} hold lists, expected one text a row. Give each message a row of its own.")
    frame = frame.mask(frame.apply(lambda cells: cells.str.strip() == ""))
    ids, lengths = frame["message_id"], frame["text"].str.len()
    problems = [f"row {row}: {reason}" for row, reason in zip(rows.broken["row"], rows.broken["reason"], strict=True)]
    problems += [f"row {row}: message_id is empty" for row in numbers[ids.isna()]]
    for name, shared in numbers[ids.notna() & ids.duplicated(keep=False)].groupby(ids, sort=False):
        first, *others = shared
        problems.append(f"row {first}: message_id {str(name)[:80]!r} stands again in {_named(others)}")
    problems += [
        f"row {numbers[i]}: the text has {length:,.0f} characters, at most {MAX_TEXT_CHARACTERS:,} are taken; cut it"
        for i, length in lengths[lengths > MAX_TEXT_CHARACTERS].items()
    ]
    if problems:
        raise TableError(
            f"{path}, {len(problems)} problem(s):\n{listed(problems)}\n"
            "Results name their message by its id: give each row one of its own."
        )
    return frame, rows.notes


def _named(rows: list[int], most: int = 5) -> str:
    shown = f"row{'s' * (len(rows) > 1)} {', '.join(map(str, rows[:most]))}"
    return shown if len(rows) <= most else f"{shown} and {len(rows) - most} more"
