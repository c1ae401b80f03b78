"""Signing in: who is let in, how often one may try, how long a session lasts and what ends it."""

from portal.services.sign_in.attempts import LockedOut
from portal.services.sign_in.checking import SignedIn, sign_in
from portal.services.sign_in.limits import Limits
from portal.services.sign_in.sessions import (
    Found,
    SessionView,
    end_all,
    end_one,
    find,
    sessions_of,
    sign_out,
    start,
    touch,
)

__all__ = [
    "Found",
    "Limits",
    "LockedOut",
    "SessionView",
    "SignedIn",
    "end_all",
    "end_one",
    "find",
    "sessions_of",
    "sign_in",
    "sign_out",
    "start",
    "touch",
]
