"""Cell texts as values: codes and numbers."""

import re
from collections.abc import Mapping

import pandas as pd

from inquiry_intent.sources.cells import plain_numbers, without_marks
from inquiry_intent.sources.schema import Rule, matches
from inquiry_intent.tables import TEXT

#: Longer text is no number; so hostile cells cost nothing.
LONGEST_NUMBER = 64
UNITS = {"k": 1e3, "K": 1e3, "万": 1e4, "萬": 1e4, "亿": 1e8, "億": 1e8}
_UNITS = "".join(UNITS)
AROUND_NUMBERS = " \t\u00a0$€£¥￥₹₽%|"
#: Spaces and apostrophes of other alphabets' thousands.
PLAIN_SPACES = {0xA0: " ", 0x202F: " ", 0x2009: " ", 0x2019: "'"}
#: Between the ids of a cell that names several.
SEPARATORS = re.compile(r"[\s;,|/、，；]+")
#: How amounts name their currency, with the ISO 4217 code where the sign tells one.
CURRENCY_SIGNS = {
    "US$": "USD", "U$S": "USD", "A$": "AUD", "AU$": "AUD", "C$": "CAD", "CA$": "CAD", "HK$": "HKD", "NT$": "TWD",
    "R$": "BRL", "S$": "SGD", "NZ$": "NZD", "MX$": "MXN", "$": "USD", "€": "EUR", "£": "GBP", "¥": "CNY", "￥": "CNY",
    "₹": "INR", "₽": "RUB", "₺": "TRY", "₩": "KRW", "₫": "VND", "₴": "UAH", "฿": "THB", "zł": "PLN", "Kč": "CZK",
    "руб.": "RUB", "руб": "RUB", "р.": "RUB", "Rs.": "INR", "Rs": "INR", "RMB": "CNY", "人民币": "CNY", "元": "CNY",
    "دولار": "USD", "美元": "USD", "美金": "USD", "美刀": "USD", "欧元": "EUR", "歐元": "EUR", "英镑": "GBP",
    "英鎊": "GBP", "日元": "JPY", "日圆": "JPY", "日圓": "JPY", "円": "JPY", "港元": "HKD", "港币": "HKD",
    "港幣": "HKD", "台币": "TWD", "台幣": "TWD", "新台币": "TWD", "新台幣": "TWD", "人民幣": "CNY", "澳元": "AUD",
    "加元": "CAD", "新元": "SGD", "新加坡元": "SGD", "韩元": "KRW", "韓元": "KRW", "卢布": "RUB", "盧布": "RUB",
    "泰铢": "THB", "瑞士法郎": "CHF", "kr.": None, "kr": None, "Ft": "HUF",
}  # fmt: skip
CURRENCY_CODES = (
    "USD EUR GBP CNY CNH JPY HKD TWD KRW INR RUB BRL MXN CAD AUD NZD SGD CHF SEK NOK DKK PLN CZK HUF TRY ZAR AED SAR "
    "QAR KWD EGP NGN KES GHS MAD VND THB IDR MYR PHP PKR BDT LKR ILS UAH KZT CLP COP PEN ARS UYU RON BGN"
).split()
_SIGNS = "|".join(map(re.escape, sorted([*CURRENCY_SIGNS, *CURRENCY_CODES], key=len, reverse=True)))


def coded(text: str) -> str:
    """The form in which codes are compared, whatever their case, outer spaces, marks and way to write a number.

    >>> coded(" Won "), coded("1.0"), coded("1"), coded("01A")
    ('won', '1.0', '1.0', '01a')
    """
    plain = without_marks(text).casefold()
    try:
        number = float(plain) if plain[:1].isdigit() or plain[:1] in "+-." else None
    except ValueError:
        return plain
    return plain if number is None or number != number else repr(number)


def map_values(text: pd.Series, rule: Rule, allowed: tuple[str, ...] | None) -> tuple[pd.Series, pd.Series]:
    """Translate coded values.

    Parameters
    ----------
    text : Series of str
        NaN: no value.
    rule : Rule
        With values (exact, then by `coded`), patterns (`*`, `?`), keep_others, otherwise, missing. A result of null
        is no value.
    allowed : tuple of str, optional
        The values that the column may have. They map to themselves where `values` does not name them.

    Returns
    -------
    Series of str, Series of bool
        The results, NaN: no value; and where a value is not in the map.
    """
    if not rule.maps_values and allowed is None:
        return text, pd.Series(False, index=text.index)
    results: dict[str, str | None] = {}
    unknown = set()
    by_code = {coded(value): value for value in allowed or ()} | {coded(k): v for k, v in _spelled(rule.values).items()}
    for value in text.dropna().unique():
        if value in rule.values:
            results[value] = rule.values[value]
        elif coded(value) in by_code:
            results[value] = by_code[coded(value)]
        else:
            hits = [
                result for pattern, result in rule.patterns.items() if matches(pattern.casefold(), value.casefold())
            ]
            if hits:
                results[value] = hits[0]
            elif rule.keep_others:
                results[value] = value
            elif "otherwise" in rule.model_fields_set:
                results[value] = rule.otherwise
            else:
                unknown.add(value)
    mapped = text.map(results).astype(TEXT)
    if rule.missing is not None:
        mapped = mapped.mask(text.isna(), rule.missing)
    return mapped, text.isin(unknown)


def _spelled(values: Mapping[str, str | None]) -> dict[str, str | None]:
    """YAML reads yes, on and no, off as true and false: those keys mean every spelling."""
    more = {"true": ("yes", "on", "y"), "false": ("no", "off", "n")}
    extra = {spelling: values[key] for key, spellings in more.items() if key in values for spelling in spellings}
    return extra | dict(values)


