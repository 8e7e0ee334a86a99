"""The part of a suggested mapping that tells what buyers wrote from what the own team noted beside it."""

from inquiry_intent.sources.leaks import leak_reasons
from inquiry_intent.sources.naming import mentions, rank, vocabulary
from inquiry_intent.sources.profiles import Profile
from inquiry_intent.sources.samples import FILLED, Sample, mailboxes


def asked_beside(sample: Sample, notes: Profile, free: set[str]) -> tuple[Profile, list[str]]:
    """The text to take for the buyer's where the own team may have written `notes`, with remarks.

    It is another one that nearly all rows have and that is the longer: what was asked stands there first, and is noted
    upon in a few words. Else the notes, and the others are named.
    """
    others = [profile for name, profile in sample.profiles.items() if name in free and _may_be_asked(sample, profile)]
    best = max(others, key=_length, default=None)
    if best is None:
        return notes, []
    if best.filled >= FILLED > notes.filled and _length(best) > _length(notes):
        return best, [
            f"{best.name!r} is taken for what the buyer wrote, and {notes.name!r} for notes of your team; is that so?"
        ]
    names = [profile.name for profile in others]
    return notes, [
        f"{notes.name!r}: is it what the buyer wrote when the inquiry came in? Notes of your own team would be leaks. "
        f"{names[:10]} are texts too, and not read: is it one of these that the buyer wrote?"
    ]


def _may_be_asked(sample: Sample, profile: Profile) -> bool:
    """Whether nothing says that a text is a note, a name, a later word, or what another column of the contract is."""
    words, name = vocabulary(), sample.short(profile.name)
    if profile.kind != "text" or mailboxes(profile) or leak_reasons({name: profile}, None, None):
        return False
    if mentions(name, [*words["own_notes"], *words["personal"], *words["names"], *words["reply_texts"]]):
        return False
    most = 0 if mentions(name, words["by_buyers"]) else 2  # 买家原话 holds the word for a client too
    return not any((rank(name, known) or (9,))[0] <= most for known in words["inquiries"].values())


def _length(profile: Profile) -> float:
    return float(profile.values.str.len().mean())
