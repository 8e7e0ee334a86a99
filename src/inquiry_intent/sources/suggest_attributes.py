"""The part of a suggested mapping that says what becomes of the columns that no table took."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from inquiry_intent.sources.leaks import leak_reasons, repeated_outcomes
from inquiry_intent.sources.naming import mentions, names_code, plain, vocabulary
from inquiry_intent.sources.profiles import Profile
from inquiry_intent.sources.samples import MANY, SLIPS, UNIQUE, Sample, mailboxes
from inquiry_intent.sources.suggest_histories import field_history
from inquiry_intent.sources.suggest_messages import taken
from inquiry_intent.sources.suggest_rules import first_column, time_rule

if TYPE_CHECKING:
    from inquiry_intent.sources.suggest import Suggestion

#: Fewer clients than this are told apart by any category, by chance.
LEAST_CLIENTS = 5
#: Of the records that changed, so many hold the last state that their history knows.
SHOWN = 0.8


def attributes_of(draft: "Suggestion", main: Sample) -> None:
    """What no table took: attributes, or forbidden with a reason, or left alone with a reason."""
    rule = draft.tables["inquiries"][0]
    received = rule["columns"].get("received_at")
    name = first_column(received) if received else None
    clock = main.profiles[name].times() if name in main.profiles else None
    free = {name: p for name, p in main.profiles.items() if name not in main.used}
    value, decided = outcome_column(draft, main, "order_value"), outcome_column(draft, main, "decided_at")
    reasons = _changing(draft, main, free) | repeated_outcomes(
        free,
        value.numbers() if value is not None else None,
        decided.times() if decided is not None else None,
        clock,
    )
    # Last name speaks of no later state.
    facts = {name: p for name, p in free.items() if plain(name) not in vocabulary()["personal"]}
    reasons |= leak_reasons(facts, clock, _won(draft, main))
    draft.forbidden[main.key] = reasons
    attributes: dict[str, list[Any]] = {"numeric": [], "categorical": [], "days": []}
    for name, profile in free.items():
        if name in reasons:
            continue
        kind = _attribute_kind(profile)
        if kind == "categorical" and (client := _names_client(draft, main, profile)):
            rule["remarks"].append(f"not used: {name!r}; it tells one client from another, as {client!r} does")
            main.used.add(name)
            continue
        if kind == "categorical" and mentions(name, vocabulary()["own_notes"]):
            rule["remarks"].append(f"not used: {name!r}; notes of your own team may be later, and about persons")
            continue
        if kind is None or (kind == "days" and clock is None):
            rule["remarks"].append(f"not used: {name!r} ({_why_not(profile)}, {profile.filled:.0%} filled)")
            continue
        if kind == "days":
            attributes[kind].append(time_rule(profile))
        elif kind == "numeric":
            attributes[kind].append({"column": name, "decimal": ","} if profile.decimal == "," else name)
            _note_tier_leak(draft, name)
        else:
            attributes[kind].append(name)
            if unit := _unit(profile):
                rule["remarks"].append(
                    f"{name!r} holds numbers with {unit!r} behind them and counts as words; without it in the "
                    "export it could be numeric"
                )
        main.used.add(name)
    rule["attributes"] = {kind: found for kind, found in attributes.items() if found}


def outcome_column(draft: "Suggestion", main: Sample, column: str) -> Profile | None:
    """What the outcomes read for a column, in the order of the inquiries' rows; None: nothing, or what is not told."""
    rule = next(iter(draft.tables.get("outcomes", [])), None)
    name = first_column(rule["columns"].get(column, {})) if rule else None
    if rule is None or name is None:
        return None
    sample, link = next(s for s in draft.samples if s.key == rule["from"]), rule["columns"].get("inquiry_id")
    rows = taken(rule, sample)
    for lookup in rule.get("lookup", []):
        if name.startswith(f"{lookup['file']}."):
            name = name.removeprefix(f"{lookup['file']}.")
            sample = next(s for s in draft.samples if s.key == lookup["file"])
            ((_, link),) = lookup["on"].items()
            rows = pd.Series(True, index=sample.rows.frame.index)
    profile = sample.profiles.get(name)
    if profile is None or profile.kind == "list":
        return None
    if sample is main:
        return replace(profile, values=profile.values.where(rows))
    key = main.profiles.get(draft.own_key)
    if key is None or link not in sample.profiles:
        return None
    found = pd.Series(profile.values[rows].array, index=sample.profiles[link].values[rows])
    found = found[found.index.notna() & ~found.index.duplicated()]
    return replace(profile, values=found.reindex(key.values).set_axis(key.values.index))


