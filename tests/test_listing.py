"""What was pasted from a listing is not what the buyer says."""

import pandas as pd
import pytest

from inquiry_intent.signals.catalogue import shipped_catalogue
from inquiry_intent.signals.finding import find_signals
from inquiry_intent.signals.listing import pasted_spans
from inquiry_intent.signals.meaning import sentences_of

TITLE = "Custom Logo Soft Plush Toy Doll Gift Box"
LIST = "Material:PVC Sample Time:3-7 days Logo:Accept Customized Logo Usage:Wedding Gift"


def signals(text: str) -> set[str]:
    return set(find_signals(pd.DataFrame({"message_id": ["a"], "text": [text]}), shipped_catalogue())["signal"])


def test_a_pasted_title_and_pasted_attributes_show_only_what_the_goods_are():
    assert signals(f"{TITLE}\nHello, I like this one. {LIST}") <= {"states_specification"}


def test_what_the_buyer_writes_beside_them_counts():
    assert {"states_quantity", "asks_sample"} <= signals(
        f"{TITLE}\nWe need 500 pcs, please send a sample first. {LIST}"
    )


def test_an_answer_in_a_pasted_list_counts():
    assert "states_quantity" in signals(f"Hello. {LIST} Quantity:500 pcs")


@pytest.mark.parametrize(
    "text",
    [
        "Product: ball valve\nQuantity: 500 pcs\nLogo: our own logo please\nSample: please send one",
        "Anfrage: 18.000 Stk. Zylinderschrauben M5x16, A4-70, ISO 4762, FCA Ningbo.\nGruß",
        "We Need 500 Pcs Of Soft Plush Toys\nRegards",
        "PLEASE SEND PRICE FOR SOFT PLUSH TOYS\nREGARDS",
        "Meeting at 10:30, call me at http://a.example:80 or on 12:00: thanks",
    ],
)
def test_a_form_a_sentence_and_a_time_are_the_buyers(text):
    assert pasted_spans(text) == []


def test_a_key_of_two_words_does_not_leave_its_first_to_the_buyer():
    text = "how much is the freight to Texas 78660 Item Type:Plush Filling:Cotton Color:Red"
    assert next(text[start:end] for start, end in pasted_spans(text)) == "Item Type:Plush "


def test_what_is_typed_before_pasted_attributes_is_a_sentence_of_its_own():
    text = f"i want to sell this in my shop {LIST} Quantity:500 pcs"
    sentences = [words for *_, words in sentences_of(["a"], ["en"], [text])]
    assert sentences == ["i want to sell this in my shop", "Quantity:500 pcs"]


def test_a_number_takes_no_unit_from_pasted_attributes():
    assert "states_quantity" not in signals("shipping to Texas 78660 Items:Toy Filling:Cotton Color:Red Usage:Gift")
