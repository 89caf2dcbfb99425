"""An analysis in words: what ``course analyze`` prints and what a lab says where it cannot be drawn."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from knowing_benefit.law.analysis import OUTCOMES, Table, partings, table, turning_points
from knowing_benefit.law.hypotheticals import Hypothetical
from knowing_benefit.law.library import Library
from knowing_benefit.law.logic import Truth
from knowing_benefit.law.readings import Answer, Reading
from knowing_benefit.law.source import CourseError, Fault, nearest
from knowing_benefit.view.face import badge

_WIDTH = 88
VALUE = {"yes": "Yes", "no": "No", "unknown": "Not pleaded"}
"""What a fact's value is called in front of readers."""

SENTENCE = {
    "survives": "The claim survives the motion to dismiss.",
    "dismissed": "Dismissed: the complaint does not state a claim.",
    "barred by section 230": "Dismissed: section 230 bars the claim.",
    "open": "Open: this reading does not settle it.",
}
"""What each outcome is called in front of readers."""


def varied(opened: Library, name: str, changes: Sequence[str], on: str | None) -> Hypothetical:
    """A hypothetical with some facts changed, and perhaps on another day's law.

    Args:
        changes: each ``fact=yes``, ``fact=no`` or ``fact=unknown``.
        on: an ISO date, or None for the story's own.

    Raises:
        CourseError: a change that is not of this form, or names no fact; a date that is none.
    """
    case = opened.hypothetical(name)
    facts = dict(case.facts)
    for change in changes:
        fact, _, value = change.partition("=")
        if fact not in opened.facts:
            raise CourseError(Fault("--set", 1, f"there is no fact {fact!r}", nearest(fact, opened.facts)))
        if value not in VALUE:
            raise CourseError(Fault("--set", 1, f"{change!r} gives no value", f"Write {fact}=yes, {fact}=no or {fact}=unknown."))
        facts[fact] = value  # type: ignore[assignment]
    # A switch starts where the facts now stand: its other position is still the other one.
    switches = [
        switch.model_copy(update={"positions": sorted(switch.positions, key=lambda p: p != facts.get(switch.fact, "unknown"))})
        for switch in case.switches
        if facts.get(switch.fact, "unknown") in switch.positions
    ]
    return case.model_copy(update={"facts": facts, "switches": switches, "on": _day(on) if on else case.on})


def _day(text: str) -> str:
    from datetime import date

    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise CourseError(Fault("--on", 1, f"{text!r} is not a date", "Write it as YYYY-MM-DD, e.g. 2019-06-30.")) from None


def memo(opened: Library, case: Hypothetical, readings: Sequence[Reading]) -> str:
    """The analysis of a case under some readings, as plain text for a terminal."""
    return "\n".join(lines(opened, table(opened, case, readings)))


def said(opened: Library, case: Hypothetical, fact: str, value: Truth) -> str:
    """A fact's sentence, begun as the case demands: a real complaint's facts are never more than pleaded."""
    sentence = opened.facts[fact].sentence(value)
    return f"As pleaded, {sentence}" if case.as_pleaded else sentence[:1].upper() + sentence[1:]


def pleaded(opened: Library, found: Table) -> list[str]:
    """Each switch as the story has it, in a sentence."""
    case = found.hypothetical
    return [
        f"{switch.label} {VALUE[switch.positions[0]]}. {said(opened, case, switch.fact, switch.positions[0])}"
        for switch in case.switches
    ]


def word(given: Answer) -> str:
    """A result with its mark."""
    return {"met": "● Met", "not met": "✕ Not met", "open": "○ Open"}[given.result]


def source(opened: Library, given: Answer) -> str:
    """The authority for an answer, with its badge."""
    if given.authority is None or given.status is None:
        return ""
    pin = given.pin if not given.pin or given.pin.startswith("(") else f", {given.pin}"
    return f"[{opened.named(given.authority).short}{pin or ''}; {badge(given.status)}]"


def lines(opened: Library, found: Table) -> list[str]:
    """The lines of a memo: the story, what is pleaded, the results, then each reading with reasons and turning points."""
    case = found.hypothetical
    out = [case.title, "=" * len(case.title), ""]
    for text in case.story.split("\n\n"):
        out += [*textwrap.wrap(text, _WIDTH), ""]
    out.append("As the story has it:")
    for sentence in pleaded(opened, found):
        out += textwrap.wrap(sentence, _WIDTH, initial_indent="  - ", subsequent_indent="    ")
    out += ["", "Results at a motion to dismiss:"]
    for result, readings in partings(found):
        names = "; ".join(reading.short for reading in readings)
        out += textwrap.wrap(f"{SENTENCE[result]} Under: {names}.", _WIDTH, initial_indent="  - ", subsequent_indent="    ")
    for entry in found.readings.values():
        reading = entry.reading
        out += ["", f"{reading.title} ({badge(reading.status)})", f"  {SENTENCE[OUTCOMES[entry.outcomes[0]]]}"]
        for branch in opened.branches:
            given = entry.columns[branch.id].at(0)
            text = f"{branch.title}: {word(given)}. {given.why} {source(opened, given)}".rstrip()
            out += textwrap.wrap(text, _WIDTH, initial_indent="  - ", subsequent_indent="    ")
        points = turning_points(entry.outcomes, 0)
        out.append("  Turning points:" if points else "  Turning points: none; no change of these facts changes the result.")
        for numbers, result in points:
            turned = " ".join(f"{case.switches[n].label} {VALUE[case.switches[n].positions[1]]}." for n in numbers)
            out += textwrap.wrap(f"{turned} Then: {SENTENCE[result]}", _WIDTH, initial_indent="  - ", subsequent_indent="    ")
    return out
