"""Building: two workers make what one makes, in the same order; a cell that fails is told by its line from whichever worker."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowing_benefit.law.library import Library
from knowing_benefit.law.source import CourseError
from knowing_benefit.publish.build import build

LESSON = """---
course:
  number: {number}
  slug: small
  title: A small one
  promise: It is small.
  minutes: {{reading: 1, doing: 1}}
  objectives: [{{id: "{number}.1", text: See}}, {{id: "{number}.2", text: Hear}}, {{id: "{number}.3", text: Say}}]
  as_of: "2026-11-23"
---
## A part

```{{code-cell}} ipython3
{code}
```
"""


def course(root: Path, **code: str) -> Library:
    (root / "course.py").write_text("")
    for folder in ("lessons", "data/authorities", "exercises"):
        (root / folder).mkdir(parents=True)
    for number in (1, 2):
        text = LESSON.format(number=number, code=code.get(f"lesson{number}", f"print({number} * 21)"))
        (root / "lessons" / f"0{number}_small.md").write_text(text, "utf-8")
    return Library(root)


def test_two_workers_make_what_one_makes(tmp_path: Path) -> None:
    library = course(tmp_path)
    told: list[str] = []
    two = list(build(library, told.append))
    assert [built.path.relative_to(tmp_path / "notebooks").as_posix() for built in two] == [
        "01_small.ipynb",
        "instructor/01_small.ipynb",
        "02_small.ipynb",
        "instructor/02_small.ipynb",
    ]
    assert told == [f"0{number}_small ({edition})" for number in (1, 2) for edition in ("student", "instructor")]
    assert '"42\\n"' in two[2].content
    assert list(build(library, workers=1)) == two


def test_a_cell_that_fails_is_told_by_its_line(tmp_path: Path) -> None:
    library = course(tmp_path, lesson2="1 / 0")
    with pytest.raises(CourseError) as caught:
        list(build(library))
    [fault] = caught.value.faults
    assert fault.file.endswith("lessons/02_small.md") and fault.line == 14
    assert "ZeroDivisionError" in fault.what
