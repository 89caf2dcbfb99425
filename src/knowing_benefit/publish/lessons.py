"""Lessons: MyST text with front matter, roles and boxes, read for checking and for building.

A lesson is one Markdown file. Its code cells are one line each. Four roles name sources in the text, and a few boxes
mark parts that have a purpose of their own; both become plain Markdown, which JupyterLab, the simpler Notebook view
and every exporter can show.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pydantic

from knowing_benefit.law.library import Library, Named
from knowing_benefit.law.source import (
    CourseError,
    Document,
    Fault,
    Record,
    nearest,
    parse_yaml,
    read_text,
    shown,
    validated,
)
from knowing_benefit.view.markup import badge, escape

Edition = Literal["student", "instructor"]

BOXES: dict[str, str] = {
    "other-side": "The other side",
    "how-we-know": "How we know",
    "takeaway": "Take-away",
    "worked": "A worked example",
    "predict": "Before you read on",
    "content-note": "Content note",
    "instructor": "For the instructor",
}
"""The boxes a lesson may use, and the words each opens with."""

ROLE = re.compile(r"\{(cite|case|statute|term)\}`([^`\n]+)`")
_ROLE_LIKE = re.compile(r"\{([\w-]+)\}`")
_STARS = re.compile(r"\*([^*\n]+)\*")
_FENCE = re.compile(r"^:::+\s*(?:\{([^}]*)\}\s*(.*)|(.*))$")
_CELL = re.compile(r"^```\{code-cell\}[^\n]*\n(.*?)^```\s*$", re.M | re.S)


class Objective(Record):
    """Something a reader can do afterwards, in a verb that can be tested."""

    id: str
    text: str


class Minutes(Record):
    """How long a lesson takes, in minutes."""

    reading: int
    doing: int


class FrontMatter(Record):
    """The ``course:`` part of a lesson's front matter."""

    number: int
    slug: str
    title: str
    promise: str
    minutes: Minutes
    objectives: list[Objective] = pydantic.Field(min_length=3, max_length=5)
    taught: dict[str, str | list[str]] = {}
    """By objective, the lesson's headings under which it is taught."""
    content_note: str | None = None
    as_of: str
    prerequisites: list[str] = []
    key_authorities: list[str] = []
    next: str | None = None
    """What the last cell says comes next."""

    def headings(self, objective: str) -> list[str]:
        """The headings under which an objective is taught."""
        given = self.taught.get(objective, [])
        return [given] if isinstance(given, str) else given


@dataclass(frozen=True)
class Lesson:
    """One lesson as its author wrote it.

    Attributes:
        body: everything after the front matter.
        first_line: the line of the file on which ``body`` begins.
        top: the front matter with its lines.
    """

    path: Path
    front: FrontMatter
    body: str
    first_line: int
    top: Document

    @property
    def name(self) -> str:
        """The file's name without its ending, e.g. ``01_the_case``."""
        return self.path.stem

    def line(self, offset: int) -> int:
        """The file's line at a character offset of the body."""
        return self.first_line + self.body.count("\n", 0, offset)

    def fault(self, offset: int, what: str, mend: str = "") -> Fault:
        """A fault at a character offset of the body."""
        return Fault(shown(self.path), self.line(offset), what, mend)

    def roles(self) -> Iterator[tuple[str, str, int]]:
        """Every role: its name, its content, its offset."""
        for match in ROLE.finditer(self.body):
            yield match[1], match[2], match.start()

    def cells(self) -> Iterator[tuple[str, int]]:
        """Every code cell: its code, its offset."""
        for match in _CELL.finditer(self.body):
            yield match[1].strip(), match.start(1)

    def paragraphs(self) -> Iterator[tuple[str, int]]:
        """Every block of text between blank lines: its text, its offset."""
        for match in re.finditer(r"(?:[^\n]+(?:\n|$))+", self.body):
            yield match[0], match.start()

    def cited(self, edition: Edition) -> list[str]:
        """Ids of the authorities and statutes that an edition's text names, in the order of first mention.

        Raises:
            CourseError: a box that is unknown or not closed.
        """
        named = (match for match in ROLE.finditer(_with_boxes(self, edition)) if match[1] != "term")
        return list(dict.fromkeys(statute_parts(match[2])[0] for match in named))


def read_lesson(path: Path) -> Lesson:
    """Read one lesson.

    Raises:
        CourseError: no front matter, or faults in it.
    """
    text = read_text(path)
    match = re.match(r"---\n(.*?)\n---\n", text, re.S)
    if match is None:
        raise CourseError(Fault(shown(path), 1, "the front matter is missing", "Begin with --- and a course: part."))
    document = parse_yaml(match[1], path, skipped=1)
    if not isinstance(document.data, dict) or "course" not in document.data:
        raise CourseError(
            document.fault((), "the front matter has no course: part", "Add number, slug, title and so on.")
        )
    front = validated(document, FrontMatter, ("course",), document.data["course"])
    if path.stem != f"{front.number:02d}_{front.slug}":
        raise CourseError(
            document.fault(("course", "slug"), f"number and slug do not give the file's name {path.name!r}")
        )
    return Lesson(path, front, text[match.end() :], text[: match.end()].count("\n") + 1, document)


def read_lessons(root: Path) -> list[Lesson]:
    """Every lesson of a course folder, in order.

    Raises:
        CourseError: a fault in a lesson; two lessons with one number.
    """
    lessons = [read_lesson(path) for path in sorted((root / "lessons").glob("*.md"))]
    for earlier, later in itertools.pairwise(lessons):
        if earlier.front.number == later.front.number:
            what = f"{earlier.path.name!r} has the number {later.front.number} already"
            raise CourseError(Fault(shown(later.path), 1, what, "Give one of them another number."))
    return lessons


