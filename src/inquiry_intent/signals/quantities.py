"""Quantities, prices, dates and codes that buyers state, in eight languages, normalised to compare them."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from typing import NamedTuple

import pandas as pd

from inquiry_intent.signals.cleaning import clean_texts
from inquiry_intent.signals.deadlines import deadlines
from inquiry_intent.signals.folding import Folded, fold
from inquiry_intent.signals.listing import is_pasted, pasted_spans
from inquiry_intent.signals.numerals import (
    LETTERS,
    Number,
    cue,
    find,
    known_words,
    may_hold,
    meaning,
    numbers,
    one_of,
    opening_cue,
    words_after,
)
from inquiry_intent.signals.prefilter import words_of

KINDS = (
    "quantity",
    "target_price",
    "order_value",
    "annual_volume",
    "money",
    "deadline",
    "incoterm",
    "standard",
    "certificate",
    "hs_code",
)
COLUMNS = {
    "message_id": "str", "kind": "str", "value": "float64", "unit": "str", "base_value": "float64", "base_unit": "str",
    "start": "int64", "end": "int64", "evidence": "str",
}  # fmt: skip
#: Units that are counted in pieces, and others that have a common base.
_BASES = {"kilogram": ("tonne", 0.001), "tonne": ("tonne", 1.0), "container": ("container", 1.0)}
_COUNTED = ("piece", "set", "pair", "dozen", "gross", "thousand_pieces")
#: A number is looked at together with so many characters before and after it, within its sentence.
_BEFORE, _AFTER = 80, 30
_NEAR = 25
#: "A container" is a quantity; "a piece" seldom is one.
_BY_ARTICLE = ("container", "dozen", "tonne", "pallet", "gross")
#: Units that more often describe goods than count them.
_MEASURES = ("kilogram", "litre", "metre", "yard", "square_metre", "cubic_metre")
_ARTICLES = frozenset({"a", "an", "un", "una", "uno", "um", "uma", "une", "ein", "eine", "einen"})
_SENTENCE_END = re.compile(r"[.;!?\n](?![0-9])")
_CONTAINER_SIZE = re.compile(rf" ?[x*]? ?(20|40|45) ?(?:'|ft|hq|hc|gp|dv|st|rf|fcl|feet|foot|尺|英尺|фут)[{LETTERS}]*")
_LIST = re.compile(r" ?(?:/|,|、|\+|or|and|to|bis|oder|und|o|y|a|ou|et|e|или|и|до|او|و|或|和|到|至|-) ?")


class Mention(NamedTuple):
    """A number or code at [start, end) of a folded text, with its unit, and in the unit's common base."""

    kind: str
    start: int
    end: int
    value: float = float("nan")
    unit: str | None = None
    base_value: float = float("nan")
    base_unit: str | None = None


def find_quantities(messages: pd.DataFrame, exchange_rates: Mapping[str, float] | None = None) -> pd.DataFrame:
    """Find the quantities, prices, dates and codes of messages, in their senders' own live words.

    Parameters
    ----------
    messages : DataFrame of shape (n_messages, >= 2)
        Columns message_id and text (may be NaN); sent_at (UTC, may be NaT), which deadlines are measured from;
        live_text (see `clean_texts`) is worked out where it is missing.
    exchange_rates : mapping, optional
        US dollars for one unit of a currency; default: dollars only.

    Returns
    -------
    DataFrame of shape (n_mentions, 9), in the order of `messages` and of the text
        message_id; kind, one of `KINDS`; value and unit as stated (a currency, a canonical unit, or the code itself);
        base_value and base_unit, to compare by: pieces, tonnes, containers, usd, or days from the message to a
        deadline (NaN where it is unknown); start, end and evidence (`text[start:end] == evidence`).

    Examples
    --------
    >>> messages = pd.DataFrame({"message_id": ["a"], "text": ["Preis für 1.000 Stück? Zielpreis 2,50 € je Stück"]})
    >>> find_quantities(messages, {"EUR": 1.1})[["kind", "value", "unit", "base_value", "evidence"]]
               kind   value   unit  base_value     evidence
    0      quantity  1000.0  piece     1000.00  1.000 Stück
    1  target_price     2.5    EUR        2.75       2,50 €
    """
    rates = {"USD": 1.0, **(exchange_rates or {})}
    table = messages[["message_id", "text"]].dropna(subset=["text"])
    sent = messages["sent_at"].reindex(table.index) if "sent_at" in messages else pd.Series(pd.NaT, index=table.index)
    live = (
        messages["live_text"].reindex(table.index)
        if "live_text" in messages
        else clean_texts(table["text"])["live_text"]
    )
    rows = []
    for message_id, text, words, time in zip(table["message_id"], table["text"], live, sent, strict=True):
        folded = fold(words)
        for mention in mentions(folded, words, None if pd.isna(time) else time.date(), rates):
            start, end = folded.span(mention.start, mention.end)
            rows.append((message_id, mention.kind, *mention[3:], start, end, text[start:end]))
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS)


