"""The timeline: what happened when, in lanes, and what was public when the contract began."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import traitlets

from knowing_benefit.law.dates import PartialDate
from knowing_benefit.law.library import Library, library
from knowing_benefit.law.source import nearest
from knowing_benefit.law.timeline import Event
from knowing_benefit.view import drawing
from knowing_benefit.view.face import Face
from knowing_benefit.view.markup import badge, badge_html, escape

TITLE = "What happened when"
QUESTION = "What was public when the contract began?"
REGION = "Timeline figure, wider than a small screen: scroll sideways"


class Timeline(Face):
    """The figure with its controls, the question that it answers, and the table.

    Attributes:
        lanes: the ids of the lanes on show.
        span: the id of the years on show.
        public: whether the figure shows, over the years up to the contract, only what was public.
    """

    name = "timeline"
    state = ("lanes", "span", "public")

    lanes = traitlets.List(traitlets.Unicode()).tag(sync=True)
    span = traitlets.Unicode().tag(sync=True)
    public = traitlets.Bool(False).tag(sync=True)

    def __init__(self, opened: Library, lanes: Sequence[str], span: str) -> None:
        self._opened = opened
        drawn = None if drawing.can_draw() else drawing.ready(opened.root, "timeline")
        super().__init__(data=drawn or _packed(opened), lanes=list(lanes), span=span)

    def as_text(self) -> str:
        """Every event of the lanes and years on show with its date, badge and authority; then the question's answer."""
        events = self._opened.timeline
        stretch, shown = events.span(self.span), events.shown(self.lanes, self.span)
        lines = [
            f"{TITLE}: {len(shown)} of {len(events.events)} events; {stretch.title}",
            "Lanes: " + ", ".join(lane.title for lane in events.lanes if lane.id in self.lanes),
            stretch.conclusion,
            "",
            *(_line(self._opened, event) for event in shown),
            "",
            f"{QUESTION} {_answer(self._opened)}",
        ]
        for heading, sorted_out in _sides(self._opened):
            lines += ["", f"{heading} ({len(sorted_out)})", *(_line(self._opened, event) for event in sorted_out)]
        return "\n".join(lines)

    def static(self) -> str:
        """The figure of the lanes and years on show, the question's answer and the table, for readers without scripts."""
        view = next(span for span in self.data["spans"] if span["id"] == self.span)
        lanes = [lane for lane in self.data["lanes"] if lane["id"] in self.lanes and lane["id"] in view["strips"]]
        strips = "".join(
            f'<div class="kb-lane"><div class="kb-lane-name kb-in-{lane["id"]}">{lane["mark"]} {escape(lane["title"])}</div>'
            f"{view['strips'][lane['id']]}</div>"
            for lane in lanes
        )
        top, bottom = view["axes"]
        counts = "; ".join(f"{lane['title']}, {view['counts'][lane['id']]}" for lane in lanes)
        alt = f"{view['caption']} Shown: {counts}."
        return (
            f"<h3>{TITLE}</h3><figure><figcaption>{escape(view['caption'])}</figcaption>"
            f'<div class="kb-scroll" role="region" tabindex="0" aria-label="{REGION}">'
            f'<div class="kb-drawn" role="img" aria-label="{escape(alt)}">{top}{strips}{bottom}</div></div>'
            f'<p class="kb-quiet">{escape(view["note"])}</p></figure>'
            f"<details><summary>{QUESTION}</summary><p>{escape(self.data['public']['caption'])}</p>{self.data['answer']}</details>"
            f"<details><summary>{escape(self.data['summary'])}</summary>{self.data['table']}</details>"
        )


def timeline(lanes: Collection[str] | None = None, span: str | None = None) -> Timeline:
    """The timeline of the course.

    Args:
        lanes: the lanes to begin with, by id; all if not given.
        span: the years to begin with, by id; all if not given.

    Raises:
        ValueError: no such lane or span; the message says which there are.
        CourseError: a fault in the course's files.
    """
    opened = library()
    known = [lane.id for lane in opened.timeline.lanes]
    spans = [one.id for one in opened.timeline.spans]
    _check("lane", lanes or [], known)
    _check("span", [span] if span else [], spans)
    return Timeline(opened, [lane for lane in known if lanes is None or lane in lanes], span or spans[0])


def figure(span: str | None = None) -> drawing.Sheet:
    """The figure of all lanes on one sheet, for print, slides and export: a matplotlib figure, and the same as SVG.

    Args:
        span: which years, by id; all if not given.

    Raises:
        ValueError: no such span; the message says which there are.
        CourseError: a fault in the course's files.
    """
    events = library().timeline
    spans = [one.id for one in events.spans]
    _check("span", [span] if span else [], spans)
    return drawing.sheet(events, span or spans[0])


def _check(kind: str, given: Iterable[str], known: list[str]) -> None:
    for name in given:
        if name not in known:
            raise ValueError(
                f"There is no {kind} {name!r}; there are: {', '.join(known)}. {nearest(name, known)}".strip()
            )


