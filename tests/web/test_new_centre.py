"""A city opens the centre of a county: unit, configuration, name, people; each step stored whole or not at all."""

from __future__ import annotations

import html
import io
import re
from typing import Any

import pytest
from sqlalchemy import func, select

from portal.adapters.workbooks import Sheet, write_workbook
from portal.core.access import ADMIN, Access
from portal.persistence.models import AuditEntry, Centre, Draft, ReleaseActivation, Unit, User
from portal.services import users
from tests.web.records.conftest import site
from tests.web.records.seeded_site import PASSWORD, Browser, Site

__all__ = ["site"]
SYSTEM = Access.system("test")
HOME = "/studio/new-centre/"
NEW = "530198"
HEADS = ["代码", "名称"]
UNITS = [
    [NEW, "滇中试验区"],
    ["530198001", "一街道"],
    ["530198001001", "一社区居民委员会"],
    ["530198002000", "二镇"],
]


def account(site: Site, name: str, role: str, unit: str) -> Browser:
    with site.portal.writing(SYSTEM) as uow:
        user = users.create(uow, name, PASSWORD, "某", name)
        users.assign(uow, user.id, role, unit, audited=False)
        uow.commit()
    return site.login(name)


@pytest.fixture(scope="module")
def owner(site: Site) -> Browser:
    """The city's template owner: keeps units and releases, and no accounts."""
    return account(site, "owner", "template_owner", "530100")


@pytest.fixture(scope="module")
def root(site: Site) -> Browser:
    """The city's administrator."""
    with site.portal.writing(SYSTEM) as uow:
        users.ensure_roles(uow.session, [ADMIN])
        uow.commit()
    return account(site, "root", ADMIN, "530100")


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", answer.text)))


def upload(browser: Browser, url: str, content: bytes, name: str = "a.csv", **data: str) -> Any:
    sent = {"csrf_token": browser.token(), "file": (io.BytesIO(content), name), **data}
    return browser.client.post(url, data=sent)


def hidden(answer: Any) -> str:
    found = re.search(r'<textarea name="table" hidden>(.*?)</textarea>', answer.text, re.DOTALL)
    assert found, text_of(answer)[:1500]
    return html.unescape(found[1])


def csv(rows: list[list[str]], heads: list[str] = HEADS) -> bytes:
    return "\n".join(",".join(row) for row in [heads, *rows]).encode()


def stored(site: Site) -> tuple[int, ...]:
    """Return how many rows there are of all that the wizard writes."""
    with site.portal.reading(SYSTEM) as session:
        tables = (Unit, Centre, ReleaseActivation, Draft, User)
        return tuple(session.scalar(select(func.count()).select_from(one)) or 0 for one in tables)


def send(browser: Browser, url: str, **data: str) -> Any:
    return browser.post(url, {"csrf_token": browser.token(), **data})


def test_units_come_from_any_table_and_faults_are_told_with_their_lines(site: Site, owner: Browser) -> None:
    before = stored(site)
    for content, name in (
        (csv(UNITS), "a.csv"),
        (csv(UNITS).decode().encode("gbk"), "a.csv"),
        (write_workbook(Sheet("单位", HEADS, UNITS)), "a.xlsx"),
    ):
        answer = upload(owner, f"{HOME}units", content, name, county=NEW)
        assert answer.status_code == 200, text_of(answer)[-1500:]
        assert "滇中试验区：将加入 2 个乡镇街道、1 个村社区" in text_of(answer)
    faults = [[NEW, "滇中试验区"], ["5.30198E+11", "一社区"], ["530112001", "别处"], ["530198003", ""]]
    told = text_of(upload(owner, f"{HOME}units", csv(faults), county=NEW))
    for number, word in ((3, "5.30198E+11"), (4, "530112001"), (5, "530198003")):
        assert re.search(rf"{number}\D[^。]*{re.escape(word)}", told), told
    # A county of which nobody knows the name, and one of a city that is not there.
    assert "530197" in text_of(upload(owner, f"{HOME}units", csv([["530197001", "街道"]]), county="530197"))
    assert "640100" in text_of(upload(owner, f"{HOME}units", csv([["640104", "兴庆区"]]), county="640104"))
    assert "六位" in text_of(upload(owner, f"{HOME}units", csv(UNITS), county="53019"))
    for junk in (b"", b"PK\x03\x04rubbish", "只有一列\n值".encode()):
        assert upload(owner, f"{HOME}units", junk, county=NEW).status_code == 422
    assert stored(site) == before


