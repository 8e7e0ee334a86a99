"""Tables as files: written whole or not at all, read and checked."""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import ValidationError

from inquiry_intent.errors import ConfigError, SourceError, counted, problems_listed
from inquiry_intent.tables import ATTRIBUTE_PREFIX, NAMES, Info, Tables, check_tables, conform, empty_table


def check_writable(path: Path) -> None:
    """Stop, before any work is done for it, where no file or folder can be made in the place of `path`.

    Raises
    ------
    ConfigError
    """
    folder = path.absolute().parent
    try:
        while not folder.exists():
            folder = folder.parent
        os.rmdir(tempfile.mkdtemp(prefix=f".{path.name}.", dir=folder))
    except OSError as error:
        raise ConfigError(f"{path} cannot be written ({folder}: {error.strerror}); name another path") from None


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Write a file or folder under a temporary name beside `path` and rename it when all of it is written.

    On an error nothing is left behind and `path` is as it was.

    Raises
    ------
    ConfigError
        If nothing can be written there, or a file was to take the place of a folder.
    """
    check_writable(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    workspace = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    draft = workspace / path.name
    try:
        yield draft
        if path.is_dir() and not draft.is_dir():
            raise ConfigError(f"{path} is a folder, expected a file to write; name one in it")
        if path.is_dir():
            os.replace(path, workspace / "old")
        os.replace(draft, path)
    finally:
        shutil.rmtree(workspace, ignore_errors=True)


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write one Parquet file whole or not at all."""
    with replacing(path) as draft:
        table.to_parquet(draft)


def write_json(values: object, path: Path) -> None:
    """Write one JSON file whole or not at all."""
    with replacing(path) as draft:
        draft.write_text(json.dumps(values, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def read_table(path: Path) -> pd.DataFrame:
    """Read one Parquet file.

    Raises
    ------
    SourceError
        If it is missing, empty or truncated.
    """
    try:
        return pd.read_parquet(path)
    except FileNotFoundError:
        raise SourceError(f"{path} does not exist. Run the stage that writes it ('dvc repro').") from None
    except (OSError, ValueError) as error:  # pyarrow.ArrowInvalid is a ValueError
        raise SourceError(f"{path} is no whole Parquet file ({error}). Write it again.") from None


def read_json(path: Path) -> Any:
    """Read one JSON file.

    Raises
    ------
    SourceError
        If it is missing or damaged.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SourceError(f"{path} does not exist. Run the stage that writes it ('dvc repro').") from None
    except ValueError as error:  # JSONDecodeError and UnicodeDecodeError are ValueErrors
        raise SourceError(f"{path} is no whole JSON file ({error}). Write it again.") from None


def write_tables(tables: Tables, folder: Path, quarantine: pd.DataFrame | None = None) -> None:
    """Write a tables folder whole or not at all: one Parquet file a table, `quarantine.parquet`, `info.json`."""
    with replacing(folder) as draft:
        draft.mkdir()
        for name in NAMES:
            getattr(tables, name).to_parquet(draft / f"{name}.parquet")
        if quarantine is not None:
            quarantine.to_parquet(draft / "quarantine.parquet")
        (draft / "info.json").write_text(tables.info.model_dump_json(indent=2) + "\n")


def read_tables(folder: Path) -> Tables:
    """Read and check a tables folder. `inquiries` is required; any other table may be missing.

    Raises
    ------
    SourceError
        If the folder or its inquiries are missing, a file is damaged, or a table has not the rows of `info.json`.
    TableError
        If the tables break the contract; every problem is listed.
    """
    if not (folder / "inquiries.parquet").is_file():
        raise SourceError(
            f"{folder} has no inquiries.parquet. Expected a tables folder, as 'inquiry-intent ingest' writes it."
        )
    found = {
        name: conform(name, read_table(path)) if (path := folder / f"{name}.parquet").exists() else empty_table(name)
        for name in NAMES
    }
    tables = Tables(**found, info=read_info(folder))
    _refuse_other_rows(tables, folder)
    check_tables(tables)
    return tables


def _refuse_other_rows(tables: Tables, folder: Path) -> None:
    """Stop where files were lost, cut or exchanged since the folder was written: without them scores are others."""
    problems = []
    for name, counts in tables.info.counts.items():
        got, file = len(getattr(tables, name)), folder / f"{name}.parquet"
        written = counts.get("kept", got)
        if got != written:
            what = f"has {counted(got, 'row')}" if file.exists() else "is missing"
            problems.append(f"{file.name} {what}, info.json counts {written:,}")
    if problems:
        raise SourceError(
            f"{folder} is not as it was written, {problems_listed(problems)}\n"
            "Copy it anew as a whole, or write it again with 'inquiry-intent ingest'. If you changed it on purpose, "
            "take 'counts' out of its info.json."
        )


def read_info(folder: Path) -> Info:
    """What holds for the export behind a tables folder; worked out from its inquiries where `info.json` is missing.

    Raises
    ------
    SourceError
        If the file is damaged.
    """
    path = folder / "info.json"
    if not path.exists():
        inquiries = read_table(folder / "inquiries.parquet")
        attributes = [str(column) for column in inquiries if str(column).startswith(ATTRIBUTE_PREFIX)]
        kinds = {c: "numeric" if pd.api.types.is_numeric_dtype(inquiries[c]) else "categorical" for c in attributes}
        return Info.model_validate({"source": folder.name, "attributes": kinds})
    try:
        return Info.model_validate_json(path.read_text(encoding="utf-8"))
    except (ValidationError, UnicodeDecodeError) as error:
        raise SourceError(
            f"{path} is damaged ({error}). Write the folder again with 'inquiry-intent ingest'."
        ) from None
