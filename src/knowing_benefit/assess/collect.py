"""What was handed in: files, folders and the archives that a learning management system makes, each read where it lies.

Nothing is unpacked and no link is followed. An archive's files are read into memory one at a time, and never more of one than
a hand-in may have. Which file counts, where a student handed in several (:class:`Keep`):

- Files with the same bytes are one.
- Canvas marks a file that was handed in again (``-1``, ``-2``), Blackboard and a JupyterHub write the time of each attempt. By default the last
  one counts; with ``--keep first`` the first one; with ``--keep ask`` none, and all are named.
- Where there is no such mark, or two files have the same, none counts until the instructor has chosen: all are named.
- Where files under one exam number come from different students (as the system knows them), none counts: all are named.

A file is *late* where Canvas says so, or where the attempt of Blackboard or a JupyterHub is after the day given with ``--late``. The time on a file
itself says nothing: copying changes it. Late files are graded like the others; what lateness costs is the instructor's to say.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Literal

from knowing_benefit.assess import lms
from knowing_benefit.assess.handin import LARGEST, HandIn, UnusableError, read
from knowing_benefit.law.source import CourseError, Fault, shown

Keep = Literal["last", "first", "ask"]

MOST_FILES = 100_000
"""How many files one archive may hold."""

LARGEST_LIST = 32 * 2**20
"""Most bytes of an archive's table of contents."""

LARGEST_ARCHIVE = 2 * 2**30
"""Most bytes that are unpacked from one archive, in memory and one file at a time."""


