"""One exercise as an nbgrader assignment: what its test cells ask.

An assignment is a folder with a notebook and, below it, ``exercises/NN_slug.yaml`` and ``answers/``. A test cell names a
question and holds nothing of its key: that is read, when nbgrader grades, from ``keys/`` in nbgrader's course folder, which
no student has. (With the key in the cell, between marks for hidden tests, nbgrader 0.9 warns of a changed checksum for every
cell of every student.) The scoring is that of :mod:`knowing_benefit.assess.scoring`, so nbgrader's scores are ours.
"""

from __future__ import annotations

import os
from pathlib import Path

from knowing_benefit.assess.answers import Answers
from knowing_benefit.assess.items import load_exercise, load_key
from knowing_benefit.assess.kinds import blank
from knowing_benefit.assess.scoring import score
from knowing_benefit.law.source import CourseError, Fault, nearest

GRADING = ("NBGRADER_EXECUTION", "autograde")
"""The environment variable, and its value, by which nbgrader tells a notebook that it is being graded."""


def points(exercise: str, question: str, folder: Path | None = None) -> float | None:
    """Points for the answer to one question, from the answers kept beside the notebook.

    Args:
        exercise: the exercise's id.
        question: the question's id.
        folder: the assignment's folder; the working directory if not given.

    Returns:
        Points, rounded to a hundredth; an answer that is absent or does not fit its question scores nothing. ``None`` where
        nbgrader is not grading, as when a student runs the cell.

    Raises:
        CourseError: no key, no such question, or one that a person grades. To nbgrader that is an error, never full points.
    """
    name, value = GRADING
    if os.environ.get(name) != value:
        return None
    folder = folder or Path.cwd()
    found = load_exercise(folder / "exercises" / f"{exercise}.yaml")
    keys = load_key(_key(exercise, folder), found)
    item = next((item for item in found.items if item.id == question), None)
    if item is None:
        mend = nearest(question, keys) or "Make the assignment anew: course release nbgrader."
        raise CourseError(found.document.fault((), f"there is no question {question!r}", mend))
    sheet, _ = Answers(folder).load(exercise, exercise_version=found.version)
    given = sheet.items[question].value if question in sheet.items else None
    earned = score(item, keys[question], None if not blank(given) and item.misfit(given) else given)
    if earned is None:
        raise CourseError(found.document.fault((), f"a person grades {question}", "Grade it in the formgrader."))
    return float(earned)


def _key(exercise: str, folder: Path) -> Path:
    for above in folder.resolve().parents:
        path = above / "keys" / f"{exercise}.yaml"
        if path.is_file():
            return path
    what = "there is no key to this exercise in a folder above"
    raise CourseError(
        Fault(f"keys/{exercise}.yaml", 0, what, "Keep keys/ beside nbgrader_config.py, and autograde again.")
    )
