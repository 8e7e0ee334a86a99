"""A first mapping for an export nobody has mapped yet, from the names and values of its columns."""

from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from inquiry_intent.sources.clocks import like_dates, time_formats
from inquiry_intent.sources.meanings import is_flag, meanings
from inquiry_intent.sources.naming import names_code, rank, vocabulary
from inquiry_intent.sources.profiles import Profile
from inquiry_intent.sources.samples import SAMPLE_ROWS, SLIPS, Sample, read_samples
from inquiry_intent.sources.suggest_attributes import attributes_of, note_unused_texts, set_aside_changes
from inquiry_intent.sources.suggest_clients import clients_file
from inquiry_intent.sources.suggest_decisions import status_column
from inquiry_intent.sources.suggest_deleted import leave_deleted_out
from inquiry_intent.sources.suggest_events import events_among, events_file
from inquiry_intent.sources.suggest_histories import field_history
from inquiry_intent.sources.suggest_inquiries import (
    inquiries_file,
    main_sample,
    note_clients_that_differ,
    received_late,
    threads_instead,
    told_by_messages,
    without_receipt,
)
from inquiry_intent.sources.suggest_leads import deals_instead, lead_ids, leads_of, leads_too, lost_without_row
from inquiry_intent.sources.suggest_links import (
    look_names_up,
    look_stages_up,
    named_link,
    note_strangers,
    unlinked_file,
)
from inquiry_intent.sources.suggest_messages import (
    holds_messages,
    may_hold_messages,
    messages_file,
    note_noted,
)
from inquiry_intent.sources.suggest_orders import (
    KNOWN_CLIENTS,
    currency_of_inquiries,
    holds_orders,
    note_left_over,
    orders_by_client,
    orders_of,
)
from inquiry_intent.sources.suggest_outcomes import copies_status, knows_won, outcomes, tells_both, tells_tasks
from inquiry_intent.sources.suggest_rules import Draft, columns_of, first_column
from inquiry_intent.sources.suggest_sheets import joined_sheets, write_each_sheet
from inquiry_intent.sources.suggest_texts import messages_of
from inquiry_intent.sources.times import both_orders
from inquiry_intent.sources.writing import flow, written_mapping

