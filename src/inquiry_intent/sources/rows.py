"""Raw rows of an export: every cell as text, each row with the file and the line it came from."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from inquiry_intent.errors import counted
from inquiry_intent.tables import TEXT

BROKEN = ["file", "row", "reason", "record"]
QUARANTINE = ["table", *BROKEN, "inquiry_id"]
NUMBER = re.compile(r"\d+")


@dataclass(frozen=True)
class Rows:
    """Rows read from one or several files of the same shape.

    Attributes
    ----------
    frame : DataFrame of shape (n_rows, n_columns)
        Index 0 … n_rows - 1. Text as in the file (`str`, NaN: no value there); a nested list stays a Python list in an
        `object` column. A nested object's fields are columns of their own, `outer.inner`.
    origin : DataFrame of shape (n_rows, 3)
        file (relative to the export, with the sheet of a workbook that has several) and row, as a spreadsheet or an
        editor counts: the header is row 1. path: the file alone, for ids, which other sheets must not change; where an
        entry takes several sheets, the sheet too.
    broken : DataFrame of shape (n_broken, 4)
        file, row, reason, record: rows that are no rows of this shape (too few cells, no JSON).
    notes : tuple of str
        What the reader should know: a guessed encoding, a repeated column name.
    """

    frame: pd.DataFrame
    origin: pd.DataFrame
    broken: pd.DataFrame
    notes: tuple[str, ...] = ()

    def where(self, mask: pd.Series) -> "Rows":
        """The rows for which `mask` holds; the broken ones are not among them."""
        return Rows(
            self.frame[mask].reset_index(drop=True),
            self.origin[mask].reset_index(drop=True),
            no_broken_rows(),
            self.notes,
        )

    def records(self, positions: Sequence[int]) -> list[str]:
        """Raw rows as JSON, without their empty cells."""
        return [
            as_json({str(name): cell for name, cell in row.items() if isinstance(cell, list) or pd.notna(cell)})
            for row in self.frame.iloc[list(positions)].to_dict("records")
        ]


def as_json(record: object) -> str:
    return json.dumps(record, ensure_ascii=False, default=str)


def no_broken_rows() -> pd.DataFrame:
    return broken_rows([])


def broken_rows(rows: Sequence[tuple[str, int, str, str]]) -> pd.DataFrame:
    """A frame of (file, row, reason, record)."""
    return pd.DataFrame(rows, columns=BROKEN).astype({"file": TEXT, "row": "int64", "reason": TEXT, "record": TEXT})


def origin_of(path: str, rows: Sequence[int], sheet: str | None = None) -> pd.DataFrame:
    """Where rows come from; `sheet` where the file has several."""
    file = path if sheet is None else f"{path}, sheet {sheet!r}"
    columns = {"file": pd.Series([file] * len(rows), dtype=TEXT), "row": pd.Series(rows, dtype="int64")}
    return pd.DataFrame(columns | {"path": pd.Series([path] * len(rows), dtype=TEXT)})


def joined(parts: Sequence[Rows]) -> Rows:
    """The rows of several files as one."""
    if len(parts) == 1:
        return parts[0]
    return Rows(
        pd.concat([part.frame for part in parts], ignore_index=True),
        pd.concat([part.origin for part in parts], ignore_index=True),
        pd.concat([part.broken for part in parts], ignore_index=True),
        tuple(note for part in parts for note in part.notes),
    )


def without_headers(rows: Rows, header: Sequence[str], name: str) -> Rows:
    """Rows without those that only repeat the header, as boards in groups and files put together have them.

    The title of a group, a single cell above such a row, is no record either, unless it is numbered as records are. A
    note counts both.

    Parameters
    ----------
    header : sequence of str
        The header's cells as written; `rows` may have other names for cells that are empty or stand there twice.
    """
    cells = [(said.strip(), column) for said, column in zip(header, rows.frame, strict=True) if said.strip()]
    again = pd.Series(len(cells) > 1, index=rows.frame.index)  # one word alone may be somebody's answer
    for said, column in cells:
        again &= rows.frame[column].str.strip().eq(said)
        if not again.any():
            return rows
    # A group's title stands in one cell right above its header.
    above = again.shift(-1, fill_value=False) & ~again
    filled = sum(rows.frame[column][above].fillna("").str.strip().ne("") for column in rows.frame)
    titles = above[above].index[filled == 1] if len(cells) > 2 else above.index[:0]
    titles = titles[~_numbered_like(rows.frame.loc[titles], rows.frame[~again & ~above])]
    note = f"{name}: the header is repeated {counted(int(again.sum()), 'time')}"
    note += (
        f", below {counted(len(titles), 'title')} of groups; these rows are left out" if len(titles) else ", left out"
    )
    kept = rows.where(~again & ~again.index.isin(titles))
    return replace(kept, broken=rows.broken, notes=(*rows.notes, note))


def _numbered_like(found: pd.DataFrame, others: pd.DataFrame) -> pd.Series:
    """Which of some rows of one cell have one numbered as those of others are: records that have but their key."""
    like = pd.Series(False, index=found.index)
    for column in found if len(found) else ():
        shapes = found[column].str.strip().str.replace(NUMBER, "0", regex=True)
        known = others[column].str.strip().str.replace(NUMBER, "0", regex=True).unique()
        like |= shapes.str.contains("0", regex=False, na=False) & shapes.isin(known)
    return like


def load_json(text: str) -> Any:
    """Parse JSON, numbers as the text they are written as, so that ids and decimals stay what they were.

    >>> load_json('{"id": 1.50}')
    {'id': '1.50'}

    Raises
    ------
    ValueError
        If it is no JSON, nested too deep, or holds half a surrogate pair, which no file can store.
    """
    try:
        value = json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
        if "\\u" in text:
            as_json(value).encode()
    except RecursionError:
        raise ValueError("is nested too deep") from None
    except UnicodeEncodeError:
        raise ValueError("holds half a surrogate pair, no character") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"is no JSON ({error.msg} at character {error.pos})") from None
    return value


def text_frame(records: Iterable[dict[str, Any]]) -> pd.DataFrame:
    """Records as a frame: nested objects flattened to `outer.inner`, leaves as text, lists as they are.

    Where most cells of a column are no lists, the lists among them become JSON text, so that one odd row does not
    decide what the column is.

    >>> text_frame([{"id": "1", "outcome": {"reward": "0"}}])
      id outcome.reward
    0  1              0
    """
    frame = pd.DataFrame.from_records([dict(_leaves(record, "")) for record in records])
    lists = []
    for name in frame:
        nested = frame[name].map(lambda cell: isinstance(cell, list))
        if nested.sum() * 2 > frame[name].notna().sum():
            lists.append(name)
        elif nested.any():
            frame[name] = frame[name].map(lambda cell: as_json(cell) if isinstance(cell, list) else cell)
    return frame.astype({name: TEXT for name in frame if name not in lists})


def _leaves(value: dict[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for key, inner in value.items():
        if isinstance(inner, dict):
            yield from _leaves(inner, f"{prefix}{key}.")
        else:
            yield prefix + key, {True: "true", False: "false"}[inner] if isinstance(inner, bool) else inner


def unnested(rows: Rows, column: str) -> Rows:
    """One row for each item of the list in `column`, beside the other columns of its row.

    An object's fields become columns `column.field`; another item becomes `column`. A cell may hold the list as JSON
    text. A missing or empty list gives no row; a cell that is no list is a broken row.
    """
    lists: list[list[Any]] = []
    broken = []
    for position, cell in enumerate(rows.frame[column]):
        try:
            lists.append(_list_in(cell))
        except ValueError as error:
            lists.append([])
            file, row = rows.origin[["file", "row"]].iloc[position]
            broken.append((file, int(row), f"{column!r} {error}", rows.records([position])[0]))
    parents = pd.Series(range(len(lists))).repeat([len(items) for items in lists])
    items = text_frame({column: item} for items in lists for item in items)
    frame = pd.concat([rows.frame.drop(columns=column).iloc[parents].reset_index(drop=True), items], axis=1)
    return Rows(
        frame,
        rows.origin.iloc[parents].reset_index(drop=True),
        pd.concat([rows.broken, broken_rows(broken)], ignore_index=True),
        rows.notes,
    )


def _list_in(cell: object) -> list[Any]:
    if isinstance(cell, str) and cell.strip():
        cell = load_json(cell)
    if isinstance(cell, list):
        return cell
    if cell is None or cell != cell or cell == "":  # NaN is the one value that differs from itself
        return []
    raise ValueError(f"is {type(cell).__name__}, expected a list")


def looked_up(rows: Rows, other: Rows, name: str, left: str, right: str) -> Rows:
    """Add the columns of `other`, which has each key once, as `name.column`, by rows.left = other.right; NaN where it
    has no such row."""
    found = other.frame.add_prefix(f"{name}.")
    frame = rows.frame.merge(found, how="left", left_on=left, right_on=f"{name}.{right}", validate="many_to_one")
    return Rows(frame, rows.origin, rows.broken, (*rows.notes, *other.notes))
