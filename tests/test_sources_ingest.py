"""Exports become tables: what is kept, quarantined with its reason, or refused as a whole."""

# ruff: noqa: E501  (literal rows of exports and mappings are not wrapped)

import csv
import gzip
import io
import json
from pathlib import Path

import pandas as pd
import pytest
import xlsxwriter
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inquiry_intent.errors import ConfigError, SourceError
from inquiry_intent.sources.building import nearest_names
from inquiry_intent.sources.faults import hint_of
from inquiry_intent.sources.ingest import read_export
from inquiry_intent.sources.mapping import load_mapping
from inquiry_intent.sources.second_look import clients_alike, inquiries_alike, unread_receipts
from inquiry_intent.tables import MAX_TEXT_CHARACTERS

INQUIRIES = (
    "id,client,at,state\na,A,2026-03-02T09:00:00Z,won\nb,B,2026-03-03T09:00:00Z,lost\nc,C,2026-03-04T09:00:00Z,\n"
)
MESSAGES = "no,id,at,who,text\n1,a,2026-03-02T09:00:00Z,in,Hello\n2,a,2026-03-02T10:00:00Z,out,Dear\n3,b,2026-03-03T09:00:00Z,in,Price?\n"
MAPPING = """
source: test
files: {inquiries: {path: inquiries.csv}, messages: {path: messages.csv}}
inquiries:
  from: inquiries
  columns: {inquiry_id: id, client_id: client, received_at: at}
messages:
  from: messages
  columns: {message_id: "no", inquiry_id: id, sent_at: at, direction: {column: who, values: {in: inbound, out: outbound}}, text: text}
outcomes:
  from: inquiries
  columns: {status: {column: state, missing: open}}
"""


@pytest.fixture
def export(tmp_path):
    folder = tmp_path / "export"
    folder.mkdir()
    (folder / "inquiries.csv").write_text(INQUIRIES, encoding="utf-8")
    (folder / "messages.csv").write_text(MESSAGES, encoding="utf-8")
    return folder


def overlay(base: dict, changes: dict) -> dict:
    for key, value in changes.items():
        base[key] = overlay(base[key], value) if isinstance(value, dict) and isinstance(base.get(key), dict) else value
    return base


def mapping_of(folder: Path, text: str = MAPPING, **changes):
    path = folder.parent / "mapping.yaml"
    path.write_text(yaml.safe_dump(overlay(yaml.safe_load(text), changes)), encoding="utf-8")
    return load_mapping(path)


def ingest(folder: Path, text: str = MAPPING, **changes):
    return read_export(folder, mapping_of(folder, text, **changes))


def lenient(folder: Path, text: str = MAPPING, **changes):
    return ingest(folder, text, max_quarantined=1, **changes)


def reasons(result, table="messages"):
    rows = result.quarantine[result.quarantine["table"] == table]
    return list(zip(rows["row"], rows["reason"], strict=True))


def test_an_export_becomes_checked_tables(export):
    result = ingest(export)
    assert result.tables.inquiries["inquiry_id"].tolist() == ["a", "b", "c"]
    assert result.tables.messages["direction"].tolist() == ["inbound", "outbound", "inbound"]
    assert result.tables.outcomes["status"].tolist() == ["won", "lost", "open"]
    info = result.tables.info
    assert info.counts["messages"] == {"read": 3, "kept": 3, "quarantined": 0, "left_out": 0}
    assert (info.time_precision, info.timeless) == ("minute", False)
    assert info.known_until == pd.Timestamp("2026-03-04 09:00", tz="UTC")
    assert result.quarantine.empty
    assert list(result.quarantine) == ["table", "file", "row", "reason", "record", "inquiry_id"]


def test_each_table_says_how_fine_its_times_are(export):
    (export / "clients.csv").write_text("client,since\nA,2026-03-02\n", encoding="utf-8")
    (export / "events.csv").write_text("id,at\na,2026-03-05\n", encoding="utf-8")
    (export / "messages.csv").write_text(MESSAGES.replace("09:00:00Z", "09:00:20Z"), encoding="utf-8")
    info = ingest(
        export,
        files={"clients": {"path": "clients.csv"}, "events": {"path": "events.csv"}},
        zone="UTC",
        events={
            "from": "events",
            "columns": {"inquiry_id": "id", "occurred_at": "at", "kind": {"constant": "held_call"}},
        },
        clients={"from": "clients", "columns": {"client_id": "client", "known_at": "since"}},
    ).tables.info
    assert (info.time_precision, info.message_precision) == ("minute", "second")
    assert (info.event_precision, info.client_precision, info.decision_precision) == ("day", "day", "none")


def test_a_file_may_be_gzipped_under_the_same_mapping(export):
    (export / "messages.csv").unlink()
    (export / "messages.csv.gz").write_bytes(gzip.compress(MESSAGES.encode()))
    assert len(ingest(export).tables.messages) == 3


def test_a_mapping_of_one_file_takes_that_file_under_any_name(tmp_path):
    file = tmp_path / "export" / "week 12.csv"
    file.parent.mkdir()
    file.write_text(INQUIRIES)
    text = yaml.safe_dump({**yaml.safe_load(MAPPING), "files": {"inquiries": {"path": "x.csv"}}, "messages": []})
    assert len(read_export(file, mapping_of(file.parent, text)).tables.inquiries) == 3


def test_several_files_of_one_shape_are_read_as_one(export):
    (export / "inquiries.csv").rename(export / "inquiries-1.csv")
    (export / "inquiries-2.csv").write_text("id,client,at,state\nd,D,2026-03-05T09:00:00Z,won\n")
    result = ingest(export, files={"inquiries": {"path": "inquiries-*.csv"}})
    assert result.tables.inquiries["inquiry_id"].tolist() == ["a", "b", "c", "d"]
    (export / "inquiries-2.csv").write_text("id,client,at,stage\nd,D,2026-03-05T09:00:00Z,won\n")
    with pytest.raises(
        SourceError, match=r"inquiries-2\.csv has other columns than inquiries-1\.csv: \['stage', 'state'\]"
    ):
        ingest(export, files={"inquiries": {"path": "inquiries-*.csv"}})


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("4,a,Monday,in,x", "sent_at is words, expected a time (iso, such as"),
        ("4,a,1970-01-01T00:00:00Z,in,x", "sent_at is '1970-01-01T00:00:00Z', which lies outside 1971 to 2099"),
        ("4,a,,in,x", "sent_at is empty"),
        (
            "4,a,2026-03-02T08:59:59Z,in,x",
            "sent_at is '2026-03-02 08:59:59+00:00', which is before its inquiry was received",
        ),
        (
            "1,a,2026-03-02T09:00:00Z,in,x",
            "message_id '1' stands twice, with other values; kept is the first, in row 2 of messages.csv",
        ),
        (
            "1,a,2026-03-02T09:00:00Z,in,Hello",
            "message_id '1' stands twice, with the same values; kept is the first, in row 2 of messages.csv",
        ),
        ("4,z,2026-03-02T09:00:00Z,in,x", "inquiry_id is 'z', which is not among the inquiries"),
        ("4,,2026-03-02T09:00:00Z,in,x", "inquiry_id is empty"),
        ("4,a,2026-03-02T09:00:00Z,boss,x", "direction is 'boss', expected one of ['in', 'out']"),
        ("4,a,2026-03-02T09:00:00Z,in," + "x" * 10_000_000, "text is longer than the 1,000,000 characters"),
        ("4,a,2026-03-02T09:00:00Z,in,x\x00y", "text holds NUL bytes"),
        ("4,a,2026-03-02T09:00:00Z,in", "has 4 cells, the header has 5"),
    ],
)
def test_a_bad_row_is_quarantined_with_its_reason(export, row, reason):
    (export / "messages.csv").write_text(MESSAGES + row + "\n")
    result = lenient(export)
    ((number, said),) = reasons(result)
    assert number == 5
    assert said.startswith(reason)
    assert result.tables.info.counts["messages"] == {"read": 4, "kept": 3, "quarantined": 1, "left_out": 0}
    assert json.loads(result.quarantine["record"].item())


def test_a_text_of_the_greatest_length_is_kept(export):
    row = "4,a,2026-03-02T09:00:00Z,in," + "x" * MAX_TEXT_CHARACTERS
    (export / "messages.csv").write_text(MESSAGES + row + "\n")
    assert len(ingest(export).tables.messages) == 4


def test_the_raw_row_is_kept_in_the_quarantine_without_forbidden_columns(export):
    (export / "messages.csv").write_text("no,id,at,who,text,secret\n1,a,Monday,in,Hi,x\n")
    result = lenient(export, files={"messages": {"forbidden": ["sec*"]}})
    assert json.loads(result.quarantine["record"].item()) == {
        "no": "1",
        "id": "a",
        "at": "Monday",
        "who": "in",
        "text": "Hi",
    }


def test_rows_of_a_quarantined_inquiry_go_with_it_and_do_not_speak_against_the_mapping(export):
    many = "".join(f"{n},a,2026-03-02T09:00:00Z,in,x\n" for n in range(10, 40))
    (export / "inquiries.csv").write_text(
        INQUIRIES.replace("a,A,2026-03-02T09:00:00Z", "a,A,never")
        + "d,D,2026-03-05T09:00:00Z,won\ne,E,2026-03-05T09:00:00Z,won\n"
    )
    (export / "messages.csv").write_text(MESSAGES + many)
    result = ingest(export)
    assert reasons(result, "inquiries") == [
        (2, "received_at is words, expected a time (iso, such as 2026-03-02T09:30:00Z; else set 'format:')")
    ]
    assert {reason for _, reason in reasons(result)} == {"its inquiry is quarantined"}
    assert result.tables.info.counts["messages"] == {"read": 33, "kept": 1, "quarantined": 32, "left_out": 0}
    assert result.tables.info.counts["outcomes"]["quarantined"] == 1


