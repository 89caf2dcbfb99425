"""Questions in words: what can be chosen, and what explains it. For a terminal, for nbval, and for pages without scripts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from knowing_benefit.law.dates import PartialDate
from knowing_benefit.view.face import escape

PART = {
    "volume": "Volume",
    "reporter": "Reporter",
    "page": "First page",
    "court": "Court",
    "year": "Year",
}
"""The parts of a citation, as readers see them."""

Given = dict[str, Any]
"""A question as it is sent to the page."""


def emphasis(text: str) -> str:
    """HTML of text in which stars mark italics."""
    return re.sub(r"\*([^*\n]+)\*", r"<em>\1</em>", escape(text))


def before(item: Given) -> Iterator[str]:
    """What stands between a question and what can be chosen: a passage, a claim, what is drawn."""
    if item["kind"] == "highlight":
        yield "".join(f"[{text}]" if name else text for name, text in item["segments"])
        yield "Mark among the words in brackets."
    elif item["kind"] == "factcheck":
        yield f"The sentence: {item['claim']}"
    elif item["kind"] == "drawn":
        cases = item["cases"]
        readings = f"{len(item['readings'])} readings" if len(item["readings"]) > 1 else "one reading"
        if len(cases) == 1:
            facts = len(cases[0]["switches"])
            yield f"{cases[0]['title']}: the facts and the reading are drawn, from {facts} facts and {readings}."
            yield from cases[0]["story"]
            yield cases[0]["basis"]
        else:
            # Without its facts, which are drawn on the page, no story could be decided: naming them is enough.
            yield f"The case, its facts and the reading are drawn, from {len(cases)} cases and {readings}."
            yield "The cases: " + "; ".join(case["title"] for case in cases) + "."
        yield "The readings: " + "; ".join(reading["title"] for reading in item["readings"]) + "."
        yield item["question"]
    elif item["kind"] == "date":
        yield {"year": "(A year.)", "month": "(A month and a year.)", "day": "(A day.)"}[item["precision"]]
    elif item["kind"] == "number":
        yield f"(A number of {item['unit']}.)" if item["unit"] else "(A number.)"


def choices(item: Given) -> Iterator[tuple[str, str]]:
    """What can be chosen, each with the mark that stands before it in words."""
    kind = item["kind"]
    if kind == "several":
        yield from (("[ ]", option["text"]) for option in item["options"])
    elif kind == "match":
        yield from (("[    ]", left["text"]) for left in item["left"])
        yield from ((f"{letter}.", option["text"]) for letter, option in _lettered(item["right"]))
    elif kind == "sort":
        yield from (("[    ]", fact["text"]) for fact in item["facts"])
        yield "", item["ask"]
        yield from ((f"{letter}.", one["text"]) for letter, one in _lettered(item["elements"]))
        if item["results"]:
            yield "", "And for each: met, not met, or open."
    elif kind == "factcheck":
        yield from (("( )", one["text"]) for one in item["verdicts"])
        yield "", "Which source shows it?"
        yield from (("( )", one["text"]) for one in item["sources"])
    elif kind == "order":
        yield from (("-", option["text"]) for option in item["options"])
    elif "options" in item:
        yield from (("( )", option["text"]) for option in item["options"])


def _lettered(options: Sequence[dict[str, str]]) -> Iterator[tuple[str, dict[str, str]]]:
    yield from zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", options, strict=False)


def said(source: dict[str, Any] | None) -> str:
    """A source in brackets, to stand after a reason."""
    if source is None:
        return ""
    name = f"*{source['name']}*" if source["case"] else source["name"]
    return f" [{', '.join(part for part in (name, source['pin']) if part)}; {source['badge']}]"


def explained(item: Given) -> Iterator[tuple[str, str]]:
    """What explains a question whose key came with it, or a part of a brief: a lead and a text each."""
    if item["kind"] == "compare":
        yield "One good answer:", item["model"]
        yield "Why:", item["why"] + said(item["source"])
        return
    key = item.get("key")
    if item["kind"] == "drawn":
        if "table" in item or key is not None:
            yield "The answer", "is worked out for each form, from the reading's own answer on every element."
        return
    if key is None:
        return
    if item["kind"] == "written":
        yield from (("Looks for:", line["text"]) for line in key["rubric"])
        yield from ((f"Model, {side}:", text) for side, text in key["model"])
        return
    if item["kind"] == "predict":
        yield "What happened:", key["reveal"] + said(key["source"])
    for name, lead in _LEADS[item["kind"]](item, key):
        reason = key["reasons"][name]
        yield lead, reason["why"] + said(reason["source"])
        if "follow" in reason:
            yield from _followed(reason["follow"])


def _followed(follow: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield "Then:", follow["stem"]
    for option in follow["options"]:
        reason = follow["key"]["reasons"][option["id"]]
        right = "Right" if option["id"] == follow["key"]["answer"] else "Not right"
        yield ended(f"{right}: {option['text']}"), reason["why"] + said(reason["source"])


def ended(text: str) -> str:
    """A lead, closed so that a reason can follow it."""
    return text if text.endswith((".", "?", ".”", "?”")) else f"{text}."


Leads = Iterator[tuple[str, str]]


def _right_or_not(item: Given, key: Given) -> Leads:
    right = key["answer"] if isinstance(key["answer"], list) else [key["answer"]]
    options = item.get("options") or [{"id": name, "text": text} for name, text in item["segments"] if name]
    for option in options:
        yield option["id"], ended(f"{'Right' if option['id'] in right else 'Not right'}: {option['text']}")


def _pairs(item: Given, key: Given) -> Leads:
    right = {option["id"]: letter for letter, option in _lettered(item["right"])}
    for option in item["left"]:
        yield option["id"], ended(f"{right[key['answer'][option['id']]]}: {option['text']}")


def _sorted(item: Given, key: Given) -> Leads:
    elements = {one["id"]: one["text"] for one in item["elements"]}
    for fact in item["facts"]:
        element, _, result = key["answer"][fact["id"]].partition("/")
        yield fact["id"], ended(f"{elements[element]}{', ' if result else ''}{result}: {fact['text']}")


def _in_order(item: Given, key: Given) -> Leads:
    text = {option["id"]: option["text"] for option in item["options"]}
    for number, name in enumerate(key["answer"], 1):
        yield name, ended(f"{number}: {text[name]}")


def _cited(_: Given, key: Given) -> Leads:
    yield "right", ended(key["answer"])
    yield from ((name, ended(title)) for name, title in PART.items())


def _dated(_: Given, key: Given) -> Leads:
    yield "right", ended(PartialDate.parse(key["answer"]).shown())
    yield "wrong", "Another date."


def _counted(item: Given, key: Given) -> Leads:
    yield "right", ended(f"{key['answer']} {item['unit']}".strip())
    yield "wrong", "Another number."


def _checked(item: Given, key: Given) -> Leads:
    for half, options in (("verdict", item["verdicts"]), ("source", item["sources"])):
        for option in options:
            right = "Right" if key["answer"][half] == option["id"] else "Not right"
            yield option["id"], ended(f"{right}: {option['text']}")


_LEADS: dict[str, Callable[[Given, Given], Leads]] = {
    "one": _right_or_not,
    "several": _right_or_not,
    "highlight": _right_or_not,
    "predict": _right_or_not,
    "match": _pairs,
    "sort": _sorted,
    "order": _in_order,
    "citation": _cited,
    "date": _dated,
    "number": _counted,
    "factcheck": _checked,
}
