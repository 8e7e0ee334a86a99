"""The part of a suggested mapping that says on which side of the table each message was written."""

import re

import pandas as pd

from inquiry_intent.sources.meanings import is_flag, meanings, yes_values
from inquiry_intent.sources.naming import mentions, plain, rank, vocabulary
from inquiry_intent.sources.profiles import Profile
from inquiry_intent.sources.samples import FEW, Sample, mailboxes
from inquiry_intent.sources.suggest_rules import Draft
from inquiry_intent.sources.writing import flow

#: A mail domain that writes in so many threads, from few addresses, and so many times more than the next, is ours.
OWN_THREADS, OWN_LEAD = 0.2, 3
#: No more domains are taken for ours.
MOST_OWN = 3
#: Share of the messages that `me` sent, if it is a sender.
OWN_WORDS = 0.05
DIRECTION = ("direction", "方向", "收发", "richtung", "direccion", "direcao", "направление")
PRIVATE = re.compile(r"\+?\d[\d\s().-]{5,}\d|[^\s@<>]+@[^\s@<>]+")
DOMAIN = r"@([\w.-]+\.\w+)"


def direction_column(sample: Sample, besides: set[str]) -> Profile | None:
    """The column that tells who wrote: so named, or all of whose values say it of one side or the other.

    Of a name that can mean nothing else the values need not be known.
    """
    ranked: list[tuple[bool, tuple[int, int], str]] = []
    for name, profile in sample.profiles.items():
        short = sample.short(name)
        fit = rank(short, vocabulary()["messages"]["direction"])
        told = profile.kind in ("category", "number") and profile.distinct <= FEW and not mailboxes(profile)
        if not told or name in besides:
            continue
        known = meanings(profile, "directions")
        if fit is None:
            others = not_written(profile)
            sides = {side for value, side in known.items() if value not in others}
            if not is_flag(profile) and len(known.keys() | others) == profile.distinct and len(sides) == 2:
                ranked.append((False, (9, 0), name))
            continue
        sure = mentions(short, DIRECTION)
        if known or sure:
            ranked.append((not known, fit, name))
    return sample.profiles[min(ranked)[2]] if ranked else None


def not_written(direction: Profile) -> list[str]:
    """The values of a column of sides that are of neither: notes of the system or of the own team, and calls.

    A CRM keeps them in one list with its mails, and says in one column which a row is. Internal is a side beside
    external, and a note beside both.
    """
    words, known = vocabulary(), meanings(direction, "directions")
    notes = [*words["system_notes"], *words["internal_notes"]]
    values = [] if direction.kind in ("list", "empty", "time") else sorted(direction.values.dropna().unique())
    calls = [v for v in values if mentions(v, words["kinds"]["held_call"])]
    found = [v for v in values if v in calls or (v not in known and mentions(v, notes))]
    rest = {side for v, side in known.items() if v not in found and plain(v) not in words["internal_notes"]}
    if len(rest) == 2:
        found += [v for v in known if v not in found and plain(v) in words["internal_notes"]]
    return sorted(found) if rest else []


def besides_sides(direction: Profile | None, remarks: list[str]) -> Draft:
    """What of a column of sides is no message, as a rule leaves it out; a remark says so."""
    found = not_written(direction) if direction is not None else []
    if direction is None or not found:
        return {}
    remarks.append(
        f"{direction.name!r}: {found[:10]} are notes of the system or of your own team, or calls, and left out; right?"
    )
    return {direction.name: found}


