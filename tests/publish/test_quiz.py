"""Quizzes for Canvas and Moodle: every question is there, worth what ours is worth, in the form that a peer's tool writes too."""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

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
"""
"""The same five questions, in the language of text2qti, whose packages Canvas imports."""


def made(name: str) -> tuple[Any, list[Part]]:
    exercise = load_exercise(ROOT / "exercises" / f"{name}.yaml")
    keys = load_key(ROOT / "exercises" / "keys" / f"{name}.yaml", exercise)
    return exercise, list(quiz.parts(LIBRARY, exercise, keys))


def items(package: bytes) -> list[ET.Element]:
    """The items of a QTI package, found by its manifest."""
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
        return list(ET.fromstring(opened.read(places[0])).iter(f"{QTI}item"))


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


@pytest.mark.parametrize("name", NAMES)
def test_every_question_is_there_for_both_and_worth_the_same(name: str) -> None:
    exercise, parts = made(name)
    kept = [item for item in exercise.items if not isinstance(item, Drawn)]
    assert sum(part.points for part in parts) == sum(item.points for item in kept)
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
    assert [Fraction(one.findtext("defaultgrade") or "") for one in questions] == [part.points for part in parts]


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
