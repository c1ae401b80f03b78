"""Names of any character: kept, shown, found, and in the order of a Chinese list, on both databases."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from portal.core.access import ADMIN, Access
from portal.persistence.models import Record
from portal.persistence.name_order import gb18030
from portal.services import users
from tests.web.records.conftest import Browser, Site
from tests.web.records.seeded_site import PASSWORD, uid_of

RARE = "𠮷田㐂子😀（虚构）"
FAMILIES = ["张", "阿", "王", "陈", "李", "𠮷", "赵", "欧阳"]
IN_ORDER = ["阿", "陈", "李", "欧阳", "王", "张", "赵"]


@pytest.fixture(scope="module")
def keeper(site: Site) -> Browser:
    """Keeps the accounts of the city, among them people of all the families."""
    with site.portal.writing(Access.system("test")) as uow:
        for number, family in enumerate(FAMILIES):
            made = users.create(uow, f"n{number}", PASSWORD, "某", family)
            users.assign(uow, made.id, "clerk", "530112", audited=False)
        keeper = users.create(uow, "keeper", PASSWORD, "某", "管")
        users.assign(uow, keeper.id, ADMIN, "530100", audited=False)
        uow.commit()
    return site.login("keeper")


def test_rare_characters_are_kept_and_shown(site: Site, clerk: Browser) -> None:
    case = site.register(clerk, **{"/applicant_name": RARE, "/summary": "𡃁村的㐂事 😀", "/claim": "退还𠮷"})
    with site.portal.reading(Access.system("test")) as session:
        data = session.scalars(select(Record.data).where(Record.uid == uid_of(case))).one()
    assert (data["applicant_name"], data["summary"]) == (RARE, "𡃁村的㐂事 😀")
    page = clerk.get(case).text
    assert "𡃁村的㐂事 😀" in page
    assert "𠮷" in page


def test_rare_characters_are_found(site: Site, keeper: Browser) -> None:
    person = site.register(keeper, "mediator", **{"/name": RARE, "/kind": "expert", "/active": "true"})
    assert RARE in keeper.get(person).text
    for text, found in (("𠮷田㐂子", True), ("㐂子😀", True), ("𠮷田㐂女", False)):
        page = keeper.get(f"/records/mediator/list/?all=1&text={text}").text
        assert (person in page) is found, text


@pytest.mark.parametrize("direction", ["asc", "desc"])
def test_accounts_are_sorted_by_family_name_in_pinyin(keeper: Browser, direction: str) -> None:
    url = f"/users/list/?_oc_UserView=full_name&_od_UserView={direction}&psize_UserView=100"
    names = re.findall(r'data-label="姓名">([^<]+)<', keeper.get(url).text)
    shown = [family for name in names if (family := name.removesuffix("某")) in IN_ORDER]
    assert shown == (IN_ORDER if direction == "asc" else IN_ORDER[::-1])
    assert "𠮷某" in names


def test_lists_are_sorted_by_name_in_pinyin(site: Site, keeper: Browser) -> None:
    for name in FAMILIES:
        site.register(keeper, "mediator", **{"/name": name + "某", "/kind": "expert", "/active": "true"})
    page = keeper.get("/records/mediator/list/?all=1").text
    shown = [name for name in re.findall(r">([^<]+)某[^<]*</a>", page) if name in IN_ORDER]
    assert shown == IN_ORDER


def test_every_character_has_a_place() -> None:
    assert gb18030(None) is None
    for text in ("", "A", "阿", "𠮷", "😀", "\U0010ffff"):
        assert str(gb18030(text), "gb18030") == text
