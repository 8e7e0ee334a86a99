"""What one column tells about a yes-or-no label, out of fold: its area, information, pure values, and chance.

A column is cut into cells (quantiles of a number, values of a category, and one cell for what is missing), so that one
figure serves numbers and categories, rising, falling or neither. A cell's rate comes from the rows of other clients.
"""

from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

import numpy as np
import pandas as pd

from inquiry_intent.metrics import LEAST_GROUPS

MOST_CELLS = 32
LEAST_ROWS_PER_CELL = 10
FOLDS = 5
#: A cell's rate counts as much as the overall rate after this many rows.
PRIOR_ROWS = 5.0
#: The part of the other class that may stand among values called pure.
IMPURITY = 0.005


@dataclass(frozen=True)
class Cells:
    """A column as cells: the cell of each row, and how many there are."""

    codes: np.ndarray
    count: int


@dataclass(frozen=True)
class Told:
    """What a column tells out of fold.

    Attributes
    ----------
    auc : float
        Area under the ROC curve of the cells' rates; 0.5 or below: nothing.
    information : float
        Part of the label's entropy (that of the base rate) that the cells take away; a lower bound of the mutual
        information over that entropy, below 0 where they mislead.
    agreement : float
        1: says the label of every row; 0: no better than always naming the commoner class.
    pure_share, pure_class : float, int
        Largest share of one class that stands in values (nearly) free of the other, and which class it is.
    pure_rows, pure_misses : float
        Its rows there, and the rows of the other class that would stand there too if the column told nothing.
    """

    auc: float
    information: float
    agreement: float
    pure_share: float
    pure_class: int
    pure_rows: float
    pure_misses: float


def cut(column: pd.Series) -> Cells:
    """Cut a column into cells: values or quantiles of a number, values of a category, and one for what is missing.

    >>> cut(pd.Series([3.0, None, 3.0, 8.0])).codes.tolist()
    [0, 2, 0, 1]
    """
    if pd.api.types.is_numeric_dtype(column):
        numbers = column.to_numpy(dtype=np.float64)
        edges = _edges(numbers[~np.isnan(numbers)])
        known = len(edges) + 1
        codes = np.where(np.isnan(numbers), -1, np.searchsorted(edges, numbers, side="left"))
    else:
        codes, values = pd.factorize(column)
        known = len(values)
    lost = codes < 0
    return Cells(np.where(lost, known, codes), known + int(lost.any()))


