"""The glossary: each term in our words, with the source that defines it or in which it can be seen in use."""

from __future__ import annotations

from functools import cached_property
from typing import Literal

import pydantic

from knowing_benefit.law.source import Misplaced, Record, nearest

Ground = Literal["defines", "uses"]
"""``defines``: the source says what the term means. ``uses``: the source uses it, and the meaning is plain or ours."""


class Term(Record):
    """One entry. Lessons name it in a ``{term}`` role by its own name or by an alias."""

    term: str
    definition: str
    authority: str
    pin: str | None = None
    status: Literal["verified", "secondary"]
    """How the source's words are known. What is only inferred does not define a term."""
    ground: Ground
    see: list[str] = []
    """Other terms, by name, that a reader needs beside this one."""
    aliases: list[str] = []


class Glossary(Record):
    """``data/glossary.yaml``."""

    terms: list[Term]

    @pydantic.model_validator(mode="after")
    def _consistent(self) -> Glossary:
        owners: dict[str, str] = {}
        for place, entry in enumerate(self.terms):
            for name in (entry.term, *entry.aliases):
                if name.casefold() in owners:
                    raise Misplaced(f"{name!r} is a name of {owners[name.casefold()]!r} already", "terms", place)
                owners[name.casefold()] = entry.term
        terms = [entry.term for entry in self.terms]
        for place, entry in enumerate(self.terms):
            for number, name in enumerate(entry.see):
                if name not in terms:
                    raise Misplaced(
                        f"there is no term {name!r}. {nearest(name, terms)}".strip(), "terms", place, "see", number
                    )
        return self

    @cached_property
    def in_order(self) -> list[Term]:
        """All terms by the alphabet, capitals and hyphens aside."""
        return sorted(self.terms, key=lambda entry: entry.term.casefold().replace("-", " "))

    @cached_property
    def _by_name(self) -> dict[str, Term]:
        return {name.casefold(): entry for entry in self.terms for name in (entry.term, *entry.aliases)}

    def find(self, word: str) -> Term:
        """The entry that a text means by ``word``: its name or an alias, in any case, and an ordinary plural of either.

        Raises:
            KeyError: there is none; the message has the nearest name.
        """
        name = " ".join(word.split()).casefold()
        plain = [name, *(name.removesuffix(ending) for ending in ("s", "es") if name.endswith(ending))]
        plain += [name.removesuffix("ies") + "y"] if name.endswith("ies") else []
        for given in plain:
            if given in self._by_name:
                return self._by_name[given]
        raise KeyError(f"the glossary has no term {word!r}. {nearest(name, self._by_name)}".strip())
