"""What is wrong with a mapping by itself, without its export: every problem at once."""

from typing import Any

from pydantic import BaseModel, ValidationError

from inquiry_intent.config import Config
from inquiry_intent.sources.schema import TIME_WORDS, InquiryRule, Mapping, Rule, TableRule, matches
from inquiry_intent.tables import ALLOWED_VALUES, ATTRIBUTE_PREFIX, COLUMNS, NUMBER, REQUIRED, TIME


def mapping_problems(mapping: Mapping) -> list[str]:
    """Contradictions in a mapping, and with the contract."""
    problems = []
    for table, place, rule in mapping.rules():
        problems += _file_problems(mapping, place, rule)
        columns = mapping.columns_of(table, rule)
        missing = [column for column in REQUIRED[table] if column not in columns]
        if mapping.timeless:
            missing = [column for column in missing if COLUMNS[table][column] != TIME]
        if rule.by_client:
            missing = [column for column in missing if column != "inquiry_id"]
        if missing:
            problems.append(f"{place}.columns lacks {missing}; map them{_hint(missing)}")
        problems += _order_problems(mapping, table, place, rule)
        for column, column_rule in rule.columns.items():
            problems += _column_problems(mapping, table, f"{place}.columns.{column}", column, column_rule)
    problems += _attribute_problems(mapping)
    problems += _params_problems(mapping.params)
    return list(dict.fromkeys(problems))


def _hint(missing: list[str]) -> str:
    if "received_at" in missing:
        return " (received_at may be {first_message: true}; an export without any times says 'timeless: true')"
    if "client_id" in missing:
        return " (where clients are not known, give the inquiry's own id)"
    return ""


def _order_problems(mapping: Mapping, table: str, place: str, rule: TableRule) -> list[str]:
    """What contradicts orders that find their inquiry by its client, and orders that are added."""
    problems = []
    if rule.one_per_key == "sum":
        if table != "outcomes":
            problems.append(f"{place}.one_per_key: sum is for outcomes only")
        elif "order_value" not in rule.columns and rule.columns.get("status", Rule(constant="won")).constant != "lost":
            problems.append(f"{place}.one_per_key: sum needs order_value; map it")
    if rule.by_client is None:
        return problems
    if table != "outcomes":
        return [*problems, f"{place}: by_client is for outcomes only"]
    if "decided_at" not in rule.columns:
        problems.append(f"{place}.columns lacks ['decided_at']; by_client needs the date of the order")
    if mapping.timeless:
        problems.append(f"{place}: by_client needs times, but the mapping says 'timeless: true'; drop one")
    if "inquiry_id" in rule.columns:
        problems.append(f"{place}.columns.inquiry_id is what by_client finds; drop one")
    if rule.columns.get("status", Rule(constant="won")).constant != "won":
        problems.append(
            f"{place}.columns.status: an order is won where by_client is set; drop it, and leave orders that came to "
            "nothing out with 'when' or 'unless'"
        )
    if rule.one_per_key:
        problems.append(f"{place} has by_client and one_per_key; drop the latter, orders of one inquiry are added")
    if not all(other.by_client for other in mapping.outcomes):
        problems.append("outcomes: some rules have by_client and some have not; an inquiry is decided in one way")
    return problems + _column_problems(
        mapping, "inquiries", f"{place}.by_client.client_id", "client_id", rule.by_client.client_id
    )


def _file_problems(mapping: Mapping, place: str, rule: TableRule) -> list[str]:
    """Unknown files, and forbidden columns that are used."""
    keys = {rule.from_: "from", **{lookup.file: "lookup" for lookup in rule.lookup}}
    problems = [
        f"{place}.{key} is {name!r}, expected one of files: {list(mapping.files)}"
        for name, key in keys.items()
        if name not in mapping.files
    ]
    there = [(lookup.file, column) for lookup in rule.lookup for column in lookup.on.values()]
    for name, column in [*((rule.from_, column) for column in rule.used), *there]:
        for lookup in rule.lookup:
            if column.startswith(f"{lookup.file}."):
                name, column = lookup.file, column.removeprefix(f"{lookup.file}.")
        for pattern in mapping.files[name].forbidden if name in mapping.files else []:
            if matches(pattern, column):
                problems.append(f"{place} uses {column!r}, which files.{name}.forbidden names ({pattern!r}); drop one")
    return problems


