"""Every test of the course, one step after another, with one summary. ``python3 course.py test`` runs this.

python3 course.py test                    all steps
python3 course.py test -- -k lab -x       only the step that runs pytest, with these words for it
python3 course.py test -- -m hub          a class on a real JupyterHub
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PACKAGES = ("chromium", "fonts-dejavu-core")
PROXY = "configurable-http-proxy@5.3.0"

Step = tuple[str, list[str]]
"""What it proves, and the words after the environment's Python (or, if the first ends in no ``-m``, the program)."""

PYTEST = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadfile", "-q"]
PROOFS: Step = ("units, faces in a browser", [*PYTEST, "tests"])


def steps() -> list[Step]:
    """All steps, in the order of how soon they say no."""
    return [
        ("style (ruff)", [sys.executable, "-m", "ruff", "check", "."]),
        ("types (mypy)", [sys.executable, "-m", "mypy"]),
        ("layers (import-linter)", [str(BIN / "lint-imports"), "--no-logo"]),
        ("content (course check)", [sys.executable, "-m", "knowing_benefit.cli", "check"]),
        ("notebooks are built from their lessons", [sys.executable, "-m", "knowing_benefit.cli", "build", "--check"]),
        PROOFS,
        ("a class on a JupyterHub", [sys.executable, "-m", "pytest", "-q", "-m", "hub", "tests/publish/test_hub.py"]),
        ("notebooks run and compared (nbval)", [*PYTEST, "--nbval", "--nbval-cell-timeout", "60", "notebooks"]),
    ]


def main(words: list[str]) -> int:
    """Run the steps and sum up.

    Args:
        words: none for all steps; words for pytest alone, which may begin with ``--``.

    Returns:
        0 if every step passed, 1 if any did not, 2 if there is nothing to test.
    """
    if not any((ROOT / "notebooks").rglob("*.ipynb")):
        print("There are no built notebooks. Run: python3 course.py build", file=sys.stderr)
        return 2
    find_browser()
    find_proxy()
    given = words[1:] if words[:1] == ["--"] else words
    chosen = [(PROOFS[0], [*PYTEST, *given])] if given else steps()
    results = [(name, *run(name, command)) for name, command in chosen]
    print("\nIn short")
    for name, code, seconds in results:
        # pytest's exit code 5, no test found, is a failure like any other.
        print(f"  {'passed' if code == 0 else 'FAILED'}  {seconds:5.0f} s  {name}")
    failed = sum(code != 0 for _, code, _ in results)
    print(f"{len(results) - failed} of {len(results)} steps passed in {sum(seconds for *_, seconds in results):.0f} s.")
    return 1 if failed else 0


def run(name: str, command: list[str]) -> tuple[int, float]:
    """Run one step with its output shown; its exit code and seconds."""
    print(f"\n-- {name}", flush=True)
    start = time.monotonic()
    code = subprocess.run(command, cwd=ROOT, check=False).returncode
    return code, time.monotonic() - start


def find_browser() -> None:
    """See to a Chromium for the tests that look at pages: this computer's, or that of Debian where it may be installed.

    Without one those tests are skipped, each by its name and with the reason.
    """
    if any(shutil.which(name) for name in BROWSERS) or os.environ.get("KB_CHROMIUM"):
        return
    if shutil.which("apt-get"):
        print(f"Installing {' and '.join(PACKAGES)} for the tests in a browser, with apt.", flush=True)
        as_root = [] if os.geteuid() == 0 else ["sudo", "-n"]
        for words in (["update"], ["install", "-y", "--no-install-recommends", *PACKAGES]):
            quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
            done = subprocess.run(
                [*as_root, "apt-get", "-qq", *words], env=quiet, stdout=subprocess.DEVNULL, check=False
            )
            if done.returncode:
                break
    if not any(shutil.which(name) for name in BROWSERS):
        print(
            "There is no Chromium here, and it could not be installed: tests in a browser are skipped, by name.",
            flush=True,
        )


def find_proxy() -> None:
    """See to the proxy that a JupyterHub needs, from npm and into the environment. Without it the tests of a hub are skipped."""
    place = Path(sys.prefix) / "hub"
    if (place / "node_modules" / ".bin" / "configurable-http-proxy").exists() or shutil.which(
        "configurable-http-proxy"
    ):
        return
    npm = shutil.which("npm")
    if npm:
        print("Installing the proxy for the tests of a JupyterHub, with npm.", flush=True)
        quiet = ["--silent", "--no-fund", "--no-audit"]
        subprocess.run([npm, "install", *quiet, "--prefix", str(place), PROXY], check=False)
    if not (place / "node_modules").exists():
        print(
            "There is no proxy for a JupyterHub here, and no npm that gets it: its tests are skipped, by name.",
            flush=True,
        )


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
