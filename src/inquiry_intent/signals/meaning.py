"""Signals by meaning: how close a sentence is to the catalogue's own sentences, so that paraphrases count too.

Per signal, kernel ridge regression on sentence vectors learns from all sentences of the catalogue, those of the other
signals included. It is exact, has no random part, and tells what it says of a sentence that it has not seen without
being fitted again: thresholds come from there.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from inquiry_intent.embedding import CHUNK, EmbeddingStore, Encoder, vectors_of
from inquiry_intent.signals.catalogue import Catalogue, examples_of
from inquiry_intent.signals.cleaning import clean_texts
from inquiry_intent.signals.finding import COLUMNS, find_signals, languages_of
from inquiry_intent.signals.folding import cramped_ends, fold
from inquiry_intent.signals.listing import is_pasted, pasted_spans
from inquiry_intent.signals.matcher import Matcher

#: Weight of the penalty; results hardly change between 0.1 and 0.3.
PENALTY = 0.1
#: A sentence counts from the score on at which so many of the catalogue's unseen sentences above it are right.
PRECISION = 0.9
#: Fewer unseen sentences above a threshold than this prove nothing.
LEAST_ABOVE = 8
#: No sentence counts below this, whatever the catalogue's sentences say.
LEAST_SCORE = 0.4
_LONGEST_SENTENCE = 400
_SENTENCE_END = re.compile(r"(?<=[.!?;؟])\s+|\n+|(?<=[。！？；؟])")


@dataclass(frozen=True)
class Meaning:
    """The catalogue's sentences as vectors, and what each says of each signal.

    names : signals, of n_signals; those that are computed from the whole text are left out.
    vectors : float32 of shape (n_sentences, n_dimensions).
    weights : float32 of shape (n_sentences, n_signals).
    base : float32 of shape (n_signals,), how common a signal is in the catalogue.
    thresholds : float32 of shape (n_signals,), the score from which a sentence shows the signal; inf: never.
    """

    names: list[str]
    vectors: np.ndarray
    weights: np.ndarray
    base: np.ndarray
    thresholds: np.ndarray

    def scores(self, vectors: np.ndarray) -> np.ndarray:
        """How much each text shows each signal, 0..1, float32 of shape (n_texts, n_signals)."""
        parts = [
            _kernel(vectors[start : start + CHUNK], self.vectors) @ self.weights + self.base
            for start in range(0, len(vectors), CHUNK)
        ]
        empty = np.empty((0, len(self.names)), dtype=np.float32)
        return np.clip(np.concatenate([empty, *parts]), 0.0, 1.0)

    def save(self, path: Path) -> None:
        """Write it without pickle."""
        temporary = path.with_suffix(".tmp.npz")
        np.savez(
            temporary, names=np.array(self.names), vectors=self.vectors, weights=self.weights, base=self.base,
            thresholds=self.thresholds,
        )  # fmt: skip
        temporary.replace(path)

    @classmethod
    def read(cls, path: Path) -> "Meaning":
        """Read what `save` wrote."""
        with np.load(path, allow_pickle=False) as saved:
            parts = {name: saved[name] for name in ("vectors", "weights", "base", "thresholds")}
            return cls(names=saved["names"].tolist(), **parts)


def load_meaning(catalogue: Catalogue, encoder: Encoder, store: EmbeddingStore) -> Meaning:
    """The meaning of a catalogue under an encoder, learned once and kept beside the encoder's vectors."""
    path = store.folder / f"meaning-{encoder.fingerprint}-{_digest(catalogue)}.npz"
    if not path.exists():
        fit_meaning(catalogue, encoder, store).save(path)
    return Meaning.read(path)


