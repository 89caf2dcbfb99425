"""The newer kinds: their keys, their scores worked out by hand, and what must hold for any answer at all."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import hypothesis.strategies as st
import kinds_sample
import pytest
from hypothesis import HealthCheck, given, settings

from knowing_benefit.assess import scoring, typed, variants
from knowing_benefit.assess.items import Exercise, Key, Value, blank, check, load_exercise, load_key, load_practice
from knowing_benefit.assess.kinds import Drawn, DrawnKey, Highlight
from knowing_benefit.law.library import Library
from knowing_benefit.law.source import Fault

ROOT = Path(__file__).parents[2]
SOURCES = ["usc-18-1595", "gg-salesforce-7th-2023"]
OBJECTIVES = {"02_kinds": ["2.1"]}


@pytest.fixture(scope="module")
def opened() -> Library:
    return Library(ROOT)


@pytest.fixture
def keyed(kinds_course: Path, opened: Library) -> tuple[Exercise, dict[str, Key]]:
    exercise = load_exercise(kinds_course / "exercises/02_kinds.yaml")
    keys = load_key(kinds_course / "exercises/keys/02_kinds.yaml", exercise)
    return exercise, variants.keyed(opened, exercise.id, exercise.items, keys, "X17", "value")


def all_faults(root: Path) -> list[Fault]:
    return check(root / "exercises", SOURCES, OBJECTIVES)


def test_the_sample_is_sound(kinds_course: Path) -> None:
    assert all_faults(kinds_course) == []
    practice = load_practice(kinds_course / "exercises/inline/02_kinds.yaml")
    assert list(practice.keys) == list(kinds_sample.ITEMS)
    assert practice.keys["k5"].reasons["a"].follow is not None


def test_a_passage_is_its_words_and_its_phrases(keyed: tuple[Exercise, dict[str, Key]]) -> None:
    item = keyed[0].items[0]
    assert isinstance(item, Highlight)
    assert item.explained() == ["a", "b", "c", "d"]
    assert item.words().startswith("An individual who is a victim of a violation")
    assert "".join(f"[[{name}|{text}]]" if name else text for name, text in item.segments()) == item.passage


@pytest.mark.parametrize(
    ("name", "value", "points"),
    [
        ("k1", ["b", "c"], "3.00"),
        ("k1", ["b"], "1.50"),
        ("k1", ["a", "b", "c"], "1.50"),
        ("k1", ["a", "b", "c", "d"], "0.00"),
        ("k2", {"f1": "participation/met", "f2": "knowledge/not met", "f3": "benefit/met"}, "3.00"),
        ("k2", {"f1": "participation/open", "f2": "knowledge/", "f3": "/met"}, "1.00"),
        ("k2", {"f1": "participation/met"}, "1.00"),
        ("k3", "Dec. 23, 2008", "3.00"),
        ("k3", "December 2008", "2.00"),
        ("k3", "Nov. 23, 2008", "1.00"),
        ("k3", "Dec. 23, 2009", "0.00"),
        ("k3", "some day", "0.00"),
        ("k4", "ten years", "1.00"),
        ("k4", "10", "1.00"),
        ("k4", "11", "0.00"),
        ("k5", "b", "2.00"),
        ("k5", "a", "0.00"),
        ("k6", {"verdict": "v2", "source": "s1"}, "2.00"),
        ("k6", {"verdict": "v2"}, "1.00"),
        ("k6", {"verdict": "v1", "source": "s1"}, "1.00"),
    ],
)
def test_worked_by_hand(keyed: tuple[Exercise, dict[str, Key]], name: str, value: Value, points: str) -> None:
    item = next(item for item in keyed[0].items if item.id == name)
    assert item.misfit(value) is None
    assert scoring.score(item, keyed[1][name], value) == Decimal(points)


def test_a_drawn_question_is_scored_against_the_students_own_form(keyed: tuple[Exercise, dict[str, Key]]) -> None:
    item, key = keyed[0].items[-1], keyed[1]["k7"]
    assert isinstance(item, Drawn)
    assert isinstance(key, DrawnKey)
    right = {"form": key.form, "answer": key.answer}
    assert scoring.score(item, key, right) == Decimal("2.00")
    assert scoring.score(item, key, {**right, "form": "9.9"}) == Decimal("0.00"), "an answer to somebody else's form"
    other = next(name for name in item.answers() if name != key.answer)
    assert scoring.score(item, key, {**right, "answer": other}) == Decimal("0.00")
    assert scoring.score(item, DrawnKey(), right) is None, "without a form a person has to say"


RIGHT: dict[str, Value] = {
    "k1": ["b", "c"],
    "k2": {"f1": "participation/met", "f2": "knowledge/not met", "f3": "benefit/met"},
    "k3": "December 23, 2008",
    "k4": "10 years",
    "k5": "b",
    "k6": {"verdict": "v2", "source": "s1"},
}

_ids = st.sampled_from(["a", "b", "c", "d", "f1", "f2", "f3", "v1", "v2", "s1", "verdict", "source", "form", "answer"])
_words = st.one_of(
    st.text(max_size=40),
    _ids,
    st.sampled_from(
        ["participation/met", "knowledge/", "/open", "/", "benefit/benefit", "survives", "0.3", "10", "2008"]
    ),
)
_values = st.one_of(st.none(), _words, st.lists(_ids, max_size=6), st.dictionaries(_ids, _words, max_size=4))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=_values)
def test_any_value_is_a_misfit_or_scores_within_bounds(keyed: tuple[Exercise, dict[str, Key]], value: Value) -> None:
    exercise, keys = keyed
    for item in exercise.items:
        if blank(value):
            assert scoring.score(item, keys[item.id], value) == 0
        elif item.misfit(value) is None:
            points = scoring.score(item, keys[item.id], value)
            assert points is not None
            assert 0 <= points <= item.points


def test_the_key_itself_earns_everything(keyed: tuple[Exercise, dict[str, Key]]) -> None:
    exercise, keys = keyed
    for item in exercise.items[:-1]:
        assert scoring.share(item, keys[item.id], RIGHT[item.id]) == 1
        for empty in ("", [], {}, None, "  ", {"f1": ""}):
            assert scoring.share(item, keys[item.id], empty) == 0


@pytest.mark.parametrize(
    ("file", "old", "new", "what"),
    [
        ("02_kinds.yaml", "[[d|participation", "[[a|participation", "'a' stands twice"),
        ("02_kinds.yaml", "[[d|participation in a venture]]", "[[d|participation in a venture]", "is not closed"),
        ("02_kinds.yaml", "{id: f3, text: It was", "{id: f1, text: It was", "'f1' stands twice"),
        ("02_kinds.yaml", "precision: day", "precision: hour", "precision"),
        ("02_kinds.yaml", "{id: s1, text: The", "{id: v1, text: The", "is a verdict and a source"),
        ("02_kinds.yaml", "ask: outcome", "ask: outcom", "ask"),
        ("02_kinds.yaml", "turn: [2, 4]", "turn: 11", "turn"),
        ("02_kinds.yaml", "turn: [2, 4]", "turn: two", "turn must be a whole number"),
        ("02_kinds.yaml", "turn: [2, 4]", "turn: [2, 5]", "forms are not equally hard"),
        ("keys/02_kinds.yaml", "[b, c]", "[b, z]", "'z' is not a phrase"),
        (
            "keys/02_kinds.yaml",
            "f2: knowledge/not met",
            "f2: knowledge/not-met",
            "'knowledge/not-met' is not an element",
        ),
        ("keys/02_kinds.yaml", "f2: knowledge/not met, ", "", "says nothing of f2"),
        ("keys/02_kinds.yaml", '"2008-12-23"', '"2008-12"', "asks to the day"),
        ("keys/02_kinds.yaml", '"2008-12-23"', '"Dec. 23"', "is not a date"),
        ("keys/02_kinds.yaml", "answer: 10", "answer: ten", "'ten' is not a number"),
        ("keys/02_kinds.yaml", "reveal: It", "reveals: It", "reveal"),
        ("keys/02_kinds.yaml", "source: s1", "source: s9", "'s9' is not a source"),
        ("keys/02_kinds.yaml", "answer: y", "answer: z", "'z' is not an option"),
        (
            "keys/02_kinds.yaml",
            "        y: {why: It does., authority: gg-salesforce-7th-2023, status: verified}",
            "",
            "no reason for y",
        ),
        (
            "keys/02_kinds.yaml",
            "y: {why: It does., authority: gg-salesforce-7th-2023,",
            "y: {why: It does., authority: gg,",
            "no authority 'gg'",
        ),
        (
            "keys/02_kinds.yaml",
            "y: {why: It does., authority: gg-salesforce-7th-2023,",
            "y: {why: It does.,",
            "the reason for y names no authority",
        ),
        ("keys/02_kinds.yaml", "  k6:\n", "  k7: {answer: survives}\n  k6:\n", "worked out, not written"),
    ],
)
def test_each_mistake_is_told(kinds_course: Path, file: str, old: str, new: str, what: str) -> None:
    path = kinds_course / "exercises" / file
    text = path.read_text("utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), "utf-8")
    told = [fault for fault in all_faults(kinds_course) if what in f"{fault}"]
    assert told, all_faults(kinds_course)
    assert told[0].file.endswith(f"exercises/{file}")


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Dec. 23, 2008", "2008-12-23"),
        ("2008-12-23", "2008-12-23"),
        ("12/23/2008", "2008-12-23"),
        ("23 December 2008", "2008-12-23"),
        ("the 23rd of December, 2008", "2008-12-23"),
        ("DECEMBER 23rd 2008.", "2008-12-23"),
        ("2008 dec 23", "2008-12-23"),
        ("Dec.23,2008", "2008-12-23"),
        ("December 2008", "2008-12"),
        ("Sept. 2008", "2008-09"),
        ("12/2008", "2008-12"),
        ("2008", "2008"),
        ("in 2008", "2008"),
        ("Feb. 29, 2008", "2008-02-29"),
        ("Feb. 29, 2007", None),
        ("13/23/2008", None),
        ("May", None),
        ("23.12.08", None),
        ("", None),
    ],
)
def test_dates_are_read_forgivingly(text: str, read: str | None) -> None:
    found = typed.read_date(text)
    assert (str(found) if found else None) == read


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("10", "10"),
        ("10 years", "10"),
        ("about ten (10) years", "10"),
        ("ten years", "10"),
        ("twenty-five", "25"),
        ("$1,250.50", "1250.50"),
        ("1,25", None),
        ("5 or 6", None),
        ("five or six", None),
        ("one hundred", None),
        ("", None),
    ],
)
def test_numbers_are_read_forgivingly(text: str, read: str | None) -> None:
    found = typed.read_number(text)
    assert (str(found) if found is not None else None) == read


@given(st.text(max_size=200))
def test_any_text_is_taken_quietly(text: str) -> None:
    typed.read_date(text)
    typed.read_number(text)
