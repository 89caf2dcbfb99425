"""Figures as data: every form is read, every mistake is told by its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowing_benefit.law.authorities import Authority
from knowing_benefit.law.figures import KINDS, RANKS, Matrix, Verdict, load_figure, load_figures, rank, unfounded
from knowing_benefit.law.library import Library
from knowing_benefit.law.source import CourseError

COURSE = Library(Path(__file__).parents[2])

HEAD = """id: sample
kind: {kind}
title: A figure
caption: The message.
alt: What a seeing reader concludes.
authority: [gg-salesforce-7th-2023]
status: secondary
"""

FORMS = {
    "tree": "root: {label: Claim, children: [{label: Venture, mark: not met}]}\n",
    "cites": """nodes:
  - {id: gte-7th-2003, label: GTE}
  - {id: gg-salesforce-7th-2023, label: G.G.}
edges:
  - {from: gg-salesforce-7th-2023, to: gte-7th-2003, how: cites, status: secondary}
""",
    "matrix": """columns: [{id: x, label: X}]
rows: [{id: a, label: A}]
cells: {a: {x: {mark: yes, text: of course}}}
""",
    "lanes": """from: 2000
to: 2026
lanes:
  - label: A
    bars: [{from: "2008-12-23", to: null, label: now}]
    marks: [{on: "2018-04-11", label: FOSTA}]
""",
    "chain": "boxes: [{label: A, note: one}, {label: B}]\nlinks: [sells to]\n",
    "bars": "unit: cases\nbars: [{label: A, value: 3}, {label: B, value: 2.5}]\n",
}
COMPUTED = "computed: {hypothetical: gg-as-pleaded, readings: [ca7-gg-majority], elements: [venture, outcome]}\n"


def written(folder: Path, kind: str, body: str) -> Path:
    path = folder / "sample.yaml"
    path.write_text(HEAD.format(kind=kind) + body, "utf-8")
    return path


@pytest.mark.parametrize("kind", list(KINDS))
def test_every_form_is_read(tmp_path: Path, kind: str) -> None:
    assert load_figure(written(tmp_path, kind, FORMS[kind])).kind == kind
    assert set(FORMS) == set(KINDS)


@pytest.mark.parametrize(
    ("kind", "old", "new", "line", "what"),
    [
        ("tree", "kind: tree", "kind: trees", 2, "'trees' is not a kind of figure. Did you mean 'tree'?"),
        ("tree", "mark: not met", "mark: maybe", 8, "'maybe' is not one of"),
        ("tree", "{label: Claim,", f"{{label: {'long ' * 9},", 8, "at most 40"),
        ("tree", "{label: Venture, mark: not met}", "{label: B, children: [{label: C, children: [{label: D, children: [{label: E}]}]}]}", 8, "more than 4 levels"),
        ("cites", "to: gte-7th-2003", "to: gte-7th-2004", 12, "there is no node 'gte-7th-2004'. Did you mean 'gte-7th-2003'?"),
        ("cites", "how: cites", "how: likes", 12, "'likes' is not one of"),
        ("cites", "{id: gte-7th-2003,", "{id: gg-salesforce-7th-2023,", 10, "stands twice"),
        ("matrix", "{a: {x:", "{b: {x:", 10, "there is no row 'b'"),
        ("matrix", "{a: {x:", "{a: {y:", 10, "there is no column 'y'"),
        ("matrix", "[{id: x, label: X}]", "[{id: x, label: X}, {id: z, label: Z}]", 10, "row 'a' has no cell 'z'"),
        ("matrix", "rows: [{id: a, label: A}]\n", "", 1, "give columns, rows and cells, or else computed"),
        ("matrix", "text: of course", "text: of course and for ever more", 10, "at most 24"),
        ("lanes", "to: 2026", "to: 1999", 9, "the last year must come after the first"),
        ("lanes", "2008-12-23", "2008-12", 12, "must be known to the day"),
        ("lanes", "to: null", 'to: "2003-01-01"', 12, "a bar ends before it begins"),
        ("lanes", "2018-04-11", "2038-04-11", 13, "a mark lies outside the years shown"),
        ("chain", "[sells to]", "[sells to, buys from]", 9, "2 boxes need 1 links, not 2"),
        ("bars", "value: 3", "value: -3", 9, "greater than or equal to 0"),
        ("bars", "alt: What a seeing reader concludes.\n", "", 1, "alt is missing"),
        ("bars", "id: sample", "id: other", 1, "the id is 'other' but the file is named 'sample.yaml'"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_by_its_line(tmp_path: Path, kind: str, old: str, new: str, line: int, what: str) -> None:
    path = written(tmp_path, kind, FORMS[kind])
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(CourseError) as caught:
        load_figures(tmp_path)
    assert [(fault.line, what in str(fault)) for fault in caught.value.faults] == [(line, True)], str(caught.value)


def test_a_computed_matrix_has_no_cells_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="a computed matrix has no columns, rows or cells of its own"):
        load_figure(written(tmp_path, "matrix", FORMS["matrix"] + COMPUTED))


def test_a_computed_matrix_is_worked_out_from_the_readings(tmp_path: Path) -> None:
    figure = load_figure(written(tmp_path, "matrix", COMPUTED))
    assert isinstance(figure, Matrix)
    grid = figure.grid(COURSE)
    assert [row.label for row in grid.rows] == ["A venture", "Result"]
    assert grid.cells["venture"]["ca7-gg-majority"].mark == "met"
    assert grid.cells["venture"]["ca7-gg-majority"].status == "secondary"
    assert grid.cells["outcome"]["ca7-gg-majority"] == Verdict(mark="met", word="survives")


@pytest.mark.parametrize(
    ("kind", "body", "wrong"),
    [
        ("cites", FORMS["cites"].replace("gte-7th-2003", "gte-7th-2033"), "there is no authority 'gte-7th-2033'"),
        ("matrix", COMPUTED.replace("gg-as", "gg-is"), "there is no hypothetical 'gg-is-pleaded'"),
        ("matrix", COMPUTED.replace("ca7", "ca8"), "there is no reading 'ca8-gg-majority'"),
        ("matrix", COMPUTED.replace("venture", "venue"), "there is no element 'venue'"),
    ],
)
def test_an_id_that_names_nothing_is_found(tmp_path: Path, kind: str, body: str, wrong: str) -> None:
    figure = load_figure(written(tmp_path, kind, body))
    assert wrong in [what for _, what, _ in unfounded(figure, COURSE)]


def test_courts_have_a_rank() -> None:
    def of(name: str) -> str:
        return RANKS[rank(COURSE.authorities[name])]

    assert of("fosta-2018") == "Congress"
    assert of("taamneh-us-2023") == "Supreme Court"
    assert of("woodhull-dc-2023") == "Courts of appeals"
    assert of("pb-wyndham-dnj-2023") == of("ab-hilton-dor-2020") == of("mindgeek-cdcal-2021") == "District courts"
    assert of("in-re-facebook-tex-2024") == of("jane-does-salesforce-calapp-2021") == "State courts"
    assert of("reuters-2023") == "Other sources"


def test_every_court_on_record_is_ranked_as_one() -> None:
    odd: list[Authority] = [
        one
        for one in COURSE.authorities.values()
        if one.is_case and RANKS[rank(one)] == "State courts" and "Cal" not in one.court
    ]
    assert {one.court for one in odd} <= {"Tex.", "Wis.", "Mass.", "S.F. Super. Ct."}
