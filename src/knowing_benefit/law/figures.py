"""Figures as data: what a figure says, apart from how it is drawn. One file each in ``data/figures``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import pydantic

from knowing_benefit.law.analysis import OUTCOMES, table
from knowing_benefit.law.dates import Day
from knowing_benefit.law.source import CourseError, Loc, Misplaced, Record, nearest, read_yaml, validated

if TYPE_CHECKING:
    from knowing_benefit.law.authorities import Authority
    from knowing_benefit.law.library import Library

Known = Literal["verified", "secondary"]
Result = Literal["met", "not met", "open"]
Mark = Literal["met", "not met", "open", "yes", "no", "silent"]
How = Literal["follows", "extends", "declines", "distinguishes", "cites", "reverses", "affirms"]

Label = Annotated[str, pydantic.StringConstraints(min_length=1, max_length=40)]
Note = Annotated[str, pydantic.StringConstraints(max_length=120)]

MAX_DEPTH = 4
"""Levels of a tree, its root included."""

RANKS = (
    "Congress",
    "Supreme Court",
    "Courts of appeals",
    "District courts",
    "State courts",
    "Other sources",
)
"""The rows of a citation figure, from the top."""


class Part(Record):
    """Anything in a figure that may be known otherwise than the figure as a whole, or rest on a source of its own."""

    status: Known | None = None
    authority: str | None = None


class Figure(Record):
    """What all figures have."""

    id: str
    kind: str
    title: str = pydantic.Field(max_length=80)
    caption: str
    """The message, in one sentence."""
    alt: str = pydantic.Field(min_length=20)
    """What a seeing reader concludes."""
    authority: list[str] = pydantic.Field(min_length=1)
    status: Known


class Branch(Part):
    """A box of a tree."""

    label: Label
    note: Note | None = None
    mark: Result | None = None
    children: list[Branch] = []

    def depth(self) -> int:
        """Levels from here down."""
        return 1 + max((child.depth() for child in self.children), default=0)


class Tree(Figure):
    """How a question falls into questions."""

    kind: Literal["tree"]
    root: Branch

    @pydantic.model_validator(mode="after")
    def _shallow(self) -> Tree:
        if self.root.depth() > MAX_DEPTH:
            raise Misplaced(f"more than {MAX_DEPTH} levels are more than a reader can hold: split the figure", "root")
        return self


class Node(Record):
    """A decision of a citation figure; court and year come from its record."""

    id: str
    label: Label


class Edge(Record):
    """What a later decision does with an earlier one."""

    from_: str = pydantic.Field(alias="from")
    to: str
    how: How
    status: Known


class Cites(Figure):
    """Who follows whom: time from left to right, courts by rank from the top."""

    kind: Literal["cites"]
    nodes: list[Node] = pydantic.Field(min_length=2, max_length=14)
    edges: list[Edge] = pydantic.Field(min_length=1)

    @pydantic.model_validator(mode="after")
    def _joined(self) -> Cites:
        ids = [node.id for node in self.nodes]
        for place, name in enumerate(ids):
            if ids.index(name) < place:
                raise Misplaced(f"the node {name!r} stands twice", "nodes", place)
        for place, edge in enumerate(self.edges):
            for end, name in (("from", edge.from_), ("to", edge.to)):
                if name not in ids:
                    raise Misplaced(f"there is no node {name!r}. {nearest(name, ids)}".strip(), "edges", place, end)
            if edge.from_ == edge.to:
                raise Misplaced("a decision cannot cite itself here", "edges", place)
            if any((edge.from_, edge.to) == (one.from_, one.to) for one in self.edges[:place]):
                raise Misplaced("these two are joined already: say it in one edge", "edges", place)
        return self


class Named(Record):
    """The head of a row or column."""

    id: str
    label: Label


class Cell(Part):
    """A cell of a matrix."""

    mark: Mark
    text: str | None = pydantic.Field(default=None, max_length=24)


class Verdict(Cell):
    """A cell whose mark is called by the result of the motion. Only a computed matrix has such cells."""

    word: str


class Computed(Record):
    """A matrix worked out by the readings: elements down, readings across."""

    hypothetical: str
    readings: list[str] = pydantic.Field(min_length=1)
    elements: list[str] = pydantic.Field(min_length=1)
    """Ids of elements; ``outcome`` stands for the result at a motion to dismiss."""


class Grid(Record):
    """A matrix ready to be shown."""

    columns: list[Named]
    rows: list[Named]
    cells: dict[str, dict[str, Cell]]


class Matrix(Figure):
    """Rows by columns, each cell with a mark."""

    kind: Literal["matrix"]
    columns: list[Named] | None = None
    rows: list[Named] | None = None
    cells: dict[str, dict[str, Cell]] | None = None
    computed: Computed | None = None

    @pydantic.model_validator(mode="after")
    def _one_way(self) -> Matrix:
        given = (self.columns, self.rows, self.cells)
        if self.computed is None and None in given:
            raise ValueError("give columns, rows and cells, or else computed")
        if self.computed is not None and given != (None, None, None):
            raise Misplaced("a computed matrix has no columns, rows or cells of its own", "computed")
        if self.cells is not None:
            rows, columns = ([one.id for one in part or []] for part in (self.rows, self.columns))
            for row in [*self.cells, *rows]:
                if row not in rows:
                    raise Misplaced(f"there is no row {row!r}. {nearest(row, rows)}".strip(), "cells", row)
                found = self.cells.get(row, {})
                for column in [*found, *columns]:
                    if column not in columns:
                        what = f"there is no column {column!r}. {nearest(column, columns)}".strip()
                        raise Misplaced(what, "cells", row, column)
                    if column not in found:
                        raise Misplaced(f"row {row!r} has no cell {column!r}: say silent or open", "cells", row)
        return self

    def grid(self, library: Library) -> Grid:
        """The cells as given, or as the readings give them today.

        Raises:
            CourseError: the hypothetical or a reading is not there.
        """
        if self.computed is None:
            return Grid(columns=self.columns or [], rows=self.rows or [], cells=self.cells or {})
        readings = [library.reading(name) for name in self.computed.readings]
        found = table(library, library.hypothetical(self.computed.hypothetical), readings)
        titles = {branch.id: branch.title for branch in library.branches} | {"outcome": "Result"}
        cells: dict[str, dict[str, Cell]] = {}
        for element in self.computed.elements:
            for name, entry in found.readings.items():
                if element == "outcome":
                    result = OUTCOMES[entry.outcomes[0]]
                    mark: Mark = {"survives": "met", "open": "open"}.get(result, "not met")  # type: ignore[assignment]
                    cell: Cell = Verdict(mark=mark, word=result)
                else:
                    given = entry.columns[element].at(0)
                    status = None if given.status == "unverified" else given.status
                    cell = Cell(mark=given.result, status=status, authority=given.authority)
                cells.setdefault(element, {})[name] = cell
        return Grid(
            columns=[Named(id=one.id, label=one.short[:40]) for one in readings],
            rows=[Named(id=one, label=titles.get(one, one)[:40]) for one in self.computed.elements],
            cells=cells,
        )


class Bar(Part):
    """A stretch of time in a lane."""

    from_: Day = pydantic.Field(alias="from")
    to: Day | None = None
    """The last day; none while it lasts."""
    label: str = pydantic.Field(max_length=60)


class Moment(Part):
    """A day in a lane."""

    on: Day
    label: str = pydantic.Field(max_length=60)


class Lane(Record):
    """Things of one kind over time."""

    label: Label
    bars: list[Bar] = []
    marks: list[Moment] = []


class Lanes(Figure):
    """What lasted how long, in lanes over the same years."""

    kind: Literal["lanes"]
    from_: int = pydantic.Field(alias="from", ge=1900, le=2100)
    to: int = pydantic.Field(ge=1900, le=2100)
    """The last year shown."""
    lanes: list[Lane] = pydantic.Field(min_length=1)

    @pydantic.model_validator(mode="after")
    def _in_the_years(self) -> Lanes:
        if self.to <= self.from_:
            raise Misplaced("the last year must come after the first", "to")
        for place, lane in enumerate(self.lanes):
            if not lane.bars and not lane.marks:
                raise Misplaced(f"the lane {lane.label!r} is empty", "lanes", place)
            for number, bar in enumerate(lane.bars):
                if bar.to is not None and bar.to < bar.from_:
                    raise Misplaced("a bar ends before it begins", "lanes", place, "bars", number)
                if int(bar.from_[:4]) > self.to or (bar.to is not None and int(bar.to[:4]) < self.from_):
                    raise Misplaced("a bar lies outside the years shown", "lanes", place, "bars", number)
            for number, one in enumerate(lane.marks):
                if not self.from_ <= int(one.on[:4]) <= self.to:
                    raise Misplaced("a mark lies outside the years shown", "lanes", place, "marks", number)
        return self


class Box(Part):
    """A link of a chain."""

    label: Label
    note: Note | None = None


class Chain(Figure):
    """Who stands between whom."""

    kind: Literal["chain"]
    boxes: list[Box] = pydantic.Field(min_length=2, max_length=6)
    links: list[Label]
    """What each does for, or with, the next."""

    @pydantic.model_validator(mode="after")
    def _linked(self) -> Chain:
        if len(self.links) != len(self.boxes) - 1:
            raise Misplaced(f"{len(self.boxes)} boxes need {len(self.boxes) - 1} links, not {len(self.links)}", "links")
        return self


class Amount(Part):
    """A bar of a bar figure."""

    label: str = pydantic.Field(max_length=60)
    value: float = pydantic.Field(ge=0)
    note: Note | None = None

    @property
    def shown(self) -> str:
        """The value as readers see it, with no empty decimals."""
        return f"{self.value:,.10g}"


class Bars(Figure):
    """Amounts of one unit, from zero."""

    kind: Literal["bars"]
    unit: str
    bars: list[Amount] = pydantic.Field(min_length=1, max_length=20)


AnyFigure = Tree | Cites | Matrix | Lanes | Chain | Bars

KINDS: dict[str, type[AnyFigure]] = {
    "tree": Tree,
    "cites": Cites,
    "matrix": Matrix,
    "lanes": Lanes,
    "chain": Chain,
    "bars": Bars,
}


def rank(authority: Authority) -> int:
    """The place of a source's court in :data:`RANKS`."""
    court = authority.court
    if court == "Congress" or authority.kind == "statute-act":
        return 0
    if not authority.is_case:
        return 5
    if court == "U.S.":
        return 1
    if court.endswith("Cir."):
        return 2
    return 3 if re.match(r"(?:[NSEWCM]\.)?D\.", court) else 4


