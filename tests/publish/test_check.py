"""Checking all content: a copy of the course is broken in one place at a time, and that place is named."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from knowing_benefit.law import citations
from knowing_benefit.law.library import Library
from knowing_benefit.law.source import Fault
from knowing_benefit.publish.check import STALE_DAYS, Report, check

ROOT = Path(__file__).parents[2]
NAMES = ("lessons", "data", "exercises")


def test_the_real_course_is_clean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    report = check(Library(ROOT), today=date(2026, 11, 24))
    assert [str(fault) for fault in report.faults] == []
    assert report.notices == []
    assert report.summary.endswith(f"{len(list((ROOT / 'lessons').glob('*.md')))} lessons")


@dataclass
class Copy:
    """A copy of the course, whose files are put back after each test."""

    root: Path
    changed: dict[Path, bytes | None]

    def check(self, only: Path | None = None, today: date = date(2026, 11, 24)) -> Report:
        return check(Library(self.root), only, today)

    def _before(self, name: str) -> Path:
        path = self.root / name
        self.changed.setdefault(path, path.read_bytes() if path.exists() else None)
        return path

    def replace(self, name: str, old: str, new: str) -> int:
        """Replaces the first occurrence; the line on which it stood."""
        path = self._before(name)
        text = path.read_text("utf-8")
        assert old in text, f"{name} has no {old!r}"
        path.write_text(text.replace(old, new, 1), "utf-8")
        return text[: text.index(old)].count("\n") + 1

    def append(self, name: str, more: str) -> int:
        """Adds text at the end; the line on which it begins."""
        path = self._before(name)
        text = path.read_text("utf-8").rstrip("\n") + "\n"
        path.write_text(text + more, "utf-8")
        return text.count("\n") + 1

    def create(self, name: str, text: str) -> None:
        path = self._before(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")

    def restore(self) -> None:
        for path, before in self.changed.items():
            path.unlink() if before is None else path.write_bytes(before)


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("course")
    (root / "course.py").write_text("")
    for name in NAMES:
        # Decided cases are many and have tests of their own; without them each check is shorter.
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("decided"))
    return root


@pytest.fixture
def course(copied: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Copy]:
    monkeypatch.chdir(copied)
    made = Copy(copied, {})
    yield made
    made.restore()


def new(course: Copy) -> list[tuple[str, int, str, str]]:
    """The faults of the changed copy."""
    return [(fault.file, fault.line, fault.what, fault.mend) for fault in course.check().faults]


def test_an_unchanged_copy_is_as_clean_as_the_course(course: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    here = course.check().faults
    monkeypatch.chdir(ROOT)
    assert here == check(Library(ROOT)).faults


LESSON = "lessons/01_the_case.md"
READING = "data/readings/ca7-gg-majority.yaml"
CASE = "data/hypotheticals/gg-as-pleaded.yaml"
KEY = "exercises/keys/01_the_case.yaml"
SMALL_FACT = "  - {id: idle-fact, group: The wrong, yes: a., no: b., unknown: c., favors: neither}\n"

Break = Callable[[Copy], tuple[str, int]]


def at(name: str, old: str, changed: str) -> Break:
    """A break that replaces text, and where it is to be told."""
    return lambda course: (name, course.replace(name, old, changed))


def added(name: str, more: str, further: int = 0) -> Break:
    """A break that adds text at the end, and how many lines further it is to be told."""
    return lambda course: (name, course.append(name, more) + further)


def overlapping(course: Copy) -> tuple[str, int]:
    course.replace(
        READING,
        "      - if:\n          all:\n            - not: customer-trafficked\n            - not: common-undertaking\n",
        "      - if: {not: common-undertaking}\n",
    )
    text = (course.root / READING).read_text("utf-8")
    return READING, text[: text.index("  venture:")].count("\n") + 1


def authority_gone(course: Copy) -> tuple[str, int]:
    line = course.replace(READING, "authority: gg-salesforce-7th-2023", "authority: gg-salesforce-7th-2033")
    return READING, line


BROKEN: dict[str, tuple[Break, str, str]] = {
    # Lessons
    "a quotation changed by a word": (
        at(LESSON, "“No provider or user of an interactive", "“No provider or users of an interactive"),
        "this quotation is not on record",
        "Quote exactly",
    ),
    "a quotation credited to another": (
        added(
            LESSON,
            "\nAs {case}`red-roof-11th-2021` says, “No provider or user of an interactive computer service shall be treated”.\n",
            1,
        ),
        "this quotation is not on record for what its paragraph cites",
        "These are words of",
    ),
    "a quotation credited to nobody": (
        added(LESSON, "\nOne.\n\nThe court said\nthat “courage is the first of all the human virtues” there.\n", 4),
        "this quotation is not on record",
        "or use your own words",
    ),
    "an authority that is not there": (
        added(LESSON, "\nSee {case}`gg-salesforce-7th-2032`.\n", 1),
        "there is no authority 'gg-salesforce-7th-2032'",
        "Did you mean 'gg-salesforce-7th-2023'?",
    ),
    "a key authority that is not there": (
        at(LESSON, "    - gg-salesforce-en-banc-2023\n", "    - gg-salesforce-en-bank-2023\n"),
        "there is no authority 'gg-salesforce-en-bank-2023'",
        "Did you mean 'gg-salesforce-en-banc-2023'?",
    ),
    "a statute that is a case": (
        added(LESSON, "\nUnder {statute}`gg-salesforce-7th-2023`.\n", 1),
        "'gg-salesforce-7th-2023' is not a statute",
        "Use {cite}",
    ),
    "a subsection that is not there": (
        added(LESSON, "\nUnder {statute}`usc-18-1595(k)`.\n", 1),
        "18 U.S.C. § 1595 has no subsection (k) on record",
        "Look at its file",
    ),
    "a citation of a case that we do not have": (
        added(LESSON, "\nSee *Smith v. Jones*, 123 F.3d 456 (9th Cir. 1999).\n", 1),
        "this citation is no authority of ours: 123 F.3d 456",
        "",
    ),
    "a citation with a wrong page": (
        added(LESSON, "\nSee *G.G.*, 76 F.4th 545 (7th Cir. 2023).\n", 1),
        "this citation is no authority of ours: 76 F.4th 545",
        "",
    ),
    "a code cell of two lines": (
        added(LESSON, "\n```{code-cell} ipython3\nfrom knowing_benefit import lab\nlab('gg-as-pleaded')\n```\n", 2),
        "a code cell is one line of plain words",
        "Write: from knowing_benefit import lab",
    ),
    "a code cell that does something else": (
        added(LESSON, "\n```{code-cell} ipython3\nimport os; os.remove('x')\n```\n", 2),
        "a code cell is one line of plain words",
        "",
    ),
    "a lab that is not there": (
        added(LESSON, '\n```{code-cell} ipython3\nfrom knowing_benefit import lab; lab("gg-as-plead")\n```\n', 2),
        "data/hypotheticals has no 'gg-as-plead'",
        "Did you mean 'gg-as-pleaded'?",
    ),
    "an exercise that is not there": (
        added(
            LESSON, '\n```{code-cell} ipython3\nfrom knowing_benefit import exercise; exercise("02_the_case")\n```\n', 2
        ),
        "exercises has no '02_the_case'",
        "Did you mean '01_the_case'?",
    ),
    "a box by a wrong name": (
        added(LESSON, "\n:::{the-other-side} A\nB.\n:::\n", 1),
        "there is no box 'the-other-side'",
        "Did you mean 'other-side'?",
    ),
    "a box that is not closed": (
        added(LESSON, "\n:::{takeaway}\nB.\n", 1),
        "the box 'takeaway' is not closed",
        "Close it",
    ),
    "a role by a wrong name": (
        added(LESSON, "\nSee {cites}`fosta-2018`.\n", 1),
        "there is no role 'cites'",
        "Did you mean 'cite'?",
    ),
    "words that are not ours": (
        added(LESSON, "\nThis landmark decision.\n", 1),
        "'landmark' is not our way of writing",
        "plainly",
    ),
    "a shout": (added(LESSON, "\nSo she won!\n", 1), "an exclamation mark", "full stop"),
    "a lesson by a wrong name": (
        lambda course: (
            course.create("lessons/2_x.md", (course.root / LESSON).read_text("utf-8")),
            ("lessons/2_x.md", slug(course)),
        )[1],
        "number and slug do not give the file's name '2_x.md'",
        "",
    ),
    # Readings, facts, hypotheticals
    "a mistyped fact in a reading": (
        at(READING, "            - not: common-undertaking\n", "            - not: comon-undertaking\n"),
        "venture: there is no fact 'comon-undertaking'",
        "Did you mean 'common-undertaking'?",
    ),
    "an authority that is not there in a reading": (
        authority_gone,
        "there is no authority 'gg-salesforce-7th-2033'",
        "Did you mean 'gg-salesforce-7th-2023'?",
    ),
    "a condition of an unknown kind": (
        at(READING, "            - not: customer-trafficked", "            - nto: customer-trafficked"),
        "must be a fact id, or one of",
        "",
    ),
    "both met and not met": (
        overlapping,
        "venture is both met and not met when common-undertaking=no, customer-trafficked=yes",
        "Narrow one",
    ),
    "a fact that nothing uses": (
        added("data/facts.yaml", SMALL_FACT),
        "no reading looks at the fact 'idle-fact'",
        "Use it",
    ),
    "a fact twice": (
        added("data/facts.yaml", SMALL_FACT.replace("idle-fact", "common-undertaking")),
        "the fact 'common-undertaking' is defined twice",
        "",
    ),
    "a mistyped fact in a story": (
        at(CASE, "  direct-dealings: yes\n", "  direct-dealing: yes\n"),
        "there is no fact 'direct-dealing'",
        "Did you mean 'direct-dealings'?",
    ),
    "a value that is none": (
        at(CASE, "  common-undertaking: no\n", "  common-undertaking: maybe\n"),
        "facts.common-undertaking: 'maybe' is not one of",
        "",
    ),
    "a mistyped fact in a switch": (
        at(CASE, "  - fact: moderation-duty-claimed\n    label", "  - fact: moderation-duty\n    label"),
        "this switch turns 'moderation-duty', which the facts above do not state. Did you mean 'moderation-duty-claimed'?",
        "",
    ),
    "a reading that is not there": (
        at(CASE, "  - ca7-gg-majority\n", "  - ca7-gg-majorty\n"),
        "there is no reading 'ca7-gg-majorty'",
        "Did you mean 'ca7-gg-majority'?",
    ),
    "a story that is too short": (
        lambda course: (CASE, (course.replace(CASE, "story: >-\n", "story: >-\n  Short.\nnote: >-\n"))),
        "the story has 1 words",
        "120 to 250",
    ),
    "a date that is none": (at(CASE, 'on: "2023-08-03"', "on: summer"), "on: 'summer' is not a date", ""),
    "a statute's span backwards": (
        at("data/statutes/usc-18-1595.yaml", "  to: '2008-12-23'", "  to: '2001-12-23'"),
        "cannot end on 2001-12-23",
        "",
    ),
    "an event without a lane": (
        at("data/timeline.yaml", "lane: statutes", "lane: statues"),
        "has no lane 'statues'",
        "",
    ),
    "checked before it was so": (
        at("data/authorities/red-roof-11th-2021.yaml", "checked: '2026-11-23'", "checked: '2026-11-22'"),
        "checked on 2026-11-22, before as_of 2026-11-23",
        "Correct one",
    ),
    # Exercises and their keys
    "a quotation in a reason, changed": (
        at(
            KEY,
            "“An individual who is a victim of a violation of this chapter”",
            "“An individual who was a victim of a violation of this chapter”",
        ),
        "this quotation is not on record for the authority named beside it",
        "Quote exactly",
    ),
    "a key twice in a file": (
        at(KEY, "version: 1\n", "version: 1\nversion: 2\n"),
        "the key 'version' stands twice",
        "Keep one",
    ),
}

FURTHER = {
    "a key twice in a file": 1,
    "a quotation in a reason, changed": -1,
    "a statute's span backwards": None,
    "an event without a lane": None,
    "a story that is too short": 0,
}
"""Where the fault stands some lines from the change; None where a file's own check tells it at the part it belongs to."""


