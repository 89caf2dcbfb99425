"""The static site: the whole course as a folder of pages that needs no server, no kernel and no network.

Pages are made from the same sources as the notebooks, without running them: lessons through
:mod:`knowing_benefit.publish.page`, data through the templates in ``site/``. Addresses are promises: a lesson's page has
the name of its slug, an authority's the name of its id.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import jinja2
from markupsafe import Markup

from knowing_benefit.assess.items import Item, load_brief, load_questions
from knowing_benefit.law.analysis import OUTCOMES
from knowing_benefit.law.authorities import Authority
from knowing_benefit.law.dates import PartialDate
from knowing_benefit.law.library import Library, Named
from knowing_benefit.law.source import CourseError, Fault, read_text, write_atomic
from knowing_benefit.law.statutes import compare
from knowing_benefit.publish import page as pages
from knowing_benefit.publish.lessons import Lesson, read_lessons, sources
from knowing_benefit.publish.page import Shown, mark, plain, slug
from knowing_benefit.view.answering import AnsweringFace
from knowing_benefit.view.exercise import Questions, explained_exercise
from knowing_benefit.view.face import Face
from knowing_benefit.view.markup import badge, badge_html, escape
from knowing_benefit.view.statute import whole

SiteEdition = Literal["selfpaced", "student"]
EDITIONS: tuple[SiteEdition, ...] = ("selfpaced", "student")
"""``selfpaced`` shows the reasons of graded questions after each answer; ``student`` holds no key to them."""

HERE = Path(__file__).parent / "site"
MANIFEST = "site.json"

_NAV = (
    ("road.html", "Lessons"),
    ("labs.html", "Labs"),
    ("authorities.html", "Authorities"),
    ("glossary.html", "Glossary"),
    ("search.html", "Search"),
    ("progress.html", "Progress"),
)
_MORE = (
    ("circuits.html", "Where the courts stand"),
    ("contested.html", "What they contest"),
    ("readings.html", "Readings"),
    ("timeline.html", "Timeline"),
    ("figures.html", "Figures"),
    ("how-we-know.html", "How we know"),
    ("about.html", "About"),
    ("accessibility.html", "Accessibility"),
    ("licence.html", "Licence"),
)
KINDS = {
    "case": "Decisions", "order": "Orders", "statute": "Statutes", "statute-act": "Acts of Congress", "filing": "Filings",
    "report": "Reports", "letter": "Letters", "press": "Press", "commentary": "Commentary",
}  # fmt: skip
_SETS = (
    ("exercises/inline", "Questions in the text", "#cell-ask"),
    ("exercises/practice", "Practice", "#cell-practice"),
    ("exercises", "The graded exercise", "#cell-exercise"),
)

Search = tuple[str, str, str, str, str]
"""A place that search can find: what kind it is, its title, what it is part of, its address, its words."""


@dataclass(frozen=True)
class Page:
    """One page: where it is, what it is called, one sentence about it, and the entry of the top line it belongs to."""

    path: str
    title: str
    about: str
    under: str = ""

    @property
    def root(self) -> str:
        """The way from it to the site's folder."""
        return "../" * self.path.count("/")


@dataclass(frozen=True)
class Links:
    """Where things are, from a page ``root`` below the site's folder (see :class:`knowing_benefit.publish.page.Links`)."""

    root: str
    lessons: Mapping[str, str]

    def source(self, name: str, part: str = "") -> str | None:
        """An authority's page, or a statute's at a subsection."""
        return self.root + source_path(name) + (f"#sub-{part[1]}" if len(part) > 1 else "")

    def term(self, name: str) -> str | None:
        """A term's place in the glossary."""
        return f"{self.root}glossary.html#{slug(name)}"

    def lesson(self, name: str) -> str | None:
        """A lesson's page, by the name of its file."""
        return self.root + self.lessons[name] if name in self.lessons else None


def source_path(name: str) -> str:
    """The address of an authority's or a statute's page."""
    return f"{'statutes' if name.startswith('usc-') else 'authorities'}/{name}.html"


def lesson_path(lesson: Lesson) -> str:
    """The address of a lesson's page: by its slug alone, so that it outlives a new number."""
    return f"lessons/{lesson.front.slug}.html"


