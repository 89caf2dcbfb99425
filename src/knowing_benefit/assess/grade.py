"""What was handed in, into a score sheet. Reads data; runs no notebook and nothing that a student wrote.

Into the output folder go:

``scores.csv``
    one line for each exam number: points for each question, the total, how many were left blank, how many points still
    wait for a person, and whether it was late.
``written.csv`` and ``written/``
    the written answers, question by question, with their rubric; the second for ``course desk``.
``report.txt``
    every file that could not be graded, with why and what to do, and whatever was odd in those that were.
``results.jsonl``
    what each question earned and the key by which it did, for :mod:`knowing_benefit.assess.changes` when the class is graded
    again.
``changes.csv``
    when it is graded again: whose points changed, from what to what, on which question and why.

Only exam numbers stand in them. The same input gives the same bytes. Whatever a student's file holds, nothing in these files is a
formula to a spreadsheet. Students are graded one at a time, in the order of their numbers, and forgotten: memory does not
grow with their answers.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

from filelock import FileLock, Timeout

from knowing_benefit.assess import changes, csvsafe
from knowing_benefit.assess.collect import Collected, HandedIn, Inbox, Keep, Notice, collect
from knowing_benefit.assess.handin import HandedSheet, HandIn, UnusableError
from knowing_benefit.assess.items import Exercise, load_exercise, load_key
from knowing_benefit.assess.kinds import DrawnKey, Item, Key, Value, WrittenKey, blank
from knowing_benefit.assess.marks import Award, Marks, fingerprint
from knowing_benefit.assess.scoring import score
from knowing_benefit.law.source import CourseError, Fault, nearest, shown, write_atomic, written_atomic


@dataclass
class Report:
    """How grading went.

    Attributes:
        out: where the files are.
        graded: how many exam numbers are in the score sheet.
        waiting: how many written answers wait for a person.
        late: how many of the graded were late.
        bad: files that were not graded.
        odd: what was noticed in files that were.
        counting: the files that count, as reports name them.
        changed: how many students' points changed since the class was last graded; ``None`` where it was not.
        left: nothing could be graded, and the results of an earlier run were left as they were.
        more: lines from whoever made further files of the results.
    """

    out: Path
    graded: int = 0
    waiting: int = 0
    late: int = 0
    bad: list[Notice] = field(default_factory=list)
    odd: list[Notice] = field(default_factory=list)
    counting: list[str] = field(default_factory=list)
    changed: int | None = None
    left: bool = False
    more: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        wait = "1 written answer waits" if self.waiting == 1 else f"{self.waiting} written answers wait"
        bad = "1 file" if len(self.bad) == 1 else f"{len(self.bad)} files"
        head = f"{self.graded} graded, {wait} for a person, {bad} not graded."
        if not self.graded:
            only = "the one file that was given cannot be graded" if len(self.bad) == 1 else f"none of {bad} can be"
            head = f"Nothing was graded: {only}."
            head += " What was graded here before is as it was." if self.left else ""
        lines = [head]
        if self.late:
            lines.append(f"{self.late} late; they are graded like the others, and marked.")
        if self.changed:
            who = "1 student's points" if self.changed == 1 else f"{self.changed} students' points"
            lines.append(f"{who} changed since this was last graded: see changes.csv.")
        lines += self.more
        lines += [f"Not graded. {notice}" for notice in self.bad]
        lines += [f"Note. {notice}" for notice in self.odd]
        return "\n".join(lines)


@dataclass(frozen=True)
class Keyed:
    """An exercise with its keys, by the item's id."""

    exercise: Exercise
    keys: Mapping[str, Key]


@dataclass(frozen=True)
class ItemResult:
    """What became of one question.

    Attributes:
        value: the answer; ``None`` if there is none, or none that fits the question.
        points: ``None`` while a person has to say.
        award: what people gave, where they had to.
    """

    item: Item
    key: Key
    value: Value
    points: Decimal | None
    award: Award | None = None