def slug(course: Copy) -> int:
    lines = (course.root / LESSON).read_text("utf-8").split("\n")
    return next(number for number, line in enumerate(lines, 1) if line.startswith("  slug:"))


@pytest.mark.parametrize(("how", "what", "mend"), BROKEN.values(), ids=BROKEN.keys())
def test_one_thing_broken_is_told_where_it_is(
    course: Copy, request: pytest.FixtureRequest, how: Break, what: str, mend: str
) -> None:
    name, line = how(course)
    further = FURTHER.get(request.node.callspec.id, 0)
    found = new(course)
    told = [(file, number) for file, number, said, advice in found if what in said and mend in advice]
    assert told, found
    if further is None:
        assert all(file == name for file, _ in told)
    else:
        assert (name, line + further) in told, found


INLINE = "exercises/inline/00_start_here.yaml"


def _inline(kind: str) -> str:
    return (
        "id: 00_start_here\nlesson: 00_start_here\ntitle: In the text\nminutes: 5\nversion: 1\nitems:\n  - id: a1\n"
        f'    objective: "0.1"\n    difficulty: easy\n    points: 1\n    authority: [usc-18-1595]\n    stem: Well?\n{kind}'
    )


def _marked(words: str, source: str = "usc-18-1595(a)") -> str:
    reasons = ", ".join(f"{name}: {{why: So., authority: usc-18-1595, status: verified}}" for name in "ab")
    return _inline(
        f'    kind: highlight\n    passage: "{words}"\n    source: {source}\n'
        f"    key: {{answer: [a], reasons: {{{reasons}}}}}\n"
    )


