"""The vocabulary of legally relevant facts that hypotheticals, readings and decided cases all speak."""

from __future__ import annotations

from typing import Literal

import pydantic

from knowing_benefit.law.logic import Truth
from knowing_benefit.law.source import Record

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
        ids = [fact.id for fact in self.facts]
        twice = sorted({name for name in ids if ids.count(name) > 1})
        if twice:
            raise ValueError(f"defined twice: {', '.join(twice)}")
        return self
