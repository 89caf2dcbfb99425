"""Citations and quotations held against CourtListener: what a court's decision is called there, and whether it says the words.

Only decisions of courts can be checked there. Every other authority is listed as one that cannot, so that a person knows what
is left to do by hand. How the API is asked is in :mod:`knowing_benefit.publish.courtlistener`.
"""

from __future__ import annotations

import difflib
import json
import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from knowing_benefit.law.citations import find_citations, find_quotation
from knowing_benefit.law.source import CourseError, Fault, nearest, write_atomic
from knowing_benefit.publish.courtlistener import BASE, Client, Decision, Lookup, Opinion, StoppedError, UnansweredError

if TYPE_CHECKING:
    from knowing_benefit.law.authorities import Authority, Quote
    from knowing_benefit.law.library import Library

SITE = "https://www.courtlistener.com"

Outcome = Literal["matches", "differs", "several", "not found", "cannot be checked", "no answer", "not asked"]
"""Of a citation: found and agreeing in name and date; found and not agreeing; more than one decision fits; not there; nothing
to look it up by; the server gave no usable answer; the work stopped before it."""

QuoteOutcome = Literal["found", "not found", "no text", "not asked"]
"""Of a quotation: word for word in the text; not; no text to look in; the work stopped before it."""

_KINDS = {
    "filing": "a filing",
    "report": "a report",
    "letter": "a letter",
    "press": "a press item",
    "statute-act": "an Act",
    "commentary": "commentary",
}


@dataclass
class CheckedQuote:
    """One recorded quotation, held against the text.

    Attributes:
        recorded_page: as our record gives it.
        star_page: the star page or pages that the text shows there, e.g. ``548`` or ``548-549``; empty where it shows none.
        opinion: the kind of opinion it stands in, in CourtListener's word (``lead``, ``dissent``, ``combined`` ...).
        nearest: for one not found, the passage most like it.
    """

    text: str
    said_by: str
    via: str = ""
    recorded_page: str = ""
    outcome: QuoteOutcome = "not asked"
    star_page: str = ""
    opinion: str = ""
    nearest: str = ""

    @property
    def pages_agree(self) -> bool | None:
        """Whether the page on record is the star page; ``None`` where either is not known."""
        recorded = re.search(r"\bat \*?(\d+)", self.recorded_page)
        shown = [int(number) for number in re.findall(r"\d+", self.star_page)]
        if recorded is None or not shown or self.star_page.startswith("before"):
            return None
        return shown[0] <= int(recorded[1]) <= shown[-1]


@dataclass
class Entry:
    """What was found of one authority.

    Attributes:
        cite: name and citation as on record.
        why: a sentence for every outcome but ``matches``; a remark there.
        there: what CourtListener calls it: name, date and address of each decision looked into.
    """

    authority: str
    cite: str
    outcome: Outcome = "not asked"
    why: str = ""
    there: list[dict[str, str]] = field(default_factory=list)
    quotes: list[CheckedQuote] = field(default_factory=list)

    @property
    def is_doubtful(self) -> bool:
        """Whether a person should look: the record and CourtListener do not agree, or nothing came back."""
        return self.outcome in ("differs", "several", "not found", "no answer") or any(
            quote.outcome == "not found" or quote.pages_agree is False for quote in self.quotes
        )


