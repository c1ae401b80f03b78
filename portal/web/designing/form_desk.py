"""What the page of a form shows: its sections, the fields as the clerk sees them, and the field that is chosen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import quote, urlencode

from portal.core import pointer as pointers
from portal.core.canonical import canonical
from portal.core.designing.fields import (
    NO_SECTION,
    above,
    choices_in,
    members,
    name_of,
    placed,
    schema_at,
    schema_place,
    section_of,
    sections,
    siblings,
    ui_at,
    ui_place,
)
from portal.core.designing.palette import PALETTE, Offered
from portal.core.designing.requiring import Required, required_of
from portal.core.editors import words
from portal.core.editors.places import shape_at
from portal.core.editors.plain import plain
from portal.core.errors import NotFound, msg
from portal.core.forms import FieldInfo
from portal.core.packs.origins import is_within
from portal.core.packs.places import PARTS
from portal.core.rules.sentences import Sentence
from portal.core.taxonomy import Taxonomy, source_text, taxonomies
from portal.core.text import DEFAULT_LANGUAGE
from portal.i18n import LANGUAGES
from portal.services.drafts.findings import problem_from
from portal.web.designing.conditions import Input, Worded, fields_of_form, inputs_of, named_in, worded
from portal.web.editing.screen import Mark, Screen, address
from portal.web.language import translate

Choice = tuple[str, str]
# The parts of a configuration in which a field of a record is named by its pointer, or by that of the record's data.
_USERS = tuple(part for part in PARTS if part not in ("forms", "translations"))


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with the form: in words, whether it must be mended, and the field that it is about."""

    text: str
    must: bool
    field: str = ""
    remedy: str = ""


