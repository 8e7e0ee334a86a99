"""What ours is compared with: each peer learns from the same rows and predicts the same later rows."""

import json
import os
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from inquiry_intent.config import Config, Target
from inquiry_intent.features.text import BUYER_TEXT
from inquiry_intent.preprocessing import LEAST, class_probabilities, class_rates, feature_kinds
from inquiry_intent.rules import fit_rules, rule_probabilities
from inquiry_intent.training import CLASSES, Rows, fit_model

#: (rows to learn from, rows to predict, target, config) -> probabilities of shape (n_rows, n_classes); None: cannot.
Peer = Callable[[Rows, pd.DataFrame, Target, Config], np.ndarray | None]
#: Names the interpreter that has AutoGluon.
AUTOGLUON = "AUTOGLUON_PYTHON"
AUTOGLUON_DEFAULT = ".venv-autogluon/bin/python"
#: Longest that AutoGluon may search, a fold.
AUTOGLUON_SECONDS = 600
AUTOGLUON_HELP = f"""The peer autogluon needs autogluon.tabular in an environment of its own:
it wants pandas below 2.4, this project wants 3.1 or later.
    python3 -m venv .venv-autogluon
    .venv-autogluon/bin/pip install 'autogluon.tabular[all]'
Set {AUTOGLUON} if its python is elsewhere."""
#: Pseudo-count of the frequency tables.
UNSEEN = 0.1


def majority(rows: Rows, X: pd.DataFrame, target: Target, config: Config) -> np.ndarray:
    """The rates of the training rows."""
    return np.tile(class_rates(rows.y, len(CLASSES[target])), (len(X), 1))


def rules(rows: Rows, X: pd.DataFrame, target: Target, config: Config) -> np.ndarray:
    """The rule card, calibrated on the training rows."""
    return rule_probabilities(X, config.rules, fit_rules(rows.X, rows.y, len(CLASSES[target]), config.rules))


def naive_bayes(rows: Rows, X: pd.DataFrame, target: Target, config: Config) -> np.ndarray:
    """Naive Bayes on frequency tables of categories, as CRM systems score leads; an unknown value says nothing."""
    n = len(CLASSES[target])
    z = np.tile(np.log(class_rates(rows.y, n)), (len(X), 1))
    for column in _of_kind(rows.X, "categorical"):
        table = pd.crosstab(rows.X[column], rows.y).reindex(columns=range(n), fill_value=0) + UNSEEN
        shares = np.log(table / table.sum())
        z += shares.reindex(X[column]).fillna(0.0).to_numpy()
    p = np.exp(z - z.max(axis=1, keepdims=True))
    return np.clip(p / p.sum(axis=1, keepdims=True), LEAST, 1 - LEAST)


