"""The newer kinds of question on a page: by keyboard alone, kept, explained; and read and scored as the grader does."""

from __future__ import annotations

import itertools
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import kinds_sample
import pytest

from knowing_benefit.assess import handin, scoring, typed, variants
from knowing_benefit.assess.items import load_exercise, load_key, load_practice
from knowing_benefit.assess.kinds import Drawn
from knowing_benefit.law.library import library
from knowing_benefit.law.source import CourseError
from knowing_benefit.view.begin import begin
from knowing_benefit.view.exercise import Questions, answer_key, ask, drill, exercise, practice

Open = Callable[..., Any]
Look = Callable[[Any], list[str]]

KINDS = ["highlight", "sort", "date", "number", "predict", "factcheck", "drawn"]


@pytest.fixture
def paced(kinds_course: Path) -> Questions:
    """The exercise in a self-paced edition."""
    (kinds_course / "exercises/selfpaced").mkdir()
    shutil.copy(kinds_course / "exercises/keys/02_kinds.yaml", kinds_course / "exercises/selfpaced")
    (kinds_course / "release.json").write_text('{"edition": "selfpaced", "files": []}')
    return exercise("02_kinds")


def settled(opened: Any, text: str) -> None:
    """Wait until the progress line says this."""
    opened.page.wait_for_function(
        "text => document.querySelector('.kb-progress').textContent === text", arg=text, timeout=30000
    )


def item(opened: Any, kind: str) -> Any:
    return opened.page.locator(f".kb-item.kb-of-{kind}")


def tab_to(opened: Any, test: str) -> None:
    """Press Tab until the focused element passes a test in JavaScript."""
    for _ in range(80):
        if opened.page.evaluate(f"() => {{ const at = document.activeElement; return Boolean({test}); }}"):
            return
        opened.page.keyboard.press("Tab")
    raise AssertionError(f"Tab never reached {test}")


def within(kind: str, more: str = "true") -> str:
    return f"at.closest('.kb-item.kb-of-{kind}') && ({more})"


def answer_all(opened: Any) -> None:
    """Answer every kind by keyboard alone, rightly but for the sorting of the second fact."""
    press, page = opened.page.keyboard.press, opened.page
    for words in ("the perpetrator", "whoever knowingly benefits"):
        tab_to(opened, within("highlight", f"at.textContent === {json.dumps(words)}"))
        press("Space")
    for fact, element, result in (("fitted", "P", "M"), ("read", "K", "O"), ("paid", "B", "M")):
        tab_to(
            opened,
            within("sort", f"at.tagName === 'SELECT' && at.getAttribute('aria-label').includes({json.dumps(fact)})"),
        )
        press(element)
        press("Tab")
        press(result)
    tab_to(opened, within("date", "at.tagName === 'INPUT'"))
    page.keyboard.type("Dec. 23, 2008")
    tab_to(opened, within("number", "at.tagName === 'INPUT'"))
    page.keyboard.type("ten")
    tab_to(opened, within("predict", "at.tagName === 'INPUT'"))
    press("ArrowDown")
    for half, downs in (("verdict", 1), ("source", 0)):
        tab_to(opened, within("factcheck", f"at.name && at.name.endsWith({json.dumps(half)})"))
        press("Space")
        for _ in range(downs):
            press("ArrowDown")
    tab_to(opened, within("drawn", "at.type === 'radio'"))
    press("Space")
    press("ArrowDown")


def check(opened: Any, kind: str) -> str:
    """Ask for what explains an answer, by keyboard; gives what is then shown."""
    item(opened, kind).locator(".kb-foot button").first.focus()
    opened.page.keyboard.press("Enter")
    return re.sub(r"\n+", "\n", item(opened, kind).locator("> .kb-said").inner_text())


# -- In words ----------------------------------------------------------------------------------------------------------


