"""The top of a lesson: where answers are kept, and how far the reader is. It also sets the page for reading."""

from __future__ import annotations

from knowing_benefit.assess.items import load_questions
from knowing_benefit.law.library import library
from knowing_benefit.view.answering import AnsweringFace
from knowing_benefit.view.exercise import brief, exercise, practice
from knowing_benefit.view.markup import escape

_INLINE = "Questions in the text"
_SETS = (("exercises/briefs", brief), ("exercises/practice", practice), ("exercises", exercise))


class Begin(AnsweringFace):
    """Progress through a lesson's questions. The counts are not in the page: they are read where the answers are kept."""

    name = "begin"

    def as_text(self) -> str:
        """What there is to answer in this lesson."""
        return "\n".join(
            ["To answer in this lesson:", *(f"  - {one['title']}: {one['count']}" for one in self.data["sets"])]
        )

    def static(self) -> str:
        """The same as a list."""
        rows = "".join(f"<li>{escape(one['title'])}: {one['count']}</li>" for one in self.data["sets"])
        return f'<p class="kb-quiet">To answer in this lesson:</p><ul>{rows}</ul>'


def begin(lesson: str) -> Begin:
    """Progress for one lesson, by its name, e.g. ``01_the_case``.

    Raises:
        CourseError: a fault in one of the lesson's sets of questions.
    """
    opened = library()
    faces = [make(lesson) for folder, make in _SETS if (opened.root / folder / f"{lesson}.yaml").is_file()]
    sets = [
        {"count": len(face.data["items"]), **{name: face.data[name] for name in ("title", "sheet", "version")}}
        for face in faces
    ]
    inline = opened.root / "exercises/inline" / f"{lesson}.yaml"
    if inline.is_file():
        found = load_questions(inline)
        one = {"count": len(found.items), "title": _INLINE, "sheet": f"{lesson}.inline", "version": found.version}
        sets.insert(0, one)
    return Begin(opened.root, {"sets": sets})
