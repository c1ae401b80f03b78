"""Each measure that can be taken away is still there to be taken: its text stands once in its file, its tests exist."""

from __future__ import annotations

import re

from tests.security.without_measures import ROOT, measures


def test_each_measure_stands_once_in_its_file() -> None:
    found = measures([])
    assert len(found) > 100
    texts = {one.file: (ROOT / one.file).read_text(encoding="utf-8") for one in found}
    assert [(one.gap, one.file) for one in found if texts[one.file].count(one.text) != 1] == []


def test_each_test_of_a_measure_exists() -> None:
    missing = []
    for one in measures([]):
        for test in one.tests:
            file, _, name = test.partition("::")
            there = (ROOT / file).read_text(encoding="utf-8")
            if not re.search(rf"def {re.escape(name.split('[')[0].rpartition('::')[2])}\(", there):
                missing.append(test)
    assert missing == []
