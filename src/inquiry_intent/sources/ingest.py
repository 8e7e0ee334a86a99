"""An export and its mapping become tables; rows that cannot be taken become the quarantine, each with its reason."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from inquiry_intent.errors import counted, shown
from inquiry_intent.sources.building import (
    Faults,
    Part,
    Reasons,
    aside_of,
    build_part,
    nobody_aside,
    one_per_key,
    precision_of,
    put_together,
)
from inquiry_intent.sources.loading import load_rows, refuse
from inquiry_intent.sources.orders import LEFT_OUT, NO_CLIENT, inquiry_of, replaced, summed, told_of
from inquiry_intent.sources.rows import QUARANTINE, Rows, broken_rows
from inquiry_intent.sources.schema import InquiryRule, Mapping, TableRule
from inquiry_intent.sources.threads import begun_by_buyers
from inquiry_intent.sources.times import Precision, coarsest
from inquiry_intent.sources.values import naming_several
from inquiry_intent.tables import (
    COLUMNS,
    KEYS,
    NAMES,
    RECORDED,
    TEXT,
    TIME,
    Info,
    Tables,
    check_tables,
    conform,
    days_between,
    end_of,
    time_of,
)

#: The time of each table that may not lie before its inquiry.
TIMES = {"outcomes": "decided_at", "messages": "sent_at", "events": "occurred_at"}
SAMPLE_ROWS = 3
#: More orders than this share without a client are no slips: their export has merged cells.
NAMELESS = 0.05
#: Most values that a message names.
NAMED_VALUES = 8
NO_IDS = pd.Index([], dtype="str")
#: What differs between rows of the same fault: the values and places in their reasons.
QUOTED, PLACE = re.compile(r"'[^']*'"), re.compile(r"row \d+ of .*")
#: A value that could not be read, or that a closed list of codes does not hold, as `shown` writes it.
VALUE = r"^\w+ is ('[^']*'|\"[^\"]*\"), expected"
UNKNOWN = re.compile(f"{VALUE} one of")

#: What is said of the second row of a key.
SAME, OTHER = "stands twice, with the same values", "stands twice, with other values"

#: Times are no part of the history if at most this share of all lies so long after the last receipt, or so many pauses
#: as receipts make at times; of fewer times than these nothing can be said.
FAR_SHARE, AHEAD, PAUSES, PAUSE_QUANTILE, ENOUGH_TIMES = 0.005, pd.Timedelta(days=7), 2, 0.99, 50
#: Where work goes on after the last receipt, as in an export of last year's inquiries, only a gap of so long tells.
FAR = pd.Timedelta(days=60)
#: One slip may stand in several tables: so many times may lie beyond in any case.
FEWEST_FAR = 3


@dataclass(frozen=True)
class IngestResult:
    """What an export gave.

    Attributes
    ----------
    tables : Tables
        Checked against the contract. info.counts holds read = kept + quarantined for each table, and left_out: rows
        that the mapping does not mean (`when`, `unless`, …), which are not among those read.
    quarantine : DataFrame of shape (n_quarantined, 6)
        table, file, row, reason, record (the raw row as JSON), inquiry_id (NaN where it cannot be told).
    notes : list of str
        What a reader should know: guessed encodings, unknown countries, rows left out.
    """

    tables: Tables
    quarantine: pd.DataFrame
    notes: list[str]


class Draft:
    """A table while it is checked: the rows of all its parts, one after the other, and their faults."""

    def __init__(self, name: str, parts: list[Part]) -> None:
        self.name = name
        self.parts = parts
        self.values = pd.concat([part.values for part in parts], ignore_index=True) if parts else pd.DataFrame()
        self.faults = Faults()
        self.left_out = pd.Series(False, index=self.values.index)
        self.before = sum(part.left_out for part in parts)
        #: How many of the rows left out a note has told of.
        self.told = 0
        start = 0
        for part in parts:
            self.faults.reasons |= {start + at: reasons for at, reasons in part.faults.reasons.items()}
            start += len(part.values)

    @property
    def good(self) -> pd.Series:
        """True for the rows that are kept so far."""
        return ~self.faults.mask(self.values.index) & ~self.left_out

    @property
    def origin(self) -> pd.DataFrame:
        return pd.concat([part.rows.origin for part in self.parts], ignore_index=True)

    @property
    def aside(self) -> pd.DataFrame:
        """The inquiries that the mapping leaves out and no other row brings back."""
        aside = pd.concat([nobody_aside(), *(part.aside for part in self.parts)])
        return aside[~aside["inquiry_id"].isin(self.values["inquiry_id"])] if len(aside) else aside

    @property
    def broken(self) -> int:
        return sum(len(part.rows.broken) for part in self.parts)

    def leave_out(self, where: pd.Series) -> None:
        self.left_out |= where & ~self.faults.mask(self.values.index)

    def precision(self, column: str) -> Precision:
        return precision_of(self.parts, column)

    def counts(self) -> dict[str, int]:
        """Rows read, kept and quarantined, and those the mapping leaves out."""
        kept, quarantined, left_out = int(self.good.sum()), len(self.faults.reasons), int(self.left_out.sum())
        if kept + quarantined + left_out != len(self.values):
            raise AssertionError(f"{self.name}: {len(self.values)} rows, but {kept} + {quarantined} + {left_out}")
        return {
            "read": kept + quarantined + self.broken,
            "kept": kept,
            "quarantined": quarantined + self.broken,
            "left_out": left_out + self.before,
        }

    def quarantine(self) -> pd.DataFrame:
        """The bad rows with their reasons."""
        found, start = [part.rows.broken for part in self.parts], 0
        for part in self.parts:
            here = sorted(at for at in self.faults.reasons if start <= at < start + len(part.values))
            local = [at - start for at in here]
            origin = part.rows.origin.iloc[local]
            reasons = ["; ".join(dict.fromkeys(self.faults.reasons[at])) for at in here]
            rows = list(zip(origin["file"], origin["row"], reasons, part.rows.records(local), strict=True))
            bad = broken_rows(rows)
            if "inquiry_id" in self.values:
                bad["inquiry_id"] = self.values["inquiry_id"].loc[here].array
            found.append(bad)
            start += len(part.values)
        rows_found = pd.concat([broken_rows([]), *found], ignore_index=True).reindex(columns=QUARANTINE[1:])
        rows_found["inquiry_id"] = rows_found["inquiry_id"].astype(TEXT)
        rows_found.insert(0, "table", pd.Series(self.name, index=rows_found.index, dtype="str"))
        return rows_found[QUARANTINE]


def read_export(export: Path, mapping: Mapping) -> IngestResult:
    """Read an export as its mapping says.

    A single bad row is quarantined with its reason. What concerns the export as a whole refuses all of it.

    Parameters
    ----------
    export : Path
        A folder, or the only file that the mapping names.

    Raises
    ------
    SourceError
        If a file is missing, empty or damaged, columns are missing, times have no zone, or more than
        `max_quarantined` of a table's rows are bad. Every problem is listed.
    TableError
        If the tables break the contract all the same.
    """
    shaped, notes = load_rows(export, mapping)
    drafts = _drafts(mapping, shaped)
    problems = [problem for draft in drafts.values() for part in draft.parts for problem in part.problems]
    refuse(export, problems)
    if drafts["inquiries"].counts()["read"] == 0:
        refuse(export, ["inquiries has no rows; there is nothing to learn from or to score"])
    precision = _receive(mapping, drafts)
    _check_keys(drafts["inquiries"])
    _take_orders(drafts["outcomes"], drafts["inquiries"])
    for name, time in TIMES.items():
        _check_references(drafts[name], drafts["inquiries"], time, mapping.max_quarantined)
        _check_keys(drafts[name])
        if name == "outcomes":
            _bad_outcomes(drafts["outcomes"], drafts["inquiries"])
    _check_clients(mapping, drafts["clients"], drafts["inquiries"])
    refuse(export, [line for draft in drafts.values() for line in _too_many_faults(draft, mapping.max_quarantined)])

    tables, warnings = _tables(mapping, drafts, precision)
    check_tables(tables)
    quarantine = pd.concat([drafts[name].quarantine() for name in NAMES], ignore_index=True)
    if len(quarantine) != sum(counts["quarantined"] for counts in tables.info.counts.values()):
        raise AssertionError("the quarantine does not hold what was counted")
    return IngestResult(tables, quarantine, [*notes, *_notes(drafts), *warnings])


def _drafts(mapping: Mapping, shaped: list[tuple[str, str, TableRule, Rows]]) -> dict[str, Draft]:
    drafts = {}
    for name in NAMES:
        built = [
            (rule.one_per_key, _part(mapping, table, place, rule, rows))
            for table, place, rule, rows in shaped
            if table == name
        ]
        hows = {how for how, _ in built}
        if len(hows) == 1 and any(hows):
            built = [(hows.pop(), put_together(name, [part for _, part in built]))]
        time = {"inquiries": "received_at", "clients": "known_at", **TIMES}[name]
        drafts[name] = Draft(name, [one_per_key(part, name, time, how) if how else part for how, part in built])
    return drafts


def _part(mapping: Mapping, table: str, place: str, rule: TableRule, rows: Rows) -> Part:
    """The rows of one rule; of the mails of threads only those with which an inquiry can begin."""
    part = build_part(mapping, table, place, rule, rows)
    known = isinstance(rule, InquiryRule) and not part.problems
    return begun_by_buyers(mapping, rule, part) if known else part  # type: ignore[arg-type]


def _receive(mapping: Mapping, drafts: dict[str, Draft]) -> Precision:
    """Complete the inquiries with what depends on other columns: received_at, then days from it. Its precision."""
    inquiries, messages = drafts["inquiries"], drafts["messages"]
    values = inquiries.values
    if mapping.timeless or values.empty:
        return "none"
    precision = inquiries.precision("received_at")
    first_message = any(rule.columns["received_at"].first_message for rule in mapping.inquiries)
    if first_message:
        good = messages.values[messages.good & ~_before_buyers(messages, inquiries)]
        first = good.groupby("inquiry_id")["sent_at"].min() if len(good) else pd.Series(dtype=TIME, index=NO_IDS)
        received = time_of(values["inquiry_id"], first)
        values["received_at"] = received.fillna(values["received_at"]) if "received_at" in values else received
        for part in inquiries.parts:
            came = time_of(part.aside["inquiry_id"], first)
            part.aside["received_at"] = came.fillna(part.aside["received_at"])
        inquiries.faults.add(
            values["received_at"].isna() & inquiries.good, "has no message whose time could be its received_at"
        )
        precision = coarsest([precision, messages.precision("sent_at")])
    names = {name for rule in mapping.inquiries for name, kind, _ in rule.attributes.named() if kind == "days"}
    for name in names:
        values[name] = days_between(values["received_at"], values[name])
    return precision


def _before_buyers(messages: Draft, inquiries: Draft) -> pd.Series:
    """The messages of ours in threads that we opened: not all lie before the inquiry, but none begins it."""
    opened = pd.Index([id_ for part in inquiries.parts for id_ in part.opened], dtype="str")
    if not len(opened) or messages.values.empty:
        return pd.Series(False, index=messages.values.index)
    return messages.values["direction"].eq("outbound") & messages.values["inquiry_id"].isin(opened)


def _among(ids: pd.Series, known: pd.Index) -> pd.Series:
    """Where an id is one of the known ones, which are all different."""
    found = known.get_indexer(pd.Index(ids))
    return pd.Series(found, index=ids.index) >= 0


def _check_keys(draft: Draft) -> None:
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


def _take_orders(outcomes: Draft, inquiries: Draft) -> None:
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
            "value is lost: where only the first line of an order names it, fill the cells below in the export"
        )


def _bad_outcomes(outcomes: Draft, inquiries: Draft) -> None:
    """Quarantine inquiries whose only outcome cannot be read: neither open nor decided, they teach and need nothing."""
    if outcomes.values.empty:
        return
    bad = outcomes.values["inquiry_id"][outcomes.faults.mask(outcomes.values.index)].dropna().drop_duplicates()
    good = outcomes.values["inquiry_id"][outcomes.good].unique()
    ids = inquiries.values["inquiry_id"]
    unread = ids.isin(bad) & ~ids.isin(good) & inquiries.good
    inquiries.faults.inherited |= set(ids.index[unread])
    reasons = [outcomes.faults.reasons[at][0].partition(", expected")[0] for at in bad.index]
    first = dict(zip(bad, reasons, strict=True))
    for at, inquiry in zip(ids.index[unread], ids[unread], strict=True):
        inquiries.faults.reasons[at] = [
            f"its outcome is quarantined ({first[inquiry]}): whether it is open is not known"
        ]


def _check_references(draft: Draft, inquiries: Draft, time: str, most: float) -> None:
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
        draft.leave_out(early & _before_buyers(draft, inquiries))
    draft.faults.add(early & draft.good, Reasons(time, values[time].astype("object"), what))


def _check_clients(mapping: Mapping, clients: Draft, inquiries: Draft) -> None:
    if clients.values.empty:
        return
    _note_strange_clients(mapping, clients, inquiries)
    if any(rule.columns["known_at"].first_inquiry for rule in mapping.clients if "known_at" in rule.columns):
        good = inquiries.values[inquiries.good]
        first = time_of(clients.values["client_id"], good.groupby("client_id")["received_at"].min())
        clients.values["known_at"] = clients.values["known_at"].fillna(first) if "known_at" in clients.values else first
        clients.leave_out(clients.values["known_at"].isna())
    _check_keys(clients)


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


def _too_many_faults(draft: Draft, most: float) -> list[str]:
    """Why a table's mapping is probably wrong: reasons counted, and sample rows."""
    own = {at: reasons for at, reasons in draft.faults.reasons.items() if at not in draft.faults.inherited}
    broken = [row for part in draft.parts for row in part.rows.broken.to_dict("records")]
    bad, read = len(own) + len(broken), draft.counts()["read"]
    if bad <= most * read:
        return []
    origin = draft.origin
    alikes = Counter(alike(reason) for reasons in own.values() for reason in dict.fromkeys(reasons))
    alikes.update(alike(row["reason"]) for row in broken)
    lines = [f"    {count:,} x {reason}{hint_of(draft.name, reason)}" for reason, count in alikes.most_common(10)]
    samples = [(*origin.loc[at, ["file", "row"]], reasons[0]) for at, reasons in sorted(own.items())[:SAMPLE_ROWS]]
    samples += [(row["file"], row["row"], row["reason"]) for row in broken[: SAMPLE_ROWS - len(samples)]]
    lines += [f"    {file} row {row}: {reason}" for file, row, reason in samples]
    repeated = sum(count for reason, count in alikes.items() if SAME in reason)
    why = "the mapping is probably wrong"
    if repeated > bad / 2:
        why = f"{repeated:,} only repeat another; does the export hold everything twice, or is a file in it twice?"
    head = (
        f"{draft.name}: {bad:,} of {read:,} rows ({bad / read:.0%}) cannot be taken, more than max_quarantined "
        f"({most:.0%}): {why}"
    )
    return ["\n".join([head, *lines])]


