"""The part of a suggested mapping that says what became of the inquiries."""

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from inquiry_intent.sources.building import mail_domains
from inquiry_intent.sources.currencies import currency_code
from inquiry_intent.sources.meanings import is_flag, meaning, meanings, only_closed, only_done, yes_values
from inquiry_intent.sources.naming import longest, mentions, plain, rank, vocabulary
from inquiry_intent.sources.profiles import Profile
from inquiry_intent.sources.samples import SLIPS, SOME, Sample
from inquiry_intent.sources.schema import Rule
from inquiry_intent.sources.suggest_rules import Draft, columns_of, first_column, time_rule
from inquiry_intent.sources.values import currencies_in, currencies_named, map_values
from inquiry_intent.sources.writing import flow

if TYPE_CHECKING:
    from inquiry_intent.sources.suggest import Suggestion

#: Share of the keys of a history whose status changes; in fewer it is a slip.
CHANGING = 0.05
#: Share of the decided rows of a history that have a time, if it is theirs.
DATED = 0.95
#: Less than this share of what was lost has a time: it is that of what was won.
ONE_SIDED = 0.2
#: Behind an amount's name: its values are in units of 10,000, of whatever currency.
TEN_THOUSANDS = re.compile(
    r"[(（\[【/_ ](?:单位[:：]?)?(?P<unit>万(?:元|美元|美金|欧元|人民币|rmb|usd)?)\s*[)）\]】]?\s*$", re.I
)
#: Orders are looked for so many days after an inquiry, until the user says better. So many of their clients must be
#: known among the inquiries, if both name clients in the same way.
WITHIN_DAYS, KNOWN_CLIENTS = 120, 0.5
CLOSED = ("is closed", "hs is closed", "closed", "是否关闭", "是否结束")


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


def _stage_changes(draft: "Suggestion", sample: Sample, ids: str | None, history: FieldHistory) -> bool:
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
    key = sample.profiles.get(ids or _own_key(draft))
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
    columns |= _amounts(sample, free - {profile.name for profile in history.columns()}, remarks)
    draft.note_used(sample, columns)
    sample.used |= {profile.name for profile in history.columns()}
    when = {history.field.name: names, history.new.name: list(ended)}
    rule: Draft = {"from": sample.key, "optional": True, "one_per_key": True, "when": when}
    draft.tables["outcomes"] = [rule | {"columns": columns, "remarks": remarks}]
    return True


