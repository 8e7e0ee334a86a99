"""Sheets that one entry takes by a pattern, and sheets and files that no entry names: what is said of them."""

# ruff: noqa: E501  (literal notes are not wrapped)

import gc
import gzip
import weakref
from pathlib import Path

import pandas as pd
import pytest
import yaml

from inquiry_intent.errors import SourceError
from inquiry_intent.sources import unread
from inquiry_intent.sources.building import without
from inquiry_intent.sources.ingest import read_export
from inquiry_intent.sources.mapping import load_mapping

COLUMNS = ["No", "Asked on", "Buyer", "Wants", "State"]


def rows(first: int, count: int, day: str = "2026-03-02", columns: list[str] = COLUMNS) -> pd.DataFrame:
    made = [(f"Q{n}", f"{day} 09:{n % 60:02}", f"Firm {n}", f"Quote for {n} pumps", "won") for n in range(count)]
    return pd.DataFrame([(f"Q{first + n}", *row[1:]) for n, row in enumerate(made)], columns=columns)


def mapping(folder: Path, **files):
    inquiries = [
        {"from": key, "columns": {"inquiry_id": "No", "client_id": "Buyer", "received_at": "Asked on"}} for key in files
    ]
    path = folder.parent / "m.yaml"
    path.write_text(
        yaml.safe_dump({"source": "t", "zone": "UTC", "files": files, "inquiries": inquiries}), encoding="utf-8"
    )
    return load_mapping(path)


def told(folder: Path, **files) -> list[str]:
    return [
        note for note in read_export(folder, mapping(folder, **files)).notes if "read by no entry of 'files'" in note
    ]


@pytest.fixture
def export(tmp_path):
    folder = tmp_path / "export"
    folder.mkdir()
    return folder


def book(folder: Path, **sheets: pd.DataFrame) -> None:
    with pd.ExcelWriter(folder / "b.xlsx", engine="xlsxwriter") as writer:
        for name, frame in sheets.items():
            start = 2 if name.endswith("titled") else 0
            frame.to_excel(writer, sheet_name=name, index=False, startrow=start)
            if start:
                writer.sheets[name].write(0, 0, "Inquiries of the month")


RENAMED = ["No", "Date", "Customer", "Wants", "State"]
PARTS = pd.DataFrame({"Part": ["A", "B"], "Price": [1, 2]})


@pytest.mark.parametrize(
    ("sheet", "frame", "said"),
    [
        (
            "May",
            rows(90, 7),
            "WARNING: b.xlsx: sheet 'May', read by no entry of 'files', has the columns of files.a (b.xlsx, sheet 'April'): 7 ROWS ARE NOT READ. To read it, name it",
        ),
        ("Mayo", rows(90, 7)[COLUMNS[::-1]], "7 ROWS ARE NOT READ. To read it, name it"),
        ("new", rows(90, 7), "7 ROWS ARE NOT READ. To read it, name it"),
        ("Haziran titled", rows(90, 7), "7 ROWS ARE NOT READ. To read it, name it"),
        ("5月", rows(90, 7, columns=RENAMED[:1] + COLUMNS[1:2] + RENAMED[2:]), "has nearly the columns of"),
        (
            "June",
            rows(90, 7, columns=RENAMED[:2] + COLUMNS[2:]),
            "only one of both has ['Asked on', 'Date']: 7 ROWS ARE NOT READ. To read it, make the columns alike, and name it",
        ),
        # each month may count anew: the same ids are other inquiries
        ("May", rows(1, 7, "2026-05-02"), "7 ROWS ARE NOT READ. To read it, name it"),
        ("May", rows(1, 7), "Not read; all 7 rows are among those read"),
        ("Summary", PARTS, "b.xlsx: read by no entry of 'files': sheet 'Summary'"),
    ],
)
def test_a_sheet_that_no_entry_names_is_told_of(export, sheet, frame, said):
    book(export, April=rows(1, 20), **{sheet: frame})
    (note,) = told(export, a={"path": "b.xlsx", "sheet": "April"})
    assert said in note
    assert note.startswith("WARNING") == ("ROWS ARE NOT READ" in note or "nearly" in note)


