"""The part of a suggested mapping that says which columns tell won from lost, and since when."""

from dataclasses import replace
from typing import Any

import pandas as pd

from inquiry_intent.sources.meanings import (
    is_flag,
    meaning,
    meanings,
    only_closed,
    only_done,
    only_sold,
    signed,
    tells_in_words,
    yes_values,
)
from inquiry_intent.sources.naming import longest, mentions, plain, rank, vocabulary
from inquiry_intent.sources.profiles import Profile
from inquiry_intent.sources.samples import SLIPS, SOME, Sample
from inquiry_intent.sources.suggest_rules import Draft, no_dates, time_rule

#: Share of the inquiries whose stage a file must name to be the one that names stages.
KNOWN_STAGES = 0.95
#: Share of the decided rows of a history, or of the orders of a file, that have a time, if it is theirs.
DATED = 0.95
#: Less than this share of what was lost has a time: it is that of what was won.
ONE_SIDED = 0.2
#: Names of flags of what is decided, won or lost.
CLOSED = ("is closed", "hs is closed", "closed", "是否关闭", "是否结束")


def status_column(sample: Sample, free: set[str]) -> Profile | None:
    """The column that tells won from lost.

    Words are preferred to a flag, which says the same of what is lost and of what is still open, unless it is empty
    there. Least is told by a column whose only win is a `Done`, which may be a task's. Then columns whose name says
    status; among columns of other names only those that name both won and lost.
    """
    ranked = []
    for name in free:
        profile = sample.profiles[name]
        if profile.kind not in ("category", "number") or profile.distinct > SOME:
            continue
        fit = rank(name, vocabulary()["outcomes"]["status"])
        if fit is None and plain(name) in vocabulary()["deals"] and names_both(profile):
            fit = (3, 0)
        flag = is_flag(profile)
        known = set(meanings(profile, "statuses", whole=fit is not None).values())
        tells = {"won", "lost"} <= known
        if fit is None and (flag or not tells):
            continue
        if not known and profile.distinct < 2:
            continue
        if not tells and mentions(name, vocabulary()["orders"]["void"]):
            continue  # of what is not void it says nothing
        sure = (
            tells_in_words(profile, whole=fit is not None),
            tells and flag and profile.filled < 1,
            tells and not flag,
        )
        vague = sure.index(True) if any(sure) else len(sure)
        ranked.append((vague, not tells, "won" not in known, "lost" not in known, fit is None, fit or (9, 0), name))
    return sample.profiles[min(ranked)[-1]] if ranked else None


def undone(sample: Sample) -> dict[str, list[str]]:
    """Of a file of activities the column that tells what took place from what did not, or not yet; its values of that.

    Empty: there is none.
    """
    words, statuses = vocabulary()["activities"], vocabulary()["outcomes"]["status"]
    for name, profile in sample.profiles.items():
        said = sample.short(name)
        if profile.kind not in ("category", "number") or profile.distinct > SOME:
            continue
        values = sorted(profile.values.dropna().unique())
        if is_flag(profile) and mentions(said, words["done"]):
            done = yes_values(profile)
            left = [v for v in values if v not in done]
        elif rank(said, statuses) is not None and not _names_deals(values):
            lengths = {v: (longest(v, words["done"]), longest(v, words["undone"])) for v in values}
            done = [v for v, (yes, no) in lengths.items() if yes > no]
            left = [v for v, (yes, no) in lengths.items() if no > yes]
        else:
            continue
        if done and left:
            return {name: left}
    return {}


def _names_deals(values: list[str]) -> bool:
    """Whether some statuses name won or lost, as those of a deal do; one of an activity only says done or cancelled."""
    words = vocabulary()["activities"]
    told = [v for v in values if not longest(v, [*words["done"], *words["undone"]])]
    return bool({"won", "lost"} & {meaning(v, "statuses") for v in told})


def names_both(profile: Profile) -> bool:
    return {"won", "lost"} <= set(meanings(profile, "statuses").values())


