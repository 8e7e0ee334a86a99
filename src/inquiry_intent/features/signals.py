"""Named signals of the buyer's words, as counts over the messages known at a snapshot."""

import numpy as np
import pandas as pd

from inquiry_intent.config import FeatureConfig
from inquiry_intent.embedding import SIMILARITY_PREFIX
from inquiry_intent.signals.catalogue import shipped_catalogue
from inquiry_intent.signals.finding import find_signals
from inquiry_intent.signals.judging import judge_encoder, judge_hits, shipped_judge


def thread_signals(
    rows: pd.DataFrame, said: pd.DataFrame, messages: pd.DataFrame, texts: pd.DataFrame, config: FeatureConfig
) -> pd.DataFrame:
    """Count, for each signal of the catalogue, the buyer's known messages that show it.

    Parameters
    ----------
    rows : DataFrame
        What `known.snapshot_rows` returns.
    said : DataFrame
        What `text.known_texts` returns.
    messages : DataFrame
        What `known.in_thread_order` returns, with what `text.buyers_own` adds.
    texts : DataFrame, indexed by text_id
        With `language`.
    config : FeatureConfig
        What the seller sells, and what currencies are worth.

    Returns
    -------
    DataFrame, index of `rows`; NaN if no text is known
        signal_<id>_count : messages that show the signal, >= 0.
        signal_kind_count : how many different signals were shown.
        signal_<id>_similarity : 0..1, how close the closest known message comes to the signal by its meaning; there
        only if `texts` has similarity_<id>.
    """
    ids = list(shipped_catalogue().signals)
    shown = shown_signals(said, messages, texts, config)
    known = shown.reindex(said["text_id"])[ids].set_axis(said["snapshot"])
    counts = known.groupby(level=0).sum()
    counts["kind"] = (counts > 0).sum(axis=1)
    names = {name: f"signal_{name}_count" for name in [*ids, "kind"]}
    close = [column for column in texts if str(column).startswith(SIMILARITY_PREFIX)]
    closest = texts[close].reindex(said["text_id"]).set_axis(said["snapshot"]).groupby(level=0).max()
    renamed = {name: f"signal_{str(name).removeprefix(SIMILARITY_PREFIX)}_similarity" for name in close}
    both = counts.rename(columns=names).join(closest.rename(columns=renamed))
    return both.reindex(rows.index).astype("float64")


def shown_signals(
    said: pd.DataFrame, messages: pd.DataFrame, texts: pd.DataFrame, config: FeatureConfig
) -> pd.DataFrame:
    """Which signals each distinct text shows: 1 or 0, one row a text_id, one column a signal."""
    first = said.drop_duplicates("text_id")
    distinct = pd.DataFrame(
        {
            "message_id": first["text_id"].to_numpy(),
            **{part: messages.loc[first["message"], part].to_numpy() for part in ("text", "live_text", "signature")},
            "language": texts["language"].reindex(first["text_id"]).to_numpy(),
        }
    ).astype("str")
    hits = buyers_signals(distinct, config)
    ids = pd.Index(list(shipped_catalogue().signals))
    matrix = np.zeros((len(distinct), len(ids)))
    matrix[
        pd.Index(distinct["message_id"]).get_indexer(pd.Index(hits["message_id"])),
        ids.get_indexer(pd.Index(hits["signal"])),
    ] = 1.0
    return pd.DataFrame(matrix, index=distinct["message_id"], columns=ids)


def buyers_signals(messages: pd.DataFrame, config: FeatureConfig) -> pd.DataFrame:
    """The signals of messages, as features, rules and their basis see them: `find_signals`, weighed by the judge."""
    hits = find_signals(messages, shipped_catalogue(), config.product_words, config.usd_rates)
    if not config.judge or messages.empty:
        return hits
    return judge_hits(messages, hits, shipped_catalogue(), shipped_judge(), judge_encoder())
