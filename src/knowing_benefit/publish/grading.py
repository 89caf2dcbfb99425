"""Grading a class, from what was handed in to all that an instructor gives back: scores, feedback, analysis, the upload."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path

from knowing_benefit.assess import variants
from knowing_benefit.assess.collect import Collected, Keep
from knowing_benefit.assess.grade import Keyed, Listener, Report, grade, load_keyed
from knowing_benefit.assess.gradebook import Gradebook, load_roster
from knowing_benefit.assess.itemanalysis import Class, table
from knowing_benefit.assess.kinds import Key
from knowing_benefit.law.library import Library
from knowing_benefit.law.source import write_atomic
from knowing_benefit.view import analysis
from knowing_benefit.view.feedback import Pages


def grade_class(
    library: Library,
    submissions: Iterable[Path],
    out: Path,
    tell: Callable[[str], None] = lambda _: None,
    *,
    only: Collection[str] = (),
    keyed: Mapping[str, Keyed] | None = None,
    keep: Keep = "last",
    late: str | None = None,
    since: Path | None = None,
    roster: Path | None = None,
    number_from: str | None = None,
    pages: bool = True,
) -> Report:
    """Grade what was handed in, and write everything that follows from it.

    Args:
        submissions, keep, late, since: as in :func:`knowing_benefit.assess.grade.grade`.
        only: ids of the exercises to grade; all if empty.
        keyed: the exercises and their keys, if they have been read before.
        roster: the system's list of students; then ``upload/`` holds the file to upload and a reconciliation.
        number_from: the roster's column with exam numbers.
        pages: whether to write the pages of feedback.

    Raises:
        CourseError: as ``grade``, or a roster that cannot be used.
        OSError: ``out`` cannot be written.
    """
    keyed = keyed or load_keyed(library.root / "exercises", only)
    exercises = [one.exercise for one in keyed.values()]
    items = Class(keyed)
    listeners: list[Listener] = [items]
    gradebook = Gradebook(load_roster(roster, number_from), exercises) if roster else None
    if gradebook:
        listeners.append(gradebook)
    feedback = Pages(library, out / "feedback", keyed) if pages else None
    if feedback:
        listeners.append(feedback)

    def finish(report: Report, _: Collected) -> None:
        if feedback:
            feedback.sweep()
            tell(f"{feedback.written} pages written, {len(feedback.kept) - feedback.written} left as they were")
            report.more.append(f"Pages of feedback: {len(feedback.kept)}, in feedback/.")
        figures = items.figures()
        packed = json.dumps([one.as_json() for one in figures], ensure_ascii=False, indent=1)
        write_atomic(out / "analysis" / "items.json", packed + "\n")
        write_atomic(out / "analysis" / "items.csv", table(figures))
        write_atomic(out / "analysis" / "items.html", analysis.page(figures))
        report.more.append("How the questions did: analysis/items.html.")
        if gradebook:
            raw, lines = gradebook.write()
            form = gradebook.roster.form
            write_atomic(out / "upload" / f"{form}.csv", raw, private=True)
            write_atomic(out / "upload" / "reconciliation.txt", "\n".join([*lines, ""]))
            report.more.append(f"For the upload: upload/{form}.csv. {lines[-1]} See upload/reconciliation.txt.")

    value = variants.draw_value(library.root)

    def keys_for(one: Keyed, number: str) -> Mapping[str, Key]:
        return variants.keyed(library, one.exercise.id, one.exercise.items, one.keys, number, value)

    return grade(
        submissions,
        keyed,
        out,
        tell,
        keep=keep,
        late=late,
        since=since,
        keys_for=keys_for,
        listeners=listeners,
        finish=finish,
    )
