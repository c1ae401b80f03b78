"""Run the official JSON-Schema-Test-Suite; ``python -m tests.web.forms.corpus`` writes its part of the report too."""

from __future__ import annotations

import json
import sys
import tarfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from portal.core.errors import DefinitionError
from portal.core.forms import compile_form, is_valid, parse_body
from portal.web.forms import FormContext, render_form
from tests.web.forms.browser import read_page

LOCKED = Path(__file__).with_name("suite.txt").read_text(encoding="utf-8").split()[0]
ARCHIVE = Path(sys.prefix) / "suite" / f"{LOCKED.replace('==', '-')}.tar.gz"
DRAFTS = {
    "draft4": "http://json-schema.org/draft-04/schema#",
    "draft6": "http://json-schema.org/draft-06/schema#",
    "draft7": "http://json-schema.org/draft-07/schema#",
    "draft2019-09": "https://json-schema.org/draft/2019-09/schema",
    "draft2020-12": "https://json-schema.org/draft/2020-12/schema",
}
CARRIED = FormContext(carry=True)


@dataclass
class Outcome:
    """What happened to one draft."""

    draft: str
    schemas: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    instances: int = 0
    changed: list[str] = field(default_factory=list)
    verdicts: list[str] = field(default_factory=list)
    stricter: list[str] = field(default_factory=list)


def groups(draft: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the groups of the required tests of a draft, with the name of their file."""
    with tarfile.open(ARCHIVE) as archive:
        for member in archive.getmembers():
            path = Path(member.name)
            if path.parent.parts[-3:] == ("json", "tests", draft) and path.suffix == ".json":
                text = archive.extractfile(member)
                assert text is not None
                for group in json.load(text):
                    yield path.stem, group


def run(draft: str) -> Outcome:
    outcome = Outcome(draft)
    for file, group in groups(draft):
        outcome.schemas += 1
        schema = group["schema"]
        if isinstance(schema, dict):
            schema = {"$schema": DRAFTS[draft], **schema}
        try:
            form = compile_form({"schema": schema})
        except DefinitionError as error:
            outcome.refused[error.problems[0].code] += 1
            continue
        for test in group["tests"]:
            name = f"{file}: {group['description']}: {test['description']}"
            outcome.instances += 1
            page = read_page(str(render_form(form, test["data"], context=CARRIED, new=False)))
            back = parse_body(form, page.pairs, carry=True).data
            if json.dumps(back, sort_keys=True) != json.dumps(test["data"], sort_keys=True):
                outcome.changed.append(name)
            if is_valid(form, test["data"]) is not test["valid"]:
                (outcome.stricter if file == "format" else outcome.verdicts).append(name)
    return outcome


REASONS = {
    "schema.reference": "it refers to something outside of its document, or to nothing: nothing is ever fetched",
    "schema.loop": "its references lead back to themselves without an end",
    "schema.metaschema": "it breaks the metaschema of its draft",
    "schema.dialect": "it names a dialect of its own",
    "schema.pattern": "Python cannot read its pattern",
    "schema.text": "it holds NUL or half of a surrogate pair",
}
INTRODUCTION = """\

## The official test suite

The required tests of the [JSON-Schema-Test-Suite](https://github.com/json-schema-org/JSON-Schema-Test-Suite), as they
come with the source of the locked `jsonschema`. Each schema becomes a form; each instance is shown, sent back and
judged. *By format* counts instances that the suite accepts because a format is only a note there: forms check formats.

| draft | schemas | refused | instances | changed | other verdict | by format |
|---|--:|--:|--:|--:|--:|--:|
"""


def row(o: Outcome) -> str:
    counts = (o.schemas, o.refused.total(), o.instances, len(o.changed), len(o.verdicts), len(o.stricter))
    return f"| {o.draft} | " + " | ".join(map(str, counts)) + " |"


def report(outcomes: list[Outcome]) -> str:
    lines = [row(outcome) for outcome in outcomes]
    refused = sum((o.refused for o in outcomes), Counter[str]())
    reasons = [f"| `{code}` | {refused[code]} | {REASONS[code]} |" for code in sorted(refused)]
    table = ["", "A schema is refused because", "", "| code | schemas | reason |", "|---|--:|---|", *reasons]
    others = [f"* {o.draft}: {name}" for o in outcomes for name in (*o.changed, *o.verdicts)]
    if others:
        table += ["", "Other verdicts, each of them `jsonschema`'s own:", "", *others]
    return INTRODUCTION + "\n".join([*lines, *table]) + "\n"
