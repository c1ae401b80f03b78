"""The official test suite of JSON Schema: each instance comes back, each verdict is the suite's."""

from __future__ import annotations

import pytest

from tests.web.forms import corpus, suite

pytestmark = pytest.mark.skipif(not suite.ARCHIVE.is_file(), reason="`make setup` fetches the test suite")


@pytest.mark.parametrize("draft", suite.DRAFTS)
def test_a_draft_loses_nothing_and_what_is_refused_has_its_reason(draft):
    outcome = suite.run(draft)
    assert (outcome.changed, outcome.verdicts) == ([], [])
    assert outcome.instances > 500
    assert set(outcome.refused) <= set(suite.REASONS)
    row = next(
        line
        for line in corpus.REPORT.read_text(encoding="utf-8").splitlines()
        if line.startswith(f"| {draft} |")
    )
    assert row == suite.row(outcome), "regenerate docs/forms-corpus.md"
