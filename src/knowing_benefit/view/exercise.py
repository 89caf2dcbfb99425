"""Questions to answer: the graded exercise, the practice set, one question in the text, the case brief, the drill. One face.

A graded exercise keeps its reasons back, so nothing of its key is read here; but for a self-paced edition of the course
(:func:`self_paced`), where every answer is explained when it is asked for, and a score is kept. Practice and the questions in
the text explain at once. A brief is written or chosen, then compared with a model; it is never scored. A drill draws a case
anew each time, and explains it from the analysis.
"""

from __future__ import annotations

import hashlib
import json
import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from knowing_benefit.assess import citations, typed, variants
from knowing_benefit.assess.items import (
    Brief,
    CitationKey,
    Date,
    Drawn,
    Exercise,
    Factcheck,
    FollowUp,
    Highlight,
    Item,
    Key,
    Match,
    Number,
    NumberKey,
    Option,
    Part,
    PredictKey,
    Reason,
    Sort,
    WithOptions,
    Written,
    WrittenKey,
    load_brief,
    load_exercise,
    load_key,
    load_practice,
)
from knowing_benefit.assess.kinds import Because, Typed
from knowing_benefit.law.analysis import Table, table
from knowing_benefit.law.hypotheticals import said as stated
from knowing_benefit.law.library import Library, library
from knowing_benefit.law.source import CourseError, Fault, Status, nearest
from knowing_benefit.view.answering import AnsweringFace
from knowing_benefit.view.face import badge, escape
from knowing_benefit.view.lab import basis, packed_table
from knowing_benefit.view.wording import PART, before, choices, emphasis, explained

Purpose = Literal["graded", "assignment", "selfpaced", "practice", "inline", "brief", "drill"]

SELF_PACED_KEYS = "exercises/selfpaced"
"""Where a self-paced edition has the keys to its exercises, in the form of ``exercises/keys/``."""

_WIDTH = 96
_NOTE: dict[Purpose, str] = {
    "graded": "Each answer is kept when you give it. The reasons come back with your grade.",
    "assignment": "Each answer is kept beside this notebook when you give it. The reasons come back with your grade.",
    "selfpaced": "Each answer is kept, and explained when you ask. Try again as often as you like; your first and best scores are kept.",
    "practice": "Each answer is explained when you ask. Nothing here is graded.",
    "inline": "Nothing here is graded.",
    "brief": "Write or choose, then compare. Nothing here is graded.",
    "drill": "A new case each time, explained from the reading itself. Nothing here is graded or kept.",
}
_RULE = {
    "several": "Mark all that apply. Each right mark earns a share of the points and each wrong mark takes one away, never below zero.",
    "highlight": "Mark all that apply. Each right mark earns a share of the points and each wrong mark takes one away, never below zero.",
    "match": "Each right pair earns its share of the points.",
    "order": "Each line that would have to move costs one step.",
    "citation": "Volume, reporter and page earn two thirds of the points; court and year, one third.",
    "date": "Each right part earns a share, from the year down.",
    "factcheck": "The verdict earns half of the points, the source the other half.",
    "drawn": "Drawn for you from your exam number. The same number always draws the same case.",
    "written": "A person grades this.",
}
"""How an answer is scored, where the reader would not guess it. The rules themselves are in ``assess/scoring.py``."""

_SORT_RULE = {
    True: "Each fact has a share: half of it for the element, the other half if the result is right too.",
    False: "Each fact that is sorted rightly earns its share of the points.",
}
_ASKED = {
    "several": "Mark all that apply.",
    "highlight": "Choose the words in the text; choose them again to unmark them.",
    "match": "Choose one for each.",
    "sort": "Choose for each fact.",
    "order": "Move the lines into their order.",
    "factcheck": "Choose a verdict and the source that shows it.",
    "predict": "Commit first; then see what happened.",
}
_LABEL = {
    "predict": "Predict",
    "highlight": "Mark the words",
    "sort": "Sort the facts",
    "factcheck": "Check the claim",
    "drawn": "Decide a case",
}
"""What stands over a question in the text, where it is not simply the reader's turn."""

