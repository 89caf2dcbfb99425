"""nbval cannot pass in silence: what it would not compare is not there, and what it compares it really compares."""

from __future__ import annotations

import copy
import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as Tree
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from guard import WIDGET, code_cells, faults, missing_and_strays, text

ROOT = Path(__file__).parents[2]
BUILT = sorted((ROOT / "notebooks").glob("*.ipynb")) + sorted((ROOT / "notebooks" / "instructor").glob("*.ipynb"))
LESSON = ROOT / "notebooks" / "01_the_case.ipynb"

Notebook = dict[str, Any]


def test_there_are_lessons_and_each_has_both_notebooks_and_nothing_else_is_there() -> None:
    assert sorted((ROOT / "lessons").glob("*.md"))
    assert missing_and_strays(ROOT) == ([], [])


@pytest.mark.parametrize("path", BUILT or [LESSON], ids=lambda path: path.relative_to(ROOT / "notebooks").as_posix())
def test_a_built_notebook_has_nothing_that_nbval_would_pass_over(path: Path) -> None:
    assert faults(path) == []


def test_editions_say_which_they_are() -> None:
    for path in BUILT:
        edition = json.loads(path.read_text("utf-8"))["metadata"]["knowing_benefit"]["edition"]
        assert edition == ("instructor" if path.parent.name == "instructor" else "student")


# -- The guard itself --------------------------------------------------------------------------------------------------

GOOD: Notebook = {
    "cells": [
        {"cell_type": "markdown", "id": "a", "metadata": {}, "source": "Words."},
        {
            "cell_type": "code",
            "id": "b",
            "metadata": {"tags": ["remove-input"]},
            "execution_count": 1,
            "source": 'from knowing_benefit import lab; lab("x")',
            "outputs": [
                {
                    "output_type": "execute_result",
                    "execution_count": 1,
                    "metadata": {},
                    "data": {"text/plain": ["A verdict.\n", "A reason."], "text/html": "<p>A verdict.</p>"},
                }
            ],
        },
    ],
    "metadata": {"language_info": {"name": "python"}},
    "nbformat": 4,
    "nbformat_minor": 5,
}


def cell(notebook: Notebook) -> dict[str, Any]:
    return code_cells(notebook)[0]


def data(notebook: Notebook) -> dict[str, Any]:
    found: dict[str, Any] = cell(notebook)["outputs"][0]["data"]
    return found


