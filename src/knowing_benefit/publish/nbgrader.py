"""The graded exercises as a course for nbgrader: a folder that its own commands take from generate_assignment to export.

Each exercise is one assignment. Its questions are the course's own face, whose answers are kept in ``answers/`` beside the
notebook and are handed in with it; so nobody types code, and a broken cell loses no answer. For each question that a machine
grades there is one test cell, at the end, which reads the answer as data and the key from ``keys/``
(:mod:`knowing_benefit.assess.assignment`). Written questions are nbgrader's own cells for manual grading, so that the
formgrader shows them; rubric and models stand in the source alone, as their solution.

Cell metadata: nbgrader's schema 3 (its documentation, "The nbgrader philosophy" and "Creating and grading assignments").
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import nbformat

from knowing_benefit.assess.items import Exercise, load_exercise, load_key
from knowing_benefit.assess.kinds import Drawn, Item, Key, Written, WrittenKey
from knowing_benefit.law.library import Library

_CONFIG = '''"""nbgrader's settings for this course. Run its commands in this folder."""

c = get_config()  # noqa: F821
c.CourseDirectory.course_id = "knowing-benefit"
# A test cell reads a small file; a student's own cell that never ends is stopped.
c.ExecutePreprocessor.timeout = 60
# Answers are data beside the notebook: nothing that a student made may be taken for an old copy of ours.
c.CourseDirectory.ignore = [".ipynb_checkpoints", "*.pyc*", "__pycache__", ".*.lock"]
'''

_README = """# Knowing Benefit, for nbgrader

Made by `course release nbgrader`. Nothing here is edited by hand: change the exercise, then release again.

nbgrader and this course must be in one environment, which must be on the PATH, for the instructor and for the students' kernels:

```
pip install nbgrader
pip install .          # in the course folder
```

Then, in this folder, for one assignment or for all of `source/`:

```
nbgrader generate_assignment 01_the_case
nbgrader collect 01_the_case          # or put the folders into submitted/ yourself
nbgrader autograde 01_the_case
nbgrader formgrade                    # written answers; or grade them in nbgrader's own tab
nbgrader generate_feedback 01_the_case
nbgrader export
```

`keys/` and `source/` are the instructor's: students get `release/`, which holds no key. A corrected key in `keys/` counts from the next `autograde`. A question that is drawn for each exam number is not in these assignments,
because nbgrader knows students by their accounts.
"""

_HOW = (
    "Answer in the boxes below. If they do not show, choose *Run*, then *Run All Cells*. Each answer is kept, beside this notebook, "
    "when the page says *Saved*; it is handed in with the notebook. Write your longer answers in the cells that say so."
)


def course(library: Library) -> Iterator[tuple[str, bytes]]:
    """Every file of the nbgrader course: its place below the folder, and its bytes.

    Raises:
        CourseError: a fault in an exercise or a key; no keys here.
    """
    yield "nbgrader_config.py", _CONFIG.encode()
    yield "README.md", _README.encode()
    for path in sorted((library.root / "exercises").glob("*.yaml")):
        exercise = load_exercise(path)
        keys = load_key(path.parent / "keys" / path.name, exercise)
        home = f"source/{exercise.id}"
        yield f"{home}/{exercise.id}.ipynb", notebook(exercise, keys).encode()
        yield f"{home}/exercises/{exercise.id}.yaml", path.read_bytes()
        yield f"keys/{exercise.id}.yaml", (path.parent / "keys" / path.name).read_bytes()


def graded_by_machine(exercise: Exercise) -> list[Item]:
    """The questions that get a test cell. One that is drawn by exam number does not: nbgrader knows accounts."""
    return [item for item in exercise.items if not isinstance(item, Written | Drawn)]


def notebook(exercise: Exercise, keys: dict[str, Key]) -> str:
    """One assignment's source notebook, as JSON text; the same bytes every time."""
    cells = [
        _text("title", f"# {exercise.title}\n\n{_HOW}"),
        _code("questions", f'from knowing_benefit import assignment; assignment("{exercise.id}")'),
    ]
    for number, item in enumerate(exercise.items, 1):
        key = keys[item.id]
        if isinstance(key, WrittenKey):
            cells += _written(number, item, key)
    cells.append(_text("grading", "---\n\nWhat follows is for grading. There is nothing to do or to run here."))
    asked = graded_by_machine(exercise)
    cells += [_test(exercise, number, item) for number, item in enumerate(exercise.items, 1) if item in asked]
    made = nbformat.v4.new_notebook(
        cells=cells,
        metadata={
            "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
    )
    for place, cell in enumerate(made.cells):
        cell.id = f"{exercise.id[:2]}-{place:03d}"
    return f"{nbformat.writes(made)}\n"


def _marked(name: str, **more: Any) -> dict[str, Any]:
    """Cell metadata in nbgrader's schema 3."""
    given = {"grade_id": name, "schema_version": 3, "grade": False, "solution": False, "locked": True, "task": False}
    return {"nbgrader": given | more}


def _text(name: str, source: str) -> Any:
    return nbformat.v4.new_markdown_cell(source, metadata=_marked(name))


def _code(name: str, source: str, **more: Any) -> Any:
    hidden = {"jupyter": {"source_hidden": True}}
    return nbformat.v4.new_code_cell(source, metadata=_marked(name, **more) | hidden)


def _test(exercise: Exercise, number: int, item: Item) -> Any:
    lines = [
        f"# Question {number}: graded from the answer kept beside this notebook.",
        "from knowing_benefit.assess.assignment import points",
        f'points("{exercise.id}", "{item.id}")',
    ]
    return _code(f"{exercise.id}-{item.id}", "\n".join(lines), grade=True, points=item.points)


def _written(number: int, item: Item, key: WrittenKey) -> list[Any]:
    asked = f"**Question {number}** ({item.points} points). {item.stem}"
    lines = ["### BEGIN SOLUTION", *(f"- ({line.points}) {line.text}" for line in key.rubric)]
    lines += [f"\n**A model for the {side}.** {text}" for side, text in key.model.items()]
    answer = nbformat.v4.new_markdown_cell(
        "\n".join([*lines, "### END SOLUTION"]),
        metadata=_marked(item.id, grade=True, solution=True, locked=False, points=item.points),
    )
    return [_text(f"{item.id}-question", asked), answer]
