"""Points that people give to written answers: kept so that none is lost, and merged when the class is graded.

In the folder ``marks/`` each grader has one file, ``NAME.jsonl``, to which every change is added as a line and which is never
rewritten: a change is acknowledged only after its line is on the disk (fsync). A line that a killed process left unfinished
was never acknowledged; it is passed over. The last line about an answer counts; the earlier ones are its history.

A mark belongs to the answer that the grader saw: if the student's text has changed since, or the rubric has, the answer
waits again, and the report says so.

Where two people graded an answer, the points for each line of the rubric are the mean of theirs, and the answer's points are
rounded to a hundredth, halves to even. :func:`agreement` says how far they agree.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from pathlib import Path
from typing import Any

from filelock import FileLock

from knowing_benefit.assess.kinds import WrittenKey
from knowing_benefit.assess.scoring import rounded
from knowing_benefit.assess.strictjson import NotJsonError, parse

LONGEST = 5_000
"""Longest comment, in characters."""

MOST_COMMENTS = 50

MOST_APART = 12
"""How many answers on which two graders differ are listed."""

GRADER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")
"""A grader's name or initials, as a file can be named."""

_STEP = Decimal("0.25")


class MarkFault(ValueError):
    """Why a mark was not kept, as a sentence."""


@dataclass(frozen=True)
class Mark:
    """What one grader said of one answer.

    Attributes:
        answer: :func:`fingerprint` of the text that the grader saw.
        points: by the id of the rubric's line; a line that is not there has not been decided yet.
        comments: for the student, in the grader's order.
    """

    exercise: str
    item: str
    number: str
    answer: str
    points: dict[str, Decimal] = field(default_factory=dict)
    comments: tuple[str, ...] = ()


@dataclass(frozen=True)
class Award:
    """What an answer gets from all who graded it.

    Attributes:
        points: the total, to a hundredth.
        lines: the points for each line of the rubric, by its id.
        comments: for the student.
        totals: each grader's total, in the order of the graders' names.
    """

    points: Decimal
    lines: dict[str, Decimal]
    comments: tuple[str, ...]
    totals: tuple[Decimal, ...]


