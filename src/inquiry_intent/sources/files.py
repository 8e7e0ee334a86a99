"""Read one file of an export as raw rows: CSV, TSV, XLSX, JSON lines or Parquet, each also gzipped."""

import csv
import gzip
import io
import itertools
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, BinaryIO, Literal

import pandas as pd

from inquiry_intent.errors import SourceError
from inquiry_intent.sources.cells import without_marks
from inquiry_intent.sources.encodings import damaged, decoded
from inquiry_intent.sources.json_files import read_json
from inquiry_intent.sources.rows import (
    Rows,
    as_json,
    broken_rows,
    load_json,
    no_broken_rows,
    origin_of,
    without_headers,
)
from inquiry_intent.tables import TEXT

Format = Literal["csv", "tsv", "xlsx", "jsonl", "parquet"]
SUFFIXES: dict[str, Format] = {
    ".csv": "csv",
    ".txt": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
    ".xls": "xlsx",
    ".xlsb": "xlsx",
    ".ods": "xlsx",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".parquet": "parquet",
    ".pq": "parquet",
}
DELIMITERS = ",;\t|"
CHUNK_ROWS = 100_000
SNIFFED_LINES = 20
#: Longest cell the CSV reader takes; longer than any text that is kept, so that such a row is quarantined, not fatal.
MAX_CELL_CHARACTERS = 2**31 - 1
#: What programs of the DOS era write behind the last line.
DOS_END = "\x1a"
GZIP_MAGIC = b"\x1f\x8b"
#: Up to this share of a column's times in a workbook may fall on 0:00 by chance; of whole hours it is 1 in 24.
MIDNIGHTS = 0.05
ZIP_MAGIC, OLE_MAGIC, PARQUET_MAGIC = b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"PAR1"


class NoSheetError(SourceError):
    """A workbook lacks the sheet that was named."""


class EmptySheetError(SourceError):
    """A sheet of a workbook has no cells."""


def format_of(path: Path) -> Format | None:
    """The format that a file's name tells, with or without .gz; None: none that is read."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] == ".gz":
        suffixes.pop()
    return SUFFIXES.get(suffixes[-1]) if suffixes else None


def read_file(
    path: Path,
    name: str,
    *,
    file_format: Format | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    quote: str = '"',
    sheet: str | None = None,
    skip_rows: int = 0,
    most_rows: int | None = None,
) -> Rows:
    """Read a file as text, no value interpreted.

    Parameters
    ----------
    path, name : Path, str
        The file, and what to call it in messages.
    file_format : str, optional
        None: told by the name's suffix.
    encoding : str, optional
        Of a text file. None: UTF-8, or by its byte order mark, or else guessed, which a note says.
    delimiter : str, optional
        Between cells. None: tab in .tsv, else the one of `, ; tab |` that splits the header most.
    quote : str
        Around cells that hold delimiters; empty: quotes are plain characters.
    sheet : str, optional
        Of a workbook. None: its first.
    skip_rows : int
        Lines of a CSV or workbook before its header.
    most_rows : int, optional
        Stop after about this many rows.

    Raises
    ------
    SourceError
        If it is missing, empty, truncated, in another encoding or of an unknown format.
    NoSheetError
        If a workbook lacks the sheet; it is a SourceError.
    """
    kind = file_format or format_of(path)
    if kind is None:
        raise SourceError(
            f"{name}: unknown format; expected a name in {' '.join(SUFFIXES)} (or with .gz), or 'format:'"
        )
    try:
        with opened(path) as stream:
            kind, notes = by_content(stream, name, kind)
            if kind == "parquet":
                rows = _read_parquet(stream, name)
                return replace(rows, notes=(*notes, *rows.notes))
            if kind == "xlsx":
                rows = _read_workbook(stream, name, sheet, skip_rows)
                return replace(rows, notes=(*notes, *rows.notes))
            text, encoding_notes = decoded(stream, name, encoding)
            notes += encoding_notes
            try:
                if kind == "jsonl":
                    rows = read_json(text, name, most_rows)
                else:
                    between = "\t" if kind == "tsv" and delimiter is None else delimiter
                    rows = _read_delimited(text, name, between, quote, skip_rows, most_rows)
            except UnicodeDecodeError as error:
                raise SourceError(
                    f"{name} is not {error.encoding}: byte {error.object[error.start]:#04x} is no part of it "
                    f"({error.reason}); set 'encoding:' of this file (utf-8, gb18030, latin-1, …)"
                ) from None
            return Rows(rows.frame, rows.origin, rows.broken, (*notes, *rows.notes))
    except FileNotFoundError:
        raise SourceError(f"{name} does not exist") from None
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise SourceError(f"{name} is a damaged or truncated gzip file ({error}); export it again") from None


def by_content(stream: BinaryIO, name: str, kind: Format) -> tuple[Format, list[str]]:
    """The format that a file's first bytes show where its name is wrong, and a note that says so.

    Raises
    ------
    SourceError
        If the file is empty, an archive, or a web page.
    """
    start: bytes = stream.peek(16)  # type: ignore[attr-defined]
    if not start:
        raise SourceError(f"{name} is empty (0 bytes); export it again")
    page = start.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] == b"<"
    if page and kind != "jsonl":
        raise SourceError(f"{name} is a web page or XML, not {kind}; open it in a spreadsheet and save it as .xlsx")
    if start.startswith(PARQUET_MAGIC):
        found: Format = "parquet"
    elif start.startswith((ZIP_MAGIC, OLE_MAGIC)):
        found = "xlsx"
    else:
        found = "csv" if kind == "xlsx" else kind
    return found, [f"{name} holds {found}, whatever its name says"] if found != kind else []


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The file's bytes, unzipped if they are gzip's, whatever the name says."""
    with path.open("rb") as raw:
        zipped = raw.read(2) == GZIP_MAGIC
        raw.seek(0)
        if zipped:
            with gzip.open(raw) as stream:
                yield stream  # type: ignore[misc]
        elif path.suffix.lower() == ".gz":
            raise gzip.BadGzipFile("it does not begin as one")
        else:
            yield raw


