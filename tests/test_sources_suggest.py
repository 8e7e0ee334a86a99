"""A first mapping for exports nobody has mapped: it must be sound, ingest what it was made from, and hold leaks back."""

# ruff: noqa: E501  (literal rows of exports are not wrapped)

import json

import pandas as pd
import pytest
import xlsxwriter
import yaml

from inquiry_intent.errors import SourceError
from inquiry_intent.sources.suggest import suggest_mapping
from tests.drafted import forbidden, history, orders, suggested, table, tickets, with_messages, workbook_of, written


def test_a_chinese_workbook_is_understood(folder):
    with xlsxwriter.Workbook(folder / "询盘.xlsx", {"default_date_format": "yyyy-mm-dd hh:mm:ss"}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(
            0,
            0,
            [
                "询盘编号",
                "客户名称",
                "创建时间",
                "国家",
                "产品",
                "业务员",
                "询盘内容",
                "状态",
                "成交金额",
                "币种",
                "最后修改时间",
                "意向等级",
            ],
        )
        for n in range(30):
            at = pd.Timestamp("2026-03-02 09:30") + pd.Timedelta(hours=n)
            sheet.write_row(
                1 + n,
                0,
                [
                    f"X{n:03d}",
                    f"客户{n % 7}",
                    at,
                    "德国",
                    "水泵",
                    "小王",
                    f"您好，我们需要 {n} 台水泵，请报价并告知交期，谢谢",
                    ["成交", "丢单", "意向待定"][n % 3],
                    100 + n if n % 3 == 0 else None,
                    "USD",
                    at,
                    n % 4,
                ],
            )
    values, result, text = suggested(folder)
    columns = values["inquiries"][0]["columns"]
    assert columns["inquiry_id"] == "询盘编号"
    assert columns["received_at"] == "创建时间"
    assert (columns["client_id"], columns["country"], columns["owner"]) == ("客户名称", "国家", "业务员")
    assert values["outcomes"][0]["columns"]["status"]["values"] == {"成交": "won", "丢单": "lost", "意向待定": "open"}
    assert forbidden(values) == {"最后修改时间", "意向等级"}
    assert "status: ['意向待定'] are taken as open; is that so?" in text
    assert "zone: UTC # some times are written without a zone" in text
    assert len(result.tables.messages) == 30
    assert result.tables.outcomes["order_value"].notna().sum() == 10


def test_several_english_files_are_joined_by_the_ids_they_share(folder):
    ids = [f"L{n:03d}" for n in range(60)]
    day = pd.Timestamp("2026-03-02 09:30", tz="UTC")
    at = [(day + pd.Timedelta(hours=5 * n)).isoformat() for n in range(60)]
    pd.DataFrame(
        {
            "Lead ID": ids,
            "Created Date": at,
            "Account": ["A", "B", "C"] * 20,
            "Lead Source": ["Web", "Fair"] * 30,
            "Sector": ["x", "y", "z"] * 20,
        }
    ).to_csv(folder / "leads.csv", index=False)
    pd.DataFrame(
        {
            "LeadID": ids * 2,
            "Sent At": at * 2,
            "Direction": ["in", "out"] * 60,
            "Body": [f"We need {n} pumps, what is your price?" for n in range(120)],
        }
    ).to_csv(folder / "emails.tsv", sep="\t", index=False)
    pd.DataFrame(
        {
            "lead": ids[:20],
            "Stage": ["Closed Won", "Closed Lost"] * 10,
            "Close Date": at[-20:],
            "Amount": ["1,000.50"] * 20,
        }
    ).to_csv(folder / "deals.csv", index=False)
    pd.DataFrame(
        {"Account": ["A", "B", "C"], "Company": ["A Ltd", "B Ltd", "C Ltd"], "Country": ["Germany", "USA", "China"]}
    ).to_csv(folder / "accounts.csv", index=False)
    pd.DataFrame({"Lead ID": ids, "p_true": 0.5}).to_parquet(folder / "truth.parquet")
    values, result, text = suggested(folder)
    assert "# not read: truth.parquet (its name says that it holds answers)\n" in text
    assert "p_true" not in text
    assert values["messages"][0]["columns"]["inquiry_id"] == "LeadID"
    assert values["outcomes"][0]["columns"] == {
        "inquiry_id": "lead",
        "decided_at": "Close Date",
        "status": {"column": "Stage", "values": {"Closed Lost": "lost", "Closed Won": "won"}},
        "order_value": "Amount",
    }
    counts = {name: count["kept"] for name, count in result.tables.info.counts.items()}
    assert counts == {"inquiries": 60, "messages": 120, "events": 0, "clients": 3, "outcomes": 20}
    assert list(result.tables.info.attributes) == ["attr_Sector"]


def test_columns_that_tell_the_outcome_by_themselves_are_forbidden_whatever_their_name(folder):
    rows = 400
    won = [n % 3 == 0 for n in range(rows)]
    at = pd.Timestamp("2026-01-01", tz="UTC") + pd.to_timedelta(range(rows), unit="h")
    pd.DataFrame(
        {
            "id": [f"i{n}" for n in range(rows)],
            "created_at": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "status": ["won" if w else "lost" for w in won],
            "alpha": ["x" if w else None for w in won],
            "beta": [n * w for n, w in enumerate(won)],
            "gamma": ["p" if w else "qr"[n % 2] for n, w in enumerate(won)],
            "size": [n % 11 for n in range(rows)],
            "sector": ["a", "b"] * 200,
        }
    ).to_csv(folder / "inquiries.csv", index=False)
    values, _, text = suggested(folder)
    assert forbidden(values) == {"alpha", "beta", "gamma"}
    assert "alpha # tells won from lost by being filled (AUC 1.00 by itself)" in text
    assert values["inquiries"][0]["attributes"] == {"numeric": ["size"], "categorical": ["sector"]}


def test_a_nested_thread_is_found_and_dates_its_inquiry(folder):
    threads = [
        {
            "id": f"t{n}",
            "turns": [
                {"role": "buyer", "content": f"Hello, what is the price for {n}?", "timestamp": 1767225600 + 60 * n},
                {"role": "seller", "content": "It is ten dollars for one piece.", "timestamp": 1767225700 + 60 * n},
            ],
            "result": n % 2,
        }
        for n in range(12)
    ]
    (folder / "chats.jsonl").write_text("\n".join(map(json.dumps, threads)))
    values, result, _ = suggested(folder)
    assert values["messages"][0]["unnest"] == "turns"
    assert values["messages"][0]["columns"]["sent_at"] == {"column": "turns.timestamp", "format": "unix"}
    assert result.tables.messages["direction"].value_counts().to_dict() == {"inbound": 12, "outbound": 12}
    assert result.tables.outcomes["status"].value_counts().to_dict() == {"lost": 6, "won": 6}


def test_a_list_of_mails_becomes_threads(folder):
    mails = [
        f"<{n}@x>,T{n // 3},2026-03-{n + 1:02d}T09:00:00Z,Bo <bo@x.de>,{'ab'[n % 2]}@us.cn,Pumps,We need {n} pumps and ask for your price"
        for n in range(24)
    ]
    (folder / "mails.csv").write_text("Message-ID,Thread,Date,From,To,Subject,Body\n" + "\n".join(mails) + "\n")
    values, result, text = suggested(folder)
    assert values["inquiries"][0]["one_per_key"] is True
    assert "attributes" not in values["inquiries"][0]
    assert "patterns: {'*@our-company.com*': outbound}" in text
    assert (len(result.tables.inquiries), len(result.tables.messages)) == (8, 24)
    assert result.tables.messages["sender_email"].unique().tolist() == ["bo@x.de"]


def test_gaps_in_clients_and_times_do_not_cost_the_export(folder):
    rows = [
        f"D{n},{'A' if n % 2 else ''},{'2026-03-02' if n % 4 else ''},{'Won' if n % 3 else 'Lost'}" for n in range(40)
    ]
    (folder / "pipeline.csv").write_text("opportunity_id,account,engage_date,deal_stage\n" + "\n".join(rows) + "\n")
    values, result, _ = suggested(folder)
    assert values["inquiries"][0]["columns"]["client_id"] == {"first_of": ["account", "opportunity_id"]}
    assert result.tables.info.counts["inquiries"] == {"read": 30, "kept": 30, "quarantined": 0, "left_out": 10}


def test_days_and_months_are_told_apart_by_days_above_twelve(folder):
    rows = [f"{n},{(n % 28) + 1:02d}/03/2026,c{n % 3}" for n in range(40)]
    (folder / "leads.csv").write_text("id,inquiry date,customer\n" + "\n".join(rows) + "\n")
    values, result, _ = suggested(folder)
    assert values["inquiries"][0]["columns"]["received_at"] == {"column": "inquiry date", "format": "%d/%m/%Y"}
    assert result.tables.info.time_precision == "day"


def test_a_date_that_could_be_read_both_ways_is_pointed_out(folder):
    (folder / "leads.csv").write_text("id,inquiry date\n" + "".join(f"{n},{n:02d}/03/2026\n" for n in range(1, 12)))
    assert "# 'inquiry date' of leads.csv: day and month could be the other way round" in suggest_mapping(folder)


@pytest.mark.parametrize("form", ["%d/%m/%Y %H:%M", "%m-%d-%Y", "%d/%m/%Y, %I:%M %p"])
def test_days_and_months_in_both_orders_are_pointed_out_with_how_many_could_be_either(folder, form):
    day = pd.Timestamp("2026-01-01 09:20")
    other = form.replace("%d", "%_").replace("%m", "%d").replace("%_", "%m")
    days = [day + pd.Timedelta(days=n) for n in range(60)]
    days = [*days[:31], *(at for at in days[31:] if at.day != at.month)]
    cells = [f"{at:{form if n < 31 else other}}" for n, at in enumerate(days)]
    pd.DataFrame({"id": [f"Q{n}" for n in range(len(days))], "Received": cells, "Client": "Ölmühle"}).to_csv(
        folder / "leads.csv", index=False
    )
    values, result, text = suggested(folder)
    either = sum(at.day <= 12 and at.day != at.month for at in days)
    assert len(values["inquiries"][0]["columns"]["received_at"]["format"]) == 2
    assert "'Received' of leads.csv: DAY AND MONTH STAND IN BOTH ORDERS: 19 times only as " in text
    assert f" {either} OTHERS READ DIFFERENTLY" in text
    assert any(f" {either} OTHERS READ DIFFERENTLY" in note for note in result.notes)


@pytest.mark.parametrize(
    "word", ["not closed", "не закрыта", "noch offen", "sin cerrar", "未结束", "لم تغلق", "ouvert"]
)
@pytest.mark.parametrize("form", ["%Y-%m-%d %H:%M", "%d.%m.%Y", "%b %d, %Y"])
def test_a_word_where_there_is_no_date_counts_as_none(folder, word, form):
    inquiries = table(60)
    closed = pd.to_datetime(inquiries["成交时间"].replace("", None))
    inquiries["成交时间"] = closed.dt.strftime(form).where(closed.notna(), word)
    inquiries.to_csv(folder / "询盘.csv", index=False)
    values, result, text = suggested(folder)
    assert values["outcomes"][0]["columns"]["decided_at"]["values"] == {word: None}
    assert result.tables.outcomes["decided_at"].notna().sum() == 40
    assert f"'成交时间' of 询盘.csv: [{word!r}] stand where there is no date" in text


@pytest.mark.parametrize("word", ["No", "否", "offen", "Нет", "لا"])
@pytest.mark.parametrize("beside", ["inquiries", "orders"])
def test_a_word_that_another_column_has_is_not_emptied_there(folder, word, beside):
    inquiries = table(60).assign(成交时间=lambda rows: rows["成交时间"].replace("", word))
    flags = [word, "Yes", word] * 20
    if beside == "inquiries":
        inquiries["样品"] = flags
    else:
        others = {"询盘编号": inquiries["询盘编号"], "样品": flags}
        pd.DataFrame(others).to_csv(folder / "samples.csv", index=False)
    inquiries.to_csv(folder / "询盘.csv", index=False)
    values, result, text = suggested(folder)
    assert "missing" not in values
    assert f"'成交时间' of 询盘.csv: [{word!r}] stand where there is no date" in text
    if beside == "inquiries":
        assert values["inquiries"][0]["attributes"]["categorical"] == ["样品"]
        assert result.tables.inquiries["attr_样品"].tolist() == flags
    assert result.tables.outcomes["decided_at"].notna().sum() == 40
    assert result.tables.outcomes["status"].value_counts().to_dict() == {"won": 20, "lost": 20, "open": 20}


def test_of_two_dates_a_word_in_the_first_leaves_the_second(folder):
    inquiries = table(60)
    for name, told in (("Won date", "成交"), ("Lost date", "未成交")):
        inquiries[name] = inquiries["成交时间"].where(inquiries["状态"] == told, "not yet")
    inquiries.drop(columns="成交时间").to_csv(folder / "询盘.csv", index=False)
    values, result, _ = suggested(folder)
    assert values["outcomes"][0]["columns"]["decided_at"]["first_of"] == ["Won date", "Lost date"]
    assert result.tables.outcomes["decided_at"].notna().sum() == 40


@pytest.mark.parametrize("flagged", [True, False])
def test_a_word_beside_the_date_of_an_order_wins_nothing(folder, flagged):
    inquiries = table(60).drop(columns=["状态", "成交时间"])
    inquiries["Order date"] = [f"2026-08-{n % 28 + 1:02d}" if n % 4 == 0 else "No" for n in range(60)]
    inquiries.assign(样品=["No", "Yes"] * 30 if flagged else "x").to_csv(folder / "询盘.csv", index=False)
    _, result, _ = suggested(folder)
    assert result.tables.outcomes["status"].value_counts().to_dict() == {"won": 15, "open": 45}


def test_words_that_keep_a_column_from_being_dates_are_named(folder):
    inquiries = table(60)
    inquiries["成交时间"] = [
        at or ["nobody knows", "soon", "later", "who asks?"][n % 4] for n, at in enumerate(inquiries["成交时间"])
    ]
    inquiries.to_csv(folder / "询盘.csv", index=False)
    assert "LOOKS LIKE DATES, such as '2026-01-11 09:00', but for 20 other cells, such as " in suggest_mapping(folder)


def test_the_cell_that_is_named_is_one_that_cannot_be_read(folder):
    inquiries = table(60)
    inquiries["询盘时间"] = [at if n % 2 else f"{n % 28 + 1}/03/2569" for n, at in enumerate(inquiries["询盘时间"])]
    inquiries.to_csv(folder / "询盘.csv", index=False)
    assert "'询盘时间' of 询盘.csv LOOKS LIKE DATES, such as '1/03/2569', that no known way" in suggest_mapping(folder)


def test_decimal_commas_and_other_encodings_are_found(folder):
    rows = "".join(f'{n},2026-03-{n + 1:02d},"1.{n:03d},50",Café à Orléans\n' for n in range(20))
    (folder / "leads.csv").write_bytes(("id,created_at,budget,where\n" + rows).encode("latin-1"))
    values, result, text = suggested(folder)
    assert values["inquiries"][0]["attributes"]["numeric"] == [{"column": "budget", "decimal": ","}]
    assert result.tables.inquiries["attr_budget"].iloc[2] == 1002.5
    assert "encoding: cp1252 # a guess" in text


def test_an_export_without_times_or_ids_still_gets_a_mapping(folder):
    (folder / "posts.csv").write_text(
        "title,description\n" + "".join(f"Pump {n},We look for {n} water pumps with CE please\n" for n in range(30))
    )
    values, result, text = suggested(folder)
    assert values["timeless"] is True
    assert "rows are numbered" in text
    assert len(result.tables.messages) == 30


def test_a_folder_without_readable_files_is_refused(folder):
    (folder / "a.dat").write_text("x")
    with pytest.raises(SourceError, match=r"no file that can be read: not read: a\.dat"):
        suggest_mapping(folder)
    with pytest.raises(SourceError, match="does not exist"):
        suggest_mapping(folder / "none")


LEADS = "Lead ID,Account,Created,Message\n" + "".join(
    f"L{n},A{n % 5},2026-01-{n:02d}T09:00:00Z,Please quote {n} pumps CIF\n" for n in range(1, 13)
)


def test_of_a_status_history_the_decided_rows_are_the_outcome(folder):
    (folder / "leads.csv").write_text(LEADS)
    rows = history(lambda n, stage, at: f"L{n},{stage},2026-01-{n:02d}T10:00:00Z,{at}\n")
    (folder / "history.csv").write_text("Lead ID,Stage,Lead created,Changed at\n" + rows)
    values, result, text = suggested(folder)
    rule = values["outcomes"][0]
    assert (rule["when"], rule["columns"]["decided_at"]) == ({"Stage": ["Lost", "Won"]}, "Changed at")
    assert "'Lead ID' repeats with different 'Stage', as in a history" in text
    outcomes = result.tables.outcomes
    assert outcomes["status"].value_counts().to_dict() == {"won": 4, "lost": 4}
    assert outcomes.set_index("inquiry_id")["decided_at"]["L3"] == pd.Timestamp("2026-02-12T09:00:00Z")


def test_when_the_inquiry_came_is_no_time_of_its_history(folder):
    rows = history(lambda n, stage, at: f"L{n},A{n % 5},2026-01-{n:02d},Please quote {n} pumps CIF,{stage}\n")
    (folder / "leads.csv").write_text("Lead ID,Account,Received,Message,Stage\n" + rows)
    values, result, text = suggested(folder)
    assert "decided_at" not in values["outcomes"][0]["columns"]
    assert "NO TIME of these rows was found" in text
    assert result.tables.outcomes["status"].value_counts().to_dict() == {"won": 4, "lost": 4}


def test_a_status_history_whose_stages_are_not_known_is_pointed_out_in_capitals(folder):
    (folder / "leads.csv").write_text(LEADS)
    rows = history(lambda n, stage, at: f"L{n},S{len(stage)},{at}\n")
    (folder / "history.csv").write_text("Lead ID,Stage,Changed at\n" + rows)
    assert "# HISTORY: 'Lead ID' repeats with different 'Stage'" in suggest_mapping(folder)


def test_one_repeated_id_does_not_make_a_table_of_inquiries_a_list_of_messages(folder):
    ids = [f"XP{n - (n == 20):03d}" for n in range(40)]
    table(40, 询盘编号=ids).to_csv(folder / "a.csv", index=False)
    values, result, text = suggested(folder)
    assert values["messages"][0]["columns"]["sent_at"] == "询盘时间"
    assert values["outcomes"][0]["columns"]["decided_at"] == "成交时间"
    assert "'询盘编号' repeats: the earliest row by '询盘时间' is the inquiry" in text
    assert "CLIENTS DIFFER: 1 of the repeated '询盘编号' stand beside several '客户编号'" in text
    assert result.quarantine.empty
    assert (len(result.tables.inquiries), len(result.tables.messages)) == (39, 40)


def test_messages_of_a_list_with_closing_dates_are_dated_when_they_came(folder):
    ids = [f"XP{n // 2:03d}" for n in range(40)]
    table(40, 询盘编号=ids, 客户编号=ids).to_csv(folder / "a.csv", index=False)
    values, result, text = suggested(folder)
    assert values["messages"][0]["columns"]["sent_at"] == "询盘时间"
    assert values["outcomes"][0]["columns"]["decided_at"] == "成交时间"
    assert "CLIENTS DIFFER" not in text
    assert (len(result.tables.inquiries), len(result.tables.messages)) == (20, 40)


def test_a_status_history_in_the_inquiries_own_file_gives_each_text_once(folder):
    rows = history(lambda n, stage, at: f"L{n},A{n % 5},{at},Please quote {n} pumps CIF,{stage}\n")
    (folder / "leads.csv").write_text("Lead ID,Account,Time,Message,Stage\n" + rows)
    _, result, _ = suggested(folder)
    assert (len(result.tables.inquiries), len(result.tables.messages)) == (12, 12)
    outcomes = result.tables.outcomes
    assert outcomes["status"].value_counts().to_dict() == {"won": 4, "lost": 4}


@pytest.mark.parametrize(
    "name", ["Amount", "Order value", "Valor", "Importe", "Betrag", "Montant", "成交金额", "المبلغ"]
)
def test_whole_amounts_that_are_all_different_are_order_values_and_no_ids(folder, name):
    amounts = [str(1000 + 37 * n) * (n % 3 == 0) for n in range(90)]
    table(90, **{name: amounts}).to_csv(folder / "a.csv", index=False)
    values, result, _ = suggested(folder)
    assert values["outcomes"][0]["columns"]["order_value"] == name
    assert result.tables.outcomes["order_value"].notna().sum() == 30


@pytest.mark.parametrize(
    "name",
    [
        "Data Fechamento",
        "结案时间",
        "Closure date",
        "Decision made on",
        "Datum der Entscheidung",
        "Abschluss am",
        "Date clôture",
        "Fecha cierre",
        "Fecha de la decisión",
        "Дата решения",
        "تاريخ الإغلاق",
    ],
)
def test_the_date_of_the_decision_is_known_by_its_common_names(folder, name):
    table(60).rename(columns={"成交时间": name}).to_csv(folder / "a.csv", index=False)
    values, _, _ = suggested(folder)
    assert values["outcomes"][0]["columns"]["decided_at"] == name
    assert forbidden(values) == set()


@pytest.mark.parametrize(
    "name", ["Expected closing day", "预计结案时间", "Cierre esperado", "Voraussichtlicher Abschluss"]
)
def test_a_planned_decision_is_none(folder, name):
    table(60).rename(columns={"成交时间": name}).to_csv(folder / "a.csv", index=False)
    values, _, _ = suggested(folder)
    assert "decided_at" not in values["outcomes"][0]["columns"]
    assert forbidden(values) == {name}


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("sentido", ("entrante", "saliente")),
        ("tipo", ("Recibidos", "Enviados")),
        ("Richtung", ("eingehend", "ausgehend")),
        ("sens", ("reçu", "envoyé")),
        ("Тип", ("входящее", "исходящее")),
        ("Pasta", ("recebida", "enviada")),
        ("الاتجاه", ("وارد", "صادر")),
        ("列", ("收", "发")),
        ("whichway", ("Inbox", "Sent items")),
        ("fromMe", ("false", "true")),
    ],
)
def test_who_wrote_is_known_by_the_values(folder, name, told):
    with_messages(folder, told, name)
    values, result, _ = suggested(folder)
    expected = {told[0]: "inbound", told[1]: "outbound"}
    assert values["messages"][0]["columns"]["direction"] == {"column": name, "values": expected}
    assert result.tables.messages["direction"].value_counts().to_dict() == {"inbound": 30, "outbound": 30}


