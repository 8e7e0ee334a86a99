"""Country names in many languages, and ISO 3166-1 codes, to alpha-2."""

import re
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
    "bundesrepublik deutschland": "DE", "brd": "DE", "republic of china": "TW", "中華民國": "TW", "타이완": "TW",
    "vereinigte staaten von amerika": "US", "соединённые штаты америки": "US", "米国": "US",
    "estados unidos de américa": "US", "estados unidos da américa": "US", "états unis d amérique": "US",
    "stati uniti d america": "US", "vereinigtes königreich großbritannien und nordirland": "GB",
    "großbritannien": "GB", "grande bretagne": "GB", "gran bretaña": "GB", "grã bretanha": "GB",
    "gran bretagna": "GB", "groot brittannië": "GB", "united kingdom of great britain and northern ireland": "GB",
    "соединённое королевство": "GB", "англия": "GB", "inglaterra": "GB", "angleterre": "GB", "inghilterra": "GB",
    "engeland": "GB", "anglia": "GB", "ingiltere": "GB", "britania raya": "GB", "russische föderation": "RU",
    "российская федерация": "RU", "federación rusa": "RU", "federación de rusia": "RU", "federação russa": "RU",
    "fédération de russie": "RU", "federazione russa": "RU", "russische federatie": "RU", "federacja rosyjska": "RU",
    "rusya federasyonu": "RU", "ロシア連邦": "RU", "러시아 연방": "RU", "liên bang nga": "RU", "federasi rusia": "RU",
    "俄羅斯聯邦": "RU", "الاتحاد الروسي": "RU", "روسيا الاتحادية": "RU", "tschechische republik": "CZ",
    "чешская республика": "CZ", "república checa": "CZ", "república tcheca": "CZ", "république tchèque": "CZ",
    "repubblica ceca": "CZ", "tsjechische republiek": "CZ", "republika czeska": "CZ", "çek cumhuriyeti": "CZ",
    "チェコ共和国": "CZ", "체코 공화국": "CZ", "cộng hòa séc": "CZ", "republik ceko": "CZ", "جمهورية التشيك": "CZ",
    "捷克共和国": "CZ", "slowakische republik": "SK", "словацкая республика": "SK", "república eslovaca": "SK",
    "république slovaque": "SK", "repubblica slovacca": "SK", "republika słowacka": "SK", "slovak cumhuriyeti": "SK",
    "slowaakse republiek": "SK", "объединённые арабские эмираты": "AE", "эмираты": "AE", "emirate": "AE", "vae": "AE",
    "emiratos árabes": "AE", "emirati arabi": "AE", "emirats arabes": "AE", "الامارات": "AE", "süd korea": "KR",
    "южная корея": "KR", "корея": "KR", "república de corea": "KR", "corea": "KR", "república da coreia": "KR",
    "coreia": "KR", "république de corée": "KR", "corée": "KR", "republik korea": "KR", "repubblica di corea": "KR",
    "republiek korea": "KR", "republika korei": "KR", "kore cumhuriyeti": "KR", "kore": "KR", "大韓民國": "KR",
    "한국": "KR", "남한": "KR", "جمهورية كوريا": "KR", "северная корея": "KP",
    "demokratische volksrepublik korea": "KP", "朝鮮民主主義人民共和國": "KP",
    "corea república democrática popular de": "KP", "coreia república popular democrática da": "KP",
    "corée république populaire démocratique de": "KP", "korea demokratische volksrepublik": "KP",
    "korea democratische volksrepubliek": "KP", "volksrepublik china": "CN", "китайская народная республика": "CN",
    "república popular china": "CN", "república popular da china": "CN", "république populaire de chine": "CN",
    "repubblica popolare cinese": "CN", "volksrepubliek china": "CN", "chińska republika ludowa": "CN",
    "çin halk cumhuriyeti": "CN", "中華人民共和國": "CN", "中華人民共和国": "CN", "중화인민공화국": "CN",
    "cộng hòa nhân dân trung hoa": "CN", "republik rakyat tiongkok": "CN", "hongkong": "HK", "гонконг": "HK",
    "홍콩": "HK", "ホンコン": "HK", "هونغ كونغ": "HK", "hong kong sar": "HK", "中國香港": "HK", "макао": "MO",
    "makau": "MO", "makao": "MO", "マカオ": "MO", "마카오": "MO", "澳門": "MO", "中國澳門": "MO", "moldau": "MD",
    "молдавия": "MD", "республика молдова": "MD", "weißrussland": "BY", "белоруссия": "BY", "belorussia": "BY",
    "wit rusland": "BY", "byelorussia": "BY", "روسيا البيضاء": "BY", "südafrikanische republik": "ZA",
    "южная африка": "ZA", "юар": "ZA", "rsa": "ZA", "południowa afryka": "ZA", "남아프리카 공화국": "ZA",
    "доминикана": "DO", "republika dominikańska": "DO", "demokratische republik kongo": "CD",
    "демократическая республика конго": "CD", "république démocratique du congo": "CD",
    "república democrática do congo": "CD", "repubblica democratica del congo": "CD",
    "congo república democrática del": "CD", "congo república democrática do": "CD",
    "congo democratische republiek": "CD", "kongo demokratische republik": "CD",
    "kongo demokratyczna republika konga": "CD", "république du congo": "CG", "الكونغو": "CG", "конго": "CG",
    "kap verde": "CV", "elfenbeinküste": "CI", "wybrzeże kości słoniowej": "CI", "fildişi sahili": "CI",
    "costa de marfil": "CI", "pantai gading": "CI", "берег слоновой кости": "CI", "birmania": "MM", "birmanie": "MM",
    "birma": "MM", "мьянма": "MM", "бирма": "MM", "ミャンマー": "MM", "ميانمار": "MM", "swasiland": "SZ",
    "suazilândia": "SZ", "沙特阿拉伯王国": "SA", "königreich saudi arabien": "SA", "السعودية": "SA",
    "hellenische republik": "GR", "französische republik": "FR", "perancis": "FR", "republik türkei": "TR",
    "türkiye cumhuriyeti": "TR", "турецкая республика": "TR", "schweizerische eidgenossenschaft": "CH",
    "швейцарская конфедерация": "CH", "confédération suisse": "CH", "голландия": "NL", "holanda": "NL",
    "hollande": "NL", "olanda": "NL", "irão": "IR", "исламская республика иран": "IR",
    "islamische republik iran": "IR", "伊朗伊斯兰共和国": "IR", "伊朗伊斯蘭共和國": "IR", "vietname": "VN",
    "الفيتنام": "VN", "澳大利亞": "AU", "印度尼西亞": "ID", "祕魯": "PE", "البيرو": "PE", "hongaria": "HU",
    "cingapura": "SG", "палестина": "PS", "巴勒斯坦": "PS", "パレスチナ": "PS", "팔레스타인": "PS",
    "сирийская арабская республика": "SY", "киргизская республика": "KG", "кыргызская республика": "KG",
    "туркмения": "TM", "turquemenistão": "TM", "tajiquistão": "TJ", "латвийская республика": "LV",
    "литовская республика": "LT", "эстонская республика": "EE", "кипрская республика": "CY", "الاوروغواي": "UY",
    "نيوزيلاندا": "NZ", "الدنمارك": "DK", "بنغلادش": "BD", "مالطة": "MT",
}  # fmt: skip
#: What a country's full name may put before its short one, in the form of `_plain_name`: Republic of, Königreich, …
STATE = (
    r"(?:(?:islamic|islamische|arab|federal|federative|foderative|bolivarian|bolivarische|arabische|vereinigte|united|socialist|"
    r"sozialistische|исламская|федеративная|арабская|социалистическая|объединенная|боливарианская) )*"
    r"(?:republic|republik|bundesrepublik|republica|republique|repubblica|republiek|republika|республика|kingdom|"
    r"konigreich|reino|royaume|regno|koninkrijk|королевство|sultanate|sultanat|sultanato|султанат|principality|"
    r"furstentum|principado|principaute|principato|княжество|grand duchy|grossherzogtum|جمهورية|مملكة)"
    r"(?: (?:of|der|des|de|del|della|di|do|da|du|d))?(?: (?:the|la|las|los|le|les|l|el|il))? "
)


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
    names, plain = _country_names(), _plain_name(name)
    short = (plain, re.sub(f"^{STATE}", "", plain), _plain_name(re.split(r"[,(]", name)[0]))
    return next((names[form] for form in short if form in names), None)


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
