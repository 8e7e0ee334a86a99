"""What a buyer states in numbers or codes, as one record for all kinds."""

from typing import NamedTuple

#: A quantity that `mentions` tells apart: not wanted, ordered before, what someone else makes, sells or offers, or a
#: measure of the goods ("a 10 ton crane").
UNWANTED = "unwanted"


class Mention(NamedTuple):
    """A number or code at [start, end) of a folded text, with its unit, and in the unit's common base."""

    kind: str
    start: int
    end: int
    value: float = float("nan")
    unit: str | None = None
    base_value: float = float("nan")
    base_unit: str | None = None
