from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from inquiry_intent.classifying import classify, tables_of_texts
from inquiry_intent.playbook import load_playbook, next_steps
from inquiry_intent.rules import (
    NO_GRADE,
    fit_rules,
    funnel_step,
    grades,
    load_card,
    rule_classes,
    rule_probabilities,
    rule_scores,
    verdicts,
)
from tests.conftest import at, corpus


def features(**columns: list[float]) -> pd.DataFrame:
    n = len(next(iter(columns.values())))
    index = pd.MultiIndex.from_arrays([[f"q{i}" for i in range(n)], [at(0)] * n], names=["inquiry_id", "as_of"])
    return pd.DataFrame(columns, index=index, dtype="float64")


def score(config, **columns: list[float]) -> list[float]:
    return rule_scores(features(**columns), config.rules)["rule_score"].tolist()


@pytest.fixture(scope="module")
def built(config):
    from inquiry_intent.embedding import embed_texts
    from inquiry_intent.scoring import features_of
    from inquiry_intent.snapshots import build_snapshots

    tables = corpus(40)
    snapshots = build_snapshots(tables, config.snapshots)
    return features_of(tables, snapshots, embed_texts(tables.messages, None, None), config.features)


def test_every_line_of_the_card_reads_a_feature_that_exists(built):
    card = load_card()
    lines = [line for group in (card.score, card.potential) for part in group.values() for line in part.lines]
    lines += [line for classes in card.dimensions.values() for part in classes.values() for line in part]
    named = {line.feature for line in lines} | {line.times for line in lines if line.times is not None}
    assert named - set(built.columns) == set()


def test_the_playbook_reads_features_that_exist(built):
    book = load_playbook()
    cases = book.cases.values()
    named = {sign.feature for case in cases for sign in case.signs}
    named |= {f"signal_{signal}_count" for case in cases for signal in case.only or []}
    named |= {name for question in book.questions for name in question.told_by}
    named |= {ask.met_by for ask in book.small_asks if ask.met_by is not None}
    assert named - set(built.columns) == set()


def test_specific_inquiries_score_higher_than_bare_price_requests(config):
    specific, bare = score(
        config,
        signal_states_quantity_count=[1, 0],
        signal_states_specification_count=[1, 0],
        signal_asks_delivery_time_count=[1, 0],
        signal_price_only_count=[0, 1],
    )
    assert specific > bare


def test_a_chain_with_shops_is_not_below_a_free_mailbox_with_details_of_one_lamp(config):
    chain, lamp, signer = score(
        config,
        free_mailbox=[np.nan, 1, 1],
        signal_has_channels_or_warehouse_count=[1, 0, 0],
        signal_states_annual_volume_count=[1, 0, 0],
        signal_asks_factory_audit_count=[1, 0, 0],
        signal_states_quantity_count=[0, 1, 0],
        signal_states_specification_count=[0, 1, 0],
        signal_asks_delivery_time_count=[0, 1, 0],
        signal_asks_shipping_count=[0, 1, 0],
        signal_accepts_terms_count=[0, 0, 1],
        signal_requests_invoice_or_contract_count=[0, 0, 1],
    )
    assert signer > chain > lamp


def test_slowness_alone_costs_nothing_but_silence_after_a_quotation_does(config):
    slow, quick = score(config, buyer_reply_median_hours=[200, 2], inbound_message_count=[2, 2])
    assert slow == quick
    silent, answered = score(config, silent_after_quote_hours=[400, 10], inbound_message_count=[2, 2])
    assert silent < answered


def test_blank_is_not_bad_it_lowers_the_confidence_and_not_the_score(config):
    blank = rule_scores(features(has_import_record=[np.nan], free_mailbox=[0.0]), config.rules).iloc[0]
    without = rule_scores(features(free_mailbox=[0.0]), config.rules).iloc[0]
    known = rule_scores(features(has_import_record=[0.0], free_mailbox=[0.0]), config.rules).iloc[0]
    assert blank["rule_score"] == without["rule_score"] > known["rule_score"]
    assert blank["rule_confidence"] < known["rule_confidence"]


def test_nothing_known_scores_the_middle_with_no_confidence(config):
    empty = rule_scores(features(age_days=[0.0]), config.rules).iloc[0]
    assert empty["rule_score"] == 50
    assert empty["rule_confidence"] == 0


