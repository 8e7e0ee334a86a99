"""Errors a user can fix. The command line shows them as text with exit code 1; a bug keeps its traceback.

InquiryIntentError
├── ConfigError           params.yaml or a mapping file is wrong
├── SourceError           an export cannot be read (missing file, wrong encoding, truncated, empty)
├── TableError            tables break the contract of `tables.py`
├── FeatureMismatchError  a bundle is given other features than it was trained on
├── BundleError           a saved model is incomplete, altered or from another format
└── DataError             the data cannot support what was asked (no labels, one class, nothing to score)
"""

import errno
from collections.abc import Sequence

#: What the system says of paths that cannot be read or written as they stand.
WRONG_PLACES = (PermissionError, IsADirectoryError, NotADirectoryError)
FULL_OR_LOCKED = (errno.ENOSPC, errno.EROFS, errno.EDQUOT)


class InquiryIntentError(Exception):
    """Base of all errors that a user can fix."""


class ConfigError(InquiryIntentError):
    """A parameter or mapping file has a missing, unknown or invalid entry."""


class SourceError(InquiryIntentError):
    """An export cannot be read."""


class TableError(InquiryIntentError):
    """A table breaks the contract."""


class FeatureMismatchError(InquiryIntentError):
    """Features differ from those the model was trained on."""


class BundleError(InquiryIntentError):
    """A saved model cannot be trusted or read."""


class DataError(InquiryIntentError):
    """The data cannot support what was asked."""


def what_to_say(error: Exception) -> str | None:
    """What a user is told of an error that they can fix; None: a bug, which keeps its traceback.

    >>> what_to_say(DataError("no labels")), what_to_say(KeyError("a"))
    ('no labels', None)
    """
    if isinstance(error, InquiryIntentError):
        return str(error)
    if isinstance(error, WRONG_PLACES) or (isinstance(error, OSError) and error.errno in FULL_OR_LOCKED):
        return f"{error.filename or 'The disk'}: {error.strerror}; name another path"
    return None


def listed(problems: Sequence[str], most: int = 50) -> str:
    """Join problems as an indented list, at most `most` of them, saying how many were left out."""
    shown = [f"  {problem}" for problem in problems[:most]]
    if len(problems) > most:
        shown.append(f"  … and {len(problems) - most} more")
    return "\n".join(shown)


def problems_listed(problems: Sequence[str]) -> str:
    """How many problems there are, then each in a line of its own, as `listed`."""
    return f"{counted(len(problems), 'problem')}:\n{listed(problems)}"


def counted(count: int, noun: str) -> str:
    """A count with its noun.

    >>> counted(1, "inquiry"), counted(1200, "row")
    ('1 inquiry', '1,200 rows')
    """
    return f"{count:,} {in_number(count, noun)}"


def in_number(count: float, noun: str) -> str:
    """A noun as it stands beside a count.

    >>> in_number(1, "inquiry"), in_number(2, "inquiry"), in_number(0, "row")
    ('inquiry', 'inquiries', 'rows')
    """
    return noun if count == 1 else f"{noun[:-1]}ies" if noun.endswith("ry") else f"{noun}s"


def shown(value: object) -> str:
    """A cell for a message: short, and no mail address.

    >>> shown("Jan 5"), shown("jane@example.com")
    ("'Jan 5'", "'…@…'")
    """
    text = str(value)
    return "'…@…'" if "@" in text else repr(text if len(text) <= 40 else text[:40] + "…")
