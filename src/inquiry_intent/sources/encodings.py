"""Which encoding a text file has, and its text."""

import codecs
import io
import re
from typing import BinaryIO

from inquiry_intent.errors import SourceError

MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
BLOCK_BYTES = 1 << 20
HIGH_BYTES = re.compile(rb"[\x80-\xff]+")
#: Encodings that are told apart by statistics of their letters, where simple signs do not decide.
OTHERS = ["big5", "shift_jis", "euc_kr", "cp1251", "cp1256", "cp1253", "gb18030"]
#: Bytes that are letters in Polish or Turkish and rare signs in the West (where m³ is not), and their least share.
OWN_LETTERS = {
    "cp1250": re.compile(rb"(?<=[A-Za-z\x80-\xff])[\xb9\xb3\xbf\x9c\x9f]"),
    "cp1254": re.compile(rb"[\xf0\xfd\xfe\xdd\xde\xd0]"),
}
OWN_SHARE = 0.15
#: A text with so many good characters for a bad byte is damaged UTF-8; fewer will do where it cannot be GB18030.
GOOD_FOR_BAD = 5


def decoded(stream: BinaryIO, name: str, encoding: str | None) -> tuple[io.TextIOWrapper, list[str]]:
    """The text of a seekable stream, and a note if its encoding had to be guessed.

    A byte order mark is always honoured and taken off. The caller meets a UnicodeDecodeError while it reads where a
    declared encoding is wrong. In UTF-8 that is damaged here and there, undeclared, a bad byte becomes half a
    surrogate pair, so that its row can be quarantined.

    Raises
    ------
    SourceError
        If the encoding is not one that Python knows.
    """
    notes, errors = [], "strict"
    if encoding is not None:
        try:
            encoding = codecs.lookup(encoding).name
        except LookupError:
            raise SourceError(f"{name}: unknown encoding {encoding!r}; expected utf-8, gb18030, latin-1, …") from None
        if encoding == "utf-8":
            encoding = "utf-8-sig"
    else:
        encoding, guessed = encoding_of(stream)
        if guessed and encoding == "utf-8":
            errors = "surrogateescape"
            notes.append(f"{name} is UTF-8 but for some bytes; the rows that hold them are quarantined")
        elif guessed:
            notes.append(f"{name} is not UTF-8 and was read as {encoding}, a guess; set 'encoding:' of this file")
    return io.TextIOWrapper(stream, encoding=encoding, errors=errors, newline=""), notes


def damaged(text: str) -> bool:
    """Whether bytes that are no UTF-8 stood here.

    >>> damaged(b"caf\\xc3\\xa9".decode()), damaged(b"caf\\xe9".decode(errors="surrogateescape"))
    (False, True)
    """
    return not text.isascii() and any("\udc80" <= sign <= "\udcff" for sign in text)


def encoding_of(stream: BinaryIO) -> tuple[str, bool]:
    """The encoding of a stream, read to its end and rewound, and whether it is a guess."""
    start = stream.read(4096)
    stream.seek(0)
    for mark, encoding in MARKS:
        if start.startswith(mark):
            return encoding, False
    wide = _wide_encoding(start)
    if wide is not None:
        return wide, True
    decoder = codecs.getincrementaldecoder("utf-8")()
    block = b""
    wide_signs = 0
    try:
        while block := stream.read(BLOCK_BYTES):
            wide_signs += len(block) - len(decoder.decode(block))
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return _legacy_encoding(block or start, wide_signs), True
    finally:
        stream.seek(0)
    return "utf-8", False


def _wide_encoding(start: bytes) -> str | None:
    """UTF-16 without its mark: nearly every other byte of plain signs is NUL."""
    even, odd = start[::2].count(0), start[1::2].count(0)
    if even + odd < 0.1 * len(start) or len(start) < 8:
        return None
    return "utf-16-le" if odd > 20 * even else "utf-16-be" if even > 20 * odd else None


def _legacy_encoding(sample: bytes, wide_signs: int = 0) -> str:
    """UTF-8 with damage, GB18030, Windows-1251 or -1252, or what the statistics of letters say.

    Most of Western text also decodes as GB18030, so decoding proves nothing. But a Chinese character is two high bytes
    in a row, of which the first rarely exceeds D7, and an accented letter stands alone between plain ones.
    `wide_signs` is how many bytes beyond one a character earlier text has, as valid UTF-8.

    >>> _legacy_encoding("询盘".encode("gb18030")), _legacy_encoding("café à Orléans".encode("cp1252"))
    ('gb18030', 'cp1252')
    >>> _legacy_encoding("Дата;Город".encode("cp1251")), _legacy_encoding("价格".encode() * 5 + b"\\xe4")
    ('cp1251', 'utf-8')
    """
    text = sample.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    good = wide_signs + len(re.findall("[^\x00-\x7f\ufffd]", text))
    if good >= GOOD_FOR_BAD * bad or (good > bad and not _decodes(sample, "gb18030")):
        return "utf-8"
    runs = HIGH_BYTES.findall(sample)
    alone = sum(len(run) == 1 for run in runs)
    high = b"".join(runs)
    if alone * 2 >= len(runs):
        return _single_bytes(sample, len(high))
    cyrillic = sum(byte >= 0xC0 or byte in (0xA8, 0xB8) for byte in high) / len(high)
    if not _decodes(sample, "gb18030"):
        return "cp1251" if cyrillic > 0.9 else _by_statistics(sample) or "cp1252"
    leads = high[::2]
    common = sum(0xB0 <= byte <= 0xD7 for byte in leads) / len(leads)
    return "gb18030" if common > 0.8 else _by_statistics(sample) or "gb18030"


def _single_bytes(sample: bytes, high: int) -> str:
    """The encoding of text whose letters are one byte each, of which `high` are above 127.

    >>> _single_bytes("Treść; Zażółć gęślą".encode("cp1250"), 12), _single_bytes("5 m³, ¿Cuál?".encode("cp1252"), 3)
    ('cp1250', 'cp1252')
    """
    for name, letters in OWN_LETTERS.items():
        found = letters.findall(sample)
        if len(found) > OWN_SHARE * high and len(set(found)) > 1 and _decodes(sample, name):
            return name
    return "cp1252" if _decodes(sample, "cp1252") else "latin-1"


def _decodes(sample: bytes, encoding: str) -> bool:
    """Whether a sample can be text of an encoding; its last character may be cut."""
    try:
        codecs.getincrementaldecoder(encoding)().decode(sample)
    except UnicodeDecodeError:
        return False
    return True


def _by_statistics(sample: bytes) -> str | None:
    from charset_normalizer import from_bytes

    best = from_bytes(sample[: BLOCK_BYTES // 8], cp_isolation=OTHERS).best()
    return best.encoding if best is not None else None
