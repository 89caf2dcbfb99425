"""Authorities: every source the course rests on, in our words, with its own words on record and how each is known."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Literal

import pydantic

from knowing_benefit.law.dates import When
from knowing_benefit.law.doctrine import Element
from knowing_benefit.law.source import CourseError, Fault, Record, Status, load_folder, nearest, read_yaml, shown

Kind = Literal["case", "order", "filing", "report", "letter", "press", "statute-act", "commentary"]

Known = Literal["verified", "secondary"]
"""How a quotation or an event of the history is known. What is only inferred is never put on record."""

HOW_KNOWN: dict[Status, str] = {
    "verified": "Seen in the words of the court, the statute or the document itself, on a mirror if need be.",
    "secondary": "Known from reports, briefs, summaries or commentary; the words themselves were not seen.",
    "unverified": "Not confirmed: to be looked up, not to be relied on.",
}
"""What each badge means, as a reader is told."""


class Quote(Record):
    """Words on record, character for character."""

    text: str
    said_by: str
    via: str | None = None
    """Who carried the words, where they were not seen in the source itself."""
    page: str | None = None
    """Only where the page was seen."""
    source: str
    status: Known
    mended: str | None = None
    """What was mended: a page header, a page number or a lost ligature that the copy seen has inside these words."""


class Event(Record):
    """Something that happened to a decision or a suit later."""

    date: When | None = None
    what: str
    authority: str | None = None
    status: Known


class Authority(Record):
    """``data/authorities/<id>.yaml``: a decision, filing, report, letter, Act, press item or commentary."""

    id: str
    kind: Kind
    name: str
    """As captioned. A case's name is set in italics wherever it is shown."""
    short: str
    """What it is called once it has been cited in full."""
    citation: str
    """What follows the name in a full citation. A number that was not confirmed is not in it."""
    court: str
    decided: When | None = None
    docket: str | None = None
    author: str | None = None
    aliases: list[str] = pydantic.Field(default_factory=list)
    """Other citations of the same source that a text may use."""
    also_cites: list[str] = pydantic.Field(default_factory=list)
    """Citations of provisions and decisions without an entry of their own, which this source is the ground for naming."""
    holding: str
    status: Status
    """How its existence and citation are known."""
    holding_status: Status | None = None
    """How the holding is known, where that differs in kind from knowing that the source exists."""
    holding_basis: str | None = None
    elements: list[Element] = pydantic.Field(default_factory=list)
    contrast: str | None = None
    """How it stands to *G.G. v. Salesforce.com, Inc.*"""
    history: list[Event] = pydantic.Field(default_factory=list)
    quotes: list[Quote] = pydantic.Field(default_factory=list)
    sources: list[str] = pydantic.Field(min_length=1)
    note: str | None = None
    as_of: str
    checked: str

    @pydantic.field_validator("citation")
    @classmethod
    def _confirmed(cls, value: str) -> str:
        if "unconfirmed" in value.lower():
            raise ValueError("a number that was not confirmed is not printed: give docket and date instead")
        if value.startswith("("):
            raise ValueError("begin with a reporter, a docket number or 'slip op.', not with a parenthesis")
        return value

    @pydantic.field_validator("as_of", "checked")
    @classmethod
    def _day(cls, value: str) -> str:
        try:
            return date.fromisoformat(value).isoformat()
        except ValueError:
            raise ValueError(f"{value!r} is not a day: write YYYY-MM-DD") from None

    @property
    def is_case(self) -> bool:
        """Whether its name is a case name."""
        return self.kind in ("case", "order")

    @property
    def known(self) -> Status:
        """The status that its badge shows: of the holding where that is stated, else of the source."""
        return self.holding_status or self.status

    @property
    def how_known(self) -> str:
        """The badge in a sentence, with the basis where it is on record."""
        basis = f" Basis: {self.holding_basis}." if self.holding_basis else ""
        return HOW_KNOWN[self.known] + basis.replace("..", ".")

    def cite(self, pin: str | None = None) -> str:
        """The full citation in plain text, e.g. ``G.G. v. Salesforce.com, Inc., 76 F.4th 544, 548 (7th Cir. 2023)``.

        Args:
            pin: a page, or several, put before the court and year. A citation that does not begin with volume, reporter
                and page has no place for one; then it follows.
        """
        if pin is None:
            return f"{self.name}, {self.citation}"
        reporter = re.match(r"\d+ (?:[A-Z][\w.’' ]*?)\d+(?= \()", self.citation)
        if reporter is None:
            return f"{self.name}, {self.citation}, at {pin}"
        return f"{self.name}, {reporter[0]}, {pin}{self.citation[reporter.end() :]}"


def load_authorities(folder: Path) -> dict[str, Authority]:
    """Every authority of a folder, by id.

    Raises:
        CourseError: faults in the files, a history that names no authority, one citation claimed by two authorities.
    """
    found = load_folder(folder, Authority)
    faults: list[Fault] = []
    for name, authority in found.items():
        for place, event in enumerate(authority.history):
            if event.authority is not None and event.authority not in found:
                document = read_yaml(folder / f"{name}.yaml")
                what = f"there is no authority {event.authority!r}"
                faults.append(document.fault(("history", place, "authority"), what, nearest(event.authority, found)))
    owners: dict[str, str] = {}
    for name, authority in found.items():
        for alias in {authority.citation, *authority.aliases}:
            owner = owners.setdefault(alias, name)
            # Orders of one day in one docket share a docket-and-date citation; a reporter page is never shared.
            if owner != name and re.match(r"\d+ [A-Z]", alias) and "(" not in alias:
                what = f"the citation {alias!r} belongs to {owner!r} already"
                faults.append(Fault(shown(folder / f"{name}.yaml"), 1, what, "Keep it with one of them."))
    if faults:
        raise CourseError(faults)
    return found