@dataclass
class Report:
    """The whole result.

    Attributes:
        stopped: why the work stopped early; empty when it is complete.
        asked: questions sent in this run.
        reused: answers kept from earlier runs.
    """

    out: Path
    entries: list[Entry]
    stopped: str = ""
    asked: int = 0
    reused: int = 0

    @property
    def complete(self) -> bool:
        """Whether every authority was gone through."""
        return not self.stopped

    @property
    def doubtful(self) -> list[Entry]:
        """The entries that a person should look at."""
        return [entry for entry in self.entries if entry.is_doubtful]

    @property
    def summary(self) -> str:
        """The counts in one line."""
        cites = Counter(entry.outcome for entry in self.entries)
        quotes = Counter(quote.outcome for entry in self.entries for quote in entry.quotes)
        return f"Citations: {_counts(cites)}. Quotations: {_counts(quotes)}."

    def as_json(self) -> dict[str, Any]:
        """The form documented in ``docs/verify.md``."""
        return {
            "complete": self.complete,
            "stopped": self.stopped,
            "asked": self.asked,
            "reused": self.reused,
            "citations": dict(Counter(entry.outcome for entry in self.entries)),
            "quotations": dict(Counter(quote.outcome for entry in self.entries for quote in entry.quotes)),
            "authorities": [
                {
                    "authority": entry.authority,
                    "cite": entry.cite,
                    "outcome": entry.outcome,
                    "why": entry.why,
                    "there": entry.there,
                    "quotes": [vars(quote) | {"pages_agree": quote.pages_agree} for quote in entry.quotes],
                }
                for entry in self.entries
            ],
        }

    def as_markdown(self) -> str:
        """The same for a reader: first what needs a look, then what agrees, then what could not be checked."""
        lines = ["# Citations and quotations against CourtListener", "", self.summary, ""]
        if self.stopped:
            lines += [
                f"**Not finished: {_plain(self.stopped)}.** Run the same command again; what is known is kept.",
                "",
            ]
        groups: list[tuple[str, list[Entry]]] = [
            ("Needs a look", self.doubtful),
            ("Agrees", [e for e in self.entries if e.outcome == "matches" and not e.is_doubtful]),
            (
                "Cannot be checked there",
                [e for e in self.entries if e.outcome == "cannot be checked" and not e.is_doubtful],
            ),
            ("Not asked yet", [e for e in self.entries if e.outcome == "not asked" and not e.is_doubtful]),
        ]
        for title, entries in groups:
            if entries:
                lines += [f"## {title}", ""]
                lines += [line for entry in entries for line in _entry_lines(entry)]
        return "\n".join(lines).rstrip() + "\n"

    def write(self) -> None:
        """Write ``verify.md`` and ``verify.json`` into the folder."""
        write_atomic(self.out / "verify.md", self.as_markdown())
        write_atomic(self.out / "verify.json", json.dumps(self.as_json(), indent=1, ensure_ascii=False) + "\n")


def verify(
    library: Library,
    out: Path,
    token: str | None,
    base: str = BASE,
    only: Collection[str] = (),
    tell: Callable[[str], None] = lambda _: None,
) -> Report:
    """Look up every citation and quotation, and write what was found into ``out``.

    Answers are kept in ``out/cache``, one file each, as they come: an interrupted run goes on where it stopped.

    Args:
        token: from the user's profile at CourtListener; sent to ``base`` alone and never written.
        base: the address of the API.
        only: ids of authorities; all, if empty.
        tell: is told each step and each pause.

    Returns:
        The report, which is written already; ``stopped`` says if the server put an end to the work.

    Raises:
        CourseError: no token, an address or id that will not do, or faults in the authorities.
        KeyboardInterrupt: passed on, when the report of what is known is written.
    """
    client = Client(_token(token), _base(base), out / "cache", tell)
    unknown = [name for name in only if name not in library.authorities]
    if unknown:
        raise CourseError(
            [
                Fault("--only", 0, f"there is no authority {name!r}", nearest(name, library.authorities))
                for name in unknown
            ]
        )
    chosen = [authority for name, authority in library.authorities.items() if not only or name in only]
    report = Report(out, [_entry(authority) for authority in chosen])
    try:
        _check_all(client, chosen, report.entries, tell)
    except StoppedError as problem:
        report.stopped = str(problem)
    except KeyboardInterrupt:
        report.stopped = "it was interrupted"
        raise
    finally:
        report.asked, report.reused = client.asked, client.reused
        report.write()
    return report


def _token(token: str | None) -> str:
    given = (token or "").strip()
    get_one = "Sign in at www.courtlistener.com, copy the token from your profile, and set COURTLISTENER_TOKEN to it."
    if not given:
        raise CourseError(Fault("--token", 0, "no token for CourtListener was given", get_one))
    if not re.fullmatch(r"[\x21-\x7e]+", given):
        # Not shown: a mistyped secret is still a secret.
        raise CourseError(Fault("--token", 0, "this is not a token: it has spaces or letters that none has", get_one))
    return given


def _base(base: str) -> str:
    parts = urlsplit(base)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost", "::1")):
        raise CourseError(
            Fault("--base", 0, "the address does not begin with https://", "A token is sent over nothing else.")
        )
    return base.rstrip("/") + "/"


