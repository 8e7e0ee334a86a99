"""Tables for spreadsheets: no cell becomes a formula, whatever a buyer wrote."""

import io
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from inquiry_intent.storage import replacing

#: What makes a spreadsheet read a text as a formula or command.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
#: A phone number with its country's code: digits and single blanks only, so no operator, name or call can stand in it.
PHONE = re.compile(r"\+[0-9](?: ?[0-9]){6,14}")
#: Longest text that a cell of a workbook holds.
MAX_CELL_CHARACTERS = 32_767
#: What a salesperson reads first, in this order, where a table has it; the rest follows in the table's order.
FIRST_COLUMNS = (
    "inquiry_id",
    "company",
    "contact",
    "subject",
    "left_out_reason",
    "grade",
    "conversion_probability",
    "expected_value",
    "currency",
    "disagreement",
    "last_words",
    "action",
    "reasons",
    "basis",
    "next_follow_up",
    "overdue_days",
    "answer_within_hours",
    "next_small_ask",
    "do",
    "dont",
    "client_id",
    "country",
    "product",
    "owner",
)
#: Headers that are more than the column's name with spaces.
TITLES = {
    "inquiry_id": "Inquiry",
    "client_id": "Client",
    "received_at": "Received",
    "owner": "Salesperson",
    "conversion_probability": "Probability of an order",
    "conversion_probability_low": "Probability of an order, low",
    "conversion_probability_high": "Probability of an order, high",
    "tier_probability_test": "If won: test client",
    "tier_probability_short_term": "If won: short-term client",
    "tier_probability_strategic": "If won: strategic client",
    "potential": "Potential that the advice goes by",
    "action": "Next action",
    "dont": "Don't",
    "disagreement": "Where model and rules disagree",
    "last_words": "The buyer's last words",
    "next_follow_up": "Follow up on",
    "overdue_days": "Days overdue",
    "next_small_ask": "Next small request",
}
#: Moments, which are shown by the export's own clock; other times are days.
MOMENTS = ("as_of", "received_at")
#: Widths of columns of long texts, which wrap.
WIDTHS = {
    "company": 24,
    "subject": 28,
    "disagreement": 36,
    "last_words": 48,
    "action": 36,
    "reasons": 64,
    "basis": 64,
    "do": 52,
    "dont": 52,
    "next_small_ask": 28,
    "left_out_reason": 48,
}
TITLES_WRAP_AT = 16


def safe_cells(table: pd.DataFrame) -> pd.DataFrame:
    """The table with an apostrophe before each text that a spreadsheet would run, whatever the type of its column.

    A phone number runs nothing, and must join back to the system that knows it, so it stays as it is.

    >>> safe_cells(pd.DataFrame({"a": ["=1+1", "fine", None], "b": [-1.0, 2.0, 3.0]}))["a"].tolist()[:2]
    ["'=1+1", 'fine']
    >>> safe_cells(pd.DataFrame({"a": ["+34 638 25 52 20", "+1-1", "+1|cmd"]}))["a"].tolist()
    ['+34 638 25 52 20', "'+1-1", "'+1|cmd"]
    """
    safe = table.copy()
    for name, column in table.items():
        if not (pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_any_dtype(column)):
            safe[name] = column.astype("object").map(_safe_cell)
    return safe


def _safe_cell(value: Any) -> Any:
    risky = isinstance(value, str) and value.startswith(FORMULA_STARTS) and not PHONE.fullmatch(value)
    return f"'{value}" if risky else value


def title_of(column: str, zone: str = "UTC") -> str:
    """A column's header in a workbook, with the zone of its times.

    >>> title_of("rule_intent_confidence"), title_of("dont"), title_of("received_at", "Asia/Shanghai")
    ('Rule intent confidence', "Don't", 'Received (Asia/Shanghai)')
    """
    title = TITLES.get(column, column.replace("_", " ").strip().capitalize())
    return f"{title} ({zone})" if column in MOMENTS else title