def test_me_among_the_senders_is_our_side(folder):
    threads = [
        {
            "id": f"t{n}",
            "messages": [
                {
                    "from": "me" if k else f"+4917{n:07d}@s.whatsapp.net",
                    "body": f"Price for {n} pumps?",
                    "ts": 1767225600 + 60 * n + k,
                }
                for k in (0, 1)
            ],
        }
        for n in range(30)
    ]
    (folder / "chats.jsonl").write_text("\n".join(map(json.dumps, threads)))
    values, result, text = suggested(folder)
    told = {"column": "messages.from", "values": {"me": "outbound"}, "otherwise": "inbound"}
    assert values["messages"][0]["columns"]["direction"] == told
    assert "direction: ['me'] in 'messages.from' is taken as your side" in text
    assert result.tables.messages["direction"].value_counts().to_dict() == {"inbound": 30, "outbound": 30}


def test_where_it_is_not_told_who_wrote_the_column_that_may_tell_is_named_in_capitals(folder):
    with_messages(folder, ("alpha", "beta"), "Kanaltyp")
    text = suggest_mapping(folder)
    assert (
        "# WHO WROTE IS NOT TOLD: all messages count as the buyer's. Does one of these tell it: 'Kanaltyp' ['alpha', 'beta']?"
        in text
    )