def _edges(numbers: np.ndarray) -> np.ndarray:
    """Upper ends of all cells but the last. A common value, such as a code among amounts, has a cell of its own."""
    values, counts = np.unique(numbers, return_counts=True)
    n_cells = int(np.clip(len(numbers) // LEAST_ROWS_PER_CELL, 2, MOST_CELLS))
    if len(values) <= n_cells:
        return values[:-1]
    quantiles = np.quantile(numbers, np.linspace(0, 1, n_cells + 1)[1:-1])
    common = values[counts >= len(numbers) / n_cells]
    return np.unique(np.concatenate([quantiles, common, np.nextafter(common, -np.inf)]))


def folds_of(groups: np.ndarray) -> np.ndarray:
    """A fold for each row, the same for all rows of a group, by a hash of its name."""
    return (pd.util.hash_array(groups.astype(object)) % FOLDS).astype(np.int64)


def rates(cells: Cells, y: np.ndarray, folds: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rate of y = 1 in each cell by the rows of the other folds, and the rows of each fold and cell, with 1 and with 0.

    Returns
    -------
    rate, ones, zeros : ndarray of shape (FOLDS, n_cells)
    """
    place = folds * cells.count + cells.codes
    size = FOLDS * cells.count
    all_rows = np.bincount(place, minlength=size).reshape(FOLDS, -1).astype(np.float64)
    ones = np.bincount(place, weights=y, minlength=size).reshape(FOLDS, -1)
    seen, seen_ones = all_rows.sum(axis=0) - all_rows, ones.sum(axis=0) - ones
    base = (seen_ones.sum(axis=1) / np.maximum(seen.sum(axis=1), 1))[:, None]
    return (seen_ones + PRIOR_ROWS * base) / (seen + PRIOR_ROWS), ones, all_rows - ones


def told(cells: Cells, y: np.ndarray, folds: np.ndarray) -> Told:
    """Figures of one column; y holds 0 and 1, both of them."""
    rate, ones, zeros = rates(cells, y, folds)
    base = y.mean()
    entropy = -(base * np.log(base) + (1 - base) * np.log1p(-base))
    surprise = -(ones * np.log(rate.clip(1e-6)) + zeros * np.log((1 - rate).clip(1e-6))).sum() / len(y)
    wrong = np.where(rate > 0.5, zeros, ones).sum() / len(y)
    lift = _lift(rate, ones, zeros)
    shares = _pure_share(-lift, zeros, ones), _pure_share(lift, ones, zeros)
    pure_class = int(shares[1] >= shares[0])
    return Told(
        auc=area(lift, ones, zeros),
        information=float(1 - surprise / entropy),
        agreement=float(1 - wrong / min(base, 1 - base)),
        pure_share=shares[pure_class],
        pure_class=pure_class,
        pure_rows=float(shares[pure_class] * (ones if pure_class else zeros).sum()),
        pure_misses=float(shares[pure_class] * (zeros if pure_class else ones).sum()),
    )


def _lift(rate: np.ndarray, ones: np.ndarray, zeros: np.ndarray) -> np.ndarray:
    """Rates less the overall rate of the folds they come from, which alone would rank each fold against its label."""
    seen = (ones + zeros).sum() - (ones + zeros).sum(axis=1)
    base = (ones.sum() - ones.sum(axis=1)) / np.maximum(seen, 1)
    return rate - base[:, None]


def area(score: np.ndarray, ones: np.ndarray, zeros: np.ndarray) -> float:
    """Area under the ROC curve of groups of rows: a score for each, and its rows with label 1 and 0; ties count half.

    >>> area(np.array([0.1, 0.9]), np.array([0.0, 3.0]), np.array([5.0, 0.0]))
    1.0
    """
    order, starts = _by_score(score)
    with_1, with_0 = np.add.reduceat(ones.ravel()[order], starts), np.add.reduceat(zeros.ravel()[order], starts)
    above = with_1.sum() - np.cumsum(with_1)
    return float((with_0 * (above + with_1 / 2)).sum() / (with_1.sum() * with_0.sum()))


def _by_score(score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Groups in ascending order of score, and where each run of equal scores begins."""
    # Equal cells of two folds may differ in the last bit.
    flat = np.round(score.ravel(), 12)
    order = np.argsort(flat, kind="stable")
    return order, np.flatnonzero(np.r_[True, np.diff(flat[order]) != 0])


def _pure_share(score: np.ndarray, ones: np.ndarray, zeros: np.ndarray) -> float:
    """Share of the ones above a score that next to no zero reaches."""
    return _purest(score, ones, zeros)[0]


def _purest(score: np.ndarray, ones: np.ndarray, zeros: np.ndarray) -> tuple[float, float, int]:
    """Largest share of the ones above a score that next to no zero reaches, that score, and how many there are."""
    order, starts = _by_score(-score)
    with_1 = np.cumsum(np.add.reduceat(ones.ravel()[order], starts)) / ones.sum()
    with_0 = np.cumsum(np.add.reduceat(zeros.ravel()[order], starts)) / zeros.sum()
    pure = int((with_0 <= IMPURITY).sum())
    if not pure:
        return 0.0, np.inf, len(starts)
    return float(with_1[pure - 1]), float(score.ravel()[order[starts[pure - 1]]]), len(starts)


def pure_rows(cells: Cells, y: np.ndarray, folds: np.ndarray, of_class: int) -> tuple[np.ndarray, int]:
    """Which rows stand in the values called pure of a class, and among how many such choices they are the best."""
    lift, ones, zeros = ranked(cells, y, folds)
    score, own, others = (lift, ones, zeros) if of_class else (-lift, zeros, ones)
    _, limit, ways = _purest(score, own, others)
    stands: np.ndarray = np.round(score, 12)[folds, cells.codes] >= np.round(limit, 12)
    return stands, 2 * ways


def together_by_chance(stands: np.ndarray, of_class: np.ndarray, groups: np.ndarray) -> float:
    """Probability that as many of the rows that stand somewhere are of a class if the two have nothing in common.

    Fisher's exact test. Rows of one group (client) that are alike in both count once.

    >>> together_by_chance(np.array([True, False] * 2), np.array([True, False] * 2), np.arange(4)).__round__(3)
    0.167
    """
    from scipy.stats import hypergeom

    seen = pd.DataFrame({"stands": stands, "of_class": of_class, "group": groups}).drop_duplicates()
    both = int((seen["stands"] & seen["of_class"]).sum())
    return float(hypergeom.sf(both - 1, len(seen), int(seen["of_class"].sum()), int(seen["stands"].sum())))


@dataclass(frozen=True)
class Gaps:
    """How missing values go with the label."""

    share_of_ones: float
    share_of_zeros: float
    #: What stands in one class only, if anything does, which class that is, and its share of it.
    only: Literal["missing", "filled"] | None
    only_class: int
    only_share: float


def gaps(missing: np.ndarray, y: np.ndarray) -> Gaps:
    """Compare where values are missing among the rows with label 1 and 0."""
    in_1, in_0 = float(missing[y == 1].mean()), float(missing[y == 0].mean())
    found: list[tuple[float, Literal["missing", "filled"], int]] = []
    sides: list[tuple[Literal["missing", "filled"], float, float]]
    sides = [("missing", in_1, in_0), ("filled", 1 - in_1, 1 - in_0)]
    for what, share_1, share_0 in sides:
        for label, own, other in ((1, share_1, share_0), (0, share_0, share_1)):
            if other <= IMPURITY and own > 0:
                found.append((own, what, label))
    share, only, label = max(found, default=(0.0, None, 0))
    return Gaps(in_1, in_0, only, label, share)


def null_z(auc: float, y: np.ndarray) -> float:
    """Standard errors of an area above what chance gives (Mann and Whitney)."""
    ones, zeros = y.sum(), (1 - y).sum()
    return float((auc - 0.5) / np.sqrt((ones + zeros + 1) / (12 * ones * zeros)))


def chance(cells: Cells, y: np.ndarray, folds: np.ndarray, groups: np.ndarray, repeats: int, seed: int) -> float:
    """Probability that a column without meaning has an area as large as this one, from permutations of the label.

    Labels move in blocks of one group (client, as codes), so that a client's inquiries, which often end alike, do not
    pass for many witnesses. The tail is that of a normal distribution with the permutations' mean and spread: a few of
    them then reach the small probabilities that many columns call for.
    """
    observed = area(*ranked(cells, y, folds))
    order = np.argsort(groups, kind="stable")
    sorted_y, (blocks, block_of) = y[order], np.unique(groups[order], return_inverse=True)
    rng = np.random.default_rng(seed)
    areas = np.empty(repeats)
    mixed = np.empty_like(y)
    for i in range(repeats):
        mixed[order] = sorted_y[np.argsort(rng.permutation(len(blocks))[block_of], kind="stable")]
        areas[i] = area(*ranked(cells, mixed, folds))
    return NormalDist().cdf(-float((observed - areas.mean()) / max(areas.std(ddof=1), 1e-9)))


def ranked(cells: Cells, y: np.ndarray, folds: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """As `rates`, with each rate less the overall rate of the folds it comes from."""
    rate, ones, zeros = rates(cells, y, folds)
    return _lift(rate, ones, zeros), ones, zeros


def area_of_rows(score: np.ndarray, y: np.ndarray, weights: np.ndarray | None = None) -> float:
    """Area under the ROC curve of single rows; NaN where one class is absent."""
    weights = np.ones(len(y)) if weights is None else weights
    if not ((weights * y).any() and (weights * (1 - y)).any()):
        return float("nan")
    return area(score, weights * y, weights * (1 - y))


def both_ways(cells: Cells, y: np.ndarray, folds: np.ndarray, later: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Scores of the later rows: by the rates of other clients at random, and by those of earlier rows only."""
    at_random = ranked(cells, y, folds)[0][folds[later], cells.codes[later]]
    rows = np.bincount(cells.codes[~later], minlength=cells.count)
    ones = np.bincount(cells.codes[~later], weights=y[~later], minlength=cells.count)
    past = (ones + PRIOR_ROWS * y[~later].mean()) / (rows + PRIOR_ROWS)
    return at_random, past[cells.codes[later]]


def paired_z(one: np.ndarray, other: np.ndarray, y: np.ndarray, groups: np.ndarray, repeats: int, seed: int) -> float:
    """Standard errors by which one score's area is above another's, from a bootstrap over groups; 0 with too few."""
    _, block_of = np.unique(groups, return_inverse=True)
    n_blocks = int(block_of.max()) + 1
    if n_blocks < LEAST_GROUPS:
        return 0.0
    rng = np.random.default_rng(seed)
    draws = []
    for _ in range(repeats):
        weights = np.bincount(rng.integers(0, n_blocks, n_blocks), minlength=n_blocks)[block_of].astype(np.float64)
        draws.append(area_of_rows(one, y, weights) - area_of_rows(other, y, weights))
    return (area_of_rows(one, y) - area_of_rows(other, y)) / max(float(np.nanstd(draws, ddof=1)), 1e-9)
