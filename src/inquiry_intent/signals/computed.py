"""Signals that no single phrase shows: what the whole message says, and what it lacks."""

import re
from collections.abc import Sequence

from inquiry_intent.signals.catalogue import Catalogue, Signal
from inquiry_intent.signals.folding import fold_plain
from inquiry_intent.signals.matcher import Hit
from inquiry_intent.signals.quantities import Mention

#: A request for a price stays one with these beside it: how many, and under which term the price is meant [001] §1.3.
_BESIDE_PRICE = ("states_quantity", "large_quantity", "names_incoterm", "asks_discount", "evades_identity")
#: Used where the catalogue gives no threshold.
_PRICE_WORDS = 40
_NOISE_WORDS = 25
_NOISE_SHARE = 0.5
_SENTENCE = re.compile(r"[^.!?;\n]+")
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
    found += _by_value(catalogue, found, stated)
    shown = {hit.signal for hit in found if not catalogue.signals[hit.signal].computed}
    result: list[Hit] = []
    seen: set[str] = set()
    for hit in sorted(found, key=lambda hit: (hit.start, -hit.end, hit.signal)):
        signal = catalogue.signals[hit.signal]
        if hit.signal in seen or (signal.computed and not _holds(catalogue, hit, folded, found, shown, product_words)):
            continue
        result.append(hit)
        if signal.counts == "once":
            seen.add(hit.signal)
    return result


def _has_what_it_needs(signal: Signal, folded: str, hit: Hit, stated: list[Mention]) -> bool:
    """Whether a value of the kind that the signal needs stands in the hit's sentence."""
    if signal.needs is None:
        return True
    start = max(folded.rfind(sign, 0, hit.start) for sign in ".!?;\n")
    ends = [end for sign in ".!?;\n" if (end := folded.find(sign, hit.end)) >= 0]
    return any(m.kind == signal.needs and m.start > start and m.end <= min(ends, default=len(folded)) for m in stated)


def _by_value(catalogue: Catalogue, found: list[Hit], stated: list[Mention]) -> list[Hit]:
    """Hits that a number is by itself: of signals that ask for its kind, and a quantity that is large."""
    hits = []
    for name, signal in catalogue.signals.items():
        for m in stated:
            if m.kind in signal.values or (signal.computed == "large_quantity" and _is_large(m, signal.thresholds)):
                if not any(h.signal == name and h.start < m.end and m.start < h.end for h in found):
                    hits.append(Hit(name, m.start, m.end, "en"))
    return hits


def _is_large(mention: Mention, thresholds: dict[str, float]) -> bool:
    limits = {"piece": "pieces", "container": "containers", "tonne": "tonnes"}
    if mention.kind == "quantity" and mention.base_unit in limits:
        return mention.base_value >= thresholds.get(limits[mention.base_unit], float("inf"))
    return mention.kind == "order_value" and mention.base_value >= thresholds.get("order_value_usd", float("inf"))


def _holds(
    catalogue: Catalogue, hit: Hit, folded: str, found: list[Hit], shown: set[str], product_words: Sequence[str]
) -> bool:
    """Whether a computed signal holds for the whole text."""
    signal = catalogue.signals[hit.signal]
    match signal.computed:
        case "price_only":
            return shown <= set(_BESIDE_PRICE) and len(_WORD.findall(folded)) <= signal.thresholds.get(
                "words", _PRICE_WORDS
            )
        case "high_noise_ratio":
            courtesy = [h for h in found if h.signal == hit.signal]
            return noise_share(folded, courtesy) >= signal.thresholds.get("share", _NOISE_SHARE) and len(
                _WORD.findall(folded)
            ) >= signal.thresholds.get("words", _NOISE_WORDS)
        case "wrong_product_category":
            return bool(product_words) and not any(fold_plain(word) in folded for word in product_words)
    return True


def noise_share(folded: str, courtesy: list[Hit]) -> float:
    """Share of a text's words that stand in sentences with courtesy; 0 for a text without words."""
    total = noise = 0
    for sentence in _SENTENCE.finditer(folded):
        words = len(_WORD.findall(sentence[0]))
        total += words
        if any(sentence.start() <= hit.start < sentence.end() for hit in courtesy):
            noise += words
    return noise / total if total else 0.0