@pytest.mark.parametrize("name", ["From: (Address)", "#Email", "{buyer}, 'his'  e-mail"])
def test_a_line_offered_in_a_remark_can_be_pasted(folder, name):
    addresses = {name: [f"Bo <bo{n}@x{n}.de>" for n in range(60)]}
    with_messages(folder, ("x", "x"), "kind", **addresses)
    line = next(line for line in suggest_mapping(folder).splitlines() if "WHO WROTE" in line)
    offered = yaml.safe_load(line[line.index("direction: ") :])
    assert offered == {
        "direction": {"column": name, "patterns": {"*@our-company.com*": "outbound"}, "otherwise": "inbound"}
    }


@pytest.mark.parametrize(
    "name",
    [
        "chat_id",
        "thread_id",
        "ticketId",
        "conversation_id",
        "会话编号",
        "ID de la conversación",
        "room id",
        "Vorfall-Nr",
    ],
)
def test_ids_of_chats_threads_and_tickets_are_ids(folder, name):
    ids = table(40)["询盘编号"].where(lambda s: s.index != 20, "XP019")  # a slip
    table(40).rename(columns={"询盘编号": name}).assign(**{name: ids}).to_csv(folder / "a.csv", index=False)
    values, result, _ = suggested(folder)
    assert values["inquiries"][0]["columns"]["inquiry_id"] == name
    assert "attributes" not in values["inquiries"][0]
    assert len(result.tables.inquiries) == 39


