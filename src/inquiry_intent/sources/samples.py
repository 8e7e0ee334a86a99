"""The files of an export nobody has mapped yet: their first rows, and which column each name could mean."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from inquiry_intent.errors import SourceError, counted
from inquiry_intent.sources.cells import cleaned
from inquiry_intent.sources.currencies import currency_code
from inquiry_intent.sources.files import SUFFIXES, format_of, opened, read_file, workbook
from inquiry_intent.sources.headers import title_rows
from inquiry_intent.sources.naming import mentions, names_code, plain, rank, vocabulary
from inquiry_intent.sources.profiles import Profile, profile_columns
from inquiry_intent.sources.rows import Rows, joined, unnested
from inquiry_intent.sources.values import coded, parse_numbers
from inquiry_intent.tables import COLUMNS, NUMBER, TIME

SAMPLE_ROWS = 20_000
#: More different values than SOME are no statuses or kinds, more than MANY no categories of a model.
FEW, SOME, MANY = 12, 60, 300
#: Of a column that is an id by its name alone: share of rows that have one, and share of different ones among them.
FILLED, UNIQUE = 0.95, 0.9
#: Share of rows that may be no records, as totals and copies are not, and the ids be matched all the same.
SLIPS = 0.05
#: So many rows repeat a key where a file is a list of messages; fewer are slips.
LISTED = 0.1
#: What differs between the names of files that are parts of one.
NUMBERS = re.compile(r"\d+(?:[-_. ]\d+)*")
#: What mail programs keep mails in, which no table is.
MAILBOXES = (".mbox", ".mbx", ".pst", ".ost", ".olm", ".eml", ".emlx", ".msg", ".dbx")
#: Codes are shorter on average than this, texts longer; a third of it where a sign is a syllable or a word.
SHORT_TEXT = 12
#: What cells of several words hold, or such of a script that does not part words: Thai to Burmese, Khmer, Chinese,
#: Japanese. Without it a long cell is an id, an address or the path of a file.
SEVERAL_WORDS = r"\S\s\S|[\u0e00-\u109f\u1780-\u17ff\u3040-\u9fff]"


@dataclass
class Sample:
    """A file of the export with the profile of each of its columns."""

    key: str
    path: str
    rows: Rows
    profiles: dict[str, Profile]
    nested: str | None = None
    #: Of a workbook with several sheets, and the lines above its header.
    sheet: str | None = None
    skip_rows: int = 0
    #: Columns that the draft uses or has spoken of.
    used: set[str] = field(default_factory=set)
    #: The column of the inquiry's id, where the values of another file tell it.
    told_key: str | None = None
    #: The sheets that it joins, and the column of ids that counts anew in each.
    parts: list["Sample"] = field(default_factory=list)
    restarting: str | None = None

    @property
    def place(self) -> str:
        """The file, with the sheets of a workbook that has several."""
        sheets = [str(part.sheet) for part in self.parts] or ([self.sheet] if self.sheet else [])
        return ", ".join([self.path, *(f"sheet {sheet!r}" for sheet in sheets)])

    @property
    def title(self) -> str:
        """What tells its subject: the sheet's name, or the file's where that says nothing, as 2024年 and Sheet1 do."""
        known = {*vocabulary()["months"], *vocabulary()["sheets"]}
        said = plain(NUMBERS.sub(" ", self.sheet or "")).split()
        if self.sheet and not known.issuperset(said):
            return self.sheet
        return Path(self.path).name.split(".gz")[0].rsplit(".", 1)[0]

    def hints(self) -> set[str]:
        """The tables that its title speaks of."""
        return {table for table, words in vocabulary()["files"].items() if mentions(self.title, words)}

    def short(self, name: str) -> str:
        """A column's name without that of the list it stands in."""
        return name.removeprefix(f"{self.nested}.") if self.nested else name

    def best(self, table: str, column: str, among: set[str] | None = None, *, ahead: bool = False) -> Profile | None:
        """The column whose name fits best, among those whose values fit; `ahead`: also times that were to come."""
        ranked = []
        for name, profile in self.profiles.items():
            short = self.short(name)
            fit = rank(short, vocabulary()[table][column])
            if COLUMNS[table][column] == TIME and not ahead and _ahead(short):
                continue
            if fit is not None and fits(profile, table, column) and (among is None or name in among):
                ranked.append((fit, name))
        return self.profiles[min(ranked)[1]] if ranked else None

    def key_column(self) -> Profile | None:
        """The id of an inquiry: of the columns so named the first whose values are all different, else the first.

        Where none is so named: the first whose values are all different and look like ids, else the first whose name
        says id, and whose values nearly all differ. Ids of clients and products come last. A few slips do not count.
        In a list of messages the number of a row is no id of an inquiry: that repeats.
        """
        if self.told_key is not None:
            return self.profiles[self.told_key]
        words = vocabulary()["inquiries"]["inquiry_id"]
        named = [
            (fit, p)
            for p in self.profiles.values()
            if (fit := rank(p.name, words)) and fits(p, "inquiries", "inquiry_id") and p.filled >= FILLED
        ]
        whole = [p for _, p in sorted(named, key=lambda item: item[0])]
        own = [p for p in whole if not _of_another(p)]
        unique = sorted((p for p in own if p.repeating <= SLIPS), key=lambda p: p.repeating > 0 or p.filled < 1)
        text = self.best("messages", "text")
        if unique and text is not None and _of_a_row(unique[0]):
            threads = [p for p in own if p is not text and threaded(p, text)]
            unique = [*threads[:1], *unique]
        rest = [p for p in self.profiles.values() if not _of_another(p)]
        found = [*unique, *own, *filter(_looks_like_ids, rest), *filter(_named_like_ids, rest), *whole]
        return next(iter(found), None)

    def first_time(self, among: set[str], *, ahead: bool = False) -> Profile | None:
        """Without a telling name: the filled time column whose values come first; of those of a day the finest."""
        found = []
        for position, profile in enumerate(self.profiles.values()):
            filled = profile.kind == "time" and profile.filled > 0.95
            if filled and profile.name in among and (ahead or not _ahead(self.short(profile.name))):
                times = profile.times().dropna()
                found.append(
                    (pd.Timestamp(times.median()).floor("D"), (times == times.dt.floor("D")).all(), position, profile)
                )
        return min(found, key=lambda item: item[:3])[3] if found else None

    def thread(self) -> "Sample | None":
        """The items of the list that looks most like a thread."""
        found = []
        for profile in self.profiles.values():
            if profile.kind == "list":
                items, _ = cleaned(unnested(self.rows, profile.name))
                inside = {name: p for name, p in profile_columns(items).items() if name.startswith(profile.name)}
                inner = Sample(self.key, self.path, items, inside, nested=profile.name)
                told = [inner.best("messages", column) is not None for column in ("text", "sent_at", "direction")]
                if told[0]:
                    found.append((sum(told), inner))
        return max(found, key=lambda item: item[0], default=(0, None))[1]

    def link_to(self, ids: set[str]) -> str | None:
        """The column that holds ids of inquiries."""
        shares = {
            p.name: float(p.values.isin(ids).mean()) for p in self.profiles.values() if p.kind not in ("list", "time")
        }
        best = max(shares, key=lambda name: shares[name], default=None)
        return best if best is not None and shares[best] > 0.05 else None


