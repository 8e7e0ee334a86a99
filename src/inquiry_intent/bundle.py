"""The saved model: a folder of text and arrays that runs no code when it is read.

A model answers one yes-or-no question for each class but the lowest: is it at least this class?

manifest.json       features in order, settings, weights, encoder, versions, training window, other files' checksums
booster_<n>.txt     LightGBM's own text format, one file a seed, member after member, question after question
preprocess.skops    fitted scikit-learn parts, only of types that skops trusts
"""

import hashlib
import io
import re
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, FiniteFloat, NonNegativeInt, PositiveInt, ValidationError, model_validator

from inquiry_intent.blending import Blend
from inquiry_intent.calibration import LEAST_PROBABILITY, Calibration, of_classes
from inquiry_intent.config import TARGETS, EmbedConfig, FeatureConfig, RuleConfig, Target
from inquiry_intent.doubt import STRETCH, Doubt, interval
from inquiry_intent.errors import BundleError, FeatureMismatchError
from inquiry_intent.members import BOOSTED, Boosted, Members
from inquiry_intent.preprocessing import Inputs, feature_kinds
from inquiry_intent.rules import RuleCalibration, rule_probabilities
from inquiry_intent.storage import replacing

PREPROCESS, MANIFEST = "preprocess.skops", "manifest.json"
#: The fitted scikit-learn parts, by name; None where a model has none.
PARTS = ("columns", "rates", "seen", "words", "linear")
#: What our preprocessing holds beyond the scikit-learn and numpy types that skops trusts by itself.
TRUSTED_TYPES = ("numpy.dtype",)
#: Packages whose fitted parts a bundle holds: another release may read them otherwise.
FITTED_BY = ("scikit-learn", "lightgbm")