def chosen(lessons: Sequence[Lesson], name: str) -> Lesson:
    """The lesson that somebody means: by its number (``1``), its name (``01_the_case``) or its slug (``the_case``).

    Raises:
        CourseError: there is none; with the nearest name.
    """
    for lesson in lessons:
        if name in (lesson.name, lesson.front.slug) or (name.isdecimal() and int(name) == lesson.front.number):
            return lesson
    names = [lesson.name for lesson in lessons]
    mend = nearest(name, names) or f"There are: {', '.join(names)}."
    raise CourseError(Fault("", 0, f"There is no lesson {name!r}", mend))


def sources(lesson: Lesson, library: Library, edition: Edition) -> list[Named]:
    """What an edition's text names, as the lesson's table has it: cases first, statutes last, each by name.

    Raises:
        CourseError: a box that is wrong, a role that names nothing.
    """
    named = [library.named(name) for name in lesson.cited(edition)]
    return sorted(named, key=lambda one: (not one.is_case, one.kind == "statute", one.name or one.reference))


def statute_parts(content: str) -> tuple[str, str]:
    """``usc-18-1595(a)`` as the statute's id and the subsection."""
    found, parenthesis, rest = content.partition("(")
    return found.strip(), parenthesis + rest


def text_of(lesson: Lesson, library: Library, edition: Edition) -> str:
    """The lesson's body with boxes and roles turned into plain Markdown.

    Raises:
        CourseError: a box or a role that is unknown or not closed, a role that names nothing.
    """
    text = with_roles(lesson, library, _with_boxes(lesson, edition))
    # A folded box's title stands in HTML, where stars are stars.
    return re.sub(
        r"^<details><summary>.*</summary>$", lambda title: _STARS.sub(r"<em>\1</em>", title[0]), text, flags=re.M
    )


def _with_boxes(lesson: Lesson, edition: Edition) -> str:
    out: list[str] = []
    box: tuple[str, str, list[str], int] | None = None
    offset = 0
    for line in lesson.body.split("\n"):
        fence = _FENCE.match(line)
        if fence and fence[3]:
            raise CourseError(
                lesson.fault(offset, f"{line!r} neither opens nor closes a box", "Write :::{name} Title, or ::: alone.")
            )
        if fence and fence[1] is not None:
            if box is not None:
                raise CourseError(
                    lesson.fault(offset, "a box opens inside a box", "Close the first with ::: on a line of its own.")
                )
            if fence[1] not in BOXES:
                raise CourseError(lesson.fault(offset, f"there is no box {fence[1]!r}", nearest(fence[1], BOXES)))
            box = (fence[1], fence[2].strip(), [], offset)
        elif fence and box is None:
            raise CourseError(
                lesson.fault(offset, "a box is closed that was not opened", "Delete this line, or open a box above it.")
            )
        elif fence and box is not None:
            out += _box(box[0], box[1], box[2], edition)
            box = None
        elif box is not None:
            box[2].append(line)
        else:
            out.append(line)
        offset += len(line) + 1
    if box is not None:
        raise CourseError(
            lesson.fault(box[3], f"the box {box[0]!r} is not closed", "Close it with ::: on a line of its own.")
        )
    return "\n".join(out)


def _box(kind: str, title: str, body: list[str], edition: Edition) -> list[str]:
    if kind == "instructor" and edition == "student":
        return []
    words = "\n".join(body).strip("\n").split("\n")
    if kind == "predict":
        return [
            f"<details><summary><strong>{BOXES[kind]}.</strong> {title}</summary>",
            "",
            *words,
            "",
            "</details>",
            "",
        ]
    lead = f"**{BOXES[kind]}{': ' + title if title else ''}**"
    return [f"> {lead}", ">", *(f"> {line}".rstrip() for line in words), ""]


def with_roles(lesson: Lesson, library: Library, text: str) -> str:
    """A part of a lesson with its sources named as readers see them.

    Raises:
        CourseError: a role that is unknown or not closed, or names nothing.
    """
    for like in _ROLE_LIKE.finditer(lesson.body):
        if ROLE.match(lesson.body, like.start()):
            continue
        known = ("cite", "case", "statute", "term")
        if like[1] in known:
            raise CourseError(
                lesson.fault(
                    like.start(),
                    f"the role {{{like[1]}}} is empty or does not end on its line",
                    "Close it with a backtick.",
                )
            )
        raise CourseError(lesson.fault(like.start(), f"there is no role {like[1]!r}", nearest(like[1], known)))

    def shown_as(match: re.Match[str]) -> str:
        role, content = match[1], match[2]
        if role == "term":
            return content
        if role == "statute":
            found, part = statute_parts(content)
            return f"{library.named(found).reference}{part}"
        named = library.named(content)
        italic = "*" if named.is_case else ""
        if role == "case":
            return f"{italic}{named.short}{italic}"
        return f"{italic}{named.name}{italic}, {named.reference} {mark(named.status)}"

    try:
        return ROLE.sub(shown_as, text)
    except CourseError as problem:
        # A name that the library does not have is a fault of this line; a fault inside a source's file stays there.
        places = {repr(statute_parts(content)[0]): offset for _, content, offset in reversed(list(lesson.roles()))}
        moved = [
            next(
                (
                    lesson.fault(at, fault.what, fault.mend)
                    for name, at in places.items()
                    if f"there is no {name}" in fault.what
                ),
                fault,
            )
            for fault in problem.faults
        ]
        raise CourseError(moved) from None


def mark(status: str) -> str:
    """A badge small enough for running text, with its word for those who point at it or hear it."""
    symbol, word = badge(status).split(" ")
    return f'<abbr title="{escape(word)}">{symbol}</abbr>'