def named_stage(main: Sample, other: Sample) -> tuple[Profile, dict[str, Any]] | None:
    """What a second file calls the stages that the inquiries have as ids, as a column of theirs; how it is looked up.

    None where it does not tell won from lost.
    """
    named = next((p for p in other.profiles.values() if not is_flag(p) and names_both(p)), None)
    if named is None or main.parts or other.parts:  # a lookup reads one sheet
        return None
    for stage in main.profiles.values():
        coded = stage.kind in ("category", "number") and mentions(stage.name, vocabulary()["outcomes"]["status"])
        for key in other.profiles.values() if coded else ():
            if key is named or key.kind in ("list", "empty") or key.repeating > 0 or key.filled < 1:
                continue
            names = pd.Series(named.values.array, index=key.values.array)
            values = stage.values.map(names)
            if values.notna().mean() >= KNOWN_STAGES:
                found = replace(named, name=f"{other.key}.{named.name}", values=values, kind="category")
                return found, {"file": other.key, "on": {stage.name: key.name}}
    return None


def decided_values(status: Profile) -> dict[str, str]:
    """The values that mean won or lost; none where they cannot be told from what is open."""
    known = {} if is_flag(status) else meanings(status, "statuses")
    return {value: result for value, result in known.items() if result != "open"} if "won" in known.values() else {}


def status_rule(status: Profile, remarks: list[str], *, orders: bool = False) -> Draft:
    known = meanings(status, "statuses")
    if orders:
        others = sorted(set(status.values.dropna().unique()) - set(known))
        words = vocabulary()["orders"]
        placed = [
            v
            for v in others
            if longest(v, words["awaited"]) or (longest(v, words["placed"]) and not longest(v, words["not_placed"]))
        ]
        placed += carried_out(known)
        known |= dict.fromkeys(placed, "won")
        if placed:
            remarks.append(
                f"status: {placed[:10]} are orders that were placed, so won; an inquiry without one is open, and none "
                "is lost unless another column says so"
            )
    unclear = sorted(set(status.values.dropna().unique()) - set(known))
    rule: Draft = {"column": status.name, "values": known | dict.fromkeys(unclear[:SOME], "open")}
    if "won" not in known.values():
        remarks.append(f"STATUS: none of the values of {status.name!r} is known to mean won; say which ones do")
    if unclear:
        remarks.append(f"status: {unclear[:10]} are taken as open; is that so?")
    if sold := [v for v in only_sold(status) if known.get(v) == "won"]:
        remarks.append(
            f"status: {sold[:10]} SAY CLOSED, where others say lost and none says won: taken as won; is that so?"
        )
    if done := [v for v in only_done(status) if known.get(v) == "won"]:
        remarks.append(f"status: {done[:10]} say done where others say no or lost: taken as won; is that so?")
    if signs := [v for v, result in signed(status).items() if known.get(v) == result and plain(v)]:
        remarks.append(f"status: {signs[:10]} are taken as won or lost by their tick or cross; is that so?")
    if closed := [v for v in only_closed(status) if known.get(v) == "lost"]:
        remarks.append(
            f"status: {closed[:10]} say closed, and not won as another does: taken as lost; is that so? What was no "
            "inquiry, such as spam or a test, is better left out: name it under 'unless' of inquiries"
        )
    if status.filled < 1:
        rule["missing"] = "open"
    elif is_flag(status):
        remarks.append(f"{status.name!r} knows no open inquiries: if they are among the lost, say how they differ")
    return rule


def carried_out(known: dict[str, str]) -> list[str]:
    """Of the meanings of an order's status the values that say closed and no more: of orders those are done.

    None where another one says won, as a deal's status does.
    """
    closed = vocabulary()["closed"]["closed"]
    return [v for v in known if plain(v) in closed] if "won" not in known.values() else []


def closed_flag(sample: Sample, free: set[str], status: Profile) -> Profile | None:
    """Beside a flag that knows won only: the flag of what is decided."""
    if not is_flag(status) or status.filled < 1:
        return None
    flags = [p for p in sample.profiles.values() if p.name in free - {status.name} and is_flag(p) and p.filled == 1]
    return next((p for p in flags if rank(p.name, CLOSED) == (0, 0) or rank(p.name, CLOSED)), None)