def test_every_kind_is_said_in_words_and_without_scripts(kinds_course: Path) -> None:
    for face in (exercise("02_kinds"), practice("02_kinds")):
        for said in (face.as_text(), re.sub(r"<[^>]*>", "", face.static())):
            flat = " ".join(said.split())
            for words in (
                "[An individual who is a victim] of a violation of this chapter",
                "It fitted its software to the platform.",
                "And for each: met, not met, or open.",
                "(A day.)",
                "(A number of years.)",
                "It certified a question",
                "The sentence: The court found Salesforce liable.",
                "A press release",
                "The case, its facts and the reading are drawn, from 2 cases and 2 readings.",
                "Forty-one notices (a cloud host); The room that nobody can read",
                "Which element?",
            ):
                assert words in flat
    one = " ".join(drill("cloud-host").as_text().split())
    assert "the facts and the reading are drawn, from 8 facts and 8 readings. " in one
    said = " ".join(practice("02_kinds").as_text().split())
    assert "What happened: It reversed, as its own opening says." in said
    assert "Then: Why not affirmed? Not right: It said so." in said
    assert "Knowledge, not met: It read nothing of the case." in said
    assert "December 23, 2008. About right." in said


def test_a_graded_page_has_no_key_and_no_table(kinds_course: Path) -> None:
    face = exercise("02_kinds")
    shown = face.as_html() + face.as_text()
    assert "About " not in shown
    assert "It reversed, as" not in shown
    assert not any("key" in one for one in face.data["items"])
    assert [[*case] for one in face.data["items"] for case in one.get("cases", [])] == 2 * [
        ["title", "content_note", "story", "basis", "switches"]
    ]


def test_a_question_in_the_text_is_one_of_its_set_and_counted_at_the_top(kinds_course: Path) -> None:
    face = ask("02_kinds", "k5")
    assert face.data["sheet"] == "02_kinds.inline"
    assert [one["id"] for one in face.data["items"]] == ["k5"]
    assert "Predict: What did the court do" in face.as_text()
    assert begin("02_kinds").data["sets"][0] == {
        "count": 7, "title": "Questions in the text", "sheet": "02_kinds.inline", "version": 1,
    }  # fmt: skip
    with pytest.raises(CourseError, match="no question 'k9'"):
        ask("02_kinds", "k9")


@pytest.mark.browser
def test_a_sort_says_what_it_asks(kinds_course: Path, open_html: Open) -> None:
    path = kinds_course / "exercises/inline/02_kinds.yaml"
    path.write_text(path.read_text("utf-8").replace("kind: sort\n", "kind: sort\n    ask: Which line?\n"), "utf-8")
    face = ask("02_kinds", "k2")
    assert "Which line?" in face.as_text()
    assert "Which element?" not in face.as_text()
    first = open_html(face.as_html()).page.locator(".kb-sorting select").first
    assert first.locator("option").first.inner_text() == "Which line?"
    assert (first.get_attribute("aria-label") or "").startswith("Which line? ")


def test_the_instructors_key_says_how_a_drawn_question_is_keyed(kinds_course: Path) -> None:
    said = answer_key(library(), "02_kinds")
    assert "Drawn for each exam number, from " in said
    assert "**What happened:** It reversed" in said


# -- By keyboard -------------------------------------------------------------------------------------------------------


@pytest.mark.browser
def test_each_kind_by_keyboard_alone_kept_and_explained(kinds_course: Path, open_html: Open) -> None:
    opened = open_html(practice("02_kinds").as_html())
    settled(opened, "0 of 7 answered")
    answer_all(opened)
    settled(opened, "7 of 7 answered, all saved")
    opened.page.reload()
    settled(opened, "7 of 7 answered, all saved")
    page = opened.page
    assert page.locator("[aria-pressed=true]").all_inner_texts() == ["the perpetrator", "whoever knowingly benefits"]
    assert page.locator(".kb-sorting select").evaluate_all("all => all.map(one => one.value)") == [
        "participation", "met", "knowledge", "open", "benefit", "met",
    ]  # fmt: skip
    assert page.input_value(".kb-of-date input") == "Dec. 23, 2008"
    assert page.inner_text(".kb-of-date .kb-heard") == "Read as December 23, 2008."
    said = {kind: check(opened, kind) for kind in KINDS}
    for kind in ("highlight", "date", "number", "factcheck"):
        assert said[kind].startswith("● Right."), kind
    assert said["sort"].startswith("▲ Partly right.")
    assert "The right place, and another result: It read nothing of the case. About f2." in said["sort"]
    assert said["predict"].startswith("● As you predicted.\nWhat happened: It reversed")
    assert re.match(r"(● Right|✕ Not right)\.", said["drawn"])
    assert opened.errors == []
    assert [address for address in opened.requests if not address.startswith(("file:", "blob:"))] == []


