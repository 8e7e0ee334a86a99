"""From features and labels to a bundle: preprocessing, LightGBM, and the rule baseline fitted on the same rows."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from inquiry_intent.bundle import Bundle, Manifest, versions
from inquiry_intent.config import TARGETS, TIERS, BoosterConfig, Config, Target, TrainConfig
from inquiry_intent.embedding import EMBEDDING_PREFIX
from inquiry_intent.errors import DataError
from inquiry_intent.rules import fit_rules
from inquiry_intent.snapshots import KEY
from inquiry_intent.splits import USED_IN_FINAL_FIT

CLASSES: dict[Target, list[str]] = {"conversion": ["not_converted", "converted"], "client_tier": list(TIERS)}


@dataclass(frozen=True)
class Rows:
    """Labelled rows of one target: features, class index, and the side of the split of each."""

    X: pd.DataFrame
    y: np.ndarray
    split: pd.Series
    #: Columns kept out of X because they would give the label away.
    ignored: tuple[str, ...] = ()

    def of(self, *splits: str) -> "Rows":
        """The rows on some sides of the split."""
        chosen = self.split.isin(splits).to_numpy()
        return Rows(self.X[chosen], self.y[chosen], self.split[chosen], self.ignored)


def feature_kinds(features: pd.DataFrame) -> dict[str, str]:
    """Kind of each column: embedding, categorical (text) or numeric."""
    return {
        column: "embedding"
        if column.startswith(EMBEDDING_PREFIX)
        else "categorical"
        if pd.api.types.is_string_dtype(features[column])
        else "numeric"
        for column in map(str, features)
    }


def labelled_rows(features: pd.DataFrame, snapshots: pd.DataFrame, target: Target, tier_leaks: list[str]) -> Rows:
    """Features and labels of the snapshots that have a label for `target`.

    The column `split` of the result also tells `final_fit`: rows that stay out while the validation period measures and
    that the final model takes.

    Raises
    ------
    DataError
        If no row has a label, or features and snapshots do not match one to one.
    """
    if set(map(tuple, snapshots[KEY].itertuples(index=False))) != set(features.index):
        raise DataError("Features and snapshots are not of the same rows. Run 'dvc repro' to build both anew.")
    facts = snapshots.set_index(KEY).reindex(features.index)
    final_fit = facts["left_out_reason"].isin(USED_IN_FINAL_FIT)
    split = facts["split"].mask(final_fit, "final_fit")
    label = (
        facts["converted"]
        if target == "conversion"
        else facts["client_tier"].map({tier: i for i, tier in enumerate(TIERS)})
    )
    chosen = (split.notna() & label.notna()).to_numpy()
    if not chosen.any():
        raise DataError(
            f"No snapshot has a label for {target}. "
            "Conversion needs won and lost outcomes; client_tier needs order values or annual volumes of won ones. "
            "To train without this target, take it out of `targets` in params.yaml."
        )
    ignored = [c for c in features if target == "client_tier" and c in tier_leaks]
    X = features.loc[chosen].drop(columns=ignored)
    return Rows(X, label[chosen].to_numpy(dtype=np.int64), split[chosen], tuple(ignored))


def build_preprocess(kinds: dict[str, str], config: TrainConfig, n_rows: int) -> Any:
    """The unfitted scikit-learn part: numbers as they are, categories as codes, each embedding block by PCA."""
    from sklearn.compose import ColumnTransformer
    from sklearn.decomposition import PCA
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OrdinalEncoder

    def named(kind: str) -> list[str]:
        return [column for column, k in kinds.items() if k == kind]

    parts: list[tuple[str, Any, list[str]]] = [("numeric", "passthrough", named("numeric"))]
    encoder = OrdinalEncoder(
        handle_unknown="use_encoded_value",
        unknown_value=np.nan,
        encoded_missing_value=np.nan,
        min_frequency=config.rare_category,
    )
    parts.append(("categorical", encoder, named("categorical")))
    for block in embedding_blocks(kinds):
        columns = [c for c in named("embedding") if c.startswith(block)]
        components = min(config.embedding_components, len(columns), n_rows)
        if components:
            # An inquiry without text stands in the middle of nowhere: zeros.
            reduce = make_pipeline(
                SimpleImputer(strategy="constant", fill_value=0.0, keep_empty_features=True),
                PCA(components, svd_solver="covariance_eigh"),
            )
            parts.append((block, reduce, columns))
    return ColumnTransformer(parts, sparse_threshold=0)


def embedding_blocks(kinds: dict[str, str]) -> list[str]:
    """Prefixes of the embedding columns, one a block: `emb_mean_`, `emb_last_`."""
    return list(dict.fromkeys(c.rsplit("_", 1)[0] + "_" for c, kind in kinds.items() if kind == "embedding"))


def input_names(preprocess: Any) -> list[str]:
    """People's names of LightGBM's columns: the feature itself, or component n of a block of embeddings."""
    names: list[str] = []
    for block, transformer, columns in preprocess.transformers_:
        if block in ("numeric", "categorical"):
            names += list(columns)
        elif block != "remainder":
            names += [f"{block}component_{i:02d}" for i in range(transformer[-1].n_components_)]
    return names


def train(rows: Rows, target: Target, config: Config, encoder: str, facts: dict[str, Any]) -> tuple[Bundle, dict]:
    """Train one target: the number of trees by the validation period, then all rows before the test period.

    Parameters
    ----------
    rows : Rows
        Labelled rows; the test side is never looked at.
    encoder : str
        Fingerprint of the encoder behind the embeddings.
    facts : dict
        `warnings` of the labels, and `period` (first and last as_of) for the manifest.

    Returns
    -------
    (Bundle, dict)
        The model, and the learning curve: {"iteration", "train_log_loss", "valid_log_loss"} lists.

    Raises
    ------
    DataError
        If the training rows hold one class only.
    """
    fit, valid = rows.of("train"), rows.of("valid")
    everything = rows.of("train", "valid", "final_fit")
    classes = CLASSES[target]
    for name, part in (("training", fit), ("training and validation", everything)):
        if len(np.unique(part.y)) < 2:
            raise DataError(
                f"{target}: the {len(part.y)} {name} rows hold "
                f"{[classes[i] for i in np.unique(part.y)] or 'no class'}; two classes are needed. "
                "Give a longer history, an earlier split.test_from, or other tier bounds in params.yaml."
            )
    booster_config: BoosterConfig = getattr(config.train, target)
    kinds = feature_kinds(rows.X)
    n_trees, curve = _count_trees(fit, valid, kinds, target, booster_config, config.train)
    preprocess = build_preprocess(kinds, config.train, len(everything.y)).fit(everything.X)
    booster = _fit_booster(preprocess, everything, kinds, target, booster_config, config.train, n_trees)
    ages = everything.X["age_days"].dropna() if "age_days" in everything.X else pd.Series(dtype=float)
    manifest = Manifest(
        target=target,
        classes=classes,
        features=kinds,  # type: ignore[arg-type]
        ignored=list(rows.ignored),
        inputs=input_names(preprocess),
        feature_config=config.features,
        embed_config=config.embed,
        encoder=encoder,
        rule_config=config.rules,
        rules=fit_rules(everything.X, everything.y, len(classes), config.rules),
        warnings=facts["warnings"],
        training={"rows": len(everything.y), "trees": n_trees, "seed": config.train.seed, **facts["period"]},
        ages_days=(float(ages.min()), float(ages.max())) if len(ages) else None,
        versions=versions(),
    )
    return Bundle(manifest, preprocess, booster), curve


def _count_trees(
    fit: Rows, valid: Rows, kinds: dict[str, str], target: Target, booster: BoosterConfig, config: TrainConfig
) -> tuple[int, dict[str, list[float]]]:
    """The number of trees that serves the validation period best, and the curve that shows it."""
    import lightgbm

    if len(valid.y) == 0:
        raise DataError(f"{target}: no validation row has a label. Raise split.valid_share or move split.valid_from.")
    preprocess = build_preprocess(kinds, config, len(fit.y)).fit(fit.X)
    curve: dict[str, dict[str, list[float]]] = {}
    model = _fit_booster(
        preprocess,
        fit,
        kinds,
        target,
        booster,
        config,
        booster.n_estimators,
        watched=valid,
        callbacks=[
            lightgbm.early_stopping(config.early_stopping_rounds, first_metric_only=True, verbose=False),
            lightgbm.record_evaluation(curve),
        ],
    )
    by_split = {name: next(iter(values.values())) for name, values in curve.items()}
    steps = list(range(1, len(by_split["valid"]) + 1))
    table = {"iteration": steps, "train_log_loss": by_split["train"], "valid_log_loss": by_split["valid"]}
    return max(model.best_iteration, 1), table  # type: ignore[return-value]


def _fit_booster(
    preprocess: Any,
    rows: Rows,
    kinds: dict[str, str],
    target: Target,
    booster: BoosterConfig,
    config: TrainConfig,
    n_trees: int,
    watched: Rows | None = None,
    callbacks: list[Any] | None = None,
) -> Any:
    import lightgbm

    inputs = input_names(preprocess)
    categorical = [i for i, name in enumerate(inputs) if kinds.get(name) == "categorical"]

    def dataset(part: Rows, reference: Any = None) -> Any:
        matrix = np.asarray(preprocess.transform(part.X), dtype=np.float64)
        # LightGBM refuses names with JSON's special characters; people see the manifest's names.
        names = [f"x{i:04d}" for i in range(len(inputs))]
        return lightgbm.Dataset(
            matrix, part.y, feature_name=names, categorical_feature=categorical, reference=reference, free_raw_data=True
        )

    params = {
        "objective": "binary" if target == "conversion" else "multiclass",
        "metric": "binary_logloss" if target == "conversion" else "multi_logloss",
        **({} if target == "conversion" else {"num_class": len(CLASSES[target])}),
        **booster.model_dump(exclude={"n_estimators"}),
        "subsample_freq": 1,
        "cat_smooth": 20.0,
        "min_data_per_group": 50,
        "max_cat_to_onehot": 8,
        "seed": config.seed,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": config.threads,
        "verbosity": -1,
    }
    data = dataset(rows)
    watch: dict[str, Any] = (
        {} if watched is None else {"valid_sets": [dataset(watched, data), data], "valid_names": ["valid", "train"]}
    )
    return lightgbm.train(params, data, num_boost_round=n_trees, callbacks=callbacks, **watch)


def known_targets(snapshots: pd.DataFrame) -> list[Target]:
    """The targets for which both training and test rows have labels."""
    used = snapshots[snapshots["split"].notna()]
    columns = {"conversion": "converted", "client_tier": "client_tier"}
    return [t for t in TARGETS if set(used.loc[used[columns[t]].notna(), "split"]) >= {"train", "valid", "test"}]