def test_a_city_opens_a_centre_that_works_at_once(site: Site, owner: Browser, root: Browser) -> None:
    table = hidden(upload(owner, f"{HOME}units", csv(UNITS), county=NEW))
    answer = send(owner, f"{HOME}units/add", county=NEW, table=table)
    assert answer.status_code == 302
    assert answer.headers["Location"].endswith(f"{HOME}{NEW}")
    # Sent again, nothing comes twice.
    again = upload(owner, f"{HOME}units", csv(UNITS), county=NEW)
    assert "另有 4 个已经在册" in text_of(again)
    assert NEW in owner.get(HOME).text
    assert NEW in owner.get(f"{HOME}?q=滇中").text
    page = owner.get(f"{HOME}{NEW}")
    assert "昆明市" in text_of(page)
    with site.portal.reading(SYSTEM) as session:
        bundle = releases.for_unit(site.portal, session, units.by_code(session, "530100")).raw
    # Forms are counted, not their fields.
    assert f"表单 {len(bundle['forms'])} ·" in text_of(page)
    assert 'value="滇中试验区综治中心"' in page.text
    before = stored(site)
    for wrong in (
        {"guideline": "city/kunming", "name": "", "agency": "滇试"},
        {"guideline": "city/kunming", "name": "滇中", "agency": ""},
        {"guideline": "city/kunming", "name": "滇中", "agency": "昆综"},  # the city's own word
        {"guideline": "county/xishan", "name": "滇中", "agency": "滇试"},
    ):
        refused = send(owner, f"{HOME}{NEW}", **wrong)
        assert refused.status_code == 422, wrong
        assert 'role="alert"' in refused.text
    assert stored(site) == before
    words = {"guideline": "city/kunming", "name": "滇中试验区综治中心", "agency": "滇试"}
    opened = send(owner, f"{HOME}{NEW}", **words)
    assert opened.headers["Location"].endswith(f"{HOME}{NEW}/people"), text_of(opened)[:800]
    # The owner keeps no accounts and sees no draft of a county; the county's own people do.
    assert "安全管理员" in text_of(owner.get(f"{HOME}{NEW}/people"))
    assert upload(owner, f"{HOME}{NEW}/people/try", b"x").status_code in (403, 422)
    done = text_of(owner.get(f"{HOME}{NEW}/done"))
    assert "以“滇试”字单独编号" in done
    assert "由该中心的配置管理员继续" in done
    # It is opened once.
    assert send(owner, f"{HOME}{NEW}", **words).status_code == 422
    assert owner.get(f"{HOME}{NEW}").status_code == 302
    heads = ["账号", "姓名", "角色", "单位"]
    people = [["dz.clerk", "赵登记", "登记员", NEW], ["dz.config", "钱配置", "配置管理员", NEW]]
    bad = upload(root, f"{HOME}{NEW}/people/try", csv([*people, ["dz.x", "孙", "没有的角色", NEW]], heads))
    assert bad.status_code == 422
    assert "没有的角色" in text_of(bad)
    tried = upload(root, f"{HOME}{NEW}/people/try", csv(people, heads))
    assert "将新建 2 个账号" in text_of(tried)
    made = send(root, f"{HOME}{NEW}/people/make", table=hidden(tried))
    assert made.status_code == 200
    assert "dz.clerk" in made.text
    left = text_of(root.get(f"{HOME}{NEW}/done"))
    assert "还在用上级的" in left
    assert "2 个账号" in left
    assert "表单" in left

    for name, role in (("dzclerk", "clerk"), ("dzconfig", "config_admin")):
        account(site, name, role, NEW)
    clerk = site.login("dzclerk")
    place = site.register(clerk, **{"/place": "530198001"})
    assert "滇试" in text_of(clerk.get(place))
    assert "本级第一稿" in text_of(site.login("dzconfig").get("/studio/"))
    with site.portal.reading(SYSTEM) as session:
        written = session.scalars(
            select(AuditEntry.action).where(AuditEntry.action.in_(("load", "activate", "open_draft")))
        ).all()
        assert written.count("open_draft") == 1
        assert session.scalars(select(Draft.pack)).all() == [f"county/{NEW}"]


def test_who_may_open_none_is_refused_before_anything_is_read(site: Site, owner: Browser) -> None:
    before = stored(site)
    keeper = account(site, "countykeeper", "config_admin", "530112")
    other = account(site, "otherowner", "template_owner", "530115")
    for browser in (keeper, site.login("clerk"), site.login("supervisor")):
        for page in ("", "530115", "530115/people", "530115/done", "units.csv"):
            answer = browser.get(f"{HOME}{page}")
            # Who keeps releases finds nothing to open below the own county; all others are refused.
            shown = browser is keeper and page in ("", "units.csv")
            assert answer.status_code == (200 if shown else 404 if browser is keeper else 403), page
            assert "530115" not in answer.text or not shown
        begun = send(browser, f"{HOME}530115", guideline="city/kunming", name="a", agency="b")
        assert begun.status_code in (403, 404)
    # Not at the own unit either: that is for the unit above.
    assert other.get(f"{HOME}530115/done").status_code == 404
    assert send(other, f"{HOME}530115", guideline="city/kunming", name="a", agency="b").status_code == 404
    assert upload(other, f"{HOME}units", csv([["530196", "某区"]]), county="530196").status_code == 422
    assert "530112" not in other.get(f"{HOME}?q=西山").text
    assert "新建中心" in text_of(owner.get("/studio/"))
    assert "新建中心" not in text_of(keeper.get("/studio/"))
    assert stored(site)[:4] == before[:4]
