"""``portal package diff`` and ``plan``: what a package would change, before anything is changed."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from portal.cli.config_parts import (
    BROKEN,
    from_roots,
    in_json,
    in_language,
    in_store,
    library_of,
    print_json,
    print_problems,
    resolved_or_exit,
    short,
)
from portal.cli.package_parts import FILE, in_folder, opened, receiver_of
from portal.core.errors import Translator, msg
from portal.core.packages import Package, WithPackage, verify
from portal.core.packs import PackLibrary, Resolved, diff, resolve
from portal.core.packs.places import place_words
from portal.core.packs.source import split_reference
from portal.core.packs.three_way import ABSENT, Answer, Decision, Merged, Parent, three_way
from portal.core.packs.three_way.words import PILES
from portal.i18n import translator


def _verified(file: Path, folder: Path | None, library: PackLibrary, say: Translator) -> Package:
    receiver = receiver_of(folder, library)[1]
    package = opened(file, lambda content: verify(content, receiver), say)
    print_problems(package.warnings, say)
    return package


@click.command("diff")
@click.argument("file", type=FILE)
@in_folder
@from_roots
@in_store
@in_language
@in_json
def diff_package(
    file: Path, folder: Path | None, roots: Sequence[Path], store: bool, lang: str, as_json: bool
) -> None:
    """Show, value by value, what FILE changes in the effective configuration of its pack as it is here."""
    say, library = translator(lang), library_of(roots, store)
    package = _verified(file, folder, library, say)
    pack = package.manifest.pack
    before = resolve(pack, library).bundle if pack in library.ids() else {}
    after = resolved_or_exit(pack, WithPackage(library, package.source), say)
    changes = diff(before, after.bundle)
    if as_json:
        print_json([asdict(change) for change in changes])
        return
    for change in changes:
        old = "-" if change.kind == "added" else short(change.before)
        new = "-" if change.kind == "removed" else short(change.after)
        click.echo(f"{change.pointer}: {old} -> {new}")
    click.echo(say(msg("%(count)s values differ")) % {"count": len(changes)})


@click.command("plan")
@click.argument("file", type=FILE)
@click.argument("pack", required=False)
@click.option("--answers", type=FILE, help="Decisions made before, as --json prints them with an action.")
@in_folder
@from_roots
@in_store
@in_language
@in_json
def plan_package(
    file: Path,
    pack: str | None,
    answers: Path | None,
    folder: Path | None,
    roots: Sequence[Path],
    store: bool,
    lang: str,
    as_json: bool,
) -> None:
    """Show what becomes of PACK when it takes FILE as its parent: to decide, taken over, kept, no longer needed.

    Without PACK each pack that extends the one of FILE is counted. Nothing is changed. Exit 1 while something has to
    be decided.
    """
    say, library = translator(lang), library_of(roots, store, [pack] if pack else [])
    package = _verified(file, folder, library, say)
    if pack is None:
        sys.exit(BROKEN if _overview(package, library, say, as_json) else 0)
    county = resolved_or_exit(pack, library, say)
    merged = _merged(county, package, library, answers_in(answers, say), say)
    if as_json:
        print_json(
            {
                "pack": pack,
                "parent": package.manifest.reference,
                "decisions": [{**one.to_json(), "digests": list(one.digests)} for one in merged.decisions],
                "layer": merged.layer,
            }
        )
    else:
        _print_piles(merged, county, say)
    sys.exit(BROKEN if merged.undecided else 0)


def _overview(package: Package, library: PackLibrary, say: Translator, as_json: bool) -> bool:
    """Count the piles of each pack below the package's; return whether one of them has something to decide."""
    below = [resolve(one, library) for one in library.ids() if one != package.manifest.pack]
    counted = {}
    for county in below:
        if county.manifest.extends == package.manifest.pack and not county.errors:
            merged = _merged(county, package, library, (), say)
            counted[county.pack] = {name: len(merged.pile(name)) for name in PILES}
    if as_json:
        print_json(counted)
    for pack, counts in () if as_json else counted.items():
        click.echo(f"{pack}: " + ", ".join(f"{say(PILES[name])} {count}" for name, count in counts.items()))
    return any(counts["decide"] for counts in counted.values())


def _merged(
    county: Resolved, package: Package, library: PackLibrary, answers: Sequence[Answer], say: Translator
) -> Merged:
    above = county.chain[-1].parent_ref
    if above is None:
        raise click.ClickException(
            say(msg("The pack %(pack)s extends no other one: there is nothing to plan"))
            % {"pack": county.pack}
        )
    parent, version = split_reference(above)
    if parent != package.manifest.pack:
        told = say(msg("%(pack)s extends %(parent)s now: this is a change of parent"))
        click.echo(told % {"pack": county.pack, "parent": above}, err=True)
    base = resolve(parent, library, version)
    theirs = resolved_or_exit(package.manifest.pack, WithPackage(library, package.source), say)
    return three_way(Parent.of(base), Parent.of(theirs), county.chain[-1].content, answers)


def answers_in(file: Path | None, say: Translator) -> list[Answer]:
    """Return the decisions of a file that ``--json`` printed and a person completed; none without a file."""
    if file is None:
        return []
    from portal.core import strict_json

    kept, problems = strict_json.loads(file.read_bytes(), file=str(file))
    entries = kept.get("decisions") if isinstance(kept, dict) else kept
    try:
        if problems or not isinstance(entries, list):
            raise ValueError(file)
        return [Answer.from_json(one) for one in entries if one.get("action") and _is_answer(one)]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        print_problems(problems, say)
        raise click.ClickException(say(msg("%(file)s holds no decisions")) % {"file": file}) from error


def _is_answer(one: Mapping[str, Any]) -> bool:
    """Tell whether an entry is a person's choice, and not what follows by itself."""
    return one.get("conflict") is not None or "pile" not in one


def _print_piles(merged: Merged, county: Resolved, say: Translator) -> None:
    for name, title in PILES.items():
        found = merged.pile(name)
        click.echo(f"{say(title)}: {len(found)}")
        for one in found:
            words = place_words(county, one.path)
            place = ", ".join(part.text(say) for part in words)
            click.echo(f"  {one.path}" + (f" ({place})" if place else ""))
            click.echo(f"    {one.said().text(say)}")
            if name != "redundant":
                click.echo(f"    {_sides(one, say)}")


def _sides(one: Decision, say: Translator) -> str:
    """Return the three values of a decision on one line."""
    nothing = say(msg("nothing"))
    base, theirs, ours = (
        nothing if side is ABSENT else short(side, 60) for side in (one.base, one.theirs, one.ours)
    )
    told = say(msg("before: %(base)s; new: %(theirs)s; here: %(ours)s"))
    return told % {"base": base, "theirs": theirs, "ours": ours}


COMMANDS = (diff_package, plan_package)
