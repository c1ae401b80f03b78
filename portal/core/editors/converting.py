"""Turn the value at a place of a bundle into the data of an editor's form, and back without loss.

A form has no maps with free names and no places of several shapes: a map is a list of rows with a name each, and an
alternative says by ``is`` which one it is. What a shape does not describe stays as it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from portal.core import pointer as pointers
from portal.core.editors.reading import again
from portal.core.editors.shapes import KEY, TAG, VALUE, Alternative, Member, Shape, slot
from portal.core.text import DEFAULT_LANGUAGE

ABSENT: Any = type("Absent", (), {"__repr__": lambda self: "ABSENT"})()
ONCE, EACH = "once", "each"
LANGUAGES = (DEFAULT_LANGUAGE, "en")


@dataclass
class Converter:
    """Converts the value of one page.

    ``spoken`` holds the places whose texts are written in each language apart; ``where`` the pointer in the form of
    each pointer in the value; ``twice`` the pointers in the form of names that are said twice.
    """

    spoken: set[str] = field(default_factory=set)
    languages: list[str] = field(default_factory=lambda: list(LANGUAGES))
    where: dict[str, str] = field(default_factory=dict)
    twice: dict[str, str] = field(default_factory=dict)

    def scan(self, shape: Shape, value: Any) -> None:
        """Note which texts of a value are written in each language apart."""
        for inner, found in parts(shape, value):
            if inner.kind == "text" and isinstance(found, Mapping):
                self.spoken.add(inner.path)
                self.languages += [one for one in found if one not in self.languages]
            self.scan(inner, found)

    # -- into the form -----------------------------------------------------------------------------

    def data(self, shape: Shape, value: Any, at: str = "", place: str = "") -> Any:
        """Return the data of a form for a value; ABSENT for a value that the shape does not describe."""
        shape = whole(shape)
        self.where[at] = place
        if not matches(shape, value):
            return ABSENT
        if shape.kind == "text" and shape.path in self.spoken:
            if isinstance(value, Mapping):
                return {TAG: EACH, **{slot(EACH, language): text for language, text in value.items()}}
            return {TAG: ONCE, slot(ONCE): value}
        if shape.kind == "line" and "integer" in shape.types:
            return str(value)
        if shape.kind == "group":
            return self._members(shape, value, at, place)
        if shape.kind == "list" and shape.item is not None:
            return [self.data(shape.item, one, f"{at}/{n}", f"{place}/{n}") for n, one in enumerate(value)]
        if shape.kind == "map" and shape.item is not None:
            return self._rows(shape.item, value, at, place)
        if shape.kind == "union":
            return self._tagged(shape, value, at, place)
        return value

    def _members(
        self, shape: Shape, value: Mapping[str, Any], at: str, place: str, tag: str = ""
    ) -> dict[str, Any]:
        found = {}
        for member in shape.members:
            if member.name in value and not implied(member):
                name = slot(tag, member.name) if tag else member.name
                here, there = pointers.join([member.name], at), pointers.join([name], place)
                data = self.data(member.shape, value[member.name], here, there)
                if data is not ABSENT:
                    found[name] = data
        return found

    def _rows(self, item: Shape, value: Mapping[str, Any], at: str, place: str) -> list[Any]:
        rows = []
        for number, (key, one) in enumerate(value.items()):
            here, row = pointers.join([key], at), f"{place}/{number}"
            if whole(item).kind == "group":
                rows.append({KEY: key, **self._members(whole(item), one, here, row)})
                self.where[here] = row
            else:
                data = self.data(item, one, here, f"{row}/{VALUE}")
                rows.append({KEY: key} if data is ABSENT else {KEY: key, VALUE: data})
        return rows

    def _tagged(self, shape: Shape, value: Any, at: str, place: str) -> Any:
        chosen = alternative_of(shape, value)
        if chosen is None:
            return ABSENT
        inner = whole(chosen.shape)
        self.where[at] = f"{place}/{TAG}"
        if inner.kind == "group":
            return {TAG: chosen.tag, **self._members(inner, value, at, place, chosen.tag)}
        if fixed(inner):
            return {TAG: chosen.tag}
        name = slot(chosen.tag)
        data = self.data(inner, value, at, f"{place}/{name}")
        self.where[at] = f"{place}/{name}"
        return {TAG: chosen.tag} if data is ABSENT else {TAG: chosen.tag, name: data}

    # -- and back ----------------------------------------------------------------------------------

    def value(self, shape: Shape, data: Any, before: Any = ABSENT, place: str = "") -> Any:
        """Return the value of a form's data; ``before`` is what stood there, for all that no control shows."""
        shape = whole(shape)
        if before is not ABSENT and not matches(shape, before) and data is ABSENT:
            return before
        if data is ABSENT or data is None:
            return self._kept(shape, before)
        if shape.kind == "text" and shape.path in self.spoken:
            return self._spoken(data)
        if shape.kind == "line" and "integer" in shape.types:
            return _counted(data, before)
        if shape.kind == "group":
            return self._group(shape, data, before, place)
        if shape.kind == "list" and shape.item is not None:
            return self._list(shape.item, data, before, place)
        if shape.kind == "map" and shape.item is not None:
            return self._map(shape.item, data, before, place)
        if shape.kind == "union":
            return self._untagged(shape, data, before, place)
        return data

    def _kept(self, shape: Shape, before: Any) -> Any:
        """Return what is left of a place that was emptied: what its controls do not show."""
        if shape.kind == "group" and isinstance(before, Mapping):
            known = {one.name for one in shape.members}
            rest = {key: value for key, value in before.items() if key not in known}
            return rest or ABSENT
        return ABSENT

    def _spoken(self, data: Mapping[str, Any]) -> Any:
        if data.get(TAG) == EACH:
            start = slot(EACH, "")
            return {k.removeprefix(start): text for k, text in data.items() if k.startswith(start)} or ABSENT
        return data.get(slot(ONCE), ABSENT)

    def _group(
        self, shape: Shape, data: Mapping[str, Any], before: Any, place: str, tag: str = ""
    ) -> dict[str, Any]:
        old = before if isinstance(before, Mapping) else {}
        new: dict[str, Any] = {}
        for member in shape.members:
            stood = old.get(member.name, ABSENT)
            if implied(member):
                new[member.name] = member.shape.options[0]
                continue
            name = slot(tag, member.name) if tag else member.name
            there = pointers.join([name], place)
            found = self.value(member.shape, data.get(name, ABSENT), stood, there)
            if found is not ABSENT:
                new[member.name] = found
        known = {one.name for one in shape.members}
        return _in_order({**{k: v for k, v in old.items() if k not in known}, **new}, old)

    def _list(self, item: Shape, data: list[Any], before: Any, place: str) -> list[Any]:
        old = before if isinstance(before, list) else []
        seen = {repr(Converter(self.spoken).data(item, one)): one for one in old}
        values = []
        for number, one in enumerate(data):
            same = seen.get(repr(one), ABSENT)
            stood = old[number] if same is ABSENT and len(old) == len(data) else same
            found = self.value(item, one, stood, f"{place}/{number}")
            if found is not ABSENT:
                values.append(found)
        return values

    def _map(self, item: Shape, data: list[Any], before: Any, place: str) -> dict[str, Any]:
        old = before if isinstance(before, Mapping) else {}
        values: dict[str, Any] = {}
        for number, row in enumerate(data):
            key = row.get(KEY) if isinstance(row, Mapping) else None
            if not isinstance(key, str) or not key:
                continue
            if key in values:
                self.twice[f"{place}/{number}/{KEY}"] = key
                continue
            stood = old.get(key, ABSENT)
            grouped = whole(item).kind == "group"
            inner = (
                {name: one for name, one in row.items() if name != KEY} if grouped else row.get(VALUE, ABSENT)
            )
            found = self.value(item, inner, stood, f"{place}/{number}" + ("" if grouped else f"/{VALUE}"))
            if found is not ABSENT:
                values[key] = found
        return values

    def _untagged(self, shape: Shape, data: Mapping[str, Any], before: Any, place: str) -> Any:
        tag = data.get(TAG)
        chosen = next((one for one in shape.alternatives if one.tag == tag), None)
        if chosen is None:
            return ABSENT
        inner = whole(chosen.shape)
        old = alternative_of(shape, before) if before is not ABSENT else None
        stood = before if old is not None and old.tag == tag else ABSENT
        if inner.kind == "group":
            found = self._group(inner, data, stood, place, chosen.tag)
            named = shape.discriminator
            return _in_order({named: tag, **found}, stood) if named else found
        if fixed(inner):
            return inner.options[0]
        given = data.get(slot(chosen.tag), ABSENT)
        if given is ABSENT and inner.kind in ("list", "map") and stood in ([], {}):
            return stood
        return self.value(inner, given, stood, f"{place}/{slot(chosen.tag)}")


