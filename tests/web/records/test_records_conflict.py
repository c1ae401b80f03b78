"""Two people change one record: the second is told, and loses nothing."""

from __future__ import annotations

import threading

from portal.core.access import Access
from portal.persistence.models import Record
from tests.web.records.seeded_site import Browser, Site, form_in, uid_of


def edit_url(page: str) -> str:
    return page.replace("/show/", "/edit/")


def data_of(site: Site, page: str) -> dict[str, object]:
    with site.portal.reading(Access.system("test")) as session:
        record = session.query(Record).filter_by(uid=uid_of(page)).one()
        return dict(record.data)


def test_the_second_sees_both_versions_and_decides(site: Site, clerk: Browser) -> None:
    page = site.register(clerk)
    url, other = edit_url(page), site.login("clerk2")
    mine, theirs = clerk.form(url), other.form(url)
    assert other.send(url, theirs, **{"/claim": "他们的诉求", "/remark": "他们的备注"}).status_code == 303
    answer = clerk.send(url, mine, **{"/claim": "我的诉求", "/people_count": "7"})
    assert answer.status_code == 409
    for text in ("他们的诉求", "我的诉求", "他们的备注", "退还定金"):
        assert text in answer.text
    pairs = form_in(answer.text, url)
    chosen = dict(pairs)
    assert chosen["choose:/remark"] == "theirs"
    assert chosen["choose:/people_count"] == "mine"
    assert "choose:/claim" not in chosen
    saved = clerk.send(url, pairs, **{"choose:/claim": "mine"})
    assert saved.status_code == 303
    data = data_of(site, page)
    assert (data["/claim"[1:]], data["remark"], data["people_count"]) == (
        "我的诉求",
        "他们的备注",
        7,
    )


def test_theirs_can_be_kept(site: Site, clerk: Browser) -> None:
    page = site.register(clerk)
    url, other = edit_url(page), site.login("clerk2")
    mine = clerk.form(url)
    other.send(url, other.form(url), **{"/claim": "他们的诉求"})
    pairs = form_in(clerk.send(url, mine, **{"/claim": "我的诉求"}).text, url)
    assert clerk.send(url, pairs, **{"choose:/claim": "theirs"}).status_code == 303
    assert data_of(site, page)["claim"] == "他们的诉求"


def test_a_third_version_is_shown_again(site: Site, clerk: Browser) -> None:
    page = site.register(clerk)
    url, other = edit_url(page), site.login("clerk2")
    mine = clerk.form(url)
    other.send(url, other.form(url), **{"/claim": "第二版"})
    pairs = form_in(clerk.send(url, mine, **{"/claim": "我的"}).text, url)
    other.send(url, other.form(url), **{"/claim": "第三版"})
    answer = clerk.send(url, pairs, **{"choose:/claim": "mine"})
    assert answer.status_code == 409
    assert "第三版" in answer.text


def test_editing_can_go_on_with_the_choices(site: Site, clerk: Browser) -> None:
    page = site.register(clerk)
    url, other = edit_url(page), site.login("clerk2")
    mine = clerk.form(url)
    other.send(url, other.form(url), **{"/claim": "他们的", "/remark": "备注"})
    pairs = form_in(clerk.send(url, mine, **{"/claim": "我的"}).text, url)
    form = clerk.send(url, pairs, **{"choose:/claim": "mine", "then": "edit"})
    assert form.status_code == 200
    again = form_in(form.text, url)
    assert dict(again)["/claim"] == "我的"
    assert dict(again)["/remark"] == "备注"
    assert clerk.send(url, again, **{"/claim": "最后"}).status_code == 303
    assert data_of(site, page)["claim"] == "最后"


def test_of_twelve_writers_one_wins(site: Site, clerk: Browser) -> None:
    page = site.register(clerk)
    url = edit_url(page)
    people = [site.login("clerk") for _ in range(12)]
    forms = [person.form(url) for person in people]
    answers: list[tuple[int, str]] = []

    def save(n: int) -> None:
        answer = people[n].send(url, forms[n], **{"/claim": f"诉求{n}"})
        answers.append((answer.status_code, answer.text))

    threads = [threading.Thread(target=save, args=(n,)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    codes = sorted(code for code, _ in answers)
    assert codes == [303] + [409] * 11
    winner = str(data_of(site, page)["claim"])
    assert all(winner in text for code, text in answers if code == 409)


def test_a_form_without_version_is_a_conflict_not_a_loss(site: Site, clerk: Browser) -> None:
    page = site.register(clerk)
    url = edit_url(page)
    answer = clerk.send(url, clerk.form(url), **{"/claim": "无版本", "version": None})
    assert answer.status_code == 409
    assert data_of(site, page)["claim"] == "退还定金"


def test_a_foreign_record_cannot_be_changed(site: Site, clerk: Browser) -> None:
    page = site.register(clerk)
    url, jinning = edit_url(page), site.login("jinning")
    pairs = clerk.form(url)
    for action in ("show", "edit", "delete", "dispose", "why", "transition"):
        address = page.replace("/show/", f"/{action}/") + ("/accept" if action == "transition" else "")
        missing = address.replace(uid_of(page), "0" * 32)
        assert jinning.get(address).status_code == jinning.get(missing).status_code, action
        assert jinning.get(address).status_code in (403, 404), action
    refused = jinning.send(url, pairs, **{"/claim": "外区", "csrf_token": jinning.token()})
    assert refused.status_code == 404
    assert data_of(site, page)["claim"] == "退还定金"