def read_samples(export: Path) -> tuple[list[Sample], list[str]]:
    """The first rows of each file (and sheet) that can be read, and remarks on those that cannot.

    Raises
    ------
    SourceError
        If there is none.
    """
    if not export.exists():
        raise SourceError(f"{export} does not exist; expected a folder of exported files, or one file")
    root = export.parent if export.is_file() else export
    paths = [export] if export.is_file() else sorted(path for path in export.rglob("*") if path.is_file())
    samples: list[Sample] = []
    remarks: list[str] = []
    for path in paths:
        name = str(path.relative_to(root))
        if any(part.startswith((".", "~$", "__MACOSX")) for part in path.relative_to(root).parts):
            continue  # what operating systems and open spreadsheets leave behind
        if why := _not_read(path):
            remarks.append(f"not read: {name}{why}")
            continue
        for sheet in _sheets(path):
            try:
                samples += _sample(path, name, sheet, {sample.key for sample in samples}, remarks)
            except SourceError as error:
                remarks.append(f"not read: {error}")
    if not samples:
        raise SourceError(f"{export} has no file that can be read: {'; '.join(remarks) or 'it is empty'}")
    return _together(samples, root), remarks


def _together(samples: list[Sample], root: Path) -> list[Sample]:
    """Files of the same columns whose names differ in numbers only, as one a month does, are one: `leads_*.csv`."""
    groups: dict[tuple[Any, ...], list[Sample]] = {}
    for sample in samples:
        pattern = NUMBERS.sub("*", Path(sample.path).name)
        shape = (str(Path(sample.path).parent / pattern), tuple(sample.rows.frame), sample.sheet, sample.skip_rows)
        groups.setdefault(shape, []).append(sample)
    found = []
    for (pattern, *_), group in groups.items():
        matched = {str(path.relative_to(root)) for path in root.glob(pattern)} if len(group) > 1 else set()
        if matched != {sample.path for sample in group}:
            found += group
            continue
        rows = joined([sample.rows for sample in group])
        first = group[0]
        key = NUMBERS.sub("", first.key).strip("_") or first.key
        found.append(Sample(key, pattern, rows, profile_columns(rows), sheet=first.sheet, skip_rows=first.skip_rows))
    return found