BAD: dict[str, tuple[Callable[[Notebook], Any], str]] = {
    "stripped": (lambda n: cell(n).update(execution_count=None, outputs=[]), "no execution count"),
    "stripped of outputs": (lambda n: cell(n).update(outputs=[]), "no output"),
    "outputs by null": (lambda n: cell(n).update(outputs=None), "no output"),
    "not run": (lambda n: cell(n).update(execution_count=None), "no execution count"),
    "run by true": (lambda n: cell(n).update(execution_count=True), "no execution count"),
    "no words": (lambda n: data(n).pop("text/plain"), "no output in words"),
    "empty words": (lambda n: data(n).update({"text/plain": [" ", "\n"]}), "no output in words"),
    "words of an object": (
        lambda n: data(n).update({"text/plain": "<knowing_benefit.view.lab.Lab object at 7>"}),
        "name of an object",
    ),
    "an address": (lambda n: data(n).update({"text/plain": "a Lab at 0x7f1548d06520"}), "sign of one machine"),
    "a path": (lambda n: data(n).update({"text/html": "see /home/me/course"}), "sign of one machine"),
    "a picture": (lambda n: data(n).update({"image/png": "iVBOR"}), "a picture (image/png)"),
    "a drawing": (lambda n: data(n).update({"image/svg+xml": "<svg/>"}), "a picture (image/svg+xml)"),
    "a live widget": (lambda n: data(n).update({WIDGET: {"model_id": "x"}}), "live widget"),
    "alt text in metadata": (lambda n: cell(n)["outputs"][0].update(metadata={"image/png": {"alt": "x"}}), "metadata"),
    "an error": (
        lambda n: cell(n)["outputs"].append({"output_type": "error", "ename": "ValueError"}),
        "it fails: ValueError",
    ),
    "a print": (
        lambda n: cell(n)["outputs"].append({"output_type": "stream", "name": "stderr", "text": "x"}),
        "prints to stderr",
    ),
    "a semicolon": (lambda n: cell(n).update(source="lab('x') ; "), "semicolon"),
    "interact": (lambda n: cell(n).update(source="widgets.interact(f, x=1)"), "calls interact"),
    "Output": (lambda n: cell(n).update(source="Output()"), "calls Output"),
    "clear_output": (lambda n: cell(n).update(source="clear_output(wait=True)"), "calls clear_output"),
    "input": (lambda n: cell(n).update(source="name = input('Your name?')"), "calls input"),
    "two lines": (lambda n: cell(n).update(source=["a = 1\n", "a"]), "more than one line"),
    "a magic": (lambda n: cell(n).update(source="%matplotlib inline"), "not plain Python"),
    "a shell": (lambda n: cell(n).update(source="!ls"), "not plain Python"),
    "a tag to skip": (lambda n: cell(n)["metadata"]["tags"].append("nbval-skip"), "look away"),
    "a tag to ignore": (lambda n: cell(n)["metadata"]["tags"].append("nbval-ignore-output"), "look away"),
    "a tag to fail": (lambda n: cell(n)["metadata"]["tags"].append("raises-exception"), "look away"),
    "a comment to skip": (lambda n: cell(n).update(source="lab('x')  # NBVAL_IGNORE_OUTPUT"), "look away"),
    "no code": (lambda n: n["cells"].pop(), "nothing to compare"),
    "stored widgets": (lambda n: n["metadata"].update(widgets={}), "state of widgets"),
    "the version of Python": (lambda n: n["metadata"]["language_info"].update(version="3.11.7"), "version of Python"),
    "one id twice": (lambda n: cell(n).update(id="a"), "without an id of their own"),
}


def test_a_good_notebook_is_good(tmp_path: Path) -> None:
    (tmp_path / "good.ipynb").write_text(json.dumps(GOOD))
    assert faults(tmp_path / "good.ipynb") == []


@pytest.mark.parametrize(("spoil", "what"), BAD.values(), ids=BAD.keys())
def test_the_guard_sees_what_is_wrong(tmp_path: Path, spoil: Callable[[Notebook], Any], what: str) -> None:
    notebook = copy.deepcopy(GOOD)
    spoil(notebook)
    (tmp_path / "bad.ipynb").write_text(json.dumps(notebook))
    found = faults(tmp_path / "bad.ipynb")
    assert any(what in fault for fault in found), found


def test_the_guard_sees_every_stripped_cell_of_a_real_notebook(tmp_path: Path) -> None:
    notebook = json.loads(LESSON.read_text("utf-8"))
    for one in code_cells(notebook):
        one.update(execution_count=None, outputs=[])
    (tmp_path / "stripped.ipynb").write_text(json.dumps(notebook))
    found = faults(tmp_path / "stripped.ipynb")
    for one in code_cells(notebook):
        assert f"cell {one['id']}: no execution count: it was not run, and nothing is compared" in found


