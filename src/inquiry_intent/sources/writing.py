"""A suggested mapping as YAML, with its remarks beside what they are about."""

from typing import TYPE_CHECKING, Any

import yaml

from inquiry_intent.tables import NAMES

if TYPE_CHECKING:
    from inquiry_intent.sources.suggest import Suggestion

HEAD = """\
# A first mapping, made from column names and values. Read each remark, then run:
#   inquiry-intent mapping check THIS_FILE EXPORT
# What to ask of every column under `attributes`: was it known when the inquiry came in? If not, forbid it.
"""


def written_mapping(suggestion: "Suggestion") -> str:
    """The text of the mapping file."""
    lines = [HEAD + f"source: {flow(suggestion.source)}"]
    lines += [f"# {_one_line(remark)}" for remark in suggestion.remarks]
    if suggestion.timeless:
        lines.append("timeless: true # no time of receipt was found")
    if suggestion.zone:
        lines.append("zone: UTC # some times are written without a zone: put the exporting system's here")
    lines += _files(suggestion)
    for table in NAMES:
        lines += _table(suggestion, table)
    if suggestion.tier_leaks:
        lines += ["", "# Amounts reveal the client tier: no input of the tier model.", "tier_leaks:"]
        lines += [f"  - {flow(column)}" for column in suggestion.tier_leaks]
    return "\n".join(lines) + "\n"


def _files(suggestion: "Suggestion") -> list[str]:
    lines = ["", "files:"]
    rules = [rule for found in suggestion.tables.values() for rule in found]
    in_use = {rule["from"] for rule in rules} | {lookup["file"] for rule in rules for lookup in rule.get("lookup", [])}
    for sample in suggestion.samples:
        if sample.key not in in_use:
            continue
        lines += [f"  {flow(sample.key)}:", f"    path: {flow(sample.path)}"]
        if sample.sheet is not None:
            lines.append(f"    sheet: {flow(sample.sheet)}")
        if sample.skip_rows:
            lines.append(f"    skip_rows: {sample.skip_rows}")
        if "*" not in sample.path and any("was read as" in note for note in sample.rows.notes):
            lines.append(f"    encoding: {_encoding(sample.rows.notes)} # a guess")
        reasons = suggestion.forbidden.get(sample.key, {})
        if reasons:
            lines.append("    forbidden: # known only later, by the look of it; take a line out if it is not so")
            lines += [f"      - {flow(column)} # {_one_line(reason)}" for column, reason in reasons.items()]
    return lines


def _encoding(notes: tuple[str, ...]) -> str:
    said = next(note for note in notes if "was read as" in note)
    return said.split("was read as ")[1].split(",")[0]


def _table(suggestion: "Suggestion", table: str) -> list[str]:
    lines: list[str] = []
    for position, rule in enumerate(suggestion.tables.get(table, [])):
        if position == 0:
            lines += ["", f"{table}:"]
        lines += [f"  # {_one_line(remark)}" for remark in rule["remarks"]]
        first, indent = "  - ", "    "
        options = {key: value for key, value in rule.items() if key not in ("columns", "remarks", "attributes")}
        for key, value in options.items():
            lines.append(f"{first}{key}: {flow(value)}")
            first = indent
        lines.append(f"{indent}columns:")
        lines += [f"{indent}  {column}: {flow(value)}" for column, value in rule["columns"].items()]
        if rule.get("attributes"):
            lines.append(f"{indent}attributes:")
            for kind, columns in rule["attributes"].items():
                lines.append(f"{indent}  {kind}:")
                lines += [f"{indent}    - {flow(column)}" for column in columns]
    return lines


def flow(value: Any) -> str:
    """A value on one line of YAML.

    >>> flow("name"), flow({"column": "a, b", "values": {"1.0": "won"}})
    ('name', "{column: 'a, b', values: {'1.0': won}}")
    """
    inside = yaml.safe_dump([value], default_flow_style=True, allow_unicode=True, sort_keys=False, width=10**6)
    return inside.strip()[1:-1]


def _one_line(text: str) -> str:
    return " ".join(text.splitlines())  # no more, for a remark may hold a line to be pasted
