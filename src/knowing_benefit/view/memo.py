"""An analysis in words: what ``course analyze`` prints and what a lab says where it cannot be drawn."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from knowing_benefit.law.analysis import OUTCOMES, ReadingTable, Table, partings, table, turning_points, weights
from knowing_benefit.law.dates import PartialDate
from knowing_benefit.law.hypotheticals import Hypothetical, said
from knowing_benefit.law.library import Library
from knowing_benefit.law.readings import Answer, Reading
from knowing_benefit.law.source import CourseError, Fault, nearest
from knowing_benefit.view.markup import badge

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

_SHORT = {
    "survives": "The claim survives",
    "dismissed": "It is dismissed, for no claim is stated,",
    "barred by section 230": "Section 230 bars it",
    "open": "It is not settled",
}

BAR = {"y": "it bars the claim", "n": "it does not bar the claim", "u": "open"}
"""What a table's codes for section 230 are called."""


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
            mend = nearest(fact, opened.facts) or "The facts are listed in data/facts.yaml."
            raise CourseError(Fault("--set", 0, f"there is no fact {fact!r}", mend))
        if value not in VALUE:
            raise CourseError(
                Fault("--set", 0, f"{change!r} gives no value", f"Write {fact}=yes, {fact}=no or {fact}=unknown.")
            )
        facts[fact] = value  # type: ignore[assignment]
    # A switch starts where the facts now stand: its other position is still the other one.
    switches = [
        switch.model_copy(
            update={"positions": sorted(switch.positions, key=lambda p: p != facts.get(switch.fact, "unknown"))}
        )
        for switch in case.switches
        if facts.get(switch.fact, "unknown") in switch.positions
    ]
    # With a fact changed it is no longer the complaint's story.
    pleaded = case.as_pleaded and facts == case.facts
    return case.model_copy(
        update={"facts": facts, "switches": switches, "as_pleaded": pleaded, "on": _day(on) if on else case.on}
    )


def _day(text: str) -> str:
    from datetime import date

    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise CourseError(
            Fault("--on", 0, f"{text!r} is not a date", "Write it as YYYY-MM-DD, e.g. 2019-06-30.")
        ) from None


def memo(opened: Library, case: Hypothetical, readings: Sequence[Reading]) -> str:
    """The analysis of a case under some readings, as plain text for a terminal."""
    return "\n".join(lines(opened, table(opened, case, readings)))


def pleaded(opened: Library, found: Table) -> list[str]:
    """Each switch as the story has it, in a sentence."""
    case = found.hypothetical
    return [
        f"{switch.label} {VALUE[switch.positions[0]]}. {said(opened.facts, case, switch.fact, switch.positions[0])}"
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
    """A short bench memo: question, short answer, facts, each reading as a tree of reasons, and what would change it."""
    case = found.hypothetical
    claim, defense = opened.trees
    out = [case.title, "=" * len(case.title)]
    out += [
        "",
        "QUESTION",
        *_wrap(f"{claim.question} And if it does: {defense.question[:1].lower()}{defense.question[1:]}"),
    ]
    out += ["", "SHORT ANSWER", *_wrap(_short_answer(found))]
    out += ["", "FACTS", *(line for text in case.story.split("\n\n") for line in _wrap(text)), ""]
    for sentence in pleaded(opened, found):
        out += _wrap(sentence, "  - ")
    for number, entry in enumerate(found.readings.values(), 1):
        out += ["", f"{number}. {entry.reading.title} ({badge(entry.reading.status)})", *_wrap(entry.reading.about)]
        out += _reasons(opened, entry) + _changes(case, entry)
    return [*out, "", "WHAT MATTERS MOST", *_matters(found)]


def _wrap(text: str, lead: str = "") -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent=lead, subsequent_indent=" " * len(lead))


def _short_answer(found: Table) -> str:
    groups = list(partings(found))
    day = PartialDate.parse(found.hypothetical.on).shown()
    parts = [
        f"{_SHORT[result]} under {_series([reading.short for reading in readings])}." for result, readings in groups
    ]
    lead = "The readings part." if len(groups) > 1 else "The readings agree."
    return f"On the law as of {day}: {lead} {' '.join(parts)}"


def _series(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{'; '.join(names[:-1])}; and {names[-1]}"


def _reasons(opened: Library, entry: ReadingTable) -> list[str]:
    """The result, under it the two questions, under each its elements with reason and authority."""
    out = [f"  => {SENTENCE[OUTCOMES[entry.outcomes[0]]]}"]
    for tree in opened.trees:
        bar = f": {BAR[entry.bars[0]]}" if tree.unless else ""
        out.append(f"     {tree.title}{bar}")
        for branch in tree.branches:
            given = entry.columns[branch.id].at(0)
            out += _wrap(f"{branch.title}: {word(given)}. {given.why} {source(opened, given)}".rstrip(), "       - ")
    return out


def _changes(case: Hypothetical, entry: ReadingTable) -> list[str]:
    points = turning_points(entry.outcomes, 0)
    if not points:
        return ["     No change of these facts changes the result."]
    out = ["     What would change it:"]
    for numbers, result in points:
        turned = " ".join(f"{case.switches[n].label} {VALUE[case.switches[n].positions[1]]}." for n in numbers)
        out += _wrap(f"{turned} Then: {SENTENCE[result]}", "       - ")
    return out


def _matters(found: Table) -> list[str]:
    """For each reading the switches that turn the result most often, as a share of all settings of the others."""
    out: list[str] = []
    for entry in found.readings.values():
        ranked = sorted(zip(weights(entry.outcomes), found.hypothetical.switches, strict=True), key=lambda one: -one[0])
        named = [f"{switch.label} ({weight:.0%})" for weight, switch in ranked[:3] if weight]
        out += _wrap(f"{entry.reading.short}: {' '.join(named) if named else 'none of these facts'}", "  - ")
    return [
        *_wrap(
            "The facts that most often turn the result, with the share of all settings in which turning that fact alone does so:"
        ),
        *out,
    ]
