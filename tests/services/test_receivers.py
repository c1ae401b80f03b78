"""Units that can be sent matters: who would receive them, and where nobody would."""

from __future__ import annotations

import shutil
from pathlib import Path

from sqlalchemy import text

from portal.adapters.clock import FixedClock
from portal.core.access import REFER, Access
from portal.services import users
from portal.services.demo.accounts import PASSWORD, make_accounts
from portal.services.portal import Portal
from portal.services.users.receivers import lacking, receiving
from tests.fixtures.database import KEYS, TODAY

SYSTEM = Access.system("test")
CENTRE, JUSTICE, COURT = "530112", "530112:justice", "530112:court"
TOWNSHIP, VILLAGE = "530112001", "530112001001"


def opened(filled: Path, folder: Path) -> Portal:
    shutil.copy(filled, folder / "portal.db")
    return Portal.from_url(f"sqlite:///{folder / 'portal.db'}", FixedClock.on(TODAY), KEYS)


def give(portal: Portal, name: str, role: str, unit: str) -> None:
    with portal.writing(SYSTEM) as uow:
        user = users.create(uow, name, "x", "", name, hashed=True)
        users.assign(uow, user.id, role, unit, audited=False)
        uow.commit()


def there(portal: Portal) -> set[str]:
    with portal.reading(SYSTEM) as session:
        return set(
            receiving(portal, session, (CENTRE, JUSTICE, COURT, TOWNSHIP, VILLAGE, "999999", "530112:nobody"))
        )


def test_a_unit_has_a_receiver_where_a_role_that_answers_is_held_there_or_right_above(
    filled_sqlite: Path, tmp_path: Path
) -> None:
    portal = opened(filled_sqlite, tmp_path)
    before = there(portal)
    give(portal, "one", "clerk", JUSTICE)
    assert there(portal) == before, "a clerk answers no referrals"
    give(portal, "two", "handler", JUSTICE)
    assert there(portal) == before | {JUSTICE}
    give(portal, "three", "director", CENTRE)
    assert there(portal) == before | {JUSTICE, CENTRE}, (
        "a director answers at the centre, not for each department"
    )
    give(portal, "four", "handler", TOWNSHIP)
    assert there(portal) == before | {JUSTICE, CENTRE, TOWNSHIP, VILLAGE}
    with portal.writing(SYSTEM) as uow:
        users.set_active(uow, users.by_username(uow.session, "two"), False)
        uow.commit()
    assert JUSTICE not in there(portal), "a closed account receives nothing"
    give(portal, "five", "handler", JUSTICE)
    assert JUSTICE in there(portal)
    with portal.database.engine.begin() as connection:
        of = "(SELECT id FROM ab_user WHERE username = 'five')"
        connection.execute(text(f"UPDATE assignment SET confirmed_at = NULL WHERE user_id = {of}"))
    assert JUSTICE not in there(portal), "a role that waits for a second person receives nothing"
    with portal.reading(SYSTEM) as session:
        codes = {unit.code for unit in lacking(portal, session, ["/"])}
        assert {JUSTICE, COURT} <= codes
        assert TOWNSHIP not in codes
    portal.database.dispose()


def test_a_department_of_a_township_has_a_receiver_of_its_own(filled_sqlite: Path, tmp_path: Path) -> None:
    portal = opened(filled_sqlite, tmp_path)
    with portal.database.engine.begin() as connection:
        at = f"(SELECT path FROM unit WHERE code = '{TOWNSHIP}')"
        connection.execute(text(f"UPDATE unit SET path = {at} || id || '/' WHERE code = '{JUSTICE}'"))
    give(portal, "four", "handler", TOWNSHIP)
    assert JUSTICE not in there(portal), "what the township sends to its room is not received by the township"
    give(portal, "two", "handler", JUSTICE)
    assert JUSTICE in there(portal)
    portal.database.dispose()


def test_each_unit_of_the_demo_that_receives_has_an_account(filled_sqlite: Path, tmp_path: Path) -> None:
    portal = opened(filled_sqlite, tmp_path)
    logins = make_accounts(portal)
    with portal.reading(SYSTEM) as session:
        assert lacking(portal, session, ["/"]) == []
        held = users.assignments(session, user_id=users.by_username(session, "530112.court").id)
        court = users.access_of(portal, users.by_username(session, "530112.court").id, session)
        mediators = users.by_username(session, "530112.property_mediation").id
        both = {(one.role, one.unit_code) for one in users.assignments(session, user_id=mediators)}
    assert [(one.role, one.unit_code) for one in held] == [("handler", COURT)]
    at = "530112:property_mediation"
    assert both == {("handler", at), ("mediator", at)}, "a committee holds sessions, too"
    assert court.can("case", REFER), "the role holds at once"
    assert PASSWORD
    assert logins
    assert make_accounts(portal) == logins, "safe to repeat"
    portal.database.dispose()
