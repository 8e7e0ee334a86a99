"""The demo corpus: an export of invented inquiries whose true probabilities are known. See docs/simulation.md.

The files of an export are written as a CRM would write them. `truth.parquet` beside them is for checking the line; no
stage reads it.
"""

import csv
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import IO

import numpy as np
import pandas as pd

from inquiry_intent.errors import DataError
from inquiry_intent.simulation import export
from inquiry_intent.simulation.background import background_rows
from inquiry_intent.simulation.latents import (
    INTENTS,
    KINDS,
    POTENTIALS,
    ROLES,
    draw_clients,
    draw_inquiries,
    draw_outcomes,
)
from inquiry_intent.simulation.people import draw_people
from inquiry_intent.simulation.texts import Writer
from inquiry_intent.simulation.threads import draw_events, draw_messages, draw_traits
from inquiry_intent.simulation.world import DAY, load
from inquiry_intent.storage import replacing

UNTIL = date(2026, 3, 2)
SPAN_DAYS = 548  # 18 months
CHUNK = 5_000
TRUTH = "truth.parquet"

#: The columns of each file of the export, in order.
EXPORT: dict[str, tuple[str, ...]] = {
    "inquiries": ("inquiry_id", "client_id", "received_at", "channel", "country", "product", "subject", "owner"),
    "messages": (
        "message_id", "inquiry_id", "sent_at", "direction", "sender_name", "sender_title", "sender_email",
        "sender_phone", "attachment_count", "text",
    ),
    "events": ("inquiry_id", "occurred_at", "kind"),
    "clients": (
        "client_id", "known_at", "company", "website", "country", "registered_at", "import_covered", "import_count",
        "import_value_usd", "last_import_at", "import_volatility", "supplier_stability", "web_presence",
        "exhibition_count",
    ),
    "outcomes": ("inquiry_id", "decided_at", "status", "order_value", "currency", "annual_volume"),
}  # fmt: skip