@dataclass(frozen=True)
class SheetResult:
    """What became of one exercise, questions in order.

    Attributes:
        times: when each answer was given, by the item's id, where the exercise asks for times; as the student's computer said.
    """

    exercise: Exercise
    results: tuple[ItemResult, ...]
    times: Mapping[str, str] = field(default_factory=dict)

    @property
    def total(self) -> Decimal:
        """The points that are certain."""
        return sum((one.points for one in self.results if one.points is not None), Decimal("0.00"))

    @property
    def blanks(self) -> int:
        """How many questions were left blank."""
        return sum(one.value is None for one in self.results)

    @property
    def waiting(self) -> int:
        """How many points wait for a person."""
        return sum(one.item.points for one in self.results if one.points is None)


@dataclass(frozen=True)
class Graded:
    """One student, graded."""

    number: str
    handed: HandedIn
    sheets: tuple[SheetResult, ...]


KeysFor = Callable[[Keyed, str], Mapping[str, Key]]
"""The keys to an exercise for an exam number."""

Listener = Callable[[Graded], None]
"""Called with each student, in the order of exam numbers."""


def grade(
    submissions: Iterable[Path],
    keyed: Mapping[str, Keyed],
    out: Path,
    tell: Callable[[str], None] = lambda _: None,
    *,
    keep: Keep = "last",
    late: str | None = None,
    since: Path | None = None,
    keys_for: KeysFor = lambda one, _: one.keys,
    listeners: Sequence[Listener] = (),
    finish: Callable[[Report, Collected], None] = lambda *_: None,
) -> Report:
    """Grade what was handed in.

    Args:
        submissions: files, archives, and folders to search for both; links are never followed.
        keyed: the exercises to grade and their keys (:func:`load_keyed`).
        out: the folder for the results, made if it is not there; marks that people gave are in its ``marks/``.
        tell: called with a line of progress now and then.
        keep: which file counts where a student handed in several (:mod:`knowing_benefit.assess.collect`).
        late: the last moment to hand in.
        since: the output folder of an earlier run to compare with; ``out`` itself if not given.
        keys_for: the keys for one exam number, where questions are drawn (:mod:`knowing_benefit.assess.variants`).
        listeners: called with each student; what they write is theirs.
        finish: called when all are graded, before the report is written; adds to it.

    Returns:
        The report, which is also written to ``report.txt``; that file alone if nothing can be graded, so that a wrong folder does
        not empty the results of an earlier run.

    Raises:
        CourseError: no such file or folder, nothing in it, or another run at work in ``out``.
        OSError: ``out`` cannot be written.
    """
    given = list(submissions)
    collected = collect(given, keep, late, tell)
    if not collected.counting and not collected.bad:
        mend = "A hand-in is a file like G1042.json. Give the folder or the zip that holds them."
        raise CourseError(Fault(" ".join(shown(path) for path in given), 0, "there is no hand-in here", mend))
    report = Report(out)
    out.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(out / ".grading.lock", timeout=0):
            _tidy(out)
            report.bad, report.odd = collected.bad, collected.odd
            if collected.counting:
                earlier = changes.load(since or out)
                _all(collected, keyed, keys_for, report, earlier, listeners, tell)
                finish(report, collected)
            else:
                report.left = (out / "scores.csv").exists()
            report.bad.sort(key=str)
            report.odd.sort(key=str)
            write_atomic(out / "report.txt", f"{report}\n")
    except Timeout:
        what = "another run of course grade is at work here"
        raise CourseError(Fault(shown(out), 0, what, "Wait for it, or stop it first.")) from None
    return report


def load_keyed(exercises: Path, only: Collection[str] = ()) -> dict[str, Keyed]:
    """The graded exercises and their keys, by id.

    Args:
        exercises: the folder with the exercises and their ``keys/``.
        only: ids of those to read; all if empty.

    Raises:
        CourseError: no keys, no such exercise, or a fault in an exercise or key.
    """
    folder = exercises / "keys"
    paths = sorted(folder.glob("*.yaml"))
    if not paths:
        mend = "Grade in the instructor's copy of the course; a student's copy has no keys."
        raise CourseError(Fault(shown(folder), 0, "there are no keys here", mend))
    known = [path.stem for path in paths]
    faults = [
        Fault(
            "--exercise", 0, f"there is no exercise {name!r}", nearest(name, known) or f"There are: {', '.join(known)}."
        )
        for name in only
        if name not in known
    ]
    found: dict[str, Keyed] = {}
    for path in paths:
        if only and path.stem not in only:
            continue
        try:
            exercise = load_exercise(exercises / path.name)
            found[exercise.id] = Keyed(exercise, load_key(path, exercise))
        except CourseError as problem:
            faults += problem.faults
    if faults:
        raise CourseError(faults)
    return found


