"""Signals that no single phrase shows: what the whole message says, and what it lacks."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import TypeVar

from inquiry_intent.signals.catalogue import Catalogue, Signal
from inquiry_intent.signals.cues import opens, says, sentence_after, sentence_before
from inquiry_intent.signals.folding import fold_plain
from inquiry_intent.signals.matcher import Hit
from inquiry_intent.signals.mention import UNWANTED, Mention

#: A request for a price stays one with these beside it: how many, and under which term the price is meant [001] §1.3.
_BESIDE_PRICE = ("states_quantity", "large_quantity", "names_incoterm", "asks_discount", "evades_identity")
#: Used where the catalogue gives no threshold.
_PRICE_WORDS = 40
_NOISE_WORDS = 25
_NOISE_SHARE = 0.5
#: How far from a hit a value that it needs may stand, in characters.
_NEAR = 80
#: The threshold for a quantity in each unit.
_LIMITS = {"piece": "pieces", "container": "containers", "tonne": "tonnes"}
_MONEY = ("target_price", "money", "order_value")
_DIGIT = re.compile("[0-9]")
_LINE_BEFORE = re.compile(r"[0-9][0-9.,]*[ \t]*\n\s*")
_WITHIN_NUMBER = re.compile("[0-9][.,]?$")
_SENTENCE_END = re.compile(r"[.!?;\n]")
_SENTENCE = re.compile(r"[^.!?;\n]+")
Span = TypeVar("Span", Hit, Mention)
_WORD = re.compile("[\u3400-\u9fff]{1,2}|[^\\W_\u3400-\u9fff]+")


def kept(
    catalogue: Catalogue, folded: str, hits: list[Hit], stated: list[Mention], product_words: Sequence[str]
) -> list[Hit]:
    """The hits of one text that hold once the whole text is looked at, with those that numbers show.

    Parameters
    ----------
    catalogue : Catalogue
    folded : str
        The text.
    hits : list of Hit
        What its patterns find.
    stated : list of Mention
        What its numbers say.
    product_words : sequence of str
        What the seller sells; empty: unknown, and no product is called wrong.

    Returns
    -------
    list of Hit
        In the order of the text; of a signal that counts once the first only.
    """
    found = [hit for hit in hits if _has_what_it_needs(catalogue.signals[hit.signal], folded, hit, stated)]
    if stated:
        found = [hit for hit in found if not _is_refuted(catalogue.signals[hit.signal], folded, hit, stated)]
    found = [_without_line_before(catalogue.signals[hit.signal], folded, hit, stated) for hit in found]
    found += _by_value(catalogue, found, stated)
    substance = any(is_substance(catalogue, hit.signal) for hit in found)
    holds: dict[str, bool] = {}
    result: list[Hit] = []
    seen: set[str] = set()
    for hit in sorted(found, key=lambda hit: (hit.start, -hit.end, hit.signal)):
        signal = catalogue.signals[hit.signal]
        if signal.computed and hit.signal not in holds:
            same = [other for other in found if other.signal == hit.signal]
            holds[hit.signal] = _holds(signal, folded, same, substance, product_words)
        if hit.signal in seen or not holds.get(hit.signal, True):
            continue
        result.append(hit)
        if signal.counts == "once":
            seen.add(hit.signal)
    return result


def carried(signal: Signal, folded: str, hit: Hit, stated: list[Mention]) -> Mention | None:
    """The value that a hit carries, of those that it covers; None if it has none.

    A sum may be a competitor's, ours that is refused, or what the buyer pays now: then the buyer's own stands beside
    it, and mostly behind it.
    """
    covered = overlapping(stated, hit.start, hit.end)
    asked = signal.values or signal.carries
    values = [m for m in covered if m.kind in asked or not asked]
    if not values or not signal.carries or values[0].kind not in _MONEY:
        return next(iter(values), None)
    start = hit.start - len(sentence_before(folded, hit.start))
    near = overlapping(stated, start, hit.end + len(sentence_after(folded, hit.end, _NEAR)))
    own = [m for m in near if m.kind in signal.carries and not _is_of_others(folded, start, m, near)]
    named = [m for m in own if says("target", _since_last(folded, start, m, near))]
    inside = [m for m in own if m in values]
    return next((some[-1] for some in ([m for m in named if m in values], named, inside, own) if some), None)


def _since_last(folded: str, start: int, mention: Mention, near: Sequence[Mention]) -> str:
    """What stands before a mention in its sentence, behind the mention before it."""
    return folded[max([start, *(m.end for m in near if m.end <= mention.start)]) : mention.start]


def _is_of_others(folded: str, start: int, mention: Mention, near: Sequence[Mention]) -> bool:
    """Whether a sum is a competitor's, one of ours that is refused, or what the buyer pays now."""
    before = _since_last(folded, start, mention, near)
    named = (
        says("others", before)
        or says("rivals", before)
        or says("not_own", before)
        or opens("not_own_after", folded[mention.end :][:_NEAR].lstrip(" ,"))
    )
    return named and not says("own_target", before)


def is_substance(catalogue: Catalogue, name: str) -> bool:
    """Whether a message that shows this signal asks for more than a price."""
    return name not in _BESIDE_PRICE and not catalogue.signals[name].computed


