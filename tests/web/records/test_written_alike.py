"""One way to write a kind of value, wherever people read it; whole numbers and phones are found as they are meant."""

from __future__ import annotations

import re
from urllib.parse import quote

from sqlalchemy import select, update

from portal.core.access import Access
from portal.persistence.models import Record
from tests.web.records.seeded_site import Browser, Site, errors_in, uid_of


def test_a_value_is_written_alike_on_the_case_in_the_list_and_in_its_title(
    site: Site, clerk: Browser
) -> None:
    url = site.register(
        clerk, **{"/amount": "3万元", "/applicant_name": "甄\u3000别", "/summary": "写法一致的纠纷"}
    )
    page = clerk.get(url).text
    assert "¥30,000" in page
    assert not re.search(r">\s*30000(\.0)?\s*(元\s*)?<", page)
    row = next(part for part in clerk.get("/records/case/list/").text.split("<tr") if uid_of(url) in part)
    assert "¥30,000" in row
    assert "30000" not in re.sub(r"<[^>]*>", "", row)


def test_people_are_found_by_each_of_their_numbers_however_they_are_written(
    site: Site, clerk: Browser
) -> None:
    phones = "139 1122 3344 / （0871）6511 2233"
    url = site.register(clerk, **{"/applicant_phone": phones, "/applicant_name": "寻\u200b找"})
    for sought in ("13911223344", "+86 139-1122-3344", "（0871）65112233", "0871-65112233", "寻 找"):
        assert uid_of(url) in clerk.get(f"/records/case/list/?text={quote(sought)}").text, sought


def test_an_older_amount_that_no_rule_reads_stands_beside_the_decision_and_stops_no_other_edit(
    site: Site, clerk: Browser
) -> None:
    uid = uid_of(site.register(clerk))
    with site.portal.writing(Access.system("test")) as uow:
        table = Record.__table__
        data = uow.session.scalars(select(table.c.data).where(table.c.uid == uid)).one()
        older = update(table).where(table.c.uid == uid).values(data=data | {"amount": 500000.005})
        uow.session.execute(older, execution_options={"unscoped": "as an older version stored it"})
        uow.commit()
    url = f"/records/case/edit/{uid}"
    answer = clerk.send(url, clerk.form(url), **{"/claim": "退还定金和利息"})
    assert answer.status_code == 303, errors_in(answer.text)
    page = clerk.get(f"/records/case/show/{uid}").text
    assert "规则无法读取：所填内容与要求的类型不符" in page
