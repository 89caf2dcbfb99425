"""What the site's pages weigh and how soon they answer, in a Chromium, from disk, with the network off; beside nbconvert's page
of the same lesson in the same browser.

What a switch of a lab costs is read from Chromium's own trace of the page's main thread, from the click until the frame that shows the
result is handed over: the script's handlers, style, layout, paint (with what prepares it) and commit. It is given as processor time, which a busy
machine does not stretch, and as wall time. The aim is that all of it fits into one frame of a screen of 60 Hz; a switch that took longer
has *missed a frame*. Rastering and putting the frame on the screen happen in other threads and are not in it, and tracing
itself adds a little.

The time *to the next frame painted* is something else: it is clicked just after a frame, so nearly a whole frame (16.7 ms) is waiting for the screen,
whatever the page does. A reader clicks at any moment and waits half of that on average.

The peer of a switch is the usual widget that draws a figure anew: what matplotlib needs in the kernel to draw the same verdicts as a PNG, without
the way to the browser and back, and without what the browser then does.
"""

from __future__ import annotations

import io
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from knowing_benefit.law.analysis import table
from knowing_benefit.law.hypotheticals import Hypothetical
from knowing_benefit.law.library import Library
from knowing_benefit.law.source import CourseError, Fault
from knowing_benefit.publish import site as making
from knowing_benefit.publish.handout import chromium
from knowing_benefit.publish.lessons import Lesson, read_lessons

RUNS = 5
CLICKS = 100

_SWITCH = """async (count) => {
  const radios = [...document.querySelectorAll(".kb-lab .kb-switch input")];
  const painted = () => new Promise((resolve) => requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => resolve(performance.now());
    port2.postMessage(0);
  }));
  const waits = [];
  for (let turn = 0; turn < count; turn++) {
    const next = radios.filter((one) => !one.checked)[turn % (radios.length / 2)];
    // Just after a frame, so that what is measured is a whole wait for the next one at the most.
    await painted();
    const start = performance.mark("kb-switch").startTime;
    next.click();
    waits.push((await painted()) - start);
    performance.mark("kb-painted");
  }
  return waits;
}"""

_FRAME = 1000 / 60
"""How long a frame lasts, in milliseconds."""

_PARTS = {
    "EventDispatch": "script",
    "UpdateLayoutTree": "style",
    "Layout": "layout",
    "PrePaint": "paint",
    "Paint": "paint",
    "Layerize": "paint",
    "Commit": "commit",
}
"""Chromium's names, in its traces, for the parts of the main thread's work."""

_TRACED = ["devtools.timeline", "disabled-by-default-devtools.timeline", "blink.user_timing"]


def measure(library: Library, tell: Callable[[str], None]) -> Iterator[str]:
    """Build the site, open every page, and report each figure as a line.

    Args:
        tell: called with the name of each benchmark before it runs.

    Raises:
        CourseError: no Chromium, or no Playwright to drive it with.
    """
    path = chromium()
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        path = None
    if path is None:
        mend = "Install Chromium, and run: python3 course.py test, which installs Playwright."
        raise CourseError(
            Fault("", 0, "pages are measured in a Chromium by way of Playwright, and one of them is not here", mend)
        )
    tell("building the site")
    start = time.perf_counter()
    files = making.build(library, "selfpaced")
    yield f"Site of {len(files)} files, {sum(map(_size, files.values())) / 1e6:.1f} MB: built in {time.perf_counter() - start:.1f} s"
    lessons = read_lessons(library.root)
    with tempfile.TemporaryDirectory(prefix="knowing-benefit-") as place, sync_playwright() as playwright:
        folder = Path(place)
        making.write(folder, files)
        # A container's root user has no sandbox; the pages are our own.
        plain = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=path, args=plain)
        try:
            yield from _lessons(library, browser, folder, files, lessons, tell)
            tell("turning switches")
            yield from _switches(library, browser, folder)
            tell("every page")
            yield _outside(browser, folder, [name for name in files if name.endswith(".html")])
        finally:
            browser.close()


def _size(content: str | bytes) -> int:
    return len(content.encode() if isinstance(content, str) else content)


def _lessons(
    library: Library,
    browser: Any,
    folder: Path,
    files: dict[str, str | bytes],
    lessons: list[Lesson],
    tell: Callable[[str], None],
) -> Iterator[str]:
    yield f"Each lesson from disk, median of {RUNS}: weight of the page alone; time to usable (loaded, everything in it alive)"
    shared = sum(
        _size(content)
        for name, content in files.items()
        if name.startswith("assets/") and name.endswith((".css", ".woff2", "site.js"))
    )
    for lesson in lessons:
        tell(lesson.name)
        name = making.lesson_path(lesson)
        usable, _ = _load(browser, folder / name)
        line = f"  {lesson.name:<24} {_size(files[name]) / 1000:6.0f} KB, {usable:6.0f} ms"
        peer = _peer(library, lesson, folder)
        if peer is not None:
            other, asked = _load(browser, peer)
            line += f"; peer, nbconvert of its notebook: {peer.stat().st_size / 1000:6.0f} KB, {other:6.0f} ms, {asked} outside requests"
        yield line
    yield f"  styles and fonts, shared by all pages: {shared / 1000:.0f} KB"


