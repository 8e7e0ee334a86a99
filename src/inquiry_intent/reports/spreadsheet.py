"""Tables for spreadsheets: no cell becomes a formula, whatever a buyer wrote."""

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from textwrap import wrap
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
#: What a row is known by, which stays in view: those of these that a table begins with.
KEPT_IN_VIEW = ("grade", "company", "inquiry_id")
#: What decides a salesperson's morning, in this order, where a table has it: so much of a list of grades is printed …
DECIDING = (
    *KEPT_IN_VIEW,
    "left_out_reason",
    "status",
    "country",
    "owner",
    "conversion_probability",
    "conversion_probability_low",
    "conversion_probability_high",
    "expected_value",
    "currency",
    "action",
    "next_follow_up",
    "overdue_days",
    "answer_within_hours",
    "disagreement",
    "reasons",
    "basis",
)
#: … and what helps with the answer. The rest, in the table's order, is for who wants to know how it came about.
HELPING = (
    "contact",
    "subject",
    "last_words",
    "do",
    "dont",
    "tone",
    "next_small_ask",
    "product",
    "received_at",
    "age_days",
    "client_id",
)
#: Headers that are more than the column's name with spaces.
TITLES = {
    "inquiry_id": "Inquiry",
    "client_id": "Client",
    "received_at": "Received",
    "owner": "Salesperson",
    "conversion_probability": "Probability of an order",
    "conversion_probability_low": "May be as low as",
    "conversion_probability_high": "May be as high as",
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
    "company": 22,
    "subject": 28,
    "disagreement": 30,
    "last_words": 48,
    "action": 30,
    "reasons": 48,
    "basis": 48,
    "do": 48,
    "dont": 48,
    "next_small_ask": 28,
    "left_out_reason": 40,
    "note": 110,
}
#: Other columns are as wide as the longest word of their header, in bold letters, and their cells ask for.
BOLD, NARROWEST, WIDEST = 2, 8, 24
#: How wide a line above a table is, in characters, and how high in points.
LINE_WIDTH, LINE_HEIGHT = 120, 15
#: Certainty is never whole, and of all that lies between a whole per cent says more than is known.
PERCENT = "[<0.01]0.0%;[>0.99]0.0%;0%"
A4 = 9


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

    >>> reading_order(["as_of", "inquiry_id", "do", "grade"])
    ['grade', 'inquiry_id', 'do', 'as_of']
    """
    first = [column for column in (*DECIDING, *HELPING) if column in columns]
    return [*first, *(column for column in columns if column not in first)]


def write_workbook(
    sheets: Mapping[str, pd.DataFrame], path: Path, zone: str = "UTC", above: Sequence[str] = ()
) -> None:
    """Write sheets for reading: first columns first, readable headers, dates as dates, long texts wrapped.

    Moments are shown by the clock of `zone`, a column of midnights as days. The header row has filters, and stays in
    view with what a row is known by. `above` are lines that nobody may miss who reads the first sheet: they stand over
    its header. Printed is what decides, on sheets as wide as the paper. Texts are written as texts: never a formula,
    never a link.
    """
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with replacing(path) as draft, _workbook(draft, options) as workbook:
        head = workbook.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        warn = workbook.add_format({"bold": True, "bg_color": "#FFF2CC", "text_wrap": True, "valign": "top"})
        for title, table in sheets.items():
            sheet = workbook.add_worksheet(title)
            names = reading_order(list(map(str, table)))
            columns = {name: _by_clock(table[name], zone if name in MOMENTS else "UTC") for name in names}
            widths = [_width(name, column, zone) for name, column in columns.items()]
            top = _write_above(sheet, above, widths, warn)
            above = ()
            for position, (name, column) in enumerate(columns.items()):
                sheet.write_string(top, position, title_of(name, zone), head)
                style = workbook.add_format({"valign": "top", **_format(name, column)})
                sheet.set_column(position, position, widths[position], style)
                for row, value in enumerate(column, start=top + 1):
                    if not pd.isna(value):
                        _write(sheet, row, position, value, style)
            kept = next((n for n, name in enumerate(names) if name not in KEPT_IN_VIEW), len(names))
            # A sheet of one column would have nothing to scroll.
            sheet.freeze_panes(top + 1, max(kept, 1) if len(names) > 1 else 0)
            if len(table) and names:
                sheet.autofilter(top, 0, top + len(table), len(names) - 1)
            _set_up_print(sheet, names, top, len(table))


def _write_above(sheet: Any, lines: Sequence[str], widths: list[int], style: Any) -> int:
    """Write lines over the first columns, so many as a screen shows; the row below them."""
    last = max(int(np.searchsorted(np.cumsum(widths), LINE_WIDTH, side="right")) - 1, 0)
    for row, line in enumerate(lines):
        if last:
            sheet.merge_range(row, 0, row, last, "", style)
        sheet.write_string(row, 0, line, style)
        # No program makes merged cells as high as their text; bold letters are wider than those that columns count in.
        sheet.set_row(row, LINE_HEIGHT * len(wrap(line, max(int(0.85 * sum(widths[: last + 1])), NARROWEST))))
    return len(lines)


def _set_up_print(sheet: Any, names: list[str], top: int, rows: int) -> None:
    """Landscape, as wide as the paper, the header on each page; of a list of grades only the columns that decide."""
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.5)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0, top)
    if "grade" in names:
        sheet.print_area(0, 0, top + rows, sum(name in DECIDING for name in names) - 1)


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
        return {"num_format": "yyyy-mm-dd" if _whole_days(column) else "yyyy-mm-dd hh:mm"}
    if not pd.api.types.is_numeric_dtype(column):
        return {}
    if "probability" in name or "confidence" in name:
        return {"num_format": PERCENT}
    if name == "expected_value":
        return {"num_format": "#,##0"}
    return {"num_format": "0" if (column.dropna() % 1 == 0).all() else "0.0"}


def _whole_days(column: pd.Series) -> bool:
    return bool((column.dropna() == column.dropna().dt.floor("D")).all())


def _width(name: str, column: pd.Series, zone: str) -> int:
    """Wide for long texts, else as wide as the header's longest word and the cells ask for."""
    least = max(NARROWEST, max(map(len, title_of(name, zone).split()), default=0) + BOLD)
    if column.isna().all():
        return least
    if pd.api.types.is_numeric_dtype(column):
        return max(least, len(f"{column.max():,.0f}") + 1)
    if name in WIDTHS:
        return WIDTHS[name]
    if pd.api.types.is_datetime64_any_dtype(column):
        return max(least, 12 if _whole_days(column) else 17)
    longest = int(column.dropna().astype("str").str.len().max())
    return max(least, min(longest + 1, WIDEST))
