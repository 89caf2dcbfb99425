"""The lab says the same in words, on a page with no kernel, and in Python; and everybody can use it."""

from __future__ import annotations

import base64
import dataclasses
import os
import random
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from knowing_benefit.law.analysis import OUTCOMES, Column, Table, table, turning_points
from knowing_benefit.law.library import Library
from knowing_benefit.view.lab import Lab
from knowing_benefit.view.memo import SENTENCE, word

ROOT = Path(__file__).parents[2]
LIBRARY = Library(ROOT)
RESULTS = ("met", "not met", "open")

Open = Callable[..., Any]
Look = Callable[[Any], list[str]]


@pytest.fixture(scope="module")
def found() -> Table:
    """The table of the first lesson's case."""
    case = LIBRARY.hypothetical("gg-as-pleaded")
    return table(LIBRARY, case, [LIBRARY.reading(name) for name in case.readings])


@pytest.fixture(scope="module")
def shown(found: Table) -> str:
    """Its lab, as the HTML of a built notebook."""
    return Lab(LIBRARY, found).as_html()


def flat(text: str) -> str:
    """Text with its line breaks taken out."""
    return " ".join(text.split())


# -- In words ----------------------------------------------------------------------------------------------------------


def test_the_words_say_every_reading_element_and_verdict(found: Table) -> None:
    text = flat(Lab(LIBRARY, found).as_text())
    assert flat(found.hypothetical.story) in text
    for switch in found.hypothetical.switches:
        assert flat(switch.label) in text
    parts = re.split("|".join(re.escape(entry.reading.title) for entry in found.readings.values()), text)[1:]
    assert len(parts) == len(found.readings), "each reading has one part of its own"
    for entry, part in zip(found.readings.values(), parts, strict=True):
        assert SENTENCE[OUTCOMES[entry.outcomes[0]]] in part
        for branch in LIBRARY.branches:
            given = entry.columns[branch.id].at(0)
            assert f"{branch.title}: {word(given)}. {flat(given.why)}" in part
            if given.authority:
                assert LIBRARY.named(given.authority).short in part
        assert part.count(" Then: ") == len(turning_points(entry.outcomes, 0))


def with_answer(found: Table, name: str, element: str, **changes: Any) -> Table:
    """The table with one answer of the story changed."""
    entry = found.readings[name]
    column = entry.columns[element]
    changed = column.at(0).model_copy(update=changes)
    size = len(column.cells)
    lone = Column(column.switches, (0,) + (1,) * (size - 1), (changed, column.at(0)))
    return with_entry(found, name, columns={**entry.columns, element: lone})


def with_entry(found: Table, name: str, **changes: Any) -> Table:
    entry = dataclasses.replace(found.readings[name], **changes)
    return dataclasses.replace(found, readings={**found.readings, name: entry})


def test_a_changed_answer_changes_the_words_and_the_page(found: Table) -> None:
    before = Lab(LIBRARY, found)
    text, static = before.as_text(), before.static()
    for name, entry in found.readings.items():
        for element, column in entry.columns.items():
            other = next(result for result in RESULTS if result != column.at(0).result)
            for changes in ({"result": other}, {"why": "For another reason."}):
                after = Lab(LIBRARY, with_answer(found, name, element, **changes))
                assert after.as_text() != text, (name, element, changes)
                assert after.static() != static, (name, element, changes)


def test_a_changed_verdict_changes_the_words_and_the_page(found: Table) -> None:
    before = Lab(LIBRARY, found)
    for name, entry in found.readings.items():
        for code in set(OUTCOMES) - {entry.outcomes[0]}:
            after = Lab(LIBRARY, with_entry(found, name, outcomes=code + entry.outcomes[1:]))
            assert after.as_text() != before.as_text()
            assert after.static() != before.static()


def test_a_changed_turning_point_changes_the_words(found: Table) -> None:
    text = Lab(LIBRARY, found).as_text()
    for name, entry in found.readings.items():
        for number in range(len(found.hypothetical.switches)):
            place = 1 << number
            other = "s" if entry.outcomes[place] != "s" else "d"
            outcomes = entry.outcomes[:place] + other + entry.outcomes[place + 1 :]
            assert Lab(LIBRARY, with_entry(found, name, outcomes=outcomes)).as_text() != text


_SAY = "import sys; from knowing_benefit import lab; shown = lab('gg-as-pleaded'); sys.stdout.write(shown.as_text() + shown.as_html())"