def test_sheets_of_the_same_columns_are_told_of_in_one_line(export):
    book(export, April=rows(1, 20), May=rows(30, 3), June=rows(40, 4), July=rows(50, 0), Parts=PARTS)
    first, second = told(export, a={"path": "b.xlsx", "sheet": "April"})
    assert "sheets 'May', 'June', 'July'" in first
    assert "have the columns" in first
    assert ": 7 ROWS" in first
    assert second.endswith("sheet 'Parts'")


def test_a_sheet_made_for_the_next_month_and_still_empty_is_no_matter(export):
    book(export, April=rows(1, 20), May=rows(30, 0))
    assert not told(export, a={"path": "b.xlsx", "sheet": "April"})


def test_a_sheet_in_an_entry_that_no_table_uses_is_meant_to_be_left_out(export):
    book(export, April=rows(1, 20), May=rows(30, 3))
    how = mapping(export, a={"path": "b.xlsx", "sheet": "April"})
    unused = how.model_copy(update={"files": how.files | {"b": how.files["a"].model_copy(update={"sheet": "May"})}})
    assert not any("read by no entry" in note for note in read_export(export, unused).notes)


def test_forbidden_columns_are_no_difference(export):
    book(export, April=rows(1, 20).drop(columns="State"), May=rows(30, 3))
    (note,) = told(export, a={"path": "b.xlsx", "sheet": "April", "forbidden": ["Stat*"]})
    assert "has the columns of files.a" in note


@pytest.mark.parametrize("name", ["leads_2026-03-08.csv", "neu.csv", "new.csv.gz", "leads (1).tsv", "new.jsonl"])
def test_a_file_of_the_same_columns_beside_those_named_is_warned_of(export, name):
    rows(1, 20).to_csv(export / "leads_2026-03-01.csv", index=False)
    more = rows(90, 7)
    text = more.to_json(orient="records", lines=True) if "json" in name else more.to_csv(index=False, sep=";")
    if name.endswith("tsv"):
        text = more.to_csv(index=False, sep="\t")
    (export / name).write_bytes(gzip.compress(text.encode()) if name.endswith("gz") else text.encode())
    (note,) = told(export, a={"path": "leads_2026-03-01.csv"})
    assert note.startswith("WARNING")
    assert repr(name) in note
    assert "7 ROWS ARE NOT READ" in note


def test_exports_of_the_days_before_are_told_of_in_one_line(export):
    for day in range(1, 10):
        rows(1, 5 * day).to_csv(export / f"leads_2026-03-{day:02}.csv", index=False)
    (note,) = told(export, a={"path": "leads_2026-03-09.csv"})
    assert not note.startswith("WARNING")
    assert "and 2 more" in note
    assert "all 180 rows are among those read" in note


def test_contacts_and_companies_share_columns_and_are_not_taken_for_each_other(export):
    rows(1, 20).assign(Phone="1", City="x").to_csv(export / "contacts.csv", index=False)
    rows(1, 20).assign(Website="1", Staff="x", Tax="1", Group="g").to_csv(export / "companies.csv", index=False)
    assert told(export, a={"path": "contacts.csv"}) == ["read by no entry of 'files': file 'companies.csv'"]


@pytest.mark.parametrize("content", [b"", b'No,"Asked', b"\xff\xfe\x00", b"PK\x03\x04x", b"<html>", b"\x1f\x8b"])
def test_what_cannot_be_read_beside_the_files_that_are_is_no_error(export, content):
    rows(1, 20).to_csv(export / "leads.csv", index=False)
    for name in ("leads2.csv", "x.xlsx", "y.json", "z.parquet", "w.csv.gz"):
        (export / name).write_bytes(content)
    (export / ".hidden.csv").write_text("x")
    (export / "letter.docx").write_text("x")
    (note,) = told(export, a={"path": "leads.csv"})
    assert note.startswith("read by no entry of 'files': files 'leads2.csv'")
    assert "docx" not in note
    assert "hidden" not in note


