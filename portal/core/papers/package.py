"""The file of a template, looked at before anything opens it: what it holds, how large it gets, where it leads.

A .docx is a zip of XML. What could run, fetch, embed or swell is refused here by its structure, so that neither the
program that fills it in nor the one that prints it ever meets it.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from xml.parsers import expat

from portal.core.errors import Problem, msg

MOST_PARTS, LARGEST_PART, LARGEST_WHOLE = 200, 8 * 1024 * 1024, 20 * 1024 * 1024
DEEPEST = 120
_PARTS = (".xml", ".rels", ".png", ".jpg", ".jpeg")
_XML = (".xml", ".rels")
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
# Elements that embed other files, or take their content from elsewhere.
_ELEMENTS = frozenset(
    {
        "altchunk",
        "subdoc",
        "object",
        "oleobject",
        "control",
        "attachedtemplate",
        "mailmerge",
        "datasource",
        "headersource",
        "src",
        "frameset",
        "scriptanchor",
        "webvideopr",
    }
)
_RELATIONS = frozenset(
    {
        "attachedtemplate",
        "oleobject",
        "package",
        "afchunk",
        "subdocument",
        "control",
        "vbaproject",
        "frame",
        "externallink",
        "mailmergesource",
        "mailmergeheadersource",
        "activexcontrolbinary",
        "webextension",
        "webextensiontaskpane",
    }
)
_CONTENTS = ("macroenabled", "vba", "oleobject", "activex", "officedocument.package")
# Fields that Word works out: only those that count pages, with how the number looks.
_COUNTED = frozenset({"PAGE", "NUMPAGES", "SECTIONPAGES"})
_LINKING = frozenset({"src", "href", "link", "target", "pluginspage"})


# What `zipfile` raises on files that only look like a ZIP, from the directory to the last byte of a member.
UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    ValueError,
    NotImplementedError,
    RuntimeError,
    EOFError,
    OSError,
    IndexError,
)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the file: its name and content."""

    name: str
    content: bytes

    @property
    def is_xml(self) -> bool:
        """Tell whether it is XML by its name."""
        return self.name.lower().endswith(_XML)


def parts_of(content: bytes) -> list[Part]:
    """Return the parts of a file that ``look`` found nothing wrong with."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return [Part(one.filename, archive.read(one)) for one in archive.infolist() if not one.is_dir()]


def look(content: bytes, file: str = "") -> list[Problem]:
    """Return everything in the file of a template that could run, fetch, embed or swell."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            found = list(_outside(archive, file))
            if found:
                return found
            parts, found = _read(archive, file)
    except UNREADABLE:
        return [_broken(file)]
    names = {one.name for one in parts}
    if not {"[Content_Types].xml", "word/document.xml"} <= names:
        found.append(_broken(file))
    for part in parts:
        if part.is_xml:
            found += _Reader(part, file).problems
    return found


def _broken(file: str) -> Problem:
    return Problem(
        "template.broken",
        msg("The template is no whole .docx file"),
        {},
        file,
        remedy=msg("Save it again as .docx"),
    )


def _large(file: str) -> Problem:
    return Problem(
        "template.large",
        msg("Unpacked, the template is larger than a template can be"),
        {},
        file,
        remedy=msg("Use smaller pictures, or fewer"),
    )


def _unfit(file: str, part: str) -> Problem:
    return Problem(
        "template.part",
        msg("The template holds %(part)s, which is neither text nor a picture"),
        {"part": part[:80]},
        file,
        remedy=msg("Take out what is embedded, then save the file as .docx"),
    )


def _outside(archive: zipfile.ZipFile, file: str) -> Iterator[Problem]:
    """Yield what the table of contents of the zip shows."""
    entries = archive.infolist()
    names = [one.filename for one in entries]
    if len(entries) > MOST_PARTS or sum(one.file_size for one in entries) > LARGEST_WHOLE:
        yield _large(file)
        return
    if len({name.lower() for name in names}) != len(names):
        yield _broken(file)
    for one in entries:
        name = one.filename
        away = name.startswith("/") or "\\" in name or ":" in name or ".." in name.split("/")
        if away or one.flag_bits & 0x1 or one.compress_type not in _METHODS:
            yield _broken(file)
        elif not one.is_dir() and not name.lower().endswith(_PARTS):
            yield _unfit(file, name)


