"""The reasons of one score, as a salesperson reads them: `reasons.yaml` holds the words, this module chooses them."""

from collections.abc import Mapping
from functools import cache, cached_property
from importlib.resources import files
from math import ceil
from re import Pattern, compile, escape
from typing import Any, Literal

import numpy as np
import pandas as pd
import yaml
from pydantic import BaseModel, ConfigDict

from inquiry_intent.bundle import Bundle
from inquiry_intent.errors import in_number
from inquiry_intent.explaining import BLOCK_NAMES, input_groups
from inquiry_intent.members import RULES
from inquiry_intent.rules import Condition, card_points
from inquiry_intent.signals.catalogue import shipped_catalogue

#: Contributions to the log-odds below this are no reason.
LEAST_REASON = 0.02
#: Longest text of an export that a reason shows.
MOST_CHARACTERS = 60
CARD = BLOCK_NAMES[RULES]
WORDING = "wording"


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Belief(Condition):
    """A range of a feature, or of what it is above a second one, in which a contribution of one sign is not shown."""

    never: Literal["plus", "minus"]
    above: str | None = None


class Where(Condition):
    """A range of another feature of the row, or of its sum with a second one."""

    plus: str | None = None

    @property
    def features(self) -> list[str]:
        return [self.feature] if self.plus is None else [self.feature, self.plus]

    def met(self, columns: Mapping[str, list[Any]], row: int) -> bool:
        """Whether it holds in a row; not where a feature is absent or NaN."""
        return all(name in columns for name in self.features) and self.within(
            sum(columns[name][row] for name in self.features)
        )


class Phrase(_Entry):
    """What is said of a feature whose value lies in the range; see the head of `reasons.yaml`."""

    feature: str
    say: str
    at_least: float | None = None
    at_most: float | None = None
    unit: str = "text"
    where: Where | None = None

    @cached_property
    def pattern(self) -> Pattern[str]:
        """The names it speaks of; its group is what the star stands for."""
        return _pattern(self.feature)

    def fits(self, value: Any) -> bool:
        """Whether a known value lies in the range."""
        low = self.at_least is None or value >= self.at_least
        return low and (self.at_most is None or value <= self.at_most)

    def text(self, name: str, value: Any) -> str:
        """The phrase for a value of the feature of that name."""
        star = self.pattern.fullmatch(name)
        inside = star[1] if star and star.lastindex else name
        meaning = meaning_of(inside) if "{meaning}" in self.say else ""
        fields = {"value": written(value, self.unit), "name": inside.replace("_", " "), "meaning": meaning}
        return self.say.format_map(fields)


class Block(_Entry):
    """What is said of many inputs at once, by the sign of what they add, where there is something to speak of."""

    plus: str
    minus: str
    where: Where


class ReasonBook(_Entry):
    """All of `reasons.yaml`."""

    never_shown: list[str]
    blocks: dict[str, Block]
    meanings: dict[str, str]
    phrases: list[Phrase]
    beliefs: list[Belief]
    facts: list[list[str]]

    def is_never_shown(self, name: str) -> bool:
        """Whether a feature is no reason to anyone."""
        return any(_pattern(pattern).fullmatch(name) for pattern in self.never_shown)

    def phrases_of(self, name: str) -> list[Phrase]:
        """What can be said of a feature, in order."""
        return [] if self.is_never_shown(name) else [p for p in self.phrases if p.pattern.fullmatch(name)]

    def fact_of(self, name: str) -> tuple[str, ...]:
        """What a feature tells of, with the star of its pattern; one that shares its fact with no other: itself."""
        for number, patterns in enumerate(self.facts):
            for pattern in patterns:
                if star := _pattern(pattern).fullmatch(name):
                    return (str(number), *star.groups())
        return (name,)


@cache
def load_reasons() -> ReasonBook:
    """The words that ship with the package."""
    return ReasonBook.model_validate(
        yaml.safe_load(files("inquiry_intent").joinpath("reasons.yaml").read_text("utf-8"))
    )


