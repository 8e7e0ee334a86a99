"""The part of a suggested mapping that says who wrote what, and when."""

from typing import TYPE_CHECKING, Any

import pandas as pd

from inquiry_intent.sources.building import selected_rows
from inquiry_intent.sources.meanings import is_flag, meaning, meanings, yes_values
from inquiry_intent.sources.naming import mentions, plain, rank, vocabulary
from inquiry_intent.sources.profiles import Profile
from inquiry_intent.sources.samples import SLIPS, SOME, Sample
from inquiry_intent.sources.schema import TableRule
from inquiry_intent.sources.suggest_decisions import undone
from inquiry_intent.sources.suggest_rules import Draft, time_rule
from inquiry_intent.sources.suggest_sides import besides_sides, direct, direction_column, own_words, tells_sides
from inquiry_intent.sources.writing import flow

if TYPE_CHECKING:
    from inquiry_intent.sources.suggest import Suggestion

#: Share of the rows with a direction that kinds of messages have, and others have not.
WRITTEN = 0.5
#: Share of the rows without a sender that say what another has said, where a program wrote them.
NOTICES = 0.5


def holds_messages(sample: Sample) -> bool:
    """Whether the rows of a file beside the inquiries are messages: they can be, and the own team noted them not."""
    return may_hold_messages(sample) and noted(sample) is None


def may_hold_messages(sample: Sample) -> bool:
    """Whether the rows of a file beside the inquiries can be messages: there is a text and a time.

    One of them must be told by more than its values; where a column tells who wrote, any time will do. The text of a
    task is ours, unless something tells mails among them.
    """
    text = text_of(sample, set(sample.profiles))
    if text is None or sent_at(sample) is None or _remarks_on_decision(sample, text) or _is_of_tasks(sample, text):
        return False
    if "messages" in sample.hints():
        return True
    if sample.best("messages", "text") is None:
        return False
    return sample.best("messages", "sent_at") is not None or tells_sides(direction_column(sample, set()))


def _remarks_on_decision(sample: Sample, text: Profile) -> bool:
    """Whether a text only remarks on what its row tells of an order or of a stage."""
    words, name = vocabulary(), sample.short(text.name)
    of_buyers = any(mentions(n, words["by_buyers"]) for n in (sample.title, name))
    if of_buyers or mentions(name, words["own_notes"]) is None or direction_column(sample, set()) is not None:
        return False
    status, hints = sample.best("outcomes", "status"), sample.hints()
    if status is not None and status.name in undone(sample) and _lists_activities(sample):
        return False  # a mail that is completed wins nothing
    told = set(meanings(status, "statuses").values()) if status is not None else set()
    return {"won", "lost"} <= told or ("outcomes" in hints and "messages" not in hints)


def _is_of_tasks(sample: Sample, text: Profile) -> bool:
    """Whether a text says what our own team has to do: by the file's title, where nothing else tells who wrote."""
    words = vocabulary()
    if mentions(sample.title, words["tasks"]) is None or "messages" in sample.hints():
        return False
    sender = sample.best("messages", "sender_email")
    of_buyer = sender is not None and mentions(sample.short(sender.name), [*words["personal"], *words["by_buyers"]])
    direction = direction_column(sample, set())
    sides = set(meanings(direction, "directions").values()) if direction is not None else set()
    told = (sender is not None and not of_buyer, len(sides) == 2, own_words(sample, text.name), _names_mails(sample))
    return not any(told)


def _names_mails(sample: Sample) -> bool:
    """Whether rows are of kinds of which one is written to another, as mails among calls."""
    kind, words = sample.best("events", "kind"), vocabulary()["written"]
    return kind is not None and any(mentions(value, words) for value in kind.values.dropna().unique())


def _lists_activities(sample: Sample) -> bool:
    """Whether rows are activities or messages, by the title or by their kinds."""
    words = vocabulary()
    titled = mentions(sample.title, words["tasks"]) is not None or "messages" in sample.hints()
    return titled or _names_mails(sample)


