"""The contract: which tables the line works on, what their columns mean, and what makes a table invalid.

Times are UTC. A table may be empty; its features are then NaN. Where an export has no times at all (`Info.timeless`),
every time is NaT, here and in the snapshots.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict

from inquiry_intent.errors import TableError, problems_listed

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
