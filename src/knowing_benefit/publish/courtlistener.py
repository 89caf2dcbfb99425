"""CourtListener's REST API, version 4, asked politely: one question at a time, each answer kept on disk.

What is used here is documented, as read in November 2026, at

* www.courtlistener.com/help/api/rest/citation-lookup: ``POST citation-lookup/`` with ``text``; a status for each citation
  (200, 300, 400, 404, 429); at most 250 citations a request, 60 found ones a minute; a refusal says until when in
  ``wait_until`` (the page spells it ``wait_util``; freelawproject/courtlistener-api-client issue 119 shows the real key).
* www.courtlistener.com/help/api/rest/search: ``GET search/?type=o``, fields such as ``docketNumber`` in ``q`` (ranges of
  ``dateFiled``: www.courtlistener.com/help/search-operators), camelCase answers, pages by ``cursor``. Only published decisions come unless the others are asked for: ``stat_Unpublished`` and
  ``stat_Unknown`` (freelawproject/courtlistener issue 7049).
* the case-law page (``cl/api/templates/v2_case-law-api-docs-vlatest.html`` in freelawproject/courtlistener): clusters, their
  ``sub_opinions``, and opinions, whose best text is ``html_with_citations``; ``fields`` leaves out what is not needed.
* wiki.free.law/c/courtlistener/help/api: the ``Authorization: Token`` header, and the 429 answer with ``Retry-After``.
  How many questions a plain account may ask is in the answer itself (``Rate limit exceeded: 5/min``, issue 7655).
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import json
import re
import socket
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import IO, Any, NoReturn, TypeVar

from knowing_benefit.law.source import write_atomic

BASE = "https://www.courtlistener.com/api/rest/v4/"

TIMEOUT = 30.0
"""Seconds without a byte after which an answer is given up."""

PAUSE = 1.0
"""Seconds between two questions, until an answer says that fewer are allowed."""

RETRY_PAUSES = (2.0, 5.0, 15.0)
"""Seconds before asking again, each time that no usable answer came."""

DEFAULT_WAIT = 60.0
"""Seconds to wait where a refusal does not say how long."""

LONGEST_WAIT = 15 * 60.0
"""Seconds: for a longer wait (an hour's or a day's limit) the work is put down, to be taken up later."""

MOST_WAITS = 6
"""How often in a row a refusal is waited for."""

MOST_FAILURES = 3
"""After so many questions in a row without an answer, no more are asked."""

BATCH = 60
"""Citations in one question: as many as are looked up in a minute."""

MOST_PAGES = 3
"""Pages of search results that are read: one docket has few decisions."""

_MOST_BYTES = 64 * 2**20

T = TypeVar("T")


class UnansweredError(Exception):
    """One question got no usable answer; others may. The text is a sentence without its full stop."""


class StoppedError(Exception):
    """No more questions make sense now. The text is a sentence without its full stop."""


class _PassingError(Exception):
    """Something that may be gone in a moment."""


class _LimitError(Exception):
    def __init__(self, seconds: float, detail: str) -> None:
        self.seconds = seconds
        super().__init__(detail)


@dataclass(frozen=True)
class Decision:
    """What CourtListener calls a cluster: one decision with its opinions.

    Attributes:
        filed: ISO date.
        url: path on the site.
        opinions: their ids.
        docket: docket number; empty where the answer does not carry it (a citation look-up).
        court: as a citation names it; empty as above.
    """

    id: int
    name: str
    filed: str
    url: str
    opinions: tuple[int, ...]
    docket: str = ""
    court: str = ""


@dataclass(frozen=True)
class Lookup:
    """The answer to one citation: an HTTP-like status (see the module), the decisions found, the server's remark."""

    status: int
    decisions: tuple[Decision, ...] = ()
    remark: str = ""


@dataclass(frozen=True)
class Opinion:
    """One opinion's text: HTML where there is some, else plain text."""

    id: int
    type: str
    html: str
    plain: str


