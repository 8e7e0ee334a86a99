"""Which of many ways a column of times is written in."""

import re
from functools import cache
from itertools import product

import pandas as pd

from inquiry_intent.sources.naming import mentions, plain, vocabulary
from inquiry_intent.sources.times import out_of_range, parse_times

ENOUGH = 0.97
LONGEST_TIME = 45
#: Days, the preferred way first where two read the same text.
DAYS = (
    "%Y年%m月%d日",
    "%Y.%m.%d",
    "%Y%m%d",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d.%m.%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%d/%m/%y",
    "%m/%d/%y",
    "%d.%m.%y",
    "%d-%m-%y",
    "%d-%b-%Y",
    "%d-%b-%y",
    "%d %b %Y",
    "%d %B %Y",
    "%d. %B %Y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%b %d %Y",
    "%a, %d %b %Y",
    "%a %d %b %Y",
    "%a, %b %d, %Y",
)
HOURS = ("", " %H:%M:%S", " %H:%M", ", %H:%M:%S", ", %H:%M", " %I:%M:%S %p", " %I:%M %p", ", %I:%M:%S %p", ", %I:%M %p",
         " %H:%M:%S.%f", " at %I:%M %p", " %I:%M%p")  # fmt: skip
WHOLE = ("%a %b %d %H:%M:%S %Y", "%Y年%m月%d日%H:%M", "%Y年%m月%d日%H时%M分", "%Y年%m月%d日 %H时%M分%S秒")
#: Day and month can be told apart only where a day is above 12.
TWINS = (("%d/%m", "%m/%d"), ("%d-%m", "%m-%d"))
PARTS = {
    "%Y": r"\d{4}", "%y": r"\d{2}", "%m": r"\d{1,2}", "%d": r"\d{1,2}", "%H": r"\d{1,2}", "%I": r"\d{1,2}",
    "%M": r"\d{2}", "%S": r"\d{2}", "%f": r"\d{1,6}", "%p": "(?i:am|pm)", "%b": "[A-Za-z]{3}", "%B": "[A-Za-z]{3,9}",
    "%a": "[A-Za-z]{3}",
}  # fmt: skip


def time_format(name: str, written: pd.Series) -> tuple[str, bool, bool] | None:
    """The first format that reads nearly all values, whether they are naive, and whether day and month are unclear.

    Parameters
    ----------
    name : str
        Of the column: numbers are times only where it says so.
    written : Series of str
        Without missing ones.

    Returns
    -------
    tuple or None
        None: the values are no times.

    >>> time_format("Created", pd.Series(["01/23/25 9:05 PM", "02/03/25 10:00 AM"]))
    ('%m/%d/%y %I:%M %p', True, False)
    """
    sample = written.iloc[:2000]
    # Most columns are no times: a glance spares them the long list of formats.
    if (sample.str.contains(r"\d", regex=True) & (sample.str.len() <= LONGEST_TIME)).mean() < ENOUGH:
        return None
    numeric = sample.str.fullmatch(r"\d+(\.\d*)?").mean() > ENOUGH
    formats = _numeric_formats(name, sample) if numeric else ["iso", "mail", *_shaped_like(sample.iloc[:20].tolist())]
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


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    """Every pattern of strptime that is tried, with the shape of what it reads."""
    patterns = [day + hour for day, hour in product(DAYS, HOURS)] + list(WHOLE)

    def shape(pattern: str) -> re.Pattern[str]:
        pieces = re.split("(%[A-Za-z])", pattern)
        return re.compile("".join(PARTS.get(piece) or re.escape(piece) for piece in pieces))

    return [(pattern, shape(pattern)) for pattern in patterns]


def _shaped_like(cells: list[str]) -> list[str]:
    """The patterns whose shape most of some cells have."""
    return [name for name, shape in _patterns() if sum(bool(shape.fullmatch(c)) for c in cells) * 2 >= len(cells)]


def _numeric_formats(name: str, sample: pd.Series) -> list[str]:
    """Numbers are times only where their length and their column's name say so."""
    whole = sample.str.replace(r"\.\d*$", "", regex=True).str.len()
    length = int(whole.mode().iloc[0])
    if length == 8 and sample.str.match(r"(?:19|20)\d{6}").mean() > ENOUGH:
        return ["iso"]
    named = mentions(name, vocabulary()["times"]) is not None or plain(name).endswith(("date", "time", "datum"))
    return {6: ["month"], 10: ["unix"], 13: ["unix_ms"], 5: ["excel"]}.get(length, []) if named else []


def _ambiguous(sample: pd.Series, found: str) -> bool:
    for one, other in TWINS:
        if one in found or other in found:
            twin = found.replace(one, other) if one in found else found.replace(other, one)
            return bool(parse_times(sample, [twin], "UTC").values.notna().mean() >= ENOUGH)
    return False
