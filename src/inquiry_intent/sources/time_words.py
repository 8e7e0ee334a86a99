"""Times with words in them: names of months and days, halves of the day, and what stands between."""

import re
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

import pandas as pd
import yaml

from inquiry_intent.sources.cells import ASCII, in_ascii

#: Longer text is no time; so hostile cells cost nothing.
LONGEST_CHARACTERS = 128
#: A cell with more than ASCII digits and signs, and the T and Z of ISO times.
WORDED = r"[^\x00-\x7f]|[A-SU-Ya-su-y]"
#: The commonest of these, which need no reading word by word: half a million mails would cost ten seconds.
AS_IT_IS = (
    r"[\d/.,: -]+ [AP]M|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{1,2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) "
    r"\d{4} \d\d:\d\d:\d\d [+-]\d{4}"
)
#: Chinese and French signs between the numbers of a clock, in times and formats: 14点05分, 14时05分30秒, 14h05.
CLOCK = re.compile(r"(\d|%[HI])\s?[点點时時h]\s?(\d\d|%M)分?(?:\s?(\d\d|%S)秒)?(?!\d)")
#: A Chinese day and the clock right behind it.
DAY_AND_CLOCK = re.compile("日(?=[\\d%])")
#: The first of a month, as French and Portuguese write it, and English ordinals.
ORDINAL = re.compile(r"(\d)(?:er|º|°|st|nd|rd|th)\b", re.I)
#: Twelve o'clock of these is midnight, of which day nobody can tell.
NIGHT = ("晚上", "傍晚")
#: Before twelve it is still morning, 中午11:40.
NOON = "中午"
#: A zone as a difference behind the name of the meridian, with JavaScript's name of the zone behind: GMT+8, UTC+05:30;
#: the meridian alone, too, as in (UTC).
OFFSET = re.compile(r"\s*[(（]?(?:GMT|UTC)(?:\s?([+-])(\d{1,2})(?::?(\d{2}))?)?[)）]?(?:\s\([^()]*\))?$", re.I)
#: The meridian at the end of a format, which cells have as a difference then.
FORMAT_ZONE = re.compile(r"\s*[(（]?(?:GMT|UTC)[)）]?$", re.I)
#: WhatsApp puts the time of a message in brackets.
BRACKETS = r"^\[([^\[\]]*)\]$"
#: What is left where words were taken out.
EMPTY, STRAY = re.compile(r"[(（]\s*[)）]"), re.compile(r"\s+(?=[,\s])")
FORMAT_DAY, FORMAT_HALF = re.compile(r"%[aA][.,]?\s*"), re.compile(r"\s*%p\s*(?P<clock>%I:%M(?::%S)?)?\s*")


def _unspaced(word: str) -> bool:
    """Whether a word is of a script that does not part words."""
    return any("\u2e80" <= sign <= "\u9fff" for sign in word)


@cache
def _words() -> dict[str, Any]:
    text = files("inquiry_intent.sources").joinpath("time_words.yaml").read_text(encoding="utf-8")
    words: dict[str, Any] = yaml.safe_load(text)
    return words


def _any_of(words: list[str]) -> str:
    """A pattern for any of some words, the longest first; where the script parts words, for whole words only."""
    ordered = [re.escape(word) for word in sorted(words, key=len, reverse=True)]
    parted, others = [w for w in ordered if not _unspaced(w)], [w for w in ordered if _unspaced(w)]
    found = rf"(?<![^\W\d_])(?=[^\W\d_])(?:{'|'.join(parted)})(?![^\W\d_])"  # no digit is tried with all of them
    return f"{found}|(?=[^\\x00-\\x7f])(?:{'|'.join(others)})" if others else found


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    known = _words()
    months = "|".join(f"(?P<{month}>{_any_of(words)})" for month, words in known["months"].items())
    idle = [word for names in known["weekdays"] for word in names] + known["between"]
    halves = "|".join(f"(?P<{half}>{_any_of(words)})" for half, words in known["halves"].items())
    clock = r"(?P<clock>(?P<hour>\d{1,2}):\d{2}(?::\d{2})?)"
    return {
        "months": re.compile(rf"(?:{months})\.?", re.I),
        # A directive of a format is no word: %d, but `de`.
        "idle": re.compile(rf"(?<!%)(?:{_any_of(idle)})\.?,?", re.I),
        "before": re.compile(rf"\s*(?:{halves})\s*{clock}", re.I),
        "behind": re.compile(rf"(?<![\d:]){clock}\s*(?:{halves})", re.I),
    }


