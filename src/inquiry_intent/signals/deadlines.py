"""Dates by which something is needed, as days from the message that names them."""

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import cache
from typing import NamedTuple

from inquiry_intent.signals.cues import Search, finds, last_end, opens, says
from inquiry_intent.signals.numerals import Number
from inquiry_intent.signals.patterns import compiled, first_span_of
from inquiry_intent.signals.spelled import chinese
from inquiry_intent.signals.words import LETTERS, Vocabulary, entries, known_words, one_of

#: A date without a year that lies further back than this means the next year's.
_LATEST_PAST_DAYS = 45
#: A cue stands no further from its date than this; what the date is for may be said further off in the sentence.
_BEFORE, _AFTER = 30, 24
_FAR, _NEAR = 80, 20
_SENTENCE_END = re.compile(r"[.;!?\n](?![0-9])")
_AND = re.compile(" (?:(?:and|y|e|et|und|и) |و)")
_CLAUSE_END = re.compile(r"[,;:.!?\n](?![0-9])")


class Deadline(NamedTuple):
    """A date at [start, end) of a folded text, in days after the message; NaN where only the message's time tells."""

    start: int
    end: int
    days: float


class _Moment(NamedTuple):
    """A moment as written: a day of a month (year None: the next such day), a week of the year, or days from now.

    months_ahead: the end of the message's month or of a later one. feast: of `quantities.yaml`. part: the beginning,
    middle or end of a month.
    """

    start: int
    end: int
    month: int = 0
    day: int = 31
    year: int | None = None
    week: int = 0
    days: int | None = None
    months_ahead: int | None = None
    feast: str = ""
    part: bool = False


def deadlines(text: str, words: set[str], holds: set[str], found: list[Number], sent: date | None) -> list[Deadline]:
    """The dates of a folded text that a word such as "before" makes a deadline.

    Parameters
    ----------
    text : str
    words : set of str
        See `prefilter.words_of`.
    holds : set of str
        See `words.may_hold`.
    found : list of Number
        What `numerals.numbers` finds in the text.
    sent : date or None
        When the message was sent.

    >>> from inquiry_intent.signals.numerals import numbers
    >>> from inquiry_intent.signals.prefilter import words_of
    >>> from inquiry_intent.signals.words import may_hold
    >>> text = "the goods must arrive before 15 october; we met on 3 march"
    >>> words = words_of(text)
    >>> deadlines(text, words, may_hold(text), numbers(text, words), date(2026, 9, 25))
    [Deadline(start=29, end=39, days=20.0)]
    """
    due = []
    for moment in _moments(text, words, holds, found):
        before = _SENTENCE_END.split(text[max(0, moment.start - _FAR) : moment.start])[-1]
        after = _SENTENCE_END.split(text[moment.end : moment.end + _AFTER])[0]
        stated = _is_due(moment, before, after)
        if (stated or _is_needed(moment, before, after)) and not _is_no_need(moment, before, after):
            days = _days(moment, sent)
            if stated or not days < 0:
                due.append(Deadline(moment.start, moment.end, days))
    return due


def _is_due(moment: _Moment, before: str, after: str) -> bool:
    """Whether a word such as "before" makes a moment a deadline."""
    if says("deadline", before[-_BEFORE:]) or opens("deadline_after", after.lstrip()):
        return True
    near = before[-_NEAR:]
    if moment.part and _right_before("deadline_of_part").search(near):
        return True  # Lieferung Ende April
    return _right_before("deadline_before").search(near) is not None


def _is_needed(moment: _Moment, before: str, after: str) -> bool:
    """Whether something is needed at a moment: "we need them in October"."""
    if not moment.part and not _right_before("at").search(before[-_NEAR:]):
        return False
    return bool(moment.week) or says("need", before) or says("need", after)


def _is_no_need(moment: _Moment, before: str, after: str) -> bool:
    """Whether a moment is past, or that of a payment, a holiday, a visit, an offer of the supplier or the like."""
    if moment.days is not None and (opens("ago", after.lstrip()) or _right_before("ago").search(before[-_NEAR:])):
        return True
    if last_end("said", before) > last_end("need", before):
        return True
    clause = re.split("[,;]", before)[-1]
    own = _AND.split(clause)[-1]
    if says("goods", own) or says("need", own):
        clause = own  # "payment by L/C and delivery before 20 November"
    need = last_end("need", clause)
    if says("unsure", clause) and not says("goods", clause):
        return True
    if no_need := last_end("no_need", clause):
        return no_need > max(need, last_end("modifier", clause) if need else 0)
    return not need and not says("goods", clause) and says("no_need", _CLAUSE_END.split(after)[0])


