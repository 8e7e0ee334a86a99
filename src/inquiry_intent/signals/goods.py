"""Quantities of goods: with a unit, as containers of a size, or of a thing that the sentence wants."""

import re
from functools import cache
from itertools import chain
from typing import NamedTuple

from inquiry_intent.signals.cues import (
    AFTER,
    BEFORE,
    Search,
    closes,
    cue_words,
    finds,
    is_yearly,
    opens,
    says,
    sentence_after,
    since_number,
)
from inquiry_intent.signals.mention import UNWANTED, Mention
from inquiry_intent.signals.numerals import Number
from inquiry_intent.signals.patterns import compiled, first_span_of
from inquiry_intent.signals.words import HAN, LETTERS, OF, find, known_words, one_of, words_after

#: Units that are counted in pieces, and others that have a common base.
_BASES = {
    "kilogram": ("tonne", 0.001), "pound": ("tonne", 0.00045359237), "tonne": ("tonne", 1.0),
    "container": ("container", 1.0),
}  # fmt: skip
_COUNTED = ("piece", "set", "pair", "dozen", "gross", "thousand_pieces")
_NEAR = 25
#: "A container" is a quantity; "a piece" seldom is one.
_BY_ARTICLE = ("container", "dozen", "tonne", "pallet", "gross")
#: Units that more often describe goods than count them.
_MEASURES = (
    "kilogram", "pound", "litre", "gallon", "metre", "foot", "yard", "square_metre", "square_foot", "cubic_metre",
)  # fmt: skip
#: What plants and stores of energy are bought by; in kilowatts and below, what a machine has.
_POWERS = ("megawatt", "megawatt_hour", "kilowatt_peak", "kilowatt_hour", "kilowatt")
#: Lengths and weights of goods are seldom more.
_LEAST_MEASURE = 100
#: A single battery stores less, in kilowatt hours.
_LEAST_ENERGY = 100
#: So many words behind a number are goods and little more: "15,000 printed paper bags".
_FEW_WORDS = 5
_LIFTED = ("tonne", "kilogram", "pound", "litre", "gallon")
_PACKS = ("bag", "drum", "box", "carton", "bottle", "pallet", "roll")
#: No order is of so many containers at once: they are vessels.
_MOST_CONTAINERS = 200
_ARTICLES = frozenset({"a", "an", "un", "una", "uno", "um", "uma", "une", "ein", "eine", "einen"})
_SIZE = rf"(?:'|ft|hq|hc|gp|dv|st|rf|fcl|feet|foot|fuss|pies|pieds|pes|尺|英尺|фут|قدم)[{LETTERS}]*"
_CONTAINER_SIZE = re.compile(
    rf" ?[x*]? ?(?:(?:20|40|45|twenty|forty|zwanzig|vierzig|двадцати|сорока)[ -]?{_SIZE}"  # zwei Vierzigfuß-Container
    "|(?:20|40|45)-?er[ -]?container[a-z]*)"  # zwei 40er Container
)
_SIZE_ALONE = re.compile(rf"[ -]?{_SIZE}-?")
_OF_SIZE = re.compile(rf" ?(?:de |d'|von |of )?(?:20|40|45)[ -]?{_SIZE}")
_FURTHER_GOODS = re.compile(r"(?: [^\W\d]{2,}){1,3}(?:(?:,| \+| &| (?:and|plus|y|e|et|und|sowie|и)) | و ?)")
_FOR = re.compile(" (?:of|for|de|d'|para|pour|fur|для) | (?=ل)|用")  # "30 tons of steel for tanks"
_OF_BEFORE = re.compile(" (?:de|d'|of|mit|with|avec|con|com|a|von|на|до) $")
_MEASURED = re.compile(" (?:de|d'|of|von|по) $")
_MODEL = re.compile("-[0-9]")
_JOINED = re.compile(f"-[{LETTERS}]")
_IS_LABEL = re.compile(" ?(?:quantity|qty) ?[:=]")
_VERSION = re.compile(r"[0-9]\.0")
#: Where a sentence starts anew: "We sell toys - 300 pcs please".
_ASIDE = re.compile("[:(]| - ")