def test_what_differs_in_every_row_is_no_attribute(folder):
    columns = {"Plate": [f"P-{n}" for n in range(40)], "Bay": [f"B{n // 2}" for n in range(40)]}
    table(40, **columns).to_csv(folder / "a.csv", index=False)
    values, _, text = suggested(folder)
    assert values["inquiries"][0]["attributes"] == {"categorical": ["Bay"]}
    assert "not used: 'Plate'" in text


def test_a_ticket_closed_otherwise_than_won_is_lost_and_pointed_out(folder):
    values, result, text = written(folder, tickets())
    columns = values["outcomes"][0]["columns"]
    assert columns["decided_at"] == "solved_at"
    assert columns["status"]["values"] == {"Closed - Won": "won", "Closed - No response": "lost", "Open": "open"}
    assert "status: ['Closed - No response'] say closed, and not won as another does: taken as lost" in text
    assert "unless" in text
    assert values["inquiries"][0]["columns"]["owner"] == "assignee"
    assert forbidden(values) == {"reopen_count"}
    assert result.tables.outcomes["decided_at"].notna().sum() == 40


@pytest.mark.parametrize(
    ("won", "closed", "expected"),
    [
        ("Gewonnen", "Geschlossen - keine Antwort", "lost"),
        ("Cerrado - ganado", "Cerrado - sin respuesta", "lost"),
        ("Fechado ganho", "Fechado - sem resposta", "lost"),
        ("Gagné", "Fermé - sans réponse", "lost"),
        ("Выигран", "Закрыт: нет ответа", "lost"),
        ("赢单", "已关闭-无回复", "lost"),
        ("Won", "Not closed", "open"),
        ("Won", "Closed - Sold elsewhere", "open"),
        ("Approved", "Closed - No response", "open"),
    ],
)
def test_closed_is_lost_only_beside_won_in_other_languages_too(folder, won, closed, expected):
    values, _, _ = written(folder, tickets(closed=closed, won=won))
    assert values["outcomes"][0]["columns"]["status"]["values"][closed] == expected


