"""Who else sent (nearly) the same words: mass mail and probes, as of the moment each copy became known [003]."""

import re

import numpy as np
import pandas as pd

from inquiry_intent.embedding import buyer_texts
from inquiry_intent.signals.cleaning import clean_texts
from inquiry_intent.signals.folding import fold_plain
from inquiry_intent.tables import Tables, messages_known_from, sorted_by_moment

DIMENSION = "near_duplicate"
#: Texts that share this much of their runs of three words are near-duplicates.
JACCARD = 0.7
#: Short texts are alike without being copies: "What is your best price?"
LEAST_WORDS = 12
#: No text is compared with more copies than this; more say nothing more.
MOST_COPIES = 50
_PERMUTATIONS = 64
_RUN = 3
_WORD = re.compile("[\u3400-\u9fff]|[^\\W\\d_\u3400-\u9fff]+")


def copy_history(tables: Tables) -> pd.DataFrame:
    """Count, for each text of a buyer, how many clients had sent it or a near-duplicate up to each moment.

    Texts are compared in the order in which they became known, and no text with more than `MOST_COPIES`, so that what
    is said of a moment never depends on what came later.

    Parameters
    ----------
    tables : Tables
        The whole corpus.

    Returns
    -------
    DataFrame of shape (n_changes, 3)
        key : text_id.
        known_at : UTC, never NaT.
        client_count : clients who had sent such a text by then, the sender included; cumulative.
    """
    clients = tables.inquiries[["inquiry_id", "client_id"]]
    messages = tables.messages.assign(known_at=messages_known_from(tables))
    sent = buyer_texts(messages).merge(clients, on="inquiry_id", how="left", validate="many_to_one")
    sent = sorted_by_moment(sent.dropna(subset=["sent_at"])).sort_values("known_at", kind="stable")
    first = sent.drop_duplicates(["text_id", "client_id"])[["text_id", "client_id", "known_at"]]
    distinct = sent.drop_duplicates("text_id").set_index("text_id")["text"]
    left, right = near_duplicates(clean_texts(distinct)["own_words"])
    ids = distinct.index.to_numpy()
    pairs = pd.DataFrame({"key": np.r_[ids, ids[left], ids[right]], "text_id": np.r_[ids, ids[right], ids[left]]})
    known = pairs.merge(first, on="text_id").sort_values("known_at", kind="stable")
    known = known.drop_duplicates(["key", "client_id"])
    known["client_count"] = known.groupby("key").cumcount() + 1.0
    return known[["key", "known_at", "client_count"]].reset_index(drop=True)


def near_duplicates(texts: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of positions (earlier, later) of texts that are near-duplicates of each other.

    Parameters
    ----------
    texts : Series of str
        In the order in which they became known.

    Examples
    --------
    >>> mail = "we are a trading company and want your best price for all your products please reply soon {}"
    >>> left, right = near_duplicates(pd.Series([mail.format("Ana"), "what is the price?", mail.format("Li")]))
    >>> left.tolist(), right.tolist()
    ([0], [2])
    """
    from datasketch import MinHash, MinHashLSH

    index = MinHashLSH(threshold=JACCARD, num_perm=_PERMUTATIONS)
    runs: list[frozenset[str]] = []
    copies = np.zeros(len(texts), dtype=np.intp)
    left, right = [], []
    for position, text in enumerate(texts):
        words = _WORD.findall(fold_plain(text))
        runs.append(frozenset(" ".join(words[i : i + _RUN]) for i in range(len(words) - _RUN + 1)))
        if len(words) < LEAST_WORDS:
            continue
        sketch = MinHash(num_perm=_PERMUTATIONS)
        sketch.update_batch([run.encode() for run in runs[position]])
        for other in sorted(index.query(sketch)):
            if copies[position] >= MOST_COPIES:
                break
            if copies[other] < MOST_COPIES and _jaccard(runs[other], runs[position]) >= JACCARD:
                left.append(other)
                right.append(position)
                copies[[other, position]] += 1
        index.insert(position, sketch)
    return np.array(left, dtype=np.intp), np.array(right, dtype=np.intp)


def _jaccard(a: frozenset[str], b: frozenset[str]) -> float:
    return len(a & b) / len(a | b)
