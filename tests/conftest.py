"""What all tests share: a small course folder of its own, for tests that must not depend on what the real lessons say."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

# A shell that starts tests in the background has them ignore Ctrl-C, and what they start inherits that; the tests of Ctrl-C
# want what a reader's terminal gives.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# A slow machine is no fault of the law: how long one example takes is not tested.
hypothesis.settings.register_profile("course", deadline=None)
hypothesis.settings.load_profile("course")

_HEAD = "id: 01_small\nlesson: 01_small\ntitle: A small exercise\nminutes: 10\nversion: 3\n"

EXERCISE = f"""{_HEAD}items:
  - id: q1
    kind: one
    objective: "1.1"
    difficulty: easy
    points: 2
    stem: Who is the *vendor*?
    options: [{{id: a, text: Backpage}}, {{id: b, text: Salesforce}}, {{id: c, text: The court}}]
    authority: [gg]
  - id: q2
    kind: several
    objective: "1.1"
    difficulty: middle
    points: 3
    stem: Which are elements of the claim?
    options: [{{id: a, text: Venture}}, {{id: b, text: Malice}}, {{id: c, text: Participation}}, {{id: d, text: Privity}}, {{id: e, text: A benefit}}]
    authority: [gg]
  - id: q3
    kind: match
    objective: "1.2"
    difficulty: middle
    points: 3
    stem: Match each with its place.
    left: [{{id: l1, text: Salesforce}}, {{id: l2, text: Backpage}}, {{id: l3, text: G.G.}}]
    right: [{{id: r1, text: Victim}}, {{id: r2, text: Vendor}}, {{id: r3, text: Platform}}, {{id: r4, text: Judge}}]
    authority: [gg]
  - id: q4
    kind: order
    objective: "1.2"
    difficulty: easy
    points: 4
    stem: Put these in order.
    options: [{{id: a, text: Rehearing}}, {{id: b, text: Dismissal}}, {{id: c, text: Remand}}, {{id: d, text: Reversal}}]
    authority: [gg]
  - id: q5
    kind: citation
    objective: "1.2"
    difficulty: easy
    points: 2
    stem: Cite the decision.
    placeholder: volume reporter page (court year)
    hint: Five parts.
    authority: [gg]
  - id: q6
    kind: written
    objective: "1.3"
    difficulty: hard
    points: 5
    stem: Argue for either side.
    words: 120
    authority: [gg]
"""

KEYS = {
    "q1": """answer: b
reasons:
  a: {why: It is the platform., authority: gg, status: verified, misconception: Platform and vendor are one.}
  b: {why: "Right: it sold *software*.", authority: gg, pin: slip op. 1, status: secondary}
  c: {why: It decides., authority: gg, status: verified}""",
    "q2": """answer: [a, c, e]
reasons:
  a: {why: Right., authority: gg, status: verified}
  b: {why: No malice is asked for., authority: gg, status: verified}
  c: {why: Right., authority: gg, status: verified}
  d: {why: No privity., authority: gg, status: verified}
  e: {why: Right., authority: gg, status: verified}""",
    "q3": """answer: {l1: r2, l2: r3, l3: r1}
reasons:
  l1: {why: It sold software., authority: gg, status: verified}
  l2: {why: It ran the site., authority: gg, status: verified}
  l3: {why: She sued., authority: gg, status: verified}""",
    "q4": """answer: [b, d, a, c]
reasons:
  a: {why: "October 2023.", authority: gg, status: verified}
  b: {why: "May 2022.", authority: gg, status: verified}
  c: {why: "Later.", authority: gg, status: secondary}
  d: {why: "August 2023.", authority: gg, status: verified}""",
    "q5": """answer: "76 F.4th 544 (7th Cir. 2023)"
