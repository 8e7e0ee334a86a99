import datetime
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from inquiry_intent.cli import COMMANDS, cli
from inquiry_intent.cli.line import write_result_tables
from inquiry_intent.errors import what_to_say
from inquiry_intent.reports.spreadsheet import _workbook, safe_cells, write_workbook
from inquiry_intent.sources.files import read_file


def test_help_loads_nothing_heavy():
    code = (
        "import sys; from inquiry_intent.cli import cli; cli(['--help'], standalone_mode=False);"
        "heavy = {'pandas', 'numpy', 'torch', 'sklearn', 'lightgbm', 'mlflow', 'pydantic', 'yaml'} & set(sys.modules);"
        "sys.exit(f'loaded {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert all(name in done.stdout for name in COMMANDS)


def commands():
    for name in COMMANDS:
        command = cli.get_command(None, name)
        yield name, command
        for sub, child in getattr(command, "commands", {}).items():
            yield f"{name} {sub}", child


@pytest.mark.parametrize(("name", "command"), list(commands()), ids=lambda v: v if isinstance(v, str) else "")
def test_every_command_says_what_it_does_and_ends_in_an_example(name, command):
    assert "Example" in (command.help or ""), f"{name} has no example"
    # A default subcommand goes by its group's name.
    assert f"inquiry-intent {name}" in command.help or f"inquiry-intent {name.split()[0]} " in command.help


def test_a_mistake_is_one_message_and_exit_code_1(tmp_path):
    (tmp_path / "empty").mkdir()
    result = CliRunner().invoke(cli, ["summary", str(tmp_path / "empty")])
    assert result.exit_code == 1
    assert "holds no comparison.csv" in result.output
    assert "Traceback" not in result.output


def test_score_asks_for_exactly_one_clock(tmp_path):
    result = CliRunner().invoke(cli, ["score", str(tmp_path), "--models", str(tmp_path), "-o", "x.csv"])
    assert result.exit_code == 2
    assert "--as-of DAY" in result.output


@pytest.mark.parametrize(
    "start",
    ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "+1234567+A1", "+cmd|' /C calc'!A0",
     "+49 151 2345678\n=1", "+49-151-2345678", "+12345678901234567", "+٤٩١٥١٢٣٤٥٦٧"],
)  # fmt: skip
def test_no_cell_of_a_csv_is_a_formula(start):
    assert safe_cells(pd.DataFrame({"a": [start]}))["a"].item() == f"'{start}"


@pytest.mark.parametrize("phone", ["+34638255220", "+34 638 25 52 20", "+1 8095550199"])
def test_a_phone_number_as_an_id_joins_back(phone):
    assert safe_cells(pd.DataFrame({"inquiry_id": [phone]}))["inquiry_id"].item() == phone


def test_a_csv_for_people_tells_excel_that_it_is_utf_8_and_is_read_again(tmp_path):
    written, left_out = pd.DataFrame({"inquiry_id": ["询盘"]}), pd.DataFrame({"inquiry_id": ["استفسار"]})
    write_result_tables(written, left_out, "scores", tmp_path / "x.csv")
    for name, table in (("x.csv", written), ("x.left_out.csv", left_out)):
        assert (tmp_path / name).read_bytes().startswith(b"\xef\xbb\xbfinquiry_id")
        assert read_file(tmp_path / name, name).frame.to_dict("list") == table.to_dict("list")
        assert pd.read_csv(tmp_path / name).to_dict("list") == table.to_dict("list")


@pytest.mark.parametrize("dtype", ["object", "category"])
def test_no_cell_of_an_object_or_categorical_column_is_a_formula(dtype):
    cells = safe_cells(pd.DataFrame({"a": pd.Series(["=1", "fine", None], dtype=dtype)}))["a"].tolist()
    assert cells[:2] == ["'=1", "fine"]
    assert pd.isna(cells[2])
    mixed = pd.DataFrame({"self": pd.Series(["=1", 2, -3.5], dtype="object")})
    assert safe_cells(mixed)["self"].tolist() == ["'=1", 2, -3.5]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
def test_a_disk_without_room_for_a_workbook_is_told_in_one_line():
    with pytest.raises(OSError, match="No space left") as full, _workbook(Path("/dev/full"), {}) as workbook:
        workbook.add_worksheet("scores")
    assert what_to_say(full.value) == "The disk: No space left on device; name another path"


def test_infinity_is_a_text_in_a_workbook(tmp_path):
    table = pd.DataFrame({"inquiry_id": ["a", "b", "c"], "expected_value": [float("inf"), float("-inf"), 2.0]})
    write_workbook({"scores": table}, tmp_path / "x.xlsx")
    written = pd.read_excel(tmp_path / "x.xlsx", engine="calamine", dtype="object")
    assert written["Expected value"].tolist() == ["inf", "-inf", 2.0]


def test_no_cell_of_a_workbook_is_a_formula_or_link(tmp_path):
    import zipfile

    table = pd.DataFrame({"text": ["=1+1", "http://evil.example", "<script>", None], "p": [0.5, float("nan"), 1, 0]})
    write_workbook({"scores": table}, tmp_path / "x.xlsx")
    with zipfile.ZipFile(tmp_path / "x.xlsx") as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        strings = book.read("xl/sharedStrings.xml").decode()
    assert "<f>" not in sheet
    assert "hyperlink" not in sheet
    assert "=1+1" in strings


