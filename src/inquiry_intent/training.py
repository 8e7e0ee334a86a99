"""From features and labels to a bundle: members fitted out of fold, their blend, and the members on all rows.

Classes are ordered, so each but the lowest is a yes-or-no question of its own: at least this class? On real orders that
beats one model of all classes (docs/decisions/009-the-tier-is-ordinal.md).
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from inquiry_intent.blending import Blend, fit_blend
from inquiry_intent.bundle import Bundle, Manifest, Question, versions
from inquiry_intent.calibration import Calibration, fit_calibration, fit_lasting, of_classes
from inquiry_intent.config import TIERS, Config, Target, TrainConfig
from inquiry_intent.doubt import Doubt, sampling_deviation
from inquiry_intent.errors import DataError, counted
from inquiry_intent.features.history import is_same_number, same_number
from inquiry_intent.forest import NO_CURVE, Curve, Forest, Parts
from inquiry_intent.members import BOOSTED, RULES, Boosted, Members, columns_of, fit_linear, names_of, rule_columns
from inquiry_intent.preprocessing import (
    RATE,
    WORDS,
    Inputs,
    as_evidence,
    class_probabilities,
    class_rates,
    evidence,
    fit_inputs,
    fold_of,
    words_by_fold,
)
from inquiry_intent.rules import RuleCalibration, fit_rules
from inquiry_intent.snapshots import KEY, refuse_misfits
from inquiry_intent.splits import USED_IN_FINAL_FIT, later_periods, learned_from

CLASSES: dict[Target, list[str]] = {"conversion": ["not_converted", "converted"], "client_tier": list(TIERS)}
#: Where the later periods begin that show how much of the evidence lasts, as shares of the rows in the order of time.
LATER_FROM = (0.6, 0.8)


@dataclass(frozen=True)
class Rows:
    """Labelled rows of one target: features, class index, the side of the split and the group of each."""

    X: pd.DataFrame
    y: np.ndarray
    split: pd.Series
    group: pd.Series
    #: Columns kept out of X because they would give the label away.
    ignored: tuple[str, ...] = ()

    def of(self, *splits: str) -> "Rows":
        """The rows on some sides of the split."""
        return self.take(self.split.isin(splits).to_numpy())

    def take(self, chosen: np.ndarray) -> "Rows":
        """Some of the rows, by a mask or by positions."""
        return Rows(self.X.iloc[chosen], self.y[chosen], self.split.iloc[chosen], self.group.iloc[chosen], self.ignored)


def labelled_rows(
    features: pd.DataFrame, snapshots: pd.DataFrame, inquiries: pd.DataFrame, target: Target, tier_leaks: list[str]
) -> Rows:
    """Features and labels of the snapshots that have a label for `target`.

    The column `split` of the result also tells `final_fit`: rows that stay out while the validation period measures and
    that the final model takes.

    Raises
    ------
    DataError
        If no row has a label, features and snapshots do not match one to one, or snapshots are not of `inquiries`.
    """
    refuse_misfits(snapshots, inquiries)
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
    leaks = {*tier_leaks, *map(same_number, tier_leaks)} if target == "client_tier" else set()
    ignored = [c for c in features if c in leaks]
    X = features.loc[chosen].drop(columns=ignored)
    return Rows(X, label[chosen].to_numpy(dtype=np.int64), split[chosen], facts.loc[chosen, "group"], tuple(ignored))


def train(rows: Rows, target: Target, config: Config, encoder: str, facts: dict[str, Any]) -> tuple[Bundle, Curve]:
    """Train one target on all rows before the test period.

    Folds of whole groups (clients) give every member's opinion of rows it has not seen; from these come the number of
    trees and the weight of each member. Then each member is fitted on all rows.

    Parameters
    ----------
    rows : Rows
        Labelled rows; the test side is never looked at.
    encoder : str
        Fingerprint of the encoder behind the embeddings.
    facts : dict
        `warnings` of the labels, `split` (time or random), `period` (first and last as_of) and `worth` (tier_values
        and currency, or nothing) for the manifest.

    Returns
    -------
    (Bundle, dict)
        The model, and the learning curve of its trees (not the extra ones): {"iteration", "train_log_loss",
        "valid_log_loss"} lists, means over folds.

    Raises
    ------
    DataError
        If the training rows hold one class only.
    """
    known = rows.of("train", "valid", "final_fit")
    classes = CLASSES[target]
    if len(np.unique(known.y)) < 2:
        raise DataError(
            f"{target}: the {len(known.y)} training and validation rows hold "
            f"{[classes[i] for i in np.unique(known.y)] or 'no class'}; two classes are needed. "
            f"Give a longer history, an earlier split.test_from, other bounds of the tiers, or take {target} out of "
            "`targets`, all in params.yaml."
        )
    model = fit_model(known, target, config)
    kinds = model.answers[0].members.inputs.kinds
    missing = {name: round(float(known.X[name].isna().mean()), 4) for name in kinds if kinds[name] != "embedding"}
    ages = known.X["age_days"].dropna() if "age_days" in known.X else pd.Series(dtype=float)
    manifest = Manifest(
        format=8,
        target=target,
        classes=classes,
        features=kinds,  # type: ignore[arg-type]
        ignored=list(model.ignored),
        missing=missing,
        questions=[
            Question(
                inputs=a.members.names(),
                tree_inputs=list(a.members.tree_inputs),
                blend=a.blend,
                calibration=a.calibration,
                rules=a.members.rules,
                doubt=a.doubt,
                boosters={member: len(of) for member, of in a.members.boosters.items()},
            )
            for a in model.answers
        ],
        feature_config=config.features,
        embed_config=config.embed,
        encoder=encoder,
        rule_config=config.rules,
        rules=fit_rules(known.X, known.y, len(classes), config.rules),
        warnings=facts["warnings"],
        split=facts["split"],
        **facts["worth"],
        training={"rows": len(known.y), "trees": model.trees, "seed": config.train.seed, **facts["period"]},
        ages_days=(float(ages.min()), float(ages.max())) if len(ages) else None,
        versions=versions(),
    )
    return Bundle(manifest, tuple(a.members for a in model.answers)), model.curve


@dataclass(frozen=True)
class Answer:
    """The model of one yes-or-no question, and how its trees grew."""

    members: Members
    blend: Blend
    calibration: Calibration
    doubt: Doubt | None
    curve: Curve
    #: How many, of each member that is trees.
    trees: Mapping[Boosted, int]

    def probability(self, features: pd.DataFrame) -> np.ndarray:
        """Probability of yes, of shape (n_rows,)."""
        said = self.members.evidence(self.members.matrix(features))
        return self.calibration.probability(self.blend.log_odds_of_yes(said))


@dataclass(frozen=True)
class Fitted:
    """The model of one target without its manifest: an answer for each class but the lowest."""

    answers: tuple[Answer, ...]
    #: Columns that it does not look at.
    ignored: tuple[str, ...]

    def probabilities(self, features: pd.DataFrame) -> np.ndarray:
        """Probability of each class, of shape (n_rows, n_classes)."""
        return of_classes([answer.probability(features) for answer in self.answers])

    @property
    def trees(self) -> int:
        """Trees of all boosters of one seed."""
        return sum(sum(answer.trees.values()) for answer in self.answers)

    @property
    def curve(self) -> Curve:
        """Log loss by iteration, summed over the questions as long as all of them go on."""
        curves = [answer.curve for answer in self.answers if answer.curve["iteration"]]
        if not curves:
            return NO_CURVE
        length = min(len(curve["iteration"]) for curve in curves)
        table = {
            name: np.sum([curve[name][:length] for curve in curves], axis=0).tolist()
            for name in ("train_log_loss", "valid_log_loss")
        }
        return {"iteration": curves[0]["iteration"][:length], **table}


def left_aside(features: pd.DataFrame, target: Target, settings: TrainConfig) -> list[str]:
    """Features that the model of a target does not look at (docs/decisions/014-the-same-number-again.md)."""
    return [] if target in settings.same_numbers else [str(c) for c in features if is_same_number(str(c))]


def looked_at(rows: Rows, target: Target, settings: TrainConfig) -> Rows:
    """The rows without the features that are left aside."""
    aside = left_aside(rows.X, target, settings)
    return replace(rows, X=rows.X.drop(columns=aside), ignored=(*rows.ignored, *aside))


def fit_model(rows: Rows, target: Target, config: Config) -> Fitted:
    """Fit the model of ordered classes 0, 1, …: whether a row is at least class 1, at least class 2, …"""
    rows = looked_at(rows, target, config.train)
    answers = (fit_answer(rows, (rows.y >= k).astype(np.int64), target, config) for k in range(1, len(CLASSES[target])))
    return Fitted(tuple(answers), rows.ignored)


@dataclass(frozen=True)
class Sight:
    """What the members look at, for rows that they learn from: one matrix, without any row's own label.

    names : of the matrix' columns; `coded`: those that hold categories' codes; `seen`: those that the trees see.
    folds : number of the fold of each row; `parts`: the rows of each fold, and all others.
    """

    inputs: Inputs
    rules: RuleCalibration
    matrix: np.ndarray
    names: list[str]
    coded: list[int]
    seen: list[int]
    folds: np.ndarray
    parts: Parts


def look(rows: Rows, y: np.ndarray, target: Target, config: Config) -> Sight:
    """Fit the inputs and the rule card on rows that hold both answers, and make the matrix by folds of whole groups."""
    settings = config.train
    folds = _folds(rows, settings)
    parts = _parts(folds, y)
    inputs, columns = fit_inputs(rows.X, y, folds, settings, target)
    card = _cards(rows, y, parts, config)
    rules = fit_rules(rows.X, y, 2, config.rules)
    names = names_of(inputs)
    hidden = [p for p, shown in ((WORDS, settings.words.stacked), (RULES, settings.rules_stacked)) if not shown]
    if not settings.rates_stacked:  # trees split codes well, but for those of scattered values
        rates = [name for name in names if name.startswith(RATE)]
        hidden += [name for name in rates if name.removeprefix(RATE).rpartition("_")[0] not in inputs.seen]
    coded = [i for i, name in enumerate(names) if inputs.kinds.get(name) == "categorical"]
    seen = [i for i, name in enumerate(names) if not name.startswith(tuple(hidden))]
    return Sight(inputs, rules, np.column_stack([columns, card]), names, coded, seen, folds, parts)


def _cards(rows: Rows, y: np.ndarray, parts: Parts, config: Config, prior: np.ndarray | None = None) -> np.ndarray:
    """The rule card of held rows, fitted on the rest; as evidence beyond the prior, by default the rest's own rates."""
    card = np.zeros((len(y), 1))
    for held, rest in parts:
        fitted = fit_rules(rows.X.iloc[rest], y[rest], 2, config.rules)
        beyond = class_rates(y[rest], 2) if prior is None else prior
        card[held] = rule_columns(rows.X.iloc[held], config.rules, fitted, beyond)
    return card


