"""Exercises, their keys, practice sets and case briefs, as authors write them.

An *exercise* (``exercises/NN_slug.yaml``) holds questions and no answers. Its *key* (``exercises/keys/``) holds the
answers and a reason for every option, and is never in a student's copy. A *practice* set (``exercises/practice/``)
carries a key inside each item, because it explains at once; so do the *inline* questions (``exercises/inline/``) that
stand one by one in a lesson's text. A *brief* (``exercises/briefs/``) asks a student to write or choose, then shows a
model to compare with; nothing in it is scored.

The kinds of question are in :mod:`knowing_benefit.assess.kinds`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pydantic

from knowing_benefit.assess import citations
from knowing_benefit.assess.kinds import (
    KINDS,
    Because,
    Citation,
    CitationKey,
    Criterion,
    Date,
    DateKey,
    Drawn,
    DrawnKey,
    Factcheck,
    FactcheckKey,
    Finding,
    FollowUp,
    Highlight,
    HighlightKey,
    Item,
    Key,
    Match,
    MatchKey,
    Name,
    Number,
    NumberKey,
    One,
    OneKey,
    Option,
    Order,
    OrderKey,
    Predict,
    PredictKey,
    Reason,
    Several,
    SeveralKey,
    Sort,
    SortKey,
    Text,
    Value,
    WithOptions,
    Written,
    WrittenKey,
    blank,
    twice,
)
from knowing_benefit.law.source import CourseError, Document, Fault, Loc, Record, Status, nearest, read_yaml, validated

__all__ = [
    "KINDS",
    "Because",
    "Brief",
    "Citation",
    "CitationKey",
    "Criterion",
    "Date",
    "DateKey",
    "Drawn",
    "DrawnKey",
    "Exercise",
    "Factcheck",
    "FactcheckKey",
    "FollowUp",
    "Highlight",
    "HighlightKey",
    "Item",
    "Key",
    "Match",
    "MatchKey",
    "Name",
    "Number",
    "NumberKey",
    "One",
    "OneKey",
    "Option",
    "Order",
    "OrderKey",
    "Part",
    "Practice",
    "Predict",
    "PredictKey",
    "Reason",
    "Several",
    "SeveralKey",
    "Sort",
    "SortKey",
    "Text",
    "Value",
    "WithOptions",
    "Written",
    "WrittenKey",
    "blank",
    "check",
    "load_brief",
    "load_exercise",
    "load_key",
    "load_practice",
    "load_questions",
]


@dataclass(frozen=True)
class Exercise:
    """A set of questions.

    Attributes:
        minutes: how long it takes.
        version: raised by the author when a question changes its meaning.
        timed: whether the time of every answer is kept, because the instructor asks for it.
        document: the file, for the lines of faults.
    """

    id: str
    lesson: str
    title: str
    minutes: int
    version: int
    items: tuple[Item, ...]
    document: Document
    timed: bool = False

    @property
    def points(self) -> int:
        """The points of all questions together."""
        return sum(item.points for item in self.items)


@dataclass(frozen=True)
class Practice:
    """Questions with their keys, by the item's id."""

    exercise: Exercise
    keys: dict[str, Key]


class Part(Record):
    """One heading of a case brief: write or choose, then compare with the model."""

    id: Name
    label: Text
    prompt: Text
    choices: list[Text] = pydantic.Field(default_factory=list)
    model: Text
    why: Text
    authority: str
    status: Status


class Brief(Record):
    """A case brief that a student builds."""

    id: Name
    lesson: str
    title: Text
    parts: list[Part] = pydantic.Field(min_length=1)


class _Head(Record):
    """An exercise's file before its items are read."""

    id: Name
    lesson: str
    title: Text
    minutes: int = pydantic.Field(ge=1)
    version: int = pydantic.Field(ge=1)
    timed: bool = False
    items: list[dict[str, Any]] = pydantic.Field(min_length=1)


class _KeyHead(Record):
    exercise: str
    version: int = pydantic.Field(ge=1)
    items: dict[str, dict[str, Any]]


def load_exercise(path: Path) -> Exercise:
    """Read a graded exercise.

    Raises:
        CourseError: every fault in the file.
    """
    exercise, keys = _load(path)
    if keys:
        what = "a graded exercise must not hold its key: a student's copy has this file"
        raise CourseError(
            [exercise.document.fault(loc, what, f"Move it to keys/{path.name}.") for loc, _ in keys.values()]
        )
    return exercise


def load_questions(path: Path) -> Exercise:
    """Read the questions of any set, graded or practice, and leave its keys unread.

    Raises:
        CourseError: every fault in the questions.
    """
    return _load(path)[0]


