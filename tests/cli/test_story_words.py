"""What refused a step of a story is told in the language of the command line."""

from __future__ import annotations

import pytest

from portal.cli.story import _show
from portal.core.errors import Conflict
from portal.services.stories import StoryReport


@pytest.mark.parametrize(("lang", "said"), [("zh", "该事项已经办结"), ("en", "The matter is closed")])
def test_a_refusal_is_told_in_words_and_with_its_code(
    lang: str, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PORTAL_LANG", lang)
    report = StoryReport("county/xs", "s", "一件事", "seed/county/xs/stories/s.json")
    error = Conflict("record.closed", "The matter is closed")
    report.fail("/steps/3", "done", f"refused: {error}", error)
    report.fail("/steps/4/expect/stage", "closed", "intake")
    _show(report, verbose=False)
    lines = capsys.readouterr().out
    assert f"[record.closed] {said}" in lines
    assert "refused:" not in lines
    assert "intake" in lines
