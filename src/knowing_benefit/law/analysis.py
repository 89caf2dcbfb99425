"""Apply readings to facts: one case in full, or the whole truth table of a hypothetical.

The table is what a lab carries with it: every setting of the switches under every reading, worked out here once, so
that a page needs no kernel and decides nothing by itself.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from knowing_benefit.law.doctrine import Branch, Outcome, Tree, combine, outcome, truth
from knowing_benefit.law.hypotheticals import Hypothetical
from knowing_benefit.law.logic import Facts, Truth
from knowing_benefit.law.readings import Answer, Reading, answer, view_of

if TYPE_CHECKING:
    from knowing_benefit.law.library import Library

Bar = Literal["bars the claim", "does not bar the claim", "open"]

_BAR: dict[Truth, Bar] = {"yes": "bars the claim", "no": "does not bar the claim", "unknown": "open"}
_LEVEL: dict[Truth, int] = {"no": 0, "unknown": 1, "yes": 2}
_TRUTH: tuple[Truth, ...] = ("no", "unknown", "yes")
_OUTCOME_CODE: dict[Outcome, str] = {"survives": "s", "dismissed": "d", "barred by section 230": "b", "open": "o"}
OUTCOMES: dict[str, Outcome] = {code: name for name, code in _OUTCOME_CODE.items()}
"""The one-letter codes of a table's outcomes."""


@dataclass(frozen=True)
class Analysis:
    """One set of facts under one reading on one day.

    Attributes:
        answers: by element id, in the order of the trees.
        section_230: whether the defence bars the claim.
        outcome: at a motion to dismiss.
    """

    reading: Reading
    facts: dict[str, Truth]
    on: str
    answers: dict[str, Answer]
    section_230: Bar
    outcome: Outcome


def analyse(library: Library, reading: Reading, facts: Facts, on: str) -> Analysis:
    """Answer every element and combine the answers.

    Args:
        facts: fact id to value; what is not mentioned is not pleaded.
        on: ISO date of the law to apply; an element that the statute did not contain on that day is not met.
    """
    answers: dict[str, Answer] = {
        branch.id: _on_day(branch, on) or answer(reading, branch, facts, library.fact_names)
        for branch in library.branches
    }
    results = {name: found.result for name, found in answers.items()}
    claim, defence = (combine(tree, results) for tree in library.trees)
    return Analysis(reading, dict(facts), on, answers, _BAR[defence], outcome(claim, defence))


def _on_day(branch: Branch, on: str) -> Answer | None:
    if branch.in_force is None or on >= branch.in_force:
        return None
    why = branch.before or f"The statute did not contain this before {branch.in_force}."
    return Answer(result="not met", why=why, authority=branch.authority, pin=branch.pin, status=branch.status)


@dataclass(frozen=True)
class Column:
    """One element under one reading, for all settings of the switches it depends on.

    ``cells[i]`` is an index into ``answers``; bit *k* of *i* says that switch ``switches[k]`` is in its second
    position.
    """

    switches: tuple[int, ...]
    cells: tuple[int, ...]
    answers: tuple[Answer, ...]

    def at(self, setting: int) -> Answer:
        """The answer for a setting of all switches (bit *k* of ``setting``: switch *k* is in its second position)."""
        index = sum(1 << place for place, switch in enumerate(self.switches) if setting >> switch & 1)
        return self.answers[self.cells[index]]


@dataclass(frozen=True)
class ReadingTable:
    """All settings under one reading.

    Attributes:
        columns: by element id.
        bars: one of ``y`` (bars), ``n`` (does not), ``u`` (open) for each setting, as one string.
        outcomes: one of ``s d b o`` (see :data:`OUTCOMES`) for each setting, as one string.
    """

    reading: Reading
    columns: dict[str, Column]
    bars: str
    outcomes: str


@dataclass(frozen=True)
class Table:
    """The whole truth table of a hypothetical: 2**len(switches) settings by readings."""

    hypothetical: Hypothetical
    readings: dict[str, ReadingTable]

    def facts(self, setting: int) -> dict[str, Truth]:
        """The facts of one setting."""
        facts = dict(self.hypothetical.facts)
        for place, switch in enumerate(self.hypothetical.switches):
            facts[switch.fact] = switch.positions[setting >> place & 1]
        return facts


def table(library: Library, hypothetical: Hypothetical, readings: Sequence[Reading], on: str | None = None) -> Table:
    """Work out every setting of a hypothetical under the given readings, on the law of ``on`` (the story's own day)."""
    day = on or hypothetical.on
    return Table(hypothetical, {r.id: _reading_table(library, hypothetical, r, day) for r in readings})


