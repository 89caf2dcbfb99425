"""Citations and quotations in running text: which source each names, and whether quoted words are on record.

A citation is found by a cheap pattern first. For reporters, eyecite then says whether it is one; statutes, Acts, Westlaw
and docket numbers have patterns of their own. Nothing here loads eyecite before a text holds something like a reporter
citation.

A quotation is found in its source word for word. Only spaces, the shape of quotation marks and the length of dashes are
overlooked, and the full stop or comma that American usage puts inside the marks. Square brackets and ellipses cut a
quotation into pieces, which must occur in order.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from knowing_benefit.law.authorities import Authority
    from knowing_benefit.law.library import Library
    from knowing_benefit.law.statutes import Statute

Kind = Literal["reporter", "westlaw", "docket", "statute", "public law", "statutes at large"]

_REPORTER = re.compile(r"(?<![\w.:/-])\d{1,4}\s+[A-Z][A-Za-z0-9.’' ]{0,24}?\s+\d{1,5}(?!\w)")
_WESTLAW = re.compile(r"(?<![\w.])(\d{4})\s+WL\s+(\d+)")
_AT_LARGE = re.compile(r"(?<![\w.])(\d{1,3})\s+Stat\.\s+(\d+(?:-\d+)?)")
_PUBLIC_LAW = re.compile(r"\bPub(?:\.|lic)\s+L(?:\.|aw)\s+(?:No\.\s*)?(\d+)[-–](\d+)")
_SECTION = r"(\d+[A-Za-z]?(?:-\d+)?)((?:\((?:[A-Za-z]{1,4}|\d{1,2})\))*)"
_CODE = re.compile(rf"(?<![\w.])(\d{{1,2}})\s+U\.\s?S\.\s?C\.(?:\s?A\.)?\s*(?:§§?\s*|[Ss]ections?\s+)?{_SECTION}")
_MORE_SECTIONS = re.compile(rf"(?:,\s*(?:and\s+|or\s+)?|\s+(?:and|or|&)\s+|[-–]){_SECTION}(?!\w|\s+U\.)")
_BARE = re.compile(rf"(?:§§?\s*|\b[Ss]ections?\s+){_SECTION}(?!\w)")
_DOCKET = re.compile(r"\b(?:Nos?\.|Docket|Case)\s+((?:[A-Z]+\s?)?[A-Z\d][\w:.-]*\d[\w-]*(?:\s+Civ\.\s+\d+)?)")
_DOCKET_ALONE = re.compile(r"(?<![\w:.-])(?:\d:)?\d{2}-(?:cv|CV|cr|CR)-\d+")
_PARENTHESIS = re.compile(r"(?:,\s*(?:at\s+)?[\d*][\d\s,–-]*(?:n\.\s?\d+)?)?\s*\(([^()]*?)\s*((?:1[89]|20)\d{2})\)")
_MONTH_AND_DAY = re.compile(
    r"(?:\b(?:Jan|Feb|Mar|Apr|May|June|July|Aug|Sept|Oct|Nov|Dec)[a-z]*\.?)?\s*(?:\d{1,2},)?\s*$"
)


@dataclass(frozen=True)
class Citation:
    """A citation found in a text.

    Attributes:
        text: as it stands there.
        start: its offset in the text.
        key: the same in one form for all spellings, e.g. ``76 F.4th 544``, ``usc-18-1595``, ``pl-115-164``.
        pin: the subsections of a statute, e.g. ``(e)(5)(A)``.
        court: what stands in the parenthesis after it, before the date; empty where there is none.
        year: the year in that parenthesis.
        dated: the parenthesis itself.
    """

    text: str
    start: int
    kind: Kind
    key: str
    pin: str = ""
    court: str = ""
    year: str = ""
    dated: str = ""


class Unresolved(NamedTuple):
    """A citation that names nothing on record, or not what is on record."""

    cite: str
    offset: int
    mend: str


class Index:
    """What every citation on record points to."""

    def __init__(self, authorities: Mapping[str, Authority], statutes: Mapping[str, Statute]) -> None:
        self._authorities = authorities
        self._statutes = statutes

    @cached_property
    def owners(self) -> dict[str, list[str]]:
        """Ids by key. A source's own citation comes before what others cite."""
        own: defaultdict[str, list[str]] = defaultdict(list)
        other: defaultdict[str, list[str]] = defaultdict(list)
        for name, statute in self._statutes.items():
            own[name].append(name)
            for version in statute.versions:
                for key in _keys(f"{version.act.law}, {version.act.stat}"):
                    other[key].append(name)
        for name, authority in self._authorities.items():
            itself, _, history = authority.citation.partition("(")
            for key in _keys(" | ".join([itself, f"No. {authority.docket}" if authority.docket else ""])):
                own[key].append(name)
            for key in _keys(" | ".join([history, *authority.aliases, *authority.also_cites])):
                other[key].append(name)
        return {key: list(dict.fromkeys([*own[key], *other[key]])) for key in (*own, *other)}

    def resolve(self, citation: Citation) -> list[str]:
        """Ids of what a citation names, the likeliest first; empty when nothing on record has it.

        A docket holds many papers. With a court and a date, those of that court and year are meant, and the one of that very
        day first; without, decisions come before what the parties filed.
        """
        found = self.owners.get(citation.key, [])
        if citation.kind != "docket":
            return found
        if citation.year:
            found = [name for name in found if self._agrees(name, citation)]
        return sorted(found, key=lambda name: (not self._says(name, citation.dated), not self._is_case(name)))

    def fault(self, citation: Citation) -> str | None:
        """The mend for a citation that is not on record, or not as it stands; ``None`` for a good one."""
        found = self.resolve(citation)
        if not found:
            return self._nearest(citation)
        first = found[0]
        if first in self._statutes:
            return self._pin_fault(self._statutes[first], citation)
        authority = self._authorities[first]
        itself = authority.citation.partition("(")[0]
        if (
            citation.kind in ("reporter", "westlaw")
            and citation.year
            and citation.key in itself
            and not self._agrees(first, citation)
        ):
            return f"On record it is {authority.citation}."
        return None

    def _agrees(self, name: str, citation: Citation) -> bool:
        """Whether court and year are those of the authority, as far as both are known."""
        authority = self._authorities.get(name)
        if authority is None:
            return True
        same_year = authority.decided is None or str(authority.decided.year) == citation.year
        # "startswith": a citation may add a division ("Cal. Ct. App. 1st Dist.") or a word ("U.S. filed").
        return same_year and (not citation.court or _letters(citation.court).startswith(_letters(authority.court)))

    def _says(self, name: str, dated: str) -> bool:
        return bool(dated) and name in self._authorities and dated in self._authorities[name].citation

    def _is_case(self, name: str) -> bool:
        return name in self._authorities and self._authorities[name].is_case

    def _pin_fault(self, statute: Statute, citation: Citation) -> str | None:
        steps = re.findall(r"\((\w+)\)", citation.pin)
        if not steps:
            return None
        wordings = [version.text[steps[0]] for version in statute.versions if steps[0] in version.text]
        if any(_has_steps(wording, steps) for wording in wordings):
            return None
        there = ", ".join(
            f"({name})" for name in dict.fromkeys(name for version in statute.versions for name in version.text)
        )
        return f"{statute.cite} has no {citation.pin}; its subsections are {there}."

    def _nearest(self, citation: Citation) -> str:
        if citation.key in self.owners:
            on_record = "; ".join(
                self._authorities[name].citation for name in self.owners[citation.key] if self._is_case(name)
            )
            return f"On record with that number: {on_record or self.owners[citation.key][0]}."
        close = difflib.get_close_matches(citation.key, self.owners, n=1, cutoff=0.75)
        if not close:
            return "Add it to data/authorities with its source, or leave it out."
        name = self.owners[close[0]][0]
        return f"Nearest on record: {_shown(close[0])} ({name})."


