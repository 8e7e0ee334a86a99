"""What lies in an export and is not read: sheets and files that `files` of its mapping does not name."""

import csv
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from inquiry_intent.errors import SourceError, counted
from inquiry_intent.sources.building import without
from inquiry_intent.sources.files import column_names, format_of, read_file, sheet_names
from inquiry_intent.sources.headers import above_header, first_records
from inquiry_intent.sources.rows import Rows
from inquiry_intent.sources.schema import FileRule, Mapping, matches
from inquiry_intent.sources.time_words import without_times

#: Of a folder or workbook that holds more, so many other files or sheets are looked into, and the rows of so many
#: files and sheets counted.
LOOKED, COUNTED = 100, 20
#: Of a file of more bytes than this the rows are not counted; JSON and Parquet are not even opened for their columns.
LARGE = 64_000_000
#: What reading a file that nobody asked for may end in; then nothing is known of its columns.
UNREADABLE = (SourceError, csv.Error, UnicodeError, OSError, EOFError, zlib.error)
#: What does not change of an inquiry from one export to the next.
LASTING = ("inquiry_id", "client_id", "received_at")
#: So many names stand in a message.
SHOWN = 6


class Place(NamedTuple):
    """A file, or a sheet of one."""

    path: Path
    sheet: str | None


@dataclass(frozen=True)
class Unread:
    """A file or sheet with the columns of one that is read, or nearly: the entry of that, and what only one has."""

    place: Place
    key: str
    differ: tuple[str, ...]
    skip_rows: int


def unread(export: Path, mapping: Mapping, files: dict[str, Rows], named: set[Place]) -> list[str]:
    """Say what an export holds beside what is read.

    It is a warning where the columns are those of a file or sheet that is read, or nearly: most likely it is this
    month's. But not where all of its rows are read elsewhere, as those of yesterday's export are.

    Parameters
    ----------
    files : dict of Rows
        What was read, by entry of the mapping's `files`, without forbidden columns.
    named : set of Place
        The files and sheets that the mapping names; of a file that is no workbook, and of one whose first sheet is
        meant, the sheet is None.
    """
    notes, alike = [], []
    for path in sorted({place.path for place in named}):
        others = [Place(path, sheet) for sheet in _other_sheets(path, named)]
        found = _alike(others, mapping, files)
        alike += found
        rest = [str(place.sheet) for place in others if place not in {one.place for one in found}]
        if rest and Place(path, None) not in named:  # reading the first sheet only has its own note
            notes.append(f"{_name(path, export)}: read by no entry of 'files': {names_of(rest, 'sheet')}")
    others = [] if export.is_file() else _other_files(export, mapping, named)
    found = _alike(others, mapping, files)
    alike += found
    if rest := [_name(place.path, export) for place in others if place not in {one.place for one in found}]:
        notes.append(f"read by no entry of 'files': {names_of(rest, 'file')}")
    return [*_told(alike, export, mapping, files), *notes]


def _name(path: Path, export: Path) -> str:
    return path.name if export.is_file() else str(path.relative_to(export))


def names_of(names: list[str], noun: str) -> str:
    """The first of some names, and how many more there are."""
    more = f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
    return f"{noun if len(names) == 1 else noun + 's'} {', '.join(map(repr, names[:SHOWN]))}{more}"


def _other_sheets(path: Path, named: set[Place]) -> list[str]:
    """The sheets of a workbook that are not named."""
    try:
        sheets = sheet_names(path)
    except UNREADABLE:
        return []
    known = {place.sheet or next(iter(sheets), None) for place in named if place.path == path}
    return [sheet for sheet in sheets if sheet not in known]


def _other_files(export: Path, mapping: Mapping, named: set[Place]) -> list[Place]:
    """The files beside those that are named, of a format that is read; first those whose names are like theirs."""
    folders = {export, *(place.path.parent for place in named)}
    paths = [path for folder in sorted(folders) for path in sorted(folder.iterdir()) if format_of(path) is not None]
    known, like = {place.path for place in named}, {_stem(Path(rule.path).stem) for rule in mapping.files.values()}
    found = [path for path in paths if path not in known and path.is_file() and not path.name.startswith((".", "~$"))]
    return [Place(path, None) for path in sorted(found, key=lambda path: _stem(path.stem) not in like)]


def _stem(name: str) -> str:
    """A name without its numbers and months, in which the names of files and sheets of one kind differ."""
    return "".join(sign for sign in without_times(name).casefold() if sign.isalpha() and sign not in "年月")


def _alike(places: list[Place], mapping: Mapping, files: dict[str, Rows]) -> list[Unread]:
    """Those of some places, of the first LOOKED, that have the columns of a file or sheet that is read, or nearly."""
    found = []
    for place in places[:LOOKED]:
        headers = _headers(place, {mapping.files[key].skip_rows for key in files})
        best: tuple[int, Unread] | None = None
        for skip_rows, header in headers.items():
            for key, rows in files.items():
                theirs = frozenset(n for n in header if not any(matches(p, n) for p in mapping.files[key].forbidden))
                ours = frozenset(name for name in map(str, rows.frame) if not name.startswith("(column "))
                differ, shared = sorted(ours ^ theirs), len(ours & theirs)
                # Another name asks for more of the same: contacts and companies share half of their columns.
                share = 1 if _like_named(place, mapping.files[key], rows) else 3
                if shared > 1 and len(differ) * share <= shared and (best is None or len(differ) < best[0]):
                    best = len(differ), Unread(place, key, tuple(differ), skip_rows)
        found += [best[1]] if best is not None else []
    return found


def _like_named(place: Place, rule: FileRule, rows: Rows) -> bool:
    if place.sheet is None:
        return _stem(place.path.stem) == _stem(Path(rule.path).stem)
    return rule.sheet is not None and _stem(place.sheet) == _stem(rule.sheet)