def _entry(authority: Authority) -> Entry:
    entry = Entry(authority.id, authority.cite(), quotes=[_unchecked(quote) for quote in authority.quotes])
    if not authority.is_case:
        entry.outcome, entry.why = (
            "cannot be checked",
            f"It is {_KINDS[authority.kind]}; CourtListener's opinions are decisions of courts.",
        )
    elif not _reporters(authority) and not _docket(authority):
        entry.outcome = "cannot be checked"
        westlaw = any(one.kind == "westlaw" for one in find_citations(authority.citation))
        entry.why = f"There is {'only a Westlaw number' if westlaw else 'neither a reporter page nor a docket number'} to look it up by."
    if entry.outcome == "cannot be checked":
        for quote in entry.quotes:
            quote.outcome = "no text"
    return entry


def _unchecked(quote: Quote) -> CheckedQuote:
    return CheckedQuote(quote.text, quote.said_by, quote.via or "", quote.page or "")


def _reporters(authority: Authority) -> list[str]:
    """The reporter citations of the decision itself; what stands in or after the first parenthesis is history."""
    return [one.key for one in find_citations(authority.citation.partition("(")[0]) if one.kind == "reporter"]


def _docket(authority: Authority) -> str:
    """The key of its docket number; empty if none is on record."""
    written = re.sub(r"^Nos?\. ", "", authority.docket or "")
    for text in (authority.citation.partition("(")[0], f"No. {written}"):
        for one in find_citations(text):
            if one.kind == "docket":
                return one.key
    return ""


# --- going through ---


def _check_all(
    client: Client, chosen: Sequence[Authority], entries: Sequence[Entry], tell: Callable[[str], None]
) -> None:
    pairs = [
        (authority, entry) for authority, entry in zip(chosen, entries, strict=True) if entry.outcome == "not asked"
    ]
    answers = client.look_up([citation for authority, _ in pairs for citation in _reporters(authority)])
    for place, (authority, entry) in enumerate(pairs, 1):
        tell(f"{place} of {len(pairs)}: {authority.short}")
        try:
            outcome, why, decisions = _resolve(client, authority, answers)
        except UnansweredError as problem:
            entry.outcome, entry.why = "no answer", f"{str(problem)[:1].upper()}{str(problem)[1:]}."
            decisions = []
        else:
            # The outcome is set last: an entry that a stop leaves half done says "not asked".
            entry.why = why
        entry.there = [{"name": one.name, "filed": one.filed, "url": SITE + one.url} for one in decisions]
        troubles = _check_quotes(client, entry, decisions) if entry.quotes else []
        if entry.outcome == "not asked":
            entry.outcome = "no answer" if troubles else outcome
        entry.why = " ".join(filter(None, [entry.why, *troubles]))


def _resolve(
    client: Client, authority: Authority, answers: Mapping[str, Lookup | UnansweredError]
) -> tuple[Outcome, str, list[Decision]]:
    """What the decision is there: the outcome, a remark, and the decisions in whose text to look."""
    reporters, docket = _reporters(authority), _docket(authority)
    year = authority.decided.year if authority.decided else None
    remark = ""
    for citation in reporters:
        answer = answers[citation]
        if isinstance(answer, UnansweredError):
            raise answer
        if answer.decisions:
            return _compare(authority, list(answer.decisions), f"cited as {citation}")
        remark = remark or f"CourtListener does not have {citation}{f' ({answer.remark})' if answer.remark else ''}."
    if not docket:
        return "not found", remark, []
    same = [
        one
        for one in client.search(_number(docket), year)
        if _is_docket(one.docket, docket) and _could_be(authority, one)
    ]
    if not same:
        return (
            "not found",
            f"{remark} No decision of this court with docket number {_number(docket)}{f' and of {year}' if year else ''} is there.".strip(),
            [],
        )
    outcome, why, decisions = _compare(authority, same, f"with docket number {_number(docket)}")
    if remark and outcome == "matches":
        return "differs", f"{remark} It is there by its docket number.", decisions
    return outcome, f"{remark} {why}".strip(), decisions


