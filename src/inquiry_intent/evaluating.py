"""The model beside the rules on the test period: figures with intervals, calibration, and every prediction."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from inquiry_intent.bundle import TEST_SIDES, Bundle
from inquiry_intent.config import EvaluateConfig, Target
from inquiry_intent.errors import DataError
from inquiry_intent.metrics import (
    LEAST_GROUPS,
    Metrics,
    calibration_table,
    compare,
    conversion_metrics,
    tier_metrics,
)
from inquiry_intent.slices import early, sliced
from inquiry_intent.snapshots import KEY
from inquiry_intent.training import Rows

MODEL, RULES, MAJORITY = "model", "rules", "majority"
#: What `dvc metrics` shows of a model; all other figures are in the comparison.
KEY_FIGURES: dict[Target, tuple[str, ...]] = {
    "conversion": ("log_loss", "roc_auc", "wins_at_capacity"),
    "client_tier": ("log_loss", "rps", "macro_f1"),
}


def predictions(bundle: Bundle, rows: Rows) -> pd.DataFrame:
    """Every labelled row's prediction, in long form: one row a snapshot for conversion, one a class for the tier.

    Returns
    -------
    DataFrame with columns inquiry_id, as_of, split, target, y, p_model, p_rules
        target is `conversion`, or `client_tier:<class>` with y = 1 where the client is of that class. Rows of the
        splits train, valid and final_fit were seen in training: only `test` says how good the model is.
    """
    model, rules = bundle.predict_proba(rows.X), bundle.rule_proba(rows.X)
    manifest = bundle.manifest
    shown: dict[str, int] = {manifest.target: 1}
    if manifest.target == "client_tier":
        shown = {f"client_tier:{name}": i for i, name in enumerate(manifest.classes)}
    base = rows.X.index.to_frame(index=False).assign(split=rows.split.to_numpy())
    return pd.concat(
        [
            base.assign(
                target=name,
                y=(rows.y == i).astype("float64"),
                p_model=model.iloc[:, i].to_numpy(),
                p_rules=rules.iloc[:, i].to_numpy(),
            )
            for name, i in shown.items()
        ],
        ignore_index=True,
    )


def evaluate(bundle: Bundle, rows: Rows, inquiries: pd.DataFrame, config: EvaluateConfig) -> dict[str, Any]:
    """Compare the model with the rules and with the majority on the test side.

    Parameters
    ----------
    rows : Rows
        Labelled rows of all sides; the majority's rate comes from the training sides.
    inquiries : DataFrame
        With inquiry_id and client_id: whole clients are drawn for the intervals.

    Returns
    -------
    dict
        `comparison`: DataFrame of `metrics.compare`; `slices`: DataFrame of `slices.sliced`, and `early` of
        `slices.early`; `calibration`: DataFrame with columns predictor, predicted, observed, weight, of the class named
        in `calibrated_class`: the positive one, or the highest tier that the test side has; `summary`: the key figures
        and warnings, for `dvc metrics`.

    Raises
    ------
    DataError
        If no test row has a label.
    """
    target = bundle.manifest.target
    test = rows.of("test")
    groups = _clients(test, inquiries)
    predicted = _predicted(bundle, rows)
    comparison = compare(test.y, predicted, groups, metrics_of(target, config), config)
    ones = np.ones(len(test.y))
    shown = max(int(test.y.max()), 1)
    calibration = pd.concat(
        calibration_table((test.y == shown).astype(float), _column(p, shown), ones).assign(predictor=name)
        for name, p in predicted.items()
        if name != MAJORITY
    )
    both = {name: predicted[name] for name in (MODEL, RULES)}
    slices = sliced(test, both, groups, metrics_of(target, config), config)
    return {
        "comparison": comparison,
        "slices": slices,
        "early": early(slices),
        "calibration": calibration[["predictor", "predicted", "observed", "weight"]],
        "calibrated_class": bundle.manifest.classes[shown],
        "summary": _summary(comparison, test, bundle),
    }


def comparison_of(bundle: Bundle, rows: Rows, inquiries: pd.DataFrame, config: EvaluateConfig) -> pd.DataFrame:
    """The `comparison` alone of `evaluate`.

    Raises
    ------
    DataError
        If no test row has a label.
    """
    test, predicted = rows.of("test"), _predicted(bundle, rows)
    metrics = metrics_of(bundle.manifest.target, config)
    return compare(test.y, predicted, _clients(test, inquiries), metrics, config)


def _clients(rows: Rows, inquiries: pd.DataFrame) -> np.ndarray:
    """The client of each row."""
    clients = inquiries.set_index("inquiry_id")["client_id"]
    return clients.reindex(rows.X.index.get_level_values("inquiry_id")).to_numpy()


def no_better_text(target: Target, comparison: pd.DataFrame, split: str) -> str:
    """A sentence where the test side did not show that the model serves; "" where it did.

    It serves if it beats the rules beyond chance, by log loss or, of tiers, by rps, and is better than saying the same
    of every row.
    """
    rows = comparison.set_index(["predictor", "metric"])
    pair = f"{MODEL} minus {RULES}"
    low, high = (float(rows[end][pair, "log_loss"]) for end in ("low", "high"))
    better = high < 0 or rows["high"].get((pair, "rps"), 0.0) < 0
    loss, plain = (float(rows["value"][name, "log_loss"]) for name in (MODEL, MAJORITY))
    if better and loss < plain:
        return ""
    said = []
    if loss >= plain:
        said.append(f"is no better than saying the same of every inquiry (log loss {loss:.3f} against {plain:.3f})")
    if np.isnan(high):
        said.append(
            f"has too few clients to tell whether it beats the rules ({LEAST_GROUPS} of each of two classes are needed)"
        )
    elif not better:
        what = "is worse than the rules" if low > 0 else "does not beat the rules beyond chance"
        said.append(f"{what} (log loss, model minus rules: {low:.3f} to {high:.3f}, better is below 0)")
    verdict = "grade" if target == "conversion" else "potential"
    return (
        f"{target}: on its {TEST_SIDES[split]} the model {' and '.join(said)}; until a longer history shows more, "
        f"doubt its probabilities and go by the rules' {verdict}."
    )


def _predicted(bundle: Bundle, rows: Rows) -> dict[str, np.ndarray]:
    """What model, majority and rules say of the test rows: of conversion p, else a column a class."""
    test, known = rows.of("test"), rows.of("train", "valid", "final_fit")
    target, classes = bundle.manifest.target, bundle.manifest.classes
    if len(test.y) == 0:
        raise DataError(f"{target}: no test row has a label. Raise split.test_share or move split.test_from.")
    rates = np.bincount(known.y, minlength=len(classes)) / len(known.y)
    predicted = {
        MODEL: bundle.predict_proba(test.X).to_numpy(),
        MAJORITY: np.tile(rates, (len(test.y), 1)),
        RULES: bundle.rule_proba(test.X).to_numpy(),
    }
    return {name: p[:, 1] for name, p in predicted.items()} if target == "conversion" else predicted


def _column(p: np.ndarray, column: int) -> np.ndarray:
    return p if p.ndim == 1 else p[:, column]


def metrics_of(target: Target, config: EvaluateConfig) -> Metrics:
    if target == "client_tier":
        return tier_metrics
    scored: Callable[..., dict[str, float]] = partial(conversion_metrics, capacity_share=config.capacity_share)
    return scored


def _summary(comparison: pd.DataFrame, test: Rows, bundle: Bundle) -> dict[str, Any]:
    table = comparison.set_index(["predictor", "metric"])["value"]
    manifest = bundle.manifest
    figures = {name: table[MODEL, name] for name in KEY_FIGURES[manifest.target]}
    figures["log_loss_minus_rules"] = table[f"{MODEL} minus {RULES}", "log_loss"]
    return {
        "test_rows": len(test.y),
        "test_inquiries": int(test.X.index.get_level_values(KEY[0]).nunique()),
        **{name: None if np.isnan(v) else round(float(v), 5) for name, v in figures.items()},
        "split": manifest.split,
        # A list: `dvc metrics` leaves it out of its table.
        "warnings": manifest.warnings,
    }


def comparison_rows(comparison: pd.DataFrame, metrics: list[str]) -> list[list[str]]:
    """The table people see: one row a metric; model, rules, majority, and model minus rules with its interval."""
    table = comparison.set_index(["metric", "predictor"])

    def cell(metric: str, predictor: str, interval: bool) -> str:
        value, low, high = (float(table[name][metric, predictor]) for name in ("value", "low", "high"))
        if np.isnan(value):
            return "–"
        if not interval:
            return f"{value:.3f}"
        return f"{value:.3f} (–)" if np.isnan([low, high]).any() else f"{value:.3f} ({low:.3f} to {high:.3f})"

    return [
        [
            metric,
            cell(metric, MODEL, interval=True),
            cell(metric, RULES, interval=True),
            cell(metric, MAJORITY, interval=False),
            cell(metric, f"{MODEL} minus {RULES}", interval=True),
        ]
        for metric in metrics
        if metric in table.index.get_level_values("metric")
    ]


def draw_calibration(table: pd.DataFrame, title: str) -> object:
    """A picture of predicted against observed shares, model and rules; lines of the title after the first are warnings.

    Returns a matplotlib Figure.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5, 5), layout="constrained")
    axis = figure.subplots()
    axis.plot([0, 1], [0, 1], color="#999999", linewidth=1, linestyle="--")
    for name, color in ((MODEL, "#33658a"), (RULES, "#f26419")):
        part = table[table["predictor"] == name]
        axis.plot(part["predicted"], part["observed"], marker="o", color=color, label=name)
    axis.set(xlabel="predicted probability", ylabel="observed share", xlim=(0, 1), ylim=(0, 1))
    axis.spines[["top", "right"]].set_visible(False)
    axis.legend(frameon=False)
    first, *warnings = title.split("\n")
    figure.suptitle(first, fontsize=10)
    axis.set_title("\n".join(warnings), fontsize=6, color="#b00020")
    return figure
