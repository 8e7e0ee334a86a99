"""Shape, language and embeddings of the buyer's texts."""

import numpy as np
import pandas as pd
import pytest

from inquiry_intent.embedding import text_id
from inquiry_intent.errors import DataError
from inquiry_intent.features.build import build_features
from inquiry_intent.features.history import build_history
from inquiry_intent.features.text import text_shape
from inquiry_intent.signals.cleaning import clean_texts
from tests.feature_tables import CONFIG, at_hours, embedded, features, inquiry, make_tables, row, snapshots


def said(*texts: str | None, side: str = "inbound") -> list[dict]:
    """One message an hour."""
    return [
        {"message_id": f"m{i}", "inquiry_id": "a", "sent_at": i, "direction": side, "text": text}
        for i, text in enumerate(texts)
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Price for 500 pcs?",
            {"word_count": 4, "question_mark_count": 1, "digit_share": 3 / 15, "uppercase_share": 1 / 11},
        ),
        ("请问价格？", {"word_count": 4, "question_mark_count": 1, "digit_share": 0, "uppercase_share": None}),
        ("كم السعر؟", {"word_count": 2, "question_mark_count": 1, "character_count": 8}),
        ("¡Hola! Año 2026", {"word_count": 3, "exclamation_mark_count": 1}),
        ("one\n\n  \ntwo\r\nthree", {"line_count": 3, "word_count": 3}),
        ("see https://a.example/x?y and www.b.example", {"link_count": 2}),
        ("http://www.a.example", {"link_count": 1}),
        ("", {"word_count": 0, "character_count": 0, "digit_share": None, "line_count": 0}),
    ],
)
def test_the_shape_of_a_text(text, expected):
    got = text_shape(pd.Series([text])).iloc[0]
    for name, value in expected.items():
        assert pd.isna(got[name]) if value is None else got[name] == pytest.approx(value), name


def test_a_missing_text_has_no_shape():
    assert text_shape(pd.Series([None], dtype="str")).isna().all(axis=None)


def test_first_last_mean_and_total_are_over_the_known_inbound_texts():
    ours = {
        "message_id": "out",
        "inquiry_id": "a",
        "sent_at": 1,
        "direction": "outbound",
        "text": "we say a lot of words",
    }
    tables = make_tables(messages=[*said("one two three four", "five?", None, "six seven"), ours])
    names = ["first_text_word_count", "last_text_word_count", "mean_text_word_count", "total_text_word_count"]
    got = at_hours(tables, 0, 2, 3)
    assert got[names].to_numpy().tolist() == [[4, 4, 4, 4], [4, 1, 2.5, 5], [4, 2, pytest.approx(7 / 3), 7]]
    assert got["total_text_question_mark_count"].tolist() == [0, 1, 1]
    assert got["text_trend_log_words"].iloc[1] == pytest.approx(np.log(2) - np.log(5))


def test_without_a_text_there_is_no_shape_no_language_and_no_embedding():
    got = row(make_tables(messages=said(None, "  ")), 5)
    names = [name for name in got.index if "_text_" in name or name.startswith("emb_")]
    assert len(names) == 29 + 6
    assert got[[*names, "language"]].isna().all()


def test_the_subject_has_a_shape():
    got = row(make_tables([inquiry(subject="RFQ 500 PCS!!")]), 0)
    assert got["subject_word_count"] == 3
    assert got["subject_exclamation_mark_count"] == 2
    assert got["subject_uppercase_share"] == 1
    assert pd.isna(row(make_tables(), 0)["subject_word_count"])


def test_the_language_is_that_of_the_last_text_that_shows_one():
    messages = said("hello", "请问价格", "500")
    tables = make_tables(messages=messages)
    texts = embedded(tables)
    texts.loc[text_id(pd.Series(["500"])), "language"] = np.nan
    keys = snapshots(("a", 0), ("a", 1), ("a", 2))
    got = build_features(tables, keys, texts, build_history(tables), CONFIG)["language"]
    assert got.tolist() == ["en", "zh", "zh"]
    assert got.dtype == "str"


def test_embeddings_are_the_mean_and_the_last_of_the_known_texts():
    messages = said("one", "two", "one")
    tables = make_tables(messages=messages)
    texts = embedded(tables)
    one, two = (
        texts.loc[text_id(pd.Series([word])).item(), ["emb_000", "emb_001", "emb_002"]] for word in ("one", "two")
    )
    got = features(tables, snapshots(("a", 0), ("a", 1), ("a", 2)))
    assert (got.filter(like="emb_").dtypes == np.float32).all()
    means, lasts = got.filter(like="emb_mean_").to_numpy(), got.filter(like="emb_last_").to_numpy()
    np.testing.assert_allclose(means, np.array([one, (one + two) / 2, (2 * one + two) / 3], dtype=float), rtol=1e-6)
    np.testing.assert_array_equal(lasts, np.array([one, two, one], dtype=np.float32))


def test_a_text_that_was_not_embedded_is_named():
    tables = make_tables(messages=said("one", "two"))
    texts = embedded(tables).drop(text_id(pd.Series(["two"])))
    with pytest.raises(DataError, match="1 text of the messages without a row"):
        build_features(tables, snapshots(("a", 5)), texts, build_history(tables), CONFIG)
    build_features(tables, snapshots(("a", 0)), texts, build_history(tables), CONFIG)