def naming_several(cells: pd.Series, known: pd.Index) -> pd.Series:
    """Where a cell is no known id, but names two or more of them.

    >>> naming_several(pd.Series(["1;2", "1;2;", "1", "1; x", None]), pd.Index(["1", "2"])).tolist()
    [True, True, False, False, False]
    """
    ids = set(known)
    parts = {cell: set(SEPARATORS.split(cell)) - {""} for cell in set(cells.dropna().unique()) - ids}
    return cells.isin([cell for cell, names in parts.items() if len(names) > 1 and names <= ids])


def without_currency(text: pd.Series) -> pd.Series:
    """Amounts without the currency that stands before or behind them, their spaces plain ones."""
    plain = text.str.translate(PLAIN_SPACES).str.strip()
    bare = plain.str.replace(rf"^(?:{_SIGNS})\s*", "", regex=True)
    return bare.str.replace(rf"\s*(?:{_SIGNS})$", "", regex=True)


def currencies_in(text: pd.Series) -> dict[str, str]:
    """The currencies that amounts name, by the sign or code that stands before or behind them and their unit.

    >>> currencies_in(pd.Series(["US$ 5", "USD 7", "12,50 €", "3", "4 |RUB", "1.2万港元"]))
    {'US$': 'USD', 'USD': 'USD', '€': 'EUR', 'RUB': 'RUB', '港元': 'HKD'}
    """
    found: dict[str, str] = {}
    for cell in text.dropna().unique():
        plain = cell.translate(PLAIN_SPACES).strip()
        sign = re.match(rf"(?:{_SIGNS})(?=[\s\d|+-])", plain) or re.search(rf"(?<=[\s\d|{_UNITS}])(?:{_SIGNS})$", plain)
        code = CURRENCY_SIGNS.get(sign[0], sign[0]) if sign else None
        if sign and code:
            found[sign[0]] = code
    return found


def currencies_named(name: str) -> dict[str, str]:
    """The currency that a column's name tells.

    >>> currencies_named("订单金额(USD)"), currencies_named("Amount in €"), currencies_named("Amount")
    ({'USD': 'USD'}, {'€': 'EUR'}, {})
    """
    words = re.findall(r"[A-Za-z]+", name)
    found = {word: word for word in words if word in CURRENCY_CODES}
    signs = {sign: code for sign, code in CURRENCY_SIGNS.items() if code and not sign.isascii() and sign in name}
    return found or {sign: code for sign, code in signs.items() if len(sign) > 1 or not sign.isalpha()}


def parse_numbers(text: pd.Series, decimal: str, scale: float = 1.0) -> tuple[pd.Series, pd.Series]:
    """Read numbers, with thousands separators, a currency or a percent sign (which change nothing), 万, 亿 or k.

    Parameters
    ----------
    scale : float
        What numbers are multiplied by that name no such unit of their own.

    Returns
    -------
    Series of float64, Series of bool
        NaN: missing or unreadable; and where text stands that is no number.

    >>> parse_numbers(pd.Series(["1,234.50", "$ 5", "1.234,50"]), ".")[0].tolist()
    [1234.5, 5.0, nan]
    >>> parse_numbers(pd.Series(["1.234,50", "1 234,5"]), ",")[0].tolist()
    [1234.5, 1234.5]
    >>> parse_numbers(pd.Series(["US$ 1,234.50", "1,234.50 EUR", "CNY5", "1.5万元", "$ 20k"]), ".")[0].tolist()
    [1234.5, 1234.5, 5.0, 15000.0, 20000.0]
    >>> parse_numbers(pd.Series(["1.5", "1.5万"]), ".", 1000)[0].tolist()
    [1500.0, 15000.0]
    """
    written = plain_numbers(text.where(text.str.len() <= LONGEST_NUMBER), decimal)
    plain = written.str.strip(AROUND_NUMBERS)
    numbers = _plain_numbers(plain, decimal) * scale
    left = written[plain.notna() & numbers.isna()]  # few, so that a long look at them costs little
    if len(left):
        amounts = without_currency(left).str.strip(AROUND_NUMBERS)
        unit = amounts.str.extract(rf"\d\s*([{_UNITS}])$", expand=False)
        amounts = amounts.mask(unit.notna(), amounts.str[:-1].str.rstrip())
        numbers.loc[left.index] = _plain_numbers(amounts, decimal) * unit.map(UNITS).astype("float64").fillna(scale)
    return numbers, text.notna() & numbers.isna()


def _plain_numbers(plain: pd.Series, decimal: str) -> pd.Series:
    """Digits with or without thousands separators; NaN: something else."""
    plain = plain.replace({"true": "1", "True": "1", "TRUE": "1", "false": "0", "False": "0", "FALSE": "0"})
    point, thousands = ("\\.", ",") if decimal == "." else (",", "\\.")
    grouped = rf"[+-]?\d{{1,3}}(?:[{thousands}'\s ]\d{{3}})+(?:{point}\d+)?"
    # A lakh and a quarter is 1,25,000.
    indian = r"[+-]?\d{1,2}(?:,\d{2})+,\d{3}(?:\.\d+)?" if decimal == "." else grouped
    simple = rf"[+-]?(?:\d+(?:{point}\d*)?|{point}\d+)(?:[eE][+-]?\d+)?"
    good = plain.str.fullmatch(f"{grouped}|{indian}|{simple}")
    digits = plain.where(good).str.replace(rf"[{thousands}'\s ]", "", regex=True)
    digits = digits.str.replace(",", ".", regex=False) if decimal == "," else digits
    numbers = pd.to_numeric(digits, errors="coerce").astype("float64")
    return numbers.where(numbers.abs() != float("inf"))
