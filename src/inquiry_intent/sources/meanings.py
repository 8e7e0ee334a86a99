"""What the codes of an export mean: won, lost and open; who wrote; which part of a split."""

from inquiry_intent.sources.naming import longest, plain, unspaced, vocabulary
from inquiry_intent.sources.profiles import Profile
from inquiry_intent.sources.values import coded

#: Signs that are no words, so that the vocabulary cannot hold them; and what changes no more than their look: whether
#: they are drawn as text or as emoji, and the skin of a hand.
TICKS = dict.fromkeys("√✓✔✅☑👍", "won") | dict.fromkeys("×✗✘✕✖❌❎☒👎", "lost")
LOOKS = dict.fromkeys([0xFE0E, 0xFE0F, *range(0x1F3FB, 0x1F400)])
#: Codes that say no more than yes or no.
YES = {"1.0", "true", "yes", "y", "t", "是", "ja", "oui", "si", "sim", "да", "tak", "evet", "نعم",
       *(sign for sign, result in TICKS.items() if result == "won")}  # fmt: skip
FLAGS = {*YES, "0.0", "false", "no", "n", "f", "否", "nein", "non", "nao", "нет", "nie", "hayir", "لا", *TICKS}


def meaning(value: str, section: str, *, whole: bool = True) -> str | None:
    """What a value means by the words of a section; None: not known.

    Where the value does not stand there as a whole, the longest part of it that means something decides.

    Parameters
    ----------
    section : str
        statuses, directions or splits of the vocabulary; `<singular>_parts` holds the parts.
    whole : bool
        Whether the value as a whole counts; else only its parts.

    >>> meaning("Gewonnen", "statuses"), meaning("Closed-Lost to Competition", "statuses"), meaning("6", "statuses")
    ('won', 'lost', None)
    """
    words = vocabulary()
    if section == "statuses" and whole and _coded(value) in TICKS:
        return TICKS[_coded(value)]
    if whole:
        said = {coded(value), plain(value)}
        for result, known in words[section].items():
            if said & set(known) or coded(value) in map(coded, known):
                return str(result)
    parts = words.get({"statuses": "status_parts", "directions": "direction_parts"}.get(section, ""), {})
    lengths = {result: longest(value, known) for result, known in parts.items()}
    best = max(lengths.values(), default=0)
    found = [result for result, length in lengths.items() if length == best]
    return str(found[0]) if best and len(found) == 1 else None


def meanings(profile: Profile, section: str, *, whole: bool = True) -> dict[str, str]:
    """The meaning of each value seen that has one; yes and no (or 1 and 0) have one where they are all there is.

    Of statuses they have one too beside others of which all are known, as those that are open.
    """
    if profile.kind in ("list", "empty"):
        return {}
    flag = is_flag(profile)
    if flag and section != "splits":
        yes, no = ("won", "lost") if section == "statuses" else ("inbound", "outbound")
        sure = yes_values(profile)
        return {v: yes if v in sure else no for v in sorted(profile.values.dropna().unique())}
    found = {value: meaning(value, section, whole=whole) for value in sorted(profile.values.dropna().unique())}
    known = {v: result for v, result in found.items() if result is not None and not _says_yes_or_no(v)}
    if section == "statuses" and whole:
        known |= dict.fromkeys(only_done(profile), "won") | signed(profile)
        marks = {v: result for v, result in found.items() if result in ("won", "lost") and _says_yes_or_no(v)}
        if "won" in known.values():
            known |= dict.fromkeys(only_closed(profile), "lost") | marks
        elif {"won", "lost"} <= set(marks.values()) and None not in found.values():
            known |= marks
        known |= dict.fromkeys(only_sold(profile), "won")
    return known


def signed(profile: Profile) -> dict[str, str]:
    """What a tick or a cross before or behind a status says, as in `✅ PO in`, or in its place, where no word does.

    Only of a column that has both: a tick alone may say that a step was taken.
    """
    found = {}
    for value in sorted(profile.values.dropna().unique()):
        bare = _coded(value)
        said = next((TICKS[sign] for sign in (bare[:1], bare[-1:]) if sign in TICKS), None)
        if said is not None and (bare in TICKS or meaning(value, "statuses") is None):
            found[value] = said
    return found if {"won", "lost"} <= set(found.values()) else {}


def tells_in_words(profile: Profile, *, whole: bool = True) -> bool:
    """Whether some statuses say won and others lost; done or closed alone, which other columns say too, is neither."""
    unsure = {*only_done(profile), *only_sold(profile)}
    known = {result for value, result in meanings(profile, "statuses", whole=whole).items() if value not in unsure}
    return not is_flag(profile) and {"won", "lost"} <= known


def only_done(profile: Profile) -> list[str]:
    """The statuses that say done and no more, as `готово` beside `нет` and `ждём`.

    Where another one says lost or no, and none says won, these are won; elsewhere they say that a task was done.
    """
    words = vocabulary()["done"]
    found = {v: meaning(v, "statuses") for v in sorted(profile.values.dropna().unique())}
    done = [v for v in found if plain(v) in words]
    others = {result for value, result in found.items() if value not in done}
    return done if "lost" in others and "won" not in others else []


def only_sold(profile: Profile) -> list[str]:
    """The statuses that say closed and no more, as `Fechado` does of a sale, where another says lost and none says won.

    What was no deal, as spam and tests, says nothing of sales; nor does 关闭, which says shut.
    """
    words = vocabulary()["closed"]["closed"]
    seen = sorted(profile.values.dropna().unique())
    closed = [v for v in seen if plain(v) in words and not unspaced(plain(v))]
    others = [v for v in seen if v not in closed]
    lost = any(meaning(v, "statuses", whole=False) == "lost" for v in others)
    return closed if lost and "won" not in {meaning(v, "statuses") for v in others} else []


def only_closed(profile: Profile) -> list[str]:
    """The statuses that say closed and nothing known, as `Closed - No response` does.

    Where another one says won, as `Closed - Won` does, these are lost; elsewhere what was won may be among them.
    """
    words = vocabulary()["closed"]
    unclear = [v for v in sorted(profile.values.dropna().unique()) if meaning(v, "statuses") is None]
    return [v for v in unclear if longest(v, words["closed"]) and not longest(v, words["not_closed"])]


def _says_yes_or_no(value: str) -> bool:
    return _coded(value) in FLAGS or plain(value) in FLAGS


def _coded(value: str) -> str:
    return coded(value.translate(LOOKS))


def is_flag(profile: Profile) -> bool:
    """Whether a column says yes or no and nothing else."""
    if profile.kind in ("list", "empty", "time", "text") or profile.distinct > 4:
        return False
    return all(map(_says_yes_or_no, profile.values.dropna().unique()))


def yes_values(profile: Profile) -> list[str]:
    """The values of a flag that mean yes."""
    return [v for v in sorted(profile.values.dropna().unique()) if _coded(v) in YES or plain(v) in YES]
