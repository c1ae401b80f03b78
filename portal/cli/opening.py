"""The portal that a command works on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from portal.services.portal import Portal
    from portal.settings import Settings


def open_portal(settings: Settings | None = None) -> Portal:
    """Return the portal of the settings; its connections are closed when the command ends."""
    from portal.services.portal import Portal
    from portal.settings import Settings

    portal = Portal.from_settings(settings or Settings.from_env())
    click.get_current_context().call_on_close(portal.database.dispose)
    return portal
