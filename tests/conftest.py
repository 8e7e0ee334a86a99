"""Small literal data and an encoder without a network, shared by the tests."""

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from inquiry_intent.config import Config, load_config
from inquiry_intent.tables import Info, Tables, conform, empty_table

ROOT = Path(__file__).parents[1]
DAY = pd.Timestamp("2026-03-02", tz="UTC")


def at(days: float) -> pd.Timestamp:
    """A moment, in days after DAY."""
    return DAY + pd.Timedelta(days=days)


class HashingEncoder:
    """Eight numbers from a text's hash: case-sensitive, so that a text changed on the way shows."""

    fingerprint = "hashing"
    dimension = 8

    def encode(self, texts: list[str]) -> np.ndarray:
        digests = [hashlib.sha256(text.encode()).digest()[:8] for text in texts]
        vectors = np.array([list(digest) for digest in digests], dtype=np.float32).reshape(-1, 8)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def make_tables(
    inquiries: dict, messages: dict | None = None, outcomes: dict | None = None, events: dict | None = None, **info
) -> Tables:
    """Tables from literal columns; what is not given is empty."""

    def table(name: str, columns: dict | None) -> pd.DataFrame:
        return empty_table(name) if columns is None else conform(name, pd.DataFrame(columns))

    known = info.pop("known_until", at(365))
    return Tables(
        inquiries=table("inquiries", inquiries),
        messages=table("messages", messages),
        events=table("events", events),
        clients=empty_table("clients"),
        outcomes=table("outcomes", outcomes),
        info=Info(source="test", known_until=known, **info),
    )


def corpus(n: int = 240, seed: int = 1) -> Tables:
    """A small world in which buyers who write much are won more often. Inquiries arrive one a day."""
    rng = np.random.default_rng(seed)
    ids = [f"q{i:04d}" for i in range(n)]
    received = [at(i) for i in range(n)]
    keen = rng.random(n) < 0.5
    won = rng.random(n) < np.where(keen, 0.8, 0.15)
    inquiries = {
        "inquiry_id": ids,
        "client_id": [f"c{i // 2:04d}" for i in range(n)],
        "received_at": received,
        "country": rng.choice(["DE", "BR", "AE"], n),
        "channel": rng.choice(["fair", "platform"], n),
        "product": rng.choice(["lamps", "bolts"], n),
        "owner": rng.choice(["ann", "bo"], n),
    }
    rows = []
    for i in range(n):
        text = f"We need {100 + i} pcs, when can you deliver?" if keen[i] else f"price {i}"
        rows.append((ids[i], received[i], "inbound", text))
        rows.append((ids[i], received[i] + pd.Timedelta(hours=5), "outbound", f"Dear buyer {i}"))
        if keen[i]:
            rows.append((ids[i], received[i] + pd.Timedelta(hours=9), "inbound", f"Thanks, and {i + 7} pcs?"))
    messages = {
        "message_id": [f"m{k:05d}" for k in range(len(rows))],
        "inquiry_id": [row[0] for row in rows],
        "sent_at": [row[1] for row in rows],
        "direction": [row[2] for row in rows],
        "text": [row[3] for row in rows],
    }
    outcomes = {
        "inquiry_id": ids,
        "decided_at": [t + pd.Timedelta(days=8 + float(rng.random())) for t in received],
        "status": np.where(won, "won", "lost"),
        "order_value": np.where(won, rng.choice([20_000.0, 300_000.0, 2_000_000.0], n), np.nan),
        "currency": "USD",
    }
    return make_tables(inquiries, messages, outcomes, known_until=at(n + 30))


@pytest.fixture(scope="session")
def config() -> Config:
    """The project's parameters, made small: few trees, short horizon."""
    trees = {"learning_rate": 0.2, "n_estimators": 20, "num_leaves": 4, "min_child_samples": 5}
    return load_config(
        ROOT / "params.yaml",
        {
            "snapshots": {"ages_days": [0, 1, 3]},
            "label": {"horizon_days": 20},
            "train": {
                "threads": 1,
                "embedding_components": 2,
                "rare_category": 2,
                "seeds": 2,
                "folds": 3,
                "words": {"most_terms": 200},
                "conversion": trees,
                "client_tier": trees,
            },
            "evaluate": {"bootstrap_rounds": 20},
            "explain": {"permutation_repeats": 2, "most_rows": 50},
        },
    )


@pytest.fixture(scope="session")
def encoder() -> HashingEncoder:
    return HashingEncoder()


@pytest.fixture
def folder(tmp_path):
    """An empty folder for an export."""
    (tmp_path / "export").mkdir()
    return tmp_path / "export"
