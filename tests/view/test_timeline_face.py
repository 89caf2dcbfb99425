"""The timeline: no label meets another, colors can be told apart, words and table carry everything, controls work with no kernel."""

from __future__ import annotations

import itertools
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from knowing_benefit.law.dates import PartialDate
from knowing_benefit.law.library import Library
from knowing_benefit.law.timeline import Event
from knowing_benefit.view import drawing
from knowing_benefit.view import timeline as view
from knowing_benefit.view.markup import badge
from knowing_benefit.view.timeline import Timeline

ROOT = Path(__file__).parents[2]
COURSE = Library(ROOT)
EVENTS = COURSE.timeline
LANES = [lane.id for lane in EVENTS.lanes]

Open = Callable[..., Any]
Look = Callable[[Any], list[str]]
Box = tuple[float, float, float, float]


@pytest.fixture(scope="module")
def face() -> Timeline:
    """The timeline as a lesson shows it first."""
    return Timeline(COURSE, LANES, "whole")


@pytest.fixture(scope="module")
def shown(face: Timeline) -> str:
    """The same as the HTML of a built notebook."""
    return face.as_html()


def strips() -> Iterator[tuple[str, drawing.Strip]]:
    """Every strip that the face can show, with its span."""
    stretches = [(span.id, drawing.Scale(span.first, span.last), EVENTS.shown(span=span.id)) for span in EVENTS.spans]
    before = EVENTS.before_contract()
    stretches.append(("public", drawing.Scale(EVENTS.spans[0].first, before.when.last), before.public))
    for name, scale, events in stretches:
        for lane in EVENTS.lanes:
            own = [event for event in events if event.lane == lane.id]
            if own:
                yield name, drawing.strip(lane, own, scale, drawing.LINES.get(name))


STRIPS = list(strips())
NAMES = [f"{span}-{strip.lane.id}" for span, strip in STRIPS]


# -- The layout --------------------------------------------------------------------------------------------------------


def drawn(strip: drawing.Strip) -> tuple[dict[str, Box], dict[str, Box]]:
    """The boxes of labels and of marks as matplotlib really drew them, by event."""
    figure = drawing.strip_figure(strip, drawing.contract(EVENTS))
    figure.draw_without_rendering()
    labels, marks = {}, {}
    for artist in figure.axes[0].get_children():
        kind, _, event = (artist.get_gid() or "").partition(":")
        if kind in ("label", "mark"):
            (labels if kind == "label" else marks)[event] = artist.get_window_extent().extents
    return labels, marks


def apart(one: Box, other: Box) -> bool:
    return bool(one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1])


@pytest.mark.parametrize("strip", [strip for _, strip in STRIPS], ids=NAMES)
def test_no_label_meets_a_label_or_a_mark_or_leaves_the_strip(strip: drawing.Strip) -> None:
    labels, marks = drawn(strip)
    assert set(marks) == {item.event.id for item in strip.placed}
    assert set(labels) == {item.event.id for item in strip.placed if item.label is not None}
    for (one, box), (other, second) in itertools.combinations(labels.items(), 2):
        assert apart(box, second), f"{one} and {other}"
    for (one, box), (other, second) in itertools.product(labels.items(), marks.items()):
        assert apart(box, second), f"the label of {one} and the mark of {other}"
    for name, box in {**marks, **labels}.items():
        assert box[0] >= 0 and box[2] <= drawing.WIDTH, name
        assert box[1] >= 0 and box[3] <= strip.height, name


def test_what_matters_most_is_labelled_everywhere() -> None:
    for span, strip in STRIPS:
        for item in strip.placed:
            if item.event.weight == 3 or span != "whole":
                assert item.label is not None, f"{item.event.id} in {span}"


def test_a_label_that_fits_nowhere_is_left_out_and_its_mark_stays() -> None:
    long = EVENTS.event("consultations").model_copy(update={"date": PartialDate(1997), "until": PartialDate(2025)})
    scale = drawing.Scale(EVENTS.spans[0].first, EVENTS.spans[0].last)
    [item] = drawing.strip(EVENTS.lane("salesforce"), [long], scale).placed
    assert item.label is None
    assert item.right - item.left > 0.9 * drawing.WIDTH


