"""Pages of a rule set of a draft: `/studio/<draft>/rules/<set>`, and the acts on them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from flask import flash, make_response, redirect, render_template, request
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from werkzeug.wrappers import Response

from portal.adapters.workbooks.writing import Sheet, write_workbook
from portal.core.errors import Conflict, Forbidden, InvalidInput, NotFound, PortalError, msg
from portal.core.rules.entered import Entered, entered, shown
from portal.core.rules.sentences import operators_for, phrase, takes_nothing, takes_several, tree_said
from portal.core.taxonomy import source_text
from portal.web.language import translate
from portal.web.ruling import proposing, saving
from portal.web.ruling.desk import Desk
from portal.web.ruling.trying import PREFIX, trial
from portal.web.studio.bar import Bar

SENTENCES, TABLE, PARAMETERS, EXAMPLES = "sentences", "table", "parameters", "examples"
TABS = {
    SENTENCES: msg("Sentence by sentence"),
    TABLE: msg("Decision table"),
    PARAMETERS: msg("Parameters"),
    EXAMPLES: msg("Examples"),
}
_GONE = msg("This is not there any more: somebody removed it")
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class RulesView(BaseView):
    """The rules of a draft, as sentences and as a table."""

    route_base = "/studio"
    class_permission_name = "Entity.draft"
    default_view = "show"

    @expose("/<key>/rules/<name>", methods=["GET"])
    @has_access
    @permission_name("list")
    def show(self, key: str, name: str) -> Any:
        """Show the rules of a set: sentences, table, parameters or examples."""
        desk = Desk.of(key, name)
        tab = request.args.get("view", SENTENCES)
        rule = desk.chosen(request.args.get("rule", ""))
        return self._page(desk, tab if tab in TABS else SENTENCES, rule)

    @expose("/<key>/ruling/<name>/sentence", methods=["POST"])
    @has_access
    @permission_name("edit")
    def sentence(self, key: str, name: str) -> Any:
        """Save the condition of a rule as the page has it, at once."""
        desk, asked = Desk.of(key, name), request.form
        rule = asked.get("rule", "")
        if rule not in desk.definition["rules"]:
            raise NotFound("editor.gone", _GONE)
        seen = _json(asked.get("seen", ""))
        # With its script a page says once what was pressed; a button pressed last comes with each later change too.
        act = asked.get("act" if "HX-Request" in request.headers else "pressed", "")
        sent = entered(asked.to_dict(), seen, desk.spoken, act)
        refused: list[str] = []
        saved = False
        if sent.sentence is not None:
            try:
                after = sent.sentence.to_json()
                saving.condition(desk, rule, seen, after)
                desk = desk.with_condition(rule, after)
                sent = shown(desk.definition["rules"][rule].get("when"), desk.spoken)
                saved = True
            except (Conflict, Forbidden, InvalidInput) as error:
                refused = _said(error)
        if "HX-Request" not in request.headers:
            return self._page(desk, SENTENCES, rule, sent, refused)
        parts = _parts(desk, rule, sent, refused)
        again = bool(act) or sent.drawn != asked.get("drawn", "")
        return make_response(render_template("ruling/saved.html", again=again, saved=saved, **parts))

    @expose("/<key>/ruling/<name>/do/<act>", methods=["POST"])
    @has_access
    @permission_name("edit")
    def do(self, key: str, name: str, act: str) -> Response:
        """Add a rule or an example, move a rule, change a parameter, take over a pasted table."""
        desk = Desk.of(key, name)
        acts: dict[str, Callable[[Desk], str]] = {
            "add": _add,
            "from_finding": _from_finding,
            "keep_finding": _keep_finding,
            "keep_trial": _keep_trial,
            "propose": _propose,
            "unpropose": _unpropose,
            "reason": _reason,
            "up": lambda one: _move(one, True),
            "down": lambda one: _move(one, False),
            "parameter": _parameter,
            "paste": _paste,
        }
        if act not in acts:
            raise NotFound("editor.unknown", msg("A configuration has no such page"))
        try:
            return redirect(acts[act](desk))
        except (Conflict, Forbidden, InvalidInput, NotFound) as error:
            if isinstance(error, Forbidden) and not error.code.startswith("draft."):
                raise
            for text in _said(error):
                flash(text, "danger")
            back = {"parameter": f"?view={PARAMETERS}", "paste": f"?view={TABLE}"}.get(act, _chosen())
            return redirect(desk.url + back)

    @expose("/<key>/ruling/<name>/table.xlsx", methods=["GET"])
    @has_access
    @permission_name("list")
    def workbook(self, key: str, name: str) -> Response:
        """Send the decision table as a workbook."""
        desk = Desk.of(key, name)
        heads, *lines = desk.table.texts(desk.spoken)
        content = write_workbook(Sheet(translate(msg("Rules")), heads, lines, (28,)))
        response = make_response(content)
        response.headers["Content-Type"] = _XLSX
        response.headers["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
        return response

    def _page(
        self, desk: Desk, tab: str, rule: str, sent: Entered | None = None, refused: list[str] | None = None
    ) -> Any:
        shown_parts = _parts(desk, rule, sent, refused or [])
        return self.render_template(
            "ruling/page.html",
            nav_active="studio",
            bar=Bar.of(desk.key, "rules"),
            title=desk.screen.title,
            crumbs=[(translate(msg("Studio")), f"/studio/{desk.key}/"), *desk.screen.crumbs],
            tab=tab,
            parameters=desk.parameters,
            tabs=[(name, translate(text)) for name, text in TABS.items()],
            **shown_parts,
        )


def _parts(desk: Desk, rule: str, sent: Entered | None, refused: list[str]) -> dict[str, Any]:
    """Return what both the page and its answers after a save show."""
    now = desk.definition["rules"].get(rule, {}).get("when")
    locked = desk.screen.lock(desk.place(rule))
    return {
        "desk": desk,
        "rule": rule,
        "sent": sent if sent is not None else shown(now, desk.spoken),
        "seen": json.dumps(now, ensure_ascii=False),
        "refused": refused,
        "lock": locked,
        "may_edit": desk.screen.may_edit and locked is None,
        "kept_said": lambda raw: tree_said(raw, desk.spoken),
        "phrase": lambda op: phrase(op, translate),
        "operators_for": operators_for,
        "takes_nothing": takes_nothing,
        "takes_several": takes_several,
        "trial": trial(desk, rule, request.values.to_dict()) if rule else None,
        "offers": proposing.offers(desk),
        "ways": proposing.ways(desk),
        "periods": proposing.periods(desk),
        "said_reason": desk.in_words(source_text(desk.definition["rules"].get(rule, {}).get("reason", ""))),
    }


def _json(text: str) -> Any:
    try:
        return json.loads(text[:200_000]) if text else None
    except ValueError:
        return None


def _said(error: PortalError) -> list[str]:
    told = [one.text(translate) for one in error.problems]
    return list(dict.fromkeys(told))[:20] or [error.text(translate)]


def _chosen() -> str:
    return f"?rule={quote(request.form.get('rule', ''))}"


def _add(desk: Desk) -> str:
    return f"{desk.url}?rule={quote(saving.add_rule(desk, request.form.get('title', '')))}"


def _finding(desk: Desk) -> Any:
    key = request.form.get("finding", "")
    number = next((one.number for one in desk.told if one.key == key and one.matter), None)
    if number is None:
        raise Conflict("rules.finding", msg("The rules have changed since: this is not found any more"))
    return desk.findings[number]


def _keep_finding(desk: Desk) -> str:
    finding = _finding(desk)
    told = next(one for one in desk.told if desk.findings[one.number] is finding)
    name = "，".join(f"{title} {text}" for title, text in told.matter)[:120]
    saving.witness_example(desk, finding, name)
    flash(translate(msg("Kept as an example, as it comes out now.")), "success")
    return desk.url + (_chosen() if request.form.get("rule") else "")


def _from_finding(desk: Desk) -> str:
    finding = _finding(desk)
    spoken = desk.spoken
    parts = []
    for name, value in finding.witness.values.items():
        kind = desk.definition["inputs"][name]["type"]
        op = "under" if kind in ("taxonomy", "unit") else "has_all" if isinstance(value, list) else "eq"
        parts.append({"field": name, "op": op, "value": value})
    title = "，".join(spoken.value(one["field"], one["value"]) for one in parts)[:60]
    when = {"all": parts} if len(parts) > 1 else parts[0] if parts else None
    made = saving.add_rule(desk, title or translate(msg("New rule")), when)
    flash(translate(msg("A rule for this matter was added. Choose what it proposes.")), "success")
    return f"{desk.url}?rule={quote(made)}"


def _keep_trial(desk: Desk) -> str:
    name = " ".join(request.form.get("name", "").split())[:120]
    if not name:
        raise InvalidInput("rules.example_name", msg("Say what the example is called"))
    sent = {key: text for key, text in request.form.items() if key.startswith(PREFIX) or key == "t_day"}
    saving.tried_example(desk, trial(desk, request.form.get("rule", ""), sent), name)
    flash(translate(msg("Kept as an example, as it comes out now.")), "success")
    return desk.url + _chosen()


def _propose(desk: Desk) -> str:
    proposing.propose(desk, _rule(desk), request.form)
    return desk.url + _chosen()


def _unpropose(desk: Desk) -> str:
    proposing.unpropose(desk, _rule(desk), request.form.get("number", ""))
    return desk.url + _chosen()


def _reason(desk: Desk) -> str:
    proposing.reword(desk, _rule(desk), request.form.get("reason", ""))
    flash(translate(msg("Saved.")), "success")
    return desk.url + _chosen()


def _rule(desk: Desk) -> str:
    rule = request.form.get("rule", "")
    if rule not in desk.definition["rules"]:
        raise NotFound("editor.gone", _GONE)
    return rule


def _move(desk: Desk, up: bool) -> str:
    rule = request.form.get("rule", "")
    if rule in desk.definition["rules"]:
        saving.move(desk, rule, up)
    return desk.url + _chosen()


def _parameter(desk: Desk) -> str:
    saving.parameter(desk, request.form.get("name", ""), request.form.get("text", "")[:20_000])
    flash(translate(msg("Saved.")), "success")
    return f"{desk.url}?view={PARAMETERS}"


def _paste(desk: Desk) -> str:
    changed, new = saving.paste(desk, request.form.get("cells", ""))
    said = translate(msg("%(changed)s rules changed, %(new)s rules added.")) % {
        "changed": changed,
        "new": new,
    }
    flash(said, "success")
    return f"{desk.url}?view={TABLE}"