def checked(lessons: Sequence[Lesson]) -> str:
    """The day on which the law was checked, as readers see it: the latest that a lesson states."""
    return PartialDate.parse(max((one.front.as_of for one in lessons), default="2026-11-23")).shown()


def environment() -> jinja2.Environment:
    """The templates, with what all of them may call."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE), autoescape=True, trim_blocks=True, lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )  # fmt: skip
    made.filters["capfirst"] = lambda text: text[:1].upper() + text[1:]
    made.globals |= {
        "badge": lambda status: Markup(badge_html(badge(status))),
        "sign": lambda status: badge(status)[0],
        "mark": lambda status: Markup(mark(status)),
        "slug": slug,
        "day": lambda text: PartialDate.parse(text).shown(),
    }
    return made


def source_html(named: Named, href: str | None, *, full: bool) -> Markup:
    """A source as a link: by its short name, or as a table of authorities has it."""
    tag = "cite" if named.is_case else "span"
    called = (named.name or named.reference) if full else named.short
    html = f"<{tag}>{escape(called)}</{tag}>"
    html = f'<a href="{escape(href)}">{html}</a>' if href else html
    return Markup(f"{html}, {escape(named.reference)}" if full and named.name else html)


@dataclass
class Site:
    """The site in the making.

    Attributes:
        lite: the address of the same course in JupyterLite, if there is one.
        files: what was made so far, by address.
        places: what search can find.
    """

    library: Library
    edition: SiteEdition
    lite: str = ""
    files: dict[str, str | bytes] = field(default_factory=dict)
    places: list[Search] = field(default_factory=list)

    @cached_property
    def lessons(self) -> list[Lesson]:
        """All lessons in order."""
        return read_lessons(self.library.root)

    @cached_property
    def paths(self) -> dict[str, str]:
        """The addresses of the lessons, by the names of their files."""
        return {lesson.name: lesson_path(lesson) for lesson in self.lessons}

    @cached_property
    def _templates(self) -> jinja2.Environment:
        return environment()

    @cached_property
    def elements(self) -> list[tuple[str, str]]:
        """Ids and titles of the elements, in order."""
        return [(branch.id, branch.title) for branch in self.library.branches]

    @cached_property
    def labs(self) -> dict[str, Face]:
        """The lab of every hypothetical, by id."""
        return {name: pages.made("lab", name) for name in self.library.hypotheticals}

    @cached_property
    def figures(self) -> dict[str, tuple[str, int, str]]:
        """Where each figure of a lesson stands: its address, the lesson's number and title. Figures in no lesson are left out."""
        found: dict[str, tuple[str, int, str]] = {}
        for lesson in self.lessons:
            taken: dict[str, int] = {}
            for code, _ in lesson.cells():
                anchor = pages.cell_anchor(code, "", taken)
                for name in re.findall(r'\bfigure\("([^"]+)"\)', code):
                    found.setdefault(name, (f"{lesson_path(lesson)}#{anchor}", lesson.front.number, lesson.front.title))
        return found

    @cached_property
    def uses(self) -> dict[str, dict[str, list[tuple[str, str]]]]:
        """Where each source is used: by its id and by the kind of place, addresses and titles."""
        return _uses(self)

    def of_edition(self, face: Shown) -> Shown:
        """What this edition shows in a face's place: an exercise explains itself to those who have no teacher."""
        if self.edition == "selfpaced" and isinstance(face, Questions) and face.data["kind"] == "graded":
            return explained_exercise(face.data["sheet"], "exercises/keys")
        return face

    def add(
        self, page: Page, template: str, faces: Sequence[Shown] = (), modules: Sequence[str] = (), **given: Any
    ) -> None:
        """Make one page from a template."""
        links = Links(page.root, self.paths)
        kinds = list(dict.fromkeys(map(pages.kind, faces)))
        for face in faces:
            self.files.setdefault("assets/face.css", Face.tokens())
            self.files.setdefault(f"assets/{pages.kind(face)}.css", pages.style(face))
            if isinstance(face, Face):
                self.files.setdefault(f"assets/{face.name}.js", pages.classic(face))
        self.files[page.path] = self._templates.get_template(template).render(
            page=page, root=page.root, nav=_NAV, more=_MORE, edition=self.edition, checked=checked(self.lessons),
            sheets=["face", *kinds] if kinds else [], modules=modules, scripts=[name for name in kinds if f"assets/{name}.js" in self.files],
            linked=lambda name: source_html(self.library.named(name), links.source(name), full=False),
            cited=lambda one: source_html(one, links.source(one.id), full=True),
            **given,
        )  # fmt: skip

    def find(self, kind: str, title: str, within: str, path: str, *words: str) -> None:
        """Let search find a place."""
        self.places.append((kind, title, within, path, " ".join(" ".join(words).split())))


