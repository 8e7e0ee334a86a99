"""The part of a suggested mapping that tells deals from people, and from leads that became deals."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from inquiry_intent.sources.meanings import is_flag, meanings
from inquiry_intent.sources.naming import longest, mentions, names_code, plain, rank, vocabulary
from inquiry_intent.sources.profiles import Profile
from inquiry_intent.sources.samples import FILLED, SLIPS, SOME, Sample
from inquiry_intent.sources.suggest_decisions import DATED, decided_by, decided_rule, status_column
from inquiry_intent.sources.suggest_inquiries import EARLY, early_messages
from inquiry_intent.sources.suggest_links import LOOKED_UP, joins
from inquiry_intent.sources.suggest_messages import holds_messages, taken
from inquiry_intent.sources.suggest_orders import holds_orders
from inquiry_intent.sources.suggest_outcomes import tells_both
from inquiry_intent.sources.suggest_rules import Draft, columns_of, first_column, time_rule
from inquiry_intent.sources.suggest_texts import first_text
from inquiry_intent.sources.writing import flow

if TYPE_CHECKING:
    from inquiry_intent.sources.suggest import Suggestion

#: Columns of inquiries that leads and deals may both have. Others would tell by being filled which of both a row was.
SHARED = ("channel", "country", "product", "owner")
LEFT_LEADS = "leads that became no deal"


def converted_into(leads: Sample, deals: Sample) -> tuple[Profile, Profile] | None:
    """The column of a file of leads that holds the ids of the deals they became, and that of these ids there.

    None: there is none.
    """
    words, own = vocabulary()["conversions"], leads.key_column()
    if own is None or leads is deals or own.repeating > SLIPS:
        return None
    keys = _ids_of_deals(deals, own)
    titled = mentions(leads.title, words["files"]) is not None
    for profile in leads.profiles.values():
        named = mentions(profile.name, words["columns"]) or (titled and names_code(profile.name))
        if not named or profile is own or profile.kind not in ("key", "category", "number") or profile.distinct < 2:
            continue
        if profile.repeating > SLIPS:
            continue
        # Counted from 1, ids of deals are among those of leads too: the names tell which are meant.
        for key in sorted(keys, key=lambda key: plain(key.name) not in plain(profile.name)):
            if profile.values.dropna().isin(key.values).mean() > LOOKED_UP:
                return profile, key
    return None


def _ids_of_deals(deals: Sample, lead: Profile) -> list[Profile]:
    """The columns that can be the id of a deal, the likeliest first: a deal may also name its lead, each another."""
    key = deals.key_column()
    found = [
        profile
        for profile in deals.profiles.values()
        if profile is not key
        and profile.kind in ("key", "category", "number")
        and names_code(profile.name)
        and profile.filled >= FILLED
        and 0 < profile.distinct
        and profile.repeating <= SLIPS
    ]
    keys = [key] if key is not None and key.repeating <= SLIPS else []
    return sorted([*keys, *found], key=lambda profile: profile.name == lead.name)


def deals_instead(draft: "Suggestion", main: Sample) -> Sample | None:
    """The file of deals beside one of contacts, or of leads that became deals; None: there is none.

    A deal is what is won or lost: a contact has several, and a lead that was converted has only begun. Deals that name
    their leads get the key by which these name them.
    """
    if (known := _became(draft, main)) is not None:
        main.told_key = known[2].name
    for sample in draft.samples:
        key = sample.key_column()
        if sample is main or key is None or key.repeating > SLIPS:
            continue
        if holds_orders(sample) or holds_messages(sample) or not tells_both(sample, None):
            continue
        if (found := converted_into(main, sample)) is not None:  # whatever the file is called
            sample.told_key = found[1].name
            return sample
        if "inquiries" not in sample.hints():
            continue
        if "clients" in main.hints() and not tells_both(main, None) and _of_clients(sample, main):
            return sample
    return None


def _of_clients(deals: Sample, clients: Sample) -> bool:
    """Whether deals name the rows of another file as their clients, if they name them at all; not as inquiries."""
    ids, words = clients.key_column(), vocabulary()["inquiries"]
    link = deals.link_to(set(ids.values.dropna())) if ids is not None else None
    if link is None:
        return True
    of_client, of_inquiry = rank(link, words["client_id"]), rank(link, words["inquiry_id"])
    return of_client is not None and (of_inquiry is None or of_client[0] <= of_inquiry[0])


def leads_of(draft: "Suggestion", main: Sample) -> tuple[Sample, Profile] | None:
    """The file of leads that became the inquiries' deals, and its column that says which."""
    found = _became(draft, main)
    return found[:2] if found is not None else None


