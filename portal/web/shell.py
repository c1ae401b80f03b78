"""What every page shows around its content: navigation, unit path, language, person; template filters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from flask import Flask, current_app, g, request, url_for
from markupsafe import Markup

from portal.core.errors import MAX_REASON, msg
from portal.core.zone import LOCAL
from portal.i18n import LANGUAGES
from portal.web import access, language
from portal.web.days import short_day
from portal.web.navigation import NavGroup, navigation
from portal.web.people import person_name

TONES = {
    "discover": "neutral",
    "intake": "info",
    "analyse": "info",
    "appraise": "info",
    "assign": "info",
    "mediate": "info",
    "handle": "info",
    "adjudicate": "info",
    "supervise": "warning",
    "feedback": "good",
    "close": "good",
    "revisit": "good",
    "evaluate": "good",
    "archive": "neutral",
}


@dataclass(frozen=True, slots=True)
class Due:
    """A due date in words, with its urgency."""

    text: str
    tone: str
    day: date


class Page:
    """The surroundings of one page; built only as far as a template asks."""

    @cached_property
    def person(self) -> Any:
        """The signed-in user, or None."""
        return access.person()

    @cached_property
    def trial(self) -> Any:
        """What the bar of a sandbox shows; None in the portal itself."""
        invented = access.made_up()
        return invented.bar() if invented is not None else None

    @cached_property
    def brand(self) -> str:
        """The short name of the portal where the person works: in the sidebar and in titles of windows."""
        return self._named("short_title") or language.translate(msg("One Door"))

    @cached_property
    def portal_title(self) -> str:
        """The full name of the portal where the person works: at the head of printed pages."""
        return self._named("title") or self.brand

    def _named(self, setting: str) -> str:
        bundle = access.bundle() if self.person else None
        text = bundle.settings.get(setting) if bundle is not None else None
        return bundle.texts(language.current())(text) if bundle is not None and text else ""

    def sidebar(self, nav_active: str | None) -> Markup:
        """Return the navigation of the person, with the line this page belongs to."""
        nav = navigation(current_app)
        groups = nav.groups()
        return nav.html(groups, self._active(groups, nav_active), self.brand)

    @cached_property
    def unit(self) -> Any:
        """The unit the person works for."""
        return access.unit() if self.person else None

    @cached_property
    def units(self) -> list[Any]:
        """The units the person may work for, when there are several."""
        paths = {path for _role, path in access.current().memberships}
        return access.own_units() if len(paths) > 1 else []

    @cached_property
    def trail(self) -> list[str]:
        """The names from the top of the tree down to the person's unit."""
        home = access.home() if self.person else None
        return list(home.trail) if home is not None else []

    @property
    def languages(self) -> list[tuple[str, str, bool]]:
        """Code, name and whether it is the current one."""
        return [(code, name, code == language.current()) for code, name in LANGUAGES.items()]

    @property
    def here(self) -> str:
        """The address of this page, to come back to; not that of a refusal, which may be made of anything."""
        return "/" if request.method != "GET" or g.get("refused") else request.full_path.rstrip("?")

    def _active(self, groups: tuple[NavGroup, ...], nav_active: str | None) -> frozenset[str]:
        """Return the lines of the navigation that this page belongs to."""
        if nav_active:
            return frozenset((nav_active,))
        lines, path = (item for group in groups for item in group.items), request.path
        return frozenset(
            item.id for item in lines if item.url != "/" and path.startswith(item.url.split("?")[0])
        )


def today() -> date:
    """Return the portal's today."""
    return access.portal().clock.today()


def due(day: date | datetime | None, closed: bool = False) -> Due | None:
    """Put a due date into words: due today, overdue by 2 days, due in 3 days."""
    if day is None:
        return None
    when = day.astimezone(LOCAL).date() if isinstance(day, datetime) else day
    left = (when - today()).days
    if closed:
        return Due(short_day(when, today()), "neutral", when)
    if left == -1:
        return Due(language.translate(msg("1 day overdue")), "danger", when)
    if left == 1:
        return Due(language.translate(msg("Due tomorrow")), "warning", when)
    if left < 0:
        return Due(language.translate(msg("%(days)s days overdue"), days=-left), "danger", when)
    if left == 0:
        return Due(language.translate(msg("Due today")), "warning", when)
    if left <= 7:
        return Due(
            language.translate(msg("Due in %(days)s days"), days=left),
            "warning" if left < 3 else "info",
            when,
        )
    return Due(short_day(when, today()), "neutral", when)


def format_day(day: date | datetime | None) -> str:
    """Return a date in the person's language."""
    if day is None:
        return ""
    if isinstance(day, str):
        return day
    when = day.astimezone(LOCAL).date() if isinstance(day, datetime) else day
    return when.isoformat()


def format_moment(moment: datetime | None) -> str:
    """Return a date and time in the portal's time zone."""
    if moment is None:
        return ""
    # Ours carry a zone; those of Flask-AppBuilder are the server's local time.
    aware = moment if moment.tzinfo else moment.astimezone()
    return aware.astimezone(LOCAL).isoformat(" ", "minutes")[:16]


def format_ago(moment: datetime | None) -> str:
    """Return how long ago something happened, in words; after a week, the day."""
    if moment is None:
        return ""
    aware = moment if moment.tzinfo else moment.astimezone()
    passed = access.portal().clock.now() - aware
    if passed < timedelta(minutes=1):
        return language.translate(msg("just now"))
    if passed < timedelta(hours=1):
        return language.translate(msg("%(n)s min ago"), n=int(passed.total_seconds() // 60))
    if passed < timedelta(days=1):
        return language.translate(msg("%(n)s h ago"), n=int(passed.total_seconds() // 3600))
    if passed < timedelta(days=2):
        return language.translate(msg("yesterday"))
    if passed < timedelta(days=7):
        return language.translate(msg("%(n)s days ago"), n=passed.days)
    return short_day(aware, today())


def tone_of(canonical: str | None) -> str:
    """Return the tone of a canonical stage."""
    return TONES.get(canonical or "", "neutral")


FILTERS: dict[str, Callable[..., Any]] = {
    "day": format_day,
    "moment": format_moment,
    "ago": format_ago,
    "person_name": person_name,
    "due": due,
    "tone": tone_of,
}


def init_shell(app: Flask) -> None:
    """Offer the surroundings and the filters to all templates."""
    app.jinja_env.filters.update({name: language.spoken(words) for name, words in FILTERS.items()})
    app.jinja_env.globals.update(
        max_reason=MAX_REASON, due=due, tone_of=tone_of, today=today, safe_url=safe_url
    )

    @app.context_processor
    def page() -> dict[str, Any]:
        return {"page": Page(), "lang": language.current()}


def safe_url(endpoint: str, **values: Any) -> str:
    """Return the address of an endpoint, or nothing where there is none."""
    return url_for(endpoint, **values) if endpoint in current_app.view_functions else ""