def direct(sample: Sample, columns: Draft, direction: Profile | None, threads: pd.Series | None) -> list[str]:
    """Who wrote: a map of the values, or our mail domain, or all by the buyer, which is to be checked."""
    if direction is None:
        return _by_sender(sample, columns, threads)
    known = meanings(direction, "directions")
    short = sample.short(direction.name)
    if is_flag(direction) and rank(short, vocabulary()["ours"]):
        ours = yes_values(direction)
        known = {v: "outbound" if v in ours else "inbound" for v in sorted(direction.values.dropna().unique())}
    if len(set(known.values())) == 2:  # beside replies of both sides, what a thread begins with
        begins = vocabulary()["files"]["inquiries"]
        values = direction.values.dropna().unique()
        known |= {v: "inbound" for v in values if v not in known and mentions(v, begins)}
    others = not_written(direction)
    known = {value: side for value, side in known.items() if value not in others}
    unclear = sorted(set(direction.values.dropna().unique()) - set(known) - set(others))
    columns["direction"] = {"column": direction.name, "values": known}
    if len(unclear) == 1 and len(known) == 1:
        (other,) = known.values()
        known[unclear[0]] = "outbound" if other == "inbound" else "inbound"
        return [f"direction: {unclear[0]!r} is taken as {known[unclear[0]]}, the opposite of the other; is that so?"]
    if not unclear:
        return []
    rest = flow({direction.name: [*others, *unclear]})
    return [
        f"DIRECTION: say what {unclear[:10]} of {direction.name!r} mean: inbound, outbound, or no message. What is "
        f"none, as a note or a call, is left out: unless: {rest}"
    ]


def _by_sender(sample: Sample, columns: Draft, threads: pd.Series | None) -> list[str]:
    """Who wrote, by the sender: `me`, or our mail domain; else the buyer, which is to be checked."""
    if (mine := own_words(sample, columns.get("text"))) is not None:
        column, us = mine
        columns["direction"] = {"column": column, "values": dict.fromkeys(us, "outbound"), "otherwise": "inbound"}
        return [f"direction: {us} in {column!r} is taken as your side, all others as buyers; is that so?"]
    if (
        "sender_email" not in columns
        and threads is not None
        and (sender := senders_column(sample, threads)) is not None
    ):
        columns["sender_email"] = sender
    name = columns.get("sender_email")
    senders = sample.profiles[name].values if name is not None else None
    own = own_domains(senders, threads) if senders is not None and threads is not None else []
    if own:
        patterns = {f"*@{domain}*": "outbound" for domain in own}
        columns["direction"] = {"column": name, "patterns": patterns, "otherwise": "inbound"}
        named = ", ".join(map(repr, own))
        if len(own) > 1:
            return [f"direction: {named} write in so many threads that they are taken as your own domains; are they?"]
        return [f"direction: {named} writes in so many threads that it is taken as your own domain; is it?"]
    columns["direction"] = {"constant": "inbound"}
    remark = "WHO WROTE IS NOT TOLD: all messages count as the buyer's."
    if candidates := _may_tell(sample, set(map(str, columns.values())), threads):
        remark += f" Does one of these tell it: {', '.join(candidates)}?"
    if name is not None:
        rule = {"column": name, "patterns": {"*@our-company.com*": "outbound"}, "otherwise": "inbound"}
        if senders is not None and threads is not None:
            remark += f" These write most often: {list(_writing(senders, threads)[0].index[:MOST_OWN])}."
        remark += f" With your own domain it would be direction: {flow(rule)}"
    elif threads is not None and (often := often_speaking(sample, columns.get("sender_name"), threads)):
        rule = {"column": columns["sender_name"], "values": dict.fromkeys(often, "outbound"), "otherwise": "inbound"}
        remark += f" If {often} are on your side it would be direction: {flow(rule)}"
    return [remark]


def often_speaking(sample: Sample, name: str | None, threads: pd.Series) -> list[str]:
    """Those who write in so many threads that they are hardly buyers."""
    if name is None:
        return []
    seen = pd.DataFrame({"who": sample.profiles[name].values, "thread": threads}).dropna()
    counts = seen.groupby("who")["thread"].nunique().sort_values(ascending=False)
    often = [str(who) for who in counts.index[counts >= OWN_THREADS * seen["thread"].nunique()]]
    return often[:FEW] if len(often) < len(counts) else []


