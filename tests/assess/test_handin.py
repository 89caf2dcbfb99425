"""One file goes out, under a number and no name, and comes back as it went; messages from a page do only what they may."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from knowing_benefit.assess.answers import Answers, NotKeptError
from knowing_benefit.assess.collect import collect
from knowing_benefit.assess.handin import INBOUND, UnusableError, checksum, hand_in, read
from knowing_benefit.assess.messages import reply
from knowing_benefit.assess.variants import PUBLIC

SAVE = {"op": "save", "exercise": "01_small", "exercise_version": 3, "item": "q1", "value": "b", "seq": 1, "tab": "t"}


def ask(root: Path, **changes: Any) -> dict[str, Any]:
    return reply(root, {**SAVE, **changes})


def made(root: Path, number: str = "x17") -> Path:
    """A hand-in file with two answers."""
    ask(root, seq=1)
    ask(root, item="q6", value="Because – “so”.\n\tYes 🙂", seq=2)
    return hand_in(Answers(root), number, ["01_small"])[0]


def test_out_and_back(small_course: Path) -> None:
    ask(small_course, exercise="01_small.practice", item="q2", value=["a"])
    ask(small_course, exercise="01_small.brief", item="parties", value="mine")
    ask(small_course, item="q3", value={}, seq=5)
    path = made(small_course)
    assert path == small_course / "hand-in/X17.json"
    found = read(path.read_bytes())
    assert found.number == "X17"
    assert [(sheet.exercise, sheet.exercise_version) for sheet in found.sheets] == [("01_small", 3)]
    assert found.sheets[0].items == {"q1": "b", "q6": "Because – “so”.\n\tYes 🙂"}
    assert Answers(small_course).number() == "X17"


def test_the_same_answers_make_the_same_bytes(small_course: Path) -> None:
    first = made(small_course).read_bytes()
    assert hand_in(Answers(small_course), "X17", ["01_small"])[0].read_bytes() == first


@pytest.mark.parametrize(
    "number",
    ["", "a", "Ana Ruiz", "x" * 21, "../x1", "x/1", "-x1", "x1-", "é12", "CON", "com1", "x\n1", "x.1", "１２３"],
)
def test_what_is_no_exam_number(small_course: Path, number: str) -> None:
    with pytest.raises(NotKeptError, match="exam number"):
        hand_in(Answers(small_course), number, ["01_small"])
    assert not list(small_course.rglob("*.json"))


@pytest.mark.parametrize("number", ["17", "x-17", "A1B2-C3", "X" * 19 + "1", " x17 "])
def test_exam_numbers(small_course: Path, number: str) -> None:
    assert hand_in(Answers(small_course), number, ["01_small"])[0].name == f"{number.strip().upper()}.json"


def test_nothing_is_handed_in_while_a_sheet_is_damaged(small_course: Path) -> None:
    made(small_course)
    (small_course / "answers/01_small.json").write_text("{")
    with pytest.raises(NotKeptError, match="damaged"):
        hand_in(Answers(small_course), "X17", ["01_small"])


def changed(raw: bytes, **values: Any) -> bytes:
    """A hand-in with other values at its top, and a checksum that fits."""
    data = {**json.loads(raw), **values}
    if "check" not in values:
        data["check"] = checksum(data)
    return json.dumps(data).encode()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"check": "00000000"}, "changed after it was made"),
        ({"number": "../../etc"}, "exam number is none"),
        ({"number": "=1+1"}, "exam number is none"),
        ({"number": 17}, "wrong form \\(number\\)"),
        ({"version": 2}, "another version"),
        ({"format": "knowing-benefit answers"}, "an answer sheet, not a hand-in"),
        ({"format": "x"}, "not a hand-in"),
        ({"name": "Ana"}, "wrong form \\(name\\)"),
        ({"sheets": {}}, "wrong form \\(sheets\\)"),
        ({"sheets": [{"exercise": "../x", "exercise_version": 1, "revision": 1, "items": {}}]}, "exercise"),
        ({"sheets": [{"exercise": "a", "exercise_version": 1, "revision": 1, "items": {"q": 1}}]}, "wrong form"),
        (
            {"sheets": [{"exercise": "a", "exercise_version": 1, "revision": 1, "items": {"q": "w" * 20_001}}]},
            "wrong form",
        ),
        ({"sheets": [{"exercise": "a", "exercise_version": 1, "revision": 1, "items": {}}] * 2}, "same exercise twice"),
    ],
)
def test_what_does_not_come_back(small_course: Path, change: dict[str, Any], why: str) -> None:
    raw = made(small_course).read_bytes()
    assert read(changed(raw)).number == "X17"
    with pytest.raises(UnusableError, match=why) as caught:
        read(changed(raw, **change))
    assert caught.value.mend


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(place=st.integers(0, 10_000), byte=st.integers(0, 255))
def test_a_changed_byte_is_noticed_or_harmless(small_course: Path, place: int, byte: int) -> None:
    path = small_course / "hand-in/X17.json"
    raw = bytearray(path.read_bytes() if path.exists() else made(small_course).read_bytes())
    before = read(bytes(raw))
    raw[place % len(raw)] = byte
    try:
        after = read(bytes(raw))
    except UnusableError:
        return
    assert after == before


def test_messages_are_answered_as_agreed(small_course: Path) -> None:
    assert ask(small_course) == {"op": "saved", "seq": 1, "item": "q1", "revision": 1}
    assert reply(small_course, {"op": "load", "exercise": "01_small", "exercise_version": 3, "seq": 4}) == {
        "op": "sheet",
        "seq": 4,
        "revision": 1,
        "exercise_version": 3,
        "items": {"q1": {"value": "b", "revision": 1, "asked": ""}},
        "number": None,
        "draw": PUBLIC,
        "notice": "",
    }
    assert reply(small_course, {"op": "hand-in", "number": "x17", "seq": 5}) == {
        "op": "handed-in",
        "seq": 5,
        "file": "hand-in/X17.json",
        "answered": 1,
        "others": [],
        "delivered": False,
    }
    assert reply(small_course, {"op": "hand-in", "number": "x18"})["others"] == ["X17.json"]


def test_an_exam_number_is_kept_before_the_hand_in(small_course: Path) -> None:
    assert reply(small_course, {"op": "number", "number": " x17 "}) == {"op": "numbered", "seq": 0, "number": "X17"}
    load = {"op": "load", "exercise": "01_small", "exercise_version": 3}
    assert reply(small_course, load)["number"] == "X17"
    assert reply(small_course, {"op": "number", "number": "no!"})["op"] == "failed"


def test_times_are_kept_and_handed_in_only_where_the_exercise_asks(small_course: Path) -> None:
    assert ask(small_course)["op"] == "saved"
    timed = {"item": "q2", "value": ["a"], "seq": 2, "timed": True}
    assert ask(small_course, **timed)["op"] == "saved"
    assert ask(small_course, **{**timed, "value": ["b"], "seq": 3})["op"] == "saved"
    kept = json.loads((small_course / "answers/01_small.json").read_text("utf-8"))["items"]
    assert kept["q1"]["at"] == ""
    assert datetime.fromisoformat(kept["q2"]["at"]).tzinfo is not None
    assert kept["q2"]["history"][0]["at"] <= kept["q2"]["at"]
    reply(small_course, {"op": "hand-in", "number": "x17"})
    sheet = read((small_course / "hand-in/X17.json").read_bytes()).sheets[0]
    assert sheet.times == {"q2": kept["q2"]["at"]}


def test_follow_ups_and_what_the_page_scores_are_kept_and_never_handed_in(small_course: Path) -> None:
    assert ask(small_course)["op"] == "saved"
    for name, value in (("q1.follow-a", "x"), ("q1.score", {"first": "0", "best": "200", "tries": "2"})):
        assert ask(small_course, item=name, value=value)["op"] == "saved"
    assert reply(small_course, {"op": "hand-in", "number": "x17"})["answered"] == 1
    assert read((small_course / "hand-in/X17.json").read_bytes()).sheets[0].items == {"q1": "b"}
    for name in ("q1.", ".q1", "q1.follow-", "q1.a.b", "q1.follow-../x"):
        assert ask(small_course, item=name)["op"] == "failed"


@pytest.mark.parametrize(
    "change",
    [
        {"op": "delete"},
        {"exercise": "../../etc/passwd"},
        {"exercise": "keys/01_small"},
        {"exercise": "01_small.keys"},
        {"exercise": "01_small.practice.practice"},
        {"exercise": "01_absent"},
        {"exercise": ["01_small"]},
        {"item": "../q1"},
        {"item": ""},
        {"value": 3},
        {"value": {"a": ["b"]}},
        {"value": "\ud800"},
        {"value": ["x"] * 101},
        {"seq": "1"},
        {"extra": 1},
    ],
    ids=str,
)
def test_what_a_page_may_not_ask(small_course: Path, change: dict[str, Any]) -> None:
    before = sorted(small_course.rglob("*"))
    answer = ask(small_course, **change)
    assert answer["op"] == "failed"
    assert answer["what"]
    assert answer["mend"]
    assert sorted(small_course.rglob("*")) == before


@pytest.mark.parametrize("message", [None, [], "save", 3, {}, {"op": None}, {"seq": {}}])
def test_no_message_makes_it_fall_over(small_course: Path, message: object) -> None:
    assert reply(small_course, message)["op"] == "failed"


def test_too_long_an_answer_is_said_in_words(small_course: Path) -> None:
    assert ask(small_course, value="w" * 20_001)["what"] == "The answer is too long."


# -- The folder for hand-ins on a JupyterHub ---------------------------------------------------------------------------


def inbound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "inbound"
    folder.mkdir()
    monkeypatch.setenv(INBOUND, str(folder))
    monkeypatch.setenv("JUPYTERHUB_USER", "maria.ruiz")
    return folder


def test_on_a_hub_a_copy_goes_to_the_instructor_s_folder(
    small_course: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = inbound(tmp_path, monkeypatch)
    ask(small_course)
    assert reply(small_course, {"op": "hand-in", "number": "x17"})["delivered"] is True
    ask(small_course, value="c", seq=2)
    assert reply(small_course, {"op": "hand-in", "number": "x17"})["delivered"] is True
    files = sorted(folder.iterdir())
    assert [read(file.read_bytes()).sheets[0].items["q1"] for file in files] == ["b", "c"]
    assert not any("maria" in file.name or "ruiz" in file.name for file in files)
    found = collect([folder])
    assert found.bad == []
    assert read(found.counting["X17"].place.path.read_bytes()).sheets[0].items["q1"] == "c"
    assert found.counting["X17"].late is None
    assert [notice.what for notice in found.odd] == ["An earlier hand-in of X17; not the one that counts."]
    assert read(collect([folder], keep="first").counting["X17"].place.path.read_bytes()).sheets[0].items["q1"] == "b"
    today = datetime.now()
    assert collect([folder], late=f"{today:%Y-%m-%d}").counting["X17"].late is False
    assert collect([folder], late=f"{today - timedelta(days=1):%Y-%m-%d}").counting["X17"].late is True


def test_on_a_hub_two_students_under_one_number_are_noticed(
    small_course: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = inbound(tmp_path, monkeypatch)
    ask(small_course)
    reply(small_course, {"op": "hand-in", "number": "x17"})
    monkeypatch.setenv("JUPYTERHUB_USER", "somebody.else")
    reply(small_course, {"op": "hand-in", "number": "x17"})
    found = collect([folder])
    assert found.counting == {}
    assert {notice.what for notice in found.bad} == {
        "Different students handed in files under the exam number X17.",
    }


def test_a_folder_for_hand_ins_that_is_gone_is_said_in_words_and_loses_nothing(
    small_course: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbound(tmp_path, monkeypatch).rmdir()
    ask(small_course)
    answer = reply(small_course, {"op": "hand-in", "number": "x17"})
    assert (answer["op"], answer["what"]) == (
        "failed",
        "X17.json is made, but could not be put into the folder for hand-ins (it is closed).",
    )
    assert read((small_course / "hand-in/X17.json").read_bytes()).number == "X17"
