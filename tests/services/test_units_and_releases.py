"""The management tree, the releases in it, and what follows from both at once, in every process."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.adapters.clock import FixedClock
from portal.core.access import Access
from portal.core.errors import Conflict, DefinitionError, Forbidden, InvalidInput, NotFound
from portal.core.packs import resolve
from portal.persistence.models import AccessStamp, AuditEntry, FieldPlaceRow, FieldSlot, Release, Unit
from portal.services import records, releases, units, users
from portal.services.picking import KeptUnits
from portal.services.portal import Portal
from portal.services.seeding import seed
from tests.fixtures import small_packs
from tests.fixtures.database import TODAY, access_for

SYSTEM = Access.system("test")


def publish(
    portal: Portal, pack: str, files: dict[str, Any], who: Access = SYSTEM, **more: Any
) -> releases.ReleaseRef:
    library = small_packs.library({pack: files})
    with portal.writing(who) as uow:
        made = releases.publish(uow, resolve(pack, library), verify=False, **more)
        uow.commit()
    return made


def declaring(names: list[str]) -> dict[str, Any]:
    fields = {name: {"type": "string", "title": name} for name in names}
    return {"schema": {"properties": fields}, "entity": {"index": {"$add": [f"/{name}" for name in names]}}}


def slots_of(session: Session) -> dict[tuple[str, str], str]:
    return {(slot.etype, slot.pointer): slot.slot for slot in session.scalars(select(FieldSlot))}


def xishan(**more: Any) -> dict[str, Any]:
    return small_packs.county("county/xs", "530112", "西山区", "西综", **more)


class TestTree:
    def test_paths_lead_from_the_root_to_the_unit(self, seeded: Portal) -> None:
        with seeded.reading(SYSTEM) as session:
            unit = units.by_code(session, "530112001001")
            assert [u.name for u in units.trail(session, unit)] == [
                "云南省",
                "昆明市",
                "西山区",
                "西苑街道",
                "一社区",
            ]
            assert units.codes_under(session, "530112") >= {
                "530112",
                "530112001",
                "530112001001",
                "530112:justice",
            }
            assert "530115" not in units.codes_under(session, "530112")

    def test_search_and_children(self, seeded: Portal) -> None:
        with seeded.reading(SYSTEM) as session:
            (hit,) = KeptUnits().at(session).search("碧鸡")
            assert (hit.code, hit.trail) == ("530112002", "云南省 / 昆明市 / 西山区 / 碧鸡街道")
            assert KeptUnits().at(session).search("%") == []
            county = units.by_code(session, "530112")
            kids = units.children(session, county.id)
            assert [k.code for k in kids][:2] == ["530112001", "530112002"]
            assert [k.leaf for k in kids][:2] == [False, True]

    def test_a_moved_unit_takes_everything_below_and_all_scopes_along(self, seeded: Portal) -> None:
        clerk = access_for(seeded, "clerk", "530112")
        with seeded.writing(clerk) as uow:
            uid = records.register(uow, "case", "530112001", {"name": "甲"}).record.uid
            uow.commit()
        with seeded.writing(SYSTEM) as uow:
            street, county = units.by_code(uow.session, "530112001"), units.by_code(uow.session, "530115")
            units.move(uow, street.id, county.id, "托管")
            uow.commit()
        with seeded.reading(SYSTEM) as session:
            village = units.by_code(session, "530112001001")
            assert village.path.startswith(units.by_code(session, "530115").path)
            entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "move")).one()
            assert entry.reason == "托管"
        with seeded.reading(access_for(seeded, "clerk", "530115")) as session:
            assert records.get(session, "case", uid).title.startswith("甲")
        with seeded.reading(clerk) as session, pytest.raises(NotFound):
            records.get(session, "case", uid)

    def test_a_unit_cannot_lie_below_itself_and_a_reason_is_needed(self, seeded: Portal) -> None:
        with seeded.writing(SYSTEM) as uow:
            county, street = units.by_code(uow.session, "530112"), units.by_code(uow.session, "530112001")
            with pytest.raises(InvalidInput):
                units.move(uow, county.id, street.id, "误")
            with pytest.raises(InvalidInput):
                units.rename(uow, county.id, "新名", " ")

    def test_units_are_added_and_corrected_only_within_the_scope(self, seeded: Portal) -> None:
        admin = access_for(seeded, "unit_admin", "530112")
        with seeded.writing(admin) as uow:
            county, other = units.by_code(uow.session, "530112"), units.by_code(uow.session, "530115")
            made = units.add(uow, "530112:m1", "花卉市场", "point", county.id)
            with pytest.raises(Forbidden):
                units.add(uow, "x", "x", "point", other.id)
            with pytest.raises(Conflict):
                units.add(uow, "530112:m1", "再来", "point", county.id)
            uow.commit()
        with seeded.writing(admin) as uow:
            assert units.correct(uow, made.id, "改名", name="花市").name == "花市"
            uow.commit()


class TestSeeding:
    def test_seeding_twice_changes_nothing(self, seeded: Portal) -> None:
        def figures() -> tuple[int, ...]:
            with seeded.reading(SYSTEM) as session:
                return tuple(
                    session.scalar(select(func.count()).select_from(model)) or 0
                    for model in (Unit, Release, AuditEntry)
                )

        before = figures()
        report = seed(seeded, small_packs.library(), verify=False)
        assert figures() == before
        assert (report.new_units, [release.created for release in report.releases]) == (0, [False] * 3)

    def test_a_correction_moves_a_unit_and_keeps_its_statutory_parent(self, seeded: Portal) -> None:
        corrections = {"corrections": {"530112002": {"set": {"managed_by": "530115"}, "reason": "托管"}}}
        city = small_packs.CITY | {"seed/units.json": corrections}
        seed(seeded, small_packs.library({"city/km": city}), verify=False)
        with seeded.reading(SYSTEM) as session:
            unit = units.by_code(session, "530112002")
            assert unit.path.startswith(units.by_code(session, "530115").path)
            assert (unit.statutory_parent_code, unit.note) == ("530112", "托管")


class TestReleases:
    def test_a_new_release_is_live_at_once_in_every_process_and_old_records_keep_theirs(
        self, seeded: Portal
    ) -> None:
        other_process = Portal.from_url(
            str(seeded.database.engine.url.render_as_string(False)), FixedClock.on(TODAY)
        )
        clerk = access_for(other_process, "clerk", "530112")
        with other_process.writing(clerk) as uow:
            old = records.register(uow, "case", "530112", {"name": "甲"}).record
            uow.commit()
        ref = publish(
            seeded,
            "county/xs",
            xishan(**{"form_definitions/case.json": {"schema": {"required": ["name", "amount"]}}}),
        )
        assert ref.created
        with pytest.raises(InvalidInput), other_process.writing(clerk) as uow:
            records.register(uow, "case", "530112", {"name": "乙"})
        with other_process.writing(clerk) as uow:
            assert records.change(uow, old.uid, {"name": "丙"}, 1).release_id == old.release_id != ref.id
            uow.commit()
        other_process.database.dispose()

    def test_a_fourth_county_needs_nothing_but_its_pack(self, seeded: Portal) -> None:
        fourth = small_packs.county("county/gd", "530111", "官渡区", "官综")
        before = access_for(seeded, "clerk", "530111")
        publish(seeded, "county/gd", fourth)
        with seeded.writing(before) as uow:
            assert records.register(uow, "case", "530111", {"name": "甲"}).record.code == "官综〔2026〕0001"

    def test_going_back_to_an_earlier_release_is_logged(self, seeded: Portal) -> None:
        with seeded.reading(SYSTEM) as session:
            first = units.centre_of(session, units.by_code(session, "530112"))
            assert first is not None
        publish(seeded, "county/xs", xishan(**{"seed/settings.json": {"values": {"a": "b"}}}), reason="试行")
        with seeded.writing(SYSTEM) as uow:
            releases.put_in_force(uow, "530112", first.release_id, "退回")
            uow.commit()
        with seeded.reading(SYSTEM) as session:
            log = releases.history(session, "530112")
            assert [entry.reason for entry in log] == ["退回", "试行", "publish"]
            assert log[0].digest == log[2].digest

    def test_fields_of_base_and_city_keep_columns_those_of_a_county_have_rows(self, seeded: Portal) -> None:
        with seeded.reading(SYSTEM) as session:
            before = slots_of(session)
            rows = {(p.etype, p.pointer): p.stored for p in session.scalars(select(FieldPlaceRow))}
        assert before[("case", "/channel")].startswith("s")
        assert rows == {("case", "/court"): "/court"}
        names = [f"f{n}" for n in range(15)]
        extra = declaring(names)
        publish(seeded, "county/xs", xishan(**{"form_definitions/case.json": extra}))
        with seeded.reading(SYSTEM) as session:
            assert slots_of(session) == before
            found = {p.pointer for p in session.scalars(select(FieldPlaceRow))}
            assert found == {"/court", *(f"/{name}" for name in names)}

    def test_a_city_that_runs_out_of_columns_has_rows_for_the_rest(self, seeded: Portal) -> None:
        names = [f"f{n:02}" for n in range(15)]
        with seeded.reading(SYSTEM) as session:
            before = slots_of(session)
        city = small_packs.CITY | {"form_definitions/case.json": declaring(names)}
        publish(seeded, "city/km", city)
        with seeded.reading(SYSTEM) as session:
            after = slots_of(session)
            rows = {p.pointer for p in session.scalars(select(FieldPlaceRow))} - {"/court"}
        assert {key: after[key] for key in before} == before
        texts = [slot for (etype, _), slot in after.items() if etype == "case" and slot.startswith("s")]
        assert sorted(texts) == sorted(f"s{n}" for n in range(1, 13))
        assert rows == {f"/{name}" for name in names} - {pointer for _, pointer in after}
        assert len(rows) == 5

    def test_a_field_without_a_single_value_cannot_be_declared(self, seeded: Portal) -> None:
        extra = {"entity": {"index": {"$add": ["/tags"]}}}
        with pytest.raises(DefinitionError) as refused:
            publish(seeded, "county/xs", xishan(**{"form_definitions/case.json": extra}))
        (problem,) = refused.value.problems
        assert (problem.code, problem.pointer) == ("index.type", "/forms/case/entity/index/5")

    def test_nobody_publishes_beyond_the_own_units(self, seeded: Portal) -> None:
        admin = access_for(seeded, "unit_admin", "530112")
        with pytest.raises(Forbidden):
            publish(seeded, "county/jn", small_packs.county("county/jn", "530115", "晋宁区", "晋"), admin)
        assert publish(
            seeded, "county/xs", xishan(**{"seed/settings.json": {"values": {"x": "y"}}}), admin
        ).created

    def test_a_release_that_was_altered_in_the_database_is_refused(self, seeded: Portal) -> None:
        with seeded.reading(SYSTEM) as session:
            centre = units.centre_of(session, units.by_code(session, "530112"))
            assert centre is not None
        with seeded.database.engine.begin() as connection:
            dialect = connection.dialect.name
            for trigger in ["release_append_only"] if dialect == "postgresql" else ["release_no_update"]:
                connection.exec_driver_sql(
                    f"DROP TRIGGER {trigger}" + (" ON release" if dialect == "postgresql" else "")
                )
            bundle = "(SELECT bundle FROM release r WHERE r.id <> release.id ORDER BY r.id LIMIT 1)"
            connection.exec_driver_sql(f"UPDATE release SET bundle = {bundle} WHERE id = {centre.release_id}")
        fresh = Portal.from_url(seeded.database.engine.url.render_as_string(False))
        with fresh.reading(SYSTEM) as session, pytest.raises(DefinitionError, match="altered"):
            releases.pinned(fresh, session, centre.release_id)
        fresh.database.dispose()

    def test_hidden_departments_become_inactive_units(self, seeded: Portal) -> None:
        publish(seeded, "county/xs", xishan(**{"seed/departments.json": {"court": {"hidden": True}}}))
        with seeded.reading(SYSTEM) as session:
            assert not units.by_code(session, "530112:court").active
            assert units.by_code(session, "530115:court").active


class TestAccess:
    @pytest.fixture
    def user_id(self, seeded: Portal) -> int:
        with seeded.writing(SYSTEM) as uow:
            user = users.create(uow, "zs", "a long password", "三", "张", audited=False)
            users.assign(uow, user.id, "clerk", "530112", audited=False)
            uow.audit("add", user, kind="user", object_id="zs")
            uow.commit()
        return int(user.id)

    def test_access_follows_from_assignment_and_release(self, seeded: Portal, user_id: int) -> None:
        access = users.access_of(seeded, user_id)
        with seeded.reading(SYSTEM) as session:
            path, other = units.by_code(session, "530112001").path, units.by_code(session, "530115").path
            home = units.home_at(session, access.memberships[0][1])
            moved_away = units.home_at(session, f"{path}9999999/")
        assert home is not None
        assert (home.unit.code, home.trail[-1]) == ("530112", home.unit.name)
        assert home.centre is not None
        assert home.centre.unit_code == "530112"
        assert moved_away is None
        assert access.name == "张三"
        assert access.allows("case", "add", path)
        assert not access.allows("case", "add", other)
        assert not access.allows("case", "dispose", path)

    def test_a_revocation_holds_at_the_next_request_in_every_process(
        self, seeded: Portal, user_id: int
    ) -> None:
        other_process = Portal.from_url(seeded.database.engine.url.render_as_string(False))
        assert users.access_of(other_process, user_id).can("case", "add")
        with seeded.writing(SYSTEM) as uow:
            (held,) = users.assignments(uow.session, user_id)
            users.revoke(uow, held.id, "调离")
            uow.commit()
        assert not users.access_of(other_process, user_id).can("case", "list")
        other_process.database.dispose()

    def test_the_kept_home_of_another_process_follows_the_tree_and_the_release(
        self, seeded: Portal, user_id: int
    ) -> None:
        other_process = Portal.from_url(seeded.database.engine.url.render_as_string(False))

        def home() -> units.Home:
            with other_process.reading(SYSTEM) as session:
                path = units.by_code(session, "530112").path
                stamp = session.scalar(select(AccessStamp.stamp)) or 0
                found = units.kept_home(other_process, session, path, stamp)
                assert found is not None
                return found

        first = home()
        assert home() is first
        with seeded.writing(SYSTEM) as uow:
            units.rename(uow, first.unit.id, "西山新区", "更名")
            uow.commit()
        assert (home().unit.name, home().trail[-1]) == ("西山新区", "西山新区")
        publish(seeded, "county/xs", xishan(**{"seed/departments.json": {"court": {"hidden": True}}}))
        then = home()
        assert first.centre is not None
        assert then.centre is not None
        assert then.centre.release_id != first.centre.release_id
        other_process.database.dispose()

    def test_a_role_that_a_release_changes_counts_at_once(self, seeded: Portal, user_id: int) -> None:
        assert not users.access_of(seeded, user_id).can("case", "dispose")
        roles = copy.deepcopy(small_packs.ROLES["clerk"])
        roles["grants"]["case"].append("dispose")
        publish(seeded, "county/xs", xishan(**{"seed/roles.json": {"clerk": roles}}))
        assert users.access_of(seeded, user_id).can("case", "dispose")

    def test_a_locked_account_may_do_nothing(self, seeded: Portal, user_id: int) -> None:
        users.access_of(seeded, user_id)
        with seeded.writing(SYSTEM) as uow:
            users.set_active(uow, users.by_username(uow.session, "zs"), False, "离职")
            uow.commit()
        assert users.access_of(seeded, user_id) == Access.nobody()

    def test_an_account_without_an_assignment_sees_nothing(self, seeded: Portal) -> None:
        with seeded.writing(SYSTEM) as uow:
            user = users.create(uow, "ls", "a long password", "四", "李", roles=["clerk"])
            uow.commit()
        assert users.access_of(seeded, user.id).grants == ()

    def test_roles_are_assigned_within_ones_own_units_only(self, seeded: Portal, user_id: int) -> None:
        admin = access_for(seeded, "unit_admin", "530112")
        with seeded.writing(admin) as uow:
            users.assign(uow, user_id, "director", "530112001")
            with pytest.raises(Forbidden):
                users.assign(uow, user_id, "clerk", "530115")
            with pytest.raises(Forbidden):
                users.assign(uow, user_id, "Admin", "530112")
            with pytest.raises(Conflict):
                users.assign(uow, user_id, "director", "530112001")
            uow.commit()

    def test_short_passwords_and_double_names_are_refused(self, seeded: Portal, user_id: int) -> None:
        with seeded.writing(SYSTEM) as uow:
            with pytest.raises(InvalidInput):
                users.create(uow, "x", "short", "", "")
            with pytest.raises(Conflict):
                users.create(uow, "ZS", "a long password", "", "")