def test_too_many_bad_rows_refuse_the_export_with_reasons_counted_and_samples(export):
    (export / "messages.csv").write_text(MESSAGES + "4,a,30 Feb 2026,in,x\n5,a,31 Feb 2026,in,x\n")
    with pytest.raises(SourceError) as caught:
        ingest(export)
    said = str(caught.value)
    assert (
        "messages: 2 of 5 rows (40%) cannot be taken, more than max_quarantined (20%): the mapping is probably wrong"
        in said
    )
    assert "2 x sent_at is …, expected a time" in said
    assert "messages.csv row 5: sent_at is '30 Feb 2026'" in said


def test_many_messages_before_their_inquiries_may_be_of_another_zone(export):
    (export / "messages.csv").write_text(MESSAGES.replace("T09:", "T04:"))
    with pytest.raises(SourceError, match=r"first_message.*of another zone than they say"):
        ingest(export)
    reason = "sent_at is …, which is before its inquiry was received"
    assert "first_message" in hint_of("messages", reason, 0.01)
    assert "zone" not in hint_of("messages", reason, 0.01)


def test_mail_addresses_are_not_repeated_in_messages(export):
    (export / "messages.csv").write_text(MESSAGES.replace(",in,", ",jane@example.com,"))
    with pytest.raises(SourceError) as caught:
        ingest(export)
    assert "jane" not in str(caught.value)


def test_all_missing_columns_are_named_at_once_with_the_nearest_ones(export):
    with pytest.raises(SourceError) as caught:
        ingest(
            export,
            inquiries={"columns": {"client_id": "Clients", "country": "land"}},
            messages={"columns": {"text": "body"}},
        )
    said = str(caught.value)
    assert "3 problems:" in said
    assert "inquiries: inquiries.csv has no column 'Clients'; nearest are ['client']" in said
    assert nearest_names("owner", ["country", "id"]) == "there are ['country', 'id']"
    assert "no column 'land'" in said
    assert "messages: messages.csv has no column 'body'" in said


def test_missing_files_are_refused_and_optional_ones_are_not(export):
    (export / "messages.csv").unlink()
    with pytest.raises(
        SourceError, match=r"files\.messages: messages\.csv does not exist; there are \['inquiries\.csv'\]"
    ):
        ingest(export)
    result = ingest(export, files={"messages": {"optional": True}})
    assert result.tables.messages.empty
    assert any("messages.csv is not there" in note for note in result.notes)
    with pytest.raises(SourceError, match="does not exist; expected a folder"):
        read_export(export / "nowhere", mapping_of(export))


def test_problems_of_several_files_are_listed_together(export):
    (export / "messages.csv").write_bytes(b"")
    (export / "inquiries.csv").write_bytes("id,at\nä,1\n".encode("latin-1"))
    with pytest.raises(SourceError) as caught:
        ingest(export, files={"inquiries": {"encoding": "utf-8"}})
    assert "inquiries.csv is not utf-8" in str(caught.value)
    assert "messages.csv is empty (0 bytes)" in str(caught.value)


def test_an_export_without_rows_is_refused(export):
    (export / "inquiries.csv").write_text("id,client,at,state\n")
    (export / "messages.csv").write_text("no,id,at,who,text\n")
    with pytest.raises(SourceError, match=r"inquiries has no rows.*files\.inquiries holds none below its header"):
        ingest(export)


def test_an_export_of_which_no_row_is_meant_is_refused(export):
    with pytest.raises(SourceError, match=r"inquiries means none of the \d rows? of files\.inquiries \(see its when"):
        ingest(export, inquiries={"when": {"state": ["nowhere"]}})


def test_a_file_that_holds_its_header_only_is_named(export):
    (export / "messages.csv").write_text(MESSAGES.splitlines()[0] + "\n")
    result = ingest(export)
    assert "files.messages: messages.csv HAS NO ROWS below its header; what it would give is empty" in result.notes
    assert result.tables.messages.empty


def test_times_without_a_zone_refuse_the_export_unless_the_mapping_gives_one(export):
    (export / "inquiries.csv").write_text(INQUIRIES.replace("Z", ""))
    (export / "messages.csv").write_text(MESSAGES.replace("Z", ""))
    with pytest.raises(SourceError, match=r"inquiries\.columns\.received_at has times without a zone"):
        ingest(export)
    tables = ingest(export, zone="Asia/Shanghai").tables
    assert tables.inquiries["received_at"].iloc[0] == pd.Timestamp("2026-03-02 01:00", tz="UTC")


def test_the_tables_keep_the_zone_that_their_days_are_days_of(export):
    assert ingest(export).tables.info.zone == "UTC"
    (export / "inquiries.csv").write_text(INQUIRIES.replace("Z", ""))
    (export / "messages.csv").write_text(MESSAGES.replace("Z", ""))
    assert ingest(export, zone="Asia/Shanghai").tables.info.zone == "Asia/Shanghai"


def test_times_with_and_without_zone_refuse_the_export(export):
    (export / "inquiries.csv").write_text(INQUIRIES.replace("2026-03-02T09:00:00Z", "2026-03-02T09:00:00"))
    with pytest.raises(SourceError, match="mixes times with and without a zone"):
        ingest(export, zone="UTC")


def test_a_day_counts_from_the_inquiry_of_that_day(export):
    (export / "messages.csv").write_text(
        "no,id,at,who,text\n1,a,2026-03-02,in,x\n2,a,2026-03-04,out,y\n3,b,2026-03-03,in,z\n4,b,2026-03-01,in,z\n5,b,2026-03-09,in,z\n"
    )
    result = ingest(export, zone="UTC")
    assert result.tables.messages["sent_at"].dt.strftime("%d %H").tolist() == ["02 09", "04 00", "03 09", "09 00"]
    assert [row for row, _ in reasons(result)] == [5]


def test_a_minute_counts_from_the_inquiry_of_that_minute(export):
    (export / "inquiries.csv").write_text(INQUIRIES.replace("09:00:00Z", "09:00:41Z"))
    (export / "messages.csv").write_text(MESSAGES.replace(":00Z", "Z"))
    result = ingest(export, outcomes={"columns": {"decided_at": "at"}})
    assert reasons(result) == []
    assert result.tables.messages["sent_at"].dt.strftime("%H:%M:%S").tolist() == ["09:00:41", "10:00:00", "09:00:41"]
    assert result.tables.info.recorded_until == pd.Timestamp("2026-03-04T09:00:41Z")


def test_a_date_beside_an_open_status_is_a_plan_and_is_dropped(export):
    (export / "inquiries.csv").write_text(
        "id,client,at,state,close\na,A,2026-03-02T09:00:00Z,open,2027-01-01T00:00:00Z\n"
    )
    (export / "messages.csv").write_text("no,id,at,who,text\n")
    result = ingest(export, outcomes={"columns": {"decided_at": "close"}})
    assert result.tables.outcomes["decided_at"].isna().all()
    assert result.tables.info.known_until == pd.Timestamp("2026-03-02 09:00", tz="UTC")
    assert any("1 open with a decided_at" in note for note in result.notes)


def test_one_wide_table_gives_several_messages_a_row(tmp_path):
    folder = tmp_path / "export"
    folder.mkdir()
    (folder / "wide.csv").write_text(
        "guest,asked,answered,what\n1,2026-03-02 09:00,2026-03-02 11:00,Hi\n2,2026-03-03 09:00,,Hello\n"
    )
    text = """
    source: wide
    zone: UTC
    files: {wide: {path: wide.csv}}
    inquiries:
      from: wide
      columns: {inquiry_id: {hash: [guest, asked]}, client_id: guest, received_at: asked, channel: {constant: web}}
    messages:
      - {from: wide, columns: {sent_at: asked, direction: {constant: inbound}, text: what}}
      - {from: wide, when_present: [answered], columns: {sent_at: answered, direction: {constant: outbound}}}
    outcomes:
      from: wide
      columns: {decided_at: answered, status: {column: answered, otherwise: won, missing: open}}
    """
    result = ingest(folder, text)
    messages = result.tables.messages
    assert messages["message_id"].tolist() == ["1-0000002", "1-0000003", "2-0000002"]
    assert messages["direction"].tolist() == ["inbound", "inbound", "outbound"]
    assert messages["text"].isna().tolist() == [False, False, True]
    # The literal pins the hash: ids must stay the same over versions, or history is lost.
    assert result.tables.inquiries["inquiry_id"].tolist() == ["30ae6c541dd3d7f6", "ec7f5b70d8202de8"]
    assert result.tables.info.counts["messages"] == {"read": 3, "kept": 3, "quarantined": 0, "left_out": 1}


THREADS = """
source: threads
files: {threads: {path: threads.jsonl}}
inquiries:
  from: threads
  columns: {inquiry_id: id, client_id: id, received_at: {first_message: true}}
messages:
  from: threads
  unnest: events
  when: {events.kind: message}
  columns: {sent_at: {column: events.t, format: unix}, direction: {column: events.by, values: {0: inbound, 1: outbound}}, text: events.data}
"""


def test_a_thread_nested_in_a_row_is_unnested_and_dates_its_inquiry(tmp_path):
    folder = tmp_path / "export"
    folder.mkdir()
    threads = [
        {
            "id": "x",
            "events": [
                {"kind": "message", "t": 1496341531.17, "by": 0, "data": "hi"},
                {"kind": "offer", "t": 1, "data": {"p": 2}},
            ],
        },
        {"id": "y", "events": []},
        {
            "id": "z",
            "events": [
                {"kind": "message", "t": 1496341541, "by": 1, "data": "yo"},
                {"kind": "message", "t": 1496341540, "by": 0},
            ],
        },
        {"id": "q", "events": "broken"},
    ]
    (folder / "threads.jsonl").write_text("\n".join(map(json.dumps, threads)))
    result = lenient(folder, THREADS)
    assert result.tables.inquiries["inquiry_id"].tolist() == ["x", "z"]
    assert result.tables.inquiries["received_at"].dt.second.tolist() == [31, 40]
    assert result.tables.messages["message_id"].tolist() == ["1-0000001.0001", "1-0000003.0001", "1-0000003.0002"]
    assert reasons(result, "inquiries") == [
        (2, "has no message whose time could be its received_at"),
        (4, "has no message whose time could be its received_at"),
    ]
    assert reasons(result) == [(4, "'events' is no JSON (Expecting value at character 0)")]