def _column_problems(mapping: Mapping, table: str, place: str, column: str, rule: Rule) -> list[str]:
    """A column the contract does not have, and readings that do not fit it."""
    dtype = COLUMNS[table].get(column)
    if dtype is None:
        return [f"{place} is no column of {table}, expected one of {list(COLUMNS[table])}"]
    problems = []
    if mapping.timeless and dtype == TIME:
        problems.append(f"{place} is a time, but the mapping says 'timeless: true'; drop one")
    if dtype != TIME and (rule.format or rule.zone):
        problems.append(f"{place} is no time; format and zone do not apply")
    if dtype == TIME:
        problems += _format_problems(place, rule)
    if dtype != NUMBER and rule.decimal:
        problems.append(f"{place} is no number; decimal does not apply")
    if dtype != NUMBER and rule.scale:
        problems.append(f"{place} is no number; scale does not apply")
    if rule.first_message and (table, column) != ("inquiries", "received_at"):
        problems.append(f"{place}: first_message is for inquiries.received_at only")
    if rule.first_message and not mapping.messages:
        problems.append(f"{place}: first_message needs messages; map them")
    if rule.first_inquiry and (table, column) != ("clients", "known_at"):
        problems.append(f"{place}: first_inquiry is for clients.known_at only")
    allowed = ALLOWED_VALUES.get((table, column))
    results = [*rule.values.values(), *rule.patterns.values(), rule.otherwise, rule.missing, rule.constant]
    wrong = sorted({value for value in results if value is not None} - set(allowed)) if allowed else []
    if wrong:
        problems.append(f"{place} gives {wrong}, expected {list(allowed or [])}")
    return problems


def _format_problems(place: str, rule: Rule) -> list[str]:
    return [
        f"{place}: format {name!r} is unknown, expected one of {list(TIME_WORDS)} or a pattern such as '%d/%m/%Y %H:%M'"
        for name in rule.format
        if name not in TIME_WORDS and "%" not in name
    ]


def _attribute_problems(mapping: Mapping) -> list[str]:
    problems = []
    kinds: dict[str, str] = {}
    for rule in mapping.inquiries:
        names = []
        for name, kind, attribute in rule.attributes.named():
            names.append(name)
            place = f"inquiries.attributes.{kind}: {name.removeprefix(ATTRIBUTE_PREFIX)!r}"
            if not attribute.used:
                problems.append(f"{place} reads no source column; a constant says nothing of an inquiry")
            if kinds.setdefault(name, kind) != kind:
                problems.append(f"{place} is also declared as {kinds[name]}; drop one")
            if kind == "days" and mapping.timeless:
                problems.append(f"{place} needs received_at, but the mapping says 'timeless: true'; drop one")
            if kind != "numeric" and attribute.scale:
                problems.append(f"{place} is no number; scale does not apply")
            problems += _format_problems(place, attribute) if kind == "days" else []
            problems += _leak_problems(mapping, place, rule, attribute)
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            problems.append(f"inquiries.attributes repeats {repeated}; drop one of each")
    declared = [column for rule in mapping.inquiries for _, _, a in rule.attributes.named() for column in a.used]
    problems += [
        f"tier_leaks: {pattern!r} matches no attribute; expected one of {declared[:20]}"
        for pattern in mapping.tier_leaks
        if not any(matches(pattern, column) for column in declared)
    ]
    return problems


def _leak_problems(mapping: Mapping, place: str, rule: InquiryRule, attribute: Rule) -> list[str]:
    """Attributes that are the label: columns that the outcome is read from."""
    problems = []
    for outcome in (other for other in mapping.outcomes if other.from_ == rule.from_):
        for column, origin in outcome.columns.items():
            shared = sorted(set(origin.used) & set(attribute.used))
            if not shared or column == "inquiry_id":
                continue
            if column in ("status", "decided_at"):
                problems.append(f"{place} is also outcomes.{column}: it would tell the model the answer; drop it")
            elif column in ("order_value", "annual_volume") and not any(
                matches(pattern, name) for pattern in mapping.tier_leaks for name in shared
            ):
                problems.append(f"{place} is also outcomes.{column}; name it in tier_leaks, or drop it")
    return problems


def _params_problems(params: dict[str, Any]) -> list[str]:
    """Overrides that params.yaml does not know, and values that none of it can have."""
    problems = []
    for section, values in params.items():
        if section not in Config.model_fields:
            problems.append(f"params.{section} is unknown, expected one of {list(Config.model_fields)}")
            continue
        model = Config.model_fields[section].annotation
        if not (isinstance(model, type) and issubclass(model, BaseModel)):
            continue
        if not isinstance(values, dict):
            problems.append(f"params.{section} is {values!r}, expected some of {list(model.model_fields)}")
            continue
        problems += [
            f"params.{section}.{key} is unknown, expected one of {list(model.model_fields)}"
            for key in values
            if key not in model.model_fields
        ]
        problems += _value_problems(section, model, values)
    return problems


def _value_problems(section: str, model: type[BaseModel], values: dict[str, Any]) -> list[str]:
    """Values of a section that cannot be; what it lacks, and how its values fit each other, params.yaml tells."""
    try:
        model.model_validate(values)
    except ValidationError as error:
        return [
            f"params.{section}.{'.'.join(map(str, e['loc']))}: {e['msg']} (got {str(e['input'])[:80]!r})"
            for e in error.errors()
            if e["loc"] and e["type"] not in ("missing", "extra_forbidden")
        ]
    return []
