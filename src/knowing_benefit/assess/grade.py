"""A folder of hand-in files into a score sheet. Reads data; runs no notebook and nothing that a student wrote.

Into the output folder go:

``scores.csv``
    one line for each exam number: points for each question, the total, how many were left blank, and how many points
    still wait for a person.
``written.csv``
    the written answers that wait, question by question, with their rubric and an empty column for points.
``report.txt``
    every file that could not be graded, with why and what to do, and whatever was odd in those that were.

The same input gives the same bytes. Whatever a student's file holds, nothing in these files is a formula to a spreadsheet.
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
import re
import stat
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from knowing_benefit.assess.handin import LARGEST, HandedSheet, HandIn, UnusableError, read
from knowing_benefit.assess.items import Exercise, Key, WrittenKey, blank, load_exercise, load_key
from knowing_benefit.assess.scoring import score
from knowing_benefit.law.source import CourseError, Fault, shown, write_atomic


@dataclass(frozen=True)
class Notice:
    """Something to know about a file: which, what, and what to do."""

    file: str
    what: str
    mend: str = ""

    def __str__(self) -> str:
        return f"{self.file}: {self.what}{' ' + self.mend if self.mend else ''}"


@dataclass
class Report:
    """How grading went.

    Attributes:
        out: where the files are.
        graded: how many exam numbers are in the score sheet.
        waiting: how many written answers wait for a person.
        bad: files that were not graded.
        odd: what was noticed in files that were.
    """

    out: Path
    graded: int = 0
    waiting: int = 0
    bad: list[Notice] = field(default_factory=list)
    odd: list[Notice] = field(default_factory=list)

    def __str__(self) -> str:
        lines = [
            f"{self.graded} graded, {self.waiting} written answers wait for a person, {len(self.bad)} files not graded."
        ]
        lines += [f"Not graded. {notice}" for notice in self.bad]
        lines += [f"Note. {notice}" for notice in self.odd]
        return "\n".join(lines)


@dataclass(frozen=True)
class _Keyed:
    exercise: Exercise
    keys: dict[str, Key]


def grade(
    submissions: Iterable[Path], exercises: Path, out: Path, tell: Callable[[str], None] = lambda _: None
) -> Report:
    """Grade hand-in files.

    Args:
        submissions: files, and folders to search for them; links are never followed.
        exercises: the folder with the exercises and their ``keys/``.
        out: the folder for the score sheet, made if it is not there.
        tell: called with a line of progress now and then.

    Returns:
        The report, which is also written to ``report.txt``.

    Raises:
        CourseError: no such file or folder, no keys, or a fault in an exercise or key.
        OSError: ``out`` cannot be written.
    """
    keyed = _keyed(exercises)
    report = Report(out)
    accepted: dict[str, tuple[str, str, HandIn]] = {}
    conflicts: set[str] = set()
    for count, (name, path) in enumerate(_files(submissions, report)):
        if count % 100 == 0:
            tell(f"{count} files read")
        try:
            raw = _bytes(path)
            found = read(raw)
        except UnusableError as problem:
            report.bad.append(Notice(name, problem.why, problem.mend))
            continue
        digest = hashlib.sha256(raw).hexdigest()
        if found.number not in accepted:
            accepted[found.number] = (name, digest, found)
        elif accepted[found.number][1] == digest:
            report.odd.append(Notice(name, f"It is the same file as {accepted[found.number][0]}; graded once."))
        else:
            conflicts.add(found.number)
            report.bad.append(_conflict(name, found.number))
    for number in conflicts:
        name, _, _ = accepted.pop(number)
        report.bad.append(_conflict(name, number))
    _write(accepted, keyed, report)
    return report


def cell(text: str) -> str:
    """Text that no spreadsheet takes for a formula, whichever separator it believes in: ``'`` goes before what would begin one."""
    if not text.replace("\n", "").isprintable():
        text = "".join(map(_shown, text))
    return _FORMULA.sub("'", text)


