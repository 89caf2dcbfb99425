"""Trying to break hand-in and grading: damaged folders, hostile files, processes killed at any moment. Seeded, so that it can be repeated.

Three campaigns, each with the same invariants; every breach is a line, and ``course bench --reliability`` exits with 1 if there is one.

*Mutations.* A small class's folder, or the archive that a system would make of it, is changed at random places: files cut, doubled,
renamed, swapped, turned into links or folders, their JSON and their bytes damaged. Then it is graded.

*Hostile files.* Files that somebody made on purpose: wrong types and encodings, keys twice, NaN, depth, size, another's number, path
tricks, archives that unpack without end, links, formulas, scripts, code.

*Kills.* SIGKILL, at random moments, of a process that keeps answers, of one that keeps a grader's marks, and of one that grades.

Invariants:

1. nothing raises;
2. no answer is lost whose file is intact: it is graded, and with the right total, or its number is named as in conflict;
3. every file that was handed in counts or is named, with why;
4. nothing outside the output folder is written or changed, and nothing in the output folder has a name that grading does not give;
5. nothing is run: no file appears that the hostile code would make;
6. no cell of any CSV begins what a spreadsheet takes for a formula;
7. no page has an element or an attribute but those that our pages have;
8. what was acknowledged is there after a kill, and every file can be read;
9. a run completed after a kill leaves the bytes of one that was never stopped.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import random
import re
import shutil
import signal
import stat
import tempfile
import time
import warnings
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from knowing_benefit.assess.answers import Answers
from knowing_benefit.assess.grade import Keyed, Report, load_keyed
from knowing_benefit.assess.handin import LARGEST, UnusableError, checksum, read
from knowing_benefit.assess.kinds import Citation, Criterion, Value, Written, WrittenKey
from knowing_benefit.assess.marks import Journal, Mark
from knowing_benefit.assess.scoring import score
from knowing_benefit.law.library import Library
from knowing_benefit.publish import invented
from knowing_benefit.publish.grading import grade_class

STUDENTS = 5
"""How many students the class has that is broken again and again."""

_CANARY = "course-reliability-canary"
_POISON = (
    "=cmd|' /C calc'!A0",
    "\t=1+1",
    'a;=HYPERLINK("http://x")',
    "\uff1d1+1\n@SUM(A1)",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</style><svg onload=alert(1)>",
    f"__import__('os').system('touch {_CANARY}')",
    "{{7*7}}${7*7}<%= 7*7 %>",
    "\u202egnirts\x1b[2J\u2028-1",
    "*a*" * 50,
)
_ROSTER = ("=1+1", "Ana Zeta", "@SUM(A1)", "<b>Pat</b>", "-2+3")
_NAMES = (
    "ruiz_LATE_12_34_{}.json",
    "ruiz_12_34_{}-1.json",
    "Ruiz M_77_assignsubmission_file_{}.json",
    "Ex_ruiz_attempt_2026-11-20-10-00-00_{}.json",
    "=1+1 {}.json",
    "<script> {}.json",
    "{}\x1b[2J.json",
    "{}\n.json",
    "{} copy (1).JSON",
    "\u202e{}.json",
    "{}.json.txt",
    "{}.zip",
    ".{}.json",
    "x" * 180 + "{}.json",
)


@dataclass
class Entry:
    """Something in a folder of hand-ins.

    Attributes:
        intact: nobody has damaged its content since the exercise made it.
        link: it is a link, to what ``raw`` names.
    """

    name: str
    raw: bytes
    intact: bool = True
    link: bool = False
    folder: bool = False


@dataclass
class Findings:
    """What came of it.

    Attributes:
        breaches: each invariant that did not hold, with what was done.
        counts: how many of what.
    """

    breaches: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def breach(self, what: str) -> None:
        """Take down a breach; the first hundred are enough."""
        if len(self.breaches) < 100:
            self.breaches.append(what)


def reliability(
    library: Library, *, seed: int, mutations: int, files: int, kills: int, tell: Callable[[str], None] = lambda _: None
) -> Iterator[str]:
    """Run the campaigns.

    Args:
        mutations, files, kills: how many of each.
        tell: called with a line of progress now and then.

    Yields:
        Lines of the report; one that begins with ``BREACH`` for each invariant that did not hold.
    """
    started = time.perf_counter()
    found = Findings()
    # In memory where there is such a place: what a killed process leaves there is what it leaves on a disk.
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="course-reliability-", dir=memory) as name:
        trial = Trial(library, Path(name), found)
        chance = random.Random(seed)
        yield f"Reliability, seed {seed}: {mutations:,} mutations, {files:,} hostile files, {kills:,} kills"
        for at in range(mutations):
            if at % 100 == 0:
                tell(f"{at:,} of {mutations:,} mutations")
            trial.mutated(random.Random(chance.getrandbits(64)), f"mutation {at}")
        yield (
            f"  mutations: {found.counts['graded']:,} hand-ins graded, {found.counts['named']:,} files named and not graded, "
            f"{found.counts['intact']:,} intact ones checked against their totals"
        )
        batch = 20
        for at in range(0, files, batch):
            if at % 200 == 0:
                tell(f"{at:,} of {files:,} hostile files")
            trial.hostile(random.Random(chance.getrandbits(64)), min(batch, files - at), f"hostile {at}")
        yield f"  hostile files: {found.counts['hostile named']:,} names (archives hold many) told with why, {found.counts['hostile graded']:,} graded as the data that they are"
        if hasattr(os, "fork"):
            for at in range(kills):
                if at % 50 == 0:
                    tell(f"{at:,} of {kills:,} kills")
                trial.killed(random.Random(chance.getrandbits(64)), at, f"kill {at}")
            yield (
                f"  kills: {found.counts['answers acknowledged']:,} answers and {found.counts['marks acknowledged']:,} marks acknowledged "
                f"before a kill, {found.counts['gradings killed']:,} gradings completed after one"
            )
        elif kills:
            yield "  kills: this system cannot fork, so none were tried"
    yield from (f"BREACH {what}" for what in found.breaches)
    yield f"  {len(found.breaches)} breaches in {time.perf_counter() - started:.0f} s"


def exercise(library: Library) -> str:
    """The exercise that the class answers: one with a written question and one that is typed, where what is typed can be poison."""
    known = load_keyed(library.root / "exercises")
    return max(known, key=lambda name: sum(isinstance(item, Written | Citation) for item in known[name].exercise.items))


class Trial:
    """One place to break things in.

    Attributes:
        keyed: the exercise that the class answers.
    """

    def __init__(self, library: Library, root: Path, found: Findings) -> None:
        self.library = library
        self.root = root
        self.found = found
        self.keyed: Mapping[str, Keyed] = load_keyed(library.root / "exercises", [exercise(library)])
        # A roster whose names are no names.
        names = "\n".join(f'"{text}",{invented.number(at)}' for at, text in enumerate(_ROSTER))
        (root / "roster.csv").write_text(f"Name,Exam Number\n{names}\n", "utf-8")
        self.inbox, self.out = root / "in", root / "out"
        # Beside the folders: what a path trick or hostile code would reach first.
        (root / "secret.json").write_bytes(self.good(random.Random(1), "S1").raw)
        self.cell = re.compile(r"(?:^|[\n;|\t])[^\S\n]*[=+\-@\uff1d\uff0b\uff0d\uff20]")
        self._whole: dict[str, bytes] = {}
        self._span = 0.0

    def good(self, chance: random.Random, number: str) -> Entry:
        """A hand-in as the exercise makes it, with texts in it that are not what a law student writes."""
        (one,) = self.keyed.values()
        items: dict[str, Value] = {}
        for item in one.exercise.items:
            value = invented.answer(chance, item, one.keys[item.id], chance.random())
            if value is not None and isinstance(item, Written | Citation) and chance.random() < 0.7:
                value = " ".join(chance.choices(_POISON, k=chance.randint(1, 4)))
            if value is not None:
                items[item.id] = value
        sheet = {"exercise": one.exercise.id, "exercise_version": one.exercise.version, "revision": 1, "items": items}
        return Entry(f"{number}.json", invented.packed(number, [sheet]))

    def mutated(self, chance: random.Random, what: str) -> None:
        """Break a class's folder a little, and grade it."""
        entries = [self.good(chance, invented.number(at)) for at in range(STUDENTS)]
        for _ in range(chance.randint(1, 4)):
            chance.choice(_CHANGES)(chance, entries)
        archive = chance.random() < 0.3
        broken = self.lay(chance, entries, archive)
        self.graded(entries, what, archive=archive, broken=broken)

    def hostile(self, chance: random.Random, count: int, what: str) -> None:
        """Grade some good files among hostile ones."""
        entries = [self.good(chance, invented.number(at)) for at in range(2)]
        for at in range(count):
            entry = chance.choice(_HOSTILE)(chance, self)
            entries.append(Entry(f"h{at}-{entry.name}", entry.raw, False, entry.link, entry.folder))
        self.lay(chance, entries, False)
        self.graded(entries, what, hostile=True)

    def lay(self, chance: random.Random, entries: list[Entry], archive: bool) -> bool:
        """Put the entries on the disk, or into an archive; whether the archive itself was damaged."""
        shutil.rmtree(self.inbox, ignore_errors=True)
        self.inbox.mkdir()
        if archive:
            made = io.BytesIO()
            how = chance.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))
            with warnings.catch_warnings(), zipfile.ZipFile(made, "w", how) as stream:
                # That a name stands twice is meant.
                warnings.simplefilter("ignore")
                for entry in entries:
                    info = zipfile.ZipInfo(entry.name + ("/" if entry.folder else ""))
                    info.compress_type = stream.compression
                    if entry.link:
                        info.external_attr = (stat.S_IFLNK | 0o777) << 16
                    stream.writestr(info, b"" if entry.folder else entry.raw)
            raw = made.getvalue()
            broken = chance.random() < 0.3
            if broken:
                raw = _garbled(chance, raw)
            (self.inbox / "submissions.zip").write_bytes(raw)
            return broken
        taken: set[str] = set()
        for entry in entries:
            while entry.name.lower() in taken:
                entry.name = "x" + entry.name
            taken.add(entry.name.lower())
            path = self.inbox / entry.name
            if entry.link:
                os.symlink(entry.raw.replace(b"\0", b"")[:200] or b"nowhere", os.fsencode(path))
            elif entry.folder:
                path.mkdir()
            else:
                path.write_bytes(entry.raw)
        return False

    def graded(
        self, entries: list[Entry], what: str, *, archive: bool = False, broken: bool = False, hostile: bool = False
    ) -> None:
        """Grade what is in the inbox, and hold the result against the invariants."""
        shutil.rmtree(self.out, ignore_errors=True)
        before = self._outside()
        try:
            report = self._grade()
        except Exception as problem:
            self.found.breach(f"{what}: raised {type(problem).__name__}: {problem}")
            return
        if self._outside() != before or (Path.cwd() / _CANARY).exists():
            self.found.breach(f"{what}: something outside the output folder changed")
        totals = self._totals(what)
        self._pages(what)
        notices = [*report.bad, *report.odd]
        told = "\n".join(str(notice) for notice in notices)
        named = {notice.file for notice in notices}
        counting = set(report.counting)
        if broken:
            if not named and not counting:
                self.found.breach(f"{what}: a broken archive is not named")
        else:
            # What names say of a system is not repeated here: how many are named or count must be how many there are.
            handed = [entry for entry in entries if self._is_handed(entry, archive)]
            if len(named | counting) < len({entry.name for entry in handed}) - _shared(handed):
                self.found.breach(
                    f"{what}: a file neither counts nor is named: {[entry.name for entry in handed]} {sorted(named | counting)}"
                )
            self._intact(handed, totals, told, what)
        self.found.counts["graded"] += report.graded
        self.found.counts["named"] += len(report.bad)
        if hostile:
            good = sum(entry.intact for entry in entries)
            self.found.counts["hostile graded"] += max(report.graded - good, 0)
            self.found.counts["hostile named"] += len(named)

    def _grade(self) -> Report:
        return grade_class(self.library, [self.inbox], self.out, keyed=self.keyed, roster=self.root / "roster.csv")

    def _is_handed(self, entry: Entry, archive: bool) -> bool:
        """Whether grading has to say something of an entry: not of what file managers leave, nor of empty folders."""
        parts = entry.name.split("/") if archive else [entry.name]
        return not entry.folder and not any(part.startswith(".") and part not in (".", "..") for part in parts)

    def _intact(self, handed: list[Entry], totals: dict[str, str], told: str, what: str) -> None:
        """No intact answer is lost."""
        readable: dict[str, set[bytes]] = {}
        for entry in handed:
            try:
                readable.setdefault(read(entry.raw).number, set()).add(entry.raw)
            except UnusableError:
                continue
        for entry in handed:
            taken = entry.name.lower().endswith(".json") and not entry.link
            if not (entry.intact and taken) or "/" in entry.name or "\0" in entry.name:
                continue
            number = read(entry.raw).number
            if number in totals:
                if totals[number] not in {self._total(raw) for raw in readable[number]}:
                    self.found.breach(f"{what}: {number} has {totals[number]} points")
                self.found.counts["intact"] += 1
            elif f"exam number {number}" not in told:
                self.found.breach(f"{what}: the answers of {number} are lost")

    def _total(self, raw: bytes) -> str:
        (one,) = self.keyed.values()
        items = {sheet.exercise: sheet.items for sheet in read(raw).sheets}.get(one.exercise.id, {})
        total = Decimal("0.00")
        for item in one.exercise.items:
            value = items.get(item.id)
            fits = value is None or item.misfit(value) is None
            total += score(item, one.keys[item.id], value if fits else None) or 0
        return f"{total:.2f}"

    def _outside(self) -> dict[str, tuple[int, int]]:
        """Everything below the place but the output: sizes and times."""
        found = {}
        for folder, folders, names in os.walk(self.root):
            if Path(folder) == self.root:
                folders[:] = [name for name in folders if name != "out"]
            for name in names:
                about = os.lstat(os.path.join(folder, name))
                found[os.path.join(folder, name)] = (about.st_size, about.st_mtime_ns)
        return found

    def _totals(self, what: str) -> dict[str, str]:
        """Totals by exam number; on the way, every output is read, and every cell is looked at."""
        totals: dict[str, str] = {}
        for path in sorted(self.out.rglob("*")):
            name = path.relative_to(self.out).as_posix()
            if path.is_dir() or name.endswith(".lock"):
                continue
            if not _OURS.fullmatch(name) or path.is_symlink():
                self.found.breach(f"{what}: a strange file in the output: {name!r}")
                continue
            try:
                text = path.read_bytes().decode("utf-8-sig")
            except UnicodeDecodeError:
                self.found.breach(f"{what}: {name} cannot be read")
                continue
            if name == "report.txt" and not text.replace("\n", "").isprintable():
                self.found.breach(f"{what}: the report would move a terminal's cursor")
            if not name.endswith(".csv"):
                continue
            rows = list(csv.reader(io.StringIO(text, newline="")))
            for row in rows:
                for cell in row:
                    if self.cell.search(cell) or not cell.replace("\n", "").replace("\t", "").isprintable():
                        self.found.breach(f"{what}: {name} has a formula: {cell[:80]!r}")
            if name == "scores.csv":
                column = next(at for at, heading in enumerate(rows[0]) if heading.endswith(" total"))
                totals = {row[0]: row[column] for row in rows[1:]}
        return totals

    def _pages(self, what: str) -> None:
        for path in (self.out / "feedback").glob("*.html"):
            text = path.read_text("utf-8")
            if strange := _strange(text):
                self.found.breach(f"{what}: {path.name} has {sorted(strange)}")
            if not re.search(r"<!-- [0-9a-f]{64} -->\n$", text):
                self.found.breach(f"{what}: {path.name} is not complete")

        analysis = self.out / "analysis" / "items.html"
        # Where nothing can be graded there is none.
        text = analysis.read_text("utf-8") if analysis.exists() else ""
        if found := _RUNS.search(text.partition("</style>")[2]):
            self.found.breach(f"{what}: items.html has {found[0][:60]!r}")

    def killed(self, chance: random.Random, at: int, what: str) -> None:
        """Kill something at work, and look at what it left."""
        (self._kill_answers, self._kill_marks, self._kill_answers, self._kill_grading)[at % 4](chance, what)

    def _kill_answers(self, chance: random.Random, what: str) -> None:
        folder = self.root / "student"
        shutil.rmtree(folder, ignore_errors=True)
        acknowledged = _killed(chance, lambda tell: _answering(folder, tell))
        self.found.counts["answers acknowledged"] += acknowledged
        try:
            sheet, notice = Answers(folder).load("01_x", exercise_version=1)
        except Exception as problem:
            self.found.breach(f"{what}: the sheet cannot be read: {problem}")
            return
        kept = {name: one.value for name, one in sheet.items.items()}
        if notice or sheet.revision < acknowledged:
            self.found.breach(f"{what}: {acknowledged} answers acknowledged, {sheet.revision} kept. {notice}")
        for number in range(max(0, acknowledged - 7), acknowledged):
            value = kept.get(f"q{number % 7}", "")
            if not isinstance(value, str) or int(value.split(" ")[0] or -1) < number:
                self.found.breach(f"{what}: answer {number} was acknowledged and is {str(value)[:20]!r}")

    def _kill_marks(self, chance: random.Random, what: str) -> None:
        folder = self.root / "marks"
        shutil.rmtree(folder, ignore_errors=True)
        acknowledged = _killed(chance, lambda tell: _marking(folder, tell))
        self.found.counts["marks acknowledged"] += acknowledged
        journal = Journal(folder, "AB")
        if {f"A{number}" for number in range(acknowledged)} - {number for _, _, number in journal.marks}:
            self.found.breach(f"{what}: {acknowledged} marks acknowledged, {len(journal.marks)} kept")
        if journal.damaged > 1:
            self.found.breach(f"{what}: {journal.damaged} lines cannot be read")

    def _kill_grading(self, chance: random.Random, what: str) -> None:
        steady = random.Random(7)
        entries = [self.good(steady, invented.number(at)) for at in range(12)]
        self.lay(steady, entries, False)
        if not self._whole:
            shutil.rmtree(self.out, ignore_errors=True)
            started = time.perf_counter()
            self._grade()
            self._span = time.perf_counter() - started
            self._whole = self._everything()
        shutil.rmtree(self.out, ignore_errors=True)
        child = os.fork()
        if child == 0:
            try:
                self._grade()
            finally:
                os._exit(0)
        time.sleep(chance.random() * self._span * 1.1)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        self.found.counts["gradings killed"] += 1
        left = self._everything()
        for name, raw in left.items():
            # Half-written files have a name of their own, and no other.
            if not name.rpartition("/")[2].startswith(".") and raw != self._whole.get(name):
                self.found.breach(f"{what}: {name} was left half-done")
        try:
            self._grade()
        except Exception as problem:
            self.found.breach(f"{what}: the next run raised {type(problem).__name__}: {problem}")
            return
        if self._everything() != self._whole:
            self.found.breach(f"{what}: the completed run is not the same")

    def _everything(self) -> dict[str, bytes]:
        files = (path for path in self.out.rglob("*") if path.is_file() and not path.name.endswith(".lock"))
        return {path.relative_to(self.out).as_posix(): path.read_bytes() for path in files}