def test_without_embeddings_there_are_no_embedding_columns():
    tables = make_tables(messages=said("one"))
    got = build_features(tables, snapshots(("a", 0)), embedded(tables)[["language"]], build_history(tables), CONFIG)
    assert list(got.filter(like="emb_")) == []


def test_quoted_history_and_signatures_are_not_the_buyers_words():
    alone = "Price for 500 pcs?"
    mail = alone + "\n\nBest regards\nAna Silva\n\nOn 3 March 2026 at 10:00, Li wrote:\n> MOQ is 1000!\n> Thanks?"
    plain, quoted = (row(make_tables(messages=said(text)), 1) for text in (alone, mail))
    shape = [name for name in plain.index if "_text_" in name] + ["buyer_text"]
    assert plain[shape].equals(quoted[shape])


@pytest.mark.parametrize(
    ("text", "name", "left"),
    [
        ("We need 200 valves.\nMária  KOVÁCS\nTel: 1", "Mária Kovács", ["We", "need", "200", "valves.", "Tel:", "1"]),
        ("请报价。\n我是欧阳明", "欧阳明", ["请报价。", "我是"]),
        ("نحتاج السعر\nسامي حداد", "سامي حداد", ["نحتاج", "السعر"]),
        ("Pricelist, please", "Price", ["Pricelist,", "please"]),
        ("No name here", None, ["No", "name", "here"]),
    ],
)
def test_the_words_model_never_sees_the_senders_own_name(text, name, left):
    [message] = said(text)
    got = row(make_tables(messages=[message | {"sender_name": name}]), 1)
    assert got["buyer_text"].split() == left


def test_the_line_that_outlook_draws_above_quoted_mail_is_nobodys_words():
    mail = "Price for 500 pcs?\n\n" + "_" * 32 + "\nFrom: Li\nSent: Monday, 2 March 2026 10:00\nTo: Ana\n\nMOQ is 1000"
    assert clean_texts(pd.Series([mail])).loc[0, "own_words"] == "Price for 500 pcs?"


@pytest.mark.parametrize(
    "header",
    [
        "On Mon, 2 Mar 2026 at 10:00, Li <li@x.cn> wrote:",
        "在 2026年3月2日，Li <li@x.cn> 写道：",
        "El lun, 2 mar 2026 a las 10:00, Li (<li@x.cn>) escribió:",
        "Em seg., 2 de mar. de 2026 às 10:00, Li <li@x.cn>\nescreveu:",
        "Le lun. 2 mars 2026 à 10:00, Li <li@x.cn> a écrit :",
        "Am Mo., 2. März 2026 um 10:00 Uhr schrieb Li <li@x.cn>:",
        "02.03.2026 10:00, Li пишет:",
        "في الإثنين، 2 مارس 2026 في 10:00 ص كتبت Li <li@x.cn>:",
    ],
)
def test_below_a_reply_header_a_line_that_begins_with_a_digit_is_quoted_too(header):
    mail = f"900, please?\n\n{header}\n\n> 500 at 0.20\nAnd samples?\n> 300 at 0.30"
    assert clean_texts(pd.Series([mail])).loc[0, "own_words"] == "900, please?\nAnd samples?"


@pytest.mark.parametrize(
    ("mail", "own"),
    [
        ("900?\n\n发件人: 李 <li@x.cn>\n发送时间: 2026年3月2日 10:00\n样品免费", "900?"),
        ("900?\n\nVon: li@x.cn\nGesendet: Montag, 2. März 2026 10:00\nMuster gratis", "900?"),
        ("900?\n\nDe: li@x.cn\nPara: ana@y.pe\nAsunto: muestras\nMuestras gratis", "900?"),
        ("900?\n\nFrom: Egypt\nDate: May\n> 500 pcs", "900?\nFrom: Egypt\nDate: May\n> 500 pcs"),  # words of a form
        ("> 500 pcs, which price?\nAna", "> 500 pcs, which price?\nAna"),
        (
            "From: ana@y.pe\nTo: us@x.cn\nSubject: bags\n900 bags?\n> 500 bags?",
            "900 bags?\n> 500 bags?",
        ),  # a mail as it was exported
    ],
)
def test_labels_introduce_history_where_they_tell_the_senders_address_and_when(mail, own):
    assert clean_texts(pd.Series([mail])).loc[0, "own_words"] == own


@pytest.mark.parametrize(
    "lead",
    [
        "Web form:\nFrom: Ana <ana@y.pe>\nSubject: bags\nMessage:\n900 bags?",
        "New lead\nFrom: ana@y.pe\nTo: us@x.cn\n900 bags?",
        "网站询盘\n发件人: ana@y.pe\n主题: 袋子\n要900个袋子",
        "Anfrage\nVon: ana@y.pe\nBetreff: Säcke\n900 Säcke?",
        "Lead\nFrom: ana@y.pe\nDate: 02.03.2026\n900 bags?",
    ],
)
def test_what_a_form_of_a_website_sends_is_no_history(lead):
    assert clean_texts(pd.Series([lead])).loc[0, "own_words"] == lead
