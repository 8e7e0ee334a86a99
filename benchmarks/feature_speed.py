"""How fast are features built, and are they those of a plain loop?

Makes a corpus of random threads, builds its features, and compares a sample with a reference that walks over snapshots
one by one, as one would write it down first. Texts come from a pool: finding signals in a text is measured elsewhere.

    python -m benchmarks.feature_speed --inquiries 25000
"""

import re
import time

import click
import numpy as np
import pandas as pd

from inquiry_intent.config import FeatureConfig
from inquiry_intent.embedding import buyer_texts
from inquiry_intent.features.build import build_features
from inquiry_intent.features.history import build_history
from inquiry_intent.tables import EVENT_KINDS, Info, Tables, conform

AGES_DAYS = (0, 1, 3, 7, 14, 30)
MESSAGES_PER_INQUIRY = 4
WORDS_PER_MESSAGE = 57
DISTINCT_TEXTS = 500
SECONDS_PER_DAY = 86400
CONFIG = FeatureConfig(history_prior_weight=20.0, recent_days=28.0, quick_reply_hours=24.0, judge=False)
PHRASES = (
    "price for the pump please send your quotation and delivery time of 500 pcs with CE certificate to Hamburg . "
    "Could you tell me when ? we need it soon ! see https://acme.example for our company \n"
).split(" ")
WORD = re.compile(r"[^\W_]+")


