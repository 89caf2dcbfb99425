"""Check all content. Every fault names file, line, what is wrong and the mend; nothing here changes a file."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from knowing_benefit.assess import items, variants
from knowing_benefit.assess.kinds import Drawn, Highlight
from knowing_benefit.law.citations import find_quotation, knows_reporters, quotations, unresolved
from knowing_benefit.law.figures import unfounded
from knowing_benefit.law.library import Library
from knowing_benefit.law.readings import overlaps
from knowing_benefit.law.source import CourseError, Document, Fault, Loc, nearest, read_yaml, shown
from knowing_benefit.publish import review
from knowing_benefit.publish.lessons import Lesson, read_lessons, statute_parts, text_of

STALE_DAYS = 180
"""An authority not checked for longer than this (in days) is listed, not failed: the law may be the same."""

_BANNED = re.compile(r"\b(delv\w+|landmark|crucial\w*|navigat\w+ the complexit\w+|it is important to note)\b", re.I)
_ELSEWHERE = frozenset(
    {"citation", "aliases", "also_cites", "sources", "source", "misprints", "cite", "docket", "stat", "law"}
)
"""Fields in which a citation is recorded, or known to be wrong, and so is not one of ours to resolve."""

_SOURCES = ("authority", "authorities", "broad_authorities", "narrow_authorities", "also")
"""Fields that name the sources of what stands beside them."""

_CALL = re.compile(r"from knowing_benefit import (\w+); \1\((.*)\)")
"""A lesson's code cell: one line of plain words."""


@dataclass
class Report:
    """What a check found.

    Attributes:
        faults: what must be mended.
        notices: what a person should know (authorities due for a new look).
        summary: counts, in words.
    """

    faults: list[Fault] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    summary: str = ""


def check(library: Library, only: Path | None = None, today: date | None = None) -> Report:
    """Check the course folder; with ``only``, report the faults of that file or folder alone."""
    report = Report()
    for part in (_shapes, _law, _figures, _lessons, review.faults, _exercises, _quoted_data, _fresh):
        try:
            report.faults += part(library)
        except CourseError as problem:
            report.faults += problem.faults
    found = sorted(set(report.faults))
    wanted = shown(only) if only is not None else "."
    report.faults = [fault for fault in found if wanted in (".", fault.file) or fault.file.startswith(f"{wanted}/")]
    if not found:
        report.notices = [*_due(library, today or date.today()), *_unused(library)]
        if not knows_reporters():
            report.notices.append(
                "Citations by reporter were not looked at: eyecite is not ready-made for this Python. Check with Python 3.12."
            )
        report.summary = (
            f"{len(library.authorities)} authorities, {len(library.readings)} readings, {len(library.facts)} facts, "
            f"{len(library.hypotheticals)} hypotheticals, {len(library.timeline.events)} events, {len(read_lessons(library.root))} lessons"
        )
    elif not report.faults:
        report.summary = f"{wanted} (elsewhere: {len(found)} faults)"
    return report


def _shapes(library: Library) -> Iterator[Fault]:
    """Files that are not what their kind must be: all kinds are asked, so that one broken file does not hide another."""
    for kind in (
        "facts",
        "trees",
        "authorities",
        "statutes",
        "readings",
        "hypotheticals",
        "decided",
        "timeline",
        "glossary",
        "press",
        "circuits",
        "contested",
        "contradictions",
        "figures",
    ):
        try:
            getattr(library, kind)
        except CourseError as problem:
            yield from problem.faults