def _drawn(case: str = "cloud-host", reading: str = "ca9-reddit", turn: str = "[2, 4]") -> str:
    return _inline(
        f"    kind: drawn\n    hypothetical: {case}\n    readings: [ca7-gg-majority, {reading}]\n    turn: {turn}\n"
    )


SOUND = "[[a|knowingly benefits]], financially or by [[b|receiving anything of value]]"


@pytest.mark.parametrize(
    ("text", "cell", "what"),
    [
        (_marked(SOUND), 'ask("00_start_here", "a1")', ""),
        (_marked(SOUND), 'ask("00_start_here", "a2")', "00_start_here has no question 'a2'"),
        (_marked(SOUND), 'ask("00_start_here")', "this cell names no question"),
        (_marked(SOUND), 'ask("00_start_her", "a1")', "exercises/inline has no '00_start_her'"),
        (_marked(SOUND), 'statute("usc-18-1595", "a")', ""),
        (_marked(SOUND), 'statute("usc-18-1595", "q")', "usc-18-1595 has no subsection 'q'"),
        (_marked(SOUND), 'statute("usc-18-159", "a")', "data/statutes has no 'usc-18-159'"),
        (_marked(SOUND), 'drill("cloud-hos")', "data/hypotheticals has no 'cloud-hos'"),
        (_marked(SOUND), 'figure("no-such")', "data/figures has no 'no-such'"),
        (
            _marked("[[a|knowingly benefit]], financially or by [[b|receiving anything of value]]"),
            "",
            "not on record for usc-18-1595(a)",
        ),
        (_marked(SOUND, "usc-18-1595(q)"), "", "has no subsection (q) on record"),
        (_marked(SOUND, "usc-18-1596(a)"), "", "there is no authority 'usc-18-1596'"),
        (_drawn(), "", ""),
        (_drawn(case="cloud-hos"), "", "there is no hypothetical 'cloud-hos'"),
        (_drawn(reading="ca9-redit"), "", "there is no reading 'ca9-redit'"),
        (_drawn(reading="ca7-gg-majority"), "", "'ca7-gg-majority' stands twice"),
        (_drawn(turn="9"), "", "no form can be drawn: with 9 switches turned"),
    ],
)
def test_inline_questions_and_the_cells_that_name_them(course: Copy, text: str, cell: str, what: str) -> None:
    course.create(INLINE, text)
    if cell:
        name = cell.partition("(")[0]
        course.append(LESSON, f"\n```{{code-cell}} ipython3\nfrom knowing_benefit import {name}; {cell}\n```\n")
    told = new(course)
    if not what:
        assert told == []
        return
    assert len(told) == 1
    assert what in told[0][2]
    assert told[0][0] == (LESSON if cell else INLINE)


