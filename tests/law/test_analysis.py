"""The truth table says what the analysis says; turning points are all the smallest changes; dated law; certainty."""

from __future__ import annotations

import itertools
import json
from datetime import date
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings
from invented import ELEMENTS, FACTS, TREES, hypotheticals, invented_library, pleadings, readings

from knowing_benefit.law.analysis import OUTCOMES, analyse, as_json, partings, table, turning_points, weights
from knowing_benefit.law.doctrine import Result, Tree, combine, outcome
from knowing_benefit.law.hypotheticals import Hypothetical
from knowing_benefit.law.logic import Facts, Truth
from knowing_benefit.law.readings import Reading, View, answer, overlaps

OPENED = invented_library()
MODERN = "2024-06-01"
CLAIM, DEFENCE = TREES
BENEFICIARY = ("venture", "knowledge", "participation", "benefit")
"""What a claim against one who benefits needs beyond what every claim of a victim needs."""
SECTION_230 = ("provider", "publisher", "third-party-content")
BARS = {"y": "bars the claim", "n": "does not bar the claim", "u": "open"}

OUTCOME_STRINGS = st.integers(0, 5).flatmap(lambda count: st.text("sdbo", min_size=1 << count, max_size=1 << count))


# -- The table ---------------------------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(hypotheticals(), readings("one"), readings("two"))
def test_the_table_says_what_the_analysis_says(case: Hypothetical, first: Reading, second: Reading) -> None:
    found = table(OPENED, case, [first, second])
    assert list(found.readings) == ["one", "two"]
    for setting in range(1 << len(case.switches)):
        facts = found.facts(setting)
        for place, switch in enumerate(case.switches):
            assert facts[switch.fact] == switch.positions[setting >> place & 1]
        assert {name: value for name, value in facts.items() if name not in {s.fact for s in case.switches}} == {
            name: value for name, value in case.facts.items() if name not in {s.fact for s in case.switches}
        }
        for entry in found.readings.values():
            direct = analyse(OPENED, entry.reading, facts, case.on)
            assert {name: column.at(setting) for name, column in entry.columns.items()} == direct.answers
            assert BARS[entry.bars[setting]] == direct.section_230
            assert OUTCOMES[entry.outcomes[setting]] == direct.outcome
            assert len(entry.outcomes) == len(entry.bars) == 1 << len(case.switches)


@settings(max_examples=40, deadline=None)
@given(hypotheticals(), readings())
def test_a_column_depends_on_no_switch_that_its_element_does_not_look_at(case: Hypothetical, reading: Reading) -> None:
    entry = table(OPENED, case, [reading]).readings["one"]
    for element, column in entry.columns.items():
        looked_at = reading.elements[element].facts() if element in reading.elements else frozenset()  # type: ignore[index]
        assert {case.switches[number].fact for number in column.switches} <= looked_at
        assert len(column.cells) == 1 << len(column.switches)
        assert len(set(column.answers)) == len(column.answers), "an answer stands once"
        assert set(column.cells) == set(range(len(column.answers))), "no answer that is never given"


@given(hypotheticals(), readings())
@settings(max_examples=20, deadline=None)
def test_another_day_may_be_asked_about(case: Hypothetical, reading: Reading) -> None:
    entry = table(OPENED, case, [reading], on="2005-01-01").readings["one"]
    assert OUTCOMES[entry.outcomes[0]] == analyse(OPENED, reading, case.facts, "2005-01-01").outcome


# -- Turning points and weights ----------------------------------------------------------------------------------------


def flipping_sets(outcomes: str, setting: int) -> set[frozenset[int]]:
    """Every set of switches that changes the result and of which no proper part does, by going through all sets."""
    count = len(outcomes).bit_length() - 1
    every = [frozenset(chosen) for size in range(count + 1) for chosen in itertools.combinations(range(count), size)]
    changing = {chosen for chosen in every if outcomes[setting ^ sum(1 << n for n in chosen)] != outcomes[setting]}
    return {chosen for chosen in changing if not any(smaller < chosen for smaller in changing)}


