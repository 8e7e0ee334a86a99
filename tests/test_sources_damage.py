"""What people do to files: each kind of damage is read over, quarantined, or refused with what to do."""

import gzip
import io

import pandas as pd
import pytest

from inquiry_intent.errors import SourceError
from inquiry_intent.sources.files import read_file
from inquiry_intent.sources.samples import read_samples


def rows_of(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    return read_file(path, name)


def test_a_bad_byte_in_utf_8_costs_its_row_and_not_the_file(tmp_path):
    rows = rows_of(tmp_path, "a.csv", "id,text\n1,您好，请报价\n2,价\n3,请\n".encode() + b"4,\xe4\xbb\n")
    assert rows.frame["id"].tolist() == ["1", "2", "3"]
    assert rows.broken[["row", "reason"]].to_numpy().tolist() == [[5, "holds bytes that are no UTF-8"]]
    assert "UTF-8 but for some bytes" in rows.notes[0]


def test_a_bad_byte_in_json_lines_costs_its_line(tmp_path):
    rows = rows_of(tmp_path, "a.jsonl", '{"a": "询盘请报价"}\n'.encode() + b'{"a": "\xe8\xaf"}\n')
    assert rows.frame["a"].tolist() == ["询盘请报价"]
    assert rows.broken["reason"].tolist() == ["holds bytes that are no UTF-8"]


@pytest.mark.parametrize("last", [b'{"a": "\xe8\xaf', b'{"a": "Pri', b'{"a"', b"{"])
def test_json_lines_that_break_off_in_the_last_one_are_refused(tmp_path, last):
    whole = '{"a": "询盘请报价"}\n'.encode() * 3
    with pytest.raises(SourceError, match=r"a\.jsonl is truncated: its last line, row 4, breaks off; export it again"):
        rows_of(tmp_path, "a.jsonl", whole + last)
    assert len(rows_of(tmp_path, "a.jsonl", whole + last + b"\n").broken) == 1


def test_a_last_line_of_json_needs_no_line_end(tmp_path):
    rows = rows_of(tmp_path, "a.jsonl", b'{"a": 1}\n{"a": 2}')
    assert rows.frame["a"].tolist() == ["1", "2"]


@pytest.mark.parametrize(
    ("last", "told"),
    [
        ("3,2026-", "breaks off after 2 of 3 cells"),
        ("3", "breaks off after 1 of 3 cells"),
        ("3,", "breaks off after 2 of 3 cells"),
        ('3,"询盘,价"', "breaks off after 2 of 3 cells"),
        ('3,"询盘,价', "a quoted cell is not closed"),
        ("3,询,价", None),
        ("3,询,", None),
        ("3,询\n", None),
        ("\nTotal: 2", None),
        ("Sales report\nPage 1", None),
        ("\x1a", None),
        ("3,x,y\n\x1a", None),
    ],
)
@pytest.mark.parametrize("zipped", [False, True])
def test_a_table_that_breaks_off_in_its_last_row_is_refused(tmp_path, last, told, zipped):
    content = ("id,text,more\n1,您好,请\n2,a,b\n" + last).encode()
    content = gzip.compress(content) if zipped else content
    if told is None:
        rows = rows_of(tmp_path, "a.csv", content)
        assert rows.frame["id"].tolist()[:2] == ["1", "2"]
    else:
        with pytest.raises(SourceError, match=rf"a\.csv .*{told}"):
            rows_of(tmp_path, "a.csv", content)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "cp1251", "big5"])
def test_encodings_are_told_without_a_mark(tmp_path, encoding):
    text = "您好，我們需要報價，請問價格多少，謝謝您的回覆與協助" if encoding == "big5" else "Дата;Город"
    rows = rows_of(tmp_path, "a.csv", f"id,text\n1,{text}\n2,plain\n".encode(encoding))
    assert rows.frame["text"].tolist() == [text, "plain"]
    assert f"read as {encoding}, a guess" in rows.notes[0]


def test_a_delimiter_at_the_end_of_each_line_is_no_cell(tmp_path):
    rows = rows_of(tmp_path, "a.csv", b"id,text\n1,a,\n2,b,\n3,c,d\n")
    assert rows.frame.to_dict("list") == {"id": ["1", "2"], "text": ["a", "b"]}
    assert rows.broken["reason"].tolist() == ["has 3 cells, the header has 2"]