_OURS = re.compile(
    r"(?:scores|written|changes|upload/plain|analysis/items)\.csv|upload/reconciliation\.txt|analysis/items\.(?:html|json)|report\.txt|results\.jsonl|written/[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.jsonl|feedback/[A-Z0-9-]+\.html"
)
_RUNS = re.compile(
    r"<(?:script|img|iframe|a|link|object|embed|form|input|base)\b|<[^<>]*\s(?:on[a-z]+|href|src)=", re.IGNORECASE
)
_ALLOWED = {
    "html": {"lang"}, "head": set(), "meta": {"charset", "http-equiv", "content", "name"}, "title": set(), "style": set(), "body": set(),
    "main": {"class"}, "h1": set(), "h2": set(), "h3": set(), "p": {"class"}, "strong": set(), "em": set(), "section": set(), "article": {"class"},
    "span": {"class", "aria-hidden"}, "ul": {"class"}, "ol": {"class"}, "li": {"class"}, "div": {"class"}, "table": {"class"}, "thead": set(), "tbody": set(),
    "tr": set(), "th": {"scope"}, "td": set(), "blockquote": {"class"}, "mark": set(),
}  # fmt: skip


_TAG = re.compile(r"</?([a-z0-9]+)((?: [a-z-]+=\"[^\"<>]*\")*)>")


