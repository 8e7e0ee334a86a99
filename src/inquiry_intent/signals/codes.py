"""Incoterms, standards, certificates and HS codes."""

import re
from collections.abc import Iterator
from functools import cache

from inquiry_intent.signals.cues import says
from inquiry_intent.signals.folding import Folded
from inquiry_intent.signals.mention import Mention
from inquiry_intent.signals.words import LETTERS, known_words, one_of

_HS_CODE = re.compile(r"(?<![\d.])\d{4}(?:[. ]?\d{2}){0,3}(?![\d])")


def codes(folded: Folded, text: str, holds: set[str]) -> Iterator[Mention]:
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
        if says("hs", folded.text[max(0, match.start() - 20) : match.start()]):
            yield Mention("hs_code", *match.span(), unit=re.sub(r"\D", "", match[0]))


@cache
def _code(kind: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![{LETTERS}])(?:{one_of(known_words()[kind])})(?![{LETTERS}])")
