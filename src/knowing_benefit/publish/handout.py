"""Hand-outs: each lesson as one file that needs nothing else, on screen and on paper, and the course as one reader.

A lesson's HTML is its page on the site without the site, and as alive. What is printed, and the reader, are set for paper:
faces as they read without a screen, answers that a page folds away at the end of the lesson, sources and terms in tables.
PDF is printed by a Chromium, where there is one: tagged, with an outline. EPUB needs nothing.
"""

from __future__ import annotations

import base64
import os
import re
import shutil
import subprocess
import tempfile
import textwrap
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from markupsafe import Markup

from knowing_benefit.law.library import Library, Named
from knowing_benefit.law.source import CourseError, Fault, read_text, write_atomic
from knowing_benefit.publish import page as pages
from knowing_benefit.publish.lessons import Lesson, chosen, read_lessons, sources
from knowing_benefit.publish.page import Shown, slug
from knowing_benefit.publish.site import HERE, KINDS, checked, environment, source_html
from knowing_benefit.view.exercise import Questions
from knowing_benefit.view.face import Face
from knowing_benefit.view.figure import Figure
from knowing_benefit.view.lab import Lab
from knowing_benefit.view.markup import escape

READER = "knowing-benefit-reader"
NO_CHROMIUM = (
    "There is no Chromium on this computer, so the PDFs are left out: the HTML prints from any browser. "
    "Install Chromium or Chrome, or name one in KB_CHROMIUM, to have them made."
)
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
_PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)
_SECONDS = 180


def chromium() -> str | None:
    """A Chromium on this computer: that of ``KB_CHROMIUM``, one on the path, or one where it is usually installed."""
    found = [os.environ.get("KB_CHROMIUM"), *(shutil.which(name) for name in _BROWSERS), *_PLACES]
    return next((path for path in found if path and Path(path).is_file()), None)


@dataclass(frozen=True)
class Links:
    """Where things are in a hand-out (see :class:`knowing_benefit.publish.page.Links`)."""

    sources: frozenset[str]
    in_source: str = "#source-{}"
    in_term: str | None = None
    in_lesson: str | None = None

    def source(self, name: str, part: str = "") -> str | None:
        """Its line in the table of authorities."""
        return self.in_source.format(name) if name in self.sources else None

    def term(self, name: str) -> str | None:
        """Its line in the index of terms, if there is one."""
        return self.in_term.format(slug(name)) if self.in_term else None

    def lesson(self, name: str) -> str | None:
        """Its chapter, if there are chapters."""
        return self.in_lesson.format(name) if self.in_lesson else None


@dataclass(frozen=True)
class Chapter:
    """A lesson set for paper."""

    lesson: Lesson
    html: str
    terms: list[str]

    @property
    def anchor(self) -> str:
        """Where it begins, in the reader."""
        return f"lesson-{self.lesson.name}"


def handout(library: Library, folder: Path, names: Sequence[str], tell: Callable[[str], None]) -> list[str]:
    """Make hand-outs, each as ``NN_slug.html`` and ``.pdf``; of the whole course also the reader, as PDF and EPUB.

    Args:
        folder: where they go; files of other names there are left alone.
        names: lessons by number or name; none means the whole course.
        tell: called with the name of each before it is made.

    Returns:
        Sentences for whoever asked: what was made, and what was left out and why.

    Raises:
        CourseError: no such lesson; faults in the course's files; a Chromium that does not print.
    """
    lessons = read_lessons(library.root)
    wanted = [chosen(lessons, name) for name in names] or lessons
    browser = chromium()
    papers: dict[str, str] = {}
    for lesson in wanted:
        tell(lesson.name)
        write_atomic(folder / f"{lesson.name}.html", lesson_html(library, lesson))
        papers[lesson.name] = lesson_paper(library, lesson)
    made = f"{len(wanted)} lesson{'' if len(wanted) == 1 else 's'} in {folder}"
    if not names:
        tell("the reader, as EPUB")
        write_atomic(folder / f"{READER}.epub", epub(library, lessons))
        papers[READER] = reader_paper(library, lessons)
        made += f", and the reader as {READER}.epub"
    if browser is None:
        return [f"{made}.", NO_CHROMIUM]
    for name, html in papers.items():
        tell(f"{name}.pdf")
        printed = pdf(browser, html, name)
        if name == READER:
            # Its tables stand last, so what they say of pages moves none: it is printed once to see them, once to tell.
            tell(f"{name}.pdf again, with the numbers of its pages")
            printed = pdf(browser, reader_paper(library, lessons, Pages.of(printed)), name)
        write_atomic(folder / f"{name}.pdf", printed)
    return [f"{made}; each also as PDF."]


