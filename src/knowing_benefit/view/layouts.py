"""Where everything in a figure stands: one layout for each kind, for a wide page and for a narrow one.

Text is measured before it is placed and is never made smaller. Where words do not fit, lines break, boxes grow, and at last
the drawing becomes wider than the page and scrolls in a box of its own.
"""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from knowing_benefit.law.authorities import Authority
from knowing_benefit.law.figures import (
    RANKS,
    Bars,
    Branch,
    Cell,
    Chain,
    Cites,
    Edge,
    Grid,
    Lane,
    Lanes,
    Tree,
    Verdict,
    rank,
)
from knowing_benefit.view.drawing import FONT, WIDTH, text_width
from knowing_benefit.view.scene import (
    LINE,
    Box,
    Extent,
    Outline,
    Path,
    Point,
    Scene,
    Text,
    apart,
    head,
    widest,
    wrapped,
)

TYPE = FONT
"""Size of the type in units."""

NARROW = 340
"""Width of a drawing for a phone, in units."""

SIGN = {"met": "●", "not met": "✕", "open": "○", "yes": "■", "no": "□", "silent": "–"}
"""For each mark its shape: no mark is told by its color alone."""

SECONDARY = "◐"
"""Stands beside what is known only from a secondary source."""

PAD = 8.0
"""Between a box and its words."""


def marked(mark: str, word: str = "") -> str:
    """A mark as words: its shape, and its name or the word that stands for it."""
    return f"{SIGN[mark]} {word or mark}"


def cell_mark(cell: Cell) -> str:
    """A cell's mark as words."""
    return marked(cell.mark, cell.word if isinstance(cell, Verdict) else "")


def _kind(mark: str | None) -> str:
    return (mark or "plain").replace(" ", "-")


def _doubt(status: str | None) -> str:
    return f" {SECONDARY}" if status == "secondary" else ""


# -- Trees -------------------------------------------------------------------------------------------------------------


@dataclass
class _Words:
    """What a box says, in lines."""

    label: list[str]
    mark: str | None
    said: list[str]
    note: list[str]

    @property
    def high(self) -> float:
        return (len(self.label) + len(self.said) + len(self.note)) * LINE + 2 * (PAD - 2)

    def draw(self, scene: Scene, x: float, top: float, wide: float, anchor: str = "start") -> None:
        scene.add(Box(x, top, wide, self.high, f"box-{_kind(self.mark)}"))
        at = x + PAD if anchor == "start" else x + wide / 2
        y = scene.lines(at, top + PAD - 2, self.label, "ink", anchor, bold=True)
        y = scene.lines(at, y, self.said, _kind(self.mark), anchor)
        scene.lines(at, y, self.note, "muted", anchor)


def _words(label: str, note: str | None, mark: str | None, status: str | None, wide: float) -> _Words:
    inner = wide - 2 * PAD
    said = wrapped(marked(mark) + _doubt(status), inner) if mark else []
    name = label if mark else label + _doubt(status)
    return _Words(wrapped(name, inner, bold=True), mark, said, wrapped(note or "", inner))


def _least(branch: Branch) -> float:
    own = max(
        widest(branch.label, bold=True), widest(branch.note or ""), text_width("✕ not met ◐") if branch.mark else 0
    )
    return max([own, *(_least(child) for child in branch.children)])


def tree(figure: Tree) -> Scene:
    """From left to right: each question beside those into which it falls."""
    levels, gap = figure.root.depth(), 30.0
    column = max(min((WIDTH - gap * (levels - 1)) / levels, 330.0), _least(figure.root) + 2 * PAD)
    scene = Scene(levels * column + (levels - 1) * gap + 2)
    between = 10.0

    def words(branch: Branch) -> _Words:
        return _words(branch.label, branch.note, branch.mark, branch.status, column)

    def high(branch: Branch) -> float:
        below = [high(child) for child in branch.children]
        return max(words(branch).high, sum(below) + between * (len(below) - 1))

    def place(branch: Branch, level: int, top: float) -> float:
        own, x = words(branch), 1 + level * (column + gap)
        whole = high(branch)
        middle = top + whole / 2
        below = [high(child) for child in branch.children]
        at = top + (whole - sum(below) - between * (len(below) - 1)) / 2
        for child, tall in zip(branch.children, below, strict=True):
            y = place(child, level + 1, at)
            bend = x + column + gap / 2
            scene.add(Path(((x + column, middle), (bend, middle), (bend, y), (x + column + gap, y)), "link"))
            at += tall + between
        own.draw(scene, x, middle - own.high / 2, column)
        return middle

    scene.high = high(figure.root) + 2
    place(figure.root, 0, 1)
    return scene


