"""How often one may try to sign in, how long a session lasts, and what is asked for beside a password."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits in force; ``portal.settings`` says which of them an installation may set."""

    failures: int = 10
    # From one address, whatever accounts are tried: an office may sit behind one.
    per_address: int = 50
    window: dt.timedelta = dt.timedelta(minutes=5)
    idle: dt.timedelta = dt.timedelta(minutes=30)
    absolute: dt.timedelta = dt.timedelta(hours=12)
    # A session in use is written at most this often, so that reading pages costs no writes.
    touched: dt.timedelta = dt.timedelta(minutes=1)
    # So long may pass between the right password and the code.
    steps: dt.timedelta = dt.timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Policy:
    """How people sign in here; ``second_factor`` says whether roles that ask for one get one."""

    limits: Limits
    second_factor: bool
