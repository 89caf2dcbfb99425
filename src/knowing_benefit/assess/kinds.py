"""The kinds of question, and the key to each.

Each kind is one subclass of :class:`Item` and one of :class:`Key`. A new kind is such a pair, a rule in
:mod:`knowing_benefit.assess.scoring`, a form in ``view/forms.js`` and a chapter in ``docs/questions.md``.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from typing import Annotated, Any, ClassVar, Literal, Protocol

import pydantic

from knowing_benefit.assess import citations
from knowing_benefit.law.dates import PartialDate, Precision
from knowing_benefit.law.doctrine import Element
from knowing_benefit.law.source import Loc, Record, Status, nearest

Value = str | list[str] | dict[str, str] | None
"""An answer as it is kept: an option's id or a text; ids in a list; left to right in a match; ``None`` for none."""

Name = Annotated[str, pydantic.StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]
"""An id: letters, digits, ``_`` and ``-``."""

ItemName = Annotated[
    str,
    pydantic.StringConstraints(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}(\.[a-z]+(-[A-Za-z0-9][A-Za-z0-9_-]{0,63})?)?$"
    ),
]
"""The name of an answer: a question's id; a follow-up adds ``.follow-`` and the option that opened it."""

Text = Annotated[str, pydantic.StringConstraints(min_length=1)]
"""What a student reads: never empty."""

Finding = tuple[Loc, str, str]
"""Something wrong at a place: the place, what is wrong, the mend."""


class Option(Record):
    """One thing to choose, to match or to put in order."""

    id: Name
    text: Text


class Because(Record):
    """Why something is right or wrong, and what that rests on."""

    why: Text
    authority: str | None = None
    pin: str | None = None
    status: Status
    misconception: str | None = None
    """What a student who chose it probably believes."""


class FollowUp(Record):
    """A question that an answer opens: made for a misconception, or to challenge who was right. Never scored."""

    stem: Text
    options: list[Option] = pydantic.Field(min_length=2, max_length=26)
    answer: str
    reasons: dict[str, Because]

    def faults(self) -> Iterator[Finding]:
        """What is wrong within it."""
        known = [option.id for option in self.options]
        yield from twice(self.options, ("options",))
        yield from unknown([self.answer], known, "an option")
        for name in known:
            if name not in self.reasons:
                yield ("reasons",), f"there is no reason for {name}", "Every option is explained."
        for name in self.reasons:
            if name not in known:
                yield (
                    ("reasons", name),
                    f"{name!r} is nothing to give a reason for",
                    nearest(name, known) or "Remove it.",
                )


class Reason(Because):
    """Why an option is right or wrong, and the question that choosing it opens, where explanations are shown at once."""

    follow: FollowUp | None = None


class Key(Record):
    """What every key has; ``reasons`` are by what :meth:`Item.explained` lists."""

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


class HighlightKey(SeveralKey):
    pass


class SortKey(Key):
    answer: dict[str, str]


class DateKey(Key):
    answer: str


class NumberKey(Key):
    answer: str
    within: str = "0"


class PredictKey(OneKey):
    reveal: Text
    """What happened, in words that say how it is known."""
    authority: str | None = None
    status: Status | None = None
    """What the reveal rests on, and how it is known."""


class FactcheckKey(Key):
    answer: dict[str, str]


class DrawnKey(Key):
    """The key to one form of a drawn question. It is worked out (``assess/variants.py``), and never written down."""

    answer: str = ""
    form: str = ""


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
        yield from twice(self.options, ("options",))


class _Single(WithOptions):
    """One option is chosen. The value is its id."""

    key_model: ClassVar[type[Key]] = OneKey

    def misfit(self, value: Value) -> str | None:
        return None if isinstance(value, str) and value in self.explained() else "is not one of the options"

    def key_faults(self, key: OneKey) -> Iterator[Finding]:
        yield from unknown([key.answer], self.explained(), "an option")


class One(_Single):
    """One best answer."""

    kind: Literal["one"]