def test_one_file_alone_is_not_compared_with_its_neighbours(export):
    book(export, April=rows(1, 20), May=rows(90, 7))
    rows(1, 2).to_csv(export / "other.csv", index=False)
    how = mapping(export, a={"path": "x.xlsx"})
    notes = [note for note in read_export(export / "b.xlsx", how).notes if "read by no entry" in note]
    assert len(notes) == 1
    assert "sheet 'May'" in notes[0]


ANY = {"path": "b.xlsx", "sheet": "*"}


@pytest.mark.parametrize(
    ("pattern", "ids"),
    [("*", 27), ("Ay *", 23), ("?y 0*", 23), ("Ay 05", 3)],
)
def test_sheets_of_one_pattern_are_read_as_one(export, pattern, ids):
    shuffled = rows(30, 3)[COLUMNS[::-1]]
    book(export, **{"Ay 04": rows(1, 20), "Ay 05": shuffled, "Mayo": rows(40, 4), "Parts": PARTS, "Ay 06": rows(50, 0)})
    result = read_export(export, mapping(export, a=ANY | {"sheet": pattern}))
    assert len(result.tables.inquiries) == ids
    assert result.quarantine.empty


def test_rows_are_found_by_the_sheet_that_they_stand_in(export):
    book(export, April=rows(1, 3), May=rows(2, 2))
    result = read_export(export, mapping(export, a=ANY).model_copy(update={"max_quarantined": 1.0}))
    assert result.quarantine["file"].tolist() == ["b.xlsx, sheet 'May'"] * 2


def test_numbers_of_rows_are_those_of_their_sheet(export):
    book(export, April=rows(1, 2), May=rows(1, 2))
    how = mapping(export, a=ANY)
    by_row = how.inquiries[0].columns | {
        "inquiry_id": how.inquiries[0].columns["client_id"].model_copy(update={"column": None, "row_number": True})
    }
    how = how.model_copy(update={"inquiries": [how.inquiries[0].model_copy(update={"columns": by_row})]})
    ids = read_export(export, how).tables.inquiries["inquiry_id"].tolist()
    assert ids == ["April:2", "April:3", "May:2", "May:3"]


def test_a_sheet_of_a_pattern_with_other_columns_is_warned_of(export):
    renamed = rows(90, 7, columns=RENAMED[:2] + COLUMNS[2:])
    book(export, January=renamed, March=rows(1, 20), May=rows(30, 3), Parts=PARTS)
    first, second = told(export, a=ANY)
    assert first.startswith("WARNING: b.xlsx: sheet 'January'")
    assert "7 ROWS ARE NOT READ. To read it, make the columns alike; to leave" in first
    assert second.endswith("sheet 'Parts'")


def test_a_sheet_with_an_entry_of_its_own_is_none_of_a_pattern(export):
    book(export, April=rows(1, 20), May=rows(30, 3))
    result = read_export(export, mapping(export, a=ANY, b={"path": "b.xlsx", "sheet": "May"}))
    assert result.tables.info.counts["inquiries"]["kept"] == 23


def test_a_pattern_that_no_sheet_has_is_an_error_that_names_the_sheets(export):
    book(export, April=rows(1, 20))
    with pytest.raises(SourceError, match=r"has no sheet 'Ay \*', expected one of \['April'\]"):
        read_export(export, mapping(export, a=ANY | {"sheet": "Ay *"}))


