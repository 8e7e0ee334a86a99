"""A first mapping for exports nobody has mapped: it must be sound, ingest what it was made from, and hold leaks back."""

# ruff: noqa: E501  (literal rows of exports are not wrapped)

import json

import pandas as pd
import pytest
import xlsxwriter
import yaml

from inquiry_intent.errors import SourceError
from inquiry_intent.labels import label_kind
from inquiry_intent.sources.ingest import read_export
from inquiry_intent.sources.mapping import load_mapping
from inquiry_intent.sources.meanings import meaning
from inquiry_intent.sources.suggest import suggest_mapping


def suggested(folder):
    """The suggested mapping as YAML values, and what it makes of the export it was made from."""
    text = suggest_mapping(folder)
    path = folder.parent / "suggested.yaml"
    path.write_text(text, encoding="utf-8")
    return yaml.safe_load(text), read_export(folder, load_mapping(path)), text


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "export").mkdir()
    return tmp_path / "export"


def forbidden(values):
    return {column for file in values["files"].values() for column in file.get("forbidden", [])}


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
STAGES = [("New", 1), ("Quoted", 5), ("Won", 9)], [("New", 1), ("Lost", 7)], [("New", 1), ("Quoted", 4)]


def history(row):
    """Every third lead won, lost, open, in two or three steps; `row` writes one."""
    return "".join(
        row(n, stage, f"2026-02-{n + day:02d}T09:00:00Z") for n in range(1, 13) for stage, day in STAGES[n % 3]
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


def table(rows, **columns):
    """A table of inquiries, three days apart, every third won or lost after ten days; `columns` come on top."""
    day = pd.Timestamp("2026-01-01 09:00")
    plain = {
        "询盘编号": [f"XP{n:03d}" for n in range(rows)],
        "客户编号": [f"K{n % 7}" for n in range(rows)],
        "询盘时间": [f"{day + pd.Timedelta(days=3 * n):%Y-%m-%d %H:%M}" for n in range(rows)],
        "询盘内容": [f"你好，请报价 {n} 件水泵 CIF 汉堡，谢谢" for n in range(rows)],
        "状态": [["成交", "未成交", "跟进中"][n % 3] for n in range(rows)],
        "成交时间": [f"{day + pd.Timedelta(days=3 * n + 10):%Y-%m-%d %H:%M}" * (n % 3 < 2) for n in range(rows)],
    }
    return pd.DataFrame(plain | columns)


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


def with_messages(folder, told, name, text="Text", **columns):
    """The table of inquiries beside a file of two messages each, the buyer's and ours; `told` tells them apart."""
    inquiries = table(30).drop(columns="询盘内容")
    inquiries.to_csv(folder / "询盘.csv", index=False)
    pd.DataFrame(
        {
            "询盘编号": inquiries["询盘编号"].repeat(2),
            "日期": inquiries["询盘时间"].repeat(2),
            name: list(told) * 30,
            text: [f"We need {n} pumps for our project, please" for n in range(60)],
        }
        | columns
    ).to_csv(folder / "messages.csv", index=False)


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


def tickets(count=60, *, public="public", flags=(True, False), closed="Closed - No response", won="Closed - Won"):
    """Tickets of three states in turn, each with the buyer's comment, our answer, and a note of our own team."""

    def ticket(n):
        came = pd.Timestamp("2026-01-05 09:00", tz="UTC") + pd.Timedelta(days=n)
        said = [("end-user", f"What do {n} motors cost?"), ("agent", f"Our offer is {n} EUR."), ("agent", "check them")]
        return {
            "id": 5000 + n,
            "created_at": came.isoformat(),
            "solved_at": (came + pd.Timedelta(days=20)).isoformat() if n % 3 < 2 else None,
            "status": (won, closed, "Open")[n % 3],
            "reopen_count": n % 4,
            "requester": {"id": n % 9},
            "assignee": ("ml", "kt")[n % 2],
            "comments": [
                {
                    "id": 10 * n + k,
                    "created_at": (came + pd.Timedelta(hours=k)).isoformat(),
                    "author": {"role": role},
                    "body": text,
                    public: flags[k == 2],
                }
                for k, (role, text) in enumerate(said)
            ],
        }

    return [ticket(n) for n in range(count)]


def written(folder, rows):
    (folder / "tickets.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n", encoding="utf-8")
    return suggested(folder)


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


def workbook_of(folder, **sheets):
    with pd.ExcelWriter(folder / "hist.xlsx", engine="xlsxwriter") as book:
        for name, rows in sheets.items():
            rows.to_excel(book, sheet_name=name, index=False)


def orders(won, **columns):
    """One order of each inquiry that was won."""
    plain = {
        "询盘编号": won["询盘编号"],
        "下单时间": [f"2026-08-{1 + n:02d}" for n in range(len(won))],
        "订单金额": [f"US$ {n + 1},120.16" for n in range(len(won))],
        "币种": "USD",
        "订单状态": [["已发货", "已完成", "生产中"][n % 3] for n in range(len(won))],
    }
    return pd.DataFrame(plain | columns)


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


def activities(folder, ids):
    """A HubSpot file of mails, calls and notes, and the deals they are about."""
    day = pd.Timestamp("2026-01-05 08:00")
    pd.DataFrame(
        {
            "Record ID": ids,
            "Associated Company IDs": [str(10_100 + n % 20) for n in range(len(ids))],
            "Create Date": [(day + pd.Timedelta(days=n)).isoformat() for n in range(len(ids))],
            "Deal Stage": ["Closed Won", "Closed Lost"] * (len(ids) // 2),
        }
    ).to_csv(folder / "all-deals.csv", index=False)
    rows = []
    for n, deal in enumerate(ids):
        for turn, kind in enumerate(["Email", "Email", "Call", "Note"]):
            rows.append(
                {
                    "Activity type": kind,
                    "Activity date": (day + pd.Timedelta(days=n, hours=turn)).isoformat(),
                    "Email direction": ["INCOMING_EMAIL", "EMAIL", None, None][turn],
                    "Email body": f"{kind} {n}: we need {n} pumps for our plant, what is your best price please?",
                    "Call summary": f"We talked {n} minutes about pumps and the price of their spare parts in long words"
                    if kind == "Call"
                    else None,
                    "Associated Deal IDs": deal,
                }
            )
    pd.DataFrame(rows).to_csv(folder / "engagements.csv", index=False)


def test_a_file_of_activities_gives_messages_and_events(folder):
    activities(folder, [str(9_000_000_000 + 13 * n) for n in range(60)])
    values, result, text = suggested(folder)
    assert values["messages"][0]["when"] == {"Activity type": ["Email"]}
    assert values["messages"][0]["columns"]["text"] == "Email body"
    assert result.tables.messages["direction"].value_counts().to_dict() == {"inbound": 60, "outbound": 60}
    assert set(result.tables.events["kind"]) == {"held_call"}
    assert len(result.tables.events) == 60
    assert "not used: the rows whose 'Activity type' is one of ['Note']" in text
    assert "not used: 'Call summary' of engagements.csv (text" in text


#: A kind of activity that is a call and one that is a mail; what says done, planned and cancelled; the status' name.
ACTIVITIES = [
    ("Phone Call", "Email", "Completed", "Open", "Canceled", "Activity Status"),
    ("Meeting", "Email", "Held", "Planned", "Not Held", "Status"),
    ("Call", "Email", "COMPLETED", "NOT_STARTED", "CANCELED", "Task status"),
    ("Anruf", "E-Mail", "Erledigt", "Geplant", "Abgesagt", "Status"),
    ("Llamada", "Correo", "Realizada", "Pendiente", "No realizada", "Estado"),
    ("Ligação", "E-mail", "Concluída", "Agendada", "Cancelada", "Situação"),
    ("Appel", "Courriel", "Terminé", "Prévu", "Annulé", "Statut"),
    ("Звонок", "Письмо", "Завершен", "Запланирован", "Отменен", "Статус"),
    ("مكالمة", "Email", "مكتملة", "مخططة", "ملغاة", "الحالة"),
    ("电话", "邮件", "已完成", "未完成", "已取消", "状态"),
]


@pytest.mark.parametrize(("call", "mail", "done", "planned", "cancelled", "status"), ACTIVITIES)
def test_mails_among_activities_are_read_and_calls_that_did_not_take_place_are_no_events(
    folder, call, mail, done, planned, cancelled, status
):
    inquiries = table(30)
    inquiries.drop(columns="询盘内容").to_csv(folder / "询盘.csv", index=False)
    of_calls = [done, planned, cancelled] * 10
    pd.DataFrame(
        {
            "询盘编号": inquiries["询盘编号"].repeat(2),
            "Activity Type": [mail, call] * 30,
            status: [state for told in of_calls for state in (done, told)],
            "Description": [f"Nous cherchons {n} vannes pour notre atelier à Lille" for n in range(60)],
            "Created On": inquiries["询盘时间"].repeat(2),
        }
    ).to_csv(folder / "activities.csv", index=False)
    values, result, text = suggested(folder)
    assert values["messages"][0]["columns"]["text"] == "Description"
    assert len(result.tables.messages) == 30
    assert len(result.tables.events) == 10
    assert f"{status!r}: 20 of 30 calls are" in text


def test_a_status_of_deals_beside_their_events_leaves_none_out(folder):
    inquiries = table(30)
    inquiries.to_csv(folder / "询盘.csv", index=False)
    pd.DataFrame(
        {
            "询盘编号": inquiries["询盘编号"],
            "Event": ["quote sent", "call", "meeting"] * 10,
            "Event date": inquiries["询盘时间"],
            "Deal status": ["Won", "Open", "Completed", "Lost", "Pending"] * 6,
        }
    ).to_csv(folder / "events.csv", index=False)
    values, result, _ = suggested(folder)
    assert "unless" not in values["events"][0]
    assert len(result.tables.events) == 30


@pytest.mark.parametrize(
    ("call", "quote", "status", "over", "waiting"),
    [
        ("Call", "Quote sent", "Status", "Closed", "Open"),
        ("电话", "报价", "状态", "已完成", "进行中"),
        ("Phone call", "Email opened", "Activity status", "Done", "Planned"),
    ],
)
@pytest.mark.parametrize("of", ["deals", "calls", "quotes alone"])
def test_only_calls_can_be_planned_and_their_own_status_says_so_not_that_of_their_deal(
    folder, call, quote, status, over, waiting, of
):
    inquiries = table(30)
    inquiries.to_csv(folder / "询盘.csv", index=False)
    ended = inquiries["状态"].map(lambda told: waiting if told == "跟进中" else over).repeat(2)
    pd.DataFrame(
        {
            "询盘编号": inquiries["询盘编号"].repeat(2),
            "Event": [quote, quote if of == "quotes alone" else call] * 30,
            "Event date": inquiries["询盘时间"].repeat(2),
            status: ended
            if of == "deals"
            else [state for both in zip(ended[::2], ended[::-2], strict=True) for state in both],
        }
    ).to_csv(folder / "events.csv", index=False)
    values, result, text = suggested(folder)
    kinds = result.tables.events["kind"]
    assert (kinds != "held_call").sum() == (60 if of == "quotes alone" else 30)
    if of != "quotes alone":
        assert (kinds == "held_call").sum() == (20 if of == "calls" else 30)
    assert ("nothing that happened" in text) == (of == "calls")
    assert len(values["events"]) == (2 if of == "calls" else 1)
    assert not len(result.quarantine)


@pytest.mark.parametrize(
    ("lost", "waiting", "became"),
    [("Disqualified", "New", "Qualified"), ("Verloren", "Offen", "Qualifiziert"), ("无效", "跟进中", "已转商机")],
)
@pytest.mark.parametrize("case", ["no dates", "both dated", "deals dated", "beside"])
def test_leads_whose_deals_name_them_are_lost_by_their_status_where_there_is_no_deal(
    folder, lost, waiting, became, case
):
    leads = table(60).drop(columns=["成交时间", "状态"])
    leads["Status"] = [[became, lost, waiting][n % 3] for n in range(60)]
    closed = pd.to_datetime(leads["询盘时间"]) + pd.Timedelta(days=9)
    if case == "both dated":
        leads["Geprüft am"] = closed.where(leads["Status"].eq(lost))
    leads.to_csv(folder / "leads.csv", index=False)
    deals = leads[leads["Status"].eq(became) | ((case == "beside") & (leads.index == 1))]
    table_of_deals = pd.DataFrame(
        {
            "Opportunity ID": [f"OPP-{n}" for n in range(len(deals))],
            "Originating Lead": deals["询盘编号"],
            "Deal Stage": ["Closed Won", "Closed Lost"] * (len(deals) // 2) + ["Closed Won"] * (len(deals) % 2),
            "Actual Close Date": closed[deals.index],
        }
    )
    table_of_deals.drop(columns=["Actual Close Date"] * (case == "no dates")).to_csv(
        folder / "opportunities.csv", index=False
    )
    values, result, text = suggested(folder)
    told = result.tables.outcomes["status"].value_counts().to_dict()
    read = case in ("no dates", "both dated")
    assert told == {"won": 10 + (case == "beside"), "lost": 30 if read else 10}
    assert label_kind(result.tables.outcomes) == ("final_status" if case == "no dates" else "within_horizon")
    assert case == "no dates" or result.tables.outcomes["decided_at"].notna().all()
    assert ("INQUIRIES HAVE NO ROW here and count as open; is that so?" in text) == (not read)
    assert ("WITHOUT A DATE" in text) == (case == "deals dated")
    assert "attributes" not in values["inquiries"][0]
    assert read == ("Status" not in forbidden(values))


@pytest.mark.parametrize(
    ("count", "name", "key"),
    [
        (40, "Email Message", "{n:08x}-8b52-9b4a-97b7-50923ceb{n:04x}"),
        (90, "邮件内容", "{n:08x}-8b52-9b4a-97b7-50923ceb{n:04x}"),
        (90, "Сообщение", "<CAF{n}x@mail.example.com>"),
        (90, "Mensagem", "/in/box/{n}.eml"),
    ],
)
def test_a_long_key_is_no_text_whatever_its_name(folder, count, name, key):
    inquiries = table(count)
    inquiries.drop(columns="询盘内容").to_csv(folder / "询盘.csv", index=False)
    mails = pd.DataFrame({name: [key.format(n=n) for n in range(count)], "询盘编号": inquiries["询盘编号"]})
    mails["Date Sent"] = inquiries["询盘时间"]
    mails["Description"] = [f"Bonjour, il nous faut {n} pompes pour notre usine" for n in range(count)]
    mails.to_csv(folder / "emails.csv", index=False)
    values, _, _ = suggested(folder)
    assert values["messages"][0]["columns"]["text"] == "Description"


@pytest.mark.parametrize("said", ["ต้องการปั๊มน้ำ{n}เครื่องส่งด่วน", "需要{n}台水泵请报价"])
def test_texts_in_scripts_that_part_no_words_are_texts(folder, said):
    inquiries = table(40)
    inquiries["询盘内容"] = [said.format(n=n) for n in range(40)]
    inquiries.to_csv(folder / "询盘.csv", index=False)
    values, _, _ = suggested(folder)
    assert values["messages"][0]["columns"]["text"] == "询盘内容"


def test_ids_in_the_plural_are_no_number(folder):
    activities(folder, [str(9_000_000_000 + 13 * n) for n in range(60)])
    values, _, _ = suggested(folder)
    assert values["inquiries"][0]["columns"]["client_id"] == "Associated Company IDs"
    assert "attributes" not in values["inquiries"][0]


def test_the_conversation_of_a_chat_is_the_inquiry_not_its_row(folder):
    rows = [
        {
            "序号": 1 + 3 * n + turn,
            "会话ID": f"HH{n:06d}",
            "买家ID": f"cn{n % 30:04d}",
            "发言人": "Lily Chen" if turn == 1 else f"Buyer {n}",
            "消息内容": f"您好，我们需要 {n} 台水泵，请报价并告知交期，谢谢 {turn}",
            "发送时间": (pd.Timestamp("2026-01-05") + pd.Timedelta(hours=5 * n + turn)).isoformat(),
        }
        for n in range(60)
        for turn in range(3)
    ]
    pd.DataFrame(rows).to_csv(folder / "聊天记录.csv", index=False)
    pd.DataFrame(
        {
            "订单号": [f"2100{n}" for n in range(20)],
            "会话ID": [f"HH{n:06d}" for n in range(20)],
            "下单时间": ["2026-03-05 10:00:00"] * 20,
            "订单状态": ["已完成", "已取消"] * 10,
        }
    ).to_csv(folder / "信保订单.csv", index=False)
    values, result, text = suggested(folder)
    assert values["inquiries"][0]["columns"]["inquiry_id"] == "会话ID"
    assert len(result.tables.inquiries) == 60
    assert len(result.tables.messages) == 180
    assert result.tables.outcomes["status"].value_counts().to_dict() == {"won": 10, "lost": 10}
    assert "WHO WROTE IS NOT TOLD" in text
    assert "direction: {column: 发言人, values: {Lily Chen: outbound}, otherwise: inbound}" in text


@pytest.mark.parametrize(
    "lost", ["Absage", "abgesagt", "storniert", "no-go", "No go", "refusée", "perdida", "отказ", "رفض"]
)
def test_a_refusal_is_lost_in_every_language(lost):
    assert meaning(lost, "statuses") == "lost"


def test_amounts_in_ten_thousands_are_scaled(folder):
    pd.DataFrame(
        {
            "询盘编号": [f"X{n:03d}" for n in range(30)],
            "客户名称": [f"客户{n % 9}" for n in range(30)],
            "询盘日期": ["2026-03-02"] * 30,
            "状态": ["赢单", "输单", "跟进中"] * 10,
            "合同金额（万元）": [f"{n}.5" for n in range(30)],
        }
    ).to_csv(folder / "询盘.csv", index=False)
    _, result, text = suggested(folder)
    assert "order_value: {column: 合同金额（万元）, scale: 10000}" in text
    assert "annual_volume" not in text
    assert "'合同金额（万元）' is in ten thousands (万元)" in text
    assert result.tables.outcomes["order_value"].head(2).tolist() == [5_000, 15_000]


def test_a_history_of_fields_tells_outcomes_and_no_attributes(folder):
    rows = []
    for n in range(60):
        deal = {
            "Opportunity ID": f"006{n:05d}AAB",
            "Account Name": f"Firm {n % 20}",
            "Created Date": (pd.Timestamp("2026-01-05 09:00") + pd.Timedelta(hours=7 * n)).isoformat(),
        }
        ended = ["Closed Won", "Closed Lost", "Negotiation"][n % 3]
        changes = [("Created.", None, None), ("Stage", "Prospecting", "Proposal"), ("Amount", f"{n}", f"{2 * n + 1}"),
                   ("Opportunity Owner", "Admin", "Lily"), ("Stage", "Proposal", ended)]  # fmt: skip
        for day, (field, old, new) in enumerate(changes):
            at = (pd.Timestamp(deal["Created Date"]) + pd.Timedelta(days=day)).isoformat()
            rows.append(deal | {"Field / Event": field, "Old Value": old, "New Value": new, "Edit Date": at})
    pd.DataFrame(rows).to_csv(folder / "history.csv", index=False)
    values, result, _ = suggested(folder)
    rule = values["outcomes"][0]
    assert rule["when"] == {"Field / Event": ["Stage"], "New Value": ["Closed Lost", "Closed Won"]}
    assert rule["columns"]["decided_at"] == "Edit Date"
    assert result.tables.outcomes["status"].value_counts().to_dict() == {"won": 20, "lost": 20}
    assert "attributes" not in values["inquiries"][0]


def test_a_history_without_a_stage_is_no_attribute_either(folder):
    rows = [
        {
            "Lead ID": f"L{n:04d}",
            "Created Date": f"2026-01-{1 + n % 28:02d}",
            "字段": field,
            "旧值": "A",
            "新值": new,
            "修改时间": f"2026-02-{1 + n % 28:02d}",
        }
        for n in range(40)
        for field, new in [("Owner", "B"), ("Phone", "C")]
    ]
    pd.DataFrame(rows).to_csv(folder / "leads.csv", index=False)
    values, _, text = suggested(folder)
    assert "attributes" not in values["inquiries"][0]
    assert "NO OUTCOME was found" in text
    assert "a history of what changed later" in text


def test_a_status_copied_to_each_activity_yields_to_that_of_the_inquiries(folder):
    leads = table(60).rename(columns={"状态": "Deal - Status"})
    leads.to_csv(folder / "deals.csv", index=False)
    some = leads[leads.index % 3 < 2].iloc[:30]
    pd.concat([some, some])[["询盘编号", "Deal - Status"]].assign(Kind="call", Note="asked for a discount").to_csv(
        folder / "activities.csv", index=False
    )
    values, result, text = suggested(folder)
    assert values["outcomes"][0]["from"] == "deals"
    assert values["outcomes"][0]["columns"]["decided_at"] == "成交时间"
    assert result.tables.outcomes["status"].value_counts().to_dict() == {"won": 20, "lost": 20, "open": 20}
    assert "HAVE NO ROW" not in text


def test_inquiries_without_a_row_in_the_file_of_outcomes_are_counted_aloud(folder):
    leads = table(60).rename(columns={"状态": "结果"})
    leads.drop(columns=["结果", "成交时间"]).to_csv(folder / "询盘.csv", index=False)
    leads[["询盘编号", "结果", "成交时间"]].iloc[:40].to_csv(folder / "results.csv", index=False)
    values, _, text = suggested(folder)
    assert values["outcomes"][0]["from"] == "results"
    assert "20 of 60 INQUIRIES HAVE NO ROW here and count as open; is that so?" in text


@pytest.mark.parametrize("names", [("Leads 2024", "Leads 2025"), ("Январь", "Февраль"), ("2024", "2025")])
def test_sheets_a_year_or_month_are_one_table_with_a_rule_for_each(folder, names):
    leads = table(60).assign(国家=["德国", "法国", "波兰"] * 20)
    numbered = leads.drop(columns="询盘编号").assign(No=[*range(1, 31)] * 2)
    workbook_of(folder, **{names[0]: numbered[:30], names[1]: numbered[30:]})
    values, result, text = suggested(folder)
    assert [rule["from"] for rule in values["inquiries"]] == list(values["files"])
    assert [rule["columns"]["inquiry_id"]["column"] for rule in values["inquiries"]] == ["No", "No"]
    assert len({rule["columns"]["inquiry_id"]["prefix"] for rule in values["inquiries"]}) == 2
    assert "clients" not in values
    assert "'No' counts anew in each of these sheets" in text
    assert result.quarantine.empty
    assert (len(result.tables.inquiries), len(result.tables.messages)) == (60, 60)
    assert (result.tables.outcomes["status"] == "won").sum() == 20


def test_totals_and_notes_below_each_sheet_do_not_hide_that_it_counts_anew(folder):
    leads = table(60).drop(columns="询盘编号")
    leads.insert(0, "序号", [str(n) for n in range(1, 13)] * 5)
    below = pd.DataFrame({"序号": ["合计", "注：黄色为重点客户"]})
    sheets = {f"{n}月": pd.concat([leads[12 * n - 12 : 12 * n], below]) for n in range(1, 6)}
    workbook_of(folder, **sheets)
    values, result, _ = suggested(folder)
    assert [rule["columns"]["inquiry_id"]["prefix"] for rule in values["inquiries"]] == ["1-", "2-", "3-", "4-", "5-"]
    assert len(result.tables.inquiries) == 60


def test_sheets_without_an_id_are_numbered_apart(folder):
    leads = table(60).drop(columns=["询盘编号", "客户编号"]).assign(客户名称=[f"上海公司{n % 7}" for n in range(60)])
    workbook_of(folder, **{"2024": leads[:30], "2025": leads[30:]})
    _, result, _ = suggested(folder)
    assert (len(result.tables.inquiries), result.tables.inquiries["client_id"].nunique()) == (60, 7)


def test_a_sheet_of_the_same_name_but_other_columns_is_pointed_out(folder):
    leads = table(60)
    workbook_of(folder, **{"2024": leads[:30], "2025": leads[30:].assign(备注二="x")})
    assert "# NOT JOINED: hist.xlsx, sheet '2025' is named as sheet '2024' is" in suggest_mapping(folder)


def test_a_sheet_that_is_not_joined_is_not_linked_by_the_numbers_of_its_rows(folder):
    leads = table(90).drop(columns="询盘编号").assign(No=[*range(1, 31)] * 3)
    sheets = {"2023": leads[:30].assign(备注二="x"), "2024": leads[30:60], "2025": leads[60:]}
    workbook_of(folder, **sheets)
    values, result, text = suggested(folder)
    assert [file["sheet"] for file in values["files"].values()] == ["2024", "2025"]
    assert "# NOT JOINED: hist.xlsx, sheet '2023' is named as sheet '2024' is" in text
    assert len(result.tables.inquiries) == 60
    assert (result.tables.outcomes["status"] == "won").sum() == 20


def test_a_column_that_counts_anew_is_named_only_where_it_is_read(folder):
    leads = table(60)
    leads.drop(columns=["状态", "成交时间"]).to_csv(folder / "询盘.csv", index=False)
    results = leads[["询盘编号", "状态", "成交时间"]].rename(columns={"询盘编号": "关联询盘"})
    results.insert(0, "ID", [*range(1, 31)] * 2)
    workbook_of(folder, **{"2024": results[:30], "2025": results[30:]})
    values, result, text = suggested(folder)
    assert len(values["outcomes"]) == 2
    assert (result.tables.outcomes["status"] == "won").sum() == 20
    assert "counts anew" not in text


@pytest.mark.parametrize(
    ("won", "lost", "named"),
    [
        ("Data de ganho", "Data de perda", True),
        ("Kazanma zamanı", "Kaybetme zamanı", True),
        ("Дата выигрыша", "Дата проигрыша", True),
        ("Won time", "Gone on", False),
    ],
)
def test_wins_and_losses_each_have_their_date(folder, won, lost, named):
    leads = table(60)
    dates = leads.pop("成交时间")
    leads.assign(**{won: dates.where(leads.index % 3 == 0), lost: dates.where(leads.index % 3 == 1)}).to_csv(
        folder / "a.csv", index=False
    )
    values, result, text = suggested(folder)
    assert values["outcomes"][0]["columns"]["decided_at"] == {"first_of": [won, lost]}
    assert result.tables.outcomes["decided_at"].notna().sum() == 40
    assert (f"{lost!r} stands only where the inquiry was lost" in text) is not named


def test_losses_without_a_date_are_pointed_out(folder):
    leads = table(60)
    leads.assign(成交时间=leads["成交时间"].where(leads.index % 3 == 0)).to_csv(folder / "a.csv", index=False)
    assert "WHAT WAS LOST HAS NO DATE" in suggest_mapping(folder)


@pytest.mark.parametrize(
    ("client", "owner", "title", "value"),
    [
        ("Negócio - Organização", "Negócio - Proprietário", "Negócio - Título", "Negócio - Valor"),
        ("Anlaşma - Kuruluş", "Anlaşma - Sahibi", "Anlaşma - Başlık", "Anlaşma - Değer"),
        ("Szansa - Organizacja", "Szansa - Właściciel", "Szansa - Tytuł", "Szansa - Wartość"),
        ("Trato - Organización", "Trato - Propietario", "Trato - Título", "Trato - Valor"),
        ("Сделка - Организация", "Сделка - Владелец", "Сделка - Название", "Сделка - Сумма"),
        ("اسم العميل", "المسؤول", "الموضوع", "قيمة الطلب"),
    ],
)
def test_a_crms_columns_of_client_owner_title_and_value_are_known(folder, client, owner, title, value):
    leads = table(60).drop(columns=["客户编号", "询盘内容"])
    own = {
        title: [f"Co {n % 9} valves {n}" for n in range(60)],
        client: [f"Co {n % 9}" for n in range(60)],
        "Organization - Name": [f"CO {n % 9} Ltd" for n in range(60)],
        value: [1000.5 + 37 * n for n in range(60)],
        owner: [["Ana", "Rui"][n % 2] for n in range(60)],
    }
    leads.assign(**own).to_csv(folder / "a.csv", index=False)
    values, _, text = suggested(folder)
    columns = values["inquiries"][0]["columns"]
    assert (columns["client_id"], columns["owner"], columns["subject"]) == (client, owner, title)
    assert values["outcomes"][0]["columns"]["order_value"] == value
    assert f"not used: 'Organization - Name'; it tells one client from another, as {client!r} does" in text
    assert "attributes" not in values["inquiries"][0]


@pytest.mark.parametrize(
    ("names", "won", "lost", "waiting"),
    [
        (("Итог", "Запрос", "Заметки"), "готово", ["нет", "отказ"], "ждём"),
        (("Resultado", "Consulta", "Notas"), "hecho", ["no"], "esperando"),
        (("Ergebnis", "Anfrage", "Notizen"), "erledigt", ["nein"], "wartet"),
        (("Desfecho", "Solicitação", "Anotações"), "feito", ["não"], "aguardando"),
        (("Statut", "Demande", "Remarques"), "fait", ["non"], "en attente"),
        (("Result", "Request", "Notes"), "done", ["no"], "waiting"),
        (("Sonuç", "Talep", "Notlar"), "oldu", ["hayır"], "bekliyor"),
        (("Wynik", "Zapytanie", "Uwagi"), "zrobione", ["nie"], "czekamy"),
        (("结果", "咨询内容", "跟进记录"), "搞定", ["没成交"], "待定"),
    ],
)
def test_what_a_salesperson_notes_is_understood_and_is_no_message(folder, names, won, lost, waiting):
    status, asked, notes = names
    leads = table(60).drop(columns=["状态", "询盘内容"])
    own = {
        asked: ["Please send your catalogue", "Price of 40 pumps CIF, please"] * 30,
        notes: [
            f"0{1 + n % 9}.02 called, wants a discount; 1{n % 9}.05.26 paid the deposit, order {n}" for n in range(60)
        ],
        status: [[won, lost[n % len(lost)], waiting][n % 3] for n in range(60)],
    }
    leads.assign(**own).to_csv(folder / "a.csv", index=False)
    values, result, text = suggested(folder)
    assert values["outcomes"][0]["columns"]["status"]["column"] == status
    assert result.tables.outcomes["status"].value_counts().to_dict() == {"won": 20, "lost": 20, "open": 20}
    assert values["messages"][0]["columns"]["text"] == asked
    assert notes in forbidden(values) or f"not used: {notes!r}" in text


def test_done_is_no_win_where_nothing_says_lost(folder):
    table(60, 状态=["done", "open", "waiting"] * 20).to_csv(folder / "a.csv", index=False)
    assert "none of the values of '状态' is known to mean won" in suggest_mapping(folder)


@pytest.mark.parametrize(
    ("name", "day"),
    [("Заметки", "1{}.05.26"), ("Whatever", "2026-05-1{}"), ("Notlar", "2026/5/1{}"), ("Notes", "5月1{}日")],
)
def test_notes_are_no_message_without_a_question_and_their_later_dates_are_pointed_out(folder, name, day):
    notes = [f"{day.format(n % 9)} paid the deposit, order {n}; they will come again next year" for n in range(40)]
    table(40).drop(columns="询盘内容").assign(**{name: notes}).to_csv(folder / "a.csv", index=False)
    text = suggest_mapping(folder)
    assert f"{name!r}: is it what the buyer wrote when the inquiry came in?" in text
    assert f"{name!r}: 100% OF THESE TEXTS HOLD A DATE AFTER THE INQUIRY" in text


def test_our_own_company_beside_our_replies_is_no_second_client(folder):
    rows = [
        {
            "Inquiry ID": f"M{n // 2}",
            "Type": ("Inquiry", "Reply")[n % 2] if n < 80 else ("Buyer Reply", "Reply")[n % 2],
            "Sender Company": (f"Buyer {n // 4} Ltd", "Ningbo Own Co.")[n % 2],
            "Content": f"Please quote {n} pumps CIF Hamburg",
            "Send Time": f"2026-03-{1 + n // 5:02d}T09:{n % 60:02d}:00Z",
        }
        for n in range(120)
    ]
    pd.DataFrame(rows).to_csv(folder / "inquiries.csv", index=False)
    _, result, text = suggested(folder)
    assert "CLIENTS DIFFER" not in text
    assert "DIRECTION" not in text
    assert result.tables.messages["direction"].value_counts().to_dict() == {"inbound": 60, "outbound": 60}
    assert "Ningbo Own Co." not in set(result.tables.inquiries["client_id"])


def test_a_column_of_notes_is_no_attribute_and_its_values_stay_out_of_remarks(folder):
    notes = ["price sensitive", "added WhatsApp +86 138 0000 1111", "old client"] * 20
    told = ["Ann", "+8613800002222", "Bo"] * 20
    table(60).assign(备注=notes, 渠道标记=told).to_csv(folder / "a.csv", index=False)
    values, _, text = suggested(folder)
    assert "备注" not in str(values["inquiries"])
    assert "not used: '备注'; notes of your own team" in text
    assert "0000 1111" not in text
    assert "WHO WROTE IS NOT TOLD" not in text or "13800002222" not in text


@pytest.mark.parametrize(("won", "lost"), [("√", "×"), ("✓", "✗"), ("是", "否"), ("تم", "لم يتم"), ("نعم", "لا")])
def test_ticks_and_crosses_are_won_and_lost(folder, won, lost):
    table(60).assign(状态=[won, lost, "跟进中"] * 20).to_csv(folder / "a.csv", index=False)
    values, _, _ = suggested(folder)
    known = values["outcomes"][0]["columns"]["status"]["values"]
    assert (known[won], known[lost], known["跟进中"]) == ("won", "lost", "open")


def test_a_register_of_sales_is_a_list_of_orders_by_its_name_or_its_columns(folder):
    table(60).to_csv(folder / "询盘.csv", index=False)
    register = pd.DataFrame(
        {
            "Voucher Date": [f"2026-08-{1 + n:02d}" for n in range(20)],
            "Voucher No.": [f"EXP/{n:04d}" for n in range(20)],
            "Party's Name": [f"Global{n} Group" for n in range(20)],
            "Gross Total": [f"{9210 + 7 * n}.50" for n in range(20)],
        }
    )
    for name in ("SalesRegister.csv", "tally.csv"):
        register.to_csv(folder / name, index=False)
        text = suggest_mapping(folder)
        assert f"not used: {name}; no column of it holds ids of inquiries. Outcomes can be read from orders" in text
        (folder / name).unlink()


def test_arabic_headers_are_known(folder):
    pd.DataFrame(
        {
            "رقم الاستفسار": [f"Q{n:03d}" for n in range(60)],
            "تاريخ الاستفسار": [f"2026-0{3 + n // 28}-{1 + n % 28:02d}T09:00:00Z" for n in range(60)],
            "اسم العميل": [f"شركة البركة {n % 20}" for n in range(60)],
            "جهة الاتصال": [("يوسف سالم", "أحمد علي", "هدى نور")[n % 3] for n in range(60)],
            "الدولة": ["مصر", "فرنسا"] * 30,
            "المصدر": ["الموقع", "معرض"] * 30,
            "نص الاستفسار": [f"ما هو السعر لعدد {n} قطعة من بلاط السيراميك وموعد التسليم؟" for n in range(60)],
            "تاريخ الرد": [f"2026-0{3 + n // 28}-{1 + n % 28:02d}T15:00:00Z" if n % 2 else "" for n in range(60)],
            "نص الرد": ["مرفق عرض السعر والكتالوج." if n % 2 else "" for n in range(60)],
            "الحالة": ["فوز", "لم يتم", "جديد"] * 20,
            "قيمة الطلب": [f"{n + 1}120.5" for n in range(60)],
            "المسؤول": ["هدى", "علي"] * 30,
        }
    ).to_csv(folder / "a.csv", index=False)
    values, result, _ = suggested(folder)
    (inquiries,) = values["inquiries"]
    assert inquiries["columns"] == {
        "inquiry_id": "رقم الاستفسار",
        "client_id": "اسم العميل",
        "received_at": "تاريخ الاستفسار",
        "channel": "المصدر",
        "country": "الدولة",
        "owner": "المسؤول",
    }
    assert "attributes" not in inquiries
    first, reply = values["messages"]
    assert (first["columns"]["text"], first["columns"]["sender_name"]) == ("نص الاستفسار", "جهة الاتصال")
    assert (reply["columns"]["sent_at"], reply["columns"]["text"]) == ("تاريخ الرد", "نص الرد")
    assert result.tables.messages["direction"].value_counts().to_dict() == {"inbound": 60, "outbound": 30}
    assert values["outcomes"][0]["columns"]["order_value"] == "قيمة الطلب"


def test_the_message_is_preferred_to_the_title_of_the_request(folder):
    leads = table(60).rename(columns={"询盘内容": "Nachricht"})
    leads.assign(Anfrage=[f"Kugelhähne, {n} Stück für Halle {n}" for n in range(60)]).to_csv(
        folder / "a.csv", index=False
    )
    assert "text: Nachricht" in suggest_mapping(folder)


def closed_deals(folder, stage, stages, closing, filled=1):
    """Deals with a stage, whose values go round, and a closing date in each of so many."""
    lines = [f"ID;Компания;Дата создания;{stage};{closing}"]
    for n in range(60):
        closed = f"{n % 28 + 1:02}.03.2026" if n % filled == 0 else ""
        lines.append(f"{n + 1};Firm {n};{n % 28 + 1:02}.02.2026 09:00:00;{stages[n % len(stages)]};{closed}")
    (folder / "deals.csv").write_text("\n".join(lines), encoding="utf-8")


def test_a_stage_is_read_also_where_each_deal_has_a_closing_date(folder):
    closed_deals(
        folder,
        "Стадия сделки",
        ["Сделка успешна", "Сделка провалена", "Анализ причины провала", "Финальный счёт"],
        "Дата завершения",
    )
    values, result, _ = suggested(folder)
    assert values["outcomes"][0]["columns"]["status"]["column"] == "Стадия сделки"
    assert result.tables.outcomes["status"].value_counts().to_dict() == {"lost": 30, "won": 15, "open": 15}


@pytest.mark.parametrize("filled", [1, 2])
def test_a_closing_date_beside_unknown_words_is_no_win(folder, filled):
    closed_deals(folder, "Zrgl", ["alpha", "beta", "gamma", "delta"], "Дата завершения", filled)
    values, _, text = suggested(folder)
    assert "outcomes" not in values
    assert "STATUS UNKNOWN" in text
    assert "NO OUTCOME was found" in text
    assert "days" not in values["inquiries"][0].get("attributes", {})


def test_a_date_that_only_orders_have_is_a_win_and_the_draft_says_so_aloud(folder):
    closed_deals(folder, "Zrgl", ["alpha", "beta", "gamma", "delta"], "Дата заказа", 2)
    _, result, text = suggested(folder)
    assert "NO STATUS WAS FOUND: whatever has a 'Дата заказа' is taken as won" in text
    assert result.tables.outcomes["status"].value_counts().to_dict() == {"won": 30, "open": 30}


@pytest.mark.parametrize(
    ("value", "status"),
    [
        ("Сделка успешна", "won"),
        ("Не успешно", "lost"),
        ("Affaire conclue", "won"),
        ("Affaire non conclue", "lost"),
        ("Negociación fallida", "lost"),
        ("Nicht erfolgreich abgeschlossen", "lost"),
        ("Deal failed", "lost"),
        ("Başarısız", "lost"),
        ("失注", "lost"),
        *((value, "lost") for value in (
            "Voided", "Returned", "Refunded", "Not Qualified", "已作废", "已退货", "已退款", "已撤销",
            "Anulado", "Orden anulada", "Devuelto", "Reembolsado", "Descalificado", "Pedido anulado", "Devolvida", "Estornado",
            "Desqualificado", "Commande annulée", "Retournée", "Remboursé", "Disqualifié", "Non qualifié", "Contact impossible",
            "Plus intéressé", "Disqualifiziert", "Nicht qualifiziert", "Retourniert", "Erstattet", "Ungültig", "Аннулирован",
            "Заказ отменён", "Возврат", "Дисквалифицирован", "ملغى", "تم الإلغاء", "مرتجع", "غير مؤهل", "Annullato", "İptal edildi",
        )),
        *((value, None) for value in ("未作废", "Return customer")),
    ],
)  # fmt: skip
def test_stages_of_common_systems_are_known(value, status):
    assert meaning(value, "statuses") == status


def messages_of_records(folder, kinds, kind_name="Dokumentmodell"):
    """Leads, and a file of messages of records of several kinds whose ids collide; each lead has a system note too."""
    leads = table(40).drop(columns="询盘内容")
    leads["询盘编号"] = [str(1000 + n) for n in range(40)]
    leads.to_csv(folder / "crm.lead.csv", index=False)
    rows = []
    for n, at in enumerate(pd.to_datetime(leads["询盘时间"])):
        for kind, typ, subtype, days, text in [
            (kinds[0], "E-Mail", "Diskussionen", 0, f"We need {n} pumps for our project, please quote"),
            (kinds[0], "Systembenachrichtigung", "Erstellt", 0, f"Record {n} was created by somebody of the team"),
            (kinds[0], "Kommentar", "Notiz", 1, f"Internal remark {n}: call them back by next week"),
            (kinds[1], "E-Mail", "Diskussionen", -50, f"Order {n} was confirmed for quite another customer"),
        ]:
            rows.append((str(1000 + n), at + pd.Timedelta(days=days), kind, typ, subtype, f"b{n}@buyer{n}.com", text))
    names = ["询盘编号", "Datum", kind_name, "Typ", "Subtyp", "Von", "Inhalt"]
    pd.DataFrame(rows, columns=names).to_csv(folder / "messages.csv", index=False)


@pytest.mark.parametrize("kinds", [("Lead/Verkaufschance", "Verkaufsauftrag"), ("crm.lead", "sale.order")])
def test_messages_of_other_records_and_notes_are_no_messages_of_an_inquiry(folder, kinds):
    messages_of_records(folder, kinds)
    values, result, text = suggested(folder)
    (rule,) = values["messages"]
    assert rule["when"] == {"Dokumentmodell": [kinds[0]]}
    assert rule["unless"] == {"Typ": ["Systembenachrichtigung"], "Subtyp": ["Notiz"]}
    assert result.tables.messages["text"].str.startswith("We need").all()
    assert len(result.tables.messages) == 40
    assert "first_message" not in text


def test_what_is_no_message_begins_no_thread(folder):
    rows = []
    day = pd.Timestamp("2026-01-05 09:00")
    for n in range(40):
        at = day + pd.Timedelta(hours=30 * n)
        rows.append((f"t{n}", at, "", "system@ourfirm.com", f"Ticket {n} was opened by the system and assigned"))
        if n % 4:
            rows.append(
                (f"t{n}", at + pd.Timedelta(hours=1), "Inbound", f"bo@buyer{n}.com", f"We need {n} pumps please")
            )
        rows.append(
            (f"t{n}", at + pd.Timedelta(hours=2), "Outbound", "me@ourfirm.com", f"Here is our offer number {n}")
        )
    names = ["Thread ID", "Date", "Direction", "From", "Body"]
    pd.DataFrame(rows, columns=names).to_csv(folder / "mails.csv", index=False)
    values, result, _ = suggested(folder)
    assert values["inquiries"][0]["when_present"] == values["messages"][0]["when_present"] == ["Direction"]
    assert len(result.tables.inquiries) == 30
    assert not result.tables.inquiries["client_id"].str.contains("ourfirm").any()


def test_rows_that_neither_side_wrote_are_no_messages(folder):
    leads = table(40).drop(columns="询盘内容")
    leads.to_csv(folder / "询盘.csv", index=False)
    who = ["Входящее", "Исходящее", ""]
    rows = [
        (inquiry, at + pd.Timedelta(hours=n), who[n], f"We write number {n} about {inquiry} and its pumps")
        for inquiry, at in zip(leads["询盘编号"], pd.to_datetime(leads["询盘时间"]), strict=True)
        for n in range(3)
    ]
    pd.DataFrame(rows, columns=["询盘编号", "Дата", "Тип", "Текст"]).to_csv(folder / "messages.csv", index=False)
    values, result, text = suggested(folder)
    assert values["messages"][0]["when_present"] == ["Тип"]
    assert result.tables.messages["direction"].value_counts().to_dict() == {"inbound": 40, "outbound": 40}
    assert result.quarantine.empty
    assert "40 rows without 'Тип', which tells who wrote, are left out" in text


def test_records_of_unknown_kinds_are_named_aloud(folder):
    messages_of_records(folder, ("alpha", "beta"))
    _, _, text = suggested(folder)
    assert "RECORDS OF SEVERAL KINDS: 'Dokumentmodell' is one of ['alpha', 'beta']" in text


def mails_and_orders(folder, client):
    """Mails of 40 buyers, every fourth of a free mail service, and the orders of every second by `client`."""
    senders = [f"Bo <bo{n}@{'gmail.com' if n % 4 == 0 else f'Buyer{n}.com'}>" for n in range(40)]
    day = pd.Timestamp("2026-01-05 09:00")
    mails = {
        "thread_id": [f"t{n:03d}" for n in range(40)],
        "from": senders,
        "date": [f"{day + pd.Timedelta(days=n):%Y-%m-%d %H:%M}" for n in range(40)],
        "body": [f"We need {n} pumps for our project, please quote soon" for n in range(40)],
    }
    pd.DataFrame(mails).to_csv(folder / "mails.csv", index=False)
    orders = {
        "Order No": [f"SO-{n}" for n in range(0, 40, 2)],
        "Customer": [client(n) for n in range(0, 40, 2)],
        "Order Date": [f"{day + pd.Timedelta(days=n + 9):%Y-%m-%d}" for n in range(0, 40, 2)],
        "Net Amount": [100.5 + n for n in range(0, 40, 2)],
        "Currency": "USD",
        "Order Status": ["Cancelled" if n == 2 else "Released" for n in range(0, 40, 2)],
    }
    pd.DataFrame(orders).to_csv(folder / "orders_erp.csv", index=False)


def test_orders_that_know_a_mail_domain_and_a_date_are_drafted(folder):
    mails_and_orders(folder, lambda n: "gmail.com" if n % 4 == 0 else f"buyer{n}.com")
    values, result, text = suggested(folder)
    assert values["inquiries"][0]["columns"]["client_id"] == {"domain": "from"}
    assert values["outcomes"][0]["by_client"]["client_id"] == {"domain": "Customer"}
    assert values["outcomes"][0]["unless"] == {"Order Status": ["Cancelled"]}
    assert len(result.tables.outcomes) == 9
    assert set(result.tables.inquiries["client_id"][:2]) == {"bo0@gmail.com", "buyer1.com"}
    assert any("10 rows with addresses of free mail services (10 different)" in note for note in result.notes)
    assert "HOW LONG DO YOURS TAKE?" in text
    assert "NO OUTCOME" not in text


def test_orders_that_know_a_mail_address_and_a_date_are_drafted(folder):
    mails_and_orders(folder, lambda n: f"bo{n}@gmail.com" if n % 4 == 0 else f"bo{n}@buyer{n}.com")
    values, result, _ = suggested(folder)
    assert values["outcomes"][0]["by_client"]["client_id"] == {"domain": "Customer"}
    assert len(result.tables.outcomes) == 19


@pytest.mark.parametrize(
    ("column", "void", "valid"),
    [
        ("作废状态", "已作废", "未作废"), ("是否作废", "是", "否"), ("是否作废", "已作废", "未作废"), ("Voided", "TRUE", "FALSE"),
        ("Anulado", "Sí", "No"), ("Storniert", "ja", "nein"), ("Annulée", "oui", "non"), ("Пометка удаления", "Да", "Нет"), ("ملغى", "نعم", "لا"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("link", ["client", "inquiry"])
def test_orders_that_a_column_calls_void_are_left_out(folder, column, void, valid, link):
    leads = table(60).drop(columns=["状态", "成交时间"])
    leads.to_csv(folder / "询盘.csv", index=False)
    named = {"询盘编号": "", "客户": leads["客户编号"][::3]} if link == "client" else {}
    told = {"订单状态": "已审核", column: [void if n % 4 == 0 else valid for n in range(20)]}
    orders(leads[::3], **(told | named)).to_csv(folder / "订单.csv", index=False)
    values, result, text = suggested(folder)
    assert values["outcomes"][0]["unless"] == {column: [void]}
    assert set(result.tables.outcomes["status"]) == {"won"}
    kept = sum(1000 * (n + 1) + 120.16 for n in range(20) if n % 4)
    assert result.tables.outcomes["order_value"].sum() == pytest.approx(kept)
    assert "came to nothing" in text


def test_a_status_that_says_not_yet_is_no_order_that_was_placed(folder):
    leads = table(60).drop(columns=["状态", "成交时间"])
    leads.to_csv(folder / "询盘.csv", index=False)
    told = [
        "Entregado",
        "No entregado",
        "Presupuesto enviado",
        "Nicht versandt",
        "Не оплачен",
        "Non livrée",
        "لم يتم التسليم",
    ]
    orders(leads[::3], 订单状态=[told[n % 7] for n in range(20)]).to_csv(folder / "pedidos.csv", index=False)
    values, _, _ = suggested(folder)
    known = values["outcomes"][0]["columns"]["status"]["values"]
    assert [value for value, result in known.items() if result == "won"] == ["Entregado"]


@pytest.mark.parametrize(("dated", "kept"), [(None, False), ("Created at", False), ("Updated at", True)])
def test_what_grows_with_time_is_not_told_of_the_past_of_a_client(folder, dated, kept):
    table(60).to_csv(folder / "询盘.csv", index=False)
    clients = {
        "客户编号": [f"K{n}" for n in range(7)],
        "Company": [f"Firm {n}" for n in range(7)],
        "Country": ["Germany", "France"] * 3 + ["Spain"],
        "Import count": [3 + 2 * n for n in range(7)],
        "Last import date": [f"2026-02-{1 + n:02d}" for n in range(7)],
    }
    clients |= {dated: [f"2025-03-{1 + n:02d} 10:00" for n in range(7)]} if dated else {}
    pd.DataFrame(clients).to_csv(folder / "clients.csv", index=False)
    values, _, text = suggested(folder)
    columns = values["clients"][0]["columns"]
    assert {"company", "country"} <= set(columns)
    assert ("import_count" in columns) is kept
    assert ("last_import_at" in columns) is kept
    assert ("GROWS WITH TIME" in text) is not kept


def test_our_own_domains_may_be_several(folder):
    mails = []
    for n in range(60):
        ours = ["Mei <mei@our-valves.com>", "tom@our-valves.cn"][n % 2]
        mails += [(f"t{n:03d}", f"bo@buyer{n}.com", 0), (f"t{n:03d}", ours, 5), (f"t{n:03d}", f"bo@buyer{n}.com", 9)]
    day = pd.Timestamp("2026-01-05 09:00")
    rows = [
        (
            thread,
            sender,
            f"{day + pd.Timedelta(hours=20 * n + hours):%Y-%m-%d %H:%M}",
            f"We write number {n} about pumps",
        )
        for n, (thread, sender, hours) in enumerate(mails)
    ]
    pd.DataFrame(rows, columns=["thread_id", "from", "date", "body"]).to_csv(folder / "mails.csv", index=False)
    _, result, text = suggested(folder)
    assert result.tables.messages["direction"].value_counts().to_dict() == {"inbound": 120, "outbound": 60}
    assert "'our-valves.cn'" in text
    assert "'our-valves.com'" in text


def test_a_flag_is_no_name_of_a_company(folder):
    table(60).to_csv(folder / "询盘.csv", index=False)
    partners = {"客户编号": [f"K{n}" for n in range(7)], "Ist ein Unternehmen": ["True", "False"] * 3 + ["True"]}
    partners["Unternehmensname"] = [f"Firma {n}" for n in range(7)]
    pd.DataFrame(partners).to_csv(folder / "clients.csv", index=False)
    values, _, _ = suggested(folder)
    assert values["clients"][0]["columns"]["company"] == "Unternehmensname"


def test_why_a_deal_was_lost_and_whether_it_is_archived_are_no_attributes(folder):
    rows = table(60, Verlustgrund=["", "Zu teuer", ""] * 20, Aktiv=["True", "False", "True"] * 20)
    rows.to_csv(folder / "a.csv", index=False)
    values, _, _ = suggested(folder)
    assert forbidden(values) == {"Verlustgrund", "Aktiv"}


def test_a_reason_of_loss_beside_orders_is_named_as_what_tells_the_lost(folder):
    leads = table(60, Verlustgrund=["", "Zu teuer", ""] * 20).drop(columns=["状态", "成交时间"])
    leads.to_csv(folder / "询盘.csv", index=False)
    orders(leads[::3]).to_csv(folder / "订单.csv", index=False)
    text = suggest_mapping(folder)
    assert "LOST: 'Verlustgrund' of 询盘.csv, filled in 33% of the rows, tells what was lost" in text


def test_arabic_digits_and_lakhs_are_known_as_times_and_amounts(folder):
    digits = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
    rows = ["رقم الاستفسار;تاريخ الاستفسار;اسم العميل;نص الاستفسار;الحالة;قيمة الطلب"]
    for n in range(40):
        row = f"{1000 + n};{n % 28 + 1:02d}/03/2025 {n % 12 + 1:02d}:05 {'ص' if n % 2 else 'م'}".translate(digits)
        mark = "\u200f" * (n % 3 == 0)
        status = ("فوز", "خسارة", "جديد")[n % 3]
        value = f"{n + 1},25,{100 + n}.50" if n % 3 == 0 else ""
        rows.append(
            f"{row};{mark}شركة النور {n % 7};نرجو إرسال عرض سعر لعدد {n} قطعة مع مدة التسليم;{mark}{status};{value}"
        )
    (folder / "x.csv").write_text("\n".join(rows), encoding="utf-8")
    values, result, text = suggested(folder)
    assert values["inquiries"][0]["columns"]["received_at"] == {
        "column": "تاريخ الاستفسار",
        "format": "%d/%m/%Y %I:%M %p",
    }
    assert values["outcomes"][0]["columns"]["status"]["values"] == {"جديد": "open", "خسارة": "lost", "فوز": "won"}
    assert values["outcomes"][0]["columns"]["order_value"] == "قيمة الطلب"
    assert "\u200f" not in text
    assert result.tables.inquiries["client_id"].nunique() == 7
    assert result.tables.inquiries["inquiry_id"].iloc[0] == "1000"
    assert result.tables.outcomes["order_value"].dropna().iloc[1] == 425103.5


@pytest.mark.parametrize("way", ["{n:02d}/03/2568", "{n:02d}/03/68", "令和7年3月{n}日", "2568-03-{n:02d}"])
def test_dates_of_another_calendar_are_named_not_passed_by(folder, way):
    rows = [
        f"Q{n},{way.format(n=n % 28 + 1)},Client {n % 7},Please quote {n} pumps with delivery time,open"
        for n in range(40)
    ]
    (folder / "x.csv").write_text("\n".join(["id,Received,Client,Message,Status", *rows]), encoding="utf-8")
    text = suggest_mapping(folder)
    assert "timeless: true" in text
    assert f"'Received' of x.csv LOOKS LIKE DATES, such as '{way.format(n=1)}'" in text


def test_a_column_named_as_the_time_of_receipt_that_cannot_be_read_is_named(folder):
    rows = [
        f"Q{n},week {n % 9} of term {n},Client {n % 7},Please quote {n} pumps with delivery time,open"
        for n in range(40)
    ]
    (folder / "x.csv").write_text("\n".join(["id,Received,Client,Message,Status", *rows]), encoding="utf-8")
    text = suggest_mapping(folder)
    assert "timeless: true" in text
    assert "NO TIME COULD BE READ: 'Received' is named as one of receipt, and holds 'week 0 of term 0'" in text


def test_an_export_whose_times_name_the_half_of_the_day_has_times(folder):
    rows = [
        f"X{n},客户{n % 9},2025年{n % 12 + 1}月{n % 28 + 1}日 下午{n % 11 + 1}:05,需要{n}个阀门请报价,成交"
        for n in range(40)
    ]
    (folder / "询盘.csv").write_text(
        "\n".join(["询盘编号,公司名称,询盘时间,询盘内容,成交状态", *rows]), encoding="utf-8"
    )
    values, result, _ = suggested(folder)
    assert values["inquiries"][0]["columns"]["received_at"] == {"column": "询盘时间", "format": "%Y年%m月%d日 %I:%M %p"}
    assert result.tables.inquiries["received_at"].dt.hour.min() == 13


def crm_by_name(folder, words, same=False):
    """Opportunities, and the mails that name them by their topic, as Dynamics 365 exports both."""
    key, topic, account, name, state, revenue, created, about, body, way, lost = words
    rows = range(60)
    topics = [f"{topic} {0 if same else n} valves" for n in rows]
    columns = {
        key: [f"{n:03d}-ab{n * 7:04d}-x" for n in rows],
        topic: topics,
        account: [f"Firma {n % 23}" for n in rows],
        name: [f"Ana Mora {n % 31}" for n in rows],
        state: [["Won", lost, "Open"][n % 3] for n in rows],
        revenue: [f"{n + 1},000.50" if n % 3 == 0 else None for n in rows],
        created: [f"{1 + n % 28:02d}/{1 + n // 28:02d}/2026 09:30" for n in rows],
    }
    pd.DataFrame(columns).to_csv(folder / "opportunities.csv", index=False)
    mails = {
        about: [*topics, *topics, *["some case"] * 7],
        way: ["Incoming"] * 60 + ["Outgoing"] * 67,
        body: [f"Please quote {n} valves for our plant with the delivery time" for n in range(127)],
        created: [f"{1 + n % 28:02d}/03/2026 10:30" for n in range(127)],
    }
    pd.DataFrame(mails).to_csv(folder / "emails.csv", index=False)


@pytest.mark.parametrize(
    "words",
    [
        ("Opportunity ID", "Topic", "Potential Customer", "Name", "Status", "Actual Revenue", "Created On", "Regarding", "Description", "Direction", "Disqualified"),
        ("ID", "Rubrique", "Compte", "Nom", "Statut", "Revenu réel", "Créé le", "Concernant", "Description", "Direction", "Disqualifiée"),
        ("ID", "Thema", "Potenzieller Kunde", "Nachname", "Status", "Tatsächlicher Umsatz", "Erstellt am", "Bezug", "Beschreibung", "Richtung", "Disqualifiziert"),
        ("ID", "Tema", "Cuenta", "Nombre", "Estado", "Ingresos reales", "Creado el", "Referente a", "Descripción", "Dirección", "Descalificado"),
        ("ID", "Tópico", "Conta", "Nome", "Situação", "Receita Real", "Criado em", "Referente a", "Descrição", "Direção", "Desqualificado"),
    ],
)  # fmt: skip
def test_mails_that_name_their_opportunity_by_its_topic_are_looked_up_by_that(folder, words):
    crm_by_name(folder, words)
    values, result, text = suggested(folder)
    assert values["messages"][0]["lookup"] == [{"file": "opportunities", "on": {words[7]: words[1]}}]
    assert len(result.tables.messages) == 120
    assert "7 ROWS name no inquiry of 'opportunities' and are left out" in text
    assert values["inquiries"][0]["columns"]["client_id"] == words[2]
    assert values["outcomes"][0]["columns"]["order_value"] == words[5]
    assert result.tables.outcomes["status"].value_counts().to_dict() == {"won": 20, "lost": 20, "open": 20}
    assert "attributes" not in values["inquiries"][0]  # a person's name is none


def test_a_topic_that_inquiries_share_links_no_mail_and_a_remark_says_so(folder):
    words = (
        "ID",
        "Topic",
        "Account",
        "Name",
        "Status",
        "Revenue",
        "Created On",
        "Regarding",
        "Body",
        "Direction",
        "Lost",
    )
    crm_by_name(folder, words, same=True)
    text = suggest_mapping(folder)
    assert "LINKED BY A NAME THAT REPEATS: 'Regarding' of emails.csv holds 'Topic' of opportunities.csv" in text


def erp_orders(leads, **columns):
    """Order lines as Chinese ERPs list them: of a client and a day, of no inquiry."""
    plain = {
        "单据编号": [f"XS{n:05d}" for n in range(20)],
        "日期": [f"2026/08/{1 + n:02d}" for n in range(20)],
        "客户": leads["客户编号"][::3].to_numpy(),
        "币别": "美元",
        "金额": [f"{90 + n}.00" for n in range(20)],
        "价税合计": [f"{100 + n}.50" for n in range(20)],
        "单据状态": "已审核",
    }
    return pd.DataFrame(plain | columns)


@pytest.mark.parametrize(
    ("names", "sheets"),
    [
        ({}, ["销售订单"]),
        ({"日期": "单据日期"}, ["2025年", "2026年"]),
        ({"日期": "订单日期", "价税合计": "原币价税合计", "单据编号": "订单号", "单据状态": "关闭状态"}, ["Sheet1"]),
    ],
)
@pytest.mark.parametrize("handled", [False, True])
def test_order_lists_of_chinese_systems_are_drafted_by_client(folder, names, sheets, handled):
    leads = table(60).drop(columns=["状态", "成交时间"])
    leads = leads.assign(处理状态=["已回复", "跟进中"] * 30) if handled else leads  # which says nothing of won
    leads.to_csv(folder / "询盘.csv", index=False)
    told = {"单据状态": ["未关闭", "已关闭"] * 10} if "单据状态" in names else {}
    sold = erp_orders(leads, **told).rename(columns=names)
    with pd.ExcelWriter(folder / "销售订单列表.xlsx") as book:
        for n, sheet in enumerate(sheets):
            sold.iloc[n :: len(sheets)].to_excel(book, sheet_name=sheet, index=False)
        pd.DataFrame({"a": ["b"]}).to_excel(book, sheet_name="说明", index=False)
    values, result, _ = suggested(folder)
    rule = values["outcomes"][0]
    assert rule["by_client"]["client_id"] == "客户"
    assert rule["columns"]["order_value"] == names.get("价税合计", "价税合计")
    assert result.tables.outcomes["order_value"].sum() == sum(100.5 + n for n in range(20))


@pytest.mark.parametrize(
    ("title", "names"),
    [
        ("Pedidos - Hoja 1", ("Nº Pedido", "Fecha", "Teléfono", "Importe", "Estado", "Entregado", "Cancelado")),
        ("Ventas", ("Nº Pedido", "Fecha", "Teléfono", "Importe", "Estado", "Enviado", "Anulado")),
        ("Commandes", ("N° commande", "Date", "Téléphone", "Montant", "Statut", "Livrée", "Annulée")),
        ("Verkauf", ("Auftragsnummer", "Datum", "Telefon", "Betrag", "Status", "Geliefert", "Storniert")),
        ("销售订单", ("订单号", "日期", "电话", "金额", "状态", "已发货", "已取消")),
        ("Заказы", ("№ заказа", "Дата", "Телефон", "Сумма", "Статус", "Доставлен", "Отменён")),
    ],
)
def test_chats_are_the_inquiries_beside_a_sheet_of_orders_whose_clients_order_twice(folder, title, names):
    number, date, phone, value, status, done, cancelled = names
    phones = [f"+55 11 9{4000 + 7 * n} 1{n:03d}" for n in range(60)]
    day = pd.Timestamp("2026-01-05 09:00")
    chats = [
        {"phone": p, "date": f"{day + pd.Timedelta(days=n, hours=h):%Y-%m-%d %H:%M}", "sender": who, "message": f"{who}: {n} pumps, what price and delivery time?"}
        for n, p in enumerate(phones)
        for h, who in enumerate(["Buyer", "Sales"])
    ]  # fmt: skip
    pd.DataFrame(chats).to_csv(folder / "chats.csv", index=False)
    rows = [(p, k) for p in phones[::2] for k in range(2)]
    sold = {
        number: [f"P-{n:04d}" for n in range(len(rows))],
        date: [f"{day + pd.Timedelta(days=20 + n):%Y-%m-%d}" for n in range(len(rows))],
        phone: [p for p, _ in rows],
        value: [f"{100 + n}.00" for n in range(len(rows))],
        status: [cancelled if n % 6 == 0 else done for n in range(len(rows))],
    }
    pd.DataFrame(sold).to_csv(folder / f"{title}.csv", index=False)
    values, result, _ = suggested(folder)
    assert values["inquiries"][0]["columns"]["inquiry_id"] == "phone"
    assert (len(result.tables.inquiries), len(result.tables.messages)) == (60, 120)
    assert values["outcomes"][0]["one_per_key"] == "sum"
    assert values["outcomes"][0]["columns"]["decided_at"] == date
    assert values["outcomes"][0]["columns"]["status"]["values"] == {cancelled: "lost", done: "won"}


def test_chats_that_share_some_phones_with_the_inquiries_are_named_as_linked(folder):
    table(60, 电话=[f"+49 151 {n:06d}" for n in range(60)]).to_csv(folder / "询盘.csv", index=False)
    chats = {
        "phone": [f"+49 151 {n % 50:06d}" for n in range(100)],
        "date": "2026-03-05 10:00",
        "message": [f"We need {n} pumps, what is your price?" for n in range(100)],
    }
    pd.DataFrame(chats).to_csv(folder / "chats.csv", index=False)
    assert "LINKED: 'phone' holds values of '电话'" in suggest_mapping(folder)


@pytest.mark.parametrize(
    ("column", "names", "codes"),
    [
        ("Moeda", ["Real brasileiro", "Dólar americano", "Euro"], ["BRL", "USD", "EUR"]),
        ("币种", ["人民币", "美元", "欧元"], ["CNY", "USD", "EUR"]),
        ("Currency", ["US Dollar", "Euro", "Chinese Yuan"], ["USD", "EUR", "CNY"]),
        ("Moneda", ["Dólar estadounidense", "Euro", "Peso mexicano"], ["USD", "EUR", "MXN"]),
        ("Devise", ["Dollar des États-Unis", "Euro", "Livre sterling"], ["USD", "EUR", "GBP"]),
        ("Währung", ["US-Dollar", "Euro", "Schweizer Franken"], ["USD", "EUR", "CHF"]),
        ("Валюта", ["Доллар США", "Евро", "Российский рубль"], ["USD", "EUR", "RUB"]),
        ("العملة", ["دولار أمريكي", "يورو", "ريال سعودي"], ["USD", "EUR", "SAR"]),
    ],
)
def test_currencies_named_in_words_are_drafted_as_codes(folder, column, names, codes):
    amounts = {"成交金额": [f"{100 + n}.50" for n in range(60)], column: [names[n % 3] for n in range(60)]}
    table(60, **amounts).to_csv(folder / "a.csv", index=False)
    values, result, _ = suggested(folder)
    assert values["outcomes"][0]["columns"]["currency"]["values"] == dict(zip(names, codes, strict=True))
    assert set(result.tables.outcomes["currency"].dropna()) <= set(codes)
    assert not any("no codes of currencies" in note for note in result.notes)


@pytest.mark.parametrize(
    "name", ["Negócio - Valor ponderado", "Valor ponderado", "Montant pondéré", "Gewichteter Wert"]
)
def test_a_weighted_value_is_a_forecast(folder, name):
    table(60, **{name: [f"{100 + n}.50" for n in range(60)]}).to_csv(folder / "a.csv", index=False)
    values, _, _ = suggested(folder)
    assert name in forbidden(values)


@pytest.mark.parametrize(
    "name", ["Total de atividades", "Número de actividades", "Nombre d'activités", "Anzahl Aktivitäten"]
)
def test_a_count_of_activities_is_no_attribute(folder, name):
    table(60, **{name: [str(n % 9) for n in range(60)]}).to_csv(folder / "a.csv", index=False)
    values, _, _ = suggested(folder)
    assert name in forbidden(values)


@pytest.mark.parametrize("notice", ["Messages and calls are encrypted.", None])
def test_notices_of_a_chat_program_begin_no_thread_and_the_direction_it_words_can_be_taken(folder, notice):
    day = pd.Timestamp("2026-01-05 09:00")
    rows = []
    for n in range(40):
        at = [f"{day + pd.Timedelta(days=n, hours=h):%Y-%m-%d %H:%M}" for h in range(3)]
        phone = f"+52 55 {n:04d} 7711"
        rows += [(phone, at[0], None, notice or f"A note of its own {n} for the team")] if n % 2 else []
        rows += [
            (phone, at[1], f"Buyer {n}", f"We need {n} pumps, what price?"),
            (phone, at[2], "Valvex", f"We offer {n}"),
        ]
    pd.DataFrame(rows, columns=["chat_id", "date", "sender", "message"]).to_csv(folder / "chats.csv", index=False)
    values, result, text = suggested(folder)
    assert ("when_present" in values["messages"][0]) == (notice is not None)
    assert len(result.tables.messages) == (80 if notice else 100)
    if notice:
        assert values["inquiries"][0]["when_present"] == ["sender"]
        assert "20 rows without 'sender', which say the same again and again" in text
        worded = yaml.safe_load(text.split("it would be direction: ")[1].split("\n")[0])
        values["messages"][0]["columns"]["direction"] = worded
        (folder.parent / "worded.yaml").write_text(yaml.safe_dump(values), encoding="utf-8")
        messages = read_export(folder, load_mapping(folder.parent / "worded.yaml")).tables.messages
        assert messages["direction"].value_counts().to_dict() == {"inbound": 40, "outbound": 40}


def test_the_name_of_a_record_again_is_not_what_its_buyer_wrote(folder):
    names = [f"Inquiry about stainless valves, company {n}, project {n * 7}" for n in range(60)]
    plain = table(60).drop(columns="询盘内容").assign(**{"Topic": names, "Originating Lead": names})
    plain.to_csv(folder / "a.csv", index=False)
    values, _, _ = suggested(folder)
    assert values["inquiries"][0]["columns"]["subject"] == "Topic"
    assert "messages" not in values


@pytest.mark.parametrize(
    ("written", "codes"),
    [
        (("0.8万美元", "6200元"), {"USD", "CNY"}),
        (("3.5k€", "2 k USD"), {"EUR", "USD"}),
        (("2亿日圆", "1.1万港币"), {"JPY", "HKD"}),
        (("HK$9,100", "4萬歐元"), {"HKD", "EUR"}),
    ],
)
def test_a_unit_before_the_currency_hides_neither(folder, written, codes):
    won = [f"{written[n % 2]}" if n % 3 == 0 else None for n in range(60)]
    table(60, 成交金额=won).to_csv(folder / "a.csv", index=False)
    outcomes = suggested(folder)[1].tables.outcomes
    assert set(outcomes["currency"].dropna()) == codes
    assert outcomes["order_value"].notna().sum() == 20


def test_amounts_of_a_currency_nobody_knows_are_pointed_out(folder):
    won = [["5100 美元", "730 pataca"][n % 9 == 0] if n % 3 == 0 else None for n in range(60)]
    table(60, 成交金额=won).to_csv(folder / "a.csv", index=False)
    assert "'成交金额' MAY BE THE ORDER'S VALUE, but 35% of its cells are no amounts, such as '730 pataca'" in (
        suggest_mapping(folder)
    )


def notes_beside(folder, title, name, **columns):
    """The table of inquiries beside a file of what the own team noted about each, later."""
    inquiries = table(30)
    inquiries.to_csv(folder / "询盘.csv", index=False)
    day = pd.Timestamp("2026-02-01 10:00")
    plain = {
        "询盘编号": inquiries["询盘编号"],
        "日期": [f"{day + pd.Timedelta(days=3 * n):%Y-%m-%d %H:%M}" for n in range(30)],
        name: [f"They liked our offer number {n} and pay the deposit on Friday" for n in range(30)],
    }
    pd.DataFrame(plain | columns).to_csv(folder / f"{title}.csv", index=False)


@pytest.mark.parametrize("title", ["notes", "客户跟进记录"])
def test_whom_notes_are_about_does_not_make_them_a_buyers_words(folder, title):
    notes_beside(folder, title, "Content", **{"Contact name": [f"Bo {n}" for n in range(30)]})
    values, _, text = suggested(folder)
    assert [rule["from"] for rule in values["messages"]] == ["询盘"]
    assert f"NO MESSAGES ARE READ FROM {title}.csv" in text


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("export-7", "Note content"),
        ("engagements", "Notas"),
        ("notas", "Texto"),
        ("Notizen", "Inhalt"),
        ("remarques internes", "Contenu"),
        ("заметки", "Текст"),
        ("跟进情况", "沟通内容"),
        ("anotações", "Conteúdo"),
        ("ملاحظات", "المحتوى"),
    ],
)
def test_notes_of_our_own_team_are_no_messages_where_nothing_tells_who_wrote(folder, title, name):
    notes_beside(folder, title, name)
    values, result, text = suggested(folder)
    assert [rule["from"] for rule in values["messages"]] == ["询盘"]
    assert len(result.tables.messages) == 30
    assert f"NO MESSAGES ARE READ FROM {title}.csv: {name!r}" in text
    offered = yaml.safe_load(text.split("the rule of messages would be ")[1].split("\n")[0])
    assert offered["columns"]["text"] == name


@pytest.mark.parametrize(
    ("title", "name", "columns"),
    [
        ("comments", "body", {"author_id": [str(700 + n % 7) for n in range(30)]}),
        ("contact_form", "Notes", {}),
        ("form_submissions", "Description", {"Contact name": [f"Bo {n}" for n in range(30)]}),
        ("details", "Remarks", {"phone": [f"+1 202 555 {1000 + n}" for n in range(30)]}),
        ("客户留言", "备注", {}),
        (
            "询盘明细",
            "采购需求备注",
            {"需求说明": [f"不锈钢水泵 {n} 台，要求尽快交货，请报最优价格" for n in range(30)]},
        ),
        ("Formulareingänge", "Notiz", {}),
        ("formularios", "Comentarios", {}),
        ("demandes", "Commentaire", {}),
        ("заявки_с_сайта", "Комментарий", {}),
    ],
)
def test_what_a_form_or_its_buyer_calls_a_comment_or_note_is_a_message(folder, title, name, columns):
    notes_beside(folder, title, name, **columns)
    values, _, text = suggested(folder)
    assert "NO MESSAGES ARE READ" not in text
    assert [rule["from"] == "询盘" for rule in values["messages"]] == [False, True]  # what the buyer wrote first


@pytest.mark.parametrize("name", ["Remarks", "Comment", "Notes", "备注"])
@pytest.mark.parametrize(
    ("title", "columns"),
    [
        ("orders", {"Order date": "日期", "Order value": "250.50"}),
        ("orders", {"Date": "日期", "Order value": "250.50"}),
        ("history", {"Changed at": "日期", "Status": ["won", "lost", "open"] * 10}),
        ("history", {"Date": "日期", "Status": ["won", "lost", "open"] * 10}),
    ],
)
def test_remarks_on_an_order_or_a_stage_are_no_messages_and_need_no_word(folder, title, columns, name):
    notes_beside(folder, title, name)
    rows = pd.read_csv(folder / f"{title}.csv")
    rows = rows.assign(**{k: rows["日期"] if v == "日期" else v for k, v in columns.items()}).drop(columns="日期")
    rows.to_csv(folder / f"{title}.csv", index=False)
    values, _, text = suggested(folder)
    assert [rule["from"] for rule in values["messages"]] == ["询盘"]
    assert "NO MESSAGES ARE READ" not in text


def test_notes_beside_a_column_that_tells_who_wrote_are_messages(folder):
    notes_beside(folder, "notes", "Note body", Direction=["Incoming", "Outgoing"] * 15)
    values, _, _ = suggested(folder)
    assert [rule["from"] for rule in values["messages"]] == ["notes", "询盘"]


@pytest.mark.parametrize(
    "name",
    [
        "下次沟通时间",
        "Next contact date",
        "Fecha de próximo contacto",
        "Nächster Termin",
        "Date de prochaine relance",
        "Дата следующего звонка",
        "Próximo contato em",
        "تاريخ المتابعة القادمة",
    ],
)
@pytest.mark.parametrize("place", ["before", "behind"])
def test_a_message_is_not_dated_by_what_was_to_come(folder, name, place):
    with_messages(folder, ("收", "发"), "方向")
    messages = pd.read_csv(folder / "messages.csv").rename(columns={"日期": "沟通时间"})
    later = pd.to_datetime(messages["沟通时间"]) + pd.Timedelta(days=20)
    messages.insert(0 if place == "before" else 4, name, later.dt.strftime("%Y-%m-%d %H:%M"))
    messages.to_csv(folder / "messages.csv", index=False)
    values, _, _ = suggested(folder)
    assert values["messages"][0]["columns"]["sent_at"] == "沟通时间"


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("预约时间", False),
        ("咨询/预约时间", False),
        ("采购计划提交时间", False),
        ("计划时间", True),
        ("Scheduled at", True),
        ("Programado el", True),
    ],
)
def test_a_time_that_may_have_been_to_come_is_better_than_none(folder, name, asked):
    rows = table(60).drop(columns="成交时间").rename(columns={"询盘时间": name})
    rows.to_csv(folder / "a.csv", index=False)
    values, _, text = suggested(folder)
    assert values["inquiries"][0]["columns"]["received_at"] == name
    assert (f"RECEIVED WHEN? {name!r}" in text) == asked


def test_a_second_body_fills_the_texts_that_the_first_lacks(folder):
    html = [f"<p>Price of {n} pumps?</p>" for n in range(60)]
    with_messages(folder, ("收", "发"), "方向", text="Text body", **{"HTML body": html})
    messages = pd.read_csv(folder / "messages.csv")
    messages.loc[::3, "Text body"] = None
    messages.to_csv(folder / "messages.csv", index=False)
    values, result, text = suggested(folder)
    assert values["messages"][0]["columns"]["text"] == {"first_of": ["Text body", "HTML body"]}
    assert result.tables.messages["text"].str.len().min() > 0
    assert "'Text body': where it is empty the text is that of 'HTML body'" in text


@pytest.mark.parametrize(
    ("name", "yes", "no"),
    [
        ("IsDeleted", "true", "false"),
        ("Eliminado", "Sí", "No"),
        ("是否已删除", "是", "否"),
        ("Gelöscht", "1", "0"),
        ("Supprimé", "Oui", "Non"),
        ("Excluído", "Sim", "Não"),
        ("Удалено", "да", "нет"),
        ("محذوف", "نعم", "لا"),
        ("In recycle bin", "yes", "no"),
        ("En la papelera", "Sí", "No"),
        ("В корзине удалённых", "да", "нет"),
        ("已被删除", "是", "否"),
    ],
)
def test_rows_of_a_recycle_bin_are_left_out(folder, name, yes, no):
    live = table(60, **{name: [no] * 60})
    pd.concat([live, live.iloc[:6].assign(**{name: yes})]).to_csv(folder / "a.csv", index=False)
    values, result, text = suggested(folder)
    assert values["inquiries"][0]["unless"] == values["outcomes"][0]["unless"] == {name: [yes]}
    assert name not in forbidden(values)
    assert f"DELETED ROWS ARE LEFT OUT: 6 of a.csv, as {name!r} says; is that so?" in text
    assert (len(result.tables.inquiries), len(result.tables.messages)) == (60, 60)


@pytest.mark.parametrize(
    "name",
    [
        *("Recycled material", "Recycled content", "Recycled", "Old pump removed", "Deleted from spec", "Not deleted"),
        *("Es borrador", "Excluido de IVA", "Apagado automático", "В корзине", "Удалённый монтаж", "Не удалено"),
        *(
            "未删除",
            "是否未删除",
            "删除旧标签",
            "不删除",
            "Nicht gelöscht",
            "Non supprimé",
            "Não excluído",
            "غير محذوف",
        ),
    ],
)
def test_a_flag_of_something_else_leaves_no_row_out(folder, name):
    table(60, **{name: ["是" if n % 4 == 0 else "否" for n in range(60)]}).to_csv(folder / "a.csv", index=False)
    values, result, _ = suggested(folder)
    assert "unless" not in values["inquiries"][0]
    assert len(result.tables.inquiries) == 60


@pytest.mark.parametrize(
    "name",
    [
        *(
            "SystemModstamp",
            "Modificado",
            "Fecha de actualización",
            "Mis à jour le",
            "Aktualisiert am",
            "Data de alteração",
        ),
        *("Отредактировано", "تاريخ التعديل", "编辑时间"),
    ],
)
def test_when_a_record_was_changed_is_no_attribute(folder, name):
    table(60, **{name: [f"2026-07-{1 + n % 28:02d} 10:00" for n in range(60)]}).to_csv(folder / "a.csv", index=False)
    assert name in forbidden(suggested(folder)[0])


@pytest.mark.parametrize(
    "name",
    [
        *("Fiscal year", "Trimestre fiscal", "Geschäftsjahr", "Exercice", "Финансовый год", "财季"),
        *(
            "Días para ganar",
            "Dias até o fim",
            "Jours avant la fin",
            "Tage bis Ende",
            "Дней до конца",
            "الأيام حتى النهاية",
        ),
        *(
            "预估金额",
            "预计金额",
            "Importe estimado",
            "Geschätzter Umsatz",
            "Montant estimé",
            "المبلغ المتوقع",
        ),
        *("财政年度", "Année fiscale", "Дней до закрытия", "Días hasta el cierre"),
    ],
)
def test_what_is_told_of_the_close_by_its_name_is_no_attribute(folder, name):
    table(60, **{name: [str(1 + n % 4) for n in range(60)]}).to_csv(folder / "a.csv", index=False)
    assert name in forbidden(suggested(folder)[0])


@pytest.mark.parametrize(
    "name",
    [
        *("Régimen fiscal", "ID fiscal", "Fiscal representative", "财政部", "معدل الاستهلاك"),
        *(
            "Revised drawing",
            "Zmienność napięcia",
            "Alteração de uso",
            "Aktualisierungsservice",
            "预期采购量",
            "预估数量",
        ),
        *("Дней до поставки", "Tage bis Versand", "Días para recibir", "Предполагаемый объём", "الكمية المتوقعة"),
    ],
)
def test_what_the_buyer_told_is_an_attribute_though_its_name_sounds_like_a_later_state(folder, name):
    table(60, **{name: [str(1 + n % 4) for n in range(60)]}).to_csv(folder / "a.csv", index=False)
    assert name not in forbidden(suggested(folder)[0])


def test_columns_that_say_again_when_it_was_decided_or_what_it_was_worth_are_no_attributes(folder):
    rows = table(240, 成交金额=[f"{1000 + 17 * n}.50" for n in range(240)])
    days = [10 + n % 23 for n in range(240)]
    came = pd.to_datetime(rows["询盘时间"])
    decided = came + pd.to_timedelta(days, unit="D")
    rows["成交时间"] = decided.dt.strftime("%Y-%m-%d %H:%M").where(rows["状态"] != "跟进中")
    told = {
        "a": decided.dt.quarter.astype("str"),
        "b": decided.dt.year.astype("str"),
        "c": decided.dt.strftime("%Y-%m"),
        "d": "Q" + decided.dt.quarter.astype("str") + "/" + decided.dt.year.astype("str"),
        "e": pd.Series(days).astype("str"),
        "f": decided.dt.strftime("%d.%m.%Y"),
        "g": rows["成交金额"],
        "h": came.dt.year.astype("str"),
        "i": came.dt.quarter.astype("str"),
        "j": pd.Series([str(n % 7) for n in range(240)]),
    }
    rows.assign(**told).to_csv(folder / "a.csv", index=False)
    values, _, text = suggested(folder)
    assert forbidden(values) & set(told) == set("abcdefg")
    assert "- a # the quarter of the decision" in text
    assert "- g # the order's value again" in text


def test_a_column_that_a_history_shows_to_change_is_no_attribute(folder):
    leads = table(60, 规模=[str(10 + n % 5) for n in range(60)], 等=[["A", "B"][n % 2] for n in range(60)])
    leads.to_csv(folder / "询盘.csv", index=False)
    at = pd.to_datetime(leads["询盘时间"])
    changes = [
        leads[["询盘编号", "等"]].assign(记录=at + pd.Timedelta(days=d), 规模=leads["规模"] if d else "3")
        for d in (0, 5)
    ]
    pd.concat(changes).to_csv(folder / "log.csv", index=False)
    values, _, text = suggested(folder)
    assert "规模" in forbidden(values)
    assert "log.csv shows that it changed in 60 of 60" in text
    assert values["inquiries"][0]["attributes"]["categorical"] == ["等"]


def leads_and_deals():
    """60 leads, 40 of which became a deal, and 20 deals without a lead: 20 deals won, 20 lost, 20 open; 10 leads lost."""
    day = pd.Timestamp("2025-01-06 08:00", tz="UTC")
    at = [f"{day + pd.Timedelta(hours=9 * n):%Y-%m-%dT%H:%M:%S.000Z}" for n in range(60)]
    became = [n % 3 < 2 for n in range(60)]
    numbers = iter(range(60))
    leads = pd.DataFrame(
        {
            "Id": [f"00Q{n:05d}EAG" for n in range(60)],
            "LastName": [f"Roe{n % 7}" for n in range(60)],
            "Title": [["CEO", "Buyer", "Engineer"][n % 3] for n in range(60)],
            "Company": [f"Mill {n % 40}" for n in range(60)],
            "Country": [["Peru", "Ghana", "Poland"][n % 3] for n in range(60)],
            "Status": ["Converted" if done else ["Unqualified", "Nurturing"][n % 2] for n, done in enumerate(became)],
            "IsConverted": [str(int(done)) for done in became],
            "ConvertedOpportunityId": [f"006{next(numbers):05d}AAB" if done else "" for done in became],
            "CreatedDate": at,
            "ReviewedOn": ["" if done or n % 2 else "2025-10-01" for n, done in enumerate(became)],
        }
    )
    deals = pd.DataFrame(
        {
            "Id": [f"006{n:05d}AAB" for n in range(60)],
            "AccountId": [f"001{n % 30:05d}AAA" for n in range(60)],
            "Name": [f"Mill {n} boiler" for n in range(60)],
            "StageName": [["Closed Won", "Closed Lost", "Negotiation"][n % 3] for n in range(60)],
            "Amount": [1000.5 + 31 * n for n in range(60)],
            "CurrencyIsoCode": ["EUR"] * 60,
            "CloseDate": ["2025-11-30"] * 60,
            "CreatedDate": [f"{day + pd.Timedelta(days=40, hours=n):%Y-%m-%dT%H:%M:%S.000Z}" for n in range(60)],
        }
    )
    return leads, deals


def stage_history(deals):
    """Each deal's first stage and, 50 days later, its last, beside a close that was planned for 20 days after."""
    later = pd.to_datetime(deals["CreatedDate"]) + pd.Timedelta(days=50)
    planned = (pd.to_datetime(deals["CreatedDate"]) + pd.Timedelta(days=20)).dt.strftime("%Y-%m-%d")
    rows = deals.drop(columns=["Id", "CurrencyIsoCode"]).assign(OpportunityId=deals["Id"], CloseDate=planned)
    ended = rows.assign(CreatedDate=later.dt.strftime("%Y-%m-%dT%H:%M:%S.000Z"))
    both = pd.concat([rows.assign(StageName="Prospecting"), ended], ignore_index=True)
    return both.assign(Id=[f"008{n:05d}" for n in range(len(both))]).drop(columns=["AccountId", "Name"])


@pytest.mark.parametrize("beside", [(), ("history",), ("tasks", "accounts"), ("history", "tasks", "accounts")])
def test_leads_and_the_deals_they_became_are_inquiries_of_one_table(folder, beside):
    leads, deals = leads_and_deals()
    leads.to_csv(folder / "Lead.csv", index=False)
    deals.to_csv(folder / "Opportunity.csv", index=False)
    if "history" in beside:
        stage_history(deals).to_csv(folder / "OpportunityHistory.csv", index=False)
    if "tasks" in beside:
        who = [*deals["Id"][:30], *leads["Id"][::3]]
        tasks = {"Id": [f"00T{n}" for n in range(len(who))], "WhatId": who, "Subject": "Call"}
        tasks |= {"Status": ["Completed", "Cancelled"] * (len(who) // 2), "ActivityDate": "2025-03-03"}
        pd.DataFrame(tasks).to_csv(folder / "Task.csv", index=False)
    if "accounts" in beside:
        accounts = {"Id": [f"001{n:05d}AAA" for n in range(30)], "Name": [f"Mill {n}" for n in range(30)]}
        pd.DataFrame(accounts | {"BillingCountry": "Peru"}).to_csv(folder / "Account.csv", index=False)
    values, result, text = suggested(folder)
    told = result.tables.outcomes["status"].value_counts().to_dict()
    assert (told["won"], told["lost"], len(result.tables.inquiries)) == (20, 30, 80)
    assert not len(result.quarantine)
    began = result.tables.inquiries.set_index("inquiry_id")["received_at"]
    assert (began[deals["Id"][:40]] < pd.Timestamp("2025-02-05", tz="UTC")).all()
    assert (began[deals["Id"][40:]] > pd.Timestamp("2025-02-05", tz="UTC")).all()
    assert "40 of 60 began as a lead" in text
    assert "the other 20 have none" in text
    assert "attributes" not in values["inquiries"][0]
    assert "clients" not in values  # an account is made when a lead is converted
    assert "no currency was found" not in text
    assert "LOST:" not in text
    assert result.tables.outcomes["currency"].dropna().unique().tolist() == ["EUR"]
    assert {rule["from"] for rule in values["outcomes"]} == {
        "opportunityhistory" if "history" in beside else "opportunity",
        "lead",
    }
    if "history" in beside:
        assert values["outcomes"][0]["columns"]["decided_at"] == "CreatedDate"


@pytest.mark.parametrize("to_leads", [True, False])
def test_messages_name_deals_and_leads_or_a_remark_says_that_only_deals_have_some(folder, to_leads):
    leads, deals = leads_and_deals()
    leads.to_csv(folder / "Lead.csv", index=False)
    deals.to_csv(folder / "Opportunity.csv", index=False)
    about = [*deals["Id"], *(leads["Id"][leads["IsConverted"] == "0"] if to_leads else [])]
    mails = {"RelatedToId": about, "TextBody": [f"please quote {n} boilers for our mill" for n in range(len(about))]}
    mails |= {"Incoming": ["1", "0"] * (len(about) // 2), "MessageDate": "2025-03-10T08:00:00.000Z"}
    pd.DataFrame(mails).to_csv(folder / "EmailMessage.csv", index=False)
    values, result, text = suggested(folder)
    assert values["messages"][0]["columns"]["inquiry_id"] == "RelatedToId"
    assert len(result.tables.messages) == len(about)
    assert ("ONLY DEALS HAVE MESSAGES" in text) == (not to_leads)
    assert "HAVE NO ROW HERE" not in text


@pytest.mark.parametrize("text", ["Inquiry Message", "Anfragetext", "Description", "询盘内容", "Текст запроса"])
@pytest.mark.parametrize("case", ["plain", "numbered alike", "several leads a deal", "some without text"])
def test_what_buyers_wrote_stands_with_the_leads(folder, text, case):
    leads, deals = leads_and_deals()
    leads[text] = [f"Could you supply {n} boilers for our mill, and by when?" for n in range(60)]
    if case == "numbered alike":
        became = leads["ConvertedOpportunityId"].str[3:8].str.lstrip("0").replace("", "0")
        leads["ConvertedOpportunityId"] = became.where(leads["IsConverted"] == "1")
        leads["Id"], deals["Id"] = range(60), range(60)
    elif case == "several leads a deal":
        leads.loc[1, "ConvertedOpportunityId"] = leads.loc[0, "ConvertedOpportunityId"]
    elif case == "some without text":
        leads.loc[::6, text] = ""
    leads.to_csv(folder / "Leads.csv", index=False)
    deals.to_csv(folder / "Deals.csv", index=False)
    values, result, told = suggested(folder)
    assert [rule["columns"]["text"] for rule in values["messages"]] == [text, text]
    messages = result.tables.messages
    assert len(messages) == (50 if case == "some without text" else 60)
    assert set(messages["direction"]) == {"inbound"}
    began = result.tables.inquiries.set_index("inquiry_id")["received_at"]
    assert (messages["sent_at"] >= messages["inquiry_id"].map(began)).all()
    assert not len(result.quarantine)
    assert "ONLY DEALS HAVE MESSAGES" not in told
    assert "(text," not in told


@pytest.mark.parametrize(
    ("title", "flag", "became", "lost"),
    [
        ("Abschlüsse", "Konvertiert", "Konvertierter Abschluss", "Verlorener Kontakt"),
        ("Verhandlungen", "Umgewandelt", "Umgewandelt in", "Ungeeignet"),
        ("Negociaciones", "Convertido", "Convertido en", "No apto"),
        ("Tratativas", "Convertida", "Convertida em", "Não qualificada"),
        ("Affaires", "Converti", "Converti en", "Perdue"),
        ("Продажи", "Преобразован", "Преобразован в", "Забракованный лид"),
        ("العقود", "المحول", "المحول الى", "ضائع"),
        ("生意", "已转化", "转化为", "无效线索"),
    ],
)
def test_what_leads_became_needs_no_known_title_and_is_no_attribute(folder, title, flag, became, lost):
    leads, deals = leads_and_deals()
    leads = leads.replace({"Status": {"Unqualified": lost}, "IsConverted": {"1": "true", "0": "false"}})
    leads = leads.rename(columns={"IsConverted": flag, "ConvertedOpportunityId": became})
    leads.to_csv(folder / "Leads.csv", index=False)
    deals.to_csv(folder / f"{title}.csv", index=False)
    _, result, _ = suggested(folder)
    told = result.tables.outcomes["status"].value_counts().to_dict()
    assert (told["won"], told["lost"], len(result.tables.inquiries)) == (20, 30, 80)
    (folder / f"{title}.csv").unlink()
    alone, *_ = suggested(folder)
    assert flag in forbidden(alone) or alone["outcomes"][0]["columns"]["status"]["column"] == flag


@pytest.mark.parametrize(
    ("without", "lost", "kind"),
    [
        ([], 40, "within_horizon"),
        (["ReviewedOn"], 10, "within_horizon"),
        (["ReviewedOn", "CloseDate"], 40, "final_status"),
        (["CloseDate"], 40, "final_status"),
    ],
)
def test_lost_leads_without_a_date_leave_dated_labels_what_they_are(folder, without, lost, kind):
    leads, deals = leads_and_deals()
    leads["ReviewedOn"] = ["" if done == "1" else "2025-10-01" for done in leads["IsConverted"]]
    leads["Status"] = leads["Status"].replace({"Nurturing": "Unqualified"})
    deals["StageName"] = ["Closed Won"] * 30 + ["Closed Lost"] * 10 + ["Negotiation"] * 20
    more = [leads.assign(Id=leads["Id"] + "X")[leads["IsConverted"] == "0"].iloc[:10], leads]
    pd.concat(more).drop(columns=without, errors="ignore").to_csv(folder / "Lead.csv", index=False)
    deals.drop(columns=without, errors="ignore").to_csv(folder / "Opportunity.csv", index=False)
    _, result, text = suggested(folder)
    assert (result.tables.outcomes["status"] == "lost").sum() == lost
    assert label_kind(result.tables.outcomes) == kind
    assert ("WITHOUT A DATE" in text) == (lost == 10)
    assert ("NO DATE tells when one was lost" in text) == (kind == "final_status")


def test_leads_and_deals_that_are_numbered_alike_stay_apart(folder):
    leads, deals = leads_and_deals()
    became = (
        leads["ConvertedOpportunityId"].str[3:8].str.lstrip("0").replace("", "0").where(leads["IsConverted"] == "1")
    )
    leads.assign(Id=range(60), ConvertedOpportunityId=became).to_csv(folder / "Leads.csv", index=False)
    deals.assign(Id=range(60)).to_csv(folder / "Deals.csv", index=False)
    _, result, _ = suggested(folder)
    assert result.tables.outcomes["status"].value_counts().to_dict() == {"won": 20, "lost": 30, "open": 20}
    assert result.tables.inquiries["inquiry_id"].str.startswith("leads-").sum() == 20


def test_of_leads_alone_a_status_tells_the_lost_and_a_task_that_is_done_wins_nothing(folder):
    leads, _ = leads_and_deals()
    leads = leads.drop(columns="ConvertedOpportunityId").replace({"Status": {"Unqualified": "Closed - Not Converted"}})
    leads.to_csv(folder / "Lead.csv", index=False)
    done = ["Completed", "Not Started", "Cancelled"] * 20
    pd.DataFrame({"WhoId": leads["Id"], "Status": done, "CreatedDate": leads["CreatedDate"]}).to_csv(
        folder / "Task.csv", index=False
    )
    values, result, text = suggested(folder)
    assert values["outcomes"][0]["from"] == "lead"
    assert result.tables.outcomes["status"].value_counts().to_dict() == {"won": 40, "lost": 10, "open": 10}
    assert "CONVERTED IS NOT YET WON: 'Status' ['Converted']" in text
    assert "'LastName' (category, about a person" in text
    assert values["inquiries"][0]["columns"].get("subject") != "Title"


#: Files of deals, contacts and companies; stage, its values won, lost and open; columns of a deal: name, owner, created,
#: closed; its ids of contacts and companies.
ASSOCIATED = [
    ("deals", "contacts", "companies", "Deal Stage", ("Closed Won", "Closed Lost", "Contract Sent"), "Record ID",
     "Deal Name", "Create Date", "Close Date", "Associated Contact IDs", "Associated Company IDs"),
    ("negocios", "contactos", "empresas", "Fase del negocio", ("Cierre ganado", "Cierre perdido", "Cita programada"),
     "ID de registro", "Nombre del negocio", "Fecha de creación", "Fecha de cierre", "IDs de contacto asociados",
     "IDs de empresa asociadas"),
    ("negócios", "contatos", "empresas", "Fase do negócio", ("Fechado ganho", "Fechado perdido", "Proposta"),
     "ID do registro", "Nome do negócio", "Data de criação", "Data de fechamento", "IDs de contatos associados",
     "IDs de empresas associadas"),
    ("transactions", "contacts", "entreprises", "Phase de la transaction", ("Gagnée", "Perdue", "En cours"),
     "ID d'enregistrement", "Nom de la transaction", "Date de création", "Date de clôture", "IDs de contacts associés",
     "IDs d'entreprises associées"),
    ("Deals", "Kontakte", "Unternehmen", "Deal-Phase", ("Gewonnen", "Verloren", "Angebot"), "Datensatz-ID", "Dealname",
     "Erstellungsdatum", "Abschlussdatum", "Zugehörige Kontakt-IDs", "Zugehörige Unternehmens-IDs"),
    ("сделки", "контакты", "компании", "Этап сделки", ("Выиграна", "Проиграна", "В работе"), "ID записи",
     "Название сделки", "Дата создания", "Дата закрытия", "ID связанных контактов", "ID связанных компаний"),
    ("الصفقات", "جهات الاتصال", "الشركات", "مرحلة الصفقة", ("فاز", "خسر", "مفتوح"), "معرف السجل", "اسم الصفقة",
     "تاريخ الانشاء", "تاريخ القرار", "معرفات جهات الاتصال المرتبطة", "معرفات الشركات المرتبطة"),
    ("交易", "联系人", "公司", "交易阶段", ("赢单", "输单", "谈判中"), "记录ID", "交易名称", "创建日期", "关闭日期",
     "关联联系人ID", "关联公司ID"),
]  # fmt: skip


@pytest.mark.parametrize("companies", [True, False])
@pytest.mark.parametrize("names", ASSOCIATED, ids=[names[0] for names in ASSOCIATED])
def test_deals_are_the_inquiries_beside_contacts_and_companies(folder, names, companies):
    deal_file, contact_file, company_file, stage, stages, key, name, created, closed, contacts, firms = names
    day = pd.Timestamp("2025-01-06 08:00")
    people = [str(501 + n % 25) for n in range(60)]
    deals = {
        key: [str(98000 + n) for n in range(60)],
        name: [f"Tiles {n}" for n in range(60)],
        stage: [stages[n % 3] for n in range(60)],
        created: [str(day + pd.Timedelta(hours=7 * n)) for n in range(60)],
        closed: [str(day + pd.Timedelta(days=30, hours=7 * n)) for n in range(60)],
        contacts: [f"{who};{501 + (n + 3) % 25}" if n % 4 == 0 else who for n, who in enumerate(people)],
    }
    if companies:
        deals[firms] = [
            f"{2001 + n % 20};{2001 + (n + 1) % 20}" if n % 9 == 0 else str(2001 + n % 20) for n in range(60)
        ]
        place = {key: [str(2001 + n) for n in range(20)], firms.split()[-1][:2] + " name": "x", "Name": "Firm"}
        pd.DataFrame(place | {"Country": ["Peru", "Ghana"] * 10}).to_csv(folder / f"{company_file}.csv", index=False)
    pd.DataFrame(deals).to_csv(folder / f"{deal_file}.csv", index=False)
    known = {
        key: [str(501 + n) for n in range(25)],
        "Email": [f"p{n}@firm{n}.com" for n in range(25)],
        "Country": ["Peru", "Ghana", "Poland", "Chile", "Kenya"] * 5,
        created: [str(day + pd.Timedelta(hours=n)) for n in range(25)],
    }
    if companies:
        known[firms] = [str(2001 + n % 20) for n in range(25)]
    pd.DataFrame(known).to_csv(folder / f"{contact_file}.csv", index=False)
    mails = {
        key: [str(7000 + n) for n in range(60)],
        "Email body": [f"We ask for {n} pallets of tiles, please quote" for n in range(60)],
        "Email direction": ["INCOMING_EMAIL", "EMAIL"] * 30,
        "Activity date": [str(day + pd.Timedelta(hours=7 * n + 2)) for n in range(60)],
        "Associated Contact IDs": deals[contacts],
        "Associated Deal IDs": deals[key],
    }
    pd.DataFrame(mails).to_csv(folder / "emails.csv", index=False)
    values, result, text = suggested(folder)
    assert (values["inquiries"][0]["columns"]["inquiry_id"], len(result.tables.inquiries)) == (key, 60)
    assert result.tables.outcomes["status"].value_counts().to_dict() == {"won": 20, "lost": 20, "open": 20}
    assert values["messages"][0]["columns"]["inquiry_id"] == "Associated Deal IDs"
    client = values["inquiries"][0]["columns"]["client_id"]
    assert client == {"column": firms if companies else contacts, "first_part": ";"}
    assert f"{7 if companies else 15} cells of {client['column']!r} name several: the first is the client" in text
    asked = result.tables.inquiries["client_id"]
    assert set(asked) <= set(result.tables.clients["client_id"])
    assert not len(result.quarantine)


def test_a_list_of_deals_that_names_its_inquiry_stays_a_list_of_outcomes(folder):
    leads = table(60)
    leads.drop(columns=["状态", "成交时间"]).to_csv(folder / "contacts.csv", index=False)
    told = {"商机编号": [f"S{n:03d}" for n in range(60)], "询盘编号": leads["询盘编号"], "商机阶段": leads["状态"]}
    pd.DataFrame(told).to_csv(folder / "deals.csv", index=False)
    values, _, _ = suggested(folder)
    assert (values["inquiries"][0]["from"], values["outcomes"][0]["from"]) == ("contacts", "deals")


def test_where_orders_name_the_client_otherwise_the_column_that_must_become_it_is_named(folder):
    leads = table(60, 客户名称=[f"Mill {n % 12}" for n in range(60)]).drop(columns=["状态", "成交时间"])
    leads.to_csv(folder / "询盘.csv", index=False)
    found = {"订单号": [f"PO{n}" for n in range(20)], "客户名称": leads["客户名称"][:20], "下单日期": "2026-05-05"}
    pd.DataFrame(found | {"订单金额": range(900, 920)}).to_csv(folder / "订单.csv", index=False)
    text = suggest_mapping(folder)
    assert "'客户名称' there holds '客户名称', which client_id of inquiries must become" in text


@pytest.mark.parametrize(
    "said",
    ["Order Received", "Order confirmed", "Order placed", "已收到订单", "Pedido recibido", "Pedido recebido",
     "Commande reçue", "Auftrag erhalten", "Заказ получен", "تم استلام الطلب"],
)  # fmt: skip
def test_an_order_that_came_in_is_won(said):
    assert meaning(said, "statuses") == "won"


def asked_and_answered(folder, name, copied=0):
    """A form's inquiries with their text in a column, and a file of what both sides wrote later, as far as it has it."""
    texts = [f"We look for {n} drums of resin, which price can you offer?" for n in range(60)]
    table(60).drop(columns="询盘内容").assign(**{name: texts}).to_csv(folder / "inquiries.csv", index=False)
    later = ["Thank you, the price is fine for us", "Our offer is attached, dear friend"] * 30
    mails = {
        "询盘编号": table(60)["询盘编号"],
        "Sent at": [f"2026-07-{1 + n % 28:02d} 10:30" for n in range(60)],
        "Direction": ["in", "out"] * 30,
        "Body": [f"Dear all,\n{texts[n]}\nRegards" if n < copied else f"{n}: {later[n]}" for n in range(60)],
    }
    pd.DataFrame(mails).to_csv(folder / "mails.csv", index=False)
    return suggested(folder)


@pytest.mark.parametrize(
    "name", ["Inquiry Content", "询价内容", "Consulta", "Mensagem", "Texte de la demande", "Anfragetext", "Текст запроса", "نص الاستفسار"]
)  # fmt: skip
def test_what_a_buyer_wrote_first_stays_a_message_beside_a_file_of_later_ones(folder, name):
    values, result, text = asked_and_answered(folder, name)
    assert [rule["columns"]["text"] for rule in values["messages"]] == ["Body", name]
    assert result.tables.messages["direction"].value_counts().to_dict() == {"inbound": 90, "outbound": 30}
    assert f"{name!r} is taken as the buyer's first message" in text


@pytest.mark.parametrize(
    ("name", "copied", "said"),
    [
        ("Inquiry Content", 60, None),
        ("Inquiry Content", 25, "25 of 60 are among the messages"),
        ("Description", 0, "it is not among the messages"),
        ("备注", 0, "it is not among the messages"),
    ],
)
def test_a_first_text_that_may_be_a_message_already_or_a_note_is_asked_about(folder, name, copied, said):
    values, result, text = asked_and_answered(folder, name, copied)
    assert (len(values["messages"]), len(result.tables.messages)) == (1, 60)
    assert (f"{name!r} IS NOT READ AS A MESSAGE; {said}" in text) if said else ("IS NOT READ" not in text)


@pytest.mark.parametrize("name", ["销售状态", "销售阶段", "销售进展"])
def test_the_stage_of_a_sale_is_no_salesperson(folder, name):
    stages = ["签单", "输单", "跟进中"] * 20
    table(60).drop(columns=["状态", "成交时间"]).assign(**{name: stages}).to_csv(folder / "询盘.csv", index=False)
    values, result, _ = suggested(folder)
    assert "owner" not in values["inquiries"][0]["columns"]
    assert result.tables.outcomes["status"].value_counts().to_dict() == {"won": 20, "lost": 20, "open": 20}


@pytest.mark.parametrize(
    ("person", "company", "few", "client"),
    [
        ("客户名称", "买家公司", False, "买家公司"),
        ("Customer", "Company", False, "Company"),
        ("Cliente", "Empresa", False, "Empresa"),
        ("Client", "Société", False, "Société"),
        ("Kunde", "Firma", False, "Firma"),
        ("Клиент", "Компания", False, "Компания"),
        ("العميل", "الشركة", False, "الشركة"),
        ("Customer", "Company", True, "Customer"),
    ],
)
def test_a_company_is_the_client_before_the_person_unless_it_is_our_own(folder, person, company, few, client):
    leads = table(60).drop(columns="客户编号")
    leads[person] = [f"Ana Silva {n % 30}" for n in range(60)]
    leads[company] = [f"Works {n % (2 if few else 24)}" for n in range(60)]
    leads.to_csv(folder / "inquiries.csv", index=False)
    values, result, _ = suggested(folder)
    assert values["inquiries"][0]["columns"]["client_id"] == client
    assert few or person not in str(values["inquiries"])
    assert result.tables.inquiries["client_id"].nunique() == (30 if few else 24)


@pytest.mark.parametrize("name", ["Item ID", "Item ID (auto generated)", "Article"])
def test_what_differs_in_each_row_is_no_product(folder, name):
    leads = table(60).drop(columns="询盘编号")
    leads.insert(0, name, [str(90017 + 13 * n) for n in range(60)])
    leads.to_csv(folder / "board.csv", index=False)
    columns = suggested(folder)[0]["inquiries"][0]["columns"]
    assert (columns["inquiry_id"], columns.get("product")) == (name, None)


@pytest.mark.parametrize("decimal", [".", ","])
@pytest.mark.parametrize("titles", [("deals", "orders"), ("商机", "订单")])
def test_an_order_is_worth_what_it_says_and_not_what_its_deal_expected(folder, titles, decimal):
    deals, orders_title = titles
    stages = table(60).drop(columns=["询盘内容"]).assign(Amount=[10_000.0 + n for n in range(60)])
    stages.to_csv(folder / f"{deals}.csv", index=False)
    amounts = [f"{700 + n}.25".replace(".", decimal) for n in range(20)]
    rows = {"Order No": [f"PO-{n}" for n in range(20)], "询盘编号": stages["询盘编号"][::3], "Order Amount": amounts}
    pd.DataFrame(rows).to_csv(folder / f"{orders_title}.csv", index=False)
    values, result, text = suggested(folder)
    won = result.tables.outcomes.query("status == 'won'")["order_value"]
    assert f"ORDERS HAVE THEIR OWN AMOUNTS: 'Order Amount' of {orders_title}.csv differs from 'Amount'" in text
    if decimal == ",":
        assert "is not read" in text
        assert won.min() == 10_000
    else:
        assert won.sum() == sum(700.25 + n for n in range(20))
        assert "attributes" not in values["inquiries"][0] or "Amount" not in str(values["inquiries"][0]["attributes"])


def test_orders_worth_what_their_deals_say_still_tell_when_they_came(folder):
    deals = table(60).drop(columns=["询盘内容", "成交时间"]).assign(Amount=[10_000.5 + n for n in range(60)])
    deals.to_csv(folder / "deals.csv", index=False)
    rows = {"Order No": range(20), "询盘编号": deals["询盘编号"][::3], "Order Amount": deals["Amount"][::3]}
    pd.DataFrame(rows | {"Order Date": "2026-08-01"}).to_csv(folder / "orders.csv", index=False)
    _, result, text = suggested(folder)
    assert result.tables.outcomes["decided_at"].notna().sum() == 20
    assert "not used: 'Order Amount' of orders.csv; 'Amount' of deals.csv says the same" in text


@pytest.mark.parametrize(
    ("title", "number", "client", "date", "amount"),
    [
        ("erp_orders", "Sales Order", "Customer Email", "Order Date", "Net Amount"),
        ("VBAK", "Verkaufsbeleg", "E-Mail", "Belegdatum", "Nettowert"),
        ("pedidos", "Nº pedido", "Correo", "Fecha", "Importe neto"),
        ("销售订单", "订单编号", "客户邮箱", "下单日期", "订单金额"),
    ],
)
def test_lines_of_orders_are_no_inquiries_beside_threads_of_mails(folder, title, number, client, date, amount):
    buyers = [f"buyer{n % 20}@firm{n % 20}.com" for n in range(40)]
    mails = [
        {
            "thread_id": f"th{n}",
            "from": buyer if turn == 0 else "sales@ours.cn",
            "to": "sales@ours.cn" if turn == 0 else buyer,
            "date": f"2026-03-{1 + n % 28:02d}T0{turn}:30:00Z",
            "body": f"{n}.{turn}: which price do you have for {n} rolls of film, and when could it be delivered?",
        }
        for n, buyer in enumerate(buyers)
        for turn in range(3)
    ]
    (folder / "mails.jsonl").write_text("\n".join(map(json.dumps, mails)), encoding="utf-8")
    lines = {
        number: [str(7000 + n // 2) for n in range(24)],
        "Pos": [10, 20] * 12,
        client: [buyers[n // 2] for n in range(24)],
        date: [f"2026-04-{1 + n // 2:02d}" for n in range(24)],
        amount: [100.5 + n for n in range(24)],
    }
    pd.DataFrame(lines).to_csv(folder / f"{title}.csv", index=False)
    values, result, _ = suggested(folder)
    assert values["inquiries"][0]["from"] == "mails"
    assert len(result.tables.inquiries) == 40
    assert result.tables.outcomes["order_value"].sum() == sum(lines[amount])


@pytest.mark.parametrize(
    ("name", "amounts", "read"),
    [
        ("Nettowert", "{n}12,50 €", True),
        ("Valor neto", "{n}12,50", True),
        ("Сумма нетто", "{n}12.50", True),
        ("Total", "USD {n},012.50", True),
        ("合计", "{n}12.50", True),
        ("Worth", "USD {n},012.50", True),
        ("Worth", "{n}12.50", False),
    ],
)
def test_what_an_order_is_worth_is_found_or_the_numbers_that_are_left_are_named(folder, name, amounts, read):
    leads = table(60).drop(columns=["状态", "成交时间"])
    leads.to_csv(folder / "inquiries.csv", index=False)
    rows = {"Order Number": [f"PO{n}" for n in range(20)], "询盘编号": leads["询盘编号"][::3], "Created": "2026-08-01"}
    rows[name] = [amounts.format(n=n + 1) for n in range(20)]
    pd.DataFrame(rows).to_csv(folder / "orders.csv", index=False)
    _, result, text = suggested(folder)
    outcomes = result.tables.outcomes
    assert outcomes["order_value"].notna().sum() == (20 if read else 0)
    assert outcomes["decided_at"].notna().all()
    assert (f"NO ORDER VALUE was found in orders.csv. It has [{name!r}] left" in text) == (not read)


@pytest.mark.parametrize(
    ("name", "read"),
    [("Бюджет", True), ("Angebotssumme", True), ("报价金额", True), ("Valor da proposta", True), ("Tonnage", False)],
)
def test_an_offered_sum_is_an_orders_value_for_want_of_better_and_asked_about(folder, name, read):
    sums = [n * 37 % 50 + 900.5 for n in range(60)]
    deals = table(60).drop(columns="成交时间").assign(**{name: sums, "Visited": "2026-04-11"})
    deals.to_csv(folder / "deals.csv", index=False)
    text = suggest_mapping(folder)
    assert (f"{name!r} is an expectation or an offer" in text) == read
    assert ("NO ORDER VALUE" in text) == (not read)
    assert "NO DATE OF THE DECISION was found in deals.csv. It has ['Visited'] left" in text
    better = deals.assign(Amount=[n + 5000.5 for n in range(60)])
    better.to_csv(folder / "deals.csv", index=False)
    assert "order_value: Amount" in suggest_mapping(folder)


@pytest.mark.parametrize(
    ("waiting", "won"),
    [("待发货", True), ("Awaiting shipment", True), ("Pendiente de envío", True), ("Aguardando envio", True),
     ("En attente d'expédition", True), ("Wartet auf Versand", True), ("Ожидает отгрузки", True), ("بانتظار الشحن", True),
     ("待付款", False), ("Awaiting payment", False), ("Pendiente de pago", False), ("Ожидает оплаты", False)],
)  # fmt: skip
def test_an_order_that_awaits_its_goods_was_placed_and_one_that_awaits_its_payment_not(folder, waiting, won):
    leads = table(60).drop(columns=["状态", "成交时间"])
    leads.to_csv(folder / "询盘.csv", index=False)
    orders(leads[::3], 订单状态=["已发货", waiting] * 10).to_csv(folder / "订单.csv", index=False)
    assert suggested(folder)[0]["outcomes"][0]["columns"]["status"]["values"][waiting] == ("won" if won else "open")


@pytest.mark.parametrize(
    ("closed", "lost", "won"),
    [("Fechado", "Perdido", True), ("Closed", "Lost", True), ("Cerrado", "Perdido", True), ("Geschlossen", "Verloren", True),
     ("Закрыто", "Проиграно", True), ("Fermé", "Perdu", True), ("Closed", "Spam", False), ("已关闭", "丢单", False)],
)  # fmt: skip
def test_closed_is_won_where_another_says_lost_and_none_won(folder, closed, lost, won):
    table(60, 状态=[closed, lost, "x"] * 20).to_csv(folder / "a.csv", index=False)
    values, _, text = suggested(folder)
    assert (values["outcomes"][0]["columns"]["status"]["values"].get(closed) == "won") == won
    assert (f"status: [{closed!r}] SAY CLOSED" in text) == won


def test_unknown_words_beside_a_date_of_decision_are_counted_aloud(folder):
    leads = table(60, 状态=["Zugesagt", "Zu teuer", "Neu"] * 20)
    leads["成交时间"] = [None if n % 3 == 2 else f"2026-08-{1 + n % 28:02d}" for n in range(60)]
    leads["成交金额"] = [f"{n}500" if n % 3 == 0 else None for n in range(60)]
    leads.to_csv(folder / "a.csv", index=False)
    text = suggest_mapping(folder)
    told = "IS TAKEN AS OPEN, but 20 of its 20 rows have '成交时间' and"
    assert f"'Zugesagt' {told} 20 have '成交金额', and of others that are open 0 of 20 have a date: IS IT WON?" in text
    assert f"'Zu teuer' {told} 0 have '成交金额'" in text
    leads.assign(成交时间="2026-08-01").to_csv(folder / "a.csv", index=False)
    assert "IS TAKEN AS OPEN" not in suggest_mapping(folder)


@pytest.mark.parametrize(
    ("won", "lost"),
    [("客户已接受", "客户拒绝"), ("Aceptada", "No aceptada"), ("Aceito", "Rejeitado"), ("Acceptée", "Non acceptée"),
     ("Angenommen", "Nicht angenommen"), ("Предложение принято", "Отклонено"), ("مقبول", "غير مقبول"), ("Accepted", "Not accepted")],
)  # fmt: skip
def test_what_was_accepted_is_won_in_every_language(won, lost):
    assert (meaning(won, "statuses"), meaning(lost, "statuses")) == ("won", "lost")


@pytest.mark.parametrize(
    "header",
    [
        ["Subject", "Body", "From: (Name)", "From: (Address)", "To: (Name)", "Received", "Conversation ID"],
        ["Betreff", "Text", "Von: (Name)", "Von: (Adresse)", "An: (Name)", "Empfangen am", "Konversations-ID"],
        ["Betreff", "Text", "Von: (Name)", "Von: (Adresse)", "An: (Name)", "Gesendet am", "Unterhaltungs-ID"],
        ["Objet", "Corps", "De : (nom)", "De : (adresse)", "À : (nom)", "Reçu le", "ID de conversation"],
        ["Asunto", "Cuerpo", "De: (nombre)", "De: (dirección)", "Para: (nombre)", "Recibido", "Id. de conversación"],
        ["Assunto", "Corpo", "De: (nome)", "De: (endereço)", "Para: (nome)", "Recebido", "ID da conversa"],
        ["Тема", "Текст", "От: (имя)", "От: (адрес)", "Кому: (имя)", "Получено", "ID беседы"],
        ["主题", "正文", "发件人: (姓名)", "发件人: (地址)", "收件人: (姓名)", "接收时间", "会话ID"],
        ["الموضوع", "النص", "من: (الاسم)", "من: (العنوان)", "إلى: (الاسم)", "تاريخ الاستلام", "معرف المحادثة"],
        ["Topic", "Words", "Author", "Author mailbox", "Addressee", "Arrived", "Thread ID"],
    ],
    ids=lambda header: header[3],
)
def test_mails_of_an_outlook_in_any_language_have_threads_sides_and_clients_and_no_person_as_attribute(folder, header):
    rows = []
    for n in range(40):
        at, client = pd.Timestamp("2026-03-02 08:00") + pd.Timedelta(hours=11 * n), n % 25
        name, mail = f"Anna {client % 6}", f"anna{client}@firm{client}.example"
        ask, answer = f"Good day, we want {n + 5} pumps by May", f"Thank you, {n} pumps would cost you 90 each"
        rows.append(["Pumps", ask, name, mail, "Export desk", f"{at:%d.%m.%Y %H:%M}", f"T{n}"])
        at += pd.Timedelta(hours=3)
        rows.append(["Pumps", answer, "Export desk", "desk@works.example", name, f"{at:%d.%m.%Y %H:%M}", f"T{n}"])
    pd.DataFrame(rows, columns=header).to_csv(folder / "box.csv", index=False, sep=";")
    values, result, text = suggested(folder)
    assert len(result.tables.inquiries) == 40
    assert result.tables.inquiries["client_id"].nunique() == 25
    assert result.tables.messages["direction"].value_counts().to_dict() == {"inbound": 40, "outbound": 40}
    if header[2] != "Author":  # no word of it is known
        assert "attributes" not in values["inquiries"][0], text


def write_chats(folder, link, number, *, results):
    """Results of 40 buyers, told by phone, and their chats; the last ten are open and have no date."""
    chats, told = [], []
    for n in range(40):
        at = pd.Timestamp("2026-03-02 08:00") + pd.Timedelta(hours=11 * n)
        for side, minutes, words in (
            ("in", 0, f"Hello, price of {n + 3} valves?"),
            ("out", 40, f"Dear friend, {n} USD"),
        ):
            sent = at + pd.Timedelta(minutes=minutes)
            chats.append([number(n), side, f"{sent:%Y-%m-%d %H:%M}", words])
        day = f"{at + pd.Timedelta(days=9):%Y-%m-%d}" if n < 30 else None
        told.append(
            [
                f"+49 151 {700000 + 37 * n}".replace(" ", ""),
                f"Firm {n}",
                ["Won", "Lost"][n % 2] if n < 30 else "Open",
                day,
            ]
        )
    pd.DataFrame(chats, columns=[link, "direction", "time", "text"]).to_csv(folder / "chats.csv", index=False)
    pd.DataFrame(told, columns=results).to_csv(folder / "results.csv", index=False)


@pytest.mark.parametrize(
    ("link", "results"),
    [
        ("phone", ["phone", "Company", "Result", "Date"]),
        ("chat_id", ["Mobile", "Customer", "Outcome", "Day"]),
        ("对方", ["手机号", "客户名称", "结果", "日期"]),
        ("número", ["Teléfono", "Cliente", "Resultado", "Fecha"]),
    ],
)
def test_chats_and_results_are_joined_by_the_phone_number_that_both_hold(folder, link, results):
    write_chats(folder, link, lambda n: f"+49151{700000 + 37 * n}", results=results)
    values, result, _ = suggested(folder)
    assert values["inquiries"][0]["columns"]["inquiry_id"] == results[0]
    assert len(result.tables.inquiries) == 40
    assert len(result.tables.messages) == 80
    assert result.tables.inquiries["received_at"].min() == pd.Timestamp("2026-03-02 08:00", tz="UTC")
    assert result.tables.outcomes["decided_at"].notna().sum() == 30


@pytest.mark.parametrize("number", ["49151{}@c.us", "0049 151 {}", "+49 (151) {}"])
def test_chats_of_the_same_phones_written_in_another_way_are_named(folder, number):
    write_chats(
        folder, "chat_id", lambda n: number.format(700000 + 37 * n), results=["Phone", "Company", "Result", "Date"]
    )
    text = suggest_mapping(folder)
    assert "LINKED BY PHONE: 'chat_id' there and 'Phone' of results.csv are the same numbers" in text
    assert "151700000" not in text


INQUIRIES = "Inquiry ID,Received,Company,Message,Status,Closed,Amount\n"


def write_inquiries(folder, *, ids="Q{:03d}", amount="{}.50", count=60, company="Firm {}"):
    rows = [
        f'{ids.format(n + 1)},2026-{1 + n // 28:02d}-{1 + n % 28:02d} 09:30,{company.format(n % 20)},"We need {n + 4} pumps by May",'
        + (
            f'Won,2026-{2 + n // 28:02d}-{1 + n % 28:02d},"{amount.format(120 + n) if n % 5 else amount.translate(str.maketrans(".,", ",.")).format(120 + n)}"\n'
            if n % 2
            else "Lost,2026-06-01,\n"
        )
        for n in range(count)
    ]
    (folder / "inquiries.csv").write_text(INQUIRIES + "".join(rows))


@pytest.mark.parametrize("amount", ["3.{},50 €", "USD 1,{}.50", "1.{},00"])
def test_amounts_with_both_decimal_signs_are_named_as_such(folder, amount):
    write_inquiries(folder, amount=amount)
    text = suggest_mapping(folder)
    assert (
        "'Amount' MAY BE THE ORDER'S VALUE, but 20% of its cells write decimals the other way round than the rest"
        in text
    )
    assert "currency or unit known here" not in text


@pytest.mark.parametrize("name", ["inbox.mbox", "Archive.PST", "letter.eml"])
def test_of_a_mailbox_it_is_said_what_to_export_instead(folder, name):
    (folder / name).write_bytes(b"From li@firm.example Mon Mar  2 08:00:00 2026\n")
    with pytest.raises(SourceError, match="a mailbox; have a mail program export it as a table, one row a mail"):
        suggest_mapping(folder)


@pytest.mark.parametrize("ids", ["5.00000E+11", "5,12E+15"])
def test_ids_that_a_spreadsheet_cut_are_told_of(folder, ids):
    write_inquiries(folder, ids=f'"{ids}"')
    _, result, text = suggested(folder)
    assert f"IDS ARE LOST: 60 of 60 'Inquiry ID', such as '{ids}', were cut by a spreadsheet" in text
    assert "CLIENTS DIFFER" not in text
    assert any(note.startswith("WARNING: inquiries: 1 of 1 id") and "as text" in note for note in result.notes)


@pytest.mark.parametrize(("ids", "told"), [("{}", True), ("70{:02d}", False), ("Q{:03d}", False)])
def test_ids_that_count_the_rows_of_an_export_are_told_of(folder, ids, told):
    write_inquiries(folder, ids=ids)
    assert ("'Inquiry ID' COUNTS FROM 1" in suggest_mapping(folder)) == told


def test_an_export_whose_decisions_have_no_date_is_told_of(folder):
    write_inquiries(folder)
    assert "NO DATE OF DECISION" not in suggest_mapping(folder)
    path = folder / "inquiries.csv"
    path.write_text(path.read_text().replace("Closed", "Expected Close Date"))
    assert "NO DATE OF DECISION was found: the label is the final status then" in suggest_mapping(folder)


@pytest.mark.parametrize(
    ("header", "company"),
    [
        (["Account Name", "Website"], "Account Name"),
        (["Kundennummer", "Kunde", "Homepage"], "Kunde"),
        (["客户编号", "客户简称", "网址"], "客户简称"),
    ],
)
def test_clients_have_their_name_as_company_whatever_links_them(folder, header, company):
    name = header[0]
    rows = [f"Q{n},2026-03-{1 + n % 28:02d},Firm {n % 20},Good day. We need {n} pumps\n" for n in range(60)]
    (folder / "inquiries.csv").write_text(f"Inquiry ID,Received,{name},Message\n" + "".join(rows))
    cells = [[f"Firm {n}", *([f"Works {n}"] if len(header) == 3 else []), f"firm{n}.example"] for n in range(20)]
    pd.DataFrame(cells, columns=header).to_csv(folder / "clients.csv", index=False)
    values, result, _ = suggested(folder)
    assert values["clients"][0]["columns"]["company"] == company
    assert result.tables.clients["company"].notna().all()


def test_notes_of_a_crm_that_are_mails_of_both_sides_are_messages(folder):
    deals = [
        f"{n},01.03.2026 08:{n:02d}:00,Завод {n % 9},{['Успешно реализовано', 'Переговоры', 'Закрыто и не реализовано'][n % 3]}\n"
        for n in range(60)
    ]
    (folder / "сделки.csv").write_text("ID,Дата создания сделки,Компания,Этап сделки\n" + "".join(deals))
    notes = [
        f"{n},{kind},02.03.2026 09:{n:02d}:00,{words} {n} насосов\n"
        for n in range(60)
        for kind, words in (("Входящее письмо", "Добрый день! Нам нужны"), ("Исходящее письмо", "Высылаем цену на"))
    ]
    (folder / "примечания.csv").write_text("ID сделки,Тип примечания,Дата создания,Текст примечания\n" + "".join(notes))
    _, result, _ = suggested(folder)
    assert result.tables.messages["direction"].value_counts().to_dict() == {"inbound": 60, "outbound": 60}
