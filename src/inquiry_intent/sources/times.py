"""Times as exports write them, to UTC."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import pandas as pd

from inquiry_intent.errors import counted
from inquiry_intent.moments import end_of
from inquiry_intent.sources.time_words import LONGEST_CHARACTERS, plain_format, plain_times
from inquiry_intent.tables import PRECISIONS, TIME, Precision

#: An offset or zone at the end of a time: 10:30Z, 10:30+08:00, 10:30 UTC.
ZONED = r"(?i)\d(?:\s?z|\s?(?:utc|gmt)|\s?[+-]\d{2}:?\d{2}|:\d{2}(?:\.\d+)?\s?[+-]\d{2})$"
CLOCK = r"\d:\d{2}|[Tt]\d{2}|\d{8}\s?\d{4}"
NUMERIC = r"[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?"
#: A mail's date (RFC 5322, with its obsolete forms), without comments: the zone is a difference or a name.
MAIL = r"(?i)^(?:\w+,?\s+)?\d{1,2}\s+\w+\s+\d{2,4}\s+\d{1,2}:\d{2}(?::\d{2})?\s*(?P<zone>[+-]\d{4}|[a-z]{1,5})$"
MAIL_COMMENT = r"\([^()]*\)"
#: Names of zones that mails define. A single letter was defined wrongly and means UTC, as other names do.
MAIL_ZONES = r"(?i)[+-]\d{4}|UT|UTC|GMT|[A-Z]|[ECMP][SD]T"
#: An Excel serial counts days from here (its 1900-02-29, which never was, is behind every date in use).
EXCEL_ORIGIN = pd.Timestamp("1899-12-30")
#: Times outside are placeholders (1970-01-01, 9999-12-31) or wrong readings.
EARLIEST, LATEST = pd.Timestamp("1971-01-01", tz="UTC"), pd.Timestamp("2100-01-01", tz="UTC")

#: Two digits from here on are of the century before.
LATEST_SHORT_YEAR = 2050
#: Day and month can be told apart only where a day is above 12.
TWINS = (("%d/%m", "%m/%d"), ("%d-%m", "%m-%d"))


@dataclass(frozen=True)
class ParsedTimes:
    """Times of one column.

    Attributes
    ----------
    values : Series
        UTC; NaT where missing or unreadable.
    unreadable : Series of bool
        Where text stands that is no such time.
    precision : str
        The coarsest of the values: second, minute, day, month; none if there are no values.
    problems : list of str
        Why the column as a whole cannot be read.
    notes : list of str
    """

    values: pd.Series
    unreadable: pd.Series
    precision: Precision
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def coarsest(precisions: list[Precision]) -> Precision:
    """The coarsest of some precisions; none counts only where there is no other.

    >>> coarsest(["second", "month", "none"])
    'month'
    """
    known = [precision for precision in precisions if precision != "none"]
    return max(known, key=PRECISIONS.index, default="none")


def parse_times(text: pd.Series, formats: list[str], zone: str | None, *, mixed: bool = False) -> ParsedTimes:
    """Read times.

    Parameters
    ----------
    text : Series of str
        NaN: no value.
    formats : list of str
        Tried in turn: iso, unix, unix_ms, excel, month, mail, or patterns of strptime. Empty: iso.
    zone : str, optional
        Zone of times written without one.
    mixed : bool
        Whether times with and without a zone may stand side by side.
    """
    values = pd.Series(pd.NaT, index=text.index, dtype=TIME)
    naive = pd.Series(False, index=text.index)
    precision = pd.Series("none", index=text.index, dtype="str")
    notes: list[str] = []
    written = plain_times(text[text.str.len() <= LONGEST_CHARACTERS])
    for name in formats or ["iso"]:
        left = written[values[written.index].isna()]
        local, fixed, fineness = _read(left, plain_format(name), notes)
        if "%" in name and len(unread := left.index[local.isna() & fixed.isna()]):
            # Words are put into plain form in cell and format alike; what that spoils is read as it stands.
            as_written = _read(text[unread], name, notes)
            local, fixed = local.fillna(as_written[0]), fixed.fillna(as_written[1])
        naive.loc[local.index[local.notna()]] = True
        at = pd.concat([fixed.dropna(), _at_zone(local.dropna(), zone or "UTC", notes)])
        values.loc[at.index] = at
        precision.loc[at.index] = fineness[at.index]
    read = values.notna()
    found: list[Precision] = list(precision[read].unique())
    if read.any() and (precision[read] != "month").all() and naive[read].all():
        clock = values[read].dt.tz_convert(zone or "UTC")
        found = ["day"] if (clock == clock.dt.normalize()).all() else found
    if found == ["second"] and (values[read] == values[read].dt.floor("min")).all():
        found = ["minute"]
    if coarse := _few_coarse(precision[read], text):
        notes.append(coarse)
    notes += both_orders(text, formats)
    problems = _zone_problems(text, read & naive, read & ~naive, zone, mixed)
    if mixed and (read & naive).any() and (read & ~naive).any():
        count = counted(int((read & naive).sum()), "time")
        notes.append(f"{count} without a zone, beside others with one, taken as {zone}")
    return ParsedTimes(values, text.notna() & values.isna(), coarsest(found), problems, notes)


def _few_coarse(precision: pd.Series, text: pd.Series) -> str:
    """What to say where less than half of the times are dated to the day or month; else ""."""
    worst = coarsest(list(precision.unique()))
    count = int((precision == worst).sum())
    if worst not in ("day", "month") or count * 2 >= len(precision):
        return ""
    one = text[precision.index[precision == worst][0]]
    return (
        f"{count} of {len(precision):,} times {'is' if count == 1 else 'are'} dated to the {worst} only, such as "
        f"{one!r}: all count as such, and what is finer is missing. Give these rows a time, or leave them out"
    )


def twin_of(name: str) -> str | None:
    """The format with day and month the other way round; None: day and month cannot be confused.

    >>> twin_of("%d/%m/%Y %H:%M"), twin_of("%d.%m.%Y")
    ('%m/%d/%Y %H:%M', None)
    """
    for one, other in TWINS if not name.startswith("%Y") else ():  # nobody writes year, day, month
        if one in name or other in name:
            return name.replace(one, other) if one in name else name.replace(other, one)
    return None


def both_orders(text: pd.Series, formats: list[str]) -> list[str]:
    """What to say of times of which some begin with the day and others with the month, where formats read both."""
    found = []
    for place, name in enumerate(formats):
        twin = twin_of(name)
        if twin is None or twin not in formats[place + 1 :]:
            continue
        first, second = (parse_times(text, [one], "UTC").values for one in (name, twin))
        told = {one: text[here.notna() & other.isna()] for one, here, other in ((name, first, second),
                                                                                 (twin, second, first))}  # fmt: skip
        either = int((first.notna() & second.notna() & (first != second)).sum())
        only = " and ".join(
            f"{counted(len(cells), 'time')} only as {one}" + (f" (such as {cells.iloc[0]!r})" if len(cells) else "")
            for one, cells in told.items()
        )
        found.append(
            f"DAY AND MONTH STAND IN BOTH ORDERS: {only} can be read; {either:,} OTHERS READ DIFFERENTLY as one or the "
            f"other, are taken as {name} and may be months wrong. Export them in one order, or with the year first"
        )
    return found


def last_moment(values: pd.Series, precision: Precision) -> pd.Series:
    """The latest that a time can mean: the end of its minute, day or month where it is as coarse as that.

    >>> last_moment(pd.Series(pd.to_datetime(["2026-02-01T00:00Z"])), "month").item()
    Timestamp('2026-02-28 23:59:59.999999+0000', tz='UTC')
    """
    return end_of(values, precision) - pd.Timedelta(1, "us") if precision in ("minute", "day", "month") else values


def out_of_range(values: pd.Series) -> pd.Series:
    """Where a time is a placeholder or a wrong reading rather than a moment of business."""
    return (values < EARLIEST) | (values >= LATEST)


def _zone_problems(text: pd.Series, naive: pd.Series, zoned: pd.Series, zone: str | None, mixed: bool) -> list[str]:
    if naive.any() and zoned.any() and not mixed:
        return [
            f"mixes times with and without a zone ({int(naive.sum())} without, such as {text[naive].iloc[0]!r}; "
            f"{int(zoned.sum())} with, such as {text[zoned].iloc[0]!r}); export it again with one kind, "
            "or give this column a 'zone:' of its own for those without"
        ]
    if naive.any() and zone is None:
        return [f"has times without a zone, such as {text[naive].iloc[0]!r}; set 'zone:' (UTC, Asia/Shanghai, …)"]
    return []


def _read(text: pd.Series, name: str, notes: list[str]) -> tuple[pd.Series, pd.Series, pd.Series]:
    """Times read as local (naive), times read as fixed (UTC), and the precision of each."""
    naive_nothing = pd.Series(pd.NaT, index=text.index, dtype="datetime64[us]")
    utc_nothing = pd.Series(pd.NaT, index=text.index, dtype=TIME)
    second = pd.Series("second", index=text.index, dtype="str")
    if name in ("unix", "unix_ms"):
        microseconds = _numbers(text) * (1e6 if name == "unix" else 1e3)
        inside = microseconds.where(microseconds.abs() < 2**62).round()
        return naive_nothing, pd.to_datetime(inside.astype("Int64"), unit="us", utc=True).astype(TIME), second
    if name == "excel":
        days = _numbers(text)
        seconds = (days.where(days.between(1, 2_958_465)) * 86_400).round()
        local = EXCEL_ORIGIN + pd.to_timedelta(seconds, unit="s")
        return local.astype("datetime64[us]"), utc_nothing, second
    if name == "month":
        digits = text.str.replace(r"\.0*$", "", regex=True).str.replace(
            r"^(\d{4})\D?(\d{1,2})\D*$", r"\1-\2", regex=True
        )
        local = pd.to_datetime(digits, format="%Y-%m", errors="coerce").astype("datetime64[us]")
        return local, utc_nothing, pd.Series("month", index=text.index, dtype="str")
    if name == "mail":
        return naive_nothing, _read_mail(text, notes), second
    if name == "iso":
        return _read_iso(text)
    day = pd.Series(
        "second" if any(sign in name for sign in ("%H", "%I", "%c", "%X", "%T")) else "day", index=text.index
    )
    if "%z" in name or "%Z" in name:
        return naive_nothing, _to_datetime(text, name), day
    local = pd.to_datetime(text, format=name, errors="coerce").astype("datetime64[us]")
    if "%y" in name:  # 68 is not 2068, but of the last century or another calendar
        local = local.mask(local.dt.year >= LATEST_SHORT_YEAR, local - pd.DateOffset(years=100))
    return local, utc_nothing, day


def _read_iso(text: pd.Series) -> tuple[pd.Series, pd.Series, pd.Series]:
    plain = text.str.replace("/", "-", regex=False)
    zoned = plain.str.contains(ZONED, regex=True)
    plain = plain.str.replace(r"(?i)\s?(?:utc|gmt)$", "Z", regex=True)
    # A bare number is no ISO time here: 201602 and 1496341531 need a declared format.
    plain = plain.where(~plain.str.fullmatch(NUMERIC) | plain.str.fullmatch(r"(?:19|20)\d{6}"))
    fixed = pd.to_datetime(plain.where(zoned), format="ISO8601", utc=True, errors="coerce").astype(TIME)
    local = pd.to_datetime(plain.where(~zoned), format="ISO8601", errors="coerce").astype("datetime64[us]")
    precision = pd.Series("second", index=text.index, dtype="str")
    precision = precision.mask(~plain.str.contains(CLOCK, regex=True), "day")
    return local, fixed, precision.mask(plain.str.fullmatch(r"\d{4}-\d{1,2}"), "month")


def _read_mail(text: pd.Series, notes: list[str]) -> pd.Series:
    plain = text
    while (commented := plain.str.contains(MAIL_COMMENT)).any():  # comments may hold comments
        plain = plain.mask(commented, plain.str.replace(MAIL_COMMENT, " ", regex=True))
    plain = plain.str.strip()
    zones = plain.str.extract(MAIL)["zone"]
    zones = zones.mask(zones.str.fullmatch("(?i)[ap]m"))
    times = pd.to_datetime(plain[zones.notna()].map(_mail_time), utc=True).astype(TIME)
    other = zones[times.index[times.notna()]]
    other = other[~other.str.fullmatch(MAIL_ZONES)]
    if len(other):
        count = counted(len(other), "time")
        notes.append(f"{count} with a zone that mails do not define (such as {other.iloc[0]}), taken as UTC")
    return times.reindex(text.index)


def _mail_time(text: str) -> datetime | None:
    try:
        time = parsedate_to_datetime(text)
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _to_datetime(text: pd.Series, pattern: str) -> pd.Series:
    return pd.to_datetime(text, format=pattern, utc=True, errors="coerce").astype(TIME)


def _numbers(text: pd.Series) -> pd.Series:
    return pd.to_numeric(text.where(text.str.fullmatch(NUMERIC)), errors="coerce").astype("float64")


def _at_zone(local: pd.Series, zone: str, notes: list[str]) -> pd.Series:
    """Local times to UTC. In the hour that clocks repeat the first is taken; one that clocks skip moves forward."""
    if local.empty:
        return local.dt.tz_localize("UTC")
    strict = local.dt.tz_localize(zone, ambiguous="NaT", nonexistent="NaT")
    if strict.isna().any():
        notes.append(f"{counted(int(strict.isna().sum()), 'time')} in an hour that clocks in {zone} repeat or skip")
    first = pd.Series(True, index=local.index).to_numpy()
    return local.dt.tz_localize(zone, ambiguous=first, nonexistent="shift_forward").dt.tz_convert("UTC").astype(TIME)
