"""Command `compare`: a new model beside the one in use."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from inquiry_intent.cli.line import FILE, FOLDER, METRICS, NEW, PARAMS, plain_table

if TYPE_CHECKING:
    from inquiry_intent.bundle import Manifest
    from inquiry_intent.embedding import EmbeddingStore, Encoder


@click.command("compare")
@click.argument("old", type=FOLDER)
@click.argument("new", type=FOLDER)
@click.argument("tables", type=FOLDER)
@click.option("--mapping", type=FILE, help="That of TABLES, if it has 'params:' of its own.")
@click.option(
    "--store", type=NEW, default=Path(".cache/embeddings"), show_default=True, help="Vectors already computed."
)
@PARAMS
def compare_command(old: Path, new: Path, tables: Path, mapping: Path | None, store: Path, params: Path) -> None:
    """Compare the models of NEW with those of OLD on inquiries of TABLES that neither has learned from.

    OLD and NEW are folders of bundles, TABLES is what `ingest` or `run` wrote of the newest export. Labels are made as
    the parameters say: give those that the models were trained with.

    Example:

    \b
        inquiry-intent compare in-use/models out/models out/tables
    """
    from inquiry_intent.bundle import load_bundles
    from inquiry_intent.comparing import Comparison, compare_models, figure_rows
    from inquiry_intent.config import load_config
    from inquiry_intent.embedding import NO_ENCODER, EmbeddingStore, load_encoder
    from inquiry_intent.errors import DataError
    from inquiry_intent.progress import step
    from inquiry_intent.sources.mapping import load_mapping
    from inquiry_intent.storage import read_tables

    bundles = load_bundles(old), load_bundles(new)
    config = load_config(params, load_mapping(mapping).params if mapping else {})
    with step(f"reading {tables}"):
        read = read_tables(tables)
    loaded: dict[str, Encoder] = {}

    def encoding(manifest: "Manifest") -> "tuple[Encoder | None, EmbeddingStore]":
        name = manifest.encoder
        if name != NO_ENCODER and name not in loaded:
            with step("loading the encoder"):
                loaded[name] = load_encoder(manifest.embed_config)
        return loaded.get(name), EmbeddingStore(store, name)

    results = compare_models(*bundles, read, config, encoding, step)
    for target, result in results.items():
        if isinstance(result, Comparison):
            head = ["", "old model", "new model", "new minus old"]
            click.echo(plain_table(f"{target}: {result.rows}", [head, *figure_rows(result.figures, METRICS[target])]))
            click.echo(f"  {result.verdict}")
        else:
            click.echo(f"{target}: not compared, {result}", err=True)
    if not any(isinstance(result, Comparison) for result in results.values()):
        raise DataError("Nothing was compared.")
