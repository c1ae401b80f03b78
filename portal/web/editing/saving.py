"""Changes that pages of the editors ask for, and the acts on single things: add, take away, call otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.adapters.pinyin import spelling
from portal.core import pointer as pointers
from portal.core.drafts import Change, Draft
from portal.core.drafts.order import STEP, beside, order_of, ordered
from portal.core.editors import changes, identifier, page_at, renamed
from portal.core.editors.naming import ref_of
from portal.core.editors.shapes import NAMED_BY, Shape
from portal.core.errors import InvalidInput, NotFound, msg
from portal.services import drafts
from portal.services.drafts import Changed
from portal.services.drafts.loading import loaded
from portal.services.portal import Work
from portal.web import access
from portal.web.editing.naming import check_renamed
from portal.web.language import translate


def writing() -> Work:
    """Return a unit of work of the person who asks."""
    return access.portal().writing(access.current(), access.origin())


def save(key: str, wanted: list[Change]) -> Changed:
    """Make changes of a page, in a transaction of their own."""
    with writing() as uow:
        check_renamed(loaded(uow.session, drafts.draft_of(uow.session, key)).document, wanted)
        made = drafts.change(uow, key, wanted)
        uow.commit()
    return made


def add(key: str, pointer: str, shape: Shape, title: str, chosen: str) -> str:
    """Add a thing to a map, called by a name or for what was chosen; return its place."""
    with writing() as uow:
        draft = loaded(uow.session, drafts.draft_of(uow.session, key))
        things = pointers.get(draft.document, pointer, {})
        things = things if isinstance(things, Mapping) else {}
        title = " ".join(title.split())
        name = chosen or (
            identifier(title, list(things), spelling, pointers.split(pointer)[-1]) if title else ""
        )
        if not name:
            raise InvalidInput("editor.name", msg("Say what it is called"))
        item = shape.item
        if (
            chosen
            and item is not None
            and item.member("department") is not None
            and item.member("title") is None
        ):
            name = identifier(chosen, list(things), spelling)
        if name in things:
            raise InvalidInput("editor.there", msg("“%(name)s” is there already"), {"name": title or chosen})
        where = pointers.join([name], pointer)
        drafts.change(uow, key, [Change("add", where, None, _begun(shape, title, chosen, things))])
        uow.commit()
    return where


def copy(key: str, pointer: str) -> str:
    """Add a thing like another one after the others, its name told apart; return its place."""
    with writing() as uow:
        draft = loaded(uow.session, drafts.draft_of(uow.session, key))
        thing, above = _there(draft, pointer), pointer.rpartition("/")[0]
        said = translate(msg("%(name)s (copy)"))
        made = dict(thing) if isinstance(thing, Mapping) else {}
        named = next((one for one in NAMED_BY if made.get(one)), None)
        if named is None:
            raise InvalidInput("editor.no_copy", msg("Only what has a name can be copied"))
        made[named] = _renamed(made[named], said)
        siblings = pointers.get(draft.document, above)
        for name in ("order", "position"):
            if isinstance(made.get(name), int | float):
                made[name] = int(max(_number(one, name) for one in siblings.values())) + STEP
        where = pointers.join([identifier(_title(made), list(siblings), spelling)], above)
        drafts.change(uow, key, [Change("add", where, None, made)])
        uow.commit()
    return where


def _renamed(text: Any, said: str) -> Any:
    if isinstance(text, Mapping):
        return {lang: said % {"name": one} for lang, one in text.items()}
    return said % {"name": text}


def _begun(shape: Shape, title: str, chosen: str, things: Mapping[str, Any]) -> Any:
    """Return what a new thing says: its name, that it stands last, and what there is no choice about."""
    item = shape.item
    if item is None or item.kind != "group":
        return (
            []
            if item is not None and item.kind == "list"
            else {}
            if item is not None and item.kind == "map"
            else title
        )
    found: dict[str, Any] = {}
    for name in NAMED_BY:
        if title and item.member(name) is not None:
            found[name] = title
            break
    if chosen and item.member("department") is not None and item.member("title") is None:
        found["department"] = chosen
    for name in ("order", "position"):
        if item.member(name) is not None and things:
            last = max((_number(one, name) for one in things.values()), default=0)
            found[name] = int(last) + STEP
    for member in item.members:
        if member.required and member.name not in found and member.shape.kind == "map":
            found[member.name] = {}
    return found


def _number(thing: Any, name: str) -> float:
    value = thing.get(name) if isinstance(thing, Mapping) else None
    return value if isinstance(value, int | float) and not isinstance(value, bool) else 0


def remove(key: str, pointer: str) -> None:
    """Take a thing away that is the draft's own; one that a configuration above has is put out of use."""
    with writing() as uow:
        draft = loaded(uow.session, drafts.draft_of(uow.session, key))
        thing = _there(draft, pointer)
        drafts.change(uow, key, [Change("remove", pointer, thing, None)])
        uow.commit()


