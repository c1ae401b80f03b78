"""The audit log through the API: the same search as on screen, without what was written."""

from __future__ import annotations

from typing import Any

from flask import jsonify
from flask_appbuilder.api import expose, protect
from flask_appbuilder.security.decorators import permission_name

from portal.core.zone import begin_of, end_of
from portal.persistence.models import AuditEntry
from portal.services import audit
from portal.services.audit import AuditQuery
from portal.web import access
from portal.web.api import arguments
from portal.web.api.shape import Api, in_shape
from portal.web.language import readable

ASKED = {
    **dict.fromkeys(("person", "thing", "field"), arguments.text),
    **dict.fromkeys(("action", "kind", "unit"), arguments.code),
    **dict.fromkeys(("since", "until"), arguments.day),
    "before": arguments.whole(10**18),
    "size": arguments.PAGES["size"],
}


class AuditApi(Api):
    """Who did what, when, from where and why."""

    resource_name = "audit"
    class_permission_name = "Entity.audit"

    @expose("/", methods=["GET"])
    @protect()
    @in_shape
    @permission_name("list")
    @arguments.asks(ASKED)
    def get_list(self) -> Any:
        """Return the entries that fit, the latest first; ``next`` is the ``before`` of the next page."""
        asked = dict(arguments.asked())
        since, until = asked.pop("since", None), asked.pop("until", None)
        query = AuditQuery(
            under=asked.pop("unit", ""),
            since=begin_of(since) if since else None,
            until=end_of(until) if until else None,
            **asked,
        )
        page = audit.search(access.portal(), access.session(), query)
        return jsonify(next=page.next, result=[_entry(row) for row in page.rows])


def _entry(entry: AuditEntry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "at": entry.at.isoformat(),
        "actor": entry.actor,
        "action": entry.action,
        "kind": entry.kind,
        "object": entry.object_id,
        "fields": entry.fields.split(),
        "reason": readable(entry.reason),
        "channel": entry.channel,
        "ip": entry.ip,
        "request_id": entry.request_id,
    }