@dataclass(frozen=True)
class Notice:
    """Something to know about a file: which, what, and what to do."""

    file: str
    what: str
    mend: str = ""

    def __str__(self) -> str:
        return f"{self.file}: {self.what}{' ' + self.mend if self.mend else ''}"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a hand-in file is.

    Attributes:
        shown: the name that reports give it: safe to print, and without the student's name where a system wrote it.
        path: the file, or the archive that it is in.
        member: its place in the archive's table of contents.
        mark: what its name says.
    """

    shown: str
    path: Path
    member: int | None = None
    mark: lms.Mark | None = None


@dataclass(frozen=True, slots=True)
class HandedIn:
    """The file that counts for one exam number.

    Attributes:
        digest: SHA-256 of its bytes, in hex.
        late: ``None`` where nobody knows.
        students: how the system knows who handed it in; at most one, and none outside a system's download.
    """

    number: str
    place: Place
    digest: str
    late: bool | None
    students: frozenset[tuple[lms.System, str]] = frozenset()


@dataclass
class Collected:
    """All that was handed in.

    Attributes:
        counting: the file that counts, by exam number.
        bad: files that do not count, with why.
        odd: what was noticed beside.
    """

    counting: dict[str, HandedIn] = field(default_factory=dict)
    bad: list[Notice] = field(default_factory=list)
    odd: list[Notice] = field(default_factory=list)


def collect(
    submissions: Iterable[Path],
    keep: Keep = "last",
    late: str | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Collected:
    """Look through everything that was handed in.

    Args:
        submissions: files, archives, and folders to search for both.
        keep: which one counts where a system marks several.
        late: the last moment, ``YYYY-MM-DD`` (that day included) or ``YYYY-MM-DD hh:mm``, by the system's own clock.
        tell: called with a line of progress now and then.

    Raises:
        CourseError: no such file or folder, or ``late`` is no date.
    """
    limit = deadline(late) if late else ""
    submissions = list(submissions)
    for given in submissions:
        if not os.path.lexists(given):
            raise CourseError(Fault(shown(given), 0, "there is no such file or folder", "Check the name."))
    found = Collected()
    by_number: dict[str, list[HandedIn]] = {}
    with Inbox() as inbox:
        for count, place in enumerate(_places(submissions, found, inbox)):
            if count % 500 == 0:
                tell(f"{count} files looked at")
            try:
                raw = inbox.bytes(place)
                number = read(raw).number
            except UnusableError as problem:
                found.bad.append(Notice(place.shown, problem.why, problem.mend))
                continue
            mark = place.mark
            is_late = mark.late if mark else None
            if mark and mark.attempt and limit:
                is_late = mark.attempt[: len(limit)] > limit
            students = frozenset({(mark.system, mark.student)} if mark else ())
            one = HandedIn(number, place, hashlib.sha256(raw).hexdigest(), is_late, students)
            by_number.setdefault(number, []).append(one)
    for number, files in by_number.items():
        counts = _one(number, files, keep, found)
        if counts:
            found.counting[number] = counts
    _two_numbers(found)
    return found


def deadline(text: str) -> str:
    """The last moment, in the form in which Blackboard writes the time of an attempt.

    Raises:
        CourseError: not a date.
    """
    match = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d))?", text.strip())
    if not match:
        mend = 'Write it as 2026-11-30, or as "2026-11-30 17:00".'
        raise CourseError(Fault("--late", 0, f"{text!r} is not a day or a time", mend))
    year, month, day, hour, minute = match.groups()
    return f"{year}-{month}-{day}-{hour or '23'}-{minute or '59'}-59"


def _one(number: str, files: list[HandedIn], keep: Keep, found: Collected) -> HandedIn | None:
    """Which of the files under one exam number counts; what is passed over is reported."""
    distinct: dict[str, HandedIn] = {}
    for one in files:
        first = distinct.setdefault(one.digest, one)
        if first is not one:
            what = f"It is the same file as {first.place.shown}; graded once."
            found.odd.append(Notice(one.place.shown, what))
    different = list(distinct.values())
    if len(different) == 1 and len({one.students for one in files}) == 1:
        return different[0]
    if len({student for one in files for student in one.students}) > 1:
        what = f"Different students handed in files under the exam number {number}."
        mend = "Find out whose number it is, move the others' files away, and grade again."
    elif keep == "ask":
        what = f"Another file has the exam number {number} and other answers."
        mend = "Keep the one that counts, move the others away, and grade again."
    else:
        order = [_order(one) for one in different]
        if None not in order and len(set(order)) == len(order):
            ranked = [one for _, one in sorted(zip(order, different, strict=True), key=lambda pair: pair[0] or ())]
            counts = ranked[0 if keep == "first" else -1]
            for one in different:
                if one is not counts:
                    when = "A later" if keep == "first" else "An earlier"
                    what = f"{when} hand-in of {number}; not the one that counts."
                    found.odd.append(Notice(one.place.shown, what))
            return counts
        what = f"Another file has the exam number {number} and other answers."
        mend = "Keep the one that counts, move the others away, and grade again."
    found.bad += [Notice(one.place.shown, what, mend) for one in different]
    return None


def _order(one: HandedIn) -> tuple[str, int] | None:
    """Where a file stands among others of the student, by the system's own mark; ``None`` if it has none."""
    mark = one.place.mark
    if mark is None or mark.system == "moodle":
        return None
    return mark.attempt, lms.again(mark.own, one.number)


def _two_numbers(found: Collected) -> None:
    """Report students who, as the system knows them, handed in under several numbers."""
    numbers: dict[tuple[lms.System, str], list[HandedIn]] = {}
    for one in found.counting.values():
        for student in one.students:
            numbers.setdefault(student, []).append(one)
    for several in numbers.values():
        if len(several) > 1:
            names = ", ".join(sorted(one.number for one in several))
            what = f"One student handed in under several exam numbers: {names}."
            found.odd.append(Notice(several[0].place.shown, what, "Both are graded; find out which one counts."))


