"""Mapping files: what they may say, and the shipped ones on made-up exports of their shape."""

# ruff: noqa: E501  (literal rows of exports and mappings are not wrapped)

import json
from pathlib import Path

import pandas as pd
import pytest
import yaml

from inquiry_intent.config import load_config
from inquiry_intent.errors import ConfigError
from inquiry_intent.sources.ingest import read_export
from inquiry_intent.sources.mapping import load_mapping
from inquiry_intent.sources.schema import matches

ROOT = Path(__file__).parents[1]
SHIPPED = sorted(path.stem for path in (ROOT / "data" / "mappings").glob("*.yaml"))
SMALL = """
source: t
files: {f: {path: f.csv}}
inquiries: {from: f, columns: {inquiry_id: id, client_id: client, received_at: at}}
"""


def shipped(name):
    return load_mapping(ROOT / "data" / "mappings" / f"{name}.yaml")


def problems_of(tmp_path, text):
    path = tmp_path / "m.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_mapping(path)
    return str(caught.value)


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_mappings_are_sound_and_fit_the_parameters(name):
    load_config(ROOT / "params.yaml", shipped(name).params)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ("files: {f: {path: /etc/passwd}}", "relative to the export and inside it"),
        ("files: {f: {path: ../f.csv}}", "relative to the export and inside it"),
        ("zone: Mars/Olympus", "is no time zone"),
        ("inquiries: {from: f, one_per_key: last, columns: {inquiry_id: id, client_id: c, received_at: a}}", "one_per_key: Input should be True, False, 'latest' or 'sum'"),
        ("zones: UTC", "zones: Extra inputs are not permitted"),
        ("inquiries: {from: x, columns: {inquiry_id: id, client_id: c, received_at: a}}", "inquiries.from is 'x', expected one of"),
        ("inquiries: {from: f, columns: {inquiry_id: id, client_id: c}}", "lacks ['received_at']; map them (received_at may be"),
        ("inquiries: {from: f, columns: {inquiry_id: id, received_at: a}}", "lacks ['client_id']; map them (where clients are not"),
        ("inquiries: {from: f, columns: {inquiry_id: id, client_id: c, received_at: a, colour: x}}", "colour is no column of inquiries"),
        ("inquiries: {from: f, columns: {inquiry_id: id, client_id: c, received_at: {column: a, constant: b}}}", "expected exactly one of"),
        ("inquiries: {from: f, columns: {inquiry_id: id, client_id: c, received_at: {column: a, format: epoch}}}", "format 'epoch' is unknown"),
        ("inquiries: {from: f, columns: {inquiry_id: id, client_id: {column: c, zone: UTC}, received_at: a}}", "is no time; format and zone"),
        ("inquiries: {from: f, columns: {inquiry_id: id, client_id: {column: c, decimal: ','}, received_at: a}}", "is no number; decimal"),
        ("inquiries: {from: f, columns: {inquiry_id: id, client_id: {column: c, scale: 10}, received_at: a}}", "is no number; scale"),
        ("inquiries: {from: f, columns: {inquiry_id: id, client_id: c, received_at: a}, attributes: {categorical: [{column: x, scale: 10}]}}", "is no number; scale"),
        ("inquiries: {from: f, columns: {inquiry_id: id, client_id: c, received_at: a}, attributes: {numeric: [{column: x, scale: 0}]}}", "greater than 0"),
        ("inquiries: {from: f, columns: {inquiry_id: id, client_id: c, received_at: a}, attributes: {numeric: [{column: x, scale: true}]}}", "valid number"),
        ("inquiries: {from: f, columns: {inquiry_id: id, client_id: c, received_at: a}, attributes: {numeric: [{column: x, scale: .inf}]}}", "finite number"),
        ("inquiries: {from: f, columns: {inquiry_id: id, client_id: {first_message: true}, received_at: a}}", "first_message is for"),
        ("inquiries: {from: f, columns: {inquiry_id: id, client_id: c, received_at: {first_message: true}}}", "first_message needs messages"),
        ("timeless: true", "is a time, but the mapping says 'timeless: true'"),
        ("outcomes: {from: f, columns: {status: {column: s, values: {1: gewonnen}}}}", "gives ['gewonnen'], expected ['won', 'lost', 'open']"),
        ("outcomes: {from: f, columns: {status: {constant: yes}}}", "is a boolean in YAML"),
        ("tier_leaks: [x]", "tier_leaks: 'x' matches no attribute"),
        ("params: {spilt: {seed: 1}}", "params.spilt is unknown"),
        ("params: {split: {sed: 1}}", "params.split.sed is unknown"),
        ("params: {split: 1}", "params.split is 1, expected some of"),
    ],
)  # fmt: skip
def test_a_mapping_that_contradicts_itself_or_the_contract_is_refused(tmp_path, changes, said):
    values = {**yaml.safe_load(SMALL), **yaml.safe_load(changes)}
    assert said in problems_of(tmp_path, yaml.safe_dump(values))


