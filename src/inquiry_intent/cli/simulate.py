"""The demo corpus from the command line."""

from datetime import datetime
from pathlib import Path

import click


@click.command("simulate")
@click.option("--inquiries", type=click.IntRange(min=1), default=5_000, show_default=True, help="How many to invent.")
@click.option("--seed", type=click.IntRange(min=0), default=7, show_default=True, help="Another seed, another corpus.")
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    default="2026-03-02",
    show_default=True,
    help="First day (UTC) the export knows nothing of; it covers the 18 months before.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    required=True,
    help="Folder to write; a corpus that is there is replaced.",
)
def simulate_command(inquiries: int, seed: int, until: datetime, output: Path) -> None:
    """Invent an exporter's inquiries, with their true probabilities of an order in truth.parquet.

    The same seed gives the same corpus. Nobody in it exists.

    Example:

    \b
        inquiry-intent simulate --inquiries 5000 --seed 7 -o data/raw/demo
    """
    from inquiry_intent.progress import step
    from inquiry_intent.simulate import simulate
    from inquiry_intent.storage import check_writable

    check_writable(output)
    with step("Inventing inquiries") as progress:
        simulate(inquiries, seed, output, until.date(), progress)
    click.echo(f"Wrote {inquiries} inquiries: {output}", err=True)
