"""The ``course`` command: says what to do, in the words of ``--help``; the doing is in the packages below."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from knowing_benefit.law.source import CourseError, Fault

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Knowing Benefit: read, build, check, hand out and grade the course.",
    epilog="Example: course open 1. Each command has its own: course grade --help",
)

BAD_USE = 2
STOPPED = 130


def main() -> None:
    """Entry point: a fault is printed as file, line and mend, and never as a traceback."""
    name = os.environ.get("KNOWING_BENEFIT_STARTED_AS", "course")
    app.info.epilog = _typed(name, app.info.epilog)
    for each in app.registered_commands:
        each.epilog = _typed(name, each.epilog)
    try:
        app(prog_name=name)
    except CourseError as problem:
        _stop(problem.faults)
    except OSError as problem:
        where = f"{problem.filename}: " if problem.filename else ""
        print(f"{where}{problem.strerror or problem}. Nothing half-made was left behind.", file=sys.stderr)
        raise SystemExit(BAD_USE) from None
    except SystemExit as ended:
        # Typer turns Ctrl-C into this code, and says nothing.
        if ended.code == STOPPED:
            print("\nStopped. What was finished is kept.", file=sys.stderr)
        raise


def _typed(name: str, example: str | None) -> str:
    """An example with the name that the reader starts the command by."""
    return re.sub(r"\bcourse (?=[a-z])", f"{name} ", example or "")


def _stop(faults: Iterable[Fault], code: int = BAD_USE) -> NoReturn:
    for fault in sorted(set(faults)):
        print(fault, file=sys.stderr)
    raise SystemExit(code)


def _progress(title: str) -> tuple[Any, Callable[[str], None]]:
    """A progress bar on a terminal, plain lines elsewhere; and the function that names the step under way.

    A step that begins with ``3 of 10`` fills the bar; any other only says what is going on.
    """
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn

    console = Console(stderr=True)
    words = TextColumn("{task.description}", markup=False)
    bar = Progress(
        SpinnerColumn(), words, BarColumn(), console=console, transient=True, disable=not console.is_terminal
    )
    task = bar.add_task(title, total=None)

    def tell(step: str) -> None:
        if console.is_terminal:
            counted = re.match(r"([0-9,]+) of ([0-9,]+)", step)
            done, total = (int(text.replace(",", "")) for text in counted.groups()) if counted else (0, None)
            bar.update(task, description=f"{title}: {step}", completed=done, total=total)
        else:
            print(f"{title}: {step}", file=sys.stderr, flush=True)

    return bar, tell


@app.command("open", epilog="Example: course open 1 --no-browser")
def open_(
    lesson: Annotated[str, typer.Argument(help="A lesson's number or name; lesson 0 if not given.")] = "0",
    port: Annotated[
        int | None, typer.Option(help="The port to use; the first free one from 8888 if not given.")
    ] = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open a browser at the lesson.")] = True,
) -> None:
    """Open JupyterLab at a lesson."""
    from knowing_benefit.law.library import course_root
    from knowing_benefit.publish.open import open_course

    raise SystemExit(open_course(course_root(), lesson, port=port, browser=browser))


@app.command(short_help="Build the notebooks from the lessons.", epilog="Example: course build --check")
def build(
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; exit 1 if a built notebook is not up to date.")
    ] = False,
) -> None:
    """Build the notebooks from the lessons, run them, and write those that changed."""
    from itertools import chain

    from knowing_benefit.law.library import whole_course
    from knowing_benefit.publish import build as building

    opened = whole_course()
    status, tell = _progress("Building")
    stale: list[Path] = []
    count = 0
    with status:
        for built in chain(building.build(opened, tell), [building.outline(opened)]):
            count += 1
            if building.differs(built) if check else building.write(built):
                stale.append(built.path)
    strays = building.strays(opened.root)
    for path in stale:
        print(
            f"{path.relative_to(opened.root)}: {'is not what the lessons build. Run: course build' if check else 'written'}"
        )
    for path in strays:
        print(f"{path.relative_to(opened.root)}: no lesson is its source. Delete it, or add the lesson.")
    print(f"{count - 1} notebooks and the syllabus, {len(stale)} {'out of date' if check else 'changed'}.")
    if (check and stale) or strays:
        raise SystemExit(1)


@app.command(
    short_help="Check all content; name every fault and its mend.",
    epilog="Example: course check lessons/01_the_case.md, or course check --objectives",
)
def check(
    path: Annotated[Path | None, typer.Argument(help="Show only the faults of this file or folder.")] = None,
    objectives: Annotated[
        bool, typer.Option("--objectives", help="Show where each objective is taught, practised and assessed.")
    ] = False,
    prose: Annotated[bool, typer.Option("--prose", help="Show how long and how hard each lesson is to read.")] = False,
    items: Annotated[
        bool,
        typer.Option(
            "--items",
            help="Show what gives answers away, the balance of each set of questions, and how many forms are drawn from.",
        ),
    ] = False,
) -> None:
    """Check all content: schemas, ids, citations, quotations, keys, objectives. Exit 1 on any fault."""
    from knowing_benefit.law.library import whole_course
    from knowing_benefit.publish import review
    from knowing_benefit.publish.check import check as check_all
    from knowing_benefit.publish.lessons import read_lessons

    if objectives:
        found = review.goals(whole_course())
        print(review.matrix(found))
        raise SystemExit(1 if any(goal.gaps for goal in found) else 0)
    if prose:
        for lesson in read_lessons(whole_course().root):
            print(review.prose(lesson))
        return
    if items:
        from knowing_benefit.assess.editing import edited

        sets = list(edited(whole_course().root / "exercises", whole_course()))
        print("\n".join(line for one in sets for line in one.lines()))
        told = [fault for one in sets for fault in one.faults]
        if told:
            _stop(told, code=1)
        return
    if path is not None and not path.exists():
        _stop([Fault(str(path), 0, "there is no such file or folder", "Check the name.")])
    report = check_all(whole_course(), path)
    for line in report.notices:
        print(line)
    if report.faults:
        _stop(report.faults, code=1)
    print(f"All content is in order: {report.summary}.")


@app.command(
    short_help="Analyze a hypothetical under each reading.",
    epilog="Example: course analyze gg-as-pleaded --reading ca11-red-roof --set tailored-support=no",
)
def analyze(
    hypothetical: Annotated[str, typer.Argument(help="The id of a hypothetical.")],
    reading: Annotated[
        list[str] | None, typer.Option(help="A reading's id; may be repeated. Those of the hypothetical if not given.")
    ] = None,
    set_: Annotated[list[str] | None, typer.Option("--set", help="FACT=yes, no or unknown; may be repeated.")] = None,
    on: Annotated[
        str | None, typer.Option(help="Apply the law of this day (YYYY-MM-DD) instead of the story's.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON (documented in docs/analyze-json.md).")] = False,
) -> None:
    """Analyze a hypothetical: each element under each reading, section 230, the result, and what would change it."""
    import json

    from knowing_benefit.law.library import library
    from knowing_benefit.view.memo import memo, varied

    opened = library()
    case = varied(opened, hypothetical, set_ or [], on)
    readings = [opened.reading(name) for name in reading or case.readings]
    if as_json:
        from knowing_benefit.law.analysis import as_json as packed

        print(json.dumps(packed(opened, case, readings), indent=1, ensure_ascii=False))
    else:
        print(memo(opened, case, readings))


@app.command(
    short_help="Show the paper that an exam number draws, with its key.",
    epilog="Example: course paper X17 03_four_elements",
)
def paper(
    number: Annotated[str, typer.Argument(help="An exam number.")],
    exercise: Annotated[
        str | None, typer.Argument(help="An exercise; all that have drawn questions if not given.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON: form, facts, reading and answer of each.")
    ] = False,
) -> None:
    """Make the drawn questions of an exam number again, with the key that is worked out for them. For instructors."""
    import json

    from knowing_benefit.law.library import library
    from knowing_benefit.view.paper import as_text, papers

    found = papers(library(), number, exercise)
    print(json.dumps(found, indent=1, ensure_ascii=False) if as_json else as_text(found))


@app.command(short_help="Try the readings on decided cases.", epilog="Example: course backtest my-cases.yaml --json")
def backtest(
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="Files of cases in the form of docs/decided-cases.md; the course's own if none is given."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON (documented in docs/decided-cases.md).")] = False,
) -> None:
    """Try the readings on decided cases: predicted against held, element by element."""
    import json

    from knowing_benefit.law.backtest import backtest as run
    from knowing_benefit.law.decided import load_cases
    from knowing_benefit.law.library import library

    opened = library()
    own = [case for path in files or [] for case in load_cases(path, opened.facts, opened.readings)]
    status, tell = _progress("Trying")
    with status:
        found = run(
            opened, own if files else opened.decided.values(), tell if status.console.is_terminal else lambda _: None
        )
    print(json.dumps(found.as_json(), indent=1, ensure_ascii=False) if as_json else found.as_text())


@app.command(short_help="Make a folder to hand out.", epilog="Example: course release student handout/")
def release(
    edition: Annotated[str, typer.Argument(help="student, selfpaced, instructor, nbgrader or quiz.")],
    folder: Annotated[Path, typer.Argument(help="The folder to make; it must not exist, or be an earlier release.")],
) -> None:
    """Make a folder to hand out, which runs by itself with: python3 course.py open; or one for nbgrader, or for Canvas and Moodle."""
    from knowing_benefit.law.library import whole_course
    from knowing_benefit.publish.release import after
    from knowing_benefit.publish.release import release as make

    made = make(whole_course(), edition, folder)
    print(f"{made} files in {folder}. {after(edition)}")


@app.command(
    short_help="Start a student's server (a JupyterHub runs this).",
    epilog='Example, in jupyterhub_config.py: c.Spawner.cmd = ["/opt/tljh/user/bin/course", "serve"]',
    context_settings={"ignore_unknown_options": True},
)
def serve(
    words: Annotated[
        list[str] | None, typer.Argument(help="What the hub adds, for the single-user server.", show_default=False)
    ] = None,
) -> None:
    """Bring this student's copy of the course up to date, then become the single-user server of a JupyterHub (docs/hub.md)."""
    from knowing_benefit.publish.hub import serve as become

    become(words or [])


