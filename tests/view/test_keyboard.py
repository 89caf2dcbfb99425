"""Whole graded exercises of the course by keyboard alone, on a page with no server: answered, kept, handed in, and graded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from keyboard import ESSAY, Keyboard

from knowing_benefit.assess import handin, scoring, variants
from knowing_benefit.assess.grade import load_keyed
from knowing_benefit.assess.kinds import KINDS, Written
from knowing_benefit.law.library import library
from knowing_benefit.view.exercise import exercise

EXERCISES = ["02_crime_to_claim", "13_capstone"]


@pytest.mark.browser
@pytest.mark.parametrize("name", EXERCISES)
def test_a_whole_exercise_by_keyboard_alone_earns_every_point(name: str, open_html: Callable[..., Any]) -> None:
    found = load_keyed(library().root / "exercises", [name])[name]
    items = found.exercise.items
    keys = variants.keyed(library(), name, items, found.keys, "X17", variants.PUBLIC)
    opened = open_html(exercise(name).as_html())
    page, said = opened.page, f"{len(items)} of {len(items)} answered, all saved"
    waits = "text => document.querySelector('.kb-progress').textContent === text"
    page.wait_for_function("() => document.querySelector('.kb-progress')?.textContent.startsWith('0 of')")
    reader = Keyboard(page, ".kb-exercise")
    reader.begin()
    reader.answer(items, keys, "X17")
    page.wait_for_function(waits, arg=said)
    page.reload()
    page.wait_for_function(waits, arg=said)
    reader.begin()
    page.locator(".kb-item").last.locator("textarea").focus()
    reader.hand_in("X17")
    page.wait_for_selector(".kb-outcome a")
    with page.expect_download() as download:
        page.locator(".kb-outcome a").press("Enter")
    sheet = handin.read(Path(download.value.path()).read_bytes()).sheets[0]
    for item in items:
        value = sheet.items[item.id]
        if isinstance(item, Written):
            assert value == ESSAY
        else:
            assert scoring.score(item, keys[item.id], value) == item.points, item.id
    assert opened.errors == []


def test_between_them_they_have_every_kind() -> None:
    kinds = {
        item.kind for one in load_keyed(library().root / "exercises", EXERCISES).values() for item in one.exercise.items
    }
    assert kinds == set(KINDS)
