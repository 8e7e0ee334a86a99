"""Numbers as buyers write them: separators, multipliers, number words and the words that go with them."""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache, lru_cache, partial
from itertools import chain
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

import re2

from inquiry_intent.config import read_yaml
from inquiry_intent.signals.patterns import ARABIC_PREFIX, compiled, rewrite
from inquiry_intent.signals.spelled import Part, chinese, read

M = TypeVar("M")
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
_NEXT_WORD = re.compile(rf"[ \t]*(?:d')?(?:([$€£¥₽₹₺₦]|[{LETTERS}]+[$23]?|[\u3400-\u9fff]{{1,3}})\.?)")
_LOOK_AHEAD = re.compile(r"\(\?!(?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)")
#: 第二 is the second; 多 and 几 in a number say "and some".
_CHINESE = re.compile("第?[一二两兩三四五六七八九十百千万萬半][一二两兩三四五六七八九十百千万萬半零〇几幾多余餘]*")
_SOME = frozenset("多余餘几幾")


class Number(NamedTuple):
    """A number at [start, end) of a folded text; `spelled`: in one word, which needs a unit to be believed."""

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
        "dates": r"[0-9][./年月-][0-9]|[0-9一二三四五六七八九十]月|(?:kw|week|semana|semaine|недел[а-я]) ?[0-9]"
        r"|[0-9](?:\.|-?[а-я]{1,2})? ?(?:kw|kalenderwoche|недел[а-я])|q[1-4]",
        "long_numbers": "[0-9]{4}",
        **{
            f"{kind} {key}": begins + one_of(words) + ends
            for kind in ("relative", "month_ends", "holidays", "feasts")
            for key, words in entries(kind)
        },
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


def entries(kind: str) -> Iterator[tuple[str, list[str]]]:
    """Each entry of a section with its words."""
    return ((str(key), of["words"] if isinstance(of, dict) else of) for key, of in known_words()[kind].items())


def _words_of(*kinds: str) -> Iterator[str]:
    return (word for kind in kinds for _, words in entries(kind) for word in words)


@cache
def _table(kind: str) -> list[tuple[str, re.Pattern[str]]]:
    """Each entry of a section with the expression for its words."""
    return [(key, re.compile(one_of(words))) for key, words in entries(kind)]


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


class Vocabulary(Generic[M]):
    """The words that mean something among the words of a text, remembered.

    >>> sorted(Vocabulary.of("months").among({"ready", "may", "oct"}).items())
    [('may', '5'), ('oct', '10')]
    """

    def __init__(self, read: Callable[[str], M | None]) -> None:
        self._read = read
        self._seen: set[str] = set()
        self._meanings: dict[str, M] = {}

    @staticmethod
    @cache
    def of(kind: str) -> "Vocabulary[str]":
        """The vocabulary of one section of `quantities.yaml`, made once."""
        return Vocabulary(partial(meaning, kind))

    def among(self, words: set[str]) -> dict[str, M]:
        """Those of some words that mean something, with what they mean."""
        if new := words - self._seen:
            if len(self._seen) > _MOST_KEPT:
                self._seen.clear()
                self._meanings.clear()
                new = words
            self._seen |= {word for word in new if len(word) <= _LONGEST_KEPT}
            self._meanings |= {word: key for word in new if (key := self._read(word))}
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
    if spelled := _NUMBER_WORDS.among(words):
        found += _spelled(text, spelled)
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
    number = number._replace(end=number.end + (text[number.end : number.end + 1] in _SOME))  # 20多万个
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
    if len(word) > _LONGEST_KEPT or not _may_be_number().fullmatch(word.encode()):
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


@cache
def _may_be_number() -> Any:
    words = one_of(_words_of("numerals", "units_first", "multipliers", "multipliers_after"))
    joint = one_of(known_words()["joints"]["together"])
    return compiled(f"(?:{joint})?(?:{words}(?:{joint})?)+")


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
