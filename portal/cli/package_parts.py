"""What the commands of ``portal package`` share: files, the folder of trusted keys, how a package is shown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

import portal
from portal.cli.config_parts import on_one_line, print_problems
from portal.core.errors import InvalidInput, Translator, msg
from portal.core.packages.archive import MOST_BYTES
from portal.core.packages.opening import Package, Receiver
from portal.core.packs import PackLibrary
from portal.core.text import Texts

if TYPE_CHECKING:
    from portal.adapters.package_keys import TrustFolder

FILE = click.Path(dir_okay=False, path_type=Path)
_FOLDER = "package-keys"

in_folder = click.option(
    "--keys",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder with the trusted keys; package-keys of the instance by default.",
)


def trust_of(folder: Path | None) -> TrustFolder:
    """Return the folder of trusted keys: the one that is named, or that of the instance."""
    from portal.adapters.package_keys import TrustFolder
    from portal.settings import instance_folder

    return TrustFolder(folder or instance_folder() / _FOLDER)


def receiver_of(folder: Path | None, library: PackLibrary) -> tuple[TrustFolder, Receiver]:
    """Return this portal as one that is given packages."""
    from portal.adapters.package_keys import verifies

    trust = trust_of(folder)
    return trust, Receiver(portal.__version__, library, trust.keys(), trust.seen(), verifies)


def opened(file: Path, opening: Callable[[bytes], Package], say: Translator) -> Package:
    """Open a package; a refusal ends the command with everything that is wrong."""
    with file.open("rb") as source:
        content = source.read(MOST_BYTES + 1)
    try:
        return opening(content)
    except InvalidInput as error:
        print_problems(error.problems, say)
        raise click.ClickException(f"{file}: {error.text(say)}") from error


def _plain(text: str) -> str:
    """Return a text without signs that a terminal would obey: an unverified package may say anything."""
    return "\n".join(on_one_line(line) for line in text.split("\n"))


def print_manifest(package: Package, say: Translator) -> None:
    """Print what a package says of itself."""
    manifest = package.manifest
    lines = (
        (msg("pack"), f"{manifest.reference} {Texts()(manifest.title)}"),
        (msg("digest"), manifest.digest),
        (msg("stands on"), ", ".join(one.reference for one in manifest.dependencies) or "-"),
        (msg("needs portal"), manifest.portal),
        (msg("files"), str(len(manifest.files))),
        (msg("signed by"), " ".join((package.signer, package.publisher)).strip() or "-"),
    )
    for name, value in lines:
        click.echo(f"{say(name)}: {_plain(value)}")
    if manifest.changelog:
        click.echo(_plain(manifest.changelog))