@app.command(
    short_help="Make slides from the lessons.", epilog="Example: course slides --out slides/ --only 1 --students"
)
def slides(
    out: Annotated[Path, typer.Option("--out", help="The folder in which the files go, one for each lesson.")],
    only: Annotated[str | None, typer.Option(help="A lesson's number or name. All if not given.")] = None,
    students: Annotated[bool, typer.Option("--students", help="Leave out the speaker's notes.")] = False,
) -> None:
    """Make slides: one file for each lesson, which needs no network. Arrow keys turn them, N shows the speaker's notes."""
    from knowing_benefit.law.library import whole_course
    from knowing_benefit.publish.slides import write

    made = write(whole_course(), out, notes=not students, only=only)
    print(f"{len(made)} {'file' if len(made) == 1 else 'files'} in {out}. Open one in a browser.")


@app.command(short_help="Make the static site.", epilog="Example: course site --out site/, then open site/index.html")
def site(
    out: Annotated[Path, typer.Option("--out", help="The folder to make; it must not exist, or be an earlier site.")],
    edition: Annotated[
        str,
        typer.Option(help="selfpaced: reasons after each graded answer. student: no key to graded questions."),
    ] = "selfpaced",
    lite: Annotated[
        str, typer.Option(help="Where course lite is published, for a link on the first page, e.g. ../lite/index.html.")
    ] = "",
) -> None:
    """Make the static site: pages that open from a folder on disk, with no server and no network."""
    from knowing_benefit.law.library import whole_course
    from knowing_benefit.publish import site as making

    status, tell = _progress("Making the site")
    with status:
        files = making.build(whole_course(), edition, tell, lite)
        making.write(out, files)
    print(f"{len(files)} files in {out}. To read it, open {out / 'index.html'} in a browser.")


