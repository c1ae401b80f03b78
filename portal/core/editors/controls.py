"""The form of one page: from the shape of a place to a definition that the form engine compiles.

A definition is made for the values of one page: recursion goes as deep as they do and one step further, and
alternatives that cannot be filled in yet are left out until then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from portal.core import pointer as pointers
from portal.core.editors import words
from portal.core.editors.converting import EACH, ONCE, alternative_of, implied, whole
from portal.core.editors.shapes import KEY, TAG, VALUE, Alternative, Member, Shape, slot
from portal.core.errors import Translator, msg
from portal.core.forms.compile import CompiledForm, Profile
from portal.core.forms.document import SchemaDocument, dialect
from portal.core.forms.ui import load_ui
from portal.core.text import DEFAULT_LANGUAGE, Texts

Options = Sequence[tuple[str, str]]  # of a reference: what is stored, and what people read
_TICKS = 15
_AHEAD = 2  # shapes within themselves that an empty place offers
_KIND, _NAME, _CONTENT = msg("What stands here"), msg("For which"), msg("Content")
_IN_ONE, _IN_EACH = msg("One wording"), msg("A wording for each language")
FURTHER, BOOKKEEPING = msg("What can be set besides"), msg("Order, remarks, origin")
MAIN, UNUSED, KEPT = "main", "unused", "kept"


def _no_options(ref: str) -> Options | None:
    return None


@dataclass
class Builder:
    """Makes the definition of the form of one page.

    ``options`` answers what a reference offers where that is little enough to be ticked; everything else is looked up
    by a picker named ``ref``.
    """

    translate: Translator = str
    options: Callable[[str], Options | None] = _no_options
    spoken: set[str] = field(default_factory=set)
    languages: Sequence[str] = ("zh_Hans", "en")
    refs: dict[str, str] = field(default_factory=dict)  # pattern in the form: what it chooses among
    fields: dict[str, dict[str, Any]] = field(default_factory=dict)
    labelled: dict[str, str] = field(default_factory=dict)  # pattern in the form: place in the format
    first: list[str] = field(default_factory=list)  # what of the rows of a list stands first

    def definition(self, shape: Shape, value: Any) -> dict[str, Any]:
        """Return the form definition of a page with a value; a single value stands under ``value``."""
        top = whole(shape)
        if top.kind != "group":
            inner = self._piece(top, [value], f"/{VALUE}", _AHEAD)
            return self._form({"type": "object", "properties": {VALUE: inner or {}}}, {VALUE: MAIN}, {})
        schema = self._group(top, [value], "", _AHEAD) or {"type": "object", "properties": {}}
        places = {one.name: section_of(one, value) for one in top.members if one.name in schema["properties"]}
        backs = {one.name: int(words.said(one.shape.path, "back", 0)) for one in top.members}
        return self._form(schema, places, backs)

    def _form(
        self, schema: dict[str, Any], places: dict[str, str], backs: Mapping[str, int]
    ) -> dict[str, Any]:
        """Return a definition whose members stand in sections: what is usual first, what is unused and kept folded."""
        found = [name for name in (MAIN, UNUSED, KEPT) if name in places.values()]
        if MAIN not in found:  # something has to stand first
            places, found = dict.fromkeys(places, MAIN), [MAIN]
        titles = {UNUSED: self.translate(FURTHER), KEPT: self.translate(BOOKKEEPING)}
        sections: dict[str, Any] = {
            name: {"title": titles.get(name), "order": number} for number, name in enumerate(found)
        }
        for name, section in places.items():
            settings = self.fields.setdefault(pointers.join([name]), {})
            settings["section"] = section
            if section == KEPT:
                settings["order"] = 900 + backs[name]
        ui: dict[str, Any] = {"sections": sections, "fields": self.fields}
        if len(found) > 1 or self.first:
            first = [pointers.join([name]) for name, section in places.items() if section == MAIN]
            ui["first"] = [*first, *self.first]
        return {"title": "", "schema": schema, "ui": ui}

    @property
    def _makers(self) -> dict[str, Callable[..., dict[str, Any] | None]]:
        """Return what makes the pieces of each kind of shape; all others are single values."""
        makers = (self._group, self._list, self._map, self._union, self._text)
        return {maker.__name__.removeprefix("_"): maker for maker in makers}

    # -- pieces ------------------------------------------------------------------------------------

    def _piece(self, shape: Shape, values: list[Any], at: str, ahead: int) -> dict[str, Any] | None:
        """Return the schema of a place in the form; None for one that can be filled in only later."""
        if shape.kind == "again":
            if not values and ahead <= 0:
                return None
            inner = whole(shape)
            made = self._piece(inner, values, at, ahead if values else ahead - 1)
            return made and {**made, **self._said(shape)}
        maker = self._makers.get(shape.kind)
        made = maker(shape, values, at, ahead) if maker else self._single(shape, at)
        return made and {**made, **self._said(shape)}

    def _said(self, shape: Shape) -> dict[str, Any]:
        found: dict[str, Any] = {"title": self.translate(words.label(shape.path))}
        help_text = words.said(shape.path, "help")
        if help_text:
            found["description"] = self.translate(str(help_text))
        return found

    def _group(self, shape: Shape, values: list[Any], at: str, ahead: int) -> dict[str, Any] | None:
        properties = self._properties(shape.members, values, at, ahead)
        return {"type": "object", "properties": properties} if properties else None

    def _properties(
        self, members: Iterable[Member], values: list[Any], at: str, ahead: int, tag: str = ""
    ) -> dict[str, Any]:
        properties = {}
        for member in members:
            if implied(member):
                continue
            name = slot(tag, member.name) if tag else member.name
            where = pointers.join([name], at)
            inner = [one[member.name] for one in values if isinstance(one, Mapping) and member.name in one]
            piece = self._piece(member.shape, inner, where, ahead)
            if piece is not None:
                self.labelled[where] = member.shape.path
                properties[name] = piece
        return properties

    def _single(self, shape: Shape, at: str) -> dict[str, Any]:
        if shape.kind == "choice":
            return self._choice(shape, at)
        kind = {"whole": "integer", "number": "number"}.get(shape.kind, "string")
        schema: dict[str, Any] = {"type": kind}
        if kind != "string":
            limits = ("minimum", "maximum", "exclusiveMinimum")
            return {**schema, **{key: shape.limits[key] for key in limits if key in shape.limits}}
        if shape.limits.get("format") == "date":
            return {**schema, "format": "date"}
        schema |= {key: shape.limits[key] for key in ("pattern",) if key in shape.limits and not shape.ref}
        settings = self.fields.setdefault(at, {})
        ref = shape.ref or str(words.said(shape.path, "ref", "") or "")
        if ref:
            self.refs[at] = ref
            settings |= {"widget": "taxonomy", "taxonomy": ref}
        elif words.said(shape.path, "lines"):
            settings |= {"widget": "textarea", "rows": int(words.said(shape.path, "lines"))}
        if not settings:
            del self.fields[at]
        return schema

    def _choice(self, shape: Shape, at: str) -> dict[str, Any]:
        if shape.options == (True, False):
            return {"type": "boolean"}
        labels = {str(one): self.translate(words.option_label(shape.path, one)) for one in shape.options}
        if len(shape.options) > 3:
            self.fields.setdefault(at, {})["widget"] = "select"
        return {"enum": list(shape.options), "x-enum-labels": labels}

    def _text(self, shape: Shape, values: list[Any], at: str, ahead: int) -> dict[str, Any]:
        plain = {"type": "string", "title": self.translate(words.label(shape.path))}
        lines = words.said(shape.path, "lines")

        def area(where: str) -> None:
            if lines:
                self.fields.setdefault(where, {}).update(widget="textarea", rows=int(lines))

        if shape.path not in self.spoken:
            area(at)
            return plain
        each = {}
        for language in self.languages:
            named = self.translate(words.LANGUAGES[language]) if language in words.LANGUAGES else language
            each[language] = {"type": "string", "title": named}
            area(f"{at}/{slot(EACH, language)}")
        each = {slot(EACH, language): piece for language, piece in each.items()}
        area(f"{at}/{slot(ONCE)}")
        return self._tagged(
            at,
            [
                (ONCE, self.translate(_IN_ONE), {slot(ONCE): plain}),
                (EACH, self.translate(_IN_EACH), each),
            ],
        )

    def _list(self, shape: Shape, values: list[Any], at: str, ahead: int) -> dict[str, Any] | None:
        if shape.item is None:
            return None
        item = whole(shape.item)
        ticks = self._ticks(shape, item, at)
        if ticks is not None:
            return ticks
        inner = [one for value in values if isinstance(value, list) for one in value]
        piece = self._piece(shape.item, inner, f"{at}/*", ahead)
        if piece is None:
            return None
        self.labelled[f"{at}/*"] = item.path
        if item.kind == "group":
            self._fold_rows(f"{at}/*", item, inner, ())
        self._rows(shape, at)
        return {"type": "array", "items": piece}

    def _ticks(self, shape: Shape, item: Shape, at: str) -> dict[str, Any] | None:
        """Return a list that is filled in by ticking, where its order means nothing and little is offered."""
        if shape.merge not in ("set", ""):
            return None
        if (
            item.kind == "choice"
            and len(item.options) > 1
            and None not in item.options
            and True not in item.options
        ):
            labels = {str(one): self.translate(words.option_label(item.path, one)) for one in item.options}
            return {"type": "array", "items": {"enum": list(item.options), "x-enum-labels": labels}}
        if item.kind != "line" or not item.ref:
            return None
        offered = self.options(item.ref)
        if not offered or len(offered) > _TICKS:
            return None
        self.refs[at] = item.ref
        labels = dict(offered)
        return {"type": "array", "items": {"enum": list(labels), "x-enum-labels": labels}}

    def _fold_rows(self, at: str, item: Shape, values: list[Any], before: tuple[str, ...]) -> None:
        """Let stand first in each row what any row says; the rest of it waits in a fold."""
        names = [one.name for one in item.members if not implied(one)]
        used = [name for name in names if any(isinstance(one, Mapping) and name in one for one in values)]
        needed = [one.name for one in item.members if one.required and not implied(one)]
        shown = [name for name in names if name in used or name in needed] or names[:2]
        if len(names) - len(shown) > 1:
            self.first += [pointers.join([name], at) for name in (*before, *shown)]

    def _rows(self, shape: Shape, at: str) -> None:
        title = self.translate(words.label(shape.path))
        settings = self.fields.setdefault(at, {})
        one = words.said(shape.path, "one")
        settings["item_label"] = self.translate(str(one)) if one else title
        add = words.said(shape.path, "add")
        settings["add_label"] = self.translate(str(add)) if add else self.translate(msg("Add an entry"))

    def _map(self, shape: Shape, values: list[Any], at: str, ahead: int) -> dict[str, Any] | None:
        if shape.item is None or shape.key is None:
            return None
        item = whole(shape.item)
        inner = [one for value in values if isinstance(value, Mapping) for one in value.values()]
        key = self._piece(shape.key, [], f"{at}/*/{KEY}", 0) or {"type": "string"}
        named = words.said(shape.path, "named")
        key = {**key, "title": self.translate(str(named) if named else _NAME)}
        key.pop("description", None)
        self.labelled[f"{at}/*/{KEY}"] = shape.key.path
        if item.kind == "group":
            members = self._properties(item.members, inner, f"{at}/*", ahead)
            self._fold_rows(f"{at}/*", item, inner, (KEY,))
        else:
            piece = self._piece(shape.item, inner, f"{at}/*/{VALUE}", ahead)
            if piece is None:
                return None
            self.labelled[f"{at}/*/{VALUE}"] = item.path
            members = {VALUE: {**piece, "title": self._content(item)}}
        self._rows(shape, at)
        return {"type": "array", "items": {"type": "object", "properties": {KEY: key, **members}}}

    def _content(self, item: Shape) -> str:
        return self.translate(words.label(item.path) if words.has_label(item.path) else _CONTENT)

    # -- alternatives ------------------------------------------------------------------------------

    def _union(self, shape: Shape, values: list[Any], at: str, ahead: int) -> dict[str, Any] | None:
        made = []
        for one in shape.alternatives:
            members = self._alternative(shape, one, values, at, ahead)
            if members is not None:
                made.append((one.tag, self.translate(words.tag_label(shape.path, one.tag)), members))
        return self._tagged(at, made) if made else None

    def _alternative(
        self, shape: Shape, one: Alternative, values: list[Any], at: str, ahead: int
    ) -> dict[str, Any] | None:
        inner = whole(one.shape)
        own = [value for value in values if (found := alternative_of(shape, value)) and found.tag == one.tag]
        if inner.kind == "choice" and len(inner.options) == 1:
            return {}
        if inner.kind == "group":
            members = self._properties(inner.members, own, at, ahead, one.tag)
            asked = [member for member in inner.members if not implied(member)]
            return members if members or not asked else None
        where = f"{at}/{slot(one.tag)}"
        piece = self._piece(one.shape, own, where, ahead)
        if piece is None:
            return None
        self.labelled[where] = inner.path
        return {slot(one.tag): piece}

    def _tagged(self, at: str, made: list[tuple[str, str, dict[str, Any]]]) -> dict[str, Any]:
        self.fields.setdefault(f"{at}/{TAG}", {}).update(
            widget="select", width="full" if len(made) > 6 else "half"
        )
        variants = [
            {
                "type": "object",
                "title": title,
                "properties": {TAG: {"const": tag}, **members},
                "required": [TAG],
            }
            for tag, title, members in made
        ]
        return {
            "type": "object",
            "properties": {TAG: {"title": self.translate(_KIND)}},
            "oneOf": variants,
        }


def section_of(member: Member, value: Any) -> str:
    """Return the section of a page in which a member stands: parts of which nothing is said wait in a fold."""
    if words.said(member.shape.path, "back"):  # few people look for it
        return KEPT
    there = isinstance(value, Mapping) and member.name in value
    if there or member.required or words.said(member.shape.path, "first"):
        return MAIN
    return UNUSED if whole(member.shape).kind in ("group", "union", "list", "map") else MAIN


def compiled(
    definition: Mapping[str, Any], lang: str = DEFAULT_LANGUAGE, readonly: frozenset[str] = frozenset()
) -> CompiledForm:
    """Return a definition that was made here ready to use: what is made here needs no check of its safety."""
    newest = dialect(None)
    assert newest is not None
    ui, problems = load_ui(definition["ui"])
    assert not problems, problems
    document = SchemaDocument(definition["schema"], *newest)
    return CompiledForm(definition, lang, Texts(lang), Profile(readonly=readonly), document, ui)