def outcomes(draft: "Suggestion", sample: Sample, ids: str | None) -> bool:
    """Draft the table outcomes from a file; whether it tells any.

    Parameters
    ----------
    ids : str, optional
        The column of the inquiry's id; None in the inquiries' own file.
    """
    history_of_fields = field_history(sample)
    if history_of_fields is not None and _stage_changes(draft, sample, ids, history_of_fields):
        return True
    changes = {profile.name for profile in history_of_fields.columns()} if history_of_fields is not None else set()
    free = {name for name in sample.profiles if name not in sample.used | changes and name != ids}
    status, decided = status_column(sample, free), _decided(sample, free)
    columns: Draft = {} if ids is None else {"inquiry_id": ids}
    rule: Draft = {"from": sample.key, "optional": True}
    remarks: list[str] = []
    key = sample.profiles.get(ids or _own_key(draft))
    orders = ids is not None and (holds_orders(sample) or lists_orders(sample))
    if orders and not decided:
        decided = _only_date(sample, free, remarks)
    repeated = key is not None and bool(key.values.dropna().duplicated().any())
    parts = repeated and orders and _differ(key, sample, free)  # type: ignore[arg-type]
    history = repeated and not parts and status is not None and _changes(key, status)  # type: ignore[arg-type]
    if history and not decided:
        received = "" if ids is not None else first_column(_inquiry_rule(draft, "received_at")) or ""
        decided = _history_time(sample, key, status, received)  # type: ignore[arg-type]
    if repeated:
        rule["one_per_key"] = "sum" if parts else True
    if parts:
        remarks.append(
            f"{key.name!r} repeats with different amounts: parts of an order, or several, whose values are added. "  # type: ignore[union-attr]
            "If the amount only changed, say one_per_key: true, and the earliest row counts"
        )
    elif repeated and not history:
        which = "earliest" if decided else "first"
        remarks.append(f"{key.name!r} repeats: its {which} row is the outcome")  # type: ignore[union-attr]
    if len(decided) == 1 and status is not None:
        decided += _time_of_loss(sample, free, decided[0], status, remarks)
    if decided:
        columns["decided_at"] = _decided_rule(decided)
    if status is not None:
        columns["status"] = _status_rule(status, remarks, orders=orders)
        if closed := _closed_flag(sample, free, status):
            rule["when"] = {closed.name: yes_values(closed)}
            sample.used.add(closed.name)
            remarks.append(f"only rows that {closed.name!r} calls closed are decided")
        elif history:
            rule |= _decided_rows(key, status, columns, remarks)  # type: ignore[arg-type]
    elif decided and (_says_won(decided[0]) or orders):
        columns["status"] = {"column": decided[0].name, "otherwise": "won", "missing": "open"}
        remarks.append(
            f"NO STATUS WAS FOUND: whatever has a {decided[0].name!r} is taken as won, the rest as open. Does anything "
            "lost have this date too?"
        )
    else:
        if decided:
            sample.used |= {profile.name for profile in decided}  # no attribute
            draft.remarks.append(_not_told(decided[0], sample))
        return False
    taken = set(map(str, columns.values())) | ({status.name} if status is not None else set())
    void = _void(sample, free - taken) if orders else {}
    if void:
        rule["unless"] = void
        remarks.append(f"{list(void)}: orders that came to nothing by these are left out; is that so?")
        sample.used |= set(void)
    columns |= _amounts(sample, free - taken, remarks)
    draft.note_used(sample, columns)
    sample.used |= {profile.name for profile in decided}
    draft.tables["outcomes"] = [rule | {"columns": columns, "remarks": remarks}]
    return True


def _says_won(decided: Profile) -> bool:
    """Whether a date is by its name that of a win or an order; of what was lost most systems fill any other too."""
    return mentions(decided.name, vocabulary()["orders"]["dates"]) is not None


def _not_told(decided: Profile, sample: Sample) -> str:
    """Say that a date alone tells no win, and how it would be mapped if it does."""
    rule = {"decided_at": time_rule(decided), "status": {"column": decided.name, "otherwise": "won", "missing": "open"}}
    return (
        f"STATUS UNKNOWN: no column of {sample.place} was found to tell won from lost. {decided.name!r}, filled in "
        f"{decided.filled:.0%} of the rows, may be a plan, or stand beside what was lost too. If only what was won has "
        f"it, outcomes would read it as columns: {flow(rule)}"
    )


def status_column(sample: Sample, free: set[str]) -> Profile | None:
    """The column that tells won from lost.

    Words are preferred to a flag, which says the same of what is lost and of what is still open; then columns whose
    name says status; among columns of other names only those that name both won and lost.
    """
    ranked = []
    for name in free:
        profile = sample.profiles[name]
        if profile.kind not in ("category", "number") or profile.distinct > SOME:
            continue
        fit = rank(name, vocabulary()["outcomes"]["status"])
        flag = is_flag(profile)
        known = set(meanings(profile, "statuses", whole=fit is not None).values())
        tells = {"won", "lost"} <= known
        if fit is None and (flag or not tells):
            continue
        if not known and profile.distinct < 2:
            continue
        if not tells and mentions(name, vocabulary()["orders"]["void"]):
            continue  # of what is not void it says nothing
        ranked.append((not (tells and not flag), not tells, "won" not in known, fit is None, fit or (9, 0), name))
    return sample.profiles[min(ranked)[-1]] if ranked else None


