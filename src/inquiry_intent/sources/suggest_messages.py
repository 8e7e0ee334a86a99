"""The part of a suggested mapping that says who wrote what, and when."""

import re
from typing import TYPE_CHECKING, Any

import pandas as pd

from inquiry_intent.sources.building import selected_rows
from inquiry_intent.sources.meanings import is_flag, meaning, meanings, yes_values
from inquiry_intent.sources.naming import mentions, plain, rank, vocabulary
from inquiry_intent.sources.profiles import Profile
from inquiry_intent.sources.samples import FEW, SLIPS, SOME, Sample, fits, threaded
from inquiry_intent.sources.schema import Rule, TableRule
from inquiry_intent.sources.suggest_decisions import undone
from inquiry_intent.sources.suggest_notes import asked_beside
from inquiry_intent.sources.suggest_rules import Draft, columns_of, time_rule
from inquiry_intent.sources.suggest_sides import direct, direction_column, often_speaking, own_words, tells_sides
from inquiry_intent.sources.values import map_values
from inquiry_intent.sources.writing import flow

if TYPE_CHECKING:
    from inquiry_intent.sources.suggest import Suggestion

#: Share of the rows with a direction that kinds of messages have, and others have not.
WRITTEN = 0.5
#: More texts than this that are the subject again: the column is another name of the record, none of its words.
COPIED = 0.9
#: Share of the rows without a sender that say what another has said, where a program wrote them.
NOTICES = 0.5
#: Share of the texts of inquiries with a date after them: more than buyers name.
LATER_DATES = 0.2
#: A day and month of two digits each, which sizes and prices seldom are, with or without a year.
DATED = r"(?<![\d./-])(?P<day>[0-3]\d)[./-](?P<month>[01]\d)(?:[./-](?P<year>(?:20)?\d\d))?(?![\d-])"
#: Dates written from the year down, and Chinese ones with or without it.
YEAR_FIRST = re.compile(r"(?:(?P<year>20\d\d)[-./年])(?P<month>\d{1,2})[-./月](?P<day>\d{1,2})(?!\d)")
MONTH_FIRST = re.compile(r"(?<![\d年])(?P<month>\d{1,2})月(?P<day>\d{1,2})(?=[日号])")
SENDER = ("sender_name", "sender_title", "sender_email", "sender_phone", "attachment_count")


def holds_messages(sample: Sample) -> bool:
    """Whether the rows of a file beside the inquiries are messages: they can be, and the own team noted them not."""
    return may_hold_messages(sample) and noted(sample) is None


def may_hold_messages(sample: Sample) -> bool:
    """Whether the rows of a file beside the inquiries can be messages: there is a text and a time.

    One of them must be told by more than its values; where a column tells who wrote, any time will do.
    """
    text = _text(sample, set(sample.profiles))
    if text is None or sent_at(sample) is None or _remarks_on_decision(sample, text):
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


def _lists_activities(sample: Sample) -> bool:
    """Whether rows are activities or messages, by the title or by their kinds."""
    words, kind = vocabulary(), sample.best("events", "kind")
    titled = mentions(sample.title, words["tasks"]) is not None or "messages" in sample.hints()
    return titled or (kind is not None and any(mentions(v, words["written"]) for v in kind.values.dropna().unique()))


