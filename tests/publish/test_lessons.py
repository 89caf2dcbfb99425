"""Lessons are read with their lines, their boxes and roles become plain Markdown, and mistakes in them are told."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from knowing_benefit.law.library import Library
from knowing_benefit.law.source import CourseError
from knowing_benefit.publish import build
from knowing_benefit.publish.lessons import BOXES, Lesson, read_lesson, read_lessons, statute_parts, text_of

FRONT = """\
---
kernelspec:
  name: python3
course:
  number: 1
  slug: small
  title: A small lesson
  promise: You can tell a box from a role.
  minutes: {reading: 20, doing: 15}
  objectives:
    - {id: "1.1", text: Distinguish a box from a role.}
    - {id: "1.2", text: Apply both.}
    - {id: "1.3", text: Argue about neither.}
  as_of: "2026-11-23"
---
"""
FIRST = FRONT.count("\n") + 1
"""The line on which a lesson's body begins."""

STATUTE = """\
id: usc-18-1595
cite: 18 U.S.C. § 1595
title: Civil remedy
versions:
  - from: "2023-01-05"
    act: {law: Pub. L. No. 117-347, section: "102", stat: 136 Stat. 6200, date: "2023-01-05", what: Adds attempts.}
    status: verified
    complete: true
    quotable: true
    text: {a: Some words.}
    sources: [the code]
"""

Put = Callable[..., Path]


@pytest.fixture
def opened(small_course: Path) -> Library:
    """The small course, with a statute."""
    path = small_course / "data" / "statutes" / "usc-18-1595.yaml"
    path.parent.mkdir()
    path.write_text(STATUTE, "utf-8")
    return Library(small_course)


@pytest.fixture
def put(opened: Library) -> Put:
    """Writes a lesson with this body, or this whole text, and says where it is."""

    def write(body: str = "Words.\n", front: str = FRONT, name: str = "01_small.md") -> Path:
        path = opened.root / "lessons" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(front + body, "utf-8")
        return path

    return write


def told(problem: pytest.ExceptionInfo[CourseError]) -> list[tuple[str, int, str, str]]:
    return [(Path(fault.file).name, fault.line, fault.what, fault.mend) for fault in problem.value.faults]


# -- Front matter ------------------------------------------------------------------------------------------------------


def test_a_lesson_is_read_with_its_lines(put: Put) -> None:
    lesson = read_lesson(put("One.\n\nTwo {case}`gg`.\n"))
    assert (lesson.name, lesson.front.number, lesson.front.minutes.doing) == ("01_small", 1, 15)
    assert lesson.front.objectives[2].text == "Argue about neither."
    [(role, content, offset)] = lesson.roles()
    assert (role, content, lesson.line(offset)) == ("case", "gg", FIRST + 2)
    assert lesson.fault(offset, "x").line == FIRST + 2


@pytest.mark.parametrize(
    ("right", "wrong", "line", "what", "mend"),
    [
        ("  title: A small lesson\n", "", 4, "title is missing", ""),
        ("  title:", "  titel:", 7, "'titel' is not a field here", "Did you mean 'title'?"),
        ("number: 1", "number: one", 5, "number must be a whole number", ""),
        ("{reading: 20, doing: 15}", "{reading: 20}", 9, "minutes.doing is missing", ""),
        ("{reading: 20, doing: 15}", "35", 9, "minutes must be a mapping", ""),
        ('    - {id: "1.3", text: Argue about neither.}\n', "", 10, "objectives list should have at least 3 items", ""),
        ("text: Apply both.", "txt: Apply both.", 12, "objectives.1.txt is not a field here", ""),
        ("slug: small", "slug: large", 6, "number and slug do not give the file's name '01_small.md'", ""),
        ("  promise:", "  title:", 8, "the key 'title' stands twice", "Keep one of them."),
        ("  promise:", "\tpromise:", 8, "not valid YAML", "Use spaces, not tabs"),
        ("promise: You", "promise: *You", 8, "anchors", "in full"),
        ('as_of: "2026-11-23"', 'as_of: "2026-11-23', 14, "not valid YAML", "quotes"),
    ],
)
def test_faults_of_the_front_matter_by_line(put: Put, right: str, wrong: str, line: int, what: str, mend: str) -> None:
    assert right in FRONT
    path = put(front=FRONT.replace(right, wrong))
    with pytest.raises(CourseError) as caught:
        read_lesson(path)
    assert any(
        (file, at) == ("01_small.md", line) and what in said and mend in advice
        for file, at, said, advice in told(caught)
    ), told(caught)


@pytest.mark.parametrize(
    ("front", "line", "what"),
    [
        ("", 1, "the front matter is missing"),
        ("# A title\n", 1, "the front matter is missing"),
        ("---\ncourse: x\n", 1, "the front matter is missing"),
        ("---\n\n---\n", 2, "the file is empty"),
        ("---\nkernelspec: {name: python3}\n---\n", 2, "the front matter has no course: part"),
        ("---\n- a list\n---\n", 2, "the front matter has no course: part"),
        ("---\nkernelspec: {name: python3}\ncourse:\n---\n", 3, "course must be a mapping"),
    ],
)
def test_no_front_matter(put: Put, front: str, line: int, what: str) -> None:
    with pytest.raises(CourseError) as caught:
        read_lesson(put(front=front))
    [(file, at, said, _)] = told(caught)
    assert (file, at) == ("01_small.md", line)
    assert said.startswith(what)