def _compare(authority: Authority, found: list[Decision], how: str) -> tuple[Outcome, str, list[Decision]]:
    """Whether one of the decisions found agrees in name and date."""
    named = [one for one in found if same_name(authority.name, one.name)]
    agreeing = [one for one in named if _on_day(authority, one)]
    if len(agreeing) == 1:
        undated = "" if authority.decided else "No date is on record to compare."
        return "matches", undated, agreeing
    if agreeing:
        return "several", f"{len(agreeing)} decisions {how} agree in name and date; each was looked into.", agreeing
    wrong = "date" if named else "name"
    listed = "; ".join(f"{one.name}, {one.filed}" for one in found[:5])
    # Under one reporter page there is one decision, so its text is the one to look in whatever its name. A docket has many.
    looked = found if len(found) == 1 and not found[0].docket else []
    return "differs", f"The {wrong} on record does not agree with what is {how}: {listed}.", looked


def _on_day(authority: Authority, decision: Decision) -> bool:
    if authority.decided is None:
        return True
    try:
        filed = date.fromisoformat(decision.filed)
    except ValueError:
        return False
    return authority.decided.first <= filed <= authority.decided.last


def _number(docket: str) -> str:
    """A docket key as dockets are written: ``20-cv-02335``, ``22-2621``."""
    number = docket.removeprefix("docket-")
    district = re.fullmatch(r"(\d\d-(?:cv|cr))-(\d+)", number)
    return f"{district[1]}-{int(district[2]):05d}" if district else number.upper()


def _is_docket(written: str, docket: str) -> bool:
    parts = re.split(r"\s*(?:[,;&]|\band\b)\s*", re.sub(r"\b(?:Case|Docket|Nos?\.?)\s*", "", written))
    return any(one.key == docket for part in parts for one in find_citations(f"No. {part}"))


def _could_be(authority: Authority, decision: Decision) -> bool:
    """Whether a decision with the same docket number is of this suit: courts use the same numbers."""
    ours, theirs = _letters(authority.court), _letters(decision.court)
    return {"us": "scotus"}.get(ours, ours) == theirs or same_name(authority.name, decision.name)


_COMMON = frozenset(
    (
        *("a", "an", "and", "for", "in", "of", "the", "v", "vs", "re", "et", "al", "ex", "rel", "no", "nos"),
        *(
            "ag",
            "co",
            "company",
            "corp",
            "corporation",
            "inc",
            "incorporated",
            "limited",
            "llc",
            "llp",
            "lp",
            "ltd",
            "plc",
            "sarl",
        ),
        *("doe", "does", "jane", "john"),
    )
)
"""Words of a caption that tell no case from another."""


def same_name(ours: str, theirs: str) -> bool:
    """Whether two captions can be of one case.

    Captions differ in length, in "Inc." and in how a person without a name is called. So it is enough that every party of ours
    that has a name of its own shares a word of it, and at least one has.

    >>> same_name("Doe v. GTE Corp.", "John Doe, et al. v. GTE Corporation")
    True
    >>> same_name("Doe v. GTE Corp.", "Doe v. Kik Interactive, Inc.")
    False
    """
    there = _words_of_name(theirs)
    parties = [words for words in map(_words_of_name, re.split(r"\s+vs?\.?\s+", ours)) if words]
    return bool(parties) and all(words & there for words in parties)


def _words_of_name(name: str) -> set[str]:
    plain = re.sub(r"\.com\b|['’]|\([^()]*\)", "", name)
    # "G. G." and "G.G." are one party.
    words = {_letters(word) for word in re.sub(r"(?<=\b[A-Z]\.)\s+(?=[A-Z]\.)", "", plain).split()}
    return {word for word in words if word and word not in _COMMON and not word.isdigit()}


def _letters(text: str) -> str:
    return re.sub(r"[^0-9a-z]", "", text.lower())


# --- quotations in the text ---


@dataclass(frozen=True)
class Page:
    """A stretch of an opinion between two star pages; ``star`` is empty before the first."""

    star: str
    text: str


def _check_quotes(client: Client, entry: Entry, decisions: Sequence[Decision]) -> list[str]:
    """Look for every quotation of an entry; sentences about what got no answer."""
    opinions: list[tuple[str, list[Page]]] = []
    troubles: list[str] = []
    for number in dict.fromkeys(number for decision in decisions for number in decision.opinions):
        try:
            found = client.opinion(number)
        except UnansweredError as problem:
            troubles.append(f"The text of opinion {number} did not come: {problem}.")
            continue
        pages = pages_of(found)
        if any(page.text.strip() for page in pages):
            opinions.append((re.sub(r"^\d+", "", found.type), pages))
    for quote in entry.quotes:
        _check_quote(quote, opinions)
        if troubles and quote.outcome == "not found":
            # It may stand in the part that did not come.
            quote.outcome = "no text"
    return troubles


