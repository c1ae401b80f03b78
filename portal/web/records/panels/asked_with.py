"""Questions beside the answer to a referral: choices of the form of its step that the record takes over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from portal.core import pointer as pointers
from portal.core.lifecycle import Transition
from portal.web.words.case import Case

# Before the pointer of the field, in the name of its control.
ALSO = "also:"


@dataclass(frozen=True, slots=True)
class Also:
    """One choice, such as how the matter ended: its name, label and options."""

    name: str
    label: str
    options: Mapping[str, str]


def asked_with(case: Case, step: Transition) -> Iterator[Also]:
    """Yield the choices of a step's form that the record takes over and does not hold yet."""
    known = case.screen.bundle.fields(step.form or "", case.now.lang)
    for answer, where in step.copy.items():
        info = known.get(answer)
        if info is not None and info.options and not pointers.get(case.view.clear, where):
            yield Also(f"{ALSO}{answer}", info.label, dict(info.options))


def said_with(pairs: Iterable[tuple[str, str]]) -> dict[str, Any] | None:
    """Return what was chosen beside an answer, for the form of its step; None where nothing was."""
    said: Any = {}
    for name, value in pairs:
        if name.startswith(f"{ALSO}/") and value:
            said = pointers.with_value(said, name.removeprefix(ALSO), value)
    return said or None
