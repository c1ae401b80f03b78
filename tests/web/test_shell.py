"""The shell: languages, words for dates, errors, static files."""

from __future__ import annotations

import datetime as dt
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import abort

from portal.core.errors import Conflict, InvalidInput, NotFound, Problem
from portal.core.kinds import yuan
from portal.i18n import LANGUAGES, check_catalogues, read_catalogues
from portal.web.errors import ADVICE, TITLES, status_of
from portal.web.shell import due, format_day, format_moment
from portal.web.static_files import StaticFiles
from tests.fixtures.database import TODAY
from tests.web.conftest import Site

HAN = re.compile(r"[\u4e00-\u9fff]")
OWN = re.compile(r"^portal/(app|web/(?!forms/|records/|templates/(forms|records)/))")


@pytest.mark.parametrize(("lang", "tag", "word"), [("zh_Hans", "zh-Hans", "登录"), ("en", "en", "Sign in")])
def test_the_language_holds_for_the_page(site: Site, lang: str, tag: str, word: str) -> None:
    page = site.browser(lang).get("/login/").text
    assert f'<html lang="{tag}">' in page
    assert f"<h1>{word}</h1>" in page


def test_chinese_is_the_default(site: Site) -> None:
    assert '<html lang="zh-Hans">' in site.app.test_client().get("/login/").text


def test_an_unknown_language_changes_nothing(site: Site) -> None:
    assert '<html lang="zh-Hans">' in site.browser("xx").get("/login/").text


def test_all_texts_of_the_web_are_translated() -> None:
    missing = [p.render() for p in check_catalogues() if OWN.match(p.file)]
    assert not missing


def test_one_text_has_one_translation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, word in (("a", "位置"), ("b", "地点"), ("c", "位置")):
        (tmp_path / "zh_Hans").mkdir(exist_ok=True)
        (tmp_path / "zh_Hans" / f"{name}.po").write_text(f'msgid "Place"\nmsgstr "{word}"\n', "utf-8")
    monkeypatch.setattr("portal.i18n.catalogue_dir", lambda: tmp_path)
    assert [p.file for p in check_catalogues() if p.code == "i18n.twice"] == ["b.po"]


def test_flask_appbuilder_speaks_chinese_too() -> None:
    import flask_appbuilder
    from babel.messages.extract import extract_from_dir
    from babel.support import Translations

    fab = Path(flask_appbuilder.__file__).parent
    known = {m.id for _, catalog in read_catalogues("zh_Hans") for m in catalog if m.string}
    theirs = Translations.load(fab / "translations", ["zh_Hans"])
    keywords: dict[str, tuple[int, ...] | None] = {"_": None, "lazy_gettext": None, "gettext": None}
    texts = {m for *_, m, _c, _x in extract_from_dir(fab, [("**.py", "python")], keywords=keywords)}
    english = {t for t in texts if isinstance(t, str) and theirs.ugettext(t) == t} - known
    assert not english


def test_english_pages_hold_no_chinese_of_ours(site: Site) -> None:
    client = site.signed_in("root", "en")
    for path in ("/", "/users/list/", "/users/add", "/roles/list/", "/units/", "/releases/"):
        page = client.get(path).text
        assert HAN.search(page), "the language's own name is always there"
        for name in ("昆明市", "西山区", "晋宁区", "员", *LANGUAGES.values()):
            page = page.replace(name, "")
        assert not HAN.findall(page), path


DUE = (
    (0, "今天到期", "warning"),
    (1, "明天到期", "warning"),
    (5, "5 天后到期", "info"),
    (-1, "逾期 1 天", "danger"),
    (-2, "逾期 2 天", "danger"),
    (30, "6月5日", "neutral"),
)