_OUTCOME = {
    "survives": "The claim survives",
    "dismissed": "Dismissed: no claim is stated",
    "barred": "Dismissed: section 230 bars the claim",
    "open": "Open: this reading does not settle it",
}
_RESULT = {"met": "Met", "not-met": "Not met", "open": "Open under this reading"}


class Questions(AnsweringFace):
    """The face of every set of questions.

    What it shows of answers comes from the answer store by way of ``carrier.js``: from the Jupyter server where it has
    the course's extension, from this widget's kernel otherwise, and on a plain page from the browser.
    """

    name = "exercise"
    parts = ("table.js", "forms.js", "explain.js", "drawn.js")

    def as_text(self) -> str:
        """Every question with all that can be chosen; after it, where reasons are shown, what explains it."""
        data = self.data
        lines = [data["title"], _about(data), ""]
        for number, item in _numbered(data["items"]):
            lead = f"{number}. {item['label'] + ': ' if 'label' in item else ''}"
            lines += _wrapped(lead, item["stem"], "   ")
            if item.get("worth"):
                lines.append(f"   ({item['worth']})")
            for text in before(item):
                lines += _wrapped("   ", text, "   ")
            for mark, text in choices(item):
                lines += _wrapped(
                    f"   {mark} " if mark else "   ", text, "          " if mark == "[    ]" else "      "
                )
            if "words" in item:
                lines.append(f"   (about {item['words']} words)")
            lines += [line for lead, text in explained(item) for line in _wrapped(f"   {lead} ", text, "      ")]
            lines.append("")
        return "\n".join(lines).rstrip()

    def static(self) -> str:
        """The same for readers without scripts: questions in a list, explanations folded away."""
        data = self.data
        parts = [f"<h3>{emphasis(data['title'])}</h3>", f'<p class="kb-quiet">{escape(_about(data))}</p>']
        for number, item in _numbered(data["items"]):
            label = f": {escape(item['label'])}" if "label" in item else ""
            worth = f' <span class="kb-worth">{escape(item["worth"])}</span>' if item.get("worth") else ""
            parts.append(f'<div class="kb-item"><h4>{number}{label}{worth}</h4><p>{emphasis(item["stem"])}</p>')
            parts += [f"<p>{emphasis(text)}</p>" for text in before(item)]
            parts.append(_list(f"{escape(mark)} {emphasis(text)}" for mark, text in choices(item)))
            told = [f"<strong>{emphasis(lead)}</strong> {emphasis(text)}" for lead, text in explained(item)]
            if told:
                parts.append(
                    f"<details><summary>{'Compare' if data['kind'] == 'brief' else 'Answer and reasons'}</summary>{_list(told)}</details>"
                )
            parts.append("</div>")
        parts.append(
            '<p class="kb-quiet">This copy is for reading. To answer in JupyterLab, choose Run, then Run All Cells.</p>'
        )
        return "".join(parts)


