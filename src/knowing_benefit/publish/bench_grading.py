"""How fast a class is graded, beside nbgrader and Otter in the same run: submissions a second and the memory of the largest process.

The class is invented (:mod:`knowing_benefit.publish.invented`), the exercise is the one with the most questions, and each grader gives every
student feedback. nbgrader grades the same answers from the course that ``course release nbgrader`` makes, with its own commands
``autograde`` and ``generate_feedback``. Otter is given a notebook with one test for each question that a machine grades, by
``otter run``, which runs it on this computer without a container.

The peers run students' notebooks and this course does not: that is the difference which is measured. They are given fewer
students, because each takes them seconds; a figure for one submission is what is compared.
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
PEERS = 6
"""How many students a peer grades."""


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


def bench_grading(library: Library, tell: Callable[[str], None], *, many: bool = True) -> Iterator[str]:
    """Run the benchmarks and report each as a line.

    Args:
        many: also grade :data:`MANY` students.
    """
    all_ = load_keyed(library.root / "exercises")
    first = max(all_, key=lambda name: len(all_[name].exercise.items))
    keyed = {first: all_[first]}
    with tempfile.TemporaryDirectory(prefix="course-bench-") as name:
        root = Path(name)
        tell(f"{STUDENTS} students")
        ours = _ours(library, root, keyed, first, STUDENTS)
        yield f"Grading {first} with a page of feedback for each student, by fresh processes"
        yield _line(f"course grade, {STUDENTS} students", ours, STUDENTS)
        for title, peer in (("nbgrader autograde + generate_feedback", _nbgrader), ("Otter, otter run", _otter)):
            tell(title)
            found = peer(library, root, keyed, first)
            if isinstance(found, str):
                yield f"  {title:<44} {found}"
                continue
            yield _line(f"{title}, {PEERS} students", found, PEERS)
            if found.failed:
                continue
            each, theirs = ours.seconds / STUDENTS, found.seconds / PEERS
            more = ""
            if ours.busy and found.busy:
                more = f"; of processor time, {found.busy / PEERS / (ours.busy / STUDENTS):,.0f} times as much"
            yield f"    for one submission: {theirs:.2f} s against {each * 1000:.1f} ms, {theirs / each:,.0f} times as long{more}"
        if many:
            tell(f"{MANY:,} students")
            yield _line(f"course grade, {MANY:,} students", _ours(library, root, keyed, first, MANY), MANY)


def _line(title: str, run: Run, students: int) -> str:
    if run.failed:
        return f"  {title:<44} failed: {run.failed}"
    memory = f", {run.busy:.1f} s of processor, {run.megabytes:.0f} MB" if run.megabytes else ""
    return f"  {title:<44} {run.seconds:7.2f} s, {students / run.seconds:8.1f} submissions/s{memory}"


def _ours(library: Library, root: Path, keyed: Mapping[str, Keyed], first: str, students: int) -> Run:
    box = root / f"in-{students}"
    box.mkdir()
    chance = random.Random(students)
    for at in range(students):
        number = invented.number(at)
        (box / f"{number}.json").write_bytes(invented.hand_in(chance, number, keyed, library))
    words = [
        "-m",
        "knowing_benefit.cli",
        "grade",
        str(box),
        "--out",
        str(root / f"out-{students}"),
        "--exercise",
        first,
    ]
    found = measured([words], library.root)
    shutil.rmtree(root / f"out-{students}", ignore_errors=True)
    shutil.rmtree(box)
    return found


def measured(commands: Sequence[Sequence[str]], folder: Path, env: Mapping[str, str] | None = None) -> Run:
    """Run commands of this Python one after the other.

    Args:
        commands: the words after ``python``.
        folder: where.
        env: environment variables beside those that are set.
    """
    peak = busy = 0.0
    # Scripts of this environment are called by name by some of what runs here.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    started = time.perf_counter()
    for words in commands:
        with tempfile.TemporaryFile() as said:
            child = subprocess.Popen(
                [sys.executable, *words],
                cwd=folder,
                env={**os.environ, "PATH": path, **(env or {})},
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


def _nbgrader(library: Library, root: Path, keyed: Mapping[str, Keyed], first: str) -> Run | str:
    if importlib.util.find_spec("nbgrader") is None:
        return "not installed here (pip install nbgrader): not measured"
    course = root / "nbgrader"
    release(library, "nbgrader", course)
    (one,) = keyed.values()
    made = measured([["-m", "nbgrader", "generate_assignment", first, "--force"]], course)
    if made.failed:
        return f"generate_assignment failed: {made.failed}"
    chance = random.Random(1)
    for at in range(PEERS):
        folder = course / "submitted" / f"s{at}" / first
        shutil.copytree(course / "release" / first, folder)
        sheet = read(invented.hand_in(chance, invented.number(at), keyed)).sheets[0]
        answers = Answers(folder)
        for name, value in sheet.items.items():
            answers.save(first, name, value, exercise_version=one.exercise.version)
    return measured([["-m", "nbgrader", command, first] for command in ("autograde", "generate_feedback")], course)


def _otter(library: Library, root: Path, keyed: Mapping[str, Keyed], first: str) -> Run | str:
    if importlib.util.find_spec("otter") is None:
        return "not installed here (pip install otter-grader): not measured"
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
    made = measured([["-m", "otter", "generate", "-t", "tests", "--no-environment", "-o", "autograder.zip"]], folder)
    if made.failed:
        return f"otter generate failed: {made.failed}"
    chance = random.Random(1)
    commands = []
    for at in range(PEERS):
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
    return measured(commands, folder)
