"""Hypotheticals: a story, its facts, and up to ten switches that a reader may turn."""

from __future__ import annotations

from collections.abc import Mapping

import pydantic

from knowing_benefit.law.dates import Day
from knowing_benefit.law.facts import Fact
from knowing_benefit.law.logic import Truth
from knowing_benefit.law.source import Misplaced, Record, nearest

MAX_SWITCHES = 10
"""With ten switches of two positions the whole table has 1,024 rows: small enough to send with the page."""


class Switch(Record):
    """One fact that the reader may change."""

    fact: str
    label: str
    positions: list[Truth]
    """Two values, the story's own first."""
    note: str | None = None

    @pydantic.field_validator("positions")
    @classmethod
    def _two(cls, value: list[Truth]) -> list[Truth]:
        if len(value) != 2 or value[0] == value[1]:
            raise ValueError("a switch has two different positions, the story's own first")
        return value


class Sides(Record):
    """Why the case is hard, for each side."""

    plaintiff: str
    defendant: str


class Hypothetical(Record):
    """``data/hypotheticals/<id>.yaml``."""

    id: str
    title: str
    story: str
    content_note: str | None = None
    as_pleaded: bool = False
    """True where the story is a real complaint's, so that every fact reads "as pleaded"."""
    authority: str | None = None
    status: str | None = None
    on: Day
    """The day whose law applies."""
    facts: dict[str, Truth]
    switches: list[Switch]
    readings: list[str]
    hard_for: Sides
    note: str | None = None

    @pydantic.model_validator(mode="after")
    def _consistent(self) -> Hypothetical:
        if not 1 <= len(self.switches) <= MAX_SWITCHES:
            raise Misplaced(
                f"a hypothetical has 1 to {MAX_SWITCHES} switches, this one has {len(self.switches)}", "switches"
            )
        seen: set[str] = set()
        for place, switch in enumerate(self.switches):
            stated = self.facts.get(switch.fact, "unknown")
            if switch.fact in seen:
                raise Misplaced(f"the switch {switch.fact!r} stands twice", "switches", place, "fact")
            if switch.fact not in self.facts and switch.positions[0] != "unknown":
                what = f"this switch turns {switch.fact!r}, which the facts above do not state. {nearest(switch.fact, self.facts)}".strip()
                raise Misplaced(what, "switches", place, "fact")
            if stated != switch.positions[0]:
                what = f"the story says {stated!r} on {switch.fact!r}, its switch starts at {switch.positions[0]!r}"
                raise Misplaced(what, "switches", place, "positions")
            seen.add(switch.fact)
        return self


def said(facts: Mapping[str, Fact], case: Hypothetical, fact: str, value: Truth, *, varied: bool = False) -> str:
    """A fact's sentence, begun as the case demands: a real complaint's facts are no more than pleaded, and what a reader
    has changed in them is no more than supposed."""
    sentence = facts[fact].sentence(value)
    if case.as_pleaded:
        return f"{'Suppose that' if varied else 'As pleaded,'} {sentence}"
    return sentence[:1].upper() + sentence[1:]
