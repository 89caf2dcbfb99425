"""The hypothetical lab: a story, its switches, and what each reading makes of every setting."""

from __future__ import annotations

from typing import Any

import traitlets

from knowing_benefit.law.analysis import OUTCOMES, Table, table, turning_points
from knowing_benefit.law.dates import PartialDate
from knowing_benefit.law.hypotheticals import Hypothetical, said
from knowing_benefit.law.library import Library, library
from knowing_benefit.view.face import Face
from knowing_benefit.view.markup import badge, escape
from knowing_benefit.view.memo import SENTENCE, VALUE, lines, pleaded, source, word


class Lab(Face):
    """A hypothetical under several readings.

    Attributes:
        setting: which switches are turned; bit *k* says that switch *k* is in its second position.
        reading: the id of the reading on show.
    """

    name = "lab"
    parts = ("table.js",)
    state = ("setting", "reading")

    setting = traitlets.Int(0).tag(sync=True)
    reading = traitlets.Unicode().tag(sync=True)

    def __init__(self, opened: Library, found: Table) -> None:
        self._opened = opened
        self._found = found
        super().__init__(data=_packed(opened, found), reading=next(iter(found.readings)))

    def as_text(self) -> str:
        """Every reading on the story as it stands, with its reasons and turning points."""
        return "\n".join(lines(self._opened, self._found))

    def static(self) -> str:
        """The same for readers without scripts: the story, the facts, one table for each reading."""
        case, opened = self._found.hypothetical, self._opened
        parts = [f"<h3>{escape(case.title)}</h3>"]
        parts += [f"<p>{escape(text)}</p>" for text in case.story.split("\n\n")]
        parts.append("<ul>" + "".join(f"<li>{escape(line)}</li>" for line in pleaded(opened, self._found)) + "</ul>")
        for entry in self._found.readings.values():
            rows = "".join(
                f'<tr><th scope="row">{escape(branch.title)}</th><td>{escape(word(given))}</td>'
                f"<td>{escape(given.why)} {escape(source(opened, given))}</td></tr>"
                for branch in opened.branches
                for given in [entry.columns[branch.id].at(0)]
            )
            verdict = SENTENCE[OUTCOMES[entry.outcomes[0]]]
            parts.append(
                f"<details><summary>{escape(entry.reading.title)}: {escape(verdict)}</summary>"
                f"<p>{escape(entry.reading.about)}</p><table>{rows}</table></details>"
            )
        return "".join(parts)

    def at_a_glance(self) -> str:
        """For paper: what each reading makes of each element, in one table, and the smallest changes that turn a result."""
        entries, case = list(self._found.readings.values()), self._found.hypothetical
        heads = "".join(f'<th scope="col">{escape(entry.reading.short)}</th>' for entry in entries)
        rows = "".join(
            f'<tr><th scope="row">{escape(branch.title)}</th>'
            + "".join(f"<td>{escape(word(entry.columns[branch.id].at(0)))}</td>" for entry in entries)
            + "</tr>"
            for branch in self._opened.branches
        )
        turns, never = [], []
        for entry in entries:
            points = turning_points(entry.outcomes, 0)
            fewest = [one for one in points if len(one[0]) == len(points[0][0])]
            told = [
                f"<li>{' '.join(f'{escape(case.switches[n].label)} {VALUE[case.switches[n].positions[1]]}.' for n in numbers)} "
                f"{escape(SENTENCE[result])}</li>"
                for numbers, result in fewest
            ]
            if told:
                turns.append(f"<p><strong>{escape(entry.reading.title)}.</strong></p><ul>{''.join(told)}</ul>")
            else:
                never.append(escape(entry.reading.title))
        if never:
            turns.append(f"<p><strong>No change of these facts changes it:</strong> {'; '.join(never)}.</p>")
        return (
            f'<table class="kb-glance"><caption>On the facts as they stand</caption>'
            f'<thead><tr><th scope="col">Element</th>{heads}</tr></thead><tbody>{rows}</tbody></table>'
            f"<h4>The smallest changes of fact that change the result</h4>{''.join(turns)}"
        )


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
    return {
        "id": case.id,
        "title": case.title,
        "content_note": case.content_note,
        "story": case.story.split("\n\n"),
        "basis": basis(case),
        "hard_for": case.hard_for.model_dump(),
        "switches": [
            {
                "label": switch.label,
                "positions": switch.positions,
                "sentences": [
                    said(opened.facts, case, switch.fact, position, varied=bool(n))
                    for n, position in enumerate(switch.positions)
                ],
            }
            for switch in case.switches
        ],
        **packed_table(opened, found),
    }


def basis(case: Hypothetical) -> str:
    """What a reader may take a story for, and whose day's law applies."""
    known = (
        "These are allegations: as pleaded, not found."
        if case.as_pleaded
        else "An invented case: no such company, person or suit is meant."
    )
    return f"{known} The law as it stood on {PartialDate.parse(case.on).shown()}."


def packed_table(opened: Library, found: Table) -> dict[str, Any]:
    """The whole table as a module looks results up in it: readings, elements, and what their answers rest on."""
    cited = {
        given.authority
        for entry in found.readings.values()
        for column in entry.columns.values()
        for given in column.answers
        if given.authority
    }
    return {
        "badges": {status: badge(status) for status in ("verified", "secondary", "unverified")},
        "trees": [
            {
                "id": tree.id,
                "title": tree.title,
                "elements": [{"id": branch.id, "title": branch.title} for branch in tree.branches],
            }
            for tree in opened.trees
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
                        "answers": [
                            given.model_dump(exclude_none=True, exclude={"waits_for"}) for given in column.answers
                        ],
                    }
                    for element, column in entry.columns.items()
                },
            }
            for entry in found.readings.values()
        ],
        "authorities": {
            name: {"short": one.short, "case": one.is_case} for name in sorted(cited) for one in [opened.named(name)]
        },
    }
