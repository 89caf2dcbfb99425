"""An answer that was acknowledged is never lost, whoever is killed, whoever writes beside, whatever the file went through."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import random
import signal
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from knowing_benefit.assess import answers as answers_module
from knowing_benefit.assess.answers import EARLIER, EARLIER_CHARACTERS, Answers, NotKeptError
from knowing_benefit.assess.strictjson import parse

posix = pytest.mark.skipif(os.name != "posix", reason="kills processes by signal")


def write_forever(root: Path, item: str, start: int, heard: Connection) -> None:
    """Save rising numbers as one item's answer, and say each number once it was acknowledged."""
    kept = Answers(root)
    number = start
    while True:
        number += 1
        kept.save("01_small", item, str(number), exercise_version=1)
        heard.send(number)


def writer(root: Path, item: str, start: int) -> tuple[Any, Connection]:
    """A process that runs :func:`write_forever`, and the end on which to hear it."""
    context = multiprocessing.get_context("fork")
    hear, say = context.Pipe(duplex=False)
    process = context.Process(target=write_forever, args=(root, item, start, say))
    process.start()
    say.close()
    return process, hear


def last_heard(hear: Connection, before: int) -> int:
    """The last number that came through before the other end was gone."""
    with contextlib.suppress(EOFError):
        while True:
            before = hear.recv()
    return before


@posix
def test_killed_at_random_moments_loses_nothing_acknowledged(tmp_path: Path) -> None:
    chance = random.Random(1595)
    acknowledged = 0
    for _ in range(50):
        process, hear = writer(tmp_path, "q1", acknowledged)
        assert hear.poll(10), "the writer must have begun"
        time.sleep(chance.uniform(0, 0.03))
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        before, acknowledged = acknowledged, last_heard(hear, acknowledged)
        assert acknowledged > before
        sheet, notice = Answers(tmp_path).load("01_small", exercise_version=1)
        assert notice == ""
        found = int(str(sheet.items["q1"].value))
        # One more than was acknowledged may be on the disk: killed between the disk and the acknowledgement.
        assert acknowledged <= found <= acknowledged + 1
        acknowledged = found
    Answers(tmp_path).save("01_small", "q1", "end", exercise_version=1)
    assert sorted(path.name for path in (tmp_path / "answers").iterdir()) == [".01_small.lock", "01_small.json"]


@posix
def test_two_writers_at_once_lose_nothing_even_if_one_is_killed(tmp_path: Path) -> None:
    writers = {item: writer(tmp_path, item, 0) for item in ("q1", "q2")}
    assert all(hear.poll(10) for _, hear in writers.values())
    time.sleep(0.4)
    os.kill(writers["q1"][0].pid, signal.SIGKILL)
    writers["q1"][0].join()
    time.sleep(0.2)
    os.kill(writers["q2"][0].pid, signal.SIGKILL)
    writers["q2"][0].join()
    sheet, notice = Answers(tmp_path).load("01_small", exercise_version=1)
    assert notice == ""
    for item, (_, hear) in writers.items():
        said = last_heard(hear, 0)
        assert said > 3
        assert said <= int(str(sheet.items[item].value)) <= said + 1


def test_acknowledged_only_after_the_disk_has_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[str] = []

    def watched(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any) -> Any:
            steps.append(name)
            return real(*given)

        return call

    for name in ("fsync", "replace"):
        monkeypatch.setattr(os, name, watched(name, getattr(os, name)))
    Answers(tmp_path).save("01_small", "q1", "a", exercise_version=1)
    steps.append("acknowledged")
    folder = ["fsync"] if os.name == "posix" else []
    assert steps == ["fsync", "replace", *folder, "acknowledged"]


def test_history_keeps_earlier_values_and_the_sheet_stays_small(tmp_path: Path) -> None:
    kept = Answers(tmp_path)
    for value in ("a", "b", "b", None, "c"):
        kept.save("01_small", "q1", value, exercise_version=1)
    one = kept.load("01_small", exercise_version=1)[0].items["q1"]
    assert (one.value, [earlier.value for earlier in one.history]) == ("c", ["a", "b", None])
    for number in range(EARLIER + 20):
        kept.save("01_small", "q6", f"{number} " + "w" * 2000, exercise_version=1)
    long = kept.load("01_small", exercise_version=1)[0].items["q6"]
    assert 0 < sum(len(str(earlier.value)) for earlier in long.history) <= EARLIER_CHARACTERS
    assert str(long.history[-1].value).startswith(f"{EARLIER + 18} ")
    assert len(one.history) <= EARLIER


