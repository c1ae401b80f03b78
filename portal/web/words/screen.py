"""What a release says of one entity type's screens, in one language: its fields, columns and filters.

A screen is immutable and belongs to (release, entity type, language), so all requests share it; nothing of a
request is ever kept in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from portal.core import pointer as pointers
from portal.core.columns import ALIASES, COLUMNS, RecordColumn
from portal.core.errors import NotFound, msg
from portal.core.forms import CompiledForm, FieldInfo, Profile
from portal.core.kept import Kept
from portal.core.kinds import KINDS, Kind, looks
from portal.core.lifecycle import Lifecycle
from portal.core.lifecycle.canonical import CANONICAL
from portal.core.sessions import brings_of
from portal.services.bundles import Bundle, EntityType
from portal.services.records import FieldColumn, filterable
from portal.web.language import translate

# Sizes of lists where a release says nothing.
PAGE_SIZE, COUNT_LIMIT = 20, 1000
STAGE, COMMON, ROUTE = "stage", "canonical_stage", "route"
# What lists of types with stages are narrowed by besides what the release names; by route those that are referred.
ALWAYS = ("due_on", "created_at", "unit", "handler")


@dataclass(frozen=True, slots=True)
class Field:
    """One thing a list can show, filter or sort by."""

    key: str
    label: str
    kind: str
    options: Mapping[str, str] = field(default_factory=dict)
    taxonomy: str = ""
    pointer: str = ""
    sortable: bool = False
    filterable: bool = False

    @property
    def of(self) -> Kind:
        """Return the kind of its values."""
        return looks()[self.kind]

    @property
    def numeric(self) -> bool:
        """Tell whether its values stand right, in figures of one width."""
        return self.of.numeric

    @property
    def ranged(self) -> bool:
        """Tell whether a filter asks for a range of it."""
        return self.of.filter == "range"


class Screen:
    """The screens of one entity type as one release defines them, in one language."""

    def __init__(self, bundle: Bundle, etype: str, lang: str) -> None:
        self.bundle = bundle
        self.lang = lang
        self.entity: EntityType = _entity(bundle, etype)
        self.texts = bundle.texts(lang)
        self.title = self.texts(self.entity.title)
        self.plural = self.texts(self.entity.name_plural) or self.title

    @cached_property
    def form(self) -> CompiledForm:
        """Return the form that enters and shows a record of this type."""
        return self.bundle.form(self.entity.id, self.lang)

    def form_for(self, profile: Profile) -> CompiledForm:
        """Return the form as a person with a field profile sees it."""
        return self.bundle.form(self.entity.id, self.lang, profile)

    @cached_property
    def infos(self) -> dict[str, FieldInfo]:
        """Return every field of the form by its pointer."""
        return self.bundle.fields(self.entity.id, self.lang)

    @cached_property
    def by_steps(self) -> tuple[str, ...]:
        """Return the fields that steps alone fill in; what a record takes over from its whole is looked after there."""
        brought = tuple(f"{where}/" for where in brings_of(self.entity.entity))
        settings = self.form.ui
        found = []
        for where in self.infos:
            parts = pointers.split(where)
            around = (pointers.join(parts[:length]) for length in range(1, len(parts) + 1))
            if not where.startswith(brought) and any(settings.of(one).readonly for one in around):
                found.append(where)
        return tuple(found)

    @cached_property
    def lifecycle(self) -> Lifecycle | None:
        """Return the lifecycle of this type, where it has one."""
        return self.bundle.lifecycle_of(self.entity.id)

    @cached_property
    def stages(self) -> dict[str, str]:
        """Return the titles of the main stages by identifier, in order."""
        stages = self.lifecycle.stages if self.lifecycle else ()
        return {stage.id: self.texts(stage.title) for stage in stages if not stage.parallel}

    @cached_property
    def fields(self) -> dict[str, Field]:
        """Return the fields that the list of this type can show, by key."""
        columns = filterable(self.bundle, self.entity.id, self.lang)
        found = {
            own.name: self._own(own, columns.get(own.name))
            for own in COLUMNS.values()
            if own.listed or own.name == COMMON
        }
        found |= {where: self._declared(info, columns.get(where)) for where, info in self.infos.items()}
        return found

    @cached_property
    def columns(self) -> tuple[Field, ...]:
        """Return the columns of the list; those that the form no longer has are left out."""
        return self._pick(self.entity.list_columns or ("code", "title", "stage", "due_on", "created_at"))

    @cached_property
    def filters(self) -> tuple[Field, ...]:
        """Return the filters offered above the list; by stage they ask for the common one, alike for all centres."""
        keys = [COMMON if key == STAGE else key for key in self.entity.list_filters]
        keys += ALWAYS if self.lifecycle is not None else ()
        keys += (
            [ROUTE]
            if self.lifecycle is not None and any(one.on for one in self.lifecycle.transitions)
            else []
        )
        return tuple(f for f in self._pick(dict.fromkeys(keys)) if f.filterable)

    @property
    def order(self) -> str:
        """Return the order of the list where nobody asked for another one."""
        return self.entity.list_order or "-created_at"

    @property
    def page_size(self) -> int:
        """Return how many rows a page of the list has where nobody asked for another number."""
        return int(self._sizes.get("page_size", PAGE_SIZE))

    @property
    def count_limit(self) -> int:
        """Return up to which number the rows of a list are counted."""
        return int(self._sizes.get("count_limit", COUNT_LIMIT))

    @property
    def _sizes(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.bundle.settings.get("list", {})
        return found

    def find(self, key: str) -> Field | None:
        """Return the field of ``key``, also under its other name; None where there is none."""
        return self.fields.get(ALIASES.get(key, key))

    def _pick(self, keys: Any) -> tuple[Field, ...]:
        return tuple(f for f in (self.find(key) for key in keys) if f is not None)

    def _own(self, own: RecordColumn, column: FieldColumn | None) -> Field:
        pointer = self.entity.promoted.get(own.name, "") if own.promoted else ""
        info = self.infos.get(pointer) if pointer else None
        usable = column is not None and (not own.promoted or bool(pointer))
        return Field(
            own.name,
            info.label if info else translate(COLUMNS[STAGE].title if own.name == COMMON else own.title),
            KINDS[own.kind].shown_as,
            options=self._options_of(own.name),
            taxonomy=(info.taxonomy if info else "") or own.taxonomy,
            pointer=pointer,
            sortable=usable and column is not None and column.sortable,
            # The unit has no column of its own to filter by: a list is narrowed to a subtree of the units.
            filterable=usable or own.name == "unit",
        )

    def _options_of(self, column: str) -> Mapping[str, str]:
        """Return what a column holds: routes, the release's own stages, or those common to all centres."""
        if column == STAGE:
            return self.stages
        if column == ROUTE:
            routes = sorted(self.bundle.routes.items(), key=lambda one: (one[1].get("order", 0), one[0]))
            return {key: self.texts(one.get("title"), key) for key, one in routes if not one.get("hidden")}
        if column != COMMON or self.lifecycle is None:
            return {}
        return {name: translate(title) for name, title in CANONICAL.items()}

    def declared(self, info: FieldInfo) -> Field:
        """Return a field of another form of the release, such as that of a step, to put its values into words."""
        return self._declared(info, None)

    def _declared(self, info: FieldInfo, column: FieldColumn | None) -> Field:
        kind = KINDS[info.type].shown_as
        # Yes and no are put into words where they are shown.
        options = {} if kind == "boolean" else {str(value): label for value, label in info.options}
        return Field(
            info.pointer,
            info.label,
            "choice" if options and kind == "text" else kind,
            options=options,
            taxonomy=info.taxonomy or "",
            pointer=info.pointer,
            sortable=column is not None and column.sortable,
            filterable=column is not None,
        )


def _entity(bundle: Bundle, etype: str) -> EntityType:
    entity = bundle.entity(etype)
    if entity.hidden:
        raise NotFound("record.type", msg("There is no entity type “%(etype)s” here"), {"etype": etype})
    return entity


# Old releases leave; those in use come back at once.
_SCREENS: Kept[tuple[str, str, str], Screen] = Kept(512)


def screen_of(bundle: Bundle, etype: str, lang: str) -> Screen:
    """Return the screen of an entity type; NotFound where the release has no such type."""
    return _SCREENS.of((bundle.digest, etype, lang), lambda: Screen(bundle, etype, lang))