def _headers(place: Place, skipped: set[int]) -> dict[int, frozenset[str]]:
    """What may be the header of a file or sheet, by the number of lines above: as of those read, or by its look."""
    from python_calamine import CalamineError

    kind = format_of(place.path)
    try:
        if kind in ("jsonl", "parquet"):
            small = place.path.stat().st_size <= LARGE
            rows = read_file(place.path, place.path.name, most_rows=COUNTED) if small else None
            return {} if rows is None else {0: frozenset(map(str, rows.frame))}
        records, begins = first_records(place.path, kind or "csv", place.sheet)
    except (*UNREADABLE, CalamineError):
        return {}
    skips = sorted({*skipped, begins[above_header(records)]})
    lines = {skip: records[begins.index(skip)] for skip in skips if skip in begins[: len(records)]}
    named = {skip: column_names([cell.strip() for cell in record]) for skip, record in lines.items()}
    return {skip: frozenset(n for n in names if not n.startswith("(column ")) for skip, names in named.items()}


def _told(alike: list[Unread], export: Path, mapping: Mapping, files: dict[str, Rows]) -> list[str]:
    """A line for all that have the same columns: the sheets of a workbook, or files."""
    groups: dict[tuple[str, tuple[str, ...], Path | None], list[Unread]] = {}
    for one in alike:
        groups.setdefault((one.key, one.differ, one.place.path if one.place.sheet else None), []).append(one)
    notes, read = [], 0
    for (key, _, book), group in groups.items():
        counts = [_counted(one, mapping, files) for one in group[: max(COUNTED - read, 0)]]
        read += len(counts)
        known = [both for both in counts if both is not None]
        count, fresh = sum(both[0] for both in known), sum(both[1] for both in known)
        whole = len(known) == len(group)
        if whole and count == 0:
            continue  # next month's sheet, made before the month
        said = _said(group, export, mapping)
        if whole and fresh == 0:
            notes.append(f"{said}. Not read; all {counted(count, 'row')} are among those read")
            continue
        if known:
            total = f"{count:,} ROWS" if whole else f"{count:,} and more ROWS"
        else:
            total = f"{'ITS' if len(group) == 1 else 'THEIR'} ROWS, not counted,"
        part = f" ({count - fresh:,} of them are also elsewhere)" if fresh < count else ""
        those, where = "it" if len(group) == 1 else "them", "sheet" if book else "path"
        todo = ["make the columns alike"] if group[0].differ else []
        if not (book and mapping.files[key].sheets):
            todo.append(f"name {those} there, or let '{where}' hold '*'")
        how = ", and ".join(todo) or "see the lines above its header"
        notes.append(
            f"WARNING: {said}: {total} ARE NOT READ{part}. To read {those}, {how}; to leave {those} out, give "
            f"{those} an entry that no table uses"
        )
    return notes


def _said(group: list[Unread], export: Path, mapping: Mapping) -> str:
    """Which files, or sheets of a workbook, have the columns of which entry."""
    (path, sheet), rule, differ = group[0].place, mapping.files[group[0].key], group[0].differ
    if sheet is not None:
        what = f"{_name(path, export)}: {names_of([str(one.place.sheet) for one in group], 'sheet')}"
    else:
        what = names_of([_name(one.place.path, export) for one in group], "file")
    like = "nearly the columns" if differ else "the columns"
    return (
        f"{what}, read by no entry of 'files', {'has' if len(group) == 1 else 'have'} {like} of files.{group[0].key} "
        f"({rule.path}{f', sheet {rule.sheet!r}' if rule.sheet else ''})"
    ) + (f"; only one of both has {list(differ[:SHOWN])}" if differ else "")


def _counted(one: Unread, mapping: Mapping, files: dict[str, Rows]) -> tuple[int, int] | None:
    """How many rows a file or sheet has, read as those that are like it, and how many of them are not among those read.

    None: it cannot be read so, or is too large to be read for its number. The rows themselves are not kept: nobody
    asked for them, and those of many files may not fit into memory.
    """
    rule, (path, sheet) = mapping.files[one.key], one.place
    try:
        if path.stat().st_size > LARGE:
            return None
        rows = read_file(
            path,
            path.name,
            file_format=format_of(path) or rule.format,
            encoding=rule.encoding,
            delimiter=rule.delimiter,
            quote=rule.quote,
            sheet=sheet,
            skip_rows=one.skip_rows,
        )
    except UNREADABLE:
        return None
    rows = without(rows, rule.forbidden)
    return len(rows.frame) + len(rows.broken), _fresh(rows, one.key, mapping, files)


def _fresh(rows: Rows, key: str, mapping: Mapping, files: dict[str, Rows]) -> int:
    """How many rows are not among those read: by what tells inquiries apart for good, else as a whole.

    An id alone says nothing: each sheet may count anew. Nor do client and time without an id of the export.
    """
    shared = set(map(str, rows.frame)) & set(map(str, files[key].frame))
    rules = [rule.columns for rule in mapping.inquiries if rule.from_ == key]
    lasting = {column for rule in rules for name in LASTING if name in rule for column in rule[name].used}
    by_id = bool(rules) and all("inquiry_id" in rule and rule["inquiry_id"].used for rule in rules)
    columns = sorted(lasting if by_id and lasting <= shared else shared)
    known = [_hashes(other.frame[columns]) for other in files.values() if set(columns) <= set(map(str, other.frame))]
    return int((~_hashes(rows.frame[columns]).isin(pd.concat(known))).sum()) + len(rows.broken)


def _hashes(frame: pd.DataFrame) -> pd.Series:
    return pd.util.hash_pandas_object(frame.astype("str").fillna(""), index=False)