def test_a_year_is_a_bar_of_that_year_and_a_day_is_a_point() -> None:
    placed = {item.event.id: item for span, strip in STRIPS if span == "contract" for item in strip.placed}
    year = drawing.WIDTH / 9  # 2010 to 2018
    bar = placed["salesforce-contract"]
    assert bar.right - bar.left == pytest.approx(year, abs=1)
    assert bar.left == pytest.approx(3 * year, abs=1)  # where 2013 begins
    lasting = placed["consultations"]
    assert lasting.right - lasting.left == pytest.approx(5 * year, abs=1)
    point = placed["dart"]
    assert point.right - point.left == pytest.approx(2 * drawing.MARK)


def test_what_helps_the_defendant_is_hollow_and_nothing_else_is(face: Timeline) -> None:
    drawings = "".join(svg for span in face.data["spans"] for svg in span["strips"].values())
    hollow = set(re.findall(r'<g data-e="([a-z0-9-]+)"><path class="kb-hollow"', drawings))
    assert hollow == {event.id for event in EVENTS.events if event.favors == "defendant"}


# -- Color -------------------------------------------------------------------------------------------------------------


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colors, as WCAG 2 has it."""

    def light(color: str) -> float:
        parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        red, green, blue = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("ground", ["paper", "panel"])
def test_every_hue_can_be_read_as_text_on_its_ground(ground: str, scheme: int) -> None:
    colors = drawing.palette()
    for name in [*LANES, "ink", "muted"]:
        assert contrast(colors[name][scheme], colors[ground][scheme]) >= 4.5, name


def test_every_lane_has_a_hue_and_a_mark_of_its_own() -> None:
    colors = drawing.palette()
    for scheme in (0, 1):
        assert len({colors[lane][scheme] for lane in LANES}) == len(LANES)
    assert set(drawing.SHAPES) == set(LANES)
    assert (
        len({mark for mark, _ in drawing.SHAPES.values()})
        == len({corners for _, corners in drawing.SHAPES.values()})
        == 7
    )


# -- The same bytes ----------------------------------------------------------------------------------------------------

_PRINT = """
import hashlib
from pathlib import Path
from knowing_benefit.law.library import Library
from knowing_benefit.view import drawing
from knowing_benefit.view.timeline import Timeline
course = Library(Path({root!r}))
face = Timeline(course, [lane.id for lane in course.timeline.lanes], "whole")
sheet = drawing.sheet(course.timeline)
print(hashlib.sha256((face.as_html() + face.as_text() + sheet.svg).encode()).hexdigest())
"""


def test_two_processes_give_the_same_bytes() -> None:
    def run(seed: str) -> str:
        command = [sys.executable, "-c", _PRINT.format(root=str(ROOT))]
        return subprocess.run(
            command, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout

    assert run("1") == run("2")


# -- Words -------------------------------------------------------------------------------------------------------------


def test_the_text_has_every_event_with_date_lane_badge_and_authority(face: Timeline) -> None:
    lines = face.as_text().split("\n")
    for event in EVENTS.events:
        lane, authority = EVENTS.lane(event.lane).title, COURSE.authority(event.authority).short
        assert f"{event.when()} | {lane} | {event.label} | {badge(event.status)} | {authority}" in lines


def test_the_text_answers_what_was_public_with_both_sides(face: Timeline) -> None:
    answer = face.as_text().partition(view.QUESTION)[2]
    before = EVENTS.before_contract()
    assert f"{len(before.public)} of these events were public" in answer
    for event in [*before.public, *before.unsure, *before.hidden]:
        assert event.label in answer
    assert (
        answer.index("Helps the plaintiff") < answer.index("21 attorneys general") < answer.index("Helps the defendant")
    )
    assert answer.index("Helps the defendant") < answer.index("M.A. loses") < answer.index("The law and the background")
    assert "The pleading gives 2013 and no day" in answer


def with_event(name: str, **change: Any) -> Library:
    """The course with one event changed."""
    course = Library(ROOT)
    events = [event.model_copy(update=change) if event.id == name else event for event in EVENTS.events]
    course.__dict__["timeline"] = EVENTS.model_copy(update={"events": events})
    return course


@pytest.mark.parametrize(
    "change",
    [
        {"date": PartialDate(2011, 9, 1)},
        {"status": "secondary"},
        {"public": False},
        {"favors": "neither"},
        {"authority": "ag-letter-2010"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_change_in_an_event_changes_the_text(face: Timeline, change: dict[str, Any]) -> None:
    assert Timeline(with_event("ag-letter-2011", **change), LANES, "whole").as_text() != face.as_text()


def test_lanes_and_years_narrow_text_and_figure() -> None:
    narrow = Timeline(COURSE, ["gg"], "litigation")
    listed = narrow.as_text().partition(view.QUESTION)[0]
    assert "Dismissed: section 230, and no claim" in listed
    assert "G.G., thirteen" not in listed and "FOSTA signed" not in listed
    figure = narrow.static().partition("</figure>")[0]
    assert figure.count('<div class="kb-lane">') == 1
    assert "The G.G. litigation, 11" in figure


def test_a_name_that_is_none_is_answered_with_the_known_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view, "library", lambda: COURSE)
    with pytest.raises(ValueError, match=r"There is no lane 'warning'; there are: .*Did you mean 'warnings'"):
        view.timeline(lanes=["warning"])
    with pytest.raises(ValueError, match="There is no span 'all'"):
        view.timeline(span="all")
    assert view.timeline(lanes=["gg", "statutes"]).lanes == ["statutes", "gg"]
    assert view.timeline().span == "whole"


# -- HTML --------------------------------------------------------------------------------------------------------------


def rows(html: str) -> dict[str, list[str]]:
    """The table's rows by event: the text of their cells."""
    table = ElementTree.fromstring(re.search(r"<table>.*?</table>", html, re.S)[0])  # type: ignore[index]
    assert [head.get("scope") for head in table.iter("th") if head.get("scope") == "col"] == ["col"] * 5
    return {
        row.attrib["data-e"]: ["".join(cell.itertext()) for cell in row]
        for row in table.iter("tr")
        if "data-e" in row.attrib
    }


