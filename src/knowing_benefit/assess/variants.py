"""Drawn questions: a hypothetical with some facts turned, under a reading picked from a few, another for each student.

How a student's form comes about:

1. *Forms that can be drawn* (:func:`forms`). A form is a reading of the question's pool and a setting of the
   hypothetical's switches with exactly ``turn`` of them turned. Forms whose facts contradict each other
   (``data/contradictions.yaml``) are left out.
2. *The same difficulty.* Of the rest, one class is kept in which three counts are the same for every form: switches turned;
   those among them that the answer depends on under that reading; and the fewest switches that would have to be turned to
   change the answer. It is the class with the most answers that three forms or more have, and of such the largest.
3. *No answer to bet on.* Forms of a rarer answer are repeated, up to :data:`REPEATS` times, towards as many places as the
   commonest answer has; then all are shuffled in a fixed way.
4. *The draw* (:func:`draw`). HMAC-SHA256 over exercise, question and exam number, keyed with the course's draw value, picks
   the place. The browser does the same with the same list, so a page needs no server to show a student's paper, and the
   instructor makes any paper again from its number alone.

The draw value is derived from the *course secret*, which is made when a course is first released to students and stays
with the instructor (``exercises/keys/secret.txt``). A student's copy holds the derived value (``exercises/draw.txt``), from
which the secret cannot be had. The value does not hide answers: it makes papers unlike from one student, course and year to
the next. A student who has the course has its lab, and can work any form out there; that is open-book by design.

The key of a form is worked out by :mod:`knowing_benefit.law.analysis`; none is written down.
"""

from __future__ import annotations

import hashlib
import hmac
import itertools
import secrets
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from knowing_benefit.assess.kinds import Drawn, DrawnKey, Finding, Item, Key
from knowing_benefit.law.analysis import OUTCOMES, ReadingTable, Table, table
from knowing_benefit.law.doctrine import Outcome
from knowing_benefit.law.hypotheticals import said
from knowing_benefit.law.library import Library
from knowing_benefit.law.readings import Answer, Reading
from knowing_benefit.law.source import nearest, write_atomic

SECRET = Path("exercises/keys/secret.txt")
"""The course secret, below the instructor's folder; never in a student's copy."""

DRAW = Path("exercises/draw.txt")
"""The derived draw value, below a student's folder."""

PUBLIC = "knowing-benefit"
"""The draw value of a course that has no secret."""

REPEATS = 4
"""How many places one form may have in the draw, at most, so that rare answers are drawn more often."""

_ANSWER: dict[Outcome, str] = {
    "survives": "survives",
    "dismissed": "dismissed",
    "barred by section 230": "barred",
    "open": "open",
}


@dataclass(frozen=True)
class Form:
    """One form of a drawn question.

    Attributes:
        reading: place of the reading in the question's pool.
        setting: which switches are turned; bit *k* says that switch *k* is in its second position.
        answer: the right one, as :data:`~knowing_benefit.assess.kinds.ANSWERS` names it.
    """

    reading: int
    setting: int
    answer: str

    @property
    def id(self) -> str:
        """What an answer says it answers, e.g. ``2.37``."""
        return f"{self.reading}.{self.setting}"


@dataclass(frozen=True)
class Drawing:
    """A form in words.

    Attributes:
        turned: the facts in which the form differs from the story, as sentences.
        kept: the other facts that could have been turned, as sentences.
        elements: each element's answer, by its id.
    """

    form: Form
    reading: Reading
    turned: tuple[str, ...]
    kept: tuple[str, ...]
    elements: dict[str, Answer]


def forms(library: Library, item: Drawn) -> tuple[Form, ...]:
    """The places of the draw: every form of one difficulty, rarer answers more than once.

    Raises:
        CourseError: no such hypothetical or reading.
    """
    return _forms(library, item.hypothetical, tuple(item.readings), item.ask, item.turn)


def count(library: Library, item: Drawn) -> int:
    """How many distinct forms a question has."""
    return len(set(forms(library, item)))


@lru_cache(maxsize=256)
def _forms(library: Library, hypothetical: str, readings: tuple[str, ...], ask: str, turn: int) -> tuple[Form, ...]:
    found = _table(library, hypothetical, readings)
    classes: dict[tuple[int, int], list[Form]] = {}
    for place, name in enumerate(readings):
        answers = answers_of(found.readings[name], ask)
        relevant = _relevant(answers)
        for setting in coherent(library, found):
            if setting.bit_count() == turn:
                level = ((setting & relevant).bit_count(), _distance(answers, setting))
                classes.setdefault(level, []).append(Form(place, setting, answers[setting]))
    if not classes:
        return ()
    best = max(classes.items(), key=_variety)[1]
    by_answer: dict[str, list[Form]] = {}
    for form in sorted(best, key=lambda form: _shuffle(hypothetical, readings[form.reading], form.setting)):
        by_answer.setdefault(form.answer, []).append(form)
    places = max(len(alike) for alike in by_answer.values())
    repeated = [
        (number, form)
        for alike in by_answer.values()
        for number, form in enumerate(itertools.islice(alike * REPEATS, places))
    ]
    repeated.sort(key=lambda one: _shuffle(hypothetical, readings[one[1].reading], one[1].setting, one[0]))
    return tuple(form for _, form in repeated)


def _variety(one: tuple[tuple[int, int], list[Form]]) -> tuple[int, int, int, int]:
    """What speaks for a class of one difficulty: answers, size, nearness of a turning point, switches that matter."""
    (relevant, distance), alike = one
    common = Counter(form.answer for form in alike)
    return sum(times >= 3 for times in common.values()), len(alike), -distance, relevant


