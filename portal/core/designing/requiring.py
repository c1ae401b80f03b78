"""When a field has to be filled in, as a condition: read from the schema of a form, and written back into it.

JSON Schema says it by ``if`` and ``then``; pages say it as the conditions by which fields are shown. What no condition
can say stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from portal.core import pointer as pointers
from portal.core.designing.courses import listed
from portal.core.drafts import Change

Json = dict[str, Any]
Below = Callable[[str], Collection[str] | None]  # the codes of a taxonomy at and below a code
_SIZES = {"gte": "minimum", "lte": "maximum", "gt": "exclusiveMinimum", "lt": "exclusiveMaximum"}
_BY_SIZE = {key: op for op, key in _SIZES.items()}
_START = re.compile(r"\^([A-Za-z0-9_-]+)")
_NOT = {"ne": "eq", "not_in": "in", "not_under": "under"}


class UnsayableError(ValueError):
    """A condition that no schema of a form says."""


def no_terms(_code: str) -> None:
    """Know no taxonomy: codes are told by how they begin."""
    return


def schema_of(when: Any, below: Below = no_terms) -> Json:
    """Return the schema that a form meets where a condition holds; raise UnsayableError where none does."""
    if not isinstance(when, Mapping):
        raise UnsayableError
    if "field" in when:
        return _placed(pointers.split(str(when["field"])), _leaf(when, below))
    kind, members = next(iter(when.items()))
    parts = [schema_of(one, below) for one in members] if isinstance(members, list) else []
    if not parts or kind not in ("all", "any", "none"):
        raise UnsayableError
    if kind == "all":
        return _together(parts)
    either: Json = {"anyOf": parts}
    return either if kind == "any" else {"not": either}


def _together(parts: list[Json]) -> Json:
    names = [name for one in parts for name in one.get("required", ())]
    if len(parts) == 1:
        return parts[0]
    if any(set(one) - {"properties", "required"} for one in parts) or len(set(names)) < len(names):
        return {"allOf": parts}
    properties = {name: schema for one in parts for name, schema in one.get("properties", {}).items()}
    return {"properties": properties, "required": names} if properties else {"required": names}


def _placed(parts: list[str], leaf: Json | None) -> Json:
    """Return the schema of a form in which a field is there, with the schema of its value."""
    if not parts or pointers.EVERY in parts:
        raise UnsayableError
    inner = leaf if len(parts) == 1 else _placed(parts[1:], leaf)
    if len(parts) == 1 and leaf is None:
        return {"required": [parts[0]]}
    return {"properties": {parts[0]: inner}, "required": [parts[0]]}


def _leaf(when: Mapping[str, Any], below: Below) -> Json | None:
    op, value = when.get("op"), when.get("value")
    if op in _NOT:
        return {"not": _leaf({**when, "op": _NOT[op]}, below)}
    if op == "exists":
        return None
    if op == "eq" and not isinstance(value, Mapping | list):
        return {"const": value}
    if op == "in" and isinstance(value, list):
        return {"enum": value}
    if op in _SIZES and isinstance(value, int | float) and not isinstance(value, bool):
        return {_SIZES[op]: value}
    if op == "has" and not isinstance(value, Mapping | list):
        return {"contains": {"const": value}}
    if op == "has_any" and isinstance(value, list):
        return {"contains": {"enum": value}}
    if op == "under":
        return _under(value if isinstance(value, list) else [value], below)
    if op == "starts_with" and isinstance(value, str) and _START.fullmatch(f"^{value}"):
        return {"type": "string", "pattern": f"^{value}"}
    raise UnsayableError


def _under(codes: list[Any], below: Below) -> Json:
    if not all(isinstance(code, str) for code in codes):
        raise UnsayableError
    found = {code: below(code) for code in codes}
    if all(known is None or all(one.startswith(code) for one in known) for code, known in found.items()):
        starts = [re.escape(code) for code in codes]
        return {
            "type": "string",
            "pattern": f"^{starts[0]}" if len(starts) == 1 else f"^({'|'.join(starts)})",
        }
    return {"enum": sorted({one for code, known in found.items() for one in (known or (code,))})}


def condition_of(schema: Any) -> Any:
    """Return the condition that the ``if`` of a schema says; None for what no condition says."""
    if not isinstance(schema, Mapping) or not schema:
        return None
    if set(schema) <= {"properties", "required"}:
        return _all(list(_clauses(schema, "")))
    if len(schema) != 1:
        return None
    kind, members = next(iter(schema.items()))
    if kind == "not" and isinstance(members, Mapping) and set(members) == {"anyOf"}:
        parts = [condition_of(one) for one in members["anyOf"]]
        return {"none": parts} if None not in parts else None
    if kind not in ("allOf", "anyOf") or not isinstance(members, list):
        return None
    parts = [condition_of(one) for one in members]
    return {"all" if kind == "allOf" else "any": parts} if parts and None not in parts else None


def _all(parts: list[Any]) -> Any:
    if not parts or None in parts:
        return None
    return parts[0] if len(parts) == 1 else {"all": parts}


def _clauses(schema: Mapping[str, Any], at: str) -> Iterator[Any]:
    """Yield the comparison of each property; None for what no comparison says."""
    properties, required = schema.get("properties") or {}, schema.get("required") or []
    if set(properties) - set(required):
        yield None
    for name in required:
        where = pointers.join([name], at)
        inner = properties.get(name)
        known = {"properties", "required"}
        if isinstance(inner, Mapping) and known & set(inner) and set(inner) <= {*known, "type"}:
            yield from _clauses(inner, where)
        else:
            yield _clause(where, inner)


def _clause(where: str, schema: Any) -> Json | None:
    if schema in (None, {}, {"type": "array", "minItems": 1}):
        return {"field": where, "op": "exists"}
    if not isinstance(schema, Mapping):
        return None
    said = {key: value for key, value in schema.items() if key != "type" or len(schema) == 1}
    if len(said) != 1:
        return None
    key, value = next(iter(said.items()))
    if key == "not":
        inner = _clause(where, value)
        op = next((name for name, other in _NOT.items() if inner and inner["op"] == other), None)
        return {**inner, "op": op} if inner and op else None
    if key == "contains" and isinstance(value, Mapping) and len(value) == 1:
        inner_key, inner_value = next(iter(value.items()))
        op = {"const": "has", "enum": "has_any"}.get(inner_key)
        return {"field": where, "op": op, "value": inner_value} if op else None
    if key == "pattern":
        return _begins(where, value)
    op = {"const": "eq", "enum": "in", **_BY_SIZE}.get(key)
    return {"field": where, "op": op, "value": value} if op else None


def _begins(where: str, pattern: Any) -> Json | None:
    if not isinstance(pattern, str):
        return None
    if _START.fullmatch(pattern):
        return {"field": where, "op": "under", "value": pattern[1:]}
    several = re.fullmatch(r"\^\(([A-Za-z0-9_|-]+)\)", pattern)
    return {"field": where, "op": "under", "value": several[1].split("|")} if several else None


# -- in a form -------------------------------------------------------------------------------------

NEVER, ALWAYS, SHOWN, WHERE, OTHERWISE = "never", "always", "shown", "where", "otherwise"


@dataclass(frozen=True, slots=True)
class Required:
    """Whether a field has to be filled in: never, always, wherever it is shown, where a condition holds, or otherwise.

    ``otherwise`` is what the schema says in a way that no condition says.
    """

    mode: str
    when: Any = None
    index: int | None = None  # the entry of the schema's ``allOf`` that says it


def required_of(schema: Mapping[str, Any], name: str, shown_when: Any = None) -> Required:
    """Return whether a member of a schema has to be filled in; ``shown_when`` is the condition by which it shows."""
    if name in (schema.get("required") or ()):
        return Required(ALWAYS)
    for index, entry in enumerate(schema.get("allOf") or ()):
        then = entry.get("then") if isinstance(entry, Mapping) else None
        if not isinstance(then, Mapping) or name not in (then.get("required") or ()):
            continue
        when = condition_of(entry.get("if")) if set(entry) == {"if", "then"} else None
        if when is None or set(then) != {"required"}:
            return Required(OTHERWISE, None, index)
        return Required(SHOWN if shown_when is not None and when == shown_when else WHERE, when, index)
    return Required(NEVER)


def require(
    schema: Mapping[str, Any], base: str, name: str, now: Required, mode: str, when: Any, below: Below
) -> list[Change]:
    """Return the changes by which a member has to be filled in otherwise than now; ``when`` is None for no condition.

    Raise UnsayableError for a condition that no schema says.
    """
    changes: list[Change] = []
    required = list(schema.get("required") or ())
    wanted = [one for one in required if one != name] + ([name] if mode == ALWAYS else [])
    if (name in required) != (mode == ALWAYS):
        changes += _of_list(f"{base}/required", schema.get("required"), wanted)
    entry = None
    if mode in (SHOWN, WHERE) and when is not None:
        entry = {"if": schema_of(when, below), "then": {"required": [name]}}
    where = f"{base}/allOf"
    if now.index is not None and now.mode != OTHERWISE:
        old = schema["allOf"][now.index]
        if entry is not None and now.when == when:
            return changes
        others = [one for one in old["then"]["required"] if one != name]
        after: Json | None = {**old, "then": {"required": others}} if others else entry
        changes.append(Change("replace" if after else "remove", f"{where}/{now.index}", old, after))
        if not others:
            return _without_empty(changes, where, schema, after)
    if entry is not None:
        changes += (
            [Change("add", f"{where}/-", None, entry)]
            if schema.get("allOf")
            else [Change("add", where, None, [entry])]
        )
    return changes


def _without_empty(changes: list[Change], where: str, schema: Mapping[str, Any], after: Any) -> list[Change]:
    """Return changes that leave no empty list of conditions behind."""
    if after is None and len(schema["allOf"]) == 1:
        return [*changes[:-1], Change("remove", where, schema["allOf"], None)]
    return changes


def _of_list(where: str, before: Any, after: list[Any]) -> list[Change]:
    if not before:
        return [Change("add", where, None, after)]
    if not after:
        return [Change("remove", where, before, None)]
    return listed(where, list(before), after)