@settings(max_examples=200, deadline=None)
@given(OUTCOME_STRINGS, st.data())
def test_turning_points_are_exactly_the_smallest_changes(outcomes: str, data: st.DataObject) -> None:
    setting = data.draw(st.integers(0, len(outcomes) - 1))
    points = turning_points(outcomes, setting)
    sets = [frozenset(numbers) for numbers, _ in points]
    assert set(sets) == flipping_sets(outcomes, setting)
    assert len(set(sets)) == len(sets), "none stands twice"
    assert [len(numbers) for numbers in sets] == sorted(len(numbers) for numbers in sets), "smallest first"
    for numbers, then in points:
        assert list(numbers) == sorted(numbers)
        assert then == OUTCOMES[outcomes[setting ^ sum(1 << n for n in numbers)]]


def test_turning_points_of_a_case_worked_out_by_hand() -> None:
    # Switch 0 alone does nothing, 1 alone does, 0 and 2 together do; 0, 1 and 2 together hold smaller sets.
    outcomes = "".join("s" if setting in (0b000, 0b001, 0b100) else "d" for setting in range(8))
    assert turning_points(outcomes, 0) == [((1,), "dismissed"), ((0, 2), "dismissed")]
    assert turning_points("ssss", 2) == []
    assert turning_points("s", 0) == []


@given(OUTCOME_STRINGS)
def test_weights_are_shares_of_settings(outcomes: str) -> None:
    count = len(outcomes).bit_length() - 1
    expected = []
    for number in range(count):
        changing = [s for s in range(len(outcomes)) if outcomes[s] != outcomes[s ^ (1 << number)]]
        expected.append(len(changing) / len(outcomes))
    assert weights(outcomes) == expected


def test_weights_by_hand() -> None:
    assert weights("sd" * 4) == [1.0, 0.0, 0.0]
    assert weights("sssd") == [0.5, 0.5]
    assert weights("oooo") == [0.0, 0.0]


# -- Outcomes ----------------------------------------------------------------------------------------------------------

TABLE = {
    ("no", "no"): "dismissed",
    ("no", "unknown"): "dismissed",
    ("no", "yes"): "dismissed",
    ("unknown", "no"): "open",
    ("unknown", "unknown"): "open",
    ("unknown", "yes"): "barred by section 230",
    ("yes", "no"): "survives",
    ("yes", "unknown"): "open",
    ("yes", "yes"): "barred by section 230",
}
"""Claim, defence, and what a motion to dismiss comes to."""

GOOD_FOR_PLAINTIFF = {"dismissed": 0, "barred by section 230": 0, "open": 1, "survives": 2}
LEVEL = {"no": 0, "unknown": 1, "yes": 2, "not met": 0, "open": 1, "met": 2}


@pytest.mark.parametrize(("pair", "expected"), TABLE.items(), ids=lambda value: str(value))
def test_outcome_by_its_table(pair: tuple[Truth, Truth], expected: str) -> None:
    assert outcome(*pair) == expected


def test_outcome_is_monotone() -> None:
    for (claim, defence), (better, worse) in itertools.product(TABLE, TABLE):
        if LEVEL[better] >= LEVEL[claim] and LEVEL[worse] <= LEVEL[defence]:
            assert GOOD_FOR_PLAINTIFF[outcome(better, worse)] >= GOOD_FOR_PLAINTIFF[outcome(claim, defence)]


@given(st.fixed_dictionaries({element: st.sampled_from(["met", "not met", "open"]) for element in ELEMENTS}))
def test_a_claim_needs_every_element_and_a_defence_every_one_but_its_exception(results: dict[str, Result]) -> None:
    claim = [LEVEL[results[branch.id]] for branch in CLAIM.branches]
    own = [LEVEL[results[name]] for name in SECTION_230]
    assert LEVEL[combine(CLAIM, results)] == min(claim)
    assert LEVEL[combine(DEFENCE, results)] == min(*own, 2 - LEVEL[results["fosta-exception"]])


@given(
    st.sampled_from(TREES),
    st.fixed_dictionaries({element: st.sampled_from(["met", "not met", "open"]) for element in ELEMENTS}),
    st.sampled_from(ELEMENTS),
    st.sampled_from(["met", "not met", "open"]),
)
def test_a_better_element_never_makes_a_worse_whole(
    tree: Tree, results: dict[str, Result], element: str, other: Result
) -> None:
    low, high = sorted((results[element], other), key=LEVEL.__getitem__)
    before, after = (LEVEL[combine(tree, {**results, element: value})] for value in (low, high))
    assert before >= after if element in tree.unless else before <= after


# -- Answers -----------------------------------------------------------------------------------------------------------


