"""The graded exercises as quizzes that other systems import: Moodle XML, and QTI 1.2 as Canvas takes it.

A question of ours becomes one or two of theirs (a *part*), with a reason for every option as that option's feedback:

=================== ================================================ ====================================================
ours                Moodle                                           Canvas (QTI 1.2)
=================== ================================================ ====================================================
one, predict        multichoice, single                              multiple_choice_question
several, highlight  multichoice; each wrong mark takes a share away  multiple_answers_question (Canvas does the same)
match, sort         matching                                         matching_question
order               matching of lines to places                      matching_question
factcheck           two multichoice: the verdict, the source         two multiple_choice_question
number              numerical with the tolerance                     numerical_question
date, citation      shortanswer, with the usual spellings            short_answer_question
written             essay; rubric and models for the grader          essay_question; rubric as the item's feedback
drawn               a category of some forms, as multichoice         a group of some forms, of which Canvas picks one
=================== ================================================ ====================================================

Three of our rules cannot be said there: an order earns by lines in place and not by steps, a fact is sorted wholly or not at
all, and a citation or date must be spelled in a listed way (to Moodle a citation's book and page may stand in any text). They know no exam numbers, so a drawn question is a *pool* of
:data:`POOL` of its forms, the same each time for one course: Canvas picks one for each student by itself, and in Moodle the
teacher adds "a random question" from the category.

Formats: "Moodle XML format" in MoodleDocs; IMS Question & Test Interoperability 1.2 (2002), with the item metadata
``question_type`` and ``points_possible`` that Canvas reads ("What types of QTI packages can I import", Canvas Instructor Guide),
and for pools the ``selection_ordering`` of its sections (IMS QTI 1.2, "ASI Selection & Ordering"), as text2qti writes it too.
"""

from __future__ import annotations

import calendar
import io
import itertools
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal
from xml.etree import ElementTree as ET

from knowing_benefit.assess import citations, variants
from knowing_benefit.assess.items import Exercise, load_exercise, load_key
from knowing_benefit.assess.kinds import (
    RESULTS,
    Because,
    Citation,
    CitationKey,
    Date,
    DateKey,
    Drawn,
    Factcheck,
    FactcheckKey,
    Highlight,
    Item,
    Key,
    Match,
    MatchKey,
    Number,
    NumberKey,
    Option,
    Order,
    OrderKey,
    Several,
    SeveralKey,
    Sort,
    SortKey,
    WithOptions,
    Written,
    WrittenKey,
)
from knowing_benefit.law.dates import PartialDate
from knowing_benefit.law.library import Library
from knowing_benefit.law.readings import Answer
from knowing_benefit.law.source import CourseError
from knowing_benefit.view.exercise import asking
from knowing_benefit.view.face import badge, escape
from knowing_benefit.view.lab import basis

_README = """# Quizzes for Canvas and Moodle

Made by `course release quiz`; change the exercise, then release again. They hold the keys: import them, and give them to no student.

- **Canvas**: Settings, Import Course Content, *QTI .zip file*, one file of `canvas/` each. Old quizzes show every reason as feedback.
- **Moodle**: Question bank, Import, *Moodle XML format*, one file of `moodle/` each. Each makes a category of its own.

Scores differ from the course's own grader in three places: an order earns by lines in their place; a fact is sorted wholly or not at all; a
citation or a date has to be spelled in one of the usual ways.

A question that is drawn for each student is here a pool of twenty of its forms, balanced as the course's own draw is. Canvas picks one for each student. In Moodle the pool is a
category of its own, below the exercise's: in the quiz choose *Add*, *a random question*, and that category, once.
"""

POOL = 20
"""How many forms of a drawn question a pool holds."""


@dataclass(frozen=True)
class Choice:
    """Something to choose, or to match with."""

    id: str
    html: str
    why: str = ""
    right: bool = False