def _numbered(items: Sequence[dict[str, Any]]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Questions with their numbers; an assignment's have those of the whole exercise."""
    yield from ((item.get("place", number), item) for number, item in enumerate(items, 1))


def exercise(name: str) -> Questions:
    """The graded exercise of a lesson, by its name, e.g. ``01_the_case``; explained where the edition is self-paced.

    Raises:
        CourseError: no such exercise, or a fault in its file.
    """
    opened = library()
    if self_paced(opened.root):
        return explained_exercise(name, SELF_PACED_KEYS)
    found = load_exercise(_path(opened, "exercises", name))
    return Questions(opened.root, _packed("graded", found, [_item(opened, item, graded=True) for item in found.items]))


def explained_exercise(name: str, keys: str) -> Questions:
    """The graded exercise of a lesson for those who learn by themselves: every answer is explained when it is asked for.

    Args:
        keys: the folder of its key, below the course folder. Where only students' files are, there is none.

    Raises:
        CourseError: no such exercise, no key to it, or a fault in either.
    """
    opened = library()
    found = load_exercise(_path(opened, "exercises", name))
    answers = load_key(_path(opened, keys, name), found)
    items = [_explained_item(opened, item, answers, graded=True) for item in found.items]
    return Questions(opened.root, _packed("selfpaced", found, items))


def self_paced(root: Path) -> bool:
    """Whether a course folder is a self-paced edition: ``release.json`` says so."""
    try:
        return bool(json.loads((root / "release.json").read_text("utf-8"))["edition"] == "selfpaced")
    except (OSError, ValueError, KeyError, TypeError):
        return False


def practice(name: str) -> Questions:
    """The practice set of a lesson, by its name.

    Raises:
        CourseError: no such set, or a fault in its file.
    """
    opened = library()
    found = load_practice(_path(opened, "exercises/practice", name))
    items = [_explained_item(opened, item, found.keys) for item in found.exercise.items]
    return Questions(opened.root, _packed("practice", found.exercise, items))


def ask(name: str, item: str) -> Questions:
    """One question in a lesson's text, by the lesson's name and its own, e.g. ``ask("01_the_case", "a1")``.

    Raises:
        CourseError: no such question, or a fault in its file.
    """
    opened = library()
    found = load_practice(_path(opened, "exercises/inline", name))
    asked = next((one for one in found.exercise.items if one.id == item), None)
    if asked is None:
        mend = nearest(item, found.keys) or f"There are: {', '.join(found.keys)}."
        raise CourseError(found.exercise.document.fault(("items",), f"there is no question {item!r} here", mend))
    packed = _explained_item(opened, asked, found.keys) | {"label": _LABEL.get(asked.kind, "Your turn")}
    return Questions(opened.root, _packed("inline", found.exercise, [packed]))


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
    here = Library(Path.cwd())
    found = load_exercise(here.root / "exercises" / f"{name}.yaml")
    items = [
        # Its place in the exercise, because nbgrader's own cells stand for the questions left out.
        _item(here, item, graded=True) | {"place": place}
        for place, item in enumerate(found.items, 1)
        if not isinstance(item, Written | Drawn)
    ]
    return Questions(here.root, _packed("assignment", found, items))


def drill(name: str) -> Questions:
    """Unlimited practice on a hypothetical, by its id: facts, reading and question are drawn anew each time.

    Raises:
        CourseError: no such hypothetical, or a fault in its file.
    """
    opened = library()
    case = opened.hypothetical(name)
    found = table(opened, case, [opened.reading(reading) for reading in case.readings])
    item = {
        "id": "drill",
        "kind": "drawn",
        "stem": "Decide this form of the case.",
        **_case(opened, found),
        "question": "Each time, the result or one element is asked under one reading.",
        "settings": [setting for setting in variants.coherent(opened, found) if 1 <= setting.bit_count() <= 4],
        "asks": [asking("outcome", opened)]
        + [
            asking(branch.id, opened)
            for branch in opened.branches
            if any(entry.columns[branch.id].switches for entry in found.readings.values())
        ],
        "table": packed_table(opened, found),
    }
    data = {
        "kind": "drill",
        "sheet": "",
        "version": 1,
        "title": f"Drill: {case.title}",
        "minutes": None,
        "points": None,
        "note": _NOTE["drill"],
        "items": [item],
    }
    return Questions(opened.root, data)


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
        if isinstance(item, Drawn):
            count = variants.count(opened, item)
            told.append(
                f"- Drawn for each exam number, from {count} forms: `course paper NUMBER` shows one, with its key."
            )
        else:
            packed = _item(opened, item, graded=True) | {"key": _key(opened, key)}
            told += [f"- **{lead}** {text}" for lead, text in explained(packed)]
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
    data = {
        "kind": kind,
        "sheet": found.id if kind in ("graded", "assignment", "selfpaced") else f"{found.id}.{kind}",
        "version": exercise.version if exercise else 1,
        "title": found.title,
        "minutes": exercise.minutes if exercise and kind != "inline" else None,
        "points": exercise.points if exercise and kind in ("graded", "selfpaced") else None,
        "note": _NOTE[kind],
        "items": list(items),
    }
    kinds = {item["kind"] for item in items}
    if "citation" in kinds:
        data |= {"parts": [list(part) for part in PART.items()], "citation": citations.PATTERN}
    if kinds & {"date", "number"}:
        data["typed"] = {
            "dates": [list(form) for form in typed.DATE_FORMS],
            "months": list(typed.MONTHS),
            "number": typed.NUMBER,
            "words": typed.NUMBER_WORDS,
            "larger": list(typed.LARGER),
        }
    if exercise and exercise.timed and kind == "graded":
        data["timed"] = True
    return data


def _explained_item(opened: Library, item: Item, keys: Mapping[str, Key], *, graded: bool = False) -> dict[str, Any]:
    """A question with its key; a drawn one with the table that its answers are looked up in."""
    found = _item(opened, item, graded=graded)
    if isinstance(item, Drawn):
        case = opened.hypothetical(item.hypothetical)
        return found | {
            "table": packed_table(opened, table(opened, case, [opened.reading(name) for name in item.readings]))
        }
    return found | {"key": _key(opened, keys[item.id])}


def _item(opened: Library, item: Item, *, graded: bool) -> dict[str, Any]:
    found: dict[str, Any] = {"id": item.id, "kind": item.kind, "stem": item.stem}
    if isinstance(item, Match):
        found |= {"left": _options(item.left), "right": _options(item.right)}
    elif isinstance(item, Highlight):
        found["segments"] = [list(segment) for segment in item.segments()]
    elif isinstance(item, Sort):
        found |= {"facts": _options(item.facts), "elements": _options(item.elements), "results": item.results}
    elif isinstance(item, Typed):
        found |= {"placeholder": item.placeholder, "hint": item.hint}
        if isinstance(item, Date):
            found["precision"] = item.precision
        elif isinstance(item, Number):
            found["unit"] = item.unit
    elif isinstance(item, Factcheck):
        found |= {"claim": item.claim, "verdicts": _options(item.verdicts), "sources": _options(item.sources)}
    elif isinstance(item, Drawn):
        found |= _drawn(opened, item)
    elif isinstance(item, Written):
        found["words"] = item.words
    elif isinstance(item, WithOptions):
        found["options"] = _options(item.options)
    # What the student is asked, less what only says how it counts: by it an answer knows whether its question has changed.
    found["digest"] = hashlib.sha256(json.dumps(found, sort_keys=True).encode()).hexdigest()[:12]
    if graded:
        difficulty = "medium" if item.difficulty == "middle" else item.difficulty
        found["points"] = item.points
        found["worth"] = f"{item.points} point{'' if item.points == 1 else 's'}, {difficulty}"
    rule = (_RULE if graded else _ASKED).get(item.kind)
    if graded and isinstance(item, Sort):
        rule = _SORT_RULE[item.results]
    if rule:
        found["rule"] = rule
    return found


def _options(options: Sequence[Option]) -> list[dict[str, str]]:
    return [{"id": option.id, "text": option.text} for option in options]


def _drawn(opened: Library, item: Drawn) -> dict[str, Any]:
    case = opened.hypothetical(item.hypothetical)
    found = table(opened, case, [opened.reading(name) for name in item.readings])
    asked = asking(item.ask, opened)
    return {
        **_case(opened, found),
        "question": asked["text"],
        "ask": item.ask,
        "options": asked["options"],
        "forms": [[form.reading, form.setting] for form in variants.forms(opened, item)],
    }


def _case(opened: Library, found: Table) -> dict[str, Any]:
    """A hypothetical as a drawn question shows it."""
    case = found.hypothetical
    return {
        "title": case.title,
        "content_note": case.content_note,
        "story": case.story.split("\n\n"),
        "basis": basis(case),
        "readings": [
            {"id": entry.reading.id, "title": entry.reading.title, "about": entry.reading.about}
            for entry in found.readings.values()
        ],
        "switches": [
            [
                stated(opened.facts, case, switch.fact, position, varied=bool(which))
                for which, position in enumerate(switch.positions)
            ]
            for switch in case.switches
        ],
    }


def asking(ask: str, opened: Library) -> dict[str, Any]:
    """What is asked of a form of a drawn question, and what can be answered."""
    if ask == "outcome":
        text, answers = "What becomes of the motion to dismiss?", _OUTCOME
    else:
        branch = next(branch for branch in opened.branches if branch.id == ask)
        text, answers = f"What becomes of this element? {branch.title}: {branch.question}", _RESULT
    return {"ask": ask, "text": text, "options": [{"id": name, "text": words} for name, words in answers.items()]}


def _part(opened: Library, part: Part) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": part.id,
        "kind": "compare",
        "label": part.label,
        "stem": part.prompt,
        "model": part.model,
        "why": part.why,
        "source": source_of(opened, part.authority, None, part.status),
    }
    if part.choices:
        found["options"] = [{"id": f"c{number}", "text": text} for number, text in enumerate(part.choices, 1)]
    return found