@lru_cache(maxsize=64)
def _table(library: Library, hypothetical: str, readings: tuple[str, ...]) -> Table:
    return table(library, library.hypothetical(hypothetical), [library.reading(name) for name in readings])


@lru_cache(maxsize=64)
def _coherent(library: Library, hypothetical: str) -> tuple[int, ...]:
    found = _table(library, hypothetical, ())
    rules = library.contradictions
    return tuple(
        setting for setting in range(1 << len(found.hypothetical.switches)) if not rules.of(found.facts(setting))
    )


def coherent(library: Library, found: Table) -> tuple[int, ...]:
    """The settings of a hypothetical whose facts can stand together."""
    return _coherent(library, found.hypothetical.id)


def answers_of(entry: ReadingTable, ask: str) -> tuple[str, ...]:
    """The right answer for every setting under one reading."""
    if ask == "outcome":
        return tuple(_ANSWER[OUTCOMES[code]] for code in entry.outcomes)
    column = entry.columns[ask]
    return tuple(column.at(setting).result.replace(" ", "-") for setting in range(len(entry.outcomes)))


def _relevant(answers: Sequence[str]) -> int:
    """The switches that ever change the answer, as a mask."""
    return sum(
        1 << number
        for number in range(len(answers).bit_length() - 1)
        if any(answers[setting] != answers[setting ^ (1 << number)] for setting in range(len(answers)))
    )


def _distance(answers: Sequence[str], setting: int) -> int:
    """The fewest switches that have to be turned to change the answer; 0 if none can."""
    switches = len(answers).bit_length() - 1
    for size in range(1, switches + 1):
        for chosen in itertools.combinations(range(switches), size):
            if answers[setting ^ sum(1 << number for number in chosen)] != answers[setting]:
                return size
    return 0


def _shuffle(*parts: object) -> bytes:
    return hashlib.sha256("/".join(map(str, parts)).encode()).digest()


def draw(value: str, exercise: str, item: str, number: str, places: int) -> int:
    """The place that an exam number draws. The same as ``drawn`` in ``view/drawn.js``, by a test.

    Args:
        value: the course's draw value.
        number: the exam number, in capitals.
        places: how many there are.
    """
    digest = hmac.new(value.encode(), f"{exercise}/{item}/{number}".encode(), hashlib.sha256).digest()
    return int.from_bytes(digest[:6], "big") % places


def form_of(library: Library, exercise: str, item: Drawn, number: str, value: str) -> Form:
    """The form that an exam number draws."""
    found = forms(library, item)
    return found[draw(value, exercise, item.id, number, len(found))]


def drawing(library: Library, item: Drawn, form: Form) -> Drawing:
    """A form in words, with the analysis that its key comes from."""
    found = _table(library, item.hypothetical, tuple(item.readings))
    case, entry = found.hypothetical, found.readings[item.readings[form.reading]]
    turned: list[str] = []
    kept: list[str] = []
    for place, switch in enumerate(case.switches):
        which = form.setting >> place & 1
        sentence = said(library.facts, case, switch.fact, switch.positions[which], varied=bool(which))
        (turned if which else kept).append(sentence)
    elements = {name: column.at(form.setting) for name, column in entry.columns.items()}
    return Drawing(form, entry.reading, tuple(turned), tuple(kept), elements)


def keyed(
    library: Library, exercise: str, items: Sequence[Item], keys: Mapping[str, Key], number: str, value: str
) -> dict[str, Key]:
    """The keys for one exam number: those of drawn questions are worked out for the form that the number draws."""
    found = dict(keys)
    for item in items:
        if isinstance(item, Drawn):
            form = form_of(library, exercise, item, number, value)
            found[item.id] = DrawnKey(answer=form.answer, form=form.id)
    return found


def faults(library: Library, item: Drawn) -> Iterator[Finding]:
    """What is wrong in a drawn question that only the law can tell."""
    if item.hypothetical not in library.hypotheticals:
        mend = nearest(item.hypothetical, library.hypotheticals) or "Look in data/hypotheticals/."
        yield ("hypothetical",), f"there is no hypothetical {item.hypothetical!r}", mend
        return
    missing = False
    for place, name in enumerate(item.readings):
        if name not in library.readings or name in item.readings[:place]:
            missing = True
            what = f"there is no reading {name!r}" if name not in library.readings else f"{name!r} stands twice"
            yield ("readings", place), what, nearest(name, library.readings) or "Look in data/readings/."
    if missing:
        return
    found = forms(library, item)
    if len({form.answer for form in found}) < 2:
        what = (
            f"with {item.turn} of its switches turned, every form of one difficulty has the same answer"
            if found
            else (f"no {item.turn} of its switches can be turned without a contradiction")
        )
        yield ("turn",), what, "Ask about another element, add a reading, or turn another number."


def draw_value(root: Path) -> str:
    """The draw value of a course folder: from its secret, else as it was released with, else the public one."""
    secret = _read(root / SECRET)
    if secret:
        return hmac.new(secret.encode(), b"draw", hashlib.sha256).hexdigest()
    return _read(root / DRAW) or PUBLIC


def release_value(root: Path) -> str:
    """The draw value for a release to students; makes the course secret if there is none.

    Raises:
        OSError: the secret cannot be written.
    """
    if not _read(root / SECRET):
        write_atomic(root / SECRET, secrets.token_hex(32) + "\n", private=True)
    return draw_value(root)


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""
