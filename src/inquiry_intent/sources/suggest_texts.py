"""The part of a suggested mapping that reads what stands beside an inquiry: its first text, a thread, our reply."""

import re
from typing import TYPE_CHECKING, Any

import pandas as pd

from inquiry_intent.sources.naming import mentions, rank, vocabulary
from inquiry_intent.sources.profiles import Profile
from inquiry_intent.sources.samples import FEW, SLIPS, Sample, fits, threaded
from inquiry_intent.sources.schema import Rule
from inquiry_intent.sources.suggest_messages import messages_file, only_public, own_note, text_of
from inquiry_intent.sources.suggest_notes import asked_beside
from inquiry_intent.sources.suggest_rules import Draft, columns_of, time_rule
from inquiry_intent.sources.suggest_sides import besides_sides, direct, direction_column, often_speaking, tells_sides
from inquiry_intent.sources.values import map_values
from inquiry_intent.sources.writing import flow

if TYPE_CHECKING:
    from inquiry_intent.sources.suggest import Suggestion

#: More texts than this that are the subject again: the column is another name of the record, none of its words.
COPIED = 0.9
#: Share of the texts of inquiries with a date after them: more than buyers name.
LATER_DATES = 0.2
#: A day and month of two digits each, which sizes and prices seldom are, with or without a year.
DATED = r"(?<![\d./-])(?P<day>[0-3]\d)[./-](?P<month>[01]\d)(?:[./-](?P<year>(?:20)?\d\d))?(?![\d-])"
#: Dates written from the year down, and Chinese ones with or without it.
YEAR_FIRST = re.compile(r"(?:(?P<year>20\d\d)[-./年])(?P<month>\d{1,2})[-./月](?P<day>\d{1,2})(?!\d)")
MONTH_FIRST = re.compile(r"(?<![\d年])(?P<month>\d{1,2})月(?P<day>\d{1,2})(?=[日号])")
SENDER = ("sender_name", "sender_title", "sender_email", "sender_phone", "attachment_count")


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
    text = text_of(sample, set(sample.profiles))
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
    rule["remarks"] += [*(beside or own_note(main, columns)), *_later_dates(text, main, received)]
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
    text = text_of(main, free)
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
    unwritten = besides_sides(direction, remarks)
    kind = next(
        (p for p in inner.profiles.values() if 1 < p.distinct <= FEW and "message" in set(p.values.dropna().unique())),
        None,
    )
    public = only_public(inner, direction, remarks)
    if kind is not None:
        public["when"] = {kind.name: "message"} | public.get("when", {})
    if unwritten:
        public["unless"] = public.get("unless", {}) | unwritten
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
