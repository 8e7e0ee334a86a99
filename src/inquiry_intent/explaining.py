"""Why: importance of features for a model, and the reasons of one score."""

import numpy as np
import pandas as pd

from inquiry_intent.bundle import Bundle
from inquiry_intent.config import ExplainConfig
from inquiry_intent.metrics import CLIP
from inquiry_intent.training import Rows

#: What people call the components of the embeddings.
BLOCK_NAMES = {"emb_mean_": "wording of all messages", "emb_last_": "wording of the last message"}


def input_groups(names: list[str]) -> list[str]:
    """What each of LightGBM's columns belongs to: its feature, or the block of embeddings it is a component of.

    >>> input_groups(["age_days", "emb_mean_component_03"])
    ['age_days', 'wording of all messages']
    """
    blocks = {name: shown for name in names for block, shown in BLOCK_NAMES.items() if name.startswith(block)}
    return [blocks.get(name, name) for name in names]


def importance(bundle: Bundle, rows: Rows, config: ExplainConfig) -> pd.DataFrame:
    """Importance of each feature on the given rows, three ways.

    Parameters
    ----------
    rows : Rows
        Rows that training did not see; at most config.most_rows of them are drawn.

    Returns
    -------
    DataFrame, sorted by mean_abs_shap, falling
        feature : as `build_features` names it; a block of embeddings is one row.
        gain : share of the total loss reduction in training, 0..1.
        permutation : rise of log loss when the feature is shuffled, mean over repeats; below 0 means no use.
        permutation_std : standard deviation over repeats.
        mean_abs_shap : mean absolute contribution to the log-odds (summed over classes for the tier).
    """
    rng = np.random.default_rng(config.seed)
    chosen = np.sort(rng.permutation(len(rows.y))[: config.most_rows])
    X, y = rows.X.iloc[chosen], rows.y[chosen]
    groups = pd.Series(input_groups(bundle.manifest.inputs))
    gain = pd.Series(bundle.booster.feature_importance("gain")).groupby(groups).sum()
    shap = np.abs(bundle.contributions(X))
    shap = shap.sum(axis=1) if shap.ndim == 3 else shap
    permuted = _permutation(bundle, bundle.inputs(X), y, groups, config.permutation_repeats, rng)
    table = pd.DataFrame(
        {
            "gain": gain / max(gain.sum(), CLIP),
            "permutation": permuted.mean(),
            "permutation_std": permuted.std(ddof=0),
            "mean_abs_shap": pd.Series(shap.mean(axis=0)).groupby(groups).sum(),
        }
    )
    return table.rename_axis("feature").sort_values("mean_abs_shap", ascending=False, kind="stable").reset_index()


def _permutation(
    bundle: Bundle, matrix: np.ndarray, y: np.ndarray, groups: pd.Series, repeats: int, rng: np.random.Generator
) -> pd.DataFrame:
    """Rise of log loss, one row a repeat, one column a group. The columns of a group are shuffled together."""

    def log_loss(inputs: np.ndarray) -> float:
        raw = bundle.booster.predict(inputs)
        p = np.where(y == 1, raw, 1 - raw) if raw.ndim == 1 else raw[np.arange(len(y)), y]
        return float(-np.log(np.clip(p, CLIP, None)).mean())

    base = log_loss(matrix)
    used = pd.Series(bundle.booster.feature_importance("split")).groupby(groups).sum()
    rises: dict[str, list[float]] = {}
    for group in dict.fromkeys(groups):
        columns = np.flatnonzero(groups == group)
        if used[group] == 0:  # no tree asks for it: shuffling it changes nothing
            rises[group] = [0.0] * repeats
            continue
        rises[group] = []
        for _ in range(repeats):
            shuffled = matrix.copy()
            shuffled[:, columns] = matrix[np.ix_(rng.permutation(len(matrix)), columns)]
            rises[group].append(log_loss(shuffled) - base)
    return pd.DataFrame(rises)


def top_reasons(bundle: Bundle, features: pd.DataFrame, most: int = 3) -> pd.Series:
    """The features that moved each score most, strongest first, as text: `feature = value (+0.42)`.

    The figure is the contribution to the log-odds of conversion (for the tier: of the highest class).
    """
    contributions = bundle.contributions(features)
    if contributions.ndim == 3:
        contributions = contributions[:, -1, :]
    groups = input_groups(bundle.manifest.inputs)
    names = list(dict.fromkeys(groups))
    member = np.array([[group == name for name in names] for group in groups], dtype=float)
    summed = contributions @ member
    strongest = np.argsort(-np.abs(summed), axis=1, kind="stable")[:, :most]
    values = {name: _as_text(features[name]) for name in names if name in features}

    def reason(row: int, column: int) -> str:
        name = names[column]
        shown = f"{name} = {values[name][row]}" if name in values else name
        return f"{shown} ({summed[row, column]:+.2f})"

    return pd.Series(
        ["; ".join(reason(row, c) for c in strongest[row] if summed[row, c] != 0) for row in range(len(features))],
        index=features.index,
        dtype="str",
    )


def _as_text(values: pd.Series) -> list[str]:
    if pd.api.types.is_numeric_dtype(values):
        return ["unknown" if pd.isna(v) else f"{v:.3g}" for v in values]
    return ["unknown" if pd.isna(v) else str(v) for v in values]


def draw_importance(table: pd.DataFrame, title: str, most: int = 20) -> object:
    """A picture of the most important features: three panels, one a measure. Returns a matplotlib Figure."""
    from matplotlib.figure import Figure

    shown = table.head(most).iloc[::-1]
    figure = Figure(figsize=(13, 0.32 * len(shown) + 1.6), layout="constrained")
    panels = {
        "mean_abs_shap": "mean |SHAP| (log-odds)",
        "permutation": "permutation (rise of log loss)",
        "gain": "gain",
    }
    axes = figure.subplots(1, len(panels), sharey=True)
    for axis, (column, label) in zip(axes, panels.items(), strict=True):
        errors = shown["permutation_std"] if column == "permutation" else None
        axis.barh(shown["feature"].str.slice(0, 48), shown[column], xerr=errors, color="#33658a")
        axis.set_title(label, fontsize=10)
        axis.spines[["top", "right"]].set_visible(False)
    figure.suptitle(title)
    return figure