def _law(library: Library) -> Iterator[Fault]:
    """Ids that name nothing, facts of no use, conditions that contradict each other."""
    known = {*library.authorities, *library.statutes}
    used: set[str] = set()
    for name, reading in library.readings.items():
        document = read_yaml(library.one("readings", name))
        yield from _named(document, known)
        for element, view in reading.elements.items():
            used |= view.facts()
            for loc, value in _walk(document.data["elements"][element], ("elements", element)):
                if value in view.facts() - library.facts.keys() and "if" in loc:
                    yield document.fault(loc, f"{element}: there is no fact {value!r}", nearest(value, library.facts))
            try:
                clash = overlaps(view)
            except ValueError as problem:
                yield document.fault(("elements", element), f"{element}: {problem}", "Ask about fewer facts.")
                continue
            if clash:
                setting = ", ".join(f"{fact}={value}" for fact, value in clash.items())
                what = f"{element} is both met and not met when {setting}"
                yield document.fault(("elements", element), what, "Narrow one of the conditions.")
    for branch in library.branches:
        used |= branch.view.facts() if branch.view else set()
    together = read_yaml(library.data / "contradictions.yaml")
    for place, one in enumerate(library.contradictions.contradictions):
        for fact in one.facts.keys() - library.facts.keys():
            loc = ("contradictions", place, "facts", fact)
            yield together.fault(loc, f"there is no fact {fact!r}", nearest(fact, library.facts))
    facts = read_yaml(library.data / "facts.yaml")
    for place, fact in enumerate(library.facts):
        if fact not in used:
            yield facts.fault(
                ("facts", place), f"no reading looks at the fact {fact!r}", "Use it in a reading, or drop it."
            )
    for name, case in library.hypotheticals.items():
        document = read_yaml(library.one("hypotheticals", name))
        yield from _named(document, known)
        for where, ids, there in (("facts", case.facts, library.facts), ("readings", case.readings, library.readings)):
            for place, given in enumerate(ids):
                if given not in there:
                    loc = (where, given if where == "facts" else place)
                    yield document.fault(loc, f"there is no {where.rstrip('s')} {given!r}", nearest(given, there))
        for place, switch in enumerate(case.switches):
            if switch.fact not in library.facts:
                loc = ("switches", place, "fact")
                yield document.fault(loc, f"there is no fact {switch.fact!r}", nearest(switch.fact, library.facts))
        words = len(case.story.split())
        if not 120 <= words <= 250:
            yield document.fault(("story",), f"the story has {words} words", "Make it 120 to 250.")
    for path in _loose(library):
        yield from _named(read_yaml(path), known)


def _figures(library: Library) -> Iterator[Fault]:
    """Figures that show or rest on what is not there."""
    known = {*library.authorities, *library.statutes}
    for name, figure in library.figures.items():
        document = read_yaml(library.one("figures", name))
        yield from _named(document, known)
        for loc, what, mend in unfounded(figure, library):
            yield document.fault(loc, what, mend)


def _unused(library: Library) -> Iterator[str]:
    shown_somewhere = {call for lesson in read_lessons(library.root) for call, _ in lesson.cells()}
    for name in library.figures:
        if not any(re.search(rf"""figure\(["']{re.escape(name)}["']\)""", call) for call in shown_somewhere):
            yield f"data/figures/{name}.yaml: no lesson shows it. Show it, or delete it."


def _loose(library: Library) -> list[Path]:
    """The files of ``data/`` that state law or fact and are not one of many of a kind."""
    named = ("timeline.yaml", "glossary.yaml", "circuits.yaml", "contested.yaml", "press/article.yaml")
    return [*(library.data / name for name in named), *sorted((library.data / "doctrine").glob("*.yaml"))]


def _named(document: Document, known: Collection[str]) -> Iterator[Fault]:
    """Authorities that do not exist, and statements that are put forward though nobody has verified them."""
    for loc, value in _walk(document.data):
        name = next((step for step in reversed(loc) if isinstance(step, str)), "")
        if name in _SOURCES and isinstance(value, str) and value not in known:
            yield document.fault(loc, f"there is no authority {value!r}", nearest(value, known))
        if name == "status" and value == "unverified":
            yield document.fault(
                loc, "an unverified statement is not taught", "Verify it, report it as secondary, or leave it out."
            )