def simulate(
    inquiries: int,
    seed: int,
    folder: Path,
    until: date = UNTIL,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Write the demo corpus to `folder`, whole or not at all.

    Chunks of 5,000 inquiries are drawn one after the other, each with its own clients and its own random numbers, so
    that memory does not grow with `inquiries`. The same arguments give the same bytes.

    Parameters
    ----------
    inquiries : int
        How many, > 0.
    seed : int
        >= 0.
    folder : Path
        Replaced if it is an earlier corpus.
    until : date
        The first day (UTC) the export knows nothing of. It covers the 548 days before.
    progress : callable
        Called after each chunk with the number of inquiries written and that of all.

    Raises
    ------
    DataError
        If `inquiries` or `seed` is out of range, or `folder` holds something else.
    """
    if inquiries < 1 or seed < 0:
        raise DataError(
            f"Got {inquiries} inquiries and seed {seed}; expected at least 1 inquiry and a seed of at least 0."
        )
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir()) and not (folder / TRUTH).exists()):
        raise DataError(f"{folder} holds something else than a demo corpus. Name a new folder, or empty it.")
    import pyarrow as pa
    import pyarrow.parquet as pq

    end = int(datetime(until.year, until.month, until.day, tzinfo=UTC).timestamp())
    with replacing(folder) as draft:
        draft.mkdir()
        files = {name: (draft / f"{name}.csv").open("w", encoding="utf-8", newline="") for name in EXPORT}
        truth_file = None
        try:
            for name, columns in EXPORT.items():
                csv.writer(files[name], lineterminator="\n").writerow(columns)
            for start in range(0, inquiries, CHUNK):
                size = min(CHUNK, inquiries - start)
                rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(start // CHUNK,)))
                truth = pa.Table.from_pandas(_write_chunk(rng, start, size, end, files), preserve_index=False)
                truth_file = truth_file or pq.ParquetWriter(draft / TRUTH, truth.schema)
                truth_file.write_table(truth)
                if progress is not None:
                    progress(start + size, inquiries)
        finally:
            for file in (*files.values(), truth_file):
                if file is not None:
                    file.close()


def true_probability(truth: pd.DataFrame, age_days: float, horizon_days: float) -> pd.Series:
    """The exact probability that an inquiry is won after `age_days`, within `horizon_days`, if undecided until then.

    No model can do better than this on the demo corpus.

    Parameters
    ----------
    truth : DataFrame
        truth.parquet.
    age_days, horizon_days : float
        Days since the inquiry was received, >= 0, and days after that, > 0.

    Returns
    -------
    Series of shape (n_inquiries,), float, indexed as `truth`
    """
    from scipy.special import ndtr

    def decided(fate: str, days: float) -> pd.Series:
        if days <= 0:
            return pd.Series(0.0, index=truth.index)
        return pd.Series(ndtr((np.log(days) - truth[f"{fate}_log_days"]) / truth[f"{fate}_spread"]), index=truth.index)

    won, lost = truth["p_won"], (1 - truth["p_won"]) * (1 - truth["p_never"])
    undecided = 1 - won * decided("won", age_days) - lost * decided("lost", age_days)
    in_time = won * (decided("won", age_days + horizon_days) - decided("won", age_days))
    return (in_time / undecided).rename("p_true")


def _write_chunk(
    rng: np.random.Generator, start: int, size: int, end: int, files: Mapping[str, IO[str]]
) -> pd.DataFrame:
    """Draw inquiries `start` to `start + size`, append them to the export, and return their rows of truth.parquet."""
    # A stream of random numbers for each step, so that what one step draws changes nothing in the others.
    wants, faces, mails, deeds, fates, lookups, topics, words, papers = rng.spawn(9)
    clients = draw_clients(wants, size)
    inquiries = draw_inquiries(wants, clients, end - SPAN_DAYS * DAY, end)
    people = draw_people(faces, clients, start)
    messages = draw_messages(mails, inquiries)
    events = draw_events(deeds, inquiries, messages)
    traits = draw_traits(topics, inquiries, messages, load("traits"))
    outcomes = draw_outcomes(fates, inquiries)
    background = background_rows(lookups, clients, inquiries.groupby("client")["received"].min().to_numpy(), end)

    # Threads know nothing of the outcome; they only end where it is decided, or where the export ends.
    over = np.minimum(outcomes["decided"].to_numpy(), end)
    seen = messages["sent"].to_numpy() < over[messages["inquiry"]]
    messages, traits = messages[seen], [names for names, kept in zip(traits, seen, strict=True) if kept]
    events = events[events["occurred"].to_numpy() < over[events["inquiry"]]]
    writer = Writer(words, inquiries, people)
    blanks = writer.blanks()
    subjects = writer.subjects(blanks)
    texts = writer.write(messages, traits, blanks)

    ids = [f"Q{start + k + 1:07d}" for k in range(size)]
    client_ids = [f"C{start + k + 1:07d}" for k in range(len(clients))]
    rows = {
        "inquiries": export.inquiry_rows(papers, inquiries, ids, client_ids, subjects),
        "messages": export.message_rows(papers, inquiries, messages, traits, texts, people, ids),
        "events": export.event_rows(events, ids),
        "clients": export.client_rows(background, clients, people, client_ids),
        "outcomes": export.outcome_rows(papers, inquiries, outcomes, ids, end),
    }
    for name, table in rows.items():
        csv.writer(files[name], lineterminator="\n").writerows(table)
    named = {"kind": KINDS, "intent": INTENTS, "role": ROLES, "potential": POTENTIALS}
    numbers = ["p_won", "p_never", "won_log_days", "won_spread", "lost_log_days", "lost_spread"]
    return pd.DataFrame(
        {"inquiry_id": ids}
        | {column: np.array(names)[inquiries[column]] for column, names in named.items()}
        | {column: inquiries[column] for column in numbers}
    )
