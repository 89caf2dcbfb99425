"""``course verify`` against a small server that speaks CourtListener's API as documented, and against one that misbehaves.

No test reaches a network: every connection to another host fails the test.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from eyecite import get_citations
from typer.testing import CliRunner

from knowing_benefit.cli import app
from knowing_benefit.law.library import Library
from knowing_benefit.law.source import CourseError
from knowing_benefit.publish import courtlistener
from knowing_benefit.publish.courtlistener import Opinion
from knowing_benefit.publish.verify import (
    Entry,
    Page,
    Report,
    locate,
    pages_of,
    same_name,
    verify,
    without_page_headers,
)

TOKEN = "0123456789abcdef0123456789abcdef01234567"
SITE = "https://www.courtlistener.com"

GTE_WORDS = (
    "the only remaining defendants are the informational intermediaries—large corporations, two-thirds of them solvent"
)
GTE_HTML = """<div><p>The men are gone. <span class="star-pagination" label="656">*656</span> So “the only remaining defendants are
the informational <span citation-index="1" class="star-pagination" label="657">
   *657
   </span> intermediaries -- large corporations,<sup>2</sup> two-thirds of them solvent.” A host is paid and may look away.</p></div>"""
NDILL_PLAIN = """Case: 1:20-cv-02335 Document #: 108 Filed: 05/16/22 Page 1 of 3
OPINION
The vendor sold soft-
ware to a platform that was


\fCase: 1:20-cv-02335 Document #: 108 Filed: 05/16/22 Page 2 of 3
                                   2
known to all. Nothing more is pleaded by the
parties.
\fCase: 1:20-cv-02335 Document #: 108 Filed: 05/16/22 Page 3 of 3
                                   3
