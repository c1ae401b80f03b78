"""The practice corpus: every schema renders, every instance comes back, every verdict is jsonschema's."""

from __future__ import annotations

import pytest

from tests.web.forms import corpus

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not corpus.FOLDER.is_dir(), reason="the practice corpus is not beside the project"),
]


@pytest.mark.parametrize("path", corpus.schemas(), ids=lambda path: path.name.removesuffix("-schema.json"))
def test_a_government_form_loses_nothing(path):
    result = corpus.run(path)
    assert result.controls > 0
    assert result.instances >= 20
    assert (result.changed, result.verdicts) == (0, 0)
    row = next(
        line
        for line in corpus.REPORT.read_text(encoding="utf-8").splitlines()
        if line.startswith(f"| {result.name} |")
    )
    assert row.split(" | ")[6:8] == ["0", "0"], "regenerate docs/forms-corpus.md"


def test_the_corpus_is_complete():
    assert len(corpus.schemas()) == 48