@dataclass(frozen=True)
class Part:
    """One question as the other system will have it.

    Attributes:
        id: unique in its exercise.
        points: what it is worth; a factcheck is halved.
        choices: options of a choice; for ``matching`` what may be matched with.
        pairs: for ``matching``: the left side, the id of its match, why.
        accepted: for ``text``: every spelling that is right; for ``number`` the number and the tolerance.
        patterns: for ``text``: what Moodle takes for right or partly right, a star for any text, with the share that it earns.
        why: shown to everyone after answering.
        grader: for an essay, what only the grader sees.
        pool: the name of the pool that it is one of, if each student gets only one of them.
    """

    id: str
    title: str
    kind: Literal["single", "multiple", "matching", "text", "number", "essay"]
    html: str
    points: Fraction
    choices: tuple[Choice, ...] = ()
    pairs: tuple[tuple[str, str, str], ...] = ()
    accepted: tuple[str, ...] = ()
    patterns: tuple[tuple[str, Fraction], ...] = ()
    why: str = ""
    grader: str = ""
    pool: str = ""


@dataclass
class _Told:
    """Turns reasons of a key into HTML."""

    library: Library
    key: Key
    used: set[str] = field(default_factory=set)

    def why(self, name: str) -> str:
        reason = self.key.reasons.get(name)
        if reason is None:
            return ""
        return _because(self.library, reason)


def _because(library: Library, reason: Because | Answer) -> str:
    """A reason, and in brackets what it rests on and how that is known."""
    if reason.authority is None:
        return _html(reason.why)
    named = library.named(reason.authority)
    pin = f", {reason.pin}" if reason.pin else ""
    status = f"; {badge(reason.status)}" if reason.status else ""
    return _html(f"{reason.why} [{f'*{named.short}*' if named.is_case else named.short}{pin}{status}]")


def files(library: Library) -> Iterator[tuple[str, bytes]]:
    """Every file of the release: its place below the folder, and its bytes; the same bytes every time.

    Raises:
        CourseError: a fault in an exercise or a key; no keys here.
    """
    yield "README.md", _README.encode()
    for path in sorted((library.root / "exercises").glob("*.yaml")):
        exercise = load_exercise(path)
        keys = load_key(path.parent / "keys" / path.name, exercise)
        made = list(parts(library, exercise, keys))
        yield f"moodle/{exercise.id}.xml", moodle(exercise, made)
        yield f"canvas/{exercise.id}.zip", canvas(exercise, made)


def parts(library: Library, exercise: Exercise, keys: dict[str, Key]) -> Iterator[Part]:
    """The questions of an exercise, as others will have them.

    Raises:
        CourseError: a kind of question that this module does not know.
    """
    for number, item in enumerate(exercise.items, 1):
        title = f"{exercise.id} {item.id}"
        if isinstance(item, Drawn):
            yield from _pool(library, exercise, item, title)
        else:
            yield from _parts(item, keys[item.id], _Told(library, keys[item.id]), title, number, exercise)


def _pool(library: Library, exercise: Exercise, item: Drawn, title: str) -> Iterator[Part]:
    """Some forms of a drawn question, drawn as for students whose numbers nobody has."""
    value, wanted = variants.draw_value(library.root), min(POOL, variants.count(library, item))
    drawn: dict[variants.Form, None] = {}
    number = 0
    while len(drawn) < wanted:
        number += 1
        drawn[variants.form_of(library, exercise.id, item, f"pool {number}", value)] = None
    asked = asking(item.ask, library)
    for place, form in enumerate(drawn, 1):
        drawing = variants.drawing(library, item, form)
        story = "".join(f"<p>{_html(one)}</p>" for one in (*drawing.case.story.split("\n\n"), basis(drawing.case)))
        html = (
            f"<p>{_html(item.stem)}</p><h4>{_html(drawing.case.title)}</h4>{story}"
            f"<p>In this form of the case the facts are otherwise:</p>{_list(drawing.turned)}"
            f"<p>What stays as in the story:</p>{_list(drawing.kept)}"
            f"<p><strong>{_html(drawing.reading.title)}.</strong> {_html(drawing.reading.about)}</p><p>{_html(asked['text'])}</p>"
        )
        decided = "".join(
            f"<li>{_html(branch.title)}: {answer.result}. {_because(library, answer)}</li>"
            for branch in library.branches
            for answer in [drawing.elements[branch.id]]
            if item.ask in ("outcome", branch.id)
        )
        right = next(one["text"] for one in asked["options"] if one["id"] == form.answer)
        choices = tuple(
            Choice(
                one["id"],
                _html(one["text"]),
                f"<p>{'Right' if one['id'] == form.answer else f'Not so. The answer is: {_html(right)}'}</p><ul>{decided}</ul>",
                one["id"] == form.answer,
            )
            for one in asked["options"]
        )
        name = f"{title} {place:02d}"
        yield Part(
            f"{item.id}-{place:02d}", name, "single", html, Fraction(item.points), choices, pool=f"{title} (drawn)"
        )


