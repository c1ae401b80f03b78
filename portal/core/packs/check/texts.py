"""Translations: every Chinese text that people see has one in each language offered."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from portal.core import pointer as pointers
from portal.core.errors import Problem, msg
from portal.core.packs import formats, schemas
from portal.core.packs.check.causes import cause_of_texts
from portal.core.packs.check.registry import Context, check
from portal.core.packs.layer import Layer
from portal.core.text import DEFAULT_LANGUAGE

_CHINESE = re.compile(r"[\u3400-\u9fff]")
_TEXT = "common.json#/$defs/text"
_LABEL = "common.json#/$defs/label"  # a string only, where a map means something else
# Keywords of a JSON Schema whose strings are shown: the form's own titles and options.
_SHOWN = ("title", "description")
_NOT_SHOWN = frozenset({"default", "const", "examples", "pattern", "$comment"})


@check
def translations(context: Context) -> Iterator[Problem]:
    """Each text has a translation in every language of the settings but Chinese.

    Chinese alone is offered where nothing is said. A missing translation is a warning, and an error only in the texts
    of a pack whose own settings name the language.
    """
    languages = context.section("settings").get("languages")
    wanted = languages if isinstance(languages, list) else []
    for lang in wanted:
        if isinstance(lang, str) and lang != DEFAULT_LANGUAGE:
            yield from _missing(context, lang)


def _missing(context: Context, lang: str) -> Iterator[Problem]:
    catalogue = context.section("translations").get(lang)
    known = catalogue if isinstance(catalogue, dict) else {}
    declaring = {layer.id for layer in context.resolved.chain if _declares(layer, lang)}
    seen: set[str] = set()
    for where, text in all_texts(context.bundle):
        if isinstance(text, dict):
            missing = not text.get(lang) and any(_CHINESE.search(str(value)) for value in text.values())
            source = str(text.get(DEFAULT_LANGUAGE, ""))
        else:
            missing = bool(_CHINESE.search(text)) and text not in known
            source = text
        if missing and source not in seen:
            seen.add(source)
            pack = context.resolved.origins.pack_of(where) or context.resolved.pack
            declared = pack in declaring
            found = context.problem(
                "text.untranslated",
                msg("“%(text)s” has no translation into %(lang)s"),
                where,
                msg("Add it to translations/<pack>/%(lang)s.json"),
                severity="error" if declared else "warning",
                text=source[:60],
                lang=lang,
            )
            yield replace(found, cause=cause_of_texts(pack, lang, declared=declared))


def _declares(layer: Layer, lang: str) -> bool:
    """Tell whether the settings of a pack itself offer a language."""
    settings = layer.content.get("settings")
    languages = settings.get("languages") if isinstance(settings, dict) else None
    named = languages.get("$add") if isinstance(languages, dict) else languages
    return isinstance(named, list) and lang in named


def all_texts(bundle: Any) -> Iterator[tuple[str, Any]]:
    """Yield every text of a bundle that people see, with its pointer."""
    for fmt in formats.FORMATS:
        if not fmt.section or fmt.section == "translations" or fmt.section not in bundle:
            continue
        base = pointers.join([fmt.section])
        section = bundle[fmt.section]
        things = section.items() if fmt.keyed and isinstance(section, dict) else [("", section)]
        for key, thing in things:
            where = pointers.join([key], base) if key else base
            yield from _texts_by_schema(schemas.schema(fmt.schema), fmt.schema, thing, where)
            if fmt.section == "forms" and isinstance(thing, dict):
                yield from _texts_of_json_schema(thing.get("schema"), f"{where}/schema")


def _texts_by_schema(schema: Any, document: str, value: Any, where: str) -> Iterator[tuple[str, Any]]:
    """Yield what the format's schema calls a text, walking schema and value together."""
    if not isinstance(schema, dict):
        return
    reference = schema.get("$ref", "")
    if reference in (_TEXT, _LABEL):
        if isinstance(value, str) or (isinstance(value, dict) and reference == _TEXT):
            yield where, value
        return
    if reference:
        name, _, inner = reference.partition("#")
        target = name.removesuffix(".json") or document
        if schemas.has_schema(target):
            yield from _texts_by_schema(pointers.get(schemas.schema(target), inner), target, value, where)
    for keyword in ("oneOf", "anyOf", "allOf"):
        for variant in schema.get(keyword, ()):
            yield from _texts_by_schema(variant, document, value, where)
    if isinstance(value, dict):
        named = schema.get("properties", {})
        for key, member in value.items():
            inner_schema = named.get(key, schema.get("additionalProperties"))
            if isinstance(inner_schema, dict):
                yield from _texts_by_schema(inner_schema, document, member, pointers.join([key], where))
    elif isinstance(value, list) and isinstance(of_items := schema.get("items"), dict):
        for index, member in enumerate(value):
            yield from _texts_by_schema(of_items, document, member, f"{where}/{index}")


def _texts_of_json_schema(schema: Any, where: str) -> Iterator[tuple[str, Any]]:
    """Yield the titles, descriptions and plain options of a form's JSON Schema."""
    if isinstance(schema, list):
        for index, member in enumerate(schema):
            yield from _texts_of_json_schema(member, f"{where}/{index}")
    if not isinstance(schema, dict):
        return
    for key, value in schema.items():
        inner = pointers.join([key], where)
        if key in _SHOWN and isinstance(value, str):
            yield inner, value
        elif key == "enum" and isinstance(value, list):
            yield from (
                (f"{inner}/{place}", option) for place, option in enumerate(value) if isinstance(option, str)
            )
        elif key not in _NOT_SHOWN:
            yield from _texts_of_json_schema(value, inner)
