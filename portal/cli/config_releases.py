"""``portal config publish``, ``activate`` and the like: releases, and when they take effect at centres."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from portal.cli.config_parts import (
    BROKEN,
    acting,
    fail,
    from_roots,
    in_language,
    in_store,
    library_of,
    print_problems,
    resolved_or_exit,
)
from portal.cli.opening import open_portal
from portal.core.errors import msg
from portal.core.packs import Layers, PackLibrary, check
from portal.core.packs.source import split_reference
from portal.core.zone import LOCAL
from portal.i18n import translator

if TYPE_CHECKING:
    from portal.persistence.models import Release
    from portal.services.portal import Work

_reason = click.option("--reason", required=True, help="Why; it stays in the log.")


@click.command("publish")
@click.argument("pack")
@click.option(
    "--centre", metavar="UNIT", help="Unit code whose centre shall run by it; the pack's own unit by default."
)
@click.option("--checked", is_flag=True, help="Publish it as checked: somebody has yet to approve it.")
@click.option("--no-activate", is_flag=True, help="Publish it without putting it in force.")
@click.option("--take-over", is_flag=True, help="Take the centre over from another pack; needs --reason.")
@click.option("--reason", default="", help="Why; it stays in the log.")
@from_roots
@in_store
@in_language
def publish_pack(
    pack: str,
    centre: str | None,
    checked: bool,
    no_activate: bool,
    take_over: bool,
    reason: str,
    roots: Sequence[Path],
    store: bool,
    lang: str,
) -> None:
    """Check a pack, store it as a release, and put it in force at its centre.

    With --store PACK may be PACK@VERSION.
    """
    # The database is needed here alone, so it is loaded here alone.
    from portal.persistence.models.release import APPROVED, CHECKED
    from portal.services import releases
    from portal.services.releases.browsing import other_contents
    from portal.services.releases.layers import FILES, IMPORT
    from portal.settings import Settings

    say = translator(lang)
    library, pack = _chosen(library_of(roots, store, [pack]), pack, store)
    errors = [problem for problem in check(library, [pack]) if problem.severity == "error"]
    if errors:
        print_problems(errors, say)
        sys.exit(BROKEN)
    terms = releases.Terms(
        demo=Settings.from_env().demo,
        origin=IMPORT if store else FILES,
        state=CHECKED if checked else APPROVED,
        in_force=not no_activate,
        take_over=take_over,
    )
    with acting("publish", say) as uow:
        resolved = resolved_or_exit(pack, library, say)
        published = releases.publish(uow, resolved, centre, reason=reason, terms=terms)
        twice = other_contents(uow.session, published)
    if twice:
        text = msg(
            "Version %(version)s was published before with other content: raise the version in pack.json"
        )
        click.echo(f"{say('warning')}: {say(text) % {'version': published.version}}", err=True)
    done = _done(published.created, in_force=terms.in_force and terms.state == APPROVED)
    click.echo(f"{published.pack} {published.version} {published.digest[:12]}: {say(done)}")


def _done(created: bool, *, in_force: bool) -> str:
    """Return in words what publishing did."""
    if in_force:
        return msg("published and put in force") if created else msg("content unchanged, in force")
    return msg("published, not in force") if created else msg("content unchanged, not put in force")


def _chosen(library: PackLibrary, pack: str, store: bool) -> tuple[PackLibrary, str]:
    """Return the library that serves the wanted version of a pack with its chain, and the pack's name."""
    name, version = split_reference(pack)
    if not store or version is None:
        return library, pack
    from portal.services.releases import StoreLibrary

    assert isinstance(library, StoreLibrary)
    chain, _ = Layers(library).chain(name, version)
    return StoreLibrary(library.session, {layer.id: layer.digest for layer in chain}), name


@click.command("history")
@click.argument("unit")
@in_language
def show_history(unit: str, lang: str) -> None:
    """List the releases that were in force at UNIT's centre or are scheduled, the latest decision first."""
    from portal.core.access import Access
    from portal.services import releases

    say = translator(lang)
    with open_portal().reading(Access.system("portal config history")) as session:
        found = releases.history(session, unit)
    for one in found:
        when = f"{one.at.astimezone(LOCAL):%Y-%m-%d %H:%M}"
        line = f"{when} {one.pack} {one.version} {one.digest[:12]} {one.by_name}: {one.reason}"
        if one.scheduled:
            line += (
                f" [{one.id}: {say(msg('takes effect'))} {one.effective_at.astimezone(LOCAL):%Y-%m-%d %H:%M}]"
            )
        if one.cancelled:
            line += f" [{say(msg('taken back'))}]"
        click.echo(line)
    if not found:
        raise fail(lang, msg("This unit runs no centre"))