@settings(max_examples=50, deadline=None)
@given(readings(), pleadings())
def test_every_element_is_answered_and_says_on_what(reading: Reading, facts: Facts) -> None:
    found = analyse(OPENED, reading, facts, MODERN)
    assert tuple(found.answers) == ELEMENTS
    for element, given_answer in found.answers.items():
        assert given_answer.why
        if given_answer.result == "open":
            assert given_answer.authority is None, "what no rule decides rests on no authority"
            assert all(facts.get(fact, "unknown") == "unknown" for fact in given_answer.waits_for)
            assert set(given_answer.waits_for) <= reading.elements.get(element, View()).facts()  # type: ignore[call-overload]
        else:
            assert given_answer.authority and given_answer.status, "what is decided rests on an authority"
            assert not given_answer.waits_for


def test_silence_is_open_with_the_reason_that_the_reading_gives() -> None:
    reading = next_reading({"knowledge": {"silent": "The appeal did not reach it."}})
    found = analyse(OPENED, reading, {}, MODERN).answers
    assert (found["knowledge"].result, found["knowledge"].why) == ("open", "The appeal did not reach it.")
    assert (found["benefit"].result, found["benefit"].why) == ("open", "This source does not say.")


def test_the_statute_answers_where_a_reading_does_not_speak() -> None:
    found = analyse(
        OPENED, next_reading({}), {"within-limitations": "no", "violation-of-chapter": "yes"}, MODERN
    ).answers
    assert (found["timely"].result, found["timely"].authority) == ("not met", "usc-18-1595")
    assert found["violation"].result == "met"


def test_an_open_answer_names_what_is_not_pleaded() -> None:
    rule = {"if": {"all": ["told", "paid"]}, "why": "w", "authority": "a", "status": "verified"}
    reading = next_reading({"knowledge": {"met": [rule], "silent": "Nothing else is known."}})
    found = analyse(OPENED, reading, {"told": "yes"}, MODERN).answers["knowledge"]
    assert found.waits_for == ("paid",)
    assert "paid" in found.why
    assert "told" not in found.why
    settled = analyse(OPENED, reading, {"told": "no"}, MODERN).answers["knowledge"]
    assert (settled.result, settled.why, settled.waits_for) == ("open", "Nothing else is known.", ())


@settings(max_examples=40, deadline=None)
@given(readings(), pleadings(), st.sampled_from(["2005-06-01", "2012-06-01", "2020-06-01"]))
def test_certainty_is_never_undone_by_what_discovery_brings(reading: Reading, facts: Facts, on: str) -> None:
    found = analyse(OPENED, reading, facts, on)
    missing = [name for name in FACTS if facts.get(name, "unknown") == "unknown"]
    for filled in itertools.product(("yes", "no"), repeat=len(missing)):
        complete = analyse(OPENED, reading, {**facts, **dict(zip(missing, filled, strict=True))}, on)
        for element, given_answer in found.answers.items():
            assert given_answer.result in ("open", complete.answers[element].result)
        assert found.section_230 in ("open", complete.section_230)
        # A claim that is barred whatever else comes out may also turn out to be no claim: lost either way.
        assert found.outcome == "open" or GOOD_FOR_PLAINTIFF[found.outcome] == GOOD_FOR_PLAINTIFF[complete.outcome]


def test_overlaps_finds_a_contradiction_and_shows_it() -> None:
    rule = {"why": "w", "authority": "a", "status": "verified"}
    view = View.model_validate(
        {"met": [{"if": {"any": ["told", "paid"]}, **rule}], "not_met": [{"if": {"not": "told"}, **rule}]}
    )
    assert overlaps(view) == {"paid": "yes", "told": "no"}
    apart = View.model_validate({"met": [{"if": "told", **rule}], "not_met": [{"if": {"not": "told"}, **rule}]})
    assert overlaps(apart) is None
    assert overlaps(View()) is None


# -- Dated law ---------------------------------------------------------------------------------------------------------


def next_reading(elements: dict[str, Any]) -> Reading:
    return Reading.model_validate(
        {
            **dict.fromkeys(("title", "short", "court", "decided", "authority", "about"), "x"),
            "id": "one",
            "kind": "majority",
            "status": "verified",
            "elements": elements,
        }
    )


def all_met() -> Reading:
    """A reading under which ``told`` settles everything for the claim, and everything for the defence too."""
    rules = [{"if": "told", "why": "w", "authority": "a", "status": "verified"}]
    return next_reading({element: {"met": rules} for element in ELEMENTS})


