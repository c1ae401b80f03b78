"""Terms that conditions compare with: what a field takes from a list of types has to stand in that list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from portal.core import pointer as pointers
from portal.core.conditions import FieldType
from portal.core.conditions.parse import GROUPS
from portal.core.errors import Problem, msg
from portal.core.packs.check.options import MEMBERS
from portal.core.packs.check.registry import Context, check, did_you_mean, entries, items, meant
from portal.core.packs.check.rules import users_of

Fields = Mapping[str, str]
"""Which list of types a field takes its values from, by the name that a condition has for the field."""
_COMPARED = (*MEMBERS, "under", "not_under")


@check
def terms_of_rules(context: Context) -> Iterator[Problem]:
    """Rules and examples name terms that there are, also where an input does not say which list it is from."""
    for key, definition in items(context.section("rules")):
        fields: dict[str, str] = {}
        for form, _ in users_of(context, key):
            fields |= _lists_of(context.fields(form))
        silent = {
            name: fields[str(declared["from"])]
            for name, declared in items(definition.get("inputs"))
            if str(declared.get("from")) in fields and not declared.get("taxonomy")
        }
        base = pointers.join(["rules", key])
        for rule, body in items(definition.get("rules")):
            where = pointers.join(["rules", rule, "when"], base)
            yield from _in_condition(context, body.get("when"), where, silent)
        for index, example in entries(definition.get("examples")):
            facts = example.get("facts") if isinstance(example, dict) else None
            for field, value in facts.items() if isinstance(facts, dict) else ():
                if f"/{field}" in fields:
                    at = pointers.join(["examples", index, "facts", field], base)
                    yield from _unknown(context, value, at, fields[f"/{field}"])


@check
def terms_of_guards(context: Context) -> Iterator[Problem]:
    """Guards of steps name terms that there are."""
    for key, lifecycle in items(context.section("lifecycles")):
        entity = context.fields(str(lifecycle.get("entity")))
        for name, step in items(lifecycle.get("transitions")):
            known = {
                **_lists_of(entity, "/data"),
                **_lists_of(context.fields(str(step.get("form"))), "/form"),
            }
            where = pointers.join(["lifecycles", key, "transitions", name, "when"])
            yield from _in_condition(context, step.get("when"), where, known)


@check
def terms_of_forms(context: Context) -> Iterator[Problem]:
    """What shows a field of a form names terms that there are."""
    for key, form in items(context.section("forms")):
        ui = form.get("ui")
        known = _lists_of(context.fields(key))
        for field, shown in items(ui.get("fields") if isinstance(ui, dict) else None):
            where = pointers.join(["forms", key, "ui", "fields", field, "when"])
            yield from _in_condition(context, shown.get("when"), where, known)


@check
def terms_of_worklists(context: Context) -> Iterator[Problem]:
    """Worklists ask for terms that there are."""
    for key, definition in items(context.section("worklists")):
        known = _lists_of(context.fields(str(definition.get("entity"))), "/data")
        where = pointers.join(["worklists", key, "where"])
        yield from _in_condition(context, definition.get("where"), where, known)


def _lists_of(fields: Mapping[str, FieldType] | None, prefix: str = "") -> Fields:
    return {prefix + name: one.taxonomy for name, one in (fields or {}).items() if one.taxonomy}


def _in_condition(context: Context, condition: Any, where: str, known: Fields) -> Iterator[Problem]:
    """Yield a problem for each term of a condition that its field's list does not have."""
    if not isinstance(condition, dict):
        return
    for kind in GROUPS:
        for index, member in entries(condition.get(kind)):
            yield from _in_condition(context, member, f"{where}/{kind}/{index}", known)
    field = condition.get("field")
    if isinstance(field, str) and field in known and condition.get("op") in _COMPARED:
        yield from _unknown(context, condition.get("value"), f"{where}/value", known[field])


def _unknown(context: Context, value: Any, where: str, taxonomy: str) -> Iterator[Problem]:
    tree = context.taxonomies.get(taxonomy)
    listed = [(f"{where}/{index}", one) for index, one in entries(value)] or [(where, value)]
    for at, code in listed:
        if tree is None or not isinstance(code, str) or code in tree:
            continue
        terms = {term.code: {"title": term.title} for term in tree}
        close, title = meant(code, terms)
        yield context.problem(
            "terms.unknown",
            msg("The list of types “%(taxonomy)s” has no %(code)s"),
            at,
            did_you_mean(title) if close else msg("Use a code of docs/reference/base.md"),
            taxonomy=taxonomy,
            code=code,
            known=close,
            title=title,
        )
