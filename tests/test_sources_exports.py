"""Exports as CRMs and marketplaces write them: the suggested mapping must be right where it matters, and ingest."""

import json

import pandas as pd
import pytest
import xlsxwriter
import yaml

from inquiry_intent.sources.ingest import read_export
from inquiry_intent.sources.mapping import load_mapping
from inquiry_intent.sources.suggest import suggest_mapping

ROWS = 60
TEXTS = ("We need {n} pumps. Please quote your best price and lead time.", "What does a pump cost? We plan {n} a year.")


def suggested(export):
    """The suggested mapping as YAML values, what it makes of its export, and its text."""
    text = suggest_mapping(export)
    path = export.parent / "suggested.yaml"
    path.write_text(text, encoding="utf-8")
    return yaml.safe_load(text), read_export(export, load_mapping(path)), text


def columns(values, table):
    return values[table][0]["columns"]


def forbidden(values):
    return {column for file in values["files"].values() for column in file.get("forbidden", [])}


def at(n, hours=0):
    return pd.Timestamp("2026-01-05 09:30") + pd.Timedelta(hours=20 * n + hours)


def write(folder, name, rows, encoding="utf-8", **options):
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(pd.DataFrame(rows).to_csv(index=False, **options).encode(encoding))
    return folder


def of_three(n, won, lost, still_open):
    return (won, lost, still_open)[n % 3]


