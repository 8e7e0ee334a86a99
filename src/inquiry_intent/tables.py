"""The contract: which tables the line works on, what their columns mean, and what makes a table invalid.

Times are UTC. A table may be empty; its features are then NaN. Where an export has no times at all (`Info.timeless`),
every time is NaT, here and in the snapshots.
"""

import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, ValidationError

from inquiry_intent.errors import ConfigError, SourceError, TableError, counted, problems_listed

TIME: Final = "datetime64[us, UTC]"
TEXT: Final = "str"
NUMBER: Final = "float64"

Precision = Literal["second", "minute", "day", "month", "none"]
#: From fine to coarse.
PRECISIONS: tuple[Precision, ...] = ("second", "minute", "day", "month")

#: Column types of each table; the first line of each names its key. Every column but the required ones may be missing
#: in a file and is then filled with NaN.
COLUMNS: dict[str, dict[str, str]] = {
    "inquiries": {
        "inquiry_id": TEXT,
        "client_id": TEXT,
        "received_at": TIME,
        "channel": TEXT,
        "country": TEXT,
        "product": TEXT,
        "subject": TEXT,
        "owner": TEXT,
        "given_split": TEXT,
    },
    "messages": {
        "message_id": TEXT,
        "inquiry_id": TEXT,
        "sent_at": TIME,
        "direction": TEXT,
        "text": TEXT,
        "sender_name": TEXT,
        "sender_title": TEXT,
        "sender_email": TEXT,
        "sender_phone": TEXT,
        "attachment_count": NUMBER,
    },
    "events": {"inquiry_id": TEXT, "occurred_at": TIME, "kind": TEXT},
    "clients": {
        "client_id": TEXT,
        "known_at": TIME,
        "company": TEXT,
        "website": TEXT,
        "country": TEXT,
        "registered_at": TIME,
        "import_covered": NUMBER,
        "import_count": NUMBER,
        "import_value_usd": NUMBER,
        "last_import_at": TIME,
        "import_volatility": NUMBER,
        "supplier_stability": NUMBER,
        "web_presence": NUMBER,
        "exhibition_count": NUMBER,
    },
    "outcomes": {
        "inquiry_id": TEXT,
        "decided_at": TIME,
        "status": TEXT,
        "order_value": NUMBER,
        "currency": TEXT,
        "annual_volume": NUMBER,
    },
}
NAMES = tuple(COLUMNS)
KEYS: dict[str, list[str]] = {
    "inquiries": ["inquiry_id"],
    "messages": ["message_id"],
    "events": [],
    "clients": ["client_id", "known_at"],
    "outcomes": ["inquiry_id"],
}
REQUIRED: dict[str, list[str]] = {
    "inquiries": ["inquiry_id", "client_id", "received_at"],
    "messages": ["message_id", "inquiry_id", "sent_at", "direction"],
    "events": ["inquiry_id", "occurred_at", "kind"],
    "clients": ["client_id", "known_at"],
    "outcomes": ["inquiry_id", "status"],
}
#: When something of an inquiry happened, by table.
RECORDED = {"inquiries": "received_at", "outcomes": "decided_at", "messages": "sent_at", "events": "occurred_at"}
DIRECTIONS = ("inbound", "outbound")
STATUSES = ("won", "lost", "open")
SPLITS = ("train", "valid", "test")
#: Behaviour and commitment [003], and the moment our quotation went out, which replies are measured against [001].
EVENT_KINDS = (
    "quote_sent",
    "opened_mail",
    "clicked_link",
    "opened_attachment",
    "filled_form",
    "held_call",
    "paid_sample_freight",
    "kept_promise",
    "refused_small_request",
)
ALLOWED_VALUES: dict[tuple[str, str], tuple[str, ...]] = {
    ("inquiries", "given_split"): SPLITS,
    ("messages", "direction"): DIRECTIONS,
    ("events", "kind"): EVENT_KINDS,
    ("outcomes", "status"): STATUSES,
}
#: Lowest and highest value that makes sense; None: no bound.
RANGES: dict[tuple[str, str], tuple[float | None, float | None]] = {
    ("messages", "attachment_count"): (0, None),
    ("clients", "import_covered"): (0, 1),
    ("clients", "import_count"): (0, None),
    ("clients", "import_value_usd"): (0, None),
    ("clients", "import_volatility"): (0, None),
    ("clients", "supplier_stability"): (0, 1),
    ("clients", "web_presence"): (0, 1),
    ("clients", "exhibition_count"): (0, None),
    ("outcomes", "order_value"): (0, None),
    ("outcomes", "annual_volume"): (0, None),
}
ATTRIBUTE_PREFIX = "attr_"
#: Numbers in ids are compared as if they had so many digits.
DIGITS, PADDED = re.compile(r"\d+"), 24
MAX_TEXT_CHARACTERS = 1_000_000


