"""Quizzes for Canvas and Moodle: every question is there, worth what ours is worth, in the form that a peer's tool writes too."""

from __future__ import annotations

import io
import re
import zipfile
from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from knowing_benefit.assess import variants
from knowing_benefit.assess.items import load_exercise, load_key
from knowing_benefit.assess.kinds import Drawn
from knowing_benefit.law.library import Library
from knowing_benefit.publish import quiz
from knowing_benefit.publish.quiz import Choice, Part

ROOT = Path(__file__).parents[2]
LIBRARY = Library(ROOT)
NAMES = sorted(path.stem for path in (ROOT / "exercises").glob("*.yaml"))
QTI = "{http://www.imsglobal.org/xsd/ims_qtiasiv1p2}"
_SHARES = (
    "100",
    "90",
    "83.33333",
    "80",
    "75",
    "70",
    "66.66667",
    "60",
    "50",
    "40",
    "33.33333",
    "30",
    "25",
    "20",
    "16.66667",
)
_SMALL = ("14.28571", "12.5", "11.11111", "10", "5")
MOODLE_FRACTIONS = {"0", *(f"{sign}{share}" for sign in ("", "-") for share in (*_SHARES, *_SMALL))}
"""The fractions that Moodle's question bank takes; any other stops an import ("Moodle XML format", MoodleDocs)."""

PARTS = [
    Part(
        "q1", "x q1", "single", "Who is the <em>vendor</em>?", Fraction(2),
        (Choice("a", "Salesforce", "yes it is", True), Choice("b", "Backpage", "no")),
    ),
    Part(
        "q2", "x q2", "multiple", "Mark all", Fraction(3),
        (Choice("a", "one", "r1", True), Choice("b", "two", "r2"), Choice("c", "three", "r3", True)),
    ),
    Part("q3", "x q3", "number", "Year", Fraction(1), accepted=("2008", "1")),
    Part("q4", "x q4", "text", "Cite", Fraction(1), accepted=("76 F.4th 544", "76 F. 4th 544")),
    Part("q5", "x q5", "essay", "Write", Fraction(4)),
    *(
        Part(f"q6-{n}", f"x q6 {n}", "single", f"Decide {n}", Fraction(3),
             (Choice("a", "yes", "so", True), Choice("b", "no", "not so")), pool="Group")
        for n in (1, 2)
    ),
]  # fmt: skip

PEER = """Quiz title: x

Points: 2
1.  Who is the *vendor*?
*a) Salesforce
... yes it is
b) Backpage
... no

Points: 3
2.  Mark all
[*] one
... r1
[ ] two
... r2
[*] three
... r3

3.  Year
=   2008 +- 1

4.  Cite
*   76 F.4th 544
*   76 F. 4th 544

Points: 4
5.  Write
____

GROUP
pick: 1
points per question: 3

Points: 3
6.  Decide 1
*a) yes
... so
b) no
... not so

Points: 3
7.  Decide 2
*a) yes
... so
b) no
... not so
END_GROUP
"""
"""The same questions, in the language of text2qti, whose packages Canvas imports."""


def made(name: str) -> tuple[Any, list[Part]]:
    exercise = load_exercise(ROOT / "exercises" / f"{name}.yaml")
    keys = load_key(ROOT / "exercises" / "keys" / f"{name}.yaml", exercise)
    return exercise, list(quiz.parts(LIBRARY, exercise, keys))


def items(package: bytes) -> list[ET.Element]:
    """The items of a QTI package."""
    return list(opened_quiz(package).iter(f"{QTI}item"))


def opened_quiz(package: bytes) -> ET.Element:
    """What a QTI package holds, found by its manifest."""
    with zipfile.ZipFile(io.BytesIO(package)) as opened:
        manifest = ET.fromstring(opened.read("imsmanifest.xml"))
        places = [
            found.get("href", "")
            for resource in manifest.iter()
            if resource.get("type") == "imsqti_xmlv1p2"
            for found in resource
            if found.tag.endswith("}file")
        ]
        assert len(places) == 1
        return ET.fromstring(opened.read(places[0]))


def skeleton(element: ET.Element, names: dict[str, str]) -> Any:
    """An item's elements, attributes and words, with each id by the order in which it first comes."""

    def called(name: str) -> str:
        known = name.removesuffix("_fb")
        return names.setdefault(known, f"#{len(names)}") + name[len(known) :]

    attributes = {
        key: called(value) if key == "linkrefid" or (key == "ident" and element.tag != f"{QTI}item") else value
        for key, value in element.attrib.items()
        if key not in ("title", "rshuffle") and element.tag != f"{QTI}item"
    }
    text = (element.text or "").strip().removeprefix("<p>").removesuffix("</p>")
    if element.tag == f"{QTI}varequal" and text in names:
        text = called(text)
    if element.tag in (f"{QTI}vargte", f"{QTI}varlte", f"{QTI}varequal") and text.endswith(".0"):
        text = text.removesuffix(".0")
    return element.tag.removeprefix(QTI), attributes, text, [skeleton(child, names) for child in element]


