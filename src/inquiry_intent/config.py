"""The parameters of `params.yaml`, typed and checked."""

from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from inquiry_intent.errors import ConfigError, problems_listed

Share = Annotated[float, Field(gt=0, lt=1)]
Positive = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(gt=0)]
Model = TypeVar("Model", bound=BaseModel)
Target = Literal["conversion", "client_tier"]
TARGETS: tuple[Target, ...] = ("conversion", "client_tier")
TIERS = ("test", "short_term", "strategic")
#: The signal catalogue is large; the C parser reads it ten times as fast.
_FAST_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
#: A reason in params.yaml with fewer characters than this is none.
LEAST_REASON = 8


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _ascending(values: list) -> list:
    if sorted(set(values)) != values:
        raise ValueError("must ascend without repeats")
    return values


class DataConfig(_Section):
    export: Path
    mapping: Path


class SnapshotConfig(_Section):
    """When predictions are made: at ages of an inquiry, or after messages of its thread."""

    ages_days: Annotated[list[Annotated[float, Field(ge=0)]], AfterValidator(_ascending)]
    at_messages: Annotated[list[Count], AfterValidator(_ascending)] = []

    @model_validator(mode="after")
    def _one_clock(self) -> Self:
        if bool(self.ages_days) == bool(self.at_messages):
            raise ValueError("give ages_days or at_messages, and leave the other one empty")
        return self


class LabelConfig(_Section):
    horizon_days: Positive
    known_until: date | None = None


class TierConfig(_Section):
    currency: str
    method: Literal["thresholds", "quantiles"]
    thresholds: dict[Literal["short_term", "strategic"], Positive]
    quantiles: dict[Literal["short_term", "strategic"], Share]
    exchange_rates: dict[str, Positive]

    @model_validator(mode="after")
    def _bounds(self) -> Self:
        for name in ("thresholds", "quantiles"):
            bounds = getattr(self, name)
            if set(bounds) != {"short_term", "strategic"} or bounds["short_term"] >= bounds["strategic"]:
                raise ValueError(f"{name} must give short_term and, above it, strategic")
        if self.currency not in self.exchange_rates:
            raise ValueError(f"exchange_rates has no {self.currency}")
        return self


class SplitConfig(_Section):
    method: Literal["time", "random", "given"]
    valid_share: Share
    test_share: Share
    valid_from: date | None = None
    test_from: date | None = None
    gap_days: Annotated[float, Field(ge=0)] | None = None
    group_by: str | None
    seed: int


class EmbedConfig(_Section):
    """Everything that changes a vector, and where vectors are kept."""

    model: str
    batch_size: Count
    precision: Literal["auto", "float32", "bfloat16"]
    similarity: bool
    store: Path


class FeatureConfig(_Section):
    """Everything that changes a feature's value. Saved in the model bundle.

    What other sections say too stands only there: `Config` fills in `product_words` of the rules, and `usd_rates`, US
    dollars for one unit of a currency, from the tiers' exchange rates.
    """

    history_prior_weight: Positive
    recent_days: Positive
    quick_reply_hours: Positive
    judge: bool
    product_words: list[str] = []
    usd_rates: dict[str, Positive] = {}


class RuleConfig(_Section):
    product_words: list[str]
    pass_mark: Annotated[int, Field(ge=3, le=15)]
    grades: dict[Literal["A", "B"], Annotated[float, Field(ge=0, le=100)]]


class BoosterConfig(_Section):
    learning_rate: Positive
    n_estimators: Count
    num_leaves: Annotated[int, Field(ge=2)]
    min_child_samples: Count
    subsample: Annotated[float, Field(gt=0, le=1)]
    colsample_bytree: Annotated[float, Field(gt=0, le=1)]
    reg_lambda: Annotated[float, Field(ge=0)]


class WordsConfig(_Section):
    """The linear model of the buyers' words."""

    enabled: bool
    stacked: bool
    most_terms: Count
    strength: Positive


class TrainConfig(_Section):
    seed: int
    threads: Count
    folds: Annotated[int, Field(ge=2)]
    members: Annotated[list[Literal["rules", "words", "linear", "trees"]], Field(min_length=1)]
    extra_trees: list[Target]
    seeds: Count
    blend_penalty: Positive
    rates: list[Target]
    same_numbers: list[Target]
    rates_stacked: bool
    rules_stacked: bool
    linear_strength: Positive
    words: WordsConfig
    early_stopping_rounds: Count
    embedding_components: Annotated[int, Field(ge=0)]
    rare_category: Count
    conversion: BoosterConfig
    client_tier: BoosterConfig

    def members_of(self, target: Target) -> list[str]:
        """The members that a target's model may have."""
        extra = "trees" in self.members and target in self.extra_trees
        return [*self.members, *(["extra_trees"] if extra else [])]

    def booster(self, target: Target) -> BoosterConfig:
        """How the trees of a target are grown."""
        return getattr(self, target)


