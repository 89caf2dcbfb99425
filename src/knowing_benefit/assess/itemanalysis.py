"""How the questions did: by item, by option, by objective. Numbers for an instructor, with their doubt beside them.

=============== ==========================================================================================================
difficulty      the mean share of the question's points, 0 to 1, among all who handed in the exercise; a blank is nothing.
                With its 95 % interval (Wilson, *JASA* 22 (1927) 209; for shares of points, an approximation).
discrimination  the correlation between the share earned on the question and the points on all others of the exercise
                (item-rest; for questions right or wrong, the corrected point-biserial)
upper - lower   the mean share in the upper 27 % of the class by points on all other questions, less that in the lower 27 %
                (Kelley, *J. Educ. Psychol.* 30 (1939) 17)
options         how many chose each, and how many of the upper and lower 27 %; with the misconception that its key names
minutes         the median time since the student's answer before, where the exercise keeps times (``timed: true``): the first
                answer has none, and pauses over half an hour are left out. As the students' own clocks say
alpha           Cronbach's alpha of the exercise (*Psychometrika* 16 (1951) 297)
=============== ==========================================================================================================

Answers that still wait for a person are left out of every figure, and with them the blanks of their question. Observed difficulty is called *easy* from 0.8 upwards, *hard*
below 0.5 and *middle* between, and set beside what the author stated. Below :data:`FEW` students the figures are said to be
weak, and nothing is flagged on a correlation.
"""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

from knowing_benefit.assess import csvsafe
from knowing_benefit.assess.grade import Graded, ItemResult, Keyed
from knowing_benefit.assess.items import Exercise
from knowing_benefit.assess.kinds import Highlight, Item, Key, Option, Value, WrittenKey

FEW = 30
"""With fewer students than this, one of them moves a figure too far to rest anything on it."""

GROUP = 0.27
"""The share of a class that is its upper, and its lower, group."""

PAUSE = 30.0
"""Minutes after which somebody has been doing something else."""

_Answer = tuple[float | None, tuple[str, ...], bool]
"""Of one answer: its share of the points, what was chosen, and whether it was left blank."""

_TYPED = 8
"""How many different typed answers are listed."""


@dataclass(frozen=True)
class OptionFigures:
    """How often something was chosen.

    Attributes:
        option: its id; for pairs, ``left: right``; for typed answers, the text.
        right: whether the key has it; ``None`` where that cannot be said of it alone.
        chosen, upper, lower: how many chose it, in the class and in its upper and lower group.
        misconception: what the key says that a student who chose it believes.
        flag: what to look at, as a sentence; empty if nothing.
    """

    option: str
    text: str
    right: bool | None
    chosen: int
    upper: int
    lower: int
    misconception: str = ""
    flag: str = ""


@dataclass(frozen=True)
class ItemFigures:
    """One question.

    Attributes:
        students: how many answers the figures are of.
        stated, observed: ``easy``, ``middle`` or ``hard``.
        interval: of the difficulty, at 95 %.
        discrimination: ``None`` where everybody earned the same.
        gap: upper less lower group.
        blanks: how many left it blank.
        minutes: median, of those whose times were kept; ``None`` where none were.
        flags: what to look at, as sentences.
    """

    exercise: str
    item: str
    place: int
    kind: str
    objective: str
    points: int
    students: int
    waiting: int
    blanks: int
    stated: str
    observed: str
    difficulty: float
    interval: tuple[float, float]
    discrimination: float | None
    gap: float | None
    minutes: float | None
    options: tuple[OptionFigures, ...]
    flags: tuple[str, ...]


@dataclass(frozen=True)
class ExerciseFigures:
    """One exercise.

    Attributes:
        totals: every student's points, complete ones only, sorted.
        objectives: for each objective, the share of its points that the class earned.
        alpha: ``None`` with fewer than two questions or no spread.
    """

    exercise: str
    title: str
    points: int
    students: int
    totals: tuple[float, ...]
    alpha: float | None
    objectives: tuple[tuple[str, float], ...]
    items: tuple[ItemFigures, ...]

    @property
    def few(self) -> bool:
        """Whether the class is too small for the figures to carry much."""
        return self.students < FEW

    def as_json(self) -> dict[str, Any]:
        """All of it as JSON data, rounded to four places."""
        found: dict[str, Any] = {
            name: _plain(getattr(self, name)) for name in ("exercise", "title", "points", "students", "few", "alpha")
        }
        found["objectives"] = {name: _plain(share) for name, share in self.objectives}
        found["totals"] = _plain(self.totals)
        found["items"] = [
            {name: _plain(value) for name, value in vars(item).items() if name != "options"}
            | {"options": [dict(vars(option)) for option in item.options]}
            for item in self.items
        ]
        return found


