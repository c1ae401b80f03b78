"""``portal user``: accounts and the roles they hold."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from portal.cli.opening import open_portal
from portal.core.errors import PortalError

if TYPE_CHECKING:
    from portal.services.portal import Portal


@click.group("user")
def command() -> None:
    """Make accounts, assign roles at units, list who holds what."""


@contextmanager
def _portal() -> Iterator[Portal]:

    try:
        yield open_portal()
    except PortalError as error:
        click.echo(error, err=True)
        sys.exit(1)


@command.command("create-admin")
@click.argument("username")
@click.option("--unit", help="Code of the unit to administer; by default the uppermost centre's.")
@click.password_option()
def create_admin(username: str, unit: str | None, password: str) -> None:
    """Make an administrator."""
    from portal.core.access import ADMIN, Access, Origin
    from portal.services import units, users

    with _portal() as portal, portal.writing(Access.system("portal user"), Origin(channel="cli")) as uow:
        code = unit or units.all_centres(uow.session)[0].unit_code
        user = users.create(uow, username, password, username, "", audited=False)
        users.assign(uow, user.id, ADMIN, code, audited=False)
        uow.audit("add", user, kind="user", object_id=username, after={"role": ADMIN, "unit": code})
        uow.commit()
        click.echo(f"{username}: {ADMIN} at {code}")


@command.command()
@click.argument("username")
@click.argument("role")
@click.argument("unit")
def assign(username: str, role: str, unit: str) -> None:
    """Give USERNAME the ROLE at UNIT (a code) and below."""
    from portal.core.access import Access, Origin
    from portal.services import users

    with _portal() as portal, portal.writing(Access.system("portal user"), Origin(channel="cli")) as uow:
        user = users.by_username(uow.session, username)
        users.assign(uow, user.id, role, unit)
        uow.commit()
        click.echo(f"{username}: {role} at {unit}")


@command.command()
@click.argument("username")
def confirm(username: str) -> None:
    """Let the roles of USERNAME take effect that wait for a second person."""
    from portal.core.access import Access, Origin
    from portal.services import users

    with _portal() as portal, portal.writing(Access.system("portal user"), Origin(channel="cli")) as uow:
        user = users.by_username(uow.session, username)
        for held in users.assignments(uow.session, user.id, waiting=True, portal=portal):
            users.confirm(uow, held.id)
            uow.commit()
            click.echo(f"{username}: {held.role} at {held.unit_code}")


@command.command("reset-second-factor")
@click.argument("username")
def reset_second_factor(username: str) -> None:
    """Take the second factor of USERNAME away, who sets up a new one at the next sign-in; all sessions end."""
    from portal.core.access import Access, Origin
    from portal.services import users
    from portal.services.sign_in import account, second_factor

    with _portal() as portal, portal.writing(Access.system("portal user"), Origin(channel="cli")) as uow:
        user = users.by_username(uow.session, username)
        found = account.by_id(uow.session, user.id)
        assert found is not None
        second_factor.reset(uow, found)
        uow.commit()
        click.echo(f"{username}: no second factor")


@command.command("list")
@click.option("--under", help="Code of a unit: only roles held there and below.")
def list_(under: str | None) -> None:
    """List who holds which role where."""
    from portal.core.access import Access
    from portal.services import units, users

    with _portal() as portal, portal.reading(Access.system("portal user")) as session:
        path = units.by_code(session, under).path if under else None
        for held in users.assignments(session, unit_path=path, portal=portal):
            waits = "  (waits for a second person)" if held.waits else ""
            click.echo(f"{held.username:28} {held.role:16} {held.unit_code:22} {held.unit_name}{waits}")
