"""The file that tells a new terminal where a county's things are."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

_HEAD = (
    "# 一扇门：每次新开一个终端，先运行这个文件（. 空格 加它的路径），portal 命令才找得到本县的配置和数据。\n"
)


def places_file(variables: Mapping[str, str]) -> bytes:
    """Return lines for a shell that set variables, whatever signs their values have; PATH is put in front."""
    lines = [
        f"export {name}={shlex.quote(value)}{':$PATH' if name == 'PATH' else ''}"
        for name, value in variables.items()
    ]
    return (_HEAD + "\n".join(lines) + "\n").encode()
