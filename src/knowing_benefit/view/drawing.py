"""The timeline as pictures: matplotlib lays out and draws, and what comes out is small SVG that CSS can color.

One lane over one stretch of years is a *strip*. The strips of a stretch share their x scale, so that they can be stacked,
and a lane can be taken away without leaving a gap. In a strip every event is a mark with its label on the same line; a line
takes what still fits, from the left, so that no label meets another and none needs a leader.
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

from knowing_benefit.law.timeline import Event, Lane, Timeline

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH = 750
"""Width of a strip in its own units. On a screen it never has fewer pixels; 7.2 inches wide on paper, type is 9 points."""

FONT = 13
"""Size of the type, in the same units."""

FAMILY = "'DejaVu Sans', Verdana, sans-serif"
"""The first is what matplotlib measures; the others are not wider."""

ROW, PAD, GAP, TITLE, AXIS = 20, 5, 9, 24, 22
"""Height of a line, margin, least distance between things on one line, height of a lane's title and of the axis."""

MARK = 5.2
"""Half the width of a mark."""

LINES = {"whole": 4}
"""Over which spans space is short: there events of weight 3 are labelled, those of weight 2 while a lane has no more lines
than this, and those of weight 1 only marked."""

SHAPES = {
    "statutes": ("■", "-0.9,-0.9 0.9,-0.9 0.9,0.9 -0.9,0.9"),
    "backpage": ("●", ""),
    "warnings": ("▲", "0,-1.1 1.1,0.9 -1.1,0.9"),
    "salesforce": ("◆", "0,-1.25 1.25,0 0,1.25 -1.25,0"),
    "gg": (
        "✚",
        "-.4,-1.1 .4,-1.1 .4,-.4 1.1,-.4 1.1,.4 .4,.4 .4,1.1 -.4,1.1 -.4,.4 -1.1,.4 -1.1,-.4 -.4,-.4",
    ),
    "siblings": ("▼", "0,1.1 1.1,-0.9 -1.1,-0.9"),
    "elsewhere": ("⬟", "0,-1.15 1.1,-0.35 0.68,0.95 -0.68,0.95 -1.1,-0.35"),
}
"""For each lane its mark: the character where there is only text, and the corners in half widths (none: a circle)."""


READY = "drawn"
"""The folder of a course that is packed for a place without matplotlib: what was drawn for it beforehand, as JSON."""


def can_draw() -> bool:
    """Whether matplotlib is here."""
    return find_spec("matplotlib") is not None


def ready(root: Path, name: str) -> Any:
    """What was drawn beforehand under a name; None if nothing was."""
    path = root / READY / f"{name}.json"
    return json.loads(path.read_text("utf-8")) if path.is_file() else None


@dataclass(frozen=True)
class Scale:
    """From days to units."""

    first: datetime.date
    last: datetime.date

    def x(self, day: datetime.date) -> float:
        """Where a day begins."""
        return (day - self.first).days / ((self.last - self.first).days + 1) * WIDTH

    def years(self) -> list[int]:
        """The years written on the axis: all, or every second, fifth or tenth."""
        all_years = range(self.first.year, self.last.year + 1)
        step = next(step for step in (1, 2, 5, 10) if WIDTH / len(all_years) * step >= 46)
        return [year for year in all_years if year % step == 0 and self.x(datetime.date(year, 1, 1)) + 40 < WIDTH]


class Placed(NamedTuple):
    """An event in a strip: the ends of its mark, where its label begins (none: no room for it), and on which line."""

    event: Event
    left: float
    right: float
    label: float | None
    line: int


@dataclass(frozen=True)
class Strip:
    """One lane over one stretch of years, laid out."""

    lane: Lane
    scale: Scale
    placed: list[Placed]
    height: float


def strip(lane: Lane, events: Sequence[Event], scale: Scale, lines: int | None = None) -> Strip:
    """Lay out the events of one lane. Where ``lines`` are limited, labels of less weight give way and leave small marks."""
    labelled: list[Event] = []
    # A bar so long that its label fits on neither side goes without.
    fitting = [event for event in events if _label(event, scale) >= 0]
    for event in sorted(fitting, key=lambda event: (-event.weight, event.date.key, event.id)):
        room = lines is None or (event.weight == 2 and max(_filled([*labelled, event], scale).values()) < lines)
        if room or event.weight == 3:
            labelled.append(event)
    line = _filled(labelled, scale)
    used = max(line.values(), default=-1) + 1
    placed = [
        Placed(
            event, *_mark(event, scale), _label(event, scale) if event.id in line else None, line.get(event.id, used)
        )
        for event in events
    ]
    bare = any(item.label is None for item in placed)
    return Strip(lane, scale, placed, used * ROW + bare * ROW * 0.6 + 2 * PAD)


