"""Quantities, prices, dates and codes that buyers state, in eight languages, normalised to compare them."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from itertools import pairwise

import pandas as pd

from inquiry_intent.signals.cleaning import clean_texts
from inquiry_intent.signals.codes import codes
from inquiry_intent.signals.cues import closes, says, sentence_before
from inquiry_intent.signals.deadlines import deadlines
from inquiry_intent.signals.folding import Folded, fold
from inquiry_intent.signals.goods import counts_goods, quantity
from inquiry_intent.signals.listing import is_pasted, pasted_spans
from inquiry_intent.signals.mention import UNWANTED, Mention
from inquiry_intent.signals.money import sum_of_money
from inquiry_intent.signals.numerals import Number, numbers
from inquiry_intent.signals.prefilter import words_of
from inquiry_intent.signals.words import may_hold

COLUMNS = {
    "message_id": "str", "kind": "str", "value": "float64", "unit": "str", "base_value": "float64", "base_unit": "str",
    "start": "int64", "end": "int64", "evidence": "str",
}  # fmt: skip
_LIST = re.compile(r" ?(?:/|,|、|\+|or|and|to|bis|oder|und|o|y|a|ou|et|e|или|и|до|او|و|或|和|到|至|-) ?")
#: Of these joints, marks may also stand between the parts of a code or in a list of names.
_MARKS = frozenset({",", "、", "-"})
_COMMA = re.compile("(?<=[0-9]),(?!000)(?=[0-9])")


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
        message_id; kind, one of `catalogue.Kind`; value and unit as stated (a currency, a canonical unit, or the code
        itself); base_value and base_unit, to compare by: pieces, tonnes, containers, usd, or days from the message to
        a deadline (NaN where it is unknown); start, end and evidence (`text[start:end] == evidence`).

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
    found += codes(folded, text, holds)
    found += _amounts(folded.text, values, rates)
    if found and (pasted := pasted_spans(text)):
        found = [mention for mention in found if not is_pasted(pasted, *folded.span(mention.start, mention.end))]
    found.sort(key=lambda mention: (mention.start, mention.kind in ("quantity", UNWANTED), -mention.end))
    kept: list[Mention] = []
    for mention in found:
        if not kept or mention.start >= kept[-1].end:
            kept.append(mention)
    return kept


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
            if amount.kind == "quantity" and waiting and _is_list(text, [*waiting, number]):
                yield from (_like(amount, other) for other in waiting)
            yield amount
            since = amount.end if amount.unit else since
        waiting = []


def _is_list(text: str, listed: list[Number]) -> bool:
    """Whether neighbouring numbers all tell how many, and are no code or names: "CAS 144-55-8, 21 tons".

    Amounts in a list are round, and rise but where words of wanting stand right before; a range has two ends.
    """
    before = sentence_before(text, listed[0].start)
    if closes("naming", before):
        return False
    if any(re.match("0[0-9]", text[number.start : number.start + 2]) for number in listed):
        return False
    pairs = list(pairwise(listed))
    joints = [text[one.end : other.start].strip() for one, other in pairs]
    if "-" in joints[:-1] or ("/" in joints[:-1] and joints[-1] in _MARKS):
        return False
    wanted = closes("wanted", before) or (closes("about", before) and says("wanted", before))
    rises = wanted or all(
        one.value < other.value for (one, other), joint in zip(pairs, joints, strict=True) if joint in _MARKS
    )
    return rises and all(_is_round(one.value) for (one, _), joint in zip(pairs, joints, strict=True) if joint == ",")


def _is_round(value: float) -> bool:
    """Whether a number has two digits at most that count, or ends like 250 and 1,250."""
    return value == int(value) and (value < 100 or value % (10 if value < 1000 else 50) == 0)


def _amount(text: str, number: Number, since: int, rates: Mapping[str, float]) -> Mention | None:
    """What one number states, with what stands around it; None if it states nothing that counts.

    `since`: where the amount before it ends.
    """
    if number.spelled and not counts_goods(text, number):
        return None
    before = sentence_before(text, number.start)
    money = None if number.spelled else sum_of_money(text, number, before, since, rates)
    return money or quantity(text, number, before, since)


def _like(amount: Mention, other: Number) -> Mention:
    """Another number with the unit of an amount."""
    factor = amount.base_value / amount.value
    return amount._replace(start=other.start, end=other.end, value=other.value, base_value=other.value * factor)
