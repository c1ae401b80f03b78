"""``portal docs``: the parts of the documents that follow from the portal's tables."""

from __future__ import annotations

import json
from pathlib import Path

import click

from portal.adapters.pack_files import PackFiles, shipped_root
from portal.cli.language import words
from portal.core.documented import refreshed
from portal.core.errors import msg
from portal.core.packs import resolve
from portal.core.packs.schemas import has_schema, published
from portal.core.reference import PAGES, page_of


@click.group("docs")
def command() -> None:
    """Write the generated parts of the documents, or tell which are out of date."""


@command.command()
@click.option("--root", type=click.Path(path_type=Path, file_okay=False, exists=True), default=Path("docs"))
def generate(root: Path) -> None:
    """Write the generated parts of all documents under ROOT anew."""
    for path, new in _outdated(root):
        path.write_text(new, encoding="utf-8")
        click.echo(path)


@command.command()
@click.option("--root", type=click.Path(path_type=Path, file_okay=False, exists=True), default=Path("docs"))
def check(root: Path) -> None:
    """List the documents whose generated parts are out of date; exit 1 if there is one."""
    outdated = [path for path, _new in _outdated(root)]
    for path in outdated:
        click.echo(
            words()(msg("%(path)s: out of date; run: portal docs generate")) % {"path": path}, err=True
        )
    raise SystemExit(1 if outdated else 0)


@command.command()
@click.argument("name")
def schema(name: str) -> None:
    """Print the JSON Schema of the format NAME, such as conditions: complete, with all that tables say."""
    if not has_schema(name):
        raise click.ClickException(words()(msg("There is no schema %(name)s")) % {"name": name})
    click.echo(json.dumps(published(name), ensure_ascii=False, indent=2))


def _outdated(root: Path) -> list[tuple[Path, str]]:
    found = []
    for path in sorted(root.rglob("*.md")):
        old = path.read_text(encoding="utf-8")
        new = refreshed(old)
        if new != old:
            found.append((path, new))
    for name, text in _reference().items():
        path = root / name
        if path.parent.is_dir() and (not path.exists() or path.read_text(encoding="utf-8") != text):
            found.append((path, text))
    return found


def _reference() -> dict[str, str]:
    """Return the pages that say what the foundation offers, by their path below the documents."""
    resolved = resolve("base", PackFiles([shipped_root()]))
    return {name: page_of(resolved.bundle, resolved.manifest.version, lang) for name, lang in PAGES.items()}
