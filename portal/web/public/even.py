"""Answers that tell nothing but what they say: all of one size, and at one time after the request came.

What an answer holds is filled up by random signs to the next full size, so that neither its length nor its length after
packing tells a hit from a miss. It leaves at a multiple of one step of time, whatever was done for it.
"""

from __future__ import annotations

import base64
import os
import time
from datetime import timedelta

from flask import Response, make_response

SIZE = 16 * 1024
_OPEN, _CLOSE = "<!-- ", " -->\n"


def even(page: str, status: int, began: float, step: timedelta) -> Response:
    """Return a page filled up to the next size, when the next step of time is over; ``began`` is monotonic."""
    response = make_response(filled(page), status)
    wait_for(began, step.total_seconds())
    return response


def filled(page: str) -> str:
    """Return a page with random signs in a comment behind it, so that it has a full size in bytes."""
    missing = -(len(page.encode()) + len(_OPEN) + len(_CLOSE)) % SIZE
    signs = base64.urlsafe_b64encode(os.urandom(missing * 3 // 4 + 3)).decode()[:missing]
    # A comment holds no two dashes.
    return f"{page}{_OPEN}{signs.replace('-', '.')}{_CLOSE}"


def wait_for(began: float, step: float) -> None:
    """Wait until a whole number of steps is over since a moment."""
    if step <= 0:
        return
    gone = time.monotonic() - began
    time.sleep((int(gone / step) + 1) * step - gone)