class Info(BaseModel):
    """What holds for an export as a whole; kept beside its tables as `info.json`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str
    timeless: bool = False
    #: The coarsest of the export's receipt times. Features finer than it are NaN.
    time_precision: Precision = "second"
    #: Where a date of receipt is a day of: the times stand for midnight there.
    zone: str = "UTC"
    #: The coarsest of its decision dates. "On that day" is known for sure when the day is over.
    decision_precision: Precision = "second"
    #: The coarsest times of messages and events, and of when rows of clients were known. See `known_from`.
    message_precision: Precision = "second"
    event_precision: Precision = "second"
    client_precision: Precision = "second"
    #: The last moment the export knows of. A label horizon that ends later is not over. None: no times, or not told.
    known_until: datetime | None = None
    #: The moment by which that has happened for sure: the end of the minute, day or month that it stands for. None:
    #: not told. `Tables` has both by what is on record.
    recorded_until: datetime | None = None
    #: Kind of each extra attribute, by its column name (`attr_…`).
    attributes: dict[str, Literal["numeric", "categorical"]] = {}
    #: Attributes that reveal the client tier (an order amount, say): no input of the tier model.
    tier_leaks: list[str] = []
    #: Rows read, kept and quarantined per table: {"inquiries": {"read": 3, "kept": 2, "quarantined": 1}}.
    counts: dict[str, dict[str, int]] = {}


@dataclass(frozen=True)
class Tables:
    """The five tables of one export (or one partition of it), with what holds for all of them."""

    inquiries: pd.DataFrame
    messages: pd.DataFrame
    events: pd.DataFrame
    clients: pd.DataFrame
    outcomes: pd.DataFrame
    info: Info = field(default_factory=lambda: Info(source="memory"))

    @property
    def has_replies(self) -> bool:
        """Whether any message is the seller's; without one nobody can tell which inquiries were answered."""
        return bool(self.messages["direction"].eq("outbound").any())

    @property
    def known_until(self) -> Any:
        """The last moment that the export knows of, a Timestamp: what `info` says, else the latest on record.

        NaT without times.
        """
        if self.info.known_until is not None:
            return pd.Timestamp(self.info.known_until).tz_convert("UTC")
        return pd.Series([getattr(self, name)[time].max() for name, time in RECORDED.items()], dtype=TIME).max()

    @property
    def recorded_until(self) -> Any:
        """The moment by which all that has happened for sure, a Timestamp; NaT without times."""
        told = self.info.recorded_until
        return self.known_until if told is None else pd.Timestamp(told).tz_convert("UTC")


def empty_table(name: str) -> pd.DataFrame:
    """A table of the contract without rows."""
    return pd.DataFrame({column: pd.Series(dtype=dtype) for column, dtype in COLUMNS[name].items()})


def conform(name: str, table: pd.DataFrame) -> pd.DataFrame:
    """Give a table the contract's columns, order and types; attributes (`attr_…`) follow, other columns are dropped.

    Raises
    ------
    TableError
        If a required column is missing or a column cannot have its type. All problems are listed.
    """
    problems = [f"{name} has no column {column!r}" for column in REQUIRED[name] if column not in table]
    columns: dict[str, pd.Series] = {}
    for column, dtype in COLUMNS[name].items():
        if column not in table:
            columns[column] = pd.Series(pd.NaT if dtype == TIME else float("nan"), index=table.index, dtype=dtype)
            continue
        try:
            columns[column] = _typed(table[column], dtype)
        except (TypeError, ValueError) as error:
            problems.append(f"{name}.{column} is {table[column].dtype}, expected {dtype}: {error}")
    if problems:
        raise TableError(
            f"Tables break the contract, {problems_listed(problems)}\n"
            "Write them with 'inquiry-intent ingest', or see data/README.md for the columns."
        )
    if name == "inquiries":
        columns |= {str(name): table[name] for name in table if str(name).startswith(ATTRIBUTE_PREFIX)}
    return pd.DataFrame(columns, index=table.index).reset_index(drop=True)


def _typed(values: pd.Series, dtype: str) -> pd.Series:
    if dtype == TIME and not values.isna().all() and getattr(values.dtype, "tz", None) is None:
        raise TypeError("a time without a zone; times must be UTC")
    if dtype == TIME and values.isna().all():
        return pd.Series(pd.NaT, index=values.index, dtype=TIME)
    return values.astype(dtype)  # type: ignore[call-overload]


