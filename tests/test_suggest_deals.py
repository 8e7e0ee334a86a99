"""A first mapping of leads, deals, orders, mailboxes and chats beside each other."""

# ruff: noqa: E501  (literal rows of exports are not wrapped)

import json

import pandas as pd
import pytest

from inquiry_intent.errors import SourceError
from inquiry_intent.labels import label_kind
from inquiry_intent.sources.meanings import meaning
from inquiry_intent.sources.suggest import suggest_mapping
from tests.drafted import INQUIRIES, forbidden, orders, suggested, table

#: Hundreds of drafts; the commonest exports are in test_sources_suggest.py.
pytestmark = pytest.mark.slow


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


@pytest.mark.parametrize(
    ("key", "fact", "company"),
    [
        ("公司名称", "客户来源", "公司名称"),
        ("客户名称", "公司性质", "客户名称"),
        ("客户编号", "客户等级", None),
        ("Firma", "Herkunft Kunde", "Firma"),
        ("Cliente", "Origen del cliente", "Cliente"),
        ("Empresa", "Tipo de cliente", "Empresa"),
        ("Société", "Secteur du client", "Société"),
        ("Контрагент", "Наш клиент", "Контрагент"),
        ("الشركة", "مصدر العميل", "الشركة"),
        ("Customer ID", "Size of company", None),
    ],
)
def test_a_fact_of_many_clients_is_no_name_of_a_company(folder, key, fact, company):
    days = [f"2026-03-{1 + n % 28:02d}" for n in range(60)]
    firms = [f"Firm {n % 30}" for n in range(60)]
    said = [f"Good day. We need {n} pumps" for n in range(60)]
    inquiries = pd.DataFrame(
        {"Inquiry ID": [f"Q{n}" for n in range(60)], "Received": days, key: firms, "Message": said}
    )
    inquiries.to_csv(folder / "inquiries.csv", index=False)
    told = {key: firms[:30], fact: ["Fair", "Web", "Agent"] * 10, "Website": [f"firm{n}.example" for n in range(30)]}
    pd.DataFrame(told).to_csv(folder / "clients.csv", index=False)
    values, _, _ = suggested(folder)
    assert values["clients"][0]["columns"].get("company") == company


def leads_named_by_deals(lead, deal, became, ids):
    """60 leads, 40 of which became a deal that names its lead: ids are of the two's own, or both count from 1."""
    day = pd.Timestamp("2026-01-05 09:00")
    numbers = range(60) if ids == "own" else range(1, 61)
    at = [f"{day + pd.Timedelta(days=n):%Y-%m-%d %H:%M}" for n in range(60)]
    sign = ("L-", "D-") if ids == "own" else ("", "")
    leads = pd.DataFrame(
        {
            lead: [f"{sign[0]}{n}" for n in numbers],
            "Company": [f"Mill {n % 40}" for n in range(60)],
            "Created": at,
            "Lead status": ["Converted" if n < 40 else "Nurturing" for n in range(60)],
            became: [f"{sign[1]}{numbers[39 - n]}" if n < 40 else "" for n in range(60)],
        }
    )
    deals = pd.DataFrame(
        {
            lead: leads[lead][:40][::-1].to_list(),
            deal: [f"{sign[1]}{n}" for n in numbers[:40]],
            "Created": [f"{day + pd.Timedelta(days=39 - n, hours=5):%Y-%m-%d %H:%M}" for n in range(40)],
            "Stage": [("Won", "Lost", "Proposal")[n % 3] for n in range(40)],
            "Closed date": [f"{day + pd.Timedelta(days=70 + n):%Y-%m-%d}" * (n % 3 < 2) for n in range(40)],
        }
    )
    return leads, deals


