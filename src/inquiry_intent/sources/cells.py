"""Cells as people and programs type them: invisible marks, spaces of many widths, digits of other scripts."""

from collections.abc import Collection
from dataclasses import replace

import pandas as pd

from inquiry_intent.errors import counted
from inquiry_intent.sources.rows import Rows

#: Signs without a shape of their own: directions of writing, byte order marks, places where a word may break. The
#: joiners U+200C and U+200D are not among them: they change how Persian words and emoji look.
MARKS = "\u00ad\u061c\u180e\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
SPACES = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
INVISIBLE = {ord(sign): None for sign in MARKS} | {ord(space): " " for space in SPACES}
#: The zero of each script whose digits are typed in business: Arabic, Persian, Indian scripts, Thai, full-width.
ZEROS = "٠۰०০੦૦௦౦೦๐０"
DIGITS = {ord(zero) + n: str(n) for zero in ZEROS for n in range(10)}
OTHER_DIGITS = "".join(f"{zero}-{chr(ord(zero) + 9)}" for zero in ZEROS)
#: With the signs that stand between such digits in dates.
ASCII = DIGITS | str.maketrans("／：．－，،", "/:.-,,")
NO_ASCII = f"[{OTHER_DIGITS}／：．－，،]"
#: A cell without a word: an id, a number, a time.
ONLY_DIGITS = rf"[{OTHER_DIGITS}\d\s.,:/+()'٬٫،-]+"


def without_marks(text: str) -> str:
    """A header or code without invisible marks and outer white space.

    >>> without_marks("\u200fفوز\u3000")
    'فوز'
    """
    return text.translate(INVISIBLE).strip()


def plain_cells(cells: pd.Series) -> pd.Series:
    """Cells without invisible marks and outer white space, inner spaces plain ones, ids and numbers in ASCII digits.

    >>> plain_cells(pd.Series(["\u200fفوز", "Acme\u00a0Ltd ", "١٠٠١", "شركة ٥"])).tolist()
    ['فوز', 'Acme Ltd', '1001', 'شركة ٥']
    """
    marked = cells.str.contains(f"[{MARKS}{SPACES}]", regex=True, na=False)
    plain = cells.mask(marked, cells[marked].str.translate(INVISIBLE)) if marked.any() else cells
    plain = plain.str.strip()
    foreign = plain.str.contains(f"[{OTHER_DIGITS}]", regex=True, na=False)
    foreign &= plain.str.fullmatch(ONLY_DIGITS, na=False)
    return plain.mask(foreign, plain[foreign].str.translate(DIGITS)) if foreign.any() else plain


def cleaned(rows: Rows, texts: Collection[str] = ()) -> tuple[Rows, int]:
    """Rows with plain cells, but for the columns `texts` and nested lists; and how many cells differed by more than
    outer white space."""
    plain = {
        name: plain_cells(cells) for name, cells in rows.frame.items() if name not in texts and cells.dtype != "object"
    }
    count = sum(int((rows.frame[name].str.strip() != cells)[cells.notna()].sum()) for name, cells in plain.items())
    frame = rows.frame.copy()  # a column may have any name, `self` too: never `assign(**…)`
    for name, cells in plain.items():
        frame[name] = cells
    return replace(rows, frame=frame), count


def told_of(count: int) -> list[str]:
    """What to say of so many cleaned cells."""
    said = (
        f"{counted(count, 'cell')} with invisible marks, spaces of another kind or digits of another script: read "
        "without the marks, with plain spaces and in ASCII digits; texts of messages are as they were"
    )
    return [said] if count else []


def in_ascii(text: pd.Series) -> pd.Series:
    """Times and numbers in ASCII digits, with the colons, points and commas of ASCII between them.

    >>> in_ascii(pd.Series(["١٥/٠٣/٢٠٢٥", "２０２５／３／１５", "15.3."])).tolist()
    ['15/03/2025', '2025/3/15', '15.3.']
    """
    foreign = text.str.contains(NO_ASCII, regex=True, na=False)
    return text.mask(foreign, text[foreign].str.translate(ASCII)) if foreign.any() else text


def plain_numbers(text: pd.Series, decimal: str) -> pd.Series:
    """Numbers in ASCII digits, with `decimal` for the Arabic decimal sign.

    >>> plain_numbers(pd.Series(["١٢٬٣٤٥٫٦٧", "12,5"]), ".").tolist()
    ["12'345.67", '12,5']
    """
    arabic = text.str.contains("[٬٫،]", regex=True, na=False)
    signs = str.maketrans("٬،٫", f"''{decimal}")
    return in_ascii(text.mask(arabic, text[arabic].str.translate(signs)) if arabic.any() else text)


def cut_ids(ids: pd.Series) -> pd.Series:
    """Those of some ids that a spreadsheet has written as numbers of a few digits: what they were cannot be told.

    >>> cut_ids(pd.Series(["5.00000E+11", "5,12E+15", "5E12", "500000000017"])).tolist()
    ['5.00000E+11', '5,12E+15']
    """
    return ids[ids.str.fullmatch(r"\d[.,]\d+[eE]\+\d\d").fillna(False)]
