"""What of a message its sender wrote now: quoted history, legal text and signature are blanked, positions stay.

Everything works line by line with bounded patterns, so no text can make it slow, and it errs towards keeping: a list
that begins with dashes, thanks in the middle of a mail or a reply below the quotation stay live.
"""

from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from inquiry_intent.config import read_yaml
from inquiry_intent.signals.folding import fold_plain
from inquiry_intent.signals.patterns import compiled, rewrite

CUES = Path(__file__).parent / "mail.yaml"

_LIVE, _QUOTED, _SIGNED = "live", "quoted", "signed"
#: Nothing that closes or introduces a mail is longer than this, in characters.
_LONGEST_CUE = 400
_LONGEST_CLOSE = 60
#: A signature has no more lines than this.
_LONGEST_SIGNATURE = 15
#: Labels of an Outlook block stand within this many lines.
_LABEL_LINES = 6
_SHORTEST_RULE = 8
#: A line of so many words is a sentence and no part of a signature.
_SENTENCE_WORDS = 15


class Cleaned(NamedTuple):
    """One text without what its sender did not write now."""

    live: str
    signature: str


def clean_texts(texts: pd.Series) -> pd.DataFrame:
    r"""Blank quoted history, legal text and signatures.

    Parameters
    ----------
    texts : Series of str
        May hold NaN.

    Returns
    -------
    DataFrame of shape (n_texts, 3), with the index of `texts`; NaN where the text is
        live_text : what the sender wrote now, as long as the text, with line breaks in the place of all else, so that
        positions in it are positions in the text; never without words where the sender's own part has some.
        signature : only the signature, as long as the text; "" if there is none.
        own_words : the filled lines of live_text, stripped; the whole text where it is quoted from end to end.

    Examples
    --------
    >>> texts = pd.Series(["500 pcs?\n\nBest regards\nAna\n\nOn 3 March 2026 at 10:00, Li wrote:\n> MOQ is 1000"])
    >>> cleaned = clean_texts(texts)
    >>> cleaned.loc[0, "live_text"].strip(), cleaned.loc[0, "signature"].split()
    ('500 pcs?', ['Best', 'regards', 'Ana'])
    """
    distinct = {text: clean_text(text) for text in texts.dropna().unique()}
    parts = {
        "live_text": {t: c.live for t, c in distinct.items()},
        "signature": {t: c.signature for t, c in distinct.items()},
        "own_words": {t: _filled_lines(c.live) or t.strip() for t, c in distinct.items()},
    }
    return pd.DataFrame({name: texts.map(part).astype("str") for name, part in parts.items()}, index=texts.index)


def without_name(words: str, name: str) -> str:
    r"""What someone wrote without a signature that begins with their own name, as the export has it.

    Parameters
    ----------
    words : str
        Filled lines, as `clean_texts` returns them (own_words).

    Examples
    --------
    >>> without_name("Please ship soon.\nAna Silva\nBuyer\nTel: +55 11 99999-9999", "ana silva")
    'Please ship soon.'
    >>> without_name("Please write to\nAna Silva\nShe decides on all orders of this year.", "Ana Silva")
    'Please write to\nAna Silva\nShe decides on all orders of this year.'
    """
    lines = words.split("\n")
    own = fold_plain(name).strip()
    folded = [fold_plain(line).strip(" \t\r|,*-") for line in lines[-_LONGEST_SIGNATURE - 1 :]]
    places = [place for place, line in enumerate(folded) if line == own]
    if not own or not places:
        return words
    below = folded[places[-1] + 1 :]
    # One line may be a place or a department; but numbers that are no address or telephone may be amounts.
    if any(_is_sentence(line) for line in below) or _about_sender(below) < len(below) - 1:
        return words
    if any(any(c.isdigit() for c in line) and not _about_sender([line]) for line in below):
        return words
    return "\n".join(lines[: len(lines) - len(folded) + places[-1]]).strip() or words


def _filled_lines(text: str) -> str:
    return "\n".join(line for line in map(str.strip, text.split("\n")) if line)


def clean_text(text: str) -> Cleaned:
    """Blank what the sender of one text did not write now; see `clean_texts`."""
    if "\n" not in text and not _cues()["inline"].search(fold_plain(text[: 1 << 20]).encode()):
        return Cleaned(text, "")
    lines = _lines(text)
    kinds = _quoted(lines)
    _sign(lines, kinds)
    if not _has_words(lines, kinds, _LIVE):
        kinds = [_LIVE if kind == _SIGNED else kind for kind in kinds]
    return Cleaned(_keep(text, lines, kinds, _LIVE), _keep(text, lines, kinds, _SIGNED) if _SIGNED in kinds else "")


