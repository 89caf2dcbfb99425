"""Points find their way back into a system's gradebook, byte for byte as its import is documented; names stay out of all else."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest

from knowing_benefit.assess.grade import grade, load_keyed
from knowing_benefit.assess.gradebook import Gradebook, load_roster
from knowing_benefit.assess.handin import checksum
from knowing_benefit.law.library import library
from knowing_benefit.law.source import CourseError
from knowing_benefit.publish.grading import grade_class
from knowing_benefit.publish.invented import packed

GOLDEN = Path(__file__).parent / "golden"
DONE: dict[str, Any] = {
    "q1": "b",
    "q2": ["a", "c", "e"],
    "q3": {"l1": "r2", "l2": "r3", "l3": "r1"},
    "q4": ["b", "d", "a", "c"],
    "q5": "76 F.4th 544 (7th Cir. 2023)",
}


def handed(number: str, items: dict[str, Any]) -> bytes:
    return packed(number, [{"exercise": "01_small", "exercise_version": 3, "revision": 1, "items": items}])


FILES = {
    "canvas": {
        "ruizmarta_101_5551_A1.json": ("A1", DONE),
        "oneilpat_LATE_102_5552_B2.json": ("B2", {"q1": "b"}),
        "evil_104_5553_E4.json": ("E4", {"q1": "a"}),
    },
    "worksheet": {
        "Marta Ruiz_101_assignsubmission_file_/A1.json": ("A1", DONE),
        "Pat O'Neil_102_assignsubmission_file_/B2.json": ("B2", {"q1": "b"}),
    },
    "blackboard": {
        "A small_exercise_m_ruiz_attempt_2026-11-20-10-00-00_A1.json": ("A1", DONE),
        "A small_exercise_poneil_attempt_2026-11-20-10-00-00_B2.json": ("B2", {"q1": "b"}),
    },
    "moodle": {"A1.json": ("A1", DONE), "B2.json": ("B2", {"q1": "b"})},
    "plain": {"A1.json": ("A1", DONE), "B2.json": ("B2", {"q1": "b"})},
}


@pytest.mark.parametrize("form", sorted(FILES))
def test_the_file_for_the_upload_is_as_its_golden_file(form: str, small_course: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "submissions.zip", "w") as archive:
        for name, (number, items) in FILES[form].items():
            archive.writestr(name, handed(number, items))
    roster = GOLDEN / f"{form}-roster.csv"
    if form == "blackboard":
        # As Blackboard writes its download: tabs, UTF-16.
        (tmp_path / "gc.xls").write_bytes(roster.read_text("utf-8").encode("utf-16"))
        roster = tmp_path / "gc.xls"
    out = tmp_path / "out"
    grade_class(library(), [tmp_path / "submissions.zip"], out, roster=roster)
    found = (out / f"upload/{form}.csv").read_bytes()
    assert found.decode("utf-8-sig").replace("\r\n", "\n") == (GOLDEN / f"{form}-upload.csv").read_text("utf-8")
    assert found.startswith(b"\xef\xbb\xbf") == (form == "plain")
    told = (out / "upload/reconciliation.txt").read_text("utf-8")
    assert "Zeta" not in told and "Ruiz" not in told
    if form in ("canvas", "worksheet", "blackboard"):
        assert "1 rows of the roster handed in nothing that counts." in told
    if form == "plain":
        assert "C3: on the roster, but nothing that counts was handed in." in told


def test_no_name_leaves_the_upload(small_course: Path, tmp_path: Path) -> None:
    """Names from the system's file names are in no file but the one that maps back."""
    with zipfile.ZipFile(tmp_path / "s.zip", "w") as archive:
        archive.writestr("zyxname_LATE_101_5551_zyxname.json", handed("A1", DONE))
        archive.writestr("zyxname_102_5552_zyxname.json", b"{")
        archive.writestr("zyxname_102_5553_zyxname.pdf", b"%PDF")
        archive.writestr("Zyxname Z_7_assignsubmission_file_/x.json", b"{")
        archive.writestr("Zyxname Z_7_assignsubmission_onlinetext_/onlinetext.html", b"")
        archive.writestr("Ex_zyxname_attempt_2026-01-01-00-00-00_x.json", b"{")
        archive.writestr("Ex_zyxname_attempt_2026-01-01-00-00-00.txt", b"Name: Zyxname (zyxname)")
    report = grade_class(library(), [tmp_path / "s.zip"], tmp_path / "out", roster=GOLDEN / "canvas-roster.csv")
    assert report.graded == 1 and report.late == 1
    for path in (tmp_path / "out").rglob("*"):
        if path.is_file() and path.name != "canvas.csv":
            assert b"zyxname" not in path.read_bytes().lower(), path
        assert "zyxname" not in path.name.lower()
    assert {notice.file for notice in report.bad} == {
        "Canvas, user 102, file 5552 (in s.zip)",
        "Moodle, participant 7 (in s.zip)",
        "Blackboard, attempt of 2026-01-01-00-00-00 (in s.zip)",
    }