def test_words_and_page_are_the_same_in_every_process(found: Table, shown: str) -> None:
    for seed in ("1", "2"):
        env = {
            **os.environ,
            "PYTHONHASHSEED": seed,
            "PYTHONPATH": str(ROOT / "src"),
            "KNOWING_BENEFIT_COURSE": str(ROOT),
        }
        said = subprocess.run(
            [sys.executable, "-c", _SAY], env=env, capture_output=True, text=True, encoding="utf-8", check=True
        )
        assert said.stdout == Lab(LIBRARY, found).as_text() + shown


def test_nothing_in_the_data_ends_the_script(found: Table) -> None:
    bad = "</script><script>document.title = 'taken'</script><!-- <b>bold</b> & \u2028 ${1} %s %(data)s"
    case = found.hypothetical.model_copy(update={"story": bad, "title": bad})
    html = Lab(LIBRARY, dataclasses.replace(found, hypothetical=case)).as_html()
    assert html.count("</script") == 1, "the one that ends the module"
    assert html.rstrip().endswith("</script>")
    assert html.count("<script") == 1
    assert "<!--" not in html


@pytest.mark.browser
def test_text_that_looks_like_markup_stays_text(found: Table, open_html: Open) -> None:
    bad = "</script><script>document.title = 'taken'</script><img src=x onerror=\"document.title='taken'\"> & \u2028"
    case = found.hypothetical.model_copy(update={"story": bad, "title": bad})
    opened = open_html(Lab(LIBRARY, dataclasses.replace(found, hypothetical=case)).as_html())
    opened.page.wait_for_selector("[data-kb-live] select")
    assert opened.page.title() == "A page"
    assert bad.strip() in opened.page.locator("[data-kb-face] h3").inner_text()
    assert opened.errors == []


# -- Turning points, twice ---------------------------------------------------------------------------------------------


@pytest.mark.browser
def test_turning_points_are_the_same_in_javascript(found: Table, open_html: Open) -> None:
    chance = random.Random(1595)
    strings = [
        "".join(chance.choices(code, k=1 << count))
        for count in range(7)
        for code in ("sdbo", "sd", "sssssd")
        for _ in range(4)
    ]
    asked = [(outcomes, setting) for outcomes in strings for setting in range(len(outcomes))]
    largest = "".join(chance.choices("sdbo", k=1024))
    asked += [(largest, setting) for setting in chance.sample(range(1024), 3)]
    for entry in found.readings.values():
        settings = range(len(entry.outcomes))
        asked += [
            (entry.outcomes, setting)
            for setting in (settings if len(settings) <= 256 else chance.sample(settings, 256))
        ]
    module = base64.b64encode(Lab.module().encode()).decode()
    answers = open_html("").page.evaluate(
        """async ([module, asked]) => {
            const { turningPoints } = await import("data:text/javascript;base64," + module);
            return asked.map(([outcomes, setting]) => turningPoints(outcomes, setting));
        }""",
        [module, asked],
    )
    for (outcomes, setting), said in zip(asked, answers, strict=True):
        mine = turning_points(outcomes, setting)
        assert [(tuple(numbers), OUTCOMES[code]) for numbers, code in said] == mine, (outcomes, setting)


# -- On a page with no kernel ------------------------------------------------------------------------------------------


def live(opened: Any) -> Any:
    """The page, once its lab is alive."""
    opened.page.wait_for_selector("[data-kb-live] select")
    return opened.page


def rows(page: Any) -> list[list[str]]:
    """Element, result and reason of each row, as a reader sees them."""
    found: list[list[str]] = page.evaluate(
        """() => [...document.querySelectorAll(".kb-ruling tbody tr:not(.kb-group)")].map((row) =>
            [...row.children].map((cell) => cell.innerText.trim().replace(/\\s+/g, " ")))"""
    )
    return found


@pytest.mark.browser
def test_the_page_is_alive_with_no_kernel_and_no_network(found: Table, shown: str, open_html: Open) -> None:
    opened = open_html(shown)
    page = live(opened)
    first = next(iter(found.readings.values()))
    assert page.locator(".kb-verdict").inner_text() == SENTENCE[OUTCOMES[first.outcomes[0]]]
    assert opened.errors == []
    assert opened.requests == [page.url], "the page itself and nothing else"


