"""The reasons of a score in words that a salesperson understands."""

import re
from fnmatch import fnmatchcase

import numpy as np
import pandas as pd
import pytest

from inquiry_intent.embedding import EMBEDDING_PREFIX
from inquiry_intent.features.text import BUYER_TEXT
from inquiry_intent.reasons import CARD, load_reasons, reasons_of, resolved, shown_name, unbelievable
from inquiry_intent.rules import RuleCalibration, card_points, load_card
from inquiry_intent.signals.catalogue import shipped_catalogue
from tests.feature_tables import every_feature
from tests.test_rules import features

#: Values that a feature may have.
SAMPLES = (-30.0, -1.0, 0.0, 0.3, 0.5, 1.0, 2.0, 5.0, 400.0, 1e6)
#: A rate is said only where something was decided.
DECIDED = {"client_decided_count": [9.0]}


@pytest.fixture(scope="module")
def built() -> pd.DataFrame:
    """A feature table with every column that there is."""
    return every_feature("attr_company_size")


def said(summed: dict[str, float], **columns: list) -> str:
    index = features(age_days=[1.0]).index
    return reasons_of(pd.DataFrame(columns, index=index), pd.DataFrame([summed], index=index), 4).item()


def phrase_of(feature: str, value: float) -> str:
    """What is said of a value of a feature."""
    return next(p.text(feature, value) for p in load_reasons().phrases_of(feature) if p.fits(value))


def test_every_feature_has_a_phrase_or_is_never_shown(built):
    book = load_reasons()
    for name in map(str, built):
        if name.startswith(EMBEDDING_PREFIX) or name == BUYER_TEXT:
            continue
        assert book.is_never_shown(name) != bool(book.phrases_of(name)), name


def test_every_phrase_and_every_never_shown_pattern_speaks_of_a_feature_that_exists(built):
    book = load_reasons()
    for name in book.never_shown:
        assert any(fnmatchcase(str(c), name) for c in built), name
    for phrase in book.phrases:
        assert any(phrase.pattern.fullmatch(str(c)) for c in built), phrase.feature
        assert phrase.where is None or set(phrase.where.features) <= set(built)
    assert set(book.meanings) <= set(shipped_catalogue().signals)


def test_no_phrase_shows_the_name_of_a_column(built):
    book = load_reasons()
    for name in map(str, built):
        for phrase in book.phrases_of(name):
            fitting = ["x y"] if pd.api.types.is_string_dtype(built[name]) else filter(phrase.fits, SAMPLES)
            for value in fitting:
                text = phrase.text(name, value)
                assert not re.search(r"[_={}]|nan", text), text
                assert text == text.strip()


def test_every_signal_that_was_found_reads_as_what_it_means():
    book = load_reasons()
    for name in shipped_catalogue().signals:
        [phrase, *_] = [p for p in book.phrases_of(f"signal_{name}_count") if p.fits(1.0)]
        text = phrase.text(f"signal_{name}_count", 1.0)
        assert len(text.split()) > 2, text
    assert said({"signal_asks_packaging_count": 0.3}, signal_asks_packaging_count=[1.0]) == ("For: asks for packaging")


def test_a_picture_can_tell_all_signals_apart_by_what_they_mean():
    names = [f"signal_{name}_count" for name in shipped_catalogue().signals]
    assert len({shown_name(name)[:48] for name in names}) == len(names)


def test_a_signal_that_was_not_found_is_a_reason_only_where_its_absence_is_put_in_words():
    book = load_reasons()
    spoken = set()
    for name in shipped_catalogue().signals:
        feature = f"signal_{name}_count"
        for sign in (0.3, -0.3):
            text = said({feature: sign}, **{feature: [0.0]})
            if text:
                assert sign < 0
                assert re.match(r"Against: (names no|does not) ", text)
                spoken.add(feature)
    absent = {p.feature for p in book.phrases if p.feature.startswith("signal_") and p.at_most == 0}
    assert spoken == absent


