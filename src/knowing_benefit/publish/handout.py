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
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
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
from knowing_benefit.view.face import Face, escape
from knowing_benefit.view.figure import Figure

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
        write_atomic(folder / f"{name}.pdf", pdf(browser, html, name))
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


def reader_paper(library: Library, lessons: Sequence[Lesson]) -> str:
    """The whole course set for paper, as one HTML document to print."""
    links = Links(frozenset(_where_cited(library, lessons)), "#source-{}", "#term-{}", "#lesson-{}")
    chapters, faces = [], []
    for lesson in lessons:
        made, own = _chapter(library, lesson, links, prefix=f"{lesson.name}-")
        chapters.append(Chapter(lesson, _lowered(made.html), made.terms))
        faces += own
    tables = _tables(library, lessons, chapters, "#lesson-{}")
    about = "A reader of the whole course, with a table of authorities and an index of terms."
    return _paper(chapters, faces, title="Knowing Benefit: a reader", about=about, reader=True, **tables)


def _paper(chapters: Sequence[Chapter], faces: Sequence[Shown], **given: Any) -> str:
    style = _style(faces, read_text(HERE / "paper.css"))
    lessons = [one.lesson for one in chapters]
    template = environment().get_template("paper.html")
    return template.render(chapters=chapters, style=style, notice=_notice(lessons), **given)


def _chapter(
    library: Library, lesson: Lesson, links: Links, *, prefix: str = "", own: Sequence[Named] = ()
) -> tuple[Chapter, list[Shown]]:
    faces: list[Shown] = []
    notes: dict[str, list[str]] = {}

    def show(face: Shown, anchor: str) -> str:
        faces.append(face)
        asked = sum(_inline(one) for one in faces) if _inline(face) else 0
        html, told = on_paper(face, asked)
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


def on_paper(face: Shown, asked: int = 0) -> tuple[str, str]:
    """What a face or figure reads like on paper, and what stands of it at the end of the lesson.

    Nothing can be unfolded there. The reasons of questions and the tables of figures go to the end; a lab's readings keep
    their verdicts, and its tables stay on the screen, like the timeline's; anything else is shown open.

    Args:
        asked: the number of a question in the text.
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
    for item in list(root.iter()):
        number = item.find("h4") if "kb-item" in (item.get("class") or "") else None
        if number is not None and (number.text or "")[:1].isdecimal():
            number.text = f"Question {asked or number.text} "
            number.tag = "h3" if asked else "h4"
        for child in list(item):
            if "kb-narrow" in (child.get("class") or ""):
                item.remove(child)
            elif child.tag == "details":
                place = list(item).index(child)
                item.remove(child)
                opened = list(child)[1:]
                if number is not None:
                    notes += [_element("h4", (number.text or "").strip()), *opened]
                elif isinstance(face, Figure):
                    notes += [_element("h4", face.given.title), *opened]
                elif face.name != "timeline":
                    lead = _element("p", "")
                    lead.append(_element("strong", "".join(child[0].itertext())))
                    for after, one in enumerate([lead] if face.name == "lab" else [lead, *opened]):
                        item.insert(place + after, one)
    return "".join(_text(child) for child in root), "".join(_text(one) for one in notes)


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


def _tables(library: Library, lessons: Sequence[Lesson], chapters: Sequence[Chapter], place: str) -> dict[str, Markup]:
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
                groups=[group for group in groups if group[1]], cited=_cited
            )
        ),
        "terms": Markup(made.get_template("_reader_terms.html").render(terms=terms)),
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
        made, own = _chapter(library, lesson, links)
        chapters.append(made)
        faces += own
    tables = _tables(library, lessons, chapters, "{}.xhtml")
    parts = [(one.lesson.name, f"{one.lesson.front.number}. {one.lesson.front.title}", one.html) for one in chapters]
    parts += [
        ("authorities", "Table of authorities", _raised(tables["authorities"])),
        ("terms", "Index of terms", _raised(tables["terms"])),
    ]
    files = {f"{name}.xhtml": _xhtml(title, f'<article class="lesson">{html}</article>') for name, title, html in parts}
    about = "Section 230, trafficking liability and the vendors behind platforms"
    files["title.xhtml"] = _xhtml(
        "Knowing Benefit",
        f'<section class="title-page"><h1>Knowing Benefit</h1><p class="promise">{about}</p><p>{escape(_notice(lessons))}</p></section>',
    )
    rows = "".join(f'<li><a href="{name}.xhtml">{escape(title)}</a></li>' for name, title, _ in parts)
    files["nav.xhtml"] = _xhtml(
        "Contents",
        f'<nav epub:type="toc" role="doc-toc" aria-labelledby="toc"><h1 id="toc">Contents</h1><ol>{rows}</ol></nav>',
    )
    kinds = {pages.kind(face): pages.style(face) for face in faces}
    style = "\n".join([Face.tokens(), *kinds.values(), _EPUB_STYLE])
    latest = max(one.front.as_of for one in lessons)
    order = ["title", *(name for name, _, _ in parts)]
    manifest = "".join(
        f'<item id="p-{name}" href="{name}.xhtml" media-type="application/xhtml+xml"{_properties(name, files[f"{name}.xhtml"])}/>'
        for name in [*order, "nav"]
    )
    spine = "".join(f'<itemref idref="p-{name}"/>' for name in order)
    package = _PACKAGE.format(about=escape(about), date=latest, manifest=manifest, spine=spine)
    return _zipped({"META-INF/container.xml": _CONTAINER, "book/package.opf": package, "book/style.css": style} | {
        f"book/{name}": content for name, content in files.items()
    }, latest)  # fmt: skip


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
<meta property="schema:accessibilityHazard">none</meta>
<meta property="schema:accessibilitySummary">Text with headings, tables and described figures. Labs and questions are given as they read without a screen.</meta>
</metadata>
<manifest><item id="style" href="style.css" media-type="text/css"/>{manifest}</manifest>
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
"""


def _zipped(files: dict[str, str], day: str) -> bytes:
    year, month, date = (int(part) for part in day.split("-"))
    raw = BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        # The type comes first and is not packed, so that a system knows the file by its first bytes.
        for name, content in {"mimetype": "application/epub+zip", **files}.items():
            info = zipfile.ZipInfo(name, (year, month, date, 0, 0, 0))
            info.external_attr = 0o644 << 16
            info.compress_type = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(info, content.encode())
    return raw.getvalue()