# ---- On screen -------------------------------------------------------------------------------------------------------


def lesson_html(library: Library, lesson: Lesson) -> str:
    """A lesson's page as one file, alive, with its fonts, styles and scripts in it."""
    own = sources(lesson, library, "student")
    faces: list[Shown] = []

    def show(face: Shown, anchor: str) -> str:
        faces.append(face)
        return pages.place(face, anchor)

    text = pages.render(lesson, library, Links(frozenset(one.id for one in own)), show)
    return (
        environment()
        .get_template("handout.html")
        .render(
            lesson=lesson, body=text.html, sources=own, bare=True, style=_style(faces), script=read_text(HERE / "site.js"),
            modules=pages.scripts(faces), notice=_notice([lesson]), cited=_cited,
        )
    )  # fmt: skip


def _cited(one: Named) -> Markup:
    return source_html(one, None, full=True)


def _notice(lessons: Sequence[Lesson]) -> str:
    return (
        f"The law as checked on {checked(lessons)}. A course, not legal advice. Text: CC BY 4.0. Code: BSD-3-Clause. "
        "Statutes and opinions are in the public domain."
    )


def _style(faces: Sequence[Shown], *more: str) -> str:
    own = {pages.kind(face): pages.style(face) for face in faces}

    def packed(match: re.Match[str]) -> str:
        raw = (HERE / "vendor" / match[1]).read_bytes()
        return f"url(data:font/woff2;base64,{base64.b64encode(raw).decode()})"

    site = re.sub(r"url\(([\w-]+\.woff2)\)", packed, read_text(HERE / "site.css"))
    return "\n".join([Face.tokens() if own else "", *own.values(), site, *more])


# ---- On paper --------------------------------------------------------------------------------------------------------


def lesson_paper(library: Library, lesson: Lesson) -> str:
    """A lesson set for paper, as one HTML document to print."""
    own = sources(lesson, library, "student")
    made, faces = _chapter(library, lesson, Links(frozenset(one.id for one in own)), own=own)
    title = f"Lesson {lesson.front.number}. {lesson.front.title} · Knowing Benefit"
    return _paper([made], faces, title=title, about=lesson.front.promise, reader=False)