def _filled(events: Sequence[Event], scale: Scale) -> dict[str, int]:
    # To go from the left and use the first free line needs the fewest lines that there can be. Then the lines are put in
    # the order of their first marks, so that time runs downwards as well.
    def ends(event: Event) -> tuple[float, float]:
        (left, right), label = _mark(event, scale), _label(event, scale)
        return min(left, label), max(right, label + text_width(event.label))

    taken: list[float] = []
    found: dict[str, int] = {}
    for event in sorted(events, key=lambda event: (ends(event), event.id)):
        left, right = ends(event)
        line = next((line for line, end in enumerate(taken) if end + GAP <= left), len(taken))
        taken[line : line + 1] = [right]
        found[event.id] = line
    starts = sorted((_mark(event, scale), found[event.id]) for event in events)
    order = {line: place for place, line in enumerate(dict.fromkeys(line for _, line in starts))}
    return {name: order[line] for name, line in found.items()}


def _mark(event: Event, scale: Scale) -> tuple[float, float]:
    # A day is a mark; a month or a year is a bar as long as that month or year, so that nothing looks surer than it is.
    begin = scale.x(max(event.first, scale.first))
    end = scale.x(min(event.last, scale.last) + datetime.timedelta(days=1))
    half = MARK if event.precision == "day" else max((end - begin) / 2, MARK + 1)
    middle = min(max((begin + end) / 2, half + 1), WIDTH - half - 1)
    return middle - half, middle + half


def _label(event: Event, scale: Scale) -> float:
    left, right = _mark(event, scale)
    wide = text_width(event.label)
    return right + PAD if right + PAD + wide < WIDTH else left - PAD - 2 - wide


@cache
def text_width(text: str, bold: bool = False) -> float:
    """How wide a label is, in units, in the font that matplotlib brings along."""
    from matplotlib.font_manager import get_font
    from matplotlib.ft2font import LoadFlags

    font = get_font(font_file(bold))
    font.set_size(FONT, 72)
    font.set_text(text, 0.0, flags=LoadFlags.NO_HINTING)
    return float(font.get_width_height()[0] / 64)


def font_file(bold: bool) -> str:
    """Where the font is that matplotlib brings along."""
    import matplotlib

    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return str(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / name)


def style() -> Any:
    """The settings of matplotlib under which the same figure is the same bytes, with text as text."""
    import matplotlib

    return matplotlib.rc_context(
        {"svg.fonttype": "none", "svg.hashsalt": "knowing-benefit", "text.hinting": "no_hinting"}
    )