def hint_of(name: str, reason: str) -> str:
    """What to do about a reason that a mapping can heal."""
    if name == "messages" and reason.endswith("which is before its inquiry was received"):
        return "; if records are made after the first mail, map received_at as {first_message: true, column: …}"
    if SAME in reason:
        return "; give each row once, or the rule 'one_per_key: true'"
    if OTHER in reason:
        return "; where the last is right, give the rule 'one_per_key: latest'"
    return ""


def alike(reason: str) -> str:
    """A reason without what differs between rows of the same fault, to be counted.

    >>> alike("status is 'maybe', expected one of ['won', 'lost']")
    "status is …, expected one of ['won', 'lost']"
    >>> alike("inquiry_id 'a' stands twice, with other values; kept is the first, in row 2 of a.csv")
    'inquiry_id … stands twice, with other values; kept is the first'
    """
    head, comma, tail = reason.partition(", expected")
    return QUOTED.sub("…", PLACE.sub("", head).removesuffix(", in ")) + comma + tail


def value_in(reason: str) -> str:
    """The value that a reason says could not be read; "" if it names none.

    >>> value_in("sent_at is '5 Foo 2026', expected a time (iso)")
    "'5 Foo 2026'"
    """
    found = re.match(VALUE, reason)
    return found[1] if found else ""


