"""One spelling for all: text and patterns are folded alike, and every folded character knows where it came from."""

import re
import unicodedata
from dataclasses import dataclass
from itertools import pairwise

#: Where Unicode's own decomposition is not what a buyer means. "" drops the character.
_SPECIAL = {
    "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i",
    "½": "½", "¼": "¼", "¾": "¾", "⁄": "/", "™": " ", "®": " ", "©": " ",
    "‘": "'", "’": "'", "‚": "'", "‛": "'", "ʼ": "'", "ʹ": "'", "´": "'", "′": "'",
    "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "″": '"', "「": '"', "」": '"', "『": '"', "』": '"',
    "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "―": "-", "−": "-", "×": "x", "✕": "x", "∗": "*",
    "。": ".", "、": "/", "，": ",", "・": " ", "¿": "?", "¡": "!",
    "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ة": "ه", "ؤ": "و", "ئ": "ي", "ک": "ك", "ی": "ي",
    "،": ",", "؛": ";", "؟": "?", "٪": "%", "٫": ".", "٬": ",", "ـ": "",
}  # fmt: skip


class _Table(dict[str, str]):
    """The folded form of each character that is not its own, worked out when it is first met."""

    def __missing__(self, character: str) -> str:
        self[character] = folded = _fold_character(character)
        return folded


def _fold_character(character: str) -> str:
    """The folded form: usually one character, none for marks and invisible ones, several for ligatures."""
    lower = character.lower()
    if lower in _SPECIAL:
        return _SPECIAL[lower]
    category = unicodedata.category(character)
    if category in ("Mn", "Me", "Cf"):
        return ""
    if category in ("Zs", "Zl", "Zp", "Cs"):  # exotic spaces; lone surrogates cannot be encoded
        return " "
    if unicodedata.decimal(character, None) is not None:
        return str(unicodedata.decimal(character))
    if "\uac00" <= character <= "\ud7a3":  # Hangul syllables would fall apart
        return character
    base = "".join(c for c in unicodedata.normalize("NFKD", character) if unicodedata.category(c) != "Mn")
    return "".join(_SPECIAL.get(c, c) for c in base.lower()) or lower


_TABLE = _Table()
#: Lower-case characters that may not be their own folded form: all but the plain letters of the eight languages.
_ODD = re.compile(
    "[^\x00-\x7f\u0430-\u0438\u043a-\u044f\u4e00-\u9fff\u0621\u0627\u0628\u062a-\u063a\u0641-\u0648\u064a]"
)
#: A stop with a new sentence right behind it, as hasty buyers and some platforms write: "How much?What is the MOQ?"
_STOP = re.compile("[.!?](?=[A-ZÀ-ÖØ-ÞА-ЯЁ](?:[a-zß-öø-ÿа-яё']| ))")
#: A mail address or the beginning of a link is no longer than this.
_NEAR = 40
#: Words that end with a full stop in the middle of a sentence.
_ABBREVIATIONS = tuple(
    "incl inkl excl exkl zzgl evtl bzgl entspr approx max min tel mob attn dept qty ref spec art best тыс руб".split()
)
#: A line at least this long was broken by the mail program, not by the writer.
_WRAPPED_FROM = 50


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text with the way back to the original."""

    text: str
    #: Original position of each folded character; None where both have the same positions.
    origin: list[int] | None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The original's slice that the folded slice [start, end) came from, with marks that follow its last letter."""
        if self.origin is None:
            return start, end
        after = self.origin[end] if end < len(self.origin) - 1 else self.origin[-1]
        last = self.origin[end - 1]
        return self.origin[start], after if after == last else max(after, last + 1)


def fold(text: str) -> Folded:
    """Fold case, width, accents, Arabic letter forms and marks, digits, spaces, quotes, dashes and wrapped lines.

    >>> folded = fold("Précio por １０ ШТУК, ٥٠٠ قِطْعَة")
    >>> folded.text
    'precio por 10 штук, 500 قطعه'
    >>> folded.span(24, 28)
    (24, 31)
    """
    if ends := cramped_ends(text):
        return _spaced(text, ends)
    if text.isascii():
        return Folded(_unwrap(text.lower()), None)
    folded, resized = _folded(text)
    if not resized:
        return Folded(_unwrap(folded), None)
    origin = [position for position, character in enumerate(text) for _ in fold_plain(character)]
    return Folded(_unwrap(folded), [*origin, len(text)])


def cramped_ends(text: str) -> list[int]:
    """Where a sentence ends and the next one begins without a space between.

    >>> cramped_ends("How much?What is the MOQ for St.Gallen, incl.Freight.Thanks")
    [9, 53]
    """
    return [
        stop.end()
        for stop in _STOP.finditer(text)
        if stop[0] != "."
        or _ends_a_sentence(text[max(0, stop.start() - _NEAR) : stop.start()], text[stop.end() : stop.end() + _NEAR])
    ]


def _ends_a_sentence(before: str, after: str) -> bool:
    """Whether a full stop between two letters does: after a word, and in no abbreviation, mail address or link."""
    ended = len(before) >= 3 and before[-3:].isalpha() and before[-3:].islower()
    if not ended or before.endswith(_ABBREVIATIONS):
        return False
    word = f"{before.split()[-1]}.{after.split(maxsplit=1)[0]}"
    return "@" not in word and "://" not in word and not word.startswith("www.")


def _spaced(text: str, ends: list[int]) -> Folded:
    """Fold with a space at each cramped end."""
    parts = [range(start, stop) for start, stop in pairwise([0, *ends, len(text)])]
    folded = fold(" ".join(text[part.start : part.stop] for part in parts))
    positions = [position for part in parts for position in (*part, part.stop)]
    return Folded(folded.text, positions if folded.origin is None else [positions[i] for i in folded.origin])


def fold_plain(text: str) -> str:
    """Fold without unwrapping lines: for patterns and words.

    >>> fold_plain("Größe")
    'grosse'
    """
    return text.lower() if text.isascii() else _folded(text)[0]


def _folded(text: str) -> tuple[str, bool]:
    """The folded text, and whether positions in it differ from those in `text`."""
    folded = text.replace("İ", "i").lower()  # the one letter whose lower case has two characters
    odd = set(_ODD.findall(folded))
    for character in odd:
        folded = folded.replace(character, _TABLE[character])
    return folded, any(len(_TABLE[character]) != 1 for character in odd)


def _unwrap(text: str) -> str:
    """Turn line breaks that a mail program made into spaces; a break the writer made stays."""
    if "\n" not in text:
        return text
    lines = text.split("\n")
    pieces = []
    for line, following in pairwise(lines):
        pieces.append(line)
        wrapped = len(line) >= _WRAPPED_FROM and following[:1].isalnum()
        pieces.append(" " if wrapped else "\n")
    return "".join([*pieces, lines[-1]])
