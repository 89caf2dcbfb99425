"""The syllabus: every plan's minutes are those of its lessons, and add up."""

from __future__ import annotations

import pickle
import re
from pathlib import Path

import pytest

from knowing_benefit.law.source import CourseError, Fault
from knowing_benefit.publish.lessons import read_lessons
from knowing_benefit.publish.syllabus import PLANS, Plan, rows, syllabus

ROOT = Path(__file__).parents[2]
LESSONS = read_lessons(ROOT)
TEXT = syllabus(LESSONS)


def table(plan: Plan) -> list[list[str]]:
    """The rows of a plan as the syllabus prints them, the sums last."""
    part = TEXT.partition(f"## {plan.title}\n")[2].partition("\n## ")[0]
    found = [line for line in part.split("\n") if line.startswith("|")][2:]
    return [[cell.strip(" *") for cell in line.strip("|").split("|")] for line in found]


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.title)
def test_minutes_add_up_and_are_those_of_the_lessons(plan: Plan) -> None:
    *body, sums = table(plan)
    assert len(body) == len(plan.before) + len(plan.classes)
    there = {f"{one.front.number}. {one.front.title}": one.front.minutes for one in LESSONS}
    for row in body:
        read, do, taught, together = (int(cell) for cell in row[2:])
        assert read + do + taught == together
        assert taught == (0 if row[0] == "before" else plan.minutes)
        if row[1] in there:
            assert (read, do) == (there[row[1]].reading, there[row[1]].doing)
        else:
            assert (read, do) == (0, 0) and re.search(r", second class$|not yet here", row[1])
    for place in range(2, 6):
        assert int(sums[place]) == sum(int(row[place]) for row in body)
    minutes = re.fullmatch(r"(\d+) h(?: (\d+) min)?", sums[1])
    assert minutes and int(minutes[1]) * 60 + int(minutes[2] or 0) == int(sums[5])


def test_the_seminar_is_seven_weeks_of_two_and_leaves_nothing_out() -> None:
    plan = PLANS[-1]
    assert len(plan.classes) == 14
    assert {*plan.before, *plan.classes} == set(range(14))


def test_a_lesson_that_is_not_there_is_said_not_to_be() -> None:
    found = list(rows(Plan("A plan", "", 50, (99,)), LESSONS))
    assert (found[-1].lesson, found[-1].together) == ("99 (not yet here)", 50)


def test_a_fault_passes_from_one_process_to_another() -> None:
    fault = Fault("lessons/01_the_case.md", 3, "it is broken", "Mend it.")
    again = pickle.loads(pickle.dumps(CourseError([fault])))
    assert again.faults == [fault] and str(again) == str(CourseError(fault))
