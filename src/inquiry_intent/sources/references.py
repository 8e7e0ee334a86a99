"""What the tables of an export say of each other: keys, orders, outcomes, references to inquiries and clients."""

from collections.abc import Sequence

import pandas as pd

from inquiry_intent.errors import counted, shown
from inquiry_intent.moments import end_of, time_of
from inquiry_intent.sources.drafts import Draft
from inquiry_intent.sources.faults import OTHER, SAME, Reasons
from inquiry_intent.sources.orders import LEFT_OUT, NO_CLIENT, inquiry_of, replaced, summed, told_of
from inquiry_intent.sources.parts import aside_of
from inquiry_intent.sources.schema import Mapping, TableRule
from inquiry_intent.sources.values import naming_several
from inquiry_intent.tables import KEYS

#: More orders than this share without a client are no slips: their export has merged cells.
NAMELESS = 0.05


def before_buyers(messages: Draft, inquiries: Draft) -> pd.Series:
    """The messages of ours in threads that we opened: not all lie before the inquiry, but none begins it."""
    opened = pd.Index([id_ for part in inquiries.parts for id_ in part.opened], dtype="str")
    if not len(opened) or messages.values.empty:
        return pd.Series(False, index=messages.values.index)
    return messages.values["direction"].eq("outbound") & messages.values["inquiry_id"].isin(opened)


def _among(ids: pd.Series, known: pd.Index) -> pd.Series:
    """Where an id is one of the known ones, which are all different."""
    found = known.get_indexer(pd.Index(ids))
    return pd.Series(found, index=ids.index) >= 0


def check_keys(draft: Draft) -> None:
    """Quarantine the second and later rows of a key."""
    key = KEYS[draft.name]
    if not key or draft.values.empty:
        return
    good = draft.values[draft.good]
    repeated = good.duplicated(key)
    if not repeated.any():
        return
    first = good.drop_duplicates(key).reset_index(names="first")[[*key, "first"]]
    firsts = good[repeated].merge(first, on=key, how="left", validate="many_to_one")["first"]
    origin = draft.origin.iloc[firsts]
    here = draft.origin.iloc[good.index[repeated]]
    apart = int((origin["file"].to_numpy() != here["file"].to_numpy()).sum())
    if apart and len(draft.parts) > 1:
        draft.parts[0].notes.append(
            f"WARNING: {draft.name}: {counted(apart, 'row')} of a key that another file or sheet has too, quarantined; "
            "if they are one record, give all rules of the table the same 'one_per_key', else each its 'prefix'"
        )
    same = good.duplicated()[repeated]
    for position, file, row in zip(good.index[repeated], origin["file"], origin["row"], strict=True):
        what = f"{' and '.join(key)} {shown(draft.values.at[position, key[0]])}"
        values = SAME if same[position] else OTHER
        draft.faults.reasons[position] = [f"{what} {values}; kept is the first, in row {row} of {file}"]


def take_orders(outcomes: Draft, inquiries: Draft) -> None:
    """Give orders that name only their client the inquiry they fall to; one outcome for each, the first order."""
    if not any(part.by_client for part in outcomes.parts):
        return
    # Inquiries quarantined or left out too: an order of one must not decide an older one.
    asked = pd.concat([aside_of(inquiries.values), inquiries.aside], ignore_index=True)
    found, start = [], 0
    for part in outcomes.parts:
        here = outcomes.values.iloc[start : start + len(part.values)]
        if part.by_client is not None:
            found.append(inquiry_of(here, asked, part.precisions["decided_at"], part.by_client))
        start += len(part.values)
    ids, why = pd.concat([ids for ids, _ in found]), pd.concat([reasons for _, reasons in found])
    aside = ids.isin(inquiries.aside["inquiry_id"].dropna())
    outcomes.values["inquiry_id"], why = ids.mask(aside), why.mask(aside, LEFT_OUT)
    orders = outcomes.values[outcomes.good].sort_values("decided_at", kind="stable")
    raw = pd.concat([part.rows.frame for part in outcomes.parts], ignore_index=True)
    first, added, notes = summed(orders[orders["inquiry_id"].notna()], raw)
    outcomes.values = replaced(outcomes.values, first)
    outcomes.leave_out(pd.Series(~outcomes.values.index.isin(first.index), index=outcomes.values.index))
    outcomes.told = int(outcomes.left_out.sum())
    said = told_of(orders, len(first), len(added), why, outcomes.origin)
    outcomes.parts[0].notes += [said, *notes]
    nameless = int((orders["inquiry_id"].isna() & (why[orders.index] == NO_CLIENT)).sum())
    if nameless > NAMELESS * len(orders):
        names = sorted({name for part in outcomes.parts if part.by_client for name in part.by_client.client_id.used})
        outcomes.parts[0].notes.append(
            f"WARNING: outcomes: {nameless} of {counted(len(orders), 'order')} have no client in {names}, and their "
            "value is lost: where only the first line of an order names it, fill the cells below in the export; where "
            "another column of theirs names it too, as a mail domain, map by_client.client_id from that"
        )


