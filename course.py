#!/usr/bin/env python3
"""Make the course's own environment, then hand over to the ``course`` command.

    python3 course.py open     open the course in JupyterLab; the first time, install what it needs
    python3 course.py test     install what the tests need, and run them all
    python3 course.py WORD     another word: analyze, backtest, bench, build, check, desk, grade, handout, lite, paper,
                               release, serve, site, slides, verify; WORD --help says what it does

Standard library only. Everything goes into ``.venv`` beside this file. An environment is used only if the stamp that is
written last is there, names this folder, and every file of every package that it lists has its size; any other is made
anew. So it does not matter where an earlier start was stopped.

The file must parse on any Python, even 2.7, so that an old one can be told what it is: no newer syntax here.
"""

from __future__ import print_function

import contextlib
import csv
import errno
import glob
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time

OLDEST = (3, 11)
BEST = (3, 12)
"""All packages, those of the tests too, come ready-made for this Python."""
NEWEST = (3, 14)
"""All packages that a reader needs come ready-made up to this one. A newer one is tried, and named if it fails."""

MEGABYTES = 700
"""What making the environment takes on the disk, with some room."""

HERE = os.path.dirname(os.path.abspath(__file__))
VENV = os.path.join(HERE, ".venv")
STAMP = os.path.join(VENV, "knowing-benefit.json")
"""Written last: what the environment is. Without it nothing in ``.venv`` is trusted."""
OURS = os.path.join(VENV, "made-by-course.txt")
"""Written first: the folder may be removed by us."""
LOG = os.path.join(HERE, ".venv-install.log")
DEFINITION = (
    "pyproject.toml",
    "constraints.txt",
    "src/knowing_benefit/view/jupyter/lab_settings.json",
    "src/knowing_benefit/view/jupyter/server_extension.json",
)
"""What the environment is made from: a change in one of these brings it up to date."""

WITH_EXTRAS = ("lite",)
"""Words of ``course`` that need packages of their own: the extra of that name."""

WINDOWS = os.name == "nt"
BIN = os.path.join(VENV, "Scripts" if WINDOWS else "bin")
PYTHON = os.path.join(BIN, "python.exe" if WINDOWS else "python")


class Stop(Exception):
    """Something a person has to mend: what happened, and what to do."""

    def __init__(self, what, mend):
        Exception.__init__(self, what + " " + mend)


def main(words):
    require_python(sys.version_info)
    if not words or words[0] in ("-h", "--help", "help"):
        print(__doc__.split("\n\nStandard")[0])
        return 0
    if words[0] != "test":
        prepare([words[0]] if words[0] in WITH_EXTRAS else [])
        return hand_over(["-m", "knowing_benefit.cli"] + words)
    runner = os.path.join(HERE, "tests", "run.py")
    if not os.path.exists(runner):
        raise Stop("This copy of the course has no tests.", "They are in the full course; this is a hand-out.")
    prepare(["test"])
    return hand_over([runner] + words[1:])


# -- The Python that starts us -----------------------------------------------------------------------------------------


def require_python(version):
    """Raises Stop, with a newer Python of this computer if there is one, when ``version`` is too old."""
    if tuple(version[:2]) >= OLDEST:
        return
    have = ".".join(str(part) for part in version[:3])
    newer = newer_python()
    mend = (
        "Start it with that: {0} course.py open"
        if newer
        else "Install Python {1}.{2} from python.org, and start course.py with it."
    )
    what = "This is Python {0}, and the course needs {1}.{2} or newer{3}.".format(
        have, OLDEST[0], OLDEST[1], ", which is here too" if newer else ""
    )
    raise Stop(what, mend.format(newer, NEWEST[0], NEWEST[1]))


def newer_python():
    """How to start a Python that is new enough, if this computer has one; otherwise None."""
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        command = ["py", "-3.{0}".format(minor)] if WINDOWS else ["python3.{0}".format(minor)]
        with open(os.devnull, "w") as nowhere:
            try:
                # Run it: a name on the path can be a shim for a Python that is not installed.
                if subprocess.call(command + ["-c", ""], stdout=nowhere, stderr=nowhere) == 0:
                    return " ".join(command)
            except (IOError, OSError):
                pass
    return None


# -- Is the environment whole? -----------------------------------------------------------------------------------------


