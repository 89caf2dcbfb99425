"""Exercises, their keys, practice sets and case briefs, as authors write them.

An *exercise* (``exercises/NN_slug.yaml``) holds questions and no answers. Its *key* (``exercises/keys/``) holds the
answers and a reason for every option, and is never in a student's copy. A *practice* set (``exercises/practice/``)
carries a key inside each item, because it explains at once. A *brief* (``exercises/briefs/``) asks a student to
write or choose, then shows a model to compare with; nothing in it is scored.

Each kind of question is one subclass of :class:`Item` and one of :class:`Key`. A new kind is such a pair, a rule in
:mod:`knowing_benefit.assess.scoring` and a form in ``view/exercise.js``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import pydantic

from knowing_benefit.assess import citations
from knowing_benefit.law.source import CourseError, Document, Fault, Loc, Record, Status, nearest, read_yaml, validated

Value = str | list[str] | dict[str, str] | None
"""An answer as it is kept: an option's id or a text; ids in a list; left to right in a match; ``None`` for none."""

Name = Annotated[str, pydantic.StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]
"""An id: letters, digits, ``_`` and ``-``."""

Text = Annotated[str, pydantic.StringConstraints(min_length=1)]
"""What a student reads: never empty."""

Finding = tuple[Loc, str, str]
"""Something wrong at a place: the place, what is wrong, the mend."""


class Option(Record):
    """One thing to choose, to match or to put in order."""

    id: Name
    text: Text


class Reason(Record):
    """Why an option is right or wrong."""

    why: Text
    authority: str | None = None
    pin: str | None = None
    status: Status
    misconception: str | None = None
    """What a student who chose it probably believes."""


class Key(Record):
    """What every key has; ``reasons`` are by option, by left side, or by part of a citation."""

    reasons: dict[str, Reason] = pydantic.Field(default_factory=dict)


class OneKey(Key):
    answer: str


class SeveralKey(Key):
    answer: list[str] = pydantic.Field(min_length=1)


class MatchKey(Key):
    answer: dict[str, str]


class OrderKey(Key):
    answer: list[str]


class CitationKey(Key):
    answer: str
    accept: list[str] = pydantic.Field(default_factory=list)


class Criterion(Record):
    """One line of a rubric."""

    id: Name
    points: int = pydantic.Field(ge=1)
    text: Text


class WrittenKey(Key):
    rubric: list[Criterion] = pydantic.Field(min_length=1)
    model: dict[str, str]
    """Model answers, by the side for which each argues."""


class Item(Record):
    """One question."""

    key_model: ClassVar[type[Key]]

    id: Name
    kind: str
    objective: str
    difficulty: Literal["easy", "middle", "hard"]
    points: int = pydantic.Field(ge=1, le=100)
    stem: Text
    authority: list[str] = pydantic.Field(default_factory=list)
    misprints: list[str] = pydantic.Field(default_factory=list)
    """Citations that the question gets wrong on purpose, for the student to mend."""

    def misfit(self, value: Value) -> str | None:
        """Why ``value`` cannot be an answer to this question, in words that follow "the answer"; ``None`` if it can."""
        raise NotImplementedError

    def explained(self) -> list[str]:
        """What a key must give a reason for."""
        return []

    def own_faults(self) -> Iterator[Finding]:
        """What is wrong within the question."""
        return iter(())

    def key_faults(self, key: Any) -> Iterator[Finding]:
        """What is wrong in a key of the class :attr:`key_model`, beyond its reasons."""
        return iter(())


class WithOptions(Item):
    """A question that lists what can be chosen or ordered."""

    options: list[Option] = pydantic.Field(min_length=2, max_length=26)

    def explained(self) -> list[str]:
        return [option.id for option in self.options]

    def own_faults(self) -> Iterator[Finding]:
        yield from _twice(self.options, ("options",))


class One(WithOptions):
    """One best answer. The value is an option's id."""

    key_model = OneKey
    kind: Literal["one"]

    def misfit(self, value: Value) -> str | None:
        return None if isinstance(value, str) and value in self.explained() else "is not one of the options"

    def key_faults(self, key: OneKey) -> Iterator[Finding]:
        yield from _unknown([key.answer], self.explained(), "an option")


class Several(WithOptions):
    """All that apply. The value is a list of options' ids."""

    key_model = SeveralKey
    kind: Literal["several"]

    def misfit(self, value: Value) -> str | None:
        known = set(self.explained())
        if isinstance(value, list) and len(set(value)) == len(value) and known.issuperset(value):
            return None
        return "is not a choice among the options"

    def key_faults(self, key: SeveralKey) -> Iterator[Finding]:
        yield from _unknown(key.answer, self.explained(), "an option")
        if len(set(key.answer)) != len(key.answer):
            yield ("answer",), "an option stands twice in the answer", "Keep one of them."


class Order(WithOptions):
    """Put in order. The value is every option's id, first to last."""

    key_model = OrderKey
    kind: Literal["order"]

    def misfit(self, value: Value) -> str | None:
        return (
            None
            if isinstance(value, list) and sorted(value) == sorted(self.explained())
            else "is not an order of the options"
        )

    def key_faults(self, key: OrderKey) -> Iterator[Finding]:
        if sorted(key.answer) != sorted(self.explained()):
            yield ("answer",), "the answer is not an order of all the options", "Name every option once."
        elif key.answer == self.explained():
            yield (
                ("answer",),
                "the options stand in the right order already",
                "Write them in another order in the question.",
            )


