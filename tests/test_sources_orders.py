"""Outcomes from a list of orders: which inquiry each decides, what the parts of one add up to, and which fall to none."""

# ruff: noqa: E501  (literal rows of exports and mappings are not wrapped)

import pandas as pd
import pytest
import yaml

from inquiry_intent.errors import ConfigError
from inquiry_intent.labels import label_kind
from inquiry_intent.sources.ingest import read_export
from inquiry_intent.sources.mapping import load_mapping
from tests.conftest import ROOT

INQUIRIES = """id,client,at
a1,Acme,2026-01-05T09:00:00Z
a2,Acme,2026-03-02T14:00:00Z
b1,Bo <bo@x.de>,2026-03-02T09:00:00Z
c1,Cox Ltd,2026-03-02T09:00:00Z
"""
BY_CLIENT = """
source: erp
zone: UTC
max_quarantined: 1
files: {inquiries: {path: inquiries.csv}, orders: {path: orders.csv, optional: true}}
inquiries: {from: inquiries, columns: {inquiry_id: id, client_id: client, received_at: at}}
outcomes:
  from: orders
  optional: true
  unless: {state: cancelled}
  by_client: {client_id: customer, within_days: 60}
  columns: {decided_at: day, order_value: amount, currency: cur}
"""
PER_KEY = """
source: erp
zone: UTC
files: {inquiries: {path: inquiries.csv}, orders: {path: orders.csv}}
inquiries: {from: inquiries, columns: {inquiry_id: id, client_id: client, received_at: at}}
outcomes:
  from: orders
  one_per_key: true
  columns: {inquiry_id: inquiry, decided_at: day, status: {column: state, otherwise: won, values: {cancelled: lost}}, order_value: amount, currency: cur}
"""


def mapping(folder, text, **outcomes):
    values = yaml.safe_load(text)
    if outcomes:
        values["outcomes"] |= outcomes
    path = folder / "mapping.yaml"
    path.write_text(yaml.safe_dump(values), encoding="utf-8")
    return load_mapping(path)


def ingest(tmp_path, *orders, text=BY_CLIENT, inquiries=INQUIRIES, **outcomes):
    """Rows of orders: number, customer (or inquiry), day, amount, currency, state."""
    export = tmp_path / "export"
    export.mkdir(exist_ok=True)
    (export / "inquiries.csv").write_text(inquiries, encoding="utf-8")
    who = "customer" if text == BY_CLIENT else "inquiry"
    (export / "orders.csv").write_text("\n".join([f"no,{who},day,amount,cur,state", *orders]) + "\n", encoding="utf-8")
    return read_export(export, mapping(tmp_path, text, **outcomes))


def told(result):
    """Day, value and currency by inquiry."""
    rows = result.tables.outcomes
    assert set(rows["status"]) <= {"won"}
    days = rows["decided_at"].dt.strftime("%m-%d %H:%M")
    values = rows["order_value"].astype("object").where(rows["order_value"].notna(), None)
    currencies = rows["currency"].astype("object").where(rows["currency"].notna(), None)
    return dict(zip(rows["inquiry_id"], zip(days, values, currencies, strict=True), strict=True))


def said(result):
    return "\n".join(result.notes)


def test_lines_without_their_orders_client_are_warned_of(tmp_path):
    lines = ["1,Acme,2026-02-01,100,USD,sent", ",,,200,USD,sent", ",,,300,USD,sent"]
    assert "WARNING: outcomes: 2 of 3 orders have no client in ['customer'], and their value is lost" in said(
        ingest(tmp_path, *lines)
    )
    assert "WARNING" not in said(ingest(tmp_path, lines[0]))


@pytest.mark.parametrize(("currency", "named"), [("人民币", True), ("Euro", True), ("cny", False), ("", False)])
def test_a_currency_that_is_no_code_is_warned_of(tmp_path, currency, named):
    notes = said(ingest(tmp_path, f"1,Acme,2026-02-01,100,{currency},sent"))
    assert (f"{currency.upper()!r}: no codes of currencies such as USD" in notes) == named


def test_an_order_goes_to_the_latest_inquiry_of_its_client_before_it(tmp_path):
    result = ingest(tmp_path, "1,Acme,2026-02-01,100,USD,sent", "2,Acme,2026-03-20,300,USD,sent")
    assert told(result) == {"a1": ("02-01 00:00", 100, "USD"), "a2": ("03-20 00:00", 300, "USD")}
    assert "2 orders; deciding an inquiry: 2, added to these: 0" in said(result)


