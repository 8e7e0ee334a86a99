"""Sheets of a workbook that are parts of one table, as one a year: drafted as one, and written as one file.

Where each counts its rows anew, each has a rule of its own, with a prefix for its ids.
"""

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from inquiry_intent.sources.naming import plain, vocabulary
from inquiry_intent.sources.profiles import profile_columns
from inquiry_intent.sources.rows import joined
from inquiry_intent.sources.samples import NUMBERS, SLIPS, Sample, counts_rows
from inquiry_intent.sources.schema import matches
from inquiry_intent.sources.suggest_rules import Draft

if TYPE_CHECKING:
    from inquiry_intent.sources.suggest import Suggestion

#: Columns whose values are told apart by the sheet they stand in.
IDS = ("inquiry_id", "client_id")
WORD, STARS = re.compile(r"[^\W\d_]+"), re.compile(r"\*+")


def joined_sheets(samples: list[Sample], remarks: list[str]) -> list[Sample]:
    """The samples, with sheets of the same columns whose names differ in numbers or months only as one.

    Of sheets so named whose columns differ, but not much, those of one shape are kept, which hold most rows; a remark
    names the others: numbers of their rows would link them to rows that have nothing to do with them. Where each sheet
    counts its rows anew, the ids of the joined sample have the sheet's prefix.
    """
    groups: dict[tuple[Any, ...], list[Sample]] = {}
    for sample in samples:
        groups.setdefault((sample.path, sample.key if sample.sheet is None else _stem(sample.sheet)), []).append(sample)
    found = []
    for group in groups.values():
        shapes: dict[frozenset[str], list[Sample]] = {}
        for sample in group:
            shapes.setdefault(frozenset(map(str, sample.rows.frame)), []).append(sample)
        longest = max(shapes, key=lambda shape: sum(len(sample.rows.frame) for sample in shapes[shape]))
        for shape, alike in shapes.items():
            differ = sorted(shape ^ longest)
            if 0 < len(differ) <= len(shape & longest):
                remarks += [
                    f"NOT JOINED: {sample.place} is named as sheet {shapes[longest][0].sheet!r} is, but only one of "
                    f"them has {differ[:6]}, so it is not read: make their columns alike, or write its rules by hand"
                    for sample in alike
                ]
            else:
                found.append(_joined(alike) if len(alike) > 1 else alike[0])
    keys = {sample.key for sample in found}
    return [_by_pattern(sample, samples, keys) for sample in found]


def _by_pattern(whole: Sample, samples: list[Sample], keys: set[str]) -> Sample:
    """A joined sample as one file whose `sheet` is a pattern, for the sheets to come too; if that means its sheets.

    Of the sheets that a pattern takes, those of most sheets' columns are read.
    """
    if not whole.parts or whole.restarting is not None or len({part.skip_rows for part in whole.parts}) > 1:
        return whole
    names = {_starred(str(part.sheet)) for part in whole.parts}
    pattern = names.pop() if len(names) == 1 else "*"
    own = set(map(str, whole.parts[0].rows.frame))
    others = [s for s in samples if s.path == whole.path and set(map(str, s.rows.frame)) != own and s.sheet is not None]
    taken = sum(matches(pattern, str(sample.sheet)) for sample in others)
    if not all(matches(pattern, str(part.sheet)) for part in whole.parts) or taken >= len(whole.parts):
        return whole
    words = [Path(whole.path).name.split(".")[0], *_stem(str(whole.parts[0].sheet))]
    key = "".join(sign if sign.isalnum() else "_" for sign in "_".join(words)).strip("_").lower() or "sheets"
    while key in keys:
        key += "_all"
    keys.add(key)
    return replace(whole, key=key, sheet=pattern)


def _starred(name: str) -> str:
    """The pattern of a sheet's name, with `*` for its numbers and months; of one that says no more than these, `*`.

    >>> _starred("Leads März 2025"), _starred("2024年"), _starred("Ocak 2025")
    ('Leads * *', '*', '*')
    """
    months = set(vocabulary()["months"])
    starred = WORD.sub(lambda word: "*" if plain(word[0]) in months else word[0], NUMBERS.sub("*", name))
    return STARS.sub("*", starred) if any(sign.isalpha() for sign in starred) else "*"