def test_the_guard_sees_what_is_missing_and_what_is_too_many(tmp_path: Path) -> None:
    for name in ("lessons/01_a.md", "lessons/02_b.md", "notebooks/01_a.ipynb", "notebooks/instructor/02_b.ipynb"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    strays = ("notebooks/03_c.ipynb", "notebooks/old/01_a.ipynb", "notebooks/instructor/notes.txt")
    for name in strays:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    missing, found = missing_and_strays(tmp_path)
    assert [path.relative_to(tmp_path).as_posix() for path in missing] == [
        "notebooks/02_b.ipynb",
        "notebooks/instructor/01_a.ipynb",
    ]
    assert {path.relative_to(tmp_path).as_posix() for path in found} == set(strays)


# -- The proof: nbval sees a changed verdict, date and citation --------------------------------------------------------

_MONTH = "(?:January|February|March|April|May|June|July|August|September|October|November|December)"
CHANGES: dict[str, tuple[str, Callable[[str], str]]] = {
    "verdict": (
        r"The claim survives the motion to dismiss\.",
        lambda _: "Dismissed: the complaint does not state a claim.",
    ),
    "element": (r"Participation in the venture: ● Met", lambda found: found.replace("● Met", "✕ Not met")),
    "badge": (r"◐ secondary", lambda _: "✓ verified"),
    "date": (rf"{_MONTH} \d{{1,2}}, \d{{4}}", lambda found: found[:-1] + str((int(found[-1]) + 1) % 10)),
    "citation": (
        r"\d+ F\.[34]d? ?t?h? ?\d+|\d+ U\.S\.C\. § \d+",
        lambda found: found[:-1] + str((int(found[-1]) + 1) % 10),
    ),
}
"""What is changed in the stored words of a cell: a pattern, and what its first match becomes."""


def changed(notebook: Notebook, name: str) -> dict[str, Any]:
    """A copy of the first cell whose stored words hold what is to be changed, with its first match changed."""
    pattern, change = CHANGES[name]
    for one in code_cells(notebook):
        made = copy.deepcopy(one)
        for output in made["outputs"]:
            words = text(output["data"]["text/plain"])
            found = re.search(pattern, words)
            if found:
                output["data"]["text/plain"] = words[: found.start()] + change(found[0]) + words[found.end() :]
                assert output["data"]["text/plain"] != words
                return {**made, "id": f"changed-{name}"}
    raise AssertionError(f"no stored words of {LESSON.name} hold {pattern}")


@pytest.fixture(scope="module")
def failing(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Ids of the cells that fail when nbval runs a copy of the lesson's notebook, to which changed cells were added."""
    folder = tmp_path_factory.mktemp("nbval")
    notebook: Notebook = json.loads(LESSON.read_text("utf-8"))
    cells = code_cells(notebook)
    stripped = {**copy.deepcopy(cells[-1]), "id": "stripped", "execution_count": None, "outputs": []}
    notebook["cells"] = [*cells, *(changed(notebook, name) for name in CHANGES), stripped]
    (folder / LESSON.name).write_text(json.dumps(notebook), "utf-8")
    report = folder / "report.xml"
    env = {**os.environ, "KNOWING_BENEFIT_COURSE": str(ROOT), "PYTHONPATH": str(ROOT / "src"), "PYTEST_ADDOPTS": ""}
    asked = [
        "--nbval",
        "--nbval-cell-timeout",
        "60",
        "-q",
        "-p",
        "no:cacheprovider",
        "--rootdir",
        ".",
        f"--junitxml={report}",
        LESSON.name,
    ]
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", *asked], env=env, cwd=folder, capture_output=True, text=True, timeout=300
    )
    assert report.is_file(), ran.stdout + ran.stderr
    cases = list(Tree.parse(report).iter("testcase"))
    assert len(cases) == len(notebook["cells"]), ran.stdout + ran.stderr
    # nbval reports the cells in order.
    return {
        one["id"]
        for one, case in zip(notebook["cells"], cases, strict=True)
        if case.find("failure") is not None or case.find("error") is not None
    }


def test_nbval_passes_every_cell_as_built(failing: set[str]) -> None:
    built = {one["id"] for one in code_cells(json.loads(LESSON.read_text("utf-8")))}
    assert failing & built == set()


@pytest.mark.parametrize("name", CHANGES)
def test_nbval_fails_a_cell_with_one_thing_changed(failing: set[str], name: str) -> None:
    assert f"changed-{name}" in failing


def test_nbval_alone_would_pass_a_stripped_cell(failing: set[str]) -> None:
    """Why the guard is there. If this fails, nbval has learnt to see it, and the guard may be simplified."""
    assert "stripped" not in failing
