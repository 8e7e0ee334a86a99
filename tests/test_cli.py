import subprocess
import sys

import pandas as pd
import pytest
from click.testing import CliRunner

from inquiry_intent.cli import COMMANDS, cli
from inquiry_intent.reports.spreadsheet import safe_cells, write_workbook


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


@pytest.mark.parametrize("start", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_of_a_csv_is_a_formula(start):
    assert safe_cells(pd.DataFrame({"a": [start]}))["a"].item() == f"'{start}"


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