def _became(draft: "Suggestion", main: Sample) -> tuple[Sample, Profile, Profile] | None:
    """The file of leads that became the rows of another, its column that says which, and that of these ids there."""
    found = ((sample, converted_into(sample, main)) for sample in draft.samples if not main.parts and not sample.parts)
    return next(((sample, *columns) for sample, columns in found if columns is not None), None)


def leads_too(draft: "Suggestion", main: Sample, leads: Sample, link: Profile) -> None:
    """Have deals begin with their lead, and leads that became none be inquiries of their own."""
    inquiries, own = draft.tables["inquiries"][0], leads.key_column()
    key = main.profiles.get(draft.own_key)
    if own is None or key is None or "unnest" in inquiries:
        return
    began = link.values[link.values.isin(key.values)]
    remarks: list[str] = inquiries["remarks"]
    remarks.append(
        f"{len(began)} of {len(key.values)} began as a lead of {leads.place} ({link.name!r}); the other "
        f"{len(key.values) - began.nunique()} have none and are inquiries by themselves"
    )
    lookup = not link.values.dropna().duplicated().any()
    if lookup:
        inquiries["lookup"] = [{"file": leads.key, "on": {key.name: link.name}}]
        _begin_with_leads(draft, main, leads, link)
    texts = _texts_of_leads(draft, leads, link)
    if not lookup:
        dated = "its first message dates it" if texts is not None else "it keeps its own date"
        remarks.append(f"{link.name!r} repeats: several leads became one deal, so that {dated}")
    converted = _converted_rows(leads, link)
    if (lookup or converted is not None) and inquiries.pop("attributes", None):
        draft.tier_leaks.clear()
        remarks.append(
            "no attributes: what only deals have, or get when a lead is converted, is known later than the lead, and "
            "tells deals from leads that never were. Without leads, here and in outcomes, they could have some"
        )
    if converted is None:
        without = int(link.values.isna().sum())
        if without:
            remarks.append(
                f"{without} LEADS BECAME NO DEAL and are left out: no column of theirs was found to tell them"
            )
        return
    ids: Any = own.name
    if own.values.isin(key.values).any():
        ids = {"column": own.name, "prefix": f"{leads.key}-"}
    second: Draft = {"from": leads.key, "unless": converted, "columns": {"inquiry_id": ids}}
    _share_columns(draft, main, leads, second, lookup)
    (name, told), *_ = converted.items()
    rows = leads.profiles[name].values.isin(told)
    second["remarks"] = [f"{int((~rows).sum())} leads that became no deal, as {name!r} says"]
    if lost := int((rows & link.values.isna()).sum()):
        second["remarks"].append(
            f"{lost} LEADS CONVERTED WITHOUT A DEAL are left out: what became of them is not in this export"
        )
    draft.tables["inquiries"].append(second)
    if texts is not None:
        theirs = {"inquiry_id": ids} | {c: rule for c, rule in texts["columns"].items() if c != "inquiry_id"}
        draft.tables["messages"].append(texts | {"unless": converted, "columns": theirs, "remarks": []})
    draft.note_used(leads, second["columns"])
    if texts is None:
        _note_silent_leads(draft, own, second)
    if draft.tables.pop("clients", None):
        remarks.append(
            "no clients: their records are made when a lead is converted, so that having one tells what became of it"
        )
    _lost_leads(draft, leads, second, rows)


