"""Inquiries whose rows are the mails of threads: which rows can be an inquiry, for both sides write, and robots too."""

from dataclasses import replace

import pandas as pd

from inquiry_intent.errors import counted
from inquiry_intent.sources.building import build_part
from inquiry_intent.sources.parts import Part, aside_of, only
from inquiry_intent.sources.rows import Rows
from inquiry_intent.sources.schema import InquiryRule, Mapping, TableRule
from inquiry_intent.tables import TIME

#: What is read of a message to tell whether an inquiry begins with it.
TOLD = {"direction": "str", "sender_email": "str", "sent_at": TIME}
#: Addresses that return what could not be delivered, and those that write to everybody.
BOUNCES = r"^(?:mailer-daemon|postmaster|bounces?(?:[+_.-][^@]*)?)@"
NEWSLETTERS = r"^(?:(?:e-?)?news(?:letters?)?|mailing|marketing)(?:[+_.-][^@]*)?@"
#: Forms of a site write from such addresses as well as those who want no answer.
NO_REPLY = r"^(?:no|do-?not|ne-?pas)[._-]?(?:reply|repondre)[^@]*@"


def begun_by_buyers(mapping: Mapping, rule: InquiryRule, part: Part) -> Part:
    """The rows that buyers wrote, where the rows of inquiries are messages of both sides; else all.

    An inquiry begins with the buyer's first mail: one of ours before it is an offer to a stranger. What only our side
    or a robot wrote is no inquiry.
    """
    told = _who_wrote(mapping, rule, part.rows)
    if told is None:
        return part
    ids = part.values["inquiry_id"]
    ours = told["direction"].eq("outbound")
    sender = told["sender_email"].str.lower()
    bounce, newsletter = (
        sender.str.contains(robot).fillna(False).astype("bool") & ~ours for robot in (BOUNCES, NEWSLETTERS)
    )
    buyers = ~(ours | bounce | newsletter)
    asked = ids.isin(ids[buyers])
    lone = ~asked & ids.notna()
    notes = [
        f"inquiries: {counted(count, 'thread')} left out, for {why}"
        for why, count in {
            "only your side wrote": ids[lone & ours].nunique(),
            "only mail systems wrote that something was not delivered": _threads(ids[lone], bounce[lone], ours[lone]),
            "only newsletters came": _threads(ids[lone], newsletter[lone], (ours | bounce)[lone]),
        }.items()
        if count
    ]
    order = part.values["received_at"] if "received_at" in part.values else told["sent_at"]
    first = order.mask(part.faults.mask(ids.index)).groupby(ids).transform("min")
    opened = pd.Index(ids[asked & ours & (order == first)].unique())
    if len(opened):
        notes.append(
            f"inquiries: in {counted(len(opened), 'thread')} a message of yours comes first; the inquiry begins with "
            "the buyer's first, and yours before it are left out"
        )
    no_reply = ids[buyers & sender.str.contains(NO_REPLY).fillna(False).astype("bool")].nunique()
    if no_reply:
        notes.append(
            f"WARNING: inquiries: {counted(no_reply, 'thread')} with mails from a no-reply address: did a form send "
            "them for a buyer, or are they no inquiries? Leave the latter out with 'unless'"
        )
    kept = only(part, buyers | ids.isna())
    aside = pd.concat([part.aside, aside_of(part.values[lone])], ignore_index=True)
    return replace(kept, notes=[*part.notes, *notes], aside=aside, opened=opened)


def _threads(ids: pd.Series, wrote: pd.Series, others: pd.Series) -> int:
    """The threads in which some wrote, and none of the others."""
    return int(ids[wrote & ~ids.isin(ids[others])].nunique())


def _who_wrote(mapping: Mapping, rule: InquiryRule, rows: Rows) -> pd.DataFrame | None:
    """direction, sender_email and sent_at (NaN: not known) of rows that are messages too; None: there is none."""
    if not rule.one_per_key or rule.unnest is not None:
        return None
    for other in mapping.messages:
        columns = {name: rule for name, rule in other.columns.items() if name in TOLD}
        direction = columns.get("direction")
        if other.from_ != rule.from_ or other.unnest is not None or direction is None or direction.constant is not None:
            continue
        reduced = TableRule.model_validate({"from": other.from_, "columns": columns})
        if set(reduced.used) <= set(rows.frame):
            told = build_part(mapping.model_copy(update={"messages": [reduced]}), "messages", "messages", reduced, rows)
            return told.values.reindex(columns=list(TOLD)).astype(TOLD)
    return None
