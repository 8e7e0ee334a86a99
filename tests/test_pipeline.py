"""The shape of the line: dvc.yaml, params.yaml and the code agree; stages are thin."""

import ast
import json
import re
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from tests.conftest import ROOT

DVC = yaml.safe_load((ROOT / "dvc.yaml").read_text())
STAGES = DVC["stages"]
PARAMS = yaml.safe_load((ROOT / "params.yaml").read_text())
#: Data that modules read from the package: as much code as the module itself.
PACKAGE_DATA = {
    "src/inquiry_intent/rules.py": ["src/inquiry_intent/rules.yaml"],
    "src/inquiry_intent/reasons.py": ["src/inquiry_intent/reasons.yaml"],
    "src/inquiry_intent/playbook.py": ["src/inquiry_intent/playbook.yaml"],
    "src/inquiry_intent/sources/naming.py": [
        "src/inquiry_intent/sources/vocabulary.yaml",
        "src/inquiry_intent/sources/vocabulary_languages.yaml",
    ],
    "src/inquiry_intent/sources/markup.py": ["src/inquiry_intent/sources/placeholders.yaml"],
    "src/inquiry_intent/sources/time_words.py": ["src/inquiry_intent/sources/time_words.yaml"],
    "src/inquiry_intent/signals/catalogue.py": [
        "src/inquiry_intent/signals/catalogue",
        "src/inquiry_intent/signals/lexicon.yaml",
    ],
    "src/inquiry_intent/signals/judging.py": ["src/inquiry_intent/signals/judge.npz"],
    "src/inquiry_intent/signals/numerals.py": ["src/inquiry_intent/signals/quantities.yaml"],
    "src/inquiry_intent/signals/cleaning.py": ["src/inquiry_intent/signals/mail.yaml"],
}


