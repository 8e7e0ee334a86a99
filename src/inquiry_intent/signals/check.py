"""Check a catalogue: its form, its patterns, and every example sentence in it."""

from collections.abc import Collection
from pathlib import Path

import pandas as pd

from inquiry_intent.signals.catalogue import FOLDER, Catalogue, examples_of, load_files
from inquiry_intent.signals.finding import find_signals
from inquiry_intent.signals.language import LANGUAGES


def check_examples(catalogue: Catalogue, groups: Collection[str]) -> tuple[list[str], int]:
    """What the example sentences of some groups show to be wrong, one line each, and how many there are."""
    rows = [row for row in examples_of(catalogue) if catalogue.group_of[row[0]] in groups]
    examples = pd.DataFrame(rows, columns=["signal", "language", "text", "expected"])
    examples["message_id"] = examples.index.astype(str)
    hits = find_signals(examples[["message_id", "text", "language"]], catalogue)
    evidence = dict(zip(zip(hits["message_id"], hits["signal"], strict=True), hits["evidence"], strict=True))
    problems = []
    for number, (signal, language, text, expected) in enumerate(rows):
        words = evidence.get((str(number), signal))
        where = f"{catalogue.group_of[signal]}.yaml: {signal}: {language}"
        if expected and words is None:
            problems.append(f"{where}: no pattern hits the positive example {text!r}")
        if words is not None and not expected:
            problems.append(f"{where}: the negative example {text!r} is hit by its words {words!r}")
    return problems, len(rows)


def missing_languages(catalogue: Catalogue, groups: Collection[str]) -> list[str]:
    """Signals that cannot be seen in some language, or have no examples to prove it: no error, but worth knowing."""
    notes = []
    for name, signal in catalogue.signals.items():
        if catalogue.group_of[name] not in groups:
            continue
        parts = {
            "patterns": signal.patterns,
            "prototypes": signal.prototypes,
            "positive examples": signal.examples.positive,
            "negative examples": signal.examples.negative,
        }
        for part, texts in parts.items():
            if absent := [language for language in LANGUAGES if language not in texts]:
                notes.append(f"{catalogue.group_of[name]}.yaml: {name}: no {part} in {', '.join(absent)}")
    return notes


def check_files(files: list[Path]) -> tuple[list[str], list[str], str]:
    """Check catalogue files, or the package's catalogue if none are given.

    Returns
    -------
    tuple
        What is wrong, what is merely missing (one line each), and a summary.

    Raises
    ------
    ConfigError
        If a file's form or a pattern is invalid. Every problem is listed.
    """
    ours = sorted(FOLDER.glob("*.yaml"))
    catalogue = load_files(files or ours)
    if files and any(signal.computed for signal in catalogue.signals.values()):
        # computed signals depend on what other signals find
        catalogue = load_files([*files, *(p for p in ours if p.stem not in {file.stem for file in files})])
    groups = {file.stem for file in files or ours}
    problems, count = check_examples(catalogue, groups)
    signals = sum(group in groups for group in catalogue.group_of.values())
    summary = f"{signals} signals, {count} example sentences, {len(problems)} problem(s)."
    return problems, missing_languages(catalogue, groups), summary


if __name__ == "__main__":
    from inquiry_intent.cli.signals import check_command

    check_command()
