"""Signals of many messages, as one table of hits."""

from functools import lru_cache
from typing import Any

import pandas as pd

from inquiry_intent.signals.catalogue import Catalogue
from inquiry_intent.signals.cleaning import clean_texts
from inquiry_intent.signals.folding import fold
from inquiry_intent.signals.language import detect_languages
from inquiry_intent.signals.matcher import Matcher

COLUMNS = {
    "message_id": "str", "signal": "str", "evidence": "str", "start": "int64", "end": "int64", "language": "str",
    "by": "str", "value": "float64", "unit": "str",
}  # fmt: skip


def find_signals(messages: pd.DataFrame, catalogue: Catalogue) -> pd.DataFrame:
    """Find every signal in every message, in the sender's own live words.

    Parameters
    ----------
    messages : DataFrame of shape (n_messages, >= 2)
        Columns message_id and text (may be NaN); language (NaN: unknown) is detected when the column is missing.
    catalogue : Catalogue
        See `load_catalogue`.

    Returns
    -------
    DataFrame of shape (n_hits, 9)
        One row a hit, in the order of `messages` and of the text: message_id, signal, evidence (the exact words),
        start and end (`text[start:end] == evidence`), language of the pattern, by ("pattern", "value", "computed"),
        value and unit (NaN where the hit has none).
    """
    live, signature = _matchers(catalogue)
    languages = messages["language"] if "language" in messages else detect_languages(messages["text"])
    table = messages[["message_id", "text"]].assign(language=languages).dropna(subset=["text"])
    distinct = table[["text", "language"]].drop_duplicates(ignore_index=True)
    cleaned = clean_texts(distinct["text"])
    own = [language if isinstance(language, str) else None for language in distinct["language"]]
    rows: list[tuple[Any, ...]] = []
    for part, matcher in (("live_text", live), ("signature", signature)):
        folded = [fold(text) for text in cleaned[part]]
        found_hits = matcher.hits([f.text for f in folded], own)
        for key, (text, f, hits) in enumerate(zip(distinct["text"], folded, found_hits, strict=True)):
            for hit in hits:
                start, end = f.span(hit.start, hit.end)
                rows.append((key, hit.signal, text[start:end], start, end, hit.language, "pattern", float("nan"), None))
    found = pd.DataFrame(rows, columns=["key", *list(COLUMNS)[1:]])
    distinct["key"] = range(len(distinct))
    keyed = table.merge(distinct, on=["text", "language"], how="left", validate="many_to_one")
    table = keyed[["message_id", "key"]].merge(found.sort_values(["key", "start"]), on="key", how="inner")
    return table[list(COLUMNS)].astype(COLUMNS)


@lru_cache(maxsize=4)
def _matchers_of(catalogue_id: int, catalogue: "_ById") -> tuple[Matcher, Matcher]:
    return Matcher(catalogue.value), Matcher(catalogue.value, "signature")


class _ById:
    def __init__(self, value: Catalogue) -> None:
        self.value = value

    def __hash__(self) -> int:
        return id(self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ById) and other.value is self.value


def _matchers(catalogue: Catalogue) -> tuple[Matcher, Matcher]:
    return _matchers_of(id(catalogue), _ById(catalogue))
