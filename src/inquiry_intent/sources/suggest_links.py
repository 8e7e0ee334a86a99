"""The part of a suggested mapping that says how files are linked to the inquiries, and what they look up."""

from typing import TYPE_CHECKING

import pandas as pd

from inquiry_intent.sources.naming import names_code
from inquiry_intent.sources.profiles import Profile
from inquiry_intent.sources.samples import MANY, SAMPLE_ROWS, SLIPS, Sample
from inquiry_intent.sources.suggest_decisions import named_stage
from inquiry_intent.sources.suggest_messages import holds_messages, taken
from inquiry_intent.sources.suggest_orders import holds_orders, lists_orders
from inquiry_intent.sources.suggest_rules import first_column
from inquiry_intent.sources.writing import flow

if TYPE_CHECKING:
    from inquiry_intent.sources.suggest import Suggestion

#: Share of keys that another file must know to be one to look up in.
LOOKED_UP = 0.8
#: Digits of phone numbers with a country's code.
PHONE_DIGITS = (8, 15)
#: Share of rows that must name an inquiry by its subject, where no column holds its id.
NAMED = 0.5


def named_link(draft: "Suggestion", sample: Sample, main: Sample) -> str | None:
    """The column of ids that a lookup gives a file whose rows name the inquiry by its subject, as a CRM's mails.

    It is added to the file's columns. None: they name it not, or by a subject that several have, as a remark says.
    """
    inquiries = draft.tables["inquiries"][0]["columns"]
    key, subject = (main.profiles.get(first_column(inquiries.get(c, {})) or "") for c in ("inquiry_id", "subject"))
    if key is None or subject is None or key is subject or main.parts or sample.parts:  # a lookup reads one sheet
        return None
    name = sample.link_to(set(subject.values.dropna()))
    if name is None or sample.profiles[name].values.dropna().isin(subject.values).mean() < NAMED:
        return None
    if subject.repeating > 0:
        draft.remarks.append(
            f"LINKED BY A NAME THAT REPEATS: {name!r} of {sample.place} holds {subject.name!r} of {main.place}, "
            "which several inquiries share. Export the inquiry's id beside it"
        )
        return None
    link = f"{main.key}.{key.name}"
    ids = sample.profiles[name].values.map(dict(zip(subject.values, key.values, strict=True)))
    sample.profiles[link] = Profile(link, "key", ids, float(ids.notna().mean()))
    sample.used |= {name, link}
    draft.named[sample.key, link] = {"file": main.key, "on": {name: subject.name}}
    draft.remarks.append(f"{name!r} of {sample.place} names the inquiry by its {subject.name!r}: looked up by that")
    return link


def look_names_up(draft: "Suggestion") -> None:
    """Have each rule that reads ids found by name look them up."""
    for rule in (rule for name in ("messages", "events", "outcomes") for rule in draft.tables.get(name, [])):
        lookup = draft.named.get((rule["from"], rule["columns"].get("inquiry_id", "")))
        if lookup is not None:
            rule["lookup"] = [*rule.get("lookup", []), lookup]
            sample = next(sample for sample in draft.samples if sample.key == rule["from"])
            link = rule["columns"]["inquiry_id"]
            if strange := int(sample.profiles[link].values[taken(rule, sample)].isna().sum()):
                rule["when_present"] = [*rule.get("when_present", []), link]
                rule["remarks"].append(f"{strange} ROWS name no inquiry of {lookup['file']!r} and are left out")
    for sample in draft.samples:  # what is no column of the file is forbidden nowhere
        for _, link in (found for found in draft.named if found[0] == sample.key):
            del sample.profiles[link]