def _begin_with_leads(draft: "Suggestion", main: Sample, leads: Sample, link: Profile) -> None:
    """Take the time of a lead for that of its deal."""
    inquiries = draft.tables["inquiries"][0]
    columns: Draft = inquiries["columns"]
    began, received = leads.best("inquiries", "received_at"), first_column(columns.get("received_at", {}))
    if began is None or received not in main.profiles:
        return
    at = pd.Series(began.times().array, index=link.values.array)
    ids, created = main.profiles[draft.own_key].values, main.profiles[received].times()
    lead_at = ids.map(at[at.index.notna()])
    first = lead_at.fillna(created).set_axis(ids)
    if late := int((lead_at > created).sum()):
        inquiries["remarks"].append(f"{late} leads are later than their deal, and date it all the same; is that so?")
    if early_messages(draft, main, first[~first.index.duplicated()]) > EARLY:
        return
    both = decided_rule([replace(began, name=f"{leads.key}.{began.name}"), main.profiles[received]])
    columns["received_at"] = both
    leads.used.add(began.name)
    inquiries["remarks"] = [r for r in inquiries["remarks"] if "of the messages are older than" not in r]
    inquiries["remarks"].append(f"received with the lead ({began.name!r} of {leads.place}), where there was one")


def _texts_of_leads(draft: "Suggestion", leads: Sample, link: Profile) -> Draft | None:
    """Where nothing else has messages: what the buyer wrote stands with the lead, also of one that became a deal.

    Deals get a rule of messages, and the caller the one of all leads that has yet to leave these out; None: no text.
    """
    own, received = leads.key_column(), leads.best("inquiries", "received_at")
    if "messages" in draft.tables or own is None or (received is None and not draft.timeless):
        return None
    columns: Draft = draft.tables["inquiries"][0]["columns"]
    rule = first_text(draft, leads, own.name, time_rule(received) if received and not draft.timeless else None)
    if rule is None:
        return None
    unlike = {"when_present": [link.name, *rule.get("when_present", [])]}
    of_deals = rule | unlike | {"columns": {"inquiry_id": link.name} | rule["columns"]}
    of_deals["remarks"] = ["of a deal what the buyer wrote stands with its lead", *rule["remarks"]]
    draft.tables["messages"] = [of_deals]
    if link.values.dropna().duplicated().any() and (at := columns.get("received_at")):  # several leads date no deal
        columns["received_at"] = {"first_message": True, **({"column": at} if isinstance(at, str) else at)}
    return rule


def _share_columns(draft: "Suggestion", main: Sample, leads: Sample, second: Draft, lookup: bool) -> None:
    """Give both rules of inquiries the same columns, those of a lead coming first."""
    inquiries = draft.tables["inquiries"][0]
    columns, theirs = inquiries["columns"], second["columns"]
    later = {name for name in leads.profiles if mentions(name, vocabulary()["conversions"]["columns"])}
    client = leads.best("inquiries", "client_id", set(leads.profiles) - later)
    theirs["client_id"] = client.name if client is not None else theirs["inquiry_id"]
    if client is not None and client.filled < 1 and isinstance(theirs["inquiry_id"], str):
        theirs["client_id"] = {"first_of": [client.name, theirs["inquiry_id"]]}
    own = columns_of(columns["client_id"])
    named = [f"{leads.key}.{client.name}"] if client is not None and lookup else []
    account = next((name for name in own if name in main.profiles and name != draft.own_key), None)
    for sample in draft.samples:
        if account is None:
            break
        joined, company = joins(main.profiles[account], sample), sample.best("clients", "company")
        if sample in (main, leads) or sample.parts or joined is None or company is None or company.name == joined[0]:
            continue
        if joined[1] == "" and not sample.profiles[joined[0]].values.dropna().duplicated().any():
            inquiries["lookup"] = [*inquiries.get("lookup", []), {"file": sample.key, "on": {account: joined[0]}}]
            named = [f"{sample.key}.{company.name}", *named]
            break
    if named:
        columns["client_id"] = {"first_of": [*named, *own]}
        inquiries["remarks"].append(
            "client_id: leads know the client's name only, so that of the deals is its name too"
        )
    received = leads.best("inquiries", "received_at")
    if received is not None:
        theirs["received_at"] = decided_rule([received])
    for column in SHARED:
        found, ours = leads.best("inquiries", column, set(leads.profiles) - later), columns_of(columns.get(column, {}))
        if found is None or not (ours or lookup):
            columns.pop(column, None)
            continue
        names = [f"{leads.key}.{found.name}"] * lookup + ours
        columns[column] = names[0] if len(names) == 1 else {"first_of": names}
        theirs[column] = found.name
    columns.pop("subject", None)