def test_a_broken_file_does_not_hide_another(course: Copy) -> None:
    course.replace(READING, "kind: majority", "kind: major")
    course.replace(CASE, "as_pleaded: true", "as_pleaded: perhaps")
    course.replace("data/timeline.yaml", "lane: statutes", "lane: statues")
    course.append(LESSON, "\n:::{takeaway}\n")
    told = {file for file, *_ in new(course)}
    assert {READING, CASE, "data/timeline.yaml", LESSON} <= told


@pytest.mark.parametrize("only", [LESSON, "lessons", "lessons/", ".", "./lessons"])
def test_only_a_part_of_the_course(course: Copy, only: str) -> None:
    line = course.append(LESSON, "\nSo she won!\n") + 1
    assert (LESSON, line) in [(fault.file, fault.line) for fault in course.check(Path(only)).faults]


@pytest.mark.parametrize("only", ["lessons/00_start_here.md", "data"])
def test_a_fault_elsewhere_is_not_told_and_is_not_denied(course: Copy, only: str) -> None:
    course.append(LESSON, "\nSo she won!\n")
    report = course.check(Path(only))
    assert [fault for fault in report.faults if fault.file == LESSON] == []
    assert report.summary.startswith(f"{only} (elsewhere: ")


def test_what_was_not_looked_at_for_long_is_listed_and_not_failed(course: Copy) -> None:
    authorities = Library(course.root).authorities
    checked = max(date.fromisoformat(one.checked) for one in authorities.values())
    soon = course.check(today=date.fromordinal(checked.toordinal() + STALE_DAYS))
    late = course.check(today=date.fromordinal(checked.toordinal() + STALE_DAYS + 1))
    assert len(late.notices) == len(authorities) >= len(soon.notices)
    assert late.faults == soon.faults