def load_figure(path: Path) -> AnyFigure:
    """Read one figure.

    Raises:
        CourseError: what does not fit its kind, by line.
    """
    document = read_yaml(path)
    kind = document.data.get("kind") if isinstance(document.data, dict) else None
    if kind not in KINDS:
        what = f"a figure has a kind: {', '.join(KINDS)}" if kind is None else f"{kind!r} is not a kind of figure"
        raise CourseError(document.fault(("kind",), what, nearest(str(kind), KINDS)))
    figure = validated(document, KINDS[kind])
    if figure.id != path.stem:
        what = f"the id is {figure.id!r} but the file is named {path.name!r}"
        raise CourseError(document.fault(("id",), what, "Make them the same."))
    return figure


def load_figures(folder: Path) -> dict[str, AnyFigure]:
    """Every figure of a folder, by id.

    Raises:
        CourseError: with the faults of all files together.
    """
    found: dict[str, AnyFigure] = {}
    faults = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            figure = load_figure(path)
        except CourseError as problem:
            faults += problem.faults
        else:
            found[figure.id] = figure
    if faults:
        raise CourseError(faults)
    return found


def unfounded(figure: AnyFigure, library: Library) -> Iterator[tuple[Loc, str, str]]:
    """Ids in a figure that name nothing: the place, what is wrong, the mend. Fields called ``authority`` are not looked at."""
    if isinstance(figure, Cites):
        for place, node in enumerate(figure.nodes):
            one = library.authorities.get(node.id)
            if one is None:
                yield (
                    ("nodes", place, "id"),
                    f"there is no authority {node.id!r}",
                    nearest(node.id, library.authorities),
                )
            elif one.decided is None:
                yield ("nodes", place, "id"), f"{node.id!r} has no date on record", "Give it one in data/authorities."
    if isinstance(figure, Matrix) and figure.computed is not None:
        given = figure.computed
        elements = [*(branch.id for branch in library.branches), "outcome"]
        for field, names, known in (
            ("hypothetical", [given.hypothetical], library.hypotheticals),
            ("readings", given.readings, library.readings),
            ("elements", given.elements, dict.fromkeys(elements)),
        ):
            for place, name in enumerate(names):
                if name not in known:
                    loc = ("computed", field) if field == "hypothetical" else ("computed", field, place)
                    yield loc, f"there is no {field.rstrip('s')} {name!r}", nearest(name, known)
