"""The files that a mapping names, read and shaped for its tables; whatever is missing is listed at once."""

import re
from dataclasses import replace
from pathlib import Path

import pandas as pd

from inquiry_intent.errors import SourceError, problems_listed, shown
from inquiry_intent.sources.building import nearest_names, shaped, without
from inquiry_intent.sources.cells import cleaned, told_of
from inquiry_intent.sources.files import EmptySheetError, NoSheetError, read_file, sheet_names
from inquiry_intent.sources.rows import Rows, joined, no_broken_rows, origin_of
from inquiry_intent.sources.schema import FileRule, Mapping, TableRule, matches
from inquiry_intent.sources.unread import Place, names_of, unread
from inquiry_intent.sources.values import naming_several
from inquiry_intent.tables import REQUIRED, TEXT

#: Dates, running numbers and those that a browser puts behind a name, before the format: 2026-03-01, 01.03.2026, (1).
DATES = re.compile(r"\d+(?:[-_. T]\d+)*")


def load_rows(export: Path, mapping: Mapping) -> tuple[list[tuple[str, str, TableRule, Rows]], list[str]]:
    """Read an export's files.

    Returns
    -------
    list of (table, place, rule, rows)
        For each table rule that has something to read: its table, its place in the mapping, and its raw rows.
    list of str
        Notes.

    Raises
    ------
    SourceError
        If files or columns are missing, or files cannot be read. Every problem is listed.
    """
    files, problems, notes = _read_files(export, mapping)
    count = 0
    for key, rows in files.items():
        files[key], marked = cleaned(rows, _written(mapping, key))
        count += marked
    found, without_inquiries = [], []
    for table, place, rule in mapping.rules():
        if rule.from_ not in files:  # an optional file that is not there, or one whose problem is listed
            if table == "inquiries" and _may_lack(mapping, rule.from_):
                without_inquiries.append(_cannot_do_without(mapping, place, [rule.from_]))
            continue
        if rule.optional and (absent := _lacks_its_own(table, rule, mapping, files)):
            notes.append(f"{place}: {mapping.files[rule.from_].path} has {absent}; no {table} were read")
            continue
        gone = _gone(rule, files)
        if _needs(mapping, table, rule, set(gone)):
            notes.append(f"{place}: was not read, it cannot do without {' and '.join(f'files.{key}' for key in gone)}")
            if table == "inquiries":
                without_inquiries.append(_cannot_do_without(mapping, place, list(gone)))
            continue
        forbidden, texts = mapping.files[rule.from_].forbidden, _written(mapping, rule.from_)
        rows, lacking, marked = shaped(rule, place, files | gone, forbidden, texts, {"", *mapping.missing})
        count += marked
        problems += lacking
        notes += [] if lacking else _several_ids(place, rule, rows, files | gone)
        found.append((table, place, rule, rows))
    if not any(table == "inquiries" for table, *_ in found):
        problems += without_inquiries
    refuse(export, problems)
    return found, [*notes, *told_of(count)]


def _written(mapping: Mapping, key: str) -> set[str]:
    """The columns of a file that hold what people wrote, where every sign may matter."""
    rules = [rule for _, _, rule in mapping.rules() if key in (rule.from_, *(lookup.file for lookup in rule.lookup))]
    columns = [rule.columns[name] for rule in rules for name in ("text", "subject") if name in rule.columns]
    return {used.removeprefix(f"{key}.") for column in columns for used in column.used}


def refuse(export: Path, problems: list[str]) -> None:
    """Raise a SourceError that lists the problems of an export, each once, if there are any."""
    if problems:
        problems = list(dict.fromkeys(problems))
        raise SourceError(f"{export} cannot be read as mapped, {problems_listed(problems)}")


def _cannot_do_without(mapping: Mapping, place: str, keys: list[str]) -> str:
    """The problem of inquiries that need files, or sheets, that the export lacks."""
    rules = [(key, mapping.files[key]) for key in keys]
    named = [f"files.{key} ({rule.path}{f', sheet {rule.sheet!r}' if rule.sheet else ''})" for key, rule in rules]
    return f"{place}: inquiries cannot be read without {' and '.join(named)}, which is not there"


def _lacks_its_own(table: str, rule: TableRule, mapping: Mapping, files: dict[str, Rows]) -> str | None:
    """What an optional rule lacks, so that nothing is read by it; None: it is to be read.

    That is all of the columns that only this rule reads, or what tells the status of outcomes, without which their
    other columns say nothing.
    """
    frame = files[rule.from_].frame
    looked_up = [lookup for lookup in rule.lookup if lookup.file in files]
    there = {*map(str, frame), *(f"{other.file}.{name}" for other in looked_up for name in files[other.file].frame)}

    def absent(columns: list[str]) -> bool:
        nested = f"{rule.unnest}." if rule.unnest in there else None
        return not any(column in there or (nested and column.startswith(nested)) for column in columns)

    others = [other for _, _, other in mapping.rules() if other is not rule and other.from_ == rule.from_]
    if absent(_its_own(rule, others)):
        return "none of its columns"
    status = rule.columns["status"].used if table == "outcomes" and "status" in rule.columns else []
    if not status or not absent(status):
        return None
    return f"no column {' or '.join(map(repr, status))} ({nearest_names(status[0], list(map(str, frame)))})"