def largest_values(found: pd.DataFrame) -> pd.DataFrame:
    """One row a message: the values that decide.

    Parameters
    ----------
    found : DataFrame
        What `find_quantities` returns.

    Returns
    -------
    DataFrame indexed by message_id, of the messages that state something
        largest_quantity_pieces, largest_quantity_tonnes, largest_quantity_containers (> 0), days_to_deadline (the
        earliest; negative if it is past), target_price_usd (the lowest), order_value_usd (the highest). NaN: not
        stated.
    """
    wanted = {
        "largest_quantity_pieces": (found["kind"] == "quantity") & (found["base_unit"] == "piece"),
        "largest_quantity_tonnes": (found["kind"] == "quantity") & (found["base_unit"] == "tonne"),
        "largest_quantity_containers": (found["kind"] == "quantity") & (found["base_unit"] == "container"),
        "days_to_deadline": found["kind"] == "deadline",
        "target_price_usd": found["kind"] == "target_price",
        "order_value_usd": found["kind"] == "order_value",
    }
    least = ("days_to_deadline", "target_price_usd")
    ids = pd.Index(found["message_id"].unique(), name="message_id")
    return pd.DataFrame(
        {
            name: found[rows].groupby("message_id")["base_value"].agg("min" if name in least else "max").reindex(ids)
            for name, rows in wanted.items()
        }
    )


def mentions(folded: Folded, text: str, sent: date | None, rates: Mapping[str, float]) -> list[Mention]:
    """What the sender of a text states, at positions of the folded text; a pasted listing is the seller's statement."""
    words = words_of(folded.text)
    values = numbers(folded.text, words)
    holds = may_hold(folded.text)
    due = deadlines(folded.text, words, holds, values, sent)
    found = [Mention("deadline", d.start, d.end, d.days, "day", d.days, "day") for d in due]
    found += _codes(folded, text, holds)
    found += _amounts(folded.text, values, rates)
    if found and (pasted := pasted_spans(text)):
        found = [mention for mention in found if not is_pasted(pasted, folded.span(mention.start, mention.end)[0])]
    found.sort(key=lambda mention: (mention.start, -mention.end))
    kept: list[Mention] = []
    for mention in found:
        if not kept or mention.start >= kept[-1].end:
            kept.append(mention)
    return kept


def _amounts(text: str, found: list[Number], rates: Mapping[str, float]) -> Iterator[Mention]:
    """Numbers with a unit or currency; numbers in a list ("300 or 500 pcs") share the unit of the last."""
    waiting: list[Number] = []
    for i, number in enumerate(found):
        amount = _amount(text, number, rates)
        following = found[i + 1].start if i + 1 < len(found) else None
        listed = following is not None and _LIST.fullmatch(text, number.end, following)
        if listed and not number.spelled and (amount is None or amount.end == number.end):
            waiting.append(number)
            continue
        if amount is not None:
            if amount.kind == "quantity":
                yield from (_like(amount, other) for other in waiting)
            yield amount
        waiting = []


def _like(amount: Mention, other: Number) -> Mention:
    """Another number with the unit of an amount."""
    factor = amount.base_value / amount.value
    return amount._replace(start=other.start, end=other.end, value=other.value, base_value=other.value * factor)


def _amount(text: str, number: Number, rates: Mapping[str, float]) -> Mention | None:
    """What one number states, with what stands around it; None if it states nothing that counts."""
    if number.spelled and _CONTAINER_SIZE.match(text, number.end) is None and _unit(text, number.end) is None:
        return None
    before = _SENTENCE_END.split(text[max(0, number.start - _BEFORE) : number.start])[-1]
    if not number.spelled and (currency := _currency(text, number)):
        unit, start, end = currency
        after = _SENTENCE_END.split(text[end : end + _AFTER])[0]
        each = _opens("price", after.lstrip())
        usd = number.value * rates[unit] if unit in rates else float("nan")
        kind = "money"
        if _says("year", f"{before} {after}"):
            kind = "annual_volume"
        elif _says("target", f"{before} {after}"):
            kind = "target_price"
        elif _says("order", f"{before} {after}") and not each:
            kind = "order_value"
        return Mention(kind, start, end, number.value, unit, usd, "usd")
    return _quantity(text, number, before)


def _currency(text: str, number: Number) -> tuple[str, int, int] | None:
    """The currency right before or behind a number, and the span of both."""
    match = _WORD_BEFORE.search(text, max(0, number.start - 12), number.start)
    if match and (unit := meaning("currencies", match[1].strip())):
        return unit, match.start(1), number.end
    of = _OF.match(text, number.end)
    after = find("currencies", text, of.end() if of else number.end)
    return (after[0], number.start, after[1]) if after else None


_HAN = re.compile("[\u3400-\u9fff]")
_MODEL = re.compile("-[0-9]")
_OF = re.compile(r" (?:de |d'|of )")
_WORD_BEFORE = re.compile(rf"((?:us ?|r|a|au|c|ca|mx)?\$|[€£¥₽₹₺₦]|[{LETTERS}]+) ?$")


