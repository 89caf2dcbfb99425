"""What a careful editor looks for in lessons: minutes that add up, objectives that are taught, practised and assessed, prose that
can be read in its time, and nothing explained twice in the same words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from knowing_benefit.assess import items
from knowing_benefit.law.library import Library
from knowing_benefit.law.source import CourseError, Fault, nearest
from knowing_benefit.publish.lessons import ROLE, Lesson, read_lessons

WORDS_A_MINUTE = (200, 250)
"""How fast a student reads text of this kind, from slow to fast."""

SHINGLE = 12
"""So many words in a row, the same in two lessons, are an explanation given twice."""

_NUMBERS = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]

_TIME = re.compile(r"\*\*Time\.\*\* ([\w-]+) minutes to read\. To do: ([^.]*), together (\d+)\.")
_HEADING = re.compile(r"^## (.+?)\s*$", re.M)
_WORD = re.compile(r"[A-Za-z0-9§]+(?:[’'.-][A-Za-z0-9]+)*")
_SAME_IN_ALL = ("Practice", "The graded exercise", "Authorities in this lesson")
"""Sections that tell the reader how to do the same thing in each lesson."""


def number(word: str) -> int | None:
    """A whole number up to 99 in words or figures; None for anything else."""
    given = word.lower()
    if given.isdigit():
        return int(given)
    if given in _NUMBERS:
        return _NUMBERS.index(given)
    tens, _, ones = given.partition("-")
    if tens in _TENS and (not ones or ones in _NUMBERS[1:10]):
        return 20 + 10 * _TENS.index(tens) + (_NUMBERS.index(ones) if ones else 0)
    return None


# -- Minutes -----------------------------------------------------------------------------------------------------------


def minutes(lesson: Lesson) -> Iterator[Fault]:
    """Minutes that do not add up: the Time line against itself and the front matter, the plans of 50 and of 75 minutes."""
    if "{instructor}" in lesson.body:
        yield from _time_line(lesson)
    for text, offset in lesson.paragraphs():
        lines = [line.strip() for line in text.split("\n") if line.startswith("|")]
        rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
        if len(rows) > 2 and {"50 minutes", "75 minutes"} <= set(rows[0]):
            yield from _plan(lesson, offset, rows)


def _time_line(lesson: Lesson) -> Iterator[Fault]:
    form = "Write: **Time.** Twenty minutes to read. To do: lab 10, practice 20, together 30."
    place = lesson.body.find("**Time.**")
    found = _TIME.match(lesson.body.replace("\n", " "), place) if place >= 0 else None
    if found is None:
        yield lesson.fault(max(place, 0), "the line **Time.** does not split reading and doing", form)
        return
    reading, parts, together = number(found[1]), [part.rsplit(None, 1) for part in found[2].split(",")], int(found[3])
    own = [number(part[-1]) for part in parts]
    if reading is None or None in own:
        yield lesson.fault(place, "the line **Time.** has a part without minutes", form)
        return
    total = sum(one or 0 for one in own)
    if total != together:
        yield lesson.fault(place, f"the parts to do make {total} minutes, not {together}", "Correct the line **Time.**")
    for name, said, given in (
        ("read", reading, lesson.front.minutes.reading),
        ("do", together, lesson.front.minutes.doing),
    ):
        if said != given:
            what = f"the line **Time.** gives {said} minutes to {name}, the front matter {given}"
            yield lesson.fault(place, what, "Make them the same.")


def _plan(lesson: Lesson, offset: int, rows: Sequence[Sequence[str]]) -> Iterator[Fault]:
    for length in (50, 75):
        column = rows[0].index(f"{length} minutes")
        body = rows[2:]
        cells = [row[column].strip("* ") if column < len(row) else "" for row in body]
        if not all(cell.isdigit() for cell in cells):
            yield lesson.fault(offset, f"the plan of {length} minutes has a row without a number", "Give it one, or 0.")
            continue
        if "together" not in body[-1][0].lower():
            yield lesson.fault(offset, "the plan has no last row **Together**", "Add it, with both sums.")
            continue
        total = sum(int(cell) for cell in cells[:-1])
        if not total == int(cells[-1]) == length:
            what = f"the plan of {length} minutes adds up to {total}, and its last row says {cells[-1]}"
            yield lesson.fault(offset, what, f"Make both {length}.")


# -- Objectives --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Goal:
    """An objective and where it is met.

    Attributes:
        taught: headings of the lesson.
        practised: questions that explain at once, e.g. ``practice p03`` or ``text a1``.
        assessed: questions of the graded exercise; None where the lesson has none, as the first does not.
    """

    lesson: str
    id: str
    taught: list[str]
    practised: list[str]
    assessed: list[str] | None

    @property
    def gaps(self) -> list[str]:
        """What is missing, in words."""
        given = {"taught": self.taught, "practised": self.practised, "assessed": self.assessed}
        return [name for name, found in given.items() if found is not None and not found]


def goals(library: Library) -> list[Goal]:
    """Every objective of every lesson, with where it is taught, practised and assessed."""
    found = []
    for lesson in read_lessons(library.root):
        folder = library.root / "exercises"
        practised = _asked(lesson, folder / "practice", "practice") + _asked(lesson, folder / "inline", "text")
        graded = _asked(lesson, folder, "exercise") if (folder / f"{lesson.name}.yaml").is_file() else None
        for one in lesson.front.objectives:
            found.append(
                Goal(
                    lesson.name,
                    one.id,
                    lesson.front.headings(one.id),
                    [name for name, objective in practised if objective == one.id],
                    None if graded is None else [name for name, objective in graded if objective == one.id],
                )
            )
    return found


def _asked(lesson: Lesson, folder: Path, word: str) -> list[tuple[str, str]]:
    path = folder / f"{lesson.name}.yaml"
    if not path.is_file():
        return []
    try:
        return [(f"{word} {item.id}", item.objective) for item in items.load_questions(path).items]
    except CourseError:
        return []  # Its faults are told where they are.


def taught(lesson: Lesson) -> Iterator[Fault]:
    """Entries of ``taught`` that name no objective or no heading."""
    headings = _HEADING.findall(lesson.body)
    objectives = [one.id for one in lesson.front.objectives]
    for name in lesson.front.taught:
        loc = ("course", "taught", name)
        if name not in objectives:
            yield lesson.top.fault(loc, f"there is no objective {name!r}", nearest(name, objectives))
        for heading in lesson.front.headings(name):
            if heading not in headings:
                yield lesson.top.fault(loc, f"the lesson has no heading {heading!r}", nearest(heading, headings))


def matrix(found: Sequence[Goal]) -> str:
    """The objectives as a table of words."""
    lines = []
    for goal in found:
        lines.append(f"{goal.id:>5}  {goal.lesson}{'   MISSING: ' + ', '.join(goal.gaps) if goal.gaps else ''}")
        lines.append(f"         taught     {'; '.join(goal.taught) or '-'}")
        lines.append(f"         practised  {', '.join(goal.practised) or '-'}")
        assessed = "no graded exercise" if goal.assessed is None else ", ".join(goal.assessed) or "-"
        lines.append(f"         assessed   {assessed}")
    gaps = sum(bool(goal.gaps) for goal in found)
    return "\n".join([*lines, f"{len(found)} objectives, {gaps} with an empty cell."])


# -- Prose -------------------------------------------------------------------------------------------------------------


def _blanked(text: str, *patterns: re.Pattern[str]) -> str:
    """A text with some parts made blank, so that every offset stays what it was. A bar keeps the words around apart."""
    for pattern in patterns:
        text = pattern.sub(lambda found: "|" + re.sub(r"[^\n]", " ", found[0][1:]), text)
    return text


_INSTRUCTOR = re.compile(r"^:::\{instructor\}.*?^:::\s*$", re.M | re.S)
_CODE = re.compile(r"^```\{code-cell\}.*?^```\s*$", re.M | re.S)
_FENCES = re.compile(r"^:::\S*(?: |$)", re.M)
_TABLES = re.compile(r"^\|.*$", re.M)
_QUOTED = re.compile(r"“[^”]*”")
_LINK = re.compile(r"\]\([^)]*\)")
_BREAK = re.compile(r"^\+\+\+\s*$", re.M)


def student_text(lesson: Lesson) -> str:
    """What a student reads as running text, each part at its own offset; citations stand as one word."""
    text = _blanked(lesson.body, _INSTRUCTOR, _CODE, _FENCES, _TABLES, _LINK, _BREAK)
    return ROLE.sub(
        lambda found: (found[2] if found[1] == "term" else "Source").ljust(len(found[0]))[: len(found[0])], text
    )


@dataclass(frozen=True)
class Prose:
    """How a lesson reads.

    Attributes:
        words: of running text, for the student.
        sentence: words in a sentence, on average.
        longest: words of the longest sentence.
        flesch: reading ease after Flesch: 60 and more is plain, below 30 is very hard.
        minutes: the time that the front matter gives.
    """

    lesson: str
    words: int
    sentence: float
    longest: int
    flesch: float
    minutes: int

    @property
    def needs(self) -> tuple[int, int]:
        """Minutes that the words take a fast and a slow reader."""
        slow, fast = WORDS_A_MINUTE
        return round(self.words / fast), round(self.words / slow)

    def __str__(self) -> str:
        fast, slow = self.needs
        note = "  TOO LITTLE TIME" if self.minutes < fast else ""
        return (
            f"{self.lesson:<24} {self.words:>6} words  {fast:>2} to {slow:>2} min. to read, {self.minutes:>2} given  "
            f"{self.sentence:>4.1f} words a sentence, longest {self.longest:>3}  Flesch {self.flesch:>3.0f}{note}"
        )


def prose(lesson: Lesson) -> Prose:
    """Count what a lesson's student reads."""
    text = student_text(lesson)
    counted = [words for words in (_WORD.findall(one) for one in sentences(text)) if words]
    words = [word for one in counted for word in one]
    mean = len(words) / max(len(counted), 1)
    ease = 206.835 - 1.015 * mean - 84.6 * sum(map(_syllables, words)) / max(len(words), 1)
    longest = max((len(one) for one in counted), default=0)
    return Prose(lesson.name, len(words), mean, longest, ease, lesson.front.minutes.reading)