@pytest.mark.browser
def test_what_is_marked_is_said_once_and_shown_in_the_text(kinds_course: Path, open_html: Open) -> None:
    opened = open_html(practice("02_kinds").as_html())
    phrases = opened.page.get_by_role("button", name="An individual who is a victim")
    phrases.press("Enter")
    # That it is pressed, the button says; what is left to announce is that it is kept.
    opened.page.wait_for_function("document.querySelector('[role=status]').textContent === 'Question 1: saved.'")
    assert phrases.get_attribute("aria-pressed") == "true"
    said = check(opened, "highlight")
    assert "Marked, and does not belong: An individual who is a victim. About a." in said
    assert opened.page.locator(".kb-phrase").evaluate_all("all => all.map(one => one.dataset.said || '')") == [
        "wrong", "missed", "missed", "",
    ]  # fmt: skip
    phrases.press(" ")
    assert opened.page.locator(".kb-of-highlight .kb-said").inner_text() == ""


SAID = """() => { window.said = []; const live = document.querySelector("[role=status]");
  new MutationObserver(() => window.said.push(live.textContent)).observe(live, { childList: true, characterData: true, subtree: true }); }"""


@pytest.mark.browser
def test_what_is_read_from_a_line_is_said_once_when_the_line_is_done(kinds_course: Path, open_html: Open) -> None:
    page = open_html(practice("02_kinds").as_html()).page
    page.evaluate(SAID)
    page.locator(".kb-of-date input").focus()
    page.keyboard.type("Dec. 23, 2008")
    assert page.evaluate("window.said") == []
    page.keyboard.press("Tab")
    assert page.evaluate("window.said") == ["Read as December 23, 2008."]
    described = page.get_attribute(".kb-of-date input", "aria-describedby").split()
    assert "Read as December 23, 2008." in [page.inner_text(f"[id='{one}']") for one in described]


@pytest.mark.browser
def test_a_verdict_that_takes_the_focus_is_not_said_again(kinds_course: Path, open_html: Open) -> None:
    page = (opened := open_html(practice("02_kinds").as_html())).page
    item(opened, "predict").get_by_label("It affirmed").check()
    page.wait_for_function("document.querySelector('[role=status]').textContent.endsWith('saved.')")
    page.evaluate(SAID)
    check(opened, "predict")
    assert page.evaluate("document.activeElement.textContent") == "✕ Not as you predicted."
    said = page.evaluate("window.said")
    assert len(said) == 1
    assert "predicted" not in said[0]
    assert "It reversed" in said[0]


@pytest.mark.browser
def test_a_misconception_opens_a_question_whose_answer_is_kept_and_never_counted(
    kinds_course: Path, open_html: Open
) -> None:
    opened = open_html(practice("02_kinds").as_html())
    page = opened.page
    item(opened, "predict").get_by_label("It affirmed").check()
    assert "✕ Not as you predicted." in check(opened, "predict")
    follow = page.locator(".kb-follow")
    assert "Why not affirmed?" in follow.inner_text()
    assert item(opened, "predict").locator("> fieldset input").evaluate_all("all => all.every(one => one.disabled)")
    follow.get_by_label("It said so").check()
    follow.get_by_role("button", name="Check").click()
    assert re.search(r"✕ Not right\.\s+It did not\.", follow.inner_text())
    settled(opened, "1 of 7 answered, all saved")
    page.reload()
    settled(opened, "1 of 7 answered, all saved")
    check(opened, "predict")
    assert page.locator(".kb-follow input").first.is_checked()
    page.get_by_role("button", name="Predict again").click()
    settled(opened, "0 of 7 answered")
    assert page.locator(".kb-follow").count() == 0
    kept = json.loads(page.evaluate("localStorage['knowing-benefit:sheet:02_kinds.practice']"))["items"]
    assert kept["k5.follow-a"]["value"] == "x"


# -- Drawn papers ------------------------------------------------------------------------------------------------------


