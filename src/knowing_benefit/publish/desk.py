"""The grading desk: a page on this computer, on which a person gives points to written answers, one question at a time.

It is served to this computer alone (the loopback address, no other name accepted in requests) and to who has the address with
its token; the token becomes a cookie that no script reads, and each request that changes something must carry a header that
no other site can send. Answers are shown under exam numbers, in an order that is another for each question, so that nobody
is always first. What a second grader gave is not shown before both have graded an answer; then the page says how far the two agree,
and on which answers they do not.

Every change is kept by :mod:`knowing_benefit.assess.marks` before the page hears that it is. ``course grade`` merges the marks.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import secrets
import threading
import webbrowser
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from tornado import web
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets

from knowing_benefit.assess.kinds import Criterion, WrittenKey
from knowing_benefit.assess.marks import Agreement, Journal, Mark, MarkFault, agreement, doubt, fingerprint
from knowing_benefit.assess.strictjson import NotJsonError, parse
from knowing_benefit.law.source import CourseError, Fault, shown
from knowing_benefit.view.desk import page

LARGEST = 1 * 2**20
"""A larger request, in bytes, is refused."""

_COOKIE = "knowing-benefit-desk"


@dataclass
class Question:
    """One written question and where its answers are.

    Attributes:
        head: the first line of its file, as ``course grade`` wrote it.
        places: for each exam number, where its line begins in the file; in the order of the desk.
    """

    path: Path
    head: dict[str, Any]
    key: WrittenKey
    places: dict[str, int] = field(default_factory=dict)

    @property
    def where(self) -> tuple[str, str]:
        """Exercise and item."""
        return self.head["exercise"], self.head["item"]

    def text(self, number: str) -> str:
        """One answer.

        Raises:
            MarkFault: the class has been graded again since, and this answer is not where it was.
        """
        with self.path.open("rb") as lines:
            lines.seek(self.places[number])
            try:
                data = json.loads(lines.readline())
                if data["number"] == number:
                    return str(data["text"])
            except (ValueError, KeyError, TypeError):
                pass
        raise MarkFault("The class has been graded again. Stop the desk and start it again.")


def load_question(path: Path) -> Question:
    """Read what ``course grade`` wrote of one question, without its answers.

    Raises:
        CourseError: it is not such a file.
    """
    try:
        with path.open("rb") as lines:
            head = json.loads(lines.readline())
            if head.get("format") != "knowing-benefit written answers":
                raise ValueError
            key = WrittenKey(rubric=[Criterion(**line) for line in head["rubric"]], model=head["model"])
            found = Question(path, head, key)
            at = lines.tell()
            for line in lines:
                found.places[str(json.loads(line)["number"])] = at
                at += len(line)
    except (ValueError, KeyError, TypeError, AttributeError):
        what = "this is not what course grade writes of a question"
        raise CourseError(Fault(shown(path), 0, what, "Grade the class again.")) from None
    exercise, item = found.where
    mixed = sorted(found.places, key=lambda number: hashlib.sha256(f"{exercise}/{item}/{number}".encode()).digest())
    found.places = {number: found.places[number] for number in mixed}
    return found


class Desk:
    """What the page can ask, and what it hears. No request can make it raise anything but :class:`MarkFault`.

    Attributes:
        out: the output folder of ``course grade``.
    """

    def __init__(self, out: Path, grader: str) -> None:
        """Open the desk.

        Raises:
            CourseError: the folder has no written answers, or the grader's name cannot be a file's.
        """
        self.out = out
        self.grader = grader
        paths = sorted((out / "written").glob("*.jsonl"))
        questions = [load_question(path) for path in paths]
        if not any(question.places for question in questions):
            mend = "Give the folder that course grade --out made, of a class with written answers."
            raise CourseError(Fault(shown(out), 0, "there are no written answers here", mend))
        ordered = sorted(questions, key=lambda one: (one.where[0], one.head["place"]))
        self.questions = {question.where: question for question in ordered}
        try:
            self.journal = Journal(out / "marks", grader)
        except MarkFault as problem:
            raise CourseError(Fault("--grader", 0, str(problem))) from None
        # One change at a time: each is a line in one file.
        self._lock = threading.Lock()

    def overview(self) -> dict[str, Any]:
        """Every question: what was asked, what earns points, and how many answers this grader has dealt with."""
        return {"grader": self.grader, "questions": [self._about(question) for question in self.questions.values()]}

    def _about(self, question: Question) -> dict[str, Any]:
        exercise, item = question.where
        done = {number: self._state(question, number) for number in question.places}
        bank = dict.fromkeys(self.journal.bank.get((exercise, item), []))
        for other in self._others():
            bank |= dict.fromkeys(other.bank.get((exercise, item), []))
        return {**question.head, "answers": done, "bank": list(bank), "agreement": self._agreement(question)}

    def _state(self, question: Question, number: str) -> str:
        """Where an answer stands for this grader: ``done``, ``begun`` or ``open``. Its text is not read for that."""
        mark = self.journal.marks.get((*question.where, number))
        if mark is None or not (mark.points or mark.comments):
            return "open"
        lines = {line.id for line in question.key.rubric}
        return "done" if lines == mark.points.keys() else "begun"

    def _others(self) -> list[Journal]:
        folder = self.out / "marks"
        names = sorted(path.stem for path in folder.glob("*.jsonl") if path.stem != self.grader)
        found = []
        for name in names:
            try:
                found.append(Journal(folder, name))
            except (MarkFault, OSError):
                continue
        return found

    def _agreement(self, question: Question) -> list[dict[str, Any]]:
        found: list[Agreement | None] = [agreement(self.journal, other, *question.where) for other in self._others()]
        return [
            {
                "with": one.second,
                "answers": one.answers,
                "exact": round(one.exact, 3),
                "difference": round(one.difference, 3),
                "apart": [[number, str(mine), str(other)] for number, mine, other in one.apart],
                "kappa": None if one.kappa is None else round(one.kappa, 3),
            }
            for one in found
            if one
        ]

    def answer(self, exercise: str, item: str, number: str) -> dict[str, Any]:
        """One answer and what this grader said of it.

        Raises:
            MarkFault: no such answer.
        """
        question = self._question(exercise, item, number)
        text = question.text(number)
        mark = self.journal.marks.get((exercise, item, number))
        found: dict[str, Any] = {
            "number": number,
            "text": text,
            "answer": fingerprint(text),
            "points": {},
            "comments": [],
        }
        if mark:
            stale = doubt(mark, question.key, text)
            if stale.startswith("was"):
                found["note"] = f"An earlier mark {stale}. Its points are not shown; its comments are."
            else:
                found["points"] = {name: str(points) for name, points in mark.points.items()}
            found["comments"] = list(mark.comments)
        return found

    def keep(self, data: Any) -> dict[str, Any]:
        """Keep a mark or a comment; the reply is made after it is on the disk.

        Raises:
            MarkFault: it does not fit.
            OSError: the disk did not take it.
        """
        try:
            exercise, item = str(data["exercise"]), str(data["item"])
            if data["op"] == "comment":
                if (exercise, item) not in self.questions:
                    raise MarkFault("There is no such question here.")
                with self._lock:
                    self.journal.keep_comment(exercise, item, str(data["text"]), drop=data.get("drop") is True)
                return {"saved": True, "bank": self._about(self.questions[exercise, item])["bank"]}
            number = str(data["number"])
            points = {str(name): Decimal(str(text)) for name, text in data["points"].items()}
            if not all(one.is_finite() for one in points.values()):
                raise InvalidOperation
            comments = tuple(str(text) for text in data["comments"] if str(text).strip())
            mark = Mark(exercise, item, number, str(data["answer"]), points, comments)
        except (KeyError, TypeError, AttributeError):
            raise MarkFault("The page asked for something that the desk does not understand. Reload it.") from None
        except InvalidOperation:
            raise MarkFault("Points are numbers.") from None
        question = self._question(exercise, item, number)
        if mark.answer != fingerprint(question.text(number)):
            raise MarkFault("The student's answer has changed. Reload the page.")
        with self._lock:
            self.journal.keep(mark, question.key)
        return {"saved": True, "state": self._state(question, number), "agreement": self._agreement(question)}

    def _question(self, exercise: str, item: str, number: str) -> Question:
        question = self.questions.get((exercise, item))
        if question is None or number not in question.places:
            raise MarkFault("There is no such answer here.")
        return question


class _Handler(web.RequestHandler):
    def initialize(self, desk: Desk, token: str, host: str) -> None:
        self.desk, self.token, self.host = desk, token, host

    def set_default_headers(self) -> None:
        self.set_header("Server", "course desk")
        self.set_header("Cache-Control", "no-store")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Referrer-Policy", "no-referrer")
        self.set_header("X-Frame-Options", "DENY")

    def prepare(self) -> None:
        # A page elsewhere can point a name of its own at this computer; it cannot ask by ours.
        if self.request.host not in (self.host, self.host.replace("127.0.0.1", "localhost")):
            raise web.HTTPError(403)
        if self.request.path == "/" and "token" in self.request.query_arguments:
            return
        if not _same(self.get_cookie(_COOKIE) or "", self.token):
            raise web.HTTPError(403)
        if self.request.path != "/" and self.request.headers.get("X-Course-Desk") != "1":
            raise web.HTTPError(403)

    def write_error(self, status_code: int, **_: Any) -> None:
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish("Open the desk by the address that course desk printed.\n" if status_code == 403 else "Not here.\n")

    async def do(self, work: Callable[..., Any], *given: Any) -> None:
        """Answer with what ``work`` returns. It may wait for a disk, so it is not done in the loop."""
        try:
            found = await asyncio.get_running_loop().run_in_executor(None, lambda: work(*given))
        except MarkFault as problem:
            found = {"saved": False, "what": str(problem)}
        except OSError as problem:
            why = problem.strerror or "no reason given"
            found = {
                "saved": False,
                "what": f"The disk did not take it ({why}). Nothing was lost that was saved before.",
            }
        self.set_header("Content-Type", "application/json")
        self.finish(json.dumps(found))


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode())


class _Page(_Handler):
    async def get(self) -> None:
        token = self.get_query_argument("token", "")
        if token:
            if not _same(token, self.token):
                raise web.HTTPError(403)
            self.set_cookie(_COOKIE, self.token, httponly=True, samesite="Strict", expires_days=None)
            self.redirect("/")
            return
        nonce = secrets.token_urlsafe(16)
        policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'nonce-{nonce}'; connect-src 'self'; img-src data:"
        self.set_header(
            "Content-Security-Policy", f"{policy}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
        self.finish(page(nonce))


class _Overview(_Handler):
    async def get(self) -> None:
        await self.do(self.desk.overview)


class _Answer(_Handler):
    async def get(self) -> None:
        names = [self.get_query_argument(name, "") for name in ("exercise", "item", "number")]
        await self.do(self.desk.answer, *names)

    async def post(self) -> None:
        try:
            data = parse(self.request.body)
        except NotJsonError:
            raise web.HTTPError(400) from None
        await self.do(self.desk.keep, data)


def application(desk: Desk, token: str, host: str) -> web.Application:
    """The desk as a web application.

    Args:
        host: the name and port that requests must carry.
    """
    given = {"desk": desk, "token": token, "host": host}
    rules = [(r"/", _Page, given), (r"/api/overview", _Overview, given), (r"/api/answer", _Answer, given)]
    return web.Application(rules, log_function=lambda _: None)


def serve(out: Path, grader: str, *, port: int = 0, browser: bool = True, tell: Callable[[str], None] = print) -> None:
    """Serve the desk until it is stopped.

    Args:
        port: the port to use; any free one if 0.
        browser: open a browser at it.
        tell: called with what to show.

    Raises:
        CourseError: no written answers, a name that cannot be used, or a port that is taken.
    """
    desk = Desk(out, grader)
    try:
        sockets = bind_sockets(port, "127.0.0.1")
    except OSError:
        what = f"port {port} is taken"
        raise CourseError(Fault("", 0, what, "Use another, or leave out --port.")) from None
    token = secrets.token_urlsafe(24)
    host = f"127.0.0.1:{sockets[0].getsockname()[1]}"
    address = f"http://{host}/?token={token}"

    async def run() -> None:
        server = HTTPServer(application(desk, token, host), max_body_size=LARGEST, max_buffer_size=2 * LARGEST)
        server.add_sockets(sockets)
        tell(
            f"The desk opens in your browser. If it does not, copy this address there:\n  {address}"
            if browser
            else f"Copy this address into a browser:\n  {address}"
        )
        tell("Each change is saved when you make it. To stop, press Ctrl-C here; then grade again: course grade.")
        if browser:
            webbrowser.open(address)
        await asyncio.Event().wait()

    asyncio.run(run())