def test_an_export_without_times_is_timeless(export):
    (export / "inquiries.csv").write_text("id,client,part\na,A,dev\nb,B,train\nc,C,test\n")
    text = """
    source: t
    timeless: true
    files: {inquiries: {path: inquiries.csv}}
    inquiries:
      from: inquiries
      columns: {inquiry_id: {row_number: true, prefix: r}, client_id: client, given_split: {column: part, values: {dev: valid}}}
    """
    result = ingest(export, text)
    assert result.tables.inquiries["given_split"].tolist() == ["valid", "train", "test"]
    assert result.tables.inquiries["inquiry_id"].tolist() == ["r2", "r3", "r4"]
    assert result.tables.inquiries["received_at"].isna().all()
    assert (result.tables.info.timeless, result.tables.info.known_until) == (True, None)


@pytest.mark.parametrize(("at", "told"), [("2026-03-02 09:00 GMT+8", True), ("soon", False), ("", False)])
def test_an_export_called_timeless_whose_receipts_look_like_dates_is_warned_of(export, at, told):
    rows = "".join(f"{n},C{n},{at},won\n" for n in range(9))
    (export / "inquiries.csv").write_text("id,client,Received,state\n" + rows)
    text = (
        MAPPING.replace(", received_at: at", "")
        .replace("sent_at: at, ", "")
        .replace("source: test", "source: test\ntimeless: true")
    )
    notes = unread_receipts(export, mapping_of(export, text))
    assert (
        any(note.startswith("WARNING: no times are read, though 'Received' of inquiries.csv") for note in notes) == told
    )


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["Dupont Supplies", "DUPONT SUPPLIES", "Dupont Supplies Ltd."], 2),
        (["Müller & Söhne", "Muller Söhne GmbH & Co. KG", "Müller"], 1),
        (["Textil del Sur", "Textil del Sur S.A. de C.V.", "Textil"], 1),
        (["Вега", "ООО «Вега»", "Вегас"], 1),
        (["宁波远航", "宁波远航有限公司", "远航"], 1),
        (["li@firm.example", "li@firm.co", "li@firm.com"], 0),
        (["0Q1a", "0Q1A", "SA"], 0),
        (["Acme North", "Acme South", "Acme"], 0),
    ],
)
def test_clients_that_differ_in_how_they_are_written_are_told_of_and_kept_apart(export, names, told):
    rows = "".join(f"{id_},{name},2026-03-02T09:00:00Z,won\n" for id_, name in zip("abc", names, strict=True))
    (export / "inquiries.csv").write_text("id,client,at,state\n" + rows, encoding="utf-8")
    result = ingest(export)
    assert result.tables.inquiries["client_id"].nunique() == 3
    notes = clients_alike(result.tables.inquiries["client_id"])
    assert [note.split(" ")[1] for note in notes] == [str(told)] * (told > 0)


def test_inquiries_typed_in_twice_are_counted():
    day = pd.Timestamp("2026-03-02 09:00", tz="UTC")
    hours = pd.to_timedelta([0, 5, 30, 0, 0], unit="h")
    inquiries = pd.DataFrame({"inquiry_id": [*"abcde"], "client_id": [*"AAAAB"], "received_at": day + hours})
    texts = ["40 pumps,  please", "40 pumps, please", "40 pumps, please", "Other pumps", "40 pumps, please"]
    messages = pd.DataFrame({"inquiry_id": [*"abcde"], "sent_at": day + hours, "direction": "inbound", "text": texts})
    (note,) = inquiries_alike(inquiries, messages)
    assert note.startswith("inquiries: 1 of 5 have the client, day and first words of another, such as 'a' and 'b'")
    assert inquiries_alike(inquiries[2:], messages) == inquiries_alike(inquiries, None) == []


def test_attributes_keep_their_column_names_and_days_count_from_the_inquiry(export):
    (export / "inquiries.csv").write_text(
        'id,client,at,"Pricing, [EUR]",Region,fair\na,A,2026-03-02,"1.234,50",EMEA,2026-03-12\nb,B,2026-03-03,,,2026-03-01\n'
    )
    text = """
    source: t
    zone: UTC
    files: {inquiries: {path: inquiries.csv}}
    inquiries:
      from: inquiries
      columns: {inquiry_id: id, client_id: client, received_at: at}
      attributes: {numeric: [{column: "Pricing, [EUR]", decimal: ","}], categorical: [Region], days: [fair]}
    tier_leaks: ["Pricing*"]
    """
    tables = ingest(export, text).tables
    assert tables.inquiries["attr_Pricing, [EUR]"].tolist()[0] == 1234.5
    assert tables.inquiries["attr_fair_days"].tolist() == [10.0, -2.0]
    assert tables.inquiries["attr_Region"].isna().tolist() == [False, True]
    assert tables.info.attributes == {
        "attr_Pricing, [EUR]": "numeric",
        "attr_Region": "categorical",
        "attr_fair_days": "numeric",
    }
    assert tables.info.tier_leaks == ["attr_Pricing, [EUR]"]
    assert tables.info.time_precision == "day"


def test_a_column_may_have_the_name_of_anything_in_python(export):
    (export / "inquiries.csv").write_text("self,class,at\na,x,2026-03-02\nb,y,2026-03-03\n")
    text = """
    source: t
    zone: UTC
    files: {inquiries: {path: inquiries.csv}}
    inquiries:
      from: inquiries
      columns: {inquiry_id: self, client_id: self, received_at: at}
      attributes: {categorical: [self, class]}
    """
    assert ingest(export, text).tables.inquiries["attr_self"].tolist() == ["a", "b"]


def test_a_forbidden_column_that_is_used_is_an_error_even_by_pattern(export):
    with pytest.raises(ConfigError, match=r"outcomes uses 'state', which files\.inquiries\.forbidden names \('st\*'\)"):
        ingest(export, files={"inquiries": {"forbidden": ["st*"]}})


def test_rows_left_out_by_the_mapping_are_counted_apart_with_what_belongs_to_them(export):
    result = ingest(export, inquiries={"unless": {"client": "A"}})
    assert result.tables.info.counts["inquiries"] == {"read": 2, "kept": 2, "quarantined": 0, "left_out": 1}
    assert result.tables.info.counts["messages"] == {"read": 1, "kept": 1, "quarantined": 0, "left_out": 2}
    assert "messages: 2 rows left out or merged, as the mapping says" in result.notes


def test_one_row_per_key_makes_inquiries_of_a_list_of_mails(export):
    (export / "messages.csv").write_text(
        "no,id,at,who,text\n2,a,2026-03-02T10:00:00Z,in,again\n1,a,2026-03-02T09:00:00Z,in,first\n3,b,2026-03-03T09:00:00Z,in,Price?\n"
    )
    text = """
    source: t
    files: {mails: {path: messages.csv}}
    inquiries:
      from: mails
      one_per_key: true
      columns: {inquiry_id: id, client_id: id, received_at: at, subject: text}
    messages: {from: mails, columns: {message_id: "no", inquiry_id: id, sent_at: at, direction: {constant: inbound}, text: text}}
    """
    tables = ingest(export, text).tables
    assert tables.inquiries[["inquiry_id", "subject"]].values.tolist() == [["a", "first"], ["b", "Price?"]]
    assert len(tables.messages) == 3


def test_that_another_row_may_stand_for_the_first_one_is_said_where_a_time_cannot_be_read(export):
    rows = "no,id,client,at,who,text\n1,a,A,Monday,in,Hello\n2,a,A,2026-03-02T10:00:00Z,in,Dear\n3,b,B,2026-03-03T09:00:00Z,in,Hi\n"
    (export / "messages.csv").write_text(rows)
    columns = {"inquiry_id": "id", "client_id": "client", "received_at": "at"}
    result = lenient(export, inquiries={"from": "messages", "one_per_key": True, "columns": columns}, outcomes=[])
    assert (
        "WARNING: inquiries: 1 inquiry with a row whose received_at cannot be read (such as 'a'): that may be its first, not the one taken"
        in result.notes
    )


@pytest.mark.parametrize(
    ("count", "day", "counts"), [(100, "2062-03-02", False), (100, "2026-06-20", True), (9, "2062-03-02", True)]
)
def test_a_lone_time_far_beyond_all_others_does_not_end_the_history(export, count, day, counts):
    rows = [
        f"q{i},A,2026-03-{1 + i % 28:02}T09:00:00Z,{'won' if i % 2 else 'lost'},2026-04-{1 + i % 28:02}"
        for i in range(count)
    ]
    rows[3] = rows[3].rpartition(",")[0] + f",{day}"
    (export / "inquiries.csv").write_text("\n".join(["id,client,at,state,end", *rows]), encoding="utf-8")
    (export / "messages.csv").write_text(MESSAGES.splitlines()[0] + "\n")
    result = ingest(export, outcomes={"columns": {"decided_at": {"column": "end", "zone": "UTC"}}})
    said = [note for note in result.notes if "after all others" in note]
    assert (result.tables.info.known_until == pd.Timestamp(day, tz="UTC")) is counts
    assert bool(said) is not counts
    assert all("outcomes.decided_at 2062-03-02 of 'q3'" in note and "known until 2026-04-28" in note for note in said)


