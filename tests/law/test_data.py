"""The law as it stands in ``data/``: nothing contradicts itself, nothing is idle, nothing helps the wrong side unsaid.

Every file that is there is tested, new ones too; a folder that is empty fails.
"""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from knowing_benefit.law.analysis import OUTCOMES, Table, analyse, table
from knowing_benefit.law.doctrine import Element, Rule, View
from knowing_benefit.law.facts import Fact
from knowing_benefit.law.library import Library
from knowing_benefit.law.logic import Truth, holds, mentioned
from knowing_benefit.law.readings import Reading, overlaps, view_of
from knowing_benefit.law.source import read_yaml

ROOT = Path(__file__).parents[2]
LIBRARY = Library(ROOT)
ELEMENTS: tuple[Element, ...] = get_args(Element)
GOOD_FOR_DEFENDANT = ("provider", "publisher", "third-party-content")
"""Elements whose being met helps the defence."""
LEVEL = {"not met": 0, "open": 1, "met": 2}
GOOD_FOR_PLAINTIFF = {"dismissed": 0, "barred by section 230": 0, "open": 1, "survives": 2}
MOST_SETTINGS = 3**7
"""Up to seven facts all three-valued settings are gone through; of more, the two-valued ones and a sample."""


def names_in(folder: str) -> list[Any]:
    """The files of a folder by name; of an empty folder, one entry that fails its tests."""
    names = sorted(path.stem for path in (ROOT / "data" / folder).glob("*.yaml"))
    return names or [pytest.param(f"(data/{folder} is empty)", id="empty")]


READINGS = names_in("readings")
HYPOTHETICALS = names_in("hypotheticals")


@pytest.fixture(params=READINGS)
def reading(request: pytest.FixtureRequest) -> Reading:
    return LIBRARY.reading(request.param)


@pytest.fixture(params=HYPOTHETICALS, scope="module")
def found(request: pytest.FixtureRequest) -> Table:
    case = LIBRARY.hypothetical(request.param)
    return table(LIBRARY, case, [LIBRARY.reading(name) for name in case.readings])


def views(of: Reading) -> Iterator[tuple[str, View]]:
    """What a reading makes of each element, the statute's words included where it does not speak."""
    for branch in LIBRARY.branches:
        yield branch.id, view_of(of, branch)


def settings(facts: list[str]) -> Iterator[dict[str, Truth]]:
    """Ways of pleading some facts."""
    whole: tuple[Truth, ...] = ("yes", "no", "unknown")
    if 3 ** len(facts) <= MOST_SETTINGS:
        for values in itertools.product(whole, repeat=len(facts)):
            yield dict(zip(facts, values, strict=True))
        return
    for pair in itertools.product(whole[:2], repeat=len(facts)):
        yield dict(zip(facts, pair, strict=True))
    chance = random.Random(1595)
    for _ in range(MOST_SETTINGS):
        yield {fact: chance.choice(whole) for fact in facts}


def result(view: View, facts: dict[str, Truth]) -> str:
    """Met, not met or open, by the words of the contract and not by the code under test."""
    met = any(holds(rule.if_, facts) == "yes" for rule in view.met)
    not_met = any(holds(rule.if_, facts) == "yes" for rule in view.not_met)
    assert not (met and not_met)
    return "met" if met else "not met" if not_met else "open"


# -- Vocabulary --------------------------------------------------------------------------------------------------------


def test_the_vocabulary_has_thirty_to_sixty_facts() -> None:
    assert 30 <= len(LIBRARY.facts) <= 60


@pytest.mark.parametrize("fact", LIBRARY.facts.values(), ids=lambda fact: fact.id)
def test_a_fact_has_three_different_sentences(fact: Fact) -> None:
    said = [fact.yes, fact.no, fact.unknown]
    assert len(set(said)) == 3
    assert all(text.endswith(".") for text in said)
    assert fact.id == fact.id.lower().replace("_", "-").replace(" ", "-")


def test_no_fact_without_a_use() -> None:
    used = {fact for name in READINGS for _, view in views(LIBRARY.reading(name)) for fact in view.facts()}
    assert set(LIBRARY.facts) - used == set()


# -- Readings ----------------------------------------------------------------------------------------------------------


def test_the_three_readings_of_the_first_lesson_are_there() -> None:
    assert {"ca7-gg-majority", "ca7-kirsch-dissent", "ca11-red-roof"} <= set(READINGS)


def test_a_reading_speaks_only_of_facts_in_the_vocabulary(reading: Reading) -> None:
    assert reading.facts() - set(LIBRARY.facts) == set()


def test_an_element_is_never_both_met_and_not_met(reading: Reading) -> None:
    for element, view in views(reading):
        assert overlaps(view) is None, element


