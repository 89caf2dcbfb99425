"""Try the readings on decided cases: what does each predict, and what did the court hold?

A reading is tested on cases of its own court, and shown on others. Agreement counts only where reading and court are
both definite; how often the reading is definite at all is coverage, and is told apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from knowing_benefit.law.analysis import Analysis, analyse
from knowing_benefit.law.dates import PartialDate
from knowing_benefit.law.decided import Case
from knowing_benefit.law.readings import Reading

if TYPE_CHECKING:
    from knowing_benefit.law.library import Library

Mark = Literal["agree", "disagree", "open", "not compared"]
"""``open``: the reading does not decide. ``not compared``: the court's own answer is mixed or not known."""

_DEFINITE = {"met", "not met", "survives", "dismissed", "barred by section 230"}
_AS_ELEMENT = {"bars the claim": "met", "does not bar the claim": "not met", "open": "open"}


def mark(predicted: str, held: str) -> Mark:
    """How a prediction stands to what was held."""
    if held not in _DEFINITE:
        return "not compared"
    if predicted not in _DEFINITE:
        return "open"
    return "agree" if predicted == held else "disagree"


@dataclass(frozen=True)
class Compared:
    """One element of one case, as predicted and as held."""

    element: str
    predicted: str
    held: str
    basis: str
    source: str | None

    @property
    def mark(self) -> Mark:
        """How the prediction stands to what was held."""
        return mark(self.predicted, self.held)


@dataclass(frozen=True)
class Trial:
    """One case under one reading.

    Attributes:
        reading: None where no reading of the case's own court is known; then everything is open.
        tested: whether the case counts for the reading (own court, or named so by whoever brought the case).
    """

    case: Case
    reading: Reading | None
    tested: bool
    analysis: Analysis | None
    elements: tuple[Compared, ...]

    @property
    def rests(self) -> bool:
        """Whether the reading itself rests on this case, so that agreement shows only that it was written down right."""
        if self.reading is None:
            return False
        rules = [rule for view in self.reading.elements.values() for rule in (*view.met, *view.not_met)]
        named = {self.reading.authority, *(rule.authority for rule in rules)}
        return self.case.id in named or self.case.authority in named

    @property
    def predicted(self) -> str:
        """The outcome under the reading."""
        return self.analysis.outcome if self.analysis else "open"

    @property
    def mark(self) -> Mark:
        """How the predicted outcome stands to the court's."""
        return mark(self.predicted, self.case.outcome.held)

    def as_json(self) -> dict[str, Any]:
        """One entry of ``cases`` in ``course backtest --json``."""
        return {
            "id": self.case.id,
            "reading": self.reading.id if self.reading else None,
            "outcome": {"predicted": self.predicted, "held": self.case.outcome.held},
            "elements": [
                {"element": e.element, "predicted": e.predicted, "held": e.held, "basis": e.basis, "source": e.source}
                for e in self.elements
            ],
        }


@dataclass(frozen=True)
class Score:
    """Counts of comparisons in which the court's answer is definite."""

    agree: int = 0
    disagree: int = 0
    open: int = 0

    @classmethod
    def of(cls, marks: Iterable[Mark]) -> Score:
        """Count marks; what was not compared is left out."""
        found = list(marks)
        return cls(found.count("agree"), found.count("disagree"), found.count("open"))

    @property
    def total(self) -> int:
        """All comparisons."""
        return self.agree + self.disagree + self.open

    @property
    def agreement(self) -> float | None:
        """Share (0 to 1) of definite predictions that equal what was held; None where none is definite."""
        definite = self.agree + self.disagree
        return self.agree / definite if definite else None

    @property
    def coverage(self) -> float | None:
        """Share (0 to 1) of comparisons in which the prediction is definite; None where there are none."""
        return (self.agree + self.disagree) / self.total if self.total else None


@dataclass(frozen=True)
class Backtest:
    """All trials of a run."""

    trials: tuple[Trial, ...]

    @property
    def tested(self) -> tuple[Trial, ...]:
        """The trials that count."""
        return tuple(trial for trial in self.trials if trial.tested)

    @property
    def outcomes(self) -> Score:
        """Outcomes of the trials that count."""
        return Score.of(trial.mark for trial in self.tested)

    @property
    def elements(self) -> Score:
        """Elements on which the ruling is stated, over the trials that count."""
        return Score.of(_stated(self.tested))

    def by_reading(self) -> dict[str, tuple[Score, Score]]:
        """For each reading that was tested: its scores on outcomes and on stated elements."""
        names = sorted({trial.reading.id for trial in self.tested if trial.reading})
        mine = {name: [t for t in self.tested if t.reading and t.reading.id == name] for name in names}
        return {name: (Score.of(t.mark for t in trials), Score.of(_stated(trials))) for name, trials in mine.items()}

    def by_element(self) -> dict[str, Score]:
        """For each element with a stated ruling: the score over the trials that count."""
        names = dict.fromkeys(entry.element for trial in self.tested for entry in trial.elements)
        return {name: Score.of(_stated(self.tested, name)) for name in names if any(_stated(self.tested, name))}

    def as_json(self) -> dict[str, Any]:
        """What ``course backtest --json`` prints: the trials that count, and how their outcomes came out."""
        score = self.outcomes
        return {
            "cases": [trial.as_json() for trial in self.tested],
            "summary": {"agree": score.agree, "disagree": score.disagree, "open": score.open},
        }

    def as_text(self) -> str:
        """The report in words."""
        return "\n".join(_report(self))


def _stated(trials: Iterable[Trial], element: str | None = None) -> list[Mark]:
    return [
        entry.mark
        for trial in trials
        for entry in trial.elements
        if entry.basis == "stated" and element in (None, entry.element)
    ]


