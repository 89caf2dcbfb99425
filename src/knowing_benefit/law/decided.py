"""Decided cases: what was pleaded, coded in the vocabulary of facts, and what the court held on it.

A case may come from ``data/decided/`` or from anybody's own file (``docs/decided-cases.md`` has the format). Only an id
and facts are needed; what is left out is not known, and is never counted against a reading.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import pydantic

from knowing_benefit.law.dates import When
from knowing_benefit.law.doctrine import Element
from knowing_benefit.law.logic import Truth
from knowing_benefit.law.source import (
    CourseError,
    Document,
    Fault,
    Record,
    Status,
    load_folder,
    nearest,
    parse_yaml,
    read_text,
    read_yaml,
    shown,
    validated,
)

Ruled = Literal["met", "not met", "not reached", "unclear"]
"""How a court came out on one element, as a pleading or, on a record, as a dispute for trial."""

Decision = Literal["survives", "dismissed", "barred by section 230", "mixed", "unclear"]
"""What became of the section 1595 claim against this defendant at this stage."""

Basis = Literal["stated", "inferred"]
"""``stated``: the source says so. ``inferred``: only the disposition was seen, and this follows from it."""

Ground = Literal[Element, "section-230"]
"""An element, or the section 230 defense as a whole (met: it bars the claim)."""

_TRUTHS = {True: "yes", False: "no", None: "unknown"}


def _in_words(value: Any) -> Any:
    """A fact's value as JSON may have it: true, false and null are yes, no and unknown."""
    return _TRUTHS[value] if value is None or isinstance(value, bool) else value


def _phrase(value: Any) -> Any:
    """A value of several words, however its words are joined: ``not_met`` and ``Not met`` are ``not met``."""
    return value.replace("_", " ").replace("-", " ").lower() if isinstance(value, str) else value


def _id(value: Any) -> Any:
    """An id, however its words are joined: ``section_230`` is ``section-230``."""
    return value.replace("_", "-").replace(" ", "-").lower() if isinstance(value, str) else value


def _bare(value: Any) -> Any:
    """A ruling written as one word stands for a ruling with nothing else told about it."""
    return {"held": value} if isinstance(value, str) else value


class Ruling(Record):
    """What the court held on one element."""

    held: Annotated[Ruled, pydantic.BeforeValidator(_phrase)]
    basis: Annotated[Basis, pydantic.BeforeValidator(_phrase)] = "stated"
    source: str | None = None


class Disposition(Record):
    """What became of the claim."""

    held: Annotated[Decision, pydantic.BeforeValidator(_phrase)]
    basis: Annotated[Basis, pydantic.BeforeValidator(_phrase)] = "stated"
    source: str | None = None


class Case(Record):
    """One defendant, or one group of them, at one moment of one suit."""

    id: str
    name: str | None = None
    citation: str | None = None
    authority: str | None = None
    court: str | None = None
    decided: When | None = None
    on: When | None = None
    """The day whose law applies, where that is not the day of the decision."""
    defendant: str | None = None
    stage: str | None = None
    reading: str | None = None
    """The reading that the case tests: one of its own court's."""
    compare: list[str] = []
    """Readings of other courts under which the case is shown; they are not tested by it."""
    pleaded: list[str] = []
    """What the source says was pleaded (or shown, on a record), in our words."""
    facts: dict[Annotated[str, pydantic.BeforeValidator(_id)], Annotated[Truth, pydantic.BeforeValidator(_in_words)]]
    coded_from: dict[Annotated[str, pydantic.BeforeValidator(_id)], str] = {}
    """Why a fact is coded as it is, where that took judgment."""
    rulings: dict[
        Annotated[Ground, pydantic.BeforeValidator(_id)], Annotated[Ruling, pydantic.BeforeValidator(_bare)]
    ] = {}
    outcome: Annotated[Disposition, pydantic.BeforeValidator(_bare)] = Disposition(held="unclear")
    disagreement: str | None = None
    """Why its reading comes out otherwise than the court, where it does."""
    status: Status | None = None
    sources: list[str] = []
    note: str | None = None

    @property
    def pleading(self) -> dict[str, Truth]:
        """The facts that a reading is asked about. A case in which nobody is reported to have raised the time is in time."""
        return {"within-limitations": "yes", **self.facts}

    @property
    def day(self) -> str:
        """The day whose law applies; the law of today where no date is given."""
        given = self.on or self.decided
        return str(given) if given else "9999-12-31"