_ABBREVIATED = re.compile(r"(?:\b[A-Z]|\b(?:v|Inc|No|Cir|Pub|Stat|Mr|Ms|Dr|St|Co|Corp|vs|cf|e\.g|i\.e))\.$")


def sentences(text: str) -> Iterator[str]:
    """The sentences of a text, with what stands between them; a blank line ends one as well."""
    for block in re.split(r"\n\s*\n|\|", text):
        start = 0
        for end in re.finditer(r"[.?!][”’*)]*\s+(?=[“*A-Z0-9(])", block):
            if not _ABBREVIATED.search(block[start : end.start() + 1]):
                yield block[start : end.end()]
                start = end.end()
        yield block[start:]


def _syllables(word: str) -> int:
    found = len(re.findall(r"[aeiouy]+", word.lower()))
    silent = word.lower().endswith("e") and not word.lower().endswith(("le", "ee")) and found > 1
    return max(found - silent, 1)


def repeated(lessons: Sequence[Lesson]) -> Iterator[Fault]:
    """Words that two lessons have in common, twelve and more in a row, outside quotations, tables and instructors' boxes."""
    seen: dict[tuple[str, ...], tuple[Lesson, int]] = {}
    for lesson in lessons:
        text = _blanked(student_text(lesson), _QUOTED)
        for title in _SAME_IN_ALL:
            text = _blanked(text, re.compile(rf"^## {re.escape(title)}\s*$.*?(?=^## |\Z)", re.M | re.S))
        text = _blanked(text, _HEADING)
        own: dict[tuple[str, ...], tuple[Lesson, int]] = {}
        end = -1
        for block in re.finditer(r"[^|]+", text):
            words = [(one[0].lower(), block.start() + one.start()) for one in _WORD.finditer(block[0])]
            for place in range(len(words) - SHINGLE + 1):
                run = words[place : place + SHINGLE]
                key = tuple(word for word, _ in run)
                own.setdefault(key, (lesson, run[0][1]))
                other = seen.get(key)
                if other is not None and run[0][1] > end:
                    said = " ".join(word for word, _ in run)
                    what = f"Lesson {other[0].front.number} (line {other[0].line(other[1])}) says this in the same words: {said!r}"
                    yield lesson.fault(run[0][1], what, "Point to that lesson, or say what is new here.")
                if other is not None:
                    end = run[-1][1]
        seen = {**own, **seen}


