"""Demo data: synthetic cases and accounts, always the same ones. Never loaded in production."""

from portal.services.demo.accounts import PASSWORD, Login, make_accounts
from portal.services.demo.imported import import_old_cases
from portal.services.demo.loading import DemoReport, load_demo
from portal.services.demo.scenes import ScenesReport, play_scenes

__all__ = [
    "PASSWORD",
    "DemoReport",
    "Login",
    "ScenesReport",
    "import_old_cases",
    "load_demo",
    "make_accounts",
    "play_scenes",
]
