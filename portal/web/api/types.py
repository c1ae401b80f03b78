"""The entity types of the release in force where a person works: what records hold, and what is done with them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import jsonify
from flask_appbuilder.api import expose

from portal.core.access import ACTIONS
from portal.core.errors import NotFound, msg
from portal.core.forms import FieldInfo
from portal.core.lifecycle import Stage, Transition
from portal.web.api.shape import Api, in_shape, release_ref, signed_in
from portal.web.words.here import Here, here
from portal.web.words.screen import Field, Screen

Json = dict[str, Any]


class TypesApi(Api):
    """The types of records that this person may reach."""

    resource_name = "types"

    @expose("/", methods=["GET"])
    @signed_in
    @in_shape
    def get_list(self) -> Any:
        """Return the types with what the person may do with their records somewhere."""
        now = here()
        return jsonify(result=[_short(now, screen) for screen in usable(now)], release=_release(now))

    @expose("/<etype>", methods=["GET"])
    @signed_in
    @in_shape
    def get(self, etype: str) -> Any:
        """Return one type: its form, fields, stages, steps and filters."""
        now = here()
        screen = usable_type(now, etype)
        return jsonify(result=_short(now, screen) | _whole(screen), release=_release(now))


def usable(now: Here) -> Iterator[Screen]:
    """Yield the types that the person may do anything with, in the order of the menus."""
    for entity in now.bundle.entities():
        if not entity.hidden and allowed(now, entity.id):
            yield now.screen(entity.id)


def usable_type(now: Here, etype: str) -> Screen:
    """Return one of them; NotFound for a type that is not there and for one the person has no part in alike."""
    found = next((screen for screen in usable(now) if screen.entity.id == etype), None)
    if found is None:
        raise NotFound("entity.unknown", msg("There is no such entity type here"))
    return found


def allowed(now: Here, etype: str) -> list[str]:
    """Return the actions that the person may take on records of a type somewhere."""
    return [action for action in ACTIONS if now.access.can(etype, action)]


def _release(now: Here) -> Json:
    bundle = now.bundle
    return release_ref(bundle.release_id, bundle.pack, bundle.version, bundle.digest)


def _short(now: Here, screen: Screen) -> Json:
    entity = screen.entity
    return {
        "id": entity.id,
        "title": screen.title,
        "title_plural": screen.plural,
        "parent": entity.parent,
        "actions": allowed(now, entity.id),
    }


def _whole(screen: Screen) -> Json:
    cycle, texts = screen.lifecycle, screen.texts
    return {
        "schema": screen.form.definition["schema"],
        "fields": [_field(info) for info in screen.infos.values()],
        "filters": [_filter(field) for field in screen.fields.values() if field.filterable],
        "sortable": [field.key for field in screen.fields.values() if field.sortable],
        "stages": [_stage(stage, texts(stage.title)) for stage in (cycle.stages if cycle else ())],
        "transitions": [
            _transition(screen, step) for step in (cycle.transitions if cycle else ()) if not step.hidden
        ],
    }


def _field(info: FieldInfo) -> Json:
    return {
        "pointer": info.pointer,
        "label": info.label,
        "type": info.type,
        "format": info.format or None,
        "required": info.required,
        "repeated": info.repeated,
        "options": [{"value": value, "label": label} for value, label in info.options],
        "taxonomy": info.taxonomy or None,
        "sensitivity": info.sensitivity or None,
    }


def _filter(field: Field) -> Json:
    return {
        "name": field.key,
        "title": field.label,
        "kind": field.kind,
        "range": field.ranged,
        "taxonomy": field.taxonomy or None,
        "options": [{"value": value, "label": label} for value, label in field.options.items()],
    }


def _stage(stage: Stage, title: str) -> Json:
    return {
        "id": stage.id,
        "title": title,
        "canonical": stage.canonical,
        "initial": stage.initial,
        "final": stage.final,
        "parallel": stage.parallel,
    }


def _transition(screen: Screen, step: Transition) -> Json:
    form = screen.bundle.form(step.form, screen.lang) if step.form else None
    return {
        "id": step.id,
        "title": screen.texts(step.title),
        "from": sorted(step.sources),
        "to": step.to,
        "lane": step.lane,
        "lane_state": step.lane_state,
        "roles": sorted(step.roles),
        "reason": step.reason,
        "schema": form.definition["schema"] if form else None,
    }
