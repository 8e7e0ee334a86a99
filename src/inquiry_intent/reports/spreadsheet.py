"""Tables for spreadsheets: no cell becomes a formula, whatever a buyer wrote."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from inquiry_intent.tables import replacing

#: What makes a spreadsheet read a text as a formula or command.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
#: Longest text that a cell of a workbook holds.
MAX_CELL_CHARACTERS = 32_767


def safe_cells(table: pd.DataFrame) -> pd.DataFrame:
    """The table with an apostrophe before each text that a spreadsheet would run.

    >>> safe_cells(pd.DataFrame({"a": ["=1+1", "fine", None], "b": [-1.0, 2.0, 3.0]}))["a"].tolist()[:2]
    ["'=1+1", 'fine']
    """
    texts = {
        str(name): column.mask(column.str.startswith(FORMULA_STARTS).fillna(False), "'" + column)
        for name, column in table.items()
        if pd.api.types.is_string_dtype(column)
    }
    return table.assign(**texts)


def write_workbook(sheets: Mapping[str, pd.DataFrame], path: Path) -> None:
    """Write sheets with a frozen header row and filters. Texts are written as texts: never a formula, never a link."""
    import xlsxwriter

    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with replacing(path) as draft, xlsxwriter.Workbook(str(draft), options) as workbook:
        head = workbook.add_format({"bold": True, "bottom": 1})
        share = workbook.add_format({"num_format": "0.0%"})
        number = workbook.add_format({"num_format": "0.0"})
        for title, table in sheets.items():
            sheet = workbook.add_worksheet(title)
            for position, (name, column) in enumerate(table.items()):
                sheet.write_string(0, position, str(name), head)
                numeric = pd.api.types.is_numeric_dtype(column)
                style = share if "probability" in str(name) or "confidence" in str(name) else number
                for row, value in enumerate(column, start=1):
                    if pd.isna(value):
                        continue
                    if numeric:
                        sheet.write_number(row, position, float(value), style)
                    else:
                        sheet.write_string(row, position, str(value)[:MAX_CELL_CHARACTERS])
                sheet.set_column(position, position, 60 if name == "reasons" else max(12, len(str(name)) + 2))
            sheet.freeze_panes(1, 1)
            if len(table) and len(table.columns):
                sheet.autofilter(0, 0, len(table), len(table.columns) - 1)
