"""Slides from the lessons: one file each, which works from a USB stick with the network off.

Authors mark nothing. A slide is made of what a lesson has anyway: its opening question, each section's heading and first
sentences, the questions before each turn, figures, statutes and labs, the other side, the take-away. Labs and statutes are
alive. What is for the speaker alone stands in notes, which the key N shows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from markdown_it import MarkdownIt

from knowing_benefit.assess import items
from knowing_benefit.assess.kinds import Factcheck, Highlight
from knowing_benefit.law.library import Library
from knowing_benefit.law.source import write_atomic
from knowing_benefit.publish.lessons import BOXES, Lesson, chosen, read_lessons, with_roles
from knowing_benefit.publish.review import sentences
from knowing_benefit.view.figure import Figure
from knowing_benefit.view.lab import lab
from knowing_benefit.view.markup import asset, escape
from knowing_benefit.view.statute import statute
from knowing_benefit.view.timeline import timeline

_PART = re.compile(
    r"^:::\{(?P<box>[\w-]+)\} *(?P<title>[^\n]*)\n(?P<inside>.*?)^:::\s*$"
    r"|^```\{code-cell\}[^\n]*\n(?P<code>.*?)^```\s*$"
    r"|^## (?P<heading>[^\n]+)$"
    r"|(?P<text>(?:^(?!:::|```|## |\+\+\+)[^\n]+(?:\n|\Z))+)",
    re.M | re.S,
)
_CALL = re.compile(r"; *(\w+)\((.*)\)$")
_FOR_LATER = {
    "brief": "Write your brief.",
    "practice": "Practice: every choice is explained at once.",
    "exercise": "The graded exercise.",
}
_LEFT_OUT = ("Practice", "The graded exercise")

_markdown = MarkdownIt("commonmark", {"html": True}).enable("table")


@dataclass
class Slide:
    """One slide.

    Attributes:
        title: its heading, as Markdown.
        body: HTML below the heading.
        notes: HTML for the speaker alone.
    """

    title: str
    body: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    kind: str = "plain"


def slides(lesson: Lesson, library: Library) -> list[Slide]:
    """The slides of a lesson, in the order of its text.

    Raises:
        CourseError: a fault in the lesson, or in what its cells show.
    """
    front = lesson.front

    def html(text: str) -> str:
        return str(_markdown.render(with_roles(lesson, library, text.strip())))

    goals = "".join(f"<li>{escape(one.text)}</li>" for one in front.objectives)
    cover = Slide(
        front.title, [f"<p>{escape(front.promise)}</p>", f"<p>Afterwards you can</p><ol>{goals}</ol>"], kind="cover"
    )
    cover.notes.append(f"<p>{front.minutes.reading} minutes to read, {front.minutes.doing} to do.</p>")
    if front.content_note:
        cover.notes.append(f"<p><strong>Content note.</strong> {escape(front.content_note)}</p>")
    made, later, notes = [cover], [], []
    section = cover
    left_out = False
    opening: list[str] = []
    for part in _PART.finditer(lesson.body):
        if part["heading"]:
            left_out = part["heading"] in _LEFT_OUT
            if not left_out:
                section = Slide(part["heading"], kind="section")
                made.append(section)
        elif part["code"]:
            call = _CALL.search(part["code"].strip())
            if call and call[1] in _FOR_LATER:
                later.append(_FOR_LATER[call[1]])
            elif call:
                words = [word.strip().strip("\"'") for word in call[2].split(",")]
                made += _shown(library, call[1], words, section.title, html)
        elif part["box"] == "instructor":
            notes.append(f"<h3>{escape(part['title'])}</h3>{html(part['inside'])}")
        elif part["box"] == "how-we-know":
            made[-1].notes.append(f"<h3>{BOXES['how-we-know']}</h3>{html(part['inside'])}")
        elif part["box"]:
            made += _boxed(part["box"], part["title"], part["inside"], html)
        elif part["text"] and not left_out and section.kind == "section":
            if len(made) > 1 and section is made[1]:
                opening += [one.strip() for one in sentences(part["text"]) if one.strip().endswith("?")]
            if not section.body:
                section.body.append(html(_first(part["text"])))
    if len(made) > 1 and opening:
        made[1].body.append(f'<div class="question">{html(opening[-1])}</div>')
    if later:
        made.append(Slide("After class", ["<ul>" + "".join(f"<li>{one}</li>" for one in later) + "</ul>"]))
    # The plan of the hour belongs to the beginning, the questions to the opening, the board to the take-away.
    places = [0, 1, next((n for n, one in enumerate(made) if one.kind == "takeaway"), len(made) - 1)]
    for number, note in enumerate(notes):
        made[min(places[min(number, 2)], len(made) - 1)].notes.append(note)
    return made


_ENOUGH = 22
"""Words with which a slide's lead is long enough to stand alone; two sentences it has in any case."""


def _first(text: str) -> str:
    """The first sentences of a text."""
    taken: list[str] = []
    for one in sentences(text.strip()):
        if len(taken) >= 2 and len(" ".join(taken).split()) >= _ENOUGH:
            break
        taken.append(one.strip())
    return " ".join(taken)


