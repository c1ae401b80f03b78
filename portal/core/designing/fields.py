"""Changes of a form: fields added, placed, taken out, their options; sections; each as places with values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from portal.core import pointer as pointers
from portal.core.designing.palette import Offered
from portal.core.designing.requiring import NEVER, Required, no_terms, require, required_of
from portal.core.drafts import Change
from portal.core.drafts.order import STEP, between

Form = Mapping[str, Any]
NO_SECTION = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A field of a form: its pointer, the section it stands in, and the number by which it stands there."""

    field: str
    section: str
    order: float | None


def schema_place(field: str) -> str:
    """Return the place in a form of the schema of a field; ``*`` leads into the entries of a list."""
    parts: list[str] = ["schema"]
    for part in pointers.split(field):
        parts += ["items"] if part == pointers.EVERY else ["properties", part]
    return pointers.join(parts)


def ui_place(field: str) -> str:
    """Return the place in a form at which it is said how a field is shown."""
    return pointers.join(["ui", "fields", field])


def schema_at(form: Form, field: str) -> Mapping[str, Any]:
    """Return the schema of a field; nothing for one that the form does not write down."""
    found = pointers.get(form, schema_place(field), None)
    return found if isinstance(found, Mapping) else {}


def ui_at(form: Form, field: str) -> Mapping[str, Any]:
    """Return what a form says of how a field is shown."""
    found = pointers.get(form, ui_place(field), None)
    return found if isinstance(found, Mapping) else {}


def above(field: str) -> str:
    """Return the group, or the row of a list, in which a field stands; empty for the form itself."""
    return field.rpartition("/")[0]


def name_of(field: str) -> str:
    """Return the name of a field in its group."""
    return pointers.split(field)[-1] if field else ""


def members(form: Form, container: str) -> list[str]:
    """Return the fields of a group in the order of the page."""
    properties = schema_at(form, container).get("properties") if container else _of_form(form)
    names = [pointers.join([name], container) for name in properties or ()]
    numbers = {name: _number(ui_at(form, name).get("order")) for name in names}
    first = sorted((name for name in names if numbers[name] is not None), key=lambda name: numbers[name] or 0)
    return [*first, *(name for name in names if numbers[name] is None)]


def _of_form(form: Form) -> Any:
    return (form.get("schema") or {}).get("properties")


def _number(value: Any) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def sections(form: Form) -> list[str]:
    """Return the sections of a form in order."""
    found = (form.get("ui") or {}).get("sections") or {}
    return sorted(found, key=lambda key: (_number(found[key].get("order")) or 0, list(found).index(key)))


def placed(form: Form) -> dict[str, list[str]]:
    """Return the fields of each section in order; those that stand in none come last, under the empty name."""
    known = sections(form)
    found: dict[str, list[str]] = {key: [] for key in known}
    for field in members(form, ""):
        section = ui_at(form, field).get("section")
        found.setdefault(section if section in known else NO_SECTION, []).append(field)
    return found


def siblings(form: Form, field: str) -> list[str]:
    """Return the fields among which a field stands: those of its section, or of its group."""
    container = above(field)
    if container:
        return members(form, container)
    return next((fields for fields in placed(form).values() if field in fields), [])


def section_of(form: Form, field: str) -> str:
    """Return the section in which a field, or the group around it, stands."""
    top = pointers.join(pointers.split(field)[:1])
    return next((key for key, fields in placed(form).items() if top in fields), NO_SECTION)


def put(form: Form, base: str, field: str, before: str | None, section: str | None = None) -> list[Change]:
    """Return the changes by which a field stands before another one, or last in a section: one number, as a rule."""
    among = siblings(form, field) if section is None else placed(form).get(section, [])
    others = [one for one in among if one != field]
    at = others.index(before) if before in others else len(others)
    changes = _numbered(form, base, others, field, at)
    if section is not None and not above(field) and section != ui_at(form, field).get("section", NO_SECTION):
        was = ui_at(form, field).get("section")
        where = f"{base}{ui_place(field)}/section"
        changes = [Change("replace", where, was, section or None), *changes]
    return changes


def _numbered(form: Form, base: str, others: list[str], field: str, at: int) -> list[Change]:
    """Return the moves that let a field stand at a place among others; those without a number before it get one."""
    numbers = {one: _number(ui_at(form, one).get("order")) for one in others}
    changes, last = [], 0.0
    for one in others[:at]:
        number = numbers[one]
        if number is None:
            number = last + STEP
            changes.append(Change("move", f"{base}{ui_place(one)}/order", None, number))
        last = max(last, number)
    following = next((numbers[one] for one in others[at : at + 1] if numbers[one] is not None), None)
    number = between(last if at else None, following)
    if number is None:
        number = last + 0.5
    before = ui_at(form, field).get("order")
    return (
        changes
        if before == number
        else [*changes, Change("move", f"{base}{ui_place(field)}/order", before, number)]
    )


