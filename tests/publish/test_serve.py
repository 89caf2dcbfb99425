"""What a hub starts for each student, short of the hub itself: the copy, and the command that the process becomes."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from knowing_benefit.law.library import Library
from knowing_benefit.law.source import CourseError
from knowing_benefit.publish import hub
from knowing_benefit.publish.release import release


@pytest.fixture
def handout(small_course: Path, tmp_path: Path) -> Path:
    """A small course, released."""
    for number in range(2):
        notebook = small_course / "notebooks" / f"0{number}_small.ipynb"
        notebook.parent.mkdir(exist_ok=True)
        notebook.write_text('{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}', "utf-8")
    release(Library(small_course), "student", tmp_path / "handout")
    return tmp_path / "handout"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A student's home, and the variables that a hub gives."""
    folder = tmp_path / "home"
    folder.mkdir()
    for name in ("JUPYTERHUB_ROOT_DIR", "JUPYTERHUB_DEFAULT_URL", "KNOWING_BENEFIT_COURSE"):
        # Set first, so that what serve sets is taken back after the test.
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("USERPROFILE", str(folder))
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(folder / ".local"))
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", "of the hub")
    monkeypatch.chdir(folder)
    return folder


def test_it_becomes_the_single_user_server_in_the_student_s_copy(
    handout: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("jupyterhub")
    monkeypatch.setenv(hub.HANDOUT, str(handout))
    became: list[list[str]] = []
    monkeypatch.setattr(os, "execv", lambda _, words: became.append(words))
    hub.serve(["--port=1"])
    assert became == [[sys.executable, "-m", "jupyterhub.singleuser", "--port=1"]]
    copy = home / hub.COPY
    assert Path.cwd() == copy
    assert os.environ["KNOWING_BENEFIT_COURSE"] == os.environ["JUPYTERHUB_ROOT_DIR"] == str(copy)
    assert os.environ["JUPYTERHUB_DEFAULT_URL"] == "/lab/tree/notebooks/00_small.ipynb"
    if os.name == "posix":
        assert copy.stat().st_mode & 0o777 == 0o700


def test_a_copy_that_cannot_be_renewed_is_served_as_it_is(
    handout: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = home / hub.COPY
    hub.prepare(handout, copy)
    (copy / "answers").mkdir()
    hub.prepare(handout.parent / "taken away", copy)
    assert "served as it was" in capsys.readouterr().err
    assert (copy / "answers").is_dir()


def test_without_any_course_it_says_so(handout: Path, home: Path) -> None:
    with pytest.raises(CourseError, match="no released folder"):
        hub.prepare(handout.parent / "taken away", home / hub.COPY)


@pytest.mark.parametrize("missing", [hub.HANDOUT, "JUPYTERHUB_API_TOKEN"])
def test_it_is_for_a_hub_to_start(handout: Path, home: Path, monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    monkeypatch.setenv(hub.HANDOUT, str(handout))
    monkeypatch.delenv(missing)
    with pytest.raises(CourseError, match="started by a JupyterHub"):
        hub.serve([])
    assert list(home.iterdir()) == []
