"""A first mapping of activities, histories, sheets a month, statuses in words and what salespeople note."""

# ruff: noqa: E501  (literal rows of exports are not wrapped)

import pandas as pd
import pytest

from inquiry_intent.labels import label_kind
from inquiry_intent.sources.ingest import read_export
from inquiry_intent.sources.mapping import load_mapping
from inquiry_intent.sources.meanings import meaning
from inquiry_intent.sources.suggest import suggest_mapping
from tests.drafted import forbidden, orders, suggested, table, workbook_of

#: Hundreds of drafts; the commonest exports are in test_sources_suggest.py.
pytestmark = pytest.mark.slow


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


@pytest.mark.parametrize(
    ("names", "pattern", "new"),
    [
        (("Leads 2024", "Leads 2025"), "Leads *", "Leads 2026"),
        (("Январь", "Февраль"), "*", "Март"),
        (("Ocak 2025", "Mart 2025"), "*", "Nisan 2026"),
        (("3月", "4月"), "*", "5月"),
    ],
)
def test_sheets_whose_ids_run_on_are_one_file_with_those_to_come(folder, names, pattern, new):
    leads, notes = table(90), pd.DataFrame({"": ["see below"], "Who": ["Bo"]})
    workbook_of(folder, **{names[0]: leads[:30], names[1]: leads[30:60], "Info": notes})
    values, result, text = suggested(folder)
    ((key, file),) = values["files"].items()
    assert file["sheet"] == pattern
    assert [rule["from"] for name in ("inquiries", "messages", "outcomes") for rule in values[name]] == [key] * 3
    assert "are read as one, and so will be those to come" in text
    assert len(result.tables.inquiries) == 60
    workbook_of(folder, **{names[0]: leads[:30], names[1]: leads[30:60], new: leads[60:], "Info": notes})
    result = read_export(folder, load_mapping(folder.parent / "suggested.yaml"))
    assert len(result.tables.inquiries) == 90


def test_totals_and_notes_below_each_sheet_do_not_hide_that_it_counts_anew(folder):
    leads = table(60).drop(columns="询盘编号")
    leads.insert(0, "序号", [str(n) for n in range(1, 13)] * 5)
    below = pd.DataFrame({"序号": ["合计", "注：黄色为重点客户"]})
    sheets = {f"{n}月": pd.concat([leads[12 * n - 12 : 12 * n], below]) for n in range(1, 6)}
    workbook_of(folder, **sheets)
    values, result, _ = suggested(folder)
    assert [rule["columns"]["inquiry_id"]["prefix"] for rule in values["inquiries"]] == ["1-", "2-", "3-", "4-", "5-"]
    assert len(result.tables.inquiries) == 60


@pytest.mark.parametrize("name", ["小计", "Subtotal", "ИТОГО"])
def test_totals_of_one_name_are_no_reason_for_one_row_a_key(folder, name):
    leads = table(60)
    total = pd.DataFrame({"询盘编号": [name], "订单金额": ["USD 100,000"]})
    pd.concat([leads[:20], total, leads[20:40], total, leads[40:], total]).to_csv(folder / "询盘.csv", index=False)
    values, result, text = suggested(folder)
    assert not [rule for table in ("inquiries", "outcomes") for rule in values[table] if "one_per_key" in rule]
    assert "repeats" not in text
    assert result.quarantine.empty
    assert len(result.tables.outcomes) == len(result.tables.inquiries) == 60


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
    ("blank", "key"), [(10, {"domain": "Mail domain"}), (0, "Customer")], ids=["names lack", "all named"]
)
def test_orders_that_know_name_and_mail_domain_are_found_by_what_finds_more(folder, blank, key):
    leads = table(60).drop(columns=["状态", "成交时间"]).assign(客户编号=[f"Firm {n}" for n in range(60)])
    leads["客户编号"] = leads["客户编号"].where(leads.index % 9 > 0, "")
    leads["邮箱"] = [f"bo{n}@firm{n}.example" for n in range(60)]
    leads.to_csv(folder / "询盘.csv", index=False)
    placed = leads[leads.index % 3 == 1]
    domains = placed["邮箱"].str.split("@").str[1]
    names = [""] * blank + placed["客户编号"].to_list()[blank:]
    order = {
        "Order No": range(20),
        "Order Date": "2026-07-20",
        "Customer": names,
        "Mail domain": domains,
        "Amount": 9.5,
    }
    pd.DataFrame(order).to_csv(folder / "orders.csv", index=False)
    values, _, text = suggested(folder)
    assert values["outcomes"][0]["by_client"]["client_id"] == key
    found = "'Mail domain' holds the mail domains of '邮箱' in 20 of 20 orders" in text
    assert found == (blank > 0) == (values["inquiries"][0]["columns"]["client_id"] == {"domain": "邮箱"})


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