@pytest.mark.parametrize("ids", ["own", "counted"])
@pytest.mark.parametrize(
    ("lead", "deal", "became"),
    [
        ("线索编号", "商机编号", "转化商机编号"),
        ("Lead ID", "Deal ID", "Converted deal ID"),
        ("Lead ID", "Opportunity ID", "Converted opportunity ID"),
    ],
)
def test_leads_and_deals_that_name_each_other_are_read_as_where_only_leads_do(folder, lead, deal, became, ids):
    leads, deals = leads_named_by_deals(lead, deal, became, ids)
    leads.to_csv(folder / "leads.csv", index=False)
    mails = {
        "Deal": deals[deal].repeat(2),
        "Sent": deals["Created"].repeat(2),
        "Direction": ["Incoming", "Outgoing"] * 40,
        "Body": [f"We need {n} pumps for our project, please" for n in range(80)],
    }
    pd.DataFrame(mails).to_csv(folder / "mails.csv", index=False)
    drafts = []
    for columns in (deals, deals.drop(columns=lead)):
        columns.to_csv(folder / "deals.csv", index=False)
        values, result, text = suggested(folder)
        assert values["inquiries"][0]["columns"]["inquiry_id"] == deal
        assert len(result.tables.inquiries) == 60
        assert len(result.tables.messages) == 80
        assert "as lost, [] as open" not in text
        drafts.append([values["inquiries"], values["messages"], values["outcomes"]])
    assert drafts[0] == drafts[1]


def test_leads_lost_without_a_date_are_said_to_be_open_and_not_lost_as_well(folder):
    leads, deals = leads_named_by_deals("Lead ID", "Deal ID", "Converted deal ID", "own")
    leads["Lead status"] = leads["Lead status"].replace("Nurturing", "Disqualified")
    leads.to_csv(folder / "leads.csv", index=False)
    deals.to_csv(folder / "deals.csv", index=False)
    text = suggest_mapping(folder)
    assert "['Disqualified'] ARE LOST WITHOUT A DATE" in text
    assert "are taken as lost" not in text


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


@pytest.mark.parametrize(
    ("name", "said", "told"),
    [
        ("Deal?", ["won", "lost - budget", ""], ["won", "lost", "open"]),
        ("Notiz", ["Gewonnen", "Verloren: Termin", ""], ["won", "lost", "open"]),
        ("Deal?", ["✅", "❌", ""], ["won", "lost", "open"]),
        ("Order?", ["✔️", "✖️", ""], ["won", "lost", "open"]),
        ("Deal?", ["👍🏽 deposit in", "❌ no budget", "maybe"], ["won", "lost", "open"]),
    ],
)
def test_words_or_signs_of_both_are_the_outcome_before_a_done(folder, name, said, told):
    rows = table(60).drop(columns=["状态", "成交时间"])
    rows.assign(**{"Status": ["Done", "Done", "Dead"] * 20, name: said * 20}).to_csv(folder / "a.csv", index=False)
    values, result, _ = suggested(folder)
    assert values["outcomes"][0]["columns"]["status"]["column"] == name
    assert result.tables.outcomes["status"].tolist()[:3] == told
    assert "Status" in forbidden(values)


def test_a_second_column_that_says_won_and_lost_is_no_attribute(folder):
    rows = table(60, Remate=["ganada", "perdida: precio", "x"] * 20, Trial=["yes", "no", "later"] * 20)
    rows.to_csv(folder / "a.csv", index=False)
    values, _, _ = suggested(folder)
    assert forbidden(values) == {"Remate"}
    assert "Trial" in values["inquiries"][0]["attributes"]["categorical"]


@pytest.mark.parametrize(
    ("said", "known"), [("✅ Quoted", "open"), ("❌ won", "won"), ("Muster da ✅", "won"), ("2×3 m", None)]
)
def test_a_sign_counts_where_no_word_does(folder, said, known):
    table(80, 状态=[said, "✅", "❌", "x"] * 20).to_csv(folder / "a.csv", index=False)
    values, _, _ = suggested(folder)
    found = values["outcomes"][0]["columns"]["status"]["values"]
    assert (found[said], found["✅"], found["❌"]) == (known or "open", "won", "lost")


