"""The leak audit on small worlds: what is planted is named, what is clean stays quiet, what is allowed passes."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import yaml
from click.testing import CliRunner

from inquiry_intent.audit import audit, figures_table, refuse_leaks, report_text
from inquiry_intent.auditing.column import BACKGROUND
from inquiry_intent.auditing.figures import both_ways, chance, cut, folds_of, gaps, paired_z, told
from inquiry_intent.cli import COMMANDS, cli
from inquiry_intent.config import Config, load_config
from inquiry_intent.embedding import embed_texts
from inquiry_intent.errors import ConfigError, DataError
from inquiry_intent.features.background import company_background, latest_client
from inquiry_intent.labels import label_snapshots
from inquiry_intent.scoring import features_of
from inquiry_intent.snapshots import KEY
from inquiry_intent.storage import write_table, write_tables
from inquiry_intent.tables import TIME, Info, Tables, conform
from pipelines.audit import main as audit_stage
from tests.conftest import ROOT, at, make_tables

N = 400
RNG = np.random.default_rng(3)
#: Half of the inquiries are keen; keen ones are won more often. What a buyer shows of it is honest.
KEEN = RNG.random(N) < 0.5
WON = RNG.random(N) < np.where(KEEN, 0.65, 0.25)
NOISE = RNG.normal(size=N)
CLEAN = {
    "attr_size": np.where(KEEN, 3.0, 0.0) + NOISE,
    "attr_branch": np.where(RNG.random(N) < 0.3, "toys", np.where(KEEN, "tools", "lamps")),
    "attr_employees": np.where(RNG.random(N) < 0.3, np.nan, RNG.integers(1, 500, N).astype(float)),
    "attr_city": np.array([f"city {i}" for i in RNG.integers(0, 180, N)]),
}


def world(decided: bool = True, **attributes) -> Tables:
    """One inquiry a day, two a client, decided after ten days; `attributes` are columns of the export."""
    ids = [f"q{i:04d}" for i in range(N)]
    outcomes = {"inquiry_id": ids, "status": np.where(WON, "won", "lost")}
    if decided:
        outcomes["decided_at"] = [at(i + 10) for i in range(N)]
    inquiries = {
        "inquiry_id": ids,
        "client_id": [f"c{i // 2}" for i in range(N)],
        "received_at": [at(i) for i in range(N)],
    }
    return make_tables({**inquiries, **attributes}, outcomes=outcomes, known_until=at(N + 60))


def settings(**audit_section) -> Config:
    overrides = {"snapshots": {"ages_days": [0, 5]}, "label": {"horizon_days": 20}, "audit": audit_section}
    return load_config(ROOT / "params.yaml", overrides)


def audited(tables: Tables, target="conversion", computed: pd.DataFrame | None = None, **audit_section):
    """The audit of the attributes, and of `computed`: a column by inquiry_id, one for each age."""
    config = settings(**audit_section)
    snapshots = label_snapshots(tables, config)
    keys = pd.MultiIndex.from_frame(snapshots[["inquiry_id", "as_of"]])
    features = tables.inquiries.set_index("inquiry_id").filter(like="attr_").reindex(keys, level="inquiry_id")
    if computed is not None:
        ages = snapshots["age_days"].to_numpy()
        features["computed"] = [computed.loc[i, age] for i, age in zip(snapshots["inquiry_id"], ages, strict=True)]
    return audit(features, snapshots, target, tables, config.audit)


def found(result, feature: str) -> set[str]:
    """The checks that found something about a feature."""
    return set(result.suspects.loc[result.suspects["feature"].eq(feature), "check"])


def test_a_clean_table_stays_quiet():
    result = audited(world(**CLEAN))
    assert result.suspects.empty
    assert set(result.figures.index) == set(CLEAN)
    assert result.figures.loc["attr_size", "auc"] > 0.6
    refuse_leaks([result])


def test_where_all_outcomes_are_alike_it_says_that_it_could_not_judge():
    tables = world(**CLEAN)
    said = report_text([audited(replace(tables, outcomes=tables.outcomes.assign(status="lost")))], {})
    assert "COULD NOT JUDGE: all of them have the same outcome" in said
    assert "nan" not in said
    assert "No column seems to know the outcome." not in said


@pytest.mark.parametrize("few", ["won", "lost"])
def test_with_too_few_of_a_class_it_says_that_it_could_not_judge_and_how_few(few):
    rare = np.isin(np.arange(N), np.arange(9) * 40)
    tables = world(**CLEAN, attr_result=np.where(rare, "Y", "N"))
    status = np.where(rare, few, "lost" if few == "won" else "won")
    result = audited(replace(tables, outcomes=tables.outcomes.assign(status=status)))
    said = report_text([result], {})
    assert f"COULD NOT JUDGE: only 9 {'won' if few == 'won' else 'not won'};" in said
    assert "No column seems to know the outcome." not in said


def test_a_figure_that_cannot_be_measured_is_not_printed_as_nan():
    late = np.arange(N) >= N // 2
    tables = world(**CLEAN)
    said = report_text(
        [audited(replace(tables, outcomes=tables.outcomes.assign(status=np.where(late, "lost", "won"))))], {}
    )
    assert "(not measurable) forward in time" in said


@pytest.mark.parametrize("seed", range(3))
def test_noise_stays_quiet_however_many_columns_there_are(seed):
    rng = np.random.default_rng(seed)
    noise = {f"attr_number{i}": rng.normal(size=N) for i in range(25)}
    noise |= {f"attr_kind{i}": rng.choice([f"k{j}" for j in range(3 + 7 * i)], N) for i in range(10)}
    noise |= {f"attr_gaps{i}": np.where(rng.random(N) < 0.1 * i, np.nan, rng.normal(size=N)) for i in range(1, 9)}
    assert audited(world(**noise)).suspects.empty


def test_a_near_copy_of_the_label_is_named_and_refused():
    flipped = np.random.default_rng(1).random(N) < 0.04
    result = audited(world(**CLEAN, attr_stage=np.where(flipped ^ WON, "green", "red")))
    assert result.refused == ["attr_stage"]
    assert {"tells", "near_copy"} <= found(result, "attr_stage")
    with pytest.raises(DataError, match="attr_stage"):
        refuse_leaks([result])


def test_a_column_filled_only_after_winning_is_named_even_if_half_of_the_won_lack_it():
    filled = WON & (np.random.default_rng(1).random(N) < 0.5)
    result = audited(world(**CLEAN, attr_warehouse=np.where(filled, NOISE, np.nan)))
    assert result.refused == ["attr_warehouse"]
    assert "missing" in found(result, "attr_warehouse")
    assert "filled only where the row is won" in report_text([result], {})


def test_values_that_hold_one_class_only_are_named():
    broken_off = ~WON & (np.random.default_rng(1).random(N) < 0.4)
    result = audited(world(**CLEAN, attr_flag=broken_off.astype(float)))
    assert result.refused == ["attr_flag"]
    assert found(result, "attr_flag") == {"pure"}


def won_late(tables: Tables, share: float) -> Tables:
    """Of the won, a share with an order 40 days after the receipt: after the horizon, and the snapshots' label is 0."""
    late = WON & (np.random.default_rng(8).random(N) < share)
    at_last = pd.Series([at(i + 40) for i in range(N)], dtype=TIME)
    return replace(
        tables, outcomes=tables.outcomes.assign(decided_at=tables.outcomes["decided_at"].mask(late, at_last))
    )


