"""The part of a suggested mapping that says what becomes of the columns that no table took."""

from typing import TYPE_CHECKING, Any

import pandas as pd

from inquiry_intent.sources.leaks import leak_reasons
from inquiry_intent.sources.naming import mentions, names_code, plain, vocabulary
from inquiry_intent.sources.profiles import Profile
from inquiry_intent.sources.samples import MANY, SLIPS, UNIQUE, Sample, mailboxes
from inquiry_intent.sources.suggest_histories import field_history
from inquiry_intent.sources.suggest_rules import first_column, time_rule

if TYPE_CHECKING:
    from inquiry_intent.sources.suggest import Suggestion

#: Fewer clients than this are told apart by any category, by chance.
LEAST_CLIENTS = 5


def attributes_of(draft: "Suggestion", main: Sample) -> None:
    """What no table took: attributes, or forbidden with a reason, or left alone with a reason."""
    rule = draft.tables["inquiries"][0]
    received = rule["columns"].get("received_at")
    name = first_column(received) if received else None
    clock = main.profiles[name].times() if name in main.profiles else None
    free = {name: p for name, p in main.profiles.items() if name not in main.used}
    # Last name speaks of no later state.
    facts = {name: p for name, p in free.items() if plain(name) not in vocabulary()["personal"]}
    reasons = leak_reasons(facts, clock, _won(draft, main))
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
    return mentions(name, vocabulary()["personal"]) is not None or plain(name) in vocabulary()["names"]


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
