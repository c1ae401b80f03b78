"""``portal user``: accounts and the roles they hold."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from portal.adapters.pack_files import PackFiles, own_roots
from portal.cli.config_parts import in_language, print_problems
from portal.cli.language import refusal, tell, words
from portal.cli.opening import open_portal
from portal.core.csv_tables import MOST_BYTES, csv_of
from portal.core.errors import PortalError, msg
from portal.core.packs.starting.people import people_heads
from portal.i18n import translator

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.services.portal import Portal
    from portal.services.users import Made, Person

# From so many accounts on it takes a while that one notices.
SOME = 5
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
        click.echo(refusal(error, words()), err=True)
        sys.exit(1)


@command.command("create-admin")
@click.argument("username")
@click.option("--unit", help="Code of the unit to administer; by default the uppermost centre's.")
@click.option("--password", help="Password; asked for where it is not given.")
@in_language
def create_admin(username: str, unit: str | None, password: str | None, lang: str) -> None:
    """Make an administrator."""
    from portal.core.access import ADMIN, Access, Origin
    from portal.services import units, users

    chosen = password if password is not None else _chosen_password(username, lang)
    with _portal() as portal, portal.writing(Access.system("portal user"), Origin(channel="cli")) as uow:
        code = unit or units.all_centres(uow.session)[0].unit_code
        user = users.create(uow, username, chosen, username, "", audited=False)
        users.assign(uow, user.id, ADMIN, code, audited=False)
        uow.audit("add", user, kind="user", object_id=username, after={"role": ADMIN, "unit": code})
        uow.commit()
    text = msg("%(name)s is an administrator at %(unit)s")
    click.echo(translator(lang)(text) % {"name": username, "unit": code})


def _chosen_password(username: str, lang: str) -> str:
    """Return a password that was typed twice; what speaks against it is told, and it is asked again."""
    from portal.services.users.passwords import problems_of

    say = translator(lang)
    while True:
        typed: str = click.prompt(say(msg("Password")), hide_input=True, confirmation_prompt=True)
        problems = problems_of(typed, username)
        if not problems:
            return typed
        for problem in problems:
            click.echo(f"  ✗ [{problem.code}] {problem.text(say)}", err=True)


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
        tell(msg("%(name)s: %(role)s at %(unit)s"), name=username, role=role, unit=unit)


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
            tell(msg("%(name)s: %(role)s at %(unit)s"), name=username, role=held.role, unit=held.unit_code)


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
        tell(msg("%(name)s: no second factor"), name=username)


@command.command("import")
@click.argument("table", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@_passwords
@in_language
def import_people(table: Path, passwords: Path | None, lang: str) -> None:
    """Make the accounts of TABLE (CSV: account, name, role, unit), each with its role at its unit; safe to repeat.

    The first passwords go into a new file; each holds for one sign-in.
    """
    from portal.services import users

    with table.open("rb") as content:
        people, problems = users.read_people(content.read(MOST_BYTES + 1), table.name)
    if problems:
        print_problems(problems, translator(lang))
        sys.exit(1)
    _add(lambda _portal, _session: people, table.name, passwords or _free(_beside(table)), lang)


@command.command()
@click.argument("unit")
@_passwords
@in_language
def receivers(unit: str, passwords: Path | None, lang: str) -> None:
    """Make an account for each department, township and centre at or below UNIT where nobody receives matters.

    Each is named by the code of its unit. The first passwords go into a new file; each holds for one sign-in.
    """
    from portal.services import users

    target = passwords or _free(_home(unit) / f"receivers-{unit}-passwords.csv")
    _add(lambda portal, session: users.wanted_receivers(portal, session, unit), "", target, lang)


def _beside(table: Path) -> Path:
    return table.with_name(f"{table.stem}-passwords.csv")


def _home(unit: str) -> Path:
    """Return the folder of a unit's own configuration, where its table of people lies; else the folder one is in."""
    from portal.core.packs.starting import Surroundings

    for root in own_roots():
        if (root / "seed").is_dir() and unit in Surroundings(PackFiles([root])).by_unit:
            return root
    return Path()


def _free(file: Path) -> Path:
    """Return a file that is not there yet: the one named, or with a number."""
    numbers = (file.with_name(f"{file.stem}-{number}{file.suffix}") for number in range(2, 1000))
    return file if not file.exists() else next((one for one in numbers if not one.exists()), file)


def _add(people_of: Callable[[Portal, Session], list[Person]], file: str, passwords: Path, lang: str) -> None:
    """Make accounts, and write the first passwords before anything is stored: none is lost, none is shown twice."""
    from portal.core.access import Access, Origin
    from portal.core.errors import Conflict
    from portal.services import users

    say, access = translator(lang), Access.system("portal user")
    portal = open_portal()
    with portal.reading(access) as session:
        people = people_of(portal, session)
        try:
            users.require_usable(portal, session, people, file=file)
        except PortalError as refused:
            print_problems(refused.problems, say)
            raise click.ClickException(refused.text(say)) from refused
        if len(people) > SOME:
            click.echo(say(msg("Making accounts: %(count)s; one moment …")) % {"count": len(people)})
        # Hashing takes long on purpose: nobody else waits for it, and nothing is begun that cannot be written.
        first = users.first_passwords(session, people)
    if first and passwords.exists():
        text = msg("%(file)s is there already: move it away, or name another file by --passwords")
        raise Conflict("user.passwords", text, {"file": str(passwords)})
    with portal.writing(access, Origin(channel="cli")) as uow:
        try:
            made = users.add_people(uow, portal, people, first, file=file)
        except PortalError as refused:
            print_problems(refused.problems, say)
            raise click.ClickException(refused.text(say)) from refused
        new = [one for one in made if one.password]
        with _password_file(passwords, new):
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
        click.echo(say(text) % {"file": passwords.resolve()})


@contextmanager
def _password_file(file: Path, made: list[Made]) -> Iterator[None]:
    """Write the table of first passwords, which only its owner may read; it goes again where the block fails."""
    if not made:
        yield
        return
    lines = (
        (one.person.username, one.person.name, one.role_title, one.unit_name, one.password) for one in made
    )
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(descriptor, "wb") as out:
            out.write(csv_of([*people_heads(), "初始密码"], lines, mark=True))
        yield
    except BaseException:
        file.unlink(missing_ok=True)
        raise


@command.command("list")
@click.option("--under", help="Code of a unit: only roles held there and below.")
def list_(under: str | None) -> None:
    """List who holds which role where."""
    from portal.core.access import Access
    from portal.services import units, users

    with _portal() as portal, portal.reading(Access.system("portal user")) as session:
        path = units.by_code(session, under).path if under else None
        for held in users.assignments(session, unit_path=path, portal=portal):
            waits = f"  ({words()(msg('waits for a second person'))})" if held.waits else ""
            click.echo(f"{held.username:28} {held.role:16} {held.unit_code:22} {held.unit_name}{waits}")
