"""The editor's eye: each thing that gives an answer away is seen, and what is sound is left in peace."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowing_benefit.assess.editing import Edited, edited
from knowing_benefit.law.library import Library

_HEAD = "id: 01_small\nlesson: 01_small\ntitle: A set\nminutes: 10\nversion: 1\nitems:\n"
_REASON = "{why: So., authority: gg, status: verified}"


def item(number: int, options: dict[str, str], answer: str = "a", stem: str = "What follows?") -> str:
    listed = "".join(f"      - {{id: {name}, text: {text!r}}}\n" for name, text in options.items())
    reasons = ", ".join(f"{name}: {_REASON}" for name in options)
    return (
        f'  - id: p{number}\n    kind: one\n    objective: "1.1"\n    difficulty: easy\n    points: 1\n    stem: {stem!r}\n'
        f"    options:\n{listed}    authority: [gg]\n    key: {{answer: {answer}, reasons: {{{reasons}}}}}\n"
    )


SOUND = {"a": "It reversed the order", "b": "It affirmed the order", "c": "It vacated the order"}


def looked(root: Path, *items: str) -> Edited:
    (root / "exercises/practice/01_small.yaml").write_text(_HEAD + "".join(items), "utf-8")
    return next(one for one in edited(root / "exercises") if one.purpose == "practice")


def test_what_is_sound_is_left_in_peace(small_course: Path) -> None:
    found = looked(small_course, item(1, SOUND, "a"), item(2, SOUND, "b"), item(3, SOUND, "c"), item(4, SOUND, "c"))
    assert found.faults == []
    assert found.notices == []
    assert (found.single, found.longest) == (4, 0)
    assert dict(found.places) == {"a": 1, "b": 1, "c": 2}
    assert found.lines()[0] == "01_small (practice): 4 questions, 4 points, 10 minutes"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({**SOUND, "d": "All of the above"}, "option d is 'All of the above'"),
        ({**SOUND, "d": "None of these"}, "option d is 'None of these'"),
        ({**SOUND, "d": "it affirmed the  order."}, "options b and d say the same"),
    ],
)
def test_what_no_question_may_have_is_a_fault(small_course: Path, options: dict[str, str], told: str) -> None:
    found = looked(small_course, item(1, SOUND), item(2, options))
    assert [told in fault.what for fault in found.faults] == [True]
    lines = (small_course / "exercises/practice/01_small.yaml").read_text("utf-8").split("\n")
    assert lines[found.faults[0].line - 1] == "  - id: p2"


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (item(1, SOUND, stem="Which is NOT an element?"), "the stem asks for what is not so"),
        (item(1, SOUND, stem="Which of these is not an element?"), "the stem asks for what is not so"),
        (item(1, {**SOUND, "d": "It did " + "a great deal " * 9}), "options unlike in length: 20 to 123"),
        (
            item(1, {"a": "It may lie", "b": "It always lies", "c": "It never lies"}),
            "every wrong option and no right one has an absolute",
        ),
    ],
)
def test_what_gives_an_answer_away_is_noticed(small_course: Path, made: str, told: str) -> None:
    found = looked(small_course, made)
    assert [one.what for one in found.notices if told in one.what], found.notices
    assert found.notices[0].item == "p1"


def test_rates_are_told_of_the_set(small_course: Path) -> None:
    long = {**SOUND, "a": "It reversed the whole order"}
    found = looked(small_course, *(item(number, long, "a") for number in range(1, 5)))
    told = [one.what for one in found.notices if not one.item]
    assert found.longest == 4
    assert any("longest in more than 25%" in one for one in told)
    assert any("stands at a in more than half" in one for one in told)
    assert "(100 %). It stands at: a 4." in found.lines()[2]


def test_a_graded_set_wants_variety(small_course: Path) -> None:
    path = small_course / "exercises/01_small.yaml"
    path.write_text(path.read_text("utf-8").replace("difficulty: hard", "difficulty: easy"), "utf-8")
    found = next(edited(small_course / "exercises"))
    assert "No question is hard." in [one.what for one in found.notices]
    assert found.single == 1


def test_without_a_key_rates_are_left_out(small_course: Path) -> None:
    (small_course / "exercises/keys/01_small.yaml").unlink()
    found = next(edited(small_course / "exercises"))
    assert found.purpose == "graded"
    assert found.single == 0


def test_the_courses_own_questions_give_nothing_away() -> None:
    root = Path(__file__).parents[2]
    found = list(edited(root / "exercises", Library(root)))
    assert [str(fault) for one in found for fault in one.faults] == []
    single, longest = sum(one.single for one in found), sum(one.longest for one in found)
    assert longest <= 0.25 * single
    drawn = [line for one in found for line in one.lines() if "drawn from" in line]
    assert len(drawn) >= 10
    assert "forms; one pair of students in" in drawn[0] and "Right: " in drawn[0]
    assert not [notice for one in found for notice in one.notices if "few forms" in notice.what]


def test_few_forms_are_noticed(small_course: Path) -> None:
    path = small_course / "exercises/01_small.yaml"
    drawn = "hypothetical: cloud-host\n    readings: [ca7-gg-majority]\n    authority: [gg]\n"
    head = "  - id: q9\n    kind: drawn\n    objective: '1.1'\n    difficulty: hard\n    points: 1\n    "
    path.write_text(path.read_text("utf-8").rstrip() + f"\n{head}{drawn}", "utf-8")
    found = next(edited(small_course / "exercises", Library(Path(__file__).parents[2])))
    assert found.drawn["q9"].forms < 300
    assert [one.item for one in found.notices if "few forms" in one.what] == ["q9"]