def _line(opened: Library, event: Event) -> str:
    lane = opened.timeline.lane(event.lane).title
    return (
        f"{event.when()} | {lane} | {event.label} | {badge(event.status)} | {opened.authority(event.authority).short}"
    )


def _sides(opened: Library) -> list[tuple[str, list[Event]]]:
    # Both sides of the question, and what cannot be counted for either.
    before = opened.timeline.before_contract()

    def helping(side: str) -> list[Event]:
        return [event for event in before.public if event.favors == side]

    return [
        ("Helps the plaintiff on “should have known”", helping("plaintiff")),
        ("Helps the defendant", helping("defendant")),
        ("The law and the background", helping("neither")),
        (f"Public in {before.when.shown()}, perhaps before the contract, perhaps after", before.unsure),
        ("Earlier, but not shown to have been public", before.hidden),
    ]


def _answer(opened: Library) -> str:
    before = opened.timeline.before_contract()
    accused, cleared, rest, unsure, hidden = (len(events) for _, events in _sides(opened))
    first = PartialDate.parse(before.when.first.isoformat()).shown()
    return (
        f"Before {before.when.shown()}, {len(before.public)} of these events were public: {accused} accused Backpage, "
        f"{cleared} spoke for it, and {rest} were the law and the background. The pleading gives {before.when.shown()} and no "
        f"day, so what came before {first} is counted. Not counted: {unsure} from {before.when.shown()} itself, and {hidden} "
        f"from before that not shown to have been public."
    )


def _packed(opened: Library) -> dict[str, Any]:
    events = opened.timeline
    before = events.before_contract()
    return {
        "title": TITLE,
        "question": QUESTION,
        "region": REGION,
        "summary": f"All {len(events.events)} events as a table",
        "lanes": [{"id": lane.id, "title": lane.title, "mark": drawing.SHAPES[lane.id][0]} for lane in events.lanes],
        "spans": [
            {"id": span.id, "title": span.title, "caption": span.conclusion}
            | _drawn(
                opened, events.shown(span=span.id), drawing.Scale(span.first, span.last), drawing.LINES.get(span.id)
            )
            for span in events.spans
        ],
        "public": {"caption": _answer(opened)}
        | _drawn(
            opened,
            before.public,
            drawing.Scale(events.in_order[0].first.replace(month=1, day=1), before.when.last),
            None,
        ),
        "answer": _answer_html(opened),
        "table": _table_html(opened),
    }


def _drawn(opened: Library, events: Sequence[Event], scale: drawing.Scale, lines: int | None) -> dict[str, Any]:
    shaded = drawing.contract(opened.timeline)
    lanes = [(lane, [event for event in events if event.lane == lane.id]) for lane in opened.timeline.lanes]
    strips = [drawing.strip(lane, own, scale, lines) for lane, own in lanes if own]
    bare = any(item.label is None for strip in strips for item in strip.placed)
    notes = {
        "Bar: known only to the month or year, or lasting.": any(event.precision != "day" for event in events),
        "Hollow: helps the defendant on what a vendor should have known.": any(
            event.favors == "defendant" for event in events
        ),
        "Small: no room for the label; choose the mark to read it.": bare,
        f"Shaded: {shaded.title}.": shaded.first < scale.last and shaded.last > scale.first,
    }
    return {
        "note": " ".join(note for note, applies in notes.items() if applies),
        "axes": [drawing.axis_svg(scale, shaded, named) for named in (True, False)],
        "strips": {strip.lane.id: drawing.strip_svg(strip, shaded) for strip in strips},
        "counts": {strip.lane.id: len(strip.placed) for strip in strips},
    }


def _answer_html(opened: Library) -> str:
    parts = []
    for heading, events in _sides(opened):
        rows = "".join(f"<li>{_short_html(event)}</li>" for event in events)
        parts.append(f"<div><h4>{escape(heading)} ({len(events)})</h4><ul>{rows}</ul></div>")
    return "".join(parts)


def _short_html(event: Event) -> str:
    reason = f". {event.why_public}" if event.why_public else ""
    return f'{event.when()}: {escape(event.label + reason)} <span class="kb-badge">{badge_html(badge(event.status))}</span>'


def _table_html(opened: Library) -> str:
    heads = "".join(f'<th scope="col">{head}</th>' for head in ("Date", "Lane", "Event", "How known", "Authority"))
    rows = "".join(_row_html(opened, event) for event in opened.timeline.in_order)
    caption = '<caption class="kb-sr">All events of the timeline, in order of time</caption>'
    return f"<table>{caption}<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def _row_html(opened: Library, event: Event) -> str:
    reason = f' <span class="kb-quiet">Not public then: {escape(event.why_public)}</span>' if event.why_public else ""
    return (
        f'<tr data-e="{event.id}"><th scope="row">{event.when()}</th><td>{escape(opened.timeline.lane(event.lane).title)}</td>'
        f"<td><strong>{escape(event.label)}.</strong> {escape(event.text)}{reason}</td>"
        f'<td class="kb-badge">{badge_html(badge(event.status))}</td><td>{escape(opened.authority(event.authority).short)}</td></tr>'
    )
