"""Identifiers are made from names; a thing that is called otherwise takes along all that names it."""

from __future__ import annotations

import pytest

from portal.adapters.pinyin import spelling
from portal.core import pointer as pointers
from portal.core.editors import Choices, changes, identifier, renamed, uses
from portal.core.packs.moved import follow, moves_of
from tests.core.editors.test_round_trip import document


@pytest.mark.parametrize(
    ("title", "taken", "made"),
    [
        ("土地承包", (), "tu_di_cheng_bao"),
        ("土地承包", ("tu_di_cheng_bao",), "tu_di_cheng_bao_2"),
        ("Mediation room 2", (), "mediation_room_2"),
        ("第 3 窗口", (), "di_3_chuang_kou"),
        ("3 号", (), "item_3_hao"),
        ("——", (), "item"),
    ],
)
def test_identifiers_follow_from_names(title: str, taken: tuple[str, ...], made: str) -> None:
    assert identifier(title, taken, spelling) == made


def test_what_names_a_thing_is_found() -> None:
    bundle = document("base")
    found = uses(bundle, "/roles/clerk")
    assert found
    assert {where.split("/")[1] for where in found} >= {"lifecycles", "worklists"}
    for where in found:
        if not where.endswith("~key"):
            assert pointers.get(bundle, where) == "clerk"


def test_a_new_identifier_is_taken_over_everywhere() -> None:
    before = {**document("base"), "pack": {"id": "x", "version": "1.0.0"}}
    after = renamed(before, "/lifecycles/case/stages/mediate", "tiao_jie", "1.1.0")
    assert "mediate" not in after["lifecycles"]["case"]["stages"]
    assert not uses(after, "/lifecycles/case/stages/mediate")
    assert len(uses(after, "/lifecycles/case/stages/tiao_jie")) == len(
        uses(before, "/lifecycles/case/stages/mediate")
    )
    moved = after["pack"]["moved"]
    assert moved == [
        {"from": "/lifecycles/case/stages/mediate", "to": "/lifecycles/case/stages/tiao_jie", "in": "1.1.0"}
    ]
    moves = moves_of({"moved": moved})
    assert follow("/lifecycles/case/stages/mediate/title", moves) == "/lifecycles/case/stages/tiao_jie/title"
    assert changes(before, after, "")


def test_choices_are_those_of_the_place() -> None:
    bundle = document("base")
    here = Choices(bundle, "/lifecycles/case/transitions/accept")
    stages = {one.code for one in here.of("stages")}
    assert stages == {"*", *bundle["lifecycles"]["case"]["stages"]}
    fields = {one.code: one.path for one in here.of("fields")}
    assert "/applicant_name" in fields or "/parties" in fields
    assert all(one.label for ref in ("roles", "routes", "forms", "entities") for one in here.of(ref))
    assert here.label("roles", "clerk") == "登记员" or here.label("roles", "clerk")
