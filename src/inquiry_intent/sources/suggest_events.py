"""The part of a suggested mapping that says what was done about the inquiries."""

from typing import TYPE_CHECKING

import pandas as pd

from inquiry_intent.sources.meanings import meaning
from inquiry_intent.sources.naming import rank, vocabulary
from inquiry_intent.sources.samples import Sample
from inquiry_intent.sources.suggest_decisions import undone
from inquiry_intent.sources.suggest_messages import sent_at
from inquiry_intent.sources.suggest_rules import Draft, time_rule
from inquiry_intent.sources.values import coded
from inquiry_intent.tables import EVENT_KINDS

if TYPE_CHECKING:
    from inquiry_intent.sources.suggest import Suggestion


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
    left = ({kind.name: unclear} if unclear else {}) | _not_done(sample, ~kind.values.isin(unclear), remarks)
    unless = {"unless": left} if left else {}
    draft.tables.setdefault("events", []).append({"from": sample.key, **unless, "columns": columns, "remarks": remarks})


def _not_done(sample: Sample, rows: pd.Series, remarks: list[str]) -> Draft:
    """What leaves out activities of some rows that were cancelled, or only planned; a remark says so."""
    found = undone(sample)
    for name, values in found.items():
        among = [value for value in values if (sample.profiles[name].values[rows] == value).any()]
        if not among:
            return {}
        count = int(sample.profiles[name].values[rows].isin(among).sum())
        sample.used.add(name)
        remarks.append(
            f"{name!r}: {count} of {int(rows.sum())} are {among[:10]}: planned or cancelled, so nothing that happened, "
            "and left out; is that so?"
        )
    return found


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
        remarks: list[str] = []
        left = _not_done(sample, kind.values.isin(known), remarks)
        event: Draft = {"from": sample.key, "when": {kind.name: list(known)}} | ({"unless": left} if left else {})
        draft.tables.setdefault("events", []).append(event | {"columns": columns, "remarks": remarks})
