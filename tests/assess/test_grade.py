"""Hand-in files become a score sheet; bad ones are named with why, and nothing that a student writes is run."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import sys
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings
from typer.testing import CliRunner

from knowing_benefit.assess.csvsafe import cell
from knowing_benefit.assess.grade import Report, load_keyed
from knowing_benefit.assess.grade import grade as grade_all
from knowing_benefit.assess.handin import checksum
from knowing_benefit.cli import app
from knowing_benefit.law.source import CourseError

RIGHT: dict[str, Any] = {
    "q1": "b",
    "q2": ["a", "c", "e"],
    "q3": {"l1": "r2", "l2": "r3", "l3": "r1"},
    "q4": ["b", "d", "a", "c"],
    "q5": "76 F.4th 544 (7th Cir. 2023)",
    "q6": "It took part.",
}


def handed(number: str, items: dict[str, Any], *, version: int = 3, exercise: str = "01_small") -> bytes:
    """A hand-in file as the exercise makes it."""
    sheet = {"exercise": exercise, "exercise_version": version, "revision": 9, "items": items}
    content = {"format": "knowing-benefit hand-in", "version": 1, "number": number, "sheets": [sheet]}
    return json.dumps({**content, "check": checksum(content)}, ensure_ascii=False).encode()


def grade(submissions: list[Path], exercises: Path, out: Path, **more: Any) -> Report:
    """Grade by the keys of a folder."""
    return grade_all(submissions, load_keyed(exercises), out, **more)


def rows(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    return folder


def test_a_class_is_graded(small_course: Path, inbox: Path, tmp_path: Path) -> None:
    (inbox / "late").mkdir()
    (inbox / "B2.json").write_bytes(handed("B2", {"q1": "a", "q2": ["a"], "q5": "76 F.3d 544 (7th Cir. 2023)"}))
    (inbox / "late/ruiz_late_123_A1.json").write_bytes(handed("A1", RIGHT))
    report = grade([inbox], small_course / "exercises", tmp_path / "out")
    header, first, second = rows(tmp_path / "out/scores.csv")
    assert header[:2] == ["exam number", "01_small q1 (2)"]
    assert dict(zip(header, first, strict=True)) == {
        "exam number": "A1",
        "01_small q1 (2)": "2.00",
        "01_small q2 (3)": "3.00",
        "01_small q3 (3)": "3.00",
        "01_small q4 (4)": "4.00",
        "01_small q5 (2)": "2.00",
        "01_small q6 (5)": "",
        "01_small total": "14.00",
        "01_small blank": "0",
        "01_small points waiting": "5",
        "01_small points possible": "19",
        "late": "",
    }
    assert second == ["B2", "0.00", "1.00", "0.00", "0.00", "0.67", "0.00", "1.67", "3", "0", "19", ""]
    written = rows(tmp_path / "out/written.csv")
    assert written[1][:6] == ["01_small", "q6", "A1", "5", "", "It took part."]
    assert "rule (2): States the rule." in written[1][6]
    assert (report.graded, report.waiting, report.bad, report.odd) == (2, 1, [], [])


def test_the_same_input_gives_the_same_bytes(small_course: Path, inbox: Path, tmp_path: Path) -> None:
    for number in ("A1", "C3", "B2"):
        (inbox / f"{number}.json").write_bytes(handed(number, RIGHT))
    (inbox / "bad.json").write_bytes(b"{")
    for out in ("one", "two"):
        grade([inbox], small_course / "exercises", tmp_path / out)
    names = ["report.txt", "results.jsonl", "scores.csv", "written", "written.csv"]
    assert sorted(path.name for path in (tmp_path / "one").iterdir() if path.name[0] != ".") == names
    for name in ("scores.csv", "written.csv", "report.txt", "results.jsonl", "written/01_small.q6.jsonl"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    assert [row[0] for row in rows(tmp_path / "one/scores.csv")[1:]] == ["A1", "B2", "C3"]


def hostile(inbox: Path) -> dict[str, str]:
    """Every kind of bad file, and a part of the reason that each must be given."""
    secret = inbox.parent / "secret.json"
    secret.write_bytes(handed("S1", RIGHT))
    files = {
        "empty.json": (b"", "empty"),
        "half.json": (handed("H1", RIGHT)[:200], "not JSON"),
        "latin.json": ("é".encode("latin-1"), "not UTF-8"),
        "utf16.json": (handed("U1", RIGHT).decode().encode("utf-16"), "not UTF-8"),
        "nan.json": (handed("N1", {"q1": 0}).replace(b'"q1": 0', b'"q1": NaN'), "not a whole number"),
        "twice.json": (b'{"format": "x", "format": "y"}', "same key twice"),
        "deep.json": (b"[" * 500_000, "nested too deep"),
        "huge.json": (b" " * (2 * 2**20 + 1), "larger than 2 MB"),
        "list.json": (b"[]", "not a hand-in"),
        "number.json": (b"9" * 5000, "too long"),
        "edited.json": (handed("E1", {"q1": "b"}).replace(b'"b"', b'"c"'), "checksum"),
        "path.json": (handed("../../x", RIGHT), "exam number"),
        "formula.json": (handed("=1+1", RIGHT), "exam number"),
        "types.json": (handed("T1", {"q1": {"a": {"b": "c"}}}), "wrong form"),
        "sheet.json": (b'{"format": "knowing-benefit answers"}', "answer sheet"),
        "notebook.json": (b'{"cells": [{"cell_type": "code", "source": "import os; os._exit(1)"}]}', "not a hand-in"),
        "work.zip": (b"PK\x03\x04", "archive"),
        "other1.json": (handed("D1", {"q1": "a"}), "Another file has the exam number D1"),
        "other2.json": (handed("D1", {"q1": "b"}), "Another file has the exam number D1"),
        "odd\x1b[2Jname\n.json": (b"{", "not JSON"),
    }
    for name, (raw, _) in files.items():
        (inbox / name).write_bytes(raw)
    expected = {name: why for name, (_, why) in files.items()}
    if os.name == "posix":
        (inbox / "link.json").symlink_to(secret)
        (inbox / "folder").symlink_to(inbox.parent)
        (inbox / "dangling.json").symlink_to("nowhere")
        os.mkfifo(inbox / "pipe.json")
        os.close(os.open(os.fsencode(inbox) + b"/\xff.json", os.O_CREAT))
        expected |= {
            "link.json": "link",
            "folder": "link",
            "dangling.json": "link",
            "pipe.json": "pipe",
            "\\udcff.json": "empty",
        }
    return {name.replace("\x1b", "\\u001b").replace("\n", "\\u000a"): why for name, why in expected.items()}


def test_each_bad_file_is_named_with_why_and_good_ones_are_graded(
    small_course: Path, inbox: Path, tmp_path: Path
) -> None:
    expected = hostile(inbox)
    (inbox / "good.json").write_bytes(handed("G1", RIGHT))
    before = {path for path in tmp_path.rglob("*") if not path.is_relative_to(tmp_path / "out")}
    report = grade([inbox], small_course / "exercises", tmp_path / "out")
    found = {notice.file: notice for notice in report.bad}
    assert set(found) == set(expected)
    for name, why in expected.items():
        assert why in found[name].what, name
        assert found[name].mend, name
    assert [row[0] for row in rows(tmp_path / "out/scores.csv")[1:]] == ["G1"]
    said = (tmp_path / "out/report.txt").read_text("utf-8")
    assert all(name in said for name in expected)
    assert "\x1b" not in said
    assert {path for path in tmp_path.rglob("*") if not path.is_relative_to(tmp_path / "out")} == before


def test_where_nothing_can_be_graded_that_is_said_and_nothing_is_lost(
    small_course: Path, inbox: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KNOWING_BENEFIT_COURSE", str(small_course))
    out = tmp_path / "out"

    def run(*files: str) -> tuple[int, str, str]:
        done = CliRunner().invoke(app, ["grade", *(str(inbox / name) for name in files), "--out", str(out)])
        assert "Traceback" not in done.output
        return done.exit_code, done.stdout, done.stderr

    (inbox / "bad.json").write_text("{")
    (inbox / "worse.zip").write_bytes(b"PK")
    (inbox / "good.json").write_bytes(handed("G1", RIGHT))

    code, said, told = run("bad.json")
    assert (code, said) == (1, "")
    assert "Nothing was graded: the one file that was given cannot be graded.\nNot graded. bad.json: " in told
    assert [path.name for path in out.iterdir() if not path.name.startswith(".")] == ["report.txt"]

    code, said, _ = run("bad.json", "good.json")
    assert code == 0 and said.startswith("1 graded, ") and "Not graded. bad.json: " in said
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file() and path.name != "report.txt"}

    code, said, told = run("bad.json", "worse.zip")
    assert (code, said) == (1, "")
    head = "Nothing was graded: none of 2 files can be. What was graded here before is as it was.\n"
    assert head in told and "bad.json" in told and "worse.zip" in told
    assert (out / "report.txt").read_text("utf-8").startswith(head)
    assert {path: path.read_bytes() for path in before} == before


def test_links_given_by_name_are_not_followed_either(small_course: Path, inbox: Path, tmp_path: Path) -> None:
    (inbox / "real.json").write_bytes(handed("R1", RIGHT))
    (inbox / "link.json").symlink_to(inbox / "real.json")
    report = grade([inbox / "link.json"], small_course / "exercises", tmp_path / "out")
    assert [notice.what for notice in report.bad] == ["It is a link, and links are not followed."]


def test_folders_nested_deeper_than_python_can_call_are_walked(small_course: Path, inbox: Path, tmp_path: Path) -> None:
    here, limit = os.getcwd(), sys.getrecursionlimit()
    try:
        os.chdir(inbox)
        for _ in range(400):
            os.mkdir("a")
            os.chdir("a")
        Path("deep.json").write_bytes(handed("Z1", RIGHT))
    finally:
        os.chdir(here)
    try:
        # Deeper folders still would do without this, and would break the tool that tidies up after the tests.
        sys.setrecursionlimit(300)
        report = grade([inbox], small_course / "exercises", tmp_path / "out")
    finally:
        sys.setrecursionlimit(limit)
    assert (report.graded, report.bad) == (1, [])


def test_what_is_odd_is_said_and_graded_as_far_as_it_goes(small_course: Path, inbox: Path, tmp_path: Path) -> None:
    (inbox / "a.json").write_bytes(handed("A1", {"q1": "z", "q2": ["a", "a"], "q99": "x", "q4": ["b"]}))
    (inbox / "b.json").write_bytes(handed("B2", RIGHT, version=2))
    (inbox / "b again.json").write_bytes(handed("B2", RIGHT, version=2))
    (inbox / "c.json").write_bytes(handed("C3", RIGHT, exercise="07_other"))
    (inbox / "notes.txt").write_text("hello")
    (inbox / ".DS_Store").write_text("")
    report = grade([inbox], small_course / "exercises", tmp_path / "out")
    assert report.bad == []
    said = "\n".join(str(notice) for notice in report.odd)
    for words in ("q1 is not one of the options", "q2 is not a choice", "q4 is not an order", "does not have: q99"):
        assert words in said
    for words in (
        "answered in version 2",
        "the same file as b again.json",
        "07_other, for which there is no key",
        "notes.txt",
    ):
        assert words in said
    scores = rows(tmp_path / "out/scores.csv")
    assert [(row[0], row[7], row[8]) for row in scores[1:]] == [
        ("A1", "0.00", "6"),
        ("B2", "14.00", "0"),
        ("C3", "0.00", "6"),
    ]


def test_grading_needs_keys_and_files(small_course: Path, inbox: Path, tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="no such file"):
        grade([inbox / "absent"], small_course / "exercises", tmp_path / "out")
    (tmp_path / "empty").mkdir()
    with pytest.raises(CourseError, match="empty: there is no hand-in here"):
        grade([tmp_path / "empty"], small_course / "exercises", tmp_path / "out")
    (small_course / "exercises/keys/01_small.yaml").unlink()
    with pytest.raises(CourseError, match="no keys"):
        grade([inbox], small_course / "exercises", tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t'=1"),
        ("  =1", "'  =1"),
        ("\r=1", "'=1"),
        ("\uff1d1+1", "'\uff1d1+1"),
        ("\N{NO-BREAK SPACE}=1", "' =1"),
        ("\u202e=1", "'=1"),
        ("a;=cmd|' /C calc'!A0", "a;'=cmd|' /C calc'!A0"),
        ("a\n=1", "a\n'=1"),
        ("\tx", "'\tx"),
        ('a";=1', "a\";'=1"),
        ("2.00", "2.00"),
        ("A vendor's “duty” = care - or not", "A vendor's “duty” = care - or not"),
    ],
)
def test_no_cell_is_a_formula(text: str, shown: str) -> None:
    assert cell(text) == shown


@given(st.text(st.sampled_from("=+-@;|\t\n\r '\"a\uff1d\xa0\u202e") | st.characters(), max_size=40))
def test_no_text_at_all_becomes_a_formula(text: str) -> None:
    shown = cell(text)
    assert not set(shown).intersection("\r\0\x1b")
    for part in re.split(r"[;\t|\n]", shown):
        assert part.strip()[:1] not in tuple("=+-@\uff1d\uff0b\uff0d\uff20")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(st.binary(max_size=300), st.integers(0, 400), st.integers(0, 400))
def test_no_damage_makes_it_fall_over(
    small_course: Path, inbox: Path, tmp_path: Path, noise: bytes, start: int, end: int
) -> None:
    good = handed("A1", RIGHT)
    (inbox / "x.json").write_bytes(good[:start] + noise + good[end:])
    (inbox / "good.json").write_bytes(handed("G1", RIGHT))
    report = grade([inbox], small_course / "exercises", tmp_path / "out")
    assert report.graded + len(report.bad) == 2
    assert any(row[0] == "G1" for row in rows(tmp_path / "out/scores.csv"))
