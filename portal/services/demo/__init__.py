"""Demo data: synthetic cases and accounts, always the same ones. Never loaded in production."""

from portal.services.demo.accounts import PASSWORD, Login, make_accounts
from portal.services.demo.loading import DemoReport, load_demo

__all__ = ["PASSWORD", "DemoReport", "Login", "load_demo", "make_accounts"]