@pytest.mark.parametrize(
    ("on", "not_met"),
    [
        ("1995-01-01", {"violation", *BENEFICIARY, *SECTION_230, "fosta-exception"}),
        ("1996-02-07", {"violation", *BENEFICIARY, *SECTION_230, "fosta-exception"}),
        ("1996-02-08", {"violation", *BENEFICIARY, "fosta-exception"}),
        ("2003-12-18", {"violation", *BENEFICIARY, "fosta-exception"}),
        ("2003-12-19", {*BENEFICIARY, "fosta-exception"}),
        ("2008-12-22", {*BENEFICIARY, "fosta-exception"}),
        ("2008-12-23", {"fosta-exception"}),
        ("2018-04-10", {"fosta-exception"}),
        ("2018-04-11", set()),
        ("2024-01-01", set()),
    ],
)
def test_an_element_is_not_met_before_the_statute_had_it(on: str, not_met: set[str]) -> None:
    found = analyse(OPENED, all_met(), {"told": "yes"}, on)
    assert {element for element, given_answer in found.answers.items() if given_answer.result == "not met"} == not_met
    for branch in (branch for tree in TREES for branch in tree.branches if branch.id in not_met):
        assert branch.before, "the statute's file says what the law was"
        told = found.answers[branch.id]
        assert (told.why, told.authority, told.status) == (branch.before, branch.authority, branch.status)


@settings(max_examples=40, deadline=None)
@given(readings(), pleadings(), st.dates(max_value=date(2008, 12, 22)).map(date.isoformat))
def test_no_claim_against_a_beneficiary_before_december_23_2008(reading: Reading, facts: Facts, on: str) -> None:
    assert analyse(OPENED, reading, facts, on).outcome == "dismissed"


@settings(max_examples=40, deadline=None)
@given(readings(), pleadings())
def test_no_exception_for_trafficking_before_april_11_2018(reading: Reading, facts: Facts) -> None:
    before, after = analyse(OPENED, reading, facts, "2018-04-10"), analyse(OPENED, reading, facts, "2018-04-11")
    assert before.answers["fosta-exception"].result == "not met"
    assert after.answers["fosta-exception"] == answer(reading, DEFENCE.branches[-1], facts, OPENED.fact_names)
    changed = {element for element in ELEMENTS if before.answers[element] != after.answers[element]}
    assert changed <= {"fosta-exception"}
    assert GOOD_FOR_PLAINTIFF[after.outcome] >= GOOD_FOR_PLAINTIFF[before.outcome], "FOSTA never makes a claim weaker"


def test_fosta_lifts_the_bar() -> None:
    reading = all_met()
    facts: Facts = {"told": "yes"}
    assert analyse(OPENED, reading, facts, "2018-04-10").outcome == "barred by section 230"
    assert analyse(OPENED, reading, facts, "2018-04-11").outcome == "survives"


# -- What is printed ---------------------------------------------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(hypotheticals(), readings("one"), readings("two"), st.data())
def test_partings_put_every_reading_in_one_group(
    case: Hypothetical, first: Reading, second: Reading, data: st.DataObject
) -> None:
    found = table(OPENED, case, [first, second])
    setting = data.draw(st.integers(0, (1 << len(case.switches)) - 1))
    groups = dict(partings(found, setting))
    assert sorted(reading.id for alike in groups.values() for reading in alike) == ["one", "two"]
    for result, alike in groups.items():
        for reading in alike:
            assert analyse(OPENED, reading, found.facts(setting), case.on).outcome == result


@settings(max_examples=25, deadline=None)
@given(hypotheticals(), readings())
def test_json_says_the_same(case: Hypothetical, reading: Reading) -> None:
    packed = json.loads(json.dumps(as_json(OPENED, case, [reading])))
    direct = analyse(OPENED, reading, case.facts, case.on)
    [told] = packed["readings"]
    assert told["outcome"] == direct.outcome
    assert told["section_230"] == direct.section_230
    assert {entry["element"]: entry["result"] for entry in told["elements"]} == {
        element: given_answer.result for element, given_answer in direct.answers.items()
    }
    for point in told["turning_points"]:
        assert (
            analyse(OPENED, reading, {**case.facts, **point["set"]}, case.on).outcome
            == point["outcome"]
            != direct.outcome
        )
    assert told["weights"].keys() == {switch.fact for switch in case.switches}
    assert packed["partings"] == {direct.outcome: [reading.id]}
