"""Which fields of a form hold personal data, and how each is masked."""

from __future__ import annotations

from dataclasses import dataclass

from portal.core.forms import CompiledForm
from portal.core.widgets import mask_of


@dataclass(frozen=True, slots=True)
class Protected:
    """A field that holds personal data: its pointer (``*`` = any item), its class, its mask."""

    pointer: str
    sensitivity: str
    mask: str = "text"

    @property
    def sensitive(self) -> bool:
        """Return whether it is stored encrypted."""
        return self.sensitivity == "sensitive"


def protected_fields(form: CompiledForm) -> tuple[Protected, ...]:
    """Return the fields of a form that its ui part declares personal or sensitive."""
    return tuple(
        Protected(where, ui.sensitivity, ui.mask or _mask(form, where, ui.widget))
        for where, ui in form.ui.fields.items()
        if ui.sensitivity
    )


def _mask(form: CompiledForm, where: str, widget: str) -> str:
    node = form.node_at(where)
    shape = str(node.keywords.get("format", "")) if node is not None else ""
    return mask_of(widget, shape)