@pytest.mark.parametrize(
    ("column", "dimension", "expected"),
    [
        ("signal_asks_delivery_time_count", "rule_intent", "high"),
        ("signal_vague_timing_count", "rule_intent", "watching"),
        ("signal_price_only_count", "rule_intent", "low"),
        ("signal_can_decide_count", "rule_role", "decision_maker"),
        ("signal_must_report_to_boss_count", "rule_role", "executor"),
        ("signal_collects_for_company_count", "rule_role", "info_collector"),
        ("signal_states_purchase_plan_count", "rule_potential", "strategic"),
        ("signal_single_purpose_order_count", "rule_potential", "short_term"),
        ("signal_trial_order_count", "rule_potential", "test"),
    ],
)
def test_one_clear_sign_places_a_client_and_no_sign_leaves_the_class_unknown(column, dimension, expected):
    classes = rule_classes(features(**{column: [1, 0]}))
    assert classes[dimension].tolist() == [expected, "unknown"]
    confidence = classes[f"{dimension}_confidence"].tolist()
    assert 0 < confidence[0] < 1
    assert confidence[1] == 0


@pytest.mark.parametrize(
    ("pieces", "price", "value", "expected", "sure"),
    [
        (1000, np.nan, np.nan, "unknown", False),  # of what worth is not known
        (1000, 0.2, np.nan, "test", True),
        (4000, 40, np.nan, "short_term", True),
        (1000, 45000, np.nan, "unknown", False),  # perhaps the price of the whole order
        (np.nan, np.nan, 60000, "unknown", False),
        (np.nan, np.nan, 300000, "short_term", True),
        (np.nan, np.nan, 2000000, "strategic", True),
        (np.nan, np.nan, 900, "test", True),
    ],
)
def test_a_large_quantity_is_as_large_as_what_it_is_worth(pieces, price, value, expected, sure):
    table = features(
        signal_large_quantity_count=[1],
        largest_quantity_pieces=[pieces],
        target_price_usd=[price],
        order_value_usd=[value],
    )
    row = rule_classes(table).iloc[0]
    assert row["rule_potential"] == expected
    assert (row["rule_potential_confidence"] >= load_playbook().least_confidence) == sure


def test_a_class_below_the_least_points_is_named_nowhere():
    table = contacts(
        signal_large_quantity_count=[1, 1, 1],
        signal_asks_certification_count=[0, 1, 1],
        order_value_usd=[np.nan, np.nan, 2e6],
    )
    classes = rule_classes(table)
    assert classes["rule_potential"].tolist() == ["unknown", "unknown", "strategic"]
    assert classes["rule_potential_confidence"].gt(0).tolist() == [False, False, True]
    steps = next_steps(classes, table)
    assert steps["potential"].tolist() == classes["rule_potential"].tolist()
    assert steps["do"].str.contains("customised plan").tolist() == [False, False, True]


@pytest.mark.parametrize(
    ("signals", "expected"),
    [
        (["asks_certification"], "unknown"),  # one question is asked by those who only collect, too
        (["asks_certification", "asks_quality_control"], "high"),
        (["states_annual_volume"], "high"),
        (["states_purchase_plan", "has_channels_or_warehouse"], "high"),
        (["describes_project", "attaches_document"], "high"),
        (["asks_certification", "demands_on_time_delivery", "compares_with_competitor"], "watching"),
        (["asks_certification", "catalogue_and_best_price"], "low"),
        (["states_annual_volume", "vague_timing"], "watching"),
    ],
)
def test_a_planner_who_is_strict_on_quality_is_of_high_intent_but_does_not_outweigh_those_who_wait(signals, expected):
    table = features(**{f"signal_{name}_count": [1] for name in signals})
    assert rule_classes(table)["rule_intent"].tolist() == [expected]


def test_who_collects_offers_for_a_boss_is_a_collector_unless_a_title_says_more():
    table = features(
        signal_collects_for_company_count=[1, 1, 0],
        signal_must_report_to_boss_count=[1, 1, 1],
        signal_title_executor_count=[0, 1, 0],
    )
    assert rule_classes(table)["rule_role"].tolist() == ["info_collector", "executor", "executor"]


def test_who_says_yes_and_asks_how_to_go_on_is_no_assistant():
    table = features(
        signal_accepts_terms_count=[1, 0, 2],
        signal_asks_process_detail_count=[1, 1, 3],
        signal_title_executor_count=[0, 0, 1],
    )
    assert rule_classes(table)["rule_role"].tolist() == ["decision_maker", "executor", "executor"]