class Question(BaseModel):
    """What a scorer must know of the model of one yes-or-no question."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    #: What the columns of the members' matrix are, in order.
    inputs: list[str]
    #: Positions of those that the trees see, under safe names.
    tree_inputs: list[NonNegativeInt]
    blend: Blend
    calibration: Calibration
    rules: RuleCalibration
    #: What an interval is made of; only where it is the model's one question.
    doubt: Doubt | None
    #: How many of the boosters are this question's, by member.
    boosters: dict[Boosted, PositiveInt]

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        blends = [self.blend, *(self.doubt.alone.values() if self.doubt else ())]
        if any(len(blend.prior) != 2 or len(blend.offset) != 2 for blend in blends):
            raise ValueError("the prior and the offset of a yes-or-no question have two numbers each")
        if any(p <= 0 for blend in blends for p in blend.prior):
            raise ValueError("a prior is a probability above 0")
        table = self.calibration
        if not 0 < len(table.log_odds) == len(table.isotonic) == len(table.low) == len(table.high):
            raise ValueError("the tables of the calibration are of one length")
        if any(i >= len(self.inputs) for i in self.tree_inputs):
            raise ValueError(f"tree_inputs has a position beyond the {len(self.inputs)} inputs")
        return self


TEST_SIDES = {"time": "test period", "random": "random test side"}


class Manifest(BaseModel):
    """What a scorer must know of a model. Holds no time of making: equal inputs give equal bytes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    #: Without a default: what does not say which format it is of is of none of ours.
    format: Literal[8]
    target: Target
    classes: list[str]
    #: Input columns in order, as `build_features` names them, and their kinds.
    features: dict[str, Literal["numeric", "categorical", "embedding", "text"]]
    #: Columns of the features table that this model leaves aside: they would give its label away, or do not serve it.
    ignored: list[str]
    #: Share of the rows of training in which each of them has no value, but for embeddings.
    missing: dict[str, FiniteFloat]
    #: Whether it is at least the second class, the third, …
    questions: list[Question]
    feature_config: FeatureConfig
    embed_config: EmbedConfig
    encoder: str
    rule_config: RuleConfig
    #: The rule baseline.
    rules: RuleCalibration
    #: Mean order value of each class in training, and its currency: of the tier only, where order values are known.
    tier_values: list[FiniteFloat] | None = None
    currency: str | None = None
    #: What each report must say of the labels behind the model.
    warnings: list[str]
    #: What each score must say of the model where its test side did not show that it serves; else "".
    verdict: str = ""
    #: Whether the test side is later than training, or drawn by chance.
    split: Literal["time", "random"] = "time"
    #: Rows, trees and the period of training, as text for people: its first and last as_of, and until when its labels
    #: may tell what became of an inquiry (learned_until).
    training: dict[str, str | int | float]
    #: Ages (days) that training saw: an inquiry outside them is not scored.
    ages_days: tuple[float, float] | None
    versions: dict[str, str]
    checksums: dict[str, str] = {}

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if len(self.questions) != len(self.classes) - 1 or not self.questions:
            raise ValueError(
                f"{len(self.classes)} classes make {len(self.classes) - 1} questions, not {len(self.questions)}"
            )
        if self.tier_values is not None and len(self.tier_values) != len(self.classes):
            raise ValueError(f"tier_values are of {len(self.classes)} classes, not of {len(self.tier_values)}")
        scored = [(self.rules, len(self.classes)), *((question.rules, 2) for question in self.questions)]
        if any(len(rules.intercept) != n or [len(row) for row in rules.coef] != [2] * n for rules, n in scored):
            raise ValueError("the rule card has two slopes and an intercept for each class")
        return self

    @property
    def test_side(self) -> str:
        """What reports call the rows that no training saw."""
        return TEST_SIDES[self.split]

    @property
    def version(self) -> str:
        """Short identity of the model: changes with any of its bytes."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Bundle:
    """A trained model of one target with its rule baseline; `members` are those of each question."""

    manifest: Manifest
    members: tuple[Members, ...]

    def inputs(self, features: pd.DataFrame) -> list[np.ndarray]:
        """The members' input matrix of each question, of shape (n_rows, n_inputs).

        Raises
        ------
        FeatureMismatchError
            If columns are missing, unknown, of another kind or in another order than in training.
        """
        expected = self.manifest.features
        kinds = feature_kinds(features)
        got = {column: kind for column, kind in kinds.items() if column not in self.manifest.ignored}
        if list(got.items()) != list(expected.items()):
            missing, unknown = sorted(set(expected) - set(got)), sorted(set(got) - set(expected))
            what = [f"missing {missing}, unknown {unknown}"] if missing or unknown else []
            what += [
                f"{name} was {kind} and is {got[name]}"
                for name, kind in expected.items()
                if name in got and kind != got[name]
            ]
            raise FeatureMismatchError(
                f"The {self.manifest.target} model was trained on {len(expected)} features, these are {len(got)}: "
                f"{'; '.join(what) or 'the order differs'}. "
                "Score an export with the same attributes, mapped to the same kinds, and the package version of the "
                "model's manifest.json, or retrain with 'dvc repro'."
            )
        if features.empty:  # scikit-learn refuses to look at no rows
            return [np.empty((0, len(question.inputs))) for question in self.manifest.questions]
        return [members.matrix(features[list(expected)]) for members in self.members]

    def predict_proba(self, features: pd.DataFrame) -> pd.DataFrame:
        """Probability of each class, strictly between 0 and 1; index as `features`, columns manifest.classes."""
        p = self.probabilities(self.inputs(features))
        return pd.DataFrame(p, index=features.index, columns=self.manifest.classes)

    def probabilities(self, matrices: list[np.ndarray]) -> np.ndarray:
        """Probability of each class, of shape (n_rows, n_classes), from the matrices that `inputs` makes."""
        answers = zip(self.manifest.questions, self._log_odds(matrices), strict=True)
        return of_classes([question.calibration.probability(z) for question, z in answers])

    def predict_interval(self, features: pd.DataFrame, stretch: float = STRETCH) -> pd.DataFrame:
        """Interval of the second class' probability: columns low and high, NaN for a model of more classes.

        Around what `predict_proba` says, and like it strictly between 0 and 1: what the members' disagreement and the
        choice of clients make of it (`doubt`), united with what the calibration leaves open (Venn–ABERS). `stretch`
        widens the former; the default is what simulated truths asked for (docs/quality.md).
        """
        doubt = self.manifest.questions[0].doubt
        if doubt is None or features.empty:
            return pd.DataFrame(np.nan, index=features.index, columns=["low", "high"])
        question, [members], [matrix] = self.manifest.questions[0], self.members, self.inputs(features)
        said = members.evidence(matrix)
        z = question.blend.log_odds_of_yes(said)
        p = of_classes([question.calibration.probability(z)])[:, 1]
        near, calibrated = interval(p, doubt.deviation(z, said), stretch), question.calibration.bounds(z)
        low = np.minimum.reduce([near[0], calibrated[0], p])
        high = np.maximum.reduce([near[1], calibrated[1], p])
        ends = {"low": low.clip(LEAST_PROBABILITY), "high": high.clip(max=1 - LEAST_PROBABILITY)}
        return pd.DataFrame(ends, index=features.index)

    def expected_order_value(self, features: pd.DataFrame) -> pd.Series:
        """Order value of an inquiry if it is won, in manifest.currency; NaN where training knew no order value."""
        if self.manifest.tier_values is None:
            return pd.Series(np.nan, index=features.index)
        p = self.predict_proba(features)
        return pd.Series(p.to_numpy() @ np.array(self.manifest.tier_values), index=features.index)

    def _log_odds(self, matrices: list[np.ndarray]) -> list[np.ndarray]:
        """Log-odds of each question's yes, of shape (n_rows,)."""
        if not len(matrices[0]):
            return [np.empty(0) for _ in matrices]
        parts = zip(self.manifest.questions, self.members, matrices, strict=True)
        return [question.blend.log_odds_of_yes(members.evidence(matrix)) for question, members, matrix in parts]

    def rule_proba(self, features: pd.DataFrame) -> pd.DataFrame:
        """The rule baseline's probability of each class, for the same rows."""
        p = rule_probabilities(features, self.manifest.rule_config, self.manifest.rules)
        return pd.DataFrame(p, index=features.index, columns=self.manifest.classes)

    def contributions(self, features: pd.DataFrame) -> list[np.ndarray]:
        """What each input adds to the log-odds of each question's yes, of shape (n_rows, n_inputs)."""
        matrices = self.inputs(features)
        if features.empty:
            return matrices
        parts = zip(self.manifest.questions, self.members, matrices, strict=True)
        return [members.contributions(matrix, question.blend.weights) for question, members, matrix in parts]


