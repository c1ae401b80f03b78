"""Changes that the page of a form asks for, each a command of the draft."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.adapters.pinyin import spelling
from portal.core import pointer as pointers
from portal.core.canonical import canonical
from portal.core.designing.fields import (
    above,
    added,
    choices_in,
    lines_of,
    members,
    name_of,
    put,
    schema_at,
    schema_place,
    sections,
    shifted,
    taken_out,
    ui_place,
    with_choices,
)
from portal.core.designing.palette import PALETTE
from portal.core.designing.requiring import (
    ALWAYS,
    NEVER,
    OTHERWISE,
    SHOWN,
    WHERE,
    UnsayableError,
    require,
    required_of,
)
from portal.core.drafts import Change
from portal.core.drafts.order import STEP, beside, order_of
from portal.core.editors import changes, identifier
from portal.core.errors import InvalidInput, NotFound, msg
from portal.core.forms.ui import CHOSEN, TEXTS
from portal.core.packs.places import said
from portal.web.designing.form_desk import FormDesk
from portal.web.designing.stage_saving import as_kept
from portal.web.editing.naming import checked_name
from portal.web.editing.saving import save
from portal.web.language import joined

_MODES = (NEVER, ALWAYS, SHOWN, WHERE)
UNFINISHED: Any = object()  # a condition that a page has not finished


def field_changes(
    desk: FormDesk, seen: Mapping[str, Any], form: Mapping[str, str], when: Any, asked: Any
) -> list[Change]:
    """Return the changes from what a page showed of a field to what it sent.

    ``when`` and ``asked`` are the conditions by which it is shown and has to be filled in; UNFINISHED where the page
    has not said all of them.
    """
    schema, ui = dict(seen.get("schema") or {}), dict(seen.get("ui") or {})
    new_schema, new_ui = dict(schema), dict(ui)
    if "title" in form:
        holder = new_ui if "label" in ui else new_schema
        key = "label" if "label" in ui else "title"
        holder[key] = as_kept(holder.get(key), form["title"])
    for name in CHOSEN:
        if name in form:
            _say(new_ui, name, form[name])
    for name in TEXTS:
        if name in form:
            _say(new_ui, name, as_kept(ui.get(name), form[name]))
    if "options" in form:
        new_schema = _optioned(new_schema, form["options"])
    if when is not UNFINISHED:
        _say(new_ui, "when", when)
        if when is not None and "when" not in ui and "hidden_policy" not in new_ui:
            new_ui["hidden_policy"] = "clear"
    found = changes(schema, new_schema, desk.place(desk.chosen)) + changes(
        ui, new_ui, desk.shown_place(desk.chosen)
    )
    found += _required(desk, seen, form.get("required", ""), new_ui.get("when"), asked)
    return [*found, *_languages(desk, form)]


def _say(said: dict[str, Any], name: str, value: Any) -> None:
    if value in (None, "", {}):
        said.pop(name, None)
    else:
        said[name] = value


def _optioned(schema: dict[str, Any], text: str) -> dict[str, Any]:
    titles = lines_of(text)
    if titles == [title for _, title in choices_in(schema) or ()]:
        return schema
    if not titles:
        raise InvalidInput("forms.options", msg("Write down at least one option"))
    return with_choices(schema, titles, lambda title, taken: identifier(title, taken, spelling, "option"))


def _required(desk: FormDesk, seen: Mapping[str, Any], mode: str, when: Any, asked: Any) -> list[Change]:
    """Return the changes by which the field has to be filled in as the page says."""
    around = above(desk.chosen)
    base = desk.base + (schema_place(around) if around else "/schema")
    holder = desk.holder
    now = required_of(holder, name_of(desk.chosen), (seen.get("ui") or {}).get("when"))
    if mode not in _MODES or now.mode == OTHERWISE:
        return []
    if mode in (SHOWN, WHERE) and around:
        raise InvalidInput(
            "forms.required_inside", msg("In a group or table a field is asked for always, or never")
        )
    wanted = when if mode == SHOWN else asked
    if mode == WHERE and asked in (UNFINISHED, None):
        return []
    if mode == SHOWN and wanted is None:
        mode = ALWAYS
    try:
        return require(holder, base, name_of(desk.chosen), now, mode, wanted, _below(desk))
    except UnsayableError:
        text = msg("A form can't ask for a field by this condition; choose another one for it")
        raise InvalidInput("forms.required", text) from None


def _below(desk: FormDesk) -> Any:
    def below(code: str) -> tuple[str, ...] | None:
        for tree in desk.terms.values():
            if code in tree:
                return tuple(tree.below(code))
        return None

    return below


def _languages(desk: FormDesk, form: Mapping[str, str]) -> list[Change]:
    """Return the changes of what the field is called in other languages."""
    found = []
    source = desk.source(desk.ui(desk.chosen).get("label") or desk.schema(desk.chosen).get("title"))
    for code, _, before in desk.languages:
        text = " ".join(form.get(f"in-{code}", before).split())[:200]
        if text != before and source:
            where = pointers.join(["translations", code, source])
            found.append(Change("replace", where, before or None, text or None))
    return found


def add(desk: FormDesk, kind: str, title: str, inside: str, chosen: str) -> str:
    """Add a field of a sort; return its pointer."""
    beside = members(desk.definition, inside)
    title = checked_name(
        title, (said((schema_at(desk.definition, one) or {}).get("title")) for one in beside)
    )
    if kind not in PALETTE:
        raise NotFound("editor.unknown", msg("A configuration has no such page"))
    if inside and not schema_at(desk.definition, inside):
        raise NotFound("editor.gone", msg("This is not there any more: somebody removed it"))
    offered = PALETTE[kind]
    known = [name_of(one) for one in members(desk.definition, inside)]
    field = pointers.join([identifier(title, known, spelling, "field")], inside)
    more = {}
    if offered.asks:
        things = desk.things(offered.asks)
        choice = chosen or (things[0][0] if things else "")
        more = {"taxonomy" if offered.asks == "taxonomies" else "entity": choice} if choice else {}
    save(desk.key, added(desk.definition, desk.base, offered, title, field, desk.section, more))
    return field


def add_section(desk: FormDesk, title: str) -> str:
    """Add a section after the others; return its identifier."""
    known = (desk.definition.get("ui") or {}).get("sections") or {}
    title = checked_name(title, (said(one.get("title")) for one in known.values()))
    name = identifier(title, list(known), spelling, "section")
    last = max((one.get("order", 0) for one in known.values()), default=0)
    where = desk.base + pointers.join(["ui", "sections", name])
    save(desk.key, [Change("add", where, None, {"title": title, "order": int(last) + STEP, "columns": 2})])
    return name


def section_changes(desk: FormDesk, seen: Mapping[str, Any], form: Mapping[str, str]) -> list[Change]:
    """Return the changes from what a page showed of a section to what it sent."""
    new = dict(seen)
    if "title" in form:
        new["title"] = as_kept(seen.get("title"), form["title"])
    for name in ("help", "shortcut"):
        if name in form:
            _say(new, name, as_kept(seen.get(name), form[name]))
    if form.get("columns", "").isdecimal():
        new["columns"] = int(form["columns"])
    return changes(dict(seen), new, desk.base + desk.section_place)


def move_section(desk: FormDesk, up: bool) -> None:
    """Let the section that is shown stand one place earlier or later: one number changes."""
    names = sections(desk.definition)
    if desk.section not in names:
        return
    at = names.index(desk.section)
    known = desk.definition["ui"]["sections"]
    target = at - 1 if up else at + 2
    if (up and at == 0) or (not up and at == len(names) - 1):
        return
    stands = {key: {"order": known[key].get("order", index)} for index, key in enumerate(names)}
    number = _beside(stands, desk.section, names[target] if target < len(names) else None)
    where = f"{desk.base}{desk.section_place}/order"
    save(desk.key, [Change("move", where, known[desk.section].get("order"), number)])


def _beside(things: Mapping[str, Mapping[str, Any]], name: str, target: str | None) -> Any:
    number = beside(things, name, target)
    return number if number is not None else order_of(things[target] if target else {}) - 0.5


def move(desk: FormDesk, up: bool) -> None:
    """Let the chosen field stand one place earlier or later."""
    found = shifted(desk.definition, desk.base, desk.chosen, up)
    if found:
        save(desk.key, found)


def place(desk: FormDesk, before: str, section: str | None) -> None:
    """Let the chosen field stand before another one, or last in a section."""
    if before and above(before) != above(desk.chosen):
        raise InvalidInput(
            "forms.place", msg("A field stays in its group; put it before a field of the same group")
        )
    if before and section is None and not above(desk.chosen):
        section = desk.section
    found = put(desk.definition, desk.base, desk.chosen, before or None, section)
    if found:
        save(desk.key, found)


def widen(desk: FormDesk) -> None:
    """Let the chosen field take the next width: half a row, the whole row, a third."""
    turn = {"half": "full", "full": "third", "third": "half"}
    before = desk.ui(desk.chosen).get("width")
    save(
        desk.key,
        [Change("replace", desk.shown_place(desk.chosen) + "/width", before, turn.get(before or "half"))],
    )


def use(desk: FormDesk, hidden: bool) -> None:
    """Put the chosen field out of use, with all that stands in it, or into use again."""
    fields = [desk.chosen]
    ui = (desk.definition.get("ui") or {}).get("fields") or {}
    fields += [one for one in ui if one.startswith(desk.chosen + "/")]
    after = True if hidden else None
    wanted = [
        Change("replace", f"{desk.base}{ui_place(one)}/hidden", ui.get(one, {}).get("hidden"), after)
        for one in fields
        if (ui.get(one, {}).get("hidden") is True) != hidden
    ]
    if wanted:
        save(desk.key, wanted)


def remove(desk: FormDesk) -> None:
    """Take the chosen field out of the form, where it is our own and nothing else names it."""
    if not desk.is_own(desk.chosen):
        raise InvalidInput(
            "forms.inherited", msg("A configuration above has this field: put it out of use instead")
        )
    if users := [*_users_here(desk), *desk.used_in]:
        names = {"parts": joined(users)}
        raise InvalidInput(
            "forms.used", msg("The field is named elsewhere; change that first: %(parts)s"), names
        )
    save(desk.key, taken_out(desk.definition, desk.base, desk.chosen))


def _users_here(desk: FormDesk) -> list[str]:
    """Return the other fields of the form that are shown or asked for by what the chosen one says, in words."""
    name, inside = f'"{desk.chosen}"', desk.chosen + "/"
    others = [one for one in desk.known if one != desk.chosen and not one.startswith(inside)]
    return [f"“{desk.known[one].label}”" for one in others if name in canonical(_looked_at(desk, one))]


def _looked_at(desk: FormDesk, field: str) -> list[Any]:
    """Return the conditions of a field: when it is shown, and when it is asked for."""
    when = desk.ui(field).get("when")
    schema = desk.definition.get("schema") or {}
    return [when] if above(field) else [when, required_of(schema, name_of(field), when).when]