OURS_OR_THEIRS = ("original_answer_ids", "assessment_question_identifierref")
"""Fields that text2qti adds for itself; Canvas makes its own where they are absent."""


def without_own_fields(item: ET.Element) -> ET.Element:
    fields = item.find(f"{QTI}itemmetadata/{QTI}qtimetadata")
    assert fields is not None
    for one in list(fields):
        if one.findtext(f"{QTI}fieldlabel") in OURS_OR_THEIRS:
            fields.remove(one)
    return item


def test_canvas_gets_what_text2qti_would_give_it(tmp_path: Path) -> None:
    from text2qti import qti as peer
    from text2qti.config import Config
    from text2qti.quiz import Quiz

    peer.QTI(Quiz(PEER, config=Config(), source_name="peer")).save(tmp_path / "peer.zip")
    theirs = items((tmp_path / "peer.zip").read_bytes())
    exercise, _ = made("01_the_case")
    ours = items(quiz.canvas(exercise, PARTS))
    assert len(ours) == len(theirs) == len(PARTS)
    for mine, other in zip(ours, theirs, strict=True):
        assert skeleton(without_own_fields(mine), {}) == skeleton(without_own_fields(other), {})
    pools = [
        [
            (
                group.findtext(f".//{QTI}selection_number"),
                group.findtext(f".//{QTI}points_per_item"),
                len(group.findall(f"{QTI}item")),
            )
            for group in opened_quiz(package).iterfind(f".//{QTI}section/{QTI}section")
        ]
        for package in (quiz.canvas(exercise, PARTS), (tmp_path / "peer.zip").read_bytes())
    ]
    assert pools[0] == pools[1] == [("1", "3", 2)]


@pytest.mark.parametrize("name", NAMES)
def test_every_question_is_there_for_both_and_worth_the_same(name: str) -> None:
    exercise, parts = made(name)
    # Of a pool each student gets one.
    once = [part for part in parts if not part.pool or part.id.endswith("-01")]
    assert sum(part.points for part in once) == exercise.points
    assert len({part.id for part in parts}) == len(parts)
    canvas = items(quiz.canvas(exercise, parts))
    assert [item.get("ident") for item in canvas] == [part.id for part in parts]
    worth = [
        Fraction(entry.text or "")
        for item in canvas
        for field in item.iter(f"{QTI}qtimetadatafield")
        if field.findtext(f"{QTI}fieldlabel") == "points_possible"
        for entry in field.iter(f"{QTI}fieldentry")
    ]
    assert worth == [part.points for part in parts]
    questions = [one for one in ET.fromstring(quiz.moodle(exercise, parts)) if one.get("type") != "category"]
    last = [part for part in parts if not part.pool] + [part for part in parts if part.pool]
    assert [Fraction(one.findtext("defaultgrade") or "") for one in questions] == [part.points for part in last]


@pytest.mark.parametrize("name", NAMES)
def test_what_moodle_would_refuse_or_misread_is_not_there(name: str) -> None:
    exercise, parts = made(name)
    for question in ET.fromstring(quiz.moodle(exercise, parts)):
        given = [answer.get("fraction") or "" for answer in question.findall("answer")]
        assert set(given) <= MOODLE_FRACTIONS
        kind = question.get("type")
        if kind == "multichoice":
            earned = sum(Fraction(share) for share in given if not share.startswith("-"))
            assert abs(earned - 100) < Fraction(1, 100)
        if kind == "multichoice" and question.findtext("single") == "true":
            assert Counter(given)["100"] == 1
        if kind == "matching":
            pairs = [one.findtext("answer/text") for one in question.findall("subquestion") if one.findtext("text")]
            assert len(pairs) >= 2 and all(pairs)
        if kind in ("shortanswer", "numerical"):
            assert "100" in given


@pytest.mark.parametrize("name", NAMES)
def test_every_option_of_a_choice_brings_its_reason(name: str) -> None:
    _, parts = made(name)
    chosen = [choice for part in parts if part.kind in ("single", "multiple") for choice in part.choices]
    assert chosen
    assert [choice for choice in chosen if not choice.why] == []