Dismissed.
"""


def authority(own_id: str, **fields: Any) -> dict[str, Any]:
    base = {
        "id": own_id,
        "kind": "case",
        "court": "7th Cir.",
        "holding": "Held.",
        "status": "verified",
        "sources": ["the court"],
    }
    return base | {"as_of": "2026-11-23", "checked": "2026-11-23"} | fields


def quote(text: str, page: str | None = None, **fields: Any) -> dict[str, Any]:
    return (
        {"text": text, "said_by": "the court", "source": "the court", "status": "verified"}
        | ({"page": page} if page else {})
        | fields
    )


AUTHORITIES = [
    authority(
        "gte",
        name="Doe v. GTE Corp.",
        short="GTE",
        citation="347 F.3d 655 (7th Cir. 2003)",
        decided="2003-10-21",
        quotes=[
            quote(GTE_WORDS, "347 F.3d at 656"),
            quote("A host is paid and may look aside.", "347 F.3d at 657"),
            quote("A host is paid and may look away", "347 F.3d at 660"),
        ],
    ),
    authority(
        "gg",
        name="G.G. v. Salesforce.com, Inc.",
        short="G.G.",
        citation="76 F.4th 544 (7th Cir. 2023)",
        decided="2023-08-03",
        docket="No. 22-2621",
        quotes=[quote("Participation is a common undertaking here."), quote("I would affirm the judgment below.")],
    ),
    authority(
        "en-banc",
        kind="order",
        name="G.G. v. Salesforce.com, Inc.",
        short="G.G.",
        decided="2023-10-18",
        docket="No. 22-2621",
        citation="No. 22-2621 (7th Cir. Oct. 18, 2023) (order)",
        quotes=[quote("Four judges voted to rehear the case.")],
    ),
    authority(
        "ndill",
        name="G.G. v. Salesforce.com, Inc.",
        short="G.G.",
        court="N.D. Ill.",
        decided="2022-05-16",
        docket="No. 1:20-cv-02335",
        citation="No. 1:20-cv-02335, 2022 WL 1541408 (N.D. Ill. May 16, 2022)",
        quotes=[quote("The vendor sold software to a platform that was known to all.")],
    ),
    authority(
        "absent", name="Doe v. Nobody, Inc.", short="Nobody", citation="999 F.3d 999 (7th Cir. 2021)", decided="2021"
    ),
    authority(
        "misnamed",
        name="Lemmon v. Snap, Inc.",
        short="Lemmon",
        court="9th Cir.",
        citation="995 F.3d 1085 (9th Cir. 2021)",
        decided="2021-05-04",
    ),
    authority(
        "westlaw",
        name="A.M.G. v. Red Roof Inns, Inc.",
        short="A.M.G.",
        court="S.D. Ohio",
        citation="2025 WL 588645 (S.D. Ohio Feb. 24, 2025)",
        quotes=[quote("These words stand only on Westlaw.")],
    ),
    authority("reuters", kind="press", name="Column", short="Reuters", court="none", citation="Reuters (Aug. 4, 2023)"),
]

CLUSTERS = {
    "347 F.3d 655": [
        {"id": 1, "case_name": "John Doe, et al. v. GTE Corporation", "date_filed": "2003-10-21", "opinions": [11]}
    ],
    "76 F.4th 544": [
        {
            "id": 2,
            "case_name": "G. G. v. Salesforce.com, Incorporated",
            "date_filed": "2023-08-03",
            "opinions": [21, 22],
        }
    ],
    "995 F.3d 1085": [{"id": 3, "case_name": "Barnes v. Yahoo!, Inc.", "date_filed": "2009-06-22", "opinions": [31]}],
}
OPINIONS = {
    11: {"type": "010combined", "html_with_citations": GTE_HTML, "plain_text": ""},
    21: {
        "type": "020lead",
        "html_with_citations": "<p>Participation is a <em>common\nundertaking</em> here.</p>",
        "plain_text": "",
    },
    22: {
        "type": "040dissent",
        "html_with_citations": "<p>I would <b>affirm</b> the judgment below.</p>",
        "plain_text": "",
    },
    31: {"type": "010combined", "html_with_citations": "<p>Another case.</p>", "plain_text": ""},
    41: {
        "type": "010combined",
        "html_with_citations": "<p>Four judges voted to rehear the case.</p>",
        "plain_text": "",
    },
    51: {"type": "010combined", "html_with_citations": "", "plain_text": NDILL_PLAIN},
}


def _hit(
    cluster: int, name: str, filed: str, docket: str, court: str, opinion: int, status: str = "Published"
) -> dict[str, Any]:
    return {
        "cluster_id": cluster,
        "caseName": name,
        "dateFiled": filed,
        "docketNumber": docket,
        "court_citation_string": court,
        "absolute_url": f"/opinion/{cluster}/x/",
        "opinions": [{"id": opinion, "snippet": ""}],
        "status": status,
    }


HITS = [
    _hit(6, "Other v. Party", "2023-10-18", "22-2621", "5th Cir.", 31),
    _hit(2, "G. G. v. Salesforce.com, Incorporated", "2023-08-03", "22-2621", "7th Cir.", 21),
    _hit(4, "G. G. v. Salesforce.com, Incorporated", "2023-10-18", "22-2621", "7th Cir.", 41, "Unpublished"),
    _hit(5, "G.G. v. Salesforce.com, Inc.", "2022-05-16", "1:20-cv-02335", "N.D. Ill.", 51, "Unknown"),
]

Answer = tuple[int, dict[str, str], bytes]


class Api:
    """The server's memory: what it was asked, and how it is to misbehave."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.spoil: Callable[[int, str], Answer | None] = lambda number, path: None
        self.change: Callable[[str, Any], Any] = lambda path, data: data
        self.hold = threading.Event()
        self.hold_at = 0
        self.base = ""

    def answer(self, method: str, target: str, body: bytes, authorization: str | None) -> Answer:
        parts = urlsplit(target)
        path = parts.path.removeprefix("/api/rest/v4/")
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        self.asked.append(f"{method} {path} {query.get('q', '')}{query.get('cursor', '')}".strip())
        if self.hold_at and len(self.asked) == self.hold_at:
            self.hold.wait(20)
        spoiled = self.spoil(len(self.asked), path)
        if spoiled is not None:
            return spoiled
        if authorization != f"Token {TOKEN}":
            return as_json(401, {"detail": "Invalid token."})
        if method == "POST" and path == "citation-lookup/":
            return as_json(200, self.change(path, self.look_up(form["text"])))
        if method == "GET" and path == "search/":
            return as_json(200, self.change(path, self.search(query)))
        if method == "GET" and path.startswith("opinions/"):
            opinion = OPINIONS[int(path.split("/")[1])]
            return as_json(200, self.change(path, {name: opinion[name] for name in query["fields"].split(",")}))
        return as_json(404, {"detail": "Not found."})

    @staticmethod
    def look_up(text: str) -> list[dict[str, Any]]:
        items = []
        for cite in get_citations(text):
            name = cite.corrected_citation()
            clusters = [
                {
                    "id": one["id"],
                    "case_name": one["case_name"],
                    "date_filed": one["date_filed"],
                    "absolute_url": f"/opinion/{one['id']}/x/",
                    "sub_opinions": [f"{SITE}/api/rest/v4/opinions/{number}/" for number in one["opinions"]],
                }
                for one in CLUSTERS.get(name, [])
            ]
            start, end = cite.span()
            items.append(
                {
                    "citation": cite.matched_text(),
                    "normalized_citations": [name],
                    "start_index": start,
                    "end_index": end,
                    "clusters": clusters,
                    "status": (200 if len(clusters) == 1 else 300) if clusters else 404,
                    "error_message": "" if clusters else f"Citation not found: '{name}'",
                }
            )
        return items

    @staticmethod
    def search(query: dict[str, str]) -> dict[str, Any]:
        assert query["type"] == "o"
        asked = re.fullmatch(r'docketNumber:"([^"]+)"(?: AND dateFiled:\[(\d{4})-01-01 TO \2-12-31\])?', query["q"])
        assert asked is not None
        wanted, year = asked[1], asked[2] or ""
        shown = [
            hit
            for hit in HITS
            if wanted in hit["docketNumber"]
            and hit["dateFiled"].startswith(year)
            and query.get(f"stat_{hit['status']}") == "on"
        ]
        start = int(query.get("cursor", "0"))
        more = start + 2 < len(shown)
        # As on the site, the link to the next page names the site itself.
        link = f"{SITE}/api/rest/v4/search/?cursor={start + 2}&q=x" if more else None
        return {"count": len(shown), "next": link, "previous": None, "results": shown[start : start + 2]}


