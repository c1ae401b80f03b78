"""What an editor's page shows of a draft: the value with its form, whose it is, who locked it, what was found."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import quote

from markupsafe import Markup
from sqlalchemy.orm import Session

from portal.core import pointer as pointers
from portal.core.access import EDIT
from portal.core.drafts import Command, Draft, Lock, Owner, own_pointers, owner_of
from portal.core.drafts.draft import PART_NAMES
from portal.core.drafts.locks import lock_at
from portal.core.drafts.share import OWN_SECTIONS
from portal.core.editors import ABSENT, Choices, EditedPage, Page, page_at, words
from portal.core.editors.shapes import NAMED_BY, VALUE
from portal.core.errors import NotFound, msg
from portal.core.kept import Kept
from portal.core.packs.origins import is_within
from portal.core.text import DEFAULT_LANGUAGE, Texts
from portal.persistence.models import Draft as Row
from portal.services import drafts
from portal.services.drafts.finding import OPEN, THING
from portal.services.drafts.loading import commands_of, loaded
from portal.web import access, language
from portal.web.days import short_moment
from portal.web.language import translate

_OWN: Kept[tuple[str, str, int], tuple[str, ...]] = Kept(64)
SEEN, APART = "_seen", "_apart"


@dataclass(frozen=True, slots=True)
class Mark:
    """Whose a value is, in a word; the title says since when and by whom."""

    text: str
    level: str
    title: str = ""

    def html(self) -> Markup:
        """Return the mark, its title marked as Chinese where the page speaks another language."""
        own = Markup(' <span class="whose whose-{}"{}>{}</span>')
        if not self.title:
            return own.format(self.level, "", self.text)
        if isinstance(language.as_written(self.title), Markup):
            zh, here = language.HTML_LANG[DEFAULT_LANGUAGE], language.HTML_LANG[language.current()]
            inner = Markup('<span lang="{}">{}</span>').format(here, self.text)
            return own.format(self.level, Markup(' lang="{}" title="{}"').format(zh, self.title), inner)
        return own.format(self.level, Markup(' title="{}"').format(self.title), self.text)


@dataclass
class Screen:
    """One page of a draft."""

    row: Row
    draft: Draft
    pointer: str
    page: Page
    apart: frozenset[str] = frozenset()
    seen: Any = None  # the value as the person's page has it; that of the draft where nothing is said

    @classmethod
    def of(cls, key: str, pointer: str, apart: str = "", seen: str = "") -> Screen:
        """Return the page of a place of a draft; NotFound where the person sees none."""
        session = access.session()
        row = drafts.draft_of(session, key)
        page = page_at(pointer)
        if page is None:
            raise NotFound("editor.unknown", msg("A configuration has no such page"))
        draft = loaded(session, row)
        above = pointer.rpartition("/")[0]
        if above and pointers.get(draft.document, pointer, None) is None and _is_thing(pointer):
            raise NotFound("editor.gone", msg("This is not there any more: somebody removed it"))
        places = frozenset(one for one in apart.split() if one)
        return cls(row, draft, pointer, page, places, _read(seen))

    @property
    def session(self) -> Session:
        """Return the session of the request."""
        return access.session()

    @property
    def value(self) -> Any:
        """Return what stands at the place; ABSENT for nothing."""
        return pointers.get(self.draft.document, self.pointer, ABSENT)

    @cached_property
    def texts(self) -> Texts:
        """Return the texts of the draft in the reader's language."""
        return Texts(language.current(), self.draft.document.get("translations", {}))

    @cached_property
    def choices(self) -> Choices:
        """Return what references of the page choose among."""
        return Choices(self.draft.document, self.pointer, self.texts, translate)

    @cached_property
    def edited(self) -> EditedPage:
        """Return the page with its value and form, as the person sees it."""
        value = self.value if self.seen is None else self.seen
        return EditedPage(self.page, value, self.choices, translate, language.current(), self.apart)

    @property
    def title(self) -> str:
        """Return what the thing of the page is called."""
        section = pointers.split(self.pointer)[0]
        if self.pointer == f"/{section}":
            return translate(PART_NAMES.get(section, section))
        key = pointers.split(self.pointer)[-1]
        if _is_thing(self.pointer):
            return thing_name(self.choices, pointers.get(self.draft.document, self.pointer, None), key)
        return translate(words.label(self.page.shape.path))

    @property
    def crumbs(self) -> list[tuple[str, str]]:
        """Return the names and addresses of what is around the page, from the outside in."""
        parts = pointers.split(self.pointer)
        found = []
        for depth in range(1, len(parts)):
            where = pointers.join(parts[:depth])
            if page_at(where) is not None:
                screen = Screen(self.row, self.draft, where, page_at(where) or self.page)
                found.append((screen.title, address(self.row.uid, where)))
        return found

    # -- whose it is -------------------------------------------------------------------------------

    @cached_property
    def own(self) -> tuple[str, ...]:
        """Return the places at which the draft says something else than the configurations above."""
        key = (self.row.uid, self.row.mark, self.draft.position)
        return _OWN.of(key, lambda: own_pointers(self.draft))

    @cached_property
    def log(self) -> list[Command]:
        """Return the commands of the draft."""
        return commands_of(self.session, self.row.uid)

    def owner(self, pointer: str) -> Owner:
        """Return whose the value at a place is."""
        return owner_of(self.draft, pointer, self.own)

    def lock(self, pointer: str) -> Lock | None:
        """Return the lock under which a place lies."""
        return lock_at(self.draft.locks, pointer)

    @property
    def may_edit(self) -> bool:
        """Tell whether the person may change the draft now."""
        return self.row.state == OPEN and access.current().allows_there(THING, EDIT, self.row.unit_path)

    @property
    def readonly(self) -> frozenset[str]:
        """Return the places of the form that nobody changes here: locked ones, or all."""
        if not self.may_edit or self.lock(self.pointer) is not None:
            members = self.page.form.members if self.page.form is not None else ()
            return frozenset(pointers.join([one.name]) for one in members) or frozenset({f"/{VALUE}"})
        found = set()
        for lock in self.draft.locks:
            if is_within(lock.pointer, self.pointer):
                place = self.edited.where(lock.pointer)
                if place:
                    found.add(pointers.pattern_of(place))
        return frozenset(found)

    @property
    def key(self) -> str:
        """Return the identifier of the thing of the page."""
        return pointers.split(self.pointer)[-1]

    @property
    def is_thing(self) -> bool:
        """Tell whether the page is about one thing of a list."""
        return _is_thing(self.pointer)

    @property
    def has_name(self) -> bool:
        """Tell whether the thing of the page has a name of its own, by which a copy is told from it."""
        value = self.value
        return isinstance(value, Mapping) and any(value.get(one) for one in NAMED_BY)

    @property
    def is_above(self) -> bool:
        """Tell whether a configuration above has what the page is about."""
        return pointers.get(self.draft.above, self.pointer, None) is not None

    @property
    def can_hide(self) -> bool:
        """Tell whether the thing can be put out of use."""
        return self.page.shape.member("hidden") is not None

    @property
    def is_hidden(self) -> bool:
        """Tell whether the thing is out of use."""
        return isinstance(self.value, Mapping) and self.value.get("hidden") is True

    def last_change(self, pointer: str) -> Command | None:
        """Return the last command of the draft that changed a place."""
        return next((one for one in reversed(self.log) if _touches(one.path, pointer)), None)

    def since(self, pointer: str) -> str:
        """Return who changed a place in this draft, and when, in words; empty where nobody did."""
        last = self.last_change(pointer)
        if last is None or last.at is None:
            return ""
        return translate(msg("%(who)s, %(day)s")) % {"who": last.by_name, "day": short_moment(last.at)}

    def mark(self, pointer: str) -> Mark | None:
        """Return whose a value is; None for what the product says."""
        if pointers.split(pointer)[0] in OWN_SECTIONS:
            return None
        owner = self.owner(pointer)
        if owner.level == "own":
            return Mark(translate(msg("Our own")), "own", self.since(pointer))
        if owner.partly:
            return Mark(translate(msg("Partly our own")), "partly", owner.title)
        return Mark(translate(msg("City")), "above", owner.title) if owner.level == "above" else None

    def mark_html(self, place: str) -> Markup:
        """Return the mark of a value of the form: whose it is, or who locked it and why."""
        pointer = self.edited.pointers.get(place)
        if pointer is None or pointer == self.pointer or place.rpartition("/")[2].isdecimal():
            return Markup("")
        lock = self.lock(pointer)
        if lock is not None and self.lock(self.pointer) is None:
            by = Markup(translate(msg("Locked by %(pack)s"))) % {"pack": language.as_written(lock.title)}
            return Mark(by, "locked", lock.why).html()
        found = None if lock is not None else self.mark(pointer)
        if found is None or found.text == self.page_mark:
            return Markup("")
        return found.html()

    @cached_property
    def page_mark(self) -> str:
        """Return whose the page as a whole is: values of the same need no mark."""
        found = self.mark(self.pointer)
        return found.text if found is not None else ""

    def seen_text(self) -> str:
        """Return the value for the page to carry, so that it can say what it was changed from."""
        return "" if self.value is ABSENT else json.dumps(self.value, ensure_ascii=False)


def thing_name(choices: Choices, thing: Any, key: str) -> str:
    """Return what a thing is called in a list."""
    if not isinstance(thing, Mapping):
        return key
    name = choices.name(thing, "")
    if name:
        return name
    if isinstance(thing.get("department"), str):
        return choices.label("departments", thing["department"]) or thing["department"]
    known = choices.label("fields", key) or choices.label("canonical", key) or choices.label("entities", key)
    return known or key


def address(key: str, pointer: str) -> str:
    """Return the address of the page of a place of a draft."""
    return f"/studio/{key}" + "/".join(["", *(quote(part, safe="~*") for part in pointer.split("/")[1:])])


def _is_thing(pointer: str) -> bool:
    above = page_at(pointer.rpartition("/")[0]) if pointer.count("/") > 1 else None
    return above is not None and above.things is not None


def _touches(path: str, pointer: str) -> bool:
    return is_within(pointer, path) or is_within(path, pointer)


def _read(text: str) -> Any:
    if not text:
        return None
    try:
        return json.loads(text)
    except ValueError:
        return None
