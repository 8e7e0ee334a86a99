"""The model's input table: every feature of a snapshot, from records known at its time."""

import pandas as pd

from inquiry_intent.config import FeatureConfig
from inquiry_intent.errors import TableError, listed
from inquiry_intent.features.background import company_background, latest_client
from inquiry_intent.features.contact import contact_identity
from inquiry_intent.features.events import event_counts, quote_replies
from inquiry_intent.features.history import (
    client_inquiries,
    near_duplicates,
    recent_inquiries,
    same_numbers,
    win_history,
)
from inquiry_intent.features.known import in_thread_order, known_thread, snapshot_rows
from inquiry_intent.features.signals import thread_signals
from inquiry_intent.features.stated import stated_values
from inquiry_intent.features.text import (
    buyers_own,
    known_texts,
    subject_shape,
    text_language,
    thread_embeddings,
    thread_text_shape,
    thread_words,
)
from inquiry_intent.features.timing import local_times, message_counts, reply_timing
from inquiry_intent.tables import ATTRIBUTE_PREFIX, Tables

CATEGORIES = ("channel", "country", "product", "owner")


def build_features(
    tables: Tables, snapshots: pd.DataFrame, texts: pd.DataFrame, history: pd.DataFrame, config: FeatureConfig
) -> pd.DataFrame:
    """Build the model's input table. The only way to it: training, scoring and notebooks all call this.

    Parameters
    ----------
    tables : Tables
        The snapshots' inquiries with all their records; records after a snapshot do not change it.
    snapshots : DataFrame of shape (n_snapshots, >= 2)
        inquiry_id and as_of (datetime64[us, UTC]; NaT in an export without times), unique together.
    texts : DataFrame, indexed by text_id
        What `embedding.embed_texts` returns: `language` and, if embeddings are wanted, emb_000 ….
    history : DataFrame
        What `history.build_history` returns for the whole corpus.
    config : FeatureConfig
        Travels with the model.

    Returns
    -------
    DataFrame of shape (n_snapshots, n_features), indexed by (inquiry_id, as_of) in the order of `snapshots`
        Numbers are float64, categories and the buyer's words str, embeddings float32; `data/README.md` has a line for
        each column. NaN: not observed; 0: observed none. A row depends on its own inquiry and its past, to the bit.

    Raises
    ------
    DataError
        If a snapshot does not fit the tables, or a known text has no row in `texts`.
    TableError
        If the attributes are not those that `tables.info` declares.
    """
    rows = snapshot_rows(tables, snapshots)
    countries = tables.inquiries[["inquiry_id", "country"]]
    ordered = in_thread_order(tables).merge(countries, on="inquiry_id", how="left", validate="many_to_one")
    ordered = buyers_own(ordered)
    thread = known_thread(rows, ordered, tables.info)
    said = known_texts(thread, ordered)
    client = latest_client(rows, tables.clients, tables.info)
    parts = [
        local_times(rows, thread, ordered, tables.info),
        message_counts(rows, thread, ordered, tables.info),
        reply_timing(rows, thread, tables.info),
        quote_replies(rows, tables.events, ordered, tables.info, config.quick_reply_hours),
        event_counts(rows, tables.events, tables.info),
        contact_identity(rows, thread, ordered, client),
        company_background(rows, client),
        win_history(rows, history, config.history_prior_weight),
        client_inquiries(rows, history),
        recent_inquiries(rows, history, config.recent_days),
        near_duplicates(rows, said, history),
        subject_shape(rows),
        thread_text_shape(rows, said, ordered),
        thread_signals(rows, said, ordered, texts, config),
        stated_values(rows, said, ordered, config.usd_rates, tables.info.zone),
        categories(rows, tables),
        same_numbers(rows, history, tables.info),
        text_language(rows, said, texts),
        thread_words(said, ordered, rows),
        thread_embeddings(rows, said, texts),
    ]
    index = pd.MultiIndex.from_arrays([rows["inquiry_id"], rows["as_of"]], names=["inquiry_id", "as_of"])
    return pd.concat(parts, axis=1).set_axis(index)


def categories(rows: pd.DataFrame, tables: Tables) -> pd.DataFrame:
    """The inquiry's own columns: channel, country, product, owner, and the declared attributes.

    Raises
    ------
    TableError
        If `inquiries` has other attributes than `tables.info` declares.
    """
    kinds = tables.info.attributes
    present = {str(column) for column in tables.inquiries if str(column).startswith(ATTRIBUTE_PREFIX)}
    problems = [f"inquiries has {column}, which info.json does not declare" for column in sorted(present - set(kinds))]
    problems += [
        f"info.json declares {column}, which inquiries does not have" for column in sorted(set(kinds) - present)
    ]
    if problems:
        raise TableError(f"Attributes do not fit:\n{listed(problems)}\nIngest the export again.")
    columns: dict[str, pd.Series] = {name: rows[name].astype("str") for name in CATEGORIES}
    for name in sorted(kinds):
        columns[name] = rows[name].astype("float64") if kinds[name] == "numeric" else rows[name].astype("str")
    return pd.DataFrame(columns, index=rows.index)
