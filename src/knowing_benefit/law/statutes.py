"""Statutes at a date: each wording with the span in which it was in force, and what changed between two wordings."""

from __future__ import annotations

import difflib
import re
from datetime import date
from pathlib import Path
from typing import Literal

import pydantic

from knowing_benefit.law.source import CourseError, Fault, Record, load_folder, read_yaml

Op = Literal["same", "struck", "added"]
"""What happened to a run of words between two wordings."""

_WORD = re.compile(r"\s+|\w+(?:[’'.-]\w+)*|[^\w\s]")


class OutOfSpanError(CourseError):
    """A statute was asked for on a day on which no wording of it is on record."""


class Act(Record):
    """The Act that made a wording."""

    law: str
    section: str
    """The Act's own section, e.g. ``221(2)``."""
    stat: str
    date: str
    what: str

    def cite(self) -> str:
        """E.g. ``Pub. L. No. 110-457, § 221(2), 122 Stat. 5067 (Dec. 23, 2008)``."""
        mark = "§§" if "," in self.section else "§"
        return f"{self.law}, {mark} {self.section}, {self.stat} ({_bluebook(date.fromisoformat(self.date))})"


class Version(Record):
    """One wording of a section."""

    from_: str = pydantic.Field(alias="from")
    """The first day in force."""
    to: str | None = None
    """The first day no longer in force; absent for the present wording."""
    act: Act
    status: Literal["verified", "secondary"]
    complete: bool
    """Whether the whole section was seen in this wording."""
    quotable: bool
    """Whether these are exact words. A reconstruction is described to readers and never put in quotation marks."""
    text: dict[str, str] = pydantic.Field(min_length=1)
    """The words by subsection, in order."""
    sources: list[str] = pydantic.Field(min_length=1)
    note: str | None = None

    @pydantic.field_validator("from_", "to")
    @classmethod
    def _day(cls, value: str | None) -> str | None:
        if value is not None:
            _parsed(value)
        return value

    @pydantic.model_validator(mode="after")
    def _forwards(self) -> Version:
        if self.to is not None and self.to <= self.from_:
            raise ValueError(f"a wording in force from {self.from_} cannot end on {self.to}")
        return self

    def covers(self, day: date) -> bool:
        """Whether this wording was in force on a day."""
        return self.from_ <= day.isoformat() and (self.to is None or day.isoformat() < self.to)

    def span(self) -> str:
        """When it was in force, as readers see it: ``Dec. 23, 2008, to May 28, 2015``."""
        first = _bluebook(date.fromisoformat(self.from_))
        if self.to is None:
            return f"since {first}"
        last = date.fromordinal(date.fromisoformat(self.to).toordinal() - 1)
        return f"{first}, to {_bluebook(last)}"


class Statute(Record):
    """``data/statutes/<id>.yaml``: one section of the United States Code in its wordings, oldest first."""

    id: str
    cite: str
    title: str
    versions: list[Version] = pydantic.Field(min_length=1)
    note: str | None = None

    @property
    def current(self) -> Version:
        """The wording now in force, or the last one on record."""
        return self.versions[-1]

    def on(self, day: date | str) -> Version:
        """The wording in force on a day.

        Args:
            day: a date, or ``YYYY-MM-DD``.

        Raises:
            OutOfSpanError: no wording is on record for that day.
            ValueError: ``day`` is not a date.
        """
        when = _parsed(day) if isinstance(day, str) else day
        for version in self.versions:
            if version.covers(when):
                return version
        first, last = self.versions[0], self.versions[-1]
        if when.isoformat() < first.from_:
            since = _bluebook(date.fromisoformat(first.from_))
            mend = f"The earliest wording on record is in force from {since}. Choose that day or a later one."
        else:
            mend = f"The last wording on record ends before {last.to}. Choose an earlier day."
        raise OutOfSpanError(
            Fault(f"data/statutes/{self.id}.yaml", 1, f"no wording of {self.cite} is on record for {when}", mend)
        )

    def version(self, start: str) -> Version:
        """The wording whose span begins on ``start`` (``YYYY-MM-DD``).

        Raises:
            KeyError: there is none; the message names those that there are.
        """
        for version in self.versions:
            if version.from_ == start:
                return version
        raise KeyError(
            f"no wording of {self.cite} begins on {start}; there are: {', '.join(v.from_ for v in self.versions)}"
        )

    def changes(self) -> list[tuple[Version, Version, list[str]]]:
        """Each wording with the one after it, and the subsections in which they differ."""
        return [(old, new, changed(old, new)) for old, new in zip(self.versions, self.versions[1:], strict=False)]