def build(
    library: Library, edition: str, tell: Callable[[str], None] = lambda _: None, lite: str = ""
) -> dict[str, str | bytes]:
    """Make every file of the site.

    Args:
        tell: called with the name of each part before it is made.
        lite: the address of the same course in JupyterLite, for a link on the first page.

    Returns:
        The files by their addresses below the site's folder.

    Raises:
        CourseError: no such edition; faults in the course's files.
    """
    if edition not in EDITIONS:
        mend = f"There are: {', '.join(EDITIONS)}."
        raise CourseError(Fault("site", 0, f"there is no edition {edition!r}", mend))
    site = Site(library, "student" if edition == "student" else "selfpaced", lite)
    for name, make in (
        ("lessons", _lessons), ("labs", _labs), ("authorities", _authorities), ("statutes", _statutes),
        ("courts", _courts), ("timeline", _timeline),
        ("figures", _figures), ("pages about the course", _prose), ("progress", _progress),
        ("the first page", _home), ("search", _search),
    ):  # fmt: skip
        tell(name)
        make(site)
    return site.files


def write(folder: Path, files: Mapping[str, str | bytes]) -> None:
    """Put a site into a folder; pages of an earlier site that are no longer made are removed.

    Raises:
        CourseError: the folder holds something that is no site.
    """
    manifest = folder / MANIFEST
    before: set[str] = set()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        try:
            before = {str(name) for name in json.loads(manifest.read_text("utf-8"))["files"]}
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            what = "there is something here already, and it is not an earlier site"
            raise CourseError(Fault(folder.as_posix(), 0, what, "Name a new folder.")) from None
    # The list comes first: a site that is interrupted can be taken up again, and is known for what it is.
    _list(manifest, before | files.keys())
    for name, content in files.items():
        path = folder / name
        packed = content.encode() if isinstance(content, str) else content
        # Most pages of a second build are the same; not to write them spares the disk.
        if not path.is_file() or path.read_bytes() != packed:
            write_atomic(path, packed)
    # The list could have been edited: only pages and assets below this folder are ever removed.
    stale = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    for name in (before - files.keys()) & stale.keys():
        stale[name].unlink()
    _list(manifest, files)


def _list(manifest: Path, names: Iterable[str]) -> None:
    write_atomic(manifest, json.dumps({"files": sorted(names)}, indent=1) + "\n")


# ---- Lessons ---------------------------------------------------------------------------------------------------------


def _lessons(site: Site) -> None:
    neighbours = [
        None,
        *({"path": lesson_path(one), "number": one.front.number, "title": one.front.title} for one in site.lessons),
        None,
    ]
    for place, lesson in enumerate(site.lessons):
        front = lesson.front
        page = Page(lesson_path(lesson), f"Lesson {front.number}. {front.title}", front.promise, "road.html")
        faces: list[Shown] = []

        def show(face: Shown, anchor: str, faces: list[Shown] = faces) -> str:
            faces.append(site.of_edition(face))
            return pages.place(faces[-1], anchor)

        text = pages.render(lesson, site.library, Links(page.root, site.paths), show)
        site.add(
            page, "lesson.html", faces, lesson=lesson, body=text.html, sections=text.sections, bare=False,
            sources=sources(lesson, site.library, "student"), before=neighbours[place], after=neighbours[place + 2],
        )  # fmt: skip
        for section in (one for one in text.sections if one.text):
            anchor = f"#{section.anchor}" if section.anchor else ""
            site.find(
                "Lesson",
                section.title or page.title,
                page.title if section.title else "",
                page.path + anchor,
                section.text,
            )
    road = [
        {
            "path": lesson_path(lesson), "number": lesson.front.number, "title": lesson.front.title,
            "promise": lesson.front.promise, "reading": lesson.front.minutes.reading, "doing": lesson.front.minutes.doing,
            "objectives": [one.text for one in lesson.front.objectives],
            "sets": [(title, anchor) for folder, title, anchor in _SETS if (site.library.root / folder / f"{lesson.name}.yaml").is_file()],
            "labs": [(name, case.title) for name, case in site.library.hypotheticals.items() if f'lab("{name}")' in lesson.body],
        }
        for lesson in site.lessons
    ]  # fmt: skip
    minutes = sum(one.front.minutes.reading + one.front.minutes.doing for one in site.lessons)
    site.add(
        Page("road.html", "The road", "All lessons in order, with what each asks and takes."),
        "road.html",
        road=road,
        minutes=minutes,
    )