accept: ["G.G. v. Salesforce.com, Inc., 76 F.4th 544 (7th Cir. 2023)"]
reasons:
  right: {why: "Right.", authority: gg, status: verified}
  volume: {why: Volume 76., authority: gg, status: verified}
  reporter: {why: The fourth series., authority: gg, status: verified}
  page: {why: Page 544., authority: gg, status: verified}
  court: {why: The Seventh Circuit., authority: gg, status: verified}
  year: {why: The year 2023., authority: gg, status: verified}""",
    "q6": """rubric:
  - {id: rule, points: 2, text: States the rule.}
  - {id: sides, points: 3, text: Argues both sides.}
model: {plaintiff: It took part., defendant: It sold software.}""",
}
"""The key of each question, as YAML."""

BRIEF = """id: 01_small
lesson: 01_small
title: Your brief
parts:
  - {id: parties, label: Parties, prompt: Who sued whom?, model: A person sued *a vendor*., why: Count them., authority: gg, status: verified}
  - id: posture
    label: Posture
    prompt: In what posture?
    choices: [On a verdict, On a dismissal]
    model: On a dismissal.
    why: It governs every verb.
    authority: gg
    status: secondary
"""

AUTHORITY = """id: gg
kind: case
name: G.G. v. Salesforce.com, Inc.
short: G.G.
citation: 76 F.4th 544 (7th Cir. 2023)
court: 7th Cir.
decided: "2023-08-03"
holding: Reversed.
status: verified
sources: [the court]
as_of: "2026-11-23"
checked: "2026-11-23"
"""


def _indented(text: str, by: int) -> str:
    return "\n".join(" " * by + line for line in text.split("\n"))


def key_file() -> str:
    """The key to the small exercise, as a file."""
    items = "\n".join(f"  {name}:\n{_indented(text, 4)}" for name, text in KEYS.items())
    return f"exercise: 01_small\nversion: 3\nitems:\n{items}\n"


def practice_file() -> str:
    """The small exercise again, as a practice set."""
    head, *items = EXERCISE.split("  - id: ")
    return head + "".join(f"  - id: {item}    key:\n{_indented(KEYS[item[:2]], 6)}\n" for item in items)


@pytest.fixture
def small_course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A course folder with one exercise, its key, a practice set and a brief; it is the course while the test runs."""
    root = tmp_path / "course"
    files = {
        "course.py": "",
        "exercises/01_small.yaml": EXERCISE,
        "exercises/keys/01_small.yaml": key_file(),
        "exercises/practice/01_small.yaml": practice_file(),
        "exercises/briefs/01_small.yaml": BRIEF,
        "data/authorities/gg.yaml": AUTHORITY,
    }
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
    monkeypatch.setenv("KNOWING_BENEFIT_COURSE", str(root))
    return root


@pytest.fixture
def kinds_course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A course folder with one question of each newer kind, on the course's own law; it is the course while the test runs."""
    import kinds_sample

    root = tmp_path / "kinds"
    root.mkdir()
    (root / "course.py").touch()
    (root / "data").symlink_to(Path(__file__).parents[1] / "data")
    kinds_sample.write(root)
    monkeypatch.setenv("KNOWING_BENEFIT_COURSE", str(root))
    return root


# Playwright is imported where it is used: tests that need no browser run where it is not installed.

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def chromium() -> str | None:
    """A Chromium that is installed on this machine: that of ``KB_CHROMIUM``, Debian's, or any on the path."""
    found = [os.environ.get("KB_CHROMIUM"), "/usr/bin/chromium", *(shutil.which(name) for name in _NAMES)]
    return next((path for path in found if path and Path(path).is_file()), None)


@pytest.fixture(scope="session")
def launch() -> Iterator[Callable[..., Any]]:
    """Starts a headless Chromium, with further words for its command line."""
    path = chromium()
    if path is None:
        pytest.skip("no Chromium on this machine: this test looks at a page in a real browser")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # A container's root user has no sandbox; the pages are our own.
        yield lambda *words: playwright.chromium.launch(executable_path=path, args=["--no-sandbox", *words])


@pytest.fixture(scope="session")
def browser(launch: Callable[..., Any]) -> Iterator[Any]:
    """A headless Chromium, started once for all tests that look at pages."""
    opened = launch()
    yield opened
    opened.close()
