"""A figure of a lesson: drawn for a wide page and a narrow one, said in words, and given as a table."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from knowing_benefit.law.dates import PartialDate
from knowing_benefit.law.figures import AnyFigure, Bars, Branch, Chain, Cites, Lanes, Matrix, Part, Tree, rank
from knowing_benefit.law.library import Library, library
from knowing_benefit.view import layouts
from knowing_benefit.view.drawing import WIDTH, can_draw, ready
from knowing_benefit.view.markup import asset, badge, badge_html, escape
from knowing_benefit.view.scene import Scene, svg_of


class Figure:
    """One figure, ready to be shown. It has no controls, so it needs neither a script nor a kernel."""

    def __init__(self, opened: Library, given: AnyFigure) -> None:
        self._opened = opened
        self.given = given

    @cached_property
    def table(self) -> tuple[list[str], list[list[str]]]:
        """What the figure shows, as heads and rows."""
        return _table(self._opened, self.given)

    @cached_property
    def scenes(self) -> list[Scene]:
        """The drawing for a wide page and, where there is another, that for a phone. Needs matplotlib."""
        given = self.given
        if isinstance(given, Tree):
            return [layouts.tree(given), layouts.tree_narrow(given)]
        if isinstance(given, Matrix):
            grid = given.grid(self._opened)
            return [layouts.matrix(grid), layouts.matrix_narrow(grid)]
        if isinstance(given, Chain):
            return [layouts.chain(given), layouts.chain_narrow(given)]
        if isinstance(given, Bars):
            return [layouts.bars(given), layouts.bars_narrow(given)]
        if isinstance(given, Lanes):
            return [layouts.lanes(given), layouts.lanes_narrow(given)]
        return [layouts.cites(given, {node.id: self._opened.authority(node.id) for node in given.nodes})]

    def as_text(self) -> str:
        """The message, the data and what it rests on."""
        heads, rows = self.table
        lines = [f"Figure: {self.given.title}", self.given.caption, "", " | ".join(heads)]
        lines += [" | ".join(cell or "-" for cell in row) for row in rows]
        return "\n".join([*lines, "", f"{badge(self.given.status)}. Rests on: {self._sources()}."])

    def static(self) -> str:
        """The figure as HTML, without its stylesheet: drawing, caption, table."""
        given = self.given
        drawn = self.drawn() if can_draw() else ready(self._opened.root, f"figure-{given.id}") or ""
        shown = "" if drawn else " open"
        heads, rows = self.table
        head = "".join(f'<th scope="col">{escape(one)}</th>' for one in heads)
        body = "".join(
            f'<tr><th scope="row">{escape(row[0])}</th>{"".join(f"<td>{escape(cell)}</td>" for cell in row[1:])}</tr>'
            for row in rows
        )
        name = escape(f"{given.title}: the data")
        return (
            f"<h3>{escape(given.title)}</h3><figure>{drawn}"
            f'<figcaption>{escape(given.caption)} <span class="kb-badge">{badge_html(badge(given.status))}</span></figcaption></figure>'
            f"<details{shown}><summary>{name}</summary>"
            f'<div class="kb-scroll" role="group" tabindex="0" aria-label="{name}"><table><caption class="kb-sr">{name}</caption>'
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
            f'<p class="kb-quiet">{self._key()}Rests on: {self._sources(html=True)}.</p></details>'
        )

    def as_html(self) -> str:
        """The same with its stylesheet: a fragment that can stand on any page."""
        style = asset("face.css") + asset("figure.css")
        return f'<style>{style}</style>\n<div class="kb kb-figure">{self.static()}</div>'

    def drawn(self) -> str:
        """The drawing alone, as HTML. Needs matplotlib."""
        scenes = self.scenes
        parts = []
        for place, scene in enumerate(scenes):
            kind = ("kb-wide" if place == 0 else "kb-narrow") if len(scenes) > 1 else "kb-only"
            alt = escape(self.given.alt)
            least = f"min-width: {scene.wide * 12 / layouts.TYPE:.0f}px; max-width: {scene.wide * 1.25:.0f}px"
            # Two drawings of one thing: only the one on show is there for a screen reader, since the other has no display.
            parts.append(
                f'<div class="kb-scroll {kind}" role="group" tabindex="0" aria-label="{escape(self.given.title)}: figure">'
                f'<div class="kb-drawn" role="img" aria-label="{alt}" style="{least}">{svg_of(scene)}</div></div>'
            )
        # On paper a drawing cannot scroll: one that is wider than the page gives way to the narrow one.
        over = " kb-over" if len(scenes) > 1 and scenes[0].wide > WIDTH + 10 else ""
        return f'<div class="kb-fit{over}">{"".join(parts)}</div>'

    def _key(self) -> str:
        doubtful = any(layouts.SECONDARY in cell for row in self.table[1] for cell in row)
        return f"{layouts.SECONDARY}: known from a secondary source. " if doubtful else ""

    def _sources(self, *, html: bool = False) -> str:
        named = [(one.short, badge(one.status)) for one in map(self._opened.named, self.given.authority)]
        return "; ".join(
            f"{escape(name)}, {badge_html(known)}" if html else f"{name}, {known}" for name, known in named
        )

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return {"text/plain": self.as_text(), "text/html": self.as_html()}

    def __repr__(self) -> str:
        return self.as_text()


def figure(name: str) -> Figure:
    """The figure of ``data/figures/<name>.yaml``.

    Raises:
        CourseError: no such figure, or a fault in its file.
    """
    opened = library()
    return Figure(opened, opened.figure(name))


def _table(opened: Library, given: AnyFigure) -> tuple[list[str], list[list[str]]]:
    if isinstance(given, Tree):
        return ["Part", "Result", "Note"], list(_branches(given.root, ""))
    if isinstance(given, Matrix):
        grid = given.grid(opened)
        rows = []
        for row in grid.rows:
            cells = [grid.cells[row.id][column.id] for column in grid.columns]
            rows.append(
                [
                    row.label,
                    *(
                        layouts.cell_mark(cell) + (f", {cell.text}" if cell.text else "") + _doubt(cell)
                        for cell in cells
                    ),
                ]
            )
        heads = ["Element" if given.computed else "Of each", *(column.label for column in grid.columns)]
        return heads, rows
    if isinstance(given, Chain):
        links = [*given.links, ""]
        return ["Who", "What of them", "Towards the next"], [
            [box.label + _doubt(box), box.note or "", link] for box, link in zip(given.boxes, links, strict=True)
        ]
    if isinstance(given, Bars):
        return ["What", given.unit[:1].upper() + given.unit[1:], "Note"], [
            [bar.label, bar.shown + _doubt(bar), bar.note or ""] for bar in given.bars
        ]
    if isinstance(given, Lanes):
        rows = []
        for lane in given.lanes:
            own = [(bar.from_, bar.to or "still", bar) for bar in lane.bars]
            own += [(one.on, "", one) for one in lane.marks]  # type: ignore[misc]
            for begin, end, one in sorted(own, key=lambda each: each[:2]):
                until = PartialDate.parse(end).shown() if end[:1].isdigit() else end
                rows.append([lane.label, PartialDate.parse(begin).shown(), until, one.label + _doubt(one)])
        return ["Lane", "From", "To", "What"], rows
    return ["Decision", "Court", "Year", "What it does with earlier ones"], _decisions(opened, given)


def _branches(branch: Branch, number: str) -> Any:
    mark = layouts.marked(branch.mark) + _doubt(branch) if branch.mark else ""
    yield [f"{number} {branch.label}".strip() + ("" if mark else _doubt(branch)), mark, branch.note or ""]
    for place, child in enumerate(branch.children, 1):
        yield from _branches(child, f"{number}{place}.")


def _decisions(opened: Library, given: Cites) -> list[list[str]]:
    labels = {node.id: node.label for node in given.nodes}
    records = {node.id: opened.authority(node.id) for node in given.nodes}
    rows = []
    for name in sorted(labels, key=lambda one: (records[one].decided.key, rank(records[one]), one)):  # type: ignore[union-attr]
        done = [
            f"{edge.how} {labels[edge.to]}{f' {layouts.SECONDARY}' if edge.status == 'secondary' else ''}"
            for edge in given.edges
            if edge.from_ == name
        ]
        found = records[name].decided
        rows.append([labels[name], records[name].court, str(found.year if found else ""), "; ".join(done)])
    return rows


def _doubt(part: Part) -> str:
    return f" {layouts.SECONDARY}" if part.status == "secondary" else ""