def fit_members(
    sight: Sight, y: np.ndarray, weights: Mapping[str, float], trees: Mapping[Boosted, int], seeds: int, target: Target,
    config: Config,
) -> Members:  # fmt: skip
    """The members on all rows that were looked at; one without weight is not kept."""
    settings, linear = config.train, None
    if weights.get("linear"):
        linear = fit_linear(sight.matrix, y, sight.names, sight.coded, settings.linear_strength)
    boosters = {}
    which = range(settings.seed, settings.seed + seeds)
    with ThreadPoolExecutor(settings.threads) as pool:
        for member, forest in _forests(sight, target, settings).items():
            if weights.get(member):
                grow = partial(forest.fit, sight.matrix[:, sight.seen], y, trees[member])
                boosters[member] = tuple(pool.map(grow, which))
    return Members(sight.inputs, sight.rules, config.rules, linear, boosters, tuple(sight.seen))


def fit_answer(rows: Rows, y: np.ndarray, target: Target, config: Config) -> Answer:
    """Fit the members out of fold, blend and calibration on what they said, and the members on all rows.

    Where all rows have the same answer, or none can be held out since each of two clients has one of its own, there is
    nothing to fit: the answer is its rate. Of conversion also what an
    interval is made of is fitted, by members that learn from halves of the clients.
    """
    settings = config.train
    n_groups = rows.group.nunique()
    folds = _folds(rows, settings)
    if not _parts(folds, y):
        inputs, _ = fit_inputs(rows.X, y, folds, settings, target)
        prior = inputs.prior
        silent = RuleCalibration(coef=[[0.0] * 2] * 2, intercept=np.log(prior).tolist())
        blend = Blend(prior=prior.tolist(), weights={"rules": 0.0}, offset=[0.0, 0.0])
        flat = Calibration(method="sigmoid", log_odds=[0.0], isotonic=[prior[1]], low=[prior[1]], high=[prior[1]])
        return Answer(Members(inputs, silent, config.rules, None, {}, ()), blend, flat, None, NO_CURVE, {})

    sight = look(rows, y, target, config)
    matrix, names, seen, prior = sight.matrix, sight.names, sight.seen, sight.inputs.prior

    def linears(parts: Parts) -> np.ndarray:
        made = np.zeros((len(y), 2))
        for held, rest in parts:
            part = fit_linear(matrix[rest], y[rest], names, sight.coded, settings.linear_strength)
            made[held] = evidence(class_probabilities(part, matrix[held], 2), prior)
        return made

    said = {"rules": as_evidence(matrix[:, columns_of(names, RULES)])}
    if columns_of(names, WORDS):
        said["words"] = as_evidence(matrix[:, columns_of(names, WORDS)])
    if "linear" in settings.members:
        said["linear"] = linears(sight.parts)
    forests, curves, trees = _forests(sight, target, settings), {}, {}
    for member, forest in forests.items():
        said[member], curves[member], trees[member] = forest.out_of_fold(matrix[:, seen], y, sight.parts, prior)
    curve = next(iter(curves.values()), NO_CURVE)
    said = {name: z for name, z in said.items() if name in settings.members_of(target)}
    blend = fit_blend(said, y, prior, n_groups, settings.blend_penalty)
    calibration = fit_calibration(blend.log_odds_of_yes(said), y, sight.folds, n_groups)
    calibration = calibration.model_copy(update={"base": round(float(np.log(prior[1]) - np.log(prior[0])), 6)})
    doubt = None
    if target == "conversion":
        halvings = []
        for seed in (settings.seed + 1, settings.seed + 2):
            halving = fold_of(rows.group, 2, seed)
            halves = _parts(halving, y)
            if len(halves) < 2:  # a half of one class teaches nothing
                continue
            half = dict(said)
            half["rules"] = as_evidence(_cards(rows, y, halves, config, prior))
            if blend.weights.get("words"):
                half["words"] = words_by_fold(sight.inputs.words, rows.X, y, halving, settings, prior)
            if blend.weights.get("linear"):
                half["linear"] = linears(halves)
            for member, forest in forests.items():
                if blend.weights.get(member):
                    half[member] = forest.of_parts(matrix[:, seen], y, halves, prior, trees[member])
            halvings.append(blend.log_odds_of_yes(half))
        sampling = sampling_deviation(halvings if len(halvings) == 2 else [], prior[1], n_groups)
        weighty = {name: said[name] for name, weight in blend.weights.items() if weight}
        alone = {m: fit_blend({m: z}, y, prior, n_groups, settings.blend_penalty) for m, z in weighty.items()}
        doubt = Doubt(alone=alone, sampling=sampling)
    members = fit_members(sight, y, blend.weights, trees, settings.seeds, target, config)
    answer = Answer(members, blend, calibration, doubt, curve, trees)
    lasting = _lasting(rows, y, answer, target, config)
    return replace(answer, calibration=calibration.model_copy(update={"lasting": lasting}))


