"""What happened when, and what anybody could have known when: the model of ``data/timeline.yaml``."""

from __future__ import annotations

import datetime
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal, TypeVar

import pydantic

from knowing_benefit.law.dates import PartialDate, Precision, When
from knowing_benefit.law.facts import Favors
from knowing_benefit.law.source import Record, nearest

LABEL_LENGTH = 42
"""The longest label (in characters) that the figure can hold."""


class Lane(Record):
    """One row of the timeline: events of a kind."""

    id: str
    title: str
    about: str


class Span(Record):
    """A stretch of time that the figure can show, both ends included."""

    id: str
    title: str
    from_: When = pydantic.Field(alias="from")
    to: When
    conclusion: str
    """What a reader who sees this stretch concludes, as a sentence or two."""

    @property
    def first(self) -> datetime.date:
        """The first day shown."""
        return self.from_.first

    @property
    def last(self) -> datetime.date:
        """The last day shown."""
        return self.to.last


class Event(Record):
    """One dated event, with the authority for it and how it is known."""

    id: str
    lane: str
    date: When
    until: When | None = None
    """For what lasted: the last year, month or day of it."""
    precision: Precision
    label: str = pydantic.Field(max_length=LABEL_LENGTH)
    text: str
    authority: str
    status: Literal["verified", "secondary"]
    """How the event and its date are known. What is only inferred is not put on a timeline."""
    public: bool
    """Whether anyone outside could have known it then."""
    why_public: str | None = None
    """The reason for ``public``, where it needs one."""
    favors: Favors = "neither"
    """Whose argument about what a vendor should have known the event helps."""
    weight: Literal[1, 2, 3]
    """3 stays in the figure when space is short, 1 goes first."""

    @pydantic.field_validator("weight", mode="before")
    @classmethod
    def _number(cls, value: object) -> object:
        return int(value) if isinstance(value, str) and value.isdigit() else value

    @pydantic.model_validator(mode="after")
    def _dates_agree(self) -> Event:
        if self.date.precision != self.precision:
            raise ValueError(f"the date {self.date} is known to the {self.date.precision}, not to the {self.precision}")
        if self.until and self.until.last < self.date.last:
            raise ValueError(f"it ends ({self.until}) before it begins ({self.date})")
        return self

    @property
    def first(self) -> datetime.date:
        """The earliest day on which it can have happened."""
        return self.date.first

    @property
    def last(self) -> datetime.date:
        """The latest day on which it can have happened, or ended."""
        return (self.until or self.date).last

    def when(self) -> str:
        """Its date as readers should see it, no more precise than known."""
        return f"{self.date.shown()} to {self.until.shown()}" if self.until else self.date.shown()


_T = TypeVar("_T", Lane, Span, Event)


class Contract(Record):
    """Between which events the vendor's contracts lie, by their ids."""

    begins: str
    ends: str


@dataclass(frozen=True)
class Before:
    """What there was before some date, sorted by whether the world could know it. Each list is in order of time."""

    when: PartialDate
    public: list[Event]
    """Public, and certainly earlier."""
    unsure: list[Event]
    """Public, but perhaps earlier and perhaps later, because a date is not fully known."""
    hidden: list[Event]
    """Earlier, and not public."""


class Timeline(Record):
    """``data/timeline.yaml``."""

    lanes: list[Lane]
    spans: list[Span]
    contract: Contract
    events: list[Event]

    @pydantic.model_validator(mode="after")
    def _consistent(self) -> Timeline:
        ids = [event.id for event in self.events]
        for name in ids:
            if ids.count(name) > 1:
                raise ValueError(f"two events have the id {name!r}")
        lanes = [lane.id for lane in self.lanes]
        for event in self.events:
            if event.lane not in lanes:
                raise ValueError(
                    f"the event {event.id!r} has no lane {event.lane!r}. {nearest(event.lane, lanes)}".strip()
                )
        for name in (self.contract.begins, self.contract.ends):
            if name not in ids:
                raise ValueError(f"contract: there is no event {name!r}. {nearest(name, ids)}".strip())
        return self

    @property
    def in_order(self) -> list[Event]:
        """All events by date; of one date, by lane from the top; in one lane, as the file has them."""
        rank = {lane.id: place for place, lane in enumerate(self.lanes)}
        return sorted(self.events, key=lambda event: (event.date.key, rank[event.lane]))

    def lane(self, name: str) -> Lane:
        """The lane with this id.

        Raises:
            KeyError: there is none; the message names the ids that there are.
        """
        return _named(self.lanes, name, "lane")

    def span(self, name: str) -> Span:
        """The span with this id.

        Raises:
            KeyError: there is none; the message names the ids that there are.
        """
        return _named(self.spans, name, "span")

    def event(self, name: str) -> Event:
        """The event with this id.

        Raises:
            KeyError: there is none.
        """
        return _named(self.events, name, "event")

    def shown(self, lanes: Collection[str] | None = None, span: str | None = None) -> list[Event]:
        """The events of some lanes (all, if not given) that fall at least partly into a span, in order."""
        stretch = self.span(span) if span else None
        return [
            event
            for event in self.in_order
            if (lanes is None or event.lane in lanes)
            and (stretch is None or (event.first <= stretch.last and event.last >= stretch.first))
        ]

    def public_before(self, when: PartialDate | str) -> Before:
        """What was public before a date; of a year or month, before its first day."""
        limit = PartialDate.parse(when)
        earlier = [event for event in self.in_order if event.last < limit.first]
        meanwhile = [event for event in self.in_order if event.first <= limit.last and event.last >= limit.first]
        return Before(
            limit,
            public=[event for event in earlier if event.public],
            unsure=[event for event in meanwhile if event.public],
            hidden=[event for event in earlier if not event.public],
        )

    def before_contract(self) -> Before:
        """What was public when the vendor's contracts began."""
        return self.public_before(self.event(self.contract.begins).date)


def _named(items: list[_T], name: str, kind: str) -> _T:
    for item in items:
        if item.id == name:
            return item
    raise KeyError(f"there is no {kind} {name!r}; there are: {', '.join(item.id for item in items)}")
