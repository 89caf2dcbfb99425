"""Files, folders and archives as systems make them: which file counts is a written rule, and no archive can do harm."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest

from knowing_benefit.assess import collect as collecting
from knowing_benefit.assess.collect import Collected, collect
from knowing_benefit.assess.lms import again, mark
from knowing_benefit.law.source import CourseError
from knowing_benefit.publish.invented import packed


def handed(number: str, choice: str = "b") -> bytes:
    items: dict[str, Any] = {"q1": choice}
    return packed(number, [{"exercise": "01_small", "exercise_version": 3, "revision": 1, "items": items}])


def zipped(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, raw in files.items():
            archive.writestr(name, raw)
    return path


def told(found: Collected) -> dict[str, str]:
    return {notice.file.removesuffix(" (in s.zip)"): notice.what for notice in found.bad}


@pytest.mark.parametrize(
    ("name", "system", "student", "own", "late", "attempt"),
    [
        ("ruizmarta_123_456_A1.json", "canvas", "123", "A1.json", False, ""),
        ("ruizmarta_LATE_123_456_A1-2.json", "canvas", "123", "A1-2.json", True, ""),
        ("de_la_ruizmarta_123_456_my_work_1_2.json", "canvas", "123", "my_work_1_2.json", False, ""),
        ("LATE_anon_x7Yz_456_A1.json", "canvas", "anon_x7Yz", "A1.json", True, ""),
        ("anon_x7Yz_456_A1.json", "canvas", "anon_x7Yz", "A1.json", False, ""),
        ("Marta Ruiz_123_assignsubmission_file_/A1.json", "moodle", "123", "A1.json", None, ""),
        ("top/Marta Ruiz_123_assignsubmission_file_/deep/A1.json", "moodle", "123", "A1.json", None, ""),
        ("Marta Ruiz_123_assignsubmission_file_A1.json", "moodle", "123", "A1.json", None, ""),
        ("Participant_123_assignsubmission_file_/A1.json", "moodle", "123", "A1.json", None, ""),
        (
            "Ex 1_mruiz_attempt_2026-11-20-23-59-01_A1.json",
            "blackboard",
            "Ex 1_mruiz",
            "A1.json",
            None,
            "2026-11-20-23-59-01",
        ),
        ("Ex 1_mruiz_attempt_2026-11-20-23-59-01.txt", "blackboard", "Ex 1_mruiz", "", None, "2026-11-20-23-59-01"),
    ],
)
def test_what_systems_write_into_names(
    name: str, system: str, student: str, own: str, late: bool | None, attempt: str
) -> None:
    found = mark(name)
    assert found is not None
    assert (found.system, found.student, found.own, found.late, found.attempt) == (system, student, own, late, attempt)
    assert "ruiz" not in found.shown.lower()


@pytest.mark.parametrize("name", ["A1.json", "A-1.json", "ruiz_late_123_A1.json", "G1042 final.json", "week_2.json"])
def test_other_names_say_nothing(name: str) -> None:
    assert mark(name) is None


def test_an_exam_number_that_ends_like_a_second_attempt_is_none() -> None:
    assert again("A-1.json", "A-1") == 0
    assert again("A-1-2.json", "A-1") == 2
    assert again("A1-1.json", "A1") == 1
    assert again("final-3.json", "A1") == 3


@pytest.mark.parametrize(("keep", "counts"), [("last", "c"), ("first", "a")])
def test_of_several_attempts_the_system_s_own_mark_decides(tmp_path: Path, keep: Any, counts: str) -> None:
    canvas = zipped(
        tmp_path / "s.zip",
        {
            "r_1_12_A1.json": handed("A1", "a"),
            "r_1_11_A1-2.json": handed("A1", "c"),
            "r_1_10_A1-1.json": handed("A1", "b"),
            "x_b_attempt_2026-11-20-10-00-00_B2.json": handed("B2", "a"),
            "x_b_attempt_2026-11-20-23-00-00_B2.json": handed("B2", "c"),
        },
    )
    found = collect([canvas], keep)
    assert found.bad == []
    assert len(found.odd) == 3 and all("not the one that counts" in notice.what for notice in found.odd)
    with collecting.Inbox() as inbox:
        for number in ("A1", "B2"):
            assert inbox.handed(found.counting[number].place).sheets[0].items["q1"] == counts


def test_without_a_mark_or_between_students_nothing_is_chosen(tmp_path: Path) -> None:
    found = collect(
        [
            zipped(
                tmp_path / "s.zip",
                {
                    "a_1_assignsubmission_file_/A1.json": handed("A1", "a"),
                    "a_1_assignsubmission_file_/A1 new.json": handed("A1", "b"),
                    "r_1_12_B2.json": handed("B2", "a"),
                    "s_2_13_B2-1.json": handed("B2", "b"),
                    "r_3_14_C3.json": handed("C3"),
                    "s_4_15_C3.json": handed("C3"),
                    "r_5_16_D4.json": handed("D4"),
                    "r_5_17_E5.json": handed("E5"),
                },
            )
        ]
    )
    assert sorted(found.counting) == ["D4", "E5"]
    what = [notice.what for notice in found.bad]
    assert sum("Another file has the exam number A1" in one for one in what) == 2
    assert sum("Different students handed in files under the exam number B2" in one for one in what) == 2
    assert sum("Different students handed in files under the exam number C3" in one for one in what) == 1
    assert any("One student handed in under several exam numbers: D4, E5." in notice.what for notice in found.odd)
    ask = collect(
        [zipped(tmp_path / "t.zip", {"r_1_1_A1.json": handed("A1", "a"), "r_1_2_A1-1.json": handed("A1")})], "ask"
    )
    assert ask.counting == {} and len(ask.bad) == 2


def test_late_is_what_the_system_says(tmp_path: Path) -> None:
    archive = zipped(
        tmp_path / "s.zip",
        {
            "r_LATE_1_12_A1.json": handed("A1"),
            "r_2_13_B2.json": handed("B2"),
            "x_c_attempt_2026-11-20-23-59-59_C3.json": handed("C3"),
            "x_d_attempt_2026-11-21-00-00-00_D4.json": handed("D4"),
            "E5.json": handed("E5"),
        },
    )
    late = {number: one.late for number, one in collect([archive], late="2026-11-20").counting.items()}
    assert late == {"A1": True, "B2": False, "C3": False, "D4": True, "E5": None}
    late = {number: one.late for number, one in collect([archive], late="2026-11-20 12:00").counting.items()}
    assert late["C3"] is True
    with pytest.raises(CourseError, match="is not a day or a time"):
        collect([archive], late="tomorrow")


def test_what_is_in_an_archive_can_do_no_harm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("A9.json", handed("A9"))
    path = tmp_path / "in/s.zip"
    path.parent.mkdir()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("good.json", handed("G1"))
        archive.writestr("../out.json", handed("P1"))
        archive.writestr("a/../../out.json", handed("P2"))
        archive.writestr("/etc/out.json", handed("P3"))
        archive.writestr("C:\\out.json", handed("P4"))
        archive.writestr("bomb.json", b" " * 50_000_000)
        archive.writestr("inner.zip", inner.getvalue())
        archive.writestr("__MACOSX/._good.json", b"x")
        archive.writestr("notes.txt", b"x")
        link = zipfile.ZipInfo("link.json")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    found = collect([path.parent])
    assert sorted(found.counting) == ["G1"]
    bad = told(found)
    for name in ("../out.json", "a/../../out.json", "/etc/out.json", "C:/out.json"):
        assert bad[name] == "Its name leads out of the archive."
    assert bad["bomb.json"] == "It is larger than 2 MB."
    assert bad["inner.zip"] == "It is an archive within an archive."
    assert bad["link.json"] == "It is a link, and links are not followed."
    assert [notice.file for notice in found.odd] == ["notes.txt (in s.zip)"]
    assert sorted(one.name for one in path.parent.iterdir()) == ["s.zip"]


@pytest.mark.parametrize("harm", ["cut", "noise", "locked", "many", "method", "empty", "crc"])
def test_damaged_archives_are_named(tmp_path: Path, harm: str) -> None:
    path = zipped(tmp_path / "s.zip", {"A1.json": handed("A1") + b" " * 500})
    raw = bytearray(path.read_bytes())
    central = raw.rfind(b"PK\x01\x02")
    if harm == "cut":
        raw = raw[:-30]
    elif harm == "noise":
        raw[50:60] = b"\xff" * 10
    elif harm == "locked":
        raw[6] |= 1
        raw[central + 8] |= 1
    elif harm == "many":
        struct.pack_into("<I", raw, len(raw) - 10, 2**31)
    elif harm == "method":
        struct.pack_into("<H", raw, central + 10, 97)
        struct.pack_into("<H", raw, 8, 97)
    elif harm == "empty":
        raw = bytearray()
    elif harm == "crc":
        struct.pack_into("<I", raw, central + 16, 1)
    path.write_bytes(bytes(raw))
    found = collect([path])
    assert found.counting == {} and len(found.bad) == 1
    assert found.bad[0].what and found.bad[0].mend


def test_an_archive_that_unpacks_without_end_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collecting, "LARGEST_ARCHIVE", 3_000)
    files = {f"A{at}.json": handed(f"A{at}") + b" " * 1000 for at in range(9)}
    found = collect([zipped(tmp_path / "s.zip", files)])
    assert 0 < len(found.counting) < 9
    assert len(found.counting) + len(found.bad) == 9