def shifted(form: Form, base: str, field: str, up: bool) -> list[Change]:
    """Return the changes by which a field stands one place earlier or later; at an end it goes to the next section."""
    among = siblings(form, field)
    at = among.index(field) if field in among else -1
    if at < 0:
        return []
    if up and at > 0:
        return put(form, base, field, among[at - 1])
    if not up and at < len(among) - 1:
        return put(form, base, field, among[at + 2] if at + 2 < len(among) else None)
    if above(field):
        return []
    known = [key for key in placed(form) if key]
    here = section_of(form, field)
    index = known.index(here) + (-1 if up else 1) if here in known else -1
    if not 0 <= index < len(known):
        return []
    there = placed(form)[known[index]]
    return put(form, base, field, None if up else next(iter(there), None), known[index])


def added(
    form: Form, base: str, kind: Offered, title: str, field: str, section: str, more: Mapping[str, Any]
) -> list[Change]:
    """Return the changes that add a field of a sort, last in its section or group."""
    schema = {"type": kind.schema.get("type"), "title": title, **kind.schema}
    inside = above(field)
    among = members(form, inside) if inside else placed(form).get(section, [])
    last = max((_number(ui_at(form, one).get("order")) or 0 for one in among), default=0)
    shown: dict[str, Any] = {"section": section} if section and not inside else {}
    shown |= {"order": int(last) + STEP, "width": "half", **kind.ui, **more}
    return [
        Change("add", base + schema_place(field), None, schema),
        Change("add", base + ui_place(field), None, shown),
    ]


def taken_out(form: Form, base: str, field: str) -> list[Change]:
    """Return the changes that take a field out of a form, with all that is said of it there."""
    changes = []
    if not above(field):
        schema = form.get("schema") or {}
        now: Required = required_of(schema, name_of(field))
        changes += require(schema, f"{base}/schema", name_of(field), now, NEVER, None, no_terms)
    else:
        holder = schema_at(form, above(field))
        if name_of(field) in (holder.get("required") or ()):
            now = required_of(holder, name_of(field))
            where = base + schema_place(above(field))
            changes += require(holder, where, name_of(field), now, NEVER, None, no_terms)
    for other, said in ((form.get("ui") or {}).get("fields") or {}).items():
        if other == field or other.startswith(field + "/"):
            changes.append(Change("remove", base + ui_place(other), said, None))
    first = (form.get("ui") or {}).get("first") or []
    for index in range(len(first) - 1, -1, -1):
        if first[index] == field or first[index].startswith(field + "/"):
            changes.append(Change("remove", f"{base}/ui/first/{index}", first[index], None))
    return [*changes, Change("remove", base + schema_place(field), schema_at(form, field), None)]


# -- options ---------------------------------------------------------------------------------------


def choices_in(schema: Mapping[str, Any]) -> list[tuple[Any, str]] | None:
    """Return the options of a field with their titles; None for a field without options."""
    if schema.get("type") == "array" and isinstance(schema.get("items"), Mapping):
        return choices_in(schema["items"])
    several = schema.get("oneOf")
    if isinstance(several, list) and all(isinstance(one, Mapping) and "const" in one for one in several):
        return [(one["const"], str(one.get("title", one["const"]))) for one in several]
    listed = schema.get("enum")
    return [(one, str(one)) for one in listed] if isinstance(listed, list) else None


def with_choices(
    schema: Mapping[str, Any], titles: list[str], identifier: Callable[[str, list[str]], str]
) -> dict[str, Any]:
    """Return a field with other options: one keeps its code by its title, or at its place where it is renamed."""
    if schema.get("type") == "array" and isinstance(schema.get("items"), Mapping):
        return {**schema, "items": with_choices(schema["items"], titles, identifier)}
    known = choices_in(schema) or []
    codes = {title: code for code, title in known}
    new = [title for title in titles if title not in codes]
    gone = [code for code, title in known if title not in titles]
    if len(titles) == len(known) and len(new) == len(gone):
        codes |= {
            title: known[at][0] for at, title in enumerate(titles) if title in new and known[at][0] in gone
        }
    made: list[dict[str, Any]] = []
    old = {
        one["const"]: one for one in schema.get("oneOf", ()) if isinstance(one, Mapping) and "const" in one
    }
    taken = [str(code) for code, _ in known]
    for title in dict.fromkeys(titles):
        code = codes[title] if title in codes else identifier(title, taken)
        taken.append(str(code))
        made.append({**old.get(code, {}), "const": code, "title": title})
    return {**{key: value for key, value in schema.items() if key != "enum"}, "oneOf": made}


def lines_of(text: str) -> list[str]:
    """Return pasted lines as texts, without blank ones and without marks before them."""
    found = (" ".join(line.split()).lstrip("-•·*").strip() for line in text.splitlines())
    return list(dict.fromkeys(line[:100] for line in found if line))[:300]
