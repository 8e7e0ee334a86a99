"""The commands `ingest`, `mapping check` and `mapping suggest`."""

# ruff: noqa: E501  (literal rows of exports and mappings are not wrapped)

import pandas as pd
import pytest
from click.testing import CliRunner

from inquiry_intent.cli import cli
from inquiry_intent.cli.data import HORIZON_DAYS
from inquiry_intent.config import load_config
from inquiry_intent.storage import read_tables
from tests.conftest import ROOT

MAPPING = "source: t\nfiles: {f: {path: f.csv}}\ninquiries: {from: f, columns: {inquiry_id: id, client_id: id, received_at: at}}\n"
ROWS = "".join(f"{n},2026-03-{n:02d}T09:00:00Z\n" for n in range(1, 11))


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "export").mkdir()
    (tmp_path / "export" / "f.csv").write_text("id,at\n" + ROWS)
    (tmp_path / "m.yaml").write_text(MAPPING)
    return tmp_path


def run(*arguments):
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


def test_ingest_writes_tables_and_quarantine_and_says_what_came_in(folder):
    (folder / "export" / "f.csv").write_text("id,at\n" + ROWS + "11,never\n")
    result = run("ingest", "--mapping", folder / "m.yaml", folder / "export", "-o", folder / "tables")
    assert result.exit_code == 0, result.output
    assert "inquiries: 11 read = 10 kept + 1 quarantined" in result.output
    assert "1 x inquiries: received_at is words" in result.output
    assert len(read_tables(folder / "tables").inquiries) == 10
    assert pd.read_parquet(folder / "tables" / "quarantine.parquet")["record"].tolist() == [
        '{"id": "11", "at": "never"}'
    ]


def test_a_file_that_no_table_uses_is_noted_and_not_needed(folder):
    (folder / "m.yaml").write_text(MAPPING.replace("f.csv}}", "f.csv}, notes: {path: notes.csv}}"))
    result = run("mapping", "check", folder / "m.yaml", folder / "export")
    assert result.exit_code == 0, result.output
    assert "note: files.notes: notes.csv is used by no table, and not read" in result.output


def test_a_refusal_writes_nothing_and_leaves_earlier_tables_alone(folder):
    assert run("ingest", "--mapping", folder / "m.yaml", folder / "export", "-o", folder / "tables").exit_code == 0
    (folder / "export" / "f.csv").write_text("id,at\n1,never\n")
    result = run("ingest", "--mapping", folder / "m.yaml", folder / "export", "-o", folder / "tables")
    assert result.exit_code == 1
    assert "Error: " in result.output
    assert "the mapping is probably wrong" in result.output
    assert "Traceback" not in result.output
    assert len(read_tables(folder / "tables").inquiries) == 10
    assert sorted(path.name for path in folder.iterdir()) == ["export", "m.yaml", "tables"]


def test_ingest_does_not_replace_a_folder_that_holds_something_else(folder):
    result = run("ingest", "--mapping", folder / "m.yaml", folder / "export", "-o", folder / "export")
    assert result.exit_code == 1
    assert "holds something else than tables" in result.output
    assert (folder / "export" / "f.csv").exists()


def test_mapping_check_reports_on_mapping_and_export_and_writes_nothing(folder):
    result = run("mapping", "check", folder / "m.yaml", folder / "export")
    assert result.exit_code == 0, result.output
    assert "can be read, but nothing can be learnt from it: it gives no outcomes" in result.output
    assert "10 read = 10 kept + 0 quarantined" in result.output
    (folder / "m.yaml").write_text(MAPPING + "tier_leaks: [x]\n")
    result = run("mapping", "check", folder / "m.yaml")
    assert result.exit_code == 1
    assert "tier_leaks: 'x' matches no attribute" in result.output
    assert sorted(path.name for path in folder.iterdir()) == ["export", "m.yaml"]


