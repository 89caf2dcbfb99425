"""Slides: made of what a lesson has, complete without a network, turned by keys; the notes are for the speaker alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from knowing_benefit.law.library import Library
from knowing_benefit.law.source import CourseError
from knowing_benefit.publish.lessons import Lesson, read_lesson, read_lessons
from knowing_benefit.publish.slides import deck, slides, write

ROOT = Path(__file__).parents[2]
COURSE = Library(ROOT)
LESSONS = read_lessons(ROOT)
CASE = next(one for one in LESSONS if one.front.number == 1)

Look = Callable[[Any], list[str]]

BODY = """---
course:
  number: 1
  slug: small
  title: A *small* lesson
  promise: It is small.
  minutes: {reading: 20, doing: 30}
  objectives: [{id: "1.1", text: See}, {id: "1.2", text: Hear}, {id: "1.3", text: Say}]
  as_of: "2026-11-23"
---
```{code-cell} ipython3
from knowing_benefit import begin; begin("01_small")
```

## Whom do you name?

A mother looks for her daughter on a site with many advertisements, for three days. She finds a listing in {case}`gg-salesforce-7th-2023`, and it stays up for as long as she looks. She calls a lawyer.

Who is to answer? Yours is the signature. Whom do you name?

:::{predict} Whom would you sue?
The nearest one.
:::

## What it asks

The first. The second, with so many words that a slide of it has enough to stand alone in front of a room that is full. The third is not shown.

:::{other-side} Why the vendor should win
It sold a tool to a business that was lawful when it bought the tool. It sold it to all who paid for it, on the same terms. There is more.
:::

:::{how-we-know} The words
They were seen.
:::

:::{takeaway}
Say this.
:::

## Practice

Nothing of this is for the room.

```{code-cell} ipython3
from knowing_benefit import practice; practice("01_small")
```

:::{instructor} Teaching this lesson
The plan of the hour.
:::

:::{instructor} Questions
The question behind it.
:::

