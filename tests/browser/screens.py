"""Every page of the portal and every state worth seeing, each with the rule of the URL map it shows.

A page that answers GET and is neither here nor in ``NOT_PAGES`` makes ``test_every_page.py`` fail.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from portal.core.one_time_codes import code_at, step_of
from tests.browser.world import ERRORS, World, conflicting
from tests.web.records.seeded_site import PASSWORD

Act = Callable[[World, Any], None]


@dataclass(frozen=True)
class Screen:
    """One state of one page: who sees it, where, and what is done to bring it about."""

    rule: str
    path: str
    who: str = "director"
    act: Act | None = None
    name: str = ""

    @property
    def label(self) -> str:
        return f"{self.who or 'stranger'} {self.path} {self.name}".strip()


def unfold(_world: World, page: Any) -> None:
    """Open everything in the page that can be folded out, menus aside."""
    # Each as it was found: what a locator means changes with every one that is opened.
    for summary in page.query_selector_all("main details:not([open], .menu) > summary"):
        if summary.is_visible():
            summary.click()
    page.wait_for_load_state("networkidle")


def _save(_world: World, page: Any) -> None:
    page.locator("[data-hotkey=s]").first.click()
    page.locator(".error-summary").wait_for()


def _press(selector: str, then: str = "") -> Act:
    def act(_world: World, page: Any) -> None:
        page.locator(selector).first.click()
        if then:
            page.locator(then).first.wait_for()

    return act


def _sign_in(name: str, password: str = PASSWORD) -> Act:
    def act(world: World, page: Any) -> None:
        if name == "locked":
            _lock_out(world)
        page.fill("#username", name.format(lang=page.evaluate("document.documentElement.lang")[:2]))
        page.fill("#password", password)
        page.locator("form[name=login] .btn-primary").click()
        page.wait_for_load_state()

    return act


def _begin_second_factor(_world: World, page: Any) -> None:
    if page.locator("#current_password").count():  # a set-up that was begun goes on
        page.fill("#current_password", PASSWORD)
        page.locator("button[value=start]").click()
    page.locator(".set-up-key").wait_for()


def _set_up_second_factor(world: World, page: Any) -> None:
    _sign_in("careful.{lang}")(world, page)
    page.goto(world.url("/users/second-factor/"))
    _begin_second_factor(world, page)
    secret = base64.b32decode(page.inner_text(".set-up-key").replace(" ", ""))
    page.fill("#code", code_at(secret, step_of(world.site.portal.clock.now())))
    page.locator(".form-actions .btn-primary").click()
    page.locator("code").first.wait_for()


def _lock_out(world: World) -> None:
    """Try a name that nobody has until it is locked."""
    from tests.web.conftest import token_in

    client = world.site.app.test_client()
    for _ in range(12):
        form = {"csrf_token": token_in(client.get("/login/").text), "username": "locked", "password": "no"}
        if client.post("/login/", data=form).status_code == 429:
            return
    raise AssertionError("the name was never locked")


_TAKE_BACK = _press(".cell-actions button", "#confirm[open]")

SCREENS = (
    Screen("/", "/"),
    Screen("/", "/", "root"),
    Screen("/", "/", "handler"),
    Screen("/", "/", "nobody", name="without a role"),
    Screen("/", "/", "root", _press(".topbar-right .menu:last-child > summary"), "menu"),
    Screen("/records/<etype>/list/", "/records/case/list/?all=1", act=unfold, name="filters"),
    Screen("/records/<etype>/list/", "/records/case/list/?all=1&stage=intake&text=zzz", name="nothing found"),
    Screen("/records/<etype>/list/", "/records/case/list/?page=0", name="a wrong page"),
    Screen("/records/<etype>/list/", "/records/mediator/list/?all=1", act=unfold),
    Screen("/records/<etype>/list/", "/records/visit/list/?all=1", "supervisor"),
    Screen("/records/<etype>/list/", "/records/department/list/?text=zzz", "clerk", name="empty"),
    Screen(
        "/records/<etype>/list/", "/records/case/list/?/grid_number=3", "jinning", name="still being filled"
    ),
    Screen("/records/<etype>/opinions", "/records/case/opinions"),
    Screen("/records/<etype>/receipt/<uid>", "/records/case/receipt/{case}", "clerk"),
    Screen("/progress/", "/progress/", ""),
    Screen("/progress/", "/progress/?at=530112&c=7KQM4XD29TRAK", "", name="from a slip"),
    Screen("/hall/", "/hall/", ""),
    Screen("/hall/<code>", "/hall/530112?q=工资", ""),
    Screen("/records/<etype>/add", "/records/case/add", "clerk"),
    Screen("/records/<etype>/add", "/records/case/add", "clerk", _save, "errors"),
    Screen("/records/<etype>/add", "/records/case/add", "root", name="several units"),
    Screen("/records/<etype>/add", "/records/visit/add", "clerk", _save, "errors"),
    Screen("/records/<etype>/add", "/records/party/add?parent={case}", "clerk"),
    Screen("/records/<etype>/show/<uid>", "/records/case/show/{case}", act=unfold, name="proposals"),
    Screen("/records/<etype>/show/<uid>", "/records/case/show/{case}", "clerk"),
    Screen("/records/<etype>/show/<uid>", "/records/case/show/{referred}", "handler", unfold, "referral"),
    Screen("/records/<etype>/show/<uid>", "/records/case/show/{closed}", "supervisor", name="closed"),
    Screen("/records/<etype>/show/<uid>", "/records/case/show/{older}", "jinning", unfold, "older release"),
    Screen("/records/<etype>/why/<uid>", "/records/case/why/{case}"),
    Screen("/records/<etype>/edit/<uid>", "/records/case/edit/{case}", "clerk"),
    Screen("/records/<etype>/edit/<uid>", "/records/case/edit/{case}", "clerk", conflicting, "conflict"),
    Screen("/records/<etype>/event/<uid>", "/records/case/event/{case}", "clerk"),
    Screen("/records/<etype>/tasks/<uid>", "/records/case/tasks/{case}", "clerk"),
    Screen("/records/<etype>/task/<uid>/<number:n>", "/records/case/task/{referred}/2", "clerk", unfold),
    Screen("/records/<etype>/paper_add/<uid>/<document>", "/records/case/paper_add/{case}/W03", "clerk"),
    Screen("/records/<etype>/paper/<uid>/<number:n>", "/records/case/paper/{case}/1", "clerk", unfold),
    Screen("/records/<etype>/efile/<uid>", "/records/case/efile/{closed}", "root", unfold),
    Screen("/records/<etype>/efile/<uid>/print", "/records/case/efile/{case}/print", "root"),
    Screen("/records/<etype>/efile/<uid>/fill/<document>", "/records/case/efile/{case}/fill/W24", "clerk"),
    Screen(
        "/records/<etype>/efile/<uid>/fill/<document>",
        "/records/case/efile/{case}/fill/the-rest",
        "clerk",
        name="rest",
    ),
    Screen("/records/<etype>/dispose/<uid>", "/records/case/dispose/{case}?proposal=0", act=unfold),
    Screen("/records/<etype>/whistle/<uid>", "/records/case/whistle/{case}", act=unfold),
    Screen(
        "/records/<etype>/transition/<uid>/<transition>", "/records/case/transition/{case}/{step}", "clerk"
    ),
    Screen(
        "/records/<etype>/transition/<uid>/<transition>",
        "/records/case/transition/{case}/reject",
        "clerk",
        _save,
        "errors",
    ),
    # A case that follows the newest release: the page says that there is nothing to move to.
    Screen("/records/<etype>/release/<uid>", "/records/case/release/{case}", "clerk"),
    # One under an older release: what moving it would change, with a stage to choose and with a period that changes.
    Screen("/records/<etype>/release/<uid>", "/records/case/release/{older}", "jinning", name="stage"),
    Screen("/records/<etype>/release/<uid>", "/records/case/release/{moving}", "jinning", name="period"),
    Screen("/records/<etype>/delete/<uid>", "/records/case/delete/{case}", "root", name="refused"),
    Screen("/layout/", "/layout/?day=2026-05-16", "director", name="closed"),
    Screen("/layout/", "/layout/", act=unfold),
    Screen("/layout/", "/layout/?unit=530102", "root", unfold),
    Screen("/layout/", "/layout/?unit=530115001", "root", unfold, "township"),
    Screen("/layout/", "/layout/?unit=530112001001", "root", unfold, "village"),
    Screen("/units/", "/units/", "root"),
    Screen("/units/", "/units/", "root", _press(".tree-toggle", ".tree .tree .tree a"), "unfolded"),
    Screen("/units/", "/units/?q=街道", "root", name="found"),
    Screen("/units/", "/units/?q=zzz", "root", name="nothing found"),
    Screen("/units/without-receiver", "/units/without-receiver", "root"),
    Screen("/units/show/<code>", "/units/show/{unit}", "root"),
    Screen("/releases/", "/releases/", "root"),
    Screen("/releases/show/<code>", "/releases/show/{unit}", "root", unfold, "difference"),
    Screen("/releases/show/<code>", "/releases/show/{county}", "root", unfold, "scheduled"),
    Screen("/board/", "/board/", "supervisor"),
    Screen("/board/unit/<code>", "/board/unit/{county}?sort=median_days", "supervisor"),
    Screen("/board/unit/<code>/cases", "/board/unit/{county}/cases", "supervisor"),
    Screen("/board/unit/<code>/by", "/board/unit/{county}/by?sort=registered", "supervisor"),
    Screen(
        "/board/unit/<code>/by",
        "/board/unit/{county}/by?sort=registered&axis=table.mediation",
        "supervisor",
        name="table",
    ),
    Screen("/board/unit/<code>/ask", "/board/unit/{county}/ask?as=csv", "supervisor"),
    Screen("/board/exports/", "/board/exports/", "director"),
    Screen("/board/meetings/", "/board/meetings/", "supervisor"),
    Screen("/board/meetings/<paper>", "/board/meetings/{meeting}", "director"),
    Screen("/board/", "/board/", "director", name="own"),
    Screen("/board/indicators/", "/board/indicators/", "supervisor"),
    Screen("/board/indicators/<name>", "/board/indicators/mediation_success_rate", "supervisor"),
    Screen("/board/indicators/<name>", "/board/indicators/routes", "supervisor", name="parts"),
    Screen("/studio/", "/studio/?unit=530112", "root", unfold),
    Screen("/rollout/", "/rollout/?unit=530115", "root", unfold),
    Screen("/rollout/", "/rollout/?unit=530111", "root", name="nothing of its own"),
    Screen("/rollout/plans/", "/rollout/plans/", "root"),
    Screen("/rollout/drift/", "/rollout/drift/?unit=530115", "root"),
    Screen("/rollout/drift/place", "/rollout/drift/place?path=/lifecycles/case/title", "root"),
    Screen("/rollout/pilot/<unit>", "/rollout/pilot/530112", "root"),
    Screen("/rollout/<unit>/answers", "/rollout/530115/answers", "root"),
    Screen("/studio/<key>/answers", "/studio/{draft}/answers", "root", unfold),
    Screen("/rollout/files/", "/rollout/files/", "root"),
    Screen("/rollout/waves/", "/rollout/waves/", "root"),
    Screen("/rollout/waves/new/<unit>", "/rollout/waves/new/530100", "root"),
    Screen("/rollout/waves/<key>/", "/rollout/waves/{campaign}/?unit=530111", "root", unfold),
    Screen("/studio/<key>/", "/studio/{draft}/", "root"),
    Screen("/studio/<key>/<area>", "/studio/{draft}/departments", "root", unfold),
    Screen("/studio/<key>/layout", "/studio/{draft}/layout?at=rooms/mediation", "root", unfold),
    Screen("/studio/<key>/layout", "/studio/{draft}/layout?view=table", "root", name="table"),
    Screen("/studio/<key>/layout", "/studio/{draft}/layout?view=week", "root", name="week"),
    Screen("/studio/<key>/layout", "/studio/{draft}/layout?view=lists", "root", name="lists"),
    Screen("/studio/<key>/layout", "/studio/{draft}/layout?view=centre", "root", unfold, "centre"),
    Screen("/studio/<key>/<area>", "/studio/{draft}/rules", "root", name="rules"),
    Screen("/studio/<key>/<area>/<place>", "/studio/{draft}/roles/clerk", "root", unfold),
    Screen("/studio/<key>/<area>/<place>", "/studio/{draft}/routes/R01", "root", name="locked"),
    Screen(
        "/studio/<key>/<area>/<place>",
        "/studio/{draft}/lifecycles/case/transitions/accept",
        "root",
        unfold,
        "step",
    ),
    Screen(
        "/studio/<key>/<area>/<place>",
        "/studio/{draft}/taxonomies/dispute/terms?q=tudi",
        "root",
        name="found",
    ),
    Screen("/studio/<key>/rules/<name>", "/studio/{draft}/rules/referral", "root", unfold),
    Screen(
        "/studio/<key>/designer/form/<name>", "/studio/{draft}/designer/form/case", "root", name="section"
    ),
    Screen(
        "/studio/<key>/designer/form/<name>",
        "/studio/{draft}/designer/form/case?field=/respondents/*/name",
        "root",
        unfold,
        "field",
    ),
    Screen(
        "/studio/<key>/designer/form/<name>",
        "/studio/{draft}/designer/form/case?view=preview&width=phone&role=appraiser",
        "root",
        name="preview",
    ),
    Screen(
        "/studio/<key>/designer/stages/<name>",
        "/studio/{draft}/designer/stages/case",
        "root",
        unfold,
        "stage",
    ),
    Screen(
        "/studio/<key>/designer/stages/<name>",
        "/studio/{draft}/designer/stages/case?step=close",
        "root",
        unfold,
        "step",
    ),
    Screen(
        "/studio/<key>/rules/<name>", "/studio/{draft}/rules/referral?view=table", "root", unfold, "table"
    ),
    Screen(
        "/studio/<key>/rules/<name>",
        "/studio/{draft}/rules/referral?view=parameters",
        "root",
        name="parameters",
    ),
    Screen(
        "/studio/<key>/rules/<name>", "/studio/{draft}/rules/referral?view=examples", "root", name="examples"
    ),
    Screen("/studio/<key>/assets", "/studio/{draft}/assets", "root"),
    Screen("/studio/<key>/<area>/<place>", "/studio/{draft}/documents/W01", "root", unfold, "template"),
    Screen(
        "/studio/<key>/sentence/<place>",
        "/studio/{draft}/sentence/worklists/to_triage/where",
        "root",
    ),
    Screen("/studio/<key>/matrix", "/studio/{draft}/matrix?of=case", "root"),
    Screen("/studio/<key>/matrix", "/studio/{draft}/matrix?view=fields&of=mediator", "root", name="fields"),
    Screen("/studio/<key>/texts", "/studio/{draft}/texts", "root"),
    Screen("/studio/<key>/try", "/studio/{draft}/try", "root"),
    Screen("/studio/new-centre/", "/studio/new-centre/", "root"),
    Screen("/studio/new-centre/", "/studio/new-centre/?q=530112", "root", name="found"),
    Screen("/studio/new-centre/<unit>", "/studio/new-centre/530198", "root"),
    Screen("/studio/new-centre/<unit>/people", "/studio/new-centre/530112/people", "root"),
    Screen("/studio/new-centre/<unit>/done", "/studio/new-centre/530112/done", "root"),
    Screen("/studio/<key>/history", "/studio/{draft}/history", "root"),
    Screen("/studio/<key>/compare", "/studio/{draft}/compare", "root"),
    Screen("/studio/<key>/compare", "/studio/{draft}/compare?beside=parent", "root", name="parent"),
    Screen("/studio/<key>/figure/<name>", "/studio/{draft}/figure/registered", "root"),
    Screen("/studio/<key>/back-test", "/studio/{draft}/back-test", "root", name="not tried"),
    Screen("/studio/<key>/back-test/<big:pk>", "/studio/{submitted}/back-test/{trial}", "root", unfold),
    Screen("/studio/<key>/publish", "/studio/{draft}/publish", "root"),
    Screen("/studio/<key>/publish", "/studio/{submitted}/publish", "root", unfold, "submitted"),
    Screen("/retention/", "/retention/", "root"),
    Screen("/retention/list/<key>", "/retention/list/{destruction}", "root", name="own"),
    Screen("/retention/list/<key>", "/retention/list/{destruction}", "director", unfold),
    Screen("/subjects/", "/subjects/", "root"),
    Screen("/records/<etype>/efile/<uid>", "/records/case/efile/{archived}", "root", unfold, "archived"),
    Screen("/imports/", "/imports/", "director"),
    Screen("/imports/source/<key>", "/imports/source/{source}", "director"),
    Screen("/imports/source/<key>/export", "/imports/source/{source}/export", "director"),
    Screen("/imports/file/<key>", "/imports/file/{imported}", "director"),
    Screen("/imports/file/<key>", "/imports/file/{tried}", "director", name="faults"),
    Screen("/imports/file/<key>/mapping", "/imports/file/{tried}/mapping", "director", unfold),
    Screen("/audit/", "/audit/?thing={gone}", "root", unfold, "destroyed"),
    Screen("/audit/", "/audit/", "root", _press(".audit-entry > summary"), "entry"),
    Screen("/audit/", "/audit/?person=zzz", "root", name="nothing found"),
    Screen("/users/list/", "/users/list/", "root"),
    Screen("/users/show/<pk>", "/users/show/{user}", "root"),
    Screen(
        "/users/show/<pk>",
        "/users/show/{user}",
        "root",
        _press(".cell-actions button", "#confirm[open]"),
        "question",
    ),
    Screen("/users/add", "/users/add", "root"),
    Screen("/users/add", "/users/add", "root", _save, "errors"),
    Screen("/users/table/", "/users/table/", "root"),
    Screen("/users/edit/<pk>", "/users/edit/{user}", "root"),
    Screen("/users/userinfo/", "/users/userinfo/", "clerk"),
    Screen("/users/sessions/", "/users/sessions/", "clerk"),
    Screen("/users/sessions/of/<number:pk>", "/users/sessions/of/{user}", "root"),
    Screen("/resetmypassword/form", "/resetmypassword/form", "clerk"),
    Screen("/resetmypassword/form", "/resetmypassword/form", "clerk", _save, "errors"),
    Screen("/resetpassword/form", "/resetpassword/form?pk={user}", "root"),
    Screen("/myaccountview/form", "/myaccountview/form", "clerk"),
    Screen("/roles/list/", "/roles/list/", "root"),
    Screen("/roles/matrix/<role>", "/roles/matrix/clerk", "root"),
    Screen("/login/", "/login/", ""),
    Screen("/login/", "/login/", "", _sign_in("root", "no"), "wrong password"),
    Screen("/login/", "/login/", "", _sign_in("locked", "no"), "locked"),
    Screen("/jobs/<big:pk>", "/jobs/{job}", "root", name="under way"),
    Screen("/jobs/<big:pk>", "/jobs/{failed_job}", "root", name="failed"),
    Screen("/users/second-factor/", "/users/second-factor/", "clerk"),
    Screen("/users/second-factor/", "/users/second-factor/", "clerk", _begin_second_factor, "key"),
    Screen("/users/second-factor/", "/login/", "", _set_up_second_factor, "recovery codes"),
    Screen("/login/step", "/login/", "", _sign_in("careful.{lang}"), "code"),
    Screen("/login/step", "/login/", "", _sign_in("fresh"), "new password"),
    Screen("/login/", "/nothing", name="404"),
    *(Screen("/failing/<int:status>", f"/failing/{status}") for status in ERRORS),
)

# What answers GET and is no page of its own, with the reason.
NOT_PAGES = {
    "/back": "leads back",
    "/lang/<string:locale>": "leads back",
    "/language/<code>": "leads back",
    "/health": "JSON",
    "/session": "JSON, asked by pages in the background",
    "/ready": "JSON",
    "/metrics": "figures for machines",
    "/lookup/terms/<taxonomy_id>": "JSON",
    "/lookup/records/<form_id>": "JSON",
    "/lookup/units": "JSON",
    "/jobs/<big:pk>/progress": "a part of the job's page, seen there",
    "/records/<etype>/": "leads to the list",
    "/records/<etype>/alternatives/<uid>": "a part of the case's page, seen unfolded there",
    "/records/<etype>/attachment/<uid>/<attachment>": "a download",
    "/records/<etype>/paper/<uid>/<number:n>/file": "a download",
    "/releases/form/<code>/<document>": "a download",
    "/records/<etype>/efile/<uid>/files": "a download",
    "/records/<etype>/efile/<uid>/pdf": "a download",
    "/imports/file/<key>/faults.xlsx": "a download",
    "/studio/<key>/ruling/<name>/table.xlsx": "a download",
    "/studio/<key>/assets/<name>": "a download",
    "/studio/<key>/held": "a line of a page, asked for beside the button that takes a thing away",
    "/studio/<key>/texts.xlsx": "a download",
    "/rollout/drift/table.xlsx": "a download",
    "/studio/new-centre/units.csv": "a download",
    "/studio/new-centre/<unit>/people.csv": "a download",
    "/try/<key>/": "the pages of a sandbox are those of the portal",
    "/try/<key>/<rest>": "the pages of a sandbox are those of the portal",
    "/studio/<key>/pick/<ref>": "choices of a list, asked for while one types",
    "/users/table/sample.csv": "a download",
    "/units/branch/<number:unit_id>": "a part of the tree, seen unfolded there",
    "/static/<path:filename>": "files",
    "/static/appbuilder/<path:filename>": "files",
}