def tree_narrow(figure: Tree) -> Scene:
    """Downwards, as an outline: each question indented under the one to which it belongs."""
    indent = 18.0
    needed = _least(figure.root) + 2 * PAD + indent * (figure.root.depth() - 1)
    scene = Scene(max(NARROW, needed + 2))

    def place(branch: Branch, level: int, top: float) -> tuple[float, float]:
        x = 1 + level * indent
        own = _words(branch.label, branch.note, branch.mark, branch.status, scene.wide - 1 - x)
        own.draw(scene, x, top, scene.wide - 1 - x)
        y = top + own.high
        for child in branch.children:
            joint, end = place(child, level + 1, y + 8)
            scene.add(Path(((x + indent / 2, top + own.high), (x + indent / 2, joint), (x + indent, joint)), "link"))
            y = end
        return top + own.high / 2, y

    scene.high = place(figure.root, 0, 1)[1] + 1
    return scene


# -- Matrices ----------------------------------------------------------------------------------------------------------


def _cell(cell: Cell, wide: float) -> tuple[list[str], list[str]]:
    return wrapped(cell_mark(cell) + _doubt(cell.status), wide), wrapped(cell.text or "", wide)


def _mark_width(cell: Cell) -> float:
    # A mark stays on one line; a result in several words may break.
    return widest(cell.word) + 20 if isinstance(cell, Verdict) else text_width(cell_mark(cell) + _doubt(cell.status))


def matrix(grid: Grid) -> Scene:
    """Rows by columns, each cell tinted by its mark, which it also writes."""
    every = [cell for row in grid.cells.values() for cell in row.values()]
    first = max(
        min(max(text_width(row.label, True) for row in grid.rows) + PAD, 200.0),
        *(widest(row.label, True) + PAD for row in grid.rows),
    )
    need = max(
        *(widest(column.label, bold=True) for column in grid.columns),
        *(_mark_width(cell) for cell in every),
        *(widest(cell.text or "") for cell in every),
    )
    column = max((WIDTH - first) / len(grid.columns), need + 2 * PAD)
    scene = Scene(first + column * len(grid.columns))
    inner, gap = column - 2 * PAD, 4.0
    heads = [wrapped(one.label, inner, bold=True) for one in grid.columns]
    top = max(len(lines) for lines in heads) * LINE + 6
    for place, lines in enumerate(heads):
        scene.lines(first + place * column + PAD, top - 6 - len(lines) * LINE, lines, bold=True)
    for row in grid.rows:
        label = wrapped(row.label, first - PAD, bold=True)
        cells = [_cell(grid.cells[row.id][one.id], inner) for one in grid.columns]
        high = max(len(label), *(len(said) + len(text) for said, text in cells)) * LINE + 12
        scene.add(Path(((0, top), (scene.wide, top)), "grid"))
        scene.lines(0, top + 6, label, bold=True)
        for place, (said, text) in enumerate(cells):
            kind = _kind(grid.cells[row.id][grid.columns[place].id].mark)
            x = first + place * column
            if kind != "silent":
                scene.add(Box(x + gap / 2, top + gap / 2, column - gap, high - gap, f"cell-{kind}"))
            scene.lines(x + PAD, scene.lines(x + PAD, top + 6, said, kind), text)
        top += high
    scene.high = top + 1
    return scene


def matrix_narrow(grid: Grid) -> Scene:
    """Row after row, the columns of each below one another."""
    every = [cell for row in grid.cells.values() for cell in row.values()]
    right = max(
        *(_mark_width(cell) for cell in every),
        *(min(text_width(cell.text or ""), 130.0) for cell in every),
        *(widest(cell.text or "") for cell in every),
    )
    scene = Scene(max(NARROW, right + 3 * PAD + max(widest(one.label) for one in grid.columns)))
    left = scene.wide - right - 3 * PAD
    top = 0.0
    for row in grid.rows:
        top = scene.lines(0, top + 4, wrapped(row.label, scene.wide, bold=True), bold=True) + 2
        for one in grid.columns:
            cell = grid.cells[row.id][one.id]
            said, text = _cell(cell, right)
            label = wrapped(one.label, left)
            high = max(len(label), len(said) + len(text)) * LINE + 8
            if cell.mark != "silent":
                scene.add(Box(0.5, top + 1, scene.wide - 1, high - 2, f"cell-{_kind(cell.mark)}"))
            scene.lines(PAD, top + 4, label)
            x = left + 2 * PAD
            scene.lines(x, scene.lines(x, top + 4, said, _kind(cell.mark)), text)
            top += high
        top += 8
    scene.high = top
    return scene


