"""Each rule as it is written down, on answers worked out by hand, and what must hold for all answers."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from itertools import combinations, permutations
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import given

from knowing_benefit.assess.items import Item, Key, OrderKey, SeveralKey, Value, load_practice
from knowing_benefit.assess.scoring import longest_rise, rounded, score


@pytest.fixture
def keyed(small_course: Path) -> dict[str, tuple[Item, Key]]:
    practice = load_practice(small_course / "exercises/practice/01_small.yaml")
    return {item.id: (item, practice.keys[item.id]) for item in practice.exercise.items}


@pytest.mark.parametrize(
    ("name", "value", "points"),
    [
        ("q1", "b", "2.00"),
        ("q1", "a", "0.00"),
        # Three right options, so a share is one point of three.
        ("q2", ["a", "c", "e"], "3.00"),
        ("q2", ["a", "c"], "2.00"),
        ("q2", ["a", "c", "e", "b"], "2.00"),
        ("q2", ["a", "b"], "0.00"),
        ("q2", ["b", "d"], "0.00"),
        ("q2", ["a", "b", "c", "d", "e"], "1.00"),
        ("q3", {"l1": "r2", "l2": "r3", "l3": "r1"}, "3.00"),
        ("q3", {"l1": "r2", "l2": "r1"}, "1.00"),
        ("q3", {"l1": "r4", "l2": "r4", "l3": "r4"}, "0.00"),
        # Right: b d a c. Three steps, 4 points.
        ("q4", ["b", "d", "a", "c"], "4.00"),
        ("q4", ["c", "b", "d", "a"], "2.67"),
        ("q4", ["d", "b", "c", "a"], "1.33"),
        ("q4", ["c", "a", "d", "b"], "0.00"),
        ("q5", "76 F.4th 544 (7th Cir. 2023)", "2.00"),
        ("q5", "76 F.3d 544 (7th Cir. 2023)", "0.67"),
        ("q5", "76 F.4th 544 (7th Cir. 2022)", "1.33"),
        ("q5", "76 F.4th 548 (5th Cir. 2023)", "0.00"),
        ("q5", "no idea", "0.00"),
        ("q6", "An argument.", None),
    ],
)
def test_worked_by_hand(keyed: dict[str, tuple[Item, Key]], name: str, value: Value, points: str | None) -> None:
    item, key = keyed[name]
    assert item.misfit(value) is None
    assert score(item, key, value) == (None if points is None else Decimal(points))


@pytest.mark.parametrize("value", [None, "", "  \n", [], {}])
def test_a_blank_answer_scores_nothing_whatever_the_kind(keyed: dict[str, tuple[Item, Key]], value: Value) -> None:
    assert {score(item, key, value) for item, key in keyed.values()} == {Decimal("0.00")}


def test_several_by_brute_force(keyed: dict[str, tuple[Item, Key]]) -> None:
    item, key = keyed["q2"]
    assert isinstance(key, SeveralKey)
    for size in range(6):
        for chosen in combinations("abcde", size):
            hits = sum(name in key.answer for name in chosen)
            expected = max(Fraction(0), Fraction(hits - (size - hits), 3) * item.points)
            assert score(item, key, list(chosen)) == rounded(expected)


def test_order_costs_one_step_for_each_item_that_must_move(keyed: dict[str, tuple[Item, Key]]) -> None:
    item, key = keyed["q4"]
    assert isinstance(key, OrderKey)
    for given_order in permutations("abcd"):
        kept = max(
            size
            for size in range(1, 5)
            for places in combinations(range(4), size)
            if [name for name in key.answer if name in {given_order[p] for p in places}]
            == [given_order[p] for p in places]
        )
        assert score(item, key, list(given_order)) == rounded(Fraction(item.points * (kept - 1), 3))


@given(st.permutations(range(7)))
def test_longest_rise_against_all_subsequences(places: list[int]) -> None:
    found = max(size for size in range(1, 8) for run in combinations(places, size) if list(run) == sorted(run))
    assert longest_rise(places) == found


@pytest.mark.parametrize(
    ("points", "shown"),
    [
        (Fraction(1, 3), "0.33"),
        (Fraction(2, 3), "0.67"),
        (Fraction(1, 200), "0.00"),
        (Fraction(3, 200), "0.02"),
        (Fraction(5, 200), "0.02"),
        (Fraction(7, 200), "0.04"),
        (Fraction(8), "8.00"),
    ],
)
def test_halves_are_rounded_to_even(points: Fraction, shown: str) -> None:
    assert str(rounded(points)) == shown
