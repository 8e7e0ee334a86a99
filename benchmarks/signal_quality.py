"""Precision and recall of signals, and accuracy of the three dimensions, on the gold set (docs/gold-set.md).

    python -m benchmarks.signal_quality --half frozen
    python -m benchmarks.signal_quality --half dev --no-meaning --data ../shared/data
    python -m benchmarks.signal_quality --labelled data/labelled --ids=-t[abc]

A figure counts pairs of message and signal. Patterns were tuned on the half `dev`: only `frozen` is a fair measure.
"""

import hashlib
import json
from pathlib import Path

import click
import numpy as np
import pandas as pd

from inquiry_intent.classifying import classify
from inquiry_intent.config import load_config
from inquiry_intent.signals.catalogue import Catalogue, shipped_catalogue
from inquiry_intent.signals.finding import find_signals
from inquiry_intent.signals.learning import read_labelled
from inquiry_intent.tables import Info, Tables, conform, empty_table

ROOT = Path(__file__).parents[1]
GOLD = ROOT / "tests/data/gold"
DIMENSIONS = ("intent", "role", "potential")
#: Judged only where the seller's product words are given.
NEEDS_PRODUCTS = "wrong_product_category"
BOOTSTRAP_ROUNDS = 1000


def gold_messages(half: str) -> pd.DataFrame:
    """message_id, language, text, signals (list) and the labelled dimensions (NaN: not labelled) of one half."""
    lines = [json.loads(line) for file in sorted(GOLD.glob(f"{half}.*.jsonl")) for line in file.open(encoding="utf-8")]
    table = pd.DataFrame(lines).rename(columns={"id": "message_id"})
    table["signals"] = [[label["signal"] for label in labels] for labels in table["signals"]]
    return table.reindex(columns=["message_id", "language", "text", "signals", "product_words", *DIMENSIONS])


def gold_posts(half: str, data: Path) -> pd.DataFrame:
    """The labelled posts of one half, with their texts from the folder of the real sets."""
    posts = pd.read_csv(data / "rfq" / "rfq_posts.csv", keep_default_na=False, dtype="str")
    text = posts["title"] + "\n" + posts["description"]
    by_hash = {hashlib.sha256(words.encode()).hexdigest(): words for words in text}
    files = sorted(GOLD.glob(f"rfq_{half}*.jsonl"))
    labelled = [json.loads(line) for file in files for line in file.open(encoding="utf-8")]
    return pd.DataFrame(
        {
            "message_id": [post["sha256"] for post in labelled],
            "language": "posts",
            "text": [by_hash[post["sha256"]] for post in labelled],
            "signals": [sorted({label["signal"] for label in post["signals"]}) for post in labelled],
        }
    )


def found_signals(messages: pd.DataFrame, meaning: bool) -> pd.DataFrame:
    """The pairs (message_id, signal) that the product finds."""
    catalogue = shipped_catalogue()
    table = messages[["message_id", "text"]]  # their language is the product's to tell
    words = messages.get("product_words", pd.Series(None, index=messages.index))
    parts = [find_signals(table[words.isna()], catalogue)]
    parts += [find_signals(table.loc[[row]], catalogue, words[row]) for row in words.index[words.notna()]]
    hits = pd.concat(parts)
    if meaning:
        from inquiry_intent.cli.signals import with_meaning

        hits = with_meaning(table, hits, catalogue)
    return hits[["message_id", "signal"]].drop_duplicates()


def scored(messages: pd.DataFrame, found: pd.DataFrame, catalogue: Catalogue) -> pd.DataFrame:
    """One row a pair that is labelled or found: message_id, signal, group, language, labelled, found."""
    labelled = messages[["message_id", "signals"]].explode("signals").dropna().rename(columns={"signals": "signal"})
    pairs = labelled.assign(labelled=True).merge(found.assign(found=True), how="outer", on=["message_id", "signal"])
    pairs[["labelled", "found"]] = pairs[["labelled", "found"]].notna()
    pairs["group"] = pairs["signal"].map(catalogue.group_of)
    return pairs.merge(messages[["message_id", "language"]], on="message_id")


