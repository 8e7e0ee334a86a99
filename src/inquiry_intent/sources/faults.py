"""What is wrong with single rows of an export: reasons in words, and what rows of the same fault have in common."""

import re

import pandas as pd

from inquiry_intent.errors import shown
from inquiry_intent.sources.cells import in_ascii

#: What differs between rows of the same fault: the values and places in their reasons.
QUOTED, PLACE = re.compile(r"'[^']*'"), re.compile(r"row \d+ of .*")
#: A value that could not be read, or that a closed list of codes does not hold, as `shown` writes it.
VALUE = r"^\w+ is ('[^']*'|\"[^\"]*\"), expected"
UNKNOWN = re.compile(f"{VALUE} one of")
#: Most values that a message names.
NAMED_VALUES = 8
#: What is said of the second row of a key.
SAME, OTHER = "stands twice, with the same values", "stands twice, with other values"
#: Columns whose values are never repeated in messages.
PERSONAL = ("text", "subject", "sender_name", "sender_title", "sender_email", "sender_phone", "company", "owner")
#: Of letters and digits together, so many are digits in what is meant as a time or number, however it is written.
FEWEST_DIGITS = 0.3

#: More of a table's rows than this share have the same cause.
MANY = 0.05


class Faults:
    """What is wrong with rows, by their position."""

    def __init__(self) -> None:
        self.reasons: dict[int, list[str]] = {}
        #: Rows that are only bad because their inquiry is.
        self.inherited: set[int] = set()

    def add(self, where: pd.Series, reasons: "Reasons | str") -> None:
        """Note a reason, one for all or one a row, for the rows where a mask holds."""
        positions = where.index[where.fillna(False)]
        texts = [reasons] * len(positions) if isinstance(reasons, str) else reasons[positions]
        for position, text in zip(positions, texts, strict=True):
            self.reasons.setdefault(position, []).append(text)

    def mask(self, index: pd.Index) -> pd.Series:
        """True where a row has a fault."""
        return pd.Series(index.isin(list(self.reasons)), index=index)


class Reasons:
    """Why a cell cannot be taken, written only for the rows that need it; personal cells are not repeated."""

    def __init__(self, column: str, text: pd.Series, expected: str, *, measured: bool = False) -> None:
        """`measured`: of a column of times or numbers, where words may be the names of another column."""
        self.column, self.text, self.expected, self.measured = column, text, expected, measured

    def __getitem__(self, positions: pd.Index) -> list[str]:
        if self.column in PERSONAL:
            return [f"{self.column} cannot be read, {self.expected}"] * len(positions)
        said, cells = _measure if self.measured else shown, self.text[positions]
        return [
            f"{self.column} is {said(value)}{_read_as(value, plain)}, {self.expected}"
            for value, plain in zip(cells, in_ascii(cells) if self.measured else cells, strict=True)
        ]


def _read_as(value: object, plain: object) -> str:
    """What a time or number in digits of another script was taken for."""
    return "" if value == plain else f" (its digits read as {shown(plain)})"


def _measure(text: str) -> str:
    """A cell that should be a time or number, for a message: no words, which may be somebody's name."""
    signs = [sign.isdigit() for sign in text if sign.isalnum()]
    return "words" if sum(signs) < FEWEST_DIGITS * len(signs) else shown(text)


def hint_of(name: str, reason: str, share: float) -> str:
    """What to do about a reason that a mapping can heal; `share` of the table's rows are of it."""
    if name == "messages" and reason.endswith("which is before its inquiry was received"):
        hint = "; if records are made after the first mail, map received_at as {first_message: true, column: …}"
        other = "; if they are of another zone than they say, or than the mapping's 'zone:', mend that"
        return hint + other if share > MANY else hint
    if SAME in reason:
        return "; give each row once, or the rule 'one_per_key: true'"
    if OTHER in reason:
        return "; where the last is right, give the rule 'one_per_key: latest'"
    return ""


def alike(reason: str) -> str:
    """A reason without what differs between rows of the same fault, to be counted.

    >>> alike("status is 'maybe', expected one of ['won', 'lost']")
    "status is …, expected one of ['won', 'lost']"
    >>> alike("inquiry_id 'a' stands twice, with other values; kept is the first, in row 2 of a.csv")
    'inquiry_id … stands twice, with other values; kept is the first'
    """
    head, comma, tail = reason.partition(", expected")
    return QUOTED.sub("…", PLACE.sub("", head).removesuffix(", in ")) + comma + tail


def value_in(reason: str) -> str:
    """The value that a reason says could not be read; "" if it names none.

    >>> value_in("sent_at is '5 Foo 2026', expected a time (iso)")
    "'5 Foo 2026'"
    """
    found = re.match(VALUE, reason)
    return found[1] if found else ""


def unknown_values(reasons: pd.Series) -> str:
    """The values that no map of the mapping names, the commonest first with how often; "" if these reasons have none.

    >>> unknown_values(pd.Series(["status is 'new', expected one of ['won']"] * 2))
    "'new' (2)"
    """
    found = reasons.str.extract(UNKNOWN, expand=False).value_counts()
    named = [f"{value} ({count:,})" for value, count in found.head(NAMED_VALUES).items()]
    more = [f"{len(found) - NAMED_VALUES} more"] if len(found) > NAMED_VALUES else []
    return ", ".join([*named, *more])