def sender_details(signature: str) -> dict[str, str | None]:
    r"""What a signature says about its sender.

    Returns
    -------
    dict
        title, company, phone, email and site: the first line (title, company) or word (the others) that looks like
        one, as written; None where there is none. They are hints: nothing is validated here.

    Examples
    --------
    >>> sender_details("Regards\nAna Silva\nPurchasing Manager\nLuz Ltda\nTel: +55 11 99999-9999")
    {'title': 'Purchasing Manager', 'company': 'Luz Ltda', 'phone': '+55 11 99999-9999', 'email': None, 'site': None}
    """
    cues = _cues()
    lines = [line.strip(" \t\r|,*") for line in signature.split("\n") if line.strip()]
    short = [line for line in lines if len(line) <= _LONGEST_CLOSE]
    found: dict[str, str | None] = {
        "title": _first_line(cues["title"], short),
        "company": _first_line(cues["company"], short),
    }
    words = [word.strip("<>()[],;|") for line in lines for word in line.split()]
    phones = (cues["phone"].search(line.encode()) for line in lines if len(line) <= _LONGEST_CUE)
    found["phone"] = next((match.group().decode().strip() for match in phones if match), None)
    found["email"] = next((word.split(":")[-1] for word in words if "@" in word and "." in word.split("@")[-1]), None)
    sites = (word for word in words if word.lower().startswith(("www.", "http://", "https://")))
    found["site"] = next(sites, None)
    return found


def _first_line(cue: Any, lines: list[str]) -> str | None:
    return next((line for line in lines if cue.search(f" {fold_plain(line)} ".encode())), None)


class _Line(NamedTuple):
    start: int
    end: int
    folded: str


def _lines(text: str) -> list[_Line]:
    """The text's lines; a reply header that some export has glued into a line becomes one of its own."""
    lines, start = [], 0
    for raw in text.split("\n"):
        folded = fold_plain(raw)
        cuts = [0, *(_inline_header(folded) if len(folded) == len(raw) else []), len(raw)]
        if len(cuts) == 2:
            lines.append(_Line(start, start + len(raw), folded))
        else:
            lines += [_Line(start + first, start + last, folded[first:last]) for first, last in pairwise(cuts)]
        start += len(raw) + 1
    return lines


def _inline_header(folded: str) -> list[int]:
    """Where a reply header inside a line begins and ends; empty if there is none."""
    if len(folded) < 20 or (match := _cues()["inline"].search(folded.encode())) is None:
        return []
    start, end = (len(folded.encode()[:position].decode()) for position in match.span())
    # "On Thursday, 8 January, on 10:12 …": some programs write the word that begins a header before the time again.
    return [0 if _matches("begun", folded[:start]) else start, end]


def _quoted(lines: list[_Line]) -> list[str]:
    """Tell quoted lines and legal text from the sender's own."""
    kinds = [_LIVE] * len(lines)
    i = looked_at = 0
    # Whether the sender's own words stand before line i, and whether a header with a ">" behind it does.
    written = below_header = False
    while i < len(lines):
        if not lines[i].folded or lines[i].folded.isspace():
            i += 1
            continue
        length = _header_length(lines, i)
        if length:
            written = written or _has_words(lines[looked_at:i], kinds[looked_at:i], _LIVE)
            looked_at = i
            kinds[i : i + length] = [_QUOTED] * length
            i += length
            marked = _next_is_marked(lines, i)
            below_header = below_header or marked
            if not marked and (written or length == 1):
                kinds[i:] = [_QUOTED] * (len(lines) - i)
                break
            continue
        if _is_marked(lines, i, below_header) or _is_rule(lines[i].folded.strip()):
            kinds[i] = _QUOTED
        elif _matches("disclaimer", lines[i].folded):
            while i < len(lines) and lines[i].folded.strip():
                kinds[i] = _QUOTED
                i += 1
            continue
        i += 1
    return kinds


def _header_length(lines: list[_Line], i: int) -> int:
    """How many lines from `i` on introduce quoted history: "On … wrote:", "--- Original Message ---", From/Sent/To."""
    line = lines[i].folded.strip(" \t\r>*_")
    if not line or len(line) > _LONGEST_CUE:
        return 0
    if _is_reply_header(line):
        return 1
    following = lines[i + 1].folded.strip(" \t\r>*_") if i + 1 < len(lines) else ""
    wrapped = following.endswith(":") and not _is_reply_header(following)
    if wrapped and len(line) + len(following) <= _LONGEST_CUE and _is_reply_header(f"{line} {following}"):
        return 2
    if not _matches("introduces", line):
        return 0
    return 1 if _matches("original", line) else _block_length(lines, i)


