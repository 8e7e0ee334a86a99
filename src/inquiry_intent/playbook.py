"""What to do next with an inquiry, by its classes: action, tone, do and don't, time limit, date, next small ask."""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Annotated, Literal

import pandas as pd
import yaml
from pydantic import BaseModel, ConfigDict, Field

from inquiry_intent.rules import Condition

Language = Literal["en", "zh"]
Text = dict[Language, str]


#: What we sent so soon after the buyer's last message is an acknowledgement by a machine.
AUTOMATIC_HOURS = 2 / 60


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Advice(_Section):
    """What to do and not to do with a class."""

    do: Text
    dont: Text


class IntentPlay(Advice):
    """The pace of an intent class; without hours or days there is nothing to answer or to follow up."""

    within_hours: Annotated[float, Field(gt=0)] | None = None
    follow_up_days: Annotated[float, Field(gt=0)] | None = None
    action: Text
    #: The action where our message is the last, and the buyer's turn it is.
    answered: Text
    #: The action where the export has no messages of ours, so that we may have answered or not.
    unseen: Text
    tone: Text


class Case(IntentPlay):
    """What goes before the classes: where one of `signs` holds, words show `only` these signals, beside `intent`."""

    signs: list[Condition] = []
    only: list[str] | None = None
    intent: list[str] | None = None
    #: Whether the inquiry should go on, so that after long silence we ask once.
    wanted: bool = True
    ask: Text

    def holds(self, features: pd.DataFrame, intent: pd.Series) -> pd.Series:
        """The rows of the case; none where its features are not in the table."""
        found = pd.Series(not self.signs, index=features.index)
        for sign in self.signs:
            if sign.feature in features:
                found |= sign.holds(features[sign.feature])
        if self.only is not None:
            kinds = features.get("signal_kind_count", pd.Series(float("nan"), index=features.index))
            names = [name for signal in self.only if (name := f"signal_{signal}_count") in features]
            found &= kinds <= features[names].gt(0).sum(axis=1)
        return found if self.intent is None else found & intent.isin(self.intent)


class Question(_Section):
    """What an open question is about; told where one of the features is at least 1; without any it is never told."""

    about: Text
    told_by: list[str] = []


class SmallAsk(_Section):
    """A small request to the buyer; met where the feature reaches `at_least`; without one it can always be asked."""

    ask: Text
    met_by: str | None = None
    at_least: float = 1


class ColdPlay(_Section):
    """What to do where nobody has written for longer than `after_days`, whatever the classes say."""

    after_days: Annotated[float, Field(gt=0)]
    action: Text


class Playbook(_Section):
    """All advice; each dimension has an entry for `unknown`."""

    least_confidence: Annotated[float, Field(ge=0, le=1)]
    least_tier_probability: Annotated[float, Field(ge=0, le=1)]
    cases: dict[str, Case]
    intent: dict[str, IntentPlay]
    role: dict[str, Advice]
    potential: dict[str, Advice]
    questions: list[Question]
    small_asks: list[SmallAsk]
    cold: ColdPlay


@cache
def load_playbook() -> Playbook:
    """The playbook that ships with the package."""
    return Playbook.model_validate(yaml.safe_load(files("inquiry_intent").joinpath("playbook.yaml").read_text("utf-8")))


