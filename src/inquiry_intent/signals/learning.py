"""Learn the judge of signals from labelled messages; `judging.py` says what it is for.

    inquiry-intent signals learn data/labelled

measures on a third of the messages what it learns from the others, then learns from all.
"""

import hashlib
import json
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from inquiry_intent.embedding import EmbeddingStore, Encoder, vectors_of
from inquiry_intent.errors import DataError
from inquiry_intent.signals.catalogue import Catalogue
from inquiry_intent.signals.finding import find_signals
from inquiry_intent.signals.judging import VECTOR_SCALE, Judge, judge_hits, sentences_with_hits

SEEDS = (0, 1)
HIDDEN, EPOCHS, BATCH = 512, 14, 128
RATE, DECAY, DROPOUT = 2e-3, 1e-2, 0.3
#: A hit is taken back where its sentence makes it unlikely; without a hit a signal has to be likelier than not. On real
#: posts, terser than any labelled message, a higher first bound cost recall and hardly raised precision.
KEEPS, ADDS = 0.3, 0.5
GRID = (0.3, 0.4, 0.5, 0.6, 0.7)
#: One message in so many is held out to measure.
HELD_OUT = 3


def read_labelled(folder: Path) -> pd.DataFrame:
    """Labelled messages: message_id, language, text, labels (list of {"signal", "evidence"}), product_words.

    Raises
    ------
    DataError
        If the folder holds none.
    """
    files = sorted(folder.glob("*.jsonl"))
    rows = [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    if not rows:
        raise DataError(f"{folder} holds no labelled messages: expected files such as en.jsonl (docs/signals.md).")
    table = pd.DataFrame(rows).rename(columns={"id": "message_id", "signals": "labels"})
    return table.reindex(columns=["message_id", "language", "text", "labels", "product_words"])


def learn_judge(messages: pd.DataFrame, catalogue: Catalogue, encoder: Encoder) -> tuple[Judge, str]:
    """The judge learned from all messages, and how one learned from two thirds of them does on the others, as text."""
    names = tuple(catalogue.signals)
    held = is_held_out(messages)

    def learned(from_messages: pd.DataFrame) -> Judge:
        return fit_judge(*examples(from_messages, catalogue, encoder, names), names, encoder.fingerprint)

    text = report(learned(messages[~held]), messages[held], catalogue, encoder)
    head = f"learned from {(~held).sum()} messages, measured on {held.sum()} others:\n"
    return learned(messages), head + text


def is_held_out(messages: pd.DataFrame) -> np.ndarray:
    """Which messages are kept to measure: by a hash of their id, so that new messages change nothing for the others."""
    return np.array([hashlib.sha256(i.encode()).digest()[0] % HELD_OUT == 0 for i in messages["message_id"]])


def examples(
    messages: pd.DataFrame, catalogue: Catalogue, encoder: Encoder, names: tuple[str, ...]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The sentences of messages as the network sees them.

    A label names one passage that shows a signal. Other sentences of that message may show it too: for them it is
    unknown.

    Returns
    -------
    vectors (float32), hits, shows, known (int8), each of shape (n_sentences, …)
    """
    table = messages[["message_id", "text", "language"]]
    sentences, hits = sentences_with_hits(table, find_signals(table[["message_id", "text"]], catalogue), names)
    shows, known = np.zeros_like(hits), np.ones_like(hits)
    rows_of = sentences.groupby("message_id").indices
    column = {name: i for i, name in enumerate(names)}
    start, end = sentences["start"].to_numpy(), sentences["end"].to_numpy()
    for message_id, text, labels in zip(messages["message_id"], messages["text"], messages["labels"], strict=True):
        rows = rows_of.get(message_id, np.array([], dtype=np.intp))
        for label in labels:
            first = text.find(label["evidence"])
            inside = (start[rows] < first + len(label["evidence"])) & (end[rows] > first)
            shows[rows[inside], column[label["signal"]]] = 1
        for name in {label["signal"] for label in labels}:
            known[rows, column[name]] = shows[rows, column[name]]
    return vectors_of(sentences["evidence"].astype("str"), encoder, None), hits, shows, known


def fit_judge(
    vectors: np.ndarray, hits: np.ndarray, shows: np.ndarray, known: np.ndarray, names: tuple[str, ...], encoder: str
) -> Judge:
    """Learn the networks."""
    parts = [_fit(vectors, hits, shows, known, seed) for seed in SEEDS]
    stacked = {name: np.stack([part[name] for part in parts]) for name in parts[0]}
    return Judge(names=names, encoder=encoder, keeps=KEEPS, adds=ADDS, **stacked)


def _fit(vectors: np.ndarray, hits: np.ndarray, shows: np.ndarray, known: np.ndarray, seed: int) -> dict[str, Any]:
    import torch
    from torch import nn

    torch.set_num_threads(1)  # the matrices are small: threads would wait for each other
    torch.manual_seed(seed)
    x, h, y, w = (torch.tensor(part, dtype=torch.float32) for part in (vectors * VECTOR_SCALE, hits, shows, known))
    of_vector, of_hits = nn.Linear(x.shape[1], HIDDEN), nn.Linear(h.shape[1], HIDDEN, bias=False)
    direct, output = nn.Linear(h.shape[1], y.shape[1], bias=False), nn.Linear(HIDDEN, y.shape[1])
    nn.init.zeros_(direct.weight)
    # The bias starts at how common a signal is, so that no time is spent on learning that signals are rare.
    output.bias.data = torch.logit(((y * w).sum(0) / w.sum(0).clamp(1)).clamp(1e-3, 0.5))
    net = nn.ModuleList([of_vector, of_hits, direct, output])
    dropout = nn.Dropout(DROPOUT)
    steps = EPOCHS * -(-len(x) // BATCH)
    optimiser = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps)
    loss_of = nn.BCEWithLogitsLoss(reduction="none")
    for _ in range(EPOCHS):
        for rows in torch.randperm(len(x)).split(BATCH):
            z = output(dropout(torch.relu(of_vector(x[rows]) + of_hits(h[rows])))) + direct(h[rows])
            loss = (loss_of(z, y[rows]) * w[rows]).sum() / len(rows)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    return {
        "vector_weights": of_vector.weight.detach().numpy().T,
        "hit_weights": of_hits.weight.detach().numpy().T,
        "hidden_bias": of_vector.bias.detach().numpy(),
        "output_weights": output.weight.detach().numpy().T,
        "direct_weights": direct.weight.detach().numpy().T,
        "output_bias": output.bias.detach().numpy(),
    }


def figures(messages: pd.DataFrame, found: pd.DataFrame) -> dict[str, float]:
    """Precision and recall of pairs of message and signal; `found`: message_id and signal."""
    labels = messages[["message_id", "labels"]].explode("labels").dropna()
    said = {(i, label["signal"]) for i, label in zip(labels["message_id"], labels["labels"], strict=True)}
    got = set(zip(found["message_id"], found["signal"], strict=True))
    both = len(said & got)
    return {"precision": both / max(len(got), 1), "recall": both / max(len(said), 1)}


def report(judge: Judge, messages: pd.DataFrame, catalogue: Catalogue, encoder: Encoder) -> str:
    """What patterns alone and the judge with several bounds find in messages that it has not learned from."""
    table = messages[["message_id", "text"]]
    hits = find_signals(table, catalogue)
    lines = [_line("patterns alone", figures(messages, hits))]
    with tempfile.TemporaryDirectory() as folder:  # so that sentences are encoded once
        store = EmbeddingStore(Path(folder), encoder.fingerprint)
        for keeps, adds in sorted({(KEEPS, ADDS), *((x, x) for x in GRID)}):
            found = judge_hits(table, hits, catalogue, replace(judge, keeps=keeps, adds=adds), encoder, store)
            lines.append(_line(f"keeps {keeps:.1f}, adds {adds:.1f}", figures(messages, found)))
    return "\n".join(lines)


def _line(name: str, values: dict[str, float]) -> str:
    return f"{name:<22}" + "  ".join(f"{key} {value:.3f}" for key, value in values.items())
