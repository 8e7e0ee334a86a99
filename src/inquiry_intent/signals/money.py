"""Sums of money: prices, budgets and what an order is worth."""

import re
from collections.abc import Mapping

from inquiry_intent.signals.cues import closes, is_yearly, opens, says, sentence_after, since_number
from inquiry_intent.signals.mention import Mention
from inquiry_intent.signals.numerals import Number
from inquiry_intent.signals.words import LETTERS, OF, find, known_words, meaning

#: Where another statement may begin.
_FURTHER = re.compile("[0-9,;，]")
#: A budget of less US dollars than this, without a word on the order, is what one piece may cost.
_ORDER_BUDGET = 1000
_WORD_BEFORE = re.compile(rf"((?:us ?|r|a|au|c|ca|mx)?\$|[€£¥₽₹₺₦]|[{LETTERS}]+) ?$")


def sum_of_money(text: str, number: Number, before: str, since: int, rates: Mapping[str, float]) -> Mention | None:
    """A number with a currency right before or behind it, by what stands around it; None if it has none.

    Parameters
    ----------
    text : str
        Folded.
    number : Number
    before : str
        What stands before the number in its sentence.
    since : int
        Where the amount before it ends.
    rates : mapping
        US dollars for one unit of a currency.
    """
    currency = _currency(text, number)
    if currency is None:
        return None
    unit, start, end = currency
    after = sentence_after(text, end)
    around = f"{before} {after}"
    each = opens("per", after.lstrip()) or opens("price", after.lstrip())
    usd = number.value * rates[unit] if unit in rates else float("nan")
    kind = "money"
    if is_yearly(text, start, end, before, after, since):
        kind = "annual_volume"
    elif (says("others", since_number(before)) or says("rivals", since_number(before))) and not says(
        "own_target", since_number(before)
    ):
        pass
    elif says("too_high", _FURTHER.split(after, maxsplit=1)[0]) and not _is_own(since_number(before)):
        pass  # "11.40 USD is above our budget"
    elif says("budget", around):
        whole = not each and (usd >= _ORDER_BUDGET or says("order", around))
        kind = "order_value" if whole else "target_price"
    elif says("target", around):
        kind = "target_price"
    elif not each and (says("order", around) or closes("order_is", before[: len(before) - number.start + start])):
        kind = "order_value"
    return Mention(kind, start, end, number.value, unit, usd, "usd")


def _is_verb(text: str, word: re.Match[str], number: Number) -> bool:
    """Whether a currency's code is what somebody does: "let's try 50 pcs", "to try 50"."""
    if word[1].strip() not in known_words()["verbs_too"]:
        return False
    return closes("doing", text[max(0, word.start(1) - 12) : word.start(1)]) or bool(find("units", text, number.end))


def _is_own(before: str) -> bool:
    """Whether a sum is called the writer's own before it is named: "our budget is 5,000 USD but you are too high"."""
    return any(says(cue, before) for cue in ("budget", "target", "own_target"))


def _currency(text: str, number: Number) -> tuple[str, int, int] | None:
    """The currency right before or behind a number, and the span of both."""
    match = _WORD_BEFORE.search(text, max(0, number.start - 12), number.start)
    if match and (unit := meaning("currencies", match[1].strip())) and not _is_verb(text, match, number):
        return unit, match.start(1), number.end
    of = OF.match(text, number.end)
    after = find("currencies", text, of.end() if of else number.end)
    return (after[0], number.start, after[1]) if after else None