def check_tables(tables: Tables) -> None:
    """Check the contract: keys, references, values, ranges, times.

    Raises
    ------
    TableError
        Every problem at once, each with its table, row (counted from 0), value and remedy.
    """
    problems: list[str] = []
    for name in NAMES:
        problems += _column_problems(name, getattr(tables, name), tables.info.timeless)
    problems += _reference_problems(tables)
    if tables.inquiries.empty:
        problems.append("inquiries has no rows; there is nothing to learn from or to score")
    if problems:
        raise TableError(f"Tables break the contract, {problems_listed(problems)}")


def _column_problems(name: str, table: pd.DataFrame, timeless: bool) -> list[str]:
    """Problems that one table shows by itself, found by pandera, in our words."""
    import pandera.pandas as pa

    def column(dtype: str, key: str) -> pa.Column:
        checks = []
        if (name, key) in ALLOWED_VALUES:
            checks.append(pa.Check.isin(ALLOWED_VALUES[name, key]))
        low, high = RANGES.get((name, key), (None, None))
        if low is not None:
            checks.append(pa.Check.ge(low))
        if high is not None:
            checks.append(pa.Check.le(high))
        if key == "text":
            checks.append(pa.Check(lambda texts: texts.str.len() <= MAX_TEXT_CHARACTERS, name="length"))
        nullable = key not in REQUIRED[name] or (timeless and dtype == TIME)
        return pa.Column(dtype, checks, nullable=nullable)

    infinite = [
        f"{name} row {row}: {key} is {value}, expected a finite number; leave it empty where it is not known"
        for key in table.columns[table.dtypes == NUMBER]
        for row, value in table.loc[np.isinf(table[key]), key].items()
    ]
    schema = pa.DataFrameSchema(
        {key: column(dtype, key) for key, dtype in COLUMNS[name].items()}, unique=KEYS[name] or None
    )
    try:
        if len(table):
            schema.validate(table, lazy=True)
    except pa.errors.SchemaErrors as error:
        return infinite + list(dict.fromkeys(_in_words(name, case) for case in error.failure_cases.to_dict("records")))
    return infinite


def _in_words(name: str, case: dict) -> str:
    """One failure case of pandera as got, expected, remedy."""
    column, check, value, row = case["column"], str(case["check"]), case["failure_case"], case["index"]
    where = f"{name} row {row}: {column}" if pd.notna(row) else f"{name}: {column}"
    if check == "not_nullable":
        return f"{where} is missing; fill it or leave the row out"
    if check.startswith("dtype"):
        return f"{where} is {value}, expected {COLUMNS[name][column]}"
    if check == "column_in_dataframe":
        return f"{name} has no column {value!r}"
    if "unique" in check:
        return f"{where} {str(value)[:80]!r} stands twice; {' and '.join(KEYS[name])} must be unique"
    if (name, column) in ALLOWED_VALUES:
        return f"{where} is {str(value)[:80]!r}, expected one of {list(ALLOWED_VALUES[name, column])}"
    if column == "text":
        return f"{where} has {len(str(value)):,} characters, at most {MAX_TEXT_CHARACTERS:,} are taken; cut it"
    return f"{where} is {str(value)[:80]!r}, expected within {RANGES.get((name, column))}"


def _reference_problems(tables: Tables) -> list[str]:
    """Problems between tables: rows of unknown inquiries, messages and decisions before their inquiry, half a clock."""
    problems = []
    received = tables.inquiries.drop_duplicates("inquiry_id").set_index("inquiry_id")["received_at"]
    for name, time in (("messages", "sent_at"), ("events", "occurred_at"), ("outcomes", "decided_at")):
        table = getattr(tables, name)
        if not {"inquiry_id", time} <= set(table):
            continue
        for row, inquiry_id in table.loc[~table["inquiry_id"].isin(received.index), "inquiry_id"].items():
            problems.append(f"{name} row {row}: inquiry_id {inquiry_id!r} is not in inquiries; add it there")
        early = table[time] < received.reindex(table["inquiry_id"]).set_axis(table.index)
        for row, value in table.loc[early, time].items():
            problems.append(f"{name} row {row}: {time} {value} is before its inquiry was received; check the time zone")
    if tables.info.timeless and tables.inquiries["received_at"].notna().any():
        problems.append("info.json says the export has no times, but inquiries.received_at has some; ingest it again")
    return problems


def known_at(times: pd.Series, as_of: pd.Series) -> pd.Series:
    """Which records were known at `as_of`: the one place where the clock is compared.

    Both may be NaT, in an export without times: its records count as known. A missing time beside a real clock does
    not.
    """
    return (times <= as_of) | (times.isna() & as_of.isna())