def top_reasons(bundle: Bundle, features: pd.DataFrame, most: int = 4) -> pd.Series:
    """What moved each score most, as text: `For: asks for a sample; channel: referral. Against: names no quantity`.

    On each side the strongest first; together at most `most`. What it goes by is the contribution to the log-odds of
    conversion (for the tier: of the highest class). The rule card's contribution is shared out among the lines of the
    card that point its way, in proportion to their points; embeddings and words are named only where fewer than
    `most` other reasons are left.
    """
    question = bundle.manifest.questions[-1]
    groups = pd.Series([_block(group) for group in input_groups(question.inputs)])
    summed = pd.DataFrame(bundle.contributions(features)[-1], index=features.index).T.groupby(groups.to_numpy()).sum().T
    effects = card_points(features, question.rules)
    return reasons_of(features, resolved(summed, effects), most)


def resolved(summed: pd.DataFrame, effects: pd.DataFrame) -> pd.DataFrame:
    """Contributions with the rule card's shared out among the features that it reads.

    Parameters
    ----------
    summed : DataFrame
        Contribution of each feature or block, a column each.
    effects : DataFrame of the same index
        What each feature adds to the card, as `rules.card_points` tells.

    Returns
    -------
    DataFrame
        Rows add up to those of `summed`. The card keeps what no line of its points to.
    """
    if CARD not in summed:
        return summed
    book, card = load_reasons(), summed[CARD].to_numpy()[:, None]
    shown = effects[[name for name in effects if book.phrases_of(str(name))]]
    along = shown.abs().where(np.sign(shown) == np.sign(card), 0.0)
    total = along.sum(axis=1)
    shares = along.div(total.where(total > 0), axis=0).fillna(0.0) * card
    rest = summed.assign(**{CARD: summed[CARD].where(total <= 0, 0.0)})
    return rest.add(shares, fill_value=0.0)


def reasons_of(features: pd.DataFrame, summed: pd.DataFrame, most: int) -> pd.Series:
    """The strongest contributions that can be said and believed, as text; "" where there is none.

    Of what two features tell of one fact, only what agrees with the stronger is said.
    """
    book = load_reasons()
    names = [str(name) for name in summed]
    believed = np.where(unbelievable(features, names, summed.to_numpy()), 0.0, summed.to_numpy())
    order = np.argsort(-np.abs(believed), axis=1, kind="stable")
    phrases = {name: book.phrases_of(name) for name in names}
    facts = [book.fact_of(name) for name in names]
    blocks = [i for i, name in enumerate(names) if name in book.blocks]
    wheres = [phrase.where for said in phrases.values() for phrase in said] + [b.where for b in book.blocks.values()]
    asked = {*names, *(name for where in wheres if where for name in where.features)}
    columns: Mapping[str, list[Any]] = {name: features[name].tolist() for name in asked if name in features}

    def said(row: int, name: str) -> str | None:
        if name not in columns or pd.isna(value := columns[name][row]):
            return None
        for phrase in phrases[name]:
            if phrase.where is not None and not phrase.where.met(columns, row):
                continue
            if phrase.fits(value):
                return phrase.text(name, value)
        return None

    def reason(row: int) -> str:
        sides: dict[bool, list[str]] = {True: [], False: []}
        seen: set[str] = set()
        told: dict[tuple[str, ...], bool] = {}
        for column in [*(c for c in order[row] if c not in blocks), *(c for c in order[row] if c in blocks)]:
            moved = believed[row, column]
            if len(seen) == most:
                break
            if abs(moved) < LEAST_REASON or told.get(facts[column], moved > 0) != (moved > 0):
                continue
            block = book.blocks.get(names[column])
            if block is None:
                text = said(row, names[column])
            else:
                text = (block.plus if moved > 0 else block.minus) if block.where.met(columns, row) else None
            if text is not None and text not in seen:
                seen.add(text)
                told[facts[column]] = bool(moved > 0)
                sides[bool(moved > 0)].append(text)
        spoken = (("For", sides[True]), ("Against", sides[False]))
        return ". ".join(f"{side}: {'; '.join(texts)}" for side, texts in spoken if texts)

    return pd.Series([reason(row) for row in range(len(features))], index=features.index, dtype="str")


