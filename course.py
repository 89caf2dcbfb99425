#!/usr/bin/env python3
"""Make the course's environment, then hand over to the ``course`` command.

    python3 course.py open     make the environment if need be, and open the course in JupyterLab
    python3 course.py test     install what the tests need, and run them all
    python3 course.py WORD     any other word of ``course``, e.g. check, build, grade

Standard library only. The file must parse on any Python, so that an old one can be told what it is: no newer syntax here.
"""

from __future__ import print_function

import contextlib
import errno
import hashlib
import json
import os
import shutil
import subprocess
import sys
import threading
import time

NEEDED = (3, 11)
HERE = os.path.dirname(os.path.abspath(__file__))
VENV = os.path.join(HERE, ".venv")
STAMP = os.path.join(VENV, "knowing-benefit.json")
LOG = os.path.join(VENV, "install.log")
WINDOWS = os.name == "nt"
BIN = os.path.join(VENV, "Scripts" if WINDOWS else "bin")
PYTHON = os.path.join(BIN, "python.exe" if WINDOWS else "python")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")

# What a lesson needs of JupyterLab: a page for long reading in the system's light or dark, and no questions about news.
LAB_SETTINGS = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/apputils-extension:themes": {
        "adaptive-theme": True,
        "overrides": {"content-font-family": "Charter, 'Bitstream Charter', 'Sitka Text', Cambria, Georgia, serif", "content-font-size1": "16px"}
    },
}
SERVER_SETTINGS = {"ServerApp": {"jpserver_extensions": {"knowing_benefit": True}}}


class Stop(Exception):
    """Something a person has to mend: what happened, and what to do."""

    def __init__(self, what, mend):
        Exception.__init__(self, what)
        self.what, self.mend = what, mend


def say(text):
    print(text)
    sys.stdout.flush()


def main(words):
    if sys.version_info < NEEDED:
        have = ".".join(str(part) for part in sys.version_info[:3])
        raise Stop(
            "This is Python {}, and the course needs {}.{} or newer.".format(have, *NEEDED),
            "Install a newer Python from python.org, and start course.py with it.",
        )
    if not words or words[0] in ("-h", "--help", "help"):
        say(__doc__.strip())
        return 0
    testing = words[0] == "test"
    with only_one():
        make_environment(testing)
    if testing:
        return run_tests(words[1:])
    return hand_over([PYTHON, "-m", "knowing_benefit.cli"] + words)


@contextlib.contextmanager
def only_one():
    """Two starts at once take turns; the lock is the system's, so a killed start leaves none behind."""
    path = os.path.join(HERE, ".venv.lock")
    try:
        handle = open(path, "a+")
    except (IOError, OSError) as problem:
        raise disk_fault(problem)
    try:
        waited = False
        while not try_lock(handle):
            if not waited:
                say("Another start of the course is preparing this folder. Waiting for it ...")
                waited = True
            time.sleep(0.5)
        yield
    finally:
        handle.close()


def try_lock(handle):
    try:
        if WINDOWS:
            import msvcrt

            handle.seek(0)
            msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (IOError, OSError):
        return False
    return True


def wanted(extras):
    """What a finished environment's stamp says; anything that would change the environment changes it."""
    digest = hashlib.sha256()
    for name in ("pyproject.toml", "constraints.txt", "course.py"):
        path = os.path.join(HERE, name)
        try:
            with open(path, "rb") as stream:
                digest.update(stream.read())
        except (IOError, OSError):
            raise Stop("{} is missing from this folder.".format(name), "Unpack or clone the course again.")
    return {"hash": digest.hexdigest(), "python": list(sys.version_info[:3]), "where": VENV, "extras": extras}


