"""What the columns of an export look like: times and how they are written, numbers, ids, texts, codes."""

import re
from dataclasses import dataclass

import pandas as pd

from inquiry_intent.sources.rows import Rows
from inquiry_intent.sources.times import out_of_range, parse_times
from inquiry_intent.sources.values import parse_numbers

ENOUGH = 0.97
PATTERNS = (
    "%Y年%m月%d日 %H:%M:%S",
    "%Y年%m月%d日 %H:%M",
    "%Y年%m月%d日",
    "%Y.%m.%d %H:%M:%S",
    "%Y.%m.%d",
    "%d/%m/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M",
    "%d/%m/%Y",
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y",
    "%m/%d/%Y %I:%M:%S %p",
    "%m/%d/%Y %I:%M %p",
    "%m/%d/%y",
    "%d/%m/%y",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y",
    "%d-%m-%Y %H:%M:%S",
    "%d-%m-%Y %H:%M",
    "%d-%m-%Y",
    "%d-%b-%Y",
    "%d-%b-%y",
    "%d %b %Y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%a %b %d %H:%M:%S %Y",
)
#: Day and month can be told apart only where a day is above 12.
TWINS = {"%d/%m": "%m/%d", "%d-%m": "%m-%d"}
MISSING = {"", "NULL", "null", "\\N", "NaN", "nan", "N/A", "n/a", "#N/A", "None", "NaT", "-", "--"}
TIME_NAME = re.compile(r"(?i)date|time|_at$|\bat$|^ts_|period|created|day|日期|时间|日$")
LONGEST_TIME = 45
CATEGORIES = 60


@dataclass(frozen=True)
class Profile:
    """One column.

    Attributes
    ----------
    name : str
    kind : str
        time, number, category, text, key (its values are all different, or nearly), list, empty.
    values : Series of str
        Without missing markers; NaN: no value.
    filled : float
        Share of rows with a value.
    format : str or None
        Of a time; None: iso.
    naive : bool
        Of a time: written without a zone.
    ambiguous : bool
        Of a time: day and month could be the other way round.
    decimal : str
        Of a number.
    """

    name: str
    kind: str
    values: pd.Series
    filled: float
    format: str | None = None
    naive: bool = False
    ambiguous: bool = False
    decimal: str = "."

    @property
    def distinct(self) -> int:
        return int(self.values.nunique())

    def times(self) -> pd.Series:
        """Its values as UTC times, those without a zone taken as UTC."""
        return parse_times(self.values, [self.format] if self.format else [], "UTC").values

    def numbers(self) -> pd.Series:
        return parse_numbers(self.values, self.decimal)[0]


def profile_columns(rows: Rows) -> dict[str, Profile]:
    """A profile of each column, by its name."""
    return {str(name): _profile(str(name), rows.frame[name]) for name in rows.frame}


def _profile(name: str, cells: pd.Series) -> Profile:
    if cells.dtype == "object":
        return Profile(name, "list", cells, float(cells.notna().mean()))
    stripped = cells.str.strip()
    values = stripped.mask(stripped.isin(MISSING))
    written = values.dropna()
    filled = float(values.notna().mean()) if len(values) else 0.0
    if written.empty:
        return Profile(name, "empty", values, filled)
    time = _time_format(name, written)
    if time is not None:
        found, naive, ambiguous = time
        return Profile(name, "time", values, filled, None if found == "iso" else found, naive, ambiguous)
    for decimal in (".", ","):
        if 1 - parse_numbers(written, decimal)[1].mean() >= ENOUGH:
            unique = written.nunique() == len(written) > 20 and not written.str.contains(r"[.,]").any()
            return Profile(name, "key" if unique else "number", values, filled, decimal=decimal)
    return Profile(name, _kind_of_words(written), values, filled)


def _kind_of_words(written: pd.Series) -> str:
    distinct, length = written.nunique(), written.str.len().mean()
    sentences = length > 25 and written.str.contains(r"\S\s\S", regex=True).mean() > 0.5
    chinese = length > 12 and written.str.contains("[一-鿿]", regex=True).mean() > 0.5
    if (sentences or chinese) and distinct > 0.3 * len(written):
        return "text"
    return "key" if distinct > CATEGORIES and distinct > 0.9 * len(written) else "category"


def _time_format(name: str, written: pd.Series) -> tuple[str, bool, bool] | None:
    """The first format that reads nearly all values, whether they are naive, and whether day and month are unclear."""
    sample = written.iloc[:2000]
    # Most columns are no times: a glance spares them the long list of formats.
    if (sample.str.contains(r"\d", regex=True) & (sample.str.len() <= LONGEST_TIME)).mean() < ENOUGH:
        return None
    numeric = sample.str.fullmatch(r"\d+(\.\d*)?").mean() > ENOUGH
    if numeric:
        formats = _numeric_formats(name, sample)
    else:
        formats = ["iso", "mail", *PATTERNS]
    for found in formats:
        if parse_times(sample.iloc[:20], [found], "UTC").values.isna().mean() > 0.5:
            continue
        parsed = parse_times(sample, [found], "UTC")
        good = parsed.values.notna() & ~out_of_range(parsed.values)
        if good.mean() < ENOUGH:
            continue
        naive = bool(parse_times(sample, [found], None).problems)
        return found, naive, _ambiguous(sample, found)
    return None


def _numeric_formats(name: str, sample: pd.Series) -> list[str]:
    """Numbers are times only where their length and their column's name say so."""
    whole = sample.str.replace(r"\.\d*$", "", regex=True).str.len()
    length = int(whole.mode().iloc[0])
    if length == 8 and sample.str.match(r"(?:19|20)\d{6}").mean() > ENOUGH:
        return ["iso"]
    named = bool(TIME_NAME.search(name))
    return {6: ["month"], 10: ["unix"], 13: ["unix_ms"], 5: ["excel"]}.get(length, []) if named else []


def _ambiguous(sample: pd.Series, found: str) -> bool:
    for one, other in TWINS.items():
        if found.startswith(one):
            return bool(parse_times(sample, [found.replace(one, other)], "UTC").values.notna().mean() >= ENOUGH)
    return False