@pytest.mark.browser
def test_an_exam_number_shows_the_paper_that_the_instructor_makes_again(kinds_course: Path, open_html: Open) -> None:
    found = load_exercise(kinds_course / "exercises/02_kinds.yaml")
    keys = load_key(kinds_course / "exercises/keys/02_kinds.yaml", found)
    drawn = found.items[-1]
    assert isinstance(drawn, Drawn)
    opened = open_html(exercise("02_kinds").as_html())
    page, question = opened.page, item(opened, "drawn")
    assert question.locator("input[type=radio]").count() == 0
    question.locator("input").fill("no number!")
    question.get_by_role("button", name="Show my question").click()
    assert "An exam number has 2 to 20 letters" in question.inner_text()
    question.locator("input").fill("x17")
    page.keyboard.press("Enter")
    question.locator("input[type=radio]").first.wait_for()
    right = variants.keyed(library(), found.id, found.items, keys, "X17", variants.PUBLIC)["k7"]
    form = variants.form_of(library(), found.id, drawn, "X17", variants.PUBLIC)
    told = variants.drawing(library(), drawn, form)
    assert question.locator(".kb-lead + ul li").all_inner_texts() == list(told.turned)
    assert told.reading.title in question.inner_text()
    assert page.input_value(".kb-handin input") == "X17"
    question.locator(f"input[value={form.answer}]").check()
    settled(opened, "1 of 7 answered, all saved")
    page.reload()
    settled(opened, "1 of 7 answered, all saved")
    assert question.locator(f"input[value={form.answer}]").is_checked()

    page.fill(".kb-handin input", "x18")
    page.click(".kb-handin .kb-field button")
    page.wait_for_selector(".kb-outcome .kb-trouble")
    assert "was drawn for X17" in page.inner_text(".kb-outcome")
    page.fill(".kb-handin input", "x17")
    page.click(".kb-handin .kb-field button")
    page.wait_for_selector(".kb-outcome a")
    with page.expect_download() as download:
        page.click(".kb-outcome a")
    sheet = handin.read(Path(download.value.path()).read_bytes()).sheets[0]
    assert sheet.items == {"k7": {"form": form.id, "answer": form.answer}}
    assert scoring.score(drawn, right, sheet.items["k7"]) == 2


@pytest.mark.browser
def test_another_number_draws_another_paper_and_keeps_what_was_answered_apart(
    kinds_course: Path, open_html: Open
) -> None:
    found = load_exercise(kinds_course / "exercises/02_kinds.yaml").items[-1]
    assert isinstance(found, Drawn)
    form = {
        number: variants.form_of(library(), "02_kinds", found, number, variants.PUBLIC)
        for number in ("X17", "X18", "X19")
    }
    one, two = next((a, b) for a, b in itertools.combinations(form, 2) if form[a].id != form[b].id)
    opened = open_html(exercise("02_kinds").as_html())
    question = item(opened, "drawn")

    def show(number: str) -> None:
        question.locator("input[type=text]").fill(number)
        question.get_by_role("button", name="Show my question").click()
        question.get_by_text(f"Drawn for exam number {number}.").wait_for()

    show(one)
    question.locator("input[type=radio]").first.check()
    settled(opened, "1 of 7 answered, all saved")
    question.get_by_role("button", name="Not your number?").click()
    show(two)
    settled(opened, "0 of 7 answered")
    question.get_by_role("button", name="Not your number?").click()
    show(one)
    settled(opened, "1 of 7 answered, all saved")
    opened.page.evaluate("two => { localStorage['knowing-benefit:number'] = JSON.stringify(two); }", two)
    opened.page.reload()
    question.get_by_text("It does not count; answer this one.").wait_for()


@pytest.mark.browser
def test_a_hand_in_under_a_number_shows_the_paper_that_it_draws(kinds_course: Path, open_html: Open) -> None:
    opened = open_html(exercise("02_kinds").as_html())
    opened.page.fill(".kb-handin input", "x17")
    opened.page.click(".kb-handin .kb-field button")
    opened.page.wait_for_selector(".kb-outcome a")
    assert "In this exercise, 7 questions are blank." in opened.page.inner_text(".kb-outcome")
    assert "Drawn for exam number X17." in item(opened, "drawn").inner_text()


@pytest.mark.browser
def test_a_drill_draws_a_new_case_each_time_and_explains_it(kinds_course: Path, open_html: Open) -> None:
    opened = open_html(drill("cloud-host").as_html())
    page, seen, verdicts = opened.page, set(), set()
    for _ in range(12):
        seen.add(page.inner_text(".kb-lead + ul") + page.inner_text(".kb-asked"))
        page.locator(".kb-options input").first.check()
        page.get_by_role("button", name="Check").click()
        said = page.inner_text(".kb-said")
        verdicts.add(said[0])
        assert "Every element, and what would change the answer" in said
        page.get_by_role("button", name="Another one").press("Enter")
        assert page.inner_text(".kb-said") == ""
        assert page.evaluate("document.activeElement.textContent") == "Another one: the same case, other facts"
    assert len(seen) >= 10
    assert verdicts == {"●", "✕"}
    assert opened.errors == []


