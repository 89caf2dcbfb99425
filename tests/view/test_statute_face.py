"""The statute at every date: what is shown is what was in force, changes are marked, what is inferred says so."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from knowing_benefit.law.library import Library
from knowing_benefit.law.source import CourseError
from knowing_benefit.view import statute as view
from knowing_benefit.view.statute import INFERRED, StatuteFace, stops

ROOT = Path(__file__).parents[2]
COURSE = Library(ROOT)
CIVIL = COURSE.statutes["usc-18-1595"]
EVERY = [(name, part) for name, one in COURSE.statutes.items() for part in one.current.text]

Open = Callable[..., Any]
Look = Callable[[Any], list[str]]


def joined(text: str, drop: str) -> str:
    """A marked text with one kind of change taken out and the brackets of the other removed."""
    kept = re.sub(rf"\[{drop}: [^\]]*\]", "", text)
    return re.sub(r"\[(?:added|struck): ([^\]]*)\]", r"\1", kept)


def test_a_stop_is_a_change_of_that_subsection() -> None:
    assert [stop.date for stop in stops(CIVIL, "a")] == ["Dec. 19, 2003", "Dec. 23, 2008", "Jan. 5, 2023"]
    assert [stop.span for stop in stops(CIVIL, "a")][1] == "Dec. 23, 2008, to Jan. 4, 2023"
    assert [stop.text is None for stop in stops(CIVIL, "d")] == [True, False]


@pytest.mark.parametrize(("name", "part"), EVERY)
def test_the_text_lists_every_wording_and_its_act(name: str, part: str) -> None:
    text = StatuteFace(COURSE.statutes[name], part).as_text()
    sections = text.split("\n\n", 1)[1]
    for stop in stops(COURSE.statutes[name], part):
        assert stop.span in text and stop.made.act.cite() in text
        if stop.text is not None:
            assert stop.text.strip() in joined(sections, "struck")


@pytest.mark.parametrize(("name", "part"), EVERY)
def test_runs_between_any_two_wordings_give_both_back(name: str, part: str) -> None:
    face = StatuteFace(COURSE.statutes[name], part)
    found = stops(COURSE.statutes[name], part)
    for pair, runs in face.data["pairs"].items():
        first, second = (int(place) for place in pair.split("-"))
        assert "".join(words for op, words in runs if op != "added") == (found[first].text or "")
        assert "".join(words for op, words in runs if op != "struck") == (found[second].text or "")


def test_what_is_inferred_is_shown_and_said_not_to_be_quoted() -> None:
    first, second, third = stops(CIVIL, "a")
    assert not first.quotable and first.notes() == [INFERRED]
    assert second.quotable and second.notes() == [
        "For Apr. 11, 2018, to Jan. 4, 2023 these words are inferred, not seen."
    ]
    assert third.notes() == []
    static = StatuteFace(CIVIL, "a").static()
    assert static.count("kb-inferred") == 1
    assert "[added: </span>, or attempts or conspires to benefit" in static


def test_a_change_that_a_space_interrupts_is_one_change() -> None:
    assert "[struck: this section][added: subsection (a)]" in StatuteFace(CIVIL, "c").as_text()


def test_a_subsection_that_is_none_is_answered_with_the_known_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view, "library", lambda: COURSE)
    with pytest.raises(CourseError, match=r"§ 1595 has no subsection 'z' on record\. There are: a, b, c, d"):
        view.statute("usc-18-1595", "z")
    with pytest.raises(CourseError, match="usc-18-1595"):
        view.statute("usc-18-1596", "a")
    assert view.statute("usc-47-230", "e").at == 1


# -- In a browser ------------------------------------------------------------------------------------------------------

SHOWN = StatuteFace(CIVIL, "a").as_html()


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 320])
def test_axe_finds_nothing_at_any_date(open_html: Open, violations: Look, scheme: str, width: int) -> None:
    opened = open_html(SHOWN, color_scheme=scheme, width=width)
    for _ in range(3):
        assert violations(opened.page) == []
        opened.page.locator("input[type=range]").press("ArrowLeft")
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= width
    assert opened.errors == [] and len(opened.requests) == 1


@pytest.mark.browser
def test_the_slider_goes_by_keyboard_and_marks_what_changed(open_html: Open) -> None:
    page = open_html(SHOWN).page
    slider, law = page.get_by_label("Wording in force from"), page.locator(".kb-law")
    assert slider.get_attribute("aria-valuetext") == "Jan. 5, 2023"
    assert law.locator("ins").text_content() == "[added: , or attempts or conspires to benefit]"
    slider.press("ArrowLeft")
    assert "In force Dec. 23, 2008, to Jan. 4, 2023" in page.locator("h4").inner_text()
    assert "section 1589, 1590, or 1591 of" in law.locator("del").inner_text()
    assert "Compared with the wording of Dec. 19, 2003" in page.get_by_role("status").inner_text()
    slider.press("Home")
    assert law.locator("ins, del").count() == 0
    assert INFERRED in page.inner_text("main")
    assert "kb-inferred" in law.get_attribute("class")


@pytest.mark.browser
def test_any_two_dates_are_compared_from_the_earlier_to_the_later(open_html: Open) -> None:
    page = open_html(SHOWN).page
    page.get_by_label("Compare with").select_option(label="that of Dec. 19, 2003")
    added = " ".join(page.locator(".kb-law ins").all_inner_texts())
    assert "whoever knowingly benefits" in added and "attempts or conspires" in added
    page.get_by_label("Wording in force from").press("Home")
    page.get_by_label("Compare with").select_option(label="that of Jan. 5, 2023")
    assert "whoever knowingly benefits" in page.locator(".kb-law ins").inner_text()
    page.get_by_label("Compare with").select_option(label="no other")
    assert page.locator(".kb-law ins, .kb-law del").count() == 0


@pytest.mark.browser
def test_without_scripts_every_wording_can_be_read(open_html: Open) -> None:
    page = open_html(SHOWN, java_script_enabled=False).page
    assert page.locator(".kb-law").count() == 3
    page.locator("summary").first.click()
    assert "whoever knowingly benefits" in page.locator("details .kb-law").first.inner_text()
