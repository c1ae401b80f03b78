"""Centres belong to packs: who may run one, how one is opened, how one is taken over."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from portal.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from portal.core.packs import resolve
from portal.persistence.models import AuditEntry, Centre
from portal.services import records, releases, units
from portal.services.portal import Portal
from portal.services.records.acts.loading import centre_ref
from portal.services.releases.belonging import claim_problems
from tests.fixtures import small_packs
from tests.fixtures.database import access_for
from tests.services.releases.parts import SYSTEM, centre, changed, city_with, packs, publish

GUANDU = {"530111": {"name": "官渡区综治中心", "agency": "官综"}}


def rival(version: str = "1.0.0", agency: str = "争综") -> dict[str, object]:
    """Return another pack for Xishan, which neither is nor extends the one that runs there."""
    files = small_packs.county("county/rival", "530112", "西山区", agency)
    return files | {"seed/pack.json": files["seed/pack.json"] | {"version": version}}


def test_a_pack_that_names_a_foreign_centre_is_refused_by_publishing_and_by_the_check(seeded: Portal) -> None:
    before = centre(seeded, "530112")
    for terms in ({}, {"in_force": False}, {"state": "checked"}):
        with pytest.raises(Conflict) as refused:
            publish(seeded, "county/rival", rival(), **terms)
        (problem,) = refused.value.problems
        assert (problem.code, problem.file, problem.pointer) == (
            "centre.foreign",
            "seed/county/rival/pack.json",
            "/unit",
        )
        assert "county/xs" in problem.remedy_text()
    with seeded.reading(SYSTEM) as session:
        resolved = resolve("county/rival", packs({"county/rival": rival()}))
        assert [problem.code for problem in claim_problems(session, resolved)] == ["centre.foreign"]
        own = resolve("county/xs", packs({"county/xs": changed()}))
        assert claim_problems(session, own) == []
    assert centre(seeded, "530112") == before


def test_taking_over_is_an_act_of_the_unit_above_with_a_reason(seeded: Portal) -> None:
    made = publish(seeded, "county/xs", changed(), in_force=False)
    with seeded.reading(SYSTEM) as session:
        first = centre(seeded, "530112").release_id
    with seeded.writing(SYSTEM) as uow:
        resolved = resolve("county/rival", packs({"county/rival": rival()}))
        terms = releases.Terms(in_force=False, take_over=True)
        other = releases.publish(uow, resolved, verify=False, terms=terms)
        releases.put_in_force(uow, "530112", made.id, "预定", uow.now.replace(year=2027))
        uow.commit()
    with seeded.writing(SYSTEM) as uow, pytest.raises(Conflict) as refused:
        releases.put_in_force(uow, "530112", other.id, "换")
    assert refused.value.code == "centre.foreign"
    own = access_for(seeded, "unit_admin", "530112")
    with seeded.writing(own) as uow, pytest.raises(Forbidden):
        releases.take_over(uow, "530112", other.id, "自己来")
    above = access_for(seeded, "unit_admin", "530100")
    with seeded.writing(above) as uow:
        with pytest.raises(InvalidInput):
            releases.take_over(uow, "530112", other.id, " ")
        releases.take_over(uow, "530112", other.id, "由市级统一")
        uow.commit()
    assert (centre(seeded, "530112").release_id, centre(seeded, "530112").agency) == (other.id, "争综")
    with seeded.reading(SYSTEM) as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "take_over")).one()
        assert (entry.object_id, entry.reason) == ("530112", "由市级统一")
        log = releases.history(session, "530112")
        assert [(one.kind, one.cancelled) for one in log] == [
            ("take_over", False),
            ("activate", True),
            ("open", False),
        ]
    # What ran before does not come back by itself, nor by the county alone.
    with seeded.writing(own) as uow, pytest.raises(Conflict):
        releases.put_in_force(uow, "530112", first, "退回")


def test_a_pack_takes_over_while_it_is_published_too(seeded: Portal) -> None:
    made = publish(seeded, "county/rival", rival(), reason="由市级统一", take_over=True)
    assert centre(seeded, "530112").release_id == made.id
    assert publish(seeded, "county/rival", rival("1.1.0"), reason="再改").created


def test_going_back_within_one_s_own_releases_is_no_takeover(seeded: Portal) -> None:
    first = centre(seeded, "530112").release_id
    publish(seeded, "county/xs", changed())
    with seeded.writing(access_for(seeded, "unit_admin", "530112")) as uow:
        releases.put_in_force(uow, "530112", first, "退回")
        uow.commit()
    assert centre(seeded, "530112").release_id == first


class TestOpening:
    def city(self, portal: Portal) -> int:
        return centre(portal, "530100").release_id

    def test_a_centre_is_opened_by_the_unit_above_with_name_and_agency_word(self, seeded: Portal) -> None:
        city = self.city(seeded)
        above, own = (access_for(seeded, "unit_admin", code) for code in ("530100", "530112"))
        with seeded.writing(own) as uow, pytest.raises(Forbidden):
            releases.open_centre(uow, "530111", city, "官渡区综治中心", "官综", "设立")
        with seeded.writing(above) as uow:
            with pytest.raises(InvalidInput) as refused:
                releases.open_centre(uow, "530111", city, " ", "", "设立")
            assert [problem.pointer for problem in refused.value.problems] == ["/name", "/agency"]
            releases.open_centre(uow, "530111", city, "官渡区综治中心", "官综", "设立")
            uow.commit()
        found = centre(seeded, "530111")
        assert (found.name, found.agency, found.release_id) == ("官渡区综治中心", "官综", city)
        with seeded.writing(above) as uow, pytest.raises(Conflict):
            releases.open_centre(uow, "530111", city, "官渡区综治中心", "官二", "再设")

    def test_counties_without_a_layer_number_their_cases_apart(self, seeded: Portal) -> None:
        with seeded.writing(SYSTEM) as uow:
            releases.open_centre(uow, "530111", self.city(seeded), "官渡区综治中心", "官综", "设立")
            uow.commit()
        codes = []
        for unit in ("530111", "530100", "530111"):
            with seeded.writing(access_for(seeded, "clerk", unit)) as uow:
                made = records.register(uow, "case", unit, {"name": "甲"}).record
                codes.append(made.code)
                uow.commit()
        assert codes == ["官综〔2026〕0001", "昆综〔2026〕0001", "官综〔2026〕0002"]
        # A record that gets its number later, or a part of it, takes the centre's word, not the city's.
        with seeded.writing(SYSTEM) as uow:
            found = records.get(uow.session, "case", made.uid)
            assert centre_ref(uow, found).agency == "官综"

    def test_a_city_s_new_release_changes_no_opened_centre_by_itself(self, seeded: Portal) -> None:
        city = self.city(seeded)
        with seeded.writing(SYSTEM) as uow:
            releases.open_centre(uow, "530111", city, "官渡区综治中心", "官综", "设立")
            uow.commit()
        new = publish(seeded, "city/km", city_with({}, "1.1.0"))
        assert self.city(seeded) == new.id
        assert centre(seeded, "530111").release_id == city
        with seeded.writing(SYSTEM) as uow:
            releases.put_in_force(uow, "530111", new.id, "同步")
            uow.commit()
        assert (centre(seeded, "530111").release_id, centre(seeded, "530111").agency) == (new.id, "官综")

    def test_a_county_s_first_own_pack_over_the_city_s_is_no_takeover(self, seeded: Portal) -> None:
        with seeded.writing(SYSTEM) as uow:
            releases.open_centre(uow, "530111", self.city(seeded), "官渡区综治中心", "官综", "设立")
            uow.commit()
        files = small_packs.county("county/gd", "530111", "官渡", "渡综")
        own = files["seed/pack.json"] | {"extends": "city/km"}
        made = publish(seeded, "county/gd", files | {"seed/pack.json": own})
        found = centre(seeded, "530111")
        assert (found.release_id, found.name, found.agency) == (made.id, "官渡综治中心", "渡综")
        with seeded.reading(SYSTEM) as session:
            row = session.get_one(Centre, found.unit_id)
            assert (row.name, row.agency) == ("官渡综治中心", "渡综")

    def test_another_s_pack_needs_an_open_centre(self, seeded: Portal) -> None:
        with pytest.raises(Conflict) as refused:
            publish(seeded, "city/km", city_with({}, "1.1.0"), "530111")
        assert refused.value.code == "centre.closed"
        assert "530111" in refused.value.problems[0].remedy_text()
        with seeded.reading(SYSTEM) as session, pytest.raises(NotFound):
            releases.for_unit(seeded, session, units.by_code(session, "530000"))


class TestAgencyWords:
    def test_two_centres_never_share_one(self, seeded: Portal) -> None:
        city = centre(seeded, "530100").release_id
        with seeded.writing(SYSTEM) as uow, pytest.raises(Conflict) as refused:
            releases.open_centre(uow, "530111", city, "官渡区综治中心", "西综", "设立")
        (problem,) = refused.value.problems
        assert problem.code == "centre.agency"
        assert "西山区" in problem.text()
        assert problem.remedy
        files = small_packs.county("county/gd", "530111", "官渡", "晋综")
        with pytest.raises(Conflict) as refused:
            publish(seeded, "county/gd", files)
        (problem,) = refused.value.problems
        assert (problem.code, problem.file, problem.pointer) == (
            "centre.agency",
            "seed/county/gd/layout.json",
            "/centre/agency",
        )
        assert "530115" in problem.text()

    def test_a_word_that_is_scheduled_elsewhere_is_taken_too(self, seeded: Portal) -> None:
        files = changed()
        files["seed/layout.json"]["centre"] = {"name": "西山区综治中心", "agency": "新综"}
        made = publish(seeded, "county/xs", files, in_force=False)
        with seeded.writing(SYSTEM) as uow:
            releases.put_in_force(uow, "530112", made.id, "预定", uow.now.replace(year=2027))
            uow.commit()
        city = centre(seeded, "530100").release_id
        with seeded.writing(SYSTEM) as uow, pytest.raises(Conflict) as refused:
            releases.open_centre(uow, "530111", city, "官渡区综治中心", "新综", "设立")
        assert "530112" in refused.value.problems[0].text()
