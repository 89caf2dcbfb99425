"""How fast a class is graded, beside nbgrader and Otter in the same run.

The class is invented (:mod:`knowing_benefit.publish.invented`), and the exercise is the one with the most questions. Two things are
measured, each by fresh processes, their start included:

=================== ========================== ============================ ==================================================
                    this course                nbgrader                     Otter
=================== ========================== ============================ ==================================================
scores alone        ``grade --no-pages``       ``autograde``                ``otter run``, which runs on this computer without
                                                                            a container
scores and feedback ``grade``                  ``autograde`` and            the same: what each test said is its feedback
                                               ``generate_feedback``
=================== ========================== ============================ ==================================================

nbgrader grades the same answers from the course that ``course release nbgrader`` makes; Otter is given a notebook with one test for each
question that a machine grades. Of each the report says

- wall time, and *processor* time of all its processes, which a busy machine disturbs less;
- submissions per second of wall time, and the resident memory of the largest process at its most;
- how many times as long as this course it took for one submission, by wall time and by processor time.

The peers run students' notebooks and this course does not: that is the difference which is measured. They are given fewer
students, because each takes them seconds. This course grades a class of :data:`STUDENTS`, :data:`RUNS` times, of which the median by wall time is
given, and one of :data:`MANY`, in which its start no longer counts; the peers' one run stands beside both.
"""

from __future__ import annotations

import importlib.util
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from knowing_benefit.assess.answers import Answers
from knowing_benefit.assess.grade import Keyed, load_keyed
from knowing_benefit.assess.handin import read
from knowing_benefit.law.library import Library
from knowing_benefit.publish import invented
from knowing_benefit.publish.release import release

STUDENTS = 200
MANY = 10_000
RUNS = 3

_NO_OTTER = (
    "not measured. To add it: python3 -m venv otter-env; otter-env/bin/pip install otter-grader ipykernel; "
    "course bench --grading --otter otter-env/bin/python"
)


@dataclass(frozen=True)
class Run:
    """One command, measured.

    Attributes:
        seconds: wall time, start of the process included.
        busy: processor time, of all processes that have ended; 0 where the system does not tell.
        megabytes: resident memory of the largest process, at its most; 0 where the system does not tell.
        failed: what it said, if it failed.
    """

    seconds: float
    busy: float
    megabytes: float
    failed: str = ""


def bench_grading(
    library: Library, tell: Callable[[str], None], *, otter: str | None = None, peers: int = 20, many: bool = True
) -> Iterator[str]:
    """Run the benchmarks and report each as a line.

    Args:
        otter: the Python of an environment that has otter-grader and ipykernel; by default this one, if it has them.
        peers: how many students nbgrader and Otter grade.
        many: also grade :data:`MANY` students.
    """
    all_ = load_keyed(library.root / "exercises")
    first = max(all_, key=lambda name: len(all_[name].exercise.items))
    keyed = {first: all_[first]}
    with tempfile.TemporaryDirectory(prefix="course-bench-") as name:
        root = Path(name)
        yield f"Grading {first}, {len(keyed[first].exercise.items)} questions"
        yield (
            f"  {'':<44} {'students':>8} {'seconds':>8} {'processor':>9} {'a second':>9} {'memory':>7}"
            "   times as long as this course: wall, processor"
        )
        # First, while this process is small: the system counts a child's memory from that of the process that starts it.
        classes = []
        for students, runs in ((STUDENTS, RUNS), *([(MANY, 1)] if many else [])):
            tell(f"{students:,} students")
            classes.append((students, *_ours(library, root, keyed, students, runs)))
        tell("nbgrader")
        theirs = _nbgrader(library, root, keyed, peers)
        tell("Otter")
        run = _otter(root, keyed, peers, otter)
        for students, alone, whole in classes:
            for title, ours, ends in (("scores alone", alone, 1), ("scores and feedback", whole, 2)):
                yield f"A class of {students:,}, {title}"
                yield _line("course grade" + ("" if ours is whole else " --no-pages"), ours, students)
                words = " + ".join(("autograde", "generate_feedback")[:ends])
                found = theirs if isinstance(theirs, str) else _sum(theirs[:ends])
                yield _peer(f"nbgrader {words}", found, peers, ours, students)
                yield _peer("otter run", run, peers, ours, students)


def _line(title: str, run: Run, students: int) -> str:
    if run.failed:
        return f"  {title:<44} failed: {run.failed}"
    rate = f"{run.busy:>9.2f} {students / run.seconds:>9.2f} {run.megabytes:>4.0f} MB"
    return f"  {title:<44} {students:>8,} {run.seconds:>8.2f} {rate}"


def _peer(title: str, found: Run | str, students: int, ours: Run, count: int) -> str:
    """A peer's line, and how its time for one submission compares with this course's in a class of so many."""
    if isinstance(found, str):
        return f"  {title:<44} {found}"
    line = _line(title, found, students)
    if found.failed or ours.failed:
        return line
    wall = found.seconds / students / (ours.seconds / count)
    return line + f" {wall:>9,.0f}" + (f" {found.busy / students / (ours.busy / count):>9,.0f}" if ours.busy else "")


def _sum(runs: Sequence[Run]) -> Run:
    """Commands that follow each other, as one."""
    return Run(
        sum(run.seconds for run in runs),
        sum(run.busy for run in runs),
        max(run.megabytes for run in runs),
        next((run.failed for run in runs if run.failed), ""),
    )


