"""Where courts stand and where they divide: the models of ``data/circuits.yaml`` and ``data/contested.yaml``."""

from __future__ import annotations

from typing import Literal

import pydantic

from knowing_benefit.law.doctrine import Element
from knowing_benefit.law.source import Record

Level = Literal["supreme court", "appellate", "unpublished", "state high court", "district"]
"""The rank of the decision on which a standard rests."""


class Cell(Record):
    """What one court has said of one element, or why that is not known."""

    standard: str | None = None
    silent: str | None = None
    authorities: list[str] = pydantic.Field(default_factory=list)
    level: Level | None = None
    status: Literal["verified", "secondary"] | None = None

    @pydantic.model_validator(mode="after")
    def _one_or_the_other(self) -> Cell:
        if (self.standard is None) == (self.silent is None):
            raise ValueError("a cell has either a standard or, under 'silent', the reason for having none")
        if self.standard is not None and not (self.authorities and self.level and self.status):
            raise ValueError("a standard needs authorities, a level and a status")
        return self


class Circuit(Record):
    """One court or circuit. ``court`` is written as in citations."""

    id: str
    name: str
    court: str
    cells: dict[Element, Cell]


class Circuits(Record):
    """``data/circuits.yaml``."""

    circuits: list[Circuit]

    def on(self, element: Element) -> list[tuple[Circuit, Cell]]:
        """Every court that has a cell on an element, in the order of the file."""
        return [(circuit, circuit.cells[element]) for circuit in self.circuits if element in circuit.cells]


class Question(Record):
    """A question on which courts divide, with both sides."""

    id: str
    title: str
    question: str
    elements: list[Element]
    broad: str
    broad_authorities: list[str] = pydantic.Field(min_length=1)
    narrow: str
    narrow_authorities: list[str] = pydantic.Field(min_length=1)
    pressure: list[str] = pydantic.Field(min_length=1)
    """Questions that neither side answers without cost."""
    also: list[str] = pydantic.Field(default_factory=list)
    """Authorities that bear on it and belong to neither side."""
    status: Literal["verified", "secondary"]

    @property
    def authorities(self) -> list[str]:
        """Every authority that the question names, once."""
        return list(dict.fromkeys([*self.broad_authorities, *self.narrow_authorities, *self.also]))


class Contested(Record):
    """``data/contested.yaml``."""

    questions: list[Question]