def test_work_that_goes_on_after_a_pause_is_no_slip_and_one_slip_may_stand_in_several_tables(export):
    rows = [f"q{i},A,2024-{1 + i % 12:02}-{1 + i % 28:02}T09:00:00Z,lost" for i in range(90)]
    (export / "messages.csv").write_text(
        MESSAGES.splitlines()[0] + "\n" + "\n".join(f"{i},q{i},{r.split(',')[2]},in,Hi" for i, r in enumerate(rows))
    )

    def known_until(*late):
        changed = [*rows[: -len(late)], *late]
        (export / "inquiries.csv").write_text("\n".join(["id,client,at,state", *changed]))
        return ingest(export, messages={"columns": {"sent_at": "at"}}, max_quarantined=1).tables.info.known_until

    slip = known_until("q89,A,2062-03-02T09:00:00Z,lost")
    assert slip == pd.Timestamp("2024-12-28 09:00", tz="UTC")
    later = known_until("q88,A,2025-06-17T09:00:00Z,", "q89,A,2025-06-18T09:00:00Z,")
    assert later == pd.Timestamp("2025-06-18 09:00", tz="UTC")


def steady(export, *late, receipts=90, every="1D", **followed):
    """What an export of one receipt a day counts as known: late rows of (table, time), and a last day of each table."""
    days = pd.date_range("2025-01-01", periods=receipts, freq=every).strftime("%Y-%m-%dT09:00:00Z").tolist()
    rows = {"inquiries": days, "messages": list(days), "events": []}
    for name, last in followed.items():
        rows[name] += pd.date_range(days[-1][:10], last, freq="1D").strftime("%Y-%m-%dT10:00:00Z").tolist()
    for name, time in late:
        rows[name].append(f"{time}T09:00:00Z")
    for name, times in rows.items():
        # A later message or event is of an inquiry that was there.
        ids = range(len(times)) if name == "inquiries" else [min(i, receipts - 1) for i in range(len(times))]
        lines = [f"{i},q{of},A,{time},in,held_call,won" for i, (of, time) in enumerate(zip(ids, times, strict=True))]
        (export / f"{name}.csv").write_text("\n".join(["no,id,client,at,who,kind,state", *lines]))
    result = lenient(
        export,
        files={"events": {"path": "events.csv"}},
        messages={"columns": {"sent_at": "at", "text": "kind"}},
        events={"from": "events", "columns": {"inquiry_id": "id", "occurred_at": "at", "kind": "kind"}},
    )
    warned = any("plans or slips" in note for note in result.notes)
    return f"{result.tables.info.known_until:%Y-%m-%d}", warned


CALLS = [("events", f"2025-04-{day:02}") for day in range(2, 30)]


@pytest.mark.parametrize(
    ("late", "how", "end"),
    [
        ([("events", "2025-05-20")], {}, "2025-03-31"),
        ([("messages", "2025-04-20")], {}, "2025-03-31"),
        ([("inquiries", "2025-04-20")], {}, None),  # after a holiday
        ([("inquiries", "2025-04-20"), ("messages", "2025-04-20")], {}, None),
        ([("inquiries", "2025-06-20")], {}, "2025-03-31"),
        (CALLS, {}, None),  # call notes go on
        ([("events", "2025-04-04")], {}, None),
        ([("inquiries", "2025-04-20"), ("inquiries", "2025-04-21")], {}, None),
        ([("events", "2025-05-20")], {"messages": "2025-05-10"}, None),  # work on the last ones goes on
        ([("events", "2026-05-20")], {"messages": "2025-05-10"}, "2025-05-10"),
        ([("events", "2032-05-20")], {"every": "30D"}, None),
        ([("events", "2025-05-20")], {"receipts": 20}, None),  # of so few nothing can be said
    ],
)
def test_what_is_dated_ahead_of_the_pace_of_receipts_is_warned_of_and_not_known(export, late, how, end):
    assert steady(export, *late, **how) == ((end, True) if end else (late[-1][1], False))


def test_columns_of_another_file_can_be_looked_up(export):
    (export / "clients.csv").write_text("name,size\nA,big\nB,small\n")
    changes = {
        "files": {"clients": {"path": "clients.csv"}},
        "inquiries": {
            "lookup": [{"file": "clients", "on": {"client": "name"}}],
            "attributes": {"categorical": ["clients.size"]},
        },
    }
    assert ingest(export, **changes).tables.inquiries["attr_clients.size"].fillna("-").tolist() == ["big", "small", "-"]
    text = MAPPING.replace(
        "  from: inquiries\n", "  from: inquiries\n  lookup: [{file: clients, on: {client: name}}]\n", 1
    )
    text = text.replace(
        "messages: {path: messages.csv}", "messages: {path: messages.csv}, clients: {path: clients.csv}"
    )
    path = export.parent / "plain.yaml"
    path.write_text(text.replace("received_at: at}", "received_at: at, country: clients.size}", 1))
    assert load_mapping(path).inquiries[0].lookup[0].on == {"client": "name"}  # YAML reads a bare `on` as true
    (export / "clients.csv").write_text("name,size\nA,big\nA,small\n")
    with pytest.raises(SourceError, match=r"'name' of files\.clients repeats 1 value;"):
        ingest(export, **changes)


@pytest.mark.parametrize("empty", ["", "-", "NULL", " "])
@pytest.mark.parametrize("times", [1, 2])
def test_an_empty_key_of_a_lookup_matches_nothing_however_often_it_stands_there(export, empty, times):
    (export / "inquiries.csv").write_text(INQUIRIES.replace(",B,", f",{empty},"))
    (export / "sizes.csv").write_text("name,size\nA,big\n" + f"{empty},none\n" * times)
    inquiries = {
        "lookup": [{"file": "sizes", "on": {"client": "name"}}],
        "columns": {"client_id": {"first_of": ["client", "id"]}},
        "attributes": {"categorical": ["sizes.size"]},
    }
    result = ingest(export, files={"sizes": {"path": "sizes.csv"}}, inquiries=inquiries)
    assert result.tables.inquiries["attr_sizes.size"].fillna("?").tolist() == ["big", "?", "?"]


def test_cells_that_name_several_ids_are_said_with_count_and_example(export):
    lookup = {
        "outcomes": {"lookup": [{"file": "orders", "on": {"id": "no"}}], "columns": {"order_value": "orders.value"}}
    }
    (export / "orders.csv").write_text("no,value\na; b,5\nc,6\nx;y,7\n")
    (export / "messages.csv").write_text(MESSAGES + "4,a;b,2026-03-04T09:00:00Z,in,Both\n")
    result = lenient(export, **lookup, files={"orders": {"path": "orders.csv"}})
    assert (
        "outcomes.lookup: 1 cells of 'no' of files.orders name several ids, such as 'a; b': they match none; give each "
        "a row of its own" in result.notes
    )
    why = "inquiry_id is 'a;b', which names several inquiries; give each a row of its own"
    assert reasons(result) == [(5, why)]
    assert (
        "messages: 1 rows name several inquiries in one cell, such as 'a;b', and are quarantined; give each a row of its "
        "own" in result.notes
    )
    (export / "messages.csv").write_text(MESSAGES)
    (export / "inquiries.csv").write_text(INQUIRIES.replace("\na,A", "\na,c|x").replace("\nb,B", "\nb,no|one"))
    (export / "orders.csv").write_text("no,value\nx,5\nc,6\n")
    lookup["outcomes"]["lookup"][0]["on"] = {"client": "no"}
    notes = ingest(export, **lookup, files={"orders": {"path": "orders.csv"}}).notes
    assert any(
        note.startswith("outcomes.lookup: 1 cells of 'client' name several ids, such as 'c|x'") for note in notes
    )


def test_clients_are_known_from_their_first_inquiry_where_the_mapping_says_so(export):
    (export / "clients.csv").write_text("name,land\nA,德国\nB,Atlantis\nX,USA\n")
    result = ingest(
        export,
        files={"clients": {"path": "clients.csv"}},
        clients={
            "from": "clients",
            "columns": {"client_id": "name", "known_at": {"first_inquiry": True}, "country": "land"},
        },
    )
    assert result.tables.clients["country"].fillna("-").tolist() == ["DE", "-"]
    assert result.tables.clients["known_at"].dt.day.tolist() == [2, 3]
    assert result.tables.info.counts["clients"]["left_out"] == 1
    assert any("1 row without a known country (such as 'Atlantis')" in note for note in result.notes)


@pytest.mark.parametrize(
    ("names", "note"),
    [("A X", None), ("A X Y", "clients: 1 of 3 are"), ("X Y", "WARNING: clients: 0 of 2 are")],
)
def test_clients_that_are_those_of_no_inquiry_are_counted_with_the_keys_compared(export, names, note):
    (export / "clients.csv").write_text("name\n" + "\n".join(names.split()) + "\n")
    known = {"from": "clients", "columns": {"client_id": "name", "known_at": {"first_inquiry": True}}}
    result = ingest(export, files={"clients": {"path": "clients.csv"}}, clients=known)
    found = [said for said in result.notes if "client of an inquiry" in said]
    assert bool(found) == (note is not None)
    if note is not None:
        assert found[0].startswith(note)
        assert "Compared were ['name'] of 'clients'" in found[0]
        assert "with ['client'] of 'inquiries', such as 'A'" in found[0]


def test_of_a_cell_that_names_several_ids_the_first_part_can_be_taken(export):
    text = (export / "inquiries.csv").read_text().replace(",A,", ",A; B,", 1)
    (export / "inquiries.csv").write_text(text)
    columns = {"inquiry_id": "id", "client_id": {"column": "client", "first_part": ";"}, "received_at": "at"}
    result = ingest(export, inquiries={"from": "inquiries", "columns": columns})
    assert result.tables.inquiries["client_id"].iloc[0] == "A"