def expected_values(converted: pd.Series, tier: Bundle | None, features: pd.DataFrame) -> pd.Series:
    """Probability of conversion times the order value expected of a won inquiry; NaN where no order value is known.

    `converted` is what the conversion model says of the same rows.
    """
    if tier is None:
        return pd.Series(np.nan, index=features.index)
    return converted * tier.expected_order_value(features)


def save_bundle(bundle: Bundle, folder: Path) -> None:
    """Write a bundle whole or not at all. Equal models give equal bytes."""
    from skops.io import dumps

    parts = [
        dict(zip(PARTS, (m.inputs.columns, m.inputs.rates, m.inputs.seen, m.inputs.words, m.linear), strict=True))
        for m in bundle.members
    ]
    boosters = [booster for m in bundle.members for member in BOOSTED for booster in m.boosters.get(member, ())]
    files = {f"booster_{i}.txt": booster.model_to_string().encode() for i, booster in enumerate(boosters)}
    files[PREPROCESS] = _repeatable_zip(dumps(parts))
    checksums = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    manifest = bundle.manifest.model_copy(update={"checksums": checksums})
    with replacing(folder) as draft:
        draft.mkdir()
        for name, content in files.items():
            (draft / name).write_bytes(content)
        (draft / MANIFEST).write_text(manifest.model_dump_json(indent=2) + "\n")


