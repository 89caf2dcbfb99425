"""Authorities: the record as it stands in ``data/``, what is made of it, and the faults that are caught."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from knowing_benefit.law.authorities import HOW_KNOWN, Authority, load_authorities
from knowing_benefit.law.source import CourseError, load

FOLDER = Path(__file__).parents[2] / "data" / "authorities"
RECORD = load_authorities(FOLDER)

SMALL = """id: {id}
kind: case
name: Roe v. Vendor, Inc.
short: Roe
citation: {citation}
court: 7th Cir.
decided: "2023-08-03"
holding: Reversed.
status: verified
holding_status: secondary
holding_basis: a summary
quotes: [{{text: We now reverse., said_by: the court, source: a mirror, status: {known}}}]
history: [{{date: "2024", what: Denied., authority: {later}, status: verified}}]
sources: [a mirror]
as_of: "2026-11-23"
checked: {checked}
"""


def small(folder: Path, name: str = "roe", **changes: str) -> Path:
    """An authority of our own making, as a file."""
    values = {
        "id": name,
        "citation": "76 F.4th 544 (7th Cir. 2023)",
        "known": "verified",
        "later": "null",
        "checked": "'2026-11-23'",
    }
    path = folder / f"{name}.yaml"
    path.write_text(SMALL.format(**{**values, **changes}), "utf-8")
    return path


# --- the record ---


def test_the_record_holds_the_case_and_its_neighbours() -> None:
    assert len(RECORD) > 150
    assert {
        "gg-salesforce-7th-2023",
        "ab-salesforce-5th-2024",
        "reddit-9th-2022",
        "mh-omegle-11th-2024",
        "bistline-parker-10th-2019",
    } <= RECORD.keys()


@pytest.mark.parametrize("authority", RECORD.values(), ids=RECORD.keys())
def test_every_authority_says_how_it_is_known(authority: Authority) -> None:
    assert authority.status != "unverified" and authority.known != "unverified", "what is only inferred is not taught"
    assert authority.holding_basis, "say on what the holding rests"
    assert authority.as_of <= authority.checked


@pytest.mark.parametrize("authority", RECORD.values(), ids=RECORD.keys())
def test_nothing_on_record_is_marked_unconfirmed(authority: Authority) -> None:
    printed = " ".join(
        [authority.citation, authority.name, authority.author or "", *(quote.page or "" for quote in authority.quotes)]
    )
    assert not re.search(
        r"unconfirmed|confirm\b|not seen", printed.replace("(date not seen)", "").replace("the author was not seen", "")
    )


def test_words_carried_by_a_news_report_are_secondary() -> None:
    carried = [
        quote
        for authority in RECORD.values()
        for quote in authority.quotes
        if re.search(r"Reuters|MediaPost|Bloomberg|Goldman|Casetext", quote.via or "")
    ]
    assert len(carried) > 15
    assert {quote.status for quote in carried} == {"secondary"}


def test_the_interior_of_the_anchor_case_is_known_by_report_only() -> None:
    case = RECORD["gg-salesforce-7th-2023"]
    assert case.known == "secondary"
    seen = [quote for quote in case.quotes if quote.status == "verified" and quote.page]
    assert {re.sub(r"\D*\d+ F\.4th (?:at )?", "", quote.page or "").split(",")[0] for quote in seen} == {"544", "548"}


def test_a_reversal_is_on_record_where_a_reader_of_the_reversed_order_looks() -> None:
    below = RECORD["gg-salesforce-ndill-2022"]
    assert any(event.authority == "gg-salesforce-7th-2023" and "Reversed" in event.what for event in below.history)
    assert "rev’d" in below.citation


# --- what is made of an authority ---


def test_a_citation_in_full_with_and_without_a_page(tmp_path: Path) -> None:
    authority = load(small(tmp_path), Authority)
    assert authority.cite() == "Roe v. Vendor, Inc., 76 F.4th 544 (7th Cir. 2023)"
    assert authority.cite("548") == "Roe v. Vendor, Inc., 76 F.4th 544, 548 (7th Cir. 2023)"


def test_a_page_follows_a_citation_that_has_no_place_for_it(tmp_path: Path) -> None:
    authority = load(small(tmp_path, citation="No. 22-2621 (7th Cir. Oct. 18, 2023)"), Authority)
    assert authority.cite("3") == "Roe v. Vendor, Inc., No. 22-2621 (7th Cir. Oct. 18, 2023), at 3"


def test_the_badge_follows_the_holding_and_says_why(tmp_path: Path) -> None:
    authority = load(small(tmp_path), Authority)
    assert authority.known == "secondary"
    assert authority.how_known == f"{HOW_KNOWN['secondary']} Basis: a summary."


@pytest.mark.parametrize("name", ["gg-salesforce-7th-2023", "gte-7th-2003", "mp-meta-4th-2025", "noble-sdny-2018"])
def test_a_page_goes_into_every_kind_of_reporter_citation(name: str) -> None:
    cite = RECORD[name].cite("999")
    assert re.search(r"\d+ F\.[^,]*\d+, 999 \(", cite)


# --- faults ---


def test_an_unconfirmed_number_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="not confirmed is not printed"):
        load(small(tmp_path, citation="96 F.4th 403 [unconfirmed]"), Authority)


def test_a_citation_does_not_begin_with_a_parenthesis(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="not with a parenthesis"):
        load(small(tmp_path, citation="(7th Cir. 2023)"), Authority)


def test_inferred_words_cannot_be_quoted(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="'unverified' is not one of"):
        load(small(tmp_path, known="unverified"), Authority)


@pytest.mark.parametrize("day", ["'2026-13-01'", "'November 2026'"])
def test_checked_is_a_day(tmp_path: Path, day: str) -> None:
    with pytest.raises(CourseError, match="write YYYY-MM-DD"):
        load(small(tmp_path, checked=day), Authority)


def test_a_history_that_names_nobody_is_a_fault_with_the_nearest_name(tmp_path: Path) -> None:
    small(tmp_path, "roe", later="doe-vendro")
    small(tmp_path, "doe-vendor", citation="77 F.4th 1 (7th Cir. 2023)")
    with pytest.raises(
        CourseError, match=r"roe.yaml:13: there is no authority 'doe-vendro'. Did you mean 'doe-vendor'"
    ):
        load_authorities(tmp_path)


def test_one_reporter_page_belongs_to_one_authority(tmp_path: Path) -> None:
    small(tmp_path, "doe", citation="129 F.3d 327")
    small(tmp_path, "roe", citation="129 F.3d 327")
    with pytest.raises(CourseError, match="belongs to 'doe' already"):
        load_authorities(tmp_path)
