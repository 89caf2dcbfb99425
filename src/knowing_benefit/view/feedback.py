"""A page of feedback for one student: every option explained, what they chose, what it earned, and nothing of anybody else.

The page is one HTML file with no script, no picture and no address in it; a Content-Security-Policy forbids the browser to load or
run anything, whatever a student wrote. It is named by the exam number alone.

A page ends with a comment that is a digest of all that went into it. A run that was stopped can so be taken up again: a
page which ends with the right digest is complete and is left alone.

What is said of one answer to one question is the same for every student who gave it, and is made once (:class:`Pages`).
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from knowing_benefit.assess import citations, variants
from knowing_benefit.assess.grade import Graded, ItemResult, Keyed, SheetResult
from knowing_benefit.assess.itemanalysis import texts
from knowing_benefit.assess.kinds import (
    Citation,
    Date,
    Drawn,
    DrawnKey,
    Factcheck,
    Highlight,
    Item,
    Match,
    Number,
    Option,
    Order,
    PredictKey,
    Reason,
    Several,
    Sort,
    WithOptions,
    WrittenKey,
)
from knowing_benefit.law.dates import PartialDate
from knowing_benefit.law.library import Library
from knowing_benefit.law.source import Status
from knowing_benefit.view.markup import asset, badge_html, escape
from knowing_benefit.view.wording import PART, asking, emphasis, source_of

_REMEMBERED = 3_000
"""How many answers' explanations are kept ready, at most."""

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


