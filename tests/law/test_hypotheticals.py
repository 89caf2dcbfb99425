"""Hypotheticals: what the model refuses, and what the invented ones must offer a class.

That they speak the vocabulary, that every switch is alive and that the table agrees with the analysis is in ``test_data``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from knowing_benefit.law.analysis import Table, partings, table, weights
from knowing_benefit.law.hypotheticals import MAX_SWITCHES, Hypothetical
from knowing_benefit.law.library import Library
from knowing_benefit.law.source import CourseError, Status, load

ROOT = Path(__file__).parents[2]
LIBRARY = Library(ROOT)
INVENTED = sorted(name for name, case in LIBRARY.hypotheticals.items() if not case.as_pleaded)
KINDS = {
    "payment-processor",
    "cloud-host",
    "crm-reseller",
    "ad-network",
    "moderation-contractor",
    "hotel-franchisor",
    "dating-app",
    "ai-chatbot-vendor",
    "analytics-sdk",
    "encrypted-messenger",
    "crowdfunding-site",
    "marketplace",
    "telecom-carrier",
    "open-source-maintainer",
}
"""The kinds of defendant that students will meet."""


def source(**changes: Any) -> dict[str, Any]:
    """A small hypothetical as plain data."""
    switches = changes.pop(
        "switches", [{"fact": "public-warnings", "label": "Was it named?", "positions": ["yes", "no"]}]
    )
    return {
        "id": "small",
        "title": "Small",
        "story": "A story.",
        "on": "2026-01-01",
        "facts": {"public-warnings": "yes"},
        "switches": switches,
        "readings": ["ca7-gg-majority"],
        "hard_for": {"plaintiff": "This.", "defendant": "That."},
        **changes,
    }


def switch(fact: str, *positions: str) -> dict[str, Any]:
    return {"fact": fact, "label": "Is it so?", "positions": list(positions)}


# -- The model ---------------------------------------------------------------------------------------------------------


def test_a_fact_that_the_story_leaves_out_starts_as_not_pleaded() -> None:
    case = Hypothetical.model_validate(source(switches=[switch("specific-notice", "unknown", "yes")]))
    assert case.switches[0].positions == ["unknown", "yes"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"switches": []}, "1 to 10 switches"),
        ({"switches": [switch(f"fact-{n}", "unknown", "yes") for n in range(MAX_SWITCHES + 1)]}, "has 11"),
        ({"switches": [switch("public-warnings", "yes", "yes")]}, "two different positions"),
        ({"switches": [switch("public-warnings", "yes")]}, "two different positions"),
        ({"switches": [switch("public-warnings", "no", "yes")]}, "the story says 'yes'"),
        ({"switches": [switch("public-warnings", "yes", "no")] * 2}, "stands twice"),
        ({"on": "2026-01"}, "to the day"),
        ({"facts": {"public-warnings": "perhaps"}}, "public-warnings"),
    ],
)
def test_what_the_model_refuses(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Hypothetical.model_validate(source(**changes))


def test_a_switch_that_starts_elsewhere_than_the_story_is_told_at_its_line(tmp_path: Path) -> None:
    text = (ROOT / "data" / "hypotheticals" / "payment-processor.yaml").read_text("utf-8")
    line = text[: text.index("positions: [no, yes]")].count("\n") + 1
    path = tmp_path / "payment-processor.yaml"
    path.write_text(text.replace("positions: [no, yes]", "positions: [yes, no]", 1), "utf-8")
    with pytest.raises(CourseError) as caught:
        load(path, Hypothetical)
    assert [fault.line for fault in caught.value.faults] == [line]


# -- The invented cases ------------------------------------------------------------------------------------------------


@pytest.fixture(params=INVENTED, scope="module")
def found(request: pytest.FixtureRequest) -> Table:
    case = LIBRARY.hypotheticals[request.param]
    return table(LIBRARY, case, [LIBRARY.readings[name] for name in case.readings])


def test_every_kind_of_defendant_is_there() -> None:
    assert KINDS - set(INVENTED) == set()


def test_at_least_two_have_the_most_switches_there_can_be() -> None:
    assert sum(len(LIBRARY.hypotheticals[name].switches) == MAX_SWITCHES for name in INVENTED) >= 2


def test_size_and_form(found: Table) -> None:
    case = found.hypothetical
    assert set(case.facts) == set(LIBRARY.facts), "every fact is coded, unknown where the story does not settle it"
    assert 6 <= len(case.switches) <= MAX_SWITCHES
    assert 5 <= len(case.readings) == len(set(case.readings)) <= 9
    assert all(one.label.endswith("?") for one in case.switches)
    for side in (case.hard_for.plaintiff, case.hard_for.defendant):
        assert 40 <= len(side.split()) <= 70
    assert case.content_note


def test_law_of_the_day(found: Table) -> None:
    """Nobody is judged by a decision that is not out yet, whether a reading is named after it or only rests on it."""
    case = found.hypothetical
    assert "2024-01-01" <= case.on <= "2026-12-31"
    rules = [
        (reading, rule)
        for reading in map(LIBRARY.readings.__getitem__, case.readings)
        for view in reading.elements.values()
        for rule in (*view.met, *view.not_met)
    ]
    later = {
        (reading.id, rule.authority)
        for reading, rule in rules
        if (authority := LIBRARY.authorities.get(rule.authority))
        and authority.decided
        and str(authority.decided.first) > case.on
    }
    assert later == set()


def test_its_readings_part_and_its_switches_matter(found: Table) -> None:
    size = len(next(iter(found.readings.values())).outcomes)
    assert any(len(list(partings(found, setting))) > 1 for setting in range(size))
    turning = {
        one.fact
        for entry in found.readings.values()
        for one, weight in zip(found.hypothetical.switches, weights(entry.outcomes), strict=True)
        if weight
    }
    assert len(turning) > len(found.hypothetical.switches) / 2, "most switches change some result under some reading"


def test_two_sides_can_win_something(found: Table) -> None:
    """Across its readings and settings a case is neither hopeless nor safe for the plaintiff."""
    reached = set("".join(entry.outcomes for entry in found.readings.values()))
    assert {"s", "o"} & reached, "there is a way to go on"
    assert {"d", "b"} & reached, "there is a way to lose"


def test_a_stated_authority_has_a_status(found: Table) -> None:
    case = found.hypothetical
    known: tuple[Status, ...] = ("verified", "secondary")
    assert (case.authority is None) == (case.status is None)
    if case.authority:
        assert case.authority in {*LIBRARY.authorities, *LIBRARY.statutes}
        assert case.status in known
