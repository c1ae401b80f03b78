"""Errors and problems: a code, a message id and parameters, never a finished sentence.

A message id is the English text with ``%(name)s`` places; the catalogues under ``translations/`` hold the
other languages. Nothing in the core translates: whoever shows a problem calls ``render`` with a translator.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Translator = Callable[[str], str]


def msg(text: str) -> str:
    """Mark ``text`` as a message id, so that the catalogue tools find it."""
    return text


def fill(text: str, params: Mapping[str, Any]) -> str:
    """Put ``params`` into the ``%(name)s`` places of ``text``; a text whose places do not fit stays as it is."""
    if not params:
        return text
    try:
        return text % params
    except (KeyError, TypeError, ValueError):
        return text


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a definition or an input: where it is, what it is and what to do about it."""

    code: str
    message: str
    params: Mapping[str, Any] = field(default_factory=dict)
    file: str = ""
    pointer: str = ""
    remedy: str = ""
    severity: str = "error"

    def text(self, translate: Translator = str) -> str:
        """Return the message in the translator's language."""
        return fill(translate(self.message), self.params)

    def remedy_text(self, translate: Translator = str) -> str:
        """Return what to do about it, in the translator's language; empty where nothing is known."""
        return fill(translate(self.remedy), self.params) if self.remedy else ""

    def render(self, translate: Translator = str) -> str:
        """Return ``file: pointer: [code] message (remedy)`` on one line."""
        place = ": ".join(part for part in (self.file, self.pointer) if part)
        remedy = self.remedy_text(translate)
        line = f"[{self.code}] {self.text(translate)}" + (f" ({remedy})" if remedy else "")
        return f"{place}: {line}" if place else line


class PortalError(Exception):
    """Base of everything the portal refuses on purpose; mapped to HTTP in one place by its class."""

    def __init__(
        self,
        code: str,
        message: str,
        params: Mapping[str, Any] | None = None,
        problems: Iterable[Problem] = (),
    ) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.params: Mapping[str, Any] = dict(params or {})
        self.problems = tuple(problems)

    def text(self, translate: Translator = str) -> str:
        """Return the message in the translator's language."""
        return fill(translate(self.message), self.params)

    def __str__(self) -> str:
        lines = [f"[{self.code}] {self.text()}", *(p.render() for p in self.problems)]
        return "\n".join(lines)


class DefinitionError(PortalError):
    """A form, rule set, lifecycle, layout or pack cannot be used."""


class InvalidInput(PortalError):
    """What somebody entered breaks a form or a rule of the record."""


class NotFound(PortalError):
    """No such thing, or none that this person may see: the two are never told apart."""


class Forbidden(PortalError):
    """The person may see this, but not do that."""


class Conflict(PortalError):
    """Somebody else changed the thing meanwhile; carries what is needed to show both versions."""


class TooMany(PortalError):
    """The person did this so often that it is refused for a while; ``retry_after`` says for how many seconds."""

    def __init__(
        self, code: str, message: str, params: Mapping[str, Any] | None = None, *, retry_after: int
    ) -> None:
        super().__init__(code, message, params)
        self.retry_after = max(1, retry_after)


class Unavailable(PortalError):
    """Something the portal depends on does not answer."""


def require_reason(reason: str) -> None:
    """Raise InvalidInput unless a reason was given."""
    if not reason.strip():
        message = msg("Say why")
        problem = Problem("reason.missing", message, pointer="/reason")
        raise InvalidInput(problem.code, message, problems=[problem])