def unknown_values(reasons: pd.Series) -> str:
    """The values that no map of the mapping names, the commonest first with how often; "" if these reasons have none.

    >>> unknown_values(pd.Series(["status is 'new', expected one of ['won']"] * 2))
    "'new' (2)"
    """
    found = reasons.str.extract(UNKNOWN, expand=False).value_counts()
    named = [f"{value} ({count:,})" for value, count in found.head(NAMED_VALUES).items()]
    more = [f"{len(found) - NAMED_VALUES} more"] if len(found) > NAMED_VALUES else []
    return ", ".join([*named, *more])


def _tables(mapping: Mapping, drafts: dict[str, Draft], precision: Precision) -> tuple[Tables, list[str]]:
    """The kept rows as tables, and what a reader should know of their times."""
    kept = {name: conform(name, _with_required(name, draft)) for name, draft in drafts.items()}
    known_until, note = last_known(kept)
    ends = [
        end_of(kept[name][column].loc[lambda times: times <= known_until], drafts[name].precision(column)).max()
        for name, column in RECORDED.items()
    ]
    recorded_until = pd.Series(ends, dtype=TIME).max()
    kinds = {name: kind for rule in mapping.inquiries for name, kind, _ in rule.attributes.named()}
    info = Info(
        source=mapping.source,
        timeless=mapping.timeless,
        time_precision=precision,
        zone=mapping.received_zone(),
        decision_precision=drafts["outcomes"].precision("decided_at"),
        message_precision=drafts["messages"].precision("sent_at"),
        event_precision=drafts["events"].precision("occurred_at"),
        client_precision=drafts["clients"].precision("known_at"),
        known_until=None if pd.isna(known_until) else known_until.to_pydatetime(),
        recorded_until=None if pd.isna(recorded_until) else recorded_until.to_pydatetime(),
        attributes={name: "categorical" if kind == "categorical" else "numeric" for name, kind in kinds.items()},
        tier_leaks=mapping.tier_leaking(),
        counts={name: draft.counts() for name, draft in drafts.items()},
    )
    return Tables(**kept, info=info), [note] if note else []