def load_bundle(folder: Path) -> Bundle:
    """Read a bundle, checking every byte before any of it is used.

    Raises
    ------
    BundleError
        If a file is missing, was altered, is of another format, does not fit the others, or holds types beyond plain
        scikit-learn and numpy.

    Warns
    -----
    UserWarning
        If it was written with another release (major.minor) of scikit-learn or LightGBM.
    """
    import lightgbm
    from skops.io import get_untrusted_types, loads

    manifest = read_manifest(folder)
    contents = {}
    n_boosters = sum(sum(question.boosters.values()) for question in manifest.questions)
    if set(manifest.checksums) != {PREPROCESS, *(f"booster_{i}.txt" for i in range(n_boosters))}:
        raise BundleError(f"{folder / MANIFEST} does not name the files of a model of ours. Do not use it.")
    for name in manifest.checksums:
        try:
            contents[name] = (folder / name).read_bytes()
        except OSError:
            raise BundleError(f"{folder} has no {name}: the bundle is incomplete. Train it again or pull it.") from None
        got, expected = hashlib.sha256(contents[name]).hexdigest(), manifest.checksums[name]
        if got != expected:
            raise BundleError(
                f"{folder / name} was altered: its SHA-256 is {got}, the manifest says {expected}. "
                "Do not use it; train it again or pull it anew."
            )
    _warn_of_other_releases(manifest, folder)
    with _readable(folder / PREPROCESS):
        untrusted = sorted(set(get_untrusted_types(data=contents[PREPROCESS])) - set(TRUSTED_TYPES))
    if untrusted:
        raise BundleError(
            f"{folder / PREPROCESS} holds types that a model of ours never has: {untrusted}. Do not use it."
        )
    read = []
    for i in range(n_boosters):
        with _readable(folder / f"booster_{i}.txt"):
            read.append(lightgbm.Booster(model_str=contents[f"booster_{i}.txt"].decode()))
    boosters = iter(read)
    members = []
    with _readable(folder / PREPROCESS):
        parts = loads(contents.pop(PREPROCESS), trusted=list(TRUSTED_TYPES))
        for question, part in zip(manifest.questions, parts, strict=True):
            prior = np.array(question.blend.prior)
            members.append(
                Members(
                    inputs=Inputs(
                        part["columns"], part["rates"], part["words"], dict(manifest.features), prior, part["seen"]
                    ),
                    rules=question.rules,
                    rule_config=manifest.rule_config,
                    linear=part["linear"],
                    boosters={m: tuple(islice(boosters, n)) for m in BOOSTED if (n := question.boosters.get(m))},
                    tree_inputs=tuple(question.tree_inputs),
                )
            )
        for question, made in zip(manifest.questions, members, strict=True):
            _refuse_misfits(question, made)
    return Bundle(manifest, tuple(members))


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Whatever a library says of bytes that it cannot read, said of the file."""
    try:
        yield
    # skops, scikit-learn and LightGBM each raise what they happen to stumble over.
    except Exception as error:
        raise BundleError(
            f"{path} cannot be read, or does not fit its {MANIFEST} ({type(error).__name__}: {error}). "
            "Train it again or pull it anew."
        ) from error


def _warn_of_other_releases(manifest: Manifest, folder: Path) -> None:
    """Say where another release reads the fitted parts than wrote them. A warning: most releases read them alike."""
    here = versions()
    other = {
        name: manifest.versions.get(name, "an unknown version")
        for name in FITTED_BY
        if _release(manifest.versions.get(name, "")) != _release(here[name])
    }
    if other:
        said = ", ".join(f"{name} {written} (here: {here[name]})" for name, written in other.items())
        warnings.warn(
            f"{folder} was written with {said}: its figures may differ. Install those versions or train it again.",
            stacklevel=3,
        )


def _release(version: str) -> list[str]:
    """Major and minor."""
    return version.split(".")[:2]


def _refuse_misfits(question: Question, members: Members) -> None:
    """Stop where the manifest speaks of other inputs than the fitted parts have.

    Raises
    ------
    ValueError
    """
    n = len(question.inputs)
    if members.names() != question.inputs:
        raise ValueError(f"it makes {len(members.names())} inputs, the manifest names {n} others")
    boosters = chain.from_iterable(members.boosters.values())
    if any(booster.num_feature() != len(question.tree_inputs) for booster in boosters):
        raise ValueError(f"the trees do not see the {len(question.tree_inputs)} inputs of tree_inputs")
    said = set(members.evidence(np.zeros((1, n)))) if n else set()
    blends = [question.blend, *(question.doubt.alone.values() if question.doubt else ())]
    if any(weight and name not in said for blend in blends for name, weight in blend.weights.items()):
        raise ValueError(f"a weight is of a member that there is not: there are {sorted(said)}")


def load_bundles(folder: Path) -> dict[Target, Bundle]:
    """The bundles below a folder, conversion first.

    Raises
    ------
    BundleError
        If there is none, or one is damaged.
    """
    found = {target: load_bundle(folder / target) for target in TARGETS if (folder / target).is_dir()}
    if not found:
        beneath = folder / "models"
        do = "Run 'dvc repro' first."
        if any((beneath / target).is_dir() for target in TARGETS):
            do = f"{beneath} has: name that."
        raise BundleError(f"{folder} holds no model: expected a folder for any of {list(TARGETS)}. {do}")
    return found


def read_manifest(folder: Path) -> Manifest:
    """The manifest alone, without loading the model.

    Raises
    ------
    BundleError
        If it is missing or of another format.
    """
    path = folder / MANIFEST
    try:
        return Manifest.model_validate_json(path.read_text(encoding="utf-8"))
    except OSError:
        raise BundleError(f"{folder} is no model: it has no {MANIFEST}. Run 'dvc repro' or 'dvc pull' first.") from None
    except (ValidationError, UnicodeDecodeError) as error:
        raise BundleError(
            f"{path} is not of format 8 or is damaged: {error}. Train it again or pull it anew."
        ) from None


def _repeatable_zip(archive: bytes) -> bytes:
    """The same archive without memory addresses and times, so that equal objects give equal bytes.

    skops names objects and array files by `id()`; here they are numbered as the schema comes to them. A vectorizer also
    keeps the `id()` of its stop words, to check them once a process.
    """
    numbers: dict[str, str] = {}

    def renumbered(match: re.Match[str]) -> str:
        before, address, after = match.groups()
        return before + numbers.setdefault(address, str(len(numbers) + 1)) + after

    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as result:
        schema = re.sub(r'("__id__": |")(\d+)(,|\n|\.np[yz]")', renumbered, source.read("schema.json").decode())
        schema = re.sub(r'("_stop_words_id": \{[^{}]*"content": ")\d+"', r'\g<1>0"', schema)
        contents = {"schema.json": schema.encode()}
        for name in source.namelist():
            stem, dot, suffix = name.partition(".")
            if stem in numbers:
                contents[numbers[stem] + dot + suffix] = source.read(name)
        if len(contents) != len(source.namelist()):
            raise AssertionError("skops wrote files that its schema does not name")
        for name in sorted(contents):
            result.writestr(zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0)), contents[name])
    return target.getvalue()


def _load_pyfunc(path: str) -> "PyfuncModel":
    """MLflow's entry to a logged bundle (`loader_module`): no pickle is involved."""
    return PyfuncModel(load_bundle(Path(path)))


@dataclass(frozen=True)
class PyfuncModel:
    """A bundle under MLflow's `predict(table)`."""

    bundle: Bundle

    def predict(self, features: pd.DataFrame, params: dict[str, Any] | None = None) -> pd.DataFrame:
        """Class probabilities of a features table; columns in any order.

        A column in which every cell is empty comes without its kind: it gets it back here.
        """
        kinds = self.bundle.manifest.features
        texts = {name: "str" for name, kind in kinds.items() if kind in ("categorical", "text")}
        numbers = {name: "float64" for name in kinds if name not in texts and features[name].isna().all()}
        return self.bundle.predict_proba(features[list(kinds)].astype(texts | numbers))


def versions() -> dict[str, str]:
    """Versions of what a model's figures depend on."""
    from importlib.metadata import version

    names = ("inquiry-intent", "lightgbm", "scikit-learn", "numpy", "pandas", "sentence-transformers")
    return {name: version(name) for name in names}
