"""Compiling lifecycles: from the definition to the model, with every problem at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from portal.core import pointer as pointers
from portal.core.conditions import Condition, FieldType, parse
from portal.core.errors import DefinitionError, Problem, msg
from portal.core.lifecycle.model import (
    ANY_STAGE,
    Adds,
    BecauseOf,
    Follows,
    Known,
    Lifecycle,
    Looked,
    Opens,
    OtherThan,
    Stage,
    Takes,
    Transition,
)
from portal.core.lifecycle.reaching import dead_ends, entries, unreachable

Fields = Mapping[str, FieldType | str]


def compile_lifecycle(definition: Mapping[str, Any], *, lifecycle_id: str = "", file: str = "") -> Lifecycle:
    """Compile a lifecycle; DefinitionError with all problems when it can't be used."""
    problems = check_lifecycle(definition, file=file)
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors:
        name = {"lifecycle": lifecycle_id or str(definition.get("title", ""))}
        raise DefinitionError(
            "lifecycle.broken", msg("The lifecycle %(lifecycle)s can't be used"), name, errors
        )
    return Lifecycle(
        id=lifecycle_id,
        entity=definition["entity"],
        title=definition["title"],
        stages=tuple(sorted(_stages(definition), key=lambda stage: (stage.order, stage.id))),
        transitions=tuple(sorted(_transitions(definition), key=lambda step: (step.order, step.id))),
        approving=frozenset(definition.get("correction", {}).get("roles", ())),
    )


def _stages(definition: Mapping[str, Any]) -> Iterator[Stage]:
    for key, raw in definition["stages"].items():
        yield Stage(
            id=key,
            title=raw["title"],
            canonical=raw["canonical"],
            order=raw.get("order", 0),
            initial=bool(raw.get("initial")),
            final=bool(raw.get("final")),
            listed=bool(raw.get("listed", True)),
            parallel=bool(raw.get("parallel")),
            hidden=bool(raw.get("hidden")),
            first=raw.get("on_referral", {}).get("first", ""),
            stays=bool(raw.get("on_referral", {}).get("stay")),
            locked=bool(raw.get("locked", raw.get("final"))),
            public=raw.get("public"),
        )


def _transitions(definition: Mapping[str, Any]) -> Iterator[Transition]:
    for key, raw in definition["transitions"].items():
        yield Transition(
            id=key,
            title=raw["title"],
            sources=frozenset(raw["from"]),
            roles=frozenset(raw["roles"]),
            to=raw.get("to"),
            lane=raw.get("lane"),
            lane_state=raw.get("set"),
            when=_guard(raw),
            form=raw.get("form"),
            reason=raw.get("reason"),
            copy=dict(raw.get("copy", {})),
            adds=_adds(raw.get("adds")),
            not_before={where: tuple(others) for where, others in raw.get("not_before", {}).items()},
            confirm=raw.get("confirm"),
            missing=raw.get("missing"),
            takes=_takes(raw.get("takes_from")),
            continues=frozenset(raw.get("continues", ())),
            known_from={where: _known(rows) for where, rows in raw.get("known_from", {}).items()},
            order=raw.get("order", 0),
            primary=bool(raw.get("primary")),
            hidden=bool(raw.get("hidden")),
            on=raw.get("on", ""),
            then=tuple(raw.get("then", ())),
            opens=_opens(raw.get("opens")),
            other_than=_other_than(raw.get("other_than")),
            because_of=_because_of(raw.get("because_of")),
            follows=_follows(raw.get("follows")),
            side=raw.get("side"),
            again=bool(raw.get("again")),
            checks=tuple(_checks(raw.get("checks"))),
        )


def _adds(raw: Any) -> Adds | None:
    if not isinstance(raw, Mapping):
        return None
    return Adds(raw["to"], dict(raw["by_unit"]), _guard(raw), raw.get("ticks", ""))


def _takes(raw: Any) -> Takes | None:
    if not isinstance(raw, Mapping):
        return None
    stages, take, values = raw["stages"], raw.get("take", {}), raw.get("set", {})
    return Takes(raw["entity"], frozenset(stages), dict(take), dict(values))


def _known(rows: Iterable[Mapping[str, Any]]) -> tuple[Known, ...]:
    return tuple(Known(one["step"], one["field"], dict(one.get("values", {}))) for one in rows)


def _opens(raw: Any) -> Opens | None:
    return Opens(raw["entity"], dict(raw.get("prefill", {}))) if isinstance(raw, Mapping) else None


def _other_than(raw: Any) -> OtherThan | None:
    if not isinstance(raw, Mapping):
        return None
    did = {value: frozenset(names) for value, names in raw.get("did", {}).items()}
    return OtherThan(raw["step"], raw.get("by", ""), did)


def _checks(raw: Any) -> Iterator[Looked]:
    named = [(key, one) for key, one in entries(raw).items() if not one.get("hidden")]
    for key, one in sorted(named, key=lambda each: (each[1].get("order", 0), each[0])):
        yield Looked(
            key, one["title"], one["unmet"], _guard(one), one.get("period", ""), one.get("source", "")
        )


def _because_of(raw: Any) -> BecauseOf | None:
    if not isinstance(raw, Mapping):
        return None
    return BecauseOf(raw["by"], {value: frozenset(names) for value, names in raw["steps"].items()})


