"""A class that was never taught: hand-ins made by chance from a seed, to measure and to try grading with."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Mapping
from typing import Any

from knowing_benefit.assess import variants
from knowing_benefit.assess.grade import Keyed
from knowing_benefit.assess.handin import checksum
from knowing_benefit.assess.kinds import (
    Drawn,
    DrawnKey,
    Highlight,
    Item,
    Key,
    Match,
    Order,
    Several,
    Value,
    WithOptions,
    Written,
)
from knowing_benefit.law.library import Library

_WORDS = [
    "the",
    "vendor",
    "court",
    "pleads",
    "benefit",
    "venture",
    "knowledge",
    "participation",
    "statute",
    "majority",
    "dissent",
    "tailored",
    "support",
    "because",
    "although",
    "under",
    "standard",
    "section",
    "plaintiff",
    "defendant",
    "fails",
    "holds",
    "motion",
    "dismiss",
    "reading",
    "words",
    "report",
    "authority",
]


def number(place: int) -> str:
    """The exam number of one student."""
    return f"X{place:05d}"


def hand_in(chance: random.Random, who: str, keyed: Mapping[str, Keyed], library: Library | None = None) -> bytes:
    """One student's file, as the exercise makes it.

    Args:
        library: where drawn questions find the student's own form; without it they are answered for another.
    """
    own = dict(keyed)
    if library:
        value = variants.draw_value(library.root)
        for name, one in keyed.items():
            keys = variants.keyed(library, name, one.exercise.items, one.keys, who, value)
            own[name] = Keyed(one.exercise, keys)
    return packed(who, [_sheet(chance, one) for one in own.values()])


def packed(who: str, sheets: Iterable[dict[str, Any]]) -> bytes:
    """A hand-in file with these answers."""
    content = {"format": "knowing-benefit hand-in", "version": 1, "number": who, "sheets": list(sheets)}
    return (json.dumps({**content, "check": checksum(content)}, ensure_ascii=False, indent=1) + "\n").encode()


def _sheet(chance: random.Random, one: Keyed) -> dict[str, Any]:
    able = chance.random()
    items = {item.id: answer(chance, item, one.keys[item.id], able) for item in one.exercise.items}
    return {
        "exercise": one.exercise.id,
        "exercise_version": one.exercise.version,
        "revision": len(items),
        "items": {name: value for name, value in items.items() if value is not None},
    }


def answer(chance: random.Random, item: Item, key: Key, able: float) -> Value:
    """An answer to a question: right with some probability, else any that fits, now and then none.

    Args:
        able: how good the student is, 0 to 1.
    """
    if chance.random() < 0.03:
        return None
    if isinstance(item, Written):
        return " ".join(chance.choices(_WORDS, k=chance.randint(item.words // 2, item.words))).capitalize() + "."
    if isinstance(item, Drawn) and isinstance(key, DrawnKey):
        best = key.answer if chance.random() < 0.25 + 0.6 * able else chance.choice(item.answers())
        return {"form": key.form or "0.0.0", "answer": best or item.answers()[0]}
    right = getattr(key, "answer", None)
    if right is not None and chance.random() < 0.25 + 0.6 * able:
        return right if item.misfit(right) is None else None
    if isinstance(item, Order):
        return chance.sample(item.explained(), k=len(item.options))
    if isinstance(item, Several | Highlight):
        names = item.explained()
        return sorted(chance.sample(names, k=chance.randint(1, len(names))))
    if isinstance(item, WithOptions):
        return chance.choice(item.explained())
    if isinstance(item, Match):
        return {left: chance.choice(item.right).id for left in item.explained()}
    made: Any = _garbled(chance, right)
    return made if made is not None and item.misfit(made) is None else None


def _garbled(chance: random.Random, right: Any) -> Any:
    """The right answer to a question of any other kind, with something wrong in it."""
    if isinstance(right, dict) and right:
        values = list(right.values())
        return {name: chance.choice(values) for name in right}
    if isinstance(right, list) and right:
        return sorted(chance.sample(right, k=chance.randint(1, len(right))))
    if isinstance(right, str) and right:
        digit = chance.choice("123456789")
        return "".join(digit if letter.isdigit() and chance.random() < 0.3 else letter for letter in right)
    return None
