"""Who the buyer says they are, by what the known messages give."""

import math

import pandas as pd
import pytest

from tests.feature_tables import at_hours, inquiry, make_tables, row, thread


def sent(hours: float = 0, number: int = 1, side: str = "inbound", **columns: object) -> dict:
    return {"message_id": f"m{number}", "inquiry_id": "a", "sent_at": hours, "direction": side, **columns}


def assert_flag(got: float, expected: float | None) -> None:
    assert pd.isna(got) if expected is None else got == expected


def identity(*messages: dict, country: str | None = "DE", client: dict | None = None, hours: float = 48) -> pd.Series:
    clients = [{"client_id": "client", "known_at": 0, **client}] if client else []
    return row(make_tables([inquiry(country=country)], messages, clients=clients), hours)


@pytest.mark.parametrize(
    ("address", "free", "disposable"),
    [
        ("ana@acme.example", 0, 0),
        ("Ana <ANA@GMail.com>", 1, 0),
        ("ana@mail.yahoo.com", 1, 0),
        ("ana@mailinator.com", 1, 1),
        ("ana at acme", None, None),
        (None, None, None),
    ],
)
def test_a_mailbox_is_free_or_disposable_by_its_domain(address, free, disposable):
    got = identity(sent(sender_email=address, text="x"))
    assert_flag(got["free_mailbox"], free)
    assert_flag(got["disposable_mailbox"], disposable)


def test_one_company_address_is_enough_and_one_throw_away_address_too():
    got = identity(
        sent(sender_email="a@gmail.com"),
        sent(1, 2, sender_email="a@acme.de"),
        sent(2, 3, sender_email="b@mailinator.com"),
    )
    assert got[["free_mailbox", "disposable_mailbox"]].tolist() == [0, 1]


def test_our_own_address_says_nothing_of_the_buyer():
    got = identity(sent(text="x"), sent(1, 2, "outbound", sender_email="sales@gmail.com", sender_title="CEO"))
    assert got[["free_mailbox", "title_given", "sender_count"]].isna().all()


@pytest.mark.parametrize(
    ("address", "company", "website", "matches"),
    [
        ("ana@acme-tools.de", "ACME Tools GmbH", None, 1),
        ("ana@mail.acme-tools.de", "Ácme Tools Co., Ltd.", None, 1),
        ("ana@acme.com.br", "Acme Importadora Ltda", None, 1),
        ("ana@acmegroup.com", "Acme Industrial Supplies", None, 1),
        ("ana@ait.de", "Alpha Industrial Trade Ltd", None, 1),
        ("ana@gmail.com", "Acme Tools GmbH", "acme.de", 0),
        ("ana@other.de", "Acme Tools GmbH", None, 0),
        ("ana@shop.acme.co.uk", None, "https://www.acme.co.uk/en", 1),
        ("ana@other.co.uk", None, "https://www.acme.co.uk/en", 0),
        ("ana@de.de", "Trade Co Ltd", None, 0),
        ("ana@acme.de", None, None, None),
        (None, "Acme Tools GmbH", "acme.de", None),
    ],
)
def test_a_mail_domain_is_compared_with_the_companys_name_and_website(address, company, website, matches):
    got = identity(sent(sender_email=address), client={"company": company, "website": website})[
        "domain_matches_company"
    ]
    assert_flag(got, matches)


def test_a_company_that_is_named_later_is_not_compared_yet():
    tables = make_tables(
        messages=[sent(sender_email="ana@acme.de")],
        clients=[
            {"client_id": "client", "known_at": 5, "company": "Other AG"},
            {"client_id": "client", "known_at": 10, "company": "Acme"},
        ],
    )
    got = at_hours(tables, 4, 5, 10)["domain_matches_company"].tolist()
    assert got == pytest.approx([math.nan, 0, 1], nan_ok=True)


@pytest.mark.parametrize(
    ("address", "country", "matches"),
    [
        ("a@acme.de", "DE", 1),
        ("a@acme.de", "FR", 0),
        ("a@acme.co.uk", "GB", 1),
        ("a@acme.com", "DE", None),
        ("a@acme.io", "DE", None),
        ("a@acme.eu", "DE", None),
        ("a@acme.de", None, None),
    ],
)
def test_a_mail_domain_tells_a_country_or_nothing(address, country, matches):
    got = identity(sent(sender_email=address), country=country)["mail_domain_country_matches"]
    assert_flag(got, matches)


