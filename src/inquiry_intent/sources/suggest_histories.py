"""The part of a suggested mapping that reads the outcomes from histories, in which an inquiry has several rows."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from inquiry_intent.sources.meanings import meanings
from inquiry_intent.sources.naming import mentions, rank, vocabulary
from inquiry_intent.sources.profiles import Profile
from inquiry_intent.sources.samples import SLIPS, SOME, Sample
from inquiry_intent.sources.suggest_decisions import DATED, decided_values
from inquiry_intent.sources.suggest_orders import order_amounts
from inquiry_intent.sources.suggest_rules import Draft, time_rule

if TYPE_CHECKING:
    from inquiry_intent.sources.suggest import Suggestion

#: Share of the keys of a history whose status changes; in fewer it is a slip.
CHANGING = 0.05


@dataclass(frozen=True)
class FieldHistory:
    """A file whose rows are changes of one field each: the columns that say which, what before and after, and when."""

    field: Profile
    new: Profile
    old: Profile | None
    at: Profile | None

    def columns(self) -> list[Profile]:
        return [profile for profile in (self.field, self.old, self.new, self.at) if profile is not None]

    def stages(self) -> tuple[list[str], dict[str, str]]:
        """The names of the field that tells won from lost, and what its values mean; empty where there is none."""
        words = vocabulary()["outcomes"]["status"]
        ranked = sorted((fit, v) for v in self.field.values.dropna().unique() if (fit := rank(v, words)) is not None)
        for _, name in ranked:
            values = self.new.values.where(self.field.values == name)
            if 2 <= values.nunique() <= SOME:
                known = meanings(replace(self.new, values=values, kind="category"), "statuses")
                if "won" in known.values():
                    return [name], known
        return [], {}


def field_history(sample: Sample) -> FieldHistory | None:
    """The history of changes that a file is; None: it is none.

    It has a column that names fields and one of new values, the latter beside old ones or with a time of the change.
    """
    words = vocabulary()["field_history"]
    found: dict[str, Profile] = {}
    for part in ("old", "new", "field", "at"):
        ranked = []
        for name, profile in sample.profiles.items():
            fit = rank(name, words[part])
            if fit is None or fit[0] > 1 or profile in found.values() or (profile.kind == "time") != (part == "at"):
                continue
            if profile.kind != "list" and (part != "field" or profile.distinct <= SOME):
                ranked.append((fit, name))
        if ranked:
            found[part] = sample.profiles[min(ranked)[1]]
    if not {"field", "new"} <= set(found) or not {"old", "at"} & set(found):
        return None
    return FieldHistory(found["field"], found["new"], found.get("old"), found.get("at"))


def stage_changes(draft: "Suggestion", sample: Sample, ids: str | None, history: FieldHistory) -> bool:
    """Draft the outcomes from the changes of the stage in a history of fields; whether it tells any."""
    names, known = history.stages()
    if not names:
        return False
    ended = {value: result for value, result in known.items() if result != "open"}
    columns: Draft = {} if ids is None else {"inquiry_id": ids}
    if history.at is not None:
        columns["decided_at"] = time_rule(history.at)
    columns["status"] = {"column": history.new.name, "values": ended}
    remarks = [
        f"a history of changes: the earliest row whose {history.field.name!r} is {names[0]!r} and whose "
        f"{history.new.name!r} is won or lost is the outcome, what has none is open. Whatever else decides must stand "
        "under 'when' and 'values' too"
    ]
    if history.at is None:
        remarks.append("NO TIME of these rows was found: the first in the file counts, and decisions have no date")
    stage = history.field.values.isin(names)
    key = sample.profiles.get(ids or draft.own_key)
    if key is not None:
        both = int((history.new.values.where(stage).map(ended).groupby(key.values).nunique() > 1).sum())
        if both:
            remarks.append(
                f"{both} of them are both won and lost in their history; is the earlier one right? Else set "
                "one_per_key: latest"
            )
    others = sorted(set(history.new.values[stage].dropna().unique()) - set(ended))
    if others:
        remarks.append(f"status: {others[:10]} are taken as open; is that so?")
    free = {name for name in sample.profiles if name not in sample.used and name != ids}
    columns |= order_amounts(sample, free - {profile.name for profile in history.columns()}, remarks)
    draft.note_used(sample, columns)
    sample.used |= {profile.name for profile in history.columns()}
    when = {history.field.name: names, history.new.name: list(ended)}
    rule: Draft = {"from": sample.key, "optional": True, "one_per_key": True, "when": when}
    draft.tables["outcomes"] = [rule | {"columns": columns, "remarks": remarks}]
    return True


def changes_within(key: Profile, status: Profile) -> bool:
    """Whether rows of one key differ in status, and not by a slip: the file is a history."""
    return bool((status.values.groupby(key.values).nunique() > 1).mean() >= CHANGING)


def stands_on_open(decided: Profile, status: Profile) -> bool:
    """Whether a date of a history stands on rows that are still open too: there it is a plan, as of closing."""
    is_open = ~status.values.isin(decided_values(status))
    return bool(is_open.any() and decided.values[is_open].notna().mean() > SLIPS)


def history_time(sample: Sample, key: Profile, status: Profile, received: str) -> list[Profile]:
    """When a row of a history was written: the time that its decided rows have and that differs most within a key.

    One that hardly differs is when the inquiry came, or some other fact of it.
    """
    ended = status.values.isin(decided_values(status))
    plans = vocabulary()["plans"]
    times = [p for p in sample.profiles.values() if p.kind == "time"]
    told = [p for p in times if p.values[ended].notna().mean() >= DATED and mentions(p.name, plans) is None]
    different = {
        p.name: int((p.values.groupby(key.values).nunique() - 1).sum()) for p in told if changes_within(key, p)
    }
    best = max(different, key=lambda name: (different[name], name != received), default=None)
    return [sample.profiles[best]] if best is not None else []


def decided_rows(key: Profile, status: Profile, columns: Draft, remarks: list[str]) -> Draft:
    """Of a history the rows that decide: what has none of them is open."""
    ended = decided_values(status)
    if not ended:
        remarks.append(
            f"HISTORY: {key.name!r} repeats with different {status.name!r}, and which decide is not known: as it is, "
            "the first row of each counts. Say which values mean won and lost, and name these under 'when'"
        )
        return {}
    remarks.append(
        f"{key.name!r} repeats with different {status.name!r}, as in a history: the earliest won or lost row is the "
        "outcome, what has none is open. Whatever else decides must stand under 'when' too"
    )
    if "decided_at" not in columns:
        remarks.append("NO TIME of these rows was found: the first in the file counts, and decisions have no date")
    both = int((status.values.map(ended).groupby(key.values).nunique() > 1).sum())
    if both:
        remarks.append(
            f"{both} of them are both won and lost in their history; is the earlier one right? Else set "
            "one_per_key: latest"
        )
    return {"when": {status.name: list(ended)}}