def _check_quote(quote: CheckedQuote, opinions: Sequence[tuple[str, list[Page]]]) -> None:
    quote.outcome = "not found" if opinions else "no text"
    for kind, pages in opinions:
        star = locate(quote.text, pages)
        if star is not None:
            quote.outcome, quote.star_page, quote.opinion = "found", star, kind
            return
    passages = [(passage_like(quote.text, pages), kind) for kind, pages in opinions]
    if passages:
        (_, quote.nearest), quote.opinion = max(passages, key=lambda each: each[0][0])


def locate(words: str, pages: Sequence[Page]) -> str | None:
    """The star page or pages on which words stand: ``548``, ``548-549``, ``before 545``; empty where the text has no stars.

    ``None`` if they are not there, word for word.
    """
    if not _is_in(words, pages):
        return None
    first, last = 0, len(pages)
    for place in range(len(pages)):
        if _is_in(words, pages[place : place + 1]):
            first, last = place, place + 1
            break
    else:
        while _is_in(words, pages[first + 1 : last]):
            first += 1
        while _is_in(words, pages[first : last - 1]):
            last -= 1
    begin, end = pages[first].star, pages[last - 1].star
    if not begin:
        following = pages[first + 1].star if first + 1 < len(pages) else ""
        return f"before {following}" if following else ""
    return begin if begin == end else f"{begin}-{end}"


def _is_in(words: str, pages: Sequence[Page]) -> bool:
    """Also across a page break that cuts a word, and a line break that does."""
    texts = [page.text for page in pages]
    whole = ["".join(texts)]
    if len(texts) > 1:
        whole.append("".join([texts[0].rstrip(), *(text.strip() for text in texts[1:])]))
    return any(find_quotation(words, form) for text in whole for form in dict.fromkeys((text, _without_hyphens(text))))


def _without_hyphens(text: str) -> str:
    return re.sub(r"(?<=[a-z])[-\u00ad]\s*\n\s*(?=[a-z])", "", text)


_WORD = re.compile(r"\w+(?:['’.]\w+)*")


def passage_like(words: str, pages: Sequence[Page]) -> tuple[float, str]:
    """The passage most like some words, with a likeness from 0 to 1; empty where nothing of three words or more agrees."""
    text = " ".join("".join(page.text for page in pages).split())
    spans = [match.span() for match in _WORD.finditer(text)]
    there = [text[start:end].lower() for start, end in spans]
    ours = [word.lower() for word in _WORD.findall(words)]
    longest = difflib.SequenceMatcher(None, there, ours, autojunk=False).find_longest_match()
    if longest.size < min(3, len(ours)):
        return 0.0, ""
    begin = max(0, longest.a - longest.b)
    end = min(len(there), begin + len(ours) + 5)
    near = difflib.SequenceMatcher(None, there[begin:end], ours, autojunk=False)
    blocks = [block for block in near.get_matching_blocks() if block.size]
    start, stop = begin + blocks[0].a, begin + blocks[-1].a + blocks[-1].size
    return near.ratio(), text[spans[start][0] : spans[stop - 1][1]]


def pages_of(opinion: Opinion) -> list[Page]:
    """An opinion's text, cut at its star pages, without the headers of the pages of a court's PDF."""
    if not opinion.html:
        return [Page("", without_page_headers(opinion.plain))]
    reader = _Reader()
    reader.feed(opinion.html)
    reader.close()
    return [Page(star, without_page_headers("".join(parts))) for star, parts in reader.pages]


