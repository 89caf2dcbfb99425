"""A reader's session, for real: a released folder, JupyterLab, a browser, and a kernel that dies."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from keyboard import ESSAY, Keyboard

from knowing_benefit.assess import variants
from knowing_benefit.assess.grade import load_keyed
from knowing_benefit.law.library import course_root, library
from knowing_benefit.publish.grading import grade_class
from knowing_benefit.publish.open import sign
from knowing_benefit.publish.release import release

pytestmark = pytest.mark.browser

_TOKEN = "test"
_PATIENCE = 60_000  # milliseconds; a loaded machine starts kernels slowly


class Course:
    """A student's folder and the JupyterLab that serves it."""

    def __init__(self, folder: Path, address: str, extension: bool) -> None:
        self.folder = folder
        self.address = address
        self.extension = extension

    def kept(self, sheet: str) -> dict[str, Any]:
        """The answers on disk, by question."""
        path = self.folder / "answers" / f"{sheet}.json"
        items = json.loads(path.read_text("utf-8"))["items"] if path.is_file() else {}
        return {name: item["value"] for name, item in items.items()}


def _serve(folder: Path, extension: bool) -> Iterator[Course]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--ServerApp.port={port}"]
    command += ["--ServerApp.port_retries=0", f"--IdentityProvider.token={_TOKEN}", f"--ServerApp.root_dir={folder}"]
    command += [f"--ServerApp.jpserver_extensions={{'knowing_benefit': {extension}}}"]
    settings = {**os.environ, "JUPYTER_CONFIG_DIR": str(folder / ".config"), "KNOWING_BENEFIT_COURSE": ""}
    with (folder / "jupyterlab.log").open("w") as log:
        server = subprocess.Popen(command, cwd=folder, env=settings, stdout=log, stderr=subprocess.STDOUT)
        address = f"http://127.0.0.1:{port}"
        try:
            for _ in range(240):
                try:
                    urllib.request.urlopen(f"{address}/api/status?token={_TOKEN}", timeout=2)
                    break
                except OSError:
                    time.sleep(0.25)
            else:
                pytest.fail(f"JupyterLab did not start: {(folder / 'jupyterlab.log').read_text()[-2000:]}")
            yield Course(folder, address, extension)
        finally:
            server.terminate()
            server.wait(20)


@pytest.fixture(scope="module", params=[True, False], ids=["server", "kernel"])
def course(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Course]:
    """A student's release, served with the course's extension (the usual case) and by a bare JupyterLab."""
    folder = tmp_path_factory.mktemp("a student")
    release(library(), "student", folder / "course")
    root = (folder / "course").resolve()
    sign(sorted((root / "notebooks").glob("*.ipynb")))
    yield from _serve(root, request.param)


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    context.set_default_timeout(_PATIENCE)
    yield context.new_page()
    context.close()


def _open(page: Any, course: Course, lesson: str = "01_the_case") -> None:
    page.goto(f"{course.address}/lab/tree/notebooks/{lesson}.ipynb?token={_TOKEN}&reset")
    page.wait_for_selector(".kb-lab select")
    for button in page.locator(".jp-toast-button:has-text('No')").all():
        button.click()


def _menu(page: Any, menu: str, entry: str) -> None:
    page.locator(f".lm-MenuBar-itemLabel:text-is('{menu}')").click()
    page.locator(f".lm-Menu-itemLabel:text-is('{entry}')").click()


def _run_all(page: Any, faces: int = 6) -> None:
    """Run every cell and wait until the live widgets have taken the place of the stored faces."""
    from playwright.sync_api import TimeoutError as Late

    for patience in (20_000, 20_000, _PATIENCE):
        page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status=idle]", state="attached")
        _menu(page, "Run", "Run All Cells")
        try:
            # A live widget is JupyterLab's own element; a stored face is HTML inside one.
            live = "faces => document.querySelectorAll('.lm-Widget.kb').length === faces"
            page.wait_for_function(live, arg=faces, timeout=patience)
            return
        except Late:
            # While JupyterLab connects to the kernel anew, which it does once as a notebook opens, it forgets what is run. On a slow
            # machine a test meets that moment, and does what a reader would: choose it again.
            continue
    pytest.fail("Run All Cells, chosen three times, brought no live faces.")