def as_json(code: int, data: Any, **headers: str) -> Answer:
    return (
        code,
        {"Content-Type": "application/json"} | {name.replace("_", "-"): value for name, value in headers.items()},
        json.dumps(data).encode(),
    )


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    """The server, on a free port of this machine."""
    memory = Api()

    class Handler(BaseHTTPRequestHandler):
        def _reply(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            code, headers, raw = memory.answer(self.command, self.path, body, self.headers.get("Authorization"))
            if code == 0:
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            try:
                self.send_response(code)
                for name, value in ({"Content-Length": str(len(raw))} | headers).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(raw)
            except OSError:
                return

        do_GET = do_POST = _reply  # noqa: N815

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    memory.base = f"http://127.0.0.1:{server.server_port}/api/rest/v4/"
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(courtlistener, "PAUSE", 0.0)
    monkeypatch.setattr(courtlistener, "RETRY_PAUSES", (0.0, 0.0))
    yield memory
    memory.hold.set()
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def no_other_host(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """Refuses every connection that leaves this machine, and fails the test that tried."""
    tried: list[Any] = []
    connect = socket.socket.connect

    def local_only(self: socket.socket, address: Any) -> None:
        if isinstance(address, tuple) and address[0] not in ("127.0.0.1", "::1"):
            tried.append(address)
            raise OSError("outside")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", local_only)
    yield tried
    assert tried == []


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Library:
    """A course folder with the authorities above."""
    folder = tmp_path / "course" / "data" / "authorities"
    folder.mkdir(parents=True)
    (tmp_path / "course" / "course.py").touch()
    for one in AUTHORITIES:
        # JSON is YAML too.
        (folder / f"{one['id']}.yaml").write_text(json.dumps(one, ensure_ascii=False), "utf-8")
    monkeypatch.setenv("KNOWING_BENEFIT_COURSE", str(tmp_path / "course"))
    return Library(tmp_path / "course")


Run = Callable[..., Report]


@pytest.fixture
def run(api: Api, course: Library, tmp_path: Path) -> Run:
    """Verifies into one folder, each time with the authorities named (all if none is)."""

    def go(*only: str, tell: Callable[[str], None] = lambda _: None, token: str | None = TOKEN) -> Report:
        return verify(course, tmp_path / "out", token, api.base, only, tell)

    return go


def entry(report: Report, name: str) -> Entry:
    return next(one for one in report.entries if one.authority == name)


# --- what is found ---


def test_a_decision_found_and_agreeing_matches(run: Run) -> None:
    found = entry(run(), "gte")
    assert found.outcome == "matches"
    assert found.there == [
        {"name": "John Doe, et al. v. GTE Corporation", "filed": "2003-10-21", "url": f"{SITE}/opinion/1/x/"}
    ]


def test_a_quotation_is_found_across_a_star_page_a_footnote_call_and_another_dash(run: Run) -> None:
    first = entry(run("gte"), "gte").quotes[0]
    assert (first.outcome, first.star_page, first.opinion) == ("found", "656-657", "combined")
    assert first.pages_agree is True


def test_one_changed_word_is_not_found_and_the_nearest_passage_is_shown(run: Run) -> None:
    changed = entry(run("gte"), "gte").quotes[1]
    assert changed.outcome == "not found"
    assert changed.nearest.startswith("A host is paid and may look")
    assert "look aside" not in changed.nearest


def test_a_page_on_record_that_is_not_the_star_page_needs_a_look(run: Run) -> None:
    third = entry(run("gte"), "gte").quotes[2]
    assert (third.outcome, third.star_page, third.pages_agree) == ("found", "657", False)


def test_a_dissent_is_looked_into_too(run: Run) -> None:
    quotes = entry(run("gg"), "gg").quotes
    assert [(one.outcome, one.opinion, one.star_page) for one in quotes] == [
        ("found", "lead", ""),
        ("found", "dissent", ""),
    ]


def test_an_unpublished_order_is_found_by_docket_day_and_court_on_a_later_page(run: Run, api: Api) -> None:
    found = entry(run("en-banc"), "en-banc")
    assert (found.outcome, [one["filed"] for one in found.there], found.quotes[0].outcome) == (
        "matches",
        ["2023-10-18"],
        "found",
    )
    assert [line for line in api.asked if "search" in line] == [
        'GET search/ docketNumber:"22-2621" AND dateFiled:[2023-01-01 TO 2023-12-31]',
        'GET search/ docketNumber:"22-2621" AND dateFiled:[2023-01-01 TO 2023-12-31]2',
    ]


def test_a_decision_without_a_date_on_record_is_looked_for_in_every_year(run: Run, api: Api, course: Library) -> None:
    undated = authority(
        "undated",
        name="G.G. v. Salesforce.com, Inc.",
        short="G.G.",
        court="N.D. Ill.",
        citation="No. 1:20-cv-02335 (N.D. Ill.)",
    )
    (course.data / "authorities" / "undated.yaml").write_text(json.dumps(undated), "utf-8")
    found = entry(run("undated"), "undated")
    assert (found.outcome, found.why) == ("matches", "No date is on record to compare.")
    assert api.asked == ['GET search/ docketNumber:"20-cv-02335"']


def test_page_headers_and_cut_words_of_a_pdf_do_not_hide_a_quotation(run: Run) -> None:
    found = entry(run("ndill"), "ndill")
    assert (found.outcome, found.quotes[0].outcome) == ("matches", "found")


def test_what_is_not_there_or_is_another_case_is_told(run: Run) -> None:
    report = run("absent", "misnamed")
    assert entry(report, "absent").outcome == "not found"
    assert "999 F.3d 999" in entry(report, "absent").why
    assert entry(report, "misnamed").outcome == "differs"
    assert "Barnes v. Yahoo!, Inc., 2009-06-22" in entry(report, "misnamed").why


def test_a_date_that_differs_is_told(run: Run, api: Api) -> None:
    api.change = lambda path, data: json.loads(json.dumps(data).replace("2003-10-21", "2003-10-22"))
    found = entry(run("gte"), "gte")
    assert (found.outcome, found.quotes[0].outcome) == ("differs", "found")
    assert "date" in found.why


def test_two_decisions_that_agree_are_both_looked_into(run: Run, api: Api) -> None:
    def twice(path: str, data: Any) -> Any:
        if path == "citation-lookup/":
            again = json.loads(json.dumps(data[0]["clusters"][0])) | {"id": 9}
            return [data[0] | {"status": 300, "clusters": [*data[0]["clusters"], again]}]
        return data

    api.change = twice
    found = entry(run("gte"), "gte")
    assert (found.outcome, len(found.there), found.quotes[0].outcome) == ("several", 2, "found")


def test_a_citation_unknown_there_is_looked_for_by_its_docket(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(CLUSTERS, "76 F.4th 544")
    found = entry(run("gg"), "gg")
    assert found.outcome == "differs"
    assert "It is there by its docket number" in found.why
    assert found.quotes[0].outcome == "found"


def test_what_cannot_be_checked_is_listed_with_the_reason_and_not_asked_for(run: Run, api: Api) -> None:
    report = run("westlaw", "reuters")
    assert [entry(report, name).outcome for name in ("westlaw", "reuters")] == ["cannot be checked"] * 2
    assert "Westlaw" in entry(report, "westlaw").why
    assert "press" in entry(report, "reuters").why
    assert api.asked == []


def test_all_citations_go_in_one_question(run: Run, api: Api) -> None:
    run()
    assert sum("citation-lookup" in line for line in api.asked) == 1


def test_both_reports_are_written_and_say_the_same(run: Run, tmp_path: Path) -> None:
    report = run()
    words = (tmp_path / "out" / "verify.md").read_text("utf-8")
    data = json.loads((tmp_path / "out" / "verify.json").read_text("utf-8"))
    assert data["complete"] is True
    assert data["citations"] == {"matches": 4, "not found": 1, "differs": 1, "cannot be checked": 2}
    assert {one["authority"]: one["outcome"] for one in data["authorities"]} == {
        one.authority: one.outcome for one in report.entries
    }
    assert words.index("## Needs a look") < words.index("## Agrees") < words.index("## Cannot be checked there")
    assert "star page 656-657" in words and "nearest there: “A host is paid and may look" in words


# --- politeness, and going on ---


def test_a_second_run_asks_nothing_again(run: Run, api: Api) -> None:
    first = run()
    asked = len(api.asked)
    second = run()
    assert (len(api.asked), second.asked) == (asked, 0)
    assert second.reused >= asked
    assert second.as_json()["authorities"] == first.as_json()["authorities"]


def test_a_spoiled_file_in_the_cache_is_asked_for_again(run: Run, api: Api, tmp_path: Path) -> None:
    run("gte")
    for path in (tmp_path / "out" / "cache").iterdir():
        path.write_text(path.read_text("utf-8")[:40], "utf-8")
    before = len(api.asked)
    assert entry(run("gte"), "gte").outcome == "matches"
    assert len(api.asked) == 2 * before


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        ({"detail": "Request was throttled. Expected available in 1 seconds."}, {}),
        ({"detail": "Request was throttled."}, {"Retry_After": "1"}),
        ({"error_message": "Too many requests.", "wait_until": "SOON"}, {}),
        ({"error_message": "Too many requests.", "wait_util": "SOON"}, {}),
    ],
)
def test_a_refusal_is_waited_for_as_told_and_the_pause_is_shown(
    run: Run, api: Api, body: dict[str, str], headers: dict[str, str]
) -> None:
    times: list[float] = []

    def refuse_first(number: int, path: str) -> Answer | None:
        times.append(time.monotonic())
        until = (datetime.now(UTC) + timedelta(seconds=1.2)).isoformat()
        return (
            as_json(429, {name: value.replace("SOON", until) for name, value in body.items()}, **headers)
            if number == 1
            else None
        )

    api.spoil = refuse_first
    told: list[str] = []
    assert entry(run("gte", tell=told.append), "gte").outcome == "matches"
    assert times[1] - times[0] >= 0.95
    assert "CourtListener asks for a pause: 1 s" in told


def test_the_rate_in_a_refusal_is_kept_to_from_then_on(run: Run, api: Api) -> None:
    times: list[float] = []

    def refuse_first(number: int, path: str) -> Answer | None:
        times.append(time.monotonic())
        return (
            as_json(
                429, {"detail": "Request was throttled. Rate limit exceeded: 100/min. Expected available in 1 seconds."}
            )
            if number == 1
            else None
        )

    api.spoil = refuse_first
    run("gg")
    assert len(times) == 4
    assert min(later - earlier for earlier, later in itertools.pairwise(times)) >= 0.55


def test_a_day_s_limit_stops_the_work_and_says_until_when(run: Run, api: Api) -> None:
    api.spoil = lambda number, path: (
        as_json(429, {"detail": "Request was throttled."}, Retry_After="85774") if number > 1 else None
    )
    report = run("gte", "gg")
    assert "takes questions again at" in report.stopped and "23 h 49 min" in report.stopped
    assert entry(report, "gte").outcome == "not asked"
    api.spoil = lambda number, path: None
    before = len(api.asked)
    assert run("gte", "gg").complete
    # The look-up of the citations was answered before the stop: only the three opinions are asked for.
    assert [line.split("/")[0] for line in api.asked[before:]] == ["GET opinions"] * 3


def test_citations_beyond_the_limit_of_one_question_are_asked_for_again(run: Run, api: Api) -> None:
    def over(path: str, data: Any) -> Any:
        if path == "citation-lookup/" and len(data) > 1:
            data[1] |= {"status": 429, "clusters": [], "error_message": "Too many citations requested."}
        return data

    api.change = over
    report = run("gte", "gg")
    assert [one.outcome for one in report.entries] == ["matches", "matches"]
    assert sum("citation-lookup" in line for line in api.asked) == 2


@pytest.mark.skipif(os.name != "posix", reason="needs a signal that cannot be caught")
def test_after_a_kill_in_the_middle_it_goes_on_where_it_was(run: Run, api: Api, tmp_path: Path) -> None:
    api.hold_at = 3
    command = [
        sys.executable,
        "-m",
        "knowing_benefit.cli",
        "verify",
        "--out",
        str(tmp_path / "out"),
        "--base",
        api.base,
    ]
    process = subprocess.Popen(
        command, env=os.environ | {"COURTLISTENER_TOKEN": TOKEN}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 60
        while len(api.asked) < 3 and time.monotonic() < deadline:
            time.sleep(0.02)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    done = api.asked[:2]
    assert len(api.asked) == 3
    api.hold.set()
    assert run().complete
    assert not set(done) & set(api.asked[3:])
    assert api.asked[2] in api.asked[3:]
    assert not list((tmp_path / "out").rglob("*.tmp"))


def test_an_interruption_leaves_a_report_of_what_is_known(run: Run, api: Api, tmp_path: Path) -> None:
    def interrupt(step: str) -> None:
        if step.startswith("2 of"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run("gte", "gg", tell=interrupt)
    data = json.loads((tmp_path / "out" / "verify.json").read_text("utf-8"))
    assert (data["complete"], data["stopped"]) == (False, "it was interrupted")
    assert data["citations"] == {"matches": 1, "not asked": 1}


# --- what goes wrong ---


def test_without_a_token_nothing_is_asked_or_written(run: Run, api: Api, tmp_path: Path) -> None:
    for token in (None, "", "  "):
        with pytest.raises(CourseError, match="no token"):
            run(token=token)
    assert api.asked == []
    assert not (tmp_path / "out").exists()


def test_a_token_that_none_can_be_is_refused_without_showing_it(run: Run) -> None:
    with pytest.raises(CourseError, match="not a token") as problem:
        run(token="my\nsecret")
    assert "secret" not in str(problem.value)


@pytest.mark.parametrize("code", [401, 403])
def test_a_bad_token_stops_at_once(run: Run, api: Api, code: int) -> None:
    api.spoil = lambda number, path: as_json(code, {"detail": "Invalid token."})
    report = run()
    assert len(api.asked) == 1
    assert (
        report.stopped
        == f"CourtListener does not accept the token ({code}: Invalid token); copy it again from your profile there"
    )


def test_the_token_is_in_no_file_and_no_message_even_if_the_server_repeats_it(
    run: Run, api: Api, tmp_path: Path
) -> None:
    told: list[str] = []
    api.change = lambda path, data: json.loads(json.dumps(data).replace("GTE Corporation", f"GTE {TOKEN}"))
    run(tell=told.append)
    api.spoil = lambda number, path: as_json(401, {"detail": f"Invalid token {TOKEN}."})
    for path in (tmp_path / "out" / "cache").iterdir():
        path.unlink()
    stopped = run(tell=told.append).stopped
    assert "(token)" in stopped
    assert TOKEN not in stopped + "".join(told)
    assert [
        path.name for path in (tmp_path / "out").rglob("*") if path.is_file() and TOKEN in path.read_text("utf-8")
    ] == []


def test_the_token_goes_over_https_or_to_this_machine_only(course: Library, tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="https"):
        verify(course, tmp_path / "out", TOKEN, "http://www.courtlistener.com/api/rest/v4/")


def test_a_redirection_is_not_followed(run: Run, api: Api) -> None:
    api.spoil = lambda number, path: (302, {"Location": "http://192.0.2.1/elsewhere"}, b"")
    assert "moved this part of its API (302)" in run("gte").stopped


DROPPED: Answer = (0, {}, b"")
BAD_ANSWERS: dict[str, Answer] = {
    "a server's fault": as_json(503, {"detail": "Maintenance."}),
    "a page of HTML": (200, {"Content-Type": "text/html"}, b"<html>Please wait</html>"),
    "half a JSON text": (200, {}, b'[{"citation": "347 F.3d 6'),
    "fewer bytes than announced": (200, {"Content-Length": "5000"}, b'[{"citation": "347 F.3d 6'),
    "a connection dropped": DROPPED,
}


@pytest.mark.parametrize("kind", BAD_ANSWERS)
def test_a_passing_fault_is_asked_again(run: Run, api: Api, kind: str) -> None:
    api.spoil = lambda number, path: BAD_ANSWERS[kind] if number in (1, 3) else None
    found = entry(run("gte"), "gte")
    assert (found.outcome, found.quotes[0].outcome) == ("matches", "found")


@pytest.mark.parametrize("kind", BAD_ANSWERS)
def test_a_lasting_fault_of_one_text_is_an_entry_and_the_rest_goes_on(run: Run, api: Api, kind: str) -> None:
    api.spoil = lambda number, path: BAD_ANSWERS[kind] if path == "opinions/11/" else None
    report = run("gte", "gg")
    assert report.complete
    assert {one.authority: one.outcome for one in report.entries} == {"gte": "no answer", "gg": "matches"}
    assert "The text of opinion 11 did not come" in entry(report, "gte").why
    assert [one.outcome for one in entry(report, "gte").quotes] == ["no text"] * 3
    api.spoil = lambda number, path: None
    assert entry(run("gte", "gg"), "gte").outcome == "matches"


def test_a_server_that_never_answers_stops_the_work_after_a_few_questions(run: Run, api: Api) -> None:
    api.spoil = lambda number, path: BAD_ANSWERS["a server's fault"] if number > 1 else None
    report = run()
    assert "does not answer at the moment" in report.stopped
    assert len(api.asked) == 1 + 3 * 3


def test_without_a_network_it_asks_whether_there_is_one(
    course: Library, tmp_path: Path, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    report = verify(course, tmp_path / "out", TOKEN, "https://courtlistener.invalid/api/", (), lambda _: None)
    assert not report.complete
    assert "is this computer on a network?" in report.stopped


def test_no_answer_in_time_is_a_fault_like_others(run: Run, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(courtlistener, "TIMEOUT", 0.3)
    api.hold_at = 2
    told: list[str] = []
    assert entry(run("gte", tell=told.append), "gte").outcome == "matches"
    assert api.asked.count("GET opinions/11/") == 2


def _without(name: str) -> Callable[[Any], Any]:
    def drop(data: Any) -> Any:
        if isinstance(data, dict):
            return {key: drop(value) for key, value in data.items() if key != name}
        return [drop(one) for one in data] if isinstance(data, list) else data

    return drop


@pytest.mark.parametrize(
    ("only", "name"),
    [
        *[
            ("gte", name)
            for name in ("status", "clusters", "case_name", "date_filed", "sub_opinions", "id", "absolute_url")
        ],
        *[("en-banc", name) for name in ("results", "cluster_id", "caseName", "dateFiled", "docketNumber", "opinions")],
    ],
)
def test_a_field_that_is_gone_or_changed_is_named_and_nothing_wrong_is_kept(
    run: Run, api: Api, only: str, name: str
) -> None:
    for change in (
        _without(name),
        lambda data: json.loads(json.dumps(data).replace(f'"{name}": ', f'"{name}": null, "was": ')),
    ):
        api.change = lambda path, data, change=change: change(data)  # type: ignore[misc]
        found = entry(run(only), only)
        assert found.outcome == "no answer"
        assert f"'{name}'" in found.why
    api.change = lambda path, data: data
    assert entry(run(only), only).outcome == "matches"


@pytest.mark.parametrize("sent", [None, 7, "text", {"unexpected": 1}, [1, None], [{"citation": 5}], {}])
def test_an_answer_of_another_form_is_an_entry(run: Run, api: Api, sent: Any) -> None:
    api.change = lambda path, data: sent
    assert entry(run("gte"), "gte").outcome == "no answer"


@pytest.mark.parametrize("sent", [None, [], {"type": "010combined"}, {"html_with_citations": 5, "plain_text": ""}])
def test_an_opinion_of_another_form_is_an_entry(run: Run, api: Api, sent: Any) -> None:
    api.change = lambda path, data: sent if path.startswith("opinions/") else data
    assert "did not come" in entry(run("gte"), "gte").why


def test_a_decision_without_text_there_says_so(run: Run, api: Api) -> None:
    api.change = lambda path, data: (
        {"type": "", "html_with_citations": "", "plain_text": None} if path.startswith("opinions/") else data
    )
    found = entry(run("gte"), "gte")
    assert (found.outcome, {one.outcome for one in found.quotes}) == ("matches", {"no text"})


def test_an_unknown_id_is_told_with_the_nearest(run: Run) -> None:
    with pytest.raises(CourseError, match=r"no authority 'gtee'.*Did you mean 'gte'"):
        run("gtee")


# --- the command ---


def test_the_command_ends_with_1_when_something_needs_a_look_and_0_when_nothing_does(
    api: Api, course: Library, tmp_path: Path
) -> None:
    options = ["verify", "--out", str(tmp_path / "out"), "--base", api.base, "--token", TOKEN]
    assert CliRunner().invoke(app, [*options, "--only", "gte"]).exit_code == 1
    done = CliRunner().invoke(app, [*options, "--only", "gg"])
    assert done.exit_code == 0
    assert "Citations: 1 matches. Quotations: 2 found." in done.output


def test_the_command_ends_with_2_when_it_had_to_stop(api: Api, course: Library, tmp_path: Path) -> None:
    done = CliRunner().invoke(
        app, ["verify", "--out", str(tmp_path / "out"), "--base", api.base], env={"COURTLISTENER_TOKEN": "wrong"}
    )
    assert done.exit_code == 2
    assert "does not accept the token" in done.output
    assert (tmp_path / "out" / "verify.md").read_text("utf-8").count("Not finished") == 1


# --- parts ---


@pytest.mark.parametrize(
    ("ours", "theirs", "same"),
    [
        ("Doe v. GTE Corp.", "John Doe v. GTE Corporation", True),
        ("G.G. v. Salesforce.com, Inc.", "G. G. v. Salesforce.com, Incorporated", True),
        ("Doe (L.M.) v. 42 Hotel Raleigh, LLC", "Doe v. 42 Hotel Raleigh LLC", True),
        ("Twitter, Inc. v. Taamneh", "Twitter, Inc. v. Mehier Taamneh", True),
        ("In re Facebook, Inc.", "In Re Facebook, Inc. and Facebook, Inc. D/B/A Instagram", True),
        ("A.B. v. Salesforce, Inc.", "G.G. v. Salesforce.com, Inc.", False),
        ("Doe v. GTE Corp.", "Doe v. Kik Interactive, Inc.", False),
        ("Doe v. Doe", "Roe v. Roe", False),
    ],
)
def test_captions_of_one_case_are_known_as_such(ours: str, theirs: str, same: bool) -> None:
    assert same_name(ours, theirs) is same


def test_words_before_the_first_star_and_in_a_text_without_stars() -> None:
    assert locate("words stand here", [Page("", "The words stand here."), Page("545", "More.")]) == "before 545"
    assert locate("words stand here", [Page("", "The words stand here.")]) == ""
    assert locate("words stood here", [Page("", "The words stand here.")]) is None


def test_a_word_cut_by_a_star_page_is_whole() -> None:
    html = (
        'to supply any in\n <span class="star-pagination" label="363"> *363 </span>\n formation pertinent to her case'
    )
    pages = pages_of(Opinion(1, "", html, ""))
    assert [page.star for page in pages] == ["", "363"]
    assert locate("supply any information pertinent to her case", pages) == "before 363"


def test_a_raised_ordinal_is_text_and_a_raised_number_is_not() -> None:
    pages = pages_of(Opinion(1, "", "<p>the 4<sup>th</sup> claim<sup>12</sup> fails</p>", ""))
    assert locate("the 4th claim fails", pages) == ""


def test_a_line_of_the_text_is_no_page_header() -> None:
    text = "No. 22-2621 1\nFirst words.\nLast.\n\fNo. 22-2621 2\nOther words.\nEnd.\n"
    assert without_page_headers(text).split() == ["First", "words.", "Last.", "Other", "words.", "End."]
    assert without_page_headers("One page only.\n7\n") == "One page only.\n7\n"
