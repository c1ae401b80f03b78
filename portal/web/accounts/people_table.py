"""Accounts for many people from a table: tried first, then made all together or not at all."""

from __future__ import annotations

import base64
from typing import Any

from flask import make_response, request, url_for
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name

from portal.core.csv_tables import csv_of
from portal.core.errors import InvalidInput, PortalError, Problem, msg
from portal.core.packs.starting.people import people_heads
from portal.services import users
from portal.services.users import Made, Person
from portal.services.users.staffing import Planned
from portal.web import access
from portal.web.language import translate
from portal.web.security import no_store

MOST_BYTES = 2 * 1024 * 1024
# Each new account takes a tenth of a second of a processor, for its password is hashed.
MOST_NEW = 100
MOST_LISTED = 100


class PeopleView(BaseView):
    """People of a centre and its departments, as they stand in a spreadsheet."""

    route_base = "/users/table"
    class_permission_name = "UserDBModelView"
    default_view = "ask"

    @expose("/", methods=["GET"])
    @has_access
    @permission_name("add")
    def ask(self) -> Any:
        """Ask for the table."""
        return self._page()

    @expose("/sample.csv", methods=["GET"])
    @has_access
    @permission_name("add")
    def sample(self) -> Any:
        """Send an empty table with its headings."""
        answer = make_response(csv_of(people_heads(), [], mark=True))
        answer.headers["Content-Type"] = "text/csv; charset=utf-8"
        answer.headers["Content-Disposition"] = "attachment; filename=people.csv"
        return answer

    @expose("/try", methods=["POST"])
    @has_access
    @permission_name("add")
    def look(self) -> Any:
        """Show what the table would do, line by line, or what is wrong in it; nothing is made."""
        sent = request.files.get("file")
        content = sent.read(MOST_BYTES + 1) if sent is not None else b""
        return self._looked(content)

    @expose("/make", methods=["POST"])
    @has_access
    @permission_name("add")
    def make(self) -> Any:
        """Make the accounts of the table that was tried, and show their first passwords this once."""
        content = request.form.get("table", "").encode("utf-8", "replace")
        try:
            made = made_of(people_of(content))
        except PortalError as refused:
            return self._page(problems=told(refused), status=422)
        return self._page(made=made, passwords=passwords_of(made))

    def _looked(self, content: bytes) -> Any:
        try:
            people = people_of(content)
            planned, new = planned_of(people)
        except PortalError as refused:
            return self._page(problems=told(refused), status=422)
        return self._page(planned=planned, new=new, table=as_table(people))

    def _page(self, status: int = 200, **shown: Any) -> Any:
        body = self.render_template(
            "accounts/people_table.html",
            nav_active="users",
            title=translate(msg("Accounts from a table")),
            crumbs=[(translate(msg("Users")), url_for("UserView.list"))],
            heads=people_heads(),
            **shown,
        )
        return no_store(make_response(body, status))


def people_of(content: bytes) -> list[Person]:
    """Return the people of a table; raise InvalidInput with each line that can't be read."""
    if len(content) > MOST_BYTES:
        text = msg("The table is too large")
        raise InvalidInput("table.size", text, {}, [Problem("table.size", text)])
    people, problems = users.read_people(content)
    if not people and not problems:
        text = msg("The table is empty")
        problems = [Problem("table.empty", text)]
    if problems:
        raise InvalidInput("people.refused", msg("No account was made"), problems=problems)
    return people


def planned_of(people: list[Person]) -> tuple[list[Planned], int]:
    """Return what a table would do, and how many accounts it makes; raise InvalidInput for too many."""
    with access.portal().reading(access.current()) as session:
        planned = users.look_through(access.portal(), session, people)
    new = sum(one.new for one in planned)
    if new > MOST_NEW:
        text = msg("The table makes %(count)s accounts; part it: at most %(most)s at a time here")
        said = {"count": new, "most": MOST_NEW}
        raise InvalidInput("people.many", text, said, [Problem("people.many", text, said)])
    return planned, new


def made_of(people: list[Person]) -> list[Made]:
    """Make the accounts of people, all or none; raise InvalidInput with each line that can't be used."""
    planned_of(people)
    # Hashing takes long on purpose: nobody else waits for it.
    with access.portal().reading(access.current()) as session:
        first = users.first_passwords(session, people)
    with access.portal().writing(access.current(), access.origin()) as uow:
        made = users.add_people(uow, access.portal(), people, first)
        uow.commit()
    return made


def told(refused: PortalError) -> list[tuple[str, str]]:
    """Return what is wrong, each with its remedy."""
    problems = refused.problems or [Problem(refused.code, refused.message, refused.params)]
    return [(one.text(translate), one.remedy_text(translate)) for one in problems[:MOST_LISTED]]


def as_table(people: list[Person]) -> str:
    """Return the people as the table that is sent again when it is confirmed: what was tried is what is made."""
    lines = ((one.username, one.name, one.role, one.unit) for one in people)
    return csv_of(people_heads(), lines).decode()


def passwords_of(made: list[Made]) -> str:
    """Return the first passwords as a table that the browser saves; it is kept nowhere here."""
    new = [one for one in made if one.password]
    if not new:
        return ""
    lines = (
        (one.person.username, one.person.name, one.role_title, one.unit_name, one.password) for one in new
    )
    content = csv_of([*people_heads(), translate(msg("First password"))], lines, mark=True)
    return f"data:text/csv;base64,{base64.b64encode(content).decode()}"
