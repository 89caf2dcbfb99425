"""Decided cases: ours hold together, other people's are read kindly, and mistakes are told by line."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from knowing_benefit.law.backtest import own_court
from knowing_benefit.law.dates import PartialDate
from knowing_benefit.law.decided import Case, load_cases
from knowing_benefit.law.library import Library
from knowing_benefit.law.source import CourseError, Fault

ROOT = Path(__file__).parents[2]
LIBRARY = Library(ROOT)
FACTS = ("staff-complicity", "red-flags-to-staff", "published-content")
READINGS = ("ca11-red-roof", "ca9-reddit")
OWN = sorted(LIBRARY.decided)
DOC = (ROOT / "docs" / "decided-cases.md").read_text(encoding="utf-8")


def written(tmp_path: Path, text: str, name: str = "mine.yaml") -> Path:
    """A file of somebody's own."""
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def faults_of(path: Path) -> list[Fault]:
    """The faults that reading a file gives."""
    with pytest.raises(CourseError) as caught:
        load_cases(path, FACTS, READINGS)
    return caught.value.faults


def test_there_are_enough_cases() -> None:
    assert len(OWN) >= 45


@pytest.mark.parametrize("name", OWN)
class TestOurs:
    """What must hold for each file of ``data/decided/``."""

    def test_it_tests_its_own_court(self, name: str) -> None:
        case = LIBRARY.decided[name]
        if case.reading is None:
            assert case.compare, "a case of a court without a reading is at least shown under one"
        else:
            assert own_court(case, LIBRARY.readings[case.reading])
            assert case.reading not in case.compare

    def test_it_agrees_with_its_authority(self, name: str) -> None:
        case = LIBRARY.decided[name]
        assert case.authority is not None
        authority = LIBRARY.authority(case.authority)
        assert case.court == authority.court
        # One authority may stand for two rulings in one docket; then the case gives its own citation and date.
        if case.citation is None:
            assert str(case.decided) == str(authority.decided)

    def test_it_says_how_it_is_known(self, name: str) -> None:
        case = LIBRARY.decided[name]
        assert case.status in ("verified", "secondary")
        assert case.sources
        assert case.pleaded
        assert case.outcome.source in case.sources or case.outcome.source
        assert all(ruling.source for ruling in case.rulings.values())

    def test_judgment_is_explained(self, name: str) -> None:
        case = LIBRARY.decided[name]
        assert set(case.coded_from) <= set(case.facts)
        needs = {
            "common-undertaking",
            "staff-complicity",
            "signs-of-coercion",
            "published-content",
            "content-development",
        }
        silent = {fact for fact in needs & set(case.facts) if case.facts[fact] == "no"} - set(case.coded_from)
        # Of a vendor that has neither rooms nor posts the contrary is on the face of the complaint.
        assert (
            silent <= {"staff-complicity", "content-development"}
            if case.defendant == "vendor of software"
            else not silent
        )


def test_matched_pairs_differ_in_what_they_teach() -> None:
    """Same judge, opposite results: the coding must show what the pair turns on."""
    bofa, bny = LIBRARY.decided["doe-bofa-sdny-2026"], LIBRARY.decided["doe-bny-sdny-2026"]
    assert (bofa.facts["nonroutine-service"], bny.facts["nonroutine-service"]) == ("yes", "no")
    ag, sjc = LIBRARY.decided["ag-northbrook-ndga-2022"], LIBRARY.decided["sjc-esa-ndga-2024"]
    assert (ag.facts["staff-complicity"], sjc.facts["staff-complicity"]) == ("yes", "no")
    first, second = LIBRARY.decided["am-omegle-dor-2022"], LIBRARY.decided["am-omegle-dor-2023"]
    assert (first.facts["knowing-assistance"], second.facts["knowing-assistance"]) == ("no", "yes")


ONE = "id: a\nfacts: {staff-complicity: yes}\n"
FORMS = {
    "one case": ONE,
    "a list": "- id: a\n  facts:\n    staff-complicity: yes\n",
    "under cases": "cases:\n  - id: a\n    facts: {staff-complicity: yes}\n",
    "words joined otherwise": "id: a\nfacts: {staff_complicity: yes}\n",
    "a truth of YAML": "id: a\nfacts: {staff-complicity: true}\n",
    "CRLF": ONE.replace("\n", "\r\n"),
    "a byte-order mark": "\ufeff" + ONE,
}


@pytest.mark.parametrize("text", FORMS.values(), ids=FORMS)
def test_little_is_needed(tmp_path: Path, text: str) -> None:
    (case,) = load_cases(written(tmp_path, text), FACTS, READINGS)
    assert case == Case(id="a", facts={"staff-complicity": "yes"})
    assert case.outcome.held == "unclear"
    assert case.day == "9999-12-31"


