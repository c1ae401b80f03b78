"""The worklist of those who look after several centres."""

from __future__ import annotations

import re

from tests.web.records.seeded_site import Site


def test_a_stage_of_another_centre_has_its_own_name_and_is_counted(site: Site) -> None:
    site.register(site.login("wuhua"), **{"/place": "530102001", "/wished_centre": "unsure"})
    home = site.login("supervisor").get("/").text
    assert "前端受理" in home
    assert not re.search(r">\s*front\s*<", home)
    rest = re.search(r"其他中心的阶段.*?(\d+)\s*<", home, re.S)
    assert rest
    assert int(rest[1]) >= 1