def reading_order(columns: list[str]) -> list[str]:
    """The columns with those that a salesperson reads first at the left.

    >>> reading_order(["as_of", "inquiry_id", "grade"])
    ['inquiry_id', 'grade', 'as_of']
    """
    first = [column for column in FIRST_COLUMNS if column in columns]
    return [*first, *(column for column in columns if column not in first)]


def write_workbook(sheets: Mapping[str, pd.DataFrame], path: Path, zone: str = "UTC") -> None:
    """Write sheets for reading: first columns first, readable headers, dates as dates, long texts wrapped.

    Moments are shown by the clock of `zone`, a column of midnights as days. The header row is frozen and has filters.
    Texts are written as texts: never a formula, never a link.
    """
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with replacing(path) as draft, _workbook(draft, options) as workbook:
        head = workbook.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        for title, table in sheets.items():
            sheet = workbook.add_worksheet(title)
            for position, name in enumerate(reading_order(list(map(str, table)))):
                column = _by_clock(table[name], zone if name in MOMENTS else "UTC")
                sheet.write_string(0, position, title_of(name, zone), head)
                style = workbook.add_format({"valign": "top", **_format(name, column)})
                sheet.set_column(position, position, _width(name, column), style)
                for row, value in enumerate(column, start=1):
                    if not pd.isna(value):
                        _write(sheet, row, position, value, style)
            sheet.freeze_panes(1, 1)
            if len(table) and len(table.columns):
                sheet.autofilter(0, 0, len(table), len(table.columns) - 1)


@contextmanager
def _workbook(path: Path, options: dict[str, bool]) -> Iterator[Any]:
    """A workbook to fill, written in one go: of a full disk the library would raise an error of its own."""
    import xlsxwriter

    whole = io.BytesIO()
    with xlsxwriter.Workbook(whole, {**options, "in_memory": True}) as workbook:
        yield workbook
    path.write_bytes(whole.getvalue())


def _write(sheet: Any, row: int, position: int, value: Any, style: Any) -> None:
    """One cell by the kind of its value; a time or number that a workbook cannot hold is written as text."""
    if isinstance(value, pd.Timestamp) and 1900 < value.year < 9999:
        sheet.write_datetime(row, position, value.floor("ms").to_pydatetime(), style)
    elif isinstance(value, int | float | np.number) and np.isfinite(value):
        sheet.write_number(row, position, float(value), style)
    else:
        sheet.write_string(row, position, str(value)[:MAX_CELL_CHARACTERS], style)


def _by_clock(column: pd.Series, zone: str) -> pd.Series:
    """Times as workbooks have them, without a zone, by the clock of one."""
    if column.dtype == "object" and pd.api.types.infer_dtype(column, skipna=True) == "datetime":
        column = pd.to_datetime(column, utc=True)
    return column.dt.tz_convert(zone).dt.tz_localize(None) if isinstance(column.dtype, pd.DatetimeTZDtype) else column


def _format(name: str, column: pd.Series) -> dict[str, object]:
    """How a column's cells are shown."""
    if name in WIDTHS:
        return {"text_wrap": True}
    if pd.api.types.is_datetime64_any_dtype(column):
        whole_days = (column.dropna() == column.dropna().dt.floor("D")).all()
        return {"num_format": "yyyy-mm-dd" if whole_days else "yyyy-mm-dd hh:mm"}
    if not pd.api.types.is_numeric_dtype(column):
        return {}
    if "probability" in name or "confidence" in name:
        return {"num_format": "0.0%"}
    if name == "expected_value":
        return {"num_format": "#,##0"}
    return {"num_format": "0" if (column.dropna() % 1 == 0).all() else "0.0"}


def _width(name: str, column: pd.Series) -> int:
    """Wide for long texts and for times; else as wide as the header's longest line."""
    if name in WIDTHS:
        return WIDTHS[name]
    if pd.api.types.is_datetime64_any_dtype(column):
        return 17
    return max(10, min(TITLES_WRAP_AT, len(title_of(name)) + 4))