def _home(site: Site) -> None:
    about = "A law-school course on Section 230, trafficking liability and the vendors behind platforms."
    road = [
        {"path": lesson_path(one), "number": one.front.number, "title": one.front.title, "promise": one.front.promise}
        for one in site.lessons
    ]
    counts = {"authorities": len(site.library.authorities) + len(site.library.statutes), "labs": len(site.labs)}
    site.add(Page("index.html", "Knowing Benefit", about), "home.html", road=road, counts=counts, lite=site.lite)


# ---- Labs and the timeline -------------------------------------------------------------------------------------------


def _labs(site: Site) -> None:
    rows = []
    for name, face in site.labs.items():
        case = site.library.hypotheticals[name]
        page = Page(f"labs/{name}.html", case.title, case.story.split("\n\n")[0][:160], "labs.html")
        site.add(page, "lab.html", [face], body=pages.place(face))
        site.find("Lab", case.title, "", page.path, case.story)
        verdicts: dict[str, int] = {}
        for reading in face.data["readings"]:
            word = OUTCOMES[reading["outcomes"][0]]
            verdicts[word] = verdicts.get(word, 0) + 1
        rows.append(
            {
                "id": name, "title": case.title, "as_pleaded": case.as_pleaded, "switches": len(case.switches),
                "readings": len(case.readings), "verdicts": ", ".join(f"{word} under {count}" for word, count in verdicts.items()),
                "lessons": [(lesson_path(one), one.front.number) for one in site.lessons if f'lab("{name}")' in one.body],
            }
        )  # fmt: skip
    rows.sort(key=lambda row: (not row["as_pleaded"], str(row["title"])))
    site.add(
        Page("labs.html", "Labs", "Cases whose facts you can change, each under several courts."),
        "labs.html",
        rows=rows,
    )


def _timeline(site: Site) -> None:
    face = pages.made("timeline")
    page = Page(
        "timeline.html", "Timeline", "What happened when, and what anybody could have known when a contract began."
    )
    site.add(page, "face.html", [face], body=pages.place(face), heading="The timeline")
    site.find(
        "Page", "Timeline", "", page.path, *(f"{event.label}. {event.text}" for event in site.library.timeline.in_order)
    )


def _figures(site: Site) -> None:
    rows = []
    for name, (path, number, title) in site.figures.items():
        one = site.library.figures[name]
        rows.append(
            {
                "path": path,
                "title": one.title,
                "caption": one.caption,
                "status": one.status,
                "lesson": f"{number}. {title}",
            }
        )
        site.find("Figure", one.title, f"Lesson {number}. {title}", path, one.caption, one.alt)
    site.add(
        Page("figures.html", "Figures", "Every figure of the course with its message, and the lesson it stands in."),
        "figures.html",
        rows=rows,
    )


# ---- Sources ---------------------------------------------------------------------------------------------------------


def _authorities(site: Site) -> None:
    titles = dict(site.elements)
    rows: list[dict[str, Any]] = []
    for name, one in site.library.authorities.items():
        page = Page(source_path(name), one.name, one.holding[:200], "authorities.html")
        site.add(
            page, "authority.html", one=one, uses=list(site.uses.get(name, {}).items()),
            elements=[titles[element] for element in one.elements],
        )  # fmt: skip
        site.find(
            "Authority",
            one.name,
            one.citation,
            page.path,
            one.short,
            one.holding,
            *(quote.text for quote in one.quotes),
        )
        rows.append(_row(one.kind, site.library.named(name), one))
    for name in site.library.statutes:
        rows.append(_row("statute", site.library.named(name), None))
    groups = [
        (title, sorted((row for row in rows if row["kind"] == kind), key=lambda row: str(row["sort"])))
        for kind, title in KINDS.items()
    ]
    page = Page(
        "authorities.html", "Authorities", "Every source the course rests on, each with how we know what it held."
    )
    site.add(page, "authorities.html", rows=rows, groups=[group for group in groups if group[1]])


