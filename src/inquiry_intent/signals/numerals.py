"""Numbers as buyers write them: separators, multipliers, number words and the words that go with them."""

import re
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import re2

from inquiry_intent.config import read_yaml
from inquiry_intent.signals.patterns import ARABIC_PREFIX, compiled, rewrite

WORDS = Path(__file__).parent / "quantities.yaml"
LETTERS = "a-z0-9а-яء-ي"
#: A longer row of digits counts nothing.
_LONGEST = 15
#: Longer words are not remembered, and no more than so many are.
_LONGEST_KEPT = 40
_MOST_KEPT = 100_000
_ARABIC = re.compile("[ء-ي]")
_HAN = re.compile("[\u3400-\u9fff]")
_DIGIT = re.compile("[0-9]")
_TOKEN = re.compile(
    r"(?<=[a-zа-я*])\d+(?= \d{3}(?!\d))"  # M8 500 pcs: two numbers
    r"|\d{1,2}(?:,\d{2})+,\d{3}(?!\d)"  # 1,00,000
    r"|\d{1,3}(?:[.,' ]\d{3})+(?!\d)(?:[.,]\d{1,2}(?!\d))?"  # 1 250,50
    r"|\d+(?:[.,]\d{1,3}(?!\d)|(?<=0)[.,]\d{4,6}(?!\d))?"
)
_NEXT_WORD = re.compile(rf"[ \t]*(?:([$€£¥₽₹₺₦]|[{LETTERS}]+[$23]?|[\u3400-\u9fff]{{1,3}})\.?)")
_LOOK_AHEAD = re.compile(r"\(\?!(?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)")
_CHINESE = re.compile("[一二两兩三四五六七八九十百千万萬半]+")
_CHINESE_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"两": 2, "兩": 2}
_CHINESE_POWERS = {"十": 10, "百": 100, "千": 1000}


class Number(NamedTuple):
    """A number at [start, end) of a folded text; `spelled`: in words, which needs a unit to be believed."""

    start: int
    end: int
    value: float
    spelled: bool = False


@cache
def known_words() -> dict[str, Any]:
    """The words of `quantities.yaml`."""
    return read_yaml(WORDS, "the number words of the package")


def one_of(patterns: Iterable[str]) -> str:
    """An expression for any of some folded patterns, in any language."""
    return "(?:" + "|".join(rewrite(p, "en").replace("[a-z0-9]", f"[{LETTERS}]") for p in patterns) + ")"


@cache
def cue(name: str) -> Any:
    """An expression that finds a cue of `quantities.yaml` anywhere in folded UTF-8 bytes."""
    return compiled(rf"(?:^|[^{LETTERS}]){cue_words(name)}(?:[^a-zа-яء-ي]|$)")


@cache
def opening_cue(name: str) -> Any:
    """An expression for a cue at the beginning of folded UTF-8 bytes."""
    return compiled(rf"^{cue_words(name)}(?:[^a-zа-яء-ي]|$)")


@cache
def _gates() -> tuple[list[str], Any]:
    """What a text may hold, with an expression each that every such text matches, and few others, as one automaton."""
    begins, ends = f"(?:^|[^{LETTERS}])", f"(?:[^{LETTERS}]|$)"
    known = known_words()
    expressions = {
        "dates": r"[0-9][./年月-][0-9]|[0-9]月|(?:kw|week|semana|semaine|недел[а-я]) ?[0-9]"
        r"|[0-9]\. ?(?:kw|kalenderwoche|недел[а-я])|q[1-4]",
        "long_numbers": "[0-9]{4}",
        **{kind: begins + one_of(chain(*known[kind].values())) + ends for kind in ("relative", "holidays")},
        **{
            kind: begins + _LOOK_AHEAD.sub("", one_of(known[kind])) + ends
            for kind in ("incoterms", "standards", "certificates", "certificates_in_capitals")
        },
    }
    options = re2.Options()
    options.never_capture = True
    options.max_mem = 64 << 20
    gates = re2.Set.SearchSet(options)
    for expression in expressions.values():
        gates.Add(expression)
    gates.Compile()
    return list(expressions), gates


def may_hold(text: str) -> set[str]:
    """Which dates, codes and long numbers a folded text may hold: told at once, many times faster than finding them.

    >>> sorted(may_hold("iso 9001 before 3.10.")), may_hold("no numbers")
    (['certificates', 'dates', 'long_numbers', 'standards'], set())
    """
    names, gates = _gates()
    return {names[i] for i in gates.Match(text) or ()}


def cue_words(name: str) -> str:
    """An expression for a cue; Arabic writes "and", "with", "for" and "the" onto its word."""
    words = known_words()["hs_cues"] if name == "hs" else known_words()["cues"][name]
    return one_of(ARABIC_PREFIX + word if _ARABIC.search(word) else word for word in words)


@cache
def _table(kind: str) -> list[tuple[str, re.Pattern[str]]]:
    """Each entry of a section with the expression for its words."""
    entries = known_words()[kind].items()
    return [(str(key), re.compile(one_of(v["words"] if isinstance(v, dict) else v))) for key, v in entries]


@cache
def _any(kind: str) -> Any:
    """An expression for all words of a section at once."""
    return compiled("|".join(expression.pattern for _, expression in _table(kind)))


