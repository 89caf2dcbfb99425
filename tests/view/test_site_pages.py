"""The site in a browser, from a folder on disk and with the network off: alive, kept, handed in, found, and usable by everybody."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from knowing_benefit.assess import handin
from knowing_benefit.law.library import Library
from knowing_benefit.publish import site as making

ROOT = Path(__file__).parents[2]
CASE = "lessons/the_case.html"
KINDS = {
    "home": "index.html", "road": "road.html", "lesson": CASE, "lab": "labs/gg-as-pleaded.html", "labs": "labs.html",
    "authority": "authorities/gg-salesforce-7th-2023.html", "authorities": "authorities.html",
    "statute": "statutes/usc-47-230.html", "courts": "circuits.html", "contested": "contested.html",
    "readings": "readings.html", "glossary": "glossary.html", "timeline": "timeline.html", "search": "search.html?q=venture",
    "progress": "progress.html", "figures": "figures.html", "prose": "how-we-know.html",
}  # fmt: skip
"""One page of each kind."""

Visit = Callable[..., Any]
Look = Callable[[Any], list[str]]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site for those who learn by themselves, on disk."""
    made = tmp_path_factory.mktemp("site")
    making.write(made, making.build(Library(ROOT), "selfpaced"))
    return made


class Visitor:
    """A browser's profile that visits pages of the site."""

    def __init__(self, browser: Any, folder: Path, **given: Any) -> None:
        self.folder = folder
        self.context = browser.new_context(offline=True, **given)
        self.outside: list[str] = []
        self.errors: list[str] = []
        self.context.on("request", self._asked)

    def _asked(self, request: Any) -> None:
        if not request.url.startswith(("file:", "data:", "blob:")):
            self.outside.append(request.url)

    def open(self, name: str) -> Any:
        """A new tab with a page."""
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.errors.append(f"{name}: {error}"))
        page.on(
            "console",
            lambda said: self.errors.append(f"{name}: {said.text}") if said.type in ("error", "warning") else None,
        )
        address, mark, query = name.partition("?")
        page.goto((self.folder / address).as_uri() + mark + query)
        return page


@pytest.fixture
def visit(browser: Any, folder: Path) -> Iterator[Visit]:
    """Makes visitors; each has a memory of its own."""
    visitors: list[Visitor] = []

    def new(width: int = 1280, height: int = 900, **given: Any) -> Visitor:
        visitors.append(Visitor(browser, folder, viewport={"width": width, "height": height}, **given))
        return visitors[-1]

    yield new
    for one in visitors:
        one.context.close()


# -- Alive, from disk, with the network off ----------------------------------------------------------------------------


def test_no_page_asks_for_anything_from_outside_complains_or_scrolls_sideways(visit: Visit) -> None:
    visitor = visit()
    for name in KINDS.values():
        page = visitor.open(name)
        assert page.evaluate("document.fonts.ready.then(() => document.fonts.check('16px \"Source Serif\"'))"), name
        # 640 is a window of 1280 at 200 %, 320 the same at 400 %.
        for width in (1280, 640, 390, 320):
            page.set_viewport_size({"width": width, "height": 900})
            wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, (name, width, wide)
        page.close()
    assert not visitor.outside
    assert not visitor.errors


def test_a_lab_on_a_lesson_s_page_is_alive(visit: Visit) -> None:
    page = visit().open(CASE)
    lab = page.locator(".kb-lab")
    lab.locator("select").select_option("ca11-red-roof")
    before = lab.locator(".kb-verdict").inner_text()
    lab.get_by_role("button", name="Try it").first.click()
    assert lab.locator(".kb-verdict").inner_text() != before


def test_without_scripts_everything_can_still_be_read(visit: Visit) -> None:
    page = visit(java_script_enabled=False).open(CASE)
    assert page.locator(".kb-lab table").first.text_content(), "the lab, as a table for each reading"
    assert page.locator(".kb-exercise h4").count() > 10
    told = page.locator("#cell-exercise").inner_text()
    assert "allow its scripts" in told
    assert "Run All Cells" not in told, "there is nothing to run on a page"
    assert not page.get_by_role("button", name="Dark page").is_visible()


# -- Answers -----------------------------------------------------------------------------------------------------------