class Match(Item):
    """Match each on the left with one on the right. The value is a mapping from left to right; it may be partial."""

    key_model = MatchKey
    kind: Literal["match"]
    left: list[Option] = pydantic.Field(min_length=2, max_length=26)
    right: list[Option] = pydantic.Field(min_length=2, max_length=26)

    def misfit(self, value: Value) -> str | None:
        left, right = set(self.explained()), {option.id for option in self.right}
        if isinstance(value, dict) and left.issuperset(value) and right.issuperset(value.values()):
            return None
        return "does not match one of the left side with one of the right"

    def explained(self) -> list[str]:
        return [option.id for option in self.left]

    def own_faults(self) -> Iterator[Finding]:
        yield from _twice(self.left, ("left",))
        yield from _twice(self.right, ("right",))

    def key_faults(self, key: MatchKey) -> Iterator[Finding]:
        left = self.explained()
        missing = [name for name in left if name not in key.answer]
        if missing:
            yield (
                ("answer",),
                f"the answer matches nothing with {', '.join(missing)}",
                "Give each of the left side its match.",
            )
        yield from _unknown(key.answer, left, "on the left side")
        yield from _unknown(key.answer.values(), [option.id for option in self.right], "on the right side")


class Citation(Item):
    """Supply a citation. The value is what was typed."""

    key_model = CitationKey
    kind: Literal["citation"]
    placeholder: str = ""
    hint: str = ""

    def misfit(self, value: Value) -> str | None:
        return None if isinstance(value, str) else "is not a text"

    def explained(self) -> list[str]:
        return ["right", *citations.PARTS]

    def key_faults(self, key: CitationKey) -> Iterator[Finding]:
        for place, text in [(("answer",), key.answer), *((("accept", n), text) for n, text in enumerate(key.accept))]:
            if citations.split(text) is None:
                yield place, f"{text!r} is not a citation", "Write it as: 76 F.4th 544 (7th Cir. 2023)."
        wrong = citations.doubt(key.answer)
        if wrong:
            yield ("answer",), wrong, "Check volume, reporter, page, court and year."


class Written(Item):
    """A short written answer, for a person to grade. The value is the text."""

    key_model = WrittenKey
    kind: Literal["written"]
    words: int = pydantic.Field(ge=1, le=5000)

    def misfit(self, value: Value) -> str | None:
        return None if isinstance(value, str) else "is not a text"

    def key_faults(self, key: WrittenKey) -> Iterator[Finding]:
        total = sum(line.points for line in key.rubric)
        if total != self.points:
            yield ("rubric",), f"the rubric has {total} points and the question {self.points}", "Make them the same."
        yield from _twice(key.rubric, ("rubric",))
        if not key.model:
            yield ("model",), "there is no model answer", "Write one for each side."


KINDS: dict[str, type[Item]] = {
    "one": One,
    "several": Several,
    "match": Match,
    "order": Order,
    "citation": Citation,
    "written": Written,
}
"""Every kind of question, by the word that authors write."""


def blank(value: Value) -> bool:
    """Whether an answer says nothing: not given, cleared, or only spaces."""
    return not value or (isinstance(value, str) and not value.strip())


@dataclass(frozen=True)
class Exercise:
    """A set of questions.

    Attributes:
        minutes: how long it takes.
        version: raised by the author when a question changes its meaning.
        document: the file, for the lines of faults.
    """

    id: str
    lesson: str
    title: str
    minutes: int
    version: int
    items: tuple[Item, ...]
    document: Document

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


def load_practice(path: Path) -> Practice:
    """Read a practice set, whose items carry their keys.

    Raises:
        CourseError: every fault in the file.
    """
    exercise, found = _load(path)
    keys: dict[str, Key] = {}
    faults: list[Fault] = []
    for place, item in enumerate(exercise.items):
        if item.id not in found:
            faults.append(
                exercise.document.fault(
                    ("items", place), f"{item.id} has no key", "Practice explains at once: add key."
                )
            )
            continue
        _read_key(exercise.document, item, *found[item.id], keys, faults)
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
    for name in items:
        if name not in head.items:
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
    faults = [document.fault(("parts", *loc), what, mend) for loc, what, mend in _twice(brief.parts, ())]
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
    faults += [document.fault(("items", *at), what, mend) for at, what, mend in _twice(items, ())]
    if faults:
        raise CourseError(faults)
    exercise = Exercise(head.id, head.lesson, head.title, head.minutes, head.version, tuple(items), document)
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
        if reason.authority is None and item.authority:
            yield ("reasons", name), f"the reason for {name} names no authority", "Name the authority that it rests on."


def _misnamed(document: Document, name: str) -> list[Fault]:
    if name == document.path.stem:
        return []
    return [
        document.fault(
            ("id",), f"the id is {name!r} but the file is named {document.path.name!r}", "Make them the same."
        )
    ]


def _twice(things: Iterable[Option | Criterion | Item | Part], loc: Loc) -> Iterator[Finding]:
    seen: set[str] = set()
    for place, thing in enumerate(things):
        if thing.id in seen:
            yield (*loc, place), f"the id {thing.id!r} stands twice", "Give each its own."
        seen.add(thing.id)


def _unknown(given: Iterable[str], known: Collection[str], what: str) -> Iterator[Finding]:
    for name in given:
        if name not in known:
            yield ("answer",), f"{name!r} is not {what}", nearest(name, known) or f"There are: {', '.join(known)}."


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
    for path in sorted((folder / "practice").glob("*.yaml")):
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
    return [
        fault
        for loc, key in keys.items()
        for name, reason in key.reasons.items()
        if reason.authority is not None
        for fault in _named(document, (*loc, "reasons", name, "authority"), reason.authority, sources)
    ]


def _named(document: Document, loc: Loc, name: str, sources: Collection[str]) -> list[Fault]:
    if name in sources:
        return []
    return [
        document.fault(loc, f"there is no authority {name!r}", nearest(name, sources) or "Add it to data/authorities/.")
    ]
