"""What a buyer pasted from a listing: the seller's own words, which show at most what the goods are.

Platforms put the listing's title above an inquiry and its attributes below, on one line: "Material:PVC Sample
Time:3-7 days Logo:Accept Customized Logo". A form that the buyer filled has a line for each answer, and stays theirs.
"""

import re
from bisect import bisect_right

import pandas as pd

#: Signals that also count in pasted attributes and titles.
OF_THE_GOODS = frozenset({"states_specification", "names_standard", "wrong_product_category"})
#: So many attributes on one line are pasted.
_LEAST_PAIRS = 3
_LEAST_TITLE_WORDS = 6
_TITLE_SHARE = 0.6
#: Lines beyond this are no titles, and keys beyond it no keys, in characters.
_LONGEST_TITLE = 160
#: The last word of a key; what stands before it falls to the attribute before, but for words that begin many keys.
_KEY = re.compile(
    r"(?<![^\W\d_])((?:(?:Item|Product|Fabric|Metal|Plastic|Sample|Shipping|Lead|Delivery|Brand|Model|Packag(?:e|ing)|Age|"
    r"Payment) )?[^\W\d_][\w()/&'-]{0,24}) ?[:：](?!//)"
)
#: Keys under which the buyer answers for themselves: how much, where to, when, on which terms, and in their own words.
_BUYERS = re.compile(
    r"qty|quantit|order|amount|target|price|budget|destin|location|port\b|incoterm|deadline|\bby$|pcs|pieces|units$|sets$|"
    r"\bpo$|note|remark|message|comment|preis|precio|preço|prix|цен[аы]|价|السعر|bemerkung|nachricht|nota|mensaje|mensagem|"
    r"примеч|сообщ|备注|留言|ملاحظ|رسالة|menge|anzahl|stückzahl|ziel|liefer|zahlung|cantidad|destino|puerto|entrega|pago|quantidade|porto|pagamento|quantité|livraison|paiement|колич|порт|"
    r"срок|оплат|доставк|кол-во|数量|目的|港|交期|付款|الكمية|ميناء|الدفع|التسليم",
    re.IGNORECASE,
)
#: Words of somebody who writes, not of a title.
_WRITES = re.compile(
    r"\b(?:i|we|you|your|our|us|please|pls|dear|hi|hello|need|needs|want|wanted|looking|inquiry|enquiry|rfq|request|quote|"
    r"quotation|price|send|buy|order|purchase|interested|required|urgent|re|fw|fwd)\b",
    re.IGNORECASE,
)


def pasted_spans(text: str) -> list[tuple[int, int]]:
    r"""The parts of a text that are a listing's title or attributes, in order and apart.

    >>> text = "Soft Plush Toy Doll with Custom Logo Box\nHi, 500 pcs? Material:PVC Logo:Accept Logo Usage:Gift Qty:9"
    >>> [text[start:end] for start, end in pasted_spans(text)]
    ['Soft Plush Toy Doll with Custom Logo Box', 'Material:PVC ', 'Logo:Accept Logo ', 'Usage:Gift ']
    """
    spans: list[tuple[int, int]] = []
    start = 0
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if number == 0 and len(lines) > 1 and _is_title(line):
            spans.append((start, start + len(line)))
        elif line.count(":") + line.count("：") >= _LEAST_PAIRS:
            keys = list(_KEY.finditer(line))
            ends = [*(m.start() for m in keys[1:]), len(line)]
            if len(keys) >= _LEAST_PAIRS:
                pairs = zip(keys, ends, strict=True)
                spans += [(start + m.start(), start + end) for m, end in pairs if not _BUYERS.search(m[1])]
        start += len(line) + 1
    return spans


def typed(texts: pd.Series) -> pd.Series:
    """The texts without what was pasted from a listing, which is often in another language; NaN where the text is."""
    return texts.map(_typed, na_action="ignore").astype("str")


def _typed(text: str) -> str:
    spans = pasted_spans(text)
    ends = [0, *(end for _, end in spans)]
    starts = [*(start for start, _ in spans), len(text)]
    kept = " ".join(text[end:start] for end, start in zip(ends, starts, strict=True))
    return kept if kept.strip() else text


def is_pasted(spans: list[tuple[int, int]], start: int, end: int) -> bool:
    """Whether a part of a text reaches into one of the spans."""
    at = bisect_right(spans, (end - 1, float("inf"))) - 1
    return at >= 0 and start < spans[at][1]


#: How a buyer's order begins, and hardly a title: "500 Stück Schrauben", "20 tonnes of".
_ORDER = re.compile(
    r"\s*(?:\d{3,}|\d[\d.,]*\d{3}) (?:pcs|pieces?|units?|sets?|pairs?|stück|stk|paar|piezas|unidades|peças|pièces|"
    r"unités|шт|штук)\b|\s*\d[\d.,]* ?(?:t\b|mt\b|tons?\b|tonn|tonel|тонн|吨|طن)",
    re.IGNORECASE,
)


def _is_title(line: str) -> bool:
    """Whether a first line looks like a listing's title: many words, most of them capitalised, nobody who writes."""
    ended = line.rstrip()
    if (
        len(line) > _LONGEST_TITLE
        or _ORDER.match(line)
        or line.isupper()
        or ended.endswith((".", "?", "!", ",", ":")) != ended.endswith("...")
    ):
        return False
    words = line.split()
    if len(words) < _LEAST_TITLE_WORDS or _WRITES.search(line):
        return False
    named = sum(word[0].isupper() or word[0].isdigit() for word in words)
    return named >= _TITLE_SHARE * len(words)
