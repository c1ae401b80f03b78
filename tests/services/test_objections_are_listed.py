"""An objection stands in the list of somebody who answers it, until it is answered: no step may leave it behind."""

from __future__ import annotations

import pytest

from portal.core.errors import Forbidden
from portal.services import records
from portal.services.portal import Portal
from tests.fixtures.database import access_for
from tests.services.handing import case, do, lists_with, now
from tests.services.test_clocks import shipped

__all__ = ["shipped"]
REFUSED = {
    "ground": "statutory",
    "grounds": "依法应当由人民法院受理",
    "law": "民事诉讼法第一百二十二条",
    "organ": "人民法院",
    "remedy": "可以向人民法院起诉",
}


def step(portal: Portal, uid: str, name: str, **form: object) -> None:
    do(
        portal,
        records.transition,
        uid,
        name,
        version=now(portal, uid).version,
        form=form,
        reason="依法办理",
    )


def test_a_matter_is_not_refused_while_an_objection_waits(shipped: Portal) -> None:
    uid = case(shipped)
    director = access_for(shipped, "director", "530112", user_id=2)
    step(shipped, uid, "object", subject="class", by="applicant", grounds="类型登记有误")
    assert "objections" in lists_with(shipped, director, uid)
    with pytest.raises(Forbidden):
        step(shipped, uid, "reject", **REFUSED)
    assert "objections" in lists_with(shipped, director, uid)
    step(shipped, uid, "withdraw_objection")
    assert "objections" not in lists_with(shipped, director, uid)
    step(shipped, uid, "reject", **REFUSED)
    assert now(shipped, uid).stage == "rejected"