def test_a_week_without_outcomes_can_be_read_with_the_same_mapping(export):
    (export / "inquiries.csv").write_text("id,client,at\na,A,2026-03-02T09:00:00Z\nb,B,2026-03-03T09:00:00Z\n")
    with pytest.raises(SourceError, match="no column 'state'"):
        ingest(export)
    result = ingest(export, outcomes={"optional": True})
    assert result.tables.outcomes.empty
    assert any("no outcomes were read" in note for note in result.notes)


def workbook_of(path, **sheets):
    with pd.ExcelWriter(path, engine="xlsxwriter") as book:
        for name, text in sheets.items():
            pd.read_csv(io.StringIO(text), dtype="str").to_excel(book, sheet_name=name, index=False)


def test_rows_that_lack_only_what_they_need_are_told_apart_from_totals(tmp_path):
    folder = tmp_path / "export"
    folder.mkdir()
    text = """
    source: crm
    zone: UTC
    files: {a: {path: a.csv}}
    inquiries: {from: a, when_present: [at], columns: {inquiry_id: id, client_id: client, received_at: at}}
    """
    rows = "1,Acme,Hi,2026-03-02\n2,Bolt,Hi,\n3,Cord,Hi,2026-03-02\nTotal,,,\n"
    (folder / "a.csv").write_text(f"id,client,text,at\n{rows}")
    (note,) = [note for note in ingest(folder, text).notes if note.startswith("WARNING")]
    assert "inquiries: 1 row LEFT OUT FOR WANT OF at only" in note
    assert "the first is row 3 of a.csv." in note


@pytest.mark.parametrize("total", ["Total,,,99,", ",Итого,,99,", ",小计,,,won", "Total,,,99,won"])
def test_totals_that_are_no_inquiries_are_no_outcomes_and_messages_either(tmp_path, total):
    folder = tmp_path / "export"
    folder.mkdir()
    text = """
    source: crm
    zone: UTC
    files: {a: {path: a.csv}}
    inquiries: {from: a, when_present: [at], one_per_key: true, columns: {inquiry_id: id, client_id: client, received_at: at}}
    messages: {from: a, columns: {sent_at: {first_of: [at, client]}, direction: {constant: inbound}}}
    outcomes: {from: a, one_per_key: true, columns: {status: {column: state, missing: open}, order_value: sum}}
    """
    rows = f"1,Acme,2026-03-02,10,won\n{total}\n2,Bolt,2026-03-02,20,\n{total.replace('99', '98')}\n"
    (folder / "a.csv").write_text(f"id,client,at,sum,state\n{rows}", encoding="utf-8")
    result = ingest(folder, text)
    assert result.quarantine.empty
    assert {name: c["left_out"] for name, c in result.tables.info.counts.items() if c["read"]} == {
        "inquiries": 2,
        "messages": 2,
        "outcomes": 2,
    }
    assert not [note for note in result.notes if "one_per_key" in note]


@pytest.mark.parametrize(
    ("mapped", "there", "said"),
    [
        ("leads_2026-03-01.csv", "leads_2026-03-08.csv", "'leads_*.csv' takes file 'leads_2026-03-08.csv'"),
        ("leads 01.03.2026.csv", "leads 08.03.2026.csv", "'leads *.csv' takes file"),
        ("询盘20260301.csv", "询盘20260308.csv", "'询盘*.csv' takes file"),
        ("export (1).csv", "export (2).csv", "'export (*).csv' takes file"),
        ("w12.csv", "w13.csv", "'w*.csv' takes file"),
        ("leads_2026-03-01.csv", "orders_2026-03-08.csv", "there are ['orders_2026-03-08.csv']"),
        ("12.csv", "orders.csv", "there are ['orders.csv']"),
        ("leads.csv", "leads_2026-03-08.csv", "there are ['leads_2026-03-08.csv']"),
        ("leads_2026*.csv", "leads_2027-03-08.csv", "there are ['leads_2027-03-08.csv']"),
    ],
)
def test_a_file_of_another_day_is_named_where_that_of_the_mapping_is_not_there(tmp_path, mapped, there, said):
    (folder := tmp_path / "export").mkdir()
    (folder / there).write_text(INQUIRIES, encoding="utf-8")
    with pytest.raises(SourceError) as error:
        ingest(folder, files={"inquiries": {"path": mapped}, "messages": {"path": mapped}})
    assert f"1 problem:\n  files.inquiries, files.messages: {mapped} does not exist; " in str(error.value)
    assert said in str(error.value)


def test_one_id_beside_different_clients_in_several_sheets_is_warned_of(tmp_path):
    folder = tmp_path / "export"
    folder.mkdir()
    text = """
    source: crm
    zone: UTC
    files: {a: {path: w.xlsx, sheet: A}, b: {path: w.xlsx, sheet: B}}
    inquiries:
      - {from: a, one_per_key: true, columns: {inquiry_id: id, client_id: client, received_at: at}}
      - {from: b, one_per_key: true, columns: {inquiry_id: id, client_id: client, received_at: at}}
    """
    first = "id,client,at\n1,Acme,2026-03-02\n2,Bolt,2026-03-03\n"
    for other, warned in (("Corp", True), ("Acme", False)):
        workbook_of(folder / "w.xlsx", A=first, B=f"id,client,at\n1,{other},2026-04-02\n3,Dock,2026-04-02\n")
        notes = [note for note in ingest(folder, text).notes if note.startswith("WARNING")]
        assert any("1 IDS STAND BESIDE DIFFERENT CLIENTS" in note for note in notes) == warned


def test_a_sheet_that_only_optional_tables_read_may_be_missing(export):
    orders = "id,state\na,won\nb,lost\n"
    files = {name: {"path": "book.xlsx", "sheet": name} for name in ("inquiries", "messages", "orders")}
    changes = {"files": files, "outcomes": {"from": "orders", "columns": {"inquiry_id": "id"}}}
    book = export / "book.xlsx"
    workbook_of(book, inquiries=INQUIRIES, messages=MESSAGES, orders=orders)
    assert ingest(book, **changes).tables.outcomes["status"].tolist() == ["won", "lost"]
    workbook_of(book, inquiries=INQUIRIES, messages=MESSAGES)
    with pytest.raises(SourceError, match=r"files\.orders: book\.xlsx has no sheet 'orders'"):
        ingest(book, **changes)
    for optional in ({"outcomes": {"optional": True}}, {"files": {"orders": {"optional": True}}}):
        result = ingest(book, **overlay(json.loads(json.dumps(changes)), optional))
        assert result.tables.outcomes.empty
        assert len(result.tables.messages) == 3
        assert (
            "files.orders: book.xlsx has no sheet 'orders', expected one of ['inquiries', 'messages']; what it would "
            "give is empty" in result.notes
        )
    workbook_of(book, inquiries=INQUIRIES)
    with pytest.raises(SourceError, match=r"files\.messages: book\.xlsx has no sheet 'messages'"):
        ingest(book, **overlay(json.loads(json.dumps(changes)), {"outcomes": {"optional": True}}))


def test_a_file_that_only_optional_tables_read_may_be_missing(export):
    outcomes = {"from": "orders", "columns": {"inquiry_id": "id"}}
    changes = {"files": {"orders": {"path": "orders.csv"}}, "outcomes": outcomes}
    with pytest.raises(SourceError, match=r"orders\.csv does not exist"):
        ingest(export, **changes)
    assert ingest(export, **overlay(changes, {"outcomes": {"optional": True}})).tables.outcomes.empty


def test_an_optional_file_that_is_missing_gives_empty_cells_where_it_is_looked_up(export):
    lookup = [{"file": "orders", "on": {"id": "no"}}]
    changes = {
        "files": {"orders": {"path": "orders.csv", "optional": True}},
        "outcomes": {"lookup": lookup, "columns": {"order_value": "orders.value"}},
    }
    outcomes = ingest(export, **changes).tables.outcomes
    assert outcomes["status"].tolist() == ["won", "lost", "open"]
    assert outcomes["order_value"].isna().all()
    result = ingest(export, **overlay(changes, {"outcomes": {"columns": {"status": {"column": "orders.state"}}}}))
    assert result.tables.outcomes.empty
    assert "outcomes: was not read, it cannot do without files.orders" in result.notes


DATED = "id,client,at,closed\na,A,2026-03-02T09:00:00Z,2026-03-09T09:00:00Z\nb,B,2026-03-03T09:00:00Z,\n"


def test_optional_outcomes_whose_status_is_absent_are_not_read_whatever_else_is_there(export):
    dated = {"columns": {"decided_at": "closed"}}
    (export / "inquiries.csv").write_text(DATED)
    with pytest.raises(SourceError, match="no column 'state'"):
        ingest(export, outcomes=dated)
    result = ingest(export, outcomes=dated | {"optional": True})
    assert result.tables.outcomes.empty
    assert any(n.startswith("outcomes: inquiries.csv has no column 'state' (") for n in result.notes)


def test_optional_outcomes_that_lack_another_column_than_the_status_are_refused(export):
    with pytest.raises(SourceError, match="no column 'closed'"):
        ingest(export, outcomes={"columns": {"decided_at": "closed"}, "optional": True})


def test_optional_outcomes_that_only_another_file_tells_are_read(export):
    (export / "orders.csv").write_text("no,result\na,won\nb,lost\n")
    looked_up = {"lookup": [{"file": "orders", "on": {"id": "no"}}], "optional": True}
    result = ingest(
        export,
        files={"orders": {"path": "orders.csv"}},
        outcomes=looked_up | {"columns": {"status": {"column": "orders.result"}}},
    )
    assert result.tables.outcomes["status"].tolist() == ["won", "lost", "open"]