def next_steps(
    classes: pd.DataFrame,
    features: pd.DataFrame,
    tiers: pd.DataFrame | None = None,
    language: Language = "en",
    replies_known: bool = True,
) -> pd.DataFrame:
    """The next step for every row.

    A case of the playbook (a fraud, a deal to close, a competitor, no sign of a purchase) goes before the classes.
    Advice follows a class only where there is ground for it. Intent and role are the rule card's, `unknown` where their
    confidence lies below `least_confidence`. Potential is the model's likeliest tier where a model of the tier is
    given, because it has learned from what clients came to buy; `unknown` where that tier has less than
    `least_tier_probability`. Without a model it is the card's class, as the other two.

    Parameters
    ----------
    classes : DataFrame
        What `rules.rule_classes` returns: rule_intent, rule_role, rule_potential, each with its confidence.
    features : DataFrame, indexed by (inquiry_id, as_of)
        For the time of the last contact (thread_silent_hours; of an inquiry without messages age_days), whose message
        was the last (unanswered_outbound_count, buyer_silent_hours), the cases, what was told and the small asks met.
    tiers : DataFrame, indexed as `features`, optional
        The model's probability of each tier, a column a tier.
    replies_known : bool
        Whether the export has messages of ours (`Tables.has_replies`); without them nothing is called unanswered.

    Returns
    -------
    DataFrame, indexed as `features`
        potential (strategic, short_term, test, unknown: what the advice goes by), action, tone, do, dont (texts),
        answer_within_hours (NaN where it is the buyer's turn or nobody can tell, too late for haste, or a fraud),
        next_follow_up (the day to write again, UTC, never before the day of as_of; NaT without times or of a fraud),
        overdue_days (whole days since that day was due; 0 if it is not overdue, NaN without such a day or known
        replies), next_small_ask.
    """
    book = load_playbook()

    def sure(name: str) -> pd.Series:
        enough = classes[f"rule_{name}_confidence"] >= book.least_confidence
        return classes[f"rule_{name}"].where(enough, "unknown")

    intent, role = sure("intent"), sure("role")
    potential = sure("potential") if tiers is None else _likeliest(tiers, book.least_tier_probability)

    case = pd.Series(pd.NA, index=features.index, dtype="str")
    for name, entry in book.cases.items():
        case = case.mask(case.isna() & entry.holds(features, intent), name)
    plays: dict[str, IntentPlay] = {**book.intent, **book.cases}
    play = case.fillna(intent)

    def said(labels: pd.Series, texts: Mapping[str, Text]) -> pd.Series:
        return labels.map({label: text[language] for label, text in texts.items()})

    def advice(what: Literal["do", "dont"]) -> pd.Series:
        parts = [
            said(labels, {label: getattr(entry, what) for label, entry in entries.items()})
            for labels, entries in ((play, plays), (role, book.role), (potential, book.potential))
        ]
        return parts[0].where(case.notna(), parts[0] + "; " + parts[1] + "; " + parts[2])

    as_of = pd.Series(features.index.get_level_values("as_of"), index=features.index)
    last_contact = as_of - pd.to_timedelta(_silent_hours(features).fillna(0.0), unit="h")
    days = play.map({name: entry.follow_up_days for name, entry in plays.items()}).astype("float64")
    pause = pd.to_timedelta(days, unit="D")
    today, due = as_of.dt.floor("D"), (last_contact + pause).dt.floor("D")
    # Of messages of the same moment it is not known which came last; one sent at once was no person's answer.
    waited = features["buyer_silent_hours"] - features["thread_silent_hours"]
    written = features["thread_silent_hours"].notna() & features["unanswered_outbound_count"].gt(0)
    answered = written & ~(waited <= AUTOMATIC_HOURS)
    within_hours = play.map({name: entry.within_hours for name, entry in plays.items()}).astype("float64")
    action, follow_up = (
        said(play, {name: getattr(entry, what) for name, entry in plays.items()})
        for what in ("action" if replies_known else "unseen", "answered")
    )
    action = action.mask(answered, follow_up)
    still_open = _still_open(book.questions, features, language)
    filled = [words.replace("{open}", names) for words, names in zip(action, still_open, strict=True)]
    action = pd.Series(filled, index=features.index, dtype="str")
    known = pd.Series(replies_known, index=features.index)
    cold = is_cold(features)
    unwanted = case.isin([name for name, entry in book.cases.items() if not entry.wanted])
    return pd.DataFrame(
        {
            "potential": potential,
            "action": action.mask(cold & ~unwanted, book.cold.action[language]),
            "tone": said(play, {name: entry.tone for name, entry in plays.items()}),
            "do": advice("do"),
            "dont": advice("dont"),
            "answer_within_hours": within_hours.mask(answered | cold | ~known),
            "next_follow_up": due.mask(due <= today, today),
            "overdue_days": ((today - due) / pd.Timedelta(days=1)).clip(lower=0).where(known),
            "next_small_ask": said(case, {name: entry.ask for name, entry in book.cases.items()}).fillna(
                _next_ask(book.small_asks, features, language)
            ),
        }
    )


def is_cold(features: pd.DataFrame) -> pd.Series:
    """Where nobody has written for so long that the advice of its class is of no use, bool; indexed as `features`."""
    return _silent_hours(features) > 24 * load_playbook().cold.after_days


def _silent_hours(features: pd.DataFrame) -> pd.Series:
    """Since the last message of either side; since the receipt where no message is known, NaN without times."""
    return features["thread_silent_hours"].fillna(24 * features["age_days"])


def _likeliest(tiers: pd.DataFrame, least: float) -> pd.Series:
    """The tier of the highest probability; "unknown" where even that lies below `least`."""
    best = tiers.columns.to_numpy()[tiers.to_numpy().argmax(axis=1)]
    return pd.Series(best, index=tiers.index, dtype="str").where(tiers.max(axis=1) >= least, "unknown")


def _next_ask(asks: Sequence[SmallAsk], features: pd.DataFrame, language: Language) -> pd.Series:
    """The first ask that no record shows as met."""
    chosen = pd.Series(pd.NA, index=features.index, dtype="str")
    for ask in asks:
        met = features[ask.met_by].ge(ask.at_least) if ask.met_by is not None and ask.met_by in features else False
        chosen = chosen.mask(chosen.isna() & ~pd.Series(met, index=features.index), ask.ask[language])
    return chosen


def _still_open(questions: Sequence[Question], features: pd.DataFrame, language: Language) -> list[str]:
    """What the buyer has not told yet, a row, as words; the last question stands only where all else is told."""
    *askable, last = questions
    told = [
        features[[name for name in question.told_by if name in features]].ge(1).any(axis=1).tolist()
        for question in askable
    ]

    def listed(names: list[str]) -> str:
        if language == "zh":
            return "、".join(names)
        return " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)

    rows = ([q for q, known in zip(askable, row, strict=True) if not known] for row in zip(*told, strict=True))
    return [listed([question.about[language] for question in missing or [last]]) for missing in rows]