def _named(header: Sequence[str], name: str) -> tuple[list[str], list[str]]:
    """Unique column names of a header, and a note on those that had to be changed."""
    names: list[str] = []
    for position, cell in enumerate(header, start=1):
        base = without_marks(cell) or f"(column {position})"
        unique, copy = base, 2
        while unique in names:
            unique, copy = f"{base} ({copy})", copy + 1
        names.append(unique)
    changed = [new for new, old in zip(names, header, strict=True) if new != without_marks(old) and without_marks(old)]
    return names, [f"{name} repeats column names; the later ones are called {changed}"] if changed else []


def column_names(header: Sequence[str]) -> list[str]:
    """The names that the columns below a header get."""
    return _named(header, "")[0]


def _read_delimited(
    text: io.TextIOWrapper, name: str, delimiter: str | None, quote: str, skip_rows: int, most_rows: int | None
) -> Rows:
    csv.field_size_limit(MAX_CELL_CHARACTERS)
    for _ in range(skip_rows):
        text.readline()
    first = list(itertools.islice(text, SNIFFED_LINES))
    if not first:
        raise SourceError(f"{name} is empty; export it again")
    if first[0].lower().startswith("sep=") and len(first[0].strip()) <= 5:
        # A spreadsheet's own line, which names the delimiter.
        delimiter = delimiter or first[0][4:5].strip("\r\n") or "\t"
        skip_rows, first = skip_rows + 1, first[1:]
    quoting: dict[str, Any] = {"quotechar": quote} if quote else {"quoting": csv.QUOTE_NONE}
    between = delimiter or _delimiter_of(first, quoting)
    lines = _Lines(itertools.chain(first, text))
    reader = csv.reader(lines, delimiter=between, strict=True, **quoting)
    try:
        header = next(reader)
        if not any(cell.strip() for cell in header):
            raise SourceError(
                f"{name}: row {1 + skip_rows} has no column names; it must be the header (see 'skip_rows:')"
            )
        if damaged("".join(header)):
            raise SourceError(f"{name}: its header holds bytes that are no UTF-8; export it again, or set 'encoding:'")
        names, notes = _named(header, name)
        chunks: list[pd.DataFrame] = []
        numbers: list[int] = []
        broken: list[tuple[str, int, str, str]] = []
        row = 1 + skip_rows
        above, last = names, names
        while chunk := _next_rows(reader, name, row):
            chunk_numbers = list(range(row + 1, row + 1 + len(chunk)))
            row += len(chunk)
            chunk = [_without_empty_tail(cells, len(names)) for cells in chunk]
            above, last = [above, last, *chunk[-2:]][-2:]
            whole = [len(cells) == len(names) for cells in chunk]
            if text.errors != "strict":
                whole = [good and not damaged("".join(cells)) for good, cells in zip(whole, chunk, strict=True)]
            if not all(whole):
                broken += _misshapen(chunk, chunk_numbers, names, name)
                chunk_numbers = list(itertools.compress(chunk_numbers, whole))
                chunk = list(itertools.compress(chunk, whole))
            chunks.append(_frame_of_cells(chunk, names))
            numbers += chunk_numbers
            if most_rows is not None and row > most_rows:
                break
    except csv.Error as error:
        raise _badly_quoted(name, 1 + skip_rows, reader.line_num, error) from None
    # A remark below the table, which may lack a line end as well, stands below a blank line or another remark.
    if not lines.last.endswith(("\n", "\r")) and 0 < len(last) < len(names) == len(above):
        raise SourceError(
            f"{name} is truncated: its last line, row {row}, breaks off after {len(last)} of {len(names)} cells; "
            "export it again, or end that line if nothing is missing"
        )
    frame = pd.concat(chunks, ignore_index=True) if chunks else _frame_of_cells([], names)
    return without_headers(Rows(frame, origin_of(name, numbers), broken_rows(broken), tuple(notes)), header, name)


