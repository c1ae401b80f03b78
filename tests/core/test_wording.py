"""Texts of a draft in its languages, as a table and back; roles as a matrix, each cell one change."""

from __future__ import annotations

import pytest

from portal.core.drafts import Change, role_matrix, wording
from portal.core.drafts.commands import put
from portal.core.errors import InvalidInput
from portal.core.pointer import get

DOCUMENT = {
    "settings": {"title": "晋宁综治中心", "languages": ["zh_Hans", "en"]},
    "routes": {
        "court": {"title": "诉讼", "order": 10},
        "mediation": {"title": {"zh_Hans": "调解", "en": "Mediation"}, "order": 20},
        "plain": {"title": "诉讼", "order": 30},
    },
    "translations": {"en": {"诉讼": "Court"}},
    "roles": {
        "clerk": {"title": "登记员", "grants": {"case": ["list", "show"]}, "order": 10},
        "old": {"title": "旧角色", "grants": {}, "hidden": True},
    },
}


def by_source() -> dict[str, wording.Wording]:
    return {one.source: one for one in wording.wordings(DOCUMENT)}


def made(changes: list[Change] | tuple[Change, ...]) -> dict[str, object]:
    document = DOCUMENT
    for one in changes:
        document = put(document, one)
    return document


def test_each_text_stands_once_with_its_translations() -> None:
    found = by_source()
    assert found["诉讼"].said == {"en": "Court"}
    assert found["调解"].said == {"en": "Mediation"}
    assert found["晋宁综治中心"].said == {}
    (standing,) = wording.standings(DOCUMENT)
    assert (standing.language, standing.total - standing.done) == ("en", standing.missing)
    assert standing.done == 2


def test_chinese_alone_is_complete() -> None:
    alone = {**DOCUMENT, "settings": {"title": "晋宁综治中心"}}
    assert wording.standings(alone) == []
    assert wording.languages_of({**DOCUMENT, "settings": {"languages": ["zh_Hans"]}}) == []


def test_only_changed_cells_become_changes_and_each_comes_where_it_belongs() -> None:
    lines = [
        (2, "诉讼", {"en": "Court"}),
        (3, "调解", {"en": "Conciliation"}),
        (4, "晋宁综治中心", {"en": " Jinning Centre "}),
        (5, "登记员", {"en": ""}),
        (6, "不在这里", {"en": "Elsewhere"}),
    ]
    found = wording.taken(DOCUMENT, lines)
    assert found.changes == (
        Change("replace", "/routes/mediation/title/en", "Mediation", "Conciliation"),
        Change("add", "/translations/en/晋宁综治中心", None, "Jinning Centre"),
    )
    assert found.unknown == ("不在这里",)
    assert found.problems == ()


def test_a_table_that_goes_out_and_comes_back_changes_nothing() -> None:
    table = wording.table_of(wording.wordings(DOCUMENT), ["en"], {})
    lines = [(number, row[1], {"en": row[2]}) for number, row in enumerate(table, 2)]
    assert wording.taken(DOCUMENT, lines).changes == ()
    said = [(number, source, {"en": f"{source}!"}) for number, source, _ in lines]
    document = made(wording.taken(DOCUMENT, said).changes)
    assert {one.said["en"] for one in wording.wordings(document)} == {f"{one[1]}!" for one in lines}


def test_faults_of_a_table_are_told_together() -> None:
    long = "很长" * 300
    document = {**DOCUMENT, "routes": {"x": {"title": long}}}
    lines = [(2, "登记员", {"en": "Clerk"}), (3, "登记员", {"en": "Registrar"}), (4, long, {"en": "Long"})]
    found = wording.taken(document, lines)
    assert [(one.code, one.params["line"]) for one in found.problems] == [
        ("wording.twice", 3),
        ("wording.long", 4),
    ]


def test_a_cell_of_the_matrix_is_one_change() -> None:
    assert role_matrix.roles_in(DOCUMENT) == ["clerk"]
    assert role_matrix.grant(DOCUMENT, "clerk", "case", {"list": True}) == []
    (added,) = role_matrix.grant(DOCUMENT, "clerk", "case", {"edit": True})
    assert added == Change("add", "/roles/clerk/grants/case/-", None, "edit")
    (taken,) = role_matrix.grant(DOCUMENT, "clerk", "case", {"show": False})
    assert taken == Change("remove", "/roles/clerk/grants/case/1", "show", None)
    (first,) = role_matrix.grant(DOCUMENT, "clerk", "unit", {"list": True})
    assert first == Change("add", "/roles/clerk/grants/unit", None, ["list"])
    (field,) = role_matrix.set_level(DOCUMENT, "clerk", "case", "/claim", "masked")
    document = made([field])
    assert get(document, "/roles/clerk/fields/case/~1claim") == "masked"
    (back,) = role_matrix.set_level(document, "clerk", "case", "/claim", "")
    assert (back.op, back.before, back.after) == ("remove", "masked", None)


def test_several_cells_of_one_role_are_changed_at_once() -> None:
    start = Change("add", "/roles/own", None, {"title": "驻村协调员", "grants": {}})
    ticked = {"own:list": "1", "own:show": "1"}
    first = role_matrix.wanted_changes(made([start]), "case", {}, ticked, [])
    assert get(made([start, *first]), "/roles/own/grants/case") == ["list", "show"]
    both = {"clerk:list": "1", "clerk:show": "1"}
    other = role_matrix.wanted_changes(DOCUMENT, "case", both | {"clerk:edit": ""}, {"clerk:edit": "1"}, [])
    assert get(made(other), "/roles/clerk/grants/case") == ["edit"]


def test_cells_that_were_not_touched_change_nothing_whatever_became_of_them() -> None:
    seen = {"clerk:list": "1", "clerk:edit": "", "clerk:/claim": ""}
    sent = {"clerk:list": "1", "clerk:edit": "1", "clerk:/claim": ""}
    changes = role_matrix.wanted_changes(DOCUMENT, "case", seen, sent, ["/claim"])
    assert [one.path for one in changes] == ["/roles/clerk/grants/case/-"]
    for wrong in (
        {"nobody:list": "1"},
        {"clerk:fly": "1"},
        {"clerk:/other": "read"},
        {"clerk:/claim": "own"},
    ):
        with pytest.raises(InvalidInput):
            role_matrix.wanted_changes(DOCUMENT, "case", {}, wrong, ["/claim"])
