"""The hand-in: one file with a student's answers to every graded exercise, under an exam number and no name.

The file is JSON; its ``check`` is a checksum of all the rest, so that a file that was damaged, cut or edited on its way
is noticed. It is no signature: who may hand in what is for the school's system to say. The browser makes the same
file, byte for byte, where no server or kernel can (``handIn`` in ``view/carrier.js``).
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import zlib
from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import pydantic

from knowing_benefit.assess.answers import MOST_ITEMS, Answers, AnyValue, NotKeptError, Strict, number_fault
from knowing_benefit.assess.kinds import Name, blank
from knowing_benefit.assess.strictjson import NotJsonError, canonical, parse
from knowing_benefit.law.source import write_atomic

LARGEST = 2 * 2**20
"""A larger file, in bytes, is not read."""


class HandedSheet(Strict):
    """The answers to one exercise, as they stood.

    Attributes:
        times: when each answer was given, as an ISO time, where the exercise asks for times.
    """

    exercise: Name
    exercise_version: int
    revision: int
    items: Annotated[dict[Name, AnyValue], pydantic.Field(max_length=MOST_ITEMS)]
    times: Annotated[dict[Name, str], pydantic.Field(max_length=MOST_ITEMS)] = {}


class HandIn(Strict):
    """What a student hands in."""

    format: Literal["knowing-benefit hand-in"]
    version: Literal[1]
    number: str
    sheets: Annotated[list[HandedSheet], pydantic.Field(max_length=100)]
    check: str


class UnusableError(Exception):
    """Why a file cannot be graded, and the mend: both as sentences about the file."""

    def __init__(self, why: str, mend: str) -> None:
        super().__init__(f"{why} {mend}")
        self.why = why
        self.mend = mend


def checksum(content: dict[str, Any]) -> str:
    """The checksum of a hand-in's content, whatever its ``check`` says."""
    rest = {name: value for name, value in content.items() if name != "check"}
    return f"{zlib.crc32(canonical(rest)):08x}"


def hand_in(answers: Answers, number: str, graded: Collection[str]) -> tuple[Path, int]:
    """Write the hand-in file.

    Args:
        number: the exam number, as typed; it is put in capitals.
        graded: ids of the graded exercises; practice and briefs are never handed in.

    Returns:
        The file, and how many answers are in it.

    Raises:
        NotKeptError: not an exam number, or a sheet or the disk failed.
    """
    number = answers.keep_number(number)
    sheets: list[dict[str, Any]] = []
    count = 0
    for name in sorted(set(answers.sheets()).intersection(graded)):
        sheet, notice = answers.load(name, exercise_version=0)
        if notice:
            raise NotKeptError(notice, "Then make the hand-in file again.")
        # What has a dot in its name (a follow-up, a score kept by the page) is no answer to a question.
        given = {item: kept for item, kept in sorted(sheet.items.items()) if "." not in item and not blank(kept.value)}
        count += len(given)
        times = {item: kept.at for item, kept in given.items() if kept.at}
        sheets.append(
            {
                "exercise": name,
                "exercise_version": sheet.exercise_version,
                "revision": sheet.revision,
                "items": {item: kept.value for item, kept in given.items()},
                **({"times": times} if times else {}),
            }
        )
    content: dict[str, Any] = {"format": "knowing-benefit hand-in", "version": 1, "number": number, "sheets": sheets}
    content["check"] = checksum(content)
    path = answers.root / "hand-in" / f"{number}.json"
    try:
        write_atomic(path, json.dumps(content, ensure_ascii=False, indent=1) + "\n")
    except OSError as problem:
        what = f"The hand-in file could not be written ({problem.strerror or 'no reason given'})."
        raise NotKeptError(what, "Your answers are safe; see that the disk is not full, and try again.") from problem
    return path, count


INBOUND = "KNOWING_BENEFIT_INBOUND"
"""The variable that names the folder for hand-ins, where a JupyterHub has one."""


def deliver(path: Path, inbound: Path, student: str) -> None:
    """Put a copy of a hand-in file where the instructor collects it.

    The folder is one in which everybody may put a file and nobody but the instructors sees what is there (mode 3773, as
    nbgrader's exchange has 2733). So names cannot be guessed, and none is ever used twice: a student who hands in again adds a
    file. Who it was is told by a digest of the account's name, which is enough to notice two numbers of one student or two
    students under one number, and shows no name to somebody who grades blind. The time in it is by the student's own server.

    Args:
        path: the hand-in file.
        inbound: the folder.
        student: the account's name.

    Raises:
        NotKeptError: it could not be put there.
    """
    who = hashlib.sha256(student.encode()).hexdigest()[:12]
    when = f"{datetime.now():%Y-%m-%d-%H-%M-%S-%f}"
    name = f"{path.stem}_hub-{who}_{when}_{secrets.token_hex(16)}.json"
    # Begun under a name that collecting passes over, since a folder that cannot be listed cannot be tidied up later either.
    begun, target = inbound / f".{name}", inbound / name
    try:
        handle = os.open(begun, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
        try:
            with os.fdopen(handle, "wb") as stream:
                # Whatever the account's umask: the folder's group reads it, which is that of the instructors.
                os.chmod(begun, 0o640)
                stream.write(path.read_bytes())
                stream.flush()
                os.fsync(stream.fileno())
            os.rename(begun, target)
        except BaseException:
            begun.unlink(missing_ok=True)
            raise
    except OSError as problem:
        closed = isinstance(problem, PermissionError | FileNotFoundError)
        why = "it is closed" if closed else problem.strerror or "no reason given"
        what = f"{path.name} is made, but could not be put into the folder for hand-ins ({why})."
        mend = "Ask your instructor, who may have closed it at the deadline." if closed else "Try again in a minute."
        raise NotKeptError(what, f"{mend} Your answers are safe.") from problem


def read(raw: bytes) -> HandIn:
    """Read a hand-in file, which anybody may have made.

    Raises:
        UnusableError: with the reason.
    """
    again = "Ask for the file again, as the exercise made it."
    if len(raw) > LARGEST:
        raise UnusableError(f"It is larger than {LARGEST // 2**20} MB.", again)
    if not raw.strip():
        raise UnusableError("It is empty.", again)
    try:
        data = parse(raw)
    except NotJsonError as problem:
        raise UnusableError(f"It {problem}.", again) from None
    if not isinstance(data, dict) or data.get("format") != "knowing-benefit hand-in":
        what = "It is an answer sheet, not a hand-in file." if _is_sheet(data) else "It is not a hand-in file."
        raise UnusableError(what, "The right one is in the student's hand-in folder.")
    if data.get("version") != 1:
        raise UnusableError("It was made by another version of the course.", "Grade it with that version.")
    try:
        found = HandIn.model_validate(data)
    except pydantic.ValidationError as problem:
        first = problem.errors()[0]
        where = ".".join(str(step) for step in first["loc"])[:80]
        raise UnusableError(f"A part of it has the wrong form ({where}).", again) from None
    if number_fault(found.number):
        raise UnusableError("Its exam number is none.", again)
    if len({sheet.exercise for sheet in found.sheets}) != len(found.sheets):
        raise UnusableError("It answers the same exercise twice.", again)
    if checksum(data) != found.check:
        raise UnusableError("It was changed after it was made: its checksum does not fit.", again)
    return found


def _is_sheet(data: Any) -> bool:
    return isinstance(data, dict) and data.get("format") == "knowing-benefit answers"