# -- As the grader does ------------------------------------------------------------------------------------------------


def run(opened: Any, face: Questions, script: str, given: Any) -> Any:
    """Run a script with the module's exports, as ``m``, and the face's data."""
    return opened.page.evaluate(
        """async ([module, data, given, script]) => {
            const m = await import(URL.createObjectURL(new Blob([module], { type: "text/javascript" })));
            return new Function("m", "data", "given", script)(m, data, given);
        }""",
        [face.module(), face.data, given, script],
    )


@pytest.mark.browser
def test_the_page_and_the_grader_read_dates_and_numbers_alike(kinds_course: Path, open_html: Open) -> None:
    opened, face = open_html(""), practice("02_kinds")
    days = [
        "Dec. 23, 2008",
        "2008-12-23",
        "12/23/2008",
        "23 December 2008",
        "the 23rd of December, 2008",
        "2008 dec 23",
    ]
    days += [
        "Dec.23,2008",
        "December 2008",
        "Sept. 2008",
        "12/2008",
        "2008-12",
        "2008",
        "in 2008",
        "May 1",
        "13/1/2008",
    ]
    days += [f"Feb. {day}, {year}" for day in (0, 28, 29, 30) for year in (1900, 2000, 2007, 2008)]
    days += [
        "DÉC. 23, 2008",
        "2008–12–23",
        "23.12.2008",
        "March-3-1999",
        "3-mar-1999",
        "1999mar3",
        "",
        "(((",
        "Dec 23 08",
    ]
    read = run(opened, face, "return given.map((text) => m.readDate(text, data.typed));", days)
    for text, found in zip(days, read, strict=True):
        right = typed.read_date(text)
        parts = {"y": right.year, "m": right.month, "d": right.day} if right else {}
        assert (found or {}) == {name: value for name, value in parts.items() if value}, text
    numbers = [
        "10",
        "10 years",
        "ten years",
        "twenty-five",
        "$1,250.50",
        "1,25",
        "5 or 6",
        "five or six",
        "one hundred",
    ]
    numbers += [
        "",
        "10.",
        "10.5.1",
        "no. 10",
        "١٠",
        "0",
        "1,000,000",
        "ninety nine",
        "nine ninety",
        "about ten (10)",
        "7th",
    ]
    read = run(opened, face, "return given.map((text) => m.readNumber(text, data.typed));", numbers)
    for text, found in zip(numbers, read, strict=True):
        right_number = typed.read_number(text)
        assert found == (None if right_number is None else str(right_number)), text