@pytest.fixture(scope="module")
def sheet(tmp_path_factory):
    """A workbook of scores, as python-calamine reads it, and the XML of its sheet."""
    import zipfile

    from python_calamine import CalamineWorkbook

    table = pd.DataFrame(
        {
            "as_of": pd.to_datetime(["2026-03-02 09:30", None], utc=True),
            "inquiry_id": ["q1", "=HYPERLINK(1)"],
            "reasons": ["For: asks for a sample. Against: names no quantity", None],
            "grade": ["A", "B"],
            "action": ["Answer today", "+1"],
            "next_follow_up": pd.to_datetime(["2026-03-03", "2026-03-04"], utc=True),
            "conversion_probability": [0.5, 0.25],
            "expected_value": [12_500.0, float("nan")],
            "do": ["a", "b"],
            "dont": ["a", "b"],
            "rule_intent_confidence": [0.1, 0.2],
        }
    )
    path = tmp_path_factory.mktemp("book") / "x.xlsx"
    write_workbook({"scores": table}, path)
    with zipfile.ZipFile(path) as book:
        xml = {name: book.read(f"xl/{name}.xml").decode() for name in ("worksheets/sheet1", "styles")}
    return CalamineWorkbook.from_path(path).get_sheet_by_name("scores").to_python(), xml


def test_a_workbook_begins_with_what_a_salesperson_reads_first(sheet):
    [head, *_], _ = sheet
    assert head[:5] == ["Inquiry", "Grade", "Probability of an order", "Expected value", "Next action"]
    assert head[5:9] == ["Reasons", "Follow up on", "Do", "Don't"]
    assert head[9:] == ["As of (UTC)", "Rule intent confidence"]


def test_times_of_a_workbook_are_dates_and_figures_are_figures(sheet):
    [head, first, second], _ = sheet
    row = dict(zip(head, first, strict=True))
    assert row["Follow up on"] == datetime.date(2026, 3, 3)
    assert row["As of (UTC)"] == datetime.datetime(2026, 3, 2, 9, 30)
    assert row["Expected value"] == 12_500
    assert dict(zip(head, second, strict=True))["As of (UTC)"] == ""


def test_texts_of_a_workbook_stay_texts(sheet):
    [head, _, second], xml = sheet
    row = dict(zip(head, second, strict=True))
    assert (row["Inquiry"], row["Next action"]) == ("=HYPERLINK(1)", "+1")
    assert "<f>" not in xml["worksheets/sheet1"]


def test_a_workbook_has_wide_wrapped_texts_a_frozen_header_and_filters(sheet):
    [head, *_], xml = sheet
    page = xml["worksheets/sheet1"]
    assert re.search(r'<pane xSplit="1" ySplit="1" [^>]*state="frozen"', page)
    assert '<autoFilter ref="A1:K3"/>' in page
    columns = re.findall(r'<col min="(\d+)" max="(\d+)" width="([\d.]+)" style="(\d+)"', page)
    styles = re.findall(r"<xf [^>]*?(?:/>|>.*?</xf>)", xml["styles"].split("<cellXfs")[1])
    for name in ("Next action", "Reasons", "Do", "Don't"):
        place = head.index(name) + 1
        [(width, style)] = [(float(w), int(s)) for low, high, w, s in columns if int(low) <= place <= int(high)]
        assert width > 30
        assert 'wrapText="1"' in styles[style]


def test_a_time_that_a_workbook_cannot_hold_is_a_text(tmp_path):
    table = pd.DataFrame({"received_at": pd.to_datetime(["1850-01-01", "2026-01-01"], utc=True)})
    write_workbook({"scores": table}, tmp_path / "x.xlsx")
    assert pd.read_excel(tmp_path / "x.xlsx", engine="calamine")["Received (UTC)"].iloc[0].startswith("1850-01-01")


def test_times_of_a_workbook_are_those_of_the_exports_own_clock(tmp_path):
    days = pd.Series(pd.to_datetime(["2025-05-31 16:00", "2025-06-26 16:00", None], utc=True))
    follow_up = pd.Series(pd.to_datetime(["2025-06-27"] * 3, utc=True))
    table = pd.DataFrame({"inquiry_id": list("abc"), "received_at": days, "next_follow_up": follow_up})
    table["as_of"] = pd.to_datetime("2025-06-27 09:30", utc=True)
    write_result_tables(table, table, "scores", tmp_path / "x.xlsx", zone="Asia/Shanghai")
    written = pd.read_excel(tmp_path / "x.xlsx", engine="calamine")
    assert written["Received (Asia/Shanghai)"].tolist()[:2] == [pd.Timestamp("2025-06-01"), pd.Timestamp("2025-06-27")]
    assert written["As of (Asia/Shanghai)"].iloc[0] == pd.Timestamp("2025-06-27 17:30")
    assert written["Follow up on"].iloc[0] == pd.Timestamp("2025-06-27")
    with zipfile.ZipFile(tmp_path / "x.xlsx") as book:
        assert 'formatCode="yyyy-mm-dd"' in book.read("xl/styles.xml").decode()