def decided_by(sample: Sample, free: set[str]) -> list[Profile]:
    """The time of the decision: one column, or one of wins and one of losses."""
    vocab = vocabulary()
    dates = {n for n in free if sample.profiles[n].kind == "time" and mentions(n, vocab["plans"]) is None}
    won = [sample.profiles[n] for n in sorted(dates) if mentions(n, vocab["status_parts"]["won"])]
    lost = [sample.profiles[n] for n in sorted(dates) if mentions(n, vocab["status_parts"]["lost"])]
    best = sample.best("outcomes", "decided_at", dates) or _so_named(sample, dates)
    if won and lost and (best is None or best in won):
        return [won[0], lost[0]]
    return [best] if best is not None else []


def _so_named(sample: Sample, dates: set[str]) -> Profile | None:
    """A time whose name speaks of a decision without being listed."""
    vocab = vocabulary()
    told = [n for n in dates if mentions(n, vocab["decisions"]) and mentions(n, vocab["not_decisions"]) is None]
    return sample.profiles[min(told)] if told else None


def only_date(sample: Sample, free: set[str], remarks: list[str]) -> list[Profile]:
    """Of a file of orders the only time that all rows have and whose name says nothing else: the orders' own."""
    other = [*vocabulary()["plans"], *vocabulary()["not_decisions"]]
    times = [sample.profiles[n] for n in sorted(free) if sample.profiles[n].kind == "time"]
    told = [profile for profile in times if profile.filled >= DATED and mentions(profile.name, other) is None]
    received = vocabulary()["inquiries"]["received_at"]
    if not told and len(times) == 1 and times[0].filled >= DATED and (rank(times[0].name, received) or (9,))[0] <= 1:
        told = times  # when its record was made, for want of better
    if len(told) != 1:
        return []
    remarks.append(f"{told[0].name!r} is the only such date in this file of orders, and taken as theirs; is that so?")
    return told


def time_of_loss(
    sample: Sample, free: set[str], decided: Profile, status: Profile, remarks: list[str]
) -> list[Profile]:
    """Beside a time that only what was won has: the one that only what was lost has, whatever its name."""
    known = status.values.map(decided_values(status))
    won, lost = known == "won", known == "lost"
    if not won.any() or not lost.any() or decided.values[lost].notna().mean() > ONE_SIDED:
        return []
    plans = vocabulary()["plans"]
    for name in sorted(free):
        profile = sample.profiles[name]
        if profile.kind != "time" or profile is decided or mentions(name, plans):
            continue
        if profile.values[lost].notna().mean() >= 1 - ONE_SIDED and profile.values[~lost].notna().mean() <= SLIPS:
            remarks.append(f"{name!r} stands only where the inquiry was lost, and is taken as the time of that")
            return [profile]
    remarks.append(
        f"{decided.name!r} stands where the inquiry was won, hardly where it was lost: WHAT WAS LOST HAS NO DATE. If "
        "another column has it, it would be first_of both; else how old an inquiry is tells what became of it"
    )
    return []


def time_of_decided(sample: Sample, free: set[str], status: Profile | None) -> list[Profile]:
    """The time that all rows have that were won or lost, and hardly any that is still open, whatever its name."""
    if status is None or is_flag(status) or not names_both(status):
        return []
    decided = status.values.map(decided_values(status)).notna()
    plans = vocabulary()["plans"]
    for name in sorted(free):
        profile = sample.profiles[name]
        if profile.kind != "time" or mentions(name, plans) or decided.all():
            continue
        if profile.values[decided].notna().mean() >= DATED and profile.values[~decided].notna().mean() <= SLIPS:
            return [profile]
    return []


def decided_rule(decided: list[Profile]) -> Any:
    if len(decided) == 1:
        return time_rule(decided[0])
    formats = list(dict.fromkeys(found for p in decided for found in p.formats or ["iso"]))
    plain = formats == ["iso"]
    both: Draft = {"first_of": [p.name for p in decided]} | no_dates(decided)
    return both if plain else both | {"format": formats[0] if len(formats) == 1 else formats}