@dataclass(frozen=True)
class Pages:
    """On which pages of a printed document things are; of one that was never printed, on none.

    Attributes:
        begins: the page on which an anchor stands.
        named: the pages from which something links to an anchor, in order.
    """

    begins: dict[str, int] = field(default_factory=dict)
    named: dict[str, list[int]] = field(default_factory=dict)

    @classmethod
    def of(cls, printed: bytes) -> Pages:
        """Read them off a PDF."""
        import pypdf  # here, because only the reader asks for it

        found = pypdf.PdfReader(BytesIO(printed))
        begins = {
            name.removeprefix("/"): (found.get_destination_page_number(place) or 0) + 1
            for name, place in found.named_destinations.items()
        }
        named: dict[str, list[int]] = {}
        for number, page in enumerate(found.pages, 1):
            for link in page.get("/Annots", ()):
                anchor = str(link.get_object().get("/Dest", "")).removeprefix("/")
                if number not in named.setdefault(anchor, []):
                    named[anchor].append(number)
        return cls(begins, named)

    def where(self, anchor: str) -> str:
        """The pages of the chapters that name it: ``3, 7–9``."""
        last = self.begins.get("table-of-authorities", 0)
        runs: list[list[int]] = []
        for number in self.named.get(anchor, ()):
            if number >= last:
                break
            if runs and number == runs[-1][-1] + 1:
                runs[-1].append(number)
            else:
                runs.append([number])
        return ", ".join(f"{run[0]}–{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)

    def several(self, anchor: str) -> str:
        """The letter that makes a plural of one page."""
        return "" if self.where(anchor).isdecimal() else "s"


def reader_paper(library: Library, lessons: Sequence[Lesson], numbered: Pages | None = None) -> str:
    """The whole course set for paper, as one HTML document to print.

    Args:
        numbered: its pages, once it was printed; without them its tables give lessons alone.
    """
    seen = numbered or Pages()
    links = Links(frozenset(_where_cited(library, lessons)), "#source-{}", "#term-{}", "#lesson-{}")
    chapters, faces = [], []
    for lesson in lessons:
        made, own = _chapter(library, lesson, links, prefix=f"{lesson.name}-")
        chapters.append(Chapter(lesson, _lowered(made.html), made.terms))
        faces += own
    tables = _tables(library, lessons, chapters, "#lesson-{}", seen)
    about = "A reader of the whole course, with a table of authorities and an index of terms."
    return _paper(chapters, faces, title="Knowing Benefit: a reader", about=about, reader=True, pages=seen, **tables)


def _paper(chapters: Sequence[Chapter], faces: Sequence[Shown], **given: Any) -> str:
    heads = [(f"lesson-{one.lesson.front.number}", f"#{one.anchor}", _numbered(one.lesson)) for one in chapters]
    heads += [("authorities", ".by-authority", "Table of authorities"), ("terms", ".by-term", "Index of terms")]
    running = [
        _RUNNING.replace("NAME", name).replace("WHERE", where).replace("TITLE", _css(title))
        for name, where, title in heads
    ]
    style = _style(faces, read_text(HERE / "paper.css"), *running)
    lessons = [one.lesson for one in chapters]
    template = environment().get_template("paper.html")
    return template.render(chapters=chapters, style=style, notice=_notice(lessons), **given)


_RUNNING = """WHERE { page: NAME; }
@page NAME { @top-left { content: "Knowing Benefit"; } @top-right { content: "TITLE"; } }
@page NAME:first { @top-left { content: ""; } @top-right { content: ""; } @bottom-center { content: ""; } }"""
"""What stands over the pages of a part."""


def _css(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _numbered(lesson: Lesson) -> str:
    return f"{lesson.front.number}. {lesson.front.title}"


def _chapter(
    library: Library, lesson: Lesson, links: Links, *, prefix: str = "", own: Sequence[Named] = (), printed: bool = True
) -> tuple[Chapter, list[Shown]]:
    faces: list[Shown] = []
    notes: dict[str, list[str]] = {}

    def show(face: Shown, anchor: str) -> str:
        faces.append(face)
        asked = sum(_inline(one) for one in faces) if _inline(face) else 0
        html, told = on_paper(face, asked, printed=printed)
        if told:
            notes.setdefault(_heading(face), []).append(told)
        return f'<div class="kb kb-{pages.kind(face)}" id="{anchor}">{html}</div>' if html else ""

    text = pages.render(lesson, library, links, show, folded=False, prefix=prefix)
    told = [(title, Markup("".join(some))) for title, some in notes.items()]
    html = (
        environment()
        .get_template("_chapter.html")
        .render(
            lesson=lesson, body=text.html, notes=told, prefix=prefix, own_sources=bool(own), sources=own, bare=True, cited=_cited
        )
    )  # fmt: skip
    return Chapter(lesson, html, text.terms), faces


def _lowered(html: str) -> str:
    """Headings one step down, for a lesson that is a chapter of something."""
    return re.sub(r"<(/?)h([1-5])\b", lambda found: f"<{found[1]}h{int(found[2]) + 1}", html)


def _heading(face: Shown) -> str:
    if isinstance(face, Figure):
        return "The figures as tables"
    return "Questions in the text" if _inline(face) else str(face.data["title"])


def _inline(face: Shown) -> bool:
    return isinstance(face, Questions) and face.data["kind"] == "inline"


def on_paper(face: Shown, asked: int = 0, *, printed: bool = True) -> tuple[str, str]:
    """What a face or figure reads like on paper, and what stands of it at the end of the lesson.

    Nothing can be unfolded or chosen there. The reasons of questions, the tables of figures and of the timeline, and what
    turning a lab's switches would show go to the end; anything else is shown open.

    Args:
        asked: the number of a question in the text.
        printed: whether the page has one width and takes a pen: then one drawing of a figure, and lines to write on. A
            book on a screen keeps both drawings, and shows the one that fits.
    """
    if pages.kind(face) == "begin":
        return "", ""
    # Read as XML; SVG gets its name space back where a format asks for it.
    bare = re.sub(r' xmlns="[^"]*"', "", pages.static(face))
    root = ElementTree.fromstring(f"<div>{bare}</div>")
    notes: list[ElementTree.Element] = []
    if _inline(face):
        # The set's title and its one line would stand over every question in the text.
        for child in list(root):
            if child.tag == "h3" or (child.tag == "p" and child.get("class") == "kb-quiet"):
                root.remove(child)
    if isinstance(face, Questions):
        for item, given in zip((one for one in root if one.get("class") == "kb-item"), face.data["items"], strict=True):
            _to_write(item, given, printed)
    for item in list(root.iter()):
        number = item.find("h4") if "kb-item" in (item.get("class") or "") else None
        if number is not None and (number.text or "")[:1].isdecimal():
            number.text = f"Question {asked or number.text} "
            number.tag = "h3" if asked else "h4"
        if printed and item.tag in ("figure", "figcaption"):
            # In a PDF a figure is what has a description: that is the drawing in it, and its caption stands below.
            item.set("class", "kb-drawing" if item.tag == "figure" else "kb-caption")
            item.tag = "div" if item.tag == "figure" else "p"
        if printed and item.get("role") == "img" and [child.tag for child in item] == ["svg"]:
            # What is hidden from a screen reader is no part of a PDF's figure, which would then be left out as empty.
            item[0].attrib.pop("aria-hidden", None)
            item[0].attrib |= {name: item.attrib.pop(name) for name in ("role", "aria-label")}
        left_out = "kb-wide" if "kb-over" in (item.get("class") or "") else "kb-narrow"
        for child in list(item):
            if printed and left_out in (child.get("class") or ""):
                item.remove(child)
            elif child.tag == "p" and (child.text or "").endswith(_CHOOSE):
                child.text = (child.text or "").replace(_CHOOSE, _LOOK)
            elif child.tag == "details":
                place = list(item).index(child)
                item.remove(child)
                opened = list(child)[1:]
                if number is not None:
                    notes += [_element("h4", (number.text or "").strip()), *opened]
                elif isinstance(face, Figure):
                    notes += [_element("h4", face.given.title), *opened]
                elif face.name == "timeline":
                    notes += [_element("h4", "".join(child[0].itertext())), *opened]
                    _shortened(opened)
                else:
                    lead = _element("p", "")
                    lead.append(_element("strong", "".join(child[0].itertext())))
                    for after, one in enumerate([lead] if face.name == "lab" else [lead, *opened]):
                        item.insert(place + after, one)
    if isinstance(face, Lab):
        notes += list(ElementTree.fromstring(f"<div>{face.at_a_glance()}</div>"))
    return "".join(_text(child) for child in root), "".join(_text(one) for one in notes)


_CHOOSE = "choose the mark to read it. Shaded: the contract, as pleaded."
_LOOK = "the table at the end of the lesson has it. Shaded: the contract, as pleaded."
_LINES = {"written": 8, "compare": 3, "citation": 1, "date": 1, "number": 1}
"""How many lines to write on, by kind of question."""


def _to_write(item: ElementTree.Element, given: dict[str, Any], printed: bool) -> None:
    """A question's length in words, and where there is nothing to mark, lines for a pen."""
    kind, place = given["kind"], next((n for n, one in enumerate(item) if one.tag == "details"), len(item))
    if kind == "order":
        for one in item.iter("li"):
            one.text = re.sub(r"^- ", "[    ] ", one.text or "")
    if "words" in given:
        item.insert(place, _element("p", f"(About {given['words']} words.)"))
        place += 1
    if printed and kind in _LINES and not given.get("options"):
        lines = ElementTree.Element("div", {"class": "lines", "aria-hidden": "true"})
        lines.extend(ElementTree.Element("div") for _ in range(_LINES[kind]))
        item.insert(place, lines)


def _shortened(some: Sequence[ElementTree.Element]) -> None:
    """Of the timeline's events the day, the name and how it is known; headings one step down."""
    for one in (each for top in some for each in top.iter()):
        if one.tag == "h4":
            one.tag = "h5"
        elif one.tag == "tr":
            for cell in (one[4], one[1]):
                one.remove(cell)
            named = one[1].find("strong")
            if named is not None:
                one[1][:] = [named]
                named.tail = ""


def _element(tag: str, text: str) -> ElementTree.Element:
    made = ElementTree.Element(tag)
    made.text = text
    return made


def _text(element: ElementTree.Element) -> str:
    return (
        ElementTree.tostring(element, encoding="unicode", short_empty_elements=False)
        .replace("></br>", "/>")
        .replace("></hr>", "/>")
    )


# ---- Table of authorities and index of terms -------------------------------------------------------------------------


def _where_cited(library: Library, lessons: Sequence[Lesson]) -> dict[str, list[Lesson]]:
    found: dict[str, list[Lesson]] = {}
    for lesson in lessons:
        for name in lesson.cited("student"):
            found.setdefault(name, []).append(lesson)
    return found


def _tables(
    library: Library, lessons: Sequence[Lesson], chapters: Sequence[Chapter], place: str, seen: Pages
) -> dict[str, Markup]:
    def numbers(some: Sequence[Lesson]) -> list[tuple[int, str]]:
        return [(one.front.number, place.format(one.name)) for one in some]

    cited = [(library.named(name), numbers(some)) for name, some in _where_cited(library, lessons).items()]
    cited.sort(key=lambda entry: (entry[0].name or entry[0].reference).casefold())
    groups = [(title, [entry for entry in cited if entry[0].kind == kind]) for kind, title in KINDS.items()]
    used: dict[str, list[Lesson]] = {}
    for one in chapters:
        for term in one.terms:
            used.setdefault(term, []).append(one.lesson)
    terms = [(one, numbers(used[one.term])) for one in library.glossary.in_order if one.term in used]
    made = environment()
    return {
        "authorities": Markup(
            made.get_template("_reader_authorities.html").render(
                groups=[group for group in groups if group[1]], cited=_cited, pages=seen
            )
        ),
        "terms": Markup(made.get_template("_reader_terms.html").render(terms=terms, pages=seen)),
    }


# ---- PDF -------------------------------------------------------------------------------------------------------------


def pdf(browser: str, html: str, name: str) -> bytes:
    """Print a document: tagged, with an outline of its headings, and with no network.

    Args:
        browser: the Chromium to print with.
        name: what it is called, for a fault.

    Raises:
        CourseError: the browser did not print it.
    """
    with tempfile.TemporaryDirectory(prefix="knowing-benefit-") as place:
        source, printed = Path(place, "page.html"), Path(place, "page.pdf")
        source.write_text(html, "utf-8")
        command = [
            browser, "--headless", "--disable-gpu", "--no-first-run", "--disable-extensions", f"--user-data-dir={place}/profile",
            "--host-resolver-rules=MAP * ~NOTFOUND", "--no-pdf-header-footer", "--export-tagged-pdf",
            "--generate-pdf-document-outline", f"--print-to-pdf={printed}", source.as_uri(),
        ]  # fmt: skip
        # A container's root user has no sandbox; the page is our own.
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            command.insert(1, "--no-sandbox")
        try:
            subprocess.run(command, check=False, capture_output=True, timeout=_SECONDS)
            return printed.read_bytes()
        except (OSError, subprocess.TimeoutExpired):
            what = f"{Path(browser).name} did not print {name}.pdf"
            mend = "Print the HTML from a browser, or name another Chromium in KB_CHROMIUM."
            raise CourseError(Fault("", 0, what, mend)) from None


# ---- EPUB ------------------------------------------------------------------------------------------------------------


def epub(library: Library, lessons: Sequence[Lesson]) -> bytes:
    """The whole course as an EPUB 3: one file for each lesson, the table of authorities, the index of terms."""
    links = Links(
        frozenset(_where_cited(library, lessons)), "authorities.xhtml#source-{}", "terms.xhtml#term-{}", "{}.xhtml"
    )
    chapters, faces = [], []
    for lesson in lessons:
        made, own = _chapter(library, lesson, links, printed=False)
        chapters.append(made)
        faces += own
    tables = _tables(library, lessons, chapters, "{}.xhtml", Pages())
    parts = [(one.lesson.name, _numbered(one.lesson), one.html) for one in chapters]
    parts += [
        ("authorities", "Table of authorities", _raised(tables["authorities"])),
        ("terms", "Index of terms", _raised(tables["terms"])),
    ]
    files = {
        f"{name}.xhtml": _xhtml(title, f'<article class="lesson">{_stacked(html)}</article>')
        for name, title, html in parts
    }
    about = "Section 230, trafficking liability and the vendors behind platforms"
    files["cover.xhtml"] = _xhtml(
        "Cover", f'<p class="cover"><img src="cover.png" alt="Knowing Benefit. {about}"/></p>'
    )
    files["title.xhtml"] = _xhtml(
        "Knowing Benefit",
        f'<section class="title-page"><h1>Knowing Benefit</h1><p class="promise">{about}</p><p>{escape(_notice(lessons))}</p></section>',
    )
    rows = "".join(
        f'<li><a href="{name}.xhtml">{escape(title)}</a>{_sections(name, files[f"{name}.xhtml"])}</li>'
        for name, title, _ in parts
    )
    files["nav.xhtml"] = _xhtml(
        "Contents",
        f'<nav epub:type="toc" role="doc-toc" aria-labelledby="toc"><h1 id="toc">Contents</h1><ol>{rows}</ol></nav>{_LANDMARKS}',
    )
    kinds = {pages.kind(face): pages.style(face) for face in faces}
    style = _plain_colours("\n".join([Face.tokens(), *kinds.values(), _EPUB_STYLE]))
    latest = max(one.front.as_of for one in lessons)
    order = ["cover", "title", "nav", *(name for name, _, _ in parts)]
    manifest = "".join(
        f'<item id="p-{name}" href="{name}.xhtml" media-type="application/xhtml+xml"{_properties(name, files[f"{name}.xhtml"])}/>'
        for name in order
    )
    spine = "".join(f'<itemref idref="p-{name}"/>' for name in order)
    package = _PACKAGE.format(about=escape(about), date=latest, manifest=manifest, spine=spine)
    content = {"META-INF/container.xml": _CONTAINER, "book/package.opf": package, "book/style.css": style}
    content |= {f"book/{name}": text for name, text in files.items()}
    packed = {name: text.encode() for name, text in content.items()} | {
        "book/cover.png": _cover("Knowing Benefit", about)
    }
    return _zipped(packed, latest)


def _sections(name: str, content: str) -> str:
    """The headings below a chapter's own, for the contents."""
    found = re.findall(r'<h2 id="([^"]+)"[^>]*>(.*?)</h2>', content, re.S)
    rows = "".join(
        f'<li><a href="{name}.xhtml#{anchor}">{re.sub("<[^>]+>", "", text)}</a></li>' for anchor, text in found
    )
    return f"<ol>{rows}</ol>" if rows else ""


def _stacked(html: str) -> str:
    """Tables whose cells name their columns, so that a narrow screen can set each row as a list; they stay tables to a screen reader."""

    def named(found: re.Match[str]) -> str:
        table = ElementTree.fromstring(found[0])
        heads = ["".join(head.itertext()).strip() for head in table.findall("./thead/tr/*")]
        if len(heads) < 3:
            return found[0]
        table.set("class", f"{table.get('class', '')} stacks".strip())
        roles = {"table": "table", "thead": "rowgroup", "tbody": "rowgroup", "tr": "row", "td": "cell"}
        for one in table.iter():
            if one.tag in roles:
                one.set("role", roles[one.tag])
            elif one.tag == "th":
                one.set("role", "rowheader" if one.get("scope") == "row" else "columnheader")
        for row in table.findall("./tbody/tr"):
            for head, cell in zip(heads, row, strict=False):
                cell.set("data-head", head)
        return _text(table)

    return re.sub(r"<table\b.*?</table>", named, html, flags=re.S)


def _plain_colours(style: str) -> str:
    """A stylesheet for systems that know no variables: each colour of the light theme in its place."""
    named = dict(re.findall(r"(--kb-[\w-]+): *light-dark\((#\w+),", style))

    def mixed(found: re.Match[str]) -> str:
        share = int(found[2]) / 100
        pairs = zip(_rgb(found[1]), _rgb(found[3]), strict=True)
        return "#" + "".join(f"{round(share * one + (1 - share) * other):02x}" for one, other in pairs)

    for name, colour in named.items():
        style = style.replace(f"var({name})", colour)
    return re.sub(r"color-mix\(in srgb, (#\w+) (\d+)%, (#\w+)\)", mixed, style)


def _rgb(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[place : place + 2], 16) for place in (1, 3, 5))


def _cover(title: str, about: str) -> bytes:
    """A cover as a picture, since the shelves of reading systems show no other; the same bytes each time."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as Sheet

    sheet = Sheet(figsize=(6, 8), dpi=200, facecolor="#1f4e79")
    FigureCanvasAgg(sheet)
    first, second = title.split()
    for text, place in ((first, 0.66), (second, 0.58)):
        sheet.text(0.1, place, text, color="#ffffff", fontsize=44, family="DejaVu Serif", style="italic")
    for number, line in enumerate(textwrap.wrap(about, 36)):
        sheet.text(0.1, 0.47 - 0.035 * number, line, color="#e8eef5", fontsize=14, family="DejaVu Sans")
    raw = BytesIO()
    sheet.savefig(raw, format="png", metadata={"Software": None})
    return raw.getvalue()


def _raised(html: str) -> str:
    return re.sub(r"<(/?)h([23])\b", lambda found: f"<{found[1]}h{int(found[2]) - 1}", html)


def _properties(name: str, content: str) -> str:
    words = ["nav"] * (name == "nav") + ["svg"] * ("<svg" in content)
    return f' properties="{" ".join(words)}"' if words else ""


def _xhtml(title: str, body: str) -> str:
    body = re.sub(r"<svg(?![^>]*\bxmlns=)", '<svg xmlns="http://www.w3.org/2000/svg"', body)
    return _XHTML.format(title=escape(title), body=body)


_XHTML = """<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" lang="en" xml:lang="en">
<head><meta charset="utf-8"/><title>{title}</title><link rel="stylesheet" href="style.css"/></head>
<body>{body}</body>
</html>
"""
_LANDMARKS = (
    '<nav epub:type="landmarks" aria-labelledby="places" hidden="hidden"><h2 id="places">Places</h2><ol>'
    '<li><a epub:type="cover" href="cover.xhtml">Cover</a></li><li><a epub:type="toc" href="#toc">Contents</a></li>'
    '<li><a epub:type="bodymatter" href="00_start_here.xhtml">Start here</a></li>'
    '<li><a epub:type="glossary" href="terms.xhtml">Index of terms</a></li></ol></nav>'
)
_CONTAINER = """<?xml version="1.0" encoding="utf-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
<rootfiles><rootfile full-path="book/package.opf" media-type="application/oebps-package+xml"/></rootfiles>
</container>
"""
_PACKAGE = """<?xml version="1.0" encoding="utf-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id" xml:lang="en">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:identifier id="id">knowing-benefit-reader-{date}</dc:identifier>
<dc:title>Knowing Benefit</dc:title>
<dc:description>{about}</dc:description>
<dc:creator>The authors of Knowing Benefit</dc:creator>
<dc:language>en</dc:language>
<dc:date>{date}</dc:date>
<dc:rights>CC BY 4.0</dc:rights>
<meta property="dcterms:modified">{date}T00:00:00Z</meta>
<meta property="schema:accessMode">textual</meta>
<meta property="schema:accessMode">visual</meta>
<meta property="schema:accessModeSufficient">textual</meta>
<meta property="schema:accessibilityFeature">structuralNavigation</meta>
<meta property="schema:accessibilityFeature">tableOfContents</meta>
<meta property="schema:accessibilityFeature">alternativeText</meta>
<meta property="schema:accessibilityFeature">readingOrder</meta>
<meta property="schema:accessibilityFeature">displayTransformability</meta>
<meta property="schema:accessibilityFeature">ARIA</meta>
<meta property="schema:accessibilityFeature">index</meta>
<meta property="schema:accessibilityHazard">none</meta>
<meta property="schema:accessibilitySummary">Text that reflows, with headings, tables and described figures; the data of each figure stand in a table at the end of its lesson. Labs and questions are given as they read without a screen. Checked by its makers; nobody else has certified it.</meta>
</metadata>
<manifest><item id="style" href="style.css" media-type="text/css"/><item id="cover" href="cover.png" media-type="image/png" properties="cover-image"/>{manifest}</manifest>
<spine>{spine}</spine>
</package>
"""
_EPUB_STYLE = """
body { line-height: 1.5; margin: 0 4%; }
.kb { border: 0; border-top: 1px solid #999; border-bottom: 1px solid #999; padding: .6em 0; margin: 1.2em 0; font: inherit; background: none; color: inherit; }
.box { margin: 1.2em 0; padding-left: .9em; border-left: 3px solid #999; }
.promise { font-style: italic; }
.kicker, .quiet, .facts, .badge { font-size: .9em; opacity: .85; }
.lead { font-weight: bold; }
.sr { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.facts span { margin-right: 1.2em; }
table { border-collapse: collapse; width: 100%; font-size: .9em; }
th, td { text-align: left; vertical-align: top; padding: .3em .6em .3em 0; border-bottom: 1px solid #999; }
.authorities { list-style: none; padding: 0; }
.terms dt { font-weight: bold; } .terms dd { margin: 0 0 .6em; }
.cover { margin: 0; text-align: center; } .cover img { max-width: 100%; max-height: 98vh; }
.kb-exercise > .kb-item:first-child { border-top: 0; }
.kb-exercise ul { list-style: none; padding-left: .4em; }
/* Many systems know no containers, and none scrolls a page sideways: the narrow drawing, unless the page is known to be wide.
   On a page that is dark a drawing stays on white, with its own colours. */
.kb-figure .kb-fit { container-type: normal; }
.kb-figure .kb-wide { display: none; } .kb-figure .kb-narrow { display: block; }
@media (min-width: 720px) { .kb-figure .kb-fit .kb-wide { display: block; } .kb-figure .kb-fit .kb-narrow { display: none; } }
.kb .kb-drawn { min-width: 0 !important; background: #fff; color: #1d2327; }
.kb-drawn svg { max-width: 100%; }
figure { margin: .8em 0; break-inside: avoid; } h1, h2, h3, h4, h5 { break-after: avoid; }
.kb table, .kb-timeline table, .kb-figure table { min-width: 0; }
.kb-glance { font-size: .8em; }
@media (max-width: 719px) {
  .stacks, .stacks tbody, .stacks tr, .stacks th, .stacks td, .stacks caption { display: block; }
  .stacks thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .stacks tr { border-bottom: 1px solid #999; padding: .4em 0; }
  .stacks th, .stacks td { border: 0; padding: .1em 0; width: auto; }
  .stacks td::before { content: attr(data-head) ": "; font-style: italic; }
  .stacks td:empty { display: none; }
}
"""


def _zipped(files: dict[str, bytes], day: str) -> bytes:
    year, month, date = (int(part) for part in day.split("-"))
    raw = BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        # The type comes first and is not packed, so that a system knows the file by its first bytes.
        for name, content in {"mimetype": b"application/epub+zip", **files}.items():
            info = zipfile.ZipInfo(name, (year, month, date, 0, 0, 0))
            info.external_attr = 0o644 << 16
            info.compress_type = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return raw.getvalue()
