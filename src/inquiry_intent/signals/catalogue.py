"""The signal catalogue: data that a trader can edit, read and checked here. `docs/signals.md` explains its format."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from inquiry_intent.config import read_yaml
from inquiry_intent.errors import ConfigError, listed
from inquiry_intent.signals.patterns import PatternError, compiled, edged, expand, gaps, has_edges, rewrite
from inquiry_intent.signals.requirements import Requirements, requirements

FOLDER = Path(__file__).parent / "catalogue"
SHARED_LEXICON = Path(__file__).parent / "lexicon.yaml"

Language = Literal["en", "zh", "es", "pt", "fr", "de", "ru", "ar"]
#: What the number reader tells apart; see `quantities.find_quantities`.
Kind = Literal[
    "quantity",
    "money",
    "target_price",
    "order_value",
    "annual_volume",
    "deadline",
    "incoterm",
    "standard",
    "certificate",
    "hs_code",
]
#: Signals that code works out from the whole message; see `computed.py`.
Computed = Literal["price_only", "high_noise_ratio", "large_quantity", "wrong_product_category"]


def _text(value: object) -> object:
    """YAML reads an unquoted no, on or 500 as something else than text: say so instead of guessing."""
    if not isinstance(value, str):
        raise ValueError('expected text; put it in quotes, "like this"')
    if not value.strip():
        raise ValueError("is empty; leave the entry out instead")
    return value


Text = Annotated[str, BeforeValidator(_text)]
Texts = dict[Language, list[Text]]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Examples(_Entry):
    """Sentences that must hit, and near misses that must not."""

    positive: Texts = {}
    negative: Texts = {}


class Signal(_Entry):
    """One named signal, as the catalogue gives it."""

    meaning: Text
    dimension: Literal["intent", "role", "potential", "quality"]
    direction: Literal[-1, 0, 1]
    source: Annotated[Text, Field(pattern=r"^((\[\d{3}\][^\[\]]*)+|[^\[\]]+)$")]
    counts: Literal["once", "many"]
    scope: Literal["live", "signature"] = "live"
    patterns: Texts = {}
    blocked_by: Texts = {}
    negation: bool = True
    needs: Kind | None = None
    values: list[Kind] = []
    carries: list[Kind] = []
    computed: Computed | None = None
    thresholds: dict[str, float] = {}
    prototypes: Texts = {}
    examples: Examples = Examples()

    @model_validator(mode="after")
    def _can_hit(self) -> Self:
        if not (self.patterns or self.values or self.computed or self.prototypes):
            raise ValueError("can never hit: give patterns, values, prototypes or computed")
        return self


class _Cues(_Entry):
    """Words that take a hit back when they stand before or after it in its clause."""

    before: Texts = {}
    after: Texts = {}


class _SharedFile(_Entry):
    lexicon: dict[str, dict[Language, str | list[str]]] = {}
    negation: _Cues = _Cues()
    supplier: _Cues = _Cues()
    clause_start: Texts = {}


class _GroupFile(_Entry):
    lexicon: dict[str, dict[Language, str | list[str]]] = {}
    signals: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")], Signal]


@dataclass(frozen=True, eq=False)
class Expression:
    """A pattern as it is run: rewritten, with what its `{names}` stand for."""

    language: str
    pattern: str
    fragments: Mapping[str, str]

    @cached_property
    def compiled(self) -> Any:
        """With its edge, by RE2; when it is first needed, for most patterns find no text that might hold them.

        Raises
        ------
        PatternError
            If it names an unknown fragment, or RE2 cannot run it.
        """
        return compiled(edged(expand(self.pattern, self.fragments), self.language))

    def requirements(self) -> Requirements:
        """What a text must hold for the pattern to match; worked out anew each time, for it is large."""
        apart = not has_edges(self.language)
        return requirements(self.pattern, self.fragments, edges=self.language not in ("zh", "ar"), apart=apart)


@dataclass(frozen=True)
class Expressions:
    """What one signal matches in one language, pattern by pattern."""

    signal: str
    language: str
    found: list["Expression"]
    blocked: list["Expression"]


@dataclass(frozen=True)
class Catalogue:
    """All signals with their expressions, ready to be matched.

    `cues` holds, per language, the expressions that take a hit back: "before" and "after" for negations, "supplier"
    for words that introduce what we said, "clause" for what begins a new clause.
    """

    signals: dict[str, Signal]
    expressions: list[Expressions]
    cues: dict[str, dict[str, list[Expression]]]
    group_of: dict[str, str] = field(default_factory=dict)
    #: What `matcher.Matcher.of` has made of it.
    matchers: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def names(self) -> list[str]:
        """Signal ids in catalogue order."""
        return list(self.signals)


def load_catalogue(folder: Path | None = None, shared: Path = SHARED_LEXICON) -> Catalogue:
    """Read and check every `*.yaml` of a catalogue folder.

    Parameters
    ----------
    folder : Path, optional
        Default: the one that comes with the package. Its patterns are compiled only when they are needed, for
        `signals check` has run them all.

    Raises
    ------
    ConfigError
        If a file is missing or no YAML, or an entry is missing, unknown or invalid, a pattern cannot be run, or two
        files define the same signal. Every problem is listed.
    """
    files = sorted((folder or FOLDER).glob("*.yaml"))
    if not files:
        raise ConfigError(f"{folder or FOLDER} holds no .yaml file; expected the signal catalogue.")
    return load_files(files, shared, compile_all=folder is not None)


def load_files(files: list[Path], shared: Path = SHARED_LEXICON, *, compile_all: bool = True) -> Catalogue:
    """Read and check some files of a catalogue; see `load_catalogue`."""
    problems: list[str] = []
    common = _read(_SharedFile, shared, problems)
    groups = {path: _read(_GroupFile, path, problems) for path in files}
    signals: dict[str, Signal] = {}
    group_of: dict[str, str] = {}
    expressions: list[Expressions] = []
    lexicon = common.lexicon if common else {}
    for path, group in groups.items():
        if group is None:
            continue
        for name, signal in group.signals.items():
            if name in signals:
                problems.append(f"{path.name}: {name} is also defined in {group_of[name]}.yaml; keep one of them")
                continue
            signals[name], group_of[name] = signal, path.stem
        broken: list[str] = []
        expressions += _expressions(group, {**lexicon, **group.lexicon}, broken, compile_all)
        problems += [f"{path.name}: {problem}" for problem in broken]
    cues = _cues(common, problems, compile_all) if common else {}
    if problems:
        raise ConfigError(f"The signal catalogue has {len(problems)} problem(s):\n{listed(problems)}")
    return Catalogue(signals, expressions, cues, group_of)


@cache
def shipped_catalogue() -> Catalogue:
    """The package's catalogue, read once."""
    return load_catalogue()


