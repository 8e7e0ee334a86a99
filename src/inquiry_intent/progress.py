"""Say on stderr what is being done, for what takes more than two seconds."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

#: (done, total)
Progress = Callable[[int, int], None]
#: `with step("training") as progress:` names what is being done meanwhile; `progress` may count.
Step = Callable[[str], AbstractContextManager[Progress]]

PATIENCE_SECONDS = 2.0


@contextmanager
def step(what: str) -> Iterator[Progress]:
    """Once `PATIENCE_SECONDS` have passed: a bar on a terminal, one plain line elsewhere."""
    from rich.console import Console
    from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    bar = Bar(*columns, console=console, transient=True)
    task = bar.add_task(what, total=None)

    def begin() -> None:
        if console.is_terminal:
            bar.start()
        else:
            console.print(f"{what} …", markup=False, highlight=False, soft_wrap=True)

    timer = threading.Timer(PATIENCE_SECONDS, begin)
    timer.daemon = True
    timer.start()
    try:
        yield lambda done, total: bar.update(task, completed=done, total=total)
    finally:
        timer.cancel()
        # A bar that begins just now must end, too.
        timer.join()
        if bar.live.is_started:
            bar.stop()


@contextmanager
def silent(what: str) -> Iterator[Progress]:
    """A step that says nothing."""
    yield lambda done, total: None