@app.command(
    short_help="Make the course for a browser, with a Python in it.",
    epilog="Example: course lite --out lite/, then: python3 -m http.server --directory lite",
)
def lite(
    out: Annotated[Path, typer.Option("--out", help="The folder to make; it must not exist, or be an earlier one.")],
    edition: Annotated[
        str,
        typer.Option(help="selfpaced: reasons after each graded answer. student: no key to graded questions."),
    ] = "selfpaced",
) -> None:
    """Make the course for a browser: JupyterLite with the built lessons, to put on any web server. Needs npm and the extra lite."""
    from knowing_benefit.law.library import library
    from knowing_benefit.publish.lite import NEEDS
    from knowing_benefit.publish.lite import lite as make

    status, tell = _progress("Making")
    with status:
        lessons = make(library(), out, edition, tell)
    print(f"{lessons} lessons in {out}, for a web server. What a reader's browser needs from a network: {NEEDS}")


@app.command(
    short_help="Make hand-outs, and a reader of the whole course.", epilog="Example: course handout --out handouts/ 1 2"
)
def handout(
    out: Annotated[Path, typer.Option("--out", help="The folder for the files.")],
    lessons: Annotated[
        list[str] | None, typer.Argument(help="Lessons by number or name; the whole course and its reader if none.")
    ] = None,
) -> None:
    """Make hand-outs of lessons as HTML and PDF, and of the whole course a reader as PDF and EPUB."""
    from knowing_benefit.law.library import whole_course
    from knowing_benefit.publish.handout import handout as make

    status, tell = _progress("Making")
    with status:
        told = make(whole_course(), out, lessons or [], tell)
    for line in told:
        print(line)


