"""Facts that cannot stand together in one complaint."""

from __future__ import annotations

import pydantic

from knowing_benefit.law.logic import Facts, Truth
from knowing_benefit.law.source import Record


class Contradiction(Record):
    """Values of two facts or more that no complaint can plead together."""

    facts: dict[str, Truth] = pydantic.Field(min_length=2)
    why: str


class Contradictions(Record):
    """``data/contradictions.yaml``."""

    contradictions: list[Contradiction]

    def of(self, facts: Facts) -> Contradiction | None:
        """The first contradiction among some facts, if there is one."""
        return next(
            (one for one in self.contradictions if all(facts.get(fact) == value for fact, value in one.facts.items())),
            None,
        )
