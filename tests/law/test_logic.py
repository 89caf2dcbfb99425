"""Three-valued logic: Kleene's laws, and certainty that no further fact can undo."""

from __future__ import annotations

import itertools
import json
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given
from invented import FACTS, conditions, pleadings
from pydantic import TypeAdapter

from knowing_benefit.law.logic import Condition, Facts, Truth, every, holds, mentioned, negation

READ: TypeAdapter[Any] = TypeAdapter(Condition)
LEVEL = {"no": 0, "unknown": 1, "yes": 2}
VALUES: tuple[Truth, ...] = ("no", "unknown", "yes")

# Strong Kleene conjunction, written out row by row.
AND = {
    ("no", "no"): "no", ("no", "unknown"): "no", ("no", "yes"): "no",
    ("unknown", "no"): "no", ("unknown", "unknown"): "unknown", ("unknown", "yes"): "unknown",
    ("yes", "no"): "no", ("yes", "unknown"): "unknown", ("yes", "yes"): "yes",
}  # fmt: skip


def read(data: Any) -> Any:
    return READ.validate_python(data)


def expected(data: Any, facts: Facts) -> Truth:
    """The value of a condition given as plain data, worked out by levels and not by the code under test."""
    return VALUES[level(data, facts)]


def level(data: Any, facts: Facts) -> int:
    if isinstance(data, str):
        return LEVEL[facts.get(data, "unknown")]
    [(kind, parts)] = data.items()
    if kind == "not":
        return 2 - level(parts, facts)
    return (min if kind == "all" else max)(level(part, facts) for part in parts)


@pytest.mark.parametrize(("pair", "value"), AND.items())
def test_conjunction_by_its_table(pair: tuple[Truth, Truth], value: Truth) -> None:
    assert every(iter(pair)) == value


def test_negation_by_its_table() -> None:
    assert [negation(value) for value in VALUES] == ["yes", "unknown", "no"]


def test_a_fact_not_mentioned_is_not_pleaded() -> None:
    assert holds("told", {}) == "unknown"
    assert holds(read({"not": "told"}), {"paid": "yes"}) == "unknown"


@given(conditions(), pleadings())
def test_any_condition_has_its_kleene_value(data: Any, facts: Facts) -> None:
    assert holds(read(data), facts) == expected(data, facts)


@given(st.lists(conditions(depth=2), min_size=1, max_size=3), pleadings())
def test_de_morgan(parts: list[Any], facts: Facts) -> None:
    denied = [{"not": part} for part in parts]
    assert holds(read({"not": {"all": parts}}), facts) == holds(read({"any": denied}), facts)
    assert holds(read({"not": {"any": parts}}), facts) == holds(read({"all": denied}), facts)


@given(conditions(depth=2), conditions(depth=2), conditions(depth=2), pleadings())
def test_lattice_laws(a: Any, b: Any, c: Any, facts: Facts) -> None:
    def value(data: Any) -> Truth:
        return holds(read(data), facts)

    assert value({"not": {"not": a}}) == value(a)
    for kind, other in (("all", "any"), ("any", "all")):
        assert value({kind: [a]}) == value({kind: [a, a]}) == value(a), "idempotent"
        assert value({kind: [a, b]}) == value({kind: [b, a]}), "commutative"
        assert value({kind: [a, {kind: [b, c]}]}) == value({kind: [{kind: [a, b]}, c]}) == value({kind: [a, b, c]}), (
            "associative"
        )
        assert value({kind: [a, {other: [a, b]}]}) == value(a), "absorption"
        assert value({kind: [a, {other: [b, c]}]}) == value({other: [{kind: [a, b]}, {kind: [a, c]}]}), "distributive"


def test_no_law_of_the_excluded_middle() -> None:
    assert holds(read({"any": ["told", {"not": "told"}]}), {}) == "unknown"
    assert holds(read({"all": ["told", {"not": "told"}]}), {}) == "unknown"


@given(conditions(), pleadings())
def test_what_is_certain_stays_certain_however_the_rest_is_filled_in(data: Any, facts: Facts) -> None:
    condition = read(data)
    value = holds(condition, facts)
    missing = [name for name in FACTS if facts.get(name, "unknown") == "unknown"]
    for filled in itertools.product(("yes", "no"), repeat=len(missing)):
        complete = {**facts, **dict(zip(missing, filled, strict=True))}
        found = holds(condition, complete)
        assert found != "unknown", "with every fact pleaded there is no doubt"
        assert value in ("unknown", found)


@given(conditions(), pleadings(), pleadings())
def test_only_the_facts_it_mentions_matter(data: Any, facts: Facts, others: Facts) -> None:
    condition = read(data)
    own = mentioned(condition)
    assert own <= set(FACTS)
    mixed = {name: (facts if name in own else others).get(name, "unknown") for name in FACTS}
    assert holds(condition, mixed) == holds(condition, facts)  # type: ignore[arg-type]


@given(conditions())
def test_every_fact_that_is_written_is_mentioned(data: Any) -> None:
    text = json.dumps(data)
    assert mentioned(read(data)) == {name for name in FACTS if f'"{name}"' in text}


@given(conditions())
def test_a_condition_survives_being_written_and_read(data: Any) -> None:
    assert READ.dump_python(read(data), by_alias=True) == data