# -- Chains ------------------------------------------------------------------------------------------------------------


def chain(figure: Chain) -> Scene:
    """From left to right; over each arrow what the one does for the other."""
    count, gap = len(figure.boxes), 26.0
    need = (
        max(max(widest(box.label + _doubt(box.status), True), widest(box.note or "")) for box in figure.boxes) + 2 * PAD
    )
    pitch = max((WIDTH - 2 + gap) / count, need + gap, *(widest(link) + 14 for link in figure.links))
    wide = pitch - gap
    scene = Scene(pitch * count - gap + 2)
    links = [wrapped(link, pitch - 12) for link in figure.links]
    roof = max(len(lines) for lines in links) * LINE + 6
    top = roof + 22
    words = [_words(box.label, box.note, None, box.status, wide) for box in figure.boxes]
    high = max(one.high for one in words)
    for place, lines in enumerate(links):
        start, end = 1 + place * pitch + wide * 0.72, 1 + (place + 1) * pitch + wide * 0.28
        middle = 1 + (place + 1) * pitch - gap / 2
        scene.lines(middle, roof - 6 - len(lines) * LINE, lines, anchor="middle")
        scene.arrow(((start, top), (start, roof), (end, roof), (end, top - 1)), "flow")
    for place, one in enumerate(words):
        x = 1 + place * pitch
        scene.add(Box(x, top, wide, high, "box-plain"))
        y = scene.lines(x + wide / 2, top + (high - one.high) / 2 + PAD - 2, one.label, anchor="middle", bold=True)
        scene.lines(x + wide / 2, y, one.note, "muted", "middle")
    scene.high = top + high + 2
    return scene


def chain_narrow(figure: Chain) -> Scene:
    """Downwards; beside each arrow what the one does for the other."""
    scene = Scene(NARROW)
    top = 1.0
    for place, box in enumerate(figure.boxes):
        one = _words(box.label, box.note, None, box.status, scene.wide - 2)
        one.draw(scene, 1, top, scene.wide - 2)
        top += one.high
        if place < len(figure.links):
            lines = wrapped(figure.links[place], scene.wide - 50)
            high = len(lines) * LINE + 14
            scene.arrow(((22, top), (22, top + high - 1)), "flow")
            scene.lines(36, top + 7, lines)
            top += high
    scene.high = top + 1
    return scene


# -- Bars --------------------------------------------------------------------------------------------------------------


def bars(figure: Bars, wide: float = WIDTH) -> Scene:
    """Each amount as a bar from zero, with its label before it (on a narrow page above it) and its value behind it."""
    beside = wide > 500
    scene = Scene(wide)
    values = [f"{bar.shown} {figure.unit}{_doubt(bar.status)}" for bar in figure.bars]
    left = min(max(text_width(bar.label) for bar in figure.bars), 250.0) + 12 if beside else 0.0
    room = wide - left - max(text_width(value, bold=True) for value in values) - 10
    most = max(bar.value for bar in figure.bars) or 1.0
    top = 2.0
    for bar, value in zip(figure.bars, values, strict=True):
        label = wrapped(bar.label, (left or wide) - 12)
        if not beside:
            top = scene.lines(0, top, label)
        long = max(bar.value / most * room, 1.5)
        right, foot = left + long, top + LINE - 1
        scene.add(Outline(((left, top + 1), (right, top + 1), (right, foot), (left, foot)), "bar"))
        scene.add(Text(left + long + 7, top + LINE / 2, value, bold=True))
        indent = left + (6 if beside else 0)
        end = scene.lines(indent, top + LINE + 1, wrapped(bar.note or "", wide - indent), "muted")
        if beside:
            end = max(end, scene.lines(left - 12, top, label, anchor="end"))
        top = end + 10
    if beside:
        scene.add(Path(((left, 0), (left, top - 6)), "axis"))
    scene.high = top - 4
    return scene


def bars_narrow(figure: Bars) -> Scene:
    """The same for a phone."""
    return bars(figure, NARROW)


# -- Lanes -------------------------------------------------------------------------------------------------------------


_T = TypeVar("_T")