def _read(archive: zipfile.ZipFile, file: str) -> tuple[list[Part], list[Problem]]:
    """Read the parts, no more of each than a part may have, whatever the zip says of its size."""
    parts, total = [], 0
    for one in archive.infolist():
        if one.is_dir():
            continue
        with archive.open(one) as opened:
            content = opened.read(LARGEST_PART + 1)
        total += len(content)
        if len(content) > LARGEST_PART or total > LARGEST_WHOLE:
            return [], [_large(file)]
        parts.append(Part(one.filename, content))
    return parts, []


class _Reader:
    """Reads one XML part and keeps what is wrong with it."""

    def __init__(self, part: Part, file: str) -> None:
        self.part, self.file = part, file
        self.problems: list[Problem] = []
        self._depth = 0
        self._fields: list[list[str]] = []
        self._instruction: list[str] | None = None
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = self._doctype
        parser.EntityDeclHandler = self._doctype
        parser.ProcessingInstructionHandler = self._doctype
        try:
            parser.Parse(part.content, True)
        except (expat.ExpatError, _Stop):
            if not self.problems:
                self.problems.append(_broken(file))

    def _say(self, what: str) -> None:
        problem = Problem(
            "template.active",
            msg("The template holds %(what)s in %(part)s: it could fetch or run something"),
            {"what": what[:80], "part": self.part.name},
            self.file,
            remedy=msg("Take it out: a template holds text, tables, pictures and its places"),
        )
        if problem not in self.problems:
            self.problems.append(problem)

    def _doctype(self, *_: object) -> None:
        self._say("DOCTYPE")
        raise _Stop

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            self.problems.append(_broken(self.file))
            raise _Stop
        local = name.rpartition(":")[2].lower()
        own = {key.rpartition(":")[2].lower(): value for key, value in attributes.items()}
        if local in _ELEMENTS:
            self._say(name)
        if local == "relationship":
            self._relation(own)
        elif local in ("override", "default"):
            kind = own.get("contenttype", "").lower()
            if any(word in kind for word in _CONTENTS):
                self._say(own.get("contenttype", ""))
        elif local == "fldsimple":
            self._field(own.get("instr", ""))
        elif local == "fldchar":
            self._boundary(own.get("fldchartype", ""))
        elif local in ("instrtext", "delinstrtext"):
            self._instruction = []
        if any(key in _LINKING and _leads_away(value) for key, value in own.items()):
            self._say(name)

    def _relation(self, own: Mapping[str, str]) -> None:
        kind = own.get("type", "").rpartition("/")[2]
        if own.get("targetmode", "").lower() == "external" or kind.lower() in _RELATIONS:
            self._say(kind or "Relationship")

    def _boundary(self, kind: str) -> None:
        if kind == "begin":
            self._fields.append([])
        elif self._fields and kind in ("separate", "end"):
            if self._fields[-1]:
                self._field("".join(self._fields[-1]))
            self._fields[-1] = []
            if kind == "end":
                self._fields.pop()

    def _end(self, name: str) -> None:
        self._depth -= 1
        if self._instruction is not None and name.rpartition(":")[2].lower() in ("instrtext", "delinstrtext"):
            text, self._instruction = "".join(self._instruction), None
            if self._fields:
                self._fields[-1].append(text)
            else:
                self._field(text)

    def _text(self, text: str) -> None:
        if self._instruction is not None:
            self._instruction.append(text)

    def _field(self, instruction: str) -> None:
        words = instruction.split()
        looks = words[1:]
        plain = len(looks) <= 4 and all(one == "\\*" or one.isalpha() for one in looks)
        if not words or words[0] not in _COUNTED or not plain:
            self._say(words[0] if words else "field")


def _leads_away(value: str) -> bool:
    """Tell whether an address leads out of the file: to a scheme, a host or a share."""
    start = value.strip()
    head, colon, _ = start.partition(":")
    return start.startswith(("//", "\\\\")) or bool(colon and head[:1].isalpha() and "/" not in head)


class _Stop(Exception):
    """Ends the reading of a part of which enough is known."""