def test_of_two_inquiries_before_one_order_the_earlier_stays_open(tmp_path):
    by_client = {"client_id": "customer", "within_days": 90}
    result = ingest(tmp_path, "1,Acme,2026-03-04,100,USD,sent", by_client=by_client)
    assert told(result) == {"a2": ("03-04 00:00", 100, "USD")}
    assert label_kind(result.tables.outcomes) == "within_horizon"


def test_orders_that_fall_to_no_inquiry_are_counted_with_their_reason(tmp_path):
    result = ingest(
        tmp_path,
        "1,Walk-in,2026-03-10,10,USD,sent",
        "2,Acme,2026-01-02,20,USD,sent",
        "3,Cox Ltd,2026-05-02,30,USD,sent",
        "4,Cox Ltd,,40,USD,sent",
        "5,,2026-03-10,50,USD,sent",
        "6,Cox Ltd,2026-05-01,60,USD,sent",
        "7,Cox Ltd,2026-03-03,60,USD,cancelled",
    )
    assert told(result) == {"c1": ("05-01 00:00", 60, "USD")}
    assert result.tables.info.counts["outcomes"] == {"read": 1, "kept": 1, "quarantined": 0, "left_out": 6}
    assert (
        "outcomes: 6 orders; deciding an inquiry: 1, added to these: 0, falling to no inquiry: 5 "
        "(no inquiry of their client within 60 days before: 2, the first in row 3 of orders.csv; "
        "no client: 1, the first in row 6 of orders.csv; "
        "no date: 1, the first in row 5 of orders.csv; "
        "no such client among the inquiries: 1, the first in row 2 of orders.csv)"
    ) in said(result)


def test_part_orders_add_up_and_the_first_decides(tmp_path):
    result = ingest(
        tmp_path,
        "2,Cox Ltd,2026-04-10,700.50,USD,sent",
        "1,Cox Ltd,2026-03-10,300,USD,sent",
        "1,Cox Ltd,2026-03-10,300,USD,sent",
        "3,Cox Ltd,2026-04-12,,USD,sent",
    )
    assert told(result) == {"c1": ("03-10 00:00", 1000.5, "USD")}
    assert "deciding an inquiry: 1, added to these: 1, of these inquiries too but adding nothing: 2" in said(result)
    assert "1 row is the same as another one in every column and counts once" in said(result)


def test_orders_in_different_currencies_give_no_value(tmp_path):
    result = ingest(tmp_path, "1,Cox Ltd,2026-03-10,300,USD,sent", "2,Cox Ltd,2026-03-20,300,EUR,sent")
    assert told(result) == {"c1": ("03-10 00:00", None, None)}
    assert "1 inquiry with order values in different currencies (such as 'c1')" in said(result)


@pytest.mark.parametrize(("at", "found"), [("2026-03-02", "03-02 14:00"), ("2026-03-02T13:59:00Z", None)])
def test_a_day_counts_from_the_inquiry_of_that_day_and_a_time_does_not(tmp_path, at, found):
    result = ingest(tmp_path, f"1,Acme,{at},300,USD,sent")
    assert told(result) == ({"a2": (found, 300, "USD")} if found else {"a1": ("03-02 13:59", 300, "USD")})


def test_a_month_counts_from_the_last_inquiry_in_it(tmp_path):
    assert told(ingest(tmp_path, "1,Acme,2026-03,300,USD,sent")) == {"a2": ("03-02 14:00", 300, "USD")}


def test_clients_are_matched_as_their_ids_are_read_and_without_capitals_only_where_the_mapping_says_so(tmp_path):
    rows = ("1,BO@X.DE ,2026-03-10,300,USD,sent", "2,COX LTD,2026-03-10,300,USD,sent")
    result = ingest(tmp_path, *rows)
    assert list(told(result)) == ["b1"]
    assert "in other capitals, which 'ignore_case: true' in by_client takes: 1, the first in row 3" in said(result)
    by_client = {"client_id": "customer", "within_days": 60, "ignore_case": True}
    assert list(told(ingest(tmp_path, *rows, by_client=by_client))) == ["b1", "c1"]
    unread = INQUIRIES.replace("Cox Ltd,2026-03-02T09:00:00Z", "Cox Ltd,soon")
    assert "ignore_case" not in said(ingest(tmp_path, *rows, inquiries=unread, by_client=by_client))


