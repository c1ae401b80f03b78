"""Forms of a draft drawn by the portal's own form engine: to be worked on, and as a role sees them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from markupsafe import Markup

from portal.core import pointer as pointers
from portal.core.access import ADD, EDIT, LIST, SHOW
from portal.core.conditions import Env
from portal.core.designing.samples import sample
from portal.core.disclosure import Plan, Protected, plan_of, protected_fields
from portal.core.errors import DefinitionError, msg
from portal.core.forms import FULL, CompiledForm, Profile, compile_form
from portal.core.forms.ui import PLACING
from portal.web import access, language
from portal.web.days import day_in_words
from portal.web.designing.form_desk import FormDesk
from portal.web.forms import FormContext
from portal.web.forms.render import render_body
from portal.web.language import as_written, translate
from portal.web.parts import icon
from portal.web.words.here import here
from portal.web.words.picking import unit_paths

# What of a field decides where and whether it stands on the page of a clerk: to be worked on, it stands there always.
_LEFT_OUT = frozenset(PLACING) - {"order"} | {"hidden_policy"}


def canvas(desk: FormDesk) -> Markup:
    """Return the fields of the section that is shown, each with a way to choose it."""
    fields = desk.fields(desk.section)
    if not fields:
        return Markup("")
    form = _compiled(desk, _section_alone(desk, fields))
    if form is None:
        return Markup('<p class="none">{}</p>').format(
            translate(msg("Something in this form is wrong, so that it can't be drawn. The check says what."))
        )
    context = replace(_context(desk), mark=lambda pointer: _mark(desk, pointers.pattern_of(pointer)))
    return render_body(form, None, context=context, form_id="canvas")


def _section_alone(desk: FormDesk, fields: list[str]) -> dict[str, Any]:
    """Return the form with the fields of one section alone, all of them shown."""
    schema = desk.definition.get("schema") or {}
    names = [pointers.split(one)[0] for one in fields]
    shown = {
        where: _always(said)
        for where, said in ((desk.definition.get("ui") or {}).get("fields") or {}).items()
        if pointers.split(where)[:1] and pointers.split(where)[0] in names
    }
    for one in fields:
        if desk.inner(one).endswith("*"):
            shown[one] = {**shown.get(one, {}), "blank_rows": 1}
    kept = {key: value for key, value in schema.items() if key in ("$schema", "type", "$defs", "definitions")}
    properties = {name: schema["properties"][name] for name in names}
    required = [name for name in schema.get("required", ()) if name in names]
    columns = desk.section_said.get("columns", 2)
    return {
        "title": desk.definition.get("title"),
        "kind": "form",
        "schema": {**kept, "properties": properties, "required": required},
        "ui": {
            "sections": {"here": {"title": " ", "columns": columns}},
            "fields": {where: _here(where, said) for where, said in _with_tops(shown, names).items()},
        },
    }


def _with_tops(shown: Mapping[str, Any], names: list[str]) -> dict[str, Any]:
    tops: dict[str, Any] = {pointers.join([name]): {} for name in names}
    return {**tops, **shown}


def _always(said: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in said.items() if key not in _LEFT_OUT}


def _here(where: str, said: Mapping[str, Any]) -> dict[str, Any]:
    return {**said, "section": "here"} if len(pointers.split(where)) == 1 else dict(said)


def _compiled(desk: FormDesk, definition: Mapping[str, Any], profile: Profile = FULL) -> CompiledForm | None:
    try:
        return compile_form(definition, lang=language.current(), texts=desk.screen.texts, profile=profile)
    except DefinitionError:
        return None


def _context(desk: FormDesk) -> FormContext:
    def label(kind: str, code: str) -> str | None:
        taxonomy = kind.partition(":")[2]
        if taxonomy in desk.terms:
            return desk.terms[taxonomy].label(code, desk.screen.texts) or None
        return unit_paths(here(), [code]).get(code)

    env = Env(access.portal().clock.today(), taxonomies=desk.terms)
    return FormContext(
        translate=translate, day=day_in_words, written=as_written, label=label, names_codes=True, env=env
    )


def _mark(desk: FormDesk, field: str) -> Markup:
    """Return what stands beside the name of a field: the way to choose it, whose it is, when it is shown, findings."""
    if not desk.schema(field):
        return Markup("")
    title, chosen = desk.title(field), field == desk.chosen
    label = translate(msg("Work on: %(field)s")) % {"field": title}
    parts = [
        Markup('<a class="design-pick{}" href="{}" data-field="{}" aria-label="{}"{}>{}</a>').format(
            " is-chosen" if chosen else "",
            desk.at(field),
            field,
            label,
            Markup(' aria-current="true"') if chosen else "",
            icon("pencil"),
        )
    ]
    owner = desk.mark(field)
    lock = desk.lock(field)
    if lock is not None:
        parts.append(
            Markup('<span class="whose whose-locked">{}{}</span>').format(
                icon("lock"), as_written(lock.title)
            )
        )
    elif owner is not None:
        parts.append(owner.html())
    if desk.ui(field).get("hidden"):
        parts.append(Markup('<span class="whose">{}</span>').format(translate(msg("Out of use"))))
    said = desk.when_said(field)
    if said:
        parts.append(
            Markup('<span class="design-when">{}{}</span>').format(icon("git-branch"), as_written(said))
        )
    for one in desk.found(field):
        tone = "must" if one.must else "advice"
        sign = icon("alert-circle" if one.must else "alert-triangle")
        parts.append(Markup('<span class="design-found finding-{}">{}{}</span>').format(tone, sign, one.text))
    return Markup("").join(parts)


# -- as a role sees it -----------------------------------------------------------------------------


def plan_for(desk: FormDesk, role: str, fields: Collection[Protected]) -> Plan:
    """Return what a role of the draft sees and changes of the form, of which some fields are protected."""
    said = (desk.screen.draft.document.get("roles", {}).get(role, {}).get("fields") or {}).get(desk.name, {})
    return plan_of(fields, [tuple(said.items())])


def _protected(desk: FormDesk) -> tuple[Protected, ...]:
    form = _compiled(desk, desk.definition)
    return protected_fields(form) if form is not None else ()


def may(desk: FormDesk, role: str, *actions: str) -> bool:
    """Tell whether a role may do one of some things with records of the form; forms of steps are filled in by all."""
    if desk.definition.get("kind") != "entity":
        return True
    grants = desk.screen.draft.document.get("roles", {}).get(role, {}).get("grants") or {}
    granted = {*grants.get(desk.name, ()), *grants.get("*", ())}
    return "*" in granted or any(action in granted for action in actions)


def roles(desk: FormDesk) -> list[tuple[str, str]]:
    """Return the roles of the draft that have to do with the form."""
    return [(key, title) for key, title in desk.things("roles") if may(desk, key, ADD, EDIT, LIST, SHOW)]


def preview(desk: FormDesk, role: str, filled: bool) -> Markup:
    """Return the form as a role sees it, blank or with an invented matter."""
    plan = plan_for(desk, role, _protected(desk)) if role else None
    profile = plan.profile if plan is not None else FULL
    if role and not may(desk, role, ADD, EDIT):
        tops = [pointers.join([name]) for name in (desk.definition.get("schema") or {}).get("properties", {})]
        profile = replace(profile, id=f"reading:{profile.id}", readonly=profile.readonly | frozenset(tops))
    form = _compiled(desk, desk.definition, profile)
    if form is None:
        text = translate(
            msg("Something in this form is wrong, so that it can't be drawn. The check says what.")
        )
        return Markup('<p class="none">{}</p>').format(text)
    masks = {one.pointer: one.mask for one in protected_fields(form)}
    data = sample(desk.known.values(), masks, desk.terms) if filled else None
    return render_body(form, data, context=_context(desk), form_id="preview")


def who_sees(desk: FormDesk, field: str) -> list[tuple[list[str], str]]:
    """Return what roles may do with a field: those that fill it in, that read it, that see a mask, that see nothing."""
    found: dict[str, list[str]] = {}
    known = _protected(desk)
    for role, title in roles(desk):
        level = plan_for(desk, role, known).level(field).name
        if level == "WRITE" and not may(desk, role, ADD, EDIT):
            level = "READ"
        found.setdefault(level, []).append(title)
    return [(found[level], translate(text)) for level, text in _LEVELS.items() if level in found]


_LEVELS = {
    "WRITE": msg("fill it in"),
    "READ": msg("read it"),
    "MASKED": msg("see a mask"),
    "HIDDEN": msg("do not see it"),
}
