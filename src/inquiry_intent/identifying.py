"""What tells a salesperson which inquiry a row of a list is: the company, who wrote, about what, and the last words."""

from dataclasses import replace

import pandas as pd

from inquiry_intent.features.background import latest_client
from inquiry_intent.features.known import in_thread_order, known_thread, snapshot_rows
from inquiry_intent.features.text import known_texts
from inquiry_intent.signals.cleaning import clean_texts, without_name
from inquiry_intent.tables import TEXT, Tables

#: Characters of the buyer's last words that a list shows.
SHOWN = 160
COLUMNS = ["company", "contact", "subject", "last_words"]


def identities(tables: Tables, snapshots: pd.DataFrame) -> pd.DataFrame:
    """Names and words by which a person knows an inquiry again, as known at each snapshot. No model sees them.

    Returns
    -------
    DataFrame of shape (n_snapshots, 4), index of `snapshots`; NaN where the export does not say
        company: of the client's newest known row, else the client's id where that is a name; contact: name of the
        sender of the buyer's last known message that has one; subject; last_words: what the buyer wrote last, without
        quoted history and signature, on one line, at most `SHOWN` characters.
    """
    rows = snapshot_rows(tables, snapshots)
    asked = tables.messages["inquiry_id"].isin(rows["inquiry_id"])
    messages = in_thread_order(replace(tables, messages=tables.messages[asked]))
    thread = known_thread(rows, messages, tables.info)
    wrote = thread.loc[thread["inbound"], ["snapshot", "message"]]
    said = known_texts(thread, messages)
    # Only what is shown is cleaned: a list shows one message an inquiry.
    words = _unsigned(clean_texts(_last(said, messages["text"]))["own_words"], _last(said, messages["sender_name"]))
    words = words.str.replace(r"\s+", " ", regex=True).str.strip()
    cut = words.str.slice(0, SHOWN - 1).str.rstrip() + "…"
    found = {
        "company": latest_client(rows, tables.clients, tables.info)["company"].fillna(_names(rows)),
        "contact": _last(wrote, messages["sender_name"]),
        "subject": rows["subject"],
        "last_words": words.mask(words.str.len() > SHOWN, cut),
    }
    return pd.DataFrame({name: values.reindex(rows.index).astype(TEXT) for name, values in found.items()}).set_axis(
        snapshots.index
    )


def _unsigned(words: pd.Series, names: pd.Series) -> pd.Series:
    """Words without what follows the name of who wrote them: many sign with neither a greeting nor an empty line."""
    signed = names.reindex(words.index)
    pairs = zip(words, signed, strict=True)
    return pd.Series(
        [text if pd.isna(text) or pd.isna(name) else without_name(text, name) for text, name in pairs],
        index=words.index,
        dtype="str",
    )


def _names(rows: pd.DataFrame) -> pd.Series:
    """The ids of clients that are names: of letters alone or of several words, and no address. Others are missing."""
    ids = rows["client_id"]
    lettered, coded = (ids.str.contains(sign, regex=True) for sign in (r"[^\W\d_]", r"[\d_]"))
    named = lettered & (~coded | ids.str.contains(r"\s", regex=True)) & ~ids.str.contains("@", regex=False)
    return ids.where(named & ids.ne(rows["inquiry_id"]))


def _last(pairs: pd.DataFrame, values: pd.Series) -> pd.Series:
    """Of each snapshot's messages the last value that is there, by snapshot."""
    there = pairs.assign(value=values.take(pairs["message"].to_numpy()).array).dropna(subset="value")
    return there.drop_duplicates("snapshot", keep="last").set_index("snapshot")["value"]
