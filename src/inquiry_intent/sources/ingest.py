"""An export and its mapping become tables; rows that cannot be taken become the quarantine, each with its reason."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from inquiry_intent.errors import counted, shown
from inquiry_intent.moments import days_between, end_of, time_of
from inquiry_intent.sources.building import build_part
from inquiry_intent.sources.cells import cut_ids
from inquiry_intent.sources.drafts import Draft, too_many_faults
from inquiry_intent.sources.loading import load_rows, refuse
from inquiry_intent.sources.parts import Part, one_per_key, only, put_together
from inquiry_intent.sources.references import (
    bad_outcomes,
    before_buyers,
    check_clients,
    check_keys,
    check_references,
    take_orders,
)
from inquiry_intent.sources.rows import Rows
from inquiry_intent.sources.schema import InquiryRule, Mapping, TableRule
from inquiry_intent.sources.threads import begun_by_buyers
from inquiry_intent.sources.times import Precision, coarsest
from inquiry_intent.tables import COLUMNS, NAMES, RECORDED, TEXT, TIME, Info, Tables, check_tables, conform

#: The time of each table that may not lie before its inquiry.
TIMES = {"outcomes": "decided_at", "messages": "sent_at", "events": "occurred_at"}
NO_IDS = pd.Index([], dtype="str")

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
        refuse(export, [_without_inquiries(shaped)])
    precision = _receive(mapping, drafts)
    check_keys(drafts["inquiries"])
    take_orders(drafts["outcomes"], drafts["inquiries"])
    for name, time in TIMES.items():
        drafts[name].name_broken(drafts["inquiries"].values["inquiry_id"])
        check_references(drafts[name], drafts["inquiries"], time, mapping.max_quarantined)
        check_keys(drafts[name])
        if name == "outcomes":
            bad_outcomes(drafts["outcomes"], drafts["inquiries"])
    check_clients(mapping, drafts["clients"], drafts["inquiries"])
    refuse(export, [line for draft in drafts.values() for line in too_many_faults(draft, mapping.max_quarantined)])

    tables, warnings = _tables(mapping, drafts, precision)
    check_tables(tables)
    quarantine = pd.concat([drafts[name].quarantine() for name in NAMES], ignore_index=True)
    if len(quarantine) != sum(counts["quarantined"] for counts in tables.info.counts.values()):
        raise AssertionError("the quarantine does not hold what was counted")
    return IngestResult(tables, quarantine, [*notes, *_notes(drafts), *warnings])


def _without_inquiries(shaped: list[tuple[str, str, TableRule, Rows]]) -> str:
    """Why there are no inquiries, by the files they should be in, and what to do."""
    read = [(place, rule.from_, len(rows.frame)) for table, place, rule, rows in shaped if table == "inquiries"]
    why = [
        f"{place} means none of the {counted(count, 'row')} of files.{key} (see its when, unless, when_present)"
        if count
        else f"files.{key} holds none below its header: export it again"
        for place, key, count in read
    ]
    return f"inquiries has no rows; there is nothing to learn from or to score: {'; '.join(why)}"


def _drafts(mapping: Mapping, shaped: list[tuple[str, str, TableRule, Rows]]) -> dict[str, Draft]:
    drafts: dict[str, Draft] = {}
    for name in NAMES:
        built = [
            (rule.one_per_key, _part(mapping, table, place, rule, rows))
            for table, place, rule, rows in shaped
            if table == name
        ]
        if name != "inquiries":
            aside = drafts["inquiries"].aside["inquiry_id"].dropna()
            built = [(how, _without(part, aside, faulty=name != "outcomes")) for how, part in built]
        hows = {how for how, _ in built}
        if len(hows) == 1 and any(hows):
            built = [(hows.pop(), put_together(name, [part for _, part in built]))]
        time = {"inquiries": "received_at", "clients": "known_at", **TIMES}[name]
        drafts[name] = Draft(name, [one_per_key(part, name, time, how) if how else part for how, part in built])
    return drafts


def _without(part: Part, ids: pd.Series, faulty: bool) -> Part:
    """The rows of a part but those of inquiries that the mapping leaves out; of these perhaps but the `faulty`.

    Totals below the inquiries are no outcomes that contradict each other, and their faults are nobody's. Messages of
    an inquiry left out may tell when it was received, and go later.
    """
    if not len(ids) or "inquiry_id" not in part.values:
        return part
    theirs = part.values["inquiry_id"].isin(ids)
    return only(part, ~(theirs & part.faults.mask(part.values.index)) if faulty else ~theirs)


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
        good = messages.values[messages.good & ~before_buyers(messages, inquiries)]
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
    for name, draft in drafts.items():
        ids = draft.values["inquiry_id"].dropna() if "inquiry_id" in draft.values else pd.Series(dtype=TEXT)
        if len(cut := cut_ids(ids)):
            notes.append(
                f"WARNING: {name}: {len(cut):,} of {counted(len(ids), 'id')} of inquiries, such as "
                f"{shown(cut.iloc[0])}, were cut by a spreadsheet, so that several inquiries count as one: export that "
                "column as text"
            )
            break  # what the others hold is cut as well
    return list(dict.fromkeys(notes))
