"""The files that a mapping names, read and shaped for its tables; whatever is missing is listed at once."""

from pathlib import Path

from inquiry_intent.errors import SourceError, listed
from inquiry_intent.sources.building import nearest_names, shaped, without
from inquiry_intent.sources.files import read_file
from inquiry_intent.sources.rows import Rows, joined
from inquiry_intent.sources.schema import FileRule, Mapping, TableRule


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
    found = []
    for table, place, rule in mapping.rules():
        needed = [rule.from_, *(lookup.file for lookup in rule.lookup)]
        if any(key not in files for key in needed):
            continue  # an optional file that is not there, or one whose problem is listed
        if rule.optional and (absent := _lacks_its_own(table, rule, mapping, files)):
            notes.append(f"{place}: {mapping.files[rule.from_].path} has {absent}; no {table} were read")
            continue
        rows, lacking = shaped(rule, place, files, mapping.files[rule.from_].forbidden)
        problems += lacking
        found.append((table, place, rule, rows))
    if problems:
        problems = list(dict.fromkeys(problems))
        raise SourceError(f"{export} cannot be read as mapped, {len(problems)} problem(s):\n{listed(problems)}")
    return found, notes


def _lacks_its_own(table: str, rule: TableRule, mapping: Mapping, files: dict[str, Rows]) -> str | None:
    """What an optional rule lacks, so that nothing is read by it; None: it is to be read.

    That is all of the columns that only this rule reads, or what tells the status of outcomes, without which their
    other columns say nothing.
    """
    frame = files[rule.from_].frame
    there = {*map(str, frame), *(f"{other.file}.{name}" for other in rule.lookup for name in files[other.file].frame)}

    def absent(columns: list[str]) -> bool:
        nested = f"{rule.unnest}." if rule.unnest in there else None
        return not any(column in there or (nested and column.startswith(nested)) for column in columns)

    shared = {
        c for _, _, other in mapping.rules() if other is not rule and other.from_ == rule.from_ for c in other.used
    }
    if absent([column for column in rule.used if column not in shared]):
        return "none of its columns"
    status = rule.columns["status"].used if table == "outcomes" and "status" in rule.columns else []
    if not status or not absent(status):
        return None
    return f"no column {' or '.join(map(repr, status))} ({nearest_names(status[0], list(map(str, frame)))})"


def _read_files(export: Path, mapping: Mapping) -> tuple[dict[str, Rows], list[str], list[str]]:
    files: dict[str, Rows] = {}
    problems: list[str] = []
    notes: list[str] = []
    if not export.exists():
        return files, [f"{export} does not exist; expected a folder of exported files, or one file"], notes
    named = {rule.path for rule in mapping.files.values()}  # one workbook may be named once for each sheet
    if export.is_file() and len(named) > 1:
        return files, [f"{export} is one file, but the mapping names {len(named)}; give their folder"], notes
    used = {name for _, _, rule in mapping.rules() for name in (rule.from_, *(look.file for look in rule.lookup))}
    for key, rule in mapping.files.items():
        if key not in used:
            notes.append(f"files.{key}: {rule.path} is used by no table, and not read")
            continue
        paths = [export] if export.is_file() else found_files(export, rule)
        if not paths:
            if rule.optional:
                notes.append(f"files.{key}: {rule.path} is not there; what it would give is empty")
            else:
                problems.append(f"files.{key}: {rule.path} does not exist; there are {_names_in(export)}")
            continue
        parts = []
        for path in paths:
            try:
                parts.append(_read(path, path.name if export.is_file() else str(path.relative_to(export)), rule))
            except SourceError as error:
                problems.append(f"files.{key}: {error}")
        if len(parts) != len(paths):
            continue
        problems += _different_columns(key, parts)
        files[key] = joined(parts)
        notes += files[key].notes
    return files, problems, notes


def found_files(export: Path, rule: FileRule) -> list[Path]:
    """The files a rule means, in order of name; a name also stands for its .gz."""
    if "*" in rule.path:
        return sorted(path for path in export.glob(rule.path) if path.is_file())
    return [path for path in (export / rule.path, export / f"{rule.path}.gz") if path.is_file()][:1]


def _read(path: Path, name: str, rule: FileRule) -> Rows:
    rows = read_file(
        path,
        name,
        file_format=rule.format,
        encoding=rule.encoding,
        delimiter=rule.delimiter,
        quote=rule.quote,
        sheet=rule.sheet,
        skip_rows=rule.skip_rows,
    )
    return without(rows, rule.forbidden)


def _different_columns(key: str, parts: list[Rows]) -> list[str]:
    expected = set(parts[0].frame)
    return [
        f"files.{key}: {part.origin['file'].iloc[0]} has other columns than {parts[0].origin['file'].iloc[0]}: "
        f"{sorted(map(str, expected ^ set(part.frame)))}"
        for part in parts[1:]
        if set(part.frame) != expected and len(part.origin) and len(parts[0].origin)
    ]


def _names_in(export: Path) -> list[str]:
    return sorted(path.name for path in export.iterdir() if path.is_file())[:20]
