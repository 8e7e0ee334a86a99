"""From what a trader writes in the catalogue to what RE2 runs: fragments, folding, word edges, bounded gaps."""

import re
from collections.abc import Callable, Mapping

import re2

from inquiry_intent.signals.folding import fold_plain

_WORD = {"ru": "a-z0-9а-я", "ar": "a-z0-9ء-ي"}
_LATIN_WORD = "a-z0-9"
#: Arabic writes "and", "with", "for" and "the" onto the word.
ARABIC_PREFIX = "[وف]?(?:لل|[بكل]?(?:ال)?)"
#: Anything within the sentence; a full stop inside a number or address does not end it.
_IN_SENTENCE = r"(?:[^.;!?\n]|\.[0-9a-z])"
_GAP = {"zh": _IN_SENTENCE + "{0,12}?"}
_LATIN_GAP = _IN_SENTENCE + "{0,40}?"

_FRAGMENT = re.compile(r"\{([a-z_][a-z0-9_]*)\}")
#: Tokens that folding must not touch, and those it must look at one by one.
_TOKEN = re.compile(
    r"""(?P<escape>\\[pP]\{\^?\w+\}|\\[pP]\w|\\x\{[0-9a-fA-F]+\}|\\.)
      | (?P<opening>\(\?[^()]*?[:)])
      | (?P<set>\[\^?\]?(?:\\.|\[:\w+:\]|[^\]\\])*\])
      | (?P<space>[ ]+(?P<quantifier>[?*+]?))
      | (?P<plain>[a-z0-9()|\u0430-\u0438\u043a-\u044f\u4e00-\u9fff\u0621\u0627\u0628\u062a-\u063a\u0641-\u0648]+|.)""",
    re.VERBOSE | re.DOTALL,
)
#: A repetition without bound. Only words, digits and spaces may have one: the rest could run over a whole message.
_ENDLESS = re.compile(r"[*+]|\{\d+,\}")
#: What RE2 may keep of one pattern's states, in bytes. The longest lists of places outgrow the 8 MB that it takes by
#: default, and are then found at a hundredth of the speed.
_MEMORY = 64 << 20
_SIGNS = frozenset(".?*+()[]{}|^$-\\")
DEEPEST_FRAGMENT = 5


class PatternError(ValueError):
    """A pattern that cannot be run; the message says why and what to write instead."""


def expand(pattern: str, fragments: Mapping[str, str]) -> str:
    """Put fragments in the place of their `{name}`.

    Pattern and fragments are rewritten before: a fragment is rewritten once, however often it is used.

    >>> expand("send {sample}{1,2}", {"sample": "samples?"})
    'send (?:samples?){1,2}'
    """
    for _ in range(DEEPEST_FRAGMENT):
        names = set(_FRAGMENT.findall(pattern))
        if not names:
            return pattern
        if unknown := sorted(names - set(fragments)):
            raise PatternError(f"no fragment {{{unknown[0]}}} for this language; add it to the file's lexicon")
        pattern = _FRAGMENT.sub(lambda match: f"(?:{fragments[match[1]]})", pattern)
    raise PatternError(f"fragments name each other more than {DEEPEST_FRAGMENT} deep")


def rewrite(pattern: str, language: str) -> str:
    r"""Fold a pattern as text is folded, and give it the language's words.

    >>> rewrite(r"délai de \S+ \w+ ?x", "fr")
    'delai\\s+de\\s+\\S+\\s+[a-z0-9]+\\s*x'
    >>> rewrite("für", "de")
    'fue?r'
    """
    for match in _TOKEN.finditer(pattern):
        endless = _ENDLESS.match(pattern, match.end())
        if endless and (match[0] == "." or match[0].startswith("[^")):
            what = match[0] + endless[0]
            raise PatternError(f"{what!r} may run over the whole message; write {{gap}} or a bound such as .{{0,20}}")
    return "".join(_rewritten(match, language) for match in _TOKEN.finditer(pattern))