# -- The road ----------------------------------------------------------------------------------------------------------

_PLANNED = "not yet here"
"""With these words Lesson 0 says that some lessons of its table cannot be opened."""


def road(lessons: Sequence[Lesson]) -> Iterator[Fault]:
    """Lesson 0's table of lessons, where it is not true."""
    first = next((lesson for lesson in lessons if lesson.front.number == 0), None)
    if first is None or "| Lesson |" not in first.body:
        return
    rows = {
        int(found[1]): (re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", found[2]), found.start())
        for found in re.finditer(r"^\| (\d+) \| ([^|]+?) \|", first.body, re.M)
    }
    there = {lesson.front.number: lesson for lesson in lessons}
    table = first.body.find("| Lesson |")
    for place, lesson in there.items():
        if place not in rows:
            yield first.fault(table, f"the table leaves out Lesson {place}, {lesson.front.title}", "Add its row.")
        elif rows[place][0].replace("*", "") != lesson.front.title:
            what = f"the table calls Lesson {place} {rows[place][0]!r}, but its title is {lesson.front.title!r}"
            yield first.fault(rows[place][1], what, "Make them the same.")
    absent = [place for place in rows if place not in there]
    planned = first.body.find(_PLANNED)
    if absent and planned < 0:
        what = f"the table names Lesson {absent[0]}, which is not here"
        yield first.fault(rows[absent[0]][1], what, f"Say which lessons are {_PLANNED}, or drop the row.")
    if not absent and planned >= 0:
        yield first.fault(planned, "every lesson of the table is here, but the text says that some are not", "Say so.")


def faults(library: Library) -> Iterator[Fault]:
    """All that must be mended in the lessons as a set."""
    lessons = read_lessons(library.root)
    for lesson in lessons:
        yield from minutes(lesson)
        yield from taught(lesson)
    yield from repeated(lessons)
    yield from road(lessons)