def test_json_is_read_with_tabs_and_its_own_truths(tmp_path: Path) -> None:
    given = {
        "cases": [
            {
                "id": "a",
                "decided": 2024,
                "reading": None,
                "facts": {"staff-complicity": True, "red-flags-to-staff": False, "published-content": None},
                "rulings": {"section_230": "not_met", "knowledge": {"held": "Met", "basis": "inferred"}},
                "outcome": "barred_by_section_230",
            }
        ]
    }
    path = written(tmp_path, json.dumps(given, indent="\t"), "mine.json")
    (case,) = load_cases(path, FACTS, READINGS)
    assert case.facts == {"staff-complicity": "yes", "red-flags-to-staff": "no", "published-content": "unknown"}
    assert case.decided == PartialDate(2024)
    assert case.rulings["section-230"].held == "not met"
    assert case.rulings["section-230"].basis == "stated"
    assert case.rulings["knowledge"].basis == "inferred"
    assert case.outcome.held == "barred by section 230"


MISTAKES = {
    "a mistyped fact": (
        "id: a\nfacts:\n  staff-complicty: yes\n",
        3,
        "no fact 'staff-complicty'",
        "'staff-complicity'",
    ),
    "a value that is none": ("id: a\nfacts:\n  staff-complicity: maybe\n", 3, "'maybe'", ""),
    "no facts": ("id: a\n", 1, "facts is missing", ""),
    "no id": ("facts: {staff-complicity: yes}\n", 1, "id is missing", ""),
    "another reading": ("id: a\nreading: ca11-redroof\nfacts: {}\n", 2, "no reading 'ca11-redroof'", "'ca11-red-roof'"),
    "a reading to compare": ("id: a\nfacts: {}\ncompare: [ca9-redit]\n", 3, "no reading 'ca9-redit'", "'ca9-reddit'"),
    "a ruling that is none": ("id: a\nfacts: {}\nrulings:\n  knowledge: granted\n", 4, "'granted'", ""),
    "an element that is none": ("id: a\nfacts: {}\nrulings:\n  intent: met\n", 4, "'intent'", ""),
    "an outcome that is none": ("id: a\nfacts: {}\noutcome: {held: won}\n", 3, "'won'", ""),
    "a field that is none": ("id: a\nfact: {}\nfacts: {}\n", 2, "'fact' is not a field", "'facts'"),
    "no such day": ("id: a\nfacts: {}\ndecided: 2024-02-30\n", 3, "not in the calendar", ""),
    "an id twice": ("- {id: a, facts: {}}\n- {id: a, facts: {}}\n", 2, "'a' stands twice", "its own"),
    "an empty list": ("cases: []\n", 1, "no cases", "Write one case"),
    "a word": ("hello\n", 1, "no cases", "Write one case"),
    "a list of words": ("- hello\n", 1, "mapping", ""),
}


@pytest.mark.parametrize(("text", "line", "what", "mend"), MISTAKES.values(), ids=MISTAKES)
def test_mistakes_are_told_by_line(tmp_path: Path, text: str, line: int, what: str, mend: str) -> None:
    path = written(tmp_path, text)
    (fault,) = faults_of(path)
    assert (fault.file, fault.line) == (path.as_posix(), line)
    assert what in fault.what
    assert mend in fault.mend


def test_all_mistakes_of_a_file_are_told_together(tmp_path: Path) -> None:
    text = "- {id: a, facts: {published-contnt: yes}}\n- {id: b}\n- {id: c, facts: {}, outcome: won}\n"
    assert [fault.line for fault in faults_of(written(tmp_path, text))] == [1, 2, 3]


@pytest.mark.parametrize(
    ("text", "line"), [('{"id": "a",\n "facts": {}', 2), ('{"id": "a"\n "facts": {}}', 2), ("", 1), ("[" * 100_000, 1)]
)
def test_broken_json_is_told_by_line(tmp_path: Path, text: str, line: int) -> None:
    (fault,) = faults_of(written(tmp_path, text, "mine.json"))
    assert fault.line == line
    assert fault.mend


def test_a_mistake_in_json_has_its_line(tmp_path: Path) -> None:
    (fault,) = faults_of(
        written(tmp_path, '{\n "id": "a",\n "facts": {\n  "staff-complicty": "yes"\n }\n}', "mine.json")
    )
    assert fault.line == 4


def test_a_missing_file_is_a_fault(tmp_path: Path) -> None:
    (fault,) = faults_of(tmp_path / "nowhere.json")
    assert "cannot be read" in fault.what


class TestTheDocument:
    """``docs/decided-cases.md`` tells the truth about the format."""

    def test_its_examples_are_read(self, tmp_path: Path) -> None:
        for kind in ("yaml", "json"):
            (example,) = re.findall(rf"```{kind}\n(.*?)```", DOC, re.DOTALL)
            path = written(tmp_path, example, f"example.{kind}")
            assert load_cases(path, LIBRARY.facts, LIBRARY.readings)

    def test_it_lists_every_field(self) -> None:
        rows = re.findall(r"^\| (`[^|]+) \|", DOC, re.MULTILINE)
        assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == set(Case.model_fields)

    def test_every_fact_it_names_is_one(self) -> None:
        guide = DOC[DOC.index("What decides most often") : DOC.index("## What comes out")]
        named = set(re.findall(r"`([a-z0-9-]+)`", guide))
        assert named
        assert named <= set(LIBRARY.facts)
