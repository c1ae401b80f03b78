"""Check the structure of a rule set with its JSON Schema and say what is wrong in our own words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from jsonschema import ValidationError
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from portal.core import effects, pointer
from portal.core.conditions.operand import short
from portal.core.errors import Problem, msg
from portal.core.kinds import input_types
from portal.core.strict_schemas import StrictValidator
from portal.core.table import derived

SCHEMAS = Path(__file__).parent.parent / "schemas"
_BASE = "https://schemas.one-door.invalid/"
MAX_PROBLEMS = 200
MAX_ENTRIES = 1000
TOO_LARGE = "rules.size"

# Patterns of identifiers begin like this; nobody reads the rest of them.
_IDENTIFIER = "^[A-Za-z0-9][A-Za-z0-9_"

_MESSAGES: Mapping[str, str] = {
    "enum": msg("%(value)s is not one of: %(wanted)s"),
    "type": msg("%(value)s is not of the type %(wanted)s"),
    "pattern": msg("%(value)s does not have the form %(wanted)s"),
    "minimum": msg("%(value)s is less than %(wanted)s"),
    "maximum": msg("%(value)s is more than %(wanted)s"),
    "minLength": msg("Shorter than %(wanted)s characters"),
    "maxLength": msg("Longer than %(wanted)s characters"),
    "minItems": msg("Fewer than %(wanted)s entries"),
    "maxItems": msg("More than %(wanted)s entries"),
    "minProperties": msg("Fewer than %(wanted)s entries"),
    "maxProperties": msg("More than %(wanted)s entries"),
    "uniqueItems": msg("An entry appears twice"),
}
_UNFIT = msg("%(value)s fits none of the forms that are possible here")


@derived
def _validator() -> Any:
    """Return the validator of rule sets; conditions are left to their parser, which explains more."""
    common = json.loads((SCHEMAS / "common.json").read_text(encoding="utf-8"))
    anything: Any = {"$defs": {"count": True, "sum": True}}
    tables: Any = {
        "$defs": {
            "proposed_effect": effects.schema("rules"),
            "input_type": {"enum": list(input_types())},
        }
    }
    pieces = (("common.json", common), ("conditions.json", anything), ("tables.json", tables))
    registry: Registry[Any] = Registry().with_resources(
        (_BASE + name, Resource.from_contents(content, default_specification=DRAFT202012))
        for name, content in pieces
    )
    schema = json.loads((SCHEMAS / "rules.json").read_text(encoding="utf-8"))
    return StrictValidator(schema, registry=registry)


def check_structure(definition: Any, file: str = "") -> list[Problem]:
    """Return every place where ``definition`` does not have the structure of a rule set."""
    problems: list[Problem] = list(_oversized(definition, "", file))
    if problems:
        return problems
    for error in _validator().iter_errors(definition):
        problems.extend(_problems(error, file))
        if len(problems) >= MAX_PROBLEMS:
            break
    return sorted(problems, key=lambda problem: (problem.pointer, problem.message))


def _oversized(value: Any, where: str, file: str) -> Iterator[Problem]:
    """Yield lists and maps beyond any limit, before looking into each of their entries takes its time."""
    if not isinstance(value, dict | list):
        return
    if len(value) > MAX_ENTRIES:
        params = {"wanted": MAX_ENTRIES}
        yield Problem(TOO_LARGE, _MESSAGES["maxItems"], params, file, where)
        return
    for key, entry in value.items() if isinstance(value, dict) else enumerate(value):
        if key != "when":  # the parser of conditions has limits of its own
            yield from _oversized(entry, pointer.join([str(key)[:200]], where), file)


def _problems(error: ValidationError, file: str) -> Iterator[Problem]:
    where = pointer.join(str(part)[:200] for part in error.absolute_path)
    keyword = str(error.validator)
    wanted: Any = error.validator_value
    found: Any = error.instance
    code = "rules.structure"
    if keyword == "required":
        names = [name for name in wanted if name not in found]
        for name in names:
            yield Problem(code, msg("“%(name)s” is missing"), {"name": name}, file, where)
    elif keyword == "additionalProperties" and wanted is False:
        known = error.schema.get("properties", {}) if isinstance(error.schema, Mapping) else {}
        for name in [name for name in found if name not in known][:20]:
            params = {"name": short(name), "known": " ".join(known)}
            remedy = msg("known: %(known)s")
            yield Problem(code, msg("“%(name)s” is not known here"), params, file, where, remedy)
    elif keyword == "anyOf" and all(e.validator == "required" for e in error.context or ()):
        names = [name for e in error.context or () for name in cast("list[str]", e.validator_value)]
        params = {"names": " ".join(names)}
        yield Problem(code, msg("At least one of these is needed: %(names)s"), params, file, where)
    elif keyword == "pattern" and str(wanted).startswith(_IDENTIFIER):
        params = {"value": short(found)}
        remedy = msg("Write the identifier of what is meant, not what it is called")
        message = msg("“%(value)s” is no identifier: letters and digits, with _ . : - between them")
        yield Problem(code, message, params, file, where, remedy)
    else:
        shown = " ".join(map(str, wanted)) if isinstance(wanted, list) else str(wanted)
        params = {"value": short(found), "wanted": shown[:300]}
        yield Problem(code, _MESSAGES.get(keyword, _UNFIT), params, file, where)