@pytest.mark.parametrize(
    ("phone", "country", "valid"),
    [
        ("+49 30 901820", "DE", 1),
        ("030 901820", "DE", 1),
        ("+33 1 42 76 40 40", "DE", 0),
        ("12", "DE", 0),
        ("call me", "DE", 0),
        ("9" * 10_000, "DE", 0),
        ("+49 30 901820", None, None),
        (None, "DE", None),
    ],
)
def test_a_phone_number_is_checked_against_the_country(phone, country, valid):
    got = identity(sent(sender_phone=phone, sender_name="Ana"), country=country)["valid_phone_for_country"]
    assert_flag(got, valid)


def test_a_title_is_not_observed_where_the_message_gives_no_sender_at_all():
    assert identity(sent(sender_name="Ana"))["title_given"] == 0
    assert identity(sent(sender_name="Ana", sender_title="Buyer"))["title_given"] == 1
    assert pd.isna(identity(sent(text="x"))["title_given"])


def test_a_website_is_given_by_a_text_or_by_the_clients_row():
    assert identity(sent(text="see HTTPS://acme.example"))["website_given"] == 1
    assert identity(sent(text="see www.acme.example"))["website_given"] == 1
    assert identity(sent(text="hello"))["website_given"] == 0
    assert identity(sent(text="hello"), client={"website": "acme.example"})["website_given"] == 1
    assert identity(client={"website": "acme.example"})["website_given"] == 1
    assert pd.isna(identity()["website_given"])


def test_a_web_address_in_quoted_history_is_not_the_buyers():
    quoted = (
        "Thanks, I will look.\n\nOn 3 March 2026 at 10:00, Li <li@ours.example> wrote:\n> See https://www.ours.example"
    )
    assert identity(sent(text=quoted))["website_given"] == 0
    assert identity(sent(text="Please quote.\n\nBest regards\nAna\nwww.acme.example"))["website_given"] == 1


def test_channels_are_counted_over_all_known_messages():
    messages = [
        sent(sender_email="a@b.example"),
        sent(5, 2, sender_phone="030 901820"),
        sent(9, 3, text="www.b.example"),
    ]
    assert at_hours(make_tables(messages=messages), 0, 5, 9)["contact_channel_count"].tolist() == [1, 2, 3]
    assert identity(sent(text="x"))["contact_channel_count"] == 0
    assert pd.isna(identity()["contact_channel_count"])


def test_senders_are_told_apart_by_address_and_else_by_name():
    messages = [
        sent(0, 1, sender_email="A@b.example", sender_name="Ana"),
        sent(1, 2, sender_email="a@B.example", sender_name="Ana Lima"),
        sent(2, 3, sender_name="Bo"),
        sent(3, 4),
    ]
    assert at_hours(make_tables(messages=messages), 0, 1, 2, 3)["sender_count"].tolist() == [1, 1, 2, 2]
    assert pd.isna(identity(*thread(("in", 0)))["sender_count"])


def test_a_name_that_came_with_an_address_is_nobody_new_without_it():
    messages = [
        sent(0, 1, sender_name="Олег "),
        sent(1, 2, sender_name="Chen Wei"),
        sent(2, 3, sender_name="олег", sender_email="oleg@b.example"),
        sent(3, 4, sender_name="ОЛЕГ"),
        sent(4, 5, sender_name="Chen Wei", sender_email="export@b.example"),
        sent(5, 6, sender_name="Chen Wei", sender_email="chen@b.example"),
        sent(6, 7, sender_name="Chen Wei"),
        sent(7, 8, sender_email="oleg@b.example"),
        sent(8, 9),
    ]
    other = {**sent(0, 10, sender_name="Chen Wei"), "inquiry_id": "b"}
    tables = make_tables([inquiry(), inquiry("b")], [*messages, other])
    assert at_hours(tables, *range(9))["sender_count"].tolist() == [1, 2, 2, 2, 2, 3, 3, 3, 3]
    assert row(tables, 9, inquiry_id="b")["sender_count"] == 1
