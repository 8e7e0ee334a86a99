"""Google's multilingual sentence encoder (USE v3, 16 languages), as a sentence-transformers module and trained further.

The package computes in numpy and cannot be trained. `TrainableEncoder` is the same network in torch; what it learned
goes back into the package's own computation (`tuned.TunedEncoder`), which is several times as fast.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import InputModule

from inquiry_intent.embedding import MULTILINGUAL_MODEL
from inquiry_intent.tuned import DIMENSION, ORDERED, SINGLE, packaged, packaged_digest

#: Length of an n-gram and how many of its words stand before the word in the middle.
_ORDERS = ((2, 0), (3, 1), (5, 2))
_WIDTH = 256
_WIDEST_LEFT = 2


class TrainableEncoder(torch.nn.Module):
    """The packaged network in torch: the same vectors (a test compares them), but its weights can learn.

    Parameters
    ----------
    dropped_words, dropout : float
        Shares of words, and of what is known of each word, that a training step does not see.
    """

    def __init__(self, dropped_words: float, dropout: float) -> None:
        super().__init__()
        encoder = packaged()
        self._packaged, self._tokenizer = encoder._model, encoder._tokenizer
        for name in SINGLE:
            self.register_parameter(name, _parameter(getattr(self._packaged, name)))
        for name in ORDERED:
            for order, value in enumerate(getattr(self._packaged, name)):
                self.register_parameter(f"{name}__{order}", _parameter(value))
        self._dropped_words, self._dropout = dropped_words, dropout

    def pieces(self, texts: Sequence[str]) -> list[np.ndarray]:
        """The word pieces of each text, int64."""
        encode = self._tokenizer.encode
        return [np.asarray(encode(text, out_type=int, add_bos=True, add_eos=True), dtype=np.int64) for text in texts]

    def forward(self, pieces: Sequence[np.ndarray]) -> torch.Tensor:
        """Vectors of unit length, of shape (n_texts, 512)."""
        lengths = np.array([len(part) for part in pieces], dtype=np.int64)
        flat, count = np.concatenate(pieces), int(lengths.sum())
        own: dict[str, torch.Tensor] = dict(self.named_parameters())
        network = self._packaged
        chunk = flat % len(network.scale)
        words = torch.from_numpy(network.table[flat] * network.scale[chunk, None] + network.lo[chunk, None]).float()
        if self.training:
            words = words * (torch.rand(count, 1) >= self._dropped_words)
        x = words @ own["proj_W"] + own["proj_b"]
        x = torch.nn.functional.layer_norm(x, x.shape[1:], own["ln_g_all"], own["ln_b_all"], network.eps)
        starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
        window, beyond = torch.from_numpy(network._window_index(starts, lengths, count)), torch.zeros(1, _WIDTH)
        seen = [words]
        for i, (length, left) in enumerate(_ORDERS):
            columns = window[:, _WIDEST_LEFT - left : _WIDEST_LEFT - left + length]
            h = x[:, i * _WIDTH : (i + 1) * _WIDTH]
            for weight, bias in ((own[f"w1__{i}"], own[f"b1__{i}"]), (own[f"w2__{i}"], own[f"b2__{i}"])):
                around = torch.cat([h, beyond])[columns].reshape(count, -1)
                h = torch.relu(around @ weight + bias) + h
            seen.append(h)
        features = torch.cat(seen, dim=1)
        features = torch.nn.functional.layer_norm(features, features.shape[1:], own["ln_g"], own["ln_b"], network.eps)
        features = torch.nn.functional.dropout(features, self._dropout, self.training)
        owner = torch.from_numpy(np.repeat(np.arange(len(pieces)), lengths))
        total = torch.zeros(len(pieces), features.shape[1]).index_add(0, owner, features)
        each = torch.from_numpy(lengths).float()[:, None]
        mean = (total @ own["cnn_W"] + each * own["cnn_b"]) / each.sqrt()
        first = torch.relu(mean @ own["p1"] + torch.relu(mean @ own["d0"]) @ own["d1"])
        z = torch.tanh(first @ own["p3"] + torch.relu(first @ own["d2"]) @ own["d3"])
        return torch.nn.functional.normalize(z)

    def weights(self) -> dict[str, np.ndarray]:
        """What was learned, for `TunedEncoder`."""
        return {name: value.detach().numpy().copy() for name, value in self.named_parameters()}


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