def _peer(library: Library, lesson: Lesson, folder: Path) -> Path | None:
    """nbconvert's page of the built notebook, if that is here."""
    notebook = library.root / "notebooks" / f"{lesson.name}.ipynb"
    if not notebook.is_file():
        return None
    from nbconvert import HTMLExporter

    page, _ = HTMLExporter(exclude_input=True).from_filename(str(notebook))
    path = folder / "peer" / f"{lesson.name}.html"
    path.parent.mkdir(exist_ok=True)
    path.write_text(page, "utf-8")
    return path


def _load(browser: Any, path: Path) -> tuple[float, int]:
    """Median milliseconds until a page is loaded, and how many outside requests it tries."""
    times = []
    asked = 0
    for _ in range(RUNS):
        context = browser.new_context(offline=True)
        page = context.new_page()
        outside: list[str] = []
        page.on(
            "request",
            lambda request, outside=outside: outside.append(request.url) if request.url.startswith("http") else None,
        )
        page.goto(path.as_uri(), wait_until="load")
        times.append(
            page.evaluate(
                "new Promise((done) => setTimeout(() => done(performance.getEntriesByType('navigation')[0].loadEventEnd), 0))"
            )
        )
        asked = len(outside)
        context.close()
    return statistics.median(times), asked


def _switches(library: Library, browser: Any, folder: Path) -> Iterator[str]:
    case = max(library.hypotheticals.values(), key=lambda one: (len(one.switches), len(one.readings)))
    page = browser.new_context(offline=True).new_page()
    page.goto((folder / "labs" / f"{case.id}.html").as_uri())
    page.evaluate(_SWITCH, 10)
    browser.start_tracing(page=page, categories=_TRACED)
    waits = page.evaluate(_SWITCH, CLICKS)
    turns = _work(json.loads(browser.stop_tracing())["traceEvents"])
    busy = [sum(spent for spent, _ in turn.values()) for turn in turns]
    wall = [sum(took for _, took in turn.values()) for turn in turns]
    parts = ", ".join(
        f"{part} {statistics.median(turn[part][0] for turn in turns):.1f}" for part in dict.fromkeys(_PARTS.values())
    )
    yield f"A switch of {case.id} ({len(case.switches)} switches, {len(case.readings)} readings), {len(turns)} times"
    yield f"  the page's work, processor time: {_spread(busy)} (medians: {parts})"
    missed = sum(took > _FRAME for took in wall)
    yield f"  the page's work, wall time: {_spread(wall)}; longer than a frame of {_FRAME:.1f} ms: {missed}"
    yield f"  to the next frame painted, the wait for it included: {_spread(waits)}"
    yield f"  peer, the same verdicts drawn by matplotlib, processor time: {_spread(_drawn(library, case))}"


def _spread(times: Sequence[float]) -> str:
    ranked = sorted(times)
    last = ranked[int(len(ranked) * 0.95) - 1]
    return f"median {statistics.median(ranked):.1f} ms, 95th percentile {last:.1f} ms"


def _work(events: Sequence[dict[str, Any]]) -> list[dict[str, tuple[float, float]]]:
    """For each switch in a trace, the milliseconds of processor and of wall time for each part of the main thread's work."""
    marks = {name: sorted(one["ts"] for one in events if one["name"] == name) for name in ("kb-switch", "kb-painted")}
    main = next((one["pid"], one["tid"]) for one in events if one["name"] == "kb-switch")
    done = sorted(
        (one for one in events if one["name"] in _PARTS and one["ph"] == "X" and (one["pid"], one["tid"]) == main),
        key=lambda one: one["ts"],
    )
    found = []
    for start, end in zip(marks["kb-switch"], marks["kb-painted"], strict=True):
        turn = dict.fromkeys(_PARTS.values(), (0.0, 0.0))
        free = start
        for one in done:
            # A part within a part has been counted with it: a click dispatches the change that it causes.
            if free <= one["ts"] < end:
                free = one["ts"] + one["dur"]
                spent, took = turn[_PARTS[one["name"]]]
                turn[_PARTS[one["name"]]] = (spent + one.get("tdur", one["dur"]) / 1000, took + one["dur"] / 1000)
        found.append(turn)
    return found


def _drawn(library: Library, case: Hypothetical) -> list[float]:
    """Milliseconds of processor time that matplotlib needs to draw a case's verdicts as a PNG, once for each setting of a few."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    (entry,) = table(library, case, [library.reading(case.readings[0])]).readings.values()
    figure = Figure(figsize=(7, 4))
    canvas = FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    times = []
    for setting in range(CLICKS // 4):
        start = time.process_time()
        axes.clear()
        results = [column.at(setting).result for column in entry.columns.values()]
        axes.barh(list(entry.columns), [("not met", "open", "met").index(result) for result in results])
        for place, result in enumerate(results):
            axes.text(2.1, place, result)
        canvas.print_png(io.BytesIO())
        times.append((time.process_time() - start) * 1000)
    return times[1:]


def _outside(browser: Any, folder: Path, names: list[str]) -> str:
    context = browser.new_context(offline=True)
    asked: list[str] = []
    troubles: list[str] = []
    page = context.new_page()
    page.on(
        "request",
        lambda request: asked.append(request.url) if not request.url.startswith(("file:", "data:", "blob:")) else None,
    )
    page.on("pageerror", lambda error: troubles.append(str(error)))
    for name in names:
        page.goto((folder / name).as_uri())
    tail = f" ({json.dumps(sorted(set(asked))[:3])})" if asked else ""
    return f"Outside requests of all {len(names)} pages: {len(asked)}{tail}; errors in scripts: {len(troubles)}"
