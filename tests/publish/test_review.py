"""What an editor looks for: minutes that add up, objectives with no empty cell, nothing said twice, a road that is true, spelling."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from knowing_benefit.law.library import Library
from knowing_benefit.publish import review
from knowing_benefit.publish.lessons import Lesson, read_lesson, read_lessons

ROOT = Path(__file__).parents[2]
COURSE = Library(ROOT)
LESSONS = read_lessons(ROOT)

FORM = """---
course:
  number: {number}
  slug: small
  title: {title}
  promise: It is small.
  minutes: {{reading: 20, doing: 30}}
  objectives: [{{id: "{number}.1", text: See}}, {{id: "{number}.2", text: Hear}}, {{id: "{number}.3", text: Say}}]
  taught: {{"{number}.1": The first part}}
  as_of: "2026-11-23"
---
## The first part

{body}

## The graded exercise

Answers are kept as you give them, and nothing is sent to anybody until you send it yourself.

:::{{instructor}} Teaching this
**Time.** Twenty minutes to read. To do: lab 10, practice 20, together 30. Set it.

| In class | 50 minutes | 75 minutes |
| :--- | ---: | ---: |
| A vote | 20 | 30 |
| The board | 30 | 45 |
| **Together** | **50** | **75** |
:::
"""


def lesson(folder: Path, body: str = "Words.", number: int = 1, title: str = "A small one", **changes: str) -> Lesson:
    path = folder / f"{number:02d}_small.md"
    text = FORM.format(number=number, body=body, title=title)
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new, 1)
    path.write_text(text, "utf-8")
    return read_lesson(path)


def changed(folder: Path, old: str, new: str) -> Lesson:
    return lesson(folder, **{old: new})


def at(found: Lesson, words: str) -> int:
    return found.path.read_text("utf-8").partition(words)[0].count("\n") + 1


# -- The real course ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("one", LESSONS, ids=lambda one: one.name)
def test_minutes_add_up_in_every_lesson(one: Lesson) -> None:
    assert [str(fault) for fault in review.minutes(one)] == []
    assert "| 50 minutes | 75 minutes |" in one.body


def test_every_objective_is_taught_practised_and_assessed() -> None:
    found = review.goals(COURSE)
    assert {goal.id: goal.gaps for goal in found if goal.gaps} == {}
    assert len(found) == sum(len(one.front.objectives) for one in LESSONS)
    # Only the first lesson has no graded exercise.
    assert {goal.lesson for goal in found if goal.assessed is None} <= {"00_start_here"}


def test_no_lesson_repeats_another_and_the_road_is_true() -> None:
    assert [str(fault) for fault in review.repeated(LESSONS)] == []
    assert [str(fault) for fault in review.road(LESSONS)] == []
    assert [str(fault) for one in LESSONS for fault in review.taught(one)] == []


@pytest.mark.parametrize("one", LESSONS, ids=lambda one: one.name)
def test_a_lesson_can_be_read_in_its_time_and_without_a_dictionary(one: Lesson) -> None:
    found = review.prose(one)
    assert found.minutes >= found.needs[0], str(found)
    assert found.flesch >= 50, str(found)
    assert found.sentence <= 22, str(found)


def test_spelling() -> None:
    places = ["lessons", "exercises", "data", "docs", "README.md"]
    command = [
        sys.executable,
        "-m",
        "codespell_lib",
        "--ignore-words",
        str(Path(__file__).parent / "spelling.txt"),
        *places,
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout == "" and done.returncode == 0, done.stdout + done.stderr


# -- What each rule catches --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "value"),
    [("Twenty", 20), ("twenty-two", 22), ("Nine", 9), ("nineteen", 19), ("ninety-nine", 99), ("45", 45), ("some", None), ("twenty-ten", None)],
)  # fmt: skip
def test_numbers_in_words(word: str, value: int | None) -> None:
    assert review.number(word) == value


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("lab 10", "lab 11", "the parts to do make 31 minutes, not 30"),
        ("Twenty minutes", "Nineteen minutes", "gives 19 minutes to read, the front matter 20"),
        ("doing: 30", "doing: 35", "gives 30 minutes to do, the front matter 35"),
        ("lab 10", "lab some", "has a part without minutes"),
        ("**Time.** Twenty", "**Time.** About twenty", "does not split reading and doing"),
        ("| A vote | 20 |", "| A vote | 25 |", "the plan of 50 minutes adds up to 55, and its last row says 50"),
        ("| **75** |", "| **80** |", "the plan of 75 minutes adds up to 75, and its last row says 80"),
        ("| 20 | 30 |", "| 20 | x |", "the plan of 75 minutes has a row without a number"),
        ("| **Together** |", "| **All** |", "the plan has no last row **Together**"),
    ],
)
def test_minutes_that_do_not_add_up_are_named(tmp_path: Path, old: str, new: str, what: str) -> None:
    assert list(review.minutes(lesson(tmp_path))) == []
    found = [str(fault) for fault in review.minutes(changed(tmp_path, old, new))]
    assert found and any(what in fault for fault in found), found


def test_an_objective_without_a_place_is_a_gap(tmp_path: Path) -> None:
    (tmp_path / "lessons").mkdir()
    (tmp_path / "exercises" / "practice").mkdir(parents=True)
    lesson(tmp_path / "lessons")
    item = "  - {{id: p{n}, kind: written, objective: '1.{n}', difficulty: easy, points: 1, stem: Why?, words: 50, authority: [x]}}\n"
    head = "id: 01_small\nlesson: 01_small\ntitle: T\nminutes: 5\nversion: 1\nitems:\n"
    (tmp_path / "exercises" / "01_small.yaml").write_text(head + item.format(n=1), "utf-8")
    (tmp_path / "exercises" / "practice" / "01_small.yaml").write_text(
        head + item.format(n=1) + item.format(n=2), "utf-8"
    )
    one, two, three = review.goals(Library(tmp_path))
    assert (one.taught, one.practised, one.assessed, one.gaps) == (
        ["The first part"],
        ["practice p1"],
        ["exercise p1"],
        [],
    )
    assert two.gaps == ["taught", "assessed"]
    assert three.gaps == ["taught", "practised", "assessed"]
    text = review.matrix([one, two, three])
    assert "3 objectives, 2 with an empty cell." in text and "MISSING: taught, assessed" in text


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('{"1.1": The first part}', '{"1.1": The fist part}', "the lesson has no heading 'The fist part'. Did you mean 'The first part'?"),
        ('{"1.1": The first part}', '{"1.9": The first part}', "there is no objective '1.9'"),
    ],
)  # fmt: skip
def test_a_place_that_is_none_is_named(tmp_path: Path, old: str, new: str, what: str) -> None:
    [fault] = review.taught(changed(tmp_path, old, new))
    assert what in str(fault) and fault.line == 9


SAID = "A vendor that tailors its software to one platform may take part in what that platform does."


def test_the_same_words_in_two_lessons_are_named_once(tmp_path: Path) -> None:
    one = lesson(tmp_path, SAID, 1)
    two = lesson(tmp_path, f"Something else. {SAID}", 2)
    [fault] = review.repeated([one, two])
    assert fault.line == at(two, "Something else.")
    assert "Lesson 1 (line 14)" in fault.what and "'a vendor that tailors" in fault.what


@pytest.mark.parametrize(
    "body",
    [
        f"“{SAID}”",  # a quotation is the source's
        f":::{{instructor}} Note\n{SAID}\n:::",  # the instructor's own
        " ".join(SAID.split()[:11]) + ".",  # eleven words may chance
        "A vendor that tailors its software to one platform.\n\n## It may take\n\nMay take part in what that\n\nplatform does.",
    ],
)
def test_what_is_no_repetition(tmp_path: Path, body: str) -> None:
    two = lesson(tmp_path, body, 2)
    assert list(review.repeated([lesson(tmp_path, SAID, 1), two])) == []


def test_counts_are_of_what_a_student_reads(tmp_path: Path) -> None:
    body = "The court of *G.G.* v. the vendor ruled. It cites {cite}`gg-salesforce-7th-2023` often.\n\n| a | table |\n\n```{code-cell} ipython3\nfrom x import y; y()\n```"
    found = review.prose(lesson(tmp_path, body))
    # two headings, two sentences and the sentence under the second heading; nothing of table, cell and instructor's box
    assert found.words == 3 + 8 + 4 + 3 + 18
    assert found.longest == 18
    assert found.needs == (0, 0)


ROAD = "| | Lesson | What it asks |\n| ---: | :--- | :--- |\n| 0 | Start here | How? |\n| 1 | [A small one](01_small.ipynb) | Why? |\n"


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (ROAD, ""),
        (ROAD.replace("A small one", "A great one"), "the table calls Lesson 1 'A great one', but its title is 'A small one'"),
        (ROAD.replace("| 1 |", "| 2 |"), "the table leaves out Lesson 1"),
        (ROAD + "| 2 | More | What? |\n", "the table names Lesson 2, which is not here"),
        ("Some are not yet here.\n\n" + ROAD + "| 2 | More | What? |\n", ""),
        ("Some are not yet here.\n\n" + ROAD, "the text says that some are not"),
    ],
)  # fmt: skip
def test_the_road_must_be_true(tmp_path: Path, body: str, what: str) -> None:
    start = lesson(tmp_path, body, 0, "Start here")
    found = [str(fault) for fault in review.road([start, lesson(tmp_path)])]
    assert bool(found) == bool(what) and all(re.search(re.escape(what), found[0]) for _ in found[:1]), found