def overlapping(spans: Sequence[Span], start: int, end: int) -> Sequence[Span]:
    """Those of some spans, in order and apart from each other, that overlap [start, end)."""
    first = bisect_right(spans, start, key=lambda span: span.end)
    last = bisect_left(spans, end, key=lambda span: span.start)
    return spans[first:last]


def _has_what_it_needs(signal: Signal, folded: str, hit: Hit, stated: list[Mention]) -> bool:
    """Whether a value of the kind that the signal needs stands near the hit in its sentence."""
    if signal.needs is None:
        return True
    before = _SENTENCE_END.split(folded[max(0, hit.start - _NEAR) : hit.start])[-1]
    after = _SENTENCE_END.split(folded[hit.end : hit.end + _NEAR])[0]
    near = overlapping(stated, hit.start - len(before), hit.end + len(after))
    return any(mention.kind == signal.needs for mention in near)


def _is_refuted(signal: Signal, folded: str, hit: Hit, stated: list[Mention]) -> bool:
    """Whether the numbers that a hit covers say otherwise: that many are not wanted, or they are not that many."""
    large = signal.computed == "large_quantity"
    if "money" in signal.carries and signal.dimension == "potential":
        sums = [m for m in overlapping(stated, hit.start, hit.end) if m.kind in _MONEY]
        return bool(sums) and says("rivals", sentence_before(folded, sums[0].start))
    if not large and "quantity" not in signal.values:
        return False
    if _is_money(folded, hit, stated, signal):
        return True
    told = [m for m in overlapping(stated, hit.start, hit.end) if m.kind in ("quantity", UNWANTED)]
    wanted = [m for m in told if m.kind == "quantity"]
    holds = any(not large or m.base_unit not in _LIMITS or _is_large(m, signal.thresholds) for m in wanted)
    return bool(told) and not holds


def _without_line_before(signal: Signal, folded: str, hit: Hit, stated: list[Mention]) -> Hit:
    """A hit on a number without another number at the end of the line before: "295/80R22.5", then "1 container"."""
    if not (signal.computed == "large_quantity" or "quantity" in signal.values):
        return hit
    other = _LINE_BEFORE.match(folded, hit.start)
    if other is None or other.end() >= hit.end:
        return hit
    within = _WITHIN_NUMBER.search(folded, max(0, hit.start - 2), hit.start)
    return hit._replace(start=other.end()) if within or overlapping(stated, other.end(), hit.end) else hit


def _is_money(folded: str, hit: Hit, stated: list[Mention], signal: Signal) -> bool:
    """Whether all numbers that a hit covers are money, and not so much that the order is large: 6000块 are yuan."""
    sums = [m for m in overlapping(stated, hit.start, hit.end) if m.kind in _MONEY]
    if not sums or any(m.kind == "order_value" and not m.base_value < _least(signal) for m in sums):
        return False
    digits = [m.start() for m in _DIGIT.finditer(folded, hit.start, hit.end)]
    return bool(digits) and all(any(m.start <= at < m.end for m in sums) for at in digits)


def _least(signal: Signal) -> float:
    return signal.thresholds.get("order_value_usd", float("inf"))


def _by_value(catalogue: Catalogue, found: list[Hit], stated: list[Mention]) -> list[Hit]:
    """Hits that a number is by itself: of signals that ask for its kind, and a quantity that is large."""
    hits = []
    for name, signal in catalogue.signals.items() if stated else ():
        if not (signal.values or signal.computed == "large_quantity"):
            continue
        already = [hit for hit in found if hit.signal == name]
        for m in stated:
            large = signal.computed == "large_quantity" and _is_large(m, signal.thresholds)
            if (large or m.kind in signal.values) and not overlapping(already, m.start, m.end):
                hits.append(Hit(name, m.start, m.end, "en"))
    return hits


def _is_large(mention: Mention, thresholds: dict[str, float]) -> bool:
    if mention.kind == "quantity" and mention.base_unit in _LIMITS:
        return mention.base_value >= thresholds.get(_LIMITS[mention.base_unit], float("inf"))
    return mention.kind == "order_value" and mention.base_value >= thresholds.get("order_value_usd", float("inf"))


def _holds(signal: Signal, folded: str, hits: list[Hit], substance: bool, product_words: Sequence[str]) -> bool:
    """Whether a computed signal holds for the whole text. `hits`: its own; `substance`: see `is_substance`."""
    match signal.computed:
        case "price_only":
            words = len(_WORD.findall(folded))
            return not substance and words <= signal.thresholds.get("words", _PRICE_WORDS)
        case "high_noise_ratio":
            words, share = noise(folded, hits)
            enough = words >= signal.thresholds.get("words", _NOISE_WORDS)
            return enough and share >= signal.thresholds.get("share", _NOISE_SHARE)
        case "wrong_product_category":
            return bool(product_words) and not any(fold_plain(word) in folded for word in product_words)
    return True


def noise(folded: str, courtesy: list[Hit]) -> tuple[int, float]:
    """The words of a text, and the share of them that stand in sentences with courtesy; 0 for a text without words."""
    starts = sorted(hit.start for hit in courtesy)
    total = idle = 0
    for sentence in _SENTENCE.finditer(folded):
        words = len(_WORD.findall(sentence[0]))
        total += words
        if bisect_left(starts, sentence.start()) < bisect_left(starts, sentence.end()):
            idle += words
    return total, idle / total if total else 0.0