def answer_first(page: Any) -> str:
    """Choose an option of the lesson's graded exercise; says which."""
    box = page.locator("#cell-exercise input[type=radio]").first
    box.check()
    page.locator("#cell-exercise .kb-kept", has_text="Saved").first.wait_for()
    return str(box.get_attribute("value"))


def test_an_answer_is_still_there_after_the_browser_was_closed_and_the_progress_page_counts_it(visit: Visit) -> None:
    visitor = visit()
    page = visitor.open(CASE)
    answer_first(page)
    page.close()
    again = visitor.open(CASE)
    again.locator("#cell-exercise input:checked").first.wait_for()
    progress = visitor.open("progress.html")
    row = progress.locator("tr[data-sheet='01_the_case']")
    assert row.locator(".count").inner_text().startswith("1 of ")
    assert progress.locator("#total").inner_text().startswith("1 of ")
    # From another tab, while the progress page is open.
    again.locator("#cell-exercise input[type=checkbox]").first.check()
    progress.locator("#total", has_text="2 of ").wait_for()


def test_the_count_at_the_top_follows_without_a_channel_between_faces(visit: Visit) -> None:
    visitor = visit()
    # As in WebKit, on a page from a folder on disk.
    visitor.context.add_init_script("BroadcastChannel.prototype.postMessage = () => {}")
    page = visitor.open(CASE)
    answer_first(page)
    page.locator(".kb-begin li", has_text="Exercise 1: The case: 1 of").wait_for()


def test_the_progress_page_counts_again_when_it_is_shown_again_by_the_back_button(visit: Visit) -> None:
    visitor = visit()
    page = visitor.open("progress.html")
    kept = {"revision": 1, "exercise_version": 1, "items": {"q01": {"value": "a", "revision": 1}}}
    page.evaluate("kept => localStorage.setItem('knowing-benefit:sheet:01_the_case', JSON.stringify(kept))", kept)
    assert page.locator("#total").inner_text().startswith("0 of ")
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    assert page.locator("#total").inner_text().startswith("1 of ")


def made_file(page: Any, number: str) -> bytes:
    """The hand-in file that the progress page makes."""
    page.get_by_label("Exam number").fill(number)
    page.get_by_role("button", name="Make the hand-in file").click()
    with page.expect_download() as download:
        page.locator("#made a").click()
    return Path(download.value.path()).read_bytes()


def test_the_file_made_here_can_be_graded_and_brought_into_another_browser(visit: Visit, tmp_path: Path) -> None:
    first = visit()
    value = answer_first(first.open(CASE))
    raw = made_file(first.open("progress.html"), "k-17")
    found = handin.read(raw)
    assert found.number == "K-17"
    assert [sheet.exercise for sheet in found.sheets] == ["01_the_case"]
    path = tmp_path / "K-17.json"
    path.write_bytes(raw)

    second = visit()
    page = second.open("progress.html")
    page.get_by_label("Hand-in file").set_input_files(path)
    page.locator("#offered", has_text="1 answer to 1 exercise").wait_for()
    assert page.locator("#total").inner_text().startswith("0 of "), "nothing is replaced before one has said so"
    page.get_by_role("button", name="Replace the answers here").click()
    assert page.locator("#total").inner_text().startswith("1 of ")
    checked = second.open(CASE).locator("#cell-exercise input:checked")
    checked.first.wait_for()
    assert checked.first.get_attribute("value") == value
    assert handin.read(made_file(second.open("progress.html"), "K-17")).sheets[0].items == found.sheets[0].items


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda text: text[: len(text) // 2], "It is not a hand-in file"),
        (lambda text: text.replace('"K-17"', '"K-18"', 1), "checksum does not fit"),
        (lambda text: text.replace('"version": 1', '"version": 2', 1), "another version"),
        (lambda text: "[" * 5000, "It is not a hand-in file"),
        (lambda text: json.dumps({**json.loads(text), "sheets": [{"exercise": "../x", "items": {}}]}), "wrong form"),
        (lambda text: json.dumps({**json.loads(text), "name": "A. Student"}), "wrong form"),
        (lambda text: json.dumps({**json.loads(text), "sheets": json.loads(text)["sheets"] * 2}), "twice"),
    ],
)  # fmt: skip
def test_a_spoilt_file_changes_nothing(visit: Visit, tmp_path: Path, spoil: Callable[[str], str], why: str) -> None:
    visitor = visit()
    answer_first(visitor.open(CASE))
    page = visitor.open("progress.html")
    raw = made_file(page, "K-17").decode()
    kept = page.evaluate("JSON.stringify(localStorage)")
    path = tmp_path / "spoilt.json"
    path.write_text(spoil(raw), "utf-8")
    page.get_by_label("Hand-in file").set_input_files(path)
    page.locator("#brought", has_text=why).wait_for()
    assert "Nothing was read" in page.locator("#brought").inner_text()
    assert not page.locator("#offer").is_visible()
    assert page.evaluate("JSON.stringify(localStorage)") == kept