def _list(lines: Iterable[str]) -> str:
    return f"<ul>{''.join(f'<li>{_html(line)}</li>' for line in lines)}</ul>"


def _parts(item: Item, key: Any, told: _Told, title: str, number: int, exercise: Exercise) -> Iterator[Part]:
    stem, points = _html(item.stem), Fraction(item.points)
    if isinstance(item, Match) and isinstance(key, MatchKey):
        pairs = [(left, key.answer[left.id]) for left in item.left]
        yield _matching(item, told, title, _choices(item.right), pairs)
    elif isinstance(item, Sort) and isinstance(key, SortKey):
        pairs = [(fact, key.answer[fact.id]) for fact in item.facts]
        yield _matching(item, told, title, tuple(_sorted_into(item)), pairs)
    elif isinstance(item, Order) and isinstance(key, OrderKey):
        places = tuple(Choice(str(place), str(place)) for place in range(1, len(item.options) + 1))
        pairs = [(one, str(key.answer.index(one.id) + 1)) for one in item.options]
        yield _matching(item, told, title, places, pairs)
    elif isinstance(item, Factcheck) and isinstance(key, FactcheckKey):
        claim = f"{stem}<blockquote>{_html(item.claim)}</blockquote>"
        for half, options in (("verdict", item.verdicts), ("source", item.sources)):
            asked = f"{claim}<p>Choose the {half}.</p>"
            chosen = tuple(
                Choice(one.id, _html(one.text), told.why(one.id), one.id == key.answer[half]) for one in options
            )
            yield Part(f"{item.id}-{half}", f"{title} ({half})", "single", asked, points / 2, chosen)
    elif isinstance(item, Highlight) and isinstance(key, SeveralKey):
        passage = "".join(f"[{_html(words)}]" if name else _html(words) for name, words in item.segments())
        marked = tuple(
            Choice(name, _html(words), told.why(name), name in key.answer) for name, words in item.segments() if name
        )
        yield Part(item.id, title, "multiple", f"{stem}<blockquote>{passage}</blockquote>", points, marked)
    elif isinstance(item, WithOptions):
        right = key.answer if isinstance(key.answer, list) else [key.answer]
        chosen = tuple(Choice(one.id, _html(one.text), told.why(one.id), one.id in right) for one in item.options)
        yield Part(item.id, title, "multiple" if isinstance(item, Several) else "single", stem, points, chosen)
    elif isinstance(item, Number) and isinstance(key, NumberKey):
        yield Part(
            item.id, title, "number", stem, points, accepted=(str(key.answer), str(key.within)), why=told.why("right")
        )
    elif isinstance(item, Date) and isinstance(key, DateKey):
        yield Part(item.id, title, "text", stem, points, accepted=_date_spellings(key.answer), why=told.why("right"))
    elif isinstance(item, Citation) and isinstance(key, CitationKey):
        cites = (key.answer, *key.accept)
        spellings = tuple(dict.fromkeys(text for one in cites for text in _citation_spellings(one)))
        patterns = tuple(found for one in cites for found in _citation_patterns(one))
        yield Part(item.id, title, "text", stem, points, accepted=spellings, patterns=patterns, why=told.why("right"))
    elif isinstance(item, Written) and isinstance(key, WrittenKey):
        lines = "".join(f"<li>{line.points}: {_html(line.text)}</li>" for line in key.rubric)
        models = "".join(
            f"<h4>A model for the {escape(side)}</h4><p>{_html(text)}</p>" for side, text in key.model.items()
        )
        asked = f"{stem}<p>About {item.words} words.</p>"
        yield Part(item.id, title, "essay", asked, points, grader=f"<ul>{lines}</ul>{models}")
    else:
        what = f"question {number} is of the kind {item.kind!r}, which no quiz has"
        raise CourseError(exercise.document.fault(("items", number - 1), what, "Teach publish/quiz.py to write it."))