def test_a_save_that_comes_late_or_twice_undoes_nothing(tmp_path: Path) -> None:
    kept = Answers(tmp_path)
    assert kept.save("01_small", "q1", "new", exercise_version=1, tab="t1", seq=2) == 1
    assert kept.save("01_small", "q1", "old", exercise_version=1, tab="t1", seq=1) == 1
    assert kept.save("01_small", "q1", "new", exercise_version=1, tab="t1", seq=2) == 1
    assert kept.load("01_small", exercise_version=1)[0].items["q1"].value == "new"
    assert kept.save("01_small", "q1", "other tab", exercise_version=1, tab="t2", seq=1) == 2


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"{",
        b'{"format": "knowing-benefit answers", "version": 1, "exercise": "01_small"',
        b"\xff\xfe",
        b"[]",
        b"[" * 100_000,
        b'{"format": "knowing-benefit answers", "version": 1, "exercise": "01_other", "exercise_version": 1}',
        b'{"format": "knowing-benefit answers", "version": 1, "exercise": "01_small", "exercise_version": "x"}',
        b'{"format": "something else"}',
    ],
    ids=range(9),
)
def test_a_damaged_sheet_is_set_aside_and_said_so(tmp_path: Path, damage: bytes) -> None:
    kept = Answers(tmp_path)
    path = tmp_path / "answers/01_small.json"
    for number in (1, 2):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(damage)
        sheet, notice = kept.load("01_small", exercise_version=1)
        assert sheet.items == {}
        assert f"01_small.json.damaged-{number}" in notice
        assert (tmp_path / f"answers/01_small.json.damaged-{number}").read_bytes() == damage
        kept.save("01_small", "q1", "a", exercise_version=1)
        assert kept.load("01_small", exercise_version=1)[1] == ""


def test_a_save_sets_a_damaged_sheet_aside_too(tmp_path: Path) -> None:
    path = tmp_path / "answers/01_small.json"
    path.parent.mkdir()
    path.write_bytes(b"{ half")
    Answers(tmp_path).save("01_small", "q1", "a", exercise_version=1)
    assert (tmp_path / "answers/01_small.json.damaged-1").read_bytes() == b"{ half"
    assert parse(path.read_bytes())["items"]["q1"]["value"] == "a"


def test_a_sheet_of_a_newer_course_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "answers/01_small.json"
    path.parent.mkdir()
    path.write_text('{"format": "knowing-benefit answers", "version": 3}')
    with pytest.raises(NotKeptError, match="newer version"):
        Answers(tmp_path).save("01_small", "q1", "a", exercise_version=1)
    assert path.read_text() == '{"format": "knowing-benefit answers", "version": 3}'


def test_a_full_or_forbidden_disk_is_said_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Answers(tmp_path)
    kept.save("01_small", "q1", "a", exercise_version=1)
    for number, words in ((28, "The disk is full."), (30, "cannot be written"), (5, "did not take the answer")):

        def refuse(*_: object, number: int = number, **__: object) -> None:
            raise OSError(number, "no")

        monkeypatch.setattr(answers_module, "write_atomic", refuse)
        with pytest.raises(NotKeptError, match=words) as caught:
            kept.save("01_small", "q1", "b", exercise_version=1)
        assert caught.value.mend
    assert kept.load("01_small", exercise_version=1)[0].items["q1"].value == "a"


def test_another_writer_that_never_ends_is_not_waited_for_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers_module, "_LOCK_SECONDS", 0.05)
    kept = Answers(tmp_path)
    with kept._locked("01_small"), pytest.raises(NotKeptError, match="Another window"):
        Answers(tmp_path).save("01_small", "q1", "a", exercise_version=1)
