"""The part of a suggested mapping that leaves out the rows that a system keeps though they were deleted."""

from typing import TYPE_CHECKING

from inquiry_intent.sources.meanings import is_flag, yes_values
from inquiry_intent.sources.naming import SMALL, plain, vocabulary

if TYPE_CHECKING:
    from inquiry_intent.sources.suggest import Suggestion

#: Where more rows than this are flagged, the flag means something else.
MOST_DELETED = 0.5


def leave_deleted_out(draft: "Suggestion") -> None:
    """Leave out what a recycle bin holds, in every table that is read from its file."""
    for sample in draft.samples:
        rules = [rule for found in draft.tables.values() for rule in found if rule["from"] == sample.key]
        free = [p for name, p in sample.profiles.items() if name not in sample.used]
        for profile in [p for p in free if _of_deleted(sample.short(p.name))] if rules else []:
            deleted = yes_values(profile) if is_flag(profile) else []
            rows = profile.values.isin(deleted)
            if profile.kind == "time" and profile.filled < MOST_DELETED:
                draft.remarks.append(
                    f"DELETED ROWS: {int(profile.values.notna().sum())} rows of {sample.place} have a "
                    f"{profile.name!r}; export without what was deleted"
                )
            elif 0 < rows.mean() < MOST_DELETED:
                for rule in rules:
                    rule["unless"] = rule.get("unless", {}) | {profile.name: deleted}
                sample.used.add(profile.name)
                draft.remarks.append(
                    f"DELETED ROWS ARE LEFT OUT: {int(rows.sum())} of {sample.place}, as {profile.name!r} says; "
                    "is that so?"
                )


def _of_deleted(name: str) -> bool:
    """Whether a name says that a row was deleted, and nothing else: not what was, nor that it was not.

    >>> _of_deleted("IsDeleted"), _of_deleted("Not deleted"), _of_deleted("Deleted items")
    (True, False, False)
    """
    words = vocabulary()["deleted"]
    beside = {*words["beside"], *SMALL}
    said, *known = (" ".join(w for w in n.split() if w not in beside) for n in (plain(name), *words["names"]))
    return said in known