def _follows(raw: Any) -> Follows | None:
    return Follows(raw["step"], raw["by"], frozenset(raw["values"])) if isinstance(raw, Mapping) else None


def _guard(raw: Mapping[str, Any]) -> Condition | None:
    return parse(raw["when"])[0] if "when" in raw else None


def check_lifecycle(
    definition: Mapping[str, Any], *, fields: Fields | None = None, file: str = ""
) -> list[Problem]:
    """Return what is wrong with a lifecycle: stages, steps, reachability, guards.

    ``fields`` are the facts that guards may read, such as ``/data/amount``; None allows any.
    """
    stages = entries(definition.get("stages"))
    steps = entries(definition.get("transitions"))
    graph = _Graph(stages, steps, file)
    problems = [*graph.problems()]
    for key, step in steps.items():
        if "when" in step:
            where = pointers.join(["transitions", key, "when"])
            problems.extend(parse(step["when"], fields=fields, file=file, pointer=where)[1])
        for name, one in entries(step.get("checks")).items():
            if "when" in one:
                where = pointers.join(["transitions", key, "checks", name, "when"])
                problems.extend(parse(one["when"], fields=fields, file=file, pointer=where)[1])
    return problems


class _Graph:
    """The stages and steps as a graph, for checks."""

    def __init__(
        self, stages: dict[str, Mapping[str, Any]], steps: dict[str, Mapping[str, Any]], file: str
    ) -> None:
        self.stages, self.steps, self.file = stages, steps, file
        self.main = {key for key, stage in stages.items() if not stage.get("parallel")}
        self.initial = {key for key in self.main if stages[key].get("initial")}
        self.final = {key for key in self.main if stages[key].get("final")}

    def problems(self) -> Iterator[Problem]:
        """Yield every problem of the graph."""
        if len(self.initial) != 1:
            yield self._problem(
                "initial",
                msg("Exactly one main stage must be initial; %(count)s are"),
                "/stages",
                msg('Set "initial": true on one stage'),
                count=len(self.initial),
            )
        if not self.final:
            yield self._problem(
                "final",
                msg("No stage is final"),
                "/stages",
                msg('Set "final": true on the stage in which records end'),
            )
        for key, step in self.steps.items():
            yield from self._ends(pointers.join(["transitions", key]), step)
            yield from self._locked(pointers.join(["transitions", key]), step)
        yield from self._reachability()

    def _ends(self, where: str, step: Mapping[str, Any]) -> Iterator[Problem]:
        sources = step.get("from")
        for index, source in enumerate(sources if isinstance(sources, list) else ()):
            if source != ANY_STAGE:
                yield from self._main_stage(source, f"{where}/from/{index}")
        if "to" in step:
            yield from self._main_stage(step["to"], f"{where}/to")
        lane = step.get("lane")
        if "lane" in step and not (isinstance(lane, str) and self.stages.get(lane, {}).get("parallel")):
            yield self._problem(
                "lane",
                msg("%(stage)s is not a parallel stage"),
                f"{where}/lane",
                msg('Name a stage with "parallel": true'),
                stage=lane,
            )

    def _locked(self, where: str, step: Mapping[str, Any]) -> Iterator[Problem]:
        """Yield that a step would change the data of a record that is locked before and after it."""
        sources, to = step.get("from"), step.get("to")
        named = [one for one in sources if isinstance(one, str)] if isinstance(sources, list) else []
        inside = [one for one in named if self._locks(one) and (to is None or self._locks(to))]
        for key in ("copy", "adds") if inside else ():
            if step.get(key):
                yield self._problem(
                    "locked",
                    msg("In the stage %(stage)s records are locked; this step would change what they hold"),
                    f"{where}/{key}",
                    msg('Leave out "%(key)s", or open the stage with "locked": false'),
                    stage=inside[0],
                    key=key,
                )

    def _locks(self, stage: Any) -> bool:
        raw = self.stages.get(stage, {}) if isinstance(stage, str) else {}
        return bool(raw.get("locked", raw.get("final")))

    def _main_stage(self, stage: Any, where: str) -> Iterator[Problem]:
        known = ", ".join(sorted(self.main))
        if stage not in self.stages:
            yield self._problem(
                "stage",
                msg("There is no stage %(stage)s"),
                where,
                msg("Use one of: %(known)s"),
                stage=stage,
                known=known,
            )
        elif stage not in self.main:
            yield self._problem(
                "parallel",
                msg("%(stage)s is a lane beside the main stages"),
                where,
                msg('Use "lane" and "set", or one of: %(known)s'),
                stage=stage,
                known=known,
            )

    def _reachability(self) -> Iterator[Problem]:
        for key in unreachable(self.stages, self.steps):
            yield self._problem(
                "unreachable",
                msg("No step leads to the stage %(stage)s"),
                f"/stages/{key}",
                msg("Add a transition to it, or hide it"),
                stage=key,
            )
        for key in dead_ends(self.stages, self.steps):
            yield self._problem(
                "dead_end",
                msg("From the stage %(stage)s no final stage can be reached"),
                f"/stages/{key}",
                msg("Add a transition out of it"),
                stage=key,
            )

    def _problem(self, code: str, message: str, where: str, remedy: str, **params: Any) -> Problem:
        return Problem(f"lifecycle.{code}", message, params, self.file, where, remedy)
