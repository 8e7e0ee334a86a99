"""The demo corpus: what it promises to whoever tries the line on it."""

import re
import string
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import phonenumbers
import pytest
from click.testing import CliRunner
from sklearn.metrics import roc_auc_score

from inquiry_intent import simulate as simulation
from inquiry_intent.cli import cli
from inquiry_intent.config import load_config
from inquiry_intent.errors import DataError
from inquiry_intent.simulate import EXPORT, simulate, true_probability
from inquiry_intent.simulation import latents, threads
from inquiry_intent.simulation.draws import Draws
from inquiry_intent.simulation.phrases import LANGUAGES, language
from inquiry_intent.simulation.threads import office_time
from inquiry_intent.simulation.world import DAY, HOUR, load, world
from inquiry_intent.sources.ingest import read_export
from inquiry_intent.sources.mapping import load_mapping

ROOT = Path(__file__).parents[1]
UNTIL = pd.Timestamp("2026-03-02", tz="UTC")
MONDAY = 1_772_409_600  # 2026-03-02T00:00Z
TRUTH_ROW = {
    "p_won": 0.4,
    "p_never": 0.1,
    "won_log_days": np.log(25),
    "won_spread": 0.5,
    "lost_log_days": np.log(18),
    "lost_spread": 0.6,
}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "corpus"
    simulate(800, 7, folder)
    return folder


def table(folder: Path, name: str) -> pd.DataFrame:
    times = {
        "inquiries": ["received_at"],
        "messages": ["sent_at"],
        "events": ["occurred_at"],
        "outcomes": ["decided_at"],
    }
    return pd.read_csv(folder / f"{name}.csv", parse_dates=times.get(name, []), dtype={"sender_phone": "str"})


def test_the_same_seed_gives_the_same_bytes_and_another_seed_another_corpus(corpus, tmp_path):
    simulate(800, 7, tmp_path / "again")
    simulate(800, 8, tmp_path / "other")
    for file in sorted(corpus.iterdir()):
        assert file.read_bytes() == (tmp_path / "again" / file.name).read_bytes(), file.name
        assert file.read_bytes() != (tmp_path / "other" / file.name).read_bytes(), file.name


def test_a_larger_corpus_begins_with_the_smaller_one(tmp_path, monkeypatch):
    monkeypatch.setattr(simulation, "CHUNK", 20)
    simulate(20, 7, tmp_path / "small")
    simulate(50, 7, tmp_path / "large")
    for name in EXPORT:
        small, large = ((tmp_path / size / f"{name}.csv").read_text() for size in ("small", "large"))
        assert large.startswith(small), name
        assert len(large) > len(small), name
    large = table(tmp_path / "large", "inquiries")
    assert large["inquiry_id"].is_unique
    assert len(large) == 50
    assert list(pd.read_parquet(tmp_path / "large/truth.parquet")["inquiry_id"]) == list(large["inquiry_id"])


def test_the_line_takes_every_row_of_the_export(corpus):
    result = read_export(corpus, load_mapping(ROOT / "data/mappings/demo.yaml"))
    for name, columns in EXPORT.items():
        written = pd.read_csv(corpus / f"{name}.csv", dtype="str")
        assert tuple(written.columns) == columns
        assert len(getattr(result.tables, name)) == len(written), name
    assert result.quarantine.empty


def test_nothing_is_known_before_the_inquiry_or_after_the_end(corpus):
    inquiries = table(corpus, "inquiries").set_index("inquiry_id")
    outcomes = table(corpus, "outcomes").set_index("inquiry_id")
    assert inquiries["received_at"].between(UNTIL - pd.Timedelta(days=548), UNTIL, inclusive="left").all()
    for name, time in (("messages", "sent_at"), ("events", "occurred_at")):
        rows = table(corpus, name).join(inquiries["received_at"], on="inquiry_id").join(outcomes, on="inquiry_id")
        assert (rows[time] >= rows["received_at"]).all()
        assert (rows[time] < rows["decided_at"].fillna(UNTIL)).all()
    first = table(corpus, "messages").sort_values("sent_at").groupby("inquiry_id").head(1).set_index("inquiry_id")
    assert (first["direction"] == "inbound").all()
    assert (first["sent_at"] == inquiries["received_at"].reindex(first.index)).all()
    assert len(first) == len(inquiries)
    decided = outcomes["status"] != "open"
    assert (outcomes["decided_at"].notna() == decided).all()
    assert (outcomes["order_value"].notna() == (outcomes["status"] == "won")).all()