def test_salesforce_stage_is_preferred_to_a_flag_that_calls_open_ones_lost(tmp_path):
    export = write(
        tmp_path / "sf",
        "Opportunity.csv",
        [
            {
                "Id": f"0065g00000aaa{n:02d}AAM",
                "AccountId": f"0015g00000aaa{n % 9:02d}AAM",
                "StageName": of_three(n, "Closed Won", "Closed - Lost to other", "Needs Analysis"),
                "IsClosed": of_three(n, "true", "true", "false"),
                "IsWon": of_three(n, "true", "false", "false"),
                "Amount": 1000 + n,
                "CloseDate": f"{at(n, 500):%Y-%m-%d}",
                "CreatedDate": f"{at(n):%Y-%m-%dT%H:%M:%S.000Z}",
                "Probability": of_three(n, 100, 0, 50),
                "LastModifiedDate": f"{at(n, 600):%Y-%m-%dT%H:%M:%S.000Z}",
            }
            for n in range(ROWS)
        ],
    )
    write(
        export,
        "EmailMessage.csv",
        [
            {
                "Id": f"02s{n:04d}",
                "RelatedToId": f"0065g00000aaa{n % ROWS:02d}AAM",
                "MessageDate": f"{at(n % ROWS, n // ROWS):%Y-%m-%dT%H:%M:%S.000Z}",
                "Incoming": ["true", "false"][n // ROWS],
                "TextBody": TEXTS[n % 2].format(n=n),
                "FromAddress": f"b{n % 9}@x{n % 9}.com",
            }
            for n in range(2 * ROWS)
        ],
    )
    write(export, "Account.csv", [{"Id": f"0015g00000aaa{n:02d}AAM", "Name": f"Firm {n}"} for n in range(9)])
    values, result, _ = suggested(export)
    assert columns(values, "outcomes")["status"]["column"] == "StageName"
    assert result.tables.outcomes["status"].value_counts().to_dict() == {"won": 20, "lost": 20, "open": 20}
    assert result.tables.messages["direction"].value_counts().to_dict() == {"inbound": 60, "outbound": 60}
    assert {"IsClosed", "IsWon", "Probability", "LastModifiedDate"} <= forbidden(values)
    assert len(result.tables.clients) == 9


def test_a_flag_alone_is_read_beside_the_flag_of_what_is_closed(tmp_path):
    rows = [
        {
            "Id": f"D{n}",
            "Created": f"{at(n):%Y-%m-%d}",
            "IsClosed": of_three(n, 1, 1, 0),
            "IsWon": of_three(n, 1, 0, 0),
        }
        for n in range(ROWS)
    ]
    values, result, _ = suggested(write(tmp_path / "f", "deals.csv", rows))
    assert values["outcomes"][0]["when"] == {"IsClosed": ["1"]}
    assert result.tables.outcomes["status"].value_counts().to_dict() == {"won": 20, "lost": 20}


def test_hubspot_deals_are_the_inquiries_and_not_the_emails(tmp_path):
    deals = [
        {
            "hs_object_id": 15_000_000_000 + n,
            "dealname": f"Pumps {n}",
            "dealstage": of_three(n, "closedwon", "closedlost", "qualifiedtobuy"),
            "amount": 1000.5 + n,
            "createdate": at(n).value // 10**6,
            "closedate": at(n, 500).value // 10**6,
            "hs_lastmodifieddate": at(n, 500).value // 10**6,
            "num_notes": n % 5,
            "associatedcompanyid": 9000 + n % 9,
        }
        for n in range(ROWS)
    ]
    mails = [
        {
            "hs_object_id": 88_000_000_000 + n,
            "hs_timestamp": at(n % ROWS, n // ROWS).value // 10**6,
            "hs_email_direction": ["INCOMING_EMAIL", "EMAIL"][n // ROWS],
            "hs_email_text": TEXTS[n % 2].format(n=n),
            "associated_deal_id": 15_000_000_000 + n % ROWS,
        }
        for n in range(2 * ROWS)
    ]
    write(write(tmp_path / "hs", "deals.csv", deals), "emails.csv", mails)
    values, result, text = suggested(tmp_path / "hs")
    assert values["inquiries"][0]["from"] == "deals"
    assert columns(values, "inquiries")["received_at"] == {"column": "createdate", "format": "unix_ms"}
    assert columns(values, "messages")["text"] == "hs_email_text"
    assert "direction: 'EMAIL' is taken as outbound, the opposite of the other; is that so?" in text
    assert {"hs_lastmodifieddate", "num_notes"} <= forbidden(values)
    assert len(result.tables.messages) == 2 * ROWS


@pytest.mark.parametrize("wrapped", ["lines", "interface"])
def test_nested_json_is_read_whether_lines_or_wrapped_by_an_interface(tmp_path, wrapped):
    deals = [
        {
            "id": n,
            "org_id": {"name": f"Firm {n % 9}", "value": n % 9},
            "person_id": {"name": "Bo", "email": [{"value": "bo@x.de"}]},
            "add_time": f"{at(n):%Y-%m-%d %H:%M:%S}",
            "status": of_three(n, "won", "lost", "open"),
            "won_time": f"{at(n, 90):%Y-%m-%d %H:%M:%S}" if n % 3 == 0 else None,
            "lost_time": f"{at(n, 90):%Y-%m-%d %H:%M:%S}" if n % 3 == 1 else None,
            "value": 100.5 + n,
            "email_messages_count": n,
            "notes": [{"add_time": f"{at(n):%Y-%m-%d %H:%M:%S}", "content": TEXTS[0].format(n=n), "from": "customer"}],
        }
        for n in range(ROWS)
    ]
    (tmp_path / "pd").mkdir()
    if wrapped == "lines":
        (tmp_path / "pd" / "deals.jsonl").write_text("\n".join(map(json.dumps, deals)))
    else:
        (tmp_path / "pd" / "deals.json").write_text(json.dumps({"success": True, "data": deals}, indent=1))
    values, result, _ = suggested(tmp_path / "pd")
    assert columns(values, "inquiries")["client_id"] == "org_id.value"
    assert columns(values, "outcomes")["decided_at"] == {"first_of": ["won_time", "lost_time"]}
    assert columns(values, "messages")["direction"] == {"column": "notes.from", "values": {"customer": "inbound"}}
    assert result.tables.outcomes["decided_at"].notna().sum() == 40
    assert "email_messages_count" in forbidden(values)
    assert "person_id.name" not in str(values["inquiries"])  # about a person: no attribute


def test_a_german_spreadsheet_is_understood(tmp_path):
    rows = [
        {
            "Anfrage-Nr.": f"A-{n:04d}",
            "Kundennummer": 10_000 + n % 9,
            "Land": "Türkei",
            "Eingangsdatum": f"{at(n):%d.%m.%Y %H:%M}",
            "Anfragetext": "Wir benötigen Wasserpumpen. Bitte senden Sie uns ein Angebot mit Lieferzeit.",
            "Auftragswert": f"12.{n:03d},50 €" if n % 3 == 0 else "",
            "Menge": f"{n + 1}.000",
            "Status": of_three(n, "gewonnen", "verloren", "offen"),
            "Abschlussdatum": f"{at(n, 90):%d.%m.%y}" if n % 3 < 2 else "",
            "Absagegrund": "Preis" if n % 3 == 1 else "",
            "Letzte Änderung": f"{at(n, 90):%d.%m.%Y}",
            "Rechnungsdatum": f"{at(n, 200):%d.%m.%Y}" if n % 3 == 0 else "",
        }
        for n in range(ROWS)
    ]
    values, result, _ = suggested(write(tmp_path / "de", "Anfragen.csv", rows, "cp1252", sep=";"))
    assert columns(values, "outcomes")["order_value"] == {"column": "Auftragswert", "decimal": ","}
    assert columns(values, "outcomes")["currency"] == {"constant": "EUR"}
    assert columns(values, "outcomes")["decided_at"] == {"column": "Abschlussdatum", "format": "%d.%m.%y"}
    assert forbidden(values) == {"Absagegrund", "Letzte Änderung", "Rechnungsdatum"}
    assert result.tables.outcomes["order_value"].max() == 12_057.5
    assert result.tables.inquiries["attr_Menge"].max() == 60_000
    assert set(result.tables.inquiries["country"]) == {"TR"}


def test_a_russian_export_in_its_own_encoding_is_understood(tmp_path):
    rows = [
        {
            "Номер": f"ЦБ-{n:04d}",
            "Дата": f"{at(n):%d.%m.%Y %H:%M:%S}",
            "Контрагент": f"ООО {n % 9}",
            "Страна": ["Германия", "США"][n % 2],
            "Текст обращения": f"Добрый день! Нам нужно {n} насосов. Просим выслать цену.",
            "Статус": of_three(n, "Выигран", "Проигран", "В работе"),
            "Сумма": f"{n + 1}\u00a0200,50 руб.",
            "Дата изменения": f"{at(n, 90):%d.%m.%Y %H:%M:%S}",
        }
        for n in range(ROWS)
    ]
    values, result, text = suggested(write(tmp_path / "ru", "Обращения.csv", rows, "cp1251", sep=";"))
    assert "encoding: cp1251 # a guess" in text
    assert result.tables.outcomes["status"].value_counts().to_dict() == {"won": 20, "lost": 20, "open": 20}
    assert set(result.tables.outcomes["currency"]) == {"RUB"}
    assert set(result.tables.inquiries["country"]) == {"DE", "US"}
    assert forbidden(values) == {"Дата изменения"}


def test_a_chinese_marketplace_with_its_thread_as_json_in_a_cell_is_understood(tmp_path):
    rows = [
        {
            "询盘ID": f"5{n:06d}",
            "询盘时间": f"{at(n):%Y/%m/%d %H:%M}",
            "买家ID": f"us{n % 9}",
            "国家/地区": "德国",
            "是否成交": of_three(n, "成交", "未成交", ""),
            "订单金额(USD)": 100 + n if n % 3 == 0 else "",
            "定金到账日期": f"{at(n, 90):%Y/%m/%d}" if n % 3 == 0 else "",
            "聊天总条数": n % 7,
            "买家等级": "L1",
            "聊天记录": json.dumps(
                [
                    {"时间": f"{at(n):%Y-%m-%d %H:%M:%S}", "发送方": "买家", "内容": "您好，请报价"},
                    {"时间": f"{at(n, 2):%Y-%m-%d %H:%M:%S}", "发送方": "卖家", "内容": "您好，报价如附件"},
                ],
                ensure_ascii=False,
            ),
        }
        for n in range(ROWS)
    ]
    values, result, _ = suggested(write(tmp_path / "ali", "询盘导出.csv", rows, "gb18030"))
    assert values["messages"][0]["unnest"] == "聊天记录"
    assert columns(values, "outcomes")["status"]["values"] == {"成交": "won", "未成交": "lost"}
    assert columns(values, "outcomes")["currency"] == {"constant": "USD"}
    assert forbidden(values) == {"定金到账日期", "聊天总条数", "买家等级"}
    assert len(result.tables.messages) == 2 * ROWS


def test_mails_alone_show_which_domain_is_our_own(tmp_path):
    mails = [
        {
            "Message-ID": f"<{n}.{m}@x>",
            "Thread-ID": f"t{n}",
            "From": [f"Bo {n} <bo{n}@firm{n}.com>", "Lily <lily@ourfactory.cn>"][m],
            "Date": f"{at(n, m):%a, %d %b %Y %H:%M:%S} +0800",
            "Subject": "Pumps",
            "Body": TEXTS[m].format(n=n),
        }
        for n in range(30)
        for m in range(2)
    ]
    (tmp_path / "mails.json").write_text(json.dumps(mails))
    values, result, text = suggested(tmp_path / "mails.json")
    assert "'ourfactory.cn' writes in so many threads that it is taken as your own domain; is it?" in text
    assert "NO OUTCOME was found" in text
    assert columns(values, "inquiries")["client_id"] == "From"
    assert result.tables.messages["direction"].value_counts().to_dict() == {"inbound": 30, "outbound": 30}


def test_a_workbook_with_a_sheet_for_each_table_is_one_export(tmp_path):
    path = tmp_path / "crm.xlsx"
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd hh:mm"}) as book:
        leads, mails = book.add_worksheet("Leads"), book.add_worksheet("Emails")
        book.add_worksheet("Empty")
        leads.write_row(0, 0, ["Open leads"])
        leads.write_row(1, 0, ["as of March"])
        leads.write_row(2, 0, ["Lead ID", "Created", "Company", "Status"])
        mails.write_row(0, 0, ["Lead ID", "Sent", "Direction", "Body"])
        for n in range(30):
            leads.write_row(3 + n, 0, [f"L{n}", at(n), f"C{n % 5}", of_three(n, "Won", "Lost", "Open")])
            mails.write_row(1 + n, 0, [f"L{n}", at(n), "in", TEXTS[0].format(n=n)])
    values, result, text = suggested(path)
    assert {rule["sheet"]: rule.get("skip_rows") for rule in values["files"].values()} == {"Leads": 2, "Emails": None}
    assert "not read: crm.xlsx, sheet 'Empty'" in text
    assert len(result.tables.messages) == len(result.tables.inquiries) == 30


def test_without_a_receipt_time_the_first_message_dates_the_inquiry(tmp_path):
    leads = [{"lead id": f"L{n}", "company": f"C{n % 5}", "result": of_three(n, "won", "lost", "")} for n in range(30)]
    mails = [{"lead id": f"L{n}", "sent at": f"{at(n):%Y-%m-%d %H:%M}", "body": TEXTS[0]} for n in range(30)]
    write(write(tmp_path / "e", "leads.csv", leads), "mails.csv", mails)
    values, result, _ = suggested(tmp_path / "e")
    assert columns(values, "inquiries")["received_at"] == {"first_message": True}
    assert result.tables.inquiries["received_at"].notna().all()


@pytest.mark.parametrize(
    ("name", "leaks"),
    [
        ("contract_signed_date", True), ("Closed Reason", True), ("Sales Stage", True), ("Win Probability", True),
        ("messages_total", True), ("Last Modified", True), ("Invoice No", True), ("Paid Amount", True),
        ("合同签订日期", True), ("丢单原因", True), ("销售阶段", True), ("赢单率", True), ("沟通次数", True),
        ("最后修改时间", True), ("发票号", True), ("回款金额", True), ("定金", True), ("聊天总条数", True),
        ("No. of employees", False), ("主营业务", False), ("Deal Type", False),
    ],
)  # fmt: skip
def test_names_of_columns_known_only_later_are_forbidden(tmp_path, name, leaks):
    rows = [{"id": f"L{n}", "created": f"{at(n):%Y-%m-%d}", name: n % 7} for n in range(ROWS)]
    values, result, _ = suggested(write(tmp_path / "e", "leads.csv", rows))
    assert (f"attr_{name}" in result.tables.inquiries) != leaks
    assert name in forbidden(values) or not leaks or name in str(values["outcomes"])


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("%m/%d/%y %I:%M %p", "%m/%d/%y %I:%M %p"),
        ("%b %d, %Y %H:%M", "%b %d, %Y %H:%M"),
        ("%d.%m.%y", "%d.%m.%y"),
        ("%Y年%m月%d日 %H:%M", "%Y年%m月%d日 %H:%M"),
        ("%d-%b-%Y %H:%M:%S", "%d-%b-%Y %H:%M:%S"),
        ("%Y/%m/%d %H:%M", None),
    ],
)
def test_ways_to_write_times_are_found(tmp_path, written, found):
    rows = [{"id": f"L{n}", "received": at(n).strftime(written)} for n in range(ROWS)]
    values, result, _ = suggested(write(tmp_path / "e", "leads.csv", rows))
    assert columns(values, "inquiries")["received_at"] == (
        {"column": "received", "format": found} if found else "received"
    )
    assert result.tables.inquiries["received_at"].is_monotonic_increasing


def test_a_sheet_filled_by_hand_in_several_ways_is_understood(tmp_path):
    ways = ("%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日")
    amounts = ("$1,200", "USD1200", "1200美金", "0.12万")
    rows = [
        {
            "序号": n + 1,
            "日期": at(n).strftime(ways[n % 3]),
            "进展": of_three(n, "已成交", "丢单-价格高", "跟进中"),
            "金额": amounts[n % 4] if n % 3 == 0 else "",
        }
        for n in range(ROWS)
    ]
    values, result, _ = suggested(write(tmp_path / "e", "询盘登记.csv", rows))
    assert columns(values, "inquiries")["received_at"] == {
        "column": "日期",
        "format": ["iso", "%Y年%m月%d日"],
    }
    assert columns(values, "outcomes")["status"]["values"]["丢单-价格高"] == "lost"
    assert set(result.tables.outcomes["order_value"].dropna()) == {1200.0}
    assert columns(values, "outcomes")["currency"] == {"constant": "USD"}


def test_one_file_a_month_is_one_table(tmp_path):
    for month in (1, 2):
        rows = [{"Lead ID": f"{month}-{n}", "Created": f"2026-0{month}-{n + 1:02d}"} for n in range(25)]
        write(tmp_path / "e", f"leads_2026-0{month}.csv", rows)
    values, result, _ = suggested(tmp_path / "e")
    assert [rule["path"] for rule in values["files"].values()] == ["leads_*.csv"]
    assert len(result.tables.inquiries) == 50


def test_times_with_and_without_a_zone_in_one_column_get_a_zone_of_their_own(tmp_path):
    rows = [{"id": n, "created": f"{at(n):%Y-%m-%dT%H:%M:%S}" + "Z" * (n % 2)} for n in range(ROWS)]
    values, result, text = suggested(write(tmp_path / "e", "leads.csv", rows))
    assert columns(values, "inquiries")["received_at"] == {"column": "created", "zone": "UTC"}
    assert "mixes times with and without a zone" in text
    assert "30 times without a zone, beside others with one, taken as UTC" in " ".join(result.notes)


def test_traditional_characters_and_a_yes_or_no_are_understood(tmp_path):
    rows = [
        {"詢價單號": f"A{n}", "詢價日期": f"{at(n):%Y/%m/%d}", "客戶名稱": f"C{n % 9}", "是否成交": "YN"[n % 2]}
        for n in range(ROWS)
    ]
    values, result, text = suggested(write(tmp_path / "e", "詢價.csv", rows, "big5"))
    assert columns(values, "inquiries")["client_id"] == "客戶名稱"
    assert result.tables.outcomes["status"].value_counts().to_dict() == {"won": 30, "lost": 30}
    assert "'是否成交' knows no open inquiries" in text


def test_events_are_known_by_the_names_exports_give_them(tmp_path):
    leads = [{"lead id": n, "created": f"{at(n):%Y-%m-%dT%H:%M:%SZ}", "company": f"C{n % 9}"} for n in range(30)]
    kinds = ("Email Opened", "Quote Sent", "Phone Call", "Page View")
    events = [
        {"lead id": n, "activity type": kinds[n % 4], "activity date": f"{at(n, 5):%Y-%m-%dT%H:%M:%SZ}"}
        for n in range(30)
    ]
    write(write(tmp_path / "e", "leads.csv", leads), "activities.csv", events)
    values, result, _ = suggested(tmp_path / "e")
    assert values["events"][0]["unless"] == {"activity type": ["Page View"]}
    assert set(result.tables.events["kind"]) == {"opened_mail", "quote_sent", "held_call"}


def test_a_record_made_after_the_first_mail_is_received_with_that_mail(tmp_path):
    deals = [{"deal id": f"D{n}", "created": f"{at(n, 5):%Y-%m-%d %H:%M}", "company": f"C{n % 9}"} for n in range(ROWS)]
    mails = [
        {"deal id": f"D{n}", "sent at": f"{at(n, h):%Y-%m-%d %H:%M}", "body": TEXTS[0]}
        for n in range(50)
        for h in (0, 6)
    ]
    write(write(tmp_path / "e", "deals.csv", deals), "mails.csv", mails)
    values, result, text = suggested(tmp_path / "e")
    assert columns(values, "inquiries")["received_at"] == {"first_message": True, "column": "created"}
    assert "50% of the messages are older than 'created'" in text
    assert result.tables.info.counts["messages"]["quarantined"] == 0
    assert result.tables.inquiries["received_at"].min() == at(0).tz_localize("UTC")
