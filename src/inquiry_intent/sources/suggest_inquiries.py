"""The part of a suggested mapping that says which rows are inquiries, who sent them, and when they came."""

from typing import TYPE_CHECKING

import pandas as pd

from inquiry_intent.errors import shown
from inquiry_intent.sources.cells import cut_ids
from inquiry_intent.sources.countries import country_codes
from inquiry_intent.sources.meanings import meanings
from inquiry_intent.sources.naming import mentions, names_code, plain, rank, unspaced, vocabulary
from inquiry_intent.sources.profiles import Profile
from inquiry_intent.sources.samples import (
    FILLED,
    MANY,
    SAMPLE_ROWS,
    SLIPS,
    Sample,
    counts_rows,
    fits,
    mailboxes,
    threaded,
)
from inquiry_intent.sources.suggest_clients import first_of_several, joined_client
from inquiry_intent.sources.suggest_decisions import names_both, status_column, time_of_decided
from inquiry_intent.sources.suggest_messages import holds_messages, taken
from inquiry_intent.sources.suggest_orders import holds_orders, lists_orders, numbers_orders
from inquiry_intent.sources.suggest_rules import Draft, first_column, time_rule
from inquiry_intent.sources.suggest_sides import senders_column
from inquiry_intent.sources.suggest_texts import written_by
from inquiry_intent.tables import COLUMNS, TIME

if TYPE_CHECKING:
    from inquiry_intent.sources.suggest import Suggestion

#: Share of values that must be countries for a column of another name to be one.
COUNTRIES = 0.9
#: More messages than this share are older than their record: the record is made later than the inquiry comes.
EARLY = 0.03


def main_sample(draft: "Suggestion") -> Sample:
    """The file whose rows are inquiries; lines of orders are none where threads of messages stand beside."""
    threads = any(_holds_threads(sample) for sample in draft.samples)

    def score(sample: Sample) -> int:
        points = sum(
            sample.best("inquiries", c) is not None for c in ("inquiry_id", "client_id", "received_at", "country")
        )
        hints = sample.hints()
        points += 4 * ("inquiries" in hints)
        key = sample.key_column()
        if threads and _lines_of_orders(sample, key):
            return -100
        points -= 2 * (key is not None and key.repeating > SLIPS)
        points -= key is None and holds_messages(sample)  # no row of which would be an inquiry
        return points - 3 * bool(hints - {"inquiries"})

    return max(draft.samples, key=score)


def _holds_threads(sample: Sample) -> bool:
    """Whether the rows of a file are messages, and a column says of which thread."""
    key, text = sample.key_column(), sample.best("messages", "text")
    return holds_messages(sample) and key is not None and text is not None and threaded(key, text)


def _lines_of_orders(sample: Sample, key: Profile | None) -> bool:
    """Whether the rows of a file are orders or parts of them, which name no inquiry."""
    ordered = (holds_orders(sample) and "inquiries" not in sample.hints()) or lists_orders(sample)
    return ordered and (key is None or numbers_orders(key.name) or mailboxes(key))


def threads_instead(draft: "Suggestion", main: Sample) -> Sample | None:
    """The file of messages whose threads hold nearly all ids of a file of decisions or orders, and more.

    What only they know was never decided, or never ordered. A file that says that it holds inquiries stays one; a
    file too long to be read whole may know them all.
    """
    hints = main.hints()
    own = {name for name in main.profiles if not _of_another_time(name)}
    key = main.key_column()
    numbered = key is None or numbers_orders(key.name)
    ordered = holds_orders(main) or (numbered and lists_orders(main))  # their date is none of an inquiry
    dated = "outcomes" not in hints and not ordered and main.best("inquiries", "received_at", own)
    told = dated or ("inquiries" in hints and not (numbered and ordered))
    if told or holds_messages(main) or main.thread() is not None or len(main.rows.frame) >= SAMPLE_ROWS:
        return None
    for sample in draft.samples:
        if sample is main or not holds_messages(sample):
            continue
        others = [p for p in main.profiles.values() if p.kind in ("key", "category", "number") and p is not key]
        for own_key in [*filter(None, [key]), *others]:
            ids = set(own_key.values.dropna())
            # A client may order twice; whatever else repeats is no id.
            link = sample.link_to(ids) if ordered or own_key.repeating <= SLIPS else None
            threads = set(sample.profiles[link].values.dropna()) if link else set()
            more = len(threads - ids) > SLIPS * len(threads)
            if link and more and len(ids & threads) >= (1 - SLIPS) * len(ids) and _is_thread(sample, link):
                sample.told_key = link
                return sample
    return None