def test_an_order_of_a_quarantined_inquiry_decides_no_older_one(tmp_path):
    bad = INQUIRIES.replace("a2,Acme", "a1,Acme")
    result = ingest(
        tmp_path, "1,Acme,2026-03-20,300,USD,sent", inquiries=bad.replace("a1,Acme,2026-03-02", "a\x00,Acme,2026-03-02")
    )
    assert result.tables.outcomes.empty
    assert result.quarantine["reason"].str.contains("its inquiry is quarantined").any()


def test_that_no_order_falls_to_an_inquiry_is_a_warning(tmp_path):
    assert "WARNING: outcomes: 1 order; deciding an inquiry: 0" in said(
        ingest(tmp_path, "1,Nobody,2026-03-20,300,USD,sent")
    )


def test_a_week_without_the_list_of_orders_can_be_read(tmp_path):
    export = tmp_path / "export"
    export.mkdir()
    (export / "inquiries.csv").write_text(INQUIRIES)
    assert len(read_export(export, mapping(tmp_path, BY_CLIENT)).tables.inquiries) == 4


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"by_client": {"client_id": "customer"}}, "by_client.within_days: Field required"),
        ({"by_client": {"client_id": "customer", "within_days": 0}}, "greater than 0"),
        ({"columns": {"order_value": "amount"}}, "outcomes.columns lacks ['decided_at']; by_client needs the date of the order"),
        ({"columns": {"inquiry_id": "no", "decided_at": "day"}}, "outcomes.columns.inquiry_id is what by_client finds; drop one"),
        ({"columns": {"status": "state", "decided_at": "day"}}, "outcomes.columns.status: an order is won where by_client is set"),
        ({"one_per_key": True}, "outcomes has by_client and one_per_key"),
    ],
)  # fmt: skip
def test_what_contradicts_by_client_is_refused(tmp_path, changes, problem):
    with pytest.raises(ConfigError) as caught:
        mapping(tmp_path, BY_CLIENT, **changes)
    assert problem in str(caught.value)


def test_by_client_is_for_outcomes_alone_and_for_exports_with_times(tmp_path):
    values = yaml.safe_load(BY_CLIENT)
    by_client = values["outcomes"]["by_client"]
    values["inquiries"]["by_client"] = by_client
    values["outcomes"] = [values["outcomes"], {"from": "inquiries", "columns": {"status": "id"}}]
    path = tmp_path / "m.yaml"
    path.write_text(yaml.safe_dump(values))
    with pytest.raises(ConfigError) as caught:
        load_mapping(path)
    assert "inquiries: by_client is for outcomes only" in str(caught.value)
    assert "outcomes: some rules have by_client and some have not; an inquiry is decided in one way" in str(
        caught.value
    )


def test_a_column_of_by_client_is_missed_like_any_other(tmp_path):
    with pytest.raises(Exception, match="has no column 'custmer'; nearest are"):
        ingest(tmp_path, "1,Acme,2026-02-01,100,USD,sent", by_client={"client_id": "custmer", "within_days": 60})


PARTS = (
    "1,c1,2026-03-10,300,USD,sent",
    "2,c1,2026-03-30,700,USD,sent",
    "3,b1,2026-03-10,50,USD,sent",
    "3,b1,2026-03-10,50,USD,sent",
)


def test_merged_rows_whose_values_differ_are_said(tmp_path):
    result = ingest(tmp_path, *PARTS, text=PER_KEY)
    assert result.tables.outcomes.set_index("inquiry_id")["order_value"].to_dict() == {"c1": 300, "b1": 50}
    assert "1 inquiry with several rows of different order values (such as 'c1': 300, 700)" in said(result)
    assert "'one_per_key: sum'" in said(result)


def test_part_orders_of_one_key_are_added_where_the_mapping_says_so_and_a_row_exported_twice_counts_once(tmp_path):
    result = ingest(tmp_path, *PARTS, text=PER_KEY, one_per_key="sum")
    assert told(result) == {"c1": ("03-10 00:00", 1000, "USD"), "b1": ("03-10 00:00", 50, "USD")}
    assert "1 inquiry with several rows whose order values are added (such as 'c1': 300, 700)" in said(result)
    assert "1 row is the same as another one in every column and counts once" in said(result)


def test_rows_of_one_date_and_value_that_differ_elsewhere_are_added_and_said(tmp_path):
    result = ingest(
        tmp_path, "1,c1,2026-03-10,300,USD,made", "1,c1,2026-03-10,300,USD,sent", text=PER_KEY, one_per_key="sum"
    )
    assert result.tables.outcomes["order_value"].tolist() == [600]
    assert "1 row added with the date and value of another one (such as one of 'c1')" in said(result)