def find_citations(text: str) -> list[Citation]:
    """Every full citation in a text, in order of place.

    A section without its title, such as ``§ 1595(a)``, is found where its number is one of the sections the course sets out.
    """
    found = [
        *_reporters(text),
        *(_simple(text, match, "westlaw", f"{match[1]} WL {match[2]}") for match in _WESTLAW.finditer(text)),
        *(
            _simple(text, match, "statutes at large", f"{match[1]} Stat. {match[2].split('-')[0]}")
            for match in _AT_LARGE.finditer(text)
        ),
        *(_simple(text, match, "public law", f"pl-{match[1]}-{match[2]}") for match in _PUBLIC_LAW.finditer(text)),
        *_dockets(text),
        *_sections(text),
    ]
    return sorted(found, key=lambda citation: (citation.start, citation.key))


def unresolved(text: str, library: Library) -> list[Unresolved]:
    """Citations in a text that name nothing on record, with the nearest there is.

    Raises:
        CourseError: the authorities or statutes cannot be read.
    """
    index = _index_of(library)
    faults = ((citation, index.fault(citation)) for citation in find_citations(text))
    return [Unresolved(citation.text, citation.start, mend) for citation, mend in faults if mend is not None]


@lru_cache(maxsize=4)
def _index_of(library: Library) -> Index:
    return Index(library.authorities, library.statutes)


