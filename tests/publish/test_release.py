"""Hand-out folders: no key reaches a student, answers survive an update, nothing outside the folder is touched."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from knowing_benefit.law.library import Library, library, whole_course
from knowing_benefit.law.source import CourseError, read_yaml
from knowing_benefit.publish import release as releasing
from knowing_benefit.publish.release import EDITIONS, MANIFEST, receive, release

ROOT = Path(__file__).parents[2]
LIBRARY = Library(ROOT)
RUN = 9
"""So many words in a row are nobody's turn of phrase: found elsewhere, they were copied."""

OPEN = re.compile(
    r"“[^”]*”|\*[^*]+\*(?:, (?:No\. [\w-]+|\d+ [A-Z][\w.]*(?: [\w.]+)?)(?: \([^)]*\))*)?|Here is what an opponent would say next"
)


@pytest.fixture(scope="module")
def student(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real course as students get it."""
    folder = tmp_path_factory.mktemp("handout") / "student"
    release(LIBRARY, "student", folder)
    return folder


def files_of(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


# -- What students get -------------------------------------------------------------------------------------------------


def test_the_student_s_folder_runs_by_itself(student: Path) -> None:
    there = files_of(student)
    assert {"course.py", "pyproject.toml", "README.md", "LICENSE", "release.json", "data/facts.yaml"} <= there
    assert {
        "src/knowing_benefit/cli.py",
        "src/knowing_benefit/view/lab.js",
        "src/knowing_benefit/view/lab.css",
    } <= there
    assert {
        "exercises/01_the_case.yaml",
        "exercises/practice/01_the_case.yaml",
        "exercises/briefs/01_the_case.yaml",
    } <= there
    lessons = {f"notebooks/{path.stem}.ipynb" for path in (ROOT / "lessons").glob("*.md")}
    assert lessons, "there are lessons"
    assert lessons <= there
    manifest = json.loads((student / MANIFEST).read_text("utf-8"))
    assert manifest["edition"] == "student"
    assert {*manifest["files"], MANIFEST} == there


def test_no_key_no_instructor_s_notebook_and_no_lesson_source(student: Path) -> None:
    there = files_of(student)
    assert [name for name in there if "keys" in name.split("/")] == []
    assert [name for name in there if "instructor" in name.split("/")] == []
    assert [
        name for name in there if name.startswith(("lessons/", "tests/", ".git", ".venv", "answers/", "hand-in/"))
    ] == []
    assert [name for name in there if "__pycache__" in name] == []


def sentences(data: Any, inside: bool = False) -> Iterator[str]:
    """Every text below a ``why``, ``rubric`` or ``model`` of a key."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield from sentences(value, inside or key in ("why", "rubric", "model"))
    elif isinstance(data, list):
        for value in data:
            yield from sentences(value, inside)
    elif inside and isinstance(data, str) and len(data.split()) > 3:
        yield data


def secrets() -> dict[str, str]:
    """What must not reach a student, by where it stands: reasons, rubrics and models of keys, and instructors' notes."""
    found = {}
    keys = sorted((ROOT / "exercises" / "keys").glob("*.yaml"))
    assert keys, "there are keys"
    for path in keys:
        # Nor is a quotation or a citation, which students have where they read the source, or the course's set phrase.
        for text in sentences(read_yaml(path).data):
            parts = OPEN.split(text)
            found.update({part: path.name for part in parts if len(parts) == 1 or len(part.split()) > RUN})
    for path in sorted((ROOT / "lessons").glob("*.md")):
        notes = re.findall(r"^:::\{instructor\}(.*?)^:::$", path.read_text("utf-8"), re.M | re.S)
        assert notes, f"{path.name} has notes for the instructor"
        # What a role stands for (a citation, say) is no secret; the words between roles are.
        parts = [part for note in notes for line in note.split("\n") for part in re.split(r"\{\w+\}`[^`]+`", line)]
        found.update({part: path.name for part in parts if len(re.findall(r"[A-Za-z]{2,}", part)) > RUN})
    return found


def forms(text: str) -> set[str]:
    """A text as it may stand in a file: on one line, as JSON (with and without escapes), as HTML; a long run of words of each."""
    flat = " ".join(text.split())
    words = flat.split(" ")
    starts = (0, max(0, len(words) // 2 - RUN // 2), max(0, len(words) - RUN))
    runs = {" ".join(words[start : start + RUN]) for start in starts if len(words) > RUN}
    found = set()
    for run in {flat, *runs}:
        html = run.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;").replace("'", "&#x27;")
        for form in (run, html):
            found |= {form, json.dumps(form)[1:-1], json.dumps(form, ensure_ascii=False)[1:-1]}
            found |= {json.dumps(json.dumps(form))[3:-3], form.replace("*", "")}
    return found


def squeezed(path: Path) -> str:
    """A file's words with its line breaks (also those inside JSON strings and YAML folds) taken for spaces."""
    text = path.read_text("utf-8", "replace")
    for broken in ('\\n",\n    "', "\\n", "\n"):
        text = text.replace(broken, " ")
    return " ".join(text.split())


def leaks(folder: Path) -> list[tuple[str, str]]:
    """File and text, for every secret that some file of a folder holds."""
    looked_for = {form: where for text, where in secrets().items() for form in forms(text)}
    # What a student may read anyway is no secret: the questions themselves, statutes, authorities.
    public = " ".join(squeezed(ROOT / name) for name in open_files())
    looked_for = {form: where for form, where in looked_for.items() if form not in public}
    assert len(looked_for) > 100, "there is something to look for"
    found = []
    for name in sorted(files_of(folder)):
        text = squeezed(folder / name)
        found += [(name, form) for form in looked_for if form in text]
    return found


def open_files() -> list[str]:
    """What is public whatever the keys say: the questions of the exercises and the data."""
    return [
        path.relative_to(ROOT).as_posix()
        for folder in ("exercises", "data", "data/authorities", "data/statutes", "data/readings", "data/doctrine")
        for path in sorted((ROOT / folder).glob("*.yaml"))
    ]


def test_no_words_of_a_key_or_an_instructor_s_note_reach_a_student(student: Path) -> None:
    assert leaks(student) == []


def test_a_leak_would_be_found(student: Path, tmp_path: Path) -> None:
    """The test above is worth something: each way of leaking is noticed."""
    secret = max((text for text, where in secrets().items() if where.endswith(".yaml")), key=len)
    wrapped = "\n    ".join(secret.split(" "))
    for place, content in enumerate(
        [secret, json.dumps({"why": secret}), json.dumps({"cells": [json.dumps(secret)]}), f"why: >-\n    {wrapped}"]
    ):
        folder = tmp_path / str(place)
        folder.mkdir()
        (folder / "x.txt").write_text(content, "utf-8")
        assert leaks(folder), content


def test_the_instructor_s_folder_has_everything(tmp_path: Path) -> None:
    release(LIBRARY, "instructor", tmp_path / "all")
    there = files_of(tmp_path / "all")
    assert {
        "exercises/keys/01_the_case.yaml",
        "lessons/01_the_case.md",
        "notebooks/instructor/01_the_case.ipynb",
    } <= there


# -- Making and updating, on a small course ----------------------------------------------------------------------------


@pytest.fixture
def small(small_course: Path) -> Library:
    (small_course / "notebooks").mkdir()
    (small_course / "notebooks" / "01_small.ipynb").write_text("{}")
    return Library(small_course)


def test_an_update_keeps_what_the_release_did_not_put_there(small: Library, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    release(small, "student", folder)
    (folder / "answers").mkdir()
    (folder / "answers" / "01_small.json").write_text("mine")
    (folder / "hand-in").mkdir()
    (folder / "hand-in" / "A17.json").write_text("mine too")
    (folder / "notebooks" / "my notes.ipynb").write_text("notes")
    (small.root / "notebooks" / "01_small.ipynb").unlink()
    (small.root / "notebooks" / "01_new.ipynb").write_text("{}")
    (small.root / "course.py").write_text("# newer")
    release(small, "student", folder)
    assert (folder / "answers" / "01_small.json").read_text() == "mine"
    assert (folder / "hand-in" / "A17.json").read_text() == "mine too"
    assert (folder / "notebooks" / "my notes.ipynb").read_text() == "notes"
    assert (folder / "course.py").read_text() == "# newer"
    assert (folder / "notebooks" / "01_new.ipynb").is_file()
    assert not (folder / "notebooks" / "01_small.ipynb").exists(), "what the new release no longer has is removed"


def test_two_releases_are_the_same(small: Library, tmp_path: Path) -> None:
    for name in ("one", "two"):
        release(small, "student", tmp_path / name)
    one, two = (
        {name: (tmp_path / folder / name).read_bytes() for name in files_of(tmp_path / folder)}
        for folder in ("one", "two")
    )
    assert one == two


def test_an_empty_folder_is_as_good_as_none(small: Library, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    assert release(small, "student", tmp_path / "out") == len(files_of(tmp_path / "out")) - 1


FOREIGN: dict[str, Callable[[Path], Any]] = {
    "somebody's files": lambda folder: (folder / "thesis.docx").write_text("years of work"),
    "a hidden file": lambda folder: (folder / ".thesis").write_text("years of work"),
    "a list that is no list": lambda folder: (folder / MANIFEST).write_text("thesis"),
    "a list of another kind": lambda folder: (folder / MANIFEST).write_text('["thesis"]'),
    "a list without files": lambda folder: (folder / MANIFEST).write_text('{"edition": "student"}'),
    "files that are a number": lambda folder: (folder / MANIFEST).write_text('{"edition": "student", "files": 3}'),
    "a list nested without end": lambda folder: (folder / MANIFEST).write_text("[" * 100_000),
    "a list in another encoding": lambda folder: (folder / MANIFEST).write_bytes(b"\xff\xfe{"),
    "a list that is a folder": lambda folder: (folder / MANIFEST).mkdir(),
    "another edition": lambda folder: (folder / MANIFEST).write_text('{"edition": "instructor", "files": []}'),
}


@pytest.mark.parametrize("make", FOREIGN.values(), ids=FOREIGN.keys())
def test_a_folder_that_is_not_an_earlier_release_is_refused(
    small: Library, tmp_path: Path, make: Callable[[Path], Any]
) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    make(folder)
    before = files_of(folder)
    with pytest.raises(CourseError) as caught:
        release(small, "student", folder)
    assert caught.value.faults[0].mend
    assert files_of(folder) == before, "nothing was written"


def test_a_file_is_not_a_folder(small: Library, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(CourseError):
        release(small, "student", tmp_path / "out")
    assert (tmp_path / "out").read_text() == "a file"


@pytest.mark.parametrize("inside", ["data/out", "src/knowing_benefit/out", "exercises/out", "notebooks"])
def test_a_release_into_what_is_released_is_refused(small: Library, inside: str) -> None:
    before = files_of(small.root)
    with pytest.raises(CourseError, match="part of what is released"):
        release(small, "student", small.root / inside)
    assert files_of(small.root) == before


def test_a_release_beside_the_sources_is_fine(small: Library) -> None:
    release(small, "student", small.root / "handout")
    first = files_of(small.root / "handout")
    release(small, "student", small.root / "handout")
    assert files_of(small.root / "handout") == first


def test_an_unknown_edition(small: Library, tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="There are: student, selfpaced, instructor, nbgrader, quiz"):
        release(small, "studnet", tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert set(EDITIONS) >= {"student", "instructor"}


TRICKS = [
    "../precious.txt",
    "data/../../precious.txt",
    "notebooks/../answers/01_small.json",
    "answers/01_small.json",
    "hand-in/A17.json",
    "./answers/01_small.json",
    "data/link/precious.txt",
    "data/precious-link.txt",
    "",
    ".",
    "..",
    "/",
    "data",
    "answers",
    "data/\x00",
    "data/\ud800",
    "data/" + "x" * 5000,
    "C:\\precious.txt",
    "..\\precious.txt",
    "data\\..\\..\\precious.txt",
    "~/precious.txt",
]


@pytest.mark.parametrize(
    "trick", [*TRICKS, "(absolute)", 12, None, ["data"], {"data": 1}], ids=lambda trick: ascii(trick)[:40]
)
def test_an_edited_list_of_files_does_no_harm(small: Library, tmp_path: Path, trick: Any) -> None:
    folder = tmp_path / "out"
    release(small, "student", folder)
    precious = tmp_path / "precious.txt"
    precious.write_text("precious")
    for name in ("answers/01_small.json", "hand-in/A17.json"):
        (folder / name).parent.mkdir()
        (folder / name).write_text("mine")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "precious.txt").write_text("precious")
    if os.name == "posix":
        (folder / "data" / "link").symlink_to(elsewhere, target_is_directory=True)
        (folder / "data" / "precious-link.txt").symlink_to(precious)
    manifest = json.loads((folder / MANIFEST).read_text())
    manifest["files"].append(str(precious) if trick == "(absolute)" else trick)
    (folder / MANIFEST).write_text(json.dumps(manifest))
    release(small, "student", folder)
    assert precious.read_text() == (elsewhere / "precious.txt").read_text() == "precious"
    assert (folder / "answers" / "01_small.json").read_text() == (folder / "hand-in" / "A17.json").read_text() == "mine"
    assert (folder / "course.py").is_file()
    assert (folder / "data" / "authorities" / "gg.yaml").is_file()


def test_a_release_that_is_interrupted_can_be_taken_up_again(
    small: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "out"
    write = releasing.write_atomic
    written: list[Path] = []

    def stop_at_the_third(path: Path, content: str | bytes, **how: bool) -> None:
        if len(written) == 3:
            raise KeyboardInterrupt
        written.append(path)
        write(path, content, **how)

    monkeypatch.setattr(releasing, "write_atomic", stop_at_the_third)
    with pytest.raises(KeyboardInterrupt):
        release(small, "student", folder)
    monkeypatch.undo()
    release(small, "student", folder)
    release(small, "student", tmp_path / "whole")
    assert files_of(folder) == files_of(tmp_path / "whole")


# -- A copy for each student, as on a JupyterHub -----------------------------------------------------------------------


def test_a_copy_is_made_once_and_then_only_for_a_new_release(small: Library, tmp_path: Path) -> None:
    release(small, "student", tmp_path / "out")
    assert receive(tmp_path / "out", tmp_path / "copy") is True
    assert files_of(tmp_path / "copy") == files_of(tmp_path / "out")
    release(small, "student", tmp_path / "out")
    assert receive(tmp_path / "out", tmp_path / "copy") is False, "the same release again is nothing new"
    (small.root / "CITATION.cff").write_text("news", "utf-8")
    release(small, "student", tmp_path / "out")
    assert receive(tmp_path / "out", tmp_path / "copy") is True
    assert (tmp_path / "copy" / "CITATION.cff").read_text("utf-8") == "news"


def test_a_new_release_leaves_answers_and_keeps_changed_notebooks_beside_it(small: Library, tmp_path: Path) -> None:
    notebook = small.root / "notebooks" / "01_small.ipynb"
    release(small, "student", tmp_path / "out")
    receive(tmp_path / "out", tmp_path / "copy")
    mine = tmp_path / "copy" / "notebooks" / notebook.name
    (tmp_path / "copy" / "answers").mkdir()
    (tmp_path / "copy" / "answers" / "01_small.json").write_text("mine", "utf-8")
    for number, ending in enumerate(("", " 2"), 1):
        mine.write_text(f"with my notes {number}", "utf-8")
        notebook.write_text(f"a newer lesson {number}", "utf-8")
        release(small, "student", tmp_path / "out")
        receive(tmp_path / "out", tmp_path / "copy")
        assert mine.read_text("utf-8") == f"a newer lesson {number}"
        assert mine.with_stem(f"01_small (yours{ending})").read_text("utf-8") == f"with my notes {number}"
    notebook.write_text("the newest", "utf-8")
    release(small, "student", tmp_path / "out")
    receive(tmp_path / "out", tmp_path / "copy")
    assert len(list((tmp_path / "copy" / "notebooks").glob("*(yours*"))) == 2, "one that was only read leaves nothing"
    mine.write_text("with my last notes", "utf-8")
    notebook.rename(notebook.with_stem("02_small"))
    release(small, "student", tmp_path / "out")
    receive(tmp_path / "out", tmp_path / "copy")
    assert not mine.exists()
    assert mine.with_stem("01_small (yours 3)").read_text("utf-8") == "with my last notes"
    assert (tmp_path / "copy" / "answers" / "01_small.json").read_text("utf-8") == "mine"


def test_a_copy_that_was_interrupted_is_taken_up_again(
    small: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    release(small, "student", tmp_path / "out")
    write = releasing.write_atomic
    written: list[Path] = []

    def stop_at_the_fifth(path: Path, content: str | bytes, **how: bool) -> None:
        if len(written) == 5:
            raise KeyboardInterrupt
        written.append(path)
        write(path, content, **how)

    monkeypatch.setattr(releasing, "write_atomic", stop_at_the_fifth)
    with pytest.raises(KeyboardInterrupt):
        receive(tmp_path / "out", tmp_path / "copy")
    monkeypatch.undo()
    assert receive(tmp_path / "out", tmp_path / "copy") is True
    assert files_of(tmp_path / "copy") == files_of(tmp_path / "out")


def test_only_a_release_is_received_and_nothing_else_overwritten(small: Library, tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="no released folder"):
        receive(tmp_path / "nothing", tmp_path / "copy")
    release(small, "student", tmp_path / "out")
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy" / "thesis.txt").write_text("years of work", "utf-8")
    with pytest.raises(CourseError, match="not an earlier release"):
        receive(tmp_path / "out", tmp_path / "copy")
    assert files_of(tmp_path / "copy") == {"thesis.txt"}


def test_what_is_made_from_lessons_is_refused_in_a_students_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "handout"
    (folder / "data").mkdir(parents=True)
    (folder / "course.py").touch()
    monkeypatch.setenv("KNOWING_BENEFIT_COURSE", str(folder))
    with pytest.raises(CourseError, match=r"handout: this is a student's copy .* instructor's copy"):
        whole_course()


@pytest.mark.parametrize(("edition", "says"), [("student", "To hand in"), ("selfpaced", "Nothing is handed in")])
def test_a_readers_copy_has_a_readme_that_names_nothing_it_lacks(edition: str, says: str, tmp_path: Path) -> None:
    release(library(), edition, tmp_path / "out")
    text = (tmp_path / "out" / "README.md").read_text("utf-8")
    assert says in text
    assert "instructor" not in text
    for name in re.findall(r"\]\(([^)]+)\)|`(LICENSE[^`]*)`", text):
        assert (tmp_path / "out" / "".join(name)).is_file(), name


def test_an_instructor_s_copy_promises_no_tests(tmp_path: Path) -> None:
    copied = releasing._copied(LIBRARY, "instructor")["README.md"]
    text = copied.decode() if isinstance(copied, bytes) else copied.read_text("utf-8")
    assert "course.py test" not in text and "Two commands" not in text and "first command" not in text
    assert "course.py open" in text and "course.py release student" in text
