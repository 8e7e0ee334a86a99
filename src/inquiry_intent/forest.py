"""How LightGBM is run: on parts of the rows for what it says of the others, and on all."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from inquiry_intent.config import BoosterConfig, TrainConfig
from inquiry_intent.members import Boosted, tree_evidence

Curve = dict[str, list[float]]
#: Positions of the rows held out and of those learned from, a part each.
Parts = list[tuple[np.ndarray, np.ndarray]]
#: Times the learning rate: a random split teaches less.
EXTRA_RATE = 2.0
NO_CURVE: Curve = {"iteration": [], "train_log_loss": [], "valid_log_loss": []}


@dataclass(frozen=True)
class Forest:
    """How LightGBM is run: its parameters, which columns hold categories' codes, and which of `BOOSTED` it is."""

    booster: BoosterConfig
    config: TrainConfig
    categorical: list[int]
    member: Boosted = "trees"

    def fit(self, matrix: np.ndarray, y: np.ndarray, n_trees: int, seed: int) -> Any:
        """A booster of n_trees."""
        import lightgbm

        return lightgbm.train(self._params(seed), self._dataset(matrix, y), num_boost_round=n_trees)

    def of_parts(self, matrix: np.ndarray, y: np.ndarray, parts: Parts, prior: np.ndarray, n_trees: int) -> np.ndarray:
        """What a booster of n_trees that learned from the rest says of each held row, as evidence."""
        said = np.zeros((len(y), 2))
        for held, rest in parts:
            model = self.fit(matrix[rest], y[rest], n_trees, self.config.seed)
            said[held] = tree_evidence(model.predict(matrix[held], raw_score=True), prior)
        return said

    def out_of_fold(
        self, matrix: np.ndarray, y: np.ndarray, parts: Parts, prior: np.ndarray
    ) -> tuple[np.ndarray, Curve, int]:
        """What trees say of rows they have not seen, at the number of trees that serves all folds together best."""
        import lightgbm

        def fold(part: tuple[np.ndarray, np.ndarray], most: int, stop: list[Any]) -> tuple[Any, dict[str, list[float]]]:
            held, rest = part
            curve: dict[str, dict[str, list[float]]] = {}
            data = self._dataset(matrix[rest], y[rest])
            made = lightgbm.train(
                self._params(self.config.seed),
                data,
                num_boost_round=most,
                valid_sets=[self._dataset(matrix[held], y[held], data), data],
                valid_names=["valid", "train"],
                callbacks=[*stop, lightgbm.record_evaluation(curve)],
            )
            return made, {name: next(iter(values.values())) for name, values in curve.items()}

        def until_worse(part: tuple[np.ndarray, np.ndarray]) -> tuple[Any, dict[str, list[float]]]:
            rounds = self.config.early_stopping_rounds
            stop = lightgbm.early_stopping(rounds, first_metric_only=True, verbose=False)
            return fold(part, self.booster.n_estimators, [stop])

        with ThreadPoolExecutor(self.config.threads) as pool:
            folds = list(pool.map(until_worse, parts))
            # A client unlike all others stops its fold early; the mean over all folds decides, not that one.
            longest = max(len(curve["valid"]) for _, curve in folds)
            short = [i for i, (_, curve) in enumerate(folds) if len(curve["valid"]) < longest]
            for i, whole in zip(short, pool.map(lambda i: fold(parts[i], longest, []), short), strict=True):
                folds[i] = whole
        losses = {name: [curve[name] for _, curve in folds] for name in ("train", "valid")}
        weights = [len(held) for held, _ in parts]
        table = {name: np.average(runs, axis=0, weights=weights) for name, runs in losses.items()}
        trees = int(table["valid"].argmin()) + 1
        said = np.zeros((len(y), 2))
        for (held, _), (model, _) in zip(parts, folds, strict=True):
            said[held] = tree_evidence(model.predict(matrix[held], raw_score=True, num_iteration=trees), prior)
        curve_table: Curve = {
            "iteration": list(range(1, longest + 1)),
            "train_log_loss": table["train"].tolist(),
            "valid_log_loss": table["valid"].tolist(),
        }
        return said, curve_table, trees

    def _dataset(self, matrix: np.ndarray, y: np.ndarray, reference: Any = None) -> Any:
        import lightgbm

        # LightGBM refuses names with JSON's special characters; people see the manifest's names.
        names = [f"x{i:04d}" for i in range(matrix.shape[1])]
        return lightgbm.Dataset(
            matrix, y, feature_name=names, categorical_feature=self.categorical, reference=reference
        )

    def _params(self, seed: int) -> dict[str, Any]:
        grown = self.booster.model_dump(exclude={"n_estimators"})
        if self.member == "extra_trees":
            grown |= {"extra_trees": True, "learning_rate": EXTRA_RATE * self.booster.learning_rate}
        return {
            "objective": "binary",
            "metric": "binary_logloss",
            **grown,
            "subsample_freq": 1,
            "cat_smooth": 20.0,
            "min_data_per_group": 20,
            "max_cat_to_onehot": 8,
            "seed": seed,
            "deterministic": True,
            "force_row_wise": True,
            "num_threads": 1,  # folds and seeds run side by side: rows are too few for threads to pay within a tree
            "verbosity": -1,
        }