def known_from(times: pd.Series, precision: str) -> pd.Series:
    """From when on a record is known for sure: one that carries a date only, when its day or month is over.

    Else a snapshot in the morning would know what was done on the evening of its day. A minute is taken as a moment.

    >>> day = pd.to_datetime(pd.Series(["2026-03-02T00:00Z"]))
    >>> known_from(day, "day").item()
    Timestamp('2026-03-03 00:00:00+0000', tz='UTC')
    """
    return end_of(times, precision if precision in ("day", "month") else "second")


def messages_known_from(tables: Tables) -> pd.Series:
    """From when on each message is known for sure; the message that an inquiry came with, from its receipt on.

    Where receipts are as coarse as messages, that is every message of the receipt's day; where they are finer, the
    buyer's first of that day alone: what else was written then was written after it.

    Returns
    -------
    Series of UTC times, index of `tables.messages`
    """
    messages, info = tables.messages, tables.info
    known = known_from(messages["sent_at"], info.message_precision)
    received = tables.inquiries.drop_duplicates("inquiry_id").set_index("inquiry_id")["received_at"]
    came_with_it = messages["sent_at"] <= time_of(messages["inquiry_id"], received)
    if is_coarser(info.message_precision, info.time_precision):
        inbound = sorted_by_moment(messages[messages["direction"] == "inbound"])
        came_with_it &= messages["message_id"].isin(inbound.drop_duplicates("inquiry_id")["message_id"])
    return known.mask(came_with_it, messages["sent_at"])


def is_coarser(one: str, other: str) -> bool:
    """Whether a precision is coarser than another; never, where there are no times."""
    both = one in PRECISIONS and other in PRECISIONS
    return both and PRECISIONS.index(one) > PRECISIONS.index(other)


def coarser(one: Precision, other: Precision) -> Precision:
    """The coarser of two precisions; the first where the other has no times."""
    return other if is_coarser(other, one) else one


def sorted_by_moment(messages: pd.DataFrame) -> pd.DataFrame:
    """Messages by time; those of one moment by message_id, so that the order of a file's rows never matters.

    Numbers in ids count as numbers: 9 stands before 10, and q1/9 before q1/10.

    >>> ids = pd.DataFrame({"message_id": ["m10", "m9", "m"], "sent_at": pd.NaT})
    >>> sorted_by_moment(ids)["message_id"].tolist()
    ['m', 'm9', 'm10']
    """
    ids = messages["message_id"].astype("str")
    # Only ids of one moment of a thread are compared by anyone.
    tied = messages.duplicated([column for column in ("inquiry_id", "sent_at") if column in messages], keep=False)
    padded = ids.mask(tied, ids[tied].map(_padded).astype("str"))
    return (
        messages.assign(padded=padded)
        .sort_values(["sent_at", "padded", "message_id"], kind="stable", ignore_index=True)
        .drop(columns="padded")
    )


def _padded(text: str) -> str:
    return DIGITS.sub(lambda digits: digits[0].zfill(PADDED), text)


def time_of(ids: pd.Series, times: pd.Series) -> pd.Series:
    """The time of each id, from times by id; NaT where it has none."""
    return pd.Series(times.reindex(ids).array, index=ids.index, dtype=TIME)


def days_between(start: pd.Series, end: pd.Series) -> pd.Series:
    """Days from one moment to another; NaN where one is missing."""
    return (end - start).dt.total_seconds() / 86400


def end_of(times: pd.Series, precision: str) -> pd.Series:
    """When what is dated to a minute, day or month has happened for sure; times of another precision as they are.

    Times stand for the start of their day or month in the export's own zone, up to 14 hours before that of UTC.

    >>> march = pd.to_datetime(pd.Series(["2026-03-01T00:00+08:00"]), utc=True)
    >>> end_of(march, "month").dt.tz_convert("Asia/Shanghai").item()
    Timestamp('2026-04-01 00:00:00+0800', tz='Asia/Shanghai')
    """
    if precision == "month":
        return times + pd.to_timedelta((times + pd.Timedelta(hours=14)).dt.days_in_month, unit="D")
    length = {"minute": pd.Timedelta(minutes=1), "day": pd.Timedelta(days=1)}.get(precision)
    return times if length is None else times + length


