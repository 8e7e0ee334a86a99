"""How many messages a second are searched for signals and numbers, and which engine should do it?

Messages of about 60 words in eight languages: simulated letters, and the catalogue's near misses put together at
random. Both are denser with signals than real posts. No message occurs twice, but sentences do, as they do in an
inbox; how many differ is said. Times are those of one processor core; what is made once a process is said apart.

    python -m benchmarks.signal_speed --messages 3000
"""

import re
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click
import numpy as np
import pandas as pd
import re2

from inquiry_intent.signals.catalogue import Catalogue, Expression, examples_of, load_catalogue
from inquiry_intent.signals.cleaning import clean_texts
from inquiry_intent.signals.computed import kept
from inquiry_intent.signals.finding import find_signals
from inquiry_intent.signals.folding import fold
from inquiry_intent.signals.language import LANGUAGES, detect_languages
from inquiry_intent.signals.matcher import Matcher
from inquiry_intent.signals.quantities import mentions
from inquiry_intent.simulate import simulate

WORDS = 60
SHORTEST, LONGEST = 50, 70
#: Chinese writes no spaces: two characters count as a word.
WORD = re.compile("[\u3400-\u9fff]{1,2}|[^\\W_\u3400-\u9fff]+")
SENTENCE = re.compile(r"[.!?。？！؟\n]+")
UNTIL = date(2026, 3, 2)
RATES = {"USD": 1.0}


def words(text: str) -> int:
    return len(WORD.findall(text))


def letters(count: int, seed: int) -> pd.DataFrame:
    """Simulated messages of buyers with 50 to 70 words, all different, with their languages."""
    with tempfile.TemporaryDirectory() as folder:
        simulate(count, seed, Path(folder) / "corpus", UNTIL)
        messages = pd.read_csv(Path(folder) / "corpus" / "messages.csv")
    written = messages[messages["direction"] == "inbound"].dropna(subset=["text"]).drop_duplicates("text")
    texts = written.loc[written["text"].map(words).between(SHORTEST, LONGEST), "text"].head(count)
    return as_messages(texts, detect_languages(texts))


def near_misses(catalogue: Catalogue, count: int, seed: int) -> pd.DataFrame:
    """Negative examples of one language each, drawn at random until they have 60 words, all different."""
    random = np.random.default_rng(seed)
    sentences: dict[str, list[str]] = {language: [] for language in LANGUAGES}
    for _, language, text, expected in examples_of(catalogue):
        if not expected:
            sentences[language].append(text)
    made: dict[str, str] = {}
    while len(made) < count:
        language = LANGUAGES[len(made) % len(LANGUAGES)]
        parts: list[str] = []
        while words(" ".join(parts)) < WORDS:
            parts.append(sentences[language][random.integers(len(sentences[language]))])
        made[" ".join(parts)] = language
    return as_messages(list(made), list(made.values()))


def as_messages(texts: Sequence[str], languages: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "message_id": [str(i) for i in range(len(texts))],
            "text": pd.Series(list(texts), dtype="str"),
            "language": list(languages),
        }
    )


def seconds(work: Callable[[], Any]) -> tuple[float, Any]:
    """Processor time of some work, and its result."""
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def patterns_and_numbers(live: Sequence[str], languages: Sequence[Any], catalogue: Catalogue) -> list[list[Any]]:
    """The hits of each cleaned message: folding, patterns, numbers, and what the whole message decides."""
    folded = [fold(text) for text in live]
    spoken = [language if isinstance(language, str) else None for language in languages]
    found = Matcher.of(catalogue).hits([f.text for f in folded], spoken)
    stated = [mentions(f, text, None, RATES) for f, text in zip(folded, live, strict=True)]
    return [kept(catalogue, f.text, hits, m, ()) for f, hits, m in zip(folded, found, stated, strict=True)]


def english(catalogue: Catalogue) -> list[Expression]:
    found = [x for e in catalogue.expressions if e.language == "en" for x in (*e.found, *e.blocked)]
    return found + [x for of in catalogue.cues.values() for x in of.get("en", ())]


def by_re(expressions: list[Expression]) -> list[re.Pattern[str]] | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        return [re.compile(x.compiled.pattern.decode()) for x in expressions]


