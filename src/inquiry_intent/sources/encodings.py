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


def decoded(stream: BinaryIO, name: str, encoding: str | None) -> tuple[io.TextIOWrapper, list[str]]:
    """The text of a seekable stream, and a note if its encoding had to be guessed.

    A byte order mark is always honoured and taken off. The caller meets a UnicodeDecodeError while it reads where a
    declared encoding is wrong.

    Raises
    ------
    SourceError
        If the encoding is not one that Python knows.
    """
    notes = []
    if encoding is not None:
        try:
            encoding = codecs.lookup(encoding).name
        except LookupError:
            raise SourceError(f"{name}: unknown encoding {encoding!r}; expected utf-8, gb18030, latin-1, …") from None
        if encoding == "utf-8":
            encoding = "utf-8-sig"
    else:
        encoding, guessed = encoding_of(stream)
        if guessed:
            notes.append(f"{name} is not UTF-8 and was read as {encoding}, a guess; set 'encoding:' of this file")
    return io.TextIOWrapper(stream, encoding=encoding, errors="strict", newline=""), notes


def encoding_of(stream: BinaryIO) -> tuple[str, bool]:
    """The encoding of a stream, read to its end and rewound, and whether it is a guess."""
    start = stream.read(4)
    stream.seek(0)
    for mark, encoding in MARKS:
        if start.startswith(mark):
            return encoding, False
    decoder = codecs.getincrementaldecoder("utf-8")()
    block = b""
    try:
        while block := stream.read(BLOCK_BYTES):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return _legacy_encoding(block or start), True
    finally:
        stream.seek(0)
    return "utf-8", False


def _legacy_encoding(sample: bytes) -> str:
    """GB18030 or Windows-1252.

    Most of Western text also decodes as GB18030, so decoding proves nothing. But a Chinese character is two high bytes
    in a row, and an accented letter stands alone between plain ones.

    >>> _legacy_encoding("询盘".encode("gb18030")), _legacy_encoding("café à Orléans".encode("cp1252"))
    ('gb18030', 'cp1252')
    """
    runs = HIGH_BYTES.findall(sample)
    alone = sum(len(run) == 1 for run in runs)
    if alone * 2 < len(runs):
        return "gb18030"
    try:
        sample.decode("cp1252")
    except UnicodeDecodeError:
        return "latin-1"
    return "cp1252"
