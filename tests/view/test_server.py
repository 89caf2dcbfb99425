"""A real Jupyter server with the extension: who may ask, what is kept, what a page sees when the server dies."""

from __future__ import annotations

import json
import os
import platform
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

import nbformat
import pytest

import knowing_benefit
from knowing_benefit.view.exercise import exercise
from knowing_benefit.view.server import WIDGET, with_this_python, without_live_views

TOKEN = "a-token-of-its-own"
SAVE = {"op": "save", "exercise": "01_small", "exercise_version": 3, "item": "q1", "value": "b", "seq": 1, "tab": "t"}


class Server:
    """A Jupyter server in a process of its own, at a base address that is not the root."""

    def __init__(self, course: Path, home: Path, application: str = "jupyter_server") -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.course = course
        self.home = home
        self.application = application
        self.base = f"http://127.0.0.1:{self.port}/some/base/"
        self.start()

    def start(self) -> None:
        names = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
        self.environment = {**os.environ, **{name: str(self.home / name) for name in names}, "JUPYTER_NO_CONFIG": "1"}
        self.environment["PYTHONPATH"] = str(Path(knowing_benefit.__file__).parents[1])
        settings = {
            "ServerApp.jpserver_extensions": "{'knowing_benefit': True}",
            "ServerApp.port": str(self.port),
            "ServerApp.port_retries": "0",
            "ServerApp.open_browser": "False",
            "ServerApp.base_url": "/some/base/",
            "ServerApp.allow_root": "True",
            "IdentityProvider.token": TOKEN,
        }
        if self.application == "jupyterlab":
            settings |= {"LabApp.news_url": "None", "LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate"}
        with (self.home / "log.txt").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", self.application, *(f"--{name}={value}" for name, value in settings.items())],
                cwd=self.course,
                env=self.environment,
                stdout=log,
                stderr=log,
            )
        for _ in range(200):
            try:
                if self.ask("GET", "api")[0] == 200:
                    return
            except OSError:
                time.sleep(0.1)
        raise AssertionError((self.home / "log.txt").read_text())

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL if os.name == "posix" else signal.SIGTERM)
        self.process.wait()

    def ask(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None, opener: Any = None
    ) -> tuple[int, Any]:
        """The status and the JSON of an answer; signed in by token if no headers are given."""
        raw = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        given = {"Authorization": f"token {TOKEN}"} if headers is None else headers
        request = urllib.request.Request(
            self.base + path, raw, {"Content-Type": "application/json", **given}, method=method
        )
        try:
            with (opener.open if opener else urllib.request.urlopen)(request, timeout=20) as response:
                text = response.read()
                return response.status, json.loads(text) if "json" in response.headers["Content-Type"] else text
        except urllib.error.HTTPError as problem:
            return problem.code, None

    def kept(self) -> Any:
        return json.loads((self.course / "answers/01_small.json").read_text("utf-8"))["items"]


@pytest.fixture
def server(small_course: Path, tmp_path: Path) -> Iterator[Server]:
    (tmp_path / "home").mkdir()
    started = Server(small_course, tmp_path / "home")
    yield started
    started.kill()


def test_answers_go_to_the_disk_and_come_back(server: Server) -> None:
    assert server.ask("POST", "knowing-benefit/answers", SAVE) == (
        200,
        {"op": "saved", "seq": 1, "item": "q1", "revision": 1},
    )
    assert server.kept()["q1"]["value"] == "b"
    server.kill()
    server.start()
    status, sheet = server.ask("GET", "knowing-benefit/answers?exercise=01_small&exercise_version=3&seq=9")
    assert (status, sheet["op"], sheet["seq"], sheet["items"]) == (
        200,
        "sheet",
        9,
        {"q1": {"value": "b", "revision": 1, "asked": ""}},
    )

    before = sorted(path.name for path in server.course.rglob("*"))
    for wrong in ({"exercise": "../../x"}, {"exercise": "keys/01_small"}, {"item": "../q"}, {"value": 1}):
        status, answer = server.ask("POST", "knowing-benefit/answers", {**SAVE, **wrong})
        assert (status, answer["op"]) == (200, "failed"), wrong
    for query in (
        "exercise=..%2F..%2Fetc%2Fpasswd&exercise_version=1",
        "exercise=01_small",
        "exercise=01_small&exercise_version=x",
        "",
    ):
        assert server.ask("GET", f"knowing-benefit/answers?{query}")[1]["op"] == "failed"
    for body in (b"{", b"\xff", b'{"op": NaN}', b"[" * 100_000):
        assert server.ask("POST", "knowing-benefit/answers", body)[0] == 400
    assert server.ask("POST", "knowing-benefit/answers", b" " * (2**20 + 1))[0] == 413
    assert sorted(path.name for path in server.course.rglob("*")) == before

    # Not signed in; signed in by a cookie without the XSRF token, as another site's page would be; and with it.
    assert server.ask("GET", "knowing-benefit/answers?exercise=01_small&exercise_version=3", headers={})[0] == 403
    assert server.ask("POST", "knowing-benefit/answers", {**SAVE, "value": "c"}, headers={})[0] == 403
    jar = CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    opener.open(f"{server.base}login?token={TOKEN}", timeout=20).read()
    assert server.ask("POST", "knowing-benefit/answers", {**SAVE, "value": "c"}, headers={}, opener=opener)[0] == 403
    assert server.kept()["q1"]["value"] == "b"
    token = next(cookie.value for cookie in jar if cookie.name == "_xsrf")
    status, answer = server.ask(
        "POST",
        "knowing-benefit/answers",
        {**SAVE, "value": "c", "seq": 2},
        headers={"X-XSRFToken": str(token)},
        opener=opener,
    )
    assert (status, answer["op"]) == (200, "saved")
    assert server.kept()["q1"]["value"] == "c"

    # A notebook that is saved keeps no reference to a live view of ours, and everything else.
    path = server.course / "lesson.ipynb"
    assert server.ask(
        "PUT", "api/contents/lesson.ipynb", {"type": "notebook", "format": "json", "content": notebook()}
    )[0] in (200, 201)
    outputs = json.loads(path.read_text("utf-8"))["cells"][0]["outputs"]
    assert [sorted(output["data"]) for output in outputs] == [["text/html", "text/plain"], [WIDGET, "text/html"]]