@lru_cache(maxsize=50_000)
def meaning(kind: str, word: str) -> str | None:
    """What a word stands for in a section of `quantities.yaml`, e.g. `("units", "pcs")` is "piece"; None: nothing."""
    if _any(kind).fullmatch(word.encode()) is None:
        return None
    return next((key for key, expression in _table(kind) if expression.fullmatch(word)), None)


class Vocabulary:
    """The words of one section of `quantities.yaml` among the words of a text, remembered.

    >>> sorted(Vocabulary.of("months").among({"ready", "may", "oct"}).items())
    [('may', '5'), ('oct', '10')]
    """

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._seen: set[str] = set()
        self._meanings: dict[str, str] = {}

    @classmethod
    @cache
    def of(cls, kind: str) -> "Vocabulary":
        """The vocabulary of a section, made once."""
        return cls(kind)

    def among(self, words: set[str]) -> dict[str, str]:
        """Those of some words that mean something, with what they mean."""
        if new := words - self._seen:
            if len(self._seen) > _MOST_KEPT:
                self._seen.clear()
                self._meanings.clear()
                new = words
            self._seen |= {word for word in new if len(word) <= _LONGEST_KEPT}
            self._meanings |= {word: key for word in new if (key := meaning(self._kind, word))}
        return {word: self._meanings[word] for word in self._meanings.keys() & words}


@lru_cache(maxsize=256)
def words_after(text: str, position: int, most: int) -> list[tuple[str, int]]:
    """The next words with the positions behind them; of Chinese, which has none, up to three characters."""
    words: list[tuple[str, int]] = []
    while len(words) < most and (match := _NEXT_WORD.match(text, position)):
        position = match.end(1)
        words.append((match[1], position))
    return words


def find(kind: str, text: str, position: int) -> tuple[str, int] | None:
    """The meaning of the one or two words at a position, and the position behind them."""
    words = words_after(text, position, 2)
    if not words:
        return None
    word, end = words[0]
    if _HAN.match(word):
        for length in range(len(word), 0, -1):
            if key := meaning(kind, word[:length]):
                return key, end - len(word) + length
        return None
    if len(words) > 1 and (key := meaning(kind, text[end - len(word) : words[1][1]])):
        return key, words[1][1]
    return (key, end) if (key := meaning(kind, word)) else None


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


def numbers(text: str, words: set[str]) -> list[Number]:
    """All numbers of a folded text, with their multipliers; `words` are the text's words."""
    tokens = [m for m in _tokens(text) if len(m[0]) <= _LONGEST and _stands_alone(text, m)]
    found = [_multiplied(text, Number(*m.span(), parse(m[0]))) for m in tokens]
    if spelled := Vocabulary.of("numerals").among(words):
        for m in _either(frozenset(spelled)).finditer(text):
            found.append(_multiplied(text, Number(*m.span(), float(spelled[m[0]]), True)))
    for m in _CHINESE.finditer(text) if not text.isascii() else ():
        if value := _chinese(m[0]):
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


@lru_cache(maxsize=1000)
def _either(words: frozenset[str]) -> re.Pattern[str]:
    """An expression for some whole words."""
    either = "|".join(sorted(map(re.escape, words), key=len, reverse=True))
    return re.compile(rf"(?<![{LETTERS}])(?:{either})(?![{LETTERS}])")


def _stands_alone(text: str, match: re.Match[str]) -> bool:
    """Whether a number is none of a model ("LP-600", "x100b"), a version or a longer row of digits."""
    before = text[max(match.start() - 2, 0) : match.start()]
    if before[-1:].isalpha() and not _HAN.match(before[-1:]) and before[-1:] != "x":
        return False
    return not (len(before) == 2 and before[1] in "-_./#" and before[0].isalpha() and not _HAN.match(before[0]))


def _multiplied(text: str, number: Number) -> Number:
    """The number times what follows it: 5k, 2 million, 3万."""
    after = find("multipliers", text, number.end)
    if after is None:
        return number
    key, end = after
    word = text[number.end : end].strip()
    if word in ("m", "w", "k", "к") and text[number.end : number.end + 1] == " ":
        return number  # "5 m" is a length
    if (
        word == "m"
        and not re.match(rf" ?(?:[{LETTERS}]|$)", text[end:])
        and not text[: number.start].endswith(("$", "€", "£"))
    ):
        return number
    end += text.startswith(". ", end) and word not in ("k", "m", "mil")  # "5 Mio. Paar"
    return number._replace(end=end, value=number.value * float(key))


def _chinese(run: str) -> float:
    """The value of Chinese numerals, 0 if they are no number.

    >>> [_chinese(run) for run in ("三千五百", "两", "十二", "一万", "二十万", "半")]
    [3500.0, 2.0, 12.0, 10000.0, 200000.0, 0.5]
    """
    if run == "半":
        return 0.5
    total, section, digit = 0.0, 0.0, 0.0
    for c in run:
        if c in "万萬":
            total, section, digit = (total + section + digit or 1) * 10000, 0.0, 0.0
        elif c in _CHINESE_POWERS:
            section, digit = section + (digit or 1) * _CHINESE_POWERS[c], 0.0
        else:
            digit = float(_CHINESE_DIGITS.get(c, 0))
    return total + section + digit
