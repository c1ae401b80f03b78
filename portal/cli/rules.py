"""``portal rules``: decide and check rule sets on the command line, without a database."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, NoReturn

import click

from portal.adapters.pack_files import shipped_root
from portal.adapters.rule_engine import shared_engine
from portal.core import strict_json
from portal.core.errors import DefinitionError, Problem, Translator, msg
from portal.core.rules import RuleEngine, RuleSet, check_rule_set, compile_rule_set
from portal.core.rules.analysis import analyse as find
from portal.core.taxonomy import Taxonomy
from portal.core.text import Texts, normal_language
from portal.i18n import translator

UNUSABLE = 2
ENGINES = ("durable", "reference", "both")
readable = click.Path(exists=True, dir_okay=False, path_type=Path)
_named = click.option(
    "--set", "name", default="", help="Which rule set, where RULES is a bundle with several."
)


@click.group("rules")
def command() -> None:
    """Decide on a record, or check a rule set."""


@command.command()
@click.argument("rules", type=readable)
@click.option("--facts", required=True, type=readable, help="The record's data, as JSON.")
@click.option(
    "--today", type=click.DateTime(["%Y-%m-%d"]), help="The day of the decision; today if left out."
)
@click.option("--taxonomy", "taxonomy_file", type=readable, help="One taxonomy, or a map of taxonomies.")
@_named
@click.option("--counts", "counts_file", type=readable, help="Numbers of related records by input.")
@click.option("--engine", type=click.Choice(ENGINES), default="durable", show_default=True)
@click.option(
    "--lang",
    default="zh",
    envvar="PORTAL_LANG",
    show_default=True,
    help="Language of the reasons and messages.",
)
def decide(
    rules: Path,
    facts: Path,
    today: datetime | None,
    taxonomy_file: Path | None,
    name: str,
    counts_file: Path | None,
    engine: str,
    lang: str,
) -> None:
    """Print what the rule set RULES proposes for a record, as JSON.

    RULES is a rule set, or what `portal config resolve` prints: a bundle or a release, with its own types of disputes.

    Exit 0: decided; 1: with --engine both, the two differ; 2: the rule set or the facts can't be used.
    """
    translate = translator(lang)
    rule_set = _compiled(rules, taxonomy_file, name, translate)
    data = _object(facts, translate)
    counts = _object(counts_file, translate) if counts_file else None
    day = today.date() if today else date.today()  # the command line is where the clock is read
    texts = Texts(normal_language(lang))

    def outcome(with_engine: RuleEngine | None) -> dict[str, Any]:
        return rule_set.decide(data, today=day, counts=counts, engine=with_engine).to_json(texts)

    result = outcome(None if engine == "reference" else shared_engine())
    if engine == "both":
        reference = outcome(None)
        same = {**result, "engine": ""} == {**reference, "engine": ""}
        result = {"agree": same, "durable": result, "reference": reference}
        _show(result)
        raise SystemExit(0 if same else 1)
    _show(result)


@command.command()
@click.argument("rules", type=readable)
@click.option("--taxonomy", "taxonomy_file", type=readable, help="One taxonomy, or a map of taxonomies.")
@_named
@click.option(
    "--lang", default="zh", envvar="PORTAL_LANG", show_default=True, help="Language of the messages."
)
@click.option("--json", "as_json", is_flag=True, help="Print the problems as JSON.")
def check(rules: Path, taxonomy_file: Path | None, name: str, lang: str, as_json: bool) -> None:
    """List everything that is wrong or doubtful in the rule set RULES.

    Exit 0: usable, perhaps with warnings; 1: errors; 2: not readable at all.
    """
    translate = translator(lang)
    definition, own, problems = _rule_set(rules, name)
    unreadable = definition is None and bool(problems)
    if not problems:
        known = _taxonomies(taxonomy_file, translate, own)
        problems = check_rule_set(definition, taxonomies=known, file=str(rules))
    errors = [problem for problem in problems if problem.severity == "error"]
    if as_json:
        _show([_as_json(problem, translate) for problem in problems])
    else:
        for problem in problems:
            click.echo(f"{translate(_SEVERITY[problem.severity])}: {problem.render(translate)}")
        click.echo(
            translate(msg("%(errors)s errors, %(warnings)s warnings"))
            % {"errors": len(errors), "warnings": len(problems) - len(errors)}
        )
    raise SystemExit(UNUSABLE if unreadable else 1 if errors else 0)


@command.command()
@click.argument("rules", type=readable)
@click.option("--taxonomy", "taxonomy_file", type=readable, help="One taxonomy, or a map of taxonomies.")
@_named
@click.option("--today", type=click.DateTime(["%Y-%m-%d"]), help="The day of decision of the inputs shown.")
@click.option(
    "--lang", default="zh", envvar="PORTAL_LANG", show_default=True, help="Language of the messages."
)
def analyse(rules: Path, taxonomy_file: Path | None, name: str, today: datetime | None, lang: str) -> None:
    """Print what is doubtful in the rules of RULES taken together, each with an input that shows it, as JSON.

    Rules that never fire or never get their turn, contradictions, and matters that no rule covers.

    Exit 0: nothing found; 1: something found; 2: the rule set can't be used.
    """
    translate = translator(lang)
    rule_set = _compiled(rules, taxonomy_file, name, translate)
    day = today.date() if today else date.today()  # the command line is where the clock is read
    findings = find(rule_set, day=day)
    _show(
        [
            {
                **_as_json(finding.problem(str(rules)), translate),
                "rules": list(finding.rules),
                "input": finding.witness.to_json() if finding.witness else None,
            }
            for finding in findings
        ]
    )
    raise SystemExit(1 if findings else 0)


_SEVERITY = {"error": msg("error"), "warning": msg("warning")}


def _as_json(problem: Problem, translate: Translator) -> dict[str, str]:
    return {
        "code": problem.code,
        "severity": problem.severity,
        "file": problem.file,
        "pointer": problem.pointer,
        "message": problem.text(translate),
        "remedy": problem.remedy_text(translate),
    }


def _compiled(rules: Path, taxonomy_file: Path | None, name: str, translate: Translator) -> RuleSet:
    definition, own, problems = _rule_set(rules, name)
    if problems:
        _refuse(problems, translate)
    try:
        return compile_rule_set(
            definition, taxonomies=_taxonomies(taxonomy_file, translate, own), file=str(rules), trusted=True
        )
    except DefinitionError as error:
        _refuse(error.problems, translate)


def _rule_set(path: Path, name: str) -> tuple[Any, Mapping[str, Any] | None, list[Problem]]:
    """Return the rule set of a file, the taxonomies that came with it, and what is wrong.

    A bundle, and a release that holds one, brings its taxonomies along.
    """
    value, problems = _read(path)
    bundle = value.get("bundle", value) if isinstance(value, dict) else None
    sets = bundle.get("rules") if isinstance(bundle, dict) and "inputs" not in bundle else None
    if problems or not isinstance(bundle, dict) or not isinstance(sets, dict) or "forms" not in bundle:
        return value, None, problems
    chosen = name or (next(iter(sets)) if len(sets) == 1 else "")
    if chosen not in sets:
        params = {"name": chosen, "known": ", ".join(sorted(sets))}
        message = msg("The bundle has the rule sets %(known)s: say which by --set")
        return None, None, [Problem("cli.rule_set", message, params, str(path), "/rules")]
    own = bundle.get("taxonomies")
    return sets[chosen], own if isinstance(own, dict) else {}, []


def _read(path: Path) -> tuple[Any, list[Problem]]:
    with path.open("rb") as file:
        return strict_json.loads(file.read(strict_json.MAX_BYTES + 1), file=str(path))


def _object(path: Path, translate: Translator) -> dict[str, Any]:
    """Return the JSON object in a file. Odd values stay: the rules must cope with them, and do."""
    value, problems = _read(path)
    if not isinstance(value, dict):
        _refuse(problems or [Problem("cli.not_object", msg("Not a JSON object"), {}, str(path))], translate)
    return value


def _taxonomies(
    path: Path | None, translate: Translator, own: Mapping[str, Any] | None = None
) -> dict[str, Taxonomy] | None:
    """Return the taxonomies of a file, or else those of the bundle, or the shipped ones; None where there are none."""
    if path is None and own is not None:
        raw: Mapping[str, Any] = own
    elif path is None:
        folder = shipped_root() / "seed" / "base" / "taxonomies"
        raw = {file.stem: _object(file, translate) for file in sorted(folder.glob("*.json"))}
    else:
        given = _object(path, translate)
        raw = {path.stem: given, "dispute": given} if "terms" in given else given
    try:
        return {name: Taxonomy.from_definition(entry, name) for name, entry in raw.items()} or None
    except (AttributeError, TypeError):
        _refuse([Problem("cli.taxonomy", msg("Not a taxonomy"), {}, str(path or ""))], translate)


def _refuse(problems: Iterable[Problem], translate: Translator) -> NoReturn:
    for problem in problems:
        click.echo(problem.render(translate), err=True)
    raise SystemExit(UNUSABLE)


def _show(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))