def test_an_outcome_is_no_attribute_and_its_amount_only_as_a_tier_leak(tmp_path):
    text = """
source: t
zone: UTC
files: {f: {path: f.csv}}
inquiries:
  from: f
  columns: {inquiry_id: id, client_id: client, received_at: at}
  attributes: {categorical: [state], numeric: [sum], days: [closed]}
outcomes: {from: f, columns: {status: state, order_value: sum, decided_at: closed}}
"""
    said = problems_of(tmp_path, text)
    assert "3 problems:" in said
    assert "'state' is also outcomes.status: it would tell the model the answer" in said
    assert "'closed_days' is also outcomes.decided_at" in said
    assert "'sum' is also outcomes.order_value; name it in tier_leaks, or drop it" in said


def test_a_missing_mapping_and_one_that_is_no_yaml_are_refused(tmp_path):
    with pytest.raises(ConfigError, match="does not exist"):
        load_mapping(tmp_path / "none.yaml")
    assert "is no YAML" in problems_of(tmp_path, "a: [")
    assert "holds str, expected a mapping file" in problems_of(tmp_path, "hello")


def test_column_patterns_take_brackets_and_dots_as_they_are():
    assert matches("a [1].b", "a [1].b")
    assert not matches("a.b", "a-b")
    assert matches("*公海*", "下次移入公海日期")
    assert not matches("rate*", "a rate")


def test_the_demo_mapping_reads_the_demo_layout(tmp_path):
    files = {
        "inquiries": "inquiry_id,client_id,received_at,channel,country,product,subject,owner\ni1,c1,2026-03-02T09:00:00Z,web,DE,pump,Pump,Ann\n",
        "messages": "message_id,inquiry_id,sent_at,direction,sender_name,sender_title,sender_email,sender_phone,attachment_count,text\n"
        'm1,i1,2026-03-02T09:00:00Z,inbound,Bo,CEO,bo@x.de,+49 30 1,2,"Hello,\nprice?"\n',
        "events": "inquiry_id,occurred_at,kind\ni1,2026-03-03T09:00:00Z,opened_mail\n",
        "clients": "client_id,known_at,company,website,country,registered_at,import_covered,import_count,import_value_usd,last_import_at,"
        "import_volatility,supplier_stability,web_presence,exhibition_count\n"
        "c1,2026-03-02T09:00:00Z,X GmbH,x.de,DE,1998-05-01T00:00:00Z,1,3,1e5,2026-01-01T00:00:00Z,0.2,0.9,0.5,\n",
        "outcomes": "inquiry_id,decided_at,status,order_value,currency,annual_volume\ni1,2026-04-01T09:00:00Z,won,5000,usd,\n",
    }
    for name, text in files.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    (tmp_path / "truth.parquet").write_bytes(b"must never be read")
    result = read_export(tmp_path, shipped("demo"))
    assert {name: counts["kept"] for name, counts in result.tables.info.counts.items()} == dict.fromkeys(files, 1)
    assert result.tables.messages["text"].item() == "Hello,\nprice?"
    assert result.tables.clients["registered_at"].item() == pd.Timestamp("1998-05-01", tz="UTC")
    assert result.tables.outcomes["currency"].item() == "USD"