def bad_outcomes(outcomes: Draft, inquiries: Draft) -> None:
    """Quarantine inquiries whose only outcome cannot be read: neither open nor decided, they teach and need nothing."""
    bad = outcomes.quarantine().dropna(subset="inquiry_id").drop_duplicates("inquiry_id")
    if bad.empty:
        return
    ids = inquiries.values["inquiry_id"]
    unread = ids.isin(bad["inquiry_id"]) & inquiries.good
    if len(outcomes.values):
        unread &= ~ids.isin(outcomes.values["inquiry_id"][outcomes.good])
    inquiries.faults.inherited |= set(ids.index[unread])
    first = dict(zip(bad["inquiry_id"], bad["reason"].str.partition(", expected")[0], strict=True))
    for at, inquiry in zip(ids.index[unread], ids[unread], strict=True):
        inquiries.faults.reasons[at] = [
            f"its outcome is quarantined ({first[inquiry]}): whether it is open is not known"
        ]


def check_references(draft: Draft, inquiries: Draft, time: str, most: float) -> None:
    """Quarantine rows of unknown or quarantined inquiries, and those that lie before their inquiry.

    An outcome keeps its status without such a date, unless more than the share `most` have one.
    """
    values = draft.values
    if values.empty:
        return
    known = inquiries.values[inquiries.good].drop_duplicates("inquiry_id").set_index("inquiry_id")
    stray = ~_among(values["inquiry_id"], known.index) & draft.good
    meant_out = pd.Index(inquiries.aside["inquiry_id"].dropna().unique())
    bad_ids = inquiries.values["inquiry_id"][inquiries.faults.mask(inquiries.values.index)].dropna()
    inherited = stray & _among(values["inquiry_id"], pd.Index(bad_ids.unique()))
    draft.leave_out(stray & ~inherited & _among(values["inquiry_id"], meant_out))
    draft.faults.inherited |= set(values.index[inherited])
    draft.faults.add(inherited, "its inquiry is quarantined")
    several = stray & draft.good & naming_several(values["inquiry_id"], known.index)
    draft.faults.add(
        several,
        Reasons("inquiry_id", values["inquiry_id"], "which names several inquiries; give each a row of its own"),
    )
    if several.any():
        draft.parts[0].notes.append(
            f"{draft.name}: {int(several.sum())} rows name several inquiries in one cell, such as "
            f"{shown(values.loc[several, 'inquiry_id'].iloc[0])}, and are quarantined; give each a row of its own"
        )
    unknown = stray & draft.good
    draft.faults.add(unknown, Reasons("inquiry_id", values["inquiry_id"], "which is not among the inquiries"))
    if time not in values or "received_at" not in known:
        return
    if draft.name == "outcomes":
        # A date beside an open status is a plan, not a decision.
        planned = (values["status"] == "open") & values[time].notna()
        values[time] = values[time].mask(planned)
        if planned.any():
            draft.parts[0].notes.append(f"outcomes: {int(planned.sum())} open with a {time}, which was dropped")
    received = time_of(values["inquiry_id"], known["received_at"])
    early = (values[time] < received) & draft.good
    # "On that day" may be after the inquiry of that day: the earliest moment it can be is the inquiry's.
    same = early & (end_of(values[time], draft.precision(time)) > received)
    values[time] = values[time].mask(same, received)
    early &= ~same
    what = "which is before its inquiry was received"
    if draft.name == "outcomes" and 0 < early.sum() <= most * len(values):
        first = draft.origin[early].iloc[0]
        draft.parts[0].notes.append(
            f"outcomes: {int(early.sum())} with a {time} {what} (the first: row {first['row']} of {first['file']}); "
            "the status is kept, without a date"
        )
        values[time] = values[time].mask(early)
        return
    if draft.name == "messages":
        draft.leave_out(early & before_buyers(draft, inquiries))
    draft.faults.add(early & draft.good, Reasons(time, values[time].astype("object"), what))


def check_clients(mapping: Mapping, clients: Draft, inquiries: Draft) -> None:
    if clients.values.empty:
        return
    _note_strange_clients(mapping, clients, inquiries)
    if any(rule.columns["known_at"].first_inquiry for rule in mapping.clients if "known_at" in rule.columns):
        good = inquiries.values[inquiries.good]
        first = time_of(clients.values["client_id"], good.groupby("client_id")["received_at"].min())
        clients.values["known_at"] = clients.values["known_at"].fillna(first) if "known_at" in clients.values else first
        clients.leave_out(clients.values["known_at"].isna())
    check_keys(clients)


def _note_strange_clients(mapping: Mapping, clients: Draft, inquiries: Draft) -> None:
    """Say where most clients are those of no inquiry: their ids are others, or mean something else."""
    ids = clients.values.loc[clients.good, "client_id"].dropna().drop_duplicates()
    asked = inquiries.values.loc[inquiries.good, "client_id"].dropna()
    met = int(ids.isin(asked).sum())
    if not len(ids) or not len(asked) or met * 2 >= len(ids):
        return

    def read(rules: Sequence[TableRule]) -> str:
        columns = [(rule.columns["client_id"].used, rule.from_) for rule in rules if "client_id" in rule.columns]
        return " and ".join(f"{used} of {file!r}" for used, file in columns)

    clients.parts[0].notes.append(
        f"{'' if met else 'WARNING: '}clients: {met:,} of {len(ids):,} are the client of an inquiry. Compared were "
        f"{read(mapping.clients)}, such as {shown(ids.iloc[0])}, with {read(mapping.inquiries)}, such as "
        f"{shown(asked.iloc[0])}; the facts of the others are not used"
    )
