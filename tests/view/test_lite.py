"""The course in a browser, for real: built from packages, served, with no way to any other machine."""

from __future__ import annotations

import http.server
import json
import re
import shutil
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from knowing_benefit.assess import handin
from knowing_benefit.assess.items import load_exercise
from knowing_benefit.law.library import Library
from knowing_benefit.law.source import CourseError
from knowing_benefit.publish import lite as making
from knowing_benefit.publish.lessons import read_lessons

ROOT = Path(__file__).parents[2]
LESSONS = ("00_start_here", "01_the_case")
LESSON = "01_the_case.ipynb"
_PATIENCE = 180_000  # milliseconds; Python starts in a browser, on a machine that has other work


def _course(folder: Path) -> Path:
    """A course folder of two lessons, on the course's own law."""
    folder.mkdir()
    for name in ("course.py", "data", "exercises"):
        (folder / name).symlink_to(ROOT / name)
    for name in LESSONS:
        for path in (Path("lessons") / f"{name}.md", Path("notebooks") / f"{name}.ipynb"):
            (folder / path).parent.mkdir(exist_ok=True)
            shutil.copy(ROOT / path, folder / path)
    return folder


# -- Without building it -----------------------------------------------------------------------------------------------


def test_a_lesson_takes_its_edition_and_a_digest_of_what_it_says() -> None:
    opened = Library(ROOT)
    lesson = next(one for one in read_lessons(ROOT) if one.name == "01_the_case")
    made = {edition: json.loads(making.notebook(opened, lesson, edition)) for edition in making.EDITIONS}
    assert made["student"]["metadata"]["kernelspec"]["name"] == "python"
    digests = {one["metadata"]["knowing_benefit"]["digest"] for one in made.values()}
    assert len(digests) == 2 and making.notebook(opened, lesson, "student") == making.notebook(
        opened, lesson, "student"
    )
    shown = {
        edition: next(
            cell["outputs"][0]["data"]["text/html"] for cell in one["cells"] if 'exercise("' in "".join(cell["source"])
        )
        for edition, one in made.items()
    }
    assert '"kind":"graded"' in shown["student"] and '"key":' not in shown["student"]
    assert '"kind":"selfpaced"' in shown["selfpaced"] and '"key":' in shown["selfpaced"]


def test_what_is_wrong_is_said_before_anything_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = Library(ROOT)
    with pytest.raises(CourseError, match="no edition 'studnet'"):
        making.lite(opened, tmp_path / "out", "studnet")
    monkeypatch.setattr(making, "missing", lambda: "npm is not installed")
    with pytest.raises(CourseError, match="npm is not installed"):
        making.lite(opened, tmp_path / "out", "student")
    monkeypatch.setattr(making, "missing", lambda: "")
    (tmp_path / "thesis.txt").touch()
    with pytest.raises(CourseError, match="something here already"):
        making.lite(opened, tmp_path, "student")
    course = _course(tmp_path / "course")
    (course / "notebooks" / LESSON).unlink()
    with pytest.raises(CourseError, match="has not been built"):
        making.lite(Library(course), tmp_path / "out", "student")
    assert not (tmp_path / "out").exists()


# -- Built, and in a browser -------------------------------------------------------------------------------------------


class Served:
    """What was built, and where it is served."""

    def __init__(self, folder: Path, address: str) -> None:
        self.folder = folder
        self.address = address


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The student's edition of two lessons, built once."""
    absent = making.missing()
    if absent:
        pytest.skip(f"{absent}: this test builds the course for a browser")
    folder = tmp_path_factory.mktemp("lite")
    out = folder / "out"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KNOWING_BENEFIT_COURSE", str(_course(folder / "course")))
        assert making.lite(Library(folder / "course"), out, "student") == len(LESSONS)

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *given: Any) -> None:
            super().__init__(*given, directory=str(out))

        def log_message(self, *_: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Served(out, f"http://127.0.0.1:{server.server_port}")
    server.shutdown()


class Reader:
    """A browser that can reach this machine alone, and what its pages asked others for."""

    def __init__(self, context: Any, address: str) -> None:
        self.outside: list[str] = []
        self.address = address
        context.on("request", lambda request: self._asked(request.url))
        self.page = context.new_page()
        self.page.on("dialog", lambda dialog: dialog.accept())

    def _asked(self, url: str) -> None:
        if not url.startswith((self.address, "data:", "blob:")):
            self.outside.append(url)

    def open(self) -> None:
        """Open the lesson anew, and wait until its questions are alive."""
        self.page.goto(f"{self.address}/notebooks/index.html?path={LESSON}")
        self.page.wait_for_selector(".kb-exercise.kb-graded input[type=radio]")
        self.page.wait_for_selector(".kb-begin progress")

    def menu(self, menu: str, entry: str) -> None:
        self.page.locator(f".lm-MenuBar-itemLabel:text-is('{menu}')").click()
        self.page.locator(f".lm-Menu-itemLabel:text-is('{entry}')").click()

    def idle(self) -> None:
        self.page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status=idle]", state="attached")

    def question(self, number: int) -> Any:
        """A question of the graded exercise that is answered by choosing one."""
        return self.page.locator(".kb-exercise.kb-graded .kb-of-one").nth(number)

    def choose(self, number: int, option: int) -> None:
        self.question(number).locator("input[type=radio]").nth(option).check()
        self.question(number).get_by_text(re.compile("Saved$")).wait_for()

    def chosen(self, number: int, option: int) -> None:
        """Wait until it shows this answer."""
        self.question(number).locator("input[type=radio]:checked").wait_for()
        assert self.question(number).locator("input[type=radio]").nth(option).is_checked()