class Pages:
    """Writes the pages of a class.

    Attributes:
        folder: where they go, one file for each exam number.
        written: how many were made; the others were there already.
    """

    def __init__(self, library: Library, folder: Path, keyed: Mapping[str, Keyed]) -> None:
        self.library = library
        self.folder = folder
        self.written = 0
        self.kept: set[str] = set()
        self._forms: dict[tuple[str, ...], str] = {}
        self._whys: dict[tuple[str, str | None, str | None, Status], str] = {}
        self._said: OrderedDict[tuple[str, str, str, str], str] = OrderedDict()
        self._style = asset("face.css") + asset("feedback.css")
        self._base = self._digest(keyed)

    def __call__(self, graded: Graded) -> None:
        """Write a student's page, unless it is there and complete."""
        seal = self._seal(graded)
        name = f"{graded.number}.html"
        self.kept.add(name)
        path = self.folder / name
        if _sealed(path, seal):
            return
        if not self.written:
            self.folder.mkdir(parents=True, exist_ok=True)
        temporary = self.folder / f".{name}.tmp"
        # Not forced onto the disk one by one: a page can be made again, and its seal shows whether it is whole.
        temporary.write_bytes(self.page(graded, seal).encode("utf-8"))
        os.replace(temporary, path)
        self.written += 1

    def sweep(self) -> None:
        """Remove pages of an earlier run for numbers that are not graded any more. Other files are left alone."""
        for path in self.folder.glob("*.html"):
            if path.name not in self.kept and _tail(path)[:5] == "<!-- ":
                path.unlink()

    def page(self, graded: Graded, seal: str) -> str:
        """A student's page."""
        number = escape(graded.number)
        parts = [
            '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
            '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">'
            f"<title>Feedback for {number}</title><style>{self._style}</style></head>\n"
            f'<body><main class="kb kb-feedback"><h1>Your feedback</h1><p>Exam number <strong>{number}</strong></p>\n',
            _summary(graded),
        ]
        for sheet in graded.sheets:
            parts.append(f"<section><h2>{emphasis(sheet.exercise.title)}</h2>{_standing(sheet)}\n")
            parts += [self._item(sheet, place, result) for place, result in enumerate(sheet.results, 1)]
            parts.append("</section>\n")
        parts.append(f"</main></body></html>\n<!-- {seal} -->\n")
        return "".join(parts)

    def _item(self, sheet: SheetResult, place: int, result: ItemResult) -> str:
        if isinstance(result.key, WrittenKey) and result.value is not None:
            return self._frame(sheet, place, result, "".join(self._written(result, result.key)))
        value = json.dumps([result.value, getattr(result.key, "form", "")], sort_keys=True)
        where = (sheet.exercise.id, result.item.id, value, str(result.points))
        said = self._said.get(where)
        if said is None:
            said = self._frame(sheet, place, result, "".join(self._explained(result)))
            self._said[where] = said
            if len(self._said) > _REMEMBERED:
                self._said.popitem(last=False)
        else:
            self._said.move_to_end(where)
        return said

    def _frame(self, sheet: SheetResult, place: int, result: ItemResult, body: str) -> str:
        verdict, tone = _verdict(result)
        points = "–" if result.points is None else _number(result.points)
        return (
            f'<article class="fb-item"><h3><span class="fb-number"><span class="kb-sr">Question </span>{place}<span class="kb-sr">. </span></span>'
            f'<span class="fb-points">{points} of {result.item.points} points</span><span class="kb-sr">. </span>'
            f'<span class="fb-verdict {tone}">{verdict}</span></h3>'
            f"<p>{emphasis(result.item.stem)}</p>{body}</article>\n"
        )

    def _explained(self, result: ItemResult) -> Iterator[str]:
        item, key = result.item, result.key
        if isinstance(key, WrittenKey):
            yield from self._written(result, key)
            return
        if isinstance(key, DrawnKey) and isinstance(item, Drawn):
            yield from self._drawn(result, item, key)
            return
        form = _FORMS.get(type(item))
        if form:
            yield from form(self, result, item)
        elif isinstance(item, WithOptions):
            yield from self._options(item.options, result, isinstance(item, Several))
        else:
            yield from self._any(result)
        if isinstance(key, PredictKey):
            why = self._why(Reason(why=key.reveal, authority=key.authority, status=key.status or "secondary"))
            yield f'<p class="fb-lead">What happened</p>{why}'

    def _options(self, options: Sequence[Option], result: ItemResult, several: bool) -> Iterator[str]:
        right, chosen = _ids(getattr(result.key, "answer", None)), _ids(result.value)
        yield _list(
            self._option(option, option.id in right, option.id in chosen, result.key.reasons, several)
            for option in options
        )

    def _option(self, option: Option, right: bool, chosen: bool, reasons: Mapping[str, Reason], several: bool) -> str:
        tags = []
        if chosen:
            tags.append("● Your choice, and right" if right else "✕ Your choice, not right")
        elif right:
            tags.append("● Right; you did not mark it" if several else "● The right answer")
        return self._line(emphasis(option.text), tags, right, chosen, reasons.get(option.id))

    def _line(self, text: str, tags: Sequence[str], right: bool, chosen: bool, reason: Reason | None) -> str:
        names = ["fb-chosen"] if chosen else []
        names += ["fb-is-right"] if right else ["fb-is-wrong"] if chosen else []
        tone = "fb-yes" if right else "fb-no"
        told = "".join(f'<p class="fb-tags {"fb-yes" if tag.startswith("Right:") else tone}">{tag}</p>' for tag in tags)
        return f'<li class="{" ".join(names)}"><p class="fb-text">{text}</p>{told}{self._why(reason)}</li>'

    def _why(self, reason: Reason | None) -> str:
        if reason is None:
            return ""
        known = (reason.why, reason.authority, reason.pin, reason.status)
        if known in self._whys:
            return self._whys[known]
        said = source_of(self.library, reason.authority, reason.pin, reason.status)
        shown = ""
        if said:
            name = f"<em>{escape(said['name'])}</em>" if said["case"] else escape(said["name"])
            pin = f", {escape(said['pin'])}" if said["pin"] else ""
            shown = f' <span class="fb-source">{name}{pin}; <span class="kb-badge">{badge_html(said["badge"])}</span></span>'
        self._whys[known] = f'<p class="fb-why">{emphasis(reason.why)}{shown}</p>'
        return self._whys[known]

    def _match(self, result: ItemResult, item: Match) -> Iterator[str]:
        right = {option.id: option.text for option in item.right}
        given = result.value if isinstance(result.value, dict) else {}
        lines = []
        for option in item.left:
            answer = result.key.model_dump()["answer"][option.id]
            chosen = given.get(option.id)
            hit = chosen == answer
            tags = [f"● {emphasis(right[answer])}"] if hit else []
            if not hit:
                tags.append(f"✕ You chose: {emphasis(right[chosen])}" if chosen else "✕ You chose nothing.")
                tags.append(f"Right: {emphasis(right[answer])}")
            lines.append(self._line(emphasis(option.text), tags, hit, True, result.key.reasons.get(option.id)))
        yield _list(lines)

    def _order(self, result: ItemResult, item: Order) -> Iterator[str]:
        text = {option.id: emphasis(option.text) for option in item.options}
        answer: list[str] = result.key.model_dump()["answer"]
        given = result.value if isinstance(result.value, list) else []
        lines = []
        for place, name in enumerate(answer, 1):
            yours = given.index(name) + 1 if name in given else None
            tags = (
                []
                if yours is None
                else [f"● You put it in place {place}." if yours == place else f"You put it in place {yours}."]
            )
            lines.append(
                self._line(
                    f"{place}. {text[name]}", tags, yours == place, yours is not None, result.key.reasons.get(name)
                )
            )
        yield '<p class="fb-lead">In the right order</p>' + _list(lines)

    def _citation(self, result: ItemResult, _: Citation) -> Iterator[str]:
        key: Any = result.key
        text = result.value if isinstance(result.value, str) else ""
        hits = citations.compare(text, [key.answer, *key.accept])
        if text:
            yield f'<p class="fb-lead">You wrote</p><p class="fb-answer">{_plain(text)}</p>'
        yield f'<p class="fb-lead">It should read</p><p>{emphasis(key.answer)}</p>{self._why(key.reasons.get("right"))}'
        yield _list(
            self._line(
                PART[name],
                [("● Right" if hit else "✕ Not right")] if text else [],
                hit,
                bool(text),
                key.reasons.get(name),
            )
            for name, hit in hits.items()
        )

    def _highlight(self, result: ItemResult, item: Highlight) -> Iterator[str]:
        chosen = _ids(result.value)
        passage = "".join(
            f"<mark>{escape(words)}</mark>" if name in chosen else escape(words) for name, words in item.segments()
        )
        yield f'<p class="fb-lead">The passage, with the words that you marked</p><blockquote class="fb-passage">{passage}</blockquote>'
        phrases = [Option.model_construct(id=name, text=words) for name, words in item.segments() if name]
        yield from self._options(phrases, result, True)

    def _sort(self, result: ItemResult, item: Sort) -> Iterator[str]:
        words = texts(item)
        given = result.value if isinstance(result.value, dict) else {}
        answer: dict[str, str] = result.key.model_dump()["answer"]
        lines = []
        for fact in item.facts:
            right, yours = answer[fact.id], given.get(fact.id, "")
            hit, half = yours == right, yours.partition("/")[0] == right.partition("/")[0]
            tags = [
                f"{'●' if hit else '▲' if half and yours else '✕'} {_placed(yours, words) if yours.strip('/') else 'You said nothing.'}"
            ]
            if not hit:
                tags.append(f"Right: {_placed(right, words)}")
            lines.append(self._line(emphasis(fact.text), tags, hit, True, result.key.reasons.get(fact.id)))
        yield _list(lines)

    def _typed(self, result: ItemResult, item: Date | Number) -> Iterator[str]:
        answer: str = result.key.model_dump()["answer"]
        shown = PartialDate.parse(answer).shown() if isinstance(item, Date) else f"{answer} {item.unit}".strip()
        if isinstance(result.value, str):
            yield f'<p class="fb-lead">You wrote</p><p class="fb-answer">{_plain(result.value)}</p>'
        whole = result.points == result.item.points
        yield f'<p class="fb-lead">It should be</p><p>{escape(shown)}</p>'
        if not whole:
            yield self._why(result.key.reasons.get("wrong"))
        yield self._why(result.key.reasons.get("right"))

    def _factcheck(self, result: ItemResult, item: Factcheck) -> Iterator[str]:
        given = result.value if isinstance(result.value, dict) else {}
        answer: dict[str, str] = result.key.model_dump()["answer"]
        yield f'<blockquote class="fb-passage">{emphasis(item.claim)}</blockquote>'
        for half, title, options in (("verdict", "Verdict", item.verdicts), ("source", "Source", item.sources)):
            yield f'<p class="fb-lead">{title}</p>' + _list(
                self._option(option, option.id == answer[half], option.id == given.get(half), result.key.reasons, False)
                for option in options
            )

    def _drawn(self, result: ItemResult, item: Drawn, key: DrawnKey) -> Iterator[str]:
        yield self._drawing(item, key.form)
        given = result.value if isinstance(result.value, dict) else {}
        ours = given.get("form") == key.form
        if given and not ours:
            yield '<p class="fb-lead">Your answer was to another form than your exam number draws. It earns nothing; ask your instructor.</p>'
        lines = []
        asked = asking(item.ask, self.library)
        for name, words in ((option["id"], option["text"]) for option in asked["options"]):
            right, chosen = name == key.answer, ours and given.get("answer") == name
            tags = (
                ["● Your choice, and right" if right else "✕ Your choice, not right"]
                if chosen
                else ["● The right answer"]
                if right
                else []
            )
            lines.append(self._line(escape(words), tags, right, chosen, None))
        yield _list(lines)

    def _drawing(self, item: Drawn, form: str) -> str:
        """A form of a drawn question in words, and how its answer is worked out."""
        known = self._forms.get((*item.hypothetical, *item.readings, item.ask, form))
        if known is not None:
            return known
        found = next((one for one in variants.forms(self.library, item) if one.id == form), None)
        if found is None:
            return ""
        drawing = variants.drawing(self.library, item, found)
        names = {str(branch.id): branch.title for branch in self.library.branches}
        steps = []
        for name, one in drawing.elements.items():
            reason = Reason(why=one.why, authority=one.authority, pin=one.pin, status=one.status or "secondary")
            steps.append(
                self._line(
                    f"{emphasis(names.get(name, name))}: <strong>{escape(one.result)}</strong>",
                    [],
                    False,
                    False,
                    reason,
                )
            )
        turned = _list(f"<li>{emphasis(text)}</li>" for text in drawing.turned)
        story = "".join(f"<p>{emphasis(part)}</p>" for part in drawing.case.story.split("\n\n"))
        told = (
            f'<p class="fb-lead">Your form</p>{story}<p>In your form it is otherwise that:</p>{turned}'
            f"<p>Decide under this reading: {emphasis(drawing.reading.title)}</p>"
            f'<p class="fb-lead">How the answer is worked out</p>{_list(steps)}<p class="fb-lead">The answers</p>'
        )
        self._forms[*item.hypothetical, *item.readings, item.ask, form] = told
        return told

    def _written(self, result: ItemResult, key: WrittenKey) -> Iterator[str]:
        award = result.award
        if isinstance(result.value, str):
            yield f'<p class="fb-lead">Your answer</p><div class="fb-answer">{_plain(result.value)}</div>'
        if award and award.comments:
            yield '<p class="fb-lead">Comments</p>' + _list(f"<li>{_plain(text)}</li>" for text in award.comments)
        yield f'<p class="fb-lead">{"Points" if award else "What earns points"}</p>'
        lines = []
        for line in key.rubric:
            points = f"{_number(award.lines[line.id])} of {line.points}" if award else f"{line.points} points"
            lines.append(f'<li><p class="fb-tags">{points}</p><p class="fb-text">{emphasis(line.text)}</p></li>')
        yield _list(lines)
        for side, text in key.model.items():
            yield f'<p class="fb-lead">A good answer, {escape(side)}</p><p>{emphasis(text)}</p>'

    def _any(self, result: ItemResult) -> Iterator[str]:
        """A kind of question that has no form of its own here: the answer and the right one in words, and every reason."""
        words = texts(result.item)
        if result.value is not None:
            yield f'<p class="fb-lead">Your answer</p><p class="fb-answer">{_said(result.value, words)}</p>'
        answer = getattr(result.key, "answer", None)
        if answer is not None:
            yield f'<p class="fb-lead">The right answer</p><p>{_said(answer, words)}</p>'
        yield _list(
            self._line(emphasis(words.get(name, name)), [], False, False, reason)
            for name, reason in result.key.reasons.items()
        )

    def _seal(self, graded: Graded) -> str:
        parts = [self._base, graded.number, graded.handed.digest, str(graded.handed.late)]
        for sheet in graded.sheets:
            for result in sheet.results:
                parts.append(f"{result.item.id} {result.points} {result.award}")
                if isinstance(result.key, DrawnKey) and isinstance(result.item, Drawn):
                    parts += [result.key.answer, self._drawing(result.item, result.key.form)]
        return hashlib.sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()

    def _digest(self, keyed: Mapping[str, Keyed]) -> str:
        """All that goes into every page: the questions, the keys, what sources are called, the style and this program."""
        digest = hashlib.sha256(self._style.encode())
        digest.update(Path(__file__).read_bytes())
        for one in keyed.values():
            digest.update(one.exercise.title.encode())
            for item in one.exercise.items:
                key = one.keys[item.id]
                digest.update(f"{item.model_dump_json()}{key.model_dump_json()}".encode("utf-8", "replace"))
                for reason in key.reasons.values():
                    said = source_of(self.library, reason.authority, reason.pin, reason.status)
                    digest.update(json.dumps(said, sort_keys=True).encode())
        return digest.hexdigest()