def noted(sample: Sample) -> Profile | None:
    """The text of a file of notes that the own team took, by its title or the text's name; None: it may hold messages.

    Where anything tells who wrote, or mails from calls, or names speak of buyers, their words may be among them. Names
    that buyers' texts have as often, as comments and remarks do, tell nothing.
    """
    words = vocabulary()
    text = text_of(sample, set(sample.profiles))
    if text is None:
        return None
    named = sample.short(text.name)
    of_notes = mentions(sample.title, words["team_notes"])
    of_messages = any(
        mentions(sample.title, [w]) for w in words["files"]["messages"] if not mentions(w, words["team_notes"])
    )
    if not (of_notes or (mentions(named, words["team_notes"]) and not of_messages)):
        return None
    senders = [sample.best("messages", column) for column in ("sender_name", "sender_email")]
    by_buyers = (
        # What a file of notes names beside them is whom they are about: customer follow-ups, a contact's name.
        mentions(named, words["by_buyers"]) is not None,
        not of_notes and mentions(sample.title, words["by_buyers"]) is not None,
        not of_notes and any(sender is not None and sender.distinct > 1 for sender in senders),
        _names_mails(sample),
        direction_column(sample, set()) is not None,
        own_words(sample, text.name) is not None,
    )
    return None if any(by_buyers) else text


def note_noted(draft: "Suggestion", sample: Sample, link: str) -> bool:
    """Whether a file holds notes of the own team in place of messages; a remark says how they would be mapped."""
    text, at = noted(sample), sent_at(sample)
    if text is None or at is None:
        return False
    columns: Draft = {"inquiry_id": link, "sent_at": time_rule(at), "direction": {"constant": "inbound"}}
    rule: Draft = {"from": sample.key, "columns": columns | {"text": text.name}}
    place = {"path": sample.path, "sheet": sample.sheet, "skip_rows": sample.skip_rows}
    file = {sample.key: {key: value for key, value in place.items() if value}}
    draft.remarks.append(
        f"NO MESSAGES ARE READ FROM {sample.place}: {text.name!r} is taken for what your team noted, as no column "
        f"tells who wrote. If buyers wrote it, files would name {flow(file)}, and the rule of messages would be "
        f"{flow(rule)}"
    )
    sample.used.add(text.name)
    draft.note_lists.append(sample)
    return True


def sent_at(sample: Sample) -> Profile | None:
    return sample.best("messages", "sent_at") or sample.first_time(set(sample.profiles))


def messages_file(draft: "Suggestion", sample: Sample, link: str, received: Any = None) -> None:
    """Messages from a file of their own, or from one whose rows are mails of threads.

    Parameters
    ----------
    received : str or dict, optional
        In the inquiries' own file: what dates them. It dates the messages too, unless a column says just that.
    """
    columns: Draft = {"inquiry_id": link}
    direction = direction_column(sample, {link})
    for column in vocabulary()["messages"]:
        free = set(sample.profiles) - set(map(str, columns.values())) - ({direction.name} if direction else set())
        found = _found(sample, column, free)
        if column == "sent_at" and received is not None and not _says_sent(found):
            columns[column] = received
            continue
        if column == "direction" or found is None:
            continue
        if column != "message_id" or not (found.values.duplicated().any() or found.filled < 1):
            columns[column] = time_rule(found) if found.kind == "time" else found.name
    remarks = own_note(sample, columns)
    told: list[str] = []
    unwritten = besides_sides(direction, told)
    public = only_public(sample, direction, told)
    if written := _only_written(sample, direction, told):
        public["when"] = public.get("when", {}) | written
    notes = unwritten | _no_notes(sample, [direction, *(sample.profiles[name] for name in written)], told)
    if notes:
        public["unless"] = public.get("unless", {}) | notes
    if received is None and (of_inquiries := _of_inquiries(draft, sample, told)):
        public["when"] = public.get("when", {}) | of_inquiries
    rule: Draft = {"from": sample.key, **public, "columns": columns}
    remarks += [*direct(sample, columns, direction, sample.profiles[link].values.where(taken(rule, sample))), *told]
    if direction is not None and (absent := int((taken(rule, sample) & direction.values.isna()).sum())):
        if len(set(columns["direction"].get("values", {}).values())) == 2:  # of one side only, none may mean the other
            rule["when_present"] = [direction.name]
            remarks.append(
                f"{absent} rows without {direction.name!r}, which tells who wrote, are left out: are these no messages?"
            )
    if direction is None and (notices := _without_sender(sample, rule, columns)):
        rule["when_present"] = [columns["sender_name"]]
        remarks.append(
            f"{notices} rows without {columns['sender_name']!r}, which say the same again and again as notices of a "
            "chat program do, are left out: are these no messages?"
        )
    if "text" in columns and (more := _text_beside(sample, columns, taken(rule, sample))) is not None:
        remarks.append(f"{columns['text']!r}: where it is empty the text is that of {more!r}")
        columns["text"] = {"first_of": [columns["text"], more]}
        sample.used.add(more)
    draft.note_used(sample, columns)
    draft.tables.setdefault("messages", []).append(rule | {"remarks": remarks})
    inquiries = draft.tables["inquiries"][0]
    if inquiries["from"] == sample.key and inquiries.get("one_per_key"):  # what is no message begins no thread
        for key in ("when", "unless"):
            if key in rule:
                inquiries[key] = inquiries.get(key, {}) | rule[key]
        if "when_present" in rule:
            inquiries["when_present"] = [*inquiries.get("when_present", []), *rule["when_present"]]


