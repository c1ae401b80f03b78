"""What a pack's settings say of names and lists is what pages do."""

from __future__ import annotations

import re

import pytest

from portal.services.records import Query
from tests.extending.conftest import PACK, publish
from tests.web.records.seeded_site import CASE, Browser, Site

SETTINGS = {
    "title": "呈贡区一站式平台",
    "short_title": "呈贡之门",
    "list": {"page_size": 5, "count_limit": 100},
}
ENGLISH = {"呈贡区一站式平台": "Chenggong one-stop portal", "呈贡之门": "Door of Chenggong"}


@pytest.fixture(scope="module")
def clerk(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Browser:
    folder = tmp_path_factory.mktemp("packs")
    return publish(site, folder, {f"seed/{PACK}/settings.json": SETTINGS}, ENGLISH)


def test_names_stand_in_the_sidebar_in_windows_and_at_the_head_of_prints(site: Site, clerk: Browser) -> None:
    case = site.register(clerk, **CASE | {"/place": "530114001"})
    page = clerk.get(case).text
    assert '<span class="brand-name">呈贡之门</span>' in page
    assert re.search(r"<title>[^<]* · 呈贡之门</title>", page)
    assert re.search(r'class="print-head">.*呈贡区一站式平台', page)
    english = clerk.get(case.split("#")[0] + "?_l_=en").text
    assert '<span class="brand-name">Door of Chenggong</span>' in english
    # Another county's people, and those who have not signed in, read their own.
    assert '<span class="brand-name">一扇门</span>' in site.login("clerk").get("/").text
    assert "呈贡之门" not in site.stranger().get("/login/").text


def rows(page: str) -> int:
    return len(re.findall(r'<td data-label="[^"]*" class="cell-code', page))


def test_a_page_of_a_list_is_as_long_as_the_release_says(
    site: Site, clerk: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(6):
        site.register(clerk, **CASE | {"/place": "530114001", "/applicant_name": f"第{number}人"})
    listing = "/records/case/list/?all=1"
    assert rows(clerk.get(listing).text) == 5
    assert rows(clerk.get(listing + "&size=6").text) == 6
    seen: list[dict[str, object]] = []
    monkeypatch.setattr(
        "portal.web.words.list_query.Query", lambda *a, **more: seen.append(more) or Query(*a, **more)
    )
    clerk.get(listing)
    assert [(one["size"], one["count_limit"]) for one in seen] == [(5, 100)]
