"""Answer sheets: one JSON file for each exercise in ``answers/``, never half-written, never lost once acknowledged.

How it holds:

- :meth:`Answers.save` returns only after the new sheet is on the disk (written beside, fsynced, put in place in one
  step, folder fsynced). Whatever kills the process before that leaves the sheet as it was.
- A lock for each sheet lets two tabs, a server and a kernel write at once; each change is merged into what is there.
- Each page numbers its own saves, so that one which arrives late, or twice, does not undo a newer one.
- A sheet that cannot be read is set aside under the name ``….damaged-1`` and so on, with a notice; never overwritten.

Earlier values are kept in the sheet, newest last, up to a limit; times only where the instructor asks for them
(``timed: true`` in the exercise).
"""

from __future__ import annotations

import errno
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Literal

import pydantic

from knowing_benefit.assess.kinds import ItemName
from knowing_benefit.assess.strictjson import NotJsonError, parse
from knowing_benefit.law.source import write_atomic

LONGEST = 20_000
"""Longest text of one answer, in characters."""

EARLIER = 50
"""How many earlier values of an answer are kept, at most."""

EARLIER_CHARACTERS = 40_000
"""How many characters of earlier values of an answer are kept, at most."""

MOST_ITEMS = 500
LARGEST = 16 * 2**20
"""A file of answers larger than this, in bytes, is none of ours."""

_LOCK_SECONDS = 10

_Short = Annotated[str, pydantic.StringConstraints(max_length=100)]
AnyValue = (
    Annotated[str, pydantic.StringConstraints(max_length=LONGEST)]
    | Annotated[list[_Short], pydantic.Field(max_length=100)]
    | Annotated[dict[_Short, _Short], pydantic.Field(max_length=100)]
    | None
)
"""A value of any kind of question, within limits. Whether it answers its question is for the grader to say."""

SheetName = Annotated[
    str, pydantic.StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}(\.practice|\.brief|\.inline)?$")
]
"""The id of an exercise; practice sets, inline questions and briefs, which share an exercise's id, have a suffix."""

_NUMBER = re.compile(r"[A-Z0-9](?:[A-Z0-9-]{0,18}[A-Z0-9])")
# Windows gives these names to devices, so no file can have them there.
_DEVICES = re.compile(r"(?:CON|PRN|AUX|NUL|COM[0-9]|LPT[0-9])")


class NotKeptError(Exception):
    """Why nothing was saved, and what the student can do: both as sentences."""

    def __init__(self, what: str, mend: str) -> None:
        super().__init__(f"{what} {mend}")
        self.what = what
        self.mend = mend


class Strict(pydantic.BaseModel):
    """Base of what is read from answers: exact types, no unknown fields, text as it was typed."""

    model_config = pydantic.ConfigDict(extra="forbid", strict=True)


class Earlier(Strict):
    """A value that was replaced."""

    value: AnyValue
    revision: int
    at: _Short = ""


class Kept(Strict):
    """One answer.

    Attributes:
        revision: the sheet's revision when it was given.
        tab, seq: which page gave it, and the number that page gave to the save.
        asked: a digest of the question as it stood when it was answered, to tell which questions have changed since.
        at: when it was given, as an ISO time, if the instructor asks for times.
        history: what stood here before, newest last.
    """

    value: AnyValue
    revision: int
    tab: _Short = ""
    seq: int = 0
    asked: _Short = ""
    at: _Short = ""
    history: list[Earlier] = []


class Sheet(Strict):
    """One student's answers to one exercise."""

    format: Literal["knowing-benefit answers"] = "knowing-benefit answers"
    version: Literal[1, 2] = 2
    exercise: SheetName
    exercise_version: int
    revision: int = 0
    items: Annotated[dict[ItemName, Kept], pydantic.Field(max_length=MOST_ITEMS)] = {}


