"""A browser that opens sites as files and reports every fault and every request that leaves the folder."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium() -> str | None:
    """A Chromium of the system, if there is one."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next((path for name in names if (path := shutil.which(name))), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed (extra `dev`)")
    path = chromium()
    if path is None:
        pytest.skip("no chromium here: install Debian's `chromium` to test pages in a browser")
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield started
        started.close()


Open = Callable[..., Any]


@pytest.fixture
def visit(browser: Any) -> Iterator[Open]:
    """Opens pages of a folder; at the end of the test nothing may have failed or been fetched from elsewhere."""
    faults: list[str] = []
    contexts = []

    def go(folder: Path, page: str, **options: object) -> Any:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        contexts.append(context)
        tab = context.new_page()
        tab.on("console", lambda message: faults.append(message.text) if message.type in {"error", "warning"} else None)
        tab.on("pageerror", lambda error: faults.append(str(error)))
        tab.on("request", lambda sent: None if allowed(sent.url, folder) else faults.append(f"request: {sent.url}"))
        tab.goto(f"file://{folder}/{page}")
        return tab

    yield go
    for context in contexts:
        context.close()
    assert not faults


def allowed(url: str, folder: Path) -> bool:
    """Whether an address is part of a folder, or no address at all."""
    return url.startswith((f"file://{folder}/", "data:", "blob:"))