@app.command(
    short_help="Grade what was handed in.",
    epilog="Example: course grade submissions.zip --out marks/ --roster gradebook.csv",
)
def grade(
    submissions: Annotated[
        list[Path],
        typer.Argument(help="Hand-in files, folders of them, or the zip that Canvas, Moodle or Blackboard makes."),
    ],
    out: Annotated[Path, typer.Option("--out", help="The folder for scores, feedback pages and the rest.")],
    exercise: Annotated[
        list[str] | None, typer.Option(help="An exercise's id; may be repeated. All graded exercises if not given.")
    ] = None,
    late: Annotated[
        str | None, typer.Option(help="The last day (YYYY-MM-DD) or moment to hand in, for systems that tell the time.")
    ] = None,
    keep: Annotated[
        str,
        typer.Option(
            help="Of several hand-ins of one student, which counts: last, first, or ask (none, all are named)."
        ),
    ] = "last",
    roster: Annotated[
        Path | None,
        typer.Option(help="The list of students that your system exports; a file for the upload is made of it."),
    ] = None,
    number_from: Annotated[
        str | None, typer.Option(help="The roster's column with exam numbers, if it has another name than Exam Number.")
    ] = None,
    since: Annotated[
        Path | None, typer.Option(help="The --out folder of an earlier run to compare with, if it is another one.")
    ] = None,
    pages: Annotated[
        bool, typer.Option("--pages/--no-pages", help="Write a page of feedback for each student.")
    ] = True,
) -> None:
    """Grade what was handed in: scores, feedback, analysis. No notebook is run, and nobody's code. Exit 1 if nothing can be graded."""
    from typing import cast, get_args

    from knowing_benefit.assess.collect import Keep
    from knowing_benefit.law.library import library
    from knowing_benefit.publish.grading import grade_class

    if keep not in get_args(Keep):
        _stop([Fault("--keep", 0, f"{keep!r} is not one of {', '.join(get_args(Keep))}")])
    status, tell = _progress("Grading")
    with status:
        report = grade_class(
            library(),
            submissions,
            out,
            tell,
            only=exercise or (),
            keep=cast(Keep, keep),
            late=late,
            since=since,
            roster=roster,
            number_from=number_from,
            pages=pages,
        )
    if not report.graded:
        print(report, file=sys.stderr)
        raise SystemExit(1)
    print(report)
    if report.changed == 0:
        print("Nobody's points changed since this was last graded.")


@app.command(short_help="Give points to written answers.", epilog="Example: course desk marks/ --grader AB")
def desk(
    folder: Annotated[Path, typer.Argument(help="The folder that course grade --out made.")],
    grader: Annotated[str, typer.Option(help="Your name or initials; a second grader gives others.")] = "first",
    port: Annotated[int, typer.Option(help="The port to use; any free one if not given.")] = 0,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open a browser at the desk.")] = True,
) -> None:
    """Open the grading desk: one question at a time, blind, each change saved at once. Then grade again to merge the marks."""
    from knowing_benefit.publish.desk import serve

    serve(folder, grader, port=port, browser=browser)