def _simple(text: str, match: re.Match[str], kind: Kind, key: str) -> Citation:
    after = _PARENTHESIS.match(text, match.end())
    if after is None:
        return Citation(match[0], match.start(), kind, key)
    dated = after[0][after[0].index("(") :]
    return Citation(
        match[0], match.start(), kind, key, court=_MONTH_AND_DAY.sub("", after[1]).strip(), year=after[2], dated=dated
    )


def _reporters(text: str) -> Iterator[Citation]:
    for match in _REPORTER.finditer(text):
        key = _reporter_key(" ".join(match[0].split()))
        if key is not None:
            yield _simple(text, match, "reporter", key)


@lru_cache(maxsize=4096)
def _reporter_key(text: str) -> str | None:
    """``76 F.4th 544`` however it is spaced, if eyecite takes the text for a case citation."""
    if re.search(r"\b(?:U\. ?S\. ?C\.|Stat\.|WL)(?: |$)", text):
        return None
    if not knows_reporters():
        return None
    # Imported here: it reads large tables, which nothing but a reporter citation needs.
    from eyecite import get_citations
    from eyecite.models import FullCaseCitation

    for citation in get_citations(text):
        if isinstance(citation, FullCaseCitation) and citation.span()[0] == 0:
            return str(citation.corrected_citation())
    return None


@cache
def knows_reporters() -> bool:
    """Whether eyecite is installed: it is not where its compiled part is not ready-made (see ``pyproject.toml``)."""
    return find_spec("eyecite") is not None


def _dockets(text: str) -> Iterator[Citation]:
    last = -1
    for match in sorted((*_DOCKET.finditer(text), *_DOCKET_ALONE.finditer(text)), key=lambda match: match.start()):
        written = match[match.lastindex or 0].rstrip(".")
        key = _docket_key(written)
        if key is not None and match.start() > last:
            last = match.end()
            yield _simple(text, match, "docket", key)


_DOCKET_FORMS = (
    (r"(?:\d:)?(?P<year>\d{2})[- ](?P<kind>cv|cr|ci)(?:v\.)?[- ]0*(?P<number>\d+).*", "{year}-{kind}-{number}"),
    (r"[a-z]*?(?P<kind>cv|cr)[- ](?P<year>\d{2})-0*(?P<number>\d+).*", "{year}-{kind}-{number}"),
    (r"c(?P<year>\d{2})-0*(?P<number>\d+).*", "{year}-cv-{number}"),
    (r"(?P<year>\d{2})-0*(?P<number>\d{2,6})[a-z]?", "{year}-{number}"),
    (r"(?P<number>a\d{6}|sjc-\d{5}|\d{4}ap\d+|cgc-\d{2}-\d{6})", "{number}"),
)
"""Docket numbers of district courts (``1:20-cv-02335``, ``17 Civ. 9260``, ``CR-18-00422``, ``C12-954``), of courts of appeals
and the Supreme Court (``22-2621``), and of state courts, each with the form in which they are compared."""


