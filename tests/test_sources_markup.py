"""HTML mails as plain text."""

import pandas as pd
import pytest
from click.testing import CliRunner

from inquiry_intent.cli import cli
from inquiry_intent.signals.cleaning import clean_text
from inquiry_intent.sources.markup import plain_text, plain_texts


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Please send <b>sam</b>ples.", "Please send samples."),
        ("<style>td{width:500px}</style><div>Hi</div><div>500 pcs</div>", "Hi\n500 pcs"),
        ("one<br>two<br/><br>three", "one\ntwo\n\nthree"),
        ("<table><tr><td>Qty</td><td>500</td></tr><tr><td>FOB</td></tr></table>", "Qty 500\nFOB"),
        ("<p>Wir ben&ouml;tigen&nbsp;&#50;00</p>", "Wir benötigen 200"),
        ("<p>&lt;b&gt; is a tag</p>", "<b> is a tag"),
        ("first line\nsend <i>it</i>\n\nAnna <anna@x.de>", "first line\nsend it\n\nAnna <anna@x.de>"),
        ("<p>wrapped in\nthe source</p>", "wrapped in the source"),
        ("<p>a</p><!-- hidden <p>b</p> --><p>c</p>", "a\n\nc"),
        ("<p>never closed: <style>b</p>", "never closed: b"),
        ("<blockquote style='border:none'>moved to the right</blockquote>", "moved to the right"),
        ("width <b and height> c", "width <b and height> c"),
        ("AT&T, R&D & more; 5 < 6 > 4", "AT&T, R&D & more; 5 < 6 > 4"),
    ],
)
def test_it_reads_what_a_reader_sees(written, read):
    assert plain_text(written) == read


@pytest.mark.parametrize(
    "quoted",
    [
        "<blockquote>MOQ is 500<div>we ship</div></blockquote>",
        '<div class="x gmail_quote"><div>On Monday Li wrote:</div>MOQ is <div>500</div></div>',
    ],
)
def test_what_is_replied_to_counts_as_history(quoted):
    read = plain_text(f"<div>Send a sample.</div>{quoted}<div>And soon.</div>")
    live = clean_text(read).live.split()
    assert live == ["Send", "a", "sample.", "And", "soon."]


def test_plain_texts_stay_and_the_others_are_counted():
    texts = pd.Series(["500 pcs", "<p>500 pcs</p>", None, "<p></p>", "a & b"], dtype="str")
    plain, marked = plain_texts(texts)
    assert plain.fillna("–").tolist() == ["500 pcs", "500 pcs", "–", "–", "a & b"]
    assert marked == 2


@pytest.mark.parametrize(
    "part", ["<div>x", "a<b>", "x<td>", "a&amp;", "<!--", "<a ", "<style>", "<blockquote>", "</div>", "<", "&#9999999"]
)
def test_no_text_makes_it_slow(part):
    """Each of these would keep a reader busy for hours that goes back, or copies a line for each of its tags."""
    text = part * (1_000_000 // len(part)) + "</b>"
    assert len(plain_text(text)) <= len(text)


def test_messages_of_a_file_are_read_without_tags(tmp_path):
    source, output = tmp_path / "mails.csv", tmp_path / "hits.csv"
    source.write_text("message_id,text\na,<p>Could you send us a <b>sample</b> first?</p>\n")
    result = CliRunner().invoke(cli, ["signals", str(source), "--no-meaning", "-o", str(output)])
    assert result.exit_code == 0, result.output
    assert "1 text with HTML" in result.stderr
    hits = pd.read_csv(output)
    assert "asks_sample" in set(hits["signal"])
    assert not hits["evidence"].str.contains("<").any()


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        *((text, False) for text in (
            "<Media omitted>", "\u200eimage omitted", "<Multimedia omitido>", "<Mídia oculta>", "<Médias omis>",
            "Bild weggelassen",
            "<Без медиафайлов>", "<تم استبعاد الوسائط>", "[图片]", "<省略多媒体文件>",
        )),
        *((text, True) for text in ("is the image omitted from the PDF?", "ok", "见 [图片] 里的阀门")),
    ],
)  # fmt: skip
def test_what_stands_for_a_picture_is_no_text(text, kept):
    texts, marked = plain_texts(pd.Series([text, None], dtype="str"))
    assert texts.notna().tolist() == [kept, False]
    assert marked == 0