def _key(opened: Library, key: Key) -> dict[str, Any]:
    found: dict[str, Any] = {"reasons": {name: _reason(opened, reason) for name, reason in key.reasons.items()}}
    if isinstance(key, WrittenKey):
        rubric = [{"id": line.id, "text": line.text, "points": line.points} for line in key.rubric]
        found |= {"rubric": rubric, "model": [list(side) for side in key.model.items()]}
    else:
        found["answer"] = key.model_dump()["answer"]
    if isinstance(key, CitationKey):
        right = [parts for parts in map(citations.split, [key.answer, *key.accept]) if parts]
        found["forms"] = [citations.spellings(parts) for parts in right]
    elif isinstance(key, NumberKey):
        found["within"] = key.within
    elif isinstance(key, PredictKey):
        found |= {"reveal": key.reveal, "source": source_of(opened, key.authority, None, key.status or "secondary")}
    return found


def _reason(opened: Library, reason: Because) -> dict[str, Any]:
    found = {"why": reason.why, "source": source_of(opened, reason.authority, reason.pin, reason.status)}
    if isinstance(reason, Reason) and reason.follow:
        found["follow"] = _follow(opened, reason.follow)
    return found


def _follow(opened: Library, follow: FollowUp) -> dict[str, Any]:
    """A follow-up as a question of the kind ``one`` with its key; its id is that of the answer that opens it."""
    reasons = {name: _reason(opened, reason) for name, reason in follow.reasons.items()}
    return {
        "kind": "one",
        "stem": follow.stem,
        "options": _options(follow.options),
        "key": {"answer": follow.answer, "reasons": reasons},
    }


def source_of(opened: Library, authority: str | None, pin: str | None, status: Status) -> dict[str, Any] | None:
    """What stands after a reason: the source's short name, the place in it, and how it is known."""
    if authority is None:
        return None
    named = opened.named(authority)
    return {"name": named.short, "case": named.is_case, "pin": pin or "", "badge": badge(status)}


def _about(data: dict[str, Any]) -> str:
    count = len(data["items"])
    what = "part" if data["kind"] == "brief" else "question"
    facts = [f"{count} {what}{'' if count == 1 else 's'}"]
    facts += [f"about {data['minutes']} minutes"] if data["minutes"] else []
    facts += [f"{data['points']} points"] if data["points"] else []
    return f"{', '.join(facts)}. {data['note']}"


def _wrapped(lead: str, text: str, indent: str) -> list[str]:
    plain = re.sub(r"\*([^*\n]+)\*", r"\1", text)
    return textwrap.wrap(lead + plain, _WIDTH, subsequent_indent=indent, drop_whitespace=True, break_long_words=False)


def _list(lines: Iterable[str]) -> str:
    found = "".join(f"<li>{line}</li>" for line in lines)
    return f"<ul>{found}</ul>" if found else ""