@lru_cache(maxsize=10_000)
def _strange_tag(tag: str) -> str:
    """What one tag, strictly written, has that our pages do not have; empty if nothing."""
    name, attributes = re.fullmatch(_TAG, tag).groups()  # type: ignore[union-attr]
    if name not in _ALLOWED:
        return str(name)
    more = set(re.findall(r' ([a-z-]+)="', attributes)) - _ALLOWED[name]
    return f"{name} {' '.join(sorted(more))}" if more else ""


def _strange(page: str) -> set[str]:
    """What a page is made of beyond what our pages are made of. Stricter than a browser: any other ``<`` is strange."""
    head, _, rest = page.partition("<style>")
    _, _, body = rest.partition("</style>")
    text = head.removeprefix("<!doctype html>") + body[: body.rfind("<!-- ")]
    found = {_strange_tag(match[0]) for match in _TAG.finditer(text)} - {""}
    left = _TAG.sub("", text)
    return found | ({left[left.index("<") :][:40]} if "<" in left else set())


def _shared(entries: list[Entry]) -> int:
    """How many files may share the name by which they are told: those that a system would have named alike."""
    return sum(entry.name.count("_") > 1 for entry in entries)


def _killed(chance: random.Random, work: Callable[[Callable[[], None]], None]) -> int:
    """Let a child work until it is killed; how often it had acknowledged something by then."""
    reads, writes = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reads)
            work(lambda: _acknowledge(writes))
        finally:
            os._exit(0)
    os.close(writes)
    first = os.read(reads, 1)
    time.sleep(chance.random() * 0.02)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    acknowledged = len(first)
    while more := os.read(reads, 65536):
        acknowledged += len(more)
    os.close(reads)
    return acknowledged