def _docket_key(written: str) -> str | None:
    """A docket number without office, judge's initials, capitals and leading zeros; ``None`` if it is not like one."""
    plain = " ".join(written.lower().split())
    for pattern, form in _DOCKET_FORMS:
        match = re.fullmatch(pattern, plain)
        if match:
            parts = match.groupdict()
            return "docket-" + form.format(**{**parts, "kind": (parts.get("kind") or "").replace("ci", "cv")})
    return None


def _sections(text: str) -> Iterator[Citation]:
    taken: list[tuple[int, int]] = []
    for match in _CODE.finditer(text):
        title, start, end = match[1], match.start(), match.end()
        yield _section(text[start:end], start, title, match[2], match[3])
        # "18 U.S.C. §§ 1591(a)(2), 1595(a)": the title and the sign stand once.
        while "§§" in match[0] and (more := _MORE_SECTIONS.match(text, end)):
            yield _section(text[more.start(1) : more.end()], more.start(1), title, more[1], more[2])
            end = more.end()
        taken.append((start, end))
    for match in _BARE.finditer(text):
        title = _OUR_SECTIONS.get(match[1])
        if title and not any(start <= match.start() < end for start, end in taken):
            yield _section(match[0], match.start(), title, match[1], match[2])


_OUR_SECTIONS = {"1591": "18", "1595": "18", "2421A": "18", "230": "47"}
"""Sections known by their number alone, with the title of the Code they stand in."""


def _section(written: str, start: int, title: str, number: str, pin: str) -> Citation:
    return Citation(written.rstrip(), start, "statute", f"usc-{title}-{number}", pin=re.sub(r"\s", "", pin))


def _has_steps(wording: str, steps: list[str]) -> bool:
    """Whether ``(e)``, then ``(5)``, then ``(A)`` stand in a wording in this order."""
    place = 0
    for step in steps:
        place = wording.find(f"({step})", place)
        if place < 0:
            return False
        place += 1
    return True


def _keys(text: str) -> list[str]:
    """The keys of every citation in a line of the record, further pages of Statutes at Large and further dockets included."""
    keys = [
        citation.key for citation in find_citations(text) if citation.kind != "statute" or citation.text[:1].isdigit()
    ]
    for volume, pages in re.findall(r"(\d+) Stat\. ([\d, -]+)", text):
        keys += [f"{volume} Stat. {page}" for page in re.findall(r"\d+", pages)]
    for listed in re.findall(r"\bNos?\. ([^|()]+)", text):
        keys += [key for part in re.split(r"[,;]\s*(?:Nos?\. )?| and ", listed) if (key := _docket_key(part.strip()))]
    return list(dict.fromkeys(keys))


def _letters(court: str) -> str:
    return re.sub(r"[^0-9a-z]", "", court.lower())


def _shown(key: str) -> str:
    """A key as people write the citation."""
    if key.startswith("usc-"):
        _, title, section = key.split("-", 2)
        return f"{title} U.S.C. § {section}"
    if key.startswith("pl-"):
        return f"Pub. L. No. {key[3:]}"
    return key.replace("docket-", "No. ")


# --- quotations ---

SHORTEST = 5
"""Words in quotation marks are looked up when there are at least this many of them."""

_BRACKET_GAP = 60
"""The longest run of the source (in characters) that one bracketed alteration may stand for."""

_MARKS = "‘’‚‛“”„‟«»\"'`´"
_ELLIPSIS = re.compile(r"\[\s*(?:\.(?:\s?\.){2,3}|…)\s*\]|\.(?:\s?\.){2,3}|…")
_HIDDEN = re.compile(r"```.*?```|<!--.*?-->|<[^<>]*>|(?<!\})`[^`\n]*`", re.S)
"""Parts of Markdown in which quotation marks are not quotations: code, comments, tags."""