def _rows(given: Sequence[tuple[float, float, _T]], gap: float) -> list[list[_T]]:
    """Things with a left and a right end, each in the first row where it has room."""
    rows: list[tuple[float, list[_T]]] = []
    for left, right, one in given:
        place = next((n for n, (end, _) in enumerate(rows) if end + gap <= left), len(rows))
        rows[place : place + 1] = [(right, [*(rows[place][1] if place < len(rows) else []), one])]
    return [row for _, row in rows]


def _years(scene: Scene, first: int, last: int, x: Callable[[datetime.date], float], top: float, bottom: float) -> None:
    """A line where each written year begins, and the year beside it at the top."""
    step = next(one for one in (1, 2, 5, 10, 20, 50) if scene.wide / (last - first + 1) * one >= 46)
    for year in range(first, last + 1):
        at = x(datetime.date(year, 1, 1))
        if year % step == 0 and at + 40 < scene.wide:
            scene.items.insert(0, Path(((at, top), (at, bottom)), "grid"))
            scene.add(Text(at + 4, top + LINE / 2, str(year), "muted"))


@dataclass
class _Stretch:
    """A bar or mark with its label, laid out but for its line."""

    left: float
    right: float
    open_end: bool
    point: bool
    label: list[str]
    at: float
    above: bool

    @property
    def ends(self) -> tuple[float, float]:
        wide = max(text_width(line) for line in self.label)
        return min(self.left, self.at), max(self.right, self.at + wide)

    @property
    def high(self) -> float:
        return (len(self.label) + self.above) * LINE + 4


def _stretches(lane: Lane, wide: float, x: Callable[[datetime.date], float]) -> list[_Stretch]:
    day = datetime.date.fromisoformat
    found = []
    for bar in lane.bars:
        left = max(x(day(bar.from_)), 1.0)
        right = wide - 1 if bar.to is None else min(x(day(bar.to) + datetime.timedelta(days=1)), wide - 1)
        found.append((left, max(right, left + 4), bar.to is None, False, bar.label + _doubt(bar.status)))
    for one in lane.marks:
        at = min(max(x(day(one.on)), 7.0), wide - 7)
        found.append((at - 6, at + 6, False, True, one.label + _doubt(one.status)))
    laid = []
    for left, right, lasting, point, label in sorted(found):
        long = text_width(label)
        if not point and long + 2 * PAD + 8 * lasting <= right - left:
            laid.append(_Stretch(left, right, lasting, point, [label], left + PAD, False))
        elif right + 6 + long <= wide:
            laid.append(_Stretch(left, right, lasting, point, [label], right + 6, False))
        elif left - 6 - long >= 0:
            laid.append(_Stretch(left, right, lasting, point, [label], left - 6 - long, False))
        else:
            lines = wrapped(label, wide)
            at = max(min(left, wide - max(text_width(line) for line in lines)), 0.0)
            laid.append(_Stretch(left, right, lasting, point, lines, at, True))
    return laid


def lanes(figure: Lanes, wide: float = WIDTH) -> Scene:
    """Time from left to right; in each lane every bar or mark with its label on it, beside it or above it."""
    scene = Scene(wide)
    first, last = datetime.date(figure.from_, 1, 1), datetime.date(figure.to, 12, 31)

    def x(day: datetime.date) -> float:
        return (day - first).days / ((last - first).days + 1) * wide

    top = LINE + 6.0
    for place, lane in enumerate(figure.lanes):
        if place:
            scene.add(Path(((0, top - 2), (wide, top - 2)), "grid"))
        top = scene.lines(0, top + 2, wrapped(lane.label, wide, bold=True), bold=True)
        for together in _rows([(*one.ends, one) for one in _stretches(lane, wide, x)], 9):
            high = max(one.high for one in together)
            for one in together:
                # Labels that stand above make a line taller: what has none above stands at its foot.
                base = top + high - LINE - 2
                _draw(scene, one, base)
            top += high
        top += 6
    scene.high = top
    _years(scene, figure.from_, figure.to, x, 0, top)
    return scene


def _draw(scene: Scene, one: _Stretch, base: float) -> None:
    middle = base + LINE / 2
    if one.point:
        x, half = (one.left + one.right) / 2, 6.0
        scene.add(Outline(((x, middle - half), (x + half, middle), (x, middle + half), (x - half, middle)), "point"))
    elif one.open_end:
        tip = one.right - 8
        corners = ((one.left, base), (tip, base), (one.right, middle), (tip, base + LINE), (one.left, base + LINE))
        scene.add(Outline(corners, "span"))
    else:
        scene.add(Box(one.left, base, one.right - one.left, LINE, "span"))
    scene.lines(one.at, base - len(one.label) * LINE if one.above else base, one.label)