def last_known(tables: dict[str, pd.DataFrame]) -> tuple[Any, str]:
    """The last moment that an export knows of, NaT without times; and what was not counted as such, or "".

    A planned date or a slip (2062 for 2026) beyond all other times would make every open inquiry look as if it had been
    given up. A few last times are none of the history if a gap parts them from all others: for a call or a mail a
    longer one than receipts ever leave between them, for a receipt or a decision, of which a pause may be true, a much
    longer one.
    """
    parts = [
        pd.DataFrame({"time": tables[name][column], "id": tables[name]["inquiry_id"], "column": f"{name}.{column}"})
        for name, column in RECORDED.items()
    ]
    times = pd.concat(parts).dropna(subset=["time"]).sort_values("time", kind="stable", ignore_index=True)
    if not len(times):
        return pd.NaT, ""
    received = tables["inquiries"]["received_at"].dropna().sort_values()
    if len(times) < ENOUGH_TIMES or len(received) < 2:
        return times["time"].iloc[-1], ""
    ahead = max(AHEAD, PAUSES * received.drop_duplicates().diff().quantile(PAUSE_QUANTILE))
    tail = times.iloc[-max(FEWEST_FAR, int(len(times) * FAR_SHARE)) - 1 :]
    gaps = tail["time"].diff()
    for place in np.flatnonzero(gaps > ahead) + len(times) - len(tail):
        gap, columns = gaps[place], times["column"].iloc[place:]
        # Where work went on after the last receipt, it may go on after a pause.
        idle = times["time"].iloc[place - 1] <= received.iloc[-1] + ahead
        slight = idle and columns.isin(["events.occurred_at", "messages.sent_at"]).all()
        again = (columns == "inquiries.received_at").sum() > 1  # work goes on after a pause
        if slight or (gap > max(FAR, ahead) and not again):
            break
    else:
        return times["time"].iloc[-1], ""
    beyond, end = times.iloc[place:], times["time"].iloc[place - 1]
    one = beyond.iloc[0]
    return end, (
        f"WARNING: {len(beyond)} of {len(times):,} times lie {(one['time'] - end).days} days or more after all others, "
        f"such as {one['column']} {one['time']:%Y-%m-%d} of {shown(one['id'])}: plans or slips. The export counts as "
        f"known until {end:%Y-%m-%d}. Mend them; or set label.known_until in params.yaml, and --as-of for classify and "
        "score"
    )