def load_practice(path: Path) -> Practice:
    """Read a practice set or a lesson's inline questions, whose items carry their keys.

    Raises:
        CourseError: every fault in the file.
    """
    exercise, found = _load(path)
    keys: dict[str, Key] = {}
    faults: list[Fault] = []
    for place, item in enumerate(exercise.items):
        if item.id not in found and not isinstance(item, Drawn):
            faults.append(
                exercise.document.fault(
                    ("items", place), f"{item.id} has no key", "Practice explains at once: add key."
                )
            )
            continue
        loc, data = found.get(item.id, (("items", place), {}))
        _read_key(exercise.document, item, loc, data, keys, faults)
    if faults:
        raise CourseError(faults)
    return Practice(exercise, keys)


def load_key(path: Path, exercise: Exercise) -> dict[str, Key]:
    """Read the key to an exercise: by the item's id.

    Raises:
        CourseError: every fault in the file, and every item that it does not answer.
    """
    document = read_yaml(path)
    head = validated(document, _KeyHead)
    faults: list[Fault] = []
    if head.exercise != exercise.id:
        faults.append(document.fault(("exercise",), f"this is a key to {head.exercise!r}, not to {exercise.id!r}"))
    if head.version != exercise.version:
        what = f"the key is for version {head.version} and the exercise is version {exercise.version}"
        faults.append(
            document.fault(("version",), what, "Read the key against the questions, then make them the same.")
        )
    items = {item.id: item for item in exercise.items}
    keys: dict[str, Key] = {}
    for name, data in head.items.items():
        if name not in items:
            faults.append(
                document.fault(
                    ("items", name), f"the exercise has no question {name!r}", nearest(name, items) or "Remove it."
                )
            )
            continue
        _read_key(document, items[name], ("items", name), data, keys, faults)
    for name, item in items.items():
        if name not in head.items and isinstance(item, Drawn):
            keys[name] = DrawnKey()
        elif name not in head.items:
            faults.append(document.fault(("items",), f"there is no answer to {name}", "Add it."))
    if faults:
        raise CourseError(faults)
    return {name: keys[name] for name in items}


def load_brief(path: Path) -> Brief:
    """Read a case brief.

    Raises:
        CourseError: every fault in the file.
    """
    document = read_yaml(path)
    brief = validated(document, Brief)
    faults = [document.fault(("parts", *loc), what, mend) for loc, what, mend in twice(brief.parts, ())]
    faults += _misnamed(document, brief.id)
    if faults:
        raise CourseError(faults)
    return brief


def _load(path: Path) -> tuple[Exercise, dict[str, tuple[Loc, Any]]]:
    document = read_yaml(path)
    head = validated(document, _Head)
    faults = _misnamed(document, head.id)
    items: list[Item] = []
    keys: dict[str, tuple[Loc, Any]] = {}
    for place, given in enumerate(head.items):
        loc: Loc = ("items", place)
        fields = {name: value for name, value in given.items() if name != "key"}
        kind = str(fields.get("kind", ""))
        if kind not in KINDS:
            mend = nearest(kind, KINDS) or f"The kinds are: {', '.join(KINDS)}."
            faults.append(document.fault((*loc, "kind"), f"there is no kind of question {kind!r}", mend))
            continue
        try:
            item = validated(document, KINDS[kind], loc, fields)
        except CourseError as problem:
            faults += problem.faults
            continue
        faults += [document.fault((*loc, *at), f"{item.id}: {what}", mend) for at, what, mend in item.own_faults()]
        items.append(item)
        if "key" in given:
            keys[item.id] = ((*loc, "key"), given["key"])
    faults += [document.fault(("items", *at), what, mend) for at, what, mend in twice(items, ())]
    if faults:
        raise CourseError(faults)
    exercise = Exercise(
        head.id, head.lesson, head.title, head.minutes, head.version, tuple(items), document, head.timed
    )
    return exercise, keys


def _read_key(document: Document, item: Item, loc: Loc, data: Any, keys: dict[str, Key], faults: list[Fault]) -> None:
    try:
        key = validated(document, item.key_model, loc, data)
    except CourseError as problem:
        faults += problem.faults
        return
    found = [*item.key_faults(key), *_reason_findings(item, key)]
    faults += [document.fault((*loc, *at), f"{item.id}: {what}", mend) for at, what, mend in found]
    keys[item.id] = key


def _reason_findings(item: Item, key: Key) -> Iterator[Finding]:
    expected = item.explained()
    for name in expected:
        if name not in key.reasons:
            yield (
                ("reasons",),
                f"there is no reason for {name}",
                "Every option is explained: add why, authority and status.",
            )
    for name, reason in key.reasons.items():
        if name not in expected:
            yield (
                ("reasons", name),
                f"{name!r} is nothing to give a reason for",
                nearest(name, expected) or "Remove it.",
            )
        if reason.follow:
            yield from ((("reasons", name, "follow", *at), what, mend) for at, what, mend in reason.follow.faults())
    for loc, because in _reasons(key):
        if because.authority is None and item.authority:
            yield loc, f"the reason for {loc[-1]} names no authority", "Name the authority that it rests on."