def test_a_drawn_question_is_a_pool_of_forms_with_the_key_that_the_course_gives_them() -> None:
    exercise, parts = made("11_lab")
    drawn = {item.id: item for item in exercise.items if isinstance(item, Drawn)}
    pools: dict[str, list[Part]] = {}
    for part in parts:
        if part.pool:
            pools.setdefault(part.pool, []).append(part)
    assert list(pools) == [f"11_lab {name} (drawn)" for name in drawn]
    for item, alike in zip(drawn.values(), pools.values(), strict=True):
        assert len({part.html for part in alike}) == len(alike) == quiz.POOL
        given = Counter(choice.id for part in alike for choice in part.choices if choice.right)
        assert given.total() == quiz.POOL
        assert len(given) > 1
        told = {}
        for form in variants.forms(LIBRARY, item):
            drawing = variants.drawing(LIBRARY, item, form)
            told[drawing.case.title, drawing.reading.title, drawing.turned] = form.answer
        for part in alike:
            right = next(choice.id for choice in part.choices if choice.right)
            facts = re.findall(r"otherwise:</p><ul>(.*?)</ul>", part.html)[0]
            here = [
                answer
                for (case, reading, turned), answer in told.items()
                if quiz._html(case) in part.html
                and quiz._html(reading) in part.html
                and "".join(f"<li>{quiz._html(one)}</li>" for one in turned) == facts
            ]
            assert here == [right]
    root = ET.fromstring(quiz.moodle(exercise, parts))
    homes = [one.findtext("category/text") or "" for one in root if one.get("type") == "category"]
    assert homes == [homes[0], *(f"{homes[0]}/{pool}" for pool in pools)]


def test_a_typed_citation_is_taken_in_its_usual_spellings() -> None:
    assert set(quiz._citation_spellings("76 F. 4th 544 (7th Cir. 2023)")) == {
        "76 F. 4th 544 (7th Cir. 2023)",
        "76 F.4th 544 (7th Cir. 2023)",
    }
    assert list(quiz._citation_patterns("76 F.4th 544 (7th Cir. 2023)")) == [
        ("*76 F.4th 544*(7th Cir. 2023)*", Fraction(1)),
        ("*76 F.4th 544*", Fraction(2, 3)),
    ]


@pytest.mark.parametrize(
    ("date", "some"),
    [
        ("2008-12-23", {"December 23, 2008", "Dec. 23, 2008", "23 December 2008", "12/23/2008", "2008-12-23"}),
        ("2018-05", {"May 2018", "5/2018", "2018-05"}),
        ("2003", {"2003"}),
    ],
)
def test_a_date_is_taken_as_people_write_it(date: str, some: set[str]) -> None:
    assert some <= set(quiz._date_spellings(date))


def test_two_quizzes_are_the_same_bytes() -> None:
    exercise, parts = made("01_the_case")
    assert quiz.canvas(exercise, parts) == quiz.canvas(exercise, parts)
    assert quiz.moodle(exercise, parts) == quiz.moodle(exercise, parts)


# -- Read back as Moodle reads it --------------------------------------------------------------------------------------
#
# Of the parsers to be had, moodle-questions (0.2.1, 2020) only writes, and moodle-xml-parser (0.3.1) reads multiple choice
# and cloze alone. So this reads by the paths, the defaults and the refusals of Moodle's own importer (qformat_xml and the
# check of grades in qformat_default), for the six types that we write.


def path(element: ET.Element, *names: str, default: str | None = None) -> str:
    """Text at a path, trimmed; the default where it is not there. Without a default it has to be there."""
    found = element.find("/".join(names)) if names else element
    if found is None:
        assert default is not None, f"{element.get('type')} has no {'/'.join(names)}"
        return default
    return (found.text or "").strip()


def graded(element: ET.Element) -> Fraction:
    """A fraction, one of those to which Moodle matches grades."""
    assert element.get("fraction") in MOODLE_FRACTIONS
    return Fraction(element.get("fraction") or "0") / 100


def answers(question: ET.Element) -> list[tuple[str, Fraction, str]]:
    return [
        (path(one, "text"), graded(one), path(one, "feedback", "text", default=""))
        for one in question.findall("answer")
    ]


