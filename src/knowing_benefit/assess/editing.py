"""What an editor of examinations looks for: tells that give an answer away, and sets that are out of balance.

What no question may have is a *fault*; what matters only as a rate, or needs an editor's eye, is a *notice*.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from knowing_benefit.assess import variants
from knowing_benefit.assess.items import load_exercise, load_key, load_practice
from knowing_benefit.assess.kinds import Drawn, Item, Key, OneKey, Option, SeveralKey, WithOptions
from knowing_benefit.law.library import Library
from knowing_benefit.law.source import Document, Fault, shown

LONGEST_RATE = 0.25
"""The right option may be the longest in a quarter of the questions of a set, as it would be by chance among four."""

FEW = 4
"""Rates are told from this many questions on."""

UNLIKE = 1.8
"""Options are unlike in length if the longest has this many times the characters of the shortest, and 40 more."""

FORMS = 300
"""A drawn question of a graded exercise should have as many distinct forms."""

_OF_THE_ABOVE = re.compile(r"\b(?:all|none|both|neither|any|two) of (?:the above|these|them)\b|\bthe above\b", re.I)
_NEGATIVE = re.compile(
    r"\b(?:NOT|EXCEPT|LEAST)\b|\bexcept\?"
    r"|\b[Ww]hich (?:of (?:these|the following) |one |statement |option )?(?:is|are|was|does|do|did|would|could) ?(?:not|n[’']t)\b"
)
_ABSOLUTE = re.compile(r"\b(?:always|never|only|every|all|none|no one|nobody|must|cannot)\b", re.I)


@dataclass(frozen=True)
class Notice:
    """Something for an editor to look at.

    Attributes:
        item: the question's id; empty for the set as a whole.
    """

    item: str
    what: str


@dataclass
class Edited:
    """What was found in one set of questions.

    Attributes:
        kinds, difficulty: how many questions of each.
        places: where the right option stands among those of questions with one right option, ``a`` for the first.
        longest: in how many of those it is the longest.
        single: how many of those there are.
        drawn: what each drawn question draws from, by its id.
    """

    name: str
    purpose: str
    questions: int
    points: int
    minutes: int
    kinds: Counter[str]
    difficulty: Counter[str]
    places: Counter[str] = field(default_factory=Counter)
    longest: int = 0
    single: int = 0
    drawn: dict[str, variants.Supply] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)

    def lines(self) -> list[str]:
        """The set in words."""
        listed = ", ".join(f"{name} {count}" for name, count in self.kinds.items())
        hard = ", ".join(f"{name} {self.difficulty[name]}" for name in ("easy", "middle", "hard"))
        found = [
            f"{self.name} ({self.purpose}): {self.questions} questions, {self.points} points, {self.minutes} minutes",
            f"  Kinds: {listed}. Difficulty: {hard}.",
        ]
        if self.single:
            share = f"{100 * self.longest / self.single:.0f} %"
            places = ", ".join(f"{place} {self.places[place]}" for place in sorted(self.places))
            found.append(
                f"  The right option is the longest in {self.longest} of {self.single} ({share}). It stands at: {places}."
            )
        for name, supply in self.drawn.items():
            right = ", ".join(f"{answer} {share:.0%}" for answer, share in supply.answers.items())
            found.append(
                f"  {name}: drawn from {supply.forms} forms; one pair of students in {supply.twins} has the same. Right: {right}."
            )
        found += [f"  {one.item + ': ' if one.item else ''}{one.what}" for one in self.notices]
        return found


def edited(folder: Path, library: Library | None = None) -> Iterator[Edited]:
    """Look at every set of questions below ``exercises/``; a graded exercise without a key is looked at without one.

    Args:
        library: the law by which forms of drawn questions are counted; without it they are not.

    Raises:
        CourseError: a fault in a file.
    """
    for path in sorted(folder.glob("*.yaml")):
        exercise = load_exercise(path)
        key = folder / "keys" / path.name
        keys = load_key(key, exercise) if key.is_file() else {}
        found = _look(exercise.id, "graded", exercise.minutes, exercise.items, keys, exercise.document)
        if library:
            found.drawn = {
                item.id: variants.supply(library, item) for item in exercise.items if isinstance(item, Drawn)
            }
            few = [name for name, supply in found.drawn.items() if supply.forms < FORMS]
            found.notices += [
                Notice(name, "few forms: add a case or a reading, or widen turn or rests.") for name in few
            ]
        yield found
    for purpose in ("practice", "inline"):
        for path in sorted((folder / purpose).glob("*.yaml")):
            practice = load_practice(path)
            one = practice.exercise
            yield _look(one.id, purpose, one.minutes, one.items, practice.keys, one.document)


def _look(
    name: str, purpose: str, minutes: int, items: Sequence[Item], keys: Mapping[str, Key], document: Document
) -> Edited:
    found = Edited(
        name,
        purpose,
        len(items),
        sum(item.points for item in items),
        minutes,
        Counter(item.kind for item in items),
        Counter(item.difficulty for item in items),
    )
    for place, item in enumerate(items):
        line = document.line(("items", place))
        for what, mend in _never(item):
            found.faults.append(Fault(shown(document.path), line, f"{item.id}: {what}", mend))
        if _NEGATIVE.search(item.stem):
            found.notices.append(Notice(item.id, "the stem asks for what is not so; ask for what is."))
        if isinstance(item, WithOptions) and item.kind in ("one", "several", "predict"):
            found.notices += _lengths(item)
            key = keys.get(item.id)
            if isinstance(key, (OneKey, SeveralKey)):
                found.notices += _tells(item, key)
            if isinstance(key, OneKey):
                _count(found, item.options, key.answer)
    found.notices += _balance(found)
    return found


def _never(item: Item) -> Iterator[tuple[str, str]]:
    """What no question may have: what to say, and the mend."""
    if not isinstance(item, WithOptions):
        return
    seen: dict[str, str] = {}
    for option in item.options:
        if _OF_THE_ABOVE.search(option.text) and len(option.text.split()) <= 6:
            yield f"option {option.id} is {option.text!r}", "Give each option a claim of its own."
        plain = " ".join(re.findall(r"\w+", option.text.lower()))
        if plain in seen:
            yield f"options {seen[plain]} and {option.id} say the same", "Change one of them."
        seen[plain] = option.id


def _lengths(item: WithOptions) -> Iterator[Notice]:
    sizes = sorted(len(option.text) for option in item.options)
    if sizes[-1] > UNLIKE * sizes[0] and sizes[-1] - sizes[0] >= 40:
        yield Notice(item.id, f"options unlike in length: {sizes[0]} to {sizes[-1]} characters.")


def _tells(item: WithOptions, key: OneKey | SeveralKey) -> Iterator[Notice]:
    right = [key.answer] if isinstance(key, OneKey) else key.answer
    strict = {option.id for option in item.options if _ABSOLUTE.search(option.text)}
    wrong = {option.id for option in item.options} - set(right)
    if len(strict) >= 2 and strict == wrong:
        yield Notice(item.id, "every wrong option and no right one has an absolute (always, only, never): a tell.")


def _count(found: Edited, options: Sequence[Option], answer: str) -> None:
    found.single += 1
    ids = [option.id for option in options]
    found.places["abcdefghijklmnopqrstuvwxyz"[ids.index(answer)]] += 1
    sizes = {option.id: len(option.text) for option in options}
    found.longest += all(sizes[answer] > size for name, size in sizes.items() if name != answer)


def _balance(found: Edited) -> Iterator[Notice]:
    if found.single >= FEW:
        if found.longest > LONGEST_RATE * found.single:
            yield Notice("", f"The right option is the longest in more than {LONGEST_RATE:.0%}: lengthen what tempts.")
        place, most = found.places.most_common(1)[0]
        if most > 0.5 * found.single:
            yield Notice("", f"The right option stands at {place} in more than half: move some.")
    if found.purpose == "graded":
        missing = [name for name in ("easy", "middle", "hard") if not found.difficulty[name]]
        if missing:
            yield Notice("", f"No question is {' or '.join(missing)}.")
        if len(found.kinds) < 5:
            yield Notice("", f"Only {len(found.kinds)} kinds of question.")
