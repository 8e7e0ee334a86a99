"""Read loose messages, one a row with an id of its own, for commands that need no tables."""

from pathlib import Path

import pandas as pd

from inquiry_intent.errors import TableError, counted, problems_listed
from inquiry_intent.sources.cells import cleaned, told_of
from inquiry_intent.sources.files import read_file
from inquiry_intent.sources.markup import plain_texts
from inquiry_intent.sources.times import parse_times
from inquiry_intent.tables import DIRECTIONS, MAX_TEXT_CHARACTERS, TEXT

NEEDED = ("message_id", "text")
OPTIONAL = ("inquiry_id", "language", "direction", "sent_at")
#: More rows than this share whose id stands before another text, and it is no message's own.
MOST_REPEATED = 0.2


def read_texts(path: Path) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Read the messages of one file, in any format that `read_file` knows.

    Parameters
    ----------
    path : Path
        With columns message_id and text, and inquiry_id, language, direction and sent_at where it has them.

    Returns
    -------
    (DataFrame, tuple of str)
        These columns as text, NaN where a cell is blank, HTML as plain text, sent_at as UTC; and what the reader
        noticed.

    Raises
    ------
    SourceError
        If the file cannot be read.
    TableError
        If a column is missing or holds lists, or rows are broken, lack an id, are too long or go in no known direction,
        or more than MOST_REPEATED of them share their id with another text: every such row at once.
    """
    rows, cells = cleaned(read_file(path, path.name), ["text"])
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
    problems = [
        f"row {row}: {reason}; mend or delete it"
        for row, reason in zip(rows.broken["row"], rows.broken["reason"], strict=True)
    ]
    problems += [f"row {row}: message_id is empty; give it one of its own" for row in numbers[ids.isna()]]
    said = frame[ids.notna() & frame["text"].notna()].drop_duplicates(["message_id", "text"])
    again = said[said.duplicated("message_id")]
    if len(again) > MOST_REPEATED * len(frame):
        for name, shared in numbers[said.index][said.duplicated("message_id", keep=False)].groupby(ids, sort=False):
            first, *others = shared
            problems.append(
                f"row {first}: message_id {str(name)[:80]!r} stands again in {_named(others)}; give each one of its own"
            )
    long = lengths > MAX_TEXT_CHARACTERS
    problems += [
        f"row {row}: the text has {length:,.0f} characters, at most {MAX_TEXT_CHARACTERS:,} are taken; cut it"
        for row, length in zip(numbers[long], lengths[long], strict=True)
    ]
    if "direction" in frame:
        way, expected = frame["direction"], " or ".join(DIRECTIONS)
        odd = way.notna() & ~way.isin(DIRECTIONS)
        problems += [
            f"row {row}: direction is {str(got)[:80]!r}, expected {expected}"
            for row, got in zip(numbers[odd], way[odd], strict=True)
        ]
    if problems:
        raise TableError(f"{path}, {problems_listed(problems)}")
    plain, marked = plain_texts(frame["text"])
    notes = [f"{counted(marked, 'text')} with HTML: read without tags"] if marked else []
    if "sent_at" in frame:
        times = parse_times(frame["sent_at"], ["iso", "mail"], "UTC", mixed=True)
        frame = frame.assign(sent_at=times.values)
        if unknown := int(times.unreadable.sum()):
            notes.append(f"{counted(unknown, 'sent_at')} not read, expected a time such as 2026-09-21T10:30Z")
    if len(again):
        name = again["message_id"].iloc[0]
        first = said.index[said["message_id"] == name][0]
        notes.append(
            f"row {numbers[again.index[0]]}: message_id {str(name)[:80]!r} stands in row {numbers[first]} with another "
            f"text; {counted(len(again), 'such row')} left out. Give each one of its own"
        )
    return frame.assign(text=plain), (*rows.notes, *told_of(cells), *notes)


def buyers_texts(messages: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The messages that a buyer wrote, each id once, and the others with the reason why they are left out.

    Parameters
    ----------
    messages : DataFrame
        What `read_texts` returns, or the messages of tables. Without `direction` all are the buyers'.

    Returns
    -------
    (DataFrame, DataFrame)
        Columns message_id, text, and inquiry_id, language and sent_at where there are; and message_id, reason.
    """
    ours = messages.get("direction", pd.Series(index=messages.index, dtype=TEXT)) == "outbound"
    reason = pd.Series(None, messages.index, dtype=TEXT).mask(messages["text"].isna(), "no text")
    reason = reason.mask(ours, "written by the seller")
    kept = messages[reason.isna()]
    reason[kept.index[kept.duplicated("message_id")]] = "message_id stands twice: another text"
    reason[kept.index[kept.duplicated(["message_id", "text"])]] = "message_id stands twice: the same text"
    left_out = messages[["message_id"]].assign(reason=reason)[reason.notna()]
    columns = [column for column in ("message_id", "inquiry_id", "text", "language", "sent_at") if column in messages]
    texts = messages.loc[reason.isna(), columns]
    if len(texts) + len(left_out) != len(messages) or texts["message_id"].duplicated().any():
        raise AssertionError("every message must be taken or left out, and each id taken once")
    return texts, left_out.reset_index(drop=True)


def _named(rows: list[int], most: int = 5) -> str:
    shown = f"row{'s' * (len(rows) > 1)} {', '.join(map(str, rows[:most]))}"
    return shown if len(rows) <= most else f"{shown} and {len(rows) - most} more"
