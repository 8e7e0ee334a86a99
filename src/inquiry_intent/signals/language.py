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

#: How much likelier each further common word makes its languages. Letter sequences alone often fail on a short line.
WORD_FACTOR = 3.0
#: Words that hardly a line of the language lacks; a word may stand in several.
_COMMON = {
    "en": "the a an of is are for and you your we our us to in with on at it this that do does can could what how when "
    "please not or if from have has be will would need i my they them",
    "es": "el la los las un una unos de del al que y o para por con su sus no es son en me mi nos nuestro nuestra "
    "nuestros le les lo se si pero más mas muy cuánto cuanto cuál cual qué cómo como cuándo cuando tal vez algo "
    "ustedes usted tienen puede pueden favor hola está este esta sobre hasta desde también",
    "pt": "o a os as um uma de do da dos das no na nos nas ao que e ou para por com seu sua seus não é são em me meu "
    "minha nosso nossa lhe se mas mais muito quanto qual quais como quando você vocês vcs tem têm pode podem favor olá "
    "está este esta sobre até desde também gostaria",
    "fr": "le la les un une des de du au aux que qui et ou pour par avec votre vos notre nos vous nous je ne pas est "
    "sont en sur dans il elle on ce cette ces se si mais plus très combien quel quelle quels quelles comment quand "
    "avez pouvez merci bonjour y mon ma mes chez sans jusqu",
    "de": "der die das den dem des ein eine einen einem einer und oder für mit von vom zu zum zur im in am an auf ist "
    "sind wir sie ihr ihre ihren uns unser unsere ich mein meine es nicht kein keine wie was wann welche bitte haben "
    "hat können kann bei nach aus noch auch wenn dass bis",
}
_COMMON_IN = {
    word: [language for language, words in _COMMON.items() if word in words.split()]
    for words in _COMMON.values()
    for word in words.split()
}
#: Letters and endings that one language has and its nearest relatives lack.
_MARKS = {
    "es": re.compile(r"[ñ¿¡]|ci[óo]n\b|dad(?:es)?\b|ll"),
    "pt": re.compile(r"[ãõâê]|ção|dades?\b|nh|lh"),
    "fr": re.compile(r"[èùœ]|\b[ldjnsqc]['’]|eau|eux\b"),
    "de": re.compile(r"[äöüß]|ung(?:en)?\b|sch"),
}
#: More words tell no more, and powers of `WORD_FACTOR` must stay finite.
MOST_WORDS = 60
_WORD = re.compile(r"[^\W\d_]+")
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

    Chinese, Russian and Arabic are told by their script, the others by letter sequences and common words. Each
    distinct text is looked at once, and only its first 500 characters.

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
    if not texts:
        return named
    for text, values in zip(texts, _detector().compute_language_confidence_values_in_parallel(texts), strict=True):
        code = {v.language.iso_code_639_1.name.lower(): v.value for v in values}
        code["en"] *= ENGLISH_PRIOR
        for word in set(_WORD.findall(text.lower())[:MOST_WORDS]) & _COMMON_IN.keys():
            for language in _COMMON_IN[word]:
                code[language] *= WORD_FACTOR
        for language, mark in _MARKS.items():
            code[language] *= WORD_FACTOR if mark.search(text.lower()) else 1.0
        best, total = max(code, key=lambda name: code[name]), sum(code.values())
        named.append(best if total > 0 and code[best] / total >= LOWEST_CONFIDENCE else None)
    return named


@cache
def _detector() -> "LanguageDetector":
    from lingua import IsoCode639_1, LanguageDetectorBuilder

    codes = [getattr(IsoCode639_1, name.upper()) for name in LATIN_LANGUAGES]
    return LanguageDetectorBuilder.from_iso_codes_639_1(*codes).build()
