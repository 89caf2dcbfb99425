"""The vocabulary of legally relevant facts that hypotheticals, readings and decided cases all speak."""

from __future__ import annotations

from typing import Literal

import pydantic

from knowing_benefit.law.logic import Truth
from knowing_benefit.law.source import Misplaced, Record

Favors = Literal["plaintiff", "defendant", "neither"]


class Fact(Record):
    """One fact, with its sentence for each of the three things a pleading may do with it."""

    id: str
    group: str
    yes: str
    no: str
    unknown: str
    favors: Favors
    """Whose case the fact helps when it is so; the monotonicity test rests on it."""
    note: str | None = None

    def sentence(self, value: Truth) -> str:
        """The sentence that states this fact with this value."""
        return {"yes": self.yes, "no": self.no, "unknown": self.unknown}[value]


class Vocabulary(Record):
    """``data/facts.yaml``."""

    facts: list[Fact]

    @pydantic.model_validator(mode="after")
    def _once(self) -> Vocabulary:
        seen: set[str] = set()
        for place, fact in enumerate(self.facts):
            if fact.id in seen:
                raise Misplaced(f"the fact {fact.id!r} is defined twice", "facts", place, "id")
            seen.add(fact.id)
        return self