def random_tables(n_inquiries: int, seed: int) -> Tables:
    """Threads of four messages on average, with events, clients and outcomes, all at random."""
    random = np.random.default_rng(seed)

    def after(start: pd.Series, days: float) -> pd.Series:
        return start + pd.to_timedelta(random.exponential(days * SECONDS_PER_DAY, len(start)).round(), unit="s")

    number = np.arange(n_inquiries)
    received = pd.Series(pd.Timestamp("2025-01-01", tz="UTC"), index=number)
    received += pd.to_timedelta(random.uniform(0, 400 * SECONDS_PER_DAY, n_inquiries).round(), unit="s")
    inquiries = pd.DataFrame(
        {
            "inquiry_id": [f"i{i:06d}" for i in number],
            "client_id": [f"c{i}" for i in random.integers(0, n_inquiries * 2 // 3 + 1, n_inquiries)],
            "received_at": received,
            "channel": random.choice(["trade fair", "website", "platform"], n_inquiries),
            "country": random.choice(["DE", "US", "BR", "EG", "FR", "RU"], n_inquiries),
            "product": random.choice(["pump", "valve"], n_inquiries),
            "subject": random.choice(["Inquiry 500 pcs", "RFQ!!"], n_inquiries),
            "owner": random.choice(["mei", "bo", "kim"], n_inquiries),
            "attr_size": random.choice([512.5, 717.0, 1250.0, 38.4, 500.0], n_inquiries),
        }
    )
    of = np.repeat(number, 1 + random.poisson(MESSAGES_PER_INQUIRY - 1, n_inquiries))
    first = np.diff(of, prepend=-1) > 0
    words = np.array(PHRASES)[random.integers(0, len(PHRASES), (DISTINCT_TEXTS, WORDS_PER_MESSAGE))]
    pool = np.array([" ".join(row) for row in words])
    mailbox = random.choice(["gmail.com", "acme.de", "pumps.com.br", "mailinator.com"], n_inquiries)
    opened = received.take(of).reset_index(drop=True)
    messages = pd.DataFrame(
        {
            "message_id": [f"m{i:07d}" for i in random.permutation(len(of))],
            "inquiry_id": inquiries["inquiry_id"].take(of).array,
            "sent_at": opened.where(first, after(opened, 4)),
            "direction": np.where(first, "inbound", random.choice(["inbound", "outbound"], len(of))),
            "text": random.choice(pool, len(of)),
            "sender_email": [
                f"{who}{i}@{mailbox[i]}" for who, i in zip(random.choice(["ana", "bo"], len(of)), of, strict=True)
            ],
            "sender_phone": [f"+49 30 {i:07d}" for i in of],
        }
    )
    events = pd.DataFrame(
        {
            "inquiry_id": inquiries["inquiry_id"],
            "occurred_at": after(received, 3),
            "kind": random.choice(EVENT_KINDS, n_inquiries),
        }
    )
    clients = inquiries[["client_id"]].drop_duplicates().assign(known_at=received, import_covered=1.0, company="Acme")
    clients["import_count"] = random.poisson(3, len(clients)).astype(float)
    outcomes = pd.DataFrame(
        {
            "inquiry_id": inquiries["inquiry_id"],
            "decided_at": after(received, 30),
            "status": random.choice(["won", "lost"], n_inquiries),
        }
    )
    parts = {"inquiries": inquiries, "messages": messages, "events": events, "clients": clients, "outcomes": outcomes}
    info = Info(source="random", attributes={"attr_size": "numeric"})
    return Tables(**{name: conform(name, part) for name, part in parts.items()}, info=info)


def all_snapshots(tables: Tables) -> pd.DataFrame:
    """Every inquiry at every age."""
    received = tables.inquiries["received_at"]
    parts = [tables.inquiries[["inquiry_id"]].assign(as_of=received + pd.Timedelta(days=age)) for age in AGES_DAYS]
    return pd.concat(parts, ignore_index=True)


def texts_without_embeddings(tables: Tables) -> pd.DataFrame:
    """The table of distinct texts, with a language and no vectors."""
    return buyer_texts(tables.messages).drop_duplicates("text_id").set_index("text_id")[[]].assign(language="en")


def reference_row(tables: Tables, inquiry_id: str, as_of: pd.Timestamp) -> dict[str, float]:
    """Some features of each group, by the words of the data dictionary, one snapshot at a time."""
    inquiry = tables.inquiries.set_index("inquiry_id").loc[inquiry_id]
    messages = tables.messages[(tables.messages["inquiry_id"] == inquiry_id) & (tables.messages["sent_at"] <= as_of)]
    messages = messages.sort_values(["sent_at", "message_id"])
    replies: dict[str, list[float]] = {"inbound": [], "outbound": []}
    gaps, unanswered, previous = [], 0, None
    for message in messages.itertuples():
        if previous is not None:
            gaps.append((message.sent_at - previous.sent_at).total_seconds() / 3600)
            if message.direction != previous.direction:
                replies[message.direction].append(gaps[-1])
        unanswered = 0 if message.direction == "inbound" else unanswered + 1
        previous = message
    inbound = messages[messages["direction"] == "inbound"]
    outbound = messages[messages["direction"] == "outbound"]
    words = [len(WORD.findall(text)) for text in inbound["text"]]
    median = float(np.median(replies["inbound"])) if replies["inbound"] else np.nan
    waited = (as_of - messages["sent_at"].iloc[-1]).total_seconds() / 3600
    logs = np.log(np.maximum(replies["inbound"], 1 / 3600))
    events = tables.events[(tables.events["inquiry_id"] == inquiry_id) & (tables.events["occurred_at"] <= as_of)]
    client = tables.clients[(tables.clients["client_id"] == inquiry.client_id) & (tables.clients["known_at"] <= as_of)]
    decided = tables.outcomes[tables.outcomes["decided_at"] <= as_of].merge(tables.inquiries, on="inquiry_id")
    prior = (decided["status"] == "won").mean() if len(decided) else np.nan
    own = decided[decided["owner"] == inquiry.owner]
    others = tables.inquiries[
        (tables.inquiries["client_id"] == inquiry.client_id)
        & (tables.inquiries["received_at"] <= as_of)
        & (tables.inquiries["received_at"] != inquiry.received_at)
    ]["received_at"]
    same = tables.inquiries[
        (tables.inquiries["attr_size"] == inquiry.attr_size)
        & (inquiry.attr_size != 500)
        & (tables.inquiries["received_at"] <= as_of)
        & (tables.inquiries["received_at"] != inquiry.received_at)
    ]["received_at"]
    return {
        "age_days": (as_of - inquiry.received_at).total_seconds() / SECONDS_PER_DAY,
        "inbound_message_count": len(inbound),
        "outbound_message_count": len(outbound),
        "unanswered_outbound_count": unanswered,
        "longest_gap_hours": max(gaps, default=np.nan),
        "buyer_reply_median_hours": median,
        "buyer_reply_last_hours": replies["inbound"][-1] if replies["inbound"] else np.nan,
        "reply_regularity": 1 / (1 + np.std(logs, ddof=1)) if len(logs) > 1 else np.nan,
        "buyer_reply_trend_log_hours": np.polyfit(range(len(logs)), logs, 1)[0] if len(logs) > 1 else np.nan,
        "seller_reply_median_hours": float(np.median(replies["outbound"])) if replies["outbound"] else np.nan,
        "late_against_own_rhythm_ratio": (waited if unanswered else 0.0) / max(median, 1 / 3600),
        "thread_silent_hours": waited,
        "first_text_word_count": words[0],
        "last_text_word_count": words[-1],
        "mean_text_word_count": float(np.mean(words)),
        "free_mailbox": float(inbound["sender_email"].str.endswith(("gmail.com", "mailinator.com")).all()),
        "sender_count": inbound["sender_email"].nunique(),
        "event_quote_sent_count": int((events["kind"] == "quote_sent").sum()),
        "import_frequency_per_year": client["import_count"].iloc[-1] if len(client) else np.nan,
        "overall_win_rate": prior,
        "owner_decided_count": len(own),
        "owner_win_rate": ((own["status"] == "won").sum() + CONFIG.history_prior_weight * prior)
        / (len(own) + CONFIG.history_prior_weight),
        "client_other_inquiry_count": len(others),
        "same_size_days": (as_of - same.max()).total_seconds() / SECONDS_PER_DAY if len(same) else np.nan,
        "client_last_inquiry_days": (as_of - others.max()).total_seconds() / SECONDS_PER_DAY if len(others) else np.nan,
    }


def reference_features(tables: Tables, keys: pd.DataFrame) -> pd.DataFrame:
    """`reference_row` of each snapshot, in their order."""
    rows = [reference_row(tables, key.inquiry_id, key.as_of) for key in keys.itertuples()]
    return pd.DataFrame(rows, index=pd.MultiIndex.from_frame(keys), dtype="float64")


@click.command()
@click.option(
    "--inquiries", default=25_000, show_default=True, help="With four messages on average, and six snapshots each."
)
@click.option("--sample", default=300, show_default=True, help="Snapshots that the plain loop builds too.")
@click.option("--seed", default=7, show_default=True)
def main(inquiries: int, sample: int, seed: int) -> None:
    """Time `build_features`, and check a sample of it against a plain loop.

    Example:

    \b
        python -m benchmarks.feature_speed --inquiries 25000
    """
    tables = random_tables(inquiries, seed)
    keys, texts, history = all_snapshots(tables), texts_without_embeddings(tables), build_history(tables)
    # What is loaded once a process (signal patterns, phone numbers of the world) is no cost of a row.
    build_features(tables, keys.head(10), texts, history, CONFIG)
    # Time on the processor, so that whatever else runs on the machine does not count.
    start = time.process_time()
    features = build_features(tables, keys, texts, history, CONFIG)
    seconds = time.process_time() - start
    click.echo(
        f"build_features: {len(tables.messages):,} messages, {len(features):,} rows, {features.shape[1]} columns: "
        f"{seconds:.1f} s of one core, {seconds / len(features) * 1e6:.0f} µs a row"
    )
    chosen = keys.sample(n=min(sample, len(keys)), random_state=seed)
    start = time.process_time()
    expected = reference_features(tables, chosen)
    loop_seconds = time.process_time() - start
    pd.testing.assert_frame_equal(features.loc[expected.index, expected.columns], expected, rtol=1e-9)
    ratio = loop_seconds / len(expected) / (seconds / len(features))
    click.echo(
        f"plain loop: {len(expected):,} rows, {expected.shape[1]} columns, equal: {loop_seconds:.1f} s, "
        f"{loop_seconds / len(expected) * 1e6:.0f} µs a row, {ratio:.0f} times slower"
    )


if __name__ == "__main__":
    main()