def test_answers_can_be_taken_off_a_shared_computer_after_a_second_question(visit: Visit) -> None:
    visitor = visit()
    answer_first(visitor.open(CASE))
    page = visitor.open("progress.html")
    page.get_by_role("button", name="Take all answers off this browser").click()
    assert page.locator("#total").inner_text().startswith("1 of ")
    page.get_by_role("button", name="Yes, take them off").click()
    assert page.locator("#total").inner_text().startswith("0 of ")
    assert not page.evaluate("Object.keys(localStorage).filter((key) => key.includes(':sheet:')).length")


# -- Finding things ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "title"),
    [("tailored support", "Change the facts"), ("henderson", "Henderson"), ("constructive knowledge", "constructive knowledge"), ("cloud host", "cloud host")],
)  # fmt: skip
def test_search_finds_lessons_cases_terms_and_labs(visit: Visit, words: str, title: str) -> None:
    visitor = visit()
    page = visitor.open("search.html")
    page.get_by_label("A word, a case").fill(words)
    page.get_by_role("button", name="Search").click()
    hit = page.locator("#results a", has_text=title).first
    hit.click()
    page.wait_for_load_state()
    assert words.split()[0] in page.locator("main").inner_text().lower()


def test_search_says_when_there_is_nothing_and_never_runs_what_was_typed(visit: Visit) -> None:
    page = visit().open("search.html?q=%3Cimgzzz onerror=1%3E")
    assert page.locator("#found").inner_text().startswith("Nothing found for “<imgzzz")
    assert page.locator("#found imgzzz").count() == 0


# -- For everybody -----------------------------------------------------------------------------------------------------


def test_the_page_remembers_light_or_dark(visit: Visit) -> None:
    visitor = visit(color_scheme="light")
    page = visitor.open(CASE)
    paper = "getComputedStyle(document.body).backgroundColor"
    face = "getComputedStyle(document.querySelector('.kb')).backgroundColor"
    light = page.evaluate(paper)
    page.get_by_role("button", name="Dark page").click()
    dark = page.evaluate(paper)
    assert dark != light
    assert page.evaluate(face) == dark, "faces follow"
    other = visitor.open("glossary.html")
    assert other.evaluate(paper) == dark
    assert other.get_by_role("button", name="Light page").is_visible()


def test_by_keyboard_one_gets_past_the_top_and_sees_where_one_is(visit: Visit) -> None:
    page = visit(reduced_motion="reduce").open(CASE)
    page.keyboard.press("Tab")
    skip = page.locator(".skip")
    assert skip.evaluate("one => one === document.activeElement && one.getBoundingClientRect().top >= 0")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    seen = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        found = page.evaluate(
            """() => { const one = document.activeElement, style = getComputedStyle(one), box = one.getBoundingClientRect();
            return [one.tagName, style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2, box.bottom > 0 && box.top < innerHeight]; }"""
        )
        assert found[1], f"{found[0]} shows no focus"
        assert found[2], f"{found[0]} is focused off the screen"
        seen.add(found[0])
    assert {"A", "SUMMARY"} <= seen


def heard(page: Any, role: str) -> list[str]:
    """The names of everything of one role, as a screen reader lists them."""
    tree = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    return [one["name"]["value"] for one in tree if not one["ignored"] and one["role"]["value"] == role]


