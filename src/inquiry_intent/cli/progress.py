"""A progress bar on stderr for what takes more than two seconds."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from inquiry_intent.embedding import Progress

PATIENCE_SECONDS = 2.0


@contextmanager
def progress_bar(what: str) -> Iterator[Progress]:
    """Give a function `(done, total)` that shows a bar once `PATIENCE_SECONDS` have passed."""
    from rich.console import Console
    from rich.progress import Progress as Bar

    started = time.monotonic()
    bar = Bar(console=Console(stderr=True), transient=True)
    task = bar.add_task(what, total=None)

    def show(done: int, total: int) -> None:
        bar.update(task, completed=done, total=total)
        if not bar.live.is_started and time.monotonic() - started > PATIENCE_SECONDS:
            bar.start()

    try:
        yield show
    finally:
        bar.stop()


@contextmanager
def spinner(what: str) -> Iterator[None]:
    """Say on stderr what is being done, while it is done."""
    from rich.console import Console

    with Console(stderr=True).status(what):
        yield