def make_environment(testing):
    stamp = read_stamp()
    extras = sorted(set(stamp.get("extras", [])) | ({"test"} if testing else set()))
    want = wanted(extras)
    if stamp and stamp.get("entries") == entries() and os.path.exists(PYTHON):
        if all(stamp.get(key) == value for key, value in want.items()):
            return
        keep = all(stamp.get(key) == want[key] for key in ("python", "where"))
    else:
        keep = False
    say("Preparing the course. The first time this takes a minute or two and about 500 MB.")
    try:
        # Without its stamp an environment is not trusted, so whatever stops us from here on leaves none that is.
        if os.path.exists(STAMP):
            os.remove(STAMP)
        if not keep:
            say("  1 of 3  a place for the course's own packages, .venv")
            make_venv()
        say("  2 of 3  packages, from constraints.txt")
        install(extras)
        say("  3 of 3  settings of JupyterLab")
        write_json(os.path.join(VENV, "etc", "jupyter", "jupyter_server_config.d", "knowing_benefit.json"), SERVER_SETTINGS)
        write_json(os.path.join(VENV, "share", "jupyter", "lab", "settings", "overrides.json"), LAB_SETTINGS)
        want["entries"] = entries()
        write_json(STAMP, want)
    except (IOError, OSError) as problem:
        raise disk_fault(problem)
    say("Ready.")


def read_stamp():
    try:
        with open(STAMP) as stream:
            found = json.load(stream)
        return found if isinstance(found, dict) else {}
    except (IOError, OSError, ValueError):
        return {}


def entries():
    """How many packages lie in the environment: if some were deleted, it is no longer whole."""
    for folder, names, _ in os.walk(os.path.join(VENV, "Lib" if WINDOWS else "lib")):
        if os.path.basename(folder) == "site-packages":
            return len([name for name in names if name.endswith(".dist-info")])
    return 0


def make_venv():
    try:
        import ensurepip  # noqa: F401
        import venv
    except ImportError:
        raise Stop(
            "This Python lacks the parts that make environments (venv, ensurepip).",
            "On Debian or Ubuntu: sudo apt install python3-venv. Elsewhere install Python from python.org.",
        )
    if os.path.exists(VENV):
        if not os.path.isdir(VENV) or (os.listdir(VENV) and not os.path.exists(os.path.join(VENV, "pyvenv.cfg"))):
            raise Stop(".venv is in the way and is not an environment of ours.", "Move or rename it, then start again.")
        shutil.rmtree(VENV)
    try:
        venv.EnvBuilder(with_pip=True, symlinks=not WINDOWS).create(VENV)
    except subprocess.CalledProcessError:
        raise Stop("Python could not set up its package installer.", "On Debian or Ubuntu: sudo apt install python3-venv.")


