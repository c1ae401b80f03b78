"""``portal user``: accounts and the roles they hold."""

from __future__ import annotations

import csv
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from portal.cli.config_parts import in_language, print_problems
from portal.cli.opening import open_portal
from portal.core.errors import PortalError, msg
from portal.core.packs.starting.people import people_heads
from portal.i18n import translator

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.services.portal import Portal
    from portal.services.users import Made, Person

_passwords = click.option(
    "--passwords", type=click.Path(path_type=Path), help="File for the first passwords; a new one."
)


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


@command.command("import")
@click.argument("table", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@_passwords
@in_language
def import_people(table: Path, passwords: Path | None, lang: str) -> None:
    """Make the accounts of TABLE (CSV: account, name, role, unit), each with its role at its unit; safe to repeat.

    The first passwords go into a new file; each holds for one sign-in.
    """
    from portal.services import users

    people, problems = users.read_people(table.read_bytes(), table.name)
    if problems:
        print_problems(problems, translator(lang))
        sys.exit(1)
    _add(lambda _portal, _session: people, table.name, passwords or _beside(table), lang)


@command.command()
@click.argument("unit")
@_passwords
@in_language
def receivers(unit: str, passwords: Path | None, lang: str) -> None:
    """Make an account for each department, township and centre at or below UNIT where nobody receives matters.

    Each is named by the code of its unit. The first passwords go into a new file; each holds for one sign-in.
    """
    from portal.services import users

    target = passwords or Path(f"receivers-{unit}-passwords.csv")
    _add(lambda portal, session: users.wanted_receivers(portal, session, unit), "", target, lang)


def _beside(table: Path) -> Path:
    return table.with_name(f"{table.stem}-passwords.csv")


def _add(people_of: Callable[[Portal, Session], list[Person]], file: str, passwords: Path, lang: str) -> None:
    """Make accounts, and write the first passwords before anything is stored: none is lost, none is shown twice."""
    from portal.core.access import Access, Origin
    from portal.core.errors import Conflict
    from portal.services import users

    say = translator(lang)
    with open_portal().writing(Access.system("portal user"), Origin(channel="cli")) as uow:
        try:
            made = users.add_people(uow, uow.portal, people_of(uow.portal, uow.session), file=file)
        except PortalError as refused:
            print_problems(refused.problems, say)
            raise click.ClickException(refused.text(say)) from refused
        new = [one for one in made if one.password]
        if new:
            if passwords.exists():
                text = msg("%(file)s is there already: move it away, or name another file by --passwords")
                raise Conflict("user.passwords", text, {"file": str(passwords)})
            _write_passwords(passwords, new)
        uow.commit()
    for one in made:
        state = (
            msg("new account") if one.password else msg("role added") if one.assigned else msg("as it was")
        )
        click.echo(
            f"{one.person.username:24} {one.role_title:12} {one.unit_name}（{one.person.unit}）  {say(state)}"
        )
    click.echo(say(msg("%(count)s accounts made")) % {"count": len(new)})
    if new:
        text = msg("First passwords, each for one sign-in: %(file)s; hand them out, then delete the file")
        click.echo(say(text) % {"file": passwords})


def _write_passwords(file: Path, made: list[Made]) -> None:
    """Write the table of first passwords; only the owner of the file may read it."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out)
        writer.writerow([*people_heads(), "初始密码"])
        for one in made:
            writer.writerow(
                (one.person.username, one.person.name, one.role_title, one.unit_name, one.password)
            )


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