def test_check_says_which_currencies_the_parameters_cannot_convert(folder):
    cells = ",won,5,RUB\n"
    (folder / "export" / "f.csv").write_text("id,at,s,v,c\n" + ROWS.replace("Z\n", f"Z{cells}"))
    outcomes = "outcomes: {from: f, columns: {inquiry_id: id, status: s, order_value: v, currency: c}}\n"
    (folder / "m.yaml").write_text(MAPPING + outcomes)
    arguments = ("mapping", "check", folder / "m.yaml", folder / "export", "--params", ROOT / "params.yaml")
    assert "WARNING: Orders in ['RUB'] have no exchange rate to USD" in run(*arguments).output
    (folder / "m.yaml").write_text(MAPPING + outcomes + "params: {tier: {method: quantiles}}\n")
    assert "exchange rate" not in run(*arguments).output


def test_check_counts_what_was_won_and_warns_where_nothing_was(folder):
    (folder / "export" / "f.csv").write_text("id,at,s\n" + ROWS.replace("Z\n", "Z,won\n").replace("won", "lost", 3))
    outcomes = "outcomes: {from: f, columns: {inquiry_id: id, status: s}}\n"
    (folder / "m.yaml").write_text(MAPPING + outcomes)
    result = run("mapping", "check", folder / "m.yaml", folder / "export")
    assert "7 won, 3 lost, 0 open" in result.output
    assert "WARNING: no inquiry" not in result.output
    (folder / "m.yaml").write_text(MAPPING + outcomes.replace("from: f", "from: f, when: {s: lost}"))
    result = run("mapping", "check", folder / "m.yaml", folder / "export")
    assert "0 won, 3 lost, 7 open" in result.output
    assert "WARNING: no inquiry is won, so nothing can be learnt" in result.output
    assert "no inquiry is lost" not in result.output
    (folder / "m.yaml").write_text(MAPPING + outcomes.replace("from: f", "from: f, when: {s: other}"))
    result = run("mapping", "check", folder / "m.yaml", folder / "export")
    assert "WARNING: no inquiry is decided" in result.output
    assert "is sound" not in result.output
    (folder / "export" / "f.csv").write_text(
        "id,at,day\n" + "".join(f"{line},2026-04-01\n" for line in ROWS.splitlines())
    )
    status = "decided_at: day, status: {column: day, otherwise: won}"
    (folder / "m.yaml").write_text(
        MAPPING + f"zone: UTC\noutcomes: {{from: f, columns: {{inquiry_id: id, {status}}}}}\n"
    )
    result = run("mapping", "check", folder / "m.yaml", folder / "export")
    assert "nothing can be learnt from it: every inquiry is won" in result.output
    assert "is sound" not in result.output


def test_orders_alone_teach_that_what_is_not_won_in_time_is_not_won(folder):
    won = [f"{line},{line.split(',')[1] if n % 2 else ''}\n" for n, line in enumerate(ROWS.splitlines())]
    (folder / "export" / "f.csv").write_text("id,at,ordered\n" + "".join(won))
    status = "status: {column: ordered, otherwise: won, missing: open}"
    dated = f"outcomes: {{from: f, columns: {{inquiry_id: id, decided_at: ordered, {status}}}}}\n"
    (folder / "m.yaml").write_text(MAPPING + dated)
    result = run("mapping", "check", folder / "m.yaml", folder / "export")
    assert "no inquiry is lost, so those that are not won within label.horizon_days count as not won" in result.output
    assert "nothing can be learnt" not in result.output
    (folder / "m.yaml").write_text(MAPPING + dated.replace("decided_at: ordered, ", ""))
    result = run("mapping", "check", folder / "m.yaml", folder / "export")
    assert "no inquiry is lost, so nothing can be learnt" in result.output


