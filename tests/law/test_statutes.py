"""Statutes at a date: the wordings on record, word-by-word comparison, and the faults that are caught."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowing_benefit.law.source import CourseError
from knowing_benefit.law.statutes import OutOfSpanError, Statute, Version, compare, load_statutes

FOLDER = Path(__file__).parents[2] / "data" / "statutes"
CODE = load_statutes(FOLDER)
CIVIL = CODE["usc-18-1595"]

SMALL = """id: usc-1-1
cite: 1 U.S.C. § 1
title: A section
versions:
- from: {first}
  to: {end}
  act: {{law: Pub. L. No. 1-1, section: "1", stat: 1 Stat. 1, date: {first}, what: Adds it.}}
  status: verified
  complete: true
  quotable: true
  text: {{a: (a) Old words.}}
  sources: [the Code]
- from: {second}
  act: {{law: Pub. L. No. 2-2, section: "2, 3", stat: 2 Stat. 2, date: {dated}, what: Amends it.}}
  status: verified
  complete: true
  quotable: true
  text: {{a: (a) New words., b: (b) More.}}
  sources: [the Code]
"""


def small(folder: Path, **changes: str) -> Path:
    """A statute of our own making, as the one file of a folder."""
    values = {"first": "2000-01-01", "end": "2010-01-01", "second": "2010-01-01"}
    values |= changes
    values.setdefault("dated", values["second"])
    (folder / "usc-1-1.yaml").write_text(SMALL.format(**values), "utf-8")
    return folder


def joined(runs: Sequence[tuple[str, str]], *ops: str) -> str:
    return "".join(words for op, words in runs if op in ops)


# --- the record ---


def test_the_four_sections_are_there() -> None:
    assert {name: statute.cite for name, statute in CODE.items()} == {
        "usc-18-1591": "18 U.S.C. § 1591",
        "usc-18-1595": "18 U.S.C. § 1595",
        "usc-18-2421A": "18 U.S.C. § 2421A",
        "usc-47-230": "47 U.S.C. § 230",
    }


def test_what_2008_put_into_1595a_and_2023_added_to_it() -> None:
    old, new = CIVIL.on("2012-06-01"), CIVIL.on("2024-01-01")
    changes = [(op, words) for op, words in compare(old, new, "a") if op != "same"]
    assert changes == [("added", ", or attempts or conspires to benefit")]


def test_the_wording_of_2003_is_never_quotable_and_says_so() -> None:
    first = CIVIL.on("2005-05-05")
    assert not first.quotable and not first.complete and "Reconstructed" in (first.note or "")
    struck = joined(compare(first, CIVIL.on("2009-01-01"), "a"), "struck")
    added = joined(compare(first, CIVIL.on("2009-01-01"), "a"), "added")
    assert "section 1589, 1590, or 1591" in struck
    assert "whoever knowingly benefits" in added


def test_only_what_was_seen_is_verified() -> None:
    known = {(name, version.from_): version.status for name, statute in CODE.items() for version in statute.versions}
    assert {place for place, status in known.items() if status == "secondary"} == {
        ("usc-18-1595", "2003-12-19"),
        ("usc-18-1595", "2018-04-11"),
        ("usc-47-230", "1998-10-21"),
    }


def test_fosta_added_one_paragraph_to_section_230_and_one_definition_to_1591() -> None:
    act = CODE["usc-47-230"]
    runs = compare(act.on("2018-04-10"), act.on("2018-04-11"), "e")
    assert [op for op, _ in runs] == ["same", "added"]
    assert runs[1][1].strip().startswith("(5) No effect on sex trafficking law")
    crime = CODE["usc-18-1591"]
    assert "participation in a venture" not in crime.on("2016-01-01").text["e"]
    assert "knowingly assisting, supporting, or facilitating" in crime.on("2019-01-01").text["e"]


@pytest.mark.parametrize("statute", CODE.values(), ids=CODE.keys())
def test_each_subsection_begins_with_its_letter_and_each_change_changes_something(statute: Statute) -> None:
    for version in statute.versions:
        assert all(text.startswith(f"({name}) ") for name, text in version.text.items())
    assert all(names for _, _, names in statute.changes())


@pytest.mark.parametrize("statute", CODE.values(), ids=CODE.keys())
@given(days=st.integers(min_value=0, max_value=14000))
def test_every_day_since_the_first_has_exactly_one_wording(statute: Statute, days: int) -> None:
    day = date.fromisoformat(statute.versions[0].from_) + timedelta(days=days)
    assert [version for version in statute.versions if version.covers(day)] == [statute.on(day)]


# --- dates ---


def test_the_last_day_of_one_wording_and_the_first_of_the_next() -> None:
    assert CIVIL.on("2015-05-28").from_ == "2008-12-23"
    assert CIVIL.on("2015-05-29").from_ == "2015-05-29"
    assert CIVIL.on("2015-05-28").span() == "Dec. 23, 2008, to May 28, 2015"
    assert CIVIL.current.span() == "since Jan. 5, 2023"


def test_a_day_before_the_statute_is_a_clear_error() -> None:
    with pytest.raises(
        OutOfSpanError, match=r"no wording of 18 U.S.C. § 1595 is on record for 2001-01-01.*Dec. 19, 2003"
    ):
        CIVIL.on("2001-01-01")


@pytest.mark.parametrize("day", ["2023", "2023-02-30", "yesterday"])
def test_what_is_not_a_day_is_refused(day: str) -> None:
    with pytest.raises(ValueError, match="write YYYY-MM-DD"):
        CIVIL.on(day)


def test_a_wording_by_its_first_day() -> None:
    assert CIVIL.version("2018-04-11") is CIVIL.on("2020-01-01")
    with pytest.raises(KeyError, match="2008-12-23"):
        CIVIL.version("2019-01-01")


def test_an_act_as_it_is_cited(tmp_path: Path) -> None:
    assert CIVIL.on("2010-01-01").act.cite() == "Pub. L. No. 110-457, § 221(2), 122 Stat. 5067 (Dec. 23, 2008)"
    assert (
        load_statutes(small(tmp_path))["usc-1-1"].current.act.cite()
        == "Pub. L. No. 2-2, §§ 2, 3, 2 Stat. 2 (Jan. 1, 2010)"
    )


# --- comparison ---

words = st.lists(
    st.sampled_from(["venture", "knew", "or", "should", "have", "known", "(a)", "benefit,", "§ 1591", "\n"]),
    max_size=25,
).map(" ".join)


def worded(text: str) -> Version:
    act = {"law": "L", "section": "1", "stat": "1 Stat. 1", "date": "2000-01-01", "what": "w"}
    given_text = {"a": text} if text else {"z": "(z)"}
    return Version.model_construct(
        from_="2000-01-01", to=None, act=act, status="verified", complete=True, quotable=True, text=given_text
    )


@given(old=words, new=words)
def test_the_runs_give_back_both_texts(old: str, new: str) -> None:
    if not old and not new:
        return
    runs = compare(worded(old), worded(new), "a")
    assert joined(runs, "same", "struck") == old
    assert joined(runs, "same", "added") == new
    assert all(text for _, text in runs)


@given(text=words.filter(bool))
def test_nothing_changes_in_the_same_words(text: str) -> None:
    assert compare(worded(text), worded(text), "a") == [("same", text)]


def test_a_subsection_that_only_one_wording_has_is_added_or_struck_whole(tmp_path: Path) -> None:
    old, new = load_statutes(small(tmp_path))["usc-1-1"].versions
    assert compare(old, new, "b") == [("added", "(b) More.")]
    assert compare(new, old, "b") == [("struck", "(b) More.")]
    with pytest.raises(KeyError, match="there are: a, b"):
        compare(old, new, "c")


# --- faults ---


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"end": "2009-01-01"}, "no wording covers 2009-01-01 to 2010-01-01"),
        ({"end": "2011-01-01"}, "two wordings are in force from 2010-01-01 to 2011-01-01"),
        ({"end": "null"}, "has no end, yet another follows"),
        ({"end": "1999-01-01"}, "cannot end on 1999-01-01"),
        ({"second": "2010-02-30"}, "write YYYY-MM-DD"),
        ({"dated": "2009-12-31"}, "begins on 2010-01-01 but its Act is dated 2009-12-31"),
    ],
)
def test_spans_that_do_not_join_are_faults_with_a_line(tmp_path: Path, changes: dict[str, str], said: str) -> None:
    with pytest.raises(CourseError, match=said) as caught:
        load_statutes(small(tmp_path, **changes))
    assert all(fault.file.endswith("usc-1-1.yaml") and fault.line > 1 for fault in caught.value.faults)


def test_subsections_out_of_order_are_a_fault(tmp_path: Path) -> None:
    path = small(tmp_path) / "usc-1-1.yaml"
    path.write_text(
        path.read_text("utf-8").replace("{a: (a) New words., b: (b) More.}", "{b: (b) More., a: (a) New words.}"),
        "utf-8",
    )
    with pytest.raises(CourseError, match="not in order"):
        load_statutes(tmp_path)
