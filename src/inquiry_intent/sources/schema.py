"""What a mapping file may say: files, tables, columns, rules. See docs/mapping.md."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from inquiry_intent.sources.files import Format
from inquiry_intent.tables import ATTRIBUTE_PREFIX, COLUMNS, NAMES

TIME_WORDS = ("iso", "unix", "unix_ms", "excel", "month", "mail")
DAYS_SUFFIX = "_days"
#: An order so long after an inquiry, a century, has nothing to do with it.
MOST_DAYS = 36_500
DEFAULT_MISSING = ("NULL", "null", "\\N", "NaN", "nan", "N/A", "n/a", "#N/A", "None", "NaT", "-", "--", "0000-00-00",
                   "0000-00-00 00:00:00")  # fmt: skip
Item = TypeVar("Item")


def _several(value: object) -> object:
    return value if isinstance(value, list) else [value]


def _text(value: object) -> object:
    """A YAML scalar as the text a cell would hold; `yes`, `no`, `on` and `off` are booleans in YAML."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    return str(value) if isinstance(value, (int, float)) else value


def _text_keys(value: object) -> object:
    return {_text(key): inner for key, inner in value.items()} if isinstance(value, dict) else value


def _no_boolean(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("is a boolean in YAML (yes, no, on, off, true, false); put it in quotes")
    return _text(value)


def _known_zone(zone: str) -> str:
    if zone not in available_timezones():
        raise ValueError("is no time zone; expected a name such as UTC or Asia/Shanghai")
    return zone


def _inside_export(path: str) -> str:
    if Path(path).is_absolute() or ".." in Path(path).parts:
        raise ValueError("must be relative to the export and inside it")
    return path


Text = Annotated[str, BeforeValidator(_text)]
Plain = Annotated[str, BeforeValidator(_no_boolean)]
Zone = Annotated[str, AfterValidator(_known_zone)]
Several = Annotated[list[Item], BeforeValidator(_several)]
Choices = Annotated[dict[str, Several[Text]], BeforeValidator(_text_keys)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FileRule(_Section):
    """One file of the export, or several of the same shape (`path` with `*`)."""

    path: Annotated[str, AfterValidator(_inside_export)]
    format: Format | None = None
    encoding: str | None = None
    delimiter: str | None = None
    quote: Annotated[str, Field(max_length=1)] = '"'
    #: Of a workbook; with `*` and `?` all that are so named and have the same columns, as one.
    sheet: str | None = None
    #: Lines before the header.
    skip_rows: Annotated[int, Field(ge=0)] = 0
    #: Columns never read further, by name or with `*` and `?`: they are known only later, or must not be kept.
    forbidden: list[str] = []
    #: The export may lack this file; what is read from it is then empty.
    optional: bool = False

    @property
    def sheets(self) -> bool:
        """Whether several sheets may be meant."""
        return self.sheet is not None and not {"*", "?"}.isdisjoint(self.sheet)


class Rule(_Section):
    """Where the values of one column come from, and how they are read. A bare string names a source column."""

    column: str | None = None
    #: A source column of mail addresses or domains: the domain, of a free mail service the whole address.
    domain: str | None = None
    first_of: list[str] = []
    concat: list[str] = []
    hash: list[str] = []
    row_number: Literal[True] | None = None
    constant: Plain | None = None
    first_message: Literal[True] | None = None
    first_inquiry: Literal[True] | None = None

    separator: str = " "
    prefix: str = ""
    #: Of a cell that names several ids, what stands before the first of this sign.
    first_part: str = ""
    values: Annotated[dict[str, Plain | None], BeforeValidator(_text_keys)] = {}
    patterns: dict[str, Plain | None] = {}
    keep_others: bool = False
    otherwise: Plain | None = None
    missing: Plain | None = None
    format: Several[str] = []
    zone: Zone | None = None
    decimal: Literal[".", ","] | None = None
    #: What one of the column's units is: 1000 for amounts in thousands.
    scale: Annotated[float, Field(strict=True, gt=0, allow_inf_nan=False)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _shorthand(cls, value: Any) -> Any:
        return {"column": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one_origin(self) -> "Rule":
        origins = (
            "column", "domain", "first_of", "concat", "hash", "row_number", "constant", "first_message",
            "first_inquiry",
        )  # fmt: skip
        given = [name for name in origins if getattr(self, name)]
        # A column beside first_message is the time of inquiries without messages.
        if len(given) != 1 and given != ["column", "first_message"]:
            raise ValueError(f"has {given or 'no origin'}, expected exactly one of {list(origins)}")
        if self.keep_others and "otherwise" in self.model_fields_set:
            raise ValueError("has keep_others and otherwise; drop one")
        return self

    @property
    def used(self) -> list[str]:
        """The source columns it reads."""
        one = self.column or self.domain
        return [one] if one is not None else [*self.first_of, *self.concat, *self.hash]

    @property
    def maps_values(self) -> bool:
        return bool(self.values or self.patterns or {"otherwise", "missing"} & self.model_fields_set)


class Lookup(_Section):
    """Columns of another file beside those of this one: `on: {column here: column there}`, read as `file.column`."""

    file: str
    on: Annotated[dict[str, str], Field(min_length=1, max_length=1)]

    @model_validator(mode="before")
    @classmethod
    def _bare_on(cls, value: Any) -> Any:
        """YAML reads a bare `on` as true."""
        return {"on" if key is True else key: v for key, v in value.items()} if isinstance(value, dict) else value


class ByClient(_Section):
    """Orders that know only their client and date: each falls to the latest inquiry of that client before it."""

    client_id: Rule
    #: An order later than this after the inquiry was not brought by it.
    within_days: Annotated[float, Field(strict=True, gt=0, le=MOST_DAYS, allow_inf_nan=False)]
    #: Whether clients that differ in capitals only are one. Ids may differ so and mean others, so not by itself.
    ignore_case: bool = False


class TableRule(_Section):
    """How rows of one file become rows of one table."""

    from_: str = Field(alias="from")
    unnest: str | None = None
    lookup: list[Lookup] = []
    when: Choices = {}
    unless: Choices = {}
    when_present: list[str] = []
    #: Several rows of one key are one record, the first or the latest of them (by time if it has one); `sum`: the
    #: first, with the order values of all.
    one_per_key: Literal[True, False, "latest", "sum"] = False
    #: Of outcomes: rows are orders that name no inquiry.
    by_client: ByClient | None = None
    #: The export may lack the columns that only this rule reads; it then gives no rows.
    optional: bool = False
    columns: dict[str, Rule]

    @property
    def used(self) -> list[str]:
        """The source columns it reads, each once."""
        rules = [column for rule in self.columns.values() for column in rule.used]
        keys = [column for lookup in self.lookup for column in lookup.on]
        nested = [self.unnest] if self.unnest else []
        keys += self.by_client.client_id.used if self.by_client else []
        return list(dict.fromkeys([*nested, *keys, *rules, *self.when, *self.unless, *self.when_present]))


class Attributes(_Section):
    """Extra facts of an inquiry, known when it came in: source columns by kind."""

    numeric: list[Rule] = []
    categorical: list[Rule] = []
    #: Dates, read as days after received_at (before it: negative).
    days: list[Rule] = []

    def named(self) -> list[tuple[str, Literal["numeric", "categorical", "days"], Rule]]:
        """Name (`attr_…`), kind and rule of each attribute."""
        return [
            (ATTRIBUTE_PREFIX + "+".join(rule.used) + (DAYS_SUFFIX if kind == "days" else ""), kind, rule)
            for kind in ("numeric", "categorical", "days")
            for rule in getattr(self, kind)
        ]


class InquiryRule(TableRule):
    """A table rule with the attributes of its inquiries."""

    attributes: Attributes = Attributes()

    @property
    def used(self) -> list[str]:
        attributes = [column for _, _, rule in self.attributes.named() for column in rule.used]
        return list(dict.fromkeys([*super().used, *attributes]))


class Mapping(_Section):
    """How one export becomes the tables of the contract."""

    source: str
    #: The export has no times at all.
    timeless: bool = False
    #: Zone of times written without one.
    zone: Zone | None = None
    decimal: Literal[".", ","] = "."
    #: What stands for "no value", beside the empty cell. "NA" is not among them: it is Namibia.
    missing: list[Text] = list(DEFAULT_MISSING)
    #: More bad rows than this share of a table, and the mapping is taken to be wrong.
    max_quarantined: Annotated[float, Field(ge=0, le=1)] = 0.2
    files: dict[str, FileRule]
    inquiries: Several[InquiryRule]
    messages: Several[TableRule] = []
    events: Several[TableRule] = []
    clients: Several[TableRule] = []
    outcomes: Several[TableRule] = []
    #: Source columns of attributes that reveal the client tier, by name or with `*` and `?`.
    tier_leaks: list[str] = []
    #: Parameters this export needs, laid over params.yaml.
    params: dict[str, Any] = {}

    def rules(self) -> list[tuple[str, str, TableRule]]:
        """Each table rule with its table and its place in the file, for messages."""
        return [
            (name, name if len(rules) == 1 else f"{name}[{position}]", rule)
            for name in NAMES
            for rules in [getattr(self, name)]
            for position, rule in enumerate(rules)
        ]

    def columns_of(self, table: str, rule: TableRule) -> dict[str, Rule]:
        """The columns of a rule, with those that may be left out.

        A table read from the file of the inquiries has their inquiry_id; messages without an id are numbered; an order
        is won.
        """
        columns = dict(rule.columns)
        if rule.by_client:
            return {"status": Rule(constant="won")} | columns
        if table == "messages" and "message_id" not in columns:
            columns["message_id"] = Rule(row_number=True, prefix=f"{self.messages.index(rule) + 1}-")
        if "inquiry_id" in COLUMNS[table] and "inquiry_id" not in columns:
            same = [other for other in self.inquiries if other.from_ == rule.from_ and "inquiry_id" in other.columns]
            if same and not any(c.startswith(f"{same[0].unnest}.") for c in same[0].columns["inquiry_id"].used):
                columns["inquiry_id"] = same[0].columns["inquiry_id"]
        return columns

    def received_zone(self) -> str:
        """The zone that the days of receipt are days of; of several, the first."""
        own = [rule.columns["received_at"].zone for rule in self.inquiries if "received_at" in rule.columns]
        return next(filter(None, own), None) or self.zone or "UTC"

    def tier_leaking(self) -> list[str]:
        """The attributes declared as tier leaks."""
        return [
            name
            for rule in self.inquiries
            for name, _, attribute in rule.attributes.named()
            if any(matches(pattern, column) for pattern in self.tier_leaks for column in attribute.used)
        ]


def matches(pattern: str, column: str) -> bool:
    """Whether a column is meant: by its exact name, or by `*` (anything) and `?` (one character).

    >>> matches("Amount [USD]", "Amount [USD]"), matches("Pricing*", "Pricing, Terms"), matches("rate", "rates")
    (True, True, False)
    """
    return pattern == column or _glob(pattern).fullmatch(column) is not None


def _glob(pattern: str) -> Any:
    import re2

    inner = "".join({"*": ".*", "?": "."}.get(sign, re2.escape(sign)) for sign in pattern)
    return re2.compile(f"(?s){inner}")