def fingerprint(text: str) -> str:
    """Which text a mark is about."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:20]


class Journal:
    """One grader's marks and comments, on disk.

    Attributes:
        grader: the grader's name or initials.
        marks: the last word on each answer, by exercise, item and exam number.
        bank: reusable comments, by exercise and item, in the order in which they were made.
    """

    def __init__(self, folder: Path, grader: str) -> None:
        """Open, or begin, a grader's file.

        Raises:
            MarkFault: the name cannot name a file.
            OSError: the file cannot be read.
        """
        if not GRADER.fullmatch(grader):
            raise MarkFault("A grader's name has letters, digits, - and _, and no spaces; initials will do.")
        self.grader = grader
        self.path = folder / f"{grader}.jsonl"
        self.marks: dict[tuple[str, str, str], Mark] = {}
        self.bank: dict[tuple[str, str], list[str]] = {}
        self.damaged = 0
        for line in _lines(self.path):
            self._take(line)

    def keep(self, mark: Mark, key: WrittenKey) -> None:
        """Keep a mark; when this returns, it is on the disk.

        Raises:
            MarkFault: the points do not fit the rubric, or a comment is too long.
            OSError: the disk did not take it.
        """
        most = {line.id: line.points for line in key.rubric}
        for name, points in mark.points.items():
            if name not in most:
                raise MarkFault(f"The rubric has no line {name}.")
            if not 0 <= points <= most[name] or points % _STEP:
                raise MarkFault(f"Points for {name} go from 0 to {most[name]} in quarters.")
        if len(mark.comments) > MOST_COMMENTS or any(len(text) > LONGEST for text in mark.comments):
            raise MarkFault(
                f"A comment has at most {LONGEST:,} characters, and an answer at most {MOST_COMMENTS} comments."
            )
        self._add(
            {
                "kind": "mark",
                "exercise": mark.exercise,
                "item": mark.item,
                "number": mark.number,
                "answer": mark.answer,
                "points": {name: str(points) for name, points in mark.points.items()},
                "comments": list(mark.comments),
            }
        )

    def keep_comment(self, exercise: str, item: str, text: str, *, drop: bool = False) -> None:
        """Put a comment into a question's bank, or take it out.

        Raises:
            MarkFault: it is empty or too long.
            OSError: the disk did not take it.
        """
        if not text.strip() or len(text) > LONGEST:
            raise MarkFault(f"A comment has 1 to {LONGEST:,} characters.")
        self._add({"kind": "comment", "exercise": exercise, "item": item, "text": text, "drop": drop})

    def _add(self, line: dict[str, Any]) -> None:
        raw = json.dumps(line, ensure_ascii=False, sort_keys=True).encode("utf-8", "replace") + b"\n"
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(self.path.with_name(f".{self.grader}.lock"), timeout=10):
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o600)
            try:
                size = os.fstat(handle).st_size
                # What a killed process left of a line must not swallow the next one.
                if size and _last(handle, size) != b"\n":
                    raw = b"\n" + raw
                while raw:
                    raw = raw[os.write(handle, raw) :]
                os.fsync(handle)
            finally:
                os.close(handle)
            if not size and os.name == "posix":
                # A new file's name, too, has to reach the disk.
                folder = os.open(self.path.parent, os.O_RDONLY)
                try:
                    os.fsync(folder)
                finally:
                    os.close(folder)
        self._take(line)

    def _take(self, line: Any) -> None:
        try:
            where = (str(line["exercise"]), str(line["item"]))
            if line["kind"] == "comment":
                bank = self.bank.setdefault(where, [])
                text = str(line["text"])
                if line["drop"] is True:
                    bank[:] = [one for one in bank if one != text]
                elif text not in bank:
                    bank.append(text)
                return
            points = {str(name): Decimal(text) for name, text in line["points"].items()}
            if not all(number.is_finite() for number in points.values()):
                raise InvalidOperation
            mark = Mark(*where, str(line["number"]), str(line["answer"]), points, tuple(map(str, line["comments"])))
        except (KeyError, TypeError, AttributeError, InvalidOperation):
            self.damaged += 1
            return
        self.marks[(*where, mark.number)] = mark


class Marks:
    """All graders' marks of one class.

    Attributes:
        graders: their journals, by name.
    """

    def __init__(self, folder: Path) -> None:
        """Read ``marks/``; no folder means no marks.

        Raises:
            OSError: it cannot be read.
        """
        names = sorted(path.stem for path in folder.glob("*.jsonl") if GRADER.fullmatch(path.stem))
        self.graders = {name: Journal(folder, name) for name in names}

    def award(self, exercise: str, item: str, key: WrittenKey, number: str, text: str) -> tuple[Award | None, str]:
        """What a text gets, if it has been graded; and why what was said of it does not count, if it does not."""
        given, stale = [], ""
        for journal in self.graders.values():
            mark = journal.marks.get((exercise, item, number))
            if mark is None or not mark.points:
                continue
            why = doubt(mark, key, text)
            if why:
                stale = stale or why
            else:
                given.append(mark)
        if not given:
            return None, stale
        lines = {
            line.id: Fraction(sum((Fraction(mark.points[line.id]) for mark in given), Fraction(0)), len(given))
            for line in key.rubric
        }
        comments = tuple(dict.fromkeys(text for mark in given for text in mark.comments))
        totals = tuple(sum(mark.points.values(), Decimal(0)) for mark in given)
        shares = {name: rounded(points) for name, points in lines.items()}
        return Award(rounded(sum(lines.values(), Fraction(0))), shares, comments, totals), stale


def doubt(mark: Mark, key: WrittenKey, text: str) -> str:
    """Why a mark does not count (yet), in words that follow "its mark"; empty if it does."""
    if mark.answer != fingerprint(text):
        return "was given to an earlier text of this answer"
    most = {line.id: line.points for line in key.rubric}
    if any(name not in most or not 0 <= points <= most[name] for name, points in mark.points.items()):
        return "was given by an earlier rubric"
    missing = [name for name in most if name not in mark.points]
    return f"lacks points for {', '.join(missing)}" if missing else ""


@dataclass(frozen=True)
class Agreement:
    """How far two graders agree on the answers that both graded.

    Attributes:
        answers: how many both graded.
        exact: the share with the same total, 0 to 1.
        difference: mean absolute difference of the totals, in points.
        apart: exam numbers on which they differ most, with both totals, the widest first; at most :data:`MOST_APART`.
        kappa: Cohen's kappa with quadratic weights on the totals, in quarters of a point (Cohen, *Psychological Bulletin* 70
            (1968) 213): 1 is full agreement, 0 what chance would give. ``None`` where both gave all answers one mark.
    """

    first: str
    second: str
    answers: int
    exact: float
    difference: float
    apart: tuple[tuple[str, Decimal, Decimal], ...]
    kappa: float | None


def agreement(first: Journal, second: Journal, exercise: str, item: str) -> Agreement | None:
    """Compare two graders on one question; ``None`` if no answer was graded by both."""
    pairs: list[tuple[Decimal, Decimal]] = []
    apart: list[tuple[str, Decimal, Decimal]] = []
    for where, mark in first.marks.items():
        other = second.marks.get(where)
        if where[:2] != (exercise, item) or other is None or mark.answer != other.answer:
            continue
        if mark.points and mark.points.keys() == other.points.keys():
            one, two = sum(mark.points.values(), Decimal(0)), sum(other.points.values(), Decimal(0))
            pairs.append((one, two))
            apart += [(where[2], one, two)] if one != two else []
    if not pairs:
        return None
    count = len(pairs)
    exact = sum(one == two for one, two in pairs) / count
    difference = float(sum((abs(one - two) for one, two in pairs), Decimal(0))) / count
    apart.sort(key=lambda line: (-abs(line[1] - line[2]), line[0]))
    widest = tuple(apart[:MOST_APART])
    return Agreement(first.grader, second.grader, count, exact, difference, widest, _kappa(pairs))


def _kappa(pairs: list[tuple[Decimal, Decimal]]) -> float | None:
    seen = sum(float(one - two) ** 2 for one, two in pairs) / len(pairs)
    chance = sum(float(one - two) ** 2 for one, _ in pairs for _, two in pairs) / len(pairs) ** 2
    return None if chance == 0 else 1 - seen / chance


def _last(handle: int, size: int) -> bytes:
    os.lseek(handle, size - 1, os.SEEK_SET)
    return os.read(handle, 1)


def _lines(path: Path) -> Iterator[Any]:
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return
    for line in raw.split(b"\n"):
        if line.strip():
            try:
                yield parse(line)
            except NotJsonError:
                yield None
