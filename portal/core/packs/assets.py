"""Assets of packs: templates, maps and logos whose content has to be what their name says."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from xml.parsers import expat

from portal.core.errors import Problem, msg
from portal.core.packs import formats
from portal.core.papers.package import UNREADABLE

_PNG = b"\x89PNG\r\n\x1a\n"
_OFFICE = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml"}
_ACTIVE_PARTS = re.compile(r"(^|/)(vbaProject\.bin|activeX/|embeddings/)", re.IGNORECASE)
_ACTIVE_ELEMENTS = frozenset(
    {"script", "foreignobject", "iframe", "object", "embed", "handler", "set", "animate"}
)
_LINKS = frozenset({"href", "src"})
_INNER_LINK = re.compile(r"\s*(#|data:image/(png|jpeg);)", re.IGNORECASE)
# Elements of pages fetch in many ways; a picture needs none of them.
_PAGES = "http://www.w3.org/1999/xhtml"
_OUTER_STYLE = re.compile(
    r"@import|javascript:|image-set|url\(\s*['\"]?(?!\s*(#|data:image/(png|jpeg);))", re.IGNORECASE
)

_ESCAPE = re.compile(r"\\(?:([0-9a-fA-F]{1,6})\s?|(.))", re.DOTALL)
_REMARK = re.compile(r"/\*.*?\*/", re.DOTALL)


def check_asset(name: str, content: bytes, file: str) -> Iterator[Problem]:
    """Yield what is wrong with an asset: too large, another kind of file than its name says, active content."""
    if len(content) > formats.ASSET_LIMIT:
        yield Problem(
            "asset.size",
            msg("The file is larger than %(limit)s bytes"),
            {"limit": formats.ASSET_LIMIT},
            file,
            remedy=msg("Make it smaller, for example by smaller pictures"),
        )
        return
    kind = name.rpartition(".")[2]
    if not _KINDS[kind](content):
        yield Problem(
            "asset.kind",
            msg("The file is no %(kind)s file, although its name says so"),
            {"kind": kind},
            file,
            remedy=msg("Save it again in that format, or give it the name of what it is"),
        )
    elif _is_active(kind, content):
        yield Problem(
            "asset.active",
            msg("The file holds active content: scripts, macros, embedded files or links to other places"),
            {},
            file,
            remedy=msg("Save it without them"),
        )


def _is_office(part: str) -> Callable[[bytes], bool]:
    def fits(content: bytes) -> bool:
        return content.startswith(b"PK\x03\x04") and {part, "[Content_Types].xml"} <= set(_parts(content))

    return fits


def _parts(content: bytes) -> list[str]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return archive.namelist()
    except UNREADABLE:
        return []


def _is_svg(content: bytes) -> bool:
    return next((name for name in _svg_elements(content) if name != "!"), "") == "svg"


def _svg_elements(content: bytes) -> list[str]:
    """Return the names of the elements in order, ``!`` for anything active; empty for what is no XML."""
    found: list[str] = []
    texts: list[list[str]] = [[]]

    def element(name: str, attributes: Mapping[str, str]) -> None:
        local = name.rpartition(":")[2].lower()
        found.append(local)
        texts.append([])
        if local in _ACTIVE_ELEMENTS or any(_is_active_attribute(*pair) for pair in attributes.items()):
            found.append("!")

    def active(*_: object) -> None:
        found.append("!")

    def text(content: str) -> None:
        texts[-1].append(content)

    def end(_name: str) -> None:
        # A style is what all its pieces say together, whatever stands between them.
        if _fetches("".join(texts.pop())):
            found.append("!")

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = element
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.EntityDeclHandler = active
    parser.ProcessingInstructionHandler = active
    try:
        parser.Parse(content, True)
    except expat.ExpatError:
        return []
    return found


def _is_active_attribute(name: str, value: str) -> bool:
    local = name.rpartition(":")[2].lower()
    if local in _LINKS:
        return not _INNER_LINK.match(value)
    declares = name == "xmlns" or name.startswith("xmlns:")
    return local.startswith("on") or (declares and value.strip() == _PAGES) or _fetches(value)


def _fetches(style: str) -> bool:
    """Tell whether a style leads out of the file, also where escapes or remarks break its words."""
    plain = _ESCAPE.sub(lambda found: chr(min(int(found[1], 16), 0x10FFFF)) if found[1] else found[2], style)
    return any(_OUTER_STYLE.search(one) for one in (style, plain, _REMARK.sub("", plain)))


def _is_active(kind: str, content: bytes) -> bool:
    if kind == "svg":
        return "!" in _svg_elements(content)
    return kind in _OFFICE and any(_ACTIVE_PARTS.search(part) for part in _parts(content))


_KINDS: dict[str, Callable[[bytes], bool]] = {
    "png": lambda content: content.startswith(_PNG),
    "svg": _is_svg,
    **{kind: _is_office(part) for kind, part in _OFFICE.items()},
}
