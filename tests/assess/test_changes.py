"""A corrected key changes exactly the points it should, and every change is told with its reason."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest

from knowing_benefit.assess.grade import grade, load_keyed
from knowing_benefit.law.source import CourseError
from knowing_benefit.publish.invented import packed


def handed(number: str, items: dict[str, Any]) -> bytes:
    return packed(number, [{"exercise": "01_small", "exercise_version": 3, "revision": 1, "items": items}])


def changed(out: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO((out / "changes.csv").read_bytes().decode("utf-8-sig"), newline="")))[1:]


def test_a_corrected_key_names_whose_points_changed_and_why(small_course: Path, tmp_path: Path) -> None:
    box, out = tmp_path / "in", tmp_path / "out"
    box.mkdir()
    (box / "A1.json").write_bytes(handed("A1", {"q1": "a", "q2": ["a"]}))
    (box / "B2.json").write_bytes(handed("B2", {"q1": "b"}))
    (box / "C3.json").write_bytes(handed("C3", {"q1": "c", "q4": ["b", "d", "a", "c"]}))
    report = grade([box], load_keyed(small_course / "exercises"), out)
    assert report.changed is None and not (out / "changes.csv").exists()
    assert grade([box], load_keyed(small_course / "exercises"), out).changed == 0
    key = small_course / "exercises/keys/01_small.yaml"
    key.write_text(key.read_text("utf-8").replace("answer: b\n", "answer: a\n"), "utf-8")
    report = grade([box], load_keyed(small_course / "exercises"), out)
    assert report.changed == 2
    why = 'The key\'s answer changed: "b" to "a".'
    assert changed(out) == [
        ["A1", "01_small", "q1", "0.00", "2.00", why],
        ["B2", "01_small", "q1", "2.00", "0.00", why],
    ]
    # A run that changes nothing leaves the list of the last correction.
    assert grade([box], load_keyed(small_course / "exercises"), out).changed == 0
    assert len(changed(out)) == 2


def test_another_answer_and_another_student_are_told_apart_from_the_key(small_course: Path, tmp_path: Path) -> None:
    box = tmp_path / "in"
    box.mkdir()
    (box / "A1.json").write_bytes(handed("A1", {"q1": "a"}))
    (box / "B2.json").write_bytes(handed("B2", {"q1": "b"}))
    keyed = load_keyed(small_course / "exercises")
    grade([box], keyed, tmp_path / "old")
    (box / "A1.json").write_bytes(handed("A1", {"q1": "b"}))
    (box / "B2.json").rename(box / "C3.txt")
    (box / "D4.json").write_bytes(handed("D4", {"q1": "b"}))
    assert grade([box], keyed, tmp_path / "new", since=tmp_path / "old").changed == 3
    assert changed(tmp_path / "new") == [
        ["A1", "01_small", "q1", "0.00", "2.00", "Another answer of the student counts."],
        ["B2", "", "", "2.00", "", "This exam number is not graded any more."],
        ["D4", "", "", "", "2.00", "This exam number was not graded before."],
    ]


def test_a_damaged_record_of_the_earlier_run_is_said_to_be(small_course: Path, tmp_path: Path) -> None:
    (tmp_path / "A1.json").write_bytes(handed("A1", {}))
    (tmp_path / "out").mkdir()
    for text in ("x", "[]", '{"format": "knowing-benefit results", "version": 1, "keys": {}}\n{"number": 1}'):
        (tmp_path / "out/results.jsonl").write_text(text)
        with pytest.raises(CourseError, match="not what an earlier run"):
            grade([tmp_path / "A1.json"], load_keyed(small_course / "exercises"), tmp_path / "out")
