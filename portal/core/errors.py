"""Errors and problems: a code, a message id and parameters, never a finished sentence.

A message id is the English text with ``%(name)s`` places; the catalogues under ``translations/`` hold the
other languages. Nothing in the core translates: whoever shows a problem calls ``render`` with a translator.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any

from portal.core.blank import is_wordless

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
class Words:
    """A message id with its parameters: one part of what people read of a place."""

    message: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def text(self, translate: Translator = str) -> str:
        """Return the words in the translator's language."""
        return fill(translate(self.message), _said(self.params, translate))


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a definition or an input: where it is, what it is and what to do about it.

    ``place`` says where in the words of the screens; ``cause`` is the problem that this one follows from, and
    ``consequences`` are those that follow from this one (``folded`` turns one into the other).
    """

    code: str
    message: str
    params: Mapping[str, Any] = field(default_factory=dict)
    file: str = ""
    pointer: str = ""
    remedy: str = ""
    severity: str = "error"
    place: tuple[Words, ...] = ()
    cause: Problem | None = None
    consequences: tuple[Problem, ...] = ()

    def text(self, translate: Translator = str) -> str:
        """Return the message in the translator's language."""
        return fill(translate(self.message), _said(self.params, translate))

    def remedy_text(self, translate: Translator = str) -> str:
        """Return what to do about it, in the translator's language; empty where nothing is known."""
        return fill(translate(self.remedy), _said(self.params, translate)) if self.remedy else ""

    def place_text(self, translate: Translator = str) -> str:
        """Return the place in the words of the screens, from the outside in; empty where it is not known."""
        within = translate(msg("%(outer)s, %(inner)s"))
        said = [part.text(translate) for part in self.place]
        return reduce(lambda outer, inner: within % {"outer": outer, "inner": inner}, said) if said else ""

    def render(self, translate: Translator = str) -> str:
        """Return ``file: pointer: [code] place: message (remedy)`` on one line."""
        place = ": ".join(part for part in (self.file, self.pointer) if part)
        remedy, words = self.remedy_text(translate), self.place_text(translate)
        said = translate(msg("%(place)s: %(said)s")) % {"place": words, "said": self.text(translate)}
        line = f"[{self.code}] {said if words else self.text(translate)}" + (f" ({remedy})" if remedy else "")
        return f"{place}: {line}" if place else line


def _said(params: Mapping[str, Any], translate: Translator) -> Mapping[str, Any]:
    """Return parameters with those that are words themselves in the translator's language."""
    if not any(isinstance(value, Words) for value in params.values()):
        return params
    return {
        key: value.text(translate) if isinstance(value, Words) else value for key, value in params.items()
    }


def folded(problems: Iterable[Problem]) -> list[Problem]:
    """Return the problems with what follows from one cause below it, each cause once, causes first."""
    causes: dict[tuple[str, str, str], list[Problem]] = {}
    known: dict[tuple[str, str, str], Problem] = {}
    others = []
    for problem in problems:
        cause = problem.cause
        if cause is None:
            others.append(problem)
            continue
        key = (cause.file, cause.pointer, cause.code)
        known.setdefault(key, cause)
        causes.setdefault(key, []).append(replace(problem, cause=None))
    first = [
        replace(
            cause,
            consequences=tuple(causes[key]),
            severity="error" if any(one.severity == "error" for one in causes[key]) else cause.severity,
        )
        for key, cause in known.items()
    ]
    return [*first, *(one for one in others if (one.file, one.pointer, one.code) not in known)]


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


# How long a reason, a note or an answer may be: whatever a person writes about an act outside of its form.
MAX_REASON = 2_000


def check_reason(reason: str) -> None:
    """Raise InvalidInput where what a person wrote about an act is too long; a line break counts as one."""
    if len(reason.replace("\r\n", "\n")) > MAX_REASON:
        message = msg("Write no more than %(most)s characters")
        problem = Problem("reason.long", message, {"most": MAX_REASON}, pointer="/reason")
        raise InvalidInput(problem.code, message, problem.params, problems=[problem])


def require_reason(reason: str) -> None:
    """Raise InvalidInput unless a reason was given; dots and strokes alone are none."""
    if is_wordless(reason):
        message = msg("Say why")
        problem = Problem("reason.missing", message, pointer="/reason")
        raise InvalidInput(problem.code, message, problems=[problem])
