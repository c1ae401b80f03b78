"""Faults in the words of pages: no key of a format, no name of a file, no type is told to an official."""

from __future__ import annotations

from portal.core.editors.plain import label_at, plain
from portal.core.errors import Problem
from portal.core.packs.schemas import check_complete


def told(problem: Problem) -> str:
    return f"{problem.text()} {problem.remedy_text()}"


def test_what_is_missing_is_called_as_its_control_is() -> None:
    (found,) = check_complete("form-definition", {"title": "x", "schema": {}}, pointer="/forms/x")
    assert found.text() == "The key kind is missing"
    mended = plain(found)
    assert told(mended).strip() == "“What it is for” is still to be filled in"
    assert mended.pointer == "/forms/x/kind"


def test_what_does_not_fit_is_called_as_its_control_is() -> None:
    course = {"entity": "case", "stages": {"a": {"title": "x", "canonical": 7}}, "transitions": {}}
    texts = [told(plain(one)) for one in check_complete("lifecycle", course, pointer="/lifecycles/case")]
    assert texts
    assert not [text for text in texts if "docs/formats" in text or "canonical" in text or "key" in text], (
        texts
    )


def test_other_words_stay() -> None:
    found = Problem("rules.reason", "Say why", pointer="/rules/r", remedy="Write it")
    assert plain(found) == found
    nowhere = Problem("schema.type", "Expected %(expected)s", {"expected": "x"}, pointer="/nowhere/x")
    assert plain(nowhere) == nowhere


def test_labels_are_found_by_place() -> None:
    assert label_at("/forms/case/ui/fields/~1a/width") == "Width"
    assert label_at("/lifecycles/case/transitions/x/to") == "Stage that follows"
    assert label_at("/nothing/there") == ""