def _lasting(rows: Rows, y: np.ndarray, answer: Answer, target: Target, config: Config) -> float:
    """How much of the evidence lasts when time goes on: the slope of what members of earlier rows say of later ones.

    Folds of whole clients tell what is worth something at the same time. A habit of this year's owners is worth less
    next year, so the same blend, of members that know only the earlier rows, is too sure of the later ones.
    """
    inquiries, times = (rows.X.index.get_level_values(name) for name in KEY)
    times = pd.DatetimeIndex(times)
    if config.split.method == "random" or times.isna().any() or not any(answer.blend.weights.values()):
        return 1.0
    said, later, period = [], [], []
    gap = pd.Timedelta(days=config.label.horizon_days if config.split.gap_days is None else config.split.gap_days)
    for number, (early, late) in enumerate(later_periods(times, inquiries, LATER_FROM, gap)):
        known, earlier, shown = y[early], rows.take(early), rows.take(late)
        if len(np.unique(known)) < 2 or not len(late):
            continue
        sight = look(earlier, known, target, config)
        members = fit_members(sight, known, answer.blend.weights, answer.trees, 1, target, config)
        # What the earlier rows did not hold, such as texts, their members say nothing of.
        heard = dict.fromkeys(answer.blend.weights, np.zeros((len(late), 2))) | members.evidence(
            members.matrix(shown.X)
        )
        said.append(answer.blend.log_odds_of_yes(heard))
        later.append(late)
        period.append(np.full(len(late), number))
    if not said:
        return 1.0
    place = np.concatenate(later)
    p = answer.calibration.probability(np.concatenate(said))
    n_groups = rows.group.iloc[place].nunique()
    return fit_lasting(p, y[place], np.concatenate(period), n_groups, answer.calibration.base)