def test_the_negotiation_mapping_reads_messages_and_no_event_that_decides(tmp_path):
    rows = [
        {
            "uuid": f"u{n}", "post_id": "p", "category": "bike", "title": "A bike", "list_price": 100, "description": ["old"],
            "roles": {"0": "buyer", "1": "seller"},
            "events": [
                {"agent": 0, "role": "buyer", "action": "message", "data": "hi", "start_time": None, "time": 1496341531.17},
                {"agent": 1, "role": "seller", "action": "message", "data": "hello", "start_time": 5, "time": 1496341540.0},
                {"agent": 1, "role": "seller", "action": "offer", "data": {"price": 90, "sides": ""}, "start_time": None, "time": 1496341550.0},
                {"agent": 0, "role": "buyer", "action": "accept" if n else "reject", "data": None, "start_time": None, "time": 1496341560.0},
            ],
            "outcome": {"reward": n, "offer": {"price": 90, "sides": ""} if n else None},
        }
        for n in (0, 1)
    ]  # fmt: skip
    rows.append({**rows[0], "uuid": "silent", "events": rows[0]["events"][2:]})
    (tmp_path / "dialogues.jsonl").write_text("\n".join(map(json.dumps, rows)))
    tables = read_export(tmp_path, shipped("negotiation")).tables
    assert tables.messages.groupby("inquiry_id")["text"].agg(list).to_dict() == {
        "u0": ["hi", "hello"],
        "u1": ["hi", "hello"],
    }
    assert tables.events.empty
    assert tables.inquiries["received_at"].dt.second.tolist() == [31, 31, 50]
    assert tables.outcomes["status"].tolist() == ["lost", "won", "lost"]
    assert tables.info.attributes == {"attr_list_price": "numeric", "attr_category": "categorical"}


def test_the_timing_mapping_makes_contact_and_reply_messages(tmp_path):
    (tmp_path / "contacts.tsv").write_text(
        "id_guest\tid_host\tid_listing\tts_contact_at\tts_reply_at\tts_accepted_at\tts_booking_at\tds_checkin\tds_checkout\tn_guests\tn_messages\n"
        "g\th\tl\t2014-10-04 12:00:00.0\t2014-10-04 13:00:00.0\t\t2014-10-05 12:00:00.0\t2014-10-14\t2014-10-15\t2\t13\n"
        "g\th\tl\t2014-10-06 12:00:00.0\t\t\t\t2014-10-14\t2014-10-15\t3\t1\n"
    )
    tables = read_export(tmp_path, shipped("inquiries_timing")).tables
    assert tables.messages["direction"].tolist() == ["inbound", "inbound", "outbound"]
    assert tables.messages["text"].isna().all()
    assert tables.outcomes["status"].tolist() == ["won", "open"]
    assert tables.inquiries["attr_ds_checkin_days"].tolist() == [9.5, 7.5]
    assert not any("n_messages" in column or "accepted" in column for column in tables.inquiries)