def notebook() -> dict[str, Any]:
    """A notebook with an output of ours and one of somebody else's."""
    view = {"version_major": 2, "version_minor": 1, "model_id": "0"}
    datas = [
        {"text/plain": "A face", "text/html": ["<div\n", ' data-kb-face="x"></div>'], WIDGET: view},
        {"text/html": "<b>theirs</b>", WIDGET: view},
    ]
    outputs = [{"output_type": "display_data", "metadata": {}, "data": data} for data in datas]
    cell = {"cell_type": "code", "id": "a", "execution_count": 1, "metadata": {}, "source": "1", "outputs": outputs}
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]}


@pytest.mark.parametrize(
    "model",
    [{}, {"type": "file", "content": "x"}, {"type": "notebook", "content": None}, {"type": "notebook", "content": {}}],
)
def test_the_hooks_leave_everything_else_alone(model: dict[str, Any]) -> None:
    before = json.dumps(model)
    without_live_views(model)
    assert json.dumps(with_this_python(lambda: model)()) == before


def test_a_lesson_names_the_reader_s_python_when_it_is_opened_and_not_on_the_disk(server: Server) -> None:
    built, other = server.course / "lesson.ipynb", server.course / "other.ipynb"
    for path, ours in ((built, True), (other, False)):
        metadata = {"knowing_benefit": {"lesson": "01_small"}} if ours else {}
        metadata["language_info"] = {"name": "python"}
        path.write_text(nbformat.writes(nbformat.from_dict({**notebook(), "metadata": metadata})) + "\n", "utf-8")
    before = built.read_bytes()
    status, model = server.ask("GET", "api/contents/lesson.ipynb")
    said = model["content"]["metadata"]["language_info"]
    assert (status, said["name"], said["version"]) == (200, "python", platform.python_version())
    assert server.ask("GET", "api/contents/other.ipynb")[1]["content"]["metadata"]["language_info"] == {
        "name": "python"
    }
    assert server.ask("GET", "api/contents/lesson.ipynb?content=0")[1]["content"] is None
    model["content"]["cells"][0]["outputs"] = []
    assert server.ask("PUT", "api/contents/lesson.ipynb", model)[0] == 200
    assert json.loads(built.read_bytes())["metadata"] == json.loads(before)["metadata"]
    # A manager that does not wait gives a model and not a promise of one.
    lesson = {"type": "notebook", "content": {"metadata": {"knowing_benefit": {}, "language_info": {"name": "python"}}}}
    assert with_this_python(lambda: lesson)()["content"]["metadata"]["language_info"] == said


@pytest.fixture
def visit(server: Server, browser: Any) -> Iterator[Callable[[], Any]]:
    """Opens the exercise, signed in, as a page that this server serves."""
    context = browser.new_context()
    config = json.dumps({"baseUrl": "/some/base/", "token": ""})
    body = (
        '<!doctype html><html lang="en"><title>A lesson</title>'
        f'<script id="jupyter-config-data" type="application/json">{config}</script><main>{exercise("01_small").as_html()}</main></html>'
    )
    context.route(
        "**/some/base/lesson", lambda route: route.fulfill(content_type="text/html; charset=utf-8", body=body)
    )

    def go() -> Any:
        page = context.new_page()
        page.goto(f"{server.base}lesson")
        page.wait_for_selector(".kb-item")
        return page

    first = context.new_page()
    first.goto(f"{server.base}login?token={TOKEN}")
    first.close()
    yield go
    context.close()


def wait(page: Any, words: str) -> None:
    page.wait_for_function(
        "words => document.querySelector('.kb-of-one .kb-kept').textContent.includes(words)", arg=words, timeout=8000
    )


