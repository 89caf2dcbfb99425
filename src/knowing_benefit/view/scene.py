"""A drawing before it is drawn: lines of text, boxes, outlines and paths in units, and how they become SVG.

What a layout decides is kept apart from what draws it. matplotlib draws; the SVG that comes out has shapes, real text and
classes and no colors: CSS gives those, in light and dark. Each part's ``kind`` is its class.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from knowing_benefit.view import drawing
from knowing_benefit.view.drawing import FONT, SVG, text_width

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LINE = 18
"""Height of a line of text, in units (type is :data:`drawing.FONT` of them)."""

Point = tuple[float, float]
Extent = tuple[float, float, float, float]
"""Left, top, right, bottom."""


@dataclass(frozen=True)
class Text:
    """One line of text, centered on ``y``; ``x`` is its start, its middle or its end."""

    x: float
    y: float
    text: str
    kind: str = "ink"
    anchor: str = "start"
    bold: bool = False

    @property
    def extent(self) -> Extent:
        """What it covers."""
        wide = text_width(self.text, self.bold)
        left = self.x - {"start": 0.0, "middle": wide / 2, "end": wide}[self.anchor]
        return left, self.y - FONT * 0.6, left + wide, self.y + FONT * 0.6


@dataclass(frozen=True)
class Box:
    """A rectangle with slightly rounded corners."""

    x: float
    y: float
    wide: float
    high: float
    kind: str

    @property
    def extent(self) -> Extent:
        """What it covers."""
        return self.x, self.y, self.x + self.wide, self.y + self.high


@dataclass(frozen=True)
class Outline:
    """A filled polygon."""

    points: tuple[Point, ...]
    kind: str


@dataclass(frozen=True)
class Path:
    """An open line; with ``bend`` it is a curve of two ends and one control point."""

    points: tuple[Point, ...]
    kind: str
    bend: bool = False


Item = Text | Box | Outline | Path


@dataclass
class Scene:
    """A drawing: its size in units and its parts, the hindmost first."""

    wide: float
    high: float = 0.0
    items: list[Item] = field(default_factory=list)

    def add(self, *items: Item) -> None:
        """Put parts in front of those that are there."""
        self.items += items

    def lines(
        self, x: float, top: float, lines: Sequence[str], kind: str = "ink", anchor: str = "start", bold: bool = False
    ) -> float:
        """Lines of text below each other; where they end."""
        for place, line in enumerate(lines):
            self.add(Text(x, top + (place + 0.5) * LINE, line, kind, anchor, bold))
        return top + len(lines) * LINE

    def arrow(self, points: Sequence[Point], kind: str, bend: bool = False) -> None:
        """A line with a head at its last point."""
        self.add(Path(tuple(points), kind, bend), head(points[-2], points[-1], f"{kind}-head"))

    @property
    def texts(self) -> list[Text]:
        """Its lines of text."""
        return [item for item in self.items if isinstance(item, Text)]


def head(start: Point, end: Point, kind: str, size: float = 7.0) -> Outline:
    """The head of an arrow that comes from ``start``, its tip at ``end``."""
    across, down = end[0] - start[0], end[1] - start[1]
    length = (across**2 + down**2) ** 0.5 or 1.0
    x, y = across / length, down / length
    back = end[0] - x * size, end[1] - y * size
    half = size * 0.45
    return Outline((end, (back[0] - y * half, back[1] + x * half), (back[0] + y * half, back[1] - x * half)), kind)


def wrapped(text: str, wide: float, bold: bool = False) -> list[str]:
    """Text in lines that are no wider than ``wide`` units, so far as its words allow."""
    lines: list[str] = []
    for word in text.split():
        if lines and text_width(f"{lines[-1]} {word}", bold) <= wide:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def widest(text: str, bold: bool = False) -> float:
    """The width of the longest word, below which no column of this text can go."""
    return max((text_width(word, bold) for word in text.split()), default=0.0)


def apart(one: Extent, other: Extent, gap: float = 0.0) -> bool:
    """Whether two extents have at least ``gap`` between them."""
    return one[2] + gap <= other[0] or other[2] + gap <= one[0] or one[3] + gap <= other[1] or other[3] + gap <= one[1]


def figure_of(scene: Scene) -> Figure:
    """The scene as a matplotlib figure, one point for each unit. What a part is, its gid says."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.font_manager import FontProperties
    from matplotlib.patches import FancyBboxPatch, PathPatch, Polygon
    from matplotlib.path import Path as Curve

    figure = Figure(figsize=(scene.wide / 72, scene.high / 72), dpi=72)
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_xlim(0, scene.wide)
    axes.set_ylim(scene.high, 0)
    axes.set_axis_off()
    figure.patch.set_visible(False)
    for order, item in enumerate(scene.items):
        gid = f"kb:{order}:{item.kind}"
        if isinstance(item, Text):
            axes.text(
                item.x,
                item.y,
                item.text,
                va="center_baseline",
                ha={"start": "left", "middle": "center", "end": "right"}[item.anchor],
                gid=gid,
                zorder=order,
                parse_math=False,
                clip_on=False,
                fontproperties=FontProperties(fname=drawing.font_file(item.bold), size=FONT),
            )
            continue
        if isinstance(item, Box):
            rounding = "round,pad=0,rounding_size=4"
            patch = FancyBboxPatch((item.x, item.y), item.wide, item.high, boxstyle=rounding)
        elif isinstance(item, Outline):
            patch = Polygon(list(item.points))
        else:
            codes = [Curve.MOVETO, *[Curve.CURVE3 if item.bend else Curve.LINETO] * (len(item.points) - 1)]
            patch = PathPatch(Curve(list(item.points), codes))
        patch.set(gid=gid, zorder=order, clip_on=False, facecolor="none")
        axes.add_patch(patch)
    return figure


def svg_of(scene: Scene) -> str:
    """The scene as SVG. Without a stylesheet it is a drawing in lines."""
    with drawing.style():
        root = ElementTree.fromstring(drawing.written(figure_of(scene)))
    shapes, texts = {}, {}
    for group in root.iter(f"{SVG}g"):
        name, _, rest = group.get("id", "").partition(":")
        if name != "kb":
            continue
        order = int(rest.partition(":")[0])
        path, text = group.find(f"{SVG}path"), group.find(f"{SVG}text")
        if path is not None:
            shapes[order] = drawing.path_of(path)
        elif text is not None:
            shapes.pop(order, None)
            texts[order] = (text.attrib["x"], text.attrib["y"])
    parts = []
    for order, item in enumerate(scene.items):
        if isinstance(item, Text):
            x, y = (drawing.number(value) for value in texts[order])
            anchor = f' text-anchor="{item.anchor}"' if item.anchor != "start" else ""
            strong = ' font-weight="bold"' if item.bold else ""
            parts.append(f'<text class="kb-{item.kind}"{anchor}{strong} x="{x}" y="{y}">{escape(item.text)}</text>')
        else:
            parts.append(f'<path class="kb-{item.kind}" fill="none" stroke="currentColor" d="{shapes[order]}"/>')
    size = f'viewBox="0 0 {drawing.number(str(scene.wide))} {drawing.number(str(scene.high))}"'
    return f'<svg {size} aria-hidden="true">{"".join(parts)}</svg>'