def test_currencies_are_upper_case_and_a_negative_order_is_no_order_but_an_outcome(export):
    (export / "inquiries.csv").write_text(
        INQUIRIES.replace("state", "state,sum,cur")
        .replace("won", "won,5,eur")
        .replace("lost", "lost,-1,usd")
        .replace("Z,\n", "Z,,,\n")
    )
    result = lenient(export, outcomes={"columns": {"order_value": "sum", "currency": "cur"}})
    outcomes = result.tables.outcomes
    assert outcomes["currency"].fillna("-").tolist() == ["EUR", "USD", "-"]
    assert outcomes["status"].tolist() == ["won", "lost", "open"]
    assert outcomes["order_value"].isna().tolist() == [False, True, True]
    assert any("1 cell of order_value" in note and "row 3 of inquiries.csv" in note for note in result.notes)


DEALS = """id,client,at,state,closed,sum
d1,c1,2026-03-02T09:00:00Z,won,2026-03-09T09:00:00Z,approx. $5
d2,c2,2026-03-02T09:00:00Z,won,see notes,500
d3,c3,2026-03-02T09:00:00Z,won,2026-02-20T09:00:00Z,500
d4,c4,2026-03-02T09:00:00Z,tbd,,
d5,c5,2026-03-02T09:00:00Z,lost,2026-03-12T09:00:00Z,
d6,c6,2026-03-02T09:00:00Z,open,,
"""


@pytest.fixture
def deals(tmp_path):
    (tmp_path / "deals.csv").write_text(DEALS)
    return tmp_path


def read_deals(folder, max_quarantined=0.5):
    return ingest(
        folder,
        f"""
    source: crm
    max_quarantined: {max_quarantined}
    files: {{deals: {{path: deals.csv}}}}
    inquiries: {{from: deals, columns: {{inquiry_id: id, client_id: client, received_at: at}}}}
    outcomes:
      from: deals
      columns: {{decided_at: closed, status: {{column: state}}, order_value: sum}}
    """,
    )


def test_a_lookup_that_fails_is_one_problem_and_not_one_a_column(export):
    (export / "orders.csv").write_text("client,day,sum\nA,2026-03-05,1\nA,2026-03-06,2\n")
    lookup = {"lookup": [{"file": "orders", "on": {"client": "client"}}]}
    columns = {"decided_at": "orders.day", "order_value": "orders.sum"}
    files = {"orders": {"path": "orders.csv"}}
    with pytest.raises(SourceError, match="1 problem") as refused:
        ingest(export, files=files, outcomes=lookup | {"columns": columns}, zone="UTC")
    assert "'client' of files.orders repeats 1 value" in str(refused.value)


def test_rows_of_a_workbook_of_several_sheets_are_found_by_their_sheet(tmp_path):
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        for year in ("2025", "2026"):
            sheet = book.add_worksheet(year)
            rows = [["id", "at"], *([f"{year}-{n}", f"{year}-03-0{n}T09:00:00Z"] for n in range(1, 6)), ["Total", "5"]]
            for n, row in enumerate(rows):
                sheet.write_row(n, 0, row)
    columns = "columns: {inquiry_id: id, client_id: id, received_at: at}"
    result = ingest(
        tmp_path,
        f"""
    source: crm
    files: {{a: {{path: a.xlsx, sheet: "2025"}}, b: {{path: a.xlsx, sheet: "2026"}}}}
    inquiries:
      - {{from: a, {columns}}}
      - {{from: b, {columns}}}
    """,
    )
    places = result.quarantine[["file", "row", "inquiry_id"]].values.tolist()
    assert places == [["a.xlsx, sheet '2025'", 7, "Total"], ["a.xlsx, sheet '2026'", 7, "Total"]]


def test_a_won_inquiry_with_a_bad_amount_or_date_stays_won(deals):
    result = read_deals(deals)
    outcomes = result.tables.outcomes.set_index("inquiry_id")
    assert outcomes["status"].to_dict() == {"d1": "won", "d2": "won", "d3": "won", "d5": "lost", "d6": "open"}
    assert outcomes["decided_at"].notna().to_dict() == {"d1": True, "d2": False, "d3": False, "d5": True, "d6": False}
    said = "\n".join(result.notes)
    for what in ("of order_value cannot", "of decided_at cannot", "before its inquiry"):
        assert what in said


def test_an_inquiry_whose_status_cannot_be_read_is_neither_open_nor_lost_but_quarantined(deals):
    result = read_deals(deals)
    assert "d4" not in set(result.tables.inquiries["inquiry_id"])
    why = "its outcome is quarantined (status is 'tbd'): whether it is open is not known"
    assert reasons(result, "inquiries") == [(5, why)]
    assert result.quarantine["inquiry_id"].tolist() == ["d4", "d4"]


OUTCOMES_APART = """
source: test
files: {inquiries: {path: inquiries.csv}, outcomes: {path: outcomes.csv, forbidden: [secret]}}
inquiries:
  from: inquiries
  columns: {inquiry_id: {column: id, prefix: q}, client_id: client, received_at: at}
outcomes:
  from: outcomes
  columns: {inquiry_id: {column: id, prefix: q}, status: state, decided_at: day}
"""


@pytest.mark.parametrize(
    ("row", "when", "named"),
    [
        ("s,b,2026-03-09", {}, ["qb", "qb"]),
        ("s,b,2026-03-09T09:00:00Z,lost,3,4", {}, ["qb", "qb"]),
        ("s,b", {"state": ["lost"]}, ["qb", "qb"]),  # the cell that chooses rows is lost with the others
        ("s,b,2026-03-09T09:00:00Z,quoted,3,4", {"state": ["lost"]}, [None]),  # no decision
        ("and our price is b,2026", {}, [None]),
        ("s,a,2026-03-09", {}, ["qa"]),  # another row of a can be read
    ],
)
def test_an_inquiry_whose_outcome_is_a_row_of_another_shape_goes_with_it(export, row, when, named):
    (export / "outcomes.csv").write_text(f"secret,id,day,state,value\ns,a,2026-03-05T09:00:00Z,lost,3\n{row}\n")
    result = lenient(export, OUTCOMES_APART, outcomes={"when": when})
    assert [None if pd.isna(id_) else id_ for id_ in result.quarantine["inquiry_id"]] == named
    assert ("qb" in set(result.tables.inquiries["inquiry_id"])) == (named != ["qb", "qb"])
    for _, reason in reasons(result, "inquiries"):
        assert "cells, the header has 5): whether it is open is not known" in reason


def test_a_row_of_very_many_cells_is_named_by_its_id(export):
    row = "s,b,2026-03-09T09:00:00Z,lost,3" + ",4" * 200_000
    (export / "outcomes.csv").write_text(f"secret,id,day,state,value\ns,a,2026-03-05T09:00:00Z,lost,3\n{row}\n")
    assert set(lenient(export, OUTCOMES_APART).quarantine["inquiry_id"]) == {"qb"}


def test_many_amounts_that_cannot_be_read_are_a_wrong_mapping(deals):
    with pytest.raises(SourceError, match="the mapping is probably wrong"):
        read_deals(deals, 0.1)


def test_amounts_are_scaled_but_not_those_that_name_a_unit_of_their_own(tmp_path):
    (tmp_path / "deals.csv").write_text(
        "id,client,at,state,amount,budget\nd1,c1,2026-03-02T09:00:00Z,won,1.5,2\nd2,c2,2026-03-02T09:00:00Z,won,30万元,3\n"
        "d3,c3,2026-03-02T09:00:00Z,won,,\n",
        encoding="utf-8",
    )
    tables = ingest(
        tmp_path,
        """
    source: crm
    files: {deals: {path: deals.csv}}
    inquiries:
      from: deals
      columns: {inquiry_id: id, client_id: client, received_at: at}
      attributes: {numeric: [{column: budget, scale: 1000}]}
    outcomes: {from: deals, columns: {status: state, order_value: {column: amount, scale: 10000}}}
    """,
    ).tables
    assert tables.outcomes["order_value"].fillna(-1).tolist() == [15_000, 300_000, -1]
    assert tables.inquiries["attr_budget"].fillna(-1).tolist() == [2000, 3000, -1]


SEVERAL_DECISIONS = """
source: crm
files: {deals: {path: deals.csv}}
inquiries: {from: deals, one_per_key: true, columns: {inquiry_id: id, client_id: client, received_at: at}}
outcomes:
  from: deals
  one_per_key: true
  columns: {decided_at: closed, status: {column: state}}
"""


def test_won_in_one_row_and_lost_in_another_is_said(tmp_path):
    (tmp_path / "deals.csv").write_text(
        DEALS.splitlines()[0] + "\n"
        "d1,c1,2026-03-02T09:00:00Z,lost,2026-03-09T09:00:00Z,\nd1,c1,2026-03-02T09:00:00Z,won,2026-03-12T09:00:00Z,\n"
    )
    result = ingest(
        tmp_path,
        SEVERAL_DECISIONS,
    )
    assert result.tables.outcomes["status"].tolist() == ["lost"]
    assert any("1 inquiry won in one row and lost in another (such as 'd1')" in note for note in result.notes)
    assert any("If the last one counts, set 'one_per_key: latest'" in note for note in result.notes)


def test_the_latest_decision_counts_where_the_mapping_says_so(tmp_path):
    (tmp_path / "deals.csv").write_text(
        DEALS.splitlines()[0] + "\n"
        "d1,c1,2026-03-02T09:00:00Z,won,2026-03-12T09:00:00Z,\nd1,c1,2026-03-02T09:00:00Z,lost,2026-03-09T09:00:00Z,\n"
        "d1,c1,2026-03-02T09:00:00Z,lost,,\n"
        "d2,c1,2026-03-02T09:00:00Z,lost,,\nd2,c1,2026-03-02T09:00:00Z,won,,\n"
    )
    result = ingest(
        tmp_path,
        SEVERAL_DECISIONS.replace("one_per_key: true\n", "one_per_key: latest\n"),
    )
    outcomes = result.tables.outcomes.set_index("inquiry_id")
    assert outcomes["status"].to_dict() == {"d1": "won", "d2": "won"}
    assert outcomes.loc["d1", "decided_at"].day == 12
    assert any("the latest row was kept. If the first one counts, set 'one_per_key: true'" in n for n in result.notes)


