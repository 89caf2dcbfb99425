"""Questions to answer: the graded exercise, the practice set and the case brief. One face for the three.

A graded exercise keeps its reasons back, so nothing of its key is read here. Practice explains each answer at once. A
brief is written or chosen, then compared with a model; it is never scored.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

from knowing_benefit.assess import citations
from knowing_benefit.assess.items import (
    Brief,
    Citation,
    CitationKey,
    Exercise,
    Item,
    Key,
    Match,
    Option,
    Part,
    Reason,
    WithOptions,
    Written,
    WrittenKey,
    load_brief,
    load_exercise,
    load_key,
    load_practice,
)
from knowing_benefit.law.library import Library, library
from knowing_benefit.law.source import CourseError, Fault, Status, nearest
from knowing_benefit.view.answering import AnsweringFace
from knowing_benefit.view.face import badge, escape

Purpose = Literal["graded", "assignment", "practice", "brief"]

_WIDTH = 96
_NOTE = {
    "graded": "Each answer is kept when you give it. The reasons come back with your grade.",
    "assignment": "Each answer is kept beside this notebook when you give it. The reasons come back with your grade.",
    "practice": "Each answer is explained when you ask. Nothing here is graded.",
    "brief": "Write or choose, then compare. Nothing here is graded.",
}
_RULE = {
    "several": "Mark all that apply. Each right mark earns a share of the points and each wrong mark takes one away, never below zero.",
    "match": "Each right pair earns its share of the points.",
    "order": "Each line that would have to move costs one step.",
    "citation": "Volume, reporter and page earn two thirds of the points; court and year, one third.",
    "written": "A person grades this.",
}
"""How an answer is scored, where the reader would not guess it. The rules themselves are in ``assess/scoring.py``."""

_ASKED = {
    "several": "Mark all that apply.",
    "match": "Choose one for each.",
    "order": "Move the lines into their order.",
}
_PART = {
    "volume": "Volume",
    "reporter": "Reporter",
    "page": "First page",
    "court": "Court",
    "year": "Year",
}


class Questions(AnsweringFace):
    """The face of an exercise, a practice set or a brief.

    What it shows of answers comes from the answer store by way of ``carrier.js``: from the Jupyter server where it has
    the course's extension, from this widget's kernel otherwise, and on a plain page from the browser.
    """

    name = "exercise"

    def as_text(self) -> str:
        """Every question with all that can be chosen; after it, in practice and briefs, what explains it."""
        data = self.data
        lines = [data["title"], _about(data), ""]
        for number, item in enumerate(data["items"], 1):
            lead = f"{number}. {item['label'] + ': ' if 'label' in item else ''}"
            lines += _wrapped(lead, item["stem"], "   ")
            if item.get("worth"):
                lines.append(f"   ({item['worth']})")
            lines += [
                line
                for left in item.get("left", [])
                for line in _wrapped("   ", f"[    ] {left['text']}", "          ")
            ]
            for mark, text in _choices(item):
                lines += _wrapped(f"   {mark} ", text, "      ")
            if "words" in item:
                lines.append(f"   (about {item['words']} words)")
            lines += [line for lead, text in _explained(item) for line in _wrapped(f"   {lead} ", text, "      ")]
            lines.append("")
        return "\n".join(lines).rstrip()

    def static(self) -> str:
        """The same for readers without scripts: questions in a list, explanations folded away."""
        data = self.data
        parts = [f"<h3>{_emphasis(data['title'])}</h3>", f'<p class="kb-quiet">{escape(_about(data))}</p>']
        for number, item in enumerate(data["items"], 1):
            label = f": {escape(item['label'])}" if "label" in item else ""
            worth = f' <span class="kb-worth">{escape(item["worth"])}</span>' if item.get("worth") else ""
            parts.append(f'<div class="kb-item"><h4>{number}{label}{worth}</h4><p>{_emphasis(item["stem"])}</p>')
            if "left" in item:
                parts.append(_list(f"{_emphasis(left['text'])}" for left in item["left"]))
            parts.append(_list(f"{escape(mark)} {_emphasis(text)}" for mark, text in _choices(item)))
            told = [f"<strong>{_emphasis(lead)}</strong> {_emphasis(text)}" for lead, text in _explained(item)]
            if told:
                parts.append(
                    f"<details><summary>{'Compare' if data['kind'] == 'brief' else 'Answer and reasons'}</summary>{_list(told)}</details>"
                )
            parts.append("</div>")
        parts.append(
            '<p class="kb-quiet">This copy is for reading. To answer in JupyterLab, choose Run, then Run All Cells.</p>'
        )
        return "".join(parts)


def exercise(name: str) -> Questions:
    """The graded exercise of a lesson, by its name, e.g. ``01_the_case``.

    Raises:
        CourseError: no such exercise, or a fault in its file.
    """
    opened = library()
    found = load_exercise(_path(opened, "exercises", name))
    return Questions(opened.root, _packed("graded", found, [_item(item, graded=True) for item in found.items]))


def practice(name: str) -> Questions:
    """The practice set of a lesson, by its name.

    Raises:
        CourseError: no such set, or a fault in its file.
    """
    opened = library()
    found = load_practice(_path(opened, "exercises/practice", name))
    items = [
        _item(item, graded=False) | {"key": _key(opened, item, found.keys[item.id])} for item in found.exercise.items
    ]
    return Questions(opened.root, _packed("practice", found.exercise, items))


def brief(name: str) -> Questions:
    """The case brief of a lesson, by its name.

    Raises:
        CourseError: no such brief, or a fault in its file.
    """
    opened = library()
    found = load_brief(_path(opened, "exercises/briefs", name))
    return Questions(opened.root, _packed("brief", found, [_part(opened, part) for part in found.parts]))


def assignment(name: str) -> Questions:
    """An exercise as an nbgrader assignment: its questions are below this folder, and so are the answers to them.

    Written questions are left to nbgrader's own cells, and drawn ones out: see :mod:`knowing_benefit.publish.nbgrader`.

    Raises:
        CourseError: no such exercise here, or a fault in its file.
    """
    here = Path.cwd()
    found = load_exercise(here / "exercises" / f"{name}.yaml")
    items = [_item(item, graded=True) for item in found.items if item.kind not in ("written", "drawn")]
    return Questions(here, _packed("assignment", found, items))


def answer_key(opened: Library, name: str) -> str:
    """The key to a graded exercise as Markdown, for the instructor's edition: it is never in a student's copy.

    Raises:
        CourseError: no such exercise, no key to it, or a fault in either.
    """
    found = load_exercise(_path(opened, "exercises", name))
    keys = load_key(_path(opened, "exercises/keys", name), found)
    lines = [f"## Key to {found.title}", "", "Not for students: their copies hold no key."]
    for number, item in enumerate(found.items, 1):
        key = keys[item.id]
        told = [f"**{number}.** ({item.id}; {item.points} points, {item.difficulty}; objective {item.objective})", ""]
        told += [
            f"- **{lead}** {text}"
            for lead, text in _explained(_item(item, graded=True) | {"key": _key(opened, item, key)})
        ]
        mistaken = [reason.misconception for reason in key.reasons.values() if reason.misconception]
        told += [f"- *Misconceptions it reveals:* {' '.join(mistaken)}"] if mistaken else []
        lines += ["", *told]
    return "\n".join(lines)


def _path(opened: Library, folder: str, name: str) -> Path:
    path = opened.root / folder / f"{name}.yaml"
    known = sorted(file.stem for file in (opened.root / folder).glob("*.yaml"))
    if name not in known:
        mend = nearest(name, known) or f"There are: {', '.join(known) or 'none'}."
        raise CourseError(Fault(folder, 1, f"there is no {name!r} here", mend))
    return path


def _packed(kind: Purpose, found: Exercise | Brief, items: Sequence[dict[str, Any]]) -> dict[str, Any]:
    exercise = found if isinstance(found, Exercise) else None
    return {
        "kind": kind,
        "sheet": found.id if kind in ("graded", "assignment") else f"{found.id}.{kind}",
        "version": exercise.version if exercise else 1,
        "title": found.title,
        "minutes": exercise.minutes if exercise else None,
        "points": exercise.points if exercise and kind == "graded" else None,
        "note": _NOTE[kind],
        "items": list(items),
        "parts": [list(part) for part in _PART.items()],
        "citation": citations.PATTERN,
    }


def _item(item: Item, *, graded: bool) -> dict[str, Any]:
    found: dict[str, Any] = {"id": item.id, "kind": item.kind, "stem": item.stem}
    if graded:
        difficulty = "medium" if item.difficulty == "middle" else item.difficulty
        found["worth"] = f"{item.points} point{'' if item.points == 1 else 's'}, {difficulty}"
    rule = (_RULE if graded else _ASKED).get(item.kind)
    if rule:
        found["rule"] = rule
    if isinstance(item, Match):
        found |= {"left": _options(item.left), "right": _options(item.right)}
    elif isinstance(item, Citation):
        found |= {"placeholder": item.placeholder, "hint": item.hint}
    elif isinstance(item, Written):
        found["words"] = item.words
    elif isinstance(item, WithOptions):
        found["options"] = _options(item.options)
    return found


def _options(options: Sequence[Option]) -> list[dict[str, str]]:
    return [{"id": option.id, "text": option.text} for option in options]


def _part(opened: Library, part: Part) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": part.id,
        "kind": "compare",
        "label": part.label,
        "stem": part.prompt,
        "model": part.model,
        "why": part.why,
        "source": _source(opened, part.authority, None, part.status),
    }
    if part.choices:
        found["options"] = [{"id": f"c{number}", "text": text} for number, text in enumerate(part.choices, 1)]
    return found


def _key(opened: Library, item: Item, key: Key) -> dict[str, Any]:
    found: dict[str, Any] = {"reasons": {name: _reason(opened, reason) for name, reason in key.reasons.items()}}
    if isinstance(key, WrittenKey):
        found |= {"rubric": [line.text for line in key.rubric], "model": [list(side) for side in key.model.items()]}
    else:
        found["answer"] = key.model_dump()["answer"]
    if isinstance(key, CitationKey):
        right = [parts for parts in map(citations.split, [key.answer, *key.accept]) if parts]
        found["forms"] = [citations.spellings(parts) for parts in right]
    return found


def _reason(opened: Library, reason: Reason) -> dict[str, Any]:
    return {"why": reason.why, "source": _source(opened, reason.authority, reason.pin, reason.status)}


def _source(opened: Library, authority: str | None, pin: str | None, status: Status) -> dict[str, Any] | None:
    """What stands after a reason: the source's short name, the place in it, and how it is known."""
    if authority is None:
        return None
    named = opened.named(authority)
    return {"name": named.short, "case": named.is_case, "pin": pin or "", "badge": badge(status)}


