"""Dates by which something is needed, as days from the message that names them."""

import re
from datetime import date, timedelta
from functools import cache
from typing import Any, NamedTuple

from inquiry_intent.signals.numerals import LETTERS, Number, Vocabulary, cue, known_words, one_of
from inquiry_intent.signals.patterns import compiled

#: A date without a year that lies further back than this means the next year's.
_LATEST_PAST_DAYS = 45
_BEFORE, _AFTER = 30, 14
_SENTENCE_END = re.compile(r"[.;!?\n](?![0-9])")


class Deadline(NamedTuple):
    """A date at [start, end) of a folded text, in days after the message; NaN where only the message's time tells."""

    start: int
    end: int
    days: float


class _Moment(NamedTuple):
    """A moment as written: a day of a month (year None: the next such day), a week of the year, or days from now."""

    start: int
    end: int
    month: int = 0
    day: int = 31
    year: int | None = None
    week: int = 0
    days: int | None = None


def deadlines(text: str, words: set[str], holds: set[str], found: list[Number], sent: date | None) -> list[Deadline]:
    """The dates of a folded text that a word such as "before" makes a deadline.

    Parameters
    ----------
    text : str
    words : set of str
        See `prefilter.words_of`.
    holds : set of str
        See `numerals.may_hold`.
    found : list of Number
        What `numerals.numbers` finds in the text.
    sent : date or None
        When the message was sent.

    >>> from inquiry_intent.signals.numerals import may_hold, numbers
    >>> from inquiry_intent.signals.prefilter import words_of
    >>> text = "the goods must arrive before 15 october; we met on 3 march"
    >>> words = words_of(text)
    >>> deadlines(text, words, may_hold(text), numbers(text, words), date(2026, 9, 25))
    [Deadline(start=29, end=39, days=20.0)]
    """
    due = []
    for moment in _moments(text, words, holds, found):
        before = _SENTENCE_END.split(text[max(0, moment.start - _BEFORE) : moment.start])[-1]
        after = text[moment.end : moment.end + _AFTER]
        if cue("deadline").search(f" {before}".encode()) or _CUE_AFTER.match(after):
            due.append(Deadline(moment.start, moment.end, _days(moment, sent)))
    return due


def _days(moment: _Moment, sent: date | None) -> float:
    if moment.days is not None:
        return float(moment.days)
    if sent is None:
        return float("nan")
    for year in [moment.year] if moment.year else [sent.year, sent.year + 1]:
        try:
            day = _day_of(moment, year)
        except ValueError:  # the 31st of a shorter month, week 60
            return float("nan")
        if moment.year or (day - sent).days >= -_LATEST_PAST_DAYS:
            break
    return float((day - sent).days)


