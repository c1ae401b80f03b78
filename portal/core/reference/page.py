"""One page with everything that a pack offers: key, name, purpose, and where it is used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.core.documented import code, table
from portal.core.reference.sections import SECTIONS, Reader
from portal.core.reference.uses import uses_of
from portal.core.text import Texts

# The pages by path below docs/, each with its language.
PAGES = {"reference/base.md": "zh_Hans", "reference/base.en.md": "en"}
_TITLE = ("通用配置清单", "What the foundation offers")
_INTRO = (
    "通用基础配置（`base`，版本 %s）里有的一切：写本县配置时，引用左边一列的代码。"
    "本页由 `portal docs generate` 生成，请勿手改。[English](base.en.md)",
    "Everything in the foundation (`base`, version %s): a county's own files name things by the first column. "
    "This page is written by `portal docs generate`; do not edit it. [中文](base.md)",
)
_SHOWN = 4


def page_of(bundle: Mapping[str, Any], version: str, lang: str) -> str:
    """Return the page of a bundle in a language."""
    number = 0 if lang == "zh_Hans" else 1
    reader = Reader(bundle, Texts(lang, bundle.get("translations") or {}), number)
    uses = uses_of(bundle)
    names = {(section.key, key): title for section in SECTIONS for key, title in section.names(reader)}
    parts = [f"# {_TITLE[number]}", _INTRO[number] % version]
    parts.append("\n".join(f"- [{one.title[number]}](#{_anchor(one.title[number])})" for one in SECTIONS))
    for section in SECTIONS:
        heads = [("代码", "key")[number], ("名称", "name")[number], *(head[number] for head in section.heads)]
        if section.used:
            heads.append(("用在哪里", "used by")[number])
        rows = []
        for row in section.rows(reader):
            used = [_used(uses.get((section.key, row[0]), []), names, number)] if section.used else []
            rows.append([code(row[0]), *row[1:], *used])
        parts += [f"## {section.title[number]}", section.intro[number], table(heads, rows)]
    return "\n\n".join(parts) + "\n"


def _used(users: list[tuple[str, str]], names: Mapping[tuple[str, str], str], number: int) -> str:
    """Return who uses a thing: for each section some names, and how many more."""
    words = {section.key: section.title[number] for section in SECTIONS}
    by_section: dict[str, list[str]] = {}
    for section, key in users:
        by_section.setdefault(section, []).append(names.get((section, key), key))
    parts = []
    for section, found in by_section.items():
        shown = ("、" if number == 0 else "; ").join(found[:_SHOWN])
        more = ("等 %s 项", " and others, %s in all")[number] % len(found) if len(found) > _SHOWN else ""
        parts.append(f"{words[section]}{'：' if number == 0 else ': '}{shown}{more}")
    return ("；" if number == 0 else "; ").join(parts) or "–"


def _anchor(title: str) -> str:
    return title.lower().replace(" ", "-")