def told_by_messages(draft: "Suggestion", main: Sample) -> None:
    """Where no column is named as an id: the one all of whose values name the threads of a file of messages.

    That is how chats name them: by the buyer's number, which no other file would be known by.
    """
    if main.key_column() is not None or holds_messages(main):
        return
    for sample in draft.samples:
        for profile in main.profiles.values() if sample is not main and holds_messages(sample) else ():
            one_each = profile.kind in ("key", "category", "number") and profile.filled >= FILLED
            if not one_each or profile.distinct < 2 or profile.repeating > 0:
                continue
            ids = set(profile.values.dropna())
            link = sample.link_to(ids)
            if link is not None and sample.profiles[link].values.dropna().isin(ids).mean() >= 1 - SLIPS:
                main.told_key = profile.name
                draft.remarks.append(
                    f"{profile.name!r} of {main.place} is the inquiry's id, as {link!r} of {sample.place} holds the "
                    "same: where that is a person, whatever they ask later belongs to their first inquiry"
                )
                return


def _is_thread(sample: Sample, link: str) -> bool:
    """Whether a column of messages can be the id of a thread: most rows have one, and it is no client's."""
    profile = sample.profiles[link]
    client = rank(link, vocabulary()["inquiries"]["client_id"]) is not None
    return profile.filled >= 1 - SLIPS and not client and not mailboxes(profile)


def inquiries_file(draft: "Suggestion", main: Sample) -> set[str]:
    """The table inquiries from its file; the ids seen there."""
    columns: Draft = {}
    remarks = []
    key = main.key_column()
    if key is None:
        columns["inquiry_id"] = {"row_number": True}
        remarks.append("no id column was found: rows are numbered, so another export gives the same ids to others")
    else:
        columns["inquiry_id"] = key.name
        if counts_rows(key) and pd.to_numeric(key.values, errors="coerce").min() == 1:
            remarks.append(
                f"{key.name!r} COUNTS FROM 1: if another export numbers its rows anew, it gives the same ids to others"
            )
    own = {name for name in main.profiles if not _of_another_time(name)}
    nested = main.thread()
    dated = (nested, *(s for s in draft.samples if s is not main and holds_messages(s)))
    if any(dated):  # then a date that only what was decided has is none of receipt
        own -= {profile.name for profile in time_of_decided(main, own, status_column(main, set(main.profiles)))}
    received = main.best("inquiries", "received_at", own) or main.first_time(own)
    if received is None and not any(s is not None and s.best("messages", "sent_at") is not None for s in dated):
        received = main.best("inquiries", "received_at", own, ahead=True) or main.first_time(own, ahead=True)
        if received is not None:
            remarks.append(
                f"RECEIVED WHEN? {received.name!r} may be a time that was still to come, by its name, but there is no "
                "other: is it when the inquiry came in?"
            )
    if received is not None:
        columns["received_at"] = time_rule(received)
    elif nested is not None and nested.best("messages", "sent_at") is not None:
        columns["received_at"] = {"first_message": True}
    else:
        draft.timeless = True
    for column in ("client_id", "channel", "country", "product", "subject", "owner", "given_split"):
        free = set(main.profiles) - main.used - set(map(str, columns.values()))
        if column == "subject":
            free = {name for name in free if not _of_a_person(main, name)}
        if column == "owner":
            free = {name for name in free if not _of_status(main.profiles[name])}
        found = main.best("inquiries", column, free)
        if column == "client_id" and found is not None:
            company = _company_of(main, found, free)
            if company is not found:
                remarks.append(f"{company.name!r} is the client, and {found.name!r} a person or a name of it, not used")
                main.used.add(found.name)
            found = company
        if found is not None:
            columns[column] = found.name
    if "client_id" not in columns and (joining := joined_client(draft, main, columns)) is not None:
        columns["client_id"] = joining
        remarks.append(f"{joining!r} was taken for the client by its values, which a file of clients has: check it")
    if "given_split" in columns:
        columns["given_split"] = {
            "column": columns["given_split"],
            **_coded_map(main, columns["given_split"], "splits"),
        }
    if "country" not in columns and (country := _country(draft, main, columns)) is not None:
        columns["country"] = country
    client = columns.get("client_id")
    if client is None:
        remarks.append(_some_client(main, key, columns))
    else:
        first = first_of_several(main, client, remarks)
        if key is not None and main.profiles[client].filled < 1:
            columns["client_id"] = {"first_of": [client, key.name]} | first
            main.used.add(client)
            remarks.append(f"where {client!r} is empty the inquiry counts as a client of its own")
        elif first:
            columns["client_id"] = {"column": client} | first
    repeated = key is not None and _repeats(key, received)
    if repeated:
        remarks.append(_on_repeats(main, key, columns))  # type: ignore[arg-type]
    draft.note_used(main, columns)
    ordered = {name: columns[name] for name in COLUMNS["inquiries"] if name in columns}
    rule: Draft = {"from": main.key, "remarks": remarks}
    if repeated:
        rule["one_per_key"] = True
    if received is not None and received.filled < 1:
        rule["when_present"] = [received.name]
        remarks.append(f"rows without {received.name!r} ({1 - received.filled:.0%}) are left out")
    draft.tables["inquiries"] = [rule | {"columns": ordered}]
    return set(key.values.dropna()) if key is not None else set()