def fit_meaning(catalogue: Catalogue, encoder: Encoder, store: EmbeddingStore) -> Meaning:
    """Learn from the catalogue's sentences.

    A sentence shows the signals that it stands for and those whose patterns hit it, but for those of which it is a
    negative example.

    Parameters
    ----------
    catalogue : Catalogue
        With its examples and prototypes; negative examples teach too.
    encoder, store : Encoder, EmbeddingStore
        Where vectors come from.
    """
    names = [name for name, signal in catalogue.signals.items() if not signal.computed]
    sentences = _sentences(catalogue)
    distinct = sentences.drop_duplicates(["text", "language"], ignore_index=True)
    shows = _labels(catalogue, sentences, distinct, names)
    vectors = vectors_of(distinct["text"], encoder, store)
    base = shows.mean(axis=0)
    inverse = np.linalg.inv(_kernel(vectors, vectors).astype(np.float64) + PENALTY * np.eye(len(vectors)))
    weights = inverse @ (shows - base)
    # Leaving a group out needs no new fit: its residuals follow from the inverse. A sentence's group is its
    # translations, which stand at the same place in their lists.
    unseen = np.empty_like(shows)
    group = pd.factorize(distinct["group"])[0]
    for number in range(group.max() + 1):
        rows = np.flatnonzero(group == number)
        unseen[rows] = shows[rows] - np.linalg.solve(inverse[rows[:, None], rows], weights[rows])
    thresholds = [_threshold(unseen[:, column], shows[:, column]) for column in range(len(names))]
    return Meaning(
        names,
        vectors,
        weights.astype(np.float32),
        base.astype(np.float32),
        np.array(thresholds, dtype=np.float32),
    )


