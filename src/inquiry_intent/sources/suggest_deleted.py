"""The part of a suggested mapping that leaves out the rows that a system keeps though they were deleted."""

from typing import TYPE_CHECKING

from inquiry_intent.sources.meanings import is_flag, yes_values
from inquiry_intent.sources.naming import mentions, vocabulary

if TYPE_CHECKING:
    from inquiry_intent.sources.suggest import Suggestion

#: Where more rows than this are flagged, the flag means something else.
MOST_DELETED = 0.5


def leave_deleted_out(draft: "Suggestion") -> None:
    """Leave out what a recycle bin holds, in every table that is read from its file."""
    for sample in draft.samples:
        rules = [rule for found in draft.tables.values() for rule in found if rule["from"] == sample.key]
        free = [p for name, p in sample.profiles.items() if name not in sample.used]
        for profile in [p for p in free if mentions(p.name, vocabulary()["deleted"])] if rules else []:
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
                    f"{int(rows.sum())} rows of {sample.place} that were deleted, as {profile.name!r} says, are left "
                    "out"
                )
