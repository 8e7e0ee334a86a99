"""How good is the model on real inquiries, beside peers that learn from the same rows?

python -m benchmarks.quality peers      the table of reports/benchmark.md
python -m benchmarks.quality ladder     what each part adds
python -m benchmarks.quality curve      how much history it takes
python -m benchmarks.quality fair       what the model loses without the buyer's country and region
python -m benchmarks.quality limit      how near it comes to the best possible, on simulated inquiries
python -m benchmarks.quality interval   how many true probabilities the interval beside a probability holds, on the same
"""

import multiprocessing
import pickle
import resource
import tempfile
import time
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import click
import numpy as np
import pandas as pd

from benchmarks.peers import AUTOGLUON_HELP, ON_REQUEST, OURS, PEERS, SHORT, Peer, has_autogluon, majority, ours, rules
from inquiry_intent.config import Config, Target, load_config
from inquiry_intent.doubt import SHARE, STRETCH
from inquiry_intent.embedding import EmbeddingStore, embed_texts, load_encoder
from inquiry_intent.features.history import is_same_number
from inquiry_intent.features.text import BUYER_TEXT
from inquiry_intent.labels import label_gap_days, label_snapshots
from inquiry_intent.line import has_texts
from inquiry_intent.metrics import calibration_error, compare, conversion_metrics, tier_metrics
from inquiry_intent.preprocessing import fold_of
from inquiry_intent.scoring import training_features
from inquiry_intent.simulate import TRUTH, simulate, true_probability
from inquiry_intent.sources.ingest import read_export
from inquiry_intent.sources.mapping import load_mapping
from inquiry_intent.tables import TEXT, Tables
from inquiry_intent.training import Rows, labelled_rows, looked_at, train
from inquiry_intent.tuning import forward_folds

ROOT = Path(__file__).parents[1]
MAPPINGS = ROOT / "data/mappings"
#: Each set, the targets it can teach, and its folder below --data.
SETS: dict[str, tuple[Target, ...]] = {
    "opportunities": ("conversion", "client_tier"),
    "inquiries_timing": ("conversion",),
    "negotiation": ("conversion",),
}
#: Set and target of figures over all of them.
ALL = "all"
FOLDS = 3
LIMIT_DRAWS = 200
SIMULATION_SEED = 7
KIB_PER_MIB = 1024
#: Groups (clients) to learn from, for the curve.
SIZES = (50, 100, 200, 500, 1000)
CONVERSION = ("log_loss", "average_precision", "roc_auc", "brier", "calibration_error")
TIER = ("log_loss", "rps", "macro_f1", "quadratic_kappa", "accuracy")
INTERVALS = (
    "Intervals are 95 % of a bootstrap over whole clients, or the wider groups that the split keeps together, paired: "
    "below 0, the line is the better one."
)
PEERS_TEXT = f"""# Quality on real inquiries

Written by `python -m benchmarks.quality peers`. All predictors learn from the same rows and columns and predict the
same rows of three folds: forward in time (`opportunities`, `negotiation`), by groups (`inquiries_timing`). {INTERVALS}
The labels of `opportunities` and `negotiation` are final statuses, whenever they came: for every predictor alike, an
inquiry opened before a period teaches how it ended, even where it ended within that period.
Seconds and MiB are a fold's training and prediction, and the peak above the data.
"""
LADDER_TEXT = f"""# What each part adds

Written by `python -m benchmarks.quality ladder`, on the folds of the benchmark. {INTERVALS}
"""
CURVE_TEXT = f"""# How much history it takes

Written by `python -m benchmarks.quality curve`, on the folds of the benchmark. {INTERVALS}
"""
FAIR_TEXT = f"""# Without country and region

Written by `python -m benchmarks.quality fair`, on the folds of the benchmark: the model without any column that names
the buyer's country or region, or rests on it, beside the full one. {INTERVALS}
"""
SIMULATED_TEXT = """The inquiries are SIMULATED: texts put together from phrasings that our patterns know well.
They show that the machinery works, not what signals are worth on real inquiries.
"""
LIMIT_TEXT = """# Distance to the limit, on SIMULATED inquiries

Written by `python -m benchmarks.quality limit`. The simulation knows the true probability of every inquiry, which no
model can beat; it knows each buyer's hidden kind too, so the best possible reader of the records stays below 1.
*Limit reached* is (AUC - 0.5) / (AUC of the truth - 0.5) on the test period. This tells how well the
machinery learns, and nothing about real buyers. *Calibration error* is the mean distance of predictions from the mean
truth, over ten bins; *distance* is the mean distance of each prediction from its truth. Intervals are 95 % of a
bootstrap over clients.
"""
INTERVAL_TEXT = f"""# The interval beside a probability, on SIMULATED inquiries

Written by `python -m benchmarks.quality interval`. It is meant to hold {SHARE:.0%} of the true probabilities; only
a simulation knows them. *Needed*: the stretch of the two parts (`inquiry_intent.doubt`) that holds so many; what ships
has {STRETCH}. *Lowest fifth*: of the inquiries with the lowest probabilities.
"""