@pytest.mark.parametrize(
    "feature",
    [
        "received_local_weekday",
        "received_local_hour",
        "owner_recent_inquiry_count",
        "channel_decided_count",
        "signal_kind_count",
        "total_text_question_mark_count",
        "first_text_line_count",
    ],
)
def test_counters_the_shape_of_texts_and_the_day_of_the_week_are_never_shown(feature):
    assert said({feature: 0.9, "channel": 0.1}, **{feature: [3.0]}, channel=["referral"]) == "For: channel: referral"


def test_both_sides_are_named_strongest_first_and_unknown_is_no_reason():
    summed = {
        "buyer_reply_last_hours": 0.2,
        "channel": 0.4,
        "country": -0.1,
        "age_days": 0.9,
        "attr_company_size": -0.3,
        "product": 0.001,
    }
    text = said(
        summed,
        buyer_reply_last_hours=[6.2],
        channel=["referral"],
        country=["DE"],
        age_days=[np.nan],
        attr_company_size=[20.0],
        product=["lamps"],
    )
    assert text == (
        "For: channel: referral; last reply of the buyer after 6 hours. Against: company size: 20; country: Germany"
    )


def test_a_rate_is_a_reason_only_where_something_was_decided():
    for decided, expected in ((0.0, ""), (3.0, "For: earlier inquiries of this client: about 40% won")):
        assert said({"client_win_rate": 0.3}, client_win_rate=[0.4], client_decided_count=[decided]) == expected


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (2.6, "needs it in 3 days"),
        (1.0, "needs it in 1 day"),
        (0.04, "needs it in 1 day"),
        (0.0, "the day it is needed is today"),
        (-0.33, "the day it is needed is today"),
        (-1.0, "the date needed has passed"),
        (-3.5, "the date needed has passed"),
    ],
)
def test_a_deadline_is_told_to_the_day(days, expected):
    assert said({"days_to_deadline": -0.3}, days_to_deadline=[days]) == f"Against: {expected}"


@pytest.mark.parametrize(("inbound", "outbound", "lively"), [(1, 0, False), (1, 1, False), (2, 1, True), (3, 0, True)])
def test_one_or_two_messages_are_no_lively_exchange(inbound, outbound, lively):
    counts = {"inbound_message_count": [inbound], "outbound_message_count": [outbound]}
    text = said({"messages_per_day": 0.3}, messages_per_day=[float(inbound + outbound)], **counts)
    assert text == (f"For: lively exchange, {inbound + outbound} messages a day" if lively else "")
    assert said({"messages_per_day": -0.3}, messages_per_day=[0.2], **counts).startswith("Against: slow exchange")


@pytest.mark.parametrize(("inbound", "outbound", "shown"), [(1, 0, ""), (2, 0, "100%"), (1, 1, "50%"), (0, 2, "0%")])
def test_the_share_of_one_message_is_no_reason(inbound, outbound, shown):
    counts = {"inbound_message_count": [inbound], "outbound_message_count": [outbound]}
    share = inbound / (inbound + outbound)
    text = said({"inbound_message_share": share - 0.4}, inbound_message_share=[share], **counts)
    side = "For" if share > 0.4 else "Against"
    assert text == (f"{side}: {shown} of the messages are the buyer's" if shown else "")


def test_other_inquiries_of_the_client_may_have_come_later():
    text = said(
        {"client_other_inquiry_count": 0.3, "client_last_inquiry_days": 0.2},
        client_other_inquiry_count=[1.0],
        client_last_inquiry_days=[4.0],
    )
    assert text == "For: has 1 other inquiry with us; another inquiry of the client 4 days ago"


@pytest.mark.parametrize(("count", "days"), [(0.4, -0.3), (0.3, -0.4)])
def test_of_one_fact_only_the_stronger_direction_is_said(count, days):
    summed = {"client_other_inquiry_count": count, "client_last_inquiry_days": days, "channel": 0.1}
    values = {"client_other_inquiry_count": [1.0], "client_last_inquiry_days": [4.0], "channel": ["fair"]}
    text = said(summed, **values)
    assert ("4 days ago" in text) == (days < -count)
    assert ("has 1 other inquiry" in text) == (count > -days)
    assert "channel: fair" in text
    both = said(summed | {"client_last_inquiry_days": 0.2}, **values)
    assert "4 days ago" in both