#: So many cells of a column tell whether it holds dates, and so many of these are looked at one by one.
SEEN, GLANCE = 2_000, 50


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
    #: Files of what the own team noted, of which a remark has said so.
    note_lists: list[Sample] = field(default_factory=list)
    #: How messages, outcomes and events find ids that another file only has the inquiry's name for, by file and column.
    named: dict[tuple[str, str], Draft] = field(default_factory=dict)
    #: The column of names that another file gives the stages of the inquiries, and how it is looked up there.
    stages: dict[str, Draft] = field(default_factory=dict)

    def build(self) -> None:
        """Decide on every table."""
        main = main_sample(self)
        main = deals_instead(self, main) or main
        main = threads_instead(self, main) or main
        told_by_messages(self, main)
        ids = inquiries_file(self, main)
        leads = leads_of(self, main)
        others = [s for s in self.samples if s is not main and (leads is None or s is not leads[0])]
        written = ids | lead_ids(leads, ids)
        places = (self._other(s, main, written if holds_messages(s) else ids) for s in others)
        linked = [place for place in places if place is not None]
        messages_of(self, main)
        note_clients_that_differ(self, main)
        self._outcomes(main, linked)
        set_aside_changes(self, main)
        leave_deleted_out(self)
        if self.timeless:
            without_receipt(self, main)
        else:
            received_late(self, main)
        attributes_of(self, main)
        look_names_up(self)
        if leads is not None:
            leads_too(self, main, *leads)
        self._note_undated()
        note_unused_texts(self, main)
        self._note_times()

    def _note_times(self) -> None:
        """Say which times have no zone, could be read in two ways, or look like some that could not be read."""
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
            self.remarks += [
                f"{profile.name!r} of {sample.place}: {said}"
                for profile in times
                for said in both_orders(profile.values, profile.formats)
            ]
            self.remarks += [
                f"{profile.name!r} of {sample.place}: {profile.absent} stand where there is no date, and are no value "
                "of this column; is that so?"
                for profile in times
                if profile.absent
            ]
            self.remarks += [
                f"{profile.name!r} of {sample.place} LOOKS LIKE DATES, {said}"
                for profile in sample.profiles.values()
                if profile.kind in ("key", "category", "text") and not names_code(profile.name)
                for said in _why_unread(profile)
            ]

    def _note_undated(self) -> None:
        """Say where no date tells when anything was decided, though the export has times."""
        rules = self.tables.get("outcomes", [])
        if rules and not self.timeless and not any("decided_at" in rule["columns"] for rule in rules):
            rules[0]["remarks"].append(
                "NO DATE OF DECISION was found: the label is the final status then, whenever it came. If the system "
                "knows when inquiries were won and lost, export that too"
            )

    def _outcomes(self, main: Sample, linked: list[tuple[Sample, str]]) -> None:
        """Outcomes from the file that tells won from lost in words, else from one beside the inquiries', else there."""

        tasks = [place for place in linked if tells_tasks(place[0])]
        self.remarks += [
            f"not used: {sample.place}; what was done about an inquiry tells not what became of it"
            for sample, _ in tasks
        ]
        linked = [place for place in linked if place not in tasks]

        def order(place: tuple[Sample, str | None]) -> tuple[bool, bool, bool, bool]:
            both = tells_both(*place)
            # Of what was lost there is no order, and of what nothing was done for no activity.
            less = both and copies_status(*place), both and holds_orders(place[0])
            return not tells_both(*place, surely=True), not both, *less

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
            f"customer and date: see 'by_client' in docs/mapping.md{self._client_named_by(sample, main)}"
            for sample in self.order_lists
            if sample is not chosen
        ]
        self._once_as_inquiries(main)
        self._note_lost_reason(main)
        self._note_own_status(main)
        currency_of_inquiries(self, main)
        if "outcomes" not in self.tables:
            self.remarks.append("NO OUTCOME was found: nothing can be learnt until 'outcomes' is mapped")
        look_stages_up(self, main)
        for sample, link in linked:
            if sample is chosen:
                continue
            unknown = "outcomes" not in self.tables or (sample.key, link) in self.named
            if (unknown or not orders_of(self, sample, link)) and not any(sample is other for other in self.note_lists):
                self.remarks.append(
                    f"not used: {sample.place}; it is linked by {link!r}, but what it holds is not clear"
                )
        note_left_over(self)

    def _once_as_inquiries(self, main: Sample) -> None:
        """Where no inquiry repeats but rows that are left out do, as totals, the outcomes beside them do not either."""
        inquiries = self.tables["inquiries"][0]
        if not inquiries.get("when_present") or inquiries.get("one_per_key"):
            return
        for rule in self.tables.get("outcomes", []):
            if rule["from"] == main.key and rule["columns"].get("inquiry_id", self.own_key) == self.own_key:
                rule.pop("one_per_key", None)
                said = f"{self.own_key!r} repeats"
                rule["remarks"] = [remark for remark in rule["remarks"] if not remark.startswith(said)]

    def _by_client(self, main: Sample) -> Sample | None:
        """The list of orders that the outcomes are read from by the orders' client and date; None: there is none."""
        return next((s for s in self.order_lists if not self.timeless and orders_by_client(self, s, main)), None)

    def _client_named_by(self, orders: Sample, main: Sample) -> str:
        """Which column must become the client for that, where orders name it by another."""
        words, client = vocabulary()["inquiries"]["client_id"], self.tables["inquiries"][0]["columns"]["client_id"]
        for theirs in (p for p in orders.profiles.values() if rank(p.name, words) is not None and p.kind != "list"):
            for ours in (p for p in main.profiles.values() if p.kind not in ("list", "time", "number")):
                known = theirs.values.dropna().isin(ours.values).mean()
                if ours.distinct > 1 and known >= KNOWN_CLIENTS and ours.name not in columns_of(client):
                    return f". {theirs.name!r} there holds {ours.name!r}, which client_id of inquiries must become"
        return ""

    def _note_lost_reason(self, main: Sample) -> None:
        """Name the column that tells what was lost, where the outcomes are read from elsewhere."""
        words = vocabulary()["lost_reasons"]
        found = [p for name, p in main.profiles.items() if rank(name, words) is not None and 0 < p.filled < 1]
        rules = self.tables.get("outcomes", [])
        known = any("lost" in _results(rule) for rule in rules)
        if not rules or known or rules[0]["from"] == main.key or "by_client" in rules[0]:
            return
        status = status_column(main, set(main.profiles) - main.used) if not found else None
        lost = [v for v, result in meanings(status, "statuses").items() if result == "lost"] if status else []
        chosen: Draft
        if found:
            name, told = found[0].name, f"filled in {found[0].filled:.0%} of the rows"
            chosen = {"when_present": [name]}
        elif status and lost and not is_flag(status):
            name, told = status.name, f"with {lost[:10]}"
            chosen = {"when": {name: lost}}
        else:
            return
        columns = {"inquiry_id": self.tables["inquiries"][0]["columns"]["inquiry_id"], "status": {"constant": "lost"}}
        rule: Draft = {"from": main.key, **chosen, "columns": columns}
        if "one_per_key" in rules[0]:
            rule["one_per_key"] = rules[0]["one_per_key"]
        rules[0]["remarks"].append(
            f"LOST: {name!r} of {main.place}, {told}, tells what was lost. "
            f"No longer forbidden there, a second rule of outcomes would read it: {flow(rule)}"
        )

    def _note_own_status(self, main: Sample) -> None:
        """Name the status of the inquiries, if it says lost of some, where that of another file says won of none."""
        rule = next(iter(self.tables.get("outcomes", [])), None)
        if rule is None or rule["from"] == main.key or "by_client" in rule or "won" in _results(rule):
            return
        status = status_column(main, set(main.profiles) - main.used)
        known = meanings(status, "statuses") if status is not None and not is_flag(status) else {}
        if status is None or not {"won", "lost"} & set(known.values()):
            return
        values = dict.fromkeys(sorted(status.values.dropna().unique()), "open") | known
        ids = self.tables["inquiries"][0]["columns"]["inquiry_id"]
        columns = {"inquiry_id": ids, "status": {"column": status.name, "values": values}}
        told = [value for value, result in values.items() if result == "open"]
        rule["remarks"].append(
            f"OR IS IT {status.name!r} OF {main.place} THAT TELLS? Say which of {told[:10]} mean won. No longer "
            f"forbidden there, this would be the rule of outcomes: {flow({'from': main.key, 'columns': columns})}"
        )

    def _note_without_outcome(self, main: Sample, sample: Sample, link: str | None) -> None:
        """Say how many inquiries the file of outcomes lacks; where it is read whole."""
        key = main.key_column()
        if link is None or key is None or len(sample.rows.frame) >= SAMPLE_ROWS:
            return
        ids = key.values.dropna().drop_duplicates()
        without = int((~ids.isin(sample.profiles[link].values)).sum())
        if without > SLIPS * len(ids):
            told = lost_without_row(self, main, key.values.isin(sample.profiles[link].values), sample.place)
            rest = ", unless their status says lost (see below)" if told else "; is that so?"
            self.tables["outcomes"][0]["remarks"].append(
                f"{without} of {len(ids)} INQUIRIES HAVE NO ROW here and count as open{rest}"
            )

    def _other(self, sample: Sample, main: Sample, ids: set[str]) -> tuple[Sample, str] | None:
        """A file beside the inquiries: which table it is, by its name and its columns.

        None where that is done with; else the file may tell outcomes, and the column that links it stands beside it.
        """
        link = sample.link_to(ids)
        hints = sample.hints()
        if ("clients" in hints or (link is None and not holds_orders(sample))) and clients_file(self, sample, main):
            return None
        link = link or named_link(self, sample, main)
        if link is None:
            unlinked_file(self, sample, main)
            return None
        note_strangers(self, sample, link, ids, main)
        told = "messages" in hints and sample.best("messages", "sent_at") is not None
        if (may_hold_messages(sample) or told) and not note_noted(self, sample, link):
            messages_file(self, sample, link)
            events_among(self, sample, link)
        elif (
            "outcomes" not in hints
            and field_history(sample) is None
            and sample.best("events", "kind")
            and sample.best("events", "occurred_at")
        ):
            events_file(self, sample, link)
        else:
            return sample, link
        return None

    @property
    def own_key(self) -> str:
        """The column of the inquiry's id in the inquiries' own file; empty: there is none."""
        rule = self.tables["inquiries"][0]["columns"].get("inquiry_id")
        return rule if isinstance(rule, str) else ""

    def note_used(self, sample: Sample, columns: Draft) -> None:
        sample.used |= {name for rule in columns.values() if (name := first_column(rule)) is not None}


def _why_unread(profile: Profile) -> list[str]:
    """What keeps a column of what looks like dates from being read as such; nothing, if it does not look so."""
    seen = profile.values.dropna().iloc[:SEEN]
    dates = like_dates(seen)
    unread = [
        cell for cell in dates.drop_duplicates().iloc[:GLANCE] if time_formats(profile.name, pd.Series([cell])) is None
    ]
    if unread:
        return [
            f"such as {unread[0]!r}, that no known way of writing them reads: map it with its 'format'; years of other "
            "calendars and eras are not converted"
        ]
    others = seen.drop(dates.index).value_counts()
    if not len(dates) or not len(others):
        return []
    return [
        f"such as {dates.iloc[0]!r}, but for {int(others.sum())} other cells, such as {others.index[0]!r} "
        f"({int(others.iloc[0])}): if these mean no date, name them under 'missing', and map the column"
    ]


def _results(rule: Draft) -> list[str]:
    """What a drafted rule of outcomes can say of an inquiry."""
    status = rule["columns"].get("status", {})
    return [*status.get("values", {}).values(), *(status[how] for how in ("constant", "otherwise") if how in status)]
