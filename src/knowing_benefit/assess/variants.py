"""Drawn questions: a hypothetical with some facts turned, under a reading picked from a few, another for each student.

How a student's form comes about:

1. *Forms that can be drawn* (:func:`forms`). A form is a case of the question's pool, one of the question's readings that
   this case shows, and a setting of the case's switches. Forms whose facts contradict each other
   (``data/contradictions.yaml``) are left out.
2. *The same difficulty.* Four counts say how hard a form is. The answer depends on two facts or more under the reading, so
   that none is the key by itself. As many switches are turned as the question's ``turn`` says, at most three neighbouring
   counts. The answer *rests* on as many facts as the question's ``rests`` says, one count or two neighbouring ones: so many, and
   no fewer, have to be known for the answer to be certain whatever the other switches say. And the form is one step from
   another answer: some one switch, turned, would change it.
3. *No answer to bet on.* Forms of one case, one reading and one number of turned switches are balanced among themselves:
   rarer answers are repeated, up to :data:`REPEATS` times, and the commonest has no more places than the others together.
   Where all of them have one answer, none is used. So whoever knows the case, the reading and how much was changed, and reads no
   fact, is right at most half the time. Then all are shuffled in a fixed way.
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
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from knowing_benefit.assess.kinds import Drawn, DrawnKey, Finding, Item, Key
from knowing_benefit.law.analysis import OUTCOMES, ReadingTable, Table, table
from knowing_benefit.law.doctrine import Outcome
from knowing_benefit.law.hypotheticals import Hypothetical, said
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

FEWEST = 3
"""How many forms of one case, reading and number of turned switches an answer must have to be among those drawn."""

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
        case: place of the hypothetical in the question's pool.
        reading: place of the reading in the question's list.
        setting: which switches are turned; bit *k* says that switch *k* is in its second position.
        answer: the right one, as :data:`~knowing_benefit.assess.kinds.ANSWERS` names it.
    """

    case: int
    reading: int
    setting: int
    answer: str

    @property
    def id(self) -> str:
        """What an answer says it answers, e.g. ``0.2.37``."""
        return f"{self.case}.{self.reading}.{self.setting}"


@dataclass(frozen=True)
class Supply:
    """What a question draws from.

    Attributes:
        forms: how many distinct forms.
        answers: the share of the draws, 0 to 1, in which each answer is right, the commonest first.
        twins: one in so many pairs of students draws the same form.
    """

    forms: int
    answers: dict[str, float]
    twins: int


@dataclass(frozen=True)
class Drawing:
    """A form in words.

    Attributes:
        case: the hypothetical.
        turned: the facts in which the form differs from the story, as sentences.
        kept: the other facts that could have been turned, as sentences.
        elements: each element's answer, by its id.
    """

    form: Form
    case: Hypothetical
    reading: Reading
    turned: tuple[str, ...]
    kept: tuple[str, ...]
    elements: dict[str, Answer]


def forms(library: Library, item: Drawn) -> tuple[Form, ...]:
    """The places of the draw: every form of the question's difficulty, rarer answers more than once.

    Raises:
        CourseError: no such hypothetical or reading.
    """
    return _forms(library, tuple(item.hypothetical), tuple(item.readings), item.ask, item.turn, item.rests)


def count(library: Library, item: Drawn) -> int:
    """How many distinct forms a question has."""
    return len(set(forms(library, item)))


