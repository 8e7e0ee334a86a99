"""Learn the judge of signals from labelled messages; `judging.py` says what it is for.

    inquiry-intent signals learn data/labelled

measures on a third of the messages what it learns from the others, then learns from all.
"""

import hashlib
import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from inquiry_intent.embedding import MAX_CHARACTERS, EmbeddingStore
from inquiry_intent.errors import DataError
from inquiry_intent.progress import Progress
from inquiry_intent.signals.catalogue import Catalogue
from inquiry_intent.signals.finding import find_signals
from inquiry_intent.signals.judging import Judge, judge_hits, sentences_with_hits
from inquiry_intent.tuned import VECTOR_SCALE, TunedEncoder, packaged, pieces_of

SEED = 0
#: Shares of words, of what is known of each, and of hidden units that a step leaves out: few messages, many weights.
DROPPED_WORDS, DROPOUT, HIDDEN_DROPOUT = 0.2, 0.2, 0.4
HIDDEN, EPOCHS, BATCH = 512, 8, 64
#: Highest learning rates: of the network, of the maxima over words, and of the encoder, which knows much already.
RATE, POOL_RATE, ENCODER_RATE, DECAY = 2e-3, 1e-3, 5e-4, 1e-2
#: Word pieces learn a difference where so many examples hold them.
PIECE_EXAMPLES = 16
#: A hit is taken back below the first, a signal without a hit is added from the second on: a false sign costs a reader
#: more than a missed one. Compared on the dev half of the gold set and its posts.
KEEPS, ADDS = 0.4, 0.85
GRID = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
#: One message in so many is held out to measure.
HELD_OUT = 3


@dataclass(frozen=True)
class Examples:
    """Sentences as the network sees them.

    texts : list of str, of n_sentences.
    hits, shows, known : int8 of shape (n_sentences, n_signals): a pattern hit; the signal is there; a label tells so.
    """

    texts: list[str]
    hits: np.ndarray
    shows: np.ndarray
    known: np.ndarray


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


def learn_judge(messages: pd.DataFrame, catalogue: Catalogue, progress: Progress | None = None) -> tuple[Judge, str]:
    """The judge learned from all messages, and how one learned from two thirds of them does on the others, as text.

    progress : called with (rounds done, rounds to do), of both together.
    """
    names = tuple(catalogue.signals)
    held = is_held_out(messages)
    hits = find_signals(messages[["message_id", "text"]], catalogue)

    def learned(from_messages: pd.DataFrame, before: int) -> Judge:
        def round_done(epoch: int) -> None:
            if progress:
                progress(before + epoch, 2 * EPOCHS)

        return fit_judge(examples(from_messages, hits, names), names, round_done)

    text = report(learned(messages[~held], 0), messages[held], hits, catalogue)
    head = f"learned from {(~held).sum()} messages, measured on {held.sum()} others:\n"
    return learned(messages, EPOCHS), head + text


def is_held_out(messages: pd.DataFrame) -> np.ndarray:
    """Which messages are kept to measure: by a hash of their id, so that new messages change nothing for the others."""
    return np.array([hashlib.sha256(i.encode()).digest()[0] % HELD_OUT == 0 for i in messages["message_id"]])


def examples(messages: pd.DataFrame, hits: pd.DataFrame, names: tuple[str, ...]) -> Examples:
    """The sentences of messages with their hits and labels; `hits`: what patterns found in these and maybe others.

    A label names one passage that shows a signal. Other sentences of that message may show it too: for them it is
    unknown.
    """
    table = messages[["message_id", "text", "language"]]
    sentences, found = sentences_with_hits(table, hits, names)
    shows, known = np.zeros_like(found), np.ones_like(found)
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
    return Examples(sentences["evidence"].str.slice(0, MAX_CHARACTERS).tolist(), found, shows, known)