class Predict(_Single):
    """Commit to what a court did, then see. In a graded exercise it is as ``one``."""

    key_model = PredictKey
    kind: Literal["predict"]


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
        yield from unknown(key.answer, self.explained(), "an option")
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
        yield from twice(self.left, ("left",))
        yield from twice(self.right, ("right",))

    def key_faults(self, key: MatchKey) -> Iterator[Finding]:
        left = self.explained()
        missing = [name for name in left if name not in key.answer]
        if missing:
            yield (
                ("answer",),
                f"the answer matches nothing with {', '.join(missing)}",
                "Give each of the left side its match.",
            )
        yield from unknown(key.answer, left, "on the left side")
        yield from unknown(key.answer.values(), [option.id for option in self.right], "on the right side")


class Typed(Item):
    """A question that a line of typing answers. The value is what was typed."""

    placeholder: str = ""
    hint: str = ""

    def misfit(self, value: Value) -> str | None:
        return None if isinstance(value, str) else "is not a text"

    def explained(self) -> list[str]:
        return ["right", "wrong"]


class Citation(Typed):
    """Supply a citation."""

    key_model = CitationKey
    kind: Literal["citation"]

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
        yield from twice(key.rubric, ("rubric",))
        if not key.model:
            yield ("model",), "there is no model answer", "Write one for each side."


class Highlight(Item):
    """Mark the words in a passage. The value is a list of the marked phrases' ids."""

    key_model = HighlightKey
    kind: Literal["highlight"]
    passage: Text
    """Running text in which ``[[id|words]]`` is a phrase that can be marked."""
    source: str
    """A statute's subsection (``usc-18-1595(a)``) or an authority's id: the words must be on record there."""

    def segments(self) -> list[tuple[str, str]]:
        """The passage in pieces: a phrase's id and its words, or an empty id and what stands between."""
        pieces: list[tuple[str, str]] = []
        end = 0
        for match in _PHRASE.finditer(self.passage):
            pieces += [("", self.passage[end : match.start()])] if match.start() > end else []
            pieces.append((match[1], match[2]))
            end = match.end()
        return [*pieces, ("", self.passage[end:])] if end < len(self.passage) else pieces

    def words(self) -> str:
        """The passage less its marks."""
        return "".join(text for _, text in self.segments())

    def misfit(self, value: Value) -> str | None:
        known = set(self.explained())
        if isinstance(value, list) and len(set(value)) == len(value) and known.issuperset(value):
            return None
        return "is not a choice among the phrases"

    def explained(self) -> list[str]:
        return [name for name, _ in self.segments() if name]

    def own_faults(self) -> Iterator[Finding]:
        names = self.explained()
        if len(names) < 2:
            yield ("passage",), "the passage has fewer than two phrases to mark", "Write each as [[id|words]]."
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield ("passage",), f"the id {name!r} stands twice", "Give each its own."
        if "[[" in self.words() or "]]" in self.words():
            yield ("passage",), "a phrase is not closed, or holds another", "Write each as [[id|words]]."

    def key_faults(self, key: HighlightKey) -> Iterator[Finding]:
        yield from unknown(key.answer, self.explained(), "a phrase of the passage")
        if len(set(key.answer)) != len(key.answer):
            yield ("answer",), "a phrase stands twice in the answer", "Keep one of them."


_PHRASE = re.compile(r"\[\[([A-Za-z0-9][A-Za-z0-9_-]{0,63})\|((?:[^\[\]|]|\[[^\[\]|]*\])+)\]\]")

RESULTS = ("met", "not met", "open")
"""What a fact may come to on its element, in a question of the kind ``sort``."""


