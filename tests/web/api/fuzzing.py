"""Requests made up from the published OpenAPI document, and what every answer to them must be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks as openapi

from tests.web.api.program import CASES, Program

CHECKS = [
    not_a_server_error,
    openapi.status_code_conformance,
    openapi.content_type_conformance,
    openapi.response_headers_conformance,
    openapi.response_schema_conformance,
    openapi.negative_data_rejection,
]
# What the forms know beyond JSON Schema; words that exist, so that some requests go all the way.
FORMATS = {
    "cn-phone": ["13800000000", "0871-63100000"],
    "cn-id-number": ["11010519491231002X"],
    "unit-code": ["530112", "530112001", "530115"],
    "taxonomy-code": ["D0301", "D06"],
    "attachment": ["0" * 32],
}
# Right and wrong requests, about a case that is there and about anything at all.
WAYS = (
    (GenerationMode.POSITIVE, True),
    (GenerationMode.NEGATIVE, False),
    (GenerationMode.POSITIVE, False),
    (GenerationMode.NEGATIVE, True),
)
LOGOUT = "POST /api/v1/security/logout"
for name, values in FORMATS.items():
    schemathesis.openapi.format(name, st.sampled_from(values))


@dataclass
class Fuzz:
    """One person's requests to one application."""

    app: Any
    program: Program
    cases: int
    known: bool = False  # requests that can be known beforehand: the same in every run
    answers: Counter[int] = field(default_factory=Counter)

    def schema(self) -> Any:
        document = self.program.get("/api/v1/openapi.json").json
        schema = schemathesis.openapi.from_dict(document)
        schema.app = self.app
        return schema

    def run(self, operations: list[Any]) -> None:
        """Send about as many requests as asked for, spread over the operations; at least two to each."""
        each = round(self.cases / len(operations) / len(WAYS))
        faults: list[Exception] = []
        for operation in operations:
            for mode, aimed in WAYS if each else WAYS[:2]:
                try:
                    self.try_out(operation, mode, max(each, 1), self.aim(operation) if aimed else {})
                except Exception as fault:
                    faults.append(fault)
        if faults:
            raise ExceptionGroup("answers that are not as described", faults)

    def try_out(self, operation: Any, mode: GenerationMode, count: int, fixed: dict[str, Any]) -> None:
        headers = {**self.program.headers, **fixed.pop("headers", {})}
        strategy = operation.as_strategy(mode, headers=headers, **fixed)

        @settings(
            max_examples=count,
            deadline=None,
            database=None,
            derandomize=self.known,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=strategy)
        def ask(case: Any) -> None:
            if mode is GenerationMode.POSITIVE and isinstance(case.body, dict):
                # The person's own unit, and no other record: made-up ones are never there.
                case.body.pop("unit", None)
                case.body.pop("parent", None)
            answer = case.call(headers=self.program.headers)
            self.answers[answer.status_code] += 1
            case.validate_response(answer, checks=CHECKS)

        # An operation without anything to get wrong cannot be asked wrongly.
        with suppress(Unsatisfiable):
            ask()

    def aim(self, operation: Any) -> dict[str, Any]:
        """Return what leads a request to something that is there: a case of its own, in its first version."""
        path = operation.path
        if not path.startswith(CASES + "{uid}"):
            return {}
        case = self.program.register()
        found: dict[str, Any] = {"path_parameters": {"uid": case["uid"]}, "headers": {"If-Match": '"1"'}}
        if "{decision}" in path:
            decisions = self.program.get(f"{CASES}{case['uid']}/decisions").json["result"]
            found["path_parameters"]["decision"] = decisions[0]["id"]
        return found


def operations_of(schema: Any) -> Iterator[Any]:
    """Yield the operations of a document, but the one that ends the session; an unreadable one fails the test."""
    for found in schema.get_all_operations():
        if found.ok().label != LOGOUT:
            yield found.ok()
