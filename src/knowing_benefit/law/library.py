"""The course folder on disk, opened: each kind of content is read when it is first asked for."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from knowing_benefit.law.doctrine import Branch, Tree
from knowing_benefit.law.facts import Fact, Vocabulary
from knowing_benefit.law.hypotheticals import Hypothetical
from knowing_benefit.law.readings import Reading
from knowing_benefit.law.source import CourseError, Fault, Status, load, load_folder, nearest

if TYPE_CHECKING:
    from knowing_benefit.law.authorities import Authority
    from knowing_benefit.law.circuits import Circuits, Contested
    from knowing_benefit.law.contradictions import Contradictions
    from knowing_benefit.law.decided import Case
    from knowing_benefit.law.figures import AnyFigure
    from knowing_benefit.law.glossary import Glossary
    from knowing_benefit.law.press import Article
    from knowing_benefit.law.statutes import Statute
    from knowing_benefit.law.timeline import Timeline


@dataclass(frozen=True)
class Named:
    """A source as text shows it.

    Attributes:
        short: what it is called once it has been cited.
        kind: ``case``, ``letter`` and so on (see :mod:`knowing_benefit.law.authorities`), or ``statute``.
        name: its full name (a case's caption); for a statute, empty.
        reference: the citation proper, which follows the name.
        status: how what it held, or said, is known.
    """

    id: str
    short: str
    kind: str
    name: str
    reference: str
    status: Status

    @property
    def is_case(self) -> bool:
        """Whether its name is a case name, which is set in italics."""
        return self.kind in ("case", "order")


class Library:
    """All content below one course folder.

    Every attribute raises :class:`CourseError` with the faults of its files when they cannot be read.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.data = root / "data"

    @cached_property
    def facts(self) -> dict[str, Fact]:
        """The vocabulary, by id."""
        return {fact.id: fact for fact in load(self.data / "facts.yaml", Vocabulary).facts}

    @cached_property
    def fact_names(self) -> dict[str, str]:
        """A short name for each fact: its id in plain words."""
        return {name: name.replace("-", " ") for name in self.facts}

    @cached_property
    def trees(self) -> tuple[Tree, Tree]:
        """The claim (section 1595) and the defence (section 230)."""
        folder = self.data / "doctrine"
        return load(folder / "section-1595.yaml", Tree), load(folder / "section-230.yaml", Tree)

    @cached_property
    def branches(self) -> list[Branch]:
        """The elements of both trees, in order."""
        return [branch for tree in self.trees for branch in tree.branches]

    @cached_property
    def readings(self) -> dict[str, Reading]:
        """Every reading, by id."""
        return load_folder(self.data / "readings", Reading)

    @cached_property
    def hypotheticals(self) -> dict[str, Hypothetical]:
        """Every hypothetical, by id."""
        return load_folder(self.data / "hypotheticals", Hypothetical)

    @cached_property
    def decided(self) -> dict[str, Case]:
        """Every decided case, by id."""
        from knowing_benefit.law.decided import load_decided

        return load_decided(self.data / "decided", self.facts, self.readings)

    @cached_property
    def authorities(self) -> dict[str, Authority]:
        """Every authority, by id."""
        from knowing_benefit.law.authorities import load_authorities

        return load_authorities(self.data / "authorities")

    @cached_property
    def statutes(self) -> dict[str, Statute]:
        """Every statute, by id."""
        from knowing_benefit.law.statutes import load_statutes

        return load_statutes(self.data / "statutes")

    @cached_property
    def timeline(self) -> Timeline:
        """The dated events."""
        from knowing_benefit.law.timeline import Timeline

        return load(self.data / "timeline.yaml", Timeline)

    @cached_property
    def glossary(self) -> Glossary:
        """The terms of the course."""
        from knowing_benefit.law.glossary import Glossary

        return load(self.data / "glossary.yaml", Glossary)

    @cached_property
    def circuits(self) -> Circuits:
        """Where each court stands, element by element."""
        from knowing_benefit.law.circuits import Circuits

        return load(self.data / "circuits.yaml", Circuits)

    @cached_property
    def contested(self) -> Contested:
        """The questions on which courts divide."""
        from knowing_benefit.law.circuits import Contested

        return load(self.data / "contested.yaml", Contested)

    @cached_property
    def contradictions(self) -> Contradictions:
        """The facts that cannot stand together."""
        from knowing_benefit.law.contradictions import Contradictions

        return load(self.data / "contradictions.yaml", Contradictions)

    @cached_property
    def figures(self) -> dict[str, AnyFigure]:
        """Every figure, by id."""
        from knowing_benefit.law.figures import load_figures

        return load_figures(self.data / "figures")

    @cached_property
    def press(self) -> Article:
        """The article that the course tests claim by claim."""
        from knowing_benefit.law.press import Article

        return load(self.data / "press" / "article.yaml", Article)

    def one(self, kind: str, name: str) -> Path:
        """The path of one item, e.g. ``one("hypotheticals", "gg-as-pleaded")``, without reading its neighbours.

        Raises:
            CourseError: no such item, with the nearest name there is.
        """
        folder = self.data / kind
        path = folder / f"{name}.yaml"
        if not path.is_file() or path.parent != folder:
            known = sorted(file.stem for file in folder.glob("*.yaml"))
            mend = nearest(name, known) or f"There are: {', '.join(known)}."
            raise CourseError(Fault(f"data/{kind}", 0, f"there is no {name!r} here", mend))
        return path

    def authority(self, name: str) -> Authority:
        """One authority, without reading the others."""
        return _authority(self.one("authorities", name))

    def named(self, name: str) -> Named:
        """How a source is called in a line of text: an authority, or a statute by its citation.

        Raises:
            CourseError: neither an authority nor a statute has this id.
        """
        if name.startswith("usc-"):
            cite = self.statutes[self.one("statutes", name).stem].cite
            return Named(name, cite, "statute", "", cite, "verified")
        found = self.authority(name)
        return Named(name, found.short, found.kind, found.name, found.citation, found.holding_status or found.status)

    def hypothetical(self, name: str) -> Hypothetical:
        """One hypothetical, without reading the others."""
        return load(self.one("hypotheticals", name), Hypothetical)

    def figure(self, name: str) -> AnyFigure:
        """One figure, without reading the others."""
        from knowing_benefit.law.figures import load_figure

        return load_figure(self.one("figures", name))

    def reading(self, name: str) -> Reading:
        """One reading, without reading the others."""
        return load(self.one("readings", name), Reading)


@cache
def _authority(path: Path) -> Authority:
    from knowing_benefit.law.authorities import Authority

    return load(path, Authority)


def is_course(folder: Path) -> bool:
    """Whether a folder is a course folder: it has ``course.py`` and ``data/``."""
    return (folder / "course.py").is_file() and (folder / "data").is_dir()


def whole_course() -> Library:
    """The course folder with its lessons' texts, for what is made from them.

    Raises:
        CourseError: there is no course folder, or it is a student's copy, in which those texts are not.
    """
    opened = library()
    if not any((opened.root / "lessons").glob("*.md")):
        what = "this is a student's copy of the course, without the texts and the keys that this command works from"
        raise CourseError(Fault(opened.root.name, 0, what, "Run the command in the instructor's copy."))
    return opened


def course_root() -> Path:
    """The course folder: ``KNOWING_BENEFIT_COURSE`` if set, else the nearest one above the working directory, else above
    this package.

    Raises:
        CourseError: there is none.
    """
    named = os.environ.get("KNOWING_BENEFIT_COURSE")
    here = Path.cwd()
    start = [Path(named)] if named else [here, *here.parents, *Path(__file__).resolve().parents]
    for folder in start:
        if is_course(folder):
            return folder.resolve()
    raise CourseError(
        Fault(
            named or here.as_posix(),
            1,
            "this is not a course folder (course.py and data/ are not here)",
            "Go to the folder that you unpacked or cloned, and start again.",
        )
    )


@cache
def _library(root: Path) -> Library:
    return Library(root)


def library() -> Library:
    """The library of :func:`course_root`, opened once in a process."""
    return _library(course_root())
