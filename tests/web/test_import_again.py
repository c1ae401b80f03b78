"""The page of a record says where it came from, and what its source says by now of what was changed here."""

from __future__ import annotations

import re

from portal.persistence.models import Record
from portal.services import importing, records
from tests.fixtures.importing import BASE_MAPPING, SYSTEM, Importing, csv_of, director, row
from tests.web.records.conftest import site
from tests.web.records.seeded_site import Browser, Site

__all__ = ["site"]
AMOUNT, NAME = "/amount", "/applicant_name"
HERE = {"诉求类型": "D0101", "属地": "530112001"}


def panel_of(browser: Browser, address: str) -> str:
    text = browser.get(address).text
    return text[text.index('id="source"') :].partition("</section>")[0]


def answer(browser: Browser, one: Record, given: str, where: str, version: str) -> tuple[int, str]:
    """Settle one field; return the status and what the next page says."""
    data = {"csrf_token": browser.token(), "where": where, "version": version}
    sent = browser.post(f"/records/case/source/{one.uid}/{given}", data)
    return sent.status_code, browser.get(f"/records/case/show/{one.uid}").text


def test_the_record_shows_here_and_there_side_by_side(site: Site) -> None:
    importer = Importing(site.portal, director(site.portal, "importing"))
    importer.keep_as("综治平台", BASE_MAPPING)

    def take(**more: str) -> None:
        file = importer.upload(csv_of(row("Z-1", stage="处理中", 办结时间="", **HERE, **more)))
        importer.run(importing.start_trying, file)
        importer.run(importing.start_taking, file)

    take(金额="100", 来电人="张三")
    one: Record = importer.records()[-1]
    with site.portal.writing(SYSTEM) as uow:
        data = records.view_of(site.portal, uow.session, records.get_any(uow.session, one.uid)).clear
        records.change(uow, one.uid, {**data, "amount": 7, "applicant_name": "李四"}, one.version)
        uow.commit()
    take(金额="900", 来电人="王五")
    director_, address = site.login("director"), f"/records/case/show/{one.uid}"
    panel = panel_of(director_, address)
    assert "Z-1" in panel
    assert "综治平台" in panel
    assert "本系统：¥7<br>来源系统：¥900" in panel
    assert panel.count(f'value="{AMOUNT}"') == 2
    settle(site, director_, one, panel)


def settle(site: Site, director_: Browser, one: Record, panel: str) -> None:
    """Answer wrongly, then rightly, then a second time."""
    address = f"/records/case/show/{one.uid}"
    # What is masked for the person is offered to nobody's hand: both values stay unseen, and no button stands there.
    assert "王五" not in panel
    assert f'value="{NAME}"' not in panel
    version = re.findall(r'name="version" value="(\d+)"', panel)[0]
    assert "脱敏" in answer(director_, one, "take", NAME, version)[1]
    assert answer(director_, one, "steal", AMOUNT, version)[0] == 404
    assert "已处理" in answer(director_, one, "take", "/nothing", version)[1]
    assert "修改" in answer(director_, one, "take", AMOUNT, "1")[1]
    assert f'value="{AMOUNT}"' in panel_of(director_, address)
    stranger = site.login("jinning")
    assert answer_alone(stranger, one) in (403, 404)
    status, text = answer(director_, one, "take", AMOUNT, version)
    assert status == 303
    assert "已按来源系统更新" in text
    assert f'value="{AMOUNT}"' not in panel_of(director_, address)
    # The second click finds it settled.
    assert "已处理" in answer(director_, one, "take", AMOUNT, str(int(version) + 1))[1]
    with site.portal.reading(SYSTEM) as session:
        assert records.get_any(session, one.uid).amount == 900


def answer_alone(browser: Browser, one: Record) -> int:
    data = {"csrf_token": browser.token(), "where": AMOUNT, "version": "1"}
    return int(browser.post(f"/records/case/source/{one.uid}/keep", data).status_code)