def note_strangers(draft: "Suggestion", sample: Sample, link: str, ids: set[str], main: Sample) -> None:
    """Say what share of another file's ids the inquiries lack; where they are read whole."""
    known = set(sample.profiles[link].values.dropna())
    strange = len(known - ids) / max(len(known), 1)
    if strange <= SLIPS or len(main.rows.frame) >= SAMPLE_ROWS:
        return
    what = "THREADS" if holds_messages(sample) else f"IDS ({link!r})"
    draft.tables["inquiries"][0]["remarks"].append(
        f"{strange:.0%} OF THE {what} IN {sample.place} HAVE NO ROW HERE and are lost: "
        "is this the file of all inquiries, or only of those that were decided?"
    )


def unlinked_file(draft: "Suggestion", sample: Sample, main: Sample) -> None:
    """Say how a file that describes something else than inquiries could be used; names of their stages are."""
    if not draft.stages and (found := named_stage(main, sample)) is not None:
        named, place = found
        main.profiles[named.name] = named
        main.used |= set(place["on"])  # no attribute, and not forbidden: the lookup reads it
        draft.stages = {named.name: place}
        return
    if holds_orders(sample) or lists_orders(sample):  # as attributes they would tell the outcome
        draft.order_lists.append(sample)
        return
    for left in main.profiles.values():
        for right in sample.profiles.values():
            if "list" in (left.kind, right.kind) or right.values.dropna().duplicated().any() or right.distinct < 2:
                continue
            told = left.kind in ("category", "key") or names_code(left.name)
            if told and left.values.dropna().isin(right.values).mean() > LOOKED_UP:
                lookup = flow([{"file": sample.key, "on": {left.name: right.name}}])
                draft.remarks.append(
                    f"not used: {sample.place}; to read its columns as attributes ('{sample.key}.COLUMN') "
                    f"add it to files and give inquiries this line: lookup: {lookup}"
                )
                return
    draft.remarks.append(f"not used: {sample.place}; no column of it holds ids of inquiries{_shared(sample, main)}")


def _shared(sample: Sample, main: Sample) -> str:
    """Of messages: which of their columns holds values of which of the inquiries, so that it may be the thread's."""
    if not holds_messages(sample):
        return ""
    for theirs in sample.profiles.values():
        for ours in main.profiles.values():
            few = min(theirs.distinct, ours.distinct) <= MANY // 10
            if few or not {theirs.kind, ours.kind} <= {"key", "category", "number"}:
                continue
            if "number" not in (theirs.kind, ours.kind) and theirs.values.dropna().isin(ours.values).mean() > NAMED:
                return (
                    f". LINKED: {theirs.name!r} holds values of {ours.name!r}: if these are threads, let their file be "
                    f"the inquiries, with inquiry_id: {theirs.name}"
                )
            if _phones(theirs).isin(_phones(ours)).mean() > NAMED:
                return (
                    f". LINKED BY PHONE: {theirs.name!r} there and {ours.name!r} of {main.place} are the same numbers "
                    "written in two ways: write them alike in the export, then draft again"
                )
    return ""


def _phones(profile: Profile) -> pd.Series:
    """The digits of phone numbers, also where a chat program puts its own name behind them; of other values none."""
    written = profile.values.dropna().str.removeprefix("00").str.replace(r"@[\w.]+$", "", regex=True)
    digits = written[written.str.fullmatch(r"[+\d][\d\s().-]+")].str.replace(r"\D", "", regex=True)
    return digits[digits.str.len().between(*PHONE_DIGITS)]


def look_stages_up(draft: "Suggestion", main: Sample) -> None:
    """Have the outcomes read the names of stages from the file that holds them, if they are told by these."""
    for name, lookup in draft.stages.items():
        (stage,) = lookup["on"]
        for rule in draft.tables.get("outcomes", []):
            if rule["from"] == main.key and rule["columns"]["status"].get("column") == name:
                rule["lookup"] = [lookup]
                rule["remarks"].append(f"status: what {stage!r} means stands in {lookup['file']!r}")
                return
        del main.profiles[name]
        main.used.discard(stage)
        draft.remarks.append(f"not used: {lookup['file']!r}; it names what {stage!r} of {main.place} means")


def joins(ids: Profile, sample: Sample) -> tuple[str, str] | None:
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