def test_a_client_that_is_a_mail_address_is_one_however_it_is_written(tmp_path):
    (tmp_path / "deals.csv").write_text(
        "id,client,at\na,Bo <bo@x.de>,2026-03-02T09:00:00Z\nb,BO@x.de,2026-03-02T09:00:00Z\nc,Bo GmbH,2026-03-02T09:00:00Z\n"
    )
    result = ingest(
        tmp_path,
        """
    source: mailbox
    files: {deals: {path: deals.csv}}
    inquiries: {from: deals, columns: {inquiry_id: id, client_id: client, received_at: at}}
    """,
    )
    assert result.tables.inquiries["client_id"].tolist() == ["bo@x.de", "bo@x.de", "Bo GmbH"]


CELLS = st.sampled_from(
    ["a", "b", "z", "", "1", "2", "in", "out", "boss", "2026-03-02T09:00:00Z", "2026-03-01T09:00:00Z", "x\x00"]
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.lists(CELLS, min_size=4, max_size=6), max_size=6),
    st.lists(st.lists(CELLS, min_size=3, max_size=5), max_size=4),
)
def test_whatever_rows_come_in_each_is_kept_or_quarantined(export, messages, inquiries):
    for name, good, rows in (("messages", MESSAGES, messages), ("inquiries", INQUIRIES, inquiries)):
        with (export / f"{name}.csv").open("w", newline="") as file:
            file.write(good)
            csv.writer(file).writerows(rows)
    result = lenient(export)
    counts = result.tables.info.counts
    assert counts["messages"]["read"] == 3 + len(messages)
    assert counts["inquiries"]["read"] == counts["outcomes"]["read"] == 3 + len(inquiries)
    for name, count in counts.items():
        assert count["read"] == count["kept"] + count["quarantined"]
        assert count["kept"] == len(getattr(result.tables, name))
        assert count["quarantined"] == (result.quarantine["table"] == name).sum()


def test_reasons_that_differ_in_their_values_only_are_counted_together():
    from inquiry_intent.sources.faults import alike

    one, other = (
        f"inquiry_id {id_} stands twice, with other values; kept is the first, in row {row} of a b.csv"
        for id_, row in (("'a'", 2), ("'b'", 7))
    )
    assert alike(one) == alike(other)


@pytest.mark.parametrize(
    ("text", "why"),
    [("Hello", "only repeat another; does the export hold everything twice"), ("Bye", "the mapping is probably wrong")],
)
def test_an_export_that_holds_itself_twice_is_not_blamed_on_the_mapping(export, text, why):
    (export / "messages.csv").write_text(
        MESSAGES + "".join(MESSAGES.replace("Hello", text).splitlines(keepends=True)[1:2])
    )
    with pytest.raises(SourceError) as error:
        ingest(export)
    [head] = [line for line in str(error.value).splitlines() if "more than max_quarantined" in line]
    assert why in head


def test_messages_of_which_none_is_outbound_are_pointed_out(export):
    warning = "messages: none of the 3 is outbound"
    assert not any(warning in note for note in ingest(export).notes)
    result = ingest(export, messages={"columns": {"direction": {"values": {"out": "inbound"}}}})
    assert any(warning in note for note in result.notes)


def test_a_column_of_addresses_without_one_can_be_read(tmp_path):
    (tmp_path / "deals.csv").write_text("id,client,at,text,from\na,A,2026-03-02T09:00:00Z,Price?,\n")
    result = ingest(
        tmp_path,
        """
    source: crm
    files: {deals: {path: deals.csv}}
    inquiries: {from: deals, columns: {inquiry_id: id, client_id: client, received_at: at}}
    messages: {from: deals, columns: {sent_at: at, direction: {constant: inbound}, text: text, sender_email: from}}
    """,
    )
    assert result.tables.messages["sender_email"].isna().tolist() == [True]


SHEETS = """
source: crm
files: {jan: {path: jan.csv}, feb: {path: feb.csv}}
inquiries:
  - {from: jan, one_per_key: true, columns: {inquiry_id: id, client_id: client, received_at: at}}
  - {from: feb, one_per_key: true, columns: {inquiry_id: id, client_id: client, received_at: at}}
outcomes:
  - {from: jan, one_per_key: true, columns: {decided_at: closed, status: {column: state, missing: open}}}
  - {from: feb, one_per_key: true, columns: {decided_at: closed, status: {column: state, missing: open}}}
"""


def test_a_deal_carried_over_from_sheet_to_sheet_is_one_with_its_decision(tmp_path):
    (tmp_path / "jan.csv").write_text("id,client,at,state,closed\nd1,A,2026-01-02T09:00:00Z,,\n")
    (tmp_path / "feb.csv").write_text(
        "id,client,at,state,closed\nd1,A,2026-01-02T09:00:00Z,won,2026-02-03T09:00:00Z\n"
        "d2,B,2026-02-02T09:00:00Z,lost,2026-02-04T09:00:00Z\n"
    )
    result = ingest(tmp_path, SHEETS)
    assert result.tables.outcomes.set_index("inquiry_id")["status"].to_dict() == {"d1": "won", "d2": "lost"}
    assert result.tables.info.counts["inquiries"] == {"read": 2, "kept": 2, "quarantined": 0, "left_out": 1}
    assert result.quarantine.empty
    assert any("inquiries: 1 inquiry_id in several files or sheets (such as 'd1')" in note for note in result.notes)
    apart = lenient(tmp_path, SHEETS.replace("one_per_key: true, ", ""))
    assert any("WARNING: inquiries: 1 row of a key that another file or sheet has too" in note for note in apart.notes)


def test_clients_whose_facts_are_known_at_their_first_inquiry_can_be_one_per_key(tmp_path):
    (tmp_path / "deals.csv").write_text("id,client,at\na,A,2026-03-02T09:00:00Z\n")
    (tmp_path / "clients.csv").write_text("client,country\nA,DE\nA,DE\nB,FR\n")
    result = ingest(
        tmp_path,
        """
    source: crm
    files: {deals: {path: deals.csv}, clients: {path: clients.csv}}
    inquiries: {from: deals, columns: {inquiry_id: id, client_id: client, received_at: at}}
    clients: {from: clients, one_per_key: true, columns: {client_id: client, country: country, known_at: {first_inquiry: true}}}
    """,
    )
    assert result.tables.clients["client_id"].tolist() == ["A"]


@pytest.mark.parametrize("on", [{"tags": "k"}, {"id": "tags"}])
def test_a_lookup_by_a_list_is_refused(tmp_path, on):
    (tmp_path / "a.jsonl").write_text('{"id":"1","c":"A","at":"2026-01-01T00:00:00Z","tags":["x","y"]}\n')
    (tmp_path / "k.jsonl").write_text('{"k":"x","v":"1","tags":["x","y"]}\n')
    text = f"""
    source: crm
    files: {{a: {{path: a.jsonl}}, k: {{path: k.jsonl}}}}
    inquiries: {{from: a, lookup: [{{file: k, on: {json.dumps(on)}}}], columns: {{inquiry_id: id, client_id: c, received_at: at, product: k.v}}}}
    """
    with pytest.raises(SourceError, match=r"inquiries.lookup: 'tags'.* holds lists, expected one value a row"):
        ingest(tmp_path, text)


def test_an_optional_rule_whose_columns_others_read_too_is_read(tmp_path):
    (tmp_path / "deals.csv").write_text("id,client,at,text\na,A,2026-03-02T09:00:00Z,Price?\n")
    text = """
    source: crm
    files: {deals: {path: deals.csv}}
    inquiries: {from: deals, columns: {inquiry_id: id, client_id: client, received_at: at, subject: text}}
    messages: {from: deals, optional: true, columns: {sent_at: at, direction: {constant: inbound}, text: text}}
    """
    assert ingest(tmp_path, text).tables.messages["text"].tolist() == ["Price?"]


def test_optional_rules_that_share_a_column_the_export_lacks_are_not_read(tmp_path):
    (tmp_path / "deals.csv").write_text("id,client,at\na,A,2026-03-02T09:00:00Z\n")
    text = """
    source: crm
    files: {deals: {path: deals.csv}}
    inquiries: {from: deals, columns: {inquiry_id: id, client_id: client, received_at: at}}
    messages:
      - {from: deals, optional: true, columns: {sent_at: at, direction: {constant: inbound}, text: text}}
      - {from: deals, optional: true, columns: {sent_at: at, direction: {constant: outbound}, text: text}}
    """
    assert ingest(tmp_path, text).tables.messages.empty


@pytest.mark.parametrize("there", [True, False])
def test_a_missing_file_that_inquiries_cannot_do_without_is_named(tmp_path, there):
    folder = tmp_path / "export"
    folder.mkdir()
    (folder / ("deals.csv" if there else "other.csv")).write_text("id,c,at\n1,A,2026-03-02T09:00:00Z\n")
    text = """
    source: crm
    files: {deals: {path: deals.csv, optional: true}, k: {path: k.csv, optional: true}}
    inquiries: {from: deals, lookup: [{file: k, on: {c: k}}], columns: {inquiry_id: id, client_id: k.client, received_at: at}}
    """
    with pytest.raises(SourceError) as caught:
        ingest(folder, text)
    name = "k.csv" if there else "deals.csv"
    assert f"inquiries cannot be read without files.{name.removesuffix('.csv')} ({name}), which is not there" in str(
        caught.value
    )


