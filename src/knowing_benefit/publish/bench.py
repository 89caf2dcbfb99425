"""Benchmarks, each beside a peer in the same run: ratios hold on any machine, seconds only on this one."""

from __future__ import annotations

import gzip
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from knowing_benefit.law.analysis import analyse, table
from knowing_benefit.law.hypotheticals import Hypothetical
from knowing_benefit.law.library import Library
from knowing_benefit.law.readings import Reading
from knowing_benefit.publish import build as building
from knowing_benefit.view.lab import Lab

RUNS = 7


def bench(library: Library, notebooks: bool, tell: Callable[[str], None]) -> Iterator[str]:
    """Run the benchmarks and report each as a line.

    Args:
        notebooks: also build all notebooks and run them again under nbval, which takes minutes.
        tell: called with the name of each benchmark before it runs.
    """
    case = max(library.hypotheticals.values(), key=lambda one: len(one.switches))
    readings = list(library.readings.values())
    tell("truth tables")
    yield from _tables(library, case, readings)
    tell("checking")
    yield from _checking(library)
    tell("starting")
    yield from _starting()
    if notebooks:
        tell("notebooks")
        yield from _notebooks(library, tell)


def seconds(work: Callable[[], object], runs: int = RUNS) -> float:
    """Median wall time of some work, in seconds, after one run to warm up."""
    work()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def _tables(library: Library, case: Hypothetical, readings: list[Reading]) -> Iterator[str]:
    count = len(case.switches)
    yield f"Truth table of {case.id}: {count} switches x {len(readings)} readings"
    for used in sorted({1, count // 4, count // 2, 3 * count // 4, count} - {0}):
        part = case.model_copy(update={"switches": case.switches[:used]})
        taken = seconds(lambda part=part: table(library, part, readings))  # type: ignore[misc]
        packed = json.dumps(Lab(library, table(library, part, readings)).data, separators=(",", ":")).encode()
        yield f"  2^{used:<2} settings: {taken * 1000:7.1f} ms, {len(packed) / 1024:6.1f} KB, {len(gzip.compress(packed)) / 1024:5.1f} KB compressed"
    found = table(library, case, readings)
    settings = range(1 << count)
    start = time.perf_counter()
    for reading in readings:
        for setting in settings:
            analyse(library, reading, found.facts(setting), case.on)
    naive = time.perf_counter() - start
    fast = seconds(lambda: table(library, case, readings))
    yield f"  peer, each setting analysed by itself: {naive:.2f} s; the table takes 1/{naive / fast:.0f} of it"


def _checking(library: Library) -> Iterator[str]:
    # Each run in a process of its own: what one check has parsed, the next finds in memory.
    files = [
        path
        for folder in ("data", "exercises", "lessons")
        for path in (library.root / folder).rglob("*.*")
        if path.is_file()
    ]
    taken = seconds(lambda: _fresh("-m", "knowing_benefit.cli", "check", cwd=library.root), runs=3)
    parsing = "import sys, yaml; [yaml.load(open(f, encoding='utf-8'), yaml.CSafeLoader) for f in sys.argv[1:]]"
    peer = seconds(
        lambda: _fresh("-c", parsing, *(str(path) for path in files if path.suffix == ".yaml"), cwd=library.root),
        runs=3,
    )
    yield f"course check on {len(files)} files: {taken:.2f} s; peer, parsing their YAML and no more: {peer:.2f} s (ratio {taken / peer:.1f})"


def _fresh(*words: str, cwd: Path | None = None) -> None:
    subprocess.run([sys.executable, *words], check=True, capture_output=True, cwd=cwd)


_STARTS = (
    ("python, nothing imported", "pass"),
    ("import knowing_benefit", "import knowing_benefit"),
    ("a lab, shown", 'from knowing_benefit import lab; lab("gg-as-pleaded").as_html()'),
    ("peer: import ipywidgets", "import ipywidgets"),
    ("peer: import ipywidgets, matplotlib.pyplot", "import ipywidgets, matplotlib.pyplot"),
)


def _starting() -> Iterator[str]:
    yield "A fresh Python, to the end of:"
    bare = 0.0
    for name, code in _STARTS:
        taken = seconds(lambda code=code: _fresh("-c", code), runs=5)  # type: ignore[misc]
        bare = bare or taken
        yield f"  {name:<44} {taken * 1000:6.0f} ms, {taken / bare:5.1f} x the bare start"


def _notebooks(library: Library, tell: Callable[[str], None]) -> Iterator[str]:
    start = time.perf_counter()
    built = list(building.build(library, tell))
    building_took = time.perf_counter() - start
    tell("nbval")
    start = time.perf_counter()
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-n",
        "2",
        "--dist",
        "loadfile",
        "--nbval",
        "--nbval-cell-timeout",
        "60",
        "notebooks",
    ]
    done = subprocess.run(command, cwd=library.root, check=False, capture_output=True, text=True)
    compared = time.perf_counter() - start
    last = done.stdout.strip().splitlines()[-1] if done.stdout.strip() else "no output"
    yield f"Build of {len(built)} notebooks: {building_took:.1f} s; strict nbval on them: {compared:.1f} s ({last})"