def changed(old: Version, new: Version) -> list[str]:
    """The subsections in which two wordings differ, in order."""
    names = list(dict.fromkeys([*old.text, *new.text]))
    return [name for name in names if old.text.get(name) != new.text.get(name)]


def compare(old: Version, new: Version, subsection: str) -> list[tuple[Op, str]]:
    """Two wordings of a subsection, word by word.

    A subsection that only one of them has is struck or added whole. Joining the runs that are ``same`` or ``struck`` gives
    the old text back exactly; joining those that are ``same`` or ``added`` gives the new.

    Returns:
        Runs of text in order, each with what became of it.

    Raises:
        KeyError: neither wording has that subsection.
    """
    if subsection not in old.text and subsection not in new.text:
        names = ", ".join(dict.fromkeys([*old.text, *new.text]))
        raise KeyError(f"there is no subsection {subsection!r}; there are: {names}")
    before, after = (_WORD.findall(version.text.get(subsection, "")) for version in (old, new))
    runs: list[tuple[Op, str]] = []
    # Without the junk heuristic: a statute repeats its words, and a frequent word is as good an anchor as any.
    for op, i1, i2, j1, j2 in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if op == "equal":
            runs.append(("same", "".join(before[i1:i2])))
            continue
        if i2 > i1:
            runs.append(("struck", "".join(before[i1:i2])))
        if j2 > j1:
            runs.append(("added", "".join(after[j1:j2])))
    return runs


def load_statutes(folder: Path) -> dict[str, Statute]:
    """Every statute of a folder, by id.

    Raises:
        CourseError: faults in the files, gaps or overlaps between spans, subsections out of order.
    """
    found = load_folder(folder, Statute)
    faults = [fault for name, statute in found.items() for fault in _span_faults(folder / f"{name}.yaml", statute)]
    if faults:
        raise CourseError(faults)
    return found


def _span_faults(path: Path, statute: Statute) -> list[Fault]:
    document = read_yaml(path)
    faults: list[Fault] = []
    for place, (old, new) in enumerate(zip(statute.versions, statute.versions[1:], strict=False)):
        loc = ("versions", place + 1, "from")
        if old.to is None:
            mend = f"Give the earlier one an end: to: {new.from_}."
            faults.append(
                document.fault(
                    ("versions", place), f"the wording from {old.from_} has no end, yet another follows", mend
                )
            )
        elif old.to < new.from_:
            what = f"no wording covers {old.to} to {new.from_}"
            faults.append(document.fault(loc, what, "Let one wording end on the day on which the next begins."))
        elif old.to > new.from_:
            what = f"two wordings are in force from {new.from_} to {old.to}"
            faults.append(
                document.fault(
                    loc, what, "Let one wording end on the day on which the next begins, and put the oldest first."
                )
            )
    for place, version in enumerate(statute.versions):
        if list(version.text) != sorted(version.text):
            faults.append(
                document.fault(("versions", place, "text"), "the subsections are not in order", "Put (a) before (b).")
            )
        if version.act.date != version.from_:
            what = f"the wording begins on {version.from_} but its Act is dated {version.act.date}"
            faults.append(
                document.fault(
                    ("versions", place, "act"), what, "A delayed effect needs its own field; tell the maintainers."
                )
            )
    return faults


def _parsed(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a day: write YYYY-MM-DD") from None


def _bluebook(day: date) -> str:
    """A day as citations write it, e.g. ``Aug. 3, 2023`` (in English whatever the locale)."""
    months = ("Jan.", "Feb.", "Mar.", "Apr.", "May", "June", "July", "Aug.", "Sept.", "Oct.", "Nov.", "Dec.")
    return f"{months[day.month - 1]} {day.day}, {day.year}"
