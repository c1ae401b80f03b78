"""A condition at any place of a draft: what it can look at there, in words, and the page on which it is a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from portal.core import pointer as pointers
from portal.core.columns import COLUMNS
from portal.core.conditions import FieldType
from portal.core.drafts import Change
from portal.core.editors import words
from portal.core.editors.choices import ROOTS
from portal.core.editors.shapes import Member
from portal.core.errors import NotFound, msg
from portal.core.facts import facts
from portal.core.forms import FieldInfo
from portal.core.kinds import KINDS
from portal.core.lifecycle.canonical import CANONICAL
from portal.core.rules.further import looked_at
from portal.core.rules.sentences import Sentence
from portal.core.worklists import READS, WHO, WHO_TITLES
from portal.web.designing.conditions import Input, Worded, fields_of_form, inputs_of, worded
from portal.web.editing.screen import Screen, address
from portal.web.language import translate

CONDITION = "conditions.json#/$defs/condition"
WORKLISTS, DATA = "worklists", "/data"
# The parts of a configuration whose conditions look at records.
_PARTS = (WORKLISTS, "documents", "deadlines")
_MINE = ("/me", "/my_unit")


@dataclass(frozen=True, slots=True)
class Said:
    """A condition of a page: what it is called, how it reads, and the page on which it is changed."""

    title: str
    text: str
    url: str


@dataclass
class SentenceDesk:
    """One condition of a draft, as a person works on it."""

    screen: Screen  # the page of the thing to which it belongs
    member: str

    @classmethod
    def of(cls, key: str, pointer: str) -> SentenceDesk:
        """Return the condition at a place of a draft; NotFound where there can be none."""
        above, _, member = pointer.rpartition("/")
        screen = Screen.of(key, above) if above else None
        if screen is None or member not in {one.name for one in conditions_of(screen)}:
            raise NotFound("editor.unknown", msg("A configuration has no such page"))
        return cls(screen, member)

    @property
    def pointer(self) -> str:
        """Return the place of the condition."""
        return pointers.join([self.member], self.screen.pointer)

    @property
    def url(self) -> str:
        """Return the address of the page."""
        return url_of(self.screen, self.member)

    @property
    def title(self) -> str:
        """Return what the condition is called."""
        found = next(one for one in conditions_of(self.screen) if one.name == self.member)
        return translate(words.label(found.shape.path))

    @property
    def when(self) -> Any:
        """Return the condition as the draft says it; None for none."""
        return self.screen.value.get(self.member) if isinstance(self.screen.value, Mapping) else None

    @cached_property
    def worded(self) -> Worded:
        """The words of the condition."""
        made = worded(
            self.screen, _inputs(self.screen), self.when, address(self.screen.row.uid, self.pointer)
        )
        return with_mine(made) if pointers.split(self.pointer)[0] == WORKLISTS else made


def conditions_of(screen: Screen) -> list[Member]:
    """Return the members of a page that are conditions of sentences: those that look at records."""
    if screen.page.form is None or pointers.split(screen.pointer)[0] not in _PARTS:
        return []
    return [
        one for one in screen.page.form.members if one.shape.kind == "again" and one.shape.name == CONDITION
    ]


def said_of(screen: Screen) -> list[Said]:
    """Return the conditions of a page in words."""
    found = []
    for one in conditions_of(screen):
        desk = SentenceDesk(screen, one.name)
        text = Sentence.of(desk.when).said(desk.worded.spoken) if desk.when is not None else ""
        found.append(Said(desk.title, text, desk.url))
    return found


def url_of(screen: Screen, member: str) -> str:
    """Return the address at which a condition of a page is a sentence."""
    return address(f"{screen.row.uid}/sentence", pointers.join([member], screen.pointer))


def with_mine(made: Worded) -> Worded:
    """Return the words with those for who looks: worklists compare with them."""
    mine = {
        name: {"title": translate(WHO_TITLES[name]), "type": kind.type}
        for name, kind in WHO.items()
        if name in _MINE
    }
    definition = {**made.definition, "parameters": mine}
    spoken = type(made.spoken)(
        definition, made.spoken.taxonomies, made.spoken.texts, made.spoken.translate, made.spoken.options
    )
    return Worded(definition, spoken, made.url)


def _inputs(screen: Screen) -> dict[str, Input]:
    """Return what conditions of a page can look at: fields of the forms, then facts of records."""
    found: dict[str, Input] = {}
    lists = pointers.split(screen.pointer)[0] == WORKLISTS
    for name in screen.choices.entities():
        fields = [one for one in fields_of_form(screen, name) if not lists or _listed(one)]
        for where, one in inputs_of(fields, DATA).items():
            found.setdefault(where, one)
    for where, kind in facts(_roots(screen)).items():
        if kind.type in KINDS and KINDS[kind.type].compared:
            found[where] = _fact(screen, where, kind)
    return found


def _listed(field: FieldInfo) -> bool:
    """Tell whether lists may look at a field: one of the matter, not of a person or of rows of a table."""
    return not field.sensitivity and pointers.EVERY not in pointers.split(field.pointer)


def index_changes(desk: SentenceDesk, when: Any) -> list[Change]:
    """Return the change by which fields that a worklist looks at are kept beside the records."""
    screen = desk.screen
    form = str(screen.value.get("entity", "")) if pointers.split(desk.pointer)[0] == WORKLISTS else ""
    where = pointers.join(["forms", form, "entity", "index"])
    index = pointers.get(screen.draft.document, where, None) if form else None
    fields = [name.removeprefix(DATA) for name in looked_at(when) if name.startswith(f"{DATA}/")]
    new = [one for one in dict.fromkeys(fields) if isinstance(index, list) and one not in index]
    return [Change("replace", where, index, [*index, *new])] if new and isinstance(index, list) else []


def _roots(screen: Screen) -> list[str]:
    part = pointers.split(screen.pointer)[0]
    rows = screen.value.get("of") if isinstance(screen.value, Mapping) else None
    if part == WORKLISTS and rows in READS:
        return list(READS[str(rows)])
    return [one for one in ROOTS.get(part, "record").split() if one != "centre"]


def _fact(screen: Screen, where: str, kind: FieldType) -> Input:
    name = where.rpartition("/")[2]
    column = COLUMNS.get(name) if where.startswith("/record/") else None
    title = translate(column.title if column is not None else words.label(f"facts:{where}"))
    made: Input = {"title": title, "type": kind.type}
    options = _options(screen, name)
    if options:
        made["options"] = options
    return made


def _options(screen: Screen, name: str) -> dict[str, str]:
    if name == "canonical_stage":
        return {code: translate(text) for code, text in CANONICAL.items()}
    refs = {"stage": "stages", "route": "routes", "deadline": "deadlines", "task": "tasks", "role": "roles"}
    if name not in refs:
        return {}
    return {one.code: one.label for one in screen.choices.of(refs[name])}