def test_what_a_screen_reader_lists_is_telling_and_said_once(visit: Visit) -> None:
    visitor = visit()
    page = visitor.open(CASE)
    headings = heard(page, "heading")
    assert "Question 1 of 14. 3 points, easy" in headings
    regions = heard(page, "region")
    assert regions
    assert not set(regions) & set(headings), "a part of the text is a heading, and no landmark beside"
    assert "Venture" in heard(page, "rowheader"), "the first cell of a row of a table in the text"
    assert not [name for name in heard(page, "StaticText") if name.startswith(("✓ verified", "◐ secondary"))]
    assert not heard(page, "progressbar"), "the line beside a meter says the same"
    sliders = heard(visitor.open("lessons/crime_to_claim.html"), "slider")
    assert len(sliders) == len(set(sliders)) > 1, sliders
    assert "Lesson 1 The case" in heard(visitor.open("index.html"), "link")
    changed = visitor.open("statutes/usc-18-1595.html").locator("ins").first.text_content()
    assert changed == "[added: , or attempts or conspires to benefit]"


def test_an_empty_meter_looks_empty_in_both_themes(visit: Visit) -> None:
    """Drawn by our own colors: Firefox's meter is white on a dark page."""
    for scheme in ("light", "dark"):
        page = visit(color_scheme=scheme).open("progress.html")
        meter = page.locator("progress").first
        assert meter.evaluate("one => getComputedStyle(one).appearance") == "none"
        assert meter.evaluate("one => getComputedStyle(one).backgroundColor") == page.evaluate(
            "() => { const one = document.createElement('i'); one.style.color = 'var(--line)'; document.body.append(one); return getComputedStyle(one).color; }"
        )


def test_a_folded_box_opens_by_keyboard(visit: Visit) -> None:
    page = visit().open(CASE)
    box = page.locator(".box-predict").first
    box.locator("summary").focus()
    page.keyboard.press("Enter")
    assert box.locator(".within").is_visible()


LARGER = "html { font-size: 212% !important; }"
SPACED = "* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important; } p { margin-bottom: 2em !important; }"


@pytest.mark.parametrize("style", [LARGER, SPACED], ids=["twice as large", "spaced as WCAG 1.4.12 asks"])
def test_with_larger_or_wider_text_nothing_is_cut_off(visit: Visit, style: str) -> None:
    visitor = visit()
    for name in (CASE, KINDS["authority"], KINDS["home"]):
        page = visitor.open(name)
        page.add_style_tag(content=style)
        cut = page.evaluate(
            """() => [...document.querySelectorAll("main p, main h1, main h2, main li, main button, header a, .contents a")]
            .filter((one) => one.scrollWidth > one.clientWidth + 2 && getComputedStyle(one).display !== "inline" && one.clientWidth > 1)
            .map((one) => one.outerHTML.slice(0, 80))"""
        )
        assert not cut, (name, cut)
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
        page.close()


def test_who_wants_no_motion_gets_none(visit: Visit) -> None:
    page = visit(reduced_motion="reduce").open(CASE)
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"


def test_in_forced_colours_boxes_keep_their_edges(visit: Visit) -> None:
    page = visit(forced_colors="active").open(CASE)
    assert page.evaluate("matchMedia('(forced-colors: active)').matches")
    for box in page.locator(".box-other-side, .box-how-we-know, .kb").all():
        assert box.evaluate("one => parseFloat(getComputedStyle(one).borderLeftWidth)") >= 1


SAMPLE = [
    ("lesson", 1280, "light"),
    ("lesson", 390, "dark"),
    ("home", 1280, "dark"),
    ("courts", 390, "light"),
    ("progress", 768, "dark"),
    ("authority", 768, "light"),
]
ALL = [(kind, width, theme) for kind in KINDS for width in (1280, 768, 390) for theme in ("light", "dark")]


def clean(visit: Visit, violations: Look, kind: str, width: int, theme: str) -> None:
    page = visit(width, color_scheme=theme).open(KINDS[kind])
    page.wait_for_timeout(150)
    if kind == "lesson":
        page.evaluate("document.querySelectorAll('main details').forEach((one) => { one.open = true; })")
    assert not violations(page)


@pytest.mark.parametrize(("kind", "width", "theme"), SAMPLE)
def test_axe_finds_nothing(visit: Visit, violations: Look, kind: str, width: int, theme: str) -> None:
    clean(visit, violations, kind, width, theme)


@pytest.mark.sweep
@pytest.mark.parametrize(("kind", "width", "theme"), ALL)
def test_axe_finds_nothing_anywhere(visit: Visit, violations: Look, kind: str, width: int, theme: str) -> None:
    clean(visit, violations, kind, width, theme)
