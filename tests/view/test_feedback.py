"""A page of feedback: every option explained, nobody else's data, nothing that runs, complete after any interruption."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from knowing_benefit.assess import variants
from knowing_benefit.assess.grade import load_keyed
from knowing_benefit.assess.kinds import Drawn, WrittenKey
from knowing_benefit.assess.marks import Journal, Mark, fingerprint
from knowing_benefit.law.library import library
from knowing_benefit.publish import invented
from knowing_benefit.publish.grading import grade_class

ROOT = Path(__file__).parents[2]
EVIL = "<script>alert(1)</script><img src=x onerror=alert(1)>\u202e\0\x1b[2J&lt;"


def handed(number: str, items: dict[str, Any]) -> bytes:
    return invented.packed(number, [{"exercise": "01_small", "exercise_version": 3, "revision": 1, "items": items}])


def words(page: str) -> str:
    return re.sub(
        r"\s+",
        " ",
        re.sub(
            r"<(?!/?(?:em|span|strong))[^>]+>|<[^>]+>",
            lambda tag: "" if tag[0][1:].strip("/").startswith(("em", "span", "strong")) else " ",
            page.split("</style>")[-1],
        ),
    )


def test_every_option_is_explained_with_what_was_chosen(small_course: Path, tmp_path: Path) -> None:
    items = {
        "q1": "a",
        "q2": ["a", "b"],
        "q3": {"l1": "r2", "l2": "r1"},
        "q4": ["d", "b", "a", "c"],
        "q5": "76 F.3d 544 (7th Cir. 2023)",
    }
    (tmp_path / "A1.json").write_bytes(handed("A1", {**items, "q6": "It took part."}))
    (tmp_path / "B2.json").write_bytes(handed("B2", {"q1": "b"}))
    key = load_keyed(small_course / "exercises")["01_small"].keys["q6"]
    assert isinstance(key, WrittenKey)
    points = {"rule": Decimal("1.5"), "sides": Decimal(3)}
    Journal(tmp_path / "out/marks", "AB").keep(
        Mark("01_small", "q6", "A1", fingerprint("It took part."), points, ("Name *the* element.",)), key
    )
    grade_class(library(), sorted(tmp_path.glob("*.json")), tmp_path / "out")
    page = (tmp_path / "out/feedback/A1.html").read_text("utf-8")
    said = words(page)
    for text in (
        "Backpage ✕ Your choice, not right It is the platform. G.G.; ✓ verified",
        "Salesforce ● The right answer Right: it sold software. G.G., slip op. 1; ◐ secondary",
        "The court It decides.",
        "Participation ● Right; you did not mark it",
        "Salesforce ● Vendor It sold software.",
        "Backpage ✕ You chose: Victim Right: Platform",
        "G.G. ✕ You chose nothing. Right: Victim",
        "1. Dismissal You put it in place 2.",
        "You wrote 76 F.3d 544 (7th Cir. 2023)",
        "Reporter ✕ Not right The fourth series.",
        "4.5 of 5 points",
        "1.5 of 2 States the rule.",
        "Comments Name *the* element.",
        "A good answer, plaintiff It took part.",
        "Question 1. 0 of 2 points. ✕ Not right",
    ):
        assert text in said, text
    assert "B2" not in page
    other = (tmp_path / "out/feedback/B2.html").read_text("utf-8")
    assert "A1" not in words(other) and "It took part. Comments" not in other and "Left blank" in other


def test_nothing_that_a_student_wrote_can_run(small_course: Path, tmp_path: Path) -> None:
    (tmp_path / "A1.json").write_bytes(handed("A1", {"q5": EVIL.replace("\0", ""), "q6": EVIL.replace("\0", "") * 3}))
    grade_class(library(), [tmp_path / "A1.json"], tmp_path / "out")
    page = (tmp_path / "out/feedback/A1.html").read_text("utf-8")
    assert "<script" not in page and "<img" not in page and "\u202e" not in page and "\x1b" not in page
    assert page.count("&lt;script&gt;") == 4
    assert "Content-Security-Policy\" content=\"default-src 'none'" in page
    assert not re.search(
        r"""(?:src|href|action)\s*=|url\(|@import|http""", page.split("<body>")[1].split("&lt;script")[0]
    )


def test_the_newer_kinds_are_explained(kinds_course: Path, tmp_path: Path) -> None:
    keyed = load_keyed(kinds_course / "exercises", ["02_kinds"])
    one = keyed["02_kinds"]
    opened = library()
    item = next(item for item in one.exercise.items if isinstance(item, Drawn))
    form = variants.form_of(opened, "02_kinds", item, "A1", variants.draw_value(opened.root))
    wrong = next(name for name in item.answers() if name != form.answer)
    items = {
        "k1": ["a", "b"],
        "k2": {"f1": "participation/met", "f2": "knowledge/met", "f3": "/met"},
        "k3": "December 22, 2008",
        "k4": "ten",
        "k5": "a",
        "k6": {"verdict": "v2", "source": "s2"},
        "k7": {"form": form.id, "answer": wrong},
    }
    sheet = {"exercise": "02_kinds", "exercise_version": 1, "revision": 1, "items": items}
    (tmp_path / "A1.json").write_bytes(invented.packed("A1", [sheet]))
    sheet = {**sheet, "items": {"k7": {"form": "9.999", "answer": wrong}}}
    (tmp_path / "B2.json").write_bytes(invented.packed("B2", [sheet]))
    report = grade_class(opened, sorted(tmp_path.glob("*.json")), tmp_path / "out", only=["02_kinds"])
    said = words((tmp_path / "out/feedback/A1.html").read_text("utf-8"))
    for text in (
        "An individual who is a victim ✕ Your choice, not right",
        "whoever knowingly benefits ● Right; you did not mark it",
        "● Participation, met",
        "▲ Knowledge, met Right: Knowledge, not met",
        "✕ met Right: Benefit, met",
        "It should be December 23, 2008 About wrong.",
        "It should be 10 years",
        "What happened It reversed, as its own opening says.",
        "Contradicted ● Your choice, and right About v2.",
        "A press release ✕ Your choice, not right About s2.",
        "In your form it is otherwise that:",
        "How the answer is worked out",
        "✕ Your choice, not right",
    ):
        assert text in said, text
    assert any("for another form than this exam number draws" in notice.what for notice in report.odd)
    assert "another form than your exam number draws" in (tmp_path / "out/feedback/B2.html").read_text("utf-8")
    assert (tmp_path / "out/analysis/items.html").read_text("utf-8").count("<h3>") == 7


def test_pages_that_are_there_are_left_and_strays_are_removed(small_course: Path, tmp_path: Path) -> None:
    for number in ("A1", "B2"):
        (tmp_path / f"{number}.json").write_bytes(handed(number, {"q1": "b"}))
    out = tmp_path / "out"
    grade_class(library(), sorted(tmp_path.glob("*.json")), out)
    first = (out / "feedback/A1.html").stat().st_mtime_ns
    page = (out / "feedback/B2.html").read_bytes()
    (out / "feedback/B2.html").write_bytes(page[:-200])
    (out / "feedback/mine.html").write_text("<p>An instructor's own.</p>")
    grade_class(library(), sorted(tmp_path.glob("*.json")), out)
    assert (out / "feedback/A1.html").stat().st_mtime_ns == first
    assert (out / "feedback/B2.html").read_bytes() == page
    (tmp_path / "B2.json").unlink()
    grade_class(library(), sorted(tmp_path.glob("*.json")), out)
    assert sorted(path.name for path in (out / "feedback").iterdir()) == ["A1.html", "mine.html"]
    key = small_course / "exercises/keys/01_small.yaml"
    key.write_text(key.read_text("utf-8").replace("It decides.", "It only decides."), "utf-8")
    grade_class(library(), sorted(tmp_path.glob("*.json")), out)
    assert "It only decides." in (out / "feedback/A1.html").read_text("utf-8")


def everything(out: Path) -> dict[str, bytes]:
    files = (path for path in out.rglob("*") if path.is_file() and not path.name.endswith(".lock"))
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in files}


def test_grading_loads_no_widgets_and_no_reader_of_citations() -> None:
    code = (
        "import sys; from knowing_benefit.assess.grade import load_keyed; from knowing_benefit.law.library import library;"
        "import knowing_benefit.publish.grading; load_keyed(library().root / 'exercises');"
        "assert not {'anywidget', 'ipywidgets', 'IPython', 'eyecite'}.intersection(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


@pytest.mark.skipif(os.name != "posix", reason="sends signals as a POSIX terminal does")
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGKILL])
def test_a_run_that_was_stopped_is_completed_by_the_next(
    small_course: Path, tmp_path: Path, sent: signal.Signals
) -> None:
    chance, keyed = random.Random(5), load_keyed(small_course / "exercises")
    box = tmp_path / "in"
    box.mkdir()
    for at in range(400):
        (box / f"{at}.json").write_bytes(invented.hand_in(chance, invented.number(at), keyed))
    grade_class(library(), [box], tmp_path / "whole")
    command = [sys.executable, "-m", "knowing_benefit.cli", "grade", str(box), "--out", str(tmp_path / "out")]
    env = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "KNOWING_BENEFIT_COURSE": str(small_course)}
    child = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    end = time.monotonic() + 20
    while (
        len(list((tmp_path / "out/feedback").glob("*.html"))) < 20 and time.monotonic() < end and child.poll() is None
    ):
        time.sleep(0.002)
    child.send_signal(sent)
    _, said = child.communicate(timeout=20)
    assert child.returncode == (130 if sent == signal.SIGINT else -signal.SIGKILL)
    if sent == signal.SIGINT:
        assert "Stopped. What was finished is kept." in said and "Traceback" not in said
    done = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "out/feedback").glob("*.html")}
    assert 20 <= len(done) < 400
    assert not (tmp_path / "out/scores.csv").exists()
    grade_class(library(), [box], tmp_path / "out")
    assert everything(tmp_path / "out") == everything(tmp_path / "whole")
    assert all((tmp_path / "out/feedback" / name).stat().st_mtime_ns == when for name, when in done.items())


@pytest.mark.browser
def test_the_page_is_accessible_everywhere(
    kinds_course: Path, tmp_path: Path, browser: Any, violations: Callable[[Any], list[str]]
) -> None:
    keyed = load_keyed(kinds_course / "exercises")
    (tmp_path / "A1.json").write_bytes(invented.hand_in(random.Random(2), "A1", keyed))
    grade_class(library(), [tmp_path / "A1.json"], tmp_path / "out")
    for path in ("feedback/A1.html", "analysis/items.html"):
        for width, scheme in ((1280, "light"), (360, "dark")):
            context = browser.new_context(
                viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True
            )
            page = context.new_page()
            asked: list[str] = []
            page.on("request", lambda request, asked=asked: asked.append(request.url))
            page.goto((tmp_path / "out" / path).as_uri())
            assert violations(page) == [], (path, scheme)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert len(asked) == 1
            context.close()