def named_stage(main: Sample, other: Sample) -> tuple[Profile, dict[str, Any]] | None:
    """What a second file calls the stages that the inquiries have as ids, as a column of theirs; how it is looked up.

    None where it does not tell won from lost.
    """
    named = next((p for p in other.profiles.values() if not is_flag(p) and _names_both(p)), None)
    if named is None or main.parts or other.parts:  # a lookup reads one sheet
        return None
    for stage in main.profiles.values():
        coded = stage.kind in ("category", "number") and mentions(stage.name, vocabulary()["outcomes"]["status"])
        for key in other.profiles.values() if coded else ():
            if key is named or key.kind in ("list", "empty") or key.repeating > 0 or key.filled < 1:
                continue
            names = pd.Series(named.values.array, index=key.values.array)
            values = stage.values.map(names)
            if values.notna().mean() >= DATED:
                found = replace(named, name=f"{other.key}.{named.name}", values=values, kind="category")
                return found, {"file": other.key, "on": {stage.name: key.name}}
    return None


def _names_both(profile: Profile) -> bool:
    return {"won", "lost"} <= set(meanings(profile, "statuses").values())


def tells_both(sample: Sample, ids: str | None) -> bool:
    """Whether a file has a column whose words tell won from lost, or a history of such a field."""
    history = field_history(sample)
    if history is not None and history.stages()[0]:
        return True
    status = status_column(sample, {name for name in sample.profiles if name not in sample.used and name != ids})
    return status is not None and not is_flag(status) and _names_both(status)


def knows_won(sample: Sample) -> bool:
    """Whether a file's status, if it has one, says won of some."""
    status = status_column(sample, set(sample.profiles) - sample.used)
    return status is None or "won" in meanings(status, "statuses").values()


def copies_status(sample: Sample, ids: str | None) -> bool:
    """Whether rows of a file beside the inquiries repeat an id with the same status, as another file holds it.

    What differs is a history, and that tells more than its last state.
    """
    status = status_column(sample, {name for name in sample.profiles if name not in sample.used and name != ids})
    if ids is None or status is None or field_history(sample) is not None:
        return False
    key = sample.profiles[ids]
    return key.repeating > SLIPS and not _changes(key, status)


def holds_orders(sample: Sample) -> bool:
    """Whether a file's title says that its rows are orders."""
    return mentions(sample.title, vocabulary()["orders"]["files"]) is not None


def lists_orders(sample: Sample) -> bool:
    """Whether the columns of a file are those of orders or invoices: their number, date and value."""
    known = vocabulary()
    numbered = any((rank(name, known["order_ids"]) or (9,))[0] <= 1 for name in sample.profiles)
    dated = any(profile.kind == "time" for profile in sample.profiles.values())
    return numbered and dated and any(rank(name, known["outcomes"]["order_value"]) for name in sample.profiles)


def orders_of(draft: "Suggestion", sample: Sample, link: str) -> bool:
    """Look up what a second file knows of the outcomes: when the order came, and its value; whether it knows any."""
    rule = draft.tables["outcomes"][0]
    key = rule["columns"].get("inquiry_id") or _own_key(draft)
    free = set(sample.profiles) - {link}
    remarks: list[str] = []
    found: Draft = {}
    if "decided_at" not in rule["columns"] and (decided := _decided(sample, free)):
        found["decided_at"] = _decided_rule(decided)
    if "order_value" not in rule["columns"]:
        found |= _amounts(sample, free - {name for origin in found.values() for name in columns_of(origin)}, remarks)
    if not found or not key or sample.parts:  # a lookup reads one sheet
        return False
    lookup = {"file": sample.key, "on": {key: link}}
    if sample.profiles[link].values.dropna().duplicated().any():
        draft.remarks.append(
            f"not used: {sample.place}; {link!r} repeats in it. With one row for each, and this line in outcomes, its "
            f"columns can be read as '{sample.key}.COLUMN': lookup: {flow([lookup])}"
        )
        return True
    rule["lookup"] = [*rule.get("lookup", []), lookup]
    rule["columns"] |= {column: _prefixed(origin, sample.key) for column, origin in found.items()}
    rule["remarks"] += [*remarks, f"{', '.join(found)}: from {sample.key!r}, where the inquiry has a row there"]
    sample.used |= {name for origin in found.values() for name in columns_of(origin)}
    return True