def _converted_rows(leads: Sample, link: Profile) -> dict[str, list[str]] | None:
    """The column whose values say that a lead became a deal, and these values; None: none does."""
    words = vocabulary()["outcomes"]["status"]
    linked, best = link.values.notna(), None
    for profile in sorted(leads.profiles.values(), key=lambda p: not is_flag(p)):
        if profile.kind not in ("category", "number") or profile.distinct > SOME or profile is link:
            continue
        if not is_flag(profile) and rank(profile.name, words) is None:
            continue
        told = profile.values.isin(profile.values[linked])
        share = float(linked[told].mean())
        if not told.all() and share > LOOKED_UP and (best is None or share > best[0]):
            best = share, {profile.name: sorted(profile.values[linked].dropna().unique())}
    return best[1] if best is not None else None


def _note_silent_leads(draft: "Suggestion", own: Profile, second: Draft) -> None:
    """Say where only deals have messages, so that having some tells what became of a lead."""
    rules, ids = draft.tables.get("messages", []), set(own.values.dropna())
    links = [(s, rule["columns"].get("inquiry_id")) for rule in rules for s in draft.samples if s.key == rule["from"]]
    if rules and not any(isinstance(name, str) and sample.profiles[name].values.isin(ids).any()
                         for sample, name in links if name in sample.profiles):  # fmt: skip
        second["remarks"].append(
            "ONLY DEALS HAVE MESSAGES in this export, so that having some tells them from these leads: export those of "
            "leads too, or leave these leads out, here and in outcomes"
        )


def lead_ids(leads: tuple[Sample, Profile] | None, deals: set[str]) -> set[str]:
    """The ids of leads, by which messages may name them; none where deals have the same."""
    own = leads[0].key_column() if leads is not None else None
    ids = set(own.values.dropna()) if own is not None else set()
    return ids if ids.isdisjoint(deals) else set()


def _lost_leads(draft: "Suggestion", leads: Sample, second: Draft, converted: pd.Series) -> None:
    """Tell of leads that became no deal which were lost, by their status."""
    rules = draft.tables.get("outcomes", [])
    if not rules or "by_client" in rules[0]:
        return
    (flag,) = second["unless"]
    free = {name for name in leads.profiles if not is_flag(leads.profiles[name])}
    status = status_column(leads, free)
    ids = second["columns"]["inquiry_id"]
    rule = _lost_by(status, ~converted, leads, ids, LEFT_LEADS) if status is not None else None
    if status is None or rule is None:
        second["remarks"].append("LEADS ARE OPEN: no status of theirs was found to mean lost; say which one does")
        return
    rule |= {"unless": second["unless"]} if flag != status.name else {}
    _add_lost(draft, rule, leads, ~converted, LEFT_LEADS, second["remarks"])