def test_the_table_has_every_event_in_order(face: Timeline) -> None:
    found = rows(face.static())
    assert list(found) == [event.id for event in EVENTS.in_order]
    for event in EVENTS.events:
        date, lane, text, known, authority = found[event.id]
        assert (date, lane) == (event.when(), EVENTS.lane(event.lane).title)
        assert event.label in text and event.text in text
        assert (known, authority) == (badge(event.status), COURSE.authority(event.authority).short)
    assert face.static().count('<th scope="row">') == len(EVENTS.events)


@pytest.mark.parametrize("span", [span.id for span in EVENTS.spans])
def test_the_figure_says_what_a_seeing_reader_concludes(span: str) -> None:
    html = Timeline(COURSE, LANES, span).static()
    [alt] = re.findall(r'role="img" aria-label="([^"]+)"', html)
    conclusion = EVENTS.span(span).conclusion
    assert alt.startswith(conclusion)
    assert len(conclusion) > 80
    assert not re.search(r"(?i)image of|chart|todo|alt text|no description|\bNone\b|[{}]", alt)
    for lane, count in [(lane, len(EVENTS.shown([lane.id], span))) for lane in EVENTS.lanes]:
        assert (f"{lane.title}, {count}" in alt) == bool(count)
    assert f"<figcaption>{conclusion}</figcaption>" in html


def test_the_whole_is_small_and_calls_for_nothing(shown: str) -> None:
    assert len(shown.encode()) < 250_000
    assert not re.search(r"(?:src|href)\s*=|@import|url\(|\bimport\(|fetch\(", shown)
    assert not re.search(r"\bid=\"", shown), "two copies on one page must not share an id"


def test_drawings_hold_real_text_and_no_color_of_their_own(face: Timeline) -> None:
    for span in [*face.data["spans"], face.data["public"]]:
        for svg in [*span["axes"], *span["strips"].values()]:
            root = ElementTree.fromstring(svg)
            assert root.get("aria-hidden") == "true"
            assert not re.search(r"style=|#[0-9a-f]{3,6}|rgb|font|<defs|clip", svg)
        labels = {text.text for svg in span["strips"].values() for text in ElementTree.fromstring(svg).iter("text")}
        assert labels <= {event.label for event in EVENTS.events}


