"""The paths of one entity type, as the release in force defines it."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from portal.core.errors import MAX_REASON
from portal.core.forms import CompiledForm
from portal.core.lifecycle import Transition
from portal.core.links import chosen
from portal.core.referrals import ANSWERS
from portal.services.records import COUNTED_BY
from portal.web.api import tasks as api
from portal.web.api.body import OPENED
from portal.web.api.openapi import tasks
from portal.web.api.openapi.parts import (
    BOOLEAN,
    CODES,
    MAYBE,
    MOMENT,
    PAGED,
    SHORT,
    TEXT,
    WHOLE,
    answers,
    asked,
    body,
    operation,
    page_of,
)
from portal.web.api.openapi.schemas import Json, listed, of_form, optional, ref, result, text, thing
from portal.web.api.query import MAX_RISON, RISON
from portal.web.words.list_query import takes_one
from portal.web.words.list_state import FROM, MAX_VALUES, TO
from portal.web.words.screen import Field, Screen

BODY = (400, 413, 415, 422)
WHY, NEEDED_WHY = text(maxLength=MAX_REASON), text(minLength=1, maxLength=MAX_REASON)
CHANGE = (*BODY, 404, 409, 412, 428)
VERSIONED = [ref("uid", "parameters"), ref("IfMatch", "parameters")]
FROM_STEP = thing({name: WHOLE if kind is int else TEXT for name, kind in OPENED.items()}, closed=True)
ONCE = ref("IdempotencyKey", "parameters")
UID = [ref("uid", "parameters")]


class TypedPaths:
    """What one person may do with the records of one type; ``actions`` are what their roles allow somewhere."""

    def __init__(self, screen: Screen, actions: Collection[str]) -> None:
        self.screen = screen
        self.actions = frozenset(actions)
        self.etype = screen.entity.id
        self.base = f"/api/v1/records/{self.etype}"
        self.found: dict[str, Json] = {}
        for action, add in (
            ("list", self._list),
            ("list", self._counts),
            ("add", self._add),
            ("show", self._show),
            ("edit", self._edit),
            ("delete", self._delete),
            ("show", self._work),
            ("transition", self._steps),
            ("transition", self._record_event),
            ("show", self._tasks),
            ("transition", self._task_writes),
            ("dispose", self._dispose),
            ("unmask", self._unmask),
            ("edit", self._release),
        ):
            if action in self.actions:
                add()

    def schemas(self) -> Json:
        """Return the schemas of the type: what a record holds, and what each step asks for."""
        forms = {step.form for step in self._offered() if step.form}
        found = {
            self._form_name(form): of_form(self._form(form), self._form_name(form)) for form in sorted(forms)
        }
        return {
            f"{self.etype}.data": of_form(self.screen.form, f"{self.etype}.data"),
            f"{self.etype}.record": self._record(),
            **found,
        }

    def _put(self, path: str, method: str, made: Json) -> None:
        self.found.setdefault(self.base + path, {})[method] = made

    def _operation(self, name: str, summary: str, found: Json, **more: object) -> Json:
        title = f"{summary}: {self.screen.title}"
        return operation(f"{self.etype}.{name}", title, self.etype, found, **more)

    def _list(self) -> None:
        arguments = [*PAGED, asked("text", SHORT, "Part of the title or of the code"), *self._filters()]
        arguments.append(asked(RISON, text(maxLength=MAX_RISON), "The same question as one object in rison"))
        keys = [field.key for field in self.screen.fields.values() if field.sortable]
        if keys:
            arguments.append(asked("sort", text(enum=[*keys, *(f"-{key}" for key in keys)]), "Order"))
        found = answers(200, page_of(ref(f"{self.etype}.record")), 400)
        self._put("/", "get", self._operation("list", "List", found, parameters=arguments))

    def _counts(self) -> None:
        by = "|".join(COUNTED_BY)
        arguments = [
            asked("by", text(pattern=f"^({by})(,({by}))?$"), "One group, or two with a comma between them"),
            asked("unit", CODES, "Those that this unit or one below it owns"),
            asked("open", {"enum": ["true", "false"]}, "Open ones alone"),
        ]
        row: Json = {name: {"anyOf": [MAYBE, BOOLEAN]} for name in COUNTED_BY}
        shown = thing({"count": WHOLE}) | {"properties": row | {"count": WHOLE}}
        found = answers(200, result(listed(shown)), 400, 404)
        self._put("/counts/", "get", self._operation("counts", "Count", found, parameters=arguments))

    def _filters(self) -> Iterator[Json]:
        for field in self.screen.fields.values():
            if not field.filterable:
                continue
            if field.ranged:
                schema = field.of.argument()
                yield asked(field.key + FROM, schema, field.label)
                yield asked(field.key + TO, schema, field.label)
            elif takes_one(field):
                yield asked(field.key, _value(field), field.label)
            else:
                several = listed(_value(field)) | {"minItems": 1, "maxItems": MAX_VALUES}
                yield asked(field.key, several, field.label)

    def _add(self) -> None:
        entered = thing(
            {
                "data": ref(f"{self.etype}.data"),
                "unit": TEXT,
                "parent": TEXT,
                "from": FROM_STEP,
                "links": {"type": "object", "additionalProperties": {"enum": list(chosen())}},
            },
            needed=False,
            closed=True,
        ) | {"required": ["data"]}
        found = answers(201, self._one(), *BODY, 404, 409, header=("ETag", "Location"))
        made = self._operation("add", "Register", found, parameters=[ONCE], requestBody=body(entered))
        self._put("/", "post", made)
        alike = thing(dict.fromkeys(("uid", "code", "title", "stage"), TEXT)) | {}
        alike["properties"] |= {"created_at": MOMENT, "reasons": listed(TEXT)}
        entered = thing({"data": {"type": "object"}}, closed=True)
        found = answers(200, result(listed(alike)), *BODY)
        told = self._operation("same", "Possibly the same matter", found, requestBody=body(entered))
        self._put("/same/", "post", told)

    def _show(self) -> None:
        found = answers(200, self._one(), 404, header=("ETag",))
        self._put("/{uid}", "get", self._operation("show", "Read", found, parameters=UID))

    def _edit(self) -> None:
        for method, data in (("put", ref(f"{self.etype}.data")), ("patch", {"type": "object"})):
            entered = thing({"data": data, "reason": WHY}, needed=False, closed=True)
            entered["required"] = ["data"]
            found = answers(200, self._one(), *CHANGE, header=("ETag",))
            name, summary = (
                ("replace", "Replace") if method == "put" else ("change", "Change by a merge patch")
            )
            made = self._operation(name, summary, found, parameters=VERSIONED, requestBody=body(entered))
            self._put("/{uid}", method, made)

    def _delete(self) -> None:
        found = answers(204, None, 400, 404, 409, 412, 422, 428)
        arguments = [*VERSIONED, asked("reason", NEEDED_WHY, "Why") | {"required": True}]
        self._put("/{uid}", "delete", self._operation("delete", "Delete", found, parameters=arguments))

    def _work(self) -> None:
        parts: dict[str, tuple[str, tuple[str, ...]]] = {
            "transitions": ("Transition", ("ETag",)),
            "decisions": ("Decision", ("ETag",)),
            "referrals": ("Referral", ()),
            "history": ("Event", ()),
            "clocks": ("Clock", ("ETag",)),
            "events": ("RecordableEvent", ()),
        }
        for part, (schema, header) in parts.items():
            found = answers(200, result(listed(ref(schema))), 404, header=header)
            self._put(
                f"/{{uid}}/{part}", "get", self._operation(part, part.capitalize(), found, parameters=UID)
            )
        at, which = "/{uid}/referrals/{referral}", ref("referral", "parameters")
        found = answers(200, result(ref("Referral")), 404, header=("ETag",))
        self._put(at, "get", self._operation("referral", "Read a referral", found, parameters=[*UID, which]))
        for answer in ANSWERS.values():
            if answer.needs in self.actions:
                self._put(f"{at}/{answer.name}", "post", self._answer(answer.name, which))

    def _answer(self, answer: str, which: Json) -> Json:
        step: Json = {"type": "object", "description": "What the step asks that the answer performs"}
        entered = thing({"reason": WHY, "form": step}, needed=False, closed=True)
        found = answers(200, result(ref("Referral")), *CHANGE, header=("ETag",))
        return self._operation(
            f"referral.{answer}",
            f"Answer a referral: {answer}",
            found,
            parameters=[*VERSIONED, which, ONCE],
            requestBody=body(entered),
        )

    def _steps(self) -> None:
        for step in self._offered():
            needed = (["data"] if step.form else []) + (["reason"] if step.reason == "required" else [])
            members: Json = {"data": ref(self._form_name(step.form))} if step.form else {}
            entered = thing({**members, "reason": WHY}, needed=False, closed=True)
            if needed:
                entered["required"] = needed
            made = self._operation(
                f"transition.{step.id}",
                self.screen.texts(step.title),
                answers(200, self._one(), *CHANGE, header=("ETag",)),
                parameters=[*VERSIONED, ONCE],
                requestBody=body(entered),
            )
            self._put(f"/{{uid}}/transitions/{step.id}", "post", made)

    def _record_event(self) -> None:
        members = {
            "event": TEXT,
            "day": text(format="date"),
            "variants": {"type": "object", "additionalProperties": TEXT},
            "files": listed(TEXT),
            "reason": WHY,
        }
        entered = thing(members, needed=False, closed=True) | {"required": ["event", "day"]}
        made = self._operation(
            "record_event",
            "Record an event",
            answers(200, self._one(), *CHANGE, header=("ETag",)),
            parameters=[*VERSIONED, ONCE],
            requestBody=body(entered),
        )
        self._put("/{uid}/events", "post", made)

    def _tasks(self) -> None:
        beside = {"suggested": listed(ref("SuggestedTask")), "owners": listed(ref("TaskOwners"))}
        found = answers(200, result(listed(ref("Task")), **beside), 404)
        self._put("/{uid}/tasks", "get", self._operation("tasks", "Tasks", found, parameters=UID))
        found = answers(200, result(ref("Task")), 404, header=("ETag",))
        made = self._operation("task", "Read a task", found, parameters=[*UID, tasks.NUMBER])
        self._put("/{uid}/tasks/{n}", "get", made)

    def _task_writes(self) -> None:
        for path, name, summary, entered in (
            ("/{uid}/tasks", "task.add", "Add a task", tasks.entered(api.ADDED)),
            (
                "/{uid}/tasks/suggested",
                "task.suggested",
                "Take over suggested tasks",
                tasks.entered(api.TAKEN_OVER),
            ),
        ):
            found = answers(201, result(ref("TaskMade")), *BODY, 404, 409, header=("ETag", "Location"))
            more = {"parameters": [*UID, ONCE], "requestBody": body(entered)}
            self._put(path, "post", self._operation(name, summary, found, **more))
        for action, members in api.SETTLING.items():
            entered = tasks.entered(members, *(("reason",) if action == "drop" else ()))
            found = answers(200, result(ref("TaskMade")), *CHANGE, header=("ETag",))
            more = {"parameters": [*VERSIONED, tasks.NUMBER, ONCE], "requestBody": body(entered)}
            made = self._operation(f"task.{action}", f"A task: {action}", found, **more)
            self._put(f"/{{uid}}/tasks/{{n}}/{action}", "post", made)

    def _dispose(self) -> None:
        proposal, why = WHOLE | {"minimum": 0}, text(minLength=1)
        step: Json = {"type": "object", "description": "What the step asks that the referral performs"}
        confirmed = thing({"proposal": proposal, "reason": WHY, "form": step}, needed=False, closed=True)
        overridden = thing(
            {"override": ref("Override"), "reason": why, "form": step}, needed=False, closed=True
        )
        overridden["required"] = ["override", "reason"]
        entered: Json = {"oneOf": [confirmed | {"required": ["proposal"]}, overridden]}
        number: Json = {"type": "integer", "minimum": 1, "maximum": 2**63 - 1}
        decision: Json = {"name": "decision", "in": "path", "required": True, "schema": number}
        made = self._operation(
            "dispose",
            "Confirm a proposal, or send the matter elsewhere",
            answers(201, result(ref("Referral")), *CHANGE, header=("ETag", "Location")),
            parameters=[*VERSIONED, decision, ONCE],
            requestBody=body(entered),
        )
        self._put("/{uid}/decisions/{decision}/dispositions", "post", made)
        entered = thing({"grade": text(minLength=1), "reason": WHY}, needed=False, closed=True)
        made = self._operation(
            "grade",
            "Accept the grade of the rules, or give another one",
            answers(200, self._one(), *CHANGE, header=("ETag",)),
            parameters=[*VERSIONED, ONCE],
            requestBody=body(entered | {"required": ["grade"]}),
        )
        self._put("/{uid}/grade", "post", made)

    def _unmask(self) -> None:
        entered = thing({"reason": NEEDED_WHY}, closed=True)
        found = answers(200, thing({"until": MOMENT}), *BODY, 404, 429)
        made = self._operation("unmask", "Show personal data for a while", found, parameters=UID)
        self._put("/{uid}/unmask", "post", made | {"requestBody": body(entered)})

    def _release(self) -> None:
        number = WHOLE | {"minimum": 1, "maximum": 2**31 - 1}
        found = answers(200, result(ref("ReleaseMove")), 400, 404, 409, header=("ETag",))
        arguments = [*UID, asked("to", number, "The newer release to look at")]
        made = self._operation("release", "Look at a newer release", found, parameters=arguments)
        self._put("/{uid}/release", "get", made)
        entered = thing({"release": number, "stage": TEXT, "reason": NEEDED_WHY}, needed=False, closed=True)
        entered["required"] = ["release", "reason"]
        found = answers(200, self._one(), *CHANGE, header=("ETag",))
        made = self._operation(
            "move", "Move to a newer release", found, parameters=[*VERSIONED, ONCE], requestBody=body(entered)
        )
        self._put("/{uid}/release", "post", made)

    def _offered(self) -> list[Transition]:
        cycle = self.screen.lifecycle
        return [step for step in cycle.transitions if not step.hidden] if cycle else []

    def _form_name(self, form: str | None) -> str:
        return f"form.{form}"

    def _form(self, form: str | None) -> CompiledForm:
        return self.screen.bundle.form(str(form), self.screen.lang)

    def _one(self) -> Json:
        return result(ref(f"{self.etype}.record"))

    def _record(self) -> Json:
        day = optional(text(format="date"))
        data = {
            "type": "object",
            "description": "Valid by the form of the record's own release; what the person may not see is masked",
        }
        maybe = ("code", "stage", "canonical_stage", "dispute_type", "unit", "handler", "route")
        return thing(
            {
                "uid": text(pattern="^[0-9a-f]{32}$"),
                "type": {"const": self.etype},
                "title": TEXT,
                **dict.fromkeys(maybe, MAYBE),
                "lanes": {"type": "object", "additionalProperties": {"enum": ["open", "closed"]}},
                "open": BOOLEAN,
                "due_on": day,
                "due_provisional": BOOLEAN,
                "release": TEXT,
                "version": WHOLE | {"minimum": 1},
                "created_at": MOMENT,
                "created_by": TEXT,
                "updated_at": MOMENT,
                "data": data,
            }
        )


def _value(field: Field) -> Json:
    return text(enum=list(field.options)) if field.options else field.of.argument()
