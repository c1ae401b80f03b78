"""A person's own unread changes through the API."""

from __future__ import annotations

from typing import Any

from flask import jsonify
from flask_appbuilder.api import expose

from portal.core.errors import NotFound, msg
from portal.services import notices
from portal.web.api import arguments
from portal.web.api.shape import Api, in_shape, signed_in
from portal.web.words.here import here
from portal.web.words.notices import Change, changes

ASKED = {"size": arguments.whole(notices.MOST)}


class NoticesApi(Api):
    """What changed for the person who asks."""

    resource_name = "notices"

    @expose("/", methods=["GET"])
    @signed_in
    @in_shape
    @arguments.asks(ASKED)
    def get_list(self) -> Any:
        """Return the unread changes, the latest first, and how many there are in all."""
        found = changes(here(), arguments.asked().get("size") or 20)
        return jsonify(result=[_notice(one) for one in found.rows], total=found.total)

    @expose("/read", methods=["POST"])
    @signed_in
    @in_shape
    def read_all(self) -> Any:
        """Mark all changes as read."""
        with here().writing() as uow:
            count = notices.mark_read(uow)
            uow.commit()
        return jsonify(read=count)

    @expose("/<big:notice>/read", methods=["POST"])
    @signed_in
    @in_shape
    def read(self, notice: int) -> Any:
        """Mark one change as read; one that is another person's is as unknown as a missing one."""
        with here().writing() as uow:
            if not notices.mark_read(uow, [notice]) and not notices.is_own(uow.session, notice):
                raise NotFound("notice.unknown", msg("There is no such notice"))
            uow.commit()
        return jsonify(read=1)


def _notice(one: Change) -> dict[str, Any]:
    record = one.record
    return {
        "id": one.id,
        "at": one.at.isoformat(),
        "event": one.event,
        "text": one.text,
        "by": one.by,
        "record": {
            "etype": record.etype,
            "uid": record.uid,
            "code": record.code,
            "title": record.title,
        }
        if record is not None
        else None,
    }