def _days(moment: _Moment, sent: date | None) -> float:
    if moment.days is not None:
        return float(moment.days)
    if sent is None:
        return float("nan")
    try:
        day = _day_meant(moment, sent)
    except ValueError:  # the 31st of a shorter month, week 60
        return float("nan")
    return float((day - sent).days) if day else float("nan")


def _day_meant(moment: _Moment, sent: date) -> date | None:
    """The day of a moment: in the year that is named, or the first that is not long past."""
    earliest = sent - timedelta(days=_LATEST_PAST_DAYS)
    if moment.months_ahead is not None:
        return _month_end(sent.year, sent.month + moment.months_ahead)
    if moment.feast:
        return next((day for day in known_words()["feasts"][moment.feast]["days"] if day >= earliest), None)
    if moment.year:
        return _day_of(moment, moment.year)
    this = _day_of(moment, sent.year)
    return this if this >= earliest else _day_of(moment, sent.year + 1)


def _day_of(moment: _Moment, year: int) -> date:
    if moment.week:
        return date.fromisocalendar(year, moment.week, 5)
    return _month_end(year, moment.month) if moment.day >= 31 else date(year, moment.month, moment.day)


def _month_end(year: int, month: int) -> date:
    """The last day of a month; the 13th is the next January."""
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


def _moments(text: str, words: set[str], holds: set[str], numbers_found: list[Number]) -> list[_Moment]:
    """Every date of a text, none inside another."""
    found = [_numeric(m) for m in _numeric_dates(text)] if "dates" in holds else []
    if months := Vocabulary.of("months").among(words):
        found += [_named_moment(m, int(months[m["month"]])) for m in _named(tuple(sorted(months))).finditer(text)]
    found += _durations(text, numbers_found)
    for name in sorted(holds):
        kind, _, key = name.partition(" ")
        if moment_of := _PHRASES.get(kind):
            found += [moment_of(key, m.span()) for m in _phrase(kind, key).finditer(text)]
    kept: list[_Moment] = []
    for moment in sorted((m for m in found if m), key=lambda moment: (moment.start, -moment.end)):
        if not kept or moment.start >= kept[-1].end:
            kept.append(moment)
    return kept


#: What a date in digits begins with; the search for it is many times faster than that for a date.
_DATE_BEGINS = re.compile("[0-9一二三四五六七八九十]|kw|week|sem|недел|q[1-4]")
_NUMERIC = re.compile(
    r"(?<![\d./-])(?<!\d,)(?:(?P<y>20\d\d)(?:-|/|\.|年)(?P<m>\d{1,2})(?:-|/|\.|月)(?P<d>\d{1,2})[日号]?"
    r"|(?P<d2>\d{1,2})(?P<sign>[./-])(?P<m2>\d{1,2})(?P=sign)(?P<y2>20\d\d|\d\d)"
    r"|(?P<d4>\d{1,2})\.(?P<m4>\d{1,2})\.(?!\d)"
    # 5/10 only where a word says that it is a date, or where it is one and no fraction: 25/10, but 24/7
    r"|(?:(?<=dia )|(?<= el )|(?<= le )|(?<= am )|(?<= den ))(?P<d5>\d{1,2})/(?P<m5>\d{1,2})(?!/)"
    r"|(?!24/7)(?P<d6>1[3-9]|2\d|3[01])/(?P<m6>0?[1-9]|1[0-2])(?![\d/])"
    r"|(?:(?P<y3>20\d\d)年)?(?P<m3>\d{1,2}|[一二三四五六七八九十]{1,2})月"
    r"(?:(?P<d3>\d{1,2}|[一二三四五六七八九十]{1,3})[日号號]|(?P<part>底|末|初|中旬?|上旬|下旬))?"
    r"|(?:kw|week|semana|semaine|недел[а-я]) ?(?P<w>\d{1,2})|(?P<w2>\d{1,2})\. ?(?:kw|kalenderwoche|недел[а-я])"
    # "до 42 недель" would be a duration
    r"|(?:(?<=до )(?P<w3>\d{1,2})(?:-?[ои]и)? ?недели|(?P<w4>\d{1,2})(?:-?[ои]и)? ?неделе)(?![а-я])"
    r"|q(?P<q>[1-4])(?: ?(?P<qy>20\d\d))?)(?![\d])"
)
_CHINESE_PARTS = {"底": 31, "末": 31, "初": 10, "中": 15, "中旬": 15, "上旬": 10, "下旬": 31}


def _numeric_dates(text: str) -> Iterator[re.Match[str]]:
    """The dates in digits."""
    begin = _DATE_BEGINS.search(text)
    while begin is not None:
        date_match = _NUMERIC.match(text, begin.start())
        if date_match is not None:
            yield date_match
        begin = _DATE_BEGINS.search(text, date_match.end() if date_match else begin.start() + 1)


