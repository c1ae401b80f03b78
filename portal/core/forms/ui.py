"""The ``ui`` part of a form: how fields are shown, never what is valid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from portal.core import pointer
from portal.core.conditions import Condition, parse, pointers
from portal.core.errors import Problem, msg
from portal.core.forms.presets import PRESETS, fits
from portal.core.masks import KINDS
from portal.core.ways.plausible import is_bound
from portal.core.widgets import WIDGETS

POLICIES = frozenset({"keep", "clear", "submit"})
_KEYS = frozenset({"fields", "sections", "first", "hidden_policy", "note"})
# Settings of a field: texts, choices among words and names, and what decides where and whether it stands on a page.
TEXTS = ("label", "help", "placeholder", "add_label", "item_label", "unit", "purpose")
CHOSEN = ("widget", "width", "sensitivity", "mask", "hidden_policy", "taxonomy", "entity")
PLACING = ("section", "order", "when", "hidden", "preset")
_FIELD_KEYS = frozenset(
    [
        *TEXTS,
        *CHOSEN,
        *PLACING,
        "readonly",
        "enum_labels",
        "only",
        "fixed",
        "rows",
        "note",
        "autocomplete",
        "not_before",
        "not_after",
        "blank_rows",
    ]
)
_SECTION_KEYS = frozenset({"title", "help", "order", "columns", "hidden", "shortcut", "note"})


@dataclass(frozen=True, slots=True)
class FieldUi:
    """What the ui part says of one field."""

    section: str = ""
    order: float | None = None
    widget: str = ""
    label: Any = None
    help: Any = None
    placeholder: Any = None
    width: str = ""
    sensitivity: str = ""
    mask: str = ""
    when: Condition | None = None
    hidden_policy: str = ""
    hidden: bool = False
    readonly: bool = False
    enum_labels: Mapping[str, Any] = field(default_factory=dict)
    taxonomy: str = ""
    entity: str = ""  # the type of the records of a picker
    fixed: bool = False  # the rows of a list are neither added, moved nor removed
    only: Condition | None = None  # which of them can be chosen, by their data
    add_label: Any = None
    item_label: Any = None
    rows: int = 0
    unit: Any = None
    autocomplete: str = ""
    not_before: str = ""  # the days that can be: a day, "today", or "today+30"
    not_after: str = ""
    preset: Any = None  # what a new form brings along (presets.py)
    blank_rows: int = 0  # rows that an empty list shows


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page."""

    id: str
    title: Any = None
    help: Any = None
    order: float | None = None
    columns: int = 2
    hidden: bool = False
    shortcut: Any = None  # the words on a button that leads here from everywhere in the form


@dataclass(frozen=True, slots=True)
class Ui:
    """The whole ui part, checked."""

    fields: Mapping[str, FieldUi] = field(default_factory=dict)
    sections: Mapping[str, Section] = field(default_factory=dict)
    controlling: frozenset[str] = frozenset()
    hidden_policy: str = ""
    first: tuple[str, ...] = ()  # what stands first; everything else is folded

    def of(self, pattern: str) -> FieldUi:
        """Return what is said of the field at ``pattern`` (a pointer with ``*`` for array items)."""
        return self.fields.get(pattern, _NOTHING)


_NOTHING = FieldUi()


def load_ui(raw: Any, *, file: str = "", base: str = "") -> tuple[Ui, list[Problem]]:
    """Return the ui part and all its problems; what cannot be read is left out."""
    problems: list[Problem] = []

    def problem(code: str, message: str, where: str, **params: Any) -> None:
        problems.append(Problem(code, message, params, file, base + where))

    if raw is None:
        return Ui(), problems
    if not isinstance(raw, Mapping):
        problem("ui.type", msg("The ui part is a JSON object"), "")
        return Ui(), problems
    for key in raw:
        if key not in _KEYS:
            problem(
                "ui.key", msg("“%(key)s” is not known here"), f"/{pointer.escape(str(key))}", key=str(key)
            )
    sections = _sections(raw.get("sections"), problem)
    fields: dict[str, FieldUi] = {}
    controlling: set[str] = set()
    raw_fields = raw.get("fields", {})
    if not isinstance(raw_fields, Mapping):
        problem("ui.type", msg("“fields” is a map from pointers to settings"), "/fields")
        raw_fields = {}
    for where, settings in raw_fields.items():
        at = f"/fields/{pointer.escape(str(where))}"
        if not isinstance(settings, Mapping):
            problem("ui.type", msg("The settings of a field are a JSON object"), at)
            continue
        condition: Condition | None = None
        found: list[Problem] = []
        if settings.get("when") is not None:
            condition, found = parse(settings["when"], file=file, pointer=f"{base}{at}/when")
        problems.extend(found)
        if condition is not None:
            controlling |= pointers(condition)
        only: Condition | None = None
        if settings.get("only") is not None:
            only, found = parse(settings["only"], file=file, pointer=f"{base}{at}/only")
            problems.extend(found)
        fields[where] = _field(settings, at, (condition, only), sections, problem)
    policy = raw.get("hidden_policy", "")
    if policy and policy not in POLICIES:
        problem("ui.policy", msg("The hidden-field policy is keep, clear or submit"), "/hidden_policy")
        policy = ""
    first = raw.get("first", [])
    if not isinstance(first, list) or not all(isinstance(where, str) for where in first):
        problem("ui.type", msg("“first” is a list of fields"), "/first")
        first = []
    return Ui(fields, sections, frozenset(controlling), policy, tuple(first)), problems


