"""Dates by which goods are needed, and dates of something else, in eight languages."""

from datetime import date

import pandas as pd
import pytest

from inquiry_intent.signals.quantities import find_quantities, largest_values

SENT = date(2026, 9, 21)


def days_to_deadline(text: str) -> float | None:
    messages = pd.DataFrame({"message_id": ["a"], "text": [text], "sent_at": [pd.Timestamp(SENT, tz="UTC")]})
    days = largest_values(find_quantities(messages)).get("days_to_deadline", pd.Series(dtype="float64")).dropna()
    return None if days.empty else days.item()


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("Requested delivery date: 12 November 2026", "2026-11-12"),
        ("We need the cups in mid-October.", "2026-10-15"),
        ("They are required in 3-4 weeks.", "2026-10-19"),
        ("We want the parcel in the coming two weeks", "2026-10-05"),
        ("Las piezas nos hacen falta en los próximos 30 días", "2026-10-21"),
        ("Nas próximas 3 semanas precisamos das tampas", "2026-10-12"),
        ("Wir benötigen die Deckel in den nächsten 6 Wochen", "2026-11-02"),
        ("Il nous faut les couvercles dans les prochaines 4 semaines", "2026-10-19"),
        ("Крышки нужны в ближайшие 10 дней", "2026-10-01"),
        ("未来30天内要到货", "2026-10-21"),
        ("The tender closes on 12.10.2026.", "2026-10-12"),
        ("Please ship before the end of next month", "2026-10-31"),
        ("by the end of this month", "2026-09-30"),
        ("Everything must be here before Black Friday", "2026-11-27"),
        ("before Chinese New Year", "2027-02-06"),
        ("Wunschtermin: KW 45", "2026-11-06"),
        # a delivery in a month, in each language
        ("CIF Koper, delivery in October", "2026-10-31"),
        ("CIF Veracruz, entrega en octubre", "2026-10-31"),
        ("CIF Santos, entrega em outubro", "2026-10-31"),
        ("CIF Le Havre, livraison en octobre", "2026-10-31"),
        ("DAP Linz, Lieferung Mitte Oktober", "2026-10-15"),
        ("CIP Омск, поставка в октябре", "2026-10-31"),
        ("CIF جدة، التسليم في شهر أكتوبر", "2026-10-31"),
        ("CIF汉堡，10月底交货", "2026-10-31"),
        ("Wir brauchen die Becher Ende Oktober", "2026-10-31"),
        ("bis Ende nächsten Monats", "2026-10-31"),
        ("Lieferdatum: 20. November 2026", "2026-11-20"),
        ("Fecha requerida: 20/11/2026", "2026-11-20"),
        ("Necesitamos los vasos en 21 días", "2026-10-12"),
        ("a más tardar el 5/10", "2026-10-05"),
        ("antes de fin de mes", "2026-09-30"),
        ("Prazo: 20 de novembro de 2026", "2026-11-20"),
        ("preciso até dia 7/11", "2026-11-07"),
        ("até o fim do mês que vem", "2026-10-31"),
        ("Date limite : 20 novembre 2026", "2026-11-20"),
        ("livraison sous quinzaine", "2026-10-06"),
        ("Il nous les faut pour le 20/11/2026", "2026-11-20"),
        ("Дата отгрузки: 20 ноября 2026", "2026-11-20"),
        ("нам нужно через три недели", "2026-10-12"),
        ("не позже середины декабря", "2026-12-15"),
        ("поставка до 45 недели", "2026-11-06"),
        ("до конца месяца", "2026-09-30"),
        ("تاريخ التسليم: 20 نوفمبر 2026", "2026-11-20"),
        ("نحتاجها خلال أسبوعين", "2026-10-05"),
        ("قبل نهاية الشهر القادم", "2026-10-31"),
        ("交期：2026年11月20日", "2026-11-20"),
        ("十一月二十号之前要到", "2026-11-20"),
        ("下个月底前要货", "2026-10-31"),
        ("我司10月12日截标", "2026-10-12"),
        ("80个灯，11月2日之前要到", "2026-11-02"),
    ],
)
def test_a_date_by_which_something_is_needed(text, due):
    assert days_to_deadline(text) == (date.fromisoformat(due) - SENT).days


@pytest.mark.parametrize(
    "text",
    [
        "Our office is closed until 9 October.",
        "Is your quotation valid until 31 December?",
        "Balance within 10 days after shipment.",
        "May we return broken cups within 14 days?",
        "You told us delivery within 40 days.",
        "We would like to visit you before 10 November.",
        "We spoke two weeks ago",
        "Merci pour le plan mis à jour.",
        "Maybe we buy some before the end of the year.",
        "We opened in October 2025 and need a supplier.",
        "Zahlung binnen 45 Tagen netto",
        "Das Geld überweisen wir als Zahlung in den nächsten 10 Tagen",
        "El saldo se paga en los próximos 10 días",
        "最近两个月我们没有联系",
        "Our chain will grow in the coming 12 months",
        "Nos próximos 12 meses pretendemos comprar 300 toneladas",
        "我公司未来12个月的采购量约500吨",
        "Dans les prochains 6 mois nous ouvrons un magasin",
        "Unser neues Lager öffnet in den nächsten 3 Monaten",
        "В ближайшие 6 месяцев мы откроем магазин",
        "Ist das Angebot bis 31. Dezember gültig?",
        "Ich bin bis 9. Oktober im Urlaub",
        "Vor drei Wochen haben wir telefoniert",
        "Estaré de vacaciones hasta el 9 de octubre",
        "El pago es dentro de 45 días",
        "¿Su precio sigue vigente hasta el 31 de diciembre?",
        "Estou de férias até 9 de outubro",
        "Pagamento dentro de 45 dias",
        "O preço vale até 31 de dezembro?",
        "Je suis absent jusqu'au 9 octobre",
        "Règlement sous 45 jours",
        "Le devis est-il valable jusqu'au 31 décembre ?",
        "Я в отпуске до 9 октября",
        "Оплата в течение 45 дней",
        "Вы писали, что поставка в течение 40 дней",
        "سأكون في إجازة حتى 9 أكتوبر",
        "السداد خلال 45 يوما",
        "هل السعر صالح حتى 31 ديسمبر؟",
        "10月9日前我在度假",
        "45天内付款",
        "报价12月31日前有效吗",
        "两个月前我们联系过",
    ],
)
def test_a_date_of_something_else_is_none(text):
    assert days_to_deadline(text) is None


def test_what_is_needed_is_told_from_what_stands_beside_it():
    text = "I am on leave until 25 September, but we need the cups before 15 October. Balance within 7 days."
    assert days_to_deadline(text) == 24
