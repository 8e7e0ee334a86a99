"""What all columns tell together: at random, forward in time, and of the side of the split they stand on."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from inquiry_intent.auditing.figures import FOLDS, area_of_rows

#: Rows beyond this number are thinned out, the same ones each time: these figures need no more.
MOST_ROWS = 10_000
RARE_ROWS = 10
TREES = 50
PARAMS = {
    "objective": "binary",
    "learning_rate": 0.1,
    "num_leaves": 15,
    "min_child_samples": 20,
    "feature_fraction": 0.8,
    "cat_smooth": 20.0,
    "seed": 1,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbosity": -1,
}


@dataclass(frozen=True)
class Joint:
    """Areas under the ROC curve of a small booster on all columns; NaN where a class or the times are missing.

    Attributes
    ----------
    random, forward : float
        On the later rows: taught by other clients at random, and by earlier rows only.
    adversarial : float
        How well the columns tell the test period from what is before it; 0.5: not at all.
    """

    random: float
    forward: float
    adversarial: float


def joint_figures(X: pd.DataFrame, y: np.ndarray, folds: np.ndarray, later: np.ndarray, test: np.ndarray) -> Joint:
    """Measure all columns together.

    Parameters
    ----------
    X : DataFrame of shape (n, n_features)
    y : ndarray of shape (n,)
        1 and 0.
    folds : ndarray of shape (n,)
        By client: no client teaches its own rows, but for `forward`.
    later, test : ndarray of bool, shape (n,)
        The later rows of the export; the test side of the split.
    """
    step = -(-len(X) // MOST_ROWS)
    X, y, folds, later, test = X.iloc[::step], y[::step], folds[::step], later[::step], test[::step]
    matrix, categorical = _matrix(X)
    forward = _taught(matrix, categorical, y, ~later, later)
    return Joint(
        random=area_of_rows(_out_of_fold(matrix, categorical, y, folds)[later], y[later]),
        forward=float("nan") if forward is None else area_of_rows(forward, y[later]),
        adversarial=area_of_rows(_out_of_fold(matrix, categorical, test.astype(float), folds), test.astype(float)),
    )


def _matrix(X: pd.DataFrame) -> tuple[np.ndarray, list[int]]:
    """Numbers as they are, categories as codes, rare ones as one."""
    columns, categorical = [], []
    for at, name in enumerate(X):
        if pd.api.types.is_numeric_dtype(X[name]):
            columns.append(X[name].to_numpy(dtype=np.float64))
            continue
        codes = pd.Series(pd.factorize(X[name])[0])
        rare = codes.map(codes.value_counts()) < RARE_ROWS
        columns.append(codes.mask(rare, codes.max() + 1).astype("float64").mask(codes < 0).to_numpy())
        categorical.append(at)
    return np.column_stack(columns), categorical


def _out_of_fold(matrix: np.ndarray, categorical: list[int], y: np.ndarray, folds: np.ndarray) -> np.ndarray:
    scores = np.full(len(y), y.mean())
    for fold in range(FOLDS):
        here = folds == fold
        taught = _taught(matrix, categorical, y, ~here, here)
        if taught is not None:
            scores[here] = taught
    return scores


def _taught(
    matrix: np.ndarray, categorical: list[int], y: np.ndarray, fit: np.ndarray, rows: np.ndarray
) -> np.ndarray | None:
    """Scores of some rows by a booster fitted on others; None where those hold one class only."""
    import lightgbm

    if not rows.any() or len(np.unique(y[fit])) < 2:
        return None
    data = lightgbm.Dataset(matrix[fit], y[fit], categorical_feature=categorical)
    return np.asarray(lightgbm.train(PARAMS, data, num_boost_round=TREES).predict(matrix[rows]))
