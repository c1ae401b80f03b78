"""What a form brings along: today, the person's own place or name, what fits their role, a fixed value."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from portal.core import pointer as pointers
from portal.core.errors import Problem, msg
from portal.core.forms.values import SCALARS
from portal.core.table import Table

if TYPE_CHECKING:
    from portal.core.forms.compile import CompiledForm

NONE: Any = object()


@dataclass(frozen=True, slots=True)
class Asking:
    """The person for whom a form is made: the day, the place where they work, their roles there, their name."""

    today: dt.date
    place: str = ""
    roles: frozenset[str] = frozenset()
    name: str = ""


@dataclass(frozen=True, slots=True)
class Preset:
    """One sort of preset: how its setting is written, and the value it gives to a person; ``NONE`` for none."""

    name: str
    fits: Callable[[Any], bool]
    value: Callable[[Any, Asking], Any]
    format: str = ""  # the only format of fields that take it; empty where it is spelt out


def _yes(setting: Any) -> bool:
    return setting is True


def _named_roles(setting: Any) -> bool:
    return isinstance(setting, Mapping) and bool(setting) and all(one is True for one in setting.values())


def _own_name(setting: Any, asking: Asking) -> Any:
    return asking.name if asking.name and asking.roles & setting.keys() else NONE


def _by_role(setting: Any, asking: Asking) -> Any:
    return next((value for role, value in setting.items() if role in asking.roles), NONE)


PRESETS: Table[Preset] = Table(
    "Presets",
    Preset("today", _yes, lambda setting, asking: asking.today.isoformat(), "date"),
    Preset("my_place", _yes, lambda setting, asking: asking.place or NONE, "unit-code"),
    Preset("my_name", _named_roles, _own_name),
    Preset("role", lambda setting: isinstance(setting, Mapping) and bool(setting), _by_role),
)
ELSE = "else"


def fits(setting: Any) -> bool:
    """Tell whether a preset is written as one: a fixed value, or one of ``PRESETS``, perhaps with ``else``."""
    if not isinstance(setting, Mapping):
        return setting is not None and not isinstance(setting, list)
    named = [name for name in setting if name != ELSE]
    if len(named) != 1 or named[0] not in PRESETS:
        return False
    other = setting.get(ELSE, "")
    return PRESETS[named[0]].fits(setting[named[0]]) and not isinstance(other, Mapping | list)


def schema() -> dict[str, Any]:
    """Return the JSON Schema of a preset."""
    fixed: dict[str, Any] = {"type": sorted(SCALARS)}
    written = {
        one.name: {"const": True} if one.fits is _yes else {"type": "object", "additionalProperties": fixed}
        for one in PRESETS.values()
    }
    named = [
        {
            "type": "object",
            "properties": {name: how, ELSE: fixed},
            "required": [name],
            "additionalProperties": False,
        }
        for name, how in written.items()
    ]
    return {"anyOf": [fixed, *named]}


def fixed_values(setting: Any) -> Iterator[tuple[str, Any]]:
    """Yield the values that a preset spells out, each with its place in the setting."""
    if not isinstance(setting, Mapping):
        yield "", setting
        return
    if ELSE in setting:
        yield f"/{ELSE}", setting[ELSE]
    role = setting.get("role")
    for name, value in role.items() if isinstance(role, Mapping) else ():
        yield f"/role/{pointers.escape(str(name))}", value


def preset_values(form: CompiledForm, asking: Asking) -> dict[str, Any]:
    """Return the presets that hold for a person, by pointer; fields that they may not enter have none."""
    profile, found = form.profile, {}
    for where, ui in form.ui.fields.items():
        if (
            ui.preset is None
            or "*" in pointers.split(where)
            or ui.hidden
            or ui.readonly
            or _covered(form, where)
        ):
            continue
        if any(profile.covers(kept, where) for kept in (profile.hidden, profile.masked, profile.readonly)):
            continue
        value = _value(ui.preset, asking)
        if value is not NONE:
            node = form.node_at(where)
            several = node is not None and node.kind == "array"
            found[where] = [value] if several and not isinstance(value, list) else value
    return found


def prefilled(form: CompiledForm, values: Mapping[str, Any]) -> Any:
    """Return the data of a new form with ``values`` by pointer in it; they go before declared defaults."""
    data = form.initial()
    return pointers.patched(data, values) if isinstance(data, dict) and values else data


def preset_problems(form: CompiledForm, file: str, base: str) -> Iterator[Problem]:
    """Yield the presets that their field would refuse: each would stop everybody who leaves it as it is."""
    for where, ui in form.ui.fields.items():
        node = form.node_at(where) if ui.preset is not None else None
        if node is None:
            continue
        at = f"{base}/ui/fields/{pointers.escape(where)}/preset"
        wanted = PRESETS[_named(ui.preset)].format if isinstance(ui.preset, Mapping) else ""
        if wanted and node.keywords.get("format") != wanted:
            message = msg("The preset “%(preset)s” is for fields of the format %(format)s")
            yield Problem("ui.preset", message, {"preset": _named(ui.preset), "format": wanted}, file, at)
        for place, value in fixed_values(ui.preset):
            if not all(form.document.allows(sub, value) for sub in node.subs):
                message = msg("The field %(field)s does not take the preset “%(value)s”")
                yield Problem(
                    "ui.preset", message, {"field": where, "value": str(value)[:60]}, file, at + place
                )


def _value(setting: Any, asking: Asking) -> Any:
    if not isinstance(setting, Mapping):
        return setting
    name = _named(setting)
    value = PRESETS[name].value(setting[name], asking)
    return setting.get(ELSE, NONE) if value is NONE else value


def _named(setting: Mapping[str, Any]) -> str:
    return str(next(name for name in setting if name != ELSE))


def _covered(form: CompiledForm, where: str) -> bool:
    """Tell whether something around a field is hidden."""
    parts = pointers.split(where)
    around = (pointers.join(parts[:n]) for n in range(1, len(parts)))
    return any(form.ui.of(place).hidden for place in around)