@pytest.mark.browser
def test_the_page_shows_what_python_worked_out(found: Table, shown: str, open_html: Open) -> None:
    page = live(open_html(shown))
    chance = random.Random(230)
    switches = found.hypothetical.switches
    for name, entry in found.readings.items():
        page.select_option("select", name)
        for setting in {
            0,
            *(1 << number for number in range(len(switches))),
            *chance.sample(range(len(entry.outcomes)), 12),
        }:
            values = [switch.positions[setting >> number & 1] for number, switch in enumerate(switches)]
            page.evaluate(
                """(values) => document.querySelectorAll(".kb-switch").forEach((row, i) =>
                    row.querySelector(`input[value="${values[i]}"]`).click())""",
                values,
            )
            assert page.locator(".kb-verdict").inner_text() == SENTENCE[OUTCOMES[entry.outcomes[setting]]]
            for branch, (element, result, why) in zip(LIBRARY.branches, rows(page), strict=True):
                given = entry.columns[branch.id].at(setting)
                assert (element, result) == (branch.title, word(given))
                assert why.startswith(flat(given.why))
                if given.authority:
                    assert LIBRARY.named(given.authority).short in why
                    assert str(given.status) in why, "the badge, in words"
            points = turning_points(entry.outcomes, setting)
            assert page.locator(".kb-turns li").count() == min(len(points), 6)


def deciding(found: Table) -> tuple[int, str]:
    """A switch that changes the first reading's result when it is turned alone, and the result then."""
    entry = next(iter(found.readings.values()))
    numbers, then = next((numbers, then) for numbers, then in turning_points(entry.outcomes, 0) if len(numbers) == 1)
    return numbers[0], then


@pytest.mark.browser
def test_the_keyboard_turns_a_switch_and_the_result_is_announced(found: Table, shown: str, open_html: Open) -> None:
    page = live(open_html(shown))
    number, then = deciding(found)
    said = page.locator("[role=status]")
    assert said.get_attribute("aria-live") == "polite"
    assert said.inner_text() == "", "nothing is announced before anything happens"
    # By Tab alone, as someone without a mouse gets there: each switch is one stop.
    for _ in range(60):
        page.keyboard.press("Tab")
        at = page.evaluate(
            """() => [...document.querySelectorAll(".kb-switch")].indexOf(document.activeElement.closest(".kb-switch"))"""
        )
        if at == number:
            break
    assert at == number
    outline = page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none", "what has the focus can be seen"
    focused = page.evaluate("() => document.activeElement.value")
    assert focused == found.hypothetical.switches[number].positions[0]
    values = ["yes", "no", "unknown"]
    shown_in_order = sorted(found.hypothetical.switches[number].positions, key=values.index)
    page.keyboard.press("ArrowDown" if shown_in_order[0] == focused else "ArrowUp")
    assert page.locator(".kb-verdict").inner_text() == SENTENCE[then]
    assert SENTENCE[then] in said.inner_text()
    assert next(iter(found.readings.values())).reading.short in said.inner_text()
    assert page.evaluate("() => document.activeElement.type") == "radio", "the focus stays where it was"
    assert "(changed)" in page.locator(".kb-switch").nth(number).inner_text()


@pytest.mark.browser
def test_a_switch_writes_only_the_answers_that_it_changes(found: Table, shown: str, open_html: Open) -> None:
    page = live(open_html(shown))
    entry = next(iter(found.readings.values()))
    number, _ = deciding(found)
    page.evaluate(
        "() => document.querySelectorAll('.kb-ruling tbody td:nth-child(3)').forEach((td) => { td.dataset.old = ''; })"
    )
    second = found.hypothetical.switches[number].positions[1]
    page.locator(".kb-switch").nth(number).locator(f"input[value={second}]").click()
    kept = page.evaluate(
        "() => [...document.querySelectorAll('.kb-ruling tbody td:nth-child(3)')].map((td) => 'old' in td.dataset)"
    )
    columns = [entry.columns[branch.id] for branch in LIBRARY.branches]
    assert kept == [column.at(0) == column.at(1 << number) for column in columns]
    assert {True, False} == set(kept)


@pytest.mark.browser
def test_try_it_and_back_to_the_story(found: Table, shown: str, open_html: Open) -> None:
    page = live(open_html(shown))
    entry = next(iter(found.readings.values()))
    before = rows(page)
    numbers, then = turning_points(entry.outcomes, 0)[0]
    page.locator(".kb-try").first.focus()
    page.keyboard.press("Enter")
    assert page.locator(".kb-verdict").inner_text() == SENTENCE[then]
    for number in numbers:
        second = found.hypothetical.switches[number].positions[1]
        assert page.locator(".kb-switch").nth(number).locator(f"input[value={second}]").is_checked()
    assert page.evaluate("() => document.activeElement.textContent") == SENTENCE[then], (
        "the focus is not lost with the button"
    )
    said = page.locator("[role=status]").inner_text()
    assert "Changed: " in said
    assert SENTENCE[then] not in said, "the verdict has the focus, and is said by that"
    back = page.get_by_role("button", name="Back to the story")
    assert back.is_enabled()
    back.focus()
    page.keyboard.press("Enter")
    assert rows(page) == before
    assert back.is_disabled()