def _summary(graded: Graded) -> str:
    rows = []
    for sheet in graded.sheets:
        waiting = f"{sheet.waiting} points wait" if sheet.waiting else ""
        rows.append(
            f'<tr><th scope="row">{emphasis(sheet.exercise.title)}</th><td>{_number(sheet.total)} of {sheet.exercise.points}</td><td>{waiting}</td></tr>'
        )
    late = "<p><strong>Handed in late.</strong></p>" if graded.handed.late else ""
    head = '<tr><th scope="col">Exercise</th><th scope="col">Points</th><th scope="col">Not graded yet</th></tr>'
    return f'{late}<table class="fb-sum"><thead>{head}</thead><tbody>{"".join(rows)}</tbody></table>\n'


def _standing(sheet: SheetResult) -> str:
    told = [f"{_number(sheet.total)} of {sheet.exercise.points} points"]
    if sheet.waiting:
        told.append(f"{sheet.waiting} more wait for a person")
    if sheet.blanks:
        told.append(f"{sheet.blanks} {'question' if sheet.blanks == 1 else 'questions'} left blank")
    return f'<p class="kb-quiet">{"; ".join(told)}.</p>'


def _verdict(result: ItemResult) -> tuple[str, str]:
    if result.value is None:
        return "Left blank", "fb-no"
    if result.points is None:
        return "Waits for a person", "fb-part"
    if isinstance(result.key, WrittenKey):
        return "Graded", "fb-part"
    if result.points == result.item.points:
        return "● Right", "fb-yes"
    return ("✕ Not right", "fb-no") if result.points == 0 else ("▲ Partly right", "fb-part")