def test_a_small_order_value_takes_back_the_size_of_a_large_quantity(config):
    table = features(
        signal_large_quantity_count=[1, 1, 0],
        largest_quantity_pieces=[1000, 1000, np.nan],
        target_price_usd=[0.2, np.nan, np.nan],
    )
    small, unknown, none = rule_scores(table, config.rules)["rule_size"]
    assert small == none < unknown


def test_asking_for_a_sample_to_show_the_boss_is_no_ground_for_haste():
    table = contacts(signal_asks_sample_count=[1], signal_must_report_to_boss_count=[1], signal_kind_count=[2])
    steps = next_steps(rule_classes(table), table)
    assert "price lock" not in steps["do"].iloc[0]
    assert load_playbook().role["executor"].do["en"] in steps["do"].iloc[0]


def test_a_question_on_the_goods_is_a_sign_of_intent():
    table = features(signal_technical_question_count=[1, 0], signal_asks_compatibility_count=[0, 1])
    assert rule_classes(table)["rule_intent"].tolist() == ["high", "high"]


def test_the_score_that_people_see_has_one_decimal_and_the_grade_goes_by_it(config):
    table = features(free_mailbox=[1], signal_cites_our_product_count=[1], inbound_message_count=[np.nan])
    assert 26.75 < rule_scores(table, config.rules)["rule_score"].item() < 26.8
    edge = config.rules.model_copy(update={"grades": {"A": 60, "B": 26.8}})
    assert verdicts(table, edge)[["rule_score", "grade"]].to_numpy().tolist() == [[26.8, "B"]]


def test_grades_follow_the_parameters(config):
    scores, confidence = pd.Series([80.0, 50.0, 10.0, 50.0]), pd.Series([0.5, 0.5, 0.5, 0.0])
    assert grades(scores, confidence, config.rules).tolist() == ["A", "B", "C", NO_GRADE]


def test_an_inquiry_without_a_word_has_no_grade_unless_something_else_is_known(config):
    table = features(
        inbound_message_count=[0, 1, 0, 0],
        event_held_call_count=[0, 0, 1, 0],
        free_mailbox=[np.nan, np.nan, np.nan, 0],
        total_text_word_count=[np.nan, 2, np.nan, np.nan],
    )
    said = verdicts(table, config.rules)
    assert said["grade"].eq(NO_GRADE).tolist() == [True, False, False, False]
    assert said["rule_confidence"].gt(0).tolist() == [False, True, True, True]


def test_an_inquiry_without_a_word_stands_behind_those_with_a_grade(config):
    tables = corpus(12)
    silent = replace(tables, messages=tables.messages[tables.messages["inquiry_id"] != "q0010"])
    made, _ = classify(silent, config.features, config.rules, at(12))
    still = made[made["status"] == "open"]
    assert still["grade"].eq(NO_GRADE).tolist() == [*[False] * (len(still) - 1), True]
    assert still["inquiry_id"].iloc[-1] == "q0010"


def test_the_funnel_counts_steps_only_in_their_order(config):
    table = features(
        signal_states_quantity_count=[1, 1, 0],
        signal_states_specification_count=[1, 1, 0],
        signal_names_standard_count=[1, 1, 0],
        signal_states_deadline_count=[1, 1, 0],
        signal_states_end_use_count=[1, 1, 0],
        signal_cites_our_product_count=[1, 1, 0],
        free_mailbox=[0, 0, 1],
        domain_matches_company=[1, 1, 0],
        title_given=[1, 1, 0],
        inbound_message_count=[2, 1, 5],
        event_paid_sample_freight_count=[1, 0, 1],
    )
    assert funnel_step(table, rule_scores(table, config.rules)).tolist() == [3, 1, 0]


def test_calibrated_rules_give_probabilities_that_rise_with_the_score(config):
    rng = np.random.default_rng(2)
    quantity = rng.integers(0, 2, 400)
    table = features(signal_states_quantity_count=quantity.tolist(), free_mailbox=(1 - quantity).tolist())
    y = (rng.random(400) < 0.2 + 0.6 * quantity).astype(int)
    p = rule_probabilities(table, config.rules, fit_rules(table, y, 2, config.rules))[:, 1]
    assert p[quantity == 1].mean() == pytest.approx(y[quantity == 1].mean(), abs=0.03)
    assert p[quantity == 0].mean() == pytest.approx(y[quantity == 0].mean(), abs=0.03)


