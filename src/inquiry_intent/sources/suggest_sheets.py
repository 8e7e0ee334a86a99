"""Sheets of a workbook that are parts of one table, as one a year: drafted as one, and written as a rule for each."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from inquiry_intent.sources.naming import plain, vocabulary
from inquiry_intent.sources.profiles import profile_columns
from inquiry_intent.sources.rows import joined
from inquiry_intent.sources.samples import NUMBERS, SLIPS, Sample, counts_rows
from inquiry_intent.sources.suggest_rules import Draft

if TYPE_CHECKING:
    from inquiry_intent.sources.suggest import Suggestion

#: Columns whose values are told apart by the sheet they stand in.
IDS = ("inquiry_id", "client_id")


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
    return found


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
    """Give each sheet of a joined sample rules of its own, and the forbidden columns."""
    for whole in [sample for sample in draft.samples if sample.parts]:
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