def _row(kind: str, named: Named, one: Authority | None) -> dict[str, Any]:
    return {
        "kind": kind, "link": source_html(named, source_path(named.id), full=True), "status": named.status,
        "when": one.decided.shown() if one and one.decided else "", "sort": (named.name or named.reference).casefold(),
    }  # fmt: skip


def _statutes(site: Site) -> None:
    for name, one in site.library.statutes.items():
        versions = []
        for older, record in zip([None, *one.versions], one.versions, strict=False):
            parts = []
            for part, text in record.text.items():
                runs = (
                    whole(compare(older, record, part))
                    if older and part in older.text and older.text[part] != text
                    else [("same", text)]
                )
                parts.append((part, runs))
            versions.append({"record": record, "parts": parts, "current": record is one.current})
        page = Page(
            source_path(name), one.cite, f"{one.title}: every wording on record, with what changed.", "authorities.html"
        )
        site.add(page, "statute.html", one=one, versions=versions[::-1], uses=list(site.uses.get(name, {}).items()))
        site.find("Statute", one.cite, one.title, page.path, *one.current.text.values())


def _uses(site: Site) -> dict[str, dict[str, list[tuple[str, str]]]]:
    found: dict[str, dict[str, list[tuple[str, str]]]] = {}
    library = site.library

    def use(names: Iterable[str | None], kind: str, path: str, title: str) -> None:
        for name in names:
            if name is not None:
                places = found.setdefault(name, {}).setdefault(kind, [])
                if (path, title) not in places:
                    places.append((path, title))

    for lesson in site.lessons:
        title = f"{lesson.front.number}. {lesson.front.title}"
        use(lesson.cited("student"), "Lessons", lesson_path(lesson), title)
        for folder, called, anchor in _SETS:
            for item in _items(library.root / folder / f"{lesson.name}.yaml"):
                use(item.authority, "Questions", lesson_path(lesson) + anchor, f"{title}: {called.lower()}")
    for reading in library.readings.values():
        rules = [rule.authority for view in reading.elements.values() for rule in (*view.met, *view.not_met)]
        use([reading.authority, *rules], "Readings", f"readings.html#{reading.id}", reading.title)
    for circuit in library.circuits.circuits:
        for element, cell in circuit.cells.items():
            use(
                cell.authorities,
                "Courts",
                f"circuits.html#{element}-{circuit.id}",
                f"{circuit.name}: {dict(site.elements)[element].lower()}",
            )
    for question in library.contested.questions:
        use(question.authorities, "Contested", f"contested.html#{question.id}", question.title)
    for case in library.hypotheticals.values():
        use([case.authority], "Labs", f"labs/{case.id}.html", case.title)
    for name, (path, _, _) in site.figures.items():
        use(library.figures[name].authority, "Figures", path, library.figures[name].title)
    for term in library.glossary.in_order:
        use([term.authority], "Glossary", f"glossary.html#{slug(term.term)}", term.term)
    for event in library.timeline.in_order:
        use([event.authority], "Timeline", "timeline.html", f"{event.when()}: {event.label}")
    return found


def _items(path: Path) -> tuple[Item, ...]:
    return load_questions(path).items if path.is_file() else ()


# ---- Courts, questions, terms, readings ------------------------------------------------------------------------------


