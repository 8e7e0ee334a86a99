"""Numbers as buyers write them: separators, multipliers, number words and the words that go with them."""

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import chain
from typing import Any, NamedTuple

from inquiry_intent.signals.cues import AFTER, closes, opens
from inquiry_intent.signals.patterns import compiled
from inquiry_intent.signals.spelled import Part, chinese, read
from inquiry_intent.signals.words import (
    HAN,
    LETTERS,
    LONGEST_KEPT,
    Vocabulary,
    entries,
    find,
    known_words,
    meaning,
    one_of,
)

#: A longer row of digits counts nothing.
_LONGEST = 15
_DIGIT = re.compile("[0-9]")
_TOKEN = re.compile(
    r"(?<=[a-zа-я*])\d+(?= \d{3}(?!\d))"  # M8 500 pcs: two numbers
    r"|(?<=[0-9]-[0-9]{2}-)\d(?=,)"  # CAS 57-13-6,40吨: two numbers
    r"|\d{1,2}(?:,\d{2})+,\d{3}(?!\d)"  # 1,00,000
    r"|\d{1,3}(?:[.,' ]\d{3})+(?!\d)(?:[.,]\d{1,2}(?!\d))?"  # 1 250,50
    r"|\d+(?:[.,]\d{1,3}(?!\d)|(?<=0)[.,]\d{4,6}(?!\d))?"
)
#: 第二 is the second; 多 and 几 in a number say "and some".
_CHINESE = re.compile("第?[一二两兩三四五六七八九十百千万萬半][一二两兩三四五六七八九十百千万萬半零〇几幾多余餘]*")
_SOME = frozenset("多余餘几幾")
#: Letters that Arabic writes onto a word: and, with, for, then.
_WRITTEN_ON = ("و", "ب", "ل", "ف")


class Number(NamedTuple):
    """A number at [start, end) of a folded text; `spelled`: in one word, which needs a unit to be believed."""

    start: int
    end: int
    value: float
    spelled: bool = False


def numbers(text: str, words: set[str]) -> list[Number]:
    """All numbers of a folded text, with their multipliers; `words` are the text's words."""
    tokens = [m for m in _tokens(text) if len(m[0]) <= _LONGEST and _stands_alone(text, m)]
    found = [_multiplied(text, Number(*m.span(), parse(m[0]))) for m in tokens]
    if spelled := _NUMBER_WORDS.among(words):
        found += _spelled(text, spelled)
    if dual := _DUALS.among(words):
        found += _duals(text, dual)
    for m in _CHINESE.finditer(text) if not text.isascii() else ():
        if m[0][0] != "第" and (value := chinese(m[0])):
            found.append(Number(*m.span(), value, True))
    return sorted(found)


def _tokens(text: str) -> Iterator[re.Match[str]]:
    """The numbers in digits; the search for a single digit is many times faster than that for a number."""
    digit = _DIGIT.search(text)
    while digit is not None:
        token = _TOKEN.match(text, digit.start())
        if token is None:
            return
        yield token
        digit = _DIGIT.search(text, token.end())


def _stands_alone(text: str, match: re.Match[str]) -> bool:
    """Whether a number is none of a model ("LP-600", "x100b"), a version or a longer row of digits."""
    before = text[max(match.start() - 2, 0) : match.start()]
    written_on = before[-1:] in _WRITTEN_ON and not before[:-1].isalpha()  # و5000
    if before[-1:].isalpha() and not HAN.match(before[-1:]) and before[-1:] != "x" and not written_on:
        return False
    if before[1:] in ("-", ".", "/") and closes("label", text[max(0, match.start() - 15) : match.start() - 1]):
        return True  # Qty.500
    return not (len(before) == 2 and before[1] in "-_./#" and before[0].isalpha() and not HAN.match(before[0]))


def parse(token: str) -> float:
    """The value of a number as written.

    A point or comma before exactly three last digits groups thousands, unless only zero stands before it; otherwise
    the last one is the decimal sign.

    >>> [parse(token) for token in ("1.000", "10,000", "1 250,50", "0.125", "2,5", "1,00,000", "1.234.567,8")]
    [1000.0, 10000.0, 1250.5, 0.125, 2.5, 100000.0, 1234567.8]
    """
    plain = token.replace(" ", "").replace("'", "")
    last = max(plain.rfind("."), plain.rfind(","))
    if last < 0:
        return float(plain)
    whole, fraction, sign = plain[:last], plain[last + 1 :], plain[last]
    groups = len(fraction) == 3 and whole.lstrip("0") and (sign in whole or not {".", ","} & set(whole))
    if groups and len(re.split(r"[.,]", whole)[0]) <= 3:
        return float(plain.replace(".", "").replace(",", ""))
    return float(whole.replace(".", "").replace(",", "") + "." + fraction)