def orders_by_client(draft: "Suggestion", sample: Sample, main: Sample) -> bool:
    """Draft the outcomes from orders that name their client and date but no inquiry; whether there are such."""
    inquiries = draft.tables["inquiries"][0]["columns"]
    client = main.profiles.get(first_column(inquiries["client_id"]) or "")
    remarks: list[str] = []
    decided = _decided(sample, set(sample.profiles)) or _only_date(sample, set(sample.profiles), remarks)
    if client is None or not decided or inquiries["client_id"] == inquiries["inquiry_id"]:
        return False
    remarks += [
        f"an order falls to its client's latest inquiry in the {WITHIN_DAYS} days before: HOW LONG DO YOURS TAKE?"
    ]
    # Names as they are first: domains are read of addresses only where the orders know no more.
    plain, domains = set(client.values.str.lower().dropna()), set(mail_domains(client.values.dropna()).dropna())
    found = None
    for known, origin in ((plain, "column"), (domains, "domain")):
        shares = {
            p.name: float(values.isin(known).mean())
            for p in sample.profiles.values()
            if p.kind in ("key", "category", "text") and len(values := p.values.dropna().str.lower())
        }
        best = max(shares, key=lambda name: shares[name], default=None)
        if best is not None and shares[best] >= KNOWN_CLIENTS:
            found = {origin: best}
            break
    if found is None or ("domain" in found and not isinstance(inquiries["client_id"], str)):
        return False  # where addresses lack, the inquiries' own ids stand for clients
    if "domain" in found:
        inquiries["client_id"] = {"domain": client.name}
        for rule_of_clients in draft.tables.get("clients", []):
            address = rule_of_clients["columns"]["client_id"]
            if isinstance(address, str):
                rule_of_clients["columns"]["client_id"] = {"domain": address}
                rule_of_clients["one_per_key"] = True
        said = draft.tables["inquiries"][0]["remarks"]
        said[:] = [remark for remark in said if "counts as a client" not in remark]
        remarks.append(f"{found['domain']!r} holds the mail domains of {client.name!r}: each domain counts as a client")
    rule: Draft = {"from": sample.key, "optional": True}
    free = set(sample.profiles) - {*found.values(), *(profile.name for profile in decided)}
    status = status_column(sample, free)
    void = _void(sample, free)
    if status is not None and status.name not in void:
        told = meanings(status, "statuses")
        void[status.name] = [v for v, result in told.items() if result == "lost" and v not in _carried_out(told)]
    for name, nothing in void.items():
        others = sorted(set(sample.profiles[name].values.dropna().unique()) - set(nothing))
        remarks.append(f"{name!r}: {others[:10]} are orders, {nothing[:10]} came to nothing; is that so?")
    free -= set(void)
    sample.used |= set(void)
    rule |= {"unless": unless} if (unless := {name: values for name, values in void.items() if values}) else {}
    rule["by_client"] = {"client_id": found.get("column", found), "within_days": WITHIN_DAYS, "ignore_case": True}
    columns: Draft = {"decided_at": _decided_rule(decided)}
    columns |= _amounts(sample, free, remarks)
    draft.note_used(sample, columns)
    draft.tables["outcomes"] = [rule | {"columns": columns, "remarks": remarks}]
    return True


def _prefixed(origin: Any, key: str) -> Any:
    """A rule that reads another file's columns."""
    if isinstance(origin, str):
        return f"{key}.{origin}"
    named = {"first_of": [f"{key}.{name}" for name in columns_of(origin)], "column": f"{key}.{origin.get('column')}"}
    return origin | {how: columns for how, columns in named.items() if how in origin}