@pytest.mark.browser
def test_a_page_with_no_kernel_keeps_answers_through_a_server_that_dies(
    server: Server, visit: Callable[[], Any]
) -> None:
    page = visit()
    page.wait_for_function("document.querySelector('.kb-state').textContent.includes('Kept in the course folder.')")
    page.locator(".kb-of-one input").nth(1).check()
    wait(page, "✓ Saved")
    assert server.kept()["q1"]["value"] == "b"

    server.kill()
    page.locator(".kb-of-one input").nth(2).check()
    wait(page, "✕ Not saved: the Jupyter server does not answer. Start it again")
    assert server.kept()["q1"]["value"] == "b"
    server.start()
    page.click(".kb-of-one .kb-kept button")
    wait(page, "✓ Saved")
    assert server.kept()["q1"]["value"] == "c"

    # The page is closed while the server is down; what it could not send comes back with the next visit.
    server.kill()
    page.locator(".kb-of-one input").nth(0).check()
    wait(page, "Not saved")
    page.close()
    server.start()
    page = visit()
    wait(page, "✓ Saved")
    assert page.locator(".kb-of-one input").nth(0).is_checked()
    assert server.kept()["q1"]["value"] == "a"
    assert page.evaluate("Object.keys(localStorage)") == []

    # What the server keeps from elsewhere is not undone by an older note of this browser.
    server.kill()
    page.locator(".kb-of-one input").nth(1).check()
    wait(page, "Not saved")
    page.close()
    server.start()
    server.ask("POST", "knowing-benefit/answers", {**SAVE, "value": "c", "tab": "elsewhere"})
    page = visit()
    page.wait_for_function("document.querySelectorAll('.kb-of-one input')[2].checked")
    assert page.evaluate("Object.keys(localStorage)") == []
    assert server.kept()["q1"]["value"] == "c"


@pytest.mark.browser
def test_an_answer_on_its_way_when_the_tab_is_closed_arrives(server: Server, visit: Callable[[], Any]) -> None:
    page = visit()
    page.wait_for_function("document.querySelector('.kb-state').textContent.includes('Kept in the course folder.')")
    page.locator("textarea").press_sequentially("Half a thought")
    page.on("dialog", lambda dialog: dialog.accept())
    page.close(run_before_unload=True)
    for _ in range(50):
        time.sleep(0.1)
        if (server.course / "answers/01_small.json").exists() and "q6" in server.kept():
            break
    assert server.kept()["q6"]["value"] == "Half a thought"


@pytest.mark.browser
def test_in_jupyterlab_the_keys_belong_to_the_face(small_course: Path, tmp_path: Path, browser: Any) -> None:
    shown, _ = exercise("01_small")._repr_mimebundle_()
    shown.pop(WIDGET)
    built = notebook()
    built["metadata"]["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    built["cells"][0]["outputs"] = [{"output_type": "display_data", "metadata": {}, "data": shown}]
    (small_course / "lesson.ipynb").write_text(json.dumps(built), "utf-8")
    (tmp_path / "home").mkdir()
    server = Server(small_course, tmp_path / "home", "jupyterlab")
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    try:
        # A course marks its own notebooks as trusted when it is opened; else JupyterLab takes their scripts away.
        trust = [sys.executable, "-m", "jupyter", "trust", str(small_course / "lesson.ipynb")]
        subprocess.run(trust, env=server.environment, check=True, capture_output=True)
        page = context.new_page()
        page.goto(f"{server.base}lab/tree/lesson.ipynb?token={TOKEN}")
        page.wait_for_function(
            "document.querySelector('.kb-state')?.textContent.includes('Kept in the course folder.')", timeout=60000
        )
        radios = page.locator(".kb-of-one input")
        radios.nth(0).check()
        page.keyboard.press("ArrowDown")
        assert radios.nth(1).is_checked()
        page.get_by_role("button", name="Move down: Rehearing").focus()
        for key in ("Enter", "b", "d", "d"):
            page.keyboard.press(key)
        assert page.evaluate("document.activeElement.textContent").endswith("Move down: Rehearing")
        assert page.locator(".kb-order li").all_inner_texts()[1].startswith("Rehearing")
        page.locator("textarea").click()
        page.keyboard.type("One")
        page.keyboard.press("Enter")
        page.keyboard.type("Two")
        page.keyboard.press("Shift+Enter")
        page.keyboard.type("Three")
        page.keyboard.press("Control+s")
        page.wait_for_function(
            "document.querySelector('.kb-progress').textContent === '3 of 6 answered, all saved'", timeout=5000
        )
        assert server.kept()["q6"]["value"] == "One\nTwo\nThree"
        assert page.locator(".jp-Notebook .jp-Cell").count() == 1
        assert page.locator("ol.kb-offered").evaluate("one => getComputedStyle(one).listStyleType") == "upper-alpha"
    finally:
        context.close()
        server.kill()
