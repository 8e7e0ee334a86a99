"""A table of an export while its rows are checked: which are kept, left out or quarantined, and why."""

from collections import Counter
from dataclasses import replace

import pandas as pd

from inquiry_intent.sources.faults import SAME, Faults, alike, hint_of
from inquiry_intent.sources.parts import Part, nobody_aside, precision_of
from inquiry_intent.sources.rows import QUARANTINE, broken_rows, no_broken_rows
from inquiry_intent.sources.times import Precision
from inquiry_intent.tables import TEXT

SAMPLE_ROWS = 3


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
    def broken(self) -> pd.DataFrame:
        """Rows of no shape, with inquiry_id: NaN where it cannot be told."""
        found = pd.concat([no_broken_rows(), *(part.rows.broken for part in self.parts)], ignore_index=True)
        return found.reindex(columns=QUARANTINE[1:]).astype({"inquiry_id": TEXT})

    def name_broken(self, ids: pd.Series) -> None:
        """Forget of broken rows what is no id of an inquiry: another cell stands where it should."""
        for part in self.parts:
            if "inquiry_id" in (broken := part.rows.broken):
                named = broken["inquiry_id"].where(broken["inquiry_id"].isin(ids))
                part.rows = replace(part.rows, broken=broken.assign(inquiry_id=named))

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
            "read": kept + quarantined + len(self.broken),
            "kept": kept,
            "quarantined": quarantined + len(self.broken),
            "left_out": left_out + self.before,
        }

    def quarantine(self) -> pd.DataFrame:
        """The bad rows with their reasons."""
        found, start = [self.broken], 0
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
        rows_found = pd.concat(found, ignore_index=True).astype({"inquiry_id": TEXT})
        rows_found.insert(0, "table", pd.Series(self.name, index=rows_found.index, dtype="str"))
        return rows_found[QUARANTINE]


def too_many_faults(draft: Draft, most: float) -> list[str]:
    """Why a table's mapping is probably wrong: reasons counted, and sample rows."""
    own = {at: reasons for at, reasons in draft.faults.reasons.items() if at not in draft.faults.inherited}
    broken = draft.broken.to_dict("records")
    bad, read = len(own) + len(broken), draft.counts()["read"]
    if bad <= most * read:
        return []
    origin = draft.origin
    alikes = Counter(alike(reason) for reasons in own.values() for reason in dict.fromkeys(reasons))
    alikes.update(alike(row["reason"]) for row in broken)
    lines = [
        f"    {count:,} x {reason}{hint_of(draft.name, reason, count / read)}"
        for reason, count in alikes.most_common(10)
    ]
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
