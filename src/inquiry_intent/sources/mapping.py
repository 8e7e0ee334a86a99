"""Read and check a mapping file: how an export becomes the tables of the contract. See docs/mapping.md."""

from pathlib import Path

from inquiry_intent.config import checked, read_yaml
from inquiry_intent.errors import ConfigError, problems_listed
from inquiry_intent.sources.checking import mapping_problems
from inquiry_intent.sources.schema import Mapping


def load_mapping(path: Path) -> Mapping:
    """Read and check a mapping file.

    Raises
    ------
    ConfigError
        If it is missing, no YAML, or contradicts itself or the contract. Every problem is listed.
    """
    mapping = checked(Mapping, read_yaml(path, "a mapping file; see docs/mapping.md"), path)
    problems = mapping_problems(mapping)
    if problems:
        raise ConfigError(f"{path} has {problems_listed(problems)}")
    return mapping
