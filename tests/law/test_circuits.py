"""The circuit table and the contested questions: complete, on record, no better known than their authorities."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pydantic
import pytest

from knowing_benefit.law.circuits import Cell, Circuit, Circuits, Contested, Question
from knowing_benefit.law.library import Library
from knowing_benefit.law.source import load

ROOT = Path(__file__).parents[2]
RECORD = Library(ROOT).authorities
TABLE = load(ROOT / "data" / "circuits.yaml", Circuits)
DIVIDED = load(ROOT / "data" / "contested.yaml", Contested)
ELEMENTS = {"venture", "knowledge", "participation", "benefit", "publisher", "fosta-exception"}


def test_every_court_of_appeals_answers_or_is_silent_on_every_element() -> None:
    appeals = {circuit.id: set(circuit.cells) for circuit in TABLE.circuits if circuit.id.startswith("ca")}
    assert len(appeals) == 12
    assert all(cells == ELEMENTS for cells in appeals.values())


@pytest.mark.parametrize("circuit", TABLE.circuits, ids=lambda circuit: circuit.id)
def test_a_cell_is_no_better_known_than_its_authorities(circuit: Circuit) -> None:
    for element, cell in circuit.cells.items():
        assert set(cell.authorities) <= RECORD.keys(), element
        if cell.status == "verified":
            assert any(RECORD[name].known == "verified" for name in cell.authorities), element


@pytest.mark.parametrize("circuit", TABLE.circuits, ids=lambda circuit: circuit.id)
def test_an_appellate_standard_rests_on_that_court_itself(circuit: Circuit) -> None:
    for element, cell in circuit.cells.items():
        if cell.level not in (None, "district"):
            assert any(RECORD[name].court == circuit.court for name in cell.authorities), element


def test_the_rows_on_an_element_come_in_order() -> None:
    rows = TABLE.on("fosta-exception")
    assert [circuit.id for circuit, _ in rows][-1] == "cadc"
    assert {circuit.id for circuit, cell in rows if cell.level == "appellate"} == {"ca9", "ca11", "cadc"}


@pytest.mark.parametrize("question", DIVIDED.questions, ids=lambda question: question.id)
def test_each_question_has_two_sides_of_its_own(question: Question) -> None:
    assert set(question.authorities) <= RECORD.keys()
    assert set(question.broad_authorities) - set(question.narrow_authorities)
    assert set(question.narrow_authorities) - set(question.broad_authorities)
    assert 0.5 < len(question.broad) / len(question.narrow) < 2, "both sides at full strength"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "either a standard or"),
        ({"standard": "S", "silent": "S"}, "either a standard or"),
        ({"standard": "S", "authorities": ["a"], "level": "appellate"}, "needs authorities, a level and a status"),
        ({"standard": "S", "level": "appellate", "status": "verified"}, "needs authorities, a level and a status"),
    ],
)
def test_a_cell_that_says_nothing_or_rests_on_nothing_is_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(pydantic.ValidationError, match=said):
        Cell.model_validate(given)
