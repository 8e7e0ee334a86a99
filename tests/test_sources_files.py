"""Reading raw rows: formats, encodings, damage."""

import gzip
import io
import json
from datetime import datetime

import pandas as pd
import pytest
import xlsxwriter

from inquiry_intent.errors import SourceError
from inquiry_intent.sources.files import read_file

ROWS = [{"id": "007", "text": "Grüße, 询盘"}, {"id": "008", "text": "two\nlines; ok"}]
CSV = 'id,text\n007,"Grüße, 询盘"\n008,"two\nlines; ok"\n'


def frame(path, **options):
    return read_file(path, path.name, **options).frame.to_dict("records")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_common_encodings_are_recognised_and_ids_keep_their_zeros(tmp_path, encoding):
    path = tmp_path / "a.csv"
    text = CSV.replace("Grüße", "你好，我们需要报价") if encoding == "gb18030" else CSV
    path.write_bytes(text.encode(encoding))
    rows = frame(path)
    assert [row["id"] for row in rows] == ["007", "008"]
    assert rows[0]["text"].endswith("询盘")


def test_western_text_is_not_taken_for_chinese_and_the_guess_is_said(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes("id,text\n1,café à Orléans déjà vu\n".encode("latin-1"))
    rows = read_file(path, "a.csv")
    assert rows.frame["text"].tolist() == ["café à Orléans déjà vu"]
    assert "not UTF-8 and was read as cp1252, a guess" in rows.notes[0]


def test_a_declared_encoding_that_does_not_decode_is_refused(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes("id,text\n1,询盘\n".encode("gb18030"))
    with pytest.raises(SourceError, match=r"a\.csv is not utf-8: byte 0x.*set 'encoding:'"):
        read_file(path, "a.csv", encoding="utf-8")


def test_an_unknown_encoding_is_refused(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(CSV, encoding="utf-8")
    with pytest.raises(SourceError, match="unknown encoding 'utf-9'"):
        read_file(path, "a.csv", encoding="utf-9")


@pytest.mark.parametrize(("name", "delimiter"), [("a.csv", ";"), ("a.tsv", "\t"), ("a.csv", "\t"), ("a.txt", "|")])
def test_the_delimiter_is_told_by_name_and_header(tmp_path, name, delimiter):
    path = tmp_path / name
    path.write_text(delimiter.join(["id", "a, b"]) + "\n" + delimiter.join(["1", "x"]) + "\n")
    assert frame(path) == [{"id": "1", "a, b": "x"}]


def test_every_format_gives_the_same_rows_plain_and_gzipped(tmp_path):
    csv, lines, parquet = io.StringIO(CSV), "\n".join(map(json.dumps, ROWS)), io.BytesIO()
    pd.DataFrame(ROWS).to_parquet(parquet)
    book = io.BytesIO()
    with xlsxwriter.Workbook(book) as workbook:
        sheet = workbook.add_worksheet()
        for number, row in enumerate([["id", "text"], *(list(row.values()) for row in ROWS)]):
            sheet.write_row(number, 0, row)
    contents = {
        "a.csv": csv.getvalue().encode(),
        "a.jsonl": lines.encode(),
        "a.json": json.dumps(ROWS, indent=1).encode(),
        "a.parquet": parquet.getvalue(),
        "a.xlsx": book.getvalue(),
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
        (tmp_path / f"{name}.gz").write_bytes(gzip.compress(content))
        assert frame(tmp_path / name) == ROWS, name
        assert frame(tmp_path / f"{name}.gz") == ROWS, f"{name}.gz"


def test_workbook_cells_become_text_without_losing_their_kind(tmp_path):
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path, {"remove_timezone": True}) as book:
        sheet = book.add_worksheet("Leads")
        book.add_worksheet("Other")
        sheet.write_row(0, 0, ["id", "at", "amount", "yes", "empty"])
        sheet.write_row(1, 0, [12, "", 1.5, True])
        sheet.write_datetime(
            1, 1, pd.Timestamp("2026-03-02 09:30"), book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        )
    rows = read_file(path, "a.xlsx")
    cells = rows.frame.iloc[0].to_dict()
    assert {k: cells[k] for k in ("id", "at", "amount", "yes")} == {
        "id": "12",
        "at": "2026-03-02T09:30:00",
        "amount": "1.5",
        "yes": "true",
    }
    assert pd.isna(cells["empty"])
    assert "sheets ['Leads', 'Other']; the first was read" in rows.notes[0]
    with pytest.raises(SourceError, match=r"no sheet 'Lead', expected one of \['Leads', 'Other'\]"):
        read_file(path, "a.xlsx", sheet="Lead")


def test_the_value_of_merged_cells_stands_in_each_of_their_rows(tmp_path):
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.merge_range(0, 0, 0, 2, "Leads of March")
        sheet.write_row(1, 0, ["id", "date", "text"])
        for row in range(2, 6):
            sheet.write_row(row, 0, [row, "", "Hello"])
        sheet.merge_range(2, 1, 4, 1, "2026-03-02")
        sheet.merge_range(6, 0, 7, 2, "a note below")
    rows = read_file(path, "a.xlsx", skip_rows=1).frame
    assert rows["date"].fillna("").tolist() == ["2026-03-02", "2026-03-02", "2026-03-02", "", ""]
    assert rows["text"].fillna("").tolist() == ["Hello", "Hello", "Hello", "Hello", ""]


def test_a_number_merged_over_its_rows_is_not_multiplied_and_an_empty_frame_beside_the_cells_is_nothing(tmp_path):
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["id", "amount"])
        for row in range(1, 4):
            sheet.write(row, 0, f"Q{row}")
        sheet.merge_range(1, 1, 3, 1, 900)
        sheet.merge_range(1, 4, 3, 4, "")
        sheet.merge_range(20, 0, 22, 0, "")
    rows = read_file(path, "a.xlsx")
    assert rows.frame["amount"].fillna("").tolist() == ["900", "", ""]
    assert rows.notes == ("a.xlsx: numbers merged over several rows count in the first of them only: ['amount']",)


def test_a_time_at_midnight_among_times_of_a_workbook_keeps_its_clock(tmp_path):
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet, form = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        sheet.write_row(0, 0, ["id", "received", "often"])
        for row in range(1, 41):
            sheet.write(row, 0, f"Q{row}")
            sheet.write_datetime(row, 1, datetime(2026, 3, row % 28 + 1, 0 if row == 7 else 9), form)
            sheet.write_datetime(row, 2, datetime(2026, 3, row % 28 + 1, 0 if row < 9 else 9), form)
    rows = read_file(path, "a.xlsx").frame
    assert rows["received"].str.len().unique().tolist() == [len("2026-03-01T09:00:00")]
    assert rows["often"].str.len().nunique() == 2  # eight of forty: a date alone is what was typed


def test_nested_objects_become_columns_and_numbers_stay_as_written(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"id": 1.50, "o": {"won": true, "p": null}, "l": [{"t": 3}]}\n\n{"id": 2}\n')
    rows = read_file(path, "a.jsonl")
    assert rows.frame["id"].tolist() == ["1.50", "2"]
    assert rows.frame["o.won"].tolist()[0] == "true"
    assert rows.frame["l"].tolist()[0] == [{"t": "3"}]
    assert rows.origin["row"].tolist() == [1, 3]


@pytest.mark.parametrize("rest", ["", ', "meta": {"total": 2}', ', "page": 1, "tags": ["a"]'])
def test_the_only_list_of_objects_holds_the_records_whatever_its_name(tmp_path, rest):
    path = tmp_path / "a.json"
    path.write_text(f'{{"sales_accounts": [{{"id": 1}}, {{"id": 2}}]{rest}}}')
    rows = read_file(path, "a.json")
    assert rows.frame["id"].tolist() == ["1", "2"]
    assert "its records are those of the list 'sales_accounts'" in rows.notes[0]
    path.write_text(f'{{"deal_id": 7, "stages": [{{"id": 1}}, {{"id": 2}}]{rest}}}')
    assert read_file(path, "a.json").frame["deal_id"].tolist() == ["7"]


def test_a_row_of_another_shape_is_set_aside_with_its_place(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("id,text\n1,a\n2\n\n3,b,c\n4,d\n")
    rows = read_file(path, "a.csv")
    assert rows.frame["id"].tolist() == ["1", "4"]
    assert rows.broken[["row", "reason"]].values.tolist() == [
        [3, "has 1 cells, the header has 2"],
        [5, "has 3 cells, the header has 2"],
    ]
    assert rows.origin["row"].tolist() == [2, 6]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"id": 2', "is no JSON"),
        ("[" * 100_000, "nested too deep"),
        ('{"id": "\\ud83d"}', "half a surrogate"),
        ("[1]", "is no JSON object"),
    ],
)
def test_a_line_that_is_no_json_object_is_set_aside(tmp_path, line, reason):
    path = tmp_path / "a.jsonl"
    path.write_text('{"id": 1}\n' + line + '\n{"id": 3}\n')
    rows = read_file(path, "a.jsonl")
    assert rows.frame["id"].tolist() == ["1", "3"]
    assert reason in rows.broken["reason"].item()


def test_repeated_and_empty_column_names_stay_apart(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("id,name,name,\n1,a,b,c\n")
    rows = read_file(path, "a.csv")
    assert list(rows.frame) == ["id", "name", "name (2)", "(column 4)"]
    assert "repeats column names" in rows.notes[0]


def board(*groups, above=()):
    """The lines of a board whose groups each have a title and the header, as monday.com exports it, a sum below."""
    lines = list(above)
    for n, rows in enumerate(groups):
        lines += [[f"Group {n}", "", ""], ["Name", "Value", "Notiz"], *rows, ["", str(10 * n), ""]]
    return lines


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_a_header_repeated_above_each_group_and_the_groups_title_are_no_rows_and_counted(tmp_path, kind):
    lines = board([["阀门", "7", "Notiz"]], [["pump", "8", ""], ["Name", "9", ""]], [["Name", "", ""]])
    path = tmp_path / f"board.{kind}"
    if kind == "xlsx":
        with xlsxwriter.Workbook(path) as book:
            sheet = book.add_worksheet()
            for number, line in enumerate(lines):
                sheet.write_row(number, 0, line)
    else:
        path.write_text("".join(",".join(line) + "\n" for line in lines), encoding="utf-8")
    rows = read_file(path, path.name, skip_rows=1)
    assert rows.frame["Name"].fillna("").tolist() == ["阀门", "", "pump", "Name", "", "Name", ""]
    assert rows.origin["row"].tolist() == [3, 4, 7, 8, 9, 12, 13]
    assert rows.notes == (
        f"{path.name}: the header is repeated 2 times, below 2 titles of groups; these rows are left out",
    )


@pytest.mark.parametrize(
    ("text", "left", "said"),
    [
        ("id,text,id\n1,a,2\nid,text,id\n3,b,4\n", ["1", "3"], ["a.csv: the header is repeated 1 time, left out"]),
        ("id,text,\n1,a,\nid,text,\n", ["1"], ["a.csv: the header is repeated 1 time, left out"]),
        ("word\nword\nother\n", ["word", "other"], []),  # one word may be an answer
        ("id,text\n7,\nid,text\n", ["7"], ["a.csv: the header is repeated 1 time, left out"]),  # no title of two
        # A record of which only the key is filled is like those above it; a title, even a year, is not.
        (
            "id,text,n\n6,a,1\n7,,\nid,text,n\n8,b,\n",
            ["6", "7", "8"],
            ["a.csv: the header is repeated 1 time, left out"],
        ),
        (
            "id,text,n\nНЗ-006,a,1\nНЗ-7,,\nid,text,n\nНЗ-8,b,\n",
            ["НЗ-006", "НЗ-7", "НЗ-8"],
            ["a.csv: the header is repeated 1 time, left out"],
        ),
        (
            "id,text,n\n询6,a,1\n询7,,\nid,text,n\n询8,b,\n",
            ["询6", "询7", "询8"],
            ["a.csv: the header is repeated 1 time, left out"],
        ),
        (
            "id,text,n\n6,a,1\n7,,\nid,text,n\n8,b,\nMärz,,\nid,text,n\n9,c,\n",
            ["6", "7", "8", "9"],
            ["a.csv: the header is repeated 2 times, below 1 title of groups; these rows are left out"],
        ),
        (
            "name,text,n\npump,a,1\n2025,,\nname,text,n\nvalve,b,\n",
            ["pump", "valve"],
            ["a.csv: the header is repeated 1 time, below 1 title of groups; these rows are left out"],
        ),
    ],
)
def test_files_put_together_may_repeat_their_header(tmp_path, text, left, said):
    (tmp_path / "a.csv").write_text(text)
    rows = read_file(tmp_path / "a.csv", "a.csv")
    assert rows.frame.iloc[:, 0].tolist() == left
    assert [note for note in rows.notes if "column names" not in note] == said


def test_a_cell_of_ten_megabytes_is_read(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("id,text\n1," + "x" * 10_000_000 + "\n")
    assert len(frame(path)[0]["text"]) == 10_000_000


def test_lines_before_the_header_can_be_skipped(tmp_path):
    (tmp_path / "a.csv").write_text("Export of Monday\n\nid;text\n1;a\n")
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "Export of Monday")
        sheet.write_row(2, 0, ["id", "text"])
        sheet.write_row(3, 0, [1, "a"])
    for name in ("a.csv", "a.xlsx"):
        rows = read_file(tmp_path / name, name, skip_rows=2)
        assert (rows.frame.to_dict("records"), rows.origin["row"].tolist()) == ([{"id": "1", "text": "a"}], [4])


def test_quotes_are_plain_characters_where_said_so(tmp_path):
    path = tmp_path / "a.tsv"
    path.write_text('id\ttext\n1\t"5 inch" pipe\n2\t"open\n')
    with pytest.raises(SourceError, match="set 'quote: \"\"'"):
        read_file(path, "a.tsv")
    assert [row["text"] for row in frame(path, quote="")] == ['"5 inch" pipe', '"open']


def test_damaged_files_are_refused(tmp_path):
    good = io.BytesIO()
    pd.DataFrame(ROWS * 100).to_parquet(good)
    with xlsxwriter.Workbook(tmp_path / "whole.xlsx") as book:
        book.add_worksheet().write_row(0, 0, ["id", "text"])
    damaged = {
        "a.parquet": (good.getvalue()[:-40], "no whole Parquet file"),
        "a.csv.gz": (gzip.compress(CSV.encode() * 500)[:-30], "truncated gzip"),
        "b.csv.gz": (CSV.encode(), "truncated gzip file \\(it does not begin as one"),
        "a.xlsx": ((tmp_path / "whole.xlsx").read_bytes()[:-100], "no whole workbook"),
        "a.csv": (b"", "empty \\(0 bytes\\)"),
        "b.csv": (b'id,text\n1,"never closed\n', "near line"),
        "c.csv": (b",,\n1,2,3\n", "row 1 has no column names"),
        "a.dat": (b"x", "unknown format"),
        "a.jsonl": (b'{\n"rows": 1\n}', "without a list of records"),
    }
    for name, (content, said) in damaged.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(SourceError, match=said):
            read_file(tmp_path / name, name)
    with pytest.raises(SourceError, match=r"z\.csv does not exist"):
        read_file(tmp_path / "z.csv", "z.csv")