@pytest.mark.parametrize("share", [0.05, 0.3])
@pytest.mark.parametrize(
    ("values", "check"),
    [
        (np.where(WON & (NOISE < 0.9), NOISE, np.nan), "missing"),
        (np.where(WON & (NOISE < 0.9), "dispatch", np.where(KEEN, "floor two", "floor one")), "pure"),
        (np.where(WON & (NOISE > 0.8), "crate", None), "missing"),
    ],
)
def test_orders_after_the_horizon_hide_no_column_that_only_orders_have(values, check, share):
    result = audited(won_late(world(**CLEAN, attr_after=values), share))
    assert result.refused == ["attr_after"]
    assert check in found(result, "attr_after")


@pytest.mark.parametrize("share", [0.05, 0.3, 0.8])
def test_orders_after_the_horizon_are_of_neither_class_and_are_counted(share):
    tables = won_late(world(**CLEAN), share)
    result, all_in_time = audited(tables), audited(world(**CLEAN))
    assert result.suspects.empty
    assert 0 < result.won_late == all_in_time.rows - result.rows
    assert f"without {result.won_late} of inquiries won after the horizon" in report_text([result], {})
    assert "won after the horizon" not in report_text([all_in_time], {})


def rare_world(won: np.ndarray, clients: list[str] | None = None, **attributes) -> Tables:
    """2,000 inquiries, two a day, with forty columns of noise beside those given."""
    n, rng = len(won), np.random.default_rng(11)
    ids = [f"q{i:04d}" for i in range(n)]
    noise = {f"attr_noise{k}": rng.normal(size=n) for k in range(40)}
    inquiries = {"inquiry_id": ids, "client_id": clients or [f"c{i}" for i in range(n)]}
    inquiries["received_at"] = [at(i / 2) for i in range(n)]
    outcomes = {
        "inquiry_id": ids,
        "status": np.where(won, "won", "lost"),
        "decided_at": [at(i / 2 + 10) for i in range(n)],
    }
    return make_tables({**inquiries, **noise, **attributes}, outcomes=outcomes, known_until=at(n))