def test_values_in_different_currencies_of_one_key_are_no_sum(tmp_path):
    rows = ("1,c1,2026-03-10,300,USD,sent", "2,c1,2026-03-30,700,EUR,sent")
    assert told(ingest(tmp_path, *rows, text=PER_KEY, one_per_key="sum")) == {"c1": ("03-10 00:00", None, None)}


@pytest.mark.parametrize("last", ["1,300,USD,made", "2,700,USD,sent", "2,700,EUR,sent"])
def test_no_note_on_orders_repeats_the_address_that_an_inquiry_goes_by(tmp_path, last):
    number, rest = last.split(",", 1)
    rows = ("1,bo@x.de,2026-03-10,300,USD,sent", f"{number},bo@x.de,2026-03-10,{rest}")
    result = ingest(tmp_path, *rows, text=PER_KEY, inquiries=INQUIRIES.replace("a1", "bo@x.de"), one_per_key="sum")
    assert "'…@…'" in said(result)
    assert "bo@x.de" not in said(result)


def test_orders_that_are_all_left_out_leave_every_inquiry_open(tmp_path):
    result = ingest(tmp_path, "1,Acme,2026-03-10,300,USD,cancelled")
    assert result.tables.outcomes.empty
    assert result.tables.info.counts["outcomes"] == {"read": 0, "kept": 0, "quarantined": 0, "left_out": 1}


def test_a_cancelled_part_is_not_added_to_what_was_won(tmp_path):
    result = ingest(
        tmp_path, "1,c1,2026-03-10,300,USD,sent", "2,c1,2026-03-30,700,USD,cancelled", text=PER_KEY, one_per_key="sum"
    )
    assert told(result) == {"c1": ("03-10 00:00", 300, "USD")}


def test_sum_needs_a_value_and_is_for_outcomes(tmp_path):
    values = yaml.safe_load(PER_KEY)
    values["inquiries"]["one_per_key"] = values["outcomes"]["one_per_key"] = "sum"
    del values["outcomes"]["columns"]["order_value"]
    path = tmp_path / "m.yaml"
    path.write_text(yaml.safe_dump(values))
    with pytest.raises(ConfigError) as caught:
        load_mapping(path)
    assert "inquiries.one_per_key: sum is for outcomes only" in str(caught.value)
    assert "outcomes.one_per_key: sum needs order_value; map it" in str(caught.value)


def test_what_was_lost_needs_no_value_beside_a_sum(tmp_path):
    values = yaml.safe_load(PER_KEY)
    won = values["outcomes"] | {"one_per_key": "sum", "when": {"state": "made"}}
    lost = {"from": won["from"], "one_per_key": "sum", "when": {"state": "gone"}}
    lost["columns"] = {"inquiry_id": "inquiry", "decided_at": "day", "status": {"constant": "lost"}}
    text = yaml.safe_dump(values | {"outcomes": [won, lost]}, sort_keys=False)
    result = ingest(tmp_path, "1,c1,2026-03-10,300,USD,made", "2,b1,2026-03-11,,USD,gone", text=text)
    assert dict(zip(result.tables.outcomes["inquiry_id"], result.tables.outcomes["status"], strict=True)) == {
        "c1": "won",
        "b1": "lost",
    }


def test_the_example_of_the_documentation_is_sound(tmp_path):
    page = (ROOT / "docs" / "mapping.md").read_text(encoding="utf-8")
    example = page[page.index("**Orders that name no inquiry.**") :].split("```")[1].removeprefix("yaml")
    path = tmp_path / "m.yaml"
    path.write_text(yaml.safe_dump({**yaml.safe_load(BY_CLIENT), **yaml.safe_load(example)}), encoding="utf-8")
    assert load_mapping(path).outcomes[0].by_client.within_days == 120


STATES = {
    "inquiry_id": "inquiry",
    "decided_at": "day",
    "status": {"column": "state", "otherwise": "won", "values": {"cancelled": "lost", "planned": "open"}},
    "order_value": "amount",
    "currency": "cur",
}


@pytest.mark.parametrize("how", [True, "latest", "sum"])
@pytest.mark.parametrize("planned", ["2026-03-03", "2026-06-01", ""])
def test_a_date_beside_an_open_status_is_a_plan_and_decides_nothing(tmp_path, how, planned):
    rows = ("1,c1,2026-03-10,300,USD,sent", f"2,c1,{planned},700,USD,planned", "3,b1,2026-03-20,50,USD,planned")
    result = ingest(tmp_path, *rows, text=PER_KEY, one_per_key=how, columns=STATES)
    outcomes = result.tables.outcomes.set_index("inquiry_id")
    assert outcomes["status"].to_dict() == {"c1": "won", "b1": "open"}
    assert outcomes["order_value"].to_dict() == {"c1": 300, "b1": 50}