def _forests(sight: Sight, target: Target, settings: TrainConfig) -> dict[Boosted, Forest]:
    """The wanted members that are trees; where no column tells anything, they have nothing to see."""
    coded = [sight.seen.index(i) for i in sight.coded]
    wanted = [member for member in BOOSTED if member in settings.members_of(target) and sight.seen]
    return {member: Forest(settings.booster(target), settings, coded, member) for member in wanted}


def _folds(rows: Rows, settings: TrainConfig) -> np.ndarray:
    """Number of the fold of each row: whole groups, as many folds as there are groups to fill them."""
    return fold_of(rows.group, min(settings.folds, rows.group.nunique()), settings.seed)


def _parts(folds: np.ndarray, y: np.ndarray) -> Parts:
    """Positions of the rows held out and of the rest, a fold each; a fold whose rest has one class teaches nothing."""
    parts = [(np.flatnonzero(folds == fold), np.flatnonzero(folds != fold)) for fold in np.unique(folds)]
    return [(held, rest) for held, rest in parts if len(np.unique(y[rest])) > 1]


def why_not(snapshots: pd.DataFrame, target: Target) -> str:
    """Why a target cannot be learned from labelled snapshots; "" where it can."""
    column = {"conversion": "converted", "client_tier": "client_tier"}[target]
    labelled = snapshots[snapshots[column].notna()]
    before = labelled.loc[learned_from(labelled), column]
    tested = int((labelled["split"] == "test").sum())
    if empty := [name for name, n in {"before": len(before), "in": tested}.items() if n == 0]:
        return f"no labels {' and '.join(empty)} the test period"
    if before.nunique() < 2:
        # Only named as a tier is the tier 'test' not taken for the test period.
        tier = f"of the tier {before.iloc[0]!r} (its bounds: tier in params.yaml)"
        one = {1.0: "'converted'", 0.0: "'not_converted'"}.get(before.iloc[0], tier)
        return f"all {len(before)} labelled rows before the test period are {one}"
    groups = before.groupby(labelled["group"]).nunique()
    if len(groups) < 2 or (len(groups) == 2 and groups.max() < 2):
        # Held out in turn, each would leave one class to learn from.
        return f"its {len(before)} labelled rows before the test period are of {counted(len(groups), 'client')} only"
    return ""