@pytest.mark.parametrize(
    ("name", "flags", "rule"),
    [
        ("public", (True, False), {"when": {"comments.public": ["true"]}}),
        ("is_internal", (False, True), {"when": {"comments.is_internal": ["false"]}}),
        ("privado", (None, True), {"unless": {"comments.privado": ["true"]}}),
    ],
)
def test_internal_comments_of_a_ticket_are_no_messages(folder, name, flags, rule):
    flags = (False, True) if flags[0] is None else flags
    rows = tickets(public=name, flags=flags)
    if "unless" in rule:
        del rows[0]["comments"][0][name]
    values, result, text = written(folder, rows)
    assert rule.items() <= values["messages"][0].items()
    assert f"'comments.{name}': only what the buyer could read is a message" in text
    assert len(result.tables.messages) == 120


def mails_of(folder, sender, recipient="Para", ours="<javier@azulejos.es>"):
    """The table of inquiries beside mails by the buyers and by us, in turn."""
    inquiries = table(30).drop(columns="询盘内容")
    inquiries.to_csv(folder / "inquiries.csv", index=False)
    buyers = [f"Ana <ana@cliente{n}.es>" for n in range(30)]
    pd.DataFrame(
        {
            "询盘编号": inquiries["询盘编号"].repeat(2),
            "日期": inquiries["询盘时间"].repeat(2),
            recipient: [address for buyer in buyers for address in (ours, buyer)],
            sender: [address for buyer in buyers for address in (buyer, ours)],
            "Text": [f"We need {n} pumps for our project, please" for n in range(60)],
        }
    ).to_csv(folder / "mails.csv", index=False)