def _boxed(box: str, title: str, inside: str, html: Callable[[str], str]) -> Iterator[Slide]:
    if box == "predict":
        yield Slide(
            BOXES[box],
            [
                f'<div class="question">{html(title)}</div>',
                f"<details><summary>An answer</summary>{html(inside)}</details>",
            ],
        )
    elif box == "takeaway":
        yield Slide(BOXES[box], [html(inside)], kind="takeaway")
    elif box in ("other-side", "worked"):
        lead = f"<p><strong>{html(title)[3:-5]}</strong></p>" if title else ""
        yield Slide(BOXES[box], [lead + html(_first(inside))])


def _shown(library: Library, name: str, words: list[str], running: str, html: Callable[[str], str]) -> Iterator[Slide]:
    """The slide of a cell; for one that is not for the room, none.

    Args:
        running: the section in which it stands.
    """
    if name == "figure":
        shown = f'<div class="kb kb-figure">{Figure(library, library.figure(words[0])).static()}</div>'
    elif name == "statute":
        shown = statute(words[0], words[1]).as_html()
    elif name == "lab":
        face = lab(words[0])
        # The story first, for the room to read; the lab then has the whole screen for facts and ruling.
        told = "".join(f"<p>{escape(text)}</p>" for text in face.data["story"])
        basis = f'<p class="basis">{escape(face.data["basis"])}</p>'
        yield Slide(escape(face.data["title"]), [f'<div class="story">{told}</div>{basis}'], kind="told")
        shown = face.as_html()
    elif name == "timeline":
        shown = timeline().as_html()
    elif name == "ask":
        found = items.load_practice(library.root / "exercises" / "inline" / f"{words[0]}.yaml")
        item = next((one for one in found.exercise.items if one.id == words[1]), None)
        if item is not None:
            yield Slide("A question", [f'<div class="question">{html(item.stem)}</div>', *_given(item, html)])
        return
    else:
        return
    yield Slide(running, [shown], kind="face")


def _given(item: items.Item, html: Callable[[str], str]) -> Iterator[str]:
    """What a question puts before the room, besides its stem: a passage, a claim, lists to choose from."""
    if isinstance(item, Highlight):
        yield f"<blockquote>{html(item.words())}</blockquote>"
    if isinstance(item, Factcheck):
        yield f"<blockquote>{html(item.claim)}</blockquote>"
    lists = (getattr(item, name, None) for name in ("options", "left", "right", "facts", "elements", "verdicts"))
    given = ["".join(f"<li>{html(one.text)[3:-5]}</li>" for one in each) for each in lists if each]
    if given:
        yield (
            '<div class="lists">'
            + "".join(f'<ol type="{sign}">{one}</ol>' for sign, one in zip("a1", given, strict=False))
            + "</div>"
        )


def deck(lesson: Lesson, library: Library, *, notes: bool = True) -> str:
    """A lesson's slides as one HTML file that asks nothing of the network.

    Args:
        notes: with the speaker's notes; without them it can be given to students.
    """
    made = slides(lesson, library)
    parts = []
    for place, slide in enumerate(made, 1):
        heading = _markdown.renderInline(with_roles(lesson, library, slide.title))
        head = f"<h2>{heading}</h2>"
        if place == 1:
            head = f"<p>Lesson {lesson.front.number}</p>{head}"
        said = f'<aside aria-label="Notes">{"".join(slide.notes)}</aside>' if notes and slide.notes else ""
        label = f"Slide {place} of {len(made)}"
        parts.append(
            f'<section class="{slide.kind}" tabindex="-1" aria-label="{label}"><div>{head}{"".join(slide.body)}</div>{said}</section>'
        )
    title = f"Lesson {lesson.front.number}. {lesson.front.title}"
    style = asset("face.css") + asset("figure.css") + _asset("slides.css")
    hint = "Arrow keys turn, N shows notes." if notes else "Arrow keys turn."
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(title)}</title><style>{style}</style></head>\n'
        f'<body><main><h1 class="unseen">{escape(title)}</h1>\n{chr(10).join(parts)}\n</main>\n'
        f'<nav aria-label="Slides" hidden><button type="button" value="-1">Back</button><span role="status"></span>'
        f'<button type="button" value="1">Next</button><span class="hint">{hint}</span></nav>\n'
        f"<script>{_asset('slides.js')}</script></body></html>\n"
    )


def _asset(name: str) -> str:
    return (Path(__file__).parent / name).read_text("utf-8")


def write(library: Library, folder: Path, *, notes: bool = True, only: str | None = None) -> list[Path]:
    """Write the slides of all lessons, or of one by its number or name, into a folder.

    Raises:
        CourseError: there is no such lesson, or a fault in one.
    """
    lessons = read_lessons(library.root)
    wanted = lessons if only is None else [chosen(lessons, only)]
    written = []
    for lesson in wanted:
        path = folder / f"{lesson.name}.html"
        write_atomic(path, deck(lesson, library, notes=notes))
        written.append(path)
    return written
