"""Working documents, compiled: what each states and from where, who signs it, how it is numbered and kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from portal.core.actors import Actor, actors
from portal.core.conditions import Condition, parse
from portal.core.errors import msg
from portal.core.numbering import CodePattern
from portal.core.text import Text

Archive = Literal["required", "on_demand", ""]
# What every template may state beside the fields of its document, with the words that say what it is.
GIVEN: Mapping[str, str] = MappingProxyType(
    {
        "paper_title": msg("the title of the document"),
        "paper_number": msg("its number"),
        "paper_day": msg("the day on which it is issued"),
        "paper_by": msg("who issues it"),
        "paper_unit": msg("the unit that issues it"),
        "paper_centre": msg("the name of the centre"),
        "paper_to": msg("its recipients, a list"),
        "paper_signs": msg("who signs it, a list"),
        "paper_code": msg("the code of the matter"),
        "paper_rows": msg("everything that it states, a list of lines"),
        "paper_blank": msg("whether it is a blank form, to be written on by hand"),
    }
)
LISTS = frozenset({"paper_to", "paper_signs", "paper_rows"})


@dataclass(frozen=True, slots=True)
class DocumentField:
    """Something a document states: read at a pointer, or asked when the paper is issued (no pointer)."""

    id: str
    title: Text
    kind: str
    source: str = ""
    taxonomy: str = ""
    required: bool = False
    order: float = 0
    personal: bool = False
    preset: str = ""

    @property
    def asked(self) -> bool:
        """Tell whether it is asked when the paper is issued."""
        return not self.source

    @classmethod
    def from_definition(cls, field_id: str, definition: Mapping[str, Any]) -> DocumentField:
        """Build a field from its entry in a document."""
        return cls(
            field_id,
            definition["title"],
            definition["kind"],
            definition.get("from", ""),
            definition.get("taxonomy", ""),
            bool(definition.get("required", False)),
            definition.get("order", 0),
            bool(definition.get("personal", False)),
            _preset(definition.get("preset", "")),
        )


def _preset(written: Any) -> str:
    """Return what a control holds at first, as it is typed: yes and no by their words."""
    return str(written).lower() if isinstance(written, bool) else str(written)


@dataclass(frozen=True, slots=True)
class Numbering:
    """How copies of a document are numbered."""

    pattern: CodePattern
    series: str
    of_record: bool = False


@dataclass(frozen=True)
class DocumentType:
    """A working document; ``texts`` are the words of an older format, where the machine knows no more."""

    code: str
    title: Text
    entity: str = ""
    stages: tuple[str, ...] = ()
    when: Condition | None = None
    form: str = ""
    issued_by: tuple[Actor, ...] = ()
    to: tuple[Actor, ...] = ()
    signatures: tuple[Actor, ...] = ()
    number: Numbering | None = None
    fields: tuple[DocumentField, ...] = ()
    archive: Archive = ""
    archive_when: Condition | None = None
    instead_of: tuple[str, ...] = ()
    retention: str = ""
    template: str = ""
    source: str = ""
    order: float = 0
    hidden: bool = False
    texts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def asked(self) -> tuple[DocumentField, ...]:
        """Return the fields that are asked when the paper is issued."""
        return tuple(one for one in self.fields if one.asked)


def documents(definitions: Mapping[str, Any]) -> dict[str, DocumentType]:
    """Compile the documents of a bundle, in order."""
    found = [_document(code, entry) for code, entry in definitions.items()]
    return {one.code: one for one in sorted(found, key=lambda one: (one.order, one.code))}


def _numbering(code: str, raw: Mapping[str, Any]) -> Numbering:
    return Numbering(
        CodePattern.parse(raw["pattern"]), raw.get("series", code), of_record=raw.get("of") == "record"
    )


def _document(code: str, raw: Mapping[str, Any]) -> DocumentType:
    number = raw.get("number")
    fields = (
        DocumentField.from_definition(key, entry)
        for key, entry in raw.get("fields", {}).items()
        if not entry.get("hidden")
    )
    return DocumentType(
        code=code,
        title=raw["title"],
        entity=raw.get("entity", ""),
        stages=tuple(raw.get("stages", ())),
        form=raw.get("form", ""),
        issued_by=actors(raw.get("issued_by")),
        to=actors(raw.get("to")),
        signatures=actors(raw.get("signatures")),
        when=parse(raw["when"])[0] if "when" in raw else None,
        number=_numbering(code, number) if number else None,
        fields=tuple(sorted(fields, key=lambda one: (one.order, one.id))),
        archive=raw.get("archive", ""),
        archive_when=parse(raw["archive_when"], counts=False)[0] if "archive_when" in raw else None,
        instead_of=tuple(raw.get("instead_of", ())),
        retention=raw.get("retention", ""),
        template=raw.get("template", ""),
        source=raw.get("source", ""),
        order=raw.get("order", 0),
        hidden=bool(raw.get("hidden", False)),
        texts={key: value for key, value in raw.items() if key.endswith("_text")},
    )
