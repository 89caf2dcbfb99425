"""From exam numbers back to the gradebook of a learning management system, if the instructor gives its roster.

A *roster* is a file that the instructor exports from the system. Who has which exam number is known

1. from a column of the roster (``--number-from COLUMN``; else one named like *Exam Number*, *Candidate No.*, *Anonymous ID*);
2. else from the system's own download: its file names say who handed in, and the file inside says under which number.

Where both are known and disagree, somebody used another's number: nothing is written for it, and it is named.

============== ============================================================ =============================================
form           recognized by its header                                     what is written for the upload
============== ============================================================ =============================================
``canvas``     ``Student``, ``ID``, ``SIS User ID``, ``SIS Login ID``,      The same columns, then one for each exercise, with
               ``Section``; a row ``Points Possible``                       ``Points Possible``. Instructure Community, "How do I
                                                                            import grades in the Gradebook?"; read by
                                                                            ``lib/gradebook_importer.rb``
``worksheet``  ``Identifier`` (``Participant 123``), ``Grade``,             The rows as they are, with ``Grade`` filled in, for one
               ``Maximum Grade`` …                                          exercise. Moodle docs, "Assignment settings: Offline
                                                                            grading worksheet"
``moodle``     ``Email address`` or ``ID number`` or ``Username``           Those columns and one for each exercise, to be mapped on
                                                                            import. Moodle docs, "Grade import", CSV
``blackboard`` ``Username`` and columns like ``… [Total Pts: 10 Score]      ``Last Name``, ``First Name``, ``Username``, ``Student ID``
               |123``                                                       and one column for each exercise, under the heading that the
                                                                            roster has for it. Blackboard Help, "Work Offline with
                                                                            Grade Data" (upload and download grades)
``plain``      anything else                                                All columns and one for each exercise
============== ============================================================ =============================================

A heading of the roster that names the exercise, by its title or id, is used as it is, with the number that the system put
there; so the points land in the assignment that exists. Points are written only when they are complete: while a written answer
waits, the student has no row (an empty cell would erase a grade in Canvas). Who is in no row stands in the reconciliation.

One file holds names, ``upload/FORM.csv``, and it holds no exam number; nothing else that grading writes holds a name.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Literal

from knowing_benefit.assess import csvsafe
from knowing_benefit.assess.answers import number_fault
from knowing_benefit.assess.grade import Graded
from knowing_benefit.assess.items import Exercise
from knowing_benefit.law.source import CourseError, Fault, nearest, shown

Form = Literal["canvas", "worksheet", "moodle", "blackboard", "plain"]

LARGEST = 32 * 2**20
"""A larger roster, in bytes, is none."""

_NUMBER_COLUMN = re.compile(
    r"(?:exam|candidate|anonymous|blind)[ _-]*(?:grading)?[ _-]*(?:number|no\.?|id|code)", re.IGNORECASE
)
_IDENTITY: dict[Form, tuple[str, ...]] = {
    "canvas": ("Student", "ID", "SIS User ID", "SIS Login ID", "Integration ID", "Root Account", "Section"),
    "moodle": ("Username", "ID number", "Email address"),
    "blackboard": ("Last Name", "First Name", "Username", "Student ID"),
}
_KEYS: dict[Form, tuple[str, ...]] = {
    "canvas": ("ID", "SIS User ID", "SIS Login ID"),
    "worksheet": ("Identifier",),
    "moodle": ("Username", "ID number", "Email address"),
    "blackboard": ("Username",),
    "plain": (),
}


@dataclass(frozen=True)
class Roster:
    """A system's list of students.

    Attributes:
        header: its headings.
        rows: its students' rows, as wide as the header.
        number: the column of exam numbers, if there is one.
    """

    path: Path
    form: Form
    header: list[str]
    rows: list[list[str]]
    number: int | None

    def column(self, name: str) -> int | None:
        """The place of a heading, whatever its capital letters."""
        low = [heading.strip().lower() for heading in self.header]
        return low.index(name.lower()) if name.lower() in low else None


def load_roster(path: Path, number_from: str | None = None) -> Roster:
    """Read a roster, as the system exported it: CSV with commas, semicolons or tabs, in UTF-8, UTF-16 or Windows letters.

    Args:
        number_from: the heading of the column with exam numbers.

    Raises:
        CourseError: it cannot be read, is no table, or has no such column.
    """
    name = shown(path)
    try:
        raw = path.read_bytes()
    except OSError as problem:
        raise CourseError(
            Fault(name, 0, f"the roster cannot be read ({problem.strerror})", "Check its name.")
        ) from None
    table = _table(_text(raw)) if len(raw) <= LARGEST else []
    if len(table) < 2 or len(table[0]) < 2:
        mend = "Export it again as CSV; the first line must be the headings."
        raise CourseError(Fault(name, 1, "this is no table of students", mend))
    header = [heading.strip() for heading in table[0]]
    form = _form(header)
    number = None
    if number_from:
        low = [heading.lower() for heading in header]
        if number_from.lower() not in low:
            mend = nearest(number_from, header) or f"There are: {', '.join(header)[:300]}."
            raise CourseError(Fault(name, 1, f"there is no column {number_from!r}", mend))
        number = low.index(number_from.lower())
    else:
        number = next((at for at, heading in enumerate(header) if _NUMBER_COLUMN.fullmatch(heading)), None)
    width = len(header)
    rows = [(row + [""] * width)[:width] for row in table[1:] if any(cell.strip() for cell in row)]
    if form == "canvas":
        # Canvas puts rows under the headings that are no students: what is possible, and which columns are hidden.
        rows = [row for row in rows if "points possible" not in row[0].lower() and row[0].strip()]
    return Roster(path, form, header, rows, number)


def _text(raw: bytes) -> str:
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return raw.decode("utf-16", "replace")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


def _table(text: str) -> list[list[str]]:
    first = text.split("\n", 1)[0]
    separator = max(",;\t", key=first.count)
    try:
        return list(csv.reader(io.StringIO(text.replace("\0", ""), newline=""), delimiter=separator))
    except csv.Error:
        return []


def _form(header: Sequence[str]) -> Form:
    low = [heading.lower() for heading in header]
    if low[0] in ("student", "lastname") and "id" in low and "section" in low:
        return "canvas"
    if "identifier" in low and "grade" in low:
        return "worksheet"
    if "username" in low and any(re.search(r"\|\s*\d+\s*$", heading) for heading in header):
        return "blackboard"
    if {"last name", "first name", "username"} <= set(low):
        return "blackboard"
    if {"email address", "id number"} & set(low):
        return "moodle"
    return "plain"


@dataclass
class Gradebook:
    """Collects the class, student by student, and writes the file for the upload.

    Attributes:
        exercises: one column each.
        points: the total for each exercise, by exam number; ``None`` while something waits.
        students: how the system knows who handed in under a number.
    """

    roster: Roster
    exercises: Sequence[Exercise]
    points: dict[str, list[Decimal | None]] = field(default_factory=dict)
    students: dict[str, tuple[str, str]] = field(default_factory=dict)

    def __call__(self, graded: Graded) -> None:
        """Take in a student."""
        self.points[graded.number] = [None if sheet.waiting else sheet.total for sheet in graded.sheets]
        for system, student in graded.handed.students:
            self.students[graded.number] = (system, student)

    def write(self) -> tuple[bytes, list[str]]:
        """The file for the upload, and the reconciliation as lines, without a name.

        Raises:
            CourseError: the form takes one exercise and there are several.
        """
        if self.roster.form == "worksheet" and len(self.exercises) > 1:
            mend = "Say which: --exercise ID."
            raise CourseError(Fault(shown(self.roster.path), 0, "a grading worksheet takes one exercise", mend))
        matched, lines = self._match()
        rows: list[list[str]] = []
        waiting = 0
        for at, number in sorted(matched.items()):
            points = self.points[number]
            if all(one is None for one in points):
                waiting += 1
                continue
            rows.append(self._row(self.roster.rows[at], points))
        lines.append(f"{len(rows)} rows for the upload; {waiting} students' points are not complete yet.")
        raw = csvsafe.lines([*self._head(), *rows])
        # Spreadsheets want the mark at the beginning; Canvas's reader stumbles over one before a quotation mark.
        return (csvsafe.BEGINNING if self.roster.form == "plain" else b"") + raw, lines

    def _match(self) -> tuple[dict[int, str], list[str]]:
        """Exam number by the place of the roster's row; and what does not fit, in lines."""
        roster = self.roster
        found: dict[int, str] = {}
        lines: list[str] = []
        twice: set[str] = set()
        by_number: dict[str, int] = {}
        unsafe = 0
        numberless = 0
        for at, row in enumerate(roster.rows):
            if any(csvsafe.cell(row[column]) != row[column] for column in self._keys()):
                unsafe += 1
                continue
            number = row[roster.number].strip().upper() if roster.number is not None else ""
            if number and number_fault(number) is None:
                if number in by_number:
                    twice.add(number)
                by_number[number] = at
            elif roster.number is not None:
                numberless += 1
        by_student = self._by_student()
        for number in sorted(self.points):
            place = by_number.get(number) if number not in twice else None
            sent = by_student(number)
            if place is None and roster.number is None:
                place = sent
            if place is not None and sent is not None and sent != place:
                lines.append(f"{number}: handed in by another student than the roster gives this number; not written.")
            elif place is not None and place in found:
                lines.append(f"{number} and {found[place]}: one row of the roster is both; the first keeps it.")
            elif place is not None:
                found[place] = number
            else:
                lines.append(f"{number}: graded, but no row of the roster has it.")
        lines += [f"{number}: two rows of the roster have it; neither is written." for number in sorted(twice)]
        missing = sorted(set(by_number) - set(self.points))
        lines += [f"{number}: on the roster, but nothing that counts was handed in." for number in missing]
        if numberless:
            lines.append(f"{numberless} rows of the roster have no exam number.")
        if unsafe:
            lines.append(f"{unsafe} rows of the roster are left out: what identifies the student would be a formula.")
        if roster.number is None:
            lines.append(f"{len(roster.rows) - len(found)} rows of the roster handed in nothing that counts.")
        return found, lines

    def _keys(self) -> list[int]:
        places = [self.roster.column(name) for name in _KEYS[self.roster.form]]
        return [place for place in places if place is not None]

    def _by_student(self) -> Callable[[str], int | None]:
        """Looks a row up by what the names of the files in the system's download say."""
        roster = self.roster
        name = {"canvas": "ID", "worksheet": "Identifier", "blackboard": "Username"}.get(roster.form, "")
        column = roster.column(name) if name else None
        places: dict[str, int] = {}
        if column is not None:
            for at, row in enumerate(roster.rows):
                places[row[column].strip().removeprefix("Participant ").lower()] = at

        def look(number: str) -> int | None:
            system, student = self.students.get(number, ("", ""))
            if system != roster.form.replace("worksheet", "moodle"):
                return None
            student = student.lower()
            if system != "blackboard":
                return places.get(student)
            # The assignment's name and the username, parted by one of the underscores that either may hold.
            ends = [student[at + 1 :] for at, letter in enumerate(student) if letter == "_"]
            hits = [end for end in ends if end in places]
            return places[hits[0]] if hits else None

        return look

    def _columns(self) -> list[int]:
        """Which of the roster's columns go into the upload."""
        roster = self.roster
        if roster.form in ("worksheet", "plain"):
            return [at for at in range(len(roster.header)) if at != roster.number]
        places = [roster.column(name) for name in _IDENTITY[roster.form]]
        if roster.form == "canvas" and roster.column("LastName") == 0:
            places = [0, roster.column("FirstName"), *places[1:]]
        return [place for place in places if place is not None]

    def _head(self) -> Iterator[list[str]]:
        roster = self.roster
        names = [roster.header[at] for at in self._columns()]
        if roster.form == "worksheet":
            yield names
            return
        titles = [self._heading(exercise) for exercise in self.exercises]
        yield [*names, *titles]
        if roster.form == "canvas":
            # Canvas looks for these words in the first cell of the row.
            possible = [str(exercise.points) for exercise in self.exercises]
            yield ["    Points Possible", *[""] * (len(names) - 1), *possible]

    def _heading(self, exercise: Exercise) -> str:
        """The roster's own heading for an exercise, if it has one."""
        for heading in self.roster.header:
            bare = re.sub(r"\s*(?:\(\d+\)|\[Total Pts:.*|\(Real\))\s*$", "", heading).strip().lower()
            bare = bare.removeprefix("assignment:").strip()
            if bare in (exercise.title.lower(), exercise.id.lower()):
                return heading
        if self.roster.form == "blackboard":
            return f"{exercise.title} [Total Pts: {exercise.points} Score]"
        return exercise.title

    def _row(self, row: list[str], points: list[Decimal | None]) -> list[str]:
        roster = self.roster
        if roster.form == "worksheet":
            grade = roster.column("Grade")
            filled = [str(points[0]) if at == grade else cell for at, cell in enumerate(row)]
            return [filled[at] for at in self._columns()]
        cells = [row[at] for at in self._columns()]
        for exercise, one in zip(self.exercises, points, strict=True):
            here = roster.column(self._heading(exercise))
            # An empty cell would erase what stands there.
            cells.append(str(one) if one is not None else row[here].strip() if here is not None else "")
        return cells