def _courts(site: Site) -> None:
    library = site.library
    circuits = library.circuits.circuits
    elements = [(name, title) for name, title in site.elements if any(name in one.cells for one in circuits)]
    page = Page(
        "circuits.html", "Where the courts stand", "Court by court and element by element, as far as it is known."
    )
    site.add(page, "circuits.html", courts=circuits, elements=elements)
    for one in circuits:
        for element, cell in one.cells.items():
            title = f"{one.name}: {dict(site.elements)[element].lower()}"
            site.find(
                "Court",
                title,
                "Where the courts stand",
                f"{page.path}#{element}-{one.id}",
                cell.standard or cell.silent or "",
            )
    page = Page(
        "contested.html", "What the courts contest", "The questions on which courts divide, each with both sides."
    )
    site.add(page, "contested.html", questions=library.contested.questions)
    for question in library.contested.questions:
        site.find(
            "Contested",
            question.title,
            "What the courts contest",
            f"{page.path}#{question.id}",
            question.question,
            question.broad,
            question.narrow,
        )
    page = Page(
        "readings.html", "Readings", "What each court, dissent or line of cases is known to say of each element."
    )
    readings = [
        {**{name: getattr(one, name) for name in ("id", "title", "about", "authority", "status", "elements")},
         "labs": [(case.id, case.title) for case in library.hypotheticals.values() if one.id in case.readings]}
        for one in library.readings.values()
    ]  # fmt: skip
    site.add(page, "readings.html", readings=readings, elements=site.elements)
    for reading in library.readings.values():
        site.find("Reading", reading.title, "Readings", f"{page.path}#{reading.id}", reading.about)
    terms = library.glossary.in_order
    by_letter = {letter: list(some) for letter, some in itertools.groupby(terms, lambda one: slug(one.term)[0])}
    page = Page("glossary.html", "Glossary", "The terms of the course, each used in one way.")
    site.add(page, "glossary.html", terms=terms, letters=list(by_letter), groups=list(by_letter.items()))
    for term in terms:
        site.find("Term", term.term, "Glossary", f"{page.path}#{slug(term.term)}", term.definition, *term.aliases)


# ---- Pages about the course, progress, search ------------------------------------------------------------------------


def _prose(site: Site) -> None:
    for path, title, about, text in (
        ("about.html", "About", "What the course is, for whom, and how it is made.", read_text(HERE / "about.md")),
        ("how-we-know.html", "How we know", "What the badges mean, and what was not seen.", read_text(HERE / "how-we-know.md")),
        ("licence.html", "Licence", "How the course may be used.", read_text(site.library.root / "LICENSE-text.md")),
        ("accessibility.html", "Accessibility", "How far the course can be used by everybody.", read_text(site.library.root / "docs" / "accessibility.md")),
    ):  # fmt: skip
        body = pages.markdown(text)
        site.add(Page(path, title, about), "prose.html", body=body)
        site.find("Page", title, "", path, plain(body))
    site.files["assets/licences.txt"] = "\n\n".join(
        f"{title}\n\n{read_text(path)}"
        for title, path in (
            ("Source Serif 4 (font), SIL Open Font License 1.1", HERE / "vendor" / "source-serif-LICENSE.txt"),
            ("MiniSearch (search), MIT", HERE / "vendor" / "minisearch-LICENSE.txt"),
            ("Knowing Benefit (code), BSD-3-Clause", site.library.root / "LICENSE"),
        )
    )


def _progress(site: Site) -> None:
    rows = []
    for lesson in site.lessons:
        for one in pages.made("begin", lesson.name).data["sets"]:
            rows.append(
                {
                    "sheet": one["sheet"], "title": one["title"], "count": one["count"], "names": " ".join(_names(site.library.root, one["sheet"])),
                    "path": lesson_path(lesson), "number": lesson.front.number, "lesson": lesson.front.title,
                }
            )  # fmt: skip
    page = Page(
        "progress.html", "Your progress", "What you have answered, the hand-in file, and answers from elsewhere."
    )
    # The same modules as in every face that keeps answers, and after them what this page does.
    module = "\n".join([AnsweringFace.shared(), read_text(HERE / "progress.js")])
    site.add(page, "progress.html", rows=rows, modules=[module])


def _names(root: Path, sheet: str) -> list[str]:
    name, _, suffix = sheet.partition(".")
    if suffix == "brief":
        return [part.id for part in load_brief(root / "exercises" / "briefs" / f"{name}.yaml").parts]
    return [item.id for item in _items(root / "exercises" / suffix / f"{name}.yaml")]


def _search(site: Site) -> None:
    site.add(
        Page("search.html", "Search", "Find a word in lessons, authorities, terms and labs."),
        "search.html",
        count=len(site.places),
    )
    packed = json.dumps(site.places, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
    site.files["assets/search-index.js"] = f"window.knowingBenefitPlaces = {packed};\n"
    for name in ("site.css", "site.js", "search.js"):
        site.files[f"assets/{name}"] = read_text(HERE / name)
    site.files["assets/minisearch.js"] = read_text(HERE / "vendor" / "minisearch.js")
    for name in ("source-serif.woff2", "source-serif-italic.woff2"):
        site.files[f"assets/{name}"] = (HERE / "vendor" / name).read_bytes()