@cache
def direct_imports(path: str) -> frozenset[str]:
    """Our own files that one file imports, wherever in it, with the packages they lie in."""
    found = set()
    for node in ast.walk(ast.parse((ROOT / path).read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        for name in names:
            parts = name.split(".")
            stems = [Path(root, *parts[: i + 1]) for root in ("src", "") for i in range(len(parts))]
            found |= {str(f) for stem in stems for f in (stem.with_suffix(".py"), stem / "__init__.py")}
    return frozenset(f for f in found if (ROOT / f).is_file())


def code_of(stage: str) -> set[str]:
    """Every file of ours that a stage runs, and the package data those files read."""
    found: set[str] = set()
    todo = [f"pipelines/{stage}.py"]
    while todo:
        file = todo.pop()
        if file not in found:
            found.add(file)
            todo += direct_imports(file)
    empty = {f for f in found if f.endswith("__init__.py") and not (ROOT / f).read_text().strip()}
    return (found - empty) | {data for f in found for data in PACKAGE_DATA.get(f, [])}


def is_code(dependency: str) -> bool:
    return dependency.startswith(("src/", "pipelines/"))


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_lists_all_code_it_runs_and_nothing_else(stage):
    listed = {d for d in STAGES[stage]["deps"] if is_code(d)}
    expected = code_of(stage)
    assert listed == expected, (
        f"fix stages.{stage}.deps: missing {sorted(expected - listed)}, idle {sorted(listed - expected)}"
    )


def test_the_package_data_named_here_is_all_there_is():
    read = {f for f in (ROOT / "src/inquiry_intent").rglob("*.yaml") if "simulation" not in f.parts}
    named = [ROOT / path for paths in PACKAGE_DATA.values() for path in paths]
    assert {f for f in read if not any(f == n or n in f.parents for n in named)} == set()


def test_the_stages_are_those_of_the_design_in_order():
    assert list(STAGES) == [
        *("ingest", "label", "embed", "featurize", "audit", "train", "evaluate", "value", "explain", "track")
    ]


@pytest.mark.parametrize("stage", STAGES)
def test_every_parameter_of_a_stage_exists_and_every_path_of_its_command_is_declared(stage):
    declared = STAGES[stage]
    for name in declared["params"]:
        section, _, key = name.partition(".")
        assert section in PARAMS, name
        assert not key or key in PARAMS[section], name
    words = declared["cmd"].split()[3:]
    outs = [
        o if isinstance(o, str) else next(iter(o))
        for kind in ("outs", "metrics", "plots")
        for o in declared.get(kind, [])
    ]
    places = [*declared["deps"], *outs]
    for word in words:
        if word in ("${item.target}",):
            continue
        assert any(place == word or place.startswith(f"{word}/") for place in places), f"{word} is not declared"


def chains(node: ast.AST) -> set[str]:
    """What a function reads of its `config`, as section or section.key."""
    found = set()
    attributes = [each for each in ast.walk(node) if isinstance(each, ast.Attribute)]
    inner = {id(each.value) for each in attributes}
    for each in attributes:
        if id(each) in inner:
            continue
        names: list[str] = []
        while isinstance(each, ast.Attribute):
            names.insert(0, each.attr)
            each = each.value
        if names and isinstance(each, ast.Name) and each.id == "config" and names[0] in PARAMS:
            found.add(".".join(names[: 1 + (len(names) > 1 and names[1] in PARAMS[names[0]])]))
    return found


def settings_read(script: Path) -> set[str]:
    """What a stage reads of the parameters: its script, and all functions that it hands the whole config to."""
    found: set[str] = set()
    todo, done = [(script, "main")], set()
    while todo:
        place = todo.pop()
        if place in done or not place[0].is_file():
            continue
        done.add(place)
        tree = ast.parse(place[0].read_text())
        homes = {
            alias.asname or alias.name: (ROOT / "src" / f"{node.module.replace('.', '/')}.py", alias.name)
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module
            for alias in node.names
        }
        for function in (
            node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name == place[1]
        ):
            found |= chains(function)
            for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
                given = [*call.args, *(keyword.value for keyword in call.keywords)]
                if isinstance(call.func, ast.Name) and any(isinstance(a, ast.Name) and a.id == "config" for a in given):
                    todo.append(homes.get(call.func.id, (place[0], call.func.id)))
    return found


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_declares_every_parameter_that_it_reads(stage):
    declared = set(STAGES[stage]["params"])
    read = settings_read(ROOT / "pipelines" / f"{stage}.py")
    assert {name for name in read if not {name, name.partition(".")[0]} & declared} == set()


def resolved() -> dict[str, str]:
    """Name and command of each stage, as dvc.lock would write them: `matrix` and `${…}` filled in."""
    sections = [*(item for block in DVC["vars"] for item in block.items()), *PARAMS.items()]
    values = {f"{key}.{name}": str(v) for key, d in sections if isinstance(d, dict) for name, v in d.items()}
    found = {}
    for name, stage in STAGES.items():
        for target in PARAMS["targets"] if "matrix" in stage else [None]:
            filled = {**values, "item.target": str(target)}
            command = re.sub(r"\$\{([^}]+)\}", lambda m, filled=filled: filled[m[1]], stage["cmd"])
            found[f"{name}@{target}" if target else name] = command
    return found


def test_the_lock_holds_the_stages_and_commands_of_the_line():
    lock = ROOT / "dvc.lock"
    if not lock.is_file():
        pytest.skip("no dvc.lock")
    locked = {name: stage["cmd"] for name, stage in yaml.safe_load(lock.read_text())["stages"].items()}
    assert locked == resolved(), "dvc.lock is of another dvc.yaml: run 'dvc repro' and commit dvc.lock"


def test_decisions_are_numbered_without_gaps_and_say_their_number():
    files = sorted((ROOT / "docs/decisions").glob("*.md"))
    assert [f.name[:4] for f in files] == [f"{i:03d}-" for i in range(1, len(files) + 1)]
    assert [f.read_text().split(".")[0] for f in files] == [f"# {i}" for i in range(1, len(files) + 1)]


def test_cleaning_leaves_what_git_tracks():
    clean = (ROOT / "Makefile").read_text().partition("\nclean:")[2]
    assert "rm -rf" in clean
    assert "dvc.lock" not in clean.partition("\n")[2]


def test_every_plot_names_its_axes_and_draws_a_table_of_a_stage():
    outs = {str(out) for stage in STAGES.values() for out in stage.get("outs", [])}
    for plot in DVC["plots"]:
        [(name, how)] = plot.items()
        assert set(how) == {"template", "x", "y", "x_label", "y_label"}, name
        for path in how["y"]:
            assert re.sub("reports/[a-z_]+/", "reports/${item.target}/", path) in outs, name
        shipped = ROOT / ".dvc/plots" / f"{how['template']}.json"
        assert how["template"] == "linear" or json.loads(shipped.read_text())["data"], name


def test_nothing_is_trained_before_the_audit_has_passed():
    assert set(STAGES["audit"]["outs"]) & set(STAGES["train"]["deps"])


@pytest.mark.parametrize("path", sorted((ROOT / "pipelines").glob("[a-z]*.py")), ids=lambda p: p.stem)
def test_a_stage_is_a_thin_shell(path):
    assert len(path.read_text().splitlines()) <= 40
    assert not re.search(r'["\'](data|models|reports)/', path.read_text()), "paths belong to dvc.yaml"


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_run_by_hand_says_what_is_wrong_in_one_message_and_shows_no_traceback(stage, tmp_path):
    main = import_module(f"pipelines.{stage}").main
    asked = [each.name for each in main.params if each.param_type_name == "argument"]
    given = ["conversion" if name == "target" else str(tmp_path / name) for name in asked]
    without_files = CliRunner().invoke(main, [*given, "--params", str(tmp_path / "none.yaml")])
    assert isinstance(without_files.exception, SystemExit)
    assert without_files.exit_code == 1
    assert without_files.output.startswith(f"Error: {tmp_path}")
    assert "Traceback" not in without_files.output


def test_frameworks_stay_at_the_edge():
    owners = {"mlflow": {"tracking.py"}, "dask": {"dask.py"}, "dvc": set(), "optuna": {"tuning.py"}}
    for file in (ROOT / "src").rglob("*.py"):
        tree = ast.walk(ast.parse(file.read_text()))
        modules = {
            name.split(".")[0]
            for node in tree
            for name in (
                [node.module or ""] if isinstance(node, ast.ImportFrom) and node.level == 0
                else [a.name for a in node.names] if isinstance(node, ast.Import) else []
            )
        }  # fmt: skip
        for framework, allowed in owners.items():
            assert framework not in modules or file.name in allowed, f"{file} imports {framework}"
        if "click" in modules:
            assert "cli" in file.parts, f"{file} imports click"


def test_no_feature_reads_the_clock():
    for file in (ROOT / "src").rglob("*.py"):
        assert not re.search(r"\b(?:now|today|utcnow)\(", file.read_text()), f"{file} asks for the time"