def _matching(
    item: Item, told: _Told, title: str, choices: tuple[Choice, ...], pairs: Iterable[tuple[Option, str]]
) -> Part:
    matched = tuple((_html(left.text), right, told.why(left.id)) for left, right in pairs)
    return Part(item.id, title, "matching", _html(item.stem), Fraction(item.points), choices, matched)


def _choices(options: Iterable[Any]) -> tuple[Choice, ...]:
    return tuple(Choice(one.id, _html(one.text)) for one in options)


def _sorted_into(item: Sort) -> Iterator[Choice]:
    for element in item.elements:
        if item.results:
            yield from (Choice(f"{element.id}/{result}", f"{_html(element.text)}: {result}") for result in RESULTS)
        else:
            yield Choice(element.id, _html(element.text))


def _date_spellings(date: str) -> tuple[str, ...]:
    """A date as people write it: ``December 23, 2008``, ``Dec. 23, 2008``, ``23 December 2008``, ``12/23/2008``, ``2008-12-23``."""
    found = PartialDate.parse(date)
    if found.month is None:
        return (str(found.year),)
    month, short = calendar.month_name[found.month], calendar.month_abbr[found.month]
    names = dict.fromkeys([month, *([] if short == month else [f"{short}.", short])])
    if found.day is None:
        return (*(f"{name} {found.year}" for name in names), f"{found.month}/{found.year}", date)
    written = [
        text for name in names for text in (f"{name} {found.day}, {found.year}", f"{found.day} {name} {found.year}")
    ]
    return (*written, f"{found.month}/{found.day}/{found.year}", date)


def _citation_spellings(text: str) -> Iterator[str]:
    """A citation as it stands, and with the reporter's spaces closed."""
    yield text
    parts = citations.split(text)
    if parts and " " in parts.reporter:
        yield text.replace(parts.reporter, parts.reporter.replace(" ", ""))


def _citation_patterns(text: str) -> Iterator[tuple[str, Fraction]]:
    """Moodle's patterns by our rule: two thirds for volume, reporter and page, the rest for court and year together."""
    parts = citations.split(text)
    if parts is None:
        return
    book = f"{parts.volume} {parts.reporter} {parts.page}"
    if parts.year:
        yield f"*{book}*({' '.join(part for part in (parts.court, parts.year) if part)})*", Fraction(1)
    yield f"*{book}*", Fraction(2, 3) if parts.year else Fraction(1)


def _html(text: str) -> str:
    """HTML of a text in which stars mark italics."""
    return re.sub(r"\*([^*\n]+)\*", r"<em>\1</em>", escape(" ".join(text.split())))


def _plain(html: str) -> str:
    """Text of such HTML, for places that take none."""
    bare = re.sub(r"<[^>]+>", "", html)
    for entity, letter in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&#x27;", "'"), ("&amp;", "&")):
        bare = bare.replace(entity, letter)
    return bare


# -- Moodle ------------------------------------------------------------------------------------------------------------


def moodle(exercise: Exercise, made: Iterable[Part]) -> bytes:
    """An exercise in Moodle's XML format, as a category of its own."""
    quiz = ET.Element("quiz")
    home = f"$course$/top/Knowing Benefit/{exercise.title.replace('/', '-')}"
    own = sorted(made, key=lambda part: part.pool)
    for pool, alike in itertools.groupby(own, key=lambda part: part.pool):
        # What follows a category is in it, so pools come last.
        category = ET.SubElement(quiz, "question", type="category")
        _text(ET.SubElement(category, "category"), f"{home}/{pool}" if pool else home)
        for part in alike:
            _MOODLE[part.kind](_moodle_question(quiz, part), part)
    ET.indent(quiz, " ")
    return b"%s\n" % ET.tostring(quiz, "utf-8", xml_declaration=True)


_MOODLE_TYPE = {
    "single": "multichoice",
    "multiple": "multichoice",
    "matching": "matching",
    "text": "shortanswer",
    "number": "numerical",
    "essay": "essay",
}


