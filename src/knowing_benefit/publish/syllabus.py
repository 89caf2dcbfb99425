"""The syllabus: which lessons for one class, one week, five classes or a half-term seminar, with minutes from the lessons themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from knowing_benefit.publish.lessons import Lesson


@dataclass(frozen=True)
class Plan:
    """A way to teach the course, or a part of it.

    Attributes:
        minutes: length of a class.
        classes: the number of the lesson that each class is for; a lesson that stands twice has two classes.
        before: lessons to be done before the first class.
    """

    title: str
    about: str
    minutes: int
    classes: tuple[int, ...]
    before: tuple[int, ...] = (0,)


PLANS = (
    Plan(
        "One class",
        "A visit to a course on torts, civil procedure, internet law or human rights: the case, from complaint to remand.",
        75,
        (1,),
    ),
    Plan(
        "One week",
        "Three classes of 50 minutes: the case, what the claim asks, and the defense.",
        50,
        (1, 3, 5),
    ),
    Plan(
        "Five classes",
        "A unit in a longer course: the case, the claim, the defense, the ruling, and what courts have done with it.",
        75,
        (1, 3, 5, 8, 10),
    ),
    Plan(
        "A half-term seminar",
        "Seven weeks of two classes: the whole course in order. The capstone has two classes, one to prepare and one for the moot.",
        75,
        (*range(1, 14), 13),
    ),
)
"""The plans of the syllabus, shortest first."""

_HEAD = ("Class", "Lesson", "To read", "To do", "In class", "Together")


@dataclass(frozen=True)
class Row:
    """A line of a plan, in minutes.

    Attributes:
        label: which class, or ``before``.
    """

    label: str
    lesson: str
    read: int
    do: int
    taught: int

    @property
    def together(self) -> int:
        """All minutes of a student."""
        return self.read + self.do + self.taught


def rows(plan: Plan, lessons: Sequence[Lesson]) -> Iterator[Row]:
    """The lines of a plan; a lesson's own work is counted at the first of its classes."""
    there = {lesson.front.number: lesson for lesson in lessons}
    seen: set[int] = set()
    given = [("before", number, 0) for number in plan.before]
    given += [(str(place), number, plan.minutes) for place, number in enumerate(plan.classes, 1)]
    for label, number, taught in given:
        lesson = there.get(number)
        if lesson is None:
            yield Row(label, f"{number} (not yet here)", 0, 0, taught)
            continue
        minutes, again = lesson.front.minutes, number in seen
        seen.add(number)
        name = f"{number}. {lesson.front.title}{', second class' if again else ''}"
        yield Row(label, name, 0 if again else minutes.reading, 0 if again else minutes.doing, taught)


def syllabus(lessons: Sequence[Lesson]) -> str:
    """The syllabus as Markdown."""
    lines = [
        "# Syllabus",
        "",
        "Made from the lessons by `course build`; minutes are those that each lesson gives for itself. To read and to do is a student's own",
        "time, practice and graded exercise included; leave the exercise out and the time falls by the 35 to 45 minutes that it says. Each",
        "lesson's instructor notes have a plan of its class by the minute, for 50 and for 75 minutes.",
    ]
    for plan in PLANS:
        found = list(rows(plan, lessons))
        count = len(plan.classes)
        total = Row(
            "", "", sum(one.read for one in found), sum(one.do for one in found), sum(one.taught for one in found)
        )
        length = f"{count} {'class' if count == 1 else 'classes'} of {plan.minutes} minutes"
        lines += ["", f"## {plan.title}", "", f"{plan.about} {length[0].upper()}{length[1:]}.", ""]
        lines += [f"| {' | '.join(_HEAD)} |", "| :--- | :--- | ---: | ---: | ---: | ---: |"]
        lines += [
            f"| {one.label} | {one.lesson} | {one.read} | {one.do} | {one.taught} | {one.together} |" for one in found
        ]
        lines.append(
            f"| **Together** | {_hours(total.together)} | **{total.read}** | **{total.do}** | **{total.taught}** | **{total.together}** |"
        )
    return "\n".join([*lines, ""])


def _hours(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if rest else f"{hours} h"