def test_a_lesson_that_nobody_has_run_is_alive_at_once(page: Any, course: Course) -> None:
    _open(page, course)
    assert page.locator(".kb-lab fieldset.kb-switch").count() == 8
    assert page.locator(".kb-timeline svg").count() > 0
    assert not page.get_by_text("Error displaying widget").count()
    assert not page.get_by_text("model not found", exact=False).count()
    verdict = page.locator(".kb-lab .kb-verdict")
    before = verdict.text_content()
    page.locator(".kb-lab .kb-switch").filter(has_text="Was the vendor paid?").get_by_label("No", exact=True).check()
    assert verdict.text_content() != before


def test_a_lesson_that_was_only_read_closes_without_a_question(page: Any, course: Course) -> None:
    path = course.folder / "notebooks" / "01_the_case.ipynb"
    built = path.read_bytes()
    _open(page, course)
    page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status=idle]", state="attached")
    tab = page.locator(".lm-DockPanel-tabBar .lm-TabBar-tab", has_text="01_the_case")
    # Whoever doubly clicks on a word, or presses Enter, sees no source.
    page.locator(".jp-MarkdownCell p").nth(5).dblclick()
    page.keyboard.press("Enter")
    # JupyterLab asks the kernel what it is, and writes that down: give it the time.
    page.wait_for_timeout(3000)
    assert not page.locator(".jp-MarkdownCell:not(.jp-mod-rendered)").count()
    unsaved = "jp-mod-dirty" in tab.get_attribute("class")
    # A bare JupyterLab has nobody to tell it the reader's Python before the kernel does.
    assert unsaved == (not course.extension)
    _menu(page, "File", "Close Tab")
    if course.extension:
        tab.wait_for(state="detached")
    else:
        page.locator(".jp-Dialog-button", has_text="Discard").click()
    assert not page.locator(".jp-Dialog").count()
    assert path.read_bytes() == built


def test_nothing_we_draw_in_jupyterlab_is_an_axe_finding(page: Any, course: Course) -> None:
    from axe_playwright_python.sync_playwright import Axe

    _open(page, course)
    page.wait_for_selector(".kb-exercise")
    found = Axe().run(page, context=[".jp-OutputArea-output .kb"]).response["violations"]
    assert not [f"{one['id']}: {[node['html'][:120] for node in one['nodes']]}" for one in found]


def test_answers_survive_the_kernel_and_the_tab(page: Any, course: Course, browser: Any) -> None:
    _open(page, course)
    _run_all(page)
    assert not page.get_by_text("Error displaying widget").count()

    # The lab answers, live.
    page.locator(".kb-lab select").last.select_option("ca11-red-roof")
    assert "state a claim" in page.locator(".kb-lab .kb-verdict").last.text_content()

    # An answer is said to be saved only when it is on disk.
    face = page.locator(".kb-exercise").filter(has_text="Exercise 1").last
    first = face.locator("fieldset").filter(has=page.locator("input[type=radio]")).first
    first.locator("input[type=radio]").nth(1).check()
    face.get_by_text(re.compile("Saved$")).first.wait_for()
    kept = course.kept("01_the_case")
    assert len(kept) == 1

    # Kill the kernel, close the tab, open the lesson anew: no kernel is needed to find the answer.
    kernels = json.load(urllib.request.urlopen(f"{course.address}/api/kernels?token={_TOKEN}"))
    assert kernels
    for kernel in kernels:
        request = urllib.request.Request(f"{course.address}/api/kernels/{kernel['id']}?token={_TOKEN}", method="DELETE")
        urllib.request.urlopen(request)
    _menu(page, "File", "Save Notebook")
    page.wait_for_timeout(1000)
    page.close()
    again = browser.new_context(viewport={"width": 1280, "height": 1000})
    again.set_default_timeout(_PATIENCE)
    tab = again.new_page()
    try:
        if course.extension:
            _open(tab, course)
            assert not tab.get_by_text("Error displaying widget").count()
        else:
            # Without the extension a saved notebook names models that are gone; running it brings everything back.
            tab.goto(f"{course.address}/lab/tree/notebooks/01_the_case.ipynb?token={_TOKEN}&reset")
            tab.wait_for_selector(".jp-Notebook .jp-Cell")
            _run_all(tab)
        face = tab.locator(".kb-exercise").filter(has_text="Exercise 1").last
        first = face.locator("fieldset").filter(has=tab.locator("input[type=radio]")).first
        tab.wait_for_function("() => document.querySelectorAll('.kb-exercise input[type=radio]:checked').length > 0")
        assert first.locator("input[type=radio]").nth(1).is_checked()
        assert course.kept("01_the_case") == kept
    finally:
        again.close()


