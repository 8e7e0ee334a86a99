"""The part of a suggested mapping that says what is known of the clients."""

from dataclasses import replace
from typing import TYPE_CHECKING

from inquiry_intent.sources.meanings import is_flag
from inquiry_intent.sources.naming import mentions, names_code, rank, vocabulary
from inquiry_intent.sources.samples import SLIPS, Sample, mailboxes
from inquiry_intent.sources.suggest_links import joins
from inquiry_intent.sources.suggest_rules import Draft, first_column, time_rule

if TYPE_CHECKING:
    from inquiry_intent.sources.suggest import Suggestion

#: Facts of a client that do not grow: known today, they were known before.
LASTING = ("company", "website", "country", "registered_at")
#: Cells that name several records, as associations are exported.
SEVERAL = r"^\d[\w-]*(?:; ?\d[\w-]*)+$"


def joined_client(draft: "Suggestion", main: Sample, columns: Draft) -> str | None:
    """A column of another name whose values are the ids in a file about clients."""
    taken = {first_column(rule) for rule in columns.values()}
    about = [s for s in draft.samples if s is not main and "clients" in s.hints()]
    free = [p for name, p in main.profiles.items() if name not in taken and names_code(name)]
    return next((p.name for p in free if any(joins(p, sample) for sample in about)), None)


def first_of_several(sample: Sample, name: str, remarks: list[str]) -> Draft:
    """How a column is read whose cells name several ids (`123;456`): the first counts, here too; {}: none does."""
    values = sample.profiles[name].values
    several = int(values.str.contains(SEVERAL, regex=True).sum()) if sample.profiles[name].kind != "list" else 0
    if not several:
        return {}
    sample.profiles[name] = replace(sample.profiles[name], values=values.str.split(";", regex=False).str[0])
    remarks.append(f"{several} cells of {name!r} name several: the first is the client, the others are left out")
    return {"first_part": ";"}


def clients_file(draft: "Suggestion", sample: Sample, main: Sample) -> bool:
    """Draft the table clients from a file; whether it is about clients."""
    key, prefix = _client_key(draft, sample, main)
    if key is None:
        return False
    if (better := _known_elsewhere(draft, sample, main, key)) is not None:
        draft.remarks.append(
            f"not used: {sample.place}; {better.place} tells of the clients themselves, whose {key!r} stands here"
        )
        return True
    remarks: list[str] = []
    first = first_of_several(sample, key, remarks)
    columns: Draft = {"client_id": {"column": key} | ({"prefix": prefix} if prefix else {}) | first}
    if not prefix and not first:
        columns["client_id"] = key
    named = {name for name, profile in sample.profiles.items() if not is_flag(profile)} - {key}
    for column in vocabulary()["clients"]:
        free = named if column in LASTING else set(sample.profiles) - {key}  # yes is no name of a company
        free = free if column != "company" else _names_of_companies(sample, named, key)
        found = sample.best("clients", column, free)
        if found is not None:
            columns[column] = time_rule(found) if found.kind == "time" else found.name
    if set(columns) <= {"client_id", "known_at"}:
        return False
    known = first_column(columns.get("known_at", {}))
    growing = [column for column in columns if column not in ("client_id", "known_at", *LASTING)]
    if growing and not (known and mentions(known, vocabulary()["kept_current"])):
        names = [first_column(columns.pop(column)) for column in growing]
        remarks.append(
            f"not used: {names}: WHAT GROWS WITH TIME, as it is today, would tell of inquiries long before. With "
            "the day of the export as known_at, in a rule of its own, it counts from then on"
        )
    if set(columns) <= {"client_id", "known_at"}:
        draft.remarks += [f"{sample.place}: {remark}" for remark in remarks]
        return True
    if "known_at" not in columns:
        columns["known_at"] = {"first_inquiry": True}
        remarks.append("states that these facts were known at the client's first inquiry; is that so?")
    draft.note_used(sample, columns)
    rule: Draft = {"from": sample.key, "columns": columns, "remarks": remarks}
    if sample.profiles[key].repeating > SLIPS and "first_inquiry" in columns["known_at"]:
        rule["one_per_key"] = True
        remarks.append(f"{key!r} repeats, as of several people of one client: its first row counts")
    draft.tables.setdefault("clients", []).append(rule)
    return True


def _names_of_companies(sample: Sample, named: set[str], key: str) -> set[str]:
    """The columns that can hold the names of companies; the key is one where it is no code.

    Where only a part of the name says company or client, as in 客户来源 and Origen del cliente, it may be any fact of
    theirs: names tell most clients apart, and no other column is called so.
    """
    words = vocabulary()["clients"]
    others = [words[column] for column in words if column != "company"]
    found = set() if names_code(key) else {key}
    for name in named:
        fit, profile = rank(name, words["company"]), sample.profiles[name]
        whole = fit is not None and fit[0] == 0
        of_another = any((other := rank(name, known)) is not None and fit and other[0] <= fit[0] for known in others)
        telling = 2 * profile.distinct > sample.profiles[key].distinct and not mailboxes(profile)
        if whole or (telling and not of_another and not names_code(name)):
            found.add(name)
    return found


def _known_elsewhere(draft: "Suggestion", sample: Sample, main: Sample, key: str) -> Sample | None:
    """Another file whose own ids the clients are, where this one only repeats them, as one of contacts does."""
    client = first_column(draft.tables["inquiries"][0]["columns"]["client_id"])
    if client not in main.profiles or sample.profiles[key].repeating <= SLIPS:
        return None
    others = [s for s in draft.samples if s is not sample and s is not main and "clients" in s.hints()]
    return next((other for other in others if joins(main.profiles[client], other) is not None), None)


def _client_key(draft: "Suggestion", sample: Sample, main: Sample) -> tuple[str | None, str]:
    """The column of a file about clients that holds their ids, by its values, else by its name; and their prefix.

    The inquiries may have `res_partner_17` where the file of clients has `17`.
    """
    client = first_column(draft.tables["inquiries"][0]["columns"]["client_id"])
    if client in main.profiles and (joined := joins(main.profiles[client], sample)) is not None:
        return joined
    named = sample.best("inquiries", "client_id")
    return named.name if named is not None else None, ""