def test_facts_tell_signals_and_events_apart():
    book = load_reasons()
    assert book.fact_of("event_held_call_count") == book.fact_of("event_held_call_hours")
    assert book.fact_of("event_held_call_count") != book.fact_of("event_quote_sent_count")
    assert book.fact_of("signal_asks_sample_count") != book.fact_of("signal_asks_rush_count")
    assert book.fact_of("channel") == ("channel",)


@pytest.mark.parametrize("of", ["client", "country", "product", "channel"])
@pytest.mark.parametrize(("rate", "sign", "side"), [(0.4, -1, ""), (0.4, 1, "For"), (0.3, 1, ""), (0.3, -1, "Against")])
def test_a_rate_above_the_overall_rate_never_speaks_against_and_one_below_never_for(of, rate, sign, side):
    values = {f"{of}_win_rate": [rate], f"{of}_decided_count": [3.0], "overall_win_rate": [0.34]}
    text = said({f"{of}_win_rate": 0.3 * sign}, **values)
    assert text.startswith(f"{side}: earlier inquiries") if side else not text


def test_blocks_are_named_only_where_too_little_else_is_left():
    wrote = {"total_text_character_count": [40.0]}
    text = said({"wording": 0.9, "channel": 0.1}, channel=["fair"], **wrote)
    assert text == "For: channel: fair; wording of the messages"
    many = {f"attr_{i}": 0.1 for i in range(4)}
    assert "wording" not in said({"wording": 0.9, **many}, **{name: ["x"] for name in many}, **wrote)


@pytest.mark.parametrize(
    ("messages", "characters", "card", "wording"),
    [
        (np.nan, np.nan, False, False),
        (0.0, np.nan, False, False),
        (1.0, np.nan, True, False),
        (1.0, 0.0, True, False),
        (1.0, 2.0, True, True),
    ],
)
def test_a_buyer_who_wrote_nothing_is_not_judged_by_words_or_by_the_card(messages, characters, card, wording):
    table = {"inbound_message_count": [messages], "total_text_character_count": [characters]}
    for sign in (0.5, -0.5):
        assert bool(said({CARD: sign}, **table)) == card
        assert bool(said({"wording": sign}, **table)) == wording
    assert said({CARD: 0.5, "channel": -0.1}, channel=["fair"]) == "Against: channel: fair"


def test_blocks_ask_for_features_that_exist(built):
    assert {name for block in load_reasons().blocks.values() for name in block.where.features} <= set(built)


def test_the_rule_card_is_resolved_into_its_lines_and_nothing_is_lost():
    calibration = RuleCalibration(coef=[[0.0, 0.0], [8.0, 1.0]], intercept=[0.0, 0.0])
    table = features(
        signal_states_quantity_count=[1, 1, 0],
        signal_price_only_count=[0, 1, 0],
        free_mailbox=[0, 0, 1],
        total_text_question_mark_count=[3, 3, 0],
        inbound_message_count=[1, 1, 1],
    )
    summed = pd.DataFrame({CARD: [0.8, -0.5, -0.4], "free_mailbox": [0.1, 0.0, 0.0]}, index=table.index)
    made = resolved(summed, card_points(table, calibration))
    assert made.sum(axis=1).to_numpy() == pytest.approx(summed.sum(axis=1).to_numpy())
    assert made[CARD].tolist() == [0.0, 0.0, -0.4]
    assert made["signal_price_only_count"].tolist() == [0.0, -0.5, 0.0]
    assert "total_text_question_mark_count" not in made
    reasons = reasons_of(table, made, 4).tolist()
    assert reasons[0].startswith("For: writes from a mailbox of their own domain; states the quantity wanted")
    assert reasons[1:] == [
        "Against: asks for nothing but the price",
        "Against: shows little of what buyers show before an order",
    ]


def test_every_line_of_the_card_that_holds_can_be_said():
    book, card = load_reasons(), load_card()
    for line in (line for group in (card.score, card.potential) for part in group.values() for line in part.lines):
        value = line.at_least if line.at_least is not None else line.at_most
        fitting = [phrase for phrase in book.phrases_of(line.feature) if phrase.fits(value)]
        assert book.is_never_shown(line.feature) or fitting, line.feature


