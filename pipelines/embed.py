"""Stage `embed`: each distinct text of a buyer becomes a vector, once."""

from pathlib import Path

import click

from inquiry_intent.cli.told import Told
from inquiry_intent.config import load_config
from inquiry_intent.embedding import EmbeddingStore, buyer_texts, embed_texts, load_encoder
from inquiry_intent.progress import step
from inquiry_intent.storage import read_table, write_table
from inquiry_intent.tables import conform


@click.command(cls=Told)
@click.argument("messages", type=click.Path(path_type=Path))
@click.argument("texts", type=click.Path(path_type=Path))
@click.option("--params", type=click.Path(path_type=Path), default=Path("params.yaml"))
def main(messages: Path, texts: Path, params: Path) -> None:
    config = load_config(params).embed
    table = conform("messages", read_table(messages))
    with step("loading the encoder"):
        encoder = load_encoder(config) if len(buyer_texts(table)) else None
    store = EmbeddingStore(config.store, encoder.fingerprint) if encoder else None
    with step("encoding texts") as progress:
        write_table(embed_texts(table, encoder, store, progress, config.similarity), texts)


if __name__ == "__main__":
    main()
