"""The ``course`` command: says what to do, in the words of ``--help``; the doing is in the packages below."""

from __future__ import annotations

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


def main() -> None:
    """Entry point: a fault is printed as file, line and mend, and never as a traceback."""
    try:
        app(prog_name="course")
    except CourseError as problem:
        _stop(problem.faults)
    except OSError as problem:
        where = f"{problem.filename}: " if problem.filename else ""
        print(f"{where}{problem.strerror or problem}. Nothing half-made was left behind.", file=sys.stderr)
        raise SystemExit(BAD_USE) from None
    except KeyboardInterrupt:
        print("\nStopped. What was finished is kept.", file=sys.stderr)
        raise SystemExit(130) from None


def _stop(faults: Iterable[Fault], code: int = BAD_USE) -> NoReturn:
    for fault in sorted(set(faults)):
        print(fault, file=sys.stderr)
    raise SystemExit(code)


def _progress(title: str) -> tuple[Any, Callable[[str], None]]:
    """A progress display on a terminal, plain lines elsewhere; and the function that names the step under way."""
    from rich.console import Console
    from rich.status import Status

    console = Console(stderr=True)
    status = Status(title, console=console)

    def tell(step: str) -> None:
        if console.is_terminal:
            status.update(f"{title}: {step}")
        else:
            print(f"{title}: {step}", file=sys.stderr, flush=True)

    return status, tell


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

    from knowing_benefit.law.library import library
    from knowing_benefit.publish import build as building

    opened = library()
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
) -> None:
    """Check all content: schemas, ids, citations, quotations, keys, objectives. Exit 1 on any fault."""
    from knowing_benefit.law.library import library
    from knowing_benefit.publish import review
    from knowing_benefit.publish.check import check as check_all
    from knowing_benefit.publish.lessons import read_lessons

    if objectives:
        found = review.goals(library())
        print(review.matrix(found))
        raise SystemExit(1 if any(goal.gaps for goal in found) else 0)
    if prose:
        for lesson in read_lessons(library().root):
            print(review.prose(lesson))
        return
    if path is not None and not path.exists():
        _stop([Fault(str(path), 0, "there is no such file or folder", "Check the name.")])
    report = check_all(library(), path)
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
    from knowing_benefit.law.library import library
    from knowing_benefit.publish.release import after
    from knowing_benefit.publish.release import release as make

    made = make(library(), edition, folder)
    print(f"{made} files in {folder}. {after(edition)}")


@app.command(
    short_help="Make slides from the lessons.", epilog="Example: course slides --out slides/ --only 1 --students"
)
def slides(
    out: Annotated[Path, typer.Option("--out", help="The folder in which the files go, one for each lesson.")],
    only: Annotated[str | None, typer.Option(help="A lesson's number or name. All if not given.")] = None,
    students: Annotated[bool, typer.Option("--students", help="Leave out the speaker's notes.")] = False,
) -> None:
    """Make slides: one file for each lesson, which needs no network. Arrow keys turn them, N shows the speaker's notes."""
    from knowing_benefit.law.library import library
    from knowing_benefit.publish.slides import write

    made = write(library(), out, notes=not students, only=only)
    print(f"{len(made)} {'file' if len(made) == 1 else 'files'} in {out}. Open one in a browser.")


@app.command(epilog="Example: course grade handed-in/ --out marks/")
def grade(
    submissions: Annotated[list[Path], typer.Argument(help="Hand-in files, or folders of them.")],
    out: Annotated[Path, typer.Option("--out", help="Where the score sheet goes.")],
) -> None:
    """Grade hand-in files into a score sheet. No notebook is run, and nobody's code."""
    from knowing_benefit.assess.grade import grade as grade_all
    from knowing_benefit.law.library import course_root

    root = course_root()
    status, tell = _progress("Grading")
    with status:
        report = grade_all(submissions, root / "exercises", out, tell)
    print(report)


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
        f"The report: {out / 'verify.md'}. Answers from CourtListener: {report.asked} new, {report.reused} kept from earlier runs."
    )
    if report.stopped:
        _stop([Fault("CourtListener", 0, report.stopped, "Run the same command again; what is known is kept.")])
    if report.doubtful:
        raise SystemExit(1)


@app.command(epilog="Example: course bench --notebooks")
def bench(
    notebooks: Annotated[
        bool, typer.Option("--notebooks", help="Also build all notebooks and compare them, which takes minutes.")
    ] = False,
) -> None:
    """Measure, each figure beside a peer in the same run."""
    from knowing_benefit.law.library import library
    from knowing_benefit.publish.bench import bench as measure

    status, tell = _progress("Measuring")
    with status:
        for line in measure(library(), notebooks, tell):
            print(line, flush=True)


if __name__ == "__main__":
    main()
