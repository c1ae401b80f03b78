"""The ``portal`` command: each group lives in a module of its own and is loaded when it is called."""

from __future__ import annotations

import importlib
from typing import Any

import click

from portal.core.errors import PortalError

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
    "backup": "portal.cli.backup",
    "restore": "portal.cli.restore",
    "i18n": "portal.cli.i18n",
    "docs": "portal.cli.docs",
    "serve": "portal.cli.serve",
    "worker": "portal.cli.worker",
}


class LazyGroup(click.Group):
    """A group whose commands are modules with a ``command`` object."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, in reading order."""
        return list(COMMANDS)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a refusal on purpose is a message, never a traceback."""
        try:
            return super().invoke(ctx)
        except PortalError as error:
            raise click.ClickException(str(error)) from error

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Return the command ``name``, importing its module."""
        if name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(COMMANDS[name]).command
        return command


@click.command(cls=LazyGroup)
@click.version_option(package_name="one-door")
def main() -> None:
    """One Door: run, configure and check a portal for dispute-resolution centres."""
    from portal.adapters.matching import TimedMatcher
    from portal.core.forms import matching

    matching.use(TimedMatcher())