@pytest.fixture
def reader(served: Served, launch: Callable[..., Any]) -> Iterator[Reader]:
    # No name but this machine's is found, by pages, by workers, or by the browser itself.
    opened = launch("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1")
    context = opened.new_context(viewport={"width": 1280, "height": 1000})
    context.set_default_timeout(_PATIENCE)
    yield Reader(context, served.address)
    opened.close()


@pytest.mark.lite
def test_it_holds_no_key_and_asks_nobody_else_for_packages(served: Served) -> None:
    packages = served.folder / "static" / "pyodide"
    lock = json.loads((packages / "pyodide-lock.json").read_text("utf-8"))["packages"]
    assert all((packages / one["file_name"]).is_file() for one in lock.values())
    config = json.loads((served.folder / "jupyter-lite.json").read_text("utf-8"))["jupyter-config-data"]
    kernel = config["litePluginSettings"]["@jupyterlite/pyodide-kernel-extension:kernel"]
    assert kernel["disablePyPIFallback"] is True and kernel["pyodideUrl"].startswith("./")
    assert set(kernel["loadPyodideOptions"]["packages"]) == set(lock)
    with zipfile.ZipFile(packages / lock["knowing-benefit"]["file_name"]) as wheel:
        names = wheel.namelist()
    assert "knowing_benefit/data/facts.yaml" in names and "knowing_benefit/drawn/timeline.json" in names
    assert not [
        name for name in names if "/keys/" in name or "/selfpaced/" in name or "/publish/" in name or "lessons" in name
    ]
    assert "the server that it came from" in (served.folder / "index.html").read_text("utf-8")


@pytest.mark.lite
@pytest.mark.browser
def test_a_lesson_is_alive_runs_keeps_answers_and_hands_in(reader: Reader) -> None:
    page = reader.page
    # Before anything was run, and perhaps before Python is there.
    reader.open()
    reader.choose(0, 1)
    reader.open()
    reader.chosen(0, 1)

    # Run everything: the live widgets take the place of the stored faces, and go on where those were.
    reader.idle()
    cells = page.locator(".jp-CodeCell").count()
    reader.menu("Run", "Run All Cells")
    page.wait_for_function(
        "count => document.querySelectorAll('.jp-CodeCell .lm-Widget.kb, .jp-CodeCell .kb-figure').length >= count",
        arg=cells,
    )
    reader.idle()
    assert not page.locator("[data-mime-type='application/vnd.jupyter.stderr']").count()
    assert page.locator(".kb-timeline.lm-Widget svg").count() and page.locator(".kb-figure svg").count()
    verdict = page.locator(".kb-lab.lm-Widget .kb-verdict").first
    before = verdict.text_content()
    page.locator(".kb-lab .kb-switch").filter(has_text="Was the vendor paid?").get_by_label("No", exact=True).check()
    assert verdict.text_content() != before
    reader.chosen(0, 1)
    reader.choose(1, 2)

    # Saved and opened again: neither answer is lost, and nothing points to a widget that is gone.
    reader.menu("File", "Save Notebook")
    page.wait_for_timeout(2000)
    reader.open()
    reader.chosen(0, 1)
    reader.chosen(1, 2)
    assert not page.get_by_text("Error displaying widget").count()
    assert not page.locator(".kb-stale-lesson").count()

    # The file to hand in.
    desk = page.locator(".kb-handin")
    desk.get_by_label("Exam number").fill("x17-04")
    desk.get_by_role("button", name="Make the hand-in file").click()
    with page.expect_download() as coming:
        desk.locator("a[download]").click()
    assert coming.value.suggested_filename == "X17-04.json"
    read = handin.read(Path(coming.value.path()).read_bytes())
    items = [one for one in load_exercise(ROOT / "exercises" / "01_the_case.yaml").items if one.kind == "one"]
    right = {items[0].id: items[0].options[1].id, items[1].id: items[1].options[2].id}
    assert read.number == "X17-04" and [(one.exercise, one.items) for one in read.sheets] == [("01_the_case", right)]
    assert reader.outside == []


@pytest.mark.lite
@pytest.mark.browser
def test_an_older_copy_is_noticed_and_replaced_without_losing_answers(reader: Reader, served: Served) -> None:
    page = reader.page
    reader.open()
    reader.choose(0, 0)
    reader.idle()
    reader.menu("File", "Save Notebook")
    page.wait_for_timeout(2000)

    # The course is published anew: the lesson says something else.
    path, listed = served.folder / "files" / LESSON, served.folder / making.MANIFEST
    before = path.read_text("utf-8"), listed.read_text("utf-8")
    fresh = json.loads(before[0])
    fresh["cells"][0]["source"] = "# Lesson 1. Told anew"
    fresh["metadata"]["knowing_benefit"]["digest"] = "0" * 16
    try:
        path.write_text(json.dumps(fresh), "utf-8")
        listed.write_text(json.dumps(json.loads(before[1]) | {LESSON: "0" * 16}), "utf-8")
        reader.open()
        notice = page.locator(".kb-stale-lesson")
        notice.wait_for()
        assert "Your answers are kept apart" in notice.text_content()
        assert not page.get_by_text("Told anew").count()
        notice.get_by_role("button", name="Show the newer one").click()
        page.get_by_role("heading", name="Told anew").wait_for()
        assert not notice.count()
        reader.chosen(0, 0)
        reader.open()
        page.get_by_role("heading", name="Told anew").wait_for()
        reader.chosen(0, 0)
        assert not notice.count() and reader.outside == []
    finally:
        path.write_text(before[0], "utf-8")
        listed.write_text(before[1], "utf-8")
