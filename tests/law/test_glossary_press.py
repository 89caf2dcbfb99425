"""The glossary and the press article: names that lead somewhere, sources on record, the article's own words exact."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import pytest

from knowing_benefit.law.citations import SHORTEST, find_quotation, quotations
from knowing_benefit.law.glossary import Glossary, Term
from knowing_benefit.law.library import Library
from knowing_benefit.law.press import Article, Claim, Finding, Verdict
from knowing_benefit.law.source import CourseError, load, read_yaml

ROOT = Path(__file__).parents[2]
LIBRARY = Library(ROOT)
SOURCES = {*LIBRARY.authorities, *LIBRARY.statutes}


def recorded(name: str) -> list[str]:
    """The words on record for a source."""
    if name in LIBRARY.statutes:
        return [
            text for version in LIBRARY.statutes[name].versions if version.quotable for text in version.text.values()
        ]
    return [quote.text for quote in LIBRARY.authorities[name].quotes]


def unfound(text: str, names: list[str]) -> list[str]:
    """Quotations that none of the sources has."""
    said = [words for name in names for words in recorded(name)]
    return [words for words in quotations(text) if not any(find_quotation(words, given) for given in said)]


def entry(term: str, **more: Any) -> dict[str, Any]:
    return {"term": term, "definition": "It is so.", "authority": "a", "status": "verified", "ground": "uses", **more}


# -- Glossary: the model -----------------------------------------------------------------------------------------------


def test_a_term_is_found_by_name_alias_case_plural_and_odd_spaces() -> None:
    book = Glossary.model_validate(
        {
            "terms": [
                entry("Red flag"),
                entry("remedy"),
                entry("process"),
                entry("amicus curiae", aliases=["amicus", "amici"]),
            ]
        }
    )
    asked = {
        "red  flags": "Red flag",
        "Remedies": "remedy",
        "processes": "process",
        "process": "process",
        "Amici": "amicus curiae",
    }
    assert {word: book.find(word).term for word in asked} == asked


def test_what_is_not_there_is_told_with_the_nearest_name() -> None:
    book = Glossary.model_validate({"terms": [entry("venture")]})
    with pytest.raises(KeyError, match="Did you mean 'venture'"):
        book.find("ventrue")


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        ([entry("venture"), entry("Venture")], "is a name of 'venture' already"),
        ([entry("venture"), entry("scheme", aliases=["venture"])], "is a name of 'venture' already"),
        ([entry("venture", aliases=["Venture"])], "is a name of 'venture' already"),
        ([entry("venture", see=["schemes"]), entry("scheme")], "no term 'schemes'. Did you mean 'scheme'"),
        ([entry("venture", status="unverified")], "verified"),
        ([entry("venture", ground="guesses")], "defines"),
    ],
)
def test_what_the_glossary_refuses(terms: list[dict[str, Any]], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Glossary.model_validate({"terms": terms})


def test_a_bad_cross_reference_is_told_at_its_line(tmp_path: Path) -> None:
    path = tmp_path / "glossary.yaml"
    head = "terms:\n  - term: venture\n    definition: It is so.\n    authority: a\n    status: verified\n    ground: uses\n"
    path.write_text(f"{head}    see:\n      - venture\n      - ventur\n", "utf-8")
    with pytest.raises(CourseError) as caught:
        load(path, Glossary)
    assert [fault.line for fault in caught.value.faults] == [9]


def test_order_is_by_the_alphabet_whatever_the_capitals() -> None:
    book = Glossary.model_validate({"terms": [entry("venture"), entry("FOSTA"), entry("en banc"), entry("case-law")]})
    assert [one.term for one in book.in_order] == ["case-law", "en banc", "FOSTA", "venture"]


# -- Glossary: the terms -----------------------------------------------------------------------------------------------


@pytest.fixture(params=LIBRARY.glossary.terms, ids=lambda term: term.term)
def term(request: pytest.FixtureRequest) -> Term:
    found: Term = request.param
    return found


def test_there_are_sixty_terms_or_more() -> None:
    assert len(LIBRARY.glossary.terms) >= 60


def test_the_words_of_the_doctrine_are_terms() -> None:
    """What the two trees ask about, a reader can look up."""
    asked = (
        "venture",
        "knowing benefit",
        "participation in a venture",
        "knew or should have known",
        "limitations period",
        "publisher or speaker",
        "third-party content",
        "interactive computer service",
        "FOSTA exception",
    )
    assert [LIBRARY.glossary.find(word).term for word in asked] == list(asked)


def test_a_term_rests_on_a_source_on_record(term: Term) -> None:
    assert term.authority in SOURCES
    if term.status == "verified" and term.authority in LIBRARY.authorities:
        assert LIBRARY.authorities[term.authority].status == "verified"


def test_a_pin_into_a_statute_names_a_subsection_that_is_there(term: Term) -> None:
    if term.authority in LIBRARY.statutes and term.pin:
        now = LIBRARY.statutes[term.authority].versions[-1].text
        for part in term.pin.split(", "):
            letter, *numbers = part.strip("()").split(")(")
            assert all(f"({number})" in now[letter] for number in numbers)


def test_a_definition_is_short_and_in_our_words(term: Term) -> None:
    assert 5 <= len(term.definition.split()) <= 50
    assert term.definition.endswith(".")
    assert unfound(term.definition, [term.authority]) == []


# -- The press article -------------------------------------------------------------------------------------------------


@pytest.fixture(params=LIBRARY.press.claims, ids=lambda claim: claim.id)
def claim(request: pytest.FixtureRequest) -> Claim:
    found: Claim = request.param
    return found


def findings() -> list[Finding]:
    return [LIBRARY.press.provenance, *LIBRARY.press.omissions]


def test_the_claims_are_all_there_and_every_verdict_is_used() -> None:
    claims = LIBRARY.press.claims
    assert len(claims) == 34
    assert {claim.verdict for claim in claims} == set(get_args(Verdict))


def test_the_words_of_a_claim_are_the_article_s(claim: Claim) -> None:
    words = recorded(LIBRARY.press.authority)
    if len(claim.quote.split()) >= SHORTEST:
        assert any(find_quotation(claim.quote, given) for given in words)


def test_a_claim_is_settled_by_sources_and_not_by_the_article(claim: Claim) -> None:
    assert set(claim.authority) - SOURCES == set()
    assert set(claim.authority) - {LIBRARY.press.authority}, "the article is no evidence for itself"
    assert unfound(claim.says, claim.authority) == []


def test_a_finding_that_is_verified_rests_on_a_source_that_was_seen(claim: Claim) -> None:
    if claim.status == "verified":
        assert any(
            name in LIBRARY.statutes or LIBRARY.authorities[name].status == "verified" for name in claim.authority
        )


def test_what_is_said_of_the_article_as_a_whole_has_sources() -> None:
    assert {name for finding in findings() for name in finding.authority} - SOURCES == set()
    assert all(unfound(finding.text, finding.authority) == [] for finding in findings())
    assert LIBRARY.press.authority in LIBRARY.press.provenance.authority


def test_two_claims_with_one_id_are_refused() -> None:
    given = dict(read_yaml(ROOT / "data" / "press" / "article.yaml").data)
    given["claims"] = given["claims"][:1] * 2
    with pytest.raises(ValueError, match="'F01' stands twice"):
        Article.model_validate(given)
