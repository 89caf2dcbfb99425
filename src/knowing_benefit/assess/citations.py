r"""A case citation as a student types it, taken into its five parts and compared part by part.

One pattern does the splitting, here and (the same string, sent with the page) in the browser, so that practice without a
kernel and the grader agree. It forgives spaces, dots and capital letters, and a case name before the citation or a pin
cite within it. What a reporter may be called comes from the table that eyecite uses
(`reporters-db`), and eyecite itself looks at every key when the course is checked.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import NamedTuple

from knowing_benefit.law.citations import knows_reporters

PARTS = ("volume", "reporter", "page", "court", "year")
"""The parts of a citation, in the order in which they stand."""

PATTERN = (
    r"^(?:.*[^0-9a-z])?([0-9]{1,4}) ?(?!(?:th|st|nd|rd|d)(?![a-z]))([a-z][a-z0-9. ']{0,24}?) ?([0-9]{1,6})"
    r" ?(?:,[^(]*)?(?:\(([^()]*?)(?:[, ]+(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*\.? [0-9]{1,2}(?=,))?"
    r",? ?([0-9]{4})? ?\))?[. ]*$"
)
"""Matches a citation, whatever its capital letters; groups as in :data:`PARTS`. It means the same in Python and in JavaScript."""

LONGEST = 300
"""Longest text, in characters, that is looked at: enough for a citation with a long case name."""


class Parts(NamedTuple):
    """The five parts, as typed, less spaces at the ends; court and year are empty where they were left out."""

    volume: str
    reporter: str
    page: str
    court: str
    year: str


def split(text: str) -> Parts | None:
    """The parts of the last citation in ``text``; ``None`` if it does not have the form of one."""
    return _split(text[:LONGEST])


@lru_cache(maxsize=1024)
def _split(text: str) -> Parts | None:
    match = re.match(PATTERN, " ".join(text.split()), re.IGNORECASE | re.ASCII)
    return Parts(*((part or "").strip() for part in match.groups())) if match else None


def plain(part: str) -> str:
    """A part without what is forgiven: spaces, dots, commas, apostrophes, capital letters, leading zeros."""
    return re.sub(r"[^0-9a-z]", "", part.lower()).lstrip("0")


@cache
def spellings(right: Parts) -> dict[str, list[str]]:
    """For each part of a right citation, every form of it that counts as right, in :func:`plain` letters, sorted."""
    forms = {name: {plain(part)} for name, part in zip(PARTS, right, strict=True)}
    edition = _edition(right.reporter)
    forms["reporter"] |= {plain(edition), *(plain(form) for form in _variations(edition))}
    if edition in _COURT_IN_REPORTER:
        forms["court"] |= {"", *_COURT_IN_REPORTER[edition]}
    return {name: sorted(found) for name, found in forms.items()}


_COURT_IN_REPORTER = {"U.S.": ("us", "scotus"), "S. Ct.": ("us", "scotus")}
"""Reporters of one court alone, whose name the parenthesis leaves out."""


def compare(text: str, answers: list[str]) -> dict[str, bool]:
    """Which parts of a typed citation are right, against the right answer that it comes nearest to.

    Args:
        answers: one or more right citations; those that are none are passed over.
    """
    given = split(text)
    best = dict.fromkeys(PARTS, False)
    if given is None:
        return best
    said = dict(zip(PARTS, map(plain, given), strict=True))
    for answer in answers:
        right = split(answer)
        if right is None:
            continue
        forms = spellings(right)
        found = {name: part in forms[name] for name, part in said.items()}
        if sum(found.values()) > sum(best.values()):
            best = found
    return best


def doubt(text: str) -> str:
    """What eyecite finds wrong in a citation that an author gives as right; empty if nothing, or if it is not installed."""
    if not knows_reporters():
        return ""
    from eyecite import get_citations
    from eyecite.models import FullCaseCitation

    right = split(text)
    if right is None:
        return ""
    found = [one for one in get_citations(text) if isinstance(one, FullCaseCitation)]
    if not found:
        return f"eyecite finds no case citation in {text!r}"
    seen = found[-1]
    if (seen.groups["volume"], seen.groups["page"]) != (right.volume, right.page):
        return f"eyecite reads another volume or page in {text!r}"
    if not seen.metadata.court and right.court:
        return f"eyecite knows no court {right.court!r}"
    return ""


@cache
def _edition(reporter: str) -> str:
    from reporters_db import EDITIONS, VARIATIONS_ONLY

    if reporter in EDITIONS:
        return reporter
    known = VARIATIONS_ONLY.get(reporter, [])
    return str(known[0]) if len(known) == 1 else reporter


@cache
def _variations(edition: str) -> frozenset[str]:
    from reporters_db import VARIATIONS_ONLY

    return frozenset(form for form, editions in VARIATIONS_ONLY.items() if edition in editions)