def check_writable(path: Path) -> None:
    """Stop, before any work is done for it, where no file or folder can be made in the place of `path`.

    Raises
    ------
    ConfigError
    """
    folder = path.absolute().parent
    try:
        while not folder.exists():
            folder = folder.parent
        os.rmdir(tempfile.mkdtemp(prefix=f".{path.name}.", dir=folder))
    except OSError as error:
        raise ConfigError(f"{path} cannot be written ({folder}: {error.strerror}); name another path") from None


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Write a file or folder under a temporary name beside `path` and rename it when all of it is written.

    On an error nothing is left behind and `path` is as it was.

    Raises
    ------
    ConfigError
        If nothing can be written there, or a file was to take the place of a folder.
    """
    check_writable(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    workspace = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    draft = workspace / path.name
    try:
        yield draft
        if path.is_dir() and not draft.is_dir():
            raise ConfigError(f"{path} is a folder, expected a file to write; name one in it")
        if path.is_dir():
            os.replace(path, workspace / "old")
        os.replace(draft, path)
    finally:
        shutil.rmtree(workspace, ignore_errors=True)


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write one Parquet file whole or not at all."""
    with replacing(path) as draft:
        table.to_parquet(draft)


def write_json(values: object, path: Path) -> None:
    """Write one JSON file whole or not at all."""
    with replacing(path) as draft:
        draft.write_text(json.dumps(values, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def read_table(path: Path) -> pd.DataFrame:
    """Read one Parquet file.

    Raises
    ------
    SourceError
        If it is missing, empty or truncated.
    """
    try:
        return pd.read_parquet(path)
    except FileNotFoundError:
        raise SourceError(f"{path} does not exist. Run the stage that writes it ('dvc repro').") from None
    except (OSError, ValueError) as error:  # pyarrow.ArrowInvalid is a ValueError
        raise SourceError(f"{path} is no whole Parquet file ({error}). Write it again.") from None


def write_tables(tables: Tables, folder: Path, quarantine: pd.DataFrame | None = None) -> None:
    """Write a tables folder whole or not at all: one Parquet file a table, `quarantine.parquet`, `info.json`."""
    with replacing(folder) as draft:
        draft.mkdir()
        for name in NAMES:
            getattr(tables, name).to_parquet(draft / f"{name}.parquet")
        if quarantine is not None:
            quarantine.to_parquet(draft / "quarantine.parquet")
        (draft / "info.json").write_text(tables.info.model_dump_json(indent=2) + "\n")


def read_tables(folder: Path) -> Tables:
    """Read and check a tables folder. `inquiries` is required; any other table may be missing.

    Raises
    ------
    SourceError
        If the folder or its inquiries are missing, a file is damaged, or a table has not the rows of `info.json`.
    TableError
        If the tables break the contract; every problem is listed.
    """
    if not (folder / "inquiries.parquet").is_file():
        raise SourceError(
            f"{folder} has no inquiries.parquet. Expected a tables folder, as 'inquiry-intent ingest' writes it."
        )
    found = {
        name: conform(name, read_table(path)) if (path := folder / f"{name}.parquet").exists() else empty_table(name)
        for name in NAMES
    }
    tables = Tables(**found, info=read_info(folder))
    _refuse_other_rows(tables, folder)
    check_tables(tables)
    return tables


def _refuse_other_rows(tables: Tables, folder: Path) -> None:
    """Stop where files were lost, cut or exchanged since the folder was written: without them scores are others."""
    problems = []
    for name, counts in tables.info.counts.items():
        got, file = len(getattr(tables, name)), folder / f"{name}.parquet"
        written = counts.get("kept", got)
        if got != written:
            what = f"has {counted(got, 'row')}" if file.exists() else "is missing"
            problems.append(f"{file.name} {what}, info.json counts {written:,}")
    if problems:
        raise SourceError(
            f"{folder} is not as it was written, {problems_listed(problems)}\n"
            "Copy it anew as a whole, or write it again with 'inquiry-intent ingest'. If you changed it on purpose, "
            "take 'counts' out of its info.json."
        )


def read_info(folder: Path) -> Info:
    """What holds for the export behind a tables folder; worked out from its inquiries where `info.json` is missing.

    Raises
    ------
    SourceError
        If the file is damaged.
    """
    path = folder / "info.json"
    if not path.exists():
        inquiries = read_table(folder / "inquiries.parquet")
        attributes = [str(column) for column in inquiries if str(column).startswith(ATTRIBUTE_PREFIX)]
        kinds = {c: "numeric" if pd.api.types.is_numeric_dtype(inquiries[c]) else "categorical" for c in attributes}
        return Info.model_validate({"source": folder.name, "attributes": kinds})
    try:
        return Info.model_validate_json(path.read_text(encoding="utf-8"))
    except (ValidationError, UnicodeDecodeError) as error:
        raise SourceError(
            f"{path} is damaged ({error}). Write the folder again with 'inquiry-intent ingest'."
        ) from None
