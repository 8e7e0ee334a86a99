"""Currencies as exports name them, as ISO 4217 codes."""

from functools import cache

from inquiry_intent.sources.naming import plain, vocabulary
from inquiry_intent.sources.values import CURRENCY_CODES, CURRENCY_SIGNS, coded

#: The languages whose names of currencies are known: those of the vocabulary.
LANGUAGES = ("en", "zh", "es", "pt", "fr", "de", "ru", "ar", "it", "pl", "tr", "ja")


def currency_code(name: str) -> str | None:
    """The code of a currency by its code, sign or name; None: not known.

    >>> currency_code("人民币"), currency_code("Dólar americano"), currency_code("eur"), currency_code("R$")
    ('CNY', 'USD', 'EUR', 'BRL')
    >>> currency_code("Web")
    """
    return _signs().get(coded(name)) or _names().get(plain(name))


@cache
def _signs() -> dict[str, str]:
    return {sign.casefold(): code for sign, code in CURRENCY_SIGNS.items() if code} | {
        code.casefold(): code for code in CURRENCY_CODES
    }


@cache
def _names() -> dict[str, str]:
    from babel import Locale

    names: dict[str, str] = {}
    for language in LANGUAGES:
        known = Locale.parse(language).currencies
        names |= {plain(known[code]): code for code in CURRENCY_CODES if code in known}
    return names | {word: code.upper() for code, words in vocabulary()["currencies"].items() for word in words}