def _tidy(out: Path) -> None:
    """Take away what a killed run left half-written."""
    for folder in (out, out / "written", out / "feedback", out / "analysis", out / "upload"):
        for left in folder.glob(".*.tmp"):
            left.unlink(missing_ok=True)


def _all(
    collected: Collected,
    keyed: Mapping[str, Keyed],
    keys_for: KeysFor,
    report: Report,
    earlier: changes.Results | None,
    listeners: Sequence[Listener],
    tell: Callable[[str], None],
) -> None:
    marks = Marks(report.out / "marks")
    numbers = sorted(collected.counting)
    kept = changes.Results(changes.snapshot({name: (one.exercise, one.keys) for name, one in keyed.items()}))
    with ExitStack() as files, Inbox() as inbox:
        scores = files.enter_context(written_atomic(report.out / "scores.csv"))
        scores.write(csvsafe.document([_header(keyed)]))
        written = {
            (name, item.id): _Written(files, report.out / "written", one, item, key)
            for name, one in keyed.items()
            for item in one.exercise.items
            if isinstance(key := one.keys[item.id], WrittenKey)
        }
        for place, number in enumerate(numbers):
            if place % 100 == 0:
                tell(f"{place} of {len(numbers)} graded")
            one = collected.counting[number]
            try:
                handed = inbox.handed(one.place)
                if handed.number != number:
                    raise UnusableError("It changed while the class was being graded.", "Grade again.")
            except UnusableError as problem:
                report.bad.append(Notice(one.place.shown, problem.why, problem.mend))
                continue
            own = {name: Keyed(known.exercise, keys_for(known, number)) for name, known in keyed.items()}
            graded = _student(one, handed, own, marks, report)
            scores.write(csvsafe.row(_row(graded)))
            for sheet in graded.sheets:
                for result in sheet.results:
                    if isinstance(result.key, WrittenKey) and result.value is not None:
                        written[sheet.exercise.id, result.item.id].add(number, result)
            kept.add(number, _line(graded))
            report.counting.append(one.place.shown)
            report.graded += 1
            report.late += one.late is True
            report.waiting += sum(result.points is None for sheet in graded.sheets for result in sheet.results)
            for listener in listeners:
                listener(graded)
    columns = ["exercise", "question", "exam number", "points possible", "points", "answer", "rubric"]
    with written_atomic(report.out / "written.csv") as sheet_file:
        sheet_file.write(csvsafe.document([columns]))
        for rows in written.values():
            rows.append_to(sheet_file)
    report.changed = changes.write(report.out, earlier, kept)
    # Last of all: until it is there, the next run compares with the run before this one.
    kept.save(report.out)


class _Written:
    """The written answers to one question: as lines for ``course desk``, and as rows for the score sheet."""

    def __init__(self, files: ExitStack, folder: Path, one: Keyed, item: Item, key: WrittenKey) -> None:
        self.exercise, self.item = one.exercise.id, item
        self.rubric = "\n".join(f"{line.id} ({line.points}): {line.text}" for line in key.rubric)
        self.path = folder / f"{self.exercise}.{item.id}.jsonl"
        self.stream = files.enter_context(written_atomic(self.path))
        head = {
            "format": "knowing-benefit written answers",
            "exercise": self.exercise,
            "title": one.exercise.title,
            "item": item.id,
            "place": [question.id for question in one.exercise.items].index(item.id) + 1,
            "points": item.points,
            "stem": item.stem,
            "words": getattr(item, "words", None),
            "rubric": [{"id": line.id, "points": line.points, "text": line.text} for line in key.rubric],
            "model": key.model,
        }
        self._line(head)

    def add(self, number: str, result: ItemResult) -> None:
        self._line({"number": number, "text": result.value})

    def _line(self, data: dict[str, Any]) -> None:
        self.stream.write(json.dumps(data, ensure_ascii=False).encode("utf-8", "replace") + b"\n")

    def append_to(self, sheet: BinaryIO) -> None:
        """Rows for ``written.csv``, read back from the file that is by now complete."""
        with self.path.open("rb") as lines:
            next(lines)
            for line in lines:
                data = json.loads(line)
                points = str(self.item.points)
                row = [self.exercise, self.item.id, data["number"], points, "", data["text"], self.rubric]
                sheet.write(csvsafe.row(row))