@pytest.mark.parametrize(("more", "fresh"), [(rows(1, 7, "2026-05-02").assign(Wants="Valves"), 7), (rows(1, 7), 0)])
def test_rows_without_an_id_of_their_own_are_known_by_all_that_they_hold(export, more, fresh):
    book(export, April=rows(1, 20).assign(**{"Asked on": "2026-03-02"}), May=more.assign(**{"Asked on": "2026-03-02"}))
    how = mapping(export, a={"path": "b.xlsx", "sheet": "April"})
    numbered = how.inquiries[0].columns["inquiry_id"].model_copy(update={"column": None, "row_number": True})
    rule = how.inquiries[0].model_copy(update={"columns": how.inquiries[0].columns | {"inquiry_id": numbered}})
    notes = read_export(export, how.model_copy(update={"inquiries": [rule]})).notes
    (note,) = [note for note in notes if "read by no entry of 'files'" in note]
    assert ("7 ROWS ARE NOT READ. To" in note) == (fresh == 7)
    assert ("all 7 rows are among those read" in note) == (fresh == 0)


def test_rows_of_large_files_are_warned_of_uncounted_and_of_others_one_at_a_time(export, monkeypatch):
    for day in range(1, 5):
        rows(10 * day, 2 + 9 * (day == 4)).to_csv(export / f"leads_2026-03-{day:02}.csv", index=False)
    monkeypatch.setattr(unread, "LARGE", (export / "leads_2026-03-04.csv").stat().st_size - 1)
    held = []

    def taken(read, forbidden):
        gc.collect()
        assert not [frame for frame in held if frame() is not None]
        result = without(read, forbidden)
        held.append(weakref.ref(result.frame))
        return result

    monkeypatch.setattr(unread, "without", taken)
    (note,) = told(export, a={"path": "leads_2026-03-01.csv"})
    assert len(held) == 2
    assert note.startswith("WARNING")
    assert "4 and more ROWS ARE NOT READ" in note
    (export / "leads_2026-03-02.csv").unlink()
    (export / "leads_2026-03-03.csv").unlink()
    (note,) = told(export, a={"path": "leads_2026-03-01.csv"})
    assert "ITS ROWS, not counted, ARE NOT READ. To read it" in note


def test_only_so_many_other_sheets_are_looked_into(export, monkeypatch):
    monkeypatch.setattr(unread, "LOOKED", 2)
    book(export, April=rows(1, 20), May=rows(30, 3), June=rows(40, 4), July=rows(50, 5))
    warned, rest = told(export, a={"path": "b.xlsx", "sheet": "April"})
    assert "sheets 'May', 'June', read by" in warned
    assert rest.endswith("sheet 'July'")


@pytest.mark.parametrize(("name", "kind"), [("b.dat", "xlsx"), ("b.csv", None), ("b.json", "jsonl"), ("b.txt", "csv")])
def test_sheets_are_those_of_a_workbook_whatever_its_name(export, name, kind):
    book(export, **{"Ay 04": rows(1, 20), "Ay 05": rows(30, 3), "Mayo": rows(40, 4)})
    (export / "b.xlsx").rename(export / name)
    rule = {"path": name, "sheet": "Ay *"} | ({"format": kind} if kind else {})
    result = read_export(export, mapping(export, a=rule))
    assert len(result.tables.inquiries) == 23
    (note,) = [note for note in result.notes if "read by no entry of 'files'" in note]
    assert "sheet 'Mayo'" in note
    assert "4 ROWS ARE NOT READ" in note


@pytest.mark.parametrize("name", ["b.csv", "b.xlsx"])
def test_a_pattern_of_sheets_for_a_file_without_any_is_an_error(export, name):
    rows(1, 20).to_csv(export / name, index=False)
    with pytest.raises(SourceError, match=rf"{name} is no workbook.*'Ay \*'"):
        read_export(export, mapping(export, a={"path": name, "sheet": "Ay *"}))
    (export / name).write_bytes(b"")
    with pytest.raises(SourceError, match=rf"{name} is empty"):
        read_export(export, mapping(export, a={"path": name, "sheet": "Ay *"}))