class _Unit(NamedTuple):
    """The unit behind a number, the words between both, and the position behind it."""

    name: str
    skipped: str
    end: int


def counts_goods(text: str, number: Number) -> bool:
    """Whether a unit or the size of a container stands behind a number."""
    return _CONTAINER_SIZE.match(text, number.end) is not None or _unit(text, number.end) is not None


def quantity(text: str, number: Number, before: str, since: int) -> Mention | None:
    """A number of goods: with a unit, as containers of a size, or of a thing that the sentence wants."""
    near = since_number(before[-_NEAR:])
    found = _counted(text, number, before, near, since)
    if found is None and not number.spelled and (_is_made(since_number(before), "") or closes("place", before)):
        return Mention(UNWANTED, number.start, number.end)  # "we sell 300 pumps a month", "Terminal 2 car park"
    if found is None or found.kind == UNWANTED:
        return found
    after = sentence_after(text, found.end)
    if found.unit is not None and is_yearly(text, found.start, found.end, before, after, since):
        return found._replace(kind="annual_volume")
    if found.unit == "container" and found.value > _MOST_CONTAINERS:
        found = found._replace(unit="piece", base_unit="piece")
    return found if _is_wanted(before, after) else found._replace(kind=UNWANTED)


def _is_wanted(before: str, after: str) -> bool:
    """Whether the writer may want a number of goods, by what stands around it in its sentence."""
    said = since_number(before)
    if closes("refused", before) or opens("asked_minimum", after.lstrip()):
        return False
    if ((says("past", said) and not says("again", said)) or says("others", said) or says("rivals", said)) and not says(
        "once", said
    ):
        return False
    return not _is_made(said, after)


def _is_made(said: str, after: str) -> bool:
    """Whether a number tells what somebody makes or sells, by what stands before and behind it."""
    said = _ASIDE.split(said)[-1]
    return (says("output", said) or says("a_day", after)) and not says("wanted", said) and not says("asked_for", said)


def _is_property_of(near: str) -> bool:
    """Whether what stands before a number tells of goods ("each box holds"), not of an order ("the order contains")."""
    return says("property", near) and not says("an_order", near)


def _counted(text: str, number: Number, before: str, near: str, since: int) -> Mention | None:
    """A number of goods, whoever may want it. `near`: what stands before it since the last number or comma."""
    if size := _CONTAINER_SIZE.match(text, number.end):
        if number.value > _MOST_CONTAINERS or _is_property_of(near) or _asks_how_many(near):
            return None
        return Mention("quantity", number.start, size.end(), number.value, "container", number.value, "container")
    if number.value in (20, 40, 45) and (end := _size_of_container(text, number)):
        told = since > number.start - len(" de ") - 1  # "2 containers of 20 ft": they are counted already
        if told or _is_property_of(near) or _asks_how_many(near) or not says("wanted", before):
            return None
        return Mention("quantity", number.start, end, 1, "container", 1, "container")
    if opens("pack", text[number.end : number.end + AFTER].lstrip()):
        return Mention(UNWANTED, number.start, number.end)  # "12 per carton"
    unit = _unit(text, number.end)
    if unit is None and not number.spelled and _unnamed_goods(text, number, before, near, since):
        return Mention("quantity", number.start, number.end, number.value, "piece", number.value, "piece")
    if unit is None or number.value <= 0:
        return None
    name, skipped, end = unit
    word = text[number.start : number.end]
    after = sentence_after(text, end)
    if number.spelled and word in _ARTICLES and (not _by_article(name, before, after) or says("how_many", near)):
        return None
    if number.spelled and word == "一" and name != "container":
        return None  # 一个客户: "a client"
    if text.startswith("第", number.start - 1) or _names(text, number) or opens("not_goods", after):
        return None  # 第二个, the second; 十二个月: twelve months
    beside = f"{before[-20:]} {after[:15]}"
    if says("sample", beside) or says("minimum", near) or opens("pack_label", after.lstrip()):
        return None
    if opens("pack", after.lstrip()):
        return Mention(UNWANTED, number.start, end)  # "12 pcs per carton"
    if _is_property_of(near) or (name == "container" and says("property", after[:15])):
        return Mention(UNWANTED, number.start, end)
    if name in _PACKS and _VERSION.fullmatch(word) and not says("wanted", before) and not _is_labelled(text, number):
        return Mention(UNWANTED, number.start, end)  # "the 3.0 box"
    if name in _POWERS:
        counts = _is_bought_power(name, number.value, before, after)
        return Mention("quantity", number.start, end, number.value, name) if counts else None
    if _are_goods(name, skipped, after):
        name = "piece"
    if name in _MEASURES and opens("per", after.lstrip()):
        return None  # 1.5 kg per piece
    if name == "foot" and 0 < since and since > number.start - 2:
        return None  # بحاويتين 20 قدم
    if name in _MEASURES and not _is_asked_measure(text, name, number, before, after):
        return None
    factor = float(known_words()["units"][name].get("factor", 1))
    base, per = ("piece", factor) if name in _COUNTED else _BASES.get(name, (None, float("nan")))
    of_goods = (name in _MEASURES or name == "tonne") and _is_property(name, number.value, before, near, after)
    kind = UNWANTED if of_goods else "quantity"
    return Mention(kind, number.start, end, number.value, name, number.value * per, base)


