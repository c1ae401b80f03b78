"""A hostile form is refused with the place of its fault, and nothing is ever fetched for it."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.conftest import PACK, County

CANARY = "canary-3f81"
# Python's own audit sees every socket, whichever library opens it.
WATCHED = """
import sys
sys.addaudithook(lambda event, _: event.startswith("socket.") and print("SOCKET", event, file=sys.stderr))
from portal.cli import main
main(sys.argv[1:])
"""
CONTROL = """
import sys, urllib.request
sys.addaudithook(lambda event, _: event.startswith("socket.") and print("SOCKET", event, file=sys.stderr))
urllib.request.urlopen(sys.argv[1]).read()
"""


class Listener:
    """A web server that counts who asks."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append(self.path)
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b'{"type": "string"}')

            def log_message(self, *_: Any) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener()
    yield made
    made.server.shutdown()
    made.server.server_close()


def deep(levels: int) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(levels):
        schema = {"type": "object", "properties": {"a": schema}}
    return schema


def hostile(address: str, secret: Path) -> dict[str, tuple[Any, str]]:
    """Return hostile schemas, each with the pointer that must be named."""
    field = lambda schema: {"type": "object", "properties": {"x": schema}}  # noqa: E731
    return {
        "remote": (field({"$ref": f"{address}/x.json"}), "/schema/properties/x/$ref"),
        "remote over https": (field({"$ref": "https://192.0.2.1/x.json"}), "/schema/properties/x/$ref"),
        "remote without scheme": (field({"$ref": f"//{address[7:]}/x"}), "/schema/properties/x/$ref"),
        "remote by identifier": (
            {"$id": f"{address}/root.json", **field({"$ref": "other.json"})},
            "/schema/properties/x/$ref",
        ),
        "dynamic": (field({"$dynamicRef": f"{address}/x.json#a"}), "/schema/properties/x/$dynamicRef"),
        "dialect": ({"$schema": f"{address}/schema", **field({})}, "/schema/$schema"),
        "file": (field({"$ref": secret.as_uri()}), "/schema/properties/x/$ref"),
        "file beside": (field({"$ref": secret.name}), "/schema/properties/x/$ref"),
        "itself": ({"$ref": "#"}, "/schema/$ref"),
        "ring": (
            {
                "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}},
                **field({"$ref": "#/$defs/a"}),
            },
            "/schema/$defs/",
        ),
        "deep": (field(deep(300)), "/schema/properties/x/properties/a"),
        "huge": (field({"enum": list(range(300_000))}), "/schema"),
        "invalid": (field({"type": "strin"}), "/schema/properties/x/type"),
    }


CASES = list(hostile("http://127.0.0.1:9", Path("/secret.json")))


@pytest.mark.parametrize("name", CASES)
def test_the_command_refuses_without_a_connection(name: str, listener: Listener, tmp_path: Path) -> None:
    secret = tmp_path / "secret.json"
    secret.write_text(json.dumps({"title": CANARY, "type": "string"}), encoding="utf-8")
    schema, pointer = hostile(listener.address, secret)[name]
    file = tmp_path / "form.json"
    file.write_text(json.dumps(schema), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, "form", "render", str(file)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    said = done.stdout + done.stderr
    assert done.returncode == 2, said[-2000:]
    assert pointer.removeprefix("/schema") in said, said[:2000]
    assert "Traceback" not in said
    assert "SOCKET" not in said
    assert CANARY not in said
    assert listener.asked == []


def test_the_watch_would_see_a_connection(listener: Listener) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CONTROL, f"{listener.address}/seen"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "SOCKET socket.connect" in done.stderr
    assert listener.asked == ["/seen"]


def test_publishing_refuses_all_of_them_and_changes_nothing(
    county: County, listener: Listener, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.json"
    secret.write_text(json.dumps({"title": CANARY}), encoding="utf-8")
    wanted = hostile(listener.address, secret)
    before = county.state()
    for number, (schema, _) in enumerate(wanted.values()):
        if schema.get("$ref") != "#":
            form = {"title": "表", "kind": "form", "schema": schema, "ui": {}}
            county.write("form_definitions", f"hostile{number}", form)
    refused = county.publish()
    assert refused.exit_code == 1
    for number, (name, (schema, _)) in enumerate(wanted.items()):
        if schema.get("$ref") != "#":
            assert f"form_definitions/{PACK}/hostile{number}.json" in refused.output, name
    assert listener.asked == []
    assert CANARY not in refused.output
    assert county.state() == before