def test_classifying_needs_no_model_and_keeps_every_inquiry(config):
    tables = corpus(30)
    verdicts, left_out = classify(tables, config.features, config.rules, at(10))
    assert sorted([*verdicts["inquiry_id"], *left_out["inquiry_id"]]) == sorted(tables.inquiries["inquiry_id"])
    assert set(left_out["left_out_reason"]) == {"received after as_of"}
    keen = verdicts[verdicts["basis"].str.contains("asks how long delivery takes")]
    assert "when can you deliver" in keen["basis"].iloc[0]
    assert not verdicts["basis"].str.contains("_|[+]0[.]0").any()
    assert keen["rule_score"].min() > verdicts.loc[~verdicts["inquiry_id"].isin(keen["inquiry_id"]), "rule_score"].max()


def test_a_verdict_says_whose_inquiry_it_is_and_of_what(config):
    tables = corpus(30)
    verdicts, _ = classify(tables, config.features, config.rules, at(10))
    facts = ["client_id", "owner", "country", "product", "received_at"]
    expected = tables.inquiries.set_index("inquiry_id").loc[verdicts["inquiry_id"], facts]
    assert verdicts[facts].to_numpy().tolist() == expected.to_numpy().tolist()


def test_what_is_decided_stands_last_and_is_no_work(config):
    tables = corpus(30)
    verdicts, _ = classify(tables, config.features, config.rules, at(10))
    known = tables.outcomes.set_index("inquiry_id")
    expected = known["status"].where(known["decided_at"] <= at(10), "open").reindex(verdicts["inquiry_id"])
    assert verdicts["status"].tolist() == expected.fillna("open").tolist()
    still = verdicts["status"] == "open"
    assert 0 < still.sum() < len(verdicts)
    assert still.is_monotonic_decreasing
    assert verdicts["action"].notna().tolist() == still.tolist()
    assert verdicts.loc[~still, ["answer_within_hours", "next_follow_up", "next_small_ask"]].isna().all(axis=None)


def test_the_basis_quotes_only_what_was_known(config):
    tables = corpus(30)
    at_once, _ = classify(tables, config.features, config.rules, at(10))
    youngest = at_once.set_index("inquiry_id").loc["q0010", "basis"]
    assert "Thanks" not in youngest


def test_loose_messages_are_classified_without_times(config):
    loose = tables_of_texts(pd.DataFrame({"message_id": ["1"], "text": ["I have to ask my boss. What is the price?"]}))
    verdicts, left_out = classify(loose, config.features, config.rules)
    assert verdicts["rule_role"].tolist() == ["executor"]
    assert left_out.empty


def test_the_playbook_speaks_to_every_class_in_both_languages():
    book, card = load_playbook(), load_card()
    for name, entries in (("intent", book.intent), ("role", book.role), ("potential", book.potential)):
        assert set(entries) == {*card.dimensions[name], "unknown"}
        assert all(set(advice.do) == {"en", "zh"} for advice in entries.values())
    for case in book.cases.values():
        said = (case.action, case.answered, case.unseen, case.tone, case.do, case.dont, case.ask)
        assert all(set(text) == {"en", "zh"} for text in said)
        assert set(case.intent or []) <= {*card.dimensions["intent"], "unknown"}


