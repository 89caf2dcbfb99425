"""The dated events: what the file says, what a query makes of it, what faults it catches."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowing_benefit.law.dates import PartialDate
from knowing_benefit.law.library import Library
from knowing_benefit.law.source import CourseError, load
from knowing_benefit.law.timeline import Event, Timeline

COURSE = Library(Path(__file__).parents[2])
EVENTS = COURSE.timeline


def named(events: list[Event]) -> set[str]:
    return {event.id for event in events}


# --- the file ---


def test_every_lane_has_events_and_together_they_are_many() -> None:
    assert len(EVENTS.events) >= 50
    assert {event.lane for event in EVENTS.events} == {lane.id for lane in EVENTS.lanes}


@pytest.mark.parametrize("event", EVENTS.events, ids=lambda event: event.id)
def test_an_event_names_an_authority_that_is_on_file_and_known_as_well(event: Event) -> None:
    authority = COURSE.authority(event.authority)
    assert authority.short
    if event.status == "verified" and authority.kind != "press":
        assert (
            authority.status == "verified" or event.id == "reddit"
        )  # its slip opinion's summary was seen, its text not


@pytest.mark.parametrize("event", EVENTS.events, ids=lambda event: event.id)
def test_quotation_marks_hold_words_of_the_authority(event: Event) -> None:
    authority = COURSE.authority(event.authority)
    theirs = " ".join([authority.name, *(quote.text for quote in authority.quotes)]).lower()
    for words in re.findall(r"“([^”]+)”", event.label + event.text):
        assert words.lower() in theirs


def test_what_is_known_of_the_dealings_is_told_as_pleaded_and_was_not_public() -> None:
    dealings = [event for event in EVENTS.events if event.lane == "salesforce"]
    for event in dealings:
        assert re.search(r"[Aa]s pleaded|as summaries", event.text), event.id
        assert not event.public


def test_both_sides_are_there_before_and_during_the_contract() -> None:
    before = EVENTS.before_contract()
    assert {event.favors for event in before.public} == {"plaintiff", "defendant", "neither"}
    during = {event.id: event for event in EVENTS.shown(span="contract")}
    for signal in ("village-voice", "mckenna", "doj-memo", "dart", "doe-backpage"):
        assert during[signal].favors == "defendant"
    for signal in ("ag-letter-2010", "ag-letter-2011", "ag-reject-2012", "psi-report"):
        assert during[signal].favors == "plaintiff"


def test_the_report_of_the_remand_says_that_its_month_is_the_reports() -> None:
    event = EVENTS.event("gg-remand")
    assert event.when() == "January 2026"
    assert "month of the report" in event.text


# --- what was public ---


def test_the_contract_is_known_to_the_year_so_that_the_year_itself_is_neither_before_nor_after() -> None:
    before = EVENTS.before_contract()
    assert before.when == PartialDate(2013)
    assert "ag-letter-2013" in named(before.unsure)
    assert "ag-letter-2013" not in named(before.public)
    assert {"ag-letter-2010", "ag-letter-2011", "village-voice", "mckenna"} <= named(before.public)


def test_what_was_not_public_is_told_apart_with_its_reason() -> None:
    hidden = EVENTS.before_contract().hidden
    assert named(hidden) == {"pleaded-2008", "doj-memo"}
    assert all(event.why_public for event in hidden)


@given(st.dates(min_value=date(1990, 1, 1), max_value=date(2030, 1, 1)))
def test_before_a_day_comes_only_what_had_ended_by_then(day: date) -> None:
    before = EVENTS.public_before(day.isoformat())
    assert all(event.last < day and event.public for event in before.public)
    assert all(event.last < day and not event.public for event in before.hidden)
    assert len(before.public) + len(before.hidden) == sum(event.last < day for event in EVENTS.events)


@given(st.dates(min_value=date(1990, 1, 1), max_value=date(2030, 1, 1)), st.integers(0, 4000))
def test_what_was_public_stays_public(day: date, later: int) -> None:
    after = date.fromordinal(day.toordinal() + later)
    assert named(EVENTS.public_before(str(day)).public) <= named(EVENTS.public_before(str(after)).public)


# --- lanes and spans ---


def test_events_come_in_order_of_time() -> None:
    keys = [event.date.key for event in EVENTS.shown()]
    assert keys == sorted(keys)
    assert len(keys) == len(EVENTS.events)


def test_a_span_shows_what_reaches_into_it() -> None:
    shown = named(EVENTS.shown(span="contract"))
    assert "consultations" in shown  # 2013 to 2017
    assert "backpage-starts" not in shown
    assert "sf-complaint" not in shown
    assert named(EVENTS.shown(["gg"], "backpage")) == {"gg-2016"}
    assert EVENTS.shown([], "whole") == []


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(KeyError, match="backpage"):
        EVENTS.span("the-nineties")


# --- faults ---

HEAD = """lanes: [{id: gg, title: G.G., about: The case.}]
spans: [{id: whole, title: All, from: 2000, to: 2030, conclusion: So it was.}]
contract: {begins: one, ends: one}
events:
"""
ONE = {
    "id": "one",
    "lane": "gg",
    "date": "2013",
    "precision": "year",
    "label": "It begins",
    "text": "It begins.",
    "authority": "gg",
    "status": "verified",
    "public": "true",
    "weight": "3",
}


def written(folder: Path, *events: dict[str, str]) -> Path:
    path = folder / "timeline.yaml"
    entries = ["\n    ".join(f"{name}: {value}" for name, value in event.items()) for event in events]
    path.write_text(HEAD + "".join(f"  - {entry}\n" for entry in entries), "utf-8")
    return path


def test_a_plain_event_is_read(tmp_path: Path) -> None:
    [event] = load(written(tmp_path, ONE), Timeline).events
    assert (event.when(), event.weight, event.public) == ("2013", 3, True)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"status": "unverified"}, "unverified"),
        ({"precision": "day"}, "known to the year, not to the day"),
        ({"date": "2013-02-30", "precision": "day"}, "not in the calendar"),
        ({"date": "about 2013"}, "is not a date"),
        ({"until": "2012"}, "before it begins"),
        ({"label": "x" * 43}, "42"),
        ({"lane": "g"}, "Did you mean 'gg'"),
        ({"weight": "4"}, "weight"),
        ({"public": "perhaps"}, "true or false"),
        ({"publik": "true"}, "is not a field here"),
    ],
)
def test_a_fault_is_told_with_its_line(tmp_path: Path, change: dict[str, str], told: str) -> None:
    with pytest.raises(CourseError) as problem:
        load(written(tmp_path, ONE | change), Timeline)
    assert told in str(problem.value)
    assert all(fault.file.endswith("timeline.yaml") and fault.line >= 1 for fault in problem.value.faults)


def test_two_events_of_one_id_are_a_fault(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="two events have the id 'one'"):
        load(written(tmp_path, ONE, ONE), Timeline)


def test_a_contract_that_is_no_event_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="there is no event 'one'"):
        load(written(tmp_path, ONE | {"id": "other"}), Timeline)