@pytest.mark.parametrize(
    ("decided", "params", "warned"),
    [
        ({1: "won", 2: "lost"}, "{}", True),
        ({1: "won", 2: "lost", 3: "lost"}, "{}", False),  # 7 of 10 open
        ({1: "won", 2: "lost"}, "{label: {horizon_days: 300}}", False),  # none has had its time
        ({1: "won", 2: "won"}, "{}", False),  # only orders are recorded, which another warning says
    ],
)
def test_a_history_of_which_few_outcomes_are_recorded_is_warned_of(folder, decided, params, warned):
    assert load_config(ROOT / "params.yaml").label.horizon_days == HORIZON_DAYS
    rows = [f"{line},{decided.get(n, '')},2026-04-01\n" for n, line in enumerate(ROWS.splitlines(), start=1)]
    (folder / "export" / "f.csv").write_text("id,at,s,day\n" + "".join(rows) + "99,2026-06-01T09:00:00Z,,\n")
    outcomes = "outcomes: {from: f, columns: {inquiry_id: id, status: {column: s, missing: open}, decided_at: day}}\n"
    (folder / "m.yaml").write_text(MAPPING + f"zone: UTC\nparams: {params}\n" + outcomes)
    for result in (
        run("mapping", "check", folder / "m.yaml", folder / "export"),
        run("ingest", "--mapping", folder / "m.yaml", folder / "export", "-o", folder / "tables"),
    ):
        assert result.exit_code == 0, result.output
        said = "WARNING: 8 of 10 inquiries older than label.horizon_days (60) have no outcome, such as '3'"
        assert (said in result.output) == warned, result.output
        assert ("have no outcome" in result.output) == warned


@pytest.mark.parametrize(("lacking", "warned"), [(5, True), (2, False)])
def test_inquiries_that_earlier_tables_had_decided_and_are_open_now_are_counted(folder, lacking, warned):
    ingest = ("ingest", "--mapping", folder / "m.yaml", folder / "export", "-o", folder / "tables")
    files = "source: t\nfiles: {f: {path: f.csv}, o: {path: o.csv}}\n"
    (folder / "m.yaml").write_text(
        MAPPING.replace("source: t\nfiles: {f: {path: f.csv}}\n", files)
        + "outcomes: {from: o, columns: {inquiry_id: id, status: s}}\n"
    )
    lines = [f"{n},{'lost' if n > 5 else 'won'}\n" for n in range(1, 11)]
    (folder / "export" / "o.csv").write_text("id,s\n" + "".join(lines))
    assert "WARNING" not in run(*ingest).output.replace("WARNING: neither", "")
    (folder / "export" / "o.csv").write_text("id,s\n" + "".join(lines[: 10 - lacking]))
    said = f"WARNING: 5 of 10 inquiries decided in the tables that {folder / 'tables'} held are open now, such as '6', which was lost"
    output = run(*ingest).output
    assert (said in output) == warned, output
    assert "are open now" not in run(*ingest).output  # these tables say so themselves


def test_decisions_without_a_date_are_counted_by_how_they_ended(folder):
    lines = [
        f"{line},{'won' if n < 4 else 'lost'},{'' if n in (0, 9) else '2026-04-01'}\n"
        for n, line in enumerate(ROWS.splitlines())
    ]
    (folder / "export" / "f.csv").write_text("id,at,s,end\n" + "".join(lines))
    outcomes = "zone: UTC\noutcomes: {from: f, columns: {inquiry_id: id, status: s, decided_at: end}}\n"
    (folder / "m.yaml").write_text(MAPPING + outcomes)
    result = run("mapping", "check", folder / "m.yaml", folder / "export")
    assert "2 of 10 decided have no decided_at (1 of 4 won, 1 of 6 lost): training leaves these out" in result.output
    (folder / "m.yaml").write_text(MAPPING + outcomes.replace(", decided_at: end", ""))
    result = run("mapping", "check", folder / "m.yaml", folder / "export")
    assert (
        "10 of 10 decided have no decided_at (4 of 4 won, 6 of 6 lost): the label is the final status" in result.output
    )