def _acknowledge(pipe: int) -> None:
    """Tell the other end that something is kept."""
    os.write(pipe, b".")


def _answering(folder: Path, tell: Callable[[], None]) -> None:
    answers = Answers(folder)
    for number in range(100_000):
        answers.save(
            "01_x", f"q{number % 7}", f"{number} " + "x" * (number % 3000), exercise_version=1, tab="t", seq=number
        )
        tell()


def _marking(folder: Path, tell: Callable[[], None]) -> None:
    key = WrittenKey(rubric=[Criterion(id="rule", points=100, text="Rule.")], model={"plaintiff": "It took part."})
    journal = Journal(folder, "AB")
    for number in range(100_000):
        journal.keep(Mark("e", "q", f"A{number}", "x", {"rule": Decimal(number % 100)}, ("y" * (number % 900),)), key)
        tell()


def _garbled(chance: random.Random, raw: bytes) -> bytes:
    """Bytes with some damage."""
    if not raw:
        return b"{"
    start = chance.randrange(len(raw))
    end = min(len(raw), start + chance.choice((0, 1, 2, 10, 200)))
    noise = chance.randbytes(chance.choice((0, 1, 3, 50)))
    return chance.choice(
        (raw[:start], raw[:start] + noise + raw[end:], raw[start:], raw[:start] + raw[start:end] * 2 + raw[end:])
    )


