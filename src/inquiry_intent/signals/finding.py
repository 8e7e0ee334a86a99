"""Signals of many messages, as one table of hits."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from inquiry_intent.signals.catalogue import Catalogue
from inquiry_intent.signals.cleaning import clean_texts
from inquiry_intent.signals.computed import carried, kept, overlapping
from inquiry_intent.signals.folding import Folded, fold
from inquiry_intent.signals.language import detect_languages
from inquiry_intent.signals.listing import OF_THE_GOODS, is_pasted, pasted_spans, typed
from inquiry_intent.signals.matcher import Hit, Matcher
from inquiry_intent.signals.mention import Mention
from inquiry_intent.signals.quantities import mentions

COLUMNS = {
    "message_id": "str", "signal": "str", "evidence": "str", "start": "int64", "end": "int64", "language": "str",
    "by": "str", "value": "float64", "unit": "str",
}  # fmt: skip


def find_signals(
    messages: pd.DataFrame,
    catalogue: Catalogue,
    product_words: Sequence[str] = (),
    exchange_rates: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """Find every signal in every message, in the sender's own live words.

    Parameters
    ----------
    messages : DataFrame of shape (n_messages, >= 2)
        Columns message_id and text (may be NaN); language (NaN: unknown), live_text and signature (see
        `clean_texts`) are worked out where they are missing; sent_at (UTC, may be NaT), which deadlines are measured
        from.
    catalogue : Catalogue
        See `load_catalogue`.
    product_words : sequence of str
        What the seller sells; empty: unknown.
    exchange_rates : mapping, optional
        US dollars for one unit of a currency, for thresholds on order values; default: dollars only.

    Returns
    -------
    DataFrame of shape (n_hits, 9)
        One row a hit, in the order of `messages` and of the text: message_id, signal, evidence (the exact words),
        start and end (`text[start:end] == evidence`), language of the pattern, by ("pattern", or "value" where a
        number shows it), value and unit (NaN where the hit has none; of a date the days until then).
    """
    parts = ["live_text", "signature"]
    if not {*parts} <= {*messages}:
        messages = messages.drop(columns=parts, errors="ignore").join(clean_texts(messages["text"])[parts])
    languages = languages_of(messages)
    sent = messages["sent_at"] if "sent_at" in messages else pd.Series(pd.NaT, index=messages.index)
    table = (
        messages[["message_id", "text", *parts]]
        .assign(language=languages, day=sent.dt.normalize())
        .dropna(subset=["text"])
    )
    same = ["text", "language", "day"]
    distinct = table[[*same, *parts]].drop_duplicates(same, ignore_index=True)
    distinct["key"] = range(len(distinct))
    rows = list(_rows(distinct, catalogue, product_words, {"USD": 1.0, **(exchange_rates or {})}))
    found = pd.DataFrame(rows, columns=["key", *list(COLUMNS)[1:]]).sort_values(["key", "start"], kind="stable")
    keyed = table[["message_id", *same]].merge(distinct[[*same, "key"]], on=same, how="left", validate="many_to_one")
    return keyed[["message_id", "key"]].merge(found, on="key", how="inner")[list(COLUMNS)].astype(COLUMNS)


def languages_of(messages: pd.DataFrame) -> pd.Series:
    """The language of each message: its column `language`, or told from what was typed where there is none.

    A title in English below a Spanish letter does not make it English: the sender's live words tell.
    """
    if "language" in messages:
        return messages["language"]
    live = messages["live_text"] if "live_text" in messages else clean_texts(messages["text"])["live_text"]
    return detect_languages(typed(live))


def _rows(
    distinct: pd.DataFrame, catalogue: Catalogue, product_words: Sequence[str], rates: Mapping[str, float]
) -> Iterator[tuple[Any, ...]]:
    """The hits of distinct texts: of what their senders wrote now, then of their signatures."""
    spoken = [language if isinstance(language, str) else None for language in distinct["language"]]
    sent = [None if pd.isna(day) else day.date() for day in distinct["day"]]
    for part, scope in (("live_text", "live"), ("signature", "signature")):
        written = list(distinct[part])
        folded = [fold(text) for text in written]
        found = Matcher.of(catalogue, scope).hits([f.text for f in folded], spoken)
        for key, (text, f, hits) in enumerate(zip(written, folded, found, strict=True)):
            stated = mentions(f, text, sent[key], rates) if scope == "live" else []
            if scope == "live":
                if pasted := pasted_spans(text):
                    hits = [
                        hit
                        for hit in hits
                        if hit.signal in OF_THE_GOODS or not is_pasted(pasted, *f.span(hit.start, hit.end))
                    ]
                hits = kept(catalogue, f.text, hits, stated, product_words)
            for hit in hits:
                yield (key, *_row(hit, text, f, stated, catalogue))


def _row(hit: Hit, text: str, folded: Folded, stated: list[Mention], catalogue: Catalogue) -> tuple[Any, ...]:
    """A hit in the text as written, with the value that it covers; it does not end within a number."""
    covered = overlapping(stated, hit.start, hit.end)
    start, end = folded.span(hit.start, max([hit.end, *(m.end for m in covered[-1:])]))
    signal = catalogue.signals[hit.signal]
    value = carried(signal, folded.text, hit, stated)
    by = "value" if any((m.start, m.end) == (hit.start, hit.end) for m in covered) else "pattern"
    number, unit = (value.value, value.unit) if value else (float("nan"), None)
    return hit.signal, text[start:end], start, end, hit.language, by, number, unit
