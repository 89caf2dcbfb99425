"""The grading desk: what it says is saved is on the disk, nobody else on the network or the web can reach it, and keys do it all."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, build_opener

import pytest
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets

from knowing_benefit.assess.grade import grade, load_keyed
from knowing_benefit.assess.marks import Journal, Mark, fingerprint
from knowing_benefit.law.source import CourseError
from knowing_benefit.publish.desk import Desk, application
from knowing_benefit.publish.invented import packed

TEXTS = {"A1": "It took part.", "B2": "It sold <script>document.title = 'run'</script> software.", "C3": "Both."}


@dataclass
class Served:
    """A desk that is served, and how to ask it."""

    desk: Desk
    address: str
    token: str

    def ask(self, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        given = {"Cookie": f"knowing-benefit-desk={self.token}", "X-Course-Desk": "1", **headers}
        request = Request(
            self.address + path,
            json.dumps(body).encode() if body is not None else None,
            {k: v for k, v in given.items() if v},
        )
        try:
            with build_opener().open(request, timeout=10) as reply:
                raw = reply.read().decode()
                return reply.status, json.loads(raw) if reply.headers["Content-Type"].startswith(
                    "application/json"
                ) else raw
        except HTTPError as problem:
            return problem.code, problem.read().decode()


@pytest.fixture
def marked(small_course: Path, tmp_path: Path) -> Path:
    """The output of a class with three written answers."""
    for number, text in TEXTS.items():
        sheet = {"exercise": "01_small", "exercise_version": 3, "revision": 1, "items": {"q6": text}}
        (tmp_path / f"{number}.json").write_bytes(packed(number, [sheet]))
    grade(sorted(tmp_path.glob("*.json")), load_keyed(small_course / "exercises"), tmp_path / "out")
    return tmp_path / "out"


@pytest.fixture
def serve(marked: Path) -> Iterator[Callable[[str], Served]]:
    loops: list[tuple[asyncio.AbstractEventLoop, threading.Thread]] = []

    def start(grader: str) -> Served:
        sockets = bind_sockets(0, "127.0.0.1")
        host = f"127.0.0.1:{sockets[0].getsockname()[1]}"
        served = Served(Desk(marked, grader), f"http://{host}", "secret-token")
        loop = asyncio.new_event_loop()

        def run() -> None:
            asyncio.set_event_loop(loop)
            server = HTTPServer(application(served.desk, served.token, host))
            server.add_sockets(sockets)
            loop.run_forever()

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        loops.append((loop, thread))
        return served

    yield start
    for loop, thread in loops:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)


def first(served: Served) -> dict[str, Any]:
    number = next(iter(served.ask("/api/overview")[1]["questions"][0]["answers"]))
    return {"exercise": "01_small", "item": "q6", "number": number}


def test_what_is_saved_is_on_the_disk(serve: Callable[[str], Served], marked: Path) -> None:
    served = serve("AB")
    where = first(served)
    _, answer = served.ask("/api/answer?" + "&".join(f"{name}={value}" for name, value in where.items()))
    assert answer["text"] == TEXTS[where["number"]]
    given = {
        **where,
        "op": "mark",
        "answer": answer["answer"],
        "points": {"rule": "2", "sides": "1.5"},
        "comments": ["Good."],
    }
    assert served.ask("/api/answer", given)[1]["state"] == "done"
    kept = Journal(marked / "marks", "AB").marks["01_small", "q6", where["number"]]
    assert (str(kept.points["sides"]), kept.comments) == ("1.5", ("Good.",))
    assert served.ask("/api/overview")[1]["questions"][0]["answers"][where["number"]] == "done"
    assert served.ask("/api/answer", {**where, "op": "comment", "text": "Name it."})[1]["bank"] == ["Name it."]


@pytest.mark.parametrize(
    "change",
    [
        {"points": {"rule": "9"}},
        {"points": {"rule": "NaN"}},
        {"points": {"rule": "Infinity"}},
        {"points": {"nothing": "1"}},
        {"points": {"rule": "x"}},
        {"points": []},
        {"answer": "another"},
        {"number": "Z9"},
        {"item": "../q6"},
        {"comments": ["x" * 6000]},
        {"comments": 5},
        {"op": "drop"},
    ],
)
def test_what_does_not_fit_is_not_saved_and_said(
    serve: Callable[[str], Served], marked: Path, change: dict[str, Any]
) -> None:
    served = serve("AB")
    where = first(served)
    _, answer = served.ask("/api/answer?" + "&".join(f"{name}={value}" for name, value in where.items()))
    given = {**where, "op": "mark", "answer": answer["answer"], "points": {}, "comments": []} | change
    status, reply = served.ask("/api/answer", given)
    if change == {"op": "drop"}:
        # Any other word than comment is a mark.
        assert reply["saved"]
        return
    assert status == 200 and reply["saved"] is False and reply["what"].endswith(".")
    assert not list((marked / "marks").glob("*.jsonl")) if (marked / "marks").exists() else True


def test_only_who_has_the_address_comes_in(serve: Callable[[str], Served]) -> None:
    served = serve("AB")
    assert served.ask("/", Cookie="")[0] == 403
    assert served.ask("/?token=wrong", Cookie="")[0] == 403
    assert served.ask("/api/overview", Cookie="")[0] == 403
    assert served.ask("/api/overview", Cookie="knowing-benefit-desk=x")[0] == 403
    # Another site cannot send this header, and cannot ask under our name.
    assert served.ask("/api/overview", **{"X-Course-Desk": ""})[0] == 403
    assert served.ask("/api/overview", Host="evil.example")[0] == 403
    assert served.ask("/", Host="evil.example")[0] == 403
    assert served.ask("/api/answer", ["x" * 3_000_000])[0] in (400, 413, 200)
    status, page = served.ask("/")
    assert status == 200 and "noscript" in page


def test_the_order_is_another_for_each_question_and_not_that_of_numbers(marked: Path) -> None:
    order = list(next(iter(Desk(marked, "AB").questions.values())).places)
    assert sorted(order) == ["A1", "B2", "C3"]
    assert order == list(next(iter(Desk(marked, "CD").questions.values())).places)


def test_a_folder_without_answers_and_a_bad_name_are_said_to_be(tmp_path: Path, marked: Path) -> None:
    with pytest.raises(CourseError, match="no written answers"):
        Desk(tmp_path / "absent", "AB")
    with pytest.raises(CourseError, match="letters, digits"):
        Desk(marked, "A B")
    (marked / "written/01_small.q6.jsonl").write_text("x")
    with pytest.raises(CourseError, match="not what course grade writes"):
        Desk(marked, "AB")


@pytest.mark.browser
def test_all_of_it_by_keyboard(
    serve: Callable[[str], Served], marked: Path, browser: Any, violations: Callable[[Any], list[str]]
) -> None:
    other = Journal(marked / "marks", "CD")
    served = serve("AB")
    for question in served.desk.questions.values():
        for number in question.places:
            points = {"rule": Decimal(2), "sides": Decimal(3)}
            other.keep(Mark("01_small", "q6", number, fingerprint(TEXTS[number]), points), question.key)
    context = browser.new_context(bypass_csp=True)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{served.address}/?token={served.token}")
    page.wait_for_selector(".dk-line input")
    assert page.url == f"{served.address}/"
    assert violations(page) == []
    saved = "document.querySelector('.dk-status').textContent === 'Saved.'"
    page.keyboard.press("1")
    for _ in range(3):
        page.keyboard.type("2")
        page.keyboard.press("Enter")
        page.keyboard.type("2.5")
        page.wait_for_function(saved)
        page.keyboard.press("Enter")
        page.wait_for_timeout(150)
    assert page.locator(".dk-status").text_content() == "Every answer to this question has its points."
    assert page.locator("header").inner_text().count("3 of 3 graded") == 1
    kept = Journal(marked / "marks", "AB").marks
    assert {number: str(sum(mark.points.values())) for (_, _, number), mark in kept.items()} == dict.fromkeys(
        TEXTS, "4.5"
    )
    page.keyboard.press("Tab")
    page.locator("body").click(position={"x": 2, "y": 2})
    page.keyboard.press("c")
    page.keyboard.type("Name the element.")
    page.wait_for_function(saved)
    page.get_by_text("Keep it for other answers, too").click()
    page.wait_for_selector(".dk-bank li")
    assert "3 answers: 0% the same; mean difference 0.5" in page.locator("aside").inner_text()
    page.get_by_text("Where you differ most").click()
    assert page.get_by_text("you 4.5, CD 5").count() == 3
    # What a student wrote was shown as text.
    page.locator("body").click(position={"x": 2, "y": 2})
    seen = ""
    for key in ("j", "j", "k", "k", "k"):
        page.keyboard.press(key)
        page.wait_for_timeout(120)
        seen += page.locator(".dk-text").text_content() or ""
    assert "<script>" in seen and page.title() == "Grading desk"
    assert errors == []
    context.close()


@pytest.mark.browser
def test_a_desk_that_is_gone_says_so_and_saves_when_it_is_back(
    serve: Callable[[str], Served], marked: Path, browser: Any
) -> None:
    served = serve("AB")
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{served.address}/?token={served.token}")
    page.wait_for_selector(".dk-line input")
    page.route("**/api/answer", lambda route: route.abort())
    page.locator(".dk-line input").first.fill("1")
    page.get_by_text("Not saved.").wait_for()
    assert not (marked / "marks/AB.jsonl").exists()
    page.unroute("**/api/answer")
    page.get_by_text("Saved.", exact=True).wait_for(timeout=10_000)
    assert len(Journal(marked / "marks", "AB").marks) == 1
    context.close()
