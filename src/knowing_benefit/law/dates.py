"""Dates as sources give them: a year, a month, or a day, and never more than that."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

import pydantic

Precision = Literal["year", "month", "day"]


@dataclass(frozen=True)
class PartialDate:
    """A date known to the year, the month or the day.

    It is compared by :attr:`key`, so that a bare year stands before everything dated inside it.
    """

    year: int
    month: int | None = None
    day: int | None = None

    @classmethod
    def parse(cls, text: object) -> PartialDate:
        """Read ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``.

        Raises:
            ValueError: another form, or no such day.
        """
        if isinstance(text, cls):
            return text
        match = re.fullmatch(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?", str(text))
        if not match:
            raise ValueError(f"{text!r} is not a date: write YYYY, YYYY-MM or YYYY-MM-DD")
        year, month, day = (int(part) if part else None for part in match.groups())
        try:
            date(year or 0, month or 1, day or 1)
        except ValueError:
            raise ValueError(f"{text!r} is not in the calendar") from None
        return cls(year or 0, month, day)

    @property
    def precision(self) -> Precision:
        """How much of the date is known."""
        return "day" if self.day else ("month" if self.month else "year")

    @property
    def key(self) -> tuple[int, int, int]:
        """What dates are sorted by."""
        return self.year, self.month or 0, self.day or 0

    @property
    def first(self) -> date:
        """The earliest day that it can mean."""
        return date(self.year, self.month or 1, self.day or 1)

    @property
    def last(self) -> date:
        """The latest day that it can mean."""
        month = self.month or 12
        return date(self.year, month, self.day or calendar.monthrange(self.year, month)[1])

    def shown(self) -> str:
        """As American readers write it: ``August 3, 2023``, ``March 2021``, ``2013``."""
        if not self.month:
            return str(self.year)
        name = calendar.month_name[self.month]
        return f"{name} {self.day}, {self.year}" if self.day else f"{name} {self.year}"

    def __str__(self) -> str:
        return "-".join(f"{part:02d}" for part in (self.year, self.month, self.day) if part)


def _to_the_day(text: str) -> str:
    if PartialDate.parse(text).precision != "day":
        raise ValueError(f"{text!r} must be known to the day: write YYYY-MM-DD")
    return text


Day = Annotated[str, pydantic.AfterValidator(_to_the_day)]
"""A full ISO date as a field of a model; days compare as their texts do."""

When = Annotated[pydantic.InstanceOf[PartialDate], pydantic.BeforeValidator(PartialDate.parse)]
"""A :class:`PartialDate` as a field of a model that is read from a file."""
