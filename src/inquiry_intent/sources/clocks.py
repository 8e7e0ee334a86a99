"""Which of many ways a column of times is written in, or which few."""

import re
from functools import cache
from itertools import product

import pandas as pd

from inquiry_intent.sources.naming import mentions, plain, vocabulary
from inquiry_intent.sources.time_words import plain_times
from inquiry_intent.sources.times import out_of_range, parse_times, twin_of

ENOUGH = 0.97
#: A column written in more ways than this is no time.
MOST_FORMATS = 4
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
    "%d/%b/%Y",
    "%d/%b/%y",
    "%d %b %Y",
    "%d %b %y",
    "%d. %b %Y",
    "%d %b, %Y",
    "%b %d, %Y",
    "%b %d %Y",
    "%Y/%m/%d",
    "%Y-%m-%d",
)
HOURS = ("", " %H:%M:%S", " %H:%M", ", %H:%M:%S", ", %H:%M", " %I:%M:%S %p", " %I:%M %p", ", %I:%M:%S %p", ", %I:%M %p",
         " %H:%M:%S.%f", " %H:%M:%S %z", " %H:%M %z", " %I:%M:%S %p %z", " %I:%M %p %z")  # fmt: skip
WHOLE = ("%b %d %H:%M:%S %Y",)
#: Three numbers as dates have them, whatever the calendar or era.
DATED = (
    r"(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{2}|\d{4})|[MTSHR]\d{1,2}[-/.]\d{1,2}[-/.]\d{1,2}"
    r"|\D{0,3}\d{1,4}年\s?\d{1,2}月\s?\d{1,2}日)(?:\D.*)?"
)
PARTS = {
    "%Y": r"\d{4}", "%y": r"\d{2}", "%m": r"\d{1,2}", "%d": r"\d{1,2}", "%H": r"\d{1,2}", "%I": r"\d{1,2}",
    "%M": r"\d{2}", "%S": r"\d{2}", "%f": r"\d{1,6}", "%p": "[AP]M", "%b": "[A-Z][a-z]{2}", "%z": r"[+-]\d{4}",
}  # fmt: skip


def time_formats(name: str, written: pd.Series) -> tuple[list[str], str, bool] | None:
    """The formats that read nearly all values, whether they have zones, and whether day and month are unclear.

    One format that reads them all is preferred; people who fill sheets by hand use several.

    Parameters
    ----------
    name : str
        Of the column: numbers are times only where it says so.
    written : Series of str
        Without missing ones.

    Returns
    -------
    tuple or None
        Formats; naive, zoned or mixed; and whether day and month could be the other way round. None: no times.

    >>> time_formats("Created", pd.Series(["01/23/25 9:05 PM", "02/03/25 10:00 AM"]))
    (['%m/%d/%y %I:%M %p'], 'naive', False)
    >>> time_formats("日期", pd.Series(["2025/1/23", "2025年1月3日"]))[0]
    ['iso', '%Y年%m月%d日']
    """
    sample = plain_times(written.iloc[:2000])
    # Most columns are no times: a glance spares them the long list of formats.
    if (sample.str.contains(r"\d", regex=True) & (sample.str.len() <= LONGEST_TIME)).mean() < ENOUGH:
        return None
    numeric = sample.str.fullmatch(r"\d+(\.\d*)?").mean() > ENOUGH
    glance = sample.iloc[:20]
    tried = _numeric_formats(name, sample) if numeric else ["iso", "mail", *_shaped_like(glance.tolist(), 0.5)]
    formats = next(([found] for found in tried if _reads(sample, [found], glance)), [])
    if not formats and not numeric:
        formats = _several(sample)
    if not formats:
        return None
    mixed = bool(parse_times(sample, formats, "UTC").problems)
    zones = "mixed" if mixed else "naive" if parse_times(sample, formats, None).problems else "zoned"
    return formats, zones, any(_ambiguous(sample, found) for found in formats)


def like_dates(values: pd.Series) -> pd.Series:
    """Those values that look like dates, where most of a column do; else none of them.

    >>> like_dates(pd.Series(["15/03/2568", "令和7年3月15日", None])).tolist(), len(like_dates(pd.Series(["1.2.3"])))
    (['15/03/2568', '令和7年3月15日'], 0)
    """
    written = plain_times(values.dropna().iloc[:2000])
    found = written[written.str.fullmatch(DATED) & (written.str.len() <= LONGEST_TIME)]
    return found if len(found) > 0.5 * len(written) else found.iloc[:0]


def _reads(sample: pd.Series, formats: list[str], glance: pd.Series) -> bool:
    if parse_times(glance, formats, "UTC").values.isna().mean() > 0.5:
        return False
    times = parse_times(sample, formats, "UTC").values
    return bool((times.notna() & ~out_of_range(times)).mean() >= ENOUGH)


def _several(sample: pd.Series) -> list[str]:
    """A few formats that together read nearly all values, those that read most first; none if there are no such."""
    left, chosen = sample, list[str]()
    while len(chosen) < MOST_FORMATS and len(left) > (1 - ENOUGH) * len(sample):
        tried = {f: _good(left, f) for f in ["iso", *_shaped_like(left.iloc[:100].tolist(), 0.02)] if f not in chosen}
        best = max(tried, key=lambda f: int(tried[f].sum()), default=None)
        if best is None or not tried[best].any():
            return []
        chosen.append(best)
        left = left[~tried[best]]
    return chosen if len(left) <= (1 - ENOUGH) * len(sample) else []


def _good(sample: pd.Series, found: str) -> pd.Series:
    times = parse_times(sample, [found], "UTC").values
    return times.notna() & ~out_of_range(times)


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    """Every pattern of strptime that is tried, with the shape of what it reads."""
    patterns = [day + hour for day, hour in product(DAYS, HOURS)] + list(WHOLE)

    def shape(pattern: str) -> re.Pattern[str]:
        pieces = re.split("(%[A-Za-z])", pattern)
        return re.compile("".join(PARTS.get(piece) or re.escape(piece) for piece in pieces))

    return [(pattern, shape(pattern)) for pattern in patterns]


def _shaped_like(cells: list[str], share: float) -> list[str]:
    """The patterns whose shape at least a share of some cells have."""
    least = max(share * len(cells), 1)
    return [name for name, shape in _patterns() if sum(bool(shape.fullmatch(cell)) for cell in cells) >= least]


def _numeric_formats(name: str, sample: pd.Series) -> list[str]:
    """Numbers are times only where their length and their column's name say so."""
    whole = sample.str.replace(r"\.\d*$", "", regex=True).str.len()
    length = int(whole.mode().iloc[0])
    if length == 8 and sample.str.match(r"(?:19|20)\d{6}").mean() > ENOUGH:
        return ["iso"]
    named = mentions(name, vocabulary()["times"]) is not None or plain(name).endswith(("date", "time", "datum"))
    return {6: ["month"], 10: ["unix"], 13: ["unix_ms"], 5: ["excel"]}.get(length, []) if named else []


def _ambiguous(sample: pd.Series, found: str) -> bool:
    """Whether what a format reads its twin reads, too."""
    twin = twin_of(found)
    return twin is not None and bool(_good(sample[_good(sample, found)], twin).mean() >= ENOUGH)