def _moodle_question(quiz: ET.Element, part: Part) -> ET.Element:
    question = ET.SubElement(quiz, "question", type=_MOODLE_TYPE[part.kind])
    _text(ET.SubElement(question, "name"), part.title)
    _text(ET.SubElement(question, "questiontext", format="html"), part.html)
    _text(ET.SubElement(question, "generalfeedback", format="html"), part.why)
    ET.SubElement(question, "defaultgrade").text = _decimal(part.points)
    ET.SubElement(question, "penalty").text = "0"
    ET.SubElement(question, "hidden").text = "0"
    ET.SubElement(question, "idnumber").text = part.title.replace(" ", "-")
    return question


def _moodle_choice(question: ET.Element, part: Part) -> None:
    ET.SubElement(question, "single").text = "true" if part.kind == "single" else "false"
    # The authors balance where the right option stands; reasons may speak of "the option above".
    ET.SubElement(question, "shuffleanswers").text = "false"
    ET.SubElement(question, "answernumbering").text = "abc"
    right = sum(choice.right for choice in part.choices)
    for choice in part.choices:
        share = 100 if choice.right else (0 if part.kind == "single" else -100)
        # Moodle knows certain fractions alone, thirds and sixths among them to five places.
        answer = ET.SubElement(question, "answer", fraction=_decimal(Fraction(share, right)), format="html")
        _text(answer, choice.html)
        _text(ET.SubElement(answer, "feedback", format="html"), choice.why)


def _moodle_matching(question: ET.Element, part: Part) -> None:
    ET.SubElement(question, "shuffleanswers").text = "false"
    shown = {choice.id: _plain(choice.html) for choice in part.choices}
    told = "".join(
        f"<li>{left}: <strong>{escape(shown[right])}</strong>. {why}</li>" for left, right, why in part.pairs
    )
    question.find("generalfeedback/text").text = f"<ul>{told}</ul>"  # type: ignore[union-attr]
    for left, right, _ in part.pairs:
        pair = ET.SubElement(question, "subquestion", format="html")
        _text(pair, left)
        _text(ET.SubElement(pair, "answer"), shown[right])
    taken = {right for _, right, _ in part.pairs}
    for choice in part.choices:
        if choice.id not in taken:
            # An answer without a left side is a distractor.
            pair = ET.SubElement(question, "subquestion", format="html")
            _text(pair, "")
            _text(ET.SubElement(pair, "answer"), shown[choice.id])


def _moodle_text(question: ET.Element, part: Part) -> None:
    ET.SubElement(question, "usecase").text = "0"
    for spelling in part.accepted:
        answer = ET.SubElement(question, "answer", fraction="100", format="plain_text")
        _text(answer, spelling)
        _text(ET.SubElement(answer, "feedback", format="html"), part.why)
    for pattern, share in part.patterns:
        answer = ET.SubElement(question, "answer", fraction=_decimal(share * 100), format="plain_text")
        _text(answer, pattern)
        _text(ET.SubElement(answer, "feedback", format="html"), part.why)


def _moodle_number(question: ET.Element, part: Part) -> None:
    number, within = part.accepted
    answer = ET.SubElement(question, "answer", fraction="100", format="plain_text")
    _text(answer, number)
    ET.SubElement(answer, "tolerance").text = within
    _text(ET.SubElement(answer, "feedback", format="html"), part.why)


def _moodle_essay(question: ET.Element, part: Part) -> None:
    ET.SubElement(question, "responseformat").text = "editor"
    ET.SubElement(question, "responserequired").text = "1"
    ET.SubElement(question, "responsefieldlines").text = "15"
    ET.SubElement(question, "attachments").text = "0"
    _text(ET.SubElement(question, "graderinfo", format="html"), part.grader)


_MOODLE = {
    "single": _moodle_choice,
    "multiple": _moodle_choice,
    "matching": _moodle_matching,
    "text": _moodle_text,
    "number": _moodle_number,
    "essay": _moodle_essay,
}


def _text(parent: ET.Element, text: str) -> None:
    ET.SubElement(parent, "text").text = text


def _decimal(number: Fraction) -> str:
    """Five places at most, as Moodle writes fractions."""
    return f"{float(number):.5f}".rstrip("0").rstrip(".")


# -- Canvas ------------------------------------------------------------------------------------------------------------

