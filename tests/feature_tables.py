"""Small literal tables for the tests of features: hours count from Monday 2026-03-02 09:00 UTC."""

import hashlib
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pandas as pd

from inquiry_intent.config import FeatureConfig
from inquiry_intent.embedding import buyer_texts
from inquiry_intent.features.build import build_features
from inquiry_intent.features.history import build_history
from inquiry_intent.signals.catalogue import shipped_catalogue
from inquiry_intent.tables import TIME, Info, Tables, conform, empty_table

START = pd.Timestamp("2026-03-02T09:00:00Z")
CONFIG = FeatureConfig(history_prior_weight=2.0, recent_days=28.0, quick_reply_hours=24.0, judge=False)
DIMENSIONS = 3


def at(hours: float) -> pd.Timestamp:
    return START + pd.Timedelta(hours=hours)


def table(name: str, rows: Iterable[dict]) -> pd.DataFrame:
    """A table of the contract; a number in a time column is hours after START."""
    rows = list(rows)
    if not rows:
        return empty_table(name)
    frame = pd.DataFrame(rows)
    for column in {
        "received_at",
        "sent_at",
        "occurred_at",
        "known_at",
        "decided_at",
        "registered_at",
        "last_import_at",
    }:
        if column in frame:
            frame[column] = pd.Series(
                [at(h) if isinstance(h, int | float) and pd.notna(h) else h for h in frame[column]], dtype=TIME
            )
    return conform(name, frame)


def inquiry(inquiry_id: str = "a", received_at: float = 0, client_id: str = "client", **columns: object) -> dict:
    return {"inquiry_id": inquiry_id, "client_id": client_id, "received_at": received_at, **columns}


def thread(*messages: tuple[str, float], inquiry_id: str = "a", **columns: object) -> list[dict]:
    """Messages of ("in" or "out", hours), numbered in this order."""
    sides = {"in": "inbound", "out": "outbound"}
    return [
        {
            "message_id": f"{inquiry_id}{number}",
            "inquiry_id": inquiry_id,
            "sent_at": hours,
            "direction": sides[side],
            **columns,
        }
        for number, (side, hours) in enumerate(messages, 1)
    ]


def make_tables(
    inquiries: Iterable[dict] = (inquiry(),),
    messages: Iterable[dict] = (),
    events: Iterable[dict] = (),
    clients: Iterable[dict] = (),
    outcomes: Iterable[dict] = (),
    **info: object,
) -> Tables:
    return Tables(
        table("inquiries", inquiries),
        table("messages", messages),
        table("events", events),
        table("clients", clients),
        table("outcomes", outcomes),
        Info.model_validate({"source": "test", **info}),
    )


def snapshots(*keys: tuple[str, float]) -> pd.DataFrame:
    """Snapshots of (inquiry_id, hours)."""
    return pd.DataFrame(
        {
            "inquiry_id": pd.Series([key for key, _ in keys], dtype="str"),
            "as_of": pd.Series([at(hours) for _, hours in keys], dtype=TIME),
        }
    )


def embedded(tables: Tables) -> pd.DataFrame:
    """The table of distinct texts, with vectors that depend on the text alone."""
    distinct = buyer_texts(tables.messages).drop_duplicates("text_id").set_index("text_id").sort_index()
    digests = [hashlib.sha256(key.encode()).digest()[:DIMENSIONS] for key in distinct.index]
    vectors = np.array([list(digest) for digest in digests], dtype=np.float32).reshape(-1, DIMENSIONS) / 255
    texts = pd.DataFrame(vectors, index=distinct.index, columns=[f"emb_{i:03d}" for i in range(DIMENSIONS)])
    language = pd.Series(np.where(distinct["text"].str.isascii(), "en", "zh"), index=distinct.index, dtype="str")
    return texts.assign(language=language)


def features(tables: Tables, keys: pd.DataFrame, config: FeatureConfig = CONFIG) -> pd.DataFrame:
    return build_features(tables, keys, embedded(tables), build_history(tables), config)


def row(tables: Tables, hours: float, inquiry_id: str = "a") -> pd.Series:
    """The features of one snapshot."""
    return features(tables, snapshots((inquiry_id, hours))).iloc[0]


def at_hours(tables: Tables, *hours: float, inquiry_id: str = "a") -> pd.DataFrame:
    """The features of one inquiry at several moments."""
    return features(tables, snapshots(*((inquiry_id, hour) for hour in hours)))


def snapshots_of(tables: Tables, *ages_hours: float) -> pd.DataFrame:
    """Every inquiry at each age; as_of is NaT where the inquiry has no time."""
    parts = [
        tables.inquiries[["inquiry_id"]].assign(as_of=tables.inquiries["received_at"] + pd.Timedelta(hours=age))
        for age in ages_hours
    ]
    return pd.concat(parts, ignore_index=True)


def timeless(tables: Tables) -> Tables:
    """The same tables as an export without times has them."""

    def without_times(frame: pd.DataFrame) -> pd.DataFrame:
        times = frame.columns[frame.dtypes == TIME]
        return frame.assign(**{column: pd.Series(pd.NaT, index=frame.index, dtype=TIME) for column in times})

    parts = {
        name: without_times(getattr(tables, name))
        for name in ("inquiries", "messages", "events", "clients", "outcomes")
    }
    return replace(tables, **parts, info=tables.info.model_copy(update={"timeless": True, "time_precision": "none"}))


def every_feature(size: str) -> pd.DataFrame:
    """A feature table with every column that there is; `size` names its numeric attribute."""
    tables = make_tables(
        [{**inquiry(), size: 2, "attr_kind": "x"}],
        thread(("in", 0), text="hello"),
        attributes={size: "numeric", "attr_kind": "categorical"},
    )
    close = {f"similarity_{name}": 0.5 for name in shipped_catalogue().signals}
    texts = embedded(tables).assign(**close)
    return build_features(tables, snapshots(("a", 1)), texts, build_history(tables), CONFIG)