@app.command(
    short_help="Look up every citation at CourtListener.",
    epilog="Example: course verify --out verified/ --only gg-salesforce-7th-2023",
)
def verify(
    out: Annotated[Path, typer.Option("--out", help="Where the report goes, and the answers kept for the next run.")],
    only: Annotated[
        list[str] | None, typer.Option(help="An authority's id; may be repeated. All if not given.")
    ] = None,
    token: Annotated[
        str | None,
        typer.Option(
            envvar="COURTLISTENER_TOKEN",
            show_default=False,
            help="Your token for CourtListener; better set as COURTLISTENER_TOKEN.",
        ),
    ] = None,
    base: Annotated[str | None, typer.Option(hidden=True)] = None,
) -> None:
    """Look up every citation and quotation at CourtListener (needs a network and a token). Exit 1 if something needs a look."""
    from knowing_benefit.law.library import library
    from knowing_benefit.publish.courtlistener import BASE
    from knowing_benefit.publish.verify import verify as run

    status, tell = _progress("Verifying")
    with status:
        report = run(library(), out, token, base or BASE, only or (), tell)
    print(report.summary)
    print(
        f"The report: {out / 'verify.md'}. Questions to CourtListener: {report.asked}. Answers kept from earlier runs: {report.reused}."
    )
    if report.stopped:
        _stop([Fault("CourtListener", 0, report.stopped, "Run the same command again; what is known is kept.")])
    if report.doubtful:
        raise SystemExit(1)


@app.command(
    short_help="Measure, each figure beside a peer.",
    epilog="Example: course bench --notebooks, or: course bench --reliability --seed 7",
)
def bench(
    notebooks: Annotated[
        bool, typer.Option("--notebooks", help="Also build all notebooks and compare them, which takes minutes.")
    ] = False,
    pages: Annotated[bool, typer.Option("--pages", help="Only the site's pages, in a Chromium.")] = False,
    grading: Annotated[
        bool,
        typer.Option("--grading", help="Only grading: a class of 200 beside nbgrader and Otter, then 10,000 students."),
    ] = False,
    otter: Annotated[
        str | None,
        typer.Option(metavar="PYTHON", help="For --grading: the Python of an environment with otter-grader."),
    ] = None,
    peers: Annotated[int, typer.Option(min=1, help="How many students nbgrader and Otter grade, for --grading.")] = 20,
    reliability: Annotated[
        bool, typer.Option("--reliability", help="Only try to break hand-in and grading; exit 1 if something breaks.")
    ] = False,
    hub: Annotated[
        tuple[int, int] | None,
        typer.Option(
            metavar="STUDENTS SECONDS",
            help="Only a JupyterHub: so many students answer for so long, one answer a minute.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Where chance begins, for --reliability.")] = 1,
    mutations: Annotated[int, typer.Option(min=0, help="How many damaged folders, for --reliability.")] = 10_000,
    files: Annotated[int, typer.Option(min=0, help="How many hostile files, for --reliability.")] = 2_000,
    kills: Annotated[int, typer.Option(min=0, help="How many processes to kill, for --reliability.")] = 1_000,
) -> None:
    """Measure, each figure beside a peer in the same run."""
    from knowing_benefit.law.library import library

    status, tell = _progress("Measuring")
    broken = False
    with status:
        if reliability:
            from knowing_benefit.publish.reliability import reliability as attempt

            lines = attempt(library(), seed=seed, mutations=mutations, files=files, kills=kills, tell=tell)
        elif grading:
            from knowing_benefit.publish.bench_grading import bench_grading

            lines = bench_grading(library(), tell, otter=otter, peers=peers)
        elif pages:
            from knowing_benefit.publish.pagebench import measure as measure_pages

            lines = measure_pages(library(), tell)
        elif hub:
            from knowing_benefit.publish.hubload import load

            lines = load(library(), *hub, tell)
        else:
            from knowing_benefit.publish.bench import bench as measure

            lines = measure(library(), notebooks, tell)
        for line in lines:
            broken = broken or line.startswith("BREACH")
            print(line, flush=True)
    if broken:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
