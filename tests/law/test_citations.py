"""Citations and quotations in running text: what is found, what it names, which changed word is noticed."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from knowing_benefit.law.citations import Index, find_citations, find_quotation, quotations, unresolved
from knowing_benefit.law.library import Library

COURSE = Library(Path(__file__).parents[2])
INDEX = Index(COURSE.authorities, COURSE.statutes)


def keys(text: str) -> list[str]:
    return [citation.key for citation in find_citations(text)]


def named(text: str) -> list[str]:
    """The first id that each citation of a text resolves to."""
    return [INDEX.resolve(citation)[0] for citation in find_citations(text)]


def mends(text: str) -> list[str]:
    return [found.mend for found in unresolved(text, COURSE)]


# --- finding ---


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("G.G. v. Salesforce.com, Inc., 76 F.4th 544, 548 (7th Cir. 2023)", ["76 F.4th 544"]),
        ("88 F. 4th 1069 (2023) and 598 U. S. 471", ["88 F.4th 1069", "598 U.S. 471"]),
        ("2019 WI 47, 386 Wis. 2d 449, 926 N.W.2d 710", ["2019 WI 47", "386 Wis. 2d 449", "926 N.W.2d 710"]),
        ("2022 WL 1541408 (N.D. Ill. May 16, 2022)", ["2022 WL 1541408"]),
        ("18 U.S.C. § 1595(a)", ["usc-18-1595"]),
        ("18 U. S. C. 2421A", ["usc-18-2421A"]),
        ("47 U.S.C. §§ 230(c)(1), 230(e)(5)(A)", ["usc-47-230", "usc-47-230"]),
        (
            "18 U.S.C. §§ 1591(e), 1595, 2421A and 47 U.S.C. § 230(e)(5)",
            ["usc-18-1591", "usc-18-1595", "usc-18-2421A", "usc-47-230"],
        ),
        ("section 230(c)(1) and § 1591(e)(4)", ["usc-47-230", "usc-18-1591"]),
        ("Pub. L. No. 115-164, § 3, 132 Stat. 1253-54", ["pl-115-164", "132 Stat. 1253"]),
        ("Public Law 110–457", ["pl-110-457"]),
        ("No. 1:20-cv-02335 and No. 20-cv-2335", ["docket-20-cv-2335", "docket-20-cv-2335"]),
        ("Nos. 18-55367, 18-55805", ["docket-18-55367"]),
        ("3:23-CV-1039-B", ["docket-23-cv-1039"]),
        ("No. 17 Civ. 9260 (RWS)", ["docket-17-cv-9260"]),
        ("No. CR-18-00422", ["docket-18-cr-422"]),
        ("No. C12-954-RSM", ["docket-12-cv-954"]),
        ("No. A159566 (Cal. Ct. App. Dec. 30, 2021)", ["docket-a159566"]),
    ],
)
def test_citations_are_found_in_every_form(text: str, found: list[str]) -> None:
    assert keys(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "On November 16, 2023, the jury returned. In 9 April 2018 the site was gone; 46 Attorneys General 50 times.",
        "section 4(b) of the Act, § 221(2), Lesson 3, q12, Id. at 549, supra note 4",
        "Question No. 3, item No. 12, page 12-13",
        "a 5th Circuit 2 to 1 vote",
    ],
)
def test_what_only_looks_like_a_citation_is_left_alone(text: str) -> None:
    assert keys(text) == []


def test_a_year_in_parentheses_is_no_subsection() -> None:
    assert [citation.pin for citation in find_citations("18 U.S.C. § 1595 (2003) and 18 U.S.C. § 1595(c)(2)")] == [
        "",
        "(c)(2)",
    ]


def test_a_citation_knows_its_place_and_its_parenthesis() -> None:
    text = "As in *Doe*, 76 F.4th 544, 548 n.2 (7th Cir. Aug. 3, 2023), and later."
    (found,) = find_citations(text)
    assert text[found.start :].startswith(found.text)
    assert (found.court, found.year, found.dated) == ("7th Cir.", "2023", "(7th Cir. Aug. 3, 2023)")


@given(st.text(max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    assert all(0 <= citation.start <= len(text) for citation in find_citations(text))
    assert all(words in text for words in quotations(text))


def test_eyecite_is_not_loaded_for_a_text_without_reporters() -> None:
    code = (
        "import sys; from knowing_benefit.law.citations import find_citations, quotations;"
        "find_citations('18 U.S.C. § 1595(a), No. 22-2621'); quotations('“one two three four five”');"
        "assert not any(name.startswith(('eyecite', 'reporters_db')) for name in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


# --- resolving ---


def test_every_citation_on_record_names_its_own_authority() -> None:
    for name, authority in COURSE.authorities.items():
        own = authority.citation.partition("(")[0]
        for citation in find_citations(own):
            if citation.kind in ("reporter", "westlaw"):
                assert INDEX.resolve(citation)[0] == name, own


def test_every_alias_and_every_citation_spoken_of_resolves() -> None:
    for name, authority in COURSE.authorities.items():
        for line in [authority.citation, *authority.aliases, *authority.also_cites]:
            for citation in find_citations(line):
                assert INDEX.fault(citation) is None, f"{name}: {line}"


def test_a_docket_with_a_date_names_the_paper_of_that_day() -> None:
    assert named("No. 22-2621 (7th Cir. Oct. 18, 2023)") == ["gg-salesforce-en-banc-2023"]
    assert named("No. 1:20-cv-02335, 2022 WL 1541408 (N.D. Ill. May 16, 2022)") == [
        "gg-salesforce-ndill-2022",
        "gg-salesforce-ndill-2022",
    ]
    assert COURSE.authorities[named("No. 22-2621")[0]].is_case


def test_an_act_that_is_only_in_a_statutes_history_names_that_statute() -> None:
    assert named("Pub. L. No. 105-277") == ["usc-47-230"]


def test_a_provision_not_set_out_is_known_through_the_source_that_speaks_of_it() -> None:
    assert named("18 U.S.C. § 2333(d)(2)") == ["taamneh-us-2023"]
    assert mends("42 U.S.C. § 1983") == ["Add it to data/authorities with its source, or leave it out."]


@pytest.mark.parametrize(
    ("text", "mend"),
    [
        ("76 F.4th 545", "Nearest on record: 76 F.4th 544 (gg-salesforce-7th-2023)."),
        ("76 F.4th 544 (5th Cir. 2023)", "On record it is 76 F.4th 544 (7th Cir. 2023)."),
        ("123 F.4th 788 (5th Cir. 2023)", "On record it is 123 F.4th 788 (5th Cir. 2024)."),
        ("2022 WL 1541480", "Nearest on record: 2022 WL 1541408 (gg-salesforce-ndill-2022)."),
        ("Pub. L. 115-165", "Nearest on record: Pub. L. No. 115-164 (fosta-2018)."),
        ("18 U.S.C. § 1595(f)", "18 U.S.C. § 1595 has no (f); its subsections are (a), (b), (c), (d)."),
        ("section 230(e)(5)(D)", "47 U.S.C. § 230 has no (e)(5)(D); its subsections are (a), (b), (c), (d), (e), (f)."),
        (
            "No. 22-2621 (9th Cir. 2023)",
            "On record with that number: 76 F.4th 544 (7th Cir. 2023); No. 22-2621 (7th Cir. Oct. 18, 2023)",
        ),
    ],
)
def test_a_wrong_citation_comes_with_the_nearest_right_one(text: str, mend: str) -> None:
    (found,) = unresolved(f"See {text}, and so on.", COURSE)
    assert found.offset == 4
    assert text.startswith(found.cite)
    assert mend.rstrip(".") in found.mend


def test_right_citations_pass() -> None:
    text = "76 F.4th 544, 548 (7th Cir. 2023); 51 F.4th 1137 (9th Cir. 2022), cert. denied, 143 S. Ct. 2560 (2023); 18 U.S.C. § 1591(e)(4); § 1595(c)(2); section 230(e)(5)(A); 129 Stat. 247; Pub. L. No. 117-347"
    assert len(find_citations(text)) == 8
    assert mends(text) == []


# --- quotations in a text ---


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("She wrote “knowingly benefits from taking part” there.", ["knowingly benefits from taking part"]),
        ('He said "it was a hard case" twice.', ["it was a hard case"]),
        ("Only “four words in marks” here.", []),
        ("“the ‘publisher or speaker’ of any information”", ["the ‘publisher or speaker’ of any information"]),
        ("“a “quotation inside” belongs to the outer one”", ["a “quotation inside” belongs to the outer one"]),
        (
            '“they merely "financially benefited" from the renting”',
            ['they merely "financially benefited" from the renting'],
        ),
        (
            "A “long first paragraph that is left open\n\n“and closed in the second one here”",
            ["long first paragraph that is left open", "and closed in the second one here"],
        ),
        ("> “quoted over two\n> lines of a block”", ["quoted over two\n> lines of a block"]),
        ('`lab("one two three four five")` and <a title="one two three four five">', []),
        ('```{code-cell}\nprint("one two three four five")\n```', []),
        ('the 5\'10" man and the 6\'2" man met at the "site"', []),
        ("*“marks inside emphasis are marks too”*", ["marks inside emphasis are marks too"]),
    ],
)
def test_quotations_are_what_double_marks_enclose(text: str, found: list[str]) -> None:
    assert quotations(text) == found


# --- quotations against the record ---

SAID = (
    "Instead, the proper standard is whether the duty the defendant allegedly violated derives from their status as a publisher "
    "or speaker—or requires “the exercise of functions” traditionally associated with publication. A but-for test would expand it."
)


@pytest.mark.parametrize(
    "words",
    [
        "the proper standard is whether the duty the defendant allegedly violated derives",
        "the proper\n  standard is whether",
        "status as a publisher or speaker - or requires 'the exercise of functions' traditionally",
        "traditionally associated with publication,",
        "Instead . . . the duty the defendant allegedly violated",
        "the duty … derives from their status",
        "the duty [...] derives from their status",
        "[T]he proper standard is whether the duty",
        "the duty the [vendor] allegedly violated derives",
        "the duty the defendant allegedly violat[es]",
        "whether the *duty* the defendant <mark>allegedly</mark> violated",
        "with publication. . . . A but-for test",
        "{term}`status` as a publisher or speaker",
    ],
)
def test_unchanged_words_are_found(words: str) -> None:
    assert find_quotation(words, SAID)


@pytest.mark.parametrize(
    "words",
    [
        "the proper standard is whether the duty the defendant allegedly violates derives",
        "the proper standard is if the duty",
        "The proper standard is whether the duty",
        "the standard is whether the duty",
        "proper standard is whether the dut",
        "derives from their status . . . the proper standard is whether",
        "the duty . . . the proper standard",
        "but for test would expand",
        "the proper standard [is] not whether the duty",
        "Instead, the proper standard is whether [it] would expand it",
        "functions traditionally associated with publications",
        "[...]",
        "",
    ],
)
def test_a_changed_word_or_order_is_noticed(words: str) -> None:
    assert not find_quotation(words, SAID)


def test_words_on_record_with_brackets_and_ellipses_of_their_own() -> None:
    recorded = "Plaintiffs’ allegations…show that [n]o provider or user . . . benefits [sic] from it."
    assert find_quotation(
        "Plaintiffs’ allegations…show that [n]o provider or user . . . benefits [sic] from it.", recorded
    )
    assert find_quotation("[n]o provider or user", recorded)
    assert not find_quotation("no provider or user", recorded.replace("[n]o", "[s]ome"))


RECORDED = [
    quote.text for authority in COURSE.authorities.values() for quote in authority.quotes if len(quote.text.split()) > 7
]
STYLES = [("’", "'"), ("“", '"'), ("”", '"'), ("—", " -- "), (" ", "\n"), ("–", "-")]


@given(data=st.data())
def test_any_run_of_recorded_words_is_found_whatever_its_marks_and_spaces(data: st.DataObject) -> None:
    said = data.draw(st.sampled_from(RECORDED))
    words = said.split()
    start = data.draw(st.integers(0, len(words) - 5))
    taken = " ".join(words[start : start + data.draw(st.integers(5, 12))])
    assume(taken.count("[") == taken.count("]"))
    for old, new in data.draw(st.sets(st.sampled_from(STYLES))):
        taken = taken.replace(old, new)
    assert find_quotation(taken, said)


@given(data=st.data())
def test_a_changed_word_inside_any_run_is_noticed(data: st.DataObject) -> None:
    said = data.draw(
        st.sampled_from([text for text in RECORDED if "[" not in text and "…" not in text and ". . ." not in text])
    )
    words = said.split()
    start = data.draw(st.integers(0, len(words) - 7))
    taken = words[start : start + 7]
    place = data.draw(st.integers(0, 6))
    changed = data.draw(st.sampled_from(["zebra", re.sub(r"\W", "", taken[place]) + "x", "not " + taken[place]]))
    assume(re.search(r"\w", taken[place]) is not None)
    taken[place] = changed
    # "not" before the first word is no change where the text has it there anyway: it is a run that begins a word earlier.
    assume(" ".join(taken) not in said)
    assert not find_quotation(" ".join(taken), said)


@given(data=st.data())
def test_an_ellipsis_may_leave_out_the_middle_and_nothing_else(data: st.DataObject) -> None:
    said = data.draw(
        st.sampled_from([text for text in RECORDED if not re.search(r"[\[…]|\. \.", text) and len(text.split()) > 12])
    )
    words = said.split()
    cut = data.draw(st.integers(4, len(words) - 8))
    head, tail = " ".join(words[:cut]), " ".join(words[cut + 2 :])
    assert find_quotation(f"{head} . . . {tail}", said)
    assert not find_quotation(f"{head} {tail}", said)