@dataclass
class FormDesk:
    """One form of a draft, as a person works on it."""

    screen: Screen
    name: str
    chosen: str = ""  # the field that is chosen
    section: str = NO_SECTION  # the section that is shown

    @classmethod
    def of(cls, key: str, name: str, chosen: str = "", section: str = "") -> FormDesk:
        """Return the form of a draft with what is chosen in it; NotFound where the person sees none."""
        screen = Screen.of(key, pointers.join(["forms", name]))
        if not isinstance(screen.value, Mapping):
            raise NotFound("editor.gone", msg("This is not there any more: somebody removed it"))
        desk = cls(screen, name)
        if chosen and schema_at(desk.definition, chosen):
            desk.chosen, desk.section = chosen, section_of(desk.definition, chosen)
            return desk
        known = placed(desk.definition)
        first = next((one for one, fields in known.items() if fields), NO_SECTION)
        desk.section = section if section in known else first
        return desk

    @property
    def key(self) -> str:
        """Return the identifier of the draft."""
        return self.screen.row.uid

    @property
    def url(self) -> str:
        """Return the address of the page."""
        return f"/studio/{self.key}/designer/form/{quote(self.name)}"

    def at(self, field: str) -> str:
        """Return the address of the page with a field chosen."""
        return f"{self.url}?{urlencode({'field': field})}"

    def at_section(self, section: str) -> str:
        """Return the address of the page with a section shown."""
        return f"{self.url}?{urlencode({'section': section})}"

    @property
    def here(self) -> str:
        """Return the address of the page with what is chosen now."""
        return self.at(self.chosen) if self.chosen else self.at_section(self.section)

    @property
    def definition(self) -> Mapping[str, Any]:
        """Return the form as the draft says it."""
        found: Mapping[str, Any] = self.screen.value
        return found

    @property
    def base(self) -> str:
        """Return the place of the form."""
        return self.screen.pointer

    def page_of(self, field: str) -> str:
        """Return the address of the general editor of how a field is shown."""
        return address(self.key, self.base + ui_place(field))

    # -- sections ----------------------------------------------------------------------------------

    def section_title(self, section: str) -> str:
        """Return what a section is called."""
        known = (self.definition.get("ui") or {}).get("sections") or {}
        said = known.get(section, {}).get("title")
        if said:
            return self.screen.texts(said, section)
        return (
            translate(msg("Without a section")) if sections(self.definition) else translate(msg("All fields"))
        )

    @property
    def sections(self) -> list[tuple[str, str, int]]:
        """Return the sections in order: name, title, how many fields; the nameless one where fields stand in none."""
        return [
            (key, self.section_title(key), len(fields))
            for key, fields in placed(self.definition).items()
            if key or fields
        ]

    @property
    def section_said(self) -> Mapping[str, Any]:
        """Return what the form says of the section that is shown."""
        found = pointers.get(self.definition, self.section_place, None) if self.section else None
        return found if isinstance(found, Mapping) else {}

    @property
    def section_place(self) -> str:
        """Return the place in the form of the section that is shown."""
        return pointers.join(["ui", "sections", self.section])

    def fields(self, section: str) -> list[str]:
        """Return the fields of a section in order."""
        return placed(self.definition).get(section, [])

    # -- fields ------------------------------------------------------------------------------------

    @cached_property
    def known(self) -> Mapping[str, FieldInfo]:
        """The fields of the form that hold a value, by pointer."""
        return {one.pointer: one for one in fields_of_form(self.screen, self.name)}

    @cached_property
    def terms(self) -> Mapping[str, Taxonomy]:
        """The taxonomies of the draft."""
        return taxonomies(self.screen.draft.document)

    def title(self, field: str) -> str:
        """Return what a field is called."""
        said = self.ui(field).get("label") or self.schema(field).get("title")
        return self.screen.texts(said, name_of(field)) if said else name_of(field)

    def schema(self, field: str) -> Mapping[str, Any]:
        """Return the schema of a field."""
        return schema_at(self.definition, field)

    def ui(self, field: str) -> Mapping[str, Any]:
        """Return what is said of how a field is shown."""
        return ui_at(self.definition, field)

    def place(self, field: str) -> str:
        """Return the place of the schema of a field in the draft."""
        return self.base + schema_place(field)

    def shown_place(self, field: str) -> str:
        """Return the place in the draft at which it is said how a field is shown."""
        return self.base + ui_place(field)

    def mark(self, field: str) -> Mark | None:
        """Return whose a field is."""
        return self.screen.mark(self.place(field)) or self.screen.mark(self.shown_place(field))

    def lock(self, field: str) -> Any:
        """Return the lock under which a field lies."""
        return self.screen.lock(self.place(field)) or self.screen.lock(self.shown_place(field))

    def is_own(self, field: str) -> bool:
        """Tell whether no configuration above has the field."""
        return pointers.get(self.screen.draft.above, self.place(field), None) is None

    def kind(self, field: str) -> str:
        """Return what sort of field it is, in words."""
        offered = self.offered(field)
        return translate(offered.title) if offered is not None else ""

    def offered(self, field: str) -> Offered | None:
        """Return the sort of the palette that a field is."""
        schema, widget = self.schema(field), self.ui(field).get("widget", "")
        info = self.known.get(field)
        asked = widget or (info.widget if info is not None else "")
        if schema.get("type") == "object":
            return PALETTE["group"]
        if schema.get("type") == "array" and choices_in(schema) is None and asked != "file":
            return PALETTE["table"]
        if asked in PALETTE:
            return PALETTE[asked]
        return next((one for one in PALETTE.values() if one.widget == asked), None)

    def inner(self, field: str) -> str:
        """Return the place at which further fields of a group or a table stand; empty for any other field."""
        schema = self.schema(field)
        if schema.get("type") == "object":
            return field
        items = schema.get("items")
        rows = isinstance(items, Mapping) and items.get("properties")
        return f"{field}/{pointers.EVERY}" if rows else ""

    @property
    def containers(self) -> list[Choice]:
        """Return where a new field can be put: the section that is shown, and the groups and tables in it."""
        found = [("", self.section_title(self.section))]
        for one in self.fields(self.section):
            if self.inner(one):
                found.append((self.inner(one), self.title(one)))
        return found

    @property
    def parts(self) -> list[str]:
        """Return the fields of the group or table that is chosen."""
        inner = self.inner(self.chosen) if self.chosen else ""
        return members(self.definition, inner) if inner else []

    @property
    def beside(self) -> list[str]:
        """Return the fields among which the chosen one stands."""
        return siblings(self.definition, self.chosen)

    @property
    def group(self) -> str:
        """Return the group or table in which the chosen field stands; empty for none."""
        return above(self.chosen).removesuffix("/" + pointers.EVERY) if self.chosen else ""

    @property
    def choices(self) -> list[Choice] | None:
        """Return the options of the chosen field."""
        return choices_in(self.schema(self.chosen))

    @property
    def holder(self) -> Mapping[str, Any]:
        """Return the schema of the group, row or form in which the chosen field stands."""
        around = above(self.chosen)
        found = self.schema(around) if around else self.definition.get("schema")
        return found if isinstance(found, Mapping) else {}

    @property
    def required(self) -> Required:
        """Return whether the chosen field has to be filled in."""
        return required_of(self.holder, name_of(self.chosen), self.ui(self.chosen).get("when"))

    def asked_for(self, field: str) -> bool:
        """Tell whether a field always has to be filled in."""
        around = self.schema(above(field)) if above(field) else (self.definition.get("schema") or {})
        return name_of(field) in (around.get("required") or ())

    def source(self, text: Any) -> str:
        """Return a text as it is written, to be changed."""
        return source_text(text) if text else ""

    def options(self, member: str) -> list[Choice]:
        """Return the values that a setting of the chosen field can have, in words."""
        shape = shape_at(self.shown_place(self.chosen))
        found = shape.member(member) if shape is not None else None
        return (
            [(str(one), translate(words.option_label(found.path, one))) for one in found.options]
            if found
            else []
        )

    def things(self, ref: str) -> list[Choice]:
        """Return the things of a sort that a field can name."""
        return [(one.code, one.label) for one in self.screen.choices.of(ref)]

    @property
    def languages(self) -> list[tuple[str, str, str]]:
        """Return the other languages: code, name, and what the chosen field is called in them."""
        document = self.screen.draft.document
        title = self.source(self.ui(self.chosen).get("label") or self.schema(self.chosen).get("title"))
        codes = [one for one in document.get("settings", {}).get("languages", ()) if one != DEFAULT_LANGUAGE]
        return [
            (code, LANGUAGES.get(code, code), document.get("translations", {}).get(code, {}).get(title, ""))
            for code in codes
        ]

    @property
    def used_in(self) -> list[str]:
        """Return the parts of the configuration that name the chosen field, in words."""
        return named_in(self.screen, _USERS, self.chosen)

    # -- conditions --------------------------------------------------------------------------------

    @cached_property
    def inputs(self) -> dict[str, Input]:
        """What the condition of a field can look at."""
        return inputs_of(one for one in self.known.values() if one.pointer != self.chosen)

    def worded(self, when: Any) -> Worded:
        """Return the words for a condition."""
        url = self.page_of(self.chosen) + "/when" if self.chosen else self.url
        inputs = self.inputs
        if self.chosen in self.known and self.chosen in canonical(when):
            inputs = inputs | inputs_of([self.known[self.chosen]])
        return worded(self.screen, inputs, when, url, self.definition)

    def when_said(self, field: str) -> str:
        """Return in words when a field is shown; empty where it always is."""
        when = self.ui(field).get("when")
        if when is None:
            return ""
        inputs = inputs_of(self.known.values())
        return Sentence.of(when).said(worded(self.screen, inputs, when, "", self.definition).spoken)

    # -- what was found ----------------------------------------------------------------------------

    @cached_property
    def findings(self) -> list[Finding]:
        """The faults of the form: by itself at once, and by the last check of the draft."""
        return list(dict.fromkeys([*self._own_findings(), *self._checked()]))

    def found(self, field: str) -> list[Finding]:
        """Return what was found at a field."""
        return [one for one in self.findings if one.field == field]

    def found_in(self, section: str) -> int:
        """Return how many things were found at the fields of a section."""
        fields = self.fields(section)
        return sum(any(is_within(one.field, field) for field in fields) for one in self.findings if one.field)

    def _own_findings(self) -> Iterator[Finding]:
        for field in self._all():
            schema, ui = self.schema(field), self.ui(field)
            if ui.get("sensitivity") and not ui.get("purpose") and self.is_own(field):
                yield Finding(translate(msg("Say why this personal data is asked for.")), False, field)
            if self.asked_for(field) and (ui.get("when") is not None or ui.get("hidden")):
                text = msg(
                    "It always has to be filled in, but is not always shown: the form could not be sent."
                )
                yield Finding(translate(text), True, field)
            if self.choices_of(field) == []:
                yield Finding(
                    translate(msg("There is nothing to choose yet: write down the options.")), True, field
                )
            if schema.get("format") == "taxonomy-code" and not ui.get("taxonomy"):
                yield Finding(
                    translate(msg("Choose the classification whose terms are offered.")), True, field
                )
            if schema.get("format") == "record-uid" and not ui.get("entity"):
                yield Finding(translate(msg("Choose the type of the records that are offered.")), True, field)

    def choices_of(self, field: str) -> list[Choice] | None:
        """Return the options of a field."""
        return choices_in(self.schema(field))

    def _all(self, container: str = "") -> Iterator[str]:
        for one in members(self.definition, container):
            yield one
            if self.inner(one):
                yield from self._all(self.inner(one))

    def _checked(self) -> Iterator[Finding]:
        found = self.screen.row.found or {}
        places = {self.place(one): one for one in self._all()} | {
            self.shown_place(one): one for one in self._all()
        }
        for must, name in ((True, "errors"), (False, "advice")):
            for kept in found.get(name, ()):
                problem = plain(problem_from(kept))
                if is_within(problem.pointer, self.base):
                    at = max((one for one in places if is_within(problem.pointer, one)), key=len, default="")
                    text, remedy = problem.text(translate), problem.remedy_text(translate)
                    yield Finding(text, must, places.get(at, ""), remedy)
