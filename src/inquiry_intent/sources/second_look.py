"""What a person who checks a mapping should look at twice: what the names of columns and clients say, beyond ingest."""

import re
from pathlib import Path

import pandas as pd

from inquiry_intent.errors import shown
from inquiry_intent.sources.clocks import like_dates
from inquiry_intent.sources.loading import load_rows
from inquiry_intent.sources.naming import plain, rank, unspaced, vocabulary
from inquiry_intent.sources.schema import Mapping

#: Letters of an abbreviation, as S.A. is written.
LETTERS_APART = re.compile(r"\b(\w) (?=\w\b)")


def clients_alike(ids: pd.Series) -> list[str]:
    """A note on clients whose names differ from others' in no more than how they are written."""
    names = ids.dropna().drop_duplicates()
    # Codes may well differ in a capital only; mail addresses are in one form already.
    coded = names.str.contains(r"\d", regex=True) & ~names.str.contains(r"\s", regex=True)
    names = names[~(coded | names.str.contains("@", regex=False))]
    bare = names.map(_bare)
    bare = bare[bare.duplicated(keep=False)]
    if bare.empty:
        return []
    one, other = names[bare.index[bare == bare.iloc[0]][:2]]
    return [
        f"inquiries: {int(bare.duplicated().sum()):,} of {ids.nunique():,} clients have the name of another but for "
        f"capitals, punctuation or legal form, such as {shown(one)} and {shown(other)}, and count as clients of their "
        "own; write them alike in the export if they are one"
    ]


def inquiries_alike(inquiries: pd.DataFrame, messages: pd.DataFrame | None) -> list[str]:
    """A note on inquiries that have the client, the day and the first words of another: one may be typed in twice."""
    if messages is None:
        return []
    said = messages[messages["direction"] == "inbound"].dropna(subset=["text"])
    said = said.sort_values("sent_at", kind="stable") if "sent_at" in said else said
    first = said.drop_duplicates("inquiry_id").set_index("inquiry_id")["text"].str.split().str.join(" ")
    told = inquiries[["inquiry_id", "client_id"]].assign(text=inquiries["inquiry_id"].map(first))
    if "received_at" in inquiries:
        told["day"] = inquiries["received_at"].dt.floor("D")
    told = told.dropna()
    same = told.columns.drop("inquiry_id").tolist()
    again = told[told.duplicated(same)]
    if again.empty:
        return []
    one = told.merge(again.iloc[:1], on=same, suffixes=("", "_again")).iloc[0]
    return [
        f"inquiries: {len(again):,} of {len(inquiries):,} have the client, day and first words of another, such as "
        f"{shown(one['inquiry_id'])} and {shown(one['inquiry_id_again'])}, and count as inquiries of their own; if "
        "they were typed in or exported twice, leave one of each out of the export"
    ]


def _bare(name: str) -> str:
    """A client's name without capitals, accents, punctuation and legal form.

    >>> _bare("Müller & Söhne GmbH & Co. KG"), _bare("ACME S.A. de C.V."), _bare("ООО «Вега»")
    ('muller sohne', 'acme', 'вега')
    """
    forms = vocabulary()["legal_forms"]
    said = LETTERS_APART.sub(r"\1", plain(name.casefold()))  # GmbH is one word
    cut = next((said.removesuffix(form) for form in forms if unspaced(form) and said.endswith(form)), said)
    words = cut.split()
    while words and words[-1] in forms:
        words.pop()
    while words and words[0] in forms:
        words.pop(0)
    return " ".join(words) or said


def unread_receipts(export: Path, mapping: Mapping) -> list[str]:
    """A warning of an export that is mapped as having no times, though a column so named holds what looks like them."""
    if not mapping.timeless:
        return []
    words, notes = vocabulary()["inquiries"]["received_at"], []
    for table, _, rule, rows in load_rows(export, mapping)[0]:
        named = [name for name in map(str, rows.frame) if (rank(name, words) or (9,))[0] <= 1]
        for name in named if table == "inquiries" else []:
            if rows.frame[name].dtype != "object" and len(dates := like_dates(rows.frame[name])):
                notes.append(
                    f"WARNING: no times are read, though {name!r} of {mapping.files[rule.from_].path} looks like dates "
                    f"({shown(dates.iloc[0])}): map it as received_at, with its 'format', in place of 'timeless'"
                )
    return notes