def test_an_order_cancelled_first_and_made_later_is_won_with_the_sum_of_what_was_won(tmp_path):
    rows = (
        "1,c1,2026-03-10,100,USD,cancelled",
        "2,c1,2026-03-20,300,USD,sent",
        "3,c1,2026-03-30,50,USD,sent",
        "4,b1,2026-03-10,100,USD,cancelled",
    )
    result = ingest(tmp_path, *rows, text=PER_KEY, one_per_key="sum")
    outcomes = result.tables.outcomes.set_index("inquiry_id")
    assert outcomes["status"].to_dict() == {"c1": "won", "b1": "lost"}
    assert outcomes.loc["c1", ["order_value", "decided_at"]].tolist() == [350, pd.Timestamp("2026-03-20", tz="UTC")]
    assert "1 inquiry won in one row and lost in another (such as 'c1'); only the won rows count" in said(result)
    assert "one_per_key: latest" not in said(result)


def test_the_parts_of_an_order_that_stand_in_one_row_are_added(tmp_path):
    export = tmp_path / "export"
    export.mkdir()
    (export / "inquiries.csv").write_text(INQUIRIES)
    (export / "orders.csv").write_text(
        "no,customer,d1,v1,d2,v2\n1,Cox Ltd,2026-03-10,300,2026-03-20,700\n1,Cox Ltd,2026-03-10,300,2026-03-20,700\n"
    )
    values = yaml.safe_load(BY_CLIENT)
    order = {"from": "orders", "by_client": values["outcomes"]["by_client"]}
    values["outcomes"] = [
        order | {"columns": {"decided_at": f"d{part}", "order_value": f"v{part}"}} for part in ("1", "2")
    ]
    path = tmp_path / "m.yaml"
    path.write_text(yaml.safe_dump(values))
    result = read_export(export, load_mapping(path))
    assert result.tables.outcomes["order_value"].tolist() == [1000]


def test_an_order_of_an_inquiry_that_the_mapping_leaves_out_decides_no_older_one(tmp_path):
    export = tmp_path / "export"
    export.mkdir()
    (export / "inquiries.csv").write_text(
        "id,client,at,kind\na1,Acme,2026-03-05T09:00:00Z,real\na2,Acme,2026-03-30T09:00:00Z,test\n"
    )
    (export / "orders.csv").write_text(
        "no,customer,day,amount,cur,state\n1,Acme,2026-03-31,100,USD,sent\n2,Acme,2026-03-20,70,USD,sent\n"
    )
    values = yaml.safe_load(BY_CLIENT)
    values["inquiries"]["unless"] = {"kind": "test"}
    path = tmp_path / "m.yaml"
    path.write_text(yaml.safe_dump(values))
    result = read_export(export, load_mapping(path))
    assert told(result) == {"a1": ("03-20 00:00", 70, "USD")}
    assert "(an inquiry that the mapping leaves out: 1, the first in row 2 of orders.csv)" in said(result)
    assert "WARNING" not in said(result)


@pytest.mark.parametrize("days", [float("inf"), 1_000_000, True, "60"])
def test_within_days_is_a_number_of_days(tmp_path, days):
    with pytest.raises(ConfigError, match="within_days"):
        mapping(tmp_path, BY_CLIENT, by_client={"client_id": "customer", "within_days": days})


def test_orders_that_fall_to_no_inquiry_are_said_once(tmp_path):
    result = ingest(tmp_path, "1,Walk-in,2026-03-10,10,USD,sent", "2,Cox Ltd,2026-03-10,20,USD,sent")
    assert "falling to no inquiry: 1" in said(result)
    assert "left out or merged" not in said(result)


def test_amounts_that_cannot_be_added_and_copies_are_not_said_to_be_added(tmp_path):
    result = ingest(tmp_path, "1,Cox Ltd,2026-03-10,300,USD,sent", "2,Cox Ltd,2026-03-20,300,EUR,sent")
    assert "order values are added" not in said(result)
    copied = ingest(tmp_path, *["1,Cox Ltd,2026-03-10,300,USD,sent"] * 2)
    assert "2 orders; deciding an inquiry: 1, added to these: 0, of these inquiries too but adding nothing: 1" in said(
        copied
    )
    assert "1 row is the same as another one in every column and counts once" in said(copied)