def _pick(chance: random.Random, entries: list[Entry]) -> Entry:
    return chance.choice(entries)


def _cut_or_noise(chance: random.Random, entries: list[Entry]) -> None:
    entry = _pick(chance, entries)
    entry.raw, entry.intact = _garbled(chance, entry.raw), False


def _rename(chance: random.Random, entries: list[Entry]) -> None:
    entry = _pick(chance, entries)
    entry.name = chance.choice(_NAMES).format(entry.name.removesuffix(".json")[-20:].replace("/", ""))


def _double(chance: random.Random, entries: list[Entry]) -> None:
    entry = _pick(chance, entries)
    entries.append(
        Entry(f"again {len(entries)} {entry.name}"[-200:], entry.raw, entry.intact, entry.link, entry.folder)
    )


def _drop(chance: random.Random, entries: list[Entry]) -> None:
    if len(entries) > 1:
        entries.remove(_pick(chance, entries))


def _link(chance: random.Random, entries: list[Entry]) -> None:
    target = chance.choice((b"../secret.json", b"/etc/passwd", b"nowhere", b".", b"X00001.json"))
    entries.append(Entry(f"link{len(entries)}.json", target, False, link=True))


def _folder(_: random.Random, entries: list[Entry]) -> None:
    entries.append(Entry(f"folder{len(entries)}.json", b"", False, folder=True))