def _with_required(name: str, draft: Draft) -> pd.DataFrame:
    """The kept rows, with empty time columns where the export has no times."""
    values = draft.values[draft.good] if len(draft.values) else draft.values
    absent = {column: pd.Series(dtype=dtype) for column, dtype in COLUMNS[name].items() if column not in values}
    return values.assign(**{column: empty.reindex(values.index) for column, empty in absent.items()})


def _notes(drafts: dict[str, Draft]) -> list[str]:
    notes = [note for draft in drafts.values() for part in draft.parts for note in part.notes]
    for name, draft in drafts.items():
        unknown = pd.concat([pd.Series(dtype=TEXT), *(part.unknown_countries for part in draft.parts)])
        if len(unknown):
            examples = ", ".join(shown(value) for value in unknown.value_counts().index[:5])
            notes.append(
                f"{name}.columns.country: {counted(len(unknown), 'row')} without a known country (such as {examples}), "
                "now empty; add them to 'values:'"
            )
        if left_out := draft.counts()["left_out"] - draft.told:
            notes.append(f"{name}: {counted(left_out, 'row')} left out or merged, as the mapping says")
    messages = drafts["messages"]
    kept = messages.values[messages.good]
    if len(kept) and not (kept["direction"] == "outbound").any():
        notes.append(
            f"messages: none of the {len(kept):,} is outbound, so nothing can be told from how you answer; if your "
            "side wrote some of them, map 'direction'"
        )
    return list(dict.fromkeys(notes))
