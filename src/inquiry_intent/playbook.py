"""What to do next with an inquiry, by its classes: action, tone, do and don't, time limit, date, next small ask."""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Annotated, Literal

import pandas as pd
import yaml
from pydantic import BaseModel, ConfigDict, Field

Language = Literal["en", "zh"]
Text = dict[Language, str]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Advice(_Section):
    """What to do and not to do with a class."""

    do: Text
    dont: Text


class IntentPlay(Advice):
    """The pace of an intent class."""

    within_hours: Annotated[float, Field(gt=0)]
    follow_up_days: Annotated[float, Field(gt=0)]
    action: Text
    tone: Text


class SmallAsk(_Section):
    """A small request to the buyer; met where the feature reaches `at_least`; without one it can always be asked."""

    ask: Text
    met_by: str | None = None
    at_least: float = 1


class Playbook(_Section):
    """All advice; each dimension has an entry for `unknown`."""

    intent: dict[str, IntentPlay]
    role: dict[str, Advice]
    potential: dict[str, Advice]
    small_asks: list[SmallAsk]


@cache
def load_playbook() -> Playbook:
    """The playbook that ships with the package."""
    return Playbook.model_validate(yaml.safe_load(files("inquiry_intent").joinpath("playbook.yaml").read_text("utf-8")))


def next_steps(classes: pd.DataFrame, features: pd.DataFrame, language: Language = "en") -> pd.DataFrame:
    """The next step for every row.

    Parameters
    ----------
    classes : DataFrame
        What `rules.rule_classes` returns: rule_intent, rule_role, rule_potential.
    features : DataFrame, indexed by (inquiry_id, as_of)
        For the time of the last contact (thread_silent_hours) and the small asks already met.

    Returns
    -------
    DataFrame, indexed as `features`
        action, tone, do, dont (texts), answer_within_hours, next_follow_up (the day to write again, UTC; NaT without
        times), next_small_ask.
    """
    book = load_playbook()

    intent, role, potential = (classes[f"rule_{name}"] for name in ("intent", "role", "potential"))

    def said(labels: pd.Series, texts: Mapping[str, Text]) -> pd.Series:
        return labels.map({label: text[language] for label, text in texts.items()})

    def advice(what: Literal["do", "dont"]) -> pd.Series:
        parts = [
            said(labels, {label: getattr(entry, what) for label, entry in entries.items()})
            for labels, entries in ((intent, book.intent), (role, book.role), (potential, book.potential))
        ]
        return parts[0] + "; " + parts[1] + "; " + parts[2]

    as_of = pd.Series(features.index.get_level_values("as_of"), index=features.index)
    last_contact = as_of - pd.to_timedelta(features["thread_silent_hours"].fillna(0.0), unit="h")
    pause = pd.to_timedelta(intent.map({k: play.follow_up_days for k, play in book.intent.items()}), unit="D")
    return pd.DataFrame(
        {
            "action": said(intent, {k: play.action for k, play in book.intent.items()}),
            "tone": said(intent, {k: play.tone for k, play in book.intent.items()}),
            "do": advice("do"),
            "dont": advice("dont"),
            "answer_within_hours": intent.map({k: play.within_hours for k, play in book.intent.items()}).astype(
                "float64"
            ),
            "next_follow_up": (last_contact + pause).dt.floor("D"),
            "next_small_ask": _next_ask(book.small_asks, features, language),
        }
    )


def _next_ask(asks: Sequence[SmallAsk], features: pd.DataFrame, language: Language) -> pd.Series:
    """The first ask that no record shows as met."""
    chosen = pd.Series(pd.NA, index=features.index, dtype="str")
    for ask in asks:
        met = features[ask.met_by].ge(ask.at_least) if ask.met_by is not None and ask.met_by in features else False
        chosen = chosen.mask(chosen.isna() & ~pd.Series(met, index=features.index), ask.ask[language])
    return chosen