def _json_of(chance: random.Random, entries: list[Entry]) -> tuple[Entry, dict[str, Any]] | None:
    entry = _pick(chance, entries)
    try:
        data = json.loads(entry.raw)
    except ValueError:
        return None
    return (entry, data) if isinstance(data, dict) else None


_ODD: tuple[Any, ...] = (
    None,
    0,
    -1,
    1.5,
    True,
    "",
    "x" * 30_000,
    [],
    {},
    [[]],
    ["a", "a"],
    {"a": "b"},
    10**30,
    "\ud800",
    float("nan"),
)


def _retype(chance: random.Random, entries: list[Entry]) -> None:
    """Put something of another type somewhere, sometimes with a checksum that fits."""
    found = _json_of(chance, entries)
    if not found:
        return
    entry, data = found
    places: list[tuple[Any, Any]] = []

    def walk(node: Any) -> None:
        for key in list(node) if isinstance(node, dict) else range(len(node)):
            places.append((node, key))
            if isinstance(node[key], dict | list):
                walk(node[key])

    walk(data)
    if not places:
        return
    node, key = chance.choice(places)
    node[key] = chance.choice(_ODD)
    entry.raw, entry.intact = _dumped(data, chance.random() < 0.6), False


def _dumped(data: dict[str, Any], checked: bool) -> bytes:
    if checked:
        with contextlib.suppress(UnicodeEncodeError, ValueError):
            data["check"] = checksum(data)
    return json.dumps(data).encode()