def test_a_column_filled_for_some_dozen_of_thousands_of_rows_is_named_if_all_of_them_are_won():
    rng = np.random.default_rng(0)
    won = rng.random(2000) < 0.1
    filled = won & (rng.random(2000) < 0.16)
    assert filled.sum() == 43
    columns = {"attr_terms": np.where(filled, rng.normal(size=2000), np.nan), "attr_flag": filled.astype(float)}
    result = audited(rare_world(won, **columns))
    assert set(result.refused) == {"attr_terms", "attr_flag"}
    assert "missing" in found(result, "attr_terms")
    assert "pure" in found(result, "attr_flag")


def test_one_client_whose_rows_alone_are_filled_is_one_witness():
    won = np.random.default_rng(0).random(2000) < 0.1
    big = np.flatnonzero(won)[:40]
    clients = np.array([f"c{i}" for i in range(2000)], dtype=object)
    clients[big] = "big"
    terms = np.where(np.isin(np.arange(2000), big), 1.0, np.nan)
    assert audited(rare_world(won, clients.tolist(), attr_terms=terms, attr_flag=np.nan_to_num(terms))).refused == []


def test_a_name_and_a_time_alone_are_remarks():
    result = audited(world(attr_exchange_rate=7 + np.arange(N) * 0.001))
    assert found(result, "attr_exchange_rate") == {"name", "adversarial"}
    assert set(result.suspects["severity"]) == {"remark"}
    assert result.refused == []


def test_a_handful_of_rows_is_no_class():
    won = np.arange(N) % 20 == 0
    tables = world(attr_flag=(won & (np.arange(N) < 9 * 20)).astype(float))
    result = audited(replace(tables, outcomes=tables.outcomes.assign(status=np.where(won, "won", "lost"))))
    assert result.figures.loc["attr_flag", "pure_share"] > 0.3
    assert result.suspects.empty


def test_a_column_written_with_the_decision_is_named_though_it_tells_no_outcome():
    decided = np.arange(N) % 3 != 0
    tables = world(**CLEAN, attr_desk=np.where(decided, "archive", "sales"))
    outcomes = tables.outcomes.copy()
    outcomes.loc[~decided, ["status", "decided_at"]] = ["open", pd.NaT]
    result = audited(replace(tables, outcomes=outcomes))
    assert result.refused == ["attr_desk"]
    assert "decided" in found(result, "attr_desk")