class Class:
    """Takes in a class, student by student, and keeps of each answer only what the figures need."""

    def __init__(self, keyed: Mapping[str, Keyed]) -> None:
        self.keyed = keyed
        self._rows: dict[str, list[list[_Answer]]] = {name: [] for name in keyed}
        self._seen: dict[_Answer, _Answer] = {}
        self._minutes: dict[tuple[str, str], list[float]] = {}
        self._lines: dict[tuple[str, str], list[dict[str, Decimal]]] = {}

    def __call__(self, graded: Graded) -> None:
        """Take in a student. One who answered nothing of an exercise is not in its figures."""
        for sheet in graded.sheets:
            if all(one.value is None for one in sheet.results):
                continue
            for item, minutes in spans(sheet.times):
                self._minutes.setdefault((sheet.exercise.id, item), []).append(minutes)
            row = []
            for one in sheet.results:
                share = None if one.points is None else float(one.points) / one.item.points
                answer = (share, tuple(_tokens(one)), one.value is None)
                # Most answers have been given before, and are kept once.
                row.append(self._seen.setdefault(answer, answer))
                if one.award:
                    self._lines.setdefault((sheet.exercise.id, one.item.id), []).append(one.award.lines)
            self._rows[sheet.exercise.id].append(row)

    def figures(self) -> list[ExerciseFigures]:
        """The figures of every exercise that somebody answered."""
        return [self._exercise(one, self._rows[name]) for name, one in self.keyed.items() if self._rows[name]]

    def _exercise(self, one: Keyed, rows: list[list[_Answer]]) -> ExerciseFigures:
        items = one.exercise.items
        points = [
            [None if share is None else share * item.points for (share, _, _), item in zip(row, items, strict=True)]
            for row in rows
        ]
        totals = [sum(known for known in row if known is not None) for row in points]
        whole = sorted(round(total, 2) for total, row in zip(totals, points, strict=True) if None not in row)
        found = tuple(
            self._item(
                one,
                place,
                [row[place] for row in rows],
                [total - (row[place] or 0.0) for total, row in zip(totals, points, strict=True)],
                len(rows),
            )
            for place in range(len(items))
        )
        return ExerciseFigures(
            one.exercise.id,
            one.exercise.title,
            one.exercise.points,
            len(rows),
            tuple(whole),
            _alpha(points),
            tuple(_objectives(one.exercise, found)),
            found,
        )

    def _item(
        self,
        one: Keyed,
        place: int,
        given: Sequence[_Answer],
        rest: Sequence[float],
        students: int,
    ) -> ItemFigures:
        item = one.exercise.items[place]
        key = one.keys[item.id]
        waiting = sum(share is None for share, _, _ in given)
        # While answers wait, the blanks alone would say that the question is as hard as can be.
        known = [
            (share, tokens, other)
            for (share, tokens, blank), other in zip(given, rest, strict=True)
            if share is not None and not (waiting and blank)
        ]
        shares = [share for share, _, _ in known]
        others = [other for _, _, other in known]
        group = round(len(known) * GROUP)
        order = sorted(range(len(known)), key=lambda at: (others[at], at))
        lower, upper = (order[:group], order[len(order) - group :]) if group else ([], [])
        mean = statistics.fmean(shares) if shares else 0.0
        gap = (
            statistics.fmean(shares[at] for at in upper) - statistics.fmean(shares[at] for at in lower)
            if group
            else None
        )
        discrimination = correlation(shares, others)
        if isinstance(key, WrittenKey):
            options = tuple(self._rubric(one, item, key))
        else:
            counts = [
                Counter(token for at in group_of for token in known[at][1])
                for group_of in (range(len(known)), upper, lower)
            ]
            options = tuple(_options(item, key, *counts, students=len(known), group=group))
        observed = "easy" if mean >= 0.8 else "hard" if mean < 0.5 else "middle"
        flags = tuple(_flags(item, students, mean, observed, discrimination, options))
        return ItemFigures(
            one.exercise.id, item.id, place + 1, item.kind, item.objective, item.points, len(known), waiting,
            sum(blank for _, _, blank in given), item.difficulty, observed, mean, wilson(mean, len(known)), discrimination, gap,
            statistics.median(times) if (times := self._minutes.get((one.exercise.id, item.id))) else None, options, flags,
        )  # fmt: skip

    def _rubric(self, one: Keyed, item: Item, key: WrittenKey) -> Iterator[OptionFigures]:
        """For a written question: how many earned at least half of each line's points."""
        awards = self._lines.get((one.exercise.id, item.id), [])
        for line in key.rubric:
            hits = sum(2 * award.get(line.id, Decimal(0)) >= line.points for award in awards)
            yield OptionFigures(line.id, f"{line.text} (at least half of {line.points})", None, hits, 0, 0)