def test_windows_line_ends_change_nothing(put: Put) -> None:
    path = put("One.\n\n:::{takeaway}\nTwo.\n:::\n")
    before = read_lesson(path)
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert read_lesson(path) == before


def test_a_folder_of_lessons(put: Put, opened: Library) -> None:
    put()
    put(front=FRONT.replace("number: 1", "number: 0").replace("slug: small", "slug: start"), name="00_start.md")
    assert [lesson.name for lesson in read_lessons(opened.root)] == ["00_start", "01_small"]
    put(front=FRONT.replace("slug: small", "slug: other"), name="01_other.md")
    with pytest.raises(CourseError, match=r"'01_other\.md' has the number 1 already"):
        read_lessons(opened.root)


def test_a_lesson_by_a_wrong_name_is_not_passed_over(put: Put, opened: Library) -> None:
    put(name="1_small.md")
    with pytest.raises(CourseError, match=r"do not give the file's name '1_small.md'"):
        read_lessons(opened.root)


# -- Boxes -------------------------------------------------------------------------------------------------------------


def text(put: Put, opened: Library, body: str, edition: str = "student") -> str:
    return text_of(read_lesson(put(body)), opened, edition)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", [kind for kind in BOXES if kind not in ("predict", "instructor")])
def test_a_box_becomes_a_quotation_with_a_bold_lead(put: Put, opened: Library, kind: str) -> None:
    found = text(put, opened, f"Before.\n\n:::{{{kind}}} Its title\nOne.\n\nTwo.\n:::\n\nAfter.\n")
    assert f"> **{BOXES[kind]}: Its title**\n>\n> One.\n>\n> Two.\n" in found
    assert ":::" not in found
    assert found.startswith("Before.\n")
    assert found.rstrip().endswith("\nAfter.")


def test_a_box_without_a_title(put: Put, opened: Library) -> None:
    assert "> **Take-away**\n>\n> One." in text(put, opened, ":::{takeaway}\nOne.\n:::\n")


def test_a_prediction_is_folded(put: Put, opened: Library) -> None:
    found = text(put, opened, ":::{predict} Who wins?\nThe vendor.\n:::\n")
    assert (
        "<details><summary><strong>Before you read on.</strong> Who wins?</summary>\n\nThe vendor.\n\n</details>"
        in found
    )


def test_the_instructor_s_box_is_in_the_instructor_s_edition_only(put: Put, opened: Library) -> None:
    body = "Common.\n\n:::{instructor} Plan\nAsk who pays. {case}`gg`\n:::\n\nAfter.\n"
    student, instructor = text(put, opened, body), text(put, opened, body, "instructor")
    assert "Ask who pays" not in student
    assert "instructor" not in student.lower()
    assert "> **For the instructor: Plan**\n>\n> Ask who pays. *G.G.*" in instructor
    assert all(word in student and word in instructor for word in ("Common.", "After."))


@pytest.mark.parametrize(
    ("body", "line", "what", "mend"),
    [
        ("One.\n\n:::{takaway}\nTwo.\n:::\n", 2, "there is no box 'takaway'", "Did you mean 'takeaway'?"),
        ("One.\n:::{Takeaway}\nTwo.\n:::\n", 1, "there is no box 'Takeaway'", "Did you mean 'takeaway'?"),
        (":::{other_side} T\nTwo.\n:::\n", 0, "there is no box 'other_side'", "Did you mean 'other-side'?"),
        (":::{} T\nTwo.\n:::\n", 0, "there is no box ''", ""),
        ("One.\n\n:::{takeaway}\nTwo.\n", 2, "the box 'takeaway' is not closed", "Close it"),
        ("One.\n\n:::{instructor}\nTwo.\n", 2, "the box 'instructor' is not closed", "Close it"),
        (":::{worked} A\nOne.\n:::{takeaway}\nTwo.\n:::\n:::\n", 2, "a box opens inside a box", "Close the first"),
        ("One.\n\n:::\n", 2, "a box is closed that was not opened", "Delete this line"),
        (":::{takeaway}\nOne.\n:::\n:::\n", 3, "a box is closed that was not opened", "Delete this line"),
        (":::takeaway\nOne.\n:::\n", 0, "':::takeaway' neither opens nor closes a box", "Write :::"),
    ],
)
def test_mistakes_in_boxes_by_line(put: Put, opened: Library, body: str, line: int, what: str, mend: str) -> None:
    for edition in ("student", "instructor"):
        with pytest.raises(CourseError) as caught:
            text(put, opened, body, edition)
        [(file, at, said, advice)] = told(caught)
        assert (file, at, said) == ("01_small.md", FIRST + line, what)
        assert mend in advice


# -- Roles -------------------------------------------------------------------------------------------------------------


