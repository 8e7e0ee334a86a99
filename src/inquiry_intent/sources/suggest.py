"""A first mapping for an export nobody has mapped yet, from the names and values of its columns."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from inquiry_intent.sources.leaks import leak_reasons
from inquiry_intent.sources.naming import mentions, rank, vocabulary
from inquiry_intent.sources.profiles import Profile
from inquiry_intent.sources.samples import FEW, SOME, Sample, read_samples
from inquiry_intent.sources.values import coded
from inquiry_intent.sources.writing import written_mapping
from inquiry_intent.tables import COLUMNS, EVENT_KINDS

#: Share of keys that another file must know to be one to look up in.
LOOKED_UP = 0.8
#: More different values than this are no categories.
MANY = 300
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
    draft = Suggestion(export.name.split(".")[0] or "export", samples, remarks)
    draft.build()
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

    def build(self) -> None:
        """Decide on every table."""
        main = self._main_sample()
        ids = self._inquiries(main)
        for sample in self.samples:
            if sample is not main:
                self._other(sample, main, ids)
        self._messages_of(main)
        if "outcomes" not in self.tables:
            self._outcomes(main, ids=None)
        self._rest(main)
        for sample in self.samples:
            times = [p for name, p in sample.profiles.items() if name in sample.used and p.kind == "time"]
            self.zone |= any(profile.naive for profile in times)
            self.remarks += [
                f"{profile.name!r} of {sample.path}: day and month could be the other way round; check its format"
                for profile in times
                if profile.ambiguous
            ]

    def _main_sample(self) -> Sample:
        """The file whose rows are inquiries."""

        def score(sample: Sample) -> int:
            hints = vocabulary()["files"]
            points = sum(
                sample.best("inquiries", c) is not None for c in ("inquiry_id", "client_id", "received_at", "country")
            )
            points += 4 * (mentions(Path(sample.path).stem, hints["inquiries"]) is not None)
            others = ("messages", "events", "clients", "outcomes")
            return points - 3 * any(mentions(Path(sample.path).stem, hints[name]) for name in others)

        return max(self.samples, key=score)

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
        own = {name for name in main.profiles if mentions(name, vocabulary()["not_received"]) is None}
        received = main.best("inquiries", "received_at", own) or main.first_time(own)
        nested = main.thread()
        if received is not None:
            columns["received_at"] = _time_rule(received)
        elif nested is not None and nested.best("messages", "sent_at") is not None:
            columns["received_at"] = {"first_message": True}
        else:
            self.timeless = True
            remarks.append("no receipt time was found: the split will be random")
        for column in ("client_id", "channel", "country", "product", "subject", "owner", "given_split"):
            found = main.best("inquiries", column, set(main.profiles) - main.used - set(map(str, columns.values())))
            if found is not None:
                columns[column] = found.name
        if "given_split" in columns:
            columns["given_split"] = {
                "column": columns["given_split"],
                **_coded_map(main, columns["given_split"], "splits"),
            }
        client = columns.get("client_id")
        if client is None:
            columns["client_id"] = columns["inquiry_id"]
            remarks.append("no client column was found: each inquiry counts as a client of its own")
        elif key is not None and main.profiles[client].filled < 1:
            columns["client_id"] = {"first_of": [client, key.name]}
            main.used.add(client)
            remarks.append(f"where {client!r} is empty the inquiry counts as a client of its own")
        repeated = key is not None and bool(key.values.dropna().duplicated().any())
        if repeated:
            remarks.append(f"{key.name!r} repeats: its first row is the inquiry")  # type: ignore[union-attr]
        self._note_used(main, columns)
        ordered = {name: columns[name] for name in COLUMNS["inquiries"] if name in columns}
        rule: Draft = {"from": main.key, "remarks": remarks}
        if repeated:
            rule["one_per_key"] = True
        if received is not None and received.filled < 1:
            rule["when_present"] = [received.name]
            remarks.append(f"rows without {received.name!r} ({1 - received.filled:.0%}) are left out")
        self.tables["inquiries"] = [rule | {"columns": ordered}]
        return set(key.values.dropna()) if key is not None else set()

    def _other(self, sample: Sample, main: Sample, ids: set[str]) -> None:
        """A file beside the inquiries: which table it is, by its name and its columns."""
        link = sample.link_to(ids)
        hints = {name: mentions(Path(sample.path).stem, vocabulary()["files"][name]) for name in vocabulary()["files"]}
        if (
            (hints["clients"] or link is None)
            and sample.best("inquiries", "client_id") is not None
            and self._clients(sample)
        ):
            return
        if link is None:
            self._lookup(sample, main)
            return
        has_text = sample.best("messages", "text") is not None and sample.best("messages", "sent_at") is not None
        if has_text or (hints["messages"] and sample.best("messages", "sent_at") is not None):
            self._messages(sample, link)
        elif not hints["outcomes"] and sample.best("events", "kind") and sample.best("events", "occurred_at"):
            self._events(sample, link)
        elif "outcomes" not in self.tables and self._outcomes(sample, link):
            return
        else:
            self.remarks.append(f"not used: {sample.path}; it is linked by {link!r}, but what it holds is not clear")

    def _lookup(self, sample: Sample, main: Sample) -> None:
        """Say how a file that describes something else than inquiries could be used."""
        for left in main.profiles.values():
            for right in sample.profiles.values():
                if "list" in (left.kind, right.kind) or right.values.dropna().duplicated().any() or right.distinct < 2:
                    continue
                if left.kind in ("category", "key") and left.values.dropna().isin(right.values).mean() > LOOKED_UP:
                    self.remarks.append(
                        f"not used: {sample.path}; to read its columns as attributes ('{sample.key}.COLUMN') "
                        f"add it to files and give inquiries 'lookup: [{{file: {sample.key}, "
                        f"on: {{{left.name}: {right.name}}}}}]'"
                    )
                    return
        self.remarks.append(f"not used: {sample.path}; no column of it holds ids of inquiries")

    def _clients(self, sample: Sample) -> bool:
        columns: Draft = {"client_id": sample.best("inquiries", "client_id").name}  # type: ignore[union-attr]
        for column in vocabulary()["clients"]:
            found = sample.best("clients", column, set(sample.profiles) - {columns["client_id"]})
            if found is not None:
                columns[column] = _time_rule(found) if found.kind == "time" else found.name
        if set(columns) <= {"client_id", "known_at"}:
            return False
        remarks = []
        if "known_at" not in columns:
            columns["known_at"] = {"first_inquiry": True}
            remarks.append("states that these facts were known at the client's first inquiry; is that so?")
        self._note_used(sample, columns)
        self.tables.setdefault("clients", []).append({"from": sample.key, "columns": columns, "remarks": remarks})
        return True

    def _messages(self, sample: Sample, link: str) -> None:
        columns: Draft = {"inquiry_id": link}
        for column in vocabulary()["messages"]:
            found = sample.best("messages", column, set(sample.profiles) - set(map(str, columns.values())))
            if found is not None and (column != "message_id" or not found.values.duplicated().any()):
                columns[column] = _time_rule(found) if found.kind == "time" else found.name

        remarks = self._direct(sample, columns)
        self._note_used(sample, columns)
        self.tables.setdefault("messages", []).append({"from": sample.key, "columns": columns, "remarks": remarks})

    def _direct(self, sample: Sample, columns: Draft) -> list[str]:
        """Who wrote: a map of the values, or all by the buyer, which is to be checked."""
        if "direction" not in columns:
            columns["direction"] = {"constant": "inbound"}
            remark = "who wrote is not told: all messages count as the buyer's"
            if "sender_email" in columns:
                name = columns["sender_email"]
                own = f"{{column: {name}, patterns: {{'*@our-company.com*': outbound}}, otherwise: inbound}}"
                remark += f"; with your own domain it would be direction: {own}"
            return [remark]
        name = columns["direction"]
        columns["direction"] = {"column": name, **_coded_map(sample, name, "directions")}
        unclear = set(sample.profiles[name].values.dropna().unique()) - set(columns["direction"]["values"])
        return [f"direction: say what {sorted(unclear)[:10]} mean"] if unclear else []

    def _messages_of(self, main: Sample) -> None:
        """Messages that the inquiries' own file holds: a nested thread, a text column, a time of reply."""
        nested = main.thread()
        if nested is not None and "messages" not in self.tables:
            self._nested_messages(nested)
            main.used.add(str(nested.nested))
            return
        inquiries = self.tables["inquiries"][0]
        received = inquiries["columns"].get("received_at")
        if "messages" not in self.tables:
            if inquiries.get("one_per_key") and received and main.best("messages", "text") is not None:
                self._messages(main, inquiries["columns"]["inquiry_id"])
                return
            self._first_text(main, received)
        if received and all(rule["from"] == main.key for rule in self.tables.get("messages", [])):
            self._reply_time(main, received)

    def _first_text(self, main: Sample, received: Any) -> None:
        """A text column beside the inquiry: what the buyer wrote first."""
        free = set(main.profiles) - main.used
        text = main.best("messages", "text", free)
        if text is None:
            long = [p for p in main.profiles.values() if p.kind == "text" and p.name in free]
            text = max(long, key=lambda p: p.values.str.len().mean(), default=None)
        if text is None:
            return
        columns: Draft = {"sent_at": received} if received else {}
        columns |= {"direction": {"constant": "inbound"}, "text": text.name}
        for column in ("sender_name", "sender_title", "sender_email", "sender_phone", "attachment_count"):
            found = main.best("messages", column, free - set(map(str, columns.values())))
            if found is not None:
                columns[column] = found.name
        self._note_used(main, columns)
        self.tables["messages"] = [{"from": main.key, "columns": columns, "remarks": []}]

    def _reply_time(self, main: Sample, received: Any) -> None:
        """The time of our first answer beside the inquiry: a message without text."""
        words = vocabulary()["replies"]
        reply = next((p for p in main.profiles.values() if p.kind == "time" and rank(p.name, words)), None)
        if reply is None:
            return
        columns: Draft = {"sent_at": received, "direction": {"constant": "inbound"}}
        inquiry: Draft = {"from": main.key, "columns": columns, "remarks": ["the inquiry itself"]}
        columns = {"sent_at": _time_rule(reply), "direction": {"constant": "outbound"}}
        self._note_used(main, columns)
        answer: Draft = {"from": main.key, "when_present": [reply.name], "columns": columns, "remarks": ["our reply"]}
        self.tables["messages"] = [*self.tables.get("messages", [inquiry]), answer]

    def _nested_messages(self, inner: Sample) -> None:
        columns: Draft = {}
        for column in vocabulary()["messages"]:
            found = inner.best("messages", column, set(inner.profiles) - set(map(str, columns.values())))
            if found is not None and column != "message_id":
                columns[column] = found.name
        if "sent_at" in columns:
            at = inner.profiles[columns["sent_at"]]
            columns["sent_at"] = _time_rule(at)
            self.zone |= at.naive
        elif not self.timeless:
            columns["sent_at"] = self.tables["inquiries"][0]["columns"]["received_at"]
        remarks = self._direct(inner, columns)
        rule: Draft = {"from": inner.key, "unnest": inner.nested, "columns": columns, "remarks": remarks}
        kind = next(
            (p for p in inner.profiles.values() if "message" in set(p.values.dropna().unique()) and p.distinct <= FEW),
            None,
        )
        self.tables.setdefault("messages", []).append(rule | ({"when": {kind.name: "message"}} if kind else {}))

    def _events(self, sample: Sample, link: str) -> None:
        kind, at = sample.best("events", "kind"), sample.best("events", "occurred_at")
        assert kind is not None
        assert at is not None
        known = {value: coded(value).replace(" ", "_") for value in kind.values.dropna().unique()}
        unclear = sorted(value for value, plain in known.items() if plain not in EVENT_KINDS)
        rule: str | Draft = kind.name
        remarks = []
        if unclear:
            rule = {"column": kind.name, "values": {v: k for v, k in known.items() if k in EVENT_KINDS}}
            remarks = [f"say what {unclear[:10]} mean, or leave them out with 'unless'; kinds are {list(EVENT_KINDS)}"]
        columns = {"inquiry_id": link, "occurred_at": _time_rule(at), "kind": rule}
        self._note_used(sample, columns)
        unless = {"unless": {kind.name: unclear}} if unclear else {}
        self.tables.setdefault("events", []).append(
            {"from": sample.key, **unless, "columns": columns, "remarks": remarks}
        )

    def _outcomes(self, sample: Sample, ids: str | None) -> bool:
        """What became of the inquiries, from a file; `ids` is the column of the inquiry's id, None in the same file."""
        free = set(sample.profiles) - sample.used
        status, decided = sample.best("outcomes", "status", free), sample.best("outcomes", "decided_at", free)
        columns: Draft = {} if ids is None else {"inquiry_id": ids}
        remarks = []
        if decided is not None:
            columns["decided_at"] = _time_rule(decided)
        if status is not None:
            columns["status"] = {"column": status.name, **_coded_map(sample, status.name, "statuses")}
            unclear = set(status.values.dropna().unique()) - set(columns["status"]["values"])
            columns["status"]["values"] |= dict.fromkeys(sorted(unclear)[:SOME], "open")
            if unclear:
                remarks.append(f"status: {sorted(unclear)[:10]} are taken as open; is that so?")
            if status.filled < 1:
                columns["status"]["missing"] = "open"
        elif decided is not None:
            columns["status"] = {"column": decided.name, "otherwise": "won", "missing": "open"}
            remarks.append("no status was found: whatever has this date is taken as won, the rest as open")
        else:
            return False
        for column in ("order_value", "currency", "annual_volume"):
            found = sample.best("outcomes", column, free - set(map(str, columns.values())))
            if found is not None:
                columns[column] = {"column": found.name, "decimal": ","} if found.decimal == "," else found.name
        self._note_used(sample, columns)
        self.tables["outcomes"] = [{"from": sample.key, "optional": True, "columns": columns, "remarks": remarks}]
        return True

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
            if profile.kind == "number" and not mentions(name, vocabulary()["ids"]):
                attributes["numeric"].append({"column": name, "decimal": ","} if profile.decimal == "," else name)
                if (
                    mentions(name, vocabulary()["amounts"])
                    and "order_value" in self.tables.get("outcomes", [{"columns": {}}])[0]["columns"]
                ):
                    self.tier_leaks.append(name)
            elif profile.kind in ("category", "number") and 1 < profile.distinct <= MANY and not _addresses(profile):
                attributes["categorical"].append(name)
            elif profile.kind == "time" and clock is not None:
                attributes["days"].append(_time_rule(profile))
            else:
                rule["remarks"].append(f"not used: {name!r} ({profile.kind}, {profile.filled:.0%} filled)")
                continue
            main.used.add(name)
        rule["attributes"] = {kind: found for kind, found in attributes.items() if found}

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

    def _note_used(self, sample: Sample, columns: Draft) -> None:
        sample.used |= {name for rule in columns.values() if (name := _first_column(rule)) is not None}


def _addresses(profile: Profile) -> bool:
    return bool(profile.values.str.contains("@", regex=False).mean() > 0.3)


def _first_column(rule: Any) -> str | None:
    return rule if isinstance(rule, str) else rule.get("column")


def _time_rule(profile: Profile) -> Any:
    return profile.name if profile.format is None else {"column": profile.name, "format": profile.format}


def _coded_map(sample: Sample, name: str, words: str) -> Draft:
    """A value map for the values seen, as far as they are known words."""
    meanings = {coded(str(word)): result for result, known in vocabulary()[words].items() for word in known}
    seen = sample.profiles[name].values.dropna().unique()
    return {"values": {value: meanings[coded(value)] for value in sorted(seen) if coded(value) in meanings}}
