"""Citations are taken apart forgivingly and compared part by part."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from eyecite import get_citations
from eyecite.models import FullCaseCitation
from hypothesis import given

from knowing_benefit.assess import citations
from knowing_benefit.assess.citations import PARTS, Parts, compare, split

RIGHT = "76 F.4th 544 (7th Cir. 2023)"


@pytest.mark.parametrize(
    "text",
    [
        RIGHT,
        "76 F. 4th 544 (7th Cir. 2023)",
        "  76  F.4th  544  (7th  Cir.  2023).",
        "76F.4th544(7th Cir.2023)",
        "76 f.4th 544 (7TH CIR. 2023)",
        "76 F4th 544 (7th Cir 2023)",
        "76 F.4th 544, 548 (7th Cir. 2023)",
        "76 F.4th 544, 548-49 (7th Cir. Aug. 3, 2023)",
        "G.G. v. Salesforce.com, Inc., 76 F.4th 544 (7th Cir. 2023)",
        "Doe #1 v. Salesforce 76 F.4th 544 (7th Cir. 2023)",
        "76\N{NO-BREAK SPACE}F.4th\N{NO-BREAK SPACE}544 (7th Cir. 2023)",
        "76 Fed. Rep. 4th 544 (7th Cir., 2023)",
    ],
)
def test_forms_that_are_forgiven(text: str) -> None:
    assert compare(text, [RIGHT]) == dict.fromkeys(PARTS, True)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("123 F.4th 544 (7th Cir. 2023)", {"volume"}),
        ("76 F.3d 544 (7th Cir. 2023)", {"reporter"}),
        ("76 F. Supp. 3d 544 (7th Cir. 2023)", {"reporter"}),
        ("76 F.4th 548 (7th Cir. 2023)", {"page"}),
        ("76 F.4th 544 (N.D. Ill. 2023)", {"court"}),
        ("76 F.4th 544 (7th Cir. 2022)", {"year"}),
        ("76 F.4th 544 (2023)", {"court"}),
        ("76 F.4th 544 (7th Cir.)", {"year"}),
        ("76 F.4th 544", {"court", "year"}),
        ("G.G. v. Salesforce", set(PARTS)),
        ("", set(PARTS)),
        ("(" * 300, set(PARTS)),
    ],
)
def test_says_which_part_is_wrong(text: str, wrong: set[str]) -> None:
    assert {name for name, right in compare(text, [RIGHT]).items() if not right} == wrong


def test_the_nearest_of_several_right_answers_counts() -> None:
    assert all(compare("598 U.S. 471 (2023)", [RIGHT, "598 U.S. 471 (2023)"]).values())
    assert all(compare("598 U.S. 471 (U.S. 2023)", ["598 U.S. 471 (2023)"]).values())


@given(
    st.integers(1, 999),
    st.sampled_from(["F.4th", "F.3d", "F.2d", "U.S.", "F. Supp. 3d", "S. Ct.", "F.R.D.", "Ill. 2d", "N.E.3d"]),
    st.integers(1, 9999),
    st.sampled_from(["7th Cir.", "5th Cir.", "11th Cir.", "N.D. Ill.", "S.D. Tex.", "Ill."]),
    st.integers(1950, 2026),
)
def test_takes_apart_what_eyecite_takes_apart(volume: int, reporter: str, page: int, court: str, year: int) -> None:
    text = f"{volume} {reporter} {page} ({court} {year})"
    assert split(text) == Parts(str(volume), reporter, str(page), court, str(year))
    found = get_citations(text)
    assert isinstance(found[0], FullCaseCitation)
    assert found[0].groups == {"volume": str(volume), "reporter": reporter, "page": str(page)}
    assert found[0].metadata.year == str(year)


@given(st.text(max_size=400))
def test_any_text_is_taken_quietly(text: str) -> None:
    assert set(compare(text, [RIGHT])) == set(PARTS)


def test_where_eyecite_is_not_installed_a_key_is_taken_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    assert citations.doubt("76 Zz.4th 544 (7th Cir. 2023)") != ""
    monkeypatch.setattr(citations, "knows_reporters", lambda: False)
    assert citations.doubt("76 Zz.4th 544 (7th Cir. 2023)") == ""