def test_who_wins_changes_nothing_that_is_said_or_done_before_the_decision(corpus, tmp_path, monkeypatch):
    def never(rng, inquiries):
        return pd.DataFrame({"won": False, "decided": np.full(len(inquiries), np.iinfo(np.int64).max)})

    monkeypatch.setattr(simulation, "draw_outcomes", never)
    simulate(800, 7, tmp_path / "endless")
    for name in ("inquiries", "clients"):
        assert (tmp_path / "endless" / f"{name}.csv").read_bytes() == (corpus / f"{name}.csv").read_bytes()
    keys = {"messages": ["message_id", "sent_at", "direction"], "events": ["inquiry_id", "occurred_at", "kind"]}
    for name, columns in keys.items():
        endless = set(table(tmp_path / "endless", name)[columns].itertuples(index=False))
        cut = set(table(corpus, name)[columns].itertuples(index=False))
        assert cut < endless, name


def test_outcomes_follow_the_true_probabilities_at_every_age():
    n = 400_000
    truth = pd.DataFrame([TRUTH_ROW])
    inquiries = pd.DataFrame({name: np.full(n, value) for name, value in TRUTH_ROW.items()} | {"received": 0})
    outcomes = latents.draw_outcomes(np.random.default_rng(1), inquiries)
    days = outcomes["decided"].to_numpy() / DAY
    for age in (0, 7, 30):
        undecided = days > age
        observed = (outcomes["won"] & (days <= age + 60))[undecided].mean()
        assert true_probability(truth, age, 60).iloc[0] == pytest.approx(observed, abs=0.004)


def test_the_true_probability_of_ever_winning_is_p_won():
    truth = pd.DataFrame([TRUTH_ROW, TRUTH_ROW | {"p_won": 0.0}, TRUTH_ROW | {"p_won": 1.0}], index=["a", "b", "c"])
    ever = true_probability(truth, 0, 1e9)
    assert list(ever.index) == ["a", "b", "c"]
    assert list(ever) == pytest.approx([0.4, 0, 1])
    assert true_probability(truth, 14, 60)["a"] < true_probability(truth, 14, 90)["a"]


def test_kinds_and_orders_come_in_the_shares_of_the_sources():
    rng = np.random.default_rng(3)
    clients = latents.draw_clients(rng, 40_000)
    inquiries = latents.draw_inquiries(rng, clients, MONDAY - 548 * DAY, MONDAY)
    assert len(inquiries) == 40_000
    shares = inquiries["kind"].value_counts(normalize=True, sort=False).sort_index()
    assert list(shares) == pytest.approx(latents.KIND_SHARE, abs=0.015)
    assert inquiries["p_won"].mean() == pytest.approx(0.42, abs=0.015)
    assert inquiries.groupby("kind")["p_won"].mean().is_monotonic_decreasing