def test_a_column_that_rises_while_the_newest_are_still_open_is_not_taken_for_one():
    decided = np.random.default_rng(1).random(N) < np.linspace(0.9, 0.1, N)
    tables = world(attr_level=np.arange(N) + 9 * NOISE)
    outcomes = tables.outcomes.copy()
    outcomes.loc[~decided, ["status", "decided_at"]] = ["open", pd.NaT]
    result = audited(replace(tables, outcomes=outcomes))
    assert result.figures.loc["attr_level", "decided_auc"] < 0.65
    assert "decided" not in found(result, "attr_level")


def test_a_code_of_the_row_or_of_the_client_is_named_and_a_city_is_not():
    codes = {"attr_record": [f"r{i * 7919 % N}" for i in range(N)], "attr_customer": [f"k{i // 2}" for i in range(N)]}
    result = audited(world(**CLEAN, **codes))
    assert result.refused == ["attr_record", "attr_customer"]
    assert found(result, "attr_record") == {"id_like"}
    assert result.figures.loc["attr_record", "memory"] > 0.9


def test_a_running_number_is_named_and_an_amount_is_not():
    amounts = np.random.default_rng(1).permutation(np.arange(N) * 13.0 + 1000)
    index = 1 + np.arange(N) / 1000.5
    result = audited(world(attr_serial=np.arange(N) + 5000.0, attr_amount=amounts, attr_index=index))
    assert "id_like" in found(result, "attr_serial")
    assert result.refused == ["attr_serial"]
    # What rises with the time belongs to it, and is said to; it is no number of a row.
    assert found(result, "attr_index") == {"adversarial"}


def test_a_name_alone_is_a_remark_and_with_what_it_tells_a_suspect():
    idle = audited(world(attr_contract_kind=NOISE))
    assert idle.refused == []
    assert idle.suspects["severity"].tolist() == ["remark"]
    telling = audited(world(attr_contract_kind=NOISE + 1.5 * WON))
    assert telling.refused == ["attr_contract_kind"]
    assert found(telling, "attr_contract_kind") >= {"name", "tells"}


def test_an_amount_converted_to_another_currency_is_no_outcome_by_its_name():
    assert audited(world(attr_amount_converted=NOISE + WON)).suspects.empty


def test_a_date_after_the_snapshot_is_a_suspect_only_if_it_tells_the_outcome():
    later = 40 + 8 * NOISE
    assert audited(world(attr_visit_days=later)).suspects.empty
    telling = audited(world(attr_visit_days=later + 8 * WON))
    assert found(telling, "attr_visit_days") == {"later_date", "tells"}
    # A term of payment is a length, no date.
    assert audited(world(attr_visit_days=np.round(later + 8 * WON))).suspects.empty


def test_a_count_of_records_that_come_later_is_named():
    counts = np.random.default_rng(1).integers(1, 9, N)
    rows = [(i, k) for i in range(N) for k in range(counts[i])]
    messages = {
        "message_id": [f"m{i}-{k}" for i, k in rows],
        "inquiry_id": [f"q{i:04d}" for i, _ in rows],
        "sent_at": [at(i + k) for i, k in rows],
        "direction": "inbound",
    }
    tables = replace(world(attr_count=counts.astype(float)), messages=conform("messages", pd.DataFrame(messages)))
    result = audited(tables)
    assert result.refused == ["attr_count"]
    assert found(result, "attr_count") == {"later_records"}


