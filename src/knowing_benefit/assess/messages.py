"""What a page may ask of the answer store, and what it hears back. The same for the server and the kernel.

======== ============================================================ =====================================================
``op``   further fields                                               reply
======== ============================================================ =====================================================
save     exercise, exercise_version, item, value, seq, tab, asked,    ``saved``: item, seq, revision (only after fsync)
         timed
load     exercise, exercise_version, seq                              ``sheet``: seq, revision, exercise_version, items,
                                                                      number, draw, notice
number   number, seq                                                  ``numbered``: seq, number (kept for the next time)
hand-in  number, seq                                                  ``handed-in``: seq, file, answered, others (files in
                                                                      that folder under other numbers), delivered (whether
                                                                      the instructor has a copy already, on a JupyterHub)
======== ============================================================ =====================================================

Anything that goes wrong is ``failed``: seq, what, mend. A reply never carries a path that is not below the course folder.
"""

from __future__ import annotations

import getpass
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import pydantic

from knowing_benefit.assess.answers import Answers, AnyValue, NotKeptError, SheetName, Strict
from knowing_benefit.assess.handin import INBOUND, deliver, hand_in
from knowing_benefit.assess.kinds import ItemName
from knowing_benefit.assess.variants import draw_value


class _Message(Strict):
    seq: int = 0


class _Save(_Message):
    op: Literal["save"]
    exercise: SheetName
    exercise_version: int
    item: ItemName
    value: AnyValue
    tab: Annotated[str, pydantic.StringConstraints(max_length=64)] = ""
    asked: Annotated[str, pydantic.StringConstraints(max_length=64)] = ""
    timed: bool = False


class _Load(_Message):
    op: Literal["load"]
    exercise: SheetName
    exercise_version: int


class _HandIn(_Message):
    op: Literal["hand-in"]
    number: Annotated[str, pydantic.StringConstraints(max_length=100)]


class _Number(_Message):
    op: Literal["number"]
    number: Annotated[str, pydantic.StringConstraints(max_length=100)]


_Any = _Save | _Load | _Number | _HandIn
_MESSAGE: pydantic.TypeAdapter[_Any] = pydantic.TypeAdapter(Annotated[_Any, pydantic.Field(discriminator="op")])


def reply(root: Path, message: Any) -> dict[str, Any]:
    """Do what a page asks and say how it went; raises nothing that a page could cause.

    Args:
        root: the course folder.
        message: as received, of any shape.
    """
    seq = message.get("seq") if isinstance(message, dict) and isinstance(message.get("seq"), int) else None
    try:
        asked = _MESSAGE.validate_python(message)
        return {"seq": asked.seq, **_done(root, asked)}
    except NotKeptError as problem:
        return {"op": "failed", "seq": seq, "what": problem.what, "mend": problem.mend}
    except pydantic.ValidationError as problem:
        if any(error["type"] == "string_too_long" and "value" in error["loc"] for error in problem.errors()):
            return {
                "op": "failed",
                "seq": seq,
                "what": "The answer is too long.",
                "mend": "Shorten it; the limit is 20,000 characters.",
            }
        what = "The page asked for something that the course does not understand."
        return {
            "op": "failed",
            "seq": seq,
            "what": what,
            "mend": "Reload the page. If it stays so, open the lesson anew.",
        }


def _done(root: Path, asked: _Any) -> dict[str, Any]:
    answers = Answers(root)
    if isinstance(asked, _HandIn):
        path, count = hand_in(answers, asked.number, [one.stem for one in (root / "exercises").glob("*.yaml")])
        others = sorted(other.name for other in path.parent.glob("*.json") if other != path)
        inbound = os.environ.get(INBOUND, "")
        if inbound:
            deliver(path, Path(inbound), os.environ.get("JUPYTERHUB_USER") or getpass.getuser())
        file = path.relative_to(root).as_posix()
        return {"op": "handed-in", "file": file, "answered": count, "others": others, "delivered": bool(inbound)}
    if isinstance(asked, _Number):
        return {"op": "numbered", "number": answers.keep_number(asked.number)}
    if not _exists(root, asked.exercise):
        raise NotKeptError(
            "This course folder has no such exercise.", "Open the lesson from the folder to which it belongs."
        )
    if isinstance(asked, _Save):
        revision = answers.save(
            asked.exercise,
            asked.item,
            asked.value,
            exercise_version=asked.exercise_version,
            tab=asked.tab,
            seq=asked.seq,
            asked=asked.asked,
            at=datetime.now(UTC).isoformat(timespec="seconds") if asked.timed else "",
        )
        return {"op": "saved", "item": asked.item, "revision": revision}
    sheet, notice = answers.load(asked.exercise, exercise_version=asked.exercise_version)
    return {
        "op": "sheet",
        "revision": sheet.revision,
        "exercise_version": sheet.exercise_version,
        "items": {
            name: {"value": kept.value, "revision": kept.revision, "asked": kept.asked}
            for name, kept in sheet.items.items()
        },
        "number": answers.number(),
        "draw": draw_value(root),
        "notice": notice,
    }


def _exists(root: Path, sheet: str) -> bool:
    name, _, kind = sheet.partition(".")
    folder = {"": ".", "practice": "practice", "inline": "inline", "brief": "briefs"}[kind]
    return (root / "exercises" / folder / f"{name}.yaml").is_file()