def test_a_mapping_is_not_called_sound_that_does_not_read_its_export(folder):
    (folder / "m.yaml").write_text(MAPPING.replace("received_at: at", "received_at: when"))
    result = run("mapping", "check", folder / "m.yaml", folder / "export")
    assert result.exit_code == 1
    assert "f.csv has no column 'when'" in result.output
    assert "is sound" not in result.output


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("", "neither messages nor attributes: nothing tells one inquiry from another"),
        ("channel: way", "neither messages nor attributes: nothing but channel tells one inquiry from another"),
        ("attribute", None),
        ("messages", None),
    ],
)
def test_a_mapping_is_not_called_sound_that_says_nothing_of_its_inquiries(folder, more, said):
    lines = [
        f"{line},{['won', 'lost'][n % 2]},{['web', 'fair'][n % 3 > 0]}\n" for n, line in enumerate(ROWS.splitlines())
    ]
    (folder / "export" / "f.csv").write_text("id,at,s,way\n" + "".join(lines))
    text = MAPPING + "outcomes: {from: f, columns: {inquiry_id: id, status: s}}\n"
    if more == "attribute":
        text = text.replace("received_at: at}", "received_at: at}, attributes: {categorical: [way]}")
    elif more == "messages":
        text += (
            "messages: {from: f, columns: {inquiry_id: id, sent_at: at, direction: {constant: inbound}, text: way}}\n"
        )
    (folder / "m.yaml").write_text(
        text.replace("received_at: at}", f"received_at: at, {more}}}") if "way" in more else text
    )
    result = run("mapping", "check", folder / "m.yaml", folder / "export")
    assert result.exit_code == 0, result.output
    assert ("is sound" in result.output) == (said is None), result.output
    assert said is None or said in result.output


def test_mapping_suggest_writes_a_mapping_that_ingests(folder):
    result = run("mapping", "suggest", folder / "export", "-o", folder / "s.yaml")
    assert result.exit_code == 0, result.output
    assert run("mapping", "check", folder / "s.yaml", folder / "export").exit_code == 0
    assert run("mapping", "suggest", folder / "export").stdout == (folder / "s.yaml").read_text()


@pytest.mark.parametrize("command", [["ingest"], ["mapping"], ["mapping", "suggest"], ["mapping", "check"]])
def test_help_ends_in_an_example(command):
    assert "Example:" in run(*command, "--help").output


def test_a_folder_is_never_replaced_by_a_file(folder):
    result = run("mapping", "suggest", folder / "export", "-o", folder / "export")
    assert result.exit_code == 1
    assert "is a folder, expected a file to write" in result.output
    assert (folder / "export" / "f.csv").exists()
    assert sorted(path.name for path in folder.iterdir()) == ["export", "m.yaml"]


@pytest.mark.parametrize("place", ["export/f.csv/new", "x" * 300])
@pytest.mark.parametrize(
    ("words", "ending"),
    [
        ("ingest --mapping m.yaml", ""),
        ("run --mapping m.yaml", ""),
        ("simulate", ""),
        ("audit --mapping m.yaml", ".csv"),
        ("classify", ".xlsx"),
        ("signals", ".parquet"),
    ],
)
def test_an_output_that_cannot_be_written_is_said_before_the_work_starts(folder, place, words, ending, monkeypatch):
    monkeypatch.chdir(folder)
    name, *options = words.split()
    # What is read is no export: whoever began with it would say so.
    (folder / "none").mkdir()
    source = [] if name == "simulate" else ["none"]
    result = run(name, *source, *options, "-o", f"{place}{ending}")
    assert result.exit_code == 1
    [said] = result.output.splitlines()
    assert "cannot be written (" in said
    assert said.endswith("; name another path")
    assert sorted(path.name for path in folder.iterdir()) == ["export", "m.yaml", "none"]


def test_a_folder_in_place_of_a_mapping_is_said_in_one_line(folder):
    result = run("mapping", "check", folder / "export")
    assert result.exit_code == 1
    assert "Is a directory; name another path" in result.output
    assert "Traceback" not in result.output


def test_suggest_says_which_files_it_could_not_read(folder):
    (folder / "export" / "g.parquet").write_bytes(b"PAR1 and no more")
    result = run("mapping", "suggest", folder / "export", "-o", folder / "s.yaml")
    assert result.exit_code == 0
    assert "not read: g.parquet is no whole Parquet file" in result.output


