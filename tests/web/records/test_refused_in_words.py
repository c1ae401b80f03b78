"""A refusal for want of a role names actions and types as people know them, and for programs as they are."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from portal.core.errors import Forbidden, msg
from portal.web import errors
from tests.web.records.seeded_site import Site

BUNDLE: Any = SimpleNamespace(
    raw={"forms": {"case": {"title": "矛盾纠纷案件"}}}, texts=lambda lang: lambda text: text
)


@pytest.mark.parametrize(
    ("path", "entity", "said"),
    [
        ("/", "case", "您的角色不允许在此对“矛盾纠纷案件”进行“新增”操作"),
        ("/", "import", "您的角色不允许在此对“数据导入”进行“新增”操作"),
        ("/", "nothing", "您的角色不允许在此对“nothing”进行“新增”操作"),
        ("/api/v1/records/case/", "case", "您的角色不允许在此对“case”进行“add”操作"),
    ],
)
def test_a_page_says_in_words_what_no_role_allows(
    site: Site, monkeypatch: pytest.MonkeyPatch, path: str, entity: str, said: str
) -> None:
    monkeypatch.setattr(errors.access, "bundle", lambda: BUNDLE)
    text = msg("Your roles do not allow “%(action)s” on “%(entity)s” here")
    refused = Forbidden("access.denied", text, {"action": "add", "entity": entity})
    with site.app.test_request_context(path, headers={"Accept-Language": "zh"}):
        assert errors._text_of(refused) == said
