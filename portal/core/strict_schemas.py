"""The validator of the schemas that the portal ships: jsonschema's, where ``$`` is the very end of a text.

To Python ``$`` also fits before a line break at the end, so that a code, a version or a name with one would pass as
another thing of the same look.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from jsonschema import validators
from jsonschema.exceptions import ValidationError

# A class that nobody closed goes to the end, so that it is looked through once.
_ANCHOR = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\]|\\\Z)*(?:\]|\Z)|\$", re.DOTALL)


@lru_cache(maxsize=4_096)
def to_the_end(pattern: str) -> str:
    """Return a pattern in which ``$`` fits the very end alone."""
    return _ANCHOR.sub(lambda found: r"\Z" if found[0] == "$" else found[0], pattern)


def _pattern(validator: Any, pattern: str, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    if validator.is_type(instance, "string") and not re.search(to_the_end(pattern), instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


_extended: Any = validators.extend
StrictValidator: Any = _extended(validators.Draft202012Validator, {"pattern": _pattern})