def _is_bought_power(name: str, value: float, before: str, after: str) -> bool:
    """Whether a power or an energy is what somebody wants ("3 MW of modules"), not what a machine has."""
    if name == "kilowatt" or (name == "kilowatt_hour" and value < _LEAST_ENERGY):
        return False
    of = _OF_BEFORE.search(before)  # "baterías de 500 kWh", and not "precisamos de 4 MWp"
    if (of and not closes("wanted", before[: of.start()])) or opens("powered", after.lstrip()):
        return False
    return not before.strip() or _asks(before)


def _asks(before: str) -> bool:
    """Whether what stands before an amount in its sentence asks for something."""
    return says("wanted", before) or says("asked_for", before)


def _is_asked_measure(text: str, name: str, number: Number, before: str, after: str) -> bool:
    """Whether a measure may tell how much is wanted."""
    if text[number.start - 1 : number.start] in ("x", "*"):
        return False  # a hall of 22x40m
    of = _MEASURED.search(before)
    if of and not any(
        closes(cue, before[: of.start()]) for cue in ("wanted", "asked_for", "about", "an_order", "once")
    ):
        return False  # 18 IBC de 1.000 litros
    if says("wanted", before) or (says("asked_for", before) and not after.startswith("的")):
        return True
    return (name in _LIFTED and OF.match(after) is not None) or _stands_for_goods(number, before, after)


def _stands_for_goods(number: Number, before: str, after: str) -> bool:
    """Whether a measure without a verb tells how much: "hello, 800 yards of satin", and not "cable 100 m, black"."""
    if number.value < _LEAST_MEASURE:
        return False
    behind = after.strip(" ,")
    if HAN.match(behind):
        return not after.startswith(("的", "装"))
    begins = not before.rpartition(",")[2].strip(" -*•")
    return begins and (not behind or OF.match(after) is not None or opens("asks_next", behind))


def _asks_how_many(near: str) -> bool:
    return says("how_many", near) and not says("cost", near)


def _are_goods(name: str, skipped: str, after: str) -> bool:
    """Whether packs or containers are the goods themselves: "phone cases", "bottle openers", "food containers".

    `skipped`: what stands between the number and the unit.
    """
    behind = after.lstrip(" -")
    if name == "container":
        return says("container_kinds", skipped) or opens("container_goods", behind)
    if name not in (*_PACKS, "sheet"):
        return False
    kind = bool(skipped.strip()) and name != "pallet" and not says("pack_kinds", skipped) and not OF.match(after)
    return kind or opens("pack_goods", behind)


def _by_article(name: str, before: str, after: str) -> bool:
    """Whether "a" counts: of units that are bought by one."""
    return name in _BY_ARTICLE and (says("wanted", f"{before} {after}") or bool(_OF_SIZE.match(after)))


