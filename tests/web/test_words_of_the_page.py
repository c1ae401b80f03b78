"""What a template says goes by the language of the page, also where it says it of a constant."""

from __future__ import annotations

import pytest
from flask import Flask, g

from portal.web import language


@pytest.fixture
def app() -> Flask:
    app = Flask(__name__)
    app.jinja_env.filters.update(
        as_written=language.spoken(language.as_written), acted_by=language.spoken(language.acted_by)
    )
    return app


@pytest.mark.parametrize("words", ["as_written", "acted_by"])
def test_a_constant_is_marked_in_the_language_of_the_page(app: Flask, words: str) -> None:
    with app.app_context():
        g.lang = "zh_Hans"
        template = app.jinja_env.from_string("{{ '窗口'|" + words + " }}")
        assert template.render() == "窗口"
    with app.app_context():
        g.lang = "en"
        assert template.render() == '<span lang="zh-Hans">窗口</span>'