def _day_of(moment: _Moment, year: int) -> date:
    if moment.week:
        return date.fromisocalendar(year, moment.week, 5)
    if moment.day >= 31:
        return date(year + moment.month // 12, moment.month % 12 + 1, 1) - timedelta(days=1)
    return date(year, moment.month, moment.day)


def _moments(text: str, words: set[str], holds: set[str], numbers_found: list[Number]) -> list[_Moment]:
    """Every date of a text, none inside another."""
    found = [_numeric(m) for m in _NUMERIC.finditer(text)] if "dates" in holds else []
    if months := Vocabulary.of("months").among(words):
        found += [_named_moment(m, int(months[m["month"]])) for m in _named(tuple(sorted(months))).finditer(text)]
    found += _durations(text, numbers_found)
    if "relative" in holds:
        found += [_Moment(*m.span(), days=int(key)) for key, e in _phrases("relative") for m in e.finditer(text)]
    if "holidays" in holds:
        found += [
            _Moment(*m.span(), month=int(key[:2]), day=int(key[3:]))
            for key, e in _phrases("holidays")
            for m in e.finditer(text)
        ]
    kept: list[_Moment] = []
    for moment in sorted((m for m in found if m), key=lambda moment: (moment.start, -moment.end)):
        if not kept or moment.start >= kept[-1].end:
            kept.append(moment)
    return kept


_NUMERIC = re.compile(
    r"(?<![\d.,/-])(?:(?P<y>20\d\d)(?:-|/|\.|年)(?P<m>\d{1,2})(?:-|/|\.|月)(?P<d>\d{1,2})[日号]?"
    r"|(?P<d2>\d{1,2})(?P<sign>[./-])(?P<m2>\d{1,2})(?P=sign)(?P<y2>20\d\d|\d\d)"
    r"|(?P<d4>\d{1,2})\.(?P<m4>\d{1,2})\.(?!\d)"
    r"|(?:(?P<y3>20\d\d)年)?(?P<m3>\d{1,2})月(?:(?P<d3>\d{1,2})[日号號]|(?P<part>底|末|初|中旬?|上旬|下旬))?"
    r"|(?:kw|week|semana|semaine|недел[а-я]) ?(?P<w>\d{1,2})|(?P<w2>\d{1,2})\. ?(?:kw|kalenderwoche|недел[а-я])"
    r"|q(?P<q>[1-4])(?: ?(?P<qy>20\d\d))?)(?![\d])"
)
_CHINESE_PARTS = {"底": 31, "末": 31, "初": 10, "中": 15, "中旬": 15, "上旬": 10, "下旬": 31}


def _numeric(m: re.Match[str]) -> _Moment | None:
    """A date in digits. Of two numbers the day comes first, unless it cannot."""
    if m["w"] or m["w2"]:
        return _Moment(*m.span(), week=int(m["w"] or m["w2"]))
    if m["q"]:
        return _Moment(*m.span(), month=3 * int(m["q"]), year=int(m["qy"]) if m["qy"] else None)
    if m["m3"]:
        day = int(m["d3"]) if m["d3"] else _CHINESE_PARTS.get(m["part"] or "", 31)
        month, year = int(m["m3"]), int(m["y3"]) if m["y3"] else None
    elif m["y"]:
        day, month, year = int(m["d"]), int(m["m"]), int(m["y"])
    else:
        day, month = int(m["d2"] or m["d4"]), int(m["m2"] or m["m4"])
        year = int(m["y2"]) % 2000 + 2000 if m["y2"] else None
        if month > 12:
            day, month = month, day
    return _Moment(*m.span(), month=month, day=day, year=year) if 1 <= month <= 12 and 1 <= day <= 31 else None


@cache
def _named(months: tuple[str, ...]) -> re.Pattern[str]:
    """Dates that name one of some months: "15 October 2026", "October 15", "end of October", "October"."""
    parts = "|".join(f"(?P<part{day}>{one_of(words)})" for day, words in known_words()["month_parts"].items())
    month = "|".join(map(re.escape, sorted(months, key=len, reverse=True)))
    edge = f"(?![{LETTERS}])"
    before = rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th|er|o|\.)?(?: of| de| d')? ?|(?:{parts})(?: (?:of|de|d'))? ?"
    after = rf"(?:\.? (?P<day2>\d{{1,2}})(?:st|nd|rd|th)?{edge})?(?:,? (?:de |of )?(?P<year>20\d\d))?"
    return re.compile(rf"(?<![{LETTERS}])(?:{before})?(?P<month>{month}){edge}{after}")


def _named_moment(m: re.Match[str], month: int) -> _Moment | None:
    part = next((day for day in known_words()["month_parts"] if m[f"part{day}"]), None)
    day = int(m["day"] or m["day2"] or part or 31)
    year = int(m["year"]) if m["year"] else None
    return _Moment(*m.span(), month=month, day=day, year=year) if 1 <= day <= 31 else None


def _durations(text: str, found: list[Number]) -> list[_Moment | None]:
    """Numbers of days, weeks or months."""
    moments: list[_Moment | None] = []
    for number in found:
        if number.value >= 1000 or not _may_be_duration().search(text[number.end : number.end + _AFTER].encode()):
            continue
        if match := _duration().match(text, number.end):
            days = next(int(key) for key in known_words()["durations"] if match[f"days{key}"])
            moments.append(_Moment(number.start, match.end(), days=round(number.value * days)))
    return moments


@cache
def _may_be_duration() -> Any:
    either = "|".join(one_of(words) for words in known_words()["durations"].values())
    return compiled(f"^ ?(?:{either})")


@cache
def _duration() -> re.Pattern[str]:
    either = "|".join(f"(?P<days{days}>{one_of(words)})" for days, words in known_words()["durations"].items())
    return re.compile(rf" ?(?:{either})(?![{LETTERS}])")


@cache
def _phrases(kind: str) -> list[tuple[str, re.Pattern[str]]]:
    edges = rf"(?<![{LETTERS}])", rf"(?![{LETTERS}])"
    return [(str(key), re.compile(edges[0] + one_of(words) + edges[1])) for key, words in known_words()[kind].items()]


_CUE_AFTER = re.compile(
    r" ?(?:at the latest|or earlier|之?前|以前|[以之]?内|到货|交货|spatestens|au plus tard|a mas tardar)"
)