def _of_a_person(sample: Sample, name: str) -> bool:
    """Whether a title is that of a person: it says so, or a column of first or last names stands beside it."""
    words = vocabulary()
    beside = [other for other in sample.profiles if plain(other) in words["person_titles"]["beside"]]
    job = (rank(name, words["messages"]["sender_title"]) or (9,))[0] <= 1
    return job or (bool(beside) and plain(name) in words["person_titles"]["titles"])


def _of_status(profile: Profile) -> bool:
    """Whether a column is a status by its name or its values, though 销售阶段 holds the word for salespeople too."""
    return rank(profile.name, vocabulary()["outcomes"]["status"]) is not None or names_both(profile)


def _company_of(main: Sample, client: Profile, free: set[str]) -> Profile:
    """The column of companies, where another one that can be the client's holds a person or a name; else that one.

    A column of the same few companies is that of our own ones, or of forwarders; one with gaps tells no client.
    """
    words = vocabulary()
    if names_code(client.name) or mentions(client.name, words["companies"]):
        return client
    for name in (name for name in main.profiles if name in free and not names_code(name)):
        profile = main.profiles[name]
        listed = (rank(name, words["inquiries"]["client_id"]) or (9,))[0] <= 1
        if listed and mentions(name, words["companies"]) and fits(profile, "inquiries", "client_id"):
            if profile.filled >= FILLED and 2 * profile.distinct >= client.distinct:
                return profile
    return client


def _repeats(key: Profile, received: Profile | None) -> bool:
    """Whether several rows have one key; those without a date are left out, as totals are, which have one name."""
    ids = key.values if received is None else key.values[received.values.notna()]
    return bool(ids.dropna().duplicated().any())


def _on_repeats(main: Sample, key: Profile, columns: Draft) -> str:
    """Which of several rows of a key is the inquiry."""
    name = first_column(columns["received_at"]) if "received_at" in columns else None
    which = f"the earliest row by {name!r}" if name in main.profiles else "its first row"
    return f"{key.name!r} repeats: {which} is the inquiry"


def _coded_map(sample: Sample, name: str, words: str) -> Draft:
    """A value map for the values seen, as far as they are known words."""
    return {"values": meanings(sample.profiles[name], words)}


def _some_client(main: Sample, key: Profile | None, columns: Draft) -> str:
    """Take mail addresses for clients, or each inquiry for one of its own; a remark says which."""
    sender = senders_column(main, key.values) if key is not None and key.repeating > SLIPS else None
    found = main.best("messages", "sender_email") or main.profiles.get(sender or "")
    if found is None or found.filled < 1:
        columns["client_id"] = columns["inquiry_id"]
        return "no client column was found: each inquiry counts as a client of its own"
    columns["client_id"] = found.name
    return f"no client column was found: each mail address in {found.name!r} counts as a client"


def _country(draft: "Suggestion", main: Sample, columns: Draft) -> str | None:
    """A column of another name whose values are names of countries."""
    read = {first_column(rule) for rule in columns.values()}
    for name, profile in main.profiles.items():
        if profile.kind != "category" or name in read or not 2 <= profile.distinct <= MANY:
            continue
        values = pd.Series(profile.values.dropna().unique())
        # Two letters can be a language or a state as well.
        telling = values.str.len().mean() > 3 or values.map(unspaced).all()
        if telling and country_codes(values)[0].notna().mean() >= COUNTRIES:
            return name
    return None