def lanes_narrow(figure: Lanes) -> Scene:
    """The same for a phone."""
    needed = max(
        widest(label + " ◐", bold=True)
        for lane in figure.lanes
        for label in [lane.label, *(bar.label for bar in lane.bars), *(one.label for one in lane.marks)]
    )
    return lanes(figure, max(NARROW, needed + 2))


# -- Citations ---------------------------------------------------------------------------------------------------------

STYLE = {
    "follows": "with",
    "extends": "with",
    "affirms": "with",
    "declines": "against",
    "distinguishes": "against",
    "reverses": "against",
    "cites": "neutral",
}
"""How each kind of edge is drawn: solid where the later court goes along, dashed where it does not, dotted otherwise."""

_BENDS = (0.0, 34.0, -34.0, 68.0, -68.0, 110.0, -110.0, 160.0, -160.0)
_PLACES = (0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74)


def cites(figure: Cites, records: dict[str, Authority]) -> Scene:
    """Decisions by year and rank of court; an arrow from each to what it cites, with the word for what it does.

    Args:
        records: the authorities of the nodes, by id; each has a date.
    """
    best: tuple[tuple[int, int], Scene] = ((len(figure.edges) + 1, 0), Scene(WIDTH))
    for spread, turned in itertools.product(range(7), (False, True)):
        scene = Scene(WIDTH)
        found = _cites(scene, figure, records, 34.0 + 24.0 * spread, turned)
        if found < best[0]:
            best = found, scene
        if best[0] == (0, 0):
            break
    return best[1]