def _walk(data: Any, loc: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    if isinstance(data, dict):
        for key, value in data.items():
            yield from _walk(value, (*loc, key))
    elif isinstance(data, list):
        for place, value in enumerate(data):
            yield from _walk(value, (*loc, place))
    else:
        yield loc, data


def _recorded(library: Library, name: str) -> list[str]:
    """The words on record for an authority or a statute."""
    if name in library.statutes:
        return [
            text for version in library.statutes[name].versions if version.quotable for text in version.text.values()
        ]
    return [quote.text for quote in library.authorities[name].quotes] if name in library.authorities else []


def _unfound(library: Library, text: str, credited: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Quotations in a text that none of the credited sources has on record, each with a mend."""
    sources = list(dict.fromkeys(credited))
    for words in quotations(text):
        if any(find_quotation(words, said) for name in sources for said in _recorded(library, name)):
            continue
        elsewhere = [
            name
            for name in (*library.authorities, *library.statutes)
            for said in _recorded(library, name)
            if find_quotation(words, said)
        ]
        short = words if len(words) < 60 else words[:57] + "..."
        if elsewhere:
            yield short, f"These are words of {elsewhere[0]}: name it there."
        else:
            yield short, "Quote exactly what data/authorities has on record, or use your own words."


def _lessons(library: Library) -> Iterator[Fault]:
    known = {*library.authorities, *library.statutes}
    for lesson in read_lessons(library.root):
        for role, content, offset in lesson.roles():
            name, part = statute_parts(content)
            if role == "term":
                try:
                    library.glossary.find(content)
                except KeyError as problem:
                    yield lesson.fault(offset, str(problem.args[0]).rstrip("."), "Define it in data/glossary.yaml.")
            elif name not in known:
                yield lesson.fault(offset, f"there is no authority {name!r}", nearest(name, known))
            elif role == "statute" and name not in library.statutes:
                yield lesson.fault(offset, f"{name!r} is not a statute", "Use {cite} or {case}.")
            elif role == "statute" and part and part[1:].partition(")")[0] not in library.statutes[name].current.text:
                yield lesson.fault(
                    offset, f"{library.statutes[name].cite} has no subsection {part} on record", "Look at its file."
                )
        for place, name in enumerate(lesson.front.key_authorities):
            if name not in known:
                loc = ("course", "key_authorities", place)
                yield lesson.top.fault(loc, f"there is no authority {name!r}", nearest(name, known))
        yield from _cells(library, lesson)
        yield from _prose(library, lesson)
        try:
            text_of(lesson, library, "instructor")
        except CourseError as problem:
            yield from problem.faults


_NAMED_BY = {
    "lab": "data/hypotheticals",
    "drill": "data/hypotheticals",
    "figure": "data/figures",
    "statute": "data/statutes",
    "exercise": "exercises",
    "practice": "exercises/practice",
    "ask": "exercises/inline",
    "brief": "exercises/briefs",
}
"""Where the file is that the first word of a cell names, by the cell."""


def _cells(library: Library, lesson: Lesson) -> Iterator[Fault]:
    for code, offset in lesson.cells():
        call = _CALL.fullmatch(code)
        if call is None:
            yield lesson.fault(
                offset,
                f"a code cell is one line of plain words, not {code!r}",
                'Write: from knowing_benefit import lab; lab("id")',
            )
            continue
        names = [word.strip().strip("\"'") for word in call[2].split(",")]
        given, folder = names[0], _NAMED_BY.get(call[1])
        if folder and not (library.root / folder / f"{given}.yaml").is_file():
            there = [path.stem for path in (library.root / folder).glob("*.yaml")]
            yield lesson.fault(offset, f"{folder} has no {given!r}", nearest(given, there))
        elif call[1] in ("ask", "statute"):
            yield from _second(library, lesson, offset, call[1], names)


def _second(library: Library, lesson: Lesson, offset: int, cell: str, names: list[str]) -> Iterator[Fault]:
    """What is wrong with the second word of a cell: a question of an inline set, a subsection of a statute."""
    if cell == "ask":
        what = "question"
        try:
            inline = items.load_practice(library.root / _NAMED_BY[cell] / f"{names[0]}.yaml")
        except CourseError:
            return  # Its faults are told where they are.
        there = list(inline.keys)
    else:
        what = "subsection"
        there = list(library.statutes[names[0]].current.text)
    if len(names) != 2:
        mend = f'Write: from knowing_benefit import {cell}; {cell}("{names[0]}", "{there[0]}")'
        yield lesson.fault(offset, f"this cell names no {what}", mend)
    elif names[1] not in there:
        mend = nearest(names[1], there) or f"There are: {', '.join(there)}."
        yield lesson.fault(offset, f"{names[0]} has no {what} {names[1]!r}", mend)


def _prose(library: Library, lesson: Lesson) -> Iterator[Fault]:
    for text, offset in lesson.paragraphs():
        credited = [
            statute_parts(content)[0]
            for role, content, place in lesson.roles()
            if role != "term" and offset <= place < offset + len(text)
        ]
        for words, mend in _unfound(library, text, credited):
            yield lesson.fault(
                offset + max(text.find(words[:20]), 0),
                f"this quotation is not on record for what its paragraph cites: {words!r}",
                mend,
            )
        for banned in _BANNED.finditer(text):
            yield lesson.fault(
                offset + banned.start(), f"{banned[0]!r} is not our way of writing", "Say it plainly (voice)."
            )
        shout = re.search(r"[A-Za-z]!(?:\s|$)", text)
        if shout:
            yield lesson.fault(offset + shout.start(), "an exclamation mark", "End the sentence with a full stop.")
    for cite, offset, mend in unresolved(lesson.body, library):
        yield lesson.fault(offset, f"this citation is no authority of ours: {cite}", mend)


def _exercises(library: Library) -> Iterator[Fault]:
    objectives = {lesson.name: [one.id for one in lesson.front.objectives] for lesson in read_lessons(library.root)}
    folder = library.root / "exercises"
    yield from items.check(folder, {*library.authorities, *library.statutes}, objectives)
    for path in sorted([*folder.glob("*.yaml"), *folder.glob("practice/*.yaml"), *folder.glob("inline/*.yaml")]):
        try:
            found = items.load_questions(path)
        except CourseError:
            continue  # Told above.
        for place, item in enumerate(found.items):
            loc = ("items", place)
            if isinstance(item, Highlight):
                yield from _passage(library, found.document, loc, item)
            if isinstance(item, Drawn):
                yield from (
                    found.document.fault((*loc, *at), f"{item.id}: {what}", mend)
                    for at, what, mend in variants.faults(library, item)
                )


def _passage(library: Library, document: Document, loc: Loc, item: Highlight) -> Iterator[Fault]:
    """A passage to mark that is not what its source says."""
    name, part = statute_parts(item.source)
    if name not in library.statutes and name not in library.authorities:
        known = {*library.authorities, *library.statutes}
        yield document.fault((*loc, "source"), f"{item.id}: there is no authority {name!r}", nearest(name, known))
        return
    said = _recorded(library, name)
    if name in library.statutes and part:
        letter = part[1:].partition(")")[0]
        versions = [version for version in library.statutes[name].versions if version.quotable]
        said = [version.text[letter] for version in versions if letter in version.text]
        if not said:
            what = f"{item.id}: {library.statutes[name].cite} has no subsection {part} on record"
            yield document.fault((*loc, "source"), what, "Look at its file.")
            return
    if not any(find_quotation(item.words(), one) for one in said):
        what = f"{item.id}: the passage is not on record for {item.source}, word for word"
        yield document.fault(
            (*loc, "passage"), what, "Copy it from the source's file; ... stands for what is left out."
        )


def _quoted_data(library: Library) -> Iterator[Fault]:
    """Quotations in data and exercises, each looked up in the source that its own part of the file names; and citations."""
    folders = ("readings", "hypotheticals", "decided", "figures")
    paths = [path for name in folders for path in sorted((library.data / name).glob("*.yaml"))]
    paths += [library.data / "facts.yaml", *_loose(library), *sorted((library.root / "exercises").rglob("*.yaml"))]
    for path in paths:
        document = read_yaml(path)
        yield from _quoted(library, document, document.data, (), ())
    for path in sorted((library.data / "authorities").glob("*.yaml")):
        document = read_yaml(path)
        text = {
            key: value
            for key, value in document.data.items()
            if key not in ("quotes", "sources", "name", "citation", "aliases")
        }
        yield from _quoted(library, document, text, (), (path.stem,))


def _quoted(
    library: Library,
    document: Document,
    data: Any,
    loc: tuple[str | int, ...],
    credited: tuple[str, ...],
    printed_wrong: frozenset[str] = frozenset(),
) -> Iterator[Fault]:
    """Quotations and citations in a part of a document.

    Args:
        credited: the sources that the parts around it name.
        printed_wrong: citations that a question gets wrong on purpose (its ``misprints``).
    """
    if isinstance(data, dict):
        printed_wrong |= frozenset(data.get("misprints", ()))
        named = [data[field] for field in _SOURCES if field in data]
        own = tuple(
            statute_parts(str(name))[0] for value in named for name in (value if isinstance(value, list) else [value])
        )
        for key, value in data.items():
            yield from _quoted(library, document, value, (*loc, key), own + credited, printed_wrong)
    elif isinstance(data, list):
        for place, value in enumerate(data):
            yield from _quoted(library, document, value, (*loc, place), credited, printed_wrong)
    elif isinstance(data, str):
        for words, mend in _unfound(library, data, credited):
            yield document.fault(
                loc, f"this quotation is not on record for the authority named beside it: {words!r}", mend
            )
        if not _ELSEWHERE & set(loc):
            for cite, _, mend in unresolved(data, library):
                if cite not in printed_wrong:
                    yield document.fault(loc, f"this citation is no authority of ours: {cite}", mend)


def _fresh(library: Library) -> Iterator[Fault]:
    """Dates that cannot be: an authority looked at before the day as of which it is described."""
    for name, authority in library.authorities.items():
        if authority.checked < authority.as_of:
            document = read_yaml(library.one("authorities", name))
            yield document.fault(
                ("checked",), f"checked on {authority.checked}, before as_of {authority.as_of}", "Correct one of them."
            )


def _due(library: Library, today: date) -> Iterator[str]:
    for name, authority in library.authorities.items():
        days = (today - date.fromisoformat(authority.checked)).days
        if days > STALE_DAYS:
            yield f"data/authorities/{name}.yaml: not checked for {days} days. Look it up again and set checked."