class _Lines:
    """The lines of a file up to a lone mark of its end; `last` is the one read last."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.last = ""
        self._lines = iter(lines)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        if line == DOS_END:
            raise StopIteration
        self.last = line
        return line


def _next_rows(reader: Any, name: str, row: int) -> list[list[str]]:
    """The next rows, at most a chunk; `row` is the number of the last one read."""
    chunk: list[list[str]] = []
    try:
        chunk.extend(itertools.islice(reader, CHUNK_ROWS))  # what was read before an error stays in it
    except csv.Error as error:
        raise _badly_quoted(name, row + len(chunk) + 1, reader.line_num, error) from None
    return chunk


def _badly_quoted(name: str, row: int, line: int, error: csv.Error) -> SourceError:
    return SourceError(
        f"{name} row {row} (near line {line}): {error}; a quoted cell is not closed or has quotes inside. "
        "Export it again, or set 'quote: \"\"' if quotes are plain characters in this file"
    )


def _without_empty_tail(cells: list[str], width: int) -> list[str]:
    """The cells without empty ones beyond the header, as a delimiter at the end of each line gives."""
    return cells[:width] if len(cells) > width and not any(map(str.strip, cells[width:])) else cells


def _delimiter_of(lines: list[str], quoting: dict[str, Any]) -> str:
    """The delimiter that gives most rows as many cells as the header, and then the most columns."""

    def fit(delimiter: str) -> tuple[bool, float, int]:
        header, *rows = csv.reader(lines, delimiter=delimiter, **quoting)
        like = sum(len(row) == len(header) for row in rows) / max(len(rows), 1)
        return len(header) > 1, like, len(header)

    return max(DELIMITERS, key=fit)


def _misshapen(
    chunk: list[list[str]], numbers: list[int], names: list[str], name: str
) -> Iterator[tuple[str, int, str, str]]:
    """Rows that are none of the table's, each cell by the name of the column it stands in."""
    for cells, number in zip(chunk, numbers, strict=True):
        beyond = [f"(column {position})" for position in range(len(names) + 1, len(cells) + 1)]
        found = {column: cell for column, cell in zip([*names, *beyond], cells, strict=False) if cell}
        record = as_json(found).encode("utf-8", "replace").decode()
        if cells and len(cells) != len(names):  # a blank line is no row
            yield name, number, f"has {len(cells)} cells, the header has {len(names)}", record
        elif damaged(record) or damaged("".join(cells)):
            yield name, number, "holds bytes that are no UTF-8", record


def _frame_of_cells(cells: Sequence[Sequence[str | None]], names: list[str]) -> pd.DataFrame:
    columns = list(zip(*cells, strict=True)) if cells else [()] * len(names)
    return pd.DataFrame({n: pd.Series(column, dtype=TEXT) for n, column in zip(names, columns, strict=True)})


def workbook(stream: BinaryIO) -> Any:
    """A workbook, opened; a CalamineError says that it is none."""
    from python_calamine import CalamineWorkbook

    return CalamineWorkbook.from_filelike(io.BytesIO(stream.read()))


def sheet_names(path: Path) -> list[str]:
    """The sheets of a workbook, in their order; of a file that is none by its content, none."""
    from python_calamine import CalamineError

    try:
        with opened(path) as stream:
            kind, _ = by_content(stream, path.name, format_of(path) or "xlsx")
            names: list[str] = workbook(stream).sheet_names if kind == "xlsx" else []
    except (CalamineError, SourceError, OSError, EOFError, zlib.error):
        return []  # reading it says why
    return names