@pytest.mark.parametrize(
    ("sender", "recipient"),
    [
        ("De", "Para"),
        ("Remitente", "Destinatario"),
        ("Desde", "Para"),
        ("From", "To"),
        ("Von", "An"),
        ("De :", "À"),
        ("Expéditeur", "Destinataire"),
        ("От", "Кому"),
        ("من", "إلى"),
        ("发件人", "收件人"),
        ("Quién escribió", "Para"),
    ],
)
def test_our_domain_among_the_senders_tells_who_wrote_whatever_the_columns_name(folder, sender, recipient):
    mails_of(folder, sender, recipient)
    values, result, text = suggested(folder)
    columns = values["messages"][0]["columns"]
    assert columns["sender_email"] == sender
    assert columns["direction"]["patterns"] == {"*@azulejos.es*": "outbound"}
    assert "'azulejos.es' writes in so many threads" in text
    assert result.tables.messages["direction"].value_counts().to_dict() == {"inbound": 30, "outbound": 30}


@pytest.mark.parametrize(
    ("name", "prefix", "known"),
    [
        ("Cliente/ID", "__export__.res_partner_", "__export__.res_partner_"),
        ("Cliente/ID externo", "__export__.res_partner_", ""),
        ("Partner/External ID", "res_partner_", ""),
        ("Kennung des Abnehmers Nr", "", ""),
    ],
)
def test_ids_that_join_a_file_of_partners_are_clients(folder, name, prefix, known):
    ids = [f"{prefix}{335 + n % 9}" for n in range(30)]
    leads = table(30).drop(columns="客户编号")
    leads.assign(**{"Correo electrónico": [f"a@b{n % 9}.es" for n in range(30)], name: ids}).to_csv(
        folder / "crm_lead.csv", index=False
    )
    pd.DataFrame(
        {"ID": [f"{known}{335 + n}" for n in range(9)], "Nombre": [f"Comercial {n} S.L." for n in range(9)]}
    ).to_csv(folder / "res_partner.csv", index=False)
    values, result, _ = suggested(folder)
    assert values["inquiries"][0]["columns"]["client_id"] == name
    expected = {"column": "ID", "prefix": prefix} if prefix != known else "ID"
    assert values["clients"][0]["columns"]["client_id"] == expected
    assert result.tables.clients["company"].notna().sum() == 9
    assert set(result.tables.clients["client_id"]) == set(result.tables.inquiries["client_id"])


def staged():
    """Inquiries whose stage tells won from lost under another name, beside no date of a decision."""
    stages = [["已成交", "已流失", "跟进中"][n % 3] for n in range(60)]
    plain = table(60).drop(columns=["状态", "成交时间"]).assign(采购数量=[f"{53 + n}00件" for n in range(20)] * 3)
    return plain.assign(跟进阶段=stages)


def test_a_stage_that_tells_won_from_lost_is_preferred_to_the_state_of_orders_which_give_value_and_date(folder):
    leads = staged()
    workbook_of(folder, 询盘=leads, 订单=orders(leads[leads["跟进阶段"] == "已成交"]))
    values, result, text = suggested(folder)
    rule = values["outcomes"][0]
    assert rule["columns"]["status"] == {
        "column": "跟进阶段",
        "values": {"已成交": "won", "已流失": "lost", "跟进中": "open"},
    }
    assert rule["lookup"] == [{"file": "hist_订单", "on": {"询盘编号": "询盘编号"}}]
    assert rule["columns"]["order_value"] == "hist_订单.订单金额"
    outcomes = result.tables.outcomes
    assert outcomes["status"].value_counts().to_dict() == {"won": 20, "lost": 20, "open": 20}
    assert outcomes[["decided_at", "order_value"]].notna().sum().tolist() == [20, 20]
    assert set(outcomes["currency"].dropna()) == {"USD"}
    assert "'采购数量' holds numbers with '件' behind them" in text


def test_amounts_without_a_currency_have_the_commonest_of_those_beside_them(folder):
    amounts = [("USD 100.50", "￥700.20", "USD 88.10", "45.30")[n % 4] for n in range(60)]
    table(60, 成交金额=amounts).to_csv(folder / "a.csv", index=False)
    values, result, text = suggested(folder)
    assert values["outcomes"][0]["columns"]["currency"]["otherwise"] == "USD"
    assert result.quarantine.empty
    assert result.tables.outcomes["currency"].value_counts().to_dict() == {"USD": 45, "CNY": 15}
    assert "15 OF 60 AMOUNTS in '成交金额' name no currency and count as USD" in text