@dataclass
class Client:
    """Asks the API, keeps finished answers in ``cache``, waits as told, and never writes the token.

    Attributes:
        asked: questions sent so far.
        reused: answers taken from the cache.
    """

    token: str
    base: str
    cache: Path
    tell: Callable[[str], None]
    asked: int = 0
    reused: int = 0
    _gap: float = field(default=0.0, init=False)
    _next: float = field(default=0.0, init=False)
    _failures: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        # The token goes to this address and to no other, so a redirection is an error and links are never followed.
        self._opener = urllib.request.build_opener(_NoRedirection)

    # --- the three questions ---

    def look_up(self, citations: Sequence[str]) -> dict[str, Lookup | UnansweredError]:
        """Look up citations (``76 F.4th 544``), as many as possible in one question.

        Raises:
            StoppedError: nothing more can be asked now. What was answered before is in the cache.
        """
        found: dict[str, Lookup | UnansweredError] = {}
        for citation in citations:
            kept = self._kept(_asked("citation-lookup/", {"text": citation}), _as_lookup)
            if kept is not None:
                found[citation] = kept
        left = [citation for citation in dict.fromkeys(citations) if citation not in found]
        while left:
            batch = left[:BATCH]
            try:
                answered = self._look_up_together(batch)
            except UnansweredError as problem:
                found |= dict.fromkeys(batch, problem)
                answered = {}
            for citation, lookup in answered.items():
                if isinstance(lookup, Lookup):
                    self._keep(_asked("citation-lookup/", {"text": citation}), asdict(lookup))
            found |= answered
            left = [citation for citation in left if citation not in found]
        return found

    def _look_up_together(self, batch: list[str]) -> dict[str, Lookup | UnansweredError]:
        """One question for many citations. What the server left over for a later question (429) is not in the answer."""
        self.tell(f"looking up reporter citations ({len(batch)} in one question)")
        # A full stop and an empty line keep two citations from being read as parallel ones.
        items = self._send("citation-lookup/", form={"text": ".\n\n".join(batch)})
        if items == {}:
            # What the API sends where it sees no citation at all.
            items = []
        if not isinstance(items, list):
            raise UnansweredError("the answer to a citation look-up is not a list any more")
        found: dict[str, Lookup | UnansweredError] = {}
        postponed = 0
        for item in items:
            if not isinstance(item, dict):
                continue
            names = [item.get("citation"), *(item.get("normalized_citations") or [])]
            known = {_bare(name) for name in names if isinstance(name, str)}
            for citation in batch:
                if _bare(citation) in known and citation not in found:
                    try:
                        lookup = _lookup(item)
                    except UnansweredError as problem:
                        found[citation] = problem
                        continue
                    if lookup.status == 429:
                        postponed += 1
                    else:
                        found[citation] = lookup
        if postponed == 0 or not found:
            silent = UnansweredError("the answer does not mention this citation")
            found |= {citation: silent for citation in batch if citation not in found}
        return found

    def search(self, docket: str, year: int | None) -> list[Decision]:
        """Decisions with a docket number like this one: published, unpublished and of unknown status.

        Args:
            year: the year of filing, if known. Every district court has a case with the same number without its office.

        Raises:
            UnansweredError, StoppedError
        """
        filed = f" AND dateFiled:[{year}-01-01 TO {year}-12-31]" if year else ""
        query = {"type": "o", "q": f'docketNumber:"{docket}"{filed}'}
        query |= {f"stat_{status}": "on" for status in ("Published", "Unpublished", "Unknown")}
        found: list[Decision] = []
        cursor = ""
        for _ in range(MOST_PAGES):
            results, cursor = self._get("search/", query | ({"cursor": cursor} if cursor else {}), _page, _as_page)
            found += results
            if not cursor:
                break
        return found

    def opinion(self, number: int) -> Opinion:
        """The text of one opinion.

        Raises:
            UnansweredError, StoppedError
        """
        fields = {"fields": "type,html_with_citations,plain_text"}
        return self._get(
            f"opinions/{number}/", fields, lambda data: _opinion(number, data), lambda kept: Opinion(**kept)
        )

    # --- one question, remembered ---

    def _get(self, path: str, query: Mapping[str, str], shape: Callable[[Any], T], again: Callable[[Any], T]) -> T:
        """Ask once in a lifetime: ``shape`` checks what the server sent, ``again`` rebuilds it from the cache.

        Only what has been checked is kept, so that an answer of a changed form is asked for again.
        """
        asked = _asked(path, query)
        kept = self._kept(asked, again)
        if kept is not None:
            return kept
        shaped = shape(self._send(path, query=query))
        self._keep(asked, shaped)
        return shaped

    def _kept(self, asked: str, again: Callable[[Any], T]) -> T | None:
        try:
            kept = json.loads(self._file(asked).read_text("utf-8"))
            answer = again(kept["answer"]) if kept["request"] == asked else None
        except (OSError, ValueError, KeyError, TypeError):
            # Not there, or not what this edition writes: ask.
            return None
        self.reused += answer is not None
        return answer

    def _keep(self, asked: str, answer: Any) -> None:
        day = datetime.now(UTC).date().isoformat()
        text = json.dumps(
            {"request": asked, "asked": day, "answer": answer}, ensure_ascii=False, default=asdict, indent=1
        )
        write_atomic(self._file(asked), text)

    def _file(self, asked: str) -> Path:
        return self.cache / f"{hashlib.sha256(f'{self.base} {asked}'.encode()).hexdigest()[:32]}.json"

    # --- one question, sent ---

    def _send(self, path: str, query: Mapping[str, str] | None = None, form: Mapping[str, str] | None = None) -> Any:
        waits = failed = 0
        while True:
            self._keep_pace()
            try:
                answer = self._once(path, query, form)
            except _LimitError as refusal:
                waits += 1
                self._wait_as_told(refusal, waits)
            except _PassingError as trouble:
                if failed == len(RETRY_PAUSES):
                    self._give_up(str(trouble))
                self._wait(RETRY_PAUSES[failed], f"{trouble}; asking again")
                failed += 1
            else:
                self._failures = 0
                return answer

    def _give_up(self, trouble: str) -> NoReturn:
        self._failures += 1
        if self._failures >= MOST_FAILURES:
            raise StoppedError(f"CourtListener does not answer at the moment ({trouble})")
        raise UnansweredError(f"no answer after {len(RETRY_PAUSES) + 1} tries: {trouble}")

    def _wait_as_told(self, refusal: _LimitError, waits: int) -> None:
        rate = re.search(r"(\d+)/(s|m)", str(refusal))
        if rate and int(rate[1]):
            self._gap = (1 if rate[2] == "s" else 60) / int(rate[1])
        if refusal.seconds > LONGEST_WAIT or waits > MOST_WAITS:
            until = datetime.fromtimestamp(time.time() + refusal.seconds).strftime("%Y-%m-%d %H:%M")
            raise StoppedError(
                f"the account's limit is used up; CourtListener takes questions again at {until} (in {_clock(refusal.seconds)})"
            )
        self._wait(refusal.seconds, "CourtListener asks for a pause")

    def _once(self, path: str, query: Mapping[str, str] | None, form: Mapping[str, str] | None) -> Any:
        address = f"{self.base}{path}" + (f"?{urllib.parse.urlencode(query)}" if query else "")
        headers = {
            "Authorization": f"Token {self.token}",
            "Accept": "application/json",
            "User-Agent": "knowing-benefit (course verify)",
        }
        data = urllib.parse.urlencode(form).encode() if form else None
        self.asked += 1
        try:
            with self._opener.open(urllib.request.Request(address, data, headers), timeout=TIMEOUT) as answer:
                raw = self._read(answer)
        except urllib.error.HTTPError as problem:
            with problem:
                self._refused(problem)
        except TimeoutError:
            raise _PassingError(f"no answer within {TIMEOUT:g} seconds") from None
        except (OSError, http.client.HTTPException) as problem:
            reason = getattr(problem, "reason", problem)
            if isinstance(reason, TimeoutError):
                raise _PassingError(f"no answer within {TIMEOUT:g} seconds") from None
            if isinstance(reason, socket.gaierror):
                raise _PassingError("its address was not found; is this computer on a network?") from None
            raise _PassingError(
                f"the connection failed ({getattr(reason, 'strerror', None) or type(reason).__name__})"
            ) from None
        try:
            return json.loads(raw)
        except ValueError:
            raise _PassingError("the answer broke off, or is not JSON") from None

    def _read(self, answer: IO[bytes]) -> bytes:
        """What the server sent, without the token, should it repeat it: answers are written to disk."""
        return answer.read(_MOST_BYTES).replace(self.token.encode(), b"(token)")

    def _refused(self, problem: urllib.error.HTTPError) -> NoReturn:
        try:
            body = json.loads(self._read(problem))
        except (OSError, ValueError, http.client.HTTPException):
            body = {}
        body = body if isinstance(body, dict) else {}
        detail = str(body.get("detail") or body.get("error_message") or "")[:200].rstrip(". ")
        said = f": {detail}" if detail else ""
        code = problem.code
        if code in (401, 403):
            raise StoppedError(
                f"CourtListener does not accept the token ({code}{said}); copy it again from your profile there"
            )
        if code == 429:
            raise _LimitError(_seconds(problem.headers.get("Retry-After"), body), detail)
        if code >= 500:
            raise _PassingError(f"the server has a fault of its own ({code})")
        if 300 <= code < 400:
            raise StoppedError(
                f"CourtListener has moved this part of its API ({code}); this command needs a newer edition of the course"
            )
        raise UnansweredError(
            "it is not there any more (404)" if code == 404 else f"CourtListener refuses the question ({code}{said})"
        )

    # --- time ---

    def _keep_pace(self) -> None:
        left = self._next - time.monotonic()
        if left > 3:
            self._wait(left, "keeping to the account's limit")
        elif left > 0:
            time.sleep(left)
        self._next = time.monotonic() + max(PAUSE, self._gap)

    def _wait(self, seconds: float, why: str) -> None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.tell(f"{why}: {_clock(left)}")
            time.sleep(min(left, 10))


