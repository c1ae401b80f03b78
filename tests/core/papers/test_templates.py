"""Templates of papers: what they may hold, what their places are, and what is said of those that are wrong."""

from __future__ import annotations

import pytest

from portal.core.papers import Place, look, parts_of, read_template
from tests.core.papers.hostile import FILES, TEXTS, Hostile
from tests.core.papers.sheets import paragraph, row, sheet, table


def test_a_sound_template_has_its_places_in_order() -> None:
    content = sheet(
        paragraph("{{ paper_title }}"),
        paragraph("{%p if willing %}"),
        paragraph("{", "{ na", "mes }} 同意{% if paid %}，已付{% else %}，未付{% endif %}"),
        paragraph("{%p endif %}"),
        table(row("{%tr for one in names %}"), row("{{ one }}"), row("{%tr endfor %}")),
    )
    assert look(content) == []
    read = read_template(parts_of(content))
    assert read.problems == []
    assert [one.name for one in read.places] == ["paper_title", "willing", "names", "paid", "names"]
    assert read.places[-1] == Place("names", "{%tr for one in names %}", repeated=True)


def test_pages_may_be_counted() -> None:
    counted = '<w:p><w:fldSimple w:instr=" PAGE \\* MERGEFORMAT "/></w:p>'
    assert look(sheet(counted)) == []


@pytest.mark.parametrize("one", FILES, ids=lambda one: one.tries)
def test_a_file_that_means_harm_is_refused_before_it_is_opened(one: Hostile) -> None:
    assert one.code in [problem.code for problem in look(one.content)]


@pytest.mark.parametrize("one", TEXTS, ids=lambda one: one.tries)
def test_text_that_means_harm_is_refused_before_it_runs(one: Hostile) -> None:
    assert look(one.content) == []
    assert one.code in [problem.code for problem in read_template(parts_of(one.content)).problems]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (paragraph("{{ name"), "template.unclosed"),
        (paragraph("name }}"), "template.syntax"),
        (paragraph("{{ Name }}"), "template.syntax"),
        (paragraph("{{name}}"), "template.syntax"),
        (paragraph("{{ one.two }}"), "template.syntax"),
        (paragraph("{% if name %}words"), "template.unclosed"),
        (paragraph("{%p if name %}") + paragraph("words"), "template.unclosed"),
        (paragraph("words {%p if name %}") + paragraph("{%p endif %}"), "template.beside"),
        (paragraph("{%tr if name %}") + paragraph("{%tr endif %}"), "template.row"),
        (paragraph("{%p if name %}") + paragraph("{%p endfor %}"), "template.unopened"),
        (paragraph("{%p endif %}"), "template.unopened"),
        (paragraph("{{ name }}" * 2001), "template.many"),
    ],
)
def test_what_is_wrong_with_a_template_is_said(body: str, code: str) -> None:
    problems = read_template(parts_of(sheet(body))).problems
    assert code in [one.code for one in problems]
    assert all(one.remedy for one in problems)


def test_all_faults_are_told_at_once() -> None:
    read = read_template(parts_of(sheet(paragraph("{{ a|b }}"), paragraph("{{ c() }}"), paragraph("{{ d"))))
    assert [one.code for one in read.problems] == ["template.syntax", "template.syntax", "template.unclosed"]


@pytest.mark.parametrize("content", [b"", b"PK", b"PK\x03\x04" + b"\0" * 90, b"<html/>"])
def test_what_is_no_zip_is_refused(content: bytes) -> None:
    assert [one.code for one in look(content)] == ["template.broken"]
