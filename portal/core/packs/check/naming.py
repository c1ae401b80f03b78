"""Names that definitions use: what each kind of thing is called in the bundle, and what was probably meant."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

from portal.core import effects
from portal.core import pointer as pointers
from portal.core.actors import EVERY_PARTY
from portal.core.conditions import FieldType
from portal.core.errors import DefinitionError, Problem, msg
from portal.core.layout.model import PLACES
from portal.core.numbering import CodePattern
from portal.core.packs.check.registry import Context, did_you_mean, items, meant

# Kind of thing -> the bundle's map in which it stands.
SECTIONS: Mapping[str, str] = {
    "route": "/routes",
    "department": "/departments",
    **{place: f"/layout/{places}" for place, places in PLACES.items()},
    "document": "/documents",
    "deadline": "/deadlines",
    "role": "/roles",
    "entity": "/forms",
    "taxonomy": "/taxonomies",
    "task": "/tasks",
    "event": "/events",
    "indicator": "/indicators",
}
# Kinds of things that are words of the settings: a pack without such a list has none of them.
VALUES = {"flag": "flags", "mode": "modes", "grade": "grades"}


def unknown(
    context: Context, code: str, message: str, target: Any, known: Collection[str], where: str
) -> Problem:
    """Return the problem of a name that is not among the known ones, with what was probably meant."""
    close, title = meant(str(target), known if isinstance(known, Mapping) else dict.fromkeys(known))
    shown = close or ", ".join(sorted(known)[:40])
    remedy = did_you_mean(title) if close else msg("Use one of: %(known)s")
    return context.problem(code, message, where, remedy, target=str(target), known=shown, title=title)


def refer(context: Context, kind: str, target: Any, where: str) -> Iterator[Problem]:
    """Yield a problem when a thing of a kind, named at ``where``, does not exist."""
    if kind in SECTIONS:
        yield from context.refer(target, SECTIONS[kind], where)
    elif kind in VALUES:
        known = pointers.get(context.bundle, f"/settings/values/{VALUES[kind]}")
        known = known if isinstance(known, dict) else {}
        if isinstance(target, str) and target not in known:
            message = msg("The settings have no %(target)s among their values for this")
            found = unknown(context, f"reference.{kind}", message, target, known, where)
            first = msg("Write it into the list of the settings first: it has none yet")
            yield found if known else replace(found, remedy=first)


def refer_all(context: Context, kind: str, targets: Any, where: str) -> Iterator[Problem]:
    """Yield a problem for each thing of a list that does not exist."""
    for index, target in enumerate(targets if isinstance(targets, list) else ()):
        yield from refer(context, kind, target, f"{where}/{index}")


def entity_types(context: Context) -> dict[str, Mapping[str, Any]]:
    """Return the entity types of the bundle."""
    return {key: form for key, form in items(context.section("forms")) if form.get("kind") == "entity"}


def refer_entity(context: Context, target: Any, where: str) -> Iterator[Problem]:
    """Yield a problem when an entity type does not exist."""
    known = entity_types(context)
    if isinstance(target, str) and target not in known:
        message = msg("There is no entity type %(target)s")
        yield unknown(context, "reference.entity", message, target, known, where)


def refer_actors(context: Context, found: Any, where: str) -> Iterator[Problem]:
    """Yield a problem for each role of staff or of a party that a list of actors names and nobody can have."""
    for index, actor in enumerate(found if isinstance(found, list) else ()):
        yield from refer_actor(context, actor, f"{where}/{index}")


def refer_actor(context: Context, actor: Any, where: str) -> Iterator[Problem]:
    """Yield a problem when the role of staff or of a party that an actor names does not exist."""
    if not isinstance(actor, dict):
        return
    yield from context.refer(actor.get("role"), "/roles", f"{where}/role")
    party, known = actor.get("party"), party_roles(context)
    if isinstance(party, str) and known and party not in known:
        message = msg("No party has the role %(target)s")
        yield unknown(context, "reference.party", message, party, known, f"{where}/party")


def code_pattern(context: Context, numbered: Any, where: str) -> Iterator[Problem]:
    """Yield the problems of the code pattern by which something is numbered."""
    if isinstance(numbered, dict) and isinstance(numbered.get("pattern"), str):
        try:
            CodePattern.parse(numbered["pattern"])
        except DefinitionError as error:
            yield from context.relocate(error.problems, f"{where}/pattern")


def party_roles(context: Context) -> set[str]:
    """Return the roles that parties have: the options of the field role of types that belong to another."""
    found: set[str] = set()
    for form in entity_types(context).values():
        if isinstance(form.get("entity"), dict) and form["entity"].get("parent"):
            options = pointers.get(form, "/schema/properties/role/oneOf", [])
            found |= {option["const"] for option in options if isinstance(option, dict) and "const" in option}
    return {*found, EVERY_PARTY} if found else found


def children_of(context: Context, entity: str) -> list[str]:
    """Return the entity types whose records belong to those of another."""
    return [
        key
        for key, form in entity_types(context).items()
        if isinstance(form.get("entity"), dict) and form["entity"].get("parent") == entity
    ]


def lifecycles_of(context: Context, entity: Any) -> list[Mapping[str, Any]]:
    """Return the lifecycles of an entity type; those of all types where none is named."""
    return [
        lifecycle
        for _, lifecycle in items(context.section("lifecycles"))
        if entity is None or lifecycle.get("entity") == entity
    ]


def fields_under(context: Context, forms: Collection[str], prefix: str) -> dict[str, FieldType] | None:
    """Return the fields of some forms by pointer below ``prefix``; None where one can't be read."""
    found: dict[str, FieldType] = {}
    for form in forms:
        fields = context.fields(form)
        if fields is None:
            return None
        found.update((prefix + pointer, kind) for pointer, kind in fields.items())
    return found


def effects_of(
    context: Context, listed: Any, where: str, local: Mapping[str, Collection[str]]
) -> Iterator[Problem]:
    """Yield the problems of a list of effects: things that do not exist, and the same effect twice.

    ``local`` are the names of the kinds of things that only the definition itself knows, such as its stages.
    """
    seen: set[str] = set()
    for index, raw in enumerate(listed if isinstance(listed, list) else ()):
        place = f"{where}/{index}"
        effect = effects.EFFECTS.get(str(raw.get("do"))) if isinstance(raw, dict) else None
        if effect is None:
            continue  # the schema says so
        for found in effects.named(raw, place):
            if found.kind in local:
                if found.id not in local[found.kind]:
                    message = msg("There is no %(target)s here")
                    code = f"effect.{found.kind}"
                    yield unknown(context, code, message, found.id, local[found.kind], found.pointer)
            else:
                yield from refer(context, found.kind, found.id, found.pointer)
        identity = effect.identity(raw)
        if identity in seen:
            yield context.problem(
                "effect.twice",
                msg("The list has this effect already"),
                place,
                msg("Keep one of them"),
            )
        seen.add(identity)
