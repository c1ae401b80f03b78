"""Releases ready for use: a bundle's forms, rules and lifecycles, compiled once per process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

from portal.core import pointer as pointers
from portal.core.access import Rights
from portal.core.canonical import digest
from portal.core.deadlines import Period, periods
from portal.core.disclosure import Plan, Protected, plan_of, plan_of_answers, protected_fields
from portal.core.errors import NotFound, msg
from portal.core.forms import CompiledForm, FieldInfo, Profile, compile_form, list_fields
from portal.core.forms.release_options import with_options
from portal.core.indicators import Indicator, indicators
from portal.core.layout import Layout, layout_at
from portal.core.lifecycle import Lifecycle, Transition, compile_lifecycle
from portal.core.numbering import CodePattern
from portal.core.packs.moved import Move, moves_of
from portal.core.rules import RuleSet, compile_rule_set
from portal.core.taxonomy import Taxonomy, taxonomies
from portal.core.text import DEFAULT_LANGUAGE, Texts, normal_language
from portal.core.worklists import Worklist, worklists
from portal.services.field_places import StoredField, earlier_fields

T = TypeVar("T")
FULL = Profile()
MAX_BUNDLES = 200


@dataclass(frozen=True)
class EntityType:
    """One entity type of a release, as its definition's ``entity`` part says."""

    id: str
    definition: Mapping[str, Any]
    entity: Mapping[str, Any]

    @property
    def title(self) -> Any:
        """Return the name of the type, untranslated."""
        return self.definition.get("title", self.id)

    @property
    def name_plural(self) -> Any:
        """Return the name of its list, untranslated."""
        return self.entity.get("name_plural", self.title)

    @property
    def icon(self) -> str:
        """Return the icon's name."""
        return str(self.entity.get("icon", "file"))

    @property
    def order(self) -> float:
        """Return the place in menus."""
        return float(self.entity.get("order", 100))

    @property
    def nav(self) -> bool:
        """Return whether menus show it."""
        return bool(self.entity.get("nav", True)) and not self.hidden

    @property
    def hidden(self) -> bool:
        """Return whether the pack hides it."""
        return bool(self.definition.get("hidden") or self.entity.get("hidden"))

    @property
    def parent(self) -> str | None:
        """Return the type its records belong to."""
        return self.entity.get("parent")

    @property
    def lifecycle(self) -> str | None:
        """Return the identifier of its lifecycle."""
        return self.entity.get("lifecycle")

    @property
    def rules(self) -> tuple[str, ...]:
        """Return the rule sets that are asked about it."""
        return tuple(self.entity.get("rules", ()))

    @property
    def can_delete(self) -> bool:
        """Return whether its records may be deleted at all."""
        return bool(self.entity.get("delete", False))

    @property
    def title_template(self) -> str:
        """Return the template of a record's title."""
        return str(self.entity.get("title", ""))

    @property
    def promoted(self) -> Mapping[str, str]:
        """Return the pointers behind the fixed promoted columns."""
        fields: Mapping[str, str] = self.entity.get("fields", {})
        return fields

    @property
    def index(self) -> tuple[str, ...]:
        """Return the pointers of the declared filterable and sortable fields."""
        return tuple(self.entity.get("index", ()))

    @property
    def list_columns(self) -> tuple[str, ...]:
        """Return the columns of its list."""
        return tuple(self.entity.get("list", {}).get("columns", ("code", "title", "stage", "created_at")))

    @property
    def list_filters(self) -> tuple[str, ...]:
        """Return the filters of its list."""
        return tuple(self.entity.get("list", {}).get("filters", ()))

    @property
    def list_order(self) -> str:
        """Return the usual order of its list."""
        return str(self.entity.get("list", {}).get("order", "-created_at"))

    @cached_property
    def code(self) -> tuple[CodePattern, str] | None:
        """Return the pattern of its codes and the name of their series; None for a type without codes."""
        code = self.entity.get("code")
        if not code:
            return None
        return CodePattern.parse(code["pattern"]), str(code.get("series", self.id))

    def code_for(self, data: Mapping[str, Any]) -> tuple[CodePattern, str] | None:
        """Return the pattern and the series by which a record with these data is numbered."""
        by = (self.entity.get("code") or {}).get("by")
        own = by["values"].get(str(pointers.get(data, by["field"]))) if by else None
        return self.code if own is None else (CodePattern.parse(own["pattern"]), str(own["series"]))


