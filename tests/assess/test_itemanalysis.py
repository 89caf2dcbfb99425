"""Figures about the questions: each against a count by hand, and none that a small class cannot carry."""

from __future__ import annotations

import json
import random
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from knowing_benefit.assess.grade import grade, load_keyed
from knowing_benefit.assess.itemanalysis import Class, ExerciseFigures, correlation, spans, table, wilson
from knowing_benefit.assess.marks import Journal, Mark, fingerprint
from knowing_benefit.publish import invented
from knowing_benefit.view import analysis

Q = {"exercise": "01_small", "exercise_version": 3, "revision": 1}


def figures(course: Path, folder: Path, class_: dict[str, dict[str, Any]]) -> ExerciseFigures:
    keyed = load_keyed(course / "exercises")
    box = folder / "in"
    box.mkdir(exist_ok=True)
    for number, items in class_.items():
        (box / f"{number}.json").write_bytes(invented.packed(number, [{**Q, "items": items}]))
    found = Class(keyed)
    grade([box], keyed, folder / "out", listeners=[found])
    (one,) = found.figures()
    return one


def test_figures_are_what_a_count_by_hand_gives(small_course: Path, tmp_path: Path) -> None:
    right = {"q2": ["a", "c", "e"], "q4": ["b", "d", "a", "c"]}
    class_: dict[str, dict[str, Any]] = {f"A{at:02d}": {"q1": "b", **right} for at in range(20)}
    class_ |= {f"B{at:02d}": {"q1": "a", "q2": ["b"]} for at in range(10)}
    class_ |= {f"C{at:02d}": {"q1": "b", "q2": ["a"]} for at in range(10)}
    one = figures(small_course, tmp_path, class_)
    first, second = one.items[:2]
    assert one.students == 40 and not one.few
    assert (first.difficulty, first.observed, first.stated, first.blanks) == (0.75, "middle", "easy", 0)
    assert first.interval == wilson(0.75, 40)
    assert [(option.option, option.chosen, option.upper, option.lower, option.right) for option in first.options] == [
        ("a", 10, 0, 10, False),
        ("b", 30, 11, 1, True),
        ("c", 0, 0, 0, False),
    ]
    assert first.options[0].misconception == "Platform and vendor are one."
    assert "does no work" in first.options[2].flag
    assert first.gap == pytest.approx(1 - 1 / 11)
    # Question 2: 20 earn all, 10 a third, 10 nothing.
    assert second.difficulty == pytest.approx((20 + 10 / 3) / 40)
    rest = [7.0] * 20 + [0.0] * 10 + [1.0] * 10
    assert first.discrimination == pytest.approx(correlation([1.0] * 20 + [0.0] * 10 + [1.0] * 10, rest))
    assert dict(one.objectives)["1.1"] == pytest.approx((0.75 * 2 + second.difficulty * 3) / 5)
    assert one.items[2].blanks == 40


def test_a_key_that_punishes_the_strong_is_pointed_to(small_course: Path, tmp_path: Path) -> None:
    strong = {"q1": "c", "q2": ["a", "c", "e"], "q4": ["b", "d", "a", "c"]}
    class_: dict[str, dict[str, Any]] = {f"A{at:02d}": strong for at in range(20)}
    class_ |= {f"B{at:02d}": {"q1": "b", "q2": ["b"]} for at in range(20)}
    one = figures(small_course, tmp_path, class_).items[0]
    assert one.discrimination is not None and one.discrimination < 0
    assert any("look at the key first" in flag for flag in one.flags)
    assert "read the key and the option again" in one.options[2].flag


def test_a_small_class_is_flagged_on_nothing(small_course: Path, tmp_path: Path) -> None:
    class_: dict[str, dict[str, Any]] = {f"A{at}": {"q1": "c", "q2": ["a", "c", "e"]} for at in range(4)}
    class_ |= {f"B{at}": {"q1": "b"} for at in range(4)}
    one = figures(small_course, tmp_path, class_)
    assert one.few and not any("key first" in flag for item in one.items for flag in item.flags)
    assert not any(option.flag for item in one.items for option in item.options)
    page = analysis.page([one])
    assert "A small class." in page and "12 percentage points" in page


