"""The last words about a matter, for its row in a list: who wrote them, and what all readers may read of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from portal.core import pointer
from portal.core.encrypted import DESTROYED_TEXT, is_destroyed
from portal.core.errors import msg
from portal.core.forms.fields import FieldInfo
from portal.services import records
from portal.web.language import acted_by, as_written, readable, translate
from portal.web.words.here import Here
from portal.web.words.screen import Screen

MAX = 80
_LONG = "textarea"


class LastWords:
    """The last words about each of some records, looked up at once."""

    def __init__(self, now: Here, found: Sequence[Any]) -> None:
        self.now = now
        self.views = records.Views(now.portal, now.session)
        self.events = records.last_events(now.portal, now.session, found)

    def of(self, record: Any) -> Any:
        """Return the last words about a record; empty where nothing can be read, or lists tell none of them."""
        screen = self.now.screen_for(record)
        if records.is_discreet(self.now.portal, screen.bundle, record):
            return ""
        for event in self.events.get(record.id, ()):
            text = readable(event.reason or "") or self._of_step(screen, event)
            if text:
                said = text if text == translate(DESTROYED_TEXT) else f"“{_short(text)}”"
                return Markup(translate(msg("%(who)s: %(said)s"))) % {
                    "who": acted_by(event.by_name),
                    "said": as_written(said),
                }
        return as_written(_short(self._story(screen, record)))

    def _of_step(self, screen: Screen, event: Any) -> str:
        """Return the first long text that was written in the form of a step."""
        cycle = screen.lifecycle
        step = next((one for one in cycle.transitions if one.id == event.name), None) if cycle else None
        data = {} if is_destroyed(event.data) else event.data or {}
        if step is None or not step.form:
            return ""
        return _first(screen.bundle.fields(step.form).values(), data.get("form") or {})

    def _story(self, screen: Screen, record: Any) -> str:
        view = self.views.of(record)
        return _first(screen.bundle.fields(record.etype).values(), record.data or {}, view.shows)


def _all(_pointer: str) -> bool:
    return True


def _first(fields: Iterable[FieldInfo], data: Mapping[str, Any], shows: Callable[[str], bool] = _all) -> str:
    """Return the first text of the fields that every reader of the record may read: those without sensitivity.

    What this reader sees is asked of the few that are long texts, not of the hundred fields of a form.
    """
    found = (
        value
        for one in fields
        if one.type == "string"
        and not (one.sensitivity or one.repeated or one.options or one.taxonomy)
        and one.widget == _LONG
        and isinstance(value := pointer.get(data, one.pointer), str)
        and value.strip()
        and shows(one.pointer)
    )
    return next(found, "")


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= MAX else f"{line[: MAX - 1]}…"
