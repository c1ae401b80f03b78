"""What a browser that has never been here fetches to show a page."""

from __future__ import annotations

import shutil

from benchmarks.asking import HOST, over_http, signed_in
from benchmarks.scenarios import CLERK, PASSWORD


def fetched(port: int, path: str) -> str:
    """Return in words how many answers a cold browser gets for a page, and their bytes."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        return f"cold browser, {path}: no browser here"
    from playwright.sync_api import Response, sync_playwright

    address = f"http://{HOST}:{port}"
    session = signed_in(over_http(port), CLERK, PASSWORD)["Cookie"]
    cookies = dict(one.split("=", 1) for one in session.split("; "))
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"]) as chromium,
    ):
        context = chromium.new_context()
        context.add_cookies(
            [{"name": name, "value": value, "url": address} for name, value in cookies.items()]
        )
        page = context.new_page()
        answers: list[Response] = []
        page.on("response", lambda answer: answers.append(answer))
        page.goto(f"{address}{path}", wait_until="networkidle")
        sizes = [one.request.sizes() for one in answers]
        kilobytes = sum(one["responseHeadersSize"] + one["responseBodySize"] for one in sizes) / 1000
        return f"cold browser, {path}: {len(sizes)} requests, {kilobytes:.0f} KB"