def _multiplied(text: str, number: Number) -> Number:
    """The number times what follows it: 5k, 2 million, 3万."""
    number = number._replace(end=number.end + (text[number.end : number.end + 1] in _SOME))  # 20多万个
    after = find("multipliers", text, number.end)
    if after is None:
        return number
    key, end = after
    word = text[number.end : end].strip()
    if word == "w" and (
        opens("watts", text[end : end + AFTER]) or not (HAN.match(text[end:]) or find("units", text, end))
    ):
        return number  # 9W bulb, 580W组件
    if HAN.match(word) and (unit := meaning("units", text[number.end : end + 1])) and unit != "thousand_pieces":
        return number  # 5千克
    if word in ("m", "w", "k", "к") and text[number.end : number.end + 1] == " ":
        return number  # "5 m" is a length
    if (
        word == "m"
        and not re.match(rf" ?(?:[{LETTERS}]|$)", text[end:])
        and not text[: number.start].endswith(("$", "€", "£"))
    ):
        return number
    end += text.startswith(". ", end) and word not in ("k", "m", "mil")  # "5 Mio. Paar"
    end += text[end : end + 1] in _SOME  # 1万多套
    return number._replace(end=end, value=number.value * float(key))


def _part(word: str) -> Part | None:
    """What a word says within a number; None: nothing."""
    additive, units_first = meaning("numerals", word), meaning("units_first", word)
    after = meaning("multipliers_after", word)
    times = after or (None if _not_spelled().fullmatch(word) else meaning("multipliers", word))
    value = times or units_first or additive
    if value is None:
        return None
    only_after = frozenset(known_words()["multipliers_after"][int(after)]["after"]) if after else frozenset()
    return Part(float(value), times is not None, bool(additive or units_first), units_first is not None, only_after)


@lru_cache(maxsize=10_000)
def _parts(word: str) -> tuple[Part, ...] | None:
    """What a word says within a number; several things if several words are written as one: zweitausend, وعشرين.

    >>> [part.value for part in _parts("zweitausendfunfhundert")]
    [2.0, 1000.0, 5.0, 100.0]
    """
    if len(word) > LONGEST_KEPT or not _may_be_number().fullmatch(word.encode()):
        return None
    if part := _part(word):
        return (part,)
    for joint in known_words()["joints"]["together"]:
        if word.startswith(joint) and (rest := _parts(word[len(joint) :])):
            return (rest[0]._replace(joined=True), *rest[1:])
    for cut in range(len(word) - 1, 1, -1):
        if (first := _part(word[:cut])) and (rest := _parts(word[cut:])):
            together = (first, *rest)
            if len(list(read([(part, 0, 0) for part in together]))) == 1:
                return together
    return None


_NUMBER_WORDS = Vocabulary(_parts)


def _dual(word: str) -> tuple[str, int] | None:
    """How many a unit in the dual counts, and where it begins behind "and", "with" or "for" written onto it."""
    for start in (0, 1) if word[:1] in _WRITTEN_ON else (0,):
        if key := meaning("duals", word[start:]):
            return key, start
    return None


_DUALS = Vocabulary(_dual)


def _duals(text: str, known: dict[str, tuple[str, int]]) -> Iterator[Number]:
    """Numbers without a word of their own, right before the unit that says them: حاويتين is two containers."""
    for m in _either(frozenset(known)).finditer(text):
        value, start = known[m[0]]
        yield Number(m.start() + start, m.start() + start, float(value), True)


@cache
def _may_be_number() -> Any:
    words = one_of(_words_of("numerals", "units_first", "multipliers", "multipliers_after"))
    joint = one_of(known_words()["joints"]["together"])
    return compiled(f"(?:{joint})?(?:{words}(?:{joint})?)+")


def _words_of(*kinds: str) -> Iterator[str]:
    return (word for kind in kinds for _, words in entries(kind) for word in words)


@cache
def _not_spelled() -> re.Pattern[str]:
    return re.compile(one_of(known_words()["not_spelled"]))


@cache
def _joint() -> re.Pattern[str]:
    """What stands between the words of one number."""
    return re.compile(rf"[ -]|[ -]{one_of(chain(*known_words()['joints'].values()))}[ -]")


def _spelled(text: str, known: dict[str, tuple[Part, ...]]) -> Iterator[Number]:
    """The numbers in words; neighbouring words are read together as far as they make one number."""
    run: list[tuple[Part, int, int]] = []
    word, end = "", 0
    for m in _either(frozenset(known)).finditer(text):
        joint = _joint().fullmatch(text, end, m.start()) if run else None
        if joint is None:
            yield from (Number(t.start, t.end, t.value, t.words < 2) for t in read(run))
            run = []
        for i, part in enumerate(known[m[0]]):
            if part.after and word not in part.after:
                part = part._replace(times=False)
            if i == 0 and joint and len(joint[0]) > 1:
                part = part._replace(joined=True)
            if part.value == 0.5 and len(run) > 1 and run[-1][0].joined and run[-1][0].value == 1:
                run.pop()  # one and a half
                part = part._replace(joined=True)
            run.append((part, *m.span()))
        word, end = m[0], m.end()
    yield from (Number(t.start, t.end, t.value, t.words < 2) for t in read(run))


@lru_cache(maxsize=1000)
def _either(words: frozenset[str]) -> re.Pattern[str]:
    """An expression for some whole words."""
    either = "|".join(sorted(map(re.escape, words), key=len, reverse=True))
    return re.compile(rf"(?<![{LETTERS}])(?:{either})(?![{LETTERS}])")