@pytest.mark.browser
def test_two_copies_on_one_page_do_not_disturb_each_other(found: Table, shown: str, open_html: Open) -> None:
    opened = open_html(shown + shown)
    page = live(opened)
    number, _ = deciding(found)
    labs = page.locator("[data-kb-face]")
    assert labs.count() == 2
    labs.nth(0).locator(".kb-switch").nth(number).locator("input:not(:checked)").click()
    verdicts = [labs.nth(place).locator(".kb-verdict").inner_text() for place in (0, 1)]
    assert verdicts[0] != verdicts[1]
    assert page.evaluate(
        "() => new Set([...document.querySelectorAll('[id]')].map((el) => el.id)).size === document.querySelectorAll('[id]').length"
    )
    assert opened.errors == []


@pytest.mark.browser
def test_it_comes_alive_where_its_element_comes_late(shown: str, open_html: Open) -> None:
    """JupyterLab runs an output's scripts before it puts the output on the page."""
    style, _, rest = shown.partition("</style>\n")
    element, _, script = rest.partition("\n<script")
    late = f'<template id="late">{style}</style>{element}</template><script{script}'
    opened = open_html(late)
    opened.page.wait_for_timeout(200)
    opened.page.evaluate("() => document.querySelector('main').append(document.getElementById('late').content)")
    live(opened)
    assert opened.errors == []


@pytest.mark.browser
def test_without_scripts_it_can_be_read(found: Table, shown: str, open_html: Open) -> None:
    page = open_html(shown, java_script_enabled=False).page
    text = flat(page.locator("main").text_content())
    assert flat(found.hypothetical.story) in text
    for entry in found.readings.values():
        assert SENTENCE[OUTCOMES[entry.outcomes[0]]] in text
        for branch in LIBRARY.branches:
            assert flat(entry.columns[branch.id].at(0).why) in text


# -- For everybody -----------------------------------------------------------------------------------------------------


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(
    found: Table, shown: str, open_html: Open, violations: Look, scheme: str, width: int
) -> None:
    page = live(open_html(shown, width=width, color_scheme=scheme))
    assert violations(page) == []
    # Every colour of a result is on show somewhere: the other readings open, a switch turned, each reading in turn.
    page.evaluate("() => document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    number, _ = deciding(found)
    page.locator(".kb-switch").nth(number).locator("input:not(:checked)").click()
    for name in found.readings:
        page.select_option("select", name)
        assert violations(page) == [], name


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_page_without_scripts(
    shown: str, open_html: Open, violations: Look, scheme: str
) -> None:
    page = open_html(shown.partition("<script")[0], color_scheme=scheme).page
    page.evaluate("() => document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert violations(page) == []


@pytest.mark.browser
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_theme_of_jupyterlab_beats_that_of_the_system(
    shown: str, open_html: Open, violations: Look, theme: str
) -> None:
    other = "dark" if theme == "light" else "light"
    body = f'<div data-jp-theme-light="{"true" if theme == "light" else "false"}">{shown}</div>'
    page = live(open_html(body, color_scheme=other))
    rgb = page.evaluate(
        "() => getComputedStyle(document.querySelector('.kb')).backgroundColor.match(/\\d+/g).map(Number)"
    )
    assert (sum(rgb[:3]) > 600) == (theme == "light")
    assert violations(page) == []


@pytest.mark.browser
@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_nothing_is_cut_off_on_a_narrow_screen(shown: str, open_html: Open, width: int) -> None:
    page = live(open_html(shown, width=width))
    page.evaluate("() => document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width


@pytest.mark.browser
def test_controls_are_large_enough_for_a_finger(shown: str, open_html: Open) -> None:
    page = live(open_html(shown, width=390, has_touch=True, is_mobile=True))
    small = page.evaluate(
        """() => [...document.querySelectorAll(".kb-positions label, .kb button, .kb select")].map((el) => [el.innerText.slice(0, 30), el.getBoundingClientRect().height])
            .filter(([, height]) => height < 44)"""
    )
    assert small == []
