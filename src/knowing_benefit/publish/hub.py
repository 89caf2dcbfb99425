"""A student's server on a JupyterHub: the hub starts ``course serve`` for each student, as that student.

It brings the student's own copy of the course up to date (:func:`knowing_benefit.publish.release.receive`), marks its notebooks
as trusted, and becomes JupyterHub's single-user server there. Because it runs as the student, nothing is ever written into a home
by the administrator's account, and the same command serves one machine with real users and a container alike.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from knowing_benefit.law.library import is_course
from knowing_benefit.law.source import CourseError, Fault
from knowing_benefit.publish.open import find_lesson, sign
from knowing_benefit.publish.release import receive

HANDOUT = "KNOWING_BENEFIT_HANDOUT"
"""The variable that names the released folder which students get a copy of."""

COPY = "knowing-benefit"
"""The student's copy, in the home folder."""


def prepare(handout: Path, folder: Path) -> None:
    """Make a student's copy, or bring it up to date; nobody but its owner can look into it.

    A copy that cannot be brought up to date (the disk is full, say) is used as it is, with a word in the server's log: a student
    who comes back to answer a question needs the answers more than the news.

    Raises:
        CourseError: there is no course to serve: the first copy could not be made.
    """
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        if receive(handout, folder):
            for fault in sign(sorted((folder / "notebooks").glob("*.ipynb"))):
                print(fault, file=sys.stderr, flush=True)
    except (CourseError, OSError) as problem:
        if not is_course(folder):
            if isinstance(problem, CourseError):
                raise
            what = f"the course could not be copied here ({problem.strerror or problem})"
            mend = "See that the disk has room, and start the server again."
            raise CourseError(Fault(folder.as_posix(), 0, what, mend)) from problem
        print(f"The course is served as it was, since it could not be brought up to date: {problem}", file=sys.stderr)


def serve(words: Sequence[str]) -> NoReturn:
    """Become the single-user server of the student who runs this.

    Args:
        words: what the hub adds to the command, for the single-user server.

    Raises:
        CourseError: not started by a hub, or there is no course to serve.
    """
    handout = os.environ.get(HANDOUT)
    if not handout or "JUPYTERHUB_API_TOKEN" not in os.environ:
        what = f"this is started by a JupyterHub, with the variable {HANDOUT}"
        raise CourseError(Fault("course serve", 0, what, "To read the course yourself: course open."))
    if importlib.util.find_spec("jupyterhub") is None:
        what = "JupyterHub is not in this environment"
        raise CourseError(Fault("course serve", 0, what, "Install it there: pip install 'knowing-benefit[hub]'."))
    folder = Path.home() / COPY
    prepare(Path(handout), folder)
    os.environ["KNOWING_BENEFIT_COURSE"] = str(folder)
    os.environ.setdefault("JUPYTERHUB_ROOT_DIR", str(folder))
    os.environ.setdefault("JUPYTERHUB_DEFAULT_URL", f"/lab/tree/notebooks/{find_lesson(folder, '0').name}")
    os.chdir(folder)
    os.execv(sys.executable, [sys.executable, "-m", "jupyterhub.singleuser", *words])