def _own_key(draft: "Suggestion") -> str:
    """The column of the inquiry's id in the inquiries' own file; empty: there is none."""
    rule = _inquiry_rule(draft, "inquiry_id")
    return rule if isinstance(rule, str) else ""


def _inquiry_rule(draft: "Suggestion", column: str) -> Any:
    """How a column of the inquiries is read; empty: it is not."""
    return draft.tables["inquiries"][0]["columns"].get(column, {})


def _changes(key: Profile, status: Profile) -> bool:
    """Whether rows of one key differ in status, and not by a slip: the file is a history."""
    return bool((status.values.groupby(key.values).nunique() > 1).mean() >= CHANGING)


def _differ(key: Profile, sample: Sample, free: set[str]) -> bool:
    """Whether rows of one key differ in the order's value."""
    value = columns_of(_amounts(sample, free, []).get("order_value", {}))
    return bool(value) and _changes(key, sample.profiles[value[0]])


def _decided_values(status: Profile) -> dict[str, str]:
    """The values that mean won or lost; none where they cannot be told from what is open."""
    known = {} if is_flag(status) else meanings(status, "statuses")
    return {value: result for value, result in known.items() if result != "open"} if "won" in known.values() else {}


def _history_time(sample: Sample, key: Profile, status: Profile, received: str) -> list[Profile]:
    """When a row of a history was written: the time that its decided rows have and that differs most within a key.

    One that hardly differs is when the inquiry came, or some other fact of it.
    """
    ended = status.values.isin(_decided_values(status))
    plans = vocabulary()["plans"]
    times = [p for p in sample.profiles.values() if p.kind == "time"]
    told = [p for p in times if p.values[ended].notna().mean() >= DATED and mentions(p.name, plans) is None]
    different = {p.name: int((p.values.groupby(key.values).nunique() - 1).sum()) for p in told if _changes(key, p)}
    best = max(different, key=lambda name: (different[name], name != received), default=None)
    return [sample.profiles[best]] if best is not None else []


def _decided_rows(key: Profile, status: Profile, columns: Draft, remarks: list[str]) -> Draft:
    """Of a history the rows that decide: what has none of them is open."""
    ended = _decided_values(status)
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


def _status_rule(status: Profile, remarks: list[str], *, orders: bool = False) -> Draft:
    known = meanings(status, "statuses")
    if orders:
        others = sorted(set(status.values.dropna().unique()) - set(known))
        words = vocabulary()["orders"]
        placed = [v for v in others if longest(v, words["placed"]) and not longest(v, words["not_placed"])]
        placed += _carried_out(known)
        known |= dict.fromkeys(placed, "won")
        if placed:
            remarks.append(
                f"status: {placed[:10]} are orders that were placed, so won; an inquiry without one is open, and none "
                "is lost unless another column says so"
            )
    unclear = sorted(set(status.values.dropna().unique()) - set(known))
    rule: Draft = {"column": status.name, "values": known | dict.fromkeys(unclear[:SOME], "open")}
    if "won" not in known.values():
        remarks.append(f"STATUS: none of the values of {status.name!r} is known to mean won; say which ones do")
    if unclear:
        remarks.append(f"status: {unclear[:10]} are taken as open; is that so?")
    if done := [v for v in only_done(status) if known.get(v) == "won"]:
        remarks.append(f"status: {done[:10]} say done where others say no or lost: taken as won; is that so?")
    if closed := [v for v in only_closed(status) if known.get(v) == "lost"]:
        remarks.append(
            f"status: {closed[:10]} say closed, and not won as another does: taken as lost; is that so? What was no "
            "inquiry, such as spam or a test, is better left out: name it under 'unless' of inquiries"
        )
    if status.filled < 1:
        rule["missing"] = "open"
    elif is_flag(status):
        remarks.append(f"{status.name!r} knows no open inquiries: if they are among the lost, say how they differ")
    return rule