def noted(sample: Sample) -> Profile | None:
    """The text of a file of notes that the own team took, by its title or the text's name; None: it may hold messages.

    Where anything tells who wrote, or mails from calls, or names speak of buyers, their words may be among them. Names
    that buyers' texts have as often, as comments and remarks do, tell nothing.
    """
    words = vocabulary()
    text = _text(sample, set(sample.profiles))
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
    kind = sample.best("events", "kind")
    by_buyers = (
        # What a file of notes names beside them is whom they are about: customer follow-ups, a contact's name.
        mentions(named, words["by_buyers"]) is not None,
        not of_notes and mentions(sample.title, words["by_buyers"]) is not None,
        not of_notes and any(sender is not None and sender.distinct > 1 for sender in senders),
        kind is not None and any(mentions(v, words["written"]) for v in kind.values.dropna().unique()),
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
    remarks = _own_note(sample, columns)
    told: list[str] = []
    public = _only_public(sample, direction, told)
    if written := _only_written(sample, direction, told):
        public["when"] = public.get("when", {}) | written
    if notes := _no_notes(sample, [direction, *(sample.profiles[name] for name in written)], told):
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


def _only_public(sample: Sample, direction: Profile | None, remarks: list[str]) -> Draft:
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
        return _text(sample, free)
    return sample.best("messages", column, free) or (sent_at(sample) if column == "sent_at" else None)


def _text(sample: Sample, free: set[str]) -> Profile | None:
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


def messages_of(draft: "Suggestion", main: Sample) -> None:
    """Messages that the inquiries' own file holds: a nested thread, a text column, a time of reply."""
    nested = main.thread()
    if nested is not None and "messages" not in draft.tables:
        _nested_messages(draft, nested)
        main.used.add(str(nested.nested))
        return
    inquiries = draft.tables["inquiries"][0]
    received = inquiries["columns"].get("received_at")
    if "messages" not in draft.tables:
        if inquiries.get("one_per_key") and received and _lists_messages(main, inquiries["columns"]["inquiry_id"]):
            messages_file(draft, main, inquiries["columns"]["inquiry_id"], received)
            return
        rule = first_text(draft, main, inquiries["columns"]["inquiry_id"], received)
        if rule is not None:
            draft.tables["messages"] = [rule]
    else:
        _opening_text(draft, main, inquiries["columns"]["inquiry_id"], received)
    if received and all(rule["from"] == main.key for rule in draft.tables.get("messages", [])):
        _reply_time(draft, main, received)


def written_by(draft: "Suggestion", main: Sample) -> pd.Series | None:
    """Who wrote each row of the inquiries' own file, inbound or outbound; None: that is not told."""
    rules = [r for r in draft.tables.get("messages", []) if r["from"] == main.key and "unnest" not in r]
    side = rules[0]["columns"]["direction"] if rules else {}
    if "column" not in side:
        return None
    return map_values(main.profiles[side["column"]].values, Rule(**side), ("inbound", "outbound"))[0]


def _texts_by_key(sample: Sample, key: str, text: Profile) -> pd.DataFrame:
    return pd.DataFrame({"key": sample.profiles[key].values, "text": text.values}).dropna()


def _lists_messages(sample: Sample, key: str) -> bool:
    """Whether rows of one key are the messages of a thread."""
    text = _text(sample, set(sample.profiles))
    return text is not None and threaded(sample.profiles[key], text)


def first_text(draft: "Suggestion", main: Sample, key: Any, received: Any) -> Draft | None:
    """A text column beside the inquiry, or its lead: what the buyer wrote first; None: there is none.

    Parameters
    ----------
    key, received : str or dict
        How the inquiry's id and time are read in that file.
    """
    free = set(main.profiles) - main.used
    text, beside = _opening(main, free)
    subject = main.profiles.get(str(draft.tables["inquiries"][0]["columns"].get("subject")))
    if text is None or (subject is not None and (text.values == subject.values).mean() > COPIED):
        return None
    copied = isinstance(key, str) and bool(_texts_by_key(main, key, text).duplicated().any())
    columns: Draft = {"message_id": {"hash": [key, text.name]}} if copied else {}
    columns |= {"sent_at": received} if received else {}
    columns |= {"direction": {"constant": "inbound"}, "text": text.name}
    for column in SENDER:
        found = main.best("messages", column, free - set(map(str, columns.values())))
        if found is not None:
            columns[column] = found.name
    draft.note_used(main, columns)
    rule: Draft = {"from": main.key, "columns": columns, "remarks": []}
    rule["remarks"] += [*(beside or _own_note(main, columns)), *_later_dates(text, main, received)]
    if text.filled < 1:
        rule["when_present"] = [text.name]
    if copied:
        rule["one_per_key"] = True
        rule["remarks"].append(f"{key!r} repeats with the same {text.name!r}: it counts once")
    direction = direction_column(main, set())
    sides = f"{direction.name!r}" if direction is not None and tells_sides(direction) else ""
    rows = pd.Series(range(len(text.values)), index=text.values.index)
    if sides or (often := often_speaking(main, columns.get("sender_name"), rows)):
        who = f"{sides} tells it" if sides else f"{often} of {columns['sender_name']!r} may be on your side"
        rule["remarks"].append(
            f"WHO WROTE IS NOT TOLD HERE: each row counts as an inquiry and its text as the buyer's, but {who}. If "
            "rows are messages of threads, map inquiry_id from the thread's id, with one_per_key: true"
        )
    return rule


def _opening(main: Sample, free: set[str]) -> tuple[Profile | None, list[str]]:
    """What the buyer wrote first, which is rather another text than one that the own team may have noted; remarks."""
    text = _text(main, free)
    noted = text is not None and mentions(main.short(text.name), vocabulary()["own_notes"])
    return asked_beside(main, text, free) if text is not None and noted else (text, [])


def _opening_text(draft: "Suggestion", main: Sample, key: Any, received: Any) -> None:
    """Beside a file of messages: what the buyer wrote first, as a form holds it, where it is none of these already."""
    text, _ = _opening(main, set(main.profiles) - main.used)
    if text is None or not isinstance(key, str):
        return
    opening, said = _texts_by_key(main, key, text), _said(draft, main)
    told = opening[opening["key"].isin(said.index)]
    squeezed = (" ".join(words.split()) for words in told["text"])
    copied = sum(words in said[one] for one, words in zip(told["key"], squeezed, strict=True))
    if copied > SLIPS * len(opening) and copied >= (1 - SLIPS) * len(told):
        return
    used = set(main.used)
    rule = first_text(draft, main, key, received)
    if rule is None:
        return
    name, words = text.name, vocabulary()
    named = rank(name, words["messages"]["text"]) is not None and mentions(name, words["own_notes"]) is None
    if named and received and copied <= SLIPS * len(opening):
        rule["remarks"].append(f"{name!r} is taken as the buyer's first message, as no file of messages has it")
        draft.tables["messages"].append(rule)
        return
    main.used.clear()
    main.used |= used
    line = flow({part: what for part, what in rule.items() if part != "remarks"})
    among = f"{copied} of {len(opening)} are among the messages" if copied else "it is not among the messages"
    draft.tables["inquiries"][0]["remarks"].append(
        f"{name!r} IS NOT READ AS A MESSAGE; {among}. If it is what the buyer wrote first, a second rule of messages "
        f"would read it: {line}"
    )


def _said(draft: "Suggestion", main: Sample) -> "pd.Series[str]":
    """All that the drafted messages of other files say, by the inquiry's id."""
    found = []
    for rule in draft.tables["messages"]:
        sample = next(sample for sample in draft.samples if sample.key == rule["from"])
        text, link = columns_of(rule["columns"].get("text", [])), rule["columns"].get("inquiry_id")
        if sample is not main and link in sample.profiles:
            found += [_texts_by_key(sample, link, sample.profiles[name]) for name in text]
    told = pd.concat(found) if found else pd.DataFrame({"key": [], "text": []}, dtype="str")
    squeezed = told["text"].str.split().str.join(" ")
    return squeezed.groupby(told["key"]).agg("\n".join)


def _own_note(sample: Sample, columns: Draft) -> list[str]:
    """A remark on texts that the sales team may have written, and later."""
    name = columns.get("text")
    if name is None or sample.nested:
        return []
    told = rank(name, vocabulary()["messages"]["text"]) is not None or "constant" not in columns.get("direction", {})
    if told and mentions(name, vocabulary()["own_notes"]) is None:
        return []
    return [f"{name!r}: is it what the buyer wrote when the inquiry came in? Notes of your own team would be leaks"]


def _later_dates(text: Profile, main: Sample, received: Any) -> list[str]:
    """A remark on texts that hold dates after the inquiry, as a log of what was done does."""
    name = received if isinstance(received, str) else (received or {}).get("column")
    if name not in main.profiles:
        return []
    came = main.profiles[name].times().dt.tz_localize(None).dt.floor("D")
    told = text.values.str.replace(
        YEAR_FIRST, lambda m: f" {int(m['day']):02}.{int(m['month']):02}.{m['year']} ", regex=True
    )
    told = told.str.replace(MONTH_FIRST, lambda m: f" {int(m['day']):02}.{int(m['month']):02} ", regex=True)
    found = told.str.extractall(DATED).join(came.rename("came")).dropna(subset=["came"])
    year = pd.to_numeric(found["year"]).fillna(found["came"].dt.year)
    parts = pd.DataFrame({"year": year.where(year > 99, year + 2000)})
    parts["month"], parts["day"] = pd.to_numeric(found["month"]), pd.to_numeric(found["day"])
    days = pd.to_datetime(parts, errors="coerce")
    passed = found["year"].isna() & (days < found["came"] - pd.Timedelta(days=183))  # of the next year, in January
    days = days.mask(passed, days + pd.DateOffset(years=1))
    ahead = days - found["came"]
    later = ((ahead > pd.Timedelta(0)) & (ahead < pd.Timedelta(days=365))).groupby(level=0).any()
    share = later.sum() / max(int(text.values.notna().sum()), 1)
    if share < LATER_DATES:
        return []
    return [
        f"{text.name!r}: {share:.0%} OF THESE TEXTS HOLD A DATE AFTER THE INQUIRY. What your team noted later is no "
        "message of the buyer and gives the outcome away: take this rule out unless the buyer wrote these dates"
    ]


def _reply_text(main: Sample) -> str | None:
    """The text of our first answer beside the inquiry."""
    words = vocabulary()["reply_texts"]
    told = (n for n, p in main.profiles.items() if (rank(n, words) or (9,))[0] <= 1 and fits(p, "messages", "text"))
    return next((name for name in told if name not in main.used), None)


def _reply_time(draft: "Suggestion", main: Sample, received: Any) -> None:
    """The time of our first answer beside the inquiry: a message, with its text if that stands there too."""
    words = vocabulary()["replies"]
    reply = next((p for p in main.profiles.values() if p.kind == "time" and rank(p.name, words)), None)
    if reply is None:
        return
    columns: Draft = {"sent_at": received, "direction": {"constant": "inbound"}}
    inquiry: Draft = {"from": main.key, "columns": columns, "remarks": ["the inquiry itself"]}
    columns = {"sent_at": time_rule(reply), "direction": {"constant": "outbound"}}
    if (text := _reply_text(main)) is not None:
        columns["text"] = text
    draft.note_used(main, columns)
    answer: Draft = {"from": main.key, "when_present": [reply.name], "columns": columns, "remarks": ["our reply"]}
    draft.tables["messages"] = [*draft.tables.get("messages", [inquiry]), answer]


def _nested_messages(draft: "Suggestion", inner: Sample) -> None:
    columns: Draft = {}
    direction = direction_column(inner, set())
    for column in vocabulary()["messages"]:
        free = set(inner.profiles) - set(map(str, columns.values())) - ({direction.name} if direction else set())
        found = inner.best("messages", column, free)
        if found is not None and column not in ("message_id", "direction"):
            columns[column] = found.name
    if "sent_at" in columns:
        at = inner.profiles[columns["sent_at"]]
        columns["sent_at"] = time_rule(at)
        draft.zone |= at.naive
    elif not draft.timeless:
        columns["sent_at"] = draft.tables["inquiries"][0]["columns"]["received_at"]
    key = draft.tables["inquiries"][0]["columns"]["inquiry_id"]
    remarks = direct(inner, columns, direction, inner.rows.frame[key] if isinstance(key, str) else None)
    rule: Draft = {"from": inner.key, "unnest": inner.nested, "columns": columns, "remarks": remarks}
    rule |= _once(draft, inner, columns, remarks)
    kind = next(
        (p for p in inner.profiles.values() if 1 < p.distinct <= FEW and "message" in set(p.values.dropna().unique())),
        None,
    )
    public = _only_public(inner, direction, remarks)
    if kind is not None:
        public["when"] = {kind.name: "message"} | public.get("when", {})
    draft.tables.setdefault("messages", []).append(rule | public)


def _once(draft: "Suggestion", inner: Sample, columns: Draft, remarks: list[str]) -> Draft:
    """Have each message once, by its own id or by what it says, also where its inquiry's record stands twice.

    `columns` gets the id: the item's own, where it is one message's within its inquiry.
    """
    inquiries = draft.tables["inquiries"][0]
    key, repeated = inquiries["columns"]["inquiry_id"], inquiries.get("one_per_key", False)
    if columns["sent_at"] == inquiries["columns"]["received_at"]:
        return {}  # ids would order messages of one moment otherwise than they stand in the list
    told = [columns.get(c) for c in ("sent_at", "direction", "text")]
    said = [_column_read(c) for c in told if isinstance(c, str) or (c and "column" in c)]
    free = set(inner.profiles) - set(map(str, columns.values()))
    own = inner.best("messages", "message_id", free) or inner.profiles.get(f"{inner.nested}.id")
    found: Draft = {"message_id": {"hash": [key, *said]}} if repeated else {}
    if own is not None and own.filled == 1 and isinstance(key, str):
        different = inner.rows.frame[[key, own.name, *said]].drop_duplicates()
        if not different[own.name].duplicated().any():
            found = {"message_id": own.name}
        elif not different.duplicated([key, own.name]).any():
            found = {"message_id": {"concat": [key, own.name], "separator": "/"}}
    if repeated:
        remarks.append(f"{key!r} repeats with its messages: what stands there again is left out and counted")
    later = dict(columns)
    columns.clear()
    columns |= found | later
    return {"one_per_key": True} if repeated else {}


def _column_read(rule: Any) -> str:
    return rule if isinstance(rule, str) else str(rule["column"])
