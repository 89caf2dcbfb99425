"""A press article tested claim by claim: what it says, what the sources say, and which sources those are."""

from __future__ import annotations

from typing import Literal

import pydantic

from knowing_benefit.law.dates import When
from knowing_benefit.law.source import Misplaced, Record

Verdict = Literal["supported", "imprecise", "unsupported", "wrong"]
"""The sources bear it out; there is something in it, but a lawyer could not say it so; no source was found; the sources say otherwise."""

Known = Literal["verified", "secondary"]
"""``verified`` only where every source that a finding needs was seen in its own words."""


class Finding(Record):
    """Something about the article, in our words, with its sources."""

    text: str
    authority: list[str] = pydantic.Field(min_length=1)
    status: Known


class Claim(Record):
    """One claim of the article."""

    id: str
    quote: str
    """The article's own words, exactly."""
    verdict: Verdict
    says: str
    """What the sources say, in our words."""
    authority: list[str] = pydantic.Field(min_length=1)
    """The sources that settle it, the strongest first."""
    status: Known
    lesson: str | None = None
    """What a reader may take from it for reading the next article."""


class Article(Record):
    """``data/press/article.yaml``."""

    id: str
    title: str
    authority: str
    """The article itself, as an authority: its words are on record there."""
    published: When
    provenance: Finding
    """Who wrote it, and from what."""
    claims: list[Claim]
    """In the order of the article."""
    omissions: list[Finding]
    """What a reader needed and was not told."""

    @pydantic.model_validator(mode="after")
    def _once(self) -> Article:
        seen: set[str] = set()
        for place, claim in enumerate(self.claims):
            if claim.id in seen:
                raise Misplaced(f"the claim {claim.id!r} stands twice", "claims", place, "id")
            seen.add(claim.id)
        return self