def _not_read(path: Path) -> str | None:
    """Why a file is not looked into; None: it is."""
    if mentions(path.stem, vocabulary()["answers"]):
        return " (its name says that it holds answers)"
    if path.suffix.lower() in (".zip", ".rar", ".7z", ".tar", ".tgz"):
        return " (an archive; unpack it first)"
    if format_of(path) is not None:
        return None
    if path.suffix.lower() in MAILBOXES:
        return (
            " (a mailbox; have a mail program export it as a table, one row a mail, with sender, recipient, time, "
            "conversation, subject and text)"
        )
    return f" (unknown format; read are {' '.join(SUFFIXES)})"


def _sheets(path: Path) -> list[str | None]:
    """The sheets of a workbook that has several; [None] for everything else."""
    from python_calamine import CalamineError

    if format_of(path) != "xlsx":
        return [None]
    try:
        with opened(path) as stream:
            names: list[str] = workbook(stream).sheet_names
    except (CalamineError, OSError, EOFError):
        return [None]  # reading it says why
    return [None] if len(names) < 2 else list(names)


def _sample(path: Path, name: str, sheet: str | None, keys: set[str], remarks: list[str]) -> list[Sample]:
    """The sample of a file or sheet, none if it has no rows; remarks are added."""
    rows = read_file(path, name, sheet=sheet, most_rows=SAMPLE_ROWS)
    above = title_rows(path, format_of(path) or "csv", sheet)
    if above:
        rows = read_file(path, name, sheet=sheet, most_rows=SAMPLE_ROWS, skip_rows=above)
        place = f"{name}, sheet {sheet!r}" if sheet else name
        remarks.append(f"{place}: {counted(above, 'line')} above the header taken as a title ('skip_rows')")
    if rows.frame.empty:
        why = f"; {rows.broken['reason'].iloc[0]}" if len(rows.broken) else ""
        remarks.append(f"not read: {name}{f', sheet {sheet!r},' if sheet else ''} has no rows{why}")
        return []
    remarks += rows.notes
    rows, _ = cleaned(rows)
    base = path.name.split(".gz")[0].rsplit(".", 1)[0] + (f"_{sheet}" if sheet else "")
    key = "".join(sign if sign.isalnum() else "_" for sign in base).strip("_").lower() or "file"
    key = key if key not in keys else f"{key}_{len(keys)}"
    return [Sample(key, name, rows, profile_columns(rows), sheet=sheet, skip_rows=above)]


def _looks_like_ids(profile: Profile) -> bool:
    """Whether a column without a telling name holds ids: all different, short, one word, with digits; but for slips."""
    values = profile.values.dropna()
    if profile.kind != "key" or profile.filled < FILLED or profile.repeating > SLIPS:
        return False
    odd = values.str.contains(r"\s|@|^\+|^https?:", regex=True) | (values.str.len() > 40)
    vocab = vocabulary()
    named = mentions(profile.name, [*vocab["amounts"], *vocab["personal"], *vocab["times"]])
    fits_all = ~odd & values.str.contains(r"\d", regex=True)
    return bool(fits_all.mean() >= 1 - SLIPS) and named is None