def _its_own(rule: TableRule, others: list[TableRule]) -> list[str]:
    """The columns that only this rule reads; else those that no rule reads that is not optional; else all."""
    read = {column for other in others for column in other.used}
    needed = {column for other in others if not other.optional for column in other.used}
    found = ([column for column in rule.used if column not in taken] for taken in (read, needed))
    return next(filter(None, found), rule.used)


def _several_ids(place: str, rule: TableRule, rows: Rows, files: dict[str, Rows]) -> list[str]:
    """What to say of cells on either side of a lookup that name several of the other side's ids."""
    notes = []
    for lookup in rule.lookup:
        ((left, right),) = lookup.on.items()
        here, there = rows.frame[left], files[lookup.file].frame[right]
        for cells, known, what in ((here, there, repr(left)), (there, here, f"{right!r} of files.{lookup.file}")):
            several = cells[naming_several(cells, pd.Index(known.dropna().unique()))]
            if len(several):
                notes.append(
                    f"{place}.lookup: {len(several)} cells of {what} name several ids, such as "
                    f"{shown(several.iloc[0])}: they match none; give each a row of its own"
                )
    return notes


def _gone(rule: TableRule, files: dict[str, Rows]) -> dict[str, Rows]:
    """The files looked up that are not there, as ones without rows: what they would give is empty."""
    gone = {}
    for lookup in rule.lookup:
        if lookup.file not in files:
            used = [c.removeprefix(f"{lookup.file}.") for c in rule.used if c.startswith(f"{lookup.file}.")]
            columns = dict.fromkeys([*lookup.on.values(), *used])
            empty = pd.DataFrame({column: pd.Series(dtype=TEXT) for column in columns})
            gone[lookup.file] = Rows(empty, origin_of(lookup.file, []), no_broken_rows())
    return gone


def _needs(mapping: Mapping, table: str, rule: TableRule, gone: set[str]) -> bool:
    """Whether a rule cannot do without files that are not there: a required column or the choice of rows is theirs."""
    lost = {column for column in rule.used for key in gone if column.startswith(f"{key}.")}
    required = [origin for name, origin in mapping.columns_of(table, rule).items() if name in REQUIRED[table]]
    cut = [o for o in required if lost & set(o.used) and not (o.first_of and set(o.first_of) - lost)]
    return bool(cut) or bool(lost & {*rule.when, *rule.unless, *rule.when_present})


def _may_lack(mapping: Mapping, key: str) -> bool:
    """Whether the export may be without a file: it says so, or every table that reads it does."""
    readers = [rule for _, _, rule in mapping.rules() if key in (rule.from_, *(lookup.file for lookup in rule.lookup))]
    return mapping.files[key].optional or all(rule.optional for rule in readers)


def _read_files(export: Path, mapping: Mapping) -> tuple[dict[str, Rows], list[str], list[str]]:
    files: dict[str, Rows] = {}
    problems: list[str] = []
    notes: list[str] = []
    if not export.exists():
        return files, [f"{export} does not exist; expected a folder of exported files, or one file"], notes
    paths_named = {rule.path for rule in mapping.files.values()}  # one workbook may be named once for each sheet
    if export.is_file() and len(paths_named) > 1:
        return files, [f"{export} is one file, but the mapping names {len(paths_named)}; give their folder"], notes
    named: set[Place] = set()
    missing: dict[str, list[str]] = {}
    used = {name for _, _, rule in mapping.rules() for name in (rule.from_, *(look.file for look in rule.lookup))}
    for key, rule in mapping.files.items():
        paths = [export] if export.is_file() else found_files(export, rule)
        places = [place for path in paths for place in _places(path, rule, mapping)]
        if key not in used:
            named |= {*places}
            notes.append(f"files.{key}: {rule.path} is used by no table, and not read")
            continue
        if not paths:
            if _may_lack(mapping, key):
                notes.append(f"files.{key}: {rule.path} is not there; what it would give is empty")
            else:
                missing.setdefault(rule.path, []).append(key)
            continue
        parts: dict[Place, Rows] = {}
        empty: dict[Place, str] = {}
        without_sheet = 0
        for place in places:
            name = place.path.name if export.is_file() else str(place.path.relative_to(export))
            try:
                parts[place] = _read(place, name, rule)
                if parts[place].frame.empty and parts[place].broken.empty:
                    sheet = f", sheet {place.sheet!r}," if place.sheet else ""
                    notes.append(
                        f"files.{key}: {name}{sheet} HAS NO ROWS below its header; what it would give is empty"
                    )
            except NoSheetError as error:
                without_sheet += 1
                if _may_lack(mapping, key):
                    notes.append(f"files.{key}: {error}; what it would give is empty")
                else:
                    problems.append(f"files.{key}: {error}")
            except EmptySheetError as error:
                empty[place] = f"files.{key}: {error}"
            except SourceError as error:
                problems.append(f"files.{key}: {error}")
        if empty and not (rule.sheets and parts):  # of several sheets some may be there for later
            problems += empty.values()
        if len(parts) + len(empty) + without_sheet != len(places) or not parts:
            continue
        if rule.sheets:
            parts = _of_one_shape(parts)
        named |= {*parts, *empty, *(place for place in places if not rule.sheets)}
        problems += _different_columns(key, [*parts.values()])
        files[key] = joined([*parts.values()])
        notes += files[key].notes
    problems = [*_without_files(missing, export), *problems]
    return files, problems, [*notes, *(unread(export, mapping, files, named) if not problems else [])]