class Brush:
    """Draws on axes whose units are those of a strip. What an artist is, its gid says: it becomes a class in the SVG."""

    def __init__(self, axes: Axes, points: float, hues: dict[str, str]) -> None:
        self.axes = axes
        self.points = points
        """Size of the type on the paper, in points."""
        self.hues = hues

    def text(self, x: float, y: float, text: str, gid: str, color: str = "ink", bold: bool = False) -> None:
        """A line of text, from ``x`` on and centered on ``y``."""
        from matplotlib.font_manager import FontProperties

        self.axes.text(
            x,
            y,
            text,
            va="center_baseline",
            gid=gid,
            color=self.hues[color],
            parse_math=False,
            clip_on=False,
            fontproperties=FontProperties(fname=font_file(bold), size=self.points),
        )

    def area(
        self, outline: Sequence[tuple[float, float]], gid: str, hue: str, hollow: bool = False, order: float = 1
    ) -> None:
        """A filled polygon; a hollow one is filled with the paper."""
        from matplotlib.patches import Polygon

        face, edge = self.hues["paper" if hollow else hue], self.hues[hue]
        wide = 0.0 if hue == "band" else 1.5 * self.points / FONT
        self.axes.add_patch(
            Polygon(
                list(outline),
                facecolor=face,
                edgecolor=edge,
                linewidth=wide,
                joinstyle="round",
                gid=gid,
                zorder=order,
                clip_on=False,
            )
        )

    def disc(self, x: float, y: float, radius: float, gid: str, hue: str, hollow: bool) -> None:
        """A filled circle."""
        from matplotlib.patches import Circle

        face, edge = self.hues["paper" if hollow else hue], self.hues[hue]
        wide = 1.5 * self.points / FONT
        self.axes.add_patch(
            Circle((x, y), radius, facecolor=face, edgecolor=edge, linewidth=wide, gid=gid, clip_on=False)
        )

    def ground(self, scale: Scale, contract: Contract, top: float, bottom: float) -> None:
        """The quiet part behind the marks: the contract's years, and a line where each year on the axis begins."""
        left, right = contract.ends(scale)
        if left < right:
            self.area([(left, top), (right, top), (right, bottom), (left, bottom)], "band", "band", order=0)
        for year in scale.years():
            x = scale.x(datetime.date(year, 1, 1))
            self.axes.plot(
                [x, x],
                [top, bottom],
                color=self.hues["line"],
                linewidth=0.8 * self.points / FONT,
                gid="grid",
                zorder=0.5,
                clip_on=False,
            )

    def strip(self, laid: Strip, contract: Contract, top: float) -> None:
        """One strip, from ``top`` downwards."""
        lane = laid.lane.id
        corners = [
            (float(across), float(down)) for across, _, down in (at.partition(",") for at in SHAPES[lane][1].split())
        ]
        self.ground(laid.scale, contract, top, top + laid.height)
        for item in laid.placed:
            gid, hollow = f"mark:{item.event.id}", item.event.favors == "defendant"
            bare = item.label is None
            x, y = (item.left + item.right) / 2, top + PAD + (item.line + (0.3 if bare else 0.5)) * ROW
            size = MARK * (0.6 if bare else 0.9)
            if item.event.precision != "day":
                left, right, half = item.left + 1, item.right - 1, 1.4 if bare else 3.2
                self.area([(left, y - half), (right, y - half), (right, y + half), (left, y + half)], gid, lane, hollow)
            elif corners:
                self.area([(x + size * across, y + size * down) for across, down in corners], gid, lane, hollow)
            else:
                self.disc(x, y, size, gid, lane, hollow)
            if item.label is not None:
                self.text(item.label, y, item.event.label, f"label:{item.event.id}")

    def axis(self, scale: Scale, contract: Contract, top: float, named: bool) -> None:
        """The years, each written where it begins; where ``named``, also what the shaded years are."""
        self.ground(scale, contract, top, top + AXIS * (2 if named else 1))
        for year in scale.years():
            self.text(scale.x(datetime.date(year, 1, 1)) + 4, top + AXIS / 2, str(year), "year", "muted")
        left, right = contract.ends(scale)
        if named and left < right:
            wide = text_width(contract.title)
            x = left + 4 if left + 4 + wide < WIDTH else right - 4 - wide
            self.text(x, top + AXIS * 1.5, contract.title, "year", "muted")


@dataclass(frozen=True)
class Contract:
    """The years that the figure shades."""

    first: datetime.date
    last: datetime.date
    title: ClassVar[str] = "the contract, as pleaded"

    def ends(self, scale: Scale) -> tuple[float, float]:
        """Where the shade begins and ends, in units; the end is not right of the beginning if nothing of it is in view."""
        return max(scale.x(self.first), 0.0), min(scale.x(self.last + datetime.timedelta(days=1)), float(WIDTH))


def contract(timeline: Timeline) -> Contract:
    """The years between the first day that the contracts can have begun and the last on which they can have ended."""
    return Contract(timeline.event(timeline.contract.begins).first, timeline.event(timeline.contract.ends).last)


@cache
def palette() -> dict[str, tuple[str, str]]:
    """The colors of the lanes and their ground, light and dark, as the stylesheet has them."""
    here = Path(__file__).parent
    css = (here / "face.css").read_text("utf-8") + (here / "timeline.css").read_text("utf-8")
    found = re.findall(r"--kb-([a-z-]+):\s*light-dark\((#[0-9a-f]{6}),\s*(#[0-9a-f]{6})\)", css)
    named = {name.removeprefix("lane-"): (light, dark) for name, light, dark in found}
    return {**named, "band": named["panel"]}


def _canvas(height: float, inches: float) -> tuple[Figure, Brush]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(inches, inches * height / WIDTH), dpi=72)
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_xlim(0, WIDTH)
    axes.set_ylim(height, 0)
    axes.set_axis_off()
    figure.patch.set_visible(False)
    light = {name: pair[0] for name, pair in palette().items()}
    return figure, Brush(axes, inches * 72 / WIDTH * FONT, light)


def written(figure: Figure) -> str:
    """A figure as matplotlib's own SVG, with no date in it."""
    out = StringIO()
    figure.savefig(
        out, format="svg", transparent=True, metadata={"Date": None, "Creator": None, "Format": None, "Type": None}
    )
    return out.getvalue()


def strip_figure(laid: Strip, shaded: Contract) -> Figure:
    """A matplotlib figure of one strip, one point for each unit."""
    with style():
        figure, brush = _canvas(laid.height, WIDTH / 72)
        brush.strip(laid, shaded, 0)
    return figure