# At the beginning, after a line's end, or after what some programs take to separate cells whatever the quotation marks
# say. The full-width signs are formulas to spreadsheets in East Asian languages.
_FORMULA = re.compile(r"(?:^|(?<=[\n;|\t]))(?=[^\S\n]*[=+\-@\uff1d\uff0b\uff0d\uff20]|\t)")


def _shown(letter: str) -> str:
    """A character as a score sheet has it: no controls, nothing invisible, one kind of space and of line end."""
    if letter.isprintable() or letter in "\n\t":
        return letter
    return {"Zs": " ", "Zl": "\n", "Zp": "\n", "Cf": ""}.get(
        unicodedata.category(letter), "" if letter == "\r" else "\ufffd"
    )


def _conflict(name: str, number: str) -> Notice:
    what = f"Another file has the exam number {number} and other answers."
    return Notice(name, what, "Keep the one that counts, move the others away, and grade again.")


def _keyed(exercises: Path) -> dict[str, _Keyed]:
    folder = exercises / "keys"
    paths = sorted(folder.glob("*.yaml"))
    if not paths:
        mend = "Grade in the instructor's copy of the course; a student's copy has no keys."
        raise CourseError(Fault(shown(folder), 0, "there are no keys here", mend))
    found: dict[str, _Keyed] = {}
    faults: list[Fault] = []
    for path in paths:
        try:
            exercise = load_exercise(exercises / path.name)
            found[exercise.id] = _Keyed(exercise, load_key(path, exercise))
        except CourseError as problem:
            faults += problem.faults
    if faults:
        raise CourseError(faults)
    return found


def _files(submissions: Iterable[Path], report: Report) -> Iterator[tuple[str, Path]]:
    """Every hand-in file to read, with the name that the report gives it; what is passed over is reported."""
    for given in submissions:
        if not os.path.lexists(given):
            raise CourseError(Fault(shown(given), 0, "there is no such file or folder", "Check the name."))
        if given.is_dir():
            yield from _below(given, report)
        else:
            yield _printable(given.name), given


def _below(top: Path, report: Report) -> Iterator[tuple[str, Path]]:
    # A stack, not recursion: an unpacked archive can nest folders deeper than Python can call.
    folders = [top]
    while folders:
        folder = folders.pop()
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as problem:
            name = _printable(folder.relative_to(top).as_posix())
            report.bad.append(
                Notice(name, f"The folder cannot be read ({problem.strerror}).", "Check that you may read it.")
            )
            continue
        inner: list[Path] = []
        for entry in entries:
            path = Path(entry.path)
            name = _printable(path.relative_to(top).as_posix())
            if entry.is_symlink():
                report.bad.append(
                    Notice(name, "It is a link, and links are not followed.", "Put the file itself here.")
                )
            elif _litter(entry.name):
                continue
            elif entry.is_dir(follow_symlinks=False):
                inner.append(path)
            elif entry.name.lower().endswith(".json"):
                yield name, path
            elif entry.name.lower().endswith(".zip"):
                report.bad.append(Notice(name, "It is an archive.", "Unpack it here, then grade again."))
            else:
                report.odd.append(Notice(name, "It is no hand-in file, whose name ends in .json; passed over."))
        folders.extend(reversed(inner))


def _litter(name: str) -> bool:
    """What file managers leave behind; nobody handed it in."""
    return name.startswith(".") or name in ("__MACOSX", "Thumbs.db", "desktop.ini")


def _bytes(path: Path) -> bytes:
    """The content of a regular file, opened so that no link is followed and no pipe or device is waited for."""
    try:
        # O_NOFOLLOW and O_NONBLOCK are not on Windows, where a file cannot be a pipe.
        handle = os.open(
            path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        )
    except OSError as problem:
        if path.is_symlink():
            raise UnusableError("It is a link, and links are not followed.", "Put the file itself here.") from None
        raise UnusableError(f"It cannot be read ({problem.strerror}).", "Check that you may read it.") from None
    with os.fdopen(handle, "rb") as stream:
        about = os.fstat(stream.fileno())
        if not stat.S_ISREG(about.st_mode):
            raise UnusableError("It is not a file but a device or a pipe.", "Remove it.")
        try:
            # One byte more than is allowed shows that a file is too large, even one that grows or claims another size.
            return stream.read(LARGEST + 1)
        except OSError as problem:
            raise UnusableError(f"It cannot be read ({problem.strerror}).", "Check that you may read it.") from None


