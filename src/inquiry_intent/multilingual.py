"""Google's multilingual sentence encoder (USE v3, 16 languages), as a sentence-transformers module and trained further.

The package computes in numpy and cannot be trained. `TrainableEncoder` is the same network in torch, with two additions
that learn what signals need; `tuned.TunedEncoder` computes with what it learned, without torch.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import InputModule

from inquiry_intent.embedding import MULTILINGUAL_MODEL
from inquiry_intent.tuned import (
    DIMENSION,
    ORDERED,
    ORDERS,
    POOLED,
    SINGLE,
    VECTOR_SCALE,
    WIDTH,
    packaged,
    packaged_digest,
    packaged_vectors,
    pieces_of,
    windows,
)


class TrainableEncoder(torch.nn.Module):
    """The packaged network in torch: the same vectors (a test compares them), but its weights can learn.

    Two things it has beside them. A sentence's vector is a mean over its words, in which one word of forty drowns: so
    the maxima over words of 256 learned features follow it. And words of the trade may mean something else than in the
    web's texts: so `learned_pieces` learn a difference to their vector.

    Parameters
    ----------
    dropped_words, dropout : float
        Shares of words, and of what is known of each word, that a training step does not see.
    learned_pieces : int64 array
        Word pieces that are common enough to learn from.
    """

    def __init__(self, dropped_words: float, dropout: float, learned_pieces: np.ndarray) -> None:
        super().__init__()
        encoder = packaged()
        self._packaged, self._tokenizer = encoder._model, encoder._tokenizer
        for name in SINGLE:
            self.register_parameter(name, _parameter(getattr(self._packaged, name)))
        for name in ORDERED:
            for order, value in enumerate(getattr(self._packaged, name)):
                self.register_parameter(f"{name}__{order}", _parameter(value))
        self.pool = torch.nn.Linear(len(self._packaged.cnn_W), POOLED)
        self.difference = torch.nn.Embedding(len(learned_pieces) + 1, DIMENSION, padding_idx=0)
        torch.nn.init.zeros_(self.difference.weight)
        self._learned_pieces = learned_pieces
        self._row = torch.zeros(len(self._packaged.table), dtype=torch.int64)
        self._row[learned_pieces] = torch.arange(1, len(learned_pieces) + 1)
        self._dropped_words, self._dropout = dropped_words, dropout

    def pieces(self, texts: Sequence[str]) -> list[np.ndarray]:
        """The word pieces of each text, int64."""
        return pieces_of(self._tokenizer, texts)

    def forward(self, pieces: Sequence[np.ndarray]) -> torch.Tensor:
        """Vectors of shape (n_texts, 768): 512 of unit length, then the maxima over words."""
        lengths = np.array([len(part) for part in pieces], dtype=np.int64)
        flat, count = np.concatenate(pieces), int(lengths.sum())
        own: dict[str, torch.Tensor] = dict(self.named_parameters())
        eps = self._packaged.eps
        words = torch.from_numpy(packaged_vectors(self._packaged, flat)) + self.difference(self._row[flat])
        if self.training:
            words = words * (torch.rand(count, 1) >= self._dropped_words)
        x = words @ own["proj_W"] + own["proj_b"]
        x = torch.nn.functional.layer_norm(x, x.shape[1:], own["ln_g_all"], own["ln_b_all"], eps)
        seen, beyond = [words], torch.zeros(1, WIDTH)
        for i, (length, left) in enumerate(ORDERS):
            around = torch.from_numpy(windows(lengths, length, left).ravel())
            h = x[:, i * WIDTH : (i + 1) * WIDTH]
            for weight, bias in ((own[f"w1__{i}"], own[f"b1__{i}"]), (own[f"w2__{i}"], own[f"b2__{i}"])):
                h = torch.relu(torch.cat([h, beyond]).index_select(0, around).view(count, -1) @ weight + bias) + h
            seen.append(h)
        features = torch.cat(seen, dim=1)
        features = torch.nn.functional.layer_norm(features, features.shape[1:], own["ln_g"], own["ln_b"], eps)
        features = torch.nn.functional.dropout(features, self._dropout, self.training)
        owner = torch.from_numpy(np.repeat(np.arange(len(pieces)), lengths))
        total = torch.zeros(len(pieces), features.shape[1]).index_add(0, owner, features)
        each = torch.from_numpy(lengths).float()[:, None]
        mean = (total @ own["cnn_W"] + each * own["cnn_b"]) / each.sqrt()
        first = torch.relu(mean @ own["p1"] + torch.relu(mean @ own["d0"]) @ own["d1"])
        z = torch.tanh(first @ own["p3"] + torch.relu(first @ own["d2"]) @ own["d3"])
        shown = torch.relu(self.pool(features)).float()
        most = torch.zeros(len(pieces), POOLED).scatter_reduce(0, owner[:, None].expand(-1, POOLED), shown, "amax")
        return torch.cat([torch.nn.functional.normalize(z.float()), most / VECTOR_SCALE], dim=1)

    def weights(self) -> dict[str, np.ndarray]:
        """What was learned, for `TunedEncoder`: in half precision, the pieces' differences as bytes.

        So that what is measured is what ships.
        """
        learned = {name: value.detach().numpy() for name, value in self.named_parameters()}
        difference = learned.pop("difference.weight")[1:]
        learned["pool_W"], learned["pool_b"] = learned.pop("pool.weight").T, learned.pop("pool.bias")
        kept = {name: halved(value) for name, value in learned.items()}
        # The smallest step that half precision holds stands for none: a piece that learned nothing.
        step = halved(np.maximum(np.abs(difference).max(axis=1, initial=0) / 127, np.finfo(np.float16).tiny))
        steps = np.clip(np.round(difference / step[:, None]), -127, 127).astype(np.int8)
        return kept | {"piece": self._learned_pieces.astype(np.int32), "piece_difference": steps, "piece_step": step}


def halved(values: np.ndarray) -> np.ndarray:
    """Rounded to half precision, as float32."""
    return np.ascontiguousarray(values, dtype=np.float16).astype(np.float32)


def _parameter(value: np.ndarray) -> torch.nn.Parameter:
    return torch.nn.Parameter(torch.from_numpy(np.array(value, dtype=np.float32)))


class UniversalSentenceModule(InputModule):
    """Texts to vectors of unit length, float32 of shape (n_texts, 512); computed in numpy: it can't be trained."""

    def __init__(self) -> None:
        super().__init__()
        self._encoder = packaged()
        # The weights live in numpy; what stands for them in the state tells two versions apart.
        self.register_buffer("weights_digest", torch.tensor(list(packaged_digest()), dtype=torch.uint8))

    def preprocess(self, inputs: Sequence[Any], prompt: str | None = None, **kwargs: Any) -> dict[str, Any]:
        return {"texts": [f"{prompt or ''}{text}" for text in inputs]}

    def forward(self, features: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        features["sentence_embedding"] = torch.from_numpy(self._encoder.encode(features["texts"]))
        return features

    def get_embedding_dimension(self) -> int:
        return DIMENSION

    def save(self, output_path: str, *args: Any, **kwargs: Any) -> None:
        raise NotImplementedError(f"Name the package instead: embed.model {MULTILINGUAL_MODEL!r}.")


def load_multilingual() -> SentenceTransformer:
    """The multilingual encoder.

    Raises
    ------
    ImportError
        If its package is not installed.
    """
    return SentenceTransformer(modules=[UniversalSentenceModule()], device="cpu")
