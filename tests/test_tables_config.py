from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from inquiry_intent.config import load_config
from inquiry_intent.errors import ConfigError, SourceError, TableError
from inquiry_intent.moments import known_at
from inquiry_intent.storage import read_tables, replacing, write_tables
from inquiry_intent.tables import check_tables, conform
from tests.conftest import ROOT, at, corpus, make_tables

INQUIRIES = {"inquiry_id": ["a", "b"], "client_id": ["x", "y"], "received_at": [at(0), at(1)]}


def test_tables_come_back_as_they_were_written(tmp_path):
    tables = corpus(20)
    write_tables(tables, tmp_path / "tables")
    again = read_tables(tmp_path / "tables")
    for name in ("inquiries", "messages", "events", "clients", "outcomes"):
        pd.testing.assert_frame_equal(getattr(again, name), getattr(tables, name))
    assert again.info == tables.info


def test_a_folder_that_lost_files_or_rows_is_refused_with_each_of_them(tmp_path):
    tables = corpus(20)
    rows = {name: len(getattr(tables, name)) for name in ("inquiries", "messages", "events", "clients", "outcomes")}
    counts = {name: {"read": n, "kept": n, "quarantined": 0, "left_out": 0} for name, n in rows.items()}
    info = tables.info.model_copy(update={"counts": counts})
    folder = tmp_path / "tables"
    write_tables(replace(tables, info=info), folder)
    (folder / "events.parquet").unlink()  # held nothing: nothing is lost
    assert len(read_tables(folder).messages) == rows["messages"]
    (folder / "messages.parquet").unlink()
    tables.outcomes.iloc[:7].to_parquet(folder / "outcomes.parquet")
    with pytest.raises(SourceError) as error:
        read_tables(folder)
    assert f"messages.parquet is missing, info.json counts {rows['messages']}" in str(error.value)
    assert "outcomes.parquet has 7 rows, info.json counts 20" in str(error.value)
    assert "write it again with 'inquiry-intent ingest'" in str(error.value)
    (folder / "info.json").write_text(tables.info.model_dump_json())
    assert len(read_tables(folder).outcomes) == 7


def test_all_problems_are_listed_at_once_with_table_row_value_and_expectation():
    messages = {
        "message_id": ["1", "1", "3"],
        "inquiry_id": ["a", "a", "zz"],
        "sent_at": [at(0), at(-3), at(2)],
        "direction": ["inbound", "boss", "outbound"],
    }
    with pytest.raises(TableError) as error:
        check_tables(make_tables({**INQUIRIES, "inquiry_id": ["a", "a"]}, messages))
    text = str(error.value)
    assert "inquiries row 0: inquiry_id 'a' stands twice" in text
    assert "messages row 1: direction is 'boss', expected one of ['inbound', 'outbound']" in text
    assert "messages row 0: message_id '1' stands twice" in text
    assert "messages row 2: inquiry_id 'zz' is not in inquiries" in text
    assert "messages row 1: sent_at" in text
    assert "before its inquiry was received" in text


def test_a_number_without_end_is_refused_wherever_it_stands():
    outcomes = {"inquiry_id": ["a", "b"], "status": ["won", "won"], "order_value": [5.0, np.inf]}
    tables = make_tables({**INQUIRIES, "attr_size": [-np.inf, np.nan]}, outcomes=outcomes)
    with pytest.raises(TableError) as error:
        check_tables(tables)
    assert "inquiries row 0: attr_size is -inf, expected a finite number" in str(error.value)
    assert "outcomes row 1: order_value is inf, expected a finite number" in str(error.value)


def test_a_ten_megabyte_message_is_refused_by_its_row():
    messages = {"message_id": ["1"], "inquiry_id": ["a"], "sent_at": [at(0)], "direction": ["inbound"]}
    with pytest.raises(TableError, match=r"messages row 0: text has 10,000,000 characters, at most 1,000,000"):
        check_tables(make_tables(INQUIRIES, {**messages, "text": ["x" * 10_000_000]}))


def test_naive_times_are_refused():
    naive = pd.DataFrame({**INQUIRIES, "received_at": pd.to_datetime(["2026-03-02", "2026-03-03"])})
    with pytest.raises(TableError, match=r"inquiries.received_at .* without a zone"):
        conform("inquiries", naive)


def test_missing_columns_are_named_all_at_once():
    with pytest.raises(TableError, match=r"(?s)'client_id'.*'received_at'"):
        conform("inquiries", pd.DataFrame({"inquiry_id": ["a"]}))


def test_an_empty_export_is_refused():
    with pytest.raises(TableError, match="inquiries has no rows"):
        check_tables(make_tables({"inquiry_id": [], "client_id": [], "received_at": []}))


def test_half_a_clock_is_refused():
    tables = make_tables(INQUIRIES)
    timeless = replace(tables, info=tables.info.model_copy(update={"timeless": True}))
    with pytest.raises(TableError, match="says the export has no times"):
        check_tables(timeless)


def test_a_record_is_known_at_its_own_moment_and_a_missing_time_only_where_there_is_no_clock():
    times = pd.Series([at(0), at(1), pd.NaT, pd.NaT])
    as_of = pd.Series([at(0), at(0), at(0), pd.NaT])
    assert known_at(times, as_of).tolist() == [True, False, False, True]


@pytest.mark.parametrize("damage", [lambda b: b[: len(b) // 2], lambda b: b""], ids=["truncated", "empty"])
def test_a_damaged_file_is_refused_by_name(tmp_path, damage):
    write_tables(corpus(20), tmp_path / "tables")
    path = tmp_path / "tables" / "messages.parquet"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(SourceError, match=r"messages.parquet is no whole Parquet file"):
        read_tables(tmp_path / "tables")


def test_a_folder_without_inquiries_is_refused(tmp_path):
    with pytest.raises(SourceError, match=r"has no inquiries.parquet"):
        read_tables(tmp_path)


def test_an_error_while_writing_leaves_what_was_there(tmp_path):
    path = tmp_path / "result.txt"
    path.write_text("before")

    def fail() -> None:
        with replacing(path) as draft:
            draft.write_text("half")
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"):
        fail()
    assert path.read_text() == "before"
    assert [p.name for p in tmp_path.iterdir()] == ["result.txt"]


def test_a_parameter_file_lists_every_problem(tmp_path):
    text = (ROOT / "params.yaml").read_text()
    broken = text.replace("horizon_days: 60", "horizon_days: -1").replace("pass_mark: 10", "pass_marc: 10")
    (tmp_path / "params.yaml").write_text(broken)
    with pytest.raises(ConfigError) as error:
        load_config(tmp_path / "params.yaml")
    assert "label.horizon_days" in str(error.value)
    assert "rules.pass_marc" in str(error.value)
    assert "rules.pass_mark" in str(error.value)


@pytest.mark.parametrize(("text", "message"), [("a: [", "is no YAML"), ("- 1", "holds list, expected")])
def test_a_file_that_is_no_parameter_file_is_refused(tmp_path, text, message):
    (tmp_path / "params.yaml").write_text(text)
    with pytest.raises(ConfigError, match=message):
        load_config(tmp_path / "params.yaml")