def whole(shape: Shape) -> Shape:
    """Return a shape in full: what stands for a shape that holds itself is that shape."""
    return again(shape.name) if shape.kind == "again" else shape


def fixed(shape: Shape) -> bool:
    """Tell whether there is one value only, so that nothing is to be chosen."""
    return shape.kind == "choice" and len(shape.options) == 1


def implied(member: Member) -> bool:
    """Tell whether a member follows from the alternative that it stands in, so that no control asks for it."""
    return member.required and fixed(member.shape)


def alternative_of(shape: Shape, value: Any) -> Alternative | None:
    """Return the alternative of a union that a value is; None for a value that is none of them."""
    if shape.discriminator:
        tag = value.get(shape.discriminator) if isinstance(value, Mapping) else None
        return next((one for one in shape.alternatives if one.tag == tag), None)
    return next((one for one in shape.alternatives if matches(whole(one.shape), value, deep=True)), None)


def matches(shape: Shape, value: Any, deep: bool = False) -> bool:
    """Tell whether a value has a shape; ``deep`` looks at what it holds too."""
    shape = whole(shape)
    if shape.kind == "text":
        return isinstance(value, str) or _texts(value)
    if shape.kind == "choice":
        return any(value == one and type(value) is type(one) for one in shape.options) or (
            not deep and isinstance(value, str)
        )
    if shape.kind == "line":
        return isinstance(value, str) or ("integer" in shape.types and _whole(value))
    if shape.kind == "whole":
        return _whole(value)
    if shape.kind == "number":
        return isinstance(value, int | float) and not isinstance(value, bool)
    if shape.kind == "list":
        return isinstance(value, list) and (
            not deep or shape.item is None or all(matches(shape.item, one, deep) for one in value)
        )
    if shape.kind == "map":
        return isinstance(value, Mapping) and (
            not deep or shape.item is None or all(matches(shape.item, one, deep) for one in value.values())
        )
    if shape.kind == "group":
        return isinstance(value, Mapping) and (not deep or _grouped(shape, value))
    if shape.kind == "union":
        return alternative_of(shape, value) is not None
    return True