def quotations(text: str) -> list[str]:
    """What stands in double quotation marks, curly or straight, where it has at least :data:`SHORTEST` words.

    A quotation inside a quotation belongs to the outer one. One that a paragraph opens and does not close runs to the end of
    the paragraph, as in a quotation of several paragraphs.
    """
    shown = _HIDDEN.sub(lambda match: " " * len(match[0]), text)
    found: list[str] = []
    begin = 0
    for blank in re.finditer(r"\n[ \t>]*(?=\n)|\Z", shown):
        for start, end in _quoted(shown[begin : blank.start()]):
            words = text[begin + start : begin + end].strip()
            if len(re.findall(r"\w[\w'.-]*", _plain(_unmarked(words)))) >= SHORTEST:
                found.append(words)
        begin = blank.end()
    return found


def _quoted(paragraph: str) -> Iterator[tuple[int, int]]:
    """Start and end of the inside of each outermost quotation."""
    opened, depth, straight = -1, 0, False
    for place, mark in enumerate(paragraph):
        if mark == "“" and not straight:
            if depth == 0:
                opened = place + 1
            depth += 1
        elif mark == "”" and depth:
            depth -= 1
            if depth == 0:
                yield opened, place
        elif mark == '"' and depth == 0:
            before, after = paragraph[place - 1 : place], paragraph[place + 1 : place + 2]
            if straight and not before.isspace():
                straight = False
                yield opened, place
            elif not straight and not before.isalnum() and after and not after.isspace():
                straight, opened = True, place + 1
    if depth or straight:
        yield opened, len(paragraph)


def find_quotation(words: str, recorded: str) -> bool:
    """Whether quoted words are in recorded words, in order and unchanged.

    >>> find_quotation("“[T]he amendment allows . . . recovery”", "Today the amendment allows full and fair recovery.")
    True
    >>> find_quotation("the amendment allowed recovery", "Today the amendment allows recovery.")
    False
    """
    pattern = _pattern(words)
    return pattern is not None and pattern.search(_plain(recorded)) is not None


@lru_cache(maxsize=1024)
def _pattern(words: str) -> re.Pattern[str] | None:
    parts: list[str] = []
    for stretch in _ELLIPSIS.split(_unmarked(words)):
        pieces = _pieces(stretch)
        if pieces:
            parts.append(rf".{{0,{_BRACKET_GAP}}}?".join(pieces))
    return re.compile(".*?".join(parts), re.S) if parts else None


def _pieces(stretch: str) -> list[str]:
    """Patterns for what stands between the brackets of a stretch. A word may be cut only where a bracket touches it."""
    cut = re.split(r"\[[^\[\]]*\]", stretch)
    pieces: list[str] = []
    for place, piece in enumerate(cut):
        first, last = place == 0, place == len(cut) - 1
        core = _plain(piece).strip("'.,;: ") if first or last else _plain(piece).strip()
        if not core:
            continue
        left = r"(?<!\w)" if core[0].isalnum() and (first or not piece[:1].isalnum()) else ""
        right = r"(?!\w)" if core[-1].isalnum() and (last or not piece[-1:].isalnum()) else ""
        pieces.append(f"{left}{re.escape(core)}{right}")
    return pieces


def _unmarked(text: str) -> str:
    """Text without what Markdown adds to it: emphasis, tags, roles, the bar of a block quotation."""
    text = re.sub(r"\{\w+\}`([^`]*)`", r"\1", text)
    text = re.sub(r"</?[A-Za-z][^<>]*>", "", text)
    return re.sub(r"\n>[ >]*", " ", text).replace("*", "")


@lru_cache(maxsize=8192)
def _plain(text: str) -> str:
    """Text in one shape of space, quotation mark and dash."""
    text = unicodedata.normalize("NFC", text)
    text = re.sub(f"[{re.escape(_MARKS)}]+", "'", text)
    text = re.sub(r"\s*[-‐‑‒–—―]+\s*", "-", text)
    return re.sub(r"\s+", " ", text).strip()
