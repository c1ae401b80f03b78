"""What steps left to be done leads to where it is done, for those who may do it."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest

from portal.core.acts import EFFECT
from portal.web.records.panels import to_do
from portal.web.words.papers import OfferedWords

OFFERED = [OfferedWords("W10", "意见书", "/records/case/paper_add/x/W10", made=False, required=True)]


def left(document: str) -> Any:
    data = {"said": {"document": document}, "open": True}
    return SimpleNamespace(
        kind=EFFECT, name="issue_document", data=data, at=dt.datetime.now(dt.UTC), by_name="某"
    )


@pytest.mark.parametrize(("may", "url"), [(True, OFFERED[0].url), (False, "")])
def test_a_document_that_a_step_left_to_be_issued_leads_to_its_page(
    monkeypatch: pytest.MonkeyPatch, may: bool, url: str
) -> None:
    monkeypatch.setattr(to_do, "left_words", lambda screen, event: "文书")
    monkeypatch.setattr(to_do, "translate", lambda text: text)
    monkeypatch.setattr(to_do, "offered_in_words", lambda case: OFFERED)
    case: Any = SimpleNamespace(
        events=[left("W04"), left("W10")], screen=None, may=lambda action: may, once=lambda make: make(case)
    )
    found = to_do.to_do(case)
    assert found is not None
    assert [one.url for one in found] == [url, ""], "the oldest first; what is not offered leads nowhere"