def test_roles_become_citations(put: Put, opened: Library) -> None:
    found = text(
        put,
        opened,
        "See {cite}`gg`. Then {case}`gg`, a {term}`venture`, {statute}`usc-18-1595(a)` and {statute}`usc-18-1595`.\n",
    )
    assert 'See *G.G. v. Salesforce.com, Inc.*, 76 F.4th 544 (7th Cir. 2023) <abbr title="verified">✓</abbr>.' in found
    assert "Then *G.G.*, a venture, 18 U.S.C. § 1595(a) and 18 U.S.C. § 1595." in found
    assert not re.search(r"\{(cite|case|term|statute)\}", found)


@pytest.mark.parametrize(
    ("body", "line", "what", "mend"),
    [
        ("One.\n\nSee {cite}`gh`.\n", 2, "there is no 'gh' here", "Did you mean 'gg'?"),
        ("See {case}`gg` and {case}`gh`.\n\nAnd {case}`gh`.\n", 0, "there is no 'gh' here", "Did you mean 'gg'?"),
        ("One.\n{statute}`usc-18-1594(a)`\n", 1, "there is no 'usc-18-1594' here", "Did you mean 'usc-18-1595'?"),
        ("One.\n{cite}`../../secret`\n", 1, "there is no '../../secret' here", ""),
        ("One.\n\n{cites}`gg`\n", 2, "there is no role 'cites'", "Did you mean 'cite'?"),
        ("{authority}`gg`\n", 0, "there is no role 'authority'", ""),
        ("One {cite}`gg\nsecond` line.\n", 0, "the role {cite} is empty or does not end on its line", "backtick"),
        ("One.\n\n{case}``\n", 2, "the role {case} is empty or does not end on its line", "backtick"),
    ],
)
def test_mistakes_in_roles_by_line(put: Put, opened: Library, body: str, line: int, what: str, mend: str) -> None:
    with pytest.raises(CourseError) as caught:
        text(put, opened, body)
    [(file, at, said, advice)] = told(caught)
    assert (file, at, said) == ("01_small.md", FIRST + line, what)
    assert mend in advice


def test_a_fault_inside_a_source_is_told_in_its_own_file(put: Put, opened: Library) -> None:
    path = opened.root / "data" / "authorities" / "gg.yaml"
    path.write_text(path.read_text().replace("kind: case", "kind: cases"))
    with pytest.raises(CourseError) as caught:
        text(put, opened, "One.\n\n{case}`gg`\n")
    [(file, line, said, mend)] = told(caught)
    assert (file, line, mend) == ("gg.yaml", 2, "Did you mean 'case'?")
    assert "'cases' is not one of" in said


def test_statutes_and_their_subsections() -> None:
    assert statute_parts("usc-18-1595(a)") == ("usc-18-1595", "(a)")
    assert statute_parts("usc-47-230(e)(5)(A)") == ("usc-47-230", "(e)(5)(A)")
    assert statute_parts("usc-18-1595") == ("usc-18-1595", "")


# -- Editions ----------------------------------------------------------------------------------------------------------

CELL = '```{code-cell} ipython3\nfrom knowing_benefit import lab; lab("x")\n```\n'


def test_code_cells_are_found_with_their_lines(put: Put) -> None:
    lesson = read_lesson(put(f"One.\n\n{CELL}\nTwo.\n\n{CELL}"))
    assert [(code, lesson.line(offset)) for code, offset in lesson.cells()] == [
        ('from knowing_benefit import lab; lab("x")', FIRST + 3),
        ('from knowing_benefit import lab; lab("x")', FIRST + 9),
    ]


def test_what_an_edition_cites_is_what_its_reader_sees(put: Put) -> None:
    lesson = read_lesson(
        put(
            "{term}`venture` {statute}`usc-18-1595(a)`\n\n:::{instructor} Plan\n{case}`gg`\n:::\n\n{statute}`usc-18-1595(c)`\n"
        )
    )
    assert lesson.cited("student") == ["usc-18-1595"]
    assert lesson.cited("instructor") == ["usc-18-1595", "gg"]


def made(put: Put, opened: Library, body: str, edition: str) -> str:
    """The notebook's words before it is run."""
    lesson: Lesson = read_lesson(put(body))
    notebook = build._notebook(lesson, opened, [lesson], edition)  # type: ignore[arg-type]
    return "\n".join(cell.source for cell in notebook.cells)


def test_the_editions_of_a_notebook(put: Put, opened: Library) -> None:
    body = "Common.\n\n:::{instructor} Plan\nAsk. {case}`gg`\n:::\n"
    student, instructor = made(put, opened, body, "student"), made(put, opened, body, "instructor")
    assert "**Instructor edition.** Do not hand out" in instructor
    assert "Salesforce" in instructor, "the list of authorities names what the notes cite"
    assert "instructor" not in student.lower()
    assert "Salesforce" not in student, "the list of authorities does not tell what the notes are about"
    for words in (student, instructor):
        assert "# Lesson 1. A small lesson" in words
        assert "20 minutes to read, 15 to do" in words
        assert "1. Distinguish a box from a role." in words