def _is_property(name: str, value: float, before: str, near: str, after: str) -> bool:
    """Whether a measure describes the goods: "weight 2 kg", "a 10 ton crane", "25 kg bags"."""
    if says("dimension", near) or opens("dimension", after.lstrip()):
        return True
    if name not in ("tonne", "kilogram", "pound") and (says("extent", near) or opens("extent", after.lstrip())):
        return True
    if name not in ("tonne", "kilogram", "pound") and says("room", near) and not says("year", before):
        return True
    if name not in _LIFTED:
        return False
    many = name == "tonne" and value > 2  # no bag holds so much
    packed = find("units", after, 0)
    return (
        (not many and packed and packed[0] in _PACKS)
        or after.startswith("装")
        or (not many and finds(_packs(), before))
        or says("rated", f"{near} {_FOR.split(after)[0]}")
    )


@cache
def _packs() -> Search:
    """An expression for packs right before what each holds: "sacos de 25 kg"."""
    words = one_of(chain(*(known_words()["units"][name]["words"] for name in _PACKS)))
    return first_span_of(compiled(rf"(?:^|[^{LETTERS}]){words} ?(?:de|d'|of|with|mit|a|zu|von|com|con|по|на|على)? ?$"))


def _size_of_container(text: str, number: Number) -> int | None:
    """Where a number ends that is the size of a container ("a 20ft container"), None if it is none."""
    size = _SIZE_ALONE.match(text, number.end)
    if size is None:
        return None
    behind = find("units", text, size.end())
    if finds(_sized(), text[max(0, number.start - BEFORE) : number.start]):
        return size.end()  # conteneur de 40 pieds
    if behind:
        return behind[1] if behind[0] == "container" else None
    return size.end() if size[0].strip(" -")[:2] in ("hq", "hc", "gp", "dv") else None


@cache
def _sized() -> Search:
    """An expression for a container right before its size."""
    words = one_of(known_words()["units"]["container"]["words"])
    return first_span_of(compiled(rf"(?:^|[^{LETTERS}]){words} ?(?:de|d'|of|von|mit|на|по)? ?$"))


def _names(text: str, number: Number) -> bool:
    """Whether a number is part of a name or of a price: "4K camera", "12.50 per pair"."""
    kind, rest = text[number.start : number.start + AFTER], text[number.end : number.end + AFTER]
    is_kind = opens("kind", kind) and not (kind[1:2] == "k" and find("units", text, number.end))  # 4k pcs
    return is_kind or opens("per", rest.lstrip())


def _unnamed_goods(text: str, number: Number, before: str, near: str, since: int) -> bool:
    """Whether a bare number counts what the sentence wants: "we need 500 chairs", "price for 500?", "Qty: 500"."""
    if number.value != int(number.value) or number.value < 1:
        return False
    of = OF.match(text, number.end)
    after = text[of.end() if of else number.end :][:AFTER].lstrip(" -")
    told = _is_labelled(text, number) or _follows_want(text, number, before, after, of is not None)
    if not told and not _opens_with_goods(text, number, before, after) and not _goes_on(text, number, after, since):
        return False
    if opens("not_goods", after) or HAN.match(after) or _names(text, number):
        return False
    return not says("sample", f"{near} {after[:15]}") and not says("minimum", near)


def _is_labelled(text: str, number: Number) -> bool:
    """Whether the label of a form stands right before a number: "Qty: 500"."""
    label = text[max(0, number.start - AFTER) : number.start]
    last = label.rstrip().rpartition("\n")[2]
    return finds(_label(), label) and not says("pack", last) and not says("pack_label", last)


def _follows_want(text: str, number: Number, before: str, after: str, of: bool) -> bool:
    """Whether a bare number stands where a sentence says how many it wants. `of`: "2 millones de tapas"."""
    if number.value < 2 or not _may_count(text, number) or closes("naming", before):
        return False
    if of and number.value >= 1e6:
        return True
    near = before[-_NEAR:]
    named = after[:1].isalpha() and not opens("then", after)
    if named and finds(_asked_right_before(), near):
        return True
    if not says("wanted", near):  # the fast test; it does not tell where the cue ends
        return False
    *_, wanted = [None, *_wanted().finditer(near)]
    if wanted is None:
        return False
    between = near[wanted.end() :]
    if any(c in between for c in "0123456789/#"):
        return False
    sure = not between.strip() or HAN.match(between.strip()[-1]) or closes("about", between)
    return bool(sure or named)


