"""What the README says of figures is what the named file holds."""

from pathlib import Path

import pandas as pd

ROOT = Path(__file__).parents[1]


def test_the_benchmark_in_the_readme_is_that_of_the_report():
    figures = pd.read_csv(ROOT / "reports" / "benchmark.csv")
    figures = figures[figures["metric"] == "log_loss"].set_index(["set", "target", "predictor"])["value"]
    lines = (
        (ROOT / "README.md").read_text(encoding="utf-8").split("## On real inquiries")[1].split("\n## ")[0].splitlines()
    )
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    columns = [tuple(name.split(", ")) for name in rows[0][1:]]
    quoted = {
        (*column, row[0]): cell for row in rows[2:] for column, cell in zip(columns, row[1:], strict=True) if cell
    }
    assert len(quoted) >= 20
    assert {key: f"{figures[key]:.3f}" for key in quoted} == quoted