def install(extras):
    import pathlib  # not on an old Python, which does not come this far

    target = "." + ("[{}]".format(",".join(extras)) if extras else "")
    command = [PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--editable", target]
    # The constraint goes by the environment, so that it also holds for the tool that builds the course's own package;
    # as an address, because pip splits this variable at spaces.
    constraint = pathlib.Path(HERE, "constraints.txt").as_uri()
    environment = dict(os.environ, PIP_CONSTRAINT=constraint, PYTHONUTF8="1")
    with open(LOG, "w") as log:
        pip = subprocess.Popen(command, cwd=HERE, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True)
        told = []
        watching = threading.Thread(target=follow, args=(pip.stdout, log, told))
        watching.daemon = True
        watching.start()
        start = time.time()
        try:
            while pip.poll() is None:
                show_life(time.time() - start, told)
                time.sleep(0.25)
        except BaseException:
            pip.kill()
            raise
        watching.join(5)
    if sys.stdout.isatty():
        say("\r" + " " * 78 + "\r          done in {:.0f} seconds".format(time.time() - start))
    if pip.returncode:
        raise why_pip_failed("\n".join(told))


def follow(stream, log, told):
    for line in stream:
        log.write(line)
        told.append(line.strip())


def show_life(seconds, told):
    if sys.stdout.isatty() and told:
        sys.stdout.write("\r          {:3.0f} s  {:<62.62}".format(seconds, told[-1]))
        sys.stdout.flush()


def why_pip_failed(output):
    low = output.lower()
    if "no space left" in low:
        return disk_fault(OSError(errno.ENOSPC, ""))
    if "read-only file system" in low:
        return disk_fault(OSError(errno.EROFS, ""))
    signs = ("newconnectionerror", "connection refused", "name resolution", "network is unreachable", "connecttimeout", "getaddrinfo",
             "could not find a version", "no matching distribution", "max retries exceeded", "proxyerror", "read timed out")
    if any(sign in low for sign in signs):
        return Stop(
            "The packages could not be fetched: the network, or the package index, does not answer.",
            "Connect this computer to a network and start again; what was made so far is not used.",
        )
    last = next((line for line in reversed(output.splitlines()) if "error" in line.lower()), "no reason given")
    return Stop("Installing the packages failed: {}".format(last[:200]), "The whole story is in .venv/install.log. Then start again.")


def disk_fault(problem):
    if problem.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", None)):
        return Stop("The disk is full.", "Free about 500 MB and start again.")
    if problem.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return Stop("This folder cannot be written to.", "Copy the course to a folder of your own, such as Documents, and start it there.")
    return Stop("The folder could not be prepared ({}).".format(problem.strerror or problem), "Start again from a folder of your own.")


def write_json(path, data):
    folder = os.path.dirname(path)
    if not os.path.isdir(folder):
        os.makedirs(folder)
    with open(path + ".tmp", "w") as stream:
        json.dump(data, stream, indent=1, sort_keys=True)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(path + ".tmp", path)


def hand_over(command):
    """Run a command in the environment and take its exit code; Ctrl-C goes to it and not to us."""
    paths = BIN + os.pathsep + os.environ.get("PATH", "")
    child = subprocess.Popen(command, cwd=HERE, env=dict(os.environ, PATH=paths, VIRTUAL_ENV=VENV, PYTHONUTF8="1"))
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:
            continue


def run_tests(extra):
    find_browser()
    chosen = [word for word in extra if word != "--"]
    workers = ["-n", "2"]
    steps = [
        ("style", [PYTHON, "-m", "ruff", "check", "."]),
        ("types", [PYTHON, "-m", "mypy"]),
        ("layers", [os.path.join(BIN, "lint-imports")]),
        ("content", [PYTHON, "-m", "knowing_benefit.cli", "check"]),
        ("notebooks are what the lessons build", [PYTHON, "-m", "knowing_benefit.cli", "build", "--check"]),
        ("unit and browser tests", [PYTHON, "-m", "pytest", "tests"] + workers + chosen),
        (
            "notebooks run again and compared",
            [PYTHON, "-m", "pytest", "--nbval", "--nbval-cell-timeout", "60"]
            + workers + ["--dist", "loadfile", "notebooks"],
        ),
    ]
    failed = []
    for name, command in steps:
        say("\n== {}".format(name))
        start = time.time()
        # pytest's exit code 5, no test found, is a failure like any other.
        if hand_over(command):
            failed.append(name)
        say("== {}: {} ({:.0f} s)".format(name, "FAILED" if name in failed else "passed", time.time() - start))
    say("\n{} of {} steps passed.{}".format(len(steps) - len(failed), len(steps), " Failed: " + ", ".join(failed) + "." if failed else ""))
    return 1 if failed else 0


def find_browser():
    """A Chromium for the browser tests, from Debian's packages where that can be done; without one they are skipped by name."""
    if any(shutil.which(name) for name in BROWSERS):
        return
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    if shutil.which("apt-get") and (root or shutil.which("sudo")):
        say("Installing Chromium for the browser tests ...")
        prefix = [] if root else ["sudo", "-n"]
        environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
        for words in (["update", "-qq"], ["install", "-y", "-qq", "chromium", "fonts-dejavu-core"]):
            subprocess.call(prefix + ["apt-get"] + words, env=environment, stdout=subprocess.DEVNULL)
    if not any(shutil.which(name) for name in BROWSERS):
        say("There is no Chromium here and it could not be installed: the tests marked 'browser' are skipped.")


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Stop as stop:
        print("{} {}".format(stop.what, stop.mend), file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print("\nStopped. Nothing half-made will be used.", file=sys.stderr)
        sys.exit(130)