def compare_engines(messages: pd.DataFrame, some: int, catalogue: Catalogue) -> None:
    """Time the English patterns on English messages: all patterns one by one on some, as one set, and as we do it."""
    expressions = english(catalogue)
    folded = [fold(text).text for text in messages["text"].head(some)]
    padded = [f"\n{text}\n" for text in folded]
    count = len(folded)
    compiling, patterns = seconds(lambda: by_re(expressions))
    spent, by_python = seconds(
        lambda: {(i, k) for i, p in enumerate(patterns) for k in range(count) if p.search(padded[k])}
    )
    slowest = spent / count

    def say(engine: str, spent: float, note: str = "") -> None:
        each = spent / count
        click.echo(f"  {engine:<34} {each * 1e6:>9,.0f} µs a message, {slowest / each:>6.1f} times re{note}")

    say(f"re, {len(expressions):,} patterns one by one", spent, f"; compiled in {compiling:.0f} s")
    data = [text.encode() for text in padded]
    one_by_one = lambda: {(i, k) for i, x in enumerate(expressions) for k in range(count) if x.compiled.search(data[k])}  # noqa: E731
    one_by_one()
    spent, by_re2 = seconds(one_by_one)
    say(
        "RE2, one by one",
        spent,
        "" if by_re2 == by_python else f"; {len(by_re2 ^ by_python)} of {len(by_python)} differ",
    )
    everything = [fold(text).text for text in messages["text"]]
    Matcher.of(catalogue).hits(everything, ["en"] * len(everything))
    spent, _ = seconds(lambda: Matcher.of(catalogue).hits(everything, ["en"] * len(everything)))
    note = f"; {len(everything):,} messages, with spans, negations and blocking patterns"
    say("RE2 after the word filter (ours)", spent * count / len(everything), note)
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 1 << 30
    together = re2.Set.SearchSet(options)
    for x in expressions:
        together.Add(x.compiled.pattern)
    compiling, _ = seconds(together.Compile)
    some = data[: max(1, count // 20)]
    spent, found = seconds(lambda: [together.Match(text) for text in some])
    note = f"; {sum(not f for f in found)} of {len(some)} messages without an answer; compiled in {compiling:.0f} s"
    say("RE2, as one set", spent * count / len(some), note)


def try_hyperscan(catalogue: Catalogue, limit: float) -> None:
    """Compile English patterns with hyperscan one by one until the time is over, and say what came of it."""
    import hyperscan

    expressions, refused, tried, start = english(catalogue), 0, 0, time.process_time()
    for x in expressions:
        if time.process_time() - start > limit:
            break
        tried += 1
        try:
            flags = hyperscan.HS_FLAG_SINGLEMATCH | hyperscan.HS_FLAG_UTF8
            hyperscan.Database().compile(expressions=[x.compiled.pattern], ids=[0], elements=1, flags=flags)
        except hyperscan.error:
            refused += 1
    spent = time.process_time() - start
    click.echo(
        f"  hyperscan: {tried} of {len(expressions)} patterns compiled in {spent:.0f} s, {refused} of them refused"
    )


def different_sentences(texts: pd.Series) -> float:
    """The share of sentences that are not the same as an earlier one."""
    sentences = [part.strip() for text in texts for part in SENTENCE.split(text) if part.strip()]
    return len(set(sentences)) / len(sentences)


@click.command()
@click.option("--messages", "count", default=3000, show_default=True, help="Of each kind.")
@click.option("--compared", default=40, show_default=True, help="English messages that every engine searches.")
@click.option(
    "--hyperscan-seconds", default=30.0, show_default=True, help="Time for hyperscan to compile, if it is there."
)
@click.option("--seed", default=7, show_default=True)
def main(count: int, compared: int, hyperscan_seconds: float, seed: int) -> None:
    """Time signals and numbers, and the engines beside each other.

    Example:

    \b
        python -m benchmarks.signal_speed --messages 3000
    """
    loading, catalogue = seconds(load_catalogue)
    made = {
        "letters": [letters(count, seed), letters(count, seed + 1)],
        "near misses": [near_misses(catalogue, count, seed), near_misses(catalogue, count, seed + 1)],
    }
    once, _ = seconds(lambda: [find_signals(of[1].groupby("language").head(1), catalogue) for of in made.values()])
    click.echo(f"once a process: {loading:.0f} s for the catalogue, {once:.0f} s for the matcher of all languages")
    for name, (messages, others) in made.items():
        first, _ = seconds(lambda others=others: find_signals(others, catalogue))
        live, languages = list(clean_texts(messages["text"])["live_text"]), list(messages["language"])
        spent, hits = seconds(lambda live=live, spoken=languages: patterns_and_numbers(live, spoken, catalogue))
        whole, _ = seconds(lambda messages=messages: find_signals(messages, catalogue))
        click.echo(
            f"{name}: {len(messages):,} messages, {messages['text'].map(words).mean():.0f} words and "
            f"{sum(map(len, hits)) / len(messages):.1f} hits each, "
            f"{different_sentences(messages['text']):.0%} of their sentences different\n"
            f"  patterns and numbers: {len(messages) / spent:,.0f} messages a second\n"
            f"  with cleaning and the table of hits: {len(messages) / whole:,.0f}; the first that a process sees: "
            f"{len(others) / first:,.0f}"
        )
    click.echo("English patterns on English letters:")
    spoken = made["letters"][0]
    compare_engines(spoken[spoken["language"] == "en"], compared, catalogue)
    if find_spec("hyperscan"):
        try_hyperscan(catalogue, hyperscan_seconds)


if __name__ == "__main__":
    main()