_CANVAS_TYPE = {
    "single": "multiple_choice_question",
    "multiple": "multiple_answers_question",
    "matching": "matching_question",
    "text": "short_answer_question",
    "number": "numerical_question",
    "essay": "essay_question",
}


def canvas(exercise: Exercise, made: Iterable[Part]) -> bytes:
    """An exercise as a zipped QTI 1.2 package."""
    name = f"kb_{exercise.id}"
    root = ET.Element("questestinterop", xmlns="http://www.imsglobal.org/xsd/ims_qtiasiv1p2")
    assessment = ET.SubElement(root, "assessment", ident=name, title=exercise.title)
    section = ET.SubElement(assessment, "section", ident="root_section")
    for pool, alike in itertools.groupby(made, key=lambda part: part.pool):
        found = list(alike)
        into = _canvas_pool(section, pool, found[0]) if pool else section
        for part in found:
            _canvas_item(into, part)
    manifest = ET.Element(
        "manifest", identifier=f"{name}_manifest", xmlns="http://www.imsglobal.org/xsd/imsccv1p1/imscp_v1p1"
    )
    about = ET.SubElement(manifest, "metadata")
    ET.SubElement(about, "schema").text = "IMS Content"
    ET.SubElement(about, "schemaversion").text = "1.1.3"
    ET.SubElement(manifest, "organizations")
    resource = ET.SubElement(
        ET.SubElement(manifest, "resources"),
        "resource",
        identifier=name,
        type="imsqti_xmlv1p2",
        href=f"{name}/{name}.xml",
    )
    ET.SubElement(resource, "file", href=f"{name}/{name}.xml")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for place, tree in (("imsmanifest.xml", manifest), (f"{name}/{name}.xml", root)):
            ET.indent(tree, " ")
            # A fixed date: the same questions are the same bytes.
            package.writestr(
                zipfile.ZipInfo(place, (2026, 1, 1, 0, 0, 0)), ET.tostring(tree, "utf-8", xml_declaration=True)
            )
    return out.getvalue()


def _canvas_pool(section: ET.Element, pool: str, one: Part) -> ET.Element:
    """A section of which one question is picked for each student."""
    group = ET.SubElement(section, "section", ident=f"{one.id.partition('-')[0]}_pool", title=pool)
    selection = ET.SubElement(ET.SubElement(group, "selection_ordering"), "selection")
    ET.SubElement(selection, "selection_number").text = "1"
    extension = ET.SubElement(selection, "selection_extension")
    ET.SubElement(extension, "points_per_item").text = _decimal(one.points)
    return group


def _canvas_item(section: ET.Element, part: Part) -> None:
    item = ET.SubElement(section, "item", ident=part.id, title=part.title)
    fields = ET.SubElement(ET.SubElement(item, "itemmetadata"), "qtimetadata")
    for label, entry in (("question_type", _CANVAS_TYPE[part.kind]), ("points_possible", _decimal(part.points))):
        one = ET.SubElement(fields, "qtimetadatafield")
        ET.SubElement(one, "fieldlabel").text = label
        ET.SubElement(one, "fieldentry").text = entry
    presentation = ET.SubElement(item, "presentation")
    _material(presentation, part.html)
    processing = ET.Element("resprocessing")
    ET.SubElement(
        ET.SubElement(processing, "outcomes"),
        "decvar",
        maxvalue="100",
        minvalue="0",
        varname="SCORE",
        vartype="Decimal",
    )
    feedback: list[tuple[str, str]] = []
    if part.kind in ("single", "multiple"):
        _canvas_choice(presentation, processing, part, feedback)
    elif part.kind == "matching":
        _canvas_matching(presentation, processing, part, feedback)
    else:
        _canvas_typed(presentation, processing, part, feedback)
    item.append(processing)
    for ident, html in feedback:
        _material(ET.SubElement(ET.SubElement(item, "itemfeedback", ident=ident), "flow_mat"), html)


def _material(parent: ET.Element, html: str) -> None:
    ET.SubElement(ET.SubElement(parent, "material"), "mattext", texttype="text/html").text = html