def strip_svg(laid: Strip, shaded: Contract) -> str:
    """One strip as SVG: shapes, real text and classes, no colors."""
    with style():
        return cleaned(written(strip_figure(laid, shaded)), f"kb-in-{laid.lane.id}")


def axis_svg(scale: Scale, shaded: Contract, named: bool) -> str:
    """The axis over a stretch of years as SVG of the same kind."""
    with style():
        figure, brush = _canvas(AXIS * (2 if named else 1), WIDTH / 72)
        brush.axis(scale, shaded, 0, named)
        return cleaned(written(figure), "kb-years")


class Sheet(NamedTuple):
    """The whole figure on one sheet."""

    figure: Figure
    svg: str


def sheet(timeline: Timeline, span: str = "whole", inches: float = 7.5) -> Sheet:
    """All lanes over a span, for print and export: a matplotlib figure and the same as a file's worth of SVG.

    Type is 9 points at the default width. The SVG says in ``aria-label`` what a seeing reader concludes.
    """
    shaded, stretch = contract(timeline), timeline.span(span)
    scale = Scale(stretch.first, stretch.last)
    laid = [strip(lane, timeline.shown([lane.id], span), scale, LINES.get(span)) for lane in timeline.lanes]
    laid = [one for one in laid if one.placed]
    height = 3 * AXIS + sum(TITLE + one.height for one in laid)
    with style():
        figure, brush = _canvas(height, inches)
        brush.axis(scale, shaded, 0, named=True)
        top = 2.0 * AXIS
        for one in laid:
            brush.ground(scale, shaded, top, top + TITLE)
            brush.text(
                2, top + TITLE / 2, f"{SHAPES[one.lane.id][0]} {one.lane.title}", "title", one.lane.id, bold=True
            )
            brush.strip(one, shaded, top + TITLE)
            top += TITLE + one.height
        brush.axis(scale, shaded, top, named=False)
        svg = written(figure)
    svg = re.sub(r"font-family: [^;\"]+", f"font-family: {FAMILY}", svg[svg.index("<svg") :])
    return Sheet(figure, svg.replace("<svg ", f'<svg role="img" aria-label={quoteattr(stretch.conclusion)} ', 1))


SVG = "{http://www.w3.org/2000/svg}"


def cleaned(svg: str, name: str) -> str:
    """matplotlib's SVG without its frame: each event a group with its id, styles turned into classes, numbers rounded."""
    root = ElementTree.fromstring(svg)
    _, _, wide, high = root.attrib["viewBox"].split()
    paper = f"fill: {palette()['paper'][0]}"
    ground: dict[str, str] = {"band": "", "grid": ""}
    words: list[str] = []
    events: dict[str, list[str]] = {}
    for group in root.iter(f"{SVG}g"):
        kind, _, event = group.get("id", "").partition(":")
        path, text = group.find(f"{SVG}path"), group.find(f"{SVG}text")
        if kind in ground and path is not None:
            ground[kind] += path_of(path)
        elif kind == "mark" and path is not None:
            hollow = ' class="kb-hollow"' if paper in path.attrib["style"] else ""
            events.setdefault(event, []).append(f'<path{hollow} d="{path_of(path)}"/>')
        elif kind == "label" and text is not None:
            events.setdefault(event, []).append(_text(text))
        elif kind == "year" and text is not None:
            words.append(_text(text))
    # Without the stylesheet the ground would be black: fill-opacity keeps it quiet there too.
    parts = [f'<path class="kb-{kind}" fill-opacity=".06" d="{path}"/>' for kind, path in ground.items() if path]
    parts += words
    parts += [f'<g data-e="{event}">{"".join(drawn)}</g>' for event, drawn in events.items()]
    return f'<svg class="{name}" viewBox="0 0 {number(wide)} {number(high)}" aria-hidden="true">{"".join(parts)}</svg>'


def path_of(path: ElementTree.Element) -> str:
    """The outline of an SVG path, numbers rounded."""
    short = re.sub(r"-?\d+(?:\.\d+)?", lambda match: number(match[0]), path.attrib["d"])
    return re.sub(r"\s*([A-Za-z])\s*", r"\1", " ".join(short.split()))


def _text(text: ElementTree.Element) -> str:
    return f'<text x="{number(text.attrib["x"])}" y="{number(text.attrib["y"])}">{escape(text.text or "")}</text>'


def number(text: str) -> str:
    """A number of an SVG, rounded to a tenth of a unit."""
    return f"{float(text):.1f}".removesuffix(".0").replace("-0.0", "0")
