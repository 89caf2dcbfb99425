"""Grading again: exactly whose points changed, from what to what, on which question and why.

Each run leaves ``results.jsonl`` in its output folder: a first line with the keys that it used, then a line for each exam number
with the points for every question and a digest of the answer. The next run into that folder (or with ``--since`` another) is
compared with it, and ``changes.csv`` says, for each question whose points differ, which of these it was:

- a part of the key: ``answer``, ``accept`` and so on, by the names of its fields (reasons and model answers earn nothing
  and are not named); what the question is worth; the rubric;
- the student's answer, if another file counts now;
- a grader's mark, for a written answer;
- what is right, where it is worked out from the law's data or from the forms that a reader of citations knows.

A run that changes nothing leaves ``changes.csv`` as it is: it still tells of the last correction.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from knowing_benefit.assess import csvsafe
from knowing_benefit.assess.items import Exercise
from knowing_benefit.assess.kinds import Key
from knowing_benefit.assess.strictjson import canonical
from knowing_benefit.law.source import CourseError, Fault, shown, write_atomic, written_atomic

Line = dict[str, dict[str, tuple[str | None, str]]]
"""Exercise, then item, to points (``None``: waiting) and a digest of the answer (empty: blank)."""

_FORMAT = "knowing-benefit results"
_NOT_SCORED = ("reasons", "model", "reveal")


@dataclass
class Results:
    """What one run found.

    Attributes:
        keys: :func:`snapshot` of the keys it used.
        lines: by exam number, as they stand in the file: a fifth of the memory that they take unpacked.
    """

    keys: dict[str, Any]
    lines: dict[str, bytes] = field(default_factory=dict)

    def add(self, number: str, line: Line) -> None:
        """Take in a student."""
        self.lines[number] = _packed({"number": number, "items": line})

    def of(self, number: str) -> Line | None:
        """What a student earned; ``None`` if there is no such number."""
        return _items(json.loads(self.lines[number])) if number in self.lines else None

    def save(self, out: Path) -> None:
        """Write ``results.jsonl``."""
        with written_atomic(out / "results.jsonl") as stream:
            stream.write(_packed({"format": _FORMAT, "version": 1, "keys": self.keys}))
            stream.writelines(self.lines.values())


def snapshot(keyed: Mapping[str, tuple[Exercise, Mapping[str, Key]]]) -> dict[str, Any]:
    """What of keys and questions bears on points, as JSON data."""
    return {
        name: {
            item.id: {
                "points": item.points,
                "key": keys[item.id].model_dump(mode="json", exclude=set(_NOT_SCORED)),
            }
            for item in exercise.items
        }
        for name, (exercise, keys) in keyed.items()
    }


def load(out: Path) -> Results | None:
    """The results of an earlier run; ``None`` if there are none.

    Raises:
        CourseError: the file is not what a run leaves.
    """
    path = out / "results.jsonl"
    try:
        with path.open("rb") as lines:
            head = json.loads(next(lines, b"{}"))
            if head.get("format") != _FORMAT or head.get("version") != 1:
                raise ValueError
            found = Results(dict(head["keys"]))
            for raw in lines:
                data = json.loads(raw)
                found.add(str(data["number"]), _items(data))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError, AttributeError):
        what = "this is not what an earlier run of course grade left"
        raise CourseError(
            Fault(shown(path), 0, what, "Delete it; then nothing is compared with the earlier run.")
        ) from None
    return found


def _items(data: Any) -> Line:
    return {
        exercise: {item: (points, digest) for item, (points, digest) in items.items()}
        for exercise, items in data["items"].items()
    }


def write(out: Path, earlier: Results | None, now: Results) -> int | None:
    """Write ``changes.csv``, if there is something to tell.

    Returns:
        How many students' points changed; ``None`` if there is nothing to compare with.
    """
    if earlier is None:
        return None
    rows = list(_rows(earlier, now))
    if rows:
        head = ["exam number", "exercise", "question", "points before", "points now", "why"]
        write_atomic(out / "changes.csv", csvsafe.document([head, *rows]))
    return len({row[0] for row in rows})


def _rows(earlier: Results, now: Results) -> Iterator[list[str]]:
    for number in sorted(earlier.lines.keys() | now.lines.keys()):
        before, after = earlier.of(number), now.of(number)
        if before is None or after is None:
            why = "was not graded before" if before is None else "is not graded any more"
            yield [number, "", "", _all_points(before), _all_points(after), f"This exam number {why}."]
            continue
        for exercise in sorted(before.keys() & after.keys()):
            for item in [*after[exercise], *(old for old in before[exercise] if old not in after[exercise])]:
                was, had = before[exercise].get(item, (None, ""))
                points, has = after[exercise].get(item, (None, ""))
                if was != points or (item in before[exercise]) != (item in after[exercise]):
                    why = _why(earlier.keys.get(exercise, {}).get(item), now.keys.get(exercise, {}).get(item), had, has)
                    yield [number, exercise, item, was or "", points or "", why]


def _why(old: Any, new: Any, had: str, has: str) -> str:
    if old is None or new is None:
        return "The question is new." if old is None else "The question is gone."
    reasons = []
    parts = [
        name for name in sorted(old["key"].keys() | new["key"].keys()) if old["key"].get(name) != new["key"].get(name)
    ]
    reasons += [
        f"The key's {name} changed: {_short(old['key'].get(name))} to {_short(new['key'].get(name))}." for name in parts
    ]
    if old["points"] != new["points"]:
        reasons.append(f"The question was worth {old['points']} points and is worth {new['points']}.")
    if had != has:
        reasons.append("Another answer of the student counts.")
    if not reasons:
        return "A grader's mark changed." if "rubric" in new["key"] else "What is right was worked out anew."
    return " ".join(reasons)


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 120 else f"{text[:117]}…"


def _all_points(line: Line | None) -> str:
    if line is None:
        return ""
    total = sum((Decimal(points) for items in line.values() for points, _ in items.values() if points), Decimal("0.00"))
    return str(total)


def _packed(data: Any) -> bytes:
    return canonical(data) + b"\n"