def backtest(library: Library, cases: Iterable[Case], tell: Callable[[str], None] = lambda step: None) -> Backtest:
    """Try every case under its reading, and show it under those that it names for comparison.

    A case that names no reading at all is tried under every reading of its own court that had been decided by then;
    where there is none, it stands with everything open.

    Args:
        tell: called with the id of each case before it is tried.
    """
    trials: list[Trial] = []
    for case in cases:
        tell(case.id)
        trials += _trials(library, case)
    return Backtest(tuple(trials))


def own_court(case: Case, reading: Reading) -> bool:
    """Whether a case is of a court that a reading covers, and not older than it."""
    if case.court is None or case.court.split(" (")[0] not in reading.covers:
        return False
    return case.decided is None or case.decided.last >= PartialDate.parse(reading.decided).first


def _trials(library: Library, case: Case) -> Iterator[Trial]:
    if case.reading:
        yield _try(library, case, library.readings[case.reading], tested=True)
    elif not case.compare:
        own = [reading for reading in library.readings.values() if own_court(case, reading)]
        yield from (_try(library, case, reading, tested=True) for reading in own)
        if not own:
            blank = tuple(Compared(name, "open", r.held, r.basis, r.source) for name, r in case.rulings.items())
            yield Trial(case, None, True, None, blank)
    yield from (_try(library, case, library.readings[name], tested=False) for name in case.compare)


def _try(library: Library, case: Case, reading: Reading, tested: bool) -> Trial:
    found = analyse(library, reading, case.pleading, case.day)
    predicted = {name: answer.result for name, answer in found.answers.items()} | {
        "section-230": _AS_ELEMENT[found.section_230]
    }
    elements = tuple(
        Compared(name, predicted[name], ruling.held, ruling.basis, ruling.source or case.outcome.source)
        for name, ruling in case.rulings.items()
    )
    return Trial(case, reading, tested, found, elements)


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.0%}"


def _line(name: str, score: Score) -> str:
    counts = f"{score.agree:>5} {score.disagree:>8} {score.open:>5}"
    return f"  {name:<26} {counts}   {_share(score.agreement):>9} {_share(score.coverage):>9}"


def _report(run: Backtest) -> Iterator[str]:
    head = f"  {'':<26} {'agree':>5} {'disagree':>8} {'open':>5}   {'agreement':>9} {'coverage':>9}"
    cases = {trial.case.id for trial in run.trials}
    tested = {trial.case.id for trial in run.tested}
    yield f"{len(cases)} decided cases, {len(tested)} of them tests of a reading of their own court."
    yield "Agreement: predicted equals held, where both are definite. Coverage: share of cases in which the reading is definite."
    yield "Where a reading rests on the very case, agreement shows only that it was written down right; other cases test it."
    resting = [trial for trial in run.tested if trial.rests]
    others = [trial for trial in run.tested if not trial.rests]
    yield from ("", "All", head, _line("outcomes", run.outcomes), _line("elements, ruling stated", run.elements))
    yield _line("outcomes, reading rests", Score.of(trial.mark for trial in resting))
    yield _line("outcomes, other cases", Score.of(trial.mark for trial in others))
    yield _line("elements, reading rests", Score.of(_stated(resting)))
    yield _line("elements, other cases", Score.of(_stated(others)))
    yield from ("", "Outcomes by reading", head)
    yield from (_line(name, outcomes) for name, (outcomes, _) in run.by_reading().items())
    yield from ("", "Elements by reading (ruling stated)", head)
    yield from (_line(name, elements) for name, (_, elements) in run.by_reading().items() if elements.total)
    yield from ("", "Elements, all readings (ruling stated)", head)
    yield from (_line(name, score) for name, score in run.by_element().items())
    yield from ("", "Disagreements")
    yield from _disagreements(run.tested) if any(map(_differs, run.tested)) else ("  none",)
    if any(trial.mark == "open" for trial in run.tested):
        yield from ("", "Open: the reading does not decide on what is known of the pleading")
        yield from (f"  {_title(t)}: held {t.case.outcome.held}. {_waits(t)}" for t in run.tested if t.mark == "open")
    shown = [trial for trial in run.trials if not trial.tested]
    if shown:
        yield from ("", "Shown under readings of other courts (not counted)")
        yield from (f"  {_title(t)}: {t.predicted}; held {t.case.outcome.held}" for t in shown)


def _title(trial: Trial) -> str:
    reading = trial.reading.id if trial.reading else "no reading of its court"
    return f"{trial.case.id} under {reading}"


def _differs(trial: Trial) -> bool:
    return trial.mark == "disagree" or any(e.mark == "disagree" and e.basis == "stated" for e in trial.elements)


def _disagreements(trials: Iterable[Trial]) -> Iterator[str]:
    for trial in filter(_differs, trials):
        if trial.mark == "disagree":
            yield f"  {_title(trial)}: predicted {trial.predicted}; held {trial.case.outcome.held}"
        for entry in trial.elements:
            if entry.mark == "disagree" and entry.basis == "stated":
                yield f"  {_title(trial)}, {entry.element}: predicted {entry.predicted}; held {entry.held}"
        yield f"    {trial.case.disagreement or 'Not explained.'}"


def _waits(trial: Trial) -> str:
    if trial.analysis is None:
        return "Name a reading to try it under."
    still = {name: found for name, found in trial.analysis.answers.items() if found.result == "open"}
    facts = sorted({fact for found in still.values() for fact in found.waits_for})
    if facts:
        return f"It waits for: {', '.join(facts)}."
    return f"The source of the reading does not reach: {', '.join(still)}."