def load_cases(path: Path, facts: Collection[str], readings: Collection[str]) -> list[Case]:
    """The cases of one YAML or JSON file: one case, a list of them, or a mapping with a list under ``cases``.

    Args:
        facts: the ids of the vocabulary.
        readings: the ids of the readings.

    Raises:
        CourseError: one fault for each thing that does not fit.
    """
    document = _document(path)
    given = document.data
    base: tuple[str | int, ...] = ()
    if isinstance(given, dict) and set(given) == {"cases"}:
        given, base = given["cases"], ("cases",)
    whole = isinstance(given, dict)
    records = [given] if whole else given
    if not isinstance(records, list) or not records:
        raise CourseError(
            document.fault(base, "there are no cases in this file", "Write one case, or a list of them under cases:.")
        )
    found: list[Case] = []
    faults: list[Fault] = []
    for place, record in enumerate(records):
        loc = base if whole else (*base, place)
        try:
            case = validated(document, Case, loc, record)
        except CourseError as problem:
            faults.extend(problem.faults)
            continue
        if any(case.id == other.id for other in found):
            faults.append(document.fault((*loc, "id"), f"the id {case.id!r} stands twice", "Give each case its own."))
        faults += [
            document.fault((*loc, *place), what, mend) for place, what, mend in _strangers(case, facts, readings)
        ]
        found.append(case)
    if faults:
        raise CourseError(faults)
    return found


def load_decided(folder: Path, facts: Collection[str], readings: Collection[str]) -> dict[str, Case]:
    """The course's own cases, one to a file that bears its id.

    Raises:
        CourseError: with the faults of all files together.
    """
    found = load_folder(folder, Case)
    faults = [
        read_yaml(folder / f"{name}.yaml").fault(place, what, mend)
        for name, case in found.items()
        for place, what, mend in _strangers(case, facts, readings)
    ]
    if faults:
        raise CourseError(faults)
    return found


def _document(path: Path) -> Document:
    if path.suffix.lower() != ".json":
        return read_yaml(path)
    text = read_text(path)
    try:
        data = json.loads(text)
    except json.JSONDecodeError as problem:
        raise CourseError(
            Fault(
                shown(path), problem.lineno, f"not valid JSON: {problem.msg}", "Check commas and quotes near this line."
            )
        ) from None
    except RecursionError:
        raise CourseError(Fault(shown(path), 1, "nested too deep", "Check the brackets.")) from None
    try:
        # JSON is read as YAML once more for its lines alone; where that fails (tabs between the parts), faults name line 1.
        return Document(path, data, parse_yaml(text, path).lines)
    except CourseError:
        return Document(path, data, {})


def _strangers(
    case: Case, facts: Collection[str], readings: Collection[str]
) -> Iterator[tuple[tuple[str, ...], str, str]]:
    """Ids that the course does not have: place, what is wrong, mend."""
    named: list[tuple[tuple[str, ...], str, str, Collection[str], str]]
    named = [(("facts", name), name, "fact", facts, "data/facts.yaml") for name in case.facts]
    named += [(("coded_from", name), name, "fact", facts, "data/facts.yaml") for name in case.coded_from]
    named += [(("reading",), case.reading, "reading", readings, "data/readings/")] if case.reading else []
    named += [(("compare",), name, "reading", readings, "data/readings/") for name in case.compare]
    for place, name, kind, known, where in named:
        if name not in known:
            yield place, f"there is no {kind} {name!r}", nearest(name, known) or f"The {kind}s are in {where}."
