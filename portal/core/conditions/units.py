"""Administrative units as a tree of codes, for ``under`` on units."""

from __future__ import annotations

import re
from dataclasses import dataclass

_CODE = re.compile(r"[0-9]{6}(?:[0-9]{3}){0,2}")


@dataclass(frozen=True, slots=True)
class DivisionCodes:
    """The statutory tree, read off the codes: 530112003 lies in 530112, which lies in 530100.

    Where management differs from the divisions, the services hand over the management tree instead.
    """

    def __contains__(self, code: object) -> bool:
        return isinstance(code, str) and _CODE.fullmatch(code) is not None

    def is_under(self, code: str, ancestor: str) -> bool:
        """Tell whether ``code`` is ``ancestor`` or lies in it."""
        if code not in self or ancestor not in self:
            return code == ancestor
        # 530000 is a province and 530100 a city: the zeros at the end stand for everything below.
        stem = ancestor if len(ancestor) > 6 else re.sub("(00){1,2}$", "", ancestor)
        return code.startswith(stem)
