"""Pages for tests of what people see."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest


@dataclass
class Opened:
    """A page, and what it did behind the reader's back.

    Attributes:
        requests: every address that it asked for, its own first.
        errors: messages on the console that are errors or warnings, and exceptions.
    """

    page: Any
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


@pytest.fixture
def open_html(browser: Any, tmp_path: Path) -> Iterator[Callable[..., Opened]]:
    """Opens a fragment of HTML as a page of its own, from a file and with the network off.

    Keyword arguments go to the browser's context (``color_scheme``, ``java_script_enabled`` and so on); ``width`` and
    ``height`` are those of the window.
    """
    contexts: list[Any] = []

    def open_it(fragment: str, *, width: int = 1280, height: int = 900, head: str = "", **given: Any) -> Opened:
        context = browser.new_context(viewport={"width": width, "height": height}, offline=True, **given)
        contexts.append(context)
        found = Opened(context.new_page())
        found.page.on("request", lambda request: found.requests.append(request.url))
        found.page.on("pageerror", lambda error: found.errors.append(str(error)))
        found.page.on(
            "console",
            lambda message: found.errors.append(message.text) if message.type in ("error", "warning") else None,
        )
        path = tmp_path / f"page-{len(contexts)}.html"
        path.write_text(
            '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A page</title>'
            f'<meta name="viewport" content="width=device-width">{head}</head><body><main><h1>A page</h1><h2>A part</h2>'
            f"{fragment}</main></body></html>",
            "utf-8",
        )
        found.page.goto(path.as_uri())
        return found

    yield open_it
    for context in contexts:
        context.close()


@pytest.fixture
def violations() -> Callable[[Any], list[str]]:
    """What axe-core finds wrong on a page: rule, impact, and the elements."""
    from axe_playwright_python.sync_playwright import Axe

    def look(page: Any) -> list[str]:
        # Off by default, although WCAG 2.2 AA asks for it: targets of 24 pixels.
        found = Axe().run(page, options={"rules": {"target-size": {"enabled": True}}}).response["violations"]
        return [f"{one['id']} ({one['impact']}): {[node['html'][:120] for node in one['nodes']]}" for one in found]

    return look
