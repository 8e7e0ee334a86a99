"""What the columns of an export look like: times and how they are written, numbers, ids, texts, codes."""

from dataclasses import dataclass, field

import pandas as pd

from inquiry_intent.sources.clocks import time_formats
from inquiry_intent.sources.rows import Rows, load_json
from inquiry_intent.sources.schema import DEFAULT_MISSING
from inquiry_intent.sources.times import parse_times
from inquiry_intent.sources.values import currencies_in, parse_numbers

ENOUGH = 0.97
MISSING = {"", *DEFAULT_MISSING}
CATEGORIES = 60
#: Longer cells on average are sentences, however often they repeat (buyers send what a site offers them).
SENTENCES = 60
#: So few words beside dates, each repeated, stand for no date: `not closed`, `offen`.
FEW_WORDS = 3
#: So many numbers with exactly three digits behind every point, and the point groups thousands.
GROUPED = 5


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
    formats : list of str
        Of a time; empty: iso.
    zones : str
        Of a time: naive (written without a zone), zoned, or mixed.
    ambiguous : bool
        Of a time: day and month could be the other way round.
    decimal : str
        Of a number.
    absent : list of str
        Of a time: words that stand where there is none, and are no values.
    """

    name: str
    kind: str
    values: pd.Series
    filled: float
    formats: list[str] = field(default_factory=list)
    zones: str = ""
    ambiguous: bool = False
    decimal: str = "."
    absent: list[str] = field(default_factory=list)

    @property
    def naive(self) -> bool:
        """Whether it holds times without a zone."""
        return self.zones in ("naive", "mixed")

    @property
    def distinct(self) -> int:
        return 0 if self.kind == "list" else int(self.values.nunique())

    @property
    def repeating(self) -> float:
        """Share of its values that stood there before: 0 where all differ; a few slips are no reason to pass by ids."""
        written = self.values.dropna()
        return float(written.duplicated().mean()) if len(written) else 0.0

    def times(self) -> pd.Series:
        """Its values as UTC times, those without a zone taken as UTC."""
        return parse_times(self.values, self.formats, "UTC").values

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
    if _holds_lists(written):
        return Profile(name, "list", values, filled)
    absent = _words_beside_dates(written)
    dates = values.mask(values.isin(absent))
    time = time_formats(name, dates.dropna())
    if time is not None:
        found, zones, ambiguous = time
        formats = [] if found == ["iso"] else found
        return Profile(name, "time", dates, float(dates.notna().mean()), formats, zones, ambiguous, absent=absent)
    glance = written.iloc[:200]  # most columns are no numbers
    for decimal in _decimals(written):
        if parse_numbers(glance, decimal)[1].mean() < 0.5 and 1 - parse_numbers(written, decimal)[1].mean() >= ENOUGH:
            plain = not written.str.contains(r"[.,]", regex=True).any() and not currencies_in(written.iloc[:20])
            unique = written.nunique() == len(written) > 20 and plain
            return Profile(name, "key" if unique else "number", values, filled, decimal=decimal)
    return Profile(name, _kind_of_words(written), values, filled)


def _words_beside_dates(written: pd.Series) -> list[str]:
    """The few words that stand again and again in a column, beside cells with digits that may be dates; else none."""
    words = written[~written.str.contains(r"\d", regex=True)]
    counts = words.value_counts()
    if not 0 < len(counts) <= FEW_WORDS or counts.min() < 2:
        return []
    return list(counts.index) if len(written) - len(words) > FEW_WORDS else []


def _decimals(written: pd.Series) -> tuple[str, str]:
    """The decimal signs to try: `12.500` and `3.150` and never `1.5` are German thousands."""
    points = written[written.str.contains(".", regex=False)]
    grouped = (
        len(points) >= GROUPED and points.str.contains(r"^\D*[1-9]\d{0,2}(?:\.\d{3})+(?:,\d+)?\D*$", regex=True).all()
    )
    return (",", ".") if grouped else (".", ",")


def _holds_lists(written: pd.Series) -> bool:
    """Whether the cells are lists as JSON text."""
    if not written.str.startswith("[").mean() >= ENOUGH:
        return False
    try:
        return all(isinstance(load_json(cell), list) for cell in written.iloc[:20])
    except ValueError:
        return False


def _kind_of_words(written: pd.Series) -> str:
    distinct, length = written.nunique(), written.str.len().mean()
    sentences = length > 25 and written.str.contains(r"\S\s\S", regex=True).mean() > 0.5
    chinese = length > 12 and written.str.contains("[一-鿿]", regex=True).mean() > 0.5
    # A Chinese character says about as much as three letters.
    long = length > (SENTENCES / 3 if chinese else SENTENCES)
    if (sentences or chinese) and (distinct > 0.3 * len(written) or (long and distinct > 1)):
        return "text"
    return "key" if distinct > CATEGORIES and distinct > 0.9 * len(written) else "category"
