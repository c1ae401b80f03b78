"""What Python says by itself stands in the log as JSON, and holds nothing that people entered."""

from __future__ import annotations

import json
import os
import subprocess
import sys

SPEAKS = """
import logging.config, threading, warnings
from portal.web.observing.logs import log_what_python_says, logging_config
logging.config.dictConfig(logging_config())
log_what_python_says()
warnings.warn("something is old", UserWarning)
class Odd:
    def __del__(self):
        raise ValueError("张三")
Odd()
def fail():
    raise KeyError("13800000000")
thread = threading.Thread(target=fail)
thread.start()
thread.join()
"""


def test_each_line_is_json() -> None:
    run = subprocess.run(
        [sys.executable, "-c", SPEAKS], capture_output=True, text=True, check=True, env=os.environ.copy()
    )
    assert run.stdout == ""
    lines = [json.loads(line) for line in run.stderr.splitlines()]
    assert [line["logger"] for line in lines] == ["py.warnings", "portal.python", "portal.python"]
    assert [line["failures"][0]["type"] for line in lines[1:]] == ["builtins.ValueError", "builtins.KeyError"]
    assert "张三" not in run.stderr
    assert "13800000000" not in run.stderr