@dataclass
class Bundle:
    """An immutable release with everything compiled that was asked for so far."""

    release_id: int
    pack: str
    version: str
    digest: str
    raw: Mapping[str, Any]
    stored: Mapping[str, Mapping[str, StoredField]] = field(default_factory=dict)
    _compiled: dict[tuple[Any, ...], Any] = field(default_factory=dict, repr=False)
    _lock: Any = field(default_factory=threading.RLock, repr=False)

    def texts(self, lang: str = DEFAULT_LANGUAGE) -> Texts:
        """Return the release's texts in a language."""
        return Texts(normal_language(lang), self.raw.get("translations", {}))

    @cached_property
    def _entities(self) -> dict[str, EntityType]:
        found = [
            EntityType(form_id, definition, definition.get("entity", {}))
            for form_id, definition in self.raw.get("forms", {}).items()
            if definition.get("kind") == "entity"
        ]
        return {etype.id: etype for etype in sorted(found, key=lambda e: (e.order, e.id))}

    def entities(self) -> list[EntityType]:
        """Return the entity types in the order of the menus."""
        return list(self._entities.values())

    def entity(self, etype: str) -> EntityType:
        """Return an entity type; raise NotFound where the release has none of that name."""
        if etype not in self._entities:
            raise NotFound(
                "entity.unknown", msg("There is no entity type “%(etype)s” here"), {"etype": etype}
            )
        return self._entities[etype]

    def has_entity(self, etype: str) -> bool:
        """Return whether the release knows an entity type."""
        return etype in self._entities

    @cached_property
    def moves(self) -> list[Move]:
        """Return the moves of the release's chain, by which older places are read."""
        return moves_of(self.raw)

    def earlier(self, etype: str) -> Mapping[str, tuple[str, ...]]:
        """Return the earlier places of an entity type's declared fields that were moved, the latest first."""
        return self.once(
            ("earlier", etype), lambda: earlier_fields(etype, self.entity(etype).index, self.moves)
        )

    def form(self, form_id: str, lang: str = DEFAULT_LANGUAGE, profile: Profile = FULL) -> CompiledForm:
        """Return a form compiled for a language and a field profile."""
        lang = normal_language(lang)

        def compiled() -> CompiledForm:
            definition = self._definition(form_id)
            file = f"form_definitions/{self.pack}/{form_id}.json"
            return compile_form(definition, lang=lang, texts=self.texts(lang), profile=profile, file=file)

        return self.once(("form", form_id, lang, profile.id), compiled)

    def fields(self, form_id: str, lang: str = DEFAULT_LANGUAGE) -> dict[str, FieldInfo]:
        """Return the scalar fields of a form by pointer."""
        lang = normal_language(lang)

        def listed() -> dict[str, FieldInfo]:
            found = list_fields(self._definition(form_id), lang=lang, texts=self.texts(lang))
            return {info.pointer: info for info in found}

        return self.once(("fields", form_id, lang), listed)

    def protected(self, form_id: str) -> tuple[Protected, ...]:
        """Return the fields of a form that hold personal data."""
        return self.once(("protected", form_id), lambda: protected_fields(self.form(form_id)))

    def plan(
        self,
        etype: str,
        rights: frozenset[Rights],
        *,
        disclosed: bool = False,
        listing: bool = False,
        withheld: frozenset[str] = frozenset(),
        needed: bool = False,
    ) -> Plan:
        """Return the fields of an entity type that roles with these rights see, masked or in clear."""

        def planned() -> Plan:
            said = [disclosed, listing, *([sorted(withheld), needed] if withheld else ())]
            return plan_of(
                self.protected(etype),
                rights,
                disclosed=disclosed,
                listing=listing,
                withheld=withheld,
                needed=needed,
                name=digest([sorted(map(list, rights)), *said]),
            )

        return self.once(("plan", etype, rights, disclosed, listing, withheld, needed), planned)

    def answers_plan(
        self,
        etype: str,
        step: Transition,
        rights: frozenset[Rights],
        *,
        disclosed: bool = False,
    ) -> Plan:
        """Return what roles with these rights on an entity type see of the answers of a step's form."""
        form = step.form or ""

        def planned() -> Plan:
            name = digest([form, step.id, sorted(map(list, rights)), disclosed])
            own = self.plan(etype, rights, disclosed=disclosed)
            return plan_of_answers(
                self.protected(form), rights, own, step.copy, form=form, disclosed=disclosed, name=name
            )

        return self.once(("answers", etype, step.id, form, rights, disclosed), planned)

    def lifecycle(self, lifecycle_id: str) -> Lifecycle:
        """Return a compiled lifecycle."""
        return self.once(
            ("lifecycle", lifecycle_id),
            lambda: compile_lifecycle(self._part("lifecycles", lifecycle_id), lifecycle_id=lifecycle_id),
        )

    def lifecycle_of(self, etype: str) -> Lifecycle | None:
        """Return the lifecycle of an entity type, where it has one."""
        lifecycle_id = self.entity(etype).lifecycle
        return self.lifecycle(lifecycle_id) if lifecycle_id else None

    def rules(self, rules_id: str) -> RuleSet:
        """Return a compiled rule set."""
        file = f"rule_sets/{self.pack}/{rules_id}.json"
        return self.once(
            ("rules", rules_id),
            # Its examples, and what is dead or in conflict, were told when it was published.
            lambda: compile_rule_set(
                self._part("rules", rules_id), taxonomies=self.taxonomies, file=file, trusted=True
            ),
        )

    @cached_property
    def taxonomies(self) -> dict[str, Taxonomy]:
        """Return the taxonomies by identifier."""
        return taxonomies(self.raw)

    def taxonomy(self, taxonomy_id: str) -> Taxonomy:
        """Return a taxonomy."""
        if taxonomy_id not in self.taxonomies:
            raise _no_part("taxonomies", taxonomy_id)
        return self.taxonomies[taxonomy_id]

    @cached_property
    def layout(self) -> Layout:
        """Return the layout of the centre."""
        return Layout.from_definition(self.raw.get("layout", {}), self.departments)

    def layout_at(self, level: str, unit_code: str | None = None) -> Layout | None:
        """Return the layout of the centre of a unit below the county; None where the release derives none."""
        return layout_at(self.raw.get("layout", {}), self.departments, level, unit_code)

    @property
    def departments(self) -> Mapping[str, Any]:
        """Return the departments by identifier."""
        return self._map("departments")

    @property
    def routes(self) -> Mapping[str, Any]:
        """Return the statutory routes by identifier."""
        return self._map("routes")

    @property
    def deadlines(self) -> Mapping[str, Any]:
        """Return the deadline rules by identifier."""
        return self._map("deadlines")

    @property
    def documents(self) -> Mapping[str, Any]:
        """Return the document types by identifier."""
        return self._map("documents")

    @property
    def tasks(self) -> Mapping[str, Any]:
        """Return the tasks by identifier."""
        return self._map("tasks")

    @property
    def roles(self) -> Mapping[str, Any]:
        """Return the role definitions by identifier."""
        return self._map("roles")

    @cached_property
    def periods(self) -> Mapping[str, Period]:
        """Return the periods, compiled."""
        return periods(self.deadlines)

    @cached_property
    def worklists(self) -> Mapping[str, Worklist]:
        """Return the worklists, compiled, in their order; hidden ones are left out."""
        return {key: one for key, one in worklists(self.raw.get("worklists", {})).items() if not one.hidden}

    @cached_property
    def indicators(self) -> Mapping[str, Indicator]:
        """Return the indicators, compiled, in their order; hidden ones are left out."""
        return {key: one for key, one in indicators(self.raw.get("indicators", {})).items() if not one.hidden}

    @property
    def settings(self) -> Mapping[str, Any]:
        """Return the release's small settings."""
        return self._map("settings")

    def _map(self, name: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.raw.get(name, {})
        return found

    def _definition(self, form_id: str) -> Any:
        """Return the definition of a form with the options that the release says elsewhere."""
        part = self._part("forms", form_id)
        return self.once(("definition", form_id), lambda: with_options(part, self.raw))

    def _part(self, kind: str, part_id: str) -> Any:
        found = self.raw.get(kind, {}).get(part_id)
        if found is None:
            raise _no_part(kind, part_id)
        return found

    def once(self, key: tuple[Any, ...], make: Callable[[], T]) -> T:
        """Return a value that follows from the release alone, worked out once."""
        if key not in self._compiled:
            with self._lock:
                if key not in self._compiled:
                    self._compiled[key] = make()
        found: T = self._compiled[key]
        return found


def _no_part(kind: str, part_id: str) -> NotFound:
    return NotFound("release.part", msg("The release has no %(kind)s/%(id)s"), {"kind": kind, "id": part_id})


class BundleCache:
    """The bundles a process has used, by release. Releases never change, so nothing here grows stale."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_id: dict[int, Bundle] = {}

    def get(self, release_id: int) -> Bundle | None:
        """Return the bundle of a release if it was loaded before."""
        return self._by_id.get(release_id)

    def put(self, bundle: Bundle) -> Bundle:
        """Keep a bundle; return the one that was kept first."""
        with self._lock:
            if len(self._by_id) >= MAX_BUNDLES:
                self._by_id.pop(next(iter(self._by_id)))
            return self._by_id.setdefault(bundle.release_id, bundle)