def _opens_with_goods(text: str, number: Number, before: str, after: str) -> bool:
    """Whether a sentence begins with goods and how many: "15 mil sacolas", or, of fewer, goods and the highest price.

    A number without thousands in words or a separator may be a postal code or a title's.
    """
    if before.strip(" -*•") or number.value < 2 or not _may_count(text, number) or not _names_goods(after):
        return False
    thousands = number.value >= 1000 and not text[number.start : number.end].isdigit()
    rest = sentence_after(text, number.end, BEFORE)
    asks = any(says(cue, rest) for cue in ("asks_next", "wanted", "asked_for", "price"))
    return says("target", rest) or (thousands and (asks or len(rest.split()) <= _FEW_WORDS))


def _goes_on(text: str, number: Number, after: str, since: int) -> bool:
    """Whether a number follows other goods that are wanted: "need 300 bolts and 5000 nuts".

    `since`: where the amount of those ends.
    """
    between = text[since : number.start]
    return since > 0 and bool(_FURTHER_GOODS.fullmatch(between)) and _may_count(text, number) and _names_goods(after)


def _names_goods(after: str) -> bool:
    return after[:1].isalpha() and not opens("then", after) and not opens("no_noun", after)


def _may_count(text: str, number: Number) -> bool:
    """Whether a bare number looks like a number of goods, not like a year, an order's or a part's.

    A row of digits has no more than three that count, then: 350, 1500, 20000.
    """
    digits = text[number.start : number.end]
    if not digits.isdigit():
        return True
    return (number.value == 2000 or not 1990 <= number.value <= 2040) and number.value % 10 ** max(
        0, len(digits) - 3
    ) == 0


@cache
def _label() -> Search:
    """An expression for the label of a form right before a number."""
    words = r"(?:[.]? [a-zа-яء-ي]+){0,2}(?: ?\([^()0-9]{1,12}\)|\))?"
    return first_span_of(compiled(rf"(?:^|[^{LETTERS}]){cue_words('label')}{words}[.]?[ \n]?[:=-]?[ \n]?$"))


def _unit(text: str, position: int) -> _Unit | None:
    """The unit behind a number, directly or after up to two words ("500 white plastic chairs" has none)."""
    position += text.startswith("+", position)
    if of := OF.match(text, position):
        position = of.end()
    first = position
    for skipped in range(3):
        if opens("each_of", text[position : position + AFTER].lstrip()):
            return None  # 600 par mois
        if unit := find("units", text, position):
            name, end = unit
            if (skipped and _MODEL.match(text, end)) or (not text[end - 2].isalpha() and _JOINED.match(text, end)):
                return None  # 428 for the MT-125, 500 t-shirts
            if _IS_LABEL.match(text, position):
                return None  # line 2 quantity: 500
            if name == "piece" and (size := _CONTAINER_SIZE.match(text, end)):
                return _Unit("container", "", size.end())  # 两个40尺柜
            if name == "piece" and (holds := find("units", text, end)) and holds[0] == "container":
                return _Unit("container", "", holds[1])  # 3个高柜
            return _Unit(name, text[first:position], end)
        word = next(iter(words_after(text, position, 2)), None)
        if word is None or not word[0].isalpha() or not word[0].isascii() or skipped == 2:
            return None
        if _not_goods().fullmatch(word[0]):
            return None
        position = word[1]
    return None


@cache
def _asked_right_before() -> Search:
    """An expression for what is asked for right before a number, with no more than "about" or "for" between."""
    between = f"(?: {cue_words('about')}){{0,2}} ?"
    return first_span_of(compiled(f"(?:^|[^{LETTERS}]){cue_words('asked_for')}{between}$"))


@cache
def _wanted() -> re.Pattern[str]:
    return re.compile(rf"(?<![{LETTERS}]){cue_words('wanted')}(?![a-zа-яء-ي])")


@cache
def _not_goods() -> re.Pattern[str]:
    return re.compile(one_of(known_words()["cues"]["not_goods"]))