def precision_recall(pairs: pd.DataFrame, by: str | None) -> pd.DataFrame:
    """Precision and recall with 95 % intervals over messages, for each value of a column, or for all."""
    rows = []
    for value, part in pairs.groupby(by) if by else [("all", pairs)]:
        counts = part.groupby("message_id").apply(
            lambda m: pd.Series(
                {"both": (m["labelled"] & m["found"]).sum(), "found": m["found"].sum(), "labelled": m["labelled"].sum()}
            ),
            include_groups=False,
        )
        draws = np.random.default_rng(7).multinomial(
            len(counts), np.full(len(counts), 1 / len(counts)), BOOTSTRAP_ROUNDS
        )
        sums = draws @ counts.to_numpy()
        total = counts.sum()
        row: dict[str, object] = {"of": value, "labelled": total["labelled"], "found": total["found"]}
        for name, of, column in (("precision", "found", 1), ("recall", "labelled", 2)):
            ratio = sums[:, 0] / np.maximum(sums[:, column], 1)
            low, high = np.quantile(ratio, [0.025, 0.975])
            row[name] = f"{total['both'] / max(total[of], 1):.3f} ({low:.3f}-{high:.3f})"
        rows.append(row)
    return pd.DataFrame(rows)


def dimension_accuracy(messages: pd.DataFrame) -> pd.DataFrame:
    """Share of the labelled messages whose class the rules name, each message read as an inquiry of its own."""
    config = load_config(ROOT / "params.yaml")
    rows = []
    for dimension in DIMENSIONS:
        part = messages[messages[dimension].notna()]
        ids = part["message_id"]
        tables = Tables(
            conform("inquiries", pd.DataFrame({"inquiry_id": ids, "client_id": ids, "received_at": pd.NaT})),
            conform(
                "messages",
                pd.DataFrame(
                    {
                        "message_id": ids,
                        "inquiry_id": ids,
                        "sent_at": pd.NaT,
                        "direction": "inbound",
                        "text": part["text"],
                    }
                ),
            ),
            *(empty_table(name) for name in ("events", "clients", "outcomes")),
            Info(source="gold", timeless=True, time_precision="none"),
        )
        verdict, _ = classify(tables, config.features, config.rules)
        said = verdict.set_index("inquiry_id")[f"rule_{dimension}"].reindex(ids)
        right = said.to_numpy() == part[dimension].to_numpy()
        rows.append(
            {
                "dimension": dimension,
                "labelled": len(part),
                "accuracy": round(float(right.mean()), 3),
                "unknown": round(float((said == "unknown").mean()), 3),
            }
        )
    return pd.DataFrame(rows)


def labelled_messages(folder: Path, ids: str) -> pd.DataFrame:
    """Messages of `data/labelled` whose id holds a pattern, as `gold_messages` gives them."""
    table = read_labelled(folder)
    table = table[table["message_id"].str.contains(ids)].reset_index(drop=True)
    return table.assign(signals=[[label["signal"] for label in labels] for labels in table["labels"]])


@click.command()
@click.option("--half", type=click.Choice(["dev", "frozen"]), default="frozen", show_default=True)
@click.option("--meaning/--no-meaning", default=True, help="With paraphrases found by meaning.")
@click.option("--data", type=click.Path(path_type=Path), help="Folder of the real sets, for the posts.")
@click.option("--signals", is_flag=True, help="Also a line a signal (half dev only).")
@click.option(
    "--labelled", type=click.Path(exists=True, path_type=Path), help="Labelled messages, instead of the halves."
)
@click.option("--ids", default="", help="Of these, those whose id holds this pattern.")
def main(half: str, meaning: bool, data: Path | None, signals: bool, labelled: Path | None, ids: str) -> None:
    """Print precision and recall per group and language, and the accuracy of the three dimensions."""
    if labelled is not None:
        messages = labelled_messages(labelled, ids)
        pairs = scored(messages, found_signals(messages, meaning), shipped_catalogue())
        click.echo(f"{len(messages)} messages, {'with' if meaning else 'without'} meaning\n")
        for by in (None, "language"):
            click.echo(precision_recall(pairs, by).to_string(index=False) + "\n")
        return
    if signals and half == "frozen":
        raise click.UsageError("Lines per signal are for tuning; nothing is tuned on the frozen half.")
    catalogue = shipped_catalogue()
    messages = gold_messages(half)
    pairs = scored(messages, found_signals(messages, meaning), catalogue)
    click.echo(f"{len(messages)} messages, half {half}, {'with' if meaning else 'without'} meaning\n")
    for by in (None, "group", "language", *(["signal"] if signals else [])):
        click.echo(precision_recall(pairs, by).to_string(index=False) + "\n")
    click.echo(dimension_accuracy(messages).to_string(index=False))
    if data is not None:
        if not (data / "rfq" / "rfq_posts.csv").exists():
            raise click.ClickException(f"{data / 'rfq' / 'rfq_posts.csv'} does not exist. Name the real sets' folder.")
        posts = gold_posts(half, data)
        pairs = scored(posts, found_signals(posts, meaning), catalogue)
        click.echo(f"\n{len(posts)} posts\n" + precision_recall(pairs, None).to_string(index=False))


if __name__ == "__main__":
    main()