def put_out_of_use(key: str, pointer: str, hidden: bool) -> None:
    """Put a thing out of use, or into use again."""
    with writing() as uow:
        draft = loaded(uow.session, drafts.draft_of(uow.session, key))
        thing = _there(draft, pointer)
        before = thing.get("hidden") if isinstance(thing, Mapping) else None
        after = True if hidden else None
        drafts.change(uow, key, [Change("replace", f"{pointer}/hidden", before, after)])
        uow.commit()


def give_back(key: str, pointer: str) -> None:
    """Let a place say again what the configuration above says of it."""
    with writing() as uow:
        drafts.give_back(uow, key, [pointer])
        uow.commit()


def call(key: str, pointer: str, title: str) -> str:
    """Give a thing another identifier, made from a name, in all that names it; return its new place."""
    with writing() as uow:
        draft = loaded(uow.session, drafts.draft_of(uow.session, key))
        thing = _there(draft, pointer)
        above = pointer.rpartition("/")[0]
        if pointers.get(draft.above, pointer, None) is not None or not ref_of(above):
            raise InvalidInput("editor.inherited", msg("Only what is our own can get another identifier"))
        said = title or _title(thing)
        siblings = [
            one for one in pointers.get(draft.document, above) if pointers.join([one], above) != pointer
        ]
        name = identifier(said, siblings, spelling)
        target = pointers.join([name], above)
        if target == pointer:
            return pointer
        version = str(draft.document.get("pack", {}).get("version", "1.0.0"))
        after = renamed(draft.document, pointer, name, version)
        drafts.change(uow, key, changes(dict(draft.document), after, ""))
        uow.commit()
    return target


def move(key: str, pointer: str, up: bool) -> None:
    """Let a thing stand one place further up or down: one number changes."""
    with writing() as uow:
        draft = loaded(uow.session, drafts.draft_of(uow.session, key))
        above, _, last = pointer.rpartition("/")
        name = pointers.split(f"/{last}")[0]
        siblings = pointers.get(draft.document, above)
        names = ordered(siblings)
        at = names.index(name)
        target = at - 1 if up else at + 2
        if (up and at == 0) or (not up and at == len(names) - 1):
            return
        number = beside(siblings, name, names[target] if target < len(names) else None)
        if number is None:
            number = order_of(siblings[names[max(target - 1, 0)]]) + (-0.5 if up else 0.5)
        before = siblings[name].get("order")
        drafts.change(uow, key, [Change("move", f"{pointer}/order", before, number)])
        uow.commit()


def _there(draft: Draft, pointer: str) -> Any:
    thing = pointers.get(draft.document, pointer, None)
    if thing is None or page_at(pointer) is None:
        raise NotFound("editor.gone", msg("This is not there any more: somebody removed it"))
    return thing


def _title(thing: Any) -> str:
    found = next((thing[one] for one in NAMED_BY if thing.get(one)), "")
    return str(next(iter(found.values()), "")) if isinstance(found, Mapping) else str(found)
