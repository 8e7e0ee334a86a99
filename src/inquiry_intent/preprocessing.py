"""From features to numbers: what every part of the model looks at, fitted so that no row sees its own label.

The columns that come from labels (win rates of categories, the linear text model) are made out of fold for the rows
that they are fitted on, and by the parts fitted on all of them for every other row.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from inquiry_intent.config import Target, TrainConfig
from inquiry_intent.embedding import EMBEDDING_PREFIX
from inquiry_intent.features.text import BUYER_TEXT

#: Probabilities nearer to 0 or 1 than this are no evidence of anything that we can measure.
LEAST = 1e-4
#: Fewer texts than this make no text model.
LEAST_TEXTS = 4
#: A value, or a term of the buyers' words, is kept if it occurs in so many folds, and so from so many clients.
LEAST_FOLDS = 3
RATE, WORDS, CATEGORY = "rate_", "wording_", "category_"


def feature_kinds(features: pd.DataFrame) -> dict[str, str]:
    """Kind of each column: embedding, text (the buyers' words), categorical (str) or numeric."""
    return {
        column: "embedding"
        if column.startswith(EMBEDDING_PREFIX)
        else "text"
        if column == BUYER_TEXT
        else "categorical"
        if pd.api.types.is_string_dtype(features[column])
        else "numeric"
        for column in map(str, features)
    }


def evidence(p: np.ndarray, prior: np.ndarray) -> np.ndarray:
    """What probabilities say beyond the prior rates: log p - log prior, per row without its mean over the classes.

    >>> evidence(np.array([[0.5, 0.5]]), np.array([0.5, 0.5]))
    array([[0., 0.]])
    """
    z = np.log(np.clip(p, LEAST, None)) - np.log(np.clip(prior, LEAST, None))
    return z - z.mean(axis=1, keepdims=True)


def fold_of(groups: pd.Series, n_folds: int, seed: int) -> np.ndarray:
    """A fold for each row; all rows of a group share it, whatever the order of the rows.

    Groups are dealt out in the order of a hash of their name, so that folds are of about one size even with few groups.
    """

    def place(group: str) -> bytes:
        return hashlib.sha256(f"{seed}:{group}".encode("utf-8", "surrogatepass")).digest()

    ordered = sorted(groups.unique(), key=place)
    fold = {group: i % n_folds for i, group in enumerate(ordered)}
    return groups.map(fold).to_numpy(dtype=np.int64)


@dataclass(frozen=True)
class Inputs:
    """The fitted parts: `columns` without labels; `rates` of categories and `words` of texts, learned from labels.

    `seen`: how many training rows each value had, of the scattered categories: those most of whose rows have a rare
    value, so that codes tell little and it matters how well a rate is known.
    """

    columns: Any
    rates: Any
    words: Any
    kinds: dict[str, str]
    prior: np.ndarray
    seen: dict[str, dict[str, int]]

    def matrix(self, features: pd.DataFrame) -> np.ndarray:
        """All inputs, float64 of shape (n_rows, n_inputs), for rows that the parts were not fitted on."""
        parts = [np.asarray(self.columns.transform(features), dtype=np.float64)]
        if self.rates is not None:
            parts.append(_rates(self.rates, features, self.prior))
            parts.append(_seen(self.seen, features))
        if self.words is not None:
            parts.append(_wording(self.words, features, self.prior))
        return np.column_stack(parts)

    def names(self) -> list[str]:
        """People's names of the inputs: the feature itself, component n of a block of embeddings, rate_<category>_…."""
        names: list[str] = []
        for block, transformer, columns in self.columns.transformers_:
            if block == "numeric" or block.startswith(CATEGORY):
                names += list(columns)
            elif block != "remainder":
                names += [f"{block}component_{i:02d}" for i in range(transformer[-1].n_components_)]
        if self.rates is not None:
            names += [f"{RATE}{name}_1" for name in self.rates.feature_names_in_]
            names += [f"{RATE}{name}_count" for name in self.seen]
        if self.words is not None:
            names.append(f"{WORDS}1")
        return names


def fit_inputs(
    features: pd.DataFrame, y: np.ndarray, folds: np.ndarray, config: TrainConfig, target: Target
) -> tuple[Inputs, np.ndarray]:
    """Fit the inputs, and make them for the rows they are fitted on without any row's own label.

    Parameters
    ----------
    y : ndarray of shape (n_rows,)
        1 yes, 0 no.
    folds : ndarray of shape (n_rows,)
        Rows of one fold never inform each other's label columns.
    target : str
        Whether categories' rates are among the inputs depends on it (`config.rates`).

    Returns
    -------
    (Inputs, ndarray of shape (n_rows, n_inputs))
    """
    kinds = feature_kinds(features)
    prior = class_rates(y, 2)
    known = {c: _common_values(features[c], folds) for c in _named(kinds, "categorical")}
    columns = _build_columns(features, kinds, known, config).fit(features)
    parts = [np.asarray(columns.transform(features), dtype=np.float64)]
    categories = [c for c in known if features[c].nunique() > 1]
    rates = words = None
    seen: dict[str, dict[str, int]] = {}
    if target in config.rates and categories and len(np.unique(y)) == 2:
        rates, made = _fit_rates(features[categories], y, folds, known)
        scattered = [c for c in categories if _is_scattered(features[c], config.rare_category)]
        seen, counts = _fit_seen(features[scattered], folds, known)
        parts += [made, counts]
    if config.words.enabled and BUYER_TEXT in features and features[BUYER_TEXT].notna().any():
        words, wording = _fit_words(features, y, folds, config)
        if wording is not None:
            parts.append(wording)
    return Inputs(columns, rates, words, kinds, prior, seen), np.column_stack(parts)


def _is_scattered(category: pd.Series, rare: int) -> bool:
    """Whether most rows with a value have one that fewer than `rare` rows share.

    >>> _is_scattered(pd.Series(["a", "b", "c", "d", "d"]), rare=2)
    True
    """
    seen = category.map(category.value_counts())
    return bool((seen.dropna() < rare).mean() > 0.5)


def class_probabilities(model: Any, matrix: Any, n_classes: int) -> np.ndarray:
    """A classifier's probabilities of all classes, also of those that its rows did not hold (nearly 0)."""
    p = np.full((matrix.shape[0], n_classes), LEAST)
    p[:, model.classes_] = model.predict_proba(matrix)
    return p


def class_rates(y: np.ndarray, n_classes: int) -> np.ndarray:
    """Share of each class, with one more row spread over all: no class is impossible."""
    return (np.bincount(y, minlength=n_classes) + 1 / n_classes) / (len(y) + 1)


def _common_values(category: pd.Series, folds: np.ndarray) -> list[str]:
    """The values of a category in enough folds, sorted. What fewer clients have, a free text say, is kept nowhere."""
    spread = pd.Series(folds, index=category.index).groupby(category).nunique()
    return sorted(map(str, spread.index[spread >= _enough(folds)]))


def _enough(folds: np.ndarray) -> int:
    """In how many folds, which share no client, something must occur to have a place in the model."""
    return min(LEAST_FOLDS, len(np.unique(folds)))


def _named(kinds: dict[str, str], kind: str) -> list[str]:
    return [column for column, k in kinds.items() if k == kind]


def _build_columns(
    features: pd.DataFrame, kinds: dict[str, str], known: dict[str, list[str]], config: TrainConfig
) -> Any:
    """Numbers as they are, categories as codes, each embedding block by PCA; columns that never vary are left out.

    The last code of a category is that of its rare values, and so of values that are new. Where training saw no rare
    one, trees know nothing of the code and take it as they take a missing value.
    """
    from sklearn.compose import ColumnTransformer
    from sklearn.decomposition import PCA
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OrdinalEncoder

    def varying(kind: str) -> list[str]:
        return [c for c in _named(kinds, kind) if features[c].nunique(dropna=False) > 1]

    parts: list[tuple[str, Any, list[str]]] = [("numeric", "passthrough", varying("numeric"))]
    for number, name in enumerate(varying("categorical")):
        rows = features[name].value_counts()
        frequent = [value for value in known[name] if rows[value] >= config.rare_category]
        encoder = OrdinalEncoder(
            categories=[_listed(frequent)], handle_unknown="use_encoded_value", unknown_value=len(frequent)
        )
        parts.append((f"{CATEGORY}{number}", encoder, [name]))
    for block in embedding_blocks(kinds):
        columns = [c for c in _named(kinds, "embedding") if c.startswith(block)]
        components = min(config.embedding_components, len(columns), len(features))
        if components:
            # An inquiry without text stands in the middle of nowhere: zeros.
            reduce = make_pipeline(
                SimpleImputer(strategy="constant", fill_value=0.0, keep_empty_features=True),
                PCA(components, svd_solver="covariance_eigh"),
            )
            parts.append((block, reduce, columns))
    return ColumnTransformer(parts, sparse_threshold=0)


def _listed(values: list[str]) -> np.ndarray:
    """Values as scikit-learn's encoders take them: missing is one of its own, the last."""
    return np.array([*values, np.nan], dtype=object)


def embedding_blocks(kinds: dict[str, str]) -> list[str]:
    """Prefixes of the embedding columns, one a block: `emb_mean_`, `emb_last_`."""
    return list(dict.fromkeys(c.rsplit("_", 1)[0] + "_" for c, kind in kinds.items() if kind == "embedding"))


def _fit_rates(
    categories: pd.DataFrame, y: np.ndarray, folds: np.ndarray, known: dict[str, list[str]]
) -> tuple[Any, np.ndarray]:
    """Smoothed rates of the known values (empirical Bayes), as evidence; out of fold for the rows given.

    Evidence is more or less than the rate of the rows learned from, which for a row held out is the rest: the rest's
    distance from the rate of all rows would tell the labels of the fold.
    """
    from sklearn.preprocessing import TargetEncoder

    def encoder() -> Any:
        return TargetEncoder(categories=[_listed(known[str(c)]) for c in categories], target_type="binary")

    made = np.zeros(categories.shape)
    for held, rest in ((folds == fold, folds != fold) for fold in np.unique(folds)):
        if len(np.unique(y[rest])) > 1:
            fitted = encoder().fit(categories[rest], y[rest])
            made[held] = _rates(fitted, categories[held], class_rates(y[rest], 2))
    return encoder().fit(categories, y), made


def _fit_seen(
    categories: pd.DataFrame, folds: np.ndarray, known: dict[str, list[str]]
) -> tuple[dict[str, dict[str, int]], np.ndarray]:
    """How many rows each known value has; for the rows given, those of the other folds, as for a row that comes new."""

    def counted(rows: pd.DataFrame) -> dict[str, dict[str, int]]:
        values = {str(c): rows[c].where(rows[c].isin(known[str(c)])) for c in rows}
        return {c: {str(k): int(n) for k, n in of.value_counts().items()} for c, of in values.items()}

    made = np.zeros(categories.shape)
    for fold in np.unique(folds) if len(categories.columns) else ():
        held = folds == fold
        made[held] = _seen(counted(categories[~held]), categories[held])
    return counted(categories), made


def _seen(counts: dict[str, dict[str, int]], features: pd.DataFrame) -> np.ndarray:
    """Logarithm of one plus how often each value was seen, of shape (n_rows, n_scattered)."""
    columns = [np.log1p(features[c].map(of).fillna(0).to_numpy(dtype=np.float64)) for c, of in counts.items()]
    return np.column_stack(columns) if columns else np.empty((len(features), 0))


def _rates(encoder: Any, features: pd.DataFrame, prior: np.ndarray) -> np.ndarray:
    columns = list(encoder.feature_names_in_)
    p = np.asarray(encoder.transform(features[columns]), dtype=np.float64)
    return _log_odds(p) - _log_odds(prior[1:])


def _log_odds(p: np.ndarray) -> np.ndarray:
    clipped = np.clip(p, LEAST, 1 - LEAST)
    return np.log(clipped) - np.log1p(-clipped)


def _fit_words(
    features: pd.DataFrame, y: np.ndarray, folds: np.ndarray, config: TrainConfig
) -> tuple[Any, np.ndarray | None]:
    """The linear text model, and its evidence out of fold. (None, None) where the rows cannot teach one."""
    from sklearn.pipeline import Pipeline

    wrote = features[BUYER_TEXT].notna().to_numpy()
    if len(np.unique(y[wrote])) < 2 or wrote.sum() < LEAST_TEXTS:
        return None, None
    texts, labels, fold = features.loc[wrote, BUYER_TEXT], y[wrote], folds[wrote]
    terms = _common_terms(_vectorizer(config), texts, fold)
    if not any(terms.values()):
        return None, None
    vectors = _vectorizer(config, terms)
    # Which words there are tells nothing of labels, so one vocabulary serves all folds.
    matrix = vectors.fit_transform(texts)
    for _, each in vectors.transformer_list:
        each.vocabulary = None  # fitted, it stands in vocabulary_
    out = _held_out(matrix, labels, fold, config.words.strength)
    words = Pipeline([("vectors", vectors), ("linear", _linear(config.words.strength).fit(matrix, labels))])
    made = np.zeros((len(features), 2))
    made[wrote] = out
    return words, _as_columns(made)


def _held_out(
    matrix: Any, labels: np.ndarray, fold: np.ndarray, strength: float, prior: np.ndarray | None = None
) -> np.ndarray:
    """What linear models of the other folds say of each; as evidence beyond the prior, by default their own rates."""
    out = np.zeros((len(labels), 2))
    for held in (fold == f for f in np.unique(fold)):
        if len(np.unique(labels[~held])) > 1:
            model = _linear(strength).fit(matrix[~held], labels[~held])
            beyond = class_rates(labels[~held], 2) if prior is None else prior
            out[held] = evidence(class_probabilities(model, matrix[held], 2), beyond)
    return out


def words_by_fold(
    words: Any, features: pd.DataFrame, y: np.ndarray, folds: np.ndarray, config: TrainConfig, prior: np.ndarray
) -> np.ndarray:
    """The evidence of the buyers' words had the model learned from the other of these folds, of shape (n_rows, 2).

    The terms stay those of `words`: which there are tells nothing of labels, and to find them anew takes long.
    """
    wrote = features[BUYER_TEXT].notna().to_numpy()
    matrix = words[0].transform(features.loc[wrote, BUYER_TEXT])
    made = np.zeros((len(features), 2))
    made[wrote] = _held_out(matrix, y[wrote], folds[wrote], config.words.strength, prior)
    return made


def _vectorizer(config: TrainConfig, terms: dict[str, dict[str, int]] | None = None) -> Any:
    """Vectors of words and of characters; of these terms alone, if given, each with its column."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import FeatureUnion

    kinds: dict[str, dict[str, Any]] = {
        "word": {"ngram_range": (1, 2)},
        "character": {"analyzer": "char_wb", "ngram_range": (3, 4)},
    }
    each = {
        name: TfidfVectorizer(
            **kind,
            vocabulary=None if terms is None else terms[name],
            max_features=config.words.most_terms,
            sublinear_tf=True,
            dtype=np.float32,
        )
        for name, kind in kinds.items()
        if terms is None or terms[name]
    }
    return FeatureUnion(list(each.items()))


def _common_terms(vectors: Any, texts: pd.Series, fold: np.ndarray) -> dict[str, dict[str, int]]:
    """The terms of texts in at least `LEAST_FOLDS` folds, which share no client, by vectorizer.

    What one client alone writes, his name and numbers above all, is no word of trade: it has no place in a model that
    others may read.
    """
    matrix, numbers, start = vectors.fit_transform(texts), np.unique(fold), 0
    there = np.vstack([np.diff(matrix[fold == f].tocsc().indptr) > 0 for f in numbers])
    kept = there.sum(axis=0) >= _enough(fold)
    found = {}
    for name, each in vectors.transformer_list:
        terms = each.get_feature_names_out()
        own = terms[kept[start : start + len(terms)]]
        start += len(terms)
        # numpy's integers would each be a file of their own in the bundle.
        found[name] = {str(term): column for column, term in enumerate(own)}
    return found


def _linear(strength: float) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=strength, max_iter=3000)


def _wording(words: Any, features: pd.DataFrame, prior: np.ndarray) -> np.ndarray:
    """Evidence of the buyer's words; 0 where there are none."""
    made = np.zeros((len(features), len(prior)))
    wrote = features[BUYER_TEXT].notna().to_numpy()
    if wrote.any():
        made[wrote] = evidence(class_probabilities(words, features.loc[wrote, BUYER_TEXT], len(prior)), prior)
    return _as_columns(made)


def _as_columns(z: np.ndarray) -> np.ndarray:
    """Evidence as an input: log-odds of yes, of shape (n_rows, 1)."""
    return z[:, 1:] - z[:, :1]


def as_evidence(columns: np.ndarray) -> np.ndarray:
    """The inverse of evidence as an input: shape (n_rows, 2)."""
    return np.column_stack([-columns[:, 0] / 2, columns[:, 0] / 2])