def rules(view: View) -> Iterator[tuple[str, int, Rule, list[Rule]]]:
    """Each rule with the rules that are asked before it."""
    for side, listed in (("met", view.met), ("not_met", view.not_met)):
        for place, rule in enumerate(listed):
            yield side, place, rule, listed[:place]


def test_every_rule_can_be_reached(reading: Reading) -> None:
    """Some facts make the rule the one that answers: it can hold, and no rule before it always holds with it."""
    idle = []
    for element, view in views(reading):
        for side, place, rule, before in rules(view):
            facts = sorted(mentioned(rule.if_).union(*(mentioned(other.if_) for other in before)))
            if not any(
                holds(rule.if_, given) == "yes" and all(holds(other.if_, given) != "yes" for other in before)
                for given in settings(facts)
            ):
                idle.append(f"{element}.{side}.{place}")
    assert idle == []


def test_every_fact_of_a_rule_makes_a_difference_to_it(reading: Reading) -> None:
    """No branch of a condition that could be struck out without changing anything."""
    idle = []
    for element, view in views(reading):
        for side, place, rule, _ in rules(view):
            facts = sorted(mentioned(rule.if_))
            for fact in facts:
                others = [other for other in facts if other != fact]
                pairs = (
                    (holds(rule.if_, {**given, fact: "yes"}), holds(rule.if_, {**given, fact: "no"}))
                    for given in settings(others)
                )
                if all(with_it == without for with_it, without in pairs):
                    idle.append(f"{element}.{side}.{place}: {fact}")
    assert idle == []


def test_silence_is_explained(reading: Reading) -> None:
    for element, view in views(reading):
        if not view.met and not view.not_met and element in reading.elements:
            assert view.silent, f"{element}: neither a rule nor a reason for having none"


def wrong_way(reading: Reading) -> set[tuple[str, str]]:
    """Elements and facts where pleading more for one side helps the other."""
    wrong = set()
    for element, view in views(reading):
        better = -1 if element in GOOD_FOR_DEFENDANT else 1
        facts = sorted(view.facts())
        for fact in facts:
            favors = LIBRARY.facts[fact].favors
            if favors == "neither":
                continue
            sign = better if favors == "plaintiff" else -better
            for given in settings([other for other in facts if other != fact]):
                low, middle, high = (LEVEL[result(view, {**given, fact: value})] for value in ("no", "unknown", "yes"))
                if sign * (middle - low) < 0 or sign * (high - middle) < 0:
                    wrong.add((element, fact))
                    break
    return wrong


def test_a_fact_never_helps_the_side_it_speaks_against_unless_the_reading_says_so(reading: Reading) -> None:
    unsaid = {(element, fact) for element, fact in wrong_way(reading) if fact not in (reading.note or "")}
    assert unsaid == set(), "name the fact in the reading's note, or mend the rule"


def test_what_is_certain_under_a_reading_stays_certain(reading: Reading) -> None:
    for _, view in views(reading):
        facts = sorted(view.facts())
        for given in settings(facts):
            if "unknown" not in given.values():
                continue
            now = result(view, given)
            if now == "open":
                continue
            missing = [fact for fact in facts if given[fact] == "unknown"]
            for filled in itertools.product(("yes", "no"), repeat=len(missing)):
                complete: dict[str, Any] = {**given, **dict(zip(missing, filled, strict=True))}
                assert result(view, complete) == now


def test_a_reading_rests_on_authorities_that_are_on_record(reading: Reading) -> None:
    known = {*LIBRARY.authorities, *LIBRARY.statutes}
    named = {reading.authority, *(rule.authority for _, view in views(reading) for _, _, rule, _ in rules(view))}
    assert named - known == set()
    assert all(rule.status != "unverified" for _, view in views(reading) for _, _, rule, _ in rules(view)), "not taught"


# -- Hypotheticals -----------------------------------------------------------------------------------------------------


def test_the_case_of_the_first_lesson_is_there_with_its_readings() -> None:
    case = LIBRARY.hypothetical("gg-as-pleaded")
    assert case.as_pleaded
    assert len(case.switches) >= 6
    assert {"ca7-gg-majority", "ca7-kirsch-dissent", "ca11-red-roof"} <= set(case.readings)


def test_a_hypothetical_speaks_the_vocabulary(found: Table) -> None:
    case = found.hypothetical
    assert set(case.facts) - set(LIBRARY.facts) == set()
    assert {switch.fact for switch in case.switches} <= set(case.facts), "a switch starts from a fact of the story"
    assert 120 <= len(case.story.split()) <= 250