def texts(item: Any) -> dict[str, str]:
    """The text of everything in a question that has an id."""
    if isinstance(item, Highlight):
        return {name: words for name, words in item.segments() if name}
    found: dict[str, str] = {}
    for name in type(item).model_fields:
        value = getattr(item, name)
        if isinstance(value, list):
            found |= {one.id: one.text for one in value if isinstance(one, Option)}
    return found


def _tokens(one: ItemResult) -> Iterator[str]:
    """What was chosen, in pieces that can be counted."""
    value: Value = one.value
    if value is None or isinstance(one.key, WrittenKey):
        return
    if one.item.kind == "drawn" and isinstance(value, dict):
        right = one.points is not None and one.points > 0
        yield f"{value.get('answer', '')} ({'right' if right else 'not right'} for the form)"
    elif one.item.kind == "order" and isinstance(value, list):
        yield from (f"{place}: {name}" for place, name in enumerate(value, 1))
    elif isinstance(value, dict):
        yield from (f"{left}: {right}" for left, right in value.items())
    elif isinstance(value, list):
        yield from value
    else:
        yield " ".join(value.split())[:120]


def _right_tokens(key: Any, kind: str) -> set[str] | None:
    answer = getattr(key, "answer", None)
    if kind in ("citation", "date", "number", "drawn") or answer is None:
        return None
    if kind == "order":
        return {f"{place}: {name}" for place, name in enumerate(answer, 1)}
    if isinstance(answer, dict):
        return {f"{left}: {right}" for left, right in answer.items()}
    return {answer} if isinstance(answer, str) else set(answer)


def _options(
    item: Item, key: Key, whole: Counter[str], upper: Counter[str], lower: Counter[str], *, students: int, group: int
) -> Iterator[OptionFigures]:
    right = _right_tokens(key, item.kind)
    words = texts(item)
    named = [name for name in words if right is not None and item.kind in ("one", "several", "predict", "highlight")]
    listed = [*named, *(token for token, _ in whole.most_common() if token not in named)]
    if right is None:
        listed = listed[:_TYPED]
    for token in listed:
        left, _, other = token.partition(": ")
        text = words.get(token) or (f"{words.get(left, left).rstrip('.')}: {_said(other, words)}" if other else token)
        is_right = None if right is None else token in right
        reason = key.reasons.get(token) or key.reasons.get(left)
        wrong = is_right is False and reason is not None and reason.misconception
        flag = ""
        if token in named and is_right is False and students >= FEW:
            if upper[token] > lower[token] and upper[token] >= max(3, 0.1 * group):
                flag = "Stronger students choose it more often than weaker ones: read the key and the option again."
            elif whole[token] < 0.05 * students:
                flag = "Hardly anybody chooses it: it does no work."
        yield OptionFigures(
            token,
            text,
            is_right,
            whole[token],
            upper[token],
            lower[token],
            str(reason.misconception) if wrong and reason else "",
            flag,
        )


def _said(token: str, words: Mapping[str, str]) -> str:
    element, mark, result = token.partition("/")
    return f"{words.get(element, element)}{', ' + result if mark else ''}"