def test_a_number_that_another_student_used_is_not_written(small_course: Path, tmp_path: Path) -> None:
    roster = tmp_path / "roster.csv"
    roster.write_text("Student,ID,Section,Exam Number\nA,101,1,A1\nB,102,1,B2\n", "utf-8")
    with zipfile.ZipFile(tmp_path / "s.zip", "w") as archive:
        archive.writestr("a_101_5_A1.json", handed("A1", DONE))
        archive.writestr("a_101_6_B2.json", handed("B2", DONE))
    grade_class(library(), [tmp_path / "s.zip"], tmp_path / "out", roster=roster)
    told = (tmp_path / "out/upload/reconciliation.txt").read_text("utf-8")
    assert "B2: handed in by another student than the roster gives this number; not written." in told
    assert (tmp_path / "out/upload/canvas.csv").read_bytes().count(b'"101"') == 1
    assert b'"102"' not in (tmp_path / "out/upload/canvas.csv").read_bytes()


def test_points_that_are_not_complete_are_not_uploaded(small_course: Path, tmp_path: Path) -> None:
    (tmp_path / "A1.json").write_bytes(handed("A1", {**DONE, "q6": "An argument."}))
    book = _booked(small_course, tmp_path, "plain")
    raw, lines = book.write()
    assert raw.count(b"\r\n") == 1
    assert "1 students' points are not complete yet" in lines[-1]


def test_who_is_on_one_side_only_is_named_by_number(small_course: Path, tmp_path: Path) -> None:
    roster = tmp_path / "roster.csv"
    roster.write_text("Name,Exam Number\nA,A1\nB,A1\nC,C3\nD,\nE,=D4\n", "utf-8")
    for number in ("A1", "C3", "X9"):
        (tmp_path / f"{number}.json").write_bytes(handed(number, DONE))
    _, lines = _booked(small_course, tmp_path, roster=roster).write()
    told = "\n".join(lines)
    assert "A1: two rows of the roster have it; neither is written." in told
    assert "X9: graded, but no row of the roster has it." in told
    assert "2 rows of the roster have no exam number." in told
    assert "1 rows for the upload" in told


def test_a_roster_that_is_none_is_said_to_be(small_course: Path, tmp_path: Path) -> None:
    bad = tmp_path / "roster.csv"
    for raw in (b"", b"x", b"\xff\xfe\x00", b"a,b\n", b"\0" * 100):
        bad.write_bytes(raw)
        with pytest.raises(CourseError, match="no table of students"):
            load_roster(bad)
    bad.write_text("Name,Exam Number\nA,A1\n")
    with pytest.raises(CourseError, match="Did you mean 'Exam Number'"):
        load_roster(bad, "exam numbr")
    with pytest.raises(CourseError, match="cannot be read"):
        load_roster(tmp_path / "absent.csv")


def test_a_worksheet_takes_one_exercise(small_course: Path) -> None:
    exercise = next(iter(load_keyed(small_course / "exercises").values())).exercise
    with pytest.raises(CourseError, match="takes one exercise"):
        Gradebook(load_roster(GOLDEN / "worksheet-roster.csv"), [exercise, exercise]).write()


def _booked(course: Path, folder: Path, form: str = "", roster: Path | None = None) -> Gradebook:
    keyed = load_keyed(course / "exercises")
    book = Gradebook(load_roster(roster or GOLDEN / f"{form}-roster.csv"), [one.exercise for one in keyed.values()])
    grade(sorted(folder.glob("*.json")), keyed, folder / "out", listeners=[book])
    return book


def test_the_checksum_of_invented_hand_ins_is_the_exercise_s_own() -> None:
    import json

    data = json.loads(handed("A1", DONE))
    assert data["check"] == checksum(data)