def test_stages_that_are_ids_are_looked_up_in_the_file_that_names_them(folder):
    deals = table(60).drop(columns="状态").rename(columns={"成交时间": "closed_date"})
    deals = deals.assign(deal_stage_id=[str(501 + n % 3) for n in range(60)], closed_date="2026-08-01")
    deals.to_csv(folder / "deals.csv", index=False)
    stages = pd.DataFrame(
        {"id": ["501", "502", "503"], "name": ["Won", "Lost", "Proposal Sent"], "position": [1, 2, 3]}
    )
    (folder / "stages.json").write_text(json.dumps({"deal_stages": stages.to_dict("records"), "meta": {"total": 3}}))
    values, result, text = suggested(folder)
    (rule,) = values["outcomes"]
    assert rule["lookup"] == [{"file": "stages", "on": {"deal_stage_id": "id"}}]
    assert rule["columns"]["status"]["column"] == "stages.name"
    assert result.tables.outcomes["status"].value_counts().to_dict() == {"won": 20, "lost": 20, "open": 20}
    assert "deal_stage_id" not in str(values["inquiries"])
    assert "not used: stages.json" not in text


def test_where_an_inquiry_has_several_orders_a_remark_says_how_they_could_be_read(folder):
    leads = staged()
    placed = orders(leads[leads["跟进阶段"] == "已成交"])
    workbook_of(folder, 询盘=leads, 订单=pd.concat([placed, placed.iloc[:3]]))
    values, result, text = suggested(folder)
    assert "'询盘编号' repeats in it. With one row for each, and this line in outcomes, its columns can be read" in text
    assert "lookup" not in values["outcomes"][0]
    assert (result.tables.outcomes["status"] == "won").sum() == 20


def test_part_orders_of_one_inquiry_are_added_and_no_history_of_states(folder):
    leads = table(60).drop(columns=["状态", "成交时间"])
    leads.to_csv(folder / "询盘.csv", index=False)
    first = orders(leads[::3])
    rest = first.assign(下单时间="2026-08-25", 订单金额="US$ 50.00", 订单状态="已发货")
    pd.concat([first, rest]).to_csv(folder / "订单.csv", index=False)
    values, result, text = suggested(folder)
    assert values["outcomes"][0]["one_per_key"] == "sum"
    assert "repeats with different amounts: parts of an order" in text
    assert "HISTORY" not in text
    assert result.tables.outcomes["order_value"].iloc[0] == 1170.16


def test_orders_that_name_only_their_client_find_their_inquiry_by_it(folder):
    leads = table(60).drop(columns=["状态", "成交时间"])
    leads.to_csv(folder / "询盘.csv", index=False)
    orders(leads[::3], 询盘编号="").assign(客户=leads["客户编号"][::3]).to_csv(folder / "订单.csv", index=False)
    values, result, _ = suggested(folder)
    assert values["outcomes"][0]["by_client"]["client_id"] == "客户"
    assert result.tables.outcomes["status"].eq("won").all()


def test_a_sheet_of_orders_with_the_customers_country_is_no_table_of_clients(folder):
    leads = table(60).drop(columns=["状态", "成交时间"])
    leads.to_csv(folder / "询盘.csv", index=False)
    placed = orders(leads[::3], 询盘编号="").assign(客户=leads["客户编号"][::3], 国家="德国")
    workbook_of(folder, 订单=placed, 说明=pd.DataFrame({"a": ["b"]}))
    text = suggest_mapping(folder)
    assert "clients" not in yaml.safe_load(text)
    assert "by_client" in yaml.safe_load(text)["outcomes"][0]


@pytest.mark.parametrize(
    ("title", "states"),
    [
        ("订单", ("已发货", "已完成", "生产中")),
        ("orders", ("Shipped", "Finished", "In production")),
        ("Aufträge", ("Versandt", "Geliefert", "In Produktion")),
        ("pedidos", ("Enviado", "Entregado", "En producción")),
        ("заказы", ("Отгружен", "Доставлен", "В производстве")),
        ("orders", ("Confirmed", "Invoiced", "Delivered")),
        ("订单", ("已确认", "已开票", "已签收")),
        ("pedidos", ("Confirmado", "Facturado", "Cobrada")),
        ("pedidos", ("Confirmada", "Faturado", "Entregue")),
        ("commandes", ("Confirmée", "Facturée", "Livrée")),
        ("Aufträge", ("Bestätigt", "Fakturiert", "Ausgeliefert")),
        ("заказы", ("Подтверждён", "Выставлен счёт", "Отправлен")),
        ("orders", ("مؤكد", "تمت الفوترة", "تم التسليم")),
    ],
)
def test_orders_that_are_shipped_finished_or_in_production_are_won(folder, title, states):
    leads = table(60).drop(columns=["状态", "成交时间"])
    leads.to_csv(folder / "询盘.csv", index=False)
    told = [[*states, "已取消"][n % 4] for n in range(20)]
    orders(leads[::3], 订单状态=told).to_csv(folder / f"{title}.csv", index=False)
    values, result, text = suggested(folder)
    known = values["outcomes"][0]["columns"]["status"]["values"]
    assert known == dict.fromkeys(states, "won") | {"已取消": "lost"}
    assert "orders that were placed, so won" in text
    assert result.tables.outcomes["status"].value_counts().to_dict() == {"won": 15, "lost": 5}