class Sort(Item):
    """Put each fact under its element and say what it comes to. The value maps facts to ``element/result``; it may be partial.

    A half that was not chosen is empty: ``participation/`` and ``/met``. Without results the value is the element alone.
    """

    key_model = SortKey
    kind: Literal["sort"]
    facts: list[Option] = pydantic.Field(min_length=2, max_length=26)
    elements: list[Option] = pydantic.Field(min_length=1, max_length=26)
    results: bool = True
    ask: Text = "Which element?"
    """What is asked of each fact, in a few words, where what it is sorted under is no element."""

    def misfit(self, value: Value) -> str | None:
        if isinstance(value, dict) and set(self.explained()).issuperset(value):
            elements = {"", *(one.id for one in self.elements)}
            halves = [text.partition("/") for text in value.values()]
            if all(
                element in elements and (result in ("", *RESULTS) if self.results else not mark)
                for element, mark, result in halves
            ):
                return None
        return "does not put facts of the question under its elements"

    def explained(self) -> list[str]:
        return [fact.id for fact in self.facts]

    def own_faults(self) -> Iterator[Finding]:
        yield from twice(self.facts, ("facts",))
        yield from twice(self.elements, ("elements",))
        if len(self.elements) == 1 and not self.results:
            yield ("elements",), "there is only one element to choose", "Add another, or ask for results."

    def key_faults(self, key: SortKey) -> Iterator[Finding]:
        missing = [name for name in self.explained() if name not in key.answer]
        if missing:
            yield ("answer",), f"the answer says nothing of {', '.join(missing)}", "Give each fact its element."
        yield from unknown(key.answer, self.explained(), "a fact of the question")
        elements = [one.id for one in self.elements]
        right = [f"{element}/{result}" for element in elements for result in RESULTS] if self.results else elements
        yield from unknown(key.answer.values(), right, "an element and a result" if self.results else "an element")


class Date(Typed):
    """Supply a date."""

    key_model = DateKey
    kind: Literal["date"]
    precision: Precision = "day"

    def key_faults(self, key: DateKey) -> Iterator[Finding]:
        try:
            precision = PartialDate.parse(key.answer).precision
        except ValueError as problem:
            yield ("answer",), str(problem), "Write it as 2008-12-23, 2008-12 or 2008."
            return
        if precision != self.precision:
            yield (
                ("answer",),
                f"the answer is to the {precision} and the question asks to the {self.precision}",
                "Make them the same.",
            )


class Number(Typed):
    """Supply a number."""

    key_model = NumberKey
    kind: Literal["number"]
    unit: str = ""

    def key_faults(self, key: NumberKey) -> Iterator[Finding]:
        for field, text in (("answer", key.answer), ("within", key.within)):
            if not re.fullmatch(r"[0-9]{1,12}(?:\.[0-9]{1,6})?", text):
                yield (field,), f"{text!r} is not a number", "Write figures alone: 10, or 2.5."


class Factcheck(Item):
    """Check a claim: a verdict, and the source that shows it. The value maps ``verdict`` and ``source``; it may be partial."""

    key_model = FactcheckKey
    kind: Literal["factcheck"]
    stem: Text = "Check this sentence: what is it worth, and which source shows that?"
    claim: Text
    verdicts: list[Option] = pydantic.Field(min_length=2, max_length=8)
    sources: list[Option] = pydantic.Field(min_length=2, max_length=5)

    def sides(self) -> dict[str, list[str]]:
        """What can be chosen for each of the two halves."""
        return {"verdict": [one.id for one in self.verdicts], "source": [one.id for one in self.sources]}

    def misfit(self, value: Value) -> str | None:
        sides = self.sides()
        if isinstance(value, dict) and all(half in sides and chosen in sides[half] for half, chosen in value.items()):
            return None
        return "is not a verdict and a source of the question"

    def explained(self) -> list[str]:
        return [name for names in self.sides().values() for name in names]

    def own_faults(self) -> Iterator[Finding]:
        yield from twice(self.verdicts, ("verdicts",))
        yield from twice(self.sources, ("sources",))
        both = self.sides()
        for name in set(both["verdict"]).intersection(both["source"]):
            yield ("sources",), f"{name!r} is a verdict and a source", "Give each its own id: reasons are by id."

    def key_faults(self, key: FactcheckKey) -> Iterator[Finding]:
        if set(key.answer) != {"verdict", "source"}:
            yield ("answer",), "the answer is not a verdict and a source", "Write: {verdict: v1, source: s1}."
            return
        for half, known in self.sides().items():
            yield from unknown([key.answer[half]], known, f"a {half} of the question")