def _ours(library: Library, root: Path, keyed: Mapping[str, Keyed], students: int, runs: int) -> tuple[Run, Run]:
    """This course: scores alone, then with feedback, each the median of so many runs."""
    box, out = root / f"in-{students}", root / f"out-{students}"
    box.mkdir()
    chance = random.Random(students)
    for at in range(students):
        number = invented.number(at)
        (box / f"{number}.json").write_bytes(invented.hand_in(chance, number, keyed, library))
    words = ["-m", "knowing_benefit.cli", "grade", str(box), "--out", str(out), "--exercise", *keyed]
    found: tuple[list[Run], list[Run]] = ([], [])
    for _ in range(runs):
        for some, pages in zip(found, ("--no-pages", "--pages"), strict=True):
            some.append(measured([[*words, pages]], library.root))
            shutil.rmtree(out, ignore_errors=True)
    shutil.rmtree(box)
    alone, whole = (sorted(some, key=lambda run: run.seconds)[runs // 2] for some in found)
    return alone, whole


def measured(commands: Sequence[Sequence[str]], folder: Path, python: str = sys.executable) -> Run:
    """Run commands of a Python one after the other.

    Args:
        commands: the words after ``python``.
        folder: where.
        python: which.
    """
    peak = busy = 0.0
    # Scripts of this environment are called by name by some of what runs here.
    path = f"{Path(python).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    started = time.perf_counter()
    for words in commands:
        with tempfile.TemporaryFile() as said:
            child = subprocess.Popen(
                [python, *words],
                cwd=folder,
                env={**os.environ, "PATH": path},
                stdout=said,
                stderr=said,
            )
            code, spent, largest = _waited(child)
            peak, busy = max(peak, largest), busy + spent
            if code:
                said.seek(0)
                text = said.read().decode("utf-8", "replace").strip()
                return Run(
                    time.perf_counter() - started, busy, peak, text.splitlines()[-1][:200] if text else f"exit {code}"
                )
    return Run(time.perf_counter() - started, busy, peak)


def _waited(child: subprocess.Popen[bytes]) -> tuple[int, float, float]:
    """Exit code, processor time in seconds and memory in megabytes."""
    if not hasattr(os, "wait4"):
        return child.wait(), 0.0, 0.0
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    # Kilobytes on Linux, bytes on macOS; with it, those of the child's own children that have ended.
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return child.returncode, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / unit


def _nbgrader(library: Library, root: Path, keyed: Mapping[str, Keyed], students: int) -> list[Run] | str:
    """Its two commands, or why they were not measured."""
    if importlib.util.find_spec("nbgrader") is None:
        return "not installed here (pip install nbgrader): not measured"
    course = root / "nbgrader"
    release(library, "nbgrader", course)
    ((first, one),) = keyed.items()
    made = measured([["-m", "nbgrader", "generate_assignment", first, "--force"]], course)
    if made.failed:
        return f"generate_assignment failed: {made.failed}"
    chance = random.Random(1)
    for at in range(students):
        folder = course / "submitted" / f"s{at}" / first
        shutil.copytree(course / "release" / first, folder)
        sheet = read(invented.hand_in(chance, invented.number(at), keyed)).sheets[0]
        answers = Answers(folder)
        for name, value in sheet.items.items():
            answers.save(first, name, value, exercise_version=one.exercise.version)
    return [measured([["-m", "nbgrader", command, first]], course) for command in ("autograde", "generate_feedback")]


def _otter(root: Path, keyed: Mapping[str, Keyed], students: int, python: str | None) -> Run | str:
    if python is None and importlib.util.find_spec("otter") is None:
        return _NO_OTTER
    # Not resolved: an environment's Python is a link to the one that it was made with.
    python = os.path.abspath(python) if python else sys.executable
    folder = root / "otter"
    (folder / "tests").mkdir(parents=True)
    (one,) = keyed.values()
    asked = [item for item in one.exercise.items if item.kind not in ("written", "drawn")]
    for item in asked:
        answer = one.keys[item.id].model_dump()["answer"]
        code = f">>> answers.get({item.id!r}) == {answer!r}\nTrue"
        suite = [
            {"cases": [{"code": code, "hidden": False}], "scored": True, "setup": "", "teardown": "", "type": "doctest"}
        ]
        test = {"name": item.id, "points": item.points, "suites": suite}
        (folder / "tests" / f"{item.id}.py").write_text(f"OK_FORMAT = True\n\ntest = {test!r}\n", "utf-8")
    made = measured(
        [["-m", "otter", "generate", "-t", "tests", "--no-environment", "-o", "autograder.zip"]], folder, python
    )
    if made.failed:
        return f"otter generate failed: {made.failed}"
    chance = random.Random(1)
    commands = []
    for at in range(students):
        items = read(invented.hand_in(chance, invented.number(at), keyed)).sheets[0].items
        source = f"import json\nanswers = json.loads({json.dumps(items)!r})"
        cell: dict[str, object] = {
            "cell_type": "code",
            "execution_count": None,
            "id": "answers",
            "metadata": {},
            "outputs": [],
            "source": source,
        }
        kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
        notebook = {"cells": [cell], "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
        (folder / f"s{at}.ipynb").write_text(json.dumps(notebook), "utf-8")
        (folder / f"out{at}").mkdir()
        commands.append(["-m", "otter", "run", f"s{at}.ipynb", "-a", "autograder.zip", "-o", f"out{at}"])
    return measured(commands, folder, python)
