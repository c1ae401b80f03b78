"""A refusal says that another person was faster only where that was so."""

from __future__ import annotations

import pytest

from portal.core.errors import Conflict, msg
from portal.web.errors import refused
from tests.web.conftest import Site


@pytest.mark.parametrize("code", ["record.stale", "draft.conflict", "units.meanwhile", "layer.edited"])
def test_who_was_slower_is_told_to_load_the_page_again(site: Site, code: str) -> None:
    with site.app.test_request_context("/"):
        page = refused(Conflict(code, msg("There is no such unit"))).get_data(as_text=True)
    assert "其他人刚刚修改了这条内容" in page


@pytest.mark.parametrize("code", ["pilot.behind", "record.closed", "release.state", "draft.unready"])
def test_what_is_in_the_way_is_not_called_a_change_of_others(site: Site, code: str) -> None:
    with site.app.test_request_context("/"):
        response = refused(Conflict(code, msg("There is no such unit")))
        page = response.get_data(as_text=True)
    assert response.status_code == 409
    assert "现在还不能这样做" in page
    assert "其他人" not in page