SIGNERS = [
    "Your quotation suits us. Please issue the proforma invoice and I will sign it this afternoon.",
    "报价没问题，我们接受，请开形式发票，下午就签回。",
    "Estamos de acuerdo con su precio; envíen la proforma y la firmo hoy mismo.",
    "Concordamos com o seu preço. Pode enviar a proforma que eu assino amanhã.",
    "Nous acceptons votre prix. Merci d'envoyer la proforma, je la signe demain.",
    "Wir nehmen Ihren Preis an. Schicken Sie bitte die Proformarechnung, ich unterschreibe morgen.",
    "Мы согласны с вашей ценой. Пришлите проформу-инвойс, завтра подпишу.",
    "نوافق على السعر. أرسلوا الفاتورة المبدئية وسأوقعها غداً.",
]
# A yes in one word, said to an offer that stands above it, is as good as a sentence.
SIGNERS += [
    "Confirmed. Please issue the PI.",
    "批准了，请开形式发票。",
    "Aprobado, emitan la factura.",
    "Tudo certo. Pode emitir a fatura.",
    "C'est validé, vous pouvez nous envoyer la facture.",
    "Preis passt. Bitte die Auftragsbestätigung.",
    "Утверждаем, готовьте счёт.",
    "تمت الموافقة. أصدروا الفاتورة المبدئية.",
]
FRAUDS = [
    "My late client left 8 million dollars and I choose you as heir; send a fee of 350 dollars and your bank login.",
    "已故客户留下八百万美元遗产，选您为继承人，请先汇350美元手续费并提供银行密码。",
    "Mi difunto cliente dejó una herencia de 8 millones; transfiera 350 dólares de tasa y su clave bancaria.",
    "Meu falecido cliente deixou uma herança de 8 milhões; transfira 350 dólares de taxa e envie sua senha do banco.",
    "Mon défunt client laisse un héritage ; virez 350 dollars de frais et envoyez votre mot de passe bancaire.",
    "Mein verstorbener Mandant hinterließ ein Erbe; überweisen Sie 350 Dollar Gebühr und senden Sie Ihr Bankpasswort.",
    "Мой покойный клиент оставил наследство 8 миллионов долларов; переведите 350 долларов комиссии и пароль от банка.",
    "توفي موكلي وترك ميراثاً قدره 8 ملايين دولار؛ حوّل 350 دولاراً رسوماً وأرسل كلمة مرور حسابك البنكي.",
]
COMPETITORS = [
    "Where do you buy your steel and how much margin do you add? Which customers do you have in Chile?",
    "你们的原料从哪家采购，成本多少，利润几个点？主要客户是谁？",
    "¿A quién compran la resina, qué margen tienen y quiénes son sus principales clientes?",
    "De quem vocês compram a resina, qual é a margem de vocês e quem são os seus clientes?",
    "Chez qui achetez-vous la résine, quelle est votre marge et qui sont vos clients ?",
    "Von wem kaufen Sie das Harz, welche Marge haben Sie, und wer sind Ihre Kunden?",
    "У кого вы покупаете смолу, какая у вас маржа и кто ваши клиенты?",
    "ممن تشترون الراتنج وكم هامش ربحكم ومن هم عملاؤكم؟",
]
STUDENTS = [
    "I study engineering and write my dissertation on pumps. May I ask you some questions? I am not buying.",
    "我是大学生，正在写毕业论文，想请教几个问题，没有采购计划。",
    "Soy estudiante y escribo mi tesis sobre bombas. ¿Podrían responder unas preguntas? No voy a comprar.",
    "Sou estudante e escrevo minha dissertação sobre bombas. Posso fazer umas perguntas? Não vou comprar nada.",
    "Je suis étudiante et j'écris un mémoire sur les pompes. Puis-je vous poser des questions ? Je n'achète rien.",
    "Ich bin Studentin und schreibe meine Masterarbeit über Pumpen. Darf ich Ihnen Fragen stellen?",
    "Я студент, пишу диплом о насосах и ничего не покупаю. Ответите на мои вопросы?",
    "أنا طالبة وأكتب بحث التخرج عن المضخات. هل يمكنني طرح بعض الأسئلة؟ لا أنوي الشراء.",
]


@pytest.mark.parametrize(
    ("case", "texts"),
    [("closing", SIGNERS), ("fraud", FRAUDS), ("competitor", COMPETITORS), ("no_purchase", STUDENTS)],
)
def test_who_signs_cheats_probes_or_studies_gets_advice_of_their_own(config, case, texts):
    said = pd.DataFrame({"message_id": [str(i) for i in range(len(texts))], "text": texts})
    verdicts, _ = classify(tables_of_texts(said), config.features, config.rules)
    entry = load_playbook().cases[case]
    for column, text in (("action", entry.unseen), ("do", entry.do), ("next_small_ask", entry.ask)):
        assert verdicts[column].tolist() == [text["en"]] * len(texts)
    assert verdicts["grade"].eq("C").tolist() == [case != "closing"] * len(texts)
    asked = verdicts["action"] + verdicts["do"] + verdicts["next_small_ask"]
    assert case == "closing" or not asked.str.contains("quantity|date|yearly|price lock").any()


