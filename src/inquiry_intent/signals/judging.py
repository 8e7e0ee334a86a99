"""A second look at what patterns find: how likely a sentence shows a signal, by its meaning and all its hits together.

A pattern sees words, not what is said with them: "the quote you sent names no lead time" holds the words of several
signals and shows none. A small network weighs each sentence's vector and the hits of all patterns in it; it and the
encoder behind the vectors learned from labelled messages (`learning.py`). What it finds unlikely is no hit; what it
finds likely is one, pattern or not.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from inquiry_intent.embedding import CHUNK, EmbeddingStore, Encoder, vectors_of
from inquiry_intent.errors import ConfigError
from inquiry_intent.signals.catalogue import Catalogue
from inquiry_intent.signals.cleaning import clean_texts
from inquiry_intent.signals.computed import is_substance
from inquiry_intent.signals.finding import languages_of
from inquiry_intent.signals.meaning import sentences_of, with_further
from inquiry_intent.tuned import VECTOR_SCALE, TunedEncoder

SHIPPED = Path(__file__).with_name("judge.npz")
#: Begins the names of the encoder's weights in the file.
TUNED = "tuned_"


@dataclass(frozen=True)
class Judge:
    """A network of one hidden layer on a sentence's vector and hits.

    names : signals, of n_signals.
    encoder : str, fingerprint of the encoder whose vectors it reads.
    keeps, adds : float, the probability from which a sentence bears out a hit, and from which it shows a signal without
        one. The first is lower: who wrote the pattern had a reason.
    vector_weights, hit_weights, hidden_bias : float32 of shapes (n_dimensions, n_hidden), (n_signals, n_hidden) and
        (n_hidden,).
    output_weights, direct_weights, output_bias : float32 of shapes (n_hidden, n_signals), (n_signals, n_signals) and
        (n_signals,).
    tuned : weights of the encoder, for `tuned.TunedEncoder`; none for an encoder of another kind.
    """

    names: tuple[str, ...]
    encoder: str
    keeps: float
    adds: float
    vector_weights: np.ndarray
    hit_weights: np.ndarray
    hidden_bias: np.ndarray
    output_weights: np.ndarray
    direct_weights: np.ndarray
    output_bias: np.ndarray
    tuned: Mapping[str, np.ndarray] = field(default_factory=dict)

    def probabilities(self, vectors: np.ndarray, hits: np.ndarray) -> np.ndarray:
        """How likely each sentence shows each signal, float32 of shape (n_sentences, n_signals).

        Parameters
        ----------
        vectors : float32 of shape (n_sentences, n_dimensions)
        hits : of shape (n_sentences, n_signals), 1 where a pattern or a number hit.
        """
        made = np.zeros((len(vectors), len(self.names)), dtype=np.float32)
        for start in range(0, len(vectors), CHUNK):
            v = vectors[start : start + CHUNK] * np.float32(VECTOR_SCALE)
            h = hits[start : start + CHUNK].astype(np.float32)
            hidden = np.maximum(v @ self.vector_weights + h @ self.hit_weights + self.hidden_bias, 0)
            z = hidden @ self.output_weights + h @ self.direct_weights + self.output_bias
            made[start : start + CHUNK] = 1 / (1 + np.exp(-z))
        return made

    def save(self, path: Path) -> None:
        """Write it without pickle, float32 as float16."""
        values = {part.name: np.asarray(getattr(self, part.name)) for part in fields(self) if part.name != "tuned"}
        values |= {f"{TUNED}{name}": value for name, value in self.tuned.items()}
        arrays = {name: v.astype(np.float16) if v.dtype == np.float32 else v for name, v in values.items()}
        temporary = path.with_suffix(".tmp.npz")
        np.savez_compressed(temporary, allow_pickle=False, **arrays)
        temporary.replace(path)

    @classmethod
    def read(cls, path: Path) -> "Judge":
        """Read what `save` wrote."""
        with np.load(path, allow_pickle=False) as saved:
            arrays = {name: saved[name] for name in saved}
        arrays = {name: v.astype(np.float32) if v.dtype == np.float16 else v for name, v in arrays.items()}
        return cls(
            names=tuple(arrays.pop("names").tolist()),
            encoder=str(arrays.pop("encoder")),
            keeps=float(arrays.pop("keeps")),
            adds=float(arrays.pop("adds")),
            tuned={name.removeprefix(TUNED): value for name, value in arrays.items() if name.startswith(TUNED)},
            **{name: value for name, value in arrays.items() if not name.startswith(TUNED)},
        )


@cache
def shipped_judge() -> Judge:
    """The judge that comes with the package."""
    return Judge.read(SHIPPED)


@cache
def judge_encoder() -> Encoder:
    """The encoder that the shipped judge reads."""
    return TunedEncoder(shipped_judge().tuned)


def judged_by(catalogue: Catalogue, judge: Judge) -> list[str]:
    """The signals of a catalogue that the judge decides: not those that no sentence shows, but the whole message."""
    return [name for name in judge.names if name in catalogue.signals and not _of_the_message(catalogue, name)]


def judge_hits(
    messages: pd.DataFrame,
    hits: pd.DataFrame,
    catalogue: Catalogue,
    judge: Judge,
    encoder: Encoder,
    store: EmbeddingStore | None = None,
) -> pd.DataFrame:
    """Take back hits that their sentence does not bear out, and add signals that a sentence shows without a pattern.

    Parameters
    ----------
    messages : DataFrame
        As for `find_signals`.
    hits : DataFrame
        What `find_signals` found in them.
    catalogue, judge
        Signals that the judge does not know, or that no sentence can show (`high_noise_ratio`,
        `wrong_product_category`), stay as they are; so do hits outside of sentences (signatures, pasted listings). A
        request for a price is only that where, in the end, nothing of substance stands beside it.
    encoder : Encoder
        Of the judge's fingerprint.
    store : EmbeddingStore, optional
        Keeps the sentences' vectors.

    Returns
    -------
    DataFrame
        As `hits`; further signals have the sentence as evidence, by "similarity", no value. In the order of `messages`
        and of the text.

    Raises
    ------
    ConfigError
        If the encoder is not the judge's.
    """
    if encoder.fingerprint != judge.encoder:
        raise ConfigError(
            f"The judge of signals was learned with encoder {judge.encoder}, this one is {encoder.fingerprint}. "
            "Install the pinned packages, or learn it anew with 'inquiry-intent signals learn data/labelled'."
        )
    parts = ["live_text"] if "live_text" in messages else []
    table = messages[["message_id", "text", *parts]].assign(language=languages_of(messages)).dropna(subset=["text"])
    sentences, shown = sentences_with_hits(table, hits, judge.names)
    p = judge.probabilities(vectors_of(sentences["evidence"].astype("str"), encoder, store), shown)
    decided = judged_by(catalogue, judge)
    kept = hits[_borne_out(hits, sentences, p >= judge.keeps, judge.names, decided)]
    # A hit that was taken back in its own sentence is not brought back by it.
    shows = (p >= judge.adds) & np.isin(judge.names, decided) & ~shown.astype(bool)
    both = with_further(kept, sentences, shows, p, judge.names, table["message_id"])
    return _lone_prices(both, sentences, catalogue)


def sentences_with_hits(
    table: pd.DataFrame, hits: pd.DataFrame, names: tuple[str, ...]
) -> tuple[pd.DataFrame, np.ndarray]:
    """The sentences of messages, and which signals patterns found in each.

    Parameters
    ----------
    table : DataFrame
        Columns message_id, text (never NaN) and language; live_text (see `clean_texts`) is worked out where it lacks.

    Returns
    -------
    (DataFrame, int8 array of shape (n_sentences, n_signals))
        Columns message_id, language, start, end, evidence; index 0, 1, 2 …
    """
    live = table["live_text"] if "live_text" in table else clean_texts(table["text"])["live_text"]
    rows = sentences_of(table["message_id"], table["language"], live)
    sentences = pd.DataFrame(rows, columns=["message_id", "language", "start", "end", "evidence"])
    shown = np.zeros((len(sentences), len(names)), dtype=np.int8)
    column = pd.Index(names).get_indexer(pd.Index(hits["signal"]))
    for sentence, hit in _meetings(sentences, hits):
        if column[hit] >= 0:
            shown[sentence, column[hit]] = 1
    return sentences, shown


def _meetings(sentences: pd.DataFrame, hits: pd.DataFrame) -> Iterator[tuple[int, int]]:
    """Positions of sentences and hits that overlap."""
    left = sentences[["message_id", "start", "end"]].assign(sentence=range(len(sentences)))
    right = hits[["message_id", "start", "end"]].assign(hit=range(len(hits)))
    pairs = left.merge(right, on="message_id", suffixes=("", "_hit"))
    pairs = pairs[(pairs["start_hit"] < pairs["end"]) & (pairs["end_hit"] > pairs["start"])]
    return zip(pairs["sentence"].tolist(), pairs["hit"].tolist(), strict=True)


def _borne_out(
    hits: pd.DataFrame, sentences: pd.DataFrame, likely: np.ndarray, names: tuple[str, ...], decided: list[str]
) -> np.ndarray:
    """Whether each hit stays: one of its sentences shows the signal, or nobody judges it."""
    column = pd.Index(names).get_indexer(pd.Index(hits["signal"]))
    stays = ~hits["signal"].isin(decided).to_numpy()
    judged = np.zeros(len(hits), dtype=bool)
    for sentence, hit in _meetings(sentences, hits):
        judged[hit] = True
        if column[hit] >= 0 and likely[sentence, column[hit]]:
            stays[hit] = True
    return stays | ~judged


def _lone_prices(hits: pd.DataFrame, sentences: pd.DataFrame, catalogue: Catalogue) -> pd.DataFrame:
    """The hits without requests for nothing but a price in messages whose sentences say more; a signature may."""
    substance = hits["signal"].map(lambda name: is_substance(catalogue, name)).to_numpy(dtype=bool)
    said = np.zeros(len(hits), dtype=bool)
    said[[hit for _, hit in _meetings(sentences, hits[["message_id", "start", "end"]])]] = True
    more = hits["message_id"].isin(hits.loc[substance & said, "message_id"])
    lone = hits["signal"].map(lambda name: catalogue.signals[name].computed == "price_only").astype(bool)
    return hits[~(lone & more)].reset_index(drop=True)


def _of_the_message(catalogue: Catalogue, name: str) -> bool:
    return catalogue.signals[name].computed in ("high_noise_ratio", "wrong_product_category")
