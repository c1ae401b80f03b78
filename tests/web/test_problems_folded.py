"""What is wrong with a configuration is told with its cause first, what follows from it folded below."""

from __future__ import annotations

import re
from typing import NoReturn

import pytest

from portal.core.errors import DefinitionError, Problem, Words
from tests.web.conftest import Site

REMOVED = Problem(
    "pack.removed_in_use",
    "This is removed here (null), but others still use it",
    {},
    "form_definitions/county/a/case.json",
    "/schema/properties/amount",
    'Hide it instead ("hidden": true), or take it out of everything that is listed below',
    place=(Words("form “%(name)s”", {"name": "矛盾纠纷"}), Words("field “%(name)s”", {"name": "涉及金额"})),
)
UNKNOWN = "The field %(field)s does not exist in the schema"


def following(pointer: str) -> Problem:
    return Problem(
        "ui.field", UNKNOWN, {"field": "/amount"}, "rule_sets/base/referral.json", pointer, cause=REMOVED
    )


ALONE = Problem("x.y", "Open cases", {}, "seed/county/a/layout.json", "/centre")


@pytest.fixture
def refusing(site: Site) -> Site:
    def fail() -> NoReturn:
        raise DefinitionError(
            "a.b", "Open cases", problems=[following("/rules/a"), ALONE, following("/rules/b")]
        )

    site.app.add_url_rule("/api/fail/pack", "failing_api", fail)
    site.app.add_url_rule("/fail/pack", "failing_page", fail)
    return site


def test_the_api_has_the_cause_first_with_its_consequences(refusing: Site) -> None:
    first, second = refusing.browser("zh_Hans").get("/api/fail/pack").json["error"]["details"]
    assert first["code"] == "pack.removed_in_use"
    assert (first["file"], first["pointer"]) == (REMOVED.file, REMOVED.pointer)
    assert first["place"] == "表单“矛盾纠纷”，字段“涉及金额”"
    assert first["remedy"].startswith("请改为隐藏")
    assert [one["pointer"] for one in first["consequences"]] == ["/rules/a", "/rules/b"]
    assert {one["file"] for one in first["consequences"]} == {"rule_sets/base/referral.json"}
    assert second == {"code": "x.y", "message": "在办案件", "file": ALONE.file, "pointer": "/centre"}


@pytest.mark.parametrize(
    ("lang", "place", "fold"),
    [
        ("zh_Hans", "表单“矛盾纠纷”，字段“涉及金额”：此处把它删去（null）", "由此引起的问题：2 处"),
        ("en", "form “矛盾纠纷”, field “涉及金额”: This is removed here (null)", "Follows from it: 2"),
    ],
)
def test_a_page_folds_what_follows(refusing: Site, lang: str, place: str, fold: str) -> None:
    page = refusing.browser(lang).get("/fail/pack").text
    listed = page[page.index('<ul class="problem-list">') :]
    assert place in listed
    assert f"<code>{REMOVED.file} {REMOVED.pointer}</code>" in listed
    folded = re.search(r"<details><summary>(.*?)</summary>(.*?)</details>", listed, re.DOTALL)
    assert folded
    assert folded[1] == fold
    assert folded[2].count("<li>") == 2
    assert "/rules/b" in folded[2]
    assert listed.index(place) < listed.index("<details>") < listed.index(ALONE.file)


def test_a_part_of_a_page_folds_too(refusing: Site) -> None:
    answer = refusing.browser("zh_Hans").get("/fail/pack", headers={"HX-Request": "true"})
    assert answer.headers["HX-Retarget"] == "#flash"
    assert answer.text.count("<details>") == 1
    assert "由此引起的问题：2 处" in answer.text