class _Reader(HTMLParser):
    """Text and star pages out of ``html_with_citations``: ``<span class="star-pagination" label="548">*548</span>``."""

    _BLOCKS = frozenset(
        (
            "p",
            "div",
            "br",
            "hr",
            "li",
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
            "blockquote",
            "center",
            "pre",
            "td",
            "tr",
            "opinion",
            "author",
            "footnote",
        )
    )
    _CALLS = frozenset(("sup", "footnotemark"))
    _VOID = frozenset(("br", "hr", "img", "wbr"))

    def __init__(self) -> None:
        super().__init__()
        self.pages: list[tuple[str, list[str]]] = [("", [])]
        self._apart: list[str] = []
        self._depth = 0
        self._kind: Literal["star", "call", "hidden"] = "hidden"
        self._label = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self._BLOCKS:
            self._put("\n")
        if self._depth:
            self._depth += tag not in self._VOID
            return
        given = dict(attrs)
        if "star-pagination" in (given.get("class") or "").split():
            self._begin("star", given.get("label") or "")
        elif tag in self._CALLS:
            self._begin("call")
        elif tag in ("script", "style"):
            self._begin("hidden")

    def _begin(self, kind: Literal["star", "call", "hidden"], label: str = "") -> None:
        self._kind, self._label, self._depth, self._apart = kind, label, 1, []

    def handle_endtag(self, tag: str) -> None:
        if tag in self._BLOCKS:
            self._put("\n")
        if not self._depth or tag in self._VOID:
            return
        self._depth -= 1
        if self._depth:
            return
        text = "".join(self._apart)
        if self._kind == "star":
            shown = re.search(r"\d+", text) or re.search(r"\d+", self._label)
            if shown:
                self.pages.append((shown[0], []))
        elif self._kind == "call" and not re.fullmatch(r"[\s\d*†‡\[\]]*", text):
            # "4th" with a raised "th" is text; a raised "4" alone calls a footnote.
            self._put(text)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self._BLOCKS:
            self._put("\n")

    def handle_data(self, data: str) -> None:
        if self._depth:
            self._apart.append(data)
        else:
            self._put(data)

    def _put(self, text: str) -> None:
        self.pages[-1][1].append(text)


def without_page_headers(text: str) -> str:
    """Plain text of a PDF without what is printed at the head or foot of its pages.

    Pages are parted by form feeds. A line at a page's edge is a header if it is a page number alone, or if the same line (other
    figures apart) stands at the edge of another page too.
    """
    pages = text.split("\f")
    if len(pages) < 2:
        return text
    edges = [_edges(page.split("\n")) for page in pages]
    often = Counter(
        form
        for page, places in zip(pages, edges, strict=True)
        for form in {_form(page.split("\n")[place]) for place in places}
    )
    kept = []
    for page, places in zip(pages, edges, strict=True):
        lines = page.split("\n")
        heads = {
            place
            for place in places
            if often[_form(lines[place])] > 1 or _form(lines[place]) in ("#", "-#-", "page#", "page#of#")
        }
        kept.append("\n".join(line for place, line in enumerate(lines) if place not in heads))
    return "\n".join(kept)


def _edges(lines: Sequence[str]) -> list[int]:
    """The first three and the last two lines of a page that are not empty."""
    full = [place for place, line in enumerate(lines) if line.strip()]
    return sorted({*full[:3], *full[-2:]})


def _form(line: str) -> str:
    return re.sub(r"\d+", "#", re.sub(r"\s+", "", line)).lower()


# --- the report in words ---


def _counts(counts: Mapping[Any, int]) -> str:
    return ", ".join(f"{number} {name}" for name, number in sorted(counts.items())) or "none"


def _plain(text: str) -> str:
    """A text from elsewhere on one line, with nothing in it that Markdown or HTML would act on."""
    return re.sub(r"([\\`*_\[\]<>|#])", r"\\\1", " ".join(text.split()))


def _entry_lines(entry: Entry) -> list[str]:
    lines = [f"### {_plain(entry.cite)}", "", f"`{entry.authority}`: {entry.outcome}. {_plain(entry.why)}".rstrip(), ""]
    lines += [f"- There: {_plain(one['name'])}, {_plain(one['filed'])}, <{one['url']}>" for one in entry.there]
    for quote in entry.quotes:
        who = _plain(quote.said_by + (f", carried by {quote.via}" if quote.via else ""))
        page = f", star page {quote.star_page}" if quote.star_page else ""
        if quote.pages_agree is False:
            page += f" (on record: {_plain(quote.recorded_page)})"
        lines.append(f"- {quote.outcome}{page}: “{_plain(quote.text)}” ({who})")
        if quote.outcome == "not found":
            lines.append(f"  - nearest there: {f'“{_plain(quote.nearest)}”' if quote.nearest else 'nothing like it'}")
    return [*lines, ""] if lines[-1] else lines