def found_files(export: Path, rule: FileRule) -> list[Path]:
    """The files a rule means, in order of name; a name also stands for its .gz."""
    if "*" in rule.path:
        return sorted(path for path in export.glob(rule.path) if path.is_file())
    return [path for path in (export / rule.path, export / f"{rule.path}.gz") if path.is_file()][:1]


def _places(path: Path, rule: FileRule, mapping: Mapping) -> list[Place]:
    """What a rule means of one file: the sheet, or all that are so named but those that have an entry of their own."""
    if not rule.sheets or not (sheets := sheet_names(path)):
        return [Place(path, None if rule.sheets else rule.sheet)]
    own = {other.sheet for other in mapping.files.values() if other.path == rule.path}
    found = [Place(path, sheet) for sheet in sheets if matches(str(rule.sheet), sheet) and sheet not in own]
    return found or [Place(path, rule.sheet)]


def _of_one_shape(parts: dict[Place, Rows]) -> dict[Place, Rows]:
    """Of several sheets those with the columns that most of them have; the others are none of this table."""
    shapes: dict[frozenset[str], list[Place]] = {}
    for place, part in parts.items():
        # Somebody's note beside the table has no name above it.
        shape = frozenset(name for name in map(str, part.frame) if not name.startswith("(column "))
        shapes.setdefault(shape, []).append(place)
    most = max(shapes.values(), key=lambda places: (len(places), sum(len(parts[place].frame) for place in places)))
    wide = {place: set(parts[place].frame) for place in most}
    shared = [name for name in parts[most[0]].frame if all(name in columns for columns in wide.values())]
    return {place: replace(parts[place], frame=parts[place].frame[shared]) for place in most}


def _read(place: Place, name: str, rule: FileRule) -> Rows:
    rows = read_file(
        place.path,
        name,
        file_format=rule.format,
        encoding=rule.encoding,
        delimiter=rule.delimiter,
        quote=rule.quote,
        sheet=place.sheet,
        skip_rows=rule.skip_rows,
    )
    if rule.sheets and place.sheet is None:
        raise SourceError(f"{name} is no workbook, no sheet of it is named {rule.sheet!r}; drop 'sheet:' of this file")
    if rule.sheets:  # rows of several sheets have the same numbers
        within = f"{name}:{place.sheet}" if "*" in rule.path else place.sheet
        rows = replace(rows, origin=rows.origin.assign(path=pd.Series(within, index=rows.origin.index, dtype=TEXT)))
    return without(rows, rule.forbidden)


def _different_columns(key: str, parts: list[Rows]) -> list[str]:
    expected = set(parts[0].frame)
    return [
        f"files.{key}: {part.origin['file'].iloc[0]} has other columns than {parts[0].origin['file'].iloc[0]}: "
        f"{sorted(map(str, expected ^ set(part.frame)))}"
        for part in parts[1:]
        if set(part.frame) != expected and len(part.origin) and len(parts[0].origin)
    ]


def _instead(export: Path, path: str) -> str:
    """What to say of a file that is not there: which name would take the one of another day; else what is there."""
    name, folder = Path(path).name, Path(path).parent
    # A point parts dates too, but the last one is that of the format. A name with '*' may have its own way with dates.
    pattern = name if "*" in name else DATES.sub("*", name)
    there = sorted(p.name for p in (export / folder).glob(pattern) if p.is_file()) if pattern != name else []
    if there and pattern.strip("*.") != Path(name).suffix.strip("."):
        return (
            f"'path' may hold '*' for its date or number: {str(folder / pattern)!r} takes {names_of(there, 'file')}"
            + ("; they would be read as one" if len(there) > 1 else "")
        )
    return f"there are {sorted(p.name for p in export.iterdir() if p.is_file())[:20]}"


def _without_files(missing: dict[str, list[str]], export: Path) -> list[str]:
    """The problem of each file that is not there, with the entries that name it: sheets of a workbook have one each."""
    return [
        f"{', '.join(f'files.{key}' for key in keys)}: {path} does not exist; {_instead(export, path)}"
        for path, keys in missing.items()
    ]
