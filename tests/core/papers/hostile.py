"""Twenty-six templates that mean harm: by what the file holds, and by what its text says."""

from __future__ import annotations

import io
import struct
import zipfile
from dataclasses import dataclass

from tests.core.papers.sheets import R, W, paragraph, relations, row, sheet, table

_OUT = 'Target="http://elsewhere.invalid/x" TargetMode="External"'


@dataclass(frozen=True)
class Hostile:
    """A template, what it tries, and the code by which it is refused."""

    tries: str
    content: bytes
    code: str


def _rel(kind: str, more: str = 'Target="media/x.bin"') -> dict[str, str | bytes]:
    return {"word/_rels/document.xml.rels": relations(f'<Relationship Id="rId9" Type="{R}/{kind}" {more}/>')}


def _field(*pieces: str) -> str:
    runs = "".join(f"<w:r><w:instrText>{piece}</w:instrText></w:r>" for piece in pieces)
    return f'<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r>{runs}<w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>'


def _bomb() -> bytes:
    return sheet(paragraph("a"), parts={"word/media/a.png": b"\0" * 30_000_000})


def _lying_bomb() -> bytes:
    """Return a bomb whose table of contents says that it is small."""
    whole = sheet(paragraph("a"), parts={"word/theme/z.xml": b" " * 9_000_000})
    size = struct.pack("<I", 9_000_000)
    return whole.replace(size, struct.pack("<I", 900))


def _encrypted() -> bytes:
    whole = bytearray(sheet(paragraph("a")))
    at = whole.index(b"PK\x01\x02")
    whole[at + 8] |= 1
    return bytes(whole)


def _many() -> bytes:
    return sheet(paragraph("a"), parts={f"word/p{n}.xml": "<a/>" for n in range(400)})


def _twice() -> bytes:
    made = io.BytesIO(sheet(paragraph("a")))
    with zipfile.ZipFile(made, "a") as archive:
        archive.writestr("WORD/document.xml", "<a/>")
    return made.getvalue()


def _billion() -> str:
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    return f'<!DOCTYPE a [<!ENTITY a0 "ha">{entities}]><w:document xmlns:w="{W}"><w:body>&a9;</w:body></w:document>'


def _outer_entity() -> str:
    doctype = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    return f'{doctype}<w:document xmlns:w="{W}"><w:body>&x;</w:body></w:document>'


SYNTAX = "template.syntax"
FILES = (
    Hostile("unpack to thirty megabytes", _bomb(), "template.large"),
    Hostile("say that it is small and unpack to nine megabytes", _lying_bomb(), "template.broken"),
    Hostile("hold four hundred parts", _many(), "template.large"),
    Hostile("be encrypted", _encrypted(), "template.broken"),
    Hostile("hold a part twice", _twice(), "template.broken"),
    Hostile("write outside of its folder", sheet(parts={"../../evil.xml": "<a/>"}), "template.broken"),
    Hostile("swell by entities", sheet(document=_billion()), "template.active"),
    Hostile("read a file by an entity", sheet(document=_outer_entity()), "template.active"),
    Hostile("fetch a remote template", sheet(parts=_rel("attachedTemplate", _OUT)), "template.active"),
    Hostile("fetch a picture", sheet(parts=_rel("image", _OUT)), "template.active"),
    Hostile("take in another document", sheet('<w:altChunk r:id="rId9"/>'), "template.active"),
    Hostile("embed an OLE object", sheet("<w:p><w:r><w:object/></w:r></w:p>"), "template.active"),
    Hostile("carry a program", sheet(parts={"word/embeddings/a.bin": b"MZ"}), "template.part"),
    Hostile(
        "carry macros",
        sheet(
            types='<Override PartName="/w.xml" ContentType="application/vnd.ms-word.document.macroEnabled.main+xml"/>'
        ),
        "template.active",
    ),
    Hostile("run a command by DDE", sheet(_field("DDEAUTO c:\\windows\\cmd.exe")), "template.active"),
    Hostile("run it by pieces", sheet(_field(" DD", "E c:\\", "cmd.exe")), "template.active"),
    Hostile(
        "include a file",
        sheet('<w:p><w:fldSimple w:instr="INCLUDETEXT /etc/passwd"/></w:p>'),
        "template.active",
    ),
    Hostile(
        "include a picture from a share",
        sheet('<w:p><w:pict><v:imagedata xmlns:v="urn:v" src="\\\\host\\share"/></w:pict></w:p>'),
        "template.active",
    ),
)
TEXTS = (
    Hostile("reach classes", sheet(paragraph("{{ ''.__class__.__mro__ }}")), SYNTAX),
    Hostile("reach globals by a filter", sheet(paragraph("{{ paper_title|attr('__init__') }}")), SYNTAX),
    Hostile("call something", sheet(paragraph("{{ cycler() }}")), SYNTAX),
    Hostile(
        "loop for ever",
        sheet(table(row("{%tr for a in range(999999999) %}"), row("x"), row("{%tr endfor %}"))),
        SYNTAX,
    ),
    Hostile(
        "nest loops",
        sheet(paragraph("{% for a in names %}{% for b in names %}x{% endfor %}{% endfor %}")),
        "template.deep",
    ),
    Hostile("include a template", sheet(paragraph("{% include '/etc/passwd' %}")), SYNTAX),
    Hostile("set values", sheet(paragraph("{% set names = 9 ** 9 ** 9 %}")), SYNTAX),
    Hostile("put raw XML in", sheet(paragraph("{{r names }}")), SYNTAX),
    Hostile("hide in pieces of a run", sheet(paragraph("{", "{ 9", " ** 9 }", "}")), SYNTAX),
    Hostile(
        "hide in an attribute", sheet('<w:p><w:bookmarkStart w:name="{{ 7*7 }}"/></w:p>'), "template.place"
    ),
    Hostile(
        "hide in the properties", sheet(parts={"docProps/core.xml": "<a>{{ 7*7 }}</a>"}), "template.place"
    ),
    Hostile("hide in a comment of Jinja", sheet(paragraph("{# {{ 7 }} #}")), SYNTAX),
)