def test_an_exercise_by_keyboard_alone_survives_restart_and_reload_and_is_graded(
    page: Any, course: Course, tmp_path: Path
) -> None:
    name = "02_crime_to_claim"
    found = load_keyed(library().root / "exercises", [name])[name]
    items = found.exercise.items
    keys = variants.keyed(library(), name, items, found.keys, "X17", variants.draw_value(course.folder))
    notebook = (course.folder / "notebooks" / f"{name}.ipynb").read_text("utf-8")
    # All but figures are widgets.
    faces = len(re.findall(r'"from knowing_benefit import (?!figure)', notebook))
    face = ".lm-Widget.kb.kb-graded" if not course.extension else ".kb-graded"
    _open(page, course, name)
    cells = page.locator(".jp-Notebook .jp-Cell").count()
    if not course.extension:
        _run_all(page, faces)
    progress = page.locator(f"{face} .kb-progress").first
    said = re.compile(f"^{len(items)} of {len(items)} answered, all saved$")
    page.locator(f"{face} .kb-item").first.wait_for()
    reader = Keyboard(page, face)
    reader.begin()
    reader.answer(items, keys, "X17")
    reader.hand_in("X17")
    page.locator(f"{face} .kb-outcome").get_by_text("hand-in/X17.json").wait_for()
    assert said.match(progress.text_content())
    # What letters, Enter and arrows do in JupyterLab outside of a field, they did not do.
    assert page.locator(".jp-Notebook .jp-Cell").count() == cells
    kept = course.kept(name)

    _menu(page, "Kernel", "Restart Kernel…")
    page.locator(".jp-Dialog-button.jp-mod-warn").click()
    page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status=idle]", state="attached")
    _open(page, course, name)
    if not course.extension:
        _run_all(page, faces)
    page.wait_for_function(
        "face => / answered, all saved$/.test(document.querySelector(`${face} .kb-progress`)?.textContent)", arg=face
    )
    assert said.match(progress.text_content())
    assert page.locator(f"{face} textarea").first.input_value() == ESSAY

    # The folder is moved, and graded where it is then.
    moved = shutil.copytree(course.folder / "hand-in", tmp_path / "moved")
    assert course.kept(name) == kept
    report = grade_class(library(), [moved], tmp_path / "marks", only=[name])
    assert not report.bad
    with (tmp_path / "marks" / "scores.csv").open(encoding="utf-8-sig") as scores:
        (row,) = csv.DictReader(scores)
    earned = [(worth[1], points) for column, points in row.items() if (worth := re.search(r" q\d+ \((.+)\)$", column))]
    assert len(earned) == len(items)
    assert all(not points or float(points) == float(worth) for worth, points in earned)
    assert [points for _, points in earned].count("") == 1, "the written answer waits for a person"


def test_the_release_is_what_the_course_serves(course: Course) -> None:
    assert course_root() != course.folder
    assert not (course.folder / "exercises" / "keys").exists()