def test_the_sheet_for_print_has_all_lanes_real_text_and_nine_points(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view, "library", lambda: COURSE)
    figure, svg = view.figure()
    root = ElementTree.fromstring(svg)
    texts = ["".join(text.itertext()) for text in root.iter("{http://www.w3.org/2000/svg}text")]
    for lane in EVENTS.lanes:
        assert f"{drawing.SHAPES[lane.id][0]} {lane.title}" in texts
    assert {event.label for event in EVENTS.events if event.weight == 3} <= set(texts)
    assert root.get("aria-label") == EVENTS.span("whole").conclusion
    assert all(text.get_fontsize() >= 9 for text in figure.axes[0].texts)
    assert figure.get_figwidth() == 7.5
    assert set(re.findall(r"font-family: ([^;\"]+)", svg)) == {drawing.FAMILY}


# -- In a browser ------------------------------------------------------------------------------------------------------


def state(page: Any) -> tuple[set[str], set[str]]:
    """Which lanes and which events the figure shows."""
    lanes = page.locator(".kb-drawn .kb-lane-name").all_inner_texts()
    events = page.eval_on_selector_all(".kb-drawn [data-e]", "all => all.map(one => one.dataset.e)")
    return {name.split(" ", 1)[1] for name in lanes}, set(events)


def ids(events: list[Event]) -> set[str]:
    return {event.id for event in events}


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_any_view(shown: str, open_html: Open, violations: Look, scheme: str) -> None:
    opened = open_html(shown, color_scheme=scheme)
    page = opened.page
    assert violations(page) == []
    page.get_by_role("button", name="Later event").click()
    page.get_by_role("button", name=view.QUESTION).click()
    page.locator(".kb-all > summary").click()
    assert violations(page) == []
    assert opened.errors == []
    assert len(opened.requests) == 1


@pytest.mark.browser
def test_without_scripts_the_figure_and_the_table_are_there(shown: str, open_html: Open, violations: Look) -> None:
    page = open_html(shown, java_script_enabled=False).page
    assert page.locator(".kb-drawn svg").count() == len(LANES) + 2
    assert page.locator("tr[data-e]").count() == len(EVENTS.events)


@pytest.mark.browser
def test_lanes_come_and_go_and_leave_no_gap(shown: str, open_html: Open) -> None:
    page = open_html(shown).page
    assert state(page) == ({lane.title for lane in EVENTS.lanes}, ids(EVENTS.events))
    tall = page.locator(".kb-drawn").bounding_box()["height"]
    gone = page.locator(".kb-lane").nth(0).bounding_box()["height"]
    page.get_by_role("checkbox", name="Statutes").uncheck()
    lanes, events = state(page)
    assert lanes == {lane.title for lane in EVENTS.lanes} - {"Statutes"}
    assert events == ids(EVENTS.shown([lane for lane in LANES if lane != "statutes"]))
    assert page.locator(".kb-drawn").bounding_box()["height"] == pytest.approx(tall - gone, abs=1)
    assert "Statutes" not in page.locator(".kb-drawn").get_attribute("aria-label")
    for lane in EVENTS.lanes[1:]:
        page.get_by_role("checkbox", name=lane.title).uncheck()
    assert "Choose at least one" in page.get_by_role("status").inner_text()


@pytest.mark.browser
def test_years_are_chosen_with_the_keyboard(shown: str, open_html: Open) -> None:
    page = open_html(shown).page
    page.get_by_label(EVENTS.spans[0].title, exact=True).focus()
    for span in EVENTS.spans[1:]:
        page.keyboard.press("ArrowDown")
        assert page.get_by_label(span.title).is_checked()
        assert state(page)[1] == ids(EVENTS.shown(span=span.id))
        assert page.locator("figcaption").inner_text() == span.conclusion


@pytest.mark.browser
def test_the_question_is_answered_by_a_toggle(shown: str, open_html: Open) -> None:
    page = open_html(shown).page
    toggle = page.get_by_role("button", name=view.QUESTION)
    assert toggle.get_attribute("aria-pressed") == "false"
    assert not page.locator(".kb-answer").is_visible()
    toggle.focus()
    page.keyboard.press("Space")
    before = EVENTS.before_contract()
    assert toggle.get_attribute("aria-pressed") == "true"
    assert state(page)[1] == ids(before.public)
    assert f"Before 2013, {len(before.public)} of these events were public" in page.locator("figcaption").inner_text()
    assert "M.A. loses" in page.get_by_role("region", name=view.QUESTION).inner_text()
    assert page.get_by_label(EVENTS.spans[0].title, exact=True).is_disabled()
    page.keyboard.press("Space")
    assert state(page)[1] == ids(EVENTS.events)
    assert not page.locator(".kb-answer").is_visible()


