"""``portal package apply`` and ``rollback``: a package put in force at a centre, and taken back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from portal.cli.config_parts import acting, fail, in_language, print_problems
from portal.cli.config_releases import moment_of
from portal.cli.package_parts import FILE, in_folder, opened, receiver_of
from portal.cli.package_plan import answers_in
from portal.core.errors import Translator, msg
from portal.core.packages import Package, verify
from portal.core.packs.layer import load_layer
from portal.core.packs.three_way import Answer
from portal.i18n import translator

if TYPE_CHECKING:
    from portal.core.packages.opening import Receiver
    from portal.services.portal import Work

_reason = click.option("--reason", required=True, help="Why; it stays in the log.")


@click.command("apply")
@click.argument("file", type=FILE)
@click.argument("unit")
@click.option("--answers", type=FILE, help="Decisions made before, as --json prints them with an action.")
@click.option(
    "--at",
    "moment",
    metavar="TIME",
    help="From when on, such as 2027-01-01T08:00 (time of China); now by default.",
)
@_reason
@in_folder
@in_language
def apply_package(
    file: Path,
    unit: str,
    answers: Path | None,
    moment: str | None,
    reason: str,
    folder: Path | None,
    lang: str,
) -> None:
    """Verify FILE, plan it for UNIT's centre, check the result, and put it in force in one transaction.

    Decisions that were made on the pages hold here too. Nothing takes effect while something has to be decided, does
    not fit together, or a sample matter of the file or of the centre stops. FILE may hold the configuration above
    the centre's, or the centre's own.
    """
    say, at = translator(lang), moment_of(moment, lang) if moment else None
    given = answers_in(answers, say)
    with acting("import", say, "package") as uow:
        from portal.services.releases.layers import StoreLibrary

        trust, receiver = receiver_of(folder, StoreLibrary(uow.session))
        package, digest = _stored(uow, file, receiver, say)
    trust.remember_version(package.publisher, package.manifest)
    for one in given:
        _decided(unit, digest, one, reason, say)
    uid = _planned(unit, digest, say)
    with acting("apply", say, "package") as uow:
        from portal.services import rollout

        rollout.apply(uow, uid, reason, at)
        row = rollout.plan_of(uow.session, uid)
        done = say(msg("to come into force then") if at else msg("put in force"))
        told = f"{unit} {row.parent} {row.adopted} -> {row.version}: {done}"
    click.echo(told)


def _stored(uow: Work, file: Path, receiver: Receiver, say: Translator) -> tuple[Package, str]:
    from portal.services.releases.layers import import_layer
    from portal.settings import Settings

    package = opened(file, lambda content: verify(content, receiver), say)
    if package.warnings:
        print_problems(package.warnings, say)
        raise click.ClickException(say(msg("Bring the packs in that this one stands on first")))
    stored, _ = import_layer(uow, package.source, load_layer(package.source), demo=Settings.from_env().demo)
    uow.session.flush()
    return package, stored.digest


def _decided(unit: str, digest: str, one: Answer, reason: str, say: Translator) -> None:
    from portal.services import rollout

    with acting("decide", say, "package") as uow:
        rollout.decide(uow, unit, one.path, one.action, one.why or reason, value=one.value, digest=digest)


def _planned(unit: str, digest: str, say: Translator) -> str:
    """Plan a version, check what it makes of the centre, and keep the check; end the command where it has errors."""
    from portal.services import rollout

    with acting("plan", say, "package") as uow:
        uid = rollout.make_plan(uow, unit, digest).uid
    with acting("check", say, "package") as uow:
        check = rollout.opened_plan(uow.session, uid)
    # Outside of any unit of work: nobody waits for the sample matters.
    problems, stories = rollout.findings(check, lambda at, count: None)
    with acting("check", say, "package") as uow:
        rollout.keep_check(uow, check, problems, stories)
    errors = [one for one in problems if one.severity == "error"]
    if errors:
        print_problems(errors, say)
        raise click.ClickException(say(msg("The merged configuration has errors")))
    return uid


@click.command("rollback")
@click.argument("unit")
@_reason
@in_language
def roll_back_package(unit: str, reason: str, lang: str) -> None:
    """Take back what ``apply`` put in force last at UNIT's centre; every matter since then stays as it is."""
    from portal.services import rollout, units

    say = translator(lang)
    with acting("rollback", say, "package") as uow:
        row = rollout.last_applied(uow.session, units.by_code(uow.session, unit).id)
        if row is None:
            raise fail(lang, msg("Nothing was put in force here by a plan"))
        rollout.roll_back(uow, row.uid, reason)
        told = say(msg("%(unit)s works by %(version)s again")) % {"unit": unit, "version": row.adopted}
    click.echo(told)


COMMANDS = (apply_package, roll_back_package)
