"""The line under DVC, as a data team uses it: a clone, a small corpus, real commands."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from inquiry_intent.simulate import simulate
from tests.conftest import ROOT

pytestmark = pytest.mark.slow
QUIET = {
    "DVC_NO_ANALYTICS": "1",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "HF_HUB_OFFLINE": "1",
    "GIT_AUTHOR_NAME": "t",
    "GIT_AUTHOR_EMAIL": "t@example.test",
    "GIT_COMMITTER_NAME": "t",
    "GIT_COMMITTER_EMAIL": "t@example.test",
    "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
}


def run(folder: Path, *words: str) -> str:
    env = {**os.environ, **QUIET}
    done = subprocess.run(words, cwd=folder, env=env, capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(words)}\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


def copy_project(folder: Path) -> None:
    """What git has of the project, committed in a repository of its own."""
    files = run(ROOT, "git", "ls-files").split("\n")
    for name in filter(None, files):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    run(folder, "git", "init", "-q")
    run(folder, "git", "add", "-A")
    run(folder, "git", "commit", "-qm", "start")


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A repository in which the line has run once on a small corpus."""
    folder = tmp_path_factory.mktemp("dvc") / "project"
    folder.mkdir()
    copy_project(folder)
    simulate(400, 3, folder / "data/raw/demo")
    run(folder, "dvc", "repro")
    run(folder, "git", "add", "-A")
    run(folder, "git", "commit", "-qm", "first run")
    return folder


def test_the_line_leaves_models_reports_and_runs_and_a_second_run_does_nothing(project):
    for target in ("conversion", "client_tier"):
        assert (project / "models" / target / "manifest.json").is_file()
        assert set(json.loads((project / "reports" / target / "runs.json").read_text())) == {"candidate", "baseline"}
    assert (project / "mlflow.db").is_file()
    assert "Data and pipelines are up to date." in run(project, "dvc", "repro")


def test_nothing_that_the_line_made_is_left_to_git(project):
    assert run(project, "git", "status", "--porcelain").strip() == ""
    tracked = run(project, "git", "ls-files").split()
    assert [name for name in tracked if name.startswith("data/") and "messages" in name] == []
    assert "dvc.lock" in tracked


def test_a_remote_brings_everything_to_a_clone(project, tmp_path):
    run(project, "dvc", "remote", "add", "-f", "-d", "store", str(tmp_path / "store"))
    run(project, "dvc", "push")
    run(project, "git", "commit", "-qam", "remote")
    run(tmp_path, "git", "clone", "-q", str(project), "clone")
    run(tmp_path / "clone", "dvc", "pull")
    for name in (
        "models/conversion/booster_0.txt",
        "data/processed/features.parquet",
        "reports/conversion/metrics.json",
    ):
        assert (tmp_path / "clone" / name).read_bytes() == (project / name).read_bytes()


def test_a_training_parameter_re_embeds_nothing_and_metrics_and_plots_can_be_compared(project):
    params = (project / "params.yaml").read_text()
    changed = yaml.safe_load(params)
    changed["train"]["conversion"]["num_leaves"] = 3
    (project / "params.yaml").write_text(yaml.safe_dump(changed))
    said = run(project, "dvc", "repro")
    assert "Running stage 'train@conversion'" in said
    for stage in ("ingest", "label", "embed", "featurize"):
        assert f"Running stage '{stage}'" not in said
    assert "reports/conversion/metrics.json" in run(project, "dvc", "metrics", "diff", "--all")
    assert "index.html" in run(project, "dvc", "plots", "show", "-o", "plots-page")
    (project / "params.yaml").write_text(params)