def _student(one: HandedIn, handed: HandIn, keyed: Mapping[str, Keyed], marks: Marks, report: Report) -> Graded:
    sheets = {sheet.exercise: sheet for sheet in handed.sheets}
    for unknown in sorted(sheets.keys() - keyed.keys()):
        what = f"It answers {unknown}, for which there is no key here; not graded."
        report.odd.append(Notice(one.number, what))
    results = tuple(_sheet(one.number, exercise, sheets.get(name), marks, report) for name, exercise in keyed.items())
    return Graded(one.number, one, results)


def _sheet(number: str, one: Keyed, sheet: HandedSheet | None, marks: Marks, report: Report) -> SheetResult:
    exercise = one.exercise
    given = dict(sheet.items) if sheet else {}
    if sheet and sheet.exercise_version != exercise.version:
        what = f"{exercise.id} was answered in version {sheet.exercise_version}, and the key is for version {exercise.version}."
        report.odd.append(Notice(number, what, "Graded by the key; look at the questions that changed."))
    results = []
    for item in exercise.items:
        value: Value = given.pop(item.id, None)
        if blank(value):
            value = None
        misfit = None if value is None else item.misfit(value)
        if misfit:
            report.odd.append(Notice(number, f"The answer to {exercise.id} {item.id} {misfit}; counted as blank."))
            value = None
        key = one.keys[item.id]
        if isinstance(key, DrawnKey) and isinstance(value, dict) and value["form"] != key.form:
            what = f"It answers {exercise.id} {item.id} for another form than this exam number draws; no points for it."
            report.odd.append(Notice(number, what, "Was it answered under another number?"))
        points = score(item, key, value)
        award = None
        if isinstance(key, WrittenKey) and isinstance(value, str):
            award, doubt = marks.award(exercise.id, item.id, key, number, value)
            points = award.points if award else None
            if doubt:
                what = f"On {exercise.id} {item.id}, its mark {doubt}; the answer waits."
                report.odd.append(Notice(number, what, "Look at it again: course desk."))
        results.append(ItemResult(item, key, value, points, award))
    if given:
        names = ", ".join(sorted(given))[:200]
        report.odd.append(Notice(number, f"It answers questions that {exercise.id} does not have: {names}."))
    return SheetResult(exercise, tuple(results), sheet.times if sheet else {})


def _header(keyed: Mapping[str, Keyed]) -> list[str]:
    header = ["exam number"]
    for name, one in keyed.items():
        header += [f"{name} {item.id} ({item.points})" for item in one.exercise.items]
        header += [f"{name} total", f"{name} blank", f"{name} points waiting", f"{name} points possible"]
    return [*header, "late"]


def _row(graded: Graded) -> list[str]:
    """One student's cells. A cell is empty where a person has to say."""
    cells = [graded.number]
    for sheet in graded.sheets:
        cells += ["" if result.points is None else str(result.points) for result in sheet.results]
        cells += [f"{sheet.total:.2f}", str(sheet.blanks), str(sheet.waiting), str(sheet.exercise.points)]
    return [*cells, {True: "yes", False: "no", None: ""}[graded.handed.late]]


def _line(graded: Graded) -> changes.Line:
    return {
        sheet.exercise.id: {
            result.item.id: (
                None if result.points is None else str(result.points),
                "" if result.value is None else _value_digest(result.value),
            )
            for result in sheet.results
        }
        for sheet in graded.sheets
    }


def _value_digest(value: Value) -> str:
    if isinstance(value, str):
        return fingerprint(value)[:12]
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode("utf-8", "replace")).hexdigest()[:12]