def _quantity(text: str, number: Number, before: str) -> Mention | None:
    """A number of goods: with a unit, as containers of a size, or of a thing that the sentence wants."""
    if size := _CONTAINER_SIZE.match(text, number.end):
        if number.value <= 200:
            return Mention("quantity", number.start, size.end(), number.value, "container", number.value, "container")
        return None
    unit = _unit(text, number.end)
    if unit is None and not number.spelled and _unnamed_goods(text, number, before):
        return Mention("quantity", number.start, number.end, number.value, "piece", number.value, "piece")
    if unit is None or number.value <= 0:
        return None
    name, end = unit
    word = text[number.start : number.end]
    if number.spelled and word in _ARTICLES and (name not in _BY_ARTICLE or not _says("wanted", before)):
        return None
    if number.spelled and word == "一" and name != "container":
        return None  # 一个客户: "a client"
    after = _SENTENCE_END.split(text[end : end + _AFTER])[0]
    if _opens("not_goods", after):
        return None  # 十二个月: twelve months
    near = f"{before[-20:]} {after[:15]}"
    if _says("sample", near) or _says("minimum", before[-_NEAR:]) or _opens("pack", after.lstrip()):
        return None
    if _says("property", before[-_NEAR:]) or (name in _MEASURES and not _says("wanted", before)):
        return None
    factor = float(known_words()["units"][name].get("factor", 1))
    base, per = ("piece", factor) if name in _COUNTED else _BASES.get(name, (None, float("nan")))
    kind = "annual_volume" if _says("year", f"{before} {after}") else "quantity"
    return Mention(kind, number.start, end, number.value, name, number.value * per, base)


def _unnamed_goods(text: str, number: Number, before: str) -> bool:
    """Whether a bare number counts what the sentence wants: "we need 500 chairs", "price for 500?"."""
    whole = number.value == int(number.value) and number.value >= 2 and not 1990 <= number.value <= 2040
    after = text[number.end : number.end + _AFTER].lstrip(" -")
    if not whole or _opens("not_goods", after) or _HAN.match(after):
        return False
    if not _says("wanted", before[-_NEAR:]):
        return False
    *_, wanted = _wanted().finditer(before[-_NEAR:])
    if any(c in before[-_NEAR:][wanted.end() :] for c in "0123456789/#:"):
        return False
    return not (_says("sample", before[-_NEAR:]) or _says("minimum", before[-_NEAR:]))


def _unit(text: str, position: int) -> tuple[str, int] | None:
    """The unit behind a number, directly or after up to two words ("500 white plastic chairs" has none)."""
    for skipped in range(3):
        if unit := find("units", text, position):
            name, end = unit
            if skipped and _MODEL.match(text, end):
                return None  # 428 for the MT-125
            if name == "piece" and (size := _CONTAINER_SIZE.match(text, end)):
                return "container", size.end()  # 两个40尺柜
            if name == "piece" and (holds := find("units", text, end)) and holds[0] == "container":
                return holds  # 3个高柜
            return unit
        word = next(iter(words_after(text, position, 2)), None)
        if word is None or not word[0].isalpha() or not word[0].isascii() or skipped == 2:
            return None
        if _not_goods().fullmatch(word[0]):
            return None
        position = word[1]
    return None


def _codes(folded: Folded, text: str, holds: set[str]) -> Iterator[Mention]:
    """Incoterms, standards, certificates and HS codes; the unit is the code as written in capitals.

    `text` is as it was written, for codes that only capitals tell from words.
    """
    known = known_words()

    def is_capital(match: re.Match[str]) -> bool:
        return text[slice(*folded.span(*match.span()))].isupper()

    for kind, listed in (("incoterm", "incoterms"), ("standard", "standards"), ("certificate", "certificates")):
        for match in _code(listed).finditer(folded.text) if listed in holds else ():
            if match[0] not in known["incoterms_in_capitals"] or is_capital(match):
                yield Mention(kind, *match.span(), unit=match[0].upper())
    if "certificates_in_capitals" in holds:
        for match in _code("certificates_in_capitals").finditer(folded.text):
            if is_capital(match):
                yield Mention("certificate", *match.span(), unit=match[0].upper())
    for match in _HS_CODE.finditer(folded.text) if "long_numbers" in holds else ():
        if _says("hs", folded.text[max(0, match.start() - 20) : match.start()]):
            yield Mention("hs_code", *match.span(), unit=re.sub(r"\D", "", match[0]))


_HS_CODE = re.compile(r"(?<![\d.])\d{4}(?:[. ]?\d{2}){0,3}(?![\d])")


@cache
def _code(kind: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![{LETTERS}])(?:{one_of(known_words()[kind])})(?![{LETTERS}])")


@cache
def _wanted() -> re.Pattern[str]:
    return re.compile(rf"(?<![{LETTERS}]){one_of(known_words()['cues']['wanted'])}(?![a-zа-яء-ي])")


@cache
def _not_goods() -> re.Pattern[str]:
    return re.compile(one_of(known_words()["cues"]["not_goods"]))


def _says(name: str, text: str) -> bool:
    """Whether a cue stands somewhere in a folded text."""
    return cue(name).search(text.encode()) is not None


def _opens(name: str, text: str) -> bool:
    """Whether a folded text begins with a cue."""
    return opening_cue(name).search(text.encode()) is not None
