"""Puts the shipped packs and catalogues into the wheel; everything else about the build is in setup.cfg."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py
from setuptools.errors import SetupError

ROOT = Path(__file__).parent
SHIPPED = ("form_definitions", "rule_sets", "seed", "translations")
BUILT = ("translations/zh_Hans/LC_MESSAGES/messages.mo", "portal/web/static/vendor")


class BuildWithPacks(build_py):
    """Copy the four folders to ``portal/_shipped``, where an installed portal looks."""

    def run(self) -> None:
        """Build as usual, then add the folders."""
        super().run()
        if self.editable_mode:  # in a checkout the folders are read where they stand
            return
        missing = [name for name in BUILT if not (ROOT / name).exists()]
        if missing:
            raise SetupError(f"run `make assets` before building a wheel; missing: {', '.join(missing)}")
        for name in SHIPPED:
            target = Path(self.build_lib) / "portal" / "_shipped" / name
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(ROOT / name, target)


setup(cmdclass={"build_py": BuildWithPacks})
