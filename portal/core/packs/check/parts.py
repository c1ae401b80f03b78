"""Parts: rows of a form that are records of another type."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from portal.core import pointer as pointers
from portal.core.conditions import FieldType
from portal.core.errors import Problem, msg
from portal.core.packs.check.naming import children_of, entity_types, unknown
from portal.core.packs.check.registry import Context, check


@check
def parts(context: Context) -> Iterator[Problem]:
    """The rows that an entity type keeps as records of another type fit that type."""
    types = entity_types(context)
    for key, form in types.items():
        entity = form.get("entity")
        declared = entity.get("parts") if isinstance(entity, dict) else None
        for place, target in declared.items() if isinstance(declared, dict) else ():
            where = pointers.join(["forms", key, "entity", "parts", place])
            if target not in types:
                yield unknown(
                    context, "part.type", msg("There is no entity type %(target)s"), target, types, where
                )
            elif target not in children_of(context, key):
                yield context.problem(
                    "part.parent",
                    msg("Records of the type %(part)s do not belong to %(entity)s"),
                    where,
                    msg('Give %(part)s the parent "%(entity)s", or name a type that has it'),
                    part=target,
                    entity=key,
                )
            else:
                yield from _fit(context, key, place, str(target), where)


def _fit(context: Context, entity: str, place: str, part: str, where: str) -> Iterator[Problem]:
    fields, wanted = context.fields(entity), context.fields(part)
    if fields is None or wanted is None:
        return
    rows = f"{place}/*"
    own = {name.removeprefix(rows): kind for name, kind in fields.items() if name.startswith(f"{rows}/")}
    if not own:
        known = sorted({name.partition("/*")[0] for name in fields if "/*/" in name})
        yield unknown(
            context, "part.rows", msg("There are no rows of groups at %(target)s"), place, known, where
        )
        return
    for name, kind in own.items():
        yield from _field(context, name, kind, wanted, part, where)
    required = pointers.get(context.bundle, pointers.join(["forms", part, "schema", "required"]), [])
    for name in required if isinstance(required, list) else ():
        if f"/{name}" not in own:
            yield context.problem(
                "part.required",
                msg("The type %(part)s needs %(field)s, which the rows do not have"),
                where,
                msg("Add it to the rows"),
                part=part,
                field=f"/{name}",
            )


def _field(
    context: Context, name: str, kind: FieldType, wanted: Mapping[str, Any], part: str, where: str
) -> Iterator[Problem]:
    other = wanted.get(name)
    if other is None:
        message = msg("The rows have %(target)s, which the other type does not have")
        yield unknown(context, "part.field", message, name, wanted, where)
    elif "any" not in (kind.type, other.type) and kind.type != other.type:
        yield context.problem(
            "part.kind",
            msg("%(field)s is %(found)s in the rows and %(wanted)s in the type %(part)s"),
            where,
            msg("Give both the same kind of value"),
            field=name,
            found=kind.type,
            wanted=other.type,
            part=part,
        )