def _without_sender(sample: Sample, rule: Draft, columns: Draft) -> int:
    """How many rows have no sender where others have, if these repeat each other as a chat program's notices do."""
    if "sender_name" not in columns or "text" not in columns:
        return 0
    chosen = taken(rule, sample)
    named = sample.profiles[columns["sender_name"]].values.notna()
    texts = sample.profiles[columns["text"]].values[chosen & ~named].dropna()
    return int((chosen & ~named).sum()) if named.any() and texts.duplicated().mean() > NOTICES else 0


def _text_beside(sample: Sample, columns: Draft, rows: pd.Series) -> str | None:
    """A second text for the messages whose first is empty, as of mails that have either a plain or an HTML body."""
    words, values = vocabulary(), {name: profile.values[rows] for name, profile in sample.profiles.items()}
    empty = values[columns["text"]].isna()
    beside = set(values) - set(map(str, columns.values()))
    beside -= {name for name in beside if mentions(sample.short(name), words["own_notes"]) or not _may_be_first(name)}
    found = sample.best("messages", "text", beside)
    return found.name if found is not None and (empty & values[found.name].notna()).mean() > SLIPS else None


def taken(rule: Draft, sample: Sample) -> pd.Series:
    """The rows of a file that a drafted rule takes."""
    chosen = {key: rule[key] for key in ("when", "unless", "when_present") if key in rule}
    return selected_rows(TableRule.model_validate({"from": sample.key, "columns": {}} | chosen), sample.rows.frame)


def _of_inquiries(draft: "Suggestion", sample: Sample, remarks: list[str]) -> Draft:
    """Where a column tells the kind of record that a message belongs to: take those of inquiries.

    Each kind of record has its own ids, so an order of the same number as an inquiry would bring it strange messages.
    """
    words = vocabulary()
    kinds = [p for n, p in sample.profiles.items() if rank(sample.short(n), words["record_kinds"]) is not None]
    kind = next((p for p in kinds if p.kind in ("category", "number") and p.distinct <= SOME), None)
    if kind is None or kind.distinct < 2:
        return {}
    values = sorted(kind.values.dropna().unique())
    title = next(s.title for s in draft.samples if s.key == draft.tables["inquiries"][0]["from"])
    begins = words["files"]["inquiries"]
    named = [v for v in values if mentions(v, begins) and not mentions(v, words["orders"]["files"])]
    # Leads and deals are both inquiries by their names, but have ids of their own.
    same = [v for v in named if any(mentions(v, [word]) for word in begins if mentions(title, [word]))]
    chosen = same or named
    if not chosen:
        remarks.append(
            f"RECORDS OF SEVERAL KINDS: {kind.name!r} is one of {values[:10]}. An id of one kind may be that of an "
            "inquiry by chance: name the kinds that are inquiries under 'when'"
        )
        return {}
    sample.used.add(kind.name)
    others = [v for v in values if v not in chosen]
    remarks.append(f"{kind.name!r}: only messages of {chosen[:10]} are taken, not of {others[:10]}; is that so?")
    return {kind.name: chosen}