def find_by_meaning(
    messages: pd.DataFrame,
    hits: pd.DataFrame,
    catalogue: Catalogue,
    meaning: Meaning,
    encoder: Encoder,
    store: EmbeddingStore | None = None,
    only: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Add the signals that whole sentences show by their meaning to those that patterns found.

    A sentence with a negation, or with words that introduce what the seller said, shows nothing by its meaning.

    Parameters
    ----------
    messages : DataFrame
        As for `find_signals`.
    hits : DataFrame
        What `find_signals` found in them.
    catalogue, meaning, encoder
        What `load_meaning` was given, and what it returned.
    store : EmbeddingStore, optional
        Keeps the sentences' vectors.
    only : sequence of str, optional
        The signals to look for; default: all.

    Returns
    -------
    DataFrame
        `hits`, and below them one row for each further signal of a message: its best sentence as evidence, by
        "similarity", no value. In the order of `messages` and of the text.
    """
    table = messages[["message_id", "text"]].assign(language=languages_of(messages)).dropna(subset=["text"])
    live = clean_texts(table["text"])["live_text"]
    told = sentences_of(table["message_id"], table["language"], live)
    found = pd.DataFrame(told, columns=["message_id", "language", "start", "end", "evidence"])
    cues = Matcher.of(catalogue).holds_cue([fold(text).text for text in found["evidence"]], list(found["language"]))
    found = found[~np.array(cues, dtype=bool)].reset_index(drop=True)
    scores = meaning.scores(vectors_of(found["evidence"].astype("str"), encoder, store))
    asked = np.isin(meaning.names, meaning.names if only is None else list(only))
    return with_further(hits, found, (scores >= meaning.thresholds) & asked, scores, meaning.names, table["message_id"])


def with_further(
    hits: pd.DataFrame,
    sentences: pd.DataFrame,
    shows: np.ndarray,
    scores: np.ndarray,
    names: Sequence[str],
    order: pd.Series,
) -> pd.DataFrame:
    """The hits, and the signals that sentences show and no hit of their message has.

    Parameters
    ----------
    sentences : DataFrame
        message_id, language, start, end, evidence.
    shows, scores : arrays of shape (n_sentences, n_signals)
        Which signals each sentence shows, and how surely: of several sentences the surest is the evidence.
    names : sequence of str
        The signals.
    order : Series
        Ids of all messages, in the order of the result.
    """
    rows, columns = np.nonzero(shows)
    further = sentences.iloc[rows].assign(
        signal=np.array(names, dtype=object)[columns], score=scores[rows, columns], by="similarity"
    )
    further = further.sort_values("score", ascending=False, kind="stable").drop_duplicates(["message_id", "signal"])
    already = pd.MultiIndex.from_frame(hits[["message_id", "signal"]])
    further = further[~pd.MultiIndex.from_frame(further[["message_id", "signal"]]).isin(already)]
    both = pd.concat([hits, further.assign(value=np.nan, unit=None)[list(COLUMNS)].astype(COLUMNS)])
    place = pd.Index(order.drop_duplicates()).get_indexer(pd.Index(both["message_id"]))
    return both.assign(place=place).sort_values(["place", "start"], kind="stable", ignore_index=True)[list(COLUMNS)]


def sentences_of(
    ids: Iterable[str], languages: Iterable[str | None], live: Iterable[str]
) -> Iterator[tuple[str, str | None, int, int, str]]:
    """The sentences of each message's live text, without pasted listings: id, language, start, end, words."""
    for message_id, language, text in zip(ids, languages, live, strict=True):
        start, pasted = 0, pasted_spans(text)
        ends = [m.span() for m in _SENTENCE_END.finditer(text)]
        ends += [(end, end) for end in (*cramped_ends(text), *(edge for span in pasted for edge in span))]
        for stop, following in [*sorted(ends), (len(text), len(text))]:
            words = text[start:stop]
            first = start + len(words) - len(words.lstrip())
            if any(map(str.isalpha, words)) and not is_pasted(pasted, first, first + 1):
                sentence = words.strip()[:_LONGEST_SENTENCE]
                yield (
                    message_id,
                    language if isinstance(language, str) else None,
                    first,
                    first + len(sentence),
                    sentence,
                )
            start = following


def _sentences(catalogue: Catalogue) -> pd.DataFrame:
    """All sentences of the catalogue: signal, language, text, positive, and the group of their translations."""
    rows = list(examples_of(catalogue))
    for name, signal in catalogue.signals.items():
        rows += [(name, language, text, True) for language, texts in signal.prototypes.items() for text in texts]
    table = pd.DataFrame(rows, columns=["signal", "language", "text", "positive"])
    place = table.groupby(["signal", "language", "positive"]).cumcount().astype(str)
    return table.assign(group=table["signal"] + " " + table["positive"].astype(str) + " " + place)


def _labels(catalogue: Catalogue, sentences: pd.DataFrame, distinct: pd.DataFrame, names: list[str]) -> np.ndarray:
    """Which signals each distinct sentence shows: float64 of shape (n_distinct, n_signals), 0 or 1."""
    keyed = distinct[["text", "language"]].assign(message_id=distinct.index.astype(str))
    hits = find_signals(keyed, catalogue)
    row = pd.MultiIndex.from_frame(distinct[["text", "language"]]).get_indexer(
        pd.MultiIndex.from_frame(sentences[["text", "language"]])
    )
    column = pd.Index(names).get_indexer(pd.Index(sentences["signal"]))
    hit_column = pd.Index(names).get_indexer(pd.Index(hits["signal"]))
    shows = np.zeros((len(distinct), len(names)))
    shows[hits["message_id"].astype("int64").to_numpy()[hit_column >= 0], hit_column[hit_column >= 0]] = 1.0
    named, positive = column >= 0, sentences["positive"].to_numpy()
    shows[row[named & ~positive], column[named & ~positive]] = 0.0
    shows[row[named & positive], column[named & positive]] = 1.0
    return shows


def _threshold(scores: np.ndarray, shows: np.ndarray) -> float:
    """The lowest score above which unseen sentences are right often enough; inf if there is none."""
    order = np.argsort(-scores, kind="stable")
    right = np.cumsum(shows[order])
    above = np.arange(1, len(order) + 1)
    good = np.flatnonzero((right >= PRECISION * above) & (above >= LEAST_ABOVE) & (scores[order] >= LEAST_SCORE))
    return float(scores[order][good[-1]]) if len(good) else float("inf")


def _kernel(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Similarity of unit vectors, 0..1: the square of the cosine's place between -1 and 1."""
    return ((a @ b.T + 1) / 2) ** 2


def _digest(catalogue: Catalogue) -> str:
    """A hash of all that `fit_meaning` learns from."""
    parts = [f"{name}{signal.model_dump_json()}" for name, signal in catalogue.signals.items()]
    parts += [x.pattern for kind in catalogue.cues.values() for each in kind.values() for x in each]
    parts += [x.pattern for e in catalogue.expressions for x in (*e.found, *e.blocked)]
    return hashlib.sha256("\0".join([*parts, str(PENALTY), str(PRECISION), str(LEAST_SCORE)]).encode()).hexdigest()[:16]
