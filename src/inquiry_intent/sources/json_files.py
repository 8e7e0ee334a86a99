"""Read JSON: one object a line, one array of objects, or an object that an interface wrapped around its records."""

import io
import itertools
import json
from collections.abc import Iterable
from typing import Any

from inquiry_intent.errors import SourceError
from inquiry_intent.sources.encodings import damaged
from inquiry_intent.sources.rows import Rows, as_json, broken_rows, load_json, origin_of, text_frame

#: Keys under which interfaces put their records.
ENVELOPES = ("data", "results", "result", "records", "items", "value", "values", "rows", "list", "deals", "leads",
             "opportunities", "conversations", "tickets", "inquiries", "messages", "emails")  # fmt: skip
EXPECTED = "expected one JSON object a line, or one array of them"


def read_json(text: io.TextIOWrapper, name: str, most_rows: int | None) -> Rows:
    """Read records, nested objects flattened.

    Parameters
    ----------
    text : TextIOWrapper
        At its start.
    name : str
        What to call the file in messages.
    most_rows : int, optional
        Stop after about this many, where each has its line.

    Raises
    ------
    SourceError
        If it is no JSON, holds no object, or breaks off in its last line.
    """
    head = list(itertools.islice(text, 2))
    notes: list[str] = []
    values: Iterable[Any]
    if _is_one_value(head):
        values, notes = _records_of("".join(head) + text.read(), name)
    else:
        values = itertools.islice(itertools.chain(head, text), most_rows)
    records, numbers, broken = [], [], []
    cut = False
    for number, line in enumerate(values, start=1):
        if isinstance(line, str) and not line.strip():
            continue
        try:
            records.append(_record(line))
            numbers.append(number)
        except ValueError as error:
            raw = line if isinstance(line, str) else as_json(line)
            cut = isinstance(line, str) and _breaks_off(line)
            broken.append((name, number, str(error), raw.encode("utf-8", "replace").decode()))
    if broken and not records:
        raise SourceError(f"{name}: no line is a JSON object; row {broken[0][1]} {broken[0][2]}; {EXPECTED}")
    if cut:
        raise SourceError(f"{name} is truncated: its last line, row {broken[-1][1]}, breaks off; export it again")
    frame = text_frame(records)
    frame.columns = [str(c) if str(c).strip() else f"(column {at})" for at, c in enumerate(frame, start=1)]
    return Rows(frame, origin_of(name, numbers), broken_rows(broken), tuple(notes))


def _breaks_off(line: str) -> bool:
    """Whether a line is the last of a file that was cut: without a line end, an object that ends too early."""
    if line.endswith(("\n", "\r")) or not line.startswith("{"):
        return False
    try:
        json.loads(line)
    except json.JSONDecodeError as error:
        rest = line[error.pos :].rstrip()
        begun = not rest or any(word.startswith(rest) for word in ("true", "false", "null", "-"))
        return begun or error.msg.startswith(("Unterminated string", "Invalid \\uXXXX"))
    except RecursionError:
        pass
    return False


def _is_one_value(head: list[str]) -> bool:
    """Whether a file is one JSON value rather than one a line, by its first two lines."""
    first, second = [*head, "", ""][:2]
    if first.lstrip().startswith("["):
        return True
    if not first.lstrip().startswith("{"):
        return False
    try:
        load_json(first)
    except ValueError:
        return bool(second) and not second.startswith("{")
    return not second


def _records_of(whole: str, name: str) -> tuple[list[Any], list[str]]:
    """The records in one JSON value, and a note where they had to be looked for."""
    try:
        value = load_json(whole)
    except ValueError as error:
        raise SourceError(f"{name} {error}; {EXPECTED}") from None
    if isinstance(value, list):
        return value, []
    found = _enveloped(value, "", depth=3) if isinstance(value, dict) else None
    if found is None and "\n" in whole.strip():
        raise SourceError(f"{name} is one JSON value without a list of records; {EXPECTED}")
    if found is None:
        return [value], []
    return found[1], [f"{name}: its records are those of the list {found[0]!r}"]


def _enveloped(value: dict[str, Any], path: str, depth: int) -> tuple[str, list[Any]] | None:
    """The list of objects under one of the names that interfaces use, with its path."""
    for key, inner in value.items():
        if isinstance(inner, list) and key.lower() in ENVELOPES and inner and isinstance(inner[0], dict):
            return path + key, inner
    for key, inner in value.items():
        if isinstance(inner, dict) and depth > 1 and key.lower() in ENVELOPES:
            found = _enveloped(inner, f"{path}{key}.", depth - 1)
            if found is not None:
                return found
    return _only_list(value) if not path else None


def _only_list(value: dict[str, Any]) -> tuple[str, list[Any]] | None:
    """The only list of objects, whatever its name; not beside an id, for that is a record with its items."""
    lists = [
        key
        for key, inner in value.items()
        if isinstance(inner, list) and inner and all(isinstance(i, dict) for i in inner)
    ]
    record = any(key.lower() in ("id", "uuid") or key.endswith(("_id", "Id", "ID")) for key in value)
    return (lists[0], value[lists[0]]) if len(lists) == 1 and not record else None


def _record(line: Any) -> dict[str, Any]:
    """One object; a ValueError says what else it is."""
    if isinstance(line, str) and damaged(line):
        raise ValueError("holds bytes that are no UTF-8")
    record = load_json(line) if isinstance(line, str) else line
    if not isinstance(record, dict):
        raise ValueError("is no JSON object")
    return record
