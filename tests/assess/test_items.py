"""Exercises, keys, practice and briefs come in whole, or with a fault for every mistake at its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowing_benefit.assess.items import check, load_brief, load_exercise, load_key, load_practice
from knowing_benefit.law.source import CourseError, Fault

SOURCES = ["gg"]
OBJECTIVES = {"01_small": ["1.1", "1.2", "1.3"]}
KEY = "keys/01_small.yaml"
CITED = 'answer: "76 F.4th 544 (7th Cir. 2023)"'


def all_faults(root: Path) -> list[Fault]:
    return check(root / "exercises", SOURCES, OBJECTIVES)


def test_small_course_is_sound(small_course: Path) -> None:
    assert all_faults(small_course) == []
    exercise = load_exercise(small_course / "exercises/01_small.yaml")
    assert [item.kind for item in exercise.items] == ["one", "several", "match", "order", "citation", "written"]
    assert exercise.points == 19
    assert set(load_key(small_course / "exercises/keys/01_small.yaml", exercise)) == {
        item.id for item in exercise.items
    }


def test_a_students_copy_without_keys_is_sound(small_course: Path) -> None:
    (small_course / "exercises/keys/01_small.yaml").unlink()
    (small_course / "exercises/keys").rmdir()
    assert all_faults(small_course) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "what", "mend", "at"),
    [
        ("01_small.yaml", "kind: several", "kind: sevral", "no kind of question 'sevral'", "several", "kind: sevral"),
        ("01_small.yaml", "Which are elements of the claim?", "''", "stem", "", "stem: ''"),
        ("01_small.yaml", "difficulty: hard", "difficulty: tough", "difficulty", "", "difficulty: tough"),
        (
            "01_small.yaml",
            "{id: b, text: Salesforce}, {id: c",
            "{id: a, text: Salesforce}, {id: c",
            "'a' stands twice",
            "",
            "options:",
        ),
        ("01_small.yaml", "- id: q6", "- id: q5", "'q5' stands twice", "", "- id: q5"),
        (
            "01_small.yaml",
            'objective: "1.3"',
            'objective: "1.9"',
            "no objective '1.9'",
            "1.1, 1.2, 1.3",
            'objective: "1.9"',
        ),
        ("01_small.yaml", "words: 120\n    authority: [gg]", "words: 120", "q6 names no authority", "", "- id: q6"),
        (
            "01_small.yaml",
            "120\n    authority: [gg]",
            "120\n    authority: [gx]",
            "no authority 'gx'",
            "gg",
            "authority: [gx]",
        ),
        (
            "01_small.yaml",
            "words: 120",
            "words: 120\n    key: {}",
            "must not hold its key",
            "keys/01_small.yaml",
            "key: {}",
        ),
        ("01_small.yaml", "id: 01_small", "id: 01_other", "the file is named", "", "id: 01_other"),
        (KEY, "version: 3", "version: 2", "version 2 and the exercise is version 3", "", "version: 2"),
        (KEY, "answer: b", "answer: z", "'z' is not an option", "a, b, c", "answer: z"),
        (KEY, "answer: [a, c, e]", "answer: [a, c, c]", "stands twice in the answer", "", "answer: [a, c, c]"),
        (KEY, "l3: r1}", "l3: r9}", "'r9' is not on the right side", "", "answer: {l1"),
        (KEY, ", l3: r1}", "}", "matches nothing with l3", "", "answer: {l1"),
        (KEY, "[b, d, a, c]", "[b, d, a]", "not an order of all the options", "", "answer: [b, d"),
        (KEY, "[b, d, a, c]", "[a, b, c, d]", "in the right order already", "", "answer: [a, b"),
        (KEY, CITED, 'answer: "in the books"', "is not a citation", "", 'answer: "in'),
        (KEY, CITED, 'answer: "76 Zz.4th 544 (7th Cir. 2023)"', "eyecite finds no case citation", "", 'answer: "76'),
        (KEY, CITED, 'answer: "76 F.4th 544 (7th Cri. 2023)"', "no court '7th Cri.'", "", 'answer: "76'),
        (
            KEY,
            "      d: {why: No privity., authority: gg, status: verified}\n",
            "",
            "no reason for d",
            "explained",
            "reasons:",
        ),
        (
            KEY,
            "d: {why: No privity., authority: gg,",
            "d: {why: No privity.,",
            "reason for d names no authority",
            "",
            "d: {why: No p",
        ),
        (
            KEY,
            "d: {why: No privity., authority: gg,",
            "d: {why: Not so., authority: gh,",
            "no authority 'gh'",
            "gg",
            "d: {why: Not so",
        ),
        (
            KEY,
            "{id: rule, points: 2,",
            "{id: rule, points: 1,",
            "rubric has 4 points and the question 5",
            "",
            "rubric:",
        ),
        (
            "practice/01_small.yaml",
            "misconception: Plat",
            "misconcption: Plat",
            "misconcption is not a field",
            "",
            "a: {why: It is the",
        ),
        ("briefs/01_small.yaml", "{id: parties,", "{id: posture,", "'posture' stands twice", "", "- id: posture"),
        (
            "briefs/01_small.yaml",
            "Count them., authority: gg",
            "Count them., authority: hh",
            "no authority 'hh'",
            "",
            "Count them",
        ),
    ],
)
def test_each_mistake_is_one_fault_at_its_line(
    small_course: Path, file: str, old: str, new: str, what: str, mend: str, at: str
) -> None:
    path = small_course / "exercises" / file
    text = path.read_text("utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), "utf-8")
    faults = all_faults(small_course)
    assert len(faults) == 1, faults
    assert faults[0].file.endswith(f"exercises/{file}")
    assert what in faults[0].what
    assert mend in faults[0].mend
    assert at in path.read_text("utf-8").split("\n")[faults[0].line - 1]


def test_faults_of_several_files_are_told_together(small_course: Path) -> None:
    for name in ("01_small.yaml", "briefs/01_small.yaml"):
        path = small_course / "exercises" / name
        path.write_text(path.read_text("utf-8").replace("title:", "titel:"), "utf-8")
    assert {Path(fault.file).parent.name for fault in all_faults(small_course)} == {"exercises", "briefs"}


def test_a_key_without_an_exercise_is_a_fault(small_course: Path) -> None:
    (small_course / "exercises/01_small.yaml").unlink()
    assert [fault.what for fault in all_faults(small_course)] == ["no exercise has this name"]


def test_practice_explains_so_each_item_has_a_key(small_course: Path) -> None:
    path = small_course / "exercises/practice/01_small.yaml"
    text = path.read_text("utf-8")
    path.write_text(text[: text.rindex("    key:")], "utf-8")
    with pytest.raises(CourseError, match="q6 has no key"):
        load_practice(path)


def test_brief_parts_keep_their_order(small_course: Path) -> None:
    brief = load_brief(small_course / "exercises/briefs/01_small.yaml")
    assert [part.id for part in brief.parts] == ["parties", "posture"]
    assert brief.parts[1].choices == ["On a verdict", "On a dismissal"]


@pytest.mark.parametrize(
    ("number", "fits", "misfits"),
    [
        (0, ["a"], ["z", ["a"], {"a": "b"}]),
        (1, [["a"], ["e", "a"]], ["a", ["z"], ["a", "a"]]),
        (2, [{"l1": "r1"}, {"l1": "r1", "l2": "r1"}], [["l1"], {"l9": "r1"}, {"l1": "l2"}]),
        (3, [["a", "b", "c", "d"]], [["a", "b", "c"], ["a", "a", "b", "c"], "a"]),
        (4, ["anything"], [["x"]]),
        (5, ["anything"], [{"x": "y"}]),
    ],
)
def test_what_can_be_an_answer(small_course: Path, number: int, fits: list[object], misfits: list[object]) -> None:
    item = load_exercise(small_course / "exercises/01_small.yaml").items[number]
    assert [item.misfit(value) for value in fits] == [None] * len(fits)  # type: ignore[arg-type]
    assert all(item.misfit(value) for value in misfits)  # type: ignore[arg-type]