class _NoRedirection(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def _asked(path: str, query: Mapping[str, str]) -> str:
    return f"{path}?{urllib.parse.urlencode(sorted(query.items()))}"


def _clock(seconds: float) -> str:
    whole = max(1, round(seconds))
    if whole < 60:
        return f"{whole} s"
    return f"{whole // 60} min {whole % 60} s" if whole < 3600 else f"{whole // 3600} h {whole % 3600 // 60} min"


def _seconds(header: str | None, body: Mapping[str, Any]) -> float:
    """How long a refusal asks to wait: the longest of what its header, its keys and its sentence say."""
    said: list[float] = []
    if header and header.strip().isdigit():
        said.append(float(header))
    elif header:
        with contextlib.suppress(ValueError):
            said.append(_until(parsedate_to_datetime(header)))
    for key in ("wait_until", "wait_util"):
        with contextlib.suppress(ValueError):
            said.append(_until(datetime.fromisoformat(str(body.get(key)))))
    sentence = re.search(r"available in (\d+) second", str(body.get("detail")))
    if sentence:
        said.append(float(sentence[1]))
    return max([1.0, *said]) if said else DEFAULT_WAIT


def _until(moment: datetime) -> float:
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (aware - datetime.now(UTC)).total_seconds()


def _bare(citation: str) -> str:
    return re.sub(r"[^0-9a-z]", "", citation.lower())


# --- what an answer must hold ---


def _field(data: Mapping[str, Any], name: str, kind: type[T]) -> T:
    value = data.get(name)
    if not isinstance(value, kind):
        what = "is missing from" if value is None else "has another form in"
        raise UnansweredError(f"the field {name!r} {what} the answer; the API may have changed")
    return value


def _lookup(item: Mapping[str, Any]) -> Lookup:
    status = _field(item, "status", int)
    clusters = _field(item, "clusters", list) if status in (200, 300) else []
    remark = item.get("error_message")
    return Lookup(status, tuple(_cluster(one) for one in clusters), remark if isinstance(remark, str) else "")


def _cluster(data: Any) -> Decision:
    if not isinstance(data, dict):
        raise UnansweredError("a cluster in the answer has another form; the API may have changed")
    links = [re.search(r"/opinions/(\d+)/?$", str(link)) for link in _field(data, "sub_opinions", list)]
    opinions = tuple(int(link[1]) for link in links if link)
    return Decision(
        _field(data, "id", int),
        _field(data, "case_name", str),
        _field(data, "date_filed", str),
        _field(data, "absolute_url", str),
        opinions,
    )


def _result(data: Any) -> Decision:
    if not isinstance(data, dict):
        raise UnansweredError("a search result has another form; the API may have changed")
    opinions = tuple(_field(one, "id", int) for one in _field(data, "opinions", list) if isinstance(one, dict))
    return Decision(
        _field(data, "cluster_id", int),
        _field(data, "caseName", str),
        _field(data, "dateFiled", str)[:10],
        _field(data, "absolute_url", str),
        opinions,
        _field(data, "docketNumber", str),
        _field(data, "court_citation_string", str),
    )


def _page(data: Any) -> tuple[list[Decision], str]:
    """A page of search results, and the cursor of the next. The link itself is not followed: it could lead elsewhere."""
    if not isinstance(data, dict):
        raise UnansweredError("the answer to a search has another form; the API may have changed")
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(str(data.get("next") or "")).query)
    return [_result(one) for one in _field(data, "results", list)], query.get("cursor", [""])[0]


def _opinion(number: int, data: Any) -> Opinion:
    if not isinstance(data, dict):
        raise UnansweredError("an opinion has another form; the API may have changed")
    if "html_with_citations" not in data and "plain_text" not in data:
        raise UnansweredError("the fields of an opinion's text are missing from the answer; the API may have changed")
    html, plain = (data.get(name) or "" for name in ("html_with_citations", "plain_text"))
    if not isinstance(html, str) or not isinstance(plain, str):
        raise UnansweredError("an opinion's text has another form in the answer; the API may have changed")
    return Opinion(number, str(data.get("type") or ""), html, "" if html else plain)


# --- what the cache gives back ---


def _as_decision(kept: Mapping[str, Any]) -> Decision:
    return Decision(**{**kept, "opinions": tuple(kept["opinions"])})


def _as_lookup(kept: Mapping[str, Any]) -> Lookup:
    return Lookup(kept["status"], tuple(_as_decision(one) for one in kept["decisions"]), kept["remark"])


def _as_page(kept: Sequence[Any]) -> tuple[list[Decision], str]:
    results, cursor = kept
    return [_as_decision(one) for one in results], str(cursor)