def definition():
    """A digest of what the environment is made from.

    Raises:
        Stop: part of the course is missing.
    """
    digest = hashlib.sha256()
    for name in DEFINITION:
        try:
            with open(os.path.join(HERE, *name.split("/")), "rb") as stream:
                digest.update(stream.read() + b"\0")
        except (IOError, OSError) as problem:
            if problem.errno != errno.ENOENT:
                raise
            raise Stop("{0} is missing from this folder.".format(name), "Unpack or clone the course again.")
    return digest.hexdigest()


def read_stamp():
    """The stamp, or None if there is none that can be read."""
    try:
        with open(STAMP) as stream:
            stamp = json.load(stream)
        kinds = {"definition": str, "python": str, "where": str, "extras": list, "packages": list}
        return stamp if all(isinstance(stamp[key], kind) for key, kind in kinds.items()) and stamp["packages"] else None
    except (IOError, OSError, ValueError, KeyError, TypeError):
        return None


def trouble(stamp):
    """Why the environment is not the whole one that its stamp speaks of; empty if it is."""
    if stamp is None:
        return "it was never finished"
    if not same_place(stamp["where"]):
        return "the folder was moved or copied"
    if not stamp["python"] or environment_python() != stamp["python"]:
        return "its Python is gone or has changed"
    lost = first_lost(stamp["packages"])
    return "{0} is missing or damaged".format(lost) if lost else ""


def same_place(where):
    try:
        return os.path.samefile(where, VENV)
    except (IOError, OSError):
        return False


def environment_python():
    """The version of the environment's Python, such as 3.12; empty if it does not start."""
    try:
        said = subprocess.check_output(
            [PYTHON, "-I", "-S", "-c", "import sys; print('%d.%d' % sys.version_info[:2])"], stderr=subprocess.STDOUT
        )
        return said.decode("ascii", "replace").strip()
    except (IOError, OSError, subprocess.CalledProcessError):
        return ""


def site_packages():
    found = glob.glob(
        os.path.join(glob.escape(VENV), *(["Lib", "site-packages"] if WINDOWS else ["lib", "python*", "site-packages"]))
    )
    return found[0] if found else os.path.join(VENV, "none")


def packages():
    return sorted(
        os.path.basename(path) for path in glob.glob(os.path.join(glob.escape(site_packages()), "*.dist-info"))
    )


def first_lost(names):
    """The first file that a package lists and that is not there in its size; None if there is none.

    Compiled bytecode is left out: Python makes it anew by itself.
    """
    library = site_packages()
    for name in names:
        try:
            with open(os.path.join(library, name, "RECORD"), newline="", encoding="utf-8") as stream:
                for path, _, size in csv.reader(stream):
                    if path.endswith(".pyc"):
                        continue
                    found = os.path.getsize(os.path.join(library, path))
                    if size and found != int(size):
                        return path
        except (IOError, OSError, ValueError) as problem:
            return os.path.basename(getattr(problem, "filename", None) or name)
    return None


# -- Making it ---------------------------------------------------------------------------------------------------------


def prepare(extras):
    """Make sure of a whole environment with these extras; at once if there is one.

    Raises:
        Stop: it cannot be made; nothing half-made is left to be trusted.
    """
    wanted = definition()

    def ready(stamp):
        return (
            stamp is not None
            and stamp["definition"] == wanted
            and set(extras) <= set(stamp["extras"])
            and not trouble(stamp)
        )

    if ready(read_stamp()):
        return
    with alone() as lock:
        stamp = read_stamp()
        if ready(stamp):
            return
        amiss = trouble(stamp)
        every = sorted(set(extras) | set(stamp["extras"] if stamp else []))
        if amiss:
            make_anew(amiss, every, wanted, lock)
        else:
            bring_up_to_date(stamp, every, wanted, lock)


@contextlib.contextmanager
def alone():
    """Two starts at once take turns. The lock is the system's: it ends with the processes that hold it."""
    with open(os.path.join(HERE, ".venv.lock"), "a+") as lock:
        told = False
        while not try_lock(lock):
            if not told:
                say("Another start is preparing this folder. Waiting for it to finish.")
                told = True
            time.sleep(0.3)
        yield lock