def test_classify_says_which_rows_of_an_export_it_could_not_take(folder):
    (folder / "export" / "f.csv").write_text("id,at\n" + ROWS + "1,2026-03-02T00:00:00Z\n")
    result = run("classify", folder / "export", "--mapping", folder / "m.yaml", "-o", folder / "verdicts.csv")
    assert result.exit_code == 0, result.output
    assert "11 read = 10 kept + 1 quarantined" in result.output
    assert "10 inquiries = 10 classified" in result.output  # each inquiry once
    (folder / "export" / "f.csv").write_text("id,at\n" + ROWS + "11,soon\n")
    result = run("classify", folder / "export", "--mapping", folder / "m.yaml", "-o", folder / "verdicts.csv")
    assert "11 inquiries = 10 classified" in result.output
    assert "1 left out" in result.output
    assert "WARNING: 1 of these could not be read, such as quarantined: received_at is words" in result.output


def test_a_stage_that_the_mapping_does_not_know_is_named_with_what_to_do(folder):
    stages = ["won", "lost", "won", "lost", "won", "lost", "won", "lost", "Sample Sent", "Sample Sent"]
    rows = [f"{line},{stage}\n" for line, stage in zip(ROWS.splitlines(), stages, strict=True)]
    (folder / "export" / "f.csv").write_text("id,at,s\n" + "".join(rows))
    (folder / "m.yaml").write_text(MAPPING + "outcomes: {from: f, columns: {inquiry_id: id, status: s}}\n")
    result = run("ingest", "--mapping", folder / "m.yaml", folder / "export", "-o", folder / "tables")
    assert "the values are 'Sample Sent' (2); add them to 'values:' of the mapping's outcomes" in result.output
    quarantine = pd.read_parquet(folder / "tables" / "quarantine.parquet")
    assert quarantine.loc[quarantine["table"] == "inquiries", "inquiry_id"].tolist() == ["9", "10"]


def test_reasons_are_counted_and_show_a_row(folder):
    (folder / "export" / "f.csv").write_text("id,at\n" + ROWS + "1,2026-03-02T00:00:00Z\n2,2026-03-02T00:00:00Z\n")
    result = run("mapping", "check", folder / "m.yaml", folder / "export")
    assert (
        "2 x inquiries: inquiry_id … stands twice, with other values; kept is the first; where the last is right"
        in result.output
    )
    assert "'one_per_key: latest' (row 12 of f.csv)" in result.output
    (folder / "export" / "f.csv").write_text("id,at\n" + ROWS + "11,2026-03-32\n12,2026-03-33\n")
    result = run("mapping", "check", folder / "m.yaml", folder / "export")
    assert "else set 'format:'), such as '2026-03-32' (row 12 of f.csv)" in result.output


def test_names_in_a_column_taken_for_times_or_numbers_are_not_repeated(folder):
    (folder / "export" / "f.csv").write_text(
        "id,at,v\n" + ROWS.replace("Z\n", "Z,1\n") + "11,Olga Maier,1\n12,2026-03-03T00:00:00Z,Bo 7th Ltd\n"
    )
    outcomes = "outcomes: {from: f, columns: {inquiry_id: id, status: {constant: won}, order_value: v}}\n"
    (folder / "m.yaml").write_text(MAPPING + "max_quarantined: 0.01\n" + outcomes)
    result = run("mapping", "check", folder / "m.yaml", folder / "export")
    assert "received_at is words, expected a time" in result.output
    assert "order_value is words, expected a number" in result.output
    assert "Olga" not in result.output


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ("{label: {horizon_days: sixty}}", "params.label.horizon_days: Input should be a valid number"),
        ("{label: {horizon_days: -1}}", "params.label.horizon_days: Input should be greater than 0"),
        ("{snapshots: {ages_days: [x]}}", "params.snapshots.ages_days.0: Input should be a valid number"),
    ],
)
def test_a_parameter_of_a_mapping_that_is_none_is_said_before_anything_is_written(folder, params, said):
    (folder / "m.yaml").write_text(MAPPING + f"params: {params}\n")
    result = run("ingest", "--mapping", folder / "m.yaml", folder / "export", "-o", folder / "tables")
    assert result.exit_code == 1
    assert said in result.output
    assert not (folder / "tables").exists()
