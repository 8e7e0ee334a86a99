"""Who else sent (nearly) the same words: mass mail and probes, as of the moment each copy became known [003]."""

import re

import numpy as np
import pandas as pd

from inquiry_intent.embedding import buyer_texts
from inquiry_intent.moments import messages_known_from, sorted_by_moment
from inquiry_intent.signals.cleaning import clean_texts
from inquiry_intent.signals.folding import fold_plain
from inquiry_intent.tables import Tables

DIMENSION = "near_duplicate"
#: Texts that share this much of their runs of three words are near-duplicates.
JACCARD = 0.7
#: Short texts are alike without being copies: "What is your best price?"
LEAST_WORDS = 12
#: No more other clients are counted than this; more say nothing more.
MOST_COPIES = 50
#: No more copies of one client's are compared with what comes later.
OWN_COPIES = 5
_PERMUTATIONS = 64
_RUN = 3
_WORD = re.compile("[\u3400-\u9fff]|[^\\W\\d_\u3400-\u9fff]+")


def copy_history(tables: Tables) -> pd.DataFrame:
    """Count, for each text of a buyer, how many clients had sent it or a near-duplicate up to each moment.

    Texts are compared in the order in which they became known, so that what is said of a moment never depends on what
    came later.

    Parameters
    ----------
    tables : Tables
        The whole corpus.

    Returns
    -------
    DataFrame of shape (n_changes, 3)
        key : text_id.
        known_at : UTC, never NaT.
        client_count : clients who had sent such a text by then, the sender included; cumulative, up to one more than
            `MOST_COPIES`.
    """
    clients = tables.inquiries[["inquiry_id", "client_id"]]
    messages = tables.messages.assign(known_at=messages_known_from(tables))
    sent = buyer_texts(messages).merge(clients, on="inquiry_id", how="left", validate="many_to_one")
    sent = sorted_by_moment(sent.dropna(subset=["sent_at"])).sort_values("known_at", kind="stable")
    first = sent.drop_duplicates(["text_id", "client_id"])[["text_id", "client_id", "known_at"]]
    # The first of a union are among the first of its parts.
    first = first[first.groupby("text_id").cumcount() <= MOST_COPIES]
    distinct = sent.drop_duplicates("text_id").set_index("text_id")
    left, right = near_duplicates(clean_texts(distinct["text"])["own_words"], distinct["client_id"])
    ids = distinct.index.to_numpy()
    pairs = pd.DataFrame({"key": np.r_[ids, ids[left], ids[right]], "text_id": np.r_[ids, ids[right], ids[left]]})
    known = pairs.merge(first, on="text_id").sort_values("known_at", kind="stable")
    known = known.drop_duplicates(["key", "client_id"])
    known["client_count"] = known.groupby("key").cumcount() + 1.0
    known = known[known["client_count"] <= MOST_COPIES + 1]
    return known[["key", "known_at", "client_count"]].reset_index(drop=True)


def near_duplicates(texts: pd.Series, clients: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of positions (earlier, later) of texts that are near-duplicates of each other.

    A text of which enough clients sent an earlier copy, or its own client enough of them, stands behind those: later
    texts are compared with a few, however many there are, and still find as many clients.

    Parameters
    ----------
    texts : Series of str
        In the order in which they became known.
    clients : Series
        Who sent each text first.

    Examples
    --------
    >>> mail = "we are a trading company and want your best price for all your products please reply soon {}"
    >>> texts = pd.Series([mail.format("Ana"), "what is the price?", mail.format("Li")])
    >>> left, right = near_duplicates(texts, pd.Series(["a", "b", "c"]))
    >>> left.tolist(), right.tolist()
    ([0], [2])
    """
    from datasketch import MinHash, MinHashLSH

    # What the index finds is compared in full: one find too many costs a look, one too few hides a copy.
    index = MinHashLSH(threshold=JACCARD, num_perm=_PERMUTATIONS, weights=(0.1, 0.9))
    runs: list[frozenset[str]] = []
    senders = pd.factorize(clients, use_na_sentinel=False)[0]
    left, right = [], []
    for position, text in enumerate(texts):
        words = _WORD.findall(fold_plain(text))
        runs.append(frozenset(" ".join(words[i : i + _RUN]) for i in range(len(words) - _RUN + 1)))
        if len(words) < LEAST_WORDS:
            continue
        sketch = MinHash(num_perm=_PERMUTATIONS)
        sketch.update_batch([run.encode() for run in runs[position]])
        others: set[int] = set()
        own = 0
        for other in sorted(index.query(sketch)):
            if len(others) > MOST_COPIES:
                break
            if _jaccard(runs[other], runs[position]) >= JACCARD:
                left.append(other)
                right.append(position)
                if senders[other] == senders[position]:
                    own += 1
                else:
                    others.add(senders[other])
        if len(others) <= MOST_COPIES and own < OWN_COPIES:
            index.insert(position, sketch)
    return np.array(left, dtype=np.intp), np.array(right, dtype=np.intp)


def _jaccard(a: frozenset[str], b: frozenset[str]) -> float:
    return len(a & b) / len(a | b)