def test_every_switch_changes_something_under_some_reading(found: Table) -> None:
    """A question that never makes a difference to an element, a bar or a result would be a dead control."""
    for number, switch in enumerate(found.hypothetical.switches):
        assert any(
            entry.columns[element].at(setting) != entry.columns[element].at(setting ^ (1 << number))
            for entry in found.readings.values()
            for element in entry.columns
            for setting in range(len(entry.outcomes))
        ), switch.fact


def test_the_table_says_what_the_analysis_says(found: Table) -> None:
    chance = random.Random(230)
    for entry in found.readings.values():
        size = len(entry.outcomes)
        for setting in {0, size - 1, *chance.sample(range(size), min(size, 24))}:
            direct = analyse(LIBRARY, entry.reading, found.facts(setting), found.hypothetical.on)
            assert {name: column.at(setting) for name, column in entry.columns.items()} == direct.answers
            assert OUTCOMES[entry.outcomes[setting]] == direct.outcome


def test_no_switch_helps_the_side_it_speaks_against(found: Table) -> None:
    """On the whole result, at every setting: a fact for the plaintiff never turns a claim that survives into a lost one."""
    order: dict[Truth, int] = {"no": 0, "unknown": 1, "yes": 2}
    for entry in found.readings.values():
        for number, switch in enumerate(found.hypothetical.switches):
            favors = LIBRARY.facts[switch.fact].favors
            if favors == "neither" or switch.fact in (entry.reading.note or ""):
                continue
            up = 0 if order[switch.positions[0]] > order[switch.positions[1]] else 1 << number
            for setting in range(len(entry.outcomes)):
                if setting & 1 << number:
                    continue
                more, less = (entry.outcomes[setting | up], entry.outcomes[setting | (1 << number) ^ up])
                gain = GOOD_FOR_PLAINTIFF[OUTCOMES[more]] - GOOD_FOR_PLAINTIFF[OUTCOMES[less]]
                assert gain * (1 if favors == "plaintiff" else -1) >= 0, (entry.reading.id, switch.fact, setting)


# -- The trees ---------------------------------------------------------------------------------------------------------


def test_every_element_stands_in_one_tree() -> None:
    assert sorted(branch.id for branch in LIBRARY.branches) == sorted(ELEMENTS)


def test_dates_of_the_trees_agree_with_the_statutes() -> None:
    """An element begins with one of the statute's wordings, or before the first of them that is on record."""
    for branch in LIBRARY.branches:
        begins = sorted(str(version.from_) for version in LIBRARY.statutes[branch.authority].versions)
        if branch.in_force:
            assert branch.in_force in begins or branch.in_force < begins[0], branch.id


# -- Decided outcomes that a reading must give back on the case it comes from ------------------------------------------


@pytest.mark.parametrize(
    ("name", "outcomes"),
    [("ca7-gg-majority", {"survives"}), ("ndill-gg-2022", {"barred by section 230", "dismissed"})],
)
def test_gg_as_pleaded_comes_out_as_the_courts_held(name: str, outcomes: set[str]) -> None:
    case = LIBRARY.hypothetical("gg-as-pleaded")
    held = analyse(LIBRARY, LIBRARY.reading(name), case.facts, case.on)
    assert held.outcome in outcomes, {element: given.result for element, given in held.answers.items()}


def test_files_are_named_by_their_ids() -> None:
    for folder in ("readings", "hypotheticals", "authorities", "statutes"):
        paths = sorted((ROOT / "data" / folder).glob("*.yaml"))
        assert paths, f"data/{folder} is empty"
        assert [read_yaml(path).data["id"] for path in paths] == [path.stem for path in paths]


def test_every_file_reads_the_same_where_yaml_s_parser_is_plain_python() -> None:
    """As in a browser: there a question mark that ends unquoted text before a bracket is an error."""
    for path in sorted(one for folder in ("data", "exercises") for one in (ROOT / folder).rglob("*.yaml")):
        text = path.read_text("utf-8")
        read = {
            loader: [
                (type(event), getattr(event, "value", None)) for event in yaml.parse(text, Loader=getattr(yaml, loader))
            ]
            for loader in ("BaseLoader", "CBaseLoader")
            if hasattr(yaml, loader)
        }
        assert read["BaseLoader"] == read.get("CBaseLoader", read["BaseLoader"]), path


def test_an_apostrophe_is_one_wherever_it_is_read() -> None:
    """Faces, notebooks and paper show what is written; only the site would mend it."""
    typed = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for folder in ("lessons", "exercises", "data")
        for path in sorted(one for one in (ROOT / folder).rglob("*") if one.suffix in (".md", ".yaml"))
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if re.search(r"[A-Za-z0-9.)”*]'[A-Za-z]", line)
    ]
    assert not typed, "\n".join(["Write ’ and not ' between letters:", *typed])
