"""Two people act on releases and centres at the same moment: the second finds what the first left."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any

import pytest

from portal.core.errors import Conflict, InvalidInput, NotFound, PortalError
from portal.core.packs import resolve
from portal.persistence.models import Centre
from portal.services import releases, units
from portal.services.portal import Portal
from portal.services.releases.belonging import claim_problems
from tests.fixtures import small_packs
from tests.services.releases.parts import SYSTEM, centre, changed, packs, publish

Act = Callable[[Any], Any]


def at_once(portal: Portal, first: Act, second: Act) -> Any:
    """Let ``second`` begin while ``first`` is not stored yet; return what came of it, or its refusal."""
    found: list[Any] = []

    def late() -> None:
        try:
            with portal.writing(SYSTEM) as uow:
                found.append(second(uow))
                uow.commit()
        except Exception as error:
            found.append(error)

    with portal.writing(SYSTEM) as uow:
        first(uow)
        uow.session.flush()
        other = threading.Thread(target=late)
        other.start()
        other.join(0.4)
        assert other.is_alive(), "the second did not wait"
        uow.commit()
    other.join(20)
    return found[0]


def opening(code: str, release: int, agency: str) -> Act:
    return lambda uow: releases.open_centre(uow, code, release, "某综治中心", agency, "设立")


def refused(found: Any, kind: type[PortalError], code: str) -> None:
    assert isinstance(found, kind), repr(found)
    assert found.code == code


def test_one_centre_is_opened_once(seeded: Portal) -> None:
    city = centre(seeded, "530100").release_id
    found = at_once(seeded, opening("530111", city, "官综"), opening("530111", city, "渡综"))
    refused(found, Conflict, "centre.open")
    assert centre(seeded, "530111").agency == "官综"


def test_two_centres_don_t_get_one_agency_word(seeded: Portal) -> None:
    city = centre(seeded, "530100").release_id
    found = at_once(seeded, opening("530111", city, "官综"), opening("530112001", city, "官综"))
    refused(found, Conflict, "centre.agency")
    with seeded.reading(SYSTEM) as session:
        assert session.get(Centre, units.by_code(session, "530112001").id) is None


class TestWithdrawing:
    def test_while_it_is_put_in_force(self, seeded: Portal) -> None:
        made = publish(seeded, "county/xs", changed(), in_force=False)
        found = at_once(
            seeded,
            lambda uow: releases.put_in_force(uow, "530112", made.id, "换"),
            lambda uow: releases.withdraw(uow, made.id, "有误"),
        )
        refused(found, Conflict, "release.used")
        assert centre(seeded, "530112").release_id == made.id

    def test_while_it_is_withdrawn(self, seeded: Portal) -> None:
        made = publish(seeded, "county/xs", changed(), in_force=False)
        found = at_once(
            seeded,
            lambda uow: releases.withdraw(uow, made.id, "有误"),
            lambda uow: releases.put_in_force(uow, "530112", made.id, "换"),
        )
        refused(found, Conflict, "release.withdrawn")


def test_a_schedule_is_taken_back_once(seeded: Portal) -> None:
    made = publish(seeded, "county/xs", changed(), in_force=False)
    with seeded.writing(SYSTEM) as uow:
        releases.put_in_force(uow, "530112", made.id, "预定", uow.now + dt.timedelta(days=1))
        uow.commit()
    with seeded.reading(SYSTEM) as session:
        number = releases.history(session, "530112")[0].id
    found = at_once(
        seeded,
        lambda uow: releases.cancel(uow, "530112", number, "不换"),
        lambda uow: releases.cancel(uow, "530112", number, "也不换"),
    )
    refused(found, NotFound, "activation.unknown")


def test_one_pack_is_published_once(seeded: Portal) -> None:
    pack = resolve("county/xs", packs({"county/xs": changed()}))

    def publishing(uow: Any) -> releases.ReleaseRef:
        return releases.publish(uow, pack, verify=False)

    found = at_once(seeded, publishing, publishing)
    assert isinstance(found, releases.ReleaseRef), repr(found)
    assert (found.created, found.id) == (False, centre(seeded, "530112").release_id)


@pytest.mark.parametrize("word", ["ab综 ", "ＡＢ综", "Ab 综", "aB\u200b综"])
def test_words_that_look_the_same_are_the_same(seeded: Portal, word: str) -> None:
    city = centre(seeded, "530100").release_id
    with seeded.writing(SYSTEM) as uow:
        opening("530111", city, " AB综")(uow)
        with pytest.raises(Conflict) as error:
            opening("530112001", city, word)(uow)
        assert error.value.code == "centre.agency"
        uow.commit()
    assert centre(seeded, "530111").agency == "AB综"
    files = small_packs.county("county/xs", "530112", "西山区", word)
    with seeded.reading(SYSTEM) as session:
        claim = resolve("county/xs", packs({"county/xs": files}))
        assert [problem.code for problem in claim_problems(session, claim)] == ["centre.agency"]


@pytest.mark.parametrize(
    ("name", "agency", "pointer"), [("某" * 201, "官综", "/name"), ("某", "官" * 21, "/agency")]
)
def test_words_fit_where_they_are_kept(seeded: Portal, name: str, agency: str, pointer: str) -> None:
    city = centre(seeded, "530100").release_id
    with seeded.writing(SYSTEM) as uow, pytest.raises(InvalidInput) as error:
        releases.open_centre(uow, "530111", city, name, agency, "设立")
    assert [problem.pointer for problem in error.value.problems] == [pointer]


def test_a_centre_whose_first_release_is_to_come_belongs_to_its_pack_already(seeded: Portal) -> None:
    own = small_packs.county("county/gd", "530111", "官渡区", "官综")
    other = small_packs.county("county/gd2", "530111", "官渡区", "渡综")
    made = publish(seeded, "county/gd", own, in_force=False)
    foreign = publish(seeded, "county/gd2", other, in_force=False)
    with seeded.writing(SYSTEM) as uow:
        releases.put_in_force(uow, "530111", made.id, "预定", uow.now + dt.timedelta(days=1))
        uow.commit()
    with seeded.writing(SYSTEM) as uow, pytest.raises(Conflict) as error:
        releases.put_in_force(uow, "530111", foreign.id, "抢先")
    assert error.value.code == "centre.foreign"
    with seeded.reading(SYSTEM) as session:
        claim = resolve("county/gd2", packs({"county/gd2": other}))
        assert [problem.code for problem in claim_problems(session, claim)] == ["centre.foreign"]
