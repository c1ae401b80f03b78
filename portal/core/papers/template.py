"""The places of a template: the few things its syntax allows, each with the paragraph in which it stands.

``{{ name }}`` prints a value, ``{% if name %}`` … ``{% endif %}`` keeps or drops words, and with ``p`` or ``tr`` after
the brace, whole paragraphs or rows of a table; ``{%tr for one in names %}`` repeats them. There is nothing else: no
filters, no calls, no arithmetic, no values of the template's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from portal.core.errors import Problem, msg
from portal.core.papers.package import Part, look, parts_of

MOST_TAGS, DEEPEST_BLOCKS = 2000, 3
_OPENERS: Mapping[str, str] = {"{{": "}}", "{%": "%}", "{#": "#}"}
_NAME = r"[a-z][a-z0-9_]{0,63}"
_VALUE = re.compile(f" ({_NAME}) ")
_IF = re.compile(f"(p|tr)? if (?:not )?({_NAME}) ")
_FOR = re.compile(f"(p|tr)? for ({_NAME}) in ({_NAME}) ")
_PLAIN = re.compile(r"(p|tr)? (else|endif|endfor) ")
_ENDS: Mapping[str, str] = {"endif": "if", "endfor": "for"}
_RENDERED = re.compile(r"word/(document|header\d*|footer\d*)\.xml")
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Place:
    """A name that a template states: where, and whether it is repeated over."""

    name: str
    where: str
    repeated: bool = False


@dataclass
class Template:
    """What a template states, and what is wrong with how it is written."""

    places: list[Place] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


@dataclass
class _Paragraph:
    """The words of a paragraph as they are read, with how many rows of tables are around it."""

    rows: int
    text: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Block:
    """A block that is open: its word, the level at which it cuts, and the name that it binds."""

    word: str
    level: str
    binds: str
    where: str


def template_of(content: bytes, file: str = "") -> Template:
    """Return what the file of a template states and what is wrong with it; an unsafe file is read no further."""
    problems = look(content, file)
    return Template(problems=problems) if problems else read_template(parts_of(content), file)


def read_template(parts: list[Part], file: str = "") -> Template:
    """Return what the parts of a template state, with every fault of its syntax."""
    found = Template()
    for part in parts:
        if part.is_xml:
            _Reader(part, file, found).read()
    return found


class _Reader:
    """Reads one part, paragraph by paragraph."""

    def __init__(self, part: Part, file: str, found: Template) -> None:
        self.part, self.file, self.found = part, file, found
        self.rendered = _RENDERED.fullmatch(part.name) is not None
        self._open: list[_Block] = []
        self._paragraphs: list[_Paragraph] = []
        self._rows = 0
        self._in_text = False
        self._tags = 0

    def read(self) -> None:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        try:
            parser.Parse(self.part.content, True)
        except expat.ExpatError:
            return  # said by ``look``
        for block in self._open:
            self._say("template.unclosed", msg("“%(said)s” is not closed"), block.where)

    def _say(self, code: str, message: str, said: str, remedy: str = "") -> None:
        problem = Problem(
            code,
            message,
            {"said": said[:_SHOWN]},
            self.file,
            remedy=remedy
            or msg("Use {{ name }}, {%%p if name %%}, {%%tr for one in names %%} and what closes them"),
        )
        if problem not in self.found.problems:
            self.found.problems.append(problem)

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        local = name.rpartition(":")[2]
        if any(opener in value for value in attributes.values() for opener in _OPENERS):
            self._say(
                "template.place",
                msg("A place of the template stands where no text is: %(said)s"),
                next(v for v in attributes.values() if any(o in v for o in _OPENERS)),
            )
        if local == "p" and name != "p":
            self._paragraphs.append(_Paragraph(self._rows))
        elif local == "tr":
            self._rows += 1
        elif local == "t":
            self._in_text = True

    def _end(self, name: str) -> None:
        local = name.rpartition(":")[2]
        if local == "p" and self._paragraphs and name != "p":
            done = self._paragraphs.pop()
            self._paragraph("".join(done.text), done.rows)
        elif local == "tr":
            self._rows -= 1
        elif local == "t":
            self._in_text = False

    def _characters(self, text: str) -> None:
        if self.rendered and self._in_text and self._paragraphs:
            self._paragraphs[-1].text.append(text)
        elif any(opener in text for opener in _OPENERS):
            self._say(
                "template.place", msg("A place of the template stands where no text is: %(said)s"), text
            )

    def _paragraph(self, text: str, rows: int) -> None:
        for tag in self._tags_of(text):
            self._tags += 1
            if self._tags > MOST_TAGS:
                self._say("template.many", msg("The template has too many places"), tag)
                return
            self._tag(tag, text.strip(), rows)
        if any(block.level == "" for block in self._open):
            opened = next(block for block in self._open if block.level == "")
            self._say("template.unclosed", msg("“%(said)s” is not closed"), opened.where)
            self._open = [block for block in self._open if block.level]

    def _tags_of(self, text: str) -> Iterator[str]:
        at = 0
        while True:
            starts = [where for opener in _OPENERS if (where := text.find(opener, at)) >= 0]
            closing = [where for closer in _OPENERS.values() if (where := text.find(closer, at)) >= 0]
            if not starts or min(closing, default=len(text)) < min(starts):
                if closing:
                    where = min(closing)
                    said = text[max(0, where - 20) : where + 2]
                    self._say("template.syntax", msg("The template can't read “%(said)s”"), said)
                if not starts or min(closing) >= min(starts):
                    return
                at = min(closing) + 2
                continue
            start = min(starts)
            closer = _OPENERS[text[start : start + 2]]
            end = text.find(closer, start + 2)
            if end < 0:
                self._say("template.unclosed", msg("“%(said)s” is not closed"), text[start:])
                return
            yield text[start : end + 2]
            at = end + 2

    def _tag(self, tag: str, around: str, rows: int) -> None:
        inner = _one_space(tag[2:-2])
        if tag.startswith("{{") and (value := _VALUE.fullmatch(inner)):
            self._name(value[1], tag)
        elif tag.startswith("{%") and (found := _IF.fullmatch(inner)):
            self._name(found[2], tag)
            self._opened(_Block("if", found[1] or "", "", tag), around, rows)
        elif tag.startswith("{%") and (found := _FOR.fullmatch(inner)):
            self._name(found[3], tag, repeated=True)
            self._opened(_Block("for", found[1] or "", found[2], tag), around, rows)
        elif tag.startswith("{%") and (found := _PLAIN.fullmatch(inner)):
            self._closed(found[2], found[1] or "", tag, around, rows)
        else:
            self._say("template.syntax", msg("The template can't read “%(said)s”"), tag)

    def _name(self, name: str, tag: str, *, repeated: bool = False) -> None:
        bound = any(block.binds == name for block in self._open)
        if not bound:
            self.found.places.append(Place(name, tag[:_SHOWN], repeated))
        elif repeated:
            self._say("template.syntax", msg("The template can't read “%(said)s”"), tag)

    def _opened(self, block: _Block, around: str, rows: int) -> None:
        self._alone(block.level, block.where, around, rows)
        self._open.append(block)
        loops = sum(one.word == "for" for one in self._open)
        if len(self._open) > DEEPEST_BLOCKS or loops > 1:
            self._say("template.deep", msg("“%(said)s” stands too deep inside others"), block.where)

    def _closed(self, word: str, level: str, tag: str, around: str, rows: int) -> None:
        self._alone(level, tag, around, rows)
        opened = self._open[-1] if self._open else None
        wanted = _ENDS.get(word, "if")
        if opened is None or opened.word != wanted or opened.level != level:
            self._say("template.unopened", msg("“%(said)s” closes nothing that is open here"), tag)
        elif word in _ENDS:
            self._open.pop()

    def _alone(self, level: str, tag: str, around: str, rows: int) -> None:
        """Say it where a tag that takes its whole paragraph or row away with it would take words with it."""
        if level and around != tag:
            self._say(
                "template.beside",
                msg("Words beside “%(said)s” would be lost"),
                tag,
                msg("Give it a paragraph, or a row of the table, of its own"),
            )
        if level == "tr" and not rows:
            self._say("template.row", msg("“%(said)s” stands in no row of a table"), tag)


def _one_space(inner: str) -> str:
    """Return what stands between braces with one space for several, also at its ends."""
    words = " ".join(inner.split())
    return f"{' ' * inner[:1].isspace()}{words}{' ' * inner[-1:].isspace()}"