@pytest.mark.browser
def test_events_are_read_one_by_one_and_by_choosing_a_mark(shown: str, open_html: Open) -> None:
    page = open_html(shown).page
    page.get_by_role("radio", name="The litigation").check()
    later, earlier = page.get_by_role("button", name="Later event"), page.get_by_role("button", name="Earlier event")
    order = EVENTS.shown(span="litigation")
    read = page.locator(".kb-reading")
    later.click()
    assert order[0].text in read.inner_text()
    later.click()
    assert order[1].text in read.inner_text() and order[1].when() in read.inner_text()
    earlier.click()
    earlier.click()
    assert order[0].text in read.inner_text()
    page.locator('.kb-drawn [data-e="gg-decided"] text').click()
    event = EVENTS.event("gg-decided")
    assert event.text in read.inner_text() and badge(event.status) in read.inner_text()
    assert page.locator(".kb-drawn .kb-on").count() == 1
    page.evaluate(
        "window.again = 0; new MutationObserver(() => { window.again += 1; }).observe(document.querySelector('.kb-reading'), { childList: true })"
    )
    page.get_by_role("checkbox", name="Statutes").uncheck()
    assert page.locator(".kb-drawn .kb-on").count() == 1
    assert page.evaluate("window.again") == 0, "an event that stays is not announced again"
    page.get_by_role("checkbox", name="The G.G. litigation").uncheck()
    assert read.inner_text() == ""


@pytest.mark.browser
def test_labels_stay_apart_in_the_browsers_own_type(shown: str, open_html: Open) -> None:
    page = open_html(shown, width=800).page
    meeting = """() => {
      const boxes = [...document.querySelectorAll('.kb-drawn .kb-lane svg')].flatMap((svg) => {
        const frame = svg.getBoundingClientRect();
        const texts = [...svg.querySelectorAll('text')].map((text) => [text.textContent, text.getBoundingClientRect()]);
        return texts.flatMap(([one, a], i) => [
          ...(a.left < frame.left - 1 || a.right > frame.right + 1 ? [`${one} leaves the strip`] : []),
          ...texts.slice(i + 1).filter(([, b]) => a.left < b.right && b.left < a.right && a.top + 3 < b.bottom && b.top + 3 < a.bottom)
            .map(([other]) => `${one} / ${other}`)]);
      });
      return boxes;
    }"""
    for span in EVENTS.spans:
        page.get_by_label(span.title, exact=True).check()
        assert page.evaluate(meeting) == [], span.id
    page.get_by_role("button", name=view.QUESTION).click()
    assert page.evaluate(meeting) == []


@pytest.mark.browser
@pytest.mark.parametrize("width", [320, 390])
def test_on_a_phone_only_the_figure_scrolls_and_it_begins_at_the_contract(
    shown: str, open_html: Open, width: int
) -> None:
    page = open_html(shown, width=width, has_touch=True).page
    page.wait_for_function("document.querySelector('.kb-scroll').scrollLeft > 0")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    band = page.locator(".kb-drawn .kb-band").first.bounding_box()
    assert 0 < band["x"] < width
    size = page.evaluate("parseFloat(getComputedStyle(document.querySelector('.kb-drawn text')).fontSize)")
    assert size * page.locator(".kb-drawn svg").first.bounding_box()["width"] / drawing.WIDTH >= 12
    page.locator(".kb-scroll").first.focus()
    start = page.evaluate("document.activeElement.scrollLeft")
    page.keyboard.press("ArrowRight")
    page.wait_for_function(f"document.activeElement.scrollLeft > {start}")


@pytest.mark.browser
def test_on_paper_type_is_nine_points_and_controls_are_gone(shown: str, open_html: Open) -> None:
    page = open_html(shown, width=710).page  # letter paper, less narrow margins
    page.emulate_media(media="print")
    points = 13 * page.locator(".kb-drawn svg").first.bounding_box()["width"] / drawing.WIDTH * 0.75
    assert points >= 9 - 0.05
    assert not page.locator(".kb-controls").is_visible()
    assert page.locator(".kb-drawn").is_visible()