def test_yearly_purchases_fit_the_tiers_of_the_parameters(corpus):
    tier = load_config(ROOT / "params.yaml").tier
    assert tier.exchange_rates == world()["dollars"]
    won = table(corpus, "outcomes").query("status == 'won'").merge(pd.read_parquet(corpus / "truth.parquet"))
    usd = won["annual_volume"] * won["currency"].map(tier.exchange_rates)
    bounds = [0, tier.thresholds["short_term"], tier.thresholds["strategic"], np.inf]
    assert (pd.cut(usd, bounds, labels=["test", "short_term", "strategic"]) == won["potential"]).all()
    assert won["currency"].nunique() > 3


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_language_has_words_for_everything(code):
    spoken, english = language(code), language("en")
    ours = {name for name in english.sentences if name.startswith("outbound_")}
    assert set(load("traits")) < set(english.sentences)
    assert set(spoken.sentences) == set(english.sentences) - (set() if code in ("en", "zh") else ours)
    assert set(spoken.words) == set(english.words)
    assert set(spoken.words["countries"]) == set(world()["countries"])
    assert set(spoken.words["products"]) == set(world()["products"])
    assert all(len(entry["names"]) == 3 for entry in spoken.words["products"].values())
    assert len(set(spoken.words["months"])) == 12
    if code != "en":
        assert set(spoken.sentences["asks_delivery_time"]).isdisjoint(english.sentences["asks_delivery_time"])


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_blank_in_every_sentence_is_filled(code):
    known = set(
        "product other use spec std model qty more year price ours pct term cert port country brand chain date month "
        "company name owner desk".split()
    )
    allowed = {"dates": {"day", "month", "week"}}
    sentences = [(name, sentence) for name, all_of in language(code).sentences.items() for sentence in all_of]
    wrong = [
        (name, sentence)
        for name, sentence in sentences
        if not {field for _, field, _, _ in string.Formatter().parse(sentence) if field} <= allowed.get(name, known)
        or re.search(r"[\[\]|]|  | [,.]|\.\.", sentence)
    ]
    assert wrong == []
    assert len(sentences) > 900


def test_every_country_has_valid_phone_numbers():
    draws = Draws(np.random.default_rng(5))
    invalid = {
        number
        for code, entry in world()["countries"].items()
        for number in (draws.digits(entry["phone"]) for _ in range(200))
        if phonenumbers.region_code_for_number(phonenumbers.parse(number)) != code
    }
    assert invalid == set()


def test_nobody_in_the_corpus_can_be_taken_for_a_real_address(corpus):
    mails = table(corpus, "messages")["sender_email"]
    assert mails.str.contains(r"^demo\.|@demo-").all()
    assert table(corpus, "clients")["website"].dropna().str.startswith("www.demo-").all()


def test_people_write_in_the_language_of_their_country(corpus):
    rows = table(corpus, "messages").query("direction == 'inbound'").merge(table(corpus, "inquiries"))
    cyrillic = rows["text"].str.contains("[а-я]{4}").groupby(rows["country"]).mean()
    assert cyrillic["RU"] > 0.4
    assert cyrillic.drop(["RU", "KZ", "BY"], errors="ignore").max() == 0


@pytest.mark.parametrize(
    ("hours", "zone", "friday", "expected"),
    [
        (10, 0, False, [10, 10]),  # Monday at ten: now
        (10, 9, False, [24 + 8 - 9, 24 + 11 - 9]),  # 19:00 in Tokyo: Tuesday morning there
        (3, 0, False, [8, 11]),  # Monday at three: the same morning
        (4 * 24 + 20, 0, False, [7 * 24 + 8, 7 * 24 + 11]),  # Friday evening: Monday
        (4 * 24 + 10, 0, True, [6 * 24 + 8, 6 * 24 + 11]),  # Friday where it is free: Sunday
    ],
)
def test_people_answer_in_their_working_hours(hours, zone, friday, expected):
    moved = office_time(
        np.random.default_rng(0), np.array([MONDAY + hours * HOUR]), np.array([float(zone)]), np.array([friday])
    )
    assert expected[0] <= (moved[0] - MONDAY) / HOUR <= expected[1]


def test_large_clients_may_be_slow_and_collectors_quick():
    rng = np.random.default_rng(4)
    clients = latents.draw_clients(rng, 20_000)
    pace = clients.groupby(["kind", "potential"])["pace_hours"].median()
    real, collector = latents.KINDS.index("real"), latents.KINDS.index("collector")
    assert pace[real, 0] > 2 * pace[collector, 2]
    # … while a steady rhythm is the better sign.
    assert clients.groupby("kind")["disorder"].median().is_monotonic_increasing


def test_a_message_says_at_most_what_one_mail_can_hold():
    rng = np.random.default_rng(6)
    clients = latents.draw_clients(rng, 1_000)
    inquiries = latents.draw_inquiries(rng, clients, MONDAY - 548 * DAY, MONDAY)
    messages = threads.draw_messages(rng, inquiries)
    traits = threads.draw_traits(rng, inquiries, messages, load("traits"))
    counts = pd.Series([len(names) for names in traits])
    assert counts[messages["inbound"] & (messages["stage"] == 0)].max() == threads.MOST_TRAITS[0]
    assert counts[~messages["inbound"]].max() == 0
    assert all(len(set(names)) == len(names) for names in traits)
    wrong = inquiries["wrong_category"].to_numpy()[messages["inquiry"]]
    about_ours = [bool(set(names) & set(threads.ABOUT_OUR_GOODS)) for names in traits]
    assert not (wrong & about_ours).any()
    assert (~wrong & about_ours).any()


