"""A matter that is not accepted: the case, the reason, the law, the competent body, the remedy."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.records.seeded_site import Browser, Site, changed, errors_in, form_in, uid_of

NOTICE = {
    "/ground": "statutory",
    "/grounds": "应当先经劳动仲裁",
    "/law": "《劳动争议调解仲裁法》第五条",
    "/remedy": "可以向劳动人事争议仲裁委员会申请仲裁",
}
DEPARTMENT = {"/organ_unit": "530112:people_mediation"}


def refused(site: Site, clerk: Browser, **notice: Any) -> tuple[str, Any]:
    url = f"/records/case/transition/{uid_of(site.register(clerk))}/reject"
    page = clerk.get(url).text
    assert "应向哪个部门提出" in page
    return url, clerk.post(url, changed(form_in(page, url), NOTICE | notice))


@pytest.mark.parametrize("organ", [DEPARTMENT, {"/organ": "西山区人民法院"}])
def test_the_body_comes_from_the_register_or_is_named(
    site: Site, clerk: Browser, organ: dict[str, str]
) -> None:
    url, answer = refused(site, clerk, **organ)
    assert answer.status_code == 303, errors_in(answer.text)
    page = clerk.get(url.replace("/transition/", "/show/").removesuffix("/reject")).text
    for text in ("应当先经劳动仲裁", "应当通过诉讼、仲裁、行政复议等法定途径解决", "2026-05-06"):
        assert text in page


@pytest.mark.parametrize(
    ("notice", "missing"),
    [
        ({}, "应向哪个机关提出"),
        (DEPARTMENT | {"/ground": ""}, "不予受理情形"),
        (DEPARTMENT | {"/law": ""}, "法律依据"),
        (DEPARTMENT | {"/remedy": ""}, "救济途径和期限"),
        ({"/organ_unit": "530112001"}, "是地点，不是部门"),
    ],
)
def test_nothing_of_it_may_be_left_out(
    site: Site, clerk: Browser, notice: dict[str, str], missing: str
) -> None:
    _, answer = refused(site, clerk, **notice)
    assert answer.status_code == 422
    assert missing in errors_in(answer.text)
