"""One question of each of the newer kinds, with its key, as authors write them; the law beneath is the course's own."""

from __future__ import annotations

from pathlib import Path

HEAD = "id: 02_kinds\nlesson: 02_kinds\ntitle: Every kind\nminutes: 15\nversion: 1\n"

ITEMS = {
    "k1": """kind: highlight
objective: "2.1"
difficulty: easy
points: 3
stem: Mark the words that say who may be sued.
passage: "[[a|An individual who is a victim]] of a violation of this chapter may bring a civil action against [[b|the perpetrator]] (or [[c|whoever knowingly benefits]], ... from [[d|participation in a venture]]"
source: usc-18-1595(a)
authority: [usc-18-1595]""",
    "k2": """kind: sort
objective: "2.1"
difficulty: middle
points: 3
stem: Put each fact under its element, and say what it comes to.
facts: [{id: f1, text: It fitted its software to the platform.}, {id: f2, text: It read nothing of the case.}, {id: f3, text: It was paid by the month.}]
elements: [{id: participation, text: Participation}, {id: knowledge, text: Knowledge}, {id: benefit, text: Benefit}]
authority: [gg-salesforce-7th-2023]""",
    "k3": """kind: date
objective: "2.1"
difficulty: easy
points: 3
stem: On what day did the amendment take effect?
precision: day
placeholder: month day, year
authority: [usc-18-1595]""",
    "k4": """kind: number
objective: "2.1"
difficulty: easy
points: 1
stem: How many years does the statute give?
unit: years
authority: [usc-18-1595]""",
    "k5": """kind: predict
objective: "2.1"
difficulty: middle
points: 2
stem: What did the court do with the dismissal?
options: [{id: a, text: It affirmed}, {id: b, text: It reversed}, {id: c, text: It certified a question}]
authority: [gg-salesforce-7th-2023]""",
    "k6": """kind: factcheck
objective: "2.1"
difficulty: middle
points: 2
claim: The court found Salesforce liable.
verdicts: [{id: v1, text: Supported}, {id: v2, text: Contradicted}, {id: v3, text: Not shown}]
sources: [{id: s1, text: The opinion}, {id: s2, text: A press release}]
authority: [gg-salesforce-7th-2023]""",
    "k7": """kind: drawn
objective: "2.1"
difficulty: hard
points: 2
hypothetical: [cloud-host, encrypted-messenger]
readings: [ca7-gg-majority, ca9-reddit]
ask: outcome
turn: [2, 4]
authority: [gg-salesforce-7th-2023]""",
}
"""Each question, as YAML, by its id."""

_WHY = "{why: %s, authority: %s, status: verified}"


def _reasons(source: str, *names: str) -> str:
    return "reasons:\n" + "\n".join(f"  {name}: {_WHY % (f'About {name}.', source)}" for name in names)


_FOLLOW = """    follow:
      stem: Why not affirmed?
      options: [{id: x, text: It said so}, {id: y, text: The judgment says so}]
      answer: y
      reasons:
        x: {why: It did not., authority: gg-salesforce-7th-2023, status: verified}
        y: {why: It does., authority: gg-salesforce-7th-2023, status: verified}"""

KEYS = {
    "k1": "answer: [b, c]\n" + _reasons("usc-18-1595", "a", "b", "c", "d"),
    "k2": "answer: {f1: participation/met, f2: knowledge/not met, f3: benefit/met}\n"
    + _reasons("gg-salesforce-7th-2023", "f1", "f2", "f3"),
    "k3": 'answer: "2008-12-23"\n' + _reasons("usc-18-1595", "right", "wrong"),
    "k4": "answer: 10\n" + _reasons("usc-18-1595", "right", "wrong"),
    "k5": "answer: b\nreveal: It reversed, as its own opening says.\n"
    "reasons:\n  a:\n    why: About a.\n    authority: gg-salesforce-7th-2023\n    status: verified\n"
    f"    misconception: It lost.\n{_FOLLOW}\n" + _reasons("gg-salesforce-7th-2023", "b", "c").partition("\n")[2],
    "k6": "answer: {verdict: v2, source: s1}\n" + _reasons("gg-salesforce-7th-2023", "v1", "v2", "v3", "s1", "s2"),
}
"""The key of each, as YAML; a drawn question has none."""


def _indented(text: str, by: int) -> str:
    return "\n".join(" " * by + line for line in text.split("\n"))


def exercise_file() -> str:
    """The questions as a graded exercise."""
    return f"{HEAD}items:\n" + "".join(f"  - id: {name}\n{_indented(text, 4)}\n" for name, text in ITEMS.items())


def key_file() -> str:
    """The key to it."""
    items = "".join(f"  {name}:\n{_indented(text, 4)}\n" for name, text in KEYS.items())
    return f"exercise: 02_kinds\nversion: 1\nitems:\n{items}"


def practice_file() -> str:
    """The questions with their keys inside, as a practice set or a lesson's inline questions."""
    keys = {name: f"\n    key:\n{_indented(text, 6)}" for name, text in KEYS.items()}
    return f"{HEAD}items:\n" + "".join(
        f"  - id: {name}\n{_indented(text, 4)}{keys.get(name, '')}\n" for name, text in ITEMS.items()
    )


def write(root: Path) -> None:
    """Put the sample into a course folder as an exercise with its key, a practice set and inline questions."""
    for name, text in {
        "exercises/02_kinds.yaml": exercise_file(),
        "exercises/keys/02_kinds.yaml": key_file(),
        "exercises/practice/02_kinds.yaml": practice_file(),
        "exercises/inline/02_kinds.yaml": practice_file(),
    }.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