def test_due_dates_in_words(site: Site) -> None:
    with site.app.test_request_context("/"):
        for days, text, tone in DUE:
            found = due(TODAY + dt.timedelta(days=days))
            assert found
            assert (found.text, found.tone) == (text, tone)
        done = due(TODAY - dt.timedelta(days=3), closed=True)
        assert done
        assert done.tone == "neutral"


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Move the server to another time zone."""

    def move(zone: str) -> None:
        monkeypatch.setenv("TZ", zone)
        time.tzset()

    yield move
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Shanghai", "Pacific/Kiritimati"])
def test_moments_are_those_of_shanghai_wherever_the_server_stands(
    site: Site, elsewhere: Callable[[str], None], zone: str
) -> None:
    elsewhere(zone)
    late = dt.datetime(2026, 5, 5, 17, 30, tzinfo=dt.UTC)  # half past one on the sixth in Kunming
    with site.app.test_request_context("/"):
        assert format_moment(late) == "2026-05-06 01:30"
        assert format_moment(dt.datetime.fromtimestamp(late.timestamp())) == "2026-05-06 01:30"
        found = due(late)
    assert found
    assert (found.text, found.day) == ("今天到期", TODAY)


def test_dates_and_money(site: Site) -> None:
    with site.app.test_request_context("/"):
        assert format_day(dt.date(2026, 5, 6)) == "2026-05-06"
    assert yuan(1234.56) == "¥1,234.56"
    assert yuan(1234) == "¥1,234"


def test_a_missing_page_says_so_in_both_shapes(site: Site) -> None:
    client = site.signed_in("root")
    page = client.get("/nothing")
    assert page.status_code == 404
    assert "这里没有内容" in page.text
    assert page.headers["X-Request-ID"] in page.text
    body = client.get("/api/v1/nothing").json["error"]
    assert body["code"] == "http.404"
    assert body["request_id"]
    assert body["details"] == []


def test_refusals_become_http_in_one_place(site: Site) -> None:
    problem = Problem("x.y", "Open cases", pointer="/a/b")
    errors = {404: NotFound("a.b", "Open cases"), 409: Conflict("a.b", "Open cases")}
    errors[400] = InvalidInput("a.b", "Open cases", problems=[problem])  # type: ignore[assignment]
    for status, error in errors.items():
        assert status_of(error) == status

        def fail(error: Exception = error) -> None:
            raise error

        site.app.add_url_rule(f"/api/fail/{status}", f"fail{status}", fail)
    site.app.add_url_rule("/api/fail/403", "fail403", lambda: abort(403))
    client = site.browser()
    for status in errors:
        answer = client.get(f"/api/fail/{status}")
        assert answer.status_code == status
        assert answer.json["error"]["message"] == "在办案件"
    refused = client.get("/api/fail/403")
    assert (refused.status_code, refused.json["error"]["code"]) == (403, "http.403")
    details = client.get("/api/fail/400").json["error"]["details"]
    assert details == [{"pointer": "/a/b", "code": "x.y", "message": "在办案件"}]


def test_a_failure_shows_a_number_and_no_trace(site: Site) -> None:
    def fail() -> None:
        raise RuntimeError("secret detail")

    site.app.add_url_rule("/fail", "fail", fail)
    answer = site.browser().get("/fail")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert answer.headers["X-Request-ID"] in answer.text


def test_every_error_has_a_title_and_an_advice() -> None:
    assert set(TITLES) == set(ADVICE)


def test_static_files_are_named_by_content_and_compressed(site: Site) -> None:
    client = site.browser()
    url = site.app.jinja_env.globals["asset"]("portal.css")
    answer = client.get(url, headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "immutable" in answer.headers["Cache-Control"]
    plain = client.get("/static/portal.css")
    assert plain.headers["Cache-Control"] == "no-cache"
    assert plain.headers["ETag"] != answer.headers["ETag"]
    again = client.get("/static/portal.css", headers={"If-None-Match": plain.headers["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize(
    "name", ["../app.py", "nothing.css", "%2e%2e/app.py", "../../setup.cfg", "a\x00b", ""]
)
def test_nothing_outside_the_folder_is_served(site: Site, tmp_path: Path, name: str) -> None:
    assert site.browser().get(f"/static/{name}").status_code in (404, 308)
    (tmp_path / "in").mkdir()
    assert StaticFiles(tmp_path / "in").find(name) is None


def test_an_icon_that_the_sprite_lacks_becomes_a_sheet(site: Site) -> None:
    known = site.app.jinja_env.filters["known_icon"]
    assert known("no-such-icon") == "file-text"