@click.command("activate")
@click.argument("unit")
@click.argument("digest")
@click.option(
    "--at",
    "moment",
    metavar="TIME",
    help="From when on, such as 2027-01-01T08:00 (time of China); now by default.",
)
@_reason
@in_language
def activate_release(unit: str, digest: str, moment: str | None, reason: str, lang: str) -> None:
    """Put a release in force at UNIT's centre, now or from a time on; its first digits name it."""
    from portal.services import releases

    with acting("activate", translator(lang)) as uow:
        release = _release(uow, digest, lang)
        releases.put_in_force(uow, unit, release.id, reason, moment_of(moment, lang) if moment else None)
        done = translator(lang)(msg("to come into force then") if moment else msg("put in force"))
        line = f"{release.pack} {release.version} {release.digest[:12]}: {done}"
    click.echo(line)


@click.command("cancel")
@click.argument("unit")
@click.argument("number", type=int)
@_reason
@in_language
def cancel_activation(unit: str, number: int, reason: str, lang: str) -> None:
    """Take back what is scheduled for UNIT under the NUMBER that ``history`` shows."""
    from portal.services import releases

    with acting("cancel", translator(lang)) as uow:
        releases.cancel(uow, unit, number, reason)


@click.command("take-over")
@click.argument("unit")
@click.argument("digest")
@_reason
@in_language
def take_over_centre(unit: str, digest: str, reason: str, lang: str) -> None:
    """Let UNIT's centre run by a release of another pack; an act of the unit above."""
    from portal.services import releases

    with acting("take-over", translator(lang)) as uow:
        release = _release(uow, digest, lang)
        releases.take_over(uow, unit, release.id, reason)
        line = (
            f"{release.pack} {release.version} {release.digest[:12]}: {translator(lang)(msg('put in force'))}"
        )
    click.echo(line)


@click.command("open-centre")
@click.argument("unit")
@click.argument("digest")
@click.option("--name", required=True, help="What the centre is called.")
@click.option("--agency", required=True, help="The word that its numbers begin with; no other centre has it.")
@_reason
@in_language
def open_centre(unit: str, digest: str, name: str, agency: str, reason: str, lang: str) -> None:
    """Open a centre at UNIT that runs by a release; an act of the unit above."""
    from portal.services import releases

    with acting("open-centre", translator(lang)) as uow:
        release = _release(uow, digest, lang)
        releases.open_centre(uow, unit, release.id, name, agency, reason)
        line = f"{unit} {name} {agency}: {release.pack} {release.version}"
    click.echo(line)


@click.command("approve")
@click.argument("digest")
@_reason
@in_language
def approve_release(digest: str, reason: str, lang: str) -> None:
    """Approve a release that was published as checked, so that it can be put in force."""
    from portal.services import releases

    with acting("approve", translator(lang)) as uow:
        releases.approve(uow, _release(uow, digest, lang).id, reason)


@click.command("withdraw")
@click.argument("digest")
@_reason
@in_language
def withdraw_release(digest: str, reason: str, lang: str) -> None:
    """Withdraw a release for good; refused while a centre runs by it or is to."""
    from portal.services import releases

    with acting("withdraw", translator(lang)) as uow:
        releases.withdraw(uow, _release(uow, digest, lang).id, reason)


def _release(uow: Work, digest: str, lang: str) -> Release:
    """Return the one release whose digest begins like this, or end the command."""
    from portal.services.releases.browsing import by_digest

    found = by_digest(uow.session, digest)
    if len(found) != 1:
        raise fail(lang, msg("There is no such release"))
    return found[0]


def moment_of(text: str, lang: str) -> dt.datetime:
    """Return a moment that was typed, in the time of China where it says no other; end the command for none."""
    try:
        moment = dt.datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=LOCAL)).astimezone(dt.UTC)
    except (ValueError, OverflowError) as error:
        raise fail(lang, msg("“%(text)s” is no time; write it like 2027-01-01T08:00"), text=text) from error


COMMANDS = (
    publish_pack,
    activate_release,
    cancel_activation,
    approve_release,
    withdraw_release,
    take_over_centre,
    open_centre,
    show_history,
)