def _number(points: Decimal) -> str:
    """Points as people write them: 2, 1.5, 0.67."""
    return f"{points:f}".rstrip("0").rstrip(".") if "." in f"{points:f}" else str(points)


def _ids(value: Any) -> set[str]:
    return {value} if isinstance(value, str) else set(value or ())


def _said(value: Any, words: Mapping[str, str]) -> str:
    """An answer of any form in words."""
    if isinstance(value, dict):
        return "; ".join(f"{_said(left, words)}: {_said(right, words)}" for left, right in value.items())
    if isinstance(value, list | tuple):
        return "; ".join(_said(one, words) for one in value)
    return emphasis(words[value]) if value in words else _plain(str(value))


def _placed(text: str, words: Mapping[str, str]) -> str:
    """An element and what a fact comes to on it."""
    element, _, outcome = text.partition("/")
    return ", ".join(part for part in (emphasis(words.get(element, "")), escape(outcome)) if part)


def _plain(text: str) -> str:
    """What a person typed: no markup, no control characters, nothing that turns the direction of writing."""
    if text.replace("\n", "").isprintable():
        return escape(text)
    kept = (letter for letter in text if letter.isprintable() or letter in "\n\t" or letter == "\u00a0")
    return escape("".join(kept).encode("utf-8", "replace").decode("utf-8"))


def _list(lines: Iterable[str]) -> str:
    found = "".join(lines)
    return f'<ul class="fb-list">{found}</ul>' if found else ""


def _tail(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            stream.seek(0, os.SEEK_END)
            stream.seek(max(0, stream.tell() - 74))
            return stream.read().decode("ascii", "replace")
    except OSError:
        return ""


def _sealed(path: Path, seal: str) -> bool:
    return _tail(path) == f"<!-- {seal} -->\n"


_FORMS: dict[type[Item], Callable[[Pages, ItemResult, Any], Iterator[str]]] = {
    Citation: Pages._citation,
    Date: Pages._typed,
    Factcheck: Pages._factcheck,
    Highlight: Pages._highlight,
    Match: Pages._match,
    Number: Pages._typed,
    Order: Pages._order,
    Sort: Pages._sort,
}
"""How each kind of question is explained; kinds with options, and those that are not here, have a common form."""
