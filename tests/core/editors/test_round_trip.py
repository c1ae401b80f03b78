"""Every thing of every shipped pack goes into the form of its editor and back without loss."""

from __future__ import annotations

import functools
import random
from typing import Any

import pytest

from portal.adapters.pack_files import PackFiles, shipped_root
from portal.core import pointer as pointers
from portal.core.editors import ABSENT, Choices, Converter, EditedPage, Page, pages_in
from portal.core.editors.converting import whole
from portal.core.forms.view import Control, Fold, Group, Item, Rows
from portal.core.packs import resolve
from portal.core.packs.contents import stories
from tests.core.forms.test_form_parse import pairs_of

LIBRARY = PackFiles([shipped_root()], samples=True)
PACKS = (
    "base",
    "city/kunming",
    "county/xishan",
    "county/jinning",
    "county/wuhua",
    "county/zhuji",
    "county/guandu",
    "county/uxin",
    "county/yuyang",
)
THROUGH_FORMS = 25  # pages of each pack that go through view and body: more take minutes


@functools.cache
def document(pack: str) -> dict[str, Any]:
    resolved = resolve(pack, LIBRARY)
    assert not resolved.errors
    return {**resolved.bundle, "stories": stories(LIBRARY, pack)}


def shown(items: list[Item]) -> list[Control]:
    found: list[Control] = []
    for item in items:
        if isinstance(item, Control):
            found.append(item)
        elif isinstance(item, Group | Fold):
            found += shown(item.items)
        elif isinstance(item, Rows):
            found += [control for row in item.rows for control in shown(row.items)]
    return found


def own(page: Page, value: Any) -> Any:
    """Return what of a value stands on its own page."""
    away = {part.name for part in page.parts}
    return {k: v for k, v in value.items() if k not in away} if isinstance(value, dict) and away else value


@pytest.mark.parametrize("pack", PACKS)
def test_data_of_forms_hold_all_of_a_value(pack: str) -> None:
    seen = 0
    for page in pages_in(document(pack)):
        if page.form is None:
            continue
        value = pointers.get(document(pack), page.pointer)
        converter = Converter()
        converter.scan(page.form, value)
        data = converter.data(page.form, value)
        back = Converter(converter.spoken)
        # Nothing is at hand but the data: what the form does not hold would be missing.
        alone = back.value(page.form, data)
        wanted = own(page, value)
        assert alone == wanted or (alone is ABSENT and not wanted), page.pointer
        assert back.value(page.form, data, value) == value, page.pointer
        seen += 1
    assert seen > 1000


@pytest.mark.parametrize("pack", PACKS)
def test_a_page_sent_back_unchanged_changes_nothing(pack: str) -> None:
    pages = [page for page in pages_in(document(pack)) if page.form is not None]
    for page in random.Random(pack).sample(pages, THROUGH_FORMS):
        value = pointers.get(document(pack), page.pointer)
        edited = EditedPage(page, value, Choices(document(pack), page.pointer))
        view = edited.view()
        controls = shown([item for section in view.sections for item in section.items])
        assert not [one.pointer for one in controls if one.kind == "json"], page.pointer
        assert all(one.label for one in controls), page.pointer
        entered = edited.entered(pairs_of(view))
        assert not entered.errors, (page.pointer, entered.errors)
        assert entered.changes == (), page.pointer
        assert entered.value == value, page.pointer


def test_what_is_typed_is_the_only_change() -> None:
    page = next(one for one in pages_in(document("base")) if one.pointer == "/routes/R01")
    value = pointers.get(document("base"), "/routes/R01")
    edited = EditedPage(page, value, Choices(document("base"), page.pointer))
    pairs = [(name, "别的名字" if name == "/title" else text) for name, text in pairs_of(edited.view())]
    entered = edited.entered(pairs)
    assert [(one.path, one.before, one.after) for one in entered.changes] == [
        ("/routes/R01/title", value["title"], "别的名字")
    ]


def test_a_name_said_twice_is_refused_in_words() -> None:
    page = next(one for one in pages_in(document("base")) if one.pointer == "/roles/clerk")
    value = pointers.get(document("base"), "/roles/clerk")
    edited = EditedPage(page, value, Choices(document("base"), page.pointer))
    names = [
        name for name, _ in pairs_of(edited.view()) if name.startswith("/grants/") and name.endswith("/named")
    ]
    first = next(text for name, text in pairs_of(edited.view()) if name == names[0])
    pairs = [(name, first if name == names[1] else text) for name, text in pairs_of(edited.view())]
    entered = edited.entered(pairs)
    assert [(one.pointer, one.code) for one in entered.errors] == [("/grants/1/named", "editor.twice")]
    assert entered.changes == ()
    assert first in entered.errors[0].text()


def test_members_that_no_editor_knows_stay() -> None:
    page = next(one for one in pages_in(document("base")) if one.pointer == "/routes/R01")
    value = {**pointers.get(document("base"), "/routes/R01"), "of_later": {"a": 1}}
    edited = EditedPage(page, value, Choices(document("base"), page.pointer))
    pairs = [(name, "x" if name == "/title" else text) for name, text in pairs_of(edited.view())]
    assert edited.entered(pairs).value["of_later"] == {"a": 1}


def test_the_pages_reach_every_value() -> None:
    """No leaf of a bundle lies outside of all pages."""
    bundle = document("county/jinning")
    places = {page.pointer: page for page in pages_in(bundle)}
    assert {one.split("/")[1] for one in places} >= {"forms", "layout", "stories", "translations", "routes"}
    for where, _ in pointers.leaves(bundle):
        around = where
        while around and around not in places:
            around = around.rpartition("/")[0]
        page = places[around]
        assert page.form is not None or page.things is not None, where
        name = pointers.split(where.removeprefix(around) or "/")[0]
        shape = whole(page.shape)
        assert shape.kind != "group" or shape.member(name) is not None or where == around, where