def _reasons(key: Key) -> Iterator[tuple[Loc, Because]]:
    """Every reason of a key, those of its follow-ups too, and where it stands below the key."""
    for name, reason in key.reasons.items():
        yield ("reasons", name), reason
        if reason.follow:
            yield from (
                (("reasons", name, "follow", "reasons", one), why) for one, why in reason.follow.reasons.items()
            )


def _misnamed(document: Document, name: str) -> list[Fault]:
    if name == document.path.stem:
        return []
    return [
        document.fault(
            ("id",), f"the id is {name!r} but the file is named {document.path.name!r}", "Make them the same."
        )
    ]


def check(folder: Path, sources: Collection[str], objectives: Mapping[str, Collection[str]]) -> list[Fault]:
    """Every fault of everything below ``exercises/``.

    Args:
        folder: the ``exercises`` folder.
        sources: ids of all authorities and statutes.
        objectives: ids of objectives, by the lesson's name.

    Keys are asked for where the folder has keys at all: a student's copy has none.
    """
    faults: list[Fault] = []
    key_folder = folder / "keys"
    stems: set[str] = set()
    for path in sorted(folder.glob("*.yaml")):
        stems.add(path.stem)
        try:
            exercise = load_exercise(path)
        except CourseError as problem:
            faults += problem.faults
            continue
        faults += _references(exercise, {}, sources, objectives, graded=True)
        if key_folder.is_dir():
            try:
                keys = load_key(key_folder / path.name, exercise)
            except CourseError as problem:
                faults += problem.faults
                continue
            faults += _cited(
                read_yaml(key_folder / path.name), {("items", name): key for name, key in keys.items()}, sources
            )
    for path in sorted(key_folder.glob("*.yaml")):
        if path.stem not in stems:
            faults.append(
                read_yaml(path).fault((), "no exercise has this name", "Delete the key, or add its exercise.")
            )
    for path in sorted([*(folder / "practice").glob("*.yaml"), *(folder / "inline").glob("*.yaml")]):
        try:
            practice = load_practice(path)
        except CourseError as problem:
            faults += problem.faults
            continue
        faults += _references(practice.exercise, practice.keys, sources, objectives, graded=False)
    for path in sorted((folder / "briefs").glob("*.yaml")):
        try:
            brief = load_brief(path)
        except CourseError as problem:
            faults += problem.faults
            continue
        document = read_yaml(path)
        if brief.lesson not in objectives:
            faults.append(
                document.fault(("lesson",), f"there is no lesson {brief.lesson!r}", nearest(brief.lesson, objectives))
            )
        for place, part in enumerate(brief.parts):
            faults += _named(document, ("parts", place, "authority"), part.authority, sources)
    return faults


def _references(
    exercise: Exercise,
    keys: Mapping[str, Key],
    sources: Collection[str],
    objectives: Mapping[str, Collection[str]],
    *,
    graded: bool,
) -> list[Fault]:
    document = exercise.document
    faults: list[Fault] = []
    if exercise.lesson not in objectives:
        mend = nearest(exercise.lesson, objectives)
        return [document.fault(("lesson",), f"there is no lesson {exercise.lesson!r}", mend)]
    for place, item in enumerate(exercise.items):
        loc: Loc = ("items", place)
        known = objectives[exercise.lesson]
        if item.objective not in known:
            mend = f"The lesson has: {', '.join(known)}."
            faults.append(
                document.fault((*loc, "objective"), f"{item.id}: the lesson has no objective {item.objective!r}", mend)
            )
        if graded and not item.authority:
            faults.append(document.fault(loc, f"{item.id} names no authority", "Name what its answer rests on."))
        for number, name in enumerate(item.authority):
            faults += _named(document, (*loc, "authority", number), name, sources)
        if item.id in keys:
            faults += _cited(document, {(*loc, "key"): keys[item.id]}, sources)
    return faults


def _cited(document: Document, keys: Mapping[Loc, Key], sources: Collection[str]) -> list[Fault]:
    """What is wrong with what keys cite. Eyecite, which takes half a second to load, is asked here and not whenever a key is read."""
    faults: list[Fault] = []
    for loc, key in keys.items():
        for at, name in _authorities(key):
            faults += _named(document, (*loc, *at), name, sources)
        wrong = citations.doubt(key.answer) if isinstance(key, CitationKey) else ""
        if wrong:
            faults.append(document.fault((*loc, "answer"), wrong, "Check volume, reporter, page, court and year."))
    return faults


def _authorities(key: Key) -> Iterator[tuple[Loc, str]]:
    yield from (
        ((*loc, "authority"), reason.authority) for loc, reason in _reasons(key) if reason.authority is not None
    )
    if isinstance(key, PredictKey) and key.authority is not None:
        yield ("authority",), key.authority


def _named(document: Document, loc: Loc, name: str, sources: Collection[str]) -> list[Fault]:
    if name in sources:
        return []
    return [
        document.fault(loc, f"there is no authority {name!r}", nearest(name, sources) or "Add it to data/authorities/.")
    ]
