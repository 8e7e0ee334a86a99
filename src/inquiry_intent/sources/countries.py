"""Country names in many languages, and ISO 3166-1 codes, to alpha-2."""

from functools import cache
from unicodedata import combining, normalize

import pandas as pd

from inquiry_intent.tables import TEXT

LANGUAGES = ("en", "zh", "es", "pt", "fr", "de", "ru", "ar", "it", "nl", "pl", "tr", "ja", "ko", "vi", "id", "zh_Hant")
#: Codes of the locale data that name no country: unions, pseudo-locales, outlying regions, unknown.
NO_COUNTRIES = {"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"}
#: Names in use that the Unicode locale data does not have, in the form of `_plain_name`.
MORE_COUNTRY_NAMES = {
    "america": "US", "u s": "US", "u s a": "US", "united states of america": "US", "美利坚合众国": "US",
    "great britain": "GB", "england": "GB", "scotland": "GB", "wales": "GB", "northern ireland": "GB", "u k": "GB",
    "korea": "KR", "korea republic of": "KR", "republic of korea": "KR", "korea south": "KR", "南韩": "KR",
    "korea democratic people s republic of": "KP", "korea north": "KP",
    "hong kong": "HK", "香港": "HK", "中国香港": "HK", "macau": "MO", "macao": "MO", "澳门": "MO", "中国澳门": "MO",
    "中国台湾": "TW", "mainland china": "CN", "people s republic of china": "CN", "p r china": "CN", "pr china": "CN",
    "中华人民共和国": "CN", "中国大陆": "CN", "russian federation": "RU", "俄国": "RU", "俄联邦": "RU",
    "viet nam": "VN",
    "czech republic": "CZ", "turkey": "TR", "uae": "AE", "u a e": "AE", "阿联酋": "AE", "ksa": "SA", "沙特": "SA",
    "ivory coast": "CI", "burma": "MM", "myanmar": "MM", "holland": "NL", "the netherlands": "NL", "macedonia": "MK",
    "swaziland": "SZ", "east timor": "TL", "palestine": "PS", "syrian arab republic": "SY", "brunei darussalam": "BN",
    "lao people s democratic republic": "LA", "congo": "CG", "congo the democratic republic of the": "CD",
    "democratic republic of the congo": "CD", "drc": "CD", "bosnia": "BA", "slovak republic": "SK",
    "сша": "US", "оаэ": "AE", "кнр": "CN", "рф": "RU", "eeuu": "US", "ee uu": "US", "eua": "US", "u s of a": "US",
    "abd": "US", "アメリカ": "US", "大韩民国": "KR", "美國": "US", "英國": "GB", "台灣": "TW", "臺灣": "TW",
    "kyrgyz republic": "KG", "virgin islands u s": "VI", "virgin islands british": "VG",
}  # fmt: skip


def _plain_name(name: str) -> str:
    """A name without case, accents, punctuation and a leading article.

    >>> _plain_name("The Côte d’Ivoire"), _plain_name("Bosnia & Herzegovina")
    ('cote d ivoire', 'bosnia and herzegovina')
    """
    letters = "".join(sign for sign in normalize("NFKD", name.casefold()) if not combining(sign))
    words = "".join(sign if sign.isalnum() else " " for sign in letters.replace("&", " and ")).split()
    return " ".join(words[1:] if words[:1] == ["the"] else words)


@cache
def _country_names() -> dict[str, str]:
    from babel import Locale
    from babel.core import get_global

    territories = {language: Locale(language).territories for language in LANGUAGES}
    codes = {str(code) for code in territories["en"] if len(str(code)) == 2 and str(code).isalpha()} - NO_COUNTRIES
    names = {_plain_name(old): new[0] for old, new in get_global("territory_aliases").items() if new[0] in codes}
    for language in reversed(LANGUAGES):
        names |= {_plain_name(name): str(code) for code, name in territories[language].items() if code in codes}
    more = {_plain_name(name): code for name, code in MORE_COUNTRY_NAMES.items()}
    return names | more | {code.casefold(): code for code in codes}


def country_code(name: str) -> str | None:
    """The ISO 3166-1 alpha-2 code of a country's name or code; None: no known country.

    >>> country_code("Macedonia, the former Yugoslav Republic of"), country_code("DEU"), country_code("Atlantis")
    ('MK', 'DE', None)
    """
    names = _country_names()
    return names.get(_plain_name(name)) or names.get(_plain_name(name.split(",")[0].split("(")[0]))


def country_codes(text: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Country names (English, Chinese and more languages) and ISO 3166-1 codes to alpha-2.

    Returns
    -------
    Series of str, Series of bool
        Codes, NaN: missing or unknown; and where the text names no known country.

    >>> country_codes(pd.Series(["Germany", "巴西", "USA", "uk", "Atlantis"]))[0].tolist()
    ['DE', 'BR', 'US', 'GB', nan]
    """
    codes = text.map({value: country_code(value) for value in text.dropna().unique()}).astype(TEXT)
    return codes, text.notna() & codes.isna()