def _read(model: type[Any], path: Path, problems: list[str]) -> Any:
    """One file, or None with its problems added."""
    try:
        return model.model_validate(read_yaml(path, "a file of the signal catalogue; see docs/signals.md"))
    except ConfigError as error:
        problems.append(str(error))
    except ValidationError as error:
        for e in error.errors():
            where = ".".join(map(str, e["loc"])) or "file"
            problems.append(f"{path.name}: {where}: {e['msg']} (got {str(e['input'])[:80]!r})")
    return None


class _Rewriter:
    """Patterns of one language, rewritten with the fragments that its file may use."""

    def __init__(
        self, lexicon: Mapping[str, Mapping[Any, str | list[str]]], language: str, *, compile_all: bool
    ) -> None:
        self._language, self._compile_all = language, compile_all
        given = {name: texts[language] for name, texts in lexicon.items() if language in texts}
        joined = {name: text if isinstance(text, str) else "|".join(text) for name, text in given.items()}
        self._given = {**gaps(language), **joined}
        self._fragments: dict[str, str] = {}

    def expressions(self, texts: list[str], where: str, problems: list[str]) -> list[Expression]:
        """Each pattern as an expression; what is wrong with one is added to `problems`."""
        found = []
        for number, text in enumerate(texts):
            try:
                expression = Expression(self._language, rewrite(text, self._language), self._all_fragments())
                if self._compile_all and expression.compiled.fullmatch(b"\n") is not None:
                    raise PatternError("matches the empty text; something in it must be required")
                found.append(expression)
            except PatternError as error:
                problems.append(f"{where}[{number}]: {error} (got {text[:80]!r})")
        return found

    def _all_fragments(self) -> dict[str, str]:
        """The fragments, rewritten, with the fragments that they name in their place."""
        if not self._fragments:
            rewritten = {name: rewrite(fragment, self._language) for name, fragment in self._given.items()}
            self._fragments = {name: expand(fragment, rewritten) for name, fragment in rewritten.items()}
        return self._fragments


def _expressions(
    group: _GroupFile, lexicon: Mapping[str, Any], problems: list[str], compile_all: bool
) -> list[Expressions]:
    """The expressions of a file's signals; what is wrong with its patterns is added to `problems`."""
    result: list[Expressions] = []
    for language in get_args(Language):
        rewriter = _Rewriter(lexicon, language, compile_all=compile_all)
        for name, signal in group.signals.items():
            where = f"{name}.patterns.{language}", f"{name}.blocked_by.{language}"
            found = rewriter.expressions(signal.patterns.get(language, []), where[0], problems)
            blocked = rewriter.expressions(signal.blocked_by.get(language, []), where[1], problems)
            if found:
                result.append(Expressions(name, language, found, blocked))
    return result


def _cues(common: _SharedFile, problems: list[str], compile_all: bool) -> dict[str, dict[str, list[Expression]]]:
    """Cue expressions by kind and language."""
    given = {
        "before": common.negation.before,
        "after": common.negation.after,
        "supplier": common.supplier.before,
        "clause": common.clause_start,
    }
    cues: dict[str, dict[str, list[Expression]]] = {}
    for kind, texts in given.items():
        for language, patterns in texts.items():
            broken: list[str] = []
            rewriter = _Rewriter(common.lexicon, language, compile_all=compile_all)
            found = rewriter.expressions(patterns, f"{kind}.{language}", broken)
            problems += [f"lexicon.yaml: {problem}" for problem in broken]
            if found:
                cues.setdefault(kind, {})[language] = found
    return cues


def examples_of(catalogue: Catalogue) -> Iterator[tuple[str, str, str, bool]]:
    """Every example sentence as (signal, language, text, must hit)."""
    for name, signal in catalogue.signals.items():
        for expected, texts in ((True, signal.examples.positive), (False, signal.examples.negative)):
            for language, sentences in texts.items():
                for sentence in sentences:
                    yield name, language, sentence, expected