def _is_reply_header(line: str) -> bool:
    return line.endswith(":") and (_matches("wrote", line) or _matches("address", line))


def _block_length(lines: list[_Line], i: int) -> int:
    """Lines of a From/Sent/To/Subject block; 0 unless it has the sender and other labels close together.

    One other label is enough where the sender is an address and the label tells when it was sent, to the minute: the
    forms of websites begin with "From: ana@y.pe, Subject: bags", too, and the buyer's words follow.
    """
    senders, others, addressed, timed, last = 0, 0, False, False, i
    for j in range(i, min(i + _LABEL_LINES, len(lines))):
        line = lines[j].folded.lstrip(" \t>*")
        if _matches("label_from", line):
            senders, last = senders + 1, j
            addressed = addressed or _matches("mailbox", line)
        elif _matches("label_other", line) or _matches("label_sent", line):
            others, last = others + 1, j
            timed = timed or (_matches("label_sent", line) and _matches("clock", line))
    return last - i + 1 if senders and others >= (1 if addressed and timed else 2) else 0


def _is_marked(lines: list[_Line], i: int, below_header: bool) -> bool:
    """Whether a line is marked as quoted: ">" before it.

    Not a lone "> 500 pcs" where no reply header announces a quotation: it means more than 500.
    """
    line = lines[i].folded.lstrip()
    if not line.startswith(">") or below_header:
        return line.startswith(">")
    neighbours = [lines[j].folded.lstrip().startswith(">") for j in (i - 1, i + 1) if 0 <= j < len(lines)]
    return any(neighbours) or not line[1:].lstrip(" >=")[:1].isdigit()


def _is_rule(line: str) -> bool:
    """Whether a line is drawn, as mail programs do above what they quote."""
    return len(line) >= _SHORTEST_RULE and set(line) <= set("_-=*")


def _next_is_marked(lines: list[_Line], i: int) -> bool:
    following = (lines[j].folded.strip() for j in range(i, len(lines)))
    return next(filter(None, following), "").startswith(">")


def _sign(lines: list[_Line], kinds: list[str]) -> None:
    """Mark signatures in each stretch of live lines."""
    for start, stop in _stretches(lines, kinds):
        i = start
        while i < stop:
            end = i + 1
            if _closes(lines[i].folded) and (i > start or lines[i].folded.startswith("--")):
                end = _signature_end(lines, i + 1, stop)
                kinds[i:end] = [_SIGNED] * (end - i)
            i = end
        _sign_contacts(lines, kinds, start, stop)


def _stretches(lines: list[_Line], kinds: list[str]) -> Iterator[tuple[int, int]]:
    """Runs of live lines, from their first to behind their last line that is not blank."""
    i = 0
    while i < len(lines):
        if kinds[i] != _LIVE or not lines[i].folded.strip():
            i += 1
            continue
        stop = i
        while stop < len(lines) and kinds[stop] == _LIVE:
            stop += 1
        yield i, stop
        i = stop


def _closes(folded: str) -> bool:
    """Whether a line closes a mail: "--", "Best regards, Ana", thanks alone on their line, "Sent from my phone"."""
    line = folded.strip(" \t\r*_")
    if folded.strip() in ("--", "---", "__", "___"):
        return True
    return 0 < len(line) <= _LONGEST_CLOSE and _matches("closes", line)


def _signature_end(lines: list[_Line], start: int, stop: int) -> int:
    """Behind the last line of a signature that began before `start`: up to a sentence, or too many lines."""
    count = 0
    for i in range(start, stop):
        line = lines[i].folded.strip()
        count += bool(line)
        if _is_sentence(line):
            return i
        if count > _LONGEST_SIGNATURE:
            return start
    return stop


def _is_sentence(line: str) -> bool:
    """Whether a line says something, as names, titles and addresses do not."""
    if line.startswith(("p.s", "ps:", "ps.", "p/s", "n.b", "附:", "另:", "另外")):
        return True
    if "@" in line or "www." in line or "://" in line:
        return False
    if "?" in line:
        return True
    words = len(line.split())
    han = sum("\u4e00" <= c <= "\u9fff" for c in line[:_LONGEST_CUE])
    return words >= _SENTENCE_WORDS or (words >= 6 and line.endswith((".", "!"))) or (han >= 12 and "." in line)