@dataclass(frozen=True)
class Task:
    """One target of one set: for each fold the rows to learn from and the later, or other, rows to predict."""

    name: str
    target: Target
    config: Config
    folds: list[tuple[Rows, Rows]]
    #: Client of each inquiry.
    clients: pd.Series

    def looked_at(self) -> "Task":
        """With the columns alone that ours looks at: what is left aside for ours does the peers no good either."""
        see = partial(looked_at, target=self.target, settings=self.config.train)
        return replace(self, folds=[(see(known), see(test)) for known, test in self.folds])

    def actual(self) -> tuple[np.ndarray, np.ndarray]:
        """Class index of all predicted rows, fold after fold; and what is drawn whole for intervals.

        A split need not keep clients on one side to have several rows of one client, so without groups of its own
        clients are drawn.
        """
        y = np.concatenate([test.y for _, test in self.folds])
        units = [
            test.group if self.config.split.group_by else self.clients[test.X.index.get_level_values("inquiry_id")]
            for _, test in self.folds
        ]
        return y, np.concatenate([unit.astype(str).to_numpy() for unit in units])


def read_tasks(data: Path, params: Path, only: str | None, similarity: bool = False) -> list[Task]:
    """Read each set and cut it into folds; `similarity`: with its features, whatever the parameters say."""
    tasks = []
    for name, targets in SETS.items():
        if only not in (None, name):
            continue
        if not (data / name).is_dir():
            raise click.ClickException(
                f"{data / name} does not exist. Name the folder of the real sets with --data; they may not be "
                "redistributed, so they are no part of this project."
            )
        read = read_labelled(data / name, MAPPINGS / f"{name}.yaml", params, embeddings=True, similarity=similarity)
        tasks += tasks_of(name, read, targets)
    return tasks


@dataclass(frozen=True)
class Labelled:
    """An export as the line reads and labels it, and what it knows of each text."""

    tables: Tables
    snapshots: pd.DataFrame
    texts: pd.DataFrame
    config: Config

    def rows(self, targets: tuple[Target, ...], snapshots: pd.DataFrame | None = None) -> dict[Target, Rows]:
        """Labelled rows of each target, by its own split or that of other `snapshots`."""
        split = self.snapshots if snapshots is None else snapshots
        features = training_features(self.tables, split, self.texts, self.config.features)
        inquiries, leaks = self.tables.inquiries, self.tables.info.tier_leaks
        return {target: labelled_rows(features, split, inquiries, target, leaks) for target in targets}


def read_labelled(export: Path, mapping: Path, params: Path, embeddings: bool, similarity: bool = False) -> Labelled:
    """Read an export; without embeddings it is quicker."""
    how = load_mapping(mapping)
    config = load_config(params, how.params)
    tables = read_export(export, how).tables
    encoder = load_encoder(config.embed) if embeddings and has_texts(tables) else None
    store = EmbeddingStore(config.embed.store, encoder.fingerprint) if encoder else None
    texts = embed_texts(tables.messages, encoder, store, similarity=similarity or config.embed.similarity)
    return Labelled(tables, label_snapshots(tables, config), texts, config)


def tasks_of(name: str, read: Labelled, targets: tuple[Target, ...]) -> list[Task]:
    """The tasks of one export."""
    clients = read.tables.inquiries.set_index("inquiry_id")["client_id"]
    return [Task(name, target, read.config, folds, clients) for target, folds in folds_of(read, targets).items()]


def folds_of(read: Labelled, targets: tuple[Target, ...]) -> dict[Target, list[tuple[Rows, Rows]]]:
    """Three folds: in time the shipped test period and the two tenths before it, else three fifths of the groups."""
    if read.config.split.method == "time":
        gap = pd.Timedelta(days=label_gap_days(read.tables, read.config))
        return {target: forward(rows, gap) for target, rows in read.rows(targets).items()}
    # Features are made for each fold: what training rows know of the past may not tell the fold's own outcomes.
    folds = [read.rows(targets, split) for split in grouped(read.snapshots, read.config.split.seed)]
    return {target: [(rows[target].of("train"), rows[target].of("test")) for rows in folds] for target in targets}


