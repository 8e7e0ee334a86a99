"""A first mapping of records that name each other, notes, deleted rows and what is known only later."""

# ruff: noqa: E501  (literal rows of exports are not wrapped)

import pandas as pd
import pytest
import yaml

from inquiry_intent.sources.ingest import read_export
from inquiry_intent.sources.mapping import load_mapping
from inquiry_intent.sources.suggest import suggest_mapping
from tests.drafted import erp_orders, forbidden, suggested, table, with_messages

#: Hundreds of drafts; the commonest exports are in test_sources_suggest.py.
pytestmark = pytest.mark.slow


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
    ("name", "codes"),
    [
        ("Curr", ["USD", "EUR"]),
        ("Ccy", ["usd", "cny"]),
        ("Div.", ["MXN", "USD"]),
        ("结算", ["美元", "人民币"]),
        ("Ед.", ["$", "€"]),
        ("Preisbasis", ["CHF", "EUR"]),
        ("ع", ["SAR", "USD"]),
    ],
)
def test_a_column_of_currencies_beside_an_amount_is_its_currency_whatever_its_name(folder, name, codes):
    amounts = {"成交金额": [f"{100 + n}.50" for n in range(60)], name: [codes[n % 2] for n in range(60)]}
    table(60, **amounts).to_csv(folder / "a.csv", index=False)
    values, result, text = suggested(folder)
    assert result.tables.outcomes["currency"].nunique() == 2
    assert "no currency was found" not in text
    assert name not in str(values["inquiries"])


@pytest.mark.parametrize("words", [["L", "M"], ["USD", "Ltr"], ["Top", "New"]])
def test_a_column_of_other_words_is_no_currency(folder, words):
    amounts = {"成交金额": [f"{100 + n}.50" for n in range(60)], "Class": [words[n % 2] for n in range(60)]}
    table(60, **amounts).to_csv(folder / "a.csv", index=False)
    assert "no currency was found" in suggest_mapping(folder)


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


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("tasks", "Text"), ("Aufgaben", "Beschreibung"), ("задачи", "Текст"), ("tareas", "Descripción"),
        ("tarefas", "Texto"), ("tâches", "Contenu"), ("任务", "内容"), ("المهام", "المحتوى"),
    ],
)  # fmt: skip
def test_what_our_team_has_to_do_is_no_message_unless_a_column_tells_who_wrote(folder, title, text):
    notes_beside(folder, title, text, Status=["Done", "Open", "Open"] * 10)
    values, _, said = suggested(folder)
    assert [rule["from"] for rule in values["messages"]] == ["询盘"]
    assert f"not used: {title}.csv" in said
    notes_beside(folder, title, text, Direction=["Incoming", "Outgoing"] * 15)
    values, result, _ = suggested(folder)
    assert len(values["messages"]) == 2
    assert (result.tables.messages["direction"] == "outbound").sum() == 15


SIDES_AND_NOTES = [
    ("Note type", ["Incoming email", "Outgoing email", "Common note", "System message", "Call"]),
    (
        "Тип примечания",
        ["Входящее письмо", "Исходящее письмо", "Обычное примечание", "Системное уведомление", "Звонок"],
    ),
    ("Art der Notiz", ["Eingehende E-Mail", "Ausgehende E-Mail", "Interne Notiz", "Systemnachricht", "Anruf"]),
    ("Tipo de nota", ["Correo entrante", "Correo saliente", "Nota común", "Notificación del sistema", "Llamada"]),
    ("Tipo", ["Mensagem recebida", "Mensagem enviada", "Nota interna", "Notificação do sistema", "Ligação"]),
    ("Type de note", ["Courriel entrant", "Courriel sortant", "Note interne", "Notification système", "Appel"]),
    ("记录类型", ["收到邮件", "发出邮件", "内部备注", "系统消息", "电话"]),
    ("نوع الملاحظة", ["بريد وارد", "بريد صادر", "ملاحظة داخلية", "إشعار النظام", "مكالمة"]),
]