def _void(sample: Sample, free: set[str]) -> dict[str, list[str]]:
    """The values that say of an order that it came to nothing, by the columns that say no more than this."""
    found: dict[str, list[str]] = {}
    for profile in (sample.profiles[name] for name in sorted(free)):
        if profile.kind in ("category", "number") and mentions(profile.name, vocabulary()["orders"]["void"]):
            known = [v for v in sorted(profile.values.dropna().unique()) if meaning(v, "statuses") == "lost"]
            if values := yes_values(profile) if is_flag(profile) else known:
                found[profile.name] = values
    return found


def _carried_out(known: dict[str, str]) -> list[str]:
    """Of the meanings of an order's status the values that say closed and no more: of orders those are done.

    None where another one says won, as a deal's status does.
    """
    closed = vocabulary()["closed"]["closed"]
    return [v for v in known if plain(v) in closed] if "won" not in known.values() else []


def _closed_flag(sample: Sample, free: set[str], status: Profile) -> Profile | None:
    """Beside a flag that knows won only: the flag of what is decided."""
    if not is_flag(status) or status.filled < 1:
        return None
    flags = [p for p in sample.profiles.values() if p.name in free - {status.name} and is_flag(p) and p.filled == 1]
    return next((p for p in flags if rank(p.name, CLOSED) == (0, 0) or rank(p.name, CLOSED)), None)


def _decided(sample: Sample, free: set[str]) -> list[Profile]:
    """The time of the decision: one column, or one of wins and one of losses."""
    vocab = vocabulary()
    dates = {n for n in free if sample.profiles[n].kind == "time" and mentions(n, vocab["plans"]) is None}
    won = [sample.profiles[n] for n in sorted(dates) if mentions(n, vocab["status_parts"]["won"])]
    lost = [sample.profiles[n] for n in sorted(dates) if mentions(n, vocab["status_parts"]["lost"])]
    best = sample.best("outcomes", "decided_at", dates) or _so_named(sample, dates)
    if won and lost and (best is None or best in won):
        return [won[0], lost[0]]
    return [best] if best is not None else []


def _only_date(sample: Sample, free: set[str], remarks: list[str]) -> list[Profile]:
    """Of a file of orders the only time that all rows have and whose name says nothing else: the orders' own."""
    other = [*vocabulary()["plans"], *vocabulary()["not_decisions"]]
    times = [sample.profiles[n] for n in sorted(free) if sample.profiles[n].kind == "time"]
    told = [profile for profile in times if profile.filled >= DATED and mentions(profile.name, other) is None]
    if len(told) != 1:
        return []
    remarks.append(f"{told[0].name!r} is the only such date in this file of orders, and taken as theirs; is that so?")
    return told


def _time_of_loss(
    sample: Sample, free: set[str], decided: Profile, status: Profile, remarks: list[str]
) -> list[Profile]:
    """Beside a time that only what was won has: the one that only what was lost has, whatever its name."""
    known = status.values.map(_decided_values(status))
    won, lost = known == "won", known == "lost"
    if not won.any() or not lost.any() or decided.values[lost].notna().mean() > ONE_SIDED:
        return []
    plans = vocabulary()["plans"]
    for name in sorted(free):
        profile = sample.profiles[name]
        if profile.kind != "time" or profile is decided or mentions(name, plans):
            continue
        if profile.values[lost].notna().mean() >= 1 - ONE_SIDED and profile.values[~lost].notna().mean() <= SLIPS:
            remarks.append(f"{name!r} stands only where the inquiry was lost, and is taken as the time of that")
            return [profile]
    remarks.append(
        f"{decided.name!r} stands where the inquiry was won, hardly where it was lost: WHAT WAS LOST HAS NO DATE. If "
        "another column has it, it would be first_of both; else how old an inquiry is tells what became of it"
    )
    return []


