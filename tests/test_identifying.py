"""Names and words by which a person knows an inquiry again: as known at the snapshot, and for people only."""

import pandas as pd
import pytest

from inquiry_intent.cli.line import write_result_tables
from inquiry_intent.identifying import SHOWN, identities
from inquiry_intent.scoring import features_of
from tests.feature_tables import CONFIG, at, embedded, inquiry, make_tables, snapshots, thread, timeless


def tables():
    first, answer, second = thread(("in", 0), ("out", 2), ("in", 30))
    return make_tables(
        inquiries=[inquiry(subject="Tiles for Mombasa")],
        messages=[
            {**first, "text": "We need  500 m2\nof tiles.", "sender_name": "Amina Otieno"},
            {**answer, "text": "Our price is 7 USD.", "sender_name": "Li Wei"},
            {**second, "text": "Please send a sample.\n\nOn 2 March 2026 at 10:00, Li wrote:\n> Our price is 7 USD."},
        ],
        clients=[
            {"client_id": "client", "known_at": 0, "company": "Otieno Stores"},
            {"client_id": "client", "known_at": 40, "company": "Otieno Building Ltd"},
        ],
    )


def test_a_list_shows_only_what_was_known_at_the_snapshot():
    early, late = identities(tables(), snapshots(("a", 1), ("a", 50))).to_dict("records")
    assert early == {
        "company": "Otieno Stores",
        "contact": "Amina Otieno",
        "subject": "Tiles for Mombasa",
        "last_words": "We need 500 m2 of tiles.",
    }
    assert late["company"] == "Otieno Building Ltd"
    assert late["contact"] == "Amina Otieno", "the last buyer's message that has a name"
    assert late["last_words"] == "Please send a sample.", "no quoted history"


@pytest.mark.parametrize(("length", "shown"), [(SHOWN, "x" * SHOWN), (SHOWN + 1, "x" * (SHOWN - 1) + "…")])
def test_long_words_are_cut(length, shown):
    made = make_tables([inquiry()], [{**m, "text": "x" * length} for m in thread(("in", 0))])
    assert identities(made, snapshots(("a", 1)))["last_words"].tolist() == [shown]


@pytest.mark.parametrize(
    ("said", "name", "signature"),
    [
        ("The plan for spring is open.", "Ida Holm", ["Ida Holm", "Merchandiser", "Tel: +45 22 33 44 55"]),
        ("El plan está abierto.", "Javier Núñez", ["Javier Núñez", "Socio Fundador", "+34 810 12 71 11"]),
        ("O pedido segue.", "João Melo", ["JOÃO MELO", "Comprador", "joao@firma.example"]),
        ("La commande suit.", "Zoé Petit", ["Zoé Petit,", "Acheteuse", "Petit SARL"]),
        ("Die Menge steht fest.", "Uwe Groß", ["- Uwe Groß", "Einkauf", "Groß GmbH", "www.gross.example"]),
        ("Ждём образец.", "Иван Орлов", ["Иван Орлов", "Закупки", "тел.: +7 495 123-45-67"]),
        ("ننتظر العينة.", "ليلى حسن", ["ليلى حسن", "مدير المشتريات", "هاتف: 9665550001"]),
        ("请寄样品。", "陈丽", ["陈丽", "采购经理", "电话:13800001111"]),
        ("Ship it.", "Bo Li", ["Bo Li"]),
    ],
)
def test_a_signature_below_the_senders_own_name_is_no_part_of_the_last_words(said, name, signature):
    text = "\n".join([said, *signature])
    made = make_tables([inquiry()], [{**m, "text": text, "sender_name": name} for m in thread(("in", 0))])
    assert identities(made, snapshots(("a", 1)))["last_words"].tolist() == [said]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Please send it to\nIda Holm\nShe will collect all of the boxes next week.", "Ida Holm"),
        ("The boxes are for\nIda Holm\n40 red ones\n20 blue ones", "Ida Holm"),
        ("Price wanted for\nHolm Ltd\n750 hinges\nPurchasing Manager", "Holm Ltd"),
        ("Angebot an\nHolm GmbH\nScharniere, 750 Stück\nEinkauf\nHolm Group", "Holm GmbH"),
        ("报价给\n陈丽\n750个\n采购经理", "陈丽"),
        ("Ida Holm\nTel: +45 22 33 44 55", "Ida Holm"),
        ("We pay 30% first.\nMerchandiser", None),
        ("We pay 30% first.\nMerchandiser", " "),
        ("Ida Holm wants a price.\nSend it.", "Ida Holm"),
    ],
)
def test_words_that_are_no_signature_stay(text, name):
    made = make_tables([inquiry()], [{**m, "text": text, "sender_name": name} for m in thread(("in", 0))])
    assert identities(made, snapshots(("a", 1)))["last_words"].tolist() == [text.replace("\n", " ")]


def test_what_an_export_does_not_say_is_missing():
    found = identities(make_tables(inquiries=[inquiry(client_id="c1")], messages=[]), snapshots(("a", 1)))
    assert found.isna().all(axis=None)
    assert found.dtypes.eq("str").all()


def test_an_export_without_times_is_known_as_a_whole():
    keys = pd.DataFrame({"inquiry_id": ["a"], "as_of": pd.Series([pd.NaT], dtype="datetime64[us, UTC]")})
    assert identities(timeless(tables()), keys)["subject"].tolist() == ["Tiles for Mombasa"]


def test_no_name_reaches_the_model():
    made = tables()
    table = features_of(made, snapshots(("a", 50)), embedded(made), CONFIG)
    held = table.select_dtypes("str").stack().astype("str")
    assert not held.str.contains("Otieno|Amina", regex=True).any()
    assert at(50) in table.index.get_level_values("as_of")


def test_a_workbook_leaves_out_names_that_the_export_does_not_have(tmp_path):
    table = pd.DataFrame({"inquiry_id": ["a"], "company": [None], "subject": ["=Tiles"]}, dtype="str")
    write_result_tables(table, table.iloc[:0], "scores", tmp_path / "x.xlsx")
    read = pd.read_excel(tmp_path / "x.xlsx", engine="calamine")
    assert read.to_dict("records") == [{"Inquiry": "a", "Subject": "=Tiles"}]
    write_result_tables(table, table.iloc[:0], "scores", tmp_path / "x.csv")
    assert "company" in pd.read_csv(tmp_path / "x.csv"), "what a program reads keeps its columns"


@pytest.mark.parametrize(
    ("client", "company"),
    [
        ("Nordic Tools 7 GmbH", "Nordic Tools 7 GmbH"),
        ("宁波远航", "宁波远航"),
        ("Acme", "Acme"),
        ("C-1042", None),
        ("1042", None),
        ("res_partner_17", None),
        ("li@firm.example", None),
    ],
)
def test_a_client_whose_id_is_a_name_is_shown_by_it_where_no_company_is_known(client, company):
    made = make_tables(inquiries=[inquiry(client_id=client)], messages=[])
    assert identities(made, snapshots(("a", 1)))["company"].dropna().tolist() == [company] * (company is not None)