def _printable(name: str) -> str:
    """A file's name safe to print: what could move a cursor or end a line is shown as its code."""
    return "".join(letter if letter.isprintable() else f"\\u{ord(letter):04x}" for letter in name)


def _write(accepted: dict[str, tuple[str, str, HandIn]], keyed: dict[str, _Keyed], report: Report) -> None:
    header = ["exam number"]
    for name, one in keyed.items():
        header += [f"{name} {item.id} ({item.points})" for item in one.exercise.items]
        header += [f"{name} total", f"{name} blank", f"{name} points waiting", f"{name} points possible"]
    rows: list[list[str]] = []
    waiting: list[tuple[str, int, str, list[str]]] = []
    for number in sorted(accepted):
        file, _, handed = accepted[number]
        sheets = {sheet.exercise: sheet for sheet in handed.sheets}
        for unknown in sorted(sheets.keys() - keyed.keys()):
            report.odd.append(Notice(file, f"It answers {unknown}, for which there is no key; not graded."))
        row = [number]
        for name, one in keyed.items():
            row += _row(number, file, one, sheets.get(name), waiting, report)
        rows.append(row)
    report.graded = len(rows)
    report.waiting = len(waiting)
    report.bad.sort(key=str)
    report.odd.sort(key=str)
    written = [line for *_, line in sorted(waiting, key=lambda one: one[:3])]
    columns = ["exercise", "question", "exam number", "points possible", "points", "answer", "rubric"]
    write_atomic(report.out / "scores.csv", _csv([header, *rows]))
    write_atomic(report.out / "written.csv", _csv([columns, *written]))
    write_atomic(report.out / "report.txt", f"{report}\n")


def _row(
    number: str,
    file: str,
    one: _Keyed,
    sheet: HandedSheet | None,
    waiting: list[tuple[str, int, str, list[str]]],
    report: Report,
) -> list[str]:
    """One student's cells for one exercise. A cell is empty where a person has to say."""
    exercise = one.exercise
    given = dict(sheet.items) if sheet else {}
    if sheet and sheet.exercise_version != exercise.version:
        what = f"{exercise.id} was answered in version {sheet.exercise_version}, and the key is for version {exercise.version}."
        report.odd.append(Notice(file, what, "Graded by the key; look at the questions that changed."))
    cells: list[str] = []
    total, blanks, pending = Decimal(0), 0, 0
    for place, item in enumerate(exercise.items):
        value = given.pop(item.id, None)
        misfit = None if blank(value) else item.misfit(value)
        if misfit:
            report.odd.append(Notice(file, f"The answer to {exercise.id} {item.id} {misfit}; counted as blank."))
            value = None
        blanks += blank(value)
        points = score(item, one.keys[item.id], value)
        if points is None:
            pending += item.points
            cells.append("")
            key = one.keys[item.id]
            rubric = (
                [f"{line.id} ({line.points}): {line.text}" for line in key.rubric]
                if isinstance(key, WrittenKey)
                else []
            )
            line = [exercise.id, item.id, number, str(item.points), "", str(value), "\n".join(rubric)]
            waiting.append((exercise.id, place, number, line))
        else:
            total += points
            cells.append(str(points))
    if given:
        names = ", ".join(sorted(given))[:200]
        report.odd.append(Notice(file, f"It answers questions that {exercise.id} does not have: {names}."))
    return [*cells, f"{total:.2f}", str(blanks), str(pending), str(exercise.points)]


def _csv(rows: list[list[str]]) -> bytes:
    """CSV as spreadsheets read it without asking: UTF-8 with a mark, every cell in quotes."""
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(
        [cell(text) for text in row] for row in rows
    )
    return out.getvalue().encode("utf-8-sig")
