"""What the commands of ``portal config`` share: options, the library they work on, how they print."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from portal.adapters.clock import SystemClock
from portal.adapters.pack_files import library_with
from portal.cli.opening import open_portal
from portal.core.calendars import WorkCalendar, years_over
from portal.core.errors import PortalError, Problem, Translator, folded, msg
from portal.core.packs import PackLibrary, Resolved, resolve, schemas
from portal.core.packs.years import ends_soon
from portal.i18n import translator

if TYPE_CHECKING:
    from portal.services.portal import Work

BROKEN = 1
LANGUAGE = "zh"
SHOWN = 3  # consequences of a warning

from_roots = click.option(
    "--root", "roots", multiple=True, type=click.Path(path_type=Path), help="Another folder that holds packs."
)
in_store = click.option("--store", is_flag=True, help="Take the packs from the store instead of files.")
in_language = click.option(
    "--lang",
    default=LANGUAGE,
    envvar="PORTAL_LANG",
    show_default=True,
    help="Language of the messages: zh or en; PORTAL_LANG sets it for all commands.",
)
in_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def library_of(roots: Sequence[Path], store: bool, packs: Sequence[str] = ()) -> PackLibrary:
    """Return the packs of the files, with the samples where one is asked for, or those of the store."""
    if not store:
        return library_with(packs, roots)
    # The database is loaded only where it is needed.
    from portal.core.access import Access
    from portal.services.releases import StoreLibrary

    reading = open_portal().reading(Access.system("portal config"))
    return StoreLibrary(click.get_current_context().with_resource(reading))


@contextmanager
def acting(name: str, say: Translator, group: str = "config") -> Iterator[Work]:
    """Open a unit of work for a command; a refusal ends the command with everything that is wrong."""
    from portal.core.access import Access, Origin

    portal = open_portal()
    try:
        with portal.writing(Access.system(f"portal {group} {name}"), Origin(channel="cli")) as uow:
            yield uow
            uow.commit()
    except PortalError as error:
        print_problems(error.problems, say)
        raise click.ClickException(error.text(say)) from error


def against_database(packs: Iterable[str], library: PackLibrary) -> list[Problem]:
    """Return the problems of packs with the centres of the database; none where there is no database."""
    from portal.settings import database_url

    url = database_url()
    if url is None:
        return []
    from sqlalchemy.exc import SQLAlchemyError

    from portal.core.access import Access
    from portal.persistence import migrate
    from portal.services.portal import Portal
    from portal.services.releases.belonging import claim_problems

    portal = Portal.from_url(url)
    try:
        if migrate.current(portal.database.engine) != migrate.head():
            return [_not_asked(msg("The database was not asked: it is not at the current revision"))]
        with portal.reading(Access.system("portal config check")) as session:
            return [problem for pack in packs for problem in claim_problems(session, resolve(pack, library))]
    except (SQLAlchemyError, PortalError):
        return [_not_asked(msg("The database was not asked: it does not answer"))]
    finally:
        portal.database.dispose()


def ending_calendars(packs: Iterable[str], library: PackLibrary) -> list[Problem]:
    """Return a warning for each calendar among packs whose published years end soon.

    Years that were imported into the database count as well; a calendar that several packs share is told once.
    """
    today, known = SystemClock().today(), _imported_years()
    found: dict[tuple[Any, str], Problem] = {}
    for pack in packs:
        resolved = resolve(pack, library)
        years = resolved.bundle.get("calendar")
        if not isinstance(years, dict) or not years or schemas.check_complete("calendar", years):
            continue
        ends = WorkCalendar.from_definition(years_over(years, known)).ends
        file, _ = resolved.place("/calendar" if ends is None else f"/calendar/{ends.year}")
        problem = ends_soon(ends, today, file)
        if problem is not None:
            found.setdefault((ends, file), problem)
    return list(found.values())


def _imported_years() -> dict[str, Any]:
    """Return the years that the database holds; none where there is no database, or it does not answer."""
    from portal.settings import database_url

    url = database_url()
    if url is None:
        return {}
    from sqlalchemy.exc import SQLAlchemyError

    from portal.core.access import Access
    from portal.services.calendars import imported_years
    from portal.services.portal import Portal

    portal = Portal.from_url(url)
    try:
        with portal.reading(Access.system("portal config check")) as session:
            return dict(imported_years(portal, session).years)
    except (SQLAlchemyError, PortalError):
        return {}
    finally:
        portal.database.dispose()


def _not_asked(text: str) -> Problem:
    return Problem(
        "config.database",
        text,
        remedy=msg("Without it nobody knows by which packs the centres run"),
        severity="warning",
    )


def resolved_or_exit(pack: str, library: PackLibrary, say: Translator) -> Resolved:
    """Return a resolved pack, or end with its problems."""
    resolved = resolve(pack, library)
    if resolved.errors:
        print_problems(resolved.errors, say)
        sys.exit(BROKEN)
    return resolved


def on_one_line(text: str) -> str:
    """Return a text without signs that a terminal would obey: files of others may say anything."""
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in text)


def print_problems(problems: Iterable[Problem], say: Translator) -> None:
    """Print problems where errors go, one a line: causes first, what follows from each below it."""
    for problem in folded(problems):
        click.echo(f"{say(problem.severity)}: {on_one_line(problem.render(say))}", err=True)
        following = problem.consequences
        shown = following if problem.severity == "error" else following[:SHOWN]
        for one in shown:
            click.echo(f"    {on_one_line(one.render(say))}", err=True)
        if len(shown) < len(following):
            more = say(msg("and %(count)s more of this kind")) % {"count": len(following) - len(shown)}
            click.echo(f"    {more}", err=True)


def as_json_of(problem: Problem, say: Translator) -> dict[str, Any]:
    """Return a problem for programs; one with consequences has them as a list."""
    found = _plain(problem, say)
    if problem.consequences:
        found["consequences"] = [_plain(one, say) for one in problem.consequences]
    return found


def _plain(problem: Problem, say: Translator) -> dict[str, Any]:
    return {
        "severity": problem.severity,
        "code": problem.code,
        "file": problem.file,
        "pointer": problem.pointer,
        "place": problem.place_text(say),
        "message": problem.text(say),
        "remedy": problem.remedy_text(say),
    }


def print_json(value: Any) -> None:
    """Print a value as indented JSON."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def short(value: Any, limit: int = 120) -> str:
    """Return a value on one line of at most ``limit`` characters."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def fail(lang: str, text: str, /, **params: Any) -> click.ClickException:
    """Return the exception that ends a command with a message."""
    return click.ClickException(translator(lang)(text) % params)
