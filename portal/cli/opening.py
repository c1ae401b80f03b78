"""The portal that a command works on."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from portal.core.errors import NotFound, msg

if TYPE_CHECKING:
    from portal.services.portal import Portal
    from portal.settings import Settings


def open_portal(settings: Settings | None = None) -> Portal:
    """Return the portal of the settings; its connections are closed when the command ends."""
    from portal.services.portal import Portal
    from portal.settings import Settings

    require_database()
    portal = Portal.from_settings(settings or Settings.from_env())
    click.get_current_context().call_on_close(portal.database.dispose)
    return portal


def require_database() -> None:
    """Raise NotFound where the settings lead to no database; called before anything is written beside it.

    A secret that was set is judged first: what is there and wrong is told before what is not there.
    """
    from portal.settings import Settings, database_url, instance_folder

    if "PORTAL_SECRET_KEY" in os.environ:
        Settings.from_env()
    if database_url() is None:
        raise NotFound("database.none", NO_DATABASE, {"folder": str(instance_folder())})


NO_DATABASE = msg(
    "There is no database in %(folder)s. Make it by portal db upgrade; if it was made before, this terminal does not "
    "know the place yet: run the env.sh of your configuration, such as . ~/zhuji/env.sh"
)
