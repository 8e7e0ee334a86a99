"""Importance of features for a model; `reasons.py` tells why one score is what it is."""

import numpy as np
import pandas as pd

from inquiry_intent.bundle import Bundle
from inquiry_intent.config import ExplainConfig
from inquiry_intent.members import RULES
from inquiry_intent.metrics import CLIP
from inquiry_intent.preprocessing import RATE, WORDS
from inquiry_intent.training import Rows

#: What people call inputs that are no features of their own.
BLOCK_NAMES = {
    "emb_mean_component": "meaning of all messages",
    "emb_last_component": "meaning of the last message",
    WORDS: "words of all messages",
    RULES: "rule card",
}


def input_groups(names: list[str]) -> list[str]:
    """What each input of the model belongs to: its feature, or the block that it is a part of.

    >>> input_groups(["age_days", "emb_mean_component_03", "country", "rate_country_1"])
    ['age_days', 'meaning of all messages', 'country', 'country']
    """
    blocks = {name: shown for name in names for block, shown in BLOCK_NAMES.items() if name.startswith(block)}
    rates = {name: name.removeprefix(RATE).rpartition("_")[0] for name in names if name.startswith(RATE)}
    return [blocks.get(name, rates.get(name, name)) for name in names]


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
        gain : share of the trees' loss reduction in training, 0..1; each kind of trees counts by its weight in the
            blend.
        permutation : rise of log loss when the feature is shuffled, mean over repeats; below 0 means no use.
        permutation_std : standard deviation over repeats.
        mean_abs_shap : mean absolute contribution to the log-odds (summed over the questions for the tier).
    """
    rng = np.random.default_rng(config.seed)
    chosen = np.sort(rng.permutation(len(rows.y))[: config.most_rows])
    X, y = rows.X.iloc[chosen], rows.y[chosen]
    groups = [pd.Series(input_groups(question.inputs)) for question in bundle.manifest.questions]
    shap = _summed(groups, [np.abs(values).mean(axis=0) for values in bundle.contributions(X)])
    gain = _summed(groups, _gain(bundle))
    permuted = _permutation(bundle, bundle.inputs(X), y, groups, shap, config.permutation_repeats, rng)
    table = pd.DataFrame(
        {
            "gain": gain / max(gain.sum(), CLIP),
            "permutation": permuted.mean(),
            "permutation_std": permuted.std(ddof=0),
            "mean_abs_shap": shap,
        }
    )
    return table.rename_axis("feature").sort_values("mean_abs_shap", ascending=False, kind="stable").reset_index()


def _summed(groups: list[pd.Series], values: list[np.ndarray]) -> pd.Series:
    """Values of the inputs of all questions, summed by group."""
    return pd.Series(np.concatenate(values)).groupby(pd.concat(groups, ignore_index=True)).sum()


def _gain(bundle: Bundle) -> list[np.ndarray]:
    """Share of each question's inputs in the loss reduction of its trees, each kind times its weight in the blend.

    0 for what the trees do not see.
    """
    gains = []
    for question, members in zip(bundle.manifest.questions, bundle.members, strict=True):
        gain = np.zeros(len(question.inputs))
        for member, boosters in members.boosters.items():
            reduced = np.sum([booster.feature_importance("gain") for booster in boosters], axis=0)
            gain[question.tree_inputs] += question.blend.weights[member] * reduced / max(reduced.sum(), CLIP)
        gains.append(gain)
    return gains


def _permutation(
    bundle: Bundle,
    matrices: list[np.ndarray],
    y: np.ndarray,
    groups: list[pd.Series],
    used: pd.Series,
    repeats: int,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Rise of log loss, one row a repeat, one column a group. The columns of a group are shuffled together."""

    def log_losses(inputs: list[np.ndarray]) -> np.ndarray:
        p = bundle.probabilities(inputs).reshape(-1, len(y), len(bundle.manifest.classes))
        losses: np.ndarray = -np.log(p[:, np.arange(len(y)), y]).mean(axis=1)
        return losses

    def shuffled(group: str) -> list[np.ndarray]:
        """All repeats one below the other: scoring many rows at once costs little more than scoring few."""
        orders = [rng.permutation(len(y)) for _ in range(repeats)]
        result = []
        for matrix, names in zip(matrices, groups, strict=True):
            columns = np.flatnonzero(names == group)
            changed = np.tile(matrix, (repeats, 1))
            changed[:, columns] = matrix[np.ix_(np.concatenate(orders), columns)]
            result.append(changed)
        return result

    [base] = log_losses(matrices)
    return pd.DataFrame(
        {
            # What no member asks for changes nothing.
            group: log_losses(shuffled(str(group))) - base if used[group] else np.zeros(repeats)
            for group in used.index
        }
    )


def drawable(texts: list[str]) -> tuple[list[str], list[str]]:
    """Texts that a picture can show, and the font families to draw them with.

    Where the default font lacks characters, Chinese ones say, an installed font that has them stands behind it. Where
    there is none, the texts that hold them are escaped: `attr_\\u884c\\u4e1a`.
    """
    from matplotlib import font_manager

    default = font_manager.FontProperties()
    families = default.get_family()
    lacking = {ord(sign) for text in texts for sign in text if not sign.isspace()}
    lacking -= _characters(font_manager.findfont(default))
    if not lacking:
        return texts, families
    fonts = sorted(font_manager.fontManager.ttflist, key=lambda f: (f.weight != 400, f.style != "normal", f.name))
    for font in fonts:
        # It has a box for every character there is.
        if not font.name.startswith("Last Resort") and lacking <= _characters(font.fname):
            return texts, [*families, font.name]
    return [
        text.encode("ascii", "backslashreplace").decode() if lacking & {*map(ord, text)} else text for text in texts
    ], families


def _characters(path: str) -> set[int]:
    """The code points that a font has; none where its file cannot be read."""
    from matplotlib import font_manager

    try:
        return set(font_manager.get_font(path).get_charmap())
    except (OSError, RuntimeError):
        return set()


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
    (title, *names), families = drawable([title, *shown["feature"].str.slice(0, 48)])
    axes = figure.subplots(1, len(panels), sharey=True)
    for axis, (column, label) in zip(axes, panels.items(), strict=True):
        errors = shown["permutation_std"] if column == "permutation" else None
        axis.barh(names, shown[column], xerr=errors, color="#33658a")
        axis.tick_params(axis="y", labelfontfamily=families)
        axis.set_title(label, fontsize=10)
        axis.spines[["top", "right"]].set_visible(False)
    figure.suptitle(title, fontfamily=families)
    return figure