ANSWERS = {
    "outcome": ("survives", "dismissed", "barred", "open"),
    "element": ("met", "not-met", "open"),
}
"""What can be answered to a drawn question, by what it asks."""


_Switches = Annotated[int, pydantic.Field(ge=1, le=10)]


class Drawn(Item):
    """A hypothetical drawn for each student: facts turned, a reading picked. The value maps ``form`` and ``answer``.

    The form and its key are worked out in ``assess/variants.py``, where ``turn`` and ``rests`` are explained: both are written
    as a number, or as a range ``[from, to]``.
    """

    key_model = DrawnKey
    kind: Literal["drawn"]
    stem: Text = "Decide the motion to dismiss on these facts."
    hypothetical: list[str] = pydantic.Field(min_length=1)
    readings: list[str] = pydantic.Field(min_length=1)
    ask: Literal["outcome"] | Element = "outcome"
    turn: tuple[_Switches, _Switches] = (2, 4)
    rests: tuple[_Switches, _Switches] = (1, 2)

    @pydantic.field_validator("hypothetical", mode="before")
    @classmethod
    def _several(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value

    @pydantic.field_validator("turn", "rests", mode="before")
    @classmethod
    def _range(cls, value: Any) -> Any:
        return value if isinstance(value, list | tuple) else (value, value)

    @pydantic.field_validator("turn", "rests")
    @classmethod
    def _narrow(cls, value: tuple[int, int], info: pydantic.ValidationInfo) -> tuple[int, int]:
        widest = {"turn": 2, "rests": 1}[str(info.field_name)]
        if not 0 <= value[1] - value[0] <= widest:
            raise ValueError(f"a range goes up, by {widest} at most: beyond that, forms are not equally hard")
        return value

    def answers(self) -> tuple[str, ...]:
        """Ids of what can be answered."""
        return ANSWERS["outcome" if self.ask == "outcome" else "element"]

    def misfit(self, value: Value) -> str | None:
        if isinstance(value, dict) and set(value) == {"form", "answer"} and value["answer"] in self.answers():
            return None
        return "is not an answer to a form of the question"

    def key_faults(self, key: DrawnKey) -> Iterator[Finding]:
        if key.answer or key.form:
            yield ("answer",), "the answer to a drawn question is worked out, not written", "Remove it."


KINDS: dict[str, type[Item]] = {
    "one": One,
    "several": Several,
    "match": Match,
    "order": Order,
    "citation": Citation,
    "highlight": Highlight,
    "sort": Sort,
    "date": Date,
    "number": Number,
    "predict": Predict,
    "factcheck": Factcheck,
    "drawn": Drawn,
    "written": Written,
}
"""Every kind of question, by the word that authors write."""


def blank(value: Value) -> bool:
    """Whether an answer says nothing: not given, cleared, or only spaces."""
    if isinstance(value, dict):
        return not any(value.values())
    return not value or (isinstance(value, str) and not value.strip())


class Named(Protocol):
    """Whatever has an id."""

    @property
    def id(self) -> str: ...


def twice(things: Iterable[Named], loc: Loc) -> Iterator[Finding]:
    """Ids that stand twice."""
    seen: set[str] = set()
    for place, thing in enumerate(things):
        if thing.id in seen:
            yield (*loc, place), f"the id {thing.id!r} stands twice", "Give each its own."
        seen.add(thing.id)


def unknown(given: Iterable[str], known: Collection[str], what: str) -> Iterator[Finding]:
    """Names in an answer that are not among the known."""
    for name in given:
        if name not in known:
            yield ("answer",), f"{name!r} is not {what}", nearest(name, known) or f"There are: {', '.join(known)}."
