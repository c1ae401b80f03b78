"""How long a refused sign-in takes tells nothing about whether there is such an account."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Sequence

import pytest

from portal.core.access import Access
from portal.persistence.models import User
from portal.services.sign_in import account
from portal.services.users.passwords import hash_of
from tests.web.conftest import PASSWORD
from tests.web.security.conftest import Site

UNLIKELY = 0.001


def likelihood(first: Sequence[float], second: Sequence[float]) -> float:
    """Return the p of the Mann-Whitney test, two-sided, that both come from one distribution."""
    wins = sum((one > other) + (one == other) / 2 for one in first for other in second)
    middle = len(first) * len(second) / 2
    spread = math.sqrt(middle * (len(first) + len(second) + 1) / 6)
    return math.erfc(abs(wins - middle) / spread / math.sqrt(2))


def times(site: Site, names: Sequence[str], count: int) -> dict[str, list[float]]:
    """Return how much of the processor each name costs; asked in a random order, so that load hits all alike."""
    measured: dict[str, list[float]] = {name: [] for name in names}
    order = random.sample([*names] * count, len(names) * count)
    for number, name in enumerate(order):
        before = time.thread_time()
        status = site.try_api(name, "wrong", f"198.51.{number // 250}.{number % 250}").status_code
        measured[name].append(time.thread_time() - before)
        assert status == 401
    return measured


@pytest.fixture
def real(staffed: Site, real_hashes: None) -> Site:
    """A site where the password of the clerk is hashed as in an installation."""
    with staffed.portal.writing(Access.system("test")) as uow:
        user = uow.session.get_one(User, staffed.ids["clerk"])
        user.password = hash_of(PASSWORD)
        uow.audit("password", user, kind="user", object_id="clerk")
        uow.commit()
    account._nobodys_password()
    return staffed


def test_accounts_that_exist_take_as_long_as_others(real: Site) -> None:
    def measured() -> float:
        found = times(real, ("clerk", "nobody"), 15)
        return likelihood(found["clerk"], found["nobody"])

    # One in a thousand tries is unlucky by definition; three in a row are not luck.
    assert any(measured() > UNLIKELY for _ in range(3))


def test_the_test_would_see_a_shortcut(real: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    cheap: Callable[[], str] = lambda: "pbkdf2:sha256:1$x$y"  # noqa: E731
    monkeypatch.setattr(account, "_nobodys_password", cheap)
    found = times(real, ("clerk", "nobody"), 9)
    assert likelihood(found["clerk"], found["nobody"]) < UNLIKELY
    assert likelihood([1.0, 3.0, 5.0], [2.0, 4.0]) > 0.5


def test_all_ways_to_set_a_password_hash_it_alike(staffed: Site, real_hashes: None) -> None:
    method = account._nobodys_password().split("$")[0]
    assert method == "scrypt:32768:8:1"
    client, new = staffed.signed_in("keeper"), "Quite-another-word-7"
    person = {"username": "li.wei", "last_name": "李", "first_name": "伟", "email": "l@portal.invalid"}
    staffed.post(client, "/users/add", active="y", password=new, conf_password=new, **person)
    page = f"/resetpassword/form?pk={staffed.ids['clerk']}"
    staffed.post(client, page, password=new, conf_password=new)
    with staffed.portal.reading(Access.system("test")) as session:
        hashes = session.query(User.password).filter(User.username.in_(("li.wei", "clerk"))).all()
    assert [row[0].split("$")[0] for row in hashes] == [method, method]