def _reading_table(library: Library, hypothetical: Hypothetical, reading: Reading, on: str) -> ReadingTable:
    places = {switch.fact: place for place, switch in enumerate(hypothetical.switches)}
    columns: dict[str, Column] = {}
    for branch in library.branches:
        fixed = _on_day(branch, on)
        used = () if fixed else sorted(places[fact] for fact in view_of(reading, branch).facts() if fact in places)
        found: dict[Answer, int] = {}
        cells: list[int] = []
        for index in range(1 << len(used)):
            facts = dict(hypothetical.facts)
            for place, number in enumerate(used):
                switch = hypothetical.switches[number]
                facts[switch.fact] = switch.positions[index >> place & 1]
            given = fixed or answer(reading, branch, facts, library.fact_names)
            cells.append(found.setdefault(given, len(found)))
        columns[branch.id] = Column(tuple(used), tuple(cells), tuple(found))

    size = 1 << len(hypothetical.switches)
    claim_tree, defence_tree = library.trees
    claim, defence = _fold(claim_tree, columns, size), _fold(defence_tree, columns, size)
    codes = {(a, b): _OUTCOME_CODE[outcome(_TRUTH[a], _TRUTH[b])] for a, b in itertools.product(range(3), repeat=2)}
    return ReadingTable(
        reading,
        columns,
        bars="".join("nuy"[level] for level in defence),
        outcomes="".join(map(codes.__getitem__, zip(claim, defence, strict=True))),
    )


def _fold(tree: Tree, columns: Mapping[str, Column], size: int) -> list[int]:
    """The tree's truth for every setting, as levels 0 (no), 1 (unknown), 2 (yes): Kleene's *and* is the minimum."""
    levels = [2] * size
    for branch in tree.branches:
        column = columns[branch.id]
        own = [_LEVEL[truth(column.answers[cell].result)] for cell in column.cells]
        if branch.id in tree.unless:
            own = [2 - level for level in own]
        levels = list(map(min, levels, _spread(own, column.switches, size)))
    return levels


def _spread(values: list[int], switches: Sequence[int], size: int) -> list[int]:
    """Values by the settings of a few switches, spread over the settings of all: constant along every other switch."""
    spread, place = values, 0
    for number in range(size.bit_length() - 1):
        block = 1 << number
        if place < len(switches) and switches[place] == number:
            place += 1
        else:
            spread = [v for start in range(0, len(spread), block) for v in spread[start : start + block] * 2]
    return spread


def turning_points(outcomes: str, setting: int) -> list[tuple[tuple[int, ...], Outcome]]:
    """Every smallest change of switches that changes the result, from one setting.

    Args:
        outcomes: the string of a :class:`ReadingTable`.
        setting: the setting to start from.

    Returns:
        Pairs of (switch numbers to turn together, the result then), smallest sets first. No set contains another.
    """
    count = len(outcomes).bit_length() - 1
    found: list[int] = []
    points: list[tuple[tuple[int, ...], Outcome]] = []
    for size in range(1, count + 1):
        for chosen in itertools.combinations(range(count), size):
            mask = sum(1 << number for number in chosen)
            if any(mask & smaller == smaller for smaller in found):
                continue
            if outcomes[setting ^ mask] != outcomes[setting]:
                found.append(mask)
                points.append((chosen, OUTCOMES[outcomes[setting ^ mask]]))
    return points


def weights(outcomes: str) -> list[float]:
    """How much each switch matters: the share of settings (0 to 1) in which turning it alone changes the result."""
    size = len(outcomes)
    return [
        sum(outcomes[setting] != outcomes[setting ^ (1 << number)] for setting in range(size)) / size
        for number in range(size.bit_length() - 1)
    ]


def partings(found: Table, setting: int = 0) -> Iterator[tuple[Outcome, list[Reading]]]:
    """The readings grouped by the result they reach in one setting, in the order of :data:`OUTCOMES`."""
    for code, name in OUTCOMES.items():
        alike = [entry.reading for entry in found.readings.values() if entry.outcomes[setting] == code]
        if alike:
            yield name, alike


def as_json(library: Library, hypothetical: Hypothetical, readings: Sequence[Reading]) -> dict[str, Any]:
    """The stable form that ``course analyze --json`` prints (documented in ``docs/analyze-json.md``)."""
    found = table(library, hypothetical, readings)
    switches = hypothetical.switches

    def turned(numbers: tuple[int, ...]) -> dict[str, Truth]:
        return {switches[number].fact: switches[number].positions[1] for number in numbers}

    return {
        "hypothetical": hypothetical.id,
        "on": hypothetical.on,
        "facts": dict(sorted(hypothetical.facts.items())),
        "readings": [
            {
                "reading": name,
                "elements": [
                    {"element": element, **column.at(0).model_dump(mode="json", exclude_none=True)}
                    for element, column in entry.columns.items()
                ],
                "section_230": _BAR[_TRUTH["nuy".index(entry.bars[0])]],
                "outcome": OUTCOMES[entry.outcomes[0]],
                "turning_points": [
                    {"set": turned(numbers), "outcome": result} for numbers, result in turning_points(entry.outcomes, 0)
                ],
                "weights": {
                    switch.fact: round(weight, 4)
                    for switch, weight in zip(switches, weights(entry.outcomes), strict=True)
                },
            }
            for name, entry in found.readings.items()
        ],
        "partings": {result: [reading.id for reading in alike] for result, alike in partings(found)},
    }
