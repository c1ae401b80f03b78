"""A figure of a draft on real counts: for those who may see the board there, before anything of it is in force."""

from __future__ import annotations

import pytest

from portal.core.access import Access
from portal.core.drafts import Change
from portal.services import drafts, records
from tests.services.handing import DATA
from tests.services.indicators.test_too_many_to_count import nobody_waits
from tests.web.records.conftest import site
from tests.web.records.seeded_site import Browser, Site
from tests.web.test_studio import account, by

__all__ = ["site"]
XISHAN = "530112"


@pytest.fixture
def draft(site: Site) -> str:
    """A draft in which registered matters are those that came in person; one came so, one did not."""
    keeper = account(site, "figure.keeper", "config_admin")
    assert keeper is not None
    for channel in ("walk_in", "grid"):
        with site.portal.writing(Access.system("test")) as uow:
            records.register(uow, "case", XISHAN, DATA | {"place": XISHAN, "channel": channel})
            uow.commit()
    with site.portal.writing(by(site, "figure.keeper")) as uow:
        uid = drafts.open_draft(uow, XISHAN, "试算").uid
        uow.commit()
    with site.portal.writing(by(site, "figure.keeper")) as uow:
        walked_in = {"field": "/data/channel", "op": "eq", "value": "walk_in"}
        drafts.change(uow, uid, [Change("add", "/indicators/registered/denominator", None, walked_in)])
        uow.commit()
    return uid


def test_a_figure_of_a_draft_is_counted_as_the_draft_says(
    site: Site, draft: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"/studio/{draft}/figure/registered"
    director: Browser = site.login("director")
    assert f'href="{path}"' in director.get(f"/studio/{draft}/indicators/registered").text
    page = director.get(path)
    assert page.status_code == 200
    assert '<span class="figure-value">1</span>' in page.text
    assert director.get(f"/studio/{draft}/figure/nothing").status_code == 404
    # Who keeps the configuration and may not see the board sees no count.
    shown = account(site, "figure.reader", "config_admin").get(path).text
    assert "figure-value" not in shown
    assert "真实数据只给" in shown
    # Of too many matters nothing is counted, and the page says so.
    monkeypatch.setattr("portal.services.indicators.wanting.within", nobody_waits)
    shown = director.get(path)
    assert shown.status_code == 200
    assert "figure-value" not in shown.text
    assert "件数太多" in shown.text