def test_a_reason_that_no_salesperson_would_believe_is_found():
    table = features(free_mailbox=[1, 1, 0, 0, np.nan], signal_scam_or_phishing_count=[0, 1, 0, 0, 0])
    contributions = np.array([[0.3, 0.1], [-0.3, 0.1], [-0.3, 0.1], [0.3, 0.1], [0.3, 0.1]])
    wrong = unbelievable(table, list(table), contributions)
    assert wrong.tolist() == [[True, False], [False, True], [True, False], [False, False], [False, False]]


@pytest.mark.parametrize(
    ("feature", "value"),
    [
        ("has_import_record", 0),
        ("import_frequency_per_year", 0),
        ("import_value_usd", 0),
        ("free_mailbox", 1),
        ("disposable_mailbox", 1),
        ("signal_scam_or_phishing_count", 1),
        ("signal_scam_or_phishing_count", 0),
        ("signal_mass_mail_template_count", 1),
        ("signal_catalogue_and_best_price_count", 1),
        ("near_duplicate_client_count", 2),
        ("title_given", 0),
        ("silent_after_quote_hours", 400),
        ("unanswered_outbound_count", 1),
        ("age_days", 60),
        ("working_hours_share", 0.2),
        ("inbound_message_share", 0.2),
        ("messages_per_day", 0.3),
        ("buyer_reply_median_hours", 300),
        ("buyer_reply_trend_log_hours", 0.5),
        ("seller_first_reply_hours", 200),
        ("longest_gap_hours", 900),
        ("client_win_rate", 0.05),
        ("sender_count", 1),
        ("signal_collects_for_company_count", 1),
    ],
)
def test_a_bad_sign_is_never_a_plus(feature, value):
    assert said({feature: 0.5}, **{feature: [float(value)]}, **DECIDED) == ""


@pytest.mark.parametrize(
    ("feature", "value"),
    [
        ("age_days", 0.5),
        ("working_hours_share", 0.9),
        ("buyer_silent_hours", 3),
        ("inbound_message_count", 4),
        ("buyer_reply_last_hours", 2),
        ("reply_regularity", 0.9),
        ("seller_reply_median_hours", 1),
        ("text_trend_log_words", 0.5),
        ("client_win_rate", 0.6),
        ("sender_count", 3),
        ("signal_title_decision_maker_count", 1),
        ("largest_quantity_pieces", 5000),
    ],
)
def test_a_good_sign_is_never_a_minus(feature, value):
    assert said({feature: -0.5}, **{feature: [float(value)]}, **DECIDED) == ""


@pytest.mark.parametrize(
    ("feature", "now"), [("age_days", 0.01), ("thread_silent_hours", 0), ("buyer_silent_hours", 0.5)]
)
def test_what_has_just_happened_is_no_reason(feature, now):
    assert said({feature: 0.5}, **{feature: [float(now)]}) == ""
    assert said({feature: 0.5}, **{feature: [5.0]}).startswith("For: ")


def test_what_traders_hold_for_a_sign_of_intent_is_never_a_minus():
    for name, signal in shipped_catalogue().signals.items():
        if signal.dimension == "intent" and signal.direction == 1:
            assert said({f"signal_{name}_count": -0.5}, **{f"signal_{name}_count": [1.0]}) == "", name


def test_a_signal_of_low_quality_is_never_a_plus():
    for name, signal in shipped_catalogue().signals.items():
        if signal.dimension == "quality" and signal.direction == -1:
            assert said({f"signal_{name}_count": 0.5}, **{f"signal_{name}_count": [1.0]}) == "", name


def test_a_text_of_the_export_cannot_make_a_formula_or_a_wall_of_text():
    text = said({"attr_note": 0.5}, attr_note=["=1+1 " * 100])
    assert text.startswith("For: note: =1+1")
    assert len(text) < 80


def test_every_belief_reads_a_feature_that_exists(built):
    read = {name for belief in load_reasons().beliefs for name in (belief.feature, belief.above) if name is not None}
    assert read <= set(built.columns)


def test_every_fact_names_features_that_exist(built):
    for pattern in (pattern for fact in load_reasons().facts for pattern in fact if "similarity" not in pattern):
        assert any(fnmatchcase(str(c), pattern) for c in built), pattern