def _grouped(shape: Shape, value: Mapping[str, Any]) -> bool:
    known = {one.name: one.shape for one in shape.members}
    needed = {one.name for one in shape.members if one.required}
    return (
        bool(value or not needed)
        and set(value) <= set(known)
        and needed <= set(value)
        and all(matches(known[name], one, deep=True) for name, one in value.items())
    )


def parts(shape: Shape, value: Any) -> Iterator[tuple[Shape, Any]]:
    """Yield the shapes right within a shape with the values that stand there."""
    shape = whole(shape)
    if shape.kind == "group" and isinstance(value, Mapping):
        yield from ((one.shape, value[one.name]) for one in shape.members if one.name in value)
    elif shape.kind == "list" and shape.item is not None and isinstance(value, list):
        yield from ((shape.item, one) for one in value)
    elif shape.kind == "map" and shape.item is not None and isinstance(value, Mapping):
        yield from ((shape.item, one) for one in value.values())
    elif shape.kind == "union":
        chosen = alternative_of(shape, value)
        if chosen is not None:
            yield chosen.shape, value


def _texts(value: Any) -> bool:
    return isinstance(value, Mapping) and bool(value) and all(isinstance(one, str) for one in value.values())


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _counted(data: Any, before: Any) -> Any:
    """Return a number where digits were typed; what stood there where it reads the same."""
    if before is not ABSENT and str(before) == data:
        return before
    return (
        int(data)
        if isinstance(data, str) and data.isascii() and data.isdecimal() and len(data) < 16
        else data
    )


def _in_order(new: Mapping[str, Any], before: Any) -> dict[str, Any]:
    old = [key for key in before if key in new] if isinstance(before, Mapping) else []
    return {key: new[key] for key in (*old, *(key for key in new if key not in old))}
