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
from inquiry_intent.reports.spreadsheet import _workbook, reading_order, safe_cells, write_workbook
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
    assert head[:4] == ["Grade", "Inquiry", "Probability of an order", "Expected value"]
    assert head[4:7] == ["Next action", "Follow up on", "Reasons"]
    assert head[7:] == ["Do", "Don't", "As of (UTC)", "Rule intent confidence"]


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
    assert re.search(r'<pane xSplit="2" ySplit="1" [^>]*state="frozen"', page)
    assert '<autoFilter ref="A1:K3"/>' in page
    columns = re.findall(r'<col min="(\d+)" max="(\d+)" width="([\d.]+)" style="(\d+)"', page)
    styles = re.findall(r"<xf [^>]*?(?:/>|>.*?</xf>)", xml["styles"].split("<cellXfs")[1])
    for name in ("Next action", "Reasons", "Do", "Don't"):
        place = head.index(name) + 1
        [(width, style)] = [(float(w), int(s)) for low, high, w, s in columns if int(low) <= place <= int(high)]
        assert width > 30
        assert 'wrapText="1"' in styles[style]


def test_a_list_reads_from_left_to_right_as_the_morning_goes():
    table = ["inquiry_id", "as_of", "age_days", "client_id", "owner", "country", "product", "received_at", "company"]
    table += ["contact", "subject", "last_words", "conversion_probability", "conversion_probability_low"]
    table += ["conversion_probability_high", "tier_probability_test", "expected_value", "currency", "reasons"]
    table += ["disagreement", "grade", "rule_score", "action", "tone", "do", "next_follow_up", "model_version"]
    order = reading_order(table)
    assert sorted(order) == sorted(table)
    for before, after in [
        ("grade", "company"), ("company", "country"), ("country", "owner"), ("owner", "conversion_probability"),
        ("conversion_probability_high", "expected_value"), ("currency", "action"), ("action", "next_follow_up"),
        ("next_follow_up", "reasons"), ("reasons", "last_words"), ("do", "rule_score"), ("subject", "model_version"),
    ]:  # fmt: skip
        assert order.index(before) < order.index(after), (before, after)
    place = order.index("conversion_probability")
    assert order[place + 1 : place + 3] == ["conversion_probability_low", "conversion_probability_high"]


def pages(path):
    """Each sheet of a workbook with its XML, and the names that the workbook defines."""
    with zipfile.ZipFile(path) as book:
        defined = dict(
            re.findall(r'name="_xlnm.(\w+)" localSheetId="0"[^>]*>([^<]*)<', book.read("xl/workbook.xml").decode())
        )
        names = sorted(name for name in book.namelist() if name.startswith("xl/worksheets/sheet"))
        return [book.read(name).decode() for name in names], defined


def test_a_workbook_prints_what_decides_on_pages_as_wide_as_the_paper(tmp_path):
    names = ["inquiry_id", "as_of", "grade", "conversion_probability", "reasons", "last_words", "rule_score"]
    table = pd.DataFrame({name: ["x"] * 3 for name in names})
    write_workbook({"scores": table, "signals": table[["inquiry_id", "as_of"]]}, tmp_path / "x.xlsx")
    sheets, defined = pages(tmp_path / "x.xlsx")
    for page in sheets:
        assert 'orientation="landscape"' in page
        assert 'fitToHeight="0"' in page
        assert "<pageSetUpPr fitToPage" in page
    assert defined["Print_Titles"] == "scores!$1:$1"
    assert defined["Print_Area"] == "scores!$A$1:$D$4", "grade, inquiry, probability, reasons"


def test_doubts_stand_wrapped_above_the_first_table_and_stay_in_view(tmp_path):
    doubt = "conversion: the model does not beat the rules; doubt its probabilities and go by the rules' grade. " * 3
    table = pd.DataFrame({"grade": ["A"], "company": ["=Ana"], "inquiry_id": ["q"], "action": ["a"], "reasons": ["b"]})
    path = tmp_path / "x.xlsx"
    write_result_tables(table, table.iloc[:0], "scores", path, ["a note", doubt], doubts=[doubt, "tier: none"])
    read = {name: pd.read_excel(path, name, header=None, engine="calamine") for name in ("scores", "left out", "notes")}
    assert read["scores"].iloc[:2, 0].tolist() == [doubt, "tier: none"]
    assert read["scores"].iloc[2:4, 0].tolist() == ["Grade", "A"]
    assert read["left out"].iloc[0, 0] == "Grade"
    assert read["notes"][0].tolist() == ["Note", "a note", doubt]
    [scores, _, notes], defined = pages(path)
    assert re.search(r'<pane xSplit="3" ySplit="3" ', scores)
    assert '<autoFilter ref="A3:E4"/>' in scores
    assert defined["Print_Titles"] == "scores!$1:$3"
    assert len(re.findall("<mergeCell ref", scores)) == 2
    assert float(re.search(r'<row r="1"[^>]* ht="([\d.]+)"', scores)[1]) >= 45, "three lines of text at least"
    assert float(re.search(r'<col min="1" max="1" width="([\d.]+)"', notes)[1]) > 100


def test_columns_are_wide_enough_for_what_stands_in_them_and_no_wider(tmp_path):
    table = pd.DataFrame({"grade": ["A", "B"], "inquiry_id": ["q", "q" * 18], "expected_value": [1.0, 123_456_789.0]})
    table = table.assign(owner=["Maximilian Demo", None], disagreement=None, conversion_probability=0.5, country="MX")
    write_workbook({"scores": table}, tmp_path / "x.xlsx")
    [page], _ = pages(tmp_path / "x.xlsx")
    found = re.findall(r'<col min="\d+" max="\d+" width="([\d.]+)"', page)
    widths = dict(zip(reading_order(list(table)), map(float, found), strict=True))
    assert widths["inquiry_id"] >= 18
    assert widths["expected_value"] >= len("123,456,789")
    assert widths["owner"] >= len("Maximilian Demo")
    assert widths["disagreement"] < 16, "nothing stands there"
    assert all(widths[name] < 11 for name in ("grade", "country"))


@pytest.mark.parametrize("columns", [["note"], ["inquiry_id"], ["grade"], []])
def test_a_doubt_above_a_table_of_one_column_is_no_merged_cell(tmp_path, columns):
    write_workbook({"scores": pd.DataFrame("x", [0], columns)}, tmp_path / "x.xlsx", above=["=1"])
    [page], _ = pages(tmp_path / "x.xlsx")
    assert "mergeCell" not in page
    assert "<f>" not in page
    assert pd.read_excel(tmp_path / "x.xlsx", header=None, engine="calamine")[0].iloc[0] == "=1"


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