def _rewritten(match: re.Match[str], language: str) -> str:
    token, word = match[0], word_characters(language)
    match match.lastgroup:
        case "escape" if token == r"\b" and language in ("ru", "ar"):
            raise PatternError(r"\b knows Latin letters only; leave it out, the engine looks at word edges itself")
        case "escape":
            return {r"\w": f"[{word}]", r"\W": f"[^{word}]"}.get(token, token)
        case "opening":
            return token
        case "set":
            return _folded_set(token, word)
        case "space" | "quantifier":
            return {"": r"\s+", "+": r"\s+", "?": r"\s*", "*": r"\s*"}[match["quantifier"]]
        case _ if len(token) > 1:
            return token
        case _:
            return _umlaut(token) if language == "de" else _folded(token)


def _folded(token: str) -> str:
    """A literal character, folded; one that folds to a sign of the pattern language stays literal."""
    folded = fold_plain(token)
    if folded != token and folded in _SIGNS:
        return "\\" + folded
    return folded if len(folded) <= 1 else f"(?:{folded})"


def _umlaut(token: str) -> str:
    """German writes ü also as u and ue."""
    return {"ä": "ae?", "ö": "oe?", "ü": "ue?", "ß": "ss?"}.get(token.lower(), _folded(token))


def _folded_set(token: str, word: str) -> str:
    pieces = re.findall(r"\\[pP]\{\^?\w+\}|\\[pP]\w|\\x\{[0-9a-fA-F]+\}|\\.|.", token, re.DOTALL)
    return "".join(word if p == r"\w" else p if p.startswith("\\") else _in_set(p) for p in pieces)


def _in_set(character: str) -> str:
    folded = fold_plain(character)[:1]
    return "\\" + folded if folded != character and folded in _SIGNS else folded


def edged(pattern: str, language: str) -> str:
    """A rewritten pattern with its edge: it takes the character after the last word along.

    The edge before the first word cannot be part of a pattern that may itself begin with a comma or a line start: the
    matcher looks at it. Chinese has no edges. `^` and `$` stand for the start and end of a line.
    """
    if not has_edges(language):
        return f"(?m:{pattern})"
    prefix = ARABIC_PREFIX if language == "ar" else ""
    return f"(?m:{prefix}(?:{pattern})[^{word_characters(language)}])"


def has_edges(language: str) -> bool:
    """Whether the language writes words apart."""
    return language != "zh"


def word_characters(language: str) -> str:
    """Letters and digits of a word in folded text, as the inside of a character class."""
    return _WORD.get(language, _LATIN_WORD)


def compiled(expression: str) -> "re2._Regexp":
    """Compile for the search of spans in folded UTF-8 bytes.

    Raises
    ------
    PatternError
        If RE2 refuses it; look-arounds and back-references are refused because they are not linear in time.
    """
    options = re2.Options()
    options.never_capture = True
    options.log_errors = False
    options.max_mem = _MEMORY
    try:
        return re2.compile(expression.encode(), options)
    except re2.error as error:
        reason = error.args[0].decode() if isinstance(error.args[0], bytes) else str(error)
        hint = "; look-arounds and back-references do not exist here, use blocked_by" if "(?" in reason else ""
        raise PatternError(f"no valid pattern: {reason}{hint}") from None


def first_span_of(expression: "re2._Regexp") -> Callable[[bytes, int, int], tuple[int, int]]:
    """The search of a compiled expression without the match object around its result, which costs more than the search.

    Returns
    -------
    function of (bytes, start, stop)
        Gives the first match in bytes[start:stop] as start and end in `bytes`; (-1, -1) if there is none.
    """
    match, anywhere = expression._regexp.Match, re2._re2.RE2.Anchor.UNANCHORED

    def first_span(text: bytes, start: int, stop: int) -> tuple[int, int]:
        return match(anywhere, text, start, stop)[0]

    return first_span


def gaps(language: str) -> dict[str, str]:
    """The fragments every file has.

    {gap}: up to 40 characters (12 in Chinese) within the sentence; {words}: up to three words (6 characters).
    """
    word = word_characters(language)
    words = ".{0,6}?" if language == "zh" else f"(?:[{word}'-]+ ){{0,3}}?"
    return {"gap": _GAP.get(language, _LATIN_GAP), "words": words}