def _cites(scene: Scene, figure: Cites, records: dict[str, Authority], between: float, turned: bool) -> tuple[int, int]:
    """Lay it out once.

    Args:
        between: room between rows.
        turned: whether the later decisions of a court stand over the earlier ones, where they need rows of their own.

    Returns:
        How many edges found no place for their word, and how often one runs behind a box that it does not join.
    """
    dates = {node.id: found.first for node in figure.nodes for found in [records[node.id].decided] if found}
    first, last = min(dates.values()).year, max(dates.values()).year
    words = {
        node.id: [*wrapped(node.label, 128, bold=True), f"{records[node.id].court} {dates[node.id].year}"]
        for node in figure.nodes
    }
    wide = {
        name: max(*(text_width(line, True) for line in lines[:-1]), text_width(lines[-1])) + 2 * PAD
        for name, lines in words.items()
    }
    margin = max(wide.values()) / 2 + 2
    start, end = datetime.date(first, 1, 1), datetime.date(last, 12, 31)

    def x(day: datetime.date) -> float:
        return margin + (day - start).days / (end - start).days * (WIDTH - 2 * margin)

    boxes: dict[str, Extent] = {}
    top = LINE + 4.0
    titles: list[Text] = []
    for place, title in enumerate(RANKS):
        own = sorted((node.id for node in figure.nodes if rank(records[node.id]) == place), key=lambda n: (dates[n], n))
        if not own:
            continue
        if titles:
            scene.add(Path(((0, top), (WIDTH, top)), "grid"))
        titles.append(Text(2, top + 4 + LINE / 2, title, "muted"))
        top += LINE + between / 2
        rows = _rows([(x(dates[name]) - wide[name] / 2, x(dates[name]) + wide[name] / 2, name) for name in own], 26)
        for together in reversed(rows) if turned else rows:
            high = max(len(words[name]) for name in together) * LINE + 10
            for name in together:
                tall = len(words[name]) * LINE + 10
                left, upper = x(dates[name]) - wide[name] / 2, top + (high - tall) / 2
                boxes[name] = (left, upper, left + wide[name], upper + tall)
            top += high + between
        top += 6 - between / 2
    scene.high = top
    taken = [title.extent for title in titles]
    routes: list[tuple[Edge, list[Point], Text | None]] = []
    behind = 0

    def long(edge: Edge) -> float:
        a, b = _middle(boxes[edge.from_]), _middle(boxes[edge.to])
        return (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2

    # The shortest first: they have the fewest places for their word.
    for edge in sorted(figure.edges, key=lambda edge: (long(edge), edge.from_, edge.to)):
        points, label = _route(edge, boxes, taken, [points for _, points, _ in routes], scene.high)
        behind += sum(
            any(_inside(point, box) for point in points)
            for name, box in boxes.items()
            if name not in (edge.from_, edge.to)
        )
        taken += [label.extent] if label else []
        routes.append((edge, points, label))
    for edge, points, _ in routes:
        kind = f"edge-{STYLE[edge.how]}"
        scene.add(Path(_thinned(points), kind), head(points[-2], points[-1], f"{kind}-head"))
    for _, _, label in routes:
        if label is not None:
            left, upper, right, lower = label.extent
            scene.add(Box(left - 3, upper + 1, right - left + 6, lower - upper - 2, "halo"), label)
    for name, (left, upper, right, lower) in boxes.items():
        scene.add(Box(left, upper, right - left, lower - upper, "box-plain"))
        y = scene.lines((left + right) / 2, upper + 5, words[name][:-1], anchor="middle", bold=True)
        scene.lines((left + right) / 2, y, words[name][-1:], "muted", "middle")
    scene.add(*titles)
    _years(scene, first, last, x, 0, scene.high)
    return sum(label is None for _, _, label in routes), behind


def _thinned(points: Sequence[Point]) -> tuple[Point, ...]:
    """A curve in fewer points; a straight line in two."""
    first, last, middle = points[0], points[-1], points[len(points) // 2]
    across, down = last[0] - first[0], last[1] - first[1]
    aside = abs(across * (middle[1] - first[1]) - down * (middle[0] - first[0])) / ((across**2 + down**2) ** 0.5 or 1)
    return (first, last) if aside < 0.5 else (*points[:-1:8], last)


def _middle(box: Extent) -> Point:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def _inside(point: Point, box: Extent, gap: float = 0.0) -> bool:
    return box[0] - gap < point[0] < box[2] + gap and box[1] - gap < point[1] < box[3] + gap


def _route(
    edge: Edge, boxes: dict[str, Extent], taken: Sequence[Extent], lines: Sequence[Sequence[Point]], high: float
) -> tuple[list[Point], Text | None]:
    """The best of a few curves between two boxes: its points, and the word on it where there is room for one."""
    word = edge.how + _doubt(edge.status)
    others = [box for name, box in boxes.items() if name not in (edge.from_, edge.to)]
    best: tuple[float, list[Point], Text | None] | None = None
    for bend in _BENDS:
        points = _curve(boxes[edge.from_], boxes[edge.to], bend)
        if points is None:
            continue
        crossed = sum(any(_inside(point, box, 3) for point in points) for box in others)
        crossed += sum(any(_inside(point, box) for point in points) for box in taken)
        crossed += sum(not 1 < point[0] < WIDTH - 1 or not LINE < point[1] < high - 1 for point in points)
        for share in _PLACES:
            at = points[min(int(share * len(points)), len(points) - 1)]
            label = Text(at[0], at[1], word, STYLE[edge.how], "middle")
            extent = label.extent
            free = extent[0] >= 2 and extent[2] <= WIDTH - 2 and extent[1] >= LINE and extent[3] <= high - 2
            free = free and all(apart(extent, box, 4) for box in itertools.chain(boxes.values(), taken))
            over = sum(any(_inside(point, extent) for point in line) for line in lines)
            cost = 10 * crossed + 4 * over + abs(bend) / 34 + abs(share - 0.5) + (0 if free else 1000)
            if best is None or cost < best[0]:
                best = cost, points, label if free else None
    if best is None:
        return [_middle(boxes[edge.from_]), _middle(boxes[edge.to])], None
    return best[1], best[2]


def _curve(start: Extent, end: Extent, bend: float) -> list[Point] | None:
    """Points from the edge of one box to the edge of another, the middle moved aside by ``bend``."""
    (ax, ay), (bx, by) = _middle(start), _middle(end)
    length = ((bx - ax) ** 2 + (by - ay) ** 2) ** 0.5
    if length == 0:
        return None
    cx, cy = (ax + bx) / 2 - (by - ay) / length * bend * 2, (ay + by) / 2 + (bx - ax) / length * bend * 2
    count = 150
    points = []
    for step in range(count + 1):
        t = step / count
        point = (
            (1 - t) ** 2 * ax + 2 * t * (1 - t) * cx + t**2 * bx,
            (1 - t) ** 2 * ay + 2 * t * (1 - t) * cy + t**2 * by,
        )
        if not _inside(point, start, 1) and not _inside(point, end, 3):
            points.append(point)
    return points if len(points) > 6 else None