def _stem(name: str) -> tuple[str, ...]:
    """What a sheet's name says beside numbers and months."""
    months = set(vocabulary()["months"])
    return tuple(word for word in plain(NUMBERS.sub(" ", name)).split() if word not in months)


def _joined(parts: list[Sample]) -> Sample:
    rows = joined([part.rows for part in parts])
    key = parts[0].key_column()
    counting = sum(counts_rows(part.profiles[key.name]) for part in parts) if key is not None else 0
    # A sheet with a row or two counts nothing.
    restarts = (
        key is not None and counting * 2 > len(parts) and rows.frame[key.name].dropna().duplicated().mean() > SLIPS
    )
    whole = replace(parts[0], parts=parts, restarting=key.name if restarts and key is not None else None)
    if whole.restarting is not None:
        before = pd.Series([prefix for part, prefix in _prefixes(whole) for _ in part.rows.frame.index], dtype="str")
        frame = rows.frame.copy()
        frame[whole.restarting] = before + frame[whole.restarting]
        rows = replace(rows, frame=frame)
    return replace(whole, rows=rows, profiles=profile_columns(rows), used=set())


def _prefixes(whole: Sample) -> list[tuple[Sample, str]]:
    """What stands before the ids of each sheet: the number in its name where these differ, else the name."""
    numbers = ["-".join(NUMBERS.findall(str(part.sheet))) for part in whole.parts]
    told = numbers if all(numbers) and len(set(numbers)) == len(numbers) else [str(part.sheet) for part in whole.parts]
    return [(part, f"{name}-") for part, name in zip(whole.parts, told, strict=True)]


def write_each_sheet(draft: "Suggestion") -> None:
    """Give each sheet of a joined sample rules of its own, and the forbidden columns, unless one file takes all."""
    for whole in [sample for sample in draft.samples if sample.parts]:
        if whole.sheet != whole.parts[0].sheet:
            sheets = [str(part.sheet) for part in whole.parts]
            draft.remarks.append(
                f"the sheets {sheets} of {whole.path} have the same columns and are read as one, and so will be those "
                f"to come: 'sheet: {whole.sheet}'"
            )
            whole.parts.clear()
            continue
        own = [rule["columns"] for rules in draft.tables.values() for rule in rules if rule["from"] == whole.key]
        restarts = any(columns.get(name) == whole.restarting for columns in own for name in IDS if name in columns)
        for name, rules in draft.tables.items():
            draft.tables[name] = [
                each for rule in rules for each in (_of_each(rule, whole) if rule["from"] == whole.key else [rule])
            ]
        reasons = draft.forbidden.pop(whole.key, {})
        draft.forbidden |= {part.key: reasons for part in whole.parts}
        sheets = [str(part.sheet) for part in whole.parts]
        draft.remarks.append(f"the sheets {sheets} of {whole.path} have the same columns: each has the same rules")
        if restarts:
            shared = any("first_of" in rule["columns"]["client_id"] for rule in draft.tables["inquiries"])
            draft.remarks.append(
                f"{whole.restarting!r} counts anew in each of these sheets: the sheet stands before it ('prefix')"
                + ("; where no client is named, inquiries of one number count as one client's" if shared else "")
            )
    draft.samples = [part for sample in draft.samples for part in sample.parts or [sample]]


def _of_each(rule: Draft, whole: Sample) -> list[Draft]:
    found = []
    for part, prefix in _prefixes(whole):
        columns = {
            column: _prefixed(origin, whole.restarting, prefix) if column in IDS else origin
            for column, origin in rule["columns"].items()
        }
        remarks = rule["remarks"] if part is whole.parts[0] else []
        found.append(rule | {"from": part.key, "columns": columns, "remarks": remarks})
    return found


def _prefixed(origin: Any, restarting: str | None, prefix: str) -> Any:
    """A rule whose ids are those of one sheet, where other sheets have the same."""
    if isinstance(origin, str):
        return {"column": origin, "prefix": prefix} if origin == restarting else origin
    return origin | {"prefix": prefix} if "row_number" in origin else origin
