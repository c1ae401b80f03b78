"""The ``portal`` command: each group lives in a module of its own and is loaded when it is called."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import click

from portal.cli.language import chosen, in_language, refusal, speaking, why
from portal.core.errors import PortalError, Translator, msg
from portal.core.text import DEFAULT_LANGUAGE

# Loaded on demand, so that `portal form` needs no database driver and starts fast.
COMMANDS = {
    "form": "portal.cli.form",
    "rules": "portal.cli.rules",
    "config": "portal.cli.config",
    "db": "portal.cli.db",
    "story": "portal.cli.story",
    "demo": "portal.cli.demo",
    "user": "portal.cli.user",
    "audit": "portal.cli.audit",
    "data": "portal.cli.data",
    "records": "portal.cli.records",
    "calendar": "portal.cli.calendar",
    "package": "portal.cli.package",
    "backup": "portal.cli.backup",
    "restore": "portal.cli.restore",
    "i18n": "portal.cli.i18n",
    "docs": "portal.cli.docs",
    "serve": "portal.cli.serve",
    "worker": "portal.cli.worker",
}


class LazyGroup(click.Group):
    """A group whose commands are modules with a ``command`` object."""

    say: Translator = staticmethod(str)

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run the command line in the language of ``PORTAL_LANG``; without it, in Chinese."""
        lang = chosen()
        with speaking(lang) as say:
            if lang != DEFAULT_LANGUAGE:
                return super().main(*args, **extra)
            spoken = in_language(self, say)
            assert isinstance(spoken, LazyGroup)
            spoken.say = say
            return click.Group.main(spoken, *args, **extra)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, in reading order."""
        return list(COMMANDS)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a refusal, and a database or folder that cannot be used, is told without a traceback."""
        try:
            return super().invoke(ctx)
        except PortalError as error:
            raise click.ClickException(refusal(error, self.say)) from error
        except Exception as error:
            said = _unusable(error, self.say)
            if said is None:
                raise
            raise click.ClickException(said) from error

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Return the command ``name``, importing its module."""
        if name not in COMMANDS:
            return None
        # Some words of click are looked up when a command is declared; those are translated with the rest.
        with speaking("en"):
            command: click.Command = importlib.import_module(COMMANDS[name]).command
        return command if self.say is str else in_language(command, self.say)


# What SQLite and PostgreSQL say of a table that is not there.
_NO_TABLES = ("no such table", "UndefinedTable")
EMPTY_DATABASE = msg(
    "The database %(database)s has no tables, or not all of them: run portal db upgrade. If it was filled before, this "
    "terminal leads to another one: run the env.sh of your configuration, such as . ~/zhuji/env.sh"
)


def error_place() -> str:
    """Return which database the settings lead to, without names and passwords of its users."""
    from sqlalchemy.engine import make_url

    from portal.settings import database_url

    url = make_url(database_url() or "sqlite://")
    return str(url.database) if url.drivername.startswith("sqlite") else f"{url.host}/{url.database}"


def _unusable(error: Exception, say: Translator) -> str | None:
    """Return what keeps a command from its database or its folder; None for an error of another kind."""
    if isinstance(error, OSError) and error.filename is not None:
        text = say(msg("%(file)s cannot be used: %(why)s"))
        return "[settings.folder] " + text % {"file": error.filename, "why": why(error, say)}
    # Whoever meets an error of the database has loaded this already; `portal form` has not.
    errors: Any = sys.modules.get("sqlalchemy.exc")
    # One that failed by a statement was reached: that is a fault of ours, and keeps its traceback.
    if errors is None or not isinstance(error, errors.DBAPIError):
        return None
    if any(sign in f"{type(error.orig).__name__} {error.orig}" for sign in _NO_TABLES):
        return "[database.empty] " + say(EMPTY_DATABASE) % {"database": error_place()}
    if error.statement is not None:
        return None
    first = next(iter(str(error.orig).strip().splitlines()), "")
    text = say(msg("The database of PORTAL_DATABASE_URL cannot be used: %(detail)s"))
    return "[database.unusable] " + text % {"detail": first}


@click.command(cls=LazyGroup)
@click.version_option(package_name="one-door", message="%(prog)s %(version)s")
def main() -> None:
    """One Door: run, configure and check a portal for dispute-resolution centres."""
    from portal.adapters.matching import TimedMatcher
    from portal.core.forms import matching

    matching.use(TimedMatcher())