def _sections(raw: Any, problem: Any) -> dict[str, Section]:
    if raw is None:
        return {}
    if not isinstance(raw, Mapping):
        problem("ui.type", msg("“sections” is a map from identifiers to sections"), "/sections")
        return {}
    sections = {}
    for key, value in raw.items():
        at = f"/sections/{pointer.escape(str(key))}"
        if not isinstance(value, Mapping):
            problem("ui.type", msg("A section is a JSON object"), at)
            continue
        for name in value:
            if name not in _SECTION_KEYS:
                problem(
                    "ui.key",
                    msg("“%(key)s” is not known here"),
                    f"{at}/{pointer.escape(str(name))}",
                    key=str(name),
                )
        columns = value.get("columns", 2)
        sections[key] = Section(
            key,
            value.get("title"),
            value.get("help"),
            _number(value.get("order")),
            columns if columns in (1, 2, 3) else 2,
            bool(value.get("hidden")),
            value.get("shortcut"),
        )
    return sections


def _field(
    settings: Mapping[str, Any],
    at: str,
    conditions: tuple[Condition | None, Condition | None],
    sections: Mapping[str, Section],
    problem: Any,
) -> FieldUi:
    for name in settings:
        if name not in _FIELD_KEYS:
            problem(
                "ui.key",
                msg("“%(key)s” is not known here"),
                f"{at}/{pointer.escape(str(name))}",
                key=str(name),
            )
    checks = {"widget": WIDGETS, "hidden_policy": POLICIES, "width": {"full", "half", "third"}}
    checks |= {"sensitivity": {"personal", "sensitive"}, "mask": KINDS}
    known: dict[str, str] = {}
    for name, allowed in checks.items():
        value = settings.get(name) or ""
        if value and value not in allowed:
            problem(
                "ui.value",
                msg("“%(value)s” is not one of: %(allowed)s"),
                f"{at}/{name}",
                value=str(value)[:60],
                allowed=", ".join(sorted(allowed)),
            )
            value = ""
        known[name] = value
    known |= _bounds(settings, at, problem)
    section = settings.get("section") or ""
    if section and sections and section not in sections:
        problem(
            "ui.section", msg("There is no section “%(section)s”"), f"{at}/section", section=str(section)[:60]
        )
        section = ""
    labels, preset = settings.get("enum_labels"), settings.get("preset")
    if preset is not None and not fits(preset):
        message = msg("A preset is a fixed value, or one of: %(allowed)s")
        problem("ui.preset", message, f"{at}/preset", allowed=", ".join(PRESETS))
        preset = None
    return FieldUi(
        section=str(section),
        order=_number(settings.get("order")),
        widget=known["widget"],
        label=settings.get("label"),
        help=settings.get("help"),
        placeholder=settings.get("placeholder"),
        width=known["width"],
        sensitivity=known["sensitivity"],
        mask=known["mask"],
        when=conditions[0],
        entity=str(settings.get("entity") or ""),
        only=conditions[1],
        fixed=bool(settings.get("fixed")),
        hidden_policy=known["hidden_policy"],
        hidden=bool(settings.get("hidden")),
        readonly=bool(settings.get("readonly")),
        enum_labels=labels if isinstance(labels, Mapping) else {},
        taxonomy=str(settings.get("taxonomy") or ""),
        add_label=settings.get("add_label"),
        item_label=settings.get("item_label"),
        rows=int(_number(settings.get("rows")) or 0),
        unit=settings.get("unit"),
        autocomplete=str(settings.get("autocomplete") or ""),
        not_before=known["not_before"],
        not_after=known["not_after"],
        preset=preset,
        blank_rows=int(_number(settings.get("blank_rows")) or 0),
    )


def _bounds(settings: Mapping[str, Any], at: str, problem: Any) -> dict[str, str]:
    """Return the first and the last day that a field can hold."""
    found = {}
    for name in ("not_before", "not_after"):
        value = settings.get(name) or ""
        if value and not (isinstance(value, str) and is_bound(value)):
            problem(
                "ui.bound",
                msg("“%(value)s” is neither a day nor “today”, nor days after it such as “today+30”"),
                f"{at}/{name}",
                value=str(value)[:60],
            )
            value = ""
        found[name] = value
    return found


def _number(value: Any) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None