class Inbox:
    """Reads hand-in files by their places. One archive is open at a time."""

    def __init__(self) -> None:
        self._path: Path | None = None
        self._stream: BinaryIO | None = None
        self._archive: zipfile.ZipFile | None = None
        self._members: list[zipfile.ZipInfo] = []
        self._unpacked = 0

    def __enter__(self) -> Inbox:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def _close(self) -> None:
        if self._archive:
            self._archive.close()
        if self._stream:
            self._stream.close()
        self._path = self._stream = self._archive = None
        self._members = []

    def handed(self, place: Place) -> HandIn:
        """Read and check a file again.

        Raises:
            UnusableError: it has changed since it was collected.
        """
        return read(self.bytes(place))

    def bytes(self, place: Place) -> bytes:
        """A file's bytes, or one more of them than a hand-in may have.

        Raises:
            UnusableError: with the reason.
        """
        if place.member is None:
            with _opened(place.path) as stream:
                return _read(stream, LARGEST + 1)
        members = self.members(place.path)
        if self._archive is None or self._unpacked > LARGEST_ARCHIVE:
            raise UnusableError("Its archive unpacks to more than any class can hand in.", _AGAIN)
        try:
            with self._archive.open(members[place.member]) as member:
                # One byte more than is allowed shows that a file is too large, whatever the archive says of it.
                raw = member.read(LARGEST + 1)
        except _BROKEN as problem:
            raise UnusableError(f"The archive is damaged here ({_plain(problem)}).", _AGAIN) from None
        self._unpacked += len(raw)
        return raw

    def members(self, path: Path) -> list[zipfile.ZipInfo]:
        """An archive's table of contents.

        Raises:
            UnusableError: it is no archive, damaged, or larger than any class's.
        """
        if path == self._path:
            return self._members
        self._close()
        stream = _opened(path)
        try:
            _fits(stream)
            self._archive = zipfile.ZipFile(stream)
        except UnusableError:
            stream.close()
            raise
        except _BROKEN as problem:
            stream.close()
            raise UnusableError(f"It is no archive that can be read ({_plain(problem)}).", _AGAIN) from None
        self._stream, self._path, self._unpacked = stream, path, 0
        self._members = self._archive.infolist()
        return self._members


_AGAIN = "Download it again; if it stays so, hand its files over one by one."
# What the standard library raises on damaged or odd archives, compressed data and names.
_BROKEN = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    struct.error,
    NotImplementedError,
    RuntimeError,
    EOFError,
    OSError,
    ValueError,
    OverflowError,
    MemoryError,
    LookupError,
)


def _plain(problem: BaseException) -> str:
    return printable(str(problem))[:80] or type(problem).__name__


def _fits(stream: BinaryIO) -> None:
    """Look at the end of an archive before its whole table of contents is read into memory."""
    stream.seek(0, os.SEEK_END)
    size = stream.tell()
    stream.seek(max(0, size - 66_000))
    tail = stream.read(66_000)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or at + 22 > len(tail):
        raise UnusableError("It is no archive, or cut off at its end.", _AGAIN)
    count, listed = struct.unpack_from("<HI", tail, at + 10)
    wide = tail.rfind(b"PK\x06\x06", 0, at)
    if wide >= 0 and wide + 56 <= len(tail):
        count, listed = struct.unpack_from("<QQ", tail, wide + 32)
    if count > MOST_FILES or listed > LARGEST_LIST:
        raise UnusableError(f"It says that it holds more than {MOST_FILES:,} files.", _AGAIN)
    stream.seek(0)


def _places(submissions: Iterable[Path], found: Collected, inbox: Inbox) -> Iterator[Place]:
    """Every hand-in file to read; what is passed over is reported."""
    for given in submissions:
        if given.is_dir():
            yield from _below(given, found, inbox)
        elif given.name.lower().endswith(".zip"):
            yield from _inside(given, given.name, found, inbox)
        else:
            mark = lms.mark(given.name)
            yield Place(mark.shown if mark else printable(given.name), given, mark=mark)