def test_while_answers_wait_blanks_do_not_stand_for_them(small_course: Path, tmp_path: Path) -> None:
    class_: dict[str, dict[str, Any]] = {"A1": {"q6": "It took part."}, "B2": {"q6": "It sold."}, "C3": {"q1": "b"}}
    one = figures(small_course, tmp_path, class_).items[5]
    assert (one.students, one.waiting, one.blanks) == (0, 2, 1)
    key = load_keyed(small_course / "exercises")["01_small"].keys["q6"]
    points = {"rule": Decimal(2), "sides": Decimal(1)}
    Journal(tmp_path / "out/marks", "AB").keep(Mark("01_small", "q6", "A1", fingerprint("It took part."), points), key)  # type: ignore[arg-type]
    one = figures(small_course, tmp_path, class_).items[5]
    assert (one.students, one.waiting, one.difficulty) == (1, 1, 0.6)
    assert [option.chosen for option in one.options] == [1, 0]


def test_minutes_are_those_since_the_answer_before(small_course: Path, tmp_path: Path) -> None:
    times = {
        "q1": "2026-11-20T10:00:00Z",
        "q2": "2026-11-20T10:03:00+00:00",
        "q3": "2026-11-20T11:00:00",
        "q4": "x",
        "q5": "2026-11-20T11:01:30",
    }
    assert dict(spans(times)) == {"q2": 3.0, "q5": 1.5}
    assert list(spans({})) == [] and list(spans({"a": "9" * 30, "b": "=1"})) == []
    (tmp_path / "A1.json").write_bytes(
        invented.packed("A1", [{**Q, "items": {"q1": "b", "q2": ["a"]}, "times": times}])
    )
    found = Class(load_keyed(small_course / "exercises"))
    grade([tmp_path / "A1.json"], load_keyed(small_course / "exercises"), tmp_path / "out", listeners=[found])
    (one,) = found.figures()
    assert [item.minutes for item in one.items[:3]] == [None, 3.0, None]
    assert "Minutes" in analysis.page([one]) and "3.0" in analysis.page([one])


def test_correlation_and_interval() -> None:
    assert correlation([0, 1], [0, 1]) is None
    assert correlation([1, 1, 1], [0, 1, 2]) is None
    assert correlation([0, 0, 1, 1], [1, 2, 3, 4]) == pytest.approx(0.894427, abs=1e-6)
    low, high = wilson(0.5, 10)
    # Wilson's interval for 5 of 10, as in textbooks.
    assert (round(low, 4), round(high, 4)) == (0.2366, 0.7634)
    assert wilson(0, 0) == (0.0, 1.0)


def test_everything_is_written_and_nothing_in_it_runs(small_course: Path, tmp_path: Path) -> None:
    keyed = load_keyed(small_course / "exercises")
    chance = random.Random(3)
    box = tmp_path / "in"
    box.mkdir()
    for at in range(40):
        (box / f"{at}.json").write_bytes(invented.hand_in(chance, invented.number(at), keyed))
    for at in (90, 91):
        items = {"q5": "=cmd|' /C calc'!A0 <script>alert(1)</script>", "q6": "<img onerror=alert(1)>"}
        (box / f"{at}.json").write_bytes(invented.packed(invented.number(at), [{**Q, "items": items}]))
    found = Class(keyed)
    grade([box], keyed, tmp_path / "out", listeners=[found])
    page = analysis.page(found.figures())
    assert "<script" not in page and "<img" not in page and "&lt;script" in page
    raw = table(found.figures()).decode("utf-8-sig")
    assert '"=' not in raw and '"-' not in raw
    packed = json.loads(json.dumps([one.as_json() for one in found.figures()]))
    assert packed[0]["items"][0]["difficulty"] == round(found.figures()[0].items[0].difficulty, 4)