def test_numbered_ids_stay_when_a_workbook_gets_another_sheet(tmp_path):
    folder = tmp_path / "export"
    folder.mkdir()
    text = """
    source: crm
    zone: UTC
    files: {deals: {path: "w*.xlsx", sheet: Deals}}
    inquiries: {from: deals, columns: {inquiry_id: {row_number: true}, client_id: client, received_at: at}}
    """
    found = []
    for names in (["Deals"], ["Deals", "Notes"]):
        with xlsxwriter.Workbook(folder / "w1.xlsx") as book:
            for name in names:
                book.add_worksheet(name).write_row(0, 0, ["client", "at"])
                book.get_worksheet_by_name(name).write_row(1, 0, ["A", "2026-03-02"])
        found.append(ingest(folder, text).tables.inquiries["inquiry_id"].tolist())
    assert found == [["w1.xlsx:2"], ["w1.xlsx:2"]]


@pytest.mark.parametrize(
    ("received", "sent", "end"),
    [
        ("2026-03-05", "2026-03-07", "2026-03-07 16:00"),
        ("2026-03", "2026-03", "2026-03-31 16:00"),
        ("2026-03", "2026-03-20 10:15:00", "2026-03-31 16:00"),
        ("2026-02", "2026-03-20 10:15:30", "2026-03-20 02:15:30"),
        ("2026-02", "2026-03-20 10:15", "2026-03-20 02:16"),
    ],
)
def test_an_export_is_known_to_the_end_of_its_last_minute_day_or_month(tmp_path, received, sent, end):
    (tmp_path / "deals.csv").write_text(f"id,client,at,sent,text\nd1,c1,{received},{sent},500 pcs\n")
    result = ingest(
        tmp_path,
        """
    source: crm
    zone: Asia/Shanghai
    files: {deals: {path: deals.csv}}
    inquiries: {from: deals, columns: {inquiry_id: id, client_id: client, received_at: at}}
    messages:
      from: deals
      columns: {sent_at: sent, text: text, direction: {constant: inbound}}
    """,
    )
    assert result.tables.info.recorded_until == pd.Timestamp(end, tz="UTC")


MAILBOX = """
source: mailbox
files: {mails: {path: mails.csv}}
inquiries:
  from: mails
  one_per_key: true
  columns: {inquiry_id: thread, client_id: sender, received_at: RECEIVED}
messages:
  from: mails
  columns:
    inquiry_id: thread
    sent_at: at
    direction: {column: sender, patterns: {"*@us.com*": outbound}, otherwise: inbound}
    text: text
    sender_email: sender
"""


@pytest.mark.parametrize("received", ["at", "{first_message: true}"])
def test_an_inquiry_begins_with_the_first_mail_of_the_buyer(tmp_path, received):
    rows = [
        ("cold", "me@us.com", "2026-01-05T09:00Z", "May we send you our catalogue?"),
        ("cold", "bo@buyer.com", "2026-01-07T09:00Z", "Yes, and a price for 500 pumps"),
        ("cold", "me@us.com", "2026-01-08T09:00Z", "Here it is"),
        ("mine", "me@us.com", "2026-01-05T09:00Z", "Lunch?"),
        ("bounce", "MAILER-DAEMON@mail.us.com.example", "2026-01-06T09:00Z", "Undelivered"),
        ("news", "Trends <newsletter@service.example>", "2026-01-06T09:00Z", "Trends of the week"),
        ("form", "no-reply@our-site.example", "2026-01-06T09:00Z", "Name: Bo. We need 20 valves"),
        ("asked", "al@buyer.org", "2026-01-06T09:00Z", "Price of 20 valves?"),
    ]
    (tmp_path / "export").mkdir()
    newest_first = pd.DataFrame(rows, columns=["thread", "sender", "at", "text"])[::-1]
    newest_first.to_csv(tmp_path / "export/mails.csv", index=False)
    (tmp_path / "m.yaml").write_text(MAILBOX.replace("RECEIVED", received))
    result = read_export(tmp_path / "export", load_mapping(tmp_path / "m.yaml"))
    inquiries = result.tables.inquiries.set_index("inquiry_id")
    assert set(inquiries.index) == {"cold", "form", "asked"}
    assert inquiries.loc["cold", "client_id"] == "bo@buyer.com"
    assert inquiries.loc["cold", "received_at"] == pd.Timestamp("2026-01-07T09:00Z")
    assert result.quarantine.empty
    assert result.tables.info.counts["messages"] == {"read": 4, "kept": 4, "quarantined": 0, "left_out": 4}
    for note in (
        "1 thread left out, for only your side wrote",
        "1 thread left out, for only mail systems wrote that something was not delivered",
        "1 thread left out, for only newsletters came",
        "in 1 thread a message of yours comes first",
        "WARNING: inquiries: 1 thread with mails from a no-reply address",
    ):
        assert any(note in said for said in result.notes), note


def test_invisible_marks_and_other_spaces_split_no_client_and_hide_no_reference(export):
    rows = [
        "id,\u200fclient ,at,state",
        "a,\u200fشركة\u00a0النور,\u200e2026-03-02T09:00:00Z,\ufeffwon",
        "\u3000b,شركة النور\u202c,2026-03-03T09:00:00Z,lost\u2003",
        "١٢,C,2026-03-04T09:00:00Z,",
    ]
    (export / "inquiries.csv").write_text("\n".join(rows), encoding="utf-8")
    said = "\u200fمی\u200cخواهم \u200b👩\u200d🔬"
    (export / "messages.csv").write_text(
        f"no,id,at,who,text\n1,a\u200f,2026-03-02T09:00:00Z,in,{said}\n2,12,2026-03-04T09:00:00Z,in,Hi\n",
        encoding="utf-8",
    )
    result = ingest(export)
    assert result.quarantine.empty
    assert result.tables.inquiries["inquiry_id"].tolist() == ["a", "b", "12"]
    assert result.tables.inquiries["client_id"].tolist() == ["شركة النور", "شركة النور", "C"]
    assert result.tables.outcomes["status"].tolist() == ["won", "lost", "open"]
    assert result.tables.messages["text"].tolist() == [said, "Hi"]
    assert [note for note in result.notes if note.startswith("6 cells with invisible marks")]


def test_marks_in_the_items_of_a_list_and_in_a_lookup_hide_nothing(tmp_path):
    folder = tmp_path / "export"
    folder.mkdir()
    items = [{"who": "in\u200f", "at": "2026-03-02T09:00:00Z", "body": "\u200fHello"}]
    (folder / "x.json").write_text(
        json.dumps([{"id": "a", "client": "\u200e7", "at": "2026-03-02T09:00:00Z", "thread": items}]), encoding="utf-8"
    )
    (folder / "clients.csv").write_text("no,name\n7\u00a0,Acme\n8,Beta\n", encoding="utf-8")
    text = """
source: test
files: {x: {path: x.json}, clients: {path: clients.csv}}
inquiries:
  from: x
  lookup: [{file: clients, "on": {client: "no"}}]
  columns: {inquiry_id: id, client_id: clients.name, received_at: at}
messages:
  from: x
  unnest: thread
  columns: {sent_at: thread.at, direction: {column: thread.who, values: {in: inbound}}, text: thread.body, inquiry_id: id}
"""
    result = ingest(folder, text)
    assert result.tables.inquiries["client_id"].tolist() == ["Acme"]
    assert result.tables.messages["text"].tolist() == ["\u200fHello"]
    assert any(note.startswith("2 cells with invisible marks") for note in result.notes)


def test_a_time_of_another_calendar_is_named_with_its_digits(export):
    (export / "inquiries.csv").write_text(
        "id,client,at\na,A,١٥ مارس ٢٠٢٥\ne,E,١٤٤٦-٠٩-١٥\nb,B,2568-03-15\nc,C,令和7年3月15日\nd,D,2026-03-02\n",
        encoding="utf-8",
    )
    result = lenient(export, zone="UTC", outcomes=[], messages=[])
    found = [reason for _, reason in reasons(result, "inquiries")]
    assert found[0].startswith("received_at is '١٥ مارس ٢٠٢٥' (its digits read as '15 مارس 2025'), expected a time")
    assert found[1].startswith("received_at is '1446-09-15', which lies outside 1971 to 2099; years of other calendars")
    assert found[2].startswith("received_at is '2568-03-15', which lies outside")
    assert found[3].startswith("received_at is '令和7年3月15日', expected a time")


def test_unknown_countries_are_told_once_for_all_sheets(tmp_path):
    folder = tmp_path / "export"
    folder.mkdir()
    for n in range(3):
        (folder / f"{n}.csv").write_text(
            f"id,client,at,land\n{n},A{n},2026-03-02T09:00:00Z,Atlantis\n", encoding="utf-8"
        )
    rules = [
        {
            "from": f"f{n}",
            "columns": {"inquiry_id": "id", "client_id": "client", "received_at": "at", "country": "land"},
        }
        for n in range(3)
    ]
    text = yaml.safe_dump(
        {"source": "test", "files": {f"f{n}": {"path": f"{n}.csv"} for n in range(3)}, "inquiries": rules}
    )
    told = [note for note in ingest(folder, text).notes if "known country" in note]
    assert told == [
        "inquiries.columns.country: 3 rows without a known country (such as 'Atlantis'), now empty; add them to 'values:'"
    ]


@pytest.mark.parametrize(("own", "zone"), [(None, "Asia/Shanghai"), ("Asia/Kolkata", "Asia/Kolkata")])
def test_the_zone_of_the_receipt_times_is_kept(export, own, zone):
    (export / "inquiries.csv").write_text("id,client,at,state\na,A,2026-03-02,won\n", encoding="utf-8")
    changes = {"inquiries": {"columns": {"received_at": {"column": "at", "zone": own}}}} if own else {}
    result = lenient(export, zone="Asia/Shanghai", messages=[], **changes)
    assert (result.tables.info.zone, result.tables.info.time_precision) == (zone, "day")


def test_messages_without_a_text_are_counted(export):
    (export / "messages.csv").write_text(MESSAGES.replace(",Dear", ","))
    said = "messages.columns.text: 1 of 3 messages have no text; is it in another column ('first_of')?"
    assert said in ingest(export).notes
