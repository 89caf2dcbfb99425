"""The campaigns that try to break hand-in and grading: a small run holds, and each invariant that is taken away is noticed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from knowing_benefit.assess import collect, csvsafe, marks
from knowing_benefit.assess.answers import Answers
from knowing_benefit.law import source
from knowing_benefit.law.library import library
from knowing_benefit.publish.reliability import reliability
from knowing_benefit.view import feedback

pytestmark = pytest.mark.skipif(os.name != "posix", reason="makes links and kills processes as POSIX systems do")


def breaches(mutations: int = 0, files: int = 0, kills: int = 0, seed: int = 11) -> list[str]:
    lines = reliability(library(), seed=seed, mutations=mutations, files=files, kills=kills)
    return [line for line in lines if line.startswith("BREACH")]


def test_a_small_run_finds_nothing(small_course: Path) -> None:
    assert breaches(mutations=30, files=60, kills=16) == []


def _formulas(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(csvsafe, "cell", lambda text: text)


def _scripts(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(feedback, "_plain", lambda text: text)


def _lost(patch: pytest.MonkeyPatch) -> None:
    """Forgets a student now and then, and says nothing."""
    one = collect._one
    patch.setattr(collect, "_one", lambda number, *rest: None if number == "X00002" else one(number, *rest))


def _silent(patch: pytest.MonkeyPatch) -> None:
    """Passes over links without a word."""
    below = collect._below

    def quiet(top: Path, found: Any, inbox: Any) -> Any:
        yield from below(top, found, inbox)
        found.bad[:] = [notice for notice in found.bad if "link" not in notice.what]

    patch.setattr(collect, "_below", quiet)


def _raises(patch: pytest.MonkeyPatch) -> None:
    def fall_over(raw: bytes) -> Any:
        raise RecursionError

    patch.setattr(collect, "read", fall_over)


def _outside(patch: pytest.MonkeyPatch) -> None:
    """Unpacks what it reads beside the inbox."""
    read = collect.Inbox.bytes

    def unpack(self: Any, place: Any) -> bytes:
        raw = read(self, place)
        (place.path.parent.parent / "unpacked.json").write_bytes(raw)
        return raw

    patch.setattr(collect.Inbox, "bytes", unpack)


@pytest.mark.parametrize("sabotage", [_formulas, _scripts, _lost, _silent, _raises, _outside])
def test_an_invariant_that_does_not_hold_is_noticed(
    small_course: Path, monkeypatch: pytest.MonkeyPatch, sabotage: Callable[[pytest.MonkeyPatch], None]
) -> None:
    sabotage(monkeypatch)
    assert breaches(mutations=25, files=40) != []


def test_what_is_acknowledged_too_early_is_noticed(small_course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marks.Journal, "_add", lambda self, line: self._take(line))
    assert any("marks acknowledged" in line for line in breaches(kills=8))
    monkeypatch.undo()
    monkeypatch.setenv("KNOWING_BENEFIT_COURSE", str(small_course))
    monkeypatch.setattr(Answers, "save", lambda self, *_, **__: 1)
    assert any("acknowledged" in line for line in breaches(kills=8))


def test_a_file_that_is_written_in_place_is_noticed(small_course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a file of its own until it is complete, a killed run leaves half of one."""
    from contextlib import contextmanager

    @contextmanager
    def in_place(path: Path, *, private: bool = False, lasting: bool = True) -> Any:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb", buffering=0) as stream:
            yield stream

    from knowing_benefit.assess import grade

    monkeypatch.setattr(source, "written_atomic", in_place)
    monkeypatch.setattr(grade, "written_atomic", in_place)
    assert any("half-done" in line for line in breaches(kills=40))
