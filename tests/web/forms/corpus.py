"""Run the practice corpus; ``python -m tests.web.forms.corpus`` rewrites docs/forms-corpus.md."""

from __future__ import annotations

import copy
import json
import random
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
from jsonschema.validators import validator_for

from portal.core.forms import CompiledForm, compile_form, parse_body
from portal.web.forms import FormContext, render_form
from tests.web.forms.browser import read_page
from tests.web.forms.instances import Maker, mutate

ROOT = Path(__file__).parents[3]
FOLDER = ROOT.parent / "shared" / "corpora" / "va-forms"
REPORT = ROOT / "docs" / "forms-corpus.md"
CONTEXT = FormContext(carry=True)
MADE = 4
MUTATED = 3


@dataclass
class Result:
    """What happened to one schema."""

    name: str
    dialect: str
    controls: int
    examples: int = 0
    instances: int = 0
    accepted: int = 0
    changed: int = 0
    verdicts: int = 0
    undecided: int = 0
    notes: str = ""


def schemas() -> list[Path]:
    return sorted(FOLDER.glob("*-schema.json"))


def run(path: Path) -> Result:
    schema = json.loads(path.read_text(encoding="utf-8"))
    form = compile_form({"schema": schema}, strict=False)
    page = read_page(str(render_form(form, context=CONTEXT)))
    dialect = str(schema.get("$schema", "")).removesuffix("#").rsplit("org/", 1)[-1].removesuffix("/schema")
    result = Result(path.name.removesuffix("-schema.json"), dialect, len(page.pointers))
    result.notes = "; ".join(problem.text() for problem in form.warnings)
    for data in instances(path, form, result):
        result.instances += 1
        page = read_page(str(render_form(form, data, context=CONTEXT, new=False)))
        parsed = parse_body(form, page.pairs, carry=True)
        result.changed += json.dumps(parsed.data, sort_keys=True) != json.dumps(data, sort_keys=True)
        verdict = reference(schema, data)
        result.accepted += verdict is True
        result.undecided += verdict is None
        result.verdicts += verdict is not None and verdict is bool(parsed.errors)
    return result


def instances(path: Path, form: CompiledForm, result: Result) -> Iterator[Any]:
    rng = random.Random(path.name)
    own = []
    example = path.with_name(path.name.replace("-schema", "-example"))
    if example.exists():
        own.append(json.loads(example.read_text(encoding="utf-8")))
        result.examples = 1
    maker = Maker(form.document, rng)
    own += [maker.make() for _ in range(MADE)]
    yield from own
    for data in own:
        for _ in range(MUTATED):
            yield mutate(data, rng)
        yield mutate(mutate(data, rng), rng)


def reference(schema: Any, data: Any) -> bool | None:
    """Return what plain jsonschema says, with its own format checker; None where it breaks down."""
    cls = validator_for(schema)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return bool(cls(copy.deepcopy(schema), format_checker=cls.FORMAT_CHECKER).is_valid(data))
        except (jsonschema.exceptions._WrappedReferencingError, TypeError, AttributeError):
            return None


INTRODUCTION = """\
# Form engine on real government forms

The practice corpus holds JSON Schemas of forms of the U.S. Department of Veterans Affairs (CC0). Each form is
rendered empty; then, for each instance, it is rendered with data, read as a browser reads it, parsed from
that body and compared. Instances are the published examples, synthesised ones and mutations of both (wrong
types, missing and extra keys, awkward text).

* *changed* counts bodies that gave other data;
* *verdict differs* counts instances on which our verdict and that of plain `jsonschema` (with its format
  checker) differ;
* *undecided* counts instances on which `jsonschema` itself breaks down, because the schema is faulty there.

"""
HEAD = "| schema | dialect | places | examples | instances | accepted | changed | verdict differs "
HEAD += "| undecided | notes |"


def report(results: list[Result]) -> str:
    total = sum(r.instances for r in results)
    lines = [
        *INTRODUCTION.splitlines(),
        f"{len(results)} schemas, {total} instances, {sum(r.changed for r in results)} changed, "
        f"{sum(r.verdicts for r in results)} different verdicts.",
        "",
        "Regenerate with `python -m tests.web.forms.corpus` (needs the corpus beside the project).",
        "",
        HEAD,
        "|---|---|--:|--:|--:|--:|--:|--:|--:|---|",
    ]
    lines += [
        f"| {r.name} | {r.dialect} | {r.controls} | {r.examples} | {r.instances} | {r.accepted} "
        f"| {r.changed} | {r.verdicts} | {r.undecided} | {r.notes} |"
        for r in results
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    from tests.web.forms import suite

    practice = report([run(path) for path in schemas()])
    REPORT.write_text(practice + suite.report([suite.run(draft) for draft in suite.DRAFTS]), encoding="utf-8")