def lost_without_row(draft: "Suggestion", main: Sample, with_row: pd.Series, place: str) -> bool:
    """Tell of inquiries without a row in the file of outcomes which were lost, by their own status; whether any was.

    Parameters
    ----------
    with_row : Series of bool
        Of the rows of the inquiries' file. A status that stands beside outcomes, too, says lost of no other.
    """
    rules, own = draft.tables["outcomes"], draft.tables["inquiries"][0]["columns"]["inquiry_id"]
    status = status_column(main, {n for n in main.profiles if n not in main.used and not is_flag(main.profiles[n])})
    if status is None or "by_client" in rules[0]:
        return False
    what = f"inquiries without a row in {place}"
    rule = _lost_by(status, ~with_row, main, own, what)
    if rule is None or status.values[with_row].isin(rule["when"][status.name]).any():
        return False
    if not _add_lost(draft, rule, main, ~with_row, what, rules[0]["remarks"]):
        return False
    main.used.add(status.name)  # it is read, so not forbidden, and no attribute
    return True


def _add_lost(draft: "Suggestion", rule: Draft, sample: Sample, rows: pd.Series, what: str, remarks: list[str]) -> bool:
    """Add a rule of what was lost among some rows of a file, with its date if the other decisions have one.

    Without one they would turn every label into a final status, or be left out: a remark has the rule then.
    """
    rules = draft.tables["outcomes"]
    rule |= {"one_per_key": rules[0]["one_per_key"]} if rules[0].get("one_per_key") else {}
    if not any("decided_at" in other["columns"] for other in rules):
        rule["remarks"].append("NO DATE tells when one was lost: if a column does, map it as decided_at")
    else:
        at = _date_of_loss(sample, rows, taken(rule, sample) & rows)
        if at is None:
            told = {key: value for key, value in rule.items() if key != "remarks"}
            (lost,) = rule["when"].values()
            remarks.append(
                f"of the {what} {lost[:10]} ARE LOST WITHOUT A DATE, and others have one, so that they count as open. "
                f"With a date of theirs as decided_at, outcomes would read them: {flow(told)}"
            )
            return False
        rule["columns"]["decided_at"] = time_rule(at)
        rule["remarks"].append(f"{at.name!r} is taken as the time of that")
        sample.used.add(at.name)
    rules.append(rule)
    return True


def _date_of_loss(sample: Sample, rows: pd.Series, lost: pd.Series) -> Profile | None:
    """The time that what was lost has: by its name that of a decision, or one that no other of the rows has."""
    free = {name for name in sample.profiles if name not in sample.used}
    rest = rows & ~lost if (rows & ~lost).any() else ~lost
    named, plans = decided_by(sample, free), vocabulary()["plans"]
    for profile in [*reversed(named), *(sample.profiles[name] for name in sorted(free))]:
        if profile.kind != "time" or mentions(profile.name, plans) or profile.values[lost].notna().mean() < DATED:
            continue
        if profile in named or profile.values[rest].notna().mean() <= SLIPS:
            return profile
    return None


def _lost_by(status: Profile, rows: pd.Series, sample: Sample, ids: Any, what: str) -> Draft | None:
    """A rule of outcomes for those rows of a file whose status says lost, or closed and no more; None: none does."""
    told = sorted(status.values[rows].dropna().unique())
    known, ended = meanings(status, "statuses"), vocabulary()["closed"]["closed"]
    lost = [v for v in told if known.get(v) == "lost" or (v not in known and longest(v, ended))]
    if not lost:
        return None
    rest = [v for v in told if v not in lost]
    return {
        "from": sample.key,
        "optional": True,
        "when": {status.name: lost},
        "columns": {"inquiry_id": ids, "status": {"constant": "lost"}},
        "remarks": [
            f"of the {what} {lost[:10]} are taken as lost{f', {rest[:10]} as open' if rest else ''}; is that so?",
        ],
    }
