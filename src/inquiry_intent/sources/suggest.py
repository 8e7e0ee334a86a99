"""A first mapping for an export nobody has mapped yet, from the names and values of its columns."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from inquiry_intent.errors import shown
from inquiry_intent.sources.clocks import like_dates
from inquiry_intent.sources.countries import country_codes
from inquiry_intent.sources.leaks import leak_reasons
from inquiry_intent.sources.meanings import is_flag, meaning, meanings
from inquiry_intent.sources.naming import mentions, names_code, plain, rank, unspaced, vocabulary
from inquiry_intent.sources.profiles import Profile
from inquiry_intent.sources.samples import SAMPLE_ROWS, SLIPS, UNIQUE, Sample, mailboxes, read_samples
from inquiry_intent.sources.suggest_messages import (
    holds_messages,
    messages_file,
    messages_of,
    sent_at,
    taken,
    time_rule,
    written_by,
)
from inquiry_intent.sources.suggest_outcomes import (
    columns_of,
    copies_status,
    field_history,
    holds_orders,
    knows_won,
    lists_orders,
    named_stage,
    orders_by_client,
    orders_of,
    outcomes,
    status_column,
    tells_both,
)
from inquiry_intent.sources.suggest_sheets import joined_sheets, write_each_sheet
from inquiry_intent.sources.values import coded
from inquiry_intent.sources.writing import flow, written_mapping
from inquiry_intent.tables import COLUMNS, EVENT_KINDS, TIME

#: Share of keys that another file must know to be one to look up in.
LOOKED_UP = 0.8
#: Share of rows that must name an inquiry by its subject, where no column holds its id.
NAMED = 0.5
#: More different values than this are no categories.
MANY = 300
#: Fewer clients than this are told apart by any category, by chance.
LEAST_CLIENTS = 5
#: Share of values that must be countries for a column of another name to be one.
COUNTRIES = 0.9
#: Facts of a client that do not grow: known today, they were known before.
LASTING = ("company", "website", "country", "registered_at")
#: More messages than this share are older than their record: the record is made later than the inquiry comes.
EARLY = 0.03
Draft = dict[str, Any]


def suggest_mapping(export: Path) -> str:
    """Write a first mapping, as YAML with remarks on what to check.

    Parameters
    ----------
    export : Path
        A folder of exported files, or one file. Files whose name says that they hold answers are not read.

    Raises
    ------
    SourceError
        If there is no file that can be read.
    """
    samples, remarks = read_samples(export)
    samples = joined_sheets(samples, remarks)
    draft = Suggestion(export.name.split(".")[0] or "export", samples, remarks)
    draft.build()
    write_each_sheet(draft)
    return written_mapping(draft)


@dataclass
class Suggestion:
    """The draft while it is made: what the writer needs to put it down."""

    source: str
    samples: list[Sample]
    remarks: list[str]
    tables: dict[str, list[Draft]] = field(default_factory=dict)
    forbidden: dict[str, dict[str, str]] = field(default_factory=dict)
    tier_leaks: list[str] = field(default_factory=list)
    zone: bool = False
    timeless: bool = False
    #: Files of orders in which no column holds ids of inquiries.
    order_lists: list[Sample] = field(default_factory=list)
    #: How messages, outcomes and events find ids that another file only has the inquiry's name for, by file and column.
    named: dict[tuple[str, str], Draft] = field(default_factory=dict)
    #: The column of names that another file gives the stages of the inquiries, and how it is looked up there.
    stages: dict[str, Draft] = field(default_factory=dict)

    def build(self) -> None:
        """Decide on every table."""
        main = self._main_sample()
        main = self._threads_instead(main) or main
        ids = self._inquiries(main)
        linked = [found for s in self.samples if s is not main and (found := self._other(s, main, ids)) is not None]
        messages_of(self, main)
        self._note_clients_that_differ(main)
        self._outcomes(main, linked)
        self._set_aside_changes(main)
        if self.timeless:
            self._without_receipt(main)
        else:
            self._received_late(main)
        self._rest(main)
        self._look_names_up()
        self._unused_texts(main)
        for sample in self.samples:
            times = [p for name, p in sample.profiles.items() if name in sample.used and p.kind == "time"]
            self.zone |= any(profile.naive for profile in times)
            self.remarks += [
                f"{profile.name!r} of {sample.place} mixes times with and without a zone; those without count as UTC: "
                "put the right zone there"
                for profile in times
                if profile.zones == "mixed"
            ]
            self.remarks += [
                f"{profile.name!r} of {sample.place}: day and month could be the other way round; check its format"
                for profile in times
                if profile.ambiguous
            ]
            unread = {
                p.name: like_dates(p.values)
                for p in sample.profiles.values()
                if p.kind in ("key", "category", "text") and not names_code(p.name)
            }
            self.remarks += [
                f"{name!r} of {sample.place} LOOKS LIKE DATES, such as {dates.iloc[0]!r}, that no known way of writing "
                "them reads: map it with its 'format'; years of other calendars and eras are not converted"
                for name, dates in unread.items()
                if len(dates)
            ]

    def _received_late(self, main: Sample) -> None:
        """Where records are made after the first mail, as deals in a CRM are, that mail dates the inquiry."""
        inquiries = self.tables["inquiries"][0]
        received = inquiries["columns"].get("received_at")
        name, key = _first_column(received) if received else None, _first_column(inquiries["columns"]["inquiry_id"])
        if name not in main.profiles or key not in main.profiles:
            return
        created = pd.Series(main.profiles[name].times().array, index=main.profiles[key].values)
        created = created[~created.index.duplicated()]
        for rule in self.tables.get("messages", []):
            sample = next(sample for sample in self.samples if sample.key == rule["from"])
            sent = _first_column(rule["columns"].get("sent_at", {}))
            if sample is main or sent not in sample.profiles:
                continue
            ids = sample.profiles[rule["columns"]["inquiry_id"]].values[taken(rule, sample)]
            times, made = sample.profiles[sent].times()[ids.index], created.reindex(ids).set_axis(ids.index)
            days_only = bool((times.dropna() == times.dropna().dt.floor("D")).all())
            early = times < (made.dt.floor("D") if days_only else made)
            if early.mean() > EARLY:
                own = {"column": received} if isinstance(received, str) else received
                inquiries["columns"]["received_at"] = {"first_message": True, **own}
                inquiries["remarks"].append(
                    f"{early.mean():.0%} of the messages are older than {name!r}: the first of them dates the inquiry"
                )
                return

    def _without_receipt(self, main: Sample) -> None:
        """Where no receipt time was found: take the thread's first message, or do without any times."""
        inquiries = self.tables["inquiries"][0]
        if any("sent_at" in rule["columns"] for rule in self.tables.get("messages", [])):
            self.timeless = False
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
            f"NO TIME COULD BE READ: {p.name!r} is named as one of receipt, and holds "
            f"{shown(p.values.dropna().iloc[0])}"
            for p in main.profiles.values()
            if p.kind not in ("time", "list", "empty") and _named_receipt(p.name)
        ]
        for name in ("events", "clients"):  # they say nothing without a time
            self.tables.pop(name, None)
        for name, rules in self.tables.items():
            for rule in rules:
                for column in [c for c in rule["columns"] if COLUMNS[name][c] == TIME]:
                    del rule["columns"][column]

    def _main_sample(self) -> Sample:
        """The file whose rows are inquiries."""

        def score(sample: Sample) -> int:
            points = sum(
                sample.best("inquiries", c) is not None for c in ("inquiry_id", "client_id", "received_at", "country")
            )
            hints = sample.hints()
            points += 4 * ("inquiries" in hints)
            key = sample.key_column()
            points -= 2 * (key is not None and key.repeating > SLIPS)
            points -= key is None and holds_messages(sample)  # no row of which would be an inquiry
            return points - 3 * bool(hints - {"inquiries"})

        return max(self.samples, key=score)

    def _threads_instead(self, main: Sample) -> Sample | None:
        """The file of messages whose threads hold nearly all ids of a file of decisions or orders, and more.

        What only they know was never decided, or never ordered. A file that says that it holds inquiries stays one; a
        file too long to be read whole may know them all.
        """
        hints, words = main.hints(), [*vocabulary()["not_received"], *vocabulary()["decisions"]]
        own = {name for name in main.profiles if mentions(name, words) is None}
        key = main.key_column()
        numbered = key is None or (rank(key.name, vocabulary()["order_ids"]) or (9,))[0] <= 1
        ordered = holds_orders(main) or (numbered and lists_orders(main))  # their date is none of an inquiry
        dated = "outcomes" not in hints and not ordered and main.best("inquiries", "received_at", own)
        told = dated or ("inquiries" in hints and not (numbered and ordered))
        if told or holds_messages(main) or main.thread() is not None or len(main.rows.frame) >= SAMPLE_ROWS:
            return None
        for sample in self.samples:
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

    def _inquiries(self, main: Sample) -> set[str]:
        """The table inquiries from its file; the ids seen there."""
        columns: Draft = {}
        remarks = []
        key = main.key_column()
        if key is None:
            columns["inquiry_id"] = {"row_number": True}
            remarks.append("no id column was found: rows are numbered, so another export gives the same ids to others")
        else:
            columns["inquiry_id"] = key.name
        later = [*vocabulary()["not_received"], *vocabulary()["decisions"]]
        own = {name for name in main.profiles if mentions(name, later) is None}
        received = main.best("inquiries", "received_at", own) or main.first_time(own)
        nested = main.thread()
        if received is not None:
            columns["received_at"] = time_rule(received)
        elif nested is not None and nested.best("messages", "sent_at") is not None:
            columns["received_at"] = {"first_message": True}
        else:
            self.timeless = True
        for column in ("client_id", "channel", "country", "product", "subject", "owner", "given_split"):
            found = main.best("inquiries", column, set(main.profiles) - main.used - set(map(str, columns.values())))
            if found is not None:
                columns[column] = found.name
        if "client_id" not in columns and (joining := self._joins_clients(main, columns)) is not None:
            columns["client_id"] = joining
            remarks.append(f"{joining!r} was taken for the client by its values, which a file of clients has: check it")
        if "given_split" in columns:
            columns["given_split"] = {
                "column": columns["given_split"],
                **_coded_map(main, columns["given_split"], "splits"),
            }
        if "country" not in columns and (country := self._country(main, columns)) is not None:
            columns["country"] = country
        client = columns.get("client_id")
        if client is None:
            remarks.append(self._some_client(main, columns))
        elif key is not None and main.profiles[client].filled < 1:
            columns["client_id"] = {"first_of": [client, key.name]}
            main.used.add(client)
            remarks.append(f"where {client!r} is empty the inquiry counts as a client of its own")
        repeated = key is not None and bool(key.values.dropna().duplicated().any())
        if repeated:
            remarks.append(_on_repeats(main, key, columns))  # type: ignore[arg-type]
        self.note_used(main, columns)
        ordered = {name: columns[name] for name in COLUMNS["inquiries"] if name in columns}
        rule: Draft = {"from": main.key, "remarks": remarks}
        if repeated:
            rule["one_per_key"] = True
        if received is not None and received.filled < 1:
            rule["when_present"] = [received.name]
            remarks.append(f"rows without {received.name!r} ({1 - received.filled:.0%}) are left out")
        self.tables["inquiries"] = [rule | {"columns": ordered}]
        return set(key.values.dropna()) if key is not None else set()

    def _note_clients_that_differ(self, main: Sample) -> None:
        """Say where rows of one key are about several clients; our own company beside what we wrote is none."""
        inquiries = self.tables["inquiries"][0]
        key = main.profiles.get(_first_column(inquiries["columns"]["inquiry_id"]) or "")
        client = main.profiles.get(_first_column(inquiries["columns"]["client_id"]) or "")
        # Both sides of a thread have mail addresses.
        if key is None or client is None or client is key or mailboxes(client):
            return
        sides = written_by(self, main)
        values = client.values if sides is None else client.values.mask(sides == "outbound")
        differ = int((values.groupby(key.values).nunique() > 1).sum())
        if differ:
            inquiries["remarks"].append(
                f"CLIENTS DIFFER: {differ} of the repeated {key.name!r} stand beside several {client.name!r}, of which "
                "one is kept: are they one inquiry?"
            )

    def _joins_clients(self, main: Sample, columns: Draft) -> str | None:
        """A column of another name whose values are the ids in a file about clients."""
        taken = {_first_column(rule) for rule in columns.values()}
        about = [s for s in self.samples if s is not main and "clients" in s.hints()]
        free = [p for name, p in main.profiles.items() if name not in taken and names_code(name)]
        return next((p.name for p in free if any(_joins(p, sample) for sample in about)), None)

    def _some_client(self, main: Sample, columns: Draft) -> str:
        """Take mail addresses for clients, or each inquiry for one of its own; a remark says which."""
        found = main.best("messages", "sender_email")
        if found is None or found.filled < 1:
            columns["client_id"] = columns["inquiry_id"]
            return "no client column was found: each inquiry counts as a client of its own"
        columns["client_id"] = found.name
        return f"no client column was found: each mail address in {found.name!r} counts as a client"

    def _country(self, main: Sample, columns: Draft) -> str | None:
        """A column of another name whose values are names of countries."""
        taken = {_first_column(rule) for rule in columns.values()}
        for name, profile in main.profiles.items():
            if profile.kind != "category" or name in taken or not 2 <= profile.distinct <= MANY:
                continue
            values = pd.Series(profile.values.dropna().unique())
            # Two letters can be a language or a state as well.
            telling = values.str.len().mean() > 3 or values.map(unspaced).all()
            if telling and country_codes(values)[0].notna().mean() >= COUNTRIES:
                return name
        return None

    def _outcomes(self, main: Sample, linked: list[tuple[Sample, str]]) -> None:
        """Outcomes from the file that tells won from lost in words, else from one beside the inquiries', else there."""

        def order(place: tuple[Sample, str | None]) -> tuple[bool, bool, bool]:
            both = tells_both(*place)
            # Of what was lost there is no order, and of what nothing was done for no activity.
            return not both, both and copies_status(*place), both and holds_orders(place[0])

        for sample, link in sorted([*linked, (main, None)], key=order):
            # A status of the inquiries that knows no won says less than a list of orders.
            ordered = self._by_client(main) if sample is main and not knows_won(main) else None
            if ordered is not None:
                chosen = ordered
                break
            if outcomes(self, sample, link):
                chosen = sample
                self._note_without_outcome(main, sample, link)
                break
        else:
            chosen = self._by_client(main) or main
        self.remarks += [
            f"not used: {sample.place}; no column of it holds ids of inquiries. Outcomes can be read from orders by "
            "customer and date: see 'by_client' in docs/mapping.md"
            for sample in self.order_lists
            if sample is not chosen
        ]
        self._note_lost_reason(main)
        if "outcomes" not in self.tables:
            self.remarks.append("NO OUTCOME was found: nothing can be learnt until 'outcomes' is mapped")
        self._look_stages_up(main)
        for sample, link in linked:
            if sample is chosen:
                continue
            unknown = "outcomes" not in self.tables or (sample.key, link) in self.named
            if unknown or not orders_of(self, sample, link):
                self.remarks.append(
                    f"not used: {sample.place}; it is linked by {link!r}, but what it holds is not clear"
                )

    def _by_client(self, main: Sample) -> Sample | None:
        """The list of orders that the outcomes are read from by the orders' client and date; None: there is none."""
        return next((s for s in self.order_lists if not self.timeless and orders_by_client(self, s, main)), None)

    def _note_lost_reason(self, main: Sample) -> None:
        """Name the column that tells what was lost, where the outcomes are read from elsewhere."""
        words = vocabulary()["lost_reasons"]
        found = [p for name, p in main.profiles.items() if rank(name, words) is not None and 0 < p.filled < 1]
        rules = self.tables.get("outcomes", [])
        if not rules or rules[0]["from"] == main.key or "by_client" in rules[0]:
            return
        status = status_column(main, set(main.profiles) - main.used) if not found else None
        lost = [v for v, result in meanings(status, "statuses").items() if result == "lost"] if status else []
        chosen: Draft
        if found:
            name, told, chosen = found[0].name, f"filled in {found[0].filled:.0%} of the rows", {}
            chosen["when_present"] = [name]
        elif status and lost and not is_flag(status):
            name, told, chosen = status.name, f"with {lost[:10]}", {"when": {status.name: lost}}
        else:
            return
        columns = {"inquiry_id": self.tables["inquiries"][0]["columns"]["inquiry_id"], "status": {"constant": "lost"}}
        rule: Draft = {"from": main.key, **chosen, "columns": columns}
        if "one_per_key" in rules[0]:
            rule["one_per_key"] = rules[0]["one_per_key"]
        rules[0]["remarks"].append(
            f"LOST: {name!r} of {main.place}, {told}, tells what was "
            f"lost. No longer forbidden there, a second rule of outcomes would read it: {flow(rule)}"
        )

    def _look_stages_up(self, main: Sample) -> None:
        """Have the outcomes read the names of stages from the file that holds them, if they are told by these."""
        for name, lookup in self.stages.items():
            (stage,) = lookup["on"]
            for rule in self.tables.get("outcomes", []):
                if rule["from"] == main.key and rule["columns"]["status"].get("column") == name:
                    rule["lookup"] = [lookup]
                    rule["remarks"].append(f"status: what {stage!r} means stands in {lookup['file']!r}")
                    return
            del main.profiles[name]
            main.used.discard(stage)
            self.remarks.append(f"not used: {lookup['file']!r}; it names what {stage!r} of {main.place} means")

    def _note_without_outcome(self, main: Sample, sample: Sample, link: str | None) -> None:
        """Say how many inquiries the file of outcomes lacks; where it is read whole."""
        key = main.key_column()
        if link is None or key is None or len(sample.rows.frame) >= SAMPLE_ROWS:
            return
        ids = key.values.dropna().drop_duplicates()
        without = int((~ids.isin(sample.profiles[link].values)).sum())
        if without > SLIPS * len(ids):
            self.tables["outcomes"][0]["remarks"].append(
                f"{without} of {len(ids)} INQUIRIES HAVE NO ROW here and count as open; is that so?"
            )

    def _other(self, sample: Sample, main: Sample, ids: set[str]) -> tuple[Sample, str] | None:
        """A file beside the inquiries: which table it is, by its name and its columns.

        None where that is done with; else the file may tell outcomes, and the column that links it stands beside it.
        """
        link = sample.link_to(ids)
        hints = sample.hints()
        if ("clients" in hints or (link is None and not holds_orders(sample))) and self._clients(sample, main):
            return None
        link = link or self._named_link(sample, main)
        if link is None:
            self._lookup(sample, main)
            return None
        self._note_strangers(sample, link, ids, main)
        if holds_messages(sample) or ("messages" in hints and sample.best("messages", "sent_at") is not None):
            messages_file(self, sample, link)
            self._events_among(sample, link)
        elif (
            "outcomes" not in hints
            and field_history(sample) is None
            and sample.best("events", "kind")
            and sample.best("events", "occurred_at")
        ):
            self._events(sample, link)
        else:
            return sample, link
        return None

    def _named_link(self, sample: Sample, main: Sample) -> str | None:
        """The column of ids that a lookup gives a file whose rows name the inquiry by its subject, as a CRM's mails.

        It is added to the file's columns. None: they name it not, or by a subject that several have, as a remark says.
        """
        inquiries = self.tables["inquiries"][0]["columns"]
        key, subject = (main.profiles.get(_first_column(inquiries.get(c, {})) or "") for c in ("inquiry_id", "subject"))
        if key is None or subject is None or key is subject or main.parts or sample.parts:  # a lookup reads one sheet
            return None
        name = sample.link_to(set(subject.values.dropna()))
        if name is None or sample.profiles[name].values.dropna().isin(subject.values).mean() < NAMED:
            return None
        if subject.repeating > 0:
            self.remarks.append(
                f"LINKED BY A NAME THAT REPEATS: {name!r} of {sample.place} holds {subject.name!r} of {main.place}, "
                "which several inquiries share. Export the inquiry's id beside it"
            )
            return None
        link = f"{main.key}.{key.name}"
        ids = sample.profiles[name].values.map(dict(zip(subject.values, key.values, strict=True)))
        sample.profiles[link] = Profile(link, "key", ids, float(ids.notna().mean()))
        sample.used |= {name, link}
        self.named[sample.key, link] = {"file": main.key, "on": {name: subject.name}}
        self.remarks.append(f"{name!r} of {sample.place} names the inquiry by its {subject.name!r}: looked up by that")
        return link

    def _look_names_up(self) -> None:
        """Have each rule that reads ids found by name look them up."""
        for rule in (rule for name in ("messages", "events", "outcomes") for rule in self.tables.get(name, [])):
            lookup = self.named.get((rule["from"], rule["columns"].get("inquiry_id", "")))
            if lookup is not None:
                rule["lookup"] = [*rule.get("lookup", []), lookup]
                sample = next(sample for sample in self.samples if sample.key == rule["from"])
                link = rule["columns"]["inquiry_id"]
                if strange := int(sample.profiles[link].values[taken(rule, sample)].isna().sum()):
                    rule["when_present"] = [*rule.get("when_present", []), link]
                    rule["remarks"].append(f"{strange} ROWS name no inquiry of {lookup['file']!r} and are left out")
        for sample in self.samples:  # what is no column of the file is forbidden nowhere
            for _, link in (found for found in self.named if found[0] == sample.key):
                del sample.profiles[link]

    def _note_strangers(self, sample: Sample, link: str, ids: set[str], main: Sample) -> None:
        """Say what share of another file's ids the inquiries lack; where they are read whole."""
        known = set(sample.profiles[link].values.dropna())
        strange = len(known - ids) / max(len(known), 1)
        if strange <= SLIPS or len(main.rows.frame) >= SAMPLE_ROWS:
            return
        what = "THREADS" if holds_messages(sample) else f"IDS ({link!r})"
        self.tables["inquiries"][0]["remarks"].append(
            f"{strange:.0%} OF THE {what} IN {sample.place} HAVE NO ROW HERE and are lost: "
            "is this the file of all inquiries, or only of those that were decided?"
        )

    def _lookup(self, sample: Sample, main: Sample) -> None:
        """Say how a file that describes something else than inquiries could be used; names of their stages are."""
        if not self.stages and (found := named_stage(main, sample)) is not None:
            named, place = found
            main.profiles[named.name] = named
            main.used |= set(place["on"])  # no attribute, and not forbidden: the lookup reads it
            self.stages = {named.name: place}
            return
        if holds_orders(sample) or lists_orders(sample):  # as attributes they would tell the outcome
            self.order_lists.append(sample)
            return
        for left in main.profiles.values():
            for right in sample.profiles.values():
                if "list" in (left.kind, right.kind) or right.values.dropna().duplicated().any() or right.distinct < 2:
                    continue
                told = left.kind in ("category", "key") or names_code(left.name)
                if told and left.values.dropna().isin(right.values).mean() > LOOKED_UP:
                    lookup = flow([{"file": sample.key, "on": {left.name: right.name}}])
                    self.remarks.append(
                        f"not used: {sample.place}; to read its columns as attributes ('{sample.key}.COLUMN') "
                        f"add it to files and give inquiries this line: lookup: {lookup}"
                    )
                    return
        self.remarks.append(f"not used: {sample.place}; no column of it holds ids of inquiries{_shared(sample, main)}")

    def _client_key(self, sample: Sample, main: Sample) -> tuple[str | None, str]:
        """The column of a file about clients that holds their ids, by its values, else by its name; and their prefix.

        The inquiries may have `res_partner_17` where the file of clients has `17`.
        """
        client = _first_column(self.tables["inquiries"][0]["columns"]["client_id"])
        if client in main.profiles and (joined := _joins(main.profiles[client], sample)) is not None:
            return joined
        named = sample.best("inquiries", "client_id")
        return named.name if named is not None else None, ""

    def _clients(self, sample: Sample, main: Sample) -> bool:
        key, prefix = self._client_key(sample, main)
        if key is None:
            return False
        columns: Draft = {"client_id": {"column": key, "prefix": prefix} if prefix else key}
        named = {name for name, profile in sample.profiles.items() if not is_flag(profile)} - {key}
        for column in vocabulary()["clients"]:
            free = named if column in LASTING else set(sample.profiles) - {key}  # yes is no name of a company
            found = sample.best("clients", column, free)
            if found is not None:
                columns[column] = time_rule(found) if found.kind == "time" else found.name
        if set(columns) <= {"client_id", "known_at"}:
            return False
        remarks: list[str] = []
        known = _first_column(columns.get("known_at", {}))
        growing = [column for column in columns if column not in ("client_id", "known_at", *LASTING)]
        if growing and not (known and mentions(known, vocabulary()["kept_current"])):
            names = [_first_column(columns.pop(column)) for column in growing]
            remarks.append(
                f"not used: {names}: WHAT GROWS WITH TIME, as it is today, would tell of inquiries long before. With "
                "the day of the export as known_at, in a rule of its own, it counts from then on"
            )
        if set(columns) <= {"client_id", "known_at"}:
            self.remarks += [f"{sample.place}: {remark}" for remark in remarks]
            return True
        if "known_at" not in columns:
            columns["known_at"] = {"first_inquiry": True}
            remarks.append("states that these facts were known at the client's first inquiry; is that so?")
        self.note_used(sample, columns)
        self.tables.setdefault("clients", []).append({"from": sample.key, "columns": columns, "remarks": remarks})
        return True

    def _events(self, sample: Sample, link: str) -> None:
        kind, at = sample.best("events", "kind"), sample.best("events", "occurred_at")
        assert kind is not None
        assert at is not None
        known = {v: meaning(v, "kinds") or coded(v).replace(" ", "_") for v in kind.values.dropna().unique()}
        unclear = sorted(value for value, plain in known.items() if plain not in EVENT_KINDS)
        rule: str | Draft = kind.name
        remarks = []
        if unclear or any(plain != value for value, plain in known.items()):
            rule = {"column": kind.name, "values": {v: k for v, k in known.items() if k in EVENT_KINDS}}
        if unclear:
            remarks = [f"say what {unclear[:10]} mean, or leave them out with 'unless'; kinds are {list(EVENT_KINDS)}"]
        columns = {"inquiry_id": link, "occurred_at": time_rule(at), "kind": rule}
        self.note_used(sample, columns)
        unless = {"unless": {kind.name: unclear}} if unclear else {}
        self.tables.setdefault("events", []).append(
            {"from": sample.key, **unless, "columns": columns, "remarks": remarks}
        )

    def _events_among(self, sample: Sample, link: str) -> None:
        """Events from a file whose other rows are messages, as calls among mails are."""
        rule = self.tables["messages"][-1]
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
            event = {"from": sample.key, "when": {kind.name: list(known)}, "columns": columns, "remarks": []}
            self.tables.setdefault("events", []).append(event)

    def _set_aside_changes(self, main: Sample) -> None:
        """Keep what a history of changes holds from the attributes: all of it is later than the inquiry."""
        found = field_history(main)
        if found is None:
            return
        names = [profile.name for profile in found.columns() if profile.name not in main.used]
        main.used |= set(names)
        if names:
            self.tables["inquiries"][0]["remarks"].append(f"not used: {names}, a history of what changed later")

    def _unused_texts(self, main: Sample) -> None:
        """Name the long texts of other files that nothing reads: what the buyer wrote may be among them."""
        in_use = {rule["from"] for rules in self.tables.values() for rule in rules} - {main.key}
        for sample in self.samples:
            for name, profile in sample.profiles.items() if sample.key in in_use else ():
                if profile.kind == "text" and name not in sample.used:
                    self.remarks.append(f"not used: {name!r} of {sample.place} (text, {profile.filled:.0%} filled)")

    def _rest(self, main: Sample) -> None:
        """What no table took: attributes, or forbidden with a reason, or left alone with a reason."""
        rule = self.tables["inquiries"][0]
        received = rule["columns"].get("received_at")
        name = _first_column(received) if received else None
        clock = main.profiles[name].times() if name in main.profiles else None
        free = {name: p for name, p in main.profiles.items() if name not in main.used}
        reasons = leak_reasons(free, clock, self._won(main))
        self.forbidden[main.key] = reasons
        attributes: dict[str, list[Any]] = {"numeric": [], "categorical": [], "days": []}
        for name, profile in free.items():
            if name in reasons:
                continue
            kind = _attribute_kind(profile)
            if kind == "categorical" and (client := self._names_client(main, profile)):
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
                self._tier_leak(name)
            else:
                attributes[kind].append(name)
                if unit := _unit(profile):
                    rule["remarks"].append(
                        f"{name!r} holds numbers with {unit!r} behind them and counts as words; without it in the "
                        "export it could be numeric"
                    )
            main.used.add(name)
        rule["attributes"] = {kind: found for kind, found in attributes.items() if found}

    def _names_client(self, main: Sample, profile: Profile) -> str | None:
        """The client's column, where another's values tell the clients apart as well; None: they do not."""
        name = _first_column(self.tables["inquiries"][0]["columns"]["client_id"])
        if name not in main.profiles or profile.distinct < LEAST_CLIENTS:
            return None
        pairs = pd.DataFrame({"value": profile.values, "client": main.profiles[name].values}).dropna()
        # Where nearly each inquiry is a client's only one, whatever differs from row to row would do.
        told = pairs.drop_duplicates()["value"].duplicated().mean() <= SLIPS
        return name if told and pairs["client"].nunique() <= UNIQUE * len(pairs) else None

    def _tier_leak(self, name: str) -> None:
        """Note an amount beside an order value: it tells the tier."""
        known = self.tables.get("outcomes", [{"columns": {}}])[0]["columns"]
        if mentions(name, vocabulary()["amounts"]) and "order_value" in known:
            self.tier_leaks.append(name)

    def _won(self, main: Sample) -> pd.Series | None:
        """Whether each inquiry of the sample was won, where its own file tells."""
        outcomes = self.tables.get("outcomes", [])
        if not outcomes or outcomes[0]["from"] != main.key:
            return None
        status = outcomes[0]["columns"]["status"]
        values = main.profiles[status["column"]].values
        if "otherwise" in status:
            return values.notna()
        won = values.map(status["values"])
        return (won == "won").where(won.isin(["won", "lost"])) if (won == "lost").any() else won == "won"

    def note_used(self, sample: Sample, columns: Draft) -> None:
        sample.used |= {name for rule in columns.values() if (name := _first_column(rule)) is not None}


