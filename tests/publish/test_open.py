"""Opening the course, for real: JupyterLab on a free port, at a lesson that is there, with notebooks that are trusted."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.sign import NotebookNotary

from knowing_benefit.law.source import CourseError
from knowing_benefit.publish import open as opening

ROOT = Path(__file__).parents[2]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own for Jupyter: its signatures, running servers and settings are not this computer's."""
    for name in ("JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR"):
        folder = tmp_path / name.lower()
        folder.mkdir()
        monkeypatch.setenv(name, str(folder))
    monkeypatch.delenv("JUPYTER_TOKEN", raising=False)
    return tmp_path


@pytest.fixture
def course(home: Path) -> Path:
    """A course folder, its name with spaces, with the real notebooks."""
    root = home / "a course & more"
    shutil.copytree(ROOT / "notebooks", root / "notebooks", ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    (root / "data").mkdir()
    (root / "course.py").touch()
    return root.resolve()


def free() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def begin(course: Path, *words: str) -> subprocess.Popen[str]:
    variables = {**os.environ, "KNOWING_BENEFIT_COURSE": str(course), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "knowing_benefit.cli", "open", "--no-browser", *words]
    return subprocess.Popen(
        command,
        cwd=course,
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def address_of(started: subprocess.Popen[str]) -> str:
    """The address that is shown, once it is shown."""
    assert started.stdout
    for line in started.stdout:
        if found := re.search(r"http://\S+", line):
            return found[0]
    raise AssertionError(started.communicate()[1])


def ask(address: str, path: str, put: Any = None) -> Any:
    base, _, token = address.partition("?token=")
    host = re.match(r"http://[^/]+/", base)
    assert host
    body = None if put is None else json.dumps(put).encode()
    request = urllib.request.Request(
        host[0] + path, body, {"Authorization": f"token {token}"}, method="PUT" if put else "GET"
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


@pytest.mark.skipif(os.name != "posix", reason="Ctrl-C as POSIX sends it")
def test_jupyterlab_starts_at_the_lesson_and_stops_at_ctrl_c(course: Path) -> None:
    port = free()
    started = begin(course, "1", "--port", str(port))
    try:
        address = address_of(started)
        assert address.startswith(f"http://127.0.0.1:{port}/lab/tree/notebooks/01_")
        assert "started" in ask(address, "api/status")
        lesson = re.search(r"/lab/tree/(\S+)\?", address)
        assert lesson and ask(address, f"api/contents/{lesson[1]}?content=0")["type"] == "notebook"
        assert {"notebooks", "data"} <= {one["name"] for one in ask(address, "api/contents/")["content"]}
        # The settings of the environment are in force: no question about news, and pages that stay whole.
        settings = ask(address, "lab/api/settings/@jupyterlab/apputils-extension:notification")
        assert (
            json.loads(settings["raw"] or "{}") == {}
            and settings["schema"]["properties"]["fetchNews"]["default"] == "false"
        )
        # A lesson that was only read, and that JupyterLab then saves with what its kernel is, stays as it was built.
        path = course / "notebooks" / "01_the_case.ipynb"
        before = path.read_bytes()
        model = ask(address, f"api/contents/{lesson[1]}")
        model["content"]["metadata"]["language_info"]["version"] = "3.99"
        assert ask(address, f"api/contents/{lesson[1]}", model)["type"] == "notebook"
        assert path.read_bytes() == before
        # Another start on the same port says so, and which one is free.
        second = begin(course, "--port", str(port)).communicate(timeout=60)
        assert re.fullmatch(rf"Port {port} is taken\. Port \d+ is free: add --port \d+\.\n", second[1])
        os.killpg(started.pid, signal.SIGINT)
        out, err = started.communicate(timeout=30)
        assert started.returncode == 0 and "Traceback" not in out + err
        assert out.endswith("\nStopped. Every answer that the page called saved is kept.\n")
    finally:
        # The whole session, else a JupyterLab that outlives its parent would hold the pipe open for ever.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(started.pid, signal.SIGKILL)
        started.communicate(timeout=30)
    wait_until(lambda: opening._port_trouble(port) == "")


@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX sends them")
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_no_server_is_left_behind_when_only_the_command_is_stopped(course: Path, sent: int) -> None:
    port = free()
    started = begin(course, "0", "--port", str(port))
    address_of(started)
    started.send_signal(sent)
    started.communicate(timeout=40)
    wait_until(lambda: opening._port_trouble(port) == "")


def wait_until(what: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not what():
        assert time.monotonic() < end
        time.sleep(0.1)


@pytest.fixture
def server() -> Iterator[int]:
    """Something that answers like a Jupyter server whose token is ``right``."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/api/status?token=right" else 403)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    serving = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=serving.serve_forever, daemon=True).start()
    yield serving.server_port
    serving.shutdown()
    serving.server_close()


def describe(home: Path, port: int, root: Path, token: str) -> None:
    info = {"url": f"http://127.0.0.1:{port}/", "root_dir": str(root), "token": token}
    (home / "jupyter_runtime_dir" / "jpserver-1.json").write_text(json.dumps(info))


def test_a_course_that_is_open_already_is_shown_there(
    home: Path, course: Path, server: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "jupyter_runtime_dir" / "jpserver-0.json").write_text("{")
    describe(home, server, course, "right")
    seen: list[str] = []
    monkeypatch.setattr(opening.webbrowser, "open", seen.append)
    assert opening.open_course(course, "1") == 0
    (address,) = seen
    assert address.startswith(f"http://127.0.0.1:{server}/lab/tree/notebooks/01_") and address.endswith("?token=right")
    assert address in capsys.readouterr().out


@pytest.mark.parametrize("other", ["another folder", "another token", "nobody there"])
def test_a_server_of_something_else_is_not_taken_for_it(home: Path, course: Path, server: int, other: str) -> None:
    describe(home, server, course, "right")
    assert opening._running(course) is not None
    describe(
        home,
        free() if other == "nobody there" else server,
        home if other == "another folder" else course,
        "wrong" if other == "another token" else "right",
    )
    assert opening._running(course) is None


@pytest.mark.parametrize("words", ["1", "01", "01_the_case", "the_case"])
def test_a_lesson_by_number_or_name(course: Path, words: str) -> None:
    assert opening.find_lesson(course, words) == course / "notebooks" / "01_the_case.ipynb"


@pytest.mark.parametrize(
    ("words", "mend"),
    [("99", "There are: 00_start_here"), ("01_the_cse", "01_the_case"), ("²", "There are"), ("../x", "There are")],
)
def test_a_lesson_that_is_not_there(course: Path, words: str, mend: str) -> None:
    with pytest.raises(CourseError, match=r"^There is no lesson") as caught:
        opening.find_lesson(course, words)
    assert mend in str(caught.value)


def test_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setattr(opening, "FIRST_PORT", port)
        found = opening.free_port(None)
        assert found > port
        with pytest.raises(CourseError, match=rf"^Port {port} is taken\. Port \d+ is free"):
            opening.free_port(port)
        monkeypatch.setattr(opening, "_TRIED", 1)
        with pytest.raises(CourseError, match=rf"^None of the ports from {port} is free\. Close another JupyterLab"):
            opening.free_port(None)
    assert opening.free_port(port) == port


@pytest.mark.parametrize("port", [0, -1, 65536, 10**9])
def test_ports_that_there_are_not(port: int) -> None:
    with pytest.raises(CourseError, match=rf"^There is no port {port}\. Port \d+ is free"):
        opening.free_port(port)


def test_signing_trusts_the_notebooks_as_they_are_and_no_change_to_them(course: Path) -> None:
    lesson = course / "notebooks" / "01_the_case.ipynb"
    broken = course / "notebooks" / "02_broken.ipynb"
    broken.write_text("{")
    faults = opening.sign([broken, lesson])
    assert [fault.file for fault in faults] == [broken.as_posix()]
    notary = NotebookNotary()
    notebook = nbformat.read(lesson, as_version=4)
    assert notary.check_signature(notebook)
    notebook.cells[0].source += " changed"
    assert not notary.check_signature(notebook)
    notary.store.close()
