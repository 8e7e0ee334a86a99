"""Quantities, prices, dates and codes that buyers state, in eight languages, normalised to compare them."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from itertools import chain
from typing import Any, NamedTuple

import pandas as pd

from inquiry_intent.signals.cleaning import clean_texts
from inquiry_intent.signals.deadlines import deadlines
from inquiry_intent.signals.folding import Folded, fold
from inquiry_intent.signals.listing import is_pasted, pasted_spans
from inquiry_intent.signals.numerals import (
    LETTERS,
    Number,
    cue,
    cue_words,
    find,
    known_words,
    may_hold,
    meaning,
    numbers,
    one_of,
    opening_cue,
    words_after,
)
from inquiry_intent.signals.patterns import compiled
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
#: A quantity that `mentions` tells apart: not wanted, ordered before, what someone else makes, sells or offers, or a
#: measure of the goods ("a 10 ton crane").
UNWANTED = "unwanted"
COLUMNS = {
    "message_id": "str", "kind": "str", "value": "float64", "unit": "str", "base_value": "float64", "base_unit": "str",
    "start": "int64", "end": "int64", "evidence": "str",
}  # fmt: skip
#: Units that are counted in pieces, and others that have a common base.
_BASES = {
    "kilogram": ("tonne", 0.001), "pound": ("tonne", 0.00045359237), "tonne": ("tonne", 1.0),
    "container": ("container", 1.0),
}  # fmt: skip
_COUNTED = ("piece", "set", "pair", "dozen", "gross", "thousand_pieces")
#: A number is looked at together with so many characters before and after it, within its sentence.
_BEFORE, _AFTER = 80, 30
_NEAR = 25
#: "A container" is a quantity; "a piece" seldom is one.
_BY_ARTICLE = ("container", "dozen", "tonne", "pallet", "gross")
#: Units that more often describe goods than count them.
_MEASURES = (
    "kilogram", "pound", "litre", "gallon", "metre", "foot", "yard", "square_metre", "square_foot", "cubic_metre",
)  # fmt: skip
_LIFTED = ("tonne", "kilogram", "pound", "litre", "gallon")
_PACKS = ("bag", "drum", "box", "carton", "bottle", "pallet", "roll")
#: A budget of less US dollars than this, without a word on the order, is what one piece may cost.
_ORDER_BUDGET = 1000
_ARTICLES = frozenset({"a", "an", "un", "una", "uno", "um", "uma", "une", "ein", "eine", "einen"})
_SIZE = rf"(?:'|ft|hq|hc|gp|dv|st|rf|fcl|feet|foot|fuss|pies|pieds|pes|尺|英尺|фут|قدم)[{LETTERS}]*"
_CONTAINER_SIZE = re.compile(rf" ?[x*]? ?(20|40|45)[ -]?{_SIZE}")
_SIZE_ALONE = re.compile(rf"[ -]?{_SIZE}-?")
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
            if mention.kind == UNWANTED:
                continue
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
    values = numbers(_with_wide_commas(folded, text) if "，" in text else folded.text, words)
    holds = may_hold(folded.text)
    due = deadlines(folded.text, words, holds, values, sent)
    found = [Mention("deadline", d.start, d.end, d.days, "day", d.days, "day") for d in due]
    found += _codes(folded, text, holds)
    found += _amounts(folded.text, values, rates)
    if found and (pasted := pasted_spans(text)):
        found = [mention for mention in found if not is_pasted(pasted, folded.span(mention.start, mention.end)[0])]
    found.sort(key=lambda mention: (mention.start, mention.kind in ("quantity", UNWANTED), -mention.end))
    kept: list[Mention] = []
    for mention in found:
        if not kept or mention.start >= kept[-1].end:
            kept.append(mention)
    return kept


_COMMA = re.compile("(?<=[0-9]),(?!000)(?=[0-9])")


def _with_wide_commas(folded: Folded, text: str) -> str:
    """The folded text with Chinese commas as written: they part numbers ("尺寸25，500个"), unless only zeros follow."""
    return _COMMA.sub(lambda comma: "，" if text[folded.span(*comma.span())[0]] == "，" else ",", folded.text)


def _amounts(text: str, found: list[Number], rates: Mapping[str, float]) -> Iterator[Mention]:
    """Numbers with a unit or currency; numbers in a list ("300 or 500 pcs") share the unit of the last."""
    waiting: list[Number] = []
    since = 0
    for i, number in enumerate(found):
        amount = _amount(text, number, since, rates)
        following = found[i + 1].start if i + 1 < len(found) else None
        listed = following is not None and _LIST.fullmatch(text, number.end, following)
        if amount is not None and amount.start == number.start and amount.end == number.end and listed:
            amount = None  # "need 300 or 500 pcs": the last number tells of what
        if listed and not number.spelled and amount is None:
            if text[number.start - 1 : number.start] not in ("x", "*"):  # "20*30, 800 pcs"
                waiting.append(number)
            continue
        if amount is not None:
            if amount.kind == "quantity":
                yield from (_like(amount, other) for other in waiting)
            yield amount
            since = amount.end
        waiting = []


def _like(amount: Mention, other: Number) -> Mention:
    """Another number with the unit of an amount."""
    factor = amount.base_value / amount.value
    return amount._replace(start=other.start, end=other.end, value=other.value, base_value=other.value * factor)


def _amount(text: str, number: Number, since: int, rates: Mapping[str, float]) -> Mention | None:
    """What one number states, with what stands around it; None if it states nothing that counts.

    `since`: where the amount before it ends.
    """
    if number.spelled and _CONTAINER_SIZE.match(text, number.end) is None and _unit(text, number.end) is None:
        return None
    before = _sentence_end().split(text[max(0, number.start - _BEFORE) : number.start])[-1]
    if number.spelled or not (currency := _currency(text, number)):
        return _quantity(text, number, before, since)
    unit, start, end = currency
    after = _sentence_end().split(text[end : end + _AFTER])[0]
    around = f"{before} {after}"
    each = _opens("per", after.lstrip()) or _opens("price", after.lstrip())
    usd = number.value * rates[unit] if unit in rates else float("nan")
    kind = "money"
    if _is_yearly(text, start, end, before, after, since):
        kind = "annual_volume"
    elif _says("others", _PARTED.split(before)[-1]):
        pass
    elif _says("budget", around):
        whole = not each and (usd >= _ORDER_BUDGET or _says("order", around))
        kind = "order_value" if whole else "target_price"
    elif _says("target", around):
        kind = "target_price"
    elif not each and (_says("order", around) or _closes("order_is", before[: len(before) - number.start + start])):
        kind = "order_value"
    return Mention(kind, start, end, number.value, unit, usd, "usd")


def _is_yearly(text: str, start: int, end: int, before: str, after: str, since: int) -> bool:
    """Whether an amount at [start, end) is that of a year, and not an order beside it."""
    clause = before.rpartition(",")[2]
    if since > start - len(before) and _says("wanted", text[since:start]):
        before = text[since:start]  # "we use 60 tons a year and want to order 2 tons"
    elif _says("once", clause):
        before = clause[max(0, len(clause) - start + since) :]
    if _says("year", before):
        return True
    if any(c.isdigit() for c in _sentence_end().split(text[end : end + 2 * _AFTER])[0]):
        after = after.split(",")[0].split("(")[0]  # "5,000 pcs, then 60,000 a year"
        if parted := cue("then").search(after.encode()):
            after = after.encode()[: parted.start()].decode()
    return _says("year", after)


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
_JOINED = re.compile(f"-[{LETTERS}]")
#: Numbers and commas: what stands before them tells nothing of a number behind.
_PARTED = re.compile("[0-9,]")
_OF_SIZE = re.compile(rf" ?(?:de |d'|von |of )?(?:20|40|45)[ -]?{_SIZE}")
_OF = re.compile(r" (?:de |d'|of )")
_WORD_BEFORE = re.compile(rf"((?:us ?|r|a|au|c|ca|mx)?\$|[€£¥₽₹₺₦]|[{LETTERS}]+) ?$")


def _quantity(text: str, number: Number, before: str, since: int) -> Mention | None:
    """A number of goods: with a unit, as containers of a size, or of a thing that the sentence wants."""
    near = _PARTED.split(before[-_NEAR:])[-1]
    found = _counted(text, number, before, near, since)
    if found is None or found.kind == UNWANTED:
        return found
    after = _sentence_end().split(text[found.end : found.end + _AFTER])[0]
    if found.unit is not None and _is_yearly(text, found.start, found.end, before, after, since):
        return found._replace(kind="annual_volume")
    return found if _is_wanted(before, after) else found._replace(kind=UNWANTED)


def _is_wanted(before: str, after: str) -> bool:
    """Whether the writer may want a number of goods, by what stands around it in its sentence."""
    said = _PARTED.split(before)[-1]
    if _closes("refused", before) or _opens("asked_minimum", after.lstrip()):
        return False
    if (_says("past", said) or _says("others", said)) and not _says("once", said):
        return False
    made = _says("output", said) or _says("a_day", after)
    return not made or _says("wanted", said)


def _counted(text: str, number: Number, before: str, near: str, since: int) -> Mention | None:
    """A number of goods, whoever may want it. `near`: what stands before it since the last number or comma."""
    if size := _CONTAINER_SIZE.match(text, number.end):
        if number.value > 200 or _says("property", near) or _says("how_many", near):
            return None
        return Mention("quantity", number.start, size.end(), number.value, "container", number.value, "container")
    if number.value in (20, 40, 45) and (end := _size_of_container(text, number)):
        told = since > number.start - len(" de ") - 1  # "2 containers of 20 ft": they are counted already
        if told or _says("property", near) or _says("how_many", near) or not _says("wanted", before):
            return None
        return Mention("quantity", number.start, end, 1, "container", 1, "container")
    unit = _unit(text, number.end)
    if unit is None and not number.spelled and _unnamed_goods(text, number, before, near):
        return Mention("quantity", number.start, number.end, number.value, "piece", number.value, "piece")
    if unit is None or number.value <= 0:
        return None
    name, end = unit
    word = text[number.start : number.end]
    after = _sentence_end().split(text[end : end + _AFTER])[0]
    if number.spelled and word in _ARTICLES and (not _by_article(name, before, after) or _says("how_many", near)):
        return None
    if number.spelled and word == "一" and name != "container":
        return None  # 一个客户: "a client"
    if text.startswith("第", number.start - 1) or _names(text, number) or _opens("not_goods", after):
        return None  # 第二个, the second; 十二个月: twelve months
    beside = f"{before[-20:]} {after[:15]}"
    if _says("sample", beside) or _says("minimum", near) or _opens("pack", after.lstrip()):
        return None
    if _says("property", near) or (name == "container" and _says("property", after[:15])):
        return None
    if name in _MEASURES and _opens("per", after.lstrip()):
        return None  # 1.5 kg per piece
    if name in _MEASURES and not (_says("wanted", before) or (name in _LIFTED and _OF.match(after))):
        return None
    factor = float(known_words()["units"][name].get("factor", 1))
    base, per = ("piece", factor) if name in _COUNTED else _BASES.get(name, (None, float("nan")))
    of_goods = (name in _MEASURES or name == "tonne") and _is_property(name, before, near, after)
    kind = UNWANTED if of_goods else "quantity"
    return Mention(kind, number.start, end, number.value, name, number.value * per, base)


def _by_article(name: str, before: str, after: str) -> bool:
    """Whether "a" counts: of units that are bought by one."""
    return name in _BY_ARTICLE and (_says("wanted", f"{before} {after}") or bool(_OF_SIZE.match(after)))


def _is_property(name: str, before: str, near: str, after: str) -> bool:
    """Whether a measure describes the goods: "weight 2 kg", "a 10 ton crane", "25 kg bags"."""
    if _says("dimension", near) or _opens("dimension", after.lstrip()):
        return True
    if name not in ("tonne", "kilogram", "pound") and _says("room", near) and not _says("year", before):
        return True
    if name not in _LIFTED:
        return False
    packed = find("units", after, 0)
    return (
        (packed and packed[0] in _PACKS)
        or after.startswith("装")
        or bool(_packs().search(before.encode()))
        or (_says("rated", f"{near} {after}"))
    )


@cache
def _packs() -> Any:
    """An expression for packs right before what each holds: "sacos de 25 kg"."""
    words = one_of(chain(*(known_words()["units"][name]["words"] for name in _PACKS)))
    return compiled(rf"(?:^|[^{LETTERS}]){words} ?(?:de|d'|of|with|mit|a|zu|von|com|con|по|на|على)? ?$")


def _size_of_container(text: str, number: Number) -> int | None:
    """Where a number ends that is the size of a container ("a 20ft container"), None if it is none."""
    size = _SIZE_ALONE.match(text, number.end)
    if size is None:
        return None
    behind = find("units", text, size.end())
    if _sized().search(text[max(0, number.start - _BEFORE) : number.start].encode()):
        return size.end()  # conteneur de 40 pieds
    if behind:
        return behind[1] if behind[0] == "container" else None
    return size.end() if size[0].strip(" -")[:2] in ("hq", "hc", "gp", "dv") else None


@cache
def _sized() -> Any:
    """An expression for a container right before its size."""
    words = one_of(known_words()["units"]["container"]["words"])
    return compiled(rf"(?:^|[^{LETTERS}]){words} ?(?:de|d'|of|von|mit|на|по)? ?$")


def _names(text: str, number: Number) -> bool:
    """Whether a number is part of a name or of a price: "4K camera", "12.50 per pair"."""
    kind, rest = text[number.start : number.start + _AFTER], text[number.end : number.end + _AFTER]
    return _opens("kind", kind) or _opens("per", rest.lstrip())


def _unnamed_goods(text: str, number: Number, before: str, near: str) -> bool:
    """Whether a bare number counts what the sentence wants: "we need 500 chairs", "price for 500?", "Qty: 500"."""
    if number.value != int(number.value) or number.value < 1:
        return False
    of = _OF.match(text, number.end)
    after = text[of.end() if of else number.end :][:_AFTER].lstrip(" -")
    if _opens("not_goods", after) or _HAN.match(after) or _names(text, number):
        return False
    if _says("sample", near) or _says("minimum", near):
        return False
    labelled = text[max(0, number.start - _AFTER) : number.start]
    if _label().search(labelled.encode()) and not _says("pack", labelled):
        return True
    if number.value < 2 or not _may_count(text, number) or _closes("naming", before):
        return False
    if of and number.value >= 1e6:
        return True  # 2 millones de tapas
    *_, wanted = [None, *_wanted().finditer(before[-_NEAR:])]
    if wanted is None:
        return False
    between = before[-_NEAR:][wanted.end() :]
    if any(c in between for c in "0123456789/#"):
        return False
    sure = not between.strip() or _HAN.match(between.strip()[-1]) or _closes("about", between)
    return bool(sure or (after[:1].isalpha() and not _opens("then", after)))


def _may_count(text: str, number: Number) -> bool:
    """Whether a bare number looks like a number of goods, not like a year, an order's or a part's.

    A row of digits has no more than three that count, then: 350, 1500, 20000.
    """
    digits = text[number.start : number.end]
    if not digits.isdigit():
        return True
    return not 1990 <= number.value <= 2040 and number.value % 10 ** max(0, len(digits) - 3) == 0


@cache
def _label() -> Any:
    """An expression for the label of a form right before a number."""
    words = r"(?:[.]? [a-zа-яء-ي]+){0,2}(?: ?\([^()0-9]{1,12}\)|\))?"
    return compiled(rf"(?:^|[^{LETTERS}]){cue_words('label')}{words}[.]?[ \n]?[:=-]?[ \n]?$")


def _unit(text: str, position: int) -> tuple[str, int] | None:
    """The unit behind a number, directly or after up to two words ("500 white plastic chairs" has none)."""
    position += text.startswith("+", position)
    if of := _OF.match(text, position):
        position = of.end()
    for skipped in range(3):
        if unit := find("units", text, position):
            name, end = unit
            if (skipped and _MODEL.match(text, end)) or (not text[end - 2].isalpha() and _JOINED.match(text, end)):
                return None  # 428 for the MT-125, 500 t-shirts
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


@cache
def _sentence_end() -> re.Pattern[str]:
    """Where a sentence ends; a point behind an abbreviation does not end it."""
    kept = "".join(rf"(?<!\b{word})" for word in known_words()["abbreviations"])
    return re.compile(rf"(?:{kept}\.|[;!?\n])(?![0-9])")


@cache
def _closing(name: str) -> Any:
    return compiled(rf"(?:^|[^{LETTERS}]){cue_words(name)}[ .:#]{{0,3}}$")


def _closes(name: str, text: str) -> bool:
    """Whether a folded text ends with a cue."""
    return _closing(name).search(text.encode()) is not None


def _says(name: str, text: str) -> bool:
    """Whether a cue stands somewhere in a folded text."""
    return cue(name).search(text.encode()) is not None


def _opens(name: str, text: str) -> bool:
    """Whether a folded text begins with a cue."""
    return opening_cue(name).search(text.encode()) is not None
