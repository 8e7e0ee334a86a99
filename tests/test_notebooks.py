import os

import nbformat
import pytest
from nbclient import NotebookClient

from inquiry_intent.embedding import EmbeddingStore
from inquiry_intent.line import run_line, write_result
from inquiry_intent.tables import empty_table
from tests.conftest import ROOT, corpus


@pytest.fixture(scope="module")
def run_folder(config, encoder, tmp_path_factory):
    folder = tmp_path_factory.mktemp("notebooks") / "out"
    tables = corpus()
    store = EmbeddingStore(folder.parent / "store", "hashing")
    write_result(run_line(tables, config, encoder, store), tables, empty_table("events"), folder)
    return folder


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # the kernel's own
@pytest.mark.parametrize("name", ["1-explore-inquiries", "2-feature-importance"])
def test_a_notebook_runs_on_the_outputs_of_the_line(name, run_folder, monkeypatch):
    monkeypatch.setenv("INTERIM", str(run_folder))
    monkeypatch.setenv("FEATURES", str(run_folder / "features.parquet"))
    monkeypatch.setenv("REPORTS", str(run_folder / "reports"))
    notebook = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4)
    resources = {"metadata": {"path": str(ROOT / "notebooks")}}
    done = NotebookClient(notebook, timeout=120, resources=resources, env=dict(os.environ)).execute()
    outputs = [output for cell in done.cells if cell.cell_type == "code" for output in cell.outputs]
    assert any("image/png" in output.get("data", {}) for output in outputs)


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda p: p.stem)
def test_a_notebook_is_kept_without_outputs_and_defines_nothing_worth_testing(path):
    notebook = nbformat.read(path, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code)
    assert not any(line.startswith(("def ", "class ")) for cell in code for line in cell.source.splitlines())
