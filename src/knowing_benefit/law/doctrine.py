"""The shape of the two questions: what section 1595(a) asks, what section 230 answers, and how they meet.

The trees are data (``data/doctrine/``). Each leaf is an element on which a *reading* takes a view; each branch says
how the views combine. Nothing here decides an element.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import pydantic

from knowing_benefit.law.dates import Day
from knowing_benefit.law.logic import Condition, Truth, every, mentioned, negation
from knowing_benefit.law.source import Record, Status

Element = Literal[
    "violation",
    "venture",
    "knowledge",
    "participation",
    "benefit",
    "timely",
    "provider",
    "publisher",
    "third-party-content",
    "fosta-exception",
]
"""The elements of a claim under 18 U.S.C. 1595(a) and of the defence under 47 U.S.C. 230, by id."""

Result = Literal["met", "not met", "open"]
Outcome = Literal["survives", "dismissed", "barred by section 230", "open"]
"""What a motion to dismiss comes to under one reading."""


class Rule(Record):
    """One way in which an element is met, or is not met, under a reading or under the bare statute."""

    if_: Condition = pydantic.Field(alias="if")
    why: str
    authority: str
    pin: str | None = None
    status: Status


class View(Record):
    """What a reading, or the bare statute, says on one element. An element that no rule decides is open."""

    met: list[Rule] = []
    not_met: list[Rule] = []
    silent: str | None = None
    """Why the source does not decide the element (or not further than its rules go)."""

    def facts(self) -> frozenset[str]:
        """Every fact that a rule of this view looks at."""
        return frozenset().union(*(mentioned(rule.if_) for rule in (*self.met, *self.not_met)))


class Branch(Record):
    """One element, as both trees list it.

    ``in_force`` is the day from which the statute has contained it: asked about an earlier day, the
    element cannot be met.
    """

    id: Element
    title: str
    question: str
    about: str
    authority: str
    pin: str | None = None
    status: Status
    in_force: Day | None = None
    before: str | None = None
    """What the law was before ``in_force``, as a sentence."""
    view: View | None = None
    """What the words of the statute alone settle, for readings that do not speak of this element."""


class Tree(Record):
    """``section-1595.yaml`` or ``section-230.yaml``.

    The claim needs every branch. The defence needs every branch that is not listed in ``unless``, and fails where a
    branch in ``unless`` is met.
    """

    id: str
    title: str
    question: str
    branches: list[Branch]
    unless: list[Element] = []


def truth(result: Result) -> Truth:
    """An element's result as a truth value."""
    return {"met": "yes", "not met": "no", "open": "unknown"}[result]  # type: ignore[return-value]


def combine(tree: Tree, results: Mapping[str, Result]) -> Truth:
    """Whether the whole tree is made out."""
    return every(
        negation(truth(results[branch.id])) if branch.id in tree.unless else truth(results[branch.id])
        for branch in tree.branches
    )


def outcome(claim: Truth, defence: Truth) -> Outcome:
    """The result at a motion to dismiss, from the claim (section 1595) and the defence (section 230).

    A claim that fails is dismissed whatever section 230 says; a bar is reported as such only where the claim is not
    already lost, because that is the order in which the difference matters to the plaintiff.
    """
    if claim == "no":
        return "dismissed"
    if defence == "yes":
        return "barred by section 230"
    if claim == "yes" and defence == "no":
        return "survives"
    return "open"