def senders_column(sample: Sample, threads: pd.Series) -> str | None:
    """A column of any name whose addresses are ours and theirs in turn; none that a mail went to."""
    for name, profile in sample.profiles.items():
        to = mentions(sample.short(name), vocabulary()["recipients"])
        if to is None and mailboxes(profile) and own_domains(profile.values, threads):
            return name
    return None


def own_words(sample: Sample, text: str | None) -> tuple[str, list[str]] | None:
    """The column, other than the text, in which some senders are ourselves by a word, and these words; None: there is
    none."""
    found = ((name, _own_words(p)) for name, p in sample.profiles.items() if name != text)
    return next((column for column in found if column[1]), None)


def _own_words(profile: Profile) -> list[str]:
    """The values of a column of senders that mean ourselves, as `me` does among numbers and names."""
    if profile.kind in ("list", "empty", "time"):
        return []
    mine = set(vocabulary()["me"])
    words = [value for value in profile.values.dropna().unique() if plain(value) in mine]
    often = profile.values.isin(words).mean() >= OWN_WORDS and len(words) < profile.distinct
    return sorted(words) if often else []


def _may_tell(sample: Sample, taken: set[str], threads: pd.Series | None) -> list[str]:
    """Columns of few values that differ within a thread, with their values: one of them may say who wrote."""
    found = []
    other = [words for table in ("inquiries", "outcomes") for words in vocabulary()[table].values()]
    for name, profile in sample.profiles.items():
        few = profile.kind in ("category", "number") and 2 <= profile.distinct <= FEW and not mailboxes(profile)
        if not few or name in taken or any(rank(name, words) for words in other):
            continue
        if mentions(name, [*vocabulary()["own_notes"], *vocabulary()["personal"]]):
            continue
        if threads is None or (profile.values.groupby(threads).nunique() > 1).any():
            found.append(f"{name!r} {[_masked(value) for value in sorted(profile.values.dropna().unique())[:4]]}")
    return found[:3]


def _masked(value: str) -> str:
    """A value for a remark, without numbers as long as those of phones, and without mail addresses."""
    return PRIVATE.sub("…", value)


def own_domains(senders: pd.Series, threads: pd.Series) -> list[str]:
    """The mail domains that write in many threads from few addresses, and many times more than the next.

    Parameters
    ----------
    senders, threads : Series of str
        Mail addresses, as a mail's header has them, and the thread of each.
    """
    counts, enough = _writing(senders, threads)
    # Those that write most stand first: ours end where the next one writes much less.
    for several in range(1, min(MOST_OWN, len(counts) - 1) + 1):
        mine, second = counts.iloc[:several], counts["thread"].iloc[several]
        last = mine["thread"].iloc[-1]
        few = (mine["sender"] * 5 <= mine["thread"]).all()
        if last >= enough and last >= OWN_LEAD * second and few:
            return [str(domain) for domain in mine.index]
    return []


def _writing(senders: pd.Series, threads: pd.Series) -> tuple[pd.DataFrame, float]:
    """In how many threads each mail domain writes, from how many addresses, the busiest first; how many are telling."""
    domains = senders.str.extract(DOMAIN, expand=False).str.lower()
    seen = pd.DataFrame({"domain": domains, "thread": threads, "sender": senders}).dropna()
    counts = seen.groupby("domain")[["thread", "sender"]].nunique().sort_values("thread", ascending=False)
    return counts, OWN_THREADS * seen["thread"].nunique()


def tells_sides(direction: Profile | None) -> bool:
    """Whether a column surely tells who wrote: by its name, or as its values name both sides."""
    if direction is None:
        return False
    sides = set(meanings(direction, "directions").values())
    return (len(sides) == 2 and not is_flag(direction)) or mentions(direction.name, DIRECTION) is not None
