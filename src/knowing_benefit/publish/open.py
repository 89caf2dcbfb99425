"""Open the course: find the lesson and a port, start JupyterLab there, and mark the built notebooks as trusted."""

from __future__ import annotations

import errno
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import webbrowser
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from knowing_benefit.law.source import CourseError, Fault, nearest

FIRST_PORT = 8888
_TRIED = 50
_STARTING = 90
"""How long JupyterLab may take to answer, in seconds, before we stop looking; it goes on starting."""
_STOPPING = 10
"""How long JupyterLab may take to stop by itself after Ctrl-C, in seconds."""


def open_course(root: Path, lesson: str, *, port: int | None = None, browser: bool = True) -> int:
    """Start JupyterLab at a lesson and stay with it until it ends.

    If JupyterLab already serves this folder and no port is asked for, the lesson is shown there.

    Args:
        lesson: a lesson's number (``1``) or name (``01_the_case``, ``the_case``).
        port: the port to use; the first free one from 8888 if None.
        browser: open a browser at the lesson, too.

    Returns:
        JupyterLab's exit code; 0 if it was stopped with Ctrl-C.

    Raises:
        CourseError: no such lesson, or the port cannot be had.
    """
    notebook = find_lesson(root, lesson)
    place = f"lab/tree/{urllib.parse.quote(notebook.relative_to(root).as_posix())}"
    if browser and port is None and (open_already := _running(root)):
        address = f"{open_already['url']}{place}?token={open_already['token']}"
        print(f"The course is open already; this shows {notebook.stem} there:\n  {address}", flush=True)
        webbrowser.open(address)
        return 0
    chosen = free_port(port)
    # In the variables, not among the arguments: those can be seen by everybody on the computer.
    token = os.environ.get("JUPYTER_TOKEN") or secrets.token_hex(24)
    child = subprocess.Popen(
        _command(root, place, chosen, browser), cwd=root, env={**os.environ, "JUPYTER_TOKEN": token}
    )
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: child.terminate())
    try:
        # While the server starts, which takes longer: a browser comes to it only then.
        for fault in sign(sorted((root / "notebooks").rglob("*.ipynb"))):
            print(fault, file=sys.stderr, flush=True)
        address = f"http://127.0.0.1:{chosen}/"
        if _answers(address, token, child):
            seen = (
                "The lesson opens in your browser. If it does not, copy this address there:"
                if browser
                else "Copy this address into a browser:"
            )
            print(f"{seen}\n  {address}{place}?token={token}", flush=True)
            print("Leave this window open while you work. To stop, press Ctrl-C here.", flush=True)
        return child.wait()
    except KeyboardInterrupt:
        code = _stop(child)
        print("\nStopped. Every answer that the page called saved is kept.", flush=True)
        return code


def _command(root: Path, place: str, port: int, browser: bool) -> list[str]:
    import zmq

    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={root}", f"--LabApp.default_url=/{place}"]
    command += [
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        "--ServerApp.base_url=/",
    ]
    command += ["--ServerApp.answer_yes=True", "--Application.log_level=ERROR"]
    if zmq.has("curve"):
        # Between the server and its kernels too; a kernel that is not encrypted says so in the reader's window, in alarming words.
        command.append("--KernelManager.transport_encryption=auto")
    if not browser:
        command.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    return command


def _stop(child: subprocess.Popen[bytes]) -> int:
    """After Ctrl-C: a terminal has sent it to JupyterLab as well; if it came from elsewhere, pass it on."""
    try:
        child.wait(_STOPPING / 2)
    except subprocess.TimeoutExpired:
        child.terminate()
        try:
            child.wait(_STOPPING / 2)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
    return 0


def _answers(address: str, token: str, child: subprocess.Popen[bytes] | None = None) -> bool:
    """Whether a Jupyter server at this address takes our token; waits for one that is starting."""
    end = time.monotonic() + (_STARTING if child else 0)
    # No proxy stands between this computer and itself.
    ask = urllib.request.build_opener(urllib.request.ProxyHandler({})).open
    while child is None or child.poll() is None:
        try:
            with ask(f"{address}api/status?token={token}", timeout=2):
                return True
        except (OSError, urllib.error.URLError):
            if time.monotonic() >= end:
                return False
            time.sleep(0.1)
    return False


def _running(root: Path) -> dict[str, Any] | None:
    """The Jupyter server of this user that serves this folder, as it describes itself; None if there is none."""
    from jupyter_core.paths import jupyter_runtime_dir

    for path in sorted(Path(jupyter_runtime_dir()).glob("jpserver-*.json")):
        try:
            found = json.loads(path.read_text("utf-8"))
            if os.path.samefile(found["root_dir"], root) and _answers(found["url"], found["token"]):
                return dict(found)
        except (OSError, ValueError, KeyError, TypeError):
            continue  # of a server that has ended, or is just starting
    return None


def find_lesson(root: Path, lesson: str) -> Path:
    """The student's notebook of a lesson, by number or name.

    Raises:
        CourseError: there is none of that number or name.
    """
    found = sorted((root / "notebooks").glob("[0-9][0-9]_*.ipynb"))
    for path in found:
        number, _, slug = path.stem.partition("_")
        if lesson in (path.stem, slug) or (lesson.isdecimal() and int(lesson) == int(number)):
            return path
    names = [path.stem for path in found]
    mend = nearest(lesson, names) or f"There are: {', '.join(names) or 'none, so the folder is not whole'}."
    raise CourseError(Fault("", 0, f"There is no lesson {lesson!r}", mend))


def free_port(wanted: int | None) -> int:
    """The wanted port if nobody has it, or the first free one from 8888 if none is wanted.

    Raises:
        CourseError: the wanted port cannot be had; names one that can.
    """
    amiss = "" if wanted is None else _port_trouble(wanted)
    if wanted is not None and not amiss:
        return wanted
    free = next((port for port in range(FIRST_PORT, FIRST_PORT + _TRIED) if not _port_trouble(port)), None)
    if wanted is None and free is not None:
        return free
    mend = f"Port {free} is free: add --port {free}." if free else "Close another JupyterLab and start again."
    raise CourseError(Fault("", 0, amiss or f"None of the ports from {FIRST_PORT} is free", mend))


def _port_trouble(port: int) -> str:
    """Why a port cannot be used; empty if it can."""
    if not 0 < port < 65536:
        return f"There is no port {port}"
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        if os.name == "posix":
            # As the server will: a port that was closed a moment ago is free. On Windows it would share one in use.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as problem:
            return f"Port {port} is {'kept for administrators' if problem.errno == errno.EACCES else 'taken'}"
    return ""


def sign(notebooks: Iterable[Path]) -> list[Fault]:
    """Mark built notebooks as trusted on this computer, so that JupyterLab lets their faces live before any cell is run.

    The signature is of the content: a notebook that somebody changes later is not covered by it.

    Returns:
        A fault for each notebook that cannot be read. The others can be opened all the same.
    """
    import sqlite3

    import nbformat
    from nbformat.sign import NotebookNotary

    faults = []
    notary = NotebookNotary()
    for path in notebooks:
        try:
            notebook = nbformat.read(path, as_version=4)
            if not notary.check_signature(notebook):
                notary.sign(notebook)
        except (OSError, ValueError, KeyError, AttributeError, nbformat.ValidationError) as problem:
            what = f"this notebook cannot be read ({type(problem).__name__})"
            faults.append(Fault(path.as_posix(), 1, what, "Take it from the course again; answers are kept elsewhere."))
        except sqlite3.Error:
            break  # the list of signatures is not ours to mend: JupyterLab asks the reader about trust instead
    notary.store.close()
    return faults