def imported(root: ET.Element) -> list[tuple[str, str, dict[str, Any]]]:
    """Each question of a file: its category, its type and what Moodle would keep of it."""
    assert root.tag == "quiz"
    category, found = "", []
    for question in root:
        kind = question.get("type") or ""
        assert question.tag == "question"
        if kind == "category":
            category = path(question, "category", "text")
            assert category.startswith("$course$/top/")
            continue
        kept: dict[str, Any] = {
            "name": path(question, "name", "text"),
            "stem": path(question, "questiontext", "text"),
            "feedback": path(question, "generalfeedback", "text", default=""),
            "mark": Fraction(path(question, "defaultgrade", default="1")),
            "penalty": Fraction(path(question, "penalty", default="0.3333333")),
            "id": path(question, "idnumber", default=""),
        }
        assert question.find("questiontext").get("format") == "html"  # type: ignore[union-attr]
        if kind == "multichoice":
            kept["single"] = path(question, "single", default="true") != "false"
            kept["shuffle"] = path(question, "shuffleanswers", default="false") != "false"
            kept["answers"] = answers(question)
        elif kind == "shortanswer":
            assert path(question, "usecase", default="0") == "0"
            kept["answers"] = answers(question)
        elif kind == "numerical":
            kept["answers"] = answers(question)
            kept["within"] = [Fraction(path(one, "tolerance", default="0")) for one in question.findall("answer")]
        elif kind == "matching":
            kept["pairs"] = [
                (path(one, "text"), path(one, "answer", "text", default="")) for one in question.findall("subquestion")
            ]
        else:
            assert kind == "essay", f"Moodle has no type {kind!r} among those that we write"
            kept["grader"] = path(question, "graderinfo", "text", default="")
        found.append((category, kind, kept))
    return found


def wanted(part: Part) -> dict[str, Any]:
    """What Moodle should keep of a part."""
    known: dict[str, Any] = {
        "name": part.title,
        "stem": part.html,
        "feedback": part.why,
        "mark": part.points,
        "penalty": 0,
        "id": part.title.replace(" ", "-"),
    }
    if part.kind in ("single", "multiple"):
        right = sum(choice.right for choice in part.choices)
        wrong = 0 if part.kind == "single" else -Fraction(1, right)
        known["single"], known["shuffle"] = part.kind == "single", False
        known["answers"] = [(one.html, Fraction(1, right) if one.right else wrong, one.why) for one in part.choices]
    elif part.kind == "text":
        given = [*((text, Fraction(1)) for text in part.accepted), *part.patterns]
        known["answers"] = [(text, share, part.why) for text, share in given]
    elif part.kind == "number":
        known["answers"] = [(part.accepted[0], Fraction(1), part.why)]
        known["within"] = [Fraction(part.accepted[1])]
    elif part.kind == "matching":
        said = {choice.id: quiz._plain(choice.html) for choice in part.choices}
        taken = {right for _, right, _ in part.pairs}
        known["pairs"] = [(left, said[right]) for left, right, _ in part.pairs]
        known["pairs"] += [("", said[choice.id]) for choice in part.choices if choice.id not in taken]
    else:
        known["grader"] = part.grader
    return known


TYPES = {"single": "multichoice", "multiple": "multichoice", "text": "shortanswer", "number": "numerical"}


@pytest.mark.parametrize("name", NAMES)
def test_every_question_is_read_back_as_moodle_reads_it(name: str) -> None:
    exercise, parts = made(name)
    found = imported(ET.fromstring(quiz.moodle(exercise, parts)))
    expected = [part for part in parts if not part.pool] + [part for part in parts if part.pool]
    assert len(found) == len(expected)
    ids = [(category, kept["id"]) for category, _, kept in found]
    assert len(set(ids)) == len(ids), "Moodle drops an ID number that a category has already"
    for (category, kind, kept), part in zip(found, expected, strict=True):
        assert kind == TYPES.get(part.kind, part.kind)
        assert category.endswith(part.pool or exercise.title)
        known = wanted(part)
        if part.kind == "matching":
            # Reasons stand in the general feedback, one for each pair.
            assert all(why in kept["feedback"] for _, _, why in part.pairs)
            kept["feedback"] = known["feedback"]
        for (text, share, why), (right, earned, because) in zip(
            kept.pop("answers", []), known.pop("answers", []), strict=True
        ):
            assert (text, why) == (right, because)
            assert abs(share - earned) < Fraction(1, 1_000_000)
        assert kept == known, part.id


@pytest.mark.parametrize(
    ("pattern", "new"),
    [
        (r'fraction="100"', 'fraction="99"'),
        (r'type="multichoice"', 'type="multi"'),
        (r"(</?)name>", r"\1nam>"),
    ],
)
def test_the_reader_refuses_what_moodle_refuses(pattern: str, new: str) -> None:
    exercise, parts = made("01_the_case")
    broken, times = re.subn(pattern, new, quiz.moodle(exercise, parts).decode())
    assert times
    with pytest.raises(AssertionError):
        imported(ET.fromstring(broken))
