"""Open the course: sign the notebooks, find a port, start JupyterLab at a lesson."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

from knowing_benefit.law.source import CourseError, Fault, nearest

FIRST_PORT = 8888
_TRIED = 50


def open_course(root: Path, lesson: str, *, port: int | None = None, browser: bool = True) -> int:
    """Start JupyterLab at a lesson and stay with it until it ends.

    Args:
        lesson: a lesson's number (``1``) or name (``01_the_case``, ``the_case``).
        port: the port to use; the first free one from 8888 if None.

    Returns:
        JupyterLab's exit code.

    Raises:
        CourseError: no such lesson, or the port is taken.
    """
    notebook = find_lesson(root, lesson)
    chosen = free_port(port)
    sign(sorted((root / "notebooks").rglob("*.ipynb")))
    address = f"/lab/tree/{notebook.relative_to(root).as_posix()}"
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={root}", f"--LabApp.default_url={address}"]
    command += [f"--ServerApp.port={chosen}", "--ServerApp.port_retries=0"]
    command += [] if browser else ["--no-browser"]
    if _is_root():
        command.append("--allow-root")
    print(f"Opening {notebook.name} in JupyterLab on port {chosen}. To stop, press Ctrl-C here and answer y.", flush=True)
    child = subprocess.Popen(command, cwd=root)
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:
            # JupyterLab hears it too, and asks whether it should stop.
            continue


def find_lesson(root: Path, lesson: str) -> Path:
    """The student's notebook of a lesson, by number or name.

    Raises:
        CourseError: there is none of that number or name.
    """
    found = sorted((root / "notebooks").glob("[0-9][0-9]_*.ipynb"))
    for path in found:
        number, _, slug = path.stem.partition("_")
        if lesson in (path.stem, slug) or (lesson.isdigit() and int(lesson) == int(number)):
            return path
    names = [path.stem for path in found]
    mend = nearest(lesson, names) or f"There are: {', '.join(names) or 'none, so the folder is not whole'}."
    raise CourseError(Fault("notebooks", 1, f"there is no lesson {lesson!r}", mend))


def free_port(wanted: int | None) -> int:
    """The wanted port if nobody has it, or the first free one from 8888 if none is wanted.

    Raises:
        CourseError: the wanted port is taken, with one that is free.
    """
    candidates = range(FIRST_PORT, FIRST_PORT + _TRIED)
    if wanted is not None and _is_free(wanted):
        return wanted
    free = next((port for port in candidates if port != wanted and _is_free(port)), None)
    if wanted is None and free is not None:
        return free
    what = f"port {wanted} is taken" if wanted is not None else "no port is free"
    mend = f"Port {free} is free: add --port {free}." if free else "Close another JupyterLab and start again."
    raise CourseError(Fault("open", 1, what, mend))


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            return False
    return True


def sign(notebooks: list[Path]) -> None:
    """Mark built notebooks as trusted on this computer, so that JupyterLab lets their faces live before any cell is run.

    Whoever opens the course trusts what lies in its ``notebooks/`` anyhow: it is the same folder that the code comes from.
    """
    import nbformat
    from nbformat.sign import NotebookNotary

    notary = NotebookNotary()
    for path in notebooks:
        notebook = nbformat.read(path, as_version=4)
        if not notary.check_signature(notebook):
            notary.sign(notebook)
    notary.store.close()


def _is_root() -> bool:
    import os

    return hasattr(os, "geteuid") and os.geteuid() == 0