def test_nothing_is_changed_by_looking(course: Copy) -> None:
    before = {path: path.read_bytes() for path in course.root.rglob("*") if path.is_file()}
    course.check()
    assert {path: path.read_bytes() for path in course.root.rglob("*") if path.is_file()} == before


def test_faults_print_as_file_line_what_and_mend() -> None:
    assert (
        str(Fault("data/x.yaml", 3, "there is no fact 'a'", "Did you mean 'b'?"))
        == "data/x.yaml:3: there is no fact 'a'. Did you mean 'b'?"
    )
    assert str(Fault("data/x.yaml", 3, "it is empty")) == "data/x.yaml:3: it is empty."


def test_where_eyecite_is_not_installed_the_check_says_what_it_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("knowing_benefit.law.citations.knows_reporters", lambda: False)
    monkeypatch.setattr("knowing_benefit.publish.check.knows_reporters", lambda: False)
    citations._reporter_key.cache_clear()
    try:
        assert citations.find_citations("See 76 F.4th 544 (7th Cir. 2023).") == []
        (notice,) = check(Library(ROOT), today=date(2026, 11, 24)).notices
    finally:
        citations._reporter_key.cache_clear()
    assert notice.startswith("Citations by reporter were not looked at")


FIGURE = """id: small
kind: chain
title: A figure
caption: Who serves whom. {caption}
alt: What a seeing reader concludes.
authority: [gg-salesforce-7th-2023]
status: secondary
boxes: [{{label: A, authority: {authority}}}, {{label: B}}]
links: [sells to]
"""


def test_figures_rest_on_what_is_there_and_are_shown_somewhere(course: Copy) -> None:
    course.create("data/figures/small.yaml", FIGURE.format(caption="", authority="red-roof-11th-2021"))
    report = course.check()
    assert report.faults == []
    assert [line for line in report.notices if "small" in line] == [
        "data/figures/small.yaml: no lesson shows it. Show it, or delete it."
    ]
    cell = '```{code-cell} ipython3\nfrom knowing_benefit import figure; figure("small")\n```\n'
    course.append("lessons/01_the_case.md", f"\n{cell}")
    assert not any("small" in line for line in course.check().notices)
    said = "“These are words that nobody is on record with.”"
    course.create("data/figures/small.yaml", FIGURE.format(caption=said, authority="red-roof-11th-2022"))
    assert {(line, what.partition(" '")[0]) for _, line, what, _ in new(course)} == {
        (4, "this quotation is not on record for the authority named beside it:"),
        (8, "there is no authority"),
    }
    course.create("data/figures/small.yaml", "id: small\nkind: pie\n")
    assert [(file, line) for file, line, _, _ in new(course)] == [("data/figures/small.yaml", 2)]


def test_lessons_are_reviewed(course: Copy) -> None:
    line = course.replace("lessons/01_the_case.md", "brief 25, practice", "brief 26, practice")
    [(file, at_line, what, _)] = new(course)
    assert (file, at_line) == ("lessons/01_the_case.md", line)
    parts = re.search(r"make (\d+) minutes, not (\d+)", what)
    assert parts and int(parts[1]) == int(parts[2]) + 1
