"""HTML mails as plain text: what a reader sees, a line a block, quoted replies marked as mail programs mark them.

One pass over the tags with bounded patterns, so no text can make it slow, and what is no tag stays as it is.
"""

import html
import re
from functools import cache
from importlib.resources import files

import pandas as pd
import yaml

from inquiry_intent.sources.cells import without_marks

#: No longer one is known, and a longer text says something: few texts of a chat need be compared.
_LONGEST_PLACEHOLDER = 40

_BLOCKS = frozenset(
    "address article blockquote body center dd div dl dt footer form h1 h2 h3 h4 h5 h6 header hr html li main ol p pre "
    "section table tbody tr ul".split()
)
_CELLS = frozenset({"td", "th"})
_INLINE = frozenset(
    "a abbr b big code del em font i img ins label mark o:p s small span strike strong sub sup tt u wbr".split()
)
#: What they hold is not shown.
_HIDDEN = frozenset({"head", "script", "style", "template", "title"})
_KNOWN = _BLOCKS | _CELLS | _INLINE | _HIDDEN | {"br", "link", "meta", "thead", "tfoot", "colgroup", "col"}
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:]{0,15})((?:[\s/][^<>]{0,4000})?)>|(<!--|-->)|<![a-zA-Z][^<>]{0,1000}>")
#: A text is HTML if it closes a tag, or breaks lines with tags: "a <b and c> d" is none.
_IS_HTML = re.compile(
    rf"(?i)</(?:{'|'.join(map(re.escape, sorted(_KNOWN)))})>|<(?:br|p|div|td|html|!doctype)(?:[\s/][^<>]{{0,4000}})?>"
)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
#: Classes and ids under which mail programs keep what is replied to.
_REPLY = re.compile(
    r"(?i)(?:class|id)\s*=\s*[\"']?[^\"'>]{0,200}(?:gmail_quote|yahoo_quoted|moz-cite-prefix|protonmail_quote)"
)
#: A block that is only moved to the right.
_INDENT = re.compile(r"(?i)border\s*:\s*(?:none|0)\b")
_SPACES = re.compile(r"[^\S\n]+")
_EMPTY_LINES = re.compile(r"\n(?:(?:> )?\n){2,}")


class _Lines:
    """Lines as they are put together; in a block that quotes, each begins with "> "."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._at_start = True
        self._open: list[tuple[str, bool]] = []
        self._count = {"div": 0, "blockquote": 0}
        self._quoting = 0

    def add(self, words: str) -> None:
        if self._at_start and words.strip():
            self._at_start = False
            if self._quoting:
                self._parts.append("> ")
        self._parts.append(words)

    def end(self) -> None:
        self._parts.append("\n")
        self._at_start = True

    def end_begun(self) -> None:
        """At a block's edge: what stands in the line is a line of its own."""
        if not self._at_start:
            self.end()

    def open(self, name: str, attributes: str) -> None:
        """A block begins; only those that may quote are kept account of."""
        if name in self._count:
            cites = name == "blockquote" and not _INDENT.search(attributes)
            quotes = cites or bool(_REPLY.search(attributes))
            self._open.append((name, quotes))
            self._count[name] += 1
            self._quoting += quotes

    def close(self, name: str) -> None:
        """A block ends, and with it those left open in it."""
        while self._count.get(name):
            closed, quotes = self._open.pop()
            self._count[closed] -= 1
            self._quoting -= quotes
            if closed == name:
                return

    def text(self) -> str:
        lines = "".join(self._parts).split("\n")
        joined = "\n".join(_SPACES.sub(" ", line).strip() for line in lines)
        return _EMPTY_LINES.sub("\n\n", joined).strip("\n")


def plain_texts(texts: pd.Series) -> tuple[pd.Series, int]:
    """Texts without markup, and how many had some; what stands for a picture or a voice is no text.

    Parameters
    ----------
    texts : Series of str
        May hold NaN.

    Returns
    -------
    (Series of str, int)
        NaN also where nothing but markup was.

    >>> plain_texts(pd.Series(["<Multimedia omitido>", "[图片]", "see [图片]"]))[0].tolist()
    [nan, nan, 'see [图片]']
    """
    short = texts[(texts.str.len() <= _LONGEST_PLACEHOLDER).fillna(False).astype("bool")]
    absent = short[short.map(without_marks).str.casefold().isin(_placeholders())]
    texts = texts.mask(texts.index.isin(absent.index))
    marked = texts.str.contains("[<&]", na=False)
    distinct = {text: plain_text(text) for text in texts[marked].unique()}
    plain = texts.where(~marked, texts.map(distinct)).astype(texts.dtype)
    changed = marked & (plain != texts)
    return plain.mask(changed & (plain == "")), int(changed.sum())


@cache
def _placeholders() -> frozenset[str]:
    text = files("inquiry_intent.sources").joinpath("placeholders.yaml").read_text(encoding="utf-8")
    return frozenset(word for words in yaml.safe_load(text) for word in words)


def plain_text(text: str) -> str:
    r"""One text without markup; a text that is no HTML only has its character references resolved.

    >>> plain_text("<p>Wir ben&ouml;tigen <b>200</b> St&uuml;ck.</p><blockquote>MOQ 500</blockquote>")
    'Wir benötigen 200 Stück.\n\n> MOQ 500'
    >>> plain_text("thickness <5 mm, width >3 mm & more")
    'thickness <5 mm, width >3 mm & more'
    """
    if not _IS_HTML.search(text):
        return _resolved(text)
    tags = [tag for tag in _TAG.finditer(text) if tag[2] is None or tag[2].lower() in _KNOWN]
    in_lines = any(tag[2] and (tag[2].lower() in _BLOCKS or tag[2].lower() == "br") for tag in tags)
    closes = _closing_tags(tags)
    lines = _Lines()
    position = 0

    def add(words: str) -> None:
        """Words of the text; where tags break the lines, its own line breaks are spaces."""
        for number, part in enumerate([words.replace("\n", " ")] if in_lines else words.split("\n")):
            if number:
                lines.end()
            lines.add(_resolved(part))

    for number, tag in enumerate(tags):
        if tag.start() < position:  # in a hidden part
            continue
        add(text[position : tag.start()])
        name, position = (tag[2] or "").lower(), tag.end()
        if number in closes:
            position = closes[number]
        elif name in _CELLS:
            lines.add(" ")
        elif name == "br":
            lines.end()
        elif name in _BLOCKS:
            lines.end_begun()
            if not tag[1]:
                lines.open(name, tag[3])
            elif name == "p":
                lines.end()
            else:
                lines.close(name)
    add(text[position:])
    return lines.text()


def _resolved(text: str) -> str:
    return _ENTITY.sub(lambda match: html.unescape(match[0]), text)


def _closing_tags(tags: list[re.Match[str]]) -> dict[int, int]:
    """Where each hidden part and comment ends, by the number of its first tag; one never closed hides nothing."""
    ends: dict[int, int] = {}
    following: dict[str, int] = {}
    for number, tag in reversed(list(enumerate(tags))):
        name = "<!--" if tag[4] else (tag[2] or "").lower()
        if tag[4] == "-->" or (name in _HIDDEN and tag[1]):
            following[name] = tag.end()
        elif name in following and (tag[4] or name in _HIDDEN):
            ends[number] = following[name]
    return ends
