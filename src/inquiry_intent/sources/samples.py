"""The files of an export nobody has mapped yet: their first rows, and which column each name could mean."""

from dataclasses import dataclass, field
from pathlib import Path

from inquiry_intent.errors import SourceError
from inquiry_intent.sources.files import format_of, read_file
from inquiry_intent.sources.naming import mentions, rank, vocabulary
from inquiry_intent.sources.profiles import Profile, profile_columns
from inquiry_intent.sources.rows import Rows, unnested
from inquiry_intent.sources.values import coded
from inquiry_intent.tables import COLUMNS, NUMBER, TIME

SAMPLE_ROWS = 20_000
FEW, SOME = 12, 60


@dataclass
class Sample:
    """A file of the export with the profile of each of its columns."""

    key: str
    path: str
    rows: Rows
    profiles: dict[str, Profile]
    nested: str | None = None
    #: Columns that the draft uses or has spoken of.
    used: set[str] = field(default_factory=set)

    def best(self, table: str, column: str, among: set[str] | None = None) -> Profile | None:
        """The column whose name fits best, among those whose values fit."""
        ranked = []
        for name, profile in self.profiles.items():
            short = name.removeprefix(f"{self.nested}.") if self.nested else name
            fit = rank(short, vocabulary()[table][column])
            if fit is not None and fits(profile, table, column) and (among is None or name in among):
                ranked.append((fit, name))
        return self.profiles[min(ranked)[1]] if ranked else None

    def key_column(self) -> Profile | None:
        """The id of an inquiry: of the columns so named the first whose values are all different, else the first."""
        words = vocabulary()["inquiries"]["inquiry_id"]
        named = [
            (fit, p)
            for p in self.profiles.values()
            if (fit := rank(p.name, words)) and fits(p, "inquiries", "inquiry_id")
        ]
        named.sort(key=lambda item: item[0])
        whole = [p for _, p in named if p.filled > 0.99]
        unique = [p for p in whole if not p.values.duplicated().any()]
        return next(iter(unique + whole), None)

    def first_time(self, among: set[str]) -> Profile | None:
        """Without a telling name: the filled time column whose values come first."""
        times = [p for p in self.profiles.values() if p.kind == "time" and p.filled > 0.95 and p.name in among]
        return min(times, key=lambda p: p.times().median(), default=None)

    def thread(self) -> "Sample | None":
        """The items of the list that looks most like a thread."""
        found = []
        for profile in self.profiles.values():
            if profile.kind == "list":
                items = unnested(self.rows, profile.name)
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
    """The first rows of each file that can be read, and remarks on those that cannot."""
    if not export.exists():
        raise SourceError(f"{export} does not exist; expected a folder of exported files, or one file")
    root = export.parent if export.is_file() else export
    paths = [export] if export.is_file() else sorted(path for path in export.rglob("*") if path.is_file())
    samples: list[Sample] = []
    remarks = []
    for path in paths:
        name = str(path.relative_to(root))
        if format_of(path) is None or mentions(path.stem, vocabulary()["answers"]):
            remarks.append(f"not read: {name}")
            continue
        try:
            rows = read_file(path, name, most_rows=SAMPLE_ROWS)
        except SourceError as error:
            remarks.append(f"not read: {error}")
            continue
        if rows.frame.empty:
            why = f"; {rows.broken['reason'].iloc[0]}" if len(rows.broken) else ""
            remarks.append(f"not read: {name} has no rows{why}")
            continue
        remarks += rows.notes
        key = "".join(sign if sign.isalnum() else "_" for sign in path.name.split(".")[0]).strip("_").lower() or "file"
        keys = [sample.key for sample in samples]
        samples.append(Sample(key if key not in keys else f"{key}_{len(keys)}", name, rows, profile_columns(rows)))
    if not samples:
        raise SourceError(f"{export} has no file that can be read: {'; '.join(remarks) or 'it is empty'}")
    return samples, remarks


def fits(profile: Profile, table: str, column: str) -> bool:
    """Whether a column's values can be what its name says."""
    dtype, kind, distinct = COLUMNS[table][column], profile.kind, profile.distinct
    if kind in ("empty", "list"):
        return False
    if dtype == TIME:
        return kind == "time"
    if dtype == NUMBER:
        return kind == "number"
    if column == "text":
        return kind == "text" or (kind in ("key", "category") and profile.values.str.len().mean() > 12)
    if column == "given_split":
        return set(map(coded, profile.values.dropna().unique())) <= {
            w for s in vocabulary()["splits"].values() for w in s
        }
    if column == "direction":
        return kind in ("category", "number") and distinct <= FEW
    if column in ("status", "kind"):
        return kind in ("category", "number") and distinct <= SOME
    if column in ("sender_email", "sender_name"):
        return bool(profile.values.str.contains("@", regex=False).mean() > 0.3) == (column == "sender_email")
    if column == "currency":
        return kind == "category" and bool(profile.values.str.len().max() <= 5)
    if column in ("country", "channel", "owner"):
        return kind in ("category", "key")
    return kind != "time" and (kind != "text" or column == "subject")