def _so_named(sample: Sample, dates: set[str]) -> Profile | None:
    """A time whose name speaks of a decision without being listed."""
    vocab = vocabulary()
    told = [n for n in dates if mentions(n, vocab["decisions"]) and mentions(n, vocab["not_decisions"]) is None]
    return sample.profiles[min(told)] if told else None


def _decided_rule(decided: list[Profile]) -> Any:
    if len(decided) == 1:
        return time_rule(decided[0])
    formats = list(dict.fromkeys(found for p in decided for found in p.formats or ["iso"]))
    plain = formats == ["iso"]
    both: Draft = {"first_of": [p.name for p in decided]}
    return both if plain else both | {"format": formats[0] if len(formats) == 1 else formats}


def _amounts(sample: Sample, free: set[str], remarks: list[str]) -> Draft:
    """Order value, its currency, and the annual volume."""
    vocab = vocabulary()
    columns: Draft = {}
    for column in ("order_value", "currency", "annual_volume"):
        words = vocab["outcomes"][column]
        among = {
            name
            for name in free - {name for origin in columns.values() for name in columns_of(origin)}
            if column != "order_value" or rank(name, words) is None or _an_order(name, words)
        }
        found = sample.best("outcomes", column, among)
        if found is not None:
            reading: Draft = {"decimal": ","} if found.decimal == "," else {}
            if scaled := TEN_THOUSANDS.search(found.name):
                reading["scale"] = 10_000
                remarks.append(f"{found.name!r} is in ten thousands ({scaled['unit']}) by its name, so scaled")
            if column == "currency":
                reading = _codes(found)
            columns[column] = {"column": found.name, **reading} if reading else found.name
            if column == "order_value" and (mentions(found.name, vocab["plans"])):
                remarks.append(f"{found.name!r} is an expectation; is it the order's value where the inquiry is won?")
    value = columns.get("order_value")
    if value is not None and "currency" not in columns:
        name = value if isinstance(value, str) else value["column"]
        signs = currencies_in(sample.profiles[name].values) or currencies_named(name)
        codes = sorted(set(signs.values()))
        if len(codes) == 1:
            columns["currency"] = {"constant": codes[0]}
        elif codes:
            columns["currency"] = _currency_beside(name, signs, sample.profiles[name].values, remarks)
        else:
            remarks.append("no currency was found: amounts count as tier.currency of params.yaml; else map 'currency'")
    return columns


def _codes(currency: Profile) -> Draft:
    """The codes of currencies that a column names in words; none where it holds codes."""
    known = {value: currency_code(value) for value in sorted(currency.values.dropna().unique())}
    named = {value: code for value, code in known.items() if code is not None and code != value.upper()}
    return {"values": named, **({"keep_others": True} if len(named) < len(known) else {})} if named else {}


def _currency_beside(name: str, signs: dict[str, str], amounts: pd.Series, remarks: list[str]) -> Draft:
    """How the currencies that stand beside amounts are read; amounts without one have the commonest."""
    patterns: dict[str, str | None] = {f"*{sign}*": code for sign, code in _longest_first(signs)}
    codes = map_values(amounts, Rule(column=name, patterns=patterns), ())[0][amounts.notna()]
    rule: Draft = {"column": name, "patterns": patterns}
    if bare := int(codes.isna().sum()):
        rule["otherwise"] = str(codes.mode().iloc[0])
        remarks.append(
            f"{bare} OF {len(codes)} AMOUNTS in {name!r} name no currency and count as {rule['otherwise']}, the "
            "commonest; is that so?"
        )
    return rule


def _an_order(name: str, words: list[str]) -> bool:
    """Whether an amount so named can be an order's: it stands in the list as it is, or is no quotation or budget."""
    return (rank(name, words) or (9,))[0] == 0 or mentions(name, vocabulary()["not_ordered"]) is None


def _longest_first(signs: dict[str, str]) -> list[tuple[str, str]]:
    return sorted(signs.items(), key=lambda item: -len(item[0]))