def _flags(
    item: Item,
    students: int,
    mean: float,
    observed: str,
    discrimination: float | None,
    options: Iterable[OptionFigures],
) -> Iterator[str]:
    if observed != item.difficulty:
        yield f"Stated {item.difficulty}, found {observed}."
    if students < FEW:
        return
    if discrimination is not None and discrimination < 0:
        yield "Those who do well elsewhere do worse here: look at the key first."
    elif discrimination is not None and discrimination < 0.15 and 0.2 < mean < 0.95:
        yield "It hardly tells stronger from weaker students."
    if any(option.flag for option in options):
        yield "See the options."


def _objectives(exercise: Exercise, items: Sequence[ItemFigures]) -> Iterator[tuple[str, float]]:
    """Share of the points earned for each objective, the weakest first."""
    found: dict[str, list[tuple[float, int]]] = {}
    for item, one in zip(exercise.items, items, strict=True):
        if one.students:
            found.setdefault(item.objective, []).append((one.difficulty, item.points))
    shares = {
        name: sum(mean * points for mean, points in all_) / sum(points for _, points in all_)
        for name, all_ in found.items()
    }
    yield from sorted(shares.items(), key=lambda pair: (pair[1], pair[0]))


def correlation(one: Sequence[float], other: Sequence[float]) -> float | None:
    """Pearson's correlation; ``None`` with fewer than three pairs or where one side does not vary."""
    if len(one) < 3 or len(set(one)) < 2 or len(set(other)) < 2:
        return None
    return statistics.correlation(one, other)


def spans(times: Mapping[str, str]) -> Iterator[tuple[str, float]]:
    """Minutes from each answer to the next, by the id of the next. What is no time, or another sort of time, is passed over."""
    known = []
    for item, text in times.items():
        try:
            when = datetime.fromisoformat(text)
        except ValueError:
            continue
        known.append((when if when.tzinfo else when.replace(tzinfo=UTC), item))
    known.sort()
    for (before, _), (after, item) in pairwise(known):
        minutes = (after - before).total_seconds() / 60
        if minutes <= PAUSE:
            yield item, minutes


def wilson(share: float, students: int) -> tuple[float, float]:
    """The 95 % interval of a share."""
    if not students:
        return 0.0, 1.0
    z = 1.959964
    middle = (share + z * z / (2 * students)) / (1 + z * z / students)
    half = z / (1 + z * z / students) * math.sqrt(share * (1 - share) / students + z * z / (4 * students * students))
    return max(0.0, middle - half), min(1.0, middle + half)


def _alpha(points: Sequence[Sequence[float | None]]) -> float | None:
    whole = [[known for known in row if known is not None] for row in points if None not in row]
    if len(whole) < 3 or len(whole[0]) < 2:
        return None
    spread = statistics.variance(sum(row) for row in whole)
    if not spread:
        return None
    count = len(whole[0])
    parts: float = sum(statistics.variance(column) for column in zip(*whole, strict=True))
    return count / (count - 1) * (1 - parts / spread)


def table(figures: Iterable[ExerciseFigures]) -> bytes:
    """The figures of questions and options as CSV."""
    head = [
        "exercise", "question", "kind", "objective", "points", "students", "waiting", "blank", "stated", "observed", "difficulty",
        "from", "to", "discrimination", "upper - lower", "minutes", "option", "text", "right", "chosen", "chosen upper", "chosen lower", "misconception", "note",
    ]  # fmt: skip
    rows = []
    for exercise in figures:
        for item in exercise.items:
            base = [
                item.exercise,
                item.item,
                item.kind,
                item.objective,
                str(item.points),
                str(item.students),
                str(item.waiting),
                str(item.blanks),
            ]
            base += [
                item.stated,
                item.observed,
                *map(_number, (item.difficulty, *item.interval, item.discrimination, item.gap, item.minutes)),
            ]
            rows.append([*base, *[""] * 7, " ".join(item.flags)])
            for option in item.options:
                right = {True: "yes", False: "no", None: ""}[option.right]
                rows.append(
                    [
                        *base,
                        option.option,
                        option.text,
                        right,
                        str(option.chosen),
                        str(option.upper),
                        str(option.lower),
                        option.misconception,
                        option.flag,
                    ]
                )
    return csvsafe.document([head, *rows])


def _number(value: float | None) -> str:
    # A minus sign would be taken for a formula, and be marked as none; a spreadsheet reads the mathematical one as text alike.
    return "" if value is None else f"{value:.3f}".replace("-", "\u2212")


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 4)
    return [_plain(one) for one in value] if isinstance(value, tuple | list) else value
