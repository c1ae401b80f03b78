"""A department without a seat: the page says where its matters would go, and the department itself can be chosen."""

from __future__ import annotations

import html
import re

import pytest

from tests.web.records.seeded_site import Browser, Site, errors_in, form_in, uid_of

UP = re.compile(
    r'value="department:(\w+)" required>\s*<span><span class="seat-title">([^<]*)</span>'
    r'<span class="seat-note">([^<]*事项将转至上一级“([^”]*)”[^<]*)</span>'
)


@pytest.fixture
def case(site: Site, clerk: Browser) -> str:
    """A case that waits to be sent somewhere."""
    return site.register(clerk)


def asked(site: Site, case: str) -> tuple[Browser, str, str]:
    director, url = site.login("director"), case.replace("/show/", "/dispose/")
    return director, url, html.unescape(director.get(f"{url}?proposal=0").text)


def test_before_sending_it_is_said_where_it_goes_and_the_department_itself_is_offered(
    site: Site, case: str
) -> None:
    _, _, page = asked(site, case)
    away = {key: (title, unit) for key, title, _, unit in UP.findall(page)}
    assert away, "some department of the base pack has no seat at this centre"
    for key, (title, _) in away.items():
        own = re.search(rf'value="own:{key}".*?seat-title">([^<]*)<.*?seat-note">([^<]*)<', page, re.DOTALL)
        assert own, key
        assert own[1] == title
        assert "直接转至该部门" in own[2]
    here = set(re.findall(r'value="department:(\w+)"', page)) - away.keys()
    assert here, "others have a seat"
    assert not any(f'value="own:{key}"' in page for key in here)


@pytest.mark.parametrize("own", [False, True])
def test_it_goes_where_the_page_said_and_that_is_said_again(site: Site, case: str, own: bool) -> None:
    director, url, page = asked(site, case)
    key, _, _, above = UP.findall(page)[0]
    choice = f"own:{key}" if own else f"department:{key}"
    answer = director.send(url, form_in(page, url), choice=choice, reason="由该部门办理")
    if answer.status_code == 422 and 'name="_step"' in answer.text:
        answer = director.post(url, form_in(answer.text, url))
    assert answer.status_code == 303, errors_in(answer.text)
    after = html.unescape(director.get(case).text)
    said = re.search(r"事项已交办至([^。]*)。", after)
    assert said
    api = site.app.test_client().get(
        f"/api/v1/records/case/{uid_of(case)}/referrals", headers=site.token("director")
    )
    lead = next(one for one in api.json["result"] if one["lead"])
    unit = lead["to"]
    if own:
        assert unit == f"530112:{key}"
    else:
        assert not unit.startswith("530112")
        assert above == said[1]


def test_where_nobody_receives_it_is_said_before_and_after(site: Site, case: str) -> None:
    director, url, page = asked(site, case)
    key = UP.findall(page)[0][0]
    note = re.search(rf'value="own:{key}".*?seat-note">([^<]*)<', page, re.DOTALL)
    assert note
    assert "账号" in note[1]
    answer = director.send(url, form_in(page, url), choice=f"own:{key}", reason="由该部门办理")
    assert answer.status_code == 303, errors_in(answer.text)
    said = re.search(r'class="alert alert-warning[^>]*>(.*?)</div>', director.get(case).text, re.DOTALL)
    assert said


def test_programs_send_to_the_department_itself_too(site: Site, case: str) -> None:
    _, _, page = asked(site, case)
    key = UP.findall(page)[0][0]
    client, token, uid = site.app.test_client(), site.token("director"), uid_of(case)
    decisions = client.get(f"/api/v1/records/case/{uid}/decisions", headers=token)
    url = f"/api/v1/records/case/{uid}/decisions/{decisions.json['result'][0]['id']}/dispositions"
    headers = {**token, "If-Match": decisions.headers["ETag"]}
    for to, status in (({"own": "no_such"}, 422), ({"own": key}, 201)):
        answer = client.post(url, json={"override": {"to": to}, "reason": "由该部门办理"}, headers=headers)
        assert answer.status_code == status, answer.text
    assert f"530112:{key}" in answer.text