def _sign_contacts(lines: list[_Line], kinds: list[str], start: int, stop: int) -> None:
    """Mark a last paragraph of name and contact lines that no close introduces."""
    while stop > start and (kinds[stop - 1] != _LIVE or not lines[stop - 1].folded.strip()):
        if kinds[stop - 1] != _LIVE:
            return
        stop -= 1
    first = stop
    while first > start and lines[first - 1].folded.strip() and kinds[first - 1] == _LIVE:
        first -= 1
    block = [line.folded.strip() for line in lines[first:stop]]
    if first == start or not 2 <= len(block) <= _LONGEST_SIGNATURE or any(c.isdigit() for c in block[0]):
        return
    if any(_is_sentence(line) for line in block) or not any(_matches("contact", line) for line in block):
        return
    if 2 * _about_sender(block) < len(block):
        return
    kinds[first:stop] = [_SIGNED] * (stop - first)


def _about_sender(lines: list[str]) -> int:
    """How many of some lines hold what signatures do."""
    return sum(any(_matches(cue, line) for cue in ("contact", "company", "title")) for line in lines)


def _has_words(lines: list[_Line], kinds: list[str], kind: str) -> bool:
    return any(k == kind and any(c.isalnum() for c in line.folded) for line, k in zip(lines, kinds, strict=True))


def _keep(text: str, lines: list[_Line], kinds: list[str], kind: str) -> str:
    """The text with line breaks in the place of all lines that are not of `kind`."""
    pieces, position = [], 0
    for line, k in zip(lines, kinds, strict=True):
        pieces.append(text[position : line.start])
        pieces.append(text[line.start : line.end] if k == kind else "\n" * (line.end - line.start))
        position = line.end
    return "".join([*pieces, text[position:]])


def _matches(cue: str, folded: str) -> bool:
    return len(folded) <= _LONGEST_CUE * 5 and _cues()[cue].search(f"{folded}\n".encode()) is not None


@cache
def _cues() -> dict[str, Any]:
    """The cues of mail.yaml, each kind as one expression over all languages."""
    given = read_yaml(CUES, "the mail cues of the package")

    def either(kind: str) -> str:
        texts = [rewrite(p, "en" if lang == "all" else lang) for lang, ps in given[kind].items() for p in ps]
        return "(?:" + "|".join(texts) + ")"

    name = r"(?:[ ,.!;-]+[^\s,.!?0-9]+(?:[ .]+[^\s,.!?0-9]+){0,3})?[ ,.!;~-]*\n"
    time, address = r"[0-9]{1,2}[:.h][0-9]{2}", r"[<\[(][^<>@]{1,80}@[^<>]{1,80}[>\])]"
    date = r"(?:20[0-9]{2}|[0-9]{1,2}[:./-][0-9]{1,2}|[0-9]{1,2}[. ]+\S{3,})"
    wrote, begins, original = either("wrote"), either("wrote_begins"), either("original")
    ruled = rf"[-_=*]{{2,}} *{original} *[-_=*]{{2,}}"
    labels = {kind: f"^{either(kind)}\\*? ?:" for kind in ("label_from", "label_other", "label_sent")}
    alone = f"^[-_=* ]*{original}[-_=* :]*\\n|{ruled}"
    expressions = {
        "wrote": f"(?:^{begins}[ ,:].*{date}.*{wrote}|^.{{0,100}}20[0-9]{{2}}.*{wrote}).*:\\n",
        "begun": f"^{begins}[ ,:].{{0,40}}{date}[ ,]*\\n",
        "address": f"(?:{time}.*{address}|{address}.*{time})",
        "clock": "[0-9]{1,2} ?[:h时時点點] ?[0-9]{2}",
        "mailbox": r"[^\s@]{1,80}@[^\s@]{1,80}\.",
        "inline": rf"[ \t]{begins} [^\n]{{0,80}}{time}[^\n]{{0,120}}{wrote}[^\n:]{{0,60}}:|{ruled}",
        "original": alone,
        **labels,
        "introduces": "|".join([alone, *labels.values()]),
        "closes": rf"^(?:{either('regards')}{name}|{either('thanks')}[ ,.!;~-]*\n|{either('sent_from')})",
        **{kind: either(kind) for kind in ("disclaimer", "contact", "company", "title")},
        "phone": r"\+?\(?\d[\d ().-]{6,}\d",
    }
    return {cue: compiled(expression) for cue, expression in expressions.items()}