def _no_notes(sample: Sample, besides: list[Profile | None], remarks: list[str]) -> Draft:
    """Where columns tell kinds of messages: what the system notes by itself, and the own team for itself, is none."""
    words = vocabulary()
    found: Draft = {}
    for name, profile in sample.profiles.items():
        told = profile.kind in ("category", "number") and 2 <= profile.distinct <= SOME
        if (
            any(profile is other for other in besides)
            or not told
            or rank(sample.short(name), words["message_kinds"]) is None
        ):
            continue
        values = sorted(profile.values.dropna().unique())
        notes = [v for v in values if mentions(v, words["system_notes"]) or plain(v) in words["internal_notes"]]
        if notes and len(notes) < len(values):
            found[name] = notes
            sample.used.add(name)
            remarks.append(f"{name!r}: {notes[:10]} are notes of the system or of your own team, and left out; right?")
    return found


def only_public(sample: Sample, direction: Profile | None, remarks: list[str]) -> Draft:
    """Where a flag tells what the buyer could read from what only the own team did: take the former."""
    words = vocabulary()["visible"]
    for name, profile in sample.profiles.items():
        said = sample.short(name)
        public, internal = rank(said, words["public"]), rank(said, words["internal"])
        if profile is direction or (public is None and internal is None) or not is_flag(profile):
            continue
        yes = yes_values(profile)
        no = [v for v in sorted(profile.values.dropna().unique()) if v not in yes]
        shown, hidden = (yes, no) if internal is None else (no, yes)
        if shown and hidden:
            remarks.append(f"{name!r}: only what the buyer could read is a message; internal comments are left out")
            sample.used.add(name)
            return {"when": {name: shown}} if profile.filled == 1 else {"unless": {name: hidden}}
    return {}


def _only_written(sample: Sample, direction: Profile | None, remarks: list[str]) -> Draft:
    """Where a file of activities holds mails among calls and notes: take the mails."""
    kind = sample.best("events", "kind", set(sample.profiles) - ({direction.name} if direction else set()))
    if kind is None or not 2 <= kind.distinct <= SOME or is_flag(kind):
        return {}
    values = sorted(kind.values.dropna().unique())
    written = [v for v in values if mentions(v, vocabulary()["written"]) and meaning(v, "kinds") is None]
    others = [v for v in values if v not in written]
    if not written or not others:
        return {}
    if direction is not None:
        # Of calls a direction may be told too; of whatever else has one it tells who wrote.
        told = direction.values.notna().groupby(kind.values).mean()
        notes = vocabulary()["own_notes"]
        others = [v for v in others if told[v] < WRITTEN or meaning(v, "kinds") or mentions(v, notes)]
        written = [v for v in values if v not in others]
    elif not any(meaning(v, "kinds") for v in others):
        return {}
    if not others:
        return {}
    sample.used.add(kind.name)
    remarks.append(f"{kind.name!r}: only {written[:10]} are messages; {others[:10]} are not. Is that so?")
    return {kind.name: written}


def _says_sent(found: Profile | None) -> bool:
    return found is not None and (rank(found.name, vocabulary()["messages"]["sent_at"]) or (9,))[0] == 0


def _found(sample: Sample, column: str, free: set[str]) -> Profile | None:
    if column == "text":
        return text_of(sample, free)
    return sample.best("messages", column, free) or (sent_at(sample) if column == "sent_at" else None)


def text_of(sample: Sample, free: set[str]) -> Profile | None:
    """The text: by its name, else the longest; one that may be the own team's notes comes last."""
    notes = {n for n in free if mentions(sample.short(n), vocabulary()["own_notes"])}
    named = {n for n in free if mentions(n, ("latest", "last", "recent")) is None}
    found = sample.best("messages", "text", named - notes) or sample.best("messages", "text", named)
    if found is not None:
        return found
    long = [p for p in sample.profiles.values() if p.kind == "text" and p.name in free and _may_be_first(p.name)]
    return max(long, key=lambda p: (p.name not in notes, p.values.str.len().mean()), default=None)


def _may_be_first(name: str) -> bool:
    """Whether nothing in a name says that its text was written later."""
    known = vocabulary()
    return not any(mentions(name, w) for w in (*known["leaks"].values(), *known["more_leaks"].values()))


def own_note(sample: Sample, columns: Draft) -> list[str]:
    """A remark on texts that the sales team may have written, and later."""
    name = columns.get("text")
    if name is None or sample.nested:
        return []
    told = rank(name, vocabulary()["messages"]["text"]) is not None or "constant" not in columns.get("direction", {})
    if told and mentions(name, vocabulary()["own_notes"]) is None:
        return []
    return [f"{name!r}: is it what the buyer wrote when the inquiry came in? Notes of your own team would be leaks"]