def test_a_fraud_is_neither_answered_nor_followed_up_and_no_silence_asks_it_back():
    columns = {"thread_silent_hours": [5, 24 * 200], "buyer_silent_hours": [5, 24 * 200]}
    table = contacts(**columns, signal_scam_or_phishing_count=[1, 1], signal_accepts_terms_count=[1, 1])
    steps = next_steps(classes_of(table, rule_intent="high"), table)
    assert steps["action"].str.startswith("Stop").all()
    assert steps[["answer_within_hours", "next_follow_up", "overdue_days"]].isna().all(axis=None)


def test_a_case_needs_its_signs_and_an_intent_that_goes_with_them():
    table = contacts(
        signal_accepts_terms_count=[1, 1, 0, 0, 0, 0],
        signal_competitor_probe_count=[0, 0, 1, 1, 0, 0],
        signal_self_introduction_count=[0, 0, 0, 0, 1, 0],
        signal_kind_count=[1, 1, 1, 1, 1, np.nan],
    )
    intents = ["high", "watching", "low", "high", "unknown", "unknown"]
    actions = next_steps(classes_of(table, rule_intent=intents), table)["action"].tolist()
    cases, book = load_playbook().cases, load_playbook().intent
    expected = [cases["closing"], book["watching"], cases["competitor"], book["high"], cases["no_purchase"]]
    assert actions[:-1] == [entry.action["en"] for entry in expected]
    assert "use, quantity and the date" in actions[-1]  # nothing was read: blank is not bad


def test_nobody_is_asked_what_they_have_told():
    table = contacts(
        signal_states_quantity_count=[0, 1, 1, 1],
        signal_states_end_use_count=[0, 0, 1, 1],
        signal_states_deadline_count=[0, 0, 0, 1],
    )
    steps, zh = (next_steps(classes_of(table), table, language=language) for language in ("en", "zh"))
    told = steps["action"].str.partition("questions about ")[2].tolist()
    assert told == ["use, quantity and the date", "use and the date", "the date", "what the order still depends on"]
    assert zh["action"].iloc[0].endswith("用途、数量、时间")
    none = next_steps(classes_of(table).iloc[:0], table.iloc[:0])
    assert none.dtypes.tolist() == steps.dtypes.tolist()


def contacts(**columns: list[float]) -> pd.DataFrame:
    """Features of threads in which it is not known who wrote last, unless it is given."""
    unknown = {
        "age_days": np.nan,
        "thread_silent_hours": np.nan,
        "buyer_silent_hours": np.nan,
        "unanswered_outbound_count": np.nan,
    }
    return features(**columns).assign(**{**unknown, **columns})


def classes_of(table: pd.DataFrame, **classes: object) -> pd.DataFrame:
    """Classes of `rule_classes`, sure unless a confidence is given."""
    unknown = {f"rule_{name}": "unknown" for name in ("intent", "role", "potential")}
    confidences = {f"{name}_confidence": 0.6 for name in unknown}
    return pd.DataFrame({**unknown, **confidences, **classes}, index=table.index)


def test_the_next_step_follows_the_class_the_last_contact_and_what_was_tried():
    table = contacts(thread_silent_hours=[12, 0], inbound_message_count=[2, 1], event_filled_form_count=[1, 0])
    classes = classes_of(table, rule_intent=["high", "low"])
    steps = next_steps(classes, table)
    assert steps["answer_within_hours"].tolist() == [24, 120]
    assert steps["next_follow_up"].tolist() == [at(0), at(30)]
    assert steps["overdue_days"].tolist() == [0, 0]
    assert "video call" in steps["next_small_ask"].iloc[0]
    assert "questions" in steps["next_small_ask"].iloc[1]
    assert next_steps(classes, table, language="zh")["action"].iloc[0].startswith("当天")


def test_where_we_wrote_last_there_is_nothing_to_answer_but_a_day_to_follow_up():
    table = contacts(  # answered; we wrote first; buyer last; unknown; at the same moment; by a machine; no times
        thread_silent_hours=[12, 12, 12, 12, 12, 12, np.nan],
        buyer_silent_hours=[20, np.nan, 12, np.nan, 12, 12.001, np.nan],
        unanswered_outbound_count=[2, 1, 0, np.nan, 1, 1, 1],
    )
    steps = next_steps(classes_of(table, rule_intent="high"), table)
    ours = [True, True, False, False, False, False, False]
    assert steps["action"].str.startswith("Our answer is out").tolist() == ours
    assert steps["action"].str.startswith("Answer today").tolist() == [not answered for answered in ours]
    assert steps["answer_within_hours"].isna().tolist() == ours
    assert steps["next_follow_up"].notna().all()


