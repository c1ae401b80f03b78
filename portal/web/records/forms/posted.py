"""What the record pages share about forms: context, hidden controls, errors of services at their fields."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import request
from flask_wtf.csrf import generate_csrf
from sqlalchemy import select

from portal.core.conditions import Env
from portal.core.errors import PortalError, Problem
from portal.core.forms import CompiledForm, FieldError, Parsed, parse_body
from portal.core.forms.presets import Asking, preset_values
from portal.persistence.models import Attachment
from portal.web.days import day_in_words
from portal.web.forms import FormContext
from portal.web.language import as_written, translate
from portal.web.records.forms.picked import Picking, units_address
from portal.web.words.cells import term_path
from portal.web.words.here import Here, here
from portal.web.words.named_by_data import unit_codes
from portal.web.words.picking import tree, unit_paths
from portal.web.words.screen import Screen

UNIT_LOOKUPS = ("unit", "place", "department")
REFUSED = "record.refused"
VERSION, ONCE, UNIT, PARENT, REASON = "version", "once", "unit", "parent", "reason"
NEXT = "next"


def environment(now: Here, screen: Screen) -> Env:
    """Return what conditions of a form may refer to besides its fields."""
    return Env(today=now.portal.clock.today(), taxonomies=screen.bundle.taxonomies)


def draft_key(now: Here, unit: str = "") -> str:
    """Return the name under which the browser keeps what is typed into a form: of this person, at this unit."""
    return f"{now.user_id}|{unit}|{request.path}|{request.args.get(PARENT, '')}"


def context_of(now: Here, screen: Screen, data: Any = None, form_id: str = "") -> FormContext:
    """Return what a form needs of its surroundings: lookups, labels, upload, language."""
    infos = screen.bundle.fields(form_id or screen.entity.id, now.lang)
    asked = frozenset(unit_codes(data, infos.values()))
    places = unit_paths(now, asked)
    picking = Picking(now, screen.bundle, form_id or screen.entity.id)
    picking.look_up(asked)

    def label(kind: str, code: str) -> str | None:
        if kind in UNIT_LOOKUPS:
            # What is being typed was not known before: look it up on its own.
            return places.get(code) if code in asked else unit_paths(now, [code]).get(code)
        if kind.startswith("record:"):
            return picking.title(code)
        if kind == "attachment":
            return file_name(now, code)
        return term_path(screen, kind.partition(":")[2], code)

    etype = screen.entity.id
    lookups = {kind: units_address(f"{kind}s") for kind in UNIT_LOOKUPS} | picking.addresses()
    # Terms are those of the release that the form is made from, whatever is chosen in another tab meanwhile.
    of = f"?release={screen.bundle.release_id}"
    lookups |= {f"taxonomy:{name}": f"/lookup/terms/{name}{of}" for name in screen.bundle.taxonomies}
    return FormContext(
        translate=translate,
        day=day_in_words,
        written=as_written,
        lookups=lookups,
        label=label,
        offers=picking.offers,
        upload_url=f"/records/{etype}/upload",
        env=environment(now, screen),
        kept_for=(screen.bundle.digest, now.lang, now.portal.clock.today()),
    )


def presets_of(now: Here, form: CompiledForm) -> dict[str, Any]:
    """Return what a new form brings along for this person, at the unit for which it is made."""
    if not any(ui.preset is not None for ui in form.ui.fields.values()):
        return {}
    path = now.unit.path
    asking = Asking(
        now.portal.clock.today(), tree(now).place_of(path), now.access.roles_at(path), now.access.name
    )
    return preset_values(form, asking)


def file_name(now: Here, uid: str) -> str | None:
    """Return the name of a file that the person may see."""
    return now.session.scalar(select(Attachment.name).where(Attachment.uid == uid))


def hidden(**values: Any) -> tuple[tuple[str, str], ...]:
    """Return hidden controls: the CSRF token and ``values`` that are not empty."""
    rest = ((name, str(value)) for name, value in values.items() if value not in (None, ""))
    return (("csrf_token", generate_csrf()), *rest)


def read_body(form: CompiledForm, original: Any, env: Env, picking: Picking) -> Parsed:
    """Read the form that was sent; names that one choice has alone are taken as its code."""
    parsed = parse_body(form, picking.meant(request.form.items(multi=True)), original, env=env)
    if parsed.action or any(error.code == "form.size" for error in parsed.errors):
        return parsed
    unmeant = list(picking.errors(form, parsed.data, original))
    told = {error.pointer for error in unmeant}
    return replace(parsed, errors=[*(e for e in parsed.errors if e.pointer not in told), *unmeant])


def errors_of(refused: PortalError, base: str = "") -> list[FieldError]:
    """Return what a service refused as errors of the form that is at ``base`` in the service's input."""
    told = refused.problems or (Problem(refused.code, refused.message, refused.params),)
    # Sentences of the pack have the pack's own translations.
    texts = here().bundle.texts(here().lang)
    problems = [replace(p, message=texts(p.message)) if p.code == REFUSED else p for p in told]
    return [FieldError(p.pointer.removeprefix(base), p.code, p.message, p.params, "") for p in problems]


def refused_in_words(refused: PortalError) -> str:
    """Return what a service refused as one line: the reason, then each problem once."""
    return " ".join(dict.fromkeys([refused.text(translate), *(p.text(translate) for p in refused.problems)]))


def is_htmx() -> bool:
    """Return whether the browser asks for a part of a page only."""
    return bool(request.headers.get("HX-Request"))


def posted_version() -> int:
    """Return the version the sent form was filled in for; 0 where it is none."""
    text = request.form.get(VERSION, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
