"""Cell texts as values: codes and numbers."""

from collections.abc import Mapping

import pandas as pd

from inquiry_intent.sources.schema import Rule, matches
from inquiry_intent.tables import TEXT

#: Longer text is no number; so hostile cells cost nothing.
LONGEST_NUMBER = 64
AROUND_NUMBERS = " \t\u00a0$€£¥￥₹₽%"


def coded(text: str) -> str:
    """The form in which codes are compared: case, outer spaces and the way a number is written do not matter.

    >>> coded(" Won "), coded("1.0"), coded("1"), coded("01A")
    ('won', '1.0', '1.0', '01a')
    """
    plain = text.strip().casefold()
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


def parse_numbers(text: pd.Series, decimal: str) -> tuple[pd.Series, pd.Series]:
    """Read numbers, with thousands separators, a currency sign or a percent sign (which changes nothing).

    Returns
    -------
    Series of float64, Series of bool
        NaN: missing or unreadable; and where text stands that is no number.

    >>> parse_numbers(pd.Series(["1,234.50", "$ 5", "1.234,50"]), ".")[0].tolist()
    [1234.5, 5.0, nan]
    >>> parse_numbers(pd.Series(["1.234,50", "1 234,5"]), ",")[0].tolist()
    [1234.5, 1234.5]
    """
    plain = text.where(text.str.len() <= LONGEST_NUMBER).str.strip(AROUND_NUMBERS)
    plain = plain.replace({"true": "1", "True": "1", "TRUE": "1", "false": "0", "False": "0", "FALSE": "0"})
    point, thousands = ("\\.", ",") if decimal == "." else (",", "\\.")
    grouped = rf"[+-]?\d{{1,3}}(?:[{thousands}'\s ]\d{{3}})+(?:{point}\d+)?"
    simple = rf"[+-]?(?:\d+(?:{point}\d*)?|{point}\d+)(?:[eE][+-]?\d+)?"
    good = plain.str.fullmatch(f"{grouped}|{simple}")
    digits = plain.where(good).str.replace(rf"[{thousands}'\s ]", "", regex=True)
    digits = digits.str.replace(",", ".", regex=False) if decimal == "," else digits
    numbers = pd.to_numeric(digits, errors="coerce").astype("float64")
    numbers = numbers.where(numbers.abs() != float("inf"))
    return numbers, text.notna() & numbers.isna()