def _told(processing: ET.Element, chosen: str, respident: str, feedback_id: str) -> None:
    """A condition that only shows feedback, and lets the next one be asked."""
    condition = ET.SubElement(processing, "respcondition", {"continue": "Yes"})
    ET.SubElement(ET.SubElement(condition, "conditionvar"), "varequal", respident=respident).text = chosen
    ET.SubElement(condition, "displayfeedback", feedbacktype="Response", linkrefid=feedback_id)


def _scored(processing: ET.Element, action: str = "Set", share: str = "100") -> ET.Element:
    condition = ET.SubElement(processing, "respcondition", {"continue": "No"} if action == "Set" else {})
    asked = ET.SubElement(condition, "conditionvar")
    ET.SubElement(condition, "setvar", action=action, varname="SCORE").text = share
    return asked


def _canvas_choice(
    presentation: ET.Element, processing: ET.Element, part: Part, feedback: list[tuple[str, str]]
) -> None:
    cardinality = "Single" if part.kind == "single" else "Multiple"
    response = ET.SubElement(presentation, "response_lid", ident="response1", rcardinality=cardinality)
    offered = ET.SubElement(response, "render_choice")
    for choice in part.choices:
        _material(ET.SubElement(offered, "response_label", ident=choice.id), choice.html)
        _told(processing, choice.id, "response1", f"{choice.id}_fb")
        feedback.append((f"{choice.id}_fb", choice.why))
    asked = _scored(processing)
    if part.kind == "multiple":
        asked = ET.SubElement(asked, "and")
    for choice in part.choices:
        if choice.right:
            ET.SubElement(asked, "varequal", respident="response1").text = choice.id
        elif part.kind == "multiple":
            ET.SubElement(ET.SubElement(asked, "not"), "varequal", respident="response1").text = choice.id


def _canvas_matching(
    presentation: ET.Element, processing: ET.Element, part: Part, feedback: list[tuple[str, str]]
) -> None:
    share = f"{100 / len(part.pairs):.2f}"
    for place, (left, right, why) in enumerate(part.pairs, 1):
        respident = f"response_{place}"
        response = ET.SubElement(presentation, "response_lid", ident=respident)
        _material(response, left)
        offered = ET.SubElement(response, "render_choice")
        for choice in part.choices:
            label = ET.SubElement(ET.SubElement(offered, "response_label", ident=choice.id), "material")
            # Canvas shows the right side in a menu, which takes no markup.
            ET.SubElement(label, "mattext").text = _plain(choice.html)
        ET.SubElement(_scored(processing, "Add", share), "varequal", respident=respident).text = right
        feedback.append((f"{respident}_fb", why))
        for choice in part.choices:
            _told(processing, choice.id, respident, f"{respident}_fb")


def _canvas_typed(
    presentation: ET.Element, processing: ET.Element, part: Part, feedback: list[tuple[str, str]]
) -> None:
    response = ET.SubElement(presentation, "response_str", ident="response1", rcardinality="Single")
    numeric = {"fibtype": "Decimal"} if part.kind == "number" else {}
    ET.SubElement(ET.SubElement(response, "render_fib", numeric), "response_label", ident="answer1")
    if part.kind == "essay":
        condition = ET.SubElement(processing, "respcondition", {"continue": "No"})
        ET.SubElement(ET.SubElement(condition, "conditionvar"), "other")
        if part.grader:
            feedback.append(("general_fb", part.grader))
        return
    asked = _scored(processing)
    if part.kind == "text":
        for spelling in part.accepted:
            ET.SubElement(asked, "varequal", respident="response1").text = spelling
    else:
        number, within = (Fraction(text) for text in part.accepted)
        either = ET.SubElement(asked, "or")
        ET.SubElement(either, "varequal", respident="response1").text = _decimal(number)
        between = ET.SubElement(either, "and")
        ET.SubElement(between, "vargte", respident="response1").text = _decimal(number - within)
        ET.SubElement(between, "varlte", respident="response1").text = _decimal(number + within)
    if not part.why:
        return
    feedback.append(("general_fb", part.why))
    general = ET.Element("respcondition", {"continue": "Yes"})
    ET.SubElement(ET.SubElement(general, "conditionvar"), "other")
    ET.SubElement(general, "displayfeedback", feedbacktype="Response", linkrefid="general_fb")
    processing.insert(1, general)