def _named_receipt(name: str) -> bool:
    """Whether a column's name is that of the time of receipt, and of no other."""
    known = vocabulary()
    fit = rank(name, known["inquiries"]["received_at"])
    return fit is not None and fit[0] <= 1 and mentions(name, [*known["not_received"], *known["decisions"]]) is None


def _shared(sample: Sample, main: Sample) -> str:
    """Of messages: which of their columns holds values of which of the inquiries, so that it may be the thread's."""
    if not holds_messages(sample):
        return ""
    for theirs in sample.profiles.values():
        for ours in main.profiles.values():
            told = {theirs.kind, ours.kind} <= {"key", "category"} and min(theirs.distinct, ours.distinct) > MANY // 10
            if told and theirs.values.dropna().isin(ours.values).mean() > NAMED:
                return (
                    f". LINKED: {theirs.name!r} holds values of {ours.name!r}: if these are threads, let their file be "
                    f"the inquiries, with inquiry_id: {theirs.name}"
                )
    return ""


def _joins(ids: Profile, sample: Sample) -> tuple[str, str] | None:
    """The column of a file that knows most values of a column as its own keys, and what stands before these there."""
    if ids.kind not in ("key", "category", "number"):
        return None
    used = ids.values.dropna()
    for prefix in dict.fromkeys(["", *used.str.replace(r"\d+$", "", regex=True).mode()[:1]]):
        for name, profile in sample.profiles.items():
            told = profile.kind in ("key", "category", "number") and profile.repeating <= SLIPS
            if told and used.isin(prefix + profile.values).mean() > LOOKED_UP:
                return name, prefix
    return None


def _is_thread(sample: Sample, link: str) -> bool:
    """Whether a column of messages can be the id of a thread: most rows have one, and it is no client's."""
    profile = sample.profiles[link]
    client = rank(link, vocabulary()["inquiries"]["client_id"]) is not None
    return profile.filled >= 1 - SLIPS and not client and not mailboxes(profile)


def _on_repeats(main: Sample, key: Profile, columns: Draft) -> str:
    """Which of several rows of a key is the inquiry."""
    name = _first_column(columns["received_at"]) if "received_at" in columns else None
    which = f"the earliest row by {name!r}" if name in main.profiles else "its first row"
    return f"{key.name!r} repeats: {which} is the inquiry"


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


def _first_column(rule: Any) -> str | None:
    return next(iter(columns_of(rule)), None)


def _coded_map(sample: Sample, name: str, words: str) -> Draft:
    """A value map for the values seen, as far as they are known words."""
    return {"values": meanings(sample.profiles[name], words)}