:::{instructor} Board
Three columns.
:::
"""


@pytest.fixture
def small(tmp_path: Path) -> Lesson:
    path = tmp_path / "01_small.md"
    path.write_text(BODY, "utf-8")
    return read_lesson(path)


def test_slides_are_made_of_what_a_lesson_has(small: Lesson) -> None:
    made = slides(small, COURSE)
    assert [one.title for one in made] == [
        "A *small* lesson",
        "Whom do you name?",
        "Before you read on",
        "What it asks",
        "The other side",
        "Take-away",
        "After class",
    ]
    opening, asked, section, other = made[1:5]
    text = " ".join(opening.body)
    assert "She finds a listing in <em>G.G.</em>" in text and "She calls a lawyer" not in text
    assert '<div class="question"><p>Whom do you name?</p>' in text
    assert "Whom would you sue?" in asked.body[0] and "<summary>An answer</summary><p>The nearest one." in asked.body[1]
    assert "The second," in section.body[0] and "The third" not in section.body[0]
    assert "Why the vendor should win" in other.body[0] and "There is more" not in other.body[0]
    assert "Practice: every choice is explained at once." in made[-1].body[0]
    assert not any("Nothing of this is for the room" in part for one in made for part in one.body)


def test_notes_stand_where_they_are_needed(small: Lesson) -> None:
    made = {one.title: " ".join(one.notes) for one in slides(small, COURSE)}
    assert "The plan of the hour." in made["A *small* lesson"]
    assert "The question behind it." in made["Whom do you name?"]
    assert "Three columns." in made["Take-away"]
    assert "They were seen." in made["The other side"]


def test_what_students_are_given_has_no_notes(small: Lesson) -> None:
    assert "The plan of the hour." in deck(small, COURSE)
    given = deck(small, COURSE, notes=False)
    assert "The plan of the hour." not in given and "<aside" not in given


def test_one_lesson_is_written_by_number_or_name(tmp_path: Path) -> None:
    assert [path.name for path in write(COURSE, tmp_path, only="1")] == ["01_the_case.html"]
    assert [path.name for path in write(COURSE, tmp_path, only="01_the_case")] == ["01_the_case.html"]
    with pytest.raises(CourseError, match="There is no lesson '77'"):
        write(COURSE, tmp_path, only="77")


@pytest.mark.parametrize("one", LESSONS, ids=lambda one: one.name)
def test_every_lesson_gives_slides_and_the_same_ones_again(one: Lesson) -> None:
    made = deck(one, COURSE)
    assert made == deck(one, COURSE)
    assert re.search(r"(?:src|href)=\"(?:https?:)?//", made) is None
    assert "{cite}`" not in made and "{case}`" not in made and ":::" not in made
    for code, _ in one.cells():
        if found := re.search(r'figure\("([\w-]+)"\)', code):
            assert f"<h3>{COURSE.figures[found[1]].title.replace(chr(39), '&#x27;')}</h3>" in made


# -- In a browser ------------------------------------------------------------------------------------------------------


@pytest.fixture
def shown(browser: Any, tmp_path: Path) -> Iterator[tuple[Any, list[str]]]:
    [path] = write(COURSE, tmp_path, only="1")
    context = browser.new_context(viewport={"width": 1280, "height": 720}, offline=True)
    page, seen = context.new_page(), []
    page.on("request", lambda request: seen.append(request.url))
    page.on("pageerror", lambda error: seen.append(str(error)))
    page.goto(path.as_uri())
    yield page, seen
    context.close()


def on_show(page: Any) -> str:
    [label] = page.eval_on_selector_all(
        "main > section", "all => all.filter((one) => !one.hidden).map((one) => one.getAttribute('aria-label'))"
    )
    return str(label)


@pytest.mark.browser
def test_keys_turn_slides_and_nothing_is_asked_of_a_network(shown: tuple[Any, list[str]]) -> None:
    page, seen = shown
    count = page.locator("main > section").count()
    assert on_show(page) == f"Slide 1 of {count}"
    for key, place in (
        ("ArrowRight", 2),
        ("PageDown", 3),
        ("ArrowLeft", 2),
        ("End", count),
        ("ArrowRight", count),
        ("Home", 1),
    ):
        page.keyboard.press(key)
        assert on_show(page) == f"Slide {place} of {count}"
        assert page.get_by_role("status").last.inner_text() == f"{place} of {count}"
    page.get_by_role("button", name="Next").click()
    assert on_show(page) == f"Slide 2 of {count}" and page.url.endswith("#2")
    assert len(seen) == 1


@pytest.mark.browser
def test_notes_are_shown_when_asked_for(shown: tuple[Any, list[str]]) -> None:
    page, _ = shown
    assert not page.locator("main > section:not([hidden]) aside").is_visible()
    page.keyboard.press("n")
    assert "If the hour runs short" in page.locator("main > section:not([hidden]) aside").inner_text()


@pytest.mark.browser
def test_a_lab_is_alive_on_its_slide_and_keeps_its_keys(shown: tuple[Any, list[str]]) -> None:
    page, _ = shown
    place = page.evaluate(
        "[...document.querySelectorAll('main > section')].findIndex((one) => one.querySelector('.kb-lab'))"
    )
    page.evaluate(f"location.hash = '{place + 1}'")
    page.wait_for_function(f"!document.querySelectorAll('main > section')[{place}].hidden")
    radio = page.locator(".kb-lab input[type=radio]:visible").first
    radio.focus()
    before = on_show(page)
    page.keyboard.press("ArrowRight")
    assert on_show(page) == before


@pytest.mark.browser
def test_axe_finds_nothing_on_any_slide(shown: tuple[Any, list[str]], violations: Look) -> None:
    page, _ = shown
    page.keyboard.press("n")
    for _ in range(page.locator("main > section").count()):
        assert violations(page) == [], on_show(page)
        page.evaluate("document.activeElement.blur()")
        page.keyboard.press("ArrowRight")


@pytest.mark.browser
def test_on_paper_every_slide_is_printed(shown: tuple[Any, list[str]]) -> None:
    page, _ = shown
    page.emulate_media(media="print")
    assert page.locator("main > section:visible").count() == page.locator("main > section").count()
    assert not page.locator("nav").is_visible()


@pytest.mark.browser
def test_every_slide_fits_its_screen(browser: Any, tmp_path: Path) -> None:
    """At 1280 by 720. What may scroll: the timeline, the longest statute, and a drawing that has its least width."""
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    too_long = {}
    for path in write(COURSE, tmp_path):
        page.goto(path.as_uri())
        found = page.evaluate(
            """() => [...document.querySelectorAll('main > section')].filter((slide, place) => {
              if (place) document.querySelector('nav button[value="1"]').click();
              const { scrollHeight, scrollWidth } = document.documentElement, drawn = slide.querySelector('.kb-figure .kb-drawn');
              const may = slide.querySelector('.kb-timeline, .kb-statute')
                || (drawn && Math.abs(drawn.offsetWidth - parseFloat(drawn.style.minWidth)) < 2);
              return scrollWidth > innerWidth || (scrollHeight > innerHeight && !may);
            }).map((slide) => slide.getAttribute('aria-label'))"""
        )
        if found:
            too_long[path.stem] = found
    page.close()
    assert too_long == {}