def try_lock(lock):
    try:
        if WINDOWS:
            import msvcrt

            lock.seek(0)
            msvcrt.locking(lock.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(lock.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (IOError, OSError) as problem:
        # Some network folders know no locks; one start at a time has to do there.
        return problem.errno not in (errno.EAGAIN, errno.EACCES, errno.EDEADLK)
    return True


def make_anew(amiss, extras, wanted, lock):
    require_venv()
    room = shutil.disk_usage(HERE).free // 2**20
    if room < MEGABYTES:
        raise Stop(
            "The disk has {0} MB left, and the course needs {1}.".format(room, MEGABYTES), "Make room and start again."
        )
    if os.path.lexists(VENV):
        say("The environment in .venv cannot be used: {0}.".format(amiss))
    clear_away()
    steps = Steps(4, "Preparing the course. This happens once; it takes a minute or two and about 500 MB.")
    try:
        os.mkdir(VENV)
        with open(OURS, "w") as stream:
            stream.write("This folder is made by course.py, which removes it when it is no longer whole.\n")
        steps.begin(3, "Making a place for the packages")
        code, said = run([sys.executable, "-m", "venv", VENV], steps, lock)
        if code:
            raise why_failed(said, code)
        fill(extras, wanted, steps, lock)
    except BaseException:
        shutil.rmtree(VENV, ignore_errors=True)
        raise


def bring_up_to_date(stamp, extras, wanted, lock):
    """Install what is new into a whole environment.

    What was whole before and still is afterwards stays in use, so that a failed ``test`` with no network does not take
    away the ``open`` that worked.
    """
    steps = Steps(3, "Bringing the course's packages up to date.")
    before = STAMP + ".before"
    os.replace(STAMP, before)
    try:
        fill(extras, wanted, steps, lock)
    except BaseException:
        if not trouble(stamp):
            os.replace(before, STAMP)
        raise
    os.remove(before)


def require_venv():
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        name = "python{0}.{1}-venv".format(*sys.version_info[:2])
        raise Stop(
            "This Python cannot make environments: its venv module is missing.",
            "On Debian or Ubuntu: sudo apt install {0}. Elsewhere: install Python from python.org.".format(name),
        )


def clear_away():
    """Take what stands in the place of the environment out of the way: what is ours goes, anything else is kept."""
    old = VENV + "-old"
    shutil.rmtree(old, ignore_errors=True)
    if not os.path.lexists(VENV):
        return
    ours = os.path.exists(OURS)
    target = old
    if not ours:
        numbers = [""] + ["-{0}".format(number) for number in range(2, 100)]
        target = next(VENV + "-before" + number for number in numbers if not os.path.lexists(VENV + "-before" + number))
    try:
        os.rename(VENV, target)
    except (IOError, OSError):
        if not WINDOWS:
            raise
        raise Stop("The environment in .venv is in use.", "Close JupyterLab and its window, then start again.")
    if ours:
        shutil.rmtree(old, ignore_errors=True)
    else:
        say("There was a .venv that course.py did not make: it is kept as {0}.".format(os.path.basename(target)))


def fill(extras, wanted, steps, lock):
    """Install the pinned packages and the course itself, see that they work, and write the stamp."""
    steps.begin(2, "Fetching the packages")
    pip = [
        PYTHON,
        "-m",
        "pip",
        "install",
        "--no-input",
        "--no-warn-script-location",
        "--progress-bar",
        "off",
        "--constraint",
        "constraints.txt",
    ]
    code, said = run(pip + requirements(extras), steps, lock, pip_progress(steps))
    if code:
        raise why_failed(said, code)
    steps.begin(0, "Adding the course, and trying what was installed")
    # The tool that builds the course is pinned and installed above, so that this needs no network.
    for command in (
        pip + ["--no-build-isolation", "--no-deps", "--editable", "."],
        [
            PYTHON,
            "-c",
            "import knowing_benefit, jupyterlab.labapp, ipykernel.kernelapp, anywidget, matplotlib.figure, pydantic, yaml",
        ],
    ):
        code, said = run(command, steps, lock)
        if code:
            raise why_failed(said, code)
    names = packages()
    lost = first_lost(names)
    if lost:
        raise Stop(
            "Installing left a hole: {0} is missing or damaged.".format(lost),
            "Start again; if it happens again, check the disk.",
        )
    write_stamp(
        {"definition": wanted, "python": environment_python(), "where": VENV, "extras": extras, "packages": names}
    )
    steps.end("Ready after {0:.0f} seconds.")


def requirements(extras):
    """What to ask pip for, from pyproject.toml; the versions are those of constraints.txt."""
    import tomllib  # not on an old Python, which does not come this far

    with open(os.path.join(HERE, "pyproject.toml"), "rb") as stream:
        project = tomllib.load(stream)
    asked = project["build-system"]["requires"] + ["editables"] + project["project"]["dependencies"]
    for extra in extras:
        asked = asked + project["project"]["optional-dependencies"][extra]
    return asked


def write_stamp(stamp):
    with open(STAMP + ".new", "w") as stream:
        json.dump(stamp, stream, indent=1, sort_keys=True)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(STAMP + ".new", STAMP)


# -- Running things and showing that they live -------------------------------------------------------------------------


class Steps(object):
    """The lines that show how far we are. On a terminal the last one is alive; elsewhere there is one now and then."""

    EVERY = 15

    def __init__(self, total, title):
        self.total, self.done, self.start, self.title = total, 0, time.time(), ""
        self.alive = sys.stdout.isatty()
        self.spoke = 0.0
        say(title)

    def begin(self, left, title):
        """Begin a step, after which there are ``left`` more."""
        if self.alive and self.done:
            self._write(self._line("done"), "\n")
        self.done, self.title, self.spoke = self.total - left, title, time.time()
        if not self.alive:
            say(self._line(""))

    def tick(self, detail):
        if self.alive:
            self._write(self._line(detail), "")
        elif time.time() - self.spoke > self.EVERY:
            self.spoke = time.time()
            say(self._line(detail))

    def end(self, words):
        if self.alive:
            self._write(self._line("done"), "\n")
        say(words.format(time.time() - self.start))

    def _line(self, detail):
        seconds = "{0:4.0f} s".format(time.time() - self.start)
        return "  {0} of {1}  {2}  {3}{4}".format(
            self.done, self.total, seconds, self.title, ": " + detail if detail else ""
        )

    @staticmethod
    def _write(line, end):
        width = shutil.get_terminal_size().columns - 1
        sys.stdout.write("\r" + line[:width].ljust(width) + end)
        sys.stdout.flush()


def say(text):
    print(text)
    sys.stdout.flush()


def run(command, steps, lock, progress=None):
    """Run a command quietly, showing that it lives.

    Returns:
        Its exit code, and everything that it said.
    """
    keep = {} if WINDOWS else {"pass_fds": [lock.fileno()]}  # if we are killed, the lock lasts until the child ends too
    child = subprocess.Popen(
        command, cwd=HERE, env=clean_environment(PYTHONUNBUFFERED="1"), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, universal_newlines=True, encoding="utf-8", errors="replace", **keep
    )  # fmt: skip
    lines = []
    reader = threading.Thread(target=lambda: lines.extend(iter(child.stdout.readline, "")))
    reader.daemon = True
    reader.start()
    try:
        while child.poll() is None:
            steps.tick(progress(lines) if progress else "")
            time.sleep(0.1)
    except BaseException:
        child.terminate()
        try:
            child.wait(5)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        raise
    reader.join(10)
    return child.returncode, "".join(lines)


def pip_progress(steps):
    """What to say of pip, from what it has said so far; begins the next step when pip has fetched everything."""
    unpacking = []

    def say_where(lines):
        if unpacking:
            return "{0} of {1}".format(min(len(packages()), unpacking[0]), unpacking[0])
        for line in reversed(lines[-5:]):
            if line.startswith("Installing collected packages:"):
                unpacking.append(len(packages()) + line.count(",") + 1)
                steps.begin(1, "Unpacking them")
                return ""
            if "Retrying" in line:
                return "the network does not answer, trying again"
        names = [line.split()[1] for line in lines if line.startswith("Collecting ")]
        return "{0} so far, {1}".format(len(names), re.match("[A-Za-z0-9._-]*", names[-1]).group()) if names else ""

    return say_where


def clean_environment(**more):
    """The variables for a program in the environment, without those that would take it elsewhere."""
    away = (
        "PYTHONHOME",
        "PYTHONPATH",
        "__PYVENV_LAUNCHER__",
        "PIP_TARGET",
        "PIP_PREFIX",
        "PIP_ROOT",
        "PIP_CONSTRAINT",
        "PIP_REQUIREMENT",
    )
    variables = {name: value for name, value in os.environ.items() if name not in away}
    variables.update(PIP_USER="0", PIP_DISABLE_PIP_VERSION_CHECK="1", PYTHONUTF8="1", VIRTUAL_ENV=VENV)
    # What a reader has to type, for ``course`` to say: there is no ``course`` on the path of whoever starts it by this file.
    variables["KNOWING_BENEFIT_STARTED_AS"] = "{0} course.py".format("py" if WINDOWS else "python3")
    variables["PATH"] = BIN + os.pathsep + variables.get("PATH", os.defpath)
    variables.update(more)
    return variables


def hand_over(words):
    """Become the environment's Python. On Windows, which cannot, wait for it; Ctrl-C is then its affair."""
    command = [PYTHON] + words
    sys.stdout.flush()
    if not WINDOWS:
        os.execve(PYTHON, command, clean_environment())
    child = subprocess.Popen(command, env=clean_environment())
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:
            continue


# -- What went wrong, in a sentence ------------------------------------------------------------------------------------

NETWORK = (
    "newconnectionerror", "connection refused", "connection reset", "name resolution", "network is unreachable", "connecttimeout",
    "getaddrinfo", "max retries exceeded", "proxyerror", "read timed out", "from versions: none", "temporary failure", "remotedisconnected",
)  # fmt: skip


def why_failed(said, code):
    """A Stop for what pip or venv said before it failed. The whole of it is kept in a file, for a case not foreseen."""
    low = said.lower()

    def has(*signs):
        return any(sign in low for sign in signs)

    if has("no space left", "not enough space on the disk", "disk quota exceeded", "[errno 28]"):
        return disk_fault(OSError(errno.ENOSPC, ""))
    if has("read-only file system"):
        return disk_fault(OSError(errno.EROFS, ""))
    if has("long path support"):
        return Stop(
            "The path of this folder is too long for Windows.",
            "Move the course to a short one, such as C:\\course, and start it there.",
        )
    if has("certificate verify failed", "certificate_verify_failed"):
        return Stop(
            "The package index was reached, but its certificate is not accepted here.",
            "Try another network, or ask your help desk about the certificate of this one.",
        )
    if has(*NETWORK):
        return Stop(
            "The packages could not be fetched: no package index answered.",
            "Connect this computer to a network and start again.",
        )
    missing = re.search(r"no matching distribution found for (\S+)|\(constraint\) (\S+)", low)
    if missing:
        return Stop(
            "The package index that this computer uses does not have {0}.".format(missing.group(1) or missing.group(2)),
            "Start again on another network, or with pip's usual index.",
        )
    if has(
        "failed building wheel",
        "failed-wheel-build",
        "subprocess-exited-with-error",
        "metadata-generation-failed",
        "failed to build",
    ):
        version = "{0}.{1}".format(*sys.version_info[:2])
        return Stop(
            "A package is not ready-made for Python {0} on this computer, and could not be built.".format(version),
            "Install Python {0}.{1} (64-bit) from python.org, and start course.py with it.".format(*BEST),
        )
    if has("permission denied", "access is denied"):
        return disk_fault(OSError(errno.EACCES, ""))
    if code < 0:
        return Stop(
            "Installing was stopped from outside, perhaps for want of memory.", "Close other programs and start again."
        )
    with open(LOG, "w") as stream:
        stream.write(said)
    last = [line for line in said.splitlines() if line.strip()][-1:] or ["no reason given"]
    return Stop(
        "Installing failed: {0}".format(last[0].strip()[:200].rstrip(".") + "."),
        "All that was said is in .venv-install.log; mend that and start again.",
    )


def disk_fault(problem):
    """A Stop for an error of the file system."""
    if problem.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
        return Stop(
            "The disk is full, or the temporary folder {0} is.".format(tempfile.gettempdir()),
            "Make room for {0} MB and start again.".format(MEGABYTES),
        )
    if problem.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return Stop(
            "This folder cannot be written to.",
            "Copy the course to a folder of your own, such as Documents, and start it there.",
        )
    name = os.path.basename(problem.filename) if isinstance(problem.filename, str) else "the folder"
    return Stop(
        "There is a problem with {0}: {1}.".format(name, (problem.strerror or str(problem)).lower()),
        "Mend that, or copy the course to another folder, and start again.",
    )


def start(words):
    """Run, and turn what a person can mend into one sentence; no traceback."""
    try:
        return main(words)
    except Stop as stop:
        problem = stop
    except (IOError, OSError) as fault:
        problem = disk_fault(fault)
    except KeyboardInterrupt:
        print("\nStopped. Nothing half-made will be used.", file=sys.stderr)
        return 130
    print("{0}{1}".format("\n" if sys.stdout.isatty() else "", problem), file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(start(sys.argv[1:]))