def fit_judge(given: Examples, names: tuple[str, ...], round_done: Callable[[int], None] | None = None) -> Judge:
    """Train the encoder further, and the network on top of it, together."""
    import torch
    from torch import nn

    from inquiry_intent.multilingual import TrainableEncoder, halved

    torch.manual_seed(SEED)
    pieces = pieces_of(packaged()._tokenizer, given.texts)
    encoder = TrainableEncoder(DROPPED_WORDS, DROPOUT, _common(pieces))
    h, y, w = (torch.tensor(part, dtype=torch.float32) for part in (given.hits, given.shows, given.known))
    of_vector, of_hits = nn.Linear(TunedEncoder.dimension, HIDDEN), nn.Linear(h.shape[1], HIDDEN, bias=False)
    direct, output = nn.Linear(h.shape[1], y.shape[1], bias=False), nn.Linear(HIDDEN, y.shape[1])
    nn.init.zeros_(direct.weight)
    # The bias starts at how common a signal is, so that no time is spent on learning that signals are rare.
    output.bias.data = torch.logit(((y * w).sum(0) / w.sum(0).clamp(1)).clamp(1e-3, 0.5))
    network = nn.ModuleList([of_vector, of_hits, direct, output])
    dropout = nn.Dropout(HIDDEN_DROPOUT)
    steps = EPOCHS * -(-len(pieces) // BATCH)
    knows = [value for name, value in encoder.named_parameters() if not name.startswith("pool.")]
    groups = [
        {"params": network.parameters(), "weight_decay": DECAY},
        {"params": encoder.pool.parameters(), "weight_decay": DECAY},
        {"params": knows, "weight_decay": 0.0},
    ]
    optimiser = torch.optim.AdamW(groups, fused=True)
    rates = [RATE, POOL_RATE, ENCODER_RATE]
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rates, total_steps=steps, pct_start=0.15)
    loss_of = nn.BCEWithLogitsLoss(reduction="none")
    encoder.train()
    for epoch in range(EPOCHS):
        for rows in torch.randperm(len(pieces)).split(BATCH):
            with torch.autocast("cpu", torch.bfloat16, enabled=torch.cpu.get_capabilities().get("avx512_bf16", False)):
                vectors = encoder([pieces[row] for row in rows]) * VECTOR_SCALE
                z = output(dropout(torch.relu(of_vector(vectors) + of_hits(h[rows])))) + direct(h[rows])
            loss = (loss_of(z.float(), y[rows]) * w[rows]).sum() / len(rows)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
        if round_done:
            round_done(epoch + 1)
    kept = encoder.weights()
    return Judge(
        names=names,
        encoder=TunedEncoder(kept).fingerprint,
        keeps=KEEPS,
        adds=ADDS,
        vector_weights=halved(of_vector.weight.detach().numpy().T),
        hit_weights=halved(of_hits.weight.detach().numpy().T),
        hidden_bias=halved(of_vector.bias.detach().numpy()),
        output_weights=halved(output.weight.detach().numpy().T),
        direct_weights=halved(direct.weight.detach().numpy().T),
        output_bias=halved(output.bias.detach().numpy()),
        tuned=kept,
    )


def _common(pieces: list[np.ndarray]) -> np.ndarray:
    """The word pieces that enough examples hold."""
    found, count = np.unique(np.concatenate([np.unique(part) for part in pieces]), return_counts=True)
    return found[count >= PIECE_EXAMPLES]


def figures(messages: pd.DataFrame, found: pd.DataFrame) -> dict[str, float]:
    """Precision and recall of pairs of message and signal; `found`: message_id and signal."""
    labels = messages[["message_id", "labels"]].explode("labels").dropna()
    said = {(i, label["signal"]) for i, label in zip(labels["message_id"], labels["labels"], strict=True)}
    got = set(zip(found["message_id"], found["signal"], strict=True))
    both = len(said & got)
    return {"precision": both / max(len(got), 1), "recall": both / max(len(said), 1)}


def report(judge: Judge, messages: pd.DataFrame, hits: pd.DataFrame, catalogue: Catalogue) -> str:
    """What patterns alone and the judge with several bounds find in messages that it has not learned from."""
    encoder = TunedEncoder(judge.tuned)
    table = messages[["message_id", "text"]]
    hits = hits[hits["message_id"].isin(messages["message_id"])]
    lines = [_line("patterns alone", figures(messages, hits))]
    with tempfile.TemporaryDirectory() as folder:  # so that sentences are encoded once
        store = EmbeddingStore(Path(folder), encoder.fingerprint)
        for keeps, adds in sorted({(KEEPS, ADDS), *((x, x) for x in GRID)}):
            found = judge_hits(table, hits, catalogue, replace(judge, keeps=keeps, adds=adds), encoder, store)
            lines.append(_line(f"keeps {keeps:.1f}, adds {adds:.1f}", figures(messages, found)))
    return "\n".join(lines)


def _line(name: str, values: dict[str, float]) -> str:
    return f"{name:<22}" + "  ".join(f"{key} {value:.3f}" for key, value in values.items())