def note_clients_that_differ(draft: "Suggestion", main: Sample) -> None:
    """Say where rows of one key are about several clients; our own company beside what we wrote is none."""
    inquiries = draft.tables["inquiries"][0]
    key = main.profiles.get(first_column(inquiries["columns"]["inquiry_id"]) or "")
    client = main.profiles.get(first_column(inquiries["columns"]["client_id"]) or "")
    if key is not None and len(cut := cut_ids(key.values)):
        inquiries["remarks"].append(
            f"IDS ARE LOST: {len(cut)} of {int(key.values.notna().sum())} {key.name!r}, such as {cut.iloc[0]!r}, were "
            "cut by a spreadsheet, and inquiries of the same first digits count as one. Export the column as text"
        )
        return
    # Both sides of a thread have mail addresses.
    if key is None or client is None or client is key or mailboxes(client):
        return
    sides = written_by(draft, main)
    values = client.values if sides is None else client.values.mask(sides == "outbound")
    differ = int((values.groupby(key.values).nunique() > 1).sum())
    if differ:
        inquiries["remarks"].append(
            f"CLIENTS DIFFER: {differ} of the repeated {key.name!r} stand beside several {client.name!r}, of which "
            "one is kept: are they one inquiry?"
        )


def received_late(draft: "Suggestion", main: Sample) -> None:
    """Where records are made after the first mail, as deals in a CRM are, that mail dates the inquiry."""
    inquiries = draft.tables["inquiries"][0]
    received = inquiries["columns"].get("received_at")
    name, key = first_column(received) if received else None, first_column(inquiries["columns"]["inquiry_id"])
    if name not in main.profiles or key not in main.profiles:
        return
    created = pd.Series(main.profiles[name].times().array, index=main.profiles[key].values)
    early = early_messages(draft, main, created[~created.index.duplicated()])
    if early > EARLY:
        own = {"column": received} if isinstance(received, str) else received
        inquiries["columns"]["received_at"] = {"first_message": True, **own}
        inquiries["remarks"].append(
            f"{early:.0%} of the messages are older than {name!r}: the first of them dates the inquiry"
        )


def early_messages(draft: "Suggestion", main: Sample, created: pd.Series) -> float:
    """The share of messages older than their inquiry, in the first file that has more than slips of them; else 0.

    Parameters
    ----------
    created : Series of UTC times, indexed by the inquiry's id (unique)
    """
    for rule in draft.tables.get("messages", []):
        sample = next(sample for sample in draft.samples if sample.key == rule["from"])
        sent = first_column(rule["columns"].get("sent_at", {}))
        if sample is main or sent not in sample.profiles:
            continue
        ids = sample.profiles[rule["columns"]["inquiry_id"]].values[taken(rule, sample)]
        times, made = sample.profiles[sent].times()[ids.index], created.reindex(ids).set_axis(ids.index)
        days_only = bool((times.dropna() == times.dropna().dt.floor("D")).all())
        early = times < (made.dt.floor("D") if days_only else made)
        if early.mean() > EARLY:
            return float(early.mean())
    return 0.0


def without_receipt(draft: "Suggestion", main: Sample) -> None:
    """Where no receipt time was found: take the thread's first message, or do without any times."""
    inquiries = draft.tables["inquiries"][0]
    if any("sent_at" in rule["columns"] for rule in draft.tables.get("messages", [])):
        draft.timeless = False
        received = {"received_at": {"first_message": True}}
        inquiries["columns"] = {
            c: (inquiries["columns"] | received)[c]
            for c in COLUMNS["inquiries"]
            if c in inquiries["columns"] | received
        }
        inquiries["remarks"].append("no receipt time was found: an inquiry is received with its first message")
        return
    inquiries["remarks"].append("no receipt time was found: the split will be random")
    inquiries["remarks"] += [
        f"NO TIME COULD BE READ: {p.name!r} is named as one of receipt, and holds {shown(p.values.dropna().iloc[0])}"
        for p in main.profiles.values()
        if p.kind not in ("time", "list", "empty") and _named_receipt(p.name)
    ]
    for name in ("events", "clients"):  # they say nothing without a time
        draft.tables.pop(name, None)
    for name, rules in draft.tables.items():
        for rule in rules:
            for column in [c for c in rule["columns"] if COLUMNS[name][c] == TIME]:
                del rule["columns"][column]


def _named_receipt(name: str) -> bool:
    """Whether a column's name is that of the time of receipt, and of no other."""
    fit = rank(name, vocabulary()["inquiries"]["received_at"])
    return fit is not None and fit[0] <= 1 and not _of_another_time(name)


def _of_another_time(name: str) -> bool:
    """Whether a column's name speaks of a time after the receipt, as of a change or a decision."""
    return mentions(name, [*vocabulary()["not_received"], *vocabulary()["decisions"]]) is not None
