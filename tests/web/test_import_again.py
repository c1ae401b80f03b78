"""The page of a record says where it came from, and what its source says by now of what was changed here."""

from __future__ import annotations

from portal.persistence.models import Record
from portal.services import importing, records
from tests.fixtures.importing import BASE_MAPPING, SYSTEM, Importing, csv_of, director, row
from tests.web.records.conftest import site
from tests.web.records.seeded_site import Site

__all__ = ["site"]
HERE = {"诉求类型": "D0101", "属地": "530112001"}


def test_the_record_shows_here_and_there_side_by_side(site: Site) -> None:
    importer = Importing(site.portal, director(site.portal, "importing"))
    importer.keep_as("综治平台", BASE_MAPPING)

    def take(**more: str) -> None:
        file = importer.upload(csv_of(row("Z-1", stage="处理中", 办结时间="", **HERE, **more)))
        importer.run(importing.start_trying, file)
        importer.run(importing.start_taking, file)

    take(金额="100")
    one: Record = importer.records()[-1]
    with site.portal.writing(SYSTEM) as uow:
        data = records.view_of(site.portal, uow.session, records.get_any(uow.session, one.uid)).clear
        records.change(uow, one.uid, {**data, "amount": 7}, one.version)
        uow.commit()
    take(金额="900")
    text = site.login("director").get(f"/records/case/show/{one.uid}").text
    panel = text[text.index('id="source"') :].partition("</section>")[0]
    assert "Z-1" in panel
    assert "综治平台" in panel
    assert "本系统: ¥7<br>来源系统: ¥900" in panel
