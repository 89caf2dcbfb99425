"""Bad input never becomes a traceback: it becomes a fault with file, line and mend."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from knowing_benefit.law import source
from knowing_benefit.law.facts import Vocabulary
from knowing_benefit.law.hypotheticals import Hypothetical
from knowing_benefit.law.readings import Reading
from knowing_benefit.law.source import CourseError, Document, Fault, Record, load, load_folder, read_yaml

Write = Callable[[str | bytes], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a file and says where it is."""

    def put(content: str | bytes) -> Path:
        path = tmp_path / "case.yaml"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return put


def fault_of(path: Path) -> Fault:
    """The one fault that reading ``path`` as YAML gives."""
    with pytest.raises(CourseError) as caught:
        read_yaml(path)
    assert len(caught.value.faults) == 1
    fault = caught.value.faults[0]
    assert fault.file == path.as_posix()
    assert fault.what, "a fault says what is wrong"
    assert fault.mend, "a fault says what to do about it"
    return fault


BOMB = "a: &a [x, x]\n" + "".join(
    f"{name}: &{name} [*{before}, *{before}, *{before}, *{before}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)

BAD = {
    "a key twice": ("id: one\ntitle: t\nid: two\n", 3, "'id' stands twice", "Keep one"),
    "a key twice, deep": ("a:\n  - b: 1\n    c: 2\n    b: 3\n", 4, "'b' stands twice", "Keep one"),
    "a key twice, flow": ("a: {b: 1, b: 2}\n", 1, "'b' stands twice", "Keep one"),
    "billion laughs": (BOMB, 1, "anchors", "in full"),
    "an alias to nothing": ("a: 1\nb: *nowhere\n", 2, "anchors", "in full"),
    "a merge key": ("a: &a {x: 1}\nb:\n  <<: *a\n", 1, "anchors", "in full"),
    "a Python tag": ("a: 1\nb: !!python/object/apply:os.system [ls]\n", 2, "tag", "Remove it"),
    "a tag of one's own": ("a: 1\n\nb: !secret x\n", 3, "'!secret'", "Remove it"),
    "a standard tag": ("a: !!float 1\n", 1, "tag", "Remove it"),
    "a tab for indentation": ("a:\n  b: 1\nc:\n\td: 2\n", 4, "not valid YAML", "spaces, not tabs"),
    "a list that is not closed": ("a: 1\nb: [1, 2\nc: 3\n", 3, "not valid YAML", "Check indentation"),
    "a quotation mark that is not closed": ('a: 1\nb: "oh\nc: 3\nd: 4\n', 2, "not valid YAML", "quotes"),
    "a colon too many": ("a: 1\nb: c: d\n", 2, "not valid YAML", "colons"),
    "two documents": ("a: 1\n---\nb: 2\n", 2, "another document", "Check"),
    "no YAML at all": ("a: 1\n}}} {{{\n", 2, "not valid YAML", "Check"),
    "deep nesting, flow": ("a: 1\nb: " + "[" * 100_000, 2, "40 levels", "Check the indentation"),
    "deep nesting, block": (
        "".join(f"{'  ' * depth}a:\n" for depth in range(60)),
        41,
        "40 levels",
        "Check the indentation",
    ),
    "deep nesting of keys": ("? " * 100_000, 1, "40 levels", "Check the indentation"),
    "a list as a key": ("a: 1\n? [b, c]\n: 2\n", 2, "a key is a list", "a word"),
    "more parts than any file needs": ("- a\n" * 300_000, 199_999, "200,000 parts", "Split it"),
    "nothing": ("", 1, "empty", "Fill it in"),
    "only white space": ("\n  \n\n", 1, "empty", "Fill it in"),
    "only a comment": ("# to do\n", 1, "empty", "Fill it in"),
    "a control character": ("a: 1\nb: 2\nc: \x07\n", 3, "character", "Delete"),
    "a zero byte": ("a: 1\nb: \x00\n", 2, "character", "Delete"),
    "half of a character": (b"a: 1\nb: \xc3\n", 2, "UTF-8", "UTF-8"),
    "Latin-1": ("a: 1\n\nb: Café\n".encode("latin-1"), 3, "UTF-8", "UTF-8"),
    "UTF-16": ("a: 1\nb: é\n".encode("utf-16"), 1, "UTF-8", "UTF-8"),
    "a picture": (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", 1, "UTF-8", "UTF-8"),
    "CRLF, a key twice": ("a: 1\r\nb: 2\r\nb: 3\r\n", 3, "'b' stands twice", "Keep one"),
}


@pytest.mark.parametrize(("content", "line", "what", "mend"), BAD.values(), ids=BAD.keys())
def test_bad_yaml_is_told_by_line(write: Write, content: str | bytes, line: int, what: str, mend: str) -> None:
    fault = fault_of(write(content))
    assert fault.line == line
    assert what in fault.what
    assert mend in fault.mend


def test_every_key_that_stands_twice_is_told(write: Write) -> None:
    with pytest.raises(CourseError) as caught:
        read_yaml(write("a: 1\na: 2\nb:\n  c: 1\n  c: 2\n"))
    assert [(fault.line, fault.what) for fault in caught.value.faults] == [
        (2, "the key 'a' stands twice"),
        (5, "the key 'c' stands twice"),
    ]


@pytest.mark.parametrize("megabytes", [5, 50])
def test_a_file_that_is_too_large_is_not_read(tmp_path: Path, megabytes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "large.yaml"
    with path.open("wb") as stream:
        stream.truncate(megabytes * 2**20)
    monkeypatch.setattr(Path, "read_bytes", lambda self: pytest.fail("it was read"))
    fault = fault_of(path)
    assert (fault.line, fault.what) == (1, "the file is larger than 4 MB")


def test_a_file_of_just_four_megabytes_is_read(write: Write) -> None:
    text = "a: |\n" + " x\n" * ((source.MAX_BYTES - 5) // 3)
    path = write(text)
    assert path.stat().st_size <= source.MAX_BYTES < path.stat().st_size + 3
    assert read_yaml(path).data["a"].startswith("x\nx\n")


def test_missing_and_unreadable_files(tmp_path: Path) -> None:
    assert "cannot be read" in fault_of(tmp_path / "absent.yaml").what
    assert "cannot be read" in fault_of(tmp_path).what, "a folder is not a file"


def test_windows_line_ends_and_byte_order_mark_are_accepted(write: Write) -> None:
    document = read_yaml(write(b"\xef\xbb\xbfid: one\r\nabout: >-\r\n  two\r\n  words\r\nlist:\r\n  - x\r\n"))
    assert document.data == {"id": "one", "about": "two words", "list": ["x"]}
    assert [document.line(("id",)), document.line(("about",)), document.line(("list", 0))] == [1, 2, 6]


def test_only_true_and_false_are_booleans(write: Write) -> None:
    given = [
        "yes",
        "no",
        "on",
        "off",
        "Yes",
        "NO",
        "y",
        "n",
        "TRUE",
        "False",
        "2018-04-11",
        "12",
        "1.5",
        "0x1F",
        "1_000",
        ".inf",
        "=",
        "<<",
    ]
    document = read_yaml(write("".join(f"- {word}\n" for word in [*given, "true", "false", "~", "null", '"true"'])))
    assert document.data == [*given, True, False, None, None, "true"]


def test_a_file_that_changes_is_read_anew(write: Write) -> None:
    path = write("a: 1\n")
    first = read_yaml(path)
    assert read_yaml(path) is first, "and one that does not is not parsed twice"
    stat = path.stat()
    write("a: 2\n")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert (first.data, read_yaml(path).data) == ({"a": "1"}, {"a": "2"})


def test_lines_of_places(write: Write) -> None:
    document = read_yaml(write("a: 1\n\nb:\n  - c: 2\n    d: 3\n  - e\n"))
    assert document.line() == 1
    assert document.line(("b",)) == 3
    assert document.line(("b", 0, "d")) == 5
    assert document.line(("b", 1)) == 6
    assert document.line(("b", 0, "absent")) == 4, "the nearest enclosing place"
    assert document.line(("absent",)) == 1


# -- Models ------------------------------------------------------------------------------------------------------------


class Part(Record):
    size: int
    colour: Literal["red", "green"] = "red"


class Whole(Record):
    id: str
    parts: list[Part]
    extra: Part | None = None


def faults_of(path: Path, model: type[source.M]) -> list[tuple[int, str, str]]:
    with pytest.raises(CourseError) as caught:
        load(path, model)
    assert all(fault.file == path.as_posix() for fault in caught.value.faults)
    return [(fault.line, fault.what, fault.mend) for fault in caught.value.faults]


def test_every_mistake_in_a_file_is_told_with_the_nearest_right_name(write: Write) -> None:
    path = write("id: one\nparts:\n  - size: 12\n    colour: gren\n  - size: many\n  - sise: 3\ntitel: x\n")
    assert faults_of(path, Whole) == [
        (4, "parts.0.colour: 'gren' is not one of 'red' or 'green'", "Did you mean 'green'?"),
        (5, "parts.1.size must be a whole number", ""),
        (6, "parts.2.size is missing", ""),
        (6, "parts.2.sise is not a field here", ""),
        (7, "'titel' is not a field here", "Remove it."),
    ]


@pytest.mark.parametrize("content", ["- a\n- b\n", "just words\n", "12\n", "true\n"])
def test_a_file_that_is_not_a_mapping(write: Write, content: str) -> None:
    assert faults_of(write(content), Whole) == [(1, "this file must be a mapping", "")]


@pytest.mark.parametrize("nothing", ["~", "null", ""])
def test_a_field_without_a_value(write: Write, nothing: str) -> None:
    assert faults_of(write(f"id: one\nparts: {nothing}\n"), Whole) == [(2, "parts must be a list", "")]


def test_a_part_is_checked_and_not_the_whole_in_its_place(write: Write) -> None:
    document = read_yaml(write("first: 1\nsecond: ~\n"))
    with pytest.raises(CourseError) as caught:
        source.validated(document, Whole, ("second",), document.data["second"])
    assert [(fault.line, fault.what) for fault in caught.value.faults] == [(2, "second must be a mapping")]


READING = """\
id: one
title: t
short: s
court: 7th Cir.
decided: "2023"
authority: a
kind: majority
status: verified
about: x
elements:
  knowledge:
    met:
      - if:
          all:
            - known
            - {condition}
        why: because
        authority: a
        status: verified
"""


@pytest.mark.parametrize(
    "condition", ["{nto: told}", "[told]", "~", "true", "{}", "{all: told}", "{any: []}", "{all: [told], any: [told]}"]
)
def test_a_bad_condition_is_told_at_its_own_line(write: Write, condition: str) -> None:
    for line, what, _ in faults_of(write(READING.replace("{condition}", condition)), Reading):
        assert line == 16, what
        assert what.startswith("elements.knowledge.met.0.if.all.1"), what


def test_a_mistyped_element_is_told_with_the_right_one(write: Write) -> None:
    path = write(READING.replace("{condition}", "told").replace("  knowledge:", "  knowlege:"))
    [(line, what, mend)] = faults_of(path, Reading)
    assert line == 11
    assert "'knowlege' is not one of" in what
    assert mend == "Did you mean 'knowledge'?"


HYPOTHETICAL = """\
id: one
title: t
story: s
on: "2019-01-01"
facts:
  told: yes
switches:
  - fact: told
    label: Was it told?
    positions: [yes, no]
readings: [one]
hard_for: {plaintiff: p, defendant: d}
"""


@pytest.mark.parametrize(
    ("right", "wrong", "line", "what"),
    [
        ("positions: [yes, no]", "positions: [yes, yes]", 10, "two different positions"),
        ("positions: [yes, no]", "positions: [yes, maybe]", 10, "'maybe' is not one of"),
        ("positions: [yes, no]", "positions: [no, yes]", 10, "the story says 'yes'"),
        ("told: yes", "told: perhaps", 6, "'perhaps' is not one of"),
        ('on: "2019-01-01"', "on: sometime", 4, "not a date"),
        ('on: "2019-01-01"', 'on: "2019-02-30"', 4, "not in the calendar"),
        ('on: "2019-01-01"', 'on: "2019"', 4, "to the day"),
        (
            "readings: [one]",
            "  - {fact: told, label: l, positions: [yes, no]}\nreadings: [one]",
            11,
            "'told' stands twice",
        ),
        ("readings: [one]", "reading: [one]", 11, "is not a field here"),
    ],
)
def test_a_hypothetical_that_cannot_be(write: Write, right: str, wrong: str, line: int, what: str) -> None:
    assert load(write(HYPOTHETICAL), Hypothetical).facts == {"told": "yes"}
    found = faults_of(write(HYPOTHETICAL.replace(right, wrong)), Hypothetical)
    assert any(at == line and what in said for at, said, _ in found), found


def test_a_fact_that_is_defined_twice(write: Write) -> None:
    fact = "  - {id: ID, group: g, yes: y, no: n, unknown: u, favors: neither}\n"
    path = write("facts:\n" + "".join(fact.replace("ID", name) for name in ("one", "two", "one")))
    assert faults_of(path, Vocabulary) == [(4, "this file: the fact 'one' is defined twice", "")]


def test_a_folder_tells_the_faults_of_all_its_files(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text("id: one\nparts: []\n")
    (tmp_path / "two.yaml").write_text("parts: []\nid: too\n")
    (tmp_path / "three.yaml").write_text("id: three\nparts: [\n")
    with pytest.raises(CourseError) as caught:
        load_folder(tmp_path, Whole)
    told = {(Path(fault.file).name, fault.line): fault.what for fault in caught.value.faults}
    assert told.keys() == {("two.yaml", 2), ("three.yaml", 3)}
    assert "'too'" in told["two.yaml", 2]
    assert load_folder(tmp_path / "absent", Whole) == {}


# -- Anything at all ---------------------------------------------------------------------------------------------------

YAMLISH = st.lists(
    st.sampled_from(
        [
            "a",
            "id",
            ": ",
            ":",
            "- ",
            "[",
            "]",
            "{",
            "}",
            ", ",
            "&x ",
            "*x",
            "!t ",
            "? ",
            "| ",
            "> ",
            "'",
            '"',
            "\n",
            "\n  ",
            "\n\t",
            "#",
            "%",
            "---\n",
            "...\n",
            "~",
            "\\",
            "\x00",
            "\x85",
            "\u2028",
            "\ufeff",
            "é",
            "😀",
            "\r",
            "\r\n",
            "true",
        ]
    ),
    max_size=40,
).map(lambda parts: "".join(parts).encode())


def only_a_document_or_a_fault(path: Path, raw: bytes) -> None:
    path.write_bytes(raw)
    for read in (lambda: read_yaml(path), lambda: load(path, Whole), lambda: load(path, Reading)):
        try:
            found = read()
        except CourseError as problem:
            assert problem.faults
            lines = raw.decode("utf-8", "replace").splitlines()
            assert all(1 <= fault.line <= len(lines) + 1 for fault in problem.faults), problem
        else:
            assert isinstance(found, Document | Record)


@settings(max_examples=300, deadline=None)
@given(raw=st.binary(max_size=200))
def test_any_bytes_give_a_document_or_a_fault(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    only_a_document_or_a_fault(tmp_path_factory.getbasetemp() / "any.yaml", raw)


@settings(max_examples=500, deadline=None)
@given(raw=YAMLISH)
def test_anything_like_yaml_gives_a_document_or_a_fault(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    only_a_document_or_a_fault(tmp_path_factory.getbasetemp() / "like.yaml", raw)


@settings(max_examples=200, deadline=None)
@given(raw=st.binary(min_size=1, max_size=6), data=st.data())
def test_a_good_file_with_some_bytes_changed(
    tmp_path_factory: pytest.TempPathFactory, raw: bytes, data: st.DataObject
) -> None:
    good = READING.replace("{condition}", "{not: told}").encode()
    place = data.draw(st.integers(0, len(good)))
    only_a_document_or_a_fault(
        tmp_path_factory.getbasetemp() / "changed.yaml", good[:place] + raw + good[place + len(raw) :]
    )


# -- Writing -----------------------------------------------------------------------------------------------------------


def test_writing_is_all_or_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "deep" / "er" / "answer.json"
    source.write_atomic(path, "one\n")
    assert path.read_bytes() == b"one\n", "as given, with no line ends changed"

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(source.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        source.write_atomic(path, "two\n")
    assert path.read_bytes() == b"one\n"
    assert [found.name for found in path.parent.iterdir()] == ["answer.json"], "nothing half-written stays behind"
