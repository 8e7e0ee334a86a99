"""Signals that no single phrase shows: what the whole message says, and what it lacks."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import TypeVar

from inquiry_intent.signals.catalogue import Catalogue, Signal
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
        found = [hit for hit in found if not _is_refuted(catalogue.signals[hit.signal], hit, stated)]
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


def _is_refuted(signal: Signal, hit: Hit, stated: list[Mention]) -> bool:
    """Whether the numbers that a hit covers say otherwise: that many are not wanted, or they are not that many."""
    large = signal.computed == "large_quantity"
    if not large and "quantity" not in signal.values:
        return False
    told = [m for m in overlapping(stated, hit.start, hit.end) if m.kind in ("quantity", UNWANTED)]
    wanted = [m for m in told if m.kind == "quantity"]
    holds = any(not large or m.base_unit not in _LIMITS or _is_large(m, signal.thresholds) for m in wanted)
    return bool(told) and not holds


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