class Answers:
    """The answers kept in one course folder.

    Attributes:
        root: the course folder; answers are in ``answers/`` below it.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / "answers"

    def save(
        self,
        exercise: str,
        item: str,
        value: Any,
        *,
        exercise_version: int,
        tab: str = "",
        seq: int = 0,
        asked: str = "",
        at: str = "",
    ) -> int:
        """Keep an answer; when this returns, it is on the disk.

        Args:
            exercise: the sheet's name, which must be valid (:data:`SheetName`).
            value: the answer; ``None`` clears it.
            tab: a name that the page gave itself.
            seq: rises with every save of that page.
            asked, at: see :class:`Kept`.

        Returns:
            The revision under which the answer is kept.

        Raises:
            NotKeptError: the disk, the lock or the sheet does not allow it.
        """
        with self._locked(exercise) as path:
            sheet, _ = self._read(path, exercise, exercise_version)
            before = sheet.items.get(item)
            if before is not None and tab and before.tab == tab and seq <= before.seq:
                return before.revision
            if before is None and len(sheet.items) >= MOST_ITEMS:
                raise NotKeptError(
                    "The answer sheet is full.", "Reload the page; if it stays so, tell your instructor."
                )
            # What a killed writer left beside the sheet; nobody else can be writing it now.
            for left in self.folder.glob(f".{path.name}.*.tmp"):
                left.unlink(missing_ok=True)
            sheet.revision += 1
            sheet.version = 2
            sheet.exercise_version = exercise_version
            sheet.items[item] = Kept(
                value=value,
                revision=sheet.revision,
                tab=tab,
                seq=seq,
                asked=asked,
                at=at,
                history=_history(before, value),
            )
            write_atomic(path, sheet.model_dump_json(indent=1) + "\n", private=True)
            return sheet.revision

    def load(self, exercise: str, *, exercise_version: int) -> tuple[Sheet, str]:
        """The sheet as it is, or an empty one; and a notice for the student, if one is due.

        Raises:
            NotKeptError: it cannot be read now.
        """
        with self._locked(exercise) as path:
            return self._read(path, exercise, exercise_version)

    def sheets(self) -> list[str]:
        """Names of the sheets that exist, practice and briefs included."""
        return sorted(path.stem for path in self.folder.glob("*.json") if path.name != "exam-number.json")

    def number(self) -> str | None:
        """The exam number that was last used, if one was."""
        try:
            data = parse((self.folder / "exam-number.json").read_bytes())
        except (OSError, NotJsonError):
            return None
        number = data.get("number") if isinstance(data, dict) else None
        return number if isinstance(number, str) and number_fault(number) is None else None

    def keep_number(self, number: str) -> str:
        """Remember the exam number, put in capitals, for drawn questions and the next hand-in.

        Raises:
            NotKeptError: it is none, or the disk failed.
        """
        number = number.strip().upper()
        fault = number_fault(number)
        if fault:
            raise NotKeptError(fault, "Enter the number that your school gave you, not your name.")
        with _disk():
            given = {"format": "knowing-benefit exam number", "number": number}
            write_atomic(self.folder / "exam-number.json", json.dumps(given, indent=1) + "\n", private=True)
        return number

    @contextmanager
    def _locked(self, exercise: str) -> Iterator[Path]:
        # Here, because a lesson in a browser imports this module, keeps nothing with it, and has no file locks.
        from filelock import FileLock, Timeout

        path = self.folder / f"{exercise}.json"
        with _disk():
            self.folder.mkdir(parents=True, exist_ok=True)
            try:
                with FileLock(self.folder / f".{exercise}.lock", timeout=_LOCK_SECONDS):
                    yield path
            except Timeout:
                what = "Another window has been writing this answer sheet for ten seconds."
                raise NotKeptError(what, "Close other windows of this lesson, then try again.") from None

    def _read(self, path: Path, exercise: str, exercise_version: int) -> tuple[Sheet, str]:
        """The sheet at ``path``. Called under the lock."""
        fresh = Sheet(exercise=exercise, exercise_version=exercise_version)
        try:
            if path.stat().st_size > LARGEST:
                return fresh, _set_aside(path)
            data = parse(path.read_bytes())
        except FileNotFoundError:
            return fresh, ""
        except NotJsonError:
            return fresh, _set_aside(path)
        if isinstance(data, dict) and data.get("format") == fresh.format and data.get("version") not in (None, 1, 2):
            what = "Your answers were made by a newer version of the course."
            raise NotKeptError(what, "Open them in that version; nothing has been changed.")
        try:
            sheet = Sheet.model_validate(data)
        except pydantic.ValidationError:
            return fresh, _set_aside(path)
        return (sheet, "") if sheet.exercise == exercise else (fresh, _set_aside(path))


def number_fault(number: str) -> str | None:
    """Why ``number``, in capitals, cannot be an exam number; ``None`` if it can."""
    if not _NUMBER.fullmatch(number) or _DEVICES.fullmatch(number):
        return "An exam number has 2 to 20 letters, digits and dashes, and begins and ends with a letter or a digit."
    return None


def _history(before: Kept | None, value: AnyValue) -> list[Earlier]:
    if before is None:
        return []
    if before.value == value:
        return before.history
    found = [*before.history, Earlier(value=before.value, revision=before.revision, at=before.at)][-EARLIER:]
    size = 0
    for place, one in enumerate(reversed(found)):
        size += len(str(one.value))
        if size > EARLIER_CHARACTERS:
            return found[len(found) - place :]
    return found


def _set_aside(path: Path) -> str:
    """Move a sheet that cannot be read out of the way, under a name that is free; says so to the student."""
    number = 1
    while (target := path.with_name(f"{path.name}.damaged-{number}")).exists():
        number += 1
    path.rename(target)
    return (
        f"The file with your earlier answers was damaged and has been set aside as answers/{target.name}. "
        "A new one has been begun; give your answers again, and show that file to your instructor."
    )


@contextmanager
def _disk() -> Iterator[None]:
    """Turn what a disk may answer into what a student can do."""
    try:
        yield
    except OSError as problem:
        if problem.errno in (errno.ENOSPC, errno.EDQUOT):
            raise NotKeptError("The disk is full.", "Delete something you no longer need, then try again.") from problem
        if problem.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            what = "The course folder cannot be written to."
            raise NotKeptError(
                what, "Move the course to a folder of your own, such as Documents, and open it there."
            ) from problem
        what = f"The disk did not take the answer ({problem.strerror or 'no reason given'})."
        raise NotKeptError(what, "Try again; if it stays so, copy your answer elsewhere.") from problem
