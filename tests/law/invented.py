"""Invented facts, conditions, readings and hypotheticals, for tests of properties that any law has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import hypothesis.strategies as st

from knowing_benefit.law.doctrine import Element, Tree
from knowing_benefit.law.hypotheticals import Hypothetical
from knowing_benefit.law.library import Library
from knowing_benefit.law.logic import Facts, Truth
from knowing_benefit.law.readings import Reading, overlaps
from knowing_benefit.law.source import load

ROOT = Path(__file__).parents[2]
FACTS = ("told", "paid", "built", "advised", "renewed")
"""Five facts: few enough to go through every way of filling them in."""

TREES = tuple(load(ROOT / "data" / "doctrine" / name, Tree) for name in ("section-1595.yaml", "section-230.yaml"))
"""The real trees: which elements there are and since when is law, not a thing to invent."""

ELEMENTS: tuple[Element, ...] = tuple(branch.id for tree in TREES for branch in tree.branches)


def invented_library() -> Library:
    """A library with the real trees and the invented facts."""
    opened = Library(ROOT / "nowhere")
    opened.__dict__["trees"] = TREES
    opened.__dict__["fact_names"] = {name: name for name in FACTS}
    return opened


def conditions(depth: int = 3) -> st.SearchStrategy[Any]:
    """Conditions as plain data, as a reading's author writes them."""
    leaf: st.SearchStrategy[Any] = st.sampled_from(FACTS)
    if depth == 0:
        return leaf
    part = conditions(depth - 1)
    several = st.lists(part, min_size=1, max_size=3)
    return st.one_of(
        leaf,
        st.builds(lambda parts: {"all": parts}, several),
        st.builds(lambda parts: {"any": parts}, several),
        st.builds(lambda inner: {"not": inner}, part),
    )


def pleadings() -> st.SearchStrategy[Facts]:
    """Some facts pleaded as so, some as not so, some not at all (said, or left out)."""
    values: st.SearchStrategy[Truth] = st.sampled_from(("yes", "no", "unknown"))
    return st.dictionaries(st.sampled_from(FACTS), values)


@st.composite
def views(draw: st.DrawFn) -> dict[str, Any]:
    """A reading's part for one element, without contradictions, as plain data."""
    silent = draw(st.sampled_from([None, "This source does not reach it."]))
    if draw(st.integers(0, 4)) == 0:
        return {"silent": silent}
    met = draw(conditions(depth=2))
    # What is "not met" is cut out of what is left, so that no setting is both.
    not_met = {"all": [{"not": met}, draw(conditions(depth=1))]}
    cut = draw(st.lists(conditions(depth=1), max_size=1))

    def rule(condition: Any, name: str) -> dict[str, Any]:
        return {"if": condition, "why": f"{name} is why.", "authority": "a", "status": "verified"}

    rules = {"met": [rule({"all": [met, part]}, f"part {n}") for n, part in enumerate(cut)] + [rule(met, "met")]}
    return {**rules, "not_met": [rule(not_met, "not met")], "silent": silent}


@st.composite
def readings(draw: st.DrawFn, name: str = "one") -> Reading:
    """A small reading over the invented facts; it speaks to every element or to some."""
    # Elements on which the bare statute speaks of real facts are always answered, so that no other fact matters.
    always = {branch.id for tree in TREES for branch in tree.branches if branch.view}
    chosen = [element for element in ELEMENTS if element in always or draw(st.integers(0, 5))]
    reading = Reading.model_validate(
        {
            "id": name,
            "title": f"Reading {name}",
            "short": name,
            "court": "7th Cir.",
            "decided": "2023",
            "authority": "a",
            "kind": "majority",
            "status": "verified",
            "about": "Invented.",
            "elements": {element: draw(views()) for element in chosen},
        }
    )
    assert not any(overlaps(view) for view in reading.elements.values())
    return reading


@st.composite
def hypotheticals(draw: st.DrawFn, on: str | None = None) -> Hypothetical:
    """A story with one to five switches on a day between 1990 and 2030."""
    facts = dict(draw(pleadings()))
    switched = draw(st.lists(st.sampled_from(FACTS), min_size=1, unique=True))
    switches = []
    for fact in switched:
        first = facts.get(fact, "unknown")
        second = draw(st.sampled_from([value for value in ("yes", "no", "unknown") if value != first]))
        switches.append({"fact": fact, "label": f"{fact}?", "positions": [first, second]})
    year, month = draw(st.integers(1990, 2030)), draw(st.integers(1, 12))
    return Hypothetical.model_validate(
        {
            "id": "invented",
            "title": "Invented",
            "story": "Words.",
            "on": on or f"{year}-{month:02d}-15",
            "facts": facts,
            "switches": switches,
            "readings": ["one"],
            "hard_for": {"plaintiff": "p", "defendant": "d"},
        }
    )