def _named_like_ids(profile: Profile) -> bool:
    """Whether a column's name says id, though not of what, and its values nearly all differ."""
    if profile.kind not in ("key", "category", "number") or profile.filled < FILLED or not names_code(profile.name):
        return False
    return profile.distinct > UNIQUE * profile.values.count()


def threaded(key: Profile, text: Profile) -> bool:
    """Whether rows of one key are the messages of a thread: many keys repeat, and mostly with another text."""
    rows = pd.DataFrame({"key": key.values, "text": text.values}).dropna()
    again = rows["key"].duplicated()
    return bool(again.mean() >= LISTED and (again & ~rows.duplicated()).sum() * 2 > again.sum())


def _of_a_row(profile: Profile) -> bool:
    """Whether an id can be that of a row, whatever it holds: its name says no more than id, or it counts 1, 2, 3."""
    return plain(profile.name) in vocabulary()["ids"] or counts_rows(profile)


def counts_rows(profile: Profile) -> bool:
    """Whether a column counts 1, 2, 3; fewer cells than these may hold something else, as totals and notes below do."""
    if profile.kind not in ("key", "number", "category"):
        return False
    numbers, unreadable = parse_numbers(profile.values, ".")
    steps = numbers.dropna().sort_values().diff().iloc[1:]
    return len(steps) > 0 and unreadable.mean() < 0.5 and bool((steps == 1).mean() >= 1 - SLIPS)


def _of_another(profile: Profile) -> bool:
    """Whether a column is the id of something else than an inquiry, as a client's is: its name fits that better."""
    known, name = vocabulary(), profile.name
    other = [known["inquiries"][column] for column in ("client_id", "owner")]
    other += [known["inquiries"]["product"]] if fits(profile, "inquiries", "product") else []
    other += [known["messages"]["message_id"], known["messages"]["sender_phone"], known["order_ids"]]
    fits_best = (rank(name, known["inquiries"]["inquiry_id"]) or (9,))[0]
    return any((fit := rank(name, words)) is not None and fit[0] < fits_best for words in other)


def _ahead(name: str) -> bool:
    """Whether a column's name says that its times were still to come: nothing of a table happened then."""
    return mentions(name, vocabulary()["ahead"]) is not None


def mailboxes(profile: Profile) -> bool:
    """Whether a column holds mail addresses."""
    return profile.kind not in ("list", "empty") and bool(profile.values.str.contains("@", regex=False).mean() > 0.3)


def fits(profile: Profile, table: str, column: str) -> bool:
    """Whether a column's values can be what its name says."""
    dtype, kind = COLUMNS[table][column], profile.kind
    if kind in ("empty", "list"):
        return False
    distinct = profile.distinct
    if dtype == TIME:
        return kind == "time"
    if dtype == NUMBER:
        return kind == "number" or (kind == "key" and not parse_numbers(profile.values.dropna(), ".")[1].any())
    if column == "text":
        dense = profile.values.str.contains("[\u3040-\u9fff]", regex=True).mean() > 0.5
        least = SHORT_TEXT // 3 if dense else SHORT_TEXT
        worded = profile.values.dropna().str.contains(SEVERAL_WORDS, regex=True).mean() > SLIPS
        long = profile.values.str.len().mean() > least
        return kind == "text" or (kind in ("key", "category") and bool(worded and long))
    if column == "sender_phone":
        return bool(profile.values.str.contains(r"\d{4}|\d[ -]\d", regex=True).mean() > 0.5)
    if column == "given_split":
        return set(map(coded, profile.values.dropna().unique())) <= {
            w for s in vocabulary()["splits"].values() for w in s
        }
    if column == "direction":
        return kind in ("category", "number") and distinct <= FEW
    if column in ("status", "kind"):
        return kind in ("category", "number") and distinct <= SOME
    if column in ("sender_email", "sender_name"):
        return kind in ("category", "key", "text") and mailboxes(profile) == (column == "sender_email")
    if column == "currency":
        named = profile.values.dropna().unique()
        short = bool(profile.values.str.len().max() <= 5)
        return kind == "category" and (short or (distinct <= SOME and any(map(currency_code, named))))
    if column in ("country", "channel", "owner"):
        return kind in ("category", "key")
    if column == "product" and kind == "key" and profile.repeating == 0:
        return False  # nothing is asked for once and never again: it is the id of the row
    return kind != "time" and (kind != "text" or column == "subject")