def test_a_column_changed_after_the_decision_is_told_by_known_at():
    clients = pd.DataFrame({"client_id": [f"c{i}" for i in range(N // 2)]})
    won_once = WON.reshape(-1, 2).any(axis=1)
    before, after = NOISE[: N // 2].round(3), np.where(won_once, NOISE[: N // 2].round(3) + 5, NOISE[: N // 2].round(3))
    versions = pd.concat(
        [
            clients.assign(known_at=at(-1), exhibition_count=before - before.min()),
            clients.assign(known_at=at(N + 30), exhibition_count=after - before.min()),
        ]
    )
    newest = (after - before.min())[np.arange(N) // 2]
    tables = replace(world(attr_fairs=newest), clients=conform("clients", versions))
    result = audited(tables)
    assert result.refused == ["attr_fairs"]
    assert "changed" in found(result, "attr_fairs")
    # The versions themselves are in order: features read the earlier one.
    remark = result.suspects[result.suspects["feature"].eq("clients.exhibition_count")]
    assert remark["severity"].tolist() == ["remark"]
    honest = replace(world(attr_fairs=(before - before.min())[np.arange(N) // 2]), clients=tables.clients)
    assert audited(honest).refused == []


DELAYS = np.random.default_rng(5).integers(4, 60, N)


def told_in_texts(text, direction="inbound") -> Tables:
    """Decided after 4 to 59 days; `text` writes what stands at receipt, given its day and that of the decision."""
    ids = [f"q{i:04d}" for i in range(N)]
    received, decided = [at(i) for i in range(N)], [at(i + int(DELAYS[i])) for i in range(N)]
    texts = [text(*days) for days in zip(range(N), received, decided, strict=True)]
    return make_tables(
        {"inquiry_id": ids, "client_id": [f"c{i // 2}" for i in range(N)], "received_at": received, "attr_size": NOISE},
        {"message_id": ids, "inquiry_id": ids, "sent_at": received, "direction": direction, "text": texts},
        {"inquiry_id": ids, "status": np.where(WON, "won", "lost"), "decided_at": decided},
        known_until=at(N + 120),
    )


@pytest.mark.parametrize(
    "written", ["%d.%m", "%d.%m.%y", "%m/%d/%Y", "%Y-%m-%d", "%Y年%m月%d日", "%-m月%-d日", "%-d-%-m-%Y"]
)
def test_notes_dated_at_receipt_that_name_the_day_of_the_decision_are_named(written):
    notes = told_in_texts(
        lambda i, received, decided: f"{received:{written}} offer" + f"; {decided:{written}} done" * (i % 5 < 2)
    )
    result = audited(notes)
    assert result.refused == ["messages.text"]
    said = result.suspects["evidence"].iloc[0]
    assert said.startswith("160 of 400 inquiries (")
    assert "names that day; by chance" in said
    assert "messages.text" in set(figures_table([result])["feature"])
    assert audited(notes, allowed={"messages.text": "buyers name the day of the award"}).refused == []


@pytest.mark.parametrize(
    "text",
    [
        lambda i, received, decided: (
            f"We need it by {received + pd.Timedelta(days=10 + i % 40):%d.%m.%Y}, 3.5 mm, 12/24 V"
        ),
        lambda i, received, decided: f"Delivery {decided:%d.%m.%Y} please" if i % 10 == 0 else "Your price?",
        lambda i, received, decided: "Valid until 31.12.2026, visit us on 05/06 or 06/05",
        lambda i, received, decided: None,
    ],
)
def test_dates_that_buyers_name_are_no_notes_of_the_decision(text):
    assert audited(told_in_texts(text)).refused == []


def test_decisions_that_are_all_made_on_one_day_are_named_by_chance():
    tables = told_in_texts(lambda i, received, decided: "Tender, award on 15.09.2026" if i % 2 else "Price?")
    tables.outcomes["decided_at"] = pd.Timestamp("2026-09-15", tz="UTC") + pd.Timedelta(days=365)
    assert "messages.text" not in set(audited(tables).suspects["feature"])


def test_where_decisions_have_no_date_texts_are_not_judged():
    tables = told_in_texts(lambda i, received, decided: f"{decided:%d.%m} done")
    tables.outcomes["decided_at"] = pd.Series(pd.NaT, index=tables.outcomes.index, dtype=TIME)
    assert "messages.text" not in set(audited(tables).suspects["feature"])


def by_age(young: np.ndarray, old: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame({0.0: young, 5.0: old}, index=[f"q{i:04d}" for i in range(N)])


def test_a_feature_that_improves_suddenly_is_named_where_decisions_have_no_date():
    computed = by_age(np.zeros(N), NOISE + 1.9 * WON)
    result = audited(world(decided=False), computed=computed)
    assert result.refused == ["computed"]
    assert "decided" in found(result, "computed")
    assert result.figures.loc["computed", "auc_first_age"] == 0.5
    # Dated decisions keep snapshots after them out, and a buyer may show it all between two ages.
    assert audited(world(), computed=computed).refused == []


def test_a_feature_that_knows_the_outcome_only_after_the_decision_is_a_remark():
    tables = world()
    early = tables.outcomes.assign(decided_at=tables.outcomes["decided_at"].where(np.arange(N) % 2 == 0))
    early["decided_at"] = early["decided_at"].fillna(pd.Series([at(i + 3) for i in range(N)], dtype=TIME))
    old = np.where(np.arange(N) % 2 == 1, NOISE + 9.0 * WON, NOISE)
    result = audited(replace(tables, outcomes=early), computed=by_age(NOISE, old))
    assert found(result, "computed") == {"decided"}
    assert result.refused == []
    assert result.figures.loc["computed", "auc_after_decision"] > 0.9


def test_a_column_that_belongs_to_a_time_and_loses_forward_is_named():
    month = np.arange(N) // 20
    # Some months are good ones, and months do not come back.
    good = np.random.default_rng(2).random(N // 20 + 1)[month] < 0.5
    rate = np.where(good, 0.85, 0.1)
    tables = world(attr_season=month.astype(float))
    won = np.random.default_rng(1).random(N) < rate
    result = audited(replace(tables, outcomes=tables.outcomes.assign(status=np.where(won, "won", "lost"))))
    assert result.refused == ["attr_season"]
    assert found(result, "attr_season") >= {"adversarial", "time_drop"}
    assert result.joint.forward < result.joint.random - 0.1


def test_an_amount_that_is_the_tier_is_named_and_the_size_of_a_request_is_not():
    value = np.exp(NOISE * 2 + 12)
    tables = world(attr_worth=value, attr_pieces=value * np.exp(np.random.default_rng(1).normal(size=N) * 2))
    tables = replace(tables, outcomes=tables.outcomes.assign(order_value=value, currency="USD"))
    result = audited(tables, target="client_tier")
    assert set(result.suspects["feature"]) == set(result.refused) == {"attr_worth"}
    assert 0.8 < result.figures.loc["attr_pieces", "auc"] < 0.9
    assert "tier_leaks" in result.suspects["remedy"].iloc[0]
    declared = replace(tables, info=tables.info.model_copy(update={"tier_leaks": ["attr_worth"]}))
    assert audited(declared, target="client_tier").refused == []


def test_what_is_allowed_with_a_reason_passes_and_the_reason_is_shown():
    reason = "set by the web form before anyone here sees the inquiry"
    result = audited(world(attr_stage=WON.astype(float)), allowed={"attr_stage": reason})
    refuse_leaks([result])
    assert not result.suspects.empty
    assert f"Allowed: {reason}" in report_text([result], {"attr_stage": reason})


@pytest.mark.parametrize("reason", [None, "", "   ", "ok"])
def test_what_is_allowed_without_a_reason_is_refused(reason):
    with pytest.raises(ConfigError, match=r"audit\.allowed\.attr_stage"):
        settings(allowed={"attr_stage": reason})


def test_a_reason_that_is_not_needed_any_more_is_said():
    allowed = {"attr_gone": "known from the web form at receipt"}
    result = audited(world(**CLEAN), allowed=allowed)
    assert "audit.allowed.attr_gone can go" in report_text([result], allowed)


def test_every_column_is_in_the_figures_suspected_or_not():
    table = figures_table([audited(world(**CLEAN, attr_stage=WON.astype(float)))]).set_index("feature")
    assert set(table.index) == {*CLEAN, "attr_stage"}
    assert table["auc"].notna().all()
    assert table["severity"].dropna().index.tolist() == ["attr_stage"]


def test_a_column_without_times_can_be_audited():
    tables = world(**CLEAN, attr_stage=WON.astype(float))
    inquiries = tables.inquiries.assign(received_at=pd.Series(pd.NaT, index=tables.inquiries.index, dtype=TIME))
    outcomes = tables.outcomes.assign(decided_at=pd.Series(pd.NaT, index=tables.outcomes.index, dtype=TIME))
    timeless = replace(tables, inquiries=inquiries, outcomes=outcomes, info=Info(source="test", timeless=True))
    result = audited(timeless)
    assert result.refused == ["attr_stage"]
    assert np.isnan(result.joint.forward)


def test_too_few_of_a_class_say_nothing():
    few = np.isin(np.arange(N), [10, 200, 390])
    tables = world(attr_stage=few.astype(float))
    outcomes = tables.outcomes.assign(status=np.where(few, "won", "lost"))
    assert audited(replace(tables, outcomes=outcomes)).suspects.empty


def test_a_rare_value_is_judged_by_the_rows_of_other_clients():
    y = np.r_[np.ones(30), np.zeros(30)]
    own = cut(pd.Series([f"v{i}" for i in range(60)]))
    groups = np.array([f"c{i}" for i in range(60)])
    assert told(own, y, folds_of(groups)).auc == pytest.approx(0.5, abs=0.05)


def test_a_code_among_amounts_has_a_cell_of_its_own():
    amounts = np.r_[np.linspace(1, 100, 300), np.full(12, 50.5)]
    cells = cut(pd.Series(amounts))
    assert (cells.codes == cells.codes[-1]).sum() == 12


def test_chance_counts_clients_and_not_their_inquiries():
    rng = np.random.default_rng(5)
    client = np.repeat(np.arange(12), 40)
    y = (rng.random(12) < 0.5).astype(float)[client]
    mark = pd.Series(((np.arange(12) % 3 == 0) ^ (y[::40] == 1))[client].astype(float))
    alone = chance(cut(mark), y, folds_of(np.arange(480).astype(str)), np.arange(480), 50, 1)
    together = chance(cut(mark), y, folds_of(np.arange(480).astype(str)), client, 50, 1)
    assert alone < 1e-6 < together


def test_forward_in_time_learns_from_earlier_rows_only():
    y = np.r_[np.tile([0.0, 1.0], 50), np.tile([1.0, 0.0], 50)]
    cells = cut(pd.Series(np.tile([0.0, 1.0], 100)))
    later = np.arange(200) >= 100
    _, forward = both_ways(cells, y, folds_of(np.arange(200).astype(str)), later)
    assert forward[0] < forward[1]
    assert y[later][0] > y[later][1]


def test_two_clients_do_not_tell_how_sure_a_difference_is():
    y = np.tile([0.0, 1.0], 100)
    assert paired_z(y, 1 - y, y, np.arange(200), 20, 1) > 4
    assert paired_z(y, 1 - y, y, np.arange(200) % 2, 20, 1) == 0


def test_gaps_tell_what_stands_in_one_class_only():
    missing = np.array([True, True, False, False, False])
    seen = gaps(missing, np.array([1.0, 1.0, 1.0, 0.0, 0.0]))
    assert (seen.only, seen.only_class, seen.only_share) == ("missing", 1, pytest.approx(2 / 3))


def test_the_background_features_are_those_of_the_client_table():
    moments = {time: pd.Series([at(0)], dtype=TIME) for time in ("as_of", "received_at")}
    rows = pd.DataFrame({"client_id": pd.Series(["c"], dtype="str"), **moments})
    clients = conform("clients", pd.DataFrame({"client_id": ["c"], "known_at": [at(-1)]}))
    client = latest_client(rows, clients, Info(source="test"))
    assert list(company_background(rows, client)) == list(BACKGROUND)


def test_the_stage_writes_what_it_found_and_stops_before_training(tmp_path):
    """Run as DVC runs it, on tables in files."""
    tables = world(**CLEAN, attr_pool=WON.astype(float))
    kinds = {c: "numeric" if pd.api.types.is_numeric_dtype(tables.inquiries[c]) else "categorical" for c in CLEAN}
    tables = replace(tables, info=tables.info.model_copy(update={"attributes": {**kinds, "attr_pool": "numeric"}}))
    config = settings()
    snapshots = label_snapshots(tables, config)
    features = features_of(tables, snapshots[KEY], embed_texts(tables.messages, None, None), config.features)
    write_tables(tables, tmp_path / "tables")
    write_table(snapshots, tmp_path / "snapshots.parquet")
    write_table(features, tmp_path / "features.parquet")

    def stage(allowed: dict[str, str]):
        params = yaml.safe_load((ROOT / "params.yaml").read_text())
        params["audit"]["allowed"] = allowed
        params["targets"] = ["conversion"]
        (tmp_path / "params.yaml").write_text(yaml.safe_dump(params))
        files = [tmp_path / name for name in ("tables", "snapshots.parquet", "features.parquet", "reports")]
        return CliRunner().invoke(audit_stage, [*map(str, files), "--params", str(tmp_path / "params.yaml")])

    stopped = stage({})
    assert stopped.exit_code == 1
    assert "Error: 1 column may know the outcome:\n  attr_pool: tells won" in stopped.output
    assert "SUSPECT attr_pool" in (tmp_path / "reports/audit.txt").read_text()
    passed = stage({"attr_pool": "drawn by lot when the inquiry came in"})
    assert passed.exit_code == 0, passed.output
    assert "ALLOWED attr_pool" in (tmp_path / "reports/audit.txt").read_text()


def write_export(folder, **columns) -> None:
    """Inquiries without messages, as a CRM would export them."""
    status = np.where(WON, "won", "lost")
    table = {
        "id": range(N),
        "opened": [at(i) for i in range(N)],
        "closed": [at(i + 10) for i in range(N)],
        "status": status,
    }
    pd.DataFrame({**table, **columns}).to_csv(folder / "leads.csv", index=False)


def write_mapping(folder, numeric: list[str], forbidden: list[str], **params):
    mapping = {
        "source": "test",
        "files": {"leads": {"path": "leads.csv", "forbidden": forbidden}},
        "inquiries": {
            "from": "leads",
            "columns": {"inquiry_id": "id", "client_id": "id", "received_at": "opened"},
            "attributes": {"numeric": numeric},
        },
        "outcomes": {"from": "leads", "columns": {"status": "status", "decided_at": "closed"}},
        "params": {"snapshots": {"ages_days": [0]}, "label": {"horizon_days": 20}, "targets": ["conversion"], **params},
    }
    (folder / "mapping.yaml").write_text(yaml.safe_dump(mapping))
    return folder / "mapping.yaml"


@pytest.mark.slow
def test_the_command_names_a_leak_and_is_quiet_once_it_is_forbidden_or_allowed(tmp_path, monkeypatch):
    monkeypatch.setitem(COMMANDS, "audit", "audit:audit_command")
    write_export(tmp_path, pieces=CLEAN["attr_size"].round(2), pool=WON.astype(int))

    def run(mapping):
        arguments = ["audit", "--mapping", str(mapping), str(tmp_path / "leads.csv"), "-o", str(tmp_path / "audit.csv")]
        return CliRunner().invoke(cli, [*arguments, "--params", str(ROOT / "params.yaml")])

    leaky = run(write_mapping(tmp_path, ["pieces", "pool"], []))
    assert leaky.exit_code == 1
    assert "SUSPECT attr_pool" in leaky.output
    assert "attr_pieces" not in leaky.output
    written = pd.read_csv(tmp_path / "audit.csv").set_index("feature")
    assert written.loc["attr_pool", "severity"] == "suspect"
    assert "attr_pieces" in written.index

    clean = run(write_mapping(tmp_path, ["pieces"], ["pool"]))
    assert clean.exit_code == 0, clean.output
    assert "No column seems to know the outcome." in clean.output

    reason = {"allowed": {"attr_pool": "drawn by lot when the inquiry came in"}}
    allowed = run(write_mapping(tmp_path, ["pieces", "pool"], [], audit=reason))
    assert allowed.exit_code == 0, allowed.output
    assert "ALLOWED attr_pool" in allowed.output
