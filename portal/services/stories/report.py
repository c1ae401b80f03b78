"""What came of a story."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from portal.core.errors import PortalError


@dataclass(frozen=True, slots=True)
class Failure:
    """An expectation that was not met, or a step that was refused."""

    file: str
    pointer: str
    expected: Any
    actual: Any
    # What refused the step, for whoever tells it in a language.
    refusal: PortalError | None = None


@dataclass(slots=True)
class StoryReport:
    """The steps of a story as they went, and what failed."""

    pack: str
    id: str
    title: str
    file: str
    steps: list[str] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Return whether everything went as told."""
        return not self.failures

    def fail(self, pointer: str, expected: Any, actual: Any, refusal: PortalError | None = None) -> None:
        """Note a failure."""
        self.failures.append(Failure(self.file, pointer, expected, actual, refusal))