def tfidf_logistic(rows: Rows, X: pd.DataFrame, target: Target, config: Config) -> np.ndarray | None:
    """Logistic regression at defaults on TF-IDF of words; None where nobody wrote."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    if BUYER_TEXT not in rows.X or not rows.X[BUYER_TEXT].notna().any():
        return None
    model = make_pipeline(TfidfVectorizer(), LogisticRegression(max_iter=500))
    model.fit(rows.X[BUYER_TEXT].fillna(""), rows.y)
    return class_probabilities(model, X[BUYER_TEXT].fillna(""), len(CLASSES[target]))


def lightgbm_default(rows: Rows, X: pd.DataFrame, target: Target, config: Config) -> np.ndarray:
    """LightGBM at its defaults on numbers and categories."""
    import lightgbm

    categories, numbers = _of_kind(rows.X, "categorical"), _of_kind(rows.X, "numeric")

    def matrix(part: pd.DataFrame) -> np.ndarray:
        codes = [part[c].map({v: i for i, v in enumerate(sorted(rows.X[c].dropna().unique()))}) for c in categories]
        return np.column_stack([part[numbers].to_numpy(), *(c.astype("float64").to_numpy() for c in codes)])

    coded = list(range(len(numbers), len(numbers) + len(categories)))
    model = lightgbm.LGBMClassifier(n_jobs=config.train.threads, verbosity=-1, random_state=config.train.seed)
    model.fit(matrix(rows.X), rows.y, categorical_feature=coded)
    p = np.full((len(X), len(CLASSES[target])), LEAST)
    p[:, model.classes_] = model.predict_proba(matrix(X))
    return p


def catboost_default(rows: Rows, X: pd.DataFrame, target: Target, config: Config) -> np.ndarray:
    """CatBoost at its defaults on numbers, categories and its own features of the texts."""
    from catboost import CatBoostClassifier, Pool

    categories, numbers = _of_kind(rows.X, "categorical"), _of_kind(rows.X, "numeric")
    texts = [c for c in _of_kind(rows.X, "text") if rows.X[c].notna().any()]

    def pool(part: pd.DataFrame, y: np.ndarray | None = None) -> Any:
        words = part[[*categories, *texts]].fillna("").astype(object)
        return Pool(pd.concat([part[numbers], words], axis=1), y, cat_features=categories, text_features=texts)

    model = CatBoostClassifier(
        thread_count=config.train.threads, random_seed=config.train.seed, verbose=False, allow_writing_files=False
    )
    model.fit(pool(rows.X, rows.y))
    p = np.full((len(X), len(CLASSES[target])), LEAST)
    p[:, model.classes_.astype(int)] = model.predict_proba(pool(X))
    return p


def autogluon(rows: Rows, X: pd.DataFrame, target: Target, config: Config) -> np.ndarray:
    """AutoGluon at its defaults on numbers, categories and texts, in the interpreter that has it."""
    columns = [c for c, kind in feature_kinds(rows.X).items() if kind != "embedding"]
    job = {"classes": len(CLASSES[target]), "threads": config.train.threads, "seconds": AUTOGLUON_SECONDS}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows.X[columns].reset_index(drop=True).assign(y=rows.y).to_parquet(folder / "known.parquet")
        X[columns].reset_index(drop=True).to_parquet(folder / "test.parquet")
        (folder / "job.json").write_text(json.dumps(job))
        script = Path(__file__).with_name("autogluon_peer.py")
        # Its own packages only: ours are of other versions.
        env = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        subprocess.run([autogluon_python(), str(script), str(folder)], check=True, env=env, stdout=subprocess.DEVNULL)
        p = np.clip(np.load(folder / "p.npy"), LEAST, 1 - LEAST)
    shares: np.ndarray = p / p.sum(axis=1, keepdims=True)
    return shares


def autogluon_python() -> str:
    """The interpreter that is to have AutoGluon."""
    return os.environ.get(AUTOGLUON) or AUTOGLUON_DEFAULT


def has_autogluon() -> bool:
    """Whether that interpreter exists and has it."""
    find = (
        "from importlib.util import find_spec as f; raise SystemExit(not (f('autogluon') and f('autogluon.tabular')))"
    )
    try:
        return subprocess.run([autogluon_python(), "-c", find], check=False, capture_output=True).returncode == 0
    except OSError:
        return False


def ours(rows: Rows, X: pd.DataFrame, target: Target, config: Config) -> np.ndarray:
    """The shipped model at the shipped parameters."""
    return fit_model(rows, target, config).probabilities(X)


def _of_kind(features: pd.DataFrame, kind: str) -> list[str]:
    return [column for column, k in feature_kinds(features).items() if k == kind]


OURS = "inquiry-intent"
PEERS: dict[str, Peer] = {
    "majority": majority,
    "rules": rules,
    "naive Bayes on frequencies": naive_bayes,
    "TF-IDF logistic regression": tfidf_logistic,
    "LightGBM at defaults": lightgbm_default,
    "CatBoost at defaults": catboost_default,
    OURS: ours,
    "AutoGluon at defaults": autogluon,
}
#: How `--peer` calls them. Ours always stands beside them.
SHORT = {
    "majority": "majority",
    "rules": "rules",
    "naive-bayes": "naive Bayes on frequencies",
    "tfidf": "TF-IDF logistic regression",
    "lightgbm": "LightGBM at defaults",
    "catboost": "CatBoost at defaults",
    "autogluon": "AutoGluon at defaults",
}
#: Those that are not measured unless they are asked for.
ON_REQUEST = ("autogluon",)