@pytest.mark.parametrize(("column", "kinds"), SIDES_AND_NOTES, ids=[column for column, _ in SIDES_AND_NOTES])
def test_notes_in_the_column_that_tells_the_sides_are_left_out(folder, column, kinds):
    notes_beside(folder, "notes", "Text", **{column: kinds * 6})
    values, result, text = suggested(folder)
    rule = next(rule for rule in values["messages"] if rule["from"] == "notes")
    assert rule["columns"]["direction"]["values"] == dict(zip(kinds[:2], ["inbound", "outbound"], strict=True))
    assert rule["unless"] == {column: sorted(kinds[2:])}
    assert len(result.tables.messages) == 30 + 12
    assert result.quarantine.empty
    assert "DIRECTION: say" not in text
    assert "NO MESSAGES ARE READ" not in text


def test_a_kind_that_may_be_no_message_is_asked_about_with_the_line_that_leaves_it_out(folder):
    notes_beside(folder, "messages", "Text", Direction=["Incoming", "Outgoing", "Parcel"] * 10)
    text = suggest_mapping(folder)
    assert "DIRECTION: say what ['Parcel'] of 'Direction' mean: inbound, outbound, or no message" in text
    assert "left out: unless: {Direction: [Parcel]}" in text


def test_internal_is_a_side_beside_external_and_a_note_beside_both(folder):
    notes_beside(folder, "messages", "Text", Direction=["External", "Internal"] * 15)
    values, _, _ = suggested(folder)
    assert values["messages"][0]["columns"]["direction"]["values"] == {"External": "inbound", "Internal": "outbound"}
    notes_beside(folder, "messages", "Text", Direction=["In", "Out", "Internal"] * 10)
    values, _, _ = suggested(folder)
    assert values["messages"][0]["unless"] == {"Direction": ["Internal"]}


def test_notes_that_are_not_read_are_told_of_once(folder):
    notes_beside(folder, "notes", "Content")
    text = suggest_mapping(folder)
    assert "NO MESSAGES ARE READ FROM notes.csv" in text
    assert "not used: notes.csv" not in text


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


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        *(
            (name, "2026-07-{n:02d}")
            for name in ("Teklif Tarihi", "تاريخ العرض", "Дата КП", "Fecha de oferta", "Offer date")
        ),
        *((name, "{n}") for name in ("Qualificação", "Calificación", "Puan", "التقييم", "Оценка", "Stars", "热度")),
        *(
            (name, "word {n}")
            for name in ("Kayıp Nedeni", "سبب الرفض", "Ablehnungsgrund", "Motivo da recusa", "Why lost")
        ),
    ],
)
def test_offers_ratings_and_reasons_of_loss_are_no_attributes_though_no_outcome_is_known(folder, name, cells):
    rows = table(60, 状态="x", **{name: [cells.format(n=1 + n % 5) for n in range(60)]}).drop(columns="成交时间")
    rows.to_csv(folder / "a.csv", index=False)
    assert name in forbidden(suggested(folder)[0])


@pytest.mark.parametrize("name", ["Yetkili", "Ansprechpartnerin", "Interlocuteur", "Persona de contacto", "ご担当者"])
def test_whom_one_speaks_to_is_no_attribute(folder, name):
    table(60, **{name: [f"Ada {n % 5}" for n in range(60)]}).to_csv(folder / "a.csv", index=False)
    values, _, _ = suggested(folder)
    assert name not in values["inquiries"][0].get("attributes", {}).get("categorical", [])


@pytest.mark.parametrize(("filled", "taken"), [(60, True), (40, False)])
@pytest.mark.parametrize(("notes", "asked"), [("Notes", "Their words"), ("Notizen", "Gewünscht"), ("备注", "买家原话")])
def test_what_was_asked_is_taken_before_notes_that_some_rows_have(folder, notes, asked, filled, taken):
    said = [f"We would like to have {n} valves for our plant near the coast" if n < filled else "" for n in range(60)]
    noted = [f"called her, nice lady no {n}" if n % 2 else "" for n in range(60)]
    table(60).drop(columns="询盘内容").assign(**{notes: noted, asked: said}).to_csv(folder / "a.csv", index=False)
    values, _, text = suggested(folder)
    assert values["messages"][0]["columns"]["text"] == (asked if taken else notes)
    assert (f"[{asked!r}] are texts too, and not read" in text) == (not taken)