def test_another_folder_is_left_alone(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(DataError, match="something else than a demo corpus"):
        simulate(5, 7, tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["notes.txt"]


def test_a_broken_run_leaves_the_old_corpus(tmp_path, monkeypatch):
    folder = tmp_path / "demo"
    simulate(5, 7, folder)
    before = {file.name: file.read_bytes() for file in folder.iterdir()}

    def broken(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate(5, 8, folder, progress=broken)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before
    assert [file.name for file in tmp_path.iterdir()] == ["demo"]


@pytest.mark.parametrize(("inquiries", "seed"), [(0, 7), (5, -1)])
def test_numbers_out_of_range_are_refused(tmp_path, inquiries, seed):
    with pytest.raises(DataError, match="expected at least 1 inquiry and a seed of at least 0"):
        simulate(inquiries, seed, tmp_path / "demo")


def test_the_command_writes_the_corpus_and_says_so_on_stderr(tmp_path):
    arguments = ["simulate", "--inquiries", "5", "--seed", "7", "--until", "2025-06-02", "-o", str(tmp_path / "demo")]
    result = CliRunner().invoke(cli, arguments)
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr.strip() == f"Wrote 5 inquiries: {tmp_path / 'demo'}"
    assert sorted(file.stem for file in (tmp_path / "demo").iterdir()) == sorted([*EXPORT, "truth"])
    assert table(tmp_path / "demo", "inquiries")["received_at"].max() < pd.Timestamp("2025-06-02", tz="UTC")


def test_the_documented_check_runs(corpus, capsys):
    block = re.search(r"```python\n(.*?)```", (ROOT / "docs/simulation.md").read_text(encoding="utf-8"), re.DOTALL)
    assert block is not None
    exec(block[1].replace('"data/raw/demo"', repr(str(corpus))), {})
    assert "invalid" in capsys.readouterr().out


@pytest.mark.slow
def test_no_count_alone_gives_the_outcome_away(tmp_path):
    simulate(6_000, 7, tmp_path / "demo")
    inquiries = table(tmp_path / "demo", "inquiries").merge(table(tmp_path / "demo", "outcomes"))
    inquiries = inquiries[inquiries["received_at"] < UNTIL - pd.Timedelta(days=180)]
    messages = table(tmp_path / "demo", "messages").merge(inquiries[["inquiry_id", "received_at"]])
    week = messages[messages["sent_at"] - messages["received_at"] < pd.Timedelta(days=7)]
    inbound = week[week["direction"] == "inbound"]
    mails = inbound.groupby("inquiry_id")
    counts = {
        "messages": mails.size(),
        "words": inbound["text"].str.split().str.len().groupby(inbound["inquiry_id"]).sum(),
        "questions": inbound["text"].str.count(r"[?？؟]").groupby(inbound["inquiry_id"]).sum(),
        "attachments": mails["attachment_count"].sum(),
        "phone": mails["sender_phone"].first().notna(),
        "corporate": mails["sender_email"].first().str.contains("@demo-"),
    }
    won = (inquiries.set_index("inquiry_id")["status"] == "won").astype(int)
    figures = {name: roc_auc_score(won, count.reindex(won.index).astype(float)) for name, count in counts.items()}
    assert all(0.5 < figure < 0.72 for figure in figures.values()), figures


@pytest.mark.slow
def test_memory_does_not_grow_with_the_corpus(tmp_path):
    def peak_megabytes(inquiries: int) -> float:
        code = (
            "import resource; from pathlib import Path; from inquiry_intent.simulate import simulate; "
            f"simulate({inquiries}, 7, Path({str(tmp_path / str(inquiries))!r})); "
            "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)"
        )
        return float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)

    assert peak_megabytes(20_000) < peak_megabytes(5_000) + 80
