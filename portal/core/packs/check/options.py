"""Values that conditions compare with: where a field has a list of options, the value is one of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from portal.core import pointer as pointers
from portal.core.conditions.parse import GROUPS
from portal.core.errors import Problem, msg
from portal.core.packs.check.registry import Context, check, did_you_mean, entries, items, meant
from portal.core.packs.check.rules import users_of
from portal.core.packs.check.worklists import CODES
from portal.core.referrals import STATES

Options = Mapping[str, Mapping[str, Any]]
# Operators that compare with members of a list.
MEMBERS = ("eq", "ne", "in", "not_in", "has", "has_any", "has_all")


@check
def options_of_rules(context: Context) -> Iterator[Problem]:
    """Conditions and examples of rules name options that the fields have."""
    for key, definition in items(context.section("rules")):
        known = _of_forms(context, [form for form, _ in users_of(context, key)])
        by_input = {
            name: known[declared["from"]]
            for name, declared in items(definition.get("inputs"))
            if isinstance(declared.get("from"), str) and declared["from"] in known
        }
        base = pointers.join(["rules", key])
        for rule, body in items(definition.get("rules")):
            yield from _values(
                context, body.get("when"), pointers.join(["rules", rule, "when"], base), by_input
            )
        for index, example in entries(definition.get("examples")):
            facts = example.get("facts") if isinstance(example, dict) else None
            for field, value in facts.items() if isinstance(facts, dict) else ():
                options = known.get(f"/{field}")
                at = pointers.join(["examples", index, "facts", field], base)
                if options is not None:
                    yield from _listed(context, value, at, f"/{field}", options)


@check
def options_of_guards(context: Context) -> Iterator[Problem]:
    """Guards of steps name options of the record's fields and of the step's form, and facts as they are called."""
    for key, lifecycle in items(context.section("lifecycles")):
        entity = str(lifecycle.get("entity"))
        stages = dict(items(lifecycle.get("stages")))
        for name, step in items(lifecycle.get("transitions")):
            known = {
                **_facts(context),
                "/stage": stages,
                **_under(context, "/data", entity),
                **_under(context, "/form", str(step.get("form"))),
            }
            where = pointers.join(["lifecycles", key, "transitions", name, "when"])
            yield from _values(context, step.get("when"), where, known)


@check
def options_of_fields(context: Context) -> Iterator[Problem]:
    """What shows a field names options that the other fields of the form have."""
    for key, form in items(context.section("forms")):
        ui = form.get("ui")
        for field, shown in items(ui.get("fields") if isinstance(ui, dict) else None):
            where = pointers.join(["forms", key, "ui", "fields", field, "when"])
            yield from _values(context, shown.get("when"), where, context.options(key))


def _facts(context: Context) -> dict[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {"/referral/status": dict.fromkeys(STATES, "")}
    for fact, section in CODES.items():
        names = pointers.get(context.bundle, section, None)
        if isinstance(names, dict):
            found[fact] = names
    return found


def _of_forms(context: Context, forms: list[str]) -> dict[str, Mapping[str, Any]]:
    """Return the options of fields over several forms; a field without a list in one of them has none."""
    found: dict[str, dict[str, Any]] = {}
    for form in forms:
        options = context.options(form)
        for field in context.fields(form) or {}:
            if field in options:
                found.setdefault(field, {}).update(options[field])
    open_fields = {
        field for form in forms for field in context.fields(form) or {} if field not in context.options(form)
    }
    return {field: options for field, options in found.items() if field not in open_fields}


def _under(context: Context, prefix: str, form: str) -> dict[str, Mapping[str, Any]]:
    return {prefix + field: options for field, options in context.options(form).items()}


def _values(context: Context, condition: Any, where: str, known: Options) -> Iterator[Problem]:
    """Yield a problem for each value of a condition that is none of the options of its field."""
    if isinstance(condition, list):
        for index, member in enumerate(condition):
            yield from _values(context, member, f"{where}/{index}", known)
    if not isinstance(condition, dict):
        return
    for kind in GROUPS:
        if kind in condition:
            yield from _values(context, condition[kind], f"{where}/{kind}", known)
    field = condition.get("field")
    if isinstance(field, str) and field in known and condition.get("op") in MEMBERS:
        yield from _listed(context, condition.get("value"), f"{where}/value", field, known[field])


def _listed(
    context: Context, value: Any, where: str, field: str, options: Mapping[str, Any]
) -> Iterator[Problem]:
    listed = [(where, value)] if isinstance(value, str) else []
    if isinstance(value, list):
        listed = [(f"{where}/{index}", one) for index, one in enumerate(value) if isinstance(one, str)]
    for at, one in listed:
        if one not in options:
            close, title = meant(one, options)
            yield context.problem(
                "options.unknown",
                msg("“%(field)s” has no option %(value)s"),
                at,
                did_you_mean(title) if close else msg("Use one of: %(known)s"),
                field=field,
                value=one,
                known=close or ", ".join(_told(key, options) for key in list(options)[:20]),
                title=title,
            )


def _told(key: str, options: Mapping[str, Any]) -> str:
    label = options.get(key)
    return f"{key} ({label})" if isinstance(label, str) and label and label != key else key
