"""Readings: how one court, dissent or line of cases answers each element, as conditions over facts."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Literal

from knowing_benefit.law.doctrine import Branch, Element, Result, Rule, View
from knowing_benefit.law.logic import Facts, Truth, holds, mentioned
from knowing_benefit.law.source import Record, Status

Kind = Literal["majority", "dissent", "statement", "district", "line"]


class Reading(Record):
    """``data/readings/<id>.yaml``."""

    id: str
    title: str
    short: str
    court: str
    decided: str
    authority: str
    kind: Kind
    status: Status
    about: str
    covers: list[str] = []
    """Courts whose decided cases test this reading."""
    elements: dict[Element, View]
    note: str | None = None

    def facts(self) -> frozenset[str]:
        """Every fact that matters under this reading."""
        return frozenset().union(*(view.facts() for view in self.elements.values()))


class Answer(Record):
    """One element, answered."""

    result: Result
    why: str
    authority: str | None = None
    pin: str | None = None
    status: Status | None = None
    waits_for: tuple[str, ...] = ()
    """Facts not pleaded on which an open answer turns; empty where the law itself is open."""


def view_of(reading: Reading, branch: Branch) -> View:
    """The reading's own view on an element, else the statute's, else an empty one."""
    return reading.elements.get(branch.id) or branch.view or View()


def answer(reading: Reading, branch: Branch, facts: Facts, names: Mapping[str, str]) -> Answer:
    """Ask a reading about one element; where it does not speak of it, the words of the statute (``branch.view``).

    Args:
        facts: what is pleaded; a fact not mentioned counts as not pleaded.
        names: a short name for each fact, for the sentence that says what an open answer waits for.
    """
    view = view_of(reading, branch)
    views: tuple[tuple[Result, list[Rule]], ...] = (("met", view.met), ("not met", view.not_met))
    for result, rules in views:
        for rule in rules:
            if holds(rule.if_, facts) == "yes":
                return Answer(
                    result=result,
                    why=rule.why,
                    authority=rule.authority,
                    pin=rule.pin,
                    status=rule.status,
                )
    undecided = [rule for rule in (*view.met, *view.not_met) if holds(rule.if_, facts) == "unknown"]
    missing = tuple(
        sorted({fact for rule in undecided for fact in mentioned(rule.if_) if facts.get(fact, "unknown") == "unknown"})
    )
    if missing:
        listed = "; ".join(names.get(fact, fact) for fact in missing)
        return Answer(result="open", why=f"It turns on what is left open here: {listed}.", waits_for=missing)
    return Answer(result="open", why=view.silent or "This source does not say.")


def overlaps(view: View, limit: int = 16) -> dict[str, Truth] | None:
    """A setting of the facts under which the element would be both met and not met, or None.

    Two-valued settings suffice: where Kleene logic says *yes*, every completion says *yes*.

    Raises:
        ValueError: more than ``limit`` facts in one view, which is too many to go through.
    """
    names = sorted(view.facts())
    if len(names) > limit:
        raise ValueError(f"{len(names)} facts in one element; at most {limit} can be checked")
    either: tuple[Truth, Truth] = ("yes", "no")
    for values in itertools.product(either, repeat=len(names)):
        facts: dict[str, Truth] = dict(zip(names, values, strict=True))
        if any(holds(r.if_, facts) == "yes" for r in view.met) and any(
            holds(r.if_, facts) == "yes" for r in view.not_met
        ):
            return facts
    return None
