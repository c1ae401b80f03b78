"""What a browser that has never been here fetches to show a page."""

from __future__ import annotations

import shutil

from benchmarks.client import Client


def fetched(client: Client, path: str) -> tuple[int, int] | None:
    """Return how many answers a cold browser gets for a page, and their bytes; None without a browser."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        return None
    from playwright.sync_api import Response, sync_playwright

    address = f"http://127.0.0.1:{client.port}"
    cookies = dict(one.split("=", 1) for one in client.headers["Cookie"].split("; "))
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
        return len(sizes), sum(one["responseHeadersSize"] + one["responseBodySize"] for one in sizes)