def _other_number(chance: random.Random, entries: list[Entry]) -> None:
    """Somebody hands in under another student's number."""
    found = _json_of(chance, entries)
    if found:
        entry, data = found
        data["number"] = chance.choice((invented.number(1), "../../x", "=1+1", "CON", "a b", "", "A" * 500, "X00001\n"))
        entry.raw, entry.intact = _dumped(data, True), False


def _other_answers(chance: random.Random, entries: list[Entry]) -> None:
    """Answers that do not fit their questions, in a file that is otherwise in order."""
    found = _json_of(chance, entries)
    if found and isinstance(found[1].get("sheets"), list) and found[1]["sheets"]:
        entry, data = found
        sheet = data["sheets"][0]
        if isinstance(sheet, dict) and isinstance(sheet.get("items"), dict):
            for name in list(sheet["items"]):
                if chance.random() < 0.5:
                    sheet["items"][name] = chance.choice(
                        ("z", ["z"], {"z": "z"}, {"form": "1.1"}, "", [], chance.choice(_POISON))
                    )
            sheet["items"]["q99"] = "x"
            entry.raw, entry.intact = _dumped(data, True), False


_CHANGES: tuple[Callable[[random.Random, list[Entry]], None], ...] = (
    _cut_or_noise,
    _cut_or_noise,
    _rename,
    _rename,
    _double,
    _drop,
    _link,
    _folder,
    _retype,
    _retype,
    _other_number,
    _other_answers,
)


def _made(name: str, raw: bytes) -> Callable[[random.Random, Trial], Entry]:
    return lambda _chance, _trial: Entry(name, raw)


def _like_good(change: Callable[[bytes], bytes], name: str) -> Callable[[random.Random, Trial], Entry]:
    return lambda chance, trial: Entry(name, change(trial.good(chance, f"H{chance.randrange(10**6)}").raw))