def test_the_line_of_a_spreadsheet_that_names_the_delimiter_is_no_header(tmp_path):
    rows = rows_of(tmp_path, "a.csv", b"sep=;\r\nid;a, b\r\n1;x\r\n")
    assert rows.frame.to_dict("records") == [{"id": "1", "a, b": "x"}]
    assert rows.origin["row"].tolist() == [3]


@pytest.mark.parametrize(("above", "skipped"), [("", 0), ("Mails of March;;;\r\n\r\n", 2)])
def test_line_breaks_in_quoted_cells_are_no_titles(tmp_path, above, skipped):
    cells = [
        f'"{n}";"3002";"Mail";"Dear all,\r\n\r\nplease quote {n}, {n}, {n}\r\n\r\nregards,\r\nBo"\r\n'
        for n in range(30)
    ]
    content = above + '"id";"deal";"kind";"text"\r\n' + "".join(cells)
    (tmp_path / "mails.csv").write_bytes(content.encode())
    (sample,), remarks = read_samples(tmp_path)
    assert (sample.skip_rows, len(sample.rows.frame)) == (skipped, 30)
    assert not any("not read" in remark for remark in remarks)


def test_content_that_belies_its_name_is_read_as_what_it_is(tmp_path):
    book = io.BytesIO()
    pd.DataFrame({"id": ["1"]}).to_excel(book, engine="xlsxwriter", index=False)
    for name, content, kind in [("a.csv", book.getvalue(), "xlsx"), ("a.xls", b"id\tx\n1\t2\n", "csv")]:
        rows = rows_of(tmp_path, name, content)
        assert rows.frame["id"].tolist() == ["1"]
        assert f"{name} holds {kind}, whatever its name says" in rows.notes[0]


def test_a_web_page_named_as_a_workbook_is_refused(tmp_path):
    with pytest.raises(SourceError, match=r"a\.xls is a web page.*save it as \.xlsx"):
        rows_of(tmp_path, "a.xls", b"<html><table></table></html>")


def test_an_archive_named_as_a_table_is_refused(tmp_path):
    with pytest.raises(SourceError, match="unpack it if it is an archive"):
        rows_of(tmp_path, "a.csv", b"PK\x03\x04" + b"\0" * 40)


def test_an_open_quote_is_reported_with_the_row_it_stands_in(tmp_path):
    with pytest.raises(SourceError, match=r"a\.csv row 3 .*a quoted cell is not closed"):
        rows_of(tmp_path, "a.csv", b'id,text\n1,a\n2,"b\n' + b"3,c\n" * 30)


def test_one_list_among_plain_cells_does_not_decide_what_a_column_is(tmp_path):
    rows = rows_of(tmp_path, "a.jsonl", b'{"client": "a"}\n{"client": ["b", 1]}\n{"client": "c"}\n')
    assert rows.frame["client"].tolist() == ["a", '["b", "1"]', "c"]


def test_what_systems_leave_behind_is_no_part_of_an_export(tmp_path):
    for name in ("~$leads.xlsx", ".DS_Store", "._leads.csv", "__MACOSX/leads.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"\0\1")
    (tmp_path / "leads.csv").write_text("id\n1\n")
    (tmp_path / "all.zip").write_bytes(b"PK\x03\x04")
    samples, remarks = read_samples(tmp_path)
    assert [sample.path for sample in samples] == ["leads.csv"]
    assert remarks == ["not read: all.zip (an archive; unpack it first)"]


def test_columns_of_parquet_and_json_without_or_with_repeated_names_are_kept_apart(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(
        pa.Table.from_arrays([pa.array(["1"]), pa.array(["2"]), pa.array(["3"])], ["a", "a", ""]),
        tmp_path / "a.parquet",
    )
    rows = read_file(tmp_path / "a.parquet", "a.parquet")
    assert rows.frame.to_dict("records") == [{"a": "1", "a (2)": "2", "(column 3)": "3"}]
    assert "repeats column names" in rows.notes[0]
    assert list(rows_of(tmp_path, "a.jsonl", b'{"a": 1, "": 2}\n').frame) == ["a", "(column 2)"]