def _numeric(m: re.Match[str]) -> _Moment | None:
    """A date in digits. Of two numbers the day comes first, unless it cannot."""
    if week := m["w"] or m["w2"] or m["w3"] or m["w4"]:
        return _Moment(*m.span(), week=int(week))
    if m["q"]:
        return _Moment(*m.span(), month=3 * int(m["q"]), year=int(m["qy"]) if m["qy"] else None)
    if m["m3"]:
        day = _written(m["d3"]) if m["d3"] else _CHINESE_PARTS.get(m["part"] or "", 31)
        month, year = _written(m["m3"]), int(m["y3"]) if m["y3"] else None
    elif m["y"]:
        day, month, year = int(m["d"]), int(m["m"]), int(m["y"])
    else:
        day, month = int(m["d2"] or m["d4"] or m["d5"] or m["d6"]), int(m["m2"] or m["m4"] or m["m5"] or m["m6"])
        year = int(m["y2"]) % 2000 + 2000 if m["y2"] else None
        if month > 12:
            day, month = month, day
    possible = 1 <= month <= 12 and 1 <= day <= 31
    return _Moment(*m.span(), month=month, day=day, year=year, part=bool(m["part"])) if possible else None


def _written(number: str) -> int:
    """A small number in digits, or in Chinese."""
    return int(number) if number.isdecimal() else int(chinese(number))


@cache
def _named(months: tuple[str, ...]) -> re.Pattern[str]:
    """Dates that name one of some months: "15 October 2026", "October 15", "end of October", "October"."""
    parts = "|".join(f"(?P<part{day}>{one_of(words)})" for day, words in known_words()["month_parts"].items())
    month = "|".join(map(re.escape, sorted(months, key=len, reverse=True)))
    edge = f"(?![{LETTERS}])"
    before = rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th|er|o|\.)?(?: of| de| d')? ?|(?:{parts})(?: (?:of|de|d'))? ?"
    after = rf"(?:\.? (?P<day2>\d{{1,2}})(?:st|nd|rd|th)?{edge})?(?:,? (?:de |of )?(?P<year>20[1-9]\d))?"
    return re.compile(rf"(?<![{LETTERS}])(?:{before})?(?P<month>{month}){edge}{after}")


def _named_moment(m: re.Match[str], month: int) -> _Moment | None:
    part = next((day for day in known_words()["month_parts"] if m[f"part{day}"]), None)
    day = int(m["day"] or m["day2"] or part or 31)
    year = int(m["year"]) if m["year"] else None
    return _Moment(*m.span(), month=month, day=day, year=year, part=bool(part)) if 1 <= day <= 31 else None


def _durations(text: str, found: list[Number]) -> list[_Moment | None]:
    """Numbers of days, weeks or months."""
    moments: list[_Moment | None] = []
    for number in found:
        if number.value >= 1000 or not finds(_may_be_duration(), text[number.end : number.end + _AFTER]):
            continue
        if match := _duration().match(text, number.end):
            days = next(int(key) for key in known_words()["durations"] if match[f"days{key}"])
            moments.append(_Moment(number.start, match.end(), days=round(number.value * days)))
    return moments


@cache
def _may_be_duration() -> Search:
    either = "|".join(one_of(words) for words in known_words()["durations"].values())
    return first_span_of(compiled(f"^ ?(?:{either})"))


@cache
def _duration() -> re.Pattern[str]:
    either = "|".join(f"(?P<days{days}>{one_of(words)})" for days, words in known_words()["durations"].items())
    return re.compile(rf" ?(?:{either})(?![{LETTERS}])")


@cache
def _phrase(kind: str, key: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![{LETTERS}]){one_of(dict(entries(kind))[key])}(?![{LETTERS}])")


#: What the words of a section name, by the key of the section and where they stand.
_PHRASES: dict[str, Callable[[str, tuple[int, int]], _Moment]] = {
    "relative": lambda key, span: _Moment(*span, days=int(key)),
    "month_ends": lambda key, span: _Moment(*span, months_ahead=int(key), part=True),
    "holidays": lambda key, span: _Moment(*span, month=int(key[:2]), day=int(key[3:])),
    "feasts": lambda key, span: _Moment(*span, feast=key),
}


@cache
def _right_before(name: str) -> re.Pattern[str]:
    """A cue at the end of a text, or before the first number of a range: "in 6-" of "in 6-8 weeks"."""
    return re.compile(rf"(?<![{LETTERS}]){one_of(known_words()['cues'][name])} ?(?:\d{{1,3}} ?(?:-|to|a|bis|до) ?)?$")
