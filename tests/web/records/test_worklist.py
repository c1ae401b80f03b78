"""The worklist of those who look after several centres."""

from __future__ import annotations

import re

from tests.web.records.seeded_site import Site


def test_a_stage_of_another_centre_has_its_own_name_and_is_counted(site: Site) -> None:
    site.register(site.login("wuhua"), **{"/place": "530102001", "/wished_centre": "unsure"})
    visitor = site.login("supervisor")
    listed = visitor.get("/records/case/list/").text
    assert "前端受理" in listed
    assert not re.search(r">\s*front\s*<", listed)
    home = visitor.get("/").text
    rest = re.search(r"其他中心的阶段.*?(\d+)\s*<", home, re.S)
    assert rest
    assert int(rest[1]) >= 1