def forward(rows: Rows, gap: pd.Timedelta) -> list[tuple[Rows, Rows]]:
    """The rows before the test period and those in it; and two periods before it. `gap`: after it a label is known."""
    known = rows.of("train", "valid", "final_fit")
    return [(known, rows.of("test")), *forward_folds(known, (0.75, 0.875), gap)]


def grouped(snapshots: pd.DataFrame, seed: int) -> list[pd.DataFrame]:
    """The snapshots split anew, three times: another fifth of the groups is the test side, the others train."""
    usable = snapshots["split"].notna()
    fold = fold_of(snapshots.loc[usable, "group"], 5, seed)
    sides = [pd.Series(np.where(fold == i, "test", "train"), index=snapshots.index[usable]) for i in range(FOLDS)]
    return [snapshots.assign(split=side.reindex(snapshots.index).astype(TEXT)) for side in sides]


def peak_kib() -> int:
    """The most memory that this process has held. `getrusage` also counts what its parent held when it began."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    [line] = [line for line in status.read_text().splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1])


def _run(path: str, peer: Peer, answer: Any) -> None:
    """In a process of its own: time and memory are this peer's alone."""
    task: Task = pickle.loads(Path(path).read_bytes())
    before = peak_kib()
    start = time.perf_counter()
    made = [peer(known, test.X, task.target, task.config) for known, test in task.folds]
    seconds = (time.perf_counter() - start) / len(task.folds)
    # A peer may do its work in a process that it starts.
    peak = max(peak_kib(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
    memory = (peak - before) / KIB_PER_MIB
    answer.send((made, seconds, memory))


def predicted(task: Task, peers: dict[str, Peer]) -> tuple[dict[str, np.ndarray], pd.DataFrame]:
    """Each peer's probabilities of the predicted rows; and seconds a fold and peak memory (MiB above the data)."""
    context = multiprocessing.get_context("spawn")
    p, costs = {}, []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "task.pickle"
        path.write_bytes(pickle.dumps(task))
        for name, peer in peers.items():
            click.echo(f"{task.name} {task.target}: {name} …", err=True)
            receive, send = context.Pipe(duplex=False)
            process = context.Process(target=_run, args=(str(path), peer, send))
            process.start()
            send.close()
            try:
                made, seconds, memory = receive.recv()
            except EOFError:
                raise click.ClickException(f"{name} failed on {task.name}; its error stands above.") from None
            process.join()
            if made[0] is None:
                continue
            p[name] = np.concatenate(made)
            costs.append({"predictor": name, "seconds": seconds, "mib": memory})
    return p, pd.DataFrame(costs)


def figures(task: Task, p: dict[str, np.ndarray], against: Mapping[str, str]) -> pd.DataFrame:
    """`metrics.compare` of the predictors."""
    against = {name: other for name, other in against.items() if {name, other} <= set(p)}
    y, groups = task.actual()
    if task.target == "client_tier":
        return compare(y, p, groups, tier_metrics, task.config.evaluate, against)
    scored = partial(conversion_metrics, capacity_share=task.config.evaluate.capacity_share)
    return compare(y, {name: q[:, 1] for name, q in p.items()}, groups, scored, task.config.evaluate, against)


def measured(task: Task, peers: dict[str, Peer], against: Mapping[str, str]) -> pd.DataFrame:
    """All figures of one task in long form: set, target, predictor, metric, value, low, high, seconds, mib."""
    p, costs = predicted(task, peers)
    table = figures(task, p, against).merge(costs, on="predictor", how="left")
    return table.assign(set=task.name, target=task.target, rows=len(task.actual()[0]))


def with_ranks(table: pd.DataFrame) -> pd.DataFrame:
    """The table of `measured`, and two rows more a predictor, of set and target `all`.

    `mean_rank`: its place by log loss (1 is best, ties share), mean over sets and targets; `rank_tasks`: of how many,
    since a predictor that needs texts is not in all of them.
    """
    losses = table[(table["metric"] == "log_loss") & ~table["predictor"].str.contains(" minus ", regex=False)]
    places = losses.assign(place=losses.groupby(["set", "target"], sort=False)["value"].rank())
    means = places.groupby("predictor")["place"].agg(mean_rank="mean", rank_tasks="size").sort_values("mean_rank")
    rows = means.rename_axis(columns="metric").stack().rename("value").reset_index()
    return pd.concat([table, rows.assign(set=ALL, target=ALL)], ignore_index=True)


def ranks_markdown(table: pd.DataFrame) -> str:
    """The closing table: predictors by mean rank."""
    part = table[table["set"] == ALL].pivot(index="predictor", columns="metric", values="value")
    lines = [
        "\n### Mean rank by log loss over sets and targets\n",
        "1 is best; the rank is among the predictors of each set and target.\n",
        "| predictor | mean rank | sets and targets |",
        "|---|---|---|",
    ]
    for predictor, row in part.sort_values("mean_rank", kind="stable").iterrows():
        lines.append(f"| {predictor} | {row['mean_rank']:.2f} | {row['rank_tasks']:.0f} |")
    return "\n".join(lines) + "\n"


def as_markdown(table: pd.DataFrame) -> str:
    """One table a set and target, a line a predictor, with the paired difference of its log loss; then the ranks."""
    lines: list[str] = []
    for (name, target), part in table[table["set"] != ALL].groupby(["set", "target"], sort=False):
        metrics = CONVERSION if target == "conversion" else TIER
        lines += [f"\n### {name}, {target}: {part['rows'].iloc[0]:.0f} predicted rows\n"]
        shown = [*metrics, "log loss minus another", "seconds", "MiB"]
        lines += [
            "| predictor | " + " | ".join(m.replace("_", " ") for m in shown) + " |",
            "|---" * (len(shown) + 1) + "|",
        ]
        cells = part.set_index(["predictor", "metric"])
        for predictor in [x for x in dict.fromkeys(part["predictor"]) if " minus " not in x]:
            row = [f"{cells.loc[(predictor, m), 'value']:.3f}" for m in metrics]
            prefix = f"{predictor} minus "
            for difference in [x for x in dict.fromkeys(part["predictor"]) if x.startswith(prefix)]:
                gap, other = cells.loc[(difference, "log_loss")], difference.removeprefix(prefix)
                bounds = "–" if np.isnan(gap["low"]) else f"{gap['low']:+.4f} to {gap['high']:+.4f}"
                row.append(f"{gap['value']:+.4f} ({bounds}), minus {other}")
            row += [""] * (len(metrics) + 1 - len(row))
            cost = cells.loc[(predictor, "log_loss")]
            row += [f"{cost['seconds']:.1f}", f"{cost['mib']:.0f}"]
            lines.append(f"| {predictor} | " + " | ".join(row) + " |")
    return "\n".join(lines) + "\n" + (ranks_markdown(table) if table["set"].eq(ALL).any() else "")


def report_file(output: Path, suffix: str) -> Path:
    """A report's file; `with_suffix` would take the `.ladder` of a name for a suffix and write over another report.

    >>> report_file(Path("reports/benchmark.ladder"), ".md").name
    'benchmark.ladder.md'
    """
    return output.with_name(output.name + suffix)


def write_report(table: pd.DataFrame, text: str, output: Path, markdown: str | None = None) -> None:
    """`output`.md for people (`markdown`: the table as text, else `as_markdown`) and `output`.csv with every figure."""
    output.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(report_file(output, ".csv"), index=False, float_format="%.6g")
    report_file(output, ".md").write_text(f"{text}\n{as_markdown(table) if markdown is None else markdown}")
    click.echo(f"Wrote {report_file(output, '.md')} and .csv", err=True)


def changed(rows: Rows, X: pd.DataFrame, target: Target, config: Config, rung: dict[str, Any]) -> np.ndarray:
    """Ours with some parts off.

    `without` names beginnings and ends of columns' names, `here` parameters that list the targets they serve and
    whether they serve this one, `train` and `words` other parameters. What is not named is as it ships.
    """
    without = (*rung["without"], *(() if rung.get("similarity") else (SIMILARITY,)))
    keep = [c for c in X if not (c.startswith(without) or c.endswith(without))]
    words = config.train.words.model_copy(update=rung.get("words", {}))
    here = {name: [target] * serves for name, serves in rung.get("here", {}).items()}
    train = config.train.model_copy(update={**rung.get("train", {}), **here, "words": words})
    only = Rows(rows.X[keep], rows.y, rows.split, rows.group)
    return ours(only, X[keep], target, config.model_copy(update={"train": train}))


NO_TEXT = ("signal_", "emb_", BUYER_TEXT)
#: End of the names of the features that say how close a text comes to a signal.
SIMILARITY = "_similarity"
ALONE: dict[str, Any] = {"members": ["words", "linear", "trees"], "rules_stacked": False}
#: What each rung has that the one it stands on (`stands_on`) has not.
LADDER: dict[str, dict[str, Any]] = {
    "tabular": {"without": NO_TEXT, "train": ALONE, "here": {"same_numbers": False, "rates": False}},
    "+ same numbers": {"without": NO_TEXT, "train": ALONE, "here": {"same_numbers": True, "rates": False}},
    "+ rates of categories": {"without": NO_TEXT, "train": ALONE, "here": {"rates": True}},
    "+ signals": {"without": NO_TEXT[1:], "train": ALONE},
    "+ words": {"without": ["emb_"], "train": ALONE, "words": {"stacked": False}},
    "+ embeddings": {"without": [], "train": ALONE, "words": {"stacked": False}},
    "+ rules": {"without": [], "train": {"rules_stacked": False}, "words": {"stacked": False}},
    "+ similarity to signals": {
        "without": [],
        "similarity": True,
        "train": {"rules_stacked": False},
        "words": {"stacked": False},
    },
    "+ words stacked": {"without": [], "train": {"rules_stacked": False}, "words": {"stacked": True}},
    "+ rules stacked": {"without": [], "train": {"rules_stacked": True}, "words": {"stacked": False}},
}
#: Rungs that add nothing where nobody wrote.
OF_TEXTS = (
    "rules without signals",
    "+ signals",
    "+ words",
    "+ embeddings",
    "+ similarity to signals",
    "+ words stacked",
)
#: Rungs that do not ship: the next one stands beside them, not on them.
BESIDE = ("+ similarity to signals", "+ words stacked", "+ rules stacked")
#: Rungs that ship for some of the targets, which the parameter lists.
OF_TARGETS = {"+ same numbers": "same_numbers", "+ rates of categories": "rates"}
#: Words in the names of columns that tell where a buyer is.
PLACES = ("country", "region", "territory", "currency", "local_hour", "local_weekday", "working_hours")


def place_columns(X: pd.DataFrame) -> list[str]:
    """Columns that tell where a buyer is, or rest on it, of those that tell anything."""
    return [c for c in X if any(word in str(c).lower() for word in PLACES) and X[c].notna().any()]


@click.group()
def main() -> None:
    """Measure quality on real sets, which are read in place."""


DATA = click.option(
    "--data", type=click.Path(path_type=Path), default=Path("../shared/data"), show_default=True, help="Real sets."
)
PARAMS = click.option("--params", type=click.Path(path_type=Path), default=Path("params.yaml"), show_default=True)
ONLY = click.option("--only", type=click.Choice(list(SETS)), help="One set.")
OUTPUT = click.option("-o", "--output", type=click.Path(path_type=Path), help="Report without its suffix.")


def on_real_sets(command: Any) -> Any:
    """The options of every command that measures real sets."""
    for option in (OUTPUT, ONLY, PARAMS, DATA):
        command = option(command)
    return command


@main.command("peers")
@on_real_sets
@click.option(
    "--peer", "chosen", multiple=True, type=click.Choice(list(SHORT)), metavar="NAME",
    help=f"A peer to measure; may be repeated. Default: all but {', '.join(ON_REQUEST)}. One of: {', '.join(SHORT)}.",
)  # fmt: skip
def peers_command(data: Path, params: Path, only: str | None, output: Path | None, chosen: tuple[str, ...]) -> None:
    """Ours beside its peers on the same rows.

    Example:

    \b
        python -m benchmarks.quality peers --data ../shared/data
        python -m benchmarks.quality peers --peer catboost --peer autogluon --only negotiation
    """
    peers = chosen_peers(chosen)
    against = {name: OURS for name in peers if name != OURS}
    tables: list[pd.DataFrame] = []
    for task in read_tasks(data, params, only):
        tables.append(measured(task.looked_at(), peers, against))
        # After each set: a run of an hour that is stopped leaves what it has measured.
        table = pd.concat(tables, ignore_index=True)
        write_report(with_ranks(table), PEERS_TEXT, output or Path("reports/benchmark"))


def chosen_peers(chosen: tuple[str, ...]) -> dict[str, Peer]:
    """The peers of these short names, or all that need no asking; ours always stands beside them."""
    wanted = {SHORT[name] for name in chosen or [name for name in SHORT if name not in ON_REQUEST]}
    if "autogluon" in chosen and not has_autogluon():
        raise click.ClickException(AUTOGLUON_HELP)
    return {name: peer for name, peer in PEERS.items() if name in wanted | {OURS}}


@main.command("ladder")
@on_real_sets
@click.option("--simulated", type=click.IntRange(min=500), help="Instead of real sets, so many SIMULATED inquiries.")
def ladder_command(data: Path, params: Path, only: str | None, output: Path | None, simulated: int | None) -> None:
    """What each part of the model adds: rules, tabular, signals, words, embeddings, rules in the blend.

    Example:

    \b
        python -m benchmarks.quality ladder --only negotiation
        python -m benchmarks.quality ladder --simulated 2500
    """
    if simulated:
        tasks = simulated_tasks(simulated, params)
        text, file = f"{LADDER_TEXT}\n{SIMULATED_TEXT}", "benchmark.ladder.simulated"
    else:
        tasks, text, file = read_tasks(data, params, only, similarity=True), LADDER_TEXT, "benchmark.ladder"
    tables = []
    for task in tasks:
        rungs = rungs_of(task)
        tables.append(measured(task, rungs, stands_on(list(rungs), task)))
    write_report(pd.concat(tables, ignore_index=True), text, output or Path("reports") / file)


def rungs_of(task: Task) -> dict[str, Peer]:
    """The rungs that have something to add on a set, from the base rate upwards."""
    rungs: dict[str, Peer] = {"majority": majority, "rules without signals": deaf_rules, "rules": rules}
    rungs |= {name: partial(changed, rung=rung) for name, rung in LADDER.items()}
    known, _ = task.folds[0]
    idle = set() if BUYER_TEXT in known.X and known.X[BUYER_TEXT].notna().any() else {*OF_TEXTS}
    idle |= set() if any(is_same_number(str(c)) for c in known.X) else {"+ same numbers"}
    return {name: rung for name, rung in rungs.items() if name not in idle}


def stands_on(rungs: list[str], task: Task) -> dict[str, str]:
    """The rung that each is measured against: the last one before it that ships for the task's target."""
    beside = {
        *BESIDE,
        *(name for name, lists in OF_TARGETS.items() if task.target not in getattr(task.config.train, lists)),
    }
    on, last = {}, ""
    for name in rungs:
        on |= {name: last} if last else {}
        last = last if name in beside else name
    return on


def simulated_tasks(inquiries: int, params: Path) -> list[Task]:
    """The demo corpus, split forward in time as any export."""
    read, _ = simulated_export(inquiries, SIMULATION_SEED, params, embeddings=True, similarity=True)
    targets: tuple[Target, ...] = ("conversion", "client_tier")
    return [replace(task, folds=task.folds[:1]) for task in tasks_of("SIMULATED demo", read, targets)]


def deaf_rules(rows: Rows, X: pd.DataFrame, target: Target, config: Config) -> np.ndarray:
    """The rule card of somebody who does not know what the buyer says."""
    signals = [c for c in X if c.startswith("signal_")]
    unheard = Rows(rows.X.assign(**dict.fromkeys(signals, np.nan)), rows.y, rows.split, rows.group)
    return rules(unheard, X.assign(**dict.fromkeys(signals, np.nan)), target, config)


@main.command("curve")
@on_real_sets
def curve_command(data: Path, params: Path, only: str | None, output: Path | None) -> None:
    """How much history it takes: ours, the model without the rules, and the rules, by inquiries to learn from.

    Example:

    \b
        python -m benchmarks.quality curve --only opportunities
    """
    alone = partial(changed, rung={"without": [], "train": ALONE})
    predictors: dict[str, Peer] = {"majority": majority, "rules": rules, "model without rules": alone, OURS: ours}
    against = {OURS: "rules", "rules": "majority", "model without rules": OURS, "majority": OURS}
    tables = []
    for task in read_tasks(data, params, only):
        for size in (*SIZES, None):
            folds = [(known.take(_some(known, size, task.config.split.seed)), test) for known, test in task.folds]
            name = f"{task.name}, {size or 'all'} groups"
            tables.append(measured(replace(task, name=name, folds=folds), predictors, against))
    write_report(pd.concat(tables, ignore_index=True), CURVE_TEXT, output or Path("reports/benchmark.curve"))


@main.command("fair")
@on_real_sets
def fair_command(data: Path, params: Path, only: str | None, output: Path | None) -> None:
    """What the model loses if it may not know where a buyer is.

    Example:

    \b
        python -m benchmarks.quality fair --only opportunities
    """
    blind = "without country and region"
    tables = []
    for task in read_tasks(data, params, only):
        places = place_columns(task.folds[0][0].X)
        if not places:
            click.echo(f"{task.name} {task.target}: no column tells where a buyer is.", err=True)
            continue
        click.echo(f"{task.name} {task.target}: without {', '.join(places)}", err=True)
        predictors: dict[str, Peer] = {OURS: ours, blind: partial(changed, rung={"without": places})}
        tables.append(measured(task, predictors, {blind: OURS}))
    if not tables:
        raise click.ClickException("No set tells where a buyer is.")
    table = pd.concat(tables, ignore_index=True)
    write_report(table, FAIR_TEXT, output or Path("reports/benchmark.fair"))


@main.command("limit")
@click.option(
    "--inquiries", type=click.IntRange(min=500), default=20_000, show_default=True, help="How many to simulate."
)
@click.option("--seed", type=int, default=SIMULATION_SEED, show_default=True)
@click.option("--embeddings/--no-embeddings", default=True, show_default=True, help="Without them it is quicker.")
@PARAMS
@OUTPUT
def limit_command(inquiries: int, seed: int, embeddings: bool, params: Path, output: Path | None) -> None:
    """How near the model comes to the best possible, on simulated inquiries whose true probability is known.

    Example:

    \b
        python -m benchmarks.quality limit --inquiries 20000 --no-embeddings
    """
    read, truth = simulated_export(inquiries, seed, params, embeddings)
    rows, config = read.rows(("conversion",))["conversion"], read.config
    known, test = rows.of("train", "valid", "final_fit"), rows.of("test")
    click.echo(f"learning from {len(known.y):,} snapshots, predicting {len(test.y):,} …", err=True)
    p = {name: peer(known, test.X, "conversion", config) for name, peer in ((OURS, ours), ("rules", rules))}
    table = limits(test, {name: q[:, 1] for name, q in p.items() if q is not None}, truth, config)
    head = f"{inquiries:,} inquiries simulated with seed {seed}, {'with' if embeddings else 'without'} embeddings.\n"
    lines = limits_markdown(table)
    click.echo(f"SIMULATED inquiries:\n{lines}", nl=False)
    write_report(table, f"{LIMIT_TEXT}\n{head}", output or Path("reports/benchmark.limit"), lines)


def best_possible(test: Rows, truth: pd.DataFrame, config: Config) -> np.ndarray:
    """The true probability of each row at its age."""
    ids = test.X.index.get_level_values("inquiry_id")
    ages = test.X["age_days"].round(6).to_numpy()
    best = np.empty(len(ids))
    by_inquiry = truth.set_index("inquiry_id")
    for age in np.unique(ages):
        chosen = ages == age
        drawn = by_inquiry.loc[ids[chosen]]
        best[chosen] = true_probability(drawn, float(age), config.label.horizon_days).to_numpy()
    return best


def simulated_export(
    inquiries: int, seed: int, params: Path, embeddings: bool, similarity: bool = False
) -> tuple[Labelled, pd.DataFrame]:
    """Inquiries of a simulation as the line reads them, and the truth about them."""
    with tempfile.TemporaryDirectory() as folder:
        simulate(inquiries, seed, Path(folder) / "export")
        truth = pd.read_parquet(Path(folder) / "export" / TRUTH)
        return read_labelled(Path(folder) / "export", MAPPINGS / "demo.yaml", params, embeddings, similarity), truth


def limits(test: Rows, predicted: dict[str, np.ndarray], truth: pd.DataFrame, config: Config) -> pd.DataFrame:
    """Figures of predictors beside the truth, on all rows and by age.

    Returns
    -------
    DataFrame with columns age_days (NaN: all), rows, predictor, auc, auc_of_truth, limit, low, high, calibration_error,
        distance
    """
    ages = test.X["age_days"].round(6).to_numpy()
    best = best_possible(test, truth, config)
    made = []
    for age in (None, *np.unique(ages)):
        chosen = np.ones(len(ages), dtype=bool) if age is None else ages == age
        for name, p in predicted.items():
            own = partial(_limit, p=p[chosen], best=best[chosen], y=test.y[chosen])
            groups, _ = pd.factorize(test.group[chosen])
            n = groups.max() + 1
            rng = np.random.default_rng(config.evaluate.seed)
            draws = [own(weights=np.bincount(rng.integers(0, n, n), minlength=n)[groups]) for _ in range(LIMIT_DRAWS)]
            low, high = np.quantile([draw["limit"] for draw in draws], [0.025, 0.975])
            facts = {"age_days": age, "rows": int(chosen.sum()), "predictor": name, "low": low, "high": high}
            made.append({**facts, **own(weights=np.ones(int(chosen.sum())))})
    return pd.DataFrame(made)


def _limit(p: np.ndarray, best: np.ndarray, y: np.ndarray, weights: np.ndarray) -> dict[str, float]:
    """Figures of one predictor on some rows."""
    auc, most = (conversion_metrics(y, q, weights.astype(float), 0.5)["roc_auc"] for q in (p, best))
    return {
        "auc": auc,
        "auc_of_truth": most,
        "limit": (auc - 0.5) / (most - 0.5),
        "calibration_error": calibration_error(best, p, weights.astype(float)),
        "distance": float(np.average(np.abs(p - best), weights=weights)),
    }


def limits_markdown(table: pd.DataFrame) -> str:
    """A line an age and predictor."""
    lines = [
        "| age, days | rows | predictor | AUC | AUC of the truth | limit reached | calibration error | distance |",
        "|---" * 8 + "|",
    ]
    for row in table.to_dict("records"):
        age = "all" if pd.isna(row["age_days"]) else f"{row['age_days']:g}"
        lines.append(
            f"| {age} | {row['rows']:,} | {row['predictor']} | {row['auc']:.3f} | {row['auc_of_truth']:.3f} | "
            f"{row['limit']:.3f} ({row['low']:.3f} to {row['high']:.3f}) | {row['calibration_error']:.3f} | "
            f"{row['distance']:.3f} |"
        )
    return "\n".join(lines) + "\n"


@main.command("interval")
@click.option(
    "--inquiries", type=click.IntRange(min=500), default=1500, show_default=True, help="How many to simulate."
)
@click.option(
    "--seed", "seeds", type=int, multiple=True, default=(11, 12, 13, 14), show_default=True, help="May be repeated."
)
@PARAMS
@OUTPUT
def interval_command(inquiries: int, seeds: tuple[int, ...], params: Path, output: Path | None) -> None:
    """How many true probabilities the interval beside a probability holds, on simulated inquiries without embeddings.

    Example:

    \b
        python -m benchmarks.quality interval --inquiries 5000 --seed 21 --seed 22
    """
    table = pd.DataFrame([interval_figures(inquiries, seed, params) for seed in seeds])
    lines = interval_markdown(table)
    click.echo(f"SIMULATED inquiries:\n{lines}", nl=False)
    write_report(table, INTERVAL_TEXT, output or Path("reports/benchmark.interval"), lines)


def interval_figures(inquiries: int, seed: int, params: Path) -> dict[str, float]:
    """What the interval of a model holds of the true probabilities of its test period.

    Returns
    -------
    dict
        inquiries, seed; rows: snapshots learned from; held, unstretched, lowest_fifth: shares of the true probabilities
        in the interval; width: mean; needed: the stretch that holds SHARE of them.
    """
    read, truth = simulated_export(inquiries, seed, params, embeddings=False)
    rows = read.rows(("conversion",))["conversion"]
    known, test = rows.of("train", "valid", "final_fit"), rows.of("test")
    facts = {"warnings": [], "split": "time", "period": {}, "worth": {}}
    bundle, _ = train(rows, "conversion", read.config, "none", facts)
    true, p = best_possible(test, truth, read.config), bundle.predict_proba(test.X).to_numpy()[:, 1]

    def held(bounds: pd.DataFrame) -> np.ndarray:
        inside: np.ndarray = ((bounds["low"] <= true) & (true <= bounds["high"])).to_numpy()
        return inside

    def share(stretch: float) -> float:
        return float(held(bundle.predict_interval(test.X, stretch)).mean())

    steps = np.arange(1.0, 4.0, 0.05)
    needed = bisect_left(steps, SHARE, key=share)
    bounds = bundle.predict_interval(test.X)
    inside = held(bounds)
    return {
        "inquiries": inquiries,
        "seed": seed,
        "rows": len(known.y),
        "held": inside.mean(),
        "unstretched": share(1.0),
        "width": (bounds["high"] - bounds["low"]).mean(),
        "lowest_fifth": inside[p <= np.quantile(p, 0.2)].mean(),
        "needed": steps[needed] if needed < len(steps) else np.nan,
    }


def interval_markdown(table: pd.DataFrame) -> str:
    """A line a simulation."""
    lines = [
        "| inquiries | seed | rows learned from | held | mean width | unstretched | lowest fifth | needed |",
        "|---" * 8 + "|",
    ]
    for row in table.to_dict("records"):
        lines.append(
            f"| {row['inquiries']:,.0f} | {row['seed']:.0f} | {row['rows']:,.0f} | {row['held']:.0%} "
            f"| {row['width']:.2f} | {row['unstretched']:.0%} | {row['lowest_fifth']:.0%} | {row['needed']:.2f} |"
        )
    return "\n".join(lines) + "\n"


def _some(rows: Rows, size: int | None, seed: int) -> np.ndarray:
    """The rows of `size` groups drawn by chance, or all."""
    groups = np.sort(rows.group.unique())
    drawn = np.random.default_rng(seed).permutation(groups)[: size or len(groups)]
    return rows.group.isin(drawn).to_numpy()


if __name__ == "__main__":
    main()