@pytest.mark.browser
def test_the_page_and_the_grader_score_alike(
    small_course: Path, kinds_course: Path, open_html: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = open_html("")
    halves: list[Any] = ["participation/met", "participation/", "knowledge/not met", "/met", "benefit/open"]
    values: dict[str, list[Any]] = {
        "q1": ["a", "b", "c"],
        "q2": [list(some) for size in range(1, 6) for some in itertools.combinations("abcde", size)],
        "q3": [{"l1": a, "l2": b, "l3": "r1"} for a in ("r1", "r2") for b in ("r3", "r4")] + [{"l2": "r3"}],
        "q4": [list(order) for order in itertools.permutations("abcd")],
        "q5": ["76 F.4th 544 (7th Cir. 2023)", "76 F.3d 544 (7th Cir. 2023)", "76 F.4th 544 (7th Cir. 2022)", "none"],
        "k1": [list(some) for size in range(1, 5) for some in itertools.combinations("abcd", size)],
        "k2": [{"f1": a, "f2": b} for a in halves for b in halves],
        "k3": ["Dec. 23, 2008", "December 2008", "2008", "Nov. 23, 2008", "Dec. 23, 2007", "soon"],
        "k4": ["10", "ten", "11", "10.0", "10.000001", "none"],
        "k5": ["a", "b", "c"],
        "k6": [{"verdict": v, "source": s} for v in ("v1", "v2") for s in ("s1", "s2")] + [{"source": "s1"}],
    }
    for root, name in ((small_course, "01_small"), (kinds_course, "02_kinds")):
        monkeypatch.setenv("KNOWING_BENEFIT_COURSE", str(root))
        found = load_practice(root / f"exercises/practice/{name}.yaml")
        face = practice(name)
        for one in found.exercise.items:
            given = values.get(one.id, [])
            script = (
                "const item = data.items.find((one) => one.id === given[0]);"
                "return given[2].map((value) => m.hundredths(given[1], m.SHARE[item.kind]({ item, key: item.key, value, data })));"
            )
            scores = run(opened, face, script, [one.id, one.points, given])
            for value, points in zip(given, scores, strict=True):
                right = scoring.score(one, found.keys[one.id], value)
                assert right is not None
                assert points == right * 100, (one.id, value)


@pytest.mark.browser
def test_the_page_draws_and_keys_forms_as_the_instructor_does(kinds_course: Path, open_html: Open) -> None:
    opened, face = open_html(""), practice("02_kinds")
    found = load_exercise(kinds_course / "exercises/02_kinds.yaml").items[-1]
    assert isinstance(found, Drawn)
    numbers = [f"X{number}" for number in range(60)] + ["É", "A-1"]
    value = "0123456789abcdef" * 8
    places = run(
        opened, face, "return given[1].map((n) => m.drawPlace(given[0], '02_kinds', 'k7', n, 977));", [value, numbers]
    )
    assert places == [variants.draw(value, "02_kinds", "k7", number, 977) for number in numbers]
    places = run(
        opened,
        face,
        "const item = data.items.at(-1); return item.forms.map((one) => m.unpacked(item, one).join('.'));",
        [],
    )
    assert places == [form.id for form in variants.forms(library(), found)]
    forms = sorted(set(variants.forms(library(), found)), key=lambda form: form.id)
    assert len({(form.case, form.reading) for form in forms}) == 3
    script = "const item = data.items.at(-1); return given.map((form) => m.answerTo(item, form));"
    assert run(opened, face, script, [form.id for form in forms]) == [form.answer for form in forms]


# -- Self-paced --------------------------------------------------------------------------------------------------------


@pytest.mark.browser
def test_a_self_paced_exercise_explains_and_keeps_first_and_best_scores(paced: Questions, open_html: Open) -> None:
    assert paced.data["kind"] == "selfpaced"
    assert paced.data["sheet"] == "02_kinds"
    opened = open_html(paced.as_html())
    page = opened.page
    assert page.locator(".kb-handin").count() == 0
    page.fill(".kb-of-date input", "Dec. 2008")
    assert check(opened, "date").startswith("▲ Partly right.\nDay: not right.")
    page.fill(".kb-of-date input", "Dec. 23, 2008")
    # The score is kept well after the answer: the progress line waits for it too, though the score has no line of its own.
    page.evaluate("const now = setTimeout; window.setTimeout = (f, ms) => now(f, ms || 1500)")
    assert check(opened, "date").startswith("● Right.")
    check(opened, "date")
    score = "Score: 3 of 16 points; 2 at the first try. 1 of 7 checked."
    assert page.inner_text(".kb-score") == score
    settled(opened, "1 of 7 answered, all saved")
    page.reload()
    settled(opened, "1 of 7 answered, all saved")
    assert page.inner_text(".kb-score") == score
    kept = json.loads(page.evaluate("localStorage['knowing-benefit:sheet:02_kinds']"))["items"]
    assert kept["k3.score"]["value"] == {"first": "200", "best": "300", "tries": "2"}
    assert [one["value"] for one in kept["k3"]["history"]] == ["Dec. 2008"], "attempts are kept in the browser too"


# -- When a question changes -------------------------------------------------------------------------------------------


@pytest.mark.browser
def test_it_is_said_which_questions_have_changed(kinds_course: Path, open_html: Open) -> None:
    opened = open_html(practice("02_kinds").as_html())
    opened.page.fill(".kb-of-date input", "2008")
    opened.page.fill(".kb-of-number input", "10")
    settled(opened, "2 of 7 answered, all saved")
    path = kinds_course / "exercises/practice/02_kinds.yaml"
    text = path.read_text("utf-8").replace("version: 1", "version: 2")
    path.write_text(text, "utf-8")
    main = opened.page.url.removeprefix("file://")

    def again() -> str:
        page = Path(main).read_text("utf-8")
        start, end = page.index("<h2>A part</h2>") + len("<h2>A part</h2>"), page.index("</main>")
        Path(main).write_text(page[:start] + practice("02_kinds").as_html() + page[end:], "utf-8")
        opened.page.reload()
        settled(opened, "2 of 7 answered, all saved")
        return str(opened.page.inner_text(".kb-notice"))

    assert again() == "This exercise has been revised. The questions that you answered are as they were."
    path.write_text(text.replace("How many years", "How many whole years"), "utf-8")
    assert again() == "Question 4 has changed since you answered. Your answers are kept; read it again."
    assert "This question has changed since you answered it." in item(opened, "number").inner_text()
    assert "has changed" not in item(opened, "date").inner_text()
    opened.page.fill(".kb-of-number input", "11")
    opened.page.wait_for_function("() => !document.querySelector('.kb-of-number .kb-stale')")


@pytest.mark.browser
def test_answers_that_no_longer_fit_their_questions_break_nothing(kinds_course: Path, open_html: Open) -> None:
    opened = open_html(practice("02_kinds").as_html())
    settled(opened, "0 of 7 answered")
    strange: list[Any] = [
        "zz",
        ["zz"],
        {"zz": "zz"},
        {"f1": "zz/zz"},
        {"form": "9.9999", "answer": "zz"},
        {"verdict": "zz"},
        ["a", "a"],
    ]
    for value in strange:
        opened.page.evaluate(
            """value => { const items = Object.fromEntries([1, 2, 3, 4, 5, 6, 7].map((n) => [`k${n}`, { value, revision: n }]));
            localStorage["knowing-benefit:sheet:02_kinds.practice"] = JSON.stringify({ revision: 7, exercise_version: 1, items }); }""",
            value,
        )
        opened.page.reload()
        opened.page.wait_for_function("() => document.querySelector('.kb-state').textContent.includes('Kept')")
        opened.page.evaluate("document.querySelectorAll('.kb-item > .kb-foot > button').forEach((one) => one.click())")
        assert opened.errors == [], value


# -- Everybody ---------------------------------------------------------------------------------------------------------


FACES: dict[str, Callable[[], Questions]] = {
    "graded": lambda: exercise("02_kinds"),
    "practice": lambda: practice("02_kinds"),
    "inline": lambda: ask("02_kinds", "k6"),
    "drill": lambda: drill("cloud-host"),
}


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", [*FACES, "selfpaced"])
def test_axe_finds_nothing(
    request: pytest.FixtureRequest, kinds_course: Path, open_html: Open, violations: Look, kind: str, scheme: str
) -> None:
    face = request.getfixturevalue("paced") if kind == "selfpaced" else FACES[kind]()
    opened = open_html(face.as_html(), color_scheme=scheme, head="<style>:root { color-scheme: light dark }</style>")
    page = opened.page
    if kind == "graded":
        page.fill(".kb-of-drawn input", "x17")
        page.click(".kb-of-drawn .kb-drawn button")
        page.wait_for_selector(".kb-of-drawn input[type=radio]")
    if kind in ("graded", "practice", "selfpaced"):
        page.locator(".kb-phrase").first.focus()
        answer_all(opened)
        item(opened, "predict").locator("input").first.check()
    else:
        page.locator("input[type=radio]").first.check()
    if kind != "graded":
        for check_it in page.locator(".kb-item > .kb-foot > button:first-child").element_handles():
            check_it.click()
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    assert violations(page) == []
    assert opened.errors == []


@pytest.mark.browser
@pytest.mark.parametrize("kind", FACES)
def test_fits_a_narrow_phone_with_room_for_thumbs(kinds_course: Path, open_html: Open, kind: str) -> None:
    opened = open_html(FACES[kind]().as_html(), width=320, height=640, has_touch=True, is_mobile=True)
    page = opened.page
    page.wait_for_selector(".kb-item")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    small = page.evaluate(
        "() => [...document.querySelectorAll('.kb button, .kb select, .kb input[type=text], .kb-options label')]"
        ".filter(one => one.offsetParent).map(one => [one.textContent.slice(0, 30), one.getBoundingClientRect()])"
        ".filter(([, box]) => box.height < 44 || box.width < 44).map(([text]) => text)"
    )
    assert small == []


def test_the_sample_has_every_newer_kind() -> None:
    assert [text.split("\n")[0].removeprefix("kind: ") for text in kinds_sample.ITEMS.values()] == KINDS