@pytest.mark.parametrize(
    ("ids", "message_id"),
    [
        (lambda n, k: 10 * n + k, "comments.id"),
        (lambda n, k: k, {"concat": ["id", "comments.id"], "separator": "/"}),
        (lambda n, k: 1, {"hash": ["id", "comments.created_at", "comments.author.role", "comments.body"]}),
        (None, {"hash": ["id", "comments.created_at", "comments.author.role", "comments.body"]}),
    ],
)
def test_messages_of_a_ticket_that_stands_twice_count_once(folder, ids, message_id):
    rows = tickets()
    for n, row in enumerate(rows):
        for k, comment in enumerate(row["comments"]):
            del comment["public"], comment["id"]
            comment |= {"id": ids(n, k)} if ids else {}
    again = rows[7] | {
        "comments": [*rows[7]["comments"], rows[7]["comments"][0] | {"id": 99999, "body": "Any news, please?"}]
    }
    values, result, text = written(folder, [*rows, rows[3], again])
    assert values["messages"][0]["columns"]["message_id"] == message_id
    assert "'id' repeats with its messages: what stands there again is left out and counted" in text
    assert len(result.tables.messages) == 60 * 3 + 1
    assert result.tables.info.counts["messages"]["left_out"] == 6
    assert result.quarantine.empty


def test_the_ids_of_nested_messages_are_kept(folder):
    values, result, _ = written(folder, tickets())
    assert values["messages"][0]["columns"]["message_id"] == "comments.id"
    assert "one_per_key" not in values["messages"][0]
    assert result.tables.messages["message_id"].is_unique


def test_our_domain_tells_who_wrote_in_a_nested_thread_too(folder):
    rows = tickets()
    for n, row in enumerate(rows):
        for comment in row["comments"]:
            ours = comment["author"].pop("role") == "agent"
            comment["author"]["address"] = "sales@uns.de" if ours else f"weber@firma{n}.de"
    values, result, _ = written(folder, rows)
    columns = values["messages"][0]["columns"]
    assert (columns["sender_email"], columns["direction"]["patterns"]) == (
        "comments.author.address",
        {"*@uns.de*": "outbound"},
    )
    assert result.tables.messages["direction"].value_counts().to_dict() == {"inbound": 60, "outbound": 60}


def mailbox_of(threads, *, ours="Sales <sales@our-firm.cn>", begun_by_us=5):
    """Rows of a mailbox: two mails a thread, every `begun_by_us`-th thread begun by us."""
    rows = []
    for n in range(threads):
        theirs = f'"Buyer {n % 40}" <b{n % 40}@buyer{n % 40}.com>'
        for turn in range(2):
            own = (turn == 0) == (n % begun_by_us == 0)
            at = pd.Timestamp("2026-01-05 08:00", tz="UTC") + pd.Timedelta(hours=9 * n + 3 * turn)
            rows.append(
                {
                    "conversation_id": f"AAQ{n:05x}",
                    "from": ours if own else theirs,
                    "date": at.isoformat(),
                    "body": f"Text {n}-{turn}: please see the price of our pumps, we need {n} of them soon",
                    "folder": "Sent Items" if own else "Inbox",
                }
            )
    return pd.DataFrame(rows)


def results_of(count):
    """Rows of a German list of what became of threads, won in every third."""
    return pd.DataFrame(
        {
            "Akte": [f"AAQ{n:05x}" for n in range(count)],
            "Firma": [f"Firma {n % 30}" for n in range(count)],
            "Ergebnis": ["Auftrag" if n % 3 == 0 else "Absage" for n in range(count)],
            "Entscheidungsdatum": [f"{1 + n % 28:02d}.06.2026" for n in range(count)],
        }
    )


def test_a_total_below_a_list_of_results_does_not_hide_its_ids(folder):
    mailbox_of(100).to_csv(folder / "mailbox.csv", index=False)
    results = pd.concat([results_of(80), pd.DataFrame({"Akte": ["Summe"]})])
    results.to_csv(folder / "ergebnisse.csv", sep=";", index=False)
    values, result, _ = suggested(folder)
    assert values["outcomes"][0]["columns"]["inquiry_id"] == "Akte"
    assert result.tables.outcomes["status"].value_counts().to_dict() == {"lost": 53, "won": 27}


def test_threads_are_the_inquiries_where_a_file_of_results_knows_only_some(folder):
    mailbox_of(100).to_csv(folder / "mailbox.csv", index=False)
    results_of(80).to_csv(folder / "ergebnisse.csv", sep=";", index=False)
    values, result, _ = suggested(folder)
    assert values["inquiries"][0]["from"] == "mailbox"
    assert len(result.tables.inquiries) == 100
    assert len(result.tables.outcomes) == 80


def test_threads_that_a_file_of_inquiries_lacks_are_counted_aloud(folder):
    mailbox_of(100).to_csv(folder / "mailbox.csv", index=False)
    results_of(80).assign(Created=[f"2026-01-{1 + n % 28:02d}" for n in range(80)]).to_csv(
        folder / "leads.csv", index=False
    )
    values, _, text = suggested(folder)
    assert values["inquiries"][0]["from"] == "leads"
    assert "20% OF THE THREADS IN mailbox.csv HAVE NO ROW HERE" in text


@pytest.mark.parametrize("named", ["folder", "domain"])
def test_our_own_address_is_no_client_where_we_wrote_first(folder, named):
    mails = mailbox_of(100)
    (mails if named == "folder" else mails.drop(columns="folder")).to_csv(folder / "mailbox.csv", index=False)
    _, result, _ = suggested(folder)
    assert not result.tables.inquiries["client_id"].str.contains("our-firm").any()
    assert len(result.tables.inquiries) == 100
    assert result.tables.info.counts["messages"]["quarantined"] == 0