def without_times(name: str) -> str:
    """A name without the months in it.

    >>> without_times("Leads März 2025"), without_times("Março")
    ('Leads  2025', '')
    """
    return _patterns()["months"].sub("", name)


def plain_times(text: pd.Series) -> pd.Series:
    """Times in ASCII digits, with English short names of months, AM and PM behind the clock, and no idle words.

    >>> plain_times(pd.Series(["١٥/٠٣/٢٠٢٥ ٠٣:٠٥ م", "2025年3月5日 下午2:05", "5 de março de 2025, 14h05"])).tolist()
    ['15/03/2025 03:05 PM', '2025年3月5日 2:05 PM', '5 Mar 2025, 14:05']
    """
    plain = in_ascii(text).str.replace(BRACKETS, r"\1", regex=True)
    worded = plain.str.contains(WORDED, regex=True, na=False) & (plain.str.len() <= LONGEST_CHARACTERS)
    worded &= ~plain.str.fullmatch(AS_IT_IS, na=False)
    return plain.mask(worded, plain[worded].map(_plain_time)) if worded.any() else plain


def plain_format(name: str) -> str:
    """A format of strptime for times as `plain_times` writes them.

    >>> plain_format("%A, %d de %B de %Y %p%I:%M"), plain_format("%m/%d/%y %I:%M%p")
    ('%d %b %Y %I:%M %p', '%m/%d/%y %I:%M %p')
    """
    if "%" not in name:
        return name
    plain = re.sub(BRACKETS, r"\1", FORMAT_DAY.sub("", FORMAT_ZONE.sub(" %z", name.translate(ASCII)))).replace(
        "%B", "%b"
    )
    plain = FORMAT_HALF.sub(lambda found: f" {found['clock'] or ''} %p ", plain)
    return _tidied(_patterns()["idle"].sub(" ", plain))


@lru_cache(maxsize=10_000)
def _plain_time(text: str) -> str:
    if not any(sign.isdigit() for sign in text):
        return text
    patterns = _patterns()
    plain = ORDINAL.sub(r"\1", OFFSET.sub(_with_offset, text))
    # `mar.` is Tuesday where another month stands behind it.
    found = list(patterns["months"].finditer(plain))
    for hit in reversed(found):
        month = "" if len(found) > 1 and hit is found[0] else str(hit.lastgroup)
        plain = plain[: hit.start()] + month + plain[hit.end() :]
    plain = patterns["idle"].sub(" ", plain)
    plain = CLOCK.sub(_with_colons, plain)  # before the halves, which stand beside a clock
    return _tidied(patterns["behind"].sub(_with_half, patterns["before"].sub(_with_half, plain)))


def _with_offset(found: re.Match[str]) -> str:
    return f" {found[1] or '+'}{int(found[2] or 0):02}{found[3] or '00'}"


def _with_half(found: re.Match[str]) -> str:
    """A clock with its half of the day behind it; hours that tell it themselves need none."""
    half = "AM" if found["AM"] else "PM"
    hour, clock = int(found["hour"]), found["clock"]
    if hour == 12 and found[half] in NIGHT:
        return found[0]
    if found[half] == NOON and 3 <= hour <= 11:
        half = "AM"
    if hour == 0 and half == "PM":  # 午後0:30 is half past noon
        hour, clock = 12, "12" + clock[clock.index(":") :]
    return f" {clock}" + (f" {half}" if 1 <= hour <= 12 else "")


def _with_colons(found: re.Match[str]) -> str:
    return ":".join(filter(None, found.groups()))


def _tidied(text: str) -> str:
    return STRAY.sub("", EMPTY.sub(" ", DAY_AND_CLOCK.sub("日 ", CLOCK.sub(_with_colons, text)))).strip(" ,")
