"""Which of the product's eight languages a text is written in."""

import re
from functools import cache
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from lingua import LanguageDetector

LANGUAGES = ("en", "zh", "es", "pt", "fr", "de", "ru", "ar")
#: Written in Latin letters, so told apart by words and not by script.
LATIN_LANGUAGES = ("en", "es", "pt", "fr", "de")

#: Characters looked at. A language shows in far fewer, and a longer text must not take longer.
MOST_CHARACTERS = 500
#: A language is named from this confidence on.
LOWEST_CONFIDENCE = 0.5
#: How much likelier English is than another Latin language before a word is read: foreign trade writes English, and
#: product words, units and incoterms are English in every language.
ENGLISH_PRIOR = 3.0

_LETTER = re.compile(r"[^\W\d_]")
SCRIPTS = {
    "zh": re.compile("[\u3400-\u9fff]"),
    "ru": re.compile("[\u0400-\u04ff]"),
    "ar": re.compile("[\u0600-\u06ff\ufb50-\ufdff\ufe70-\ufeff]"),
}
_KANA = re.compile("[\u3041-\u30ff]")
_LATIN = re.compile("[A-Za-z\u00c0-\u024f]")
#: Letters of that script that outweigh one Latin letter: buyers leave product names, models and firms in Latin.
_WEIGHT = {"zh": 4.0, "ru": 2.0, "ar": 2.0}


def detect_languages(texts: pd.Series) -> pd.Series:
    """Name each text's language.

    Chinese, Russian and Arabic are told by their script, the others by their letter sequences. Each distinct text is
    looked at once, and only its first 500 characters.

    Parameters
    ----------
    texts : Series of str
        May hold NaN.

    Returns
    -------
    Series of str, with the index of `texts`
        One of en, zh, es, pt, fr, de, ru, ar; NaN where the text is missing, has too few words to tell, or is written
        in a script that none of these uses.

    Examples
    --------
    >>> texts = pd.Series(["¿Cuál es el plazo de entrega?", "请问交货期多久？LED panel", "500", None])
    >>> detect_languages(texts).tolist()
    ['es', 'zh', nan, nan]
    """
    heads = texts.str.slice(0, MOST_CHARACTERS)
    distinct = heads.dropna().unique()
    found: dict[str, str | None] = {head: _by_script(head) for head in distinct}
    latin = [head for head, language in found.items() if language == "latin"]
    found |= dict(zip(latin, _by_letters([_words(head) for head in latin]), strict=True))
    return heads.map(found).astype("str").rename("language")


def _by_script(text: str) -> str | None:
    """The language that the script tells; "latin" if letters must tell it; None for no letters or a foreign script."""
    if text.isascii():
        return "latin" if _LATIN.search(text) else None
    latin = len(_LATIN.findall(text))
    counts = {language: len(pattern.findall(text)) for language, pattern in SCRIPTS.items()}
    foreign = len(_LETTER.findall(text)) - latin - sum(counts.values())
    if foreign > latin + sum(counts.values()) or len(_KANA.findall(text)) > counts["zh"] / 10:
        return None
    language = max(counts, key=lambda name: counts[name] * _WEIGHT[name])
    if counts[language] and counts[language] * _WEIGHT[language] >= latin:
        return language
    return "latin" if latin else None


def _words(text: str) -> str:
    """The text without models, sizes, addresses and links: they are the same in every language."""
    return " ".join(word for word in text.split() if word.isalpha() or not any(c in "0123456789@/" for c in word))


def _by_letters(texts: list[str]) -> list[str | None]:
    """The language of texts in Latin letters, None where no language is likely enough."""
    named: list[str | None] = []
    for values in _detector().compute_language_confidence_values_in_parallel(texts) if texts else []:
        code = {v.language.iso_code_639_1.name.lower(): v.value for v in values}
        code["en"] *= ENGLISH_PRIOR
        best, total = max(code, key=lambda name: code[name]), sum(code.values())
        named.append(best if total > 0 and code[best] / total >= LOWEST_CONFIDENCE else None)
    return named


@cache
def _detector() -> "LanguageDetector":
    from lingua import IsoCode639_1, LanguageDetectorBuilder

    codes = [getattr(IsoCode639_1, name.upper()) for name in LATIN_LANGUAGES]
    return LanguageDetectorBuilder.from_iso_codes_639_1(*codes).build()