def unbelievable(features: pd.DataFrame, names: list[str], contributions: np.ndarray) -> np.ndarray:
    """Which contributions no salesperson would believe, by the beliefs of `reasons.yaml`.

    Parameters
    ----------
    contributions : ndarray of shape (n_rows, n_names)
        Above 0 raises the score.

    Returns
    -------
    ndarray of bool, of the same shape
    """
    wrong = np.zeros(contributions.shape, dtype=bool)
    for belief in load_reasons().beliefs:
        if belief.feature not in names or not {belief.feature, belief.above or belief.feature} <= set(features):
            continue
        values = features[belief.feature] - (0.0 if belief.above is None else features[belief.above])
        column = names.index(belief.feature)
        sign = contributions[:, column] * (1 if belief.never == "plus" else -1)
        wrong[:, column] |= belief.holds(values).to_numpy() & (sign > 0)
    return wrong


def written(value: Any, unit: str) -> str:
    """A value with its unit, rounded as people say it.

    >>> written(6.2, "hours"), written(80.0, "hours"), written(1.0, "message"), written(12500.0, "usd")
    ('6 hours', '3 days', '1 message', '12,500 USD')
    """
    match unit:
        case "text":
            return " ".join(_number(value).replace("_", " ").split())[:MOST_CHARACTERS]
        case "country" | "language":
            return _place(str(value), unit)
        case "share":
            return f"{value:.0%}"
        case "usd":
            return f"{_number(float(f'{value:.3g}'))} USD"
        case "times":
            return {1: "once", 2: "twice"}.get(round(value), f"{_number(round(value))} times")
        case "hours":
            return _span(value)
        case "calendar days":
            return _counted(ceil(value), "day")
        case "days":
            return _span(value * 24)
        case "years":
            return _span(value * 24 * 365.25)
    return _counted(value, unit)


def _span(hours: float) -> str:
    """A span of time in its largest fitting unit."""
    steps = ((1.0, "minute", 1 / 60), (48.0, "hour", 1.0), (24 * 60.0, "day", 24.0), (24 * 730.0, "month", 24 * 30.4))
    for limit, unit, size in steps:
        if hours < limit:
            return _counted(round(hours / size), unit)
    return _counted(round(hours / (24 * 365.25)), "year")


def _counted(value: float, noun: str) -> str:
    return f"{_number(value)} {noun if noun == 'people' else in_number(value, noun)}"


def _number(value: Any) -> str:
    if isinstance(value, str):
        return value
    return f"{value:,.0f}" if abs(value) >= 100 or float(value).is_integer() else f"{value:.2g}"


@cache
def _place(code: str, kind: str) -> str:
    """The English name of a country or language; the code itself where there is none."""
    from babel import Locale

    locale = Locale("en")
    return str((locale.territories if kind == "country" else locale.languages).get(code, code))


@cache
def meaning_of(signal: str) -> str:
    """What a signal means, without the examples that its definition goes on to give."""
    known = load_reasons().meanings
    if signal in known:
        return known[signal]
    return shipped_catalogue().signals[signal].meaning.split(", such as")[0].split(" - ")[0]


def shown_name(feature: str) -> str:
    """A feature's name in pictures: of a signal what it means.

    >>> shown_name("signal_asks_sample_count"), shown_name("age_days")
    ('asks for a sample', 'age_days')
    """
    star = _pattern("signal_*_count").fullmatch(feature)
    return meaning_of(star[1]) if star and star[1] in shipped_catalogue().signals else feature


@cache
def _pattern(name: str) -> Pattern[str]:
    return compile(escape(name).replace(r"\*", "(.+)"))


def _block(group: str) -> str:
    """Embeddings and words are one block to a reader."""
    return group if group == CARD or group not in BLOCK_NAMES.values() else WORDING