def _evil_archive(chance: random.Random, trial: Trial) -> Entry:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as stream:
        good = trial.good(chance, f"Z{chance.randrange(10**6)}").raw
        kind = chance.randrange(6)
        if kind == 0:
            stream.writestr("bomb.json", bytes(30_000_000))
        elif kind == 1:
            stream.writestr(
                chance.choice(("../secret.json", "/tmp/x.json", "..\\..\\x.json", "C:\\x.json", "a/../../x.json")), good
            )
        elif kind == 2:
            info = zipfile.ZipInfo("link.json")
            info.external_attr = (stat.S_IFLNK | 0o777) << 16
            stream.writestr(info, "../secret.json")
        elif kind == 3:
            stream.writestr("inner.zip", made.getvalue() or b"PK\x05\x06" + bytes(18))
        elif kind == 4:
            for at in range(300):
                stream.writestr(f"{at}.json", b"{}")
        else:
            stream.writestr("=cmd.json", good)
    return Entry("archive.zip", made.getvalue() if chance.random() < 0.8 else _garbled(chance, made.getvalue()))


def _with_number(number: str) -> Callable[[random.Random, Trial], Entry]:
    def make(chance: random.Random, trial: Trial) -> Entry:
        data = json.loads(trial.good(chance, "H1").raw)
        data["number"] = number
        return Entry("number.json", _dumped(data, True))

    return make


_HOSTILE: tuple[Callable[[random.Random, Trial], Entry], ...] = (
    _made("empty.json", b""),
    _made("null.json", b"null"),
    _made("list.json", b"[]"),
    _made("nan.json", b'{"format": "knowing-benefit hand-in", "version": NaN}'),
    _made("infinity.json", b'{"format": "knowing-benefit hand-in", "version": 1e999}'),
    _made("twice.json", b'{"format": "knowing-benefit hand-in", "format": "x"}'),
    _made("deep.json", b"[" * 100_000),
    _made("deep-object.json", b'{"a":' * 50_000 + b"1" + b"}" * 50_000),
    _made("digits.json", b"9" * 10_000),
    _made("huge.json", b" " * (LARGEST + 1)),
    _made("nul.json", b"\0" * 1000),
    _made("utf7.json", b"+AHs-+ACI-a+ACI-"),
    _made("code.json", f"__import__('os').system('touch {_CANARY}')".encode()),
    _made("pickle.json", b"cos\nsystem\n(S'touch " + _CANARY.encode() + b"'\ntR."),
    _made("yaml.json", f"!!python/object/apply:os.system ['touch {_CANARY}']".encode()),
    _made(
        "notebook.ipynb", json.dumps({"cells": [{"cell_type": "code", "source": f"open('{_CANARY}', 'w')"}]}).encode()
    ),
    _made("page.html.json", b"<script>alert(1)</script>"),
    _made(
        "surrogate.json",
        b'{"format": "knowing-benefit hand-in", "version": 1, "number": "\\ud800", "sheets": [], "check": ""}',
    ),
    _like_good(lambda raw: raw.decode().encode("utf-16"), "utf16.json"),
    _like_good(lambda raw: raw.decode().encode("latin-1", "replace") + b"\xe9", "latin.json"),
    _like_good(lambda raw: b"\xef\xbb\xbf" + raw, "mark.json"),
    _like_good(lambda raw: raw.replace(b'"sheets"', b'"Sheets"'), "field.json"),
    _like_good(lambda raw: raw.replace(b'"version": 1', b'"version": "1"'), "text.json"),
    _like_good(lambda raw: raw + raw, "doubled.json"),
    _like_good(lambda raw: raw.replace(b'"check"', b'"extra": 1, "check"'), "extra.json"),
    _with_number("../../../etc/passwd"),
    _with_number("=1+1"),
    _with_number("<script>"),
    _with_number("NUL"),
    _with_number("X00000"),
    _with_number("A" * 1000),
    lambda chance, trial: Entry(
        "link.json", chance.choice((b"../secret.json", b"/etc/passwd", b"/dev/zero", b"nowhere")), link=True
    ),
    lambda chance, trial: Entry("folder.json", b"", folder=True),
    _evil_archive,
    _evil_archive,
    _evil_archive,
)