def _said(source: dict[str, Any] | None) -> str:
    if source is None:
        return ""
    name = f"*{source['name']}*" if source["case"] else source["name"]
    return f" [{', '.join(part for part in (name, source['pin']) if part)}; {source['badge']}]"


def _about(data: dict[str, Any]) -> str:
    count = len(data["items"])
    facts = [f"{count} {'parts' if data['kind'] == 'brief' else 'questions'}"]
    facts += [f"about {data['minutes']} minutes"] if data["minutes"] else []
    facts += [f"{data['points']} points"] if data["points"] else []
    return f"{', '.join(facts)}. {data['note']}"


def _choices(item: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What can be chosen, each with the mark that stands before it in words."""
    if item["kind"] == "several":
        yield from (("[ ]", option["text"]) for option in item["options"])
    elif item["kind"] == "match":
        yield from ((f"{letter}.", option["text"]) for letter, option in _lettered(item["right"]))
    elif "options" in item:
        yield from (("( )" if item["kind"] != "order" else "-", option["text"]) for option in item["options"])


def _lettered(options: Sequence[dict[str, str]]) -> Iterator[tuple[str, dict[str, str]]]:
    yield from zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", options, strict=False)


def _explained(item: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What explains a question of practice or a part of a brief: a lead and a text each."""
    if item["kind"] == "compare":
        yield "One good answer:", item["model"]
        yield "Why:", item["why"] + _said(item["source"])
        return
    key = item.get("key")
    if key is None:
        return
    if item["kind"] == "written":
        yield from (("Looks for:", line) for line in key["rubric"])
        yield from ((f"Model, {side}:", text) for side, text in key["model"])
        return
    for name, lead in _LEADS[item["kind"]](item, key):
        reason = key["reasons"][name]
        yield lead, reason["why"] + _said(reason["source"])


def _right_or_not(item: dict[str, Any], key: dict[str, Any]) -> Iterator[tuple[str, str]]:
    right = [key["answer"]] if item["kind"] == "one" else key["answer"]
    for option in item["options"]:
        yield option["id"], _ended(f"{'Right' if option['id'] in right else 'Not right'}: {option['text']}")


def _pairs(item: dict[str, Any], key: dict[str, Any]) -> Iterator[tuple[str, str]]:
    right = {option["id"]: letter for letter, option in _lettered(item["right"])}
    for option in item["left"]:
        yield option["id"], _ended(f"{right[key['answer'][option['id']]]}: {option['text']}")


def _in_order(item: dict[str, Any], key: dict[str, Any]) -> Iterator[tuple[str, str]]:
    text = {option["id"]: option["text"] for option in item["options"]}
    for number, name in enumerate(key["answer"], 1):
        yield name, _ended(f"{number}: {text[name]}")


def _cited(_: dict[str, Any], key: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield "right", _ended(key["answer"])
    yield from ((name, _ended(title)) for name, title in _PART.items())


def _ended(text: str) -> str:
    """A lead, closed so that a reason can follow it."""
    return text if text.endswith((".", "?", ".”", "?”")) else f"{text}."


_LEADS: dict[str, Callable[[dict[str, Any], dict[str, Any]], Iterator[tuple[str, str]]]] = {
    "one": _right_or_not,
    "several": _right_or_not,
    "match": _pairs,
    "order": _in_order,
    "citation": _cited,
}


def _wrapped(lead: str, text: str, indent: str) -> list[str]:
    plain = re.sub(r"\*([^*\n]+)\*", r"\1", text)
    return textwrap.wrap(lead + plain, _WIDTH, subsequent_indent=indent, drop_whitespace=True, break_long_words=False)


def _emphasis(text: str) -> str:
    """HTML of text in which stars mark italics."""
    return re.sub(r"\*([^*\n]+)\*", r"<em>\1</em>", escape(text))


def _list(lines: Any) -> str:
    found = "".join(f"<li>{line}</li>" for line in lines)
    return f"<ul>{found}</ul>" if found else ""
