"""The hypothetical lab: a story, its switches, and what each reading makes of every setting."""

from __future__ import annotations

import textwrap
from typing import Any

import traitlets

from knowing_benefit.law.analysis import OUTCOMES, Table, partings, table, turning_points
from knowing_benefit.law.library import Library, library
from knowing_benefit.law.readings import Answer
from knowing_benefit.view.face import Face, badge, escape

_WIDTH = 88
_VALUE = {"yes": "Yes", "no": "No", "unknown": "Not pleaded"}
SENTENCE = {
    "survives": "The claim survives the motion to dismiss.",
    "dismissed": "Dismissed: the complaint does not state a claim.",
    "barred by section 230": "Dismissed: section 230 bars the claim.",
    "open": "Open: this reading does not settle it.",
}
"""What each outcome is called in front of readers."""


class Lab(Face):
    """A hypothetical under several readings.

    Attributes:
        setting: which switches are turned; bit *k* says that switch *k* is in its second position.
        reading: the id of the reading on show.
    """

    name = "lab"
    state = ("setting", "reading")

    setting = traitlets.Int(0).tag(sync=True)
    reading = traitlets.Unicode().tag(sync=True)

    def __init__(self, opened: Library, found: Table) -> None:
        self._opened = opened
        self._found = found
        super().__init__(data=_packed(opened, found), reading=next(iter(found.readings)))

    def as_text(self) -> str:
        """Every reading on the story as it stands, with its reasons and turning points."""
        return "\n".join(_memo(self._opened, self._found))

    def static(self) -> str:
        """The same for readers without scripts: the story, the facts, one table for each reading."""
        case, opened = self._found.hypothetical, self._opened
        parts = [f"<h3>{escape(case.title)}</h3>"]
        parts += [f"<p>{escape(text)}</p>" for text in case.story.split("\n\n")]
        parts.append("<ul>" + "".join(f"<li>{escape(line)}</li>" for line in _pleaded(opened, self._found)) + "</ul>")
        for entry in self._found.readings.values():
            rows = "".join(
                f'<tr><th scope="row">{escape(branch.title)}</th><td>{escape(_word(given))}</td>'
                f"<td>{escape(given.why)} {escape(_source(opened, given))}</td></tr>"
                for branch in opened.branches
                for given in [entry.columns[branch.id].at(0)]
            )
            verdict = SENTENCE[OUTCOMES[entry.outcomes[0]]]
            parts.append(
                f"<details><summary>{escape(entry.reading.title)}: {escape(verdict)}</summary>"
                f"<p>{escape(entry.reading.about)}</p><table>{rows}</table></details>"
            )
        return "".join(parts)


def lab(name: str) -> Lab:
    """The lab for one hypothetical, by its id, under the readings that its file lists.

    Raises:
        CourseError: no such hypothetical, or a fault in its file.
    """
    opened = library()
    case = opened.hypothetical(name)
    return Lab(opened, table(opened, case, [opened.reading(reading) for reading in case.readings]))


def _packed(opened: Library, found: Table) -> dict[str, Any]:
    case = found.hypothetical
    cited = {
        given.authority
        for entry in found.readings.values()
        for column in entry.columns.values()
        for given in column.answers
        if given.authority
    }
    return {
        "id": case.id,
        "title": case.title,
        "content_note": case.content_note,
        "story": case.story.split("\n\n"),
        "basis": (
            "These are allegations: as pleaded, not found."
            if case.as_pleaded
            else "An invented case: no such company, person or suit is meant."
        )
        + f" The law as it stood on {case.on}.",
        "hard_for": case.hard_for.model_dump(),
        "badges": {status: badge(status) for status in ("verified", "secondary", "unverified")},
        "switches": [
            {
                "label": switch.label,
                "positions": switch.positions,
                "sentences": [opened.facts[switch.fact].sentence(position) for position in switch.positions],
            }
            for switch in case.switches
        ],
        "elements": [
            {"id": branch.id, "title": branch.title, "tree": kind}
            for tree, kind in zip(opened.trees, ("claim", "defense"), strict=True)
            for branch in tree.branches
        ],
        "readings": [
            {
                "id": entry.reading.id,
                "title": entry.reading.title,
                "short": entry.reading.short,
                "about": entry.reading.about,
                "status": entry.reading.status,
                "bars": entry.bars,
                "outcomes": entry.outcomes,
                "elements": {
                    element: {
                        "on": column.switches,
                        "cells": column.cells,
                        "answers": [given.model_dump(exclude_none=True, exclude={"waits_for"}) for given in column.answers],
                    }
                    for element, column in entry.columns.items()
                },
            }
            for entry in found.readings.values()
        ],
        "authorities": {name: {"short": opened.named(name).short} for name in sorted(cited)},
    }


def _pleaded(opened: Library, found: Table) -> list[str]:
    return [
        f"{switch.label} {_VALUE[switch.positions[0]]}. {opened.facts[switch.fact].sentence(switch.positions[0])}"
        for switch in found.hypothetical.switches
    ]


def _word(given: Answer) -> str:
    return {"met": "● Met", "not met": "✕ Not met", "open": "○ Open"}[given.result]


def _source(opened: Library, given: Answer) -> str:
    if given.authority is None or given.status is None:
        return ""
    pin = f" {given.pin}" if given.pin else ""
    return f"[{opened.named(given.authority).short}{pin}; {badge(given.status)}]"


def _memo(opened: Library, found: Table) -> list[str]:
    case = found.hypothetical
    lines = [case.title, "=" * len(case.title), ""]
    for text in case.story.split("\n\n"):
        lines += [*textwrap.wrap(text, _WIDTH), ""]
    lines.append("As the story has it:")
    for sentence in _pleaded(opened, found):
        lines += textwrap.wrap(sentence, _WIDTH, initial_indent="  - ", subsequent_indent="    ")
    lines += ["", "Results at a motion to dismiss:"]
    for result, readings in partings(found):
        names = "; ".join(reading.short for reading in readings)
        lines += textwrap.wrap(f"{SENTENCE[result]} So: {names}.", _WIDTH, initial_indent="  - ", subsequent_indent="    ")
    for entry in found.readings.values():
        reading = entry.reading
        lines += ["", f"{reading.title} ({badge(reading.status)})", f"  {SENTENCE[OUTCOMES[entry.outcomes[0]]]}"]
        for branch in opened.branches:
            given = entry.columns[branch.id].at(0)
            text = f"{branch.title}: {_word(given)}. {given.why} {_source(opened, given)}".rstrip()
            lines += textwrap.wrap(text, _WIDTH, initial_indent="  - ", subsequent_indent="    ")
        points = turning_points(entry.outcomes, 0)
        lines.append("  Turning points:" if points else "  Turning points: none; no change of these facts changes the result.")
        for numbers, result in points:
            turned = " ".join(f"{case.switches[n].label} {_VALUE[case.switches[n].positions[1]]}." for n in numbers)
            lines += textwrap.wrap(f"{turned} Then: {SENTENCE[result]}", _WIDTH, initial_indent="  - ", subsequent_indent="    ")
    return lines