def test_the_opportunities_mapping_reads_months_and_no_leak(tmp_path):
    mapping = shipped("opportunities")
    rule = mapping.files["opportunities"]
    leaks = ["has_contract", "Pricing, Delivery_Terms_Approved", "Last_Modified_Date_Month", "Opportunity_Created_Date_weight_log",
             "Bureaucratic_Code_0_Approval", "Quote_Range_days", "Planned_Range_days_min", "delivery_days_max_dipaolme", "rate",
             "train", "Modify_Range_days", "Opportunities_By_Owner", "Opportunity_History_by_Owner"]  # fmt: skip
    assert all(any(matches(pattern, leak) for pattern in rule.forbidden) for leak in leaks)
    values = dict.fromkeys([*mapping.inquiries[0].used, *mapping.outcomes[0].used, *leaks], "1.0")
    values |= {
        "Opportunity_ID": "0.0",
        "Opportunity_Created_Date_Period": "201602.0",
        "Account_Created_Date_Period": "201601.0",
    }
    values |= {"Billing_Country": "Japan", "Total_Amount_Currency": "JPY", "Total_Amount_Opportunity": "5272800.0"}
    pd.DataFrame([values]).to_csv(tmp_path / "opportunities.csv.gz", index=False)
    tables = read_export(tmp_path, mapping).tables
    assert tables.info.time_precision == "month"
    assert tables.inquiries["received_at"].item() == pd.Timestamp("2016-02-01", tz="UTC")
    assert tables.inquiries["attr_Account_Created_Date_Period_days"].item() == -31
    assert tables.inquiries["country"].item() == "JP"
    assert tables.outcomes[["status", "order_value", "currency"]].values.tolist() == [["won", 5272800.0, "JPY"]]
    assert "attr_Total_Amount_Opportunity" in tables.info.tier_leaks
    assert not set(leaks) & {column.removeprefix("attr_") for column in tables.inquiries}


LEADS = (
    "线索编号,客户编号,创建时间,线索名称,线索来源,国家地区,产品,跟进人,联系人,职位,职级,邮箱,电话,询盘内容,线索状态,结束时间,成交金额,币种,年采购额,"
    "客户意向,客户星级,跟进状态,下次跟进时间,下次移入公海日期,公海原因\n"
    "L001,K9,2026-03-02 17:00:00,泵询价,展会,德国,泵,小王,Bo,CEO,3,bo@x.de,+49 30 1,请报价 500 台水泵的价格,已成交,2026-04-01 09:00:00,12000,usd,8,3,5,合作中,,,\n"
    "L002,,2026-03-03 09:00:00,阀门,广交会,Brazil,阀,小李,Ana,,1,ana@y.br,,,跟进中,,,,0,1,2,跟进中,2026-03-09,2026-04-03,\n"
)
MAILS = (
    "邮件编号,线索编号,发送时间,收发类型,发件人,发件邮箱,正文,附件数\n"
    "M1,L001,2026-03-02 18:00:00,发件,小王,w@us.cn,报价见附件,1\nM2,L001,2026-03-03 08:00:00,收件,Bo,bo@x.de,好的，谢谢,0\n"
)
COMPANIES = "客户编号,公司名称,公司网址,国家地区,创建时间\nK9,X GmbH,x.de,德国,2026-03-02 17:05:00\n"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_the_okki_mapping_reads_a_chinese_export_and_its_codes(tmp_path, encoding):
    for name, text in {"leads": LEADS, "mails": MAILS, "companies": COMPANIES}.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding=encoding)
    tables = read_export(tmp_path, shipped("okki")).tables
    assert tables.inquiries["received_at"].iloc[0] == pd.Timestamp("2026-03-02 09:00", tz="UTC")
    assert tables.inquiries["client_id"].tolist() == ["K9", "L002"]
    assert tables.inquiries["channel"].tolist() == ["trade_fair", "广交会"]
    assert tables.inquiries["country"].tolist() == ["DE", "BR"]
    assert tables.inquiries["attr_职级"].tolist() == ["senior", "staff"]
    assert tables.messages["direction"].tolist() == ["inbound", "outbound", "inbound"]
    assert tables.outcomes["annual_volume"].fillna(-1).tolist() == [400000, -1]
    assert tables.outcomes["status"].tolist() == ["won", "open"]
    assert tables.clients["company"].tolist() == ["X GmbH"]
    assert list(tables.info.attributes) == ["attr_职级"]


def test_a_key_that_stands_twice_is_refused(tmp_path):
    path = tmp_path / "m.yaml"
    path.write_text("source: a\nfiles: {f: {path: f.csv}}\nsource: b\n")
    with pytest.raises(ConfigError, match=r"'source' stands twice; drop one(.|\n)*line 3"):
        load_mapping(path)
    path.write_text("")
    with pytest.raises(ConfigError, match="is empty, expected a mapping file"):
        load_mapping(path)