def test_where_the_export_has_no_replies_nothing_is_called_unanswered():
    table = contacts(thread_silent_hours=[24 * 9, 24 * 9, np.nan], unanswered_outbound_count=[0, 0, np.nan])
    classes = classes_of(table, rule_intent=["high", "unknown", "high"])
    seen, unseen = (next_steps(classes, table, replies_known=known) for known in (True, False))
    assert seen["overdue_days"].tolist() == [8, 4, 0]
    assert unseen[["overdue_days", "answer_within_hours"]].isna().all(axis=None)
    assert unseen["action"].str.startswith("If nobody has answered yet").all()
    assert unseen["next_follow_up"].tolist() == seen["next_follow_up"].tolist()


def test_a_verdict_on_an_export_without_replies_sets_no_time_to_answer(config):
    tables = corpus(30)
    assert tables.has_replies
    bare = replace(tables, messages=tables.messages[tables.messages["direction"] == "inbound"])
    assert not bare.has_replies
    verdicts, _ = classify(bare, config.features, config.rules, at(10))
    assert verdicts[["overdue_days", "answer_within_hours"]].isna().all(axis=None)
    assert not verdicts["action"].str.contains("Answer today").any()


def test_a_follow_up_that_was_due_is_due_today_and_says_how_long_it_is_overdue():
    table = contacts(thread_silent_hours=[24 * 9, 24 * 9, np.nan], inbound_message_count=[2, 2, 0])
    steps = next_steps(classes_of(table, rule_intent=["high", "watching", "high"]), table)
    assert steps["next_follow_up"].tolist() == [at(0), at(1), at(1)]
    assert steps["overdue_days"].tolist() == [8, 0, 0]


def test_an_inquiry_without_messages_waits_since_it_was_received():
    table = contacts(age_days=[29, 200])
    steps = next_steps(classes_of(table, rule_intent="high"), table)
    assert steps["overdue_days"].tolist() == [28, 199]
    assert steps["action"].str.startswith("Long silent").tolist() == [False, True]


def test_the_long_silent_are_asked_once_and_not_in_haste():
    days = load_playbook().cold.after_days
    table = contacts(thread_silent_hours=[24 * days, 24 * days + 1, np.nan])
    steps = next_steps(classes_of(table, rule_intent="high"), table)
    assert steps["action"].str.startswith("Long silent").tolist() == [False, True, False]
    assert steps["answer_within_hours"].isna().tolist() == [False, True, False]


def test_without_times_there_is_no_follow_up_and_nothing_is_overdue():
    table = contacts(thread_silent_hours=[np.nan], inbound_message_count=[1])
    table.index = table.index.set_levels([pd.DatetimeIndex([pd.NaT], tz="UTC")], level=["as_of"])
    steps = next_steps(classes_of(table), table)
    assert steps[["next_follow_up", "overdue_days"]].isna().all(axis=None)


def test_a_class_below_the_least_confidence_is_unknown_to_the_playbook():
    table = contacts(thread_silent_hours=[0, 0], inbound_message_count=[1, 1])
    doubtful = [load_playbook().least_confidence - 0.01, load_playbook().least_confidence]
    for name, label in (("intent", "high"), ("role", "executor"), ("potential", "strategic")):
        classes = classes_of(table, **{f"rule_{name}": label, f"rule_{name}_confidence": doubtful})
        steps = next_steps(classes, table)
        advice = getattr(load_playbook(), name)
        assert advice["unknown"].do["en"] in steps["do"].iloc[0]
        assert advice[label].do["en"] in steps["do"].iloc[1]


def test_the_tier_of_the_model_goes_before_the_class_of_the_card():
    table = contacts(thread_silent_hours=[0, 0], inbound_message_count=[1, 1])
    tiers = pd.DataFrame({"test": [0.95, 0.4], "short_term": [0.04, 0.3], "strategic": [0.01, 0.3]}, index=table.index)
    steps = next_steps(classes_of(table, rule_potential="strategic", rule_potential_confidence=0.6), table, tiers)
    assert steps["potential"].tolist() == ["test", "unknown"]
    assert not steps["do"].str.contains("price lock").any()
    assert set(load_playbook().potential) == {*tiers, "unknown"}
