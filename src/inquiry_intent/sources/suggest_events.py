"""The part of a suggested mapping that says what was done about the inquiries."""

from typing import TYPE_CHECKING

import pandas as pd

from inquiry_intent.sources.meanings import meaning
from inquiry_intent.sources.naming import rank, vocabulary
from inquiry_intent.sources.profiles import Profile
from inquiry_intent.sources.samples import SLIPS, Sample
from inquiry_intent.sources.suggest_decisions import undone
from inquiry_intent.sources.suggest_messages import sent_at
from inquiry_intent.sources.suggest_rules import Draft, first_column, time_rule
from inquiry_intent.sources.values import coded
from inquiry_intent.tables import EVENT_KINDS

if TYPE_CHECKING:
    from inquiry_intent.sources.suggest import Suggestion

#: What was sent or opened has happened, whatever a status says of it or of its deal; a call may only be planned.
PLANNED = "held_call"


def events_file(draft: "Suggestion", sample: Sample, link: str) -> None:
    """Events from a file of their own."""
    kind, at = sample.best("events", "kind"), sample.best("events", "occurred_at")
    assert kind is not None
    assert at is not None
    known = {v: meaning(v, "kinds") or coded(v).replace(" ", "_") for v in kind.values.dropna().unique()}
    unclear = sorted(value for value, plain in known.items() if plain not in EVENT_KINDS)
    rule: str | Draft = kind.name
    remarks: list[str] = []
    if unclear or any(plain != value for value, plain in known.items()):
        rule = {"column": kind.name, "values": {v: k for v, k in known.items() if k in EVENT_KINDS}}
    if unclear:
        remarks = [f"say what {unclear[:10]} mean, or leave them out with 'unless'; kinds are {list(EVENT_KINDS)}"]
    columns = {"inquiry_id": link, "occurred_at": time_rule(at), "kind": rule}
    draft.note_used(sample, columns)
    event: Draft = {"from": sample.key} | ({"unless": {kind.name: unclear}} if unclear else {})
    _add_events(draft, sample, event | {"columns": columns, "remarks": remarks}, kind, known)


def _add_events(draft: "Suggestion", sample: Sample, rule: Draft, kind: Profile, known: dict[str, str]) -> None:
    """Add a rule of events; where some calls did not take place, one of calls without these and one of the rest."""
    calls = [value for value, told in known.items() if told == PLANNED]
    remarks: list[str] = []
    left = _not_done(sample, first_column(rule["columns"]["inquiry_id"]), kind.values.isin(calls), remarks)
    others = [value for value, told in known.items() if told != PLANNED and told in EVENT_KINDS]
    rules = draft.tables.setdefault("events", [])
    if left and others:
        rules.append(rule | {"when": {kind.name: others}})
        rule = rule | {"when": {kind.name: calls}, "remarks": []}
    extra = {"unless": rule.get("unless", {}) | left} if left else {}
    rules.append(rule | extra | {"remarks": [*rule["remarks"], *remarks]})


def _not_done(sample: Sample, link: str | None, calls: pd.Series, remarks: list[str]) -> Draft:
    """What leaves out those calls that were cancelled, or only planned; a remark says so."""
    for name, values in undone(sample).items():
        status = sample.profiles[name].values
        left = calls & status.isin(values)
        if not left.any() or (link is not None and _of_inquiries(status, values, sample.profiles[link].values)):
            return {}
        sample.used.add(name)
        among = [value for value in values if (status[left] == value).any()]
        remarks.append(
            f"{name!r}: {int(left.sum())} of {int(calls.sum())} calls are {among[:10]}: planned or cancelled, so "
            "nothing that happened, and left out; is that so? A status of the deal would tell who is decided"
        )
        return {name: values}
    return {}


def _of_inquiries(status: pd.Series, values: list[str], ids: pd.Series) -> bool:
    """Whether a status is that of the inquiry: where it has several rows, all say the same.

    By such a one what counts as done would tell which inquiries are decided, long before they are.
    """
    several = status.isin(values).groupby(ids[ids.duplicated(keep=False)]).mean()
    told = several[several > 0]
    return len(told) > 0 and float((told < 1).mean()) <= SLIPS


def events_among(draft: "Suggestion", sample: Sample, link: str) -> None:
    """Events from a file whose other rows are messages, as calls among mails are."""
    rule = draft.tables["messages"][-1]
    records = vocabulary()["record_kinds"]
    kinds = [name for name in rule.get("when", {}) if name in sample.profiles and rank(name, records) is None]
    kind = sample.profiles[kinds[0]] if kinds else None
    at = sent_at(sample)
    if kind is None or at is None:
        return
    others = sorted(set(kind.values.dropna().unique()) - set(rule["when"][kind.name]))
    known = {value: told for value in others if (told := meaning(value, "kinds")) in EVENT_KINDS}
    unclear = [value for value in others if value not in known]
    if unclear:
        rule["remarks"].append(f"not used: the rows whose {kind.name!r} is one of {unclear[:10]}")
    if known:
        columns = {"inquiry_id": link, "occurred_at": time_rule(at)}
        columns["kind"] = {"column": kind.name, "values": known}
        event: Draft = {"from": sample.key, "when": {kind.name: list(known)}, "columns": columns, "remarks": []}
        _add_events(draft, sample, event, kind, known)
