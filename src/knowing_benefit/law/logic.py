"""Three-valued logic over facts: what is so, what is not so, and what was not pleaded.

Strong Kleene logic. A condition is *yes* or *no* only where every way of filling in the facts that were not
pleaded agrees; so a result that is certain stays certain whatever discovery brings.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

import pydantic

from knowing_benefit.law.source import Record

Truth = Literal["yes", "no", "unknown"]
"""A fact's value: pleaded as so, pleaded as not so, not pleaded."""

Facts = Mapping[str, Truth]


class All(Record):
    """Every part holds."""

    all: list[Condition] = pydantic.Field(min_length=1)


class Any_(Record):  # noqa: N801, since Any is taken
    """At least one part holds."""

    any: list[Condition] = pydantic.Field(min_length=1)


class Not(Record):
    """The part does not hold."""

    not_: Condition = pydantic.Field(alias="not")


def _kind(value: Any) -> str:
    if isinstance(value, str):
        return "fact"
    if isinstance(value, dict):
        return next((key for key in value if key in ("all", "any", "not")), "")
    return (
        "all"
        if isinstance(value, All)
        else "any"
        if isinstance(value, Any_)
        else "not"
        if isinstance(value, Not)
        else ""
    )


Condition = Annotated[
    Annotated[str, pydantic.Tag("fact")]
    | Annotated[All, pydantic.Tag("all")]
    | Annotated[Any_, pydantic.Tag("any")]
    | Annotated[Not, pydantic.Tag("not")],
    pydantic.Discriminator(
        _kind,
        custom_error_type="condition",
        custom_error_message="must be a fact id, or one of: all: [...], any: [...], not: ...",
    ),
]
"""A fact id, or ``all`` / ``any`` / ``not`` over conditions."""

All.model_rebuild()
Any_.model_rebuild()
Not.model_rebuild()


def holds(condition: Condition, facts: Facts) -> Truth:
    """The value of a condition; a fact that ``facts`` does not mention is unknown."""
    if isinstance(condition, str):
        return facts.get(condition, "unknown")
    if isinstance(condition, Not):
        return negation(holds(condition.not_, facts))
    if isinstance(condition, All):
        return every(holds(part, facts) for part in condition.all)
    return negation(every(negation(holds(part, facts)) for part in condition.any))


def negation(value: Truth) -> Truth:
    """*yes* for *no*, *no* for *yes*, *unknown* for itself."""
    return "unknown" if value == "unknown" else ("no" if value == "yes" else "yes")


def every(values: Iterator[Truth]) -> Truth:
    """*no* if one is *no*; else *unknown* if one is; else *yes*."""
    worst: Truth = "yes"
    for value in values:
        if value == "no":
            return "no"
        if value == "unknown":
            worst = "unknown"
    return worst


def mentioned(condition: Condition) -> frozenset[str]:
    """The ids of all facts that a condition speaks of."""
    if isinstance(condition, str):
        return frozenset((condition,))
    if isinstance(condition, Not):
        return mentioned(condition.not_)
    parts = condition.all if isinstance(condition, All) else condition.any
    return frozenset().union(*(mentioned(part) for part in parts))