def supply(library: Library, item: Drawn) -> Supply:
    """What a question draws from, for whoever has to judge it; nothing where no form can be drawn."""
    places = forms(library, item)
    answers = Counter(form.answer for form in places)
    pairs = sum(times * times for times in Counter(places).values())
    shares = {answer: times / len(places) for answer, times in answers.most_common()}
    return Supply(count(library, item), shares, len(places) ** 2 // pairs if pairs else 0)


def drills(library: Library) -> int:
    """How many distinct forms there are for practice: settings whose facts can stand together, under each reading shown."""
    return sum(len(coherent(library, name)) * len(case.readings) for name, case in library.hypotheticals.items())


@lru_cache(maxsize=256)
def _forms(
    library: Library,
    cases: tuple[str, ...],
    readings: tuple[str, ...],
    ask: str,
    turn: tuple[int, int],
    rests: tuple[int, int],
) -> tuple[Form, ...]:
    groups: dict[tuple[int, int, int], dict[str, list[Form]]] = {}
    for (case, name), (reading, of) in itertools.product(enumerate(cases), enumerate(readings)):
        if of not in library.hypothetical(name).readings:
            continue
        answers = answers_of(_table(library, name, (of,)).readings[of], ask)
        depends, needed, near = _difficulty(answers)
        if depends < 2:
            continue
        for setting in coherent(library, name):
            turned = setting.bit_count()
            if turn[0] <= turned <= turn[1] and rests[0] <= needed[setting] <= rests[1] and near[setting]:
                alike = groups.setdefault((case, reading, turned), {})
                alike.setdefault(answers[setting], []).append(Form(case, reading, setting, answers[setting]))
    places = [
        (_shuffle(cases[form.case], readings[form.reading], form.setting, number), form)
        for alike in groups.values()
        for number, form in _balanced(
            alike, lambda form: _shuffle(cases[form.case], readings[form.reading], form.setting)
        )
    ]
    return tuple(form for _, form in sorted(places, key=lambda place: place[0]))


def _balanced(by_answer: Mapping[str, list[Form]], order: Callable[[Form], bytes]) -> Iterator[tuple[int, Form]]:
    """The places of forms that nothing but their facts tells apart, numbered by answer: none if only one answer is possible."""
    enough = {answer: sorted(alike, key=order) for answer, alike in by_answer.items() if len(alike) >= FEWEST}
    if len(enough) < 2:
        return
    most = max(map(len, enough.values()))
    share = {answer: min(most, REPEATS * len(alike)) for answer, alike in enough.items()}
    commonest = max(share, key=lambda answer: (share[answer], answer))
    share[commonest] = min(share[commonest], sum(share.values()) - share[commonest])
    for answer, alike in enough.items():
        yield from enumerate(itertools.islice(itertools.cycle(alike), share[answer]))


@lru_cache(maxsize=64)
def _table(library: Library, hypothetical: str, readings: tuple[str, ...]) -> Table:
    return table(library, library.hypothetical(hypothetical), [library.reading(name) for name in readings])


@lru_cache(maxsize=64)
def coherent(library: Library, hypothetical: str) -> tuple[int, ...]:
    """The settings of a hypothetical, by its id, whose facts can stand together."""
    found = _table(library, hypothetical, ())
    rules = library.contradictions
    return tuple(
        setting for setting in range(1 << len(found.hypothetical.switches)) if not rules.of(found.facts(setting))
    )


def answers_of(entry: ReadingTable, ask: str) -> tuple[str, ...]:
    """The right answer for every setting under one reading."""
    if ask == "outcome":
        return tuple(_ANSWER[OUTCOMES[code]] for code in entry.outcomes)
    column = entry.columns[ask]
    return tuple(column.at(setting).result.replace(" ", "-") for setting in range(len(entry.outcomes)))


def _difficulty(answers: Sequence[str]) -> tuple[int, tuple[int, ...], tuple[bool, ...]]:
    """How hard each setting is.

    Returns:
        On how many switches the answer ever depends; for each setting, the fewest switches that have to be known for its answer
        to be certain whatever the others say; and for each setting, whether some one switch, turned, changes its answer.
    """
    switches = len(answers).bit_length() - 1
    depends = [
        number
        for number in range(switches)
        if any(answers[setting] != answers[setting ^ 1 << number] for setting in range(len(answers)))
    ]
    size = 1 << len(depends)
    own = [answers[sum(1 << depends[bit] for bit in range(len(depends)) if small >> bit & 1)] for small in range(size)]
    needed = [len(depends)] * size
    # certain[free][small]: the answer if it is the same whatever the switches in `free` say, else None. One bit of `free` after another.
    certain: list[list[str | None]] = [[*own]]
    for free in range(1, size):
        last = free & -free
        before = certain[free ^ last]
        certain.append([one if one == before[small ^ last] else None for small, one in enumerate(before)])
        known = len(depends) - free.bit_count()
        needed = [
            min(most, known) if one is not None else most for most, one in zip(needed, certain[free], strict=True)
        ]
    near = [any(own[small] != own[small ^ 1 << bit] for bit in range(len(depends))) for small in range(size)]
    small_of = [
        sum(1 << bit for bit, number in enumerate(depends) if setting >> number & 1) for setting in range(len(answers))
    ]
    return len(depends), tuple(needed[small] for small in small_of), tuple(near[small] for small in small_of)


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
    name = item.readings[form.reading]
    found = _table(library, item.hypothetical[form.case], (name,))
    case, entry = found.hypothetical, found.readings[name]
    turned: list[str] = []
    kept: list[str] = []
    for place, switch in enumerate(case.switches):
        which = form.setting >> place & 1
        sentence = said(library.facts, case, switch.fact, switch.positions[which], varied=bool(which))
        (turned if which else kept).append(sentence)
    elements = {name: column.at(form.setting) for name, column in entry.columns.items()}
    return Drawing(form, case, entry.reading, tuple(turned), tuple(kept), elements)


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
    unknown = False
    for field, named, known, what in (
        ("hypothetical", item.hypothetical, set(library.hypotheticals), "hypothetical"),
        ("readings", item.readings, set(library.readings), "reading"),
    ):
        for place, name in enumerate(named):
            if name not in known or name in named[:place]:
                unknown = True
                wrong = f"there is no {what} {name!r}" if name not in known else f"{name!r} stands twice"
                folder = "data/hypotheticals/" if field == "hypothetical" else "data/readings/"
                yield (field, place), wrong, nearest(name, known) or f"Look in {folder}."
    if unknown:
        return
    found = forms(library, item)
    if not found:
        what = (
            f"no form can be drawn: with {_between(item.turn)} switches turned and an answer that rests on {_between(item.rests)} facts,"
            " either none is left or all have one answer"
        )
        yield ("turn",), what, "Ask about another element, add a case or a reading, or change turn or rests."
        return
    for place, name in enumerate(item.hypothetical):
        if not any(form.case == place for form in found):
            yield (
                ("hypothetical", place),
                f"no form of {name} is ever drawn: under none of the readings do its facts matter as the question asks",
                "Remove it.",
            )
    for place, name in enumerate(item.readings):
        if not any(form.reading == place for form in found):
            yield (
                ("readings", place),
                f"no form is ever drawn under {name}: one answer is always right, or no case shows it",
                "Remove it.",
            )


def _between(band: tuple[int, int]) -> str:
    return str(band[0]) if band[0] == band[1] else f"{band[0]} to {band[1]}"


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
