"""How an answer earns points: one rule for each kind of question, in exact fractions.

========= =====================================================================================================
one       all the points for the right option, else none
predict   as one
several   for each right option marked, one share; for each wrong option marked, one share less; never below zero.
          A share is the points divided by the number of right options. Marking everything earns no more than
          the right options less the wrong ones.
match     the share of pairs that are right
order     (L - 1) / (n - 1) of the points, where L is the length of the longest run of items, not necessarily
          neighbours, that stand in the right order among themselves; so one item out of place costs one step
highlight as several, with phrases for options
sort      each fact has an equal share: half of it for the right element, the other half if the result is right too;
          where no result is asked, all of it for the right element
date      one equal share for each part that is asked (year, month, day), from the year down, until a part is wrong
number    all the points for a number no further from the right one than the key allows, else none
factcheck half for the right verdict, half for the right source
drawn     as one, against the form that was drawn for the student; nothing for an answer to another form
citation  two thirds for the right book and page (volume, reporter and first page together), one third for the right
          court and year together
written   by a person
========= =====================================================================================================

Each score is rounded to a hundredth, halves to even; a total is the sum of the rounded scores, so that a score sheet adds up.
A blank answer scores nothing.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any

from knowing_benefit.assess import citations, typed
from knowing_benefit.assess.kinds import (
    CitationKey,
    DateKey,
    DrawnKey,
    FactcheckKey,
    Item,
    Key,
    MatchKey,
    NumberKey,
    OneKey,
    OrderKey,
    SeveralKey,
    SortKey,
    Value,
    blank,
)
from knowing_benefit.law.dates import PartialDate

_HUNDREDTH = Decimal("0.01")


def score(item: Item, key: Key, value: Value) -> Decimal | None:
    """Points for an answer; ``None`` if a person has to say.

    Args:
        key: for a drawn question, that of the student's own form (:func:`knowing_benefit.assess.variants.keyed`).
        value: an answer that fits the question (:meth:`Item.misfit` is ``None``), or a blank one.
    """
    share_of = share(item, key, value)
    return None if share_of is None else _points(share_of, item.points)


def share(item: Item, key: Key, value: Value) -> Fraction | None:
    """The exact share of the points, 0 to 1, that an answer earns; ``None`` if a person has to say."""
    if blank(value):
        return Fraction(0)
    rule = _RULES.get(item.kind)
    return rule(key, value) if rule else None


@lru_cache(maxsize=1024)
def _points(share_of: Fraction, whole: int) -> Decimal:
    return rounded(share_of * whole)


def rounded(points: Fraction) -> Decimal:
    """Exact points to a hundredth, halves to even."""
    # Hundredths as a fraction are rounded exactly: `round` of a Fraction takes halves to even.
    return (Decimal(round(points * 100)) / 100).quantize(_HUNDREDTH, rounding=ROUND_HALF_EVEN)


def _one(key: OneKey, value: str) -> Fraction:
    return Fraction(value == key.answer)


def _several(key: SeveralKey, value: list[str]) -> Fraction:
    right = set(key.answer)
    hits = len(right.intersection(value))
    return Fraction(max(0, hits - (len(value) - hits)), len(right))


def _match(key: MatchKey, value: dict[str, str]) -> Fraction:
    return Fraction(sum(value.get(left) == right for left, right in key.answer.items()), len(key.answer))


def _order(key: OrderKey, value: list[str]) -> Fraction:
    places = [key.answer.index(name) for name in value]
    return Fraction(longest_rise(places) - 1, len(places) - 1)


def _citation(key: CitationKey, value: str) -> Fraction:
    right = citations.compare(value, [key.answer, *key.accept])
    book = right["volume"] and right["reporter"] and right["page"]
    return Fraction(2 * book + (right["court"] and right["year"]), 3)


def _sort(key: SortKey, value: dict[str, str]) -> Fraction:
    halves = 0
    for fact, right in key.answer.items():
        given, (element, _, _) = value.get(fact, ""), right.partition("/")
        halves += 2 if given == right else given.partition("/")[0] == element
    return Fraction(halves, 2 * len(key.answer))


def _date(key: DateKey, value: str) -> Fraction:
    right = typed.compare_date(value, key.answer, PartialDate.parse(key.answer).precision)
    return Fraction(sum(right.values()), len(right))


def _number(key: NumberKey, value: str) -> Fraction:
    given = typed.read_number(value)
    return Fraction(given is not None and abs(Fraction(given) - Fraction(key.answer)) <= Fraction(key.within))


def _factcheck(key: FactcheckKey, value: dict[str, str]) -> Fraction:
    return Fraction(sum(value.get(half) == right for half, right in key.answer.items()), 2)


def _drawn(key: DrawnKey, value: dict[str, str]) -> Fraction | None:
    if not key.form:
        return None
    return Fraction(value["form"] == key.form and value["answer"] == key.answer)


_RULES: dict[str, Callable[[Any, Any], Fraction | None]] = {
    "one": _one,
    "several": _several,
    "match": _match,
    "order": _order,
    "citation": _citation,
    "highlight": _several,
    "sort": _sort,
    "date": _date,
    "number": _number,
    "predict": _one,
    "factcheck": _factcheck,
    "drawn": _drawn,
}
"""The share of the points that an answer earns, by kind; what is not here is graded by a person."""


def longest_rise(places: Sequence[int]) -> int:
    """Length of the longest rising subsequence: ``[2, 0, 1, 3]`` has ``0, 1, 3``."""
    # ends[k] is the smallest number in which a rise of k + 1 numbers can end.
    ends: list[int] = []
    for place in places:
        at = bisect_left(ends, place)
        ends[at : at + 1] = [place]
    return len(ends)