@pytest.mark.parametrize(
    ("won", "lost", "waiting"),
    [("Venda", "Perda", "Em negociação"), ("Venta", "No vendido", "En seguimiento"), ("Sipariş Alındı", "Vazgeçildi", "Takipte"),
     ("OLUMLU", "OLUMSUZ", "Teklif verildi"), ("Đã chốt đơn", "Không chốt", "Đang theo dõi"), ("Đã ký hợp đồng", "Thất bại", "Mới"),
     ("Vente", "Abandonné", "Devis envoyé"), ("Zuschlag", "Nicht beauftragt", "In Verhandlung"), ("Заказали", "Потеряно", "На согласовании"),
     ("تم التعاقد", "خسرنا", "قيد التفاوض"), ("中标", "未中标", "谈判"), ("Vendita", "Non aggiudicata", "In trattativa"),
     ("Sprzedaż", "Utracona", "W trakcie"), ("契約済み", "見送り", "検討中")],
)  # fmt: skip
def test_won_lost_and_open_are_known_in_many_languages(won, lost, waiting):
    assert [meaning(said, "statuses") for said in (won, lost, waiting)] == ["won", "lost", "open"]


@pytest.mark.parametrize(
    ("won", "lost"),
    [
        ("Aprovado", "Recusado"),
        ("Approved", "Rejected"),
        ("Genehmigt", "Abgelehnt"),
        ("Согласовано", "Отклонено"),
        ("已批准", "拒绝"),
    ],
)
def test_approved_beside_refused_is_won_and_asked_about(folder, won, lost):
    table(60, 状态=[won, lost, "x"] * 20).to_csv(folder / "a.csv", index=False)
    values, _, text = suggested(folder)
    assert values["outcomes"][0]["columns"]["status"]["values"][won] == "won"
    assert f"status: [{won!r}] say done where others say no or lost" in text


def offers(folder, estado, situacao, **columns):
    """Inquiries with a status of their own, and the offers made for two thirds of them, each of which was revised."""
    leads = table(60, Estado=estado * 20).drop(columns=["状态", "成交时间"])
    leads.to_csv(folder / "leads.csv", index=False)
    rows = leads[leads.index % 3 < 2]
    two = pd.DataFrame({"询盘编号": rows["询盘编号"].repeat(2), "Situação": situacao * (len(rows) // 2)})
    two["Valor"] = [f"{900 + n}.50" for n in range(len(two))]
    two.assign(**columns).to_csv(folder / "propostas.csv", index=False)
    return suggested(folder)


def test_a_status_of_inquiries_that_says_both_goes_before_an_offers_approved(folder):
    values, result, _ = offers(
        folder, ["Venda", "Perda", "Novo"], ["Substituído", "Aprovado", "Substituído", "Recusado"]
    )
    assert values["outcomes"][0]["columns"]["status"]["column"] == "Estado"
    assert result.tables.outcomes["status"].value_counts().to_dict() == {"won": 20, "lost": 20, "open": 20}


@pytest.mark.parametrize("columns", [{}, {"Revisão": ["1", "2"] * 40}])
def test_of_revised_offers_the_latest_counts(folder, columns):
    said = ["Substituído" if not columns else "Enviado", "Aprovado", "Recusado", "Recusado"]
    values, result, text = offers(folder, ["x", "y", "z"], said, **columns)
    assert values["outcomes"][0]["one_per_key"] == "latest"
    assert "repeats in revisions" in text
    assert sorted(result.tables.outcomes["order_value"].dropna())[:2] == [901.5, 903.5]


def test_the_inquiries_own_status_is_named_where_another_file_knows_no_win(folder):
    _, _, text = offers(folder, ["Zack", "Perda", "Novo"], ["Enviado", "Recusado", "Enviado", "Recusado"])
    assert "OR IS IT 'Estado' OF leads.csv THAT TELLS? Say which of ['Novo', 'Zack'] mean won" in text
