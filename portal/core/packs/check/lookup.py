"""Looking matters up: telephones and reserved matters of entity types, and the words that parties read."""

from __future__ import annotations

from collections.abc import Iterator

from portal.core import pointer as pointers
from portal.core.conditions import FieldType, parse
from portal.core.errors import Problem, msg
from portal.core.packs.check.lifecycles import of_rows
from portal.core.packs.check.registry import Context, check, entries, items

MOST_QUESTIONS = 3


@check
def looked_up_by(context: Context) -> Iterator[Problem]:
    """The fields with telephones exist and hold telephones; the condition of reserved matters reads what there is."""
    for key, definition in items(context.section("forms")):
        entity, fields = definition.get("entity"), context.fields(key)
        raw = entity.get("lookup") if isinstance(entity, dict) else None
        if not isinstance(raw, dict) or fields is None:
            continue
        base = pointers.join(["forms", key, "entity", "lookup"])
        for index, where in entries(raw.get("phones")):
            found = fields.get(str(where))
            if found is None or found.type != "string":
                yield context.problem(
                    "entity.lookup",
                    msg("%(field)s is no field that holds a telephone number"),
                    f"{base}/phones/{index}",
                    msg("Name a field with the format cn-phone"),
                    field=where,
                )
        if "reserved" in raw:
            facts = {"/stage": FieldType("string")}
            facts |= {f"/data{name}": of_rows(name, kind) for name, kind in fields.items()}
            misfits = parse(raw["reserved"], fields=facts, pointer="", counts=False)[1]
            yield from context.relocate(misfits, f"{base}/reserved")


@check
def words_for_parties(context: Context) -> Iterator[Problem]:
    """What is looked up has words for reserved matters; no more than three questions are asked."""
    settings = context.section("settings")
    words = settings.get("lookup") if isinstance(settings, dict) else None
    words = words if isinstance(words, dict) else {}
    looked_up = any(
        isinstance(definition.get("entity"), dict)
        and "reserved" in (definition["entity"].get("lookup") or {})
        for _, definition in items(context.section("forms"))
    )
    if looked_up and not words.get("reserved"):
        yield context.problem(
            "settings.lookup",
            msg("Nothing says what parties read of a reserved matter"),
            "/settings/lookup",
            msg("Add lookup.reserved with title and text"),
        )
    asked = [key for key, one in items(words.get("questions")) if not one.get("hidden")]
    if len(asked) > MOST_QUESTIONS:
        yield context.problem(
            "settings.questions",
            msg("%(count)s questions are asked after closing, at most %(most)s may be"),
            "/settings/lookup/questions",
            msg("Hide some of them"),
            count=len(asked),
            most=MOST_QUESTIONS,
        )
