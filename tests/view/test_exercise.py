"""The face of questions: says what it must and no more, keeps what it says it keeps, and is for everybody."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from knowing_benefit.assess import citations, handin
from knowing_benefit.assess.items import load_exercise, load_key, load_practice
from knowing_benefit.assess.messages import reply
from knowing_benefit.law.source import CourseError
from knowing_benefit.view.exercise import Questions, brief, exercise, practice

Open = Callable[..., Any]
Look = Callable[[Any], list[str]]

ROOT = Path(__file__).parents[2]
FACES = {"graded": exercise, "practice": practice, "brief": brief}


def flat(text: str) -> str:
    """Text with its line breaks and the stars of italics taken out."""
    return " ".join(text.replace("*", "").split())


def strings(data: Any) -> list[str]:
    """Every text in JSON data."""
    if isinstance(data, str):
        return [data]
    children = data.values() if isinstance(data, dict) else data if isinstance(data, (list, tuple)) else []
    return [text for child in children for text in strings(child)]


# -- What it says ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", FACES.values())
def test_the_words_and_the_page_say_every_question(small_course: Path, make: Callable[[str], Questions]) -> None:
    face = make("01_small")
    for said in (flat(face.as_text()), flat(re.sub(r"</?em>", "", face.static()))):
        for item in face.data["items"]:
            assert flat(item["stem"]) in said
            for option in [*item.get("options", []), *item.get("left", []), *item.get("right", [])]:
                assert flat(option["text"]) in said


def test_practice_says_every_reason_and_a_brief_its_models(small_course: Path) -> None:
    said = flat(practice("01_small").as_text())
    for key in load_practice(small_course / "exercises/practice/01_small.yaml").keys.values():
        for reason in key.reasons.values():
            assert flat(reason.why) in said
    assert "[G.G., slip op. 1; ◐ secondary]" in said
    assert "It governs every verb. [G.G.; ◐ secondary]" in flat(brief("01_small").as_text())


def test_a_graded_exercise_holds_no_answer_and_no_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KNOWING_BENEFIT_COURSE", str(ROOT))
    for path in sorted((ROOT / "exercises").glob("*.yaml")):
        face = exercise(path.stem)
        shown = face.as_text() + face.as_html() + json.dumps(face.data, ensure_ascii=False)
        asked = path.read_text("utf-8")
        for key in load_key(path.parent / "keys" / path.name, load_exercise(path)).values():
            for text in strings(key.model_dump(exclude={"answer"})):
                # An authority's id and the like may stand in the question itself; a reason's words may not.
                assert len(text) < 25 or text in asked or text not in shown
        assert "key" not in {name for item in face.data["items"] for name in item}


@pytest.mark.parametrize("make", FACES.values())
def test_what_is_shown_does_not_depend_on_answers(small_course: Path, make: Callable[[str], Questions]) -> None:
    face = make("01_small")
    before, _ = face._repr_mimebundle_()
    item = face.data["items"][0]["id"]
    message = {"op": "save", "exercise": face.data["sheet"], "exercise_version": 3, "item": item, "value": "b"}
    assert reply(small_course, message)["op"] == "saved"
    after, _ = make("01_small")._repr_mimebundle_()
    assert {kind: before[kind] for kind in ("text/plain", "text/html")} == {
        kind: after[kind] for kind in ("text/plain", "text/html")
    }
    assert repr(face) == before["text/plain"]


def test_the_kernel_answers_the_page(small_course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[Any] = []
    monkeypatch.setattr(Questions, "send", lambda _, content: heard.append(content))
    face = exercise("01_small")
    face._handle_custom_msg(
        {"op": "save", "exercise": "01_small", "exercise_version": 3, "item": "q1", "value": "b", "seq": 7}, []
    )
    face._handle_custom_msg("nonsense", [])
    assert heard[0] == {"op": "saved", "seq": 7, "item": "q1", "revision": 1}
    assert heard[1]["op"] == "failed"


@pytest.mark.parametrize("make", FACES.values())
def test_a_wrong_name_is_a_fault_with_the_nearest(small_course: Path, make: Callable[[str], Questions]) -> None:
    for name in ("01_smal", "../keys/01_small"):
        with pytest.raises(CourseError, match="01_small"):
            make(name)


# -- On a page with no server and no kernel ----------------------------------------------------------------------------


def item(opened: Any, kind: str) -> Any:
    """The question of a kind."""
    return opened.page.locator(f".kb-of-{kind}")


def press(opened: Any, *keys: str) -> None:
    for key in keys:
        opened.page.keyboard.press(key)


def settled(opened: Any, text: str) -> None:
    """Wait until the progress line says this."""
    opened.page.wait_for_function(
        "text => document.querySelector('.kb-progress').textContent === text", arg=text, timeout=30000
    )


def answer_all(opened: Any) -> None:
    """Answer the small exercise by keyboard alone, rightly but for the order."""
    page = opened.page
    page.locator(".kb-of-one input").first.focus()
    press(opened, "ArrowDown")
    for word in ("Venture", "Participation", "A benefit"):
        while word not in page.evaluate("document.activeElement.closest('label')?.textContent || ''"):
            press(opened, "Tab")
        press(opened, "Space")
    for letter in "BCA":
        press(opened, "Tab")
        while page.evaluate("document.activeElement.tagName") != "SELECT":
            press(opened, "Tab")
        press(opened, letter)
    while "Move down: Rehearing" not in page.evaluate("document.activeElement.textContent"):
        press(opened, "Tab")
    press(opened, "Enter", "Enter")
    while page.evaluate("document.activeElement.tagName") != "INPUT":
        press(opened, "Tab")
    page.keyboard.type("76 F.4th 544 (7th Cir. 2023)")
    while page.evaluate("document.activeElement.tagName") != "TEXTAREA":
        press(opened, "Tab")
    page.keyboard.type("It took part; “so” 🙂.")
    settled(opened, "6 of 6 answered, all saved")


@pytest.mark.browser
def test_a_line_moved_again_after_it_was_saved_is_saved_again(small_course: Path, open_html: Open) -> None:
    opened = open_html(exercise("01_small").as_html())
    settled(opened, "0 of 6 answered")
    for _ in range(2):
        opened.page.get_by_role("button", name="Move down: Rehearing").press("Enter")
        settled(opened, "1 of 6 answered, all saved")
    shown = opened.page.locator(".kb-order li > span:first-child").all_inner_texts()
    assert shown.index("Rehearing") == 2
    opened.page.reload()
    settled(opened, "1 of 6 answered, all saved")
    assert opened.page.locator(".kb-order li > span:first-child").all_inner_texts() == shown


@pytest.mark.browser
def test_answers_by_keyboard_alone_come_back_after_a_reload_and_are_handed_in(
    small_course: Path, open_html: Open
) -> None:
    opened = open_html(exercise("01_small").as_html())
    settled(opened, "0 of 6 answered")
    answer_all(opened)
    settled(opened, "6 of 6 answered, all saved")
    assert "Kept in this browser" in opened.page.inner_text(".kb-state")
    opened.page.reload()
    settled(opened, "6 of 6 answered, all saved")
    assert opened.page.locator("label:has(:checked)").all_inner_texts() == [
        "Salesforce",
        "Venture",
        "Participation",
        "A benefit",
    ]
    assert opened.page.locator("select").evaluate_all("all => all.map(one => one.value)") == ["r2", "r3", "r1"]
    assert [text.split("\n")[0] for text in opened.page.locator(".kb-order li").all_inner_texts()] == [
        "Dismissal",
        "Remand",
        "Rehearing",
        "Reversal",
    ]
    assert opened.page.input_value("textarea") == "It took part; “so” 🙂."
    opened.page.focus("textarea")
    while opened.page.evaluate("document.activeElement.id").endswith("-number") is False:
        press(opened, "Tab")
    opened.page.keyboard.type("x-17")
    press(opened, "Tab", "Enter")
    opened.page.wait_for_selector(".kb-outcome a")
    with opened.page.expect_download() as download:
        opened.page.click(".kb-outcome a")
    assert download.value.suggested_filename == "X-17.json"
    found = handin.read(Path(download.value.path()).read_bytes())
    assert found.number == "X-17"
    assert found.sheets[0].exercise_version == 3
    assert found.sheets[0].items == {
        "q1": "b",
        "q2": ["a", "c", "e"],
        "q3": {"l1": "r2", "l2": "r3", "l3": "r1"},
        "q4": ["b", "c", "a", "d"],
        "q5": "76 F.4th 544 (7th Cir. 2023)",
        "q6": "It took part; “so” 🙂.",
    }
    assert opened.errors == []
    assert [address for address in opened.requests if not address.startswith(("file:", "blob:"))] == []


@pytest.mark.browser
@pytest.mark.parametrize("number", ["", "Ana Ruiz", "../x", "CON"])
def test_what_is_no_exam_number_is_refused_in_words(small_course: Path, open_html: Open, number: str) -> None:
    opened = open_html(exercise("01_small").as_html())
    opened.page.fill(".kb-field input", number)
    opened.page.click(".kb-field button")
    opened.page.wait_for_selector(".kb-outcome .kb-trouble")
    assert "not your name" in opened.page.inner_text(".kb-outcome")


@pytest.mark.browser
def test_a_number_without_a_digit_is_asked_about(small_course: Path, open_html: Open) -> None:
    opened = open_html(exercise("01_small").as_html())
    opened.page.fill(".kb-field input", "ruiz")
    opened.page.click(".kb-field button")
    opened.page.wait_for_selector(".kb-outcome a")
    assert "if it is your name" in opened.page.inner_text(".kb-outcome")
    assert "6 questions are blank" in opened.page.inner_text(".kb-outcome")


@pytest.mark.browser
def test_answers_can_be_cleared(small_course: Path, open_html: Open) -> None:
    opened = open_html(exercise("01_small").as_html())
    answer_all(opened)
    item(opened, "one").get_by_role("button", name="Clear").click()
    item(opened, "order").get_by_role("button", name="Clear").click()
    settled(opened, "4 of 6 answered, all saved")
    opened.page.reload()
    settled(opened, "4 of 6 answered, all saved")
    assert item(opened, "order").get_by_role("button", name="Keep this order").is_visible()


@pytest.mark.browser
def test_another_tab_shows_what_was_answered_here(small_course: Path, open_html: Open) -> None:
    opened = open_html(exercise("01_small").as_html())
    settled(opened, "0 of 6 answered")
    other = opened.page.context.new_page()
    other.goto(opened.page.url)
    other.locator(".kb-of-one input").nth(1).check()
    settled(opened, "1 of 6 answered, all saved")
    assert opened.page.locator(".kb-of-one input").nth(1).is_checked()


@pytest.mark.browser
def test_moving_a_line_keeps_the_focus_and_is_announced(small_course: Path, open_html: Open) -> None:
    opened = open_html(exercise("01_small").as_html())
    page = opened.page
    down = page.get_by_role("button", name="Move down: Rehearing")
    down.focus()
    said = []
    for _ in range(4):
        press(opened, "Enter")
        assert page.evaluate("document.activeElement.textContent").endswith("Move down: Rehearing")
        said.append(page.inner_text("[role=status]"))
    assert said == [
        "Rehearing. Now 2 of 4.",
        "Rehearing. Now 3 of 4.",
        "Rehearing. Now 4 of 4.",
        "Rehearing is last already.",
    ]
    assert page.locator("[role=status], [aria-live]").count() == 1


@pytest.mark.browser
def test_an_exercise_that_changed_says_so_and_keeps_the_answers(small_course: Path, open_html: Open) -> None:
    opened = open_html(exercise("01_small").as_html())
    opened.page.locator(".kb-of-one input").nth(1).check()
    settled(opened, "1 of 6 answered, all saved")
    opened.page.evaluate(
        "() => { const key = 'knowing-benefit:sheet:01_small', sheet = JSON.parse(localStorage[key]);"
        " sheet.exercise_version = 2; delete sheet.items.q1.asked; localStorage[key] = JSON.stringify(sheet); }"
    )
    opened.page.reload()
    settled(opened, "1 of 6 answered, all saved")
    assert "has changed since you last answered" in opened.page.inner_text(".kb-notice")


# -- Practice and briefs -----------------------------------------------------------------------------------------------


def check(opened: Any, kind: str) -> str:
    """Ask for what explains the answer to the question of a kind; gives all that is then shown."""
    item(opened, kind).locator(".kb-foot button").first.click()
    return str(item(opened, kind).locator(".kb-said").inner_text())


@pytest.mark.browser
def test_practice_explains_the_chosen_first_and_all_options_on_request(small_course: Path, open_html: Open) -> None:
    opened = open_html(practice("01_small").as_html())
    page = opened.page
    assert "Give an answer first" in check(opened, "one")
    page.locator(".kb-of-one input").nth(0).check()
    wrong = check(opened, "one")
    assert wrong.startswith("✕ Not right.")
    assert "It is the platform. G.G. ✓ verified" in wrong
    assert "It decides." not in wrong
    assert "Question 1: Not right. It is the platform." in page.inner_text("[role=status]")
    page.click(".kb-of-one summary")
    rest = page.inner_text(".kb-of-one .kb-said")
    assert re.search(r"● Salesforce The answer\s+Right: it sold software. G.G., slip op. 1 ◐ secondary", rest)
    assert "✕ Backpage Not the answer, your choice" in rest
    page.locator(".kb-of-one input").nth(1).check()
    assert page.inner_text(".kb-of-one .kb-said") == "", "what was said of another answer does not stay"
    assert check(opened, "one").startswith("● Right.")


@pytest.mark.browser
def test_practice_says_what_is_wrong_in_each_kind(small_course: Path, open_html: Open) -> None:
    opened = open_html(practice("01_small").as_html())
    page = opened.page
    for word in ("Venture", "Malice"):
        page.locator(".kb-of-several").get_by_label(word).check()
    several = check(opened, "several")
    assert several.startswith("▲ Partly right.")
    for words in (
        "Marked, and does not belong: Malice",
        "Belongs, and is not marked: Participation",
        "is not marked: A benefit",
    ):
        assert words in several
    for place, value in enumerate(("r2", "r3", "r4")):
        page.locator(".kb-of-match select").nth(place).select_option(value)
    assert "Not this match: G.G. She sued." in check(opened, "match")
    page.get_by_role("button", name="Keep this order").click()
    assert "First out of place: Rehearing. October 2023." in check(opened, "order")
    page.click(".kb-of-order summary")
    assert re.findall(r"Dismissal|Reversal|Rehearing|Remand", page.inner_text(".kb-of-order details")) == [
        "Dismissal",
        "Reversal",
        "Rehearing",
        "Remand",
    ]
    page.fill(".kb-of-citation input", "76 F.3d 544 (7th Cir. 2022)")
    cited = check(opened, "citation")
    assert "Reporter: not right. The fourth series." in cited
    assert "Year: not right. The year 2023." in cited
    assert "Volume" not in cited
    page.fill(".kb-of-written textarea", "Mine.")
    assert "States the rule." in check(opened, "written")
    assert opened.errors == []


@pytest.mark.browser
def test_a_right_answer_of_each_kind_is_right(small_course: Path, open_html: Open) -> None:
    opened = open_html(practice("01_small").as_html())
    page = opened.page
    for word in ("Venture", "Participation", "A benefit"):
        page.locator(".kb-of-several").get_by_label(word).check()
    for place, value in enumerate(("r2", "r3", "r1")):
        page.locator(".kb-of-match select").nth(place).select_option(value)
    for name in ("Move up: Dismissal", "Move up: Reversal", "Move up: Reversal"):
        page.get_by_role("button", name=name).click()
    page.fill(".kb-of-citation input", "76 F. 4th 544 (7th Cir. 2023)")
    for kind in ("several", "match", "order", "citation"):
        assert check(opened, kind).startswith("● Right."), kind


@pytest.mark.browser
def test_the_page_and_the_grader_read_citations_alike(small_course: Path, open_html: Open) -> None:
    opened = open_html(practice("01_small").as_html())
    right = "76 F.4th 544 (7th Cir. 2023)"
    names = dict(practice("01_small").data["parts"])
    volumes, reporters, ends = (
        ("76", "123"),
        ("F.4th", "F. 4th", "f4th", "F.3d"),
        ("(7th Cir. 2023)", "(7th Cir. Aug. 3, 2023)", "(2023)", ""),
    )
    texts = [" ".join(parts) for parts in itertools.product(volumes, reporters, ("544", "544, 548"), ends)]
    texts += [
        "G.G. v. Salesforce.com, Inc., 76 F.4th 544 (7th Cir. 2023).",
        "76F.4th544(7th Cir.2023)",
        "nothing",
        "(((",
        "76 F.4th 0544 (7TH CIR 2023)",
    ]
    for text in texts:
        opened.page.fill(".kb-of-citation input", text)
        said = check(opened, "citation").split("The citation, part by part")[0]
        wrong = {name for name, title in names.items() if f"{title}: not right." in said}
        assert wrong == {name for name, good in citations.compare(text, [right]).items() if not good}, text


@pytest.mark.browser
def test_a_brief_is_compared_only_after_something_is_written(small_course: Path, open_html: Open) -> None:
    opened = open_html(brief("01_small").as_html())
    buttons = opened.page.locator(".kb-foot button:visible")
    buttons.nth(0).click()
    assert "Give an answer first" in opened.page.inner_text(".kb-said >> nth=0")
    assert "A person sued" not in opened.page.inner_text("main")
    opened.page.fill("textarea", "A vendor was sued.")
    buttons.nth(0).click()
    said = opened.page.inner_text(".kb-said >> nth=0")
    assert "A person sued a vendor." in said
    assert "Count them. G.G. ✓ verified" in said
    opened.page.get_by_label("On a verdict").check()
    settled(opened, "2 of 2 answered, all saved")
    opened.page.reload()
    settled(opened, "2 of 2 answered, all saved")
    assert "4 words" in opened.page.inner_text(".kb-count")


# -- Everybody ---------------------------------------------------------------------------------------------------------


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", FACES)
def test_axe_finds_nothing(small_course: Path, open_html: Open, violations: Look, kind: str, scheme: str) -> None:
    opened = open_html(
        FACES[kind]("01_small").as_html(), color_scheme=scheme, head="<style>:root { color-scheme: light dark }</style>"
    )
    page = opened.page
    if kind == "brief":
        page.fill("textarea", "Mine.")
        page.get_by_label("On a verdict").check()
    else:
        answer_all(opened)
    for button in page.locator(".kb-foot button:visible").all():
        if "Clear" not in button.inner_text():
            button.click()
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    if kind == "graded":
        page.click(".kb-field button")
        page.wait_for_selector(".kb-outcome .kb-trouble")
    assert violations(page) == []
    assert opened.errors == []


@pytest.mark.browser
@pytest.mark.parametrize("kind", FACES)
def test_readable_without_scripts(small_course: Path, open_html: Open, violations: Look, kind: str) -> None:
    face = FACES[kind]("01_small")
    opened = open_html(face.as_html(), java_script_enabled=False)
    text = opened.page.inner_text("main")
    for one in face.data["items"]:
        assert flat(one["stem"]) in flat(text)
    assert "This copy is for reading." in text


@pytest.mark.browser
@pytest.mark.parametrize("kind", FACES)
def test_fits_a_narrow_phone_with_room_for_thumbs(small_course: Path, open_html: Open, kind: str) -> None:
    opened = open_html(FACES[kind]("01_small").as_html(), width=320, height=640, has_touch=True, is_mobile=True)
    page = opened.page
    settled(opened, f"0 of {len(FACES[kind]('01_small').data['items'])} answered")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    small = page.evaluate(
        "() => [...document.querySelectorAll('.kb button, .kb select, .kb input[type=text], .kb textarea, .kb-options label')]"
        ".filter(one => one.offsetParent).map(one => [one.textContent.slice(0, 30), one.getBoundingClientRect()])"
        ".filter(([, box]) => box.height < 44 || box.width < 44).map(([text]) => text)"
    )
    assert small == []


# -- With a kernel -----------------------------------------------------------------------------------------------------


class Kernel:
    """A page whose face talks to :func:`reply`, as it does through a kernel; every message can be held back or spoilt."""

    def __init__(self, opened: Any, root: Path, face: Questions) -> None:
        self.page = opened.page
        self.heard: list[dict[str, Any]] = []
        self.mode = "answer"
        self.root = root
        self.page.expose_function("ask", self._ask)
        self.page.evaluate(
            """([module, data]) => {
                const el = document.querySelector('main').appendChild(document.createElement('div'));
                const heard = [], values = { data };
                window.model = { get: name => values[name], set() {}, save_changes() {}, on: (what, f) => heard.push(f),
                    send: async message => { const reply = await window.ask(message); if (reply) heard.forEach(f => f(reply)); } };
                const script = document.createElement('script');
                script.type = 'module';
                script.textContent = module + '\\nrender({ model: window.model, el: document.querySelector("main > div") });';
                document.head.append(script);
            }""",
            [face.module(), face.data],
        )
        self.page.wait_for_selector(".kb-item")

    def _ask(self, message: dict[str, Any]) -> dict[str, Any] | None:
        self.heard.append(message)
        if self.mode == "silent":
            return None
        if self.mode == "fail":
            return {"op": "failed", "seq": message["seq"], "what": "The disk is full.", "mend": "Delete something."}
        return reply(self.root, message)

    def kept(self, kind: str) -> str:
        return str(self.page.inner_text(f".kb-of-{kind} .kb-kept"))

    def wait(self, kind: str, words: str) -> None:
        self.page.wait_for_function(
            "([kind, words]) => document.querySelector(`.kb-of-${kind} .kb-kept`).textContent.includes(words)",
            arg=[kind, words],
            timeout=5000,
        )

    def saved(self, name: str) -> Any:
        sheet = json.loads((self.root / "answers/01_small.json").read_text("utf-8"))
        return sheet["items"][name]["value"]


@pytest.fixture
def kernel(small_course: Path, open_html: Open) -> Kernel:
    return Kernel(open_html(""), small_course, exercise("01_small"))


@pytest.mark.browser
def test_saved_is_said_only_after_the_kernel_has_it(kernel: Kernel) -> None:
    assert "Kept in the course folder." in kernel.page.inner_text(".kb-state")
    kernel.mode = "silent"
    kernel.page.locator(".kb-of-one input").nth(1).check()
    kernel.page.wait_for_timeout(300)
    assert kernel.kept("one") == "Saving…"
    assert "saving…" in kernel.page.inner_text(".kb-progress >> nth=0")
    kernel.mode = "answer"
    kernel.page.locator(".kb-of-several input").nth(0).check()
    kernel.wait("several", "✓ Saved")
    assert kernel.saved("q2") == ["a"]


@pytest.mark.browser
def test_what_is_not_saved_says_so_and_can_be_tried_again(kernel: Kernel) -> None:
    kernel.mode = "fail"
    kernel.page.locator(".kb-of-one input").nth(1).check()
    kernel.wait("one", "✕ Not saved: the disk is full. Delete something.")
    assert "1 of 6 answered, 1 not saved" in kernel.page.inner_text(".kb-progress >> nth=0")
    assert "Question 1: not saved." in kernel.page.inner_text("[role=status]")
    (kernel.root / "hand-in").mkdir()
    (kernel.root / "hand-in/X16.json").write_text("{}")
    kernel.page.fill(".kb-field input", "x17")
    kernel.page.click(".kb-field button")
    kernel.page.wait_for_selector(".kb-outcome .kb-trouble")
    assert "not saved yet" in kernel.page.inner_text(".kb-outcome")
    kernel.mode = "answer"
    kernel.page.click(".kb-of-one .kb-kept button")
    kernel.wait("one", "✓ Saved")
    assert "Question 1: saved." in kernel.page.inner_text("[role=status]")
    kernel.page.click(".kb-field button")
    kernel.page.wait_for_selector(".kb-outcome strong")
    assert "hand-in/X17.json" in kernel.page.inner_text(".kb-outcome")
    assert "X16.json; hand in only" in kernel.page.inner_text(".kb-outcome")
    assert handin.read((kernel.root / "hand-in/X17.json").read_bytes()).sheets[0].items == {"q1": "b"}


@pytest.mark.browser
def test_a_silent_kernel_is_noticed(small_course: Path, open_html: Open) -> None:
    opened = open_html("")
    opened.page.clock.install()
    kernel = Kernel(opened, small_course, exercise("01_small"))
    kernel.mode = "silent"
    kernel.page.locator(".kb-of-one input").nth(1).check()
    kernel.page.clock.run_for(11_000)
    kernel.wait("one", "✕ Not saved: the kernel does not answer.")
    # It is sent again by itself, and this time taken.
    kernel.mode = "answer"
    kernel.page.clock.run_for(11_000)
    kernel.wait("one", "✓ Saved")


@pytest.mark.browser
def test_typing_is_saved_in_pauses_and_on_leaving_the_field(kernel: Kernel) -> None:
    kernel.page.locator("textarea").press_sequentially("It took part", delay=10)
    assert kernel.kept("written") == "Saving…"
    kernel.wait("written", "✓ Saved")
    saves = [message["value"] for message in kernel.heard if message["op"] == "save"]
    assert saves == ["It took part"]
    kernel.page.locator("textarea").press_sequentially(".")
    kernel.page.locator("textarea").blur()
    kernel.page.wait_for_timeout(200)
    assert kernel.saved("q6") == "It took part."


@pytest.mark.browser
def test_a_page_that_is_hidden_sends_what_is_not_saved_yet(kernel: Kernel) -> None:
    kernel.page.locator("textarea").press_sequentially("Half a th")
    kernel.page.evaluate(
        "() => { Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });"
        " document.dispatchEvent(new Event('visibilitychange')); }"
    )
    kernel.page.wait_for_timeout(200)
    assert kernel.saved("q6") == "Half a th"


@pytest.mark.browser
def test_leaving_with_unsaved_answers_is_warned_of(kernel: Kernel) -> None:
    kernel.mode = "fail"
    kernel.page.locator(".kb-of-one input").nth(1).check()
    kernel.wait("one", "Not saved")
    with kernel.page.expect_event("dialog", timeout=5000) as asked:
        kernel.page.close(run_before_unload=True)
    assert asked.value.type == "beforeunload"
    asked.value.accept()


@pytest.mark.browser
def test_two_views_of_one_widget_show_each_others_answers(kernel: Kernel) -> None:
    kernel.page.evaluate(
        "() => { const el = document.querySelector('main').appendChild(document.createElement('div')); el.id = 'second';"
        " const script = document.createElement('script'); script.type = 'module';"
        " script.textContent = [...document.querySelectorAll('head script')].at(-1).textContent.replace('main > div', '#second');"
        " document.head.append(script); }"
    )
    kernel.page.wait_for_selector("#second .kb-item")
    kernel.page.locator("#second .kb-of-one input").nth(1).check()
    kernel.page.wait_for_function("() => document.querySelectorAll('.kb-of-one input')[1].checked", timeout=5000)
    kernel.wait("one", "✓ Saved")


@pytest.mark.browser
def test_the_notebook_view_s_scrolling_box_shows_all_of_a_face(small_course: Path, open_html: Open) -> None:
    box = ".jp-CodeCell.jp-mod-outputsScrolled .jp-Cell-outputArea { overflow-y: auto; max-height: 24em; }"
    opened = open_html(
        f'<div class="jp-CodeCell jp-mod-outputsScrolled"><div class="jp-Cell-outputArea">{exercise("01_small").as_html()}</div></div>',
        head=f"<style>{box}</style>",
    )
    settled(opened, "0 of 6 answered")
    tall, shown = opened.page.locator(".jp-Cell-outputArea").evaluate("at => [at.scrollHeight, at.clientHeight]")
    assert tall == shown > 600
