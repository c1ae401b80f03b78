"""Requests made up from the published document: every answer is one the document describes, and none is 5xx.

``PORTAL_FUZZ_CASES`` raises the number of requests for each database (``make fuzz``); they are then new ones
each time.
"""

from __future__ import annotations

import os

import pytest

from tests.web.api.fuzzing import Fuzz, operations_of
from tests.web.api.program import Program
from tests.web.records.seeded_site import Site

CASES = int(os.environ.get("PORTAL_FUZZ_CASES", "0"))


@pytest.mark.slow
def test_every_answer_is_as_described(site: Site) -> None:
    clerk = Fuzz(site.app, Program.of(site, "clerk"), CASES, known=not CASES)
    operations = list(operations_of(clerk.schema()))
    clerk.run(operations)
    director = Fuzz(site.app, Program.of(site, "director"), CASES // 4, known=not CASES)
    done = {operation.label for operation in operations}
    director.run([one for one in operations_of(director.schema()) if one.label not in done])
    answers = clerk.answers + director.answers
    assert answers.total() >= max(CASES, len(operations))
    assert {200, 400, 404, 422} <= set(answers), answers
    assert answers[401] < answers.total() / 20, answers