def _below(top: Path, found: Collected, inbox: Inbox) -> Iterator[Place]:
    # A stack, not recursion: an unpacked archive can nest folders deeper than Python can call.
    folders = [top]
    while folders:
        folder = folders.pop()
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as problem:
            name = printable(folder.relative_to(top).as_posix())
            what = f"The folder cannot be read ({problem.strerror})."
            found.bad.append(Notice(name, what, "Check that you may read it."))
            continue
        inner: list[Path] = []
        for entry in entries:
            path = Path(entry.path)
            below = path.relative_to(top).as_posix()
            mark = lms.mark(below)
            name = mark.shown if mark else printable(below)
            if entry.is_symlink():
                what = "It is a link, and links are not followed."
                found.bad.append(Notice(name, what, "Put the file itself here."))
            elif _litter(entry.name):
                continue
            elif entry.is_dir(follow_symlinks=False):
                inner.append(path)
            elif entry.name.lower().endswith(".json"):
                yield Place(name, path, mark=mark)
            elif entry.name.lower().endswith(".zip"):
                yield from _inside(path, name, found, inbox)
            elif not (mark and not mark.own):
                found.odd.append(Notice(name, "It is no hand-in file, whose name ends in .json; passed over."))
        folders.extend(reversed(inner))


def _inside(path: Path, shown_as: str, found: Collected, inbox: Inbox) -> Iterator[Place]:
    """The hand-in files of an archive."""
    outer = printable(shown_as)
    try:
        members = inbox.members(path)
    except UnusableError as problem:
        found.bad.append(Notice(outer, problem.why, problem.mend))
        return
    for at, member in enumerate(members):
        # The standard library cuts a name at its first zero byte; the name it was sorted under is the one to judge.
        inner = member.orig_filename.replace("\\", "/")
        mark = lms.mark(inner)
        name = f"{mark.shown if mark else printable(inner)} (in {outer})"
        last = inner.rsplit("/", 1)[-1]
        if member.is_dir() or any(_litter(part) for part in inner.split("/") if part not in ("", ".", "..")):
            continue
        if stat.S_ISLNK(member.external_attr >> 16):
            found.bad.append(Notice(name, "It is a link, and links are not followed.", "Put the file itself there."))
        elif inner.startswith("/") or ".." in inner.split("/") or "\0" in inner or re.match("[A-Za-z]:", inner):
            what = "Its name leads out of the archive."
            found.bad.append(Notice(name, what, "No system makes such an archive; ask who made this one."))
        elif last.lower().endswith(".zip"):
            what = "It is an archive within an archive."
            found.bad.append(Notice(name, what, "Unpack the outer one, and grade its folder."))
        elif not last.lower().endswith(".json"):
            if not (mark and not mark.own):
                found.odd.append(Notice(name, "It is no hand-in file, whose name ends in .json; passed over."))
        elif member.flag_bits & 1:
            found.bad.append(Notice(name, "It is locked with a password.", "Ask for the file again, without one."))
        else:
            yield Place(name, path, at, mark)


def _litter(name: str) -> bool:
    """What file managers leave behind; nobody handed it in."""
    return name.startswith(".") or name in ("__MACOSX", "Thumbs.db", "desktop.ini")


def _opened(path: Path) -> BinaryIO:
    """A regular file, opened so that no link is followed and no pipe or device is waited for."""
    try:
        # O_NOFOLLOW and O_NONBLOCK are not on Windows, where a file cannot be a pipe.
        handle = os.open(
            path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        )
    except OSError as problem:
        if path.is_symlink():
            raise UnusableError("It is a link, and links are not followed.", "Put the file itself here.") from None
        raise UnusableError(f"It cannot be read ({problem.strerror}).", "Check that you may read it.") from None
    stream = os.fdopen(handle, "rb")
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        stream.close()
        raise UnusableError("It is not a file but a device or a pipe.", "Remove it.")
    return stream


def _read(stream: BinaryIO, most: int) -> bytes:
    try:
        return stream.read(most)
    except OSError as problem:
        raise UnusableError(f"It cannot be read ({problem.strerror}).", "Check that you may read it.") from None


def printable(name: str) -> str:
    """A file's name safe to print: what could move a cursor or end a line is shown as its code."""
    return "".join(letter if letter.isprintable() else f"\\u{ord(letter):04x}" for letter in name)
