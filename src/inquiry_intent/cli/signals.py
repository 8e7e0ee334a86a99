"""Command `signals`: the buyers' words as named signals, and the check of the signal catalogue."""

import io
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from inquiry_intent.cli.data import say_notes
from inquiry_intent.progress import step

if TYPE_CHECKING:
    import pandas as pd

    from inquiry_intent.signals.catalogue import Catalogue

FILE = click.Path(path_type=Path)
_COLOURS = {"intent": "green", "role": "blue", "potential": "magenta", "quality": "yellow"}


class _FindOrCheck(click.Group):
    """`signals INPUT …` finds signals; `signals check …` checks the catalogue."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        known = args and (args[0] in self.commands or args[0] == "--help")
        return super().parse_args(ctx, args if known else ["find", *args])


@click.group("signals", cls=_FindOrCheck)
def signals_command() -> None:
    """Find the buyers' signals: `signals INPUT -o OUT`. See `signals find --help`.

    Example:

    \b
        inquiry-intent signals messages.csv -o hits.csv
        inquiry-intent signals check
    """


@signals_command.command("find")
@click.argument("source", metavar="INPUT", type=click.Path(exists=True, path_type=Path, allow_dash=True))
@click.option("-o", "--output", type=FILE, help="One row a hit: .parquet, .csv or .xlsx")
@click.option("--explain", is_flag=True, help="Print each text with its hits marked in colour.")
@click.option("--catalogue", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Your own catalogue.")
@click.option("--params", type=click.Path(exists=True, path_type=Path), help="Product words and exchange rates.")
@click.option(
    "--meaning/--no-meaning",
    default=True,
    help="Weigh hits by what their sentence says, and find paraphrases that no pattern knows (slower).",
)
def find_command(
    source: Path, output: Path | None, explain: bool, catalogue: Path | None, params: Path | None, meaning: bool
) -> None:
    """Find the signals in the messages of INPUT.

    INPUT is a tables folder (its inbound messages), a CSV or JSON lines file with message_id and text (and inquiry_id,
    language and sent_at, if known), or - for one text on standard input. A message without an inquiry_id is one of its
    own. Days to a date are counted from sent_at.

    Example:

    \b
        inquiry-intent signals messages.csv -o hits.csv
        echo "Can you ship 500 pcs before May?" | inquiry-intent signals - --explain
    """
    from inquiry_intent.cli.line import check_output, write_result_tables
    from inquiry_intent.config import load_config
    from inquiry_intent.progress import step
    from inquiry_intent.signals.catalogue import load_catalogue
    from inquiry_intent.signals.finding import find_signals, languages_of

    if output is None and not explain:
        raise click.UsageError("Give --output, --explain or both.")
    if output is not None:
        check_output(output)
    config = load_config(params) if params else None
    messages, left_out = _read(source)
    with step("reading the buyers' words"):
        ours = load_catalogue(catalogue)
        words, rates = (config.features.product_words, config.features.usd_rates) if config else ((), None)
        told = messages.assign(language=languages_of(messages))
        hits = find_signals(told, ours, words, rates)
    if meaning:
        with step("weighing what each sentence says"):
            hits = with_meaning(told, hits, ours)
    if explain:
        _print(messages, hits, ours)
    if output is not None:
        ids = messages["message_id"]
        inquiries = messages.get("inquiry_id", ids).fillna(ids).set_axis(ids)
        hits.insert(1, "inquiry_id", hits["message_id"].map(inquiries))
        write_result_tables(hits, left_out, "signals", output)
        click.echo(f"Wrote {output}", err=True)
    shown = hits["message_id"].nunique()
    click.echo(
        f"{len(messages) + len(left_out)} messages = {shown} with signals ({len(hits)} hits) + "
        f"{len(messages) - shown} without + {len(left_out)} left out",
        err=True,
    )


def with_meaning(messages: "pd.DataFrame", hits: "pd.DataFrame", catalogue: "Catalogue") -> "pd.DataFrame":
    """The hits that their sentences bear out, and further ones by meaning.

    Signals of the user's own, which the shipped judge does not know, are learned from the catalogue's sentences; that
    is kept in the user's cache folder.
    """
    from inquiry_intent.embedding import MULTILINGUAL_MODEL, EmbeddingStore, SentenceEncoder
    from inquiry_intent.signals.judging import judge_encoder, judge_hits, shipped_judge
    from inquiry_intent.signals.meaning import find_by_meaning, load_meaning

    judge = shipped_judge()
    both = judge_hits(messages, hits, catalogue, judge, judge_encoder())
    own = [name for name in catalogue.signals if name not in judge.names]
    if not own:
        return both
    encoder = SentenceEncoder(MULTILINGUAL_MODEL, batch_size=64, precision="float32")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "inquiry-intent"
    learned = load_meaning(catalogue, encoder, EmbeddingStore(cache, encoder.fingerprint))
    return find_by_meaning(messages, both, catalogue, learned, encoder, only=own)


@signals_command.command("check")
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--notes/--no-notes", default=True, help="Also list languages that a signal lacks.")
def check_command(files: tuple[Path, ...], notes: bool) -> None:
    """Check catalogue FILES, or the package's catalogue: its form, its patterns and every example sentence.

    Example:

    \b
        inquiry-intent signals check my_signals.yaml
    """
    from inquiry_intent.errors import ConfigError
    from inquiry_intent.signals.check import check_files

    try:
        problems, missing, summary = check_files(list(files))
    except ConfigError as error:
        raise click.ClickException(str(error)) from error
    for line in [*problems, *(missing if notes else [])]:
        click.echo(line)
    click.echo(summary, err=True)
    sys.exit(bool(problems))


@signals_command.command("learn")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("-o", "--output", type=FILE, help="Default: the file that the package ships.")
def learn_command(folder: Path, output: Path | None) -> None:
    """Learn the judge of signals from the labelled messages in FOLDER, and say how well it does on unseen ones.

    Example:

    \b
        inquiry-intent signals learn data/labelled
    """
    from inquiry_intent.signals.catalogue import shipped_catalogue
    from inquiry_intent.signals.judging import SHIPPED
    from inquiry_intent.signals.learning import learn_judge, read_labelled
    from inquiry_intent.storage import check_writable

    check_writable(output or SHIPPED)
    messages = read_labelled(folder)
    with step(f"learning from {len(messages)} messages (some minutes)") as progress:
        judge, text = learn_judge(messages, shipped_catalogue(), progress)
    click.echo(text)
    judge.save(output or SHIPPED)
    click.echo(f"Wrote {output or SHIPPED}", err=True)


def _read(source: Path) -> tuple["pd.DataFrame", "pd.DataFrame"]:
    """The messages to search, and those that are left out with the reason."""
    import pandas as pd

    from inquiry_intent.sources.encodings import decoded
    from inquiry_intent.sources.markup import plain_text
    from inquiry_intent.sources.texts import buyers_texts, read_texts
    from inquiry_intent.storage import read_tables

    if str(source) == "-":
        stream, guessed = decoded(io.BytesIO(sys.stdin.buffer.read()), "standard input", None)
        say_notes(guessed)
        # Half a surrogate pair stands for a byte that is no text; it cannot be printed.
        text = stream.read().encode(errors="surrogateescape").decode(errors="replace").replace("\r\n", "\n")
        return buyers_texts(pd.DataFrame({"message_id": ["-"], "text": [plain_text(text)]}))
    if source.is_dir():
        return buyers_texts(read_tables(source).messages)
    frame, notes = read_texts(source)
    say_notes(notes)
    return buyers_texts(frame)


def _print(messages: "pd.DataFrame", hits: "pd.DataFrame", catalogue: "Catalogue") -> None:
    """Each text with its hits in the colour of their dimension, red where they lower it."""
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    by_message = dict(list(hits.groupby("message_id", sort=False)))
    for message_id, text in zip(messages["message_id"], messages["text"], strict=True):
        marked, lines = Text(text), []
        for hit in by_message[message_id].to_dict("records") if message_id in by_message else ():
            signal = catalogue.signals[hit["signal"]]
            colour = "red" if signal.direction < 0 else _COLOURS[signal.dimension]
            marked.stylize(f"bold {colour}", hit["start"], hit["end"])
            stated = "" if isinstance(hit["unit"], float) else f"  = {hit['value']:g} {hit['unit']}"
            lines.append(f"  {hit['signal']}: {hit['evidence']}{stated}")
        console.rule(str(message_id))
        console.print(marked)
        for line in lines:
            console.print(line, style="dim", markup=False)
