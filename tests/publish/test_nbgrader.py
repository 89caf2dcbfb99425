"""The nbgrader course, by nbgrader's own commands: no warning of theirs, no key in a release, and our scores item by item."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from knowing_benefit.assess.answers import Answers
from knowing_benefit.assess.assignment import GRADING, points
from knowing_benefit.assess.items import Exercise, load_exercise, load_key
from knowing_benefit.assess.kinds import KINDS, Item, Key, Value, Written
from knowing_benefit.assess.scoring import score
from knowing_benefit.law.library import Library
from knowing_benefit.law.source import CourseError, read_yaml
from knowing_benefit.publish.nbgrader import graded_by_machine
from knowing_benefit.publish.release import release

ROOT = Path(__file__).parents[2]
NAME = "01_the_case"
SCORED = ("02_crime_to_claim", "09_dissent")
"""Exercises that together ask every kind of question that a machine grades, by a test."""
NOISE = re.compile(r"SAWarning|IPKernelApp|Kernel is running over TCP")
"""What SQLAlchemy and Jupyter say of themselves: not of the course."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real course's exercises, as nbgrader gets them."""
    target = tmp_path_factory.mktemp("nbgrader") / "course"
    release(Library(ROOT), "nbgrader", target)
    return target


def keyed(folder: Path, name: str) -> tuple[Exercise, dict[str, Key]]:
    exercise = load_exercise(folder / "source" / name / "exercises" / f"{name}.yaml")
    return exercise, load_key(folder / "keys" / f"{name}.yaml", exercise)


def nbgrader(folder: Path, *words: str) -> str:
    """Run a command of nbgrader's; what it said."""
    # Its folder must be on the PATH: nbgrader calls alembic by name.
    env = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    env.pop(GRADING[0], None)
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *words], cwd=folder, env=env, capture_output=True, text=True, check=False
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    return said


def warnings(said: str) -> list[str]:
    return [line for line in said.split("\n") if re.search(r"warn|error", line, re.I) and not NOISE.search(line)]


def half_right(item: Item, key: Key) -> Value:
    """An answer that earns a part where the kind of question knows parts."""
    answer = key.model_dump()["answer"]
    if isinstance(answer, list):
        return [*reversed(answer)] if item.kind == "order" else answer[:1]
    if isinstance(answer, dict):
        return dict(list(answer.items())[:1])
    if item.kind == "citation":
        return re.sub(r"\(.*\)", "(9th Cir. 1999)", str(answer))
    if item.kind == "date":
        return str(answer)[:4]
    return str(answer)


def answered(folder: Path, exercise: Exercise, keys: dict[str, Key], how: str) -> dict[str, Decimal]:
    """Give answers as a student would, below an assignment; what our own grader makes of them."""
    kept, expected = Answers(folder), {}
    for item in graded_by_machine(exercise):
        value: Value = None
        if how == "right":
            value = keys[item.id].model_dump()["answer"]
        elif how == "half":
            value = half_right(item, keys[item.id])
        elif how == "misfit":
            value = {"no": "such"} if item.kind in ("one", "several") else "nothing of the kind"
        if how != "absent":
            kept.save(exercise.id, item.id, value, exercise_version=exercise.version)
        points = score(item, keys[item.id], None if value is not None and item.misfit(value) else value)
        assert points is not None
        expected[item.id] = points
    return expected


def test_the_exercises_that_are_scored_ask_every_kind(folder: Path) -> None:
    asked = {item.kind for name in SCORED for item in graded_by_machine(keyed(folder, name)[0])}
    assert asked == set(KINDS) - {"written", "drawn"}


def test_nbgrader_s_commands_take_them_and_score_every_kind_as_we_do(folder: Path) -> None:
    """One course of theirs with two assignments, and four students who answer both."""
    expected: dict[tuple[str, str], dict[str, Decimal]] = {}
    written: set[str] = set()
    for name in SCORED:
        assert warnings(nbgrader(folder, "generate_assignment", name)) == []
        exercise, keys = keyed(folder, name)
        written |= {item.id for item in exercise.items if isinstance(item, Written)}
        for how in ("right", "half", "misfit", "absent"):
            handed = folder / "submitted" / how / name
            shutil.copytree(folder / "release" / name, handed)
            expected[how, name] = answered(handed, exercise, keys, how)
        whole, half = (sum(expected[how, name].values()) for how in ("right", "half"))
        assert whole == sum(item.points for item in graded_by_machine(exercise)) > half > 0
        assert warnings(nbgrader(folder, "autograde", name)) == []
    assert warnings(nbgrader(folder, "generate_feedback", SCORED[0])) == []
    assert warnings(nbgrader(folder, "export")) == []
    compared: Counter[tuple[str, str]] = Counter()
    for student, name, cell, automatic, manual in _scores(folder):
        if cell in written:
            # Nobody wrote anything, which nbgrader sees by itself.
            assert (automatic, manual) == (0, None)
            continue
        found = expected[student, name][cell.removeprefix(f"{name}-")]
        assert Decimal(str(automatic)) == found, (student, name, cell)
        compared[student, name] += 1
    assert compared == {one: len(points) for one, points in expected.items()}


def _scores(folder: Path) -> Iterator[tuple[str, str, str, float | None, float | None]]:
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as gradebook:
        for name in SCORED:
            for submission in gradebook.assignment_submissions(name):
                for notebook in submission.notebooks:
                    for grade in notebook.grades:
                        yield submission.student.id, name, grade.name, grade.auto_score, grade.manual_score


def test_no_key_reaches_what_nbgrader_releases(folder: Path) -> None:
    nbgrader(folder, "generate_assignment", NAME, "--force")
    released = sorted(path for path in (folder / "release" / NAME).rglob("*") if path.is_file())
    assert [path.name for path in released] == [f"{NAME}.ipynb", f"{NAME}.yaml"]
    text = " ".join(" ".join(path.read_text("utf-8").split()) for path in released)
    key = read_yaml(folder / "keys" / f"{NAME}.yaml").data["items"]
    reasons = [one["why"] for item in key.values() for one in item.get("reasons", {}).values()]
    models = [model for item in key.values() for model in item.get("model", {}).values()]
    rubrics = [line["text"] for item in key.values() for line in item.get("rubric", [])]
    assert reasons and models and rubrics
    assert [words for words in (*reasons, *models, *rubrics) if " ".join(words.split())[:60] in text] == []
    assert '"answer":' not in text


def test_a_student_who_runs_a_test_cell_sees_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(GRADING[0], raising=False)
    assert points(NAME, "q01", folder / "source" / NAME) is None


def test_grading_without_the_keys_is_an_error_and_never_full_points(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(*GRADING)
    alone = tmp_path / "elsewhere"
    shutil.copytree(folder / "source" / NAME, alone)
    with pytest.raises(CourseError, match="no key"):
        points(NAME, "q01", alone)


def test_two_releases_are_the_same(folder: Path, tmp_path: Path) -> None:
    release(Library(ROOT), "nbgrader", tmp_path / "again")
    again = {path.relative_to(tmp_path / "again"): path for path in (tmp_path / "again").rglob("*") if path.is_file()}
    assert again
    for place, path in again.items():
        if place.parts[0] not in ("release", "submitted"):
            assert path.read_bytes() == (folder / place).read_bytes(), place
