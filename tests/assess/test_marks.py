"""What people give to written answers is kept line by line, never lost, and counts only for the text they saw."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

import pytest

from knowing_benefit.assess.grade import grade, load_keyed
from knowing_benefit.assess.items import Criterion, WrittenKey
from knowing_benefit.assess.marks import Journal, Mark, MarkFault, Marks, agreement, fingerprint
from knowing_benefit.publish.invented import packed

KEY = WrittenKey(
    rubric=[Criterion(id="rule", points=2, text="Rule."), Criterion(id="sides", points=3, text="Sides.")],
    model={"plaintiff": "It took part."},
)


def mark(number: str = "A1", rule: str = "2", sides: str = "1.5", text: str = "It took part.", *said: str) -> Mark:
    points = {"rule": Decimal(rule), "sides": Decimal(sides)}
    return Mark("01_small", "q6", number, fingerprint(text), points, said)


def test_marks_and_comments_come_back(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "AB")
    journal.keep(mark(), KEY)
    journal.keep(mark("A1", "1", "1", "It took part.", "Name the element."), KEY)
    journal.keep_comment("01_small", "q6", "Name the element.")
    journal.keep_comment("01_small", "q6", "Too short.")
    journal.keep_comment("01_small", "q6", "Too short.", drop=True)
    again = Journal(tmp_path, "AB")
    assert again.marks == journal.marks
    assert again.marks["01_small", "q6", "A1"].points == {"rule": 1, "sides": 1}
    assert again.bank == {("01_small", "q6"): ["Name the element."]}
    assert again.path.read_bytes().count(b"\n") == 5


@pytest.mark.parametrize(("rule", "sides"), [("3", "1"), ("-1", "1"), ("0.1", "1"), ("0", "3.25")])
def test_points_that_the_rubric_does_not_have_are_refused(tmp_path: Path, rule: str, sides: str) -> None:
    with pytest.raises(MarkFault):
        Journal(tmp_path, "AB").keep(mark("A1", rule, sides), KEY)
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_is_a_path_is_refused(tmp_path: Path) -> None:
    for name in ("", "../x", "a b", "a/b", "x" * 40):
        with pytest.raises(MarkFault):
            Journal(tmp_path, name)


def test_an_unfinished_line_costs_nothing_but_itself(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "AB")
    journal.keep(mark("A1"), KEY)
    with journal.path.open("ab") as stream:
        stream.write(b'{"kind": "mark", "exercise": "01')
    again = Journal(tmp_path, "AB")
    assert again.damaged == 1
    again.keep(mark("B2"), KEY)
    assert sorted(where[2] for where in Journal(tmp_path, "AB").marks) == ["A1", "B2"]


def test_two_graders_are_averaged_and_compared(tmp_path: Path) -> None:
    first, second = Journal(tmp_path, "AB"), Journal(tmp_path, "CD")
    for number, one, other in (("A1", "2", "2"), ("B2", "2", "1"), ("C3", "0", "0.25")):
        first.keep(mark(number, one, "3"), KEY)
        second.keep(mark(number, other, "3"), KEY)
    found = agreement(first, second, "01_small", "q6")
    assert found is not None
    assert (found.answers, round(found.exact, 3), round(found.difference, 3)) == (3, 0.333, 0.417)
    assert [number for number, _, _ in found.apart] == ["B2", "C3"]
    # By hand: totals (5,5) (5,4) (3,3.25); observed 1.0625/3; by chance, over all nine pairs, 13.1875/9.
    assert found.kappa == pytest.approx(1 - (1.0625 / 3) / (13.1875 / 9))
    award, doubt = Marks(tmp_path).award("01_small", "q6", KEY, "B2", "It took part.")
    assert award and not doubt
    assert (award.points, award.lines) == (Decimal("4.50"), {"rule": Decimal("1.50"), "sides": Decimal("3.00")})
    assert award.totals == (5, 4)


def test_a_mark_counts_for_the_text_and_the_rubric_it_was_given_to(tmp_path: Path) -> None:
    Journal(tmp_path, "AB").keep(mark(), KEY)
    marks = Marks(tmp_path)
    assert marks.award("01_small", "q6", KEY, "A1", "It took part.")[0]
    assert marks.award("01_small", "q6", KEY, "A1", "Another text.") == (
        None,
        "was given to an earlier text of this answer",
    )
    other = KEY.model_copy(update={"rubric": [KEY.rubric[0]]})
    assert marks.award("01_small", "q6", other, "A1", "It took part.") == (None, "was given by an earlier rubric")
    more = KEY.model_copy(update={"rubric": [*KEY.rubric, Criterion(id="law", points=1, text="Law.")]})
    assert marks.award("01_small", "q6", more, "A1", "It took part.") == (None, "lacks points for law")


def test_grading_takes_marks_in(small_course: Path, tmp_path: Path) -> None:
    for number, text in (("A1", "It took part."), ("B2", "It sold software.")):
        sheet = {"exercise": "01_small", "exercise_version": 3, "revision": 1, "items": {"q6": text}}
        (tmp_path / f"{number}.json").write_bytes(packed(number, [sheet]))
    out = tmp_path / "out"
    files = sorted(tmp_path.glob("*.json"))
    assert grade(files, load_keyed(small_course / "exercises"), out).waiting == 2
    Journal(out / "marks", "AB").keep(mark(), KEY)
    Journal(out / "marks", "AB").keep(mark("B2", "2", "2", "Another text."), KEY)
    report = grade(files, load_keyed(small_course / "exercises"), out)
    assert (report.waiting, report.changed) == (1, 1)
    assert ["its mark was given to an earlier text" in notice.what for notice in report.odd] == [True]
    assert b'"A1","01_small","q6","","3.50","A grader\'s mark changed."' in (out / "changes.csv").read_bytes()


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is a thing of POSIX systems")
def test_no_acknowledged_mark_is_lost_when_the_process_is_killed(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from decimal import Decimal\n"
        "from knowing_benefit.assess.marks import Journal, Mark\n"
        "from knowing_benefit.assess.items import Criterion, WrittenKey\n"
        "key = WrittenKey(rubric=[Criterion(id='r', points=100, text='R')], model={'a': 'b'})\n"
        "journal = Journal(Path(sys.argv[1]), 'AB')\n"
        "for n in range(100000):\n"
        "    journal.keep(Mark('e', 'q', f'A{n}', 'x', {'r': Decimal(n % 100)}), key); print(n, flush=True)\n"
    )
    for pause in (0.02, 0.05):
        child = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        assert child.stdout and child.stdout.readline() == "0\n"
        time.sleep(pause)
        child.send_signal(signal.SIGKILL)
        last = int(("0\n" + child.stdout.read()).split("\n")[-2])
        child.wait()
        kept = Journal(tmp_path, "AB")
        assert {f"A{n}" for n in range(last + 1)} <= {where[2] for where in kept.marks}