def _changing(draft: "Suggestion", main: Sample, free: dict[str, Profile]) -> dict[str, str]:
    """The columns that a history beside the inquiries shows to change, and of which they hold a later state."""
    key = main.profiles.get(draft.own_key)
    if key is None:
        return {}
    said = {rule["from"] for rule in draft.tables.get("messages", [])}
    latest = free.keys() & {name for s in draft.samples if s is not main for name in s.profiles}
    reasons = {}
    ids = set(key.values.dropna())
    for sample in draft.samples:
        link = sample.link_to(ids) if sample is not main and sample.key not in said else None
        at = sample.first_time(set(sample.profiles)) if link else None
        if link is None or at is None or sample.profiles[link].repeating <= SLIPS:
            continue
        rows = pd.DataFrame({"key": sample.profiles[link].values, "at": at.times()})
        for name in sorted(latest & set(sample.profiles)):
            profile = sample.profiles[name]
            if profile.kind == "list" or free[name].kind == "list" or name in reasons:
                continue
            told = rows.assign(value=_comparable(profile)).dropna().sort_values("at", kind="stable")
            groups = told.groupby("key")["value"]
            now = pd.Series(_comparable(free[name]).array, index=key.values)
            now = now[now.index.notna() & ~now.index.duplicated()]
            both = pd.DataFrame({"first": groups.first(), "last": groups.last(), "now": now}).dropna()
            other = both["first"] != both["last"]
            if other.sum() > SLIPS * len(both) and (both["now"] == both["last"])[other].mean() >= SHOWN:
                reasons[name] = (
                    f"a later state of the record: {sample.place} shows that it changed in {int(other.sum())} of "
                    f"{len(both)}"
                )
    return reasons


def _comparable(profile: Profile) -> pd.Series:
    return profile.numbers() if profile.kind == "number" else profile.values


def _names_client(draft: "Suggestion", main: Sample, profile: Profile) -> str | None:
    """The client's column, where another's values tell the clients apart as well; None: they do not."""
    name = first_column(draft.tables["inquiries"][0]["columns"]["client_id"])
    if name not in main.profiles or profile.distinct < LEAST_CLIENTS:
        return None
    pairs = pd.DataFrame({"value": profile.values, "client": main.profiles[name].values}).dropna()
    # Where nearly each inquiry is a client's only one, whatever differs from row to row would do.
    told = pairs.drop_duplicates()["value"].duplicated().mean() <= SLIPS
    return name if told and pairs["client"].nunique() <= UNIQUE * len(pairs) else None


def _note_tier_leak(draft: "Suggestion", name: str) -> None:
    """Note an amount beside an order value: it tells the tier."""
    known = draft.tables.get("outcomes", [{"columns": {}}])[0]["columns"]
    if mentions(name, vocabulary()["amounts"]) and "order_value" in known:
        draft.tier_leaks.append(name)


def _won(draft: "Suggestion", main: Sample) -> pd.Series | None:
    """Whether each inquiry of the sample was won, where its own file tells."""
    outcomes = draft.tables.get("outcomes", [])
    if not outcomes or outcomes[0]["from"] != main.key:
        return None
    status = outcomes[0]["columns"]["status"]
    values = main.profiles[status["column"]].values
    if "otherwise" in status:
        return values.notna()
    won = values.map(status["values"])
    return (won == "won").where(won.isin(["won", "lost"])) if (won == "lost").any() else won == "won"


def _attribute_kind(profile: Profile) -> str | None:
    """numeric, categorical or days; None: no input of a model."""
    name, vocab = profile.name, vocabulary()
    if profile.kind in ("list", "empty", "text") or profile.distinct < 2 or mailboxes(profile):
        return None
    if _about_a_person(name):
        return None
    if profile.kind == "time":
        return "days"
    coded_id = names_code(name)
    if profile.kind == "key":
        return "numeric" if mentions(name, vocab["amounts"]) and profile.numbers().notna().all() else None
    if profile.kind == "number" and not coded_id:
        return "numeric"
    if profile.distinct > UNIQUE * profile.values.count():
        return None
    return "categorical" if profile.distinct <= (MANY if not coded_id else MANY // 5) else None


def _about_a_person(name: str) -> bool:
    words, said = vocabulary(), plain(name)
    side, _, last = said.rpartition(" ")
    # Of a mail: From: (Name), An: (Name).
    mailing = last in words["names"] and side in (*words["recipients"], *words["messages"]["sender_email"])
    return mailing or mentions(name, words["personal"]) is not None or said in words["names"]


def _unit(profile: Profile) -> str | None:
    """The word that stands behind nearly all numbers of a column, as in `5300件`."""
    units = profile.values.dropna().str.extract(r"^\d[\d.,]*\s*([^\d.,\s%]{1,8})$", expand=False)
    return str(units.mode().iloc[0]) if units.notna().mean() >= UNIQUE else None


def _why_not(profile: Profile) -> str:
    if profile.kind not in ("list", "empty") and profile.distinct < 2:
        return f"{profile.kind}, always the same"
    personal = _about_a_person(profile.name) or mailboxes(profile)
    return f"{profile.kind}, about a person" if personal else profile.kind


def set_aside_changes(draft: "Suggestion", main: Sample) -> None:
    """Keep what a history of changes holds from the attributes: all of it is later than the inquiry."""
    found = field_history(main)
    if found is None:
        return
    names = [profile.name for profile in found.columns() if profile.name not in main.used]
    main.used |= set(names)
    if names:
        draft.tables["inquiries"][0]["remarks"].append(f"not used: {names}, a history of what changed later")


def note_unused_texts(draft: "Suggestion", main: Sample) -> None:
    """Name the long texts of other files that nothing reads: what the buyer wrote may be among them."""
    in_use = {rule["from"] for rules in draft.tables.values() for rule in rules} - {main.key}
    for sample in draft.samples:
        for name, profile in sample.profiles.items() if sample.key in in_use else ():
            if profile.kind == "text" and name not in sample.used:
                draft.remarks.append(f"not used: {name!r} of {sample.place} (text, {profile.filled:.0%} filled)")
