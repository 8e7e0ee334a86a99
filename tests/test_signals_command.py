"""The command `signals`, as a user runs it."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from inquiry_intent.classifying import tables_of_texts
from inquiry_intent.cli import cli
from inquiry_intent.errors import TableError
from inquiry_intent.signals.catalogue import shipped_catalogue
from inquiry_intent.signals.check import check_examples
from inquiry_intent.signals.finding import find_signals
from inquiry_intent.sources.texts import buyers_texts, read_texts
from inquiry_intent.storage import write_tables

MAILS = [
    {"message_id": "a", "text": "Could you send us a sample first?", "language": "en"},
    {"message_id": "b", "text": "Grüße aus Graz", "language": "de"},
    {"message_id": "c", "text": "请寄样品。", "language": None},
]


def run(*arguments: object):
    return CliRunner().invoke(cli, ["signals", *map(str, arguments)])


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_each_hit_is_a_row_and_every_message_is_accounted_for(tmp_path, kind):
    source, output = tmp_path / f"mails.{kind}", tmp_path / "hits.csv"
    if kind == "csv":
        pd.DataFrame(MAILS).to_csv(source, index=False)
    else:
        source.write_text("\n".join(json.dumps(mail) for mail in MAILS))
    result = run(source, "--no-meaning", "-o", output)
    assert result.exit_code == 0, result.output
    hits = pd.read_csv(output, dtype={"message_id": "str"})
    assert list(hits) == [
        *["message_id", "inquiry_id", "signal", "evidence", "start", "end", "language", "by", "value", "unit"]
    ]
    assert hits["inquiry_id"].tolist() == hits["message_id"].tolist(), "a message without an inquiry is its own"
    samples = hits[hits["signal"] == "asks_sample"].set_index("message_id")
    assert list(samples.index) == ["a", "c"]
    texts = {mail["message_id"]: mail["text"] for mail in MAILS}
    assert all(texts[i][row.start : row.end] == row.evidence for i, row in samples.iterrows())
    assert "3 messages = 2 with signals" in result.stderr


def test_each_hit_names_its_inquiry(tmp_path):
    source, book = tmp_path / "mails.csv", tmp_path / "hits.xlsx"
    pd.DataFrame(MAILS).assign(inquiry_id=["q1", "q1", None]).to_csv(source, index=False)
    assert run(source, "--no-meaning", "-o", book).exit_code == 0
    sheet = pd.read_excel(book, sheet_name="signals", engine="calamine")
    assert sheet.columns[0] == "Inquiry"
    assert dict(zip(sheet["Message id"], sheet["Inquiry"], strict=True)) == {"a": "q1", "c": "c"}
    tables = tables_of_texts(pd.DataFrame(MAILS))
    messages = tables.messages.assign(inquiry_id="a")
    inquiries = tables.inquiries.query("inquiry_id == 'a'")
    write_tables(replace(tables, inquiries=inquiries, messages=messages), tmp_path / "tables")
    assert run(tmp_path / "tables", "--no-meaning", "-o", tmp_path / "hits.parquet").exit_code == 0
    hits = pd.read_parquet(tmp_path / "hits.parquet")
    assert set(hits["message_id"]) == {"a", "c"}
    assert set(hits["inquiry_id"]) == {"a"}


def test_days_to_a_date_count_from_when_each_message_was_sent(tmp_path):
    source, output = tmp_path / "mails.csv", tmp_path / "hits.csv"
    text = "The shipment must arrive before 10 October 2026."
    sent = ["2026-09-20 08:00", "Mon, 5 Oct 2026 10:00:00 +0200", "soon", None]
    pd.DataFrame({"message_id": list("abcd"), "text": text, "sent_at": sent}).to_csv(source, index=False)
    result = run(source, "--no-meaning", "-o", output)
    assert "1 sent_at not read" in result.stderr
    hits = pd.read_csv(output).query("signal == 'states_deadline'").set_index("message_id")
    assert hits["unit"].unique().tolist() == ["day"]
    assert hits["value"].fillna(-1).to_dict() == {"a": 20, "b": 5, "c": -1, "d": -1}


@pytest.mark.parametrize(
    ("text", "signal", "value", "unit"),
    [
        ("Wir brauchen 1.500 Stück, Preis maximal 2,50 EUR pro Stück", "states_target_price", 2.5, "EUR"),
        ("We need 300 pcs before 15 May 2027.", "states_deadline", None, "day"),
    ],
)
def test_a_hit_carries_the_value_that_is_its_own(text, signal, value, unit):
    hits = find_signals(pd.DataFrame({"message_id": ["a"], "text": [text]}), shipped_catalogue()).set_index("signal")
    assert hits.loc[signal, "unit"] == unit
    assert pd.isna(hits.loc[signal, "value"]) if value is None else hits.loc[signal, "value"] == value
    assert hits.loc["states_quantity", "unit"] == "piece"


def test_one_text_is_explained_with_its_hits(tmp_path):
    result = CliRunner().invoke(cli, ["signals", "-", "--explain", "--no-meaning"], input=MAILS[0]["text"])
    assert result.exit_code == 0, result.output
    assert "asks_sample" in result.stdout
    assert MAILS[0]["text"] in result.stdout


def test_neither_output_nor_explain_is_refused(tmp_path):
    source = tmp_path / "mails.csv"
    pd.DataFrame(MAILS).to_csv(source, index=False)
    result = run(source)
    assert result.exit_code == 2
    assert "Give --output, --explain or both" in result.stderr


@pytest.mark.parametrize("command", ["signals", "classify"])
def test_rows_that_cannot_be_told_apart_are_refused_together(tmp_path, command):
    """The judge joins sentences and hits by the id: two messages of one id would speak for each other."""
    source, output = tmp_path / "mails.csv", tmp_path / "out.csv"
    source.write_text("message_id,text\na,500 pcs\nb,hello\na,x\n ,y\nc\n")
    result = CliRunner().invoke(cli, [command, str(source), "-o", str(output)])
    assert result.exit_code == 1
    assert "3 problems" in result.stderr
    assert "row 2: message_id 'a' stands again in row 4" in result.stderr
    assert "row 5: message_id is empty" in result.stderr
    assert "row 6: has 1 cells, the header has 2" in result.stderr
    assert not output.exists()


@pytest.mark.parametrize(("command", "what"), [("signals", "messages"), ("classify", "inquiries")])
def test_a_row_that_stands_twice_is_left_out_with_its_reason(tmp_path, command, what):
    """As `ingest` does: the first row of an id is kept; many with other texts mean that the ids are wrong."""
    source, output = tmp_path / "mails.csv", tmp_path / "out.csv"
    rows = ["a,500 pcs?", "b,Send a sample", "a,500 pcs?", "a,x", *(f"m{n},hello" for n in range(6))]
    source.write_text("\n".join(["message_id,text", *rows]))
    result = CliRunner().invoke(cli, [command, str(source), "-o", str(output)])
    assert result.exit_code == 0, result.output
    assert f"10 {what} = " in result.stderr
    assert "+ 2 left out" in result.stderr
    assert "row 5: message_id 'a' stands in row 2 with another text" in result.stderr
    left_out = pd.read_csv(tmp_path / "out.left_out.csv")
    assert left_out.iloc[:, [0, -1]].to_numpy().tolist() == [
        ["a", "message_id stands twice: the same text"],
        ["a", "message_id stands twice: another text"],
    ]


def test_a_repeated_id_of_which_one_row_says_nothing_is_the_other(tmp_path):
    texts, left_out = buyers_texts(
        pd.DataFrame({"message_id": ["a", "a", "b"], "text": [None, "500 pcs?", "500 pcs?"]})
    )
    assert texts["message_id"].tolist() == ["a", "b"]
    assert left_out.to_numpy().tolist() == [["a", "no text"]]


def test_a_text_too_long_a_list_and_a_missing_column_are_refused(tmp_path):
    cases = {
        "long.csv": (f"message_id,text\na,{'x' * 1_000_001}\n", "row 2: the text has 1,000,001 characters"),
        "lists.jsonl": ('{"message_id": "a", "text": ["x", "y"]}\n', "['text'] hold lists"),
        "ways.csv": ("message_id,text,direction\na,x,In\n", "row 2: direction is 'In', expected inbound or outbound"),
        "other.csv": ("id,body\na,x\n", "has no column ['message_id', 'text']; it has ['id', 'body']"),
    }
    for name, (written, said) in cases.items():
        (tmp_path / name).write_text(written)
        with pytest.raises(TableError, match=re.escape(said)):
            read_texts(tmp_path / name)


def test_blank_texts_are_left_out_with_their_reason(tmp_path):
    source, output = tmp_path / "mails.csv", tmp_path / "hits.csv"
    source.write_text("message_id,text\na,Could you send us a sample first?\nb, \n")
    result = run(source, "--no-meaning", "-o", output)
    assert result.exit_code == 0, result.output
    assert "2 messages = 1 with signals" in result.stderr
    assert "+ 0 without + 1 left out" in result.stderr
    left_out = pd.read_csv(tmp_path / "hits.left_out.csv")
    assert left_out.to_dict("records") == [{"message_id": "b", "reason": "no text"}]


def test_neither_what_the_seller_wrote_nor_a_blank_text_is_graded(tmp_path):
    source, output = tmp_path / "mails.csv", tmp_path / "verdicts.csv"
    source.write_text("message_id,text,direction\na,500 pcs?,inbound\nb,Our price is 3 USD,outbound\nc,,inbound\n")
    result = CliRunner().invoke(cli, ["classify", str(source), "-o", str(output)])
    assert result.exit_code == 0, result.output
    assert "3 inquiries = 1 classified" in result.stderr
    left_out = pd.read_csv(tmp_path / "verdicts.left_out.csv").set_index("inquiry_id")["left_out_reason"]
    assert left_out.to_dict() == {"b": "written by the seller", "c": "no text"}


def test_paraphrases_that_no_pattern_knows_are_found_by_meaning(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    source = tmp_path / "mails.csv"
    pd.DataFrame(MAILS).to_csv(source, index=False)
    plain, more = tmp_path / "plain.csv", tmp_path / "more.csv"
    assert run(source, "--no-meaning", "-o", plain).exit_code == 0
    assert run(source, "-o", more).exit_code == 0
    keys = ["message_id", "signal"]
    by_pattern = pd.read_csv(plain)[keys].apply(tuple, axis=1)
    assert set(by_pattern) <= set(pd.read_csv(more)[keys].apply(tuple, axis=1))


def test_the_worked_example_of_the_docs_works(tmp_path):
    page = (Path(__file__).parents[1] / "docs/signals.md").read_text(encoding="utf-8")
    [block] = re.findall(r"`my_catalogue/furniture.yaml`:\n\n```yaml\n(.*?)```", page, re.DOTALL)
    folder = tmp_path / "my_catalogue"
    folder.mkdir()
    (folder / "furniture.yaml").write_text(block, encoding="utf-8")
    checked = run("check", folder / "furniture.yaml")
    assert checked.exit_code == 0, checked.output
    source, output = tmp_path / "mails.csv", tmp_path / "hits.csv"
    texts = ["Could we order spare cushions?", "No extra cushions, please.", "Gibt es die Kissen auch einzeln?"]
    pd.DataFrame({"message_id": ["a", "b", "c"], "text": texts, "language": ["en", "en", "de"]}).to_csv(
        source, index=False
    )
    assert run(source, "--no-meaning", "--catalogue", folder, "-o", output).exit_code == 0
    hits = pd.read_csv(output)
    assert hits[["message_id", "signal"]].to_numpy().tolist() == [
        ["a", "asks_spare_cushions"],
        ["c", "asks_spare_cushions"],
    ]
    broken = block.replace("(?:spare|extra|replacement|separate) {cushion}", "(?:spare|extra) {cushion}")
    (folder / "furniture.yaml").write_text(broken, encoding="utf-8")
    assert run("check", folder / "furniture.yaml").exit_code != 0


def test_every_example_of_the_shipped_catalogue_is_as_it_says():
    problems, examples = check_examples(shipped_catalogue(), set(shipped_catalogue().group_of.values()))
    assert problems == []
    assert examples > 4000


def test_a_title_in_english_below_a_spanish_letter_does_not_make_it_english():
    messages = pd.DataFrame({"message_id": ["a"], "text": ["¿Precio?\n\nSaludos\nFatima E.\nPurchasing Manager"]})
    found = find_signals(messages, shipped_catalogue())
    assert found.set_index("signal")["language"].to_dict() == {"price_only": "es", "title_decision_maker": "en"}


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("We are Vega Import 254, importer", None),
        ("We want to import 254 of these", 254),
        ("We import 254 monthly", 254),
    ],
)
def test_a_number_in_a_company_s_name_is_no_quantity(text, pieces):
    found = find_signals(pd.DataFrame({"message_id": ["a"], "text": [text]}), shipped_catalogue())
    quantities = found.loc[found["signal"] == "states_quantity", "value"].tolist()
    assert quantities == ([] if pieces is None else [pieces])
