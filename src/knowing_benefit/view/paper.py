"""The drawn questions of one exam number, made again for the instructor, with the key that is worked out for them."""

from __future__ import annotations

import textwrap
from typing import Any

from knowing_benefit.assess import variants
from knowing_benefit.assess.answers import number_fault
from knowing_benefit.assess.items import load_exercise
from knowing_benefit.assess.kinds import Drawn
from knowing_benefit.law.library import Library
from knowing_benefit.law.source import CourseError, Fault, nearest
from knowing_benefit.view.exercise import asking


def papers(library: Library, number: str, exercise: str | None = None) -> list[dict[str, Any]]:
    """Every drawn question of the graded exercises, or of one, in the form that an exam number draws.

    Raises:
        CourseError: no exam number, no such exercise, or a fault in a file.
    """
    number = number.strip().upper()
    fault = number_fault(number)
    if fault:
        raise CourseError(Fault("", 0, fault))
    folder = library.root / "exercises"
    known = sorted(path.stem for path in folder.glob("*.yaml"))
    if exercise is not None and exercise not in known:
        mend = nearest(exercise, known) or f"There are: {', '.join(known)}."
        raise CourseError(Fault("exercises", 0, f"there is no {exercise!r} here", mend))
    value = variants.draw_value(library.root)
    return [
        _one(library, found.id, item, number, value)
        for name in ([exercise] if exercise else known)
        for found in [load_exercise(folder / f"{name}.yaml")]
        for item in found.items
        if isinstance(item, Drawn)
    ]


def _one(library: Library, exercise: str, item: Drawn, number: str, value: str) -> dict[str, Any]:
    drawing = variants.drawing(library, item, variants.form_of(library, exercise, item, number, value))
    question = asking(item.ask, library)
    words = {option["id"]: option["text"] for option in question["options"]}
    decided = {
        branch.title: {"result": answer.result, "why": answer.why}
        for branch in library.branches
        for answer in [drawing.elements[branch.id]]
        if item.ask in ("outcome", branch.id)
    }
    return {
        "number": number,
        "exercise": exercise,
        "question": item.id,
        "form": drawing.form.id,
        "forms": variants.count(library, item),
        "hypothetical": drawing.case.title,
        "turned": list(drawing.turned),
        "kept": list(drawing.kept),
        "reading": drawing.reading.title,
        "asks": question["text"],
        "answer": words[drawing.form.answer],
        "elements": decided,
    }


def as_text(found: list[dict[str, Any]]) -> str:
    """Papers for a terminal."""
    if not found:
        return "No question here is drawn."
    lines = [f"Exam number {found[0]['number']}"]
    for one in found:
        lines += [
            "",
            f"{one['exercise']} {one['question']}: {one['hypothetical']} (form {one['form']}, of {one['forms']})",
            *(line for fact in one["turned"] for line in _wrapped(f"Otherwise: {fact}")),
            *_wrapped(f"{one['reading']}. {one['asks']}"),
            *_wrapped(f"Key: {one['answer']}."),
            *(
                line
                for title, of in one["elements"].items()
                for line in _wrapped(f"{title}, {of['result']}: {of['why']}")
            ),
        ]
    return "\n".join(lines)


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, 96, initial_indent="  ", subsequent_indent="    ")