class TuneConfig(_Section):
    """How far a search for better parameters goes."""

    trials: Count
    seconds: Positive
    seed: int


class EvaluateConfig(_Section):
    capacity_share: Share
    hours_per_inquiry: Positive
    bootstrap_rounds: Count
    confidence: Share
    seed: int


class ExplainConfig(_Section):
    permutation_repeats: Count
    most_rows: Count
    seed: int


def _written(reason: str) -> str:
    if len(reason.strip()) < LEAST_REASON:
        raise ValueError("needs a written reason: how is it known before the outcome?")
    return reason


class AuditConfig(_Section):
    """When a column is suspected of knowing the outcome, and which ones are allowed all the same."""

    auc: Annotated[float, Field(gt=0.5, lt=1)]
    hint_auc: Annotated[float, Field(gt=0.5, lt=1)]
    pure_share: Share
    missing_share: Share
    decided_auc: Annotated[float, Field(gt=0.5, lt=1)]
    adversarial_auc: Annotated[float, Field(gt=0.5, lt=1)]
    drop: Share
    later_correlation: Share
    significance: Share
    permutations: Annotated[int, Field(ge=20)]
    seed: int
    allowed: dict[str, Annotated[str, AfterValidator(_written)]]


class TrackConfig(_Section):
    experiment_prefix: str


class Config(_Section):
    """All of `params.yaml`."""

    data: DataConfig
    targets: Annotated[list[Target], Field(min_length=1)]
    snapshots: SnapshotConfig
    label: LabelConfig
    tier: TierConfig
    split: SplitConfig
    embed: EmbedConfig
    features: FeatureConfig
    rules: RuleConfig
    train: TrainConfig
    tune: TuneConfig
    evaluate: EvaluateConfig
    explain: ExplainConfig
    audit: AuditConfig
    track: TrackConfig

    @model_validator(mode="after")
    def _shared(self) -> Self:
        rates = self.tier.exchange_rates
        in_dollars = {name: rate / rates["USD"] for name, rate in rates.items()} if "USD" in rates else {}
        filled = {"product_words": self.rules.product_words, "usd_rates": in_dollars}
        object.__setattr__(self, "features", self.features.model_copy(update=filled))
        return self


def load_config(path: Path, overrides: dict[str, Any] | None = None) -> Config:
    """Read and check params.yaml.

    Parameters
    ----------
    path : Path
        The parameter file.
    overrides : dict, optional
        Sections laid over the file's, key by key: what a mapping declares for its export (`params:` in the mapping).

    Raises
    ------
    ConfigError
        If the file is missing or no YAML, or a key is missing, unknown or of the wrong type. Every problem is listed.
    """
    values = read_yaml(path, "the parameters: a copy of the project's params.yaml, named by --params")
    return checked(Config, overlaid(values, overrides or {}), path)


class _Loader(_FAST_LOADER):
    """Refuses a key that stands twice, of which YAML would silently keep the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key, _ in node.value:
            if key.value in seen and isinstance(key, yaml.ScalarNode):
                raise yaml.MarkedYAMLError(problem=f"{key.value!r} stands twice; drop one", problem_mark=key.start_mark)
            seen.add(key.value if isinstance(key, yaml.ScalarNode) else None)
        values: dict[Any, Any] = super().construct_mapping(node, deep)
        return values


def read_yaml(path: Path, expected: str) -> dict[str, Any]:
    """Read a YAML file that holds a mapping at its top.

    Raises
    ------
    ConfigError
        If it is missing, no YAML, or something else than a mapping.
    """
    try:
        values = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)
    except FileNotFoundError:
        raise ConfigError(f"{path} does not exist; expected {expected}.") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is no YAML: {error}") from None
    if not isinstance(values, dict):
        held = "is empty" if values is None else f"holds {type(values).__name__}"
        raise ConfigError(f"{path} {held}, expected {expected}.")
    return values


def checked(model: type[Model], values: dict[str, Any], path: Path) -> Model:
    """Validate `values` read from `path`, all problems in one ConfigError."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        problems = [
            f"{'.'.join(map(str, e['loc'])) or 'file'}: {e['msg']} (got {str(e['input'])[:80]!r})"
            for e in error.errors()
        ]
        raise ConfigError(f"{path} has {problems_listed(problems)}") from None


def overlaid(base: dict[str, Any], overrides: dict[str, Any]) -> dict[str, Any]:
    """Lay `overrides` over `base`, section by section, without changing either.

    >>> overlaid({"a": {"b": 1, "c": 2}}, {"a": {"c": 3}})
    {'a': {'b': 1, 'c': 3}}
    """
    result = dict(base)
    for key, value in overrides.items():
        both = isinstance(value, dict) and isinstance(result.get(key), dict)
        result[key] = overlaid(result[key], value) if both else value
    return result
