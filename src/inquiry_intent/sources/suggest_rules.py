"""Rules of a suggested mapping as they are drafted: how a column is read, and which columns one reads."""

from typing import Any

from inquiry_intent.sources.profiles import Profile

#: A rule, or a part of one, as it is written to the mapping.
Draft = dict[str, Any]


def time_rule(profile: Profile) -> Any:
    """How a time column is mapped: by its name, its format if that is not ISO, and words that are no date."""
    formats = profile.formats
    rule: Draft = {"column": profile.name}
    if formats:
        rule["format"] = formats[0] if len(formats) == 1 else formats
    if profile.zones == "mixed":
        rule["zone"] = "UTC"
    rule |= no_dates([profile])
    return rule if len(rule) > 1 else profile.name


def no_dates(profiles: list[Profile]) -> Draft:
    """What a rule of times says of words that stand where there is none: elsewhere the same may be a value."""
    words = [word for profile in profiles for word in profile.absent]
    return {"values": dict.fromkeys(words)} if words else {}


def columns_of(origin: Any) -> list[str]:
    """The source columns of a rule."""
    if isinstance(origin, str):
        return [origin]
    return origin.get("first_of", [origin[how] for how in ("column", "domain") if how in origin])


def first_column(rule: Any) -> str | None:
    """The first source column of a rule; None: it reads none."""
    return next(iter(columns_of(rule)), None)
