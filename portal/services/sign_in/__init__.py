"""Signing in: who is let in, how often one may try, how long a session lasts and what ends it."""

from portal.services.sign_in import account, second_factor
from portal.services.sign_in.attempts import LockedOut
from portal.services.sign_in.checking import confirm_password, sign_in
from portal.services.sign_in.limits import Limits, Policy
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
from portal.services.sign_in.steps import (
    SignedIn,
    Step,
    TooLate,
    Waiting,
    change_password,
    enter_code,
    set_up,
    waiting,
)

__all__ = [
    "Found",
    "Limits",
    "LockedOut",
    "Policy",
    "SessionView",
    "SignedIn",
    "Step",
    "TooLate",
    "Waiting",
    "account",
    "change_password",
    "confirm_password",
    "end_all",
    "end_one",
    "enter_code",
    "find",
    "second_factor",
    "sessions_of",
    "set_up",
    "sign_in",
    "sign_out",
    "start",
    "touch",
    "waiting",
]