def _read_workbook(stream: BinaryIO, name: str, sheet: str | None, skip_rows: int) -> Rows:
    from python_calamine import CalamineError

    try:
        book = workbook(stream)
        names = book.sheet_names
        if sheet is not None and sheet not in names:
            raise NoSheetError(f"{name} has no sheet {sheet!r}, expected one of {names}")
        here = book.get_sheet_by_name(sheet or names[0])
        grid = here.to_python(skip_empty_area=False)
    except CalamineError as error:
        raise SourceError(
            f"{name} is no whole workbook ({error}); export it again, or unpack it if it is an archive"
        ) from None
    own = [any(cell is not None and cell != "" for cell in row) for row in grid]
    numbers = _fill_merged(grid, here.merged_cell_ranges or [])
    _write_midnights(grid)
    cells = [[_cell_text(cell) for cell in row] for row in grid[skip_rows:]]
    if not cells:
        raise EmptySheetError(f"{name}, sheet {sheet or names[0]!r} is empty; export it again")
    first = [cell or "" for cell in cells[0]]
    header, notes = _named(first, name)
    if once := [header[column] for column in sorted(numbers)]:
        notes.append(f"{name}: numbers merged over several rows count in the first of them only: {once}")
    if sheet is None and len(names) > 1:
        notes.append(f"{name} has sheets {names}; the first was read. Set 'sheet:' to choose")
    filled = [(number, row) for number, row in enumerate(cells[1:], start=skip_rows + 2) if own[number - 1]]
    frame = _frame_of_cells([row for _, row in filled], header)
    # Rows of several sheets have the same numbers.
    told = sheet or names[0] if len(names) > 1 else None
    rows = Rows(frame, origin_of(name, [number for number, _ in filled], told), no_broken_rows(), tuple(notes))
    return without_headers(rows, first, name)


def _fill_merged(grid: list[list[Any]], ranges: Sequence[tuple[tuple[int, int], tuple[int, int]]]) -> set[int]:
    """Write the value of cells merged over several rows into each of these rows; of several columns, into the first.

    A note over the whole width of a sheet says nothing of its other columns. A number may be the sum of its rows, so it
    is not repeated: returns the columns that have such.
    """
    numbers = set()
    for (top, left), (bottom, _) in ranges:
        if top == bottom or top >= len(grid) or left >= len(grid[top]):  # an empty frame beside the cells
            continue
        if isinstance(value := grid[top][left], int | float):
            numbers.add(left)
            continue
        for row in grid[top + 1 : bottom + 1]:
            row[left] = value
    return numbers


def _write_midnights(grid: list[list[Any]]) -> None:
    """Give the few cells of a column of times that have a date alone their clock, 0:00.

    A workbook keeps both alike, as a number of days, and a whole number is read as a date. In a column of which more
    are such, somebody left the clock out.
    """
    for column in range(max(map(len, grid), default=0)):
        cells = [(row, row[column]) for row in grid if column < len(row) and isinstance(row[column], date)]
        dates = [(row, cell) for row, cell in cells if not isinstance(cell, datetime)]
        if 0 < len(dates) <= MIDNIGHTS * len(cells):
            for row, cell in dates:
                row[column] = datetime.combine(cell, time())


def _cell_text(cell: object) -> str | None:
    """A workbook's typed cell as text: whole numbers without a point, times as ISO, an empty cell as None."""
    if cell == "" or cell is None:
        return None
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        return str(int(cell))
    return cell.isoformat() if isinstance(cell, (datetime, date, time)) else str(cell)


def _read_parquet(stream: BinaryIO, name: str) -> Rows:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.ParquetFile(io.BytesIO(stream.read())).read()
    except (pa.ArrowInvalid, OSError) as error:
        raise SourceError(f"{name} is no whole Parquet file ({error}); export it again") from None
    while any(pa.types.is_struct(field.type) for field in table.schema):
        table = table.flatten()
    names, notes = _named(table.column_names, name)
    columns = {}
    for column, values in zip(names, table.columns, strict=True):
        if pa.types.is_list(values.type) or pa.types.is_large_list(values.type):
            columns[column] = pd.Series([_json_value(cell) for cell in values.to_pylist()], dtype="object")
        else:
            columns[column] = _arrow_text(values, name, column)
    frame = pd.DataFrame(columns)
    return Rows(frame, origin_of(name, range(1, len(frame) + 1)), no_broken_rows(), tuple(notes))


def _arrow_text(values: "object", name: str, column: str) -> pd.Series:
    import pyarrow as pa

    try:
        return pd.Series(values.cast(pa.string()).to_pandas(), dtype=TEXT)  # type: ignore[attr-defined]
    except pa.ArrowInvalid as error:
        raise SourceError(f"{name}: column {column!r} cannot be read as text ({error})") from None


def _json_value(cell: object) -> object:
    """A nested Parquet cell with the leaves of a JSON one."""
    return None if cell is None else load_json(as_json(cell))
